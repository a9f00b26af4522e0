"""Elementwise mathematics and comparisons, under Keras's names."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorlearn import ops
from tensorlearn.autograd import Tensor
from tensorlearn.backend.recording import on_values

# ---- one argument ----


@on_values("x")
def square(x: Any) -> Any:
    """x²."""
    return ops.square(x)


@on_values("x")
def abs(x: Any) -> Any:
    """|x|."""
    return ops.abs(x)


@on_values("x")
def sqrt(x: Any) -> Any:
    """√x; negative numbers count as 0."""
    return ops.sqrt(ops.clip(x, low=0.0))


@on_values("x")
def exp(x: Any) -> Any:
    """eˣ."""
    return ops.exp(x)


@on_values("x")
def log(x: Any) -> Any:
    """The natural logarithm."""
    return ops.log(x)


@on_values("x")
def round(x: Any) -> Any:
    """The nearest integer; halves go to the even one."""
    return ops.round(x)


@on_values("x")
def sign(x: Any) -> Any:
    """-1, 0 or 1."""
    return ops.sign(x)


@on_values("x")
def sin(x: Any) -> Any:
    """The sine."""
    return ops.sin(x)


@on_values("x")
def cos(x: Any) -> Any:
    """The cosine."""
    return ops.cos(x)


# ---- two arguments ----


@on_values("x", "a")
def pow(x: Any, a: Any) -> Any:
    """x to the power a."""
    return ops.power(x, a)


@on_values("x", "y")
def maximum(x: Any, y: Any) -> Any:
    """The larger of x and y, elementwise."""
    return ops.maximum(x, y)


@on_values("x", "y")
def minimum(x: Any, y: Any) -> Any:
    """The smaller of x and y, elementwise."""
    return ops.minimum(x, y)


@on_values("x", "min_value", "max_value")
def clip(x: Any, min_value: Any, max_value: Any) -> Any:
    """x limited to [min_value, max_value]; None: no limit."""
    if isinstance(min_value, Tensor) or isinstance(max_value, Tensor):
        x = x if min_value is None else ops.maximum(x, min_value)
        return x if max_value is None else ops.minimum(x, max_value)
    if min_value is not None and max_value is not None and max_value < min_value:
        max_value = min_value
    return ops.clip(x, low=min_value, high=max_value)


# ---- comparisons: Tensors of booleans, without gradient ----


@on_values("x", "y")
def equal(x: Any, y: Any) -> Any:
    """Whether x = y, elementwise."""
    return ops.equal(x, y)


@on_values("x", "y")
def not_equal(x: Any, y: Any) -> Any:
    """Whether x ≠ y, elementwise."""
    return ops.not_equal(x, y)


@on_values("x", "y")
def greater(x: Any, y: Any) -> Any:
    """Whether x > y, elementwise."""
    return ops.greater(x, y)


@on_values("x", "y")
def greater_equal(x: Any, y: Any) -> Any:
    """Whether x ≥ y, elementwise."""
    return ops.greater_equal(x, y)


@on_values("x", "y")
def less(x: Any, y: Any) -> Any:
    """Whether x < y, elementwise."""
    return ops.less(x, y)


@on_values("x", "y")
def less_equal(x: Any, y: Any) -> Any:
    """Whether x ≤ y, elementwise."""
    return ops.less_equal(x, y)


@on_values("start", "stop", "step")
def arange(start: Any, stop: Any = None, step: Any = 1, dtype: str = "int32") -> Any:
    """start, start + step, ... up to before stop (0, 1, ... before start without stop)."""
    first, last, by = (
        v.data if isinstance(v, Tensor) else v for v in (start, stop, step)
    )
    if last is None:
        first, last = 0, np.maximum(first, 0)
    return np.arange(first, last, by).astype(dtype)

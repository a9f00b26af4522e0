"""Reductions along axes, and products of matrices, under Keras's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorlearn import ops
from tensorlearn.backend.recording import on_values
from tensorlearn.config import floatx
from tensorlearn.wording import say

Axis = Any  # None for all axes, an integer, or a list of them

# ---- along axes ----


@on_values("x")
def max(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest element over `axis` (all axes by default)."""
    return ops.reduce_max(x, axis=axis, keepdims=keepdims)


@on_values("x")
def min(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The smallest element over `axis` (all axes by default)."""
    return ops.reduce_min(x, axis=axis, keepdims=keepdims)


@on_values("x")
def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum over `axis` (all axes by default)."""
    return ops.reduce_sum(x, axis=axis, keepdims=keepdims)


@on_values("x")
def prod(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The product over `axis` (all axes by default)."""
    return ops.reduce_prod(x, axis=axis, keepdims=keepdims)


@on_values("x")
def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The mean over `axis` (all axes by default); booleans count as 0 and 1."""
    return ops.reduce_mean(_as_floats(x), axis=axis, keepdims=keepdims)


@on_values("x")
def var(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The variance over `axis` (all axes by default)."""
    return ops.reduce_var(_as_floats(x), axis=axis, keepdims=keepdims)


@on_values("x")
def std(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The standard deviation over `axis` (all axes by default)."""
    return ops.reduce_std(_as_floats(x), axis=axis, keepdims=keepdims)


@on_values("x")
def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """log Σ exp(x) over `axis`, without overflow."""
    return ops.logsumexp(_as_floats(x), axis=axis, keepdims=keepdims)


@on_values("x")
def any(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Whether any element over `axis` is not 0."""
    return ops.reduce_any(x, axis=axis, keepdims=keepdims)


@on_values("x")
def all(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Whether no element over `axis` is 0."""
    return ops.reduce_all(x, axis=axis, keepdims=keepdims)


@on_values("x")
def argmax(x: Any, axis: int = -1) -> Any:
    """The position of the largest element along `axis`."""
    return ops.argmax(x, axis=axis)


@on_values("x")
def argmin(x: Any, axis: int = -1) -> Any:
    """The position of the smallest element along `axis`."""
    return ops.argmin(x, axis=axis)


@on_values("x")
def cumsum(x: Any, axis: int = 0) -> Any:
    """The running sum along `axis`; shape kept."""
    return ops.cumsum(x, axis=axis)


@on_values("x")
def cumprod(x: Any, axis: int = 0) -> Any:
    """The running product along `axis`; shape kept."""
    return ops.cumprod(x, axis=axis)


def _as_floats(x: Any) -> Any:
    return x if x.dtype.kind == "f" else ops.cast(x, dtype=floatx())


# ---- products ----


@on_values("x", "y")
def dot(x: Any, y: Any) -> Any:
    """The last axis of x with the last but one of y.   (*X, K), (*Y, K, N) -> (*X, *Y, N)

    For two matrices the matrix product. Unlike np.matmul it pairs every row of x with
    every matrix in y.
    """
    if x.ndim and y.ndim and x.shape[-1] != y.shape[-2 if y.ndim > 1 else -1]:
        raise ValueError(
            say(
                "K.dot: the last axis of x must be as long as the last but one of y, got "
                "{x} and {y}",
                x=x.shape,
                y=y.shape,
            )
        )
    return ops.dot(x, y)


@on_values("x", "y")
def batch_dot(x: Any, y: Any, axes: Any = None) -> Any:
    """For every sample, the product of x and y summed over one axis of each.

    axes: the axis of x and that of y (one integer for both); by default the last of x and
    the last but one of y. With 3 axes each: (N, I, K), (N, K, J) -> (N, I, J), a sum of
    (N, K) and (N, K) gives (N, 1). From 4 axes on, further leading axes go together, as
    in np.matmul. Raises ValueError for lists of axes and lengths that differ.
    """
    a, b = _axes_of_batch_dot(x, y, axes)
    if x.shape[a] != y.shape[b] or x.shape[0] != y.shape[0]:
        raise ValueError(
            say(
                "K.batch_dot: axis {a} of {x} and axis {b} of {y} must be equally long, "
                "and so must the first axes",
                a=a,
                x=x.shape,
                b=b,
                y=y.shape,
            )
        )
    if x.ndim == y.ndim > 3:
        left = x if a == x.ndim - 1 else ops.swapaxes(x, -1, -2)
        right = ops.swapaxes(y, -1, -2) if b == y.ndim - 1 else y
        return ops.matmul(left, right)
    left = ops.moveaxis(x, a, -1)  # (N, *I, K)
    right = ops.moveaxis(y, b, 1)  # (N, K, *J)
    n, k = x.shape[0], x.shape[a]
    out = (n, *left.shape[1:-1], *right.shape[2:])
    left = ops.reshape(left, shape=(n, _size(left.shape[1:-1]), k))  # (N, I, K)
    right = ops.reshape(right, shape=(n, k, _size(right.shape[2:])))  # (N, K, J)
    return ops.reshape(ops.matmul(left, right), shape=out if len(out) > 1 else (n, 1))


def _size(lengths: Sequence[int]) -> int:
    return int(np.prod(lengths, dtype=int))


def _axes_of_batch_dot(x: Any, y: Any, axes: Any) -> tuple[int, int]:
    if x.ndim < 2 or y.ndim < 2:
        raise ValueError(
            say(
                "K.batch_dot: both inputs need a batch axis and one more, got {x} and {y}",
                x=x.shape,
                y=y.shape,
            )
        )
    if axes is None:
        axes = (x.ndim - 1, 1 if y.ndim == 2 else y.ndim - 2)
    if isinstance(axes, int):
        axes = (axes, axes)
    first, second = axes
    if not isinstance(first, int) or not isinstance(second, int):
        raise ValueError(
            say(
                "Multiple target dimensions are not supported. Expected: None, int, (int, "
                "int), Provided: {axes}",
                axes=axes,
            )
        )
    a, b = first % x.ndim, second % y.ndim
    if not a or not b:
        raise ValueError(
            say(
                "K.batch_dot: `axes` must not name 0, which is the batch axis, got {axes}",
                axes=axes,
            )
        )
    return a, b


@on_values("reference")
def gather(reference: Any, indices: Any) -> Any:
    """Rows of a table.   (V, ...) by integers (*I) -> (*I, ...)"""
    places = np.asarray(getattr(indices, "data", indices)).astype(int, copy=False)
    return ops.gather(reference, indices=places)

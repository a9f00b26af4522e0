"""Variables, constants and placeholders: making, inspecting, reading and writing them.

There is no session: a variable has its values at once, and `K.update` writes at once.
Only an update that depends on a Symbol waits for `K.function` to run it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorlearn import ops
from tensorlearn.autograd import Parameter, Tensor
from tensorlearn.autograd.tensor import wrap
from tensorlearn.backend.graph import evaluate
from tensorlearn.backend.recording import (
    array_of,
    drawing_stream,
    has_symbol,
    integers,
    is_dry_run,
    on_values,
    tensor_of,
)
from tensorlearn.backend.settings import floatx, is_learning_phase, scoped_name
from tensorlearn.engine import InputLayer, Symbol
from tensorlearn.wording import say

# ---- making ----


def variable(
    value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None
) -> Parameter:
    """A value that can be written: a Parameter of number type `dtype` (default floatx).

    Raises NotImplementedError for a sparse matrix.
    """
    if hasattr(value, "tocoo"):
        raise NotImplementedError(
            say("K.variable: sparse matrices are not supported; pass value.toarray()")
        )
    kind = np.dtype(dtype or floatx())
    made = Parameter(
        np.array(array_of(value), kind),
        scoped_name(name, "Variable"),
        trainable=kind.kind == "f",
        dtype=kind,
    )
    made.constraint = constraint
    return made


def constant(
    value: Any, dtype: Any = None, shape: Any = None, name: str | None = None
) -> Tensor:
    """A Tensor of `value`, which is repeated or rearranged to fill `shape` if given."""
    data = np.array(array_of(value), dtype or floatx())
    if shape is not None:
        wanted = integers(shape)
        one = data.size == 1
        data = np.full(wanted, data.reshape(())) if one else data.reshape(wanted)
    return wrap(data, None)


def placeholder(
    shape: Any = None,
    ndim: int | None = None,
    dtype: Any = None,
    sparse: bool = False,
    name: str | None = None,
) -> Symbol:
    """A Symbol to be fed by `K.function`. Give its shape, or only its number of axes.

    Raises ValueError if both are missing.
    """
    if sparse:
        raise NotImplementedError(
            say("K.placeholder: sparse matrices are not supported; use sparse=False")
        )
    if shape is None and ndim is None:
        raise ValueError(say("K.placeholder: give `shape` or `ndim`, got neither"))
    full = tuple(shape) if shape else (None,) * (ndim or 0)
    return Symbol(full, dtype or floatx(), scoped_name(name, "Placeholder"))


@on_values()
def zeros(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A variable of zeros."""
    return variable(np.zeros(integers(shape)), dtype, name)


@on_values()
def ones(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A variable of ones."""
    return variable(np.ones(integers(shape)), dtype, name)


@on_values()
def eye(size: int, dtype: Any = None, name: str | None = None) -> Any:
    """A variable holding the identity matrix.   (size, size)"""
    return variable(np.eye(int(array_of(size))), dtype, name)


@on_values("x")
def zeros_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Zeros in the shape of x."""
    return np.zeros(x.shape, dtype or x.dtype)


@on_values("x")
def ones_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Ones in the shape of x."""
    return np.ones(x.shape, dtype or x.dtype)


@on_values("x")
def identity(x: Any, name: str | None = None) -> Any:
    """x itself, as a new value that is no variable."""
    return ops.reshape(x, shape=x.shape)


def random_uniform_variable(
    shape: Any,
    low: float,
    high: float,
    dtype: Any = None,
    name: str | None = None,
    seed: int | None = None,
) -> Parameter:
    """A variable of numbers evenly distributed in [low, high)."""
    kind = dtype or floatx()
    values = ops.random.uniform(drawing_stream(seed), integers(shape), low, high, kind)
    return variable(values, kind, name)


def random_normal_variable(
    shape: Any,
    mean: float,
    scale: float,
    dtype: Any = None,
    name: str | None = None,
    seed: int | None = None,
) -> Parameter:
    """A variable of normally distributed numbers with standard deviation `scale`."""
    kind = dtype or floatx()
    values = ops.random.normal(drawing_stream(seed), integers(shape), mean, scale, kind)
    return variable(values, kind, name)


# ---- inspecting ----


def is_tensor(x: Any) -> bool:
    """Whether x is a Tensor, a variable or a Symbol (an array is not)."""
    return isinstance(x, (Tensor, Symbol))


def is_keras_tensor(x: Any) -> bool:
    """Whether x comes from `Input`, a layer or an operation on such; else it is made here.

    Raises ValueError if x is neither a Tensor nor a Symbol.
    """
    if not is_tensor(x):
        raise ValueError(
            say(
                "Unexpectedly found an instance of type `{kind}`. Expected a symbolic "
                "tensor instance.",
                kind=type(x),
            )
        )
    return isinstance(x, Symbol) and x.call is not None and not is_learning_phase(x)


def is_placeholder(x: Any) -> bool:
    """Whether x is a Symbol to be fed: from `placeholder` or `Input`."""
    return isinstance(x, Symbol) and (
        x.call is None or isinstance(x.call.layer, InputLayer)
    )


def is_sparse(tensor: Any) -> bool:
    """Always False: there are no sparse Tensors here."""
    return False


def to_dense(tensor: Any) -> Any:
    """`tensor` itself, which is never sparse."""
    return tensor


@on_values("x")
def shape(x: Any) -> Any:
    """The lengths of all axes, as a Tensor of integers (known when the graph runs)."""
    return np.array(x.shape, np.int32)


def int_shape(x: Any) -> tuple[int | None, ...]:
    """The lengths of all axes as a tuple, None where they are not known yet."""
    return tuple(x.shape) if hasattr(x, "shape") else np.shape(x)


get_variable_shape = int_shape


def ndim(x: Any) -> int:
    """The number of axes."""
    return len(int_shape(x))


def dtype(x: Any) -> str:
    """The name of the number type, such as "float32"."""
    return x.dtype if isinstance(x, Symbol) else tensor_of(x).dtype.name


def count_params(x: Any) -> int:
    """The number of elements."""
    return int(np.prod([1 if n is None else n for n in int_shape(x)], dtype=int))


@on_values("x")
def cast(x: Any, dtype: Any) -> Any:
    """x in another number type; its gradient is cast back."""
    return ops.cast(x, dtype=np.dtype(dtype).name)


# ---- reading ----


def eval(x: Any) -> Any:
    """The values of a Tensor, variable or Symbol, as a NumPy array (or scalar).

    Raises ValueError for a Symbol that depends on something yet to be fed.
    """
    if isinstance(x, Symbol):
        x = evaluate({}, [x])[0]
    return array_of(x).copy()[()]


def get_value(x: Any) -> Any:
    """The values of a variable, as a NumPy array."""
    return eval(x)


def batch_get_value(ops: Sequence[Any]) -> list[Any]:
    """The values of several variables."""
    return [eval(x) for x in ops]


@on_values("x")
def print_tensor(x: Any, message: str = "") -> Any:
    """Print `message` and the values of x when they are computed; returns x."""
    if not is_dry_run():
        print(f"{message}{np.array2string(x.data, threshold=60)}")
    return x


# ---- writing ----


class Update(tuple[Any, Any]):
    """(variable, Symbol): an update that `K.function(..., updates=[...])` carries out."""

    __slots__ = ()


def set_value(x: Parameter, value: Any) -> None:
    """Write `value` into the variable x; the shape must match."""
    x.assign(array_of(value))


def batch_set_value(tuples: Sequence[tuple[Parameter, Any]]) -> None:
    """Write several variables, given as (variable, value)."""
    for x, value in tuples:
        set_value(x, value)


def update(x: Parameter, new_x: Any) -> Any:
    """Write `new_x` into x and return x; with a Symbol, an update for `K.function`."""
    if has_symbol([new_x]):
        return Update((x, new_x))
    set_value(x, new_x)
    return x


def update_add(x: Parameter, increment: Any) -> Any:
    """x += increment, written in place."""
    return update(x, _plus(x, increment, 1.0))


def update_sub(x: Parameter, decrement: Any) -> Any:
    """x -= decrement, written in place."""
    return update(x, _plus(x, decrement, -1.0))


def moving_average_update(x: Parameter, value: Any, momentum: float) -> Any:
    """x = momentum · x + (1 - momentum) · value, written in place."""
    if has_symbol([value]):
        return Update((x, _weighted_sum(x, value, momentum, 1.0 - momentum)))
    return update(x, array_of(x) * momentum + array_of(value) * (1.0 - momentum))


def _plus(x: Parameter, value: Any, sign: float) -> Any:
    if has_symbol([value]):
        return _weighted_sum(x, value, 1.0, sign)
    return array_of(x) + array_of(value) * int(sign)


@on_values("x", "value")
def _weighted_sum(x: Any, value: Any, a: float, b: float) -> Any:
    return x * a + value * b

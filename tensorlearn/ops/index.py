"""Choosing elements by position, and its transpose: adding into positions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorlearn.autograd.primitive import primitive
from tensorlearn.autograd.rows import RowGradient, add_rows
from tensorlearn.autograd.tensor import Tensor
from tensorlearn.operators import implements
from tensorlearn.ops.elementwise import where
from tensorlearn.ops.shape import axis_of, reshape
from tensorlearn.wording import say


@primitive
def getitem(x: Any, *, index: Any) -> Any:
    """x[index]: numbers, slices, None, ..., boolean masks and integer arrays."""
    try:
        return np.asarray(x)[_plain(index)]
    except IndexError as error:
        raise IndexError(
            say(
                "index {index} does not fit shape {shape}: {reason}",
                index=index,
                shape=np.shape(x),
                reason=error,
            )
        ) from error


@getitem.pullback(0)
def _(g: Any, _y: Any, x: Any, *, index: Any) -> Any:
    return index_add(g, shape=x.shape, index=index)


@primitive
def index_add(x: Any, *, shape: tuple[int, ...], index: Any) -> Any:
    """Zeros of `shape` with x added at [index]; what repeats adds up. Undoes x[index]."""
    y = np.zeros(shape, x.dtype)
    index = _plain(index)
    if _may_repeat(index):
        np.add.at(y, index, x)
    else:
        y[index] = x
    return y


@index_add.pullback(0)
def _(g: Any, *_: Any, shape: tuple[int, ...], index: Any) -> Any:
    return getitem(g, index=index)


def _plain(index: Any) -> Any:
    """The same index without Tensors in it."""
    if isinstance(index, tuple):
        return tuple(_plain(part) for part in index)
    return index.data if isinstance(index, Tensor) else index


def _may_repeat(index: Any) -> bool:
    """Whether a cell can be named twice: only lists and arrays of integers do that."""
    for part in index if isinstance(index, tuple) else (index,):
        once = part is None or part is Ellipsis or isinstance(part, (int, slice))
        if not once and np.asarray(part).dtype != bool:
            return True
    return False


# ---- rows of a table ----

_BIG = 1 << 16
"""Numbers in a table from which on its gradient may be some rows instead of all."""


@primitive
def gather(table: Any, *, indices: Any) -> Any:
    """Rows of a table.   (V, ...) by integers (*I) -> (*I, ...)"""
    return table[_plain(indices)]


@gather.pullback(0)
def _(g: Any, _y: Any, table: Any, *, indices: Any) -> Any:
    if (
        type(g) is np.ndarray
        and table.size > _BIG
        and 0 < np.size(indices) < len(table)
    ):
        return RowGradient(_positions(indices), g, table.shape)
    return scatter_rows(g, indices=indices, rows=table.shape[0])


@primitive
def scatter_rows(x: Any, *, indices: Any, rows: int) -> Any:
    """Add rows into a table of zeros: the gradient of `gather`.   (*I, ...) -> (V, ...)"""
    indices = _positions(indices)
    rest = x.shape[indices.ndim :]
    table = np.zeros((rows, math.prod(rest)), x.dtype)
    add_rows(table, indices.reshape(-1), x.reshape(indices.size, table.shape[1]))
    return table.reshape(rows, *rest)


def _positions(indices: Any) -> Any:
    """As integers that can count any table's numbers."""
    return np.asarray(_plain(indices)).astype(np.intp, copy=False)


@scatter_rows.pullback(0)
def _(g: Any, *_: Any, indices: Any, rows: int) -> Any:
    return gather(g, indices=indices)


def take(x: Any, indices: Any, axis: int = 0) -> Any:
    """Slices of x along `axis`, by integers."""
    indices, axis = np.asarray(_plain(indices)), axis_of(axis, x.ndim)
    if axis == 0:
        return gather(x, indices=indices)
    return x[(slice(None),) * axis + (indices,)]


def scatter_add(x: Any, indices: Any, updates: Any) -> Any:
    """x with `updates` added to its rows `indices`; a new value, x stays as it is."""
    return x + scatter_rows(updates, indices=indices, rows=x.shape[0])


# ---- along an axis ----


@primitive
def take_along_axis(x: Any, *, indices: Any, axis: int = -1) -> Any:
    """For every place of `indices`, the element of that number along `axis`."""
    return np.take_along_axis(x, _plain(indices), axis)


@take_along_axis.pullback(0)
def _(g: Any, _y: Any, x: Any, *, indices: Any, axis: int = -1) -> Any:
    places = list(np.indices(x.shape, sparse=True))
    places[axis] = _plain(indices)
    return index_add(g, shape=x.shape, index=tuple(places))


def sort(x: Any, axis: int = -1) -> Any:
    """Ascending order along `axis`; gradients find their way back to where each was."""
    order = np.argsort(_plain(x), axis=axis, kind="stable")
    return take_along_axis(x, indices=order, axis=axis)


def top_k(x: Any, k: int) -> tuple[Any, Any]:
    """The k largest of the last axis, largest first, and their positions.

    (..., n) -> (..., k) and (..., k); of equals the first. ValueError unless 1 ≤ k ≤ n.
    """
    n = x.shape[-1]
    if not 1 <= k <= n:
        raise ValueError(say("top_k: `k` must lie in 1..{n}, got {k}", n=n, k=k))
    upwards = np.argsort(_plain(x)[..., ::-1], axis=-1, kind="stable")
    order = n - 1 - upwards[..., : -k - 1 : -1]
    return take_along_axis(x, indices=order, axis=-1), order


@primitive(differentiable=False)
def one_hot(indices: Any, *, depth: int, dtype: str = "float32") -> Any:
    """1 at the given position, else 0.   (*I) -> (*I, depth); out of range: all 0."""
    return (np.asarray(indices)[..., None] == np.arange(depth)).astype(dtype)


# ---- triangles and diagonals ----


@implements(np.tril)
def tril(x: Any, k: int = 0) -> Any:
    """The last two axes with 0 above diagonal k."""
    return where(_triangle("tril", x, k), x, 0)


@implements(np.triu)
def triu(x: Any, k: int = 0) -> Any:
    """The last two axes with 0 below diagonal k."""
    return where(_triangle("triu", x, k - 1), 0, x)


def _triangle(owner: str, x: Any, k: int) -> Any:
    if x.ndim < 2:
        raise ValueError(
            say("{owner}: x must have two axes or more, got {n}", owner=owner, n=x.ndim)
        )
    rows, columns = x.shape[-2:]
    return np.tri(rows, columns, k, bool)


@implements(np.diag)
def diag(x: Any, k: int = 0) -> Any:
    """Diagonal k of a matrix, or the matrix with that diagonal.   (n, n) <-> (n,)"""
    if x.ndim not in (1, 2):
        raise ValueError(say("diag: x must have one or two axes, got {n}", n=x.ndim))
    size = len(x) + abs(k)
    rows, columns = (size, size) if x.ndim == 1 else x.shape
    places = np.arange(max(0, min(rows + min(k, 0), columns - max(k, 0))))
    index = (places - min(k, 0), places + max(k, 0))
    return index_add(x, shape=(size, size), index=index) if x.ndim == 1 else x[index]


@implements(np.take)
def _(x: Any, indices: Any, axis: int | None = None) -> Any:
    return (
        take(reshape(x, shape=(-1,)), indices)
        if axis is None
        else take(x, indices, axis)
    )


@implements(np.sort)
def _(x: Any, axis: int = -1) -> Any:
    return sort(x, axis)


@implements(np.take_along_axis)
def _(x: Any, indices: Any, axis: int = -1) -> Any:
    return take_along_axis(x, indices=indices, axis=axis)

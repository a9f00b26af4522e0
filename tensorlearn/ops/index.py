"""Choosing elements by position, and its transpose: adding into positions."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorlearn.autograd.primitive import implements, primitive
from tensorlearn.autograd.tensor import Tensor
from tensorlearn.ops.elementwise import where
from tensorlearn.wording import say


@primitive
def getitem(x: Any, *, index: Any) -> Any:
    """x[index]: numbers, slices, None, ..., boolean masks and integer arrays."""
    try:
        return np.asarray(x)[_plain(index)]
    except IndexError as error:
        raise IndexError(
            say("index {index} does not fit shape {shape}: {reason}",
                index=index, shape=np.shape(x), reason=error)
        ) from error


@getitem.pullback(0)
def _(g: Any, _y: Any, x: Any, *, index: Any) -> Any:
    return index_add(g, shape=x.shape, index=index)


@primitive
def index_add(x: Any, *, shape: tuple[int, ...], index: Any) -> Any:
    """Zeros of `shape` with x added at [index]; what repeats adds up. Undoes x[index]."""
    y = np.zeros(shape, x.dtype)
    index = _plain(index)
    if _has_arrays(index):
        np.add.at(y, index, x)
    else:
        y[index] = x
    return y


@index_add.pullback(0)
def _(g: Any, *_: Any, shape: tuple[int, ...], index: Any) -> Any:
    return getitem(g, index=index)


def _plain(index: Any) -> Any:
    if isinstance(index, Tensor):
        return index.data
    if isinstance(index, tuple):
        return tuple(i.data if isinstance(i, Tensor) else i for i in index)
    return index


def _has_arrays(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return any(isinstance(part, (np.ndarray, list)) for part in parts)


# ---- rows of a table ----


@primitive
def gather(table: Any, *, indices: Any) -> Any:
    """Rows of a table.   (V, ...) by integers (*I) -> (*I, ...)"""
    return table[indices]


@gather.pullback(0)
def _(g: Any, _y: Any, table: Any, *, indices: Any) -> Any:
    return scatter_rows(g, indices=indices, rows=len(table))


@primitive
def scatter_rows(x: Any, *, indices: Any, rows: int) -> Any:
    """Add rows into a table of zeros: the gradient of `gather`.   (*I, ...) -> (V, ...)"""
    rest = x.shape[np.ndim(indices) :]
    width = int(np.prod(rest))
    flat = np.zeros(rows * width, x.dtype)
    # one flat index per number: np.add.at is several times faster in one dimension
    cells = np.asarray(indices).reshape(-1, 1) * width + np.arange(width)  # (I, width)
    np.add.at(flat, cells.reshape(-1), np.ascontiguousarray(x).reshape(-1))
    return flat.reshape(rows, *rest)


@scatter_rows.pullback(0)
def _(g: Any, *_: Any, indices: Any, rows: int) -> Any:
    return gather(g, indices=indices)


@implements(np.take)
def take(x: Any, indices: Any, axis: int = 0) -> Any:
    """Slices of x along `axis`, by integers."""
    indices = np.asarray(_plain(indices))
    if axis % x.ndim == 0:
        return gather(x, indices=indices)
    return x[(slice(None),) * (axis % x.ndim) + (indices,)]


def scatter_add(x: Any, indices: Any, updates: Any) -> Any:
    """x with `updates` added to its rows `indices`; a new value, x stays as it is."""
    return x + scatter_rows(updates, indices=np.asarray(_plain(indices)), rows=len(x))


# ---- along an axis ----


@primitive
def take_along_axis(x: Any, *, indices: Any, axis: int = -1) -> Any:
    """For every place of `indices`, the element of that number along `axis`."""
    return np.take_along_axis(x, indices, axis)


@take_along_axis.pullback(0)
def _(g: Any, _y: Any, x: Any, *, indices: Any, axis: int = -1) -> Any:
    places = list(np.indices(np.shape(indices), sparse=True))
    places[axis] = indices
    return index_add(g, shape=x.shape, index=tuple(places))


def sort(x: Any, axis: int = -1) -> Any:
    """Ascending order along `axis`; gradients find their way back to where each was."""
    order = np.argsort(_plain(x), axis=axis, kind="stable")
    return take_along_axis(x, indices=order, axis=axis)


def top_k(x: Any, k: int) -> tuple[Any, Any]:
    """The k largest of the last axis, largest first, and their positions.

    (..., n) -> (..., k) and (..., k); ValueError unless 1 ≤ k ≤ n.
    """
    if not 1 <= k <= x.shape[-1]:
        raise ValueError(
            say("top_k: `k` must lie in 1..{n}, got {k}", n=x.shape[-1], k=k)
        )
    order = np.argsort(-np.asarray(_plain(x)), axis=-1, kind="stable")[..., :k]
    return take_along_axis(x, indices=order, axis=-1), order


@primitive(differentiable=False)
def one_hot(indices: Any, *, depth: int, dtype: str = "float32") -> Any:
    """1 at the given position, else 0.   (*I) -> (*I, depth); out of range: all 0."""
    return (np.asarray(indices)[..., None] == np.arange(depth)).astype(dtype)


# ---- triangles and diagonals ----


@implements(np.tril)
def tril(x: Any, k: int = 0) -> Any:
    """The last two axes with 0 above diagonal k."""
    return where(np.tri(*x.shape[-2:], k, dtype=bool), x, 0.0)


@implements(np.triu)
def triu(x: Any, k: int = 0) -> Any:
    """The last two axes with 0 below diagonal k."""
    return where(np.tri(*x.shape[-2:], k - 1, dtype=bool), 0.0, x)


@implements(np.diag)
def diag(x: Any) -> Any:
    """The diagonal of a matrix, or the matrix of a diagonal.   (n, n) <-> (n,)"""
    places = np.arange(min(x.shape))
    if x.ndim == 1:
        return index_add(x, shape=(len(x), len(x)), index=(places, places))
    return x[places, places]


implements(np.sort)(lambda x, axis=-1: sort(x, axis))
implements(np.take_along_axis)(
    lambda x, indices, axis=-1: take_along_axis(x, indices=indices, axis=axis)
)

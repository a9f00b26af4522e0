"""Reductions: many numbers to few, along one axis, several, or all of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorlearn.autograd.primitive import Primitive, primitive
from tensorlearn.operators import implements
from tensorlearn.ops.elementwise import exp, multiply, sqrt, square
from tensorlearn.ops.shape import (
    axes_of,
    broadcast_to,
    concatenate,
    flip,
    moveaxis,
    reshape,
    size_of,
    transpose,
)
from tensorlearn.wording import say

Axis = Any  # None for all, an int, or a tuple of ints


def _kept(shape: tuple[int, ...], gone: tuple[int, ...]) -> tuple[int, ...]:
    """The shape after a reduction that keeps its axes, with length 1."""
    return tuple([1 if i in gone else n for i, n in enumerate(shape)])


def _spread(g: Any, x: Any, axis: Axis) -> Any:
    """A reduced gradient, repeated over what was reduced."""
    kept = _kept(x.shape, axes_of(axis, x.ndim))
    return broadcast_to(g.reshape(kept), shape=x.shape)


SHORT = 128
"""Rows up to this long are reduced one by one more slowly than all of them together."""


def row_maxima(x: Any) -> Any:
    """(..., D) -> (..., 1): halves against halves, then column against column."""
    if x.shape[-1] > SHORT or not x.size:
        return x.max(-1, keepdims=True)
    rows = x.reshape(-1, x.shape[-1])
    while rows.shape[1] > 16 and rows.shape[1] % 2 == 0:
        half = rows.shape[1] // 2
        rows = np.maximum(rows[:, :half], rows[:, half:])
    return np.ascontiguousarray(rows.T).max(0).reshape(*x.shape[:-1], 1)


def row_sums(x: Any) -> Any:
    """(..., D) -> (..., 1)"""
    if x.shape[-1] > SHORT or x.dtype.kind != "f":
        return x.sum(-1, keepdims=True)
    return np.einsum("...i->...", x)[..., None]


_MANY = 1 << 12
"""Elements from which looking for short rows is worth it."""


def _rows(x: Any, axis: Axis, widest: int) -> bool:
    """Whether this reduces many short rows of floats, of so many bytes at most."""
    return (
        x.size >= _MANY
        and isinstance(axis, int)
        and axis in (-1, x.ndim - 1)
        and x.dtype.kind == "f"
        and x.itemsize < x.shape[-1] * x.itemsize <= widest
    )


def _sum(x: Any, axis: Axis, keepdims: bool) -> Any:
    if _rows(x, axis, SHORT * x.itemsize):
        y = row_sums(x)
        return y if keepdims else y[..., 0]
    return x.sum(axis=_tuple(axis), keepdims=keepdims)


@primitive
def reduce_sum(x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Sum over `axis`.   (..., n, ...) -> (..., ...)"""
    return _sum(np.asarray(x), axis, keepdims)


@reduce_sum.pullback(0)
def _(g: Any, _y: Any, x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    return _spread(g, x, axis)


@primitive
def reduce_mean(x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Mean over `axis`.   (..., n, ...) -> (..., ...)"""
    x = np.asarray(x)
    if not x.size or x.dtype.itemsize < 4:
        return np.mean(x, axis=_tuple(axis), keepdims=keepdims)
    total = _sum(x, axis, keepdims)
    return total / (
        x.size / total.size
    )  # np.mean takes four times as long if x is small


@reduce_mean.pullback(0)
def _(g: Any, y: Any, x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    return _spread(g * (y.size / max(x.size, 1)), x, axis)


@primitive
def reduce_max(x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Largest over `axis`; ties share the gradient equally."""
    x = np.asarray(x)
    if x.flags.c_contiguous and _rows(x, axis, 256):
        y = row_maxima(x)
        return y if keepdims else y[..., 0]
    return x.max(axis=_tuple(axis), keepdims=keepdims)


@primitive
def reduce_min(x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Smallest over `axis`; ties share the gradient equally."""
    return np.min(x, axis=_tuple(axis), keepdims=keepdims)


@reduce_max.pullback(0)
@reduce_min.pullback(0)
def _(g: Any, y: Any, x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    gone = axes_of(axis, x.ndim)
    chosen = x == _spread(y, x, axis)
    exact = np.result_type(x.dtype, np.float32)
    on_arrays = type(chosen) is type(g) is np.ndarray
    if on_arrays and x.size >= _MANY and np.count_nonzero(chosen) <= x.size // 8:
        gx = _to_few(g, chosen, gone, np.result_type(g, exact))
        return gx.astype(np.result_type(g, x), copy=False)
    ties = np.sum(chosen, axis=gone, keepdims=True, dtype=exact)
    share = np.reciprocal(ties).astype(x.dtype).reshape(g.shape)
    return _spread(g * share, x, axis) * chosen


def _to_few(g: Any, chosen: Any, gone: tuple[int, ...], exact: Any) -> Any:
    """The same, cell by cell; where nothing is chosen, beside a NaN, it is NaN."""
    kept = _kept(chosen.shape, gone)
    cells = np.flatnonzero(chosen)
    places = enumerate(np.unravel_index(cells, chosen.shape))
    owner = np.ravel_multi_index([p * (i not in gone) for i, p in places], kept)
    ties = np.bincount(owner, minlength=g.size).astype(exact)
    gx = np.zeros(chosen.shape, exact)
    gx.reshape(-1)[cells] = g.reshape(-1)[owner] / ties[owner]
    if not ties.all():
        gx[np.broadcast_to((ties == 0).reshape(kept), gx.shape)] = np.nan
    return gx


@primitive
def logsumexp(x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """log Σ exp(x) over `axis`, without overflow."""
    top = np.max(x, axis=_tuple(axis), keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    total = np.log(np.sum(np.exp(x - top), axis=_tuple(axis), keepdims=True)) + top
    return total if keepdims else np.squeeze(total, axes_of(axis, np.ndim(x)))


@logsumexp.pullback(0)
def _(g: Any, y: Any, x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    return _spread(g, x, axis) * exp(x - _spread(y, x, axis))


@primitive
def cumsum(x: Any, *, axis: int = -1) -> Any:
    """Running sum along `axis`, shape kept."""
    return np.cumsum(x, axis=axis)


@cumsum.pullback(0)
def _(g: Any, *_: Any, axis: int = -1) -> Any:
    return flip(cumsum(flip(g, axis=axis), axis=axis), axis=axis)


# ---- compositions ----


def reduce_var(x: Any, axis: Axis = None, keepdims: bool = False, ddof: int = 0) -> Any:
    """Variance over `axis`: the mean of squared distances from the mean."""
    distance = x - reduce_mean(x, axis=axis, keepdims=True)
    variance = reduce_mean(square(distance), axis=axis, keepdims=keepdims)
    if not ddof:
        return variance
    count = math.prod(x.shape[i] for i in axes_of(axis, x.ndim))
    return variance * (count / (count - ddof))


def reduce_std(x: Any, axis: Axis = None, keepdims: bool = False, ddof: int = 0) -> Any:
    """Standard deviation over `axis`; its slope where all are equal is 0."""
    return sqrt(reduce_var(x, axis, keepdims, ddof))


@implements(np.linalg.norm)
def norm(
    x: Any,
    ord: Any = None,
    axis: Axis = None,
    keepdims: bool = False,
) -> Any:
    """Euclidean length over `axis`; its slope at 0 is 0."""
    if ord is not None and (ord != 2 or len(axes_of(axis, x.ndim)) > 1):
        raise ValueError(
            say("norm: only the Euclidean norm is known, got ord={ord!r}", ord=ord)
        )
    return sqrt(reduce_sum(square(x), axis=axis, keepdims=keepdims))


def reduce_prod(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Product over `axis`, by a tournament of halves: right also where factors are 0."""
    axes = axes_of(axis, x.ndim)
    rest = [i for i in range(x.ndim) if i not in axes]
    kept = _kept(x.shape, axes)
    n = size_of(tuple(x.shape[i] for i in axes))
    x = transpose(x, axes=(*axes, *rest))
    x = reshape(x, shape=(n, *(kept[i] for i in rest)))  # (n, *rest)
    if n == 0:
        x = reduce_sum(x, axis=0, keepdims=True) + 1.0  # the product of nothing
    while n > 1:
        half = n // 2
        pairs = multiply(x[:half], x[half : 2 * half])
        x = concatenate([pairs, x[2 * half :]], axis=0) if n % 2 else pairs
        n -= half
    return reshape(x, shape=kept if keepdims else tuple(kept[i] for i in rest))


def cumprod(x: Any, axis: int = -1) -> Any:
    """Running product along `axis`, by doubling strides: right also where factors are 0."""
    x = moveaxis(x, axis, 0)
    step = 1
    while step < x.shape[0]:
        x = concatenate([x[:step], multiply(x[step:], x[:-step])], axis=0)
        step *= 2
    return moveaxis(x, 0, axis)


# ---- without gradient ----


def _counted(name: str, forward: Any) -> Any:
    def reduction(x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
        return forward(x, axis=_tuple(axis), keepdims=keepdims)

    reduction.__doc__ = f"np.{forward.__name__} over `axis`; no gradient."
    return Primitive(name, reduction, differentiable=False)


argmax = _counted("argmax", np.argmax)
argmin = _counted("argmin", np.argmin)
reduce_any = _counted("reduce_any", np.any)
reduce_all = _counted("reduce_all", np.all)


def _tuple(axis: Axis) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


# ---- the same under NumPy's names and defaults ----


def _as_numpy(operation: Any) -> Any:
    return lambda x, axis=None, *, keepdims=False: operation(
        x, axis=axis, keepdims=keepdims
    )


def _with_ddof(operation: Any) -> Any:
    return lambda x, axis=None, *, keepdims=False, ddof=0: operation(
        x, axis=axis, keepdims=keepdims, ddof=ddof
    )


def _running(operation: Any) -> Any:
    return lambda x, axis=None: (
        operation(reshape(x, shape=(-1,)), axis=0)
        if axis is None
        else operation(x, axis=axis)
    )


implements(np.sum)(_as_numpy(reduce_sum))
implements(np.mean)(_as_numpy(reduce_mean))
implements(np.prod)(_as_numpy(reduce_prod))
implements(np.max, np.amax)(_as_numpy(reduce_max))
implements(np.min, np.amin)(_as_numpy(reduce_min))
implements(np.any)(_as_numpy(reduce_any))
implements(np.all)(_as_numpy(reduce_all))
implements(np.argmax)(_as_numpy(argmax))
implements(np.argmin)(_as_numpy(argmin))
implements(np.var)(_with_ddof(reduce_var))
implements(np.std)(_with_ddof(reduce_std))
implements(np.cumsum)(_running(cumsum))
implements(np.cumprod)(_running(cumprod))

"""Reductions: many numbers to few, along one axis, several, or all of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorlearn.autograd.primitive import implements, primitive
from tensorlearn.ops.elementwise import exp, multiply, sqrt, square
from tensorlearn.ops.shape import broadcast_to, concatenate, flip, moveaxis, reshape
from tensorlearn.wording import say

Axis = Any  # None for all, an int, or a tuple of ints


def axes_of(axis: Axis, ndim: int) -> tuple[int, ...]:
    """`axis` as a sorted tuple of non-negative ints."""
    if axis is None:
        return tuple(range(ndim))
    given = axis if isinstance(axis, (tuple, list)) else (axis,)
    return tuple(sorted(np.lib.array_utils.normalize_axis_tuple(given, ndim)))


def _spread(g: Any, x: Any, axis: Axis) -> Any:
    """A reduced gradient, repeated over what was reduced."""
    kept = [1 if i in axes_of(axis, x.ndim) else n for i, n in enumerate(x.shape)]
    return broadcast_to(reshape(g, shape=tuple(kept)), shape=x.shape)


@implements(np.sum)
@primitive
def reduce_sum(x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Sum over `axis`.   (..., n, ...) -> (..., ...)"""
    return np.sum(x, axis=_tuple(axis), keepdims=keepdims)


@reduce_sum.pullback(0)
def _(g: Any, _y: Any, x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    return _spread(g, x, axis)


@implements(np.mean)
@primitive
def reduce_mean(x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Mean over `axis`.   (..., n, ...) -> (..., ...)"""
    return np.mean(x, axis=_tuple(axis), keepdims=keepdims)


@reduce_mean.pullback(0)
def _(g: Any, y: Any, x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    return _spread(g * (y.size / x.size), x, axis)


@implements(np.max, np.amax)
@primitive
def reduce_max(x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Largest over `axis`; ties share the gradient equally."""
    return np.max(x, axis=_tuple(axis), keepdims=keepdims)


@implements(np.min, np.amin)
@primitive
def reduce_min(x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Smallest over `axis`; ties share the gradient equally."""
    return np.min(x, axis=_tuple(axis), keepdims=keepdims)


@reduce_max.pullback(0)
@reduce_min.pullback(0)
def _(g: Any, y: Any, x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    chosen = x == _spread(y, x, axis)
    share = chosen / np.sum(chosen, axis=_tuple(axis), keepdims=True)
    return _spread(g, x, axis) * share.astype(x.dtype)


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


@implements(np.var)
def reduce_var(x: Any, axis: Axis = None, keepdims: bool = False, ddof: int = 0) -> Any:
    """Variance over `axis`: the mean of squared distances from the mean."""
    distance = x - reduce_mean(x, axis=axis, keepdims=True)
    variance = reduce_mean(square(distance), axis=axis, keepdims=keepdims)
    if not ddof:
        return variance
    count = int(np.prod([x.shape[i] for i in axes_of(axis, x.ndim)]))
    return variance * (count / (count - ddof))


@implements(np.std)
def reduce_std(x: Any, axis: Axis = None, keepdims: bool = False, ddof: int = 0) -> Any:
    """Standard deviation over `axis`; its slope where all are equal is 0."""
    return sqrt(reduce_var(x, axis, keepdims, ddof))


@implements(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Any:  # noqa: A002
    """Euclidean length over `axis`; its slope at 0 is 0."""
    if ord not in (None, 2):
        raise ValueError(say("norm: only the Euclidean norm is known, got {ord!r}", ord=ord))
    return sqrt(reduce_sum(square(x), axis=axis, keepdims=keepdims))


@implements(np.prod)
def reduce_prod(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Product over `axis`, by a tournament of halves: right also where factors are 0."""
    axes = axes_of(axis, x.ndim)
    rest = [i for i in range(x.ndim) if i not in axes]
    kept = tuple(1 if i in axes else n for i, n in enumerate(x.shape))
    x = moveaxis(x, axes, tuple(range(len(axes))))
    x = reshape(x, shape=(-1, *(x.shape[len(axes) :])))  # (n, *rest)
    while len(x) > 1:
        half = len(x) // 2
        left_over = x[2 * half :]
        x = multiply(x[:half], x[half : 2 * half])
        if len(left_over):
            x = concatenate([x, left_over], axis=0)
    if not len(x):
        x = np.ones((1, *(x.shape[1:])), x.dtype)
    return reshape(x, shape=kept if keepdims else tuple(kept[i] for i in rest))


def cumprod(x: Any, axis: int = -1) -> Any:
    """Running product along `axis`, by doubling strides: right also where factors are 0."""
    x = moveaxis(x, axis, 0)
    step = 1
    while step < len(x):
        x = concatenate([x[:step], multiply(x[step:], x[:-step])], axis=0)
        step *= 2
    return moveaxis(x, 0, axis)


implements(np.cumsum)(lambda x, axis=None: _flat(cumsum, x, axis))
implements(np.cumprod)(lambda x, axis=None: _flat(cumprod, x, axis))


def _flat(operation: Any, x: Any, axis: int | None) -> Any:
    if axis is None:
        return operation(reshape(x, shape=(-1,)), axis=0)
    return operation(x, axis=axis)


# ---- without gradient ----


def _plain(name: str, forward: Any) -> Any:
    def reduction(x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
        return forward(x, axis=_tuple(axis), keepdims=keepdims)

    reduction.__name__, reduction.__doc__ = name, f"np.{forward.__name__}; no gradient."
    return implements(forward)(primitive(reduction, differentiable=False))


argmax = _plain("argmax", np.argmax)
argmin = _plain("argmin", np.argmin)
reduce_any = _plain("reduce_any", np.any)
reduce_all = _plain("reduce_all", np.all)


def _tuple(axis: Axis) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis

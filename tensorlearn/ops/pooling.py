"""Pooling: the largest or the mean of every window.

A maximum over a box is the maximum along one axis after the other, and so is a sum; only
the gradient of the maximum needs to look at whole windows, to find the first one that
holds the largest value.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from tensorlearn.autograd.primitive import primitive
from tensorlearn.ops.windows import (
    CHUNK,
    Geometry,
    Ints,
    Padding,
    Slices,
    chunks,
    geometry,
)
from tensorlearn.parallel import each

_CHUNK = 4 * CHUNK
"""Bytes at a time: every tap is a call of its own, which must not be too short."""


@primitive
def max_pool(
    x: Any, *, size: Ints, strides: Ints | None = None, padding: Padding = "valid"
) -> Any:
    """The largest of every window.   (N, *S, C) -> (N, *O, C)

    strides: `size` if omitted. Padding never wins. The gradient goes to the largest cell,
    the first in row-major order if there are several.
    """
    where = geometry(x.shape[1:-1], size, strides or size, None, padding)
    return _reduced(x, where, np.maximum, _least(x.dtype))


@max_pool.pullback(0)
def _(g: Any, y: Any, x: Any, **settings: Any) -> Any:
    return _to_largest(g, x, y, **settings)


def _least(dtype: Any) -> Any:
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _reduced(x: Any, where: Geometry, combine: Any, start: Any) -> Any:
    """Reduce windows with the ufunc `combine`.   (N, *S, C) -> (N, *O, C)"""
    y = np.empty((len(x), *where.places, x.shape[-1]), x.dtype)
    each(
        lambda part: _along_each_axis(x[part], where, combine, start, y[part]),
        chunks(len(x), 2 * x[:1].nbytes, _CHUNK),
    )
    return y


def _along_each_axis(x: Any, where: Geometry, combine: Any, start: Any, y: Any) -> None:
    """The same, into y: one axis after the other."""
    rank = len(where.size)
    for axis in range(rank):
        line = where.along(axis)
        lead = (slice(None),) * (axis + 1)
        shape = (*x.shape[: axis + 1], *line.places, *x.shape[axis + 2 :])
        result = y if axis == rank - 1 else np.empty(shape, x.dtype)
        taps = [
            ((*lead, *places), x[(*lead, *cells)]) for _, cells, places in line.taps
        ]
        if line.pads == ((0, 0),) and len(taps) > 1:  # no tap misses a place
            (_, first), (_, second), *taps = taps
            combine(first, second, out=result)
        else:
            result[...] = start
        for places, seen in taps:
            part = result[places]
            combine(part, seen, out=part)
        x = result


# The choice of a cell is a constant, so the gradient of a maximum is a linear map of g
# alone; `_to_largest` and `_at_largest` are each other's transpose.


@primitive
def _to_largest(
    g: Any,
    x: Any,
    y: Any,
    *,
    size: Ints,
    strides: Ints | None = None,
    padding: Padding = "valid",
) -> Any:
    """g added to the cell of x that each y came from.   (N, *O, C) -> (N, *S, C)"""
    where = geometry(x.shape[1:-1], size, strides or size, None, padding)
    apart = all(s >= k for s, k in zip(where.strides, where.size, strict=True))
    result = (
        np.empty(x.shape, g.dtype) if _is_tiled(where) else np.zeros(x.shape, g.dtype)
    )

    def fill(part: slice) -> None:
        for cells, places, chosen in _choices(x[part], y[part], where):
            share, target = g[(part, *places)], result[(part, *cells)]
            if apart:
                _keep(chosen, share, target)
            else:
                target += _keep(chosen, share)

    each(fill, chunks(len(x), 3 * x[:1].nbytes, _CHUNK))
    return result


def _is_tiled(where: Geometry) -> bool:
    """Whether every cell is in exactly one window, so that nothing must be 0 before."""
    covered = tuple(k * n for k, n in zip(where.size, where.places, strict=True))
    return where.strides == where.size and covered == where.space == where.padded


@primitive
def _at_largest(
    g: Any,
    x: Any,
    y: Any,
    *,
    size: Ints,
    strides: Ints | None = None,
    padding: Padding = "valid",
) -> Any:
    """g at the cell of x that each y came from.   (N, *S, C) -> (N, *O, C)"""
    where = geometry(x.shape[1:-1], size, strides or size, None, padding)
    result = np.zeros(y.shape, g.dtype)

    def fill(part: slice) -> None:
        for cells, places, chosen in _choices(x[part], y[part], where):
            result[(part, *places)] += _keep(chosen, g[(part, *cells)])

    each(fill, chunks(len(x), 3 * x[:1].nbytes, _CHUNK))
    return result


@_to_largest.pullback(0)
def _(g: Any, _result: Any, _g: Any, x: Any, y: Any, **settings: Any) -> Any:
    return _at_largest(g, x, y, **settings)


@_at_largest.pullback(0)
def _(g: Any, _result: Any, _g: Any, x: Any, y: Any, **settings: Any) -> Any:
    return _to_largest(g, x, y, **settings)


_to_largest.pullbacks += [None, None]  # nothing flows to x and y
_at_largest.pullbacks += [None, None]


def _choices(x: Any, y: Any, where: Geometry) -> Iterator[tuple[Slices, Slices, Any]]:
    """For every tap: its cells of x, its places, and at which it is the first largest."""
    free = np.ones(y.shape, bool)
    buffer = np.empty(y.shape, bool)
    *others, last = where.taps
    for _, cells, places in others:
        here = (slice(None), *places)
        chosen = np.equal(x[(slice(None), *cells)], y[here], out=buffer[here])
        chosen &= free[here]
        free[here] ^= chosen
        yield cells, places, chosen
    _, cells, places = last
    yield cells, places, free[(slice(None), *places)]  # it must be this one, then


def _keep(chosen: Any, g: Any, out: Any = None) -> Any:
    """g where chosen, else 0: its bits under a mask, faster than a product or a where."""
    bits = np.dtype(f"i{g.itemsize}")
    mask = np.negative(chosen.view(np.int8), dtype=bits)  # True -> all bits set
    found = np.bitwise_and(
        np.ascontiguousarray(g).view(bits),
        mask,
        out=None if out is None else out.view(bits),
    )
    return found.view(g.dtype)


# ---- sums and means ----


@primitive
def sum_pool(
    x: Any, *, size: Ints, strides: Ints | None = None, padding: Padding = "valid"
) -> Any:
    """The sum of every window.   (N, *S, C) -> (N, *O, C)"""
    where = geometry(x.shape[1:-1], size, strides or size, None, padding)
    return _reduced(x, where, np.add, 0)


@sum_pool.pullback(0)
def _(g: Any, _y: Any, x: Any, **settings: Any) -> Any:
    return sum_unpool(g, space=tuple(x.shape[1:-1]), **settings)


@primitive
def sum_unpool(
    y: Any,
    *,
    space: Ints,
    size: Ints,
    strides: Ints | None = None,
    padding: Padding = "valid",
) -> Any:
    """Every y added to all cells of its window.   (N, *O, C) -> (N, *S, C)"""
    where = geometry(space, size, strides or size, None, padding)
    shape = (len(y), *space, y.shape[-1])
    x = np.empty(shape, y.dtype) if _is_tiled(where) else np.zeros(shape, y.dtype)

    def fill(part: slice) -> None:
        for _, cells, places in where.taps:
            if _is_tiled(where):
                x[(part, *cells)] = y[(part, *places)]
            else:
                x[(part, *cells)] += y[(part, *places)]

    each(fill, chunks(len(x), 2 * x[:1].nbytes, _CHUNK))
    return x


@sum_unpool.pullback(0)
def _(g: Any, _y: Any, _x: Any, *, space: Ints, **settings: Any) -> Any:
    return sum_pool(g, **settings)


def average_pool(
    x: Any, *, size: Ints, strides: Ints | None = None, padding: Padding = "valid"
) -> Any:
    """The mean of every window; padding does not count.   (N, *S, C) -> (N, *O, C)"""
    total = sum_pool(x, size=size, strides=strides, padding=padding)
    if padding == "valid":
        return total * (1.0 / math.prod(size))
    ones = np.ones((1, *x.shape[1:-1], 1), x.dtype)
    count = sum_pool(ones, size=size, strides=strides, padding=padding)
    return total * (1.0 / count)

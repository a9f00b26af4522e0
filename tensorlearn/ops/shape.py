"""Rearranging: the same numbers in another shape, order, or neighbourhood.

Linear operations come in pairs that are each other's gradient: broadcast_to and sum_to,
concatenate and split, stack and unstack, pad and crop.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorlearn.autograd.primitive import primitive
from tensorlearn.operators import implements
from tensorlearn.parallel import BLOCK, each
from tensorlearn.wording import say

Shape = tuple[Any, ...]  # None where a Symbol does not know
SMALL = 4096  # elements up to which NumPy's own overhead outweighs the work


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """`axis` (None, an integer or several) as sorted non-negative integers."""
    if axis is None:
        return tuple(range(ndim))
    if isinstance(axis, int) and -ndim <= axis < ndim:
        return (axis % ndim,)
    return tuple(sorted(np.lib.array_utils.normalize_axis_tuple(axis, ndim)))


def size_of(shape: Shape) -> Any:
    """The number of elements of this shape, None if it is unknown."""
    return None if None in shape else math.prod(shape)


def axis_of(axis: int, ndim: int) -> int:
    """`axis` as a non-negative integer; AxisError if there is no such axis."""
    return np.lib.array_utils.normalize_axis_index(axis, ndim)


@primitive
def reshape(x: Any, *, shape: Shape) -> Any:
    """The same elements in another shape; one entry may be -1 (or None: unknown)."""
    try:
        return np.reshape(x, tuple(-1 if n is None else n for n in shape))
    except ValueError as error:
        raise ValueError(
            say(
                "reshape: {got} has {size} elements, which do not fit into {wanted}",
                got=np.shape(x),
                size=np.size(x),
                wanted=tuple(shape),
            )
        ) from error


@reshape.pullback(0)
def _(g: Any, _y: Any, x: Any, *, shape: Shape) -> Any:
    return reshape(g, shape=x.shape)


@primitive
def transpose(x: Any, *, axes: tuple[int, ...] | None = None) -> Any:
    """Reorder axes (reverse them by default).   (d0, d1, ...) -> (d[axes[0]], ...)"""
    return np.transpose(x, axes)


@transpose.pullback(0)
def _(g: Any, *_: Any, axes: tuple[int, ...] | None = None) -> Any:
    if axes is None:
        return transpose(g)
    order = [axis % len(axes) for axis in axes]
    return transpose(g, axes=tuple(int(i) for i in np.argsort(order)))


@primitive
def broadcast_to(x: Any, *, shape: Shape) -> Any:
    """Repeat along axes of length 1 and new leading axes, until `shape` is reached.

    None in `shape` leaves an axis as long as it is.
    """
    if None in shape:
        own = (*(None,) * (len(shape) - np.ndim(x)), *np.shape(x))
        shape = tuple(o if n is None else n for n, o in zip(shape, own, strict=True))
    if math.prod(shape) > SMALL:
        return np.broadcast_to(x, shape)
    y = np.empty(shape, np.asarray(x).dtype)  # a small copy is quicker than a view
    y[...] = x
    return y


@broadcast_to.pullback(0)
def _(g: Any, _y: Any, x: Any, *, shape: Shape) -> Any:
    return sum_to(g, shape=x.shape)


@primitive
def sum_to(x: Any, *, shape: Shape) -> Any:
    """Sum what `broadcast_to` would repeat: the transpose of broadcasting."""
    lead = np.ndim(x) - len(shape)
    if lead and shape and x.shape[lead:] == shape:  # the gradient of a bias
        if x.size > SMALL and x.dtype.kind == "f":  # (*B, *D) -> (N, prod D) -> (*D)
            return column_sums(x.reshape(-1, math.prod(shape))).reshape(shape)
        return x.sum(axis=tuple(range(lead)))
    repeated = tuple(
        i + lead for i, n in enumerate(shape) if n == 1 and x.shape[i + lead] != 1
    )
    y = x.sum(axis=(*range(lead), *repeated), keepdims=True)
    return y.reshape(shape)


def column_sums(x: Any) -> Any:
    """Σ over rows, by a product with ones: BLAS is fastest at it.   (N, D) -> (D,)

    np.dot lets go of Python's lock; np.matmul keeps it when its result is small.
    """
    step = max(1, BLOCK // max(1, x.shape[1]))
    ones = np.ones(min(step, len(x)), x.dtype)

    def one(start: int) -> Any:
        rows = x[start : start + step]
        return np.dot(ones[: len(rows)], rows)

    return np.add.reduce(each(one, range(0, len(x), step) or [0]))


@sum_to.pullback(0)
def _(g: Any, _y: Any, x: Any, *, shape: Shape) -> Any:
    return broadcast_to(g, shape=x.shape)


@primitive
def flip(x: Any, *, axis: Any = None) -> Any:
    """Reverse the order along `axis`."""
    return np.flip(x, axis)


@flip.pullback(0)
def _(g: Any, *_: Any, axis: Any = None) -> Any:
    return flip(g, axis=axis)


@primitive
def roll(x: Any, *, shift: Any, axis: Any = None) -> Any:
    """Move elements along `axis` by `shift` places; what falls off comes in again."""
    return np.roll(x, shift, axis)


@roll.pullback(0)
def _(g: Any, *_: Any, shift: Any, axis: Any = None) -> Any:
    back = tuple(-s for s in shift) if isinstance(shift, (tuple, list)) else -shift
    return roll(g, shift=back, axis=axis)


# ---- joining and cutting ----


@primitive
def _concatenate(*parts: Any, axis: int) -> Any:
    return np.concatenate(parts, axis)


@_concatenate.joint_pullback
def _(g: Any, _y: Any, *parts: Any, axis: int) -> Any:
    return split(g, [part.shape[axis] for part in parts], axis=axis)


@primitive(outputs=True)
def _split(x: Any, *, sizes: tuple[int, ...], axis: int) -> Any:
    return np.split(x, np.cumsum(sizes)[:-1], axis)


@_split.joint_pullback
def _(gs: Any, *_: Any, sizes: tuple[int, ...], axis: int) -> Any:
    return [concatenate(gs, axis=axis)]


@primitive
def _stack(*parts: Any, axis: int) -> Any:
    return np.stack(parts, axis)


@_stack.joint_pullback
def _(g: Any, *_: Any, axis: int) -> Any:
    return unstack(g, axis=axis)


@primitive(outputs=True)
def unstack(x: Any, *, axis: int = 0) -> Any:
    """Cut along `axis`, which disappears.   (T, ...) -> T of (...)"""
    return list(np.moveaxis(x, axis, 0))


@unstack.joint_pullback
def _(gs: Any, *_: Any, axis: int = 0) -> Any:
    return [stack(gs, axis=axis)]


def concatenate(parts: Sequence[Any], axis: int = -1) -> Any:
    """Join along an existing axis.   (..., a, ...) and (..., b, ...) -> (..., a+b, ...)"""
    return _concatenate(*parts, axis=axis)


@implements(np.stack)
def stack(parts: Sequence[Any], axis: int = 0) -> Any:
    """Join along a new axis.   n of (...) -> (n, ...)"""
    return _stack(*parts, axis=axis)


def split(x: Any, sizes: int | Sequence[int], axis: int = -1) -> Any:
    """Cut along `axis` into so many equal parts, or parts of the given sizes."""
    length = x.shape[axis_of(axis, x.ndim)]
    if isinstance(sizes, (int, np.integer)):
        if sizes < 1 or length % sizes:
            raise ValueError(
                say(
                    "split: an axis of length {length} does not divide into {n} equal "
                    "parts",
                    length=length,
                    n=sizes,
                )
            )
        sizes = [length // sizes] * int(sizes)
    if sum(sizes) != length or min(sizes, default=0) < 0:
        raise ValueError(
            say(
                "split: `sizes` must add up to the axis length {length}, got {sizes}",
                length=length,
                sizes=list(sizes),
            )
        )
    return _split(x, sizes=tuple(int(n) for n in sizes), axis=axis)


# ---- padding ----


@primitive
def _pad(x: Any, *, widths: tuple[tuple[int, int], ...], value: float) -> Any:
    return np.pad(x, widths, constant_values=value)


@_pad.pullback(0)
def _(g: Any, *_: Any, widths: tuple[tuple[int, int], ...], value: float) -> Any:
    return crop(g, widths=widths)


@primitive
def crop(x: Any, *, widths: tuple[tuple[int, int], ...]) -> Any:
    """Take away so many cells at the start and end of every axis: the undoing of pad."""
    cut = [slice(a, n - b) for (a, b), n in zip(widths, x.shape, strict=True)]
    return x[tuple(cut)]


@crop.pullback(0)
def _(g: Any, *_: Any, widths: tuple[tuple[int, int], ...]) -> Any:
    return _pad(g, widths=widths, value=0.0)


@implements(np.pad)
def pad(
    x: Any, widths: Any, mode: str = "constant", constant_values: float = 0.0
) -> Any:
    """Add cells at the borders: a constant, the mirrored inside, or the repeated edge.

    widths: (before, after) for every axis. mode: "constant", "reflect" or "edge".
    """
    pairs = np.broadcast_to(np.asarray(widths), (x.ndim, 2))
    widths = tuple((int(a), int(b)) for a, b in pairs)
    if mode == "constant":
        return _pad(x, widths=widths, value=constant_values)
    if mode not in ("reflect", "edge"):
        raise ValueError(
            say(
                "pad: `mode` must be constant, reflect or edge, got {mode!r}", mode=mode
            )
        )
    for axis, pair in enumerate(widths):
        if pair != (0, 0):
            places: Any = np.arange(x.shape[axis])
            source = np.pad(places, pair, mode=mode)  # type: ignore[call-overload]
            x = x[(slice(None),) * axis + (source,)]
    return x


# ---- compositions ----


@implements(np.expand_dims)
def expand_dims(x: Any, axis: Any = -1) -> Any:
    """Insert axes of length 1 where the result shall have them: one, or several."""
    added = axis if isinstance(axis, (tuple, list)) else (axis,)
    new = axes_of(tuple(added), x.ndim + len(added))
    old = iter(x.shape)
    shape = [1 if i in new else next(old) for i in range(x.ndim + len(added))]
    return reshape(x, shape=tuple(shape))


@implements(np.squeeze)
def squeeze(x: Any, axis: Any = None) -> Any:
    """Drop axes of length 1: the given ones, or all."""
    if axis is None:
        axis = tuple(i for i, n in enumerate(x.shape) if n == 1)
    drop = axes_of(axis, x.ndim)
    long = [x.shape[i] for i in drop if x.shape[i] not in (1, None)]
    if long:
        raise ValueError(
            say(
                "squeeze: only axes of length 1 can be dropped, got {n} in {shape}",
                n=long[0],
                shape=x.shape,
            )
        )
    return reshape(x, shape=tuple(n for i, n in enumerate(x.shape) if i not in drop))


@implements(np.moveaxis)
def moveaxis(x: Any, source: Any, destination: Any) -> Any:
    """Move axes to new places; the others keep their order."""
    moved = np.lib.array_utils.normalize_axis_tuple(source, x.ndim)
    places = np.lib.array_utils.normalize_axis_tuple(destination, x.ndim)
    axes = [i for i in range(x.ndim) if i not in moved]
    for place, axis in sorted(zip(places, moved, strict=True)):
        axes.insert(place, axis)
    return transpose(x, axes=tuple(axes))


@implements(np.swapaxes)
def swapaxes(x: Any, a: int, b: int) -> Any:
    """Exchange two axes."""
    axes = list(range(x.ndim))
    axes[a], axes[b] = axes[b], axes[a]
    return transpose(x, axes=tuple(axes))


@implements(np.tile)
def tile(x: Any, reps: Any) -> Any:
    """Lay copies side by side, so many along each axis."""
    counts = [int(n) for n in np.atleast_1d(reps)]
    ndim = max(x.ndim, len(counts))
    counts = [1] * (ndim - len(counts)) + counts
    shape = (1,) * (ndim - x.ndim) + x.shape
    once = [n for size in shape for n in (1, size)]  # (d0, ...) -> (1, d0, ...)
    spread = [n for pair in zip(counts, shape, strict=True) for n in pair]
    x = broadcast_to(reshape(x, shape=tuple(once)), shape=tuple(spread))
    joined = (n if c == 1 else c * n for c, n in zip(counts, shape, strict=True))
    return reshape(x, shape=tuple(joined))


def repeat(x: Any, repeats: Any, axis: int = 0) -> Any:
    """Repeat every element along `axis`: so many times, or as a list says for each."""
    axis = axis_of(axis, x.ndim)
    before, length, after = x.shape[:axis], x.shape[axis], x.shape[axis + 1 :]
    if not isinstance(repeats, (int, np.integer)):
        source = np.repeat(np.arange(length), repeats)
        return x[(slice(None),) * axis + (source,)]
    count = int(repeats)
    x = broadcast_to(
        expand_dims(x, axis + 1), shape=(*before, length, count, *after)
    )  # (*before, length, *after) -> (*before, length, count, *after)
    return reshape(x, shape=(*before, length * count, *after))


# ---- the same under NumPy's names and defaults ----


def _flat(x: Any) -> Any:
    return reshape(x, shape=(-1,))


@implements(np.concatenate)
def _(parts: Sequence[Any], axis: int | None = 0) -> Any:
    if axis is None:
        return concatenate([_flat(part) for part in parts])
    return concatenate(parts, axis)


@implements(np.repeat)
def _(x: Any, repeats: Any, axis: int | None = None) -> Any:
    return repeat(_flat(x), repeats) if axis is None else repeat(x, repeats, axis)


implements(np.reshape)(lambda x, shape: reshape(x, shape=shape))
implements(np.ravel)(_flat)
implements(np.transpose)(lambda x, axes=None: transpose(x, axes=axes))
implements(np.broadcast_to)(lambda x, shape: broadcast_to(x, shape=shape))
implements(np.flip)(lambda x, axis=None: flip(x, axis=axis))
implements(np.roll)(lambda x, shift, axis=None: roll(x, shift=shift, axis=axis))
implements(np.shape)(lambda x: x.shape)
implements(np.ndim)(lambda x: x.ndim)
implements(np.size)(lambda x: x.size)
implements(np.zeros_like)(lambda x: np.zeros(x.shape, x.dtype))
implements(np.ones_like)(lambda x: np.ones(x.shape, x.dtype))

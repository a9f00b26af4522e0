"""Rearranging: the same numbers in another shape, order, or neighbourhood.

Linear operations come in pairs that are each other's gradient: broadcast_to and sum_to,
concatenate and split, stack and unstack, pad and crop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorlearn.autograd.primitive import implements, primitive
from tensorlearn.wording import say

Shape = tuple[int, ...]


@primitive
def reshape(x: Any, *, shape: Shape) -> Any:
    """The same elements in another shape; one entry may be -1."""
    try:
        return np.reshape(x, shape)
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
    """Repeat along axes of length 1 and new leading axes, until `shape` is reached."""
    return np.broadcast_to(x, shape)


@broadcast_to.pullback(0)
def _(g: Any, _y: Any, x: Any, *, shape: Shape) -> Any:
    return sum_to(g, shape=x.shape)


@primitive
def sum_to(x: Any, *, shape: Shape) -> Any:
    """Sum what `broadcast_to` would repeat: the transpose of broadcasting."""
    lead = np.ndim(x) - len(shape)
    repeated = tuple(
        i + lead for i, n in enumerate(shape) if n == 1 and x.shape[i + lead] != 1
    )
    if lead == 1 and not repeated and x.ndim == 2 and x.dtype.kind == "f":
        return np.ones(len(x), x.dtype) @ x  # a bias gradient: BLAS sums rows fastest
    y = x.sum(axis=(*range(lead), *repeated), keepdims=True)
    return y.reshape(shape)


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


@implements(np.concatenate)
def concatenate(parts: Sequence[Any], axis: int = -1) -> Any:
    """Join along an existing axis.   (..., a, ...) and (..., b, ...) -> (..., a+b, ...)"""
    return _concatenate(*parts, axis=axis)


@implements(np.stack)
def stack(parts: Sequence[Any], axis: int = 0) -> Any:
    """Join along a new axis.   n of (...) -> (n, ...)"""
    return _stack(*parts, axis=axis)


def split(x: Any, sizes: int | Sequence[int], axis: int = -1) -> Any:
    """Cut along `axis` into so many equal parts, or parts of the given sizes."""
    length = x.shape[axis]
    if isinstance(sizes, int):
        if sizes < 1 or length % sizes:
            raise ValueError(
                say(
                    "split: an axis of length {length} does not divide into {n} equal parts",
                    length=length,
                    n=sizes,
                )
            )
        sizes = [length // sizes] * sizes
    if sum(sizes) != length:
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
def pad(x: Any, widths: Any, mode: str = "constant", constant_values: float = 0.0) -> Any:
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
            source = np.pad(np.arange(x.shape[axis]), pair, mode=mode)  # type: ignore[call-overload]
            x = x[(slice(None),) * axis + (source,)]
    return x


# ---- compositions ----


@implements(np.expand_dims)
def expand_dims(x: Any, axis: int = -1) -> Any:
    """Insert an axis of length 1.   (..., ...) -> (..., 1, ...)"""
    at = axis + x.ndim + 1 if axis < 0 else axis
    return reshape(x, shape=(*x.shape[:at], 1, *x.shape[at:]))


@implements(np.squeeze)
def squeeze(x: Any, axis: Any = None) -> Any:
    """Drop axes of length 1: the given ones, or all."""
    if axis is None:
        drop = {i for i, n in enumerate(x.shape) if n == 1}
    else:
        drop = {a % x.ndim for a in (axis if isinstance(axis, (tuple, list)) else [axis])}
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
    moved = [s % x.ndim for s in np.atleast_1d(source)]
    places = [d % x.ndim for d in np.atleast_1d(destination)]
    axes = [i for i in range(x.ndim) if i not in moved]
    for place, axis in sorted(zip(places, moved, strict=True)):
        axes.insert(place, axis)
    return transpose(x, axes=tuple(int(i) for i in axes))


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
    pairs = [n for size in shape for n in (1, size)]
    spread = [n for count, size in zip(counts, shape, strict=True) for n in (count, size)]
    x = broadcast_to(reshape(x, shape=tuple(pairs)), shape=tuple(spread))
    return reshape(
        x, shape=tuple(c * size for c, size in zip(counts, shape, strict=True))
    )


@implements(np.repeat)
def repeat(x: Any, repeats: Any, axis: int = 0) -> Any:
    """Repeat every element along `axis`: so many times, or as a list says for each."""
    if not isinstance(repeats, (int, np.integer)):
        source = np.repeat(np.arange(x.shape[axis]), repeats)
        return x[(slice(None),) * (axis % x.ndim) + (source,)]
    at = axis % x.ndim + 1
    spread = (*x.shape[:at], int(repeats), *x.shape[at:])
    joined = (*x.shape[: at - 1], x.shape[at - 1] * int(repeats), *x.shape[at:])
    return reshape(broadcast_to(expand_dims(x, at), shape=spread), shape=joined)


implements(np.reshape)(lambda x, shape: reshape(x, shape=shape))
implements(np.transpose)(lambda x, axes=None: transpose(x, axes=axes))
implements(np.broadcast_to)(lambda x, shape: broadcast_to(x, shape=shape))
implements(np.flip)(lambda x, axis=None: flip(x, axis=axis))
implements(np.roll)(lambda x, shift, axis=None: roll(x, shift=shift, axis=axis))
implements(np.ravel)(lambda x: reshape(x, shape=(-1,)))

"""Convolution, its transpose, and the gradient of its kernel: a family closed under `grad`.

    y[n, o, f] = Σ_k Σ_c x[n, o·stride + k·dilation - before, c] · kernel[k, c, f]

is linear in x and in the kernel; so are the other two, and each one's pullbacks are its
sisters. Hence every derivative of every order is one of these three functions. The same
holds for the depthwise three, where every channel has a kernel of its own.

All of it is matrix products over chunks of the batch that fit into the cache: unfolding
a whole batch into columns would stream some hundred megabytes through memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tensorlearn.autograd.primitive import primitive
from tensorlearn.ops.shape import reshape, sum_to
from tensorlearn.ops.windows import (
    Geometry,
    Ints,
    Padding,
    bordered,
    chunks,
    geometry,
    window_view,
)
from tensorlearn.wording import say

_SHORT = 16
"""Runs of fewer numbers than this are copied faster with the channels in front."""


# ---- y from x and kernel ----


@primitive
def convolve(
    x: Any,
    kernel: Any,
    bias: Any = None,
    *,
    strides: Ints | None = None,
    dilation: Ints | None = None,
    padding: Padding = "valid",
) -> Any:
    """Slide a kernel over x.   (N, *S, C), (*K, C, F)[, (F,)] -> (N, *O, F)"""
    where = _fitting(x, kernel, strides, dilation, padding)
    filters = kernel.shape[-1]
    matrix = kernel.reshape(-1, filters)  # (*K, C, F) -> (K*C, F)
    y = np.empty((len(x), *where.places, filters), np.result_type(x, kernel))
    for part, rows, columns in _columns(x, where):
        target = y[part, rows].reshape(-1, filters)
        np.matmul(columns, matrix, out=target)  # (N*O, K*C) @ (K*C, F) -> (N*O, F)
        if bias is not None:
            target += bias
    return y


@convolve.pullback(0)
def _(g: Any, _y: Any, x: Any, kernel: Any, _bias: Any = None, **settings: Any) -> Any:
    return convolve_transposed(g, kernel, space=tuple(x.shape[1:-1]), **settings)


@convolve.pullback(1)
def _(g: Any, _y: Any, x: Any, kernel: Any, _bias: Any = None, **settings: Any) -> Any:
    return convolve_kernel(x, g, size=tuple(kernel.shape[:-2]), **settings)


@convolve.pullback(2)
def _(g: Any, *_: Any, **settings: Any) -> Any:
    filters = g.shape[-1]
    return sum_to(reshape(g, shape=(-1, filters)), shape=(filters,))


def _fitting(
    x: Any, kernel: Any, strides: Ints | None, dilation: Ints | None, padding: Padding
) -> Geometry:
    """The geometry of a convolution; ValueError if ranks or channels do not match."""
    if x.ndim != kernel.ndim or x.shape[-1] != kernel.shape[-2]:
        raise ValueError(
            say(
                "convolve: x must be (N, *S, C) and `kernel` (*K, C, F) with the same "
                "number of axes of space and the same C, got {x} and {kernel}",
                x=x.shape,
                kernel=kernel.shape,
            )
        )
    return geometry(x.shape[1:-1], kernel.shape[:-2], strides, dilation, padding)


def _columns(x: Any, where: Geometry) -> Iterator[tuple[slice, slice, Any]]:
    """Chunks of all windows as a matrix, one window a row.   yields (N*O, K*C)

    With each chunk: which samples, and which places along the first axis of space (all,
    unless the windows of a single sample are already too many).
    """
    channels = x.shape[-1]
    if where.is_pointwise:
        yield slice(None), slice(None), x.reshape(-1, channels)
        return
    length = int(np.prod(where.size)) * channels
    row = int(np.prod(where.places[1:])) * length * x.itemsize
    narrow = channels * where.size[-1] < _SHORT and where.places[-1] > channels
    unfold = _unfold_channels_first if narrow else _unfold
    for part, piece in bordered(x, where):
        view = window_view(piece, where)
        for samples in chunks(len(view), where.places[0] * row):
            some = slice(part.start + samples.start, part.start + samples.stop)
            for rows in chunks(where.places[0], (samples.stop - samples.start) * row):
                yield some, rows, unfold(view[samples, rows], length)


def _unfold(view: Any, length: int) -> Any:
    """A copy with one window a row.   (N, *O, *K, C) -> (N*O, K*C)"""
    return view.reshape(-1, length)


def _unfold_channels_first(view: Any, length: int) -> Any:
    """The same, filled column by column: for few channels its runs are longer."""
    rank = (view.ndim - 2) // 2
    taps = tuple(range(1 + rank, view.ndim))
    turned = view.transpose(*taps, *range(1 + rank))  # (*K, C, N, *O)
    return turned.reshape(length, -1).T  # (K*C, N*O) -> (N*O, K*C)

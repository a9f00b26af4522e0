"""Convolution, its transpose, and the gradient of its kernel: a family closed under `grad`.

    y[n, o, f] = Σ_k Σ_c x[n, o·stride + k·dilation - before, c] · kernel[k, c, f]

is linear in x and in the kernel; so are the other two, and each one's pullbacks are its
sisters. Hence every derivative of every order is one of these three functions.

All of it is matrix products over chunks of the batch that fit into the cache: unfolding
a whole batch into columns would stream some hundred megabytes through memory. Runs of
such chunks are shared among threads. Few filters make a narrow product, which is slow: then
one row of it answers for several neighbouring places.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from tensorlearn.autograd.primitive import primitive
from tensorlearn.ops.linear import product
from tensorlearn.ops.shape import reshape, sum_to
from tensorlearn.ops.windows import (
    Geometry,
    Ints,
    Padding,
    bordered,
    chunks,
    geometry,
    runs,
    sum_in_order,
    window_view,
)
from tensorlearn.parallel import each, one_blas_thread
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
    filters, dtype = kernel.shape[-1], np.result_type(x, kernel)
    p = _neighbours(where, x.shape[-1], filters, dtype)
    if p > 1 and _is_finite(x):
        bias = None if bias is None else np.tile(bias, p)
        y = convolve.forward(x, _side_by_side(kernel, p), bias, **_every(p, where))
        return y.reshape(len(x), *where.places, filters)
    matrix = kernel.reshape(-1, filters)  # (*K, C, F) -> (K*C, F)
    y = np.empty((len(x), *where.places, filters), dtype)

    def fill(run: slice) -> None:
        for part, rows, columns in _columns(x[run], where):
            target = y[run][part, rows].reshape(-1, filters)
            np.matmul(columns, matrix, out=target)  # (N*O, K*C) @ (K*C, F) -> (N*O, F)
            if bias is not None:
                target += bias

    each(fill, runs(len(x), where.bytes_of_windows(x)))
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
    unless the windows of a single sample are already too many). The matrix lies in a
    buffer that the next chunk overwrites.
    """
    if where.is_pointwise:
        for part, piece in bordered(x, where):
            yield part, slice(None), piece.reshape(-1, x.shape[-1])
        return
    unfold = _Unfold(x, where)
    band = math.prod(where.places[1:]) * unfold.length * x.itemsize
    for part, piece in bordered(x, where):
        view = window_view(piece, where)  # (N, *O, *K, C)
        for samples in chunks(len(view), where.places[0] * band):
            some = slice(part.start + samples.start, part.start + samples.stop)
            count = samples.stop - samples.start
            for rows in chunks(where.places[0], count * band):
                yield some, rows, unfold(view[samples, rows])


class _Unfold:
    """Copies windows into the rows of a matrix, in one buffer that is used again."""

    def __init__(self, x: Any, where: Geometry) -> None:
        self.length = math.prod(where.size) * x.shape[-1]
        self.narrow = _is_narrow(x.shape[-1], where)
        self.rank = len(where.size)
        self.buffer = np.empty(0, x.dtype)

    def __call__(self, view: Any) -> Any:
        """(N, *O, *K, C) -> (N*O, K*C)"""
        if self.buffer.size < view.size:
            self.buffer = np.empty(view.size, view.dtype)
        flat = self.buffer[: view.size]
        if not self.narrow:
            np.copyto(flat.reshape(view.shape), view)
            return flat.reshape(-1, self.length)
        # column by column: along a row of places there is more to copy at a stretch
        lead = 1 + self.rank
        turned = view.transpose(*range(lead, view.ndim), *range(lead))  # (*K, C, N, *O)
        np.copyto(flat.reshape(turned.shape), turned)
        return flat.reshape(self.length, -1).T  # (K*C, N*O) -> (N*O, K*C)


def _is_narrow(channels: int, where: Geometry) -> bool:
    return channels * where.size[-1] < min(_SHORT, where.places[-1])


# ---- few filters: several places at a time ----

_WIDE = 32
"""Columns from which a product is not narrow."""
_MANY = 64
"""Channels up to which copying windows takes so long that to copy less is worth it."""


def _neighbours(where: Geometry, channels: int, filters: int, dtype: Any) -> int:
    """How many places of a row to join: 4, 2, or 1 where that would not pay.

    Windows of p neighbours overlap. Their union, K + p - 1 cells wide, is a row that is
    copied once instead of p times, and the product has p times the columns; that it also
    multiplies some zeros costs less, if channels are neither one nor many.
    """
    apart = where.strides[-1] * where.dilation[-1]
    by_blas = dtype.kind == "f" and dtype.itemsize >= 4
    if apart > 1 or where.size[-1] < 3 or not (by_blas and 1 < channels <= _MANY):
        return 1
    fitting = (p for p in (4, 2) if p * filters <= _WIDE and not where.places[-1] % p)
    return next(fitting, 1)


def _is_finite(x: Any) -> bool:
    """Whether no NaN or infinity, times one of these zeros, could get into a place that
    does not see it.

    By the sum of squares, which takes half the time of a sum; says no if it overflows.
    """
    with one_blas_thread, np.errstate(over="ignore", invalid="ignore"):
        return math.isfinite(np.vdot(x, x))


def _side_by_side(kernel: Any, p: int) -> Any:
    """Kernels of p neighbouring places in one.   (*K, C, F) -> (*K + p - 1, C, p*F)"""
    *others, width, channels, filters = kernel.shape
    wide = np.zeros((*others, width + p - 1, channels, p, filters), kernel.dtype)
    for i in range(p):
        wide[..., i : i + width, :, i, :] = kernel
    return wide.reshape(*wide.shape[:-2], p * filters)


def _summed_up(wide: Any, p: int) -> Any:
    """The transpose of `_side_by_side`.   (*K + p - 1, C, p*F) -> (*K, C, F)"""
    width, filters = wide.shape[-3] - p + 1, wide.shape[-1] // p
    parts = wide.reshape(*wide.shape[:-1], p, filters)
    return np.add.reduce([parts[..., i : i + width, :, i, :] for i in range(p)])


def _every(p: int, where: Geometry) -> dict[str, Any]:
    """The settings with which windows of p neighbours lie as those of `where` did."""
    return {
        "strides": (*where.strides[:-1], p),
        "dilation": where.dilation,
        "padding": where.pads,
    }


# ---- x from y and kernel: the transpose ----


@primitive
def convolve_transposed(
    y: Any,
    kernel: Any,
    *,
    space: Ints,
    strides: Ints | None = None,
    dilation: Ints | None = None,
    padding: Padding = "valid",
) -> Any:
    """Spread y through the kernel.   (N, *O, F), (*K, C, F) -> (N, *S, C)

    space: *S, of which `convolve` with the same settings makes *O.

    With strides 1 this is a convolution of y, well padded, with the kernel turned around.
    Else one product per tap, added where the tap's cells lie.
    """
    where = geometry(space, kernel.shape[:-2], strides, dilation, padding)
    channels, filters = kernel.shape[-2:]
    check_places("convolve_transposed", y, (*where.places, filters))
    if where.is_pointwise:
        x = product(y.reshape(-1, filters), kernel.reshape(channels, filters).T)
        return x.reshape(len(y), *space, channels)
    around = where.turned
    if (
        around is not None
        and not _is_narrow(channels, where)
        and filters <= 2 * channels
    ):
        turned = np.flip(kernel, tuple(range(len(space))))
        turned = turned.swapaxes(-1, -2)  # -> (*K, F, C)
        return convolve.forward(y, turned, dilation=dilation, padding=around)
    x = np.empty((len(y), *space, channels), np.result_type(y, kernel))
    spread = _spread_rows if _is_narrow(channels, where) else _spread_taps
    bytes_each = 2 * math.prod(where.places) * channels * x.itemsize

    def fill(run: slice) -> None:
        for part in chunks(run.stop - run.start, bytes_each):
            target = x[run][part]
            target[...] = 0
            spread(y[run][part], kernel, where, target)

    each(fill, runs(len(y), where.bytes_of_windows(x)))
    return x


@convolve_transposed.pullback(0)
def _(g: Any, _y: Any, _x: Any, kernel: Any, *, space: Ints, **settings: Any) -> Any:
    return convolve(g, kernel, **settings)


@convolve_transposed.pullback(1)
def _(g: Any, _y: Any, y: Any, kernel: Any, *, space: Ints, **settings: Any) -> Any:
    return convolve_kernel(g, y, size=tuple(kernel.shape[:-2]), **settings)


def check_places(owner: str, y: Any, wanted: Ints) -> None:
    """Raise ValueError unless y is (N, *wanted)."""
    if y.shape[1:] != wanted:
        raise ValueError(
            say(
                "{owner}: y must have the shape {wanted} after the batch axis, got {got}",
                owner=owner,
                wanted=wanted,
                got=y.shape[1:],
            )
        )


def _spread_taps(y: Any, kernel: Any, where: Geometry, x: Any) -> None:
    """x += for every tap k: y @ kernel[k].T, shifted to the tap's cells."""
    channels, filters = kernel.shape[-2:]
    rows = y.reshape(-1, filters)
    product = np.empty((len(rows), channels), x.dtype)
    shaped = product.reshape(*y.shape[:-1], channels)
    for k, cells, places in where.taps:
        np.matmul(rows, kernel[k].T, out=product)  # (N*O, F) @ (F, C) -> (N*O, C)
        x[(slice(None), *cells)] += shaped[(slice(None), *places)]


def _spread_rows(y: Any, kernel: Any, where: Geometry, x: Any) -> None:
    """The same by one product with few channels in front: (K*C, F) @ (F, N*O)."""
    filters = kernel.shape[-1]
    rows = kernel.reshape(-1, filters) @ y.reshape(-1, filters).T
    shaped = rows.reshape(*kernel.shape[:-1], *y.shape[:-1])  # (*K, C, N, *O)
    in_front = np.moveaxis(x, -1, 0)  # (N, *S, C) -> (C, N, *S)
    both = (slice(None), slice(None))
    for k, cells, places in where.taps:
        in_front[(*both, *cells)] += shaped[k][(*both, *places)]


# ---- kernel from x and y ----


@primitive
def convolve_kernel(
    x: Any,
    y: Any,
    *,
    size: Ints,
    strides: Ints | None = None,
    dilation: Ints | None = None,
    padding: Padding = "valid",
) -> Any:
    """Correlate x with y.   (N, *S, C), (N, *O, F) -> (*K, C, F), *K = size"""
    where = geometry(x.shape[1:-1], size, strides, dilation, padding)
    filters, dtype = y.shape[-1], np.result_type(x, y)
    check_places("convolve_kernel", y, (*where.places, filters))
    if (p := _neighbours(where, x.shape[-1], filters, dtype)) > 1:
        row = (where.places[-1] // p, p * filters)
        joined = y.reshape(len(y), *where.places[:-1], *row)
        wide = (*size[:-1], size[-1] + p - 1)
        total = convolve_kernel.forward(x, joined, size=wide, **_every(p, where))
        return _summed_up(total, p)
    height = math.prod(size) * x.shape[-1]
    total_bytes = height * filters * x.itemsize

    def sum_of(run: slice) -> Any:
        total = np.zeros((height, filters), dtype)
        for part, rows, columns in _columns(x[run], where):
            here = y[run][part, rows].reshape(-1, filters)
            # (K*C, N*O) @ (N*O, F) -> (K*C, F); unlike np.matmul, np.dot lets go of
            # Python's lock also when the result is small
            total += np.dot(columns.T, here)
        return total

    total = sum_in_order(
        each(sum_of, runs(len(x), where.bytes_of_windows(x), total_bytes))
    )
    return total.reshape(*size, x.shape[-1], filters)


@convolve_kernel.pullback(0)
def _(g: Any, _y: Any, x: Any, y: Any, *, size: Ints, **settings: Any) -> Any:
    return convolve_transposed(y, g, space=tuple(x.shape[1:-1]), **settings)


@convolve_kernel.pullback(1)
def _(g: Any, _y: Any, x: Any, y: Any, *, size: Ints, **settings: Any) -> Any:
    return convolve(x, g, **settings)

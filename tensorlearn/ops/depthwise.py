"""Depthwise convolution, its transpose, and the gradient of its kernel.

    y[n, o, c] = Σ_k x[n, o·stride + k·dilation - before, c] · kernel[k, c]

Every channel has a kernel of its own, so there is no matrix product in it. As in
`convolution.py`, each one's pullbacks are its sisters.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorlearn.autograd.primitive import primitive
from tensorlearn.ops.convolution import check_places
from tensorlearn.ops.windows import (
    CHUNK,
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
from tensorlearn.parallel import each

_LONG = 128
"""Channels from which they alone are a loop long enough."""


@primitive
def convolve_depthwise(
    x: Any,
    kernel: Any,
    *,
    strides: Ints | None = None,
    dilation: Ints | None = None,
    padding: Padding = "valid",
) -> Any:
    """Each channel with its own kernel.   (N, *S, C), (*K, C) -> (N, *O, C)"""
    where = geometry(x.shape[1:-1], kernel.shape[:-1], strides, dilation, padding)
    y = np.empty((len(x), *where.places, x.shape[-1]), np.result_type(x, kernel))
    rank, in_rows = len(where.size), _is_in_rows(where, kernel)
    o, k = "xyz"[: rank - in_rows], "ijk"[:rank]
    if in_rows:
        kernel = np.tile(kernel, where.places[-1])  # (*K, C) -> (*K, O*C)

    def fill(run: slice) -> None:
        for part, piece in bordered(x[run], where):
            cells = window_view(piece, where)  # (N, *O, *K, C)
            target = y[run][part]
            if in_rows:  # -> (N, *O', *K, O*C) and (N, *O', O*C)
                cells = _joined(np.moveaxis(cells, rank, -2))
                target = _joined(target)
            np.einsum(f"n{o}{k}c,{k}c->n{o}c", cells, kernel, out=target)

    each(fill, runs(len(x), where.bytes_of_windows(x)))
    return y


def _is_in_rows(where: Geometry, kernel: Any) -> bool:
    """Whether a row of places with its channels is better treated as one long axis.

    The kernel, repeated for each of these places, should stay in the cache.
    """
    short = kernel.shape[-1] < _LONG and kernel.nbytes * where.places[-1] <= CHUNK
    return short and where.strides[-1] == 1


def _joined(x: Any) -> Any:
    """The last two axes as one, which is a view if they lie side by side."""
    return x.reshape(*x.shape[:-2], x.shape[-2] * x.shape[-1])


@convolve_depthwise.pullback(0)
def _(g: Any, _y: Any, x: Any, kernel: Any, **settings: Any) -> Any:
    space = tuple(x.shape[1:-1])
    return convolve_depthwise_transposed(g, kernel, space=space, **settings)


@convolve_depthwise.pullback(1)
def _(g: Any, _y: Any, x: Any, kernel: Any, **settings: Any) -> Any:
    size = tuple(kernel.shape[:-1])
    return convolve_depthwise_kernel(x, g, size=size, **settings)


@primitive
def convolve_depthwise_transposed(
    y: Any,
    kernel: Any,
    *,
    space: Ints,
    strides: Ints | None = None,
    dilation: Ints | None = None,
    padding: Padding = "valid",
) -> Any:
    """The transpose of `convolve_depthwise`.   (N, *O, C), (*K, C) -> (N, *S, C)"""
    where = geometry(space, kernel.shape[:-1], strides, dilation, padding)
    check_places("convolve_depthwise_transposed", y, (*where.places, y.shape[-1]))
    around = where.turned
    if around is not None and math.prod(space) <= 2 * math.prod(where.places):
        turned = np.flip(kernel, tuple(range(len(space))))
        return convolve_depthwise.forward(y, turned, dilation=dilation, padding=around)
    x = np.empty((len(y), *space, y.shape[-1]), np.result_type(y, kernel))
    # repeated along a row: the product then runs over rows, not over C numbers at a time
    row = (*kernel.shape[:-1], where.places[-1], kernel.shape[-1])
    factors = np.tile(kernel, where.places[-1]).reshape(row)

    def fill(part: slice) -> None:
        x[part] = 0
        for k, cells, places in where.taps:
            sent = y[(part, *places)]
            x[(part, *cells)] += sent * factors[k][: sent.shape[-2]]

    each(fill, chunks(len(x), 2 * x[:1].nbytes))
    return x


@convolve_depthwise_transposed.pullback(0)
def _(g: Any, _y: Any, _x: Any, kernel: Any, *, space: Ints, **settings: Any) -> Any:
    return convolve_depthwise(g, kernel, **settings)


@convolve_depthwise_transposed.pullback(1)
def _(g: Any, _y: Any, y: Any, kernel: Any, *, space: Ints, **settings: Any) -> Any:
    size = tuple(kernel.shape[:-1])
    return convolve_depthwise_kernel(g, y, size=size, **settings)


@primitive
def convolve_depthwise_kernel(
    x: Any,
    y: Any,
    *,
    size: Ints,
    strides: Ints | None = None,
    dilation: Ints | None = None,
    padding: Padding = "valid",
) -> Any:
    """Correlate channel by channel.   (N, *S, C), (N, *O, C) -> (*K, C), *K = size"""
    where = geometry(x.shape[1:-1], size, strides, dilation, padding)
    channels = x.shape[-1]
    check_places("convolve_depthwise_kernel", y, (*where.places, channels))
    n, o, k, c = "n", "xyz"[: len(size)], "ijk"[: len(size)], "c"

    def sum_of(run: slice) -> Any:
        total = np.zeros((*size, channels), np.result_type(x, y))
        for part, piece in bordered(x[run], where):
            cells = window_view(piece, where)  # (N, *O, *K, C)
            here = y[run][part]
            total += np.einsum(f"{n}{o}{k}{c},{n}{o}{c}->{k}{c}", cells, here)
        return total

    return sum_in_order(each(sum_of, runs(len(x), where.bytes_of_windows(x))))


@convolve_depthwise_kernel.pullback(0)
def _(g: Any, _y: Any, x: Any, y: Any, *, size: Ints, **settings: Any) -> Any:
    space = tuple(x.shape[1:-1])
    return convolve_depthwise_transposed(y, g, space=space, **settings)


@convolve_depthwise_kernel.pullback(1)
def _(g: Any, _y: Any, x: Any, y: Any, *, size: Ints, **settings: Any) -> Any:
    return convolve_depthwise(x, g, **settings)

"""What neural networks need beyond arithmetic, each as one stable primitive."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorlearn.autograd.primitive import primitive
from tensorlearn.autograd.tensor import Tensor
from tensorlearn.ops.elementwise import exp, maximum, multiply, softplus, sqrt
from tensorlearn.ops.linear import einsum
from tensorlearn.ops.reduce import reduce_mean, reduce_sum, row_maxima, row_sums
from tensorlearn.ops.shape import column_sums, expand_dims, reshape
from tensorlearn.ops.windows import chunks, sum_in_order
from tensorlearn.parallel import BLOCK, blockwise, each


@primitive
def softmax(x: Any, *, axis: int = -1) -> Any:
    """exp(x) / Σ exp(x) along `axis`, without overflow; shape kept."""
    if axis not in (-1, x.ndim - 1):
        return np.moveaxis(softmax_of_rows(np.moveaxis(x, axis, -1)), -1, axis)
    return blockwise(softmax_of_rows, x, row=x.shape[-1])


def softmax_of_rows(x: Any, out: Any = None) -> Any:
    """exp(x) / Σ exp(x) over the last axis.   (..., D) -> (..., D)"""
    y = x if _moderate(x) else np.subtract(x, row_maxima(x), out=out)
    y = np.exp(y, out=out)
    y /= row_sums(y)
    return y


def _moderate(x: Any) -> bool:
    """Whether exp(x) neither overflows nor vanishes anywhere, so that x may stay.

    A row's last bits can thus depend on the rows beside it.
    """
    wide = x.size > 0 and x.dtype.itemsize >= 4
    return bool(wide and x.max() < 60 and x.min() > -60)


def _softmax_back(g: Any, y: Any, out: Any = None) -> Any:
    gy = np.multiply(g, y, out=out)
    gy -= y * row_sums(gy)
    return gy


@softmax.pullback(0)
def _(g: Any, y: Any, _x: Any, *, axis: int = -1) -> Any:
    if type(g) is type(y) is np.ndarray and axis in (-1, y.ndim - 1):
        return blockwise(_softmax_back, g, y, row=y.shape[-1])
    gy = multiply(g, y)
    gy -= multiply(y, reduce_sum(gy, axis=axis, keepdims=True))
    return gy


@primitive
def log_softmax(x: Any, *, axis: int = -1) -> Any:
    """log(softmax(x)) along `axis`, exact also where the probability rounds to 0."""
    if x.ndim and axis in (-1, x.ndim - 1):
        return blockwise(_log_softmax, x, row=x.shape[-1])
    shifted = x - np.max(x, axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis, keepdims=True))


def _log_softmax(x: Any, out: Any = None) -> Any:
    y = np.subtract(x, row_maxima(x), out=out)
    return np.subtract(y, np.log(row_sums(np.exp(y))), out=out)


@log_softmax.pullback(0)
def _(g: Any, y: Any, _x: Any, *, axis: int = -1) -> Any:
    return g - exp(y) * reduce_sum(g, axis=axis, keepdims=True)


@primitive(broadcasts=True)
def softmax_crossentropy(logits: Any, targets: Any) -> Any:
    """-Σ targets · log(softmax(logits)) over the last axis.   (..., C), (..., C) -> (...)

    Softmax and logarithm in one: the gradient is simply (probability - target), and no
    probability is ever too small for its logarithm.
    """
    return -row_sums(targets * log_softmax(logits, axis=-1))[..., 0]


@softmax_crossentropy.pullback(0)
def _(g: Any, _y: Any, logits: Any, targets: Any) -> Any:
    total = reduce_sum(targets, axis=-1, keepdims=True)
    return expand_dims(g, -1) * (softmax(logits, axis=-1) * total - targets)


@softmax_crossentropy.pullback(1)
def _(g: Any, _y: Any, logits: Any, targets: Any) -> Any:
    return -(expand_dims(g, -1) * log_softmax(logits, axis=-1))


def sigmoid_crossentropy(logits: Any, targets: Any) -> Any:
    """-t log σ(x) - (1-t) log(1-σ(x)), elementwise and without overflow."""
    return softplus(logits) - logits * targets


def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12) -> Any:
    """x divided by its Euclidean length along `axis` (or by √epsilon if that is larger)."""
    from_squares = reduce_sum(x * x, axis=axis, keepdims=True)
    return x / sqrt(maximum(from_squares, epsilon))


# ---- normalization ----


@primitive(outputs=True)
def batch_normalize(x: Any, gamma: Any, beta: Any, *, epsilon: float) -> Any:
    """gamma · (x - mean) / √(variance + epsilon) + beta, and that mean and variance.

    (A, C, B), (C,), (C,) -> (A, C, B), (C,), (C,): both are taken over A and B.
    Layers bring other layouts into this one by a reshape, which costs nothing.
    """
    count, k = x.shape[0] * x.shape[2], _rows_to_join(x.shape)
    wide = _joined(x, k)
    parts = _blocks_of(wide)
    mean = _parted(_total(lambda i: _sum_over_ab(wide[i]), parts), k) / count
    y, center = np.empty_like(wide), _column(mean, k)

    def squares(i: slice) -> Any:
        distance = np.subtract(wide[i], center, out=y[i])
        return _dot_over_ab(distance, distance)

    variance = _parted(_total(squares, parts), k) / count
    factor = _column(gamma / np.sqrt(variance + epsilon), k)
    shift = None if isinstance(beta, float) else _column(beta, k)

    def scale(i: slice) -> None:
        part = y[i]
        part *= factor
        if shift is not None:
            part += shift

    each(scale, parts)
    return y.reshape(x.shape), mean, variance


@batch_normalize.joint_pullback
def _(gs: Any, ys: Any, x: Any, gamma: Any, _beta: Any, *, epsilon: float) -> Any:
    (g, g_mean, g_variance), (_, mean, variance) = gs, ys
    if not isinstance(g, Tensor) and not (g_mean.any() or g_variance.any()):
        return _normalize_back(g, x, gamma, mean, 1.0 / np.sqrt(variance + epsilon))
    # the same as one formula, which can be differentiated again
    count = x.shape[0] * x.shape[2]
    inverse = 1.0 / sqrt(variance + epsilon)
    distance = x - mean[:, None]
    g_beta, g_gamma = einsum("acb->c", g), einsum("acb,acb->c", g, distance) * inverse
    gx = distance * (g_gamma * inverse * (-1.0 / count))[:, None]
    gx = (gx + g - (g_beta / count)[:, None]) * (gamma * inverse)[:, None]
    gx = gx + distance * (g_variance * (2.0 / count))[:, None]
    return gx + (g_mean / count)[:, None], g_gamma, g_beta


def _normalize_back(g: Any, x: Any, gamma: Any, mean: Any, inverse: Any) -> Any:
    """The gradients of x, gamma and beta, on arrays and in blocks."""
    shape, count, k = x.shape, x.shape[0] * x.shape[2], _rows_to_join(x.shape)
    x, g = _joined(x, k), _joined(g, k)
    gx, center, parts = np.empty_like(x), _column(mean, k), _blocks_of(x)

    def sums(i: slice) -> Any:
        distance = np.subtract(x[i], center, out=gx[i])
        return np.stack([_sum_over_ab(g[i]), _dot_over_ab(g[i], distance)])

    g_beta, g_gamma = (_parted(total, k) for total in _total(sums, parts))
    g_gamma = g_gamma * inverse
    slope = _column(g_gamma * inverse * (-1.0 / count), k)
    shift, factor = _column(g_beta / count, k), _column(gamma * inverse, k)

    def fill(i: slice) -> None:
        part = gx[i]
        part *= slope
        part += g[i]
        part -= shift
        part *= factor

    each(fill, parts)
    return gx.reshape(shape), g_gamma, g_beta


def layer_normalize(x: Any, gamma: Any, beta: Any, *, epsilon: float) -> Any:
    """gamma · (x - mean) / √(variance + epsilon) + beta, each row for itself.

    (M, D), (D,), (D,) -> (M, D)
    """
    return _layer_normalize(x, gamma, beta, epsilon=epsilon)[0]


@primitive(outputs=True)
def _layer_normalize(x: Any, gamma: Any, beta: Any, *, epsilon: float) -> Any:
    """`layer_normalize`; before gamma (M, D), and 1 / √(variance + epsilon) (M, 1)."""
    y, scaled = np.empty_like(x), np.empty_like(x)
    inverse = np.empty((len(x), 1), x.dtype)

    def some(rows: slice) -> None:
        part = x[rows]
        distance = np.subtract(part, _row_means(part), out=scaled[rows])
        inverse[rows] = 1.0 / np.sqrt(_row_means(distance, distance) + epsilon)
        distance *= inverse[rows]
        np.multiply(distance, gamma, out=y[rows])
        y[rows] += beta

    each(some, chunks(len(x), x.shape[1], BLOCK))
    return y, scaled, inverse


@_layer_normalize.joint_pullback
def _(gs: Any, ys: Any, x: Any, gamma: Any, _beta: Any, *, epsilon: float) -> Any:
    g, (_, scaled, inverse) = gs[0], ys
    if isinstance(g, Tensor):  # as one formula, which can be differentiated again
        how = {"axis": 1, "keepdims": True}
        distance = x - reduce_mean(x, **how)
        inverse = 1.0 / sqrt(reduce_mean(distance * distance, **how) + epsilon)
        scaled, slope = distance * inverse, g * gamma
        gx = slope - reduce_mean(slope, **how)
        gx = (gx - scaled * reduce_mean(slope * scaled, **how)) * inverse
        return gx, reduce_sum(g * scaled, axis=0), reduce_sum(g, axis=0)
    gx = np.empty_like(x)

    def some(rows: slice) -> None:
        slope, part = g[rows] * gamma, gx[rows]
        np.multiply(scaled[rows], _row_means(slope, scaled[rows]), out=part)
        slope -= _row_means(slope)
        np.subtract(slope, part, out=part)
        part *= inverse[rows]

    each(some, chunks(len(x), x.shape[1], BLOCK))
    return gx, column_sums(g * scaled), column_sums(g)


def _row_means(x: Any, y: Any = None) -> Any:
    """Of x, or of x·y.   (M, D) -> (M, 1)"""
    sums = row_sums(x) if y is None else np.einsum("md,md->m", x, y)[:, None]
    sums /= x.shape[1]
    return sums


def _blocks_of(x: Any) -> list[slice]:
    """Parts of the first axis, for threads to share if there is enough to do."""
    return list(chunks(len(x), x[:1].size, BLOCK)) if len(x) > 1 else [slice(None)]


def _total(work: Any, parts: list[slice]) -> Any:
    return sum_in_order(each(work, parts))


def _rows_to_join(shape: tuple[int, ...]) -> int:
    """How many rows of a tall, narrow array to treat as one: NumPy likes long rows."""
    rows, width, depth = shape
    k = 1
    while (
        depth == 1 and rows * width > 2**15 and rows % (2 * k) == 0 and k * width < 512
    ):
        k *= 2
    return k


def _joined(x: Any, k: int) -> Any:
    """(A, C, B) -> (A/k, k*C, B)"""
    return (
        x if k == 1 else reshape(x, shape=(x.shape[0] // k, k * x.shape[1], x.shape[2]))
    )


def _column(v: Any, k: int) -> Any:
    """(C,) -> (k*C, 1)"""
    return (v if k == 1 else np.tile(v, k))[:, None]


def _sum_over_ab(x: Any) -> Any:
    """(A/k, k*C, B) -> (k*C,)"""
    return column_sums(x[:, :, 0]) if x.shape[2] == 1 else np.einsum("acb->c", x)


def _dot_over_ab(x: Any, y: Any) -> Any:
    """(A/k, k*C, B) twice -> (k*C,)"""
    return np.einsum("acb,acb->c", x, y)


def _parted(v: Any, k: int) -> Any:
    """(k*C,) -> (C,)"""
    return v if k == 1 else v.reshape(k, -1).sum(0)

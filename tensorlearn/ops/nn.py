"""What neural networks need beyond arithmetic, each as one stable primitive."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorlearn.autograd.primitive import primitive
from tensorlearn.autograd.tensor import Tensor
from tensorlearn.ops.elementwise import exp, maximum, softplus, sqrt
from tensorlearn.ops.linear import einsum
from tensorlearn.ops.reduce import reduce_sum
from tensorlearn.ops.shape import expand_dims, reshape, sum_to


@primitive
def softmax(x: Any, *, axis: int = -1) -> Any:
    """exp(x) / Σ exp(x) along `axis`, without overflow; shape kept."""
    y = np.exp(x - x.max(axis, keepdims=True))
    y /= y.sum(axis, keepdims=True)
    return y


@softmax.pullback(0)
def _(g: Any, y: Any, _x: Any, *, axis: int = -1) -> Any:
    gy = g * y
    return gy - y * reduce_sum(gy, axis=axis, keepdims=True)


@primitive
def log_softmax(x: Any, *, axis: int = -1) -> Any:
    """log(softmax(x)) along `axis`, exact also where the probability rounds to 0."""
    shifted = x - np.max(x, axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis, keepdims=True))


@log_softmax.pullback(0)
def _(g: Any, y: Any, _x: Any, *, axis: int = -1) -> Any:
    return g - exp(y) * reduce_sum(g, axis=axis, keepdims=True)


@primitive(broadcasts=True)
def softmax_crossentropy(logits: Any, targets: Any) -> Any:
    """-Σ targets · log(softmax(logits)) over the last axis.   (..., C), (..., C) -> (...)

    Softmax and logarithm in one: the gradient is simply (probability - target), and no
    probability is ever too small for its logarithm.
    """
    return -np.sum(targets * log_softmax(logits, axis=-1), axis=-1)


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
    mean = _sum_over_ab(wide, k) / count
    y = wide - _column(mean, k)
    variance = _dot_over_ab(y, y, k) / count
    y *= _column(gamma / np.sqrt(variance + epsilon), k)
    if not isinstance(beta, float):
        y += _column(beta, k)
    return y.reshape(x.shape), mean, variance


@batch_normalize.joint_pullback
def _(gs: Any, ys: Any, x: Any, gamma: Any, _beta: Any, *, epsilon: float) -> Any:
    g, g_mean, g_variance = gs
    _, mean, variance = ys
    shape, count, k = x.shape, x.shape[0] * x.shape[2], _rows_to_join(x.shape)
    x, g = _joined(x, k), _joined(g, k)
    inverse = 1.0 / sqrt(variance + epsilon)
    distance = x - _column(mean, k)
    g_beta = _sum_over_ab(g, k)
    g_gamma = _dot_over_ab(g, distance, k) * inverse
    distance *= _column(g_gamma * inverse * (-1.0 / count), k)
    gx = distance  # an array is changed in place: nobody else holds it
    gx += g
    gx -= _column(g_beta / count, k)
    gx *= _column(gamma * inverse, k)
    if isinstance(g, Tensor) or g_mean.any() or g_variance.any():
        distance = x - _column(mean, k)
        gx += distance * _column(g_variance * (2.0 / count), k)
        gx += _column(g_mean / count, k)
    return reshape(gx, shape=shape), g_gamma, g_beta


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


def _sum_over_ab(x: Any, k: int) -> Any:
    """(A/k, k*C, B) -> (C,)"""
    if x.shape[2] == 1:
        total = sum_to(reshape(x, shape=x.shape[:2]), shape=x.shape[1:2])
    else:
        total = einsum("acb->c", x)
    return _parted(total, k)


def _dot_over_ab(x: Any, y: Any, k: int) -> Any:
    """(A/k, k*C, B) twice -> (C,)"""
    return _parted(einsum("acb,acb->c", x, y), k)


def _parted(v: Any, k: int) -> Any:
    """(k*C,) -> (C,)"""
    return v if k == 1 else reduce_sum(reshape(v, shape=(k, -1)), axis=0)

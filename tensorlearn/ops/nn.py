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
    y = np.exp(x - np.max(x, axis, keepdims=True))
    y /= np.sum(y, axis, keepdims=True)
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


@primitive
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
    count = x.shape[0] * x.shape[2]
    mean = _over_ab(x) / count
    y = x - mean[:, None]
    variance = np.einsum("acb,acb->c", y, y) / count
    y *= (gamma / np.sqrt(variance + epsilon))[:, None]
    if not isinstance(beta, float):
        y += beta[:, None]
    return y, mean, variance


@batch_normalize.joint_pullback
def _(gs: Any, ys: Any, x: Any, gamma: Any, _beta: Any, *, epsilon: float) -> Any:
    g, g_mean, g_variance = gs
    _, mean, variance = ys
    count = x.shape[0] * x.shape[2]
    inverse = 1.0 / sqrt(variance + epsilon)
    distance = x - expand_dims(mean, -1)
    g_beta = _over_ab(g)
    g_gamma = einsum("acb,acb->c", g, distance) * inverse
    distance *= expand_dims(g_gamma * inverse * (-1.0 / count), -1)
    gx = distance  # an array is changed in place: nobody else holds it
    gx += g
    gx -= expand_dims(g_beta / count, -1)
    gx *= expand_dims(gamma * inverse, -1)
    if isinstance(g, Tensor) or g_mean.any() or g_variance.any():
        distance = x - expand_dims(mean, -1)
        gx += expand_dims(g_variance * (2.0 / count), -1) * distance
        gx += expand_dims(g_mean / count, -1)
    return gx, g_gamma, g_beta


def _over_ab(x: Any) -> Any:
    """Sum over all axes but the middle one.   (A, C, B) -> (C,)"""
    if x.shape[2] == 1:
        return sum_to(reshape(x, shape=x.shape[:2]), shape=x.shape[1:2])
    return einsum("acb->c", x)

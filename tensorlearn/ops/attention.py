"""Attention of all heads as one primitive in plain NumPy, chunk by chunk of the batch.

A chunk's scores, mask, softmax and weighted mean stay in a core's cache, and threads share
the chunks. Derivatives of derivatives go through plain operations.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorlearn.autograd.primitive import primitive
from tensorlearn.autograd.tensor import Array, Tensor
from tensorlearn.ops.nn import softmax, softmax_of_rows
from tensorlearn.ops.reduce import reduce_sum
from tensorlearn.ops.shape import swapaxes
from tensorlearn.ops.windows import chunks
from tensorlearn.parallel import BLOCK, each, one_blas_thread

HIDDEN = 1e9
"""Taken from the scores of what must not be seen."""


def attend(
    query: Any, key: Any, value: Any, *, scale: float, allowed: Any = None
) -> Any:
    """softmax(scale · query @ keyᵀ) @ value, with weights only where `allowed`.

    (N, H, T, K), (N, H, S, K), (N, H, S, V) -> (N, H, T, V); allowed: as (N, H, T, S)
    """
    return _attend(query, key, value, scale=scale, allowed=allowed)[0]


def weights_of(scores: Any, allowed: Any = None) -> Any:
    """Add up to 1 over the last axis, 0 where not allowed.   (..., T, S) -> (..., T, S)"""
    if allowed is not None:
        scores = scores - np.logical_not(allowed) * HIDDEN
    return softmax(scores, axis=-1)


@primitive(outputs=True)
@one_blas_thread
def _attend(
    query: Any, key: Any, value: Any, *, scale: float, allowed: Any = None
) -> Any:
    """`attend`, and its weights (N, H, T, S), kept for the way back."""
    weights = np.empty((*query.shape[:3], key.shape[2]), query.dtype)
    found = _empty((*query.shape[:3], value.shape[3]), value.dtype)
    query, keys = query * scale, np.swapaxes(key, 2, 3)
    if allowed is not None:
        large = min(HIDDEN, float(np.finfo(weights.dtype).max) / 2)
        penalty = np.logical_not(allowed) * weights.dtype.type(large)
        penalty = np.broadcast_to(penalty, weights.shape)

    def one(i: Any) -> None:
        scores = np.matmul(query[i], keys[i], out=weights[i])
        if allowed is not None:
            scores -= penalty[i]
        np.matmul(softmax_of_rows(scores, out=scores), value[i], out=found[i])

    each(one, _parts(*weights.shape))
    return found, weights


@_attend.joint_pullback
@one_blas_thread
def _(
    g: Any,
    y: Any,
    query: Any,
    key: Any,
    value: Any,
    *,
    scale: float,
    allowed: Any = None,
) -> Any:
    (g, _), (found, weights) = g, y
    if isinstance(g, Tensor):  # the formula, which can be differentiated again
        weights = weights_of(query * scale @ swapaxes(key, 2, 3), allowed)
        slope = g @ swapaxes(value, 2, 3)
        common = reduce_sum(slope * weights, axis=-1, keepdims=True)
        slope = (slope - common) * weights * scale  # (N, H, T, S)
        across = swapaxes(slope, 2, 3)
        return slope @ key, across @ query, swapaxes(weights, 2, 3) @ g
    query, key, values = query * scale, key * scale, np.swapaxes(value, 2, 3)
    to_query, to_key, to_value = (_empty(x.shape, x.dtype) for x in (query, key, value))
    common = np.einsum("nhtv,nhtv->nht", g, found)[..., None]  # Σ slope · weights

    def one(i: Any) -> None:
        np.matmul(np.swapaxes(weights[i], 2, 3), g[i], out=to_value[i])
        slope = np.matmul(g[i], values[i])
        slope -= common[i]
        slope *= weights[i]
        np.matmul(slope, key[i], out=to_query[i])
        np.matmul(np.swapaxes(slope, 2, 3), query[i], out=to_key[i])

    each(one, _parts(*weights.shape))
    return to_query, to_key, to_value


def _empty(shape: tuple[int, ...], dtype: Any) -> Array:
    """(N, H, T, K) in the memory of (N, T, H, K), which is what projections work with."""
    n, h, t, k = shape
    return np.empty((n, t, h, k), dtype).transpose(0, 2, 1, 3)


def _parts(n: int, h: int, t: int, s: int) -> list[tuple[slice, slice]]:
    """Chunks of samples, or of single samples' heads if those are large enough."""
    return [
        (i, j) for i in chunks(n, h * t * s, BLOCK) for j in chunks(h, t * s, BLOCK)
    ]

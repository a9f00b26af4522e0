"""Parts of the sequences in `sequences.py`: gates apart, activations, and the way back.

Inside a primitive the gates are apart, (T, G, N, U): every part is contiguous, and G
products of (N, U) and (U, U) stay in the cache where one of (N, U) and (U, G·U) does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensorlearn.autograd.tensor import Array
from tensorlearn.ops.linear import product
from tensorlearn.ops.recurrent import settled
from tensorlearn.ops.windows import chunks
from tensorlearn.parallel import BLOCK, each

Function = Callable[..., Any]


def by_gate(z: Array, n: int) -> Array:
    """A view with the gates apart.   (T, N, G·U) -> (T, G, N, U)"""
    return z.reshape(*z.shape[:2], n, z.shape[2] // n).transpose(0, 2, 1, 3)


def in_rows(z: Array) -> Array:
    """A copy with the gates side by side again.   (T, G, N, U) -> (T, N, G·U)"""
    T, G, N, U = z.shape
    rows = np.empty((T, N, G, U), z.dtype)
    each(
        lambda now: np.copyto(rows[now], z[now].transpose(0, 2, 1, 3)),
        chunks(T, G * N * U, BLOCK),
    )
    return rows.reshape(T, N, G * U)


def weights_by_gate(recurrent: Array, n: int) -> Array:
    """(U, G·U) -> (G, U, U), contiguous"""
    return np.ascontiguousarray(
        recurrent.reshape(len(recurrent), n, -1).transpose(1, 0, 2)
    )


def weights_back(recurrent: Array, n: int) -> Array:
    """The same, each transposed.   (U, G·U) -> (G, U, U)"""
    return np.ascontiguousarray(
        recurrent.reshape(len(recurrent), n, -1).transpose(1, 2, 0)
    )


def through_gates(g: Array, back: Array) -> Array:
    """Σ over gates of g·Uᵀ.   (G, N, U), (G, U, U) -> (N, U)"""
    total, *others = g @ back
    for part in others:
        total += part
    return np.asarray(total)


def apart(a: Array) -> list[Array]:
    """Views of every gate at all steps.   (T, G, N, U) -> G of (T, N, U)"""
    return [a[:, k] for k in range(a.shape[1])]


def mixed(u: Array, h: Array, candidate: Array, out: Array) -> Array:
    """u·h + (1 - u)·candidate, as candidate + u·(h - candidate)"""
    np.subtract(h, candidate, out=out)
    out *= u
    out += candidate
    return out


def squasher(kinds: str, hard: bool, dtype: Any) -> Function:
    """In-place activation of (G, N, U): "g" for a gate, "t" for tanh.

    sigmoid(x) = ½ + ½·tanh(x/2), so one call of tanh does all gates.
    """

    def each(for_gate: float, for_tanh: float) -> Array:
        values = [for_gate if kind == "g" else for_tanh for kind in kinds]
        return np.array(values, dtype).reshape(-1, 1, 1)

    def soft(a: Array) -> Array:
        a *= scale
        np.tanh(a, out=a)
        a *= scale
        a += shift
        return a

    def straight(a: Array) -> Array:
        for kind, part in zip(kinds, a, strict=True):
            if kind == "t":
                np.tanh(part, out=part)
        a *= scale
        a += shift
        np.maximum(a, low, out=a)
        return np.minimum(a, 1, out=a)

    scale, shift = each(0.2 if hard else 0.5, 1.0), each(0.5, 0.0)
    low = each(0.0, -1.0)
    return straight if hard else soft


def slopes_of(kinds: str, hard: bool, gates: Array, factors: Function) -> Array:
    """The derivative of `squasher`, from its result (taken as 0 where a line bends).

    A few steps at a time, while they are in the cache: `factors(steps, slopes)` is called
    for each to multiply in place by what else does not depend on the recursion.
    """
    result = np.empty_like(gates)

    def some(now: slice) -> None:
        y, slopes = gates[now], result[now]
        np.subtract(1, y, out=slopes)
        slopes *= y  # y (1 - y): the sigmoid's, and where it is not 0 the lines rise
        if hard:
            np.ceil(slopes, out=slopes)  # 1 where the line rises, else 0
            slopes *= 0.2
        for kind, slope, part in zip(kinds, apart(slopes), apart(y), strict=True):
            if kind == "t":
                np.multiply(part, part, out=slope)
                np.subtract(1, slope, out=slope)
        factors(now, slopes)

    each(some, chunks(len(gates), gates[:1].size, BLOCK))
    return result


def carry(mask: Any, t: int, new: Array, old: Array) -> Array:
    """`new`, into which the old state is written where the step does not count."""
    if mask is not None:
        np.copyto(new, old, where=~mask[t])
    return new


def passed_back(dh: Array, passed: Array, mask: Any, t: int) -> Array:
    """The gradient of the state before: what the step gives, or what passed it by."""
    return np.asarray(settled(dh if mask is None else dh + passed * ~mask[t]))


def states_before(states: Array, first: Array) -> Array:
    """The state before every step.   (T, N, U), (N, U) -> (T, N, U)"""
    return np.concatenate([first[None], states[:-1]])


def weight_gradient(h: Array, g: Array) -> Array:
    """Σ over steps of hᵀ·g, as one product.   (T, N, U), (T, N, G) -> (U, G)"""
    return np.asarray(product(h.reshape(-1, h.shape[-1]).T, g.reshape(-1, g.shape[-1])))

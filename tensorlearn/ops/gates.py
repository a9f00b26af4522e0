"""Parts of the sequences in `sequences.py`: gates apart, activations, and the way back.

Inside a primitive the gates are apart, (T, G, N, U): every part is contiguous, and G
products of (N, U) and (U, U) stay in the cache where one of (N, U) and (U, G·U) does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import numpy as np

from tensorlearn.autograd.tensor import Array
from tensorlearn.ops.linear import product
from tensorlearn.ops.recurrent import settled
from tensorlearn.ops.shape import column_sums
from tensorlearn.ops.windows import chunks, sum_in_order
from tensorlearn.parallel import BLOCK, each, followed

Function = Callable[..., Any]
Blocks = Iterable[slice]
R = TypeVar("R")


def by_gate(z: Array, n: int) -> Array:
    """A view with the gates apart.   (T, N, G·U) -> (T, G, N, U)"""
    return z.reshape(*z.shape[:2], n, z.shape[2] // n).transpose(0, 2, 1, 3)


def in_rows(z: Array) -> Array:
    """A copy with the gates side by side again.   (T, G, N, U) -> (T·N, G·U)"""
    T, G, N, U = z.shape
    return z.transpose(0, 2, 1, 3).reshape(T * N, G * U)


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


# ---- products before and beside the recursion ----

_BLOCK = 1 << 26
"""Multiplications of a block of steps: some 2 ms of work for another thread."""


def projected(x: Array, kernel: Any, bias: Any) -> Array:
    """x·W + b of all steps; x itself if W is a number.   (T, N, D) -> (T, N, G·U)"""
    if isinstance(kernel, float):
        return x
    depth, width = kernel.shape
    z = np.empty((*x.shape[:2], width), np.result_type(x, kernel))

    def some(now: slice) -> None:
        rows = z[now].reshape(-1, width)
        np.matmul(x[now].reshape(-1, depth), kernel, out=rows)
        rows += bias

    each(some, chunks(len(x), z[:1].size * depth, _BLOCK // 4))
    return z


def over(x: Array, g: Array) -> Array:
    """Σ over samples of xᵀ·g.   (S, N, D), (S·N, E) -> (D, E)"""
    return np.asarray(product(x.reshape(-1, x.shape[-1]).T, g))


def backwards(blocks: Blocks) -> Iterator[int]:
    """The steps of some blocks, from last to first."""
    for block in blocks:
        yield from reversed(range(block.start, block.stop))


def way_back(
    recursion: Callable[[Blocks], R],
    x: Array,
    kernel: Any,
    dz: Array,
    to_weights: Callable[[slice, Array], list[Array]],
    needs_dx: bool,
) -> tuple[R, list[Any], list[Array]]:
    """The recursion, and beside it the products that follow from each block of its steps.

    recursion(blocks) makes dz (T, G, N, U) the gradient of x·W + b, block by block, and
    to_weights(steps, rows) gives more products; rows: dz of these steps, (S·N, G·U).
    Returns what the recursion returns; the gradients of x (None unless needed), W and b;
    the sums of the rest.
    """
    is_projected = isinstance(kernel, float)
    dx = np.empty(x.shape, x.dtype) if needs_dx else None

    def products(now: slice) -> list[Array]:
        rows = in_rows(dz[now])
        if dx is not None:
            part = rows if is_projected else product(rows, kernel.T)
            dx[now] = part.reshape(dx[now].shape)
        more = to_weights(now, rows)
        return more if is_projected else [over(x[now], rows), column_sums(rows), *more]

    each_step = dz[:1].size * (dz.shape[-1] + 2 * x.shape[-1])
    blocks = list(chunks(len(dz), each_step, _BLOCK))[::-1]
    result, parts = followed(recursion, products, blocks)
    sums = [sum_in_order(list(of_one)) for of_one in zip(*parts, strict=True)]
    split = 0 if is_projected else 2
    return result, [dx, *(sums[:split] or [None, None])], sums[split:]

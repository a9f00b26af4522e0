"""Whole sequences of LSTM, GRU and SimpleRNN as single primitives in plain NumPy.

They compute what `recurrent.py` defines, for tanh and the two sigmoids: no graph node per
step, and on the way back all that does not depend on the recursion is done for all steps
at once. Derivatives of derivatives go through the definition.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorlearn.autograd.primitive import primitive
from tensorlearn.autograd.tensor import Array, Tensor
from tensorlearn.ops.gates import (
    Blocks,
    apart,
    backwards,
    by_gate,
    carry,
    in_rows,
    mixed,
    over,
    passed_back,
    projected,
    slopes_of,
    squasher,
    states_before,
    through_gates,
    way_back,
    weights_back,
    weights_by_gate,
)
from tensorlearn.ops.recurrent import (
    composed_gru,
    composed_lstm,
    composed_rnn,
    settled,
    through_definition,
)
from tensorlearn.ops.shape import column_sums
from tensorlearn.parallel import one_blas_thread
from tensorlearn.wording import say

# Time comes first, so that each step is contiguous. The input's part in all gates is
# x·kernel + bias, or x itself without a kernel (for a primitive: with the number 1). On
# the way back the products that follow from the recursion, the gradients of inputs and
# weights, are done beside it, on another thread. mask is (T, N, 1) or None. With hard=True
# gates use hard_sigmoid, else sigmoid.


def lstm(
    x: Any,
    recurrent: Any,
    h: Any,
    c: Any,
    kernel: Any = None,
    bias: Any = None,
    *,
    hard: bool,
    mask: Any = None,
) -> tuple[Any, Any]:
    """Outputs and memories of an LSTM.   (T, N, 4U), (U, 4U), (N, U), (N, U) -> 2·(T, N, U)

    The states of all steps; where the mask is False they are those of the step before.
    With kernel (D, 4U) and bias (4U,) x is (T, N, D).
    """
    to_gates = _projection("lstm", kernel, bias)
    hs, cs, _ = _lstm(x, recurrent, h, c, *to_gates, hard=hard, mask=mask)
    return hs, cs


def gru(
    x: Any,
    recurrent: Any,
    h: Any,
    recurrent_bias: Any = None,
    kernel: Any = None,
    bias: Any = None,
    *,
    hard: bool,
    mask: Any = None,
) -> Any:
    """Outputs of a gated recurrent unit.   (T, N, 3U), (U, 3U), (N, U) -> (T, N, U)

    With a recurrent bias (3U,) reset comes after the product, else before. With kernel
    (D, 3U) and bias (3U,) x is (T, N, D).
    """
    how = {"hard": hard, "mask": mask}
    to_gates = _projection("gru", kernel, bias)
    if recurrent_bias is None:
        return _gru(x, recurrent, h, *to_gates, **how)[0]
    return _gru_after(x, recurrent, h, recurrent_bias, *to_gates, **how)[0]


def simple_rnn(
    x: Any,
    recurrent: Any,
    h: Any,
    kernel: Any = None,
    bias: Any = None,
    *,
    mask: Any = None,
) -> Any:
    """h' = tanh(z + h·U) for all steps.   (T, N, U), (U, U), (N, U) -> (T, N, U)

    With kernel (D, U) and bias (U,) x is (T, N, D).
    """
    to_gates = _projection("simple_rnn", kernel, bias)
    return _simple_rnn(x, recurrent, h, *to_gates, mask=mask)


def _projection(owner: str, kernel: Any, bias: Any) -> tuple[Any, Any]:
    """Kernel and bias as the primitives take them: the numbers 1 and 0 for None."""
    if kernel is None and bias is not None:
        raise ValueError(say("{owner}: `bias` needs a `kernel`", owner=owner))
    return (1.0 if kernel is None else kernel), (0.0 if bias is None else bias)


@primitive
@one_blas_thread
def _simple_rnn(
    x: Any,
    recurrent: Any,
    h: Any,
    kernel: Any,
    bias: Any,
    *,
    mask: Any,
) -> Any:
    z = projected(x, kernel, bias)
    hs = np.empty(z.shape, z.dtype)
    for t in range(len(z)):
        np.matmul(h, recurrent, out=hs[t])
        hs[t] += z[t]
        np.tanh(hs[t], out=hs[t])
        h = carry(mask, t, hs[t], h)
    return hs


@_simple_rnn.joint_pullback
@one_blas_thread
def _(
    g: Any,
    hs: Any,
    x: Any,
    recurrent: Any,
    h: Any,
    kernel: Any,
    bias: Any,
    *,
    mask: Any,
    asked: Sequence[bool],
) -> Any:
    if isinstance(g, Tensor):
        inputs = (x, recurrent, h, kernel, bias)
        return through_definition(composed_rnn, [g], inputs, mask=mask)
    dz = 1 - hs * hs
    if mask is not None:
        dz *= mask
    back, before = np.ascontiguousarray(recurrent.T), states_before(hs, h)

    def recursion(blocks: Blocks) -> Any:
        dh = np.zeros_like(h)
        for t in backwards(blocks):
            dh += g[t]
            dz[t] *= dh
            dh = passed_back(dz[t] @ back, dh, mask, t)
        return dh

    def to_weights(now: slice, rows: Array) -> list[Array]:
        return [over(before[now], rows)]

    dh, (dx, *d_input), (d_recurrent,) = way_back(
        recursion, x, kernel, dz[:, None], to_weights, asked[0]
    )
    return dx, d_recurrent, dh, *d_input


@primitive(outputs=True)
@one_blas_thread
def _lstm(
    x: Any,
    recurrent: Any,
    h: Any,
    c: Any,
    kernel: Any,
    bias: Any,
    *,
    hard: bool,
    mask: Any,
) -> Any:
    """`lstm`, and the values of its gates (T, 4, N, U), kept for the way back."""
    z, weights = by_gate(projected(x, kernel, bias), 4), weights_by_gate(recurrent, 4)
    hs, cs = (np.empty((len(z), *h.shape), z.dtype) for _ in range(2))
    gates, squash = np.empty(z.shape, z.dtype), squasher("ggtg", hard, z.dtype)
    for t in range(len(z)):
        a = np.matmul(h, weights, out=gates[t])  # (N, U), (4, U, U) -> (4, N, U)
        a += z[t]
        i, f, candidate, o = squash(a)
        np.multiply(f, c, out=cs[t])
        cs[t] += i * candidate
        np.multiply(o, np.tanh(cs[t]), out=hs[t])
        h, c = carry(mask, t, hs[t], h), carry(mask, t, cs[t], c)
    return hs, cs, gates


@_lstm.joint_pullback
@one_blas_thread
def _(
    g: Any,
    y: Any,
    x: Any,
    recurrent: Any,
    h: Any,
    c: Any,
    kernel: Any,
    bias: Any,
    *,
    hard: bool,
    mask: Any,
    asked: Sequence[bool],
) -> Any:
    if isinstance(g[0], Tensor):
        inputs = (x, recurrent, h, c, kernel, bias)
        return through_definition(composed_lstm, g[:2], inputs, hard=hard, mask=mask)
    (g_h, g_c, _), (hs, cs, gates) = g, y
    before, to_c = states_before(cs, c), np.empty_like(cs)

    def factors(now: slice, dz: Array) -> None:
        i, _, candidate, o = apart(gates[now])
        di, df, dcandidate, do = apart(dz)
        tanh_c = np.tanh(cs[now])
        di *= candidate
        df *= before[now]
        dcandidate *= i
        do *= tanh_c
        np.multiply(o, 1 - tanh_c * tanh_c, out=to_c[now])

    dz = slopes_of("ggtg", hard, gates, factors)  # becomes the gradient of z, in place
    f = gates[:, 1]
    if mask is not None:
        dz *= mask[:, None]
        to_c *= mask
        f = np.where(mask, f, f.dtype.type(1))
    back, outputs_before = weights_back(recurrent, 4), states_before(hs, h)

    def recursion(blocks: Blocks) -> Any:
        dh, dc = np.zeros_like(h), np.zeros_like(c)
        for t in backwards(blocks):
            dh += g_h[t]
            dc += g_c[t]
            dc += dh * to_c[t]
            dz[t, :3] *= dc  # i, f and the candidate act through c
            dz[t, 3] *= dh
            dc = settled(dc * f[t])
            dh = passed_back(through_gates(dz[t], back), dh, mask, t)
        return dh, dc

    def to_weights(now: slice, rows: Array) -> list[Array]:
        return [over(outputs_before[now], rows)]

    (dh, dc), (dx, *d_input), (d_recurrent,) = way_back(
        recursion, x, kernel, dz, to_weights, asked[0]
    )
    return dx, d_recurrent, dh, dc, *d_input


@primitive(outputs=True)
@one_blas_thread
def _gru(
    x: Any,
    recurrent: Any,
    h: Any,
    kernel: Any,
    bias: Any,
    *,
    hard: bool,
    mask: Any,
) -> Any:
    """`gru` with reset before the product, and its gates (T, 3, N, U)."""
    z, weights = by_gate(projected(x, kernel, bias), 3), weights_by_gate(recurrent, 3)
    hs, gates = np.empty((len(z), *h.shape), z.dtype), np.empty(z.shape, z.dtype)
    squash = squasher("gg", hard, z.dtype)
    for t in range(len(z)):
        np.add(h @ weights[:2], z[t, :2], out=gates[t, :2])
        u, r = squash(gates[t, :2])
        candidate = np.add((r * h) @ weights[2], z[t, 2], out=gates[t, 2])
        np.tanh(candidate, out=candidate)
        h = carry(mask, t, mixed(u, h, candidate, hs[t]), h)
    return hs, gates


@_gru.joint_pullback
@one_blas_thread
def _(
    g: Any,
    y: Any,
    x: Any,
    recurrent: Any,
    h: Any,
    kernel: Any,
    bias: Any,
    *,
    hard: bool,
    mask: Any,
    asked: Sequence[bool],
) -> Any:
    if isinstance(g[0], Tensor):
        inputs = (x, recurrent, h, None, kernel, bias)
        return through_definition(composed_gru, g[:1], inputs, hard=hard, mask=mask)
    g_h, (hs, gates) = g[0], y
    before = states_before(hs, h)

    def factors(now: slice, dz: Array) -> None:
        u, _, candidate = apart(gates[now])
        dz[:, 0] *= before[now] - candidate
        dz[:, 1] *= before[now]
        dz[:, 2] *= 1 - u

    dz = slopes_of("ggt", hard, gates, factors)
    u, r, _ = apart(gates)
    if mask is not None:
        dz *= mask[:, None]
        u = np.where(mask, u, u.dtype.type(1))
    back, split = weights_back(recurrent, 3), 2 * h.shape[-1]

    def recursion(blocks: Blocks) -> Any:
        dh = np.zeros_like(h)
        for t in backwards(blocks):
            dh += g_h[t]
            dz[t, ::2] *= dh  # the update gate and the candidate
            to_reset_h = dz[t, 2] @ back[2]  # the gradient of r·h
            dz[t, 1] *= to_reset_h
            dh *= u[t]
            dh += to_reset_h * r[t]
            dh = settled(dh + through_gates(dz[t, :2], back[:2]))
        return dh

    def to_weights(now: slice, rows: Array) -> list[Array]:
        to_gates = over(before[now], rows[:, :split])
        to_candidate = over(r[now] * before[now], rows[:, split:])
        return [np.concatenate([to_gates, to_candidate], axis=1)]

    dh, (dx, *d_input), (d_recurrent,) = way_back(
        recursion, x, kernel, dz, to_weights, asked[0]
    )
    return dx, d_recurrent, dh, *d_input


@primitive(outputs=True)
@one_blas_thread
def _gru_after(
    x: Any,
    recurrent: Any,
    h: Any,
    recurrent_bias: Any,
    kernel: Any,
    bias: Any,
    *,
    hard: bool,
    mask: Any,
) -> Any:
    """`gru` with reset after the product; its gates, and h·U + b of the candidate."""
    z, weights = by_gate(projected(x, kernel, bias), 3), weights_by_gate(recurrent, 3)
    hs, inner = (np.empty((len(z), *h.shape), z.dtype) for _ in range(2))
    gates, squash = np.empty(z.shape, z.dtype), squasher("gg", hard, z.dtype)
    to_all = recurrent_bias.reshape(3, 1, -1)
    for t in range(len(z)):
        from_h = h @ weights
        from_h += to_all
        inner[t] = from_h[2]
        u, r = squash(np.add(from_h[:2], z[t, :2], out=gates[t, :2]))
        candidate = np.multiply(r, inner[t], out=gates[t, 2])
        candidate += z[t, 2]
        np.tanh(candidate, out=candidate)
        h = carry(mask, t, mixed(u, h, candidate, hs[t]), h)
    return hs, gates, inner


@_gru_after.joint_pullback
@one_blas_thread
def _(
    g: Any,
    y: Any,
    x: Any,
    recurrent: Any,
    h: Any,
    recurrent_bias: Any,
    kernel: Any,
    bias: Any,
    *,
    hard: bool,
    mask: Any,
    asked: Sequence[bool],
) -> Any:
    if isinstance(g[0], Tensor):
        inputs = (x, recurrent, h, recurrent_bias, kernel, bias)
        return through_definition(composed_gru, g[:1], inputs, hard=hard, mask=mask)
    g_h, (hs, gates, inner) = g[0], y
    before = states_before(hs, h)

    def factors(now: slice, dz: Array) -> None:
        u, _, candidate = apart(gates[now])
        dz[:, 0] *= before[now] - candidate
        dz[:, 1] *= inner[now]
        dz[:, 2] *= 1 - u

    dz = slopes_of("ggt", hard, gates, factors)
    u, r, _ = apart(gates)
    if mask is not None:
        dz *= mask[:, None]
        u = np.where(mask, u, u.dtype.type(1))
    back = weights_back(recurrent, 3)
    from_h = np.empty_like(dz)  # becomes the gradient of h·U + b

    def recursion(blocks: Blocks) -> Any:
        dh = np.zeros_like(h)
        for t in backwards(blocks):
            dh += g_h[t]
            dz[t, ::2] *= dh  # the update gate and the candidate
            dz[t, 1] *= dz[t, 2]
            from_h[t] = dz[t]
            from_h[t, 2] *= r[t]
            dh *= u[t]
            dh = settled(dh + through_gates(from_h[t], back))
        return dh

    def to_weights(now: slice, _rows: Array) -> list[Array]:
        rows = in_rows(from_h[now])
        return [over(before[now], rows), column_sums(rows)]

    dh, (dx, *d_input), to_state = way_back(
        recursion, x, kernel, dz, to_weights, asked[0]
    )
    return dx, to_state[0], dh, to_state[1], *d_input

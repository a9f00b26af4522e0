"""Whole sequences of LSTM, GRU and SimpleRNN as single primitives in plain NumPy.

They compute what `recurrent.py` defines, for tanh and the two sigmoids: no graph node per
step, and on the way back all that does not depend on the recursion is done for all steps
at once. Derivatives of derivatives go through the definition.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensorlearn.autograd.gradients import grad
from tensorlearn.autograd.graph import enable_grad, leaf
from tensorlearn.autograd.primitive import primitive
from tensorlearn.autograd.tensor import Array, Tensor, wrap
from tensorlearn.ops.elementwise import sigmoid, tanh
from tensorlearn.ops.gates import (
    apart,
    by_gate,
    carry,
    in_rows,
    mixed,
    passed_back,
    slopes_of,
    squasher,
    states_before,
    through_gates,
    weight_gradient,
    weights_back,
    weights_by_gate,
)
from tensorlearn.ops.recurrent import (
    gru_step,
    hard_sigmoid,
    lstm_step,
    reset_after,
    reset_before,
    scan,
    settled,
)
from tensorlearn.ops.reduce import reduce_sum
from tensorlearn.ops.shape import column_sums, concatenate, stack, unstack
from tensorlearn.parallel import one_blas_thread

Function = Callable[..., Any]

# z is the input's part x·W + b of all steps, time first, so that each step is contiguous
# and the weight's gradient is one product over all steps. mask is (T, N, 1) or None. With
# hard=True gates use hard_sigmoid, else sigmoid.


def lstm(
    z: Any, recurrent: Any, h: Any, c: Any, *, hard: bool, mask: Any = None
) -> tuple[Any, Any]:
    """Outputs and memories of an LSTM.   (T, N, 4U), (U, 4U), (N, U), (N, U) -> 2·(T, N, U)

    The states of all steps; where the mask is False they are those of the step before.
    """
    hs, cs, _ = _lstm(z, recurrent, h, c, hard=hard, mask=mask)
    return hs, cs


def gru(
    z: Any,
    recurrent: Any,
    h: Any,
    bias: Any = None,
    *,
    hard: bool,
    mask: Any = None,
) -> Any:
    """Outputs of a gated recurrent unit.   (T, N, 3U), (U, 3U), (N, U) -> (T, N, U)

    With a recurrent bias (3U,) reset comes after the product, else before.
    """
    if bias is None:
        return _gru(z, recurrent, h, hard=hard, mask=mask)[0]
    return _gru_after(z, recurrent, h, bias, hard=hard, mask=mask)[0]


@primitive
@one_blas_thread
def simple_rnn(z: Any, recurrent: Any, h: Any, *, mask: Any = None) -> Any:
    """h' = tanh(z + h·U) for all steps.   (T, N, U), (U, U), (N, U) -> (T, N, U)"""
    hs = np.empty(z.shape, z.dtype)
    for t in range(len(z)):
        np.matmul(h, recurrent, out=hs[t])
        hs[t] += z[t]
        np.tanh(hs[t], out=hs[t])
        h = carry(mask, t, hs[t], h)
    return hs


@simple_rnn.joint_pullback
@one_blas_thread
def _(g: Any, hs: Any, z: Any, recurrent: Any, h: Any, *, mask: Any = None) -> Any:
    if isinstance(g, Tensor):
        return _through_definition(_composed_rnn, [g], (z, recurrent, h), mask=mask)
    dz = 1 - hs * hs
    if mask is not None:
        dz *= mask
    back, dh = np.ascontiguousarray(recurrent.T), np.zeros_like(h)
    for t in reversed(range(len(hs))):
        dh += g[t]
        dz[t] *= dh
        dh = passed_back(dz[t] @ back, dh, mask, t)
    return dz, weight_gradient(states_before(hs, h), dz), dh


@primitive(outputs=True)
@one_blas_thread
def _lstm(
    z: Any, recurrent: Any, h: Any, c: Any, *, hard: bool, mask: Any = None
) -> Any:
    """`lstm`, and the values of its gates (T, 4, N, U), kept for the way back."""
    z, weights = by_gate(z, 4), weights_by_gate(recurrent, 4)
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
    z: Any,
    recurrent: Any,
    h: Any,
    c: Any,
    *,
    hard: bool,
    mask: Any = None,
) -> Any:
    if isinstance(g[0], Tensor):
        inputs = (z, recurrent, h, c)
        return _through_definition(_composed_lstm, g[:2], inputs, hard=hard, mask=mask)
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
    back, dh, dc = weights_back(recurrent, 4), np.zeros_like(h), np.zeros_like(c)
    for t in reversed(range(len(dz))):
        dh += g_h[t]
        dc += g_c[t]
        dc += dh * to_c[t]
        dz[t, :3] *= dc  # i, f and the candidate act through c
        dz[t, 3] *= dh
        dc = settled(dc * f[t])
        dh = passed_back(through_gates(dz[t], back), dh, mask, t)
    dz = in_rows(dz)
    return dz, weight_gradient(states_before(hs, h), dz), dh, dc


@primitive(outputs=True)
@one_blas_thread
def _gru(z: Any, recurrent: Any, h: Any, *, hard: bool, mask: Any = None) -> Any:
    """`gru` with reset before the product, and its gates (T, 3, N, U)."""
    z, weights = by_gate(z, 3), weights_by_gate(recurrent, 3)
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
    g: Any, y: Any, z: Any, recurrent: Any, h: Any, *, hard: bool, mask: Any = None
) -> Any:
    if isinstance(g[0], Tensor):
        inputs = (z, recurrent, h)
        return _through_definition(_composed_gru, g[:1], inputs, hard=hard, mask=mask)
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
    back, dh = weights_back(recurrent, 3), np.zeros_like(h)
    for t in reversed(range(len(dz))):
        dh += g_h[t]
        dz[t, ::2] *= dh  # the update gate and the candidate
        to_reset_h = dz[t, 2] @ back[2]  # the gradient of r·h
        dz[t, 1] *= to_reset_h
        dh *= u[t]
        dh += to_reset_h * r[t]
        dh = settled(dh + through_gates(dz[t, :2], back[:2]))
    dz = in_rows(dz)
    split = 2 * h.shape[-1]
    to_gates = weight_gradient(before, dz[..., :split])
    to_candidate = weight_gradient(r * before, dz[..., split:])
    return dz, np.concatenate([to_gates, to_candidate], axis=1), dh


@primitive(outputs=True)
@one_blas_thread
def _gru_after(
    z: Any, recurrent: Any, h: Any, bias: Any, *, hard: bool, mask: Any = None
) -> Any:
    """`gru` with reset after the product; its gates, and h·U + b of the candidate."""
    z, weights = by_gate(z, 3), weights_by_gate(recurrent, 3)
    hs, inner = (np.empty((len(z), *h.shape), z.dtype) for _ in range(2))
    gates, squash = np.empty(z.shape, z.dtype), squasher("gg", hard, z.dtype)
    bias = bias.reshape(3, 1, -1)
    for t in range(len(z)):
        from_h = h @ weights
        from_h += bias
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
    z: Any,
    recurrent: Any,
    h: Any,
    bias: Any,
    *,
    hard: bool,
    mask: Any = None,
) -> Any:
    if isinstance(g[0], Tensor):
        inputs = (z, recurrent, h, bias)
        return _through_definition(_composed_gru, g[:1], inputs, hard=hard, mask=mask)
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
    back, dh = weights_back(recurrent, 3), np.zeros_like(h)
    from_h = np.empty_like(dz)  # becomes the gradient of h·U + b
    for t in reversed(range(len(dz))):
        dh += g_h[t]
        dz[t, ::2] *= dh  # the update gate and the candidate
        dz[t, 1] *= dz[t, 2]
        from_h[t] = dz[t]
        from_h[t, 2] *= r[t]
        dh *= u[t]
        dh = settled(dh + through_gates(from_h[t], back))
    rows = in_rows(from_h)
    flat = rows.reshape(-1, rows.shape[-1])  # (T, N, 3U) -> (T*N, 3U)
    d_bias = column_sums(flat)
    return in_rows(dz), weight_gradient(before, rows), dh, d_bias


# ---- the same by definition, for derivatives of derivatives ----


def _composed_rnn(z: Any, recurrent: Any, h: Any, *, mask: Any) -> Any:
    def step(z: Any, states: Any) -> Any:
        h = tanh(z + states[0] @ recurrent)
        return h, [h]

    return [_states(step, z, [h], mask)[0]]


def _composed_lstm(
    z: Any, recurrent: Any, h: Any, c: Any, *, hard: bool, mask: Any
) -> Any:
    gate = hard_sigmoid if hard else sigmoid

    def step(z: Any, states: Any) -> Any:
        h, c = states
        h, c = lstm_step(z + h @ recurrent, c, activation=tanh, gate=gate)
        return concatenate([h, c]), [h, c]

    return _states(step, z, [h, c], mask)


def _composed_gru(
    z: Any, recurrent: Any, h: Any, bias: Any = None, *, hard: bool, mask: Any
) -> Any:
    gate = hard_sigmoid if hard else sigmoid
    from_h = reset_before(recurrent) if bias is None else reset_after(recurrent, bias)

    def step(z: Any, states: Any) -> Any:
        h = gru_step(z, states[0], from_h, activation=tanh, gate=gate)
        return h, [h]

    return _states(step, z, [h], mask)


def _states(step: Function, z: Any, states: list[Any], mask: Any) -> list[Any]:
    """Every state of every step, each stacked.   -> len(states) of (T, N, U)"""
    history: list[list[Any]] = []
    for t, x in enumerate(unstack(z)):
        _, states = scan(step, [x], states, None if mask is None else mask[t : t + 1])
        history.append(states)
    return [stack(of_one) for of_one in zip(*history, strict=True)]


def _through_definition(
    compose: Function, g: Sequence[Any], inputs: Sequence[Any], **params: Any
) -> Any:
    """Gradients as Tensors that can be differentiated again."""
    with enable_grad():
        # new nodes, so that one input's gradient never flows on into another
        shielded = [
            (x if isinstance(x, Tensor) else wrap(x, leaf(x.shape))) + 0.0
            for x in inputs
        ]
        outputs = compose(*shielded, **params)
        total = sum(reduce_sum(y * gy) for y, gy in zip(outputs, g, strict=True))
        return grad(total, shielded, create_graph=True, allow_unused=True)

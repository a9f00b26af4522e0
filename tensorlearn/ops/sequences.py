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
from tensorlearn.ops.shape import concatenate, stack, unstack

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
def simple_rnn(z: Any, recurrent: Any, h: Any, *, mask: Any = None) -> Any:
    """h' = tanh(z + h·U) for all steps.   (T, N, U), (U, U), (N, U) -> (T, N, U)"""
    hs = np.empty(z.shape, z.dtype)
    for t in range(len(z)):
        np.matmul(h, recurrent, out=hs[t])
        hs[t] += z[t]
        np.tanh(hs[t], out=hs[t])
        h = _carry(mask, t, hs[t], h)
    return hs


@simple_rnn.joint_pullback
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
        dh = _back(dz[t] @ back, dh, mask, t)
    return dz, _weight_gradient(_before(hs, h), dz), dh


@primitive(outputs=True)
def _lstm(
    z: Any, recurrent: Any, h: Any, c: Any, *, hard: bool, mask: Any = None
) -> Any:
    """`lstm`, and the values of its gates (T, 4, N, U), kept for the way back."""
    z, weights = _by_gate(z, 4), _weights_by_gate(recurrent, 4)
    hs, cs = (np.empty((len(z), *h.shape), z.dtype) for _ in range(2))
    gates, squash = np.empty(z.shape, z.dtype), _squash("ggtg", hard, z.dtype)
    for t in range(len(z)):
        a = np.matmul(h, weights, out=gates[t])  # (N, U), (4, U, U) -> (4, N, U)
        a += z[t]
        i, f, candidate, o = squash(a)
        np.multiply(f, c, out=cs[t])
        cs[t] += i * candidate
        np.multiply(o, np.tanh(cs[t]), out=hs[t])
        h, c = _carry(mask, t, hs[t], h), _carry(mask, t, cs[t], c)
    return hs, cs, gates


@_lstm.joint_pullback
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
    i, f, candidate, o = _gates(gates)
    dz = _slopes("ggtg", hard, gates)  # becomes the gradient of z, in place
    di, df, dcandidate, do = _gates(dz)
    tanh_c = np.tanh(cs)
    di *= candidate
    df *= _before(cs, c)
    dcandidate *= i
    do *= tanh_c
    to_c = o * (1 - tanh_c * tanh_c)
    if mask is not None:
        dz *= mask[:, None]
        to_c *= mask
        f = np.where(mask, f, f.dtype.type(1))
    back, dh, dc = _weights_back(recurrent, 4), np.zeros_like(h), np.zeros_like(c)
    for t in reversed(range(len(dz))):
        dh += g_h[t]
        dc += g_c[t]
        dc += dh * to_c[t]
        dz[t, :3] *= dc  # i, f and the candidate act through c
        dz[t, 3] *= dh
        dc = settled(dc * f[t])
        dh = _back(_through(dz[t], back), dh, mask, t)
    dz = _in_rows(dz)
    return dz, _weight_gradient(_before(hs, h), dz), dh, dc


@primitive(outputs=True)
def _gru(z: Any, recurrent: Any, h: Any, *, hard: bool, mask: Any = None) -> Any:
    """`gru` with reset before the product, and its gates (T, 3, N, U)."""
    z, weights = _by_gate(z, 3), _weights_by_gate(recurrent, 3)
    hs, gates = np.empty((len(z), *h.shape), z.dtype), np.empty(z.shape, z.dtype)
    squash = _squash("gg", hard, z.dtype)
    for t in range(len(z)):
        np.add(h @ weights[:2], z[t, :2], out=gates[t, :2])
        u, r = squash(gates[t, :2])
        candidate = np.add((r * h) @ weights[2], z[t, 2], out=gates[t, 2])
        np.tanh(candidate, out=candidate)
        h = _carry(mask, t, _mixed(u, h, candidate, hs[t]), h)
    return hs, gates


@_gru.joint_pullback
def _(
    g: Any, y: Any, z: Any, recurrent: Any, h: Any, *, hard: bool, mask: Any = None
) -> Any:
    if isinstance(g[0], Tensor):
        inputs = (z, recurrent, h)
        return _through_definition(_composed_gru, g[:1], inputs, hard=hard, mask=mask)
    g_h, (hs, gates) = g[0], y
    before = _before(hs, h)
    u, r, candidate = _gates(gates)
    dz = _slopes("ggt", hard, gates)
    dz[:, 0] *= before - candidate
    dz[:, 1] *= before
    dz[:, 2] *= 1 - u
    if mask is not None:
        dz *= mask[:, None]
        u = np.where(mask, u, u.dtype.type(1))
    back, dh = _weights_back(recurrent, 3), np.zeros_like(h)
    for t in reversed(range(len(dz))):
        dh += g_h[t]
        dz[t, ::2] *= dh  # the update gate and the candidate
        to_reset_h = dz[t, 2] @ back[2]  # the gradient of r·h
        dz[t, 1] *= to_reset_h
        dh *= u[t]
        dh += to_reset_h * r[t]
        dh = settled(dh + _through(dz[t, :2], back[:2]))
    dz = _in_rows(dz)
    split = 2 * h.shape[-1]
    to_gates = _weight_gradient(before, dz[..., :split])
    to_candidate = _weight_gradient(r * before, dz[..., split:])
    return dz, np.concatenate([to_gates, to_candidate], axis=1), dh


@primitive(outputs=True)
def _gru_after(
    z: Any, recurrent: Any, h: Any, bias: Any, *, hard: bool, mask: Any = None
) -> Any:
    """`gru` with reset after the product; its gates, and h·U + b of the candidate."""
    z, weights = _by_gate(z, 3), _weights_by_gate(recurrent, 3)
    hs, inner = (np.empty((len(z), *h.shape), z.dtype) for _ in range(2))
    gates, squash = np.empty(z.shape, z.dtype), _squash("gg", hard, z.dtype)
    bias = bias.reshape(3, 1, -1)
    for t in range(len(z)):
        from_h = h @ weights
        from_h += bias
        inner[t] = from_h[2]
        u, r = squash(np.add(from_h[:2], z[t, :2], out=gates[t, :2]))
        candidate = np.multiply(r, inner[t], out=gates[t, 2])
        candidate += z[t, 2]
        np.tanh(candidate, out=candidate)
        h = _carry(mask, t, _mixed(u, h, candidate, hs[t]), h)
    return hs, gates, inner


@_gru_after.joint_pullback
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
    before = _before(hs, h)
    u, r, candidate = _gates(gates)
    dz = _slopes("ggt", hard, gates)
    dz[:, 0] *= before - candidate
    dz[:, 1] *= inner
    dz[:, 2] *= 1 - u
    if mask is not None:
        dz *= mask[:, None]
        u = np.where(mask, u, u.dtype.type(1))
    back, dh = _weights_back(recurrent, 3), np.zeros_like(h)
    from_h = np.empty_like(dz)  # becomes the gradient of h·U + b
    for t in reversed(range(len(dz))):
        dh += g_h[t]
        dz[t, ::2] *= dh  # the update gate and the candidate
        dz[t, 1] *= dz[t, 2]
        from_h[t] = dz[t]
        from_h[t, 2] *= r[t]
        dh *= u[t]
        dh = settled(dh + _through(from_h[t], back))
    rows = _in_rows(from_h)
    flat = rows.reshape(-1, rows.shape[-1])  # (T, N, 3U) -> (T*N, 3U)
    d_bias = np.ones(len(flat), flat.dtype) @ flat
    return _in_rows(dz), _weight_gradient(before, rows), dh, d_bias


# ---- parts of the above ----
#
# Inside, the gates are apart, (T, G, N, U): every part is contiguous, and G products of
# (N, U) and (U, U) stay in the cache where one of (N, U) and (U, G·U) does not.


def _by_gate(z: Array, n: int) -> Array:
    """A view with the gates apart.   (T, N, G·U) -> (T, G, N, U)"""
    return z.reshape(*z.shape[:2], n, z.shape[2] // n).transpose(0, 2, 1, 3)


def _in_rows(z: Array) -> Array:
    """A copy with the gates side by side again.   (T, G, N, U) -> (T, N, G·U)"""
    T, G, N, U = z.shape
    return z.transpose(0, 2, 1, 3).reshape(T, N, G * U)


def _weights_by_gate(recurrent: Array, n: int) -> Array:
    """(U, G·U) -> (G, U, U), contiguous"""
    return np.ascontiguousarray(
        recurrent.reshape(len(recurrent), n, -1).transpose(1, 0, 2)
    )


def _weights_back(recurrent: Array, n: int) -> Array:
    """The same, each transposed.   (U, G·U) -> (G, U, U)"""
    return np.ascontiguousarray(
        recurrent.reshape(len(recurrent), n, -1).transpose(1, 2, 0)
    )


def _through(g: Array, back: Array) -> Array:
    """Σ over gates of g·Uᵀ.   (G, N, U), (G, U, U) -> (N, U)"""
    total, *others = g @ back
    for part in others:
        total += part
    return np.asarray(total)


def _gates(a: Array) -> list[Array]:
    """Views of every gate at all steps.   (T, G, N, U) -> G of (T, N, U)"""
    return [a[:, k] for k in range(a.shape[1])]


def _mixed(u: Array, h: Array, candidate: Array, out: Array) -> Array:
    """u·h + (1 - u)·candidate, as candidate + u·(h - candidate)"""
    np.subtract(h, candidate, out=out)
    out *= u
    out += candidate
    return out


def _squash(kinds: str, hard: bool, dtype: Any) -> Function:
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


def _slopes(kinds: str, hard: bool, gates: Array) -> Array:
    """The derivative of `_squash`, from its result (taken as 0 where a line bends)."""
    slopes = np.subtract(1, gates)
    slopes *= gates  # y (1 - y): the sigmoid's, and where it is not 0 the lines rise
    if hard:
        np.ceil(slopes, out=slopes)  # 1 where the line rises, else 0
        slopes *= 0.2
    for kind, slope, y in zip(kinds, _gates(slopes), _gates(gates), strict=True):
        if kind == "t":
            np.multiply(y, y, out=slope)
            np.subtract(1, slope, out=slope)
    return slopes


def _carry(mask: Any, t: int, new: Array, old: Array) -> Array:
    """`new`, into which the old state is written where the step does not count."""
    if mask is not None:
        np.copyto(new, old, where=~mask[t])
    return new


def _back(dh: Array, passed: Array, mask: Any, t: int) -> Array:
    """The gradient of the state before: what the step gives, or what passed it by."""
    return np.asarray(settled(dh if mask is None else dh + passed * ~mask[t]))


def _before(states: Array, first: Array) -> Array:
    """The state before every step.   (T, N, U), (N, U) -> (T, N, U)"""
    return np.concatenate([first[None], states[:-1]])


def _weight_gradient(h: Array, g: Array) -> Array:
    """Σ over steps of hᵀ·g, as one product.   (T, N, U), (T, N, G) -> (U, G)"""
    return h.reshape(-1, h.shape[-1]).T @ g.reshape(-1, g.shape[-1])


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

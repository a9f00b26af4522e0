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
    dz = _slope(1 - hs * hs, mask)
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
    """`lstm`, and the values of its gates (T, N, 4U), kept for the way back."""
    units = h.shape[-1]
    hs, cs = (np.empty((*z.shape[:2], units), z.dtype) for _ in range(2))
    gates, squash = np.empty(z.shape, z.dtype), _squash(hard, "ggtg", units, z.dtype)
    for t in range(len(z)):
        a = np.matmul(h, recurrent, out=gates[t])
        a += z[t]
        i, f, candidate, o = _parts(squash(a), 4)
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
    i, f, candidate, o = _parts(gates, 4)
    dz = _slopes(gates, hard, "ggtg")  # becomes the gradient of z, in place
    di, df, dcandidate, do = _parts(dz, 4)
    tanh_c = np.tanh(cs)
    di *= candidate
    df *= _before(cs, c)
    dcandidate *= i
    do *= tanh_c
    to_c = _slope(o * (1 - tanh_c * tanh_c), mask)
    if mask is not None:
        dz *= mask
        f = np.where(mask, f, f.dtype.type(1))
    back = np.ascontiguousarray(recurrent.T)
    row = np.empty(z.shape[1:], z.dtype)
    from_c, from_h = row.reshape(len(h), 4, -1)[:, :3], _parts(row, 4)[3]
    dh, dc, through_h = np.zeros_like(h), np.zeros_like(c), np.empty_like(h)
    for t in reversed(range(len(z))):
        dh += g_h[t]
        dc += g_c[t]
        dc += np.multiply(dh, to_c[t], out=through_h)
        from_c[...], from_h[...] = dc[:, None], dh  # i, f and candidate act through c
        dz[t] *= row
        dc *= f[t]
        dh = _back(dz[t] @ back, dh, mask, t)
    return dz, _weight_gradient(_before(hs, h), dz), dh, dc


@primitive(outputs=True)
def _gru(z: Any, recurrent: Any, h: Any, *, hard: bool, mask: Any = None) -> Any:
    """`gru` with reset before the product, and its gates (T, N, 3U)."""
    units = h.shape[-1]
    hs, gates = np.empty((*z.shape[:2], units), z.dtype), np.empty(z.shape, z.dtype)
    squash = _squash(hard, "gg", units, z.dtype)
    to_gates, to_candidate = _columns(recurrent, 2 * units)
    for t in range(len(z)):
        a, candidate = gates[t, :, : 2 * units], gates[t, :, 2 * units :]
        u, r = _parts(squash(np.add(h @ to_gates, z[t, :, : 2 * units], out=a)), 2)
        np.add((r * h) @ to_candidate, z[t, :, 2 * units :], out=candidate)
        np.tanh(candidate, out=candidate)
        np.subtract(h, candidate, out=hs[t])  # u·h + (1 - u)·candidate
        hs[t] *= u
        hs[t] += candidate
        h = _carry(mask, t, hs[t], h)
    return hs, gates


@_gru.joint_pullback
def _(
    g: Any, y: Any, z: Any, recurrent: Any, h: Any, *, hard: bool, mask: Any = None
) -> Any:
    if isinstance(g[0], Tensor):
        inputs = (z, recurrent, h)
        return _through_definition(_composed_gru, g[:1], inputs, hard=hard, mask=mask)
    g_h, (hs, gates) = g[0], y
    units = h.shape[-1]
    before = _before(hs, h)
    u, r, candidate = _parts(gates, 3)
    dz = _slopes(gates, hard, "ggt")
    du, dr, dcandidate = _parts(dz, 3)
    du *= before - candidate
    dr *= before
    dcandidate *= 1 - u
    if mask is not None:
        dz *= mask
        u = np.where(mask, u, u.dtype.type(1))
    back_gates, back_candidate = (
        np.ascontiguousarray(part.T) for part in _columns(recurrent, 2 * units)
    )
    dh = np.zeros_like(h)
    for t in reversed(range(len(z))):
        dh += g_h[t]
        dcandidate[t] *= dh
        to_reset_h = dcandidate[t] @ back_candidate  # the gradient of r·h
        dr[t] *= to_reset_h
        du[t] *= dh
        dh *= u[t]
        dh += to_reset_h * r[t]
        dh += dz[t, :, : 2 * units] @ back_gates
    weight = np.concatenate(
        [
            _weight_gradient(before, dz[..., : 2 * units]),
            _weight_gradient(r * before, dcandidate),
        ],
        axis=1,
    )
    return dz, weight, dh


@primitive(outputs=True)
def _gru_after(
    z: Any, recurrent: Any, h: Any, bias: Any, *, hard: bool, mask: Any = None
) -> Any:
    """`gru` with reset after the product; its gates, and h·U + b of the candidate."""
    units = h.shape[-1]
    hs, inner = (np.empty((*z.shape[:2], units), z.dtype) for _ in range(2))
    gates, squash = np.empty(z.shape, z.dtype), _squash(hard, "gg", units, z.dtype)
    for t in range(len(z)):
        a, candidate = gates[t, :, : 2 * units], gates[t, :, 2 * units :]
        from_h = h @ recurrent
        from_h += bias
        inner[t] = from_h[:, 2 * units :]
        np.add(from_h[:, : 2 * units], z[t, :, : 2 * units], out=a)
        u, r = _parts(squash(a), 2)
        np.multiply(r, inner[t], out=candidate)
        candidate += z[t, :, 2 * units :]
        np.tanh(candidate, out=candidate)
        np.subtract(h, candidate, out=hs[t])
        hs[t] *= u
        hs[t] += candidate
        h = _carry(mask, t, hs[t], h)
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
    u, r, candidate = _parts(gates, 3)
    dz = _slopes(gates, hard, "ggt")
    du, dr, dcandidate = _parts(dz, 3)
    du *= before - candidate
    dr *= inner
    dcandidate *= 1 - u
    if mask is not None:
        dz *= mask
        u = np.where(mask, u, u.dtype.type(1))
    from_h = np.empty(z.shape, z.dtype)  # the gradient of h·U + b
    back, dh = np.ascontiguousarray(recurrent.T), np.zeros_like(h)
    for t in reversed(range(len(z))):
        dh += g_h[t]
        dcandidate[t] *= dh
        dr[t] *= dcandidate[t]
        du[t] *= dh
        from_h[t] = dz[t]
        _parts(from_h, 3)[2][t] *= r[t]
        dh *= u[t]
        dh += from_h[t] @ back
    flat = from_h.reshape(-1, z.shape[-1])  # (T, N, 3U) -> (T*N, 3U)
    d_bias = np.ones(len(flat), flat.dtype) @ flat
    return dz, _weight_gradient(before, from_h), dh, d_bias


# ---- parts of the above ----


def _parts(a: Array, n: int) -> list[Array]:
    """Views of the n equal parts of the last axis."""
    width = a.shape[-1] // n
    return [a[..., k * width : (k + 1) * width] for k in range(n)]


def _columns(weight: Array, at: int) -> tuple[Array, Array]:
    """The columns before and after `at`, each contiguous."""
    return np.ascontiguousarray(weight[:, :at]), np.ascontiguousarray(weight[:, at:])


def _squash(hard: bool, kinds: str, units: int, dtype: Any) -> Function:
    """In-place activation of a row of parts: "g" for a gate, "t" for tanh.

    sigmoid(x) = ½ + ½·tanh(x/2), so one call of tanh does all parts of a row.
    """

    def row(for_gate: float, for_tanh: float) -> Array:
        values = [for_gate if kind == "g" else for_tanh for kind in kinds]
        return np.repeat(values, units).astype(dtype)

    def soft(a: Array) -> Array:
        a *= scale
        np.tanh(a, out=a)
        a *= scale
        a += shift
        return a

    def straight(a: Array) -> Array:
        for kind, part in zip(kinds, _parts(a, len(kinds)), strict=True):
            if kind == "t":
                np.tanh(part, out=part)
        a *= scale
        a += shift
        np.maximum(a, low, out=a)
        return np.minimum(a, 1, out=a)

    scale, shift = row(0.2 if hard else 0.5, 1.0), row(0.5, 0.0)
    low = row(0.0, -1.0)
    return straight if hard else soft


def _slopes(gates: Array, hard: bool, kinds: str) -> Array:
    """The derivative of `_squash`, from its result (taken as 0 where a line bends)."""
    slopes = np.subtract(1, gates)
    slopes *= gates  # y (1 - y): the sigmoid's, and where it is not 0 the lines rise
    if hard:
        np.multiply(slopes > 0, gates.dtype.type(0.2), out=slopes)
    for kind, slope, y in zip(
        kinds, _parts(slopes, len(kinds)), _parts(gates, len(kinds)), strict=True
    ):
        if kind == "t":
            np.multiply(y, y, out=slope)
            np.subtract(1, slope, out=slope)
    return slopes


def _slope(slope: Array, mask: Any) -> Array:
    return slope if mask is None else slope * mask


def _carry(mask: Any, t: int, new: Array, old: Array) -> Array:
    """`new`, into which the old state is written where the step does not count."""
    if mask is not None:
        np.copyto(new, old, where=~mask[t])
    return new


def _back(dh: Array, passed: Array, mask: Any, t: int) -> Array:
    """The gradient of the state before: what the step gives, or what passed it by."""
    return dh if mask is None else dh + passed * ~mask[t]


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

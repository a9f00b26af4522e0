"""Recurrence by definition: one step of each cell, the walk, and whole sequences.

Everything is written in operations. `sequences.py` computes the same, much faster, for the
usual activations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensorlearn.autograd.gradients import grad
from tensorlearn.autograd.graph import enable_grad, leaf
from tensorlearn.autograd.tensor import Tensor, wrap
from tensorlearn.ops.elementwise import clip, sigmoid, tanh, where
from tensorlearn.ops.reduce import reduce_sum
from tensorlearn.ops.shape import concatenate, split, stack, unstack

Function = Callable[..., Any]

# ---- one step ----


def hard_sigmoid(x: Any) -> Any:
    """A sigmoid made of three straight lines: 0.2 x + 0.5, kept within [0, 1]."""
    return clip(x * 0.2 + 0.5, low=0.0, high=1.0)


def lstm_step(pre: Any, c: Any, *, activation: Function, gate: Function) -> Any:
    """New output and memory.   pre: (N, ..., 4U), c: (N, ..., U) -> h, c: (N, ..., U)

    pre holds x·W + h·U + b of the input gate, the forget gate, the candidate and the
    output gate, in this order (Hochreiter & Schmidhuber 1997; Gers et al. 2000).
    """
    i, f, candidate, o = split(pre, 4)
    c = gate(f) * c + gate(i) * activation(candidate)
    return gate(o) * activation(c), c


def gru_step(
    z: Any, h: Any, from_h: Function, *, activation: Function, gate: Function
) -> Any:
    """New output of a gated recurrent unit.   z: (N, 3U), h: (N, U) -> (N, U)

    z holds x·W + b of the update gate, the reset gate and the candidate; `from_h(r)` gives
    what h adds to each: the first two may not depend on r (Cho et al. 2014).
    """
    update, reset, candidate = split(z, 3)
    to_update, to_reset, to_candidate = from_h(h)
    u, r = gate(update + to_update), gate(reset + to_reset)
    return u * h + (1.0 - u) * activation(candidate + to_candidate(r))


def reset_before(recurrent: Any) -> Function:
    """What h adds in a GRU that resets h first: the candidate gets (r · h) U."""
    units = recurrent.shape[0]
    to_gates, to_candidate = split(recurrent, (2 * units, units))

    def from_h(h: Any) -> Any:
        return *split(h @ to_gates, 2), lambda r: (r * h) @ to_candidate

    return from_h


def reset_after(recurrent: Any, bias: Any) -> Function:
    """What h adds in a GRU that resets afterwards: the candidate gets r · (h U + b)."""

    def from_h(h: Any) -> Any:
        update, reset, candidate = split(h @ recurrent + bias, 3)
        return update, reset, lambda r: r * candidate

    return from_h


# ---- all steps ----


def scan(
    step: Function, xs: Sequence[Any], states: Sequence[Any], mask: Any = None
) -> tuple[list[Any], list[Any]]:
    """Every output of `output, states = step(x, states)` for x in xs, and the last states.

    mask: (T, N), or None. Where it is False a sample's states stay as they are and its
    output is repeated (zeros before its first step).
    """
    outputs: list[Any] = []
    states = list(states)
    for t, x in enumerate(xs):
        y, new = step(x, states)
        if mask is not None:
            before = outputs[-1] if outputs else y * 0.0
            y = _kept(mask[t], y, before)
            new = [_kept(mask[t], n, old) for n, old in zip(new, states, strict=True)]
        outputs.append(y)
        states = [_settling(state) for state in new]
    return outputs, states


def _kept(mask: Any, new: Any, old: Any) -> Any:
    """new where the step counts, else old.   (N,) and (N, ...) -> (N, ...)"""
    return where(np.reshape(mask, (-1,) + (1,) * (new.ndim - 1)), new, old)


# ---- gradients that vanish ----

_VANISHED = {c: float(np.finfo(c).tiny ** 0.75) for c in "fd"}


def settled(g: Any) -> Any:
    """An array in place, with 0 for what has vanished: below 4e-29 in float32.

    Else a gradient that fades over hundreds of steps ends in denormal numbers, with which
    processors are ten times slower.
    """
    limit = _VANISHED.get(g.dtype.char)
    if limit is not None:
        np.copyto(g, 0, where=np.abs(g) < limit)
    return g


def _settling(state: Any) -> Any:
    """The state, whose gradient will be settled on its way back."""
    if isinstance(state, Tensor) and state.requires_grad:
        state.register_hook(lambda g: None if isinstance(g, Tensor) else settled(g + 0))
    return state


# ---- whole sequences, as in `sequences.py`; derivatives can be differentiated again ----


def composed_rnn(
    x: Any, recurrent: Any, h: Any, kernel: Any = None, bias: Any = None, *, mask: Any
) -> Any:
    """[states of all steps].   (T, N, U), (U, U), (N, U) -> (T, N, U)"""
    z = _input_part(x, kernel, bias)

    def step(z: Any, states: Any) -> Any:
        h = tanh(z + states[0] @ recurrent)
        return h, [h]

    return [_states(step, z, [h], mask)[0]]


def composed_lstm(
    x: Any,
    recurrent: Any,
    h: Any,
    c: Any,
    kernel: Any = None,
    bias: Any = None,
    *,
    hard: bool,
    mask: Any,
) -> Any:
    """[outputs, memories].   (T, N, 4U), (U, 4U), 2·(N, U) -> 2·(T, N, U)"""
    gate = hard_sigmoid if hard else sigmoid
    z = _input_part(x, kernel, bias)

    def step(z: Any, states: Any) -> Any:
        h, c = states
        h, c = lstm_step(z + h @ recurrent, c, activation=tanh, gate=gate)
        return concatenate([h, c]), [h, c]

    return _states(step, z, [h, c], mask)


def composed_gru(
    x: Any,
    recurrent: Any,
    h: Any,
    recurrent_bias: Any = None,
    kernel: Any = None,
    bias: Any = None,
    *,
    hard: bool,
    mask: Any,
) -> Any:
    """[outputs].   (T, N, 3U), (U, 3U), (N, U) -> (T, N, U)"""
    gate = hard_sigmoid if hard else sigmoid
    z = _input_part(x, kernel, bias)
    if recurrent_bias is None:
        from_h = reset_before(recurrent)
    else:
        from_h = reset_after(recurrent, recurrent_bias)

    def step(z: Any, states: Any) -> Any:
        h = gru_step(z, states[0], from_h, activation=tanh, gate=gate)
        return h, [h]

    return _states(step, z, [h], mask)


def _input_part(x: Any, kernel: Any, bias: Any) -> Any:
    """x·W + b; x itself without a kernel, or where it is the number 1."""
    plain = kernel is None or isinstance(kernel, float)
    return x if plain else x @ kernel + (0.0 if bias is None else bias)


def _states(step: Function, z: Any, states: list[Any], mask: Any) -> list[Any]:
    """Every state of every step, each stacked.   -> len(states) of (T, N, U)"""
    history: list[list[Any]] = []
    for t, x in enumerate(unstack(z)):
        _, states = scan(step, [x], states, None if mask is None else mask[t : t + 1])
        history.append(states)
    return [stack(of_one) for of_one in zip(*history, strict=True)]


def through_definition(
    compose: Function, g: Sequence[Any], inputs: Sequence[Any], **params: Any
) -> Any:
    """Gradients as Tensors that can be differentiated again; none for a number."""
    with enable_grad():
        # new nodes, so that one input's gradient never flows on into another
        shielded = [
            x if x is None or isinstance(x, float) else _tensor(x) + 0.0 for x in inputs
        ]
        outputs = compose(*shielded, **params)
        total = sum(reduce_sum(y * gy) for y, gy in zip(outputs, g, strict=True))
        tensors = [x for x in shielded if isinstance(x, Tensor)]
        found = iter(grad(total, tensors, create_graph=True, allow_unused=True))
    return [
        next(found) if isinstance(x, Tensor) else None
        for x in shielded
        if x is not None
    ]


def _tensor(x: Any) -> Tensor:
    return x if isinstance(x, Tensor) else wrap(x, leaf(x.shape))

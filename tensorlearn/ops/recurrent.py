"""Recurrence by definition: one step of each recurrent cell, and the walk along a sequence.

Everything is written in operations. `sequences.py` computes the same, much faster, for the
usual activations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensorlearn.autograd import Tensor
from tensorlearn.ops.elementwise import clip, where
from tensorlearn.ops.shape import split

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

"""Loops over an axis: K.rnn over time, map_fn and the folds over the first axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensorlearn import ops
from tensorlearn.autograd import Tensor
from tensorlearn.backend.recording import array_of, on_values, tensor_of
from tensorlearn.wording import say

Step = Callable[[Any, Any], tuple[Any, Sequence[Any]]]


@on_values("inputs")
def rnn(
    step_function: Step,
    inputs: Any,
    initial_states: Sequence[Any],
    go_backwards: bool = False,
    mask: Any = None,
    constants: Sequence[Any] | None = None,
    unroll: bool = False,
    input_length: int | None = None,
) -> tuple[Any, Any, list[Any]]:
    """Run `step_function` along the time axis.   inputs: (N, T, ...)

    step_function(x, states + constants) gets x (N, ...) and returns (output, new states).
    mask: (N, T) or (N, T, 1); at masked steps a sample repeats its last output (zeros at
    first) and keeps its states. go_backwards: the outputs come in the order in which they
    were computed. unroll and input_length are accepted for Keras's sake.
    Returns the last output, all outputs (N, T, ...) and the last states.
    """
    if inputs.ndim < 3:
        raise ValueError(
            say("Input should be at least 3D, got shape {shape}", shape=inputs.shape)
        )
    if not inputs.shape[1]:
        raise ValueError(say("K.rnn: there must be at least one time step, got none"))
    steps = ops.unstack(inputs, axis=1)  # (N, T, ...) -> T of (N, ...)
    keeps = _mask_steps(mask, inputs.shape)
    if go_backwards:
        steps, keeps = steps[::-1], keeps[::-1]
    states = [tensor_of(s, inputs.dtype) for s in initial_states]
    fixed = [tensor_of(c, inputs.dtype) for c in constants or ()]
    outputs: list[Any] = []
    for x, keep in zip(steps, keeps, strict=True):
        output, new_states = step_function(x, [*states, *fixed])
        if keep is not None:
            before = outputs[-1] if outputs else np.zeros(output.shape, output.dtype)
            output = _where(keep, output, before)
            new_states = [
                _where(keep, new, old)
                for new, old in zip(new_states, states, strict=True)
            ]
        outputs.append(output)
        states = list(new_states)
    return outputs[-1], ops.stack(outputs, axis=1), states


def _mask_steps(mask: Any, shape: Sequence[int]) -> list[Any]:
    """One (N,) array of booleans per time step, or None for each without a mask."""
    if mask is None:
        return [None] * shape[1]
    keep = array_of(mask).astype(bool)
    keep = keep.reshape(shape[0], shape[1])  # (N, T, 1) -> (N, T)
    return list(keep.T)


def _where(keep: Any, a: Any, b: Any) -> Any:
    return ops.where(keep.reshape((-1,) + (1,) * (a.ndim - 1)), a, b)


# ---- over the first axis ----


@on_values()
def map_fn(
    fn: Callable[[Any], Any], elems: Any, name: str | None = None, dtype: Any = None
) -> Any:
    """`fn` of every element along the first axis, stacked; elems may be a list of such."""
    if isinstance(elems, (list, tuple)) and _holds_values(elems):
        columns = [_unstacked(part) for part in elems]
        results = [fn(type(elems)(row)) for row in zip(*columns, strict=True)]
    else:
        results = [fn(x) for x in _unstacked(elems)]
    if not results:
        raise ValueError(say("K.map_fn: `elems` must not be empty"))
    if isinstance(results[0], (list, tuple)):
        stacked = [_stacked(part, None) for part in zip(*results, strict=True)]
        return type(results[0])(stacked)
    return _stacked(results, dtype)


@on_values()
def foldl(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    name: str | None = None,
) -> Any:
    """fn(fn(fn(start, e₀), e₁), ...) along the first axis; start: `initializer` or e₀."""
    return _fold(fn, _unstacked(elems), initializer)


@on_values()
def foldr(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    name: str | None = None,
) -> Any:
    """The same as `foldl`, from the last element to the first."""
    return _fold(fn, _unstacked(elems)[::-1], initializer)


def _fold(fn: Callable[[Any, Any], Any], elements: list[Any], start: Any) -> Any:
    if start is None:
        if not elements:
            raise ValueError(say("a fold over no elements needs an `initializer`"))
        start, *elements = elements
    total = tensor_of(start)
    for element in elements:
        total = fn(total, element)
    return total


def _holds_values(parts: Sequence[Any]) -> bool:
    return any(isinstance(p, Tensor) or hasattr(p, "ndim") for p in parts)


def _unstacked(values: Any) -> list[Any]:
    return list(ops.unstack(tensor_of(values), axis=0))


def _stacked(parts: Sequence[Any], dtype: Any) -> Any:
    joined = ops.stack([tensor_of(p) for p in parts], axis=0)
    return joined if dtype is None else ops.cast(joined, dtype=str(dtype))

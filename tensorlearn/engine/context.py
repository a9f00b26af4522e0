"""Pass: what one forward run shares, instead of global learning-phase flags."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from tensorlearn.wording import say


class Pass:
    """A forward run: its mode, and the losses that layers add on the way.

    training: True while a model is being fitted. losses: penalties on activations
    (`add_loss`, `activity_regularizer`), summed over the batch. A pass opened inside
    another one (a nested model) shares its losses.
    """

    def __init__(self, training: bool | None = None) -> None:
        self.training = training
        self.losses: list[Any] = []

    def __enter__(self) -> Pass:
        outer = _passes.stack[-1] if _passes.stack else None
        if outer is not None:
            self.losses = outer.losses
        if self.training is None:
            self.training = outer.training if outer is not None else _passes.phase
        _passes.stack.append(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _passes.stack.pop()


class _Passes(threading.local):
    def __init__(self) -> None:
        self.stack: list[Pass] = []
        self.phase = False  # what K.set_learning_phase chose
        self.values_left: int | None = None  # what `at_most` allows; None: anything


_passes = _Passes()


def current_pass() -> Pass | None:
    """The innermost forward run of this thread, or None outside of any."""
    return _passes.stack[-1] if _passes.stack else None


def learning_phase() -> bool:
    """Whether the code now running trains: the pass's mode, else what was set."""
    running = current_pass()
    return bool(running.training) if running is not None else _passes.phase


def set_learning_phase(value: bool | int) -> None:
    """The mode of calls outside `fit`, `evaluate` and `predict` (default: inference)."""
    _passes.phase = bool(value)


# ---- how large a model may become ----


@contextmanager
def at_most(values: int) -> Iterator[None]:
    """Within the block, layers may make weights with so many values in all, no more.

    Whoever builds a model from a file sets this: a short text can declare a huge model.
    """
    before, _passes.values_left = _passes.values_left, values
    try:
        yield
    finally:
        _passes.values_left = before


def claim_values(owner: str, shape: Sequence[int]) -> None:
    """Note that a weight of this shape is wanted; ValueError if there is no room for it."""
    left = _passes.values_left
    if left is None:
        return
    wanted = math.prod(shape)
    if wanted > left:
        raise _too_large(owner, shape, left)
    _passes.values_left = left - wanted


def check_probe(shape: Sequence[int]) -> None:
    """Refuse a dry run on an array that no sample is as large as, within `at_most`."""
    if _passes.values_left is not None and math.prod(shape) > LARGEST_PROBE:
        raise _too_large("dry run", shape, LARGEST_PROBE)


LARGEST_PROBE = 1 << 26


def _too_large(owner: str, shape: Sequence[int], left: int) -> ValueError:
    return ValueError(
        say(
            "{owner}: an array of the shape {shape} is wanted, but the file from which the "
            "model is made leaves room for {left} values; it is damaged, or not to be "
            "trusted",
            owner=owner,
            shape=tuple(shape),
            left=left,
        )
    )

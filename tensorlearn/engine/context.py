"""Pass: what one forward run shares, instead of global learning-phase flags."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any


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

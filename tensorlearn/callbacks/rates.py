"""Callbacks that change the learning rate: by a plan, or when progress stalls."""

from __future__ import annotations

import inspect
import numbers
import warnings
from collections.abc import Callable
from typing import Any

from tensorlearn.callbacks.base import Callback, Logs, given
from tensorlearn.callbacks.showing import announce
from tensorlearn.callbacks.watching import Monitor
from tensorlearn.wording import say


class LearningRateScheduler(Callback):
    """Sets the learning rate at the start of every epoch.

    schedule: a function of the epoch (from 0), or of the epoch and the present rate, that
    returns a number.
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Ask the schedule."""
        present = _rate(self.model)
        if _takes_two(self.schedule):
            rate = self.schedule(epoch, present)
        else:
            rate = self.schedule(epoch)
        if isinstance(rate, bool) or not isinstance(rate, numbers.Real):
            raise ValueError(
                say(
                    'The output of the "schedule" function should be float, got {rate!r} '
                    "for epoch {epoch}",
                    rate=rate,
                    epoch=epoch,
                )
            )
        self.model.optimizer.lr = float(rate)
        if self.verbose > 0:
            announce(
                say(
                    "Epoch {n:05d}: LearningRateScheduler setting learning rate to {rate}",
                    n=epoch + 1,
                    rate=float(rate),
                )
            )

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Put the rate into the logs."""
        given(logs)["lr"] = _rate(self.model)


class ReduceLROnPlateau(Callback):
    """Multiplies the learning rate by `factor` when a number has stopped improving.

    patience: epochs without improvement before that. min_delta: less is no improvement.
    cooldown: epochs after a reduction that do not count. min_lr: never below this.
    """

    remembers = ("wait", "cooldown_counter", "best")

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        if factor >= 1.0:
            raise ValueError(
                say(
                    "ReduceLROnPlateau does not support a factor >= 1.0, got {factor}",
                    factor=factor,
                )
            )
        if "epsilon" in kwargs:
            min_delta = kwargs.pop("epsilon")
            warnings.warn(
                say(
                    "`epsilon` argument is deprecated and will be removed, use "
                    "`min_delta` instead"
                ),
                UserWarning,
                stacklevel=2,
            )
        if kwargs:
            raise TypeError(
                say(
                    "{owner}: keyword argument not understood: {name!r}{hint}",
                    owner="ReduceLROnPlateau",
                    name=next(iter(kwargs)),
                    hint="",
                )
            )
        self.monitor = monitor
        self.factor = factor
        self.patience = patience
        self.verbose = verbose
        self.min_delta = min_delta
        self.cooldown = cooldown
        self.min_lr = min_lr
        self._watched = Monitor("ReduceLROnPlateau", monitor, mode, ("acc",))
        self._start()

    def _start(self) -> None:
        self.best = self._watched.worst
        self.wait = 0
        self.cooldown_counter = 0

    def in_cooldown(self) -> bool:
        """Whether a reduction was so recent that nothing counts yet."""
        return self.cooldown_counter > 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget an earlier run."""
        self._start()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Compare with the best so far; reduce the rate if patience has run out."""
        logs = given(logs)
        logs["lr"] = _rate(self.model)
        message = say(
            "Reduce LR on plateau conditioned on metric `{name}` which is not available. "
            "Available metrics are: {names}",
            name=self.monitor,
            names=",".join(logs),
        )
        current = self._watched.read(logs, message)
        if current is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self._watched.better(current, self.best, self.min_delta):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        before = _rate(self.model)
        if before <= self.min_lr:
            return
        rate = max(before * self.factor, self.min_lr)
        self.model.optimizer.lr = rate
        if self.verbose > 0:
            announce(
                say(
                    "Epoch {n:05d}: ReduceLROnPlateau reducing learning rate to {rate}",
                    n=epoch + 1,
                    rate=rate,
                )
            )
        self.cooldown_counter = self.cooldown
        self.wait = 0


def _rate(model: Any) -> float:
    if not hasattr(model.optimizer, "lr"):
        raise ValueError(say('Optimizer must have a "lr" attribute'))
    return float(model.optimizer.lr)


def _takes_two(schedule: Callable[..., Any]) -> bool:
    """Whether it can be called with epoch and rate."""
    try:
        signature = inspect.signature(schedule)
    except (TypeError, ValueError):  # built in: nothing is known
        return False
    try:
        signature.bind(0, 0.0)
    except TypeError:
        return False
    return True

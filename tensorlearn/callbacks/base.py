"""What is called while a model trains: between epochs, between batches, at both ends."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from functools import cache
from typing import Any, ClassVar

import numpy as np

from tensorlearn.config import VERSION, current_seed
from tensorlearn.views import VIEWS
from tensorlearn.wording import say

Logs = dict[str, Any]
EVENTS = (
    "on_train_begin",
    "on_train_end",
    "on_epoch_begin",
    "on_epoch_end",
    "on_batch_begin",
    "on_batch_end",
)


class Callback:
    """The base of every callback: override the moments that interest you.

    params: batch_size, epochs, steps, samples, verbose, do_validation, metrics. model: the
    model being trained; set `model.stop_training = True` to end after this epoch.
    `logs` of a batch hold batch, size and the values of that batch; of an epoch, the
    averages, and those of validation under names that begin with val_.

    remembers: names of attributes from which it can go on where another process stopped;
    BackupAndRestore keeps them. close: if defined, called however training ends.
    """

    remembers: ClassVar[tuple[str, ...]] = ()
    params: dict[str, Any]
    model: Any

    def __init__(self) -> None:
        self.validation_data: Any = None
        self.params = {}
        self.model = None

    def set_params(self, params: dict[str, Any]) -> None:
        """Told once, before training."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Told once, before training."""
        self.model = model

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Training starts."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Training has ended."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Epoch number `epoch`, counted from 0, starts."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """An epoch has ended."""

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Batch number `batch` of this epoch, counted from 0, starts."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """A batch has ended."""


class CallbackList:
    """Several callbacks called as one, in order; moments nobody overrides cost nothing."""

    def __init__(self, callbacks: Iterable[Any] | None = None) -> None:
        self.callbacks = list(callbacks or [])
        for callback in self.callbacks:
            _check(callback)
        self._find()

    def append(self, callback: Any) -> None:
        """Add one at the end."""
        _check(callback)
        self.callbacks.append(callback)
        self._find()

    def _find(self) -> None:
        self.callbacks.sort(key=lambda one: getattr(one, "comes_last", False))
        for one in self.callbacks:
            if hasattr(one, "companions"):
                one.companions = self.callbacks
        self._called: dict[str, list[Any]] = {
            event: [
                getattr(one, event) for one in self.callbacks if _overrides(one, event)
            ]
            for event in EVENTS
        }

    def set_params(self, params: dict[str, Any]) -> None:
        """Tell all of them."""
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model: Any) -> None:
        """Tell all of them."""
        for callback in self.callbacks:
            callback.set_model(model)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Training starts."""
        for call in self._called["on_train_begin"]:
            call(given(logs))

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Training has ended."""
        for call in self._called["on_train_end"]:
            call(given(logs))

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """An epoch starts."""
        for call in self._called["on_epoch_begin"]:
            call(epoch, given(logs))

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """An epoch has ended; `logs` is shared, so what one adds the next one sees."""
        logs = given(logs)
        for call in self._called["on_epoch_end"]:
            call(epoch, logs)

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """A batch starts."""
        for call in self._called["on_batch_begin"]:
            call(batch, given(logs))

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """A batch has ended."""
        for call in self._called["on_batch_end"]:
            call(batch, given(logs))

    def first_epoch(self, epoch: int) -> int:
        """Where to begin: `epoch`, or later if a callback has brought back a state."""
        for one in self.callbacks:
            if hasattr(one, "first_epoch"):
                epoch = one.first_epoch(epoch)
        return epoch

    def close(self) -> None:
        """Training is over, well or badly: let go of files."""
        for one in self.callbacks:
            if hasattr(one, "close"):
                one.close()

    def __iter__(self) -> Any:
        return iter(self.callbacks)


def _check(callback: Any) -> None:
    if isinstance(callback, type) or not hasattr(callback, "on_epoch_end"):
        raise TypeError(
            say(
                "`callbacks` must be a list of Callback objects, got {got!r}{hint}",
                got=callback,
                hint=say(
                    "; a class needs parentheses: {name}()", name=callback.__name__
                )
                if isinstance(callback, type)
                else "",
            )
        )


def _overrides(callback: Any, event: str) -> bool:
    base = getattr(Callback, event)
    mine = getattr(callback, event, None)
    return mine is not None and getattr(mine, "__func__", mine) is not base


def given(logs: Logs | None) -> Logs:
    """The logs, of which a caller may have none."""
    return {} if logs is None else logs


class BaseLogger(Callback):
    """Averages the values of an epoch over its samples; `fit` always uses one.

    stateful_metrics: names whose last value counts, not their average.
    """

    def __init__(self, stateful_metrics: Iterable[str] | None = None) -> None:
        super().__init__()
        self.stateful_metrics = set(stateful_metrics or ())

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Start from 0."""
        self.seen = 0
        self.totals: dict[str, float] = {}

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Add this batch, as much as it has samples."""
        logs = given(logs)
        size = logs.get("size", 0)
        self.seen += size
        for name, value in logs.items():
            if name in self.stateful_metrics:
                self.totals[name] = value
            else:
                self.totals[name] = self.totals.get(name, 0.0) + value * size

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Put the averages into `logs`."""
        if logs is None or not self.seen:
            return
        for name in self.params["metrics"]:
            if name in self.totals:
                total = self.totals[name]
                logs[name] = (
                    total if name in self.stateful_metrics else total / self.seen
                )


class History(Callback):
    """What every epoch measured; `fit` returns it.

    history: {name: [value of each epoch]}. epoch: their numbers, from `initial_epoch`.
    seed: that of the last `set_seed`, None if there was none. versions: of what computed:
    tensorlearn, numpy, python, and blas, which multiplies matrices; with the same ones
    and the same seed the same program gives the same numbers.
    """

    remembers = ("epoch", "history", "seed")

    def __init__(self) -> None:
        super().__init__()
        self.seed = current_seed()
        self.versions = dict(_versions())
        self.epoch: list[int] = []
        self.history: dict[str, list[float]] = {}

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget an earlier run."""
        self.epoch = []
        self.history = {}

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Note the values of this epoch."""
        self.epoch.append(epoch)
        for name, value in given(logs).items():
            self.history.setdefault(name, []).append(value)

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Losses and metrics as curves: see `tensorlearn.visual.plot_history`."""
        return VIEWS["history"](self, ax, **options)


@cache
def _versions() -> dict[str, str]:
    built: Any = np.show_config(mode="dicts") or {}
    blas = built.get("Build Dependencies", {}).get("blas", {})
    return {
        "tensorlearn": VERSION,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "blas": " ".join(str(blas[k]) for k in ("name", "version") if k in blas),
    }

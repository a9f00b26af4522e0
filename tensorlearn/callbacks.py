"""What is called while a model trains: between epochs, between batches, at both ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tensorlearn.progress import Progbar
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
    """

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
            call(_given(logs))

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Training has ended."""
        for call in self._called["on_train_end"]:
            call(_given(logs))

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """An epoch starts."""
        for call in self._called["on_epoch_begin"]:
            call(epoch, _given(logs))

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """An epoch has ended; `logs` is shared, so what one adds the next one sees."""
        logs = _given(logs)
        for call in self._called["on_epoch_end"]:
            call(epoch, logs)

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """A batch starts."""
        for call in self._called["on_batch_begin"]:
            call(batch, _given(logs))

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """A batch has ended."""
        for call in self._called["on_batch_end"]:
            call(batch, _given(logs))

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


def _given(logs: Logs | None) -> Logs:
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
        logs = _given(logs)
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
    """

    def __init__(self) -> None:
        super().__init__()
        self.epoch: list[int] = []
        self.history: dict[str, list[float]] = {}

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget an earlier run."""
        self.epoch = []
        self.history = {}

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Note the values of this epoch."""
        self.epoch.append(epoch)
        for name, value in _given(logs).items():
            self.history.setdefault(name, []).append(value)


class ProgbarLogger(Callback):
    """Prints a progress bar; `fit` uses one unless verbose=0.

    count_mode: whether "samples" or "steps" are counted.
    """

    def __init__(
        self,
        count_mode: str = "samples",
        stateful_metrics: Iterable[str] | None = None,
    ) -> None:
        super().__init__()
        if count_mode not in ("samples", "steps"):
            raise ValueError(
                say(
                    "ProgbarLogger: `count_mode` must be samples or steps, got {mode!r}",
                    mode=count_mode,
                )
            )
        self.use_steps = count_mode == "steps"
        self.stateful_metrics = set(stateful_metrics or ())

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Learn how much there is to show."""
        self.verbose = self.params["verbose"]
        self.epochs = self.params["epochs"]
        self.target = self.params["steps" if self.use_steps else "samples"]

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Start a new bar."""
        if self.verbose:
            print(f"Epoch {epoch + 1}/{self.epochs}")
        self.seen = 0
        self.left: Sequence[tuple[str, Any]] = ()
        self.bar = Progbar(
            self.target, verbose=self.verbose, stateful_metrics=self.stateful_metrics
        )

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Move the bar; the last batch waits for the values of validation."""
        if not self.verbose:
            return
        logs = _given(logs)
        self.seen += 1 if self.use_steps else logs.get("size", 0)
        values = self._values(logs)
        if self.target is None or self.seen < self.target:
            self.bar.update(self.seen, values)
            self.left = ()
        else:
            self.left = values

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Finish the bar."""
        if not self.verbose:
            return
        validated = [(k, v) for k, v in _given(logs).items() if k.startswith("val_")]
        self.bar.stateful.update(name for name, _ in validated)
        left = [*self.left, *validated]
        if self.target is None or self.seen < self.target:  # stopped in the middle
            self.bar.target = self.seen
        self.bar.update(self.seen, left)

    def _values(self, logs: Logs) -> list[tuple[str, Any]]:
        return [(name, logs[name]) for name in self.params["metrics"] if name in logs]

"""Callbacks that watch a number: stop when it no longer improves, keep the best model."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Iterable
from typing import Any

from tensorlearn.callbacks.base import Callback, Logs, given
from tensorlearn.callbacks.showing import announce
from tensorlearn.wording import say, suggest

MODES = ("auto", "min", "max")


class Monitor:
    """Whether one number is better than another.

    mode: "min", "max", or "auto", which is "max" for names that contain one of `larger`.
    """

    def __init__(self, owner: str, name: str, mode: str, larger: Iterable[str]) -> None:
        self.name = name
        if mode not in MODES:
            warnings.warn(
                say(
                    "{owner} mode {mode} is unknown, fallback to auto mode",
                    owner=owner,
                    mode=mode,
                ),
                RuntimeWarning,
                stacklevel=4,
            )
            mode = "auto"
        auto_max = mode == "auto" and any(part in name for part in larger)
        self.rises = mode == "max" or auto_max
        self.worst = -math.inf if self.rises else math.inf

    def better(self, value: float, best: float, by: float = 0.0) -> bool:
        """Whether `value` beats `best` by more than `by`; NaN never does."""
        return value - by > best if self.rises else value + by < best

    def read(self, logs: Logs, message: str) -> Any:
        """The number in the logs; None, with a warning, if it is not there."""
        found = logs.get(self.name)
        if found is None:
            others = [name for name in logs if name not in ("batch", "size")]
            warnings.warn(
                message + suggest(self.name, others), RuntimeWarning, stacklevel=3
            )
        return found


class TerminateOnNaN(Callback):
    """Ends training when the loss is no longer a finite number."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Look at the loss."""
        loss = given(logs).get("loss")
        if loss is not None and not math.isfinite(loss):
            announce(
                say(
                    "Batch {batch}: Invalid loss ({loss}), terminating training",
                    batch=batch,
                    loss=loss,
                )
            )
            self.model.stop_training = True


class EarlyStopping(Callback):
    """Ends training when a number has stopped improving.

    monitor: its name in the logs. min_delta: less than this is no improvement. patience:
    epochs without improvement to wait through. baseline: to be beaten from the start.
    restore_best_weights: when stopping, go back to those of the best epoch.
    """

    remembers = ("wait", "stopped_epoch", "best", "best_weights")

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
    ) -> None:
        super().__init__()
        self.monitor = monitor
        self.min_delta = abs(min_delta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self._watched = Monitor("EarlyStopping", monitor, mode, ("acc",))
        self._start()

    def _start(self) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        worst = self._watched.worst
        self.best = worst if self.baseline is None else self.baseline
        self.best_weights: Any = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget an earlier run."""
        self._start()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Compare with the best so far."""
        current = self.get_monitor_value(logs)
        if current is None:
            return
        if self._watched.better(current, self.best, self.min_delta):
            self.best = current
            self.wait = 0
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            return
        self.wait += 1
        if self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True
            if self.best_weights is not None:
                if self.verbose > 0:
                    announce(
                        say("Restoring model weights from the end of the best epoch")
                    )
                self.model.set_weights(self.best_weights)

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Say when it stopped."""
        if self.stopped_epoch > 0 and self.verbose > 0:
            announce(say("Epoch {n:05d}: early stopping", n=self.stopped_epoch + 1))

    def get_monitor_value(self, logs: Logs | None) -> Any:
        """The number that is watched; None, with a warning, if it is not there."""
        logs = given(logs)
        message = say(
            "Early stopping conditioned on metric `{name}` which is not available. "
            "Available metrics are: {names}",
            name=self.monitor,
            names=",".join(logs),
        )
        return self._watched.read(logs, message)


class ModelCheckpoint(Callback):
    """Saves the model after epochs; each file appears whole or not at all.

    filepath: may hold {epoch} and names in the logs, as in "w.{epoch:02d}-{loss:.2f}.h5".
    save_best_only: only when the monitored number has improved. save_weights_only:
    without structure and optimizer. period: epochs from one look to the next.
    """

    remembers = ("best", "epochs_since_last_save")

    def __init__(
        self,
        filepath: Any,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        period: int = 1,
    ) -> None:
        super().__init__()
        self.monitor = monitor
        self.verbose = verbose
        self.filepath = os.fspath(filepath)
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.period = period
        self.epochs_since_last_save = 0
        self._watched = Monitor("ModelCheckpoint", monitor, mode, ("acc", "fmeasure"))
        self.best = self._watched.worst

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Save, if it is time and worth it."""
        logs = given(logs)
        self.epochs_since_last_save += 1
        if self.epochs_since_last_save < self.period:
            return
        self.epochs_since_last_save = 0
        if not self.save_best_only:
            path = self._path(epoch, logs)
            self._say(
                say("Epoch {n:05d}: saving model to {path}", n=epoch + 1, path=path)
            )
            self._save(path)
            return
        current = self._watched.read(
            logs,
            say(
                "Can save best model only with {name} available, skipping",
                name=self.monitor,
            ),
        )
        if current is None:
            return
        if not self._watched.better(current, self.best):
            self._say(
                say(
                    "Epoch {n:05d}: {name} did not improve from {best:0.5f}",
                    n=epoch + 1,
                    name=self.monitor,
                    best=self.best,
                )
            )
            return
        path = self._path(epoch, logs)
        self._say(
            say(
                "Epoch {n:05d}: {name} improved from {best:0.5f} to {current:0.5f}, "
                "saving model to {path}",
                n=epoch + 1,
                name=self.monitor,
                best=self.best,
                current=current,
                path=path,
            )
        )
        self._save(path)
        self.best = current

    def _path(self, epoch: int, logs: Logs) -> str:
        try:
            return self.filepath.format(epoch=epoch + 1, **logs)
        except KeyError as error:
            known = ["epoch", *logs]
            raise ValueError(
                say(
                    "ModelCheckpoint: `filepath` {path!r} asks for {name!r}, which is not "
                    "in the logs ({known}){hint}",
                    path=self.filepath,
                    name=error.args[0],
                    known=", ".join(known),
                    hint=suggest(error.args[0], known),
                )
            ) from error

    def _say(self, text: str) -> None:
        if self.verbose > 0:
            announce(text)

    def _save(self, path: str) -> None:
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)

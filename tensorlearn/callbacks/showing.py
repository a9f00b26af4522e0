"""What training says on the screen: the progress bar, and single lines between epochs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tensorlearn.callbacks.base import Callback, Logs, given
from tensorlearn.progress import Progbar
from tensorlearn.wording import say


def announce(text: str) -> None:
    """Print a line of its own, below a progress bar that may be standing there."""
    print("\n" + text)


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
        logs = given(logs)
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
        validated = [(k, v) for k, v in given(logs).items() if k.startswith("val_")]
        self.bar.stateful.update(name for name, _ in validated)
        left = [*self.left, *validated]
        if self.target is None or self.seen < self.target:  # stopped in the middle
            self.bar.target = self.seen
        self.bar.update(self.seen, left)

    def _values(self, logs: Logs) -> list[tuple[str, Any]]:
        return [(name, logs[name]) for name in self.params["metrics"] if name in logs]

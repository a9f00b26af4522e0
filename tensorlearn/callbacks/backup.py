"""Training that survives being killed: its state in a file after every epoch."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tensorlearn.callbacks.base import Callback, Logs
from tensorlearn.callbacks.showing import announce
from tensorlearn.saving import backup
from tensorlearn.wording import say


class BackupAndRestore(Callback):
    """Lets the same script, started again after a crash, go on with the epoch it was in.

    What follows is bit for bit what would have followed: weights, optimizer, dropout,
    shuffling, History, and what other callbacks remember are all brought back. A generator
    is run forward to where it was, so it has to repeat its batches (seed its randomness).

    backup_dir: a folder of this training alone. delete_checkpoint: whether the file in it
    goes when training is complete. Let a CSVLogger append.
    """

    comes_last = True  # after an epoch: keep what the others have made of it

    def __init__(self, backup_dir: Any, delete_checkpoint: bool = True) -> None:
        super().__init__()
        self.backup_dir = os.fspath(backup_dir)
        self.delete_checkpoint = delete_checkpoint
        self.companions: Sequence[Any] = ()

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.backup_dir, "training.npz")

    def first_epoch(self, epoch: int) -> int:
        """Bring back the state in the folder, if any; the epoch that comes next."""
        for unfinished in self.path.parent.glob(f".{self.path.name}.*.part"):
            unfinished.unlink()  # being written when the process was killed
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._write(epoch)
            return epoch
        notes = backup.read(self.path, self.model)
        self.model.stop_training = notes["stopped"]
        for callback, (kind, held) in zip(
            self._others(), notes["callbacks"], strict=False
        ):
            if kind == type(callback).__name__:
                for name, value in held.items():
                    setattr(callback, name, value)
        following = int(notes["epoch"])
        if self.params.get("verbose") and following > epoch:
            announce(
                say(
                    "Resuming after epoch {n} with the state in {path}",
                    n=following,
                    path=self.path,
                )
            )
        return max(epoch, following)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Keep the state."""
        self._write(epoch + 1)

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Training is complete: the state is no longer needed."""
        if self.delete_checkpoint:
            self.path.unlink(missing_ok=True)

    def _write(self, epoch: int) -> None:
        notes = {
            "epoch": epoch,
            "stopped": bool(self.model.stop_training),
            "callbacks": [
                [type(one).__name__, {n: getattr(one, n) for n in one.remembers}]
                for one in self._others()
            ],
        }
        backup.write(self.path, self.model, notes)

    def _others(self) -> list[Any]:
        return [one for one in self.companions if getattr(one, "remembers", ())]

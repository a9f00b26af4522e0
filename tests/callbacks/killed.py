"""A training that takes its time, to be killed: python killed.py <folder> <kind>.

Writes <folder>/weights.npz when it is complete.
"""

import sys
import time
from pathlib import Path

import numpy as np

from tensorlearn import config
from tensorlearn.callbacks import (
    BackupAndRestore,
    EarlyStopping,
    LambdaCallback,
    ReduceLROnPlateau,
)
from tensorlearn.utils import Sequence
from tests.callbacks.stories import X, Y, net


class Batches(Sequence):
    """Batches with noise of its own, in an order that changes between epochs."""

    def __init__(self):
        self.rng = np.random.default_rng(4)
        self.rows = np.arange(24)

    def __len__(self):
        return 3

    def __getitem__(self, i):
        rows = self.rows[8 * i : 8 * i + 8]
        return X[rows] + self.rng.standard_normal((8, 4)), Y[rows]

    def on_epoch_end(self):
        self.rows = self.rng.permutation(24)


def noisy():
    rng = np.random.default_rng(7)
    while True:
        yield X[:8] + rng.standard_normal((8, 4)), Y[:8]


def train(folder, kind, epochs=12, pause=0.0, callbacks=()):
    """Everything that could differ: dropout, shuffling, momentum, rate, best weights."""
    model = net("adam", dropout=0.3)
    config.set_seed(5)
    watching = [
        BackupAndRestore(Path(folder, "backup")),
        ReduceLROnPlateau("loss", 0.5, patience=1, min_delta=0.3),
        EarlyStopping("loss", min_delta=0.2, patience=6, restore_best_weights=True),
        LambdaCallback(on_batch_end=lambda batch, logs: time.sleep(pause)),
        *callbacks,
    ]
    told = {"epochs": epochs, "callbacks": watching, "verbose": 0}
    if kind == "arrays":
        model.fit(X, Y, batch_size=8, **told)
    elif kind == "sequence":
        model.fit(Batches(), **told)
    else:
        model.fit(noisy(), steps_per_epoch=3, **told)
    return model


if __name__ == "__main__":
    folder, kind = sys.argv[1:]
    model = train(folder, kind, pause=0.01)
    history = model.history.history["loss"]
    np.savez(Path(folder, "done.npz"), *model.get_weights(), history)
    Path(folder, "done.npz").rename(Path(folder, "weights.npz"))

"""BackupAndRestore: a training that is cut off anywhere ends as if it had not been."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tensorlearn import layers
from tensorlearn.callbacks import BackupAndRestore, Callback
from tensorlearn.models.sequential import Sequential
from tests.callbacks import killed
from tests.callbacks.stories import X, Y, fit, interrupted, net

KINDS = ["arrays", "sequence", "generator"]


class Cut(Callback):
    """Ends the training with an error after so many batches."""

    def __init__(self, batches):
        super().__init__()
        self.left = batches

    def on_batch_end(self, batch, logs=None):
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


def assert_same(model, other):
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        assert_array_equal(a, b)
    assert model.history.history == other.history.history


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cuts", [[1], [4], [3, 3, 5], [17, 2]], ids=str)
def test_interrupted_training_ends_as_if_it_had_not_been(tmp_path, kind, cuts):
    whole = killed.train(tmp_path / "whole", kind)
    for batches in cuts:
        with interrupted(KeyboardInterrupt):
            killed.train(tmp_path / "cut", kind, callbacks=[Cut(batches)])
    assert_same(killed.train(tmp_path / "cut", kind), whole)


def test_backup_goes_when_training_is_complete(tmp_path):
    fit(net(), [BackupAndRestore(tmp_path / "a")])
    fit(net(), [BackupAndRestore(tmp_path / "b", delete_checkpoint=False)])
    assert not list((tmp_path / "a").iterdir())
    assert [p.name for p in (tmp_path / "b").iterdir()] == ["training.npz"]


def test_complete_training_is_not_repeated(tmp_path):
    backup = BackupAndRestore(tmp_path, delete_checkpoint=False)
    first, second = net(), net()
    fit(first, [backup])
    fit(second, [backup])
    assert_same(second, first)


def test_longer_training_goes_on(tmp_path):
    whole = net("adam", dropout=0.5)
    fit(whole, [], 6)
    backup = BackupAndRestore(tmp_path, delete_checkpoint=False)
    fit(net("adam", dropout=0.5), [backup], 2)
    again = net("adam", dropout=0.5)
    fit(again, [backup], 6)
    assert_same(again, whole)


def test_training_without_a_seed_goes_on_too(tmp_path):
    with interrupted(KeyboardInterrupt):
        fit(net("adam", dropout=0.5), [BackupAndRestore(tmp_path), Cut(1)])
    models = []
    for _ in range(2):
        other = net("adam", dropout=0.5)
        other.set_weights([w + 1 for w in other.get_weights()])
        fit(other, [BackupAndRestore(tmp_path, delete_checkpoint=False)], 2)
        models.append(other)
    assert_same(*models)


def test_state_of_recurrent_layers_is_kept(tmp_path):
    def stateful():
        model = net()
        model = Sequential(
            [
                layers.LSTM(3, stateful=True, batch_input_shape=(8, 2, 4)),
                layers.Dense(2),
            ]
        )
        model.compile("sgd", "mse")
        return model

    def run(callbacks=(), epochs=3):
        model = stateful()
        x = np.repeat(X[:, None], 2, axis=1)
        model.fit(
            x, Y, batch_size=8, epochs=epochs, verbose=0, callbacks=list(callbacks)
        )
        return model

    whole = run()
    with interrupted(KeyboardInterrupt):
        run([BackupAndRestore(tmp_path), Cut(5)])
    assert_same(run([BackupAndRestore(tmp_path)]), whole)


def test_resuming_is_announced(tmp_path, capsys):
    with interrupted(KeyboardInterrupt):
        fit(net(), [BackupAndRestore(tmp_path), Cut(7)])
    capsys.readouterr()
    fit(net(), [BackupAndRestore(tmp_path)], 3, verbose=2)
    said = capsys.readouterr().out
    assert "Resuming after epoch 2 with the state in" in said
    assert "Epoch 1/3" not in said
    assert "Epoch 3/3" in said


def test_backup_of_another_model_is_refused(tmp_path):
    fit(net(), [BackupAndRestore(tmp_path, delete_checkpoint=False)])
    other = Sequential([layers.Dense(2, input_shape=(4,))], name="other")
    other.compile("sgd", "mse")
    before = other.get_weights()
    with pytest.raises(
        ValueError, match="belongs to another model than Sequential 'other'"
    ):
        fit(other, [BackupAndRestore(tmp_path)])
    for a, b in zip(before, other.get_weights(), strict=True):
        assert_array_equal(a, b)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"some text"])
def test_damaged_backup_is_refused(tmp_path, content):
    Path(tmp_path, "training.npz").write_bytes(content)
    with pytest.raises(
        ValueError, match=r"is no state of training .* delete it to start"
    ):
        fit(net(), [BackupAndRestore(tmp_path)])


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_killed_processes_end_as_if_they_had_not_been(tmp_path, kind):
    expected = _run_to_the_end(tmp_path / "whole", kind, kills=0)
    found = _run_to_the_end(tmp_path / "killed", kind, kills=6)
    assert len(expected) == len(found)
    for a, b in zip(expected, found, strict=True):
        assert_array_equal(a, b)


def _run_to_the_end(folder, kind, kills):
    """Start the training, kill it at some moment, start it again, until it is done."""
    (folder / "backup").mkdir(parents=True)
    chance = random.Random(kind)
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.callbacks.killed", str(folder), kind]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    killed_by = []
    while not (folder / "weights.npz").exists():
        process = subprocess.Popen(command, cwd=root, env=environment)
        if kills:
            kills -= 1
            _wait_for_change(folder / "backup", process)
            time.sleep(chance.uniform(0, 0.08))
            process.send_signal(signal.SIGKILL)
            killed_by.append(process.wait())
        else:
            assert process.wait() == 0
    assert killed_by.count(-signal.SIGKILL) >= min(len(killed_by), 3)
    assert not list((folder / "backup").iterdir())
    with np.load(folder / "weights.npz") as file:
        return [file[name] for name in file.files]


def _wait_for_change(folder, process):
    """Until the process has written something: then it is in the middle of training."""
    before = _times(folder)
    while _times(folder) == before and process.poll() is None:
        time.sleep(0.002)


def _times(folder):
    found = []
    for path in folder.iterdir():
        try:
            found.append((path.name, path.stat().st_mtime_ns))
        except FileNotFoundError:
            continue
    return sorted(found)

"""Accidents in the middle of training: what is told, and that nothing is lost."""

import os
import signal
import threading

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tensorlearn import layers, optimizers
from tensorlearn.callbacks import (
    BackupAndRestore,
    CSVLogger,
    LambdaCallback,
    ModelCheckpoint,
    TerminateOnNaN,
)
from tensorlearn.models import GuidanceWarning, Sequential, load_model

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 4)).astype("float32")
Y = RNG.standard_normal((40, 2)).astype("float32")


def net(optimizer="adam"):
    model = Sequential(name="net")
    model.add(layers.Dense(8, activation="tanh", input_shape=(4,)))
    model.add(layers.Dense(2, name="out"))
    model.compile(optimizer, "mse")
    return model


def batches(x=X, y=Y, size=10):
    start = 0
    while True:
        yield x[start : start + size], y[start : start + size]
        start = (start + size) % len(x)


def fit(model, source, epochs=4, callbacks=(), **told):
    told = {"verbose": 0, "callbacks": list(callbacks), **told}
    if source == "arrays":
        return model.fit(X, Y, batch_size=10, epochs=epochs, **told)
    return model.fit_generator(batches(), 4, epochs, **told)


def at(epoch, batch, act):
    """A callback that acts after this batch of this epoch."""
    now = []
    return LambdaCallback(
        on_epoch_begin=lambda number, logs: now.append(number),
        on_batch_end=lambda number, logs: (now[-1], number) == (epoch, batch) and act(),
    )


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


def fail():
    raise ZeroDivisionError("in my callback")


def usable(model, path, epochs):
    """History, checkpoint and model are whole, and training can go on."""
    assert model.history.epoch == list(range(epochs))
    assert all(len(v) == epochs for v in model.history.history.values())
    assert np.isfinite(model.evaluate(X, Y, verbose=0))
    saved = load_model(path)
    assert saved.optimizer.iterations == 4 * epochs
    assert saved.fit(X, Y, verbose=0).epoch == [0]
    assert model.fit(X, Y, verbose=0).epoch == [0]
    assert not [t for t in threading.enumerate() if t.name.startswith("tensorlearn")]


@pytest.mark.parametrize("source", ["arrays", "generator"])
@pytest.mark.parametrize(
    ("act", "error"), [(interrupt, KeyboardInterrupt), (fail, ZeroDivisionError)]
)
def test_accident_in_the_middle_of_an_epoch(tmp_path, source, act, error):
    path, table = tmp_path / "m.h5", tmp_path / "log.csv"
    model = net()
    calls = [ModelCheckpoint(path), CSVLogger(table), at(2, 1, act)]
    with pytest.raises(error):
        fit(model, source, callbacks=calls)
    usable(model, path, 2)
    assert len(table.read_text().splitlines()) == 3


@pytest.mark.parametrize("source", ["arrays", "generator"])
def test_interrupted_training_can_be_resumed(tmp_path, source):
    whole = net()
    start = whole.get_weights()
    fit(whole, source, shuffle=False)
    model = net()
    model.set_weights(start)
    with pytest.raises(KeyboardInterrupt):
        fit(
            model, source, shuffle=False,
            callbacks=[BackupAndRestore(tmp_path), at(2, 1, interrupt)],
        )  # fmt: skip
    again = net()
    history = fit(again, source, callbacks=[BackupAndRestore(tmp_path)], shuffle=False)
    assert history.epoch == [0, 1, 2, 3]
    for a, b in zip(whole.get_weights(), again.get_weights(), strict=True):
        assert_array_equal(a, b)


@pytest.mark.parametrize("name", ["m.h5", "m.npz"])
def test_full_disk_leaves_the_old_file(tmp_path, name):
    resource = pytest.importorskip("resource")
    path = tmp_path / name
    model = net()
    save = model.save if name.endswith("h5") else model.save_weights
    save(path)
    whole = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    model.fit(X, Y, verbose=0)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (512, limits[1]))
        with pytest.raises(OSError, match=r"not be written: .* there is untouched"):
            save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert path.read_bytes() == whole
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert np.isfinite(model.evaluate(X, Y, verbose=0))
    save(path)


def test_nan_loss_is_explained_and_ends_training():
    model = net(optimizers.SGD(1e30))
    with np.errstate(all="ignore"), pytest.warns(GuidanceWarning) as seen:
        fit(model, "arrays", callbacks=[TerminateOnNaN()])
    assert "TerminateOnNaN" in str(seen[0].message)
    assert model.history.epoch == [0]


def wrong_later(x, y):
    yield X[:10], Y[:10]
    yield x, y


LATER = {
    "length": (X[:10], Y[:9], "same number of samples, got x .*: 10, y 'out': 9"),
    "shape": (X[:10], Y[:10, :1], "element by element"),
    "features": (X[:10, :3], Y[:10], r"must have shape \(None, 4\), got \(10, 3\)"),
    "NaN": (X[:10] * np.nan, Y[:10], "x holds nan at"),
    "text": (X[:10].astype(str), Y[:10], "real numbers"),
}


@pytest.mark.parametrize("name", LATER)
def test_wrong_batch_in_the_middle_keeps_what_was_learnt(name):
    x, y, words = LATER[name]
    model = net()
    start = model.get_weights()
    with pytest.raises((ValueError, TypeError), match=words):
        model.fit_generator(wrong_later(x, y), 2, verbose=0)
    assert model.optimizer.iterations == 1
    assert np.isfinite(model.evaluate(X, Y, verbose=0))
    assert np.any(model.get_weights()[0] != start[0])


def test_early_end_keeps_the_epochs_before(tmp_path):
    model, source = net(), batches()
    short = (next(source) for _ in range(9))
    with pytest.warns(UserWarning, match="ran out of data after 1 batches"):
        model.fit_generator(
            short, 4, 5, verbose=0, callbacks=[ModelCheckpoint(tmp_path / "m.h5")]
        )
    assert model.history.epoch == [0, 1, 2]
    assert load_model(tmp_path / "m.h5").optimizer.iterations == 9

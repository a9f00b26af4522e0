"""EarlyStopping, ModelCheckpoint, TerminateOnNaN: when they act, and what they say."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tensorlearn.callbacks import (
    EarlyStopping,
    LambdaCallback,
    ModelCheckpoint,
    TerminateOnNaN,
)
from tensorlearn.models import GuidanceWarning, load_model
from tests.callbacks.stories import X, Y, fit, net, play

nan = float("nan")

# ---- EarlyStopping: (arguments, values of the epochs, epochs that were run) ----

STOPPING = {
    "as soon as it is worse": ({}, [3, 2, 2.5, 1], 3),
    "equal is not better": ({}, [3, 3, 1], 2),
    "never while it improves": ({}, [4, 3, 2, 1], 4),
    "after patience": ({"patience": 2}, [3, 4, 5, 1], 3),
    "patience starts again": ({"patience": 2}, [3, 4, 2, 4, 5, 1], 5),
    "too little improvement": ({"min_delta": 0.5}, [3, 2.6, 1], 2),
    "negative min_delta means the same": ({"min_delta": -0.5}, [3, 2.6, 1], 2),
    "enough improvement": ({"min_delta": 0.5}, [3, 2.4, 1.8], 3),
    "larger is better": ({"mode": "max"}, [1, 2, 3, 2.5, 9], 4),
    "smaller is better": ({"mode": "min", "monitor": "val_acc"}, [3, 2, 4, 1], 3),
    "accuracy rises by itself": ({"monitor": "val_acc"}, [0.1, 0.2, 0.1, 0.9], 3),
    "baseline is not reached": ({"baseline": 1.0}, [3, 0.5], 1),
    "baseline is beaten": ({"baseline": 4.0}, [3, 2, 2.5], 3),
    "NaN is never better": ({"patience": 2}, [3, nan, nan, 1], 3),
}


@pytest.mark.parametrize("case", STOPPING)
def test_early_stopping_stops(case):
    told, values, epochs = STOPPING[case]
    stopping = EarlyStopping(**told)
    _, seen = play(stopping, values, stopping.monitor)
    assert len(seen) == epochs


@pytest.mark.parametrize(("restore", "weights"), [(True, 1), (False, 3)])
def test_early_stopping_restores_the_best_weights_if_asked(restore, weights):
    stopping = EarlyStopping(patience=2, restore_best_weights=restore)
    model, _ = play(stopping, [3, 2, 4, 5, 6])
    assert model.weights == weights
    assert stopping.stopped_epoch == 3


def test_early_stopping_without_any_best_weights_leaves_them():
    stopping = EarlyStopping(baseline=1.0, restore_best_weights=True)
    model, _ = play(stopping, [3])
    assert model.weights == 0


def test_early_stopping_says_when(capsys):
    play(EarlyStopping(verbose=1, restore_best_weights=True), [1, 2])
    said = capsys.readouterr().out
    assert "Restoring model weights from the end of the best epoch" in said
    assert "Epoch 00002: early stopping" in said


def test_early_stopping_can_be_used_again():
    stopping = EarlyStopping()
    play(stopping, [1, 2])
    _, seen = play(stopping, [5, 4, 3])
    assert len(seen) == 3


def test_unknown_value_is_warned_about_with_a_suggestion():
    model = net(metrics=["mae"])
    with pytest.warns(
        RuntimeWarning, match="on metric `val_los` which is not avail"
    ) as w:
        fit(model, [EarlyStopping("val_los")], 1, validation_split=0.5)
    assert "did you mean 'val_loss'?" in str(w[0].message)


@pytest.mark.parametrize("kind", [EarlyStopping, lambda **k: ModelCheckpoint("x", **k)])
def test_unknown_mode_falls_back_to_auto(kind):
    with pytest.warns(
        RuntimeWarning, match="mode up is unknown, fallback to auto mode"
    ):
        kind(mode="up")


# ---- ModelCheckpoint: (arguments, values, files) ----

SAVING = {
    "every epoch": ({}, [1, 1, 1], ["1", "2", "3"]),
    "every second epoch": ({"period": 2}, [1, 1, 1, 1, 1], ["2", "4"]),
    "the best only": ({"save_best_only": True}, [3, 4, 2, 2, 1], ["1", "3", "5"]),
    "the best of those looked at": (
        {"save_best_only": True, "period": 2},
        [1, 3, 0, 2],
        ["2", "4"],
    ),
    "the largest": ({"save_best_only": True, "mode": "max"}, [3, 4, 2], ["1", "2"]),
    "weights": ({"save_weights_only": True}, [1], ["weights of 1"]),
    "never NaN": ({"save_best_only": True}, [nan, 1], ["2"]),
}


@pytest.mark.parametrize("case", SAVING)
def test_checkpoint_saves(case):
    told, values, files = SAVING[case]
    model, _ = play(ModelCheckpoint("{epoch}", **told), values)
    assert model.saved == files


@pytest.mark.parametrize("name", ["val_acc", "fmeasure"])
def test_checkpoint_knows_what_rises(name):
    model, _ = play(
        ModelCheckpoint("{epoch}", name, save_best_only=True), [1, 2, 1], name
    )
    assert model.saved == ["1", "2"]


def test_checkpoint_writes_models_that_load(tmp_path):
    model = net("adam")
    path = tmp_path / "{epoch:02d}-{loss:.3f}.h5"
    history = fit(model, [ModelCheckpoint(path)], 2)
    names = [f"{e + 1:02d}-{v:.3f}.h5" for e, v in enumerate(history.history["loss"])]
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(names)
    again = load_model(tmp_path / names[1])
    assert_array_equal(again.predict(X), model.predict(X))
    assert again.optimizer.iterations == 6


def test_checkpoint_writes_weights(tmp_path):
    model = net()
    fit(model, [ModelCheckpoint(tmp_path / "w.h5", save_weights_only=True)], 1)
    again = net()
    again.load_weights(tmp_path / "w.h5")
    assert_array_equal(again.predict(X), model.predict(X))


def test_checkpoint_says_what_it_does(capsys):
    best = ModelCheckpoint("f.h5", verbose=1, save_best_only=True)
    play(best, [2.0, 3.0])
    play(ModelCheckpoint("g.h5", verbose=1), [1])
    said = capsys.readouterr().out
    assert (
        "Epoch 00001: val_loss improved from inf to 2.00000, saving model to f.h5"
        in said
    )
    assert "Epoch 00002: val_loss did not improve from 2.00000" in said
    assert "Epoch 00001: saving model to g.h5" in said


def test_checkpoint_explains_an_unknown_name_in_the_path():
    with pytest.raises(
        ValueError, match="asks for 'val_los', which is not in the logs"
    ):
        play(ModelCheckpoint("{val_los}.h5"), [1])


def test_checkpoint_without_the_value_is_skipped():
    with pytest.warns(
        RuntimeWarning, match="save best model only with val_loss available"
    ):
        model, _ = play(ModelCheckpoint("x", save_best_only=True), [None])
    assert model.saved == []


def test_checkpoint_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "model.h5"
    model = net()
    fit(model, [ModelCheckpoint(path)], 1)
    whole = path.read_bytes()

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tensorlearn.saving.atomic.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        fit(model, [ModelCheckpoint(path)], 1)
    assert path.read_bytes() == whole
    assert [p.name for p in tmp_path.iterdir()] == ["model.h5"]


# ---- TerminateOnNaN ----


def test_nan_loss_ends_training_at_that_batch(capsys):
    model = net()
    model.layers[0].kernel.assign(np.full((4, 5), 1e30, "float32"))
    model.layers[2].kernel.assign(np.full((5, 2), 1e30, "float32"))
    batches = []
    with (
        np.errstate(all="ignore"),
        pytest.warns(GuidanceWarning, match="the loss of Sequential 'net' is inf"),
    ):
        history = fit(model, [TerminateOnNaN(), counter(batches)], 3)
    assert len(batches) == 1
    assert len(history.epoch) == 1
    assert (
        "Batch 0: Invalid loss (inf), terminating training" in capsys.readouterr().out
    )


def test_finite_loss_ends_nothing():
    assert len(fit(net(), [TerminateOnNaN()], 2).epoch) == 2
    assert np.isfinite(net().evaluate(X, Y, verbose=0))


def counter(batches):
    return LambdaCallback(on_batch_end=lambda batch, logs: batches.append(batch))

"""LearningRateScheduler and ReduceLROnPlateau: the rate of every epoch."""

import pytest

from tensorlearn.callbacks import LearningRateScheduler, ReduceLROnPlateau
from tests.callbacks.stories import Pretended, fit, net, play

# (arguments, values, rate after each epoch, starting from 1)
PLATEAUS = {
    "falls after patience": ({"patience": 2}, [3, 3, 3, 3], [1, 1, 0.5, 0.5]),
    "again and again": ({"patience": 1}, [3, 3, 3], [1, 0.5, 0.25]),
    "not while it improves": ({"patience": 1}, [3, 2, 1], [1, 1, 1]),
    "too little improvement": ({"patience": 1, "min_delta": 1}, [3, 2.5], [1, 0.5]),
    "never below min_lr": ({"patience": 1, "min_lr": 0.4}, [3, 3, 3], [1, 0.5, 0.4]),
    "cooldown does not count": (
        {"patience": 1, "cooldown": 2},
        [3, 3, 3, 3, 3],
        [1, 0.5, 0.5, 0.25, 0.25],
    ),
    "larger is better": ({"patience": 1, "mode": "max"}, [1, 2, 1], [1, 1, 0.5]),
    "accuracy rises": ({"patience": 1, "monitor": "acc"}, [1, 2, 1], [1, 1, 0.5]),
}


@pytest.mark.parametrize("case", PLATEAUS)
def test_plateau_reduces_the_rate(case):
    told, values, expected = PLATEAUS[case]
    callback = ReduceLROnPlateau(factor=0.5, **told)
    model = Pretended()
    found = []
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {callback.monitor: value})
        found.append(model.optimizer.lr)
    assert found == expected


def test_plateau_logs_the_rate_of_the_epoch():
    _, seen = play(ReduceLROnPlateau(factor=0.5, patience=1), [3, 3, 3])
    assert [logs["lr"] for logs in seen] == [1, 1, 0.5]


def test_plateau_says_what_it_does(capsys):
    play(ReduceLROnPlateau(factor=0.5, patience=1, verbose=1), [3, 3])
    said = capsys.readouterr().out
    assert "Epoch 00002: ReduceLROnPlateau reducing learning rate to 0.5" in said


MISTAKES = [
    (lambda: ReduceLROnPlateau(factor=1), ValueError, "a factor >= 1.0, got 1"),
    (lambda: ReduceLROnPlateau(cool=1), TypeError, "not understood: 'cool'"),
    (
        lambda: play(LearningRateScheduler(lambda epoch: "fast"), [1]),
        ValueError,
        "output of the \"schedule\" function should be float, got 'fast' for epoch 0",
    ),
    (lambda: _without_rate(LearningRateScheduler(lambda e: 1.0)), ValueError, '"lr"'),
    (lambda: _without_rate(ReduceLROnPlateau()), ValueError, 'have a "lr" attribute'),
]


def _without_rate(callback):
    callback.set_model(type("Model", (), {"optimizer": object()})())
    callback.on_epoch_begin(0)
    callback.on_epoch_end(0, {})


@pytest.mark.parametrize(("call", "error", "match"), MISTAKES)
def test_mistake_is_explained(call, error, match):
    with pytest.raises(error, match=match):
        call()


def test_epsilon_is_the_old_name_of_min_delta():
    with pytest.warns(UserWarning, match="use `min_delta` instead"):
        assert ReduceLROnPlateau(epsilon=0.5).min_delta == 0.5


def test_plateau_without_the_value_warns():
    with pytest.warns(
        RuntimeWarning, match="Reduce LR on plateau conditioned on metric"
    ):
        play(ReduceLROnPlateau(), [None])


SCHEDULES = {
    "of the epoch": (lambda epoch: 0.5**epoch, [1.0, 0.5, 0.25]),
    "of epoch and rate": (lambda epoch, rate: rate / 2, [0.5, 0.25, 0.125]),
    "whole numbers": (lambda epoch: 2, [2.0, 2.0, 2.0]),
}


@pytest.mark.parametrize("case", SCHEDULES)
def test_scheduler_sets_the_rate_of_every_epoch(case):
    schedule, rates = SCHEDULES[case]
    _, seen = play(LearningRateScheduler(schedule), [1, 1, 1])
    assert [logs["lr"] for logs in seen] == rates


def test_scheduler_says_what_it_does(capsys):
    play(LearningRateScheduler(lambda epoch: 0.5, verbose=1), [1])
    said = capsys.readouterr().out
    assert "Epoch 00001: LearningRateScheduler setting learning rate to 0.5" in said


def test_error_inside_a_schedule_is_not_hidden():
    def schedule(epoch):
        raise TypeError("my own mistake")

    with pytest.raises(TypeError, match="my own mistake"):
        play(LearningRateScheduler(schedule), [1])


def test_history_holds_the_rates():
    history = fit(net(), [LearningRateScheduler(lambda epoch: 0.1 / (1 + epoch))], 2)
    assert history.history["lr"] == [0.1, 0.05]

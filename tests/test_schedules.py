"""Learning-rate schedules: their values, in an optimizer, and through a configuration."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tensorlearn import optimizers
from tensorlearn.autograd import Parameter
from tensorlearn.declare.registry import custom_object_scope
from tensorlearn.declare.registry import schedules as known
from tensorlearn.models import load_model
from tensorlearn.optimizers import SGD, AdamW, schedules
from tensorlearn.optimizers.schedules import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstant,
    PolynomialDecay,
    Schedule,
)
from tests.callbacks.stories import X, Y, fit, net

half = (1 + math.cos(math.pi / 4)) / 2

# schedule, {step: rate}
VALUES = {
    "exponential": (ExponentialDecay(1.0, 10, 0.25), {0: 1, 5: 0.5, 20: 0.0625}),
    "stairs": (ExponentialDecay(1.0, 10, 0.5, True), {9: 1, 10: 0.5, 19: 0.5}),
    "inverse": (InverseTimeDecay(1.0, 10, 2.0), {0: 1, 5: 0.5, 10: 1 / 3}),
    "inverse stairs": (InverseTimeDecay(1.0, 10, 2.0, True), {9: 1, 10: 1 / 3}),
    "line": (PolynomialDecay(1.0, 10, 0.2), {0: 1, 5: 0.6, 10: 0.2, 99: 0.2}),
    "parabola": (PolynomialDecay(1.0, 10, 0.0, 2.0), {5: 0.25}),
    "saw": (PolynomialDecay(1.0, 10, 0.0, cycle=True), {10: 0, 15: 0.25, 20: 0}),
    "cosine": (CosineDecay(2.0, 8), {0: 2, 2: 2 * half, 4: 1, 8: 0, 99: 0}),
    "cosine with a floor": (CosineDecay(2.0, 8, 0.5), {0: 2, 4: 1.5, 8: 1}),
    "warm-up": (
        CosineDecay(0.0, 8, warmup_target=2.0, warmup_steps=4),
        {0: 0, 2: 1, 4: 2, 8: 1, 12: 0},
    ),
    "restarts": (
        CosineDecayRestarts(1.0, 4, 2.0, 0.5),
        {0: 1, 2: 0.5, 4: 0.5, 8: 0.25, 12: 0.25},
    ),
    "equal restarts": (CosineDecayRestarts(1.0, 4, 1.0), {4: 1, 402: 0.5}),
    "pieces": (PiecewiseConstant([2, 4], [3, 2, 1]), {0: 3, 2: 3, 3: 2, 4: 2, 5: 1}),
}
every = pytest.mark.parametrize("case", VALUES)


@every
def test_schedule_gives_the_rate_of_every_step(case):
    schedule, rates = VALUES[case]
    found = [schedule(step) for step in rates]
    assert_allclose(found, list(rates.values()), atol=1e-12)


@every
def test_optimizer_follows_its_schedule(case):
    schedule, _ = VALUES[case]
    optimizer, p = SGD(lr=schedule), Parameter([0.0], dtype="float64")
    for step in range(14):
        before = p.data.copy()
        optimizer.apply([np.array([1.0])], [p])
        assert_allclose(before - p.data, schedule(step), atol=1e-12)
        assert_allclose(float(optimizer.lr), schedule(step))


@every
def test_schedule_survives_configuration(case):
    schedule, rates = VALUES[case]
    optimizer = optimizers.get("adam")
    optimizer.lr = schedule
    again = optimizers.deserialize(optimizers.serialize(optimizer))
    assert again.get_config() == optimizer.get_config()
    assert [again.schedule(s) for s in rates] == [schedule(s) for s in rates]
    assert repr(schedules.deserialize(schedules.serialize(schedule))) == repr(schedule)


def test_every_schedule_is_tested():
    kinds = {type(schedule) for schedule, _ in VALUES.values()}
    assert kinds == set(known.known.values())


def test_schedule_is_saved_with_the_model(tmp_path):
    model = net(SGD(lr=ExponentialDecay(0.1, 2, 0.5), momentum=0.9))
    fit(model, [], 2)
    model.save(tmp_path / "m.h5")
    again = load_model(tmp_path / "m.h5")
    for one in (model, again):
        one.train_on_batch(X, Y)
    assert again.optimizer.lr == model.optimizer.lr
    assert_allclose(again.predict(X), model.predict(X), rtol=1e-6)


def test_any_function_of_the_step_is_a_schedule():
    optimizer, p = SGD(lr=lambda step: 1.0 / (step + 1)), Parameter([0.0])
    for _ in range(2):
        optimizer.apply([np.array([1.0])], [p])
    assert_allclose(p.data, [-1.5])


def halved(step):
    return 0.5**step


def test_function_of_your_own_is_found_by_name():
    config = SGD(lr=halved).get_config()
    assert config["lr"] == "halved"


def test_own_schedule_is_found_among_custom_objects():
    class Constant(Schedule):
        """Always the same."""

        def __call__(self, step):
            return 0.5

    config = optimizers.serialize(SGD(lr=Constant()))
    with custom_object_scope({"Constant": Constant}):
        assert optimizers.deserialize(config).lr == 0.5
    with pytest.raises(ValueError, match="Unknown learning rate schedule: 'Constant'"):
        optimizers.deserialize(config)


def test_what_later_keras_wrote_is_understood():
    config = {
        "module": "keras.optimizers.schedules",
        "class_name": "CosineDecay",
        "registered_name": None,
        "config": {"initial_learning_rate": 1.0, "decay_steps": 4, "alpha": 0.0,
                   "name": "CosineDecay", "warmup_target": None, "warmup_steps": 0},
    }  # fmt: skip
    assert schedules.deserialize(config)(2) == 0.5


def test_number_ends_the_schedule():
    optimizer = SGD(lr=CosineDecay(1.0, 4))
    optimizer.lr = 0.25
    assert optimizer.schedule is None
    assert optimizer.get_config()["lr"] == 0.25


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: PiecewiseConstant([1], [1]), r"`values` hold one more, got \[1\]"),
        (lambda: PiecewiseConstant([2, 1], [1, 2, 3]), "`boundaries` must rise"),
        (lambda: ExponentialDecay(0.1, 0, 0.5), "`decay_steps` must be a positive int"),
        (lambda: ExponentialDecay(-1, 1, 0.5), "`initial_learning_rate` must be a nu"),
        (lambda: SGD(lr=lambda step: -1.0), "must give a number ≥ 0, got -1.0 for ste"),
        (lambda: SGD(lr={"class_name": "CosinDecay"}), "did you mean 'CosineDecay'"),
    ],
)
def test_mistake_is_explained(call, match):
    with pytest.raises(ValueError, match=match):
        call()


# ---- AdamW ----


def test_adamw_is_adam_with_decay_beside_it():
    start = np.linspace(-1, 1, 5000)
    p, q = Parameter(start, dtype="float64"), Parameter(start, dtype="float64")
    small = Parameter([2.0], dtype="float64")
    decayed, plain = AdamW(lr=0.1, weight_decay=0.5), optimizers.Adam(lr=0.1)
    rng = np.random.default_rng(0)
    for _ in range(3):
        g = rng.standard_normal(5000)
        decayed.apply([g, np.zeros(1)], [p, small])
        before = q.data.copy()
        plain.apply([g], [q])
        q.data -= 0.05 * before
    assert_allclose(p.data, q.data, rtol=1e-12)
    assert_allclose(small.data, [2.0 * 0.95**3])


def test_adamw_has_a_configuration():
    config = AdamW(weight_decay=0.1).get_config()
    assert config["weight_decay"] == 0.1
    assert optimizers.get({"class_name": "AdamW", "config": config}).weight_decay == 0.1
    assert isinstance(optimizers.get("adamw"), AdamW)

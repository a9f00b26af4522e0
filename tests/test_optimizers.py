"""Optimizers: recorded trajectories, in place and in blocks, state, settings, errors."""

import copy
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from tensorlearn import optimizers
from tensorlearn.autograd import Parameter, Tensor
from tensorlearn.optimizers import pieces
from tests.golden_cases import assert_close, cases

RULES = ("SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "Adamax", "Nadam")
SHAPES = [(4, 3), (3,), (), (70, 80), (5000,)]
DEFAULTS = {
    "SGD": {"lr": 0.01, "momentum": 0.0, "decay": 0.0, "nesterov": False},
    "RMSprop": {"lr": 0.001, "rho": 0.9, "decay": 0.0, "epsilon": 1e-7},
    "Adagrad": {"lr": 0.01, "decay": 0.0, "epsilon": 1e-7},
    "Adadelta": {"lr": 1.0, "rho": 0.95, "decay": 0.0, "epsilon": 1e-7},
    "Adam": {"lr": 0.001, "beta_1": 0.9, "beta_2": 0.999, "decay": 0.0,
             "epsilon": 1e-7, "amsgrad": False},
    "Adamax": {"lr": 0.002, "beta_1": 0.9, "beta_2": 0.999, "decay": 0.0,
               "epsilon": 1e-7},
    "Nadam": {"lr": 0.002, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7,
              "schedule_decay": 0.004},
}  # fmt: skip


def parameters(dtype="float32", seed=0):
    rng = np.random.default_rng(seed)
    return [
        Parameter(rng.standard_normal(s), f"p{i}", dtype=dtype)
        for i, s in enumerate(SHAPES)
    ]


def gradients(step, dtype="float32"):
    rng = np.random.default_rng(100 + step)
    return [np.asarray(rng.standard_normal(s), dtype) for s in SHAPES]


def run(optimizer, params, steps=range(3)):
    for step in steps:
        optimizer.apply(gradients(step, params[0].dtype), params)
    return [p.data for p in params]


# ---- numbers ----


@pytest.mark.parametrize("blocks", [None, 2], ids=["bundled", "in_blocks"])
@pytest.mark.parametrize("case", cases("optimizers"), ids=str)
def test_trajectory_is_the_recorded_one(case, blocks, monkeypatch):
    if blocks:
        monkeypatch.setattr(pieces, "SMALL", 0)
        monkeypatch.setattr(pieces, "BLOCK", blocks)
    optimizer = optimizers.deserialize(
        {"class_name": case.attrs["class_name"], "config": case.attrs["config"]}
    )
    params = [Parameter(w) for w in case.numbered("weight").values()]
    recorded = list(case.numbered("trajectory").values())
    moves = list(case.numbered("gradients").values())
    for step in range(len(moves[0])):
        optimizer.apply([g[step] for g in moves], params)
        for p, expected in zip(params, recorded, strict=True):
            assert_close(p.data, expected[step], case.rtol)


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from(RULES))
def test_cutting_into_pieces_changes_nothing(block, small, rule):
    expected = run(optimizers.get(rule), parameters("float64"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "BLOCK", block * 100)
        patch.setattr(pieces, "SMALL", small)
        got = run(optimizers.get(rule), parameters("float64"))
    for a, b in zip(got, expected, strict=True):
        assert_array_equal(a, b)


@pytest.mark.parametrize("rule", RULES)
def test_float32_stays_float32(rule):
    optimizer = optimizers.get(rule)
    values = run(optimizer, parameters())
    state = [a for a in optimizer.get_weights() if a.dtype.kind == "f"]
    assert {a.dtype for a in values + state} <= {np.dtype("float32")}


@pytest.mark.parametrize("rule", RULES)
def test_parameters_are_written_in_place_and_marked(rule):
    params = parameters()
    arrays = [p.data for p in params]
    births = [p.node.birth for p in params]
    run(optimizers.get(rule), params, [0])
    assert all(p.data is a for p, a in zip(params, arrays, strict=True))
    assert all(p.node.birth > b for p, b in zip(params, births, strict=True))


@pytest.mark.parametrize("rule", RULES)
def test_gradients_are_left_alone(rule):
    params, moves = parameters(), gradients(0)
    kept = copy.deepcopy(moves)
    optimizers.get({"class_name": rule, "config": {"clipnorm": 0.1}}).apply(
        moves, params
    )
    for got, expected in zip(moves, kept, strict=True):
        assert_array_equal(got, expected)


@pytest.mark.parametrize("rule", RULES)
def test_a_step_allocates_next_to_nothing(rule):
    optimizer, params, moves = optimizers.get(rule), parameters(), gradients(0)
    optimizer.apply(moves, params)
    tracemalloc.start()
    optimizer.apply(moves, params)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8000  # the parameters hold 42 kB


def test_stored_by_columns_a_parameter_moves_too():
    p = Parameter(np.asfortranarray(np.ones((3, 4))))
    p.data = np.asfortranarray(p.data)
    optimizers.SGD(lr=1.0).apply([np.ones((3, 4))], [p])
    assert_array_equal(p.data, np.zeros((3, 4)))


def test_gradients_with_strides_are_read_right():
    p = Parameter(np.zeros((2, 3)))
    g = np.arange(6.0).reshape(3, 2).T
    optimizers.SGD(lr=1.0).apply([g], [p])
    assert_array_equal(p.data, -g)


def test_no_gradient_means_zero():
    params = parameters()
    before = params[0].data.copy()
    optimizers.SGD(lr=1.0).apply([None, *gradients(0)[1:]], params)
    assert_array_equal(params[0].data, before)


def test_gradients_may_be_tensors():
    p = Parameter([1.0, 2.0])
    optimizers.SGD(lr=1.0).apply([Tensor([1.0, 1.0])], [p])
    assert_array_equal(p.data, [0.0, 1.0])


def test_clipnorm_limits_the_length_of_all_gradients_together():
    params = [Parameter([0.0]), Parameter([0.0])]
    optimizers.SGD(lr=1.0, clipnorm=1.0).apply(
        [np.array([3.0]), np.array([4.0])], params
    )
    assert_allclose([p.data[0] for p in params], [-0.6, -0.8])


def test_clipvalue_limits_every_element():
    p = Parameter([0.0, 0.0, 0.0])
    optimizers.SGD(lr=1.0, clipvalue=0.5).apply([np.array([3.0, -4.0, 0.1])], [p])
    assert_allclose(p.data, [-0.5, 0.5, -0.1])


def test_constraint_is_applied_after_the_step():
    p = Parameter([1.0, 1.0])
    p.constraint = lambda w: np.maximum(w, 0)
    optimizers.SGD(lr=1.0).apply([np.array([2.0, 0.5])], [p])
    assert_array_equal(p.data, [0.0, 0.5])


def test_decay_starts_with_the_full_rate():
    p = Parameter([0.0])
    optimizer = optimizers.SGD(lr=1.0, decay=1.0)
    seen = []
    for _ in range(3):
        optimizer.apply([np.array([1.0])], [p])
        seen.append(p.data[0])
    assert_allclose(seen, [-1.0, -1.5, -1.5 - 1 / 3], rtol=1e-6)


# ---- state ----


@pytest.mark.parametrize("rule", RULES)
def test_state_carried_over_continues_the_same_way(rule):
    config = {"momentum": 0.9} if rule == "SGD" else {}
    whole, first, second = (
        optimizers.get({"class_name": rule, "config": config}) for _ in range(3)
    )
    expected = run(whole, parameters(), range(5))
    params = parameters()
    run(first, params, range(3))
    second.set_weights(first.get_weights())  # before the parameters are known
    got = run(second, params, range(3, 5))
    for a, b in zip(got, expected, strict=True):
        assert_allclose(a, b, rtol=1e-6)


def test_state_has_the_layout_of_keras():
    params = parameters()
    layout = {
        rule: [a.shape for a in _trained(rule, params).get_weights()] for rule in RULES
    }
    once = [p.shape for p in params]
    assert layout["SGD"] == [(), *once]
    assert layout["RMSprop"] == layout["Adagrad"] == once
    assert layout["Adadelta"] == [*once, *once]
    assert layout["Adam"] == [(), *once, *once, *[(1,)] * len(once)]
    assert layout["Adamax"] == layout["Nadam"] == [(), *once, *once]


def _trained(rule, params):
    optimizer = optimizers.get(rule)
    run(optimizer, params, [0])
    return optimizer


def test_momentum_has_the_sign_of_keras():
    p = Parameter([0.0])
    optimizer = optimizers.SGD(lr=0.5, momentum=0.9)
    optimizer.apply([np.array([1.0])], [p])
    assert_allclose(optimizer.get_weights()[1], [-0.5])


def test_state_of_another_model_is_refused():
    optimizer = _trained("Adam", parameters())
    with pytest.raises(
        ValueError, match="Adam: set_weights needs arrays of the shapes"
    ):
        optimizer.set_weights([np.zeros(3)])


def test_more_parameters_keep_what_is_known():
    params = parameters()
    optimizer = optimizers.Adagrad()
    optimizer.apply(gradients(0)[:2], params[:2])
    known = optimizer.get_weights()
    optimizer.prepare(params)
    for array, expected in zip(optimizer.get_weights()[:2], known, strict=True):
        assert_array_equal(array, expected)


# ---- settings ----


@pytest.mark.parametrize("rule", RULES)
def test_defaults_and_configuration_are_those_of_keras(rule):
    assert optimizers.get(rule).get_config() == DEFAULTS[rule]


@pytest.mark.parametrize("rule", RULES)
def test_serialize_and_deserialize_are_inverse(rule):
    optimizer = optimizers.get(
        {"class_name": rule, "config": {"lr": 0.5, "clipnorm": 2.0}}
    )
    again = optimizers.deserialize(optimizers.serialize(optimizer))
    assert type(again) is type(optimizer)
    assert again.get_config() == optimizer.get_config()
    assert again.clipnorm == 2.0


@pytest.mark.parametrize("name", ["sgd", "SGD", "Sgd", "rmsprop", "RMSProp", "ADAM"])
def test_names_are_understood_in_any_case(name):
    assert type(optimizers.get(name)).__name__.lower() == name.lower()


def test_numbers_may_be_given_in_the_order_of_keras():
    optimizer = optimizers.SGD(0.1, 0.9, 1e-6, True)
    assert optimizer.get_config() == {
        "lr": 0.1, "momentum": 0.9, "decay": 1e-6, "nesterov": True
    }  # fmt: skip


def test_lr_can_be_read_and_set():
    optimizer = optimizers.Adam()
    optimizer.lr = np.float32(0.5)
    assert optimizer.lr == 0.5
    optimizer.lr.assign(0.25)  # what K.set_value(optimizer.lr, 0.25) does
    assert float(optimizer.lr) == 0.25
    optimizer.lr *= 2
    assert optimizer.lr == 0.5
    assert copy.deepcopy(optimizer.lr) == 0.5


def test_lr_counts_from_the_next_step_on():
    p = Parameter([0.0])
    optimizer = optimizers.SGD(lr=1.0)
    optimizer.lr = 0.1
    optimizer.apply([np.array([1.0])], [p])
    assert_allclose(p.data, [-0.1])


def test_repr_shows_the_settings():
    assert repr(optimizers.SGD(lr=0.5)).startswith("SGD(lr=0.5, momentum=0.0")


# ---- errors ----


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"lr": -1}, "`lr` must be a number ≥ 0, got -1"),
        ({"lr": "fast"}, "`lr` must be a number ≥ 0, got 'fast'"),
        ({"learning_rate": 1}, "keyword argument not understood: 'learning_rate'"),
        ({"clipnorm": 0}, "Adam: `clipnorm` must be a positive number, got 0"),
        ({"clipvalue": "a"}, "Adam: `clipvalue` must be a positive number, got 'a'"),
        ({"beta_1": 1.0}, r"`beta_1` must be a number in \[0, 1\), got 1.0"),
        ({"epsilon": -1.0}, "`epsilon` must be a number ≥ 0, got -1.0"),
    ],
)
def test_bad_setting_is_refused_by_name(config, message):
    with pytest.raises((ValueError, TypeError), match=message):
        optimizers.Adam(**config)


def test_bad_lr_is_refused_later_too():
    optimizer = optimizers.SGD()
    with pytest.raises(ValueError, match="SGD: `lr` must be a number ≥ 0, got -0"):
        optimizer.lr = -0.1


@pytest.mark.parametrize("bad", ["sdg", 3, len])
def test_what_is_no_optimizer_is_refused(bad):
    with pytest.raises(ValueError, match="optimizer"):
        optimizers.get(bad)


def test_gradient_of_the_wrong_shape_is_refused():
    with pytest.raises(
        ValueError, match=r"gradient of w must have shape \(2,\), got \(3,\)"
    ):
        optimizers.SGD().apply([np.zeros(3)], [Parameter([0.0, 0.0], "w")])

"""Penalties and projections: Keras's numbers, names, configurations and number types."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tensorlearn import constraints, optimizers, regularizers
from tensorlearn.autograd import Parameter, Tensor
from tensorlearn.declare import Keras1Warning
from tensorlearn.declare.registry import constraints as constraint_names
from tensorlearn.declare.registry import regularizers as regularizer_names
from tests.golden_cases import assert_close, cases

KERAS1 = ["l1l2", "activity_l1", "activity_l2", "activity_l1l2"]
KERAS2 = ["L1L2", "l1", "l2", "l1_l2"]
CONSTRAINTS = {
    "MaxNorm": ["max_norm", "maxnorm"],
    "NonNeg": ["non_neg", "nonneg"],
    "UnitNorm": ["unit_norm", "unitnorm"],
    "MinMaxNorm": ["min_max_norm", "minmaxnorm"],
}
GOLDEN = cases("regularizers_constraints")


def test_all_names_of_keras_are_registered_and_no_others():
    aliases = [alias for names in CONSTRAINTS.values() for alias in names]
    assert set(regularizer_names.known) == {*KERAS2, *KERAS1}
    assert set(constraint_names.known) == {*CONSTRAINTS, *aliases}


# ---- regularizers ----


@pytest.mark.parametrize(
    "case", [c for c in GOLDEN if c.kind == "regularizer"], ids=str
)
def test_penalties_and_their_gradients_are_those_of_keras(case):
    made = regularizers.deserialize(
        {"class_name": case.attrs["class_name"], "config": case.attrs["config"]}
    )
    x = Tensor(case.arrays["input_0"], requires_grad=True)
    y = made(x)
    assert_close(y.numpy(), case.arrays["output_0"], case.rtol)
    if "grad_input_0" in case.arrays:
        y.backward(case.arrays["cotangent_0"])
        assert_close(x.grad, case.arrays["grad_input_0"], case.rtol)


@pytest.mark.parametrize("name", KERAS2)
def test_a_penalty_is_one_float32_number(name):
    penalty = regularizers.get(name)(Parameter(np.ones((2, 3), "float32")))
    assert isinstance(penalty, Tensor)
    assert (penalty.shape, penalty.dtype) == ((), np.float32)


@pytest.mark.parametrize(
    ("made", "config"),
    [
        (regularizers.L1L2(), {"l1": 0.0, "l2": 0.0}),
        (regularizers.L1L2(0.1, 0.2), {"l1": 0.1, "l2": 0.2}),
        (regularizers.l1(), {"l1": 0.01, "l2": 0.0}),
        (regularizers.l2(0.5), {"l1": 0.0, "l2": 0.5}),
        (regularizers.l2(l=0.5), {"l1": 0.0, "l2": 0.5}),
        (regularizers.l1_l2(), {"l1": 0.01, "l2": 0.01}),
    ],
)
def test_regularizer_configurations_are_those_of_keras(made, config):
    written = json.loads(json.dumps(regularizers.serialize(made)))
    assert written == {"class_name": "L1L2", "config": config}
    assert regularizers.get(written).get_config() == config


@pytest.mark.parametrize(
    ("name", "call", "config"),
    [
        ("l1l2", r"l1_l2\(l1=0.1, l2=0.01\)", {"l1": 0.1, "l2": 0.01}),
        ("activity_l1", r"l1\(0.1\)", {"l1": 0.1, "l2": 0.0}),
        ("activity_l2", r"l2\(0.1\)", {"l1": 0.0, "l2": 0.1}),
        ("activity_l1l2", r"l1_l2\(l1=0.1, l2=0.01\)", {"l1": 0.1, "l2": 0.01}),
    ],
)
def test_keras_1_regularizers_still_work_and_say_their_new_name(name, call, config):
    with pytest.warns(Keras1Warning, match=f"Update your `{name}` call .*: `{call}`"):
        made = getattr(regularizers, name)(0.1)
    assert made.get_config() == config


def test_a_regularizer_may_be_any_function():
    def penalty(w):
        return (w * w * w).sum()

    assert regularizers.get(penalty) is penalty
    assert regularizers.deserialize("penalty", {"penalty": penalty}) is penalty


# ---- constraints ----


@pytest.mark.parametrize("case", [c for c in GOLDEN if c.kind == "constraint"], ids=str)
def test_constrained_weights_are_those_of_keras(case):
    made = constraints.deserialize(
        {"class_name": case.attrs["class_name"], "config": case.attrs["config"]}
    )
    assert_close(made(case.arrays["input_0"]), case.arrays["output_0"], case.rtol)
    assert_close(
        made(Tensor(case.arrays["input_0"])), case.arrays["output_0"], case.rtol
    )


@pytest.mark.parametrize("name", list(constraint_names.known))
def test_constraints_keep_float32_and_leave_the_weight_alone(name):
    before = np.linspace(-3, 3, 12, dtype="float32").reshape(4, 3)
    weight = Parameter(before.copy())
    after = constraints.get(name)(weight)
    assert isinstance(after, np.ndarray)
    assert after.dtype == np.float32
    np.testing.assert_array_equal(weight.numpy(), before)


@pytest.mark.parametrize(
    ("made", "config"),
    [
        (constraints.MaxNorm(), {"max_value": 2, "axis": 0}),
        (constraints.MaxNorm(3, [0, 1]), {"max_value": 3, "axis": [0, 1]}),
        (constraints.NonNeg(), {}),
        (constraints.UnitNorm(), {"axis": 0}),
        (
            constraints.MinMaxNorm(0.5, 1.5, 0.3, 1),
            {"min_value": 0.5, "max_value": 1.5, "rate": 0.3, "axis": 1},
        ),
    ],
    ids=lambda made: type(made).__name__,
)
def test_constraint_configurations_are_those_of_keras(made, config):
    written = json.loads(json.dumps(constraints.serialize(made)))
    assert written == {"class_name": type(made).__name__, "config": config}
    assert constraints.get(written).get_config() == config


def test_lower_case_names_are_the_classes():
    for name, aliases in CONSTRAINTS.items():
        for alias in aliases:
            assert constraint_names.find(alias) is getattr(constraints, name)


WEIGHTS = hnp.arrays("float64", (4, 3), elements=st.floats(-5, 5))


@given(WEIGHTS)
def test_max_norm_shortens_and_keeps_what_is_short(w):
    after = constraints.MaxNorm(2)(w)
    length = np.linalg.norm(w, axis=0)
    assert (np.linalg.norm(after, axis=0) <= 2 + 1e-9).all()
    np.testing.assert_allclose(after[:, length <= 2], w[:, length <= 2], atol=1e-6)


@given(WEIGHTS)
def test_non_neg_leaves_no_negative(w):
    np.testing.assert_array_equal(constraints.NonNeg()(w), np.where(w > 0, w, 0))


@given(WEIGHTS)
def test_unit_norm_gives_length_one(w):
    length = np.linalg.norm(constraints.UnitNorm()(w), axis=0)
    long = np.linalg.norm(w, axis=0) > 0.01
    np.testing.assert_allclose(length[long], 1, atol=1e-4)


def test_min_max_norm_goes_part_of_the_way():
    w = np.array([[4.0], [0.0]])
    halfway = constraints.MinMaxNorm(0, 2, rate=0.5)(w)
    np.testing.assert_allclose(halfway, [[3.0], [0.0]], atol=1e-6)


def test_keras_1_max_norm_argument():
    with pytest.warns(Keras1Warning, match=r"`MaxNorm\(max_value=3\)`"):
        made = constraints.maxnorm(m=3)
    assert made.max_value == 3


@pytest.mark.parametrize("axis", ["0", 1.5, (0, "1"), True])
def test_an_axis_must_be_an_integer(axis):
    with pytest.raises(
        TypeError, match="UnitNorm: `axis` must be an integer or a tuple"
    ):
        constraints.UnitNorm(axis)


# ---- both ----


@pytest.mark.parametrize("module", [regularizers, constraints])
def test_none_is_none(module):
    assert module.get(None) is None
    assert module.serialize(None) is None


def test_misspelt_names_are_corrected():
    with pytest.raises(
        ValueError, match=r"Unknown regularizer: 'l3'; .*custom_objects"
    ):
        regularizers.get("l3")
    with pytest.raises(
        ValueError, match="Unknown constraint: 'maxnrm'; did you mean 'max"
    ):
        constraints.get("maxnrm")


@pytest.mark.parametrize("base", [regularizers.Regularizer, constraints.Constraint])
def test_the_base_class_says_what_is_missing(base):
    with pytest.raises(NotImplementedError, match="must define __call__"):
        base()(np.ones(1))


def test_constraint_along_an_axis_that_is_not_there_is_refused():
    with pytest.raises(
        ValueError, match=r"MaxNorm: `axis` 3 is none of a weight of shape \(2, 2\)"
    ):
        constraints.MaxNorm(2, axis=3)(np.ones((2, 2)))


def test_constraint_that_returns_another_shape_is_refused():
    weight = Parameter(np.ones((2, 2)), "w")
    weight.constraint = lambda w: w[:1]
    with pytest.raises(
        ValueError, match=r"constraint of w must return .* \(2, 2\), got \(1, 2\)"
    ):
        optimizers.SGD().apply([np.ones((2, 2))], [weight])


def test_what_is_declared_shows_how_it_was_made():
    assert repr(regularizers.l2(0.1)) == "L1L2(l1=0.0, l2=0.1)"
    assert repr(constraints.NonNeg()) == "NonNeg()"

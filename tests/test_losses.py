"""Losses: recorded values and gradients, averages left to others, targets of any type."""

import inspect

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tensorlearn import config, losses
from tensorlearn.autograd import Tensor, grad
from tensorlearn.declare.registry import losses as registry
from tests.golden_cases import assert_close, cases

LOSSES = [case for case in cases("losses") if case.kind == "loss"]
IN_FLOAT32 = [case for case in LOSSES if not case.attrs.get("float64_only")]
NAMES = sorted({function.__name__ for function in registry.known.values()})


def example(name, dtype="float32"):
    """Targets and predictions that suit every loss of that name."""
    rng = np.random.default_rng(3)
    y_pred = rng.uniform(0.1, 0.9, (5, 4)).astype(dtype)
    if name == "sparse_categorical_crossentropy":
        return rng.integers(0, 4, 5), y_pred
    return np.eye(4, dtype=dtype)[rng.integers(0, 4, 5)], y_pred


@pytest.mark.parametrize("case", LOSSES, ids=str)
def test_value_is_the_recorded_one(case):
    got = losses.get(case.attrs["function"])(
        case.arrays["y_true"], case.arrays["input_0"]
    )
    assert_close(got, case.arrays["output_0"], case.rtol)


@pytest.mark.parametrize("case", LOSSES, ids=str)
def test_gradient_is_the_recorded_one(case):
    y_pred = Tensor(case.arrays["input_0"], requires_grad=True)
    y = losses.get(case.attrs["function"])(case.arrays["y_true"], y_pred)
    got = grad(y, y_pred, case.arrays["cotangent_0"])
    assert_close(got, case.arrays["grad_input_0"], case.rtol)


@pytest.mark.parametrize("case", IN_FLOAT32, ids=str)
def test_float32_agrees_with_float64(case):
    y_pred = Tensor(case.arrays["input_0"], dtype="float32")
    y = losses.get(case.attrs["function"])(case.arrays["y_true"], y_pred)
    assert y.dtype == np.float32
    expected = case.arrays["output_0"]
    assert_allclose(y.numpy(), expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())


def test_every_loss_of_keras_is_there():
    assert len(NAMES) == 14
    assert {case.attrs["function"] for case in LOSSES} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_loss_keeps_float32_whatever_the_targets_are(name):
    y_true, y_pred = example(name)
    for dtype in ("float64", "int64", "bool"):
        given = y_true if y_true.ndim == 1 else y_true.astype(dtype)
        y = losses.get(name)(given, Tensor(y_pred, requires_grad=True))
        assert y.dtype == np.float32
        assert y.shape == (5,)


@pytest.mark.parametrize("name", NAMES)
def test_loss_accepts_lists_and_arrays(name):
    y_true, y_pred = example(name)
    listed = losses.get(name)(y_true.tolist(), y_pred.tolist())
    assert_allclose(listed, losses.get(name)(y_true, y_pred), rtol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_loss_can_be_differentiated_twice(name):
    config.set_floatx("float64")
    y_true, y_pred = example(name, "float64")
    x = Tensor(y_pred, requires_grad=True)
    first = grad(losses.get(name)(y_true, x).sum(), x, create_graph=True)
    if first.requires_grad:
        second = grad(first.sum(), x, allow_unused=True)
        assert second is None or np.isfinite(second).all()


@pytest.mark.parametrize("name", sorted(registry.known))
def test_alias_is_an_attribute_of_the_module(name):
    assert getattr(losses, name) is losses.get(name)


@pytest.mark.parametrize("name", NAMES)
def test_serialize_and_deserialize_are_inverse(name):
    assert losses.serialize(losses.get(name)) == name
    assert losses.deserialize(name) is losses.get(name)


@pytest.mark.parametrize("name", NAMES)
def test_docstring_tells_the_shapes(name):
    assert "->" in inspect.getdoc(losses.get(name))


def test_cosine_proximity_of_equal_vectors_is_minus_one():
    assert_allclose(
        losses.cosine_proximity([[3.0, 4.0]], [[6.0, 8.0]]), [-1.0], rtol=1e-6
    )


def test_logcosh_of_a_huge_error_is_finite():
    assert_allclose(losses.logcosh([[0.0]], [[1e4]]), [1e4 - np.log(2)], rtol=1e-6)


def test_saturated_predictions_have_a_finite_loss():
    got = losses.binary_crossentropy(
        [[1.0], [0.0]], np.array([[0.0], [1.0]], "float32")
    )
    assert_allclose(got, [16.118, 15.942], rtol=1e-3)


def test_epsilon_of_the_settings_limits_probabilities():
    config.set_epsilon(0.1)
    got = losses.categorical_crossentropy([[1.0, 0.0]], np.array([[0.0, 1.0]]))
    assert_allclose(got, [-np.log(0.1)])


@pytest.mark.parametrize("shape", [(5,), (5, 1)])
def test_sparse_crossentropy_takes_column_or_row(shape):
    y_true, y_pred = example("sparse_categorical_crossentropy")
    expected = losses.categorical_crossentropy(np.eye(4)[y_true], y_pred)
    got = losses.sparse_categorical_crossentropy(y_true.reshape(shape), y_pred)
    assert_allclose(got, expected, rtol=1e-5)


@pytest.mark.parametrize("bad", [4, -1])
def test_sparse_crossentropy_refuses_what_is_no_class(bad):
    with pytest.raises(ValueError, match=r"class numbers in 0\.\.3 \(the output has 4"):
        losses.sparse_categorical_crossentropy([bad], np.ones((1, 4)) / 4)


def test_sparse_crossentropy_refuses_one_hot_targets():
    with pytest.raises(
        ValueError, match="one-hot targets use categorical_crossentropy"
    ):
        losses.sparse_categorical_crossentropy(np.eye(4), np.ones((4, 4)) / 4)


def test_unknown_name_is_refused_with_a_suggestion():
    with pytest.raises(
        ValueError, match="Unknown loss function: 'mze'; did you mean 'mse'"
    ):
        losses.get("mze")


def test_none_stays_none():
    assert losses.get(None) is None

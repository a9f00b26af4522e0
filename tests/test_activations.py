"""Activation functions: Keras's numbers, names, number types, and what cannot be done."""

import numpy as np
import pytest

from tensorlearn import activations, ops
from tensorlearn.autograd import Tensor
from tensorlearn.declare.registry import activations as registry
from tensorlearn.engine import Input
from tensorlearn.models.network import Network
from tests.golden_cases import assert_close, cases

NAMES = ["elu", "exponential", "hard_sigmoid", "linear", "relu", "selu", "sigmoid"]
NAMES += ["softmax", "softplus", "softsign", "tanh"]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_all_names_of_keras_are_registered_and_no_others():
    assert sorted(registry.known) == NAMES


@pytest.mark.parametrize("case", cases("activations"), ids=str)
def test_values_and_gradients_are_those_of_keras(case):
    x = Tensor(case.arrays["input_0"], requires_grad=True)
    y = activations.get(case.attrs["function"])(x, **case.attrs["config"])
    y.backward(case.arrays["cotangent_0"])
    assert_close(y.numpy(), case.arrays["output_0"], case.rtol)
    assert_close(x.grad, case.arrays["grad_input_0"], case.rtol)


def test_every_name_has_a_golden_case():
    assert {case.attrs["function"] for case in cases("activations")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_name_and_function_are_each_others_inverse(name):
    function = activations.get(name)
    assert activations.serialize(function) == name
    assert activations.deserialize(name) is function
    assert activations.get(function) is function
    assert getattr(activations, name) is function


@pytest.mark.parametrize("name", NAMES)
def test_arrays_tensors_and_symbols_agree_in_float32(name, rng):
    function = activations.get(name)
    x = rng.normal(size=(4, 3)).astype("float32")
    symbol = Input(shape=(3,))
    y = function(symbol)
    assert y.shape == (None, 3)
    replayed = Network(symbol, y)(x) if y is not symbol else Tensor(x)
    for result in (function(x), function(Tensor(x)).numpy(), replayed.numpy()):
        assert result.dtype == np.float32
        np.testing.assert_array_equal(result, function(x))


@pytest.mark.parametrize("name", [n for n in NAMES if n != "exponential"])
def test_no_overflow_far_from_zero(name):
    x = Tensor(np.array([[-1e4, -100.0, 100.0, 1e4]], "float32"), requires_grad=True)
    y = activations.get(name)(x)
    y.sum().backward()
    assert np.isfinite(y.numpy()).all()
    assert np.isfinite(x.grad).all()


@pytest.mark.parametrize(
    ("name", "slope"),
    [("relu", 0.0), ("elu", 1.0), ("selu", 1.0507009873554805), ("hard_sigmoid", 0.2)],
)
def test_slope_at_zero(name, slope):
    x = Tensor(np.zeros((1, 1)), requires_grad=True)
    activations.get(name)(x).sum().backward()
    np.testing.assert_allclose(x.grad, [[slope]])


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [0, 0, 0, 1, 3]),
        ({"alpha": 0.5}, [-1, -0.5, 0, 1, 3]),
        ({"max_value": 2}, [0, 0, 0, 1, 2]),
        ({"threshold": 1}, [0, 0, 0, 0, 3]),
        ({"alpha": 0.5, "threshold": 1}, [-1.5, -1, -0.5, 0, 3]),
        ({"alpha": 0.5, "threshold": 1, "max_value": 2}, [-1.5, -1, -0.5, 0, 2]),
    ],
    ids=str,
)
def test_relu_with_slope_cap_and_threshold(settings, expected):
    x = np.array([-2.0, -1, 0, 1, 3])
    np.testing.assert_array_equal(activations.relu(x, **settings), expected)


def test_plain_relu_is_one_fast_operation():
    y = activations.relu(Tensor([1.0], requires_grad=True))
    assert y.node.primitive is ops.relu


def test_softmax_adds_up_to_one_along_the_axis(rng):
    x = rng.normal(size=(2, 3, 4))
    np.testing.assert_allclose(activations.softmax(x).sum(-1), 1)
    np.testing.assert_allclose(activations.softmax(x, axis=1).sum(1), 1)


def test_softmax_refuses_a_single_vector():
    with pytest.raises(ValueError, match=r"batch axis.*got shape \(3,\); add one with"):
        activations.softmax(np.ones(3))


def test_selu_keeps_mean_and_variance(rng):
    y = activations.selu(rng.normal(size=100_000))
    assert abs(y.mean()) < 0.02
    assert abs(y.var() - 1) < 0.02


def test_none_is_linear():
    assert activations.get(None) is activations.linear


def test_a_function_of_ones_own_is_kept():
    def swish(x):
        return x * ops.sigmoid(x)

    assert activations.get(swish) is swish
    assert activations.serialize(swish) == "swish"
    assert activations.deserialize("swish", {"swish": swish}) is swish


def test_a_misspelt_name_is_corrected():
    with pytest.raises(
        ValueError, match=r"Unknown activation function: 'rleu'; did you "
    ):
        activations.get("rleu")


def test_nonsense_is_refused():
    with pytest.raises(
        ValueError, match=r"Could not interpret activation function .*: 5"
    ):
        activations.get(5)

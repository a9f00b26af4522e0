"""Metrics: recorded values, both shapes of class numbers, arrays out whatever comes in."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tensorlearn import losses, metrics
from tensorlearn.autograd import Tensor
from tensorlearn.declare.registry import losses as loss_registry
from tests.golden_cases import assert_close, cases

ACCURACIES = (
    "binary_accuracy",
    "categorical_accuracy",
    "sparse_categorical_accuracy",
    "top_k_categorical_accuracy",
    "sparse_top_k_categorical_accuracy",
)


@pytest.mark.parametrize("case", cases("metrics"), ids=str)
def test_value_is_the_recorded_one(case):
    function = metrics.get(case.attrs["function"])
    arrays = case.arrays["y_true"], case.arrays["input_0"]
    got = function(*arrays, **case.attrs.get("config", {}))
    assert_close(got, case.arrays["output_0"], case.rtol)


@pytest.mark.parametrize("name", ACCURACIES)
def test_metric_of_tensors_is_an_array_of_float32(name):
    y_true = np.eye(6, dtype="float32")[:4]
    if "sparse" in name:
        y_true = y_true.argmax(axis=1)
    y_pred = Tensor(np.eye(6)[[0, 1, 2, 5]], dtype="float32", requires_grad=True)
    got = metrics.get(name)(Tensor(y_true), y_pred)
    assert isinstance(got, np.ndarray)
    assert got.dtype == np.float32


@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_sparse_accuracy_takes_column_or_row(shape):
    y_true = np.array([0, 1, 2, 0]).reshape(shape)
    got = metrics.sparse_categorical_accuracy(y_true, np.eye(3)[[0, 1, 1, 0]])
    assert got.tolist() == [1, 1, 0, 1]


def test_sparse_accuracy_of_sequences_has_one_value_per_step():
    y_true = np.array([[0, 1], [2, 2]])
    got = metrics.sparse_categorical_accuracy(y_true, np.eye(3)[[[0, 1], [2, 1]]])
    assert got.tolist() == [[1, 1], [1, 0]]


def test_binary_accuracy_is_the_share_of_right_outputs():
    got = metrics.binary_accuracy([[1, 0], [1, 1]], np.array([[0.7, 0.2], [0.4, 0.9]]))
    assert got.tolist() == [1.0, 0.5]


def test_top_k_counts_ties_as_hits():
    y_pred = np.full((1, 4), 0.25)
    assert metrics.sparse_top_k_categorical_accuracy([3], y_pred, k=1) == 1.0


def test_top_k_default_is_five():
    y_pred = np.arange(8.0)[None]
    hits = [
        float(metrics.sparse_top_k_categorical_accuracy([c], y_pred)) for c in range(8)
    ]
    assert hits == [0, 0, 0, 1, 1, 1, 1, 1]


def test_top_k_refuses_zero():
    with pytest.raises(ValueError, match="`k` must be at least 1, got 0"):
        metrics.top_k_categorical_accuracy(np.eye(3), np.eye(3), k=0)


@pytest.mark.parametrize("name", sorted(loss_registry.known))
def test_every_loss_is_a_metric(name):
    assert metrics.get(name) is losses.get(name) is getattr(metrics, name)


@pytest.mark.parametrize("name", ACCURACIES)
def test_serialize_and_deserialize_are_inverse(name):
    assert metrics.serialize(metrics.get(name)) == name
    assert metrics.deserialize(name) is getattr(metrics, name)


def test_metric_of_lists_works():
    assert_allclose(metrics.categorical_accuracy([[0, 1]], [[0.2, 0.8]]), [1.0])


def test_unknown_name_is_refused_with_a_suggestion():
    with pytest.raises(ValueError, match="did you mean 'binary_accuracy'"):
        metrics.get("binary_acuracy")

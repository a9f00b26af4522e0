"""Advanced activations at the places where they bend."""

import numpy as np
import pytest

from tensorlearn.layers import (
    ELU,
    Input,
    LeakyReLU,
    PReLU,
    ReLU,
    Softmax,
    ThresholdedReLU,
)

X = np.array([[-2.0, -0.5, 0.0, 0.5, 1.0, 8.0]], "float32")


@pytest.mark.parametrize(
    ("layer", "wanted"),
    [
        (LeakyReLU(), [-0.6, -0.15, 0, 0.5, 1, 8]),
        (LeakyReLU(0.1), [-0.2, -0.05, 0, 0.5, 1, 8]),
        (ELU(2.0), [2 * np.expm1(-2), 2 * np.expm1(-0.5), 0, 0.5, 1, 8]),
        (ThresholdedReLU(), [0, 0, 0, 0, 0, 8]),
        (ReLU(6.0), [0, 0, 0, 0.5, 1, 6]),
        (ReLU(negative_slope=0.5, threshold=0.5), [-1.25, -0.5, -0.25, 0, 1, 8]),
        (PReLU("ones"), [-2, -0.5, 0, 0.5, 1, 8]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values(layer, wanted):
    np.testing.assert_allclose(layer(X).numpy(), [wanted], rtol=1e-6, atol=1e-7)


def test_softmax_adds_up_to_one():
    y = Softmax(axis=1)(np.ones((2, 3, 4))).numpy()
    np.testing.assert_allclose(y.sum(1), 1, rtol=1e-6)


def test_prelu_has_an_alpha_per_feature():
    layer = PReLU()
    layer.ensure_built((None, 4, 5, 3))
    assert layer.alpha.shape == (4, 5, 3)
    shared = PReLU(shared_axes=[1, 2])
    shared.ensure_built((None, None, None, 3))
    assert shared.alpha.shape == (1, 1, 3)


def test_prelu_wants_known_lengths_or_shared_axes():
    with pytest.raises(
        ValueError, match=r"unknown length; share it: shared_axes=\[1\]"
    ):
        PReLU()(Input((None, 3)))


def test_prelu_refuses_another_shape_later():
    layer = PReLU()
    layer(X)
    with pytest.raises(ValueError, match=r"expected axis 1 to have length 6"):
        layer(np.ones((2, 5)))


@pytest.mark.parametrize("axes", ["1", 0, [1.5]])
def test_prelu_shared_axes_are_checked(axes):
    with pytest.raises(
        ValueError, match=r"`shared_axes` must be an axis number from 1"
    ):
        PReLU(shared_axes=axes)


@pytest.mark.parametrize(
    "make",
    [
        lambda: LeakyReLU(-0.1),
        lambda: ThresholdedReLU(-1),
        lambda: ReLU(-1),
        lambda: ReLU(negative_slope=-1),
    ],
)
def test_negative_arguments_are_refused(make):
    with pytest.raises(ValueError, match=r"must be a number ≥ 0, got -"):
        make()

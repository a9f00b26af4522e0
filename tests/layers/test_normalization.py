"""Normalization: batch statistics, moving averages, and frozen layers."""

import numpy as np
import pytest

from tensorlearn.declare.keras1 import Keras1Warning
from tensorlearn.layers import BatchNormalization, Dense, Input, LayerNormalization

X = (np.random.default_rng(0).normal(size=(8, 5, 3)) * 4 + 7).astype("float32")


def test_batch_normalization_gives_mean_0_and_variance_1():
    y = BatchNormalization()(X, training=True).numpy()
    np.testing.assert_allclose(y.mean((0, 1)), 0, atol=1e-5)
    np.testing.assert_allclose(y.var((0, 1)), 1, rtol=1e-3)


def test_batch_normalization_uses_moving_averages_in_inference():
    layer = BatchNormalization()
    np.testing.assert_allclose(layer(X).numpy(), X / np.sqrt(1.001), rtol=1e-5)
    mean, variance = np.array([1.0, 2, 3]), np.array([4.0, 5, 6])
    layer.set_weights([np.ones(3), np.zeros(3), mean, variance])
    wanted = (X - mean) / np.sqrt(variance + 1e-3)
    np.testing.assert_allclose(layer(X).numpy(), wanted, rtol=1e-5)


def test_batch_normalization_moves_its_averages():
    layer = BatchNormalization(momentum=0.9)
    layer(X, training=True)
    n = 40
    _, _, mean, variance = layer.get_weights()
    np.testing.assert_allclose(mean, 0.1 * X.mean((0, 1)), rtol=1e-5)
    wanted = 0.9 + 0.1 * X.var((0, 1)) * n / (n - 1.001)
    np.testing.assert_allclose(variance, wanted, rtol=1e-5)


def test_batch_normalization_learns_gamma_and_beta_only():
    layer = BatchNormalization()
    layer.ensure_built((None, 3))
    assert [w.name.split("/")[1] for w in layer.weights] == [
        "gamma:0",
        "beta:0",
        "moving_mean:0",
        "moving_variance:0",
    ]
    assert len(layer.trainable_weights) == 2


def test_batch_normalization_frozen_is_in_inference_mode():
    layer = BatchNormalization()
    layer(X, training=True)
    before = layer.get_weights()
    layer.trainable = False
    still = layer(X, training=True).numpy()
    np.testing.assert_array_equal(still, layer(X).numpy())
    for now, then in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize("axis", [1, 2, -1])
def test_batch_normalization_of_any_axis(axis):
    layer = BatchNormalization(axis=axis)
    y = layer(X, training=True).numpy()
    others = tuple(i for i in range(3) if i != axis % 3)
    np.testing.assert_allclose(y.mean(others), 0, atol=1e-5)
    assert layer(X).shape == X.shape


def test_batch_normalization_is_exact_far_from_zero():
    far = (X + 1e4).astype("float32")
    y = BatchNormalization()(far, training=True).numpy()
    wanted = BatchNormalization()(far - np.float32(1e4), training=True).numpy()
    np.testing.assert_allclose(y, wanted, atol=2e-3)


def test_batch_of_one_keeps_the_variance_positive():
    layer = BatchNormalization()
    layer(np.ones((1, 3)), training=True)
    assert (layer.get_weights()[3] > 0).all()


def test_empty_batch_is_refused_in_training():
    with pytest.raises(ValueError, match=r"an empty batch \(shape \(0, 3\)\)"):
        BatchNormalization()(np.ones((0, 3)), training=True)


@pytest.mark.parametrize("axis", [0, 3, -3])
@pytest.mark.parametrize("cls", [BatchNormalization, LayerNormalization])
def test_axis_must_exist_and_not_be_the_batch(cls, axis):
    with pytest.raises(ValueError, match=r"`axis` must be"):
        cls(axis=axis)(X)


def test_channels_must_be_known():
    with pytest.raises(ValueError, match=r"axis 2 .* must have a known length"):
        BatchNormalization()(Input((5, None)))


def test_batch_normalization_takes_nothing_by_position():
    with pytest.raises(TypeError, match=r"only 0 positional arguments"):
        BatchNormalization(1)


def test_batch_normalization_keras1_mode():
    with pytest.warns(Keras1Warning, match=r"BatchNormalization\(\)"):
        BatchNormalization(mode=0)
    with pytest.raises(TypeError, match=r"`mode`=0 of Keras 1 .*LayerNormalization"):
        BatchNormalization(mode=1)


def test_layer_normalization_is_per_sample():
    y = LayerNormalization()(X).numpy()
    np.testing.assert_allclose(y.mean(-1), 0, atol=1e-5)
    alone = LayerNormalization()(X[:1]).numpy()
    np.testing.assert_allclose(alone, y[:1], rtol=1e-5)


def test_layer_normalization_of_several_axes():
    layer = LayerNormalization(axis=[1, 2])
    y = layer(X).numpy()
    assert layer.gamma.shape == (5, 3)
    np.testing.assert_allclose(y.mean((1, 2)), 0, atol=1e-5)


@pytest.mark.parametrize("axis", ["1", [1, 1], 1.5])
def test_layer_normalization_axis_is_checked(axis):
    with pytest.raises(ValueError, match=r"`axis` must be an axis, or a list"):
        LayerNormalization(axis=axis)


def test_normalization_follows_a_dense_layer():
    x = Input((4,))
    assert BatchNormalization()(Dense(3)(x)).shape == (None, 3)

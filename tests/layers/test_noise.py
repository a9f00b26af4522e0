"""Noise layers: how strong, and only while training."""

import numpy as np
import pytest

from tensorlearn.layers import (
    AlphaDropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout3D,
)

X = np.random.default_rng(0).normal(size=(400, 250)).astype("float32")


@pytest.mark.parametrize(
    "layer", [GaussianNoise(1.0), GaussianDropout(0.5), AlphaDropout(0.5)], ids=repr
)
def test_noise_is_silent_in_inference(layer):
    np.testing.assert_array_equal(layer(X).numpy(), X)


def test_gaussian_noise_has_its_stddev():
    noise = GaussianNoise(0.3)(X, training=True).numpy() - X
    assert noise.mean() == pytest.approx(0, abs=5e-3)
    assert noise.std() == pytest.approx(0.3, rel=0.02)


def test_gaussian_dropout_multiplies_by_noise_around_one():
    factor = GaussianDropout(0.2)(np.ones_like(X), training=True).numpy()
    assert factor.mean() == pytest.approx(1, abs=5e-3)
    assert factor.std() == pytest.approx(0.5, rel=0.02)


def test_alpha_dropout_keeps_mean_and_variance():
    y = AlphaDropout(0.3)(X, training=True).numpy()
    assert y.mean() == pytest.approx(0, abs=0.02)
    assert y.std() == pytest.approx(1, abs=0.02)


def test_alpha_dropout_shares_along_noise_shape():
    y = AlphaDropout(0.5, noise_shape=(None, 1))(
        np.zeros_like(X), training=True
    ).numpy()
    assert (y == y[:, :1]).all()
    assert len(np.unique(y)) == 2


def test_gaussian_noise_refuses_a_negative_stddev():
    with pytest.raises(ValueError, match=r"`stddev` must be a number ≥ 0, got -1"):
        GaussianNoise(-1)


@pytest.mark.parametrize("cls", [GaussianDropout, AlphaDropout])
def test_rate_one_is_refused(cls):
    with pytest.raises(ValueError, match=r"`rate` must be a number in \[0, 1\), got 1"):
        cls(1)


def test_spatial_dropout_wants_its_number_of_axes():
    with pytest.raises(ValueError, match=r"expected ndim=5, found ndim=4"):
        SpatialDropout3D(0.5)(np.ones((2, 3, 4, 5)))

"""Cropping, padding and upsampling: what the documentation says, sentence by sentence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorlearn.declare.keras1 import Keras1Warning
from tensorlearn.layers import convolutional
from tensorlearn.layers.convolutional import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
    UpSampling1D,
    UpSampling2D,
    UpSampling3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)

rng = np.random.default_rng(0)


def values(*shape):
    return rng.normal(size=shape).astype("float32")


def test_they_are_public_among_the_convolutions():
    assert convolutional.ZeroPadding2D is ZeroPadding2D
    assert ZeroPadding2D.__name__ in convolutional.__all__


# ---- zero padding ----


def test_zero_padding_lengthens_axis_1_of_sequences():
    x = values(2, 3, 4)
    y = ZeroPadding1D(2)(x).numpy()
    np.testing.assert_array_equal(y, np.pad(x, ((0, 0), (2, 2), (0, 0))))
    assert ZeroPadding1D()(x).shape == (2, 5, 4)
    assert ZeroPadding1D((0, 3))(x).shape == (2, 6, 4)


def test_zero_padding_of_images_in_both_formats():
    x = values(2, 3, 4, 5)
    y = ZeroPadding2D(((1, 2), (3, 4)))(x).numpy()
    np.testing.assert_array_equal(y, np.pad(x, ((0, 0), (1, 2), (3, 4), (0, 0))))
    first = ZeroPadding2D((1, 2), data_format="channels_first")
    assert first(x).shape == (2, 3, 6, 9)
    assert first.compute_output_shape((None, 3, None, 5)) == (None, 3, None, 9)


def test_zero_padding_of_volumes_in_both_formats():
    x = values(1, 2, 3, 4, 5)
    assert ZeroPadding3D()(x).shape == (1, 4, 5, 6, 5)
    first = ZeroPadding3D((1, 2, 0), data_format="channels_first")
    assert first(x).shape == (1, 2, 5, 8, 5)


def test_zero_padding_keeps_the_length_of_a_convolution():
    x = values(2, 9, 3)
    assert convolutional.Conv1D(4, 3)(ZeroPadding1D(1)(x)).shape == (2, 9, 4)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ((1, 2, 3, 4), ((1, 2), (3, 4))),
        (
            {"top_pad": 1, "bottom_pad": 2, "left_pad": 3, "right_pad": 4},
            ((1, 2), (3, 4)),
        ),
        ({"left_pad": 3}, ((0, 0), (3, 0))),
    ],
)
def test_zero_padding_of_keras1(old, new):
    with pytest.warns(Keras1Warning):
        assert ZeroPadding2D(old).padding == new


@pytest.mark.parametrize("bad", [-1, (1, 2, 3), ((1, 2), 3, 4), "1", 1.5, True])
def test_bad_padding_is_named(bad):
    message = (
        r"ZeroPadding2D .*: `padding` must be an integer ≥ 0, one per axis, or a pair"
    )
    with pytest.raises(ValueError, match=message):
        ZeroPadding2D(bad)


# ---- cropping ----


def test_cropping_cuts_the_ends_of_sequences():
    x = values(2, 6, 3)
    np.testing.assert_array_equal(Cropping1D((1, 2))(x).numpy(), x[:, 1:-2])
    assert Cropping1D()(x).shape == (2, 4, 3)


def test_cropping_of_images_rows_first_in_both_formats():
    x = values(2, 7, 8, 9)
    y = Cropping2D(((1, 2), (3, 0)))(x).numpy()
    np.testing.assert_array_equal(y, x[:, 1:-2, 3:])
    y = Cropping2D((1, 2), data_format="channels_first")(x).numpy()
    np.testing.assert_array_equal(y, x[:, :, 1:-1, 2:-2])
    np.testing.assert_array_equal(Cropping2D()(x).numpy(), x)


def test_cropping_of_volumes_in_both_formats():
    x = values(1, 4, 5, 6, 7)
    assert Cropping3D()(x).shape == (1, 2, 3, 4, 7)
    assert Cropping3D(1, data_format="channels_first")(x).shape == (1, 4, 3, 4, 5)


@given(st.integers(0, 3), st.integers(0, 3))
def test_cropping_undoes_padding(before, after):
    x = values(2, 3, 2, 2)
    border = ((before, after), (after, before))
    y = Cropping2D(border)(ZeroPadding2D(border)(x))
    np.testing.assert_array_equal(y.numpy(), x)


def test_cropping_everything_is_refused():
    message = (
        r"`cropping`=\(\(1, 1\), \(4, 4\)\) takes 8 cells .* has only 8 .*crop less"
    )
    with pytest.raises(ValueError, match=message):
        Cropping2D((1, 4))(values(2, 8, 8, 3))


# ---- upsampling ----


def test_upsampling_repeats_every_step():
    x = values(2, 3, 4)
    np.testing.assert_array_equal(UpSampling1D(3)(x).numpy(), np.repeat(x, 3, axis=1))
    assert UpSampling1D()(x).shape == (2, 6, 4)
    with pytest.warns(Keras1Warning):
        assert UpSampling1D(length=3).size == 3


def test_upsampling_repeats_rows_and_columns_in_both_formats():
    x = values(2, 3, 4, 5)
    y = UpSampling2D((2, 3))(x).numpy()
    np.testing.assert_array_equal(y, x.repeat(2, 1).repeat(3, 2))
    y = UpSampling2D((2, 3), data_format="channels_first")(x).numpy()
    np.testing.assert_array_equal(y, x.repeat(2, 2).repeat(3, 3))


def test_upsampling_of_volumes_in_both_formats():
    x = values(1, 2, 3, 2, 3)
    assert UpSampling3D()(x).shape == (1, 4, 6, 4, 3)
    first = UpSampling3D((1, 2, 3), data_format="channels_first")
    assert first(x).shape == (1, 2, 3, 4, 9)


def test_bilinear_upsampling_draws_straight_lines():
    x = np.array([0.0, 4.0, 6.0]).reshape(1, 1, 3, 1)
    y = UpSampling2D((1, 4), interpolation="bilinear")(x).numpy().ravel()
    np.testing.assert_allclose(y, [0, 1, 2, 3, 4, 4.5, 5, 5.5, 6, 6, 6, 6])


def test_unknown_interpolation_is_refused():
    with pytest.raises(ValueError, match=r"`interpolation` .* did you mean 'bilinear'"):
        UpSampling2D(interpolation="linear")


def test_wrong_number_of_axes_is_refused():
    for layer in (UpSampling2D(), ZeroPadding2D(), Cropping2D()):
        with pytest.raises(ValueError, match=r"expected ndim=4, found ndim=3"):
            layer(values(2, 8, 8))

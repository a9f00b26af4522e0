"""Locally connected layers: a dense layer at every place."""

import numpy as np
import pytest

from tensorlearn.layers.convolutional import Conv2D
from tensorlearn.layers.local import LocallyConnected1D, LocallyConnected2D

rng = np.random.default_rng(0)


def values(*shape):
    return rng.normal(size=shape).astype("float32")


@pytest.mark.parametrize("strides", [1, 2])
def test_every_step_has_a_dense_layer_of_its_own(strides):
    x = values(3, 8, 4)
    layer = LocallyConnected1D(5, 3, strides=strides, bias_initializer="normal")
    y = layer(x).numpy()
    kernel, bias = layer.get_weights()
    places = (8 - 3) // strides + 1
    assert kernel.shape == (places, 3 * 4, 5)
    assert bias.shape == (places, 5)
    for t in range(places):
        window = x[:, t * strides : t * strides + 3].reshape(3, -1)
        np.testing.assert_allclose(y[:, t], window @ kernel[t] + bias[t], atol=1e-5)


def test_equal_weights_make_a_convolution():
    x = values(2, 5, 6, 3)
    shared = Conv2D(4, (2, 3), use_bias=False)
    y = shared(x).numpy()
    kernel = shared.get_weights()[0].reshape(1, -1, 4)
    local = LocallyConnected2D(4, (2, 3), use_bias=False)
    local.ensure_built(x.shape)
    local.set_weights([np.repeat(kernel, 4 * 4, axis=0)])
    np.testing.assert_allclose(local(x).numpy(), y, atol=1e-5)


def test_shapes_in_both_formats():
    last = LocallyConnected2D(4, 3, strides=2)
    assert last(values(2, 7, 9, 3)).shape == (2, 3, 4, 4)
    first = LocallyConnected2D(4, 3, data_format="channels_first")
    assert first(values(2, 3, 7, 9)).shape == (2, 4, 5, 7)
    assert first.kernel.shape == (5 * 7, 3 * 3 * 3, 4)
    assert first.bias.shape == (5, 7, 4)
    turned = LocallyConnected1D(4, 3, data_format="channels_first")
    assert turned(values(2, 3, 7)).shape == (2, 4, 5)


def test_lengths_must_be_known():
    with pytest.raises(
        ValueError, match=r"lengths of all axes .* got \(None, None, 3\)"
    ):
        LocallyConnected1D(4, 3).build((None, None, 3))


def test_the_input_keeps_the_size_it_was_built_for():
    layer = LocallyConnected1D(4, 3)
    layer(values(2, 7, 3))
    with pytest.raises(ValueError, match=r"expected axis 1 to have length 7"):
        layer(values(2, 8, 3))


def test_only_whole_windows():
    with pytest.raises(ValueError, match=r"`padding` must be 'valid', got 'same'"):
        LocallyConnected2D(4, 3, padding="same")
    with pytest.raises(
        ValueError,
        match=r"`kernel_size`=\(9,\) does not fit.*`kernel_size`, or a larger",
    ):
        LocallyConnected1D(4, 9)(values(2, 7, 3))

"""Convolution layers under their other names, and under Keras's configuration keys."""

import pytest

from tensorlearn.declare.keras1 import Keras1Warning
from tensorlearn.declare.registry import layers
from tensorlearn.layers import convolutional
from tensorlearn.layers.convolutional import (
    AtrousConvolution1D,
    AtrousConvolution2D,
    Conv1D,
    Conv2D,
    Convolution2D,
    Deconvolution2D,
)
from tensorlearn.models import Sequential

SLIDING = (
    "kernel_size strides padding data_format activation use_bias activity_regularizer"
)
BIAS = "bias_initializer bias_regularizer bias_constraint"
KERNEL = "kernel_initializer kernel_regularizer kernel_constraint"
DEPTHWISE = KERNEL.replace("kernel", "depthwise") + " depth_multiplier dilation_rate"
POINTWISE = KERNEL.replace("kernel", "pointwise")
CONV = f"filters {SLIDING} {BIAS} {KERNEL}"
POOL = "pool_size strides padding data_format"
KEYS = {
    "Conv1D": f"{CONV} dilation_rate",
    "Conv2D": f"{CONV} dilation_rate",
    "Conv3D": f"{CONV} dilation_rate",
    "SeparableConv1D": f"filters {SLIDING} {BIAS} {DEPTHWISE} {POINTWISE}",
    "SeparableConv2D": f"filters {SLIDING} {BIAS} {DEPTHWISE} {POINTWISE}",
    "DepthwiseConv2D": f"{SLIDING} {BIAS} {DEPTHWISE}",
    "Conv2DTranspose": f"{CONV} dilation_rate output_padding",
    "Conv3DTranspose": f"{CONV} output_padding",
    "LocallyConnected2D": CONV,
    "ZeroPadding1D": "padding",
    "ZeroPadding2D": "padding data_format",
    "ZeroPadding3D": "padding data_format",
    "Cropping1D": "cropping",
    "Cropping2D": "cropping data_format",
    "Cropping3D": "cropping data_format",
    "UpSampling1D": "size",
    "UpSampling2D": "size data_format interpolation",
    "UpSampling3D": "size data_format",
    "MaxPooling1D": POOL,
    "AveragePooling2D": POOL,
    "GlobalMaxPooling1D": "data_format",
    "GlobalAveragePooling3D": "data_format",
}


def made(name):
    cls = layers.find(name)
    given = {"filters": 2, "kernel_size": 3}
    return cls(**{k: v for k, v in given.items() if k in cls.fields})


@pytest.mark.parametrize("name", KEYS)
def test_configuration_has_the_keys_of_keras(name):
    assert set(made(name).get_config()) == {"name", "trainable", *KEYS[name].split()}


def test_configuration_has_the_values_of_keras():
    config = made("Conv2D").get_config()
    assert (config["kernel_size"], config["strides"]) == ((3, 3), (1, 1))
    assert config["data_format"] == "channels_last"
    assert config["activation"] == "linear"
    assert made("Conv1D").get_config()["dilation_rate"] == (1,)
    assert made("MaxPooling1D").get_config()["strides"] == (2,)
    assert made("ZeroPadding1D").get_config()["padding"] == (1, 1)
    assert made("ZeroPadding2D").get_config()["padding"] == ((1, 1), (1, 1))
    assert made("UpSampling1D").get_config()["size"] == 2
    assert made("Conv2DTranspose").get_config()["output_padding"] is None


# ---- other names ----


def test_the_documented_first_layer_of_images():
    with pytest.warns(Keras1Warning, match=r"Conv2D\(64, \(3, 3\), padding='same'"):
        layer = Convolution2D(
            64, 3, 3, border_mode="same", dim_ordering="th", input_shape=(3, 32, 32)
        )
    assert Sequential([layer]).output_shape == (None, 64, 32, 32)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Convolution1D", "Conv1D"),
        ("Convolution2D", "Conv2D"),
        ("Convolution3D", "Conv3D"),
        ("SeparableConvolution1D", "SeparableConv1D"),
        ("SeparableConvolution2D", "SeparableConv2D"),
        ("Convolution2DTranspose", "Conv2DTranspose"),
        ("Deconvolution2D", "Conv2DTranspose"),
        ("Deconv2D", "Conv2DTranspose"),
        ("Deconvolution3D", "Conv3DTranspose"),
    ],
)
def test_other_names_are_the_same_class(old, new):
    assert getattr(convolutional, old) is getattr(convolutional, new)


def test_atrous_convolutions_of_keras1():
    with pytest.warns(Keras1Warning):
        layer = AtrousConvolution2D(4, 3, 3, atrous_rate=(2, 2), border_mode="same")
    assert type(layer) is Conv2D
    assert layer.dilation_rate == (2, 2)
    with pytest.warns(Keras1Warning):
        layer = AtrousConvolution1D(nb_filter=4, filter_length=3, atrous_rate=2)
    assert (type(layer), layer.dilation_rate) == (Conv1D, (2,))


def test_deconvolution_of_keras1_drops_the_output_shape():
    with pytest.warns(Keras1Warning):
        layer = Deconvolution2D(3, 3, 3, (None, 14, 14, 3), border_mode="valid")
    assert layer.kernel_size == (3, 3)
    assert layer.compute_output_shape((None, 12, 12, 3)) == (None, 14, 14, 3)


def test_input_dim_and_length_of_keras1():
    with pytest.warns(Keras1Warning):
        layer = Conv1D(nb_filter=4, filter_length=3, input_dim=16, input_length=10)
    assert Sequential([layer]).output_shape == (None, 8, 4)

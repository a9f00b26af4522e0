"""Configurations have Keras 2.2.4's keys, so that its files fit."""

import pytest

from tensorlearn.declare.registry import layers

DENSE = (
    "units activation use_bias kernel_initializer bias_initializer kernel_regularizer "
    "bias_regularizer activity_regularizer kernel_constraint bias_constraint"
)
BATCH = (
    "axis momentum epsilon center scale beta_initializer gamma_initializer "
    "moving_mean_initializer moving_variance_initializer beta_regularizer "
    "gamma_regularizer beta_constraint gamma_constraint"
)
EMBEDDING = (
    "batch_input_shape dtype input_dim output_dim embeddings_initializer "
    "embeddings_regularizer activity_regularizer embeddings_constraint mask_zero "
    "input_length"
)
KEYS = [
    ("Dense", {"units": 2}, DENSE),
    ("Activation", {"activation": "relu"}, "activation"),
    ("Dropout", {"rate": 0.5}, "rate noise_shape seed"),
    ("SpatialDropout1D", {"rate": 0.5}, "rate noise_shape seed"),
    ("Flatten", {}, "data_format"),
    ("Reshape", {"target_shape": (2,)}, "target_shape"),
    ("Permute", {"dims": (1,)}, "dims"),
    ("RepeatVector", {"n": 2}, "n"),
    ("ActivityRegularization", {}, "l1 l2"),
    ("Masking", {}, "mask_value"),
    ("Embedding", {"input_dim": 2, "output_dim": 2}, EMBEDDING),
    ("Add", {}, ""),
    ("Concatenate", {}, "axis"),
    ("Dot", {"axes": 1}, "axes normalize"),
    ("LeakyReLU", {}, "alpha"),
    (
        "PReLU",
        {},
        "alpha_initializer alpha_regularizer alpha_constraint shared_axes",
    ),
    ("ELU", {}, "alpha"),
    ("ThresholdedReLU", {}, "theta"),
    ("Softmax", {}, "axis"),
    ("ReLU", {}, "max_value negative_slope threshold"),
    ("BatchNormalization", {}, BATCH),
    ("GaussianNoise", {"stddev": 1}, "stddev"),
    ("GaussianDropout", {"rate": 0.5}, "rate"),
]


@pytest.mark.parametrize(("name", "arguments", "keys"), KEYS, ids=[k[0] for k in KEYS])
def test_configuration_has_the_keys_of_keras(name, arguments, keys):
    config = layers.find(name)(**arguments).get_config()
    assert set(config) == {"name", "trainable", *keys.split()}


def test_dense_configuration_is_that_of_keras():
    config = layers.find("Dense")(2, name="out", activation="relu").get_config()
    assert config == {
        "name": "out",
        "trainable": True,
        "units": 2,
        "activation": "relu",
        "use_bias": True,
        "kernel_initializer": {
            "class_name": "VarianceScaling",
            "config": {
                "scale": 1.0,
                "mode": "fan_avg",
                "distribution": "uniform",
                "seed": None,
            },
        },
        "bias_initializer": {"class_name": "Zeros", "config": {}},
        "kernel_regularizer": None,
        "bias_regularizer": None,
        "activity_regularizer": None,
        "kernel_constraint": None,
        "bias_constraint": None,
    }

"""Which arguments may be given by position, which wrong ones raise what, as in Keras."""

import numpy as np
import pytest

from tensorlearn import initializers, layers, metrics
from tensorlearn.layers import Dense, Input
from tensorlearn.models import Model, Sequential

BY_POSITION = [
    ("DepthwiseConv2D", (3, 2, "same", 4), {"strides": (2, 2), "depth_multiplier": 4}),
    ("SeparableConv1D", (5, 3, 2, "same"), {"strides": (2,), "padding": "same"}),
    ("Conv3DTranspose", (5, 3, 2, "same"), {"strides": (2, 2, 2), "padding": "same"}),
    ("SimpleRNNCell", (3, "relu", False), {"units": 3, "use_bias": False}),
    ("GRUCell", (3, "relu", "sigmoid", False), {"units": 3, "use_bias": False}),
    ("LSTMCell", (3, "relu", "sigmoid", False), {"units": 3, "use_bias": False}),
    ("MaxoutDense", (3, 2), {"units": 3, "nb_feature": 2}),
]


@pytest.mark.parametrize(
    ("name", "arguments", "wanted"), BY_POSITION, ids=[b[0] for b in BY_POSITION]
)
def test_what_keras_takes_by_position(name, arguments, wanted):
    layer = getattr(layers, name)(*arguments)
    assert {key: getattr(layer, key) for key in wanted} == wanted


def test_a_weight_must_start_somehow():
    with pytest.raises(
        ValueError, match=r"`kernel_initializer`: .* initializer .*None"
    ):
        Dense(2, kernel_initializer=None)
    with pytest.raises(ValueError, match=r"Could not interpret initializer .* None"):
        initializers.get(None)


def test_there_is_no_metric_without_a_name():
    with pytest.raises(ValueError, match=r"Could not interpret metric .* None"):
        metrics.get(None)


@pytest.mark.parametrize("wrong", ["abc", None])
def test_a_layer_computes_with_numbers_only(wrong):
    with pytest.raises(ValueError, match=r"Dense 'out' was called on"):
        Dense(2, name="out")(wrong)


def net():
    return Sequential([Dense(2, input_shape=(3,), name="out")], name="net")


X, Y = np.ones((4, 3), "float32"), np.ones((4, 2), "float32")


def test_loss_weights_are_listed():
    with pytest.raises(
        TypeError, match="`loss_weights` must be a list or a dictionary"
    ):
        net().compile("sgd", "mse", loss_weights=3)


def test_epochs_are_a_number():
    model = net()
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match="`epochs` must be an integer, got '3'"):
        model.fit(X, Y, epochs="3", verbose=0)


def test_a_model_without_loss_is_a_wrong_value():
    model = net()
    model.compile("sgd")
    with pytest.raises(ValueError, match="has no loss to minimize"):
        model.train_on_batch(X, Y)


def test_sample_weights_for_two_outputs_are_listed():
    x = Input((3,))
    model = Model(x, [Dense(2, name="p")(x), Dense(2, name="q")(x)])
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match="a list with one entry per output"):
        model.fit(X, [Y, Y], sample_weight=np.ones(4), verbose=0)


def test_a_convolving_cell_has_the_configuration_of_keras():
    assert "forget_bias_init" not in layers.ConvLSTM2DCell(2, 3).get_config()

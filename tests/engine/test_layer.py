"""Layers of one's own, and the mistakes made in using any layer."""

import numpy as np
import pytest

import tensorlearn as tl
from tensorlearn import ops
from tensorlearn.autograd import Tensor
from tensorlearn.layers import (
    GRU,
    LSTM,
    Conv1D,
    ConvLSTM2D,
    Dense,
    Dropout,
    GaussianNoise,
    Input,
    InputLayer,
    Lambda,
    Layer,
    TimeDistributed,
)
from tensorlearn.models import Model, Sequential

x = np.ones((2, 3), "float32")


class Nested(Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.plain = Dense(units)
        self.listed = [Dense(units), [Dense(units)]]
        self.named = {"last": Dense(units)}
        self.again = self.plain

    def call(self, x):
        first, (second,) = self.listed
        return self.named["last"](second(first(self.plain(x))))


def test_layers_are_found_in_lists_and_dictionaries_once():
    layer = Nested(3)
    layer(x)
    assert len(layer.trainable_weights) == 8
    layer.listed[1][0].trainable = False
    assert len(layer.trainable_weights) == 6
    layer.trainable = False
    assert not layer.trainable_weights
    assert len(layer.weights) == 8


def test_no_output_of_a_layer_is_lost():
    class Steps(Layer):
        def call(self, x):
            return list(ops.unstack(x, axis=1))

        def compute_output_shape(self, shape):
            return [(shape[0], shape[2])] * shape[1]

    inputs = Input((120, 2))
    outputs = Steps()(inputs)
    assert len(outputs) == 120
    values = Model(inputs, outputs)(np.zeros((3, 120, 2), "float32"))
    assert {y.shape for y in values} == {(3, 2)}


# ---- number types ----

WHOLE = np.arange(6).reshape(2, 3)


@pytest.mark.parametrize("layer", [Dense(2), Dropout(0.5), GaussianNoise(0.1)])
@pytest.mark.parametrize("as_given", [np.asarray, Tensor])
def test_integers_become_float32(layer, as_given):
    assert layer(as_given(WHOLE), training=True).dtype == np.float32


def test_integers_of_a_tensor_do_not_widen_gradients():
    weights = Tensor(np.ones((3, 2), "float32"), requires_grad=True)
    y = Tensor(WHOLE) @ weights
    y.sum().backward()
    assert y.dtype == weights.grad.dtype == np.float32


@pytest.mark.parametrize("function", [lambda t: t / 255, ops.exp, ops.reduce_mean])
def test_what_integers_give_is_float32(function):
    assert function(Tensor(WHOLE)).dtype == np.float32
    assert function(Tensor(WHOLE).astype("float64")).dtype == np.float64


def test_a_cast_to_float64_stays():
    assert Tensor(WHOLE).astype("float64").dtype == np.float64


# ---- mistakes ----


def test_shapes_that_do_not_broadcast_are_named():
    match = r"add: operands could not be broadcast together.*\(2, 3\), \(2, 4\)"
    with pytest.raises(ValueError, match=match):
        Tensor(x) + Tensor(np.ones((2, 4)))


@pytest.mark.parametrize("layer", [Conv1D(2, 2), TimeDistributed(Dense(2))])
def test_a_lost_axis_of_time_is_explained(layer):
    with pytest.raises(ValueError, match=r"return_sequences=True"):
        Sequential([LSTM(4, input_shape=(3, 2)), layer])


def test_rows_of_different_lengths_name_the_layer():
    with pytest.raises(ValueError, match=r"Dense 'd': .*rows of different lengths"):
        Dense(2, name="d")([[1.0, 2.0], [3.0]])


def test_a_list_is_several_inputs():
    with pytest.raises(
        ValueError, match=r"expects 1 inputs, but it received 2; a list"
    ):
        Dense(2)([Tensor(x[0]), Tensor(x[1])])


def test_a_window_larger_than_the_images_of_a_sequence():
    with pytest.raises(ValueError, match=r"`kernel_size`=\(5, 5\) does not fit into"):
        ConvLSTM2D(4, 5)(np.ones((2, 3, 4, 4, 1)))


@pytest.mark.parametrize("layer", [LSTM(2), GRU(2), GRU(2, reset_after=True)])
def test_an_empty_batch_gives_an_empty_result(layer):
    assert layer(np.ones((0, 3, 4))).shape == (0, 2)


@pytest.mark.parametrize("what", [len, bool, iter])
def test_a_symbol_has_no_values(what):
    with pytest.raises(TypeError, match=r"a Symbol has no values yet, so .* Lambda"):
        what(Input((3,)))


@pytest.mark.parametrize("wrong", [None, "abc", Dense, np.array(["a"])])
def test_a_layer_is_called_on_numbers(wrong):
    with pytest.raises(
        ValueError, match=r"'d' was called on .*nor an array of numbers"
    ):
        Dense(2, name="d")(wrong)


def test_an_input_layer_has_one_shape():
    with pytest.raises(
        ValueError, match=r"give either `input_shape` .* got None and No"
    ):
        InputLayer()


def test_shapes_of_inputs_are_tuples():
    with pytest.raises(TypeError, match=r"write shape=\(32,\)"):
        Input(32)
    with pytest.raises(TypeError, match=r"`input_shape` must be a tuple.*\(3,\) for a"):
        Dense(2, input_shape=3)


@pytest.mark.parametrize(
    "make", [lambda n: Input((n,)), lambda n: Dense(2, input_shape=(n,))]
)
def test_lengths_are_not_negative(make):
    with pytest.raises(ValueError, match=r"shape` must hold lengths ≥ 0.*got \(-3,\)"):
        make(-3)


def test_a_layer_never_called_has_no_input():
    layer = Dense(2, name="d")
    with pytest.raises(
        RuntimeError, match=r"never been called and thus has no defined"
    ):
        layer.get_input_at(0)
    with pytest.raises(AttributeError, match=r"Dense 'd' is not connected, no input"):
        _ = layer.input
    layer(Input((3,)))
    with pytest.raises(
        ValueError, match=r"at node 3, but the layer has only 1 inbound"
    ):
        layer.get_output_at(3)


def test_weights_that_do_not_exist_yet():
    layer = Dense(2, name="d")
    with pytest.raises(RuntimeError, match=r"build it first via: `d.build\("):
        layer.count_params()
    with pytest.raises(
        ValueError, match=r"needs 0 arrays, got 1.*build the layer first"
    ):
        layer.set_weights([x])


def test_an_output_shape_is_a_tuple():
    with pytest.raises(ValueError, match=r"`output_shape` must return a tuple, got 7"):
        Sequential([Lambda(lambda x: x, output_shape=lambda s: 7, input_shape=(3,))])


def test_arguments_of_calls_that_cannot_be_written():
    class Scaled(Layer):
        def call(self, x, by=1.0):
            return x * by

    a = Input((3,))
    model = Model(a, Scaled(name="s")(a, by=np.float32))
    with pytest.raises(ValueError, match=r"layer s was called with arguments that can"):
        model.get_config()


# ---- anomalies ----


class Broken(Layer):
    def call(self, x):
        return ops.log(x - 100.0)


def test_an_anomaly_in_a_layer_of_ones_own_names_the_layer():
    model = Sequential([Dense(2), Broken(name="broken")])
    model.compile("sgd", "mse")
    found = r"'log' in layer 'broken', called at .*test_layer"
    with tl.detect_anomaly(), pytest.raises(tl.testing.AnomalyError, match=found):
        model.predict(x)


def test_an_anomaly_on_the_way_back_names_the_layer():
    root = Lambda(lambda x: (x * x) ** 0.25, name="root")
    model = Sequential([Dense(2, kernel_initializer="zeros"), root])
    model.compile("sgd", "mse")
    found = r"backward pass of 'power' in layer 'root', called at .*test_layer"
    with tl.detect_anomaly(), pytest.raises(tl.testing.AnomalyError, match=found):
        model.fit(x, x[:, :2], verbose=0)


def test_a_dry_run_on_zeros_is_no_anomaly():
    with tl.detect_anomaly():
        assert Lambda(lambda x: 1 / x)(Input((3,))).shape == (None, 3)


# ---- what one's own layers say of themselves ----


class Halves(Layer):
    """Says that it halves the features; how much it really leaves is an argument."""

    def __init__(self, left, **others):
        super().__init__(**others)
        self.left = left

    def call(self, x):
        return x[:, : self.left]

    def compute_output_shape(self, shape):
        return (shape[0], shape[1] // 2)


def test_a_shape_rule_that_is_wrong_is_told_so():
    even = np.ones((2, 6), "float32")
    assert Halves(3)(even).shape == (2, 3)
    with pytest.raises(ValueError, match=r"says \(2, 3\), but call returned \(2, 4\)"):
        Sequential([Halves(4, input_shape=(6,))]).predict(even)


def test_arguments_are_captured_whatever_the_others_are_called():
    config = Halves(3, name="h").get_config()
    assert config == {"name": "h", "trainable": True, "left": 3}
    assert Halves.from_config(config).left == 3


def test_initializer_of_another_shape_is_refused():
    layer = Dense(3, kernel_initializer=lambda shape: np.zeros(5), name="d")
    with pytest.raises(
        ValueError, match=r"'d': the initializer of kernel .* \(2, 3\), got \(5,\)"
    ):
        layer(np.zeros((1, 2)))


def test_regularizers_and_constraints_of_own_weights_may_be_names():
    layer = Layer()
    weight = layer.add_weight(
        "w", (2,), initializer="ones", regularizer="l1", constraint="non_neg"
    )
    assert float(layer.penalties()[0]) == pytest.approx(0.02)
    assert weight.constraint(np.array([-2.0, 2.0])).tolist() == [0, 2]

"""Order, names and numbers in graphs, as Keras 2.2.4 has them."""

import numpy as np
import pytest

from tensorlearn.layers import (
    LSTM,
    Activation,
    Add,
    BatchNormalization,
    Dense,
    Embedding,
    Input,
    InputLayer,
    Lambda,
    Masking,
    TimeDistributed,
    add,
    concatenate,
)
from tensorlearn.models import Model, Sequential, clone_model, model_from_json


def names(model):
    return [layer.name for layer in model.layers]


def called_against_the_order_of_outputs():
    """A shared layer whose second call comes first on the way back from the outputs."""
    x = Input((4,), name="x")
    shared = Dense(4, name="shared")
    first = shared(x)
    second = shared(Activation("tanh", name="tanh")(first))
    late = Add(name="late")([second, x])
    return Model(x, [late, first])


def test_calls_of_a_shared_layer_are_numbered_as_they_were_made():
    x = Input((4,), name="x")
    shared = Dense(4, name="shared")
    other = Dense(4, name="other")(x)
    first, second = shared(x), shared(other)
    model = Model(x, Add(name="sum")([second, other, first]))
    (described,) = [
        one for one in model.get_config()["layers"] if one["name"] == "shared"
    ]
    assert described["inbound_nodes"] == [[["x", 0, 0, {}]], [["other", 0, 0, {}]]]


@pytest.mark.parametrize("make", [called_against_the_order_of_outputs])
def test_a_rebuilt_graph_computes_the_same(make):
    model = make()
    again = model_from_json(model.to_json())
    again.set_weights(model.get_weights())
    data = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    for got, wanted in zip(again.predict(data), model.predict(data), strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_layers_of_one_depth_follow_the_order_of_the_outputs():
    a, b = Input((2,), name="a"), Input((2,), name="b")
    from_a, from_b = Dense(1, name="from_a")(a), Dense(1, name="from_b")(b)
    both = add([from_a, from_b], name="both")
    assert names(Model([a, b], [from_b, both])) == [
        "b",
        "a",
        "from_b",
        "from_a",
        "both",
    ]


def test_every_input_is_listed_once():
    x = Input((2,))
    with pytest.raises(ValueError, match="every input should be listed once"):
        Model([x, x], Dense(1)(x))


@pytest.mark.parametrize("output", [np.ones((2, 2)), Dense(2)])
def test_outputs_come_from_layers(output):
    with pytest.raises(ValueError, match=r"`outputs` must be Symbols"):
        Model(Input((2,)), output)


# ---- weights ----


def frozen():
    model = Sequential([Dense(3, input_shape=(2,)), BatchNormalization(), Dense(1)])
    model.trainable = False
    return model


def test_weights_of_a_frozen_model_keep_their_order():
    model = frozen()
    order = [p.name.split("/")[-1] for p in model.weights]
    assert order == [
        "kernel:0",
        "bias:0",
        "gamma:0",
        "beta:0",
        "kernel:0",
        "bias:0",
        "moving_mean:0",
        "moving_variance:0",
    ]
    assert model.trainable_weights == []


def test_a_layer_held_twice_has_its_weights_once():
    layer = TimeDistributed(Dense(2), input_shape=(3, 4))
    layer.same_again = layer.layer
    model = Sequential([layer])
    assert [w.shape for w in model.get_weights()] == [(4, 2), (2,)]


# ---- models inside models ----


def test_the_making_of_a_model_is_its_call_0():
    x, z = Input((4,)), Input((4,))
    inner = Model(x, Dense(2)(x))
    y = inner(z)
    assert inner.get_output_at(0) is inner.outputs[0]
    assert inner.get_output_at(1) is y
    assert inner.get_input_at(1) is z
    assert y._keras_history[1:] == (1, 0)
    with pytest.raises(ValueError, match="only 2 inbound nodes"):
        inner.get_output_at(2)


def test_summary_names_calls_by_number():
    x = Input((4,))
    inner = Model(x, Dense(4)(x), name="inner")
    a, b = Input((4,), name="a"), Input((4,), name="b")
    model = Model([a, b], concatenate([inner(b), inner(a)]))
    lines = []
    model.summary(print_fn=lines.append)
    ends = [line.split()[-1] for line in lines if line.rstrip().endswith("]")]
    assert ends == ["b[0][0]", "a[0][0]", "inner[1][0]", "inner[2][0]"]


def test_summary_pads_the_column_of_connections():
    model = called_against_the_order_of_outputs()
    lines = []
    model.summary(print_fn=lines.append)
    assert {len(line) for line in lines[:-4]} == {98}


# ---- inputs ----


def test_a_model_built_later_names_its_entry_after_itself():
    model = Sequential([Dense(3), Dense(2)], name="late")
    model.build((5, 4))
    assert model.input_names == ["late_input"]
    assert model.input_shape == (5, 4)


def test_an_input_layer_takes_nothing_and_trains_nothing():
    entry = InputLayer((3,))
    assert entry.input_shape == entry.output_shape == (None, 3)
    assert not entry.trainable


@pytest.mark.parametrize(
    "arguments", [{}, {"input_shape": (2,), "batch_input_shape": (1, 2)}]
)
def test_an_input_layer_wants_one_shape(arguments):
    with pytest.raises(ValueError, match=r"either `input_shape`"):
        InputLayer(**arguments)


# ---- masks ----


def test_layers_tell_whether_masks_pass():
    masking = Masking(input_shape=(3, 2))
    lstm = LSTM(2)
    Sequential([masking, lstm])
    assert masking.input_mask is None
    assert masking.output_mask.shape == (None, 3)
    assert lstm.get_input_mask_at(0).dtype == "bool"
    assert lstm.get_output_mask_at(0) is None


def test_masks_are_asked_for_by_call():
    with pytest.raises(RuntimeError, match="no defined input mask"):
        Dense(2).get_input_mask_at(0)
    with pytest.raises(AttributeError, match="not connected"):
        Dense(2).output_mask  # noqa: B018 - raises
    twice = Dense(2)
    twice(Input((2,)))
    twice(Input((2,)))
    with pytest.raises(AttributeError, match=r"get_output_mask_at\(node_index\)"):
        twice.output_mask  # noqa: B018 - raises
    with pytest.raises(ValueError, match="only 2 inbound nodes"):
        twice.get_output_mask_at(2)


def test_a_mask_ends_at_a_lambda():
    model = Sequential(
        [Masking(input_shape=(3, 2)), Lambda(lambda x: x + 1), LSTM(2)],
    )
    data = np.zeros((1, 3, 2), "float32")
    unmasked = Sequential([LSTM(2, input_shape=(3, 2))])
    unmasked.set_weights(model.get_weights())
    np.testing.assert_allclose(model.predict(data), unmasked.predict(data + 1), 1e-6)


# ---- copies ----


def test_clone_on_other_inputs_has_the_layers_of_the_model():
    x = Input((4,))
    model = Model(x, Dense(2, name="dense")(x), name="net")
    other = Input((4,), name="other")
    copy = clone_model(model, other)
    assert names(copy) == ["other", "dense"]
    assert copy.name == "net"
    assert copy.get_layer("dense") is not model.get_layer("dense")


def test_clone_of_a_sequential_on_other_inputs_is_one():
    model = Sequential([Dense(3, input_shape=(4,), name="a"), Dense(2, name="b")])
    copy = clone_model(model, Input((4,), name="other"))
    assert isinstance(copy, Sequential)
    assert names(copy) == ["a", "b"]
    assert copy.input_names == ["other"]


def test_only_models_can_be_cloned():
    with pytest.raises(ValueError, match="`model` must be a model, got 3"):
        clone_model(3)
    with pytest.raises(ValueError, match="has 1 inputs, got 2"):
        clone_model(frozen(), [Input((2,)), Input((2,))])


def test_input_length_may_leave_lengths_open():
    layer = Embedding(5, 3, input_length=(4, None))
    assert layer.compute_output_shape((None, 4, 2)) == (None, 4, 2, 3)
    assert layer.compute_output_shape((None, None, 6)) == (None, 4, 6, 3)

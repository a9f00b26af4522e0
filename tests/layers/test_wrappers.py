"""Wrappers: a layer at every step, and a layer in both directions."""

import numpy as np
import pytest

from tensorlearn.autograd import Tensor, grad
from tensorlearn.engine import Input, Layer
from tensorlearn.layers.core import Dense, Dropout, Masking
from tensorlearn.layers.embeddings import Embedding
from tensorlearn.layers.normalization import BatchNormalization
from tensorlearn.layers.recurrent import GRU, LSTM, RNN, SimpleRNN, SimpleRNNCell
from tensorlearn.layers.wrappers import Bidirectional, TimeDistributed, Wrapper
from tensorlearn.models.network import Network
from tensorlearn.models.sequential import Sequential


def data(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def hiding_the_end(x, count):
    x = x.copy()
    x[:, -count:] = 0
    return x


# ---- Wrapper ----


def test_a_wrapper_owns_the_weights_and_penalties_of_its_layer():
    inner = Dense(2, kernel_regularizer="l2")
    layer = TimeDistributed(inner)
    layer(data(2, 3, 4))
    assert isinstance(layer, Wrapper)
    assert layer.weights == inner.weights
    assert len(layer.losses) == 1
    layer.trainable = False
    assert layer.trainable_weights == []


@pytest.mark.parametrize("kind", [TimeDistributed, Bidirectional])
def test_only_layers_can_be_wrapped(kind):
    with pytest.raises(ValueError, match="`layer` must be a layer, got 3"):
        kind(3)


# ---- TimeDistributed ----


def test_the_same_layer_is_applied_to_every_step():
    layer = TimeDistributed(Dense(8), input_shape=(10, 16))
    assert Sequential([layer]).output_shape == (None, 10, 8)
    x = data(2, 10, 16)
    y = layer(x).numpy()
    for t in range(10):
        np.testing.assert_allclose(y[:, t], layer.layer(x[:, t]).numpy(), rtol=1e-4)


def test_weights_inside_are_named_after_the_wrapper_and_trained():
    layer = TimeDistributed(Dense(2), name="each")
    x = data(2, 3, 4)
    assert [w.shape for w in grad(layer(x).sum(), layer_weights(layer, x))] == [
        (4, 2),
        (2,),
    ]
    assert [w.name for w in layer.weights] == ["each/kernel:0", "each/bias:0"]


def layer_weights(layer, x):
    layer.ensure_built(x.shape)
    return layer.trainable_weights


def test_training_reaches_the_layer_inside():
    layer, x = TimeDistributed(Dropout(0.5)), np.ones((4, 5, 20), "float32")
    assert (layer(x).numpy() == 1).all()
    assert (layer(x, training=True).numpy() == 0).any()


def test_batch_statistics_inside_are_over_samples_and_steps():
    layer, x = TimeDistributed(BatchNormalization()), data(6, 5, 2)
    y = layer(x, training=True).numpy()
    np.testing.assert_allclose(y.mean(axis=(0, 1)), 0, atol=1e-6)
    assert layer.get_weights()[2].any()


def test_a_mask_of_steps_passes_by_a_layer_that_takes_none():
    entry = Input((4, 3))
    y = TimeDistributed(Dense(2))(Masking()(entry))
    assert y.masked
    x = hiding_the_end(data(2, 4, 3), 2)
    last = LSTM(2)
    model = Network(entry, last(y))
    np.testing.assert_allclose(model(x).numpy(), model(x[:, :2]).numpy(), rtol=1e-5)


def test_a_mask_inside_the_steps_reaches_the_layer_inside():
    words = np.array([[[1, 2, 0], [3, 0, 0]], [[1, 1, 1], [0, 0, 0]]])  # (N, T, S)
    embedding = TimeDistributed(Embedding(4, 3, mask_zero=True))
    sentences = TimeDistributed(LSTM(2))
    h = embedding(words)
    mask = embedding.compute_mask(Tensor(words))
    assert mask.tolist() == (words != 0).tolist()
    y = sentences(h, mask=mask).numpy()
    alone = sentences.layer(h.numpy()[0, :1, :2]).numpy()
    np.testing.assert_allclose(y[0, 0], alone[0], rtol=1e-5)
    outer = sentences.compute_mask(h, mask)
    assert outer.tolist() == [[True, True], [True, False]]


def test_time_distributed_needs_an_axis_of_time():
    with pytest.raises(ValueError, match="expected min_ndim=3, found ndim=2"):
        TimeDistributed(Dense(2))(data(2, 3))


def test_time_distributed_needs_one_output():
    with pytest.raises(ValueError, match=r"must have one output, but LSTM .* has 3"):
        TimeDistributed(LSTM(2, return_state=True))(Input((4, 3, 2)))


def test_models_can_be_applied_to_every_step():
    inner = Sequential([Dense(3, input_shape=(4,)), Dense(2)])
    entry = Input((5, 4))
    y = TimeDistributed(inner)(entry)
    assert y.shape == (None, 5, 2)
    x = data(2, 5, 4)
    got = Network(entry, y)(x).numpy()
    np.testing.assert_allclose(got[:, 1], inner(x[:, 1]).numpy(), rtol=1e-5)


# ---- Bidirectional ----


def directions(layer, x, **kwargs):
    forward = layer.forward_layer(x, **kwargs).numpy()
    backward = layer.backward_layer(x, **kwargs).numpy()
    return forward, backward


MERGES = {
    "sum": np.add,
    "mul": np.multiply,
    "ave": lambda a, b: (a + b) / 2,
    "concat": lambda a, b: np.concatenate([a, b], axis=-1),
}


@pytest.mark.parametrize("mode", MERGES)
@pytest.mark.parametrize("sequences", [False, True])
def test_outputs_of_both_directions_are_merged(mode, sequences):
    layer = Bidirectional(GRU(3, return_sequences=sequences), merge_mode=mode)
    x = data(2, 5, 4)
    y = layer(x)
    forward, backward = directions(layer, x)
    backward = backward[:, ::-1] if sequences else backward
    np.testing.assert_allclose(y.numpy(), MERGES[mode](forward, backward), rtol=1e-5)
    assert y.shape == layer.compute_output_shape(x.shape)


def test_without_merging_there_are_two_outputs():
    layer = Bidirectional(LSTM(3), merge_mode=None)
    outputs = layer(Input((5, 4)))
    assert [y.shape for y in outputs] == [(None, 3), (None, 3)]


def test_backward_is_forward_on_the_reversed_sequence():
    layer = Bidirectional(SimpleRNN(3), merge_mode=None)
    x = data(2, 5, 4)
    layer(x)
    layer.backward_layer.set_weights(layer.forward_layer.get_weights())
    np.testing.assert_allclose(
        layer(x)[1].numpy(), layer(x[:, ::-1])[0].numpy(), rtol=1e-5
    )


def test_copies_are_called_forward_and_backward():
    layer = Bidirectional(LSTM(2, name="memory"), name="both")
    layer(data(1, 2, 3))
    assert layer.forward_layer.name == "forward_memory"
    assert layer.backward_layer.name == "backward_memory"
    assert layer.backward_layer.go_backwards
    names = [w.name for w in layer.weights]
    assert names[0] == "both/forward_memory/kernel:0"
    assert names[3] == "both/backward_memory/kernel:0"
    assert len(names) == 6


def test_config_holds_the_layer_as_it_was_given():
    layer = Bidirectional(LSTM(2, name="memory"), merge_mode="ave")
    config = layer.get_config()
    assert set(config) == {"name", "trainable", "layer", "merge_mode"}
    assert config["layer"]["config"]["name"] == "memory"
    assert Bidirectional.from_config(config).get_config() == config


def test_states_come_forward_first_and_can_be_given_back():
    layer = Bidirectional(LSTM(2, return_state=True))
    x = data(2, 4, 3)
    y, *states = layer(x)
    assert y.shape == (2, 4)
    assert [s.shape for s in states] == [(2, 2)] * 4
    np.testing.assert_allclose(
        states[2].numpy(), layer.backward_layer(x)[1].numpy(), rtol=1e-6
    )
    again = layer(x, initial_state=states)
    forward = layer.forward_layer(x, initial_state=states[:2])[0]
    np.testing.assert_allclose(again[0].numpy()[:, :2], forward.numpy(), rtol=1e-6)


def test_initial_states_may_be_symbols():
    x, h = Input((4, 3)), Input((2,))
    layer = Bidirectional(GRU(2))
    model = Network([x, h], layer(x, initial_state=[h, h]))
    a, s = data(2, 4, 3), data(2, 2)
    np.testing.assert_allclose(
        model([a, s]).numpy(), layer(a, initial_state=[s, s]).numpy(), rtol=1e-6
    )
    with pytest.raises(ValueError, match="even number of states"):
        layer(a, initial_state=[s])


@pytest.mark.parametrize("sequences", [False, True])
def test_padding_is_skipped_in_both_directions(sequences):
    layer = Bidirectional(LSTM(3, return_sequences=sequences))
    x = data(2, 3, 4)
    padded = np.pad(x, [(0, 0), (0, 2), (0, 0)])
    mask = np.broadcast_to(np.arange(5) < 3, (2, 5))
    y, short = layer(padded, mask=mask).numpy(), layer(x).numpy()
    np.testing.assert_allclose(
        y[:, :3] if sequences else y, short, rtol=1e-5, atol=1e-7
    )
    passed = layer.compute_mask(Tensor(padded), mask)
    assert (passed is mask) if sequences else (passed is None)


def test_stateful_directions_are_reset_together():
    layer = Bidirectional(GRU(2, stateful=True))
    x = data(2, 3, 4)
    first = layer(x).numpy()
    assert layer.stateful
    assert (layer(x).numpy() != first).any()
    layer.reset_states()
    np.testing.assert_array_equal(layer(x).numpy(), first)


def test_weights_are_given_forward_first():
    model = Bidirectional(SimpleRNN(2))
    model(data(1, 2, 3))
    layer = Bidirectional(SimpleRNN(2), "concat", model.get_weights())
    np.testing.assert_array_equal(
        layer(data(2, 4, 3)).numpy(), model(data(2, 4, 3)).numpy()
    )


def test_a_cell_of_ones_own_goes_both_ways():
    class Mine(SimpleRNNCell):
        pass

    layer = Bidirectional(RNN(Mine(2)), merge_mode="sum")
    assert layer(data(2, 3, 4)).shape == (2, 2)


class Shifted(Layer):
    """A cell that adds a constant."""

    state_size = 2

    def call(self, inputs, states, constants):
        """The constant and the state."""
        return states[0] + constants[0], [states[0] + inputs]


def test_constants_are_seen_in_both_directions():
    layer = Bidirectional(RNN(Shifted()), merge_mode="sum")
    x = data(1, 3, 2)
    y = layer(x, constants=np.full((1, 2), 5.0))
    wanted = 10 + x[:, :-1].sum(axis=1) + x[:, 1:].sum(axis=1)
    np.testing.assert_allclose(y.numpy(), wanted, rtol=1e-5)


@pytest.mark.parametrize("layer", [Dense(2), TimeDistributed(Dense(2))])
def test_only_recurrent_layers_have_two_directions(layer):
    with pytest.raises(ValueError, match=r"`layer` must be recurrent .*, got"):
        Bidirectional(layer)


def test_an_unknown_merge_mode_is_refused():
    with pytest.raises(ValueError, match="`merge_mode` must be 'sum', 'mul', 'concat'"):
        Bidirectional(LSTM(2), merge_mode="max")

"""Recurrent layers: what the source document says of them, and every way of using them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorlearn import ops
from tensorlearn.autograd import Tensor, grad
from tensorlearn.config import set_seed
from tensorlearn.declare.keras1 import Keras1Warning
from tensorlearn.declare.registry import custom_object_scope
from tensorlearn.engine import Input, Layer
from tensorlearn.layers.convolutional_recurrent import ConvLSTM2D
from tensorlearn.layers.core import Masking
from tensorlearn.layers.recurrent import (
    GRU,
    LSTM,
    RNN,
    GRUCell,
    LSTMCell,
    Recurrent,
    SimpleRNN,
    SimpleRNNCell,
    StackedRNNCells,
)
from tensorlearn.models.network import Network
from tensorlearn.models.sequential import Sequential

KINDS = (SimpleRNN, GRU, LSTM)
every_kind = pytest.mark.parametrize("kind", KINDS)
SEEDS = st.integers(0, 2**16)


def data(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def twin(layer, **changes):
    """The same layer with other settings and the same weights."""
    made = type(layer).from_config({**layer.get_config(), **changes})
    shape = (None, None, layer.cell.kernel.shape[0])
    made.ensure_built(changes.get("batch_input_shape", shape))
    made.set_weights(layer.get_weights())
    return made


# ---- the source document, sentence by sentence ----


def test_there_are_three_models_and_all_are_recurrent():
    assert all(isinstance(kind(2), Recurrent) for kind in KINDS)


def test_recurrent_itself_cannot_be_used():
    with pytest.raises(TypeError, match=r"Recurrent is abstract .* use LSTM, GRU or"):
        Recurrent()


@every_kind
def test_return_sequences_gives_the_whole_sequence_or_the_last_output(kind):
    layer, x = kind(3), data(2, 5, 4)
    last = layer(x)
    whole = twin(layer, return_sequences=True)(x)
    assert last.shape == (2, 3)
    assert whole.shape == (2, 5, 3)
    np.testing.assert_allclose(whole.numpy()[:, -1], last.numpy(), rtol=1e-6)


@every_kind
def test_go_backwards_reads_from_the_end_and_keeps_that_order(kind):
    layer, x = kind(3, return_sequences=True), data(2, 5, 4)
    layer(x)
    assert layer.go_backwards is False
    backward = twin(layer, go_backwards=True)
    np.testing.assert_allclose(
        backward(x).numpy(), layer(x[:, ::-1]).numpy(), rtol=1e-6
    )


@every_kind
def test_stateful_starts_sample_i_where_sample_i_ended(kind):
    layer, x = kind(3, return_sequences=True), data(2, 6, 4)
    whole = layer(x).numpy()
    kept = twin(layer, stateful=True, batch_input_shape=(2, 3, 4))
    kept.reset_states()
    parts = [kept(x[:, :3]).numpy(), kept(x[:, 3:]).numpy()]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, rtol=1e-5)


@every_kind
def test_inner_init_starts_the_recurrent_weights(kind):
    with pytest.warns(Keras1Warning, match="recurrent_initializer='zeros'"):
        layer = kind(output_dim=3, inner_init="zeros")
    layer(data(1, 2, 4))
    assert not layer.cell.recurrent_kernel.data.any()
    assert layer.cell.kernel.data.any()


@every_kind
def test_dropout_drops_the_same_inputs_at_every_step(kind):
    shared = {} if kind is SimpleRNN else {"implementation": 2}
    x = Tensor(np.ones((3, 4, 20), "float32"), requires_grad=True)
    (slopes,) = grad(kind(2, dropout=0.5, **shared)(x, training=True).sum(), [x])
    silent = slopes == 0
    assert (silent == silent[:, :1]).all()
    assert 0.3 < silent.mean() < 0.7


def test_recurrent_dropout_drops_the_same_states_at_every_step():
    layer = SimpleRNN(40, recurrent_dropout=0.5, return_sequences=True, use_bias=False)
    layer.ensure_built((None, None, 1))
    layer.set_weights([np.zeros((1, 40)), np.eye(40)])
    h = layer(np.zeros((1, 3, 1)), initial_state=np.full((1, 40), 0.1), training=True)
    assert ((h.numpy() == 0) == (h.numpy()[:, :1] == 0)).all()
    assert 5 < (h.numpy() == 0)[0, 0].sum() < 35
    # what is kept is scaled up by 1 / (1 - 0.5) on its way
    np.testing.assert_allclose(
        h.numpy().max(), np.tanh(2 * np.tanh(2 * np.tanh(0.2))), 1e-5
    )


@every_kind
def test_dropout_is_for_training_only(kind):
    layer, x = kind(3, dropout=0.5, recurrent_dropout=0.5), data(2, 4, 3)
    np.testing.assert_array_equal(layer(x).numpy(), layer(x).numpy())
    assert (layer(x, training=True).numpy() != layer(x, training=True).numpy()).any()


@pytest.mark.parametrize("kind", [GRU, LSTM])
def test_implementation_2_shares_one_mask_between_the_gates(kind):
    for implementation, count in ((1, kind(1).cell.gates), (2, 1)):
        layer = kind(
            2, dropout=0.5, recurrent_dropout=0.5, implementation=implementation
        )
        layer(data(2, 3, 4), training=True)
        assert len(layer.cell._masks["input"]) == count
        assert len(layer.cell._masks["state"]) == count


@pytest.mark.parametrize(
    ("old", "start"), [("one", 1.0), ("zero", 0.0), ("ones", 1.0), ("zeros", 0.0)]
)
def test_forget_bias_init_starts_the_bias_of_the_forget_gate(old, start):
    with pytest.warns(Keras1Warning):
        layer = LSTM(output_dim=3, forget_bias_init=old, input_dim=2)
    layer.ensure_built((None, None, 2))
    assert layer.cell.bias.data.tolist() == [0.0] * 3 + [start] * 3 + [0.0] * 6
    assert "forget_bias_init" not in layer.get_config()


def test_forget_bias_init_may_be_any_initializer():
    half = {"class_name": "Constant", "config": {"value": 0.5}}
    layer = LSTM(2, forget_bias_init=half)
    again = LSTM.from_config(layer.get_config())
    again.ensure_built((None, None, 2))
    assert again.cell.bias.data.tolist() == [0, 0, 0.5, 0.5, 0, 0, 0, 0]


def test_unit_forget_bias_is_the_default():
    layer = LSTM(2)
    layer.ensure_built((None, None, 2))
    assert layer.cell.bias.data.tolist() == [0, 0, 1, 1, 0, 0, 0, 0]


def test_inner_activation_is_that_of_the_gates():
    with pytest.warns(Keras1Warning, match="recurrent_activation='sigmoid'"):
        layer = LSTM(output_dim=3, inner_activation="sigmoid")
    assert layer.recurrent_activation is layer.cell.recurrent_activation
    assert layer.recurrent_activation.__name__ == "sigmoid"


@pytest.mark.filterwarnings("ignore::tensorlearn.declare.keras1.Keras1Warning")
def test_the_signatures_of_the_source_document_work():
    common = {
        "init": "glorot_uniform",
        "inner_init": "orthogonal",
        "activation": "tanh",
        "W_regularizer": None,
        "U_regularizer": None,
        "b_regularizer": None,
        "dropout_W": 0.0,
        "dropout_U": 0.0,
        "return_sequences": False,
        "go_backwards": False,
        "stateful": False,
        "unroll": False,
        "consume_less": "cpu",
        "input_dim": 5,
        "input_length": 7,
        "weights": None,
    }
    gated = {**common, "inner_activation": "hard_sigmoid"}
    for layer in (
        SimpleRNN(output_dim=32, **common),
        GRU(output_dim=32, **gated),
        LSTM(output_dim=32, forget_bias_init="one", **gated),
    ):
        assert Sequential([layer]).output_shape == (None, 32)
        assert layer.batch_input_shape == (None, 7, 5)


# ---- numbers ----


def test_simple_rnn_is_its_formula():
    layer, x = SimpleRNN(3), data(2, 4, 2)
    y = layer(x).numpy()
    W, U, b = layer.get_weights()
    h = np.zeros((2, 3))
    for t in range(4):
        h = np.tanh(x[:, t] @ W + h @ U + b)
    np.testing.assert_allclose(y, h, rtol=1e-5)


def test_lstm_columns_are_those_of_i_f_candidate_o():
    layer, x = LSTM(2), data(3, 4, 2)
    y = layer(x).numpy()
    W, U, b = layer.get_weights()
    h = c = np.zeros((3, 2))
    for t in range(4):
        i, f, g, o = np.split(x[:, t] @ W + h @ U + b, 4, axis=1)
        i, f, o = (np.clip(0.2 * a + 0.5, 0, 1) for a in (i, f, o))
        c = f * c + i * np.tanh(g)
        h = o * np.tanh(c)
    np.testing.assert_allclose(y, h, rtol=1e-5)


@pytest.mark.parametrize("reset_after", [False, True])
def test_gru_columns_are_those_of_update_reset_candidate(reset_after):
    layer, x = GRU(2, reset_after=reset_after), data(3, 4, 2)
    layer.ensure_built(x.shape)
    layer.set_weights(
        [data(*w.shape, seed=i) for i, w in enumerate(layer.get_weights())]
    )
    y = layer(x).numpy()
    W, U, b = layer.get_weights()
    b_in, b_state = b if reset_after else (b, np.zeros(6))
    h = np.zeros((3, 2))
    for t in range(4):
        z, r, g = np.split(x[:, t] @ W + b_in, 3, axis=1)
        hz, hr, hg = np.split(h @ U + b_state, 3, axis=1)
        z, r = (np.clip(0.2 * a + 0.5, 0, 1) for a in (z + hz, r + hr))
        g = np.tanh(g + (r * hg if reset_after else (r * h) @ U[:, 4:]))
        h = z * h + (1 - z) * g
    np.testing.assert_allclose(y, h, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", [GRU, LSTM])
@pytest.mark.parametrize("reset_after", [False, True])
def test_both_implementations_give_the_same(kind, reset_after):
    extra = {"reset_after": reset_after} if kind is GRU else {}
    layer, x = kind(3, implementation=1, **extra), data(2, 5, 4)
    y = layer(x).numpy()
    np.testing.assert_array_equal(twin(layer, implementation=2)(x).numpy(), y)


@every_kind
def test_unrolled_is_the_same(kind):
    layer, x = kind(3), data(2, 5, 4)
    y = layer(x).numpy()
    unrolled = type(layer).from_config({**layer.get_config(), "unroll": True})
    unrolled.ensure_built((None, 5, 4))
    unrolled.set_weights(layer.get_weights())
    np.testing.assert_array_equal(unrolled(x).numpy(), y)


@every_kind
def test_a_cell_called_by_hand_does_what_the_layer_does(kind):
    layer, x = kind(3), data(2, 5, 4)
    y, states = layer(x).numpy(), None
    for t in range(5):
        h, states = layer.cell(x[:, t], states)
    np.testing.assert_allclose(h.numpy(), y, rtol=1e-5)


CELLS = [
    (SimpleRNNCell, {}),
    (GRUCell, {}),
    (GRUCell, {"recurrent_activation": "sigmoid"}),
    (GRUCell, {"reset_after": True}),
    (GRUCell, {"reset_after": True, "use_bias": False}),
    (LSTMCell, {}),
    (LSTMCell, {"recurrent_activation": "sigmoid"}),
]


@pytest.mark.parametrize(("kind", "config"), CELLS)
@pytest.mark.parametrize("masked", [False, True])
@settings(max_examples=5)
@given(seed=SEEDS)
def test_whole_sequences_equal_step_by_step(kind, config, masked, seed):
    """Values and gradients of the fast primitive against the cell as it is defined."""
    cell = kind(3, **config, dtype="float64")
    x = Tensor(data(4, 2, 3, seed=seed).astype("float64"), requires_grad=True)
    mask = np.random.default_rng(seed).random((4, 2)) < 0.6 if masked else None
    cell.ensure_built((2, 3))
    for i, weight in enumerate(cell.weights):
        weight.assign(data(*weight.shape, seed=seed + i))
    states = [
        Tensor(data(2, 3, seed=seed + 7 + i).astype("float64"), requires_grad=True)
        for i in range(1 + (kind is LSTMCell))
    ]
    leaves = [x, *states, *cell.weights]

    def run(fast):
        cell.is_fast = lambda: fast
        ys, last = cell.sequence(x, states, mask, False)
        total = (ys * data(*ys.shape, seed=1)).sum()
        total = total + sum((s * data(*s.shape, seed=2)).sum() for s in last)
        return ys.numpy(), grad(total, leaves)

    (fast, fast_slopes), (slow, slow_slopes) = run(True), run(False)
    np.testing.assert_allclose(fast, slow, rtol=1e-7, atol=1e-12)
    for a, b in zip(fast_slopes, slow_slopes, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-10)


# ---- masks ----


@every_kind
@settings(max_examples=10)
@given(seed=SEEDS, length=st.integers(1, 4), pad=st.integers(0, 3), back=st.booleans())
def test_padded_and_masked_equals_unpadded(kind, seed, length, pad, back):
    set_seed(0)
    layer = kind(3, go_backwards=back)
    x = data(2, length, 2, seed=seed)
    padded = np.pad(x, [(0, 0), (0, pad), (0, 0)], constant_values=9.0)
    mask = np.arange(length + pad) < length
    y = layer(padded, mask=np.broadcast_to(mask, (2, length + pad)))
    np.testing.assert_allclose(y.numpy(), layer(x).numpy(), rtol=1e-5, atol=1e-6)


@every_kind
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_masked_steps_carry_the_state_and_repeat_the_output(kind, activation):
    layer = kind(2, activation=activation, return_sequences=True, return_state=True)
    mask = np.array([[False, True, False, True, False]])
    x = data(1, 5, 3)
    y, *states = layer(
        x, mask=mask, initial_state=[np.ones((1, 2))] * layer_states(layer)
    )
    y = y.numpy()[0]
    assert not y[0].any()  # nothing has been put out yet
    np.testing.assert_array_equal(y[1], y[2])
    np.testing.assert_array_equal(y[3], y[4])
    short = twin(layer)(x[:, [1, 3]], initial_state=[np.ones((1, 2))] * len(states))
    for a, b in zip(states, short[1:], strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5)


def layer_states(layer):
    return 2 if isinstance(layer, LSTM) else 1


def test_masks_go_on_with_sequences_only():
    x = data(2, 4, 3)
    x[0, 2:] = 0
    entry = Input((4, 3))
    h = LSTM(3, return_sequences=True)(Masking()(entry))
    assert h.masked
    y = LSTM(2)(h)
    assert not y.masked
    model = Network(entry, [h, y])
    short = [r.numpy()[0] for r in model(x[:, :2])]
    long = [r.numpy()[0] for r in model(x)]
    np.testing.assert_allclose(long[1], short[1], rtol=1e-6)


# ---- states ----


def test_encoder_hands_its_state_to_the_decoder():
    source, target = Input((None, 3)), Input((None, 2))
    _, h, c = LSTM(4, return_state=True)(source)
    y = LSTM(4, return_sequences=True)(target, initial_state=[h, c])
    model = Network([source, target], y)
    assert y.shape == (None, None, 4)

    a, b = data(2, 5, 3), data(2, 6, 2, seed=1)
    encoder, decoder = (layer for layer in model.layers if isinstance(layer, LSTM))
    states = encoder(a)[1:]
    wanted = decoder(b, initial_state=states).numpy()
    np.testing.assert_allclose(model([a, b]).numpy(), wanted, rtol=1e-6)
    assert (decoder(b).numpy() != wanted).any()


def test_gradients_flow_into_the_initial_state():
    layer = GRU(3)
    h = Tensor(data(2, 3), requires_grad=True)
    (slope,) = grad(layer(data(2, 4, 2), initial_state=h).sum(), [h])
    assert slope.shape == (2, 3)
    assert slope.any()


@every_kind
def test_returned_states_are_where_a_longer_sequence_goes_on(kind):
    layer, x = kind(3, return_state=True), data(2, 6, 4)
    whole = layer(x)
    _, *states = layer(x[:, :2])
    for a, b in zip(layer(x[:, 2:], initial_state=states), whole, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-4, atol=1e-6)


def test_initial_state_of_a_wrong_size_is_refused():
    layer = LSTM(3)
    with pytest.raises(ValueError, match=r"must be 2 states of shapes .*\(None, 3\)"):
        layer(data(2, 4, 2), initial_state=[np.zeros((2, 3))])
    with pytest.raises(ValueError, match=r"got \[\(2, 5\), \(2, 3\)\]"):
        layer(data(2, 4, 2), initial_state=[np.zeros((2, 5)), np.zeros((2, 3))])


def test_stateful_layer_keeps_to_its_batch_size():
    layer = GRU(2, stateful=True)
    layer(data(3, 4, 2))
    with pytest.raises(
        ValueError, match="batch of 3, but this batch has 2; use a number"
    ):
        layer(data(2, 4, 2))


def test_stateful_layer_needs_to_know_its_batch_size():
    with pytest.raises(
        ValueError, match=r"needs a known batch size; give .* batch_input_"
    ):
        Sequential([LSTM(2, stateful=True, input_shape=(4, 3))])
    assert Sequential([LSTM(2, stateful=True, batch_input_shape=(5, 4, 3))]).built


def test_reset_states_starts_anew_or_from_given_arrays():
    layer, x = LSTM(2, stateful=True), data(3, 4, 2)
    first = layer(x).numpy()
    assert [s.shape for s in layer.states] == [(3, 2), (3, 2)]
    assert (layer(x).numpy() != first).any()
    layer.reset_states()
    np.testing.assert_array_equal(layer(x).numpy(), first)
    given = [data(3, 2, seed=1), data(3, 2, seed=2)]
    layer.reset_states(given)
    wanted = twin(layer, stateful=False)(x, initial_state=given).numpy()
    np.testing.assert_allclose(layer(x).numpy(), wanted, rtol=1e-6)


def test_reset_states_explains_itself():
    with pytest.raises(AttributeError, match="Layer must be stateful"):
        LSTM(2).reset_states()
    layer = LSTM(2, stateful=True)
    with pytest.raises(RuntimeError, match="only once the layer is built"):
        layer.reset_states([np.zeros((3, 2))] * 2)
    layer(data(3, 4, 2))
    with pytest.raises(
        ValueError, match=r"needs 2 states of shapes \[\(3, 2\), \(3, 2\)\]"
    ):
        layer.reset_states(np.zeros((3, 2)))


def test_a_model_resets_the_states_of_its_layers():
    model = Sequential(
        [
            GRU(3, stateful=True, return_sequences=True, batch_input_shape=(2, 3, 4)),
            LSTM(2, stateful=True),
        ]
    )
    x = data(2, 3, 4)
    first = model(x).numpy()
    assert (model(x).numpy() != first).any()
    model.reset_states()
    np.testing.assert_array_equal(model(x).numpy(), first)


def test_states_carry_no_gradient_into_the_batch_before():
    layer = SimpleRNN(2, stateful=True)
    x = Tensor(data(2, 3, 2), requires_grad=True)
    layer(x)
    with pytest.raises(RuntimeError, match="does not depend on input"):
        grad(layer(data(2, 3, 2)).sum(), [x])


# ---- cells ----


class Minimal(Layer):
    """The cell of Keras's documentation."""

    def __init__(self, units, **kwargs):
        self.units = units
        self.state_size = units
        super().__init__(**kwargs)

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units), initializer="uniform", name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, self.units),
            initializer="uniform",
            name="recurrent_kernel",
        )
        self.built = True

    def call(self, inputs, states):
        output = inputs @ self.kernel + states[0] @ self.recurrent_kernel
        return output, [output]


class Counter:
    """Not even a layer: counts steps, and puts out twice the count."""

    state_size = 1

    def call(self, inputs, states):
        count = states[0] + 1.0
        return count * 2.0, [count]


def test_a_cell_of_ones_own_works():
    layer, x = RNN(Minimal(3), return_sequences=True), data(2, 4, 5)
    y = layer(x).numpy()
    W, U = layer.get_weights()
    h = np.zeros((2, 3))
    for t in range(4):
        h = x[:, t] @ W + h @ U
        np.testing.assert_allclose(y[:, t], h, rtol=1e-4, atol=1e-6)
    names = [w.name for w in layer.weights]
    assert names == [f"{layer.name}/kernel:0", f"{layer.name}/recurrent_kernel:0"]
    with custom_object_scope({"Minimal": Minimal}):
        assert RNN.from_config(layer.get_config()).cell.units == 3


def test_a_cell_need_not_be_a_layer_and_its_output_not_its_state():
    mask = np.array([[True, True, False], [False, True, True]])
    layer = RNN(Counter(), return_sequences=True, return_state=True)
    y, state = layer(np.zeros((2, 3, 1)), mask=mask)
    assert y.numpy()[:, :, 0].tolist() == [[2, 4, 4], [0, 2, 4]]
    assert state.numpy().tolist() == [[2], [2]]


def test_a_list_of_cells_is_stacked_and_equals_stacked_layers():
    cells = [LSTMCell(3), GRUCell(2), SimpleRNNCell(4)]
    layer, x = RNN(cells, return_state=True), data(2, 5, 3)
    y, *states = layer(x)
    assert isinstance(layer.cell, StackedRNNCells)
    assert [s.shape for s in states] == [(2, 3), (2, 3), (2, 2), (2, 4)]
    assert layer.cell.state_size == (3, 3, 2, 4)
    layers = [
        LSTM(3, return_sequences=True),
        GRU(2, return_sequences=True),
        SimpleRNN(4),
    ]
    h, weights = x, layer.get_weights()
    for i, one in enumerate(layers):
        one.ensure_built(h.shape)
        one.set_weights(weights[3 * i : 3 * i + 3])
        h = one(h)
    np.testing.assert_allclose(y.numpy(), h.numpy(), rtol=1e-5)
    tails = [w.name.split("/")[1] for w in layer.weights]
    assert tails[::3] == ["kernel:0", "kernel_1:0", "kernel_2:0"]


def test_stacked_cells_step_by_hand_as_in_a_sequence():
    stacked, x = StackedRNNCells([LSTMCell(3), Minimal(2)]), data(2, 4, 3)
    layer = RNN(stacked)
    y = layer(x).numpy()
    states = layer.get_initial_state(Tensor(x))
    for t in range(4):
        h, states = stacked.call(Tensor(x[:, t]), states)
    np.testing.assert_allclose(h.numpy(), y, rtol=1e-5)


class Shifted(Minimal):
    """A cell that is told a constant."""

    def build(self, input_shapes):
        super().build(input_shapes[0])

    def call(self, inputs, states, constants):
        output, states = super().call(inputs, states)
        return output + constants[0], states


def test_every_step_sees_the_constants():
    x, c = Input((4, 3)), Input((2,))
    layer = RNN(Shifted(2), return_sequences=True)
    model = Network([x, c], layer(x, constants=c))
    assert layer.get_config()["num_constants"] == 1
    layer.set_weights([np.zeros((3, 2)), np.zeros((2, 2))])
    y = model([data(1, 4, 3), np.array([[5.0, 7.0]])])
    assert y.numpy().tolist() == [[[5, 7]] * 4]


def test_constants_need_a_cell_that_takes_them():
    with pytest.raises(ValueError, match="cell LSTMCell does not take `constants`"):
        LSTM(2)(data(1, 3, 2), constants=np.zeros((1, 2)))


@pytest.mark.parametrize("value", [3, "LSTM", object()])
def test_what_is_no_cell_is_refused(value):
    if isinstance(value, str):
        value = {"class_name": "Dense", "config": {"units": 2}}
    with pytest.raises(
        (ValueError, TypeError), match=r"`cell` must be a cell: an object"
    ):
        RNN(value)


# ---- weights, names, errors ----


def test_weights_are_named_after_the_layer():
    layer = LSTM(2, name="memory")
    layer(data(1, 2, 3))
    names = [w.name for w in layer.weights]
    assert names == ["memory/kernel:0", "memory/recurrent_kernel:0", "memory/bias:0"]


@pytest.mark.parametrize(("kind", "old_order"), [(LSTM, "icfo"), (GRU, "zrh")])
def test_weights_in_the_layout_of_keras_1_are_joined(kind, old_order):
    order = {"icfo": "ifco", "zrh": "zrh"}[old_order]
    parts = {
        g: [data(3, 2, seed=i), data(2, 2, seed=i + 9), data(2, seed=i + 19)]
        for i, g in enumerate(old_order)
    }
    layer = kind(2, weights=[w for g in old_order for w in parts[g]])
    layer(data(1, 2, 3))
    for k, weight in enumerate(layer.get_weights()):
        np.testing.assert_array_equal(
            weight, np.concatenate([parts[g][k] for g in order], axis=-1)
        )


RNN_KEYS = "return_sequences return_state go_backwards stateful unroll"
CELL_KEYS = (
    "units activation use_bias kernel_initializer recurrent_initializer bias_initializer "
    "kernel_regularizer recurrent_regularizer bias_regularizer kernel_constraint "
    "recurrent_constraint bias_constraint dropout recurrent_dropout"
)
GATED = "recurrent_activation implementation"
KEYS = {SimpleRNN: "", GRU: f"{GATED} reset_after", LSTM: f"{GATED} unit_forget_bias"}


@every_kind
def test_configuration_has_the_keys_of_keras(kind):
    own = f"name trainable {CELL_KEYS} {KEYS[kind]}".split()
    layer = kind(2)
    assert set(layer.cell.get_config()) == set(own)
    assert set(layer.get_config()) == {*own, *RNN_KEYS.split(), "activity_regularizer"}
    wrapped = RNN(layer.cell).get_config()
    assert set(wrapped) == {"name", "trainable", "cell", *RNN_KEYS.split()}
    assert wrapped["cell"]["class_name"] == f"{kind.__name__}Cell"


def test_settings_of_the_cell_can_be_read_on_the_layer():
    layer = GRU(5, dropout=0.1, reset_after=True, kernel_initializer="ones")
    assert (layer.units, layer.dropout, layer.reset_after) == (5, 0.1, True)
    assert layer.kernel_initializer is layer.cell.kernel_initializer
    assert layer.cell.state_size == 5


def test_lstm_on_the_last_output_of_another_proposes_return_sequences():
    model = Sequential([LSTM(4, input_shape=(5, 3))])
    with pytest.raises(
        ValueError, match=r"expected ndim=3 .* give that one return_seq"
    ):
        model.add(LSTM(4))


def test_other_numbers_of_features_are_refused():
    layer = SimpleRNN(2)
    layer(data(2, 3, 4))
    with pytest.raises(ValueError, match="expected axis -1 to have length 4"):
        layer(data(2, 3, 5))


def test_an_empty_sequence_is_refused():
    with pytest.raises(ValueError, match="at least one time step"):
        LSTM(2)(np.zeros((2, 0, 3)))


def test_unrolling_needs_a_known_length():
    with pytest.raises(ValueError, match=r"known number of time steps, got .*None"):
        LSTM(2, unroll=True)(Input((None, 3)))


def test_only_units_go_by_position():
    with pytest.raises(TypeError, match="1 positional arguments"):
        LSTM(3, "tanh")


def test_a_step_costs_the_same_however_long_the_sequence():
    """Linear: no array of the size of the sequence is made in any step."""
    layer = LSTM(4, activation="relu", return_sequences=True)
    nodes = []
    for steps in (20, 40, 80):
        y = layer(data(2, steps, 3))
        seen, stack = set(), [y.node]
        while stack:
            node = stack.pop()
            if node is not None and node not in seen:
                seen.add(node)
                stack.extend(node.parents)
        nodes.append(
            sum(
                np.prod(np.shape(np.empty(n.shape)))
                if isinstance(n.shape, tuple)
                and all(isinstance(i, int) for i in n.shape)
                else 0
                for n in seen
            )
        )
    assert nodes[2] - nodes[1] == 2 * (nodes[1] - nodes[0])


def test_activity_regularizer_acts_on_the_output():
    layer = GRU(2, activity_regularizer={"class_name": "L1L2", "config": {"l1": 1.0}})
    y = layer(data(2, 3, 2))
    np.testing.assert_allclose(
        float(layer.losses[0]), np.abs(y.numpy()).sum(), rtol=1e-5
    )


# ---- images in time ----


def test_convolutional_lstm_agrees_with_itself_in_the_other_layout():
    last = ConvLSTM2D(2, 3, strides=2, padding="same", return_sequences=True)
    x = data(2, 3, 5, 4, 2)
    y = last(x).numpy()
    first = ConvLSTM2D.from_config(
        {**last.get_config(), "data_format": "channels_first"}
    )
    moved = np.moveaxis(x, -1, 2)
    first.ensure_built(moved.shape)
    first.set_weights(last.get_weights())
    assert first.compute_output_shape(moved.shape) == (2, 3, 2, 3, 2)
    np.testing.assert_allclose(np.moveaxis(first(moved).numpy(), 2, -1), y, rtol=1e-5)


def test_convolutional_lstm_can_keep_its_state():
    layer, x = (
        ConvLSTM2D(2, 2, stateful=True, return_sequences=True),
        data(1, 4, 3, 3, 1),
    )
    whole = layer(x).numpy()
    layer.reset_states()
    parts = [layer(x[:, :2]).numpy(), layer(x[:, 2:]).numpy()]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, rtol=1e-5)


def test_convolutional_lstm_refuses_strides_with_dilation():
    with pytest.raises(
        ValueError, match=r"`strides` \(2, 2\) and `dilation_rate` \(3, 3\)"
    ):
        ConvLSTM2D(2, 3, strides=2, dilation_rate=3)


def test_dropout_in_images_is_the_same_at_every_step():
    layer = ConvLSTM2D(2, 2, dropout=0.5, recurrent_dropout=0.5)
    x = Tensor(np.ones((1, 3, 4, 4, 8), "float32"), requires_grad=True)
    y = layer(x, training=True)
    assert len(layer.cell._masks["input"]) == 4
    assert layer.cell._masks["input"][0].shape == (1, 4, 4, 8)
    assert ops.reduce_sum(y * y).numpy() > 0


@pytest.mark.parametrize("hook", ["from_input", "project"])
def test_a_projection_of_ones_own_is_used_for_whole_sequences(hook):
    class Squashing(LSTMCell):
        pass

    def squashed(self, x, *weight):
        return ops.tanh(getattr(LSTMCell, hook)(self, x, *weight))

    setattr(Squashing, hook, squashed)
    cell = Squashing(4)
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    found = RNN(cell, return_sequences=True)(x).numpy()
    states = None
    for t in range(5):
        y, states = cell(x[:, t], states)
        np.testing.assert_allclose(found[:, t], y.numpy(), atol=1e-6)

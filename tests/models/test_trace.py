"""model.trace: what each layer makes of a batch, for every kind of model."""

import unicodedata
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tensorlearn import set_seed
from tensorlearn.autograd import grad
from tensorlearn.layers import (
    LSTM,
    Activation,
    BatchNormalization,
    Bidirectional,
    Conv2D,
    Dense,
    Dropout,
    Input,
    Lambda,
    TimeDistributed,
    concatenate,
)
from tensorlearn.losses import mse
from tensorlearn.models import Model, Sequential

rng = np.random.default_rng(0)
X = rng.normal(size=(6, 4)).astype("float32")
Y = rng.normal(size=(6, 2)).astype("float32")


def stack(*inner):
    first = Dense(5, activation="relu", input_shape=(4,), name="first")
    model = Sequential([first, *inner, Dense(2, name="last")], name="net")
    model.compile("sgd", "mse")
    return model


def cells(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def test_outputs_are_those_of_the_layers():
    model = stack()
    trace = model.trace(X)
    hidden = np.maximum(X @ model.layers[0].kernel.data + model.layers[0].bias.data, 0)
    np.testing.assert_allclose(trace["first"].output, hidden, rtol=1e-6)
    np.testing.assert_array_equal(trace["last"].output, model.predict(X))
    np.testing.assert_array_equal(trace["last"].input, trace["first"].output)
    assert [call.name for call in trace] == ["first", "last"]
    assert trace[0].shape == (6, 5)
    assert trace.loss is None
    assert trace["first"].gradient is None


def test_gradients_are_those_of_the_loss():
    model = stack()
    trace = model.trace(X, Y)
    loss = mse(Y, model(X)).mean()
    kernel, bias = model.layers[1].weights
    expected = grad(loss, [kernel, bias])
    for weight, g in zip(trace["last"].weights, expected, strict=True):
        np.testing.assert_allclose(weight.gradient, g, rtol=1e-5)
        np.testing.assert_allclose(weight.norm, np.linalg.norm(g), rtol=1e-5)
    np.testing.assert_allclose(trace.loss, loss.item(), rtol=1e-6)
    np.testing.assert_allclose(
        trace["last"].gradient,
        2 * (model.predict(X) - Y) / Y.size,
        rtol=1e-4,
        atol=1e-7,
    )


def test_the_model_is_left_as_it_was():
    model = stack(Dropout(0.5), BatchNormalization())
    before = model.get_weights()
    model.trace(X, Y, training=True)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert not any({"run", "run_masked"} & vars(layer).keys() for layer in model.layers)
    assert all(p.grad is None for p in model.weights)
    first = model.train_on_batch(X, Y)
    assert np.isfinite(first)


def test_layers_are_uncovered_after_an_error():
    def broken(x):
        raise KeyError("broken")

    model = Sequential([Lambda(lambda x: x, name="fine"), Dense(2)])
    model.build((None, 4))
    model.layers[0].function = broken
    with pytest.raises(KeyError):
        model.trace(X)
    assert "run" not in vars(model.layers[0])


def test_states_of_recurrent_layers_stay():
    model = Sequential([LSTM(3, stateful=True, batch_input_shape=(6, 2, 4))])
    x = rng.normal(size=(6, 2, 4))
    model.predict(x, batch_size=6)
    before = [s.data.copy() for s in model.layers[0].states]
    model.trace(x)
    for old, new in zip(before, model.layers[0].states, strict=True):
        np.testing.assert_array_equal(old, new.data)


def test_training_mode_uses_dropout():
    model = stack(Dropout(0.9, name="drop"))
    assert (model.trace(X, training=True)["drop"].output == 0).mean() > 0.5
    np.testing.assert_array_equal(
        model.trace(X)["drop"].output, model.trace(X)["first"].output
    )


# ---- kinds of models ----


def test_shared_and_nested_layers_of_a_graph():
    a, b = Input((4,), name="a"), Input((4,), name="b")
    inner = Dense(3, activation="tanh", name="inner", input_shape=(4,))
    tower = Sequential([inner], name="tower")
    joined = concatenate([tower(a), tower(b)], name="joined")
    model = Model([a, b], [Dense(2, name="one")(joined), Dense(1, name="two")(joined)])
    model.compile("sgd", "mse")
    trace = model.trace([X, -X], [Y, Y[:, :1]])
    names = [(call.name, call.call) for call in trace]
    assert names[:4] == [
        ("tower/inner", 1), ("tower", 1), ("tower/inner", 2), ("tower", 2),
    ]  # fmt: skip
    assert trace["inner"] is trace["tower/inner"] is trace[0]
    assert {"joined", "one", "two"} < {call.name for call in trace}
    assert [one.name for one in trace.inputs] == ["a", "b"]
    assert len(trace[0].weights) == 2
    assert trace[2].weights == []  # each weight is shown once
    assert "tower/inner (Dense), call 2" in str(trace)
    np.testing.assert_allclose(
        trace["joined"].input[1], -trace["joined"].input[0], rtol=1e-6
    )


def test_subclassed_models():
    class Net(Model):
        def __init__(self):
            super().__init__(name="net")
            self.body = [Dense(4, name="body"), Dense(2, name="head")]

        def call(self, x):
            return self.body[1](self.body[0](self.body[0](x)))

    model = Net()
    trace = model.trace(X)
    assert [(c.name, c.call) for c in trace] == [("body", 1), ("body", 2), ("head", 1)]
    model.compile("sgd", "mse")
    assert model.trace(X, Y)["head"].weights[0].norm > 0


def test_wrapped_layers_are_seen():
    model = Sequential(
        [
            TimeDistributed(Dense(3, name="each"), input_shape=(5, 4), name="time"),
            Bidirectional(LSTM(2, name="walk"), name="both"),
        ]
    )
    trace = model.trace(rng.normal(size=(2, 5, 4)))
    assert trace["each"].shape == (10, 3)
    assert trace["time"].shape == (2, 5, 3)
    assert trace["both"].shape == (2, 4)


def test_several_outputs_of_one_layer():
    x = Input((3, 4))
    model = Model(x, LSTM(2, return_state=True, name="lstm")(x)[0])
    call = model.trace(rng.normal(size=(5, 3, 4)))["lstm"]
    assert [y.shape for y in call.output] == [(5, 2)] * 3


# ---- what stands out ----


def notes(model, x=X, y=None):
    return "\n".join(model.trace(x, y).notes)


def test_dead_units_are_counted_and_named():
    model = stack()
    model.layers[0].bias.assign(np.array([-100.0, -100, -100, 0, 0]))
    trace = model.trace(X)
    assert trace["first"].dead == 0.6
    assert "60% dead" in str(trace)
    assert "'first': 60% of its units are 0 for every sample" in trace.notes[0]
    assert trace["last"].dead is None


def test_dead_channels_are_counted_along_their_axis():
    for layout, shape in (("channels_first", (3, 6, 6)), ("channels_last", (6, 6, 3))):
        conv = Conv2D(4, 2, activation="relu", data_format=layout, input_shape=shape)
        model = Sequential([conv])
        conv.bias.assign(np.array([-1e3, 1e3, 1e3, 1e3]))
        assert model.trace(rng.normal(size=(2, *shape)))[0].dead == 0.25


@pytest.mark.parametrize("function", ["sigmoid", "tanh"])
def test_saturated_units_are_counted(function):
    model = stack(Activation(function, name="flat"))
    for p in model.weights:
        p.assign(1e6 * np.ones(p.shape))
    trace = model.trace(np.abs(X))
    assert trace["flat"].saturated == 1
    assert f"where {function} is flat" in "\n".join(trace.notes)


def test_the_first_nan_is_named():
    bad = X.copy()
    bad[0, 0] = np.nan
    assert "1 values of the input 'first_input' are NaN" in notes(stack(), bad)
    model = stack(Lambda(lambda x: x / 0.0, name="divide"))
    assert "NaN or infinity appears first in 'divide'" in notes(model)
    assert model.trace(X)["divide"].bad > 0


def test_constant_outputs_are_noticed():
    assert "'first' gives the same for every sample" in notes(stack(), np.ones((6, 4)))


def test_gradients_that_vanish_or_explode_are_noticed():
    deep = [Dense(5, activation="sigmoid", name=f"d{i}") for i in range(8)]
    model = stack(*deep)
    assert "the gradient vanishes on its way back" in notes(model, y=Y)
    model = stack(Dense(5, name="big"), Dense(5, name="bigger"))
    for layer in model.layers[1:]:
        layer.kernel.assign(layer.kernel.data * 300)
    assert "the gradient explodes on its way back" in notes(model, y=Y)


def test_weights_without_gradient_are_named():
    model = stack()
    model.layers[0].bias.assign(np.full(5, -100.0))
    assert "the gradient of first/kernel, first/bias, last/kernel is 0" in notes(
        model, y=Y
    )


def test_a_healthy_model_has_no_notes():
    assert stack().trace(X, Y).notes == []


# ---- the table ----


def test_table_is_aligned_for_wide_names():
    model = Sequential([Dense(3, input_shape=(4,), name="第一层全连接"), Dense(2)])
    lines = str(model.trace(X)).splitlines()
    body = [line for line in lines if "float32" in line]
    starts = {cells(line[: line.index("float32")]) for line in body}
    assert len(starts) == 1
    assert {cells(line) for line in lines if line.startswith("─")} == {
        max(map(cells, body))
    }


def test_html_is_escaped_and_complete():
    model = stack()
    trace = model.trace(X, Y)
    html = trace._repr_html_()
    assert html.count("<tr>") == 1 + sum(1 for _ in trace.rows())
    assert "&nbsp;" in html
    assert "loss" in html


def test_randomness_goes_on_as_if_nobody_had_looked():
    losses = []
    for looks in (False, True):
        set_seed(1)
        model = stack(Dropout(0.5))
        if looks:
            model.trace(X, Y, training=True)
        losses.append(model.train_on_batch(X, Y) and model.train_on_batch(X, Y))
    assert losses[0] == losses[1]


def test_threads_do_not_see_each_other():
    model = stack()

    def look(_):
        model.predict(X)
        return len(model.trace(X))

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(look, range(40))) == {2}
    assert not any("run" in vars(layer) for layer in model.layers)


# ---- mistakes ----


def test_unknown_layers_are_explained():
    with pytest.raises(KeyError, match=r"no traced layer is called 'frist'.*'first'"):
        stack().trace(X)["frist"]


def test_targets_need_a_compiled_model():
    model = Sequential([Dense(2, input_shape=(4,))])
    with pytest.raises(RuntimeError, match="compile the model before `trace`"):
        model.trace(X, Y)


def test_wrong_shapes_are_explained_as_in_fit():
    with pytest.raises(ValueError, match=r"must have shape \(None, 4\), got \(6, 2\)"):
        stack().trace(X[:, :2])

"""Several batches at a time: the same bits, and not where somebody could notice."""

import threading
from contextlib import suppress

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tensorlearn import backend as K
from tensorlearn import parallel
from tensorlearn.layers import (
    LSTM,
    RNN,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    Lambda,
    Layer,
    MaxPooling2D,
    TimeDistributed,
)
from tensorlearn.models import Model, Sequential, together
from tensorlearn.testing import detect_anomaly


@pytest.fixture(autouse=True)
def always_long(monkeypatch):
    """Two threads, and every batch is thought to be worth them."""
    before = parallel.threads()
    parallel.set_threads(2)
    monkeypatch.setattr(together, "_LONG", 0.0)
    known = together._is_ours
    monkeypatch.setattr(
        together, "_is_ours", lambda code: _is_watching(code) or known(code)
    )
    yield
    parallel.set_threads(before)


def numbers(*shape):
    return np.random.default_rng(0).standard_normal(shape).astype("float32")


class Watching(Dense):
    """Notes the threads that it is called in; it is taken for the library's own."""

    def call(self, inputs):
        if threads_seen:  # not in the first batch, which comes alone
            with suppress(threading.BrokenBarrierError):
                both.wait()
        threads_seen.add(threading.get_ident())
        return super().call(inputs)


def _is_watching(code):
    return isinstance(code, type) and issubclass(code, Watching)


threads_seen: set = set()
both = threading.Barrier(1)


@pytest.fixture
def seen(monkeypatch):
    """The threads in which `Watching` layers run; they wait for each other."""
    threads_seen.clear()
    monkeypatch.setitem(globals(), "both", threading.Barrier(2, timeout=2))
    return threads_seen


def network():
    return Sequential(
        [
            Conv2D(6, 3, activation="relu", input_shape=(9, 9, 2)),
            BatchNormalization(),
            MaxPooling2D(),
            Dropout(0.5),
            Flatten(),
            Dense(3, activation="softmax"),
        ]
    )


def recurrent():
    return Sequential([LSTM(6, return_sequences=True), TimeDistributed(Dense(2))])


@pytest.mark.parametrize(
    ("make", "x"), [(network, numbers(67, 9, 9, 2)), (recurrent, numbers(67, 5, 3))]
)
def test_any_number_of_threads_predicts_the_same_bits(make, x):
    model = make()
    together_found = model.predict(x, batch_size=4)
    parallel.set_threads(1)
    assert_array_equal(model.predict(x, batch_size=4), together_found)


def test_evaluate_finds_the_same_numbers():
    model, x = network(), numbers(67, 9, 9, 2)
    y = np.eye(3, dtype="float32")[np.arange(67) % 3]
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy", "mse"])
    found = model.evaluate(x, y, batch_size=4, verbose=0)
    parallel.set_threads(1)
    assert model.evaluate(x, y, batch_size=4, verbose=0) == found


def test_two_threads_take_part(seen):
    Sequential([Watching(2, input_shape=(3,))]).predict(numbers(40, 3), batch_size=4)
    assert len(seen) == 2


def test_two_inputs_and_two_outputs_stay_in_order():
    a, b = Input((3,)), Input((3,))
    model = Model([a, b], [Dense(2)(a), Dense(1)(b)])
    x = [numbers(41, 3), numbers(41, 3) + 1]
    found = model.predict(x, batch_size=4)
    parallel.set_threads(1)
    for one, other in zip(found, model.predict(x, batch_size=4), strict=True):
        assert_array_equal(one, other)


class Own(Layer):
    def call(self, inputs):
        return inputs


def own_loss(y_true, y_pred):
    return K.mean(y_pred - y_true, axis=-1)


ALONE = {
    "layer of one's own": lambda: [Own(), Watching(2)],
    "lambda": lambda: [Lambda(lambda x: x), Watching(2)],
    "activation of one's own": lambda: [Dense(2, activation=lambda x: x), Watching(2)],
    "within a model": lambda: [Sequential([Own()]), Watching(2)],
    "within a wrapper": lambda: [Watching(2), TimeDistributed(Own())],
}


@pytest.mark.parametrize("case", ALONE)
def test_ones_own_code_sees_one_batch_at_a_time(case, seen, monkeypatch):
    monkeypatch.setitem(globals(), "both", threading.Barrier(1))
    model = Sequential(ALONE[case]())
    model.predict(numbers(40, 4, 3), batch_size=4)
    assert len(seen) == 1


def test_so_do_functions_losses_states_and_the_search_for_anomalies(seen, monkeypatch):
    monkeypatch.setitem(globals(), "both", threading.Barrier(1))
    x, y = numbers(40, 3), numbers(40, 2)
    model = Sequential([Watching(2, input_shape=(3,))])
    model.compile("sgd", own_loss)
    model.evaluate(x, y, batch_size=4, verbose=0)
    model.compile("sgd", "mse", metrics=[own_loss])
    model.evaluate(x, y, batch_size=4, verbose=0)
    with detect_anomaly():
        model.predict(x, batch_size=4)
    symbol = Input((3,))
    Model(symbol, Watching(2)(K.dropout(symbol, 0.5))).predict(x, batch_size=4)
    rnn = LSTM(2, stateful=True, batch_input_shape=(4, 5, 3))
    Sequential([rnn, Watching(2)]).predict(numbers(40, 5, 3), batch_size=4)
    assert len(seen) == 1


@pytest.mark.parametrize("layer", [Dropout(0.5), BatchNormalization()])
def test_so_does_what_is_called_as_if_in_training(layer, seen, monkeypatch):
    monkeypatch.setitem(globals(), "both", threading.Barrier(1))
    symbol = Input((3,))
    y = Watching(2)(layer(symbol, training=True))
    Model(symbol, y).predict(numbers(40, 3), batch_size=4)
    assert len(seen) == 1


def test_so_does_a_cell_that_is_no_layer(seen, monkeypatch):
    class Cell:
        state_size = 2

        def call(self, inputs, states):
            return inputs[:, :2], [states[0]]

    monkeypatch.setitem(globals(), "both", threading.Barrier(1))
    model = Sequential([RNN(Cell(), input_shape=(5, 3)), Watching(2)])
    model.predict(numbers(40, 5, 3), batch_size=4)
    assert len(seen) == 1


def test_the_first_failing_batch_is_told():
    class Failing(Watching):
        def call(self, inputs):
            if inputs.data.max() > 1e6:
                raise KeyError(float(inputs.data.max()))
            return super().call(inputs)

    x = numbers(40, 3)
    x[22], x[35] = 2e6, 3e6
    with pytest.raises(KeyError, match="2000000"):
        Sequential([Failing(2, input_shape=(3,))]).predict(x, batch_size=4)


def test_no_batch_is_no_work():
    assert list(together.in_order(network(), abs, [])) == []

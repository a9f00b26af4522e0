"""detect_anomaly names the operation and the line where NaN or Inf appeared first."""

import threading

import numpy as np
import pytest

from tensorlearn import ops
from tensorlearn.autograd import PRIMITIVES, Primitive, Tensor, grad, no_grad
from tensorlearn.autograd.graph import watch
from tensorlearn.layers import Dense, Input, Lambda, add
from tensorlearn.models import Model, Sequential
from tensorlearn.testing import AnomalyError, detect_anomaly

HERE = __file__


def leaf_of(*values):
    return Tensor(np.array(values), requires_grad=True)


def line_of(text):
    """The place of the line in this file that ends with the text as a comment."""
    with open(HERE, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.rstrip().endswith(f"# {text}"):
                return f"{HERE}:{number}"
    raise LookupError(text)


def test_forward_nan_is_located():
    x = leaf_of(1.0, -1.0)
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:
        ops.log(x).sum()  # here is the log
    error = caught.value
    assert str(error) == (
        "NaN appeared in the forward pass of 'log', called at "
        + line_of("here is the log")
    )
    assert (error.primitive, error.direction) == ("log", "forward")
    assert (error.where, error.layer) == (line_of("here is the log"), None)
    assert error.values[0].tolist() == [1, -1]


def test_forward_infinity_is_located():
    with (
        detect_anomaly(),
        pytest.raises(AnomalyError, match=r"Inf appeared .* 'divide'"),
    ):
        leaf_of(1.0) / np.zeros(1)


def test_compositions_name_the_line_of_the_user():
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:
        ops.reduce_std(leaf_of(np.inf, 1.0))  # here is the std
    assert caught.value.where == line_of("here is the std")


def test_backward_is_located_where_the_operation_was_called():
    x = leaf_of(0.0)
    with detect_anomaly():
        y = x**0.5  # here is the power
        with pytest.raises(AnomalyError) as caught:
            y.backward()
    assert (caught.value.primitive, caught.value.direction) == ("power", "backward")
    assert caught.value.where == line_of("here is the power")


def test_second_order_is_watched():
    x = leaf_of(0.0)
    with detect_anomaly():
        slope = grad(x**1.5, x, create_graph=True)
        with pytest.raises(AnomalyError, match="'power'"):
            grad(slope, x)


def test_several_outputs_are_watched():
    before = dict(PRIMITIVES)
    try:
        pair = Primitive("pair", lambda x: (x, x / 0), [None], outputs=True)
        with detect_anomaly(), pytest.raises(AnomalyError, match="'pair'"):
            pair(leaf_of(1.0))
        with detect_anomaly():
            first, second = ops.split(leaf_of(1.0, 2.0), 2)
            (first * second).backward()
    finally:
        PRIMITIVES.clear()
        PRIMITIVES.update(before)


def test_what_is_not_recorded_is_watched_too():
    with detect_anomaly(), no_grad(), pytest.raises(AnomalyError, match="'log'"):
        ops.log(Tensor([-1.0]))


def test_integers_pass():
    with detect_anomaly():
        assert (Tensor([1, 2]) * 2).numpy().tolist() == [2, 4]


def test_the_layer_is_named():
    layer = Lambda(lambda x: ops.log(x), name="my_log")  # here is the layer
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:
        layer(leaf_of([-1.0]))
    assert (caught.value.layer, caught.value.where) == (
        "my_log",
        line_of("here is the layer"),
    )
    assert "of 'log' in layer 'my_log', called at" in str(caught.value)


def test_watching_ends_with_the_block():
    for _ in range(2):
        with detect_anomaly():
            assert watch.anomaly is not None
        assert watch.anomaly is None
    with pytest.raises(KeyError), detect_anomaly():
        raise KeyError
    assert watch.anomaly is None


def test_threads_are_watched():
    found = []

    def work():
        with np.errstate(all="ignore"), pytest.raises(AnomalyError) as caught:
            ops.log(leaf_of(-1.0))
        found.append(caught.value.primitive)

    with detect_anomaly():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert found == ["log"]


# ---- the batch ----


def logarithm():
    model = Sequential([Dense(3, input_shape=(2,)), Lambda(ops.log)])
    model.compile("sgd", "mse")
    return model


def caught_by(run):
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:
        run()
    return caught.value


X = np.random.default_rng(0).normal(size=(40, 2)).astype("float32")
Y = np.ones((40, 3), "float32")


def test_fit_keeps_the_batch_for_a_replay():
    model = logarithm()
    error = caught_by(lambda: model.fit(X, Y, batch_size=8, verbose=0))
    x, y = error.batch
    assert (x.shape, y.shape) == ((8, 2), (8, 3))
    assert all((row == X).all(axis=1).any() for row in x)
    again = caught_by(lambda: model.train_on_batch(*error.batch))
    np.testing.assert_array_equal(again.batch[0], x)


def test_sample_weights_are_kept_too():
    model, weights = logarithm(), np.linspace(1, 2, 40)
    error = caught_by(lambda: model.fit(X, Y, 8, sample_weight=weights, verbose=0))
    assert [part.shape for part in error.batch] == [(8, 2), (8, 3), (8,)]


@pytest.mark.parametrize("method", ["predict", "__call__"])
def test_what_was_fed_is_kept(method):
    model = logarithm()
    error = caught_by(lambda: getattr(model, method)(X))
    (x,) = error.batch
    np.testing.assert_array_equal(x, X[: len(x)])
    caught_by(lambda: model(*error.batch))


def test_several_inputs_are_a_list():
    a, b = Input((2,)), Input((2,))
    model = Model([a, b], Lambda(ops.log)(add([a, b])))
    (inputs,) = caught_by(lambda: model.predict([X, -X])).batch
    np.testing.assert_array_equal(inputs[0], -inputs[1])


def test_the_way_back_keeps_the_batch():
    root = Sequential(
        [Dense(2, input_shape=(2,)), Lambda(lambda x: ops.relu(x) ** 0.5)]
    )
    root.compile("sgd", "mse")
    error = caught_by(lambda: root.fit(X, Y[:, :2], batch_size=8, verbose=0))
    assert error.direction == "backward"
    assert [part.shape for part in error.batch] == [(8, 2), (8, 2)]


def test_a_loop_of_ones_own_keeps_the_right_batch():
    layer = Dense(2)
    early, late = X[:4], X[4:12]
    with detect_anomaly():
        first = ops.relu(layer(early)) ** 0.5
        second = layer(late)
        second.sum().backward(retain_graph=True)
        with pytest.raises(AnomalyError) as caught:
            first.sum().backward()
    assert caught.value.direction == "backward"
    assert caught.value.batch == ()  # the power stands outside of any layer


def test_the_copy_is_ones_own():
    model, x = logarithm(), X.copy()
    error = caught_by(lambda: model(x))
    x[:] = 0
    assert error.batch[0].any()


def test_outside_of_layers_there_is_no_batch():
    assert caught_by(lambda: ops.log(leaf_of(-1.0))).batch == ()

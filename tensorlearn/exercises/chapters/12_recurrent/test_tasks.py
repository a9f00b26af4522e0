"""The tests of chapter 12. N = 4, D = 2, U = 3; T = 5 where there is time."""

import numpy as np
import pytest

from tensorlearn import layers
from tensorlearn.exercises.checks import close, expect, gradient, numbers


def weights(gates=1):
    return numbers(2, 3 * gates, seed=2), numbers(3, 3 * gates, seed=3) / 2


def arrays(gates=1):
    """x, h, W, R, b"""
    return numbers(4, 2), numbers(4, 3, seed=1), *weights(gates), numbers(3 * gates)


def after_one_step(made, arrays):
    """The state of a layer of tensorlearn whose first step has led to the state h."""
    x, W, R, b = arrays
    made(x[:, None].astype("float32"))
    made.set_weights([W, R, b])
    return made(x[:, None].astype("float32")).numpy()


@pytest.mark.task("12.1")
def test_step_gradients(student):
    gradient(student.rnn_step, student.rnn_step_backward, *arrays())


@pytest.mark.task("12.1")
def test_step_gradients_behind_the_identity(student):
    """With W = 1 nothing but the tanh stands between x and y."""
    _, h, _, R, b = arrays()
    inputs = numbers(4, 3), h, np.eye(3), R, b
    gradient(student.rnn_step, student.rnn_step_backward, *inputs, wrt="x")


# ---- 12.2 ----


@pytest.mark.task("12.2")
def test_rnn_value(student):
    """By hand: with W = R = 1 and b = 0, h₁ = tanh 1 and h₂ = tanh(2 + h₁)."""
    one = np.ones((1, 1))
    got = student.rnn(np.array([[[1.0], [2.0]]]), one, one, np.zeros(1))
    wanted = [[[0.7615941560], [0.9920460497]]]
    close(got, wanted, "rnn([[[1], [2]]], W = 1, R = 1, b = 0)")


@pytest.mark.task("12.2")
def test_rnn_is_a_layer_of_keras(student):
    x, W, R, b = numbers(4, 5, 2), *weights(), numbers(3, seed=4)
    made = layers.SimpleRNN(3, return_sequences=True)
    made(x.astype("float32"))
    made.set_weights([W, R, b])
    wanted = made(x.astype("float32")).numpy()
    close(student.rnn(x, W, R, b), wanted, "rnn(x, W, R, b)", rtol=1e-4, atol=1e-5)


@pytest.mark.task("12.2")
def test_rnn_gradients(student):
    inputs = numbers(3, 5, 2), *weights(), numbers(3, seed=4)
    _, *fixed = inputs

    def weights_at(time):
        """The network whose weights can be moved at one time alone."""

        def forward(x, *moved):
            h = np.zeros((3, 3))
            states = []
            for t in range(5):
                W, R, b = moved if t == time else fixed
                h = np.tanh(x[:, t] @ W + h @ R + b)
                states.append(h)
            return np.stack(states, axis=1)

        return forward

    gradient(
        student.rnn,
        student.rnn_backward,
        *inputs,
        suspects={"overwritten": weights_at(0)},
        shrink=False,
    )


@pytest.mark.task("12.2")
def test_first_state_is_zero(student):
    """With a single time R has multiplied nothing but zeros."""
    inputs = numbers(3, 1, 2), *weights(), numbers(3, seed=4)
    got = student.rnn_backward(numbers(3, 1, 3), *inputs)[2]
    close(got, np.zeros((3, 3)), "the gradient of R, T = 1 and so the old state is 0,")


@pytest.mark.task("12.2")
def test_gradient_reaches_the_beginning(student):
    """The loss sees the last state only; yet the first input acts on it."""
    x, W, R, b = numbers(1, 5, 2), *weights(), numbers(3, seed=4)
    g = np.zeros((1, 5, 3))
    g[:, -1] = 1
    dx = np.asarray(student.rnn_backward(g, x, W, R, b)[0])
    expect(
        np.abs(dx).sum(axis=(0, 2)).all(),
        zh="g 只在最后一个时刻不为 0 时，每个时刻的 x 仍应得到梯度",
        en="with g zero but for the last time, x must still get a gradient at every time",
    )


# ---- 12.3 ----


@pytest.mark.task("12.3")
def test_lstm_value(student):
    """A layer of Keras starts from h = c = 0; the cell's memory is tested below."""
    x, _, W, R, b = arrays(4)
    made = layers.LSTM(3, recurrent_activation="sigmoid")
    wanted = after_one_step(made, (x, W, R, b))
    nothing = np.zeros((4, 3))
    h, _ = student.lstm_step(x, nothing, nothing, W, R, b)
    close(h, wanted, "lstm_step(x, 0, 0, W, R, b)[0]", rtol=1e-4, atol=1e-5)


@pytest.mark.task("12.3")
def test_lstm_remembers(student):
    """Weights of 0 and a bias of ±30 open or close the gates: i = 0, f = 1, o = 1."""
    c = numbers(4, 3)
    W, R = np.zeros((2, 12)), np.zeros((3, 12))
    b = np.repeat([-30.0, 30.0, 1.0, 30.0], 3)
    h, new = student.lstm_step(numbers(4, 2), numbers(4, 3), c, W, R, b)
    close(new, c, "the new c, with i = 0 and f = 1")
    close(h, np.tanh(c), "the new h, with i = 0, f = 1 and o = 1")


def gradient_of_memory(student, g, forget):
    """That of the old c, with i = 0, o = 1 and an open or a closed forget gate."""
    b = np.repeat([-30.0, forget, 1.0, 30.0], 3)
    arrays = numbers(4, 2), numbers(4, 3), numbers(4, 3, seed=7)
    weights = np.zeros((2, 12)), np.zeros((3, 12))
    return student.lstm_step_backward(g, *arrays, *weights, b)[2]


@pytest.mark.task("12.3")
def test_lstm_memory_hands_its_gradient_on(student):
    c, g, nothing = numbers(4, 3, seed=7), numbers(4, 3, seed=8), np.zeros((4, 3))
    got = gradient_of_memory(student, (nothing, g), 30.0)
    close(got, g, "the gradient of c, with g = (0, gc) and f = 1,")
    got = gradient_of_memory(student, (g, nothing), 30.0)
    wanted = g / np.cosh(c) ** 2
    close(got, wanted, "the gradient of c, with g = (gh, 0), f = 1 and o = 1,")


@pytest.mark.task("12.3")
def test_lstm_forgets(student):
    g, nothing = numbers(4, 3, seed=8), np.zeros((4, 3))
    got = gradient_of_memory(student, (g, g), -30.0)
    close(got, nothing, "the gradient of c, with f = 0,")


@pytest.mark.task("12.3")
def test_lstm_gradients(student):
    x, h, W, R, b = arrays(4)
    inputs = x, h, numbers(4, 3, seed=5), W, R, b
    gradient(student.lstm_step, student.lstm_step_backward, *inputs, shrink=False)


# ---- 12.4 ----


@pytest.mark.task("12.4")
def test_gru_value(student):
    x, _, W, R, b = arrays(3)
    made = layers.GRU(3, recurrent_activation="sigmoid")
    wanted = after_one_step(made, (x, W, R, b))
    got = student.gru_step(x, np.zeros((4, 3)), W, R, b)
    close(got, wanted, "gru_step(x, 0, W, R, b)", rtol=1e-4, atol=1e-5)


@pytest.mark.task("12.4")
def test_gru_keeps(student):
    """With z = 1 nothing changes."""
    h, b = numbers(4, 3), np.repeat([30.0, 1.0, 1.0], 3)
    W, R = np.zeros((2, 9)), np.zeros((3, 9))
    close(student.gru_step(numbers(4, 2), h, W, R, b), h, "the new h, with z = 1")


@pytest.mark.task("12.4")
@pytest.mark.parametrize(("z", "r"), [(1, 0), (0, 1), (0, 0)])
def test_gru_gradients_with_open_and_closed_gates(student, z, r):
    x, h, _, R, _ = arrays(3)
    W, g = np.zeros((2, 9)), numbers(4, 3, seed=8)
    R[:, :6] = 0
    b = np.repeat([60.0 * z - 30, 60.0 * r - 30, 0.0], 3)
    _, dh, _, dR, _ = student.gru_step_backward(g, x, h, W, R, b)
    da = (1 - z) * g / np.cosh(r * h @ R[:, 6:]) ** 2
    gates = f"with z = {z} and r = {r},"
    close(dh, z * g + r * da @ R[:, 6:].T, f"the gradient of h, {gates}")
    close(np.asarray(dR)[:, 6:], r * h.T @ da, f"the gradient of Ra, {gates}")


@pytest.mark.task("12.4")
def test_gru_gradients(student):
    gradient(student.gru_step, student.gru_step_backward, *arrays(3), shrink=False)

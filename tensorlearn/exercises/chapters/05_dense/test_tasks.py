"""The tests of chapter 5."""

import numpy as np
import pytest

from tensorlearn.exercises.checks import close, expect, gradient, layer, numbers


def arrays(*lead):
    return numbers(*lead, 4), numbers(4, 3, seed=1), numbers(3, seed=2)


@pytest.mark.task("5.1")
def test_dense_value(student):
    x, W, b = arrays(5)
    close(student.dense(x, W, b), x @ W + b, "dense(x, W, b)")


@pytest.mark.task("5.1")
def test_dense_gradients(student):
    gradient(student.dense, student.dense_backward, *arrays(5))


@pytest.mark.task("5.1")
def test_dense_gradients_of_square_matrices(student):
    """Here a transposed gradient has the right shape, and still is wrong."""
    gradient(
        student.dense,
        student.dense_backward,
        numbers(4, 4),
        numbers(4, 4, seed=1),
        numbers(4, seed=2),
    )


def dense(student, inputs=4, units=3):
    made = student.Dense(inputs, units, np.random.default_rng(1))
    made.params["b"][:] = numbers(units, seed=3)
    return made


@pytest.mark.task("5.2")
def test_layer_value(student):
    x, made = numbers(5, 4), dense(student)
    wanted = x @ made.params["W"] + made.params["b"]
    close(made.forward(x), wanted, "Dense(4, 3).forward(x)")


@pytest.mark.task("5.2")
def test_layer_gradients(student):
    layer(lambda: dense(student), numbers(5, 4), accumulates=False, name="Dense")


@pytest.mark.task("5.2")
def test_the_last_forward_counts(student):
    made, g = dense(student), numbers(2, 3)
    made.forward(numbers(2, 4))
    x = numbers(2, 4, seed=9)
    made.forward(x)
    made.backward(g)
    close(made.grads["W"], x.T @ g, 'grads["W"] after a second forward')


@pytest.mark.task("5.3")
@pytest.mark.parametrize("lead", [(5,), (2, 5), (2, 3, 2), ()], ids=str)
def test_more_axes(student, lead):
    gradient(student.time_dense, student.time_dense_backward, *arrays(*lead))


def network(student, rng=None):
    rng = np.random.default_rng(2)
    first, second = student.Dense(4, 5, rng), student.Dense(5, 3, rng)
    return student.Sequential([first, student.Tanh(), second, student.Tanh()])


@pytest.mark.task("5.4")
def test_sequential_of_layers_without_parameters(student):
    """These layers are given, so that this test needs no other task."""
    x = numbers(3, 4)
    row = student.Sequential([student.Tanh(), student.Tanh()])
    close(
        row.forward(x), np.tanh(np.tanh(x)), "Sequential([Tanh(), Tanh()]).forward(x)"
    )
    layer(
        lambda: student.Sequential([student.Tanh(), student.Tanh()]),
        x,
        name="Sequential",
    )


@pytest.mark.task("5.4")
def test_sequential_gradients(student):
    layer(lambda: network(student), numbers(3, 4), name="Sequential", shrink=False)


@pytest.mark.task("5.4")
def test_sequential_names(student):
    made = network(student)
    made.forward(numbers(3, 4))
    made.backward(numbers(3, 3))
    wanted, got = {"0/W", "0/b", "2/W", "2/b"}, set(made.grads)
    expect(
        got == wanted,
        zh=f"grads 的名字应是 {sorted(wanted)}，得到 {sorted(got)}",
        en=f"the names in grads must be {sorted(wanted)}, got {sorted(got)}",
    )

"""The tests of chapter 7."""

import numpy as np
import pytest

from tensorlearn.exercises.checks import close, gradient, numbers

Y, T = numbers(4, 3), numbers(4, 3, seed=1)
WEIGHTS = np.array([0.5, 0.0, 2.0, 1.0])


def check(student, name, *inputs):
    gradient(
        getattr(student, name), getattr(student, f"{name}_backward"), *inputs, wrt=0
    )


@pytest.mark.task("7.1")
def test_values(student):
    close(student.mean_squared_error(Y, T), np.mean((Y - T) ** 2), "mean_squared_error")
    close(student.mean_absolute_error(Y, T), np.mean(abs(Y - T)), "mean_absolute_error")


@pytest.mark.task("7.1")
@pytest.mark.parametrize("name", ["mean_squared_error", "mean_absolute_error"])
def test_gradients(student, name):
    check(student, name, Y, T)


@pytest.mark.task("7.1")
def test_no_error_no_gradient(student):
    got = student.mean_absolute_error_backward(1.0, Y, Y.copy())
    close(got, np.zeros(Y.shape), "mean_absolute_error_backward(1, y, y)")


@pytest.mark.task("7.2")
@pytest.mark.parametrize("delta", [1.0, 0.4])
def test_huber_value(student, delta):
    e = np.abs(Y - T)
    wanted = np.where(e <= delta, e**2 / 2, delta * (e - delta / 2)).mean()
    close(student.huber(Y, T, delta), wanted, f"huber(y, t, {delta})")


@pytest.mark.task("7.2")
@pytest.mark.parametrize("delta", [1.0, 0.4])
def test_huber_gradient(student, delta):
    gradient(
        lambda y: student.huber(y, T, delta),
        lambda g, y: student.huber_backward(g, y, T, delta),
        Y,
        name=f"huber(y, t, {delta})",
    )


@pytest.mark.task("7.2")
def test_log_cosh_value(student):
    close(student.log_cosh(Y, T), np.log(np.cosh(Y - T)).mean(), "log_cosh(y, t)")


@pytest.mark.task("7.2")
def test_log_cosh_does_not_overflow(student):
    y = np.array([1000.0, -1000.0])
    with np.errstate(over="raise"):
        got = student.log_cosh(y, np.zeros(2))
    close(got, 1000 - np.log(2), "log_cosh([1000, -1000], 0)")


@pytest.mark.task("7.2")
def test_log_cosh_gradient(student):
    check(student, "log_cosh", Y, T)


TRUTH = np.array([[1.0, 0.0, 1.0], [0.0, 0.3, 1.0], [0.0, 0.0, 1.0], [1.0, 0.9, 0.0]])


@pytest.mark.task("7.3")
def test_binary_crossentropy_value(student):
    p = 1 / (1 + np.exp(-Y))
    wanted = np.mean(-TRUTH * np.log(p) - (1 - TRUTH) * np.log(1 - p))
    close(student.binary_crossentropy(Y, TRUTH), wanted, "binary_crossentropy(x, t)")


@pytest.mark.task("7.3")
def test_binary_crossentropy_far_out(student):
    x, t = np.array([1000.0, -1000.0, 1000.0, -1000.0]), np.array([1.0, 0, 0, 1])
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        got = student.binary_crossentropy(x, t)
        slope = student.binary_crossentropy_backward(4.0, x, t)
    call = "binary_crossentropy([1000, -1000, 1000, -1000], [1, 0, 0, 1])"
    close(got, 500.0, call)
    close(slope, [0.0, 0.0, 1.0, -1.0], "its gradient, times 4")


@pytest.mark.task("7.3")
def test_binary_crossentropy_gradient(student):
    check(student, "binary_crossentropy", Y, TRUTH)


@pytest.mark.task("7.4")
def test_weighted_value(student):
    each = np.mean((Y - T) ** 2, axis=1)
    wanted = np.average(each, weights=WEIGHTS)
    close(student.weighted_mse(Y, T, WEIGHTS), wanted, "weighted_mse(y, t, w)")


@pytest.mark.task("7.4")
def test_weighted_gradient(student):
    check(student, "weighted_mse", Y, T, WEIGHTS)


@pytest.mark.task("7.4")
def test_no_weight_at_all(student):
    w = np.zeros(4)
    with np.errstate(all="raise"):
        loss = student.weighted_mse(Y, T, w)
        slope = student.weighted_mse_backward(1.0, Y, T, w)
    close(loss, 0.0, "weighted_mse(y, t, zeros)")
    close(slope, np.zeros((4, 3)), "weighted_mse_backward(1, y, t, zeros)")

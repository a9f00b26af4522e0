"""The tests of chapter 1. `student` is the student's file."""

import numpy as np
import pytest

from tensorlearn.exercises.checks import close, expect, gradient, numbers


@pytest.mark.task("1.1")
def test_slope_of_a_parabola(student):
    close(
        student.slope(lambda x: x**2, 3.0), 6.0, "slope(lambda x: x**2, 3.0)", rtol=1e-6
    )


@pytest.mark.task("1.1")
def test_slope_is_central(student):
    """One-sided differences are wrong by h/2·f'' here, central ones are exact."""
    got = student.slope(lambda x: x**2, 3.0, h=0.5)
    close(got, 6.0, "slope(lambda x: x**2, 3.0, h=0.5)", rtol=1e-9)


@pytest.mark.task("1.1")
def test_slope_works_for_arrays(student):
    x = numbers(5)
    close(student.slope(np.sin, x), np.cos(x), "slope(np.sin, x)", rtol=1e-6)


@pytest.mark.task("1.2")
def test_square(student):
    gradient(student.square, student.square_backward, numbers(2, 3))


@pytest.mark.task("1.2")
def test_product(student):
    gradient(student.product, student.product_backward, numbers(4), numbers(4, seed=1))


@pytest.mark.task("1.3")
def test_quotient(student):
    a, b = numbers(2, 2), 2 + np.abs(numbers(2, 2, seed=1))
    gradient(student.quotient, student.quotient_backward, a, b)


@pytest.mark.task("1.4")
def test_sigmoid_value(student):
    x = numbers(6)
    close(student.sigmoid(x), 1 / (1 + np.exp(-x)), "sigmoid(x)")


@pytest.mark.task("1.4")
@pytest.mark.parametrize("name", ["sigmoid", "softplus"])
def test_no_overflow(student, name):
    with np.errstate(over="raise"):
        got = getattr(student, name)(np.array([-1000.0, 1000.0]))
    wanted = [0.0, 1.0] if name == "sigmoid" else [0.0, 1000.0]
    close(got, wanted, f"{name}([-1000, 1000])")


@pytest.mark.task("1.4")
def test_softplus_value(student):
    x = numbers(6)
    close(student.softplus(x), np.log(1 + np.exp(x)), "softplus(x)")


@pytest.mark.task("1.4")
@pytest.mark.parametrize("name", ["sigmoid", "softplus"])
def test_gradients(student, name):
    gradient(
        getattr(student, name), getattr(student, f"{name}_backward"), numbers(3, 2)
    )


@pytest.mark.task("1.5")
def test_neuron(student):
    gradient(
        student.neuron,
        student.neuron_backward,
        numbers(5),
        np.array(0.7),
        np.array(-0.2),
    )


@pytest.mark.task("1.5")
def test_neuron_gives_numbers_for_w_and_b(student):
    _, dw, db = student.neuron_backward(numbers(5), numbers(5), 0.7, -0.2)
    expect(
        np.shape(dw) == np.shape(db) == (),
        zh=f"w 与 b 的梯度应各是一个数，得到的形状是 {np.shape(dw)} 与 {np.shape(db)}",
        en=f"the gradients of w and b must be one number each, got the shapes "
        f"{np.shape(dw)} and {np.shape(db)}",
    )

"""The tests of chapter 6."""

import numpy as np
import pytest

from tensorlearn.exercises.checks import close, gradient, numbers

LABELS = np.array([2, 0, 2, 1, 3])


@pytest.mark.task("6.1")
@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu"])
def test_relu_family(student, name):
    x = numbers(4, 5)
    x[0, 0] = 0.0
    gradient(getattr(student, name), getattr(student, f"{name}_backward"), x)


@pytest.mark.task("6.1")
def test_leaky_relu_with_another_alpha(student):
    gradient(
        lambda x: student.leaky_relu(x, 0.3),
        lambda g, x: student.leaky_relu_backward(g, x, 0.3),
        numbers(6),
        name="leaky_relu(x, 0.3)",
    )


@pytest.mark.task("6.1")
def test_elu_value(student):
    x = numbers(6)
    close(student.elu(x), np.where(x > 0, x, np.exp(x) - 1), "elu(x)")


@pytest.mark.task("6.1")
def test_elu_does_not_overflow(student):
    x = np.array([-1000.0, 1000.0])
    with np.errstate(all="raise", under="ignore"):
        got, slope = student.elu(x), student.elu_backward(np.ones(2), x)
    close(got, [-1.0, 1000.0], "elu([-1000, 1000])")
    close(slope, [0.0, 1.0], "elu_backward(1, [-1000, 1000])")


@pytest.mark.task("6.2")
@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
def test_derivatives_from_outputs(student, name):
    function = {"tanh": np.tanh, "sigmoid": student.sigmoid}[name]
    backward = getattr(student, f"{name}_from_output")
    gradient(lambda x: (function(x),) * 2, backward, numbers(3, 4), style="cache")


@pytest.mark.task("6.2")
def test_swish(student):
    gradient(student.swish, student.swish_backward, numbers(3, 4))


@pytest.mark.task("6.3")
def test_softmax_value(student):
    x = numbers(2, 3, 4)
    wanted = np.exp(x) / np.exp(x).sum(-1, keepdims=True)
    close(student.softmax(x), wanted, "softmax(x)")


@pytest.mark.task("6.3")
def test_softmax_does_not_overflow(student):
    x = np.array([[1000.0, 999.0], [-1000.0, -1000.0]])
    half = 1 / (1 + np.exp(-1))
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        got = student.softmax(x)
    close(got, [[half, 1 - half], [0.5, 0.5]], "softmax([[1000, 999], [-1000, -1000]])")


@pytest.mark.task("6.3")
@pytest.mark.parametrize("shape", [(3, 5), (2, 3, 6), (5, 5)])
def test_softmax_gradient(student, shape):
    gradient(student.softmax, student.softmax_backward, numbers(*shape))


@pytest.mark.task("6.4")
def test_log_softmax(student):
    x = numbers(3, 4)
    wanted = np.log(np.exp(x) / np.exp(x).sum(-1, keepdims=True))
    close(student.log_softmax(x), wanted, "log_softmax(x)")
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        got = student.log_softmax(np.array([[0.0, -1000.0], [1000.0, 0.0]]))
    close(got, [[0.0, -1000.0], [0.0, -1000.0]], "log_softmax([[0, -1000], [1000, 0]])")


@pytest.mark.task("6.4")
def test_cross_entropy_value(student):
    x = numbers(5, 4)
    p = np.exp(x) / np.exp(x).sum(-1, keepdims=True)
    wanted = -np.log(p[np.arange(5), LABELS]).mean()
    close(student.cross_entropy(x, LABELS), wanted, "cross_entropy(x, labels)")


@pytest.mark.task("6.4")
def test_cross_entropy_gradient(student):
    gradient(
        student.cross_entropy, student.cross_entropy_backward, numbers(5, 4), LABELS
    )


@pytest.mark.task("6.4")
def test_cross_entropy_leaves_labels_and_x_alone(student):
    x, labels = numbers(5, 4), LABELS.copy()
    student.cross_entropy_backward(1.0, x, labels)
    close(x, numbers(5, 4), "x after cross_entropy_backward(1, x, labels)")
    close(labels, LABELS, "labels after cross_entropy_backward(1, x, labels)")

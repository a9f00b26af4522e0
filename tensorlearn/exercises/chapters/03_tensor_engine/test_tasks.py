"""The tests of chapter 3: single operations by their pulls, then whole graphs."""

import numpy as np
import pytest

from tensorlearn.datasets import digits
from tensorlearn.exercises.checks import close, engine, expect, gradient, numbers

OPERATIONS = {
    "a * b": (lambda a, b: a * b, np.multiply, [(2, 3), (2, 3)]),
    "a @ b": (lambda a, b: a @ b, np.matmul, [(2, 3), (3, 4)]),
    "x.relu()": (lambda x: x.relu(), lambda x: np.maximum(x, 0), [(3, 4)]),
}
MOVES = {
    "x.sum()": (lambda x: x.sum(), np.sum, [(2, 3)]),
    "x.sum(0)": (lambda x: x.sum(0), lambda x: x.sum(0), [(3, 4)]),
    "x.sum(1)": (lambda x: x.sum(1), lambda x: x.sum(1), [(3, 3)]),
    "x.reshape(4, 3)": (
        lambda x: x.reshape(4, 3),
        lambda x: x.reshape(4, 3),
        [(2, 6)],
    ),
    "x.transpose(1, 0)": (lambda x: x.transpose(1, 0), np.transpose, [(2, 3)]),
    "x.transpose(1, 2, 0)": (
        lambda x: x.transpose(1, 2, 0),
        lambda x: x.transpose(1, 2, 0),
        [(2, 3, 4)],
    ),
}


def made(shapes):
    return [numbers(*shape, seed=i) for i, shape in enumerate(shapes)]


def value_is_right(student, name, table):
    operation, reference, shapes = table[name]
    inputs = made(shapes)
    result = operation(*[student.Tensor(x) for x in inputs])
    close(result.data, reference(*inputs), f"({name}).data")


def pull_is_right(student, name, table):
    operation, _, shapes = table[name]

    def forward(*xs):
        return operation(*[student.Tensor(x) for x in xs]).data

    def backward(g, *xs):
        return operation(*[student.Tensor(x) for x in xs]).pull(g)

    gradient(forward, backward, *made(shapes), name=name)


@pytest.mark.task("3.1")
@pytest.mark.parametrize("name", OPERATIONS)
def test_products_and_relu_have_values(student, name):
    value_is_right(student, name, OPERATIONS)


@pytest.mark.task("3.1")
@pytest.mark.parametrize("name", OPERATIONS)
def test_products_and_relu_have_pulls(student, name):
    pull_is_right(student, name, OPERATIONS)


@pytest.mark.task("3.2")
@pytest.mark.parametrize("name", MOVES)
def test_sums_and_moves_have_values(student, name):
    value_is_right(student, name, MOVES)


@pytest.mark.task("3.2")
@pytest.mark.parametrize("name", MOVES)
def test_sums_and_moves_have_pulls(student, name):
    pull_is_right(student, name, MOVES)


# ---- 3.3: graphs of `+` and of Tensors with a pull of their own ----


@pytest.mark.task("3.3")
def test_count_uses(student):
    x = student.Tensor([1.0])
    y = x + x
    end = y + x
    uses = student.count_uses(end)
    expect(
        len(uses) == 3,
        zh=f"x + x + x 的来历里有 3 个 Tensor，得到 {len(uses)} 个",
        en=f"there are 3 Tensors in the history of x + x + x, got {len(uses)}",
    )
    close([uses[end], uses[y], uses[x]], [0, 1, 3], "the uses of end, y and x")


@pytest.mark.task("3.3")
def test_backward_of_a_diamond(student):
    def build(*xs):
        a, b = (student.Tensor(x) for x in xs)
        return a, b, (a + b) + a

    def backward(g, *xs):
        a, b, end = build(*xs)
        end.backward(g)
        return a.grad, b.grad

    def forward(*xs):
        return build(*xs)[2].data

    gradient(
        forward,
        backward,
        *made([(2, 3), (2, 3)]),
        name="(a + b) + a",
        suspects={"overwritten": lambda a, b: a + b},  # one of a's two uses
    )


@pytest.mark.task("3.3")
def test_backward_waits_for_every_share(student):
    """Were the short way taken first, `x` would pull before `y` has sent its share."""
    x = student.Tensor([1.0, 2.0])
    middle = student.Tensor([0.0, 0.0], (x,), lambda g: (3 * g,))
    y = student.Tensor([0.0, 0.0], (middle,), lambda g: (5 * g,))
    z = middle + y
    (y + z).backward()
    close(middle.grad, [11.0, 11.0], "the gradient of middle (1 + 5 + 5)")
    close(x.grad, [33.0, 33.0], "the gradient of x (3 · 11)")


@pytest.mark.task("3.3")
def test_backward_starts_with_g_or_ones(student):
    x = student.Tensor([1.0, 2.0])
    y = student.Tensor([0.0, 0.0], (x,), lambda g: (3 * g,))
    y.backward()
    close(x.grad, [3.0, 3.0], "x.grad after y.backward()")
    y.backward(np.array([1.0, -2.0]))
    close(x.grad, [3.0, -6.0], "x.grad after y.backward([1, -2])")


@pytest.mark.task("3.3")
def test_gradients_do_not_share_memory(student):
    """The pull of `+` hands the same g to both: += in place would spoil the other."""
    a, b = student.Tensor([1.0]), student.Tensor([2.0])
    c = a + b
    (c + a).backward()
    close([a.grad[0], b.grad[0], c.grad[0]], [2, 1, 1], "the gradients of a, b, c")


@pytest.mark.task("3.3")
def test_backward_goes_deep(student):
    x = end = student.Tensor([1.0])
    for _ in range(1100):
        end = student.Tensor([1.0], (end,), lambda g: (g,))
    end.backward()
    close(x.grad, [1.0], "x.grad below a chain of 1100 Tensors")


# ---- 3.4 ----


@pytest.mark.task("3.4")
def test_mean_squares(student):
    y, t = numbers(3, 4), numbers(3, 4, seed=1)
    got = student.mean_squares(student.Tensor(y), t).data
    close(got, np.mean((y - t) ** 2), "mean_squares(y, targets).data")
    leaf = student.Tensor
    engine(lambda y: student.mean_squares(y, t), y, leaf=leaf, name="mean_squares")


@pytest.mark.task("3.4")
def test_one_step_of_training(student):
    x, t = numbers(5, 4), numbers(5, 3, seed=1)
    v1, v2 = numbers(4, 6, seed=2), numbers(6, 3, seed=3)
    w1, w2 = student.Tensor(v1), student.Tensor(v2)
    losses = student.train(x, t, w1, w2, 1, 0.1)
    h = np.maximum(x @ v1, 0)
    error = h @ v2 - t
    close(losses, [np.mean(error**2)], "train(…, steps=1)")
    g = 2 * error / error.size
    close(w2.data, v2 - 0.1 * h.T @ g, "w2.data after one step")
    close(w1.data, v1 - 0.1 * x.T @ ((g @ v2.T) * (h > 0)), "w1.data after one step")


@pytest.mark.task("3.4")
def test_it_learns_digits(student):
    (x, labels), (x_test, labels_test) = digits.load_data(flatten=True)
    x, x_test = x[:600].astype(float), x_test.astype(float)
    w1 = student.Tensor(numbers(64, 32) * np.sqrt(2 / 64))
    w2 = student.Tensor(numbers(32, 10, seed=1) * np.sqrt(2 / 32))
    losses = student.train(x, np.eye(10)[labels[:600]], w1, w2, 150, 1.0)
    right = student.network(x_test, w1, w2).data.argmax(1) == labels_test
    expect(
        losses[-1] < losses[0] / 5 and right.mean() > 0.8,
        zh=f"训练 150 步后应认出八成以上的数字，实际 {right.mean():.0%}",
        en=f"after 150 steps it should read more than 80 % of the digits, got "
        f"{right.mean():.0%}",
    )

"""The tests of chapter 4: shapes first, then gradients over all pairs of shapes."""

import math

import numpy as np
import pytest

from tensorlearn.exercises.checks import close, expect, gradient, numbers, raises

FITTING = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (2, 3)),
    ((2, 1), (1, 3)),
    ((4, 1, 3), (2, 1)),
    ((), (2, 3)),
    ((1,), (0,)),
    ((2, 0, 1), (1, 5)),
]
PAIRS = [((2, 3), (2, 3)), ((4, 3), (3,)), ((4, 1), (4, 3)), ((2, 1, 3), (5, 1))]


@pytest.mark.task("4.1")
@pytest.mark.parametrize(("a", "b"), FITTING, ids=str)
def test_shapes_that_fit(student, a, b):
    got, wanted = student.broadcast_shape(a, b), np.broadcast_shapes(a, b)
    expect(
        tuple(got) == wanted,
        zh=f"{a} 与 {b} 广播成 {wanted}，得到 {got}",
        en=f"{a} and {b} broadcast to {wanted}, got {got}",
    )


@pytest.mark.task("4.1")
@pytest.mark.parametrize(("a", "b"), [((3,), (2,)), ((3, 2), (3,)), ((2, 0), (3,))])
def test_shapes_that_do_not_fit(student, a, b):
    call = f"broadcast_shape({a}, {b})"
    raises(ValueError, lambda: student.broadcast_shape(a, b), what=call)


@pytest.mark.task("4.2")
@pytest.mark.parametrize(
    ("large", "shape"),
    [
        ((4, 3), (3,)),
        ((4, 3), (4, 1)),
        ((4, 3), ()),
        ((5, 4, 3), (1, 3)),
        ((5, 4, 3), (5, 1, 1)),
        ((2, 3), (2, 3)),
    ],
)
def test_sum_to(student, large, shape):
    """The gradient of a copy: what each number of the small array stands for."""
    g = numbers(*large)
    size = math.prod(shape)
    places = np.broadcast_to(np.arange(size).reshape(shape), large)
    wanted = np.bincount(places.ravel(), g.ravel(), size).reshape(shape)
    close(student.sum_to(g, shape), wanted, f"sum_to(g of {large}, {shape})")


@pytest.mark.task("4.2")
def test_sum_to_is_the_way_back_of_broadcasting(student):
    def forward(x):
        return np.broadcast_to(x, (4, 5, 3)) * 1.0

    for shape in [(3,), (5, 1), (4, 1, 3)]:
        gradient(forward, lambda g, x: student.sum_to(g, x.shape), numbers(*shape))


@pytest.mark.task("4.3")
@pytest.mark.parametrize("name", ["add", "multiply", "divide"])
@pytest.mark.parametrize(("a", "b"), PAIRS, ids=str)
def test_arithmetic(student, name, a, b):
    forward, backward = getattr(student, name), getattr(student, f"{name}_backward")
    gradient(forward, backward, numbers(*a), 2 + np.abs(numbers(*b, seed=1)))


@pytest.mark.task("4.4")
@pytest.mark.parametrize("axis", [0, 1, (0, 2)])
@pytest.mark.parametrize("keepdims", [True, False])
def test_mean(student, axis, keepdims):
    def forward(x):
        return student.mean(x, axis, keepdims)

    def backward(g, x):
        return student.mean_backward(g, x, axis, keepdims)

    gradient(forward, backward, numbers(5, 4, 3), name=f"mean(x, {axis}, {keepdims})")


@pytest.mark.task("4.4")
def test_mean_of_a_square_matrix(student):
    gradient(
        lambda x: student.mean(x, 1),
        lambda g, x: student.mean_backward(g, x, 1),
        numbers(4, 4),
        name="mean(x, 1)",
    )


@pytest.mark.task("4.4")
def test_center(student):
    x = numbers(5, 3)
    close(student.center(x), x - x.mean(0), "center(x)")
    gradient(student.center, student.center_backward, x)

"""The tests of chapter 10."""

import numpy as np
import pytest

from tensorlearn.exercises.checks import close, gradient, numbers

HILL = numbers(2, 5, 5, 2) + 5 * (np.arange(5) == 2)[:, None]  # wins several windows


@pytest.mark.task("10.1")
@pytest.mark.parametrize(("shape", "size"), [((2, 4, 6, 3), 2), ((1, 6, 3, 2), 3)])
def test_max_pool(student, shape, size):
    x = numbers(*shape)
    rows, columns = range(0, shape[1], size), range(0, shape[2], size)
    wanted = np.stack(
        [
            np.stack([x[:, i : i + size, j : j + size].max((1, 2)) for j in columns], 1)
            for i in rows
        ],
        axis=1,
    )
    close(student.max_pool(x, size), wanted, f"max_pool(x, {size})")


def pooled(x, size):
    N, H, W, C = x.shape
    return x.reshape(N, H // size, size, W // size, size, C).max(axis=(2, 4))


@pytest.mark.task("10.2")
@pytest.mark.parametrize(("shape", "size"), [((2, 4, 6, 3), 2), ((1, 6, 3, 2), 3)])
def test_max_pool_gradient(student, shape, size):
    gradient(
        lambda x: pooled(x, size),
        lambda g, x: student.max_pool_backward(g, x, size),
        numbers(*shape),
        name=f"max_pool(x, {size})",
    )


@pytest.mark.task("10.2")
def test_ties_have_one_winner(student):
    x = np.array([[1.0, 3.0], [3.0, 3.0]]).reshape(1, 2, 2, 1)
    got = student.max_pool_backward(np.full((1, 1, 1, 1), 5.0), x, 2)[0, :, :, 0]
    close(got, [[0.0, 5.0], [0.0, 0.0]], "max_pool_backward(5, [[1, 3], [3, 3]], 2)")


POOLS = [(2, 2, 0), (2, 1, 0), (3, 2, 1), (3, 1, 1)]


def averaged(x, size, stride, padding):
    """By loops, over what each window has of the image."""
    N, H, W, C = x.shape
    rows = range(-padding, H + padding - size + 1, stride)
    columns = range(-padding, W + padding - size + 1, stride)
    y = np.zeros((N, len(rows), len(columns), C))
    for a, i in enumerate(rows):
        for b, j in enumerate(columns):
            cell = x[:, max(i, 0) : i + size, max(j, 0) : j + size]
            y[:, a, b] = cell.mean((1, 2))
    return y


@pytest.mark.task("10.3")
@pytest.mark.parametrize(("size", "stride", "padding"), POOLS)
def test_average_pool(student, size, stride, padding):
    x = numbers(2, 5, 4, 2)
    got = student.average_pool(x, size, stride, padding)
    call = f"average_pool(x, {size}, {stride}, {padding})"
    close(got, averaged(x, size, stride, padding), call)


@pytest.mark.task("10.3")
@pytest.mark.parametrize(("size", "stride", "padding"), POOLS)
def test_average_pool_gradient(student, size, stride, padding):
    gradient(
        lambda x: averaged(x, size, stride, padding),
        lambda g, x: student.average_pool_backward(g, x, size, stride, padding),
        numbers(2, 5, 4, 2),
        name=f"average_pool(x, {size}, {stride}, {padding})",
        shrink=False,
    )


@pytest.mark.task("10.4")
@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 1), (2, 1), (2, 3)])
def test_overlapping_gradient(student, size, stride):
    gradient(
        lambda x: student.max_pool_overlapping(x, size, stride),
        lambda g, x: student.max_pool_overlapping_backward(g, x, size, stride),
        HILL,
        name=f"max_pool_overlapping(x, {size}, {stride})",
        shrink=False,
    )


@pytest.mark.task("10.4")
def test_overlapping_ties_have_one_winner(student):
    x = np.full((1, 3, 3, 1), 7.0)
    g = np.array([[1.0, 10.0], [100.0, 1000.0]]).reshape(1, 2, 2, 1)
    got = student.max_pool_overlapping_backward(g, x, 2, 1)[0, :, :, 0]
    wanted = [[1.0, 10.0, 0.0], [100.0, 1000.0, 0.0], [0.0, 0.0, 0.0]]
    close(got, wanted, "max_pool_overlapping_backward(g, sevens, 2, 1)")

"""The tests of chapter 9. The convolution to compare with is one sum of shifted images."""

import numpy as np
import pytest

from tensorlearn.exercises.checks import close, gradient, numbers, raises

SHAPES = [((2, 4, 5, 3), (2, 3, 3, 2)), ((1, 3, 3, 1), (3, 3, 1, 1))]
CASES = [(1, 0), (1, 1), (2, 0), (2, 1), (3, 2)]


def convolved(x, w, b, stride, padding):
    x = np.pad(x, [(0, 0), (padding, padding), (padding, padding), (0, 0)])
    K, L = w.shape[:2]
    H, W = x.shape[1] - K + 1, x.shape[2] - L + 1
    places = [(k, m) for k in range(K) for m in range(L)]
    y = sum(x[:, k : k + H, m : m + W] @ w[k, m] for k, m in places)
    return y[:, ::stride, ::stride] + b


@pytest.mark.task("9.1")
@pytest.mark.parametrize(("x", "w"), SHAPES, ids=str)
def test_loops(student, x, w):
    x, w = numbers(*x), numbers(*w, seed=1)
    close(
        student.convolve_loops(x, w), convolved(x, w, 0, 1, 0), "convolve_loops(x, w)"
    )


@pytest.mark.task("9.2")
@pytest.mark.parametrize(
    ("length", "size", "stride", "padding", "wanted"),
    [
        (7, 3, 1, 0, 5),
        (7, 3, 2, 0, 3),
        (8, 3, 2, 0, 3),
        (8, 3, 2, 1, 4),
        (7, 3, 1, 1, 7),
        (5, 5, 3, 0, 1),
    ],
)
def test_output_length(student, length, size, stride, padding, wanted):
    call = f"output_length({length}, {size}, {stride}, {padding})"
    close(student.output_length(length, size, stride, padding), wanted, call)


@pytest.mark.task("9.2")
def test_output_length_of_nothing(student):
    call = "output_length(3, 6, 2, 1)"
    raises(ValueError, lambda: student.output_length(3, 6, 2, 1), what=call)


@pytest.mark.task("9.2")
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_windows(student, stride):
    x = numbers(2, 6, 7, 3)
    got = student.windows(x, (2, 3), stride)
    H, W = range(0, 5, stride), range(0, 5, stride)
    wanted = np.stack(
        [np.stack([x[:, i : i + 2, j : j + 3] for j in W], 1) for i in H], 1
    )
    close(got, wanted, f"windows(x, (2, 3), {stride})")


@pytest.mark.task("9.3")
@pytest.mark.parametrize(("stride", "padding"), CASES)
def test_convolve(student, stride, padding):
    x, w, b = numbers(2, 5, 6, 3), numbers(2, 3, 3, 4, seed=1), numbers(4, seed=2)
    got = student.convolve(x, w, b, stride, padding)
    wanted = convolved(x, w, b, stride, padding)
    close(got, wanted, f"convolve(x, w, b, stride={stride}, padding={padding})")


def taken(x, size, stride):
    """Windows that need no other task."""
    K, L = size
    every = np.lib.stride_tricks.sliding_window_view(x, (K, L), axis=(1, 2))
    return every[:, ::stride, ::stride].transpose(0, 1, 2, 4, 5, 3).copy()


@pytest.mark.task("9.4")
@pytest.mark.parametrize(
    ("size", "stride"),
    [((2, 2), 1), ((3, 2), 2), ((2, 3), 1), ((1, 1), 2), ((2, 2), 3)],
)
def test_overlap_add(student, size, stride):
    x = numbers(2, 6, 5, 2)
    gradient(
        lambda x: taken(x, size, stride),
        lambda g, x: student.overlap_add(g, x.shape, stride),
        x,
        name=f"windows of {size}, stride {stride}",
        shrink=False,
    )


@pytest.mark.task("9.4")
def test_overlap_add_counts(student):
    patches = np.ones((1, 3, 3, 2, 2, 1))
    wanted = [[1, 2, 2, 1], [2, 4, 4, 2], [2, 4, 4, 2], [1, 2, 2, 1]]
    got = student.overlap_add(patches, (1, 4, 4, 1), 1)[0, :, :, 0]
    close(got, wanted, "overlap_add(ones(1, 3, 3, 2, 2, 1), (1, 4, 4, 1), 1)")


@pytest.mark.task("9.5")
@pytest.mark.parametrize(("stride", "padding"), CASES)
def test_convolve_gradients(student, stride, padding):
    def backward(g, x, w, b):
        return student.convolve_backward(g, x, w, b, stride, padding)

    def forward(x, w, b):
        return convolved(x, w, b, stride, padding)

    x, w, b = numbers(2, 5, 6, 2), numbers(3, 3, 2, 3, seed=1), numbers(3, seed=2)
    name = f"convolve(x, w, b, stride={stride}, padding={padding})"
    gradient(forward, backward, x, w, b, name=name, shrink=False)

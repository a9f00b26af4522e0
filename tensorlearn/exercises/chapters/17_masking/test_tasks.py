"""The tests of chapter 17. Four sentences of 4, 2, 0 and 3 steps; D = 2, U = 3."""

import numpy as np
import pytest

from tensorlearn.exercises.checks import close, expect, gradient, numbers

LENGTHS = np.array([4, 2, 0, 3])
MASK = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 0, 0], [1, 1, 1, 0]], bool)
GAPS = np.array([[1, 0, 1, 1], [0, 1, 0, 1], [0, 0, 0, 0], [0, 0, 1, 0]], bool)
every_mask = pytest.mark.parametrize("mask", [MASK, GAPS], ids=["padding", "gaps"])


def with_rubbish(x, mask):
    """The same real steps, and NaN in the padding."""
    return np.where(mask[..., None], x, np.nan)


@pytest.mark.task("17.1")
def test_padding_mask(student):
    x = np.array(
        [[[1.0, 0.0], [0.0, 0.0], [0.0, 2.0]], [[-1.0, 1.0], [3.0, 3.0], [0, 0]]]
    )
    got = student.padding_mask(x)
    close(got, [[1, 0, 1], [1, 1, 0]], "padding_mask(x)")
    expect(
        np.asarray(got).dtype == bool,
        zh="遮罩应是布尔数组",
        en="a mask must be a boolean array",
    )


@pytest.mark.task("17.1")
def test_padding_mask_of_another_value(student):
    x = np.array([[[-1.0, -1.0], [0.0, 0.0], [-1.0, 5.0]]])
    got = student.padding_mask(x, value=-1.0)
    close(got, [[0, 1, 1]], "padding_mask(x, value=-1)")


@pytest.mark.task("17.1")
def test_length_mask(student):
    got = student.length_mask(LENGTHS, 4)
    close(got, MASK, "length_mask([4, 2, 0, 3], 4)")
    expect(
        np.asarray(got).dtype == bool,
        zh="遮罩应是布尔数组",
        en="a mask must be a boolean array",
    )


# ---- 17.2 ----


@pytest.mark.task("17.2")
def test_mean_by_hand(student):
    x = np.array([[[2.0], [4.0], [100.0]], [[7.0], [8.0], [9.0]]])
    got = student.masked_mean(x, np.array([[1, 1, 0], [0, 0, 0]], bool))
    close(
        got, [[3.0], [0.0]], "masked_mean([[2, 4, 100], [7, 8, 9]], 2 and 0 real steps)"
    )


@pytest.mark.task("17.2")
@every_mask
def test_mean_is_blind_to_padding(student, mask):
    x = numbers(4, 4, 2)
    got = student.masked_mean(with_rubbish(x, mask), mask)
    wanted = student.masked_mean(x, mask)
    close(got, wanted, "masked_mean with NaN in the padding")


@pytest.mark.task("17.2")
@every_mask
def test_mean_gradient(student, mask):
    def unmasked(x):
        return x.sum(axis=1) / np.maximum(mask.sum(axis=1), 1)[:, None]

    def total(x):
        return (x * mask[..., None]).sum(axis=1)

    gradient(
        lambda x: student.masked_mean(x, mask),
        lambda g, x: student.masked_mean_backward(g, x, mask),
        numbers(4, 4, 2),
        suspects={"mask": unmasked, "sum": total},
        name="masked_mean",
    )


# ---- 17.3 ----


def weights():
    return numbers(2, 3, seed=2), numbers(3, 3, seed=3), numbers(3, seed=4)


@pytest.mark.task("17.3")
def test_rnn_ends_with_the_sentence(student):
    """A padded sentence gives what it gives by itself."""
    x = numbers(4, 4, 2)
    got = np.asarray(student.masked_rnn(x, MASK, *weights()))
    close(got.shape, (4, 3), "the shape of masked_rnn(x, mask, W, R, b)")
    W, R, b = weights()
    for i, length in enumerate(LENGTHS):
        h = np.zeros(3)
        for t in range(length):
            h = np.tanh(x[i, t] @ W + h @ R + b)
        close(got[i], h, f"masked_rnn of a sentence of {length} steps")


@pytest.mark.task("17.3")
def test_rnn_is_blind_to_padding(student):
    x = numbers(4, 4, 2)
    got = student.masked_rnn(with_rubbish(x, GAPS), GAPS, *weights())
    wanted = student.masked_rnn(x, GAPS, *weights())
    close(got, wanted, "masked_rnn with NaN in the padding")


@pytest.mark.task("17.3")
def test_gradient_passes_padding(student):
    """It travels back through padding unchanged, whether there are steps of it or not."""
    x, g = numbers(1, 2, 2), numbers(1, 3, seed=8)
    padded = np.concatenate([x, numbers(1, 3, 2, seed=9)], axis=1)
    short = student.masked_rnn_backward(g, x, np.ones((1, 2), bool), *weights())
    mask = np.array([[1, 1, 0, 0, 0]], bool)
    long = student.masked_rnn_backward(g, padded, mask, *weights())
    name = "with 2 real steps and 3 of padding, as without padding,"
    close(np.asarray(long[0])[:, :2], short[0], f"the gradient of x, {name}")
    close(long[1], short[1], f"the gradient of W, {name}")


@pytest.mark.task("17.3")
@pytest.mark.parametrize(
    "mask", [MASK, GAPS, np.ones((4, 4), bool)], ids=["padding", "gaps", "all real"]
)
def test_rnn_gradients(student, mask):
    gradient(
        lambda x, W, R, b: student.masked_rnn(x, mask, W, R, b),
        lambda g, x, W, R, b: student.masked_rnn_backward(g, x, mask, W, R, b),
        numbers(4, 4, 2),
        *weights(),
        name="masked_rnn",
        shrink=False,
    )


# ---- 17.4 ----


@pytest.mark.task("17.4")
def test_mse_by_hand(student):
    """Errors of 1 and 3 in the real steps: (1 + 9) / 2."""
    y = np.array([[[1.0], [3.0], [50.0]], [[6.0], [7.0], [8.0]]])
    got = student.masked_mse(y, 0 * y, np.array([[1, 1, 0], [0, 0, 0]], bool))
    close(got, 5.0, "masked_mse of the errors 1 and 3, and of padding")


@pytest.mark.task("17.4")
def test_mse_counts_every_number(student):
    y = np.array([[[1.0, 3.0], [9.0, 9.0]]])
    got = student.masked_mse(y, 0 * y, np.array([[1, 0]], bool))
    close(got, 5.0, "masked_mse of one step of the errors 1 and 3")


@pytest.mark.task("17.4")
def test_mse_of_nothing(student):
    y = numbers(2, 3, 2)
    got = student.masked_mse(y, 0 * y, np.zeros((2, 3), bool))
    close(got, 0.0, "masked_mse with padding alone")


@pytest.mark.task("17.4")
@every_mask
def test_mse_is_blind_to_padding(student, mask):
    y, target = numbers(4, 4, 2), numbers(4, 4, 2, seed=1)
    got = student.masked_mse(with_rubbish(y, mask), target, mask)
    wanted = student.masked_mse(y, target, mask)
    close(got, wanted, "masked_mse with NaN in the padding")


@pytest.mark.task("17.4")
def test_mse_gradient_is_proportional_to_g(student):
    y, target = numbers(4, 4, 2), numbers(4, 4, 2, seed=1)
    once = np.array(student.masked_mse_backward(1.0, y, target, MASK))
    got = student.masked_mse_backward(3.0, y, target, MASK)
    close(got, 3 * once, "the gradient with g = 3, thrice that with g = 1,")


@pytest.mark.task("17.4")
@every_mask
def test_mse_gradient(student, mask):
    target = numbers(4, 4, 2, seed=1)

    def unmasked(y):
        return ((y - target) ** 2).sum() / (2 * mask.sum())

    gradient(
        lambda y: student.masked_mse(y, target, mask),
        lambda g, y: student.masked_mse_backward(g, y, target, mask),
        numbers(4, 4, 2),
        suspects={"mask": unmasked},
        name="masked_mse",
    )

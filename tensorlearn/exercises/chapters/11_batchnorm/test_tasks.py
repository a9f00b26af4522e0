"""The tests of chapter 11."""

import numpy as np
import pytest

from tensorlearn.exercises.checks import close, gradient, layer, numbers


@pytest.mark.task("11.1")
def test_normalize_by_hand(student):
    """Mean 3, variance 4; with eps = 12 the root is 4."""
    got = student.normalize(np.array([[1.0], [5.0]]), eps=12.0)
    close(got, [[-0.5], [0.5]], "normalize([[1], [5]], eps=12)")


@pytest.mark.task("11.1")
def test_normalize_gives_mean_zero_and_variance_one(student):
    y = np.asarray(student.normalize(5 + 3 * numbers(7, 3), eps=1e-12))
    close(y.mean(axis=0), np.zeros(3), "the means of normalize(x)", atol=1e-9)
    close(y.var(axis=0), np.ones(3), "the variances of normalize(x)")


def with_sums(x, axes=0, gamma=1.0, eps=1e-3):
    """A function whose gradient at x is the one with sums where means are due."""
    mean, root = x.mean(axis=axes), np.sqrt(x.var(axis=axes) + eps)
    count = x.size // mean.size

    def forward(x, *_):
        y = (x - x.mean(axis=axes)) / np.sqrt(x.var(axis=axes) + eps)
        direct = (x - mean) / root  # with constant mean and variance
        return gamma * (direct + count * (y - direct))

    return forward


@pytest.mark.task("11.1")
@pytest.mark.parametrize("eps", [1e-3, 0.5])
def test_normalize_gradient(student, eps):
    def forward(x):
        return student.normalize(x, eps)

    def backward(g, x):
        return student.normalize_backward(g, x, eps)

    x, name = numbers(7, 3), f"normalize(x, eps={eps})"
    gradient(forward, backward, x, name=name, suspects={"sum": with_sums(x, eps=eps)})


@pytest.mark.task("11.2")
def test_scale_and_shift(student):
    gradient(
        student.scale_and_shift,
        student.scale_and_shift_backward,
        numbers(5, 3),
        numbers(3, seed=1),
        numbers(3, seed=2),
    )


# ---- 11.3 ----


def norm(student):
    """A layer whose numbers are not those it begins with."""
    made = student.BatchNorm(3, momentum=0.75)
    made.params["gamma"][:] = [0.5, -1.5, 2.0]
    made.params["beta"][:] = [1.0, 0.0, -1.0]
    made.mean, made.var = numbers(3, seed=5), np.array([0.5, 1.5, 3.0])
    return made


@pytest.mark.task("11.3")
def test_training_uses_the_batch(student):
    x, made = numbers(6, 3), norm(student)
    y = made.forward(x, training=True)
    wanted = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-3)
    wanted = wanted * [0.5, -1.5, 2.0] + [1.0, 0.0, -1.0]
    close(y, wanted, "BatchNorm.forward(x, training=True)")


@pytest.mark.task("11.3")
def test_testing_uses_the_moving_averages(student):
    """So a single example is enough, and its result does not depend on others."""
    x, made = numbers(1, 3), norm(student)
    y = made.forward(x, training=False)
    wanted = (x - numbers(3, seed=5)) / np.sqrt(np.array([0.5, 1.5, 3.0]) + 1e-3)
    wanted = wanted * [0.5, -1.5, 2.0] + [1.0, 0.0, -1.0]
    close(y, wanted, "BatchNorm.forward(x, training=False)")


@pytest.mark.task("11.3")
def test_training_updates_the_moving_averages(student):
    x, made = 3 + 2 * numbers(6, 3), norm(student)
    made.forward(x, training=True)
    wanted = 0.75 * numbers(3, seed=5) + 0.25 * x.mean(axis=0)
    close(made.mean, wanted, "the moving mean after a batch, momentum=0.75,")
    wanted = 0.75 * np.array([0.5, 1.5, 3.0]) + 0.25 * x.var(axis=0)
    close(made.var, wanted, "the moving variance after a batch, momentum=0.75,")


@pytest.mark.task("11.3")
def test_testing_leaves_the_moving_averages_alone(student):
    made = norm(student)
    made.forward(numbers(6, 3), training=False)
    close(made.mean, numbers(3, seed=5), "the moving mean after a test batch")
    close(made.var, [0.5, 1.5, 3.0], "the moving variance after a test batch")


@pytest.mark.task("11.3")
@pytest.mark.parametrize("training", [True, False], ids=["training", "testing"])
def test_layer_gradients(student, training):
    """The moving averages are those of the batch: the modes differ in backward only."""
    x = numbers(6, 3)

    def make():
        made = norm(student)
        made.mean, made.var = x.mean(axis=0), x.var(axis=0)
        return made

    def in_the_other_mode(made, x):
        return made.forward(x, training=not training)

    layer(
        make,
        x,
        training=training,
        suspects={"mode": in_the_other_mode},
        accumulates=False,
        name=f"BatchNorm, training={training}",
        shrink=False,
    )


# ---- 11.4 ----


@pytest.mark.task("11.4")
def test_image_norm_value(student):
    x, ones = 5 + 3 * numbers(3, 2, 4, 2), np.ones(2)
    y = np.asarray(student.image_norm(x, ones, 0 * ones, eps=1e-12))
    name = "image_norm(x, 1, 0)"
    close(y.shape, x.shape, f"the shape of {name}")
    close(y.mean(axis=(0, 1, 2)), 0 * ones, f"the means of {name}", atol=1e-9)
    close(y.var(axis=(0, 1, 2)), ones, f"the variances of {name}")
    scaled = student.image_norm(x, 2 * ones, 3 * ones, eps=1e-12)
    close(scaled, 2 * y + 3, "image_norm(x, gamma=2, beta=3)")


@pytest.mark.task("11.4")
def test_image_norm_by_hand(student):
    """One image of two pixels: mean 3, variance 4; with eps = 12 the root is 4."""
    x, one = np.array([[[[1.0], [5.0]]]]), np.ones(1)
    got = student.image_norm(x, one, 0 * one, eps=12.0)
    close(
        got, [[[[-0.5], [0.5]]]], "image_norm(an image of the pixels 1 and 5, eps=12)"
    )


@pytest.mark.task("11.4")
def test_image_norm_gradients(student):
    x, gamma = numbers(3, 2, 2, 2), numbers(2, seed=1)
    gradient(
        student.image_norm,
        student.image_norm_backward,
        x,
        gamma,
        numbers(2, seed=2),
        suspects={"sum": with_sums(x, (0, 1, 2), gamma)},
        shrink=False,
    )

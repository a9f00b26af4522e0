"""The tests of chapter 19. At the end the students' framework reads digits."""

import numpy as np
import pytest

from tensorlearn.datasets import digits
from tensorlearn.exercises.checks import close, expect, gradient, numbers

# ---- 19.1 ----


def dense(student, W, b):
    made = student.Dense(*W.shape, np.random.default_rng(0))
    made.W.data, made.b.data = W, b
    return made


def arrays():
    return numbers(5, 4), numbers(4, 3, seed=1), numbers(3, seed=2)


@pytest.mark.task("19.1")
def test_dense_value(student):
    x, W, b = arrays()
    close(dense(student, W, b).forward(x), x @ W + b, "Dense.forward(x)")


@pytest.mark.task("19.1")
def test_dense_gradients(student):
    def backward(g, x, W, b):
        made = dense(student, W, b)
        made.forward(x)
        dx = made.backward(g)
        return dx, made.W.grad, made.b.grad

    gradient(
        lambda x, W, b: dense(student, W, b).forward(x),
        backward,
        *arrays(),
        name="Dense",
    )


@pytest.mark.task("19.1")
def test_gradients_are_replaced(student):
    """What the batch before has left behind must not count."""
    x, W, b = arrays()
    made, g = dense(student, W, b), numbers(5, 3, seed=9)
    for _ in range(2):
        made.forward(x)
        made.backward(g)
    close(made.W.grad, x.T @ g, "W.grad after a second backward")
    close(made.b.grad, g.sum(axis=0), "b.grad after a second backward")


@pytest.mark.task("19.1")
def test_relu(student):
    x = np.array([[-2.0, 0.0, 3.0]])
    close(student.ReLU().forward(x), [[0, 0, 3]], "ReLU().forward([[-2, 0, 3]])")

    def backward(g, x):
        made = student.ReLU()
        made.forward(x)
        return made.backward(g)

    gradient(lambda x: student.ReLU().forward(x), backward, numbers(4, 3), name="ReLU")


# ---- 19.2 ----

LABELS = np.array([2, 0, 1, 2, 2])


@pytest.mark.task("19.2")
def test_loss_by_hand(student):
    """Probabilities 3/4 and 1/4: the right classes have 3/4 and 1/4."""
    scores = np.log([[3.0, 1.0], [3.0, 1.0]])
    got = student.cross_entropy(scores, np.array([0, 1]))
    wanted = -(np.log(3 / 4) + np.log(1 / 4)) / 2
    close(got, wanted, "cross_entropy([[ln 3, 0], [ln 3, 0]], [0, 1])")


@pytest.mark.task("19.2")
def test_loss_does_not_overflow(student):
    scores, labels = np.array([[1000.0, 0.0], [0.0, 1000.0]]), np.array([0, 0])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        got = student.cross_entropy(scores, labels)
        slope = student.cross_entropy_gradient(scores, labels)
    close(got, 500.0, "cross_entropy([[1000, 0], [0, 1000]], [0, 0])")
    wanted = [[0, 0], [-0.5, 0.5]]
    close(slope, wanted, "cross_entropy_gradient([[1000, 0], [0, 1000]], [0, 0])")


@pytest.mark.task("19.2")
def test_loss_gradient(student):
    gradient(
        lambda scores: student.cross_entropy(scores, LABELS),
        lambda scores: student.cross_entropy_gradient(scores, LABELS),
        numbers(5, 3),
        style="plain",
        name="cross_entropy",
    )


# ---- 19.3 ----

GRADIENTS = np.array([[1.0, -0.5, 0.0], [0.5, 0.5, 2.0], [-2.0, 0.1, 0.3]])


def walk(student, kind, steps, **options):
    """Where a parameter gets to by these gradients."""
    p = student.Parameter(np.array([1.0, -2.0, 0.5]))
    optimizer = getattr(student, kind)([p], **options)
    for g in GRADIENTS[:steps]:
        p.grad = g.copy()
        optimizer.step()
    return p.data


@pytest.mark.task("19.3")
def test_sgd(student):
    got = walk(student, "SGD", 1, rate=0.1)
    close(got, [0.9, -1.95, 0.5], "SGD(rate=0.1), after one step")
    got = walk(student, "SGD", 2, rate=0.1)
    close(got, [0.85, -2.0, 0.3], "SGD(rate=0.1), after two steps")


@pytest.mark.task("19.3")
def test_sgd_with_momentum(student):
    """v: -0.1, then -0.1·0.5 - 0.05 = -0.1."""
    got = walk(student, "SGD", 2, rate=0.1, momentum=0.5)
    close(got, [0.8, -1.975, 0.3], "SGD(rate=0.1, momentum=0.5), after two steps")


@pytest.mark.task("19.3")
def test_first_step_of_adam(student):
    """It has the length of the rate, whatever the gradient is."""
    got = walk(student, "Adam", 1, rate=0.1)
    close(got, [0.9, -1.9, 0.5], "Adam(rate=0.1), after one step", rtol=1e-6)


@pytest.mark.task("19.3")
def test_adam(student):
    got = walk(student, "Adam", 3, rate=0.1)
    wanted = [0.827417740862, -1.918243214390, 0.359220529019]
    close(got, wanted, "Adam(rate=0.1), after three steps", rtol=1e-7)


@pytest.mark.task("19.3")
@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_all_parameters_move(student, kind):
    ps = [student.Parameter(np.zeros(shape)) for shape in ((2, 3), (3,))]
    for p in ps:
        p.grad = np.ones(np.shape(p.data))
    getattr(student, kind)(ps, rate=0.1).step()
    for p in ps:
        wanted = np.full(np.shape(p.data), -0.1)
        close(p.data, wanted, f"{kind}(rate=0.1), after one step with g = 1", rtol=1e-6)


# ---- 19.4 ----


def one_hot_model(student):
    """W begins with 0; an example is a single pixel, so it moves one row of W alone."""
    made = student.Dense(10, 3, np.random.default_rng(0))
    made.W.data[:] = 0
    model = student.Model([made])
    return model, student.SGD(model.parameters, rate=1e-6)


LABELS_OF_TEN = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2, 0])


@pytest.mark.task("19.4")
def test_every_example_is_seen_once(student):
    """Batches of 4, 4 and 2: the mean over two weighs twice as much as that over four."""
    model, optimizer = one_hot_model(student)
    rng = np.random.default_rng(5)
    model.fit(np.eye(10), LABELS_OF_TEN, optimizer, 1, 4, rng)
    moves = np.asarray(model.layers[0].W.data) * 1e6
    right = moves[np.arange(10), LABELS_OF_TEN]
    expect(
        (right > 0).all(),
        zh="一轮之后，每个样本都应推动过自己的那一行权重，并朝着正确的类别",
        en="after an epoch every example must have moved its own row of W, towards its "
        "class",
    )
    weights = sorted(np.round(right * 3 / 2, 3))  # 2/3 · 1/size of its batch
    wanted = [0.25] * 8 + [0.5] * 2
    close(
        weights, wanted, "1/size of each example's batch, 10 examples in batches of 4,"
    )


@pytest.mark.task("19.4")
def test_examples_are_shuffled(student):
    """In ten epochs it is not always the same two examples that make the small batch."""
    model, optimizer = one_hot_model(student)
    rng = np.random.default_rng(5)
    model.fit(np.eye(10), LABELS_OF_TEN, optimizer, 10, 4, rng)
    moves = np.asarray(model.layers[0].W.data) * 1e6
    right = moves[np.arange(10), LABELS_OF_TEN] * 3 / 2
    expect(
        (right < 4.9).all() and np.ptp(right) > 0.1,
        zh="每一轮都应重新打乱：十轮里，落单的小批不应总是那几个样本",
        en="shuffle in every epoch: in ten epochs the small last batch must not always "
        "hold the same examples",
    )


@pytest.mark.task("19.4")
def test_losses_are_those_before_the_steps(student):
    """All scores are 0 at first, so the loss of the first epoch is ln 3."""
    model, optimizer = one_hot_model(student)
    rng = np.random.default_rng(5)
    losses = model.fit(np.eye(10), LABELS_OF_TEN, optimizer, 3, 4, rng)
    close(np.shape(losses), (3,), "the shape of fit(…, epochs=3)")
    close(losses, [np.log(3)] * 3, "fit(…) with a tiny rate", rtol=1e-4)


@pytest.mark.task("19.4")
def test_predict_and_accuracy(student):
    made = student.Dense(3, 3, np.random.default_rng(0))
    made.W.data[:] = np.eye(3)
    model, x = student.Model([made]), np.array([[1.0, 5, 2], [3, 1, 2], [0, 0, 1]])
    close(model.predict(x), [1, 0, 2], "predict([[1, 5, 2], [3, 1, 2], [0, 0, 1]])")
    got = model.accuracy(x, np.array([1, 2, 2]))
    close(got, 2 / 3, "accuracy, two of three right,")


@pytest.mark.task("19.4")
def test_it_reads_digits(student):
    """1438 handwritten digits to learn from, 359 others to be read."""
    (x, labels), (x_test, labels_test) = digits.load_data(flatten=True)
    rng = np.random.default_rng(0)
    model = student.digits_model(rng)
    optimizer = student.Adam(model.parameters, rate=0.003)
    losses = model.fit(x.astype(float), labels, optimizer, 25, 32, rng)
    got = float(model.accuracy(x_test.astype(float), labels_test))
    expect(
        losses[-1] < losses[0] / 5 and got > 0.93,
        zh=f"25 轮之后应认对 93% 以上没见过的数字，得到 {got:.1%}（损失 {losses[-1]:.3f}）",
        en=f"after 25 epochs it must read over 93% of unseen digits, got {got:.1%} "
        f"(loss {losses[-1]:.3f})",
    )

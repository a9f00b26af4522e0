"""The tests of chapter 14. Generators have fixed seeds: nothing is left to chance."""

import numpy as np
import pytest

from tensorlearn.exercises.checks import close, expect, layer, numbers


def generator(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.task("14.1")
@pytest.mark.parametrize("rate", [0.2, 0.75])
def test_mask(student, rate):
    mask = np.asarray(student.dropout_mask((100, 200), rate, generator()))
    name = f"dropout_mask((100, 200), {rate}, rng)"
    close(mask.shape, (100, 200), f"the shape of {name}")
    values = np.unique(mask)
    close(values, [0, 1 / (1 - rate)], f"the values in {name}")
    dropped = float((mask == 0).mean())
    expect(
        abs(dropped - rate) < 0.02,
        zh=f"rate={rate} 时应扔掉约 {rate:.0%}，实际扔掉了 {dropped:.0%}",
        en=f"with rate={rate} about {rate:.0%} must be dropped, but {dropped:.0%} were",
    )
    expect(
        abs(mask.mean() - 1) < 0.05,
        zh=f"遮罩的平均值应约为 1，得到 {mask.mean():.3f}",
        en=f"the mean of the mask must be about 1, got {mask.mean():.3f}",
    )


@pytest.mark.task("14.1")
def test_mask_without_dropping(student):
    mask = student.dropout_mask((3, 4), 0.0, generator())
    close(mask, np.ones((3, 4)), "dropout_mask((3, 4), 0, rng)")


@pytest.mark.task("14.1")
def test_mask_comes_from_the_generator(student):
    rng = generator()
    first, second = (student.dropout_mask((50,), 0.5, rng) for _ in range(2))
    again = student.dropout_mask((50,), 0.5, generator())
    close(again, first, "dropout_mask of a generator with the same seed")
    expect(
        not np.array_equal(first, second),
        zh="同一个 rng 连用两次，两个遮罩不应相同",
        en="two masks drawn from one rng, one after the other, must differ",
    )


# ---- 14.2 … 14.4 ----

LAYERS = [
    pytest.param("Dropout", marks=pytest.mark.task("14.2")),
    pytest.param("SpatialDropout", marks=pytest.mark.task("14.3")),
    pytest.param("GaussianDropout", marks=pytest.mark.task("14.4")),
]
every_layer = pytest.mark.parametrize("name", LAYERS)


@every_layer
def test_testing_changes_nothing(student, name):
    x, made = numbers(4, 3, 5), getattr(student, name)(0.5, generator())
    close(made.forward(x, training=False), x, f"{name}.forward(x, training=False)")
    made.forward(x, training=True)
    again = made.forward(x, training=False)
    close(again, x, f"{name}.forward(x, training=False) after training")
    close(made.backward(x), x, f"{name}.backward(g) after training=False")


@every_layer
def test_each_batch_is_another_draw(student, name):
    x, made = np.ones((6, 2, 9)), getattr(student, name)(0.5, generator())
    first = np.array(made.forward(x, training=True))
    second = np.array(made.forward(x, training=True))
    expect(
        not np.array_equal(first, second),
        zh=f"{name}：每次 forward 都要重新抽，两批不应相同",
        en=f"{name}: every forward draws anew, two batches must not be alike",
    )


@every_layer
def test_expectation_stays(student, name):
    x, made = np.ones((100, 3, 60)), getattr(student, name)(0.4, generator())
    mean = float(np.mean(made.forward(x, training=True)))
    expect(
        abs(mean - 1) < 0.05,
        zh=f"{name}：输入全为 1 时，输出的平均值应约为 1，得到 {mean:.3f}",
        en=f"{name}: for an input of ones the mean output must be about 1, got {mean:.3f}",
    )


@every_layer
@pytest.mark.parametrize("training", [True, False], ids=["training", "testing"])
def test_gradients(student, name, training):
    def once_more(made, x):
        made.forward(x, training=training)
        return made.forward(x, training=training)

    def in_the_other_mode(made, x):
        return made.forward(x, training=not training)

    layer(
        lambda: getattr(student, name)(0.4, generator(3)),
        numbers(3, 2, 5),
        training=training,
        suspects={"mode": in_the_other_mode}
        | ({"mask": once_more} if training else {}),
        name=f"{name}, training={training}",
        shrink=False,
    )


@pytest.mark.task("14.3")
def test_a_channel_goes_as_a_whole(student):
    x, made = np.ones((6, 4, 9)), student.SpatialDropout(0.5, generator())
    y = np.asarray(made.forward(x, training=True))
    expect(
        (y == y[:, :1]).all(),
        zh="同一个通道在所有时刻应一起扔掉或一起留下",
        en="a channel must be dropped or kept at all times together",
    )
    expect(
        np.ptp(y, axis=0).any() and np.ptp(y, axis=2).any(),
        zh="每个样本、每个通道应各抽各的",
        en="every example and every channel must be drawn for itself",
    )


@pytest.mark.task("14.4")
def test_deviation_of_the_noise(student):
    """rate = 0.2 gives √(0.2 / 0.8) = 0.5."""
    made = student.GaussianDropout(0.2, generator())
    spread = float(np.std(made.forward(np.ones((100, 200)), training=True)))
    expect(
        abs(spread - 0.5) < 0.01,
        zh=f"rate = 0.2 时噪声的标准差应为 0.5，得到 {spread:.3f}",
        en=f"with rate = 0.2 the noise must have the deviation 0.5, got {spread:.3f}",
    )

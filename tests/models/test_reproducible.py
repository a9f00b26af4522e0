"""One `set_seed` makes training repeat bit for bit, however batches are prepared."""

import platform
import time

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import tensorlearn
from tensorlearn import backend as K
from tensorlearn import config, layers
from tensorlearn.models import Sequential
from tensorlearn.prefetch import GeneratorEnqueuer, OrderedEnqueuer
from tensorlearn.preprocessing.image import ImageDataGenerator, random_rotation
from tensorlearn.utils import Sequence

RNG = np.random.default_rng(0)
IMAGES = RNG.random((26, 6, 6, 1)).astype("float32")
Y = RNG.random((26, 1)).astype("float32")
WORKERS = [0, 1, 2, 4]


class Drawn(Sequence):
    """Batches that draw from the streams of `set_seed`, some later than others."""

    def __len__(self):
        return 7

    def __getitem__(self, i):
        time.sleep(0.002 * (i % 3 == 0))
        noise = config.random_stream().random((4, 6, 6, 1))
        turned = random_rotation(IMAGES[i], 40, 0, 1, 2)
        return (noise + turned).astype("float32"), Y[i : i + 4]


def augmented(seed=None):
    changes = ImageDataGenerator(
        rotation_range=30, horizontal_flip=True, preprocessing_function=dawdle
    )
    return changes.flow(IMAGES, Y, batch_size=4, seed=seed)


def dawdle(x):
    time.sleep(0.001 * (x[0, 0, 0] > 0.5))
    return x


def generated():
    numbers = iter(Drawn())
    while True:
        yield next(numbers)


SOURCES = {
    "sequence": Drawn,
    "images": augmented,
    "images, seeded": lambda: augmented(seed=5),
    "generator": generated,
}


def trained(make, workers, queue=10, early=False):
    config.set_seed(7)
    source = make()
    if early:
        config.set_seed(7)
    model = Sequential()
    model.add(layers.Flatten(input_shape=(6, 6, 1)))
    model.add(layers.Lambda(lambda x: x + K.random_normal((1, 36), stddev=0.1)))
    model.add(layers.Dense(3, activation="tanh"))
    model.add(layers.Dropout(0.3))
    model.add(layers.Dense(1))
    model.compile("adam", "mse")
    model.fit_generator(
        source, 7, 3, verbose=0, workers=workers, max_queue_size=queue
    )  # fmt: skip
    return model.get_weights()


def same(weights, others):
    for a, b in zip(weights, others, strict=True):
        assert_array_equal(a, b)


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("name", SOURCES)
def test_training_does_not_depend_on_the_threads(name, workers):
    same(trained(SOURCES[name], workers), trained(SOURCES[name], 3, queue=2))


@pytest.mark.parametrize("workers", [1, 4])
def test_images_made_before_the_seed_repeat(workers):
    config.set_random_state({"seed": None, "entropy": 1, "spawned": 0})
    same(
        trained(augmented, workers, early=True), trained(augmented, 2, early=True)
    )  # fmt: skip


def test_another_seed_gives_other_batches():
    first, second = [], []
    for seed, batches in ((1, first), (2, second)):
        config.set_seed(seed)
        batches += [x for x, _ in (augmented()[i] for i in range(7))]
    assert not any(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_every_epoch_changes_images_anew():
    source = augmented(seed=3)
    first = np.sort(np.concatenate([source[i][0] for i in range(7)]), axis=None)
    source.on_epoch_end()
    second = np.sort(np.concatenate([source[i][0] for i in range(7)]), axis=None)
    assert not np.array_equal(first, second)


def test_batches_by_number_are_those_in_order():
    ordered, by_number = augmented(seed=3), augmented(seed=3)
    for i in range(7):
        for a, b in zip(next(ordered), by_number[i], strict=True):
            assert_array_equal(a, b)


def test_batches_may_be_asked_for_in_any_order():
    forwards, backwards = augmented(seed=3), augmented(seed=3)
    found = {i: backwards[i] for i in reversed(range(7))}
    for i in range(7):
        for a, b in zip(forwards[i], found[i], strict=True):
            assert_array_equal(a, b)


def test_what_a_batch_draws_disturbs_nobody_else():
    config.set_seed(1)
    with OrderedEnqueuer(Drawn()) as one, GeneratorEnqueuer(generated()) as other:
        batches, others = one.get(), other.get()
        for _ in range(4):
            next(batches)
            next(others)
        disturbed = config.random_state()["spawned"]
    assert disturbed == 2  # a branch each


def test_history_knows_seed_and_versions():
    config.set_seed(11)
    model = Sequential([layers.Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    history = model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
    assert history.seed == 11
    assert history.versions["tensorlearn"] == tensorlearn.__version__
    assert history.versions["numpy"] == np.__version__
    assert history.versions["python"] == platform.python_version()
    assert "blas" in history.versions

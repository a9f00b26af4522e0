"""Generators and Sequences: fit, evaluate and predict from them, and what goes wrong."""

import threading
import time

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tensorlearn import config, layers
from tensorlearn.callbacks import Callback, LambdaCallback
from tensorlearn.declare import Keras1Warning
from tensorlearn.models.model import Model
from tensorlearn.models.sequential import Sequential
from tensorlearn.utils import Sequence

RNG = np.random.default_rng(0)
X = RNG.standard_normal((20, 4)).astype("float32")
LABELS = np.arange(20) % 3
Y = np.eye(3, dtype="float32")[LABELS]


@pytest.fixture(autouse=True)
def no_thread_is_left():
    before = threading.active_count()
    yield
    assert threading.active_count() == before


def net(**told):
    config.set_seed(1)
    model = Sequential(name="net")
    model.add(layers.Dense(6, activation="relu", input_shape=(4,)))
    model.add(layers.Dense(3, activation="softmax"))
    model.compile("sgd", "categorical_crossentropy", **told)
    return model


class Batches(Sequence):
    """The data in batches of five."""

    def __init__(self, size=5, weights=None):
        self.size = size
        self.weights = weights
        self.asked = []
        self.epochs = 0

    def __len__(self):
        return len(X) // self.size

    def __getitem__(self, i):
        self.asked.append(i)
        rows = slice(i * self.size, (i + 1) * self.size)
        found = X[rows], Y[rows]
        return found if self.weights is None else (*found, self.weights[rows])

    def on_epoch_end(self):
        self.epochs += 1


def endless(size=5, taken=None):
    start = 0
    while True:
        if taken is not None:
            taken.append(start)
        yield X[start : start + size], Y[start : start + size]
        start = (start + size) % len(X)


def finite(batches, size=5):
    source = endless(size)
    return (next(source) for _ in range(batches))


class Sizes(Callback):
    """Notes how many samples every batch had, and how many batches every epoch."""

    def on_train_begin(self, logs=None):
        self.sizes, self.epochs = [], []

    def on_batch_end(self, batch, logs=None):
        self.sizes.append(logs["size"])

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(len(self.sizes))
        self.sizes = []


def fit(model, source, *args, **told):
    sizes = Sizes()
    callbacks = [sizes, *told.pop("callbacks", [])]
    model.fit_generator(source, *args, **{"verbose": 0, "callbacks": callbacks, **told})
    return sizes.epochs


def same_weights(model, other):
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        assert_array_equal(a, b)


# ---- the same as arrays ----

SOURCES = {
    "generator": (endless, {"steps_per_epoch": 4}),
    "sequence": (Batches, {"shuffle": False}),
    "iterator": (lambda: iter([(X[i : i + 5], Y[i : i + 5]) for i in range(0, 20, 5)] * 2),
                 {"steps_per_epoch": 4}),
    "without threads": (endless, {"steps_per_epoch": 4, "workers": 0}),
    "sequence without threads": (Batches, {"shuffle": False, "workers": 0}),
    "many threads": (Batches, {"shuffle": False, "workers": 4, "max_queue_size": 2}),
}  # fmt: skip


@pytest.mark.parametrize("case", SOURCES)
@pytest.mark.parametrize("method", ["fit", "fit_generator"])
def test_training_is_the_same_as_with_arrays(case, method):
    source, told = SOURCES[case]
    if method == "fit":
        told = {k: v for k, v in told.items() if k in ("steps_per_epoch", "shuffle")}
    model, other = net(metrics=["accuracy"]), net(metrics=["accuracy"])
    found = getattr(model, method)(source(), epochs=2, verbose=0, **told)
    expected = other.fit(X, Y, batch_size=5, epochs=2, shuffle=False, verbose=0)
    same_weights(model, other)
    assert found.history == expected.history


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_shuffled_sequence_repeats_with_the_seed(workers):
    one, other = net(), net()
    for model, threads in ((one, workers), (other, 2)):
        config.set_seed(9)
        model.fit_generator(Batches(), epochs=3, verbose=0, workers=threads)
    same_weights(one, other)


def test_sequence_is_shuffled_and_told_of_every_epoch():
    batches = Batches(size=1)
    fit(net(), batches, epochs=3)
    assert batches.epochs == 3
    epochs = [batches.asked[i : i + 20] for i in (0, 20, 40)]
    assert all(sorted(order) == list(range(20)) for order in epochs)
    assert epochs[0] != epochs[1] != list(range(20))


def test_sequence_may_be_cut_into_other_epochs():
    batches = Batches()
    assert fit(net(), batches, 6, 2) == [6, 6]
    assert batches.epochs == 3


def test_generator_is_not_run_further_than_needed():
    taken = []
    fit(net(), endless(taken=taken), 3, 2)
    assert len(taken) == 6


def test_model_without_input_shape_is_built_by_the_first_batch():
    model = Sequential([layers.Dense(3, activation="softmax")])
    model.compile("sgd", "categorical_crossentropy")
    assert fit(model, endless(), 4) == [4]
    assert model.built


def test_sample_weights_come_with_the_batch():
    weights = np.linspace(0, 1, 20, dtype="float32")
    model, other = net(), net()
    fit(model, Batches(weights=weights), shuffle=False)
    other.fit(X, Y, 5, shuffle=False, verbose=0, sample_weight=weights)
    same_weights(model, other)


def test_class_weight_counts_in_every_batch():
    weights = {0: 1.0, 1: 5.0, 2: 0.1}
    model, other = net(), net()
    fit(model, Batches(), shuffle=False, class_weight=weights)
    other.fit(X, Y, 5, shuffle=False, verbose=0, class_weight=weights)
    same_weights(model, other)


def test_initial_epoch_is_the_number_of_the_first_one():
    assert fit(net(), endless(), 4, 5, initial_epoch=3) == [4, 4]


def test_several_inputs_and_outputs_by_name():
    a, b = layers.Input((4,), name="a"), layers.Input((4,), name="b")
    both = layers.Add()([a, b])
    outputs = [layers.Dense(1, name="p")(both), layers.Dense(2, name="q")(both)]
    model = Model([a, b], outputs)
    model.compile("sgd", "mse")
    batch = {"a": X, "b": X}, {"p": np.ones((20, 1)), "q": np.ones((20, 2))}
    assert fit(model, iter([batch, batch]), 2) == [2]
    found = model.predict_generator(iter([{"a": X, "b": X}] * 2), 2)
    assert [y.shape for y in found] == [(40, 1), (40, 2)]


# ---- validation ----

VALIDATION = {
    "arrays": lambda: {"validation_data": (X, Y)},
    "sequence": lambda: {"validation_data": Batches()},
    "generator": lambda: {"validation_data": endless(), "validation_steps": 4},
}


@pytest.mark.parametrize("case", VALIDATION)
@pytest.mark.parametrize("source", [Batches, lambda: X], ids=["generator", "arrays"])
def test_validation_data_may_be_anything(case, source):
    model, told = net(metrics=["accuracy"]), VALIDATION[case]()
    x = source()
    y = Y if x is X else None
    history = model.fit(x, y, epochs=2, verbose=0, **told).history
    assert list(history) == ["val_loss", "val_acc", "loss", "acc"]
    loss, accuracy = model.evaluate(X, Y, verbose=0)
    assert_allclose(history["val_loss"][-1], loss, rtol=1e-6)
    assert_allclose(history["val_acc"][-1], accuracy, rtol=1e-6)


def test_callbacks_see_the_validation_arrays():
    seen = []
    look = LambdaCallback(on_epoch_end=lambda *_: seen.append(look.validation_data))
    fit(net(), endless(), 4, validation_data=(X, Y), callbacks=[look])
    x, y, weights = seen[0]
    assert_array_equal(x, X)
    assert_array_equal(y, Y)
    assert_array_equal(weights, np.ones(20))


# ---- evaluate and predict ----


@pytest.mark.parametrize("method", ["evaluate", "evaluate_generator"])
def test_evaluation_is_averaged_over_samples(method):
    model = net(metrics=["accuracy"])
    uneven = iter([(X[:13], Y[:13]), (X[13:], Y[13:])])
    found = getattr(model, method)(uneven, steps=2, verbose=0)
    assert_allclose(found, model.evaluate(X, Y, verbose=0), rtol=1e-6)


@pytest.mark.parametrize("method", ["predict", "predict_generator"])
@pytest.mark.parametrize(
    "batch", [lambda x: x, lambda x: (x, None), lambda x: (x, None, None)]
)
def test_prediction_joins_the_batches(method, batch):
    model = net()
    found = getattr(model, method)((batch(X[i : i + 7]) for i in (0, 7, 14)), steps=3)
    assert_allclose(found, model.predict(X), rtol=1e-5)


def test_sequence_needs_no_number_of_steps():
    model = net()
    assert_allclose(
        model.evaluate_generator(Batches()), model.evaluate(X, Y, verbose=0), rtol=1e-6
    )
    assert_allclose(model.predict_generator(Batches()), model.predict(X), rtol=1e-5)


# ---- Keras 1 ----


def test_samples_per_epoch_counts_samples():
    with pytest.warns(Keras1Warning, match="steps_per_epoch=samples / batch size, epo"):
        assert fit(net(), endless(), samples_per_epoch=10, nb_epoch=3) == [2, 2, 2]


def test_epoch_ends_when_enough_samples_have_come():
    with (
        pytest.warns(Keras1Warning),
        pytest.warns(UserWarning, match="comprised 15 samples instead of 12"),
    ):
        assert fit(net(), endless(), samples_per_epoch=12) == [3]


def test_validation_samples_count_samples():
    seen = []
    with pytest.warns(Keras1Warning, match="validation_steps=samples"):
        fit(
            net(), endless(), 4,
            validation_data=endless(taken=seen), nb_val_samples=10, max_q_size=1,
        )  # fmt: skip
    assert 2 <= len(seen) <= 4


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ("evaluate_generator", {"val_samples": 20, "max_q_size": 3}),
        ("predict_generator", {"val_samples": 20, "nb_worker": 2, "pickle_safe": True}),
    ],
)
def test_other_old_names_are_understood(method, told):
    model = net()
    with pytest.warns(Keras1Warning, match=f"Update your `{method}` call"):
        found = getattr(model, method)(endless(), **told)
    expected = getattr(model, method)(Batches())
    assert_allclose(found, expected, rtol=1e-6)


def test_samples_move_the_progress_bar(capsys):
    with pytest.warns(Keras1Warning):
        net().fit_generator(endless(), samples_per_epoch=20)
    net().fit_generator(Batches(), verbose=1)
    shown = capsys.readouterr().out
    assert "20/20 [====" in shown
    assert "4/4 [====" in shown


# ---- what goes wrong ----


def broken(batches):
    yield from finite(batches)
    raise ZeroDivisionError("in my generator")


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("batches", [0, 2, 5])
def test_error_of_a_generator_arrives_with_its_traceback(workers, batches):
    model = net()
    with pytest.raises(ZeroDivisionError, match="in my generator") as caught:
        fit(model, broken(batches), 4, 3, workers=workers, max_queue_size=2)
    assert "broken" in [entry.name for entry in caught.traceback]
    history = model.history
    assert history is None or history.epoch == list(range(batches // 4))


class Faulty(Batches):
    def __getitem__(self, i):
        if i == 2:
            raise IndexError("no such picture")
        return super().__getitem__(i)


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_error_of_a_sequence_arrives_with_its_traceback(workers):
    with pytest.raises(IndexError, match="no such picture") as caught:
        fit(net(), Faulty(), workers=workers, shuffle=False)
    assert "__getitem__" in [entry.name for entry in caught.traceback]


def test_generator_that_ends_early_ends_training_with_a_warning():
    with pytest.warns(UserWarning, match="ran out of data after 2 batches of an epoch"):
        assert fit(net(), finite(6), 4, 3) == [4, 2]


def test_generator_that_ends_with_an_epoch_leaves_no_empty_one():
    model = net()
    with pytest.warns(
        UserWarning, match="after 0 batches of an epoch that should have"
    ):
        assert fit(model, finite(4), 4, 3) == [4]
    assert len(model.history.history["loss"]) == 1


@pytest.mark.parametrize("method", ["evaluate_generator", "predict_generator"])
def test_what_came_of_an_early_end_is_used(method):
    model = net()
    with pytest.warns(UserWarning, match=f"{method}: the generator ran out of data"):
        found = getattr(model, method)(finite(4), 9)
    assert_allclose(found, getattr(model, method)(Batches()), rtol=1e-6)


class Empty(Batches):
    def __len__(self):
        return 0


def threads_end_after(error):
    def stop(batch, logs):
        if batch == 2:
            raise error

    model = net()
    try:
        fit(model, Batches(), epochs=9, callbacks=[LambdaCallback(on_batch_end=stop)])
    finally:
        assert threading.active_count() == 1 or not [
            t for t in threading.enumerate() if t.name.startswith("tensorlearn")
        ]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, SystemExit])
def test_threads_end_when_a_callback_raises(error):
    with pytest.raises(error):
        threads_end_after(error)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize("source", [Batches, lambda: X], ids=["generator", "arrays"])
def test_history_is_usable_after_an_interruption(error, source):
    def stop(epoch, logs):
        if epoch == 2:
            raise error

    model, x = net(), source()
    with pytest.raises(error):
        model.fit(
            x, Y if x is X else None, epochs=9, verbose=0,
            callbacks=[LambdaCallback(on_epoch_begin=stop)],
        )  # fmt: skip
    assert model.history.epoch == [0, 1]
    assert len(model.history.history["loss"]) == 2
    assert model.fit(X, Y, verbose=0).epoch == [0]


def test_slow_batch_is_waited_for_when_training_ends():
    def slow():
        yield from finite(2)
        time.sleep(0.05)
        yield X, Y

    def stop(batch, logs):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(net(), slow(), 3, callbacks=[LambdaCallback(on_batch_end=stop)])


MISTAKES = {
    "no length": (
        lambda m: m.fit_generator(endless()),
        ValueError,
        r"fit_generator: a generator does not say how long .*\(steps_per_epoch=...\)",
    ),
    "no length to evaluate": (
        lambda m: m.evaluate_generator(endless()),
        ValueError,
        r"evaluate_generator: .* number of batches \(steps=...\)",
    ),
    "no length to validate": (
        lambda m: m.fit(X, Y, validation_data=endless()),
        ValueError,
        r"a generator does not say how long .*\(validation_steps=...\)",
    ),
    "no length at all": (
        lambda m: m.fit_generator(endless(), 0),
        ValueError,
        "length of an epoch must be at least 1, got 0",
    ),
    "no number of epochs": (
        lambda m: m.fit_generator(endless(), 1, None),
        TypeError,
        "fit_generator: `epochs` must be an integer, got None",
    ),
    "arrays": (
        lambda m: m.fit_generator(X, 1),
        TypeError,
        "must be a generator or a utils.Sequence, got ndarray; for arrays use fit",
    ),
    "a generator function": (
        lambda m: m.fit_generator(endless, 1),
        TypeError,
        "must be a generator or a utils.Sequence, got function",
    ),
    "nothing": (
        lambda m: m.fit_generator(iter([]), 4),
        ValueError,
        "the generator ended before its first batch",
    ),
    "empty Sequence": (
        lambda m: m.fit_generator(Empty()),
        ValueError,
        "the Sequence has no batches",
    ),
    "only inputs": (
        lambda m: m.fit_generator(iter([X]), 1),
        ValueError,
        r"must be a tuple \(x, y\) or \(x, y, sample_weight\), got ndarray",
    ),
    "too many parts": (
        lambda m: m.fit_generator(iter([(X, Y, None, None)]), 1),
        ValueError,
        "got tuple of 4",
    ),
    "wrong shape": (
        lambda m: m.fit_generator(iter([(X[:, :2], Y)]), 1),
        ValueError,
        "dense",
    ),
    "lengths that differ": (
        lambda m: m.fit_generator(iter([(X, Y[:9])]), 1),
        ValueError,
        "20.*9",
    ),
    "targets beside it": (
        lambda m: m.fit(Batches(), Y),
        ValueError,
        "fit: `y` cannot be given when `x` is a generator",
    ),
    "batch size beside it": (
        lambda m: m.predict(Batches(), batch_size=3),
        ValueError,
        "predict: `batch_size` cannot be given",
    ),
    "split": (
        lambda m: m.fit(Batches(), validation_split=0.5),
        ValueError,
        "`validation_split` cannot be given",
    ),
    "unknown argument": (
        lambda m: m.fit_generator(Batches(), step_per_epoch=1),
        TypeError,
        "'step_per_epoch'; did you mean 'steps_per_epoch'",
    ),
    "not compiled": (
        lambda m: Sequential([layers.Dense(1)]).fit_generator(Batches()),
        RuntimeError,
        "you must compile the model before `fit_generator`",
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistake_is_explained(case):
    call, error, match = MISTAKES[case]
    with pytest.raises(error, match=match):
        call(net())

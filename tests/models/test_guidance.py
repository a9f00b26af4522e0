"""What `check` finds and `fit` says, that correct models are left alone, and why."""

import re
import time
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tensorlearn import config, layers, ops, optimizers
from tensorlearn.callbacks import LambdaCallback
from tensorlearn.models import GuidanceWarning, Model, Sequential, load_model
from tensorlearn.models.guidance import QUICK_RULES, found
from tensorlearn.models.guidance_case import case_of
from tensorlearn.utils import Sequence

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 4)).astype("float32")
LABELS = np.arange(60) % 3
ONE_HOT = np.eye(3, dtype="float32")[LABELS]
NUMBERS = RNG.standard_normal((60, 1)).astype("float32")
BITS = (LABELS > 1).astype("float32")
IMAGES = RNG.integers(0, 256, (60, 8, 8, 1)).astype("uint8")
CROSS, SPARSE = "categorical_crossentropy", "sparse_categorical_crossentropy"
BINARY = "binary_crossentropy"


def net(units, activation="linear", loss="mse", optimizer="sgd", **told):
    model = Sequential(
        [
            layers.Dense(5, activation="tanh", input_shape=(4,)),
            layers.Dense(units, activation=activation, name="out"),
        ],
        name="net",
    )
    model.compile(optimizer, loss, **told)
    return model


def stack(*parts, loss="mse", **told):
    model = Sequential(list(parts), name="net")
    model.compile("sgd", loss, **told)
    return model


def pictures(shape, first=None, **told):
    first = first or layers.Conv2D(2, 3, padding="same", **told)
    given = layers.Input(shape, name="picture")
    y = layers.Dense(1, name="out")(layers.Flatten()(first(given)))
    model = Model(given, y, name="net")
    model.compile("sgd", "mse")
    return model


def frozen():
    model = net(1)
    for layer in model.layers:
        layer.trainable = False
    model.compile("sgd", "mse")
    return model


def ruined():
    model = net(1)
    model.layers[0].kernel.assign(np.full((4, 5), np.nan, "float32"))
    return model


def dead():
    model = stack(layers.Dense(1, activation="relu", input_shape=(4,), name="out"))
    model.layers[0].bias.assign(np.full(1, -99, "float32"))
    return model


def with_nan():
    x = X.copy()
    x[5, 2] = np.nan
    return x


class Softened(layers.Dense):
    def call(self, x):
        return ops.softmax(super().call(x))


def last_row(y_true, y_pred):
    return ops.square(y_true - y_pred)


NOISE = RNG.standard_normal((60, 8, 8, 3))
SEQUENCES = RNG.standard_normal((60, 1, 8, 8))
CHANNELS = RNG.standard_normal((60, 3, 8, 8))
FLAT = IMAGES.reshape(60, 64)

# code: what is wrong, in (model, x, y, words in what is said); FIT: `fit` says it, too

FIT = {
    "softmax_of_one": (lambda: net(1, "softmax", "mse"), X, BITS, "always 1"),
    "softmax_of_one, by a layer": (
        lambda: stack(layers.Dense(1, input_shape=(4,)), layers.Softmax()), X, BITS,
        "softmax over a single unit",
    ),
    "softmax_of_one, in a model": (
        lambda: stack(net(1, "softmax")), X, BITS, "Dense 'out'",
    ),
    "crossentropy_of_one": (
        lambda: net(1, "sigmoid", CROSS), X, BITS, "one unit only.*'sigmoid' and loss",
    ),
    "crossentropy_of_one, sparse": (
        lambda: net(1, "sigmoid", SPARSE), X, 0 * BITS, "one unit only",
    ),
    "not_probabilities": (
        lambda: net(3, "linear", CROSS), X, ONE_HOT, "'linear'; end with .*'softmax'",
    ),
    "not_probabilities, sparse": (lambda: net(3, "tanh", SPARSE), X, LABELS, "'tanh'"),
    "not_probabilities, relu": (lambda: net(3, "relu", CROSS), X, ONE_HOT, "'relu'"),
    "not_probabilities, binary": (
        lambda: net(1, "linear", BINARY), X, BITS, "end with activation='sigmoid'",
    ),
    "not_probabilities, by steps": (
        lambda: stack(
            layers.Reshape((4, 1), input_shape=(4,)),
            layers.TimeDistributed(layers.Dense(3)),
            loss=CROSS,
        ),
        X, np.repeat(ONE_HOT[:, None], 4, 1), "TimeDistributed",
    ),
    "softmax_for_binary": (
        lambda: net(3, "softmax", BINARY), X, ONE_HOT, "judges each of the 3 units",
    ),
    "log_of_negative": (
        lambda: net(1, "linear", "poisson"), X, BITS, "may be negative.*'softplus'",
    ),
    "margin_labels": (lambda: net(1, "tanh", "hinge"), X, BITS, r"2 \* y - 1"),
    "binary_targets": (
        lambda: net(1, "sigmoid", BINARY), X, LABELS, "reach from 0 to 2",
    ),
    "binary_targets, -1 and 1": (
        lambda: net(1, "sigmoid", BINARY), X, 2 * BITS - 1, r"pass \(y \+ 1\) / 2",
    ),
    "out_of_reach": (lambda: net(1, "sigmoid"), X, 5 + NUMBERS, "100% of the targets"),
    "out_of_reach, negative": (lambda: net(1, "relu"), X, NUMBERS - 2, "from 0 to inf"),
    "broadcasting": (
        lambda: stack(
            layers.Dense(1, input_shape=(4,)), layers.Lambda(lambda x: x[:, 0]),
            loss=last_row,
        ),
        X, NUMBERS, r"output has shape \(None,\) and the targets \(None, 1\)",
    ),
    "channel_order": (
        lambda: pictures((3, 8, 8)), CHANNELS, NUMBERS, "look like channels_first",
    ),
    "channel_order, the other": (
        lambda: pictures((8, 8, 3), layers.MaxPooling2D(data_format="channels_first")),
        NOISE, NUMBERS, "look like channels_last",
    ),
    "unscaled_pixels": (lambda: pictures((8, 8, 1)), IMAGES, NUMBERS, r"/ 255"),
    "unscaled_pixels, as float": (
        lambda: pictures((8, 8, 1)), IMAGES.astype("float32"), NUMBERS, "up to 255",
    ),
    "unscaled_pixels, in a row": (
        lambda: stack(layers.Dense(1, input_shape=(64,))), FLAT, NUMBERS, "up to 255",
    ),
}  # fmt: skip

CHECK = {
    "same_targets": (lambda: net(1), X, np.ones(60), "all 60 targets are the same"),
    "absent_classes": (
        lambda: net(4, "softmax", SPARSE), X, LABELS + 1, "no target is of class 0",
    ),
    "absent_classes, too many units": (
        lambda: net(5, "softmax", SPARSE), X, LABELS, "class 3, 4",
    ),
    "several_labels": (
        lambda: net(3, "softmax", CROSS), X, 1 - ONE_HOT, "more than one class",
    ),
    "accuracy_of_numbers": (
        lambda: net(1, metrics=["accuracy"]), X, NUMBERS, "exact hits",
    ),
    "softmax_for_distance": (lambda: net(3, "softmax"), X, ONE_HOT, "learns slowly"),
    "sigmoid_for_classes": (lambda: net(3, "sigmoid", CROSS), X, ONE_HOT, "add up to 1"),
    "same_inputs": (lambda: net(1), np.ones((60, 4)), NUMBERS, "all samples"),
    "constant_features": (
        lambda: net(1), X * [1, 0, 1, 1], NUMBERS, "1 of 4 features never change: 1",
    ),
    "large_inputs": (lambda: net(1), X * 1000, NUMBERS, "standardize each feature"),
    "nothing_to_train": (frozen, X, NUMBERS, "no layer has trainable"),
    "broken_weights": (ruined, X, NUMBERS, "hold NaN"),
    "learning_rate": (
        lambda: net(1, optimizer=optimizers.Adam(3.0)), X, NUMBERS, "3 is very large",
    ),
    "learning_rate, none": (
        lambda: net(1, optimizer=optimizers.SGD(0.0)), X, NUMBERS, "0.01 for SGD",
    ),
    "dropout_last": (
        lambda: stack(layers.Dense(1, input_shape=(4,)), layers.Dropout(0.5)),
        X, NUMBERS, "ends with dropout",
    ),
    "linear_stack": (
        lambda: stack(layers.Dense(3, input_shape=(4,)), layers.Dense(1, name="b")),
        X, NUMBERS, "it and Dense 'b' together",
    ),
    "trial": (
        lambda: net(1, loss=lambda y, p: p @ p), X, NUMBERS, "a trial run failed",
    ),
    "dead_output": (dead, X, NUMBERS, "the same for every sample"),
    "dead_output, all weights 0": (
        lambda: stack(*(
            layers.Dense(1, activation="tanh", kernel_initializer="zeros", input_shape=(4,))
            for _ in range(2)
        )),
        X, NUMBERS, "the same for every sample",
    ),
    "inputs": (lambda: net(1), X[0], NUMBERS, "the batch axis is missing"),
    "targets": (lambda: net(3, "softmax", CROSS), X, LABELS, "wants one column"),
    "targets, out of range": (
        lambda: net(2, "softmax", SPARSE), X, LABELS, "class numbers from 0 to 1",
    ),
    "targets, silently broadcast": (lambda: net(3), X, NUMBERS, "element by element"),
    "lengths": (lambda: net(1), X, NUMBERS[:9], "same number of samples"),
    "not_finite": (lambda: net(1), with_nan(), NUMBERS, r"nan at \(5, 2\)"),
    "compile": (lambda: Sequential([layers.Dense(1)]), X, NUMBERS, "must compile"),
    "generator": (lambda: net(1), iter([(X, NUMBERS)]), None, "would lose the batch"),
}  # fmt: skip

CORRECT = {
    "regression": (lambda: net(1), X, NUMBERS),
    "two classes": (lambda: net(1, "sigmoid", BINARY, metrics=["accuracy"]), X, BITS),
    "two classes, two units": (
        lambda: net(2, "softmax", BINARY), X, np.eye(2)[BITS.astype(int)],
    ),
    "classes": (lambda: net(3, "softmax", CROSS, metrics=["acc"]), X, ONE_HOT),
    "class numbers": (lambda: net(3, "softmax", SPARSE), X, LABELS),
    "several labels": (lambda: net(3, "sigmoid", BINARY), X, 1 - ONE_HOT),
    "softmax by a layer": (
        lambda: stack(
            layers.Dense(3, input_shape=(4,)), layers.Activation("softmax"), loss=CROSS,
        ),
        X, ONE_HOT,
    ),
    "exp of scores": (lambda: net(3, "exponential", CROSS), X, ONE_HOT),
    "a loss of one's own": (
        lambda: net(3, loss=lambda y, p: ops.reduce_mean(p - y, axis=-1)), X, ONE_HOT,
    ),
    "a loss without targets": (
        lambda: net(1, loss=lambda y, p: ops.square(p)), X, np.zeros((60, 1)),
    ),
    "weights that begin at 0": (
        lambda: stack(
            layers.Dense(
                3, activation="softmax", kernel_initializer="zeros", input_shape=(4,)
            ),
            loss=CROSS,
        ),
        X, ONE_HOT,
    ),
    "softmax in a call of one's own": (
        lambda: stack(Softened(3, input_shape=(4,)), loss=CROSS), X, ONE_HOT,
    ),
    "relu up to 1": (
        lambda: stack(
            layers.Dense(1, input_shape=(4,)), layers.ReLU(max_value=1), loss=BINARY,
        ),
        X, BITS,
    ),
    "margins": (lambda: net(1, "tanh", "hinge"), X, 2 * BITS - 1),
    "autoencoder": (lambda: net(4, "sigmoid", BINARY), abs(X) % 1, abs(X) % 1),
    "rates": (lambda: net(1, "exponential", "poisson"), X, BITS),
    "images": (lambda: pictures((8, 8, 1)), IMAGES / 255, NUMBERS),
    "raw images, normalized": (
        lambda: pictures((8, 8, 1), layers.BatchNormalization()), IMAGES, NUMBERS,
    ),
    "raw images, scaled inside": (
        lambda: pictures((8, 8, 1), layers.Lambda(lambda x: x / 255)), IMAGES, NUMBERS,
    ),
    "channels first": (
        lambda: pictures((3, 8, 8), data_format="channels_first"), CHANNELS, NUMBERS,
    ),
    "sequence as an image": (
        lambda: pictures((1, 8, 8), layers.Conv2D(2, (1, 3))), SEQUENCES, NUMBERS,
    ),
    "words": (
        lambda: stack(
            layers.Embedding(256, 2, input_length=64), layers.Flatten(), layers.Dense(1),
        ),
        FLAT, NUMBERS,
    ),
    "weighted": (lambda: net(1, "sigmoid"), X, BITS),
    "scheduled": (
        lambda: net(1, optimizer=optimizers.SGD(lambda step: 0.1)), X, NUMBERS,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", [*FIT, *CHECK])
def test_check_finds(name):
    build, x, y, words = {**FIT, **CHECK}[name]
    report = build().check(x, y)
    code = name.split(",")[0]
    (finding,) = [one for one in report if one.code == code]
    assert re.search(words, finding.text)
    assert bool(report) is report.ok
    if finding.severity != "note":
        assert not report


@pytest.mark.parametrize("name", FIT)
def test_fit_says_it_before_training(name):
    build, x, y, words = FIT[name]
    model = build()
    before = model.get_weights()
    report = model.check(x, y)
    if any(one.severity == "error" for one in report):
        with pytest.raises(ValueError, match=words):
            model.fit(x, y, verbose=0)
        with pytest.raises(ValueError, match=words):
            report.raise_errors()
        for a, b in zip(before, model.get_weights(), strict=True):
            assert_array_equal(a, b)
        return
    assert report.raise_errors() is report
    with np.errstate(all="ignore"), pytest.warns(GuidanceWarning) as seen:
        model.fit(x, y, verbose=0, batch_size=60)
    assert seen[0].filename == __file__
    assert re.search(words, str(seen[0].message))
    with warnings.catch_warnings(record=True) as again:
        warnings.simplefilter("always")
        model.fit(x, y, verbose=0, batch_size=60)
    assert str(seen[0].message) not in [str(one.message) for one in again]


@pytest.mark.parametrize("name", CORRECT)
def test_correct_models_are_left_alone(name):
    build, x, y = CORRECT[name]
    model = build()
    report = model.check(x, y)
    assert report, str(report)
    model.fit(x, y, verbose=0)  # warnings are errors


def test_nothing_is_changed_by_check():
    model = net(3, "softmax", CROSS)
    before = model.get_weights()
    state = config.random_state()
    model.check(X, ONE_HOT)
    assert config.random_state() == state
    assert model.optimizer.iterations == 0
    for a, b in zip(before, model.get_weights(), strict=True):
        assert_array_equal(a, b)


def test_check_needs_no_targets():
    assert net(1).check(X)
    assert not net(1, "softmax").check(X)


def test_check_takes_a_sequence_and_weights():
    class Batches(Sequence):
        def __len__(self):
            return 1

        def __getitem__(self, i):
            return X, LABELS, np.zeros(60)

    (finding,) = net(3, "softmax", SPARSE).check(Batches())
    assert finding.code == "weights_zero"
    (finding,) = net(3, "softmax", SPARSE).check(X, LABELS, np.zeros(60))
    assert finding.code == "weights_zero"
    with pytest.warns(GuidanceWarning, match="no sample counts"):
        net(1).fit(X, NUMBERS, sample_weight=np.zeros(60), verbose=0)


def test_generators_are_looked_at_too():
    model = net(3, "softmax", BINARY)
    with pytest.warns(GuidanceWarning, match="judges each"):
        model.fit_generator(iter([(X, ONE_HOT)]), 1, verbose=0)


def test_several_inputs_and_outputs_are_told_apart():
    a, b = layers.Input((4,), name="a"), layers.Input((4,), name="b")
    good = layers.Dense(3, activation="softmax", name="good")(a)
    bad = layers.Dense(1, activation="softmax", name="bad")(layers.Add()([a, b]))
    model = Model([a, b], [good, bad])
    model.compile("sgd", [CROSS, "mse"])
    report = model.check([X, with_nan()], [ONE_HOT, BITS])
    assert "x 'b' holds nan" in str(report)
    report = model.check({"a": X, "b": X}, {"good": ONE_HOT, "bad": BITS})
    assert [one.where for one in report if one.severity == "error"] == ["Dense 'bad'"]


def test_a_model_of_ones_own_is_checked_by_its_data():
    class Mine(Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(3, activation="softmax")

        def call(self, x):
            return self.dense(x)

    model = Mine()
    model.compile("sgd", SPARSE)
    assert model.check(X, LABELS)
    assert "wants class numbers" in str(model.check(X, ONE_HOT))


def test_report_says_what_accuracy_means():
    report = net(3, "softmax", SPARSE, metrics=["accuracy"]).check(X, LABELS)
    assert report.facts == ["Dense 'out': 'accuracy' means sparse_categorical_accuracy"]
    assert report.facts[0] in str(report)
    assert str(report).startswith("Sequential 'net': nothing to complain of")


def test_report_puts_the_worst_first_and_escapes():
    model = net(1, "softmax", metrics=["mae"], optimizer=optimizers.SGD(0.0))
    model.layers[0].name = "<b>"
    report = model.check(X * [1, 1, 1, 0], BITS)
    grades = [one.severity for one in report]
    assert grades == sorted(grades, key=["error", "warning", "note"].index)
    assert len(report) == len(grades) > 2
    assert "error 1, warning 1, note 1" in str(report)
    assert str(report) == repr(report)
    shown = report._repr_html_()
    assert shown.count("<tr>") == len(report)
    assert "<td style" in shown
    assert "&#x27;sigmoid&#x27;" in shown


def test_check_of_a_loaded_model(tmp_path):
    model = net(3, "softmax", CROSS)
    model.save(tmp_path / "m.h5")
    assert load_model(tmp_path / "m.h5").check(X, ONE_HOT)


@pytest.mark.parametrize("shape", [(60, 4), (60_000, 4)])
def test_first_look_is_quick(shape):
    x = np.ones(shape, "float32")
    model = net(3, "softmax", SPARSE)
    data = model._data("fit", x, np.arange(len(x)) % 3)
    least = 1.0
    for _ in range(20):
        start = time.perf_counter()
        found(case_of(model, data), QUICK_RULES)
        least = min(least, time.perf_counter() - start)
    assert least < 1e-3


# ---- NaN ----


def test_nan_loss_is_said_once():
    model = net(1, optimizer=optimizers.SGD(1e30))
    with np.errstate(all="ignore"), pytest.warns(GuidanceWarning) as seen:
        model.fit(X, NUMBERS, epochs=3, batch_size=10, verbose=0)
    (said,) = seen
    assert "smaller learning rate" in str(said.message)


def test_broken_weights_cause_no_warning_in_evaluation():
    assert np.isnan(ruined().evaluate(X, NUMBERS, verbose=0))


# ---- fit and evaluate ----


def noisy(*between, penalty=None, **told):
    return stack(
        layers.Dense(
            6, activation="tanh", input_shape=(4,), kernel_regularizer=penalty
        ),
        *between,
        layers.Dense(1),
        **told,
    )


EXPLAINED = {
    "plain": ((), None, {"moving"}),
    "dropout": ([layers.Dropout, 0.5], None, {"moving", "noise"}),
    "normalization": ([layers.BatchNormalization], None, {"moving", "normalization"}),
    "penalty": ((), "l2", {"moving", "penalties"}),
}


@pytest.mark.parametrize("name", EXPLAINED)
def test_parts_of_the_difference_are_found(name):
    between, penalty, parts = EXPLAINED[name]
    made = [between[0](*between[1:])] if between else []
    model = noisy(*made, penalty=penalty)
    said = model.explain_fit_vs_evaluate(X, NUMBERS, batch_size=10)
    sizes = {
        part: abs(getattr(said, part))
        for part in ("moving", "normalization", "noise", "penalties")
    }
    assert {part for part, size in sizes.items() if size > 1e-6} == parts
    assert_allclose(
        said.fit - said.moving - said.normalization - said.noise, said.evaluate
    )


def test_numbers_are_those_of_fit_and_evaluate():
    def build():
        config.set_seed(4)
        return noisy(layers.BatchNormalization(), layers.Dropout(0.3), penalty="l2")

    said = build().explain_fit_vs_evaluate(X, NUMBERS, batch_size=10)
    model = build()
    history = model.fit(X, NUMBERS, batch_size=10, shuffle=False, verbose=0)
    assert_allclose(said.fit, history.history["loss"][0], rtol=1e-6)
    assert_allclose(said.evaluate, model.evaluate(X, NUMBERS, verbose=0), rtol=1e-5)


def test_explaining_leaves_no_trace():
    def trained(explained):
        config.set_seed(4)
        model = noisy(layers.BatchNormalization(), layers.Dropout(0.3))
        model.compile(optimizers.Adam(lambda step: 0.01 / (step + 1)), "mse")
        model.fit(X, NUMBERS, verbose=0)
        if explained:
            model.explain_fit_vs_evaluate(X, NUMBERS)
        model.fit(X, NUMBERS, verbose=0)
        return model.get_weights()

    for a, b in zip(trained(False), trained(True), strict=True):
        assert_array_equal(a, b)


def test_states_are_put_back_after_explaining():
    model = stack(layers.SimpleRNN(2, stateful=True, batch_input_shape=(10, 3, 1)))
    x, y = RNG.standard_normal((60, 3, 1)), RNG.standard_normal((60, 2))
    model.fit(x, y, batch_size=10, shuffle=False, verbose=0)
    before = model.layers[0].states[0].numpy().copy()
    model.explain_fit_vs_evaluate(x, y, batch_size=10)
    assert_array_equal(model.layers[0].states[0].numpy(), before)


def test_explanation_is_in_words():
    said = noisy().explain_fit_vs_evaluate(X, NUMBERS)
    assert "loss as fit reports it" in str(said)
    assert "<table>" in said._repr_html_()
    assert len(str(said).splitlines()) == 8


# ---- in fit ----


def test_warnings_can_be_silenced_by_category():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GuidanceWarning)
        net(3, "softmax", BINARY).fit(X, ONE_HOT, verbose=0)


def test_guidance_costs_nothing_on_later_batches():
    model, seen = net(1), []
    model.fit(X, NUMBERS, verbose=0)
    guided = model._guided
    model.fit(X, NUMBERS, verbose=0, callbacks=[
        LambdaCallback(on_batch_end=lambda b, logs: seen.append(model._guided is guided))
    ])  # fmt: skip
    assert all(seen)


def test_an_error_is_raised_again_until_it_is_mended():
    model = net(1, "softmax")
    for _ in range(2):
        with pytest.raises(ValueError, match="always 1"):
            model.fit(X, NUMBERS, verbose=0)


def test_freezing_after_compile_leaves_something_to_train():
    model = net(1)
    model.trainable = False
    with pytest.warns(UserWarning, match="only count after another compile"):
        report = model.check(X, NUMBERS)
    assert report, str(report)


def test_a_warning_of_fit_blames_the_line_of_the_user():
    class Batches(Sequence):
        def __len__(self):
            return 1

        def __getitem__(self, i):
            return X, ONE_HOT

    with pytest.warns(GuidanceWarning) as seen:
        net(3, "linear", CROSS).fit(Batches(), verbose=0)
    assert seen[0].filename == __file__


def test_what_plays_no_part_is_not_shown_as_minus_zero():
    assert "-0 " not in str(net(1).explain_fit_vs_evaluate(X, NUMBERS))

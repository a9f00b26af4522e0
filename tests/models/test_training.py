"""Stories of training: compile, fit, evaluate, predict, and one batch at a time."""

import gc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tensorlearn import config, layers, ops, optimizers
from tensorlearn.callbacks import Callback
from tensorlearn.declare import Keras1Warning
from tensorlearn.engine import Layer
from tensorlearn.models.model import Model
from tensorlearn.models.sequential import Sequential


def points(n=60, classes=3, seed=0):
    """Points in the plane whose class is their third of the circle."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 4)).astype("float32")
    labels = x[:, :classes].argmax(axis=1)
    return x, np.eye(classes, dtype="float32")[labels], labels


def classifier(loss="categorical_crossentropy", classes=3, optimizer="sgd", **told):
    config.set_seed(1)
    model = Sequential(name="net")
    model.add(layers.Dense(8, activation="relu", input_shape=(4,), name="hidden"))
    model.add(layers.Dense(classes, activation="softmax", name="out"))
    model.compile(optimizer, loss, **told)
    return model


def regressor(**told):
    config.set_seed(1)
    model = Sequential([layers.Dense(1, input_shape=(2,), name="line")], name="fit")
    model.compile(**{"optimizer": "sgd", "loss": "mse", **told})
    return model


def two_by_two(**told):
    config.set_seed(1)
    a = layers.Input((3,), name="a")
    b = layers.Input((2,), name="b")
    joined = layers.Concatenate(name="both")([a, b])
    outputs = [layers.Dense(1, name="p")(joined), layers.Dense(2, name="q")(joined)]
    model = Model([a, b], outputs, name="pair")
    model.compile(**{"optimizer": "sgd", "loss": "mse", **told})
    return model


def pair_data(n=8):
    rng = np.random.default_rng(5)
    x = [rng.standard_normal((n, 3)), rng.standard_normal((n, 2))]
    y = [rng.standard_normal((n, 1)), rng.standard_normal((n, 2))]
    return x, y


class Recorder(Callback):
    """Notes every event, and what a batch was told."""

    def __init__(self):
        super().__init__()
        self.events, self.batches = [], []

    def on_train_begin(self, logs=None):
        self.events.append("train_begin")

    def on_epoch_begin(self, epoch, logs=None):
        self.events.append(f"epoch_begin {epoch}")

    def on_batch_end(self, batch, logs=None):
        self.batches.append(dict(logs))

    def on_epoch_end(self, epoch, logs=None):
        self.events.append(f"epoch_end {epoch} {sorted(logs)}")

    def on_train_end(self, logs=None):
        self.events.append("train_end")


# ---- fit ----


def test_fit_learns():
    x, y, _ = points(300)
    model = classifier(optimizer=optimizers.Adam(lr=0.02), metrics=["accuracy"])
    history = model.fit(x, y, epochs=30, verbose=0).history
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert history["acc"][-1] > 0.9


def test_history_holds_every_epoch():
    x, y, _ = points()
    model = classifier(metrics=["accuracy"])
    history = model.fit(x, y, epochs=3, verbose=0, validation_split=0.2)
    assert history.epoch == [0, 1, 2]
    assert set(history.history) == {"loss", "acc", "val_loss", "val_acc"}
    assert all(len(values) == 3 for values in history.history.values())
    assert history is model.history


def test_loss_of_an_epoch_is_the_mean_over_samples():
    x = np.array([[0, 0], [0, 0], [0, 0]], "float32")
    y = np.array([1.0, 1.0, 4.0])
    model = regressor(optimizer=optimizers.SGD(lr=0.0))
    history = model.fit(x, y, batch_size=2, shuffle=False, verbose=0)
    assert_allclose(history.history["loss"], [(1 + 1 + 16) / 3], rtol=1e-6)
    assert_allclose(model.evaluate(x, y, batch_size=2, verbose=0), 6.0, rtol=1e-6)


def test_set_seed_makes_fit_repeat_bit_for_bit():
    x, y, _ = points()
    found = []
    for _ in range(2):
        model = classifier(optimizer="adam")
        model.fit(x, y, epochs=2, batch_size=7, verbose=0)
        found.append(model.get_weights())
    for a, b in zip(*found, strict=True):
        assert_array_equal(a, b)


def test_shuffle_decides_the_order():
    x = np.arange(10.0).reshape(5, 2)

    def order(shuffle):
        model, seen = regressor(), []
        step = model._compiled("fit").train
        model._stepper.train = lambda i, t, w: (
            seen.append(i[0][:, 0].tolist()) or step(i, t, w)
        )
        model.fit(x, np.zeros(5), batch_size=2, shuffle=shuffle, verbose=0)
        return seen

    assert order(False) == [[0, 2], [4, 6], [8]]
    assert sorted(i for batch in order(True) for i in batch) == [0, 2, 4, 6, 8]
    assert sorted(order("batch")[:2]) == [[0, 2], [4, 6]]
    assert order("batch")[2] == [8]


def test_callbacks_are_called_in_order():
    x, y, _ = points(10)
    recorder = Recorder()
    classifier().fit(x, y, epochs=2, batch_size=4, verbose=0, callbacks=[recorder])
    assert recorder.events == [
        "train_begin",
        "epoch_begin 0",
        "epoch_end 0 ['loss']",
        "epoch_begin 1",
        "epoch_end 1 ['loss']",
        "train_end",
    ]
    assert [(b["batch"], b["size"]) for b in recorder.batches[:3]] == [
        (0, 4),
        (1, 4),
        (2, 2),
    ]
    assert recorder.params["samples"] == 10
    assert recorder.params["metrics"] == ["loss"]


def test_callback_can_stop_training():
    class Stop(Callback):
        def on_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 1

    x, y, _ = points(40)
    recorder = Recorder()
    history = classifier().fit(
        x, y, epochs=5, batch_size=4, verbose=0, callbacks=[Stop(), recorder]
    )
    assert history.epoch == [0]
    assert len(recorder.batches) == 2


def test_history_survives_an_interrupted_fit():
    class Interrupt(Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    x, y, _ = points()
    model = classifier()
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, y, epochs=5, verbose=0, callbacks=[Interrupt()])
    assert model.history.epoch == [0, 1]
    assert np.isfinite(model.evaluate(x, y, verbose=0))


def test_initial_epoch_counts_on():
    x, y, _ = points()
    model = classifier()
    assert model.fit(x, y, epochs=5, initial_epoch=3, verbose=0).epoch == [3, 4]


def test_nb_epoch_is_understood_with_one_warning():
    x, y, _ = points()
    with pytest.warns(Keras1Warning, match="Update your `fit` call .* `epochs=2`"):
        history = classifier().fit(x, y, nb_epoch=2, verbose=0)
    assert len(history.epoch) == 2


def test_steps_per_epoch_cuts_the_data_into_so_many_batches():
    x, y, _ = points(10)
    recorder = Recorder()
    classifier().fit(x, y, steps_per_epoch=3, verbose=0, callbacks=[recorder])
    assert [b["size"] for b in recorder.batches] == [4, 4, 2]


def test_inputs_are_left_alone():
    x, y, _ = points()
    kept_x, kept_y = x.copy(), y.copy()
    classifier().fit(x, y, verbose=0)
    assert_array_equal(x, kept_x)
    assert_array_equal(y, kept_y)


@pytest.mark.parametrize("dtype", ["float64", "int16", "uint8", "bool"])
def test_data_of_any_number_type_train_in_float32(dtype):
    x = np.random.default_rng(0).integers(0, 2, (12, 2)).astype(dtype)
    model = regressor()
    model.fit(x, x[:, 0], verbose=0)
    assert model.predict(x).dtype == np.float32
    assert {w.dtype for w in model.get_weights()} == {np.dtype("float32")}


def test_lists_and_column_targets_are_accepted():
    model = regressor()
    model.fit([[0.0, 1.0], [1.0, 0.0]], [1.0, 2.0], verbose=0)
    model.fit([np.zeros((2, 2))], [np.zeros((2, 1))], verbose=0)
    assert model.predict([[0.0, 1.0]]).shape == (1, 1)


# ---- validation ----


def test_validation_split_takes_the_tail():
    x, y, _ = points(10)
    model = classifier(optimizer=optimizers.SGD(lr=0.0))
    history = model.fit(x, y, validation_split=0.3, verbose=0)
    assert_allclose(
        history.history["val_loss"], model.evaluate(x[7:], y[7:], verbose=0), rtol=1e-6
    )


def test_validation_data_may_bring_weights():
    x, y, _ = points(10)
    model = classifier(optimizer=optimizers.SGD(lr=0.0))
    weights = np.arange(10.0)
    history = model.fit(x, y, validation_data=(x, y, weights), verbose=0)
    expected = model.evaluate(x, y, sample_weight=weights, verbose=0)
    assert_allclose(history.history["val_loss"], expected, rtol=1e-6)


@pytest.mark.parametrize("sparse", [True, False])
def test_sorted_labels_are_noticed_when_splitting(sparse):
    x, y, labels = points(40)
    order = np.argsort(labels)
    loss = "sparse_categorical_crossentropy" if sparse else "categorical_crossentropy"
    targets = (labels if sparse else y)[order]
    with pytest.warns(
        UserWarning, match=r"labels \[2\] that do not occur .* shuffle them"
    ):
        classifier(loss).fit(
            x[order], targets, validation_split=(labels == 2).mean(), verbose=0
        )


# ---- evaluate and predict ----


def test_labels_in_order_are_noticed_when_splitting():
    x, y, labels = points()
    order = np.argsort(labels)
    with pytest.warns(UserWarning, match="the data are sorted by their labels"):
        classifier().fit(x[order], y[order], validation_split=0.1, verbose=0)
    classifier().fit(x, y, validation_split=0.1, verbose=0)


def test_weights_per_time_step_count():
    model = Sequential([layers.Dense(2, input_shape=(5, 3))])
    model.compile("sgd", "mse", sample_weight_mode="temporal")
    rng = np.random.default_rng(0)
    x, y, weights = rng.random((8, 5, 3)), rng.random((8, 5, 2)), rng.random((8, 5))
    found = model.evaluate(x, y, sample_weight=weights, verbose=0)
    errors = ((model.predict(x) - y) ** 2).mean(axis=-1)
    assert_allclose(found, (errors * weights).mean(), rtol=1e-5)


def test_target_tensors_of_none_are_accepted():
    model = regressor()
    model.compile("sgd", "mse", target_tensors=None)
    assert model.metrics_names == ["loss"]


def test_evaluate_gives_a_number_or_a_list():
    x, y, _ = points()
    assert isinstance(classifier().evaluate(x, y, verbose=0), float)
    loss, accuracy = classifier(metrics=["accuracy"]).evaluate(x, y, verbose=0)
    assert 0 <= accuracy <= 1 < loss * 10


@pytest.mark.parametrize("batch_size", [1, 7, 60, None])
def test_predict_is_the_same_in_any_batches(batch_size):
    x, _, _ = points()
    model = classifier()
    found = model.predict(x, batch_size=batch_size)
    assert_allclose(found, model(x).numpy(), rtol=1e-5, atol=1e-6)
    assert found.flags.writeable
    assert found.flags.owndata


def test_predict_needs_no_compile():
    model = Sequential([layers.Dense(2, input_shape=(3,))])
    assert model.predict(np.zeros((4, 3))).shape == (4, 2)


def test_dropout_acts_in_training_only():
    config.set_seed(0)
    model = Sequential([layers.Dropout(0.5, input_shape=(100,))])
    x = np.ones((2, 100), "float32")
    assert_array_equal(model.predict(x), x)
    model.compile("sgd", "mse")
    assert model.evaluate(x, x, verbose=0) == 0


def test_predict_classes_and_proba():
    x, _, _ = points()
    model = classifier()
    assert_array_equal(model.predict_classes(x), model.predict(x).argmax(axis=1))
    assert_array_equal(model.predict_proba(x), model.predict(x))
    line = regressor()
    classes = line.predict_classes(np.array([[9.0, 9.0], [-9.0, -9.0]]))
    assert classes.shape == (2, 1)
    assert classes.dtype == np.int32


def test_predict_proba_warns_about_other_numbers():
    model = regressor()
    model.set_weights([np.ones((2, 1)), np.zeros(1)])
    with pytest.warns(
        UserWarning, match=r"not probabilities .* 2\.\.6\).* softmax or sigmoid"
    ):
        model.predict_proba([[1.0, 1.0], [3.0, 3.0]])


# ---- one batch ----


def test_train_on_batch_gives_the_loss_before_the_update():
    x, y, _ = points()
    model = classifier()
    before = model.evaluate(x, y, batch_size=60, verbose=0)
    assert_allclose(model.train_on_batch(x, y), before, rtol=1e-5)
    assert model.test_on_batch(x, y) < before


@pytest.mark.parametrize("swapped", [False, True])
def test_train_on_batch_tells_weights_apart_by_type(swapped):
    x, y, _ = points()
    plain, other = classifier(), classifier()
    by_class = {0: 1.0, 1: 2.0, 2: 0.0}
    expected = plain.train_on_batch(x, y, class_weight=by_class)
    given = (by_class,) if swapped else (None, by_class)
    assert other.train_on_batch(x, y, *given) == expected


def test_sample_weights_in_keras_1_position_are_understood():
    x, y, _ = points()
    weights = np.linspace(0, 1, 60)
    expected = classifier().train_on_batch(x, y, sample_weight=weights)
    assert classifier().train_on_batch(x, y, None, weights) == expected


def test_predict_on_batch_gives_a_writable_array():
    x, _, _ = points()
    model = classifier()
    found = model.predict_on_batch(x)
    found[:] = 0
    assert model.predict_on_batch(x).any()


# ---- weights ----


def test_class_weight_is_a_sample_weight_by_class():
    x, y, labels = points()
    by_class = {0: 1.0, 1: 2.0, 2: 0.5}
    samples = np.array([by_class[label] for label in labels])
    expected = classifier().train_on_batch(x, y, sample_weight=samples)
    assert classifier().train_on_batch(x, y, class_weight=by_class) == expected
    sparse = classifier("sparse_categorical_crossentropy")
    got = sparse.train_on_batch(x, labels, class_weight=by_class)
    assert_allclose(got, expected, rtol=1e-5)


def test_sample_weight_wins_over_class_weight_with_a_warning():
    x, y, _ = points()
    ones = np.ones(60)
    with pytest.warns(UserWarning, match="class_weight is ignored"):
        got = classifier().train_on_batch(x, y, ones, {0: 1.0, 1: 9.0, 2: 9.0})
    assert got == classifier().train_on_batch(x, y, ones)


def test_all_weights_zero_give_loss_zero_not_nan():
    x, y, _ = points(4)
    model = classifier()
    before = model.get_weights()
    assert model.train_on_batch(x, y, np.zeros(4)) == 0
    assert_array_equal(model.get_weights()[0], before[0])


def test_weighted_metrics_count_weights():
    x, y, labels = points()
    model = classifier(metrics=["accuracy"], weighted_metrics=["accuracy"])
    assert model.metrics_names == ["loss", "acc", "weighted_acc"]
    right = model.predict(x).argmax(axis=1) == labels
    weights = np.where(right, 1.0, 0.0)
    _, plain, weighted = model.test_on_batch(x, y, weights)
    assert_allclose([plain, weighted], [right.mean(), 1.0], rtol=1e-5)


# ---- several inputs and outputs ----


def test_dictionaries_by_name_and_lists_agree():
    (a, b), (p, q) = pair_data()
    expected = two_by_two().train_on_batch([a, b], [p, q])
    got = two_by_two(loss={"p": "mse", "q": "mse"}).train_on_batch(
        {"b": b, "a": a}, {"q": q, "p": p}
    )
    assert got == expected
    assert len(got) == 3


def test_loss_weights_add_up_to_the_total():
    x, y = pair_data()
    for told in ([0.5, 2.0], {"p": 0.5, "q": 2.0}):
        total, p, q = two_by_two(loss_weights=told).test_on_batch(x, y)
        assert_allclose(total, 0.5 * p + 2.0 * q, rtol=1e-6)


def test_metrics_names_tell_outputs_apart():
    model = two_by_two(metrics={"p": ["mae"], "q": "mse"})
    assert model.metrics_names == [
        "loss",
        "p_loss",
        "q_loss",
        "p_mean_absolute_error",
        "q_mean_squared_error",
    ]


def test_output_without_loss_needs_no_target():
    x, (p, _) = pair_data()
    model = two_by_two(loss={"p": "mse"})
    assert model.metrics_names == ["loss", "p_loss"]
    assert len(model.fit(x, p, verbose=0).history["loss"]) == 1
    assert len(model.train_on_batch(x, p)) == 2


def test_predict_gives_a_list_for_several_outputs():
    x, _ = pair_data()
    p, q = two_by_two().predict(x)
    assert (p.shape, q.shape) == ((8, 1), (8, 2))


# ---- accuracy ----


@pytest.mark.parametrize(
    ("loss", "units", "targets", "expected"),
    [
        ("binary_crossentropy", 1, "column", "binary_accuracy"),
        ("mse", 1, "column", "binary_accuracy"),
        ("binary_crossentropy", 3, "one-hot", "binary_accuracy"),
        ("categorical_crossentropy", 3, "one-hot", "categorical_accuracy"),
        ("mse", 3, "one-hot", "categorical_accuracy"),
        (
            "sparse_categorical_crossentropy",
            3,
            "numbers",
            "sparse_categorical_accuracy",
        ),
        ("mine", 3, "numbers", "sparse_categorical_accuracy"),
    ],
)
def test_accuracy_is_chosen_by_loss_and_shapes(loss, units, targets, expected):
    def mine(y_true, y_pred):
        return ops.reduce_mean(y_pred, axis=-1)

    x, y, labels = points()
    given = {"one-hot": y, "numbers": labels, "column": labels % 2}[targets]
    model = classifier(mine if loss == "mine" else loss, units, metrics=["acc"])
    model.test_on_batch(x, given)
    (metric,) = model._stepper.metrics
    assert metric.function.__name__ == expected
    assert model.metrics_names == ["loss", "acc"]


def test_metric_may_be_any_function():
    def spread(y_true, y_pred):
        return np.std(y_pred)

    x, y, _ = points()
    model = classifier(metrics=[spread, "mae"])
    assert model.metrics_names == ["loss", "spread", "mean_absolute_error"]
    assert_allclose(model.test_on_batch(x, y)[1], model.predict(x).std(), rtol=1e-5)


# ---- losses from layers ----


def test_penalties_of_weights_and_activations_are_added():
    model = Sequential(
        [
            layers.Dense(1, input_shape=(2,), kernel_regularizer="l2"),
            layers.ActivityRegularization(l1=0.5),
        ]
    )
    model.compile("sgd", "mse")
    model.set_weights([np.ones((2, 1)), np.zeros(1)])
    got = model.test_on_batch(np.ones((3, 2)), np.full((3, 1), 2.0))
    assert_allclose(got, 0.0 + 0.01 * 2 + 0.5 * 6, rtol=1e-6)


def test_constraints_hold_after_every_step():
    model = Sequential([layers.Dense(2, input_shape=(2,), kernel_constraint="non_neg")])
    model.compile(optimizers.SGD(lr=1.0), "mse")
    model.fit(np.ones((4, 2)), np.full((4, 2), -5.0), verbose=0)
    assert model.get_weights()[0].min() >= 0


def test_layer_of_ones_own_may_bring_the_only_loss():
    class Small(Layer):
        def call(self, x):
            self.add_loss(ops.reduce_mean(ops.square(x)))
            return x

    model = Sequential([layers.Dense(2, input_shape=(2,)), Small()])
    model.compile(optimizers.SGD(lr=0.5), None)
    losses = model.fit(np.eye(2), epochs=20, verbose=0).history["loss"]
    assert losses[-1] < 0.1 * losses[0]


# ---- models that wait for data ----


def test_deferred_sequential_is_built_by_fit():
    x, y, _ = points()
    model = Sequential(
        [layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")]
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    assert model.metrics_names == ["loss", "acc"]
    model.fit(x, y, verbose=0)
    assert [w.shape for w in model.get_weights()] == [(4, 8), (8,), (8, 3), (3,)]


def test_deferred_sequential_is_built_by_predict():
    model = Sequential([layers.Dense(2)])
    assert model.predict(np.zeros((3, 5))).shape == (3, 2)


def test_subclassed_model_trains():
    class Net(Model):
        def __init__(self):
            super().__init__(name="mine")
            self.hidden = layers.Dense(8, activation="relu")
            self.out = layers.Dense(3, activation="softmax")

        def call(self, inputs):
            return self.out(self.hidden(inputs))

    x, y, _ = points(200)
    config.set_seed(0)
    model = Net()
    model.compile(optimizers.Adam(lr=0.02), "categorical_crossentropy", metrics=["acc"])
    history = model.fit(x, y, epochs=10, verbose=0).history
    assert history["loss"][-1] < 0.7 * history["loss"][0]
    assert model.predict(x).shape == (200, 3)


def test_layer_added_after_compile_is_trained_too():
    model = regressor()
    x = np.ones((4, 2))
    model.train_on_batch(x, np.zeros(4))
    model.add(layers.Dense(1, kernel_initializer="ones", name="more"))
    model.train_on_batch(x, np.zeros(4))
    assert len(model._stepper.parameters) == 4


# ---- what is trainable ----


def test_frozen_layer_stays_as_it_is():
    x, y, _ = points()
    model = classifier()
    model.layers[0].trainable = False
    model.compile("sgd", "categorical_crossentropy")
    before = model.get_weights()
    model.fit(x, y, verbose=0)
    after = model.layers[0].get_weights()
    assert_array_equal(after[0], before[0])
    assert np.any(model.layers[1].get_weights()[0] != before[2])


def test_trainable_changed_after_compile_warns_and_waits():
    x, y, _ = points()
    model = classifier()
    model.layers[0].trainable = False
    before = model.layers[0].get_weights()[0]
    with pytest.warns(UserWarning, match="only count after another compile"):
        model.fit(x, y, verbose=0)
    assert np.any(model.layers[0].get_weights()[0] != before)


def test_weight_without_gradient_is_named_once():
    class Halves(Layer):
        def build(self, shape):
            self.used = self.add_weight("used", (shape[-1], 1), initializer="ones")
            self.idle = self.add_weight("idle", (1,), initializer="ones")

        def call(self, x):
            return x @ self.used

        def compute_output_shape(self, shape):
            return (*shape[:-1], 1)

    model = Sequential([Halves(input_shape=(2,), name="halves")])
    model.compile("sgd", "mse")
    with pytest.warns(
        UserWarning, match="no gradient reaches the weights halves/idle:0"
    ) as seen:
        model.fit(np.ones((8, 2)), np.zeros(8), batch_size=2, verbose=0)
    assert len(seen) == 1


def test_a_training_step_leaves_no_garbage_behind():
    x, y, _ = points(16)
    model = classifier()
    model.train_on_batch(x, y)
    gc.collect()
    gc.disable()
    try:
        model.train_on_batch(x, y)
        before = len(gc.get_objects())
        for _ in range(20):
            model.train_on_batch(x, y)
        assert len(gc.get_objects()) - before < 50
    finally:
        gc.enable()

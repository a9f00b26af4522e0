"""Every way to call compile, fit and their kin wrongly, and what the reader is told."""

import numpy as np
import pytest

from tensorlearn import layers
from tensorlearn.models.model import Model
from tensorlearn.models.sequential import Sequential

X = np.random.default_rng(0).standard_normal((10, 4))
Y = np.random.default_rng(1).standard_normal((10, 2))
LABELS = np.arange(10) % 3


def net(loss="mse", units=2, **told):
    model = Sequential([layers.Dense(units, input_shape=(4,), name="out")], name="net")
    model.compile("sgd", loss, **told)
    return model


def penalized(penalty):
    layer = layers.Dense(2, kernel_regularizer=penalty, input_shape=(4,))
    model = Sequential([layer])
    model.compile("sgd", "mse")
    return model


def uncompiled():
    return Sequential([layers.Dense(2, input_shape=(4,))], name="net")


def pair(**told):
    a, b = layers.Input((4,), name="a"), layers.Input((3,), name="b")
    both = layers.Concatenate()([a, b])
    model = Model(
        [a, b],
        [layers.Dense(1, name="p")(both), layers.Dense(2, name="q")(a)],
        name="pair",
    )
    model.compile("sgd", **{"loss": "mse", **told})
    return model


def with_value(value, array=X):
    changed = array.copy()
    changed[3, 1] = value
    return changed


def detached(y_true, y_pred):
    return np.abs(y_true.numpy() - y_pred.numpy()).mean(axis=-1)


CASES = {
    "fit before compile": (
        lambda: uncompiled().fit(X, Y),
        RuntimeError,
        r"Sequential 'net': you must compile the model before `fit`: model.compile\(",
    ),
    "evaluate before compile": (
        lambda: uncompiled().evaluate(X, Y),
        RuntimeError,
        "before `evaluate`",
    ),
    "train_on_batch before compile": (
        lambda: uncompiled().train_on_batch(X, Y),
        RuntimeError,
        "before `train_on_batch`",
    ),
    "metrics_names before compile": (
        lambda: uncompiled().metrics_names,
        RuntimeError,
        "known after compile",
    ),
    "no loss": (
        lambda: net(None).fit(X, Y, verbose=0),
        ValueError,
        "'net' has no loss to minimize: pass one to compile",
    ),
    "fourth by position": (
        lambda: uncompiled().compile("sgd", "mse", ["acc"], "temporal"),
        TypeError,
        "fourth means sample_weight_mode in Keras 1 and loss_weights in Keras 2",
    ),
    "compile with a typing error": (
        lambda: uncompiled().compile("sgd", "mse", loss_weight=1),
        TypeError,
        "argument not understood: 'loss_weight'; did you mean 'loss_weights'",
    ),
    "unknown loss": (lambda: net("mze"), ValueError, "Unknown loss function: 'mze'"),
    "unknown metric": (
        lambda: net(metrics=["maee"]),
        ValueError,
        "Unknown metric function: 'maee'",
    ),
    "unknown optimizer": (
        lambda: uncompiled().compile("adm", "mse"),
        ValueError,
        "did you mean 'adam'",
    ),
    "loss list too short": (
        lambda: pair(loss=["mse"]),
        ValueError,
        r"`loss` must have one entry per output \(2: p, q\), got 1",
    ),
    "loss for an unknown output": (
        lambda: pair(loss={"r": "mse"}),
        ValueError,
        r"`loss` has an entry for 'r', but the outputs are \['p', 'q'\]",
    ),
    "bad sample_weight_mode": (
        lambda: net(sample_weight_mode="time"),
        ValueError,
        "must be None or 'temporal', got 'time'",
    ),
    "fit with a typing error": (
        lambda: net().fit(X, Y, epoch=2),
        TypeError,
        "'epoch'; did you mean 'epochs'",
    ),
    "different lengths": (
        lambda: net().fit(X, Y[:8]),
        ValueError,
        "same number of samples, got x 'out_input': 10, y 'out': 8",
    ),
    "empty": (
        lambda: net().fit(X[:0], Y[:0]),
        ValueError,
        r"'out_input' is empty \(shape \(0, 4\)\)",
    ),
    "x missing": (lambda: net().fit(None, Y), ValueError, "`x` is missing"),
    "y missing": (lambda: net().fit(X), ValueError, "`y` is missing"),
    "NaN in x": (
        lambda: net().fit(with_value(np.nan), Y),
        ValueError,
        r"x 'out_input' holds nan at \(3, 1\) \(1 of 40 values",
    ),
    "Inf in y": (
        lambda: net().fit(X, with_value(np.inf, Y)),
        ValueError,
        r"y 'out' holds inf at",
    ),
    "NaN in a batch": (
        lambda: net().train_on_batch(with_value(np.nan), Y),
        ValueError,
        r"x holds nan at \(3, 1\)",
    ),
    "text": (
        lambda: net().fit(X.astype(str), Y),
        TypeError,
        "x 'out_input' must hold real numbers, got dtype <U.*; turn text into numbers",
    ),
    "objects": (
        lambda: net().fit(X.astype(object), Y),
        TypeError,
        "got dtype object; convert it",
    ),
    "complex": (
        lambda: net().fit(X * 1j, Y),
        TypeError,
        "real and imaginary parts as two channels",
    ),
    "dates": (
        lambda: net().fit(np.zeros((2, 4), "datetime64[D]"), Y[:2]),
        TypeError,
        "turn dates",
    ),
    "rows of different lengths": (
        lambda: net().fit([[1, 2], [1]], Y[:2]),
        ValueError,
        "different lengths; pad them",
    ),
    "object array of lists": (
        lambda: net().fit(np.array([[1, 2], [1]], object), Y[:2]),
        TypeError,
        "pad them first",
    ),
    "a single number": (lambda: net().fit(3.0, 4.0), ValueError, "got a single number"),
    "a misspelt metric": (
        lambda: net(metrics=["acuracy"]),
        ValueError,
        "Unknown metric function: 'acuracy'; did you mean 'accuracy'",
    ),
    "a generator": (
        lambda: net().fit(iter([(X, Y)])),
        ValueError,
        "a generator does not say how long an epoch is; pass the number of batches",
    ),
    "too few inputs": (
        lambda: pair().fit(X, [Y[:, :1], Y]),
        ValueError,
        "`x` must be a list of 2 arrays, one each for a, b, got one array",
    ),
    "too many inputs": (
        lambda: pair().fit([X, X, X], [Y[:, :1], Y]),
        ValueError,
        "got 3 arrays",
    ),
    "an input missing in the dictionary": (
        lambda: pair().fit({"a": X}, [Y, Y]),
        ValueError,
        r"no entry for 'b'; it needs \['a', 'b'\]",
    ),
    "an unknown name in the dictionary": (
        lambda: pair().fit({"a": X, "b": X, "c": X}, [Y, Y]),
        ValueError,
        "an entry 'c' that",
    ),
    "wrong number of features": (
        lambda: net().fit(X[:, :3], Y),
        ValueError,
        r"x 'out_input' must have shape \(None, 4\), got \(10, 3\)$",
    ),
    "one sample without batch axis": (
        lambda: net().predict(X[0]),
        ValueError,
        r"pass x\[np.newaxis\] for one sample",
    ),
    "flat input expected": (
        lambda: net().fit(X.reshape(10, 2, 2), Y),
        ValueError,
        r"x.reshape\(-1, 4\)",
    ),
    "target for one unit": (
        lambda: net(units=1).fit(X, Y),
        ValueError,
        r"y 'out' has shape \(10, 2\), but the output 'out' has shape \(None, 1\) and "
        "the loss mean_squared_error compares them element by element; give the last "
        "layer 2 units",
    ),
    "target that would broadcast": (
        lambda: net().fit(X, Y[:, 0]),
        ValueError,
        r"shape \(10, 1\), but the output",
    ),
    "target that would broadcast, in a batch": (
        lambda: net().train_on_batch(X, Y[:, 0]),
        ValueError,
        r"shape \(10, 1\), but the output",
    ),
    "class numbers for one-hot": (
        lambda: net("categorical_crossentropy", 3).fit(X, LABELS),
        ValueError,
        r"wants one column per class \(3\); use utils.to_categorical\(y, 3\) or the "
        "loss sparse_categorical_crossentropy",
    ),
    "one-hot for class numbers": (
        lambda: net("sparse_categorical_crossentropy", 3).fit(X, np.eye(3)[LABELS]),
        ValueError,
        r"looks one-hot.* use categorical_crossentropy, or y.argmax\(axis=-1\)",
    ),
    "label out of range": (
        lambda: net("sparse_categorical_crossentropy", 2).fit(X, LABELS),
        ValueError,
        r"class numbers from 0 to 1, because the output has 2 units, got 0\.\.2; "
        "give the last layer one unit per class",
    ),
    "labels from 1": (
        lambda: net("sparse_categorical_crossentropy", 3).fit(X, LABELS + 1),
        ValueError,
        "count the classes from 0",
    ),
    "fractions as labels": (
        lambda: net("sparse_categorical_crossentropy", 3).fit(X, LABELS / 2),
        ValueError,
        "got fractions such as 0.5",
    ),
    "batch_size 0": (
        lambda: net().fit(X, Y, batch_size=0),
        ValueError,
        "fit: `batch_size` must be a positive",
    ),
    "batch_size and steps": (
        lambda: net().fit(X, Y, batch_size=2, steps_per_epoch=2),
        ValueError,
        "not both",
    ),
    "steps_per_epoch 0": (
        lambda: net().fit(X, Y, steps_per_epoch=0),
        ValueError,
        "fit: the length of an epoch must be at least 1, got 0",
    ),
    "no number of epochs": (
        lambda: net().fit(X, Y, epochs=None),
        TypeError,
        "fit: `epochs` must be an integer, got None",
    ),
    "shuffle with a typing error": (
        lambda: net().fit(X, Y, shuffle="bacth"),
        ValueError,
        "`shuffle` must be True, False or 'batch', got 'bacth'",
    ),
    "target_tensors": (
        lambda: net(target_tensors=[1]),
        TypeError,
        "argument not understood: 'target_tensors'",
    ),
    "weights per step without steps": (
        lambda: net(sample_weight_mode="temporal").fit(X, Y, sample_weight=Y),
        ValueError,
        r"for outputs with time steps, but the output 'out' has shape \(None, 2\)",
    ),
    "NaN in sample_weight": (
        lambda: net().fit(X, Y, sample_weight=np.full(10, np.nan)),
        ValueError,
        "sample_weight 'out' holds nan",
    ),
    "validation_split 2": (
        lambda: net().fit(X, Y, validation_split=2),
        ValueError,
        "must lie between 0 and 1, got 2",
    ),
    "validation_split too small": (
        lambda: net().fit(X, Y, validation_split=1e-17),
        ValueError,
        "of 10 samples leaves nothing to validate on",
    ),
    "validation_split too large": (
        lambda: net().fit(X, Y, validation_split=0.95),
        ValueError,
        "nothing to train on",
    ),
    "validation_data of one": (
        lambda: net().fit(X, Y, validation_data=X),
        ValueError,
        r"must be \(x, y\) or .* got ndarray",
    ),
    "validation_data of the wrong shape": (
        lambda: net().fit(X, Y, validation_data=(X[:, :2], Y)),
        ValueError,
        "validation x 'out_input'",
    ),
    "callback class": (
        lambda: net().fit(X, Y, callbacks=[dict]),
        TypeError,
        r"needs parentheses: dict\(\)",
    ),
    "sample_weight of the wrong shape": (
        lambda: net().fit(X, Y, sample_weight=np.ones((10, 2))),
        ValueError,
        r"must have shape \(10,\), got \(10, 2\).*sample_weight_mode='temporal'",
    ),
    "sample_weight of words": (
        lambda: net().fit(X, Y, sample_weight=["a"] * 10),
        TypeError,
        "an array of numbers",
    ),
    "class without weight": (
        lambda: net("sparse_categorical_crossentropy", 3).fit(
            X, LABELS, class_weight={0: 1}
        ),
        ValueError,
        r"must contain all classes in the data; \[1, 2\] of 'out' have no weight",
    ),
    "class_weight as a list": (
        lambda: net().fit(X, Y, class_weight=[1, 2]),
        TypeError,
        r"dictionary \{class: weight\}",
    ),
    "weights for several outputs": (
        lambda: pair().fit([X, X[:, :3]], [Y[:, :1], Y], sample_weight=np.ones(10)),
        TypeError,
        r"`sample_weight` must be a list .* the names \['p', 'q'\]",
    ),
    "loss cut off from the weights": (
        lambda: net(detached).fit(X, Y, verbose=0),
        ValueError,
        "does not depend on the weights of Sequential 'net'",
    ),
    "penalty that is an array": (
        lambda: penalized(lambda w: w * w).fit(X, Y, verbose=0),
        ValueError,
        r"must be one number, but has shape \(4, 2\); a regularizer",
    ),
    "loss without return": (
        lambda: net(lambda y_true, y_pred: None).fit(X, Y, verbose=0),
        ValueError,
        "a loss or metric returned None; is a return missing",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_mistake_is_explained(name):
    call, kind, message = CASES[name]
    with pytest.raises(kind, match=message):
        call()


def test_weights_survive_nan_in_a_batch():
    model = net()
    before = model.get_weights()
    with pytest.raises(ValueError, match="holds nan"):
        model.train_on_batch(with_value(np.nan), Y)
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


def test_class_weight_for_sequences_is_refused():
    model = Sequential([layers.Dense(2, input_shape=(3, 4), name="out")])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"\(5, 3, 2\); give sample_weight with"):
        model.fit(np.ones((5, 3, 4)), np.ones((5, 3, 2)), class_weight={0: 1})


def test_missing_channel_axis_is_noticed():
    model = Sequential([layers.Flatten(input_shape=(5, 5, 1)), layers.Dense(1)])
    with pytest.raises(
        ValueError, match=r"channel axis is missing: pass x\[\.\.\., np.newaxis\]"
    ):
        model.predict(np.zeros((2, 5, 5)))


def test_swapped_channels_are_noticed():
    model = Sequential([layers.Flatten(input_shape=(5, 5, 3)), layers.Dense(1)])
    with pytest.raises(ValueError, match="axes look swapped: compare `data_format`"):
        model.predict(np.zeros((2, 3, 5, 5)))


def test_nothing_to_train_is_said():
    model = Sequential([layers.Flatten(input_shape=(4,))])
    model.compile("sgd", "mse")
    with pytest.raises(
        RuntimeError, match="nothing to train: no layer has trainable weights"
    ):
        model.fit(X, X, verbose=0)


def test_fractions_for_indices_are_refused():
    model = Sequential([layers.Embedding(5, 2, input_length=4)])
    with pytest.raises(ValueError, match="must hold whole numbers"):
        model.predict(X)


def test_stateful_network_needs_whole_batches():
    model = Sequential([layers.LSTM(2, stateful=True, batch_input_shape=(4, 3, 1))])
    assert model.predict(np.zeros((8, 3, 1))).shape == (8, 2)
    with pytest.raises(ValueError, match=r"divided by the batch size \(4\), got 6"):
        model.predict(np.zeros((6, 3, 1)))

"""Do files written here open in tf.keras, with the same predictions?

Not part of the test suite, since it wants TensorFlow, whose NumPy may be another one. So
there are two steps, each in its own environment:

    python tests/interop/open_in_tf_keras.py write /tmp/files    # with tensorlearn
    python tests/interop/open_in_tf_keras.py read /tmp/files     # with tf.keras 2

`read` works with tensorflow 2.4 to 2.15, or with the package tf_keras. It prints a line
per file and ends with status 1 if a prediction differs.
"""

import sys
from pathlib import Path

import numpy as np


def mlp(layers, models):
    return models.Sequential(
        [
            layers.Dense(5, activation="relu", input_shape=(4,)),
            layers.Dropout(0.3),
            layers.Dense(3, activation="softmax"),
        ]
    )


def convolutions(layers, models):
    return models.Sequential(
        [
            layers.Conv2D(4, 3, padding="same", input_shape=(8, 8, 2)),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(),
            layers.SeparableConv2D(3, 2, depth_multiplier=2),
            layers.DepthwiseConv2D(2),
            layers.Conv2DTranspose(2, 3, strides=2),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2),
        ]
    )


def recurrent(layers, models):
    return models.Sequential(
        [
            layers.Embedding(9, 4, input_length=6, mask_zero=True),
            layers.LSTM(5, return_sequences=True, recurrent_activation="sigmoid"),
            layers.GRU(4, return_sequences=True, recurrent_activation="sigmoid"),
            layers.SimpleRNN(3),
        ]
    )


def both_ways(layers, models):
    return models.Sequential(
        [
            layers.Bidirectional(
                layers.LSTM(3, return_sequences=True), input_shape=(5, 2)
            ),
            layers.TimeDistributed(layers.Dense(4, activation="tanh")),
            layers.Bidirectional(layers.GRU(2, reset_after=True), merge_mode="sum"),
        ]
    )


def shared(layers, models):
    left, right = layers.Input((4,)), layers.Input((4,))
    dense = layers.Dense(3, activation="tanh")
    both = [dense(left), dense(right)]
    joined = layers.concatenate([layers.add(both), layers.multiply(both)])
    outputs = [layers.Dense(2)(joined), layers.Dense(1)(layers.dot(both, 1))]
    return models.Model([left, right], outputs)


def nested(layers, models):
    inner = models.Sequential(
        [layers.Dense(4, input_shape=(4,)), layers.BatchNormalization()]
    )
    x = layers.Input((4,))
    other = models.Model(x, layers.Dense(4, activation="tanh")(x))
    given = layers.Input((4,))
    return models.Model(given, layers.Dense(1)(other(inner(given))))


MODELS = [mlp, convolutions, recurrent, both_ways, shared, nested]


def inputs_for(model, rng):
    """Random data for every input; integers where an Embedding comes first."""
    first = type(model.layers[0]).__name__
    shapes = [tuple(x.shape)[1:] for x in model.inputs]
    if first == "Embedding":
        return [rng.integers(0, 9, (3, *shape)) for shape in shapes]
    return [rng.normal(size=(3, *shape)).astype("float32") for shape in shapes]


def predict(model, inputs):
    found = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    return found if isinstance(found, list) else [found]


def write(folder):
    """Make the models with tensorlearn and write files, inputs and predictions."""
    from tensorlearn import layers, models

    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for make in MODELS:
        model = make(layers, models)
        model.set_weights(
            [0.3 + 0.2 * rng.random(w.shape) for w in model.get_weights()]
        )
        model.compile("adam", "mse")
        inputs = inputs_for(model, rng)
        targets = [np.ones_like(y) for y in predict(model, inputs)]
        model.train_on_batch(
            inputs if len(inputs) > 1 else inputs[0],
            targets if len(targets) > 1 else targets[0],
        )
        arrays = {f"x{i}": x for i, x in enumerate(inputs)}
        arrays |= {f"y{i}": y for i, y in enumerate(predict(model, inputs))}
        np.savez(folder / f"{make.__name__}.npz", **arrays)
        model.save(str(folder / f"{make.__name__}_model.h5"))
        model.save_weights(str(folder / f"{make.__name__}_weights.h5"))
        print("written:", make.__name__)


def read(folder):
    """Open everything with tf.keras and compare; returns how many differ."""
    try:
        from tf_keras import models
    except ImportError:
        from tensorflow.keras import models

    wrong = 0
    for make in MODELS:
        known = np.load(folder / f"{make.__name__}.npz")
        inputs = [known[name] for name in sorted(known.files) if name[0] == "x"]
        wanted = [known[name] for name in sorted(known.files) if name[0] == "y"]
        whole = models.load_model(str(folder / f"{make.__name__}_model.h5"))
        rebuilt = models.model_from_json(whole.to_json())
        rebuilt.load_weights(str(folder / f"{make.__name__}_weights.h5"))
        for what, model in (("model", whole), ("weights", rebuilt)):
            pairs = zip(predict(model, inputs), wanted, strict=True)
            worst = max(float(np.abs(got - y).max()) for got, y in pairs)
            wrong += not worst < 1e-5
            print(f"{make.__name__} ({what}): largest difference {worst:.1e}")
    return wrong


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("write", "read"):
        sys.exit(__doc__)
    step = write if sys.argv[1] == "write" else read
    sys.exit(1 if step(Path(sys.argv[2])) else 0)

"""A small model and data for the tests of callbacks, and epochs without any training."""

import contextlib

import numpy as np

from tensorlearn import config, layers
from tensorlearn.models.sequential import Sequential

RNG = np.random.default_rng(0)
X = RNG.standard_normal((24, 4)).astype("float32")
Y = RNG.standard_normal((24, 2)).astype("float32")


def net(optimizer="sgd", dropout=0.0, **told):
    config.set_seed(3)
    model = Sequential(name="net")
    model.add(layers.Dense(5, activation="tanh", input_shape=(4,)))
    model.add(layers.Dropout(dropout))
    model.add(layers.Dense(2))
    model.compile(optimizer, "mse", **told)
    return model


def fit(model, callbacks, epochs=4, **told):
    told = {"verbose": 0, "batch_size": 8, **told}
    return model.fit(X, Y, epochs=epochs, callbacks=callbacks, **told)


class Pretended:
    """A model that only plays its part: weights count the epochs."""

    def __init__(self, lr=1.0):
        self.optimizer = type("Optimizer", (), {"lr": lr})()
        self.stop_training = False
        self.weights = 0
        self.saved = []

    def get_weights(self):
        return [self.weights]

    def set_weights(self, weights):
        (self.weights,) = weights

    def save(self, path, overwrite=True):
        self.saved.append(path)

    def save_weights(self, path, overwrite=True):
        self.saved.append(f"weights of {path}")


def play(callback, values, name="val_loss", lr=1.0):
    """What a training with these values does: (the model, logs of every epoch)."""
    model = Pretended(lr)
    callback.set_model(model)
    callback.set_params({"epochs": len(values), "metrics": [name]})
    callback.on_train_begin()
    seen = []
    for epoch, value in enumerate(values):
        callback.on_epoch_begin(epoch)
        model.weights = epoch
        logs = {} if value is None else {name: value}
        callback.on_epoch_end(epoch, logs)
        seen.append(logs)
        if model.stop_training:
            break
    callback.on_train_end()
    return model, seen


@contextlib.contextmanager
def interrupted(error):
    """The block is expected to end with this error."""
    try:
        yield
    except error:
        return
    raise AssertionError("it was not interrupted")

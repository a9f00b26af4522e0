"""The backend in trained models: losses and metrics, layers of one's own, gradients."""

import numpy as np
import pytest

from tensorlearn import backend as K
from tensorlearn import config
from tensorlearn.engine import Input, Layer
from tensorlearn.engine.context import at_most
from tensorlearn.layers import (
    LSTM,
    Conv2D,
    Dense,
    Embedding,
    Flatten,
    Lambda,
    MaxPooling2D,
)
from tensorlearn.models import Model, Sequential

X = np.random.default_rng(0).uniform(size=(32, 4)).astype("float32")
Y = (X.sum(1, keepdims=True) > 2).astype("float32")


def test_loss_and_metric_of_backend_functions():
    def loss(y_true, y_pred):
        return K.mean(K.binary_crossentropy(y_true, y_pred), axis=-1)

    def accuracy(y_true, y_pred):
        return K.mean(K.equal(y_true, K.round(y_pred)))

    def train(*told):
        config.set_seed(1)
        model = Sequential([Dense(1, activation="sigmoid", input_shape=(4,))])
        model.compile("sgd", told[0], metrics=[told[1]])
        history = model.fit(X, Y, epochs=2, batch_size=16, verbose=0)
        return list(history.history.values())

    wanted = train("binary_crossentropy", "binary_accuracy")
    np.testing.assert_allclose(train(loss, accuracy), wanted, rtol=1e-5)


def test_layer_of_one_s_own_with_training_phase():
    class Noise(Layer):
        def call(self, inputs, training=None):
            def noised():
                return inputs + K.random_normal(shape=K.shape(inputs), stddev=0.5)

            return K.in_train_phase(noised, inputs, training=training)

    x = Input((4,))
    model = Model(x, Noise()(x))
    np.testing.assert_array_equal(model.predict(X), X)
    f = K.function([model.input, K.learning_phase()], [model.output])
    assert (f([X, 1])[0] != X).all()
    np.testing.assert_array_equal(f([X, 0])[0], X)


def test_function_agrees_with_predict_on_masked_sequences():
    x = Input((5,), dtype="int32")
    model = Model(x, LSTM(3)(Embedding(6, 4, mask_zero=True)(x)))
    words = np.array([[1, 2, 0, 0, 0], [1, 2, 3, 4, 5]])
    out = K.function([model.layers[0].input], [model.layers[-1].output])([words])
    np.testing.assert_array_equal(out[0], model.predict(words))


def small_classifier():
    image = Input((8, 8, 3))
    features = Conv2D(4, (3, 3), activation="relu", name="last")(image)
    flat = Flatten()(MaxPooling2D((2, 2))(features))
    return Model(image, Dense(5, activation="softmax")(flat))


def test_class_activation_map_and_saliency():
    model = small_classifier()
    last = model.get_layer("last").output
    score = model.output[:, 2]
    weights = K.mean(K.gradients(score, last)[0], axis=(0, 1, 2))
    saliency = K.max(K.abs(K.gradients(score, model.input)[0]), axis=-1)
    f = K.function([model.input], [weights, last[0], saliency])
    out = f([np.random.default_rng(0).uniform(size=(1, 8, 8, 3))])
    assert [o.shape for o in out] == [(4,), (6, 6, 4), (1, 8, 8)]
    assert all((o != 0).any() for o in out)


def test_gradient_ascent_on_the_input_raises_the_loss():
    model = small_classifier()
    activation = model.get_layer("last").output
    loss = K.variable(0.0)
    scaling = K.prod(K.cast(K.shape(activation), "float32"))
    loss = loss + K.sum(K.square(activation[:, 2:-2, 2:-2, :])) / scaling
    grads = K.gradients(loss, model.input)[0]
    grads /= K.maximum(K.mean(K.abs(grads)), K.epsilon())
    step = K.function([model.input], [loss, grads])
    image = np.random.default_rng(0).uniform(size=(1, 8, 8, 3))
    losses = []
    for _ in range(5):
        value, slope = step([image])
        image += 0.05 * slope
        losses.append(value)
    assert losses == sorted(losses)
    assert losses[-1] > losses[0]


def test_penalty_on_gradients_is_trained():
    x = Input((4,))
    score = Dense(1, use_bias=False)(Dense(8, activation="tanh")(x))
    (slope,) = K.gradients(score, x)
    length = K.sqrt(K.sum(K.square(slope), axis=1, keepdims=True))
    model = Model(x, length)
    model.compile("adam", "mse")
    ones = np.ones((32, 1))
    history = model.fit(X, ones, epochs=60, batch_size=32, verbose=0).history["loss"]
    assert history[-1] < history[0] / 2


def test_loss_of_symbols_added_to_a_model():
    x = Input((4,))
    hidden = Dense(8, activation="relu")(x)
    mean, log_variance = Dense(2)(hidden), Dense(2)(hidden)

    def sampling(args):
        mean, log_variance = args
        noise = K.random_normal(shape=(K.shape(mean)[0], K.int_shape(mean)[1]))
        return mean + K.exp(0.5 * log_variance) * noise

    z = Lambda(sampling, output_shape=(2,))([mean, log_variance])
    out = Dense(4)(z)
    model = Model(x, out)
    layers = [layer.name for layer in model.layers]
    divergence = 1 + log_variance - K.square(mean) - K.exp(log_variance)
    model.add_loss(K.mean(K.square(out - x)) - 5e-4 * K.mean(divergence))
    assert [layer.name for layer in model.layers] == layers
    model.compile("adam", None)
    history = model.fit(X, epochs=30, verbose=0).history["loss"]
    assert history[-1] < history[0]


def test_a_file_cannot_ask_for_a_huge_dry_run():
    x = Input((4,))
    described = Model(x, K.tile(x, [1, 2])).get_config()
    layer = described["layers"][-1]["config"]
    layer["arguments"][1] = [1 << 20, 1 << 20]
    with pytest.raises(ValueError, match="leaves room for"), at_most(1000):
        Model.from_config(described)

"""Backend functions on Symbols: shapes, models, configurations, randomness, masks."""

import json

import numpy as np
import pytest

from tensorlearn import backend as K
from tensorlearn import config
from tensorlearn.autograd import Tensor
from tensorlearn.engine import Input, Symbol
from tensorlearn.layers import Dense, Embedding, Lambda
from tensorlearn.models.network import Network

A = np.array([[1.0, 2, 3], [4, 5, 6]], "float32")


def run(inputs, outputs, *values):
    return K.function(inputs, outputs)(list(values))


# ---- shapes ----


@pytest.mark.parametrize(
    ("function", "shape"),
    [
        (lambda x: K.reshape(x, (-1, 4)), (None, 4)),
        (lambda x: K.batch_flatten(x), (None, 12)),
        (lambda x: K.repeat_elements(x, 3, 1), (None, 12, 3)),
        (lambda x: K.concatenate([x, x], axis=0), (None, 4, 3)),
        (lambda x: K.maximum(x, np.ones((1, 3))), (None, 4, 3)),
        (lambda x: K.concatenate([x, np.ones((5, 4, 3))]), (None, 4, 6)),
        (lambda x: K.shape(x), (3,)),
        (lambda x: K.shape(x)[0], ()),
        (lambda x: K.zeros((K.shape(x)[0], 7)), (None, 7)),
        (lambda x: K.reshape(x, (K.shape(x)[0] * 2, -1)), (None, 6)),
        (lambda x: K.tile(x, K.stack([1, 1, K.shape(x)[1]])), (None, 4, 12)),
        (lambda x: K.arange(K.shape(x)[0]), (None,)),
        (lambda x: K.one_hot(K.argmax(x), 3), (None, 4, 3)),
        (lambda x: K.conv1d(x, np.ones((2, 3, 5), "f")), (None, 3, 5)),
    ],
)
def test_recorded_shape(function, shape):
    assert K.int_shape(function(Input((4, 3)))) == shape


def test_recorded_shape_with_two_unknown_axes():
    x = Input((None, 3))
    assert K.sum(x, axis=-1).shape == (None, None)
    assert K.permute_dimensions(x, (2, 1, 0)).shape == (3, None, None)


def test_impossible_arguments_raise_when_recorded():
    with pytest.raises(ValueError, match=r"K.dot: the last axis"):
        K.dot(Input((3,)), np.ones((4, 5), "f"))


def test_nested_results_keep_their_structure():
    x = Input((4, 3))

    def step(value, states):
        return value + states[0], [value + states[0]]

    last, outputs, states = K.rnn(step, x, [K.zeros_like(x)[:, 0]])
    assert last.shape == (None, 3)
    assert outputs.shape == (None, 4, 3)
    assert isinstance(states, list)
    data = np.arange(24.0).reshape(2, 4, 3)
    out = run([x], [last, outputs, *states], data)
    np.testing.assert_allclose(out[1], data.cumsum(1))
    np.testing.assert_allclose(out[2], data.sum(1))


# ---- the sampling layer of a variational autoencoder ----


def sampling(args):
    mean, log_variance = args
    batch = K.shape(mean)[0]
    dim = K.int_shape(mean)[1]
    noise = K.random_normal(shape=(batch, dim))
    return mean + K.exp(0.5 * log_variance) * noise


@pytest.mark.parametrize("as_layer", [False, True])
def test_sampling_draws_anew_at_every_run(as_layer):
    mean, log_variance = Input((2,)), Input((2,))
    both = [mean, log_variance]
    z = Lambda(sampling, output_shape=(2,))(both) if as_layer else sampling(both)
    assert z.shape == (None, 2)
    f = K.function(both, [z])
    zeros = np.zeros((500, 2))
    first, second = f([zeros, zeros])[0], f([zeros, zeros])[0]
    assert (first != second).all()
    assert abs(first.std() - 1) < 0.1


def test_recorded_randomness_repeats_with_the_seed():
    def draw():
        config.set_seed(3)
        x = Input((2,))
        f = K.function([x], [K.dropout(x, 0.5), K.random_uniform((3,))])
        return [f([np.ones((5, 2))])[0] for _ in range(2)]

    first, second = draw(), draw()
    np.testing.assert_array_equal(first, second)
    assert (first[0] != first[1]).any()


# ---- models ----


def test_backend_functions_are_part_of_a_model():
    x = Input((3,))
    model = Network(x, Dense(2)(K.l2_normalize(K.square(x), axis=1)))
    layers = [type(layer).__name__ for layer in model.layers]
    assert layers == ["InputLayer", "BackendFunction", "BackendFunction", "Dense"]
    kernel = model.layers[-1].get_weights()[0]
    wanted = A**2 / np.linalg.norm(A**2, axis=1, keepdims=True) @ kernel
    np.testing.assert_allclose(model(A).numpy(), wanted, rtol=1e-5)


def test_a_model_of_backend_functions_learns():
    x = Input((3,))
    layer = Dense(1, use_bias=False)
    model = Network(x, K.mean(K.square(layer(x)), axis=-1))
    K.sum(model(A)).backward()
    wanted = 2 * A.T @ (A @ layer.get_weights()[0])
    np.testing.assert_allclose(layer.kernel.grad, wanted, rtol=1e-5)


def test_backend_functions_do_not_disturb_the_names_of_layers():
    K.reset_uids()
    x = Input((3,))
    K.dropout(x, 0.1)
    assert Dense(1).name == "dense_1"
    assert K.get_uid("dropout") == 1


def test_model_of_backend_functions_survives_its_configuration():
    x, y = Input((4, 3)), Input((4, 3))
    z = K.concatenate([K.sum(x, axis=(1,), keepdims=True), y], axis=1)
    z = K.in_train_phase(z * 2, K.maximum(z, A[:1]))
    z = K.cast(K.cast(z * 8, np.int32), np.dtype("float32"))
    model = Network([x, y], K.reshape(z, (-1, 5, 3)))
    config_ = json.loads(json.dumps(model.get_config()))
    twin = Network.from_config(config_)
    data = [np.random.default_rng(0).normal(size=(2, 4, 3)).astype("f") for _ in "xy"]
    np.testing.assert_array_equal(model(data).numpy(), twin(data).numpy())
    assert twin.get_config()["layers"] == model.get_config()["layers"]


def test_function_argument_cannot_be_written_to_a_configuration():
    z = K.map_fn(lambda v: v * 2, Input((3,)))
    with pytest.raises(TypeError, match=r"an argument is the function .* Lambda"):
        z.call.layer.get_config()


def test_function_that_uses_an_outer_symbol_is_refused():
    x, y = Input((3,)), Input((3,))
    with pytest.raises(ValueError, match="uses a Symbol from outside"):
        K.map_fn(lambda row: row + K.sum(y), x)
    with pytest.raises(ValueError, match="uses a Symbol from outside"):
        K.foldl(lambda total, row: total + row * y[0], x)


def test_variables_in_recorded_calls_stay_live():
    x, v = Input((3,)), K.variable(np.ones((3, 1)))
    model = Network(x, K.dot(x, v))
    K.set_value(v, 2 * np.ones((3, 1)))
    np.testing.assert_array_equal(model(A).numpy()[:, 0], 2 * A.sum(1))


def test_mask_ends_at_a_backend_function():
    x = Input((4,), dtype="int32")
    embedded = Embedding(5, 2, mask_zero=True)(x)
    assert embedded.masked
    assert not K.sum(embedded, axis=1).masked
    out = run([x], [K.sum(K.ones_like(embedded), axis=1)], [[1, 2, 0, 0]])
    np.testing.assert_array_equal(out[0], [[4, 4]])


# ---- the examples of the documentation ----


def antirectifier(x):
    x -= K.mean(x, axis=1, keepdims=True)
    x = K.l2_normalize(x, axis=1)
    pos = K.relu(x)
    neg = K.relu(-x)
    return K.concatenate([pos, neg], axis=1)


def antirectifier_output_shape(input_shape):
    shape = list(input_shape)
    assert len(shape) == 2  # only valid for 2D tensors
    shape[-1] *= 2
    return tuple(shape)


def test_antirectifier_leaves_the_previous_output_untouched():
    x = Input((4,))
    before = Lambda(lambda v: v * 1.0)(x)
    y = Lambda(antirectifier, output_shape=antirectifier_output_shape)(before)
    assert y.shape == (None, 8)
    out = run([x], [y, before], [[1, 2, 3, 4]])
    wanted = [0, 0, 0.2236068, 0.67082039, 0.67082039, 0.2236068, 0, 0]
    np.testing.assert_allclose(out[0][0], wanted, rtol=1e-5)
    np.testing.assert_array_equal(out[1][0], [1, 2, 3, 4])


@pytest.mark.parametrize("kind", ["tensor", "symbol"])
def test_antirectifier_without_a_layer(kind):
    data = np.array([[1.0, 2, 3, 4]], "float32")
    if kind == "symbol":
        x = Input((4,))
        y = run([x], [antirectifier(x)], data)[0]
    else:
        y = K.eval(antirectifier(Tensor(data)))
    assert y.shape == (1, 8)
    np.testing.assert_array_equal(data, [[1, 2, 3, 4]])


def test_square_lambda_has_gradient_two_x():
    x = Input((3,))
    y = Lambda(lambda v: v**2)(x)
    out = run([x], [y, *K.gradients(y, x)], A)
    np.testing.assert_allclose(out[0], A**2)
    np.testing.assert_allclose(out[1], 2 * A)


def test_symbol_is_not_mistaken_for_a_value():
    assert isinstance(K.sum([Input((2,)), Input((2,))]), Symbol)
    with pytest.raises(TypeError, match="no values yet"):
        bool(K.equal(Input((2,)), 1))

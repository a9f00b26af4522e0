"""Weight files of Keras 1 and of other backends, made by hand, read into today's layers."""

import h5py
import numpy as np
import pytest

from tensorlearn import layers
from tensorlearn.engine import Layer
from tensorlearn.models import Model, Sequential

RNG = np.random.default_rng(0)


def write(path, layers_, version=None, backend=None):
    """A weight file: [(layer name, [(weight name, array), ...]), ...]"""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name, _ in layers_]
        for key, value in (("keras_version", version), ("backend", backend)):
            if value:
                file.attrs[key] = value.encode()
        for name, weights in layers_:
            group = file.create_group(name)
            group.attrs["weight_names"] = [w.encode() for w, _ in weights]
            for weight, array in weights:
                group[weight] = array


def load(tmp_path, layer, shape, arrays, version="1.2.2", backend=None):
    """The layer's weights after reading `arrays` from a file of that version."""
    model = Sequential([layer])
    model.build((None, *shape))
    named = [(f"{layer.name}_w{i}", array) for i, array in enumerate(arrays)]
    write(tmp_path / "w.h5", [(layer.name, named)], version, backend)
    model.load_weights(tmp_path / "w.h5")
    return model.get_weights()


def assert_equal(found, wanted):
    assert len(found) == len(wanted)
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(a, np.asarray(b, np.float32))


def test_dense_weights_are_as_they_were(tmp_path):
    arrays = [RNG.normal(size=(3, 2)), RNG.normal(size=2)]
    assert_equal(load(tmp_path, layers.Dense(2), (3,), arrays), arrays)
    assert_equal(load(tmp_path, layers.Dense(2), (3,), arrays, version=None), arrays)


def test_lstm_gates_are_joined(tmp_path):
    parts = {
        gate: [RNG.normal(size=s) for s in ((3, 2), (2, 2), (2,))] for gate in "icfo"
    }
    arrays = [array for gate in "icfo" for array in parts[gate]]
    found = load(tmp_path, layers.LSTM(2), (4, 3), arrays)
    wanted = [np.concatenate([parts[g][i] for g in "ifco"], -1) for i in range(3)]
    assert_equal(found, wanted)


def test_gru_gates_are_joined(tmp_path):
    parts = [[RNG.normal(size=s) for s in ((3, 2), (2, 2), (2,))] for _ in "zrh"]
    found = load(tmp_path, layers.GRU(2), (4, 3), [a for p in parts for a in p])
    assert_equal(found, [np.concatenate([p[i] for p in parts], -1) for i in range(3)])


def test_bidirectional_gates_are_joined(tmp_path):
    parts = [
        {g: [RNG.normal(size=s) for s in ((3, 2), (2, 2), (2,))] for g in "icfo"}
        for _ in range(2)
    ]
    arrays = [array for half in parts for gate in "icfo" for array in half[gate]]
    found = load(tmp_path, layers.Bidirectional(layers.LSTM(2)), (4, 3), arrays)
    wanted = [
        np.concatenate([half[g][i] for g in "ifco"], -1)
        for half in parts
        for i in range(3)
    ]
    assert_equal(found, wanted)


def test_kernels_with_channels_in_front_are_turned(tmp_path):
    old = RNG.normal(size=(5, 2, 3, 3))  # (F, C, H, W)
    layer = layers.Conv2D(5, 3, data_format="channels_first", use_bias=False)
    found = load(tmp_path, layer, (2, 6, 6), [old])
    assert_equal(found, [old.transpose(2, 3, 1, 0)])


def test_kernels_with_channels_behind_stay(tmp_path):
    old = RNG.normal(size=(3, 3, 2, 5))
    found = load(tmp_path, layers.Conv2D(5, 3, use_bias=False), (6, 6, 2), [old])
    assert_equal(found, [old])


@pytest.mark.parametrize("theano_like", [True, False])
def test_kernels_of_conv1d_lose_an_axis(tmp_path, theano_like):
    kernel = RNG.normal(size=(3, 4, 5))  # (K, C, F)
    old = kernel.transpose(2, 1, 0)[..., None] if theano_like else kernel[:, None]
    found = load(tmp_path, layers.Conv1D(5, 3, use_bias=False), (7, 4), [old])
    assert_equal(found, [kernel])


def test_kernels_of_conv3d_are_turned(tmp_path):
    old = RNG.normal(size=(5, 2, 2, 3, 3))
    layer = layers.Conv3D(5, (2, 3, 3), data_format="channels_first", use_bias=False)
    found = load(tmp_path, layer, (2, 4, 4, 4), [old])
    assert_equal(found, [old.transpose(2, 3, 4, 1, 0)])


def test_kernels_of_theano_are_flipped(tmp_path):
    old = RNG.normal(size=(3, 2, 2, 5))
    layer = layers.Conv2D(5, (3, 2), use_bias=False)
    found = load(tmp_path, layer, (6, 6, 2), [old], "2.2.4", "theano")
    assert_equal(found, [old[::-1, ::-1]])
    layer = layers.Conv2D(5, (3, 2), use_bias=False)
    assert_equal(load(tmp_path, layer, (6, 6, 2), [old], "2.2.4", "tensorflow"), [old])


def test_gru_biases_are_split_or_joined(tmp_path):
    arrays = [RNG.normal(size=s) for s in ((3, 6), (2, 6), (12,))]
    layer = layers.GRU(2, reset_after=True)
    found = load(tmp_path, layer, (4, 3), arrays, "2.1.0")
    assert_equal(found, [*arrays[:2], arrays[2].reshape(2, 6)])


def test_nested_models_are_converted_inside(tmp_path):
    inner = Sequential(
        [layers.LSTM(2, input_shape=(4, 3)), layers.Dense(1)], name="inner"
    )
    x = layers.Input((4, 3))
    model = Model(x, inner(x))
    parts = {
        gate: [RNG.normal(size=s) for s in ((3, 2), (2, 2), (2,))] for gate in "icfo"
    }
    dense = [RNG.normal(size=(2, 1)), RNG.normal(size=1)]
    arrays = [array for gate in "icfo" for array in parts[gate]] + dense
    named = [(f"w{i}", array) for i, array in enumerate(arrays)]
    write(tmp_path / "w.h5", [("in", []), ("inner", named)], "1.2.2")
    model.load_weights(tmp_path / "w.h5")
    wanted = [np.concatenate([parts[g][i] for g in "ifco"], -1) for i in range(3)]
    assert_equal(model.get_weights(), wanted + dense)


def test_a_layer_of_ones_own_is_left_alone(tmp_path):
    class LSTMLike(Layer):
        def build(self, shape):
            self.add_weight("w", (2, 2))

        def call(self, x):
            return x

    array = RNG.normal(size=(2, 2))
    assert_equal(load(tmp_path, LSTMLike(), (2,), [array]), [array])

"""Keras 1's own layers, and `Merge`, which gives a Sequential several inputs."""

import numpy as np
import pytest

from tensorlearn.declare.registry import custom_object_scope, layers
from tensorlearn.layers import Dense, Highway, Input, MaxoutDense, Merge, merge
from tensorlearn.models import Model, Sequential

RNG = np.random.default_rng(0)
A, B = (
    RNG.normal(size=(4, 3)).astype("float32"),
    RNG.normal(size=(4, 5)).astype("float32"),
)


def two_models(units=(2, 2)):
    return (
        Sequential([Dense(units[0], input_shape=(3,))]),
        Sequential([Dense(units[1], input_shape=(5,))]),
    )


@pytest.mark.parametrize(
    ("mode", "join"),
    [
        ("sum", np.add),
        ("mul", np.multiply),
        ("max", np.maximum),
        ("ave", lambda a, b: (a + b) / 2),
        ("concat", lambda a, b: np.concatenate([a, b], -1)),
        ("dot", lambda a, b: (a * b).sum(-1, keepdims=True)),
        (
            "cos",
            lambda a, b: (
                (a * b).sum(-1, keepdims=True)
                / np.linalg.norm(a, axis=-1, keepdims=True)
                / np.linalg.norm(b, axis=-1, keepdims=True)
            ),
        ),
    ],
)
def test_two_sequentials_become_one(mode, join):
    left, right = two_models()
    merged = Sequential()
    merged.add(Merge([left, right], mode=mode))
    wanted = join(left(A).numpy(), right(B).numpy())
    np.testing.assert_allclose(merged([A, B]).numpy(), wanted, rtol=1e-5)
    merged.add(Dense(1))
    assert merged.input_shape == [(None, 3), (None, 5)]
    assert merged.output_shape == (None, 1)
    assert len(merged.trainable_weights) == 6


def test_merged_sequential_can_be_trained():
    merged = Sequential([Merge(two_models(), mode="concat"), Dense(1)])
    merged.compile("sgd", "mse")
    before = [w.copy() for w in merged.get_weights()]
    merged.fit([A, B], np.ones((4, 1)), epochs=1, verbose=0)
    changed = [
        not np.array_equal(x, y)
        for x, y in zip(before, merged.get_weights(), strict=True)
    ]
    assert all(changed)


def test_merge_takes_a_function():
    left, right = two_models()
    layer = Merge([left, right], mode=lambda xs: xs[0] - 2.0 * xs[1])
    wanted = left(A).numpy() - 2 * right(B).numpy()
    np.testing.assert_allclose(Sequential([layer])([A, B]).numpy(), wanted, rtol=1e-5)


def test_keras2_way_gives_the_same():
    left, right = two_models()
    old = Sequential([Merge([left, right], mode="concat")])
    new = Model([left.input, right.input], merge([left.output, right.output], "concat"))
    np.testing.assert_array_equal(old([A, B]).numpy(), new([A, B]).numpy())


def test_merge_function_joins_symbols():
    y = merge([Input((4, 3)), Input((2, 3))], mode="concat", concat_axis=1)
    assert y.shape == (None, 6, 3)


def test_merge_function_joins_layers():
    assert isinstance(merge(list(two_models()), "sum"), Merge)


def test_merge_survives_its_configuration():
    layer = Merge(two_models(), mode="concat", name="joined")
    again = layers.deserialize(layers.serialize(layer))
    assert again.mode == "concat"
    assert [m.input_shape for m in again.layers] == [(None, 3), (None, 5)]


def test_merge_function_survives_by_name():
    def difference(xs):
        return xs[0] - xs[1]

    described = layers.serialize(Merge(two_models(), mode=difference))
    with custom_object_scope({"difference": difference}):
        assert layers.deserialize(described).mode is difference


def test_merge_unknown_mode_is_refused():
    with pytest.raises(
        ValueError, match=r"`mode` must be one of .*did you mean 'concat'"
    ):
        Merge(mode="conct")


def test_merge_needs_known_shapes():
    with pytest.raises(ValueError, match=r"the input shape of Dense .*must be known"):
        Merge([Dense(2), Dense(2)])


def test_merge_needs_two_layers():
    with pytest.raises(ValueError, match=r"`layers` must be at least 2 layers"):
        Merge([Dense(2, input_shape=(3,))])


def test_highway_carries_what_the_gate_leaves():
    layer = Highway(activation="tanh")
    layer.ensure_built((None, 3))
    kernel, carry, bias, carry_bias = layer.get_weights()
    assert not bias.any()
    assert (carry_bias == 1).all()
    gate = 1 / (1 + np.exp(-(A @ carry + carry_bias)))
    wanted = gate * np.tanh(A @ kernel) + (1 - gate) * A
    np.testing.assert_allclose(layer(A).numpy(), wanted, rtol=1e-5)


def test_maxout_takes_the_largest():
    layer = MaxoutDense(2, nb_feature=3)
    y = layer(A).numpy()
    kernel, bias = layer.get_weights()
    assert kernel.shape == (3, 3, 2)
    wanted = (np.einsum("nd,fdu->fnu", A, kernel) + bias[:, None]).max(0)
    np.testing.assert_allclose(y, wanted, rtol=1e-5)

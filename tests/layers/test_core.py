"""Core layers: what the source document says of each, and what they refuse."""

import json

import numpy as np
import pytest

from tensorlearn import config, layers, ops
from tensorlearn.layers import (
    Activation,
    ActivityRegularization,
    Dense,
    Dropout,
    Flatten,
    Input,
    InputLayer,
    Lambda,
    Layer,
    Masking,
    Permute,
    RepeatVector,
    Reshape,
    SpatialDropout1D,
    SpatialDropout2D,
    layer_from_config,
)
from tensorlearn.models import Model, Sequential

ROWS = np.array([[1.0, -2.0, 3.0], [0.0, 4.0, -1.0]], "float32")


def ones(*shape):
    return np.ones(shape, "float32")


# ---- operations on layers ----


def test_get_weights_gives_copies():
    layer = Dense(2, input_shape=(3,))
    layer.ensure_built((None, 3))
    layer.get_weights()[0][:] = 7
    assert not (layer.get_weights()[0] == 7).any()


def test_set_weights_loads_and_keeps_the_parameter():
    layer = Dense(2)
    layer.ensure_built((None, 3))
    kernel = layer.kernel
    layer.set_weights([np.full((3, 2), 2.0), np.zeros(2)])
    assert layer.kernel is kernel
    assert (kernel.numpy() == 2).all()
    assert kernel.dtype == "float32"


def test_config_makes_the_layer_again():
    again = layer_from_config(Dense(3, activation="relu", name="out").get_config())
    assert (again.units, again.name) == (3, "out")


def test_config_is_plain_and_knows_no_class_name():
    settings = Dense(np.int64(3)).get_config()
    assert "class_name" not in settings
    assert json.loads(json.dumps(settings)) == settings


def test_config_from_a_file_needs_its_class_name():
    settings = json.loads(json.dumps(Dense(3).get_config()))
    with pytest.raises(ValueError, match=r"does not say of which class it is; pass"):
        layer_from_config(settings)
    assert layer_from_config({"class_name": "Dense", "config": settings}).units == 3


def test_config_of_an_own_layer_needs_custom_objects():
    class Double(Layer):
        def call(self, x):
            return x * 2.0

    settings = {"class_name": "Double", "config": {"name": "d"}}
    with pytest.raises(ValueError, match=r"Unknown layer: 'Double'.*custom_objects"):
        layer_from_config(settings)
    again = layer_from_config(settings, custom_objects={"Double": Double})
    assert isinstance(again, Double)


def test_layer_called_once_has_input_and_output():
    layer, x = Dense(2), Input((3,))
    y = layer(x)
    assert layer.input is x
    assert layer.output is y
    assert layer.input_shape == (None, 3)
    assert layer.output_shape == (None, 2)


def test_layer_called_twice_is_asked_by_number():
    layer = Activation("relu")
    a, b = Input((3,)), Input((4,))
    y, z = layer(a), layer(b)
    assert layer.get_input_at(0) is a
    assert layer.get_output_at(1) is z
    assert layer.get_input_shape_at(1) == (None, 4)
    assert layer.get_output_shape_at(0) == y.shape
    with pytest.raises(AttributeError, match=r"get_output_at\(node_index\)"):
        layer.output  # noqa: B018 - the property raises


# ---- Dense ----


def test_dense_is_activation_of_dot_plus_bias():
    layer = Dense(2, activation="tanh")
    y = layer(ROWS)
    kernel, bias = layer.get_weights()
    np.testing.assert_allclose(y.numpy(), np.tanh(ROWS @ kernel + bias), rtol=1e-6)


def test_dense_without_activation_is_linear():
    layer = Dense(2, use_bias=False)
    np.testing.assert_allclose(layer(ROWS).numpy(), ROWS @ layer.get_weights()[0])


def test_dense_starts_with_glorot_uniform_and_zeros():
    layer = Dense(50)
    layer.ensure_built((None, 100))
    kernel, bias = layer.get_weights()
    assert abs(kernel).max() <= np.sqrt(6 / 150)
    assert kernel.std() == pytest.approx(np.sqrt(2 / 150), rel=0.05)
    assert not bias.any()


def test_dense_contracts_the_last_axis_only():
    assert Dense(4)(ones(2, 5, 3)).shape == (2, 5, 4)


def test_dense_takes_input_dim_as_first_layer():
    assert Sequential([Dense(2, input_dim=3)]).input_shape == (None, 3)


def test_dense_takes_a_function_as_activation():
    layer = Dense(2, activation=lambda x: x * 0.0)
    assert not layer(ROWS).numpy().any()


def test_dense_penalties_are_losses():
    layer = Dense(2, kernel_regularizer="l2", activity_regularizer="l1")
    y = layer(ROWS)
    kernel = layer.get_weights()[0]
    found = sum(float(loss) for loss in layer.losses)
    wanted = 0.01 * (kernel**2).sum() + 0.01 * abs(y.numpy()).sum()
    assert found == pytest.approx(wanted, rel=1e-5)


def test_dense_takes_units_only_by_position():
    with pytest.raises(TypeError, match=r"only 1 positional arguments \('units',\)"):
        Dense(32, "relu")


def test_dense_refuses_another_width_later():
    layer = Dense(2)
    layer(ROWS)
    with pytest.raises(
        ValueError, match=r"axis -1 to have length 3, got shape \(2, 5\)"
    ):
        layer(ones(2, 5))


def test_dense_needs_a_known_width():
    with pytest.raises(ValueError, match=r"axis -1 .* must have a known length"):
        Dense(2)(Input((None,)))


def test_dense_refuses_vectors_without_batch():
    with pytest.raises(ValueError, match=r"expected min_ndim=2, found ndim=1"):
        Dense(2)(ones(3))


def test_weights_argument_sets_the_start():
    layer = Dense(1, weights=[np.full((3, 1), 5.0), np.ones(1)])
    np.testing.assert_allclose(layer(ROWS).numpy(), [[11], [16]])


# ---- Activation ----


def test_activation_keeps_the_shape():
    assert Activation("relu")(ones(2, 3, 4)).shape == (2, 3, 4)


def test_activation_accepts_a_function_of_tensors():
    y = Activation(lambda x: ops.maximum(x, 0.0))(ROWS)
    np.testing.assert_array_equal(y.numpy(), np.maximum(ROWS, 0))


def test_activation_unknown_name_is_refused():
    with pytest.raises(
        ValueError, match=r"`activation`: Unknown activation function: 'rel'"
    ):
        Activation("rel")


def test_activation_is_required():
    with pytest.raises(TypeError, match=r"Activation.*`activation` is missing"):
        Activation()


# ---- Dropout ----


def test_dropout_is_the_identity_in_inference():
    np.testing.assert_array_equal(Dropout(0.5)(ROWS).numpy(), ROWS)


def test_dropout_drops_the_rate_and_scales_the_rest():
    y = Dropout(0.2, seed=1)(ones(100, 100), training=True).numpy()
    assert set(np.unique(y).tolist()) == {0.0, 1.25}
    assert (y == 0).mean() == pytest.approx(0.2, abs=0.02)


def test_dropout_noise_shape_shares_the_mask_over_time():
    y = Dropout(0.5, noise_shape=(4, 1, 6))(ones(4, 5, 6), training=True).numpy()
    assert (y == y[:, :1]).all()
    assert len(np.unique(y)) == 2


def test_dropout_noise_shape_allows_a_smaller_last_batch():
    layer = Dropout(0.5, noise_shape=(4, 1, 6))
    assert layer(ones(3, 5, 6), training=True).shape == (3, 5, 6)


def test_dropout_noise_shape_must_fit():
    with pytest.raises(ValueError, match=r"`noise_shape` must have one entry per axis"):
        Dropout(0.5, noise_shape=(4, 1))(ones(4, 5, 6), training=True)


@pytest.mark.parametrize("rate", [1.0, -0.1, 1.5])
def test_dropout_refuses_other_rates(rate):
    with pytest.raises(ValueError, match=r"`rate` must be a number in \[0, 1\), got"):
        Dropout(rate)


def test_spatial_dropout_drops_whole_maps():
    y = SpatialDropout1D(0.5)(ones(8, 4, 6), training=True).numpy()
    assert (y == y[:, :1]).all()
    assert len(np.unique(y)) == 2
    z = SpatialDropout2D(0.5, data_format="channels_first")(
        ones(8, 6, 3, 3), training=True
    ).numpy()
    assert (z == z[:, :, :1, :1]).all()
    assert len(np.unique(z)) == 2


# ---- Flatten, Reshape, Permute, RepeatVector ----


def test_flatten_leaves_the_batch_alone():
    assert Flatten()(ones(2, 3, 4)).shape == (2, 12)
    assert Flatten()(ones(0, 3, 4)).shape == (0, 12)
    assert Flatten()(Input((64, 32, 32))).shape == (None, 65536)


def test_flatten_puts_channels_last_first():
    x = np.arange(12.0).reshape(1, 2, 2, 3)
    moved = np.moveaxis(x, -1, 1)
    np.testing.assert_array_equal(
        Flatten(data_format="channels_first")(moved).numpy(), Flatten()(x).numpy()
    )


def test_flatten_follows_the_global_setting():
    config.set_image_data_format("channels_first")
    assert Flatten().get_config()["data_format"] == "channels_first"


def test_flatten_needs_known_lengths():
    with pytest.raises(ValueError, match=r"not fully defined .*complete input_shape"):
        Flatten()(Input((None, 3)))


def test_reshape_examples_of_the_document():
    model = Sequential()
    model.add(Reshape((3, 4), input_shape=(12,)))
    assert model.output_shape == (None, 3, 4)
    model.add(Reshape((6, 2)))
    assert model.output_shape == (None, 6, 2)
    model.add(Reshape((-1, 2, 2)))
    assert model.output_shape == (None, 3, 2, 2)


def test_reshape_of_an_unknown_length():
    y = Reshape((-1, 2))(Input((None, 4)))
    assert y.shape == (None, None, 2)


@pytest.mark.parametrize("target", [(5,), (-1, 5), (0,), (-1, 0)])
def test_reshape_refuses_another_size(target):
    with pytest.raises(
        ValueError, match=r"must be unchanged: .*has 12 numbers per sample"
    ):
        Reshape(target)(ones(2, 12))


@pytest.mark.parametrize("target", [(-1, -1), (-2,), (None, 3)])
def test_reshape_refuses_what_is_no_shape(target):
    with pytest.raises(
        ValueError, match=r"`target_shape` must be .*at most one of them"
    ):
        Reshape(target)


def test_permute_counts_from_one():
    x = np.arange(6.0, dtype="float32").reshape(1, 2, 3)
    np.testing.assert_array_equal(Permute((2, 1))(x).numpy(), x.transpose(0, 2, 1))
    model = Sequential([Permute((2, 1), input_shape=(10, 64))])
    assert model.output_shape == (None, 64, 10)


@pytest.mark.parametrize("dims", [(0, 1), (1, 3), (1, 1)])
def test_permute_refuses_other_numbers(dims):
    with pytest.raises(ValueError, match=r"`dims` must be a permutation of 1..2, got"):
        Permute(dims)


def test_permute_refuses_another_number_of_axes():
    with pytest.raises(ValueError, match=r"expected ndim=3, found ndim=4"):
        Permute((2, 1))(ones(2, 3, 4, 5))


def test_repeat_vector_example_of_the_document():
    model = Sequential([Dense(32, input_dim=32)])
    model.add(RepeatVector(3))
    assert model.output_shape == (None, 3, 32)


def test_repeat_vector_repeats():
    y = RepeatVector(2)(ROWS).numpy()
    np.testing.assert_array_equal(y, np.stack([ROWS, ROWS], axis=1))


def test_repeat_vector_takes_vectors_only():
    with pytest.raises(ValueError, match=r"expected ndim=2, found ndim=3"):
        RepeatVector(2)(ones(2, 3, 4))


# ---- ActivityRegularization, Masking ----


def test_activity_regularization_changes_only_the_loss():
    layer = ActivityRegularization(l1=0.1, l2=0.2)
    np.testing.assert_array_equal(layer(ROWS).numpy(), ROWS)
    wanted = 0.1 * abs(ROWS).sum() + 0.2 * (ROWS**2).sum()
    assert float(sum(layer.losses)) == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("argument", ["l1", "l2"])
def test_activity_regularization_factors_are_not_negative(argument):
    with pytest.raises(ValueError, match=rf"`{argument}` must be a number ≥ 0"):
        ActivityRegularization(**{argument: -0.1})


def test_masking_masks_steps_that_are_all_mask_value():
    x = np.array([[[1, 0], [0, 0], [0, 2]]], "float32")
    layer = Masking(0.0)
    np.testing.assert_array_equal(layer.compute_mask(x), [[True, False, True]])
    padded = np.where(x == 0, -1, x)
    np.testing.assert_array_equal(Masking(-1.0)(padded).numpy()[0, 1], [0, 0])


def test_masking_is_refused_by_layers_that_need_every_step():
    with pytest.raises(TypeError, match=r"Flatten .*does not support masking"):
        Flatten()(Masking()(Input((4, 2))))


# ---- all of them ----


@pytest.mark.parametrize(
    "layer",
    [
        Activation("relu", input_shape=(4,)),
        Permute((1,), input_shape=(4,)),
        Lambda(lambda x: x, input_shape=(4,)),
        ActivityRegularization(input_shape=(4,)),
        Dropout(0.5, input_shape=(4,)),
        Masking(input_shape=(4,)),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_first_layer_takes_input_shape(layer):
    assert Sequential([layer]).output_shape == (None, 4)


def test_core_layers_in_a_functional_model():
    x = Input((6,))
    y = Permute((2, 1))(Reshape((2, 3))(x))
    model = Model(x, Dense(2)(Flatten()(y)))
    assert isinstance(model.layers[0], InputLayer)
    assert model(ones(5, 6)).shape == (5, 2)


def test_public_names_are_exported():
    for name in ("Dense", "Lambda", "layer_from_config", "serialize", "deserialize"):
        assert name in layers.__all__
        assert hasattr(layers, name)

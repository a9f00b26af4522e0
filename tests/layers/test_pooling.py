"""Pooling layers: what the documentation says of them, sentence by sentence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorlearn import ops
from tensorlearn.autograd import Tensor, grad
from tensorlearn.declare.keras1 import Keras1Warning
from tensorlearn.layers import pooling
from tensorlearn.layers.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)

rng = np.random.default_rng(0)
MAXIMA = {1: MaxPooling1D, 2: MaxPooling2D, 3: MaxPooling3D}
MEANS = {1: AveragePooling1D, 2: AveragePooling2D, 3: AveragePooling3D}


def values(*shape):
    return rng.normal(size=shape).astype("float32")


def direct(x, size, strides, same, reduce):
    """Pooling by its definition: a loop over windows.   channels last"""
    starts = []
    for n, k, s in zip(x.shape[1:], size, strides, strict=False):
        places = -(-n // s) if same else (n - k) // s + 1
        total = max((places - 1) * s + k - n, 0) if same else 0
        starts.append([o * s - total // 2 for o in range(places)])
    y = np.zeros((len(x), *map(len, starts), x.shape[-1]))
    for o in np.ndindex(*map(len, starts)):
        corner = [line[i] for line, i in zip(starts, o, strict=True)]
        window = [slice(max(c, 0), c + k) for c, k in zip(corner, size, strict=True)]
        cells = x[(slice(None), *window)]
        y[(slice(None), *o)] = reduce(cells, axis=tuple(range(1, x.ndim - 1)))
    return y


@st.composite
def settings_of_pooling(draw):
    rank = draw(st.integers(1, 3))

    def one_per_axis(low, high):
        return tuple(
            draw(st.lists(st.integers(low, high), min_size=rank, max_size=rank))
        )

    size = one_per_axis(1, 3)
    space = tuple(n + k for n, k in zip(one_per_axis(0, 5), size, strict=True))
    config = {
        "pool_size": size,
        "strides": draw(st.one_of(st.none(), st.just(one_per_axis(1, 3)))),
        "padding": draw(st.sampled_from(["valid", "same"])),
    }
    return config, (2, *space, draw(st.integers(1, 3)))


@given(settings_of_pooling())
def test_pooling_is_its_definition(case):
    config, shape = case
    x = values(*shape)
    how = (config["pool_size"], config["strides"] or config["pool_size"])
    same = config["padding"] == "same"
    for layers, reduce in ((MAXIMA, np.max), (MEANS, np.mean)):
        layer = layers[len(shape) - 2](**config)
        y = layer(x).numpy()
        np.testing.assert_allclose(
            y, direct(x, *how, same, reduce), rtol=1e-4, atol=1e-6
        )
        assert layer.compute_output_shape(shape) == y.shape
        first = type(layer)(**config, data_format="channels_first")
        turned = first(np.moveaxis(x, -1, 1)).numpy()
        np.testing.assert_allclose(np.moveaxis(turned, 1, -1), y, rtol=1e-5)


# ---- arguments and shapes ----


@pytest.mark.parametrize("layers", [MAXIMA, MEANS])
def test_a_window_of_two_halves_every_axis(layers):
    for rank, cls in layers.items():
        shape = cls().compute_output_shape((None, *(8,) * rank, 3))
        assert shape == (None, *(4,) * rank, 3)
        first = cls(data_format="channels_first")
        turned = first.compute_output_shape((None, 3, *(8,) * rank))
        assert turned == (None, 3, *(4,) * rank)


def test_strides_are_the_pool_size_if_none_are_given():
    assert MaxPooling2D((2, 3)).strides == (2, 3)
    assert MaxPooling2D((2, 3), 1).strides == (1, 1)
    assert MaxPooling1D(3).get_config()["strides"] == (3,)


def test_unknown_lengths_stay_unknown():
    assert MaxPooling1D().compute_output_shape((None, None, 3)) == (None, None, 3)


def test_three_arguments_may_be_given_by_position():
    layer = MaxPooling2D((3, 3), (2, 2), "same")
    assert layer.compute_output_shape((None, 7, 8, 1)) == (None, 4, 4, 1)
    with pytest.raises(TypeError, match=r"data_format"):
        MaxPooling2D(2, 2, "same", "channels_last")


def test_keras1_names():
    with pytest.warns(Keras1Warning):
        layer = MaxPooling1D(pool_length=3, stride=2, border_mode="same")
    assert (layer.pool_size, layer.strides, layer.padding) == ((3,), (2,), "same")
    with pytest.warns(Keras1Warning):
        assert AveragePooling2D(dim_ordering="th").data_format == "channels_first"


def test_a_window_larger_than_the_input_is_explained():
    message = r"`pool_size`=\(5, 2\) does not fit .*\(4, 9\).*use a smaller `pool_size`"
    with pytest.raises(ValueError, match=message):
        MaxPooling2D((5, 2))(values(1, 4, 9, 2))


def test_channels_in_the_wrong_place_are_pointed_out():
    with pytest.raises(ValueError, match=r"looks like channels_first data"):
        MaxPooling2D(2).compute_output_shape((None, 1, 30, 64))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((2, 2, 2),), r"`pool_size` argument must be .* a tuple of 2 integers"),
        ((0,), r"`pool_size` argument must be an integer ≥ 1"),
        ((2, 0), r"`strides` argument must be an integer ≥ 1"),
        ((2, 2, "full"), r"`padding` must be 'valid' \| 'same', got 'full'"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        MaxPooling2D(*arguments)


# ---- gradients ----


def test_ties_give_their_gradient_to_the_first_in_reading_order():
    x = Tensor(
        np.array([[3.0, 5, 5], [5, 1, 0]]).reshape(1, 2, 3, 1), requires_grad=True
    )
    y = MaxPooling2D((2, 2), 1)(x)
    (g,) = grad(y, [x], np.array([1.0, 10]).reshape(1, 1, 2, 1))
    np.testing.assert_array_equal(g[0, :, :, 0], [[0, 11, 0], [0, 0, 0]])


def test_gradient_of_a_plain_relu_map_reaches_one_cell_per_window():
    x = Tensor(np.zeros((2, 6, 6, 3)), requires_grad=True)
    (g,) = grad(MaxPooling2D()(x).sum(), [x])
    windows = g.reshape(2, 3, 2, 3, 2, 3).sum((2, 4))
    np.testing.assert_array_equal(windows, np.ones((2, 3, 3, 3)))
    np.testing.assert_array_equal(g[:, ::2, ::2], np.ones((2, 3, 3, 3)))


@pytest.mark.parametrize("length", [4, 5, 6])
@pytest.mark.parametrize("strides", [1, 2, 3])
@pytest.mark.parametrize("padding", ["valid", "same", ((1, 0),), ((0, 1),)])
def test_cells_outside_all_windows_have_no_gradient(length, strides, padding):
    x = Tensor(np.arange(float(length)).reshape(1, length, 1), requires_grad=True)
    y = ops.max_pool(x, size=(2,), strides=(strides,), padding=padding)
    (g,) = grad(y.sum(), [x])
    assert g.sum() == y.size
    np.testing.assert_array_equal(g[g > 0] >= 1, True)
    np.testing.assert_array_equal(np.unique(x.numpy()[g > 0]), np.unique(y.numpy()))


def test_padding_never_wins_a_maximum_nor_counts_in_a_mean():
    x = -1 - np.arange(5.0).reshape(1, 5, 1)
    largest = MaxPooling1D(2, padding="same")(x).numpy().ravel()
    np.testing.assert_array_equal(largest, [-1, -3, -5])
    mean = AveragePooling1D(2, padding="same")(x).numpy().ravel()
    np.testing.assert_array_equal(mean, [-1.5, -3.5, -5])


def test_infinite_gradients_stay_where_they_belong():
    x = Tensor(np.arange(4.0).reshape(1, 4, 1), requires_grad=True)
    (g,) = grad(MaxPooling1D()(x), [x], np.array([np.inf, 1.0]).reshape(1, 2, 1))
    np.testing.assert_array_equal(g.ravel(), [0, np.inf, 0, 1])


# ---- all of space ----


def test_global_pooling_leaves_batch_and_channels():
    x = values(2, 4, 5, 3)
    np.testing.assert_allclose(GlobalMaxPooling2D()(x).numpy(), x.max((1, 2)))
    np.testing.assert_allclose(
        GlobalAveragePooling2D("channels_first")(x).numpy(), x.mean((2, 3)), rtol=1e-5
    )
    assert GlobalMaxPooling1D().compute_output_shape((None, 9, 4)) == (None, 4)
    for cls in (GlobalMaxPooling3D, GlobalAveragePooling3D):
        assert cls()(values(2, 3, 4, 5, 6)).shape == (2, 6)
        shape = cls(data_format="channels_first").compute_output_shape(
            (None, 6, 3, 4, 5)
        )
        assert shape == (None, 6)


@pytest.mark.parametrize("cls", [GlobalMaxPooling2D, GlobalAveragePooling2D])
@pytest.mark.parametrize(
    ("word", "meaning"),
    [("tf", "channels_last"), ("th", "channels_first"), ("default", "channels_last")],
)
def test_both_names_of_the_format_by_position_too(cls, word, meaning):
    with pytest.warns(Keras1Warning):
        assert cls(dim_ordering=word).data_format == meaning
    with pytest.warns(Keras1Warning):
        assert cls(word).data_format == meaning
    assert cls(data_format=meaning).data_format == meaning


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_masked_steps_neither_win_nor_count(data_format):
    x = np.abs(values(3, 5, 2)) + 1
    mask = np.array([[1, 1, 0, 0, 0], [0, 1, 0, 1, 1], [0, 0, 0, 0, 0]], bool)
    given_x = x if data_format == "channels_last" else np.moveaxis(x, 1, 2)
    largest = GlobalMaxPooling1D(data_format=data_format)(given_x, mask=mask).numpy()
    mean = GlobalAveragePooling1D(data_format=data_format)(given_x, mask=mask).numpy()
    for row, keep in enumerate(mask[:2]):
        np.testing.assert_allclose(largest[row], x[row, keep].max(0))
        np.testing.assert_allclose(mean[row], x[row, keep].mean(0), rtol=1e-6)
    np.testing.assert_array_equal([largest[2], mean[2]], np.zeros((2, 2)))


def test_a_padded_sequence_pools_like_an_unpadded_one():
    x = values(1, 3, 2)
    padded = np.concatenate([x, values(1, 4, 2)], axis=1)
    mask = np.arange(7)[None] < 3
    for cls in (GlobalMaxPooling1D, GlobalAveragePooling1D):
        np.testing.assert_allclose(
            cls()(padded, mask=mask).numpy(), cls()(x).numpy(), rtol=1e-6
        )


# ---- other names ----


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_short_names_are_the_same_classes(rank):
    for short, long in (("MaxPool", "MaxPooling"), ("AvgPool", "AveragePooling")):
        for prefix in ("", "Global"):
            old = getattr(pooling, f"{prefix}{short}{rank}D")
            assert old is getattr(pooling, f"{prefix}{long}{rank}D")

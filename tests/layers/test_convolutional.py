"""Convolution layers: what the documentation says of them, sentence by sentence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorlearn.autograd import Tensor, grad
from tensorlearn.engine import Input
from tensorlearn.layers.convolutional import (
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    Conv3D,
    Conv3DTranspose,
    DepthwiseConv2D,
    SeparableConv1D,
    SeparableConv2D,
)
from tensorlearn.models import Sequential
from tensorlearn.ops.windows import chunks

rng = np.random.default_rng(0)


def values(*shape):
    return rng.normal(size=shape)


def output_shape(layer, *shape):
    return Sequential([layer]).layers[0](Input(batch_shape=(None, *shape))).shape


def direct(x, kernel, strides, dilation, pads):
    """Convolution by its definition: a loop over places.   channels last"""
    x = np.pad(x, ((0, 0), *pads, (0, 0)))
    rank = len(strides)
    spans = [(k - 1) * d + 1 for k, d in zip(kernel.shape, dilation, strict=False)]
    axes = zip(x.shape[1:-1], spans, strides, strict=True)
    places = [(n - span) // s + 1 for n, span, s in axes]
    y = np.zeros((len(x), *places, kernel.shape[-1]))
    for o in np.ndindex(*places):
        axes = zip(o, strides, spans, dilation, strict=True)
        patch = [slice(i * s, i * s + span, d) for i, s, span, d in axes]
        y[(slice(None), *o)] = np.tensordot(x[(slice(None), *patch)], kernel, rank + 1)
    return y


def same_pads(lengths, size, strides, dilation):
    """TensorFlow's rule: just enough for ceil(n / s) places, the odd cell at the end."""
    pads = []
    for n, k, s, d in zip(lengths, size, strides, dilation, strict=True):
        total = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        pads.append((total // 2, total - total // 2))
    return pads


LAYERS = {1: Conv1D, 2: Conv2D, 3: Conv3D}


@st.composite
def settings_of_convolution(draw):
    rank = draw(st.integers(1, 3))

    def one_per_axis(low, high):
        return tuple(
            draw(st.lists(st.integers(low, high), min_size=rank, max_size=rank))
        )

    size = one_per_axis(1, 3)
    dilated = draw(st.booleans())
    strides = (1,) * rank if dilated else one_per_axis(1, 3)
    dilation = one_per_axis(1, 2) if dilated else (1,) * rank
    space = tuple(
        n + (k - 1) * 2 for n, k in zip(one_per_axis(1, 5), size, strict=True)
    )
    channels, filters = draw(st.integers(1, 18)), draw(st.integers(1, 3))
    return {
        "padding": draw(st.sampled_from(["valid", "same"])),
        "kernel_size": size,
        "strides": strides,
        "dilation_rate": dilation,
        "filters": filters,
    }, (2, *space, channels)


# ---- the operation ----


@given(settings_of_convolution())
def test_convolution_is_its_definition(case):
    config, shape = case
    x = values(*shape).astype("float32")
    layer = LAYERS[len(shape) - 2](**config, bias_initializer="ones")
    y = layer(x).numpy()
    kernel, bias = layer.get_weights()
    how = config["strides"], config["dilation_rate"]
    pads = [(0, 0)] * len(how[0])
    if config["padding"] == "same":
        pads = same_pads(shape[1:-1], config["kernel_size"], *how)
    np.testing.assert_allclose(
        y, direct(x, kernel, *how, pads) + bias, rtol=1e-3, atol=1e-4
    )
    assert layer.compute_output_shape(shape) == y.shape
    if config["padding"] == "same":
        lengths = zip(shape[1:-1], config["strides"], strict=True)
        assert y.shape[1:-1] == tuple(-(-n // s) for n, s in lengths)


@given(settings_of_convolution())
def test_transposed_convolution_is_the_adjoint(case):
    """<conv(x), y> = <x, transposed(y)> with one and the same kernel."""
    config, shape = case
    config = config | {"use_bias": False}
    rank = len(shape) - 2
    if rank == 1 or max(config.pop("dilation_rate")) > 1:
        return
    back = {2: Conv2DTranspose, 3: Conv3DTranspose}[rank]
    y = Tensor(values(2, 2, *(3,) * (rank - 1), shape[-1]), dtype="float32")
    transposed = back(**config)
    x = transposed(y)
    forward = LAYERS[rank](
        **config | {"filters": shape[-1]}, weights=transposed.get_weights()
    )
    z = values(*x.shape).astype("float32")
    left, right = (forward(z).numpy() * y.numpy()).sum(), (z * x.numpy()).sum()
    np.testing.assert_allclose(left, right, rtol=1e-3, atol=1e-3)


def test_a_bias_is_added_only_if_used():
    x = values(2, 5, 3)
    layer = Conv1D(4, 2, use_bias=False)
    assert layer(x).shape == (2, 4, 4)
    assert [w.shape for w in layer.weights] == [(2, 3, 4)]
    with_bias = Conv1D(4, 2, bias_initializer="ones", weights=None)
    with_bias.ensure_built((None, 5, 3))
    with_bias.set_weights([*layer.get_weights(), np.ones(4)])
    np.testing.assert_allclose(with_bias(x).numpy(), layer(x).numpy() + 1, atol=1e-6)


def test_activation_is_applied_to_the_output():
    x = values(2, 5, 3)
    plain, relu = Conv1D(4, 2), Conv1D(4, 2, activation="relu")
    y = plain(x).numpy()
    relu.ensure_built(x.shape)
    relu.set_weights(plain.get_weights())
    np.testing.assert_allclose(relu(x).numpy(), np.maximum(y, 0))
    assert y.min() < 0


def test_softmax_with_channels_first_is_over_the_last_axis():
    y = Conv2D(3, 1, data_format="channels_first", activation="softmax")(
        values(2, 3, 4, 5)
    )
    np.testing.assert_allclose(y.numpy().sum(-1), np.ones((2, 3, 4)), rtol=1e-5)


def test_regularizers_and_constraints_reach_the_weights():
    layer = Conv2D(
        2,
        2,
        kernel_regularizer="l2",
        bias_regularizer="l1",
        kernel_constraint="nonneg",
        bias_constraint="max_norm",
        activity_regularizer="l1",
    )
    y = layer(values(2, 3, 3, 1))
    assert layer.kernel.constraint is not None
    assert layer.bias.constraint is not None
    assert len(layer.penalties()) == 2
    penalty = 0.01 * np.abs(y.numpy()).sum()  # summed over the batch
    np.testing.assert_allclose(float(layer.losses[-1]), penalty, rtol=1e-5)


def test_chunks_of_a_sample_give_the_same_numbers(monkeypatch):
    x = values(3, 9, 8, 4).astype("float32")
    layer = Conv2D(5, 3, padding="same")

    def all_numbers():
        leaf = Tensor(x, requires_grad=True)
        y = layer(leaf)
        return [y.numpy(), *grad((y * y).sum(), [leaf, layer.kernel, layer.bias])]

    whole = all_numbers()
    monkeypatch.setattr(chunks, "__defaults__", (1000,))
    for got, wanted in zip(all_numbers(), whole, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-4)


# ---- Conv1D ----


def test_conv1d_turns_steps_and_filters():
    assert output_shape(Conv1D(64, 3), 10, 128) == (None, 8, 64)
    assert output_shape(Conv1D(64, 3), None, 128) == (None, None, 64)
    assert output_shape(Conv1D(64, 3, padding="same"), 10, 128) == (None, 10, 64)
    assert output_shape(Conv1D(64, 3, strides=2), 10, 128) == (None, 4, 64)


@pytest.mark.parametrize("dilation", [1, 2, 4])
def test_causal_output_does_not_depend_on_the_future(dilation):
    layer = Conv1D(3, 3, padding="causal", dilation_rate=dilation)
    x = values(1, 12, 2)
    before = layer(x).numpy()
    assert before.shape == (1, 12, 3)
    for t in range(11):
        changed = x.copy()
        changed[:, t + 1 :] += 1.0
        after = layer(changed).numpy()
        np.testing.assert_array_equal(after[:, : t + 1], before[:, : t + 1])
        assert np.abs(after[:, t + 1] - before[:, t + 1]).max() > 1e-3


def test_causal_padding_needs_channels_last():
    with pytest.raises(ValueError, match=r"'causal' needs data_format='channels_last'"):
        Conv1D(2, 3, padding="causal", data_format="channels_first")
    with pytest.raises(
        ValueError, match=r"`padding` must be 'valid' \| 'same', got 'causal'"
    ):
        Conv2D(2, 3, padding="causal")


def test_conv1d_is_a_conv2d_with_a_kernel_as_wide_as_the_signal():
    x = values(4, 10, 32)
    flat = Conv1D(5, 3)
    y = flat(x).numpy()
    kernel, bias = flat.get_weights()
    image = Conv2D(5, (3, 32), weights=[kernel[:, :, None, :], bias])
    np.testing.assert_allclose(image(x[..., None]).numpy()[:, :, 0], y, atol=1e-5)


# ---- Conv2D ----


def test_conv2d_shapes_in_both_formats():
    assert output_shape(Conv2D(8, (3, 5)), 128, 128, 3) == (None, 126, 124, 8)
    layer = Conv2D(8, (3, 5), data_format="channels_first")
    assert output_shape(layer, 3, 128, 128) == (None, 8, 126, 124)
    assert layer.kernel.shape == (3, 5, 3, 8)  # in both formats


def test_a_single_integer_counts_for_every_axis():
    layer = Conv2D(8, 3, strides=2)
    assert (layer.kernel_size, layer.strides) == ((3, 3), (2, 2))
    assert Conv3D(8, [1, 2, 3]).kernel_size == (1, 2, 3)
    assert Conv1D(8, (3,)).kernel_size == (3,)


def test_rows_come_before_columns():
    assert output_shape(Conv2D(1, (1, 4), strides=(2, 1)), 9, 9, 1) == (None, 5, 6, 1)


def test_conv3d_shapes_in_both_formats():
    film = Conv3D(4, 3, data_format="channels_first")
    assert output_shape(film, 3, 10, 128, 128) == (None, 4, 8, 126, 126)
    assert output_shape(Conv3D(4, (1, 2, 3)), 5, 6, 7, 2) == (None, 5, 5, 5, 4)


@pytest.mark.parametrize(
    "cls",
    [
        Conv1D,
        Conv2D,
        Conv3D,
        SeparableConv1D,
        SeparableConv2D,
        Conv2DTranspose,
    ],
)
def test_strides_and_dilation_exclude_each_other(cls):
    rank = (2,) * cls.rank
    with pytest.raises(
        ValueError, match=r"`strides`=\(2.*\) and `dilation_rate`=\(2.*\)"
    ):
        cls(2, 3, strides=rank, dilation_rate=rank)


def test_depthwise_strides_and_dilation_exclude_each_other():
    with pytest.raises(ValueError, match=r"cannot both differ from 1"):
        DepthwiseConv2D(3, strides=2, dilation_rate=2)


# ---- separable ----


@pytest.mark.parametrize("multiplier", [1, 3])
def test_separable_is_depthwise_then_pointwise(multiplier):
    x = values(2, 6, 5, 4)
    layer = SeparableConv2D(7, 3, depth_multiplier=multiplier, bias_initializer="ones")
    y = layer(x).numpy()
    depthwise, pointwise, bias = layer.get_weights()
    assert depthwise.shape == (3, 3, 4, multiplier)
    assert pointwise.shape == (1, 1, 4 * multiplier, 7)
    groups = [
        direct(
            x[..., c : c + 1], depthwise[:, :, c : c + 1], (1, 1), (1, 1), [(0, 0)] * 2
        )
        for c in range(4)
    ]
    mixed = np.concatenate(groups, -1) @ pointwise[0, 0] + bias
    np.testing.assert_allclose(y, mixed, rtol=1e-4, atol=1e-5)
    half = DepthwiseConv2D(
        3, depth_multiplier=multiplier, weights=[depthwise, bias[:1] * 0]
    )
    assert half.compute_output_shape(x.shape) == (2, 4, 3, 4 * multiplier)


def test_separable_shapes_in_both_formats():
    first = SeparableConv2D(8, 3, data_format="channels_first")
    assert output_shape(first, 3, 128, 128) == (None, 8, 126, 126)
    assert output_shape(SeparableConv2D(8, 3), 128, 128, 3) == (None, 126, 126, 8)


@pytest.mark.parametrize("role", ["initializer", "regularizer", "constraint"])
def test_separable_has_no_kernel_of_its_own(role):
    message = rf"use `depthwise_{role}` and `pointwise_{role}`"
    with pytest.raises(TypeError, match=message):
        SeparableConv2D(8, 3, **{f"kernel_{role}": None})


def test_separable_needs_fewer_weights():
    split, whole = SeparableConv2D(8, 3, use_bias=False), Conv2D(8, 3, use_bias=False)
    for layer in (split, whole):
        layer.build((None, 8, 8, 6))
        layer.built = True
    assert split.count_params() == 3 * 3 * 6 + 6 * 8
    assert whole.count_params() == 3 * 3 * 6 * 8


# ---- transposed ----


def test_transposed_goes_from_output_shape_to_input_shape():
    forward = Conv2D(4, 3, strides=2, padding="same")
    shape = output_shape(forward, 8, 8, 1)
    back = Conv2DTranspose(1, 3, strides=2, padding="same")
    assert output_shape(back, *shape[1:]) == (None, 8, 8, 1)


@pytest.mark.parametrize(
    ("settings", "length"),
    [
        ({"strides": 1, "padding": "valid"}, 6),
        ({"strides": 2, "padding": "valid"}, 9),
        ({"strides": 4, "padding": "valid"}, 16),
        ({"strides": 2, "padding": "same"}, 8),
        ({"strides": 2, "padding": "same", "output_padding": 0}, 7),
        ({"strides": 2, "padding": "same", "output_padding": 1}, 8),
        ({"strides": 3, "padding": "valid", "output_padding": 2}, 14),
        ({"strides": 1, "padding": "valid", "dilation_rate": 2}, 8),
    ],
)
def test_length_of_a_transposed_convolution(settings, length):
    layer = Conv2DTranspose(2, 3, **settings)
    assert output_shape(layer, 4, 4, 1) == (None, length, length, 2)
    assert layer(values(1, 4, 4, 1)).shape == (1, length, length, 2)


def test_output_padding_must_be_smaller_than_the_stride():
    with pytest.raises(
        ValueError, match=r"`output_padding` must be smaller than `strides`"
    ):
        Conv2DTranspose(2, 3, strides=2, output_padding=2)


def test_output_padding_must_lead_back():
    layer = Conv2DTranspose(2, 4, strides=2, padding="same", output_padding=0)
    with pytest.raises(
        ValueError, match=r"would make 4 cells into 6 along axis 0.*back to 4"
    ):
        layer(values(1, 4, 4, 1))


# ---- errors ----


def test_number_of_channels_must_be_known():
    with pytest.raises(
        ValueError, match=r"channel dimension .* Found `None` in \(None, 8, None\)"
    ):
        output_shape(Conv1D(2, 3), 8, None)


def test_kernel_larger_than_the_input_is_explained():
    message = (
        r"`kernel_size`=\(5, 5\) does not fit .*\(4, 9\) .*'valid': .*\(0, 5\); use"
    )
    with pytest.raises(ValueError, match=message):
        output_shape(Conv2D(2, 5), 4, 9, 3)
    with pytest.raises(
        ValueError, match=r"\(3,\) \(dilation_rate=\(4,\)\) does not fit"
    ):
        Conv1D(2, 3, dilation_rate=4)(values(1, 8, 2))


def test_channels_in_the_wrong_place_are_pointed_out():
    message = r"looks like channels_first data: pass data_format='channels_first'"
    with pytest.raises(ValueError, match=message):
        output_shape(Conv2D(2, 5), 3, 32, 32)
    layer = Conv2D(2, 3)
    layer(values(1, 32, 32, 3))
    with pytest.raises(ValueError, match=message):
        layer(values(1, 3, 32, 32))
    with pytest.raises(ValueError, match=r"looks like channels_last data"):
        output_shape(Conv2D(2, 5, data_format="channels_first"), 32, 32, 3)


def test_wrong_number_of_axes_is_refused():
    with pytest.raises(
        ValueError, match=r"expected ndim=4, found ndim=3 .*batch axis or the"
    ):
        Conv2D(2, 3)(values(4, 28, 28))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 3), r"`filters` must be a positive integer, got 0"),
        ((2, (3, 3, 3)), r"`kernel_size` argument must be .* tuple of 2 integers, got"),
        ((2, 0), r"`kernel_size` argument must be an integer ≥ 1"),
        ((2, 3.5), r"`kernel_size`"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Conv2D(*arguments)


def test_strides_are_given_by_name():
    with pytest.raises(TypeError, match=r"strides"):
        Conv2D(64, (3, 3), (2, 2))


def test_unknown_padding_is_refused_with_a_suggestion():
    with pytest.raises(ValueError, match=r"`padding` .* did you mean 'same'"):
        Conv2D(2, 3, padding="sam")
    assert Conv2D(2, 3, padding="SAME").padding == "same"

"""Every recorded layer case: outputs, gradients, updated weights, losses and masks."""

import numpy as np
import pytest

import tensorlearn.layers  # noqa: F401 - registers the layers
from tensorlearn.autograd import Tensor, grad
from tensorlearn.config import set_floatx
from tensorlearn.declare.registry import layers
from tests.golden_cases import assert_close, cases

FILES = (
    "advanced_activations",
    "attention",
    "convolutional",
    "core",
    "embeddings",
    "local",
    "merge",
    "noise",
    "normalization",
    "pooling",
    "recurrent",
    "wrappers",
)
ALL = [case for file in FILES for case in cases(file)]
LAYER = [case for case in ALL if case.kind == "layer"]
RANDOM = [case for case in ALL if case.kind == "two_valued"]


def name_of(case):
    return f"{case.file}-{case.name}"


@pytest.fixture(autouse=True)
def float64():
    set_floatx("float64")


@pytest.mark.parametrize("case", LAYER, ids=name_of)
def test_recorded_layer_agrees(case):
    call = case.attrs["call"]
    layer = build(case)
    inputs = [as_input(x) for x in case.numbered("input").values()]
    masks = given_masks(case, len(inputs))
    kwargs = call_arguments(case)

    if call.get("n_calls"):
        layer.reset_states()
        outputs = [y for x in inputs for y in listed(layer(x, **kwargs))]
    else:
        outputs = listed(call_layer(layer, call, inputs, masks, kwargs))

    for i, wanted in case.numbered("output").items():
        assert_close(outputs[i].numpy(), wanted, case.rtol)
    if "added_loss" in case.arrays:
        total = sum(float(loss) for loss in layer.losses)
        assert_close(total, case.arrays["added_loss"], case.rtol)
    for i, wanted in case.numbered("updated_weight").items():
        assert_close(layer.get_weights()[i], wanted, case.rtol)
    if call.get("output_mask"):
        compare_masks(case, layer, inputs, masks, len(outputs))
    compare_gradients(case, layer, inputs, outputs)


def build(case):
    config = {"class_name": case.attrs["class_name"], "config": case.attrs["config"]}
    layer = layers.deserialize(config)
    inputs = list(case.numbered("input").values())
    shapes = [x.shape for x in inputs[: data_count(case)]]
    several = case.attrs["call"].get("list_input") or case.attrs["call"].get(
        "positional"
    )
    layer.ensure_built(shapes if several else shapes[0])
    layer.set_weights(list(case.numbered("weight").values()))
    return layer


def data_count(case):
    """How many of the inputs are data, not initial states."""
    return len(case.numbered("input")) - case.attrs["call"].get("n_initial_state", 0)


def as_input(x):
    return Tensor(x, requires_grad=True) if x.dtype.kind == "f" else x


def listed(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def given_masks(case, count):
    found = case.numbered("mask")
    if not found:
        return None
    return [found[i].astype(bool) if i in found else None for i in range(count)]


def call_arguments(case):
    call = case.attrs["call"]
    kwargs = dict(call.get("kwargs", {}))
    if "training" in call:
        kwargs["training"] = call["training"]
    if call.get("attention_mask"):
        kwargs["attention_mask"] = case.arrays["attention_mask"].astype(bool)
    return kwargs


def call_layer(layer, call, inputs, masks, kwargs):
    states = call.get("n_initial_state", 0)
    data = inputs[: len(inputs) - states]
    if states:
        kwargs["initial_state"] = inputs[len(data) :]
    if call.get("positional"):
        return layer(*data, **kwargs)
    if masks is not None:
        kwargs["mask"] = masks if call.get("list_input") else masks[0]
    return layer(data if call.get("list_input") else data[0], **kwargs)


def compare_masks(case, layer, inputs, masks, count):
    several = case.attrs["call"].get("list_input")
    given = masks if several or masks is None else masks[0]
    found = listed(layer.compute_mask(inputs if several else inputs[0], given))
    found += [None] * (count - len(found))
    wanted = case.numbered("output_mask")
    for i in range(count):
        if i in wanted:
            assert_close(np.asarray(found[i]).astype(np.uint8), wanted[i], 0)
        else:
            assert found[i] is None


def compare_gradients(case, layer, inputs, outputs):
    total = 0.0
    for i, cotangent in case.numbered("cotangent").items():
        total = total + (outputs[i] * cotangent).sum()
    if case.attrs["call"].get("add_losses"):
        for loss in layer.losses:
            total = total + loss.sum()
    leaves, wanted = [], []
    for i, expected in case.numbered("grad_input").items():
        leaves.append(inputs[i])
        wanted.append(expected)
    params = layer._saved_weights()
    for i, expected in case.numbered("grad_weight").items():
        leaves.append(params[i])
        wanted.append(expected)
    if not leaves:
        return
    found = grad(total, leaves, allow_unused=True)
    for leaf, got, expected in zip(leaves, found, wanted, strict=True):
        assert_close(np.zeros(leaf.shape) if got is None else got, expected, case.rtol)


@pytest.mark.parametrize("case", RANDOM, ids=name_of)
def test_recorded_random_layer_agrees(case):
    layer = layers.deserialize(
        {"class_name": case.attrs["class_name"], "config": case.attrs["config"]}
    )
    x = Tensor(case.arrays["input_0"], requires_grad=True)
    y = layer(x, training=True)
    (gradient,) = grad((y * case.arrays["cotangent_0"]).sum(), [x])

    keep, drop = case.arrays["keep_0"], case.arrays["drop_0"]
    kept = np.isclose(y.numpy(), keep, rtol=1e-7, atol=1e-12)
    dropped = np.isclose(y.numpy(), drop, rtol=1e-7, atol=1e-12)
    assert (kept ^ dropped).all()
    shared = tuple(np.ravel(case.attrs.get("shared_axes", [])).astype(int))
    choices = dropped.any(axis=shared, keepdims=True) if shared else dropped
    assert (dropped == choices).all()
    rate = float(case.arrays["rate"])
    spread = np.sqrt(rate * (1 - rate) / choices.size)
    assert abs(choices.mean() - rate) <= 5 * spread
    slope = np.where(dropped, case.arrays["slope_drop"], case.arrays["slope_keep"])
    assert_close(gradient, case.arrays["cotangent_0"] * slope, case.rtol)

"""The contract: what every layer must do, derived from one entry per layer.

Entries are data, in `entries/`; their format is described in `contract.py`.
"""

import contextlib
import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorlearn.autograd import Tensor, grad
from tensorlearn.config import set_floatx
from tensorlearn.declare.keras1 import Keras1Warning
from tensorlearn.declare.registry import layers
from tensorlearn.engine import Input, Layer
from tensorlearn.engine.shapes import is_shape
from tensorlearn.models.network import Network
from tests.golden_cases import assert_close
from tests.layers.contract import all_entries, leaf, perturb_weights

ENTRIES = all_entries()
SEEDS = st.integers(0, 2**16)

NO_ENTRY = {
    "Wrapper": "an abstract base",
    "Cell": "an abstract base",
    "Recurrent": "an abstract base",
    "RecurrentWithCell": "an abstract base",
    "SimpleRNNCell": "called with states; tested through RNN",
    "GRUCell": "called with states; tested through RNN",
    "LSTMCell": "called with states; tested through RNN",
    "StackedRNNCells": "called with states; tested through RNN",
    "ConvLSTM2DCell": "called with states; tested through ConvLSTM2D",
    "Merge": "needs layers; tested in test_merge.py",
}


def select(**wanted):
    found = [e for e in ENTRIES if all(getattr(e, k) == v for k, v in wanted.items())]
    return pytest.mark.parametrize("entry", found, ids=str)


every_entry = pytest.mark.parametrize("entry", ENTRIES, ids=str)


@contextlib.contextmanager
def floatx(name):
    set_floatx(name)
    try:
        yield
    finally:
        set_floatx("float32")


def built(entry, dtype="float32", seed=0, **changes):
    """A layer with weights that are not trivial, and the arrays to call it with."""
    layer = entry.make(**changes)
    values = entry.arrays(seed, dtype)
    shapes = [v.shape for v in values]
    layer.ensure_built(shapes if entry.several else shapes[0])
    perturb_weights(layer, 1)
    return layer, values


def total(outputs, seed=5):
    """A random projection of all outputs."""
    rng = np.random.default_rng(seed)
    result = 0.0
    for y in outputs:
        result = result + (y * rng.normal(size=y.shape).astype(y.dtype)).sum()
    return result


# ---- completeness ----


def test_every_public_layer_has_an_entry():
    public = {
        name
        for name, cls in layers.known.items()
        if isinstance(cls, type)
        and issubclass(cls, Layer)
        and not issubclass(cls, Network)
        and cls.__module__.startswith("tensorlearn.layers.")
        and name == cls.__name__
    }
    assert set(NO_ENTRY) <= public, "an exemption of a layer that does not exist"
    missing = public - {entry.layer for entry in ENTRIES} - set(NO_ENTRY)
    assert not missing, f"add an Entry in tests/layers/entries/ for {sorted(missing)}"


# ---- configuration and weights ----


@every_entry
def test_configuration_survives_json(entry):
    layer, values = built(entry)
    config = json.loads(
        json.dumps({"class_name": entry.layer, "config": layer.get_config()})
    )
    again = layers.deserialize(config)
    assert again.get_config() == layer.get_config()
    again.ensure_built([v.shape for v in values] if entry.several else values[0].shape)
    again.set_weights(layer.get_weights())
    for got, wanted in zip(
        entry.run(again, values), entry.run(layer, values), strict=True
    ):
        np.testing.assert_array_equal(got.numpy(), wanted.numpy())


@every_entry
def test_weights_can_be_read_and_written(entry):
    layer, _ = built(entry)
    copies = layer.get_weights()
    layer.set_weights([2 * w for w in copies])
    for got, wanted in zip(layer.get_weights(), copies, strict=True):
        np.testing.assert_array_equal(got, 2 * wanted)
    if copies:
        assert layer.count_params() == sum(w.size for w in copies)
        with pytest.raises(ValueError, match=r"provided shape"):
            layer.set_weights([np.zeros((9, 9, 9, 9, 9))] * len(copies))
    with pytest.raises(
        ValueError, match=rf"set_weights needs {len(copies)} arrays, got"
    ):
        layer.set_weights([*copies, np.zeros(1)])


@every_entry
def test_frozen_layer_has_no_trainable_weights(entry):
    layer, _ = built(entry)
    layer.trainable = False
    assert layer.trainable_weights == []
    assert len(layer.non_trainable_weights) == len(layer.get_weights())


@pytest.mark.parametrize(
    ("entry", "argument", "value"),
    [
        pytest.param(entry, name, value, id=f"{entry}-{name}-{value!r}")
        for entry in {e.layer: e for e in reversed(ENTRIES)}.values()
        for name, field in entry.cls.fields.items()
        for value in field.bad
        if not (value is None and field.default is None)
    ],
)
def test_invalid_argument_is_refused_by_name(entry, argument, value):
    with pytest.raises((ValueError, TypeError), match=argument):
        entry.make(**{argument: value})


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.keras1], ids=str)
def test_keras1_spelling_means_the_same(entry):
    args, kwargs = (
        entry.keras1 if isinstance(entry.keras1, tuple) else ((), entry.keras1)
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        old = entry.cls(*args, **kwargs, name="same")
    assert all(issubclass(w.category, Keras1Warning) for w in caught)
    assert old.get_config() == entry.make(name="same").get_config()


# ---- shapes ----


@every_entry
def test_shape_rule_is_the_real_shape(entry):
    layer, _ = built(entry)
    for batch in (1, 2, 5):
        values = entry.arrays(0, "float32", batch)
        shapes = [v.shape for v in values]
        found = layer.compute_output_shape(shapes if entry.several else shapes[0])
        ruled = [found] if is_shape(found) else list(found)
        real = [y.shape for y in entry.run(layer, values)]
        assert [tuple(s) for s in ruled] == real


@every_entry
def test_shape_rule_knows_what_is_unknown(entry):
    layer, _ = built(entry)
    holes = {0, *entry.free}
    open_shapes = [
        tuple(None if i in holes else n for i, n in enumerate(s))
        for s in entry.shapes()
    ]
    found = layer.compute_output_shape(open_shapes if entry.several else open_shapes[0])
    ruled = [found] if is_shape(found) else list(found)
    longer = {axis: entry.shapes()[0][axis] + 2 for axis in entry.free}
    weights_fit = not layer.weights or not entry.free or entry.mask != "own"
    for lengths in ({}, longer) if weights_fit else ({},):
        values = entry.arrays(0, "float32", 3, lengths)
        real = [y.shape for y in entry.run(layer, values)]
        for rule, shape in zip(ruled, real, strict=True):
            assert len(rule) == len(shape)
            assert all(r in (None, n) for r, n in zip(rule, shape, strict=True))
    assert ruled[0][0] is None


@every_entry
def test_recorded_call_equals_eager_call(entry):
    layer, values = built(entry)
    dtype = "int32" if entry.vocabulary is not None else "float32"
    holes = {0, *entry.free}
    symbols = [
        Input(
            batch_shape=[None if i in holes else n for i, n in enumerate(s)],
            dtype=dtype,
        )
        for s in entry.shapes()
    ]
    outputs = layer(entry.joined(symbols), **entry.call)
    network = Network(symbols, outputs)
    got = network(values if len(values) > 1 else values[0])
    got = got if isinstance(got, list) else [got]
    wanted = entry.run(layer, values)
    flat = outputs if isinstance(outputs, list) else [outputs]
    for symbol, y, expected in zip(flat, got, wanted, strict=True):
        np.testing.assert_array_equal(y.numpy(), expected.numpy())
        assert symbol.dtype == expected.dtype.name
        assert len(symbol.shape) == expected.ndim
        assert all(
            n in (None, m) for n, m in zip(symbol.shape, expected.shape, strict=True)
        )


# ---- numbers ----


@every_entry
def test_float32_stays_float32(entry):
    layer, values = built(entry)
    inputs = [leaf(v) for v in values]
    outputs = entry.run(layer, inputs, **mode(entry))
    assert {y.dtype.name for y in outputs} == {"float32"}
    leaves = [t for t in (*inputs, *layer.trainable_weights) if t.requires_grad]
    found = grad(total(outputs), leaves, allow_unused=True)
    assert {g.dtype.name for g in found if g is not None} <= {"float32"}
    assert {w.dtype.name for w in layer.get_weights()} <= {"float32"}


@every_entry
def test_inputs_are_left_alone(entry):
    layer, values = built(entry)
    before = [v.copy() for v in values]
    entry.run(layer, values, **mode(entry))
    for now, then in zip(values, before, strict=True):
        np.testing.assert_array_equal(now, then)


def mode(entry):
    return {"training": True} if entry.training or entry.random else {}


class Probe:
    """A layer as a function of all that it can be differentiated by.

    Every evaluation makes the layer anew, so that random choices repeat and states that
    training moves start where they were.
    """

    def __init__(self, entry, seed):
        self.entry = entry
        layer, self.inputs = built(entry, "float64", seed)
        self.weights = layer.get_weights()
        self.points = [v for v in self.inputs if v.dtype.kind == "f"]
        self.count = len(self.points)
        trainable = [id(p) for p in layer.trainable_weights]
        self.places = [
            i for i, p in enumerate(layer._saved_weights()) if id(p) in trainable
        ]
        self.points += [self.weights[i] for i in self.places]
        rng = np.random.default_rng(seed + 1)
        self.directions = [rng.normal(size=p.shape) for p in self.points]

    def leaves_and_value(self, points):
        entry = self.entry
        layer, _ = built(entry, "float64")
        weights = list(self.weights)
        for place, w in zip(self.places, points[self.count :], strict=True):
            weights[place] = w
        layer.set_weights(weights)
        inputs = [leaf(v) for v in points[: self.count]] or self.inputs
        outputs = entry.run(layer, inputs, **mode(entry))
        params = layer._saved_weights()
        leaves = [*inputs[: self.count], *(params[i] for i in self.places)]
        return leaves, total(outputs)

    def value(self, points):
        return float(self.leaves_and_value(points)[1])

    def slope(self, points, create_graph=False):
        """The gradient's component along the directions."""
        leaves, value = self.leaves_and_value(points)
        found = grad(value, leaves, allow_unused=True, create_graph=create_graph)
        result = 0.0
        for g, d in zip(found, self.directions, strict=True):
            if g is not None:
                result = result + (g * d).sum()
        return leaves, result

    def moved(self, index, step):
        points = list(self.points)
        points[index] = points[index] + step * self.directions[index]
        return points


@every_entry
@settings(max_examples=max(2, settings.default.max_examples // 5))
@given(seed=SEEDS)
def test_gradients_are_those_of_central_differences(entry, seed):
    with floatx("float64"):
        probe = Probe(entry, seed)
        leaves, value = probe.leaves_and_value(probe.points)
        found = grad(value, leaves, allow_unused=True) if leaves else []
        for i, g in enumerate(found):
            step = 1e-5
            up, down = (probe.value(probe.moved(i, s)) for s in (step, -step))
            got = 0.0 if g is None else float((g * probe.directions[i]).sum())
            check(entry, got, (up - down) / (2 * step), value)


@select(second_order=True)
@settings(max_examples=max(2, settings.default.max_examples // 8))
@given(seed=SEEDS)
def test_second_derivatives_are_those_of_central_differences(entry, seed):
    with floatx("float64"):
        probe = Probe(entry, seed)
        if not probe.points:
            return
        leaves, slope = probe.slope(probe.points, create_graph=True)
        if not isinstance(slope, Tensor) or slope.node is None:
            found = [None] * len(leaves)
        else:
            found = grad(slope, leaves, allow_unused=True)
        for i, g in enumerate(found):
            step = 1e-5
            up, down = (float(probe.slope(probe.moved(i, s))[1]) for s in (step, -step))
            got = 0.0 if g is None else float((g * probe.directions[i]).sum())
            check(entry, got, (up - down) / (2 * step), slope)


def check(entry, got, wanted, scale):
    limit = entry.tolerance * (1 + abs(wanted) + abs(float(scale)))
    assert abs(got - wanted) <= limit, (got, wanted)


@pytest.mark.parametrize(
    "entry",
    [e for e in ENTRIES if "data_format" in e.cls.fields and e.formats_agree],
    ids=str,
)
def test_both_data_formats_agree(entry):
    last, values = built(entry, data_format="channels_last")
    first = entry.make(data_format="channels_first")
    moved = [np.moveaxis(v, -1, 1) for v in values]
    first.ensure_built([v.shape for v in moved] if entry.several else moved[0].shape)
    first.set_weights(last.get_weights())
    kwargs = mode(entry) if not entry.random else {}
    for a, b in zip(
        entry.run(last, values, **kwargs),
        entry.run(first, moved, **kwargs),
        strict=True,
    ):
        b = b.numpy()
        if b.shape != a.shape or b.ndim > 2:
            b = np.moveaxis(b, 1, -1)
        assert_close(b, a.numpy(), 1e-5)


# ---- masks ----


def masks_for(entry, values):
    mask = np.ones(values[0].shape[:2], bool)
    mask[0, 1:] = False
    return mask


@select(mask="refuses")
def test_mask_is_refused(entry):
    layer, values = built(entry)
    masks = [masks_for(entry, values)] * len(values)
    with pytest.raises(TypeError, match=r"does not support masking"):
        layer.compute_mask(entry.joined(values), entry.joined(masks))


@select(mask="passes")
def test_mask_is_passed_on(entry):
    layer, values = built(entry)
    mask = masks_for(entry, values)
    outputs, found = layer.run_masked(Tensor(values[0]), mask)
    np.testing.assert_array_equal(found, mask)
    assert outputs is not None


@select(mask="uses")
def test_mask_is_used_up(entry):
    layer, values = built(entry)
    mask = masks_for(entry, values)
    y, found = layer.run_masked(Tensor(values[0]), mask)
    assert found is None or all(m is None for m in found)
    changed = values[0].copy()
    changed[0, 1:] += 1.0
    z, _ = layer.run_masked(Tensor(changed), mask)
    y, z = (v[0] if isinstance(v, list) else v for v in (y, z))
    np.testing.assert_allclose(y.numpy(), z.numpy(), atol=1e-6)


@select(mask="makes")
def test_mask_is_made(entry):
    layer, values = built(entry)
    x = values[0]
    x[0, 1] = 0
    _, found = layer.run_masked(Tensor(x), None)
    assert found.dtype == bool
    assert not found[0, 1]


@select(mask="joins")
def test_masks_of_several_inputs_are_accepted(entry):
    layer, values = built(entry)
    masks = [masks_for(entry, values), None, None][: len(values)]
    layer.compute_mask([Tensor(v) for v in values], [None] * len(values))
    layer.run_masked([Tensor(v) for v in values], masks)


# ---- randomness ----


@select(random=True)
def test_same_seed_repeats_and_batches_differ(entry):
    values = entry.arrays(0, "float32")
    runs = []
    for _ in range(2):
        layer, _ = built(entry)
        calls = [entry.run(layer, values, training=True) for _ in range(2)]
        runs.append([y.numpy() for outputs in calls for y in outputs])
    for first, second in zip(*runs, strict=True):
        np.testing.assert_array_equal(first, second)
    half = len(runs[0]) // 2
    assert not np.array_equal(runs[0][0], runs[0][half])

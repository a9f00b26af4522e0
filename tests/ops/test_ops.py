"""Every operation against its entry in `domains.py`: values, gradients, kinds of input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorlearn import ops
from tensorlearn.autograd import PRIMITIVES, Tensor, grad, jvp, vjp
from tensorlearn.autograd.graph import leaf
from tensorlearn.autograd.tensor import wrap
from tests.ops import network_domains  # noqa: F401 - adds to the table
from tests.ops.domains import DOMAINS

every_operation = pytest.mark.parametrize("domain", DOMAINS, ids=lambda d: d.name)
smooth_operation = pytest.mark.parametrize(
    "domain", [d for d in DOMAINS if d.smooth], ids=lambda d: d.name
)
mixing_operation = pytest.mark.parametrize(
    "domain", [d for d in DOMAINS if d.mixes], ids=lambda d: d.name
)


# ---- the table is complete ----


def test_every_primitive_and_public_operation_has_a_domain():
    ours = {
        name
        for name, primitive in PRIMITIVES.items()
        if getattr(primitive.forward, "__module__", "numpy").startswith(
            ("tensorlearn", "numpy")
        )
    }
    public = {n for n in ops.__all__ if callable(getattr(ops, n))}
    names = [d.name for d in DOMAINS]
    assert sorted(names) == sorted(set(names))
    assert set(names) == ours | public


# ---- helpers ----


def traced(array):
    """A leaf around this very array, whatever its layout; integers become constants."""
    node = leaf(array.shape, array.dtype) if array.dtype.kind == "f" else None
    return wrap(array, node)


def listed(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def plain(value):
    return value.data if isinstance(value, Tensor) else np.asarray(value)


def call(domain, case, inputs):
    return listed(domain.function(*inputs, **case.params))


def weights_for(domain, case, rng):
    """A random weight for every output, and a direction for every float input."""
    arrays = case.arrays()
    outputs = call(domain, case, arrays)
    us = [rng.uniform(-1, 1, np.shape(y)) for y in outputs]
    vs = [rng.uniform(-1, 1, a.shape) for a in arrays if a.dtype.kind == "f"]
    return us, vs


def along(domain, case, vs):
    """t -> the inputs, moved by t along the direction."""

    def at(t):
        directions = iter(vs)
        return [
            np.asarray(a + t * next(directions)) if a.dtype.kind == "f" else a
            for a in case.arrays()
        ]

    return at


def slope(function, step=1e-3):
    """d/dt at 0, by central differences of fourth order."""
    near = function(step) - function(-step)
    far = function(2 * step) - function(-2 * step)
    return (8 * near - far) / (12 * step)


def weighted(us, outputs):
    return sum((np.sum(u * plain(y)) for u, y in zip(us, outputs, strict=True)), 0.0)


def gradients(domain, case, inputs, us, create_graph=False):
    """The leaves, and the gradients of the weighted outputs with respect to them."""
    leaves = [traced(a) for a in inputs]
    outputs = call(domain, case, leaves)
    floats = [x for x in leaves if x.node is not None]
    total = sum((ops.reduce_sum(y * u) for y, u in zip(outputs, us, strict=True)), 0.0)
    return floats, grad(total, floats, create_graph=create_graph, allow_unused=True)


def product(vs, gs):
    return sum(
        (np.sum(v * plain(g)) for v, g in zip(vs, gs, strict=True) if g is not None),
        0.0,
    )


def assert_values(domain, case):
    for dtype, rtol in ((np.float64, 1e-10), (np.float32, domain.rtol)):
        inputs = case.arrays(dtype)
        want = listed(domain.reference(*case.arrays(), **case.params))
        by_array = call(domain, case, inputs)
        by_tensor = call(domain, case, [traced(a) for a in inputs])
        assert len(want) == len(by_array) == len(by_tensor)
        for w, a, t in zip(want, by_array, by_tensor, strict=True):
            assert np.shape(a) == np.shape(t) == np.shape(w)
            assert isinstance(t, Tensor) == domain.smooth
            assert not isinstance(t, Tensor) or isinstance(t.data, np.ndarray)
            np.testing.assert_array_equal(plain(t), a, strict=True)
            np.testing.assert_allclose(a, w, rtol=rtol, atol=rtol)
            if domain.smooth:
                assert plain(t).dtype == dtype


def assert_gradients(domain, case):
    rng = np.random.default_rng(0)
    us, vs = weights_for(domain, case, rng)
    at = along(domain, case, vs)

    floats, gs = gradients(domain, case, at(0), us)
    for x, g in zip(floats, gs, strict=True):
        assert g is None or (g.shape, g.dtype) == (x.shape, x.dtype)
    numeric = slope(lambda t: weighted(us, call(domain, case, at(t))))
    np.testing.assert_allclose(product(vs, gs), numeric, rtol=1e-6, atol=1e-8)

    ws = [rng.uniform(-1, 1, x.shape) for x in floats]
    floats, gs = gradients(domain, case, at(0), us, create_graph=True)
    pairs = [(w, g) for w, g in zip(ws, gs, strict=True) if g is not None]
    total = sum((ops.reduce_sum(g * w) for w, g in pairs), 0.0)
    if isinstance(total, Tensor) and total.node is not None:
        second = product(vs, grad(total, floats, allow_unused=True))
    else:
        second = 0.0
    numeric = slope(lambda t: product(ws, gradients(domain, case, at(t), us)[1]))
    np.testing.assert_allclose(second, numeric, rtol=1e-6, atol=1e-7)


# ---- the tests ----


@every_operation
@given(data=st.data())
def test_values_are_those_of_numpy(domain, data):
    assert_values(domain, data.draw(domain.cases))


@every_operation
def test_values_at_the_edges(domain):
    for case in domain.edges:
        assert_values(domain, case)


@smooth_operation
@given(data=st.data())
def test_gradients_of_first_and_second_order(domain, data):
    assert_gradients(domain, data.draw(domain.cases))


@smooth_operation
def test_gradients_at_the_edges(domain):
    for case in domain.edges:
        assert_gradients(domain, case)


@smooth_operation
@given(data=st.data())
def test_jvp_is_the_transpose_of_vjp(domain, data):
    case = data.draw(domain.cases)
    us, vs = weights_for(domain, case, np.random.default_rng(1))
    arrays = case.arrays()
    floats = [a for a in arrays if a.dtype.kind == "f"]

    def first_output(*moved):
        moving = iter(moved)
        inputs = [next(moving) if a.dtype.kind == "f" else a for a in arrays]
        return call(domain, case, inputs)[0]

    if not us:
        return
    _, forwards = jvp(first_output, floats, vs)
    _, pull = vjp(first_output, *floats)
    np.testing.assert_allclose(
        np.sum(us[0] * forwards), product(vs, listed(pull(us[0]))), rtol=1e-9, atol=1e-9
    )


@smooth_operation
@given(data=st.data())
def test_the_way_back_changes_nothing_that_is_kept(domain, data):
    case = data.draw(domain.cases)
    leaves = [traced(a) for a in case.arrays()]
    outputs = [y for y in call(domain, case, leaves) if y.node is not None]
    weights = [np.cos(np.arange(y.size)).reshape(y.shape) for y in outputs]
    values = [y.numpy().copy() for y in outputs]
    floats = [x for x in leaves if x.node is not None]
    total = sum(((y * w).sum() for y, w in zip(outputs, weights, strict=True)), 0.0)
    if isinstance(total, float):
        return
    once, again = (
        grad(total, floats, retain_graph=True, allow_unused=True) for _ in range(2)
    )
    for a, b in zip(once, again, strict=True):
        np.testing.assert_array_equal(a, b)
    for y, before in zip(outputs, values, strict=True):
        np.testing.assert_array_equal(y.numpy(), before)


@smooth_operation
@given(data=st.data())
def test_float32_stays_float32(domain, data):
    case = data.draw(domain.cases)
    leaves = [traced(a) for a in case.arrays(np.float32)]
    outputs = call(domain, case, leaves)
    assert all(y.dtype == np.float32 for y in outputs)
    if outputs and outputs[0].node is not None:
        outputs[0].backward(np.ones(outputs[0].shape))
    assert all(x.grad is None or x.grad.dtype == np.float32 for x in leaves)


@mixing_operation
@given(data=st.data())
def test_constants_adopt_the_precision_of_tensors(domain, data):
    case = data.draw(domain.cases)
    arrays = case.arrays()
    floats = [i for i, a in enumerate(arrays) if a.dtype.kind == "f"]
    chosen = data.draw(st.sampled_from(floats))
    kinds = [np.asarray, np.float64] + [np.ndarray.item] * domain.weak
    inputs = [
        data.draw(st.sampled_from(kinds))(a) if a.ndim == 0 else a for a in arrays
    ]
    inputs[chosen] = traced(arrays[chosen].astype(np.float32))
    y = call(domain, case, inputs)[0]
    assert y.dtype == np.float32
    if y.node is not None:
        y.backward(np.ones(y.shape))
        assert inputs[chosen].grad is None or inputs[chosen].grad.dtype == np.float32

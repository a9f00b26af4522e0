"""The way back: sums, order, hooks, freed and stale values, depth, memory, threads."""

import gc
import threading
import tracemalloc

import numpy as np
import pytest

from tensorlearn import ops
from tensorlearn.autograd import (
    PRIMITIVES,
    Parameter,
    Primitive,
    Tensor,
    enable_grad,
    grad,
    no_grad,
    primitive,
)
from tensorlearn.autograd.graph import Node


def leaf_of(*values, dtype=np.float64):
    return Tensor(np.array(values, dtype), requires_grad=True)


@pytest.fixture
def registry():
    """A place for primitives that last as long as the test."""
    before = dict(PRIMITIVES)
    yield
    PRIMITIVES.clear()
    PRIMITIVES.update(before)


# ---- sums ----


def test_diamond_adds_both_paths():
    x = leaf_of(3.0)
    a = x * x
    (a * x + a).backward(np.ones(1))
    assert x.grad.tolist() == [27 + 6]


def test_gradient_accumulates_until_it_is_forgotten():
    x = leaf_of(1.0)
    for wanted in (2, 4):
        (x * 2).backward()
        assert x.grad.tolist() == [wanted]
    x.zero_grad()
    assert x.grad is None
    (x * 2).backward()
    assert x.grad.tolist() == [2]


def test_accumulating_leaves_the_old_array_alone():
    x = leaf_of(1.0)
    (x * 2).backward()
    before = x.grad
    (x * 2).backward()
    assert before.tolist() == [2]


def test_gradient_can_be_set():
    x = leaf_of(1.0)
    x.grad = np.array([10.0])
    (x * 2).backward()
    assert x.grad.tolist() == [12]


def test_gradients_are_arrays_of_their_own():
    x, y = leaf_of(1.0, 2.0), leaf_of(3.0, 4.0)
    seed = np.ones(2)
    (x + y).backward(seed)
    x.grad *= 5
    assert (y.grad.tolist(), seed.tolist()) == ([1, 1], [1, 1])
    ops.reduce_sum(y).backward()
    y.grad += 1
    z = leaf_of(1.0)
    z.backward(seed[:1])
    z.grad += 1
    assert seed.tolist() == [1, 1]


def test_gradient_of_a_number_is_an_array():
    x = Tensor(2.0, requires_grad=True)
    (x * x).backward()
    assert isinstance(x.grad, np.ndarray)
    assert (x.grad.shape, float(x.grad)) == ((), 4)


def test_leaf_is_its_own_gradient():
    x = Tensor(2.0, requires_grad=True)
    x.backward()
    assert float(x.grad) == 1


def test_constants_and_integers_get_no_gradient():
    x = leaf_of(1.5)
    c = Tensor([2.0])
    (x * c * Tensor([2])).backward()
    assert c.grad is None
    assert not c.requires_grad


def test_nothing_flows_through_integers():
    x = leaf_of(1.5, 2.5)
    y = x.astype("int64").astype("float64") * x
    y.sum().backward()
    assert x.grad.tolist() == [1, 2]


def test_nothing_flows_through_steps():
    x = leaf_of(1.4, 2.6)
    for step in (ops.floor, ops.ceil, ops.round, ops.sign):
        assert grad(step(x).sum(), x, allow_unused=True) is None


# ---- what may be asked ----


def test_only_a_single_number_has_a_gradient_without_weights():
    with pytest.raises(ValueError, match=r"shape \(2,\), not a single number"):
        (leaf_of(1.0, 2.0) * 2).backward()
    (leaf_of(1.0) * 2).reshape(1, 1).backward()


def test_weights_must_have_the_shape_of_the_output():
    x = leaf_of(1.0, 2.0)
    with pytest.raises(ValueError, match=r"output's shape \(2,\), got \(3,\)"):
        (x * 2).backward(np.ones(3))
    (x * 2).backward([1.0, 10.0])
    (x * 2).backward(Tensor([1.0, 10.0]))
    assert x.grad.tolist() == [4, 40]


@pytest.mark.parametrize(
    "ask",
    [
        lambda x: x.backward(),
        lambda x: x.retain_grad(),
        lambda x: x.register_hook(print),
        lambda x: setattr(x, "grad", None),
    ],
)
def test_constants_have_no_gradient_and_say_so(ask):
    with pytest.raises(RuntimeError, match="this Tensor does not require a gradient"):
        ask(Tensor([1.0]))


# ---- recording ----


def test_no_grad_records_nothing():
    x = leaf_of(1.0)
    with no_grad():
        y = x * 2
        with enable_grad():
            z = x * 2
        w = x * 2
    assert (y.node, w.node) == (None, None)
    assert z.requires_grad
    assert (x * 2).requires_grad


def test_no_grad_decorates():
    @no_grad()
    def quiet(x):
        """Doubles."""
        return x * 2

    @enable_grad()
    def loud(x):
        return x * 2

    x = leaf_of(1.0)
    assert not quiet(x).requires_grad
    assert not quiet(x).requires_grad
    with no_grad():
        assert loud(x).requires_grad
    assert (quiet.__name__, quiet.__doc__) == ("quiet", "Doubles.")


def test_no_grad_survives_exceptions():
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert (leaf_of(1.0) * 2).requires_grad


def test_no_grad_takes_no_function():
    with pytest.raises(TypeError):
        no_grad(lambda x: x)


def test_threads_record_by_themselves():
    x = leaf_of(1.0)
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append((x * 2).requires_grad))
        thread.start()
        thread.join()
    assert seen == [True]


def test_threads_do_not_disturb_each_other():
    def work(k):
        x = leaf_of(float(k))
        y = x
        for _ in range(200):
            y = y * 1.0 + x
        y.backward()
        found[k] = x.grad.tolist()

    found = {}
    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {k: [201.0] for k in range(8)}


def test_detach_stops_gradients():
    x = leaf_of(3.0)
    (x * x.detach()).backward()
    assert x.grad.tolist() == [3]


# ---- hooks ----


def test_hooks_see_the_complete_gradient_in_order():
    x = leaf_of(1.0)
    y = x * 2
    seen = []
    y.register_hook(lambda g: seen.append(("first", g.tolist())))
    y.register_hook(lambda g: g * 10)
    y.register_hook(lambda g: seen.append(("last", g.tolist())))
    (y * 3 + y).backward()
    assert seen == [("first", [4]), ("last", [40])]
    assert x.grad.tolist() == [80]


def test_a_hook_may_write_into_its_gradient():
    x, z = leaf_of(1.0), leaf_of(2.0)

    def tenfold(g):
        g *= 10

    x.register_hook(tenfold)
    (x + z).backward()
    assert (x.grad.tolist(), z.grad.tolist()) == ([10], [1])


def test_hooks_can_be_removed():
    x = leaf_of(1.0)
    calls = []
    hook = calls.append
    remove, keep = x.register_hook(hook), x.register_hook(hook)
    remove()
    remove()
    (x * 2).backward()
    assert len(calls) == 1
    keep()
    (x * 2).backward()
    assert len(calls) == 1


def test_a_hook_may_remove_itself():
    x = leaf_of(1.0)
    calls = []

    def once(g):
        calls.append(g)
        remove()

    remove = x.register_hook(once)
    for _ in range(2):
        (x * 2).backward()
    assert len(calls) == 1


def test_a_hook_on_a_leaf_changes_what_is_stored():
    x = leaf_of(1.0)
    x.register_hook(lambda g: -g)
    (x * 2).backward()
    assert x.grad.tolist() == [-2]


@pytest.mark.parametrize("answer", [1.0, [1.0], np.ones(3)])
def test_a_hook_must_keep_the_shape(answer):
    x = leaf_of(1.0, 2.0)
    x.register_hook(lambda g: answer)
    with pytest.raises(
        ValueError, match=r"must return None or a gradient of shape \(2,\)"
    ):
        (x * 2).sum().backward()


def test_retain_grad_keeps_gradients_of_results():
    x = leaf_of(1.0)
    y = x * 2
    y.retain_grad()
    z = y * 3
    z.backward(retain_graph=True)
    assert y.grad.tolist() == [3]
    z.backward()
    assert (y.grad.tolist(), x.grad.tolist()) == ([6], [12])
    assert z.grad is None


def test_retain_grad_on_a_leaf_changes_nothing():
    x = leaf_of(1.0)
    x.retain_grad()
    (x * 2).backward()
    assert x.grad.tolist() == [2]


def test_grad_leaves_retained_gradients_alone():
    x = leaf_of(1.0)
    y = x * 2
    y.retain_grad()
    grad(y * 3, x)
    assert (x.grad, y.grad) == (None, None)


# ---- freed and stale ----


def test_second_backward_explains_itself():
    x = leaf_of(2.0)
    y = x * x
    y.backward()
    with pytest.raises(
        RuntimeError, match=r"'multiply' saved were freed .* retain_graph"
    ):
        y.backward()


def test_retain_graph_allows_another_backward():
    x = leaf_of(2.0)
    y = x * x
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [8]


def test_a_shared_part_is_freed_for_both():
    x = leaf_of(2.0)
    shared = x * x
    (shared * 2).backward()
    with pytest.raises(RuntimeError, match="freed by an earlier backward"):
        (shared * 3).backward()


def test_a_freed_part_is_never_silently_left_out():
    x = leaf_of(2.0)
    shared = x * x
    shared.backward()
    with pytest.raises(RuntimeError, match="freed by an earlier backward"):
        grad(shared * x, x)
    with pytest.raises(RuntimeError, match="freed by an earlier backward"):
        grad(shared * x, [shared, x])
    assert grad(shared * x, shared).tolist() == [2]


def test_backward_frees_values():
    x = leaf_of(2.0)
    a = x * x
    y = a * 3.0
    node = a.node
    y.backward()
    assert node.inputs is None
    assert node.parents == ()


def test_a_parameter_written_in_place_raises():
    w = Parameter([2.0], "w")
    y = w * w
    w.assign([3.0])
    with pytest.raises(
        RuntimeError, match=r"Parameter was written .* 'multiply' had used"
    ):
        y.backward()
    (w * w).backward()
    assert w.grad.tolist() == [6]


def test_a_frozen_parameter_may_be_written():
    x, s = leaf_of(2.0), Parameter(np.array([3.0]), trainable=False)
    y = x * s
    s.assign([100.0])
    y.backward()
    assert x.grad.tolist() == [3]


# ---- several outputs ----


def test_outputs_may_be_used_in_part():
    x = leaf_of(1.0, 2.0, 3.0, 4.0)
    first, _, third, _ = x
    (first * third).backward()
    assert x.grad.tolist() == [3, 0, 1, 0]


def test_outputs_may_be_used_again_and_again():
    x = leaf_of(1.0, 2.0, 3.0)
    a, b = ops.split(x, [1, 2])
    (a * a + a + (b * b).sum()).backward()
    assert x.grad.tolist() == [3, 4, 6]


def test_outputs_have_gradients_and_hooks():
    x = leaf_of(1.0, 2.0)
    a, b = x
    b.register_hook(lambda g: g * 10)
    assert grad(a * b, [a, b], retain_graph=True) == [2, 10]
    (a * b).backward()
    assert x.grad.tolist() == [2, 10]


def test_second_order_through_outputs():
    x = leaf_of(1.0, 2.0, 3.0)
    a, _, c = x
    (slope,) = grad(a**2 * c, [x], create_graph=True)
    assert slope.numpy().tolist() == [6, 0, 1]
    assert grad(slope.sum(), x).tolist() == [6 + 2, 0, 2]


@pytest.mark.usefixtures("registry")
def test_second_order_where_the_pullback_uses_the_outputs():
    @primitive(outputs=True)
    def sine_and_cosine(x):
        return np.sin(x), np.cos(x)

    @sine_and_cosine.joint_pullback
    def _(g, y, _x):
        return [g[0] * y[1] - g[1] * y[0]]

    x = leaf_of(0.3)
    s, c = sine_and_cosine(x)
    slope = grad(s * c, x, create_graph=True)
    np.testing.assert_allclose(slope.numpy(), np.cos(0.6))
    np.testing.assert_allclose(grad(slope, x), -2 * np.sin(0.6))


# ---- depth and width ----


def chain(length):
    x = leaf_of(1.0)
    y = x
    for _ in range(length):
        y = y + 1.0
    y.backward()
    assert x.grad.tolist() == [1]


def test_a_chain_of_100_000_needs_no_recursion():
    chain(100_000)


@pytest.mark.slow
def test_a_chain_of_1_000_000_needs_no_recursion():
    chain(1_000_000)


def test_a_long_chain_is_dropped_without_recursion():
    y = leaf_of(1.0)
    for _ in range(100_000):
        y = y * 1.0
    del y


def test_grad_and_second_order_need_no_recursion():
    x = leaf_of(1.0)
    y = x
    for _ in range(3000):
        y = y * 1.0 + 0.0
    slope = grad(y * x, x, create_graph=True)
    assert grad(slope, x).tolist() == [2]


@pytest.mark.usefixtures("registry")
def test_fan_in_costs_one_pullback_per_edge():
    calls = []
    count = Primitive("count", np.positive, [lambda g, *_: calls.append(0) or g])
    x = leaf_of(1.0)
    y = ops.concatenate([count(x) for _ in range(10_000)])
    y.sum().backward()
    assert x.grad.tolist() == [10_000]
    assert len(calls) == 10_000


@pytest.mark.usefixtures("registry")
def test_ladder_of_diamonds_visits_every_node_once():
    calls = []
    count = Primitive("count", np.positive, [lambda g, *_: calls.append(0) or g])
    x = leaf_of(1.0)
    y = x
    for _ in range(60):  # 2^60 paths
        y = count(y) * 0.5
        y = y + y
    y.backward()
    assert x.grad.tolist() == [1]
    assert len(calls) == 60


# ---- memory ----


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def training_step(w, x):
    a, b = ops.split(ops.tanh(x @ w), 2)
    y = ops.concatenate([a * b, ops.softmax(a)])
    (y * y).mean().backward()
    w.assign(w.numpy() - 0.1 * w.grad)
    w.zero_grad()


@pytest.mark.usefixtures("no_collector")
def test_steps_leave_no_cycles():
    w, x = Parameter(np.ones((4, 6))), Tensor(np.ones((5, 4)))
    for _ in range(3):
        training_step(w, x)
        grad(ops.tanh(x @ w).sum(), w)
    assert gc.collect() == 0


@pytest.mark.usefixtures("no_collector")
def test_second_order_leaves_no_cycles():
    w = Parameter(np.ones(4))
    slope = grad((w**3).sum(), w, create_graph=True)
    grad(slope.sum(), w)
    del slope
    assert gc.collect() == 0


def alive():
    """How many nodes and Tensors there are."""
    return sum(isinstance(thing, (Node, Tensor)) for thing in gc.get_objects())


@pytest.mark.usefixtures("no_collector")
def test_memory_is_flat_over_1000_steps():
    w, x = Parameter(np.ones((4, 6))), Tensor(np.ones((5, 4)))
    training_step(w, x)
    nodes = alive()
    tracemalloc.start()
    try:
        for _ in range(1000):
            training_step(w, x)
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert alive() == nodes
    assert (
        size < 300_000
    )  # what Python itself keeps for later; a node a step has 400 kB


def test_values_that_no_pullback_needs_are_not_kept():
    x = leaf_of(1.0)
    assert (x + 1.0).node.inputs == [None, None]
    assert (x + 1.0).node.output is None
    assert ops.exp(x).node.output is not None
    assert ops.exp(x).node.inputs == [None]

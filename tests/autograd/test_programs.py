"""Random programs: whatever the graph, its gradients are the measured slopes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tensorlearn import ops
from tensorlearn.autograd import Tensor, grad, hvp

SHAPE = (2, 3)

STEPS = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b * 0.5,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / (b * b + 1.0),
    "itself": lambda a, b: a * a * 0.3,
    "tanh": lambda a, b: ops.tanh(a + b),
    "broadcast": lambda a, b: a * b.mean(axis=1, keepdims=True),
    "row": lambda a, b: a - ops.logsumexp(b, axis=0),
    "matmul": lambda a, b: ops.tanh(a @ b.T @ a),
    "swap": lambda a, b: ops.concatenate(ops.split(a, [1, 2])[::-1]),
    "first of many": lambda a, b: a + next(iter(b)),
    "rows": lambda a, b: a[np.array([1, 1])] * b,
    "stack": lambda a, b: ops.stack([a, b, a]).mean(axis=0),
    "softmax": lambda a, b: ops.softmax(a) * b,
    "constant": lambda a, b: ops.where(np.eye(*SHAPE) > 0, a, b.detach()),
}

programs = st.lists(
    st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 9), st.integers(0, 9)),
    min_size=1,
    max_size=12,
)


def run(program, x, y):
    """The values of a program: every step takes two of those before it."""
    values = [x, y]
    for name, i, j in program:
        values.append(STEPS[name](values[i % len(values)], values[j % len(values)]))
    return values


def at(program, *arrays):
    """The program's result as a number."""
    return run(program, *arrays)[-1].sum()


def start(seed):
    return np.random.default_rng(seed).uniform(-1, 1, (2, *SHAPE))


def frozen(program):
    """Without detach, which the measure cannot see."""
    return [(name, i, j) for name, i, j in program if name != "constant"] or [
        ("add", 0, 1)
    ]


@given(programs.map(frozen), st.integers(0, 99))
def test_gradients_are_the_measured_slopes(program, seed):
    x, y = start(seed)
    v = start(seed + 1)
    leaves = [Tensor(a, requires_grad=True) for a in (x, y)]
    gs = grad(at(program, *leaves), leaves, allow_unused=True)
    found = sum(np.sum(g * d) for g, d in zip(gs, v, strict=True) if g is not None)

    def value(t):
        return float(at(program, Tensor(x + t * v[0]), Tensor(y + t * v[1])))

    step = 1e-3
    near, far = value(step) - value(-step), value(2 * step) - value(-2 * step)
    np.testing.assert_allclose(
        found, (8 * near - far) / (12 * step), rtol=1e-5, atol=1e-6
    )


@given(programs, st.integers(0, 99))
def test_every_way_of_asking_gives_the_same(program, seed):
    x, y = (Tensor(a, requires_grad=True) for a in start(seed))
    values = run(program, x, y)
    inside = [v for v in values if v.requires_grad]
    total = values[-1].sum() + 0.0 * x.sum()
    every = grad(total, inside, retain_graph=True, allow_unused=True)
    for value, wanted in zip(inside, every, strict=True):
        alone = grad(total, value, retain_graph=True, allow_unused=True)
        np.testing.assert_equal(alone, wanted)
    recorded = grad(total, inside, create_graph=True, allow_unused=True)
    for one, other in zip(recorded, every, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            np.testing.assert_allclose(one.numpy(), other, rtol=1e-12, atol=1e-12)
    total.backward()
    for leaf in (x, y):
        wanted = grad_of(leaf, inside, every)
        np.testing.assert_equal(leaf.grad, wanted)


def grad_of(leaf, inside, every):
    return next(g for v, g in zip(inside, every, strict=True) if v is leaf)


@given(programs.map(frozen), st.integers(0, 99))
def test_hessians_are_symmetric(program, seed):
    x, y = start(seed)
    v, w = start(seed + 1)

    def function(t):
        return at(program, t, Tensor(y)) + (t * t).sum()

    np.testing.assert_allclose(
        np.sum(v * hvp(function, x, w)),
        np.sum(w * hvp(function, x, v)),
        rtol=1e-7,
        atol=1e-9,
    )

"""The doctor names every mistake, and finds none where there is none."""

import json
from operator import attrgetter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorlearn import ops, wording
from tensorlearn.autograd import Tensor, grad
from tensorlearn.testing import (
    GradientError,
    check_engine,
    check_gradient,
    check_layer,
)
from tensorlearn.testing.texts import SENTENCES
from tests.ops.domains import DOMAINS
from tests.testing import right
from tests.testing.bugs import BUGS
from tests.testing.right import FUNCTIONS, W, X

# ---- every mistake has its diagnosis ----


@pytest.mark.parametrize(
    ("code", "check"), BUGS, ids=[f"{i}-{code}" for i, (code, _) in enumerate(BUGS)]
)
def test_mistakes_get_their_diagnosis(code, check):
    with pytest.raises(GradientError) as caught:
        check()
    error = caught.value
    assert error.code == code, str(error)
    assert error.cause
    assert error.remedy
    assert error.cause in str(error)


def test_every_diagnosis_has_a_mistake():
    assert {code for code, _ in BUGS} == set(SENTENCES)


# ---- right code is never accused ----


@pytest.mark.parametrize("name", FUNCTIONS)
def test_right_functions_are_not_accused(name):
    forward, backward, inputs = FUNCTIONS[name]
    check_gradient(forward, backward, *inputs)


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (right.Dense, {"accumulates": False}),
        (right.Dense(), {}),
        (right.Named, {"params": {"W": "dW"}}),
        (right.Dropout, {"training": True}),
        (right.Dropout, {"training": False}),
        (right.Normalize, {"training": True}),
        (right.Normalize, {"training": False}),
    ],
)
def test_right_layers_are_not_accused(make, options):
    check_layer(make, X, **options)


@pytest.mark.parametrize("build", [lambda x, y: x * y, lambda x, y: x * x * y + x])
def test_right_engines_are_not_accused(build):
    check_engine(build, 2.0, -3.0, leaf=right.Value)


def test_tensors_are_an_engine():
    def leaf(x):
        return Tensor(x, requires_grad=True)

    check_engine(lambda x: ops.tanh(x @ W), X, leaf=leaf)


SIZES = st.integers(1, 4)


@given(SIZES, SIZES, SIZES, st.integers(0, 9), st.sampled_from([0, 1, 8]))
def test_right_code_is_not_accused_at_any_size(N, D, U, seed, decimals):
    """Rounded numbers have ties and zeros, where there are kinks."""
    rng = np.random.default_rng(seed)
    x, W, b = (rng.normal(size=s).round(decimals) for s in [(N, D), (D, U), (U,)])
    check_gradient(right.dense, right.dense_back, x, W, b)
    labels = rng.integers(0, D, N)
    check_gradient(right.cross_entropy, right.cross_entropy_back, x, labels)
    for name in ("relu", "tanh", "softmax", "abs at 0", "max of ties", "clip"):
        forward, backward, _ = FUNCTIONS[name]
        check_gradient(forward, backward, x)
    check_gradient(right.pool, right.pool_back, rng.normal(size=(N, D + 2, U)))


@pytest.mark.parametrize(
    "domain", [d for d in DOMAINS if d.smooth], ids=attrgetter("name")
)
def test_no_operation_is_accused(domain):
    """Every operation of the library by its own forward and backward."""

    @settings(max_examples=3)
    @given(domain.cases)
    def check(case):
        def outputs(inputs):
            y = domain.function(*inputs, **case.params)
            listed = y if isinstance(y, (tuple, list)) else [y]
            return [part for part in listed if part.dtype.kind == "f"]

        def forward(*inputs):
            return tuple(np.asarray(y) for y in outputs(inputs))

        def backward(g, *inputs):
            leaves = [_leaf(x) for x in inputs]
            weights = g if isinstance(g, tuple) else (g,)
            parts = [
                (y * w).sum() for y, w in zip(outputs(leaves), weights, strict=True)
            ]
            wanted = [x for x in leaves if isinstance(x, Tensor)]
            found = grad(sum(parts[1:], start=parts[0]), wanted, allow_unused=True)
            pairs = zip(wanted, found, strict=True)
            return tuple(np.zeros(x.shape) if dx is None else dx for x, dx in pairs)

        inputs = [np.array(x) for x in case.arrays()]
        if any(x.dtype.kind == "f" for x in inputs):
            check_gradient(forward, backward, *inputs, shrink=False)

    check()


def _leaf(x):
    return Tensor(x, requires_grad=True) if np.asarray(x).dtype.kind == "f" else x


# ---- what is said ----


def test_the_worst_element_and_the_smallest_example_are_shown():
    x = np.array([[0.5, -1.5, 2.0], [1.0, 0.25, -0.75]])
    place = np.zeros((2, 3))
    place[1, 0] = 1.0

    def back(g, x):
        return 2 * x + place[: len(x), : x.shape[1]]

    with pytest.raises(GradientError) as caught:
        check_gradient(lambda x: (x**2).sum(), lambda g, x: g * back(g, x), x)
    error = caught.value
    assert (error.where, error.index, error.code) == ("x", (1, 0), "part")
    g = error.numeric / 2
    assert error.analytic == pytest.approx(3 * g)
    assert error.absolute == pytest.approx(abs(g), rel=1e-5)
    assert error.relative == pytest.approx(1 / 3, rel=1e-5)
    assert error.example["x"].shape == (2, 1)
    assert "worst element [1, 0]" in str(error)
    assert "smallest failing example: x = [[" in str(error)


def test_facts_are_ready_for_json():
    with pytest.raises(GradientError) as caught:
        check_gradient(np.sqrt, lambda g, x: g / 0.0 * x, np.ones(2))
    facts = json.loads(json.dumps(caught.value.facts()))
    assert facts["code"] == "nan"
    assert facts["analytic"] in ("inf", "-inf")
    assert facts["example"] == {"x": [1.0]}


def test_it_speaks_chinese():
    wording.set_language("zh")
    with pytest.raises(GradientError, match="符号相反") as caught:
        check_gradient(np.negative, lambda g, x: g, X)
    assert caught.value.code == "sign"


def test_every_sentence_can_be_said_without_fields():
    for code, sentences in SENTENCES.items():
        cause, remedy = sentences()
        assert cause, code
        assert remedy, code


def test_strategies_are_drawn_and_shrunk():
    sizes = st.integers(1, 5).map(lambda n: np.linspace(-1.0, 2.0, n + 1))
    check_gradient(np.tanh, right.tanh_back, sizes)
    with pytest.raises(GradientError) as caught:
        check_gradient(np.sin, lambda g, x: g, sizes)
    assert caught.value.example["x"].size == 2
    assert caught.value.code == "chain"


def test_the_same_is_said_every_time():
    def message():
        with pytest.raises(GradientError) as caught:
            check_gradient(right.softmax, right.tanh_back, X)
        return str(caught.value)

    assert message() == message()


def test_caches_are_handed_over():
    def forward(x):
        return np.tanh(x), np.tanh(x)

    check_gradient(forward, lambda g, y: g * (1 - y**2), X, style="cache")
    with pytest.raises(GradientError, match="factor"):
        check_gradient(forward, lambda g, y: g * (1 - y), X, style="cache")


def test_wrt_chooses_inputs():
    def loss(y, t):
        return ((y - t) ** 2).sum()

    def back(g, y, t):
        return g * 2 * (y - t)

    check_gradient(loss, back, X, X + 1, wrt="y")
    check_gradient(loss, back, X, X + 1, wrt=[0])


def test_errors_of_the_code_pass_through():
    def unfinished(g, x):
        raise NotImplementedError("2.1")

    with pytest.raises(NotImplementedError, match=r"2\.1"):
        check_gradient(np.tanh, unfinished, X)


def test_the_style_must_be_known():
    with pytest.raises(ValueError, match="`style` must be one of g, plain, cache"):
        check_gradient(np.tanh, right.tanh_back, X, style="h")


def test_np_random_is_left_as_it_was():
    np.random.seed(5)
    wanted = np.random.rand()
    np.random.seed(5)
    check_layer(right.Dropout, X, training=True)
    assert np.random.rand() == wanted

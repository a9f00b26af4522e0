"""gradcheck finds wrong gradients, names what is wrong, and accuses no right one."""

import subprocess
import sys

import numpy as np
import pytest

from tensorlearn import config, ops
from tensorlearn.autograd import PRIMITIVES, Parameter, Primitive, Tensor, primitive
from tensorlearn.testing import GradientError, gradcheck

X = np.array([[0.5, -1.5, 2.0], [1.0, 0.25, -0.75]])


@pytest.fixture(autouse=True)
def registry():
    before = dict(PRIMITIVES)
    yield
    PRIMITIVES.clear()
    PRIMITIVES.update(before)


def squares(rule):
    """x², with this pullback in place of g·2x."""
    return Primitive("squares", np.square, [rule])


# ---- wrong ones ----


@pytest.mark.parametrize(
    ("rule", "cause"),
    [
        (lambda g, _y, x: -g * x * 2.0, "the sign is opposite"),
        (lambda g, _y, x: g * x, "halved"),
        (lambda g, _y, x: g * x * 4.0, "doubled"),
        (lambda g, _y, x: g * x * (2.0 / 6), "6 times too small: a mean"),
        (lambda g, _y, x: g * 0.0 * x, "zero everywhere"),
        (lambda g, _y, x: None, "nothing was recorded"),
        (lambda g, _y, x: (g * x * 2.0)[:, ::-1], "reversed along axis 1"),
        (lambda g, _y, x: (g * x * 2.0)[..., :2], r"gave a gradient of shape \(2, 2\)"),
        (lambda g, _y, x: (g * x * 2.0).sum(), r"gave a gradient of shape \(\)"),
        (lambda g, _y, x: g * x * 2.0 / ops.relu(x), "2 elements are NaN or infinite"),
        (lambda g, _y, x: g * ops.relu(x) * 2.0, "only 2 of 6 elements are wrong"),
    ],
)
def test_wrong_pullbacks_are_named(rule, cause):
    with pytest.raises(GradientError, match=cause):
        gradcheck(squares(rule), X)


def test_a_missing_pullback_is_named():
    with pytest.raises(GradientError, match="'half' has no pullback for input 0"):
        gradcheck(Primitive("half", lambda x: x * 0.5), X)


def test_a_transposed_gradient_is_named():
    @primitive
    def product(a, b):
        return a @ b

    @product.pullback(0)
    def _(g, _y, _a, b):
        return b @ ops.transpose(g)  # not g @ bᵀ

    m = np.arange(9.0).reshape(3, 3) / 5
    with pytest.raises(GradientError, match="transposed"):
        gradcheck(lambda a: product(a, m), np.sin(m))


def test_a_missing_sum_over_a_broadcast_axis_is_named():
    @primitive
    def shifted(x, bias):
        return x + bias

    @shifted.joint_pullback
    def _(g, *_):
        return g, g

    with pytest.raises(
        GradientError, match=r"\(2, 3\) for an input of shape \(3,\); sum"
    ):
        gradcheck(shifted, X, X[0])


@pytest.mark.parametrize(
    "cut",
    [
        lambda x: Tensor(x.numpy() ** 2),
        lambda x: x.detach() ** 2,
        lambda x: x.numpy() ** 2,
    ],
)
def test_a_cut_path_is_named(cut):
    with pytest.raises(GradientError, match=r"analytic missing.* nothing was recorded"):
        gradcheck(cut, X)


def test_half_of_a_cut_path_is_found():
    with pytest.raises(GradientError, match=r"halved: .* through detach"):
        gradcheck(lambda x: x * x.detach(), X)


def test_the_worst_element_is_reported():
    place = np.zeros((2, 3))
    place[1, 0] = 1.0
    wrong = squares(lambda g, _y, x: g * (x * 2.0 + place))
    with pytest.raises(GradientError) as caught:
        gradcheck(lambda x: ops.reduce_sum(wrong(x)), X)
    error = caught.value
    assert (error.where, error.index) == ("input 0", (1, 0))
    assert error.analytic == pytest.approx(3.0)
    assert error.numeric == pytest.approx(2.0)
    assert "only 1 of 6" in error.cause
    assert str(error).startswith(
        "the gradient of <lambda> with respect to input 0 is wrong at [1, 0]: analytic 3, "
        "numeric 2 (absolute error 1, relative 0.33); likely cause: only 1 of 6"
    )


def test_only_the_second_order_may_be_wrong():
    def rule(g, _y, x):
        return g * Tensor(getattr(x, "data", x)) * 2.0  # right, but forgets about x

    gradcheck(squares(rule), X)
    with pytest.raises(
        GradientError, match=r"second derivative of squares .* recorded"
    ):
        gradcheck(squares(rule), X, order=2)


def test_the_input_that_is_wrong_is_named():
    wrong = Primitive(
        "product", np.multiply, [lambda g, _y, _a, b: g * b, lambda g, *_: g]
    )
    with pytest.raises(GradientError, match="with respect to input 1"):
        gradcheck(wrong, X, X + 1)
    kernel = Parameter(X + 1, "kernel")
    with pytest.raises(GradientError, match="of mine with respect to kernel"):
        gradcheck(lambda x: wrong(x, kernel), X, parameters=[kernel], name="mine")


# ---- large ones ----

LARGE = np.random.default_rng(0).normal(size=(60, 50))


def test_large_inputs_are_judged_by_projections():
    calls = []

    def counted(x):
        calls.append(0)
        return ops.relu(x) * ops.sin(x)

    gradcheck(counted, LARGE)
    assert len(calls) < 100


def test_one_wrong_element_among_many_is_found():
    place = np.zeros(LARGE.shape)
    place[33, 44] = 1.0
    wrong = squares(lambda g, _y, x: g * (x * 2.0 + place))
    with pytest.raises(GradientError) as caught:
        gradcheck(wrong, LARGE)
    assert caught.value.index == (33, 44)


def test_exhaustive_looks_at_every_element():
    calls = []

    def counted(x):
        calls.append(0)
        return x * x

    gradcheck(counted, LARGE[:20], exhaustive=True)
    assert len(calls) > 2 * 20 * 50
    with pytest.raises(GradientError, match="opposite"):
        gradcheck(squares(lambda g, _y, x: g * x * -2.0), X, exhaustive=False)


# ---- right ones ----


@pytest.mark.parametrize(
    ("function", "x"),
    [
        (lambda x: x * x, X),
        (ops.relu, np.array([0.0, 1.0, -1.0])),
        (ops.abs, np.array([0.0, 1e-6, 1e-9, -1e-7])),
        (ops.floor, np.array([1.0, 2.0, 1.5])),
        (lambda x: x.max(), np.array([1.0, 2.0, 2.0])),
        (lambda x: ops.sort(x), np.array([1.0, 1.0 + 1e-7, 0.5])),
        (lambda x: ops.maximum(x, 0.25), X),
        (lambda x: ops.clip(x, 0.25, 1.0), X),
        (lambda x: ops.exp(x * 20.0), X),
        (lambda x: ops.sin(x * 1000.0), X),
        (lambda x: ops.softplus(x * 1e4) / 1e4, np.array([1e-5, -1e-4, 0.5])),
        (lambda x: (x * 1e8) ** 2, X),
        (lambda x: (x * 1e-9) ** 2, X),
        (lambda x: x * 0.0, X),
        (lambda x: ops.power(x, 3), np.array([0.0, 1e-3, 100.0])),
        (lambda x: ops.cast(ops.cast(x, dtype="float32") ** 2, dtype="float64"), X),
        (lambda x: ops.cast(x, dtype="float32") ** 3, X),
        (lambda x: ops.reduce_std(x), np.ones(3)),
        (lambda x: x * x, 3.0),
        (lambda x: x * x, [1.0, 2.0]),
        (lambda x: x * x, Tensor([1.0, 2.0])),
        (lambda x: x * x, np.zeros((0, 3))),
        (lambda x: ops.split(x, 3), X),
        (lambda x: (x[0], np.arange(3), ops.argmax(x)), X),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_right_gradients_are_not_accused(function, x):
    gradcheck(function, x, order=1)


@pytest.mark.parametrize("function", [ops.tanh, ops.softmax, ops.logsumexp, ops.relu])
def test_right_second_derivatives_are_not_accused(function):
    gradcheck(function, X, order=2)


def test_integers_are_passed_on():
    gradcheck(lambda x, i, j, axis: x[i] * j, X, np.array([0, 0]), 3, None)
    gradcheck(lambda x, mode: x * x, X, "same")


def test_parameters_are_float64_for_the_check_and_then_as_before():
    w = Parameter(X.T, "kernel", dtype="float32")
    data, node = w.data, w.node
    seen = []

    def layer(x):
        seen.append(w.dtype)
        return ops.tanh(x @ w)

    gradcheck(layer, X, parameters=[w], order=2)
    assert set(seen) == {np.dtype("float64")}
    assert w.data is data
    assert w.node is node
    assert w.grad is None


def test_parameters_alone_suffice():
    w = Parameter([1.0, 2.0])
    gradcheck(lambda: (w * w).sum(), parameters=[w])


def test_floatx_does_not_matter():
    config.set_floatx("float16")
    gradcheck(lambda x: ops.exp(x * 2.0), X.tolist(), order=2)


def test_tolerances_and_step_can_be_chosen():
    nearly = squares(lambda g, _y, x: g * x * 2.002)
    with pytest.raises(GradientError):
        gradcheck(nearly, X)
    gradcheck(nearly, X, rtol=1e-2)
    gradcheck(nearly, X, atol=0.1)
    gradcheck(lambda x: x * x, X, eps=1e-2)


# ---- kinks ----


def test_a_slope_outside_both_sides_of_a_kink_is_called_so():
    wrong = Primitive("size", np.abs, [lambda g, *_: g * 5.0])
    with pytest.raises(
        GradientError, match=r"a kink: the slopes are -1 .* and 1 to the"
    ):
        gradcheck(lambda x: wrong(x).sum(), 0.0)


# ---- what cannot be checked ----


def test_random_functions_are_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="gives another result every time"):
        gradcheck(lambda x: ops.random.dropout(x, 0.5, rng), X)


def test_infinite_results_are_refused():
    with pytest.raises(ValueError, match="is not finite here"):
        gradcheck(ops.log, X)


def test_there_must_be_something_to_differentiate():
    with pytest.raises(ValueError, match="no input of <lambda> is floating-point"):
        gradcheck(lambda i: i, 3)
    with pytest.raises(TypeError, match=r"must return a Tensor of .*, got ndarray"):
        gradcheck(lambda x: x > 0, X)
    with pytest.raises(TypeError, match=r"must return a Tensor of .*, got NoneType"):
        gradcheck(lambda x: None, X)


def test_order_is_one_or_two():
    with pytest.raises(ValueError, match="`order` must be 1 or 2, got 3"):
        gradcheck(ops.exp, X, order=3)


def test_no_test_library_is_imported():
    code = (
        "import sys, tensorlearn.testing; "
        "sys.exit(bool({'pytest', 'hypothesis'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

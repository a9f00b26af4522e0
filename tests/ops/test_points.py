"""Single points that a random example would miss: kinks, ties, zeros, extremes, errors."""

import math

import numpy as np
import pytest

from tensorlearn import ops
from tensorlearn.autograd import Tensor, grad

INF = math.inf


def slope_of(function, *at):
    """The gradient of the sum of function(x), and of the gradient's sum."""
    x = Tensor(np.array(at), requires_grad=True)
    first = grad(function(x).sum(), x, create_graph=True)
    if first.node is None:
        return first.data.tolist(), [0.0] * len(at)
    second = grad(first.sum(), x, allow_unused=True)
    return first.data.tolist(), [0.0] * len(at) if second is None else second.tolist()


# ---- kinks: a finite slope, stated in the documentation of the operation ----


@pytest.mark.parametrize(
    ("function", "at", "wanted"),
    [
        (ops.abs, 0.0, 0),
        (ops.sqrt, 0.0, 0),
        (ops.relu, 0.0, 0),
        (lambda x: ops.clip(x, 0.0, 1.0), 0.0, 1),
        (lambda x: ops.clip(x, 0.0, 1.0), 1.0, 1),
        (lambda x: ops.clip(x, 0.0, 1.0), 1.1, 0),
        (lambda x: ops.clip(x, low=0.0), -0.1, 0),
        (lambda x: ops.clip(x, high=0.0), -0.1, 1),
        (lambda x: ops.clip(x), -0.1, 1),
        (lambda x: ops.maximum(x, 0.0), 0.0, 0.5),
        (lambda x: ops.minimum(0.0, x), 0.0, 0.5),
        (lambda x: ops.maximum(x, x), 3.0, 1),
        (ops.norm, 0.0, 0),
        (ops.reduce_std, 5.0, 0),
        (lambda x: x**0, 0.0, 0),
        (lambda x: x**1, 0.0, 1),
        (lambda x: x**2, 0.0, 0),
        (lambda x: x**2.0, 0.0, 0),
        (lambda x: x**3, 0.0, 0),
        (lambda x: x ** np.array([0.0]), 0.0, 0),
        (lambda x: x ** Tensor([1.0]), 0.0, 1),
        (lambda x: 0.0**x, 0.0, 0),
        (lambda x: 0.0**x, 2.0, 0),
        (lambda x: (-2.0) ** x, 2.0, 0),
    ],
)
def test_slope_at_a_kink_or_zero(function, at, wanted):
    (first,), (second,) = slope_of(function, at)
    assert first == wanted
    assert math.isfinite(second)


def test_powers_of_zero_have_their_second_derivatives():
    assert slope_of(lambda x: x**2, 0.0)[1] == [2]
    assert slope_of(lambda x: x**2.0, 0.0)[1] == [2]
    assert slope_of(lambda x: x**1, 0.0)[1] == [0]
    assert slope_of(lambda x: x**3, 0.0)[1] == [0]


def test_powers_of_negative_numbers():
    assert slope_of(lambda x: x**2, -3.0) == ([-6], [2])
    assert slope_of(lambda x: x**-1, -2.0) == ([-0.25], [-0.25])
    assert slope_of(lambda x: 2.0**x, 0.0)[0] == [pytest.approx(math.log(2))]


def test_a_vector_of_zeros_has_no_slope_of_its_length():
    assert slope_of(ops.norm, 0.0, 0.0)[0] == [0, 0]
    assert slope_of(ops.l2_normalize, 0.0, 0.0)[0] == [1e6, 1e6]


# ---- ties ----


@pytest.mark.parametrize(
    ("reduce", "wanted"),
    [(ops.reduce_max, [0, 0.5, 0.5]), (ops.reduce_min, [1, 0, 0])],
)
def test_ties_share_equally(reduce, wanted):
    assert slope_of(reduce, 1.0, 2.0, 2.0)[0] == wanted
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    assert grad(reduce(x), x).tolist() == [[1 / 6] * 3] * 2
    assert grad(reduce(x, axis=0).sum(), x).tolist() == [[0.5] * 3] * 2
    assert grad(reduce(x, axis=(0, 1), keepdims=True), x).sum() == pytest.approx(1)


def test_ties_of_two_operands_share_equally():
    a, b = (Tensor([2.0], requires_grad=True) for _ in range(2))
    for larger in (ops.maximum, ops.minimum):
        assert [g.tolist() for g in grad(larger(a, b), [a, b])] == [[0.5], [0.5]]


def test_sorting_equals_keeps_their_order():
    weights = np.array([1.0, 10.0, 100.0])
    assert slope_of(lambda x: ops.sort(x) * weights, 2.0, 1.0, 1.0)[0] == [100, 1, 10]
    values, places = ops.top_k(np.array([1, 3, 3, 2]), 3)
    assert (values.tolist(), places.tolist()) == ([3, 3, 2], [1, 2, 3])


@pytest.mark.parametrize("kind", [np.uint8, bool, np.int64])
def test_top_k_of_other_numbers(kind):
    values, places = ops.top_k(np.array([0, 1, 0], kind), 2)
    assert (values.tolist(), places.tolist()) == ([1, 0], [1, 0])


# ---- zeros in products ----


def test_products_with_zeros():
    assert slope_of(ops.reduce_prod, 2.0, 0.0, 3.0)[0] == [0, 6, 0]
    assert slope_of(ops.reduce_prod, 0.0, 0.0, 3.0) == ([0, 0, 0], [3, 3, 0])
    assert slope_of(lambda x: ops.cumprod(x)[-1:], 2.0, 0.0, 3.0)[0] == [0, 6, 0]
    assert slope_of(ops.cumprod, 2.0, 0.0, 3.0)[0] == [1, 8, 0]


def test_the_product_of_nothing_is_one_and_stays_a_tensor():
    y = ops.reduce_prod(Tensor(np.zeros((0, 2)), requires_grad=True), axis=0)
    assert y.numpy().tolist() == [1, 1]
    assert y.requires_grad


# ---- extremes ----


@pytest.mark.parametrize("x", [1000.0, -1000.0])
@pytest.mark.filterwarnings("error")
def test_nothing_overflows(x):
    for function in (ops.sigmoid, ops.softplus, ops.tanh, ops.erf):
        (first,), (second,) = slope_of(function, x)
        assert math.isfinite(first)
        assert math.isfinite(second)
    pair = (x, 0.0)
    for function in (ops.softmax, ops.log_softmax, ops.logsumexp):
        assert np.isfinite(slope_of(function, *pair)).all()
    assert np.isfinite(slope_of(lambda x: ops.logaddexp(x, 0.0), x)).all()


def test_logsumexp_of_minus_infinity():
    low = np.full(3, -INF)
    with np.errstate(divide="ignore"):
        assert ops.logsumexp(low) == -INF
    assert ops.logsumexp(np.array([-INF, 0.0])) == 0


def test_erf_is_as_exact_as_it_says():
    x = np.linspace(-7, 7, 10_001)
    exact = np.array([math.erf(v) for v in x])
    assert np.abs(ops.erf(x) - exact).max() < 2e-15


def test_erf_of_any_kind_of_number():
    assert ops.erf(np.array([0, 1])).tolist() == pytest.approx([0, math.erf(1)])
    assert ops.erf(0.5) == pytest.approx(math.erf(0.5), abs=1e-15)
    assert ops.erf(np.array([-9.0, 9.0])).tolist() == pytest.approx([-1, 1])
    assert ops.erf(np.ones(1, np.float32)).dtype == "float32"
    assert math.isnan(ops.erf(math.nan))


def test_triangles_keep_integers():
    assert ops.tril(np.ones((2, 2), int)).dtype == int
    assert ops.triu(np.ones((2, 2), int)).tolist() == [[1, 1], [0, 1]]


# ---- number types ----


def test_cast_casts_the_gradient_back():
    x = Tensor(np.ones(2, np.float32), requires_grad=True)
    y = ops.cast(x, dtype="float64") * 3.0
    assert y.dtype == "float64"
    assert grad(y.sum(), x).dtype == "float32"


def test_cast_to_integers_and_back_passes_nothing():
    x = Tensor([1.6], requires_grad=True)
    y = ops.cast(ops.cast(x, dtype="int32"), dtype="float32")
    assert y.numpy().tolist() == [1]
    assert grad(y.sum(), x, allow_unused=True) is None


def test_where_takes_numbers():
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = ops.where(x > 1.5, x, 0.0)
    assert (y.dtype, y.numpy().tolist()) == ("float32", [0, 2])
    assert grad(y.sum(), x).tolist() == [0, 1]
    assert grad(ops.where(x > 1.5, 7, x).sum(), x).tolist() == [1, 0]


def test_einsum_with_the_same_operand_twice():
    x = Tensor([1.0, 2.0], requires_grad=True)
    assert grad(ops.einsum("i,i->", x, x), x).tolist() == [2, 4]
    assert grad(ops.einsum("i,j->", x, x), x).tolist() == [6, 6]


def test_einsum_takes_numbers():
    x = Tensor([1.0, 2.0], requires_grad=True)
    assert grad(ops.einsum(",i->", 3.0, x), x).tolist() == [3, 3]


# ---- symbols and unknown lengths ----


def test_reshape_and_broadcast_leave_none_open():
    x = np.ones((2, 3))
    assert ops.reshape(x, shape=(None, 1)).shape == (6, 1)
    assert ops.broadcast_to(x, shape=(4, None, 3)).shape == (4, 2, 3)


# ---- errors ----

M = np.ones((2, 3))
IMAGE = np.ones((1, 4, 4, 3))
RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (
            lambda: ops.reshape(M, shape=(4, 2)),
            ValueError,
            r"reshape: \(2, 3\) has 6 elements, which do not fit into \(4, 2\)",
        ),
        (
            lambda: ops.matmul(M, M),
            ValueError,
            r"matmul: the last axis of \(2, 3\) must match the second-to-last of \(2, 3\)",
        ),
        (lambda: ops.matmul(Tensor(M), 2.0), ValueError, r"matmul: the last axis of"),
        (
            lambda: ops.matmul(M, np.ones((4, 5))),
            ValueError,
            r"matmul: the last axis of",
        ),
        (
            lambda: ops.add(Tensor(M), Tensor(M.T)),
            ValueError,
            r"add: operands could not be broadcast .*\(2, 3\), \(3, 2\)",
        ),
        (
            lambda: ops.split(M, 2, axis=1),
            ValueError,
            "split: an axis of length 3 does not divide into 2 equal parts",
        ),
        (lambda: ops.split(M, 0), ValueError, "does not divide into 0 equal parts"),
        (
            lambda: ops.split(M, [1, 1]),
            ValueError,
            r"split: `sizes` must add up to the axis length 3, got \[1, 1\]",
        ),
        (lambda: ops.split(M, [4, -1]), ValueError, r"add up .* got \[4, -1\]"),
        (lambda: ops.split(M, 1, axis=2), ValueError, "axis 2 is out of bounds"),
        (
            lambda: ops.pad(M, 1, mode="wrap"),
            ValueError,
            "pad: `mode` must be constant, reflect or edge, got 'wrap'",
        ),
        (
            lambda: ops.squeeze(M, 0),
            ValueError,
            r"squeeze: only axes of length 1 can be dropped, got 2 in \(2, 3\)",
        ),
        (lambda: ops.squeeze(M, 2), ValueError, "axis 2 is out of bounds"),
        (lambda: ops.expand_dims(M, 4), ValueError, "axis 4 is out of bounds"),
        (lambda: ops.moveaxis(M, 2, 0), ValueError, "axis 2 is out of bounds"),
        (lambda: ops.moveaxis(M, (0, 0), (0, 1)), ValueError, "repeated axis"),
        (lambda: ops.take(M, [0], axis=2), ValueError, "axis 2 is out of bounds"),
        (lambda: ops.repeat(M, 2, axis=2), ValueError, "axis 2 is out of bounds"),
        (lambda: ops.reduce_sum(M, axis=2), ValueError, "axis 2 is out of bounds"),
        (
            lambda: ops.reduce_prod(M, axis=(0, 0)),
            ValueError,
            "duplicate value in|repeated",
        ),
        (
            lambda: ops.tensordot(M, M, 1),
            ValueError,
            r"tensordot: axes \(1,\) of \(2, 3\) and \(0,\) of \(2, 3\) differ in length",
        ),
        (
            lambda: ops.einsum("...i->i", M),
            ValueError,
            r"may have no ellipsis and no letter twice in one term, got '...i->i'",
        ),
        (lambda: ops.einsum("ii->i", M), ValueError, "no letter twice in one term"),
        (
            lambda: ops.einsum("ij,jk->ik", M),
            ValueError,
            "einsum: 'ij,jk->ik' describes 2 operands, got 1",
        ),
        (
            lambda: ops.einsum("ij,jk->ik", M, M),
            ValueError,
            r"einsum: 'jk' in 'ij,jk->ik' does not fit shape \(2, 3\)",
        ),
        (lambda: ops.einsum("ijk->i", M), ValueError, "'ijk' .* does not fit shape"),
        (
            lambda: ops.einsum("ij,ij->ij", M, M[:1]),
            ValueError,
            r"'ij' .* does not fit shape \(1, 3\)",
        ),
        (lambda: ops.top_k(M, 0), ValueError, r"top_k: `k` must lie in 1..3, got 0"),
        (lambda: ops.top_k(M, 4), ValueError, r"top_k: `k` must lie in 1..3, got 4"),
        (
            lambda: ops.tril(M[0]),
            ValueError,
            "tril: x must have two axes or more, got 1",
        ),
        (lambda: ops.triu(M[0]), ValueError, "triu: x must have two axes or more"),
        (
            lambda: ops.diag(M[None]),
            ValueError,
            "diag: x must have one or two axes, got 3",
        ),
        (
            lambda: ops.norm(M, 1),
            ValueError,
            "norm: only the Euclidean norm is known, got ord=1",
        ),
        (
            lambda: ops.random.dropout(M, 1.0, RNG),
            ValueError,
            r"dropout: `rate` must lie in \[0, 1\), got 1.0",
        ),
        (lambda: ops.getitem(M, index=7), IndexError, r"index 7 does not fit shape"),
        (
            lambda: ops.windows(IMAGE, size=(5, 5)),
            ValueError,
            r"a window of size \(5, 5\) .* does not fit into \(4, 4\) with padding 'valid'",
        ),
        (
            lambda: ops.windows(IMAGE, size=(2, 2), padding="sam"),
            ValueError,
            "`padding` must be one of valid, same, causal or .* did you mean 'same'",
        ),
        (
            lambda: ops.convolve(IMAGE, np.ones((3, 3, 2, 5))),
            ValueError,
            r"convolve: x must be .* the same C, got \(1, 4, 4, 3\) and \(3, 3, 2, 5\)",
        ),
        (lambda: ops.convolve(IMAGE, np.ones((3, 3, 5))), ValueError, "number of axes"),
        (
            lambda: ops.convolve_transposed(IMAGE, np.ones((2, 2, 1, 3)), space=(4, 4)),
            ValueError,
            r"convolve_transposed: y must have the shape \(3, 3, 3\) after the batch axis",
        ),
        (
            lambda: ops.convolve_kernel(IMAGE, IMAGE, size=(2, 2)),
            ValueError,
            r"convolve_kernel: y must have the shape \(3, 3, 3\) after the batch axis",
        ),
        (
            lambda: ops.convolve_depthwise_kernel(IMAGE, IMAGE, size=(2, 2)),
            ValueError,
            "convolve_depthwise_kernel: y must have the shape",
        ),
        (
            lambda: ops.convolve_depthwise_transposed(
                IMAGE, np.ones((2, 2, 3)), space=(4, 4)
            ),
            ValueError,
            "convolve_depthwise_transposed: y must have the shape",
        ),
    ],
)
def test_mistakes_are_explained(call, kind, text):
    with pytest.raises(kind, match=text):
        call()


# ---- random numbers ----


def test_random_numbers_repeat_and_have_the_number_type():
    for draw in (ops.random.normal, ops.random.uniform):
        one, two = (draw(np.random.default_rng(3), (4, 5)) for _ in range(2))
        np.testing.assert_array_equal(one, two, strict=True)
        assert one.dtype == "float32"
        assert draw(RNG, (), dtype="float64").shape == ()


def test_random_numbers_are_distributed_as_they_say():
    x = ops.random.normal(RNG, 100_000, 3.0, 2.0)
    assert (x.mean(), x.std()) == (
        pytest.approx(3, abs=0.03),
        pytest.approx(2, abs=0.03),
    )
    x = ops.random.uniform(RNG, 100_000, -1.0, 3.0)
    assert x.mean() == pytest.approx(1, abs=0.03)
    assert x.min() >= -1
    assert x.max() < 3
    x = ops.random.bernoulli(RNG, (100, 1000), 0.3)
    assert set(np.unique(x)) == {0, 1}
    assert x.mean() == pytest.approx(0.3, abs=0.01)


def test_uniform_never_reaches_its_upper_end():
    class Highest:
        def uniform(self, low, high, shape):
            return np.full(shape, np.nextafter(high, low))

    assert ops.random.uniform(Highest(), (3,)).max() < 1


def test_bernoulli_knows_certainty():
    assert ops.random.bernoulli(RNG, 1000, 0.0).max() == 0
    assert ops.random.bernoulli(RNG, 1000, 1.0).min() == 1
    assert ops.random.bernoulli(RNG, (0, 3), 0.5).shape == (0, 3)


def test_dropout_scales_and_differentiates():
    x = Tensor(np.ones((50, 40), np.float32), requires_grad=True)
    y = ops.random.dropout(x, 0.75, np.random.default_rng(0))
    assert set(np.unique(y.numpy())) == {0, 4}
    np.testing.assert_array_equal(grad(y.sum(), x), y.numpy())
    assert ops.random.dropout(x, 0.0, RNG) is x
    rows = ops.random.dropout(x, 0.5, RNG, noise_shape=(None, 1)).numpy()
    assert (rows == rows[:, :1]).all()

"""Many short rows are reduced all together: the same as one by one, up to roundings."""

import math

import numpy as np
import pytest

from tensorlearn import ops
from tensorlearn.autograd import Tensor, grad

INF = math.inf
LENGTHS = [1, 2, 7, 16, 17, 34, 60, 64, 127, 128, 129, 300]


@pytest.mark.parametrize("spread", [1, 30])
@pytest.mark.parametrize("length", LENGTHS)
def test_softmax_of_rows_of_any_length(length, spread):
    rng = np.random.default_rng(length)
    x, g = rng.standard_normal((2, 9, 5, length)) * spread
    e = np.exp(x - x.max(-1, keepdims=True))
    y = e / e.sum(-1, keepdims=True)
    np.testing.assert_allclose(ops.log_softmax(x), np.log(y), rtol=1e-9, atol=1e-12)
    leaf = Tensor(x, requires_grad=True)
    found = ops.softmax(leaf)
    np.testing.assert_allclose(found.numpy(), y, rtol=1e-12)
    slope = grad((found * g).sum(), leaf)
    wanted = y * (g - (g * y).sum(-1, keepdims=True))
    np.testing.assert_allclose(slope, wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int32", "uint8", "bool"])
@pytest.mark.parametrize("length", LENGTHS)
def test_many_rows_of_any_length_are_reduced(length, dtype):
    x = np.random.default_rng(length).uniform(0, 250, (5, 820, length)).astype(dtype)
    other = x.transpose(1, 0, 2)  # not in one piece
    for array, axis in ((x, -1), (x, 2), (other, -1), (x, (2,)), (x, (0, 2))):
        for keepdims in (False, True):
            how = {"axis": axis, "keepdims": keepdims}
            wanted = array.max(**how)
            np.testing.assert_array_equal(ops.reduce_max(array, **how), wanted)
            for ours, numpys in ((ops.reduce_sum, np.sum), (ops.reduce_mean, np.mean)):
                found, wanted = ours(array, **how), numpys(array, **how)
                assert found.dtype == wanted.dtype
                np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_reductions_of_many_rows_hand_on_what_is_no_number():
    x = np.zeros((100, 60))
    x[:4, 7] = [math.nan, INF, -INF, -0.0]
    for ours, numpys in ((ops.reduce_max, np.max), (ops.reduce_sum, np.sum)):
        np.testing.assert_array_equal(ours(x, axis=-1), numpys(x, axis=-1))
    assert ops.reduce_sum(np.zeros((5000, 0)), axis=-1).tolist() == [0.0] * 5000


def test_no_gradient_flows_to_chances_that_are_held_back():
    chances = Tensor(np.array([[1e-9, 1.0], [0.5, 1.5]]), requires_grad=True)
    loss = ops.crossentropy(chances, np.array([[1.0, 0.0], [0.25, 0.75]]))
    assert grad(loss.sum(), chances).tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_softmax_hands_on_what_is_not_a_number():
    y = ops.softmax(np.array([[1.0, math.nan, 2.0], [1.0, 1.0, 1.0]]))
    assert np.isnan(y[0]).all()
    assert y[1].tolist() == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 1)], ids=str)
def test_log_softmax_along_any_axes(axis):
    x = np.random.default_rng(0).normal(size=(3, 4))
    wanted = x - np.log(np.exp(x).sum(axis, keepdims=True))
    np.testing.assert_allclose(ops.log_softmax(x, axis=axis), wanted, rtol=1e-12)
    assert ops.log_softmax(np.float64(3.0)) == 0


@pytest.mark.parametrize("axis", [0, 1, (0, 2), (0, 1, 2)])
@pytest.mark.parametrize("reduced", [ops.reduce_max, ops.reduce_min])
def test_the_few_cells_that_are_chosen_share_the_gradient(reduced, axis):
    x = np.random.default_rng(0).normal(size=(16, 40, 30)).astype("float32")
    x[3, :2, 5] = x[:2, 3, 6] = 9.0  # ties
    leaf = Tensor(x if reduced is ops.reduce_max else -x, requires_grad=True)
    y = reduced(leaf, axis=axis)
    g = np.arange(1.0, y.size + 1, dtype="float32").reshape(y.shape)
    (y * g).sum().backward()
    chosen = leaf.data == np.expand_dims(y.data, axis)
    share = np.expand_dims(g, axis) / chosen.sum(axis, keepdims=True)
    np.testing.assert_allclose(leaf.grad, chosen * share, rtol=1e-6)
    assert leaf.grad.dtype == np.float32


@pytest.mark.parametrize("ties", [1, 2, 900])
def test_a_maximum_that_is_no_number_has_no_gradient(ties):
    x = np.random.default_rng(0).normal(size=(8, 900)).astype("float32")
    x[0, 5], x[1:, :ties] = np.nan, 9.0
    leaf = Tensor(x, requires_grad=True)
    with np.errstate(all="ignore"):
        ops.reduce_max(leaf, axis=1).sum().backward()
    assert np.isnan(leaf.grad[0]).all()
    np.testing.assert_allclose(leaf.grad[1:, :ties], 1 / ties, rtol=1e-6)
    assert not leaf.grad[1:, ties:].any()


def test_many_ties_in_half_precision_share_a_gradient():
    x = np.zeros(1 << 20, "float16")
    x[:100_000] = 1.0
    leaf = Tensor(x, requires_grad=True)
    ops.reduce_max(leaf).backward()
    np.testing.assert_allclose(leaf.grad[:100_000], 1e-5, rtol=0.05)

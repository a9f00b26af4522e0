"""K.rnn against a loop in NumPy, and the functions over the first axis."""

import numpy as np
import pytest

from tensorlearn import backend as K
from tensorlearn.autograd import Tensor
from tensorlearn.engine import Input
from tests.backend.tables import A

T = np.random.default_rng(3).normal(size=(2, 5, 3)).astype("float32")
W = np.random.default_rng(4).normal(size=(3, 4)).astype("float32")
U = np.random.default_rng(5).normal(size=(4, 4)).astype("float32") / 2
MASK = np.array([[1, 1, 0, 1, 0], [0, 1, 1, 1, 1]], bool)


def step(x, states):
    h = K.tanh(K.dot(x, W) + K.dot(states[0], U))
    if len(states) > 1:
        h = h * states[1]
    return h, [h]


def simple_rnn(order, mask=None, factor=1.0):
    h, last, out = np.zeros((2, 4)), np.zeros((2, 4)), []
    for t in order:
        new = np.tanh(T[:, t] @ W + h @ U) * factor
        keep = np.ones((2, 1), bool) if mask is None else mask[:, t : t + 1]
        h, last = np.where(keep, new, h), np.where(keep, new, last)
        out.append(last)
    return last, np.stack(out, 1), h


@pytest.mark.parametrize("unroll", [False, True])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("mask", [None, MASK, MASK[..., None], MASK.astype("float32")])
@pytest.mark.parametrize("factor", [None, 0.5])
def test_rnn_equals_a_loop(unroll, backwards, mask, factor):
    last, outputs, states = K.rnn(
        step,
        T,
        [np.zeros((2, 4), "float32")],
        go_backwards=backwards,
        mask=mask,
        constants=None if factor is None else [np.float32(factor)],
        unroll=unroll,
    )
    order = range(4, -1, -1) if backwards else range(5)
    plain = None if mask is None else MASK
    wanted = simple_rnn(order, plain, factor or 1.0)
    for got, expected in zip((last, outputs, states[0]), wanted, strict=True):
        np.testing.assert_allclose(K.eval(got), expected, rtol=1e-5, atol=1e-6)


def test_rnn_on_symbols_with_mask_and_constants():
    x, mask, factor = Input((5, 3)), K.placeholder((None, 5)), K.placeholder((1,))
    start = K.zeros((K.shape(x)[0], 4))
    last, outputs, states = K.rnn(step, x, [start], mask=mask, constants=[factor])
    f = K.function([x, mask, factor], [last, outputs, *states])
    wanted = simple_rnn(range(5), MASK, 0.5)
    for got, expected in zip(f([T, MASK, [0.5]]), wanted, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


def test_rnn_gradient_does_not_reach_masked_steps():
    x = Tensor(T, requires_grad=True)
    last, _, _ = K.rnn(step, x, [np.zeros((2, 4), "float32")], mask=MASK)
    (g,) = K.gradients(last, x)
    reached = (K.eval(g) != 0).any(-1)
    np.testing.assert_array_equal(reached, MASK)


def test_rnn_refuses_too_few_axes():
    with pytest.raises(ValueError, match="at least 3D"):
        K.rnn(step, A, [])
    with pytest.raises(ValueError, match="at least one time step"):
        K.rnn(step, T[:, :0], [np.zeros((2, 4))])


def test_map_fn_with_several_results():
    double, half = K.map_fn(lambda x: (x * 2, x / 2), A, dtype=("float32", "float32"))
    np.testing.assert_allclose(K.eval(double), A * 2)
    np.testing.assert_allclose(K.eval(half), A / 2)


def test_map_fn_casts_its_result():
    assert K.dtype(K.map_fn(lambda x: x, A, dtype="int32")) == "int32"


def test_loops_over_nothing_are_refused():
    with pytest.raises(ValueError, match="must not be empty"):
        K.map_fn(lambda x: x, A[:0])
    with pytest.raises(ValueError, match="needs an `initializer`"):
        K.foldl(lambda a, x: a + x, A[:0])

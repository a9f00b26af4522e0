"""Attention in one primitive: the same as by plain operations, step by step."""

import math

import numpy as np
import pytest

from tensorlearn import ops, parallel
from tensorlearn.autograd import Tensor, grad
from tensorlearn.ops import attention

N, H, T, S, K, V = 3, 2, 5, 7, 4, 3
RNG = np.random.default_rng(0)
NOTHING_FOR_ONE = np.ones((N, 1, T, S), bool)
NOTHING_FOR_ONE[1, :, 2] = False
MASKS = {
    "none": None,
    "causal": np.tri(T, S, dtype=bool)[None, None],
    "steps": RNG.random((N, 1, 1, S)) > 0.3,
    "all": RNG.random((N, H, T, S)) > 0.3,
    "nothing": NOTHING_FOR_ONE,
}


def heads(*shape, spread=1.0, dtype="float64"):
    """(N, H, T, K) as it comes from a projection: a view of (N, T, H, K)."""
    n, h, t, k = shape
    x = RNG.normal(size=(n, t, h, k)) * spread
    return Tensor(x.astype(dtype).transpose(0, 2, 1, 3), requires_grad=True)


def stepwise(query, key, value, *, scale, allowed=None):
    scores = query * scale @ ops.swapaxes(key, 2, 3)
    return attention.weights_of(scores, allowed) @ value


def results(function, inputs, weight, **params):
    """The output, its gradients, and the gradients of those."""
    y = function(*inputs, **params)
    loss = (ops.sin(y) * weight).sum()
    first = grad(loss, inputs, create_graph=True)
    second = grad(sum((ops.sin(g) * 0.5).sum() for g in first), inputs)
    plain = grad((function(*inputs, **params) * weight).sum(), inputs)
    return [y.numpy(), *plain, *(g.numpy() for g in first), *second]


@pytest.mark.parametrize("spread", [1.0, 6.0])
@pytest.mark.parametrize("mask", MASKS)
def test_it_is_what_the_steps_give(mask, spread):
    sizes = (N, H, T, K), (N, H, S, K), (N, H, S, V)
    inputs = [heads(*size, spread=spread) for size in sizes]
    weight = RNG.normal(size=(N, H, T, V))
    how = {"scale": 1 / math.sqrt(K), "allowed": MASKS[mask]}
    found = results(attention.attend, inputs, weight, **how)
    wanted = results(stepwise, inputs, weight, **how)
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-10 * (1 + np.abs(b).max()))


@pytest.mark.parametrize("size", [(9, 4, 64, 16), (1, 3, 300, 8)])
def test_chunks_of_samples_and_of_heads(size):
    n, h, t, _ = size
    inputs = [heads(*size, dtype="float32") for _ in range(3)]
    weight = RNG.normal(size=size).astype("float32")
    allowed = np.tri(t, dtype=bool)[None, None]
    assert len(attention._parts(n, h, t, t)) > 1
    found, wanted = (
        [y.numpy(), *grad((y * weight).sum(), inputs)]
        for y in (
            function(*inputs, scale=0.25, allowed=allowed)
            for function in (attention.attend, stepwise)
        )
    )
    for a, b in zip(found, wanted, strict=True):
        assert a.dtype == np.float32
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_any_number_of_threads_gives_the_same_bits(monkeypatch):
    inputs = [heads(9, 4, 64, 16, dtype="float32") for _ in range(3)]

    def all_results(threads):
        monkeypatch.setattr(parallel._pool, "threads", threads)
        y = attention.attend(*inputs, scale=0.25)
        return [y.numpy(), *grad((y * y).sum(), inputs)]

    for one, three in zip(all_results(1), all_results(3), strict=True):
        np.testing.assert_array_equal(one, three)


def test_an_empty_batch_finds_nothing():
    inputs = [heads(0, H, T, K), heads(0, H, S, K), heads(0, H, S, V)]
    y = attention.attend(*inputs, scale=1.0)
    assert y.shape == (0, H, T, V)
    assert [g.shape for g in grad(y.sum(), inputs)] == [x.shape for x in inputs]


def test_gradients_lie_in_memory_as_projections_want_them():
    inputs = [heads(N, H, T, K), heads(N, H, S, K), heads(N, H, S, V)]
    y = attention.attend(*inputs, scale=1.0)
    for found in (y.numpy(), *grad((y * y).sum(), inputs)):
        assert found.transpose(0, 2, 1, 3).flags.c_contiguous

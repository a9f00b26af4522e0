"""Attention: what masks hide stays hidden."""

import numpy as np
import pytest

from tensorlearn.autograd import Tensor
from tensorlearn.layers import Attention, Input, MultiHeadAttention
from tensorlearn.ops.attention import attend

RNG = np.random.default_rng(0)
Q, V = (
    RNG.normal(size=(2, 3, 4)).astype("float32"),
    RNG.normal(size=(2, 5, 4)).astype("float32"),
)


def test_attention_is_a_weighted_mean_of_values():
    y, weights = Attention()([Q, V], return_attention_scores=True)
    np.testing.assert_allclose(weights.numpy().sum(-1), 1, rtol=1e-5)
    np.testing.assert_allclose(y.numpy(), weights.numpy() @ V, rtol=1e-5)


def test_masked_values_are_not_seen():
    mask = np.ones((2, 5), bool)
    mask[:, 3:] = False
    y = Attention()([Q, V], mask=[None, mask]).numpy()
    np.testing.assert_allclose(y, Attention()([Q, V[:, :3]]).numpy(), rtol=1e-5)


@pytest.mark.parametrize("layer", [Attention(), MultiHeadAttention(2, 3)], ids=repr)
def test_causal_attention_does_not_see_the_future(layer):
    changed = Q.copy()
    changed[:, 2] += 1
    before = layer([Q, Q], use_causal_mask=True).numpy()
    after = layer([changed, changed], use_causal_mask=True).numpy()
    np.testing.assert_allclose(before[:, :2], after[:, :2], rtol=1e-5)
    assert not np.allclose(before[:, 2], after[:, 2])


def test_multi_head_attention_is_called_like_a_function():
    layer = MultiHeadAttention(num_heads=2, key_dim=3)
    assert layer(Q, V).shape == (2, 3, 4)
    np.testing.assert_array_equal(layer(Q, V).numpy(), layer([Q, V, V]).numpy())
    assert MultiHeadAttention(2, 3)(Input((3, 4)), Input((5, 6))).shape == (None, 3, 4)


def test_multi_head_attention_of_a_masked_sequence():
    layer = MultiHeadAttention(2, 3, value_dim=5)
    mask = np.ones((2, 5), bool)
    mask[:, 3:] = False
    y = layer([Q, V], mask=[None, mask]).numpy()
    np.testing.assert_allclose(y, layer([Q, V[:, :3]]).numpy(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("causal", [False, True])
def test_heads_find_the_same_whether_weights_are_asked_for_or_not(causal):
    layer = MultiHeadAttention(2, 3, value_dim=5)
    mask = np.ones((2, 5), bool)
    mask[1] = False
    how = {"mask": [None, mask], "use_causal_mask": causal}
    y, weights = layer([Q, V], return_attention_scores=True, **how)
    assert weights.shape == (2, 2, 3, 5)
    np.testing.assert_allclose(layer([Q, V], **how).numpy(), y.numpy(), atol=1e-6)


def test_attention_wants_sequences():
    with pytest.raises(
        ValueError, match=r"must be \[query, value\] or \[query, value, key\]"
    ):
        Attention()([Q, Q[:, 0]])
    with pytest.raises(ValueError, match=r"must be \[query, value\]"):
        Attention()(Q)


def values(*shape):
    return RNG.normal(size=shape).astype("float32")


def test_a_mask_works_in_float16():
    query = values(2, 3, 4).astype("float16")
    allowed = np.tri(3, dtype=bool)[None, None]
    found = attend(*[query[:, None]] * 3, scale=0.5, allowed=allowed)
    assert found.dtype == "float16"
    wanted = attend(*[query[:, None].astype(float)] * 3, scale=0.5, allowed=allowed)
    np.testing.assert_allclose(found, wanted, atol=5e-3)


@pytest.mark.parametrize("shape", [(2, 3, 5), (3, 5), (2, 1, 3, 4), (4,)], ids=str)
def test_an_attention_mask_must_fit(shape):
    layer = MultiHeadAttention(2, 3)
    wanted = r"`attention_mask` must have the shape \(N, T, S\) = \(2, 3, 4\) .*, got"
    with pytest.raises(ValueError, match=wanted):
        layer(values(2, 3, 4), values(2, 4, 4), attention_mask=np.ones(shape))


def test_an_attention_mask_may_be_a_tensor_and_broadcast():
    layer, x = MultiHeadAttention(2, 3), values(2, 3, 4)
    mask = np.tri(3)
    wanted = layer(x, x, use_causal_mask=True).numpy()
    for given in (mask, mask[None], Tensor(mask[None])):
        found = layer(x, x, attention_mask=given).numpy()
        np.testing.assert_array_equal(found, wanted)

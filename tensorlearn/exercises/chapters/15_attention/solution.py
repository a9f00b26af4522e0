"""
zh: 第 15 章　注意力
en: Chapter 15: attention

zh: T 个查询 q 去看 S 个位置：每个位置有一个键 k（用来匹配）和一个值 v（被取走的内容）。
en: T queries q look at S places; each place has a key k, to be compared with, and a value
en: v, to be taken away.
"""

import numpy as np


def swap(x):
    """(..., A, B) -> (..., B, A)"""
    return np.swapaxes(x, -1, -2)


# ---- 15.1 ----


def softmax(x):
    """
    zh: 沿最后一个轴。x 很大时也不许溢出。
    en: Along the last axis. It must not overflow for large x.
    """
    # >>> 15.1
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
    # <<<


def softmax_backward(g, x):
    """
    zh: 返回对 x 的梯度。不要造 S×S 的矩阵。
    en: Return the gradient of x, without making any S×S matrix.
    """
    # >>> 15.1
    p = softmax(x)
    return p * (g - (g * p).sum(axis=-1, keepdims=True))
    # <<<


# ---- 15.2 ----


def attention(q, k, v):
    """
    zh: softmax(q kᵀ / √D) v。(..., T, D), (..., S, D), (..., S, V) -> (..., T, V)
    en: softmax(q kᵀ / √D) v.   (..., T, D), (..., S, D), (..., S, V) -> (..., T, V)
    """
    # >>> 15.2
    return softmax(q @ swap(k) / np.sqrt(q.shape[-1])) @ v
    # <<<


def attention_backward(g, q, k, v):
    """
    zh: 返回对 q、k、v 的梯度。
    en: Return the gradients of q, k and v.
    """
    # >>> 15.2
    scale = 1 / np.sqrt(q.shape[-1])
    scores = q @ swap(k) * scale  # (N, T, S)
    p = softmax(scores)
    dscores = softmax_backward(g @ swap(v), scores) * scale
    return dscores @ k, swap(dscores) @ q, swap(p) @ g
    # <<<


# ---- 15.3 ----


def allowed_weights(q, k, allowed):
    """
    zh: 每个查询的权重，(N, T, S)：不许看的位置是 0，其余之和是 1。一个位置也不许看的查询，
    zh: 权重全是 0。allowed 是布尔数组，能广播成 (N, T, S)。
    en: The weights of every query, (N, T, S): 0 where it may not look, the others add up
    en: to 1. A query that may look nowhere has weights of 0. allowed is a boolean array
    en: that broadcasts to (N, T, S).
    """
    # >>> 15.3
    scores = q @ swap(k) / np.sqrt(q.shape[-1])
    return softmax(np.where(allowed, scores, -1e30)) * allowed
    # <<<


def masked_attention(q, k, v, allowed):
    """
    zh: 注意力，但只看 allowed 为真的位置。
    en: Attention, but looking only where allowed is true.
    """
    return allowed_weights(q, k, allowed) @ v


def masked_attention_backward(g, q, k, v, allowed):
    """
    zh: 返回对 q、k、v 的梯度；allowed 没有梯度。
    en: Return the gradients of q, k and v; allowed has none.
    """
    # >>> 15.3
    p = allowed_weights(q, k, allowed)
    dp = g @ swap(v)
    dscores = p * (dp - (dp * p).sum(axis=-1, keepdims=True))
    dscores = dscores / np.sqrt(q.shape[-1])
    return dscores @ k, swap(dscores) @ q, swap(p) @ g
    # <<<


def causal(steps):
    """
    zh: 布尔数组 (T, T)：时刻 t 只许看 0 … t。
    en: A boolean array, (T, T): time t may look at 0 … t.
    """
    # >>> 15.3
    return np.tri(steps, dtype=bool)
    # <<<


# ---- 15.4 ----


def split_heads(x, heads):
    """(N, T, H·D) -> (N, H, T, D)"""
    # >>> 15.4
    N, T, _ = x.shape
    return x.reshape(N, T, heads, -1).transpose(0, 2, 1, 3)
    # <<<


def merge_heads(x):
    """
    zh: split_heads 的逆。(N, H, T, D) -> (N, T, H·D)
    en: The inverse of split_heads.   (N, H, T, D) -> (N, T, H·D)
    """
    # >>> 15.4
    N, _, T, _ = x.shape
    return x.transpose(0, 2, 1, 3).reshape(N, T, -1)
    # <<<


def multi_head(x, W, O, heads):
    """
    zh: 自注意力：x @ W 分成 q、k、v 三份，每份再分成几个头，各做各的，拼回去再乘 O。
    zh: x: (N, T, M)，W: (M, 3M)，O: (M, M) -> (N, T, M)
    en: Self-attention: x @ W is cut into q, k and v, each of these into heads, which work
    en: on their own; they are joined again and multiplied by O.
    en: x: (N, T, M), W: (M, 3M), O: (M, M) -> (N, T, M)
    """
    # >>> 15.4
    q, k, v = (split_heads(part, heads) for part in np.split(x @ W, 3, axis=-1))
    return merge_heads(attention(q, k, v)) @ O
    # <<<


def multi_head_backward(g, x, W, O, heads):
    """
    zh: 返回对 x、W、O 的梯度。
    en: Return the gradients of x, W and O.
    """
    # >>> 15.4
    q, k, v = (split_heads(part, heads) for part in np.split(x @ W, 3, axis=-1))
    joined = merge_heads(attention(q, k, v))
    dheads = attention_backward(split_heads(g @ O.T, heads), q, k, v)
    dz = np.concatenate([merge_heads(d) for d in dheads], axis=-1)  # (N, T, 3M)
    dW = np.tensordot(x, dz, axes=([0, 1], [0, 1]))
    dO = np.tensordot(joined, g, axes=([0, 1], [0, 1]))
    return dz @ W.T, dW, dO
    # <<<

"""
zh: 第 6 章　激活函数、softmax 与交叉熵
en: Chapter 6: activations, softmax and cross-entropy

zh: 约定同前：`f_backward(g, x)` 返回对 x 的梯度。6.2 里改用前向的输出 y，因为反向只需要它。
en: The convention is the same: `f_backward(g, x)` returns the gradient of x. In 6.2 it is
en: given the output y in place of x, because that is all it needs.
"""

import numpy as np

# ---- 6.1 ----


def relu(x):
    """max(x, 0)"""
    return np.maximum(x, 0)


def relu_backward(g, x):
    """
    zh: 不要改动 g。
    en: Do not change g.
    """
    # >>> 6.1
    return g * (x > 0)
    # <<<


def leaky_relu(x, alpha=0.1):
    """
    zh: x > 0 时是 x，否则是 alpha·x。
    en: x where x > 0, or else alpha·x.
    """
    return np.where(x > 0, x, alpha * x)


def leaky_relu_backward(g, x, alpha=0.1):
    # >>> 6.1
    return g * np.where(x > 0, 1.0, alpha)
    # <<<


def elu(x):
    """
    zh: x > 0 时是 x，否则是 eˣ - 1。x = 1000 时也不许溢出。
    en: x where x > 0, or else eˣ - 1. It must not overflow, not even at x = 1000.
    """
    # >>> 6.1
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))
    # <<<


def elu_backward(g, x):
    # >>> 6.1
    return g * np.exp(np.minimum(x, 0))
    # <<<


# ---- 6.2 ----


def sigmoid(x):
    """
    zh: 1 / (1 + e⁻ˣ)，已写好。
    en: 1 / (1 + e⁻ˣ), as given.
    """
    return (1 + np.tanh(x / 2)) / 2


def tanh_from_output(g, y):
    """
    zh: tanh 的反向。拿到的是前向的输出 y = tanh(x)，不是 x。
    en: The way back of tanh, given its output y = tanh(x) and not x.
    """
    # >>> 6.2
    return g * (1 - y * y)
    # <<<


def sigmoid_from_output(g, y):
    """
    zh: sigmoid 的反向，同样只用 y。
    en: The way back of sigmoid, again from y alone.
    """
    # >>> 6.2
    return g * y * (1 - y)
    # <<<


def swish(x):
    """x · sigmoid(x)"""
    return x * sigmoid(x)


def swish_backward(g, x):
    # >>> 6.2
    s = sigmoid(x)
    return g * (s + x * s * (1 - s))
    # <<<


# ---- 6.3 ----


def softmax(x):
    """
    zh: 沿最后一个轴：eˣ 除以这个轴上的和。(..., C) -> (..., C)。x = ±1000 时也不许溢出。
    en: Along the last axis: eˣ divided by its sum there. (..., C) -> (..., C). It must not
    en: overflow, not even at x = ±1000.
    """
    # >>> 6.3
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
    # <<<


def softmax_backward(g, x):
    """
    zh: 每个输入影响这个轴上的所有输出。
    en: Each input acts on all outputs along the axis.
    """
    # >>> 6.3
    y = softmax(x)
    return y * (g - (g * y).sum(axis=-1, keepdims=True))
    # <<<


# ---- 6.4 ----


def log_softmax(x):
    """
    zh: softmax 的对数，沿最后一个轴；概率小到 e⁻¹⁰⁰⁰ 也要准确。
    en: The logarithm of softmax along the last axis, accurate even for a probability of
    en: e⁻¹⁰⁰⁰.
    """
    # >>> 6.4
    z = x - x.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    # <<<


def cross_entropy(x, labels):
    """
    zh: -log softmax(x) 在正确类别处的值，对样本求平均：一个数。
    zh: x: (N, C)，labels: (N,) 整数。
    en: -log softmax(x) at the right class, averaged over the examples: one number.
    en: x: (N, C), labels: (N,) integers.
    """
    # >>> 6.4
    rows = np.arange(len(labels))
    return -log_softmax(x)[rows, labels].mean()
    # <<<


def cross_entropy_backward(g, x, labels):
    """
    zh: 对 x 的梯度；g 是一个数。
    en: The gradient of x; g is one number.
    """
    # >>> 6.4
    dx = np.exp(log_softmax(x))
    dx[np.arange(len(labels)), labels] -= 1
    return g * dx / len(labels)
    # <<<

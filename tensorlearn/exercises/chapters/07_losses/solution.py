"""
zh: 第 7 章　损失函数
en: Chapter 7: losses

zh: 每个损失都是一个数，对所有元素求平均。`*_backward(g, y, t)` 返回对预测 y 的梯度；目标 t
zh: 是数据，不需要梯度。g 是一个数。
en: Every loss is one number, the mean over all elements. `*_backward(g, y, t)` returns the
en: gradient of the prediction y; the target t is data and needs none. g is one number.
"""

import numpy as np

# ---- 7.1 ----


def mean_squared_error(y, t):
    """mean((y - t)²)"""
    # >>> 7.1
    return np.mean((y - t) ** 2)
    # <<<


def mean_squared_error_backward(g, y, t):
    # >>> 7.1
    return g * 2 * (y - t) / y.size
    # <<<


def mean_absolute_error(y, t):
    """mean(|y - t|)"""
    # >>> 7.1
    return np.mean(np.abs(y - t))
    # <<<


def mean_absolute_error_backward(g, y, t):
    """
    zh: y 恰好等于 t 时，梯度是 0，不是 NaN。
    en: Where y is exactly t the gradient is 0, not NaN.
    """
    # >>> 7.1
    return g * np.sign(y - t) / y.size
    # <<<


# ---- 7.2 ----


def huber(y, t, delta=1.0):
    """
    zh: 误差 e = y - t。|e| ≤ delta 时是 e²/2，否则是 delta·(|e| - delta/2)；求平均。
    en: With the error e = y - t: e²/2 where |e| ≤ delta, or else delta·(|e| - delta/2);
    en: averaged.
    """
    # >>> 7.2
    size = np.abs(y - t)
    near = np.minimum(size, delta)
    return np.mean(near * (size - near / 2))
    # <<<


def huber_backward(g, y, t, delta=1.0):
    # >>> 7.2
    return g * np.clip(y - t, -delta, delta) / y.size
    # <<<


def log_cosh(y, t):
    """
    zh: mean(log(cosh(y - t)))；误差是 1000 时也不许溢出。
    en: mean(log(cosh(y - t))), which must not overflow for an error of 1000.
    """
    # >>> 7.2
    size = np.abs(y - t)
    return np.mean(size + np.log1p(np.exp(-2 * size)) - np.log(2))
    # <<<


def log_cosh_backward(g, y, t):
    # >>> 7.2
    return g * np.tanh(y - t) / y.size
    # <<<


# ---- 7.3 ----


def binary_crossentropy(x, t):
    """
    zh: x 是 sigmoid 之前的分数，t 是 0 到 1 之间的目标：
    zh: mean(-t·log(p) - (1 - t)·log(1 - p))，p = sigmoid(x)。x = ±1000 时也要准确。
    en: x are scores, before sigmoid, and t targets between 0 and 1:
    en: mean(-t·log(p) - (1 - t)·log(1 - p)) with p = sigmoid(x). Accurate for x = ±1000.
    """
    # >>> 7.3
    return np.mean(np.maximum(x, 0) - x * t + np.log1p(np.exp(-np.abs(x))))
    # <<<


def binary_crossentropy_backward(g, x, t):
    # >>> 7.3
    p = (1 + np.tanh(x / 2)) / 2
    return g * (p - t) / x.size
    # <<<


# ---- 7.4 ----


def weighted_mse(y, t, w):
    """
    zh: 每个样本有权重 w：Σ w·l / Σ w，l 是样本自己的均方误差。y、t: (N, D)，w: (N,)。
    zh: 权重为 0 的样本不算数；全是 0 时损失是 0。
    en: Each example has a weight w: Σ w·l / Σ w, where l is the example's own mean squared
    en: error. y, t: (N, D), w: (N,). A weight of 0 leaves an example out; where all are
    en: 0, so is the loss.
    """
    # >>> 7.4
    each = np.mean((y - t) ** 2, axis=1)  # (N, D) -> (N,)
    total = w.sum()
    return np.sum(w * each) / total if total else 0.0
    # <<<


def weighted_mse_backward(g, y, t, w):
    # >>> 7.4
    total = w.sum()
    if not total:
        return np.zeros_like(y)
    return g * 2 * (y - t) / y.shape[1] * (w / total)[:, None]
    # <<<

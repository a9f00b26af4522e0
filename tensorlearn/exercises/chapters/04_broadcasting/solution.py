"""
zh: 第 4 章　广播与它的反向
en: Chapter 4: broadcasting and its way back

zh: 约定同第 1 章：`f(*inputs)` 是前向，`f_backward(g, *inputs)` 返回每个输入的梯度，
zh: 形状与那个输入相同。
en: The convention of chapter 1: `f(*inputs)` is the forward pass, and
en: `f_backward(g, *inputs)` returns a gradient for each input, in that input's shape.
"""

import numpy as np

# ---- 4.1 ----


def broadcast_shape(a, b):
    """
    zh: 形状 a 与 b（元组）广播后的形状；合不拢就抛出 ValueError。不许调用 NumPy。
    en: The shape to which the shapes a and b (tuples) broadcast; ValueError if they do
    en: not fit. Do not call NumPy.
    """
    # >>> 4.1
    rank = max(len(a), len(b))
    a = (1,) * (rank - len(a)) + tuple(a)
    b = (1,) * (rank - len(b)) + tuple(b)
    shape = []
    for n, m in zip(a, b, strict=True):
        if n != m and n != 1 and m != 1:
            raise ValueError(f"{a} and {b} do not broadcast")
        shape.append(m if n == 1 else n)
    return tuple(shape)
    # <<<


# ---- 4.2 ----


def sum_to(g, shape):
    """
    zh: 把 g 加回到 shape：凡是从 shape 广播到 g.shape 时复制过的轴，都求和。
    en: Add g up to `shape`: sum over every axis that was copied when `shape` was
    en: broadcast to g.shape.
    """
    # >>> 4.2
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    copied = tuple(i for i, n in enumerate(shape) if n == 1)
    return g.sum(axis=copied, keepdims=True)
    # <<<


# ---- 4.3 ----


def add(a, b):
    """a + b"""
    return a + b


def add_backward(g, a, b):
    """
    zh: 返回对 a、b 的梯度。a、b 的形状可以不同。
    en: Return the gradients of a and b, whose shapes may differ.
    """
    # >>> 4.3
    return sum_to(g, a.shape), sum_to(g, b.shape)
    # <<<


def multiply(a, b):
    """a · b"""
    return a * b


def multiply_backward(g, a, b):
    """
    zh: 返回对 a、b 的梯度。
    en: Return the gradients of a and b.
    """
    # >>> 4.3
    return sum_to(g * b, a.shape), sum_to(g * a, b.shape)
    # <<<


def divide(a, b):
    """a / b"""
    return a / b


def divide_backward(g, a, b):
    """
    zh: 返回对 a、b 的梯度。
    en: Return the gradients of a and b.
    """
    # >>> 4.3
    return sum_to(g / b, a.shape), sum_to(-g * a / b**2, b.shape)
    # <<<


# ---- 4.4 ----


def mean(x, axis, keepdims=False):
    """
    zh: 沿 axis 的平均；axis 是一个轴，或几个轴的元组。
    en: The mean along axis, which is one axis or a tuple of several.
    """
    return x.mean(axis=axis, keepdims=keepdims)


def mean_backward(g, x, axis, keepdims=False):
    """
    zh: 平均的反向：把 g 分回每个被平均的元素。
    en: The way back of the mean: share g among the elements that were averaged.
    """
    # >>> 4.4
    if not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, x.shape) * (g.size / x.size)
    # <<<


def center(x):
    """
    zh: 每列减去自己的平均。(N, D) -> (N, D)
    en: Subtract from each column its mean. (N, D) -> (N, D)
    """
    return x - x.mean(axis=0)


def center_backward(g, x):
    """
    zh: x 到结果有两条路：直接的一条，和经过平均的一条。
    en: There are two paths from x to the result: the direct one, and one by the mean.
    """
    # >>> 4.4
    return g - g.mean(axis=0)
    # <<<

"""
zh: 第 1 章　手算导数
en: Chapter 1: derivatives by hand

zh: 约定：`f(x)` 是前向，`f_backward(g, x)` 是反向。g 是损失对 f 的输出的梯度，形状与
zh: 输出相同；返回损失对输入的梯度，形状与输入相同。有几个输入，就按次序返回几个梯度。
en: The convention: `f(x)` is the forward pass and `f_backward(g, x)` the backward pass.
en: g is the gradient of the loss with respect to f's output and has its shape; return
en: the gradient with respect to the input, in the input's shape. Several inputs, several
en: gradients, in the same order.
"""

import numpy as np

# ---- 1.1 ----


def slope(f, x, h=1e-5):
    """
    zh: f 在 x 处的斜率，用中心差商量出来：向两边各走一步 h。
    en: The slope of f at x, measured by a central difference: one step h to either side.
    """
    # >>> 1.1
    return (f(x + h) - f(x - h)) / (2 * h)
    # <<<


# ---- 1.2 ----


def square(x):
    """x²"""
    return x * x


def square_backward(g, x):
    """
    zh: 平方的反向。返回与 x 同形状的梯度。
    en: The backward pass of the square. Return the gradient, in the shape of x.
    """
    # >>> 1.2
    return g * 2 * x
    # <<<


def product(a, b):
    """a · b"""
    return a * b


def product_backward(g, a, b):
    """
    zh: 乘积的反向。返回 (对 a 的梯度, 对 b 的梯度)。
    en: The backward pass of the product. Return (gradient of a, gradient of b).
    """
    # >>> 1.2
    return g * b, g * a
    # <<<


# ---- 1.3 ----


def quotient(a, b):
    """a / b"""
    return a / b


def quotient_backward(g, a, b):
    """
    zh: 商的反向。返回 (对 a 的梯度, 对 b 的梯度)。
    en: The backward pass of the quotient. Return (gradient of a, gradient of b).
    """
    # >>> 1.3
    return g / b, -g * a / b**2
    # <<<


# ---- 1.4 ----


def sigmoid(x):
    """
    zh: 1 / (1 + e⁻ˣ)。x = ±1000 时也不许溢出。
    en: 1 / (1 + e⁻ˣ). It must not overflow, not even at x = ±1000.
    """
    # >>> 1.4
    return (1 + np.tanh(x / 2)) / 2
    # <<<


def sigmoid_backward(g, x):
    """
    zh: sigmoid 的反向。
    en: The backward pass of sigmoid.
    """
    # >>> 1.4
    y = sigmoid(x)
    return g * y * (1 - y)
    # <<<


def softplus(x):
    """
    zh: ln(1 + eˣ)。x = ±1000 时也不许溢出。
    en: ln(1 + eˣ). It must not overflow, not even at x = ±1000.
    """
    # >>> 1.4
    return np.logaddexp(0, x)
    # <<<


def softplus_backward(g, x):
    """
    zh: softplus 的反向。
    en: The backward pass of softplus.
    """
    # >>> 1.4
    return g * sigmoid(x)
    # <<<


# ---- 1.5 ----


def neuron(x, w, b):
    """
    zh: tanh(w·x + b)。x 有很多样本，形状 (N,)；w 与 b 各是一个数。
    en: tanh(w·x + b). x holds many examples, (N,); w and b are one number each.
    """
    return np.tanh(w * x + b)


def neuron_backward(g, x, w, b):
    """
    zh: 神经元的反向。返回对 x、w、b 的梯度；后两个各是一个数。
    en: The backward pass of the neuron. Return the gradients of x, w and b; the latter two
    en: are one number each.
    """
    # >>> 1.5
    dz = g * (1 - np.tanh(w * x + b) ** 2)
    return dz * w, np.sum(dz * x), np.sum(dz)
    # <<<

"""
zh: 第 5 章　全连接层
en: Chapter 5: the Dense layer

zh: 从一对函数开始，做成层，再把层串起来。层有 params（名字 -> 数组）与 grads（同样的
zh: 名字 -> 梯度）；forward 记下反向要用的东西，backward 填好 grads 并返回对输入的梯度。
en: It starts with a pair of functions, becomes a layer, and ends with layers in a row. A
en: layer has params (name -> array) and grads (the same names -> gradients); forward notes
en: what the way back will need, backward fills grads and returns the gradient of the input.
"""

import numpy as np

# ---- 5.1 ----


def dense(x, W, b):
    """(N, D), (D, U), (U,) -> (N, U)"""
    # >>> 5.1
    return x @ W + b
    # <<<


def dense_backward(g, x, W, b):
    """
    zh: 返回对 x、W、b 的梯度。
    en: Return the gradients of x, W and b.
    """
    # >>> 5.1
    return g @ W.T, x.T @ g, g.sum(axis=0)
    # <<<


# ---- 5.2 ----


class Dense:
    """
    zh: 层：x @ W + b。
    en: A layer: x @ W + b.
    """

    def __init__(self, inputs, units, rng):
        scale = np.sqrt(2 / (inputs + units))
        self.params = {
            "W": rng.normal(size=(inputs, units)) * scale,
            "b": np.zeros(units),
        }
        self.grads = {}

    def forward(self, x):
        # >>> 5.2
        self.x = x
        return x @ self.params["W"] + self.params["b"]
        # <<<

    def backward(self, g):
        """
        zh: 替换 grads 里的旧梯度；不要改动 params。
        en: Replace the old gradients in grads; leave params alone.
        """
        # >>> 5.2
        self.grads["W"] = self.x.T @ g
        self.grads["b"] = g.sum(axis=0)
        return g @ self.params["W"].T
        # <<<


# ---- 5.3 ----


def time_dense(x, W, b):
    """
    zh: 只作用在最后一个轴上，前面可以有任意多个轴：(*B, D) -> (*B, U)。
    en: Acts on the last axis; there may be any number of axes before it:
    en: (*B, D) -> (*B, U).
    """
    return x @ W + b


def time_dense_backward(g, x, W, b):
    """
    zh: 返回对 x、W、b 的梯度。W 的梯度只有两个轴。
    en: Return the gradients of x, W and b. That of W has just two axes.
    """
    # >>> 5.3
    rows = x.reshape(-1, x.shape[-1])  # (*B, D) -> (M, D)
    g_rows = g.reshape(-1, g.shape[-1])  # (*B, U) -> (M, U)
    return g @ W.T, rows.T @ g_rows, g_rows.sum(axis=0)
    # <<<


# ---- 5.4 ----


class Tanh:
    """
    zh: 没有参数的层。
    en: A layer without parameters.
    """

    def __init__(self):
        self.params, self.grads = {}, {}

    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, g):
        return g * (1 - self.y**2)


class Sequential:
    """
    zh: 一串层，前一层的输出是后一层的输入。params 的名字是 "层的序号/名字"，例如 "0/W"。
    en: Layers in a row, the output of each the input of the next. Names in params are
    en: "number of the layer/name", such as "0/W".
    """

    def __init__(self, layers):
        self.layers = layers
        self.params = {
            f"{i}/{name}": p
            for i, layer in enumerate(layers)
            for name, p in layer.params.items()
        }
        self.grads = {}

    def forward(self, x):
        # >>> 5.4
        for layer in self.layers:
            x = layer.forward(x)
        return x
        # <<<

    def backward(self, g):
        """
        zh: 填好 grads（名字同 params），返回对输入的梯度。
        en: Fill grads, with the names of params, and return the gradient of the input.
        """
        # >>> 5.4
        for i, layer in reversed(list(enumerate(self.layers))):
            g = layer.backward(g)
            for name, grad in layer.grads.items():
                self.grads[f"{i}/{name}"] = grad
        return g
        # <<<

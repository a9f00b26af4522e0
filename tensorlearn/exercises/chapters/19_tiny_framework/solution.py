"""
zh: 第 19 章　一个小框架
en: Chapter 19: a tiny framework

zh: 层、损失、优化器、训练循环，各写一遍，拼起来就能认手写数字。参数自己带着梯度，
zh: 优化器只认参数，不认层——框架的各个零件就是这样彼此分开的。
en: Layers, a loss, optimizers, a training loop: write each of them, put them together, and
en: they read handwritten digits. A parameter carries its gradient with it, and optimizers
en: know parameters, not layers. That is how the parts of a framework are kept apart.
"""

import numpy as np


class Parameter:
    """
    zh: 一个要训练的数组，和它的梯度。
    en: An array to be trained, and its gradient.
    """

    def __init__(self, data):
        self.data = np.asarray(data, dtype=float)
        self.grad = np.zeros_like(self.data)


# ---- 19.1 ----


class Dense:
    """(N, D) -> (N, U)"""

    def __init__(self, inputs, units, rng):
        scale = np.sqrt(2 / inputs)
        self.W = Parameter(rng.normal(size=(inputs, units)) * scale)
        self.b = Parameter(np.zeros(units))
        self.parameters = [self.W, self.b]

    def forward(self, x):
        # >>> 19.1
        self.x = x
        return x @ self.W.data + self.b.data
        # <<<

    def backward(self, g):
        """
        zh: 替换 W.grad 与 b.grad，返回对 x 的梯度。
        en: Replace W.grad and b.grad, and return the gradient of x.
        """
        # >>> 19.1
        self.W.grad = self.x.T @ g
        self.b.grad = g.sum(axis=0)
        return g @ self.W.data.T
        # <<<


class ReLU:
    """max(x, 0)"""

    def __init__(self):
        self.parameters = []

    def forward(self, x):
        # >>> 19.1
        self.positive = x > 0
        return x * self.positive
        # <<<

    def backward(self, g):
        # >>> 19.1
        return g * self.positive
        # <<<


# ---- 19.2 ----


def cross_entropy(scores, labels):
    """
    zh: 先 softmax，再取正确类别的 -ln p，对样本求平均；一个数。分数很大时也不许溢出。
    zh: scores: (N, C)，labels: (N,) 整数
    en: Softmax, then -ln p of the right class, averaged over the examples: one number. It
    en: must not overflow for large scores.   scores: (N, C), labels: (N,) integers
    """
    # >>> 19.2
    scores = scores - scores.max(axis=1, keepdims=True)
    ln_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return -ln_p[np.arange(len(labels)), labels].mean()
    # <<<


def cross_entropy_gradient(scores, labels):
    """
    zh: 上面的损失对 scores 的梯度，(N, C)。
    en: The gradient of this loss with respect to scores, (N, C).
    """
    # >>> 19.2
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1
    return p / len(labels)
    # <<<


# ---- 19.3 ----


class SGD:
    """
    zh: 带动量：v ← momentum·v − rate·grad，data ← data + v。
    en: With momentum: v ← momentum·v − rate·grad, data ← data + v.
    """

    def __init__(self, parameters, rate=0.1, momentum=0.0):
        self.parameters, self.rate, self.momentum = parameters, rate, momentum
        self.v = [np.zeros_like(p.data) for p in parameters]

    def step(self):
        # >>> 19.3
        for p, v in zip(self.parameters, self.v, strict=True):
            v *= self.momentum
            v -= self.rate * p.grad
            p.data += v
        # <<<


class Adam:
    """
    zh: m 与 v 是梯度与其平方的移动平均，各除以 1 − betaᵗ，t 从 1 数起；
    zh: data ← data − rate·m̂ / (√v̂ + 1e-8)。
    en: m and v are moving averages of the gradient and of its square, each divided by
    en: 1 − betaᵗ, t counting from 1; data ← data − rate·m̂ / (√v̂ + 1e-8).
    """

    def __init__(self, parameters, rate=0.001, beta1=0.9, beta2=0.999):
        self.parameters, self.rate = parameters, rate
        self.beta1, self.beta2, self.t = beta1, beta2, 0
        self.m = [np.zeros_like(p.data) for p in parameters]
        self.v = [np.zeros_like(p.data) for p in parameters]

    def step(self):
        # >>> 19.3
        self.t += 1
        correction1, correction2 = 1 - self.beta1**self.t, 1 - self.beta2**self.t
        for p, m, v in zip(self.parameters, self.m, self.v, strict=True):
            m += (1 - self.beta1) * (p.grad - m)
            v += (1 - self.beta2) * (p.grad**2 - v)
            p.data -= self.rate * (m / correction1) / (np.sqrt(v / correction2) + 1e-8)
        # <<<


# ---- 19.4 ----


class Model:
    """
    zh: 一串层。
    en: Layers in a row.
    """

    def __init__(self, layers):
        self.layers = layers
        self.parameters = [p for layer in layers for p in layer.parameters]

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, g):
        for layer in reversed(self.layers):
            g = layer.backward(g)
        return g

    def fit(self, x, labels, optimizer, epochs, batch, rng):
        """
        zh: 每一轮：用 rng.permutation 打乱样本，切成小批（最后一批可以不满），每批更新
        zh: 一次。返回每一轮的损失（更新之前的，对样本平均）组成的列表。
        en: In every epoch shuffle the examples by rng.permutation, cut them into batches
        en: (the last may be smaller), and take a step for each. Return the list of losses,
        en: one for each epoch: those before the steps, averaged over the examples.
        """
        # >>> 19.4
        losses = []
        for _ in range(epochs):
            total, places = 0.0, rng.permutation(len(x))
            for start in range(0, len(x), batch):
                some = places[start : start + batch]
                scores = self.forward(x[some])
                total += cross_entropy(scores, labels[some]) * len(some)
                self.backward(cross_entropy_gradient(scores, labels[some]))
                optimizer.step()
            losses.append(total / len(x))
        return losses
        # <<<

    def predict(self, x):
        """
        zh: 每个样本分数最高的类别，(N,) 整数。
        en: The class of the highest score for each example, (N,) integers.
        """
        # >>> 19.4
        return self.forward(x).argmax(axis=1)
        # <<<

    def accuracy(self, x, labels):
        """
        zh: 认对的比例，0 … 1。
        en: The fraction that is right, 0 … 1.
        """
        # >>> 19.4
        return np.mean(self.predict(x) == labels)
        # <<<


def digits_model(rng):
    """
    zh: 64 个像素 → 64 个神经元 → 10 个类别。
    en: 64 pixels → 64 neurons → 10 classes.
    """
    return Model([Dense(64, 64, rng), ReLU(), Dense(64, 10, rng)])

"""
zh: 第 8 章　优化器
en: Chapter 8: optimizers

zh: 优化器有一个方法 `step(params, grads)`：两个字典，名字 -> 数组。它**就地**更新 params
zh: 里的数组（`p -= …`），不改动 grads。每个参数的状态按名字存在自己的字典里。
en: An optimizer has one method, `step(params, grads)`, of two dictionaries, name -> array.
en: It updates the arrays of params **in place** (`p -= …`) and leaves grads alone. What it
en: remembers of each parameter is in dictionaries of its own, by name.
"""

import numpy as np

# ---- 8.1 ----


class SGD:
    """
    zh: p ← p − lr·g。第 t 步（从 0 数起）的学习率是 lr / (1 + decay·t)。
    en: p ← p − lr·g. The rate of step t, counted from 0, is lr / (1 + decay·t).
    """

    def __init__(self, lr=0.01, decay=0.0):
        self.lr, self.decay = lr, decay
        self.t = 0

    def step(self, params, grads):
        # >>> 8.1
        rate = self.lr / (1 + self.decay * self.t)
        self.t += 1
        for name, p in params.items():
            p -= rate * grads[name]
        # <<<


# ---- 8.2 ----


class Momentum:
    """
    zh: v ← μ·v − lr·g，p ← p + v；v 从 0 开始。
    zh: nesterov 为真时：v 照旧更新，p ← p + μ·v − lr·g（用新的 v）。
    en: v ← μ·v − lr·g and p ← p + v, where v starts at 0.
    en: With nesterov: v as before, but p ← p + μ·v − lr·g, with the new v.
    """

    def __init__(self, lr=0.01, momentum=0.9, nesterov=False):
        self.lr, self.momentum, self.nesterov = lr, momentum, nesterov
        self.v = {}

    def step(self, params, grads):
        # >>> 8.2
        for name, p in params.items():
            move = self.lr * grads[name]
            v = self.momentum * self.v.get(name, np.zeros_like(p)) - move
            self.v[name] = v
            p += self.momentum * v - move if self.nesterov else v
        # <<<


# ---- 8.3 ----


class RMSprop:
    """
    zh: a ← ρ·a + (1 − ρ)·g²，p ← p − lr·g / (√a + ε)；a 从 0 开始。
    en: a ← ρ·a + (1 − ρ)·g² and p ← p − lr·g / (√a + ε), where a starts at 0.
    """

    def __init__(self, lr=0.001, rho=0.9, epsilon=1e-7):
        self.lr, self.rho, self.epsilon = lr, rho, epsilon
        self.a = {}

    def step(self, params, grads):
        # >>> 8.3
        for name, p in params.items():
            g = grads[name]
            a = self.rho * self.a.get(name, 0.0) + (1 - self.rho) * g**2
            self.a[name] = a
            p -= self.lr * g / (np.sqrt(a) + self.epsilon)
        # <<<


# ---- 8.4 ----


class Adam:
    """
    zh: 第 t 步，t 从 1 数起：
    zh:     m ← β₁·m + (1 − β₁)·g，v ← β₂·v + (1 − β₂)·g²；m、v 从 0 开始
    zh:     p ← p − lr·√(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)
    en: In step t, counted from 1:
    en:     m ← β₁·m + (1 − β₁)·g and v ← β₂·v + (1 − β₂)·g², where both start at 0
    en:     p ← p − lr·√(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)
    """

    def __init__(self, lr=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        self.lr, self.beta_1, self.beta_2 = lr, beta_1, beta_2
        self.epsilon = epsilon
        self.m, self.v = {}, {}
        self.t = 0

    def step(self, params, grads):
        # >>> 8.4
        self.t += 1
        rate = self.lr * np.sqrt(1 - self.beta_2**self.t) / (1 - self.beta_1**self.t)
        for name, p in params.items():
            g = grads[name]
            m = self.beta_1 * self.m.get(name, 0.0) + (1 - self.beta_1) * g
            v = self.beta_2 * self.v.get(name, 0.0) + (1 - self.beta_2) * g**2
            self.m[name], self.v[name] = m, v
            p -= rate * m / (np.sqrt(v) + self.epsilon)
        # <<<


# ---- 8.5 ----


def clip_by_norm(grads, limit):
    """
    zh: 把所有梯度看成一个长向量；若它比 limit 长，就等比例缩短到 limit。返回新的字典，
    zh: 不改动 grads。
    en: Take all gradients for one long vector; if it is longer than limit, shorten it to
    en: limit, keeping its direction. Return a new dictionary and leave grads alone.
    """
    # >>> 8.5
    length = np.sqrt(sum(np.sum(g**2) for g in grads.values()))
    factor = limit / length if length > limit else 1.0
    return {name: g * factor for name, g in grads.items()}
    # <<<

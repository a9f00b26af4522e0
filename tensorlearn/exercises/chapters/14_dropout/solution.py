"""
zh: 第 14 章　Dropout 与训练、测试两种模式
en: Chapter 14: dropout, in training and in testing

zh: 训练时随机扔掉一部分数，剩下的放大，使期望不变；测试时什么都不做。反向必须沿着前向
zh: 走过的那条路回来。
en: In training throw some of the numbers away at random, and enlarge the rest so that the
en: expectation stays the same; in testing do nothing. Backward must return by the very way
en: that forward went.
"""

import numpy as np

# ---- 14.1 ----


def dropout_mask(shape, rate, rng):
    """
    zh: 给定形状的随机数组：以概率 rate 为 0，否则为 1 / (1 - rate)。
    zh: rng 是 np.random.Generator；0 <= rate < 1。
    en: A random array of that shape: 0 with probability rate, and else 1 / (1 - rate).
    en: rng is a np.random.Generator; 0 <= rate < 1.
    """
    # >>> 14.1
    return (rng.random(shape) >= rate) / (1 - rate)
    # <<<


# ---- 14.2 ----


class Dropout:
    """
    zh: 训练时乘以随机的遮罩，测试时原样通过。
    en: Multiplies by a random mask in training, and lets everything through in testing.
    """

    def __init__(self, rate, rng):
        self.rate, self.rng = rate, rng
        self.params, self.grads = {}, {}

    def forward(self, x, training):
        # >>> 14.2
        self.mask = dropout_mask(x.shape, self.rate, self.rng) if training else 1.0
        return x * self.mask
        # <<<

    def backward(self, g):
        # >>> 14.2
        return g * self.mask
        # <<<


# ---- 14.3 ----


class SpatialDropout:
    """
    zh: 序列 (N, T, C)：每个样本里，一个通道要么在所有时刻都扔掉，要么都留下。
    en: Sequences, (N, T, C): in each example a channel is either thrown away at all times
    en: or kept at all times.
    """

    def __init__(self, rate, rng):
        self.rate, self.rng = rate, rng
        self.params, self.grads = {}, {}

    def forward(self, x, training):
        # >>> 14.3
        shape = x.shape[0], 1, x.shape[2]
        self.channels = 1.0
        if training:
            self.channels = dropout_mask(shape, self.rate, self.rng)
        return x * self.channels
        # <<<

    def backward(self, g):
        # >>> 14.3
        return g * self.channels
        # <<<


# ---- 14.4 ----


class GaussianDropout:
    """
    zh: 训练时每个数乘以一个正态随机数：均值 1，标准差 √(rate / (1 - rate))。
    en: In training every number is multiplied by a normal random one, of mean 1 and
    en: standard deviation √(rate / (1 - rate)).
    """

    def __init__(self, rate, rng):
        self.rate, self.rng = rate, rng
        self.params, self.grads = {}, {}

    def forward(self, x, training):
        # >>> 14.4
        self.noise = 1.0
        if training:
            deviation = np.sqrt(self.rate / (1 - self.rate))
            self.noise = self.rng.normal(1.0, deviation, x.shape)
        return x * self.noise
        # <<<

    def backward(self, g):
        # >>> 14.4
        return g * self.noise
        # <<<

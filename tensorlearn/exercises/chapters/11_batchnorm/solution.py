"""
zh: 第 11 章　批归一化
en: Chapter 11: batch normalization

zh: 同一个特征在整批样本上减去均值、除以标准差。反向的难点在于：均值与方差也是 x 算出来的。
en: Each feature, over the whole batch, minus its mean and divided by its deviation. The
en: difficulty of the way back: mean and variance are computed from x as well.
"""

import numpy as np

# ---- 11.1 ----


def normalize(x, eps=1e-3):
    """
    zh: (x - 均值) / √(方差 + eps)，每个特征在整批样本上。方差除以 N。(N, D) -> (N, D)
    en: (x - mean) / √(variance + eps), of each feature over the batch. The variance is
    en: divided by N.   (N, D) -> (N, D)
    """
    # >>> 11.1
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)
    # <<<


def normalize_backward(g, x, eps=1e-3):
    """
    zh: 返回对 x 的梯度。均值与方差不是常数。
    en: Return the gradient of x. Mean and variance are not constants.
    """
    # >>> 11.1
    y = normalize(x, eps)
    deviation = np.sqrt(x.var(axis=0) + eps)
    return (g - g.mean(axis=0) - y * (g * y).mean(axis=0)) / deviation
    # <<<


# ---- 11.2 ----


def scale_and_shift(y, gamma, beta):
    """(N, D), (D,), (D,) -> (N, D)"""
    return gamma * y + beta


def scale_and_shift_backward(g, y, gamma, beta):
    """
    zh: 返回对 y、gamma、beta 的梯度。
    en: Return the gradients of y, gamma and beta.
    """
    # >>> 11.2
    return g * gamma, (g * y).sum(axis=0), g.sum(axis=0)
    # <<<


# ---- 11.3 ----


class BatchNorm:
    """
    zh: 训练时用这一批的均值与方差，并更新移动平均；测试时只用移动平均。
    en: In training it uses mean and variance of the batch, and updates their moving
    en: averages; in testing it uses the moving averages alone.
    """

    def __init__(self, features, momentum=0.9, eps=1e-3):
        self.params = {"gamma": np.ones(features), "beta": np.zeros(features)}
        self.grads = {}
        self.mean, self.var = np.zeros(features), np.ones(features)
        self.momentum, self.eps = momentum, eps

    def forward(self, x, training):
        """
        zh: 移动平均 = momentum × 旧值 + (1 - momentum) × 这一批的值。
        en: Moving average = momentum × old value + (1 - momentum) × value of the batch.
        """
        # >>> 11.3
        self.training = training
        mean, var = self.mean, self.var
        if training:
            mean, var, m = x.mean(axis=0), x.var(axis=0), self.momentum
            self.mean = m * self.mean + (1 - m) * mean
            self.var = m * self.var + (1 - m) * var
        self.deviation = np.sqrt(var + self.eps)
        self.y = (x - mean) / self.deviation
        return self.params["gamma"] * self.y + self.params["beta"]
        # <<<

    def backward(self, g):
        """
        zh: 按最近一次 forward 的模式求梯度；填好 grads，返回对 x 的梯度。
        en: Follow the mode of the last forward; fill grads, return the gradient of x.
        """
        # >>> 11.3
        self.grads["gamma"] = (g * self.y).sum(axis=0)
        self.grads["beta"] = g.sum(axis=0)
        g = g * self.params["gamma"]
        if self.training:
            g = g - g.mean(axis=0) - self.y * (g * self.y).mean(axis=0)
        return g / self.deviation
        # <<<


# ---- 11.4 ----


def image_norm(x, gamma, beta, eps=1e-3):
    """
    zh: 图像：每个通道在所有样本、所有像素上归一化。(N, H, W, C), (C,), (C,)
    en: Images: each channel is normalized over all examples and all pixels.
    en: (N, H, W, C), (C,), (C,) -> (N, H, W, C)
    """
    # >>> 11.4
    mean = x.mean(axis=(0, 1, 2))
    return gamma * (x - mean) / np.sqrt(x.var(axis=(0, 1, 2)) + eps) + beta
    # <<<


def image_norm_backward(g, x, gamma, beta, eps=1e-3):
    """
    zh: 返回对 x、gamma、beta 的梯度。
    en: Return the gradients of x, gamma and beta.
    """
    # >>> 11.4
    axes = (0, 1, 2)
    deviation = np.sqrt(x.var(axis=axes) + eps)
    y = (x - x.mean(axis=axes)) / deviation
    dgamma, dbeta = (g * y).sum(axis=axes), g.sum(axis=axes)
    count = x.size // x.shape[-1]
    dx = (g - dbeta / count - y * dgamma / count) * gamma / deviation
    return dx, dgamma, dbeta
    # <<<

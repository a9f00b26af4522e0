"""
zh: 第 17 章　遮罩：填充不算数
en: Chapter 17: masking, or padding does not count

zh: 句子长短不一，短的在末尾填充到 T 步。遮罩 (N, T) 是布尔数组：真是真正的一步，假是填充。
zh: 一个好遮罩的标准只有一条：填充里写什么，结果都一样。
en: Sentences differ in length; short ones are padded at their end to T steps. A mask,
en: (N, T), is a boolean array: true is a real step, false is padding. There is one test of
en: a good mask: whatever stands in the padding, the result is the same.
"""

import numpy as np

# ---- 17.1 ----


def padding_mask(x, value=0.0):
    """
    zh: 一步是填充，当且仅当它的 D 个数全等于 value。(N, T, D) -> (N, T)
    en: A step is padding if all of its D numbers equal value.   (N, T, D) -> (N, T)
    """
    # >>> 17.1
    return (x != value).any(axis=-1)
    # <<<


def length_mask(lengths, steps):
    """
    zh: 每句的前 length 步是真的。(N,) -> (N, T)
    en: The first `length` steps of each sentence are real.   (N,) -> (N, T)
    """
    # >>> 17.1
    return np.arange(steps) < np.asarray(lengths)[:, None]
    # <<<


# ---- 17.2 ----


def masked_mean(x, mask):
    """
    zh: 对真正的步求平均；一步也没有就得 0。(N, T, D), (N, T) -> (N, D)
    en: The mean over the real steps, 0 if there are none.   (N, T, D), (N, T) -> (N, D)
    """
    # >>> 17.2
    count = np.maximum(mask.sum(axis=1), 1)[:, None]  # (N, 1)
    return np.where(mask[..., None], x, 0.0).sum(axis=1) / count
    # <<<


def masked_mean_backward(g, x, mask):
    """
    zh: 返回对 x 的梯度；填充处是 0。
    en: Return the gradient of x; in the padding it is 0.
    """
    # >>> 17.2
    count = np.maximum(mask.sum(axis=1), 1)[:, None, None]  # (N, 1, 1)
    return g[:, None] * mask[..., None] / count
    # <<<


# ---- 17.3 ----


def masked_rnn(x, mask, W, R, b):
    """
    zh: 从 h = 0 开始，真正的一步：h = tanh(x @ W + h @ R + b)；填充：h 不变。返回最后的 h。
    zh: (N, T, D), (N, T), (D, U), (U, U), (U,) -> (N, U)
    en: From h = 0 on, a real step does h = tanh(x @ W + h @ R + b), padding leaves h as it
    en: is. Return the last h.   (N, T, D), (N, T), (D, U), (U, U), (U,) -> (N, U)
    """
    # >>> 17.3
    return masked_states(x, mask, W, R, b)[-1]
    # <<<


def masked_states(x, mask, W, R, b):
    """
    zh: 所有时刻的状态，从 h = 0 数起，共 T + 1 个。
    en: The states of all times, T + 1 of them, beginning with h = 0.
    """
    # >>> 17.3
    states = [np.zeros((len(x), len(R)))]
    for t in range(x.shape[1]):
        new = np.tanh(x[:, t] @ W + states[-1] @ R + b)
        states.append(np.where(mask[:, t, None], new, states[-1]))
    return states
    # <<<


def masked_rnn_backward(g, x, mask, W, R, b):
    """
    zh: g: (N, U)，是最后状态的梯度。返回对 x、W、R、b 的梯度。
    en: g: (N, U), the gradient of the last state. Return the gradients of x, W, R and b.
    """
    # >>> 17.3
    states = masked_states(x, mask, W, R, b)
    dx, dW, dR, db = (np.zeros_like(a) for a in (x, W, R, b))
    for t in reversed(range(x.shape[1])):
        real = mask[:, t, None]  # (N, 1)
        dz = np.where(real, g * (1 - states[t + 1] ** 2), 0.0)
        dx[:, t] = dz @ W.T
        dW += x[:, t].T @ dz
        dR += states[t].T @ dz
        db += dz.sum(axis=0)
        g = np.where(real, dz @ R.T, g)
    return dx, dW, dR, db
    # <<<


# ---- 17.4 ----


def masked_mse(y, target, mask):
    """
    zh: 所有真正的步里，误差平方的平均，一个数；一步也没有就是 0。
    zh: y 与 target: (N, T, D)，mask: (N, T)
    en: The mean of the squared errors in all real steps, one number; 0 if there are none.
    en: y and target: (N, T, D), mask: (N, T)
    """
    # >>> 17.4
    count = max(mask.sum() * y.shape[-1], 1)
    return np.sum(np.where(mask[..., None], (y - target) ** 2, 0.0)) / count
    # <<<


def masked_mse_backward(g, y, target, mask):
    """
    zh: g 是一个数。返回对 y 的梯度，与 y 同形状。
    en: g is one number. Return the gradient of y, in the shape of y.
    """
    # >>> 17.4
    count = max(mask.sum() * y.shape[-1], 1)
    return g * np.where(mask[..., None], 2 * (y - target), 0.0) / count
    # <<<

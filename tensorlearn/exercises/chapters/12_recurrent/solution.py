"""
zh: 第 12 章　循环网络与随时间反向传播
en: Chapter 12: recurrent networks and backpropagation through time

zh: 字母：N 个样本，T 个时刻，每个时刻 D 个数；状态有 U 个数。W 乘输入，R 乘状态。
zh: LSTM 的几个门并排放在一个矩阵里，次序是 i f a o；GRU 是 z r a。这也是 Keras 的次序。
en: The letters: N examples, T times, D numbers at each; a state has U numbers. W multiplies
en: the input, R the state. The gates of an LSTM lie side by side in one matrix, in the
en: order i f a o; those of a GRU in the order z r a. Keras has the same orders.
"""

import numpy as np


def sigmoid(x):
    return (1 + np.tanh(x / 2)) / 2


# ---- 12.1 ----


def rnn_step(x, h, W, R, b):
    """(N, D), (N, U), (D, U), (U, U), (U,) -> (N, U)"""
    return np.tanh(x @ W + h @ R + b)


def rnn_step_backward(g, x, h, W, R, b):
    """
    zh: 返回对 x、h、W、R、b 的梯度。
    en: Return the gradients of x, h, W, R and b.
    """
    # >>> 12.1
    y = rnn_step(x, h, W, R, b)
    dz = g * (1 - y**2)
    return dz @ W.T, dz @ R.T, x.T @ dz, h.T @ dz, dz.sum(axis=0)
    # <<<


# ---- 12.2 ----


def rnn(x, W, R, b):
    """
    zh: 从全 0 的状态开始，一个时刻一个时刻地走；返回所有时刻的新状态。
    zh: x: (N, T, D) -> (N, T, U)
    en: Start from a state of zeros and walk through time; return the new states of all
    en: times.   x: (N, T, D) -> (N, T, U)
    """
    # >>> 12.2
    h = np.zeros((len(x), len(R)))
    states = []
    for t in range(x.shape[1]):
        h = rnn_step(x[:, t], h, W, R, b)
        states.append(h)
    return np.stack(states, axis=1)
    # <<<


def rnn_backward(g, x, W, R, b):
    """
    zh: 随时间反向传播。g 是对所有时刻状态的梯度，(N, T, U)；返回对 x、W、R、b 的梯度。
    en: Backpropagation through time. g is the gradient of the states of all times,
    en: (N, T, U); return the gradients of x, W, R and b.
    """
    # >>> 12.2
    states = rnn(x, W, R, b)
    old = np.concatenate([np.zeros_like(states[:, :1]), states[:, :-1]], axis=1)
    dx, dW, dR, db = (np.zeros_like(a) for a in (x, W, R, b))
    dh = np.zeros_like(states[:, 0])
    for t in reversed(range(x.shape[1])):
        total = g[:, t] + dh
        grads = rnn_step_backward(total, x[:, t], old[:, t], W, R, b)
        dx[:, t], dh = grads[:2]
        dW += grads[2]
        dR += grads[3]
        db += grads[4]
    return dx, dW, dR, db
    # <<<


# ---- 12.3 ----


def lstm_gates(x, h, W, R, b):
    """
    zh: 返回 i, f, a, o，各为 (N, U)。W: (D, 4U)，R: (U, 4U)，b: (4U,)
    en: Return i, f, a, o, each (N, U).   W: (D, 4U), R: (U, 4U), b: (4U,)
    """
    i, f, a, o = np.split(x @ W + h @ R + b, 4, axis=1)
    return sigmoid(i), sigmoid(f), np.tanh(a), sigmoid(o)


def lstm_step(x, h, c, W, R, b):
    """
    zh: 返回新的 (h, c)，各为 (N, U)。
    en: Return the new (h, c), each (N, U).
    """
    # >>> 12.3
    i, f, a, o = lstm_gates(x, h, W, R, b)
    c = f * c + i * a
    return o * np.tanh(c), c
    # <<<


def lstm_step_backward(g, x, h, c, W, R, b):
    """
    zh: 有两个输出，所以 g 是一对：(对新 h 的梯度, 对新 c 的梯度)。
    zh: 返回对 x、h、c、W、R、b 的梯度。
    en: There are two outputs, so g is a pair: (gradient of the new h, of the new c).
    en: Return the gradients of x, h, c, W, R and b.
    """
    # >>> 12.3
    gh, gc = g
    i, f, a, o = lstm_gates(x, h, W, R, b)
    y = np.tanh(f * c + i * a)
    dc = gc + gh * o * (1 - y**2)
    di = dc * a * i * (1 - i)
    df = dc * c * f * (1 - f)
    da = dc * i * (1 - a**2)
    do = gh * y * o * (1 - o)
    dz = np.concatenate([di, df, da, do], axis=1)  # (N, 4U)
    return dz @ W.T, dz @ R.T, dc * f, x.T @ dz, h.T @ dz, dz.sum(axis=0)
    # <<<


# ---- 12.4 ----


def gru_gates(x, h, W, R, b):
    """
    zh: 返回 z, r, a，各为 (N, U)。W: (D, 3U)，R: (U, 3U)，b: (3U,)
    en: Return z, r, a, each (N, U).   W: (D, 3U), R: (U, 3U), b: (3U,)
    """
    xz, xr, xa = np.split(x @ W + b, 3, axis=1)
    Rz, Rr, Ra = np.split(R, 3, axis=1)
    z, r = sigmoid(xz + h @ Rz), sigmoid(xr + h @ Rr)
    return z, r, np.tanh(xa + (r * h) @ Ra)


def gru_step(x, h, W, R, b):
    """
    zh: 返回新的 h，(N, U)。
    en: Return the new h, (N, U).
    """
    # >>> 12.4
    z, _, a = gru_gates(x, h, W, R, b)
    return z * h + (1 - z) * a
    # <<<


def gru_step_backward(g, x, h, W, R, b):
    """
    zh: 返回对 x、h、W、R、b 的梯度。
    en: Return the gradients of x, h, W, R and b.
    """
    # >>> 12.4
    Rz, Rr, Ra = np.split(R, 3, axis=1)
    z, r, a = gru_gates(x, h, W, R, b)
    dz = g * (h - a) * z * (1 - z)
    da = g * (1 - z) * (1 - a**2)
    dq = da @ Ra.T  # q = r * h
    dr = dq * h * r * (1 - r)
    gates = np.concatenate([dz, dr, da], axis=1)  # (N, 3U)
    dh = g * z + dq * r + dz @ Rz.T + dr @ Rr.T
    dR = np.concatenate([h.T @ dz, h.T @ dr, (r * h).T @ da], axis=1)
    return gates @ W.T, dh, x.T @ gates, dR, gates.sum(axis=0)
    # <<<

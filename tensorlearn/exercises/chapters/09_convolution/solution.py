"""
zh: 第 9 章　卷积：从循环到窗口
en: Chapter 9: convolution, from loops to windows

zh: 图像 x 的形状是 (N, H, W, C)，卷积核 w 是 (K, L, C, F)，输出是 (N, OH, OW, F)。
en: Images x have the shape (N, H, W, C), kernels w have (K, L, C, F), and outputs
en: (N, OH, OW, F).
"""

import numpy as np

# ---- 9.1 ----


def convolve_loops(x, w):
    """
    zh: 步幅 1、不填充的卷积，用循环走遍每个输出位置：
    zh:     y[n, i, j] = 窗口 x[n, i:i+K, j:j+L] 与核逐元素相乘再求和，每个滤波器 f 一个数
    zh: 循环只许走 i 与 j；样本和滤波器用 NumPy 一次算完。
    en: Convolution with stride 1 and without padding, in a loop over output places:
    en:     y[n, i, j] = the window x[n, i:i+K, j:j+L] times the kernel, summed, for each f
    en: Loop over i and j only; NumPy does all examples and filters at once.
    """
    # >>> 9.1
    K, L = w.shape[:2]
    OH, OW = x.shape[1] - K + 1, x.shape[2] - L + 1
    y = np.zeros((len(x), OH, OW, w.shape[3]))
    for i in range(OH):
        for j in range(OW):
            window = x[:, i : i + K, j : j + L]  # (N, K, L, C)
            y[:, i, j] = np.tensordot(window, w, axes=3)  # (N, F)
    return y
    # <<<


# ---- 9.2 ----


def output_length(length, size, stride, padding):
    """
    zh: 一个轴的输出长度：长 length 的轴两边各填充 padding，窗口长 size，步幅 stride。
    zh: 一个窗口也放不下时抛出 ValueError。
    en: The output length of one axis: `length` with `padding` on both sides, windows of
    en: `size`, at a distance of `stride`. ValueError if not even one window fits.
    """
    # >>> 9.2
    room = length + 2 * padding - size
    if room < 0:
        raise ValueError(f"a window of {size} does not fit into {length + 2 * padding}")
    return room // stride + 1
    # <<<


def windows(x, size, stride):
    """
    zh: 所有窗口：(N, H, W, C) -> (N, OH, OW, K, L, C)，size 是 (K, L)，两个轴步幅相同。
    zh: 不许有 Python 循环。
    en: All windows: (N, H, W, C) -> (N, OH, OW, K, L, C), where size is (K, L) and the
    en: stride is the same for both axes. No Python loops.
    """
    # >>> 9.2
    every = np.lib.stride_tricks.sliding_window_view(x, size, axis=(1, 2))
    chosen = every[:, ::stride, ::stride]  # (N, OH, OW, C, K, L)
    return chosen.transpose(0, 1, 2, 4, 5, 3)  # (N, OH, OW, K, L, C)
    # <<<


# ---- 9.3 ----


def pad(x, padding):
    """
    zh: 高和宽的两边各填 padding 个 0。
    en: Put `padding` zeros on both sides of height and width.
    """
    return np.pad(x, [(0, 0), (padding, padding), (padding, padding), (0, 0)])


def convolve(x, w, b, stride=1, padding=0):
    """
    zh: 一次算完：填充，取窗口，矩阵乘积，加偏置 b (F,)。
    en: All at once: pad, take windows, one matrix product, add the bias b (F,).
    """
    # >>> 9.3
    taken = windows(pad(x, padding), w.shape[:2], stride)
    N, OH, OW = taken.shape[:3]
    columns = taken.reshape(N, OH, OW, -1)  # (N, OH, OW, K*L*C)
    return columns @ w.reshape(-1, w.shape[3]) + b  # (N, OH, OW, F)
    # <<<


# ---- 9.4 ----


def overlap_add(patches, shape, stride):
    """
    zh: windows 的反向：把每个窗口加回它的位置，重叠处相加。
    zh: (N, OH, OW, K, L, C) -> shape，即 (N, H, W, C)。循环只许走 K 与 L。
    en: The way back of windows: add each window back to its place; what overlaps adds up.
    en: (N, OH, OW, K, L, C) -> shape, which is (N, H, W, C). Loop over K and L only.
    """
    # >>> 9.4
    x = np.zeros(shape)
    _, OH, OW, K, L, _ = patches.shape
    for k in range(K):
        for m in range(L):
            rows = slice(k, k + stride * OH, stride)
            columns = slice(m, m + stride * OW, stride)
            x[:, rows, columns] += patches[:, :, :, k, m]
    return x
    # <<<


# ---- 9.5 ----


def convolve_backward(g, x, w, b, stride=1, padding=0):
    """
    zh: 返回对 x、w、b 的梯度。
    en: Return the gradients of x, w and b.
    """
    # >>> 9.5
    padded = pad(x, padding)
    taken = windows(padded, w.shape[:2], stride)
    dw = np.tensordot(taken, g, axes=([0, 1, 2], [0, 1, 2]))  # (K, L, C, F)
    patches = np.tensordot(g, w, axes=([3], [3]))  # (N, OH, OW, K, L, C)
    dx = overlap_add(patches, padded.shape, stride)
    H, W = x.shape[1:3]
    dx = dx[:, padding : padding + H, padding : padding + W]
    return dx, dw, g.sum(axis=(0, 1, 2))
    # <<<

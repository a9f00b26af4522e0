"""
zh: 第 10 章　池化与它的梯度
en: Chapter 10: pooling and its gradient

zh: 图像 x 的形状是 (N, H, W, C)；池化对每个通道分别进行。
en: Images x have the shape (N, H, W, C); each channel is pooled by itself.
"""

import numpy as np


def windows(x, size, stride):
    """
    zh: 第 9 章的所有窗口：(N, H, W, C) -> (N, OH, OW, size, size, C)，只读。
    en: All windows, from chapter 9: (N, H, W, C) -> (N, OH, OW, size, size, C), read-only.
    """
    every = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))
    return every[:, ::stride, ::stride].transpose(0, 1, 2, 4, 5, 3)


def overlap_add(patches, shape, stride):
    """
    zh: 第 9 章的反向：把每个窗口加回它的位置。
    en: Its way back, from chapter 9: add each window back to its place.
    """
    x = np.zeros(shape)
    _, OH, OW, K, L, _ = patches.shape
    for k in range(K):
        for m in range(L):
            rows = slice(k, k + stride * OH, stride)
            columns = slice(m, m + stride * OW, stride)
            x[:, rows, columns] += patches[:, :, :, k, m]
    return x


# ---- 10.1 ----


def max_pool(x, size):
    """
    zh: 互不重叠的最大池化：(N, H, W, C) -> (N, H/size, W/size, C)。H 与 W 都能被 size
    zh: 整除。不许有循环，用 reshape。
    en: Maxima of windows that do not overlap: (N, H, W, C) -> (N, H/size, W/size, C), where
    en: size divides H and W. No loops: use reshape.
    """
    # >>> 10.1
    N, H, W, C = x.shape
    return x.reshape(N, H // size, size, W // size, size, C).max(axis=(2, 4))
    # <<<


# ---- 10.2 ----


def max_pool_backward(g, x, size):
    """
    zh: 每个窗口的 g 只给最大的那个元素；有几个一样大时，只给（逐行数）第一个。
    en: The g of each window goes to its largest element; where several are equal, to the
    en: first of them (row by row) alone.
    """
    # >>> 10.2
    N, H, W, C = x.shape
    OH, OW = H // size, W // size
    cells = x.reshape(N, OH, size, OW, size, C).transpose(0, 1, 3, 5, 2, 4)
    flat = cells.reshape(N, OH, OW, C, size * size)
    winner = np.arange(size * size) == flat.argmax(axis=-1)[..., None]
    shared = (g[..., None] * winner).reshape(N, OH, OW, C, size, size)
    return shared.transpose(0, 1, 4, 2, 5, 3).reshape(x.shape)
    # <<<


# ---- 10.3 ----


def average_pool(x, size, stride, padding=0):
    """
    zh: 每个窗口的平均。边上填充 padding 圈，但填充不算数：只除以窗口里真实像素的个数。
    en: The mean of each window. There is a border of `padding`, but it does not count:
    en: divide by the number of real pixels in the window only.
    """
    # >>> 10.3
    total = windows(bordered(x, padding), size, stride).sum(axis=(3, 4))
    return total / real_pixels(x, size, stride, padding)
    # <<<


def average_pool_backward(g, x, size, stride, padding=0):
    # >>> 10.3
    each = g / real_pixels(x, size, stride, padding)
    shape = (*g.shape[:3], size, size, g.shape[3])
    patches = np.broadcast_to(each[:, :, :, None, None], shape)
    dx = overlap_add(patches, bordered(x, padding).shape, stride)
    H, W = x.shape[1:3]
    return dx[:, padding : padding + H, padding : padding + W]
    # <<<


def bordered(x, padding):
    """
    zh: 高与宽的两边各填 padding 个 0。
    en: x with `padding` zeros on both sides of height and width.
    """
    return np.pad(x, [(0, 0), (padding, padding), (padding, padding), (0, 0)])


def real_pixels(x, size, stride, padding):
    """
    zh: 每个窗口里真实像素的个数：(1, OH, OW, 1)。
    en: How many real pixels each window has: (1, OH, OW, 1).
    """
    # >>> 10.3
    ones = np.ones((1, *x.shape[1:3], 1))
    return windows(bordered(ones, padding), size, stride).sum(axis=(3, 4))
    # <<<


# ---- 10.4 ----


def max_pool_overlapping(x, size, stride):
    """
    zh: 窗口可以重叠的最大池化（stride 可以小于 size），不填充。
    en: Maxima of windows that may overlap (stride may be less than size), unpadded.
    """
    return windows(x, size, stride).max(axis=(3, 4))


def max_pool_overlapping_backward(g, x, size, stride):
    """
    zh: 一个像素可以赢得好几个窗口，各份梯度相加。平局时给每个窗口里的第一个。
    en: A pixel may win several windows, and their gradients add up. Among equals the first
    en: of each window wins.
    """
    # >>> 10.4
    taken = windows(x, size, stride)
    N, OH, OW, _, _, C = taken.shape
    flat = taken.reshape(N, OH, OW, size * size, C)
    places = np.arange(size * size)[:, None]
    winner = places == flat.argmax(axis=3)[:, :, :, None]
    patches = (g[:, :, :, None] * winner).reshape(taken.shape)
    return overlap_add(patches, x.shape, stride)
    # <<<

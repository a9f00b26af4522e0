"""
zh: 第 13 章　词嵌入：查表与散布
en: Chapter 13: embedding, gather and scatter

zh: 一张表，V 行，每行 D 个数；ids 是整数，说出要取哪几行。同一行取了几次，反向就收回几份。
en: A table of V rows with D numbers each; ids are integers that say which rows are wanted.
en: A row that was taken several times gets several shares back.
"""

import numpy as np

# ---- 13.1 ----


def one_hot(ids, rows):
    """
    zh: 每个整数变成一行：该位置是 1，其余是 0。ids 可以有任意多个轴：(*B,) -> (*B, V)
    en: Every integer becomes a row with a 1 in that place and 0 elsewhere. ids may have
    en: any number of axes.   (*B,) -> (*B, V)
    """
    # >>> 13.1
    return (ids[..., None] == np.arange(rows)) * 1.0
    # <<<


# ---- 13.2 ----


def embed(ids, table):
    """(*B,), (V, D) -> (*B, D)"""
    return table[ids]


def embed_backward(g, ids, table):
    """
    zh: 返回对 table 的梯度，(V, D)。ids 是整数，没有梯度。g: (*B, D)
    en: Return the gradient of table, (V, D). ids are integers and have none.   g: (*B, D)
    """
    # >>> 13.2
    dtable = np.zeros_like(table)
    np.add.at(dtable, ids, g)
    return dtable
    # <<<


# ---- 13.3 ----


def average(ids, table):
    """
    zh: 每句话的词向量平均。0 是填充，不算词；一个词也没有的句子得到 0。
    zh: (N, T), (V, D) -> (N, D)
    en: The mean of the word vectors of each sentence. 0 is padding and no word; a sentence
    en: without words gets 0.   (N, T), (V, D) -> (N, D)
    """
    # >>> 13.3
    words = (ids != 0)[..., None]  # (N, T, 1)
    count = np.maximum(words.sum(axis=1), 1)  # (N, 1)
    return (table[ids] * words).sum(axis=1) / count
    # <<<


def average_backward(g, ids, table):
    """
    zh: 返回对 table 的梯度；第 0 行是填充，梯度是 0。
    en: Return the gradient of table; row 0 is padding, its gradient is 0.
    """
    # >>> 13.3
    words = (ids != 0)[..., None]  # (N, T, 1)
    count = np.maximum(words.sum(axis=1, keepdims=True), 1)  # (N, 1, 1)
    dtable = np.zeros_like(table)
    np.add.at(dtable, ids, g[:, None] * words / count)
    return dtable
    # <<<


# ---- 13.4 ----


def sparse_gradient(g, ids):
    """
    zh: 只存用到的行：返回 (用到的行号, 每行的梯度)。行号从小到大，不重复。
    zh: g: (*B, D)，ids: (*B,) -> (R,), (R, D)
    en: Keep the rows that were used, and no others: return (their numbers, their
    en: gradients). The numbers are in increasing order, each of them once.
    en: g: (*B, D), ids: (*B,) -> (R,), (R, D)
    """
    # >>> 13.4
    rows, places = np.unique(ids, return_inverse=True)
    gradients = np.zeros((len(rows), g.shape[-1]))
    np.add.at(gradients, places.ravel(), g.reshape(-1, g.shape[-1]))
    return rows, gradients
    # <<<


def sparse_step(table, rows, gradients, rate):
    """
    zh: 一步梯度下降：就地改 table，只碰用到的行。
    en: A step of gradient descent: change table in place, touching the used rows alone.
    """
    # >>> 13.4
    table[rows] -= rate * gradients
    # <<<

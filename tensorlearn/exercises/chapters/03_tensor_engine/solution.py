"""
zh: 第 3 章　张量引擎与拓扑序
en: Chapter 3: a Tensor engine and topological order

zh: 数换成了数组，局部导数就放不进一个数里了。Tensor 改为记住一个函数 pull：给它输出的
zh: 梯度 g，它返回一个元组，每个 parent 一个梯度，形状与那个 parent 相同。
en: With arrays in place of numbers a local derivative no longer fits into a number. So a
en: Tensor remembers a function pull: given the gradient g of the output it returns a
en: tuple, one gradient for each parent, each in the shape of that parent.
"""

import numpy as np


class Tensor:
    """
    zh: 会记住来历的数组。
    en: An array that remembers where it came from.
    """

    def __init__(self, data, parents=(), pull=None):
        self.data = np.asarray(data, dtype=float)
        self.parents = parents
        self.pull = pull
        self.grad = None

    # zh: 一个做好的例子。本章里两个 parent 的形状总是相同，广播是下一章的事。
    # en: One that is done for you. In this chapter both parents have the same shape;
    # en: broadcasting is for the next one.

    def __add__(self, other):
        other = tensor(other, like=self)
        return Tensor(self.data + other.data, (self, other), lambda g: (g, g))

    # ---- 3.1 ----

    def __mul__(self, other):
        """
        zh: 逐元素的积。
        en: The product, element by element.
        """
        other = tensor(other, like=self)
        # >>> 3.1
        return Tensor(
            self.data * other.data,
            (self, other),
            lambda g: (g * other.data, g * self.data),
        )
        # <<<

    def __matmul__(self, other):
        """
        zh: 矩阵乘积：(N, D) @ (D, U) -> (N, U)。
        en: The matrix product: (N, D) @ (D, U) -> (N, U).
        """
        # >>> 3.1
        return Tensor(
            self.data @ other.data,
            (self, other),
            lambda g: (g @ other.data.T, self.data.T @ g),
        )
        # <<<

    def relu(self):
        """
        zh: 负数变 0，其余不变。
        en: Negative numbers become 0, the others stay.
        """
        # >>> 3.1
        return Tensor(
            np.maximum(self.data, 0), (self,), lambda g: (g * (self.data > 0),)
        )
        # <<<

    # ---- 3.2 ----

    def sum(self, axis=None):
        """
        zh: 沿一个轴求和（None：全部），那个轴消失。
        en: The sum along an axis (None: of everything); the axis disappears.
        """

        # >>> 3.2
        def pull(g):
            if axis is not None:
                g = np.expand_dims(g, axis)
            return (np.broadcast_to(g, self.data.shape).copy(),)

        return Tensor(self.data.sum(axis), (self,), pull)
        # <<<

    def reshape(self, *shape):
        """
        zh: 同样的数，换一种形状。
        en: The same numbers in another shape.
        """
        # >>> 3.2
        return Tensor(
            self.data.reshape(shape),
            (self,),
            lambda g: (g.reshape(self.data.shape),),
        )
        # <<<

    def transpose(self, *axes):
        """
        zh: 重排各轴：新的第 i 个轴是原来的第 axes[i] 个。
        en: Reorder the axes: the new axis i is the old axis axes[i].
        """
        # >>> 3.2
        return Tensor(
            self.data.transpose(axes),
            (self,),
            lambda g: (g.transpose(np.argsort(axes)),),
        )
        # <<<

    # ---- 3.3 ----

    def backward(self, g=None):
        """
        zh: 从 self 往回走，把梯度写进来历中每个 Tensor 的 grad，覆盖旧值。g 是 self 自己
        zh: 的梯度，默认全是 1。没有 pull 的 Tensor 是起点，不再往回走。
        en: Walk back from self and set the grad of every Tensor in its history, replacing
        en: what was there. g is the gradient of self, by default all ones. Where there is
        en: no pull, a Tensor is a beginning, and the walk ends.
        """
        # >>> 3.3
        uses = count_uses(self)
        for node in uses:
            node.grad = np.zeros(node.data.shape)
        self.grad = np.ones(self.data.shape) if g is None else np.asarray(g, float)
        ready = [self]
        while ready:
            node = ready.pop()
            if node.pull is None:
                continue
            for parent, part in zip(node.parents, node.pull(node.grad), strict=True):
                parent.grad = parent.grad + part
                uses[parent] -= 1
                if uses[parent] == 0:
                    ready.append(parent)
        # <<<

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -tensor(other, like=self)


def tensor(x, like):
    """
    zh: x 本身（若它已是 Tensor）；数则变成与 like 同形状的 Tensor。
    en: x itself if it is a Tensor; a number becomes a Tensor of like's shape.
    """
    if isinstance(x, Tensor):
        return x
    return Tensor(np.broadcast_to(x, like.data.shape))


def count_uses(root):
    """
    zh: 一个字典：root 的来历中的每个 Tensor（含 root）-> 它在来历里被用了几次。
    zh: 用两次就算 2，x * x 里的 x 也是；root 自己是 0。不要递归。
    en: A dictionary: every Tensor in root's history, root included -> how often it is used
    en: in that history. Used twice counts 2, as does x in x * x; root itself has 0.
    en: No recursion.
    """
    # >>> 3.3
    uses, stack = {root: 0}, [root]
    while stack:
        for parent in stack.pop().parents:
            if parent not in uses:
                uses[parent] = 0
                stack.append(parent)
            uses[parent] += 1
    return uses
    # <<<


# ---- 3.4 ----


def mean_squares(y, targets):
    """
    zh: 所有元素的误差平方的平均：一个数（Tensor）。targets 是数组。
    en: The mean of the squared errors of all elements: one number, a Tensor. targets is
    en: an array.
    """
    # >>> 3.4
    error = y - Tensor(targets)
    return (error * error).sum() * (1 / error.data.size)
    # <<<


def network(x, w1, w2):
    """
    zh: 两层：relu(x @ w1) @ w2。x 是数组，(N, D) -> Tensor (N, 10)。
    en: Two layers: relu(x @ w1) @ w2. x is an array, (N, D) -> Tensor (N, 10).
    """
    return (Tensor(x) @ w1).relu() @ w2


def train(x, targets, w1, w2, steps, rate):
    """
    zh: 就地改进权重 w1、w2（Tensor）：走 steps 步梯度下降，每一步都用全部样本。
    zh: 返回每一步更新之前的损失（普通的数）组成的列表。
    en: Improve the weights w1 and w2 (Tensors) by `steps` steps of gradient descent, each
    en: over all examples. Return the list of losses, plain numbers, each from before
    en: its update.
    """
    # >>> 3.4
    losses = []
    for _ in range(steps):
        loss = mean_squares(network(x, w1, w2), targets)
        loss.backward()
        for w in (w1, w2):
            w.data = w.data - rate * w.grad
        losses.append(float(loss.data))
    return losses
    # <<<

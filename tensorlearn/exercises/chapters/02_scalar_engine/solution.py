"""
zh: 第 2 章　标量自动求导引擎
en: Chapter 2: a scalar autograd engine

zh: 一个 `Value` 是一个数，外加它的来历：由哪些 Value 算出（parents），以及对每一个
zh: parent 的局部导数（slopes）。有了来历，backward 就能把整条链上的导数乘起来、加起来。
en: A `Value` is a number together with its history: the Values it was computed from
en: (parents), and the local derivative for each of them (slopes). With that history,
en: backward can multiply and add up the derivatives along every path.
"""

import math


class Value:
    """
    zh: 一个会记住来历的数。grad 是 backward 之后，终点对它的导数。
    en: A number that remembers where it came from. grad is the derivative of the end
    en: with respect to it, once backward has run.
    """

    def __init__(self, data, parents=(), slopes=()):
        self.data = data
        self.parents = parents
        self.slopes = slopes
        self.grad = 0.0

    # ---- 2.1 ----

    def __add__(self, other):
        other = value(other)
        # >>> 2.1
        return Value(self.data + other.data, (self, other), (1.0, 1.0))
        # <<<

    def __mul__(self, other):
        other = value(other)
        # >>> 2.1
        return Value(self.data * other.data, (self, other), (other.data, self.data))
        # <<<

    # ---- 2.2 ----

    def __pow__(self, n):
        """
        zh: self 的 n 次方；n 是普通的数。
        en: self to the power of n, which is a plain number.
        """
        # >>> 2.2
        return Value(self.data**n, (self,), (n * self.data ** (n - 1),))
        # <<<

    def exp(self):
        # >>> 2.2
        y = math.exp(self.data)
        return Value(y, (self,), (y,))
        # <<<

    def tanh(self):
        # >>> 2.2
        y = math.tanh(self.data)
        return Value(y, (self,), (1 - y * y,))
        # <<<

    # ---- 2.4 ----

    def backward(self):
        """
        zh: 算出 self 对来历中每个 Value 的导数，写进它们的 grad；以前的 grad 不算数。
        en: Put the derivative of self with respect to every Value in its history into
        en: that Value's grad; earlier contents of grad do not count.
        """
        # >>> 2.4
        nodes = order(self)
        for node in nodes:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(nodes):
            for parent, slope in zip(node.parents, node.slopes, strict=True):
                parent.grad += slope * node.grad
        # <<<

    # zh: 其余的运算由上面几个组合而成。
    # en: The other operations are compositions of those above.

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -value(other)

    def __truediv__(self, other):
        return self * value(other) ** -1

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __repr__(self):
        return f"Value({self.data:.4g}, grad={self.grad:.4g})"


def value(x):
    """
    zh: x 本身（若它已是 Value），否则是以 x 为数的新 Value。
    en: x itself if it is a Value, or else a new Value of the number x.
    """
    return x if isinstance(x, Value) else Value(x)


# ---- 2.3 ----


def order(root):
    """
    zh: root 的全部来历（含 root），排成一列：每个 Value 恰好出现一次，且排在由它算出
    zh: 的 Value 之前。来历可能有上万层深，所以不要用递归。
    en: The whole history of root, root included, as a list: every Value once, and before
    en: all that was computed from it. It may be ten thousand levels deep: no recursion.
    """
    # >>> 2.3
    done, seen, stack = [], {root}, [(root, iter(root.parents))]
    while stack:
        node, parents = stack[-1]
        for parent in parents:
            if parent not in seen:
                seen.add(parent)
                stack.append((parent, iter(parent.parents)))
                break
        else:
            done.append(node)
            stack.pop()
    return done
    # <<<


# ---- 2.5 ----


class Neuron:
    """tanh(w₁·x₁ + … + wₙ·xₙ + b)"""

    def __init__(self, n, rng):
        self.weights = [Value(float(w)) for w in rng.normal(size=n)]
        self.bias = Value(0.0)

    def __call__(self, inputs):
        # >>> 2.5
        total = self.bias
        for w, x in zip(self.weights, inputs, strict=True):
            total = total + w * x
        return total.tanh()
        # <<<

    def parameters(self):
        return [*self.weights, self.bias]


class Network:
    """
    zh: 一层 hidden 个神经元，后面再接一个神经元。
    en: A layer of `hidden` neurons, and one more neuron behind it.
    """

    def __init__(self, inputs, hidden, rng):
        self.layer = [Neuron(inputs, rng) for _ in range(hidden)]
        self.last = Neuron(hidden, rng)

    def __call__(self, inputs):
        return self.last([neuron(inputs) for neuron in self.layer])

    def parameters(self):
        return [p for neuron in [*self.layer, self.last] for p in neuron.parameters()]


def train(network, examples, targets, steps, rate):
    """
    zh: 梯度下降 steps 步，每步处理全部样本。损失是误差平方之和；返回每一步更新之前的
    zh: 损失（普通的数）组成的列表。
    en: Take `steps` steps of gradient descent, each over all examples. The loss is the
    en: sum of squared errors; return the list of losses, plain numbers, each taken
    en: before the update.
    """
    # >>> 2.5
    losses = []
    for _ in range(steps):
        loss = Value(0.0)
        for x, target in zip(examples, targets, strict=True):
            loss = loss + (network(x) - target) ** 2
        loss.backward()
        for p in network.parameters():
            p.data -= rate * p.grad
        losses.append(loss.data)
    return losses
    # <<<

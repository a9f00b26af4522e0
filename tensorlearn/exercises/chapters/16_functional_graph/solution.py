"""
zh: 第 16 章　函数式的图与共享层
en: Chapter 16: functional graphs and shared layers

zh: 层作用在节点上，得到新节点；节点连成图，图交给 Model。图里可以分叉、汇合，同一层
zh: 也可以用在几处。
en: Layers are applied to nodes and give new nodes; nodes make a graph, and a graph makes
en: a Model. A graph may fork and join, and a layer may be used in several places.
"""

import numpy as np


class Node:
    """
    zh: 图里的一个点：由 layer 从 parents 算出；输入没有 layer。
    en: A point of the graph: computed by `layer` from `parents`; inputs have no layer.
    """

    def __init__(self, layer=None, parents=()):
        self.layer, self.parents = layer, tuple(parents)


class Layer:
    """
    zh: forward(*xs) 返回 (y, cache)；backward(g, cache) 返回一个元组，每个输入一个梯度。
    zh: 同一层会被用几次，所以要记的东西放在 cache 里，不放在 self 里。
    en: forward(*xs) gives (y, cache); backward(g, cache) gives a tuple, one gradient for
    en: each input. A layer may be used several times, so what it has to remember is in
    en: the cache and not in self.
    """

    def __init__(self):
        self.params, self.grads = {}, {}

    def __call__(self, *nodes):
        """
        zh: 作用在节点上，返回新节点。什么也不计算。
        en: Apply it to nodes and return a new node. Nothing is computed.
        """
        # >>> 16.1
        return Node(self, nodes)
        # <<<

    def clear(self):
        """
        zh: 所有参数的梯度归零。
        en: Set the gradients of all parameters to zero.
        """
        self.grads = {name: np.zeros_like(p) for name, p in self.params.items()}


class Tanh(Layer):
    def forward(self, x):
        y = np.tanh(x)
        return y, y

    def backward(self, g, y):
        return (g * (1 - y**2),)


class Add(Layer):
    def forward(self, a, b):
        return a + b, None

    def backward(self, g, cache):
        return g, g


class Multiply(Layer):
    def forward(self, a, b):
        return a * b, (a, b)

    def backward(self, g, cache):
        a, b = cache
        return g * b, g * a


class Dense(Layer):
    def __init__(self, inputs, units, rng):
        super().__init__()
        self.params = {"W": rng.normal(size=(inputs, units)), "b": np.zeros(units)}
        self.clear()

    def forward(self, x):
        return x @ self.params["W"] + self.params["b"], x

    def backward(self, g, x):
        """
        zh: 把这一次的梯度加到 grads 上（clear 已把它归零），返回 (dx,)。
        en: Add the gradients of this use to grads, which `clear` has set to zero; return
        en: (dx,).
        """
        # >>> 16.4
        self.grads["W"] += x.T @ g
        self.grads["b"] += g.sum(axis=0)
        return (g @ self.params["W"].T,)
        # <<<


# ---- 16.1 ----


def order(ends):
    """
    zh: 算出 ends（一列节点）所需的全部节点，各出现一次，parents 排在前面。
    en: All nodes that `ends`, a list of nodes, are computed from, themselves included:
    en: each of them once, and parents first.
    """
    # >>> 16.1
    done, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent in node.parents:
                visit(parent)
            done.append(node)

    for node in ends:
        visit(node)
    return done
    # <<<


class Model:
    """
    zh: 从 inputs 到 outputs 的图，两者都是一列节点。
    en: The graph from inputs to outputs, both lists of nodes.
    """

    def __init__(self, inputs, outputs):
        self.inputs, self.outputs = list(inputs), list(outputs)
        self.nodes = order(self.outputs)

    # ---- 16.2 ----

    def forward(self, *xs):
        """
        zh: 每个节点恰好算一次；值放进 self.values，cache 放进 self.caches，都以节点为键。
        zh: 一个输出就返回它本身，几个输出就返回元组。
        en: Compute every node just once; put values into self.values and caches into
        en: self.caches, both by node. Return the output, or a tuple if there are several.
        """
        # >>> 16.2
        self.values = dict(zip(self.inputs, xs, strict=True))
        self.caches = {}
        for node in self.nodes:
            if node.layer is not None:
                given = [self.values[parent] for parent in node.parents]
                self.values[node], self.caches[node] = node.layer.forward(*given)
        results = tuple(self.values[node] for node in self.outputs)
        return results if len(results) > 1 else results[0]
        # <<<

    # ---- 16.3 ----

    def backward(self, g):
        """
        zh: g 是输出的梯度（几个输出就是一个元组）。返回一个元组：每个输入的梯度；与输出
        zh: 无关的输入得到 0。
        en: g is the gradient of the output, or a tuple if there are several. Return a
        en: tuple, one gradient for each input; 0 for one that no output depends on.
        """
        for node in self.nodes:
            if node.layer is not None:
                node.layer.clear()
        # >>> 16.3
        flow = dict.fromkeys(self.values, 0.0)
        gs = g if isinstance(g, tuple) else (g,)
        for node, part in zip(self.outputs, gs, strict=True):
            flow[node] = flow[node] + part
        for node in reversed(self.nodes):
            if node.layer is not None:
                parts = node.layer.backward(flow[node], self.caches[node])
                for parent, part in zip(node.parents, parts, strict=True):
                    flow[parent] = flow[parent] + part
        return tuple(flow[node] + 0 * self.values[node] for node in self.inputs)
        # <<<

    # ---- 16.4 ----

    @property
    def layers(self):
        """
        zh: 图里的层，按第一次用到的次序（即 self.nodes 的次序）；共享的层只出现一次。
        en: The layers of the graph in the order of their first use, that of self.nodes;
        en: a shared layer is listed once.
        """
        # >>> 16.4
        return list(dict.fromkeys(n.layer for n in self.nodes if n.layer is not None))
        # <<<

    @property
    def params(self):
        return self._named("params")

    @property
    def grads(self):
        return self._named("grads")

    def _named(self, kind):
        return {
            f"{i}/{name}": array
            for i, layer in enumerate(self.layers)
            for name, array in getattr(layer, kind).items()
        }

"""Right code written by hand, as a student would write it; no diagnosis may fall on it.

Most of the bugs in `bugs.py` are these with one line changed.
"""

import numpy as np

rng = np.random.default_rng(3)
X = rng.normal(size=(3, 4))
W = rng.normal(size=(4, 5))
B = rng.normal(size=5)
SEQUENCE = rng.normal(size=(2, 5, 3))
LABELS = np.array([1, 0, 3])


def dense(x, W, b):
    return x @ W + b


def dense_back(g, x, W, b):
    return g @ W.T, x.T @ g, g.sum(axis=0)


def tanh_back(g, x):
    return g * (1 - np.tanh(x) ** 2)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_back(g, x):
    y = sigmoid(x)
    return g * y * (1 - y)


def relu(x):
    return np.maximum(x, 0)


def relu_back(g, x):
    return g * (x > 0)


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_back(g, x):
    y = softmax(x)
    return y * (g - (g * y).sum(axis=-1, keepdims=True))


def cross_entropy(x, labels):
    return -np.log(softmax(x))[np.arange(len(labels)), labels].mean()


def cross_entropy_back(g, x, labels):
    dx = softmax(x)
    dx[np.arange(len(labels)), labels] -= 1
    return g * dx / len(labels)


def mean_squares(y, t):
    return np.mean((y - t) ** 2)


def mean_squares_back(g, y, t):
    d = g * 2 * (y - t) / y.size
    return d, -d


def normalize(x):
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)


def normalize_back(g, x):
    s = 1 / np.sqrt(x.var(axis=0) + 1e-5)
    y = (x - x.mean(axis=0)) * s
    return s * (g - g.mean(axis=0) - y * (g * y).mean(axis=0))


def convolve(x, w):
    """1-D over time, "same".  (N, T, C), (3, C, F) -> (N, T, F)"""
    padded = np.pad(x, [(0, 0), (1, 1), (0, 0)])
    T = x.shape[1]
    return sum(padded[:, k : k + T] @ w[k] for k in range(3))


def convolve_back(g, x, w):
    padded = np.pad(x, [(0, 0), (1, 1), (0, 0)])
    T = x.shape[1]
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for k in range(3):
        dx[:, k : k + T] += g @ w[k].T
        dw[k] = np.einsum("ntc,ntf->cf", padded[:, k : k + T], g)
    return dx[:, 1:-1], dw


def pool(x):
    """Overlapping maxima of three, stride 1.  (N, T, C) -> (N, T-2, C)"""
    return np.stack([x[:, i : i + 3].max(axis=1) for i in range(x.shape[1] - 2)], 1)


def pool_back(g, x):
    dx = np.zeros(x.shape)
    n, c = np.ogrid[: x.shape[0], : x.shape[2]]
    for i in range(x.shape[1] - 2):
        dx[n, x[:, i : i + 3].argmax(axis=1) + i, c] += g[:, i]
    return dx


def embed(table, i):
    return table[i]


def embed_back(g, table, i):
    dt = np.zeros(table.shape)
    np.add.at(dt, i, g)
    return dt


def recur(x, W, U):
    """(N, T, D), (D, H), (H, H) -> all states (N, T, H)"""
    h, states = np.zeros((len(x), len(U))), []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ W + h @ U)
        states.append(h)
    return np.stack(states, 1)


def recur_back(g, x, W, U):
    states = recur(x, W, U)
    dx, dW, dU = np.zeros(x.shape), np.zeros(W.shape), np.zeros(U.shape)
    later = np.zeros(states[:, 0].shape)
    for t in reversed(range(x.shape[1])):
        before = states[:, t - 1] if t else np.zeros(later.shape)
        d = (g[:, t] + later) * (1 - states[:, t] ** 2)
        dx[:, t], later = d @ W.T, d @ U.T
        dW += x[:, t].T @ d
        dU += before.T @ d
    return dx, dW, dU


class Dense:
    """A layer with parameters in dictionaries."""

    def __init__(self, inputs=4, units=5, seed=0):
        rng = np.random.default_rng(seed)
        self.params = {"W": rng.normal(size=(inputs, units)), "b": np.zeros(units)}
        self.grads = {}

    def forward(self, x):
        self.x = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, g):
        self.grads["W"] = self.x.T @ g
        self.grads["b"] = g.sum(axis=0)
        return g @ self.params["W"].T


class Named:
    """A layer with parameters in attributes, in float32."""

    def __init__(self):
        self.W = np.ones((4, 2), np.float32) / 3

    def forward(self, x):
        self.x = x
        return np.tanh(x @ self.W)

    def backward(self, g):
        d = g * (1 - np.tanh(self.x @ self.W) ** 2)
        self.dW = self.x.T @ d
        return d @ self.W.T


class Dropout:
    """Keeps elements with np.random."""

    def forward(self, x, training=True):
        self.mask = (np.random.rand(*x.shape) < 0.6) / 0.6 if training else 1.0
        return x * self.mask

    def backward(self, g):
        return g * self.mask


class Normalize:
    """BatchNormalization with running statistics."""

    def __init__(self, size=4):
        self.params = {"gamma": np.ones(size) * 1.5, "beta": np.zeros(size)}
        self.grads = {}
        self.mean, self.var = np.ones(size) * 0.2, np.ones(size) * 1.3

    def forward(self, x, training=True):
        self.training = training
        mean = x.mean(axis=0) if training else self.mean
        var = x.var(axis=0) if training else self.var
        if training:
            self.mean = 0.9 * self.mean + 0.1 * mean
            self.var = 0.9 * self.var + 0.1 * var
        self.s = 1 / np.sqrt(var + 1e-5)
        self.y = (x - mean) * self.s
        return self.params["gamma"] * self.y + self.params["beta"]

    def backward(self, g):
        self.grads["gamma"] = (g * self.y).sum(axis=0)
        self.grads["beta"] = g.sum(axis=0)
        g = g * self.params["gamma"]
        if not self.training:
            return g * self.s
        return self.s * (g - g.mean(0) - self.y * (g * self.y).mean(0))


class Value:
    """A scalar autograd engine."""

    def __init__(self, data, parents=(), rules=()):
        self.data, self.parents, self.rules = data, parents, rules
        self.grad = 0.0

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        rules = (lambda g: g * other.data, lambda g: g * self.data)
        return type(self)(self.data * other.data, (self, other), rules)

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return type(self)(
            self.data + other.data, (self, other), (lambda g: g, lambda g: g)
        )

    def backward(self):
        order, seen = [], set()

        def visit(v):
            if v not in seen:
                seen.add(v)
                for parent in v.parents:
                    visit(parent)
                order.append(v)

        visit(self)
        self.grad = 1.0
        for v in reversed(order):
            for parent, rule in zip(v.parents, v.rules, strict=True):
                parent.grad += rule(v.grad)


FUNCTIONS = {
    "dense": (dense, dense_back, (X, W, B)),
    "square": (lambda x: x**2, lambda g, x: 2 * g * x, (3.0,)),
    "product": (lambda a, b: a * b, lambda g, a, b: (g * b, g * a), (2.0, 5.0)),
    "tanh": (np.tanh, tanh_back, (X,)),
    "sigmoid": (sigmoid, sigmoid_back, (X,)),
    "relu": (relu, relu_back, (X,)),
    "relu at 0": (relu, relu_back, (np.array([0.0, 1.0, -1.0, 0.0]),)),
    "relu, 1 at 0": (relu, lambda g, x: g * (x >= 0), (np.zeros((2, 2)),)),
    "abs at 0": (np.abs, lambda g, x: g * np.sign(x), (np.array([0.0, -2.0, 1.0]),)),
    "max of ties": (
        lambda x: x.max(axis=1),
        lambda g, x: (x == x.max(axis=1, keepdims=True)) * g[:, None],
        (np.array([[1.0, 1.0, 0.0], [2.0, 2.0, 2.0]]),),
    ),
    "sort of ties": (
        lambda x: np.sort(x),
        lambda g, x: g[np.argsort(np.argsort(x, kind="stable"), kind="stable")],
        (np.array([1.0, 0.0, 1.0, 1.0, -1.0]),),
    ),
    "maximum of ties": (
        np.maximum,
        lambda g, a, b: (g * (a >= b), g * (a < b)),
        (np.ones(3), np.array([1.0, 0.0, 2.0])),
    ),
    "floor": (np.floor, lambda g, x: 0 * g, (X,)),
    "clip": (lambda x: np.clip(x, 0, 1), lambda g, x: g * ((x > 0) & (x < 1)), (X,)),
    "steep": (lambda x: np.exp(20 * x), lambda g, x: g * 20 * np.exp(20 * x), (X,)),
    "fast": (
        lambda x: np.sin(1000 * x),
        lambda g, x: g * 1000 * np.cos(1000 * x),
        (X,),
    ),
    "tiny": (lambda x: (x * 1e-9) ** 2, lambda g, x: g * 2e-18 * x, (X,)),
    "large": (lambda x: (x * 1e8) ** 2, lambda g, x: g * 2e16 * x, (X,)),
    "empty": (lambda x: x * 2, lambda g, x: g * 2, (np.zeros((0, 3)),)),
    "zero": (lambda x: x * 0, lambda g, x: g * 0, (X,)),
    "softmax": (softmax, softmax_back, (X,)),
    "cross entropy": (cross_entropy, cross_entropy_back, (X, LABELS)),
    "mean squares": (mean_squares, mean_squares_back, (X, X[::-1].copy())),
    "normalize": (normalize, normalize_back, (X,)),
    "convolution": (convolve, convolve_back, (SEQUENCE, rng.normal(size=(3, 3, 4)))),
    "pooling": (pool, pool_back, (SEQUENCE,)),
    "pooling of ties": (pool, pool_back, (SEQUENCE.round(),)),
    "embedding": (embed, embed_back, (W, np.array([1, 3, 1, 0]))),
    "recurrence": (
        recur,
        recur_back,
        (SEQUENCE, rng.normal(size=(3, 4)), rng.normal(size=(4, 4))),
    ),
    "two outputs": (
        lambda x: (x * 2, x.sum(axis=0)),
        lambda g, x: g[0] * 2 + g[1],
        (X,),
    ),
    "mean": (lambda x: x.mean(axis=1), lambda g, x: g[:, None] + 0 * x, (X[:, :1],)),
    "large input": (lambda x: x**3, lambda g, x: g * 3 * x**2, (np.ones((40, 30)),)),
}

"""Mistakes that students make, and the code of the diagnosis that each must get."""

import numpy as np

from tensorlearn.testing import check_engine, check_gradient, check_layer
from tests.testing import right
from tests.testing.right import SEQUENCE, B, W, X

BUGS = []


def bug(code, forward, backward, *inputs, **options):
    """A pair of functions."""
    BUGS.append((code, lambda: check_gradient(forward, backward, *inputs, **options)))


def bad_layer(code, **options):
    """A layer; the decorated class is the mistake."""

    def add(cls):
        x = options.pop("x", X)
        BUGS.append((code, lambda: check_layer(cls, x, **options)))
        return cls

    return add


# ---- behaviour ----


def doubling(x):
    x *= 2
    return x


def masked_in_place(g, x):
    g *= x > 0
    return g


buffer = np.zeros((3, 4))


def into_buffer(x):
    np.multiply(x, 2, out=buffer)
    return buffer


def cut(g, x):
    x[x < 0] = 0
    return g * (x > 0)


bug("input_mutated", doubling, lambda g, x: 2 * g, X)
bug("input_mutated", right.relu, cut, X)
bug("g_mutated", right.relu, masked_in_place, X)
bug("shares_memory", into_buffer, lambda g, x: 2 * g, X)
bug(
    "random",
    lambda x: x * np.random.default_rng().random(x.shape),
    lambda g, x: g,
    X,
)
bug("forward_nan", lambda x: np.log(x), lambda g, x: g / x, X)
bug("float32", lambda x: np.tanh(x).astype(np.float32), right.tanh_back, X)
bug(
    "float32",
    lambda x: np.tanh(x.astype(np.float32)).astype(np.float64),
    right.tanh_back,
    X,
)
bug("nothing", np.tanh, lambda g, x: None, X)
bug("count", right.dense, lambda g, x, W, b: (g @ W.T, x.T @ g), X, W, B)
bug("count", right.dense, lambda g, x, W, b: g @ W.T, X, W, B)

# ---- shapes ----

bug("swapped", np.multiply, lambda g, a, b: (g * a, g * b), X, X[::-1].copy())
bug(
    "swapped",
    lambda a, b: a @ b,
    lambda g, a, b: (a.T @ g, g @ b.T),
    X,
    W,
)
bug("unsummed", right.dense, lambda g, x, W, b: (g @ W.T, x.T @ g, g), X, W, B)
bug("unsummed", lambda x, s: x * s, lambda g, x, s: (g * s, g * x), X, X[:, :1].copy())
bug(
    "transposed",
    right.dense,
    lambda g, x, W, b: (g @ W.T, g.T @ x, g.sum(0)),
    X,
    W,
    B,
)
bug("transposed", lambda x: x.T * 1.0, lambda g, x: g, np.arange(9.0).reshape(3, 3))
bug(
    "axis",
    right.dense,
    lambda g, x, W, b: (g @ W.T, x.T @ g, g.sum(axis=1)),
    X,
    W[:, :3],
    B[:3],
)
bug("axis", right.dense, lambda g, x, W, b: (g @ W.T, x.T @ g, g.sum(axis=1)), X, W, B)
bug(
    "axis",
    lambda x: x.sum(axis=1),
    lambda g, x: np.zeros(x.shape) + g,
    np.arange(9.0).reshape(3, 3),
)
bug(
    "keepdims",
    lambda x, b: x + b,
    lambda g, x, b: (g, g.sum(axis=0)),
    X,
    B[None, :4].copy(),
)
bug(
    "padding",
    lambda x: np.pad(x, 1)[:-2, 1:-1] * 3.0,
    lambda g, x: np.pad(3 * g, [(0, 2), (1, 1)]),
    X,
)
bug("shape", np.tanh, lambda g, x: (np.ones((7, 2)),), X)

# ---- numbers ----

bug("nan", lambda x: np.abs(x), lambda g, x: g * x / np.abs(x), np.array([0.0, 1, 2]))
bug("zero", np.tanh, lambda g, x: np.zeros_like(x), X)
bug("sign", lambda x: 1 - x, lambda g, x: g, X)
bug("sign", lambda x: 1 / x, lambda x: 1 / x**2, 2.0, style="plain")
bug("twice", np.tanh, lambda g, x: 2 * right.tanh_back(g, x), X)
bug("half", lambda x: x * x, lambda g, x: g * x, X)
bug("half", lambda x: x**2, lambda x: x, 3.0, style="plain")
bug(
    "mean",
    right.dense,
    lambda g, x, W, b: (g @ W.T, x.T @ g / len(x), g.sum(axis=0)),
    X,
    W,
    B,
)
bug(
    "mean",
    lambda x: x.sum(),
    lambda g, x: g * np.ones(x.shape) / x.size,
    X,
)
bug("sum", lambda x: x.mean(), lambda g, x: g * np.ones(x.shape), X)
bug(
    "sum",
    right.mean_squares,
    lambda g, y, t: (g * 2 * (y - t), g * -2 * (y - t)),
    X,
    X[::-1].copy(),
)
bug("factor", lambda x: 7 * x, lambda g, x: g, X)
bug("factor", lambda x: np.pi * x, lambda g, x: 3 * g, X)
bug("upstream", np.tanh, lambda g, x: 1 - np.tanh(x) ** 2, X)
bug(
    "upstream",
    right.dense,
    lambda g, x, W, b: (np.ones_like(g) @ W.T, x.T @ g, g.sum(0)),
    X,
    W,
    B,
)
bug("upstream", lambda x: x**2, lambda g, x: 2 * x, 3.0)
bug("chain", lambda x: np.sin(x**2), lambda g, x: g * np.cos(x**2), X)
bug("chain", lambda x: np.sin(x**2), lambda x: np.cos(x**2), 0.7, style="plain")
bug("chain", np.tanh, lambda g, x: g, X)
bug("chain", right.sigmoid, lambda g, x: g, X)
bug("chain", right.sigmoid, lambda g, x: g * right.sigmoid(x), X)
bug("chain", right.relu, lambda g, x: g, X)
bug("chain", np.multiply, lambda g, a, b: (g, g * a), X, X[::-1].copy())
bug("surplus", np.tanh, lambda g, x: g * (1 - np.tanh(x) ** 2) ** 2, X)
bug("chain", lambda a, b: a / b, lambda g, a, b: (g / b, -g * a / b), X, X + 5)
bug("surplus", right.relu, lambda g, x: g * right.relu(x), X)
bug("surplus", np.tanh, lambda g, x: g * g * (1 - np.tanh(x) ** 2), X)
bug(
    "term",
    lambda x, t: ((x - t) ** 2).sum(),
    lambda g, x, t: g * 2 * x,
    X,
    X[::-1].copy(),
    wrt="x",
)
bug("term", lambda x: x * np.exp(x), lambda g, x: g * x * np.exp(x), X)

# ---- patterns ----

bug("diagonal", right.softmax, lambda g, x: g * (y := right.softmax(x)) * (1 - y), X)
bug("statistics", right.softmax, lambda g, x: g * right.softmax(x), X)
bug(
    "statistics",
    right.normalize,
    lambda g, x: g / np.sqrt(x.var(axis=0) + 1e-5),
    np.random.default_rng(1).normal(size=(6, 3)),
)
bug(
    "statistics",
    lambda x: x - x.mean(axis=1, keepdims=True),
    lambda g, x: g,
    X,
)


def truncated(g, x, W, U):
    states = right.recur(x, W, U)
    d = g * (1 - states**2)
    dU = np.einsum("nth,ntk->hk", states[:, :-1], d[:, 1:])
    return d @ W.T, np.einsum("ntd,nth->dh", x, d), dU


R = np.random.default_rng(5)
RECURRENT = (SEQUENCE, R.normal(size=(3, 4)), R.normal(size=(4, 4)))
bug("time", right.recur, truncated, *RECURRENT)
bug(
    "time",
    lambda x: np.cumsum(x, axis=1)[:, -1],
    lambda g, x: np.concatenate([0 * x[:, :-1], g[:, None]], axis=1),
    SEQUENCE,
)


def detached(x, W, U):
    """Each step gets the right state, but no gradient may flow through it."""
    before = right.recur(*RECURRENT)[:, :-1]
    before = np.concatenate([np.zeros_like(before[:, :1]), before], axis=1)
    return np.tanh(x @ W + before @ U)


bug("time", right.recur, truncated, *RECURRENT, suspects={"time": detached})
bug("time", right.recur, truncated, *RECURRENT, wrt=None, shrink=False)
bug("shift", lambda x: x * 1.0, lambda g, x: np.roll(g, 1, axis=1), X)
bug(
    "shift",
    right.convolve,
    lambda g, x, w: (
        np.pad(right.convolve_back(g, x, w)[0], [(0, 0), (1, 0), (0, 0)])[:, :-1],
        right.convolve_back(g, x, w)[1],
    ),
    SEQUENCE,
    R.normal(size=(3, 3, 4)),
)
bug("reversed", lambda x: x[:, ::-1] * 1.0, lambda g, x: g, X)
bug("order", lambda x: x[[1, 3, 2, 0]] * 1.0, lambda g, x: g[[1, 3, 2, 0]], W)
bug("offset", np.tanh, lambda g, x: right.tanh_back(g, x) + 0.3, X)


def short_loop(g, x, w):
    dx, dw = right.convolve_back(g, x, w)
    dx[:, -1] = 0
    return dx, dw


bug("border", right.convolve, short_loop, SEQUENCE, R.normal(size=(3, 3, 4)))
bug(
    "part",
    lambda x: np.where(x > 1, 3 * x, x),
    lambda g, x: g,
    X + np.eye(3, 4) * 1.5,
)
bug("kink", np.abs, lambda g, x: g * np.where(x == 0, 5.0, np.sign(x)), np.zeros(3))
bug("unknown", np.tanh, lambda g, x: np.cos(g * 7) + x**2 * g, X)

# ---- contributions that overwrite each other ----


def pool_over(g, x):
    dx = np.zeros(x.shape)
    n, c = np.ogrid[: x.shape[0], : x.shape[2]]
    for i in range(x.shape[1] - 2):
        dx[n, x[:, i : i + 3].argmax(axis=1) + i, c] = g[:, i]
    return dx


def embed_over(g, table, i):
    dt = np.zeros(table.shape)
    dt[i] = g
    return dt


def dense_over(g, x, W, b):
    for n in range(len(x)):
        dW = np.outer(x[n], g[n])
    return g @ W.T, dW, g.sum(axis=0)


PEAK = SEQUENCE + np.array([0, 0, 9, 0, 0])[:, None]
bug("overwritten", right.pool, pool_over, PEAK)
bug("overwritten", right.embed, embed_over, W, np.array([1, 3, 1, 0, 1]))
bug("overwritten", right.dense, dense_over, X, W, B)

# ---- layers ----


@bad_layer("missing")
class NoBias(right.Dense):
    def backward(self, g):
        self.grads["W"] = self.x.T @ g
        return g @ self.params["W"].T


@bad_layer("params_mutated")
class Impatient(right.Dense):
    def backward(self, g):
        dx = super().backward(g)
        self.params["W"] -= 0.1 * self.grads["W"]
        return dx


@bad_layer("accumulated", accumulates=False)
class Adding(right.Dense):
    def backward(self, g):
        self.grads.setdefault("W", np.zeros((4, 5)))
        self.grads["W"] = self.grads["W"] + self.x.T @ g
        self.grads["b"] = g.sum(axis=0)
        return g @ self.params["W"].T


@bad_layer("overwritten", accumulates=True)
class Replacing(right.Dense):
    pass


@bad_layer("shares_memory")
class Reusing(right.Dense):
    def forward(self, x):
        self.x = x
        if not hasattr(self, "y"):
            self.y = np.empty((len(x), 5))
        return np.add(x @ self.params["W"], self.params["b"], out=self.y)


@bad_layer("mask", training=True)
class Redrawn(right.Dropout):
    def backward(self, g):
        return g * (np.random.rand(*g.shape) < 0.6) / 0.6


@bad_layer("scale", training=True)
class Unscaled(right.Dropout):
    def backward(self, g):
        return g * (self.mask > 0)


@bad_layer("mode", training=True)
class Unmasked(right.Dropout):
    def backward(self, g):
        return g


@bad_layer("random", training=True)
class Unseeded(right.Dropout):
    def forward(self, x, training=True):
        self.mask = np.random.default_rng().random(x.shape) < 0.6
        return x * self.mask


@bad_layer("statistics", training=True, x=R.normal(size=(6, 4)))
class Frozen(right.Normalize):
    def backward(self, g):
        self.training = False
        return super().backward(g)


@bad_layer(
    "mode",
    training=False,
    x=R.normal(size=(6, 4)),
    suspects={"mode": lambda layer, x: layer.forward(x, training=True)},
)
class Forgetful(right.Normalize):
    def forward(self, x, training=True):
        trained = super().forward(x, training=True)
        s, y = self.s, self.y
        found = super().forward(x, training=training)
        self.s, self.y, self.training = s, y, True
        return trained if training else found


# ---- engines ----


def engine_bug(code, build, leaf, **options):
    BUGS.append((code, lambda: check_engine(build, 3.0, leaf=leaf, **options)))


class Double(right.Value):
    """Counts the first operand of a sum twice."""

    def __add__(self, other):
        found = super().__add__(other)
        found.parents += (self,)
        found.rules += (lambda g: g,)
        return found


class Mute(right.Value):
    """Forgets its parents."""

    def __mul__(self, other):
        found = super().__mul__(other)
        found.parents = found.rules = ()
        self.grad = None
        return found


engine_bug("twice", lambda x: x + 1.0, Double)
engine_bug("detached", lambda x: x * x, Mute)


class Single(right.Value):
    """Stores a contribution instead of adding it."""

    def backward(self):
        self.grad = 1.0
        stack = [self]
        while stack:
            v = stack.pop()
            for parent, rule in zip(v.parents, v.rules, strict=True):
                parent.grad = rule(v.grad)
                stack.append(parent)


engine_bug("half", lambda x: x * x, Single)
engine_bug(
    "overwritten",
    lambda x: x * 4.0 + x * 2.5,
    Single,
    suspects={"overwritten": lambda x: x * 4.0},
)

"""The entries of whole sequences: each against its recursion, written out in NumPy."""

import numpy as np
from hypothesis import strategies as st

from tensorlearn import ops
from tensorlearn.ops import sequences
from tests.ops.domains import domain
from tests.ops.strategies import several, uniform


def soft(x):
    return 1 / (1 + np.exp(-x))


def straight(x):
    return np.clip(0.2 * x + 0.5, 0, 1)


def walk(step, z, states, mask):
    """Every state of every step, along the last axis."""
    history = []
    for t, x in enumerate(z):
        new = step(x, *states)
        keep = True if mask is None else mask[t]
        states = [np.where(keep, n, old) for n, old in zip(new, states, strict=True)]
        history.append(np.concatenate(states, axis=-1))
    return np.stack(history)


def simple_rnn(z, U, h, *, mask=None):
    return walk(lambda x, h: [np.tanh(x + h @ U)], z, [h], mask)


def lstm(z, U, h, c, *, hard, mask=None):
    gate = straight if hard else soft

    def step(x, h, c):
        i, f, g, o = np.split(x + h @ U, 4, axis=-1)
        c = gate(f) * c + gate(i) * np.tanh(g)
        return gate(o) * np.tanh(c), c

    return walk(step, z, [h, c], mask)


def gru(z, U, h, bias=None, *, hard, mask=None):
    gate = straight if hard else soft
    units = h.shape[-1]

    def step(x, h):
        x_u, x_r, x_g = np.split(x, 3, axis=-1)
        inner = h @ U + (0 if bias is None else bias)
        h_u, h_r, h_g = np.split(inner, 3, axis=-1)
        u, r = gate(x_u + h_u), gate(x_r + h_r)
        from_h = (r * h) @ U[:, 2 * units :] if bias is None else r * h_g
        return [u * h + (1 - u) * np.tanh(x_g + from_h)]

    return walk(step, z, [h], mask)


def sequence(gates, states, bias=False):
    """z (T, N, G·U), U (U, G·U), the states (N, U), a bias (G·U,), and a mask or none."""

    def choose(draw):
        T, N, U = (draw(st.integers(1, 3)) for _ in range(3))
        found = [(T, N, gates * U), (U, gates * U), *[(N, U)] * states]
        found += [(gates * U,)] * bias
        params = {"hard": draw(st.booleans())} if gates > 1 else {}
        if draw(st.booleans()):
            rng = np.random.default_rng(draw(st.integers(0, 99)))
            params["mask"] = rng.random((T, N, 1)) < 0.6
        return [uniform(-0.7, 0.7)] * len(found), found, params  # where no line bends

    return several(choose)


domain("simple_rnn", simple_rnn, sequence(1, 1))
domain(
    "_lstm",
    lstm,
    sequence(4, 2),
    function=lambda *xs, **params: ops.concatenate(sequences.lstm(*xs, **params)),
)
domain("_gru", gru, sequence(3, 1), function=sequences.gru)
domain("_gru_after", gru, sequence(3, 1, bias=True), function=sequences.gru)

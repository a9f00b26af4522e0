"""One training step of a tiny MLP (4-16-16-3, batch 16, SGD): what does the library cost?

Three ways to do the same step are timed in turns, so that a busy machine slows them alike:
by hand in NumPy, with Tensors, and through `train_on_batch`. The best of many rounds
counts; what matters is the ratio to the hand-written step.

    python bench/mlp.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from tensorlearn import config, losses, optimizers
from tensorlearn.autograd import Parameter, Tensor
from tensorlearn.layers import Dense
from tensorlearn.models.sequential import Sequential
from tensorlearn.ops import matmul, relu, softmax

SIZES = (4, 16, 16, 3)
ROUNDS, STEPS = 400, 10
LIMITS = {"by hand": None, "Tensors": 0.15, "train_on_batch": 0.35}  # milliseconds


def by_hand(
    weights: list[np.ndarray], x: np.ndarray, y: np.ndarray
) -> Callable[[], float]:
    """The step as one writes it in a first course, every derivative worked out."""

    def step() -> float:
        w1, b1, w2, b2, w3, b3 = weights
        h1 = np.maximum(x @ w1 + b1, 0)
        h2 = np.maximum(h1 @ w2 + b2, 0)
        z = h2 @ w3 + b3
        e = np.exp(z - z.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        loss = -np.sum(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))) / len(x)
        g3 = (p - y) / len(x)
        g2 = (g3 @ w3.T) * (h2 > 0)
        g1 = (g2 @ w2.T) * (h1 > 0)
        pairs = ((x, g1), (h1, g2), (h2, g3))
        for i, (before, g) in enumerate(pairs):
            weights[2 * i] -= 0.01 * (before.T @ g)
            weights[2 * i + 1] -= 0.01 * g.sum(axis=0)
        return float(loss)

    return step


def with_tensors(
    arrays: list[np.ndarray], x: np.ndarray, y: np.ndarray
) -> Callable[[], float]:
    """The step as formulas of Tensors; gradients and update by the library."""
    weights = [Parameter(a, f"w{i}") for i, a in enumerate(arrays)]
    sgd = optimizers.SGD(lr=0.01)
    given, wanted = Tensor(x), Tensor(y)

    def step() -> float:
        w1, b1, w2, b2, w3, b3 = weights
        h = relu(matmul(given, w1) + b1)
        h = relu(matmul(h, w2) + b2)
        p = softmax(matmul(h, w3) + b3)
        loss = losses.categorical_crossentropy(wanted, p).mean()
        loss.backward()
        sgd.apply([w.grad for w in weights], weights)
        for w in weights:
            w.grad = None
        return float(loss)

    return step


def with_a_model(
    arrays: list[np.ndarray], x: np.ndarray, y: np.ndarray
) -> Callable[[], float]:
    """The step through `train_on_batch`: checks of the data included."""
    model = Sequential(
        [
            Dense(16, activation="relu", input_shape=(4,)),
            Dense(16, activation="relu"),
            Dense(3, activation="softmax"),
        ]
    )
    model.set_weights(arrays)
    model.compile("sgd", "categorical_crossentropy")
    return lambda: model.train_on_batch(x, y)


def main() -> None:
    """Print the table."""
    config.set_seed(0)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((16, 4)).astype("float32")
    y = np.eye(3, dtype="float32")[rng.integers(0, 3, 16)]
    arrays = []
    for a, b in pairwise(SIZES):
        arrays += [
            rng.standard_normal((a, b)).astype("float32") / 4,
            np.zeros(b, "float32"),
        ]
    ways = {
        "by hand": by_hand([a.copy() for a in arrays], x, y),
        "Tensors": with_tensors(arrays, x, y),
        "train_on_batch": with_a_model(arrays, x, y),
    }
    first = [step() for step in ways.values()]
    np.testing.assert_allclose(first, first[0], rtol=1e-5)
    best = dict.fromkeys(ways, np.inf)
    for _ in range(ROUNDS):
        for name, step in ways.items():
            start = time.perf_counter()
            for _ in range(STEPS):
                step()
            best[name] = min(best[name], (time.perf_counter() - start) / STEPS)
    print(f"{'one step':<16}{'ms':>8}{'ratio':>8}{'limit ms':>10}")
    for name, seconds in best.items():
        limit = f"{LIMITS[name]:.2f}" if LIMITS[name] else "-"
        ratio = seconds / best["by hand"]
        print(f"{name:<16}{seconds * 1e3:>8.3f}{ratio:>8.2f}{limit:>10}")


if __name__ == "__main__":
    main()

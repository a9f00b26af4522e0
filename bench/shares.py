"""Where the time of a training step goes: how much of it each kind of operation takes."""

from __future__ import annotations

import time
from collections import Counter

from workloads import data, flops

from tensorlearn.operators import PRIMITIVES
from tensorlearn.optimizers import Optimizer

STEPS = 30
PRODUCTS = ("affine", "attend", "convolve", "gru", "lstm", "matmul")
"""Operations that consist of matrix products, and of what they need around them."""


def shares_of(name: str, step) -> dict:
    """Milliseconds of a step, those in each operation, and the rate within products.

    Forward and backward are taken together. An operation within another counts as part
    of it, and what is in none (Python, the sweep, the data) is not listed.
    """
    spent: Counter[str] = Counter()
    inside = False

    def timed(function, kind: str):
        def call(*args, **kwargs):
            nonlocal inside
            if inside:
                return function(*args, **kwargs)
            inside, start = True, time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                inside = False
                spent[kind] += time.perf_counter() - start

        return call

    for kind, primitive in PRIMITIVES.items():
        primitive.forward = timed(primitive.forward, kind)
        primitive.pullbacks = [
            rule and timed(rule, kind) for rule in primitive.pullbacks
        ]
        if primitive.joint:
            primitive.joint = timed(primitive.joint, kind)
    Optimizer.apply = timed(Optimizer.apply, "optimizer")
    steps = []
    for _ in range(STEPS):
        spent.clear()
        start = time.perf_counter()
        step()
        steps.append((time.perf_counter() - start, dict(spent)))
    total, parts = sorted(steps, key=lambda step: step[0])[STEPS // 2]
    found: Counter[str] = Counter()
    for kind, seconds in parts.items():
        found[kind.removesuffix("_kernel").removesuffix("_transposed")] += seconds
    busy = sum(s for kind, s in found.items() if kind.startswith(PRODUCTS))
    return {
        "ms": total * 1e3,
        "operations": {kind: s * 1e3 for kind, s in found.most_common()},
        "gflops": flops(name, len(data(name)[0])) / busy / 1e9,
    }

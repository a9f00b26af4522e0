"""What remembering costs: 1000 elementwise operations on (32, 32), forward and backward.

The chain is `y = y * c + c`, five hundred times, then `y.sum().backward()`; float32, one
thread. The arrays are so small that mostly the bookkeeping is timed. Three ways are timed
in turns, so that a busy machine slows them alike:

    tensorlearn   Tensors and backward
    by hand       the same arithmetic in NumPy: what no framework can undercut
    torch         eager mode, if it is installed

    python bench/chain.py [--json]

The table gives the median and the best of all rounds in milliseconds; what matters are
the ratios. The target is no more than 1.0 times torch.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from tensorlearn.autograd import Tensor

try:
    import torch
except ImportError:
    torch = None

PAIRS, ROUNDS = 500, 60
X = np.full((32, 32), 0.5, np.float32)
C = np.full((32, 32), 1e-6, np.float32)


def tensorlearn_step() -> Callable[[], None]:
    c = Tensor(C)

    def step() -> None:
        x = Tensor(X, requires_grad=True)
        y = x
        for _ in range(PAIRS):
            y = y * c + c
        y.sum().backward()

    return step


def numpy_step() -> Callable[[], None]:
    def step() -> None:
        y, kept = X, []
        for _ in range(PAIRS):
            kept.append(y)  # a product needs its factors on the way back
            y = y * C + C
        y.sum()
        g = np.ones_like(y)
        for _ in kept:
            g = g * C

    return step


def torch_step() -> Callable[[], None]:
    torch.set_num_threads(1)
    c = torch.from_numpy(C)

    def step() -> None:
        x = torch.tensor(X, requires_grad=True)
        y = x
        for _ in range(PAIRS):
            y = y * c + c
        y.sum().backward()

    return step


def timed(steps: dict[str, Callable[[], None]]) -> dict[str, list[float]]:
    """Milliseconds of every round of every step, taken in turns."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(ROUNDS + 3):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            if turn >= 3:  # the first ones warm up
                times[name].append((time.perf_counter() - start) * 1e3)
    return times


def main() -> None:
    steps = {"tensorlearn": tensorlearn_step(), "by hand": numpy_step()}
    if torch is not None:
        steps["torch"] = torch_step()
    times = timed(steps)
    if "--json" in sys.argv[1:]:
        print(json.dumps(times))
        return
    medians = {name: statistics.median(t) for name, t in times.items()}
    mine = medians["tensorlearn"]
    print(f"{'':12} {'median':>8} {'best':>8}   tensorlearn takes")
    for name, median in medians.items():
        ratio = f"{mine / median:6.2f} times as long" if name != "tensorlearn" else ""
        print(f"{name:12} {median:8.2f} {min(times[name]):8.2f}   {ratio}")
    if torch is None:
        print("torch is not installed, so there is no comparison with it")


if __name__ == "__main__":
    main()

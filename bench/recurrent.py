"""Time and memory of recurrent layers over the length of the sequence: both are linear.

    python bench/recurrent.py            # forward + backward of LSTM, GRU, SimpleRNN, RNN
    python bench/recurrent.py --rounds 9

A column for the milliseconds of a step and of each time step, one for the peak of memory.
The last layer takes no fast path: its cell goes step by step through recorded operations.
"""

from __future__ import annotations

import argparse
import time
import tracemalloc
from collections.abc import Callable

import numpy as np

from tensorlearn.autograd import Tensor
from tensorlearn.layers import GRU, LSTM, SimpleRNN

LENGTHS = (100, 200, 400, 800)
BATCH, FEATURES, UNITS = 32, 64, 64

LAYERS = {
    "LSTM": lambda: LSTM(UNITS),
    "GRU": lambda: GRU(UNITS),
    "GRU, reset_after": lambda: GRU(UNITS, reset_after=True),
    "SimpleRNN": lambda: SimpleRNN(UNITS),
    "LSTM, step by step": lambda: LSTM(UNITS, activation="softsign"),
}


def stepper(layer, length: int) -> Callable[[], None]:
    """One forward and backward."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((BATCH, length, FEATURES), dtype=np.float32)
    layer.ensure_built(x.shape)

    def step() -> None:
        for weight in layer.trainable_weights:
            weight.zero_grad()
        layer(Tensor(x, requires_grad=True), training=True).sum().backward()

    return step


def fastest(step: Callable[[], None], rounds: int) -> float:
    """Seconds of the fastest of some steps."""
    found = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        step()
        found.append(time.perf_counter() - start)
    return min(found[1:])


def peak(step: Callable[[], None]) -> int:
    """Bytes at the height of a step."""
    tracemalloc.start()
    step()
    _, height = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return height


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="steps of each length")
    rounds = parser.parse_args().rounds
    print(
        f"{'batch 32, 64 -> 64 units':<26}{'T':>5}{'ms':>9}{'µs / T':>9}{'MB':>8}"
        f"{'KB / T':>9}"
    )
    for name, make in LAYERS.items():
        layer = make()
        for length in LENGTHS:
            step = stepper(layer, length)
            seconds, height = fastest(step, rounds), peak(step)
            print(
                f"{name:<26}{length:>5}{seconds * 1e3:>9.1f}{seconds * 1e6 / length:>9.0f}"
                f"{height / 1e6:>8.1f}{height / 1e3 / length:>9.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()

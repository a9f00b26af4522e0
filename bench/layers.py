"""Forward and backward of single layers, beside PyTorch's, in one run.

    python bench/layers.py                     # all workloads; needs `pip install torch`
    python bench/layers.py conv2d maxpool      # some of them
    python bench/layers.py --rounds 9 --threads 1

Turns alternate, and between them both libraries rest, because idle OpenMP threads spin.
The ratio is that of the fastest steps; on a busy machine look at the CPU time as well.
Never compare milliseconds of different runs.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from statistics import median

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("workloads", nargs="*", help="names; all of them by default")
parser.add_argument("--rounds", type=int, default=7, help="turns of each library")
parser.add_argument("--seconds", type=float, default=0.4, help="length of a turn")
parser.add_argument("--threads", type=int, default=2, help="for BLAS and for OpenMP")
arguments = parser.parse_args()
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(
        arguments.threads
    )  # read when NumPy and torch are loaded

import numpy as np  # noqa: E402
import torch  # noqa: E402

from tensorlearn.autograd import Tensor  # noqa: E402
from tensorlearn.layers import (  # noqa: E402
    LSTM,
    AveragePooling2D,
    BatchNormalization,
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    DepthwiseConv2D,
    Embedding,
    MaxPooling2D,
)

Step = Callable[[], object]
rng = np.random.default_rng(0)


def normal(*shape: int) -> np.ndarray:
    return rng.standard_normal(shape, dtype=np.float32)


def ours(layer, x: np.ndarray, training: bool = False) -> Step:
    """One forward and backward, with the gradients of the input and of all weights."""
    g = normal(*layer(x[:2], training=training).shape[1:])
    g = np.broadcast_to(g, (len(x), *g.shape)).copy()
    floating = x.dtype.kind == "f"

    def step() -> None:
        leaf = Tensor(x, requires_grad=True) if floating else x
        for weight in layer.trainable_weights:
            weight.zero_grad()
        layer(leaf, training=training).backward(g)

    return step


def theirs(module, x: np.ndarray, channels: bool = False) -> Step:
    """The same with torch; channels: in its fastest layout, (N, C, *S) channels-last."""
    data = torch.from_numpy(x)
    if channels:
        data = data.movedim(-1, 1)  # a view: channels-last in memory
        module = module.to(memory_format=torch.channels_last) if x.ndim == 4 else module

    def forward(leaf):
        y = module(leaf)
        return y[0] if isinstance(y, tuple) else y

    g = torch.randn_like(forward(data))
    floating = data.is_floating_point()

    def step() -> None:
        leaf = data.detach().requires_grad_() if floating else data
        module.zero_grad(set_to_none=True)
        forward(leaf).backward(g)

    return step


# ---- the workloads ----


def conv2d():
    """Conv2D 3x3, 128x26x26x32 -> 64"""
    x = normal(128, 26, 26, 32)
    return ours(Conv2D(64, 3), x), theirs(torch.nn.Conv2d(32, 64, 3), x, True)


def conv2d_first():
    """Conv2D 3x3, 128x28x28x1 -> 32"""
    x = normal(128, 28, 28, 1)
    return ours(Conv2D(32, 3), x), theirs(torch.nn.Conv2d(1, 32, 3), x, True)


def conv2d_strided():
    """Conv2D 3x3 same, strides 2, 32x32x32x32 -> 64"""
    x = normal(32, 32, 32, 32)
    module = torch.nn.Conv2d(32, 64, 3, stride=2, padding=1)
    return ours(Conv2D(64, 3, strides=2, padding="same"), x), theirs(module, x, True)


def conv2d_pointwise():
    """Conv2D 1x1, 32x32x32x64 -> 64"""
    x = normal(32, 32, 32, 64)
    return ours(Conv2D(64, 1), x), theirs(torch.nn.Conv2d(64, 64, 1), x, True)


def conv1d():
    """Conv1D 3, 32x400x50 -> 250"""
    x = normal(32, 400, 50)
    return ours(Conv1D(250, 3), x), theirs(torch.nn.Conv1d(50, 250, 3), x, True)


def depthwise():
    """DepthwiseConv2D 3x3 same, 32x32x32x64"""
    x = normal(32, 32, 32, 64)
    module = torch.nn.Conv2d(64, 64, 3, padding=1, groups=64)
    return ours(DepthwiseConv2D(3, padding="same"), x), theirs(module, x, True)


def transpose():
    """Conv2DTranspose 4x4, strides 2, same, 32x16x16x64 -> 32"""
    x = normal(32, 16, 16, 64)
    module = torch.nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1)
    return ours(Conv2DTranspose(32, 4, strides=2, padding="same"), x), theirs(
        module, x, True
    )


def maxpool():
    """MaxPooling2D 2x2, 128x24x24x64"""
    x = normal(128, 24, 24, 64)
    return ours(MaxPooling2D(), x), theirs(torch.nn.MaxPool2d(2), x, True)


def averagepool():
    """AveragePooling2D 2x2, 128x24x24x64"""
    x = normal(128, 24, 24, 64)
    return ours(AveragePooling2D(), x), theirs(torch.nn.AvgPool2d(2), x, True)


def lstm():
    """LSTM(128), 32x80x128"""
    x = normal(32, 80, 128)
    module = torch.nn.LSTM(128, 128, batch_first=True)
    return ours(LSTM(128, return_sequences=True), x, True), theirs(module, x)


def batchnorm():
    """BatchNormalization, training, 32x32x32x64"""
    x = normal(32, 32, 32, 64)
    return ours(BatchNormalization(), x, True), theirs(
        torch.nn.BatchNorm2d(64), x, True
    )


def embedding():
    """Embedding(20000, 128), 32x80"""
    x = rng.integers(0, 20000, (32, 80))
    return ours(Embedding(20000, 128), x), theirs(torch.nn.Embedding(20000, 128), x)


WORKLOADS = (
    conv2d,
    conv2d_first,
    conv2d_strided,
    conv2d_pointwise,
    conv1d,
    depthwise,
    transpose,
    maxpool,
    averagepool,
    lstm,
    batchnorm,
    embedding,
)

# ---- measuring ----


def turn(step: Step) -> list[tuple[float, float]]:
    """(seconds, CPU seconds) of as many steps as fit into a turn."""
    step()
    found = []
    end = time.perf_counter() + arguments.seconds
    while time.perf_counter() < end or not found:
        wall, cpu = time.perf_counter(), time.process_time()
        step()
        found.append((time.perf_counter() - wall, time.process_time() - cpu))
    time.sleep(0.25)
    return found


def main() -> None:
    """Measure, and print a table."""
    torch.set_num_threads(arguments.threads)
    names = arguments.workloads or [w.__name__ for w in WORKLOADS]
    print(f"{'forward + backward':<46}{'ours':>9}{'torch':>9}{'ratio':>7}", end="")
    print(f"{'median':>8}{'CPU':>7}   (ms; ratios ours / torch)")
    for workload in WORKLOADS:
        if workload.__name__ not in names:
            continue
        steps = workload()
        seen: tuple[list, list] = ([], [])
        for _ in range(arguments.rounds):
            for found, step in zip(seen, steps, strict=True):
                found += turn(step)
        best = [min(wall for wall, _ in found) for found in seen]
        middle = [median(wall for wall, _ in found) for found in seen]
        cpu = [median(used for _, used in found) for found in seen]
        print(
            f"{workload.__doc__:<46}{best[0] * 1e3:9.2f}{best[1] * 1e3:9.2f}"
            f"{best[0] / best[1]:7.2f}{middle[0] / middle[1]:8.2f}{cpu[0] / cpu[1]:7.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()

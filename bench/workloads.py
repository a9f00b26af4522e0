"""The workloads W1 to W13: data, models in plain Keras-2 API, and what a step must cost.

Nothing but NumPy is imported here; `build` is given the `layers` and `models` modules of
whichever framework is timed, so that all of them run the same text.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

LENGTHS = (100, 200, 400, 800)
WORKLOADS = {
    "W1": "MLP 4-16-16-3, batch 16, SGD",
    "W2": "MLP 784-512-512-10 with dropout, batch 128, RMSprop",
    "W3": "MNIST CNN 32c3-64c3-pool-128, batch 128, Adam",
    "W4": "ResNet-8 with BatchNorm, 32×32×3, batch 32, Adam",
    "W5": "Embedding(20000, 128) + LSTM(128), T=80, batch 32, Adam",
    "W6": "GRU(128) over characters, T=40, batch 64, Adam",
    "W7": "text CNN, Conv1D(250), T=400, batch 32, Adam",
    "W8": "Transformer block, d=64, 4 heads, T=64, batch 32, Adam",
    "W9a": "2 SeparableConv2D(32, 3) on 32×32×32, batch 32",
    "W9b": "2 DepthwiseConv2D(3) on 32×32×32, batch 32",
    "W9c": "2 Conv2DTranspose(16, 3, strides 2) on 8×8×32, batch 32",
    "W9d": "2 LocallyConnected2D(8, 3) on 16×16×8, batch 32",
    "W9e": "2 Conv3D(16, 3) on 8×16×16×8, batch 8",
    "W10a": "chain of 1000 operations on (32, 32), forward and backward",
    "W10b": "graph of 100,000 nodes, forward and backward",
    "W12a": "predict 10,000 images with the MLP of W2",
    "W12b": "predict 10,000 images with the CNN of W3",
    **{f"W13-{t}": f"LSTM(64), T={t}, batch 32, Adam" for t in LENGTHS},
}
TRAINING = tuple(f"W{i}" for i in range(1, 9))
"""Steps of whole models: what the goals' mean is taken over."""
SHAPES = {  # W9: of the input and of the target
    "W9a": ((32, 32, 32, 32), (32, 32, 32, 32)),
    "W9b": ((32, 32, 32, 32), (32, 32, 32, 32)),
    "W9c": ((32, 8, 8, 32), (32, 32, 32, 16)),
    "W9d": ((32, 16, 16, 8), (32, 12, 12, 8)),
    "W9e": ((8, 8, 16, 16, 8), (8, 8, 16, 16, 16)),
}
CHAINS = {"W10a": (500, (32, 32)), "W10b": (50_000, ())}


def optimizer(name: str) -> str:
    """Of a workload, by its Keras name."""
    known = {"W1": "sgd", "W2": "rmsprop", **dict.fromkeys(SHAPES, "sgd")}
    return known.get(name, "adam")


def loss(name: str) -> str:
    """Of a workload, by its Keras name."""
    if name in ("W5", "W7"):
        return "binary_crossentropy"
    mse = name in SHAPES or name.startswith("W13")
    return "mse" if mse else "categorical_crossentropy"


# ---- data ----


def data(name: str) -> tuple[np.ndarray, np.ndarray | None]:
    """One batch, always the same: float32 or int32, channels last, one-hot targets."""
    rng = np.random.default_rng(0)

    def normal(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape, dtype=np.float32)

    def one_hot(depth: int, *shape: int) -> np.ndarray:
        return np.eye(depth, dtype=np.float32)[rng.integers(0, depth, shape)]

    def words(vocabulary: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
        x = rng.integers(0, vocabulary, (32, steps), np.int32)
        return x, rng.integers(0, 2, (32, 1)).astype(np.float32)

    if name in SHAPES:
        return normal(*SHAPES[name][0]), normal(*SHAPES[name][1])
    if name.startswith("W13"):
        return normal(32, int(name[4:]), 32), normal(32, 1)
    made = {
        "W1": lambda: (normal(16, 4), one_hot(3, 16)),
        "W2": lambda: (normal(128, 784), one_hot(10, 128)),
        "W3": lambda: (normal(128, 28, 28, 1), one_hot(10, 128)),
        "W4": lambda: (normal(32, 32, 32, 3), one_hot(10, 32)),
        "W5": lambda: words(20000, 80),
        "W6": lambda: (one_hot(60, 64, 40), one_hot(60, 64, 40)),
        "W7": lambda: words(5000, 400),
        "W8": lambda: (normal(32, 64, 64), one_hot(2, 32)),
        "W12a": lambda: (normal(10000, 784), None),
        "W12b": lambda: (normal(10000, 28, 28, 1), None),
    }
    return made[name]()


# ---- models ----


def build(name: str, L, M, shape):
    """The model of a workload. L, M: modules `layers` and `models`; shape: of a sample."""
    if name in SHAPES:
        return M.Sequential(_pair(name, L, shape))
    if name == "W4":
        return _resnet(L, M, L.Input(shape=shape))
    if name == "W8":
        return _transformer(L, M, L.Input(shape=shape))
    return M.Sequential(_chain(name, L, shape))


def _chain(name: str, L, shape):
    Dense = L.Dense
    if name == "W1":
        return [
            Dense(16, activation="relu", input_shape=shape),
            Dense(16, activation="relu"),
            Dense(3, activation="softmax"),
        ]
    if name in ("W2", "W12a"):
        return [
            Dense(512, activation="relu", input_shape=shape),
            L.Dropout(0.2),
            Dense(512, activation="relu"),
            L.Dropout(0.2),
            Dense(10, activation="softmax"),
        ]
    if name in ("W3", "W12b"):
        return [
            L.Conv2D(32, (3, 3), activation="relu", input_shape=shape),
            L.Conv2D(64, (3, 3), activation="relu"),
            L.MaxPooling2D((2, 2)),
            L.Dropout(0.25),
            L.Flatten(),
            Dense(128, activation="relu"),
            L.Dropout(0.5),
            Dense(10, activation="softmax"),
        ]
    if name == "W5":
        head = Dense(1, activation="sigmoid")
        return [L.Embedding(20000, 128), L.LSTM(128), head]
    if name == "W6":
        rnn = L.GRU(128, return_sequences=True, reset_after=True, input_shape=shape)
        return [rnn, L.TimeDistributed(Dense(60, activation="softmax"))]
    if name == "W7":
        return [
            L.Embedding(5000, 50),
            L.Dropout(0.2),
            L.Conv1D(250, 3, activation="relu"),
            L.GlobalMaxPooling1D(),
            Dense(250, activation="relu"),
            L.Dropout(0.2),
            Dense(1, activation="sigmoid"),
        ]
    return [L.LSTM(64, input_shape=shape), Dense(1)]  # W13


def _pair(name: str, L, shape):
    """Two equal layers, so that the second computes an input gradient, too."""
    kind, args, options = {
        "W9a": ("SeparableConv2D", (32, 3), {"padding": "same"}),
        "W9b": ("DepthwiseConv2D", (3,), {"padding": "same"}),
        "W9c": ("Conv2DTranspose", (16, 3), {"strides": 2, "padding": "same"}),
        "W9d": ("LocallyConnected2D", (8, 3), {}),
        "W9e": ("Conv3D", (16, 3), {"padding": "same"}),
    }[name]
    layer = getattr(L, kind)
    return [layer(*args, input_shape=shape, **options), layer(*args, **options)]


def _resnet(L, M, x):
    def conv(t, filters, size, stride=1):
        made = L.Conv2D(filters, size, strides=stride, padding="same", use_bias=False)
        return L.BatchNormalization()(made(t))

    def relu(t):
        return L.Activation("relu")(t)

    t = relu(conv(x, 16, 3))
    for filters, stride in ((16, 1), (32, 2), (64, 2)):
        u = conv(relu(conv(t, filters, 3, stride)), filters, 3)
        t = relu(L.Add()([u, t if stride == 1 else conv(t, filters, 1, stride)]))
    y = L.Dense(10, activation="softmax")(L.GlobalAveragePooling2D()(t))
    return M.Model(x, y)


def _transformer(L, M, x):
    seen = L.MultiHeadAttention(num_heads=4, key_dim=16)(x, x)
    t = L.LayerNormalization()(L.Add()([x, seen]))
    wide = L.Dense(64)(L.Dense(256, activation="relu")(t))
    t = L.LayerNormalization()(L.Add()([t, wide]))
    return M.Model(x, L.Dense(2, activation="softmax")(L.GlobalAveragePooling1D()(t)))


# ---- what a step costs at least ----


def parts(name: str) -> list[tuple[int, int, int]]:
    """(multiplications, parameters, outputs) of each layer, the first two per sample."""

    def dense(i, o, rows=1):
        return rows * i * o, i * o + o, rows * o

    def conv(places, cells, i, o, bias=1):
        return places * cells * i * o, cells * i * o + bias * o, places * o

    def rnn(steps, i, h, gates, biases=1):
        weights = gates * (i + h) * h
        return steps * weights, weights + gates * biases * h, steps * h * (gates + 2)

    def norm(places, channels):
        return 0, 2 * channels, places * channels

    def block(p, i, o):
        way = [conv(p, 9, i, o, 0), norm(p, o), conv(p, 9, o, o, 0), norm(p, o)]
        return way + ([conv(p, 1, i, o, 0), norm(p, o)] if i != o else [])

    if name.startswith("W13"):
        return [rnn(int(name[4:]), 32, 64, 4), dense(64, 1)]
    resnet = [conv(1024, 9, 3, 16, 0), norm(1024, 16)]
    resnet += block(1024, 16, 16) + block(256, 16, 32) + block(64, 32, 64)
    attention = [dense(64, 192, 64), (2 * 64**3, 0, 5 * 64 * 64), dense(64, 64, 64)]
    scale = (0, 128, 4096)
    wide = [scale, dense(64, 256, 64), dense(256, 64, 64), scale, dense(64, 2)]
    mlp = [dense(784, 512), dense(512, 512), dense(512, 10)]
    cnn = [conv(676, 9, 1, 32), conv(576, 9, 32, 64), (0, 0, 9216)]
    cnn += [dense(9216, 128), dense(128, 10)]
    separable = (1024 * (9 * 32 + 1024), 9 * 32 + 1024 + 32, 65536)
    places, cells = (196, 144), 72  # of LocallyConnected2D: a weight for every place
    return {
        "W1": [dense(4, 16), dense(16, 16), dense(16, 3)],
        "W2": mlp,
        "W12a": mlp,
        "W3": cnn,
        "W12b": cnn,
        "W4": [*resnet, dense(64, 10)],
        "W5": [(0, 20000 * 128, 80 * 128), rnn(80, 128, 128, 4), dense(128, 1)],
        "W6": [rnn(40, 60, 128, 3, 2), dense(128, 60, 40)],
        "W7": [
            (0, 5000 * 50, 400 * 50),
            conv(398, 3, 50, 250),
            dense(250, 250),
            dense(250, 1),
        ],
        "W8": attention + wide,
        "W9a": [separable] * 2,
        "W9b": [(1024 * 288, 288 + 32, 32768)] * 2,
        "W9c": [
            (64 * 288 * 16, 288 * 16 + 16, 4096),
            (256 * 144 * 16, 144 * 16 + 16, 16384),
        ],
        "W9d": [(p * cells * 8, p * (cells + 1) * 8, p * 8) for p in places],
        "W9e": [conv(2048, 27, 8, 16), conv(2048, 27, 16, 16)],
    }[name]


def bound(name: str, machine: dict[str, float]) -> float | None:
    """Milliseconds that arithmetic or memory need at least; None where neither rules.

    Each activation is written and read once each way; so are parameters, gradients and
    the optimizer's memory once a step. What fits into 16 MB moves at the cache's rate.
    """
    if name in CHAINS:
        return None
    samples = len(data(name)[0])
    _, params, outputs = (sum(column) for column in zip(*parts(name), strict=True))
    if name.startswith("W12"):
        moved, held = params + samples * 784, samples * 784
    else:
        slots = {"sgd": 0, "rmsprop": 1, "adam": 2}[optimizer(name)]
        moved = params * (6 + 2 * slots) + 4 * samples * outputs
        held = params * (2 + slots) + 2 * samples * outputs
    rate = machine["cache_gbs" if 4 * held < 16e6 else "memory_gbs"]
    work = flops(name, samples)
    return max(work / machine["sgemm_gflops"], 4 * moved / rate) / 1e6


def flops(name: str, samples: int) -> int:
    """Additions and multiplications in the products of a step, or of `predict`."""
    macs = sum(part[0] for part in parts(name))
    needed = macs if name.startswith("W12") else 3 * macs - _not_needed(name)
    return 2 * samples * needed


def _not_needed(name: str) -> int:
    """Multiplications for the gradient of the data, which nobody asks for."""
    if name == "W6":
        return 40 * 3 * 60 * 128
    return int(name[4:]) * 4 * 32 * 64 if "-" in name else parts(name)[0][0]


def measure_machine() -> dict[str, float]:
    """Best rates of this process: GFLOP/s of a product, GB/s of a sum."""

    def best(work, times: int) -> float:
        found = []
        for _ in range(times):
            start = time.perf_counter()
            work()
            found.append(time.perf_counter() - start)
        return min(found)

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    a, b, c = np.ones((3, 1024, 1024), np.float32)
    rates = {"sgemm_gflops": 2 * 1024**3 / best(lambda: a.dot(b, out=c), 40) / 1e9}
    with ThreadPoolExecutor(cores) as pool:
        for name, size, times in (
            ("memory_gbs", 16 << 20, 1),
            ("cache_gbs", 128 << 10, 100),
        ):
            arrays = np.ones((cores, 3, size), np.float32)

            def add(v, times=times):
                for _ in range(times):
                    np.add(v[0], v[1], out=v[2])

            work = best(lambda arrays=arrays, add=add: list(pool.map(add, arrays)), 8)
            rates[name] = 12 * size * cores * times / work / 1e9
    return {"cores": cores, **rates}

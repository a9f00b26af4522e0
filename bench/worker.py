"""A child of `run.py`: one workload of one framework, timed when it is asked.

Lines `SECONDS` come in, one line `@@{json}` goes out for each, and one when it is ready.
"""

from __future__ import annotations

import importlib
import json
import re
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from workloads import CHAINS, build, data, loss, measure_machine, optimizer

KERAS = {"keras2": "keras", "keras3-torch": "keras", "keras3-jax": "keras"}


def answer(**facts) -> None:
    """Tell the parent."""
    print("@@" + json.dumps(facts), flush=True)


def main(framework: str, name: str) -> None:
    """Prepare the workload and time it as often as the parent asks."""
    if framework == "machine":
        return answer(**measure_machine())
    if framework == "tensorlearn-shares":
        step, _ = step_of("tensorlearn", name)
        return answer(**importlib.import_module("shares").shares_of(name, step))
    step, repeats = step_of(framework, name)
    base = peak_mb()  # before the first step
    started, steps = time.perf_counter(), 0
    while steps < 2 or (time.perf_counter() - started < 0.5 and steps < 200):
        step()
        steps += 1
    used = time.process_time()
    answer(ready=True, version=version_of(framework), base=base, spent=used)
    for line in sys.stdin:
        times, end = [], time.perf_counter() + float(line)
        before = time.process_time()
        while not times or time.perf_counter() < end:
            start = time.perf_counter()
            step()
            times.append(time.perf_counter() - start)
        cpu = (time.process_time() - before) / len(times)
        answer(
            ms=statistics.median(times) * 1e3 / repeats,
            best=min(times) * 1e3 / repeats,
            cpu=cpu * 1e3 / repeats,
            rss=peak_mb(),
            spent=cpu * len(times),
        )
    return None


def step_of(framework: str, name: str):
    """The step, and how many batches it is."""
    if framework == "torch":
        return importlib.import_module("in_torch").step_of(name), 1
    base = framework.removesuffix("-fit")
    if name in CHAINS:
        return chain(base, *CHAINS[name]), 1
    package = KERAS.get(base, base)
    layers, models = (
        importlib.import_module(f"{package}.{m}") for m in ("layers", "models")
    )
    x, y = data(name)
    model = build(name, layers, models, x.shape[1:])
    model.compile(loss=loss(name), optimizer=optimizer(name))
    if y is None:
        return lambda: model.predict(x, batch_size=128, verbose=0), 1
    if framework.endswith("-fit"):
        repeats = 200 if name == "W1" else 10
        xs, ys = np.concatenate([x] * repeats), np.concatenate([y] * repeats)
        options = {"batch_size": len(x), "epochs": 1, "shuffle": False, "verbose": 0}
        return lambda: model.fit(xs, ys, **options), repeats
    return lambda: model.train_on_batch(x, y), 1


def chain(framework: str, pairs: int, shape):
    """y = y * c + c again and again, and its gradient."""
    x0, c0 = np.full(shape, 0.5, np.float32), np.full(shape, 1e-6, np.float32)

    def run(x, c):
        for _ in range(pairs):
            x = x * c + c
        return x.sum()

    if framework == "tensorlearn":
        Tensor = importlib.import_module("tensorlearn").Tensor
        return lambda: run(Tensor(x0, requires_grad=True), Tensor(c0)).backward()
    if framework == "mygrad":
        tensor = importlib.import_module("mygrad").tensor
        return lambda: run(tensor(x0), tensor(c0, constant=True)).backward()
    if framework == "autograd":
        slope = importlib.import_module("autograd").grad(run)
        return lambda: slope(x0, c0)
    if framework == "keras2":
        tf = importlib.import_module("tensorflow")
        x, c = tf.constant(x0), tf.constant(c0)

        def step():
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = x
                for _ in range(pairs):
                    y = y * c + c
                total = tf.reduce_sum(y)
            return tape.gradient(total, x)

        return step
    raise NotImplementedError("no automatic differentiation of its own")


def version_of(framework: str) -> str:
    """Of the framework that is timed."""
    package = KERAS.get(framework.removesuffix("-fit"), framework.removesuffix("-fit"))
    module = sys.modules.get(package)
    return str(getattr(module, "__version__", ""))


def peak_mb() -> float | None:
    """The most memory this process has held (not what it inherited across a fork)."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return None
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Exception as error:
        answer(error=f"{type(error).__name__}: {error}"[:200])
        raise

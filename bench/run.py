"""How fast is it? The workloads W1 to W13 beside other frameworks, in one run.

    python bench/run.py                                     # tensorlearn alone
    python bench/run.py --peer torch=PYTHON --peer keras2=PYTHON --json today.json
    python bench/run.py --compare bench/baseline.json       # exit code 1 if it got slower
    python bench/run.py --page bench/baseline.json          # the tables in docs/*/speed.md

PYTHON is the interpreter that has the peer: torch, keras2 (tf.keras 2.15 or Keras 2),
keras3-torch, keras3-jax, mygrad, autograd (the last two only for W10).

Every framework runs in a process of its own. Turns go round, A B C A B C, so that a busy
machine slows all alike, and a process is stopped between its turns, since idle thread
pools spin. The figure is the median of the rounds' medians; only ratios within one run
mean anything. `bound` is what arithmetic or memory need at least, by the rates measured
at the start; `others` is how much of the machine other processes used meanwhile. Of the
training steps W1 to W8 it is also told which operations take how much of them.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from math import log
from pathlib import Path
from statistics import geometric_mean, median

from report import GOALS, compare, ratio, share_row, table, write_pages
from workloads import LENGTHS, TRAINING, WORKLOADS, bound

HERE = Path(__file__).parent
ROOT = HERE.parent
IMPORT = (
    "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"
)
PACKAGES = {"keras2": "keras", "keras3-torch": "keras", "keras3-jax": "keras"}
TUNED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # for other builds of OpenBLAS


def environment(framework: str, threads: int) -> dict[str, str]:
    """What a child sees: the same number of threads for every framework."""
    env = {k: v for k, v in os.environ.items() if k not in TUNED}
    for library in ("OMP", "OPENBLAS", "MKL", "TENSORLEARN"):
        name = (
            "TENSORLEARN_THREADS"
            if library == "TENSORLEARN"
            else f"{library}_NUM_THREADS"
        )
        env[name] = str(threads)
    if framework.startswith("tensorlearn"):
        env["PYTHONPATH"] = str(ROOT)
    backend = framework.removesuffix("-fit").partition("keras3-")[2]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
    return env | quiet | ({"KERAS_BACKEND": backend} if backend else {})


class Worker:
    """A framework's process for one workload; stopped except in its turns."""

    def __init__(self, python: str, framework: str, name: str, threads: int) -> None:
        self.rounds: list[dict] = []
        self.process = subprocess.Popen(
            [python, "worker.py", framework, name],
            cwd=HERE,
            env=environment(framework, threads),
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.info = self.read()
        self.signal("SIGSTOP")

    def read(self) -> dict:
        """The next answer; an error if none comes within five minutes."""
        watch = threading.Timer(300, self.process.kill)
        watch.start()
        try:
            found = (li[2:] for li in self.process.stdout if li.startswith("@@"))
            return json.loads(next(found, '{"error": "it died or took too long"}'))
        finally:
            watch.cancel()

    def signal(self, name: str) -> None:
        """Stop or go on, where the system knows how."""
        if "error" not in self.info and hasattr(signal, name):
            os.kill(self.process.pid, getattr(signal, name))

    def turn(self, seconds: float) -> None:
        """One round."""
        if "error" in self.info:
            return
        self.signal("SIGCONT")
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        answer = self.read()
        if "error" in answer:
            self.info |= answer
            return
        self.rounds.append(answer)
        self.signal("SIGSTOP")

    def spent(self) -> float:
        """CPU seconds so far."""
        return self.info.get("spent", 0) + sum(r["spent"] for r in self.rounds)

    def result(self) -> dict:
        """The figures of all rounds; without any, what it told when it was ready."""
        self.process.kill()
        self.process.wait()
        if not self.rounds:
            return self.info
        found = {k: [r[k] for r in self.rounds] for k in self.rounds[0]}
        return {
            "version": self.info.get("version"),
            "ms": median(found["ms"]),
            "best": min(found["best"]),
            "cpu": median(found["cpu"]),
            "rss": max((r for r in found["rss"] if r), default=None),
            "mb": max(found["rss"]) - self.info["base"] if self.info["base"] else None,
            "rounds": found["ms"],
        }


def busy() -> float | None:
    """CPU seconds that all processes have used, where the system tells."""
    try:
        fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    except OSError:
        return None
    spent = list(map(int, fields))
    return (sum(spent) - spent[3] - spent[4]) / os.sysconf("SC_CLK_TCK")


def run(name: str, pythons: dict[str, str], options: argparse.Namespace) -> dict:
    """One workload, all frameworks."""
    chosen = dict(pythons)
    if name in ("W1", "W2"):
        chosen["tensorlearn-fit"] = sys.executable
    if not name.startswith("W10"):
        chosen = {f: p for f, p in chosen.items() if f not in ("mygrad", "autograd")}
    before, start = busy(), time.time()
    workers: dict[str, Worker] = {}
    try:
        for framework, python in chosen.items():
            workers[framework] = Worker(python, framework, name, options.threads)
        for _ in range(options.rounds):
            for worker in workers.values():
                worker.turn(options.seconds)
    finally:
        rows: dict = {f: w.result() for f, w in workers.items()}
    if before is not None:
        own = sum(w.spent() for w in workers.values())
        passed = (time.time() - start) * os.cpu_count()
        rows["others"] = max(0.0, busy() - before - own) / passed
    return rows


def imports(pythons: dict[str, str], rounds: int, cache: str) -> dict:
    """W11: seconds that an import takes in a new process, NumPy's included."""
    found: dict[str, list[float]] = {f: [] for f in pythons}
    for _ in range(rounds + 1):
        for framework, python in pythons.items():
            code = IMPORT.format(PACKAGES.get(framework, framework))
            env = environment(framework, 1) | {"PYTHONPYCACHEPREFIX": cache}
            env.pop("PYTHONDONTWRITEBYTECODE", None)  # compiled once, as if installed
            done = subprocess.run(
                [python, "-c", code], env=env, capture_output=True, text=True
            )
            if done.returncode == 0:
                found[framework].append(float(done.stdout.split()[-1]))
    return {f: {"s": median(times[1:])} for f, times in found.items() if times[1:]}


def wheel_mb() -> float:
    """Size of the package as it is packed for installing."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((ROOT / "tensorlearn").rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(ROOT))
    return packed.tell() / 1e6


def slope(values: dict[int, float]) -> float:
    """Of a line through (log T, log value): 1 if it grows linearly."""
    xs, ys = [log(t) for t in values], [log(v) for v in values.values()]
    x0, y0 = sum(xs) / len(xs), sum(ys) / len(ys)
    top = sum((x - x0) * (y - y0) for x, y in zip(xs, ys, strict=True))
    return top / sum((x - x0) ** 2 for x in xs)


def machine(options: argparse.Namespace) -> dict:
    """What the figures were measured on."""
    rates = Worker(sys.executable, "machine", "-", options.threads).result()
    name = platform.processor() or platform.machine()
    try:
        text = Path("/proc/cpuinfo").read_text()
        name = re.search(r"model name\s*:\s*(.*)", text)[1]
    except (OSError, TypeError):
        pass
    system = (
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    )
    return {
        "processor": name,
        "system": system,
        "threads": options.threads,
    } | rates


def summary(results: dict) -> None:
    """What is said of all workloads together."""
    workloads = results["workloads"]
    for peer in GOALS:
        found = [ratio(workloads.get(name, {}), peer) for name in TRAINING]
        known = [r for r in found if r]
        if known:
            mean = geometric_mean(known)
            print(f"geometric mean over {len(known)} of W1 to W8: {mean:.2f} × {peer}")
    ours = {t: workloads.get(f"W13-{t}", {}).get("tensorlearn", {}) for t in LENGTHS}
    for what in ("ms", "mb"):
        values = {t: r[what] for t, r in ours.items() if r.get(what)}
        if len(values) > 1:
            results[f"slope_{what}"] = slope(values)
            print(f"W13: {what} grows like T^{results[f'slope_{what}']:.2f}")


def main() -> int:
    """Read the arguments, measure, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON")
    parser.add_argument("--workloads", default=",".join(WORKLOADS) + ",W11")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a turn")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--json", type=Path, help="where to write all figures")
    parser.add_argument("--compare", type=Path, help="an earlier --json file")
    parser.add_argument(
        "--page", type=Path, help="only write pages, from a --json file"
    )
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # then the children end, too
    if options.page:
        write_pages(json.loads(options.page.read_text()))
        return 0
    asked = [
        p for p in os.environ.get("BENCH_PEERS", "").split(";") if p
    ] + options.peer
    pythons = {"tensorlearn": sys.executable} | dict(p.split("=", 1) for p in asked)
    results: dict = {"machine": machine(options), "workloads": {}, "shares": {}}
    print(results["machine"])
    wanted = options.workloads.split(",")
    for name, text in WORKLOADS.items():
        if not any(re.fullmatch(rf"{w}([a-e]|-\d+)?", name) for w in wanted):
            continue
        rows = run(name, pythons, options)
        rows["bound"] = bound(name, results["machine"])
        results["workloads"][name] = rows
        print(f"\n### {name} {text}\n{table(rows)}", flush=True)
        if name in TRAINING:
            child = Worker(sys.executable, "tensorlearn-shares", name, options.threads)
            results["shares"][name] = child.result()
            print(share_row(name, results["shares"][name]))
        if options.json:
            options.json.write_text(json.dumps(results, indent=1))
    if "W11" in wanted:
        with tempfile.TemporaryDirectory() as cache:
            results["imports"] = imports(pythons, options.rounds, cache)
        results["wheel_mb"] = wheel_mb()
        print(
            f"\n### W11 {results['imports']}, {results['wheel_mb']:.2f} MB to install"
        )
    summary(results)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")
    if options.compare:
        return compare(results, json.loads(options.compare.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())

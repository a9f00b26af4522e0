"""Running the code of sections: each once, from top to bottom, in a process of its own.

`python -m docs.book.run` reads jobs from standard input. It loads NumPy, matplotlib and
tensorlearn once, then forks: a section finds a fresh namespace but waits for no import.
A cell whose output depends on the language runs twice, the second time in a fork of the
section's process, so that running it in Chinese leaves no trace.

An output is a dictionary: {"kind": "text" | "error" | "html" | "markdown" | "image", …}.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from multiprocessing import connection, get_context
from pathlib import Path

from docs.book import CACHE, ROOT, contents
from docs.book.contents import Contents, Section
from docs.book.source import Source, read, shown

Outputs = dict[str, list[dict[str, str]]]
"""Language -> what a cell printed and drew."""

CPU_SECONDS = 120
SECONDS = 1200
"""What a section may take: of the processor, and of the patience of a busy machine."""

WORKERS = 2


# ---- asking for outputs ----


def run(sources: Iterable[Source], *, fresh: bool = False) -> dict[Path, dict]:
    """{path: {"cells": [Outputs of each code cell], "seconds": …, "error": …}}."""
    files = {source.path: CACHE / f"{key(source)}.json" for source in sources}
    jobs = [
        _job(source, files[source.path])
        for source in sources
        if fresh or not _known(files[source.path])
    ]
    if jobs:
        CACHE.mkdir(parents=True, exist_ok=True)
        _fork(jobs)
    return {path: json.loads(file.read_text("utf-8")) for path, file in files.items()}


def in_one_session(sources: Iterable[Source], file: Path) -> dict:
    """What comes of all sections one after the other, as somebody may try who reads on."""
    jobs = [_job(source, file) for source in sources]
    cells = [cell for job in jobs for cell in job["cells"]]
    _fork([jobs[0] | {"cells": cells, "seconds": SECONDS}])
    return json.loads(file.read_text("utf-8"))


def _fork(jobs: list[dict]) -> None:
    """Have jobs done by a process that loads all there is to load, once."""
    subprocess.run(
        [sys.executable, "-m", "docs.book.run"],
        input=json.dumps(jobs),
        text=True,
        cwd=ROOT,
        env=os.environ | SETTINGS,
        check=True,
    )


@cache
def whole_book() -> tuple[Contents, dict[Section, Source], dict[Path, dict]]:
    """The contents, the sections that are written, and what they show; looked up once."""
    book = contents.read()
    sources = {s: read(s.source) for s in book.sections() if s.source.exists()}
    return book, sources, run(sources.values())


SETTINGS = {
    "PYTHONPATH": str(ROOT),
    "PYTHONHASHSEED": "0",
    "MPLBACKEND": "agg",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TENSORLEARN_LANG": "en",
    "COLUMNS": "80",
}


def _known(file: Path) -> bool:
    """Whether a section has run; if its process was lost, it may do better next time."""
    return file.exists() and "lost" not in json.loads(file.read_text("utf-8"))


def _job(source: Source, file: Path) -> dict:
    cells = [
        {"code": cell.text, "tags": sorted(cell.tags), "where": source.where(cell)}
        for cell in source.code
    ]
    return {
        "name": shown(source.path),
        "file": str(file),
        "cells": cells,
        "seconds": CPU_SECONDS,
    }


def key(source: Source) -> str:
    """Equal as long as the outputs must be."""
    code = [[cell.text, sorted(cell.tags)] for cell in source.code]
    parts = [surroundings(), source.path.name, json.dumps(code)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


@cache
def surroundings() -> str:
    """What outputs depend on, besides the code of the section; read once."""
    package = (ROOT / "tensorlearn").rglob("*")
    files = [p for p in package if p.is_file() and p.suffix not in (".pyc", ".po")]
    files += [Path(__file__), Path(__file__).with_name("cells.py")]
    files += [ROOT / "docs/live/page/figures.py"]
    digest = hashlib.sha256(sys.version.encode())
    for name in ("numpy", "matplotlib", "ipython"):
        digest.update(version(name).encode())
    for path in sorted(files):
        digest.update(path.read_bytes())
    return digest.hexdigest()


# ---- the process that forks ----


def main() -> None:
    """Run the jobs given on standard input, `WORKERS` at a time."""
    from docs.book import cells  # loads matplotlib and tensorlearn: only here

    waiting, running = json.load(sys.stdin), {}
    context = get_context("fork")
    while waiting or running:
        while waiting and len(running) < WORKERS:
            job = waiting.pop(0)
            process = context.Process(target=cells.section, args=(job,))
            process.start()
            running[process.sentinel] = job, process, time.monotonic() + SECONDS
        soonest = min(limit for _, _, limit in running.values())
        ended = connection.wait(list(running), max(0, soonest - time.monotonic()))
        for sentinel, (job, process, limit) in list(running.items()):
            if sentinel in ended or time.monotonic() > limit:
                _end(job, process, late=sentinel not in ended)
                del running[sentinel]


def _end(job: dict, process, *, late: bool) -> None:
    """Note down what a section that did not end by itself cannot say."""
    if late:
        process.kill()
    process.join()
    if late or process.exitcode:
        slow = late or process.exitcode == -signal.SIGXCPU
        why = "takes too long" if slow else f"died, {process.exitcode}"
        error = f"{job['name']}: {why}"
        lost = {"cells": [], "seconds": 0, "error": error, "lost": True}
        Path(job["file"]).write_text(json.dumps(lost), "utf-8")


if __name__ == "__main__":
    main()

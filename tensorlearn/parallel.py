"""Work shared among threads, the same to the last bit for any number of them.

NumPy lets go of Python's lock inside its loops and products, so that a few threads can
each work on a chunk of the batch. Two rules keep results independent of the machine: what
a chunk is depends on the data alone, and results are combined in the order of the chunks.

The number of threads is that of the cores, or `TENSORLEARN_THREADS`, or `set_threads(n)`;
with 1 all is done in the calling thread. Nothing is started before it is needed.
"""

from __future__ import annotations

import contextvars
import ctypes
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ContextDecorator
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

import numpy as np

from tensorlearn.cores import cores, in_browser
from tensorlearn.wording import say

T = TypeVar("T")
R = TypeVar("R")
S = TypeVar("S")
Array = np.ndarray[Any, Any]


def threads() -> int:
    """How many threads work together."""
    if _pool.threads is None:
        set_threads(_from_environment())
    return _pool.threads or 1


def set_threads(number: int) -> None:
    """Have at most so many threads work together; 1 switches the pool off."""
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ValueError(
            say("set_threads: `number` must be an integer ≥ 1, got {n!r}", n=number)
        )
    _pool.threads = number


def _from_environment() -> int:
    if in_browser():  # whatever is asked for
        return 1
    asked = os.environ.get("TENSORLEARN_THREADS") or os.environ.get("OMP_NUM_THREADS")
    if asked and asked.isdecimal() and int(asked):
        return int(asked)
    return cores()


# ---- doing it ----


def each(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """[work(item) for item in items], on several threads; the order is kept.

    Items are taken in their order by whoever is free, the caller among them. If one fails,
    no new ones are begun, and its error is raised here. Within `work` this is a plain loop.
    """
    items = list(items)
    if len(items) < 2 or _here.busy:
        return [work(item) for item in items]
    job = _Job(work, items)
    with one_blas_thread:
        helpers = _pool.wake(job, min(threads(), len(items)) - 1)
        job.take_part()
        if helpers:
            job.wait()
    return job.outcome()


def followed(
    lead: Callable[[Iterable[T]], S], work: Callable[[T], R], items: Sequence[T]
) -> tuple[S, list[R]]:
    """lead(items), and beside it work(item) for every item that lead has gone past.

    For what must be done in a row, and what follows from each part of it; both results.
    """
    if len(items) < 2:
        return lead(items), [work(item) for item in items]
    passed = [threading.Event() for _ in items]

    def one_by_one() -> Iterator[T]:
        for item, event in zip(items, passed, strict=True):
            yield item
            event.set()

    def one(number: int) -> Any:
        if number:
            passed[number - 1].wait()
            return work(items[number - 1])
        try:
            return lead(one_by_one())
        finally:  # if it failed, nobody shall wait for the rest
            for event in passed:
                event.set()

    result, *parts = each(one, range(len(items) + 1))
    return result, parts


LARGE = 1 << 18
"""Elements from which elementwise work is shared: below, waking a thread costs more."""
BLOCK = 1 << 17
"""Elements of a block of it: its arrays stay in a second-level cache.

Between two calls of NumPy a thread needs Python's lock again. Calls of less than some 20 µs
make threads wait for it longer than they compute, so blocks must not be smaller either.
"""


def blockwise(function: Callable[..., Any], *inputs: Any, row: int = 1) -> Any:
    """`function(*inputs)`, large arrays block by block and on several threads.

    function: a ufunc, or what takes `out` as one does and keeps shape and number type.
    Only a float array in one piece is cut, with others of its shape; a number, or one for
    each place of the last axis, goes to every block. row: the length of the last axis if
    `function` needs to see all of it; it is then given blocks (rows, row).
    """
    x = inputs[0]
    if type(x) is not np.ndarray or x.size < LARGE or x.dtype.kind != "f":
        return function(*inputs)
    kinds = [_kind(other, x) for other in inputs]
    if "other" in kinds:
        return function(*inputs)
    if "row" in kinds:
        row = x.shape[-1]
    y = np.empty(x.shape, x.dtype)
    shape = -1 if row == 1 else (-1, row)
    step = max(1, BLOCK // row)
    parts = [
        v.reshape(shape) if kind == "cut" else v
        for v, kind in zip((*inputs, y), (*kinds, "cut"), strict=True)
    ]
    cut = [kind == "cut" for kind in kinds]

    def one(start: int) -> None:
        here = slice(start, start + step)
        given = [v[here] if c else v for v, c in zip(parts, cut, strict=False)]
        function(*given, out=parts[-1][here])

    each(one, range(0, x.size // row, step))
    return y


def _kind(other: Any, x: Array) -> str:
    """Whether an input is cut like x, laid along its rows, a number, or none of these."""
    if isinstance(other, (int, float)):
        return "number"
    if (
        type(other) is np.ndarray
        and other.dtype == x.dtype
        and other.flags.c_contiguous
    ):
        if other.shape == x.shape:
            return "cut"
        if other.shape == x.shape[-1:]:
            return "row"
    return "other"


class _Job:
    """Items, results in their places, and who is still at it."""

    def __init__(self, work: Callable[[Any], Any], items: list[Any]) -> None:
        self.work = work
        self.todo = deque(enumerate(items))
        self.results: list[Any] = [None] * len(items)
        self.errors: dict[int, BaseException] = {}
        self.lock = threading.Lock()
        self.active = 0
        self.finished = threading.Event()

    def take_part(self) -> None:
        with self.lock:
            if not self.todo:
                return
            self.active += 1
            self.finished.clear()
        _here.busy = True
        try:
            self._work_off()
        finally:
            _here.busy = False
            with self.lock:
                self.active -= 1
                if not self.active:
                    self.finished.set()

    def _work_off(self) -> None:
        while True:
            try:
                number, item = self.todo.popleft()
            except IndexError:
                return
            try:
                self.results[number] = self.work(item)
            except BaseException as error:
                self.errors[number] = error
                self.todo.clear()

    def wait(self) -> None:
        self.finished.wait()

    def outcome(self) -> list[Any]:
        if self.errors:
            first = self.errors[min(self.errors)]
            self.errors.clear()  # the error knows this frame: no cycle
            raise first
        return self.results


class _Here(threading.local):
    busy = False


class _Pool:
    """Threads that wait for jobs; a forked child begins with none."""

    def __init__(self) -> None:
        self.threads: int | None = None
        self.forget()

    def forget(self) -> None:
        self.workers: list[threading.Thread] = []
        self.jobs: SimpleQueue[tuple[_Job, contextvars.Context]] = SimpleQueue()

    def wake(self, job: _Job, wanted: int) -> int:
        """Have up to so many helpers join; returns how many were called."""
        while len(self.workers) < wanted:
            helper = threading.Thread(
                target=_help, args=(self.jobs,), name="tensorlearn", daemon=True
            )
            try:
                helper.start()
            except RuntimeError:  # no more threads here: the caller does it all
                break
            self.workers.append(helper)
        called = min(wanted, len(self.workers))
        for _ in range(called):  # with the caller's context: NumPy keeps errstate there
            self.jobs.put((job, contextvars.copy_context()))
        return called


def _help(jobs: SimpleQueue[tuple[_Job, contextvars.Context]]) -> None:
    while True:
        job, context = jobs.get()
        context.run(job.take_part)
        del job, context  # nothing is kept alive while waiting


# ---- keeping BLAS to one thread meanwhile ----

_NAMES = (
    ("scipy_openblas_set_num_threads64_", "scipy_openblas_get_num_threads64_"),
    ("openblas_set_num_threads64_", "openblas_get_num_threads64_"),
    ("openblas_set_num_threads", "openblas_get_num_threads"),
    ("MKL_Set_Num_Threads", "MKL_Get_Max_Threads"),
)


class _OneBlasThread(ContextDecorator):
    """A context in which products do not start threads of their own, if BLAS can be told.

    Two pools on the same cores would fight, and BLAS's goes on spinning after its work.
    """

    def __init__(self) -> None:
        self.functions: Any = None
        self.forget()

    def forget(self) -> None:
        self.lock = threading.Lock()
        self.depth = self.before = 0

    def __enter__(self) -> None:
        with self.lock:
            if self.functions is None:
                self.functions = _find_blas()
            if not self.depth and self.functions:
                write, read = self.functions
                self.before = read()
                if self.before != 1:
                    write(1)
            self.depth += 1

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.depth -= 1
            if not self.depth and self.functions and self.before != 1:
                self.functions[0](self.before)


def _find_blas() -> tuple[Any, Any] | tuple[()]:
    """The functions that set and get BLAS's threads; () if it has none that we know."""
    if in_browser():
        return ()
    module = sys.modules.get("numpy._core._multiarray_umath")
    paths = [getattr(module, "__file__", None)]
    if sys.platform == "win32":  # there a library does not show what it has loaded
        paths += Path(np.__file__).parents[1].glob("numpy.libs/*openblas*")
    for path in filter(None, paths):
        try:
            library = ctypes.CDLL(str(path))
        except OSError:
            continue
        for pair in _NAMES:
            if all(hasattr(library, name) for name in pair):
                return getattr(library, pair[0]), getattr(library, pair[1])
    return ()


def _after_fork() -> None:
    """A child has none of the threads, and locks that may never open again."""
    held, before = one_blas_thread.depth, one_blas_thread.before
    _pool.forget()
    one_blas_thread.forget()
    _here.busy = False
    if held and one_blas_thread.functions:
        one_blas_thread.functions[0](before)


_here = _Here()
_pool = _Pool()
one_blas_thread = _OneBlasThread()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

"""The processor's cores: how many are for us, and keeping them from falling asleep.

A virtual machine's core that has nothing to do is handed back to the machine underneath.
To get it again takes 0.1 to 0.3 ms: as long as the pieces of work that threads share. So
while they share work, a thread on every core does nothing, in a loop, as the pools of
compiled frameworks do. Ours runs in the system's idle class, which gives way to all else,
and is a mere wait for a lock of the C library, so that it never takes Python's lock.

By default this is done on virtual machines (Linux, x86) that are not billed by processor
time; TENSORLEARN_AWAKE=1 wants it on any Linux, TENSORLEARN_AWAKE=0 nowhere.
"""

from __future__ import annotations

import atexit
import ctypes
import math
import os
import sys
import threading
from pathlib import Path
from typing import Any


def cores() -> int:
    """How many cores this process may use, by its affinity and its container's quota."""
    if sys.platform in ("emscripten", "wasi"):  # a browser: no threads there
        return 1
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    return max(1, math.ceil(min(count, _quota())))


def _quota(groups: Path = Path("/sys/fs/cgroup")) -> float:
    """How many cores' time a container is given; infinite without a limit."""
    limits = [math.inf]
    own = _text(Path("/proc/self/cgroup")).partition("0::/")[2].partition("\n")[0]
    inner = groups / own
    for group in (inner, *inner.parents):  # version 2: "max 100000", or two numbers
        limit = _text(group / "cpu.max").split()
        if len(limit) == 2 and limit[0].isdecimal():
            limits.append(int(limit[0]) / int(limit[1]))
        if group == groups:
            break
    limit = [_text(groups / "cpu" / f"cpu.cfs_{n}_us") for n in ("quota", "period")]
    if all(n.strip().isdecimal() for n in limit):  # version 1: -1 stands for no limit
        limits.append(int(limit[0]) / int(limit[1]))
    return min(limits)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


# ---- awake ----

PATIENCE = 0.05
"""Seconds without work after which cores may sleep again."""
_AT_MOST = 4
"""Cores that are kept awake: more would rarely be called at the same time."""


class _Awake:
    """Threads of the idle class that turn round between `begin` and `end`."""

    def __init__(self) -> None:
        self.wanted: bool | None = None  # None: not looked up yet
        self.forget()

    def forget(self) -> None:
        self.guard = threading.Lock()
        self.locks: list[int] = []  # addresses, held for as long as nothing has to end
        self.kept = False

    @property
    def patience(self) -> float | None:
        """How long to wait for work before calling `end`; None: there is nothing to end."""
        return PATIENCE if self.kept else None

    def begin(self, count: int) -> None:
        """Keep so many cores awake, if that is wanted here; again and again is fine."""
        if self.kept or self.wanted is False:
            return
        with self.guard:
            if self.wanted is None:
                self.wanted = _is_wanted()
            if self.kept or not self.wanted:
                return
            library = ctypes.CDLL(None)
            while len(self.locks) < min(count, _AT_MOST):
                self.locks.append(_held_lock(library))
            self.kept = True
            if not all(_turn_round(library, lock) for lock in self.locks):
                self.wanted = False
                self._release()

    def end(self) -> None:
        """Let the cores sleep."""
        with self.guard:
            if self.kept:
                self._release()

    def _release(self) -> None:
        library = ctypes.CDLL(None)
        self.kept = False
        for lock in self.locks:  # whoever waits for it takes it, holds it, and is gone
            library.pthread_spin_unlock(ctypes.c_void_p(lock))


def _held_lock(library: Any) -> int:
    """The address of a new lock in memory that is never freed: threads look at it."""
    library.malloc.restype = ctypes.c_void_p
    lock = library.malloc(ctypes.c_size_t(64))
    library.pthread_spin_init(ctypes.c_void_p(lock), 0)
    library.pthread_spin_lock(ctypes.c_void_p(lock))
    return int(lock)


def _turn_round(library: Any, lock: int) -> bool:
    """Have one thread wait for the lock, in the idle class; whether it does."""
    if library.pthread_spin_trylock(ctypes.c_void_p(lock)) == 0:
        return True  # it was free: the last thread has not seen it yet, and goes on
    thread, priority = ctypes.c_ulong(), ctypes.c_int(0)
    wait = ctypes.cast(library.pthread_spin_lock, ctypes.c_void_p)
    if library.pthread_create(ctypes.byref(thread), None, wait, ctypes.c_void_p(lock)):
        return False
    refused = library.pthread_setschedparam(
        thread, os.SCHED_IDLE, ctypes.byref(priority)
    )
    library.pthread_detach(thread)
    return not refused


def _is_wanted() -> bool:
    if sys.platform != "linux" or not hasattr(os, "SCHED_IDLE"):
        return False
    if not hasattr(ctypes.CDLL(None), "pthread_spin_lock"):
        return False
    asked = os.environ.get("TENSORLEARN_AWAKE")
    if asked in ("0", "1"):
        return asked == "1"
    virtual = " hypervisor" in _text(Path("/proc/cpuinfo"))
    return virtual and _quota() == math.inf


awake = _Awake()
atexit.register(awake.end)

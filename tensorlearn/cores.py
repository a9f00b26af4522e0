"""How many of the processor's cores are for us."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path


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

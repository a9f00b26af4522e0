"""How many of the processor's cores are for us."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path


def in_browser() -> bool:
    """Whether Python runs in a browser, where there are no threads."""
    return sys.platform in ("emscripten", "wasi")


def cores() -> int:
    """How many cores this process may use, by its affinity and its container's quota."""
    if in_browser():
        return 1
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    return max(1, math.ceil(min(count, _quota())))


def _quota(groups: Path = Path("/sys/fs/cgroup")) -> float:
    """How many cores' time a container is given; infinite without a limit."""
    own = _text(Path("/proc/self/cgroup")).partition("0::/")[2].partition("\n")[0]
    inner = groups / own
    around = [g for g in (inner, *inner.parents) if g.is_relative_to(groups)]
    limits = [_text(group / "cpu.max").split() for group in around]  # version 2
    limits.append(  # version 1
        [_text(groups / f"cpu/cpu.cfs_{n}_us").strip() for n in ("quota", "period")]
    )
    return min(
        (  # (microseconds, of so many); "max" or -1 stand for no limit
            int(limit[0]) / int(limit[1])
            for limit in limits
            if len(limit) == 2 and all(n.isdecimal() for n in limit)
        ),
        default=math.inf,
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""

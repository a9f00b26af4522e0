"""Memory that is freed is kept for the next step, instead of going back to the system.

Every training step needs the same large arrays again. By default the C library asks the
system for each, which clears it page by page before the first use: up to a third of a
step's time.
"""

from __future__ import annotations

import ctypes
import os
import sys

LARGEST = 32 << 20
"""Bytes of the largest array that is kept; the C library allows no more."""
KEPT = 1 << 30
"""Free bytes at the end of memory that may be kept."""

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of malloc.h


def keep_freed() -> bool:
    """Ask the C library to keep freed memory; returns whether it understood.

    Only glibc does. Whoever has set one of its `MALLOC_…` variables is left alone.
    """
    if not sys.platform.startswith("linux"):
        return False
    if any(name.startswith("MALLOC_") for name in os.environ):
        return False
    if "glibc.malloc" in os.environ.get("GLIBC_TUNABLES", ""):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_MMAP_THRESHOLD, LARGEST) and mallopt(_TRIM_THRESHOLD, KEPT))

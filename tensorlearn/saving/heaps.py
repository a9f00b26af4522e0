"""A look at the text storage of an HDF5 file before its library walks through it.

Texts lie in "global heaps", chains of records of which each says where the next begins.
The library (2.0 and before) trusts them: a damaged one makes it walk in circles, or out
of its memory. So every heap that something may point to is followed here first.
"""

from __future__ import annotations

import mmap
from typing import Any

from tensorlearn.wording import say

_MARK = b"GCOL"
_HEADER = 16  # bytes, of a heap and of a record
_SMALLEST = 4096  # bytes of a heap


def check_heaps(path: Any, file: Any) -> None:
    """Raise ValueError if a heap in the opened HDF5 file is damaged.

    What only looks like a heap, in the middle of numbers, has an address that occurs
    nowhere in the file, and does not matter.
    """
    settings = file.id.get_create_plist()
    if settings.get_sizes() != (8, 8) or settings.get_userblock():
        raise ValueError(
            say("the HDF5 file is laid out in an unusual way, so it is not read")
        )
    with (
        open(path, "rb") as raw,
        mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        start = data.find(_MARK)
        while start >= 0:
            if not _sound(data, start) and data.find(start.to_bytes(8, "little")) >= 0:
                raise ValueError(
                    say(
                        "the text storage of the HDF5 file is damaged at byte {at}",
                        at=start,
                    )
                )
            start = data.find(_MARK, start + 1)


def _sound(data: Any, start: int) -> bool:
    """Whether the records of the heap fill it from start to end, each number used once."""
    end = start + int.from_bytes(data[start + 8 : start + 16], "little")
    if not start + _SMALLEST <= end <= len(data):
        return False
    at = start + _HEADER
    seen = set()
    while at + _HEADER <= end:
        index = int.from_bytes(data[at : at + 2], "little")
        size = int.from_bytes(data[at + 8 : at + 16], "little")
        if index in seen:
            return False
        seen.add(index)
        if not index:  # free space, which comes last
            return at + size == end
        at += _HEADER + -(-size // 8) * 8
    return at <= end

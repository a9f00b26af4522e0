"""Where a path was cut: which call took a Tensor out of the record, and in which line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from tensorlearn.autograd import Tensor
from tensorlearn.autograd.graph import no_grad
from tensorlearn.wording import say

_PACKAGE = str(Path(__file__).resolve().parents[1]) + os.sep
EXITS = {
    function.__code__: name
    for name, function in {
        "numpy()": Tensor.numpy,
        "detach()": Tensor.detach,
        "np.asarray()": Tensor.__array__,
        "float()": Tensor.__float__,
        "item()": Tensor.item,
        "no_grad()": no_grad.__wrapped__,  # type: ignore[attr-defined]
    }.items()
}


def cuts(call: Callable[[], Any]) -> str:
    """Half a sentence naming the first call that left the record; "" if none was seen.

    The call is watched by sys.setprofile, so nothing of the engine is replaced.
    """
    seen: list[str] = []

    def look(frame: FrameType, event: str, _: Any) -> None:
        if event != "call" or frame.f_code not in EXITS or seen:
            return
        if caller := _outside(frame):
            place = f"{caller.f_code.co_filename}:{caller.f_lineno}"
            name = EXITS[frame.f_code]
            seen.append(say(" ({name} at {place})", name=name, place=place))

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        call()
    finally:
        sys.setprofile(before)
    return seen[0] if seen else ""


def _outside(frame: FrameType) -> FrameType | None:
    """Who called it, if that is not the package itself."""
    caller = frame.f_back
    while caller is not None and caller.f_code.co_filename.endswith("contextlib.py"):
        caller = caller.f_back
    if caller is None or caller.f_code.co_filename.startswith(_PACKAGE):
        return None
    return caller

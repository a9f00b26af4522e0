"""Anomaly mode: where the first NaN or Inf appeared, forward or backward."""

from __future__ import annotations

import os
import sys
from collections import deque
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import numpy as np

from tensorlearn.autograd.graph import Node, watch
from tensorlearn.autograd.tensor import Tensor
from tensorlearn.wording import say

Batch = tuple[Any, ...]
Place = tuple[str, str | None]
"""file:line of the caller, and the name of the layer."""
_PACKAGE = str(Path(__file__).resolve().parents[1]) + os.sep


class AnomalyError(ArithmeticError):
    """A NaN or Inf appeared.

    Attributes: `primitive` (its name), `where` (file:line of the caller's code), `layer`
    (its name or None), `direction` ("forward" or "backward"), `values` (what the operation
    was given) and `batch`: what the outermost model or layer was given, as a tuple (x,), or
    (x, y) or (x, y, sample_weight) while it was trained or judged, empty outside of any. So
    `model.train_on_batch(*error.batch)` or `layer(*error.batch)` does it again.
    """

    def __init__(
        self,
        primitive: str,
        direction: str,
        place: Place,
        values: Any,
        found: str,
        batch: Batch = (),
    ) -> None:
        self.primitive, self.direction, self.values = primitive, direction, values
        self.where, self.layer = place
        copies = [_copied(part) for part in batch]
        self.batch = tuple(copies[:2] if copies[2:] and copies[2] is None else copies)
        inside = say(" in layer '{name}'", name=self.layer) if self.layer else ""
        super().__init__(
            say(
                "{found} appeared in the {direction} pass of '{primitive}'{inside}, called "
                "at {where}",
                found=found,
                direction=say(direction),
                primitive=primitive,
                inside=inside,
                where=self.where,
            )
        )


class detect_anomaly:  # noqa: N801 - reads as a statement: `with detect_anomaly():`
    """Within the block the first operation to produce NaN or Inf raises AnomalyError.

    It names the primitive, the line of your code and the layer; forward and backward.
    Slow (every result is inspected), so only for hunting.
    """

    def __enter__(self) -> detect_anomaly:
        self.before = watch.anomaly
        self.places: dict[Node, Place] = {}
        self.batches: deque[tuple[int, Batch]] = deque(maxlen=64)  # from which birth on
        watch.anomaly = self
        self.quiet = np.errstate(all="ignore")  # NumPy's warnings would come first
        self.quiet.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.quiet.__exit__(kind, error, trace)
        watch.anomaly = self.before
        self.places.clear()
        self.batches.clear()

    def forward(self, primitive: Any, y: Any, values: Any) -> None:
        """Inspect a result (every primitive calls this)."""
        for part in y if primitive.outputs else [y]:
            if found := _trouble(part):
                place, batch = _place()
                raise AnomalyError(
                    primitive.name, "forward", place, values, found, batch
                )

    def made(self, node: Node) -> None:
        """Remember where a node was made, for the way back."""
        self.places[node], batch = _place()
        last = self.batches[-1][1] if self.batches else None
        if last is None or list(map(id, batch)) != list(map(id, last)):
            self.batches.append((node.birth, batch))

    def backward(self, node: Node, gradient: Any) -> None:
        """Inspect a gradient that a pullback of `node` returned."""
        if found := _trouble(gradient):
            place = self.places.get(node, ("?", None))
            name = node.primitive.name
            older = [batch for birth, batch in self.batches if birth <= node.birth]
            batch = older[-1] if older else ()
            raise AnomalyError(name, "backward", place, node.inputs, found, batch)


def _trouble(value: Any) -> str:
    array = value.data if isinstance(value, Tensor) else np.asarray(value)
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return ""
    return "NaN" if np.isnan(array).any() else "Inf"


def _place() -> tuple[Place, Batch]:
    """The innermost frame outside this package, the innermost layer, the outermost batch.

    A layer shows by the frame of `Layer._compute`, also around a `call` of the user's.
    """
    where = layer = None
    batch: Batch = ()
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith(_PACKAGE):
            where = where or f"{code.co_filename}:{frame.f_lineno}"
        elif code.co_qualname in _FEEDING:
            fed = frame.f_locals
            if layer is None and code.co_name == "_compute":
                layer = getattr(fed.get("self"), "name", None)
            batch = tuple(fed.get(name) for name in _FEEDING[code.co_qualname])
        frame = frame.f_back
    return (where or "?", layer), batch


_FEEDING = {
    "Layer._compute": ("inputs",),
    "Network._replay": ("inputs",),
    "Stepper.train": ("inputs", "targets", "weights"),
    "Stepper.test": ("inputs", "targets", "weights"),
}
"""Where data enter a layer or model, and under which names: the outermost one counts."""


def _copied(part: Any) -> Any:
    """Arrays of their own; one in place of a list of one."""
    if isinstance(part, (list, tuple)):
        parts = [_copied(one) for one in part]
        return parts[0] if len(parts) == 1 else parts
    return part if part is None else np.array(getattr(part, "data", part))

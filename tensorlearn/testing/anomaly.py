"""Anomaly mode: where the first NaN or Inf appeared, forward or backward."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import numpy as np

from tensorlearn.autograd.graph import Node, watch
from tensorlearn.autograd.tensor import Tensor
from tensorlearn.wording import say

Place = tuple[str, str | None]
_PACKAGE = str(Path(__file__).resolve().parents[1]) + os.sep


class AnomalyError(ArithmeticError):
    """A NaN or Inf appeared.

    Attributes: `primitive` (its name), `where` (file:line of the caller's code), `layer`
    (its name or None), `direction` ("forward" or "backward"), `values` (what the operation
    was given, for a replay).
    """

    def __init__(
        self, primitive: str, direction: str, place: Place, values: Any, found: str
    ) -> None:
        self.primitive, self.direction, self.values = primitive, direction, values
        self.where, self.layer = place
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

    def forward(self, primitive: Any, y: Any, values: Any) -> None:
        """Inspect a result (every primitive calls this)."""
        for part in y if primitive.outputs else [y]:
            if found := _trouble(part):
                raise AnomalyError(primitive.name, "forward", _place(), values, found)

    def made(self, node: Node) -> None:
        """Remember where a node was made, for the way back."""
        self.places[node] = _place()

    def backward(self, node: Node, gradient: Any) -> None:
        """Inspect a gradient that a pullback of `node` returned."""
        if found := _trouble(gradient):
            place = self.places.get(node, ("?", None))
            name = node.primitive.name
            raise AnomalyError(name, "backward", place, node.inputs, found)


def _trouble(value: Any) -> str:
    array = value.data if isinstance(value, Tensor) else np.asarray(value)
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return ""
    return "NaN" if np.isnan(array).any() else "Inf"


def _place() -> Place:
    """The innermost frame outside this package, and the innermost layer, if any.

    A layer shows by the frame of `Layer._compute`, also around a `call` of the user's.
    """
    where = layer = None
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and (where is None or layer is None):
        code = frame.f_code
        if not code.co_filename.startswith(_PACKAGE):
            where = where or f"{code.co_filename}:{frame.f_lineno}"
        elif layer is None and code.co_name == "_compute":
            layer = getattr(frame.f_locals.get("self"), "name", None)
        frame = frame.f_back
    return where or "?", layer

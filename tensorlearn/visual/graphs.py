"""The graph behind a Tensor as a picture: who was computed from whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tensorlearn.autograd.graph import Node
from tensorlearn.views import view
from tensorlearn.visual.picture import Arrow, Box, Picture
from tensorlearn.visual.record import Record, origin, shown_params
from tensorlearn.wording import say

_PLAIN = (int, float, bool)


@view("graph")
def graph(
    tensor: Any,
    *named: Any,
    limit: int = 40,
    gradients: bool = False,
    gradient: Any = None,
    rankdir: str = "TB",
    **names: Any,
) -> Picture:
    """How a Tensor came about: a Picture of operations, leaves, and shapes on the way.

    `str()` of it is Mermaid text, `.svg()` a drawing, which a notebook shows by itself.
    named: layers or models, whose weights then have their names. names: Tensors by name
    (`y.graph(x=x)`). limit: how many operations at most; the rest is counted. gradients:
    the length of the gradient of each value, too (`gradient` as for `backward`).
    """
    record = Record("graph", tensor, named, names)
    kept = _nearest(record, max(limit, 1))
    found: dict[Node, Any] = record.gradients(kept, gradient) if gradients else {}
    keys = {node: f"n{i}" for i, node in enumerate(kept)}
    boxes = [_box(record, node, key, found) for node, key in keys.items()]
    arrows: list[Arrow] = []
    cut = [
        key
        for node, key in keys.items()
        if not _feeding(node, key, keys, boxes, arrows)
    ]
    if cut:
        boxes.append(Box("more", [_left_out(record, set(kept))], "more"))
        arrows += [Arrow("more", key) for key in cut]
    boxes.sort(key=lambda box: _age(box.key), reverse=True)
    return Picture(boxes, arrows, rankdir)


def _feeding(
    node: Node,
    key: str,
    keys: Mapping[Node, str],
    boxes: list[Box],
    arrows: list[Arrow],
) -> bool:
    """Add the arrows into a box, and its constants; whether all that feeds it is shown."""
    complete = True
    for i, (parent, value) in enumerate(zip(node.parents, node.inputs, strict=True)):
        if parent is not None and origin(parent) in keys:
            arrow = Arrow(keys[origin(parent)], key, shown_shape(parent.shape))
            arrows.append(arrow._replace(text="") if arrow in arrows else arrow)
        elif parent is not None:
            complete = False
        elif value is not None and not isinstance(value, _PLAIN):
            boxes.append(Box(f"{key}c{i}", [say("constant")], "constant"))
            arrows.append(Arrow(f"{key}c{i}", key, shown_shape(np.shape(value))))
    return complete


def _nearest(record: Record, limit: int) -> list[Node]:
    """The youngest operations, of which none feeds an older one, and their leaves."""
    if not record.operations:  # the Tensor is itself a leaf
        return [record.root]
    operations = record.operations[:limit]
    feeding = {parent for node in operations for parent in node.parents}
    return [*operations, *(leaf for leaf in record.leaves[::-1] if leaf in feeding)]


def _age(key: str) -> float:
    """Large for what is computed early; constants come just before what they feed."""
    if key == "more":
        return float("inf")
    number, constant, place = key[1:].partition("c")
    return float(number) + (0.5 + int(place) / 1000 if constant else 0.0)


def _box(record: Record, node: Node, key: str, gradients: Mapping[Node, Any]) -> Box:
    name = record.name(node)
    if node.primitive is None:
        known = "name" in node.params
        lines, kind = [name], "parameter" if known else "leaf"
    else:
        numbers = [v for v in node.inputs if isinstance(v, _PLAIN)]
        told = ", ".join([*map(str, numbers), *shown_params(node.params)])
        lines = [node.primitive.name, *([told] if told else [])]
        kind = "result" if node is origin(record.root) else "operation"
        if not name.startswith("v"):
            lines[0] = f"{name} = {lines[0]}"
        if kind == "result" and record.result.size == 1:
            lines.append(f"{float(record.result.data):.6g}")
    if node in gradients:
        lines.append(f"‖g‖ {np.linalg.norm(gradients[node]):.3g}")
    return Box(key, lines, kind)


def shown_shape(shape: Any) -> str:
    """(3, 4) as 3×4; a single number has the empty shape ()."""
    return "×".join(map(str, shape)) or "()"


def _left_out(record: Record, kept: set[Node]) -> str:
    rest = [node for node in record.nodes if node not in kept]
    leaves = sum(node.primitive is None for node in rest)
    return say(
        "{operations} more operations, {leaves} more leaves",
        operations=len(rest) - leaves,
        leaves=leaves,
    )

"""The table that `model.summary()` prints, aligned for wide characters too."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from tensorlearn.declare.fields import label
from tensorlearn.wording import say

STACK = (65, (0.45, 0.85, 1.0))
GRAPH = (98, (0.33, 0.55, 0.67, 1.0))
TITLES = ("Layer (type)", "Output Shape", "Param #", "Connected to")


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    print_fn: Callable[[str], Any] | None = None,
) -> None:
    """Print layers, output shapes and numbers of weights; connections where they branch.

    line_length: width of the table. positions: ends of the columns, as fractions or
    characters. print_fn: called with every line instead of `print`.
    Raises ValueError for a model without weights yet.
    """
    if not model.built:
        raise ValueError(
            say(
                "{owner}: summary needs the weights, which do not exist yet; give the "
                "first layer an input_shape, call build, or fit the model first",
                owner=label(model),
            )
        )
    branching = _branches(model)
    width, ends = GRAPH if branching else STACK
    width = line_length or width
    ends = tuple(positions or ends)
    columns = (
        [int(width * end) for end in ends] if ends[-1] <= 1 else list(map(int, ends))
    )
    say_line = print_fn or print
    say_line("_" * width)
    say_line(_row(TITLES[: len(columns)], columns))
    say_line("=" * width)
    for i, layer in enumerate(model.layers):
        for fields in _fields(model, layer, branching):
            say_line(_row(fields, columns))
        say_line(("=" if i == len(model.layers) - 1 else "_") * width)
    trained, fixed = _counts(model)
    say_line(f"Total params: {trained + fixed:,}")
    say_line(f"Trainable params: {trained:,}")
    say_line(f"Non-trainable params: {fixed:,}")
    say_line("_" * width)


def _branches(model: Any) -> bool:
    """Whether the graph is more than a chain."""
    if not model.is_graph or type(model).__name__ == "Sequential":
        return False
    layers = [call.layer for call in model.calls]
    if len(set(map(id, layers))) < len(layers) or len(model.inputs) > 1:
        return True
    fed = [s for call in model.calls for s in call.inputs]
    return len(set(map(id, fed))) < len(fed) or any(
        len(call.inputs) > 1 for call in model.calls
    )


def _fields(model: Any, layer: Any, branching: bool) -> list[Sequence[Any]]:
    """The rows of one layer: a second row and more where it has several sources."""
    try:
        shape = layer.output_shape
    except AttributeError:
        shape = "multiple"
    count = layer.count_params() if layer.built else say("0 (unused)")
    first = [f"{layer.name} ({type(layer).__name__})", shape, count]
    if not branching:
        return [first]
    sources = [
        f"{before.name}[{node}][{index}]"
        for call in sorted(model.calls, key=lambda call: call.node_index)
        if call.layer is layer
        for before, node, index in zip(
            call.inbound_layers, call.node_indices, call.tensor_indices, strict=True
        )
    ]
    rest = [["", "", "", source] for source in sources[1:]]
    return [[*first, *(sources[:1] or [""])], *rest]


def _row(fields: Sequence[Any], columns: Sequence[int]) -> str:
    line = ""
    for i, (field, end) in enumerate(zip(fields, columns, strict=False)):
        if i:
            line = line[:-1] + " "  # a gap, even after a field that fills its column
        line = _fill(line + str(field), end)
    return line


def _fill(text: str, width: int) -> str:
    """`text` cut or padded to so many cells; Chinese characters take two."""
    kept, cells = "", 0
    for character in text:
        cells += cells_of(character)
        if cells > width:
            cells -= cells_of(character)
            break
        kept += character
    return kept + " " * (width - cells)


def cells_of(character: str) -> int:
    """How many columns a character takes: Chinese ones take two."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _counts(model: Any) -> tuple[int, int]:
    """Numbers in trainable and in other weights, each weight counted once."""
    trained = {id(p): p.size for p in model.trainable_weights}
    others = {id(p): p.size for p in model.weights if id(p) not in trained}
    return sum(trained.values()), sum(others.values())

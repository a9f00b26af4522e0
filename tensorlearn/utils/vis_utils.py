"""Pictures of models: as SVG, as Mermaid text (which many editors draw), as DOT text.

All of them are written here; no program such as Graphviz is needed.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from tensorlearn.declare.fields import label
from tensorlearn.models.summary import cells_of
from tensorlearn.saving.atomic import replacing
from tensorlearn.wording import say


class Box(NamedTuple):
    """One layer in a picture: its lines of text, and how deep below the inputs it is."""

    key: str
    lines: list[str]
    depth: int


class Picture:
    """What `model_to_dot` returns: boxes and arrows, in several languages.

    `to_string()` is DOT, `create(format="svg")` and `_repr_svg_` are SVG for notebooks.
    """

    def __init__(
        self, boxes: Sequence[Box], arrows: Sequence[tuple[str, str]], rankdir: str
    ) -> None:
        self.boxes, self.arrows, self.rankdir = list(boxes), list(arrows), rankdir

    def to_string(self) -> str:
        """DOT, the language of Graphviz."""
        lines = [f"digraph G {{\nrankdir={self.rankdir};\nnode [shape=box];"]
        for box in self.boxes:
            text = "\\n".join(box.lines).replace('"', '\\"')
            lines.append(f'{box.key} [label="{text}"];')
        lines += [f"{a} -> {b};" for a, b in self.arrows]
        return "\n".join([*lines, "}"]) + "\n"

    def to_mermaid(self) -> str:
        """Mermaid, which Markdown viewers draw in a block marked mermaid."""
        direction = {"TB": "TD"}.get(self.rankdir, self.rankdir)
        lines = [f"flowchart {direction}"]
        for box in self.boxes:
            text = "<br/>".join(escape(line) for line in box.lines).replace(
                '"', "#quot;"
            )
            lines.append(f'    {box.key}["{text}"]')
        lines += [f"    {a} --> {b}" for a, b in self.arrows]
        return "\n".join(lines) + "\n"

    def to_svg(self) -> str:
        """A drawing that needs nothing else: SVG."""
        return _svg(self)

    def create(self, prog: Any = None, format: str = "svg") -> bytes:
        """The picture as bytes: format "svg", "dot" or "mermaid"."""
        texts = {"svg": self.to_svg, "dot": self.to_string, "raw": self.to_string}
        texts["mermaid"] = self.to_mermaid
        if format not in texts:
            raise ValueError(
                say(
                    "a picture can be made as {known}, got {format!r}",
                    known=", ".join(sorted(texts)),
                    format=format,
                )
            )
        return texts[format]().encode()

    def write(self, path: Any, prog: Any = None, format: str = "svg") -> None:
        """Write what `create` makes to a file."""
        with replacing(path) as temporary:
            Path(temporary).write_bytes(self.create(prog, format))

    def _repr_svg_(self) -> str:
        return self.to_svg()


def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
) -> Picture:
    """The layers of a model and how they feed each other, as a Picture.

    show_shapes: input and output shapes, too. rankdir: "TB" downwards, "LR" to the right.
    """
    if rankdir not in ("TB", "LR"):
        raise ValueError(
            say(
                "model_to_dot: `rankdir` must be 'TB' or 'LR', got {value!r}",
                value=rankdir,
            )
        )
    if not getattr(model, "built", False) or not getattr(model, "is_graph", False):
        raise ValueError(
            say(
                "{owner}: only a model whose layers are connected can be drawn; give the "
                "first layer an input_shape, or call build",
                owner=label(model),
            )
        )
    keys = {layer: f"n{i}" for i, layer in enumerate(_layers(model))}
    feeds = {
        (s.call.layer, call.layer): None
        for call in model.calls
        for s in call.inputs
        if s.call is not None and s.call.layer in keys
    }
    depth: dict[Any, int] = dict.fromkeys(keys, 0)
    for call in model.calls:
        for s in call.inputs:
            if s.call is not None:
                below = depth.get(s.call.layer, 0) + 1
                depth[call.layer] = max(depth[call.layer], below)
    boxes = [
        Box(key, _lines(layer, show_shapes, show_layer_names), depth[layer])
        for layer, key in keys.items()
    ]
    return Picture(boxes, [(keys[a], keys[b]) for a, b in feeds], rankdir)


def plot_model(
    model: Any,
    to_file: Any = "model.svg",
    show_shapes: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
) -> Picture:
    """Draw a model into a file: .svg, .dot, or Mermaid in .mmd, .md and .txt.

    For any other ending, such as .png, an SVG of the same name is written, with a warning.
    Returns the picture, which a notebook shows.
    """
    picture = model_to_dot(model, show_shapes, show_layer_names, rankdir)
    path = Path(os.fspath(to_file))
    formats = {".svg": "svg", ".dot": "dot", ".gv": "dot"}
    formats |= dict.fromkeys((".mmd", ".md", ".txt", ".mermaid"), "mermaid")
    format = formats.get(path.suffix.lower())
    if format is None:
        path, format = path.with_suffix(".svg"), "svg"
        warnings.warn(
            say(
                "pictures are drawn as SVG here, so {asked} became {path}",
                asked=to_file,
                path=path,
            ),
            stacklevel=2,
        )
    data = picture.create(format=format)
    if path.suffix.lower() == ".md":
        data = b"```mermaid\n" + data + b"```\n"
    with replacing(path) as temporary:
        Path(temporary).write_bytes(data)
    return picture


def _layers(model: Any) -> list[Any]:
    """In the order of the calls; a Sequential does not list its entry, but draws it."""
    return list(dict.fromkeys(call.layer for call in model.calls))


def _lines(layer: Any, shapes: bool, names: bool) -> list[str]:
    kind = type(layer).__name__
    inner = getattr(layer, "layer", None)
    if inner is not None and hasattr(inner, "inbound_nodes"):
        kind = f"{kind}({type(inner).__name__})"
    lines = [f"{layer.name}: {kind}" if names else kind]
    if shapes:
        for word, attribute in (("input", "input_shape"), ("output", "output_shape")):
            try:
                shape = getattr(layer, attribute)
            except AttributeError:
                shape = "multiple"
            lines.append(f"{word}: {shape}")
    return lines


# ---- SVG ----

_LINE, _PAD, _GAP, _CELL = 18, 10, 44, 7.3
_STYLE = (
    "text{font:13px Menlo,Consolas,'Noto Sans Mono CJK SC',monospace;fill:#1d2733}"
    "rect{fill:#f4f7fb;stroke:#5b7083;rx:6}path{fill:none;stroke:#5b7083}"
)


def _svg(picture: Picture) -> str:
    """Rows of boxes by depth, each row in the order that keeps arrows short."""
    sideways = picture.rankdir == "LR"
    size = {box.key: _size(box) for box in picture.boxes}
    rows = _rows(picture)
    place: dict[str, tuple[float, float]] = {}
    along = _PAD  # from row to row
    lengths = [sum(size[k][sideways] + _GAP for k in row) - _GAP for row in rows]
    for row, length in zip(rows, lengths, strict=True):
        across = _PAD + (max(lengths) - length) / 2
        for key in row:
            place[key] = (along, across) if sideways else (across, along)
            across += size[key][sideways] + _GAP
        along += max(size[k][not sideways] for k in row) + _GAP
    wide, high = along - _GAP + _PAD, max(lengths) + 2 * _PAD
    if not sideways:
        wide, high = high, wide
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:.0f}" height="{high:.0f}" '
        f'viewBox="0 0 {wide:.0f} {high:.0f}"><style>{_STYLE}</style>'
        '<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8" fill="#5b7083"/></marker>'
        "</defs>"
    ]
    for a, b in picture.arrows:
        parts.append(_arrow(place[a], size[a], place[b], size[b], sideways))
    parts += [_box(box, place[box.key], size[box.key]) for box in picture.boxes]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _size(box: Box) -> tuple[float, float]:
    widest = max(sum(map(cells_of, line)) for line in box.lines)
    return widest * _CELL + 2 * _PAD, len(box.lines) * _LINE + 2 * _PAD


def _rows(picture: Picture) -> list[list[str]]:
    rows: list[list[str]] = [[] for _ in range(max(b.depth for b in picture.boxes) + 1)]
    for box in picture.boxes:
        rows[box.depth].append(box.key)
    position: dict[str, float] = {}
    for row in rows:
        fed = {k: [position[a] for a, b in picture.arrows if b == k] for k in row}
        middle = {
            k: sum(p) / len(p) if p else float(i)
            for i, (k, p) in enumerate(fed.items())
        }
        row.sort(key=lambda key: middle[key])
        position |= {key: i - len(row) / 2 for i, key in enumerate(row)}
    return [row for row in rows if row]


def _arrow(
    start: tuple[float, float],
    start_size: tuple[float, float],
    end: tuple[float, float],
    end_size: tuple[float, float],
    sideways: bool,
) -> str:
    if sideways:
        x1, y1 = start[0] + start_size[0], start[1] + start_size[1] / 2
        x2, y2 = end[0], end[1] + end_size[1] / 2
        bend = f"C{(x1 + x2) / 2:.1f} {y1:.1f} {(x1 + x2) / 2:.1f} {y2:.1f}"
    else:
        x1, y1 = start[0] + start_size[0] / 2, start[1] + start_size[1]
        x2, y2 = end[0] + end_size[0] / 2, end[1]
        bend = f"C{x1:.1f} {(y1 + y2) / 2:.1f} {x2:.1f} {(y1 + y2) / 2:.1f}"
    return (
        f'<path d="M{x1:.1f} {y1:.1f}{bend} {x2:.1f} {y2:.1f}" marker-end="url(#a)"/>'
    )


def _box(box: Box, place: tuple[float, float], size: tuple[float, float]) -> str:
    (x, y), (wide, high) = place, size
    lines = "".join(
        f'<text x="{x + _PAD:.1f}" y="{y + _PAD + (i + 0.75) * _LINE:.1f}">'
        f"{escape(line)}</text>"
        for i, line in enumerate(box.lines)
    )
    title = quoteattr(box.lines[0])
    return (
        f'<g aria-label={title}><rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" '
        f'height="{high:.1f}"/>{lines}</g>'
    )

"""Boxes and arrows, written as SVG, as Mermaid text, and as DOT text.

All of them are written here; no program such as Graphviz is needed. `layout.py` decides
where things go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from tensorlearn.models.summary import cells_of
from tensorlearn.saving.atomic import replacing
from tensorlearn.visual.layout import place, rows_of
from tensorlearn.wording import say


class Box(NamedTuple):
    """Lines of text in a frame; kind: how it is drawn, one of KINDS."""

    key: str
    lines: list[str]
    kind: str = "layer"


class Arrow(NamedTuple):
    """From one box to another, with a few words beside it."""

    start: str
    end: str
    text: str = ""


class Paint(NamedTuple):
    """The colours of a kind of box, and how round its corners are."""

    fill: str
    line: str
    round: int = 6
    dashed: bool = False


KINDS = {
    "layer": Paint("#f4f7fb", "#5b7083"),
    "operation": Paint("#ffffff", "#5b7083"),
    "result": Paint("#fff3dc", "#c27803"),
    "parameter": Paint("#e3f4e6", "#2f8547", 16),
    "leaf": Paint("#e3eefb", "#2b6cb0", 16),
    "constant": Paint("#f1f1f1", "#8a8a8a", 16),
    "more": Paint("#fafafa", "#8a8a8a", 6, True),
}


class Picture:
    """Boxes and arrows in several languages; a notebook shows it as SVG.

    boxes: sources before what they feed. rankdir: "TB" downwards, "LR" to the right.
    `str(picture)` is Mermaid text; `svg()`, `mermaid()`, and `to_string()` for DOT;
    `write(path)` goes by the ending.
    """

    def __init__(
        self, boxes: Sequence[Box], arrows: Sequence[Arrow], rankdir: str = "TB"
    ) -> None:
        self.boxes, self.arrows, self.rankdir = list(boxes), list(arrows), rankdir

    def to_string(self) -> str:
        """DOT, the language of Graphviz."""
        lines = [f"digraph G {{\nrankdir={self.rankdir};\nnode [shape=box];"]
        for box in self.boxes:
            lines.append(f"{box.key} [label={_quoted(box.lines)}];")
        for a, b, text in self.arrows:
            label = f" [label={_quoted([text])}]" if text else ""
            lines.append(f"{a} -> {b}{label};")
        return "\n".join([*lines, "}"]) + "\n"

    def mermaid(self) -> str:
        """Mermaid, which Markdown viewers draw in a block marked mermaid."""
        direction = {"TB": "TD"}.get(self.rankdir, self.rankdir)
        lines = [f"flowchart {direction}"]
        for box in self.boxes:
            text = "<br/>".join(map(_for_mermaid, box.lines))
            frame = '(["{}"])' if KINDS[box.kind].round > 6 else '["{}"]'
            lines.append(f"    {box.key}{frame.format(text)}")
        for a, b, text in self.arrows:
            label = f'|"{_for_mermaid(text)}"|' if text else ""
            lines.append(f"    {a} -->{label} {b}")
        for kind in dict.fromkeys(box.kind for box in self.boxes):
            paint = KINDS[kind]
            names = ",".join(box.key for box in self.boxes if box.kind == kind)
            lines.append(
                f"    classDef {kind} fill:{paint.fill},stroke:{paint.line},color:#1d2733"
            )
            lines.append(f"    class {names} {kind}")
        return "\n".join(lines) + "\n"

    def svg(self) -> str:
        """A drawing that needs nothing else: SVG."""
        return _Drawing(self).text()

    def create(self, prog: Any = None, format: str = "svg") -> bytes:
        """The picture as bytes: format "svg", "dot" or "mermaid"."""
        texts = {"svg": self.svg, "dot": self.to_string, "raw": self.to_string}
        texts["mermaid"] = self.mermaid
        if format not in texts:
            raise ValueError(
                say(
                    "a picture can be made as {known}, got {format!r}",
                    known=", ".join(sorted(texts)),
                    format=format,
                )
            )
        return texts[format]().encode()

    def write(self, path: Any, prog: Any = None, format: str | None = None) -> None:
        """Write what `create` makes to a file; the format follows the ending."""
        if format is None:
            format = FORMATS.get(Path(path).suffix.lower(), "svg")
        data = self.create(prog, format)
        if Path(path).suffix.lower() == ".md" and format == "mermaid":
            data = b"```mermaid\n" + data + b"```\n"
        with replacing(path) as temporary:
            Path(temporary).write_bytes(data)

    def _repr_svg_(self) -> str:
        return self.svg()

    def __str__(self) -> str:
        return self.mermaid()


FORMATS = {".svg": "svg", ".dot": "dot", ".gv": "dot"}
FORMATS |= dict.fromkeys((".mmd", ".md", ".txt", ".mermaid"), "mermaid")
"""The language of a file, by its ending."""


def _quoted(lines: Sequence[str]) -> str:
    text = "\\n".join(line.replace("\\", "\\\\") for line in lines)
    return '"' + text.replace('"', '\\"') + '"'


def _for_mermaid(line: str) -> str:
    return escape(line, quote=False).replace('"', "#quot;").replace("|", "#124;")


# ---- SVG ----

_LINE, _PAD, _CELL = 17, 9, 7.9
_GAP = 26
"""Between boxes of a row; between rows it is more, and more again for words."""
_INK = "#5b7083"
_FONT = "Menlo,Consolas,'DejaVu Sans Mono','Noto Sans Mono CJK SC',monospace"

Point = tuple[float, float]


class _Drawing:
    """A Picture with a place for everything.

    It is thought of as going down; for one that goes to the right, x and y change roles
    when something is written.
    """

    def __init__(self, picture: Picture) -> None:
        self.sideways = picture.rankdir == "LR"
        self.boxes = {box.key: box for box in picture.boxes}
        self.sizes = {key: self._size(box) for key, box in self.boxes.items()}
        order = {key: i for i, key in enumerate(self.boxes)}
        self.arrows = [a for a in picture.arrows if a.start != a.end]
        self.loops = [a for a in picture.arrows if a.start == a.end]
        self.back = [order[a.start] > order[a.end] for a in self.arrows]
        ends = [
            (a.end, a.start) if back else (a.start, a.end)
            for a, back in zip(self.arrows, self.back, strict=True)
        ]
        self.row = rows_of(list(self.boxes), ends)
        self.chains = [self._chain(i, *pair) for i, pair in enumerate(ends)]
        self._place()

    def _size(self, box: Box) -> Point:
        """(along its row, across it)"""
        wide = max(_length(line) for line in box.lines) + 2 * _PAD
        high = len(box.lines) * _LINE + 2 * _PAD - 3
        return (high, wide) if self.sideways else (wide, high)

    def _chain(self, number: int, start: str, end: str) -> list[Any]:
        """The keys an arrow leads through: its ends, and points in the rows between."""
        between = range(self.row[start] + 1, self.row[end])
        return [start, *((number, row) for row in between), end]

    def _place(self) -> None:
        count = max(self.row.values()) + 1
        rows: list[list[Any]] = [[] for _ in range(count)]
        for key, row in self.row.items():
            rows[row].append(key)
        for chain in self.chains:
            for point in chain[1:-1]:
                rows[point[1]].append(point)
        keys = [key for row in rows for key in row]
        along = {key: self.sizes[key][0] if key in self.sizes else 6.0 for key in keys}
        links = [pair for chain in self.chains for pair in pairwise(chain)]
        self.middle = place(rows, links, along, _GAP)
        words = [_length(a.text) for a in self.arrows if a.text]
        between = (24.0 + max(words) if self.sideways else 50.0) if words else 38.0
        self.top: dict[Any, float] = {}
        self.bottom: dict[Any, float] = {}
        edge = 0.0
        for row in rows:
            high = max(self.sizes[k][1] for k in row if k in self.sizes)
            for key in row:
                own = self.sizes[key][1] if key in self.sizes else high
                self.top[key] = edge + (high - own) / 2
                self.bottom[key] = self.top[key] + own
            edge += high + between
        self.extent = (
            max(self.middle[k] + along[k] / 2 for k in keys),
            edge - between,
        )

    def text(self) -> str:
        """The whole SVG."""
        wide, high = self._xy(*self.extent)
        wide, high = wide + 2 * _PAD, high + 2 * _PAD
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:.0f}" '
            f'height="{high:.0f}" viewBox="{-_PAD} {-_PAD} {wide:.0f} {high:.0f}" '
            f'font-family="{_FONT}" font-size="13" fill="#1d2733" text-anchor="middle">'
        ]
        starts, ends = self._ports(0), self._ports(-1)
        labels = []
        for i, (chain, arrow) in enumerate(zip(self.chains, self.arrows, strict=True)):
            route = self._route(chain, starts[i], ends[i])
            parts.append(self._line(route, self.back[i]))
            if arrow.text:
                labels.append(self._label(route, arrow.text))
        parts += [self._loop(arrow.start) for arrow in self.loops]
        parts += labels
        parts += [self._box(box) for box in self.boxes.values()]
        return "\n".join([*parts, "</svg>"]) + "\n"

    def _xy(self, along: float, across: float) -> Point:
        return (across, along) if self.sideways else (along, across)

    def _ports(self, end: int) -> list[float]:
        """Where each arrow meets its box: side by side if several do."""
        count = Counter(chain[end] for chain in self.chains)
        inner = 1 if end == 0 else -2  # the next one on the way
        order = sorted(
            range(len(self.chains)),
            key=lambda i: self.middle[self.chains[i][inner]],
        )
        met: Counter[Any] = Counter()
        found = [0.0] * len(self.chains)
        for i in order:
            key = self.chains[i][end]
            room = min(18.0, 0.8 * self.sizes[key][0] / count[key])
            found[i] = self.middle[key] + room * (met[key] - (count[key] - 1) / 2)
            met[key] += 1
        return found

    def _route(self, chain: list[Any], start: float, end: float) -> list[Point]:
        """The points an arrow goes through, as (along, across)."""
        points = [(start, self.bottom[chain[0]])]
        for key in chain[1:-1]:
            points.append((self.middle[key], self.top[key]))
            points.append((self.middle[key], self.bottom[key]))
        return [*points, (end, self.top[chain[-1]])]

    def _line(self, route: list[Point], back: bool) -> str:
        x, y = self._xy(*route[0])
        text = f"M{x:.1f} {y:.1f}"
        for (a, p), (b, q) in pairwise(route):
            ends = (self._xy(a, (p + q) / 2), self._xy(b, (p + q) / 2), self._xy(b, q))
            text += "C" + " ".join(f"{x:.1f} {y:.1f}" for x, y in ends)
        (along, across), long = (route[0], 7) if back else (route[-1], -7)
        tip = [
            (along - 3.5, across + long),
            (along, across),
            (along + 3.5, across + long),
        ]
        head = "L".join("{:.1f} {:.1f}".format(*self._xy(*point)) for point in tip)
        return (
            f'<path d="{text}" fill="none" stroke="{_INK}"/>'
            f'<path d="M{head}z" fill="{_INK}"/>'
        )

    def _loop(self, key: str) -> str:
        """An arrow from a box to itself, at its end."""
        edge = self.middle[key] + self.sizes[key][0] / 2
        centre = (self.top[key] + self.bottom[key]) / 2
        points = [(edge, centre - 8), (edge + 20, centre - 12)]
        points += [(edge + 20, centre + 12), (edge, centre + 8)]
        start, *rest = ("{:.1f} {:.1f}".format(*self._xy(*point)) for point in points)
        return f'<path d="M{start}C{" ".join(rest)}" fill="none" stroke="{_INK}"/>'

    def _label(self, route: list[Point], text: str) -> str:
        (a, p), (b, q) = route[-2:] if len(route) == 2 else route[:2]
        x, y = self._xy((a + b) / 2, (p + q) / 2)
        return (
            f'<text x="{x:.1f}" y="{y + 3.5:.1f}" font-size="11" fill="#3f5264" '
            f'stroke="#ffffff" stroke-width="4" stroke-linejoin="round" '
            f'paint-order="stroke">{escape(text)}</text>'
        )

    def _box(self, box: Box) -> str:
        along, across = self.sizes[box.key]
        x, y = self._xy(self.middle[box.key] - along / 2, self.top[box.key])
        wide, high = self._xy(along, across)
        lines = "".join(
            f'<text x="{x + wide / 2:.1f}" y="{y + _PAD + (i + 0.66) * _LINE:.1f}" '
            f'font-size="{11.5 if i else 13}">{escape(line)}</text>'
            for i, line in enumerate(box.lines)
        )
        paint = KINDS[box.kind]
        dashes = ' stroke-dasharray="5 4"' if paint.dashed else ""
        return (
            f'<g aria-label="{escape(box.lines[0])}">'
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" '
            f'rx="{paint.round}" fill="{paint.fill}" stroke="{paint.line}"{dashes}/>'
            f"{lines}</g>"
        )


def _length(text: str) -> float:
    return sum(map(cells_of, text)) * _CELL

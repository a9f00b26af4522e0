"""How a section is written: a jupytext percent file with prose in pairs and code once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import jupytext

from docs.book import ROOT

TAGS = {"raises-exception", "both", "no-run", "mermaid"}


@dataclass(frozen=True)
class Cell:
    """Prose in one language, or code."""

    text: str
    lang: str = ""
    """The language of prose; empty for code."""
    tags: frozenset[str] = frozenset()
    line: int = 0
    other: frozenset[str] = frozenset()
    """Metadata that nobody asked for: a typo."""

    @property
    def is_code(self) -> bool:
        return not self.lang

    @property
    def in_both(self) -> bool:
        """Whether what it prints depends on the language."""
        return bool(self.tags & {"raises-exception", "both"})


@dataclass(frozen=True)
class Source:
    """One section as written."""

    path: Path
    cells: tuple[Cell, ...]

    @property
    def code(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.is_code]

    def where(self, cell: Cell) -> str:
        """notebooks/src/core/dense.py:31 (cell 5)"""
        number = self.cells.index(cell) + 1
        return f"{shown(self.path)}:{cell.line} (cell {number})"


def shown(path: Path) -> str:
    """A path as people want to read it."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def read(path: Path) -> Source:
    """The cells of a percent file."""
    path = path.resolve()
    text = path.read_text("utf-8")
    cells = jupytext.reads(text, fmt="py:percent").cells
    lines = [
        n for n, line in enumerate(text.splitlines(), 1) if re.match(r"# ?%%", line)
    ]
    lines = [0] * (len(cells) - len(lines)) + lines
    return Source(path, tuple(map(_cell, cells, lines)))


def _cell(cell, line: int) -> Cell:
    # jupytext notes how many blank lines it met; that is no tag
    metadata = {k: v for k, v in cell.metadata.items() if not k.startswith("lines_to")}
    tags = frozenset(metadata.pop("tags", ()))
    lang = metadata.pop("lang", "")
    if cell.cell_type == "code":
        metadata |= {"lang": lang} if lang else {}
        lang = ""
    else:
        lang = lang or "?"
    return Cell(cell.source, lang, tags, line, frozenset(metadata))

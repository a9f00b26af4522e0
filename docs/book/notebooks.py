"""The two notebooks of a section: committed, without outputs, equal bytes every time."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from nbformat import v4

from docs.book import NOTEBOOKS
from docs.book.source import Cell, Source

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def path_of(name: str, lang: str) -> Path:
    """notebooks/zh/core/dense.ipynb"""
    return NOTEBOOKS / lang / f"{name}.ipynb"


def notebook(source: Source, lang: str) -> str:
    """The text of the .ipynb file."""
    cells, seen = [], set()
    for cell in source.cells:
        if cell.lang not in ("", lang):
            continue
        made = _code(cell) if cell.is_code else v4.new_markdown_cell(prose(cell.text))
        made.id = _id(cell, seen)
        cells.append(made)
    whole = v4.new_notebook(cells=cells, metadata=METADATA)
    return v4.writes(whole).rstrip("\n") + "\n"


def _code(cell: Cell):
    metadata = {"tags": sorted(cell.tags)} if cell.tags else {}
    return v4.new_code_cell(cell.text, metadata=metadata)


def _id(cell: Cell, seen: set[str]) -> str:
    """The same for the same text, wherever the cell stands."""
    for turn in range(100):
        text = f"{cell.lang}{turn or ''}{cell.text}"
        found = hashlib.sha256(text.encode()).hexdigest()[:12]
        if found not in seen:
            break
    seen.add(found)
    return found


def prose(text: str) -> str:
    """Prose as Jupyter shows it: admonitions become quotes, pages notebooks."""
    text = _ADMONITION.sub(_quote, text)
    return re.sub(r"(\]\([\w./-]+?)\.md(#[\w-]*)?\)", r"\1.ipynb)", text)


_ADMONITION = re.compile(
    r'^(?:!!!|\?\?\?\+?) \w+(?: "(?P<title>.*)")?\n(?P<body>(?:(?:    .*)?\n)*(?:    .*)?)',
    re.M,
)


def _quote(found: re.Match) -> str:
    lines = [line[4:] for line in found["body"].rstrip("\n").split("\n")]
    if found["title"]:
        lines = [f"**{found['title']}**", "", *lines]
    end = "\n" * (len(found["body"]) - len(found["body"].rstrip("\n")))
    return "\n".join(f"> {line}".rstrip() for line in lines) + end

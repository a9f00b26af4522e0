"""Looking for sentences taken from the original document, wherever that is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from docs.book.source import Source

LENGTH = 15
"""Characters in a row, spaces and punctuation aside, that count as copied."""


def sentences(source: Source, original: Path) -> Iterator[str]:
    """Stretches of Chinese prose that also stand in the original (a file or a folder)."""
    known = _stretches(original)
    for cell in source.cells:
        if cell.lang != "zh":
            continue
        for sentence in re.split(r"[。！？；\n]", cell.text):
            letters = _letters(sentence)
            for start in range(len(letters) - LENGTH + 1):
                stretch = letters[start : start + LENGTH]
                if (
                    stretch in known
                    and len(re.findall(r"[\u4e00-\u9fff]", stretch)) > 5
                ):
                    yield f"{source.where(cell)}: as in the original: {sentence.strip()!r}"
                    break


@cache
def _stretches(original: Path) -> frozenset[str]:
    files = sorted(original.rglob("*.txt")) if original.is_dir() else [original]
    found = set()
    for file in files:
        text = _letters(file.read_text("utf-8", errors="replace"))
        found |= {text[i : i + LENGTH] for i in range(len(text) - LENGTH + 1)}
    return frozenset(found)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)

"""What is in the book: `notebooks/contents.yml`, read and made sure of.

The file lists chapters, each with its sections; everything else (navigation, numbers,
chapter pages, the table of numbers, links at the end of a page) follows from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from docs.book import CONTENTS, SOURCES

KINDS = ("layer", "chapter", "project")
MISSION = tuple(f"DO-{n:02}" for n in range(1, 51))
"""The sections of the original document, as the mission table numbers them."""


@dataclass(frozen=True)
class Section:
    """One page in each language, and one notebook in each."""

    chapter: str
    slug: str
    zh: str
    en: str
    kind: str = "chapter"
    number: str = ""
    id: str = ""
    original: str = ""
    """Its number in the original document, if that has it."""
    shows: tuple[str, ...] = ()
    exercise: str = ""
    credits: tuple[str, ...] = ()
    note_zh: str = ""
    note_en: str = ""
    """What the table of numbers says of it."""

    @property
    def name(self) -> str:
        """core/dense"""
        return f"{self.chapter}/{self.slug}"

    @property
    def source(self) -> Path:
        return SOURCES / self.chapter / f"{self.slug}.py"

    def heading(self, lang: str) -> str:
        """1.1 Dense: the fully connected layer"""
        return f"{self.number} {getattr(self, lang)}".strip()


@dataclass(frozen=True)
class Chapter:
    """A folder of sections, with a page of its own."""

    slug: str
    zh: str
    en: str
    number: str = ""
    intro_zh: str = ""
    intro_en: str = ""
    sections: tuple[Section, ...] = ()

    def heading(self, lang: str) -> str:
        return f"{self.number} {getattr(self, lang)}".strip()


@dataclass(frozen=True)
class Contents:
    """All chapters, in order, and the works they lean on."""

    chapters: tuple[Chapter, ...] = ()
    credits: dict[str, dict[str, str]] = field(default_factory=dict)
    """key -> {title, url}"""

    def sections(self) -> Iterator[Section]:
        for chapter in self.chapters:
            yield from chapter.sections

    def find(self, path: Path) -> Section | None:
        """The section written in that file."""
        path = path.resolve()
        return next((s for s in self.sections() if s.source == path), None)


def read(path: Path = CONTENTS) -> Contents:
    """The contents as written in `path`; ValueError says what is wrong there."""
    if not path.exists():
        return Contents()
    return _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, _changed: int) -> Contents:
    written = yaml.safe_load(path.read_text("utf-8"))
    found = Contents(
        tuple(map(_chapter, written["chapters"])), written.get("credits") or {}
    )
    unknown = {k for s in found.sections() for k in s.credits} - found.credits.keys()
    if unknown:
        raise ValueError(f"contents.yml: no credits are called {sorted(unknown)}")
    names = [s.name for s in found.sections()]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"contents.yml: listed twice: {sorted(twice)}")
    return found


def _chapter(entry: dict[str, Any]) -> Chapter:
    entry = dict(entry)
    slug = str(entry.get("slug", "?"))
    listed = entry.pop("sections", None) or ()
    sections = tuple(_made(Section, s, slug, chapter=slug) for s in listed)
    return _made(Chapter, entry, "chapter", sections=sections)


def _made(cls: type, entry: dict[str, Any], where: str, **more: Any) -> Any:
    """An object of `cls`: unknown keys refused, lists made tuples, numbers made texts."""
    known = {f.name: str(f.type) for f in fields(cls)}
    place = f"contents.yml: {where}/{entry.get('slug', '?')}"
    unknown = entry.keys() - known.keys()
    if unknown:
        raise ValueError(f"{place}: unknown keys {sorted(unknown)}")
    missing = {"slug", "zh", "en"} - entry.keys()
    if missing:
        raise ValueError(f"{place}: {sorted(missing)} missing")
    if entry.get("kind", "chapter") not in KINDS:
        raise ValueError(f"{place}: `kind` must be one of {', '.join(KINDS)}")
    values = {k: _as(known[k], v) for k, v in entry.items() if v is not None}
    return cls(**values, **more)


def _as(kind: str, value: Any) -> Any:
    if kind.startswith("tuple"):
        return tuple(map(str, value if isinstance(value, list) else [value]))
    return str(value)

"""175 poems of the Tang dynasty: quatrains of five and seven characters, octaves of five.

Enough to teach a network the shape of a poem, far too few to make it a poet. Where they
come from, and what they cannot tell you: `data/tang.md`.
"""

from __future__ import annotations

from importlib import resources
from typing import NamedTuple

from tensorlearn.wording import say

FORMS = {(4, 5), (4, 7), (8, 5)}


class Poem(NamedTuple):
    """A poem: its title, its author, and its text, "，" and "。" after alternate lines."""

    title: str
    author: str
    text: str


def load_data(lines: int | None = None, length: int | None = None) -> list[Poem]:
    """Give the poems, quatrains before octaves, in the order of the anthology.

    lines: 4 for quatrains or 8 for octaves only.
    length: 5 or 7 for poems with so many characters in a line only.
    Raises ValueError for a form that is not here.

    >>> len(load_data()), load_data(lines=4, length=5)[1].text
    (175, '床前明月光，疑是地上霜。举头望明月，低头思故乡。')
    """
    wanted = {(n, k) for n, k in FORMS if lines in (None, n) and length in (None, k)}
    if not wanted:
        raise ValueError(
            say(
                "tang.load_data: there are poems of 4 lines of 5 or 7 characters and of"
                " 8 lines of 5, got lines={lines!r}, length={length!r}",
                lines=lines,
                length=length,
            )
        )
    return [poem for poem in _read() if _form(poem.text) in wanted]


def _form(text: str) -> tuple[int, int]:
    first = text.index("，")
    return len(text) // (first + 1), first


def _read() -> list[Poem]:
    path = resources.files("tensorlearn.datasets") / "data" / "tang.txt"
    return [Poem(*row.split("\t")) for row in path.read_text("utf-8").splitlines()]

"""Write the table of all bug zoos, tests/exercises/zoo_table.md; or `check` that it is new.

What the table claims is proved by tests/exercises/test_chapters.py.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tensorlearn.exercises import course  # noqa: E402

TABLE = ROOT / "tests" / "exercises" / "zoo_table.md"
HEAD = """\
# The bug zoo

Every wrong solution below is caught by the tests of its task, with this diagnosis of the
gradient doctor, or, where no gradient is wrong, with a message that this pattern matches.
Written by `python scripts/zoo_table.py`.
"""


def table() -> str:
    """The whole file."""
    return "\n".join([HEAD, *lines()]) + "\n"


def lines() -> Iterator[str]:
    """A heading and a table for each chapter."""
    for chapter in course.chapters().values():
        yield f"## {chapter.name}: {chapter.title['en']} / {chapter.title['zh']}\n"
        yield "| task | bug | what is wrong | 错在哪里 | diagnosis or message |"
        yield "| --- | --- | --- | --- | --- |"
        for bug in chapter.zoo():
            found = ", ".join(bug.codes) or (f"“{bug.says}”" if bug.says else "any")
            cells = (bug.task, bug.name, bug.text["en"], bug.text["zh"], found)
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
        yield ""


if __name__ == "__main__":
    if sys.argv[1:] == ["check"]:
        old = TABLE.read_text("utf-8")
        sys.exit(
            0 if old == table() else f"{TABLE} is out of date: python {sys.argv[0]}"
        )
    TABLE.write_text(table(), "utf-8")

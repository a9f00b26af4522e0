"""The chapters: what they contain, and what is made of them for students.

A chapter is a folder in `chapters/`. Its templates and its bug zoo are derived from one
file, `solution.py`, so that they cannot contradict it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tensorlearn.wording import say, suggest

FOLDER = Path(__file__).parent / "chapters"

Texts = dict[str, str]
"""A text in each language: {"zh": …, "en": …}."""


@dataclass(frozen=True, eq=False)
class Task:
    """One task of a chapter."""

    number: str
    title: Texts
    points: float
    hints: dict[str, list[str]]


@dataclass(frozen=True, eq=False)
class Bug:
    """A wrong solution: lines of the reference solution, and what replaces them.

    codes: what the gradient doctor may call it (empty if it is not about a gradient);
    says: a regular expression that the English message must contain.
    """

    name: str
    task: str
    text: Texts
    old: str
    new: str
    codes: tuple[str, ...] = ()
    says: str = ""


@dataclass(frozen=True, eq=False)
class Chapter:
    """A folder of `chapters/`."""

    folder: Path
    title: Texts
    about: Texts
    minutes: int
    tasks: dict[str, Task]

    @property
    def name(self) -> str:
        """Such as 01_derivatives."""
        return self.folder.name

    @property
    def number(self) -> int:
        """Such as 1."""
        return int(self.name.split("_")[0])

    @property
    def file(self) -> str:
        """The student's file, such as derivatives.py."""
        return self.name.split("_", 1)[1] + ".py"

    @property
    def tests(self) -> Path:
        """The file of tests, which stays in the package."""
        return self.folder / "test_tasks.py"

    @property
    def points(self) -> float:
        """The sum over its tasks."""
        return sum(task.points for task in self.tasks.values())

    def readme(self, language: str) -> str:
        """What the student reads."""
        return (self.folder / f"README.{language}.md").read_text("utf-8")

    def source(self) -> str:
        """The reference solution in both languages, with its marks."""
        return (self.folder / "solution.py").read_text("utf-8")

    def solution(self, language: str) -> str:
        """The reference solution, for teachers."""
        lines = in_language(self.source(), language).splitlines()
        kept = [line for line in lines if not _HOLE.match(line)]
        return "\n".join(kept) + "\n"

    def template(self, language: str) -> str:
        """The student's file: the solution with holes."""
        return with_holes(in_language(self.source(), language))

    def zoo(self) -> list[Bug]:
        """The wrong solutions that tests should catch."""
        return [_bug(row) for row in _read(self.folder / "zoo.yml")]

    def mutant(self, bug: Bug) -> str:
        """The reference solution with the bug in it; ValueError if it does not fit."""
        return replace_lines(self.source(), bug.old, bug.new)


@cache
def chapters() -> dict[str, Chapter]:
    """All chapters by name, in order."""
    folders = sorted(path.parent for path in FOLDER.glob("*/chapter.yml"))
    return {folder.name: read_chapter(folder) for folder in folders}


def find(name: str) -> Chapter:
    """The chapter of that name, number or slug: 01_derivatives, 1, derivatives."""
    for chapter in chapters().values():
        known = {chapter.name, str(chapter.number), chapter.name.split("_")[0]}
        if name in known | {chapter.name.split("_", 1)[1], chapter.file}:
            return chapter
    raise ValueError(
        say(
            "exercises: there is no chapter {name!r}{hint}",
            name=name,
            hint=suggest(name, chapters()),
        )
    )


def read_chapter(folder: Path) -> Chapter:
    """The chapter in a folder."""
    facts = _read(folder / "chapter.yml")
    tasks = {
        number: Task(number, task["title"], task["points"], task["hints"])
        for number, task in facts["tasks"].items()
    }
    return Chapter(folder, facts["title"], facts["about"], facts["minutes"], tasks)


def read_exercise(path: Path) -> dict[str, str]:
    """What an exercise.yml says; ValueError if it lacks the chapter or the language.

    It may also name the student's `file`, if that is elsewhere, and other `tests`.
    """
    facts = _read(path)
    if not isinstance(facts, dict) or not {"chapter", "lang"} <= facts.keys():
        raise ValueError(say("{path} must name `chapter` and `lang`", path=path))
    return {name: str(value) for name, value in facts.items()}


def _read(path: Path) -> Any:
    import yaml

    return yaml.safe_load(path.read_text("utf-8"))


def _bug(row: dict[str, Any]) -> Bug:
    codes = row.get("diagnosis", ())
    return Bug(
        row["name"],
        row["task"],
        {"zh": row["zh"], "en": row["en"]},
        row["old"],
        row["new"],
        (codes,) if isinstance(codes, str) else tuple(codes),
        row.get("says", ""),
    )


# ---- the two languages of one source ----

_TAGGED = re.compile(r"(\s*(?:# ?)?)(zh|en):(?: (.*)|)$")
_HOLE = re.compile(r"(\s*)# (?:>>> (\S+)|<<<)\s*$")


def in_language(source: str, language: str) -> str:
    """The lines tagged with the language without their tags, and all that have none.

    >>> print(in_language('# zh: 一\\n# en: one\\nx = 1\\n', "en"), end="")
    # one
    x = 1
    """
    kept = []
    for line in source.splitlines():
        tagged = _TAGGED.match(line)
        if tagged is None:
            kept.append(line)
        elif tagged[2] == language:
            kept.append((tagged[1] + (tagged[3] or "")).rstrip())
    return "\n".join(_with_docstrings_joined(kept)) + "\n"


def _with_docstrings_joined(lines: list[str]) -> Iterator[str]:
    """A lone opening \"\"\" takes the text below it, and a single line its closing one."""
    queue = list(lines)
    while queue:
        line = queue.pop(0)
        if line.strip() != '"""':
            yield line
            continue
        end = next(i for i, other in enumerate(queue) if other.strip() == '"""')
        body, queue = queue[:end], queue[end + 1 :]
        body[0] = line + body[0].lstrip()
        if len(body) == 1:
            yield body[0] + '"""'
        else:
            yield from [*body, line]


def with_holes(source: str) -> str:
    """Every block between the marks `# >>> 1.2` and `# <<<` as a NotImplementedError."""
    lines: list[str] = []
    inside = False
    for line in source.splitlines():
        mark = _HOLE.match(line)
        if mark and mark[2]:
            inside = True
            lines.append(f'{mark[1]}raise NotImplementedError("{mark[2]}")')
        elif mark:
            inside = False
        elif not inside:
            lines.append(line)
    return "\n".join(lines) + "\n"


def replace_lines(source: str, old: str, new: str) -> str:
    """`source` with the lines `old`, which occur once, replaced; indentation is kept.

    >>> replace_lines("def f(x):\\n    return x\\n", "return x", "return -x")
    'def f(x):\\n    return -x\\n'
    """
    lines, wanted = source.splitlines(), [s.strip() for s in old.strip().splitlines()]
    bare = [line.strip() for line in lines]
    spans = range(len(lines) - len(wanted) + 1)
    places = [i for i in spans if bare[i : i + len(wanted)] == wanted]
    if len(places) != 1:
        raise ValueError(
            say("{count} places have the lines {old!r}", count=len(places), old=old)
        )
    start = places[0]
    indent = lines[start][: len(lines[start]) - len(bare[start])]
    fresh = _dedented(new)
    lines[start : start + len(wanted)] = [indent + s if s else s for s in fresh]
    return "\n".join(lines) + "\n"


def _dedented(text: str) -> list[str]:
    lines = text.strip("\n").splitlines()
    margin = min((len(s) - len(s.lstrip()) for s in lines if s.strip()), default=0)
    return [line[margin:].rstrip() for line in lines]

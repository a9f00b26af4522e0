"""Proof that the tests of a chapter judge rightly, and the score of tests by students.

The reference solution must pass, the untouched template must leave every task to do, and
every wrong solution of the bug zoo must fail in its own task, with the right diagnosis.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tensorlearn.exercises.course import Bug, Chapter
from tensorlearn.exercises.running import fill, judged, name_exercise
from tensorlearn.wording import say


class Finding(NamedTuple):
    """One variant of a chapter: what was expected of it, and what became of it."""

    variant: str
    task: str
    expected: str
    found: str
    right: bool


def prove(chapter: Chapter, *options: str) -> list[Finding]:
    """A finding for the reference, the templates and every member of the zoo."""
    with tempfile.TemporaryDirectory() as root:
        variants = dict(_variants(chapter))
        for name, source in variants.items():
            fill(Path(root) / name, chapter, source)
        results = judged([Path(root) / name for name in variants], *options)
        rows: dict[str, dict[str, Any]] = {name: {} for name in variants}
        for row in results["tasks"]:
            rows[Path(row["folder"]).name][row["task"]] = row
    if results["errors"]:
        raise ValueError(results["errors"][0])
    found = [_reference(chapter, rows["reference"])]
    found += [
        _template(chapter, rows[f"template_{lang}"], lang) for lang in ("zh", "en")
    ]
    return found + [_bug(bug, rows[bug.name]) for bug in chapter.zoo()]


def _variants(chapter: Chapter) -> Iterator[tuple[str, str]]:
    yield "reference", chapter.source()
    for lang in ("zh", "en"):
        yield f"template_{lang}", chapter.template(lang)
    for bug in chapter.zoo():
        yield bug.name, chapter.mutant(bug)


def _reference(chapter: Chapter, rows: dict[str, Any]) -> Finding:
    wrong = [
        f"{number}: {message}"
        for number in chapter.tasks
        for message in _messages(rows.get(number))
    ]
    return Finding("reference", "*", "passed", "; ".join(wrong) or "passed", not wrong)


def _template(chapter: Chapter, rows: dict[str, Any], lang: str) -> Finding:
    states = {
        number: rows[number]["state"] for number in chapter.tasks if number in rows
    }
    wrong = {
        n: states.get(n, "no tests") for n in chapter.tasks if states.get(n) != "todo"
    }
    return Finding(f"template_{lang}", "*", "todo", str(wrong or "todo"), not wrong)


def _messages(row: Any) -> list[str]:
    if row is None:
        return ["there are no tests"]
    tests = (test for test in row["tests"] if test["state"] != "passed")
    return [f"{test['name']}: {test['message'] or test['state']}" for test in tests]


def _bug(bug: Bug, rows: dict[str, Any]) -> Finding:
    """Caught by a test of its own task, with an expected diagnosis or words."""
    expected = " | ".join(bug.codes) or (f"/{bug.says}/" if bug.says else "failed")
    tests = [t for t in rows[bug.task]["tests"] if t["state"] == "failed"]
    codes = [test["code"] for test in tests if test["code"]]
    texts = "\n".join(test["message"] for test in tests)
    if bug.codes:
        right = any(code in bug.codes for code in codes)
        found = ", ".join(dict.fromkeys(codes)) or texts or "not caught"
    else:
        right = bool(tests) and bool(re.search(bug.says, texts))
        found = texts or "not caught"
    return Finding(bug.name, bug.task, expected, found, right)


# ---- tests that students write ----


class Verdict(NamedTuple):
    """What tests are worth: complaints about the correct solution, and bugs caught."""

    complaints: list[str]
    caught: dict[Bug, bool]

    @property
    def score(self) -> int:
        """How many were caught; 0 if the correct solution was not accepted."""
        return 0 if self.complaints else sum(self.caught.values())


def zoo(chapter: Chapter, tests: Path, *options: str) -> Verdict:
    """Run somebody's tests on the reference solution and on every wrong one.

    A wrong solution is caught if a test fails on it; one that only runs into
    NotImplementedError, or is skipped, does not count.
    """
    bugs = {bug.name: bug for bug in chapter.zoo()}
    with tempfile.TemporaryDirectory() as root:
        folders = {name: Path(root) / name for name in ("reference", *bugs)}
        for name, folder in folders.items():
            source = chapter.mutant(bugs[name]) if name in bugs else chapter.source()
            fill(folder, chapter, source)
            name_exercise(folder, chapter, "en", tests=tests)
        results = judged(list(folders.values()), *options)
    failed: dict[str, list[str]] = {name: [] for name in folders}
    ran = dict.fromkeys(folders, 0)
    for row in results["tasks"]:
        name = Path(row["folder"]).name
        ran[name] += len(row["tests"])
        failed[name] += _messages_of_failures(row)
    complaints = failed["reference"]
    if not ran["reference"]:
        none = say("there are no tests in {path}", path=tests.name)
        complaints = results["errors"][:1] or [none]
    return Verdict(complaints, {bug: bool(failed[name]) for name, bug in bugs.items()})


def _messages_of_failures(row: Any) -> list[str]:
    failures = (test for test in row["tests"] if test["state"] == "failed")
    return [f"{test['name']}: {test['message']}" for test in failures]

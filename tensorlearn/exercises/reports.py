"""Scores as a table for the terminal, and as files that other systems read.

Everything here starts from rows: one for each task, with its tests and what they said.
The fields of the formats and where they are published are listed in docs/exercises.md.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from tensorlearn.wording import language, say

Row = dict[str, Any]
MARKS = {"passed": "✓", "failed": "✗", "todo": "○"}
COLOURS = {"passed": "green", "failed": "red", "todo": "yellow"}


def scored(rows: Iterable[Row]) -> dict[str, Any]:
    """The rows with `state` and `score`, and the sums."""
    tasks = [row | {"state": _state(row), "score": _score(row)} for row in rows]
    return {
        "score": round(sum(task["score"] for task in tasks), 2),
        "max_score": sum(task["points"] for task in tasks),
        "tasks": tasks,
    }


def _state(row: Row) -> str:
    states = {test["state"] for test in row["tests"]}
    if states == {"passed"}:
        return "passed"
    return "todo" if states <= {"todo"} else "failed"


def _score(row: Row) -> float:
    passed = sum(test["state"] == "passed" for test in row["tests"])
    return round(row["points"] * passed / len(row["tests"]), 2) if row["tests"] else 0.0


def nothing(task: Any, chapter: Any, why: str) -> Row:
    """A row without a point, for what could not be graded at all."""
    test = {"name": "", "state": "failed", "message": why, "code": "", "seconds": 0.0}
    return {
        "folder": "",
        "chapter": chapter.name,
        "heading": chapter.title,
        "task": task.number,
        "title": task.title,
        "points": task.points,
        "hints": task.hints,
        "tests": [test],
    }


# ---- the terminal ----


def width(text: str) -> int:
    """How many columns a terminal gives to a text: Chinese characters take two.

    >>> width("斜率 ab")
    7
    """
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)


def padded(text: str, columns: int) -> str:
    """The text and as many spaces as are missing."""
    return text + " " * max(0, columns - width(text))


def table(results: dict[str, Any], hints: int = 0) -> Iterator[tuple[str, str]]:
    """Lines and their colours ("" for none)."""
    tasks, code = results["tasks"], language()
    columns = max(width(task["title"][code]) for task in tasks)
    folder = None
    for task in tasks:
        if task["folder"] != folder:
            folder = task["folder"]
            yield f"{task['chapter']}  {task['heading'][code]}".strip(), ""
        title = padded(task["title"][code], columns)
        points = f"{task['score']:5g} / {task['points']:g}"
        line = f" {MARKS[task['state']]} {task['task']:5} {title} {points}"
        yield line, COLOURS[task["state"]]
        yield from _explained(task, hints)
    yield f"   {say('score')}  {results['score']:g} / {results['max_score']:g}", "bold"


def _explained(task: Row, hints: int) -> Iterator[tuple[str, str]]:
    """Under a task that fails: each message once, and the hints."""
    messages = dict.fromkeys(t["message"] for t in task["tests"] if t["message"])
    for message in messages:
        first, *rest = message.splitlines()
        yield f"     · {first}", ""
        yield from ((f"       {line}", "") for line in rest)
    if task["state"] == "passed":
        return
    shown = task["hints"][language()][:hints]
    for i, hint in enumerate(shown, 1):
        yield f"     {say('hint {i} of 3: {text}', i=i, text=hint)}", "cyan"


def harmless(text: str) -> str:
    """Without what would steer a terminal, and not without end: it may quote a student."""
    kept = "".join(c for c in text if c == "\n" or c.isprintable())
    return kept if len(kept) <= 4000 else kept[:4000] + " …"


# ---- files ----


def message_of(task: Row) -> str:
    """All that the tests of a task had to say."""
    if task["state"] == "todo":
        return say("not done yet")
    return "\n".join(dict.fromkeys(t["message"] for t in task["tests"] if t["message"]))


def as_json(results: dict[str, Any], code: str) -> str:
    """Everything."""
    return json.dumps(results, ensure_ascii=False, indent=1)


def as_gradescope(results: dict[str, Any], code: str) -> str:
    """results.json of Gradescope's autograder."""
    tests = [
        {
            "score": task["score"],
            "max_score": task["points"],
            "status": "passed" if task["state"] == "passed" else "failed",
            "name": task["title"][code],
            "number": task["task"],
            "output": message_of(task),
            "visibility": "visible",
        }
        for task in results["tasks"]
    ]
    seconds = sum(t["seconds"] for task in results["tasks"] for t in task["tests"])
    whole = {"visibility": "visible", "execution_time": round(seconds), "tests": tests}
    return json.dumps(whole, ensure_ascii=False, indent=1)


def as_classroom(results: dict[str, Any], code: str) -> str:
    """The `result` of a GitHub Classroom grader: JSON in base64."""
    plain = json.dumps(classroom(results, code), ensure_ascii=False)
    return base64.b64encode(plain.encode()).decode()


def classroom(results: dict[str, Any], code: str) -> dict[str, Any]:
    """What `as_classroom` packs."""
    tests = [
        {
            "name": f"{task['task']} {task['title'][code]}",
            "status": "pass" if task["state"] == "passed" else "fail",
            "score": task["score"],
            "message": message_of(task),
            "test_code": f"task {task['task']}",
            "filename": task["chapter"],
            "line_no": 0,
            "execution_time": f"{sum(t['seconds'] for t in task['tests']):.3f}s",
        }
        for task in results["tasks"]
    ]
    done = all(test["status"] == "pass" for test in tests)
    return {
        "version": 1,
        "status": "pass" if done else "fail",
        "max_score": results["max_score"],
        "tests": tests,
    }


def as_csv(results: dict[str, Any], code: str) -> str:
    """One line for each task."""
    fields = ["chapter", "task", "title", "state", "score", "max_score", "message"]
    rows = [
        [
            *(task["chapter"], task["task"], task["title"][code], task["state"]),
            *(task["score"], task["points"], message_of(task)),
        ]
        for task in results["tasks"]
    ]
    return csv_text([fields, *rows])


def csv_text(rows: Iterable[Iterable[Any]]) -> str:
    """Rows as CSV; a spreadsheet must not take a student's text for a formula."""
    file = io.StringIO()
    for row in rows:
        csv.writer(file, lineterminator="\n").writerow(_cell(value) for value in row)
    return file.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value


FORMATS = {
    "json": as_json,
    "gradescope": as_gradescope,
    "classroom": as_classroom,
    "csv": as_csv,
}

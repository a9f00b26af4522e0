"""A chapter of exercises in the page: its tests run on what stands in the editor."""

from __future__ import annotations

import contextlib
import io
import json
import os
from html import escape
from pathlib import Path
from typing import Any

import pytest

from tensorlearn.exercises import course, reports, running
from tensorlearn.wording import language, say, set_language


def check(page: Any, source: str, name: str, lang: str) -> bool:
    """Run the tests of a chapter and show the score on the page; whether all is right."""
    set_language(lang)
    results, said = judged(course.find(name), source, lang)
    if results is None:
        page.post("err", said)
        return False
    page.post("html", table(results))
    return all(task["state"] == "passed" for task in results["tasks"])


def judged(chapter: course.Chapter, source: str, lang: str) -> tuple[Any, str]:
    """The results, or None if pytest did not come to any; what pytest printed."""
    folder = Path.home() / "exercises" / chapter.name
    out = folder / "results.json"
    running.fill(folder, chapter, source, lang)
    out.unlink(missing_ok=True)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    words = [*running.PLAIN, "--capture=sys", f"--rootdir={folder}"]
    words += [f"--tl-json={out}", f"--tl-lang={lang}", str(folder / "exercise.yml")]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        pytest.main(words)
    found = json.loads(out.read_text("utf-8")) if out.exists() else None
    return found if found and found["tasks"] else None, printed.getvalue()


def table(results: dict[str, Any]) -> str:
    """The score as HTML: a row for each task, and under it what is wrong, and hints."""
    rows = "".join(map(_row, results["tasks"]))
    total = f"{results['score']:g} / {results['max_score']:g}"
    return (
        f'<table class="tl-score"><tbody>{rows}</tbody><tfoot><tr><td></td><td></td>'
        f"<td>{escape(say('score'))}</td><td>{total}</td></tr></tfoot></table>"
    )


def _row(task: dict[str, Any]) -> str:
    state = task["state"]
    cells = [
        reports.MARKS[state],
        task["task"],
        f"{escape(task['title'][language()])}{_explained(task)}",
        f"{task['score']:g} / {task['points']:g}",
    ]
    inside = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr data-state="{state}">{inside}</tr>'


def _explained(task: dict[str, Any]) -> str:
    if task["state"] == "passed":
        return ""
    message = reports.message_of(task)
    text = f"<pre>{escape(message)}</pre>" if task["state"] == "failed" else ""
    for i, hint in enumerate(task["hints"][language()], 1):
        opener, _, rest = say("hint {i} of 3: {text}", i=i, text="\0").partition("\0")
        title, body = escape(opener.strip().rstrip(":：")), escape(hint + rest)
        text += f"<details><summary>{title}</summary><p>{body}</p></details>"
    return text

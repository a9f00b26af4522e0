"""A class: every submission in processes of its own, and one table for the teacher.

Two processes for each submission. The judge runs our tests, and nothing of the student's;
it keeps the score. The student's process (`remote.py`) is asked, and can only answer.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tensorlearn.exercises import reports
from tensorlearn.exercises.course import Chapter, chapters
from tensorlearn.exercises.running import judged, name_exercise
from tensorlearn.wording import language, say

Graded = tuple[str, dict[str, Any]]


def submissions(folder: Path) -> list[Path]:
    """One folder for each student, in order."""
    if not folder.is_dir():
        raise ValueError(say("exercises grade: there is no folder {path}", path=folder))
    found = sorted(p for p in folder.iterdir() if p.is_dir() and not p.is_symlink())
    found = [path for path in found if not path.name.startswith(".")]
    if not found:
        raise ValueError(
            say(
                "exercises grade: {path} must contain a folder for each student",
                path=folder,
            )
        )
    return found


def file_of(submission: Path, chapter: Chapter) -> Path | None:
    """The student's file for a chapter, wherever it is in the submission."""
    found = [
        Path(root) / chapter.file
        for root, _, files in os.walk(submission)  # which follows no links
        if chapter.file in files and not (Path(root) / chapter.file).is_symlink()
    ]
    return min(found, key=lambda path: (len(path.parts), str(path)), default=None)


def chapters_in(folders: Sequence[Path]) -> list[Chapter]:
    """The chapters of which anybody handed something in."""
    return [c for c in chapters().values() if any(file_of(f, c) for f in folders)]


def grade(
    folders: Sequence[Path],
    wanted: Sequence[Chapter],
    jobs: int = 1,
    seconds: float = 180.0,
    tell: Callable[[Graded], None] = lambda graded: None,
) -> list[Graded]:
    """The name and the results of every submission; none can stop the others.

    seconds: for all tests of a submission. tell: is called with each as it is ready.
    """

    def work(folder: Path) -> Graded:
        graded = folder.name, one(folder, wanted, seconds)
        tell(graded)
        return graded

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(work, folders))


def one(folder: Path, wanted: Sequence[Chapter], seconds: float) -> dict[str, Any]:
    """The results of one submission, whatever it does."""
    rows: list[Any] = []
    there = {chapter: file_of(folder, chapter) for chapter in wanted}
    why = say("nothing was handed in")
    with tempfile.TemporaryDirectory(prefix="tensorlearn-judge-") as root:
        places = []
        for chapter, path in there.items():
            if path is not None:
                places.append(Path(root) / chapter.name)
                places[-1].mkdir()
                file = path.resolve()
                name_exercise(places[-1], chapter, language(), file=file)
        try:
            options = ("--tl-apart", f"--tl-total={seconds}")
            if places:
                rows = judged(places, *options, seconds=seconds + 60)["tasks"]
        except Exception as error:  # the others go on
            why = say("it could not be graded: {error}", error=type(error).__name__)
    return reports.scored(_complete(rows, wanted, why))


def _complete(rows: list[Any], wanted: Sequence[Chapter], why: str) -> Iterator[Any]:
    """A row for every task of the chapters wanted."""
    known = {(row["chapter"], row["task"]): row for row in rows}
    for chapter in wanted:
        for number, task in chapter.tasks.items():
            found = known.get((chapter.name, number))
            yield found or reports.nothing(task, chapter, why)


# ---- what the teacher gets ----


def write(graded: Sequence[Graded], form: str, out: Path) -> list[Path]:
    """Write the results: csv for the whole class in one file, others one for each."""
    out.mkdir(parents=True, exist_ok=True)
    if form == "csv":
        path = out / "grades.csv"
        path.write_text(class_csv(graded), "utf-8-sig")  # as spreadsheets expect it
        return [path]
    paths = []
    for name, results in graded:
        file = "results.json" if form == "gradescope" else f"{form}.json"
        path = out / re.sub(r"[^\w.-]", "_", name) / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(reports.FORMATS[form](results, language()), "utf-8")
        paths.append(path)
    return paths


def class_csv(graded: Sequence[Graded]) -> str:
    """A line for each student: the total, and the points of every task."""
    tasks = [row["task"] for row in graded[0][1]["tasks"]]
    lines: list[list[Any]] = [["student", "score", "max_score", *tasks]]
    for name, results in graded:
        points = [row["score"] for row in results["tasks"]]
        lines.append([name, results["score"], results["max_score"], *points])
    return reports.csv_text(lines)

"""`tensorlearn exercises …`: what a student and a teacher do with the chapters."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tensorlearn.exercises import course, grading, prove, reports, running
from tensorlearn.wording import language, say, translate


class Action(NamedTuple):
    """purpose: English, one line. options: flags and what argparse wants to know."""

    run: Callable[[Any], int]
    purpose: str
    options: dict[str, dict[str, Any]]


def run(given: Any) -> int:
    """One action: `given.words` are its name and what it is told."""
    parser = argparse.ArgumentParser(prog="tensorlearn exercises")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, action in ACTIONS.items():
        purpose = translate(action.purpose)
        added = actions.add_parser(name, help=purpose, description=purpose)
        for option, settings in action.options.items():
            text = translate(settings["help"])
            added.add_argument(option, **settings | {"help": text})
    told = parser.parse_args(given.words or ["--help"])
    return ACTIONS[told.action].run(told)


def _list(given: Any) -> int:
    code = language()
    titles = {c.name: c.title[code] for c in course.chapters().values()}
    columns = max(map(reports.width, titles.values()))
    for chapter in course.chapters().values():
        title = reports.padded(chapter.title[code], columns)
        print(
            f"{chapter.name:20} {title}  "
            + say(
                "{tasks} tasks, {points:g} points, {minutes} min",
                tasks=len(chapter.tasks),
                points=chapter.points,
                minutes=chapter.minutes,
            )
        )
    return 0


def _new(given: Any) -> int:
    chapter = course.find(given.chapter)
    folder = Path(given.folder or chapter.name)
    if (folder / chapter.file).exists():
        raise ValueError(
            say(
                "exercises new: {path} is there already; it is not overwritten",
                path=folder / chapter.file,
            )
        )
    running.fill(folder, chapter, chapter.template(language()), language())
    (folder / "README.md").write_text(chapter.readme(language()), "utf-8")
    (folder / "pytest.ini").write_text(running.INI, "utf-8")
    print(
        say(
            "{folder}: fill the holes in {file}, then run `tensorlearn exercises check "
            "{folder}` or, in the folder, `pytest`.",
            folder=folder,
            file=chapter.file,
        )
    )
    return 0


def _check(given: Any) -> int:
    options = [f"--tl-hints={given.hints}"]
    if language() != "en":  # else as exercise.yml says
        options.append(f"--tl-lang={language()}")
    if given.full:
        options.append("--tl-full")
    return running.check(Path(given.folder).resolve(), options)


def _grade(given: Any) -> int:
    folders = grading.submissions(Path(given.submissions))
    wanted = [course.find(name) for name in given.chapters or ()]
    wanted = wanted or grading.chapters_in(folders)
    if not wanted:
        raise ValueError(
            say(
                "exercises grade: nobody in {path} has a file of any chapter",
                path=given.submissions,
            )
        )
    columns = max(reports.width(folder.name) for folder in folders)

    def tell(graded: grading.Graded) -> None:
        name, results = graded
        marks = "".join(reports.MARKS[row["state"]] for row in results["tasks"])
        name = reports.padded(reports.harmless(name), columns)
        total = f"{results['score']:6g} / {results['max_score']:g}"
        print(f"{name} {total}  {marks}", flush=True)

    graded = grading.grade(folders, wanted, given.jobs, given.seconds, tell)
    paths = grading.write(graded, given.format, Path(given.out))
    print(say("written: {path}", path=paths[0] if len(paths) == 1 else given.out))
    return 0


def _zoo(given: Any) -> int:
    chapter = course.find(given.chapter)
    tests = Path(given.tests).resolve()
    if not tests.is_file():
        raise ValueError(say("exercises zoo: there is no file {path}", path=tests))
    verdict = prove.zoo(chapter, tests)
    for message in verdict.complaints:
        print(f" ✗ {message}")
    if verdict.complaints:
        print(say("Your tests must accept the correct solution: 0 points."))
    for bug, caught in verdict.caught.items():
        print(f" {'✓' if caught else '✗'} {bug.task:5} {bug.text[language()]}")
    total = len(verdict.caught)
    print(f"   {say('caught')}  {verdict.score} / {total}")
    return 0 if verdict.score == total else 1


def _solution(given: Any) -> int:
    if not given.teacher:
        raise ValueError(say("exercises solution: say --teacher if you are one"))
    print(course.find(given.chapter).solution(language()), end="")
    return 0


def _prove(given: Any) -> int:
    names = given.chapters or list(course.chapters())
    right = True
    for name in names:
        chapter = course.find(name)
        print(f"{chapter.name}  {chapter.title[language()]}")
        options = ["--tl-apart"] if given.apart else []
        for finding in prove.prove(chapter, *options):
            right &= finding.right
            found = (
                "" if finding.right and not given.full else f"\n      {finding.found}"
            )
            mark = "✓" if finding.right else "✗"
            print(
                f" {mark} {finding.task:5} {finding.variant:28} {finding.expected}{found}"
            )
    return 0 if right else 1


ACTIONS = {
    "list": Action(_list, "the chapters", {}),
    "new": Action(
        _new,
        "make a folder with the holes of a chapter",
        {
            "chapter": {"help": "its name or number"},
            "folder": {
                "nargs": "?",
                "help": "where (default: the name of the chapter)",
            },
        },
    ),
    "check": Action(
        _check,
        "test a folder, and give points",
        {
            "folder": {"nargs": "?", "default": ".", "help": "default: this one"},
            "--hints": {
                "type": int,
                "choices": range(4),
                "default": 0,
                "help": "how many hints for a task that fails",
            },
            "--full": {"action": "store_true", "help": "tracebacks, too"},
        },
    ),
    "grade": Action(
        _grade,
        "grade a class: a folder with a folder for each student",
        {
            "submissions": {"help": "the folder"},
            "--chapters": {
                "nargs": "+",
                "help": "which chapters (default: all that somebody handed in)",
            },
            "--jobs": {"type": int, "default": 1, "help": "how many at a time"},
            "--seconds": {
                "type": float,
                "default": 180.0,
                "help": "time limit of a submission",
            },
            "--format": {
                "choices": sorted(reports.FORMATS),
                "default": "csv",
                "help": "csv: one file for the class; others: one for each student",
            },
            "--out": {"default": "grades", "help": "folder for the results"},
        },
    ),
    "zoo": Action(
        _zoo,
        "grade tests: which wrong solutions do they catch?",
        {
            "chapter": {"help": "its name or number"},
            "tests": {"help": "a file of tests that use the fixture `student`"},
        },
    ),
    "solution": Action(
        _solution,
        "print the reference solution, for teachers",
        {
            "chapter": {"help": "its name or number"},
            "--teacher": {"action": "store_true", "help": "yes, I am one"},
        },
    ),
    "prove": Action(
        _prove,
        "for authors: the reference passes, the template does not, the zoo is caught",
        {
            "chapters": {"nargs": "*", "help": "default: all"},
            "--apart": {"action": "store_true", "help": "in processes of their own"},
            "--full": {"action": "store_true", "help": "show what was found, too"},
        },
    ),
}

"""The pytest plugin: points for tasks, a table, and failures that teach.

`tensorlearn_pytest` registers `Scores` when a session has exercises. A task is a set of
tests with the same mark; it earns its points by the share of them that passes, and it is
"to do" as long as all of them meet `raise NotImplementedError`.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tensorlearn.exercises import course, remote, reports, student
from tensorlearn.testing.errors import GradientError
from tensorlearn.wording import language, say, set_language

OF = pytest.StashKey[course.Chapter]()
FILE = pytest.StashKey[Path]()
FOLDER = pytest.StashKey[Path]()
"""Of collected tests: their chapter, the student's file, and where exercise.yml is."""


class TimeUp(BaseException):
    """A test took too long. Not an Exception: `except Exception` does not stop it."""


class Exercise(pytest.File):
    """An exercise.yml: a folder whose tests are elsewhere."""

    scores: Scores

    def collect(self) -> Iterator[Chapter]:
        """The tests of the chapter that it names."""
        yield self.scores.chapter(self)


class Chapter(pytest.Module):
    """The tests of a chapter, for the student's file beside an exercise.yml."""

    def _getobj(self) -> Any:
        try:
            return student.load(self.path)
        except student.BrokenFile as error:
            raise self.CollectError(str(error)) from error


class Scores:
    """Collects chapters, runs their tests under a time limit, and keeps the score."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.option = config.getoption
        self.tasks: dict[tuple[str, str], dict[str, Any]] = {}
        self.broken: dict[Path, student.BrokenFile] = {}
        self.modules: dict[Path, Any] = {}
        self.apart = remote.Apart() if self.option("--tl-apart") else None
        self.seconds = 0.0
        self.errors: list[str] = []
        if chosen := self.option("--tl-lang"):
            set_language(chosen)
        _steady_examples()

    # ---- collecting ----

    def collect(self, path: Path, parent: pytest.Collector) -> Exercise:
        """What pytest makes of an exercise.yml."""
        exercise = Exercise.from_parent(parent, path=path)
        exercise.scores = self
        return exercise

    def chapter(self, exercise: Exercise) -> Chapter:
        """The tests, and what they need to know."""
        path = exercise.path
        facts = course.read_exercise(path)
        if not self.option("--tl-lang") and not os.environ.get("TENSORLEARN_LANG"):
            set_language(facts["lang"])
        chapter = course.find(facts["chapter"])
        tests = Path(facts["tests"]) if "tests" in facts else chapter.tests
        module = Chapter.from_parent(exercise, path=tests)
        module.stash[OF] = chapter
        module.stash[FILE] = path.parent / facts.get("file", chapter.file)
        module.stash[FOLDER] = path.parent
        module._nodeid = f"{path.parent.name}/{chapter.file}"
        return module

    def prepare(self, items: list[pytest.Item]) -> None:
        """Make a row for every task, in the order of their tests."""
        for item in items:
            mark = item.get_closest_marker("task")
            module = item.getparent(Chapter)
            if mark is None and module is None:
                continue
            mark = mark or pytest.mark.task("*").mark
            chapter = module and module.stash[OF]
            key = (str(module.stash[FOLDER]) if module else "", str(mark.args[0]))
            if key not in self.tasks:
                self.tasks[key] = _row(key, mark, chapter)
            item.user_properties.append(("task", key))

    @pytest.fixture
    def student(self, request: pytest.FixtureRequest) -> Any:
        """The student's module; the test fails with the reason if it cannot be loaded."""
        module = request.node.getparent(Chapter)
        if module is None:
            raise pytest.UsageError(
                say("the fixture `student` belongs to the tests of a chapter")
            )
        return self.load(module.stash[FILE])

    def load(self, path: Path) -> Any:
        """The module in this process or, with --tl-apart, one that stands for it."""
        if path in self.broken:
            raise self.broken[path]
        try:
            if self.apart:
                return self.apart.load(path)
            if path not in self.modules:
                self.modules[path] = student.load(path)
            return self.modules[path]
        except student.BrokenFile as error:
            self.broken[path] = error
        except TimeUp:
            self.broken[path] = student.BrokenFile(self.too_late())
        raise self.broken[path]

    def too_late(self) -> str:
        """What is said when the time is up."""
        if self.seconds >= self.option("--tl-total"):
            return say("the time for all tests together is used up")
        seconds = self.option("--tl-time")
        return say(
            "no answer within {seconds:g} s: a loop that never ends?", seconds=seconds
        )

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Tests that cannot even be collected."""
        if report.failed:
            self.errors.append(reports.harmless(report.longreprtext.strip()))

    # ---- running ----

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        """Loading the student's file may take forever, too."""
        return (yield from self.limited(item))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """The time limit."""
        return (yield from self.limited(item))

    def limited(self, item: pytest.Item) -> Iterator[None]:
        """Run the hook below within the time limit."""
        if self.key(item) is None:
            return (yield)
        limit = self.apart.limited if self.apart else limited
        left = self.option("--tl-total") - self.seconds
        if left <= 0:
            raise TimeUp
        start = time.monotonic()
        try:
            with limit(min(left, self.option("--tl-time")), TimeUp):
                return (yield)
        finally:
            self.seconds += time.monotonic() - start

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Iterator[Any]:
        """Note the outcome; a few lines take the place of the traceback."""
        report = yield
        key = self.key(item)
        if key is None or call.when == "teardown":
            return report
        if call.excinfo is None:
            if call.when == "call":
                self.note(key, item, "passed" if report.passed else "failed", "", call)
            return report
        error = call.excinfo.value
        state = "todo" if isinstance(error, NotImplementedError) else "failed"
        text = "" if state == "todo" else self.explain(item, error)
        if self.option("--tl-full"):
            text += f"\n\n{report.longreprtext}"
        self.note(key, item, state, text, call, getattr(error, "code", ""))
        report.longrepr = text or "○"
        return report

    def key(self, item: pytest.Item) -> tuple[str, str] | None:
        """The task a test belongs to."""
        return dict(item.user_properties).get("task")  # type: ignore[arg-type]

    def note(
        self,
        key: tuple[str, str],
        item: pytest.Item,
        state: str,
        message: str,
        call: pytest.CallInfo[None],
        code: Any = "",
    ) -> None:
        """Remember the outcome of a test."""
        self.tasks[key]["tests"].append(
            {
                "name": item.name,
                "state": state,
                "message": reports.harmless(message),
                "code": code if isinstance(code, str) else "",
                "seconds": round(call.duration, 3),
            }
        )

    def explain(self, item: pytest.Item, error: BaseException) -> str:
        """For the student: what is wrong and in which line of theirs."""
        module = item.getparent(Chapter)
        path = module.stash[FILE] if module else item.path
        if isinstance(error, TimeUp):
            return self.too_late()
        if isinstance(error, (student.BrokenFile, remote.Gone)):
            return str(error)
        if isinstance(error, GradientError):
            return str(error)
        if isinstance(error, AssertionError) and not student.place_of(error, path):
            return str(error) or say("the test {name} fails", name=item.name)
        return student.describe(error, path)

    # ---- reporting ----

    def results(self) -> dict[str, Any]:
        """All rows with their scores."""
        return reports.scored(self.tasks.values()) | {"errors": self.errors}

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The table."""
        if not self.tasks:
            return
        results = self.results()
        terminalreporter.section(say("score"))
        for line, colour in reports.table(results, self.option("--tl-hints")):
            marks = {colour: True} if colour else {}
            terminalreporter.write_line(line, **marks)

    def pytest_sessionfinish(self) -> None:
        """The files asked for."""
        if self.apart:
            self.apart.close()
        for name, write in reports.FORMATS.items():
            if path := self.option(f"--tl-{name}"):
                Path(path).write_text(write(self.results(), language()), "utf-8")


def _row(key: tuple[str, str], mark: pytest.Mark, chapter: Any) -> dict[str, Any]:
    """What is known about a task before it is tried."""
    known = chapter.tasks.get(key[1]) if chapter else None
    title = mark.kwargs.get("title") or (known.title if known else "")
    return {
        "folder": key[0],
        "chapter": chapter.name if chapter else "",
        "heading": chapter.title if chapter else {"zh": "", "en": ""},
        "task": key[1],
        "title": {"zh": title, "en": title} if isinstance(title, str) else title,
        "points": mark.kwargs.get("points", known.points if known else 1),
        "hints": known.hints if known else {"zh": [], "en": []},
        "tests": [],
    }


def _steady_examples() -> None:
    """Hypothesis, where it is installed, draws the same examples each time."""
    try:
        from hypothesis import settings
    except ImportError:
        return
    settings.register_profile(
        "tensorlearn", derandomize=True, deadline=None, database=None, max_examples=25
    )
    settings.load_profile("tensorlearn")


# ---- the time limit in this process ----


@contextmanager
def limited(seconds: float, error: type[BaseException]) -> Iterator[None]:
    """Raise `error` in the block when the time is up: by a signal, or else by a thread."""
    main = threading.current_thread() is threading.main_thread()
    if hasattr(signal, "setitimer") and main and sys.platform != "emscripten":
        with _by_signal(seconds, error):
            yield
    elif sys.platform == "emscripten":  # neither signals nor threads in a browser
        yield
    else:
        with _by_thread(seconds, error):
            yield


@contextmanager
def _by_signal(seconds: float, error: type[BaseException]) -> Iterator[None]:
    def ring(number: int, frame: Any) -> None:
        raise error

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)  # again, if it was swallowed
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _by_thread(seconds: float, error: type[BaseException]) -> Iterator[None]:
    ident = ctypes.c_ulong(threading.get_ident())
    done = threading.Event()

    def watch() -> None:
        if not done.wait(seconds):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(error))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        time.sleep(0)

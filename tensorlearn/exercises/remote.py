"""A student's code in a process of its own, and what stands for it in the judge's.

The judge calls, the student's process answers: it gets neither the tests nor the score,
and cannot even read the package. All it can do to its grade is to compute. What it is kept
from is in `sandbox.py`, the language of the two in `wire.py`.
"""

from __future__ import annotations

import builtins
import contextlib
import inspect
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from tensorlearn.exercises.student import BrokenFile
from tensorlearn.exercises.values import BINARY, BUILTIN, OTHERS, Garbled
from tensorlearn.exercises.wire import Closed, Failed, Wire
from tensorlearn.wording import say

MEMORY = 2 << 30
SECONDS = 120  # of computing, for all tests of a chapter together
ENVIRONMENT = {"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
ENVIRONMENT |= {"MKL_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
KEPT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH")
MOST_FILES, MOST_BYTES = 200, 20 << 20


class Gone(Exception):  # noqa: N818 - the student's process has gone
    """The student's process has ended or talks nonsense."""


class Apart:
    """The students' processes of a session, and the clock that stops them."""

    def __init__(self) -> None:
        self.running: dict[Path, Student] = {}
        self.late: type[BaseException] | None = None
        self.measures: list[str] = []
        self.clock: tuple[float, type[BaseException] | None] = (0.0, None)
        self.timer = threading.Timer(0.0, self.stop)

    def load(self, path: Path) -> Any:
        """The student's file in a process that lives as long as it behaves.

        BrokenFile if it cannot be loaded; that is remembered by the caller.
        """
        found = self.running.get(path)
        if found is None or not found.is_alive():
            self.timer.cancel()  # starting Python is not the student's time
            if found is not None:
                found.close()
            found = self.running[path] = Student(self, path)
            self.measures = found.confine()
            self.wind()
            try:
                found.module = found.ask("load", str(found.folder / path.name))
            except Gone as gone:
                raise BrokenFile(str(gone)) from None
            except Exception as error:
                place = getattr(error, "student_line", "")
                text = f"{type(error).__name__}: {error}"
                raise BrokenFile(f"{place}\n    {text}" if place else text) from None
        return found.module

    @contextmanager
    def limited(self, seconds: float, error: type[BaseException]) -> Iterator[None]:
        """When the time is up the processes are ended, and `error` is raised."""
        self.late = None
        self.clock = seconds, error
        self.wind()
        try:
            yield
        finally:
            self.timer.cancel()

    def wind(self) -> None:
        """Start the clock, if there is one, anew."""
        self.timer.cancel()
        seconds, error = self.clock

        def ring() -> None:
            self.late = error
            self.stop()

        if error is not None:
            self.timer = threading.Timer(seconds, ring)
            self.timer.daemon = True
            self.timer.start()

    def stop(self) -> None:
        """End all processes."""
        for student in list(self.running.values()):
            student.kill()

    def close(self) -> None:
        """End all processes and remove their folders."""
        for student in self.running.values():
            student.close()
        self.running.clear()


class Student:
    """One process with one student's file."""

    def __init__(self, apart: Apart, path: Path) -> None:
        self.apart, self.path = apart, path
        if not path.is_file():
            raise BrokenFile(say("there is no file {path}", path=path.name))
        self.user = 60578 + os.getpid() % 600  # numbers that no system gives to anybody
        self.root = Path(tempfile.mkdtemp(prefix="tensorlearn-")).resolve()
        self.folder = self.root / "work"
        self.module: Any = None
        self.killed = False
        copy_folder(path.parent, self.folder)
        self.hand_over()
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", "-B"),
                str(Path(__file__).with_name("answering.py")),
                str(Path(np.__file__).parents[1]),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            env=self.environment(),
            start_new_session=True,
        )
        self.wire = Wire(
            self.process.stdout,
            self.process.stdin,
            first=0,
            operations={"call": self.called},
            proxy=lambda wire, *what: Proxy(self, *what),
            explain=lambda error: {"message": f"{type(error).__name__}: {error}"},
        )

    def environment(self) -> dict[str, str]:
        """Nothing of the grader's own."""
        own = {name: os.environ[name] for name in KEPT if name in os.environ}
        home = str(self.folder)
        return own | ENVIRONMENT | {"HOME": home, "TMPDIR": home}

    def hand_over(self) -> None:
        """The folder belongs to the user that the process will be."""
        if hasattr(os, "getuid") and os.getuid() == 0:
            self.root.chmod(0o711)
            for path in [self.folder, *self.folder.rglob("*")]:
                os.chown(path, self.user, self.user)

    def confine(self) -> list[str]:
        """Take its rights away; which measures the system has."""
        limits = (str(self.folder), SECONDS, MEMORY, self.user)
        return list(self.ask("confine", *limits))

    def ask(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        """An answer, or an exception like the student's; Gone if nobody answers."""
        try:
            return self.wire.ask(operation, *args, **kwargs)
        except Failed as failed:
            raise exception(failed.facts) from None
        except (Closed, Garbled) as end:
            text = self.last_words(end)
            self.kill()
            if self.apart.late is not None:
                raise self.apart.late from None
            raise Gone(text) from None

    def last_words(self, end: Exception) -> str:
        """Why there is no answer."""
        if isinstance(end, Garbled):
            return say(
                "the answer of the student's code makes no sense: {why}", why=end
            )
        try:
            code = self.process.wait(1)
        except subprocess.TimeoutExpired:  # it closed the pipe and lives on
            code = 0
        if code in (-9, -24):  # SIGKILL, SIGXCPU
            return say("the student's code was ended: too much time or memory")
        return say("the student's code ended Python (exit code {code})", code=code)

    def called(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        """The student's code calls a function that it was given."""
        if not self.wire.owns(function) or not callable(function):
            raise TypeError("not a function of the tests")
        return function(*args, **kwargs)

    def is_alive(self) -> bool:
        """Whether it can be asked; the killed may take a while to die."""
        return not self.killed and self.process.poll() is None

    def kill(self) -> None:
        """End the process and whatever it has started."""
        self.killed = True
        with contextlib.suppress(OSError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()

    def close(self) -> None:
        """End it, and remove its folder."""
        self.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        shutil.rmtree(self.root, ignore_errors=True)


def copy_folder(source: Path, target: Path) -> None:
    """The files of a submission, but no links, and no heaps of data."""
    target.mkdir(mode=0o700)
    count = size = 0
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source)
        hidden = any(p.startswith((".", "__pycache__")) for p in relative.parts)
        if hidden or path.is_symlink() or not path.is_file():
            continue
        count, size = count + 1, size + path.stat().st_size
        if count > MOST_FILES or size > MOST_BYTES:
            raise BrokenFile(say("the folder has too many or too large files"))
        copy = target / relative
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def exception(facts: dict[str, Any]) -> Exception:
    """Like the student's, as far as it has a builtin type."""
    kind, name = str(facts.get("type")), str(facts.get("name"))
    text = str(facts.get("message", ""))
    found = getattr(builtins, kind, None)
    if not (isinstance(found, type) and issubclass(found, Exception)):
        found = RuntimeError
    try:
        error = found(text if name == found.__name__ else f"{name}: {text}")
    except TypeError:  # UnicodeDecodeError wants more than a text
        error = RuntimeError(f"{name}: {text}")
    error.student_line = str(facts.get("line", ""))  # type: ignore[attr-defined]
    return error


# ---- what stands for an object of the student's ----


class Proxy:
    """A module, function, class or object in the student's process.

    Attributes, calls and operators are sent there. Equality is not: it is identity.
    fixed: whether it is a function, a method or a class, which is asked for only once.
    """

    __array_ufunc__ = None  # NumPy leaves operators to us
    __slots__ = ("__weakref__", "_fixed", "_known", "_number", "_student")

    def __init__(self, student: Student, number: int, fixed: bool = False) -> None:
        facts = {"_student": student, "_number": number, "_fixed": fixed, "_known": {}}
        for name, value in facts.items():
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        if name == "__signature__":
            return _signature(self)
        if name.startswith("__array_"):
            raise AttributeError(name)
        if name in self._known:
            return self._known[name]
        found = self._student.ask("get", self, name)
        if type(found) is Proxy and found._fixed:
            self._known[name] = found
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        self._known.pop(name, None)
        self._student.ask("set", self, name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._student.ask("call", self, *args, **kwargs)

    def __instancecheck__(self, instance: Any) -> bool:
        return bool(self._student.ask("isinstance", instance, self))

    def __enter__(self) -> Any:
        return self._student.ask("enter", self)

    def __exit__(self, *error: Any) -> None:
        self._student.ask("leave", self)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        try:
            return np.asarray(self._student.ask("array", self), dtype)
        except AttributeError:
            raise TypeError(f"{self!r} is no array") from None

    def __deepcopy__(self, memo: Any) -> Any:
        return self._student.ask("deepcopy", self)

    def __copy__(self) -> Any:
        return self._student.ask("copy", self)


def _forward(name: str) -> Callable[..., Any]:
    def method(self: Proxy, *args: Any) -> Any:
        return self._student.ask(name, self, *args)

    return method


for _name in (*BINARY, *OTHERS, *BUILTIN):
    setattr(Proxy, f"__{_name}__", _forward(_name))
for _name in BINARY:
    setattr(Proxy, f"__r{_name}__", _forward(f"r{_name}"))
    setattr(Proxy, f"__i{_name}__", _forward(f"i{_name}"))


def _signature(function: Proxy) -> inspect.Signature:
    try:
        rows = function._student.ask("signature", function)
        return inspect.Signature(
            inspect.Parameter(
                name,
                inspect._ParameterKind(kind),
                default=None if optional else inspect.Parameter.empty,
            )
            for name, kind, optional in rows
        )
    except (TypeError, ValueError) as error:
        raise AttributeError("__signature__") from error

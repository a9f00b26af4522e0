"""The student's file as a module, and what its exceptions have to say."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from tensorlearn.wording import say


class BrokenFile(Exception):  # noqa: N818 - it is the student's error, not ours
    """The student's file cannot be loaded; the text says why and where."""


def load(path: Path, source: str | None = None) -> ModuleType:
    """The file as a fresh module (from `source`, if that is given); BrokenFile if it fails.

    Modules beside the file can be imported by it, and nothing of it stays behind.
    """
    if source is None and not path.is_file():
        raise BrokenFile(say("there is no file {path}", path=path.name))
    before = set(sys.modules)
    sys.path.insert(0, str(path.parent))
    try:
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        text = path.read_text("utf-8") if source is None else source
        exec(compile(text, str(path), "exec"), module.__dict__)
    except (Exception, SystemExit) as error:
        raise BrokenFile(describe(error, path)) from error
    finally:
        sys.path.remove(str(path.parent))
        _forget(set(sys.modules) - before, path.parent)
    return module


def _forget(names: set[str], folder: Path) -> None:
    """The next student's module of the same name is another one."""
    for name in names:
        file = getattr(sys.modules[name], "__file__", None)
        if file and Path(file).parent == folder:
            del sys.modules[name]


def describe(error: BaseException, path: Path) -> str:
    """What went wrong in the student's file, in one or two lines with the place."""
    kind = type(error).__name__
    if isinstance(error, SyntaxError) and error.filename == str(path):
        text = f"{path.name}:{error.lineno}: {kind}: {error.msg}"
        return f"{text}\n    {(error.text or '').strip()}"
    text = f"{kind}: {error}" if str(error) else kind
    place = place_of(error, path)
    return f"{place}\n    {text}" if place else text


def place_of(error: BaseException, path: Path) -> str:
    """file:line and the line itself, where the student's code was last left; or ""."""
    if place := getattr(error, "student_line", ""):
        return str(place)
    frames: list[Any] = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).parent == path.parent
    ]
    if not frames:
        return ""
    last = frames[-1]
    return f"{Path(last.filename).name}:{last.lineno}: {last.line}"

"""Folders of exercises, run by pytest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tensorlearn.exercises.course import Chapter
from tensorlearn.wording import language, say

PLAIN = (
    *("-p", "tensorlearn_pytest", "-p", "no:cacheprovider", "--noconftest"),
    *("-q", "--no-header", "--tb=no", "-rN", "--import-mode=importlib"),
)
INI = """\
[pytest]
addopts = -q --no-header --tb=no -rN --import-mode=importlib -p no:cacheprovider
"""


def fill(folder: Path, chapter: Chapter, source: str, lang: str = "en") -> None:
    """Make a folder an exercise: the student's file, and what pytest needs to know."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / chapter.file).write_text(source, "utf-8")
    name_exercise(folder, chapter, lang)


def name_exercise(folder: Path, chapter: Chapter, lang: str, **paths: Path) -> None:
    """Write exercise.yml; paths: `file` and `tests`, if they are elsewhere."""
    facts = {"chapter": chapter.name, "lang": lang}
    facts |= {name: str(path) for name, path in paths.items()}
    lines = [f"{name}: {json.dumps(value)}\n" for name, value in facts.items()]
    (folder / "exercise.yml").write_text("".join(lines), "utf-8")


def judged(folders: Sequence[Path], *options: str, seconds: float = 600) -> Any:
    """The results of folders, by pytest in a process of its own; {} if it fails.

    Plugins and settings of whoever asks are left out: the result depends on nothing else.
    """
    with tempfile.TemporaryDirectory() as quiet:
        ini, out = Path(quiet) / "pytest.ini", Path(quiet) / "results.json"
        ini.write_text("[pytest]\n", "utf-8")
        words = [
            sys.executable,
            "-m",
            "pytest",
            *PLAIN,
            f"-c{ini}",
            f"--rootdir={quiet}",
        ]
        words += [f"--tl-json={out}", f"--tl-lang={language()}", *options]
        try:
            done = subprocess.run(
                [*words, *(str(folder / "exercise.yml") for folder in folders)],
                cwd=quiet,
                env=_environment(),
                capture_output=True,
                text=True,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            return {}
        if not out.is_file():
            raise RuntimeError(done.stdout + done.stderr)
        return json.loads(out.read_text("utf-8"))


def _environment() -> dict[str, str]:
    """Such that the package found here is found there, and no plugins but ours."""
    paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    own = {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    return os.environ | own | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def check(folder: Path, options: Sequence[str] = ()) -> int:
    """Run pytest on a student's folder, here and now; 0 if all is right."""
    try:
        import pytest
    except ImportError as error:
        raise ValueError(
            say("exercises need pytest: pip install 'tensorlearn[test]'")
        ) from error
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    exercise = folder / "exercise.yml"
    if not exercise.is_file():
        raise ValueError(
            say(
                "exercises check: {folder} is no exercise: it has no exercise.yml; make "
                "one with `tensorlearn exercises new`",
                folder=folder,
            )
        )
    return int(pytest.main([*PLAIN, f"--rootdir={folder}", *options, str(exercise)]))

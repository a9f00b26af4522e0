"""What the site serves to Python in the page: tensorlearn's wheel and the page's own code.

All of it is made from what is here and installed: nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from tempfile import TemporaryDirectory

from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parents[2]
PAGE = Path(__file__).with_name("page")
FOLDER = "assets/wheels"

# pyyaml works without its compiled half. Hypothesis no longer does, and is left out: only
# shrinking a counterexample is missed.
TOOLS = ("pytest", "pluggy", "iniconfig", "pyyaml")
NATIVE = (".so", ".pyd", ".dylib")
PRIVATE = {"INSTALLER", "REQUESTED", "direct_url.json"}  # how it was installed here


def served() -> list[tuple[str, str, str, bytes]]:
    """(name, path in the site, hash of the content, content) of each archive."""
    name, wheel = own_wheel()
    archives = [
        ("tensorlearn", name, wheel),
        ("page", "tlpage.zip", page_archive()),
        ("tools", "exercise-tools.zip", tools_archive()),
    ]
    return [
        (name, f"{FOLDER}/{file}", hashlib.sha256(data).hexdigest()[:12], data)
        for name, file, data in archives
    ]


def own_wheel() -> tuple[str, bytes]:
    """The name and content of tensorlearn's wheel."""
    return _own_wheel(_state(ROOT / "tensorlearn"), _state(ROOT / "pyproject.toml"))


def page_archive() -> bytes:
    """The Python side of a page, as the package `tlpage`."""
    return zipped((f"tlpage/{p.name}", p.read_bytes()) for p in PAGE.glob("*.py"))


@cache
def tools_archive() -> bytes:
    """What the tests of exercises need in the page, as far as it is pure Python."""
    return zipped(member for name in TOOLS for member in installed(name))


def installed(name: str) -> Iterator[tuple[str, bytes]]:
    """(path, content) of an installed package's Python files, data and licences."""
    for file in distribution(name).files or ():
        path = file.as_posix()
        if path.startswith("..") or "__pycache__" in path or path.endswith(NATIVE):
            continue
        if path.rpartition("/")[2] not in PRIVATE:
            yield path, Path(str(file.locate())).read_bytes()


@cache
def _own_wheel(*_states: object) -> tuple[str, bytes]:
    with TemporaryDirectory() as folder:
        builder = WheelBuilder(str(ROOT))
        (path,) = builder.build(directory=folder, versions=["standard"])
        return Path(path).name, Path(path).read_bytes()


def _state(path: Path) -> tuple[tuple[str, int], ...]:
    """Changes when the file or a file in the folder does."""
    files = (p for p in [path, *path.rglob("*")] if "__pycache__" not in p.parts)
    return tuple(sorted((str(p), p.stat().st_mtime_ns) for p in files if p.is_file()))


def zipped(members: Iterable[tuple[str, bytes]]) -> bytes:
    """An archive; the same members always make the same bytes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name, data in sorted(members):
            file.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return archive.getvalue()

"""The program of the student's process: it loads the student's file, and answers.

The judge starts it by path, with an empty environment; it loads `wire.py` and `sandbox.py`
from beside it and never tensorlearn, gives up its rights, and only then reads a line of the
student's.
"""

from __future__ import annotations

import builtins
import importlib
import linecache
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any


def main() -> None:
    """Serve the judge at the other end of stdin and stdout."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)  # what the student prints or reads
    sys.path.insert(0, sys.argv[1])  # where NumPy is, and perhaps much else
    wire = _beside("wire")
    values, sandbox = _beside("values"), _beside("sandbox")
    del sys.path[0]
    for name in [name for name in sys.modules if name.startswith("tensorlearn")]:
        del sys.modules[name]  # the student's code shall find nothing under this name
    server = Server(values.OPERATIONS, sandbox)
    wire.Wire(
        source,
        sink,
        first=1,
        operations=server.operations,
        proxy=wire.callback,
        explain=server.explain,
        trusting=True,
    ).serve()


def _beside(name: str) -> ModuleType:
    """A module from beside this file, by its full name, but without the package."""
    folder = str(Path(__file__).parent)
    for package, path in (("tensorlearn", []), ("tensorlearn.exercises", [folder])):
        stub = sys.modules.setdefault(package, ModuleType(package))
        stub.__path__ = path
    return importlib.import_module(f"tensorlearn.exercises.{name}")


class Server:
    """What the judge may ask for."""

    def __init__(self, operations: dict[str, Any], sandbox: Any) -> None:
        self.sandbox = sandbox
        self.path = Path()
        self.operations = operations | {
            "confine": self.confine,
            "load": self.load,
        }

    def confine(self, folder: str, *limits: Any) -> list[str]:
        """Give up what a student must not have."""
        os.chdir(folder)
        numpy = Path(sys.modules["numpy"].__file__ or "").parent
        return list(self.sandbox.confine(folder, str(numpy), *limits))

    def load(self, path: str) -> ModuleType:
        """The student's file as a module."""
        self.path = Path(path)
        sys.path.insert(0, str(self.path.parent))
        text = self.path.read_text("utf-8")
        module = ModuleType(self.path.stem)
        module.__file__ = path
        sys.modules[self.path.stem] = module
        linecache.cache[path] = (len(text), None, text.splitlines(True), path)
        exec(compile(text, path, "exec"), module.__dict__)
        return module

    def explain(self, error: BaseException) -> dict[str, Any]:
        """An exception as data: its builtin type, its text, the student's line."""
        names = [t.__name__ for t in type(error).__mro__]
        builtin = next((n for n in names if hasattr(builtins, n)), "Exception")
        facts = {"type": builtin, "name": type(error).__name__, "line": ""}
        try:
            facts["message"] = str(error)[:2000]
        except Exception:  # its __str__ is the student's, too
            facts["message"] = ""
        if isinstance(error, SyntaxError) and error.filename == str(self.path):
            facts["message"] = error.msg
            line = (error.text or "").strip()
            facts["line"] = f"{self.path.name}:{error.lineno}: {line}"
            return facts
        walk = error.__traceback__
        while walk is not None:
            code = walk.tb_frame.f_code
            if Path(code.co_filename).parent == self.path.parent:
                line = linecache.getline(code.co_filename, walk.tb_lineno).strip()
                file = Path(code.co_filename).name
                facts["line"] = f"{file}:{walk.tb_lineno}: {line}"
            walk = walk.tb_next
        return facts


if __name__ == "__main__":
    main()

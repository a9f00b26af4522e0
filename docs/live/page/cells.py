"""Runs the code blocks of one page as a notebook would.

What a block prints, shows and raises is handed to `post(kind, text)` at once; the page
draws it. Nothing here knows of a browser, so it is tested without one.
"""

from __future__ import annotations

import ast
import base64
import builtins
import inspect
import io
import json
import linecache
import logging
import sys
import traceback
import warnings
from collections.abc import Callable
from types import CodeType, ModuleType
from typing import Any

Post = Callable[[str, str], object]

RICH = {"_repr_html_": "html", "_repr_svg_": "html", "_repr_png_": "png"}
"""How an object draws itself, best first, and what the page does with that."""


class Stream(io.TextIOBase):
    """A text stream that the page shows as it is written.

    It claims to be a terminal, because the page, too, goes back to the start of the line
    at a carriage return.
    """

    encoding = "utf-8"

    def __init__(self, kind: str, post: Post) -> None:
        self.kind = kind
        self.post = post

    def write(self, text: str) -> int:
        self.post(self.kind, text)
        return len(text)

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return True


class Page:
    """The blocks of one page: they share their variables and one place to show things."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self.main = ModuleType("__main__")
        self.main.__dict__["__builtins__"] = builtins

    def open(self) -> Page:
        """From now on this page is where code runs and where output goes."""
        sys.modules["__main__"] = self.main
        sys.stdout = Stream("out", self.post)
        sys.stderr = Stream("err", self.post)
        self.main.__dict__["display"] = self.display
        logging.getLogger("matplotlib.font_manager").setLevel("ERROR")
        warnings.formatwarning = lambda text, kind, *_, **__: (
            f"{kind.__name__}: {text}\n"
        )
        return self

    async def run(self, code: str, file: str) -> bool:
        """Run one block; the value of its last expression is shown. True if all went well.

        file: the name that the block has in tracebacks.
        """
        linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
        try:
            body, last = compiled(code, file)
            await self._execute(body)
            value = await self._execute(last) if last else None
            if value is not None:
                self.main.__dict__["_"] = value
                self.display(value)
            return True
        except BaseException as error:  # SystemExit and KeyboardInterrupt, too
            self.post("error", json.dumps(described(error, file)))
            return False
        finally:
            show_figures()

    async def _execute(self, code: CodeType) -> Any:
        value = eval(code, self.main.__dict__)  # of compiled statements: None
        if code.co_flags & inspect.CO_COROUTINE:
            value = await value
        return value

    def display(self, *values: object) -> None:
        """Show each value as richly as it can draw itself."""
        for value in values:
            for method, kind in RICH.items():
                draw = getattr(value, method, None)
                drawing = None if isinstance(value, type) or not draw else draw()
                if drawing is not None:
                    self.post(kind, as_text(drawing))
                    break
            else:
                self.post("value", repr(value) + "\n")


def compiled(code: str, file: str) -> tuple[CodeType, CodeType | None]:
    """The statements, and apart from them a last expression that is to be shown."""
    tree = ast.parse(code, file)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not quiet(code):
        last = ast.Expression(tree.body.pop().value)
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    return (
        compile(tree, file, "exec", flags),
        last and compile(last, file, "eval", flags),
    )


def quiet(code: str) -> bool:
    """Whether the code ends in a semicolon: then its value is not shown."""
    return code.rstrip().endswith(";")


def as_text(drawing: str | bytes) -> str:
    """Markup as it is, the bytes of a picture as base64."""
    return drawing if isinstance(drawing, str) else base64.b64encode(drawing).decode()


def described(error: BaseException, file: str) -> dict[str, Any]:
    """What the page says of an error: the headline, the line, the way there."""
    report = traceback.TracebackException.from_exception(error)
    report.stack = traceback.StackSummary.from_list(
        [frame for frame in report.stack if frame.filename != __file__]
    )
    lines = [f.lineno for f in report.stack if f.filename == file]
    if isinstance(error, SyntaxError) and error.filename == file:
        lines = [error.lineno]
    path = f"{type(error).__module__}."
    return {
        "stopped": isinstance(error, KeyboardInterrupt),
        "headline": "".join(report.format_exception_only()).rstrip().removeprefix(path),
        "line": lines[-1] if lines else None,
        "traceback": "".join(report.format()).rstrip(),
    }


def show_figures() -> None:
    """Show and close what matplotlib has open, if it is there at all."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and pyplot.get_fignums():
        pyplot.show()
        pyplot.close("all")

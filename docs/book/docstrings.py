"""Griffe extension: docstrings as readable Markdown, in the language of the site.

Classes that declare their arguments as fields have no `__init__` to read; their signature
and the table of arguments come from the fields, as in `tensorlearn help`.
"""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path

import griffe

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from docs.book import reference  # noqa: E402
from tensorlearn import describe, wording  # noqa: E402

HEADS = {"zh": ("参数", "含义"), "en": ("argument", "meaning")}


class Docstrings(griffe.Extension):
    """Rewrites every docstring of the package once it is loaded."""

    def __init__(self, lang: str = "en") -> None:
        self.lang = lang

    def on_package(self, *, pkg: griffe.Module, **_: object) -> None:
        """Visit everything."""
        if pkg.name == "tensorlearn":
            wording.set_language(self.lang)
            self._visit(pkg)

    def _visit(self, thing: griffe.Object) -> None:
        for member in list(thing.members.values()):
            if not member.is_alias:
                self._visit(member)
        if thing.is_module:
            return
        real = reference.resolve(thing.path)
        is_class = inspect.isclass(real)
        if is_class:
            if isinstance(getattr(real, "fields", None), dict):
                _give_signature(thing, real)
            if reference.is_explained(real):
                _source_once(thing)
        text = thing.docstring.value if thing.docstring else _of_numpy(real)
        table = ""
        if is_class or thing.is_function or describe.Primitive is type(real):
            table = self._arguments(real)
        if text or table:
            value = f"{readable(text, self.lang)}\n\n{table}".strip()
            thing.docstring = griffe.Docstring(value, parent=thing)

    def _arguments(self, real) -> str:
        try:
            rows = [(n, text) for n, text, _ in describe.arguments(real) if text]
        except (TypeError, ValueError, AttributeError):
            return ""
        if not rows:
            return ""
        name, meaning = HEADS[self.lang]
        lines = [f"| {name} | {meaning} |", "|---|---|"]
        lines += [f"| `{_cell(n)}` | {escape(_cell(text))} |" for n, text in rows]
        return "\n".join(lines)


def _of_numpy(real) -> str:
    """What is said of NumPy's functions, which have no docstring of ours."""
    if type(real) is describe.Primitive and real.forward.__class__.__name__ == "ufunc":
        return f"`numpy.{real.forward.__name__}`"
    return ""


def _give_signature(thing: griffe.Class, real: type) -> None:
    """An `__init__` as the fields would write it."""
    try:
        found = inspect.signature(real).parameters.values()
    except (TypeError, ValueError):
        return
    kinds = griffe.ParameterKind
    parameters = griffe.Parameters(
        griffe.Parameter("self", kind=kinds.positional_or_keyword),
        *(
            griffe.Parameter(
                p.name,
                kind=getattr(kinds, p.kind.name.lower()),
                default=None if p.default is p.empty else repr(p.default),
            )
            for p in found
        ),
    )
    thing.set_member("__init__", griffe.Function("__init__", parameters=parameters))


def _source_once(thing: griffe.Class) -> None:
    """The source of a class is shown whole, with `__init__`, and not again by method."""
    for member in thing.members.values():
        if not member.is_alias and (member.is_function or member.is_attribute):
            whole = member.name == "__init__"
            member.lineno = thing.lineno if whole else None
            member.endlineno = thing.endlineno if whole else None


# ---- from docstring to Markdown ----

SHAPES = re.compile(r" {2,}(\S.*->.*)$", re.M)
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.S)


def readable(text: str, lang: str) -> str:
    """Paragraphs translated where a translation is known, made safe for Markdown."""
    return "\n\n".join(_paragraph(p, lang) for p in reference.paragraphs(text or ""))


def _paragraph(text: str, lang: str) -> str:
    if text.startswith(">>>"):
        return f"```pycon\n{text}\n```"
    if text.startswith("    "):
        return text
    if lang == "zh":
        text = _translated(text)
    return escape(SHAPES.sub(lambda m: f"  `{m[1].rstrip()}`", text))


def _translated(text: str) -> str:
    whole = " ".join(text.split("\n"))
    for candidate in (text, whole):
        found = reference.chinese(candidate)
        if found != candidate:
            return found
    first, newline, rest = text.partition("\n")
    found = reference.chinese(first)
    return found + newline + rest if first.endswith(".") else text


def escape(text: str) -> str:
    """Stars, underlines and angles outside of code stand for themselves."""
    parts, at = [], 0
    for code in CODE.finditer(text):
        parts += [_escaped(text[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*parts, _escaped(text[at:])])


def _escaped(text: str) -> str:
    return re.sub(r"[*_<\[\]]", lambda m: "\\" + m[0] if m[0] != "<" else "&lt;", text)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")

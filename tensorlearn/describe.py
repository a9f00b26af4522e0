"""Help in the reader's language, made from what is declared.

What an argument means is said once, in the field that checks it; `describe` puts it
together with the signature and the first line of the docstring. Nothing is written twice.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tensorlearn import autograd, callbacks, models, ops, utils, visual
from tensorlearn.autograd import Primitive
from tensorlearn.declare.fields import REQUIRED, Field
from tensorlearn.declare.registry import REGISTRIES
from tensorlearn.wording import say, suggest, translate

WIDTH = 88


def help(thing: Any) -> None:
    """Print the help of a class, a function, or a name such as "Dense"."""
    print(describe(thing))


def describe(thing: Any) -> str:
    """The help of a class, a function, or a name: its call, purpose and arguments.

    Raises ValueError, with a suggestion, for a name that means nothing.

    >>> print(describe("relu").splitlines()[0])
    relu(x, alpha=0.0, max_value=None, threshold=0.0)
    """
    if isinstance(thing, str):
        return "\n\n".join(_page(found) for found in find(thing))
    explained = isinstance(thing, (type, Primitive)) or inspect.isroutine(thing)
    return _page(thing if explained else type(thing))


def find(name: str) -> list[Any]:
    """Everything of that name, e.g. a layer and an operation; ValueError if nothing is."""
    known = names()
    exact = known.get(name) or [
        thing
        for other, things in known.items()
        if other.lower() == name.lower()
        for thing in things
    ]
    if not exact:
        raise ValueError(
            say(
                "help: nothing is called {name!r}{hint}",
                name=name,
                hint=suggest(name, known),
            )
        )
    return list(dict.fromkeys(exact))


def index() -> str:
    """All that has help, by kind."""
    lists = [(kind, sorted(table.known)) for kind, table in REGISTRIES.items()]
    lists += [(place.__name__, sorted(_public(place))) for place in PLACES]
    return "\n\n".join(
        textwrap.fill(
            ", ".join(found),
            WIDTH,
            initial_indent=f"{translate(kind)}: ",
            subsequent_indent="    ",
            break_on_hyphens=False,
        )
        for kind, found in lists
        if found
    )


def names() -> dict[str, list[Any]]:
    """Every name that `find` knows, with what it means."""
    known: dict[str, list[Any]] = {}
    for registry in REGISTRIES.values():
        for name, thing in registry.known.items():
            known.setdefault(name, []).append(thing)
    for place in PLACES:
        for name, thing in _public(place).items():
            if thing not in known.get(name, ()):
                known.setdefault(name, []).append(thing)
    return known


PLACES: list[Any] = [autograd, ops, models, callbacks, utils, visual]
"""Modules whose public names have help although no registry holds them."""


def _public(module: Any) -> dict[str, Any]:
    """The functions and classes that a module offers."""
    own = [n for n, t in vars(module).items() if module_of(t) == module.__name__]
    names = getattr(module, "__all__", [n for n in own if not n.startswith("_")])
    return {n: getattr(module, n) for n in names if callable(getattr(module, n))}


def everything() -> list[Any]:
    """What the library itself brings, each once, for the translators."""
    things = [thing for found in names().values() for thing in found]
    return [t for t in dict.fromkeys(things) if module_of(t).startswith("tensorlearn.")]


# ---- one page ----


def _page(thing: Any) -> str:
    blocks = [_call(thing), textwrap.indent(_summary(thing), "  ")]
    table = _table([(name, text) for name, text, _ in arguments(thing)])
    if table:
        blocks.append(say("Arguments") + "\n" + table)
    if any(kind == "layer" and thing in _known(kind) for kind in REGISTRIES):
        blocks.append(
            say("Every layer also takes: {names}", names="name, trainable, input_shape")
        )
    place = _place(thing)
    if place:
        blocks.append(say("Source: {place}", place=place))
    return "\n\n".join(block for block in blocks if block.strip())


def _known(kind: str) -> Iterable[Any]:
    return REGISTRIES[kind].known.values()


def _call(thing: Any) -> str:
    """The signature, on as many lines as it takes."""
    shown = [str(p.replace(annotation=p.empty)) for p in _parameters(thing)]
    start = f"{_name(thing)}("
    text = textwrap.fill(
        ", ".join(shown), WIDTH - 1, initial_indent=start, subsequent_indent="    "
    )
    return (text if shown else start) + ")"


def _parameters(thing: Any) -> list[inspect.Parameter]:
    function = _plain(thing)
    if isinstance(function, np.ufunc):
        kind = inspect.Parameter.POSITIONAL_ONLY
        return [inspect.Parameter(name, kind) for name in "xyz"[: function.nin]]
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p for p in found if p.name not in ("self", "kwargs")]


def _table(rows: list[tuple[str, str]]) -> str:
    """Names on the left, what they mean on the right."""
    if not rows:
        return ""
    column = min(max(len(name) for name, _ in rows), 32) + 4
    lines = []
    for name, text in rows:
        left = f"  {name}"
        wrapped = textwrap.wrap(text, WIDTH - column) or [""]
        if len(left) > column - 2 and text:
            lines.append(left)
            left = ""
        lines.append(left.ljust(column) + wrapped[0])
        lines.extend(" " * column + line for line in wrapped[1:])
    return "\n".join(line.rstrip() for line in lines)


def arguments(thing: Any) -> Iterator[tuple[str, str, list[str]]]:
    """(name=default, meaning, texts to be translated) of every argument."""
    fields = getattr(thing, "fields", None)
    if isinstance(fields, dict):
        order = list(inspect.signature(thing).parameters)
        for field in sorted(fields.values(), key=lambda f: order.index(f.name)):
            yield (
                _shown(field.name, field.default),
                _of_field(field),
                _field_texts(field),
            )
        return
    meanings = _documented(thing)
    for parameter in _parameters(thing):
        text = meanings.get(parameter.name, "")
        if text or parameter.default is not parameter.empty:
            shown = _shown(
                str(parameter).split(":")[0].split("=")[0], parameter.default
            )
            yield shown, translate(text) if text else "", [text] if text else []


def _shown(name: str, default: Any) -> str:
    return name if default is REQUIRED else f"{name}={default!r}"


def _of_field(field: Field) -> str:
    """Meaning (what must hold); either may be missing."""
    table = getattr(field, "table", None)
    wanted = translate(table.kind) if table else translate(field.wanted)
    meaning = field.meaning()
    if field.wanted == Field.wanted and not table:
        return meaning
    return (
        say("{meaning} ({wanted})", meaning=meaning, wanted=wanted)
        if meaning
        else wanted
    )


def _field_texts(field: Field) -> list[str]:
    table = getattr(field, "table", None)
    return [
        text
        for text in (field.doc, field.wanted, table.kind if table else "")
        if re.search(
            r"[a-z]{2}", re.sub(r"'[^']*'", "", text)
        )  # more than quoted names
    ]


def _documented(thing: Any) -> dict[str, str]:
    """Meanings that a docstring gives as `name: meaning` or `name, other: meaning`."""
    found: dict[str, str] = {}
    known = {p.name for p in _parameters(thing)}
    for paragraph in (inspect.getdoc(thing) or "").split("\n\n")[1:]:
        text = " ".join(paragraph.split())
        parts = _MEANING.split(text) if not text.startswith(">>>") else []
        for listed, meaning in zip(parts[1::2], parts[2::2], strict=True):
            for name in re.split(r"\W+", listed):
                if name in known:
                    found[name] = re.split(r"\. (?:Returns|Raises) ", meaning)[
                        0
                    ].rstrip(". ")
    return found


_MEANING = re.compile(r"(?:^|(?<=\. ))(\w+(?:(?:, | / | and )\w+)*): ")


def _summary(thing: Any) -> str:
    """What it does, in the chosen language: the first line of its docstring."""
    function = _plain(thing)
    if isinstance(function, np.ufunc):
        return say("`numpy.{name}`, with a gradient", name=function.__name__)
    return translate(_first_line(thing)).replace("``", "")


def _first_line(thing: Any) -> str:
    if isinstance(_plain(thing), np.ufunc):
        return ""
    return (inspect.getdoc(thing) or "").partition("\n")[0]


def texts(thing: Any) -> Iterator[str]:
    """What `describe` translates for one thing."""
    if _first_line(thing):
        yield _first_line(thing)
    for _, _, found in arguments(thing):
        yield from found


def _plain(thing: Any) -> Any:
    """The function behind a primitive."""
    return getattr(thing, "forward", thing) if not isinstance(thing, type) else thing


def _name(thing: Any) -> str:
    return getattr(thing, "__name__", None) or getattr(thing, "name", "")


def module_of(thing: Any) -> str:
    """The module a function, class or primitive was written in."""
    return getattr(_plain(thing), "__module__", "") or ""


def _place(thing: Any) -> str:
    """tensorlearn/layers/core.py:12, so that the reader goes on to the code."""
    try:
        path = inspect.getsourcefile(_plain(thing)) or ""
        line = inspect.getsourcelines(_plain(thing))[1]
    except (TypeError, OSError):
        return ""
    root = Path(__file__).parent.parent
    return (
        f"{Path(path).relative_to(root)}:{line}" if path.startswith(str(root)) else ""
    )

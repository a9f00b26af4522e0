"""Keep the Chinese catalogue in step with the source: `catalogue.py COMMAND`.

extract: add new texts to the .po file with an empty translation, drop unused ones.
compile: write the .mo file from the .po file.
check:   fail if anything is missing, unused, or has other {fields} than the English.

Two kinds of texts are translated: the literals given to `say`, which are read from the
source, and those that objects carry (what arguments mean, first lines of docstrings),
which are asked of the objects.
"""

from __future__ import annotations

import ast
import gettext
import importlib
import io
import pkgutil
import string
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tensorlearn import describe  # noqa: E402
from tensorlearn.__main__ import COMMANDS  # noqa: E402
from tensorlearn.backend.table import LEFT_OUT  # noqa: E402
from tensorlearn.declare.registry import REGISTRIES  # noqa: E402
from tensorlearn.exercises.cli import ACTIONS  # noqa: E402

PACKAGE = ROOT / "tensorlearn"
PO = PACKAGE / "locale" / "zh" / "LC_MESSAGES" / "tensorlearn.po"
MO = PO.with_suffix(".mo")

# Short words that reach `say` through a variable.
WORDS = (
    *("forward", "backward"),
    *("input", "output", "input shape", "output shape", "input mask", "output mask"),
    *("a truth value", "iteration"),
)


# ---- what is to be translated ----


def texts() -> dict[str, str]:
    """Every text that people may see -> the file it is in."""
    found = dict.fromkeys(WORDS, "scripts/catalogue.py")
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        for template in templates(ast.parse(path.read_text(encoding="utf-8"))):
            if template is not None:
                found.setdefault(template, place)
    for text, place in carried():
        found.setdefault(text, place)
    return found


def templates(tree: ast.AST) -> Iterator[str | None]:
    """The literals given to `say`; None for every call that is given something else."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node.func) == "say" and node.args:
            yield from _literals(node.args[0])


def _called(function: ast.expr) -> str:
    return getattr(function, "attr", "") or getattr(function, "id", "")


def _literals(node: ast.expr) -> Iterator[str | None]:
    if isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    else:
        yield None


def carried() -> Iterator[tuple[str, str]]:
    """What objects say of themselves, as `tensorlearn help` shows it, and their files."""
    for module in pkgutil.walk_packages([str(PACKAGE)], "tensorlearn."):
        importlib.import_module(module.name)
    for command in COMMANDS.values():
        for text in (command.purpose, *(o["help"] for o in command.options.values())):
            yield text, "tensorlearn/__main__.py"
    for action in ACTIONS.values():
        for text in (action.purpose, *(o["help"] for o in action.options.values())):
            yield text, "tensorlearn/exercises/cli.py"
    for kind in REGISTRIES:
        yield kind, "tensorlearn/declare/registry.py"
    for reason in LEFT_OUT.values():
        yield reason, "tensorlearn/backend/table.py"
    for thing in describe.everything():
        place = describe.module_of(thing).replace(".", "/")
        for text in describe.texts(thing):
            yield text, f"{place}.py"


def fields(template: str) -> set[tuple[str, str, str]]:
    """The {fields} of a template: name, format and conversion must all agree."""
    return {
        (name, form or "", conversion or "")
        for _, name, form, conversion in string.Formatter().parse(template)
        if name is not None
    }


# ---- the files ----


def compiled() -> dict[str, str]:
    """English -> Chinese, as the library reads it."""
    with MO.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog
    return {english: chinese for english, chinese in catalogue.items() if english}


def written() -> dict[str, str]:
    """English -> Chinese, as translators wrote it; "" where that is still to be done."""
    with PO.open("rb") as file:
        return {m.id: m.string for m in read_po(file, locale="zh") if m.id}


def extract() -> None:
    """Bring the .po file up to date with the source."""
    chinese = written() if PO.exists() else {}
    catalogue = _catalogue()
    for text, place in sorted(texts().items(), key=lambda item: item[::-1]):
        catalogue.add(text, chinese.get(text, ""), locations=[(place, 0)])
    body = io.BytesIO()
    write_po(body, catalogue, width=88, include_lineno=False, omit_header=True)
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_text(HEADER + body.getvalue().decode(), encoding="utf-8")


def compile_() -> None:
    """Write the .mo file."""
    catalogue = _catalogue()
    for english, chinese in sorted(written().items()):
        catalogue.add(english, chinese)
    with MO.open("wb") as file:
        write_mo(file, catalogue)


def _catalogue() -> Catalog:
    day = datetime(2026, 1, 1, tzinfo=UTC)  # always the same, so that files stay equal
    return Catalog("zh", creation_date=day, revision_date=day)


HEADER = """\
# Chinese (Simplified) texts of tensorlearn. The English stands in the source, where
# `scripts/catalogue.py extract` finds it.
msgid ""
msgstr ""
"Language: zh\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""


def problems(chinese: dict[str, str]) -> list[str]:
    """What is wrong with a translation: one line each."""
    wanted = texts()
    missing = [
        f"{place}: no Chinese for {text!r}"
        for text, place in wanted.items()
        if not chinese.get(text)
    ]
    unused = [f"not in the source: {text!r}" for text in chinese if text not in wanted]
    other = [
        f"the {{fields}} differ: {text!r} and {chinese[text]!r}"
        for text in wanted
        if chinese.get(text) and _differ(text, chinese[text])
    ]
    return sorted(missing) + unused + other


def _differ(english: str, chinese: str) -> bool:
    try:
        return fields(english) != fields(chinese)
    except ValueError:  # braces that are no fields, in a text that is never filled in
        return False


def main(arguments: list[str]) -> int:
    """Run one command; 1 if the check fails, 2 if there is no such command."""
    if arguments == ["extract"]:
        extract()
    elif arguments == ["compile"]:
        compile_()
    elif arguments == ["check"]:
        found = problems(written())
        if written() != compiled():
            found.append("the .mo file is not made from the .po file: run compile")
        print(*found, sep="\n", end="\n" if found else "")
        return int(bool(found))
    else:
        print(__doc__)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Every function of Keras 2.2.4's backend has a status, its arguments, and a docstring."""

import inspect
import re
import runpy
from pathlib import Path

import pytest

from tensorlearn import backend as K
from tensorlearn.backend import table

ROOT = Path(__file__).parents[2]
LINES = Path(__file__).with_name("keras_2_2_4.txt").read_text("utf-8").splitlines()
KERAS = {line.partition("(")[0]: line for line in LINES}
OURS = [name for group in table.SUBJECTS.values() for name in group]


def signature(function):
    parts = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            parts.append(f"**{parameter.name}")
        elif parameter.default is parameter.empty:
            parts.append(parameter.name)
        else:
            parts.append(f"{parameter.name}={parameter.default!r}")
    return ", ".join(parts)


def test_every_keras_function_has_a_place_in_the_table():
    assert set(OURS) == set(KERAS)
    assert len(OURS) == len(set(OURS))


def test_exceptions_are_in_the_table():
    assert {*table.LEFT_OUT, *table.DIFFERENT} <= set(OURS)


@pytest.mark.parametrize("name", [n for n in KERAS if n not in table.LEFT_OUT])
def test_arguments_are_those_of_keras(name):
    wanted = re.fullmatch(r"\w+\((.*)\)", KERAS[name]).group(1)
    assert signature(getattr(K, name)) == wanted


@pytest.mark.parametrize("name", OURS)
def test_function_is_public_and_explained(name):
    assert name in K.__all__
    assert inspect.getdoc(getattr(K, name))


@pytest.mark.parametrize("name", table.LEFT_OUT)
def test_left_out_function_names_the_alternative(name):
    with pytest.raises(NotImplementedError, match=rf"K\.{name}: .*use "):
        getattr(K, name)(1, 2)


def test_nothing_else_is_exported():
    assert set(K.__all__) - set(OURS) == {"Function"}


@pytest.mark.parametrize("page", ["backend.md", "backend.zh.md"])
def test_documentation_is_up_to_date(page):
    script = runpy.run_path(str(ROOT / "scripts" / "backend_table.py"))
    written = script["page"]("zh" if ".zh" in page else "en")
    found = (ROOT / "docs" / page).read_text("utf-8")
    assert found == written, "run python scripts/backend_table.py"


@pytest.mark.parametrize("page", ["backend.md", "backend.zh.md"])
def test_example_of_the_documentation_runs(page):
    text = (ROOT / "docs" / page).read_text("utf-8")
    names = {}
    for block in re.findall(r"```python\n(.*?)```", text, re.S):
        exec(block, names)
    assert "saliency" in names

"""What messages are made of: templates, hints, and the language they come in."""

import os
import subprocess
import sys

import pytest

from tensorlearn.wording import LANGUAGES, language, say, set_language, suggest


def test_say_fills_in_the_fields():
    assert say("{owner}: {value!r}", owner="Dense", value="a") == "Dense: 'a'"


def test_say_leaves_braces_in_values_alone():
    assert say("got {value}", value="{x}") == "got {x}"


def test_an_unknown_template_is_said_in_english():
    set_language("zh")
    assert say("no such sentence in any catalogue, {n}", n=3).endswith(", 3")


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("sam", ["same", "valid"], "; did you mean 'same'?"),
        ("kernl_size", ["kernel_size", "filters"], "; did you mean 'kernel_size'?"),
        ("xyz", ["b", "a"], "; known: a, b"),
        (3, ["a"], "; known: a"),
        ("xyz", [], ""),
        ("xyz", [f"name{i}" for i in range(50)], ""),
    ],
)
def test_suggest(name, known, hint):
    assert suggest(name, known) == hint


@pytest.mark.parametrize(
    ("code", "chosen"),
    [("zh", "zh"), ("en", "en"), ("zh_CN", "zh"), ("zh-Hans", "zh"), ("EN", "en")],
)
def test_set_language(code, chosen):
    set_language(code)
    assert language() == chosen


@pytest.mark.parametrize("code", ["fr", "", None, 3])
def test_set_language_refuses_others(code):
    with pytest.raises(
        ValueError, match=r"set_language: `code` must be .* en, zh, got"
    ):
        set_language(code)
    assert language() == "en"


@pytest.mark.parametrize(
    ("setting", "chosen"),
    [("zh", "zh"), ("zh_CN.UTF-8", "zh"), ("en", "en"), ("fr", "en"), ("", "en")],
)
def test_the_environment_chooses_the_language(setting, chosen):
    script = "from tensorlearn.wording import language; print(language())"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "TENSORLEARN_LANG": setting},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == chosen


def test_there_are_two_languages():
    assert LANGUAGES == ("en", "zh")

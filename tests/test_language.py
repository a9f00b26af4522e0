"""Both languages say the same: nothing is missing, unused, or filled in otherwise."""

import re

import numpy as np
import pytest

from scripts import catalogue
from tensorlearn import describe, layers, models
from tensorlearn.wording import language, say, set_language, suggest


def test_every_text_has_a_chinese_translation_with_the_same_fields():
    assert catalogue.problems(catalogue.written()) == []


def test_compiled_catalogue_is_the_written_one():
    assert catalogue.compiled() == catalogue.written()


def test_extracting_again_changes_nothing(tmp_path, monkeypatch):
    copy, kept = tmp_path / "tensorlearn.po", catalogue.written()
    before = catalogue.PO.read_text("utf-8")
    monkeypatch.setattr(catalogue, "written", lambda: kept)
    monkeypatch.setattr(catalogue, "PO", copy)
    copy.touch()
    catalogue.extract()
    assert copy.read_text("utf-8") == before, "run scripts/catalogue.py extract"


def test_translations_are_chinese():
    """A formula may stay what it is; a sentence may not."""
    for english, chinese in catalogue.compiled().items():
        words = re.sub(r"`[^`]*`|\{[^}]*\}|'[^']*'", "", english)
        if re.search(r"\b(the|of|is|are|must|with|to|for|and|or|in)\b", words):
            assert re.search(r"[\u4e00-\u9fff]", chinese), english


def test_what_fields_say_needs_no_filling_in_but_the_weight():
    for thing in describe.everything():
        for field in (getattr(thing, "fields", None) or {}).values():
            assert catalogue.fields(field.doc) <= {("weight", "", "")}, thing
            assert not catalogue.fields(field.wanted), thing


# ---- what people see ----

MISTAKES = {
    "a negative number of units": lambda: layers.Dense(-1),
    "a misspelt argument": lambda: layers.Dense(3, activaton="relu"),
    "an unknown activation": lambda: layers.Dense(3, activation="rellu"),
    "a missing argument": lambda: layers.Dense(),
    "fit before compile": lambda: _small().fit(np.ones((2, 3)), np.ones((2, 1))),
    "features that do not fit": lambda: _small().layers[0](np.ones((2, 5))),
}


def _small():
    return models.Sequential([layers.Dense(1, input_shape=(3,))])


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_errors_speak_the_chosen_language(mistake):
    said = {}
    for code in ("en", "zh"):
        set_language(code)
        with pytest.raises((TypeError, ValueError, RuntimeError)) as caught:
            mistake()
        said[code] = str(caught.value)
    assert not re.search(r"[\u4e00-\u9fff]", said["en"])
    assert re.search(r"[\u4e00-\u9fff]", said["zh"])
    assert not re.search(r"\{\w+\}", said["en"] + said["zh"])


def test_suggestions_speak_it_too():
    set_language("zh")
    assert suggest("sam", ["same", "valid"]) == "（您是不是想写 'same'？）"


@pytest.mark.parametrize("code", ["zh", "zh_CN", "zh-Hans", "ZH"])
def test_set_language_understands_locale_names(code):
    set_language(code)
    assert language() == "zh"


def test_set_language_refuses_what_it_does_not_speak():
    with pytest.raises(ValueError, match="`code` must be one of en, zh, got 'fr'"):
        set_language("fr")


def test_a_text_without_translation_stays_english():
    set_language("zh")
    assert say("no such text: {n}", n=1) == "no such text: 1"

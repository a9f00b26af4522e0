"""What the README promises works, and both languages promise the same."""

import re
from pathlib import Path

import numpy as np
import pytest

from tensorlearn import demo

ROOT = Path(__file__).parents[1]
ENGLISH, CHINESE = (
    (ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh.md")
)


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


@pytest.mark.parametrize("language", ["bash", "python"])
def test_both_languages_show_the_same_code(language):
    assert blocks(ENGLISH, language)
    assert blocks(ENGLISH, language) == blocks(CHINESE, language)


def test_both_languages_have_the_same_parts():
    for part in (r"^## ", r"^\d\. ", r"^\| \[", r"^!\["):
        found = [len(re.findall(part, text, re.M)) for text in (ENGLISH, CHINESE)]
        assert found[0] == found[1] > 0, part


@pytest.mark.parametrize("text", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_links_lead_to_files(text):
    targets = re.findall(r"\]\((?!https?:)([^)]+)\)", text)
    assert targets
    assert [t for t in targets if not (ROOT / t).exists()] == []


def test_example_is_at_most_twenty_lines_of_the_demo_network():
    example = blocks(ENGLISH, "python")[0]
    assert len(example.strip().splitlines()) <= 20
    names: dict = {}
    exec(without_training(example), names)
    shown, shipped = names["model"], demo.network()
    assert [w.shape for w in shown.weights] == [w.shape for w in shipped.weights]
    assert shown.optimizer.get_config() == shipped.optimizer.get_config()


def without_training(example):
    return example.replace("epochs=40", "epochs=1, verbose=0")


def test_example_learns(capsys):
    exec(without_training(blocks(ENGLISH, "python")[0]), {})
    assert float(re.search(r"accuracy ([\d.]+)", capsys.readouterr().out)[1]) > 0.8


def test_second_example_prints_what_it_says(capsys):
    exec(blocks(ENGLISH, "python")[1], {})
    assert capsys.readouterr().out == "[ 6. 12. 18.]\n"


def test_third_example_shows_findings_numbers_and_slopes(capsys):
    exec(blocks(ENGLISH, "python")[2], {})
    shown = capsys.readouterr().out
    assert "softmax" in shown
    assert "g(w) (2,) = [104, 156]" in shown


def test_picture_is_small():
    picture = ROOT / "docs" / "assets" / "digits.png"
    assert 10_000 < picture.stat().st_size < 120_000


def test_english_readme_has_no_forgotten_chinese():
    assert set(re.findall(r"[\u4e00-\u9fff]+", ENGLISH)) == {"中文"}
    assert np.mean(["\u4e00" <= c <= "\u9fff" for c in CHINESE]) > 0.2

"""The command line: what it says, in both languages, and how it ends."""

import re
import subprocess
import sys

import pytest

import tensorlearn
from tensorlearn import demo
from tensorlearn.__main__ import COMMANDS, main


def test_version_is_printed(capsys):
    assert main(["version"]) == 0
    assert capsys.readouterr().out == f"tensorlearn {tensorlearn.__version__}\n"


def test_nothing_shows_the_commands(capsys):
    assert main([]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in COMMANDS)


@pytest.mark.parametrize("words", [["--help"], ["demo", "-h"]])
def test_help_of_the_command_line_is_no_failure(words, capsys):
    assert main(words) == 0
    assert capsys.readouterr().out.startswith("usage: tensorlearn")


@pytest.mark.parametrize("words", [["--lang=zh", "--help"], ["--help", "--lang", "zh"]])
def test_language_may_stand_anywhere(words, capsys):
    assert main(words) == 0
    assert "看一个网络学会识别手写数字" in capsys.readouterr().out


def test_unknown_command_gets_a_suggestion(capsys):
    assert main(["dmeo"]) == 2
    assert "no command 'dmeo'; did you mean 'demo'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["demo", "--epochs", "0"], "must be an integer ≥ 1, got '0'"),
        (["demo", "--seed", "x"], "must be an integer ≥ 0, got 'x'"),
        (["version", "--lang", "fr"], "'fr'"),
        (["demo", "--epoch-count", "3"], "--epoch-count"),
    ],
)
def test_bad_options_are_refused(words, complaint, capsys):
    assert main(words) == 2
    assert complaint in capsys.readouterr().err


def test_complaints_are_in_the_chosen_language(capsys):
    assert main(["demo", "--epochs", "0", "--lang", "zh"]) == 2
    assert "必须是不小于 1 的整数" in capsys.readouterr().err


def test_help_explains_a_name(capsys):
    assert main(["help", "Dense"]) == 0
    assert capsys.readouterr().out.startswith("Dense(units, ")


def test_help_without_a_name_lists_all(capsys):
    assert main(["help"]) == 0
    assert re.search(r"\blayer: .*Dense", capsys.readouterr().out, re.S)


def test_help_of_an_unknown_name_fails_with_a_suggestion(capsys):
    assert main(["help", "Densse"]) == 1
    assert "did you mean 'Dense'" in capsys.readouterr().err


def test_interrupting_ends_with_130(monkeypatch, capsys):
    def interrupted(**options):
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "run", interrupted)
    assert main(["demo"]) == 130


def test_python_dash_m_works():
    done = subprocess.run(
        [sys.executable, "-m", "tensorlearn", "version"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == f"tensorlearn {tensorlearn.__version__}\n"


# ---- the demo ----


def test_demo_tells_what_it_does(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    picture = tmp_path / "new" / "digits.png"
    assert main(["demo", "--epochs", "1", "--output", str(picture)]) == 0
    text = capsys.readouterr().out
    for part in (
        "Layer (type)",
        "Total params",
        "1438 handwritten digits",
        "Epoch 1/1",
    ):
        assert part in text
    assert "1438/1438 [==============================]" in text
    assert re.search(r"reads \d+ of 359 digits .* test accuracy 0\.\d{4}\.", text)
    assert text.endswith(f"The picture is in {picture}.\n")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_demo_without_matplotlib_says_how_to_get_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert main(["demo", "--epochs", "1", "--lang", "zh"]) == 0
    assert "pip install 'tensorlearn[plot]'" in capsys.readouterr().out


def test_demo_repeats_bit_for_bit(tmp_path, capsys):
    runs = [demo.run(epochs=2, seed=5, output=str(tmp_path / "d.png")) for _ in "ab"]
    assert runs[0] == runs[1]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_demo_reaches_97_percent(seed, tmp_path, capsys):
    assert demo.run(seed=seed, output=str(tmp_path / "digits.png")) >= 0.97

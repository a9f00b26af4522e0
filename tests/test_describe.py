"""Help is complete, in both languages, and leads to the source."""

import re

import pytest

from tensorlearn import describe, layers, wording
from tensorlearn.declare.registry import REGISTRIES


def test_help_shows_call_purpose_and_arguments():
    text = describe.describe(layers.Dense)
    assert text.startswith("Dense(units, ")
    assert "activation(x @ kernel + bias)" in text
    words = " ".join(text.split())
    assert "units size of the last axis of the output (a positive integer)" in words
    assert re.search(r"^  kernel_initializer='glorot_uniform'", text, re.M)
    assert "how `kernel` starts (initializer)" in words
    assert re.search(r"^Source: tensorlearn/layers/core.py:\d+$", text, re.M)


def test_help_explains_arguments_in_the_order_of_the_call():
    text = describe.describe(layers.LocallyConnected1D).partition("Arguments")[2]
    assert text.index("filters") < text.index("kernel_size") < text.index("strides=1")


def test_help_speaks_chinese():
    wording.set_language("zh")
    assert "输出最后一个轴的长度（正整数）" in describe.describe("Dense")


def test_help_accepts_classes_names_and_objects():
    assert (
        describe.describe(layers.Dense)
        == describe.describe("Dense")
        == describe.describe("dense")
        == describe.describe(layers.Dense(1))
    )


def test_help_prints(capsys):
    describe.help("Dense")
    assert capsys.readouterr().out == describe.describe("Dense") + "\n"


def test_help_suggests_when_nothing_has_that_name():
    with pytest.raises(
        ValueError, match="nothing is called 'Densse'; did you mean 'Dense'"
    ):
        describe.describe("Densse")


def test_a_name_of_two_things_explains_both():
    assert len(describe.find("softmax")) == 2


@pytest.mark.parametrize("kind", REGISTRIES)
def test_everything_registered_has_a_page(kind):
    for name, thing in REGISTRIES[kind].known.items():
        first, _, rest = describe.describe(thing).partition("\n")
        assert "(" in first, name
        assert rest.strip(), f"{name} has no docstring"


def test_index_lists_every_kind():
    text = describe.index()
    assert "Dense" in text
    assert all(table.kind in text for table in REGISTRIES.values() if table.known)

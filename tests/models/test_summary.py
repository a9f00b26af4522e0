"""The summary's table: the layout of Keras 2.2.4, aligned whatever the names."""

import unicodedata

import pytest

from tensorlearn import layers
from tensorlearn.models.model import Model
from tensorlearn.models.sequential import Sequential


def lines(model, **options):
    found = []
    model.summary(print_fn=found.append, **options)
    return found


def stack(name="dense"):
    return Sequential(
        [
            layers.Dense(32, input_shape=(784,), name=name),
            layers.Activation("relu", name="relu"),
            layers.Dense(10, name="out", trainable=False),
        ]
    )


def branches():
    a = layers.Input((4,), name="a")
    left = layers.Dense(3, name="left")(a)
    right = layers.Dense(3, name="right")(a)
    return Model(a, layers.Add(name="sum")([left, right]))


def cells(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def test_stack_has_the_layout_of_keras():
    assert lines(stack()) == [
        "_" * 65,
        "Layer (type)                 Output Shape              Param #   ",
        "=" * 65,
        "dense (Dense)                (None, 32)                25120     ",
        "_" * 65,
        "relu (Activation)            (None, 32)                0         ",
        "_" * 65,
        "out (Dense)                  (None, 10)                330       ",
        "=" * 65,
        "Total params: 25,450",
        "Trainable params: 25,120",
        "Non-trainable params: 330",
        "_" * 65,
    ]


def test_graph_shows_connections():
    found = lines(branches())
    assert all(len(line) == 98 for line in found[:3])
    assert found[1].split() == ["Layer", "(type)", "Output", "Shape", "Param", "#",
                                "Connected", "to"]  # fmt: skip
    rows = [line.rstrip() for line in found]
    assert any(
        row.startswith("left (Dense)") and row.endswith("a[0][0]") for row in rows
    )
    total = next(i for i, row in enumerate(rows) if row.startswith("sum (Add)"))
    assert rows[total].endswith("left[0][0]")
    assert rows[total + 1].strip() == "right[0][0]"


def test_chain_of_calls_is_shown_as_a_stack():
    a = layers.Input((4,), name="a")
    found = lines(Model(a, layers.Dense(2, name="out")(a)))
    assert found[0] == "_" * 65
    assert found[3].split() == ["a", "(InputLayer)", "(None,", "4)", "0"]


def test_shared_layer_counts_once():
    a = layers.Input((4,), name="a")
    shared = layers.Dense(4, name="shared")
    found = lines(Model(a, shared(shared(a))))
    assert "Total params: 20" in found


@pytest.mark.parametrize(
    "name", ["第一层", "全连接层的名字非常非常非常长而且还要更长", "é" * 40]
)
def test_wide_names_are_aligned(name):
    found = lines(stack(name))
    assert {cells(line) for line in found[:9]} == {65}


def test_line_length_and_positions_can_be_chosen():
    found = lines(stack(), line_length=40, positions=[20, 30, 40])
    assert {len(line) for line in found[:9]} == {40}


def test_model_without_weights_explains_itself():
    with pytest.raises(
        ValueError, match="Sequential 'late': summary needs the weights"
    ):
        Sequential([layers.Dense(2)], name="late").summary()


def test_summary_is_printed(capsys):
    assert stack().summary() is None
    assert capsys.readouterr().out.count("\n") == 13

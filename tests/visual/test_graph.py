"""Pictures of graphs: complete, well formed, and nothing on top of anything else."""

import xml.etree.ElementTree as ElementTree
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorlearn import losses, ops
from tensorlearn.autograd import Tensor
from tensorlearn.layers import BatchNormalization, Dense
from tensorlearn.models import Sequential
from tensorlearn.visual import Picture
from tensorlearn.visual.layout import place, rows_of
from tensorlearn.visual.picture import KINDS, Arrow, Box

SVG = "{http://www.w3.org/2000/svg}"


def leaf_of(values):
    return Tensor(np.array(values, "float64"), requires_grad=True)


def texts(svg):
    return [e.text for e in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def frames(svg):
    keys = ("x", "y", "width", "height")
    return [
        tuple(float(e.get(key)) for key in keys)
        for e in ElementTree.fromstring(svg).iter(f"{SVG}rect")
    ]


def overlap(a, b):
    return (
        a[0] < b[0] + b[2] and b[0] < a[0] + a[2]
        and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]
    )  # fmt: skip


def loss_of_a_model():
    model = Sequential(
        [Dense(8, activation="relu", input_shape=(5,)), BatchNormalization(), Dense(3)]
    )
    return losses.mse(np.zeros((4, 3)), model(np.ones((4, 5)))).mean()


def test_leaves_operations_and_shapes_are_shown():
    x, w = leaf_of(np.ones((2, 3))), leaf_of(np.ones((3, 4)))
    picture = (x @ w).sum().graph(x=x, w=w)
    assert {box.kind for box in picture.boxes} == {"leaf", "operation", "result"}
    shown = texts(picture.svg())
    for text in ("x", "w", "matmul", "2×3", "3×4", "2×4", "loss = reduce_sum", "24"):
        assert text in shown
    assert str(picture) == picture.mermaid()
    assert '-->|"2×3"|' in str(picture)


def test_parameters_are_marked_and_named():
    picture = loss_of_a_model().graph()
    names = {box.lines[0] for box in picture.boxes if box.kind == "parameter"}
    assert len(names) == 6
    assert any(name.endswith(".kernel") for name in names)


def test_a_value_used_twice_has_two_arrows():
    x = leaf_of([1.0, 2.0])
    picture = (x * x).sum().graph(x=x)
    assert len([a for a in picture.arrows if a.text == ""]) == 1  # named once
    assert len(picture.arrows) == 3


def test_gradients_are_shown_and_left_alone():
    x = leaf_of([3.0, 4.0])
    picture = (x * x).sum().graph(x=x, gradients=True)
    assert "‖g‖ 10" in texts(picture.svg())
    assert x.grad is None


def test_constants_and_numbers_are_shown():
    x = leaf_of([1.0, 2.0])
    picture = ops.power(x * np.array([3.0, 4.0]), 3).sum().graph(x=x)
    assert "constant" in texts(picture.svg())
    assert ["power", "3"] in [box.lines for box in picture.boxes]


def test_large_graphs_are_cut_and_counted():
    y = x = leaf_of([1.0])
    for _ in range(5000):
        y = y + x
    picture = y.sum().graph(limit=10)
    (more,) = [box for box in picture.boxes if box.kind == "more"]
    assert more.lines == ["4991 more operations, 0 more leaves"]
    assert len(picture.boxes) == 12
    picture.svg()


def test_several_outputs_come_from_one_box():
    x = leaf_of([[1.0, 2.0, 3.0]])
    a, b = ops.split(x, [1, 2], axis=1)
    picture = (a.sum() * b.sum()).graph(x=x, gradients=True)
    assert [box.lines[0] for box in picture.boxes].count("split") == 1


# ---- drawing ----


@pytest.mark.parametrize("rankdir", ["TB", "LR"])
def test_boxes_lie_within_the_picture_and_apart(rankdir):
    svg = loss_of_a_model().graph(rankdir=rankdir).svg()
    root = ElementTree.fromstring(svg)
    left, top, wide, high = map(float, root.get("viewBox").split())
    for x, y, w, h in frames(svg):
        assert left <= x <= x + w <= left + wide
        assert top <= y <= y + h <= top + high
    assert not any(overlap(a, b) for a, b in combinations(frames(svg), 2))


graphs = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=16
)


@given(graphs, st.sampled_from(["TB", "LR"]))
def test_any_graph_can_be_drawn(pairs, rankdir):
    keys = sorted({key for pair in pairs for key in pair})
    boxes = [Box(f"n{k}", [f"box {k}"] * (1 + k % 3), list(KINDS)[k % 7]) for k in keys]
    arrows = [Arrow(f"n{a}", f"n{b}", "×" * (b % 3)) for a, b in pairs]
    svg = Picture(boxes, arrows, rankdir).svg()
    assert len(frames(svg)) == len(boxes)
    assert "nan" not in svg
    assert not any(overlap(a, b) for a, b in combinations(frames(svg), 2))


def test_sources_stand_just_above_what_they_feed():
    assert rows_of("abdc", [("a", "b"), ("b", "c"), ("d", "c")]) == {
        "a": 0, "b": 1, "c": 2, "d": 1,
    }  # fmt: skip


def test_crossings_are_undone():
    rows = [["a", "b"], ["c", "d"]]
    found = place(rows, [("a", "d"), ("b", "c")], dict.fromkeys("abcd", 10.0), 5.0)
    assert (found["a"] < found["b"]) == (found["d"] < found["c"])


def test_a_chain_is_straight():
    found = place([["a"], ["b"], ["c"]], [("a", "b"), ("b", "c")],
                  {"a": 10.0, "b": 30.0, "c": 20.0}, 5.0)  # fmt: skip
    assert len(set(found.values())) == 1


def test_text_is_escaped_in_every_language():
    picture = Picture([Box("a", ['<&"|\\'])], [])
    assert texts(picture.svg()) == ['<&"|\\']
    assert "&lt;&amp;#quot;#124;" in picture.mermaid()
    assert r"<&\"|\\" in picture.to_string()


def test_files_go_by_their_ending(tmp_path):
    picture = Picture([Box("a", ["甲"]), Box("b", ["乙"])], [Arrow("a", "b", "丙")])
    for name, start in (("p.svg", "<svg"), ("p.mmd", "flowchart"), ("p.dot", "digraph"),
                        ("p.md", "```mermaid")):  # fmt: skip
        picture.write(tmp_path / name)
        text = (tmp_path / name).read_text("utf-8")
        assert text.startswith(start)
        assert all(word in text for word in "甲乙丙")

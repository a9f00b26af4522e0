"""The formulas that explanations show say what the pullbacks do."""

import re

import numpy as np
import pytest

from tensorlearn.autograd import PRIMITIVES
from tensorlearn.visual.formulas import (
    ELEMENTWISE,
    FORMULAS,
    filled,
    formula,
    latex,
    letters_of,
)

TYPED = [
    ("·", "*"),
    ("²", "**2"),
    ("^", "**"),
    ("√(", "sqrt("),
    ("≥", ">="),
    ("≤", "<="),
]
TYPED += [
    (" mod ", " % "),
    ("π", "pi"),
    ("x = y", "x == y"),
    ("bᵀ", "b.T"),
    ("aᵀ", "a.T"),
]
ABOVE_ONE = {"arccosh": 1.5}
SUMS = [
    *("reduce_sum", "reduce_mean", "reduce_max", "reduce_min", "logsumexp", "cumsum"),
    *("softmax", "log_softmax", "softmax_crossentropy", "crossentropy"),
    *("two_sided_crossentropy", "matmul"),
]
rng = np.random.default_rng(0)


def evaluated(text, **values):
    """The value of a formula, written for people, at these points."""
    text = re.sub(r"\[([^\]]+)\]", r"holds(\1)", text)
    for sign, typed in TYPED:
        text = text.replace(sign, typed)
    known = {name: getattr(np, name) for name in dir(np) if not name.startswith("_")}
    known |= {"max": np.maximum, "min": np.minimum, "cast": lambda v: v, "sum": np.sum}
    known |= {
        "sigmoid": lambda v: 1 / (1 + np.exp(-v)),
        "ties": 1,
        "repeat": lambda v: v,
    }
    known |= {"erf": PRIMITIVES["erf"].forward, "holds": lambda v: np.asarray(v) * 1.0}
    known |= {"softmax": PRIMITIVES["softmax"].forward}
    if "x" in values and len(np.shape(values["y"])) == 0:
        known |= {"max": np.max, "min": np.min}
    return eval(text, known, values)  # our own table


def points_of(name, count):
    points = [
        rng.uniform(0.2, 0.8, (3,)) + ABOVE_ONE.get(name, 0.0) for _ in range(count)
    ]
    if name in ("where", "clip"):
        points[0] = (
            np.array([1, 0, 1]) if name == "where" else np.array([0.1, 0.5, 0.95])
        )
        points[1:] = [np.full(3, 0.3), np.full(3, 0.7)]
    if name == "matmul":
        points = [rng.normal(size=(2, 3)), rng.normal(size=(3, 4))]
    return points


@pytest.mark.parametrize("name", [*ELEMENTWISE, *SUMS])
def test_formulas_compute_what_the_primitive_computes(name):
    primitive, row = PRIMITIVES[name], FORMULAS[name]
    points = points_of(name, len(row.back))
    params = {"dtype": "float64"} if name == "cast" else {}
    y = primitive.forward(*points, **params)
    g = rng.normal(size=np.shape(y))
    values = dict(zip(letters_of(len(points)), points, strict=True))
    values |= {"y": y, "g": g, "n": points[0].size}
    np.testing.assert_allclose(evaluated(row.forward, **values), y, rtol=1e-12)
    for i, back in enumerate(row.back):
        rule = primitive.pullbacks[i] if i < len(primitive.pullbacks) else None
        assert bool(back) == bool(rule)
        if back:
            found = np.broadcast_to(evaluated(back, **values), points[i].shape)
            np.testing.assert_allclose(
                found, rule(g, np.asarray(y), *points, **params), rtol=1e-6, atol=1e-12
            )


def test_every_pullback_has_a_formula():
    for name, primitive in PRIMITIVES.items():
        if primitive.pullbacks and hasattr(primitive.forward, "__module__"):
            place = primitive.forward.__module__
            if place == "numpy" or place.startswith("tensorlearn.ops"):
                assert name in FORMULAS, name
                assert len(FORMULAS[name].back) >= len(primitive.pullbacks), name


def test_unknown_primitives_are_named():
    assert formula("mystery", 2).forward == "mystery(a, b)"
    assert formula("mystery", 1).back == ("mystery'(g)",)


def test_names_stand_in_for_letters():
    names = {"a": "left.kernel", "g": "g(v1)", "b": "b2"}
    assert filled("g @ bᵀ + a²", names) == "g(v1) @ b2ᵀ + left.kernel²"


@pytest.mark.parametrize("name", FORMULAS)
def test_latex_has_no_sign_left_over(name):
    for text in (FORMULAS[name].forward, *FORMULAS[name].back):
        made = latex(text, {"g": r"\bar{y}"})
        assert made.isascii()
        assert made.count("{") == made.count("}")


def test_roots_take_their_brackets_along():
    assert latex("g / √(1 - x²)", {"x": "w"}) == r"g / \sqrt{1 - w^2}"

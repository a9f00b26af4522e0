"""Where every operation is defined and smooth, and what NumPy says it is.

One entry per registered primitive and per public function of `tensorlearn.ops`; all tests
of `test_ops.py` run over this table, and it fails if an operation is missing here.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tensorlearn import ops
from tensorlearn.autograd import PRIMITIVES
from tests.ops.strategies import (
    Case,
    away,
    axis_of,
    booleans,
    broadcasting,
    cases,
    distinct,
    near_halves,
    near_integers,
    reductions,
    several,
    shapes,
    uniform,
)


@dataclass(frozen=True)
class Domain:
    """How to call an operation, and what to expect of it.

    reference: the same in NumPy, for float64 arrays. function: by default the operation
    of this name. edges: cases that must be among the examples. smooth: whether it has a
    gradient. mixes: whether operands of several kinds meet, so that constants adopt the
    precision of Tensors; weak: Python numbers, too. rtol: for float32.
    """

    name: str
    reference: Callable[..., Any]
    cases: Any
    function: Callable[..., Any]
    edges: tuple[Case, ...] = ()
    smooth: bool = True
    mixes: bool = False
    weak: bool = True
    rtol: float = 2e-5


DOMAINS: list[Domain] = []


def domain(name, reference, where, *, function=None, **options):
    """Add an entry to the table."""
    function = function or getattr(ops, name, None) or PRIMITIVES[name]
    DOMAINS.append(Domain(name, reference, where, function, **options))


def filled(shape, value=0.7):
    """A small deterministic array for the edges."""
    return np.linspace(value, value + 0.05, math.prod(shape)).reshape(shape)


# ---- elementwise ----


def unary(name, reference, numbers, at=0.7, **options):
    """One input of any shape; `at` is a point that the edges may use."""
    edges = tuple(Case((filled(s, at),)) for s in [(), (0,), (2, 0, 3)])
    domain(name, reference, cases(numbers, shapes()), edges=edges, **options)


def binary(name, reference, first, second, at=(0.7, 0.9), **options):
    """Two inputs that broadcast."""
    pairs = [((), ()), ((), (3,)), ((2, 3), ()), ((0,), ()), ((1, 3), (2, 0, 1, 1))]
    edges = tuple(Case((filled(s, at[0]), filled(t, at[1]))) for s, t in pairs)
    domain(
        name, reference, broadcasting(first, second), edges=edges, mixes=True, **options
    )


binary("add", np.add, uniform(), uniform())
binary("subtract", np.subtract, uniform(), uniform())
binary("multiply", np.multiply, uniform(), uniform())
binary("divide", np.divide, uniform(), away())
binary("remainder", np.remainder, near_integers(0.5), uniform(0.98, 1.02), (0.5, 1.0))
binary("power", np.power, uniform(0.3, 2), uniform())
binary("maximum", np.maximum, near_halves(0.0), near_halves(0.25))
binary("minimum", np.minimum, near_halves(0.0), near_halves(0.25))
binary("gated", lambda g, y: g * (y > 0), uniform(), away())
binary("logaddexp", np.logaddexp, uniform(), uniform())
binary("arctan2", np.arctan2, away(), away())

unary("negative", np.negative, uniform())
unary("reciprocal", np.reciprocal, away())
unary("square", np.square, uniform())
unary("sqrt", np.sqrt, uniform(0.2, 3))
unary("exp", np.exp, uniform())
unary("expm1", np.expm1, uniform())
unary("log", np.log, uniform(0.2, 3))
unary("log1p", np.log1p, uniform(-0.7, 2))
unary("log2", np.log2, uniform(0.2, 3))
unary("log10", np.log10, uniform(0.2, 3))
unary("sin", np.sin, uniform())
unary("cos", np.cos, uniform())
unary("tan", np.tan, uniform(-1, 1))
unary("arcsin", np.arcsin, uniform(-0.8, 0.8))
unary("arccos", np.arccos, uniform(-0.8, 0.8))
unary("arctan", np.arctan, uniform())
unary("sinh", np.sinh, uniform())
unary("cosh", np.cosh, uniform())
unary("tanh", np.tanh, uniform())
unary("arcsinh", np.arcsinh, uniform())
unary("arccosh", np.arccosh, uniform(1.3, 3), at=1.7)
unary("arctanh", np.arctanh, uniform(-0.8, 0.8))
unary("abs", np.abs, away())
unary("sign", np.sign, away())
unary("floor", np.floor, near_integers(0.5), at=0.4)
unary("ceil", np.ceil, near_integers(0.5), at=0.4)
unary("round", np.rint, near_integers(0.2), at=0.2)
unary("relu", lambda x: np.maximum(x, 0), away())
unary("sigmoid", lambda x: 1 / (1 + np.exp(-x)), uniform(-4, 4))
unary("softplus", lambda x: np.log(1 + np.exp(x)), uniform(-4, 4))
unary("erf", np.vectorize(math.erf, otypes=[float]), uniform(-3, 3))
domain(
    "where",
    np.where,
    broadcasting(booleans, uniform(), uniform()),
    edges=(
        Case((np.array(True), np.array(0.3), np.array(0.5))),
        Case((np.ones((2, 1), bool), filled((0,)), np.array(0.5))),
    ),
    mixes=True,
)
domain(
    "clip",
    lambda x, low, high: np.minimum(np.maximum(x, low), high),
    broadcasting(near_halves(0.0), uniform(-0.8, -0.7), uniform(0.7, 0.8)),
    edges=(Case((np.array(0.5), np.array(-1.0), np.array(1.0))),),
    mixes=True,
    weak=False,
)
domain(
    "cast",
    np.array,
    cases(uniform(), shapes()),
    function=lambda x: ops.cast(x, dtype=x.dtype.name),
)


def question(name, reference, *numbers):
    """A comparison or test: no gradient, arrays in return."""
    domain(name, reference, broadcasting(*numbers), smooth=False)


for compare in ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"):
    question(compare, getattr(np, compare), near_integers(0, 0), near_integers(0, 0))
question("logical_and", np.logical_and, booleans, booleans)
question("logical_or", np.logical_or, booleans, booleans)
question("logical_not", np.logical_not, booleans)
question("isnan", np.isnan, uniform())
question("isfinite", np.isfinite, uniform())

# ---- reductions ----


def reduction(name, reference, numbers=uniform(), min_side=1, **options):  # noqa: B008
    """Over one axis, several or all."""
    edges = [
        Case((np.array(0.7),), {"axis": None, "keepdims": k}) for k in (True, False)
    ]
    edges += [Case((filled((2, 3)),), {"axis": (), "keepdims": False})]
    if min_side == 0:
        edges += [
            Case((np.zeros((2, 0, 3)),), {"axis": a, "keepdims": False})
            for a in (None, 1, (0, 2))
        ]
    inputs = cases(numbers, shapes(min_side=min_side), reductions)
    domain(name, reference, inputs, edges=tuple(edges), **options)


def numpy_axis(function, **fixed):
    """A reduction of NumPy that accepts lists of axes."""

    def reference(x, axis, keepdims, **params):
        axis = tuple(axis) if isinstance(axis, list) else axis
        return function(x, axis=axis, keepdims=keepdims, **params, **fixed)

    return reference


def log_sum_exp(x, axis, keepdims):
    return np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))


def length(x, axis, keepdims):
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


reduction("reduce_sum", numpy_axis(np.sum), min_side=0)
reduction("reduce_mean", numpy_axis(np.mean))
reduction("reduce_prod", numpy_axis(np.prod), min_side=0)
reduction("reduce_max", numpy_axis(np.max), distinct)
reduction("reduce_min", numpy_axis(np.min), distinct)
reduction("reduce_var", numpy_axis(np.var), rtol=2e-4)
reduction("logsumexp", numpy_axis(log_sum_exp))
reduction("norm", numpy_axis(length), away())
domain(
    "reduce_std",
    np.std,
    cases(distinct, shapes(min_dims=1, min_side=2), lambda s: st.just({"axis": -1})),
    rtol=2e-4,
)
for counted in ("any", "all"):
    domain(
        f"reduce_{counted}",
        numpy_axis(getattr(np, counted)),
        cases(booleans, shapes(), reductions),
        smooth=False,
    )
for counted in ("argmax", "argmin"):
    domain(
        counted,
        getattr(np, counted),
        cases(
            near_integers(0, 0),
            shapes(min_dims=1, min_side=1),
            lambda s: st.fixed_dictionaries(
                {"axis": st.one_of(st.none(), axis_of(s)), "keepdims": st.booleans()}
            ),
        ),
        smooth=False,
    )


def along_axis(s):
    return st.fixed_dictionaries({"axis": axis_of(s)})


lines = shapes(min_dims=1)
some_lines = shapes(min_dims=1, min_side=1)
domain("cumsum", np.cumsum, cases(uniform(), lines, along_axis))
domain("cumprod", np.cumprod, cases(uniform(), lines, along_axis))
domain("sort", np.sort, cases(distinct, lines, along_axis))


def softmax(x, axis):
    return np.exp(x) / np.sum(np.exp(x), axis=axis, keepdims=True)


domain("softmax", softmax, cases(uniform(), some_lines, along_axis))
domain(
    "log_softmax",
    lambda x, axis: np.log(softmax(x, axis)),
    cases(uniform(), some_lines, along_axis),
)
domain(
    "l2_normalize",
    lambda x, axis: x / length(x, axis, True),
    cases(away(), some_lines, along_axis),
)

# ---- shapes ----


def regrouped(shape):
    """Other shapes of as many elements."""
    size = math.prod(shape)
    options = [(size,), (1, size), (size, 1, 1), shape[::-1]]
    if size:
        options += [(-1,), (1, -1)]
    return st.fixed_dictionaries({"shape": st.sampled_from(options)})


def orders(shape):
    """None, or the axes in some order, counted from either end."""
    n = len(shape)
    turned = st.permutations(range(n)).map(tuple)
    negative = turned.map(lambda axes: tuple(a - n for a in axes))
    return st.fixed_dictionaries({"axes": st.one_of(st.none(), turned, negative)})


def widened(shape):
    """Shapes that this one broadcasts to."""
    grown = tuple(3 if n == 1 else n for n in shape)
    return st.fixed_dictionaries(
        {"shape": st.sampled_from([grown, (2, *grown), shape])}
    )


def narrowed(shape):
    """Shapes that broadcast to this one."""
    ones = st.tuples(*(st.sampled_from((1, n)) for n in shape))
    return st.fixed_dictionaries(
        {"shape": st.tuples(ones, st.integers(0, len(shape))).map(_without_leading)}
    )


def _without_leading(drawn):
    sides, cut = drawn
    return sides[cut:]


def sum_to(x, shape):
    lead = x.ndim - len(shape)
    x = x.sum(axis=tuple(range(lead)))
    return x.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)


def axes_or_none(shape):
    options = [None, *range(-len(shape), len(shape))]
    return st.fixed_dictionaries({"axis": st.sampled_from(options)})


domain("reshape", np.reshape, cases(uniform(), shapes(), regrouped))
domain("transpose", np.transpose, cases(uniform(), shapes(), orders))
domain("broadcast_to", np.broadcast_to, cases(uniform(), shapes(), widened))
domain(
    "sum_to",
    sum_to,
    cases(uniform(), shapes(), narrowed),
    edges=(
        Case((filled((90, 70)),), {"shape": (70,)}),
        Case((np.zeros((0, 3)),), {"shape": (3,)}),
        Case((np.zeros((3, 0)),), {"shape": (1, 1)}),
    ),
)
domain("flip", np.flip, cases(uniform(), shapes(), axes_or_none))
domain(
    "roll",
    np.roll,
    cases(
        uniform(),
        shapes(min_dims=2),
        st.sampled_from(
            [
                {"shift": 2, "axis": None},
                {"shift": -1, "axis": 1},
                {"shift": (1, -2), "axis": (0, -1)},
            ]
        ),
    ),
)
domain(
    "expand_dims",
    np.expand_dims,
    cases(
        uniform(),
        shapes(),
        lambda s: st.fixed_dictionaries(
            {"axis": st.one_of(st.integers(-len(s) - 1, len(s)), st.just((0, -1)))}
        ),
    ),
)
domain(
    "squeeze",
    np.squeeze,
    cases(
        uniform(),
        shapes(max_dims=2).map(lambda s: (1, *s, 1)),
        st.sampled_from([{"axis": a} for a in (0, -1, (0, -1))]),
    ),
    edges=(Case((np.ones((1, 1)),), {"axis": None}), Case((np.array(1.0),))),
)
domain(
    "moveaxis",
    np.moveaxis,
    cases(
        uniform(),
        shapes(min_dims=2),
        st.sampled_from(
            [
                {"source": 0, "destination": -1},
                {"source": (0, 1), "destination": (-1, 0)},
                {"source": [-1], "destination": [0]},
            ]
        ),
    ),
)
domain(
    "swapaxes",
    lambda x, a, b: np.swapaxes(x, a, b),
    cases(
        uniform(),
        shapes(min_dims=1),
        lambda s: st.fixed_dictionaries({"a": axis_of(s), "b": axis_of(s)}),
    ),
)
domain(
    "tile",
    np.tile,
    cases(
        uniform(),
        shapes(max_dims=2),
        st.sampled_from([{"reps": r} for r in (2, (2,), (1, 3), (2, 1, 2), (0, 1))]),
    ),
)
domain(
    "repeat",
    np.repeat,
    cases(
        uniform(),
        lines,
        lambda s: st.fixed_dictionaries(
            {"repeats": st.integers(0, 3), "axis": axis_of(s)}
        ),
    ),
    edges=(Case((filled((3, 2)),), {"repeats": [0, 2, 1], "axis": 0}),),
)

# ---- joining and cutting ----


def parts(draw):
    """Some arrays that differ along one axis alone."""
    shape = draw(shapes(min_dims=1))
    axis = draw(axis_of(shape))
    longs = draw(st.lists(st.integers(0, 3), min_size=1, max_size=4))
    found = []
    for n in longs:
        sides = list(shape)
        sides[axis] = n
        found.append(tuple(sides))
    return [uniform()] * len(longs), found, {"axis": axis}


def equals(draw):
    """Some arrays of one shape."""
    shape = draw(shapes())
    axis = draw(st.integers(-len(shape) - 1, len(shape)))
    count = draw(st.integers(1, 4))
    return [uniform()] * count, [shape] * count, {"axis": axis}


def as_list(function):
    return lambda *arrays, **params: function(list(arrays), **params)


domain(
    "concatenate",
    as_list(np.concatenate),
    several(parts),
    function=as_list(ops.concatenate),
    mixes=True,
)
domain(
    "stack",
    as_list(np.stack),
    several(equals),
    function=as_list(ops.stack),
    mixes=True,
    weak=False,
)


def sizes(shape):
    axis = len(shape) - 1
    n = shape[axis]
    options = [[n], [0, n], [n, 0]] + [[1, n - 1]] * (n > 0) + [2] * (n % 2 == 0)
    return st.fixed_dictionaries(
        {"sizes": st.sampled_from(options), "axis": st.sampled_from([axis, -1])}
    )


def split(x, sizes, axis):
    return np.split(x, sizes if isinstance(sizes, int) else np.cumsum(sizes)[:-1], axis)


domain("split", split, cases(uniform(), lines, sizes))
domain(
    "unstack",
    lambda x, axis: list(np.moveaxis(x, axis, 0)),
    cases(uniform(), some_lines, along_axis),
)


def borders(shape):
    pair = st.tuples(st.integers(0, 2), st.integers(0, 2))
    return st.tuples(*(pair for _ in shape)).map(lambda w: {"widths": w})


def padded(x, widths, mode="constant"):
    return np.pad(x, widths, mode=mode)


def pad_settings(shape):
    pair = st.tuples(st.integers(0, 1), st.integers(0, 1))
    return st.fixed_dictionaries(
        {
            "widths": st.tuples(*(pair for _ in shape)),
            "mode": st.sampled_from(["constant", "reflect", "edge"]),
        }
    )


domain(
    "pad",
    padded,
    cases(uniform(), shapes(min_dims=1, min_side=2), pad_settings),
    edges=(
        Case((filled((2, 3)),), {"widths": 1}),
        Case((filled((4,)),), {"widths": (3, 2), "mode": "reflect"}),
        Case((filled((2,)),), {"widths": (5, 5), "mode": "reflect"}),
        Case((np.zeros((0, 2)),), {"widths": ((1, 0), (0, 1))}),
    ),
)
domain(
    "crop",
    lambda x, widths: x[tuple(slice(a, -b or None) for a, b in widths)],
    cases(uniform(), shapes(min_dims=1, min_side=4, max_side=5), borders),
)

# ---- positions ----

FIXED = {
    "number": 1,
    "negative": (-1, ...),
    "slice": (slice(None, None, -1), slice(1, None)),
    "new axis": (None, slice(0, 2), None),
    "ellipsis": (..., 0),
    "integers": np.array([0, 2, 0, -1]),
    "two arrays": (np.array([[0], [2]]), np.array([1, 1, 0])),
    "apart": (np.array([0, 0]), slice(None), np.array([1, 1])),
    "list": [0, 0, 1],
    "tuple in tuple": ((0, 0),),
    "mask": np.arange(24).reshape(3, 2, 4) % 3 == 0,
    "row mask": np.array([True, False, True]),
    "mask and array": (np.array([True, False, True]), np.array([0, 0])),
    "mask in the middle": (slice(None), np.array([False, True])),
    "nothing": np.zeros(0, int),
    "scalar array": np.array(2),
    "numpy integer": np.int64(-2),
    "all": (),
    "truth": True,
}
domain(
    "getitem",
    lambda x, index: x[index],
    cases(
        uniform(),
        st.just((3, 2, 4)),
        st.sampled_from([{"index": i} for i in FIXED.values()]),
    ),
    edges=(
        *(Case((filled((3, 2, 4)),), {"index": i}) for i in FIXED.values()),
        Case((np.array(0.5),), {"index": ()}),
        Case((np.array(0.5),), {"index": None}),
    ),
)


def index_add(x, shape, index):
    y = np.zeros(shape)
    np.add.at(y, index, x)
    return y


domain(
    "index_add",
    index_add,
    cases(
        uniform(),
        st.just((4,)),
        st.sampled_from(
            [
                {"shape": (3,), "index": np.array([0, 2, 0, -1])},
                {"shape": (6,), "index": slice(1, 5)},
                {"shape": (2, 4), "index": 1},
            ]
        ),
    ),
)


def rows_of(shape):
    top = st.integers(-shape[0], shape[0] - 1)
    indices = st.one_of(
        top.map(np.array),
        st.lists(top, max_size=5).map(lambda i: np.array(i, int)),
        st.lists(top, min_size=4, max_size=4).map(lambda i: np.array(i).reshape(2, 2)),
    )
    return st.fixed_dictionaries({"indices": indices})


domain("gather", lambda x, indices: x[indices], cases(uniform(), some_lines, rows_of))
domain(
    "scatter_rows",
    lambda x, indices, rows: index_add(x, (rows, *x.shape[indices.ndim :]), indices),
    cases(
        uniform(),
        st.just((2, 3)),
        st.sampled_from(
            [
                {"indices": np.array([1, 1]), "rows": 3},
                {"indices": np.array([-1, 0]), "rows": 2},
                {"indices": np.array([[0, 1, 0], [1, 1, 1]]), "rows": 2},
                {"indices": np.array(1), "rows": 2},
            ]
        ),
    ),
    edges=(Case((np.zeros((0, 3)),), {"indices": np.zeros(0, int), "rows": 2}),),
)


def taking(shape):
    def of(axis):
        top = st.integers(-shape[axis], shape[axis] - 1)
        return st.fixed_dictionaries(
            {
                "indices": st.lists(top, max_size=4).map(lambda i: np.array(i, int)),
                "axis": st.just(axis),
            }
        )

    return axis_of(shape).flatmap(of)


domain("take", np.take, cases(uniform(), some_lines, taking))


def scatter_add(x, updates, indices):
    y = x.copy()
    np.add.at(y, indices, updates)
    return y


domain(
    "scatter_add",
    scatter_add,
    several(
        lambda draw: (
            [uniform(), uniform()],
            [(3, 2), (4, 2)],
            {"indices": draw(st.sampled_from([[0, 0, 1, 2], [2, 2, -1, 2]]))},
        )
    ),
    function=lambda x, updates, indices: ops.scatter_add(x, indices, updates),
    mixes=True,
)
domain(
    "take_along_axis",
    np.take_along_axis,
    cases(
        uniform(),
        st.just((2, 3)),
        st.sampled_from(
            [
                {"indices": np.array([[0, 0, 2, 1], [1, 1, 1, 1]]), "axis": 1},
                {"indices": np.array([[1, 0, 1]]), "axis": 0},
                {"indices": np.array([[2, 0]]), "axis": -1},
            ]
        ),
    ),
    edges=(Case((filled((1, 3)),), {"indices": np.array([[0], [2], [2]]), "axis": 1}),),
)
domain(
    "top_k",
    lambda x, k: -np.sort(-x, axis=-1)[..., :k],
    cases(
        distinct,
        some_lines,
        lambda s: st.fixed_dictionaries({"k": st.integers(1, s[-1])}),
    ),
    function=lambda x, k: ops.top_k(x, k)[0],
)
domain(
    "one_hot",
    lambda x, depth: np.eye(depth + 3)[x.astype(int)][..., :depth],
    cases(near_integers(3, 0), shapes(), st.just({"depth": 4})),
    smooth=False,
)
planes = shapes(min_dims=2)
diagonals = st.sampled_from([{"k": k} for k in (0, 1, -2)])
domain("tril", np.tril, cases(uniform(), planes, diagonals))
domain("triu", np.triu, cases(uniform(), planes, diagonals))
domain(
    "diag",
    np.diag,
    cases(uniform(), shapes(min_dims=1, max_dims=2, min_side=2), diagonals),
    edges=(Case((filled((0,)),)), Case((filled((1, 1)),), {"k": 1})),
)

# ---- products ----


def matrices(draw):
    """Shapes that matmul accepts."""
    m, k, n = (draw(st.integers(0, 3)) for _ in range(3))
    left, right = draw(
        st.sampled_from(
            [
                ((k,), (k,)),
                ((m, k), (k,)),
                ((k,), (k, n)),
                ((m, k), (k, n)),
                ((2, m, k), (k, n)),
                ((2, 3, m, k), (k, n)),
                ((m, k), (2, k, n)),
                ((k,), (2, k, n)),
                ((2, m, k), (k,)),
                ((2, m, k), (2, k, n)),
                ((3, 1, m, k), (2, k, n)),
                ((1, m, k), (2, k, n)),
            ]
        )
    )
    return [uniform(), uniform()], [left, right], {}


domain("matmul", np.matmul, several(matrices), mixes=True)
domain(
    "affine",
    lambda x, kernel, bias: x @ kernel + bias,
    several(
        lambda draw: (
            [uniform()] * 3,
            [
                (*draw(st.sampled_from([(3,), (2, 3), (0,), (2, 1, 3)])), 4),
                (4, 2),
                (2,),
            ],
            {},
        )
    ),
)


def contractions(draw):
    left, right, axes = draw(
        st.sampled_from(
            [
                ((2, 3), (3, 4), 1),
                ((2, 3, 4), (3, 4, 2), 2),
                ((2,), (3,), 0),
                ((2, 3, 4), (4, 5, 3), ([1, 2], [2, 0])),
                ((2, 3), (4, 3), (-1, 1)),
                ((0, 3), (3, 2), 1),
                ((2, 0), (0, 2), 1),
                ((2, 3), (2, 3), 2),
            ]
        )
    )
    return [uniform(), uniform()], [left, right], {"axes": axes}


domain("tensordot", np.tensordot, several(contractions), mixes=True)
domain(
    "dot",
    np.dot,
    several(
        lambda draw: (
            [uniform(), uniform()],
            draw(
                st.sampled_from(
                    [
                        [(3,), (3,)],
                        [(2, 3), (3,)],
                        [(2, 3), (3, 2)],
                        [(2, 2, 3), (4, 3, 2)],
                        [(), (3,)],
                        [(), ()],
                    ]
                )
            ),
            {},
        )
    ),
    mixes=True,
)
domain(
    "outer",
    np.outer,
    several(
        lambda draw: (
            [uniform(), uniform()],
            draw(
                st.sampled_from(
                    [[(2,), (3,)], [(2, 2), (3,)], [(), (2,)], [(0,), (2,)]]
                )
            ),
            {},
        )
    ),
    mixes=True,
)

EINSUMS = [
    ("ij,jk->ik", [(2, 3), (3, 4)]),
    ("ij,jk", [(2, 3), (3, 4)]),
    ("ij->ji", [(2, 3)]),
    ("ij->", [(2, 3)]),
    ("ij->i", [(2, 3)]),
    ("ba", [(2, 3)]),
    ("i,i->", [(3,), (3,)]),
    ("i,j->ij", [(2,), (3,)]),
    ("ij,k->i", [(2, 3), (4,)]),
    ("bij,bjk,bk->bi", [(2, 2, 3), (2, 3, 2), (2, 2)]),
    (",i->i", [(), (3,)]),
    ("->", [()]),
    ("ij,ij->ij", [(2, 3), (2, 3)]),
    ("ij,jk->ik", [(2, 0), (0, 3)]),
    ("Bq, qA", [(2, 3), (3, 2)]),
]


def einsums(draw):
    text, found = draw(st.sampled_from(EINSUMS))
    return [uniform()] * len(found), found, {"subscripts": text}


domain(
    "einsum",
    lambda *operands, subscripts: np.einsum(subscripts, *operands),
    several(einsums),
    function=lambda *operands, subscripts: ops.einsum(subscripts, *operands),
    edges=tuple(
        Case(tuple(filled(s) for s in found), {"subscripts": text})
        for text, found in EINSUMS
    ),
    mixes=True,
    weak=False,
)

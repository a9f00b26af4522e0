"""Where the inputs of operations come from: shapes, numbers, and memory layouts."""

import math
from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, mutually_broadcastable_shapes

LAYOUTS = ("C", "F", "strided", "reversed")

# ---- numbers: each of these makes a function (rng, shape) -> array ----


def uniform(low=-2.0, high=2.0):
    """Anything between two numbers."""
    return lambda rng, shape: rng.uniform(low, high, shape)


def away(gap=0.3, high=2.0):
    """Either sign, but not near 0."""
    return lambda rng, shape: (
        rng.choice([-1.0, 1.0], shape) * rng.uniform(gap, high, shape)
    )


def near_halves(offset, spread=0.08):
    """Close to ..., offset, offset + ½, offset + 1, ...: far from another offset's."""
    return lambda rng, shape: (
        rng.integers(-4, 4, shape) / 2 + offset + rng.uniform(-spread, spread, shape)
    )


def near_integers(offset, spread=0.1):
    """Close to ..., offset, offset + 1, ...."""
    return lambda rng, shape: (
        rng.integers(-3, 3, shape) + offset + rng.uniform(-spread, spread, shape)
    )


def distinct(rng, shape):
    """No two alike: no ties, and an order that small steps do not change."""
    size = math.prod(shape)
    return rng.permutation(np.linspace(-2, 2, size + 1)[:size]).reshape(shape)


def booleans(rng, shape):
    """True and False."""
    return rng.integers(0, 2, shape) == 1


# ---- cases ----


@dataclass(frozen=True)
class Case:
    """What an operation is called with: arrays by position, parameters by keyword."""

    values: tuple
    params: dict = field(default_factory=dict)
    layouts: tuple = ()

    def arrays(self, dtype=np.float64):
        """The values in this precision, in their layouts, protected against writing."""
        layouts = self.layouts or ("C",) * len(self.values)
        return [
            laid_out(v.astype(dtype) if v.dtype.kind == "f" else v, layout)
            for v, layout in zip(self.values, layouts, strict=True)
        ]


def laid_out(array, layout):
    """The same numbers, otherwise in memory, and read-only."""
    if not array.ndim or layout == "C":
        array = array.copy()
    elif layout == "F":
        array = np.asfortranarray(array)
    elif layout == "strided":
        wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
        wide[..., ::2] = array
        array = wide[..., ::2]
    elif layout == "reversed":
        array = array[::-1].copy()[::-1]
    array.flags.writeable = False
    return array


def generators():
    return st.integers(0, 2**31).map(np.random.default_rng)


def shapes(min_dims=0, max_dims=3, min_side=0, max_side=4):
    return array_shapes(
        min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side
    )


@st.composite
def cases(draw, numbers, shape, params=None):
    """One input; params: a strategy, or a function from its shape to one."""
    made = draw(generators())
    found = draw(shape)
    settings = (
        {} if params is None else draw(params(found) if callable(params) else params)
    )
    value = np.asarray(numbers(made, found))
    return Case((value,), settings, (draw(st.sampled_from(LAYOUTS)),))


@st.composite
def broadcasting(draw, *numbers):
    """Inputs whose shapes broadcast against each other."""
    made = draw(generators())
    found = draw(
        mutually_broadcastable_shapes(
            num_shapes=len(numbers), max_dims=3, min_side=0, max_side=3
        )
    )
    values = tuple(
        np.asarray(make(made, shape))
        for make, shape in zip(numbers, found.input_shapes, strict=True)
    )
    return Case(values, {}, tuple(draw(st.sampled_from(LAYOUTS)) for _ in values))


@st.composite
def several(draw, choose):
    """Inputs whose shapes depend on each other: choose(draw) gives all but the values."""
    made = draw(generators())
    numbers, found, params = choose(draw)
    values = tuple(
        np.asarray(make(made, shape))
        for make, shape in zip(numbers, found, strict=True)
    )
    return Case(values, params, tuple(draw(st.sampled_from(LAYOUTS)) for _ in values))


def axis_of(shape):
    """One axis of this shape."""
    return st.integers(-len(shape), len(shape) - 1)


def reductions(shape):
    """axis (None, one, several) and keepdims."""
    axes = [None, *range(-len(shape), len(shape))]
    if len(shape) > 1:
        axes += [(0, -1), (1, 0), [-2]]
    return st.fixed_dictionaries(
        {"axis": st.sampled_from(axes), "keepdims": st.booleans()}
    )

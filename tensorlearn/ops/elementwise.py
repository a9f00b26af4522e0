"""Elementwise operations: a table with one row each.

The first entry is NumPy's function, the others are the pullbacks of its inputs, written
in operations that can be differentiated again. Sub-gradients at kinks are stated where
they are chosen: 0 for |x|, √x and relu at 0; maximum and minimum share ties equally.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev

from tensorlearn.autograd.primitive import Primitive, elementwise, primitive
from tensorlearn.operators import implements
from tensorlearn.parallel import blockwise

# ---- arithmetic ----

add = elementwise(np.add, lambda g, *_: g, lambda g, *_: g)
subtract = elementwise(np.subtract, lambda g, *_: g, lambda g, *_: -g)
multiply = elementwise(
    np.multiply, lambda g, _y, a, b: g * b, lambda g, _y, a, b: g * a
)
divide = elementwise(
    np.divide, lambda g, _y, _a, b: g / b, lambda g, y, _a, b: -(g * y) / b
)
negative = elementwise(np.negative, lambda g, *_: -g)
reciprocal = elementwise(np.reciprocal, lambda g, y, _x: -(g * y * y))
square = elementwise(np.square, lambda g, _y, x: g * (x * 2.0))
sqrt = elementwise(
    np.sqrt,
    lambda g, y, _x: g * 0.5 / where(y > 0, y, math.inf),
    doc="√x, slope 0 at 0.",
)
remainder = elementwise(
    np.remainder, lambda g, *_: g, lambda g, _y, a, b: -(g * floor(a / b))
)


def _power(a: Any, b: Any) -> Any:
    if isinstance(b, (int, float)) and b in (1, 2):  # by far the most frequent
        return np.square(a) if b == 2 else np.positive(a)
    return np.power(a, b)


def _lowered(b: Any) -> Any:
    """b - 1, but harmless where b is 0 (the factor b decides there)."""
    if isinstance(b, (int, float)):
        return b - 1 if b else 1
    return where(b == 0, 1.0, b - 1)


power: Primitive = elementwise(
    _power,
    lambda g, _y, a, b: g * (b * power(a, _lowered(b))),
    lambda g, y, a, _b: g * y * log(where(a > 0, a, 1.0)),
    name="power",
    doc="a ** b, elementwise; the slope of b is taken as 0 where a ≤ 0.",
)
implements(np.power)(power)

# ---- exponentials and logarithms ----

exp = elementwise(np.exp, lambda g, y, _x: g * y)
expm1 = elementwise(np.expm1, lambda g, y, _x: g * (y + 1.0))
log: Primitive = elementwise(np.log, lambda g, _y, x: g / x)
log1p = elementwise(np.log1p, lambda g, _y, x: g / (x + 1.0))
log2 = elementwise(np.log2, lambda g, _y, x: g / (x * math.log(2)))
log10 = elementwise(np.log10, lambda g, _y, x: g / (x * math.log(10)))
logaddexp = elementwise(
    np.logaddexp,
    lambda g, y, a, _b: g * exp(a - y),
    lambda g, y, _a, b: g * exp(b - y),
)

# ---- trigonometric and hyperbolic ----

sin = elementwise(np.sin, lambda g, _y, x: g * cos(x))
cos: Primitive = elementwise(np.cos, lambda g, _y, x: -(g * sin(x)))
tan = elementwise(np.tan, lambda g, y, _x: g * (y * y + 1.0))
arcsin = elementwise(np.arcsin, lambda g, _y, x: g / sqrt(1.0 - x * x))
arccos = elementwise(np.arccos, lambda g, _y, x: -(g / sqrt(1.0 - x * x)))
arctan = elementwise(np.arctan, lambda g, _y, x: g / (x * x + 1.0))
arctan2 = elementwise(
    np.arctan2,
    lambda g, _y, a, b: g * b / (a * a + b * b),
    lambda g, _y, a, b: -(g * a) / (a * a + b * b),
)
sinh = elementwise(np.sinh, lambda g, _y, x: g * cosh(x))
cosh: Primitive = elementwise(np.cosh, lambda g, _y, x: g * sinh(x))
tanh = elementwise(np.tanh, lambda g, y, _x: g * (1.0 - y * y))
arcsinh = elementwise(np.arcsinh, lambda g, _y, x: g / sqrt(x * x + 1.0))
arccosh = elementwise(np.arccosh, lambda g, _y, x: g / sqrt(x * x - 1.0))
arctanh = elementwise(np.arctanh, lambda g, _y, x: g / (1.0 - x * x))

# ---- kinks and steps (None: the slope is 0 wherever there is one) ----

abs = elementwise(
    np.absolute, lambda g, _y, x: g * sign(x), name="abs", doc="|x|, slope 0 at 0."
)
sign: Primitive = elementwise(np.sign, None)
floor: Primitive = elementwise(np.floor, None)
ceil = elementwise(np.ceil, None)
round = elementwise(np.rint, None, name="round")


def _shared(g: Any, larger: Any, not_smaller: Any) -> Any:
    """g where strictly larger, half of it at a tie, else 0 (faster than two wheres)."""
    half = g * 0.5
    return half * larger + half * not_smaller


maximum = elementwise(
    np.maximum,
    lambda g, _y, a, b: _shared(g, a > b, a >= b),
    lambda g, _y, a, b: _shared(g, b > a, b >= a),
    doc="The larger of a and b; a tie shares the gradient equally.",
)
minimum = elementwise(
    np.minimum,
    lambda g, _y, a, b: _shared(g, a < b, a <= b),
    lambda g, _y, a, b: _shared(g, b < a, b <= a),
    doc="The smaller of a and b; a tie shares the gradient equally.",
)
relu = elementwise(
    lambda x: blockwise(np.maximum, x, 0),
    lambda g, y, _x: gated(g, y),
    name="relu",
    doc="max(x, 0), slope 0 at 0.",
)


def _gated(g: Any, y: Any, out: Any = None) -> Any:
    if type(g) in (int, float):  # a plain number takes the precision of y
        g = np.asarray(g, np.result_type(g, y))
    return np.multiply(g, y > 0, out=out)


gated: Primitive = elementwise(
    lambda g, y: blockwise(_gated, g, y),
    lambda h, _y, _g, y: gated(h, y),
    None,
    name="gated",
    doc="g where y > 0, else 0: the slope of `relu`, linear in g.",
)


def where(condition: Any, a: Any, b: Any) -> Any:
    """a where `condition` holds, else b; the gradient goes to the one that was taken."""
    return _where(condition, a, b)


_where = elementwise(
    np.where,
    None,
    lambda g, _y, c, _a, _b: where(c, g, 0.0),
    lambda g, _y, c, _a, _b: where(c, 0.0, g),
    name="where",
)


implements(np.where)(where)


def clip(x: Any, low: Any = None, high: Any = None) -> Any:
    """x limited to [low, high]; slope 1 inside and on the border, 0 outside."""
    return _clip(x, low, high)


_clip = elementwise(
    lambda x, low, high: np.asarray(x).clip(low, high),
    lambda g, _y, x, low, high: g * np.logical_not(_below(x, low) | _above(x, high)),
    lambda g, _y, x, low, _high: g * _below(x, low),
    lambda g, _y, x, _low, high: g * _above(x, high),
    name="clip",
)


def _below(x: Any, low: Any) -> Any:
    return np.array(False) if low is None else x < low


def _above(x: Any, high: Any) -> Any:
    return np.array(False) if high is None else x > high


@implements(np.clip)
def _(x: Any, a_min: Any = None, a_max: Any = None) -> Any:
    return clip(x, a_min, a_max)


@implements(np.round, np.around)
def _(x: Any, decimals: int = 0) -> Any:
    scale = 10.0**decimals
    return round(x * scale) / scale


# ---- the S-shaped ones ----


def _sigmoid(x: Any) -> Any:
    small = np.exp(-np.abs(x))  # never overflows
    return np.where(x >= 0, 1, small) / (1 + small)


sigmoid = elementwise(
    _sigmoid,
    lambda g, y, _x: g * (y * (1.0 - y)),
    name="sigmoid",
    doc="1 / (1 + exp(-x)), without overflow.",
)
softplus = elementwise(
    lambda x: np.logaddexp(x, 0),
    lambda g, _y, x: g * sigmoid(x),
    name="softplus",
    doc="log(1 + exp(x)), without overflow.",
)


def _erf(x: Any) -> Any:
    z = np.minimum(np.abs(np.asarray(x, np.float64)), 6)  # beyond, erf is ±1 in float64
    t = 2 / (2 + z)
    rest = t * np.exp(chebyshev.chebval((t - 0.625) / 0.375, _erfc_series()) - z * z)
    return np.copysign(1 - rest, x).astype(np.result_type(x, 1.0))


@cache
def _erfc_series() -> Any:
    """Chebyshev coefficients of log(erfc(z) exp(z²) / t) for t = 2/(2 + z) in [1/4, 1]."""

    def smooth(u: Any) -> Any:
        t = 0.625 + 0.375 * u
        z = 2 / t - 2
        erfc = np.vectorize(math.erfc, otypes=[float])(z)
        return np.log(erfc / t) + z * z

    return chebyshev.chebinterpolate(smooth, 24)


erf = elementwise(
    _erf,
    lambda g, _y, x: g * exp(-(x * x)) * (2 / math.sqrt(math.pi)),
    name="erf",
    doc="The error function, 2/√π ∫₀ˣ exp(-t²) dt (absolute error below 2e-15).",
)

# ---- number type ----


@primitive
def cast(x: Any, *, dtype: str) -> Any:
    """x in another number type; its gradient is cast back (none passes integers)."""
    return np.asarray(x).astype(dtype)


@cast.pullback(0)
def _(g: Any, _y: Any, x: Any, *, dtype: str) -> Any:
    return cast(g, dtype=x.dtype.name) if np.dtype(dtype).kind == "f" else None


# ---- comparisons and tests: plain arrays, no gradient ----


def _test(forward: Any, name: str) -> Primitive:
    made = Primitive(name, forward, broadcasts=True, differentiable=False)
    implements(forward)(made)
    return made


equal = _test(np.equal, "equal")
not_equal = _test(np.not_equal, "not_equal")
less = _test(np.less, "less")
less_equal = _test(np.less_equal, "less_equal")
greater = _test(np.greater, "greater")
greater_equal = _test(np.greater_equal, "greater_equal")
logical_and = _test(np.logical_and, "logical_and")
logical_or = _test(np.logical_or, "logical_or")
logical_not = _test(np.logical_not, "logical_not")
isnan = _test(np.isnan, "isnan")
isfinite = _test(np.isfinite, "isfinite")

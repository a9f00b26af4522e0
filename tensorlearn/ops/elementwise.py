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

from tensorlearn.autograd.primitive import Primitive, elementwise, implements, primitive

# ---- arithmetic ----

add = elementwise(np.add, lambda g, *_: g, lambda g, *_: g)
subtract = elementwise(np.subtract, lambda g, *_: g, lambda g, *_: -g)
multiply = elementwise(
    np.multiply, lambda g, _y, a, b: g * b, lambda g, _y, a, b: g * a
)
divide = elementwise(
    np.divide, lambda g, _y, a, b: g / b, lambda g, y, a, b: -(g * y) / b
)
negative = elementwise(np.negative, lambda g, *_: -g)
reciprocal = elementwise(np.reciprocal, lambda g, y, _x: -(g * y * y))
square = elementwise(np.square, lambda g, _y, x: g * (x * 2.0))
sqrt = elementwise(
    np.sqrt, lambda g, y, _x: g * 0.5 / where(y > 0, y, math.inf), doc="√x, slope 0 at 0."
)
remainder = elementwise(
    np.remainder, lambda g, *_: g, lambda g, _y, a, b: -(g * floor(a / b))
)


def _lowered(exponent: Any) -> Any:
    """exponent - 1, but harmless where the exponent is 0 (the factor 0 decides there)."""
    if isinstance(exponent, (int, float)):
        return exponent - 1 if exponent else 1
    return where(exponent == 0, 1.0, exponent - 1)


def _power_by_exponent(g: Any, y: Any, a: Any, b: Any) -> Any:
    return g * y * log(where(a > 0, a, 1.0))


def _power(a: Any, b: Any) -> Any:
    if b.__class__ is int and b == 2:
        return np.square(a)
    return np.power(a, b)


power = elementwise(
    _power,
    lambda g, _y, a, b: g * (b * power(a, _lowered(b))),
    _power_by_exponent,
    name="power",
    doc="a ** b, elementwise.",
)
implements(np.power)(power)

# ---- exponentials and logarithms ----

exp = elementwise(np.exp, lambda g, y, _x: g * y)
expm1 = elementwise(np.expm1, lambda g, y, _x: g * (y + 1.0))
log = elementwise(np.log, lambda g, _y, x: g / x)
log1p = elementwise(np.log1p, lambda g, _y, x: g / (x + 1.0))
log2 = elementwise(np.log2, lambda g, _y, x: g / (x * math.log(2)))
log10 = elementwise(np.log10, lambda g, _y, x: g / (x * math.log(10)))
logaddexp = elementwise(
    np.logaddexp,
    lambda g, y, a, b: g * exp(a - y),
    lambda g, y, a, b: g * exp(b - y),
)

# ---- trigonometric and hyperbolic ----

sin = elementwise(np.sin, lambda g, _y, x: g * cos(x))
cos = elementwise(np.cos, lambda g, _y, x: -(g * sin(x)))
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
cosh = elementwise(np.cosh, lambda g, _y, x: g * sinh(x))
tanh = elementwise(np.tanh, lambda g, y, _x: g * (1.0 - y * y))
arcsinh = elementwise(np.arcsinh, lambda g, _y, x: g / sqrt(x * x + 1.0))
arccosh = elementwise(np.arccosh, lambda g, _y, x: g / sqrt(x * x - 1.0))
arctanh = elementwise(np.arctanh, lambda g, _y, x: g / (1.0 - x * x))

# ---- kinks and steps (None: the slope is 0 wherever there is one) ----

abs = elementwise(  # noqa: A001 - the mathematics is called that
    np.absolute, lambda g, _y, x: g * sign(x), name="abs", doc="|x|, slope 0 at 0."
)
sign = elementwise(np.sign, None)
floor = elementwise(np.floor, None)
ceil = elementwise(np.ceil, None)
round = elementwise(np.rint, None, name="round")  # noqa: A001
implements(np.round, np.around)(lambda x, decimals=0: round(x * 10.0**decimals) / 10.0**decimals)
maximum = elementwise(
    np.maximum,
    lambda g, _y, a, b: where(a == b, g * 0.5, where(a > b, g, 0.0)),
    lambda g, _y, a, b: where(a == b, g * 0.5, where(b > a, g, 0.0)),
    doc="The larger of a and b; a tie shares the gradient equally.",
)
minimum = elementwise(
    np.minimum,
    lambda g, _y, a, b: where(a == b, g * 0.5, where(a < b, g, 0.0)),
    lambda g, _y, a, b: where(a == b, g * 0.5, where(b < a, g, 0.0)),
    doc="The smaller of a and b; a tie shares the gradient equally.",
)
relu = elementwise(
    lambda x: np.maximum(x, 0),
    lambda g, y, _x: g * (y > 0),
    name="relu",
    doc="max(x, 0), slope 0 at 0.",
)


@implements(np.where)
def where(condition: Any, a: Any, b: Any) -> Any:
    """a where `condition` holds, else b; the gradient goes to the one that was taken."""
    return _where(condition, a, b)


_where = elementwise(
    np.where,
    None,
    lambda g, _y, c, a, b: where(c, g, 0.0),
    lambda g, _y, c, a, b: where(c, 0.0, g),
    name="where",
)


@primitive
def clip(x: Any, *, low: Any = None, high: Any = None) -> Any:
    """x limited to [low, high]; slope 1 inside and on the border, 0 outside."""
    return np.clip(x, low, high)


@clip.pullback(0)
def _(g: Any, _y: Any, x: Any, *, low: Any = None, high: Any = None) -> Any:
    inside = np.array(True)
    if low is not None:
        inside = inside & (x >= low)
    if high is not None:
        inside = inside & (x <= high)
    return g * inside


implements(np.clip)(lambda x, a_min=None, a_max=None: clip(x, low=a_min, high=a_max))


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


@cache
def _erf_series() -> Any:
    """Chebyshev coefficients of erf on [-6, 6], beyond which it is ±1 in float64."""
    exact = np.vectorize(math.erf, otypes=[float])
    return chebyshev.chebinterpolate(lambda t: exact(6 * t), 89)


def _erf(x: Any) -> Any:
    inside = np.clip(np.asarray(x, np.float64) / 6, -1, 1)
    return chebyshev.chebval(inside, _erf_series()).astype(np.asarray(x).dtype)


erf = elementwise(
    _erf,
    lambda g, _y, x: g * exp(-(x * x)) * (2 / math.sqrt(math.pi)),
    name="erf",
    doc="The error function, 2/√π ∫₀ˣ exp(-t²) dt (absolute error below 1e-15).",
)

# ---- number type ----


@primitive
def cast(x: Any, *, dtype: str) -> Any:
    """x in another number type; its gradient is cast back."""
    return np.asarray(x).astype(dtype)


@cast.pullback(0)
def _(g: Any, _y: Any, x: Any, *, dtype: str) -> Any:
    return cast(g, dtype=x.dtype.name)


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

"""Which factor or which summand of the formula is missing: the names of candidates.

A candidate is an expression of an input, of a parameter, of the output or of g. It must
explain every element, up to a constant that a formula would contain.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tensorlearn.autograd.tensor import Array
from tensorlearn.testing.evidence import Diagnosis, Evidence, diagnosis, named


def _sigmoid(v: Array) -> Array:
    return np.asarray((1 + np.tanh(v / 2)) / 2)


FORMS = {
    "{v}": lambda v: v,
    "1/{v}": lambda v: 1 / v,
    "{v}²": lambda v: v**2,
    "1/{v}²": lambda v: 1 / v**2,
    "(1 - {v})": lambda v: 1 - v,
    "(1 + {v})": lambda v: 1 + v,
    "(1 - {v}²)": lambda v: 1 - v**2,
    "{v}·(1 - {v})": lambda v: v * (1 - v),
    "exp({v})": np.exp,
    "exp(-{v})": lambda v: np.exp(-v),
    "√{v}": np.sqrt,
    "1/√{v}": lambda v: 1 / np.sqrt(v),
    "cos {v}": np.cos,
    "sin {v}": np.sin,
    "({v} > 0)": lambda v: (v > 0) * 1.0,
    "sign {v}": np.sign,
    "tanh {v}": np.tanh,
    "(1 - tanh² {v})": lambda v: 1 - np.tanh(v) ** 2,
    "σ({v})": _sigmoid,
    "(1 - σ({v}))": lambda v: _sigmoid(-v),
    "σ({v})·(1 - σ({v}))": lambda v: _sigmoid(v) * _sigmoid(-v),
}
"""What derivatives are made of."""

FEW = 4
"""With fewer numbers a constant must be one of these."""

CONSTANTS = {
    p / q * sign for p in (1, 2, 3, 4) for q in (1, 2, 3, 4) for sign in (1, -1)
}


def upstream(e: Evidence) -> Iterator[Diagnosis]:
    """The gradient is that for g = 1."""
    if e.jacobian is None or e.g is None or not e.comparable or (e.g == 1).all():
        return
    outputs = tuple(range(e.numeric.ndim, e.jacobian.ndim))
    if e.alike(e.analytic, e.jacobian.sum(axis=outputs)):
        yield diagnosis("upstream")


def chain(e: Evidence) -> Iterator[Diagnosis]:
    """numeric = analytic · factor (one is missing) or the reverse (one too many)."""
    if not e.comparable:
        return
    missing = _found("chain", e, e.analytic, e.numeric)
    surplus = _found("surplus", e, e.numeric, e.analytic)
    yield from (*surplus, *missing) if _is_in_pieces(e) else (*missing, *surplus)


def _found(code: str, e: Evidence, a: Array, b: Array) -> Iterator[Diagnosis]:
    """b = a · factor, for every candidate that fits."""
    for name, factor in _candidates(e):
        if c := _constant(e, a * factor, b):
            yield diagnosis(code, factor=_times(c, name))


def _is_in_pieces(e: Evidence) -> bool:
    """Whether the right slope has at most two values, as that of relu."""
    own = e.own
    if own is None or own.size < FEW:
        return False
    return len(np.unique(own.round(6))) < 3


def term(e: Evidence) -> Iterator[Diagnosis]:
    """numeric = analytic + constant · summand."""
    if not e.comparable or e.numeric.size < 4:
        return
    rest = e.numeric - e.analytic
    for name, summand in _summands(e):
        power = float(np.sum(summand * summand))
        c = float(np.sum(summand * rest)) / power if power else 0.0
        if c and e.is_right(e.analytic + c * summand):
            yield diagnosis("term", term=_times(c, name))


def _summands(e: Evidence) -> Iterator[tuple[str, Array]]:
    for name, value in _candidates(e):
        yield name, value
        if e.g is not None and e.g.shape == value.shape and name != "g":
            yield f"g·{name}", value * e.g


def _candidates(e: Evidence) -> Iterator[tuple[str, Array]]:
    """(name, array of the gradient's shape) of all that may be a factor."""
    bases = {name: v for name, v in e.values.items() if v.dtype.kind == "f"}
    if e.y is not None:
        bases[_unused(bases, "y")] = e.y
    shape = e.numeric.shape
    if e.g is not None and e.g.shape == shape:
        yield "g", e.g
    spreads = {name: _to_shape(value, shape) for name, value in bases.items()}
    for form, function in FORMS.items():
        for name, spread in spreads.items():
            if spread is None:
                continue
            with np.errstate(all="ignore"):
                factor = np.asarray(function(spread))
            if np.isfinite(factor).all() and (factor.size == 1 or _varies(factor)):
                yield form.format(v=name), factor


def _varies(x: Array) -> bool:
    return x.size > 1 and bool(np.ptp(x))


def _unused(bases: object, name: str) -> str:
    return name if name not in bases else f"{name} (output)"  # type: ignore[operator]


def _to_shape(value: Array, shape: tuple[int, ...]) -> Array | None:
    """The value spread to the shape, aligned on the right or else on the left."""
    for trailing in range(len(shape) - value.ndim + 1):
        aligned = value.reshape(value.shape + (1,) * trailing)
        fits = zip(reversed(aligned.shape), reversed(shape), strict=False)
        if all(n in (1, m) for n, m in fits):
            return np.broadcast_to(aligned, shape)
    return None


def _constant(e: Evidence, a: Array, b: Array) -> float:
    """c if b = c · a; 0 if not, or if that may be chance."""
    power = float(np.sum(a * a))
    if not power or not np.isfinite(power):
        return 0.0
    c = float(np.sum(a * b)) / power
    if e.numeric.size < FEW:
        c = min(CONSTANTS, key=lambda known: abs(known - c))
    return c if e.alike(c * a, b) else 0.0


def _times(c: float, name: str) -> str:
    if abs(abs(c) - 1) < 1e-5:
        return name if c > 0 else f"-{name}"
    return f"{named(c)}·{name}"

"""From two gradients that disagree to the mistake that makes them disagree so.

Pure functions of two arrays: the `analytic` gradient that a pullback gave (None if there
was none) and the `numeric` one that is right. `CAUSES` are asked in order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import permutations
from typing import Any

import numpy as np

from tensorlearn.autograd.tensor import Array
from tensorlearn.wording import say

Cause = Callable[[Array, Array], str]

TOLERANCE = 1e-3
"""Relative to the largest element: mistakes are larger than this, rounding is smaller."""


def diagnose(analytic: Any, numeric: Any) -> str:
    """The likely cause of the difference, as half a sentence; "" if there is none.

    Where `numeric` is NaN it was not measured; then no pattern of places is looked for.

    >>> diagnose(np.array([2.0, 4.0]), np.array([1.0, 2.0]))
    'the gradient is doubled: is something added twice?'
    """
    numeric = np.asarray(numeric, np.float64)
    measured = ~np.isnan(numeric)
    if analytic is None:
        return not_recorded() if numeric[measured].any() else ""
    analytic = np.asarray(analytic, np.float64)
    causes = CAUSES
    if not measured.all():
        analytic, numeric = analytic[measured], numeric[measured]
        causes = [cause for cause in CAUSES if cause not in PATTERNS]
    if _alike(analytic, numeric):
        return ""
    for cause in causes:
        if text := cause(analytic, numeric):
            return text
    return say(
        "{wrong} of {size} elements are wrong, in no pattern that is known",
        wrong=int(np.sum(~_close(analytic, numeric))),
        size=numeric.size,
    )


def _close(a: Array, b: Array) -> Array:
    scale = max(float(np.max(np.abs(b), initial=0.0)), 1e-300)
    return np.asarray(np.abs(a - b) <= TOLERANCE * scale)


def _alike(a: Array, b: Array) -> bool:
    return a.shape == b.shape and bool(_close(a, b).all())


# ---- causes, from the plain to the subtle; each answers "" if it is not the one ----


def not_recorded() -> str:
    """No gradient came back at all."""
    return say(
        "nothing was recorded: the path goes through numpy(), detach, no_grad or an "
        "operation without gradient"
    )


def wrong_shape(analytic: Array, numeric: Array) -> str:
    """The two cannot even be compared."""
    if analytic.shape == numeric.shape:
        return ""
    if summed := missing_sum(analytic, numeric):
        return summed
    if analytic.shape == numeric.shape[::-1] and _alike(analytic.T, numeric):
        return say("the gradient is transposed")
    return say(
        "the gradient has the shape {got}, not that of the input, {wanted}",
        got=analytic.shape,
        wanted=numeric.shape,
    )


def missing_sum(analytic: Array, numeric: Array) -> str:
    """Summing over some axes would make it right."""
    lead = analytic.ndim - numeric.ndim
    if lead < 0:
        return ""
    trailing = zip(analytic.shape[lead:], numeric.shape, strict=True)
    ones = [i + lead for i, (n, m) in enumerate(trailing) if m == 1 != n]
    axes = (*range(lead), *ones)
    total = analytic.sum(axis=axes, keepdims=True)
    if not axes or total.size != numeric.size:
        return ""
    if not _alike(total.reshape(numeric.shape), numeric):
        return ""
    return say(
        "the sum over axis {axes} is missing, along which the input was broadcast",
        axes=", ".join(str(axis) for axis in axes),
    )


def not_finite(analytic: Array, numeric: Array) -> str:
    """NaN or Inf in the gradient alone."""
    bad = ~np.isfinite(analytic)
    if not bad.any() or not np.isfinite(numeric).all():
        return ""
    return say(
        "{count} elements are NaN or infinite: a division by 0, or a logarithm or root of "
        "0, on the way back",
        count=int(bad.sum()),
    )


def zero(analytic: Array, numeric: Array) -> str:
    """Nothing flows."""
    if analytic.any():
        return ""
    return say("the gradient is zero everywhere: a pullback that ignores g?")


def constant_factor(analytic: Array, numeric: Array) -> str:
    """analytic = factor · numeric, with a factor that may have a meaning."""
    power = float(np.sum(numeric * numeric))
    factor = float(np.sum(analytic * numeric)) / power if power else 0.0
    if not factor or not _alike(analytic / factor, numeric):
        return ""
    if math.isclose(factor, -1, rel_tol=TOLERANCE):
        return say("the sign is opposite")
    if math.isclose(factor, 2, rel_tol=TOLERANCE):
        return say("the gradient is doubled: is something added twice?")
    if math.isclose(factor, 0.5, rel_tol=TOLERANCE):
        return say(
            "the gradient is halved: does one of two paths go through detach, or is a "
            "factor 2 missing?"
        )
    counts = {numeric.size, *numeric.shape} - {1}
    for n in sorted(counts, reverse=True):
        if math.isclose(factor, 1 / n, rel_tol=TOLERANCE):
            return say("it is {n} times too small: a mean in place of a sum?", n=n)
        if math.isclose(factor, n, rel_tol=TOLERANCE):
            return say("it is {n} times too large: a sum in place of a mean?", n=n)
    return say(
        "it is the right gradient times {factor}: a constant factor is missing or too many",
        factor=_named(factor),
    )


def _named(factor: float) -> str:
    """The factor as a number that a formula would contain, if it is one."""
    for q in range(1, 13):
        p = round(factor * q)
        if math.isclose(p / q, factor, rel_tol=1e-5):
            return f"{p}/{q}" if q > 1 else str(p)
    sign = "-" if factor < 0 else ""
    for value, name in ((math.pi, "π"), (math.log(2), "ln 2"), (math.sqrt(2), "√2")):
        for scaled, text in (
            (value, name),
            (2 * value, f"2 {name}"),
            (value / 2, f"{name}/2"),
            (1 / value, f"1/{name}"),
            (2 / value, f"2/{name}"),
        ):
            if math.isclose(abs(factor), scaled, rel_tol=1e-5):
                return sign + text
    return f"{factor:.6g}"


def rearranged(analytic: Array, numeric: Array) -> str:
    """The right numbers in other places."""
    for axes in list(permutations(range(numeric.ndim)))[1:]:
        turned = analytic.transpose(axes)
        if _alike(turned, numeric):
            return say("the gradient is transposed")
    for axis in range(numeric.ndim):
        if _alike(np.flip(analytic, axis), numeric):
            return say("the gradient is reversed along axis {axis}", axis=axis)
    if _alike(np.sort(analytic, axis=None), np.sort(numeric, axis=None)):
        return say("the values are right but in other places: wrong indices or order?")
    return ""


def constant_offset(analytic: Array, numeric: Array) -> str:
    """analytic = numeric + constant."""
    difference = analytic - numeric
    offset = float(difference.mean())
    if numeric.size < 2 or not _alike(difference - offset + numeric, numeric):
        return ""
    return say("{offset:.6g} too much everywhere: is a term added?", offset=offset)


def in_part(analytic: Array, numeric: Array) -> str:
    """Right but for some elements."""
    wrong = ~_close(analytic, numeric)
    if numeric.size < 4 or wrong.sum() > numeric.size / 2:
        return ""
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    return say(
        "only {wrong} of {size} elements are wrong, the first at {first}: an index, a "
        "border or a case that is left out?",
        wrong=int(wrong.sum()),
        size=numeric.size,
        first=first,
    )


CAUSES: list[Cause] = [
    wrong_shape,
    not_finite,
    zero,
    constant_factor,
    rearranged,
    constant_offset,
    in_part,
]
"""Who knows another mistake adds a function here."""

PATTERNS = (rearranged, in_part)

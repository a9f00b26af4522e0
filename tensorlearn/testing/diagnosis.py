"""From two gradients that disagree to the mistake that makes them disagree so.

Each cause looks at the evidence and yields the diagnoses that would explain it exactly;
`CAUSES` are asked in order, the most telling first. Those that need to know how each output
depends on each input are in `paths.py`, names of missing factors in `factors.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations, permutations
from typing import Any

import numpy as np

from tensorlearn.testing.evidence import Diagnosis, Evidence, diagnosis, named
from tensorlearn.testing.factors import chain, term, upstream
from tensorlearn.testing.paths import (
    diagonal,
    mask,
    overwritten,
    scale,
    statistics,
    time,
    wrong_axis,
)
from tensorlearn.wording import say

Cause = Callable[[Evidence], Iterable[Diagnosis]]


def diagnose(analytic: Any, numeric: Any) -> str:
    """The likely cause of the difference, as half a sentence; "" if there is none.

    Where `numeric` is NaN it was not measured; then no pattern of places is looked for.

    >>> diagnose(np.array([2.0, 4.0]), np.array([1.0, 2.0]))
    'the gradient is doubled: is something added twice?'
    """
    found = explain_arrays(analytic, numeric)
    return found.cause if found else ""


def explain_arrays(analytic: Any, numeric: Any) -> Diagnosis | None:
    """As `explain`, for two arrays; `analytic` None: nothing was recorded."""
    numeric = np.asarray(numeric, np.float64)
    measured = ~np.isnan(numeric)
    if analytic is None:
        return diagnosis("detached") if numeric[measured].any() else None
    analytic = np.asarray(analytic, np.float64)
    causes = CAUSES
    if not measured.all():
        analytic, numeric = analytic[measured], numeric[measured]
        causes = [cause for cause in CAUSES if cause not in PLACES]
    evidence = Evidence(analytic, numeric)
    return None if evidence.is_right(analytic) else explain([evidence], causes)


def explain(
    evidences: Sequence[Evidence], causes: Sequence[Cause] | None = None
) -> Diagnosis:
    """The first diagnosis that explains what was seen at every point."""
    for cause in CAUSES if causes is None else causes:
        found = [list(cause(evidence)) for evidence in evidences]
        for candidate in found[0]:
            if all(candidate in others for others in found[1:]):
                return candidate
    wrong = evidences[0]
    count = (
        wrong.close(wrong.analytic, wrong.numeric) if wrong.comparable else np.ones(1)
    )
    return diagnosis(
        "unknown", wrong=int(np.sum(~(count > 0))), size=wrong.numeric.size
    )


# ---- shapes ----


def swapped(e: Evidence) -> Iterator[Diagnosis]:
    """What was returned for this input belongs to another one, and the reverse."""
    for name, (analytic, numeric) in e.others.items():
        if analytic is None or name == e.where or e.alike(e.numeric, numeric):
            continue
        if e.alike(e.analytic, numeric) and e.alike(np.asarray(analytic), e.numeric):
            yield diagnosis("swapped", other=f" ({e.where}, {name})" if e.where else "")


def wrong_shape(e: Evidence) -> Iterator[Diagnosis]:
    """The two cannot even be compared."""
    if e.analytic.shape == e.numeric.shape:
        return
    yield from unsummed(e)
    if e.analytic.shape == e.numeric.shape[::-1] and e.is_right(e.analytic.T):
        yield diagnosis("transposed")
    same_size = e.analytic.size == e.numeric.size
    if same_size and e.is_right(e.analytic.reshape(e.numeric.shape)):
        yield diagnosis("keepdims", got=e.analytic.shape, wanted=e.numeric.shape)
    yield from wrong_axis(e)
    yield from padding(e)
    yield diagnosis("shape", got=e.analytic.shape, wanted=e.numeric.shape)


def unsummed(e: Evidence) -> Iterator[Diagnosis]:
    """Summing over some axes would make it right."""
    lead = e.analytic.ndim - e.numeric.ndim
    if lead < 0:
        return
    trailing = zip(e.analytic.shape[lead:], e.numeric.shape, strict=True)
    ones = [i + lead for i, (n, m) in enumerate(trailing) if m == 1 != n]
    axes = (*range(lead), *ones)
    total = e.analytic.sum(axis=axes, keepdims=True)
    if not axes or total.size != e.numeric.size:
        return
    if e.is_right(total.reshape(e.numeric.shape)):
        yield diagnosis("unsummed", axes=", ".join(str(axis) for axis in axes))


def padding(e: Evidence) -> Iterator[Diagnosis]:
    """One is the inside of the other."""
    if e.analytic.ndim != e.numeric.ndim:
        return
    extra = [a - n for a, n in zip(e.analytic.shape, e.numeric.shape, strict=True)]
    if min(extra) >= 0:
        larger, smaller = e.analytic, e.numeric
    elif max(extra) <= 0:
        larger, smaller, extra = e.numeric, e.analytic, [-k for k in extra]
    else:
        return
    for left in ([k // 2 for k in extra], [0] * len(extra), extra):
        inside = tuple(
            slice(start, start + n)
            for start, n in zip(left, smaller.shape, strict=True)
        )
        if smaller.size > 1 and np.ptp(smaller) and e.alike(larger[inside], smaller):
            yield diagnosis("padding")
            return


# ---- numbers ----


def not_finite(e: Evidence) -> Iterator[Diagnosis]:
    """NaN or Inf in the gradient alone."""
    bad = ~np.isfinite(e.analytic)
    if bad.any() and np.isfinite(e.numeric).all():
        yield diagnosis("nan", count=int(bad.sum()))


def zero(e: Evidence) -> Iterator[Diagnosis]:
    """Nothing flows."""
    if not e.analytic.any():
        yield diagnosis("zero")


def constant_factor(e: Evidence) -> Iterator[Diagnosis]:
    """analytic = factor · numeric, with a factor that may have a meaning."""
    power = float(np.sum(e.numeric * e.numeric))
    factor = float(np.sum(e.analytic * e.numeric)) / power if power else 0.0
    if not factor or not e.is_right(e.analytic / factor):
        return
    for known, code in ((-1, "sign"), (2, "twice"), (0.5, "half")):
        if math.isclose(factor, known, rel_tol=e.tolerance):
            yield diagnosis(code)
    for n, axis in _lengths(e):
        if math.isclose(factor, 1 / n, rel_tol=e.tolerance):
            yield diagnosis("mean", n=n, axis=axis)
        if math.isclose(factor, n, rel_tol=e.tolerance):
            yield diagnosis("sum", n=n, axis=axis)
    if e.numeric.size > 1 or "." not in named(factor):
        yield diagnosis("factor", factor=named(factor))


def _lengths(e: Evidence) -> Iterator[tuple[int, str]]:
    """Numbers over which a mean may have been taken, and what they count."""
    seen = set()
    arrays = [(e.y, say("the output"))] if e.y is not None else []
    arrays += [(x, name) for name, x in e.values.items()] or [(e.numeric, "")]
    for array, name in arrays:
        for axis, n in enumerate(array.shape):
            if n > 1 and n not in seen:
                seen.add(n)
                yield n, _of_axis(n, axis, name)
    for array, name in arrays:
        for count in (2, 3, 4):
            for axes in combinations(range(array.ndim), count):
                n = math.prod(array.shape[axis] for axis in axes)
                if n > 1 and n not in seen:
                    seen.add(n)
                    yield n, _of_axis(n, ", ".join(map(str, axes)), name)


def _of_axis(n: int, axis: Any, name: str) -> str:
    if not name:
        return ""
    return say(
        " ({n} is the length of axis {axis} of {name})", n=n, axis=axis, name=name
    )


# ---- places ----


def rearranged(e: Evidence) -> Iterator[Diagnosis]:
    """The right numbers in other places."""
    if not e.comparable:
        return
    for axes in list(permutations(range(e.numeric.ndim)))[1:]:
        turned = e.analytic.transpose(axes)
        if turned.shape == e.numeric.shape and e.is_right(turned):
            yield diagnosis("transposed")
    for axis in range(e.numeric.ndim):
        if e.is_right(np.flip(e.analytic, axis)):
            yield diagnosis("reversed", axis=axis)
    yield from shifted(e)
    if e.alike(np.sort(e.analytic, axis=None), np.sort(e.numeric, axis=None)):
        yield diagnosis("order")


def shifted(e: Evidence) -> Iterator[Diagnosis]:
    """Off by one or two along an axis, or two; what is pushed out may be lost."""
    ndim = e.numeric.ndim
    for axes in (*combinations(range(ndim), 1), *combinations(range(ndim), 2)):
        for by in (1, -1, 2, -2):
            if any(abs(by) > e.numeric.shape[axis] - 2 for axis in axes):
                continue
            inside = [slice(None)] * ndim
            for axis in axes:
                inside[axis] = slice(max(by, 0), e.numeric.shape[axis] + min(by, 0))
            moved = np.roll(e.numeric, [by] * len(axes), axes)[tuple(inside)]
            varied = moved.size > 1 and np.ptp(moved) > 0
            if varied and e.alike(e.analytic[tuple(inside)], moved):
                yield diagnosis("shift", by=_by(by, axes))


def _by(by: int, axes: Sequence[int]) -> str:
    names = ", ".join(map(str, axes))
    return say(" ({by} along axis {axis})", by=f"{by:+d}", axis=names)


def constant_offset(e: Evidence) -> Iterator[Diagnosis]:
    """analytic = numeric + constant."""
    difference = e.analytic - e.numeric
    offset = float(difference.mean())
    if e.numeric.size > 1 and e.is_right(difference - offset + e.numeric):
        yield diagnosis("offset", offset=f"{offset:.6g}")


def in_part(e: Evidence) -> Iterator[Diagnosis]:
    """Right but for some elements."""
    wrong = ~e.close(e.analytic, e.numeric)
    if e.numeric.size < 4 or wrong.sum() > e.numeric.size / 2:
        return
    for axis, n in enumerate(e.numeric.shape):
        others = tuple(k for k in range(wrong.ndim) if k != axis)
        lines = np.flatnonzero(wrong.any(axis=others))
        whole = wrong.all(axis=others)[lines].all()
        if n > 2 and others and whole and set(lines.tolist()) <= {0, n - 1}:
            yield diagnosis("border", axis=axis, count=int(wrong.sum()))
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    yield diagnosis("part", wrong=int(wrong.sum()), size=e.numeric.size, first=first)


CAUSES: list[Cause] = [
    swapped,
    wrong_shape,
    not_finite,
    zero,
    scale,
    constant_factor,
    mask,
    upstream,
    diagonal,
    time,
    overwritten,
    chain,
    wrong_axis,
    rearranged,
    constant_offset,
    term,
    statistics,
    in_part,
]
"""Who knows another mistake adds a function here."""

PLACES: Sequence[Cause] = (rearranged, in_part)

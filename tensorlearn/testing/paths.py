"""Causes that show in how each output depends on each input.

`contributions` of an Evidence are what each output adds to each element of the gradient;
the right gradient is their sum. A wrong one is often the sum of some of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from tensorlearn.autograd.tensor import Array
from tensorlearn.testing.evidence import Diagnosis, Evidence, diagnosis
from tensorlearn.wording import say


def scale(e: Evidence) -> Iterator[Diagnosis]:
    """Dropout: the right elements, but forward scaled those that it kept."""
    kept = _kept(e)
    if kept is None:
        return
    own = e.own
    factor = float(own[kept][0]) if own is not None else 1.0
    if abs(factor - 1) > e.tolerance and e.is_right(e.analytic * factor):
        yield diagnosis("scale", factor=f"{factor:.4g}")


def mask(e: Evidence) -> Iterator[Diagnosis]:
    """Dropout: another mask than forward's, or none."""
    kept = _kept(e)
    if kept is None or e.g is None or not e.g.all():
        return
    ratio = e.analytic / e.g
    passed = ratio[np.abs(ratio) > e.tolerance]
    same = passed.size and np.ptp(passed) <= e.tolerance * np.abs(passed).max()
    if passed.size == ratio.size and same:
        yield diagnosis("mode")
    elif same and (np.abs(ratio) > e.tolerance)[kept].sum() < passed.size:
        yield diagnosis("mask")


def _kept(e: Evidence) -> Array | None:
    """Which elements forward let through, if it only selects and scales."""
    own = e.own
    if own is None or not e.elementwise:
        return None
    kept = np.abs(own) > e.tolerance
    if kept.all() or not kept.any() or np.ptp(own[kept]) > e.tolerance:
        return None
    signs = [np.sign(x) for x in e.values.values() if x.shape == own.shape]
    if any((s[kept] > 0).all() and (s[~kept] <= 0).all() for s in signs):
        return None  # relu
    return np.asarray(kept)


def diagonal(e: Evidence) -> Iterator[Diagnosis]:
    """Each output's dependence on the other inputs is left out."""
    own = e.own
    if own is None or e.elementwise or e.g is None or own.size < 2:
        return
    if e.alike(e.analytic, own * e.g):
        yield diagnosis("diagonal")


def overwritten(e: Evidence) -> Iterator[Diagnosis]:
    """In a loop over outputs only the last (or first) contribution survived."""
    parts = e.contributions
    if parts is None or e.y is None or e.y.size < 2:
        return
    outer = e.numeric.ndim
    axes = range(outer, parts.ndim)
    for count in range(1, e.y.ndim + 1):
        for loop in combinations(axes, count):
            if all(parts.shape[axis] == 1 for axis in loop):
                continue
            inner = tuple(axis for axis in axes if axis not in loop)
            steps = parts.sum(axis=inner).reshape(*e.numeric.shape, -1)
            touched = (parts != 0).any(axis=inner).reshape(steps.shape)
            for flip, which in ((1, say("the last")), (-1, say("the first"))):
                if e.alike(e.analytic, _last_touched(steps, touched, flip)):
                    names = ", ".join(str(axis - outer) for axis in loop)
                    yield diagnosis("overwritten", part=_part(which, names))


def _part(which: str, axes: str) -> str:
    return say(" ({which} along axis {axes} of the output)", which=which, axes=axes)


def _last_touched(steps: Array, touched: Array, flip: int) -> Array:
    """The last step's contribution to each element among those that touch it."""
    steps, touched = steps[..., ::-flip], touched[..., ::-flip]
    first = np.argmax(touched, axis=-1)[..., None]
    return np.asarray(np.take_along_axis(steps, first, axis=-1)[..., 0])


def time(e: Evidence) -> Iterator[Diagnosis]:
    """Only outputs that are at most k steps later are counted."""
    parts = e.contributions
    if parts is None:
        return
    outer = e.numeric.ndim
    for a in range(outer):
        T = e.numeric.shape[a]
        for b in range(outer, parts.ndim):
            if T > 2 and parts.shape[b] == T:
                yield from _truncated(e, parts, a, b)
        yield from _last_steps(e, a)


def _truncated(e: Evidence, parts: Array, a: int, b: int) -> Iterator[Diagnosis]:
    T = e.numeric.shape[a]
    table = np.moveaxis(parts, (a, b), (0, 1))
    lag = np.arange(T)[None] - np.arange(T)[:, None]
    for sign in (1, -1):
        if np.abs(table[sign * lag < 0]).sum() > e.tolerance * np.abs(table).sum():
            continue  # looks into the other direction
        for k in range(T - 1):
            some = np.where(
                (sign * lag <= k).reshape(T, T, *[1] * (table.ndim - 2)), table, 0.0
            )
            total = np.moveaxis(some, (0, 1), (a, b))
            outputs = tuple(range(e.numeric.ndim, total.ndim))
            if e.alike(e.analytic, total.sum(axis=outputs)):
                yield diagnosis("time", steps=_steps(k))
                return


def _last_steps(e: Evidence, axis: int) -> Iterator[Diagnosis]:
    """Right in the last steps, zero before them."""
    T = e.numeric.shape[axis]
    right = e.close(e.analytic, e.numeric)
    others = tuple(k for k in range(right.ndim) if k != axis)
    right, silent = right.all(axis=others), ~e.analytic.any(axis=others)
    for k in range(1, T - 1):
        reached = np.arange(T) >= T - k
        cut = right[reached].all() and silent[~reached].all()
        if others and cut and not right[~reached].any():
            yield diagnosis("time", steps=_steps(k - 1))


def _steps(k: int) -> str:
    return say(": only {k} steps", k=k)


def wrong_axis(e: Evidence) -> Iterator[Diagnosis]:
    """A sum of g, or a copy of g, over other axes than the right ones."""
    if e.g is not None and e.g.ndim > 1:
        sums = {}
        for count in range(1, e.g.ndim):
            for axes in combinations(range(e.g.ndim), count):
                sums[axes] = e.g.sum(axis=axes)
        right = any(_same_numbers(e, s, e.numeric) for s in sums.values())
        if right and any(_same_numbers(e, s, e.analytic) for s in sums.values()):
            yield diagnosis("axis")
    if e.comparable and any(_copied_along_the_other(e, i, j) for i, j in _pairs(e)):
        yield diagnosis("axis")


def _pairs(e: Evidence) -> Iterator[tuple[int, int]]:
    """Axes of the same length."""
    shape = e.numeric.shape
    for i, j in combinations(range(len(shape)), 2):
        if shape[i] == shape[j] > 1:
            yield i, j


def _copied_along_the_other(e: Evidence, i: int, j: int) -> bool:
    constant = min(float(np.ptp(e.numeric, axis=k).max()) for k in (i, j))
    return constant <= e.tolerance and e.is_right(np.swapaxes(e.analytic, i, j))


def _same_numbers(e: Evidence, a: Array, b: Array) -> bool:
    return a.size == b.size and e.alike(a.reshape(b.shape), b)


def statistics(e: Evidence) -> Iterator[Diagnosis]:
    """The difference lies, along an axis, in the span of 1 and x (or y)."""
    own = e.own
    if own is None or e.elementwise or e.y is None:
        return
    rest = e.numeric - e.analytic
    ndim = rest.ndim
    same = [x for x in e.values.values() if x.shape == rest.shape] + [e.y]
    bases = [[np.ones_like(rest)], *([x] for x in same)]
    bases += [[np.ones_like(rest), x] for x in same]
    for count in range(1, ndim + 1):
        for axes in combinations(range(ndim), count):
            for basis in bases:
                n = np.prod([rest.shape[axis] for axis in axes])
                if n >= len(basis) + 2 and _spanned(e, rest, basis, axes):
                    yield diagnosis(
                        "statistics",
                        axis=say(" (axis {axis})", axis=", ".join(map(str, axes))),
                    )
                    return


def _spanned(
    e: Evidence, rest: Array, basis: list[Array], axes: tuple[int, ...]
) -> bool:
    """Whether `rest` is a combination of the basis along the axes."""

    def lines(x: Array) -> Array:
        moved = np.moveaxis(x, axes, range(x.ndim - len(axes), x.ndim))
        n = int(np.prod(moved.shape[x.ndim - len(axes) :]))
        return np.asarray(moved.reshape(-1, n))  # (lines, n)

    columns = np.stack([lines(b) for b in basis], axis=-1)  # (lines, n, K)
    target = lines(rest)[..., None]  # (lines, n, 1)
    fitted = columns @ (np.linalg.pinv(columns) @ target)
    scale = float(np.max(np.abs(e.numeric), initial=0.0))
    return bool((np.abs(fitted - target) <= 10 * e.tolerance * scale).all())

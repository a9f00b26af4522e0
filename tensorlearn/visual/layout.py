"""Where boxes and arrows go: in rows, with few crossings and short, calm arrows.

The method is Sugiyama's (1981): a row for every box, a place in the row, a coordinate for
the place. An arrow over several rows is given a point in each row that it passes.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise

Key = Hashable
Pairs = Sequence[tuple[Key, Key]]
Neighbours = Mapping[Key, list[Key]]

SWEEPS = 8


def rows_of(keys: Sequence[Key], arrows: Pairs) -> dict[Key, int]:
    """The row of every box: below all that feed it, and as near to them as possible.

    keys: in an order in which sources come before what they feed. A box that nothing
    feeds moves down to just above the first one that it feeds.
    """
    before, after = _neighbours(keys, arrows)
    row: dict[Key, int] = {}
    for key in keys:
        row[key] = max((row[k] + 1 for k in before[key]), default=0)
    for key in keys:
        if after[key] and not before[key]:
            row[key] = min(row[k] for k in after[key]) - 1
    return row


def place(
    rows: Sequence[list[Key]],
    arrows: Pairs,
    lengths: Mapping[Key, float],
    gap: float,
) -> dict[Key, float]:
    """The middle of every box along its row.

    rows: keys from top to bottom, put into a better order here. arrows: between rows next
    to each other only. lengths: how much of its row a box takes. gap: free space between.
    """
    keys = [key for row in rows for key in row]
    before, after = _neighbours(keys, arrows)
    _untangle(rows, before, after)
    middle: dict[Key, float] = {}
    for row in rows:
        edge = 0.0
        for key in row:
            middle[key] = edge + lengths[key] / 2
            edge += lengths[key] + gap
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else reversed(rows):
            wanted = [_wish(key, middle, before, after, down) for key in row]
            steps = [(lengths[a] + lengths[b]) / 2 + gap for a, b in pairwise(row)]
            middle.update(zip(row, _spread(wanted, steps), strict=True))
    start = min(middle[key] - lengths[key] / 2 for key in keys)
    return {key: value - start for key, value in middle.items()}


def _neighbours(keys: Sequence[Key], arrows: Pairs) -> tuple[Neighbours, Neighbours]:
    before: dict[Key, list[Key]] = {key: [] for key in keys}
    after: dict[Key, list[Key]] = {key: [] for key in keys}
    for a, b in arrows:
        before[b].append(a)
        after[a].append(b)
    return before, after


def _untangle(rows: Sequence[list[Key]], before: Neighbours, after: Neighbours) -> None:
    """Sort each row by the middle of its neighbours, down and up; keep the best order."""
    best, fewest = [list(row) for row in rows], _crossings(rows, before)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        near = before if down else after
        ordered = list(rows if down else reversed(rows))
        for fixed, row in pairwise(ordered):
            position = {key: float(i) for i, key in enumerate(fixed)}
            own = {key: i * len(fixed) / len(row) for i, key in enumerate(row)}
            row.sort(
                key=lambda key: _mean(
                    [position[k] for k in near[key] if k in position] or [own[key]]
                )
            )
        found = _crossings(rows, before)
        if found < fewest:
            best, fewest = [list(row) for row in rows], found
    for row, order in zip(rows, best, strict=True):
        row[:] = order


def _crossings(rows: Sequence[list[Key]], before: Neighbours) -> int:
    count = 0
    for above, row in pairwise(rows):
        position = {key: i for i, key in enumerate(above)}
        ends = [sorted(position[k] for k in before[key]) for key in row]
        seen: list[int] = []
        for places in ends:
            count += sum(old > new for new in places for old in seen)
            seen += places
    return count


def _wish(
    key: Key,
    middle: Mapping[Key, float],
    before: Neighbours,
    after: Neighbours,
    down: bool,
) -> float:
    """Where a box would like to be: amid its neighbours on the side that is settled."""
    near = (before if down else after)[key] or (after if down else before)[key]
    return _mean([middle[k] for k in near]) if near else middle[key]


def _spread(wanted: Sequence[float], steps: Sequence[float]) -> list[float]:
    """The places nearest to `wanted` that are `steps` apart: least squares.

    Without its share of the steps, a place may not lie before the one to its left: pools
    of places that would are put at their average, and grow.
    """
    shift = [0.0]
    for step in steps:
        shift.append(shift[-1] + step)
    pools: list[tuple[float, int]] = []  # (average, how many)
    for value, moved in zip(wanted, shift, strict=True):
        average, count = value - moved, 1
        while pools and pools[-1][0] > average:
            other, many = pools.pop()
            average = (average * count + other * many) / (count + many)
            count += many
        pools.append((average, count))
    flat = [average for average, count in pools for _ in range(count)]
    return [value + moved for value, moved in zip(flat, shift, strict=True)]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)

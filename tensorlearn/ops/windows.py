"""Windows that slide over space: where they lie, and the adjoint pair cut out / add back.

Everything is channels-last, of any rank: x (N, *S, C), windows of size *K at places *O.
Place o of a window touches cell ``o·stride + k·dilation - before`` with its tap k. Read
`convolution.py` and `pooling.py` next, which are built on `Geometry`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from tensorlearn.autograd.primitive import primitive
from tensorlearn.wording import say, suggest

Ints = tuple[int, ...]
Slices = tuple[slice, ...]
Padding = Any
"""A word ("valid", "same", "causal") or (before, after) for every axis of space."""

PADDINGS = ("valid", "same", "causal")


@dataclass(frozen=True)
class Geometry:
    """How windows of `size` lie in `space`.

    pads: cells (before, after) each axis; places: how many windows along each axis.
    """

    space: Ints
    size: Ints
    strides: Ints
    dilation: Ints
    pads: tuple[tuple[int, int], ...]
    places: Ints

    @cached_property
    def padded(self) -> Ints:
        """Space with its padding."""
        return tuple(n + a + b for n, (a, b) in zip(self.space, self.pads, strict=True))

    @cached_property
    def is_pointwise(self) -> bool:
        """Whether windows are single cells, each taken once: nothing slides."""
        return self.space == self.padded == self.places and set(self.size) == {1}

    @cached_property
    def taps(self) -> list[tuple[Ints, Slices, Slices]]:
        """(k, cells, places) of every tap: its cells of space, by the windows they are in.

        Cells in the padding are left out, so no padded copy of the data is needed.
        """
        along = [
            _taps_along(*axis)
            for axis in zip(
                self.space,
                self.size,
                self.strides,
                self.dilation,
                self.pads,
                self.places,
                strict=True,
            )
        ]
        found = []
        for combined in itertools.product(*along):
            k, cells, places = zip(*combined, strict=True)
            if all(p.stop > p.start for p in places):
                found.append((k, cells, places))
        return found

    @cached_property
    def turned(self) -> tuple[tuple[int, int], ...] | None:
        """The padding of *O with which turned windows lead back to *S, if there is one.

        Only with strides 1: place o touches cell o + k - a, so cell i is touched from the
        places i - k + a, and k runs backwards.
        """
        if set(self.strides) != {1}:
            return None
        spans = [(k - 1) * d for k, d in zip(self.size, self.dilation, strict=True)]
        found = tuple(
            (n - a, n - b) for n, (a, b) in zip(spans, self.pads, strict=True)
        )
        return found if min(map(min, found)) >= 0 else None

    def bytes_of_windows(self, x: Any) -> int:
        """Of all windows of one sample."""
        cells = math.prod(self.places) * math.prod(self.size)
        return cells * int(x.shape[-1]) * int(x.itemsize)

    def along(self, axis: int) -> Geometry:
        """The same for one axis alone."""
        parts = (
            self.space,
            self.size,
            self.strides,
            self.dilation,
            self.pads,
            self.places,
        )
        return Geometry(*((part[axis],) for part in parts))  # type: ignore[arg-type]


def _taps_along(
    length: int, size: int, stride: int, dilation: int, pads: Ints, places: int
) -> list[tuple[int, slice, slice]]:
    """(k, cells, places) for the taps along one axis."""
    found = []
    for k in range(size):
        shift = k * dilation - pads[0]  # the cell that place 0 touches
        first = max(0, -(shift // stride))
        last = min(places - 1, (length - 1 - shift) // stride)
        start = first * stride + shift
        cells = slice(start, max(start, last * stride + shift + 1), stride)
        found.append((k, cells, slice(first, max(first, last + 1))))
    return found


@lru_cache(maxsize=1024)
def geometry(
    space: Ints,
    size: Ints,
    strides: Ints | None = None,
    dilation: Ints | None = None,
    padding: Padding = "valid",
) -> Geometry:
    """Where windows lie; ValueError if not one fits.

    "valid" adds no cells. "same" gives ceil(n / stride) places, the odd cell of padding
    after the data. "causal" adds all padding before it: no place sees what comes later.
    """
    strides = strides or (1,) * len(size)
    dilation = dilation or (1,) * len(size)
    spans = tuple((k - 1) * d + 1 for k, d in zip(size, dilation, strict=True))
    if isinstance(padding, str):
        pads = tuple(
            _pads(padding, *axis) for axis in zip(space, spans, strides, strict=True)
        )
    else:
        pads = tuple((int(a), int(b)) for a, b in padding)
    places = tuple(
        (n + sum(pad) - span) // stride + 1
        for n, pad, span, stride in zip(space, pads, spans, strides, strict=True)
    )
    if any(n < 1 for n in places):
        raise ValueError(
            say(
                "a window of size {size} (dilation {dilation}) does not fit into {space} "
                "with padding {padding!r}; use a smaller window, a larger input or "
                "padding='same'",
                size=size,
                dilation=dilation,
                space=space,
                padding=padding,
            )
        )
    return Geometry(space, size, strides, dilation, pads, places)


def _pads(word: str, length: int, span: int, stride: int) -> tuple[int, int]:
    if word == "valid":
        return 0, 0
    if word == "causal":
        return span - 1, 0
    if word == "same":
        total = max((-(-length // stride) - 1) * stride + span - length, 0)
        return total // 2, total - total // 2
    raise ValueError(
        say(
            "`padding` must be one of {known} or (before, after) for every axis, got "
            "{value!r}{hint}",
            known=", ".join(PADDINGS),
            value=word,
            hint=suggest(word, PADDINGS),
        )
    )


def output_length(
    length: int | None, size: int, stride: int, dilation: int, padding: str
) -> int | None:
    """Places along an axis of this length (None if unknown); may be 0 or less."""
    if length is None:
        return None
    span = (size - 1) * dilation + 1
    before, after = _pads(padding, length, span, stride)
    return (length + before + after - span) // stride + 1


# ---- working in chunks ----

CHUNK = 1 << 20
"""Bytes that a chunk of work shall touch: half of a second-level cache."""


def chunks(count: int, bytes_each: int, limit: int = CHUNK) -> Iterator[slice]:
    """Slices of 0..count, of as many items as fit into `limit` bytes (at least one)."""
    step = max(1, limit // max(1, bytes_each))
    for start in range(0, count, step):
        yield slice(start, min(start + step, count))


RUNS = 8
"""Runs of neighbouring chunks, for so many threads at most."""
SUMS = 64 << 20
"""Bytes that the partial sums of all runs may take together."""


def runs(count: int, bytes_each: int, kept: int = 1) -> list[slice]:
    """0..count in parts for threads to share: a power of two, so that two share evenly.

    bytes_each: what an item reads and writes; kept: bytes that a run has to remember.
    """
    parts = 2
    while parts < min(RUNS, count * bytes_each // CHUNK, SUMS // max(1, kept)):
        parts *= 2
    return list(chunks(count, 1, -(-count // parts))) or [slice(0, 0)]


def sum_in_order(parts: list[Any]) -> Any:
    """The sum of arrays, written into the first of them."""
    total, *others = parts
    for part in others:
        total += part
    return total


def bordered(x: Any, where: Geometry) -> Iterator[tuple[slice, Any]]:
    """Chunks of the batch with zeros around them, in one buffer that is used again."""
    each = math.prod(where.padded) * x.shape[-1] * x.itemsize
    buffer = None
    for part in chunks(len(x), each):
        piece = x[part]
        if where.padded != where.space:
            if buffer is None:
                buffer = np.zeros((len(piece), *where.padded, x.shape[-1]), x.dtype)
            inside = [
                slice(a, a + n)
                for n, (a, _) in zip(where.space, where.pads, strict=True)
            ]
            buffer[(slice(len(piece)), *inside)] = piece
            piece = buffer[: len(piece)]
        yield part, piece


def window_view(x: Any, where: Geometry) -> Any:
    """All windows of padded data, without copying.   (N, *S, C) -> (N, *O, *K, C)"""
    x = np.ascontiguousarray(x)
    step = x.strides[1 : 1 + len(where.size)]
    view: Any = np.ndarray(  # what as_strided does, in a twentieth of its time
        (len(x), *where.places, *where.size, x.shape[-1]),
        x.dtype,
        x,
        strides=(
            x.strides[0],
            *(n * s for n, s in zip(step, where.strides, strict=True)),
            *(n * d for n, d in zip(step, where.dilation, strict=True)),
            x.strides[-1],
        ),
    )
    view.flags.writeable = False
    return view


# ---- the adjoint pair ----


@primitive
def windows(
    x: Any,
    *,
    size: Ints,
    strides: Ints | None = None,
    dilation: Ints | None = None,
    padding: Padding = "valid",
) -> Any:
    """Cut out every window.   (N, *S, C) -> (N, *O, *K, C)"""
    where = geometry(x.shape[1:-1], size, strides, dilation, padding)
    if where.padded != where.space:
        x = np.pad(x, ((0, 0), *where.pads, (0, 0)))
    return window_view(x, where)


@windows.pullback(0)
def _(g: Any, _y: Any, x: Any, *, size: Ints, **settings: Any) -> Any:
    return overlap_add(g, space=tuple(x.shape[1:-1]), **settings)


@primitive
def overlap_add(
    patches: Any,
    *,
    space: Ints,
    strides: Ints | None = None,
    dilation: Ints | None = None,
    padding: Padding = "valid",
) -> Any:
    """Add every window back where `windows` took it.   (N, *O, *K, C) -> (N, *S, C)

    The transpose of `windows`: where windows overlap, their cells add up.

    >>> ones = np.ones((1, 4, 1))
    >>> overlap_add(windows(ones, size=(2,)), space=(4,)).ravel().tolist()
    [1.0, 2.0, 2.0, 1.0]
    """
    rank = len(space)
    size = patches.shape[1 + rank : -1]
    where = geometry(space, size, strides, dilation, padding)
    x = np.zeros((len(patches), *space, patches.shape[-1]), patches.dtype)
    for k, cells, places in where.taps:
        x[(slice(None), *cells)] += patches[(slice(None), *places, *k)]
    return x


@overlap_add.pullback(0)
def _(g: Any, _y: Any, patches: Any, *, space: Ints, **settings: Any) -> Any:
    size = tuple(patches.shape[1 + len(space) : -1])
    return windows(g, size=size, **settings)

"""Cutting parameters into flat pieces of memory that an update rule can walk through.

Many small parameters share one piece, so that a rule's dozen NumPy calls are paid once
and not per parameter; a big one becomes blocks that stay in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tensorlearn.autograd import Parameter

Array = np.ndarray[Any, Any]
Memory = list[Array]  # one array for every parameter

BLOCK = 1 << 16
"""Elements worked on at a time: with a rule's states they fit into a second-level cache.

With fewer, two threads would hand Python's lock back and forth instead of computing.
"""
LANES = 8
"""So many threads at most work on the blocks."""
SMALL = 1 << 12
"""Parameters up to this size are gathered and updated together."""


class Part(NamedTuple):
    """Parameter number `index` in a piece: where its gradient and its change go.

    place: the stretch of the parameter; None for all of it.
    """

    index: int
    place: slice | None
    gradient: Array
    change: Array


class Piece(NamedTuple):
    """A flat stretch of one parameter, or several small parameters end to end.

    states: the rule's memory. gradient, change, spare: scratch of the same length.
    """

    parts: list[Part]
    states: list[Array]
    gradient: Array
    change: Array
    spare: Array


def cut(parameters: Sequence[Parameter], memories: list[Memory]) -> list[list[Piece]]:
    """Plan the work, in lanes that may run side by side; memories get zero arrays.

    The pieces of a lane share their scratch memory.
    """
    for memory in memories:
        memory[:] = [np.zeros(p.shape, p.dtype) for p in parameters]
    blocks: list[tuple[int, slice]] = []
    small: dict[np.dtype[Any], list[int]] = {}
    for index, p in enumerate(parameters):
        if p.size <= SMALL:
            small.setdefault(p.dtype, []).append(index)
        else:
            starts = range(0, p.size, BLOCK)
            blocks += [(index, slice(i, min(i + BLOCK, p.size))) for i in starts]
    work = sum(place.stop - place.start for _, place in blocks)
    step = -(-len(blocks) // max(1, min(LANES, work // BLOCK))) or 1
    lanes = [
        _lane(blocks[i : i + step], parameters, memories)
        for i in range(0, len(blocks), step)
    ] or [[]]
    for dtype, members in small.items():
        lanes[0].append(_bundle(dtype, members, parameters, memories))
    return lanes


def _lane(
    blocks: list[tuple[int, slice]],
    parameters: Sequence[Parameter],
    memories: list[Memory],
) -> list[Piece]:
    """Blocks of big parameters."""
    scratch: dict[np.dtype[Any], list[Array]] = {}
    made = []
    for index, place in blocks:
        dtype = parameters[index].dtype
        if dtype not in scratch:
            scratch[dtype] = [np.empty(BLOCK, dtype) for _ in range(3)]
        length = place.stop - place.start
        gradient, change, spare = (array[:length] for array in scratch[dtype])
        states = [memory[index].reshape(-1)[place] for memory in memories]
        part = Part(index, place, gradient, change)
        made.append(Piece([part], states, gradient, change, spare))
    return made


def _bundle(
    dtype: np.dtype[Any],
    members: list[int],
    parameters: Sequence[Parameter],
    memories: list[Memory],
) -> Piece:
    """Small parameters end to end; their memories become views of the joint one."""
    ends = np.cumsum([parameters[i].size for i in members]).tolist()
    gradient, change, spare, *joint = (
        np.zeros(ends[-1], dtype) for _ in range(3 + len(memories))
    )
    parts = []
    for i, end in zip(members, ends, strict=True):
        here = slice(end - parameters[i].size, end)
        parts.append(Part(i, None, gradient[here], change[here]))
        for memory, flat in zip(memories, joint, strict=True):
            memory[i] = flat[here].reshape(parameters[i].shape)
    return Piece(parts, joint, gradient, change, spare)

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

BLOCK = 1 << 14
"""Elements worked on at a time: with a rule's states they fit into a core's cache."""
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


def cut(parameters: Sequence[Parameter], memories: list[Memory]) -> list[Piece]:
    """Plan the work; every memory gets one zero array per parameter."""
    for memory in memories:
        memory[:] = [np.zeros(p.shape, p.dtype) for p in parameters]
    pieces: list[Piece] = []
    scratch: dict[np.dtype[Any], list[Array]] = {}
    small: dict[np.dtype[Any], list[int]] = {}
    for index, p in enumerate(parameters):
        if p.size <= SMALL:
            small.setdefault(p.dtype, []).append(index)
            continue
        if p.dtype not in scratch:
            scratch[p.dtype] = [np.empty(BLOCK, p.dtype) for _ in range(3)]
        pieces += _blocks(index, p.size, memories, scratch[p.dtype])
    for dtype, members in small.items():
        pieces.append(_bundle(dtype, members, parameters, memories))
    return pieces


def _blocks(
    index: int, size: int, memories: list[Memory], scratch: list[Array]
) -> list[Piece]:
    """One big parameter as several pieces that share their scratch memory."""
    made = []
    for start in range(0, size, BLOCK):
        place = slice(start, min(start + BLOCK, size))
        length = place.stop - start
        gradient, change, spare = (array[:length] for array in scratch)
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

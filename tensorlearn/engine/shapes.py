"""Arithmetic on shapes with unknown lengths (None), and dry runs where there is no rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle, islice
from typing import Any

import numpy as np

from tensorlearn.autograd import Tensor, no_grad
from tensorlearn.autograd.graph import watch
from tensorlearn.autograd.tensor import wrap
from tensorlearn.engine.context import check_probe
from tensorlearn.wording import say

Shape = tuple[int | None, ...]


class InputSpec:
    """What a layer accepts: number of axes, and the lengths of some of them.

    ndim / min_ndim / max_ndim: exact, least and most number of axes, batch included.
    axes: {axis: length}. shape: lengths of all axes, None where any will do.
    """

    def __init__(
        self,
        dtype: str | None = None,
        shape: Shape | None = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, int] | None = None,
    ) -> None:
        self.dtype = dtype
        self.shape = shape
        self.ndim = len(shape) if shape is not None else ndim
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = dict(axes or {})
        for axis, length in enumerate(shape or ()):
            if length is not None:
                self.axes.setdefault(axis, length)

    def check(self, owner: str, index: int, shape: Shape) -> None:
        """Raise ValueError unless `shape` (batch included) is acceptable."""
        ndim = len(shape)
        for wanted, holds, relation in (
            (self.ndim, ndim == self.ndim, "ndim"),
            (self.min_ndim, ndim >= (self.min_ndim or 0), "min_ndim"),
            (self.max_ndim, ndim <= (self.max_ndim or ndim), "max_ndim"),
        ):
            if wanted is not None and not holds:
                raise ValueError(
                    say(
                        "Input {index} is incompatible with layer {owner}: expected "
                        "{relation}={wanted}, found ndim={ndim} (shape {shape}){hint}",
                        index=index,
                        owner=owner,
                        relation=relation,
                        wanted=wanted,
                        ndim=ndim,
                        shape=shape,
                        hint=_ndim_hint(wanted, ndim),
                    )
                )
        for axis, length in self.axes.items():
            if -ndim <= axis < ndim and shape[axis] not in (None, length):
                raise ValueError(
                    say(
                        "Input {index} is incompatible with layer {owner}: expected axis "
                        "{axis} to have length {wanted}, got shape {shape}; the weights "
                        "were made for {wanted}, so reshape the input or build a new layer",
                        index=index,
                        owner=owner,
                        axis=axis,
                        wanted=length,
                        shape=shape,
                    )
                )


def _ndim_hint(wanted: int, found: int) -> str:
    if (wanted, found) == (3, 2):
        return say(
            "; is the batch axis or the channel axis missing? A recurrent layer before "
            "this one keeps the axis of time with return_sequences=True"
        )
    if found == wanted - 1:
        return say("; is the batch axis or the channel axis missing?")
    if (wanted, found) == (2, 3):
        return say(
            "; Flatten() or a last layer with return_sequences=False comes before"
        )
    return ""


def is_shape(value: Any) -> bool:
    """Whether `value` is one shape, not a list of shapes."""
    return isinstance(value, (tuple, list)) and all(
        n is None or isinstance(n, (int, np.integer)) for n in value
    )


def check_rule(owner: str, shape: Any, told: Any, outputs: Any) -> None:
    """Raise ValueError if a shape rule `told` other shapes than those of the outputs."""
    rules = [told] if is_shape(told) else list(told)
    found = [y.shape for y in (outputs if isinstance(outputs, list) else [outputs])]
    if len(rules) == len(found) and all(
        len(rule) == len(real)
        and all(n is None or n == m for n, m in zip(rule, real, strict=True))
        for rule, real in zip(rules, found, strict=True)
    ):
        return
    raise ValueError(
        say(
            "{owner}: for an input of shape {shape} its compute_output_shape says {told}, "
            "but call returned {found}; correct the rule, or leave it out: then the shape "
            "is found by a dry run",
            owner=owner,
            shape=shape,
            told=told,
            found=found[0] if len(found) == 1 else found,
        )
    )


def one_each(flags: Sequence[bool], count: int) -> list[bool]:
    """A flag per output: if there are fewer, they begin again; what is over is ignored."""
    return list(islice(cycle(flags or [False]), count))


def infer_shape(
    function: Callable[..., Any], shapes: Sequence[Shape], dtypes: Sequence[str]
) -> Any:
    """Output shape(s) of `function`, by two dry runs on arrays of zeros.

    Unknown lengths take two different probe values; where the outputs differ, the output
    length is unknown. Raises what `function` raises.
    """
    first, second = (_dry_run(function, shapes, dtypes, probe) for probe in (2, 3))
    results = [
        (
            tuple(a if a == b else None for a, b in zip(x.shape, y.shape, strict=True)),
            x.dtype.name,
        )
        for x, y in zip(first, second, strict=True)
    ]
    return results


def _dry_run(
    function: Callable[..., Any], shapes: Sequence[Shape], dtypes: Sequence[str], n: int
) -> list[Any]:
    zeros = []
    for shape, dtype in zip(shapes, dtypes, strict=True):
        full = [n if length is None else length for length in shape]
        check_probe(full)
        zeros.append(wrap(np.zeros(full, dtype), None))
    anomaly, watch.anomaly = watch.anomaly, None  # NaN is no news from zeros
    try:
        with no_grad(), np.errstate(all="ignore"):
            result = function(*zeros)
    finally:
        watch.anomaly = anomaly
    listed = list(result) if isinstance(result, (list, tuple)) else [result]
    return [y if isinstance(y, Tensor) else np.asarray(y) for y in listed]

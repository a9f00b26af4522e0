"""Several batches at a time, when nothing is learnt and none can notice the others."""

from __future__ import annotations

import time
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from tensorlearn.autograd.graph import watch
from tensorlearn.layers import Lambda
from tensorlearn.parallel import each, threads

_LONG = 0.5e-3
"""Seconds of a batch from which several at a time are done sooner than one by one."""
_GROUP = 16
"""Batches for each thread until their results are handed on."""


def in_order(
    model: Any,
    work: Callable[[Any], Any],
    batches: Iterable[Any],
    judges: Sequence[Any] = (),
) -> Iterator[Any]:
    """work(batch) for each batch, in their order; on several threads if that is faster.

    work: runs the model in inference mode. judges: the losses and metrics that it calls.
    The results are the same to the last bit either way; this thread draws the batches.
    """
    batches = iter(batches)
    for batch in islice(batches, 1):  # with it a model may make its weights
        began = time.perf_counter()
        result = work(batch)
        is_long = time.perf_counter() - began > _LONG
        yield result
        together = is_long and _may_run_together(model, judges)
        size = _GROUP * threads() if together else 1
        while group := list(islice(batches, size)):
            yield from each(work, group)


def _may_run_together(model: Any, judges: Sequence[Any]) -> bool:
    """Whether all is this library's code, without a state that goes from call to call.

    A function of one's own may count its calls or draw numbers: it sees one at a time.
    """
    ours = all(isinstance(f, types.FunctionType) and _is_ours(f) for f in judges)
    return watch.anomaly is None and ours and _keeps_nothing(model)


def _keeps_nothing(layer: Any) -> bool:
    known = _is_ours(type(layer)) and not isinstance(layer, Lambda)
    if not known or getattr(layer, "stateful", False):
        return False
    for part in vars(layer).values():  # an activation, a cell that is no layer
        runs = isinstance(part, types.FunctionType) or hasattr(part, "call")
        if runs and not _is_ours(part):
            return False
    calls = getattr(layer, "calls", ())  # training=True draws numbers, moves averages
    if any(call.arguments.get("training") for call in calls):
        return False
    return all(_keeps_nothing(inner) for inner in layer.sublayers())


_OURS = (
    "tensorlearn.layers.",
    "tensorlearn.models.",
    "tensorlearn.engine.operation.",
    "tensorlearn.losses.",
    "tensorlearn.metrics.",
    "tensorlearn.activations.",
)


def _is_ours(code: Any) -> bool:
    """Whether this function, class or object of a class is this library's."""
    return f"{code.__module__}.".startswith(_OURS)

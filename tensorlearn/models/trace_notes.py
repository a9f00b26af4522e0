"""What stands out in a trace, in sentences with a remedy each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np

from tensorlearn.wording import say

Array = np.ndarray[Any, Any]

MANY = 0.5
"""A share of dead units or flat values from which on it is worth a sentence."""
FACTOR = 1e3
"""By how much gradients may shrink or grow from layer to layer before it is said."""

_FLAT = {"sigmoid": (0.01, 0.99), "hard_sigmoid": (0.01, 0.99), "tanh": (-0.99, 0.99)}


def share_dead(layer: Any, y: Array) -> float | None:
    """Share of units that are 0 for the whole batch; None unless the layer ends in relu."""
    if _ending(layer) != "relu" or y.ndim < 2 or not y.size:
        return None
    axis = 1 if getattr(layer, "data_format", "") == "channels_first" else y.ndim - 1
    others = tuple(i for i in range(y.ndim) if i != axis)
    return float((y == 0).all(axis=others).mean())


def share_saturated(layer: Any, y: Array) -> float | None:
    """Share of values at the flat ends; None unless the layer ends in sigmoid or tanh."""
    ends = _FLAT.get(_ending(layer))
    if ends is None or not y.size:
        return None
    return float(((y < ends[0]) | (y > ends[1])).mean())


def _ending(layer: Any) -> str:
    """The name of the function whose values the layer gives."""
    if hasattr(layer, "recurrent_activation") or hasattr(layer, "cell"):
        return ""  # its output is a product
    if type(layer).__name__ in ("ReLU", "ThresholdedReLU"):
        return "relu"
    return str(getattr(getattr(layer, "activation", None), "__name__", ""))


def notes_of(inputs: Sequence[Any], calls: Sequence[Any]) -> list[str]:
    """Sentences on NaN, dead and saturated units, constant outputs, and gradients."""
    return [
        *_first_bad(inputs, calls),
        *chain.from_iterable(map(_of_one, calls)),
        *_of_gradients(calls),
    ]


def _first_bad(inputs: Sequence[Any], calls: Sequence[Any]) -> Iterator[str]:
    for one in inputs:
        if one.bad:
            yield say(
                "{bad} values of the input '{name}' are NaN or infinite: clean the data, "
                "e.g. with np.nan_to_num",
                bad=one.bad,
                name=one.name,
            )
            return
    for call in calls:
        if call.bad:
            yield say(
                "NaN or infinity appears first in '{name}': see with `with "
                "detect_anomaly():` which operation makes it",
                name=call.name,
            )
            return


def _of_one(call: Any) -> Iterator[str]:
    if call.dead is not None and call.dead >= MANY:
        yield say(
            "'{name}': {share:.0%} of its units are 0 for every sample and cannot learn "
            "(dead relu): try a smaller learning rate, he_normal, or LeakyReLU",
            name=call.name,
            share=call.dead,
        )
    if call.saturated is not None and call.saturated >= MANY:
        yield say(
            "'{name}': {share:.0%} of its values lie where {function} is flat, so that "
            "little gradient passes: scale the inputs, or begin with smaller weights",
            name=call.name,
            share=call.saturated,
            function=call.layer.activation.__name__,
        )
    y = call.outputs[0].value
    if y.ndim and len(y) > 1 and y.size and not call.bad and (y == y[:1]).all():
        yield say(
            "'{name}' gives the same for every sample: nothing of the input gets through",
            name=call.name,
        )


def _of_gradients(calls: Sequence[Any]) -> Iterator[str]:
    silent = [
        f"{call.name}/{weight.name}"
        for call in calls
        for weight in call.weights
        if weight.norm == 0
    ]
    if silent:
        yield say(
            "the gradient of {names} is 0: these weights do not learn from this batch",
            names=", ".join(silent),
        )
    sizes = [
        (call.name, float(np.sqrt(np.mean(np.square(call.outputs[0].gradient)))))
        for call in calls
        if call.weights and call.outputs[0].norm
    ]
    if len(sizes) < 2:
        return
    (first, low), (last, high) = sizes[0], sizes[-1]
    if low * FACTOR < high:
        yield say(
            "the gradient vanishes on its way back: {high:.1e} at '{last}', {low:.1e} at "
            "'{first}'; try relu, he_normal, BatchNormalization or shortcuts",
            high=high, last=last, low=low, first=first,
        )  # fmt: skip
    if high * FACTOR < low:
        yield say(
            "the gradient explodes on its way back: {high:.1e} at '{last}', {low:.1e} at "
            "'{first}'; try smaller initial weights, or clipnorm=1 in the optimizer",
            high=high, last=last, low=low, first=first,
        )  # fmt: skip

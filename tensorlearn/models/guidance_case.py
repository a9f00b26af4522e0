"""What the rules of guidance look at: every output and input of a model, with its data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tensorlearn import activations
from tensorlearn.declare.fields import label
from tensorlearn.layers import advanced_activations as advanced
from tensorlearn.layers import core
from tensorlearn.layers.wrappers import TimeDistributed
from tensorlearn.models.batches import Data
from tensorlearn.models.compiling import Target
from tensorlearn.wording import say

Array = np.ndarray[Any, Any]
_MANY = 1 << 16  # values that are looked at, of each array
_ONLY_SHAPE = (core.Flatten, core.Reshape, core.Permute)
_AS_LAYERS = {
    advanced.ReLU: "relu",
    advanced.ThresholdedReLU: "relu",
    advanced.LeakyReLU: "leaky_relu",
    advanced.PReLU: "leaky_relu",
    advanced.ELU: "elu",
}


class GuidanceWarning(UserWarning):
    """`fit` has found something that is allowed, but hardly what was meant."""


@dataclass
class Finding:
    """One thing that is wrong: how bad, a word to look it up by, where, why, and the fix.

    severity: "error" (it cannot work), "warning" (hardly what was meant) or "note".
    """

    severity: str
    code: str
    where: str
    sentence: str
    remedy: str = ""

    @property
    def kind(self) -> str:
        """The severity, in the language of messages."""
        return severities()[self.severity]

    @property
    def text(self) -> str:
        """Place, sentence and remedy in one line."""
        if not self.remedy:
            return self.sentence
        return say(
            "{where}: {sentence}; {remedy}",
            where=self.where,
            sentence=self.sentence,
            remedy=self.remedy,
        )


def severities() -> dict[str, str]:
    """Every severity, from worst to mildest, and how it is called."""
    return {"error": say("error"), "warning": say("warning"), "note": say("note")}


@dataclass
class Out:
    """An output: where it is made, its activation if known, its loss, and its targets.

    y: some rows of the targets, weights: all of the weights; None if there are none.
    """

    where: str
    shape: Sequence[int | None]
    activation: str | None
    target: Target
    y: Array | None
    weights: Array | None

    @property
    def loss(self) -> str | None:
        """The name of the loss; None for one of your own."""
        return self.target.compares

    @property
    def units(self) -> int:
        """How many numbers for each sample (or step); 0 if unknown."""
        return (self.shape[-1] or 0) if len(self.shape) > 1 else 0


@dataclass
class In:
    """An input: its name, the layers that take it, and some rows of its data."""

    where: str
    shape: Sequence[int | None]
    takers: list[Any]
    x: Array


@dataclass
class Case:
    """A model with data."""

    model: Any
    data: Data
    outputs: list[Out] = field(default_factory=list)
    inputs: list[In] = field(default_factory=list)

    def facts(self) -> list[str]:
        """What "accuracy" stands for, output by output."""
        said = []
        for out in self.outputs:
            for metric in out.target.metrics:
                if out.y is not None and metric.is_vague:
                    probe = np.zeros((1, *(n or 1 for n in out.shape[1:])))
                    function = metric.choose(out.target.loss, out.y, probe)
                    said.append(
                        say(
                            "{where}: {asked!r} means {function}",
                            where=out.where,
                            asked=metric.asked,
                            function=function.__name__,
                        )
                    )
        return said


def case_of(model: Any, data: Data, thorough: bool = False) -> Case:
    """The model's inputs and outputs beside what they are fed and compared with.

    thorough: with all targets, as for `check`, which may take its time.
    """
    case = Case(model, data)
    graph = model.is_graph
    symbols = model.outputs if graph else [None] * len(data.targets)
    shapes = model._output_shapes()
    for symbol, shape, target, y, weights in zip(
        symbols, shapes, model._judges(), data.targets, data.weights, strict=True
    ):
        where, activation = _end(symbol) if graph else (target.name, None)
        some = y if y is None or thorough else thinned(y)
        case.outputs.append(Out(where, shape, activation, target, some, weights))
    for i, x in enumerate(data.inputs):
        symbol = model.inputs[i] if graph else None
        takers = _takers(model, symbol) if graph else []
        shape = symbol.shape if symbol is not None else (None, *x.shape[1:])
        name = f"x '{model._input_names(data.inputs)[i]}'"
        case.inputs.append(In(name, shape, takers, thinned(x)))
    return case


def thinned(array: Array) -> Array:
    """Some rows from all over the array, as a view: enough to judge it by."""
    inner = max(array[0].size, 1)
    rows = min(len(array), max(2, min(1024, _MANY // inner)))
    step = max(1, len(array) // rows)
    return array[::step][:rows]


# ---- reading the graph ----


def _end(symbol: Any) -> tuple[str, str | None]:
    """The layer an output comes from, and the name of its activation if it is known."""
    moved = False
    while True:
        layer = symbol.call.layer
        if hasattr(layer, "outputs") and hasattr(layer, "calls"):  # a model in a model
            symbol = layer.outputs[symbol.index]
        elif isinstance(layer, _ONLY_SHAPE) and len(symbol.call.inputs) == 1:
            symbol, moved = symbol.call.inputs[0], True
        else:
            break
    inner = layer.layer if isinstance(layer, TimeDistributed) else layer
    name = activation_of(inner)
    if name == "softmax" and moved:
        name = None  # its axis may have gone elsewhere
    return label(layer), name


def activation_of(layer: Any) -> str | None:
    """The name of the function that a layer ends with; None if it cannot be told."""
    if isinstance(layer, advanced.Softmax):
        return "softmax" if layer.axis == -1 else None
    for kind, name in _AS_LAYERS.items():
        if isinstance(layer, kind):
            return name if getattr(layer, "max_value", None) is None else None
    if hasattr(layer, "recurrent_activation") or hasattr(layer, "cell"):
        return None
    if not type(layer).call.__module__.startswith("tensorlearn."):
        return None  # a `call` of the user's own may go on after it
    function = getattr(layer, "activation", None)
    name = getattr(function, "__name__", "")
    return name if getattr(activations, name, None) is function is not None else None


def _takers(model: Any, symbol: Any) -> list[Any]:
    """The layers that an input goes into first, inside of nested models, too."""
    takers: list[Any] = []
    for call in model.calls:
        for place, given in enumerate(call.inputs):
            if given is not symbol:
                continue
            layer = call.layer
            if hasattr(layer, "calls") and hasattr(layer, "outputs"):
                takers += _takers(layer, layer.inputs[place])
            else:
                takers.append(getattr(layer, "layer", layer))
    return takers

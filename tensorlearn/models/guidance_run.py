"""Rules that look at the whole model or let it run; only `check` has time for them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from tensorlearn.declare.fields import label
from tensorlearn.layers import core
from tensorlearn.models.guidance_case import Case, Finding, Out, activation_of
from tensorlearn.optimizers import SGD, Adadelta, Adagrad
from tensorlearn.wording import say

Found = Iterator[Finding]
_ROWS = 32


def nothing_to_train(case: Case) -> Found:
    """All layers were frozen at `compile`, or there are none with weights."""
    if not case.model._compiled("check").parameters:
        yield Finding(
            "error",
            "nothing_to_train",
            label(case.model),
            say("no layer has trainable weights"),
            say("add layers, or set trainable=True and compile again"),
        )


def broken_weights(case: Case) -> Found:
    """Weights that an earlier training has ruined."""
    broken = [p.name for p in case.model.weights if not np.isfinite(p.data).all()]
    if broken:
        yield Finding(
            "error",
            "broken_weights",
            label(case.model),
            say("the weights {names} hold NaN or Inf", names=", ".join(broken[:5])),
            say("make the model anew, and train it with a smaller learning rate"),
        )


def learning_rate(case: Case) -> Found:
    """A rate that moves nothing, or throws the weights about."""
    optimizer = case.model.optimizer
    if optimizer.schedule is not None or isinstance(optimizer, Adadelta):
        return
    rate = float(optimizer.lr)
    limit = 10.0 if isinstance(optimizer, SGD) else 0.5
    limit = 1.0 if isinstance(optimizer, Adagrad) else limit
    if 0 < rate < limit:
        return
    yield Finding(
        "warning",
        "learning_rate",
        label(optimizer),
        say("with the learning rate 0 no weight changes until a callback sets another")
        if rate == 0
        else say("the learning rate {rate:g} is very large", rate=rate),
        say("begin with 0.001 for Adam and its kin, 0.01 for SGD"),
    )


def dropout_last(case: Case) -> Found:
    """Answers thrown away at random."""
    for symbol in case.model.outputs if case.model.is_graph else ():
        layer = symbol.call.layer
        if isinstance(layer, core.Dropout) and layer.rate:
            yield Finding(
                "warning",
                "dropout_last",
                label(layer),
                say("the model ends with dropout, which sets answers to 0 at random"),
                say("put it before the last layer with weights"),
            )


def linear_stack(case: Case) -> Found:
    """Two Dense layers that can do no more than one."""
    calls = case.model.calls if case.model.is_graph else ()
    layers = [call.layer for call in calls if len(call.inputs) == 1]
    for first, second in pairwise(layers):
        if not (isinstance(first, core.Dense) and isinstance(second, core.Dense)):
            continue
        joined = second.inbound_nodes[0].inputs[0] is first.inbound_nodes[0].outputs[0]
        if joined and activation_of(first) == "linear":
            yield Finding(
                "note",
                "linear_stack",
                label(first),
                say(
                    "without an activation it and {next} together can do no more than a "
                    "single layer",
                    next=label(second),
                ),
                say("give it activation='relu'"),
            )


def trial(case: Case) -> Found:
    """Run some samples through model, loss and metrics, as `evaluate` would."""
    model, data = case.model, case.data
    if model.stateful:
        return  # a run would change its states
    step = slice(None, None, max(1, data.size // _ROWS))
    inputs, targets, weights = data.rows(step)
    inputs, targets, weights = (
        [None if a is None else a[:_ROWS] for a in part]
        for part in (inputs, targets, weights)
    )
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outputs = model._forward(inputs)
            if all(y is not None for y in targets):
                model._compiled("check").test(inputs, targets, weights)
    except Exception as error:  # whatever it is, it belongs into the report
        yield Finding(
            "error",
            "trial",
            label(model),
            say(
                "a trial run failed: {kind}: {error}",
                kind=type(error).__name__,
                error=error,
            ),
        )
        return
    quiet = _begins_at_zero(model)
    for out, y in zip(case.outputs, outputs, strict=True):
        yield from _look_at(out, y, inputs, quiet)


def _begins_at_zero(model: Any) -> bool:
    """Whether the last kernel alone is 0: so is then the output, but all can learn."""
    kernels = [p.data for p in model.weights if p.data.ndim > 1]
    return [not kernel.any() for kernel in kernels] == [False] * len(kernels[1:]) + [
        True
    ]


def _look_at(out: Out, y: Any, inputs: list[Any], quiet: bool) -> Found:
    of_one = out.activation == "softmax" and out.units == 1  # which has been said
    if not np.isfinite(y).all():
        yield Finding(
            "error",
            "output_not_finite",
            out.where,
            say("the output holds NaN or Inf"),
            say("`with detect_anomaly():` around predict shows where it comes from"),
        )
    elif quiet or of_one or len(y) < 8 or (y != y[:1]).any():
        return
    elif any((x != x[:1]).any() for x in inputs):
        yield Finding(
            "warning",
            "dead_output",
            out.where,
            say("the output is the same for every sample, whatever the input"),
            say(
                "units may be dead (relu below 0 for all) or saturated; scale the inputs, "
                "or use another activation or initializer"
            ),
        )


RUN_RULES = (
    nothing_to_train,
    broken_weights,
    learning_rate,
    dropout_last,
    linear_stack,
    trial,
)

"""Rules about outputs: does the activation suit the loss, and do the targets suit both?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tensorlearn.models.guidance_case import Case, Finding, Out
from tensorlearn.wording import say

Found = Iterator[Finding]
_ONE_OF_SEVERAL = ("categorical_crossentropy", "sparse_categorical_crossentropy")
_CROSSENTROPIES = (*_ONE_OF_SEVERAL, "binary_crossentropy")
_DISTANCES = (
    "mean_squared_error",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error",
    "logcosh",
)
_MARGINS = ("hinge", "squared_hinge")
_REACH = {
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "relu": (0.0, math.inf),
    "softplus": (0.0, math.inf),
    "exponential": (0.0, math.inf),
}
_NEGATIVE = ("linear", "tanh", "softsign", "elu", "selu", "leaky_relu")
_UNBOUNDED = ("relu", "softplus", "exponential")


def each(rule: Callable[[Out], Found]) -> Callable[[Case], Found]:
    """A rule about one output, as a rule about all that are judged."""

    def every(case: Case) -> Found:
        for out in case.outputs:
            if out.target.loss is not None:
                yield from rule(out)

    return every


# ---- activation against loss ----


def one_unit(out: Out) -> Found:
    """Probabilities of a single class are always 1."""
    if out.units != 1 or len(out.shape) < 2:
        return
    remedy = say(
        "for two classes use activation='sigmoid' and loss='binary_crossentropy', for "
        "more of them one unit each"
    )
    if out.activation == "softmax":
        yield Finding(
            "error",
            "softmax_of_one",
            out.where,
            say("softmax over a single unit is always 1, so nothing can be learnt"),
            remedy,
        )
    elif out.loss in _ONE_OF_SEVERAL:
        yield Finding(
            "error",
            "crossentropy_of_one",
            out.where,
            say(
                "the loss {loss} compares classes, but there is one unit only, whose "
                "share is always 1, so nothing can be learnt",
                loss=out.loss,
            ),
            remedy,
        )


def not_probabilities(out: Out) -> Found:
    """A crossentropy of numbers that are no probabilities."""
    binary = out.loss == "binary_crossentropy"
    wrong = (*_NEGATIVE, *_UNBOUNDED) if binary else (*_NEGATIVE, "relu")
    one = out.units == 1 and not binary
    if out.loss not in _CROSSENTROPIES or out.activation not in wrong or one:
        return
    yield Finding(
        "warning",
        "not_probabilities",
        out.where,
        say(
            "the loss {loss} wants probabilities, but the activation is {activation!r}",
            loss=out.loss,
            activation=out.activation,
        ),
        say(
            "end with activation={wanted!r}", wanted="sigmoid" if binary else "softmax"
        ),
    )


def softmax_for_binary(out: Out) -> Found:
    """Three or more classes that exclude each other, judged one by one."""
    if (out.activation, out.loss) != ("softmax", "binary_crossentropy"):
        return
    if out.units < 3:  # with two it comes to the same
        return
    yield Finding(
        "warning",
        "softmax_for_binary",
        out.where,
        say(
            "binary_crossentropy judges each of the {units} units for itself, while "
            "softmax lets one win, and 'accuracy' will count units, not samples",
            units=out.units,
        ),
        say(
            "use loss='categorical_crossentropy' for one class per sample, or "
            "activation='sigmoid' for several"
        ),
    )


def log_of_negative(out: Out) -> Found:
    """The Poisson loss takes the logarithm of the output."""
    if out.loss != "poisson" or out.activation not in _NEGATIVE:
        return
    yield Finding(
        "warning",
        "log_of_negative",
        out.where,
        say(
            "the loss poisson takes the logarithm of the output, which may be negative "
            "with the activation {activation!r}",
            activation=out.activation,
        ),
        say("end with activation='softplus' or 'exponential'"),
    )


def unusual_pair(out: Out) -> Found:
    """It works, but there is something better."""
    if out.activation == "softmax" and out.loss in _DISTANCES and out.units > 1:
        yield Finding(
            "note",
            "softmax_for_distance",
            out.where,
            say("softmax with the loss {loss} learns slowly", loss=out.loss),
            say("for classes use loss='categorical_crossentropy'"),
        )
    if out.activation == "sigmoid" and out.loss in _ONE_OF_SEVERAL and out.units > 1:
        yield Finding(
            "note",
            "sigmoid_for_classes",
            out.where,
            say(
                "outputs of sigmoid do not add up to 1, as {loss} wants", loss=out.loss
            ),
            say(
                "use activation='softmax' for one class per sample, or "
                "loss='binary_crossentropy' for several"
            ),
        )


# ---- targets ----


def margin_labels(out: Out) -> Found:
    """Labels 0 and 1 where -1 and 1 are wanted."""
    if out.loss not in _MARGINS or out.y is None or not out.y.size:
        return
    if (out.y == 0).any() and out.y.min() == 0 and out.y.max() <= 1:
        yield Finding(
            "warning",
            "margin_labels",
            out.where,
            say(
                "the loss {loss} wants labels -1 and 1, but got 0 and 1", loss=out.loss
            ),
            say("pass 2 * y - 1"),
        )


def binary_targets(out: Out) -> Found:
    """Targets of binary_crossentropy beyond 0 and 1."""
    if out.loss != "binary_crossentropy" or out.y is None or not out.y.size:
        return
    low, high = float(out.y.min()), float(out.y.max())
    if low < -1e-3 or high > 1 + 1e-3:
        yield Finding(
            "warning",
            "binary_targets",
            out.where,
            say(
                "the loss binary_crossentropy wants targets from 0 to 1, but these reach "
                "from {low:.4g} to {high:.4g}",
                low=low,
                high=high,
            ),
            say("pass (y + 1) / 2, which is 0 and 1 for these labels -1 and 1")
            if set(np.unique(out.y)) == {-1, 1}
            else say(
                "for class numbers use one unit per class, softmax and "
                "sparse_categorical_crossentropy; for numbers use the loss 'mse'"
            ),
        )


def out_of_reach(out: Out) -> Found:
    """Most targets lie where the activation cannot go."""
    if out.activation not in _REACH or out.loss not in _DISTANCES or out.y is None:
        return
    low, high = _REACH[out.activation]
    outside = np.count_nonzero((out.y < low - 1e-3) | (out.y > high + 1e-3))
    if 2 * outside > out.y.size:
        yield Finding(
            "warning",
            "out_of_reach",
            out.where,
            say(
                "{activation!r} gives numbers from {low:g} to {high:g}, but {share:.0%} of "
                "the targets lie outside",
                activation=out.activation,
                low=low,
                high=high,
                share=outside / out.y.size,
            ),
            say("end with activation='linear', or rescale the targets"),
        )


def broadcasting(out: Out) -> Found:
    """Columns of targets against rows of outputs: every sample would meet every other."""
    y = out.y
    if y is None or len(out.shape) != 1 or y.ndim != 2 or len(y) < 2:
        return
    yield Finding(
        "warning",
        "broadcasting",
        out.where,
        say(
            "the output has shape {output} and the targets {targets}: comparing them "
            "pairs every sample with every other",
            output=tuple(out.shape),
            targets=(None, *y.shape[1:]),
        ),
        say("give the output a second axis of length 1"),
    )


def weights_zero(out: Out) -> Found:
    """Weights that leave nothing to learn from."""
    if out.weights is not None and not np.any(out.weights):
        yield Finding(
            "warning",
            "weights_zero",
            out.where,
            say("all sample weights are 0, so no sample counts"),
            say("pass positive weights, or none"),
        )


# ---- only when `check` asks ----


def same_targets(out: Out) -> Found:
    """There is nothing to tell apart."""
    y = out.y
    if out.loss is None:
        return  # a loss of the user's own may take no notice of them
    if y is not None and len(y) > 7 and (y == y[:1]).all():
        yield Finding(
            "warning",
            "same_targets",
            out.where,
            say("all {count} targets are the same", count=len(y)),
            say("look at how y was made, and whether the data are sorted"),
        )


def absent_classes(out: Out) -> Found:
    """Units that no target ever asks for."""
    if out.y is None or out.loss not in _ONE_OF_SEVERAL or out.units < 2:
        return
    sparse = out.loss == "sparse_categorical_crossentropy"
    seen = np.unique(out.y if sparse else out.y.argmax(axis=-1)).astype(int)
    absent = sorted(set(range(out.units)) - set(seen.tolist()))
    if not absent or len(out.y) < 10 * out.units:
        return
    yield Finding(
        "note",
        "absent_classes",
        out.where,
        say(
            "there are {units} units, but no target is of class {absent}",
            units=out.units,
            absent=", ".join(map(str, absent[:10])),
        ),
        say("count classes from 0: y - 1, with one unit less")
        if absent == [0]
        else say("give the last layer one unit per class"),
    )


def several_labels(out: Out) -> Found:
    """More than one class for a sample, where one is to win."""
    if out.y is None or out.loss != "categorical_crossentropy":
        return
    flags = bool(((out.y == 0) | (out.y == 1)).all())
    if flags and 2 * np.count_nonzero(out.y.sum(axis=-1) > 1) > out.y[..., 0].size:
        yield Finding(
            "warning",
            "several_labels",
            out.where,
            say("most samples have more than one class, but with softmax one wins"),
            say("use activation='sigmoid' and loss='binary_crossentropy'"),
        )


def accuracy_of_numbers(out: Out) -> Found:
    """The share of numbers that are hit exactly says nothing."""
    if out.y is None or out.loss not in _DISTANCES or not _fractions(out.y):
        return
    if any(metric.is_vague and "acc" in metric.asked for metric in out.target.metrics):
        yield Finding(
            "warning",
            "accuracy_of_numbers",
            out.where,
            say("'accuracy' counts exact hits, but the targets are fractions"),
            say("use metrics=['mae']"),
        )


def _fractions(y: Any) -> bool:
    return y.dtype.kind == "f" and bool((y != np.rint(y)).any())


OUTPUT_RULES = tuple(
    map(
        each,
        (
            one_unit,
            not_probabilities,
            softmax_for_binary,
            log_of_negative,
            margin_labels,
            binary_targets,
            out_of_reach,
            broadcasting,
            weights_zero,
        ),
    )
)
"""Cheap and beyond doubt: `fit` asks them, too."""

MORE_OUTPUT_RULES = tuple(
    map(
        each,
        (
            unusual_pair,
            same_targets,
            absent_classes,
            several_labels,
            accuracy_of_numbers,
        ),
    )
)

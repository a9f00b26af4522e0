"""What `compile` was told, sorted out per output: loss, its weight, metrics, averaging."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tensorlearn import losses as loss_functions
from tensorlearn import metrics as metric_functions
from tensorlearn import ops
from tensorlearn.autograd import Tensor
from tensorlearn.config import unused_name
from tensorlearn.declare.fields import label
from tensorlearn.wording import say, suggest

ACCURACY = ("accuracy", "acc")
CROSSENTROPY = ("crossentropy", "ce")


class Metric:
    """One number to watch, of one output.

    function: None until the first data decide what "accuracy" means. weighted: whether
    sample weights count.
    """

    def __init__(self, name: str, asked: Any, weighted: bool) -> None:
        self.name = name
        self.asked = asked
        self.weighted = weighted
        self.is_vague = isinstance(asked, str) and asked in ACCURACY + CROSSENTROPY
        self.function = None if self.is_vague else metric_functions.get(asked)

    def resolve(self, loss: Any, y_true: Any, y_pred: Any) -> Any:
        """The function, chosen by loss and shapes where only "accuracy" was asked for."""
        if self.function is None:
            self.function = self.choose(loss, y_true, y_pred)
        return self.function

    def choose(self, loss: Any, y_true: Any, y_pred: Any) -> Any:
        """What "accuracy" or "crossentropy" stands for with this loss and these shapes."""
        kind = _kind_of_target(loss, y_true, y_pred)
        ending = "accuracy" if self.asked in ACCURACY else "crossentropy"
        return metric_functions.get(f"{kind}_{ending}")


def _kind_of_target(loss: Any, y_true: Any, y_pred: Any) -> str:
    if y_pred.shape[-1] == 1 or loss is loss_functions.binary_crossentropy:
        return "binary"
    numbers = y_true.ndim < y_pred.ndim or y_true.shape[-1] == 1
    if numbers or loss is loss_functions.sparse_categorical_crossentropy:
        return "sparse_categorical"
    return "categorical"


class Target:
    """How one output is judged.

    loss: None where the output is not compared with anything. compares: the name of a
    loss of this library, whose demands on shapes are known; None for your own.
    """

    def __init__(self, name: str, loss: Any, weight: float, temporal: bool) -> None:
        self.name = name
        self.loss = loss_functions.get(loss)
        self.weight = weight
        self.temporal = temporal
        self.metrics: list[Metric] = []
        known = getattr(loss_functions, getattr(self.loss, "__name__", ""), None)
        self.compares = self.loss.__name__ if known is self.loss is not None else None
        self.sparse = self.loss is loss_functions.sparse_categorical_crossentropy


def make_targets(
    owner: Any, names: Sequence[str], told: Mapping[str, Any]
) -> list[Target]:
    """One Target per output from what `compile` was told.

    Raises ValueError for a list of the wrong length or an unknown output name.
    """
    if not isinstance(told["loss_weights"], (Mapping, list, tuple, type(None))):
        raise TypeError(
            say(
                "{owner}: compile: `loss_weights` must be a list or a dictionary with a "
                "number per output, got {got!r}",
                owner=label(owner),
                got=told["loss_weights"],
            )
        )
    losses = _per_output(owner, "loss", told["loss"], names)
    weights = _per_output(owner, "loss_weights", told["loss_weights"], names)
    modes = _per_output(owner, "sample_weight_mode", told["sample_weight_mode"], names)
    targets = [
        Target(name, loss, 1.0 if weight is None else float(weight), mode == "temporal")
        for name, loss, weight, mode in zip(names, losses, weights, modes, strict=True)
    ]
    for mode in modes:
        if mode not in (None, "temporal"):
            raise ValueError(
                say(
                    "{owner}: compile: `sample_weight_mode` must be None or 'temporal', "
                    "got {mode!r}",
                    owner=label(owner),
                    mode=mode,
                )
            )
    for argument, weighted in (("metrics", False), ("weighted_metrics", True)):
        asked = _metrics_per_output(owner, argument, told[argument], names)
        for target, wanted in zip(targets, asked, strict=True):
            if target.loss is not None:
                target.metrics += [_metric(one, weighted) for one in wanted]
    return targets


def metric_names(targets: Sequence[Target]) -> list[str]:
    """What `evaluate` returns, in order: loss, each output's loss, metrics."""
    names = ["loss"]
    several = len(targets) > 1
    judged = [t for t in targets if t.loss is not None]
    if several:
        names += [f"{t.name}_loss" for t in judged]
    for target in judged:
        for metric in target.metrics:
            name = f"{target.name}_{metric.name}" if several else metric.name
            names.append(unused_name(name, names))
    return names


def _per_output(owner: Any, what: str, given: Any, names: Sequence[str]) -> list[Any]:
    if isinstance(given, Mapping):
        unknown = [name for name in given if name not in names]
        if unknown:
            raise ValueError(
                say(
                    "{owner}: compile: `{what}` has an entry for {name!r}, but the outputs "
                    "are {names}{hint}",
                    owner=label(owner),
                    what=what,
                    name=unknown[0],
                    names=list(names),
                    hint=suggest(unknown[0], names),
                )
            )
        return [given.get(name) for name in names]
    if isinstance(given, (list, tuple)):
        if len(given) != len(names):
            raise ValueError(
                say(
                    "{owner}: compile: `{what}` must have one entry per output ({wanted}: "
                    "{names}), got {got}",
                    owner=label(owner),
                    what=what,
                    wanted=len(names),
                    names=", ".join(names),
                    got=len(given),
                )
            )
        return list(given)
    return [given] * len(names)


def _metrics_per_output(
    owner: Any, what: str, given: Any, names: Sequence[str]
) -> list[list[Any]]:
    """Metrics given once count for every output; a dictionary or list of lists sorts."""
    nested = isinstance(given, (list, tuple)) and any(
        isinstance(one, (list, tuple)) for one in given
    )
    if isinstance(given, Mapping) or nested:
        return [_listed(one) for one in _per_output(owner, what, given, names)]
    return [_listed(given) for _ in names]


def _listed(given: Any) -> list[Any]:
    if given is None:
        return []
    return list(given) if isinstance(given, (list, tuple)) else [given]


def _metric(asked: Any, weighted: bool) -> Metric:
    if isinstance(asked, str):
        short = {"accuracy": "acc", "crossentropy": "ce"}.get(asked)
        name = short or getattr(_known_metric(asked), "__name__", asked)
    else:
        name = getattr(asked, "name", None) or getattr(
            asked, "__name__", type(asked).__name__
        )
    return Metric("weighted_" + name if weighted else name, asked, weighted)


def _known_metric(name: str) -> Any:
    return None if name in ACCURACY + CROSSENTROPY else metric_functions.get(name)


# ---- averaging ----


def average(scores: Any, weights: Any = None, mask: Any = None) -> Any:
    """One number from scores, as Keras averages.   (N,) or (N, T, ...) -> ()

    What is masked does not count, and the mean is over what is left; the same goes for
    samples whose weight is 0. A weight per sample acts on the mean over its other axes.
    """
    if mask is not None:
        keep = _array(mask).astype(scores.dtype)
        if keep.ndim > scores.ndim:
            raise ValueError(
                say(
                    "a mask of shape {mask} cannot select among losses of shape {scores}; "
                    "end the mask before the last layers, or return sequences",
                    mask=keep.shape,
                    scores=scores.shape,
                )
            )
        keep = keep.reshape(keep.shape + (1,) * (scores.ndim - keep.ndim))
        scores = scores * _normal(keep, float(keep.mean()))
    if weights is not None:
        if scores.ndim > weights.ndim:
            inner = tuple(range(weights.ndim, scores.ndim))
            scores = ops.reduce_mean(scores, axis=inner)
        share = np.count_nonzero(weights) / weights.size
        scores = scores * _normal(weights, share)
    return ops.reduce_mean(scores)


def _normal(factor: Any, share: float) -> Any:
    """Divide by the share that counts; if nothing counts the loss is 0, not NaN."""
    return factor / share if share else factor


def _array(value: Any) -> Any:
    return value.data if isinstance(value, Tensor) else np.asarray(value)


Loss = Callable[[Any, Any], Any]

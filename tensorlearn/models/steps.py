"""One step: run the network, judge its outputs, and move the weights.

A `Stepper` is made when model and data first meet after `compile`; what does not change
from step to step (which weights, which penalties) is looked up then, and only then.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorlearn.autograd import Parameter, Tensor, no_grad
from tensorlearn.autograd.graph import sweep
from tensorlearn.autograd.tensor import wrap
from tensorlearn.declare.fields import label
from tensorlearn.engine.context import Pass
from tensorlearn.models.checks import check_finite, check_target
from tensorlearn.models.compiling import Target, average
from tensorlearn.models.guidance_case import GuidanceWarning
from tensorlearn.optimizers.base import Optimizer
from tensorlearn.wording import frames_inside, say

Array = np.ndarray[Any, Any]


class Stepper:
    """The inner loop of a compiled model, with everything prepared.

    Numbers come back in the order of `metrics_names`.
    """

    def __init__(
        self, model: Any, targets: Sequence[Target], parameters: Sequence[Parameter]
    ) -> None:
        self.model = model
        self.outputs = getattr(model, "outputs", None)  # to notice a layer added later
        self.targets = list(targets)
        self.optimizer = model.optimizer
        self.takes_rows = type(self.optimizer).apply is Optimizer.apply
        self.parameters = list(parameters)
        self.nodes = [p.node for p in self.parameters]
        everything = model.weights
        trained = set(self.nodes)
        frozen = [p for p in everything if p.node is not None and p.node not in trained]
        self.wanted = trained if frozen else None  # None: whatever is met
        self.penalized = [p for p in everything if p.regularizer is not None]
        self.several = len(self.targets) > 1
        self.metrics = [m for t in self.targets for m in t.metrics]
        self.lost = False  # whether the loss was NaN or Inf, and that has been said
        self.complained = any(t.loss is None for t in self.targets)  # then it is meant

    def train(
        self, inputs: list[Array], targets: list[Any], weights: list[Any]
    ) -> list[float]:
        """Forward, backward, update; returns the losses and metrics before the update."""
        if not self.parameters:
            raise RuntimeError(
                say(
                    "{owner} has nothing to train: no layer has trainable weights (is "
                    "trainable=False set on all?)",
                    owner=label(self.model),
                )
            )
        total, values = self._judge(inputs, targets, weights, training=True)
        if total.node is None:
            raise ValueError(
                say(
                    "the loss does not depend on the weights of {owner}; a loss of your "
                    "own must compute with tensorlearn.ops or K on y_pred itself, without "
                    "numpy(), argmax or round",
                    owner=label(self.model),
                )
            )
        seed = np.ones((), total.data.dtype)
        found = sweep({total.node: seed}, self.wanted, rows=self.takes_rows)
        gradients = [found.get(node) for node in self.nodes]
        if any(g is None for g in gradients):
            self._complain(gradients)
        self.optimizer.apply(gradients, self.parameters)
        return values

    def test(
        self, inputs: list[Array], targets: list[Any], weights: list[Any]
    ) -> list[float]:
        """Losses and metrics in inference mode."""
        with no_grad():
            return self._judge(inputs, targets, weights, training=False)[1]

    def judges(self) -> list[Any]:
        """The loss and metric functions."""
        losses = [t.loss for t in self.targets if t.loss is not None]
        return losses + [m.function for m in self.metrics if not m.is_vague]

    def split(
        self,
        inputs: list[Array],
        targets: list[Any],
        weights: list[Any],
        training: bool,
    ) -> tuple[float, float]:
        """The loss, and how much of it is penalties of weights and activations."""
        total, parts, _, _ = self._losses(inputs, targets, weights, training)
        factors = [t.weight for t in self.targets if t.loss is not None]
        compared = sum(_number(p) * w for p, w in zip(parts, factors, strict=True))
        return _number(total), _number(total) - compared

    def _judge(
        self,
        inputs: list[Array],
        targets: list[Any],
        weights: list[Any],
        training: bool,
    ) -> tuple[Any, list[float]]:
        total, parts, outputs, masks = self._losses(inputs, targets, weights, training)
        if total.data.size != 1:
            raise ValueError(_several_numbers(total.data.shape))
        values = [total.data.item()]
        if not math.isfinite(values[0]):
            self._look_at(inputs, targets, values[0], training)
        if self.several:
            values += [_number(part) for part in parts]
        if self.metrics:
            with no_grad():
                values += self._watch(targets, outputs, weights, masks)
        return total, values

    def _losses(
        self,
        inputs: list[Array],
        targets: list[Any],
        weights: list[Any],
        training: bool,
    ) -> tuple[Any, list[Any], list[Any], list[Any]]:
        """The total loss, that of each output, the outputs, and their masks."""
        given: Any = [wrap(x, None) for x in inputs]
        with Pass(training) as running:
            outputs, masks = self.model.run_masked(
                given if len(given) > 1 else given[0], None
            )
        if not isinstance(outputs, list):
            outputs, masks = [outputs], [masks]
        elif not isinstance(masks, list):
            masks = [masks] * len(outputs)
        total, parts = None, []
        for target, y, y_pred, weight, mask in zip(
            self.targets, targets, outputs, weights, masks, strict=True
        ):
            if target.loss is None:
                continue
            if target.compares is not None and y.shape != y_pred.shape:
                check_target("y", y, y_pred.shape, target.compares, target.name)
            scores = _returned(target.loss(wrap(y, None), y_pred))
            loss = average(scores, weight, mask)
            parts.append(loss)
            loss = loss if target.weight == 1.0 else loss * target.weight
            total = loss if total is None else total + loss
        for penalty in running.losses:
            total = penalty if total is None else total + penalty
        for p in self.penalized:
            total = p.regularizer(p) if total is None else total + p.regularizer(p)
        if total is None:
            raise ValueError(_no_loss(self.model))
        total = total if isinstance(total, Tensor) else wrap(np.asarray(total), None)
        return total, parts, outputs, masks

    def _watch(
        self,
        targets: list[Any],
        outputs: list[Any],
        weights: list[Any],
        masks: list[Any],
    ) -> list[float]:
        values = []
        for target, y, y_pred, weight, mask in zip(
            self.targets, targets, outputs, weights, masks, strict=True
        ):
            for metric in target.metrics:
                function = metric.resolve(target.loss, y, y_pred)
                scores = _returned(function(y, y_pred.data))
                if not isinstance(scores, (Tensor, np.ndarray)):
                    scores = np.asarray(scores, y_pred.dtype)
                counted = weight if metric.weighted else None
                fits = mask is None or np.ndim(mask) <= scores.ndim
                values.append(_number(average(scores, counted, mask if fits else None)))
        return values

    def _look_at(
        self, inputs: list[Array], targets: list[Any], loss: float, training: bool
    ) -> None:
        """The loss is NaN or Inf: raise if the data are to blame, else warn once."""
        for i, x in enumerate(inputs):
            check_finite(f"x {i}" if len(inputs) > 1 else "x", x)
        for i, y in enumerate(targets):
            check_finite(f"y {i}" if len(targets) > 1 else "y", y)
        if training and not self.lost:
            self.lost = True
            warnings.warn(
                say(
                    "the loss of {owner} is {loss}, and its weights will hardly recover: "
                    "begin anew with a smaller learning rate, clipnorm=1 or scaled data, "
                    "see with `with detect_anomaly():` where it comes from, and let "
                    "TerminateOnNaN() end such a training",
                    owner=label(self.model),
                    loss=loss,
                ),
                GuidanceWarning,
                stacklevel=frames_inside(),
            )

    def _complain(self, gradients: list[Any]) -> None:
        """Some weights have no gradient: say which, once; all of them is an error."""
        without = [
            p.name for p, g in zip(self.parameters, gradients, strict=True) if g is None
        ]
        if len(without) == len(gradients):
            raise ValueError(
                say(
                    "no gradient reaches any weight of {owner}; look for numpy(), argmax "
                    "or round on the way from the weights to the loss",
                    owner=label(self.model),
                )
            )
        if without and not self.complained:
            self.complained = True
            warnings.warn(
                say(
                    "no gradient reaches the weights {names}, so they stay as they are; "
                    "does the output depend on them?",
                    names=", ".join(without),
                ),
                UserWarning,
                stacklevel=4,
            )


def _returned(scores: Any) -> Any:
    """What a loss or metric found; one of the user's own may have kept it to itself."""
    if scores is None:
        raise ValueError(
            say(
                "a loss or metric returned None; is a return missing in a function of "
                "your own?"
            )
        )
    return scores


def _number(value: Any) -> float:
    return float(value.data if isinstance(value, Tensor) else value)


def _several_numbers(shape: tuple[int, ...]) -> str:
    return say(
        "the loss with all its penalties must be one number, but has shape {shape}; a "
        "regularizer or add_loss of your own must add up what it finds, e.g. with "
        "ops.reduce_sum",
        shape=shape,
    )


def _no_loss(model: Any) -> str:
    return say(
        "{owner} has no loss to minimize: pass one to compile, e.g. loss='mse', or let a "
        "layer call add_loss",
        owner=label(model),
    )

"""Why `fit` reports another loss than `evaluate`: one epoch, measured in both ways.

Between the two lie three things: weights that move while `fit` averages, batch
normalization by the batch, and dropout or noise. Each is switched off in turn.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorlearn.autograd import no_grad
from tensorlearn.declare.fields import label
from tensorlearn.layers.normalization import BatchNormalization
from tensorlearn.models.batches import Data, schedule
from tensorlearn.saving import backup, resume
from tensorlearn.wording import say


@dataclass
class Comparison:
    """The loss that `fit` reports for an epoch, and the way from it to that of `evaluate`.

    fit, evaluate: the two numbers. moving, normalization, noise: how much of the first is
    due to weights that were still moving, to batch normalization by the batch instead of
    the moving averages, and to dropout and noise; evaluate is fit less these three.
    penalties: what regularizers and activity penalties add to both.
    """

    owner: str
    fit: float
    evaluate: float
    moving: float
    normalization: float
    noise: float
    penalties: float

    def rows(self) -> list[tuple[str, str]]:
        """(number, words), from top to bottom."""
        parts = [
            (
                self.moving,
                say("the weights moved while fit averaged: its mean counts older ones"),
            ),
            (
                self.normalization,
                say("batch normalization used each batch, not the moving averages"),
            ),
            (self.noise, say("dropout and noise disturbed the network")),
        ]
        return [
            (f"{self.fit:12.6g}", say("loss as fit reports it, while training")),
            *((f"{0.0 - value:+12.6g}", words) for value, words in parts),
            (f"{self.evaluate:12.6g}", say("loss as evaluate finds it afterwards")),
            (
                f"{self.penalties:12.6g}",
                say("of this, and of the first: penalties of regularizers"),
            ),
            (
                f"{self.evaluate - self.penalties:12.6g}",
                say("without them: the loss function alone"),
            ),
        ]

    def _title(self) -> str:
        return say("{owner}: one epoch on these data", owner=self.owner)

    def __str__(self) -> str:
        lines = [f"{number}  {words}" for number, words in self.rows()]
        return "\n".join([self._title(), *lines])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><td>{number}</td><td style="text-align:left">{html.escape(words)}</td>'
            "</tr>"
            for number, words in self.rows()
        )
        return f"<p><b>{html.escape(self._title())}</b></p><table>{rows}</table>"


def compare(model: Any, stepper: Any, data: Data, batch_size: int) -> Comparison:
    """Train an epoch, measure, and put everything back."""

    def mean(judge: Callable[..., tuple[float, ...]]) -> Any:
        batches = schedule(data.size, batch_size)
        found = [np.multiply(judge(*data.rows(at)), size) for at, size in batches]
        return sum(found) / data.size

    def judged(training: bool) -> Callable[..., tuple[float, float]]:
        def judge(*batch: Any) -> tuple[float, float]:
            with no_grad():
                return stepper.split(*batch, training=training)  # type: ignore[no-any-return]

        return judge

    with unchanged(model):
        fit = float(mean(lambda *batch: (stepper.train(*batch)[0],))[0])
        evaluate, penalties = mean(judged(False))
        streams = resume.progress(model)
        with still(model):
            noisy = mean(judged(True))[0]
        resume.restore(model, streams)  # the same dropout once more
        training = mean(judged(True))[0]
    return Comparison(
        label(model),
        fit,
        float(evaluate),
        float(fit - training),
        float(training - noisy),
        float(noisy - evaluate),
        float(penalties),
    )


@contextmanager
def unchanged(model: Any) -> Iterator[None]:
    """After the block weights, optimizer, states and randomness are what they were."""
    held = backup.snapshot(model)
    try:
        yield
    finally:
        backup.put_back(model, held)


@contextmanager
def still(model: Any) -> Iterator[None]:
    """Within the block batch normalization goes by its moving averages."""
    found = [layer for layer in _all(model) if isinstance(layer, BatchNormalization)]
    before = [layer.trainable for layer in found]
    try:
        for layer in found:
            layer.trainable = False
        yield
    finally:
        for layer, value in zip(found, before, strict=True):
            layer.trainable = value


def _all(owner: Any) -> Iterator[Any]:
    for layer in owner.sublayers():
        yield layer
        yield from _all(layer)

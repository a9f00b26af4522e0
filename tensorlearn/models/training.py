"""Training: compile, fit, evaluate and predict, for everything that is a network.

What `compile` was told is sorted out in `compiling.py`, data in `checks.py` and
`batches.py`; one step is in `steps.py`. Here these meet.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np

from tensorlearn import optimizers
from tensorlearn.autograd import Parameter, Tensor, no_grad
from tensorlearn.autograd.tensor import wrap
from tensorlearn.callbacks import History
from tensorlearn.config import random_stream, seeding
from tensorlearn.declare.fields import label
from tensorlearn.engine.context import Pass
from tensorlearn.models.arguments import (
    number_of_epochs,
    order_of_samples,
    refuse_extras,
    size_of_batch,
)
from tensorlearn.models.batches import Data, schedule, split
from tensorlearn.models.compiling import Target, metric_names
from tensorlearn.models.feeding import Feeding
from tensorlearn.models.generators import Generators
from tensorlearn.models.guidance import Guided
from tensorlearn.models.loop import callbacks_of, train
from tensorlearn.models.sources import is_source
from tensorlearn.models.steps import Stepper
from tensorlearn.models.summary import print_summary
from tensorlearn.models.together import in_order
from tensorlearn.progress import Progbar
from tensorlearn.wording import say


class Training(Guided, Generators, Feeding):
    """What makes a network learn.

    After `compile`: optimizer, loss, loss_weights, metrics, metrics_names,
    sample_weight_mode. After `fit`: history. A callback may set stop_training.
    """

    optimizer: Any = None
    loss: Any = None
    metrics: Any = None
    loss_weights: Any = None
    sample_weight_mode: Any = None
    weighted_metrics: Any = None
    stop_training = False
    history: Any = None
    _told: dict[str, Any] | None = None
    _targets: list[Target] | None = None
    _stepper: Stepper | None = None
    _collected: list[Parameter] | None = None
    _shuffling: np.random.Generator | None = None
    _seeding: object = None

    # ---- compile ----

    def compile(
        self,
        optimizer: Any,
        loss: Any = None,
        metrics: Any = None,
        *by_position: Any,
        loss_weights: Any = None,
        sample_weight_mode: Any = None,
        weighted_metrics: Any = None,
        **kwargs: Any,
    ) -> None:
        """Say how the model is to be trained and judged.

        optimizer: a name or an object. loss, metrics, loss_weights: one for all outputs, a
        list, or a dictionary by output name; losses and metrics by name or as functions of
        (y_true, y_pred). sample_weight_mode: "temporal" for a weight per time step.
        weighted_metrics: metrics in which sample weights count.
        """
        refuse_extras(self, by_position, kwargs)
        self.optimizer = optimizers.get(optimizer)
        self.loss = loss
        self.metrics = metrics if metrics is not None else []
        self.loss_weights = loss_weights
        self.sample_weight_mode = sample_weight_mode
        self.weighted_metrics = weighted_metrics
        self._told = {
            "loss": loss,
            "metrics": metrics,
            "loss_weights": loss_weights,
            "sample_weight_mode": sample_weight_mode,
            "weighted_metrics": weighted_metrics,
        }
        self._stepper = self._targets = self._collected = None
        if self.is_graph:
            self._collected = self.trainable_weights
        if self.is_graph or not isinstance(loss, (list, tuple, Mapping)):
            self._judges()

    @property
    def metrics_names(self) -> list[str]:
        """Names of the numbers that `evaluate` and `train_on_batch` return, in order."""
        if self._targets is None:
            raise RuntimeError(
                say("{owner}: metrics_names are known after compile", owner=label(self))
            )
        return metric_names(self._targets)

    def _compiled(self, method: str) -> Stepper:
        """The prepared inner loop; RuntimeError before `compile`."""
        self._check_compiled(method)
        stepper = self._stepper
        if stepper is None or stepper.outputs is not getattr(self, "outputs", None):
            if stepper is not None:  # layers were added or taken away since
                self._targets = self._collected = None
            stepper = Stepper(self, self._judges(), self._to_train())
            self._stepper = stepper
        return stepper

    def _to_train(self) -> list[Parameter]:
        """What was trainable at `compile`, as in Keras; warns if that has changed."""
        now = self.trainable_weights
        if self._collected is None:
            return now
        if set(map(id, now)) != set(map(id, self._collected)):
            warnings.warn(
                say(
                    "{owner}: `trainable` was changed after compile and will only count "
                    "after another compile",
                    owner=label(self),
                ),
                UserWarning,
                stacklevel=5,
            )
        return self._collected

    # ---- fit ----

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int = 1,
        callbacks: Sequence[Any] | None = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: Any = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        **kwargs: Any,
    ) -> History:
        """Train for so many epochs, i.e. rounds through the data.

        x, y: arrays, lists of arrays, or dictionaries by input or output name.
        batch_size: samples per update, 32 by default. verbose: 0 silent, 1 bar, 2 a line
        per epoch. validation_split: the last fraction of the data is held back.
        validation_data: (x, y) or (x, y, sample_weight) instead. shuffle: True, False or
        "batch". class_weight: {class: weight}. Returns the History.

        x, and validation_data, may also be a generator or Sequence: see `fit_generator`.
        """
        if is_source(x):
            self._refuse_for_source(
                "fit",
                y=y,
                batch_size=batch_size,
                validation_split=validation_split or None,
                sample_weight=sample_weight,
            )
            return self.fit_generator(
                x, steps_per_epoch, epochs, verbose, callbacks, validation_data,
                validation_steps, class_weight, shuffle=bool(shuffle),
                initial_epoch=initial_epoch, **kwargs,
            )  # fmt: skip
        epochs = number_of_epochs(self, epochs, kwargs)
        shuffle = order_of_samples(shuffle)
        data = self._data("fit", x, y, sample_weight, class_weight)
        batch_size = size_of_batch("fit", batch_size, steps_per_epoch, data.size)
        held = validation_data
        if held is None and validation_split:
            data, held = split(data, validation_split)
        self._check_batch_size(batch_size, data.size)
        rng = self._shuffler()
        with ExitStack() as stack:
            validation = self._validator(
                stack, held, validation_steps, None, batch_size, epochs=epochs
            )
            stepper = self._compiled("fit")
            self._guide(stepper, data)
            self.history = History()
            calls = callbacks_of(callbacks, verbose, self.history, "samples")
            if verbose and validation is not None and validation.arrays:
                size = len(validation.arrays[0])
                print(f"Train on {data.size} samples, validate on {size} samples")
            train(
                self,
                stepper,
                calls,
                {
                    "batch_size": batch_size,
                    "epochs": epochs,
                    "steps": steps_per_epoch,
                    "samples": data.size,
                    "verbose": verbose,
                },
                initial_epoch,
                lambda: (
                    (data.rows(at), size)
                    for at, size in schedule(data.size, batch_size, shuffle, rng)
                ),
                validation,
            )
        return self.history  # type: ignore[no-any-return]

    def _shuffler(self) -> np.random.Generator:
        """What orders the samples: one stream for all of `fit`, until the next seed."""
        if self._shuffling is None or self._seeding is not seeding():
            self._shuffling, self._seeding = random_stream(), seeding()
        return self._shuffling

    def _validation(self, given: Any) -> Data:
        if not isinstance(given, (list, tuple)) or len(given) not in (2, 3):
            raise ValueError(
                say(
                    "fit: `validation_data` must be (x, y) or (x, y, sample_weight), got "
                    "{got}",
                    got=f"{type(given).__name__} of {len(given)}"
                    if isinstance(given, (list, tuple))
                    else type(given).__name__,
                )
            )
        return self._data("fit", *given, prefix="validation ")

    # ---- evaluate ----

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int = 1,
        sample_weight: Any = None,
        steps: int | None = None,
    ) -> Any:
        """Loss and metrics on these data in inference mode, averaged over samples.

        Returns one number, or the list described by `metrics_names`.
        """
        if is_source(x):
            self._refuse_for_source(
                "evaluate", y=y, batch_size=batch_size, sample_weight=sample_weight
            )
            return self.evaluate_generator(x, steps, verbose=verbose)
        data = self._data("evaluate", x, y, sample_weight, None)
        batch_size = size_of_batch("evaluate", batch_size, steps, data.size)
        self._check_batch_size(batch_size, data.size)
        return _single(self._evaluate(data, batch_size, verbose))

    def _evaluate(self, data: Data, batch_size: int, verbose: int) -> list[float]:
        stepper = self._compiled("evaluate")
        totals: list[float] = []
        bar = Progbar(data.size, verbose=verbose)
        plan = list(schedule(data.size, batch_size))
        rows = (data.rows(at) for at, _ in plan)
        found = in_order(self, lambda r: stepper.test(*r), rows, stepper.judges())
        for (_, size), values in zip(plan, found, strict=True):
            totals = totals or [0.0] * len(values)
            for i, value in enumerate(values):
                totals[i] += value * size
            if verbose:
                bar.add(size)
        return [total / data.size for total in totals]

    # ---- predict ----

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int = 0,
        steps: int | None = None,
    ) -> Any:
        """Outputs for these inputs in inference mode: a writable array, or a list of them.

        batch_size: samples computed at once (default: what suits the memory).
        """
        if is_source(x):
            self._refuse_for_source("predict", batch_size=batch_size)
            return self.predict_generator(x, steps, verbose=verbose)
        inputs, size = self._inputs("x", x)
        if batch_size is None and steps is None:
            batch_size = self._comfortable_batch(size)
        batch_size = size_of_batch("predict", batch_size, steps, size)
        self._check_batch_size(batch_size, size)
        data = Data(inputs, [], [], self._input_dtypes(inputs), size)
        results: list[Any] = []
        bar = Progbar(size, verbose=verbose)
        start = 0
        plan = list(schedule(size, batch_size))
        found = in_order(self, self._forward, (data.rows(at)[0] for at, _ in plan))
        for (_, count), outputs in zip(plan, found, strict=True):
            if start == 0:
                results = [np.empty((size, *y.shape[1:]), y.dtype) for y in outputs]
            for result, y in zip(results, outputs, strict=True):
                result[start : start + count] = y
            start += count
            if verbose:
                bar.add(count)
        return _single(results)

    def _forward(self, inputs: list[Any]) -> list[Any]:
        given = [wrap(x, None) for x in inputs]
        with no_grad(), Pass(training=False):
            outputs = self.run(given if len(given) > 1 else given[0])
        listed = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        return [y.data if isinstance(y, Tensor) else np.asarray(y) for y in listed]

    def _comfortable_batch(self, size: int) -> int:
        """Many samples at once if they are small, few if their activations are large."""
        fixed = self.inputs[0].shape[0] if self.is_graph else None
        if fixed or not self.is_graph or self.stateful:
            return fixed or 32
        lengths = [
            math.prod(n or 64 for n in call.outputs[0].shape[1:]) for call in self.calls
        ]
        return max(32, min(1024, (1 << 21) // max(sum(lengths), 1)))

    # ---- one batch ----

    def train_on_batch(
        self, x: Any, y: Any, sample_weight: Any = None, class_weight: Any = None
    ) -> Any:
        """One update; returns loss and metrics before it, as `evaluate` does.

        The two weights are told apart by their type, whatever their order.
        """
        if isinstance(class_weight, (list, tuple, np.ndarray)) or (
            isinstance(sample_weight, Mapping) and not self._by_output(sample_weight)
        ):
            sample_weight, class_weight = class_weight, sample_weight  # Keras 1's order
        data = self._data(
            "train_on_batch", x, y, sample_weight, class_weight, quick=True
        )
        stepper = self._compiled("train_on_batch")
        return _single(stepper.train(*data.rows(slice(None))))

    def test_on_batch(self, x: Any, y: Any, sample_weight: Any = None) -> Any:
        """Loss and metrics of one batch in inference mode."""
        data = self._data("test_on_batch", x, y, sample_weight, None, quick=True)
        return _single(self._compiled("test_on_batch").test(*data.rows(slice(None))))

    def predict_on_batch(self, x: Any) -> Any:
        """Outputs for one batch in inference mode."""
        inputs, size = self._inputs("x", x)
        data = Data(inputs, [], [], self._input_dtypes(inputs), size)
        return _single([y.copy() for y in self._forward(data.rows(slice(None))[0])])

    # ---- looking at it ----

    @property
    def stateful(self) -> bool:
        """Whether a layer carries a state from batch to batch."""
        return any(getattr(layer, "stateful", False) for layer in self.layers)

    def summary(
        self,
        line_length: int | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Any = None,
    ) -> None:
        """Print the layers, their output shapes and numbers of weights."""
        print_summary(self, line_length, positions, print_fn)


def _single(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values

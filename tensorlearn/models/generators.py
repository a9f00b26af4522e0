"""Training, judging and predicting from generators and Sequences instead of arrays."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tensorlearn.callbacks import History
from tensorlearn.config import floatx
from tensorlearn.declare.keras1 import Keras1Warning
from tensorlearn.models.arguments import size_of_batch, whole_epochs
from tensorlearn.models.batches import Data
from tensorlearn.models.loop import Batch, Validation, callbacks_of, train
from tensorlearn.models.sources import Source, is_source, parts_of
from tensorlearn.progress import Progbar
from tensorlearn.wording import say, suggest

_KERAS1 = {
    "samples_per_epoch": "steps_per_epoch",
    "nb_epoch": "epochs",
    "nb_val_samples": "validation_steps",
    "val_samples": "steps",
    "max_q_size": "max_queue_size",
    "nb_worker": "workers",
    "pickle_safe": "use_multiprocessing",
}
_SAMPLES = ("samples_per_epoch", "nb_val_samples", "val_samples")


class Generators:
    """fit_generator, evaluate_generator, predict_generator; mixed into Training."""

    def fit_generator(
        self,
        generator: Any,
        steps_per_epoch: int | None = None,
        epochs: int = 1,
        verbose: int = 1,
        callbacks: Sequence[Any] | None = None,
        validation_data: Any = None,
        validation_steps: int | None = None,
        class_weight: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        shuffle: bool = True,
        initial_epoch: int = 0,
        **kwargs: Any,
    ) -> History:
        """Train on batches (x, y) or (x, y, sample_weight) from a generator or Sequence.

        steps_per_epoch: batches in an epoch; needed unless it is a Sequence.
        validation_data: (x, y[, sample_weight]), or a generator of which
        `validation_steps` batches count. workers: threads that prepare batches (0: none).
        shuffle: another order of a Sequence's batches in every epoch. The Keras-1 names
        samples_per_epoch and nb_val_samples count samples, not batches.
        """
        told = _modern("fit_generator", kwargs)
        model: Any = self
        epochs = whole_epochs("fit_generator", told.get("epochs", epochs))
        pace = _pace(told, workers, max_queue_size)
        pace["epochs"] = epochs - initial_epoch
        source = Source(
            "fit_generator",
            generator,
            steps_per_epoch,
            told.get("samples_per_epoch"),
            shuffle=shuffle,
            **pace,
        )
        with contextlib.ExitStack() as stack:
            stack.enter_context(source)
            feed = Feed(model, source, class_weight)
            stepper = feed.stepper()
            validation = model._validator(
                stack,
                validation_data,
                validation_steps,
                told.get("nb_val_samples"),
                **pace,
            )
            model.history = History()
            mode = "steps" if source.samples is None else "samples"
            calls = callbacks_of(callbacks, verbose, model.history, mode)
            train(
                model,
                stepper,
                calls,
                {
                    "epochs": epochs,
                    "steps": source.steps,
                    "samples": source.samples,
                    "verbose": verbose,
                },
                initial_epoch,
                feed.epoch,
                validation,
                source.skip,
            )
        return model.history  # type: ignore[no-any-return]

    def evaluate_generator(
        self,
        generator: Any,
        steps: int | None = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        verbose: int = 0,
        **kwargs: Any,
    ) -> Any:
        """Loss and metrics on batches from a generator or Sequence, averaged over samples.

        steps: how many batches; needed unless it is a Sequence. The Keras-1 name
        val_samples counts samples.
        """
        told = _modern("evaluate_generator", kwargs)
        with Source(
            "evaluate_generator",
            generator,
            steps,
            told.get("val_samples"),
            **_pace(told, workers, max_queue_size),
        ) as source:
            values = self._evaluate_source(source, verbose)
        return values[0] if len(values) == 1 else values

    def predict_generator(
        self,
        generator: Any,
        steps: int | None = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        verbose: int = 0,
        **kwargs: Any,
    ) -> Any:
        """Outputs for batches x, (x, y) or (x, y, sample_weight), joined to one array.

        steps: how many batches; needed unless it is a Sequence.
        """
        told = _modern("predict_generator", kwargs)
        found: list[list[Any]] = []
        with Source(
            "predict_generator",
            generator,
            steps,
            told.get("val_samples"),
            **_pace(told, workers, max_queue_size),
        ) as source:
            bar = Progbar(source.samples or source.steps, verbose=verbose)
            for batch, size in source.epoch():
                x = batch[0] if isinstance(batch, tuple) else batch
                outputs = self.predict_on_batch(x)  # type: ignore[attr-defined]
                found.append(outputs if isinstance(outputs, list) else [outputs])
                bar.add(size if source.samples else 1)
        joined = [np.concatenate(parts) for parts in zip(*found, strict=True)]
        return joined[0] if len(joined) == 1 else joined

    # ---- what they share ----

    def _refuse_for_source(self, method: str, **given: Any) -> None:
        """Raise ValueError for arguments that a generator makes meaningless."""
        for name, value in given.items():
            if value is not None:
                raise ValueError(
                    say(
                        "{method}: `{name}` cannot be given when `x` is a generator or "
                        "Sequence, whose batches hold inputs, targets and weights",
                        method=method,
                        name=name,
                    )
                )

    def _validator(
        self,
        stack: contextlib.ExitStack,
        data: Any,
        steps: int | None,
        samples: int | None,
        batch_size: int = 32,
        **pace: Any,
    ) -> Validation | None:
        """What measures the model after an epoch; None without validation."""
        model: Any = self
        if data is None:
            return None
        if is_source(data):
            source = Source(
                "fit_generator", data, steps, samples, restarts=True, **pace
            )
            stack.enter_context(source)
            return Validation(lambda: model._evaluate_source(source, 0))
        held = data if isinstance(data, Data) else model._validation(data)
        if steps is not None:
            batch_size = size_of_batch("fit", None, steps, held.size)
        return Validation(
            lambda: model._evaluate(held, batch_size, 0), _for_callbacks(held)
        )

    def _evaluate_source(self, source: Source, verbose: int) -> list[float]:
        """Averages over the samples of one epoch of the source."""
        feed = Feed(self, source, None)
        bar = Progbar(source.samples or source.steps, verbose=verbose)
        totals: Any = 0.0
        count = 0
        for data, size in feed.epoch():
            values = self._compiled(source.method).test(*data)  # type: ignore[attr-defined]
            totals = totals + np.multiply(values, float(size))
            count += size
            bar.add(size if source.samples else 1)
        return [float(total) / count for total in totals]


class Feed:
    """The batches of a source, checked and made ready for the stepper."""

    def __init__(self, model: Any, source: Source, class_weight: Any) -> None:
        self.model = model
        self.source = source
        self.class_weight = class_weight
        self._looked = False  # whether the first batch has been searched for NaN

    def stepper(self) -> Any:
        """The model's inner loop; weights still missing are made for the first batch."""
        first = self._checked(self.source.peek())
        stepper = self.model._compiled(self.source.method)
        self.model._guide(stepper, first)
        return stepper

    def epoch(self) -> Iterator[Batch]:
        """One epoch; a generator that ends early ends the training."""
        for batch, _ in self.source.epoch():
            data = self._checked(batch)
            yield data.rows(slice(None)), data.size
        if self.source.ended:
            self.model.stop_training = True

    def _checked(self, batch: Any) -> Data:
        method = self.source.method
        x, y, weight = parts_of(method, batch)
        data: Data = self.model._data(
            method, x, y, weight, self.class_weight, quick=self._looked
        )
        self._looked = True
        return data


def _for_callbacks(data: Data) -> list[Any]:
    """Inputs, targets, weights, as Keras hands them to callbacks."""
    weights = [
        np.ones(data.size, floatx()) if weight is None else weight
        for weight in data.weights
    ]
    return [*data.inputs, *data.targets, *weights]


def _pace(told: Mapping[str, Any], workers: int, max_queue_size: int) -> dict[str, Any]:
    """How batches are prepared: what Keras-1 arguments said, else today's."""
    return {
        "workers": told.get("workers", workers),
        "max_queue_size": told.get("max_queue_size", max_queue_size),
    }


def _modern(method: str, given: dict[str, Any]) -> dict[str, Any]:
    """Keras-1 arguments under their new names; those that count samples stay."""
    for name in given:
        if name not in _KERAS1:
            known = (*_KERAS1, *_KERAS1.values())
            raise TypeError(
                say(
                    "{owner}: keyword argument not understood: {name!r}{hint}",
                    owner=method,
                    name=name,
                    hint=suggest(name, known),
                )
            )
    if not given:
        return {}
    shown = [
        f"{_KERAS1[name]}={say('samples / batch size')}"
        if name in _SAMPLES
        else f"{_KERAS1[name]}={value!r}"
        for name, value in given.items()
    ]
    warnings.warn(
        say(
            "Update your `{owner}` call to the Keras 2 API: `{call}`",
            owner=method,
            call=f"{method}(..., {', '.join(shown)})",
        ),
        Keras1Warning,
        stacklevel=3,
    )
    return {name if name in _SAMPLES else _KERAS1[name]: v for name, v in given.items()}

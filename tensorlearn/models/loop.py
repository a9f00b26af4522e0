"""The loop over epochs and batches, which arrays and generators have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tensorlearn.callbacks import BaseLogger, CallbackList, History, ProgbarLogger
from tensorlearn.models.steps import Stepper

Batch = tuple[tuple[list[Any], list[Any], list[Any]], int]
"""(inputs, targets, weights) and the number of samples."""


@dataclass
class Validation:
    """How the model is measured after an epoch; arrays: what callbacks may look at."""

    measure: Callable[[], Sequence[float]]
    arrays: list[Any] | None = None


def callbacks_of(given: Any, verbose: int, history: History, mode: str) -> CallbackList:
    """The user's callbacks between those that every training has."""
    mine: list[Any] = [BaseLogger()]
    if verbose:
        mine.append(ProgbarLogger(mode))
    listed = given if isinstance(given, (list, tuple, CallbackList)) else [given]
    return CallbackList([*mine, *(c for c in listed if c is not None), history])


def train(
    model: Any,
    stepper: Stepper,
    calls: CallbackList,
    told: dict[str, Any],
    initial_epoch: int,
    batches: Callable[[], Iterable[Batch]],
    validation: Validation | None = None,
    skip: Callable[[int], None] | None = None,
) -> None:
    """Train epoch by epoch until `told["epochs"]`, or until something sets stop_training.

    batches: those of the next epoch. validation: measured after each. skip: told how many
    epochs of data another process has already learnt from.
    """
    names = model.metrics_names
    validated = [f"val_{name}" for name in names] if validation is not None else []
    told = {**told, "do_validation": validation is not None}
    calls.set_model(model)
    calls.set_params({**told, "metrics": names + validated})
    for one in calls:
        one.validation_data = validation.arrays if validation is not None else None
    model.stop_training = False
    try:
        calls.on_train_begin()
        first = calls.first_epoch(initial_epoch)
        if skip is not None and first > initial_epoch:
            skip(first - initial_epoch)
        for epoch in range(first, told["epochs"]):
            if model.stop_training:
                break
            calls.on_epoch_begin(epoch)
            if not _one_epoch(model, stepper, calls, names, batches()):
                break  # a generator has nothing more to give
            logs: dict[str, Any] = {}
            if validation is not None:
                logs.update(zip(validated, validation.measure(), strict=True))
            calls.on_epoch_end(epoch, logs)
        calls.on_train_end()
    finally:
        calls.close()


def _one_epoch(
    model: Any,
    stepper: Stepper,
    calls: CallbackList,
    names: Sequence[str],
    batches: Iterable[Batch],
) -> int:
    """Train on these batches; returns how many they were."""
    step, begin, end = stepper.train, calls.on_batch_begin, calls.on_batch_end
    number = -1
    for number, (data, size) in enumerate(batches):
        logs: dict[str, Any] = {"batch": number, "size": size}
        begin(number, logs)
        logs.update(zip(names, step(*data), strict=True))
        end(number, logs)
        if model.stop_training:
            break
    return number + 1

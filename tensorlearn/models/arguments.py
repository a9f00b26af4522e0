"""Arguments of compile and fit that need more than a look: old names, extras, sizes."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tensorlearn.declare.fields import label
from tensorlearn.declare.keras1 import Keras1Warning
from tensorlearn.wording import say, suggest


def refuse_extras(
    owner: Any, by_position: Sequence[Any], named: Mapping[str, Any]
) -> None:
    """Raise TypeError for what `compile` does not take."""
    if by_position:
        raise TypeError(
            say(
                "{owner}: compile takes optimizer, loss and metrics by position; the "
                "fourth means sample_weight_mode in Keras 1 and loss_weights in Keras 2, "
                "so name it: sample_weight_mode={value!r} or loss_weights={value!r}",
                owner=label(owner),
                value=by_position[0],
            )
        )
    named = {k: v for k, v in named.items() if (k, v) != ("target_tensors", None)}
    if named:
        known = ("optimizer", "loss", "metrics", "loss_weights", "sample_weight_mode")
        name = next(iter(named))
        raise TypeError(
            say(
                "{owner}: compile: argument not understood: {name!r}{hint}",
                owner=label(owner),
                name=name,
                hint=suggest(name, (*known, "weighted_metrics")),
            )
        )


def number_of_epochs(owner: Any, epochs: int, named: dict[str, Any]) -> int:
    """The number of epochs, also under its Keras-1 name."""
    if "nb_epoch" in named:
        epochs = named.pop("nb_epoch")
        warnings.warn(
            say("Update your `fit` call to the Keras 2 API: `epochs={n}`", n=epochs),
            Keras1Warning,
            stacklevel=3,
        )
    if named:
        name = next(iter(named))
        raise TypeError(
            say(
                "{owner}: fit: argument not understood: {name!r}{hint}",
                owner=label(owner),
                name=name,
                hint=suggest(name, _FIT),
            )
        )
    return whole_epochs("fit", epochs)


def whole_epochs(method: str, epochs: Any) -> int:
    """A number of epochs; TypeError for anything else."""
    if epochs is None or isinstance(epochs, str) or int(epochs) != epochs:
        raise TypeError(
            say(
                "{method}: `epochs` must be an integer, got {n!r}",
                method=method,
                n=epochs,
            )
        )
    return int(epochs)


def order_of_samples(shuffle: Any) -> Any:
    """How to shuffle; ValueError for a word other than "batch"."""
    if isinstance(shuffle, str) and shuffle != "batch":
        raise ValueError(
            say(
                "fit: `shuffle` must be True, False or 'batch', got {value!r}",
                value=shuffle,
            )
        )
    return shuffle


_FIT = (
    "batch_size", "epochs", "verbose", "callbacks", "validation_split",
    "validation_data", "shuffle", "class_weight", "sample_weight", "initial_epoch",
    "steps_per_epoch", "validation_steps",
)  # fmt: skip


def size_of_batch(method: str, given: Any, steps: int | None, size: int) -> int:
    """How many samples make a batch: 32, what was asked for, or what gives `steps`."""
    if steps is not None:
        if given is not None:
            raise ValueError(
                say(
                    "{method}: give either the number of steps or `batch_size`, not both",
                    method=method,
                )
            )
        if int(steps) < 1:
            raise ValueError(
                say(
                    "{method}: the length of an epoch must be at least 1, got {count}",
                    method=method,
                    count=steps,
                )
            )
        return max(1, math.ceil(size / int(steps)))
    if given is None:
        return 32
    whole = isinstance(given, (int, np.integer)) and not isinstance(given, bool)
    if not whole or given < 1:
        raise ValueError(
            say(
                "{method}: `batch_size` must be a positive integer, got {value!r}",
                method=method,
                value=given,
            )
        )
    return int(given)

"""How gradients move parameters: SGD, RMSprop, Adagrad, Adadelta, Adam and its kin.

`rules.py` holds the formulas, `base.py` what they share, `pieces.py` how memory is cut,
`schedules.py` learning rates that change with the steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tensorlearn.declare.registry import optimizers
from tensorlearn.optimizers import schedules
from tensorlearn.optimizers.base import Optimizer, Setting
from tensorlearn.optimizers.rules import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Nadam,
    RMSprop,
)
from tensorlearn.wording import say

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "Setting",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]

sgd, rmsprop, adagrad, adadelta = SGD, RMSprop, Adagrad, Adadelta
adam, adamax, nadam, adamw = Adam, Adamax, Nadam, AdamW


def get(identifier: Any) -> Any:
    """The optimizer that a name (in any case), configuration or object stands for.

    Raises ValueError for anything else.
    """
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, str) and identifier.lower() in optimizers.known:
        identifier = identifier.lower()
    found = optimizers.get(identifier)
    if not isinstance(found, Optimizer):
        raise ValueError(
            say(
                "Could not interpret optimizer identifier: {got!r}; pass a name such as "
                "'adam' or an object such as SGD(lr=0.01)",
                got=identifier,
            )
        )
    return found


def serialize(optimizer: Optimizer) -> Any:
    """{"class_name", "config"} of an optimizer."""
    return optimizers.serialize(optimizer)


def deserialize(
    config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> Any:
    """The optimizer that `serialize` described; class names in any case."""
    name = config.get("class_name")
    if isinstance(name, str) and name.lower() in optimizers.known:
        config = {**config, "class_name": name.lower()}
    return optimizers.deserialize(config, custom_objects)

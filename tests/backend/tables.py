"""The data of the backend's tests, and the form of a case."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

rng = np.random.default_rng(7)
A = rng.uniform(-2, 2, (2, 3)).astype("float32")
B = rng.uniform(-2, 2, (2, 3)).astype("float32")
P = rng.uniform(0.5, 2, (2, 3)).astype("float32")
X = rng.normal(size=(2, 4, 3)).astype("float32")
Y = rng.normal(size=(2, 3, 5)).astype("float32")
IMAGE = rng.normal(size=(2, 5, 6, 3)).astype("float32")
VOLUME = rng.normal(size=(1, 3, 4, 4, 2)).astype("float32")
SCORES = np.exp(rng.normal(size=(4, 3))).astype("float32")
SCORES /= SCORES.sum(-1, keepdims=True)
ONE_HOT = np.eye(3, dtype="float32")[[0, 2, 1, 1]]
CLASSES = np.array([0, 2, 1, 1])


@dataclass
class Case:
    args: tuple[Any, ...]
    expected: Any
    kwargs: dict[str, Any] = field(default_factory=dict)
    rtol: float = 1e-5


def case(*args: Any, expected: Any, rtol: float = 1e-5, **kwargs: Any) -> Case:
    return Case(args, expected, kwargs, rtol)

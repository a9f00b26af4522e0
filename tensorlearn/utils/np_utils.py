"""Preparing arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorlearn.config import floatx
from tensorlearn.wording import say

Array = np.ndarray[Any, Any]


def to_categorical(y: Any, num_classes: int | None = None, dtype: Any = None) -> Array:
    """Class numbers as one-hot rows.   (N,) or (N, 1) -> (N, C)

    num_classes: C, by default the largest number plus 1. Raises ValueError for a number
    that is not in 0..C-1.

    >>> to_categorical([0, 2], 3)
    array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    numbers = np.asarray(y)
    if numbers.dtype.kind not in "iub":
        if numbers.dtype.kind != "f" or (numbers != np.rint(numbers)).any():
            raise ValueError(
                say(
                    "to_categorical: `y` must hold class numbers, got dtype {dtype}",
                    dtype=numbers.dtype,
                )
            )
        numbers = numbers.astype(np.int64)
    shape = numbers.shape
    if shape and shape[-1] == 1 and len(shape) > 1:
        shape = shape[:-1]
    numbers = numbers.reshape(-1).astype(np.int64, copy=False)
    count = int(numbers.max(initial=-1)) + 1 if num_classes is None else num_classes
    if numbers.size and (numbers.min() < 0 or numbers.max() >= count):
        raise ValueError(
            say(
                "to_categorical: `y` must hold class numbers from 0 to {last}, got "
                "{low}..{high}; labels such as 1..10 become 0..9 with y - 1",
                last=count - 1,
                low=numbers.min(),
                high=numbers.max(),
            )
        )
    rows = np.zeros((len(numbers), count), dtype or floatx())
    rows[np.arange(len(numbers)), numbers] = 1
    return rows.reshape(*shape, count)


def normalize(x: Any, axis: int = -1, order: int = 2) -> Array:
    """Vectors along `axis` scaled to length 1 (those of length 0 stay)."""
    x = np.asarray(x)
    length = np.linalg.norm(x, order, axis, keepdims=True)
    return x / np.where(length == 0, 1, length)

"""Random choices of the preprocessing functions, repeatable in both ways.

After `tensorlearn.set_seed` they come from its streams. Before, they come from NumPy's
and Python's global generators, so that an old script that seeds those gets the numbers
it got with Keras.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from tensorlearn.config import current_seed, random_stream


def array_source(seed: int | None = None) -> Any:
    """Something with the methods of `np.random`, from `seed` if given."""
    if seed is not None:
        return np.random.RandomState(int(seed))
    if current_seed() is None:
        return np.random
    return np.random.RandomState(int(random_stream().integers(1 << 32)))


def list_source(seed: int | None = None) -> Any:
    """Something with the functions of the module `random`, from `seed` if given."""
    if seed is not None:
        return random.Random(seed)
    if current_seed() is None:
        return random
    return random.Random(int(random_stream().integers(1 << 62)))

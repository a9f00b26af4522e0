"""1797 handwritten digits, 8×8 pixels each: the test images of UCI's "optdigits".

Small enough to learn in seconds, real enough to go wrong in instructive ways. Where
they come from, and what they cannot tell you: `data/digits.md`.
"""

from __future__ import annotations

from importlib import resources
from numbers import Integral, Real

import numpy as np
from numpy.typing import NDArray

from tensorlearn.wording import say

Examples = tuple[NDArray[np.float32], NDArray[np.int64]]


def load_data(
    test_fraction: float = 0.2,
    seed: int = 0,
    flatten: bool = False,
    scale: bool = True,
) -> tuple[Examples, Examples]:
    """Give `(x_train, y_train), (x_test, y_test)`.   x: (N, 8, 8), y: (N,)

    test_fraction: the part kept for testing; both parts hold the ten digits in the same
        proportions.
    seed: the same seed gives the same two parts in the same order.
    flatten: give x as (N, 64).
    scale: give x in [0, 1]; otherwise the 0 … 16 inked dots that were counted.

    >>> (x_train, y_train), (x_test, y_test) = load_data()
    >>> x_train.shape, y_train.shape, x_test.shape, y_test.shape
    ((1438, 8, 8), (1438,), (359, 8, 8), (359,))
    """
    _check(test_fraction, seed)
    images, labels = _read()
    x = images.astype(np.float32)
    if scale:
        x /= 16
    if flatten:
        x = x.reshape(len(x), -1)  # (N, 8, 8) -> (N, 64)
    y = labels.astype(np.int64)

    test, train = _split(y, test_fraction, np.random.default_rng(seed))
    return (x[train], y[train]), (x[test], y[test])


def _check(test_fraction: object, seed: object) -> None:
    if isinstance(test_fraction, bool) or not isinstance(test_fraction, Real):
        raise TypeError(
            say(
                "digits.load_data: `test_fraction` must be a number, got {value!r}",
                value=test_fraction,
            )
        )
    if not 0 < test_fraction < 1:
        raise ValueError(
            say(
                "digits.load_data: `test_fraction` must lie strictly between 0 and 1,"
                " got {value!r}",
                value=test_fraction,
            )
        )
    if isinstance(seed, bool) or not isinstance(seed, Integral):
        raise TypeError(
            say(
                "digits.load_data: `seed` must be an integer, got {value!r}",
                value=seed,
            )
        )
    if seed < 0:
        raise ValueError(
            say("digits.load_data: `seed` must be ≥ 0, got {value!r}", value=seed)
        )


def _read() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The images (1797, 8, 8) and labels (1797,) as they are stored."""
    stored = resources.files("tensorlearn.datasets") / "data" / "digits.npz"
    with stored.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return arrays["images"], arrays["labels"]


def _split(
    y: NDArray[np.int64], fraction: float, rng: np.random.Generator
) -> list[NDArray[np.intp]]:
    """Shuffled rows in two parts, the first a `fraction` of all and of every class."""
    place = np.empty(len(y))  # of a row in its class, from 0 to 1
    for label in np.unique(y):
        (rows,) = np.nonzero(y == label)
        place[rng.permutation(rows)] = (np.arange(len(rows)) + 0.5) / len(rows)
    size = min(max(round(fraction * len(y)), 1), len(y) - 1)
    order = np.argsort(place, kind="stable")
    return [rng.permutation(part) for part in np.split(order, [size])]

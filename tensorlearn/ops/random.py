"""Random numbers, always from a generator that is passed in."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorlearn.autograd.tensor import Array
from tensorlearn.config import floatx
from tensorlearn.parallel import BLOCK, each
from tensorlearn.wording import say

Generator = np.random.Generator


def normal(
    rng: Generator,
    shape: Any,
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: Any = None,
) -> Array:
    """Normally distributed numbers of the given shape."""
    kind = np.dtype(dtype or floatx())
    y: Array = (rng.standard_normal(shape) * stddev + mean).astype(kind)
    return y


def uniform(
    rng: Generator, shape: Any, low: float = 0.0, high: float = 1.0, dtype: Any = None
) -> Array:
    """Evenly distributed numbers in [low, high)."""
    kind = np.dtype(dtype or floatx())
    below = np.nextafter(kind.type(high), kind.type(low))  # rounding may not reach high
    y: Array = np.minimum(rng.uniform(low, high, shape).astype(kind), below)
    return y


def bernoulli(
    rng: Generator, shape: Any, p: float, dtype: Any = None, value: float = 1.0
) -> Array:
    """`value` with probability p, else 0.

    Compares random bytes pairs with a threshold: p is met to within 2⁻¹⁷, at a fraction
    of the cost of random floats.
    """
    size = int(np.prod(shape))
    raw = np.frombuffer(rng.bytes(2 * size), np.uint16)
    y = np.empty(size, dtype or floatx())
    limit, value = np.uint32(round(p * 65536)), y.dtype.type(value)

    def fill(start: int) -> None:
        here = slice(start, start + BLOCK)
        np.multiply(raw[here] < limit, value, out=y[here])

    each(fill, range(0, size, BLOCK))
    return y.reshape(shape)


def dropout(x: Any, rate: float, rng: Generator, noise_shape: Any = None) -> Any:
    """x with a fraction `rate` of its elements set to 0, the others scaled up to match.

    rate: in [0, 1). noise_shape: where 1, the same choice is made along that axis; None
    entries (or None) follow the shape of x. Raises ValueError for another rate.
    """
    if not 0 <= rate < 1:
        raise ValueError(
            say("dropout: `rate` must lie in [0, 1), got {rate!r}", rate=rate)
        )
    if rate == 0:
        return x
    shape = x.shape
    if noise_shape is not None:
        shape = tuple(
            n if wanted is None else wanted
            for n, wanted in zip(x.shape, noise_shape, strict=True)
        )
    return x * bernoulli(rng, shape, 1 - rate, real(x.dtype), 1 / (1 - rate))


def real(dtype: Any) -> Any:
    """The type of noise on numbers of this type: the same, or `floatx` on integers."""
    return dtype if dtype.kind == "f" else floatx()

"""Random Tensors. Each call draws anew; `tensorlearn.set_seed` makes a run repeat."""

from __future__ import annotations

from typing import Any

from tensorlearn import ops
from tensorlearn.backend.recording import drawing_stream, integers, on_values
from tensorlearn.config import floatx


@on_values()
def random_normal(
    shape: Any,
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: Any = None,
    seed: int | None = None,
) -> Any:
    """Normally distributed numbers."""
    return ops.random.normal(
        drawing_stream(seed), integers(shape), mean, stddev, dtype or floatx()
    )


@on_values()
def random_uniform(
    shape: Any,
    minval: float = 0.0,
    maxval: float = 1.0,
    dtype: Any = None,
    seed: int | None = None,
) -> Any:
    """Numbers evenly distributed in [minval, maxval)."""
    return ops.random.uniform(
        drawing_stream(seed), integers(shape), minval, maxval, dtype or floatx()
    )


@on_values()
def random_binomial(
    shape: Any, p: float = 0.0, dtype: Any = None, seed: int | None = None
) -> Any:
    """1 with probability p, else 0."""
    return ops.random.bernoulli(
        drawing_stream(seed), integers(shape), p, dtype or floatx()
    )


@on_values()
def truncated_normal(
    shape: Any,
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: Any = None,
    seed: int | None = None,
) -> Any:
    """Normally distributed numbers; what is beyond two deviations is drawn again."""
    rng = drawing_stream(seed)
    values = rng.standard_normal(integers(shape))
    while (far := abs(values) > 2).any():
        values[far] = rng.standard_normal(int(far.sum()))
    return (values * stddev + mean).astype(dtype or floatx())


@on_values("x")
def dropout(
    x: Any, level: float, noise_shape: Any = None, seed: int | None = None
) -> Any:
    """x with a fraction `level` of its elements set to 0, the others scaled up to match.

    noise_shape: 1 where elements along an axis are dropped together.
    """
    shape = None if noise_shape is None else _noise_shape(noise_shape)
    return ops.random.dropout(x, level, drawing_stream(seed), shape)


def _noise_shape(given: Any) -> tuple[int | None, ...]:
    return tuple(None if n is None or n == -1 else n for n in integers(given))

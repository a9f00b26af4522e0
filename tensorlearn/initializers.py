"""How weights start: initializers under the names and defaults of Keras 2.2.4.

An initializer is called with a shape and returns an array of `floatx`. With a seed it
returns the same array every time; without one every call draws from a new random stream,
which `tensorlearn.set_seed` makes repeatable.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tensorlearn.autograd.tensor import Array
from tensorlearn.config import floatx, random_stream
from tensorlearn.declare.fields import Configured, arg, label
from tensorlearn.declare.registry import initializers
from tensorlearn.ops import random
from tensorlearn.wording import say

Shape = Sequence[int]


class Initializer(Configured):
    """The base of all initializers; subclasses declare fields and write `__call__`."""

    def __call__(self, shape: Shape, dtype: Any = None) -> Array:
        """An array of that shape, of `floatx` unless `dtype` is given."""
        raise NotImplementedError(
            say("{owner}: an initializer must define __call__", owner=label(self))
        )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """A new initializer with this configuration (a foreign 'dtype' is ignored)."""
        return cls(**{k: v for k, v in config.items() if k != "dtype"})


# ---- constants ----


@initializers.register("zeros", "zero")
class Zeros(Initializer):
    """All 0."""

    def __call__(self, shape: Shape, dtype: Any = None) -> Array:
        """An array of zeros."""
        return np.zeros(shape, dtype or floatx())


@initializers.register("ones", "one")
class Ones(Initializer):
    """All 1."""

    def __call__(self, shape: Shape, dtype: Any = None) -> Array:
        """An array of ones."""
        return np.ones(shape, dtype or floatx())


@initializers.register("constant")
class Constant(Initializer):
    """All the same `value` (or an array of values that fits the shape)."""

    value: Any = arg.anything(0, "what every element starts as")
    positional = ("value",)

    def __call__(self, shape: Shape, dtype: Any = None) -> Array:
        """An array filled with the value."""
        made = np.empty(shape, dtype or floatx())
        made[...] = self.value
        return made


@initializers.register("identity")
class Identity(Initializer):
    """gain · I, for kernels with two axes; side by side if they are 2:1, 3:1, ..."""

    gain: float = arg.number(1.0, "factor of the identity matrix")
    positional = ("gain",)

    def __call__(self, shape: Shape, dtype: Any = None) -> Array:
        """The matrix; ValueError if the shape does not have two axes that fit."""
        if len(shape) != 2:
            raise ValueError(
                say(
                    "{owner}: only a weight with 2 axes can start as a matrix, got shape "
                    "{shape}",
                    owner=label(self),
                    shape=tuple(shape),
                )
            )
        rows, columns = shape
        short, long = sorted(shape)
        if long % short:
            raise ValueError(
                say(
                    "{owner}: the long side must be a multiple of the short side, got "
                    "shape {shape}",
                    owner=label(self),
                    shape=tuple(shape),
                )
            )
        once = np.eye(short) * self.gain
        matrix: Array = np.tile(once, (rows // short, columns // short))
        return matrix.astype(dtype or floatx())


# ---- random ----


@initializers.register("random_normal", "normal")
class RandomNormal(Initializer):
    """Normally distributed around `mean`."""

    mean: float = arg.number(0.0, "centre of the distribution")
    stddev: float = arg.number(0.05, "standard deviation", low=0.0)
    seed: int | None = arg.integer(None, "makes every call return the same array")
    positional = ("mean", "stddev", "seed")

    def __call__(self, shape: Shape, dtype: Any = None) -> Array:
        """An array of random numbers."""
        rng = random_stream(self.seed)
        return random.normal(rng, tuple(shape), self.mean, self.stddev, dtype)


@initializers.register("random_uniform", "uniform")
class RandomUniform(Initializer):
    """Evenly distributed in [minval, maxval)."""

    minval: float = arg.number(-0.05, "lower end")
    maxval: float = arg.number(0.05, "upper end")
    seed: int | None = arg.integer(None, "makes every call return the same array")
    positional = ("minval", "maxval", "seed")

    def __call__(self, shape: Shape, dtype: Any = None) -> Array:
        """An array of random numbers."""
        rng = random_stream(self.seed)
        return random.uniform(rng, tuple(shape), self.minval, self.maxval, dtype)


@initializers.register("truncated_normal")
class TruncatedNormal(Initializer):
    """Normal, but what falls beyond two standard deviations is drawn again.

    No weight starts so large that its unit is saturated at once.
    """

    mean: float = arg.number(0.0, "centre of the distribution")
    stddev: float = arg.number(0.05, "standard deviation before truncation", low=0.0)
    seed: int | None = arg.integer(None, "makes every call return the same array")
    positional = ("mean", "stddev", "seed")

    def __call__(self, shape: Shape, dtype: Any = None) -> Array:
        """An array of random numbers."""
        z = _truncated(random_stream(self.seed), shape)
        return (z * self.stddev + self.mean).astype(dtype or floatx())


@initializers.register()
class VarianceScaling(Initializer):
    """Random with variance scale / n, so that signals keep their size through the layers.

    n is the number of inputs that a unit adds up ("fan_in"), of outputs that a unit feeds
    ("fan_out"), or their average ("fan_avg"). Glorot & Bengio 2010, He et al. 2015.
    """

    scale: float = arg.number(1.0, "variance times n, positive", low=0.0)
    mode: str = arg.choice(
        "fan_in", "fan_out", "fan_avg", default="fan_in", doc="what n counts"
    )
    distribution: str = arg.choice(
        "normal", "uniform", default="normal", doc="normal is truncated at 2 sigma"
    )
    seed: int | None = arg.integer(None, "makes every call return the same array")
    positional = ("scale", "mode", "distribution", "seed")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.scale == 0:
            raise self.fields["scale"].refuse(self, 0.0)

    def __call__(self, shape: Shape, dtype: Any = None) -> Array:
        """An array of random numbers."""
        fan_in, fan_out = fans(shape)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
        sigma = math.sqrt(self.scale / max(1.0, n[self.mode]))
        rng = random_stream(self.seed)
        if self.distribution == "uniform":
            limit = sigma * math.sqrt(3)
            return random.uniform(rng, tuple(shape), -limit, limit, dtype)
        wide = sigma / _STDDEV_OF_TRUNCATED
        return (_truncated(rng, shape) * wide).astype(dtype or floatx())


@initializers.register("orthogonal")
class Orthogonal(Initializer):
    """gain · a random matrix with orthonormal columns (rows, if it is wider than high).

    Repeated multiplication by it neither grows nor shrinks a vector: hence its use for
    recurrent kernels. Saxe et al., "Exact solutions to the nonlinear dynamics of learning
    in deep linear neural networks", 2014.
    """

    gain: float = arg.number(1.0, "factor of the matrix")
    seed: int | None = arg.integer(None, "makes every call return the same array")
    positional = ("gain", "seed")

    def __call__(self, shape: Shape, dtype: Any = None) -> Array:
        """The matrix, all axes but the last taken together as rows."""
        if len(shape) < 2:
            raise ValueError(
                say(
                    "{owner}: a weight with at least 2 axes is needed, got shape {shape}",
                    owner=label(self),
                    shape=tuple(shape),
                )
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        tall = (max(rows, columns), min(rows, columns))
        q, r = np.linalg.qr(random_stream(self.seed).standard_normal(tall))
        q *= np.where(np.diag(r) < 0, -1, 1)  # else the signs would not be random
        q = q if rows >= columns else q.T
        return (q.reshape(shape) * self.gain).astype(dtype or floatx())


# ---- variance scaling, under the names of its inventors ----


@initializers.register("LecunUniform")
def lecun_uniform(seed: int | None = None) -> VarianceScaling:
    """Uniform within √(3 / fan_in).   LeCun et al., "Efficient BackProp", 1998."""
    return VarianceScaling(1.0, "fan_in", "uniform", seed)


@initializers.register("LecunNormal")
def lecun_normal(seed: int | None = None) -> VarianceScaling:
    """Truncated normal with stddev √(1 / fan_in): what `selu` needs."""
    return VarianceScaling(1.0, "fan_in", "normal", seed)


@initializers.register("GlorotUniform")
def glorot_uniform(seed: int | None = None) -> VarianceScaling:
    """Uniform within √(6 / (fan_in + fan_out)).   Glorot & Bengio 2010; the default."""
    return VarianceScaling(1.0, "fan_avg", "uniform", seed)


@initializers.register("GlorotNormal")
def glorot_normal(seed: int | None = None) -> VarianceScaling:
    """Truncated normal with stddev √(2 / (fan_in + fan_out)).   Glorot & Bengio 2010."""
    return VarianceScaling(1.0, "fan_avg", "normal", seed)


@initializers.register("HeUniform")
def he_uniform(seed: int | None = None) -> VarianceScaling:
    """Uniform within √(6 / fan_in).   He et al. 2015: for relu."""
    return VarianceScaling(2.0, "fan_in", "uniform", seed)


@initializers.register("HeNormal")
def he_normal(seed: int | None = None) -> VarianceScaling:
    """Truncated normal with stddev √(2 / fan_in).   He et al. 2015: for relu."""
    return VarianceScaling(2.0, "fan_in", "normal", seed)


zeros = zero = Zeros
ones = one = Ones
constant = Constant
identity = Identity
normal = random_normal = RandomNormal
uniform = random_uniform = RandomUniform
truncated_normal = TruncatedNormal
orthogonal = Orthogonal


def get(identifier: Any) -> Any:
    """The initializer for a name, configuration, class or callable f(shape).

    Raises ValueError, with a suggestion, for an unknown name, and for None.
    """
    if identifier is None:
        raise initializers.refusal(identifier)
    return initializers.get(identifier)


def serialize(initializer: Any) -> Any:
    """{"class_name", "config"} from which `deserialize` makes an equal initializer."""
    return initializers.serialize(initializer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The initializer that `serialize` described."""
    return initializers.deserialize(config, custom_objects)


def fans(shape: Shape) -> tuple[float, float]:
    """How many inputs a unit adds up, and how many units an input feeds.

    (D, U) -> D, U;   a convolution kernel (*K, C, F) -> |K|·C, |K|·F
    """
    if len(shape) == 2:
        return shape[0], shape[1]
    if len(shape) in (3, 4, 5):
        taps = math.prod(shape[:-2])
        return taps * shape[-2], taps * shape[-1]
    return (math.sqrt(math.prod(shape)),) * 2


_STDDEV_OF_TRUNCATED = 0.8796256610342398  # of a normal distribution cut at ±2


def _truncated(rng: np.random.Generator, shape: Shape) -> Array:
    """Standard normal numbers in [-2, 2]: the others (4.6 %) are drawn again."""
    z = rng.standard_normal(math.prod(shape))
    far = np.flatnonzero(np.abs(z) > 2)
    while far.size:
        z[far] = rng.standard_normal(far.size)
        far = far[np.abs(z[far]) > 2]
    return z.reshape(tuple(shape))

"""Noise: layers that disturb their input while training, and only then."""

from __future__ import annotations

import math
from typing import Any

from tensorlearn import ops
from tensorlearn.config import random_stream
from tensorlearn.declare.fields import arg
from tensorlearn.engine.layer import Layer
from tensorlearn.layers.core import Dropout

__all__ = ["AlphaDropout", "GaussianDropout", "GaussianNoise"]

# α' = -scale·alpha of selu: the value that a saturated unit has
_SATURATED = -1.0507009873554804934193349852946 * 1.6732632423543772848170429916717


class _Noise(Layer):
    supports_masking = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stream = random_stream()

    def _normal(self, x: Any, mean: float, stddev: float) -> Any:
        kind = ops.random.real(x.dtype)
        return ops.random.normal(self._stream, x.shape, mean, stddev, kind)

    def compute_output_shape(self, shape: Any) -> Any:
        """The shape of the input."""
        return shape


class GaussianNoise(_Noise):
    """x + normal noise of mean 0 while training: a random augmentation.   shape kept"""

    stddev: float = arg.number(doc="standard deviation of the noise", low=0)

    def call(self, x: Any, training: bool = False) -> Any:
        """x, disturbed while training."""
        if not training or not self.stddev:
            return x
        return x + self._normal(x, 0.0, self.stddev)


class GaussianDropout(_Noise):
    """x · normal noise of mean 1 while training.   shape kept

    The noise has the variance of dropout with the same rate, rate / (1 - rate)
    (Srivastava et al. 2014, section 10).
    """

    rate: float = arg.rate(doc="as of Dropout")

    def call(self, x: Any, training: bool = False) -> Any:
        """x, disturbed while training."""
        if not training or not self.rate:
            return x
        return x * self._normal(x, 1.0, math.sqrt(self.rate / (1 - self.rate)))


class AlphaDropout(Dropout):
    """Dropout for selu networks: mean and variance stay what they were.   shape kept

    What is dropped becomes selu's saturation value, then an affine map restores mean 0 and
    variance 1 (Klambauer et al. 2017).
    """

    def call(self, x: Any, training: bool = False) -> Any:
        """x, with holes while training."""
        if not training or not self.rate:
            return x
        shape = self.shape_of_noise(x.shape) or x.shape
        kept = 1 - self.rate
        a = (kept * (1 + self.rate * _SATURATED**2)) ** -0.5
        b = -a * _SATURATED * self.rate
        mask = ops.random.bernoulli(self._stream, shape, kept, ops.random.real(x.dtype))
        return x * (mask * a) + ((1 - mask) * (a * _SATURATED) + b)

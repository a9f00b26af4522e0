"""Constraints: projections that pull a weight back where it belongs after every update.

A constraint is called with the weight and returns an array of the same shape; any function
that does the same will do in its place. No gradient flows through it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tensorlearn.autograd import Tensor
from tensorlearn.autograd.tensor import Array
from tensorlearn.config import epsilon
from tensorlearn.declare.fields import Configured, Field, arg, label
from tensorlearn.declare.registry import constraints
from tensorlearn.wording import say


class _Axis(Field):
    """The axes over which a norm is taken."""

    wanted = "an integer or a tuple of integers"
    bad = ("0", 1.5, (0, "1"))

    def check(self, owner: Any, value: Any) -> Any:
        listed = isinstance(value, (tuple, list))
        for n in value if listed else [value]:
            if isinstance(n, bool) or not isinstance(n, (int, np.integer)):
                raise self.refuse(owner, value, TypeError)
        return type(value)(int(n) for n in value) if listed else int(value)


_ALONG = "axes along which one unit's weights lie: 0 for Dense, (0, 1, 2) for Conv2D"


class Constraint(Configured):
    """The base of all constraints; subclasses declare fields and write `__call__`."""

    def __call__(self, w: Any) -> Array:
        """The constrained values of the weight w."""
        raise NotImplementedError(
            say("{owner}: a constraint must define __call__", owner=label(self))
        )


@constraints.register("max_norm", "maxnorm")
class MaxNorm(Constraint):
    """Shrink vectors longer than `max_value` to that length.

    Srivastava et al., "Dropout", 2014, recommend it together with dropout.
    """

    max_value: float = arg.number(2, "greatest length", low=0.0)
    axis: Any = _Axis(0, _ALONG)
    positional = ("max_value", "axis")

    def __call__(self, w: Any) -> Array:
        """The constrained values of the weight w."""
        values = _values(w)
        length = _length(self, values)
        return values * (np.minimum(length, self.max_value) / (length + epsilon()))


@constraints.register("non_neg", "nonneg")
class NonNeg(Constraint):
    """Set negative weights to 0."""

    def __call__(self, w: Any) -> Array:
        """The constrained values of the weight w."""
        result: Array = np.maximum(_values(w), 0)
        return result


@constraints.register("unit_norm", "unitnorm")
class UnitNorm(Constraint):
    """Scale vectors to length 1."""

    axis: Any = _Axis(0, _ALONG)
    positional = ("axis",)

    def __call__(self, w: Any) -> Array:
        """The constrained values of the weight w."""
        values = _values(w)
        return values / (_length(self, values) + epsilon())


@constraints.register("min_max_norm", "minmaxnorm")
class MinMaxNorm(Constraint):
    """Pull the length of vectors into [min_value, max_value], by the fraction `rate`.

    rate=1 enforces the limits; a smaller one moves the length that far per update.
    """

    min_value: float = arg.number(0.0, "least length", low=0.0)
    max_value: float = arg.number(1.0, "greatest length", low=0.0)
    rate: float = arg.number(1.0, "fraction of the way to go, in (0, 1]", low=0.0)
    axis: Any = _Axis(0, _ALONG)
    positional = ("min_value", "max_value", "rate", "axis")

    def __call__(self, w: Any) -> Array:
        """The constrained values of the weight w."""
        values = _values(w)
        length = _length(self, values)
        wanted = np.clip(length, self.min_value, self.max_value)
        wanted = wanted * self.rate + length * (1 - self.rate)
        return values * (wanted / (length + epsilon()))


max_norm = maxnorm = MaxNorm
non_neg = nonneg = NonNeg
unit_norm = unitnorm = UnitNorm
min_max_norm = MinMaxNorm


def get(identifier: Any) -> Any:
    """The constraint for a name, configuration or callable; None is None.

    Raises ValueError, with a suggestion, for an unknown name.
    """
    return constraints.get(identifier)


def serialize(constraint: Any) -> Any:
    """{"class_name", "config"} from which `deserialize` makes an equal constraint."""
    return constraints.serialize(constraint)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The constraint that `serialize` described."""
    return constraints.deserialize(config, custom_objects)


def _values(w: Any) -> Array:
    values: Array = w.data if isinstance(w, Tensor) else np.asarray(w)
    return values


def _length(owner: Any, w: Array) -> Array:
    """Euclidean length along the owner's `axis`, kept as axes of length 1."""
    axis = tuple(owner.axis) if isinstance(owner.axis, list) else owner.axis
    for n in axis if isinstance(axis, tuple) else (axis,):
        if not -w.ndim <= n < w.ndim:
            raise ValueError(
                say(
                    "{owner}: `axis` {axis} is none of a weight of shape {shape}",
                    owner=label(owner),
                    axis=n,
                    shape=w.shape,
                )
            )
    length: Array = np.sqrt(np.sum(np.square(w), axis=axis, keepdims=True))
    return length

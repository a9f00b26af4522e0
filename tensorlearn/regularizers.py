"""Regularizers: penalties on weights or outputs that are added to the loss.

A regularizer is called with a Tensor and returns a Tensor with one element; any function
that does the same will do in its place.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from tensorlearn import ops
from tensorlearn.autograd import Tensor
from tensorlearn.declare.fields import Configured, arg, label
from tensorlearn.declare.keras1 import Keras1Warning
from tensorlearn.declare.registry import regularizers
from tensorlearn.wording import say


class Regularizer(Configured):
    """The base of all regularizers; subclasses declare fields and write `__call__`."""

    def __call__(self, x: Any) -> Any:
        """The penalty on x: a Tensor with one element."""
        raise NotImplementedError(
            say("{owner}: a regularizer must define __call__", owner=label(self))
        )


@regularizers.register()
class L1L2(Regularizer):
    """l1·Σ|x| + l2·Σx².   (...) -> ()

    The first term drives weights to exactly 0, the second (weight decay) keeps all of
    them small. Note that the second is the squared norm, not the norm.
    """

    l1: float = arg.number(0.0, "weight of the sum of magnitudes")
    l2: float = arg.number(0.0, "weight of the sum of squares")
    positional = ("l1", "l2")

    def __call__(self, x: Any) -> Any:
        """The penalty on x."""
        terms = []
        if self.l1:
            terms.append(ops.reduce_sum(ops.abs(x)) * self.l1)
        if self.l2:
            terms.append(ops.reduce_sum(ops.square(x)) * self.l2)
        if not terms:
            return Tensor(np.zeros((), x.dtype))
        return terms[0] if len(terms) == 1 else terms[0] + terms[1]


@regularizers.register()
def l1(l: float = 0.01) -> L1L2:
    """The penalty l·Σ|x|."""
    return L1L2(l1=l)


@regularizers.register()
def l2(l: float = 0.01) -> L1L2:
    """The penalty l·Σx²."""
    return L1L2(l2=l)


@regularizers.register()
def l1_l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """The penalty l1·Σ|x| + l2·Σx²."""
    return L1L2(l1=l1, l2=l2)


# ---- Keras-1 names ----


@regularizers.register()
def l1l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """Keras-1 name of `l1_l2`."""
    return _renamed("l1l2", f"l1_l2(l1={l1!r}, l2={l2!r})", L1L2(l1, l2))


@regularizers.register()
def activity_l1(l: float = 0.01) -> L1L2:
    """Keras-1 name of `l1`, as an `activity_regularizer`."""
    return _renamed("activity_l1", f"l1({l!r})", L1L2(l1=l))


@regularizers.register()
def activity_l2(l: float = 0.01) -> L1L2:
    """Keras-1 name of `l2`, as an `activity_regularizer`."""
    return _renamed("activity_l2", f"l2({l!r})", L1L2(l2=l))


@regularizers.register()
def activity_l1l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """Keras-1 name of `l1_l2`, as an `activity_regularizer`."""
    return _renamed("activity_l1l2", f"l1_l2(l1={l1!r}, l2={l2!r})", L1L2(l1, l2))


def _renamed(old: str, call: str, made: L1L2) -> L1L2:
    warnings.warn(
        say(
            "Update your `{owner}` call to the Keras 2 API: `{call}`",
            owner=old,
            call=call,
        ),
        Keras1Warning,
        stacklevel=3,
    )
    return made


def get(identifier: Any) -> Any:
    """The regularizer for a name, configuration or callable; None is None.

    Raises ValueError, with a suggestion, for an unknown name.
    """
    return regularizers.get(identifier)


def serialize(regularizer: Any) -> Any:
    """{"class_name", "config"} from which `deserialize` makes an equal regularizer."""
    return regularizers.serialize(regularizer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The regularizer that `serialize` described."""
    return regularizers.deserialize(config, custom_objects)

"""Activation functions, under the names of Keras 2.2.4, for arrays, Tensors and Symbols.

They are compositions of `tensorlearn.ops`, so their gradients come from there. `get` turns
a name into a function, `serialize` a function into its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tensorlearn import ops
from tensorlearn.declare.registry import activations
from tensorlearn.wording import say

_SELU_ALPHA = 1.6732632423543772
_SELU_SCALE = 1.0507009873554805


@activations.register()
def softmax(x: Any, axis: int = -1) -> Any:
    """exp(x) / Σ exp(x) along `axis`: positive numbers that add up to 1; shape kept.

    Raises ValueError if x has one axis only (a batch of scores has at least two).
    """
    if x.ndim < 2:
        raise ValueError(
            say(
                "softmax: `x` must have a batch axis and at least one more, got shape "
                "{shape}; add one with x[None, :], or use ops.softmax for a single vector",
                shape=x.shape,
            )
        )
    return ops.softmax(x, axis=axis)


@activations.register()
def elu(x: Any, alpha: float = 1.0) -> Any:
    """x where x ≥ 0, else alpha·(eˣ - 1): smooth, and negative enough to centre the mean.

    Clevert et al., "Fast and Accurate Deep Network Learning by ELUs", 2016.
    """
    below = ops.expm1(ops.clip(x, high=0.0))  # never overflows where x is large
    return ops.where(x >= 0, x, below * alpha)


@activations.register()
def selu(x: Any) -> Any:
    """scale · elu(x, alpha), with the two constants that keep mean 0 and variance 1.

    Use with `lecun_normal` and AlphaDropout. Klambauer et al., "Self-Normalizing Neural
    Networks", 2017.
    """
    return elu(x, _SELU_ALPHA) * _SELU_SCALE


@activations.register()
def softplus(x: Any) -> Any:
    """log(1 + eˣ): a rounded relu."""
    return ops.softplus(x)


@activations.register()
def softsign(x: Any) -> Any:
    """x / (1 + |x|): like tanh, but it saturates slowly."""
    return x / (ops.abs(x) + 1.0)


@activations.register()
def relu(
    x: Any, alpha: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Any:
    """max(x, 0); in general x above `threshold`, else alpha·(x - threshold), capped.

    alpha: slope below the threshold. max_value: upper limit, None for no limit.
    """
    if alpha == 0 and max_value is None and threshold == 0:
        return ops.relu(x)
    y = x if max_value is None else ops.clip(x, high=max_value)
    below = (x - threshold) * alpha if alpha else 0.0
    return ops.where(x > threshold, y, below)


@activations.register()
def tanh(x: Any) -> Any:
    """(eˣ - e⁻ˣ) / (eˣ + e⁻ˣ), in (-1, 1)."""
    return ops.tanh(x)


@activations.register()
def sigmoid(x: Any) -> Any:
    """1 / (1 + e⁻ˣ), in (0, 1)."""
    return ops.sigmoid(x)


@activations.register()
def hard_sigmoid(x: Any) -> Any:
    """0.2·x + 0.5 limited to [0, 1]: a sigmoid made of three straight lines."""
    return ops.clip(x * 0.2 + 0.5, low=0.0, high=1.0)


@activations.register()
def exponential(x: Any) -> Any:
    """eˣ."""
    return ops.exp(x)


@activations.register()
def linear(x: Any) -> Any:
    """x itself."""
    return x


def get(identifier: Any) -> Callable[..., Any]:
    """The function for a name or callable; None means `linear`.

    Raises ValueError, with a suggestion, for an unknown name.
    """
    return linear if identifier is None else activations.get(identifier)  # type: ignore[no-any-return]


def serialize(activation: Callable[..., Any]) -> Any:
    """The name from which `get` finds the function again."""
    return activations.serialize(activation)


def deserialize(name: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The function of that name, looked for in `custom_objects` first."""
    return activations.deserialize(name, custom_objects)

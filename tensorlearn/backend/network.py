"""What networks need: activations, losses, normalisation, and choices by learning phase."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensorlearn import activations, ops
from tensorlearn.autograd import Tensor
from tensorlearn.backend.recording import array_of, has_symbol, on_values, tensor_of
from tensorlearn.backend.settings import learning_phase, normalize_data_format
from tensorlearn.config import epsilon as fuzz
from tensorlearn.engine import Symbol
from tensorlearn.wording import say

# ---- activations ----


@on_values("x")
def relu(
    x: Any, alpha: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Any:
    """max(x, 0); in general x above `threshold`, else alpha·(x - threshold), capped."""
    return activations.relu(x, alpha, max_value, threshold)


@on_values("x")
def elu(x: Any, alpha: float = 1.0) -> Any:
    """x where x ≥ 0, else alpha·(eˣ - 1)."""
    return activations.elu(x, alpha)


@on_values("x")
def softmax(x: Any, axis: int = -1) -> Any:
    """exp(x) / Σ exp(x) along `axis`."""
    return ops.softmax(x, axis=axis)


@on_values("x")
def softplus(x: Any) -> Any:
    """log(1 + eˣ)."""
    return ops.softplus(x)


@on_values("x")
def softsign(x: Any) -> Any:
    """x / (1 + |x|)."""
    return activations.softsign(x)


@on_values("x")
def sigmoid(x: Any) -> Any:
    """1 / (1 + e⁻ˣ)."""
    return ops.sigmoid(x)


@on_values("x")
def hard_sigmoid(x: Any) -> Any:
    """0.2·x + 0.5, limited to [0, 1]."""
    return activations.hard_sigmoid(x)


@on_values("x")
def tanh(x: Any) -> Any:
    """The hyperbolic tangent."""
    return ops.tanh(x)


@on_values("x")
def l2_normalize(x: Any, axis: Any = None) -> Any:
    """x divided by its Euclidean length along `axis`."""
    return ops.l2_normalize(x, axis=axis)


# ---- losses ----


@on_values("output", "target")
def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """-Σ target · log(output) along `axis`; output is scaled to sum 1 first.

    from_logits: output is what would go into a softmax.
    """
    axis = _class_axis(output, axis)
    if from_logits:
        logits, targets = (
            ops.moveaxis(v, axis, -1) for v in (output, tensor_of(target))
        )
        return ops.softmax_crossentropy(logits, targets)
    output = output / ops.reduce_sum(output, axis=axis, keepdims=True)
    output = ops.clip(output, low=fuzz(), high=1.0 - fuzz())
    return -ops.reduce_sum(target * ops.log(output), axis=axis)


@on_values("output")
def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """-log of the probability that `output` gives to the class number in `target`.

    (N, ...) or (N, ..., 1) and (N, ..., C) -> (N, ...)
    """
    output = ops.moveaxis(output, _class_axis(output, axis), -1)
    if not from_logits:
        output = ops.log(ops.clip(output, low=fuzz(), high=1.0 - fuzz()))
    scores = ops.log_softmax(output, axis=-1)
    classes = array_of(target).astype(int).reshape((*scores.shape[:-1], 1))
    return -ops.squeeze(ops.take_along_axis(scores, indices=classes, axis=-1), -1)


def _class_axis(output: Any, axis: int) -> int:
    if axis != -1 and not 0 <= axis < output.ndim:
        raise ValueError(
            say(
                "Unexpected channels axis {axis}. Expected to be -1 or one of the axes of "
                "`output`, which has {ndim} dimensions.",
                axis=axis,
                ndim=output.ndim,
            )
        )
    return axis


@on_values("output", "target")
def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """-t·log(y) - (1-t)·log(1-y), elementwise. from_logits: y = sigmoid(output)."""
    if not from_logits:
        output = ops.clip(output, low=fuzz(), high=1.0 - fuzz())
        output = ops.log(output / (1.0 - output))
    return ops.sigmoid_crossentropy(output, target)


@on_values("predictions")
def in_top_k(predictions: Any, targets: Any, k: int) -> Any:
    """Whether each target class is among the k highest scores.   (N, C), (N,) -> (N,)

    A tie at the border counts as in.
    """
    scores = predictions.data
    classes = array_of(targets).astype(int).reshape(-1, 1)
    own = np.take_along_axis(scores, classes, axis=-1)
    return (scores > own).sum(axis=-1) < k


# ---- normalisation ----


@on_values("x", "gamma", "beta")
def normalize_batch_in_training(
    x: Any, gamma: Any, beta: Any, reduction_axes: Any, epsilon: float = 1e-3
) -> tuple[Any, Any, Any]:
    """x normalised with its own mean and variance over `reduction_axes`, and these two."""
    axes = tuple(int(a) % x.ndim for a in reduction_axes)
    mean = ops.reduce_mean(x, axis=axes, keepdims=True)
    var = ops.reduce_var(x, axis=axes, keepdims=True)
    kept = tuple(n for i, n in enumerate(x.shape) if i not in axes)
    scale, shift = (
        v if v is None else ops.reshape(v, shape=mean.shape) for v in (gamma, beta)
    )
    normed = _normalize(x, mean, var, shift, scale, epsilon)
    return normed, ops.reshape(mean, shape=kept), ops.reshape(var, shape=kept)


@on_values("x", "mean", "var", "beta", "gamma")
def batch_normalization(
    x: Any,
    mean: Any,
    var: Any,
    beta: Any,
    gamma: Any,
    axis: int = -1,
    epsilon: float = 1e-3,
) -> Any:
    """gamma · (x - mean) / √(var + epsilon) + beta; beta and gamma may be None.

    Statistics with one axis belong to `axis` of x.
    """
    shape = tuple(n if i == axis % x.ndim else 1 for i, n in enumerate(x.shape))
    parts = [
        ops.reshape(v, shape=shape) if isinstance(v, Tensor) and v.ndim == 1 else v
        for v in (mean, var, beta, gamma)
    ]
    return _normalize(x, *parts, epsilon)


def _normalize(
    x: Any, mean: Any, var: Any, beta: Any, gamma: Any, epsilon: float
) -> Any:
    scale = 1.0 / ops.sqrt(var + epsilon)
    scale = scale if gamma is None else scale * gamma
    y = (x - mean) * scale
    return y if beta is None else y + beta


@on_values("x", "bias")
def bias_add(x: Any, bias: Any, data_format: str | None = None) -> Any:
    """x + bias, the bias lying along the channels (or having all axes but the batch)."""
    first = normalize_data_format(data_format) == "channels_first"
    if bias.ndim not in (1, x.ndim - 1):
        raise ValueError(
            say(
                "Unexpected bias dimensions {got}, expect to be 1 or {wanted} dimensions",
                got=bias.ndim,
                wanted=x.ndim - 1,
            )
        )
    if first and bias.ndim > 1:
        bias = ops.moveaxis(bias, -1, 0)  # (*S, C) -> (C, *S)
    elif first and x.ndim > 2:
        bias = ops.reshape(bias, shape=(-1, *[1] * (x.ndim - 2)))  # (C,) -> (C, 1, ...)
    return x + bias


# ---- choices ----


def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """`then_expression` where the condition holds, else `else_expression`.

    A condition without axes chooses one of the two, which may be functions, as a whole;
    else the choice is made by element, or by row if the condition has fewer axes.
    """
    if not isinstance(condition, Symbol):
        holds = array_of(condition).astype(bool)
        if not holds.ndim:
            return _value_of(then_expression if holds else else_expression)
    then, otherwise = _called(then_expression), _called(else_expression)
    return _switch(condition, then, otherwise)


def _called(value: Any) -> Any:
    return value() if callable(value) else value


def _value_of(value: Any) -> Any:
    value = _called(value)
    return value if has_symbol([value]) else tensor_of(value)


@on_values("then_expression", "else_expression")
def _switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    holds = array_of(condition).astype(bool)
    if not holds.ndim:
        return then_expression if holds else tensor_of(else_expression)
    extra = then_expression.ndim - holds.ndim
    if extra < 0:
        raise ValueError(
            say(
                "Rank of `condition` should be less than or equal to rank of "
                "`then_expression` and `else_expression`. ndim(condition)={condition}, "
                "ndim(then_expression)={then}",
                condition=holds.ndim,
                then=then_expression.ndim,
            )
        )
    holds = holds.reshape(holds.shape + (1,) * extra)
    return ops.where(holds, then_expression, else_expression)


Lazy = Any | Callable[[], Any]


def in_train_phase(x: Lazy, alt: Lazy, training: Any = None) -> Any:
    """x in training, else alt; both may be functions. training: the mode, if known."""
    mode = learning_phase() if training is None else training
    if isinstance(mode, int):
        return _called(x if mode else alt)
    return switch(mode, x, alt)


def in_test_phase(x: Lazy, alt: Lazy, training: Any = None) -> Any:
    """x in inference, else alt; both may be functions. training: the mode, if known."""
    return in_train_phase(alt, x, training)

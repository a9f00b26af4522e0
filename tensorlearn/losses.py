"""How wrong a prediction is: one value per sample (or per time step).

Every loss is a composition of operations, so its gradient follows by itself. The axis
that disappears is the last one; averaging over samples is the training loop's business.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tensorlearn import ops
from tensorlearn.autograd import Tensor
from tensorlearn.config import epsilon, floatx
from tensorlearn.declare.registry import losses
from tensorlearn.wording import say

Loss = Callable[[Any, Any], Any]

# ---- regression ----


@losses.register("mse", "MSE")
def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """mean((y_pred - y_true)²).   (..., D), (..., D) -> (...)"""
    y_true, y_pred = _pair(y_true, y_pred)
    return ops.reduce_mean(ops.square(y_pred - y_true), axis=-1)


@losses.register("mae", "MAE")
def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """mean(|y_pred - y_true|), slope 0 where they meet.   (..., D), (..., D) -> (...)"""
    y_true, y_pred = _pair(y_true, y_pred)
    return ops.reduce_mean(ops.abs(y_pred - y_true), axis=-1)


@losses.register("mape", "MAPE")
def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """100 mean(|y_true - y_pred| / |y_true|).   (..., D), (..., D) -> (...)

    |y_true| counts as 1e-7 where it is smaller: targets of 0 make enormous losses.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    size = ops.clip(ops.abs(y_true), low=epsilon())
    return 100.0 * ops.reduce_mean(ops.abs((y_true - y_pred) / size), axis=-1)


@losses.register("msle", "MSLE")
def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """mean((log(1 + y_pred) - log(1 + y_true))²), negatives as 0. (..., D)x2 -> (...)"""
    y_true, y_pred = _pair(y_true, y_pred)
    low = epsilon()
    predicted = ops.log(ops.clip(y_pred, low=low) + 1.0)
    wanted = ops.log(ops.clip(y_true, low=low) + 1.0)
    return ops.reduce_mean(ops.square(predicted - wanted), axis=-1)


@losses.register()
def logcosh(y_true: Any, y_pred: Any) -> Any:
    """mean(log(cosh(y_pred - y_true))): x²/2 near 0, |x| - log 2 far out.

    (..., D), (..., D) -> (...); never overflows.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    x = y_pred - y_true
    return ops.reduce_mean(x + ops.softplus(-2.0 * x) - math.log(2.0), axis=-1)


@losses.register("cosine")
def cosine_proximity(y_true: Any, y_pred: Any) -> Any:
    """-cos(angle between y_true and y_pred): -1 is best.   (..., D), (..., D) -> (...)"""
    y_true, y_pred = _pair(y_true, y_pred)
    y_true = ops.l2_normalize(y_true, axis=-1)
    y_pred = ops.l2_normalize(y_pred, axis=-1)
    return -ops.reduce_sum(y_true * y_pred, axis=-1)


# ---- margins ----


@losses.register()
def hinge(y_true: Any, y_pred: Any) -> Any:
    """mean(max(1 - y_true y_pred, 0)); targets are -1 or 1.   (..., D)x2 -> (...)"""
    y_true, y_pred = _pair(y_true, y_pred)
    return ops.reduce_mean(ops.relu(1.0 - y_true * y_pred), axis=-1)


@losses.register()
def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """mean(max(1 - y_true y_pred, 0)²); targets are -1 or 1.   (..., D)x2 -> (...)"""
    y_true, y_pred = _pair(y_true, y_pred)
    return ops.reduce_mean(ops.square(ops.relu(1.0 - y_true * y_pred)), axis=-1)


@losses.register()
def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """max(best wrong score - right score + 1, 0), one-hot targets. (..., C)x2 -> (...)"""
    y_true, y_pred = _pair(y_true, y_pred)
    right = ops.reduce_sum(y_true * y_pred, axis=-1)
    wrong = ops.reduce_max((1.0 - y_true) * y_pred, axis=-1)
    return ops.relu(wrong - right + 1.0)


# ---- probabilities ----


@losses.register()
def categorical_crossentropy(y_true: Any, y_pred: Any) -> Any:
    """-Σ y_true log(y_pred); one-hot targets.   (..., C), (..., C) -> (...)

    y_pred is first rescaled to add up to 1, then kept 1e-7 away from 0 and 1.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return ops.crossentropy(y_pred, y_true, low=epsilon())


@losses.register()
def sparse_categorical_crossentropy(y_true: Any, y_pred: Any) -> Any:
    """-log(y_pred[y_true]); class numbers.   (...) or (..., 1), (..., C) -> (...)

    y_pred is kept 1e-7 away from 0 and 1, then rescaled to add up to 1.
    Raises ValueError for a number that is no class.
    """
    y_pred = y_pred if isinstance(y_pred, Tensor) else np.asarray(y_pred)
    labels = class_numbers(y_true, y_pred.shape)
    chances = ops.clip(y_pred, low=epsilon(), high=1.0 - epsilon())
    chosen = ops.take_along_axis(chances, indices=labels[..., None], axis=-1)
    total = ops.reduce_sum(chances, axis=-1, keepdims=True)
    return ops.reduce_sum(ops.log(total / chosen), axis=-1)  # (..., 1) -> (...)


@losses.register()
def binary_crossentropy(y_true: Any, y_pred: Any) -> Any:
    """mean(-y_true log(y_pred) - (1 - y_true) log(1 - y_pred)).   (..., D)x2 -> (...)

    y_pred is kept 1e-7 away from 0 and 1; the rest is computed on its logit.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    each = ops.two_sided_crossentropy(y_pred, y_true, low=epsilon())
    return ops.reduce_mean(each, axis=-1)


@losses.register("kld", "KLD")
def kullback_leibler_divergence(y_true: Any, y_pred: Any) -> Any:
    """Σ y_true log(y_true / y_pred), both limited to [1e-7, 1].   (..., C)x2 -> (...)"""
    y_true, y_pred = _pair(y_true, y_pred)
    y_true = ops.clip(y_true, low=epsilon(), high=1.0)
    y_pred = ops.clip(y_pred, low=epsilon(), high=1.0)
    return ops.reduce_sum(y_true * ops.log(y_true / y_pred), axis=-1)


@losses.register()
def poisson(y_true: Any, y_pred: Any) -> Any:
    """mean(y_pred - y_true log(y_pred + 1e-7)): counts.   (..., D), (..., D) -> (...)"""
    y_true, y_pred = _pair(y_true, y_pred)
    return ops.reduce_mean(y_pred - y_true * ops.log(y_pred + epsilon()), axis=-1)


mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence
cosine = cosine_proximity

# ---- by name ----


def get(identifier: Any) -> Any:
    """The loss that a name or callable stands for; None is None."""
    return losses.get(identifier)


def serialize(loss: Loss) -> Any:
    """The name of a loss."""
    return losses.serialize(loss)


def deserialize(name: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The loss of that name, also one of `custom_objects`."""
    return losses.deserialize(name, custom_objects)


# ---- shared ----


def class_numbers(y_true: Any, shape: tuple[int, ...]) -> Any:
    """Targets as integers that fit predictions of `shape`.   (...) or (..., 1) -> (...)

    Raises ValueError for a number outside of 0..C-1 or a shape that does not fit.
    """
    labels = np.asarray(y_true.data if isinstance(y_true, Tensor) else y_true)
    if labels.shape != shape[:-1]:
        if labels.shape != (*shape[:-1], 1):
            raise ValueError(
                say(
                    "sparse_categorical_crossentropy: predictions of shape {shape} need "
                    "one class number each, i.e. targets of shape {wanted}, got {got}; "
                    "for one-hot targets use categorical_crossentropy",
                    shape=shape,
                    wanted=shape[:-1],
                    got=labels.shape,
                )
            )
        labels = labels.reshape(shape[:-1])
    if labels.dtype.kind not in "iu":
        labels = labels.astype(np.int64)
    if labels.size and not (labels.min() >= 0 and labels.max() < shape[-1]):
        raise ValueError(
            say(
                "sparse_categorical_crossentropy: targets must be class numbers in "
                "0..{last} (the output has {count} units), got {low}..{high}",
                last=shape[-1] - 1,
                count=shape[-1],
                low=labels.min(),
                high=labels.max(),
            )
        )
    return labels


def _pair(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Both as Tensors or arrays of one floating-point type: that of the prediction."""
    if hasattr(y_pred, "__apply_primitive__"):  # values to come, of a recorded graph
        return y_true, y_pred
    if not isinstance(y_pred, Tensor):
        y_pred = np.asarray(y_pred)
        if y_pred.dtype.kind != "f":
            y_pred = y_pred.astype(floatx())
    if not isinstance(y_true, Tensor):
        return np.asarray(y_true, y_pred.dtype), y_pred
    if y_true.data.dtype != y_pred.dtype:
        y_true = y_true.astype(y_pred.dtype)
    return y_true, y_pred

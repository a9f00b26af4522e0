"""What is watched while training: accuracies, and every loss under its own name.

Metrics take targets and predictions as arrays or Tensors and return arrays: one value per
sample (or time step), or a single one. No gradient flows through them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tensorlearn.autograd import Tensor
from tensorlearn.config import floatx
from tensorlearn.declare.registry import losses, metrics
from tensorlearn.losses import (
    KLD,
    MAE,
    MAPE,
    MSE,
    MSLE,
    binary_crossentropy,
    categorical_crossentropy,
    categorical_hinge,
    cosine,
    cosine_proximity,
    hinge,
    kld,
    kullback_leibler_divergence,
    logcosh,
    mae,
    mape,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    mse,
    msle,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from tensorlearn.wording import say

__all__ = [
    "KLD",
    "MAE",
    "MAPE",
    "MSE",
    "MSLE",
    "binary_accuracy",
    "binary_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_hinge",
    "cosine",
    "cosine_proximity",
    "deserialize",
    "get",
    "hinge",
    "kld",
    "kullback_leibler_divergence",
    "logcosh",
    "mae",
    "mape",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "mse",
    "msle",
    "poisson",
    "serialize",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
    "squared_hinge",
    "top_k_categorical_accuracy",
]

Metric = Callable[[Any, Any], Any]


@metrics.register()
def binary_accuracy(y_true: Any, y_pred: Any) -> Any:
    """The share of outputs on the right side of one half.   (..., D), (..., D) -> (...)"""
    y_true, y_pred = _plain(y_true), _plain(y_pred)
    right = np.equal(y_true, np.rint(y_pred))
    return right.mean(axis=-1, dtype=_kind(y_pred))


@metrics.register()
def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the largest output is that of the one-hot target.   (..., C)x2 -> (...)"""
    y_true, y_pred = _plain(y_true), _plain(y_pred)
    right = y_true.argmax(axis=-1) == y_pred.argmax(axis=-1)
    return right.astype(_kind(y_pred))


@metrics.register()
def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where output number y_true is largest.   (...) or (..., 1), (..., C) -> (...)"""
    y_pred = _plain(y_pred)
    right = _numbers(y_true, y_pred) == y_pred.argmax(axis=-1)
    return right.astype(_kind(y_pred))


@metrics.register()
def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """The share of samples whose one-hot target is among the k largest outputs.

    (..., C), (..., C) -> ()
    """
    y_pred = _plain(y_pred)
    return _in_top_k(_plain(y_true).argmax(axis=-1), y_pred, k)


@metrics.register()
def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """The share of samples whose class number is among the k largest outputs.

    (...) or (..., 1), (..., C) -> ()
    """
    y_pred = _plain(y_pred)
    return _in_top_k(_numbers(y_true, y_pred), y_pred, k)


# ---- by name ----


def get(identifier: Any) -> Any:
    """The metric that a name or callable stands for; ValueError for None."""
    if identifier is None:
        raise metrics.refusal(identifier)
    return metrics.get(identifier)


def serialize(metric: Metric) -> Any:
    """The name of a metric."""
    return metrics.serialize(metric)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The metric of that name, also one of `custom_objects`."""
    return metrics.deserialize(config, custom_objects)


metrics.nicknames = ("accuracy", "acc", "crossentropy", "ce")  # compile decides which
for _name, _loss in losses.known.items():
    metrics.known.setdefault(_name, _loss)

# ---- shared ----


def _plain(values: Any) -> Any:
    return values.data if isinstance(values, Tensor) else np.asarray(values)


def _kind(y_pred: Any) -> Any:
    return y_pred.dtype if y_pred.dtype.kind == "f" else np.dtype(floatx())


def _numbers(y_true: Any, y_pred: Any) -> Any:
    """Class numbers in the shape of the predictions without their last axis."""
    y_true = _plain(y_true)
    return y_true[..., 0] if y_true.ndim == y_pred.ndim else y_true


def _in_top_k(labels: Any, y_pred: Any, k: int) -> Any:
    if k < 1:
        raise ValueError(say("top_k: `k` must be at least 1, got {k}", k=k))
    labels = labels.astype(np.intp)[..., None]  # (...) -> (..., 1)
    score = np.take_along_axis(y_pred, labels, axis=-1)
    above = np.count_nonzero(y_pred > score, axis=-1)  # how many beat the target
    return np.asarray((above < k).mean(dtype=_kind(y_pred)))

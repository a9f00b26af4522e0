"""Data cut into batches: inputs, targets and weights that are indexed together."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorlearn.models.checks import check_finite
from tensorlearn.wording import say

Array = np.ndarray[Any, Any]
Rows = slice | Array


@dataclass
class Data:
    """Arrays with one row per sample; None where an output has no target or weight.

    dtypes: what the model wants of each input (integers are cast batch by batch).
    """

    inputs: list[Array]
    targets: list[Array | None]
    weights: list[Array | None]
    dtypes: list[str]
    size: int

    def rows(self, at: Rows) -> tuple[list[Array], list[Any], list[Any]]:
        """The samples `at` a slice (views) or integers (copies)."""
        inputs = [
            _rows(x, at).astype(dtype, copy=False)
            for x, dtype in zip(self.inputs, self.dtypes, strict=True)
        ]
        return inputs, _each(self.targets, at), _each(self.weights, at)

    def part(self, start: int, stop: int) -> Data:
        """The samples from `start` to `stop`, as views."""
        at = slice(start, stop)
        inputs = [x[at] for x in self.inputs]
        targets, weights = _each(self.targets, at), _each(self.weights, at)
        return Data(inputs, targets, weights, self.dtypes, stop - start)


def _rows(array: Array, at: Rows) -> Array:
    return array[at] if isinstance(at, slice) else array.take(at, axis=0)


def _each(arrays: Sequence[Any], at: Rows) -> list[Any]:
    return [None if a is None else _rows(a, at) for a in arrays]


def schedule(
    size: int, batch_size: int, shuffle: Any = False, rng: Any = None
) -> Iterator[tuple[Rows, int]]:
    """Which samples come in each batch, and how many they are.

    shuffle: False (in order), True (any sample anywhere) or "batch" (whole batches).
    """
    starts = np.arange(0, size, batch_size)
    if shuffle == "batch":
        full = starts[: size // batch_size]
        starts = np.concatenate([rng.permutation(full), starts[len(full) :]])
    elif shuffle:
        order = rng.permutation(size)
        for start in starts.tolist():
            at = order[start : start + batch_size]
            yield at, len(at)
        return
    for start in starts.tolist():
        stop = min(start + batch_size, size)
        yield slice(start, stop), stop - start


# ---- weights of samples ----


def sample_weights(
    name: str, given: Any, y: Array, temporal: bool, dtype: str
) -> Array:
    """Checked weights.   (N,), or (N, T) if `temporal`"""
    try:
        weights = np.asarray(given, dtype)
    except (TypeError, ValueError) as error:
        raise TypeError(
            say("sample_weight of '{name}' must be an array of numbers", name=name)
        ) from error
    check_finite(f"sample_weight '{name}'", weights)
    if weights.ndim == 2 and weights.shape[1] == 1 and not temporal:
        weights = weights[:, 0]
    wanted = y.shape[:2] if temporal else y.shape[:1]
    if weights.shape != wanted:
        raise ValueError(
            say(
                "sample_weight of '{name}' must have shape {wanted}, got {got}{hint}",
                name=name,
                wanted=wanted,
                got=weights.shape,
                hint=""
                if temporal or weights.ndim != 2
                else say(
                    "; for weights per time step compile with "
                    "sample_weight_mode='temporal'"
                ),
            )
        )
    return weights


def class_weights(name: str, given: Any, y: Array, dtype: str) -> Array:
    """The weight of every sample's class.   (N, C) or (N, 1) -> (N,)

    Raises ValueError for sequences of classes, and for a class without a weight.
    """
    if not isinstance(given, Mapping):
        raise TypeError(
            say(
                "class_weight must be a dictionary {{class: weight}}, got {kind}",
                kind=type(given).__name__,
            )
        )
    if y.ndim > 2:
        raise ValueError(
            say(
                "class_weight is for one class per sample, but the targets of '{name}' "
                "have shape {shape}; give sample_weight with sample_weight_mode='temporal'",
                name=name,
                shape=y.shape,
            )
        )
    classes = y.argmax(axis=1) if y.shape[1] > 1 else y[:, 0]
    labels, where = np.unique(classes, return_inverse=True)
    missing = [label.item() for label in labels if label not in given]
    if missing:
        raise ValueError(
            say(
                "class_weight must contain all classes in the data; {missing} of '{name}' "
                "have no weight",
                missing=[int(m) for m in missing],
                name=name,
            )
        )
    return np.array([given[label] for label in labels], dtype)[where.reshape(-1)]


# ---- holding data back for validation ----


def split(data: Data, fraction: float) -> tuple[Data, Data]:
    """The head to train on and the tail to validate on, before any shuffling."""
    if not 0.0 < fraction < 1.0:
        raise ValueError(
            say(
                "fit: `validation_split` must lie between 0 and 1, got {value!r}",
                value=fraction,
            )
        )
    at = int(data.size * (1.0 - fraction))
    if at in (0, data.size):
        raise ValueError(
            say(
                "fit: `validation_split`={value} of {size} samples leaves nothing to "
                "{purpose}",
                value=fraction,
                size=data.size,
                purpose=say("train on") if at == 0 else say("validate on"),
            )
        )
    head, tail = data.part(0, at), data.part(at, data.size)
    for before, after in zip(head.targets, tail.targets, strict=True):
        _warn_if_sorted(before, after)
    return head, tail


def _warn_if_sorted(head: Any, tail: Any) -> None:
    """Warn if most of the tail's labels never occur in the head, or all are sorted."""
    before, after = _labels(head), _labels(tail)
    if before is None or after is None:
        return
    unseen = ~np.isin(after, before)
    if unseen.mean() < 0.5:
        _warn_if_in_order(np.concatenate([before, after]))
        return
    warnings.warn(
        say(
            "fit: validation_split takes the last samples, and these have labels "
            "{labels} that do not occur among the others; the data seem to be sorted: "
            "shuffle them once before fit",
            labels=np.unique(after[unseen])[:10].tolist(),
        ),
        UserWarning,
        stacklevel=4,
    )


def _warn_if_in_order(labels: Array) -> None:
    """Warn if so many samples of several classes cannot be in order by chance."""
    steps = np.diff(labels)
    ordered = bool((steps >= 0).all() or (steps <= 0).all())
    classes = np.count_nonzero(steps) + 1
    if ordered and 1 < classes <= len(labels) // 8:
        warnings.warn(
            say(
                "fit: validation_split takes the last samples, but the data are sorted by "
                "their labels, so that classes are missing in one part or rare: shuffle "
                "them once before fit"
            ),
            UserWarning,
            stacklevel=5,
        )


def _labels(y: Any) -> Any:
    """Class numbers of targets that are one-hot rows or whole numbers, else None."""
    if y is None or y.ndim != 2:
        return None
    if y.shape[1] == 1:
        y = y[:, 0]
        whole = y.dtype.kind in "iu" or bool((y == np.rint(y)).all())
        return y.astype(np.int64) if whole and len(np.unique(y)) <= 1000 else None
    one_hot = ((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all()
    return y.argmax(axis=1) if one_hot else None


def steps_in(size: int, batch_size: int) -> int:
    """How many batches there are."""
    return math.ceil(size / batch_size)

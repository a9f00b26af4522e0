"""Which class is taken for which: counts, what follows from them, and a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorlearn.autograd import Tensor
from tensorlearn.models.summary import cells_of
from tensorlearn.visual.style import drawable, drawing, letter_ticks, make_readable
from tensorlearn.wording import say

Array = np.ndarray[Any, Any]


class ConfusionMatrix:
    """counts[i, j]: how many samples of class i were taken for class j.

    labels: names of the classes. accuracy; and per class precision (how many of those
    taken for it are of it), recall (how many of it were found), f1 (harmonic mean); NaN
    where nothing can be divided by. `np.asarray` gives the counts, `plot()` a picture.
    """

    def __init__(self, counts: Array, labels: Sequence[str]) -> None:
        self.counts, self.labels = counts, list(labels)

    @property
    def accuracy(self) -> float:
        """Share of samples that were recognized."""
        return float(_share(np.trace(self.counts), self.counts.sum()))

    @property
    def precision(self) -> Array:
        """Per class: share of the samples taken for it that are of it."""
        return _share(np.diag(self.counts), self.counts.sum(axis=0))

    @property
    def recall(self) -> Array:
        """Per class: share of its samples that were found."""
        return _share(np.diag(self.counts), self.counts.sum(axis=1))

    @property
    def f1(self) -> Array:
        """Per class: harmonic mean of precision and recall."""
        both = self.counts.sum(axis=0) + self.counts.sum(axis=1)
        return _share(2 * np.diag(self.counts), both)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.counts, dtype)

    def __str__(self) -> str:
        heads = ["", *self.labels, say("recall")]
        rows = [
            [name, *map(str, counts), f"{recall:.3f}"]
            for name, counts, recall in zip(
                self.labels, self.counts, self.recall, strict=True
            )
        ]
        last = [say("precision"), *(f"{p:.3f}" for p in self.precision)]
        rows = [heads, *rows, [*last, f"{self.accuracy:.3f}"]]
        wide = [
            max(sum(map(cells_of, row[i])) for row in rows) for i in range(len(heads))
        ]
        lines = [
            "  ".join(
                " " * (width - sum(map(cells_of, cell))) + cell
                for cell, width in zip(row, wide, strict=True)
            )
            for row in rows
        ]
        title = say("rows: true class, columns: predicted class; last: accuracy")
        return "\n".join([title, *lines])

    __repr__ = __str__

    def plot(self, ax: Any = None, *, normalize: bool = False) -> Any:
        """The counts in colours; normalize: shares of each true class instead."""
        total = self.counts.sum(axis=1, keepdims=True)
        shares = np.nan_to_num(_share(self.counts, total))
        many = len(self.labels)
        with drawing() as plt:
            if ax is None:
                side = min(max(2.6, 1.4 + 0.52 * many), 12)
                _, ax = plt.subplots(figsize=(side + 0.8, side), layout="constrained")
            image = ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
            names = [drawable(name, str(i)) for i, name in enumerate(self.labels)]
            long = max(map(len, names)) > 3
            slanted = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
            letter_ticks(ax.xaxis, names, **(slanted if long else {}))
            letter_ticks(ax.yaxis, names)
            ax.set_xlabel(say("predicted"))
            ax.set_ylabel(say("true"))
            ax.set_title(say("accuracy {share:.1%}", share=self.accuracy))
            ax.spines[:].set_visible(False)
            ax.tick_params(length=0)
            if many <= 20:
                _numbers(ax, self.counts, shares, normalize)
            bar = ax.figure.colorbar(image, ax=ax, shrink=0.8, format="{x:.0%}")
            bar.outline.set_visible(False)
            bar.set_label(say("share of the true class"))
            make_readable(ax)
        return ax


def _numbers(ax: Any, counts: Array, shares: Array, normalize: bool) -> None:
    for (i, j), share in np.ndenumerate(shares):
        if not counts[i, j]:
            continue
        text = f"{share:.2f}" if normalize else f"{counts[i, j]}"
        colour = "white" if share > 0.55 else "#1d2733"
        ax.text(j, i, text, ha="center", va="center", color=colour, fontsize=8.5)


def confusion_matrix(
    y_true: Any, y_pred: Any, labels: Sequence[str] | None = None
) -> ConfusionMatrix:
    """Which class is taken for which.   (N,) or (N, C), (N,) or (N, C) -> (C, C) counts

    y_true, y_pred: class numbers, one-hot rows, or what `predict` gives: probabilities of
    all classes, or of class 1 as (N, 1), decided at 0.5. labels: names of the classes.
    """
    classes = [len(labels) if labels is not None else 0]
    true, pred = (
        _numbers_of("y_true", y_true, classes),
        _numbers_of("y_pred", y_pred, classes),
    )
    if len(true) != len(pred):
        raise ValueError(
            say(
                "confusion_matrix: `y_true` has {true} samples, `y_pred` has {pred}",
                true=len(true),
                pred=len(pred),
            )
        )
    count = max([*classes, int(max(true.max(initial=0), pred.max(initial=0))) + 1])
    if labels is not None and count != len(labels):
        raise ValueError(
            say(
                "confusion_matrix: there are {count} classes, but {got} `labels`",
                count=count,
                got=len(labels),
            )
        )
    counts = np.bincount(true * count + pred, minlength=count * count)
    names = labels if labels is not None else [str(i) for i in range(count)]
    return ConfusionMatrix(counts.reshape(count, count), [str(name) for name in names])


def _numbers_of(what: str, given: Any, classes: list[int]) -> Array:
    """Class numbers; `classes` is told how many there are."""
    array = np.asarray(given.data if isinstance(given, Tensor) else given)
    if array.ndim == 2 and array.shape[1] > 1:
        classes.append(array.shape[1])
        return np.asarray(array.argmax(axis=1))
    array = array.reshape(len(array), -1)
    if array.shape[1] != 1:
        raise ValueError(
            say(
                "confusion_matrix: `{what}` must be (N,) or (N, C), got shape {shape}",
                what=what,
                shape=np.shape(given),
            )
        )
    flat = array[:, 0]
    if flat.dtype.kind == "f" and (flat != np.rint(flat)).any():
        classes.append(2)
        return np.asarray((flat > 0.5).astype(int))
    if (flat < 0).any():
        raise ValueError(
            say("confusion_matrix: `{what}` holds negative class numbers", what=what)
        )
    return flat.astype(int)


def _share(part: Any, whole: Any) -> Any:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(part) / np.asarray(whole)

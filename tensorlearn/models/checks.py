"""Data as people give it, made into a list of arrays, or refused with the way out.

Nothing here computes: what leaves this file has the right number of arrays, of real
numbers, in shapes that the model can take.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tensorlearn.autograd import Tensor
from tensorlearn.engine.shapes import Shape
from tensorlearn.models.sources import is_source
from tensorlearn.wording import say, suggest

Array = np.ndarray[Any, Any]


def as_list(
    what: str, given: Any, names: Sequence[str], ndims: Sequence[Any]
) -> list[Any]:
    """One entry per name, from an array, a list of arrays or a dictionary by name.

    what: how errors call the data ("x", "y"). ndims: wanted number of axes, or None.
    """
    if given is None:
        raise ValueError(say("`{what}` is missing: it was None", what=what))
    if isinstance(given, Mapping):
        return [given[name] for name in _known(what, given, names)]
    if is_source(given):
        raise TypeError(
            say(
                "`{what}` is a generator or Sequence: pass it to fit_generator, "
                "evaluate_generator or predict_generator, or pass one of its batches here: "
                "x, y = next(iter(generator))",
                what=what,
            )
        )
    several = isinstance(given, (list, tuple))
    if len(names) == 1:
        return [given[0] if several and _is_wrapped(given, ndims[0]) else given]
    if not several or len(given) != len(names):
        got = say("{n} arrays", n=len(given)) if several else say("one array")
        raise ValueError(
            say(
                "`{what}` must be a list of {wanted} arrays, one each for {names}, got "
                "{got}",
                what=what,
                wanted=len(names),
                names=", ".join(names),
                got=got,
            )
        )
    return list(given)


def _known(what: str, given: Mapping[str, Any], names: Sequence[str]) -> Sequence[str]:
    for name in names:
        if name not in given:
            raise ValueError(
                say(
                    "`{what}` has no entry for {name!r}; it needs {names}, got {got}",
                    what=what,
                    name=name,
                    names=list(names),
                    got=list(given),
                )
            )
    for name in given:
        if name not in names:
            raise ValueError(
                say(
                    "`{what}` has an entry {name!r} that the model does not know{hint}",
                    what=what,
                    name=name,
                    hint=suggest(name, names),
                )
            )
    return names


def _is_wrapped(given: Sequence[Any], ndim: int | None) -> bool:
    """Whether `[array]` stands for the array (and not for a batch of one sample)."""
    if len(given) != 1 or not hasattr(given[0], "shape"):
        return False
    return ndim is None or len(given[0].shape) != ndim - 1 or len(given[0].shape) == 1


def as_numbers(what: str, name: str, given: Any) -> Array:
    """An array of real numbers with a batch axis.   (N,) -> (N, 1)"""
    where = f"{what} '{name}'" if name else what
    if isinstance(given, Tensor):
        given = given.data
    try:
        array = np.asarray(given)
    except ValueError as error:
        raise ValueError(_ragged(where)) from error
    if array.dtype.kind not in "fiub":
        raise TypeError(_not_numbers(where, array))
    if array.ndim == 0:
        raise ValueError(
            say(
                "{where} must be an array with a batch axis, got a single number",
                where=where,
            )
        )
    if not len(array):
        raise ValueError(
            say("{where} is empty (shape {shape})", where=where, shape=array.shape)
        )
    return array.reshape(-1, 1) if array.ndim == 1 else array


def _ragged(where: str) -> str:
    return say(
        "{where} has rows of different lengths; pad them first, e.g. with "
        "preprocessing.sequence.pad_sequences",
        where=where,
    )


def _not_numbers(where: str, array: Array) -> str:
    if (
        array.dtype.kind in "OV"
        and array.size
        and isinstance(array.flat[0], (list, np.ndarray))
    ):
        return _ragged(where)
    hint = {
        "U": say("; turn text into numbers first"),
        "S": say("; turn text into numbers first"),
        "M": say("; turn dates into numbers first"),
        "c": say("; pass real and imaginary parts as two channels"),
    }.get(array.dtype.kind, say("; convert it with np.asarray(..., dtype='float32')"))
    return say(
        "{where} must hold real numbers, got dtype {dtype}{hint}",
        where=where,
        dtype=array.dtype,
        hint=hint,
    )


def check_lengths(named: Sequence[tuple[str, Any]]) -> int:
    """The common number of samples; ValueError if arrays differ in it."""
    lengths = {name: len(array) for name, array in named if array is not None}
    if len(set(lengths.values())) > 1:
        raise ValueError(
            say(
                "All arrays must have the same number of samples, got {found}",
                found=", ".join(f"{name}: {n}" for name, n in lengths.items()),
            )
        )
    return next(iter(lengths.values()))


def check_finite(where: str, array: Any) -> None:
    """Raise ValueError for NaN or Inf, saying where the first one is."""
    if array is None or array.dtype.kind != "f" or math.isfinite(_total(array)):
        return
    wrong = ~np.isfinite(array)
    if not wrong.any():
        return  # only the sum was too large
    first = tuple(int(i) for i in np.unravel_index(int(wrong.argmax()), array.shape))
    raise ValueError(
        say(
            "{where} holds {value} at {position} ({count} of {size} values are NaN or "
            "Inf); fill or drop them first",
            where=where,
            value=array[first],
            position=first,
            count=int(wrong.sum()),
            size=array.size,
        )
    )


def _total(array: Array) -> float:
    with np.errstate(all="ignore"):
        return float(array.sum())


def check_shape(where: str, shape: Shape, wanted: Shape) -> None:
    """Raise ValueError unless data of `shape` fits a place for `wanted`."""
    fits = len(shape) == len(wanted) and all(
        w is None or w == n for n, w in zip(shape[1:], wanted[1:], strict=True)
    )
    if not fits:
        raise ValueError(
            say(
                "{where} must have shape {wanted}, got {got}{hint}",
                where=where,
                wanted=tuple(wanted),
                got=tuple(shape),
                hint=shape_hint(tuple(shape), tuple(wanted)),
            )
        )


def shape_hint(got: Shape, wanted: Shape) -> str:
    """What would make the shapes meet, if it can be guessed."""
    inner = wanted[1:]
    if got == (*inner, 1) or got == inner:
        return say("; the batch axis is missing: pass x[np.newaxis] for one sample")
    if None in inner:
        return ""
    if got[1:] == inner[:-1] and inner[-1] == 1:
        return say("; the channel axis is missing: pass x[..., np.newaxis]")
    if len(got) == len(wanted) > 3 and sorted(got[1:], key=str) == sorted(
        inner, key=str
    ):
        return say(
            "; the axes look swapped: compare `data_format` (channels_last/first)"
        )
    if len(got) > 1 and math.prod(got[1:]) == math.prod(inner):
        return say(
            "; the numbers would fit: x.reshape({shape})",
            shape=", ".join(map(str, (-1, *inner))),
        )
    return ""


# ---- targets ----


def check_target(where: str, y: Array, output: Shape, loss: Any, name: str) -> None:
    """Raise ValueError if these targets cannot be meant for an output of this shape."""
    sparse = loss == "sparse_categorical_crossentropy"
    if sparse:
        if y.ndim == len(output) and y.shape[-1] == output[-1] != 1:
            raise ValueError(
                say(
                    "{where} has shape {got}, which looks one-hot, but the loss "
                    "sparse_categorical_crossentropy wants class numbers; use "
                    "categorical_crossentropy, or y.argmax(axis=-1)",
                    where=where,
                    got=y.shape,
                )
            )
        _check_classes(where, y, output)
        column = (*output[:-1], 1)
        if y.ndim == len(output) - 1:
            column = output[:-1]
        check_shape(where, y.shape, column)
        return
    if loss == "categorical_crossentropy" and y.shape[-1] == 1 and output[-1] != 1:
        raise ValueError(
            say(
                "{where} has shape {got}, i.e. class numbers, but the loss "
                "categorical_crossentropy wants one column per class ({classes}); use "
                "utils.to_categorical(y, {classes}) or the loss "
                "sparse_categorical_crossentropy",
                where=where,
                got=y.shape,
                classes=output[-1],
            )
        )
    fits = y.ndim == len(output) and all(
        w is None or n == w for n, w in zip(y.shape[1:], output[1:], strict=True)
    )
    if not fits:
        raise ValueError(
            say(
                "{where} has shape {got}, but the output '{name}' has shape {wanted} and "
                "the loss {loss} compares them element by element{hint}",
                where=where,
                got=y.shape,
                name=name,
                wanted=output,
                loss=loss,
                hint=_target_hint(y.shape, output),
            )
        )


def _target_hint(got: Shape, output: Shape) -> str:
    if len(output) == 1:
        return say("; give the output a second axis of length 1")
    if len(output) == len(got) == 2:
        return say(
            "; give the last layer {units} units, or change the targets", units=got[1]
        )
    if len(output) > len(got):
        return say(
            "; Flatten() or return_sequences=False may be missing before the end"
        )
    return ""


def _check_classes(where: str, y: Array, output: Shape) -> None:
    classes = output[-1]
    if classes is None or not y.size:
        return
    low, high = y.min(), y.max()
    if low < 0 or high >= classes:
        raise ValueError(
            say(
                "{where} must hold class numbers from 0 to {last}, because the output has "
                "{classes} units, got {low}..{high}; {hint}",
                where=where,
                last=classes - 1,
                classes=classes,
                low=low,
                high=high,
                hint=say("count the classes from 0")
                if low >= 1 and high == classes
                else say("give the last layer one unit per class"),
            )
        )
    if y.dtype.kind == "f" and (y != np.rint(y)).any():
        raise ValueError(
            say(
                "{where} must hold class numbers, got fractions such as {value}",
                where=where,
                value=y[y != np.rint(y)].flat[0],
            )
        )

"""Feeding: data from outside, checked against what the model takes and gives."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tensorlearn.autograd import no_grad
from tensorlearn.config import floatx
from tensorlearn.declare.fields import label
from tensorlearn.engine.context import Pass
from tensorlearn.engine.shapes import Shape
from tensorlearn.models.batches import Data, class_weights, sample_weights
from tensorlearn.models.checks import (
    as_list,
    as_numbers,
    check_finite,
    check_lengths,
    check_shape,
    check_target,
)
from tensorlearn.models.compiling import Target, make_targets
from tensorlearn.wording import say

Array = np.ndarray[Any, Any]


class Feeding:
    """The part of a model that receives data."""

    is_graph: bool
    inputs: list[Any]
    outputs: list[Any]
    _told: dict[str, Any] | None
    _targets: list[Target] | None
    _provisional = False  # whether _targets were made before the outputs were known
    _shapes: list[Shape] | None = None  # of the outputs of a model without a graph

    # ---- inputs ----

    def _inputs(
        self, what: str, x: Any, quick: bool = False
    ) -> tuple[list[Array], int]:
        """The arrays of all inputs, checked, and the number of samples.

        quick: leave out the search for NaN (a step looks for it when the loss is NaN).
        """
        self._build_from(what, x)
        symbols = self.inputs if self.is_graph else None
        names = self._input_names(x)
        ndims = [s.ndim for s in symbols] if symbols else [None] * len(names)
        found = []
        for i, given in enumerate(as_list(what, x, names, ndims)):
            where = f"{what} '{names[i]}'"
            array = as_numbers(what, names[i], given)
            if symbols:
                array = _fitted(where, array, symbols[i].shape)
                array = _in_type(where, array, symbols[i].dtype)
            elif array.dtype.kind == "f":
                array = array.astype(floatx(), copy=False)
            if not quick:
                check_finite(where, array)
            found.append(array)
        size = check_lengths(
            [(f"{what} '{n}'", a) for n, a in zip(names, found, strict=True)]
        )
        return found, size

    def _input_names(self, x: Any) -> list[str]:
        if self.is_graph:
            return self.input_names  # type: ignore[attr-defined, no-any-return]
        several = isinstance(x, (list, tuple)) and all(hasattr(a, "shape") for a in x)
        count = len(x) if several and len(x) else 1
        return [f"input_{i + 1}" for i in range(count)]

    def _input_dtypes(self, inputs: Sequence[Array]) -> list[str]:
        """What every batch is cast to: the input's own type, or `floatx`."""
        if self.is_graph:
            return [symbol.dtype for symbol in self.inputs]
        kinds = "iu"  # a model of your own may want integers: they stay what they are
        return [x.dtype.name if x.dtype.kind in kinds else floatx() for x in inputs]

    def _build_from(self, what: str, x: Any) -> None:
        """Make the weights of a model that has waited for its first data."""
        if self.is_graph or self._shapes is not None:
            return
        names = self._input_names(x)
        arrays = [
            as_numbers(what, name, given)
            for name, given in zip(
                names, as_list(what, x, names, [None] * len(names)), strict=True
            )
        ]
        if hasattr(self, "_stack"):
            self.build((None, *arrays[0].shape[1:]))  # type: ignore[attr-defined]
            return
        dtypes = self._input_dtypes(arrays)
        first = [a[:2].astype(t) for a, t in zip(arrays, dtypes, strict=True)]
        with no_grad(), Pass(training=False):
            outputs = self(first if len(first) > 1 else first[0])  # type: ignore[operator]
        listed = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        self._shapes = [(None, *y.shape[1:]) for y in listed]

    # ---- outputs ----

    def _output_count(self) -> int:
        return len(self.outputs) if self.is_graph else len(self._shapes or [()])

    def _output_names(self, count: int) -> list[str]:
        if self.is_graph:
            return self.output_names  # type: ignore[attr-defined, no-any-return]
        return [f"output_{i + 1}" for i in range(count)]

    def _output_shapes(self) -> list[Shape]:
        if self.is_graph:
            return [symbol.shape for symbol in self.outputs]
        return self._shapes or []

    def _judges(self) -> list[Target]:
        """How every output is judged, once it is known which outputs there are."""
        known = self.is_graph or self._shapes is not None
        if self._targets is None or self._provisional is known:
            count = self._output_count()
            self._targets = make_targets(
                self, self._output_names(count), self._told or {}
            )
            self._provisional = not known
        return self._targets

    def _by_output(self, given: Mapping[Any, Any]) -> bool:
        return any(name in self._output_names(1) for name in given)

    # ---- everything a step needs ----

    def _check_compiled(self, method: str) -> None:
        """Raise RuntimeError before `compile`."""
        if self._told is None:
            raise RuntimeError(
                say(
                    "{owner}: you must compile the model before `{method}`: "
                    "model.compile(optimizer='sgd', loss='mse')",
                    owner=label(self),
                    method=method,
                )
            )

    def _data(
        self,
        method: str,
        x: Any,
        y: Any,
        sample_weight: Any = None,
        class_weight: Any = None,
        *,
        prefix: str = "",
        quick: bool = False,
    ) -> Data:
        """Inputs, targets and weights, checked against the model and each other."""
        self._check_compiled(method)
        inputs, size = self._inputs(prefix + "x", x, quick)
        judges = self._judges()
        targets = self._target_arrays(prefix + "y", y, quick)
        named = [
            (f"{prefix}x '{n}'", a)
            for n, a in zip(self._input_names(x), inputs, strict=True)
        ]
        named += [
            (f"{prefix}y '{t.name}'", a) for t, a in zip(judges, targets, strict=True)
        ]
        check_lengths(named)
        weights = self._weight_arrays(targets, sample_weight, class_weight)
        return Data(inputs, targets, weights, self._input_dtypes(inputs), size)

    def _target_arrays(self, what: str, y: Any, quick: bool) -> list[Array | None]:
        assert self._targets is not None
        judged = [t for t in self._targets if t.loss is not None]
        if not judged:
            return [None] * len(self._targets)
        shapes = self._output_shapes()
        names = [t.name for t in judged]
        ndims = [len(s) for t, s in zip(self._targets, shapes, strict=True) if t.loss]
        if isinstance(y, (list, tuple)) and len(y) == len(self._targets) != len(judged):
            y = [one for one, t in zip(y, self._targets, strict=True) if t.loss]
        given = iter(as_list(what, y, names, ndims))
        found: list[Array | None] = []
        for target, shape in zip(self._targets, shapes, strict=True):
            if target.loss is None:
                found.append(None)
                continue
            where = f"{what} '{target.name}'"
            array = as_numbers(what, target.name, next(given))
            if array.dtype.kind == "f" or not target.sparse:
                array = array.astype(floatx(), copy=False)
            if not quick:
                check_finite(where, array)
            if target.compares is not None:
                check_target(where, array, shape, target.compares, target.name)
            found.append(array)
        return found

    def _weight_arrays(
        self, targets: Sequence[Array | None], sample_weight: Any, class_weight: Any
    ) -> list[Array | None]:
        assert self._targets is not None
        if sample_weight is None and class_weight is None:
            return [None] * len(targets)
        if sample_weight is not None and class_weight is not None:
            warnings.warn(
                say(
                    "both sample_weight and class_weight were given; class_weight is "
                    "ignored"
                ),
                UserWarning,
                stacklevel=4,
            )
        samples = self._weights_by_output("sample_weight", sample_weight)
        classes = self._weights_by_output("class_weight", class_weight)
        found: list[Array | None] = []
        for target, y, own, by_class in zip(
            self._targets, targets, samples, classes, strict=True
        ):
            if y is not None and own is not None and target.temporal:
                self._check_steps(target.name)
            if y is None or (own is None and by_class is None):
                found.append(None)
            elif own is not None:
                found.append(
                    sample_weights(target.name, own, y, target.temporal, floatx())
                )
            else:
                found.append(class_weights(target.name, by_class, y, floatx()))
        return found

    def _check_steps(self, name: str) -> None:
        """Refuse a weight per time step for an output that has no time steps."""
        shape = self._output_shapes()[[t.name for t in self._targets or ()].index(name)]
        if len(shape) < 3:
            raise ValueError(
                say(
                    "sample_weight_mode='temporal' is for outputs with time steps, but the "
                    "output '{name}' has shape {shape}; compile without it, or let the "
                    "last layers return sequences",
                    name=name,
                    shape=tuple(shape),
                )
            )

    def _weights_by_output(self, what: str, given: Any) -> list[Any]:
        """One entry per output from one for all, a list, or a dictionary by name."""
        assert self._targets is not None
        names = [t.name for t in self._targets]
        if given is None:
            return [None] * len(names)
        if isinstance(given, Mapping) and any(n in given for n in names):
            return [given.get(name) for name in names]
        if len(names) == 1:
            wrapped = isinstance(given, (list, tuple)) and len(given) == 1
            return [given[0] if wrapped and not np.isscalar(given[0]) else given]
        if isinstance(given, (list, tuple)) and len(given) == len(names):
            return list(given)
        unlisted = TypeError if isinstance(given, np.ndarray) else ValueError
        raise unlisted(
            say(
                "`{what}` must be a list with one entry per output, or a dictionary with "
                "the names {names}",
                what=what,
                names=names,
            )
        )

    def _check_batch_size(self, batch_size: int, size: int) -> None:
        if getattr(self, "stateful", False) and size % batch_size and size > batch_size:
            raise ValueError(
                say(
                    "{owner}: a stateful network needs a number of samples that can be "
                    "divided by the batch size ({batch}), got {size}",
                    owner=label(self),
                    batch=batch_size,
                    size=size,
                )
            )


def _fitted(where: str, array: Array, wanted: Shape) -> Array:
    """The array in a shape that fits, where only an axis of length 1 is in question."""
    if len(wanted) == 1 and array.ndim == 2 and array.shape[1] == 1:
        return array[:, 0]
    check_shape(where, array.shape, wanted)
    return array


def _in_type(where: str, array: Array, dtype: str) -> Array:
    """Floating-point data in the input's type; integers are cast batch by batch."""
    if array.dtype.kind != "f":
        return array
    if np.dtype(dtype).kind in "iu" and (array != np.rint(array)).any():
        raise ValueError(
            say(
                "{where} must hold whole numbers (indices), got fractions such as {value}",
                where=where,
                value=array[array != np.rint(array)].flat[0],
            )
        )
    return array.astype(dtype, copy=False)

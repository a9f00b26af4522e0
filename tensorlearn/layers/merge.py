"""Merge: several inputs to one output, as layers (`Add()([a, b])`) and functions.

Inputs of fewer axes get axes of length 1 behind the batch until all have as many. Keras
1's `Merge` and `merge` are in `legacy.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from tensorlearn import ops
from tensorlearn.autograd import Tensor
from tensorlearn.declare.fields import arg, label
from tensorlearn.declare.kinds import Field
from tensorlearn.engine.layer import Layer
from tensorlearn.engine.shapes import Shape, is_shape
from tensorlearn.engine.symbol import Symbol
from tensorlearn.wording import say

__all__ = [
    "Add",
    "Average",
    "Concatenate",
    "Dot",
    "Maximum",
    "Minimum",
    "Multiply",
    "Subtract",
    "add",
    "average",
    "concatenate",
    "dot",
    "maximum",
    "minimum",
    "multiply",
    "subtract",
]


class _Joining(Layer):
    """A layer that is called on a list."""

    supports_masking = True
    count: int | None = None  # how many inputs exactly; None: two or more

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        for given in args:
            items = given if isinstance(given, (list, tuple)) else [given]
            if any(isinstance(x, (Symbol, Tensor, np.ndarray)) for x in items):
                raise TypeError(
                    say(
                        "{owner}: the inputs go into a second call, "
                        "`{owner}()([a, b])`; the first one takes the settings",
                        owner=type(self).__name__,
                    )
                )
        super().__init__(*args, **kwargs)

    def build(self, shape: Any) -> None:
        """No weights; the shapes are judged here, before anything is computed."""
        self.compute_output_shape(shape)

    def check_shape(self, input_shape: Any) -> None:
        """Raise ValueError unless the input is a list of enough entries."""
        wanted = self.count
        found = 1 if is_shape(input_shape) else len(input_shape)
        if is_shape(input_shape) or found < 2 or wanted not in (None, found):
            raise ValueError(
                say(
                    "{owner}: a merge layer should be called on a list of {wanted} inputs, "
                    "got {found}: {shapes}",
                    owner=label(self),
                    wanted=wanted or say("at least 2"),
                    found=found,
                    shapes=input_shape,
                )
            )
        batches = {shape[0] for shape in input_shape} - {None}
        if len(batches) > 1:
            raise ValueError(
                say(
                    "{owner}: can not merge tensors with different batch sizes, got the "
                    "shapes {shapes}",
                    owner=label(self),
                    shapes=list(input_shape),
                )
            )

    def mismatch(self, shapes: Any) -> ValueError:
        """The error that lists all shapes."""
        return ValueError(
            say(
                "{owner}: inputs could not be broadcast together with shapes {shapes}; "
                "behind the batch axis lengths must be equal or 1",
                owner=label(self),
                shapes=[tuple(s) for s in shapes],
            )
        )


class _Elementwise(_Joining):
    """A joining element by element, with broadcasting."""

    def join(self, values: Sequence[Any]) -> Any:
        """All values, of equally many axes, as one."""
        raise NotImplementedError

    def call(self, inputs: Any) -> Any:
        """The inputs joined, after axes were inserted where there are fewer."""
        ndim = max(x.ndim for x in inputs)
        return self.join([_with_axes(x, ndim) for x in inputs])

    def compute_output_shape(self, shapes: Any) -> Any:
        """The common shape; ValueError if there is none."""
        self.check_shape(shapes)
        ndim = max(len(s) for s in shapes)
        padded = [(s[0], *(1,) * (ndim - len(s)), *s[1:]) for s in shapes]
        batch = {s[0] for s in shapes} - {None}
        lengths = []
        for column in list(zip(*padded, strict=True))[1:]:
            known = set(column) - {1, None}
            if len(known) > 1:
                raise self.mismatch(shapes)
            unknown = None in column
            lengths.append(None if unknown else known.pop() if known else 1)
        return (batch.pop() if batch else None, *lengths)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """True where all masks are that exist."""
        masks = [m for m in _checked_masks(self, inputs, mask) if m is not None]
        return reduce(np.logical_and, masks) if masks else None


def _with_axes(x: Any, ndim: int) -> Any:
    if x.ndim == ndim:
        return x
    return ops.reshape(x, shape=(x.shape[0], *(1,) * (ndim - x.ndim), *x.shape[1:]))


def _checked_masks(layer: Layer, inputs: Any, mask: Any) -> list[Any]:
    if mask is None:
        return []
    if not isinstance(mask, list) or (inputs is not None and len(mask) != len(inputs)):
        raise ValueError(
            say(
                "{owner}: `mask` must be a list with one mask (or None) per input, got "
                "{got}",
                owner=label(layer),
                got=type(mask).__name__,
            )
        )
    return mask


class Add(_Elementwise):
    """a + b + ... ."""

    def join(self, values: Sequence[Any]) -> Any:
        """The sum."""
        return reduce(ops.add, values)


class Subtract(_Elementwise):
    """a - b."""

    count = 2

    def join(self, values: Sequence[Any]) -> Any:
        """The difference."""
        return values[0] - values[1]


class Multiply(_Elementwise):
    """a · b · ..., element by element."""

    def join(self, values: Sequence[Any]) -> Any:
        """The product."""
        return reduce(ops.multiply, values)


class Average(_Elementwise):
    """(a + b + ...) / n."""

    def join(self, values: Sequence[Any]) -> Any:
        """The mean."""
        return reduce(ops.add, values) / len(values)


class Maximum(_Elementwise):
    """The largest at every place."""

    def join(self, values: Sequence[Any]) -> Any:
        """The maximum."""
        return reduce(ops.maximum, values)


class Minimum(_Elementwise):
    """The smallest at every place."""

    def join(self, values: Sequence[Any]) -> Any:
        """The minimum."""
        return reduce(ops.minimum, values)


class Concatenate(_Joining):
    """One behind the other along `axis`.   (.., a, ..), (.., b, ..) -> (.., a+b, ..)"""

    positional = ("axis",)

    axis: int = arg.integer(-1, "along which the inputs are joined")

    def call(self, inputs: Any) -> Any:
        """The inputs side by side."""
        return ops.concatenate(inputs, axis=self.axis)

    def compute_output_shape(self, shapes: Any) -> Any:
        """Lengths along `axis` add up; ValueError if others differ."""
        self.check_shape(shapes)
        first = shapes[0]
        ndim = len(first)
        if any(len(s) != ndim for s in shapes) or not -ndim <= self.axis < ndim:
            raise self.mismatch(shapes)
        axis = self.axis % ndim
        result = list(first)
        for at, lengths in enumerate(zip(*shapes, strict=True)):
            if at == axis:
                result[at] = None if None in lengths else sum(lengths)
                continue
            known = set(lengths) - {None}
            if len(known) > 1:
                raise self.mismatch(shapes)
            result[at] = known.pop() if known else None
        return tuple(result)

    def mismatch(self, shapes: Any) -> ValueError:
        """The error that lists all shapes."""
        return ValueError(
            say(
                "{owner}: a Concatenate layer requires inputs with matching shapes except "
                "for the concat axis {axis}, got {shapes}",
                owner=label(self),
                axis=self.axis,
                shapes=[tuple(s) for s in shapes],
            )
        )

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The masks side by side; inputs without one count as kept."""
        masks = _checked_masks(self, inputs, mask)
        if all(m is None for m in masks):
            return None
        whole = [
            np.broadcast_to(_lifted(m, x.ndim), (*x.shape[:2], *(1,) * (x.ndim - 2)))
            for x, m in zip(inputs, masks, strict=True)
        ]  # (N, T, 1, ...)
        if self.axis % inputs[0].ndim == 1:
            return np.concatenate(whole, axis=1).reshape(len(whole[0]), -1)
        return reduce(np.logical_and, whole).reshape(whole[0].shape[:2])


def _lifted(mask: Any, ndim: int) -> Any:
    """A mask with axes of length 1 behind it, until there are `ndim`."""
    if mask is None:
        return np.array(True)
    return np.asarray(mask).reshape(*mask.shape, *(1,) * (ndim - mask.ndim))


class _DotAxes(Field):
    wanted = "an integer or a pair of integers"
    bad = ("1", (1, 2, 3), (1.5, 1))

    def check(self, owner: Any, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, list, tuple)):
            raise self.refuse(owner, value, TypeError)
        pair = value if isinstance(value, (list, tuple)) else (value, value)
        if len(pair) != 2 or not all(isinstance(axis, int) for axis in pair):
            raise self.refuse(owner, value)
        return value if isinstance(value, int) else tuple(pair)


class Dot(_Joining):
    """Σ a·b over one axis of each, sample by sample.   (N, S, K), (N, K, T) -> (N, S, T)

    That is axes=(2, 1). Two vectors per sample give (N, 1). With normalize both are
    divided by their length first: the cosine of the angle.
    """

    positional = ("axes", "normalize")
    count = 2

    axes: Any = _DotAxes(
        doc="summed axis, or that of each input; the batch counts as 0"
    )
    normalize: bool = arg.flag(False, "whether the cosine is meant")

    def call(self, inputs: Any) -> Any:
        """The scalar products."""
        a, b = inputs
        left, right = self._pair(a.ndim, b.ndim)
        if self.normalize:
            a = ops.l2_normalize(a, axis=left)
            b = ops.l2_normalize(b, axis=right)
        a, b = (
            ops.moveaxis(a, left, -1),
            ops.moveaxis(b, right, -1),
        )  # (N, *A, K), (N, *B, K)
        shape = (*a.shape[:-1], *b.shape[1:-1])
        n, depth = a.shape[0], a.shape[-1]
        rows = ops.reshape(a, shape=(n, _size(a.shape[1:-1]), depth))  # (N, A, K)
        columns = ops.reshape(b, shape=(n, _size(b.shape[1:-1]), depth))  # (N, B, K)
        product = rows @ ops.swapaxes(columns, 1, 2)  # (N, A, B)
        return ops.reshape(product, shape=shape if len(shape) > 1 else (n, 1))

    def _pair(self, *ndims: int) -> tuple[int, ...]:
        axes = self.axes if isinstance(self.axes, tuple) else (self.axes,) * 2
        for axis, ndim in zip(axes, ndims, strict=True):
            if not -ndim <= axis < ndim or axis % ndim == 0:
                raise ValueError(
                    say(
                        "{owner}: `axes` must name axes behind the batch, got {axes} for "
                        "inputs of {ndims} axes",
                        owner=label(self),
                        axes=self.axes,
                        ndims=ndims,
                    )
                )
        return tuple(a % n for a, n in zip(axes, ndims, strict=True))

    def compute_output_shape(self, shapes: Any) -> Any:
        """What is not summed, a's axes first; ValueError if the lengths differ."""
        self.check_shape(shapes)
        a, b = (list(s) for s in shapes)
        left, right = self._pair(len(a), len(b))
        if None not in (a[left], b[right]) and a[left] != b[right]:
            raise ValueError(
                say(
                    "{owner}: dimension incompatibility {left} != {right} of the summed "
                    "axes {axes}; layer shapes: {shapes}",
                    owner=label(self),
                    left=a[left],
                    right=b[right],
                    axes=(left, right),
                    shapes=[tuple(s) for s in shapes],
                )
            )
        del a[left], b[right]
        shape: Shape = (*a, *b[1:])
        return shape if len(shape) > 1 else (*shape, 1)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """None: what is summed over cannot be masked any more."""
        return None


def _size(lengths: Sequence[int]) -> int:
    return int(np.prod(lengths))


# ---- the same as functions ----


def _functional(cls: type[_Joining]) -> Callable[..., Any]:
    def function(inputs: Any, **kwargs: Any) -> Any:
        return cls(**kwargs)(inputs)

    function.__name__ = function.__qualname__ = cls.__name__.lower()
    function.__doc__ = (
        f"`{cls.__name__}(**kwargs)(inputs)`: the layer and its call in one."
    )
    return function


add = _functional(Add)
subtract = _functional(Subtract)
multiply = _functional(Multiply)
average = _functional(Average)
maximum = _functional(Maximum)
minimum = _functional(Minimum)


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """`Concatenate(axis)(inputs)`: the layer and its call in one."""
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs: Any, axes: Any, normalize: bool = False, **kwargs: Any) -> Any:
    """`Dot(axes, normalize)(inputs)`: the layer and its call in one."""
    return Dot(axes=axes, normalize=normalize, **kwargs)(inputs)

"""Cropping, padding and upsampling: other lengths of space, no weights.

The classes are public as `tensorlearn.layers.convolutional.ZeroPadding2D` and so on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensorlearn import ops
from tensorlearn.declare.fields import Field, arg, label
from tensorlearn.engine.shapes import Shape
from tensorlearn.layers.spatial import _Spatial
from tensorlearn.wording import say

Pairs = tuple[tuple[int, int], ...]


class _Borders(Field):
    """Cells (before, after) for every axis: 2, (1, 2) or ((0, 1), (2, 3)).

    Along a single axis a pair means (before, after); along several, one number per axis.
    """

    wanted = "an integer ≥ 0, one per axis, or a pair (before, after) per axis"
    bad = (-1, "1", 1.5, (1, 2, 3, 4, 5))

    def check(self, owner: Any, value: Any) -> Pairs:
        entries = value if isinstance(value, (tuple, list)) else (value,) * owner.rank
        if owner.rank == 1:
            entries = [_pair(value)]
        pairs = tuple(_pair(entry) for entry in entries)
        if len(pairs) != owner.rank or None in pairs:
            raise self.refuse(owner, value)
        return pairs  # type: ignore[return-value]

    def dump(self, value: Any) -> Any:
        return value[0] if len(value) == 1 else value


def _pair(entry: Any) -> tuple[int, int] | None:
    """(before, after) of a number or a pair; None if it is neither."""
    pair = tuple(entry) if isinstance(entry, (tuple, list)) else (entry, entry)
    whole = all(
        isinstance(n, (int, np.integer)) and not isinstance(n, bool) and n >= 0
        for n in pair
    )
    return (int(pair[0]), int(pair[1])) if len(pair) == 2 and whole else None


class _Bordered(_Spatial):
    """Cells added to the ends of every axis of space, or taken away."""

    sign = 1

    @property
    def borders(self) -> Pairs:
        """Cells (before, after) for every axis of space."""
        raise NotImplementedError

    def widths(self) -> Pairs:
        """The same for all axes of the input."""
        return self.joined((0, 0), self.borders, (0, 0))  # type: ignore[arg-type,return-value]

    def compute_output_shape(self, shape: Any) -> Any:
        """Space longer, or shorter, by the borders."""
        space = [
            None if n is None else n + self.sign * sum(pair)
            for n, pair in zip(self.space(shape), self.borders, strict=True)
        ]
        return self.joined(shape[0], space, self.channels(shape))


# ---- zero padding ----


class _ZeroPadding(_Bordered):
    positional = ("padding",)

    padding: Pairs = _Borders(1, "zeros before and after, for every axis of space")

    @property
    def borders(self) -> Pairs:
        """The padding."""
        return self.padding

    def call(self, x: Any) -> Any:
        """The input between zeros."""
        return ops.pad(x, self.widths())


class ZeroPadding1D(_ZeroPadding):
    """Zeros before and after the steps of a sequence.   (N, T, D) -> (N, T + a + b, D)

    With `padding=k-1` in front of a convolution of size k, no step is lost.
    """

    rank = 1


class ZeroPadding2D(_ZeroPadding):
    """Zeros around images: rows (axis 1), then columns (axis 2).

    (N, H, W, C) -> (N, H + top + bottom, W + left + right, C); with channels_first the
    padded axes are 2 and 3.
    """

    data_format: str = arg.data_format()


class ZeroPadding3D(_ZeroPadding):
    """Zeros around volumes.   (N, A, B, C, channels), axes 1 to 3 (or 2 to 4) padded"""

    rank = 3

    data_format: str = arg.data_format()


# ---- cropping ----


class _Cropping(_Bordered):
    positional = ("cropping",)
    sign = -1

    cropping: Pairs = _Borders(1, "cells to take away before and after, for every axis")

    @property
    def borders(self) -> Pairs:
        """The cropping."""
        return self.cropping

    def check_space(self, shape: Shape) -> None:
        """Raise ValueError if nothing would be left."""
        for length, pair in zip(self.space(shape), self.borders, strict=True):
            if length is not None and sum(pair) >= length:
                raise ValueError(
                    say(
                        "{owner}: `cropping`={cropping} takes {cut} cells away from an "
                        "axis that has only {length} (input {shape}); crop less, or use a "
                        "larger input{hint}",
                        owner=label(self),
                        cropping=self.cropping,
                        cut=sum(pair),
                        length=length,
                        shape=tuple(shape),
                        hint=self.swapped_hint(shape),
                    )
                )

    def call(self, x: Any) -> Any:
        """The inside of the input."""
        return ops.crop(x, widths=self.widths())


class Cropping1D(_Cropping):
    """Steps cut off the ends of a sequence.   (N, T, D) -> (N, T - a - b, D)"""

    rank = 1


class Cropping2D(_Cropping):
    """Rows, then columns, cut off the sides of images.

    (N, H, W, C) -> (N, H - top - bottom, W - left - right, C)
    """

    data_format: str = arg.data_format()
    cropping: Pairs = _Borders(0, "cells to take away before and after, for every axis")


class Cropping3D(_Cropping):
    """Cells cut off the sides of volumes.   (N, A, B, C, channels), each axis shorter"""

    rank = 3

    data_format: str = arg.data_format()


# ---- upsampling ----


class _UpSampling(_Spatial):
    positional = ("size",)

    @property
    def factors(self) -> tuple[int, ...]:
        """How many times longer every axis becomes."""
        return self.size

    def call(self, x: Any) -> Any:
        """Every cell so many times."""
        return self.along_each_axis(x, ops.repeat)

    def along_each_axis(self, x: Any, enlarge: Callable[..., Any]) -> Any:
        """`enlarge(x, factor, axis)` for every axis of space."""
        for i, factor in enumerate(self.factors):
            if factor != 1:
                x = enlarge(x, factor, i + (2 if self.channels_lead else 1))
        return x

    def compute_output_shape(self, shape: Any) -> Any:
        """Space, times the factors."""
        pairs = zip(self.space(shape), self.factors, strict=True)
        space = [None if n is None else n * factor for n, factor in pairs]
        return self.joined(shape[0], space, self.channels(shape))


class UpSampling1D(_UpSampling):
    """Every step repeated `size` times.   (N, T, D) -> (N, T * size, D)"""

    rank = 1

    size: int = arg.positive_int("how often every step is repeated", 2)

    @property
    def factors(self) -> tuple[int, ...]:
        """The size, as a tuple."""
        return (self.size,)


class UpSampling2D(_UpSampling):
    """Rows repeated size[0] times and columns size[1] times, or blended linearly.

    (N, H, W, C) -> (N, H * size[0], W * size[1], C)
    """

    data_format: str = arg.data_format()
    size: tuple[int, ...] = arg.int_tuple(2, "factors for rows and columns")
    interpolation: str = arg.choice(
        "nearest", "bilinear", default="nearest", doc="how new pixels are found"
    )

    def call(self, x: Any) -> Any:
        """Every pixel so many times, or the straight lines between pixels."""
        if self.interpolation == "bilinear":
            return self.along_each_axis(x, _blend)
        return super().call(x)


class UpSampling3D(_UpSampling):
    """The three axes of volumes repeated size[0], size[1] and size[2] times."""

    rank = 3

    data_format: str = arg.data_format()
    size: tuple[int, ...] = arg.int_tuple(2, "factors for the three axes")


def _blend(x: Any, factor: int, axis: int) -> Any:
    """Cell i of the output is at i / factor between two cells of the input.

    Beyond the last cell its value stays: y = x + (x_next - x) * (i % factor) / factor.
    """
    lead = (slice(None),) * axis
    following = ops.concatenate(
        [x[(*lead, slice(1, None))], x[(*lead, slice(-1, None))]], axis=axis
    )
    share = np.tile(np.arange(factor) / factor, x.shape[axis]).astype(x.dtype)
    share = share.reshape(-1, *(1,) * (x.ndim - axis - 1))  # (S * factor, 1, ...)
    step = ops.repeat(following - x, factor, axis)
    return ops.repeat(x, factor, axis) + step * share

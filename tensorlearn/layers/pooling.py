"""Pooling: the largest or the mean value of every window, or of all there is."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorlearn import ops
from tensorlearn.declare.fields import arg
from tensorlearn.layers.spatial import _Sliding, _Spatial
from tensorlearn.ops.pooling import average_pool, max_pool

__all__ = [
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "AvgPool1D",
    "AvgPool2D",
    "AvgPool3D",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalAvgPool3D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPool3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPool3D",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
]


class _Pooling(_Sliding):
    """`pooled` of every window.   (N, *S, C) -> (N, *O, C)

    O = ceil((S - pool_size + 1) / strides) if padding is "valid", ceil(S / strides) if
    it is "same"; the padding neither wins a maximum nor counts in a mean.
    """

    positional = ("pool_size", "strides", "padding")
    window_name = "pool_size"

    pool_size: tuple[int, ...] = arg.int_tuple(2, "cells in a window, along every axis")
    strides: tuple[int, ...] = arg.int_tuple(
        None, "cells between one window and the next; as many as `pool_size` if None"
    )
    data_format: str = arg.data_format()

    def configure(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Set the arguments; windows lie side by side unless strides are given."""
        super().configure(args, kwargs)
        self.strides = self.strides or self.pool_size

    def call(self, x: Any) -> Any:
        """The value of every window."""
        shape = x.shape
        if self.channels_lead:  # every channel an image of its own: nothing is turned
            x = ops.reshape(x, shape=(shape[0] * shape[1], *shape[2:], 1))
        y = self.pooled(
            x, size=self.pool_size, strides=self.strides, padding=self.padding
        )
        if self.channels_lead:
            y = ops.reshape(y, shape=(*shape[:2], *y.shape[1:-1]))
        return y

    def pooled(self, x: Any, **settings: Any) -> Any:
        """(N, *S, C) -> (N, *O, C)"""
        raise NotImplementedError

    def compute_output_shape(self, shape: Any) -> Any:
        """As many cells as there are windows."""
        self.check_space(shape)
        return self.joined(
            shape[0], self.places(self.space(shape)), self.channels(shape)
        )


# ---- the largest of a window ----


class _MaxPooling(_Pooling):
    def pooled(self, x: Any, **settings: Any) -> Any:
        """The largest of every window; ties give their gradient to the first."""
        return max_pool(x, **settings)


class MaxPooling1D(_MaxPooling):
    """The largest of every few steps.   (N, T, D) -> (N, T', D)"""

    rank = 1
    data_format: str = arg.data_format("channels_last")


class MaxPooling2D(_MaxPooling):
    """The largest of every patch of pixels.   (N, H, W, C) -> (N, H', W', C)"""


class MaxPooling3D(_MaxPooling):
    """The largest of every block of a volume.   (N, A, B, C, ch) -> (N, A', B', C', ch)"""

    rank = 3


# ---- the mean of a window ----


class _AveragePooling(_Pooling):
    def pooled(self, x: Any, **settings: Any) -> Any:
        """The mean of every window."""
        return average_pool(x, **settings)


class AveragePooling1D(_AveragePooling):
    """The mean of every few steps.   (N, T, D) -> (N, T', D)"""

    rank = 1
    data_format: str = arg.data_format("channels_last")


class AveragePooling2D(_AveragePooling):
    """The mean of every patch of pixels.   (N, H, W, C) -> (N, H', W', C)"""


class AveragePooling3D(_AveragePooling):
    """The mean of every block of a volume.   (N, A, B, C, ch) -> (N, A', B', C', ch)"""

    rank = 3


# ---- all of space ----


class _GlobalPooling(_Spatial):
    """One number for all of space.   (N, *S, C) -> (N, C)"""

    positional = ("data_format",)

    data_format: str = arg.data_format()

    def axes(self) -> tuple[int, ...]:
        """The axes of space."""
        first = 2 if self.channels_lead else 1
        return tuple(range(first, first + self.rank))

    def compute_output_shape(self, shape: Any) -> Any:
        """Batch and channels."""
        return (shape[0], self.channels(shape))


class _GlobalMax(_GlobalPooling):
    def call(self, x: Any) -> Any:
        """The largest over space."""
        return ops.reduce_max(x, axis=self.axes())


class _GlobalAverage(_GlobalPooling):
    def call(self, x: Any) -> Any:
        """The mean over space."""
        return ops.reduce_mean(x, axis=self.axes())


class _OverSteps(_GlobalPooling):
    """Over time, where a mask says which steps count; the mask ends here."""

    rank = 1
    supports_masking = True

    data_format: str = arg.data_format("channels_last")

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """None: there are no steps any more."""
        return None

    def spread(self, mask: Any) -> Any:
        """The mask beside the input.   (N, T) -> (N, T, 1), or (N, 1, T)"""
        return np.expand_dims(np.asarray(mask, bool), 1 if self.channels_lead else 2)


class GlobalMaxPooling1D(_OverSteps):
    """The largest of all steps.   (N, T, D) -> (N, D)

    Masked steps never win; a sequence of nothing else gives 0.
    """

    def call(self, x: Any, mask: Any = None) -> Any:
        """The largest over time."""
        if mask is None:
            return ops.reduce_max(x, axis=self.axes())
        keep = self.spread(mask)
        y = ops.reduce_max(ops.where(keep, x, -np.inf), axis=self.axes())
        return ops.where(keep.any(axis=self.axes()), y, 0.0)


class GlobalAveragePooling1D(_OverSteps):
    """The mean of all steps.   (N, T, D) -> (N, D)

    Masked steps do not count; a sequence of nothing else gives 0.
    """

    def call(self, x: Any, mask: Any = None) -> Any:
        """The mean over time."""
        if mask is None:
            return ops.reduce_mean(x, axis=self.axes())
        keep = self.spread(mask)
        count = np.maximum(keep.sum(axis=self.axes()), 1).astype(x.dtype)  # (N, 1)
        return ops.reduce_sum(ops.where(keep, x, 0.0), axis=self.axes()) / count


class GlobalMaxPooling2D(_GlobalMax):
    """The largest of all pixels.   (N, H, W, C) -> (N, C)"""


class GlobalAveragePooling2D(_GlobalAverage):
    """The mean of all pixels.   (N, H, W, C) -> (N, C)"""


class GlobalMaxPooling3D(_GlobalMax):
    """The largest of a volume.   (N, A, B, C, channels) -> (N, channels)"""

    rank = 3


class GlobalAveragePooling3D(_GlobalAverage):
    """The mean of a volume.   (N, A, B, C, channels) -> (N, channels)"""

    rank = 3


# ---- other names ----

MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
GlobalMaxPool1D, GlobalAvgPool1D = GlobalMaxPooling1D, GlobalAveragePooling1D
GlobalMaxPool2D, GlobalAvgPool2D = GlobalMaxPooling2D, GlobalAveragePooling2D
GlobalMaxPool3D, GlobalAvgPool3D = GlobalMaxPooling3D, GlobalAveragePooling3D

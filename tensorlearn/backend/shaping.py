"""Rearranging: joining, reshaping, repeating, padding, cutting, under Keras's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorlearn import ops
from tensorlearn.autograd import Tensor
from tensorlearn.backend.recording import array_of, integers, on_values, tensor_of
from tensorlearn.backend.settings import normalize_data_format
from tensorlearn.config import floatx
from tensorlearn.wording import say

# ---- joining ----


@on_values()
def concatenate(tensors: Sequence[Any], axis: int = -1) -> Any:
    """Join along an existing axis.   (..., a), (..., b) -> (..., a + b)"""
    return ops.concatenate(_together(tensors), axis=axis)


@on_values()
def stack(x: Sequence[Any], axis: int = 0) -> Any:
    """Join along a new axis.   n of (...) -> (n, ...)"""
    return ops.stack(_together(x), axis=axis)


def _together(values: Sequence[Any]) -> list[Any]:
    dtype = next((v.data.dtype for v in values if isinstance(v, Tensor)), None)
    return [tensor_of(v, dtype) for v in values]


# ---- another shape ----


@on_values("x")
def reshape(x: Any, shape: Any) -> Any:
    """The same elements in another shape; one entry may be -1."""
    return ops.reshape(x, shape=integers(shape))


@on_values("x")
def flatten(x: Any) -> Any:
    """All elements in one axis."""
    return ops.reshape(x, shape=(-1,))


@on_values("x")
def batch_flatten(x: Any) -> Any:
    """All axes but the first in one.   (N, ...) -> (N, D)"""
    return ops.reshape(x, shape=(x.shape[0], int(np.prod(x.shape[1:], dtype=int))))


@on_values("x")
def expand_dims(x: Any, axis: int = -1) -> Any:
    """Insert an axis of length 1."""
    return ops.expand_dims(x, axis)


@on_values("x")
def squeeze(x: Any, axis: int) -> Any:
    """Drop an axis of length 1."""
    return ops.squeeze(x, axis)


@on_values("x")
def transpose(x: Any) -> Any:
    """All axes in reverse order."""
    return ops.transpose(x)


@on_values("x")
def permute_dimensions(x: Any, pattern: Any) -> Any:
    """The axes in the given order."""
    return ops.transpose(x, axes=integers(pattern))


@on_values("x")
def reverse(x: Any, axes: Any) -> Any:
    """The order along `axes` turned around."""
    return ops.flip(x, axis=integers(axes))


# ---- repeating ----


@on_values("x")
def tile(x: Any, n: Any) -> Any:
    """Copies laid side by side, so many along each axis."""
    return ops.tile(x, integers(n))


@on_values("x")
def repeat(x: Any, n: int) -> Any:
    """A matrix n times, as a new second axis.   (N, D) -> (N, n, D)"""
    if x.ndim != 2:
        raise ValueError(
            say("K.repeat: `x` must be a matrix, got shape {x}", x=x.shape)
        )
    (count,) = integers(n)
    return ops.broadcast_to(
        ops.expand_dims(x, 1), shape=(x.shape[0], count, x.shape[1])
    )


@on_values("x")
def repeat_elements(x: Any, rep: int, axis: int) -> Any:
    """Every element `rep` times along `axis`, as np.repeat does."""
    return ops.repeat(x, rep, axis)


@on_values("x")
def resize_images(
    x: Any,
    height_factor: int,
    width_factor: int,
    data_format: str | None,
    interpolation: str = "nearest",
) -> Any:
    """Images enlarged by whole factors; interpolation: "nearest" or "bilinear"."""
    return _resize(x, (height_factor, width_factor), data_format, interpolation)


@on_values("x")
def resize_volumes(
    x: Any,
    depth_factor: int,
    height_factor: int,
    width_factor: int,
    data_format: str | None,
) -> Any:
    """Volumes enlarged by whole factors, each element repeated."""
    factors = (depth_factor, height_factor, width_factor)
    return _resize(x, factors, data_format, "nearest")


def _resize(
    x: Any, factors: Sequence[int], data_format: Any, interpolation: str
) -> Any:
    if interpolation not in ("nearest", "bilinear"):
        raise ValueError(
            say(
                'interpolation should be one of "nearest" or "bilinear", got {value!r}',
                value=interpolation,
            )
        )
    first = 2 if normalize_data_format(data_format) == "channels_first" else 1
    for axis, factor in enumerate(factors, first):
        if interpolation == "nearest":
            x = ops.repeat(x, int(factor), axis)
        else:
            weights = _between(x.shape[axis], int(factor)).astype(x.dtype.name)
            x = ops.moveaxis(ops.tensordot(x, weights, ([axis], [0])), -1, axis)
    return x


def _between(length: int, factor: int) -> Any:
    """Weights of linear interpolation at 0, 1/factor, 2/factor, ...   (n, n·factor)

    The last cells repeat the border, as TensorFlow 1 does.
    """
    place = np.arange(length * factor) / factor
    low = np.floor(place).astype(int)
    part = place - low
    columns = np.arange(length * factor)
    weights = np.zeros((length, length * factor))
    np.add.at(weights, (low, columns), 1 - part)
    np.add.at(weights, (np.minimum(low + 1, length - 1), columns), part)
    return weights


# ---- borders and parts ----


@on_values("x")
def temporal_padding(x: Any, padding: Sequence[int] = (1, 1)) -> Any:
    """Zeros before and after the time axis.   (N, T, D) -> (N, a + T + b, D)"""
    return _pad("temporal_padding", x, [padding], "channels_last")


@on_values("x")
def spatial_2d_padding(
    x: Any, padding: Any = ((1, 1), (1, 1)), data_format: str | None = None
) -> Any:
    """Zeros around images: (above, below), (left, right)."""
    return _pad("spatial_2d_padding", x, padding, data_format)


@on_values("x")
def spatial_3d_padding(
    x: Any, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None
) -> Any:
    """Zeros around volumes, as a pair for each of the three axes."""
    return _pad("spatial_3d_padding", x, padding, data_format)


def _pad(owner: str, x: Any, padding: Any, data_format: str | None) -> Any:
    rank = {"temporal": 1, "spatial_2d": 2, "spatial_3d": 3}[owner[: -len("_padding")]]
    if np.shape(padding) != (rank, 2):
        raise ValueError(
            say(
                "K.{owner}: `padding` must be {rank} pair(s) of integers, got {padding!r}",
                owner=owner,
                rank=rank,
                padding=padding,
            )
        )
    pairs = [(0, 0), *(tuple(pair) for pair in padding)]
    first = normalize_data_format(data_format) == "channels_first"
    pairs.insert(1 if first else len(pairs), (0, 0))
    return ops.pad(x, pairs)


@on_values("x")
def slice(x: Any, start: Any, size: Any) -> Any:
    """The part of x that begins at `start` and has the lengths `size` (-1: the rest)."""
    index = np.s_[:0]  # one slice per axis
    parts = [
        type(index)(a, None if n == -1 else a + n)
        for a, n in zip(integers(start), integers(size), strict=True)
    ]
    return x[tuple(parts)]


@on_values("indices")
def one_hot(indices: Any, num_classes: int) -> Any:
    """1 at the given position, else 0.   (*I) -> (*I, num_classes)"""
    (depth,) = integers(num_classes)
    return ops.one_hot(array_of(indices), depth=depth, dtype=floatx())

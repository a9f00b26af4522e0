"""Turning, shifting, shearing and zooming images: one affine map of pixel coordinates.

Results are those of scipy.ndimage.affine_transform, which Keras uses, in plain NumPy.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorlearn.config import floatx
from tensorlearn.preprocessing.draws import array_source
from tensorlearn.wording import say

Array = np.ndarray[Any, Any]
FILL_MODES = ("constant", "nearest", "reflect", "wrap")


def apply_affine_transform(
    x: Any,
    theta: float = 0,
    tx: float = 0,
    ty: float = 0,
    shear: float = 0,
    zx: float = 1,
    zy: float = 1,
    row_axis: int = 0,
    col_axis: int = 1,
    channel_axis: int = 2,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    order: int = 1,
) -> Array:
    """An image turned by theta degrees, shifted, sheared and zoomed about its centre.

    tx, ty: rows and columns. zx, zy: factors, less than 1 enlarges. fill_mode: what comes
    in from outside: "constant" (cval), "nearest", "reflect" or "wrap". order: 0 takes the
    nearest pixel, 1 mixes four.
    """
    x = np.asarray(x)
    if (theta, tx, ty, shear, zx, zy) == (0, 0, 0, 0, 1, 1):
        return x
    matrix = _matrix(theta, tx, ty, shear, zx, zy)
    height, width = x.shape[row_axis], x.shape[col_axis]
    matrix = transform_matrix_offset_center(matrix, height, width)
    maps = np.moveaxis(x, (channel_axis, row_axis, col_axis), (0, 1, 2))
    moved = _resample(maps, matrix, fill_mode, cval, order)
    return np.moveaxis(moved, (0, 1, 2), (channel_axis, row_axis, col_axis))


def _matrix(
    theta: float, tx: float, ty: float, shear: float, zx: float, zy: float
) -> Array:
    """From places in the result to places in the image: turn, shift, shear, zoom."""
    t, s = math.radians(theta), math.radians(shear)
    turn = np.array(
        [[math.cos(t), -math.sin(t), 0], [math.sin(t), math.cos(t), 0], [0, 0, 1]]
    )
    shift = np.array([[1, 0, tx], [0, 1, ty], [0, 0, 1]])
    skew = np.array([[1, -math.sin(s), 0], [0, math.cos(s), 0], [0, 0, 1]])
    zoom = np.array([[zx, 0, 0], [0, zy, 0], [0, 0, 1]])
    result: Array = turn @ shift @ skew @ zoom
    return result


def transform_matrix_offset_center(matrix: Any, x: int, y: int) -> Array:
    """The map about the centre of an image of x rows and y columns, not its corner."""
    row, column = float(x) / 2 + 0.5, float(y) / 2 + 0.5
    there = np.array([[1, 0, row], [0, 1, column], [0, 0, 1]])
    back = np.array([[1, 0, -row], [0, 1, -column], [0, 0, 1]])
    result: Array = there @ matrix @ back
    return result


def _resample(
    maps: Array, matrix: Array, fill_mode: str, cval: float, order: int
) -> Array:
    """The image at the mapped places.   (C, H, W) -> (C, H, W)"""
    if fill_mode not in FILL_MODES:
        raise ValueError(
            say(
                "`fill_mode` must be one of {known}, got {value!r}",
                known=", ".join(FILL_MODES),
                value=fill_mode,
            )
        )
    if order not in (0, 1):
        raise ValueError(
            say(
                "`order` must be 0 (nearest pixel) or 1 (linear), got {value}",
                value=order,
            )
        )
    height, width = maps.shape[1:]
    i, j = np.ogrid[:height, :width]
    rows = matrix[0, 0] * i + matrix[0, 1] * j + matrix[0, 2]  # -> (H, W)
    columns = matrix[1, 0] * i + matrix[1, 1] * j + matrix[1, 2]
    r0, r1, dr, rows_out = _neighbours(rows, height, fill_mode, order)
    c0, c1, dc, columns_out = _neighbours(columns, width, fill_mode, order)
    if order == 0:
        moved = maps[:, r0, c0]
    else:
        top = maps[:, r0, c0] * (1.0 - dc) + maps[:, r0, c1] * dc
        bottom = maps[:, r1, c0] * (1.0 - dc) + maps[:, r1, c1] * dc
        moved = top * (1.0 - dr) + bottom * dr
    if fill_mode == "constant":
        moved[:, rows_out | columns_out] = cval
    return moved.astype(maps.dtype)


def _neighbours(
    place: Array, length: int, fill_mode: str, order: int
) -> tuple[Array, Array, Array, Array]:
    """The two pixels around every place, how far it is from the first, and if it is out."""
    outside = (place < 0) | (place > length - 1)
    if (
        fill_mode == "wrap" and length > 1
    ):  # the last pixel takes the place of the first
        turns = np.trunc(place / (length - 1)) - (place < 0)
        place = np.where(outside, place - (length - 1) * turns, place)
    elif fill_mode == "nearest":
        place = np.clip(place, 0, length - 1)
    low = np.floor(place + 0.5 if order == 0 else place).astype(np.intp)
    pixels = [low, low + 1]
    if fill_mode == "reflect":  # d c b a | a b c d | d c b a
        pixels = [p % (2 * length) for p in pixels]
        pixels = [np.minimum(p, 2 * length - 1 - p) for p in pixels]
    first, second = (np.clip(p, 0, length - 1) for p in pixels)
    return first, second, place - low, outside


# ---- by chance ----


def random_rotation(
    x: Any,
    rg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
) -> Array:
    """An image turned by up to `rg` degrees either way."""
    theta = array_source().uniform(-rg, rg)
    axes = (row_axis, col_axis, channel_axis)
    return apply_affine_transform(x, theta, 0, 0, 0, 1, 1, *axes, fill_mode, cval)


def random_shift(
    x: Any,
    wrg: float,
    hrg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
) -> Array:
    """An image shifted by up to these fractions of its width and height."""
    x = np.asarray(x)
    source = array_source()
    tx = source.uniform(-hrg, hrg) * x.shape[row_axis]
    ty = source.uniform(-wrg, wrg) * x.shape[col_axis]
    axes = (row_axis, col_axis, channel_axis)
    return apply_affine_transform(x, 0, tx, ty, 0, 1, 1, *axes, fill_mode, cval)


def random_shear(
    x: Any,
    intensity: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
) -> Array:
    """An image sheared by up to `intensity` degrees either way."""
    shear = array_source().uniform(-intensity, intensity)
    axes = (row_axis, col_axis, channel_axis)
    return apply_affine_transform(x, 0, 0, 0, shear, 1, 1, *axes, fill_mode, cval)


def random_zoom(
    x: Any,
    zoom_range: Any,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
) -> Array:
    """An image zoomed by two factors between the two numbers of `zoom_range`."""
    if not hasattr(zoom_range, "__len__") or len(zoom_range) != 2:
        raise ValueError(
            say(
                "`zoom_range` should be a tuple or list of two floats. Received: {value}",
                value=zoom_range,
            )
        )
    low, high = zoom_range
    zx, zy = (1, 1) if low == high == 1 else array_source().uniform(low, high, 2)
    axes = (row_axis, col_axis, channel_axis)
    return apply_affine_transform(x, 0, 0, 0, 0, zx, zy, *axes, fill_mode, cval)


# ---- colours ----


def flip_axis(x: Any, axis: int) -> Array:
    """The image with one axis in reverse."""
    return np.flip(np.asarray(x), axis)


def apply_channel_shift(x: Any, intensity: float, channel_axis: int = 0) -> Array:
    """All values moved by `intensity`, kept between the least and the largest of x."""
    x = np.asarray(x)
    return np.clip(x + intensity, x.min(), x.max()).astype(x.dtype)


def random_channel_shift(
    x: Any, intensity_range: float, channel_axis: int = 0
) -> Array:
    """All values moved by up to `intensity_range` either way."""
    intensity = array_source().uniform(-intensity_range, intensity_range)
    return apply_channel_shift(x, intensity, channel_axis)


def apply_brightness_shift(x: Any, brightness: float) -> Array:
    """The image scaled to 0..255 in whole numbers and made brighter by a factor."""
    x = np.asarray(x, floatx())
    x = x - min(float(x.min()), 0.0)
    largest = float(x.max())
    pixels = (x / largest * 255 if largest else x).astype(np.uint8)
    return (
        np.clip(pixels * np.float32(brightness), 0, 255)
        .astype(np.uint8)
        .astype(floatx())
    )


def random_brightness(x: Any, brightness_range: Any) -> Array:
    """The image made brighter by a factor between two numbers."""
    if len(brightness_range) != 2:
        raise ValueError(
            say(
                "`brightness_range` should be a tuple or list of two floats. Received: "
                "{value}",
                value=brightness_range,
            )
        )
    low, high = brightness_range
    return apply_brightness_shift(x, array_source().uniform(low, high))

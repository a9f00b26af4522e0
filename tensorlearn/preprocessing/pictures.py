"""Image files and arrays; reading and writing files needs the package Pillow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tensorlearn.config import floatx
from tensorlearn.utils.conv_utils import normalize_data_format
from tensorlearn.wording import say, suggest

Array = np.ndarray[Any, Any]
MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")
ENDINGS = ("bmp", "gif", "jpeg", "jpg", "png", "ppm", "tif", "tiff", "webp")


def pillow() -> Any:
    """The module PIL.Image; ImportError says what needs it."""
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError(
            say("image files need the package Pillow: pip install pillow")
        ) from error
    return Image


def array_to_img(
    x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None
) -> Any:
    """A Pillow image of an array.   (H, W, C) -> image

    scale: stretch the values to 0..255; False: they are in that range already.
    """
    image = pillow()
    x = np.asarray(x, dtype or floatx())
    if x.ndim != 3:
        raise ValueError(
            say(
                "Expected image array to have rank 3 (single image). Got array with shape: "
                "{shape}",
                shape=x.shape,
            )
        )
    if normalize_data_format(data_format) == "channels_first":
        x = np.moveaxis(x, 0, -1)  # (C, H, W) -> (H, W, C)
    if scale:
        x = x - min(float(x.min()), 0.0)
        largest = float(x.max())
        x = x / largest * 255 if largest else x
    x = x.astype(np.uint8)
    if x.shape[-1] == 1:
        return image.fromarray(x[..., 0])
    if x.shape[-1] in (3, 4):
        return image.fromarray(x)
    raise ValueError(say("Unsupported channel number: {count}", count=x.shape[-1]))


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> Array:
    """An array of a Pillow image.   image -> (H, W, C)"""
    x = np.asarray(img).astype(dtype or floatx())
    if x.ndim not in (2, 3):
        raise ValueError(say("Unsupported image shape: {shape}", shape=x.shape))
    if x.ndim == 2:
        x = x[..., None]  # (H, W) -> (H, W, 1)
    first = normalize_data_format(data_format) == "channels_first"
    return np.moveaxis(x, -1, 0) if first else x


def load_img(
    path: Any,
    grayscale: bool = False,
    color_mode: str = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: str = "nearest",
) -> Any:
    """A Pillow image from a file.

    color_mode: "rgb", "rgba" or "grayscale". target_size: (height, width) to resize to.
    interpolation: how; "nearest", "bilinear", "bicubic", "lanczos", "box" or "hamming".
    """
    image = pillow()
    mode = "grayscale" if grayscale else color_mode
    if mode not in MODES:
        raise ValueError(
            say(
                "`color_mode` must be one of {known}, got {value!r}{hint}",
                known=", ".join(MODES),
                value=mode,
                hint=suggest(mode, MODES),
            )
        )
    if interpolation not in INTERPOLATIONS:
        raise ValueError(
            say(
                "Invalid interpolation method {value} specified. Supported methods are "
                "{known}",
                value=interpolation,
                known=", ".join(INTERPOLATIONS),
            )
        )
    with image.open(path) as opened:
        img = opened.convert(MODES[mode])
    if target_size is not None and img.size != (target_size[1], target_size[0]):
        resample = getattr(image.Resampling, interpolation.upper())
        img = img.resize((target_size[1], target_size[0]), resample)
    return img


def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Write an array as an image file; the ending of the name decides the format."""
    array_to_img(x, data_format, scale).save(path, format=file_format, **kwargs)


def list_pictures(directory: Any, ext: str = "|".join(ENDINGS)) -> list[str]:
    """The image files in a folder and the folders in it, sorted."""
    endings = {f".{e.strip('()')}" for e in ext.split("|")}
    return sorted(
        str(path)
        for path in Path(directory).rglob("*")
        if path.suffix.lower() in endings and path.is_file()
    )

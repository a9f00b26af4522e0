"""Images: standardizing them, and changing them by chance so that few seem many."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tensorlearn.config import floatx
from tensorlearn.preprocessing.affine import (
    FILL_MODES,
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
    flip_axis,
    random_brightness,
    random_channel_shift,
    random_rotation,
    random_shear,
    random_shift,
    random_zoom,
    transform_matrix_offset_center,
)
from tensorlearn.preprocessing.draws import array_source
from tensorlearn.preprocessing.iterators import (
    DirectoryIterator,
    Iterator,
    NumpyArrayIterator,
)
from tensorlearn.preprocessing.pictures import (
    array_to_img,
    img_to_array,
    list_pictures,
    load_img,
    save_img,
)
from tensorlearn.utils.conv_utils import normalize_data_format
from tensorlearn.wording import say

__all__ = [
    "DirectoryIterator",
    "ImageDataGenerator",
    "Iterator",
    "NumpyArrayIterator",
    "apply_affine_transform",
    "apply_brightness_shift",
    "apply_channel_shift",
    "array_to_img",
    "flip_axis",
    "img_to_array",
    "list_pictures",
    "load_img",
    "random_brightness",
    "random_channel_shift",
    "random_rotation",
    "random_shear",
    "random_shift",
    "random_zoom",
    "save_img",
    "transform_matrix_offset_center",
]

Array = np.ndarray[Any, Any]
_TINY = 1e-6


class ImageDataGenerator:
    """Batches of images that are standardized and changed a little, each time anew.

    featurewise_*: with mean and deviation of all images, from `fit`; samplewise_*: with
    those of the image. zca_whitening: remove what pixels have in common (after `fit`).
    rotation_range: degrees. width_shift_range, height_shift_range: fractions, or pixels
    from 1 on, or a list of numbers to choose from. brightness_range: two factors.
    shear_range: degrees. zoom_range: a fraction, or two factors. channel_shift_range: how
    far values move. fill_mode, cval: what comes in at the edges. horizontal_flip,
    vertical_flip: mirror every other image. rescale: a factor, applied before the rest.
    preprocessing_function: applied first. validation_split: fraction for
    flow(subset="validation"), taken from the start.
    """

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: float = 0,
        width_shift_range: Any = 0.0,
        height_shift_range: Any = 0.0,
        brightness_range: Sequence[float] | None = None,
        shear_range: float = 0.0,
        zoom_range: Any = 0.0,
        channel_shift_range: float = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: float | None = None,
        preprocessing_function: Callable[[Array], Array] | None = None,
        data_format: str | None = None,
        validation_split: float = 0.0,
        dtype: Any = None,
    ) -> None:
        self.featurewise_center = featurewise_center
        self.samplewise_center = samplewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening = zca_whitening
        self.zca_epsilon = zca_epsilon
        self.rotation_range = rotation_range
        self.width_shift_range = width_shift_range
        self.height_shift_range = height_shift_range
        self.brightness_range = brightness_range
        self.shear_range = shear_range
        self.zoom_range = _zooms(zoom_range)
        self.channel_shift_range = channel_shift_range
        self.fill_mode = fill_mode
        self.cval = cval
        self.horizontal_flip = horizontal_flip
        self.vertical_flip = vertical_flip
        self.rescale = rescale
        self.preprocessing_function = preprocessing_function
        self.data_format = normalize_data_format(data_format)
        self.validation_split = validation_split
        self.dtype = dtype or floatx()
        first = self.data_format == "channels_first"
        self.channel_axis, self.row_axis, self.col_axis = (
            (1, 2, 3) if first else (3, 1, 2)
        )
        self.mean: Any = None
        self.std: Any = None
        self.principal_components: Any = None
        self._check()

    def _check(self) -> None:
        """Refuse what cannot be, and switch on what other settings need."""
        if self.fill_mode not in FILL_MODES:
            raise ValueError(
                say(
                    "`fill_mode` must be one of {known}, got {value!r}",
                    known=", ".join(FILL_MODES),
                    value=self.fill_mode,
                )
            )
        if self.validation_split and not 0 < self.validation_split < 1:
            raise ValueError(
                say(
                    "`validation_split` must be strictly between 0 and 1. Received: "
                    "{value}",
                    value=self.validation_split,
                )
            )
        needs = [
            ("zca_whitening", "featurewise_center"),
            ("featurewise_std_normalization", "featurewise_center"),
            ("samplewise_std_normalization", "samplewise_center"),
        ]
        for setting, needed in needs:
            if getattr(self, setting) and not getattr(self, needed):
                setattr(self, needed, True)
                warnings.warn(
                    say(
                        "This ImageDataGenerator specifies `{setting}`, which overrides "
                        "setting of `{needed}`.",
                        setting=setting,
                        needed=needed,
                    ),
                    stacklevel=4,
                )

    # ---- batches ----

    def flow(
        self,
        x: Any,
        y: Any = None,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: Any = None,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
    ) -> NumpyArrayIterator:
        """Batches without end from an array of images.   (N, H, W, C) -> (B, H, W, C), ...

        x: or a tuple (images, other arrays). save_to_dir: also write what comes out.
        """
        return NumpyArrayIterator(
            x,
            y,
            self,
            batch_size=batch_size,
            shuffle=shuffle,
            sample_weight=sample_weight,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            subset=subset,
        )

    def flow_from_directory(
        self,
        directory: Any,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
    ) -> DirectoryIterator:
        """Batches without end from a folder with a folder of image files per class.

        class_mode: how the targets come: "categorical", "binary", "sparse", "input" (the
        images themselves) or None.
        """
        return DirectoryIterator(
            directory,
            self,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            follow_links=follow_links,
            subset=subset,
            interpolation=interpolation,
        )

    def changed(self, x: Array, source: Any) -> Array:
        """One image, changed by draws from `source` and standardized."""
        parameters = self._draw(x.shape, source)
        return self.standardize(self.apply_transform(x, parameters))

    # ---- one image ----

    def standardize(self, x: Any) -> Array:
        """An image (or a batch) rescaled, centred and normalized as the settings say."""
        x = np.asarray(x)
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if self.rescale:
            x = x * np.asarray(
                self.rescale, x.dtype if x.dtype.kind == "f" else floatx()
            )
        if self.samplewise_center:
            x = x - np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x = x / (np.std(x, keepdims=True) + _TINY)
        if self.featurewise_center and self._fitted("featurewise_center", self.mean):
            x = x - self.mean
        asked = "featurewise_std_normalization"
        if self.featurewise_std_normalization and self._fitted(asked, self.std):
            x = x / (self.std + _TINY)
        whitener = self.principal_components
        if self.zca_whitening and self._fitted("zca_whitening", whitener):
            x = (x.reshape(-1, whitener.shape[0]) @ whitener).reshape(x.shape)
        return x

    def _fitted(self, setting: str, found: Any) -> bool:
        if found is None:
            warnings.warn(
                say(
                    "This ImageDataGenerator specifies `{setting}`, but it hasn't been fit "
                    "on any training data. Fit it first by calling `.fit(numpy_data)`.",
                    setting=setting,
                ),
                stacklevel=4,
            )
        return found is not None

    def get_random_transform(
        self, img_shape: Sequence[int], seed: int | None = None
    ) -> dict[str, Any]:
        """How an image of this shape is to be changed, drawn by chance (or by `seed`)."""
        return self._draw(img_shape, array_source(seed))

    def _draw(self, img_shape: Sequence[int], source: Any) -> dict[str, Any]:
        rows, columns = img_shape[self.row_axis - 1], img_shape[self.col_axis - 1]
        theta = tx = ty = shear = 0
        if self.rotation_range:
            theta = source.uniform(-self.rotation_range, self.rotation_range)
        if np.any(self.height_shift_range):
            tx = _shift(self.height_shift_range, rows, source)
        if np.any(self.width_shift_range):
            ty = _shift(self.width_shift_range, columns, source)
        if self.shear_range:
            shear = source.uniform(-self.shear_range, self.shear_range)
        low, high = self.zoom_range
        zx, zy = (1, 1) if low == high == 1 else source.uniform(low, high, 2)
        drawn = {"theta": theta, "tx": tx, "ty": ty, "shear": shear, "zx": zx, "zy": zy}
        drawn["flip_horizontal"] = (source.random_sample() < 0.5) * self.horizontal_flip
        drawn["flip_vertical"] = (source.random_sample() < 0.5) * self.vertical_flip
        reach = self.channel_shift_range
        drawn["channel_shift_intensity"] = (
            source.uniform(-reach, reach) if reach else None
        )
        drawn["brightness"] = None
        if self.brightness_range is not None:
            low, high = _pair("brightness_range", self.brightness_range)
            drawn["brightness"] = source.uniform(low, high)
        return drawn

    def apply_transform(self, x: Any, transform_parameters: Mapping[str, Any]) -> Array:
        """An image changed as told; the keys are those of `get_random_transform`."""
        row, column = self.row_axis - 1, self.col_axis - 1
        channel = self.channel_axis - 1
        told = transform_parameters
        moves = ("theta", "tx", "ty", "shear", "zx", "zy")
        x = apply_affine_transform(
            x,
            **{name: told.get(name, name.startswith("z")) for name in moves},
            row_axis=row,
            col_axis=column,
            channel_axis=channel,
            fill_mode=self.fill_mode,
            cval=self.cval,
        )
        if told.get("channel_shift_intensity") is not None:
            x = apply_channel_shift(x, told["channel_shift_intensity"], channel)
        if told.get("flip_horizontal"):
            x = flip_axis(x, column)
        if told.get("flip_vertical"):
            x = flip_axis(x, row)
        if told.get("brightness") is not None:
            x = apply_brightness_shift(x, told["brightness"])
        return x

    def random_transform(self, x: Any, seed: int | None = None) -> Array:
        """An image changed by chance (or by `seed`)."""
        x = np.asarray(x)
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    # ---- all images ----

    def fit(
        self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None
    ) -> None:
        """Find the statistics that featurewise_* and zca_whitening need.   x: (N, H, W, C)

        augment: of changed images, `rounds` times as many.
        """
        x = np.array(x, self.dtype)
        if x.ndim != 4:
            raise ValueError(
                say(
                    "Input to `.fit()` should have rank 4. Got array with shape: {shape}",
                    shape=x.shape,
                )
            )
        if augment:
            source = array_source(seed)
            x = np.stack(
                [
                    self.apply_transform(one, self._draw(one.shape, source))
                    for _ in range(rounds)
                    for one in x
                ]
            )
        shared = (0, self.row_axis, self.col_axis)
        if self.featurewise_center:
            self.mean = x.mean(axis=shared, keepdims=True)[0]  # -> (1, 1, C)
            x = x - self.mean
        if self.featurewise_std_normalization:
            self.std = x.std(axis=shared, keepdims=True)[0]
            x = x / (self.std + _TINY)
        if self.zca_whitening:
            flat = x.reshape(len(x), -1)  # (N, H, W, C) -> (N, P)
            u, s, _ = np.linalg.svd(flat.T @ flat / len(flat))
            self.principal_components = (u / np.sqrt(s + self.zca_epsilon)) @ u.T


def _zooms(value: Any) -> tuple[float, float]:
    if np.isscalar(value):
        return 1 - value, 1 + value  # type: ignore[operator]
    return _pair("zoom_range", value)


def _pair(argument: str, value: Any) -> tuple[float, float]:
    if not hasattr(value, "__len__") or len(value) != 2:
        raise ValueError(
            say(
                "`{argument}` should be a tuple or list of two floats. Received: {value}",
                argument=argument,
                value=value,
            )
        )
    return value[0], value[1]


def _shift(reach: Any, length: int, source: Any) -> float:
    """How far an image is moved along an axis of that length, in pixels."""
    if isinstance(reach, float):
        move = source.uniform(-reach, reach)
    else:  # one of 0..reach-1, or one of a list, either way
        move = source.choice(reach) * source.choice([-1, 1])
    return move * length if np.max(reach) < 1 else move

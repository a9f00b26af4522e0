"""Batches of images, each image changed by chance as an ImageDataGenerator says."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator as Iterating
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tensorlearn import prefetch
from tensorlearn.config import current_seed, floatx
from tensorlearn.preprocessing.draws import array_source
from tensorlearn.preprocessing.pictures import (
    ENDINGS,
    MODES,
    array_to_img,
    img_to_array,
    load_img,
)
from tensorlearn.utils.conv_utils import normalize_data_format
from tensorlearn.wording import say, suggest

Array = np.ndarray[Any, Any]


class Iterator(prefetch.Sequence):
    """Batches by number (`self[i]`) and without end (`next(self)`).

    n: how many samples. seed: repeats the order and everything drawn for the samples.
    """

    def __init__(
        self, n: int, batch_size: int, shuffle: bool, seed: int | None
    ) -> None:
        self.n = n
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = seed
        self.batch_index = 0
        self.total_batches_seen = 0
        self.index_array: Any = None
        self.lock = threading.Lock()
        seeded = seed is None and current_seed() is not None
        self._ordering = array_source() if seeded else None
        self._first_epoch = True  # the order is still to be drawn, with batch 0
        self._before = 0  # batches that came in earlier epochs
        self._last: Any = None  # what drew the last batch of the epoch

    def __len__(self) -> int:
        return math.ceil(self.n / self.batch_size)

    def __getitem__(self, index: int) -> Any:
        """Batch number `index` of this epoch."""
        if not 0 <= index < len(self):
            raise ValueError(
                say(
                    "Asked to retrieve element {index}, but the Sequence has length "
                    "{length}",
                    index=index,
                    length=len(self),
                )
            )
        with self.lock:
            source = self._numbered(self._before + index)
            self.total_batches_seen += 1
            if self.index_array is None:
                self._order(None)
            if index == 0 and self._first_epoch and self.seed is not None:
                self._drawn(source)  # goes on where the order has ended
            if index == len(self) - 1:
                self._last = source
            start = self.batch_size * index
            chosen = self.index_array[start : start + self.batch_size]
        return self.batch(chosen, source)

    def on_epoch_end(self) -> None:
        """Another order for the next epoch."""
        self._before, self._first_epoch = self.total_batches_seen, False
        self._order(self._last)

    def reset(self) -> None:
        """Start again with the first batch."""
        self.batch_index = 0

    def __iter__(self) -> Iterating[Any]:
        return self

    def __next__(self) -> Any:
        with self.lock:
            source = self._numbered(self.total_batches_seen)
            if self.batch_index == 0:
                self._order(source)
            start = (self.batch_index * self.batch_size) % max(self.n, 1)
            more = self.n > start + self.batch_size
            self.batch_index = self.batch_index + 1 if more else 0
            self.total_batches_seen += 1
            chosen = self.index_array[start : start + self.batch_size]
        return self.batch(chosen, source)

    def next(self) -> Any:
        """The next batch, as `next(self)`."""
        return self.__next__()

    def batch(self, chosen: Array, source: Any) -> Any:
        """The samples with these numbers."""
        raise NotImplementedError

    def _numbered(self, batch: int) -> Any:
        """What draws for batch number `batch` of all, whichever thread makes it."""
        return array_source(None if self.seed is None else self.seed + batch)

    def _order(self, source: Any) -> None:
        if self._ordering is None and self.seed is None and current_seed() is not None:
            self._ordering = array_source(current_seed())  # seeded after this was made
        source = self._ordering or source or self._numbered(self._before)
        self.index_array = self._drawn(source)

    def _drawn(self, source: Any) -> Any:
        return source.permutation(self.n) if self.shuffle else np.arange(self.n)


class NumpyArrayIterator(Iterator):
    """Batches from arrays of images: what ImageDataGenerator.flow returns."""

    def __init__(
        self,
        x: Any,
        y: Any,
        image_data_generator: Any,
        batch_size: int = 32,
        shuffle: bool = False,
        sample_weight: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        dtype: Any = None,
    ) -> None:
        several = isinstance(x, (tuple, list)) and not np.isscalar(x[0])
        images, *others = x if several and np.ndim(x[0]) == 4 else (x,)
        others = others[0] if others and isinstance(others[0], list) else others
        parts = [np.asarray(images, dtype or floatx()), *map(np.asarray, others)]
        y, sample_weight = (
            None if a is None else np.asarray(a) for a in (y, sample_weight)
        )
        for name, array in (
            ("y", y),
            ("sample_weight", sample_weight),
            *_named(parts[1:]),
        ):
            if array is not None and len(array) != len(parts[0]):
                raise ValueError(
                    say(
                        "`x` (images tensor) and `{name}` should have the same length. "
                        "Found: x.shape = {images}, {name}.shape = {got}",
                        name=name,
                        images=parts[0].shape,
                        got=array.shape,
                    )
                )
        if subset is not None:
            part = _subset(subset, len(parts[0]), image_data_generator.validation_split)
            _check_classes(y, part)
            parts = [a[part] for a in parts]
            y, sample_weight = (
                None if a is None else a[part] for a in (y, sample_weight)
            )
        if parts[0].ndim != 4:
            raise ValueError(
                say(
                    "Input data in `NumpyArrayIterator` should have rank 4. You passed an "
                    "array with shape {shape}",
                    shape=parts[0].shape,
                )
            )
        self.x, *self.x_misc = parts
        self.y = y
        self.sample_weight = sample_weight
        self.image_data_generator = image_data_generator
        self.data_format = normalize_data_format(data_format)
        self.save = (save_to_dir, save_prefix, save_format)
        super().__init__(len(self.x), batch_size, shuffle, seed)

    def batch(self, chosen: Array, source: Any) -> Any:
        """Images, changed and standardized, with targets and weights if there are any."""
        generator = self.image_data_generator
        images = np.stack(
            [generator.changed(self.x[i].astype(floatx()), source) for i in chosen]
        )
        _save(images, chosen, self.save, self.data_format)
        found: Any = [images, *(a[chosen] for a in self.x_misc)]
        result = (found if self.x_misc else images,)
        for array in (self.y, self.sample_weight):
            if array is not None:
                result += (array[chosen],)
        return result if self.y is not None else result[0]


class DirectoryIterator(Iterator):
    """Batches from folders of image files, one folder per class (needs Pillow)."""

    def __init__(
        self,
        directory: Any,
        image_data_generator: Any,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        dtype: Any = None,
    ) -> None:
        _known("color_mode", color_mode, tuple(MODES))
        _known(
            "class_mode", class_mode, ("categorical", "binary", "sparse", "input", None)
        )
        self.directory = Path(directory)
        self.image_data_generator = image_data_generator
        self.target_size = tuple(target_size)
        self.color_mode = color_mode
        self.class_mode = class_mode
        self.data_format = normalize_data_format(data_format)
        self.interpolation = interpolation
        self.save = (save_to_dir, save_prefix, save_format)
        found = sorted(p.name for p in self.directory.iterdir() if p.is_dir())
        names = list(classes) if classes else found
        self.num_classes = len(names)
        self.class_indices = {name: i for i, name in enumerate(names)}
        self.filenames: list[str] = []
        numbers: list[int] = []
        for name, number in self.class_indices.items():
            files = _pictures(self.directory / name, follow_links)
            if subset is not None:
                split = image_data_generator.validation_split
                files = files[_subset(subset, len(files), split)]
            self.filenames += [str(p.relative_to(self.directory)) for p in files]
            numbers += [number] * len(files)
        self.classes = np.array(numbers, np.int32)
        self.samples = len(self.filenames)
        channels = {"rgba": 4, "rgb": 3, "grayscale": 1}[color_mode]
        first = self.data_format == "channels_first"
        self.image_shape = (
            (channels, *self.target_size) if first else (*self.target_size, channels)
        )
        super().__init__(self.samples, batch_size, shuffle, seed)

    def batch(self, chosen: Array, source: Any) -> Any:
        """Images, changed and standardized, with targets as class_mode says."""
        images = np.zeros((len(chosen), *self.image_shape), floatx())
        for row, i in zip(images, chosen, strict=True):
            img = load_img(
                self.directory / self.filenames[i],
                color_mode=self.color_mode,
                target_size=self.target_size,  # type: ignore[arg-type]
                interpolation=self.interpolation,
            )
            x = img_to_array(img, self.data_format)
            row[...] = self.image_data_generator.changed(x, source)
        _save(images, chosen, self.save, self.data_format)
        if self.class_mode is None:
            return images
        return images, self._targets(images, self.classes[chosen])

    def _targets(self, images: Array, numbers: Array) -> Array:
        if self.class_mode == "input":
            return images.copy()
        if self.class_mode == "sparse":
            return numbers
        if self.class_mode == "binary":
            return numbers.astype(floatx())
        return np.eye(self.num_classes, dtype=floatx())[numbers]  # (N,) -> (N, C)


def _named(others: Sequence[Any]) -> list[tuple[str, Any]]:
    return [(f"x[{i}]", array) for i, array in enumerate(others, 1)]


def _subset(subset: str, count: int, split: float) -> slice:
    _known("subset", subset, ("training", "validation"))
    cut = int(count * split)
    return slice(0, cut) if subset == "validation" else slice(cut, None)


def _check_classes(y: Any, part: slice) -> None:
    """Refuse a split of sorted data, by which one part would miss some classes."""
    if y is None:
        return
    inside = np.zeros(len(y), bool)
    inside[part] = True
    if not np.array_equal(np.unique(y[inside]), np.unique(y[~inside])):
        raise ValueError(
            say(
                "Training and validation subsets have different number of classes after "
                "the split. If your numpy arrays are sorted by the label, you might want "
                "to shuffle them."
            )
        )


def _known(argument: str, value: Any, known: tuple[Any, ...]) -> None:
    if value not in known:
        raise ValueError(
            say(
                "`{argument}` must be one of {known}, got {value!r}{hint}",
                argument=argument,
                known=", ".join(map(repr, known)),
                value=value,
                hint=suggest(value, [k for k in known if k]),
            )
        )


def _pictures(folder: Path, follow_links: bool) -> list[Path]:
    found = (p for p in folder.rglob("*") if p.suffix.lower().lstrip(".") in ENDINGS)
    return sorted(
        p for p in found if p.is_file() and (follow_links or not p.is_symlink())
    )


def _save(
    images: Array, chosen: Array, where: tuple[Any, str, str], data_format: str
) -> None:
    folder, prefix, ending = where
    if not folder:
        return
    for i, x in zip(chosen, images, strict=True):
        number = array_source().randint(10_000_000)
        name = f"{prefix}_{i}_{number}.{ending}"
        array_to_img(x, data_format, scale=True).save(Path(folder) / name)

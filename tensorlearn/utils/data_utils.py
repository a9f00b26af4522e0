"""Data from files: local paths, a cache that is checked by its hash, parts of HDF5 files.

Nothing here opens a network connection.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import numpy as np

from tensorlearn.prefetch import (
    GeneratorEnqueuer,
    OrderedEnqueuer,
    Sequence,
    SequenceEnqueuer,
)
from tensorlearn.saving.hdf5 import h5py_module
from tensorlearn.wording import say

__all__ = [
    "GeneratorEnqueuer",
    "HDF5Matrix",
    "OrderedEnqueuer",
    "Sequence",
    "SequenceEnqueuer",
    "get_file",
    "validate_file",
]


def get_file(
    fname: Any,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: Any = "auto",
    cache_dir: Any = None,
) -> str:
    """The path of a file that is already on this computer; nothing is downloaded.

    Looks for `fname` as a path, then in the cache (~/.keras/datasets, or $KERAS_HOME);
    `origin` may be a path or a file:// address from which it is copied to the cache.
    file_hash: its SHA-256 or MD5, checked. untar, extract: unpack an archive beside it.
    Raises FileNotFoundError saying where to put a file that is only on the network.
    """
    expected = file_hash or md5_hash
    if md5_hash is not None and file_hash is None:
        hash_algorithm = "md5"
    wanted = Path(os.fspath(fname)).expanduser()
    cache = _cache(cache_dir) / cache_subdir
    target = cache / (f"{wanted.name}.tar.gz" if untar else wanted.name)
    found = next((p for p in (wanted, target) if p.is_file()), None)
    if found is None:
        found = _fetched(origin, target)
    if expected is not None and not validate_file(found, expected, hash_algorithm):
        raise ValueError(
            say(
                "{path} is not the file that is wanted: its {kind} differs from {hash}; "
                "delete it and get it again",
                path=found,
                kind=_algorithm(hash_algorithm, expected),
                hash=expected,
            )
        )
    if untar:
        _unpack(found, "tar")
        return str(found.with_name(wanted.name))
    if extract:
        _unpack(found, archive_format)
    return str(found)


def _cache(given: Any) -> Path:
    home = given or os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    return Path(home).expanduser()


def _fetched(origin: str | None, target: Path) -> Path:
    """A copy of `origin` in the cache, if it is on this computer."""
    parts = urlparse(str(origin or ""))
    if origin and parts.scheme == "file":
        path = unquote(parts.path)
        source = Path(path[1:] if path[2:3] == ":" else path)  # /C:/folder on Windows
    elif origin and (not parts.scheme or len(parts.scheme) == 1):  # C:\ is no scheme
        source = Path(origin).expanduser()
    else:
        raise FileNotFoundError(
            say(
                "{name} is not on this computer, and nothing is downloaded; get it from "
                "{origin} and save it as {target}",
                name=target.name,
                origin=origin or say("its source"),
                target=target,
            )
        )
    if not source.is_file():
        raise FileNotFoundError(
            say("there is no file {path}, named as the origin", path=source)
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return target


def validate_file(
    fpath: Any, file_hash: str, algorithm: str = "auto", chunk_size: int = 65535
) -> bool:
    """Whether the file has this SHA-256 or MD5 ("auto": told by the hash's length)."""
    digest = hashlib.new(_algorithm(algorithm, file_hash))
    with open(fpath, "rb") as file:
        while chunk := file.read(chunk_size):
            digest.update(chunk)
    return digest.hexdigest() == str(file_hash).lower()


def _algorithm(asked: str, file_hash: str) -> str:
    return "sha256" if asked == "sha256" or len(file_hash) == 64 else "md5"


def _unpack(path: Path, archive_format: Any) -> None:
    """Unpack beside the archive; nothing in it may lead out of that folder."""
    kinds = (
        [archive_format] if isinstance(archive_format, str) else archive_format or []
    )
    if "auto" in kinds:
        kinds = ["tar", "zip"]
    if "tar" in kinds and tarfile.is_tarfile(path):
        with tarfile.open(path) as tar:
            tar.extractall(path.parent, filter="data")
    elif "zip" in kinds and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            archive.extractall(path.parent)


class HDF5Matrix:
    """A part of an HDF5 data set that is read piece by piece, where an array is expected.

    datapath: the file. dataset: the name in it. start, end: the part. normalizer: applied
    to every piece that is read. Training on it needs shuffle="batch" or False.

    >>> HDF5Matrix("no/such/file.h5", "x")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    FileNotFoundError: ...
    """

    def __init__(
        self,
        datapath: Any,
        dataset: str,
        start: int = 0,
        end: int | None = None,
        normalizer: Callable[[Any], Any] | None = None,
    ) -> None:
        self.data = _opened(datapath, dataset)
        self.start = start
        self.end = self.data.shape[0] if end is None else end
        self.normalizer = normalizer
        if not 0 <= self.start <= self.end <= self.data.shape[0]:
            raise ValueError(
                say(
                    "HDF5Matrix: `start` and `end` must lie in 0..{size}, got {start} and "
                    "{end}",
                    size=self.data.shape[0],
                    start=start,
                    end=self.end,
                )
            )

    def __len__(self) -> int:
        return self.end - self.start

    def __getitem__(self, key: Any) -> Any:
        """Rows by number, slice, or a list or array of numbers."""
        size = len(self)
        if isinstance(key, slice):
            first, last, step = key.indices(size)
            found = self.data[self.start + first : self.start + max(first, last)][
                ::step
            ]
        elif isinstance(key, (int, np.integer)):
            found = self.data[self.start + self._checked(np.asarray(key))]
        else:
            rows = self._checked(np.asarray(key)).astype(np.int64)
            chosen, places = np.unique(rows + self.start, return_inverse=True)
            found = self.data[chosen][places]  # HDF5 wants rising numbers
        return found if self.normalizer is None else self.normalizer(found)

    def _checked(self, rows: Any) -> Any:
        size = len(self)
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        if rows.size and (rows.min() < -size or rows.max() >= size):
            raise IndexError(
                say("HDF5Matrix: row {row} is not among {size}", row=rows, size=size)
            )
        return np.where(rows < 0, rows + size, rows)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.asarray(self[:], dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the part."""
        return (len(self), *self.data.shape[1:])

    @property
    def dtype(self) -> Any:
        """The number type in the file."""
        return self.data.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.data.shape)

    @property
    def size(self) -> int:
        """The number of values in the part."""
        return int(np.prod(self.shape))


_open_files: dict[str, Any] = {}  # one handle per file: HDF5 dislikes several


def _opened(path: Any, name: str) -> Any:
    key = str(Path(os.fspath(path)).resolve())
    with open(key, "rb"):
        pass
    if key not in _open_files or not _open_files[key]:
        _open_files[key] = h5py_module().File(key, "r")
    return _open_files[key][name]

"""Weights as a NumPy archive, for places without h5py: one array per weight.

The arrays are named `number|layer|number|weight`; numbers keep the order, and what a
file name cannot hold is written as in web addresses (%2F for a slash).
"""

from __future__ import annotations

import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, unquote

import numpy as np

from tensorlearn.saving.stored import Stored, StoredLayer
from tensorlearn.wording import say

_SEPARATOR = "|"
_DENSEST = 64  # how many times smaller than its values a compressed array may be
_SLACK = 1 << 20  # bytes


def write_layers(path: str, layers: Iterable[Any]) -> None:
    """Write every layer's weights to a .npz file."""
    arrays = {}
    for i, layer in enumerate(layers):
        key = f"{i}{_SEPARATOR}{quote(layer.name, '')}{_SEPARATOR}"
        arrays[key] = np.zeros(0, np.float32)
        for k, p in enumerate(layer.weights):
            arrays[f"{key}{k}{_SEPARATOR}{quote(p.name, '')}"] = p.data
    with open(path, "wb") as file:
        np.savez(file, **arrays)


@contextmanager
def reading(path: Any) -> Iterator[zipfile.ZipFile]:
    """The opened archive; whatever is wrong with its bytes becomes a ValueError.

    Raises FileNotFoundError, or another OSError, if there is no such file to be opened.
    """
    with open(path, "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                yield archive
        except _STUMBLES as error:
            raise ValueError(
                say("{path} is not a weight archive: {reason}", path=path, reason=error)
            ) from error


_STUMBLES = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    tokenize.TokenError,
    SyntaxError,
    OSError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,  # encrypted, or compressed in a way that Python does not know
    MemoryError,
)


def read_layers(archive: zipfile.ZipFile) -> Stored:
    """What the archive holds; ValueError if it was not written by `write_layers`."""
    layers: dict[tuple[int, str], dict[int, tuple[str, Any]]] = {}
    for name in archive.namelist():
        number, layer, *rest = [*name.removesuffix(".npy").split(_SEPARATOR), ""]
        if not number.isdecimal() or not (rest[0].isdecimal() or rest == ["", ""]):
            raise ValueError(
                say(
                    "{name!r} in the file is not an array of a weight archive",
                    name=name,
                )
            )
        own = layers.setdefault((int(number), unquote(layer)), {})
        if rest[0]:
            own[int(rest[0])] = (unquote(rest[1]), _Member(archive, name))
    return Stored(
        [
            StoredLayer(layer, [own[k] for k in sorted(own)])
            for (_, layer), own in sorted(layers.items())
        ],
        "2.2.4",
        None,
    )


class _Member:
    """One array of the archive: its shape is read at once, its values on demand."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self.archive, self.name = archive, name
        with archive.open(name) as file:
            version = np.lib.format.read_magic(file)
            reader = (
                np.lib.format.read_array_header_1_0
                if version == (1, 0)
                else np.lib.format.read_array_header_2_0
            )
            self.shape, _, self.dtype = reader(file)
        if self.dtype.kind not in "fiub":
            raise ValueError(say("{name!r} in the file is not numeric", name=name))
        info = archive.getinfo(name)
        declared = math.prod(self.shape) * self.dtype.itemsize
        stored = min(info.file_size, _DENSEST * info.compress_size + _SLACK)
        if declared > stored or min(self.shape, default=0) < 0:
            raise ValueError(
                say(
                    "{name!r} in the file declares {declared} bytes and holds {stored}, so "
                    "it is not read",
                    name=name,
                    declared=declared,
                    stored=info.compress_size,
                )
            )

    def __getitem__(self, key: Any) -> Any:
        with self.archive.open(self.name) as file:
            return np.lib.format.read_array(file, allow_pickle=False)

"""Weights as a NumPy archive, for places without h5py: one array per weight.

The arrays are named `layer/number/weight`; numbers keep the order.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from typing import Any

import numpy as np

from tensorlearn.saving.stored import Stored, StoredLayer
from tensorlearn.wording import say

_SEPARATOR = "|"


def write_layers(path: str, layers: Iterable[Any]) -> None:
    """Write every layer's weights to a .npz file."""
    arrays = {}
    for i, layer in enumerate(layers):
        key = f"{i}{_SEPARATOR}{layer.name}"
        arrays[f"{key}{_SEPARATOR}"] = np.zeros(0, np.float32)
        for k, p in enumerate(layer.weights):
            arrays[f"{key}{_SEPARATOR}{k}{_SEPARATOR}{p.name}"] = p.data
    with open(path, "wb") as file:
        np.savez(file, **{key.replace("/", ":"): a for key, a in arrays.items()})


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

    def __getitem__(self, key: Any) -> Any:
        with self.archive.open(self.name) as file:
            return np.lib.format.read_array(file, allow_pickle=False)


def read_layers(path: Any) -> Stored:
    """What the archive holds; ValueError if it was not written by `write_layers`."""
    layers: dict[tuple[int, str], dict[int, tuple[str, Any]]] = {}
    try:
        archive = zipfile.ZipFile(path)
        for name in archive.namelist():
            number, layer, *rest = name.removesuffix(".npy").split(_SEPARATOR)
            own = layers.setdefault((int(number), layer), {})
            if rest != [""]:
                own[int(rest[0])] = (rest[1], _Member(archive, name))
    except FileNotFoundError:
        raise
    except (zipfile.BadZipFile, ValueError, IndexError, OSError, EOFError) as error:
        raise ValueError(
            say("{path} is not a weight archive: {reason}", path=path, reason=error)
        ) from error
    return Stored(
        [
            StoredLayer(layer, [own[k] for k in sorted(own)])
            for (_, layer), own in sorted(layers.items())
        ],
        "2.2.4",
        None,
    )

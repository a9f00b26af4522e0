"""Keras's HDF5 layout for weights: a group per layer, a data set per weight.

A reader looks before it leaps: links to other files, virtual data sets and declared sizes
that no weight has are refused before a single value is read. What it cannot rule out are
faults of the HDF5 library itself: files of strangers are safer as JSON and .npz.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from tensorlearn.saving.heaps import check_heaps
from tensorlearn.saving.stored import Stored, StoredLayer
from tensorlearn.wording import say

KERAS_VERSION = "2.2.4"
BACKEND = "tensorflow"  # whose kernel layout the files have
_ATTRIBUTE_LIMIT = 64512  # bytes; HDF5 allows no more in an object header
_ATTRIBUTE_SIZE = 1 << 26  # bytes that are read of an attribute at most
_DENSEST = 64  # how many times smaller than its values a compressed data set may be
_SLACK = 1 << 20  # bytes that may be declared although nothing is stored


def h5py_module() -> Any:
    """The h5py package; ImportError says what works without it."""
    try:
        import h5py
    except ImportError as error:
        raise ImportError(
            say(
                "HDF5 files need the package h5py: pip install h5py; weights can be saved "
                "without it to a file that ends in .npz"
            )
        ) from error
    return h5py


@contextmanager
def reading(path: Any) -> Iterator[Any]:
    """The opened HDF5 file; whatever its library stumbles over becomes a ValueError.

    Raises FileNotFoundError, or another OSError, if there is no such file to be opened.
    """
    h5py = h5py_module()
    with open(path, "rb"):  # what the system says is clearer than what HDF5 says
        pass
    try:
        with h5py.File(path, "r") as file:
            check_heaps(path, file)
            yield file
    except _STUMBLES as error:
        raise ValueError(
            say("{path} is not a readable HDF5 file: {reason}", path=path, reason=error)
        ) from error


@contextmanager
def writing(path: Any) -> Iterator[Any]:
    """A new HDF5 file: put together in memory, and written when the block is done.

    On a full disk that raises a plain OSError; the library itself would stumble on,
    noisily, for as long as anything of the file is alive.
    """
    told = {"driver": "core", "backing_store": False}
    with h5py_module().File(path, "w", **told) as file:
        yield file
        file.flush()
        image = file.id.get_file_image()
    with open(path, "wb") as written:
        written.write(image)


_STUMBLES = (
    OSError,
    RuntimeError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    SystemError,
    ArithmeticError,
    MemoryError,
    AssertionError,
)


def write_layers(group: Any, layers: Iterable[Any]) -> None:
    """Write every layer's weights under `group`, as Keras 2.2.4 does."""
    layers = list(layers)
    write_names(group, "layer_names", [layer.name for layer in layers])
    group.attrs["backend"] = BACKEND.encode()
    group.attrs["keras_version"] = KERAS_VERSION.encode()
    for layer in layers:
        own = group.create_group(layer.name)
        weights = layer.weights
        write_names(own, "weight_names", [p.name for p in weights])
        for p in weights:
            own.create_dataset(p.name, data=p.data)


def write_names(group: Any, attribute: str, names: Sequence[str]) -> None:
    """Store a list of names, in numbered pieces if it is too long for one attribute."""
    data = np.array([name.encode() for name in names], dtype=np.bytes_)
    pieces = 1
    while data.nbytes > _ATTRIBUTE_LIMIT * pieces:
        pieces += 1
    if pieces == 1:
        group.attrs[attribute] = data if len(names) else np.array([], "S1")
        return
    for i, part in enumerate(np.array_split(data, pieces)):
        group.attrs[f"{attribute}{i}"] = part


def read_names(group: Any, name: str) -> list[str]:
    """The names that `write_names` stored; ValueError if there are none."""
    found = attribute(group, name)
    parts = [] if found is None else [found]
    while (
        found is None and (part := attribute(group, f"{name}{len(parts)}")) is not None
    ):
        parts.append(part)
    if not parts:
        raise ValueError(
            say(
                "the group {group!r} has no attribute {attribute!r}; this is not a Keras "
                "weight file",
                group=group.name,
                attribute=name,
            )
        )
    return [text(one) for part in parts for one in np.atleast_1d(part)]


def attribute(group: Any, name: str) -> Any:
    """An attribute of the group, or None; ValueError if its size is not believable."""
    if name not in group.attrs:
        return None
    declared = group.attrs.get_id(name)
    size = math.prod(declared.shape) * max(declared.dtype.itemsize, 1)
    if size > _ATTRIBUTE_SIZE:
        raise ValueError(
            say("the attribute {attribute!r} in the file is too large", attribute=name)
        )
    return group.attrs[name]


def text(value: Any) -> str:
    """An attribute that should be text, as str; "" for None."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, str):
        return str(value)
    raise ValueError(
        say("a name in the file is not text but {got}", got=type(value).__name__)
    )


def read_layers(group: Any) -> Stored:
    """What a weight group holds, without reading the values yet."""
    version = text(attribute(group, "keras_version")) or "1"
    backend = text(attribute(group, "backend")) or None
    layers = []
    for name in read_names(group, "layer_names"):
        own = member(group, name)
        names = read_names(own, "weight_names")
        layers.append(StoredLayer(name, [(n, dataset(own, n)) for n in names]))
    return Stored(layers, version, backend)


def weight_group(file: Any) -> Any:
    """Where the layers are: at the top of a weight file, in a group of a model file."""
    here = "layer_names" in file.attrs or "layer_names0" in file.attrs
    inside = not here and has(file, "model_weights")
    return member(file, "model_weights") if inside else file


def has(group: Any, name: str) -> bool:
    """Whether something of that name is there; a link is not followed to find out."""
    return group.get(name, getlink=True) is not None


def member(group: Any, name: str) -> Any:
    """`group[name]`, refusing links that lead out of the file."""
    h5py = h5py_module()
    here = group
    for part in [p for p in name.split("/") if p]:
        inside = isinstance(here, h5py.Group)
        link = (
            here.get(part, getlink=True) if inside and part not in (".", "..") else None
        )
        if not isinstance(link, h5py.HardLink):
            raise ValueError(
                say(
                    "the file has no {name!r} under {group!r}, or it is a link, which is "
                    "not followed",
                    name=name,
                    group=group.name,
                )
            )
        here = here[part]
    return here


def dataset(group: Any, name: str) -> Any:
    """The numeric data set `name`, refusing those whose values lie elsewhere or nowhere."""
    h5py = h5py_module()
    found = member(group, name)
    plain = (
        isinstance(found, h5py.Dataset)
        and not found.is_virtual
        and not found.external
        and found.dtype.kind in "fiub"
        and found.shape is not None
    )
    if not plain:
        raise ValueError(
            say(
                "{name!r} in the file is not a plain numeric data set, so it is not read",
                name=name,
            )
        )
    declared = math.prod(found.shape) * found.dtype.itemsize
    stored = found.id.get_storage_size()
    if declared > _DENSEST * stored + _SLACK:
        raise ValueError(
            say(
                "{name!r} in the file declares {declared} bytes and holds {stored}, so it "
                "is not read",
                name=name,
                declared=declared,
                stored=stored,
            )
        )
    return found

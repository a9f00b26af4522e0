"""Keras's HDF5 layout for weights: a group per layer, a data set per weight.

A reader looks before it leaps: links to other files, virtual data sets and declared sizes
that no weight has are refused before a single value is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tensorlearn.saving.stored import Stored, StoredLayer
from tensorlearn.wording import say

KERAS_VERSION = "2.2.4"
BACKEND = "tensorflow"  # whose kernel layout the files have
_ATTRIBUTE_LIMIT = 64512  # bytes; HDF5 allows no more in an object header


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


def open_for_reading(path: Any) -> Any:
    """The HDF5 file; OSError or ValueError if it is none."""
    h5py = h5py_module()
    try:
        return h5py.File(path, "r")
    except FileNotFoundError:
        raise
    except (OSError, RuntimeError) as error:
        raise ValueError(
            say("{path} is not a readable HDF5 file: {reason}", path=path, reason=error)
        ) from error


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


def read_names(group: Any, attribute: str) -> list[str]:
    """The names that `write_names` stored; ValueError if there are none."""
    if attribute in group.attrs:
        found = [group.attrs[attribute]]
    else:
        found = []
        while f"{attribute}{len(found)}" in group.attrs:
            found.append(group.attrs[f"{attribute}{len(found)}"])
    if not found:
        raise ValueError(
            say(
                "the group {group!r} has no attribute {attribute!r}; this is not a Keras "
                "weight file",
                group=group.name,
                attribute=attribute,
            )
        )
    return [text(name) for part in found for name in np.atleast_1d(part)]


def text(value: Any) -> str:
    """An attribute that should be text, as str."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, str):
        return str(value)
    raise ValueError(
        say("a name in the file is not text but {got}", got=type(value).__name__)
    )


def read_layers(group: Any) -> Stored:
    """What a weight group holds, without reading the values yet."""
    version = text(group.attrs.get("keras_version", "1"))
    backend = text(group.attrs["backend"]) if "backend" in group.attrs else None
    layers = []
    for name in read_names(group, "layer_names"):
        own = member(group, name)
        names = read_names(own, "weight_names")
        layers.append(StoredLayer(name, [(n, dataset(own, n)) for n in names]))
    return Stored(layers, version, backend)


def member(group: Any, name: str) -> Any:
    """`group[name]`, refusing links that lead out of the file."""
    h5py = h5py_module()
    here = group
    for part in [p for p in name.split("/") if p]:
        try:
            link = here.get(part, getlink=True)
        except (KeyError, TypeError, RuntimeError, ValueError, AttributeError):
            link = None
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
    """The numeric data set `name`, refusing those whose values lie elsewhere."""
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
                name=found.name,
            )
        )
    return found

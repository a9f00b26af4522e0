"""Saving weights and finding their way back: by order, or by name."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tensorlearn.declare.fields import label
from tensorlearn.saving import hdf5, npz
from tensorlearn.saving.atomic import replacing
from tensorlearn.saving.layouts import convert
from tensorlearn.saving.stored import Stored, StoredLayer
from tensorlearn.wording import say


def save_weights(layers: Iterable[Any], path: Any, overwrite: bool = True) -> None:
    """Write the weights of `layers` to `path`: HDF5 as Keras does, or NumPy for *.npz."""
    with replacing(path, overwrite) as temporary:
        if str(path).endswith(".npz"):
            npz.write_layers(temporary, layers)
            return
        with hdf5.writing(temporary) as file:
            hdf5.write_layers(file, layers)


def load_weights(
    layers: Sequence[Any],
    path: Any,
    by_name: bool = False,
    skip_mismatch: bool = False,
    reshape: bool = False,
) -> list[str]:
    """Read weights into `layers`; returns the names of the layers that were loaded.

    Everything is checked before anything is written, so a refused file changes nothing.
    """
    if skip_mismatch and not by_name:
        raise ValueError(
            say(
                "load_weights: `skip_mismatch` is only possible with by_name=True, since "
                "otherwise nothing says which layer belongs to which"
            )
        )
    if str(path).endswith(".npz"):
        with npz.reading(path) as archive:
            stored = npz.read_layers(archive)
            return apply_stored(layers, stored, by_name, skip_mismatch, reshape)
    with hdf5.reading(path) as file:
        stored = hdf5.read_layers(hdf5.weight_group(file))
        return apply_stored(layers, stored, by_name, skip_mismatch, reshape)


def apply_stored(
    layers: Sequence[Any],
    stored: Stored,
    by_name: bool = False,
    skip_mismatch: bool = False,
    reshape: bool = False,
) -> list[str]:
    """Match what a file holds with layers, and write it into their weights."""
    pairs = (
        _by_name(layers, stored, skip_mismatch)
        if by_name
        else _by_order(layers, stored)
    )
    ready: list[tuple[Any, Any]] = []
    loaded = []
    for layer, source in pairs:
        weights = layer.weights
        try:
            arrays = _fitting(layer, source, stored, reshape)
        except ValueError as error:
            if not skip_mismatch:
                raise
            warnings.warn(
                say(
                    "Skipping loading of weights for layer {name}: {reason}",
                    name=layer.name,
                    reason=error,
                ),
                stacklevel=3,
            )
            continue
        ready += zip(weights, arrays, strict=True)
        loaded.append(layer.name)
    for weight, array in ready:
        weight.assign(array)
    return loaded


def _by_order(layers: Sequence[Any], stored: Stored) -> list[tuple[Any, StoredLayer]]:
    targets = [layer for layer in layers if layer.weights]
    sources = [source for source in stored.layers if source.weights]
    if len(targets) != len(sources):
        raise ValueError(
            say(
                "You are trying to load a weight file containing {got} layers into a "
                "model with {wanted} layers; the file has {names}; pass by_name=True to "
                "load only those whose names match",
                got=len(sources),
                wanted=len(targets),
                names=[source.name for source in sources],
            )
        )
    return list(zip(targets, sources, strict=True))


def _by_name(
    layers: Sequence[Any], stored: Stored, skip_mismatch: bool
) -> list[tuple[Any, StoredLayer]]:
    known: dict[str, list[Any]] = {}
    for layer in layers:
        known.setdefault(layer.name, []).append(layer)
    return [(t, source) for source in stored.layers for t in known.get(source.name, [])]


def _fitting(
    layer: Any, source: StoredLayer, stored: Stored, reshape: bool
) -> list[np.ndarray[Any, Any]]:
    """The file's arrays in this layer's layout; ValueError if they do not fit."""
    weights = layer.weights
    total = sum(p.size for p in weights)
    arrays = source.read(2 * total + 64)
    arrays = convert(layer, arrays, stored.version, stored.backend)
    if len(arrays) != len(weights):
        raise ValueError(
            say(
                "{owner} corresponds to layer {name!r} in the file, but it expects "
                "{wanted} weights {shapes} and the file has {got}",
                owner=label(layer),
                name=source.name,
                wanted=len(weights),
                shapes=[p.shape for p in weights],
                got=len(arrays),
            )
        )
    fitted = []
    for p, array in zip(weights, arrays, strict=True):
        if reshape and array.size == p.size:
            array = array.reshape(p.shape)
        if array.shape != p.shape:
            raise ValueError(
                say(
                    "{owner}: weight {weight} has shape {wanted}, but layer {name!r} in "
                    "the file has {got}; by_name=True and skip_mismatch=True leave it out",
                    owner=label(layer),
                    weight=p.name,
                    wanted=p.shape,
                    name=source.name,
                    got=array.shape,
                )
            )
        fitted.append(array)
    return fitted

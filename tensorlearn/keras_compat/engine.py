"""Functions of `keras.engine` that scripts import, in terms of our own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorlearn.engine.symbol import Call
from tensorlearn.models.network import Network
from tensorlearn.preprocessing.draws import array_source
from tensorlearn.saving import hdf5
from tensorlearn.saving.layouts import convert
from tensorlearn.saving.weights import apply_stored

Array = np.ndarray[Any, Any]
Node = Call
Container = Network


def make_batches(size: int, batch_size: int) -> list[tuple[int, int]]:
    """Where each batch starts and ends."""
    return [(i, min(size, i + batch_size)) for i in range(0, size, batch_size)]


def batch_shuffle(index_array: Array, batch_size: int) -> Array:
    """Numbers in another order in which whole batches stay together."""
    whole = len(index_array) // batch_size * batch_size
    batches = index_array[:whole].reshape(-1, batch_size)
    order = array_source().permutation(len(batches))
    return np.append(batches[order].ravel(), index_array[whole:])


def save_weights_to_hdf5_group(f: Any, layers: Sequence[Any]) -> None:
    """Write the weights of layers to an open HDF5 group."""
    hdf5.write_layers(f, layers)


def load_weights_from_hdf5_group(
    f: Any, layers: Sequence[Any], reshape: bool = False
) -> None:
    """Read the weights of layers, in order, from an open HDF5 group."""
    apply_stored(layers, hdf5.read_layers(f), reshape=reshape)


def load_weights_from_hdf5_group_by_name(
    f: Any, layers: Sequence[Any], skip_mismatch: bool = False, reshape: bool = False
) -> None:
    """Read the weights of layers, by their names, from an open HDF5 group."""
    apply_stored(layers, hdf5.read_layers(f), True, skip_mismatch, reshape)


def preprocess_weights_for_loading(
    layer: Any,
    weights: Sequence[Any],
    original_keras_version: str | None = None,
    original_backend: str | None = None,
    reshape: bool = False,
) -> list[Array]:
    """Weights of an older version of Keras in the layout that `layer` has now."""
    arrays = [np.asarray(w) for w in weights]
    return convert(layer, arrays, original_keras_version or "1", original_backend)

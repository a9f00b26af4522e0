"""Looking at the layers of a model from outside, and converting old weights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tensorlearn.models.summary import print_summary
from tensorlearn.saving.layouts import CONVOLUTIONS
from tensorlearn.utils.conv_utils import convert_kernel

__all__ = [
    "convert_all_kernels_in_model",
    "convert_dense_weights_data_format",
    "count_params",
    "get_source_inputs",
    "print_summary",
]


def count_params(weights: Iterable[Any]) -> int:
    """The number of values in a list of weights, each weight counted once."""
    return sum({id(w): int(np.prod(np.shape(w))) for w in weights}.values())


def convert_all_kernels_in_model(model: Any) -> None:
    """Reverse the taps of all convolution kernels: weights from Theano, or for it."""
    for layer in model.layers:
        if type(layer).__name__ in CONVOLUTIONS:
            layer.kernel.assign(convert_kernel(layer.kernel.numpy()))


def convert_dense_weights_data_format(
    dense: Any,
    previous_feature_map_shape: tuple[int, int, int],
    target_data_format: str = "channels_first",
) -> None:
    """Reorder the kernel of a Dense behind a Flatten for the other layout of images.

    previous_feature_map_shape: shape of the images before Flatten, in the target layout.
    """
    kernel, *rest = dense.get_weights()
    shape = previous_feature_map_shape
    if target_data_format == "channels_first":
        channels, *space = shape
        old, order = (*space, channels), (2, 0, 1)
    else:
        *space, channels = shape
        old, order = (channels, *space), (1, 2, 0)
    maps = kernel.reshape(*old, -1)  # (P, F) -> (*old, F)
    dense.set_weights([maps.transpose(*order, 3).reshape(kernel.shape), *rest])


def get_source_inputs(
    tensor: Any, layer: Any = None, node_index: int | None = None
) -> list[Any]:
    """The Input Symbols that a Symbol was computed from."""
    found: dict[int, Any] = {}
    waiting = [tensor]
    seen = set()
    while waiting:
        symbol = waiting.pop()
        if id(symbol) in seen:
            continue
        seen.add(id(symbol))
        if symbol.call is None or not symbol.call.inputs:
            found[id(symbol)] = symbol
        else:
            waiting.extend(reversed(symbol.call.inputs))
    return list(found.values())

"""Weight layouts of older Keras versions, brought into today's.

Keras 1 kept one array per gate, kernels with the channels first, and Theano files hold
kernels that are flipped; the layer's own declared shapes decide what must be done.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Arrays = list[np.ndarray[Any, Any]]

CONVOLUTIONS = {
    "Conv1D",
    "Conv2D",
    "Conv3D",
    "Conv2DTranspose",
    "AtrousConvolution1D",
    "AtrousConvolution2D",
    "ConvLSTM2D",
}
"""Layers whose first weight is a convolution kernel."""


def convert(layer: Any, arrays: Arrays, version: str, backend: str | None) -> Arrays:
    """`arrays` as they were stored, in the order and shapes that `layer` wants now."""
    kind = type(layer).__name__
    inner = getattr(layer, "layer", None)
    if kind == "Bidirectional":
        half = len(arrays) // 2
        return convert(layer.forward_layer, arrays[:half], version, backend) + convert(
            layer.backward_layer, arrays[half:], version, backend
        )
    if kind == "TimeDistributed" and inner is not None:
        return convert(inner, arrays, version, backend)
    if hasattr(layer, "connect"):
        return _nested(layer, arrays, version, backend)
    if version.startswith("1"):
        arrays = _from_keras1(layer, kind, arrays)
    if backend == "theano" and kind in CONVOLUTIONS and arrays:
        arrays = [_flipped(arrays[0]), *arrays[1:]]
    if kind == "GRU" and len(arrays) == 3:
        arrays = _gru_bias(layer, arrays)
    return arrays


def _nested(model: Any, arrays: Arrays, version: str, backend: str | None) -> Arrays:
    """A nested model's arrays: first all trainable ones, then all others."""
    counts = {layer: _held(layer, version) for layer in model.layers}
    first = sum(own for own, _ in counts.values()) if model.trainable else 0
    waiting = {True: list(arrays[:first]), False: list(arrays[first:])}
    done: dict[bool, Arrays] = {True: [], False: []}
    for layer, (own, rest) in counts.items():
        if not model.trainable:  # then they stand layer by layer
            own, rest = 0, own + rest
        taken = waiting[True][:own] + waiting[False][:rest]
        waiting[True], waiting[False] = waiting[True][own:], waiting[False][rest:]
        fitted = convert(layer, taken, version, backend)
        cut = len(layer.trainable_weights) if model.trainable else 0
        done[True] += fitted[:cut]
        done[False] += fitted[cut:]
    return done[True] + done[False] + waiting[True] + waiting[False]


def _held(layer: Any, version: str) -> tuple[int, int]:
    """How many trainable arrays of a layer a file of that version holds, and others."""
    own, rest = len(layer.trainable_weights), len(layer.non_trainable_weights)
    gates = _gates(layer) if version.startswith("1") else 0
    if gates:
        return (gates * 3, 0) if own else (0, gates * 3)
    return own, rest


def _gates(layer: Any) -> int:
    """How many gates had arrays of their own in Keras 1."""
    kind = type(layer).__name__
    if kind == "Bidirectional":
        return 2 * _gates(layer.forward_layer)
    if kind == "TimeDistributed":
        return _gates(layer.layer)
    return {"LSTM": 4, "GRU": 3}.get(kind, 0)


def _from_keras1(layer: Any, kind: str, arrays: Arrays) -> Arrays:
    if kind == "LSTM" and len(arrays) == 12:
        return keras1_lstm(arrays)
    if kind == "GRU" and len(arrays) == 9:
        return keras1_gru(arrays)
    if kind in ("Conv1D", "AtrousConvolution1D") and arrays and arrays[0].ndim == 4:
        kernel = arrays[0]
        if kernel.shape[1] == 1 and kernel.shape[0] == layer.kernel_size[0]:
            return [kernel[:, 0], *arrays[1:]]  # (K, 1, C, F) -> (K, C, F)
        return [np.transpose(kernel[..., 0], (2, 1, 0)), *arrays[1:]]  # (F, C, K, 1)
    channels_first = getattr(layer, "data_format", "") == "channels_first"
    if kind in ("Conv2D", "AtrousConvolution2D") and arrays and channels_first:
        return [np.transpose(arrays[0], (2, 3, 1, 0)), *arrays[1:]]  # (F, C, *K)
    if kind == "Conv3D" and arrays and channels_first:
        return [np.transpose(arrays[0], (2, 3, 4, 1, 0)), *arrays[1:]]
    if kind == "Conv2DTranspose" and arrays:
        order = (2, 3, 0, 1) if channels_first else (0, 1, 3, 2)
        return [np.transpose(arrays[0], order), *arrays[1:]]
    return arrays


def keras1_lstm(arrays: Arrays) -> Arrays:
    """12 arrays (W, U, b of the gates i, c, f, o) as kernel, recurrent_kernel, bias."""
    order = (0, 6, 3, 9)  # i, f, c, o
    return [np.concatenate([arrays[k + i] for k in order], -1) for i in range(3)]


def keras1_gru(arrays: Arrays) -> Arrays:
    """9 arrays (W, U, b of the gates z, r, h) as kernel, recurrent_kernel, bias."""
    return [np.concatenate([arrays[k + i] for k in (0, 3, 6)], -1) for i in range(3)]


def _gru_bias(layer: Any, arrays: Arrays) -> Arrays:
    """One bias row or two: with reset_after the recurrent half has its own."""
    kernel, recurrent, bias = arrays
    wanted = layer.weights[2].shape if len(layer.weights) == 3 else bias.shape
    if bias.shape != wanted and bias.size == int(np.prod(wanted)):
        bias = bias.reshape(wanted)
    return [kernel, recurrent, bias]


def _flipped(kernel: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A Theano kernel (true convolution) as the correlation that Keras 2 computes."""
    space = tuple(slice(None, None, -1) for _ in range(kernel.ndim - 2))
    return np.ascontiguousarray(kernel[space])

"""Arithmetic of convolutions, and kernels between the conventions of old backends."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorlearn.config import FORMATS, image_data_format
from tensorlearn.wording import say

Array = np.ndarray[Any, Any]


def convert_kernel(kernel: Any) -> Array:
    """A kernel from Theano's convention to TensorFlow's, or back: its taps in reverse.

    (*K, C, F) -> (*K, C, F)
    """
    kernel = np.asarray(kernel)
    if not 3 <= kernel.ndim <= 5:
        raise ValueError(
            say("convert_kernel: Invalid kernel shape: {shape}", shape=kernel.shape)
        )
    space = tuple(slice(None, None, -1) for _ in range(kernel.ndim - 2))
    return kernel[space].copy()


def normalize_tuple(value: Any, n: int, name: str) -> tuple[int, ...]:
    """An integer or n of them, as a tuple of n."""
    found = (value,) * n if np.isscalar(value) else value
    try:
        numbers = tuple(int(v) for v in found)
    except (TypeError, ValueError):
        numbers = ()
    if len(numbers) != n:
        raise ValueError(
            say(
                "The `{name}` argument must be a tuple of {n} integers. Received: "
                "{value!r}",
                name=name,
                n=n,
                value=value,
            )
        )
    return numbers


def normalize_padding(value: str) -> str:
    """ "valid", "same" or "causal", in small letters."""
    padding = str(value).lower()
    if padding not in ("valid", "same", "causal"):
        raise ValueError(
            say(
                "The `padding` argument must be one of 'valid', 'same' (or 'causal' for "
                "Conv1D). Received: {value}",
                value=value,
            )
        )
    return padding


def normalize_data_format(value: str | None) -> str:
    """channels_last or channels_first; None means the global setting."""
    data_format = image_data_format() if value is None else str(value).lower()
    if data_format not in FORMATS:
        raise ValueError(
            say(
                "The `data_format` argument must be one of {known}. Received: {value}",
                known=", ".join(FORMATS),
                value=value,
            )
        )
    return data_format


def conv_output_length(
    input_length: int | None,
    filter_size: int,
    padding: str,
    stride: int,
    dilation: int = 1,
) -> int | None:
    """How many places a filter finds along an axis; None if the length is unknown."""
    if input_length is None:
        return None
    reach = filter_size + (filter_size - 1) * (dilation - 1)
    if padding in ("same", "causal"):
        length = input_length
    elif padding == "valid":
        length = input_length - reach + 1
    else:  # full
        length = input_length + reach - 1
    return (length + stride - 1) // stride


def conv_input_length(
    output_length: int | None, filter_size: int, padding: str, stride: int
) -> int | None:
    """The length of the input that leads to this length of the output."""
    if output_length is None:
        return None
    pad = {"same": filter_size // 2, "valid": 0, "full": filter_size - 1}[padding]
    return (output_length - 1) * stride - 2 * pad + filter_size


def deconv_length(
    dim_size: int | None,
    stride_size: int,
    kernel_size: int,
    padding: str,
    output_padding: int | None = None,
    dilation: int = 1,
) -> int | None:
    """The length of the output of a transposed convolution."""
    if dim_size is None:
        return None
    reach = kernel_size + (kernel_size - 1) * (dilation - 1)
    if output_padding is None:
        if padding == "same":
            return dim_size * stride_size
        extra = (
            max(reach - stride_size, 0)
            if padding == "valid"
            else -(stride_size + reach - 2)
        )
        return dim_size * stride_size + extra
    pad = {"same": reach // 2, "valid": 0, "full": reach - 1}[padding]
    return (dim_size - 1) * stride_size + reach - 2 * pad + output_padding

"""Convolution and pooling in both image layouts, under Keras's names.

`tensorlearn.ops` knows channels_last only; here channels_first is turned around before and
after. Kernels lie as in Keras: (*K, C, F), depthwise (*K, C, m), transposed (*K, F, C).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tensorlearn import ops
from tensorlearn.backend.recording import integers, on_values
from tensorlearn.backend.settings import normalize_data_format
from tensorlearn.ops.convolution import convolve, convolve_transposed
from tensorlearn.ops.depthwise import convolve_depthwise
from tensorlearn.ops.pooling import average_pool, max_pool
from tensorlearn.ops.windows import windows
from tensorlearn.wording import say, suggest


def _in_layout(x: Any, data_format: str | None, compute: Callable[[Any], Any]) -> Any:
    """`compute` on channels_last data, for data of either layout."""
    if normalize_data_format(data_format) == "channels_last":
        return compute(x)
    return ops.moveaxis(compute(ops.moveaxis(x, 1, -1)), -1, 1)


def _settings(
    rank: int, strides: Any, dilation: Any, padding: str, also: Sequence[str] = ()
) -> dict[str, Any]:
    known = ("valid", "same", *also)
    if padding not in known:
        raise ValueError(
            say(
                "Invalid padding: {value!r}; known: {known}{hint}",
                value=padding,
                known=", ".join(known),
                hint=suggest(padding, known),
            )
        )
    return {
        "strides": _tuple(strides, rank),
        "dilation": _tuple(dilation, rank),
        "padding": padding,
    }


def _tuple(value: Any, rank: int) -> tuple[int, ...]:
    return (value,) * rank if isinstance(value, int) else integers(value)


# ---- convolution ----


@on_values("x", "kernel")
def conv1d(
    x: Any,
    kernel: Any,
    strides: int = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int = 1,
) -> Any:
    """A kernel sliding over time; padding: also "causal" (nothing sees the future)."""
    if padding == "causal" and normalize_data_format(data_format) != "channels_last":
        raise ValueError(
            say(
                "When using causal padding in `conv1d`, `data_format` must be "
                '"channels_last" (temporal data), got "channels_first".'
            )
        )
    settings = _settings(1, strides, dilation_rate, padding, also=["causal"])
    return _in_layout(x, data_format, lambda x: convolve(x, kernel, **settings))


@on_values("x", "kernel")
def conv2d(
    x: Any,
    kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """A kernel sliding over images.   (N, H, W, C), (h, w, C, F) -> (N, H', W', F)"""
    settings = _settings(2, strides, dilation_rate, padding)
    return _in_layout(x, data_format, lambda x: convolve(x, kernel, **settings))


@on_values("x", "kernel")
def conv3d(
    x: Any,
    kernel: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1, 1),
) -> Any:
    """A kernel sliding over volumes."""
    settings = _settings(3, strides, dilation_rate, padding)
    return _in_layout(x, data_format, lambda x: convolve(x, kernel, **settings))


@on_values("x", "kernel")
def conv2d_transpose(
    x: Any,
    kernel: Any,
    output_shape: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """What `conv2d` takes to x: its transpose.   kernel: (h, w, F, C)

    output_shape: of the result, batch axis included (which may be None).
    """
    settings = _settings(2, strides, dilation_rate, padding)
    return _transposed(x, kernel, output_shape, data_format, settings)


@on_values("x", "kernel")
def conv3d_transpose(
    x: Any,
    kernel: Any,
    output_shape: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """What `conv3d` takes to x: its transpose.   kernel: (d, h, w, F, C)"""
    settings = _settings(3, strides, 1, padding)
    return _transposed(x, kernel, output_shape, data_format, settings)


def _transposed(
    x: Any, kernel: Any, output_shape: Any, data_format: Any, settings: dict[str, Any]
) -> Any:
    shape = integers(output_shape)
    first = normalize_data_format(data_format) == "channels_first"
    space = shape[2:] if first else shape[1:-1]
    return _in_layout(
        x,
        data_format,
        lambda x: convolve_transposed(x, kernel, space=space, **settings),
    )


@on_values("x", "depthwise_kernel")
def depthwise_conv2d(
    x: Any,
    depthwise_kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """Each channel with its own m kernels.   (h, w, C, m) -> C·m channels"""
    settings = _settings(2, strides, dilation_rate, padding)
    return _in_layout(
        x, data_format, lambda x: _depthwise(x, depthwise_kernel, settings)
    )


def _depthwise(x: Any, kernel: Any, settings: dict[str, Any]) -> Any:
    channels, multiplier = kernel.shape[-2:]
    if x.shape[-1] != channels:
        raise ValueError(
            say(
                "a depthwise kernel for {wanted} channels cannot be used on {got}",
                wanted=channels,
                got=x.shape[-1],
            )
        )
    if multiplier > 1:
        x = ops.repeat(x, multiplier, -1)  # (N, *S, C) -> (N, *S, C*m)
    kernel = ops.reshape(kernel, shape=(*kernel.shape[:-2], channels * multiplier))
    return convolve_depthwise(x, kernel, **settings)


@on_values("x", "depthwise_kernel", "pointwise_kernel")
def separable_conv1d(
    x: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: int = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int = 1,
) -> Any:
    """Each channel over time by itself, then a mixture of channels at every place."""
    settings = _settings(1, strides, dilation_rate, padding)
    kernels = (depthwise_kernel, pointwise_kernel)
    return _in_layout(x, data_format, lambda x: _separable(x, *kernels, settings))


@on_values("x", "depthwise_kernel", "pointwise_kernel")
def separable_conv2d(
    x: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """Each channel of an image by itself, then a mixture of channels at every place."""
    settings = _settings(2, strides, dilation_rate, padding)
    kernels = (depthwise_kernel, pointwise_kernel)
    return _in_layout(x, data_format, lambda x: _separable(x, *kernels, settings))


def _separable(x: Any, depthwise: Any, pointwise: Any, settings: dict[str, Any]) -> Any:
    return convolve(_depthwise(x, depthwise, settings), pointwise)


# ---- a kernel for every place ----


@on_values("inputs", "kernel")
def local_conv1d(
    inputs: Any,
    kernel: Any,
    kernel_size: Any,
    strides: Any,
    data_format: str | None = None,
) -> Any:
    """Like `conv1d`, with a kernel for every place.   kernel: (O, k·C, F)"""
    return _in_layout(
        inputs, data_format, lambda x: _local(x, kernel, kernel_size, strides, False)
    )


@on_values("inputs", "kernel")
def local_conv2d(
    inputs: Any,
    kernel: Any,
    kernel_size: Any,
    strides: Any,
    output_shape: Any,
    data_format: str | None = None,
) -> Any:
    """Like `conv2d`, with a kernel for every place.   kernel: (O·O', h·w·C, F)

    output_shape: (O, O'), which follows from the other arguments. With channels_first the
    kernel expects its inputs as (C, h, w).
    """
    first = normalize_data_format(data_format) == "channels_first"
    return _in_layout(
        inputs, data_format, lambda x: _local(x, kernel, kernel_size, strides, first)
    )


def _local(x: Any, kernel: Any, size: Any, strides: Any, channels_first: bool) -> Any:
    rank = x.ndim - 2
    seen = windows(x, size=_tuple(size, rank), strides=_tuple(strides, rank))
    if channels_first:
        seen = ops.moveaxis(seen, -1, 1 + rank)  # (N, *O, *K, C) -> (N, *O, C, *K)
    n, places = seen.shape[0], seen.shape[1 : 1 + rank]
    count, depth, filters = kernel.shape
    rows = ops.reshape(seen, shape=(n, count, depth))
    rows = ops.moveaxis(rows, 1, 0)  # (N, O, K*C) -> (O, N, K*C)
    y = ops.matmul(rows, kernel)  # (O, N, K*C) @ (O, K*C, F) -> (O, N, F)
    return ops.reshape(ops.moveaxis(y, 0, 1), shape=(n, *places, filters))


# ---- pooling ----


@on_values("x")
def pool2d(
    x: Any,
    pool_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Any:
    """The largest ("max") or the mean ("avg") of windows in images."""
    return _pool(x, 2, pool_size, strides, padding, data_format, pool_mode)


@on_values("x")
def pool3d(
    x: Any,
    pool_size: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Any:
    """The largest ("max") or the mean ("avg") of windows in volumes."""
    return _pool(x, 3, pool_size, strides, padding, data_format, pool_mode)


def _pool(
    x: Any,
    rank: int,
    size: Any,
    strides: Any,
    padding: str,
    data_format: str | None,
    mode: str,
) -> Any:
    pools = {"max": max_pool, "avg": average_pool}
    if mode not in pools:
        raise ValueError(say("Invalid pool_mode: {mode!r}; known: max, avg", mode=mode))
    settings = _settings(rank, strides, 1, padding)
    del settings["dilation"]
    settings["size"] = _tuple(size, rank)
    return _in_layout(x, data_format, lambda x: pools[mode](x, **settings))

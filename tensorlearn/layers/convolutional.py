"""Convolution: the same few weights at every place of a sequence, an image or a volume.

What slides over what is the business of `ops/convolution.py` and `ops/depthwise.py`; here
are arguments, weights and shapes. Cropping, padding and upsampling are in `resizing.py`,
and public from here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorlearn import ops
from tensorlearn.autograd import Parameter
from tensorlearn.declare.fields import arg, label
from tensorlearn.declare.registry import layers
from tensorlearn.engine.shapes import InputSpec, Shape
from tensorlearn.layers.resizing import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
    UpSampling1D,
    UpSampling2D,
    UpSampling3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from tensorlearn.layers.spatial import _Sliding
from tensorlearn.ops.convolution import convolve, convolve_transposed
from tensorlearn.ops.depthwise import convolve_depthwise
from tensorlearn.ops.windows import geometry
from tensorlearn.wording import say

__all__ = [
    "AtrousConv1D",
    "AtrousConv2D",
    "AtrousConvolution1D",
    "AtrousConvolution2D",
    "Conv1D",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "Convolution1D",
    "Convolution2D",
    "Convolution2DTranspose",
    "Convolution3D",
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "Deconv2D",
    "Deconv3D",
    "Deconvolution2D",
    "Deconvolution3D",
    "DepthwiseConv2D",
    "SeparableConv1D",
    "SeparableConv2D",
    "SeparableConvolution1D",
    "SeparableConvolution2D",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
]


def _dilation() -> Any:
    return arg.int_tuple(
        1, "distance between neighbouring cells of the kernel; 1 if `strides` is not"
    )


class _Convolving(_Sliding):
    """A kernel that slides over space, then a bias, then an activation."""

    dilation_rate: Any = None  # a field where Keras has one

    kernel_size: tuple[int, ...] = arg.int_tuple(
        doc="cells that the kernel covers: rows first, then columns"
    )
    activation: Callable[..., Any] = arg.activation()
    use_bias: bool = arg.flag(True, "whether a bias is added")
    data_format: str = arg.data_format()
    bias: Parameter = arg.weight("zeros")
    activity_regularizer: Any = arg.regularizer()

    def configure(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Set the arguments; strides and dilation exclude each other."""
        super().configure(args, kwargs)
        if max(self.strides) > 1 and max(self.dilation) > 1:
            raise ValueError(
                say(
                    "{owner}: `strides`={strides} and `dilation_rate`={rate} cannot both "
                    "differ from 1; set one of them to 1 (a rule of the Keras API, not of "
                    "the mathematics)",
                    owner=label(self),
                    strides=self.strides,
                    rate=self.dilation_rate,
                )
            )

    @property
    def dilation(self) -> tuple[int, ...]:
        """The distance between the cells of the kernel."""
        return self.dilation_rate or super().dilation

    def known_channels(self, shape: Shape) -> int:
        """The number of channels, to which the weights belong from now on."""
        channels = self.channels(shape)
        if channels is None:
            raise ValueError(
                say(
                    "{owner}: The channel dimension of the inputs should be defined. Found "
                    "`None` in {shape} ({format}); space may be unknown, the number of "
                    "channels may not, since the weights depend on it",
                    owner=label(self),
                    shape=tuple(shape),
                    format=self.data_format,
                )
            )
        axis = 1 if self.channels_lead else self.rank + 1
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})
        return channels

    def call(self, x: Any) -> Any:
        """The convolution, plus bias, through the activation."""
        return self.activation(self.as_given(self.convolved(self.to_last(x))))

    def convolved(self, x: Any) -> Any:
        """Kernel and bias applied.   (N, *S, C) -> (N, *O, F)"""
        raise NotImplementedError

    def sliding(self) -> dict[str, Any]:
        """How the kernel moves, in the words of `ops.convolution`."""
        return {
            "strides": self.strides,
            "dilation": self.dilation,
            "padding": self.padding,
        }

    def width(self, channels: int | None) -> int | None:
        """Channels of the output."""
        return self.filters

    def compute_output_shape(self, shape: Any) -> Any:
        """As many cells as the kernel has places, and a channel per filter."""
        self.check_space(shape)
        width = self.width(self.channels(shape))
        return self.joined(shape[0], self.places(self.space(shape)), width)


class _Conv(_Convolving):
    positional = ("filters", "kernel_size")

    filters: int = arg.positive_int("channels of the output")
    dilation_rate: tuple[int, ...] = _dilation()
    kernel: Parameter = arg.weight("glorot_uniform")

    def build(self, shape: Any) -> None:
        """Make kernel (*K, C, F) and bias (F,)."""
        channels = self.known_channels(shape)
        self.add_weight("kernel", (*self.kernel_size, channels, self.filters))
        if self.use_bias:
            self.add_weight("bias", (self.filters,))

    def convolved(self, x: Any) -> Any:
        """(N, *S, C) -> (N, *O, F)"""
        bias = (self.bias,) if self.use_bias else ()
        return convolve(x, self.kernel, *bias, **self.sliding())


@layers.register("Convolution1D")
class Conv1D(_Conv):
    """A kernel over the steps of a sequence.   (N, T, D) -> (N, T', filters)

    padding="causal" pads only the past, so that output t sees nothing after input t; with
    growing `dilation_rate` that is WaveNet (van den Oord et al. 2016, section 2.1).
    """

    rank = 1

    padding: str = arg.choice(
        "valid",
        "same",
        "causal",
        default="valid",
        doc="zeros around the data: none, enough to keep the length, or the same before "
        "it only",
    )
    data_format: str = arg.data_format("channels_last")

    def configure(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Set the arguments; causal padding is for (N, T, D)."""
        super().configure(args, kwargs)
        if self.padding == "causal" and self.channels_lead:
            raise ValueError(
                say(
                    "{owner}: padding='causal' needs data_format='channels_last', got "
                    "{value!r}; put a Permute((2, 1)) before and after the layer",
                    owner=label(self),
                    value=self.data_format,
                )
            )


@layers.register("Convolution2D")
class Conv2D(_Conv):
    """A kernel over images.   (N, H, W, C) -> (N, H', W', filters)

    Every output pixel is a weighted sum over a patch of all channels of the input, with
    the same weights, kernel (*kernel_size, C, filters), at every place.
    """


@layers.register("Convolution3D")
class Conv3D(_Conv):
    """A kernel over volumes or films.   (N, A, B, C, ch) -> (N, A', B', C', filters)"""

    rank = 3


# ---- every channel by itself ----


class _Depthwise(_Convolving):
    """The depthwise step: every channel has `depth_multiplier` kernels of its own."""

    depth_multiplier: int = arg.positive_int("outputs of each channel", 1)
    dilation_rate: tuple[int, ...] = _dilation()
    depthwise_kernel: Parameter = arg.weight("glorot_uniform", "depthwise")

    def build_depthwise(self, shape: Any) -> int:
        """Make depthwise_kernel (*K, C, M); returns C*M."""
        channels = self.known_channels(shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.add_weight("depthwise_kernel", shape)
        return channels * self.depth_multiplier

    def by_channel(self, x: Any) -> Any:
        """Each channel with its own kernels.   (N, *S, C) -> (N, *O, C*M)"""
        size = self.kernel_size
        kernel = ops.reshape(self.depthwise_kernel, shape=(*size, -1))  # (*K, C*M)
        if self.depth_multiplier > 1:
            x = ops.repeat(x, self.depth_multiplier, axis=-1)  # (N, *S, C*M)
        return convolve_depthwise(x, kernel, **self.sliding())


class DepthwiseConv2D(_Depthwise):
    """Every channel convolved by itself.   (N, H, W, C) -> (N, H', W', C * multiplier)

    The first half of a separable convolution.
    """

    positional = ("kernel_size", "strides", "padding", "depth_multiplier")

    def build(self, shape: Any) -> None:
        """Make depthwise_kernel (*K, C, M) and bias (C*M,)."""
        width = self.build_depthwise(shape)
        if self.use_bias:
            self.add_weight("bias", (width,))

    def convolved(self, x: Any) -> Any:
        """(N, H, W, C) -> (N, H', W', C*M)"""
        y = self.by_channel(x)
        return y + self.bias if self.use_bias else y

    def width(self, channels: int | None) -> int | None:
        """Channels of the output."""
        return None if channels is None else channels * self.depth_multiplier


class _Separable(_Depthwise):
    """Space first, channel by channel; then channels, pixel by pixel.

    Far fewer weights than one kernel for both: K*C*M + C*M*F instead of K*C*F. One may see
    it as a kernel split in two, or as an extreme Inception module (Chollet 2017).
    """

    positional = ("filters", "kernel_size")

    filters: int = arg.positive_int("channels of the output")
    pointwise_kernel: Parameter = arg.weight("glorot_uniform", "pointwise")

    def build(self, shape: Any) -> None:
        """Make depthwise_kernel (*K, C, M), pointwise_kernel (1.., C*M, F), bias (F,)."""
        width = self.build_depthwise(shape)
        shape = (*(1,) * self.rank, width, self.filters)
        self.add_weight("pointwise_kernel", shape)
        if self.use_bias:
            self.add_weight("bias", (self.filters,))

    def convolved(self, x: Any) -> Any:
        """(N, *S, C) -> (N, *O, C*M) -> (N, *O, F)"""
        bias = (self.bias,) if self.use_bias else ()
        return convolve(self.by_channel(x), self.pointwise_kernel, *bias)


@layers.register("SeparableConvolution1D")
class SeparableConv1D(_Separable):
    """Depthwise over steps, then pointwise.   (N, T, D) -> (N, T', filters)"""

    rank = 1
    positional = (*_Separable.positional, "strides", "padding")

    data_format: str = arg.data_format("channels_last")


@layers.register("SeparableConvolution2D")
class SeparableConv2D(_Separable):
    """Depthwise over pixels, then pointwise.   (N, H, W, C) -> (N, H', W', filters)"""


# ---- the way back ----


class _ConvTranspose(_Convolving):
    """The transpose of a convolution: from the shape of its output to that of its input.

    Its forward is the input gradient of a convolution, and the other way round (Zeiler et
    al. 2010). Along every axis n cells become n * stride + max(kernel - stride, 0) with
    padding "valid" and n * stride with "same"; `output_padding` chooses among the lengths
    that the convolution would have made n of.
    """

    positional = ("filters", "kernel_size")

    filters: int = arg.positive_int("channels of the output")
    output_padding: tuple[int, ...] = arg.int_tuple(
        None, "cells added at the end of every axis; found by itself if None", low=0
    )
    kernel: Parameter = arg.weight("glorot_uniform")

    def configure(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Set the arguments; more output padding than a stride leads nowhere."""
        super().configure(args, kwargs)
        padding = self.output_padding or (0,) * self.rank
        if any(p >= s for p, s in zip(padding, self.strides, strict=True)):
            raise ValueError(
                say(
                    "{owner}: `output_padding` must be smaller than `strides`, got "
                    "{padding} and {strides}",
                    owner=label(self),
                    padding=padding,
                    strides=self.strides,
                )
            )

    def build(self, shape: Any) -> None:
        """Make kernel (*K, F, C) and bias (F,)."""
        channels = self.known_channels(shape)
        self.add_weight("kernel", (*self.kernel_size, self.filters, channels))
        if self.use_bias:
            self.add_weight("bias", (self.filters,))

    def convolved(self, x: Any) -> Any:
        """(N, *O, C) -> (N, *S, F)"""
        space = self.places(tuple(x.shape[1:-1]))
        y = convolve_transposed(x, self.kernel, space=space, **self.sliding())
        return y + self.bias if self.use_bias else y

    def places(self, space: Shape) -> Shape:
        """The lengths of space in the output."""
        return tuple(
            None if n is None else self._length(n, axis) for axis, n in enumerate(space)
        )

    def _length(self, n: int, axis: int) -> int:
        stride = self.strides[axis]
        span = (self.kernel_size[axis] - 1) * self.dilation[axis] + 1
        same = self.padding == "same"
        if self.output_padding is None:
            return n * stride if same else n * stride + max(span - stride, 0)
        cut = 2 * (span // 2) if same else 0
        return (n - 1) * stride + span - cut + self.output_padding[axis]

    def check_space(self, shape: Shape) -> None:
        """Raise ValueError unless a convolution leads from the output to the input."""
        space = self.space(shape)
        for axis, (n, length) in enumerate(zip(space, self.places(space), strict=True)):
            if n is not None and self._back(length, axis) != n:
                raise ValueError(
                    say(
                        "{owner}: `output_padding`={padding} would make {n} cells into "
                        "{length} along axis {axis} of space, from which a convolution "
                        "with kernel_size={size}, strides={strides}, padding={word!r} does "
                        "not lead back to {n}; leave it out, or choose another",
                        owner=label(self),
                        padding=self.output_padding,
                        n=n,
                        length=length,
                        axis=axis,
                        size=self.kernel_size,
                        strides=self.strides,
                        word=self.padding,
                    )
                )

    def _back(self, length: int | None, axis: int) -> int | None:
        """What the convolution would make of the output's length; None if nothing."""
        if length is None or length < 1:
            return None
        parts = (self.kernel_size, self.strides, self.dilation)
        return geometry((length,), *((p[axis],) for p in parts), self.padding).places[0]


@layers.register("Deconvolution2D", "Deconv2D", "Convolution2DTranspose")
class Conv2DTranspose(_ConvTranspose):
    """Images enlarged by a learned kernel.   (N, H, W, C) -> (N, H', W', filters)"""

    dilation_rate: tuple[int, ...] = _dilation()


@layers.register("Deconvolution3D", "Deconv3D")
class Conv3DTranspose(_ConvTranspose):
    """Volumes enlarged by a learned kernel.   (N, A, B, C, ch) -> (N, ..., filters)"""

    rank = 3
    positional = (*_ConvTranspose.positional, "strides", "padding")


# ---- other names ----

Convolution1D, Convolution2D, Convolution3D = Conv1D, Conv2D, Conv3D
SeparableConvolution1D, SeparableConvolution2D = SeparableConv1D, SeparableConv2D
Convolution2DTranspose = Deconvolution2D = Deconv2D = Conv2DTranspose
Deconvolution3D = Deconv3D = Conv3DTranspose


@layers.register()
def AtrousConvolution1D(*args: Any, **kwargs: Any) -> Conv1D:  # noqa: N802
    """Keras 1's name of a `Conv1D` with holes: `atrous_rate` is now `dilation_rate`."""
    return Conv1D(*args, **kwargs)


@layers.register()
def AtrousConvolution2D(*args: Any, **kwargs: Any) -> Conv2D:  # noqa: N802
    """Keras 1's name of a `Conv2D` with holes: `atrous_rate` is now `dilation_rate`."""
    return Conv2D(*args, **kwargs)


AtrousConv1D, AtrousConv2D = AtrousConvolution1D, AtrousConvolution2D

"""Locally connected layers: windows as in a convolution, but weights of their own."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tensorlearn import ops
from tensorlearn.autograd import Parameter
from tensorlearn.declare.fields import arg, label
from tensorlearn.engine.shapes import InputSpec
from tensorlearn.layers.spatial import _Sliding
from tensorlearn.ops.windows import windows
from tensorlearn.wording import say

__all__ = ["LocallyConnected1D", "LocallyConnected2D"]


class _LocallyConnected(_Sliding):
    """A dense layer per place, on the window there.   (N, *S, C) -> (N, *O, filters)

    Right where what matters differs from place to place, as in portraits; it costs a
    kernel for every place, so the size of the input must be known.
    """

    positional = ("filters", "kernel_size")

    filters: int = arg.positive_int("channels of the output")
    kernel_size: tuple[int, ...] = arg.int_tuple(doc="cells in a window")
    padding: str = arg.choice("valid", default="valid", doc="none: only whole windows")
    data_format: str = arg.data_format()
    activation: Callable[..., Any] = arg.activation()
    use_bias: bool = arg.flag(True, "whether a bias is added, one per place and filter")
    kernel: Parameter = arg.weight("glorot_uniform")
    bias: Parameter = arg.weight("zeros")
    activity_regularizer: Any = arg.regularizer()

    def build(self, shape: Any) -> None:
        """Make kernel (O, K*C, F) and bias (*O, F), O and K being products."""
        if None in shape[1:]:
            raise ValueError(
                say(
                    "{owner}: the lengths of all axes of the input must be known, got "
                    "{shape}: there are weights for every place; give the layer a full "
                    "input_shape, or use a convolution, which shares its weights",
                    owner=label(self),
                    shape=tuple(shape),
                )
            )
        places = self.places(self.space(shape))
        cells = math.prod(self.kernel_size) * self.channels(shape)
        self.add_weight("kernel", (math.prod(places), cells, self.filters))
        if self.use_bias:
            self.add_weight("bias", (*places, self.filters))
        self.input_spec = InputSpec(shape=(None, *shape[1:]))

    def call(self, x: Any) -> Any:
        """Every window times the weights of its place."""
        cells = windows(self.to_last(x), size=self.kernel_size, strides=self.strides)
        batch, *places = cells.shape[: 1 + self.rank]
        if self.channels_lead:  # the weights follow the order of the input
            cells = ops.moveaxis(cells, -1, 1 + self.rank)  # (N, *O, C, *K)
        total, width = self.kernel.shape[:2]
        rows = ops.reshape(cells, shape=(batch, total, width))  # (N, O, K*C)
        y = (
            ops.transpose(rows, axes=(1, 0, 2)) @ self.kernel
        )  # (O, N, K*C) -> (O, N, F)
        y = ops.transpose(y, axes=(1, 0, 2))  # (O, N, F) -> (N, O, F)
        y = self.as_given(ops.reshape(y, shape=(batch, *places, self.filters)))
        if self.use_bias:
            # (*O, F), but Keras reads the same numbers as (F, *O) with channels_first
            y = y + ops.reshape(self.bias, shape=tuple(y.shape[1:]))
        return self.activation(y)

    def compute_output_shape(self, shape: Any) -> Any:
        """As many cells as there are places, and a channel per filter."""
        self.check_space(shape)
        return self.joined(shape[0], self.places(self.space(shape)), self.filters)


class LocallyConnected1D(_LocallyConnected):
    """A dense layer per step, on a window of steps.   (N, T, D) -> (N, T', filters)"""

    rank = 1

    data_format: str = arg.data_format("channels_last")


class LocallyConnected2D(_LocallyConnected):
    """A dense layer per pixel, on a patch.   (N, H, W, C) -> (N, H', W', filters)"""

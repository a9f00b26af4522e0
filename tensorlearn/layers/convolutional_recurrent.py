"""Convolutional recurrent layers: an LSTM whose states are images.

The same gates as in `cells.py`, but inputs and states meet their weights by convolution.
"""

from __future__ import annotations

from typing import Any

from tensorlearn import ops
from tensorlearn.declare.fields import arg, label
from tensorlearn.engine.shapes import Shape, is_shape
from tensorlearn.layers.cell import Cell
from tensorlearn.layers.cells import forget_bias, without_unset
from tensorlearn.layers.core import known_length
from tensorlearn.layers.recurrent import RecurrentWithCell
from tensorlearn.layers.spatial import check_places
from tensorlearn.ops.convolution import convolve
from tensorlearn.ops.recurrent import lstm_step
from tensorlearn.ops.windows import output_length
from tensorlearn.wording import say

__all__ = ["ConvLSTM2D", "ConvLSTM2DCell"]


class ConvLSTM2DCell(Cell):
    """One step of a convolutional LSTM (Shi et al. 2015), without peepholes.

    x: (N, H, W, C), h and c: (N, H', W', filters) -> the same, new
    """

    rank = 2
    gates = 4
    implementation = 1  # a dropout mask per gate

    filters: int = arg.positive_int("channels of the output and of each state")
    kernel_size: tuple[int, ...] = arg.int_tuple(doc="height and width of the window")
    strides: tuple[int, ...] = arg.int_tuple(1, "steps of the window over the input")
    padding: str = arg.choice("valid", "same", default="valid", doc="of the input")
    data_format: str = arg.data_format()
    dilation_rate: tuple[int, ...] = arg.int_tuple(1, "distance between the taps")
    recurrent_activation: Any = arg.activation("hard_sigmoid", "applied to the gates")
    unit_forget_bias: bool = arg.flag(True, "start the forget gate's bias at 1")
    forget_bias_init: Any = arg.initializer(
        None, "how the forget gate's bias starts, instead of `unit_forget_bias`"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        check_strides(self)

    @property
    def state_size(self) -> Any:
        """Channels of h and c."""
        return (self.filters, self.filters)

    def state_shapes(self, shape: Any) -> list[Shape]:
        """Shapes of h and c without the batch axis."""
        space = self._channels_last(shape)[1:-1]
        window = self.kernel_size, self.strides, self.dilation_rate
        out = tuple(
            output_length(*axis, self.padding)
            for axis in zip(space, *window, strict=True)
        )
        check_places(self, out, "kernel_size", space, self.dilation_rate)
        if self.data_format == "channels_first":
            return [(self.filters, *out)] * 2
        return [(*out, self.filters)] * 2

    def _channels_last(self, shape: Any) -> Shape:
        shape = tuple(shape)
        if self.data_format == "channels_first":
            return (*shape[:-3], *shape[-2:], shape[-3])
        return shape

    def build(self, shape: Any) -> None:
        """Make kernel (*K, C, 4F), recurrent_kernel (*K, F, 4F) and bias (4F,)."""
        shape = self._channels_last(shape if is_shape(shape) else shape[0])
        width = 4 * self.filters
        channels = known_length(self, shape, -1)
        self.add_weight("kernel", (*self.kernel_size, channels, width))
        self.add_weight("recurrent_kernel", (*self.kernel_size, self.filters, width))
        if self.use_bias:
            self.add_weight("bias", (width,), initializer=forget_bias(self))

    def from_input(self, x: Any, weight: Any) -> Any:
        """The input's part, of one step or of all.   -> (..., H', W', 4F)"""
        x = self._inward(x)
        lead = x.shape[:-3]
        x = ops.reshape(x, shape=(-1, *x.shape[-3:]))  # (..., H, W, C) -> (N, H, W, C)
        y = convolve(
            x,
            weight,
            strides=self.strides,
            dilation=self.dilation_rate,
            padding=self.padding,
        )
        return ops.reshape(y, shape=(*lead, *y.shape[1:]))

    def from_state(self, h: Any, weight: Any) -> Any:
        """The state's part.   -> (N, H', W', 4F)"""
        return convolve(self._inward(h), weight, padding="same")

    def step(self, z: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        """The new output h and memory c."""
        h, c = states
        h, c = lstm_step(
            z + self.recur(h),
            self._inward(c),
            activation=self.activation,
            gate=self.recurrent_activation,
        )
        h, c = self._outward(h), self._outward(c)
        return h, [h, c]

    def get_config(self) -> dict[str, Any]:
        """The arguments, without `forget_bias_init` if it was not given."""
        return without_unset(super().get_config(), "forget_bias_init")

    def is_fast(self) -> bool:
        """There is no other way than step by step."""
        return False

    def _inward(self, x: Any) -> Any:
        """Channels last, which is how everything is computed."""
        return ops.moveaxis(x, -3, -1) if self.data_format == "channels_first" else x

    def _outward(self, x: Any) -> Any:
        return ops.moveaxis(x, -1, -3) if self.data_format == "channels_first" else x


def check_strides(owner: Any) -> None:
    """Raise ValueError if a window both steps over cells and spreads its taps."""
    if set(owner.strides) != {1} and set(owner.dilation_rate) != {1}:
        raise ValueError(
            say(
                "{owner}: `strides` {strides} and `dilation_rate` {dilation} cannot both "
                "differ from 1; set one of them to 1",
                owner=label(owner),
                strides=owner.strides,
                dilation=owner.dilation_rate,
            )
        )


class ConvLSTM2D(RecurrentWithCell):
    """An LSTM along a sequence of images.   (N, T, H, W, C) -> (N, H', W', filters)

    With return_sequences (N, T, H', W', filters). What a step does: `ConvLSTM2DCell`.
    """

    rank = 2
    ndim = 5
    cell_class = ConvLSTM2DCell
    positional = ("filters", "kernel_size")

    activity_regularizer: Any = arg.regularizer()

    @property
    def channel_axis(self) -> int:
        """The axis of the input that the weights depend on."""
        return -3 if self.data_format == "channels_first" else -1

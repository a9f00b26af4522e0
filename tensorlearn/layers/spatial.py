"""What convolution, pooling, padding and cropping have in common: space and channels.

Inside, everything is channels-last; a layer that was told `channels_first` turns its input
on entry and its output on exit. Read `convolutional.py` next.
"""

from __future__ import annotations

from typing import Any

from tensorlearn import ops
from tensorlearn.declare.fields import arg, label
from tensorlearn.engine.layer import Layer
from tensorlearn.engine.shapes import InputSpec, Shape
from tensorlearn.ops.windows import output_length
from tensorlearn.wording import say


class _Spatial(Layer):
    """A layer over `rank` axes of space.   (N, *S, C), or (N, C, *S) with channels_first"""

    rank = 2
    data_format = "channels_last"  # a field where there is a choice

    def configure(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Set the arguments, and with them what input is expected."""
        super().configure(args, kwargs)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def channels_lead(self) -> bool:
        """Whether the channels come before space."""
        return self.data_format == "channels_first"

    def space(self, shape: Shape) -> Shape:
        """The axes of space in a shape."""
        return tuple(shape[2:] if self.channels_lead else shape[1:-1])

    def channels(self, shape: Shape) -> int | None:
        """The number of channels in a shape."""
        return shape[1 if self.channels_lead else -1]

    def joined(self, batch: int | None, space: Any, channels: int | None) -> Shape:
        """A shape in this layer's format."""
        if self.channels_lead:
            return (batch, channels, *space)
        return (batch, *space, channels)

    def to_last(self, x: Any) -> Any:
        """The input with its channels last.   (N, C, *S) -> (N, *S, C)"""
        return ops.moveaxis(x, 1, -1) if self.channels_lead else x

    def as_given(self, y: Any) -> Any:
        """A channels-last output in this layer's format."""
        return ops.moveaxis(y, -1, 1) if self.channels_lead else y

    def check_shape(self, input_shape: Any) -> None:
        """Raise ValueError unless the shape fits; point out channels in the wrong place."""
        try:
            super().check_shape(input_shape)
        except ValueError as error:
            raise ValueError(f"{error}{self.swapped_hint(input_shape)}") from error
        self.check_space(input_shape)

    def check_space(self, shape: Shape) -> None:
        """Raise ValueError if the lengths of space will not do."""

    def swapped_hint(self, shape: Shape) -> str:
        """A trailing hint if the axes look as if they were in the other order."""
        if len(shape) != self.rank + 2 or self.rank == 1:
            return ""
        here, there = self.channels(shape), shape[-1 if self.channels_lead else 1]
        if there not in (1, 2, 3, 4) or here is None or here <= 4:
            return ""
        other = "channels_last" if self.channels_lead else "channels_first"
        return say(
            "; {shape} looks like {other} data: pass data_format={other!r}, or move the "
            "channels to where {this} expects them",
            shape=tuple(shape),
            other=other,
            this=self.data_format,
        )


class _Sliding(_Spatial):
    """A layer whose windows of `window` cells slide over space."""

    window_name = "kernel_size"

    strides: tuple[int, ...] = arg.int_tuple(1, "cells between one window and the next")
    padding: str = arg.choice(
        "valid",
        "same",
        default="valid",
        doc="zeros around the data: none, or enough to "
        "have ceil(length / stride) windows, the odd one at the end",
    )

    @property
    def window(self) -> tuple[int, ...]:
        """The size of a window."""
        return getattr(self, self.window_name)

    @property
    def dilation(self) -> tuple[int, ...]:
        """The distance between the cells of a window."""
        return (1,) * self.rank

    def places(self, space: Shape) -> Shape:
        """How many windows there are along each axis, None where that is not known."""
        axes = zip(space, self.window, self.strides, self.dilation, strict=True)
        return tuple(output_length(*axis, self.padding) for axis in axes)

    def check_space(self, shape: Shape) -> None:
        """Raise ValueError if not a single window fits."""
        space = self.space(shape)
        places, hint = self.places(space), self.swapped_hint(shape)
        check_places(self, places, self.window_name, space, self.dilation, hint)


def check_places(
    owner: Any,
    places: Shape,
    argument: str,
    space: Shape,
    dilation: tuple[int, ...],
    hint: str = "",
) -> None:
    """Raise ValueError unless at least one window fits along each axis of space."""
    if all(n is None or n > 0 for n in places):
        return
    dilated = any(d != 1 for d in dilation)
    offers_same = "same" in owner.fields["padding"].options
    raise ValueError(
        say(
            "{owner}: `{argument}`={window}{dilation} does not fit into the input's "
            "{space} with padding={padding!r}: the output would have the size "
            "{places}; use a smaller `{argument}`{same}, or a larger input{hint}",
            owner=label(owner),
            argument=argument,
            window=getattr(owner, argument),
            dilation=f" (dilation_rate={dilation})" if dilated else "",
            space=space,
            padding=owner.padding,
            places=places,
            same=say(", padding='same'") if offers_same else "",
            hint=hint,
        )
    )

"""Core: the layers every model is made of, from Dense to Masking.

The first chapter. What a layer is: `engine/layer.py`. `Lambda` has a file of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tensorlearn import ops
from tensorlearn.autograd import Parameter
from tensorlearn.config import random_stream
from tensorlearn.declare.fields import REQUIRED, arg, label
from tensorlearn.declare.registry import regularizers
from tensorlearn.engine.layer import Layer
from tensorlearn.engine.shapes import InputSpec, Shape
from tensorlearn.layers.lambda_ import Lambda
from tensorlearn.wording import say

__all__ = [
    "Activation",
    "ActivityRegularization",
    "Dense",
    "Dropout",
    "Flatten",
    "Lambda",
    "Masking",
    "Permute",
    "RepeatVector",
    "Reshape",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
]


class Dense(Layer):
    """``activation(x @ kernel + bias)``.   x: (N, ..., D) -> (N, ..., units)

    Only the last axis is contracted: a sequence (N, T, D) is treated step by step.
    """

    supports_masking = True
    input_spec = InputSpec(min_ndim=2)

    units: int = arg.positive_int("size of the last axis of the output")
    activation: Callable[..., Any] = arg.activation()
    use_bias: bool = arg.flag(True, "whether a bias is added")
    kernel: Parameter = arg.weight("glorot_uniform")
    bias: Parameter = arg.weight("zeros")
    activity_regularizer: Any = arg.regularizer()

    def build(self, shape: Any) -> None:
        """Make kernel (D, units) and bias (units,)."""
        width = known_length(self, shape, -1)
        self.add_weight("kernel", (width, self.units))
        if self.use_bias:
            self.add_weight("bias", (self.units,))
        self.input_spec = InputSpec(min_ndim=2, axes={-1: width})

    def call(self, x: Any) -> Any:
        """The weighted sums, through the activation."""
        if not self.use_bias:
            return self.activation(x @ self.kernel)
        y = ops.affine(x, self.kernel, self.bias)  # (N, ..., D) -> (N, ..., units)
        return self.activation(y)

    def compute_output_shape(self, shape: Any) -> Any:
        """The last axis becomes `units`."""
        return (*shape[:-1], self.units)


class Activation(Layer):
    """An activation function as a layer.   (N, ...) -> (N, ...)"""

    supports_masking = True

    activation: Callable[..., Any] = arg.activation(REQUIRED, "name or function")

    def call(self, x: Any) -> Any:
        """The function of the input."""
        return self.activation(x)

    def compute_output_shape(self, shape: Any) -> Any:
        """The shape of the input."""
        return shape


# ---- dropout ----


class Dropout(Layer):
    """Set a random fraction `rate` of the input to 0 while training.   (N, ...) -> (N, ...)

    What is kept is divided by (1 - rate), so that nothing has to change in inference
    (Srivastava et al. 2014). `layer(x, training=True)` drops outside of training, too.
    """

    supports_masking = True
    positional = ("rate", "noise_shape", "seed")

    rate: float = arg.rate(doc="fraction to drop")
    noise_shape: Shape = arg.shape(
        None, "shape of the random mask: 1 where it is shared along an axis, None as x"
    )
    seed: int = arg.integer(None, "repeat these random choices")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stream = random_stream(self.seed)

    def call(self, x: Any, training: bool = False) -> Any:
        """x, with holes while training."""
        if not training or not self.rate:
            return x
        return ops.random.dropout(
            x, self.rate, self._stream, self.shape_of_noise(x.shape)
        )

    def shape_of_noise(self, shape: tuple[int, ...]) -> Any:
        """The shape of the random mask for an input of this shape (None: the same)."""
        wanted = self.noise_shape
        if wanted is None:
            return None
        full = [n if w is None else w for n, w in zip(shape, wanted, strict=False)]
        if full and full[0] != 1:
            full[0] = shape[0]  # the last batch of an epoch may be smaller
        if len(wanted) != len(shape) or any(
            w not in (1, n) for w, n in zip(full, shape, strict=True)
        ):
            raise ValueError(
                say(
                    "{owner}: `noise_shape` must have one entry per axis of the input "
                    "{shape}, each 1, None or the length of the axis, got {wanted}",
                    owner=label(self),
                    shape=shape,
                    wanted=wanted,
                )
            )
        return tuple(full)

    def compute_output_shape(self, shape: Any) -> Any:
        """The shape of the input."""
        return shape


class _SpatialDropout(Dropout):
    """Dropout of whole feature maps: neighbours in a map say nearly the same."""

    rank = 1
    positional = ("rate",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def shape_of_noise(self, shape: tuple[int, ...]) -> Any:
        """One choice per sample and channel."""
        shared = (1,) * self.rank
        if getattr(self, "data_format", "channels_last") == "channels_first":
            return (*shape[:2], *shared)
        return (shape[0], *shared, shape[-1])


class SpatialDropout1D(_SpatialDropout):
    """Drop whole features of a sequence.   (N, T, C) -> (N, T, C)"""


class SpatialDropout2D(_SpatialDropout):
    """Drop whole channels of an image.   (N, H, W, C) -> (N, H, W, C)"""

    rank = 2
    data_format: str = arg.data_format()


class SpatialDropout3D(_SpatialDropout):
    """Drop whole channels of a volume.   (N, D, H, W, C) -> (N, D, H, W, C)"""

    rank = 3
    data_format: str = arg.data_format()


# ---- other shapes for the same numbers ----


class Flatten(Layer):
    """One axis of all but the batch.   (N, a, b, ...) -> (N, a*b*...)

    data_format: with channels_first the channels are moved last before, so that the same
    weights may follow in either layout.
    """

    positional = ("data_format",)
    input_spec = InputSpec(min_ndim=2)

    data_format: str = arg.data_format()

    def call(self, x: Any) -> Any:
        """The numbers of every sample in one row."""
        if self.data_format == "channels_first" and x.ndim > 2:
            x = ops.moveaxis(x, 1, -1)  # (N, C, *S) -> (N, *S, C)
        return ops.reshape(x, shape=(x.shape[0], math.prod(x.shape[1:])))

    def compute_output_shape(self, shape: Any) -> Any:
        """(N, product of all others); ValueError if one of these is unknown."""
        if None in shape[1:]:
            raise ValueError(
                say(
                    '{owner}: The shape of the input to "Flatten" is not fully defined '
                    "(got {shape}); make sure to pass a complete input_shape to the first "
                    "layer of the model",
                    owner=label(self),
                    shape=shape,
                )
            )
        return (shape[0], math.prod(shape[1:]))


class Reshape(Layer):
    """The same numbers in another shape, batch apart.   (N, ...) -> (N, *target_shape)

    One entry of target_shape may be -1: what is left for it.
    """

    target_shape: Shape = arg.shape(
        doc="shape of the output, without the batch axis; -1, once, for what is left"
    )

    def configure(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Also refuse what can be no shape."""
        super().configure(args, kwargs)
        target = self.target_shape
        if any(n is None or n < -1 for n in target) or target.count(-1) > 1:
            raise ValueError(
                say(
                    "{owner}: `target_shape` must be integers ≥ 0 without the batch axis, "
                    "at most one of them -1 (can only specify one unknown dimension), got "
                    "{value!r}",
                    owner=label(self),
                    value=target,
                )
            )

    def call(self, x: Any) -> Any:
        """The numbers in their new places."""
        return ops.reshape(x, shape=self.compute_output_shape(x.shape))

    def compute_output_shape(self, shape: Any) -> Any:
        """(N, *target_shape) with -1 replaced; ValueError if the sizes differ."""
        target = self.target_shape
        if None in shape[1:]:
            return (shape[0], *(None if n == -1 else n for n in target))
        size = math.prod(shape[1:])
        known = math.prod(n for n in target if n != -1)
        rest = size // known if known else 0
        if rest * known != size or (-1 not in target and known != size):
            raise ValueError(
                say(
                    "{owner}: total size of new array must be unchanged: the input "
                    "{shape} has {size} numbers per sample, `target_shape` {target} has "
                    "{known}{hint}",
                    owner=label(self),
                    shape=shape,
                    size=size,
                    target=target,
                    known=known,
                    hint=say(" (times a whole number for -1)") if -1 in target else "",
                )
            )
        return (shape[0], *(rest if n == -1 else n for n in target))


class Permute(Layer):
    """Reorder the axes behind the batch.   dims=(2, 1): (N, a, b) -> (N, b, a)

    dims counts from 1; the batch axis stays where it is and is not listed.
    """

    dims: tuple[int, ...] = arg.shape(doc="which axis of the input comes where, from 1")

    def configure(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Also refuse what is no permutation."""
        super().configure(args, kwargs)
        count = len(self.dims)
        if set(self.dims) != set(range(1, count + 1)):
            raise ValueError(
                say(
                    "{owner}: `dims` must be a permutation of 1..{count}, got {value!r}; "
                    "counting starts at 1 and leaves the batch axis out",
                    owner=label(self),
                    count=count,
                    value=self.dims,
                )
            )
        self.input_spec = InputSpec(ndim=count + 1)

    def call(self, x: Any) -> Any:
        """The numbers with their axes in the new order."""
        return ops.transpose(x, axes=(0, *self.dims))

    def compute_output_shape(self, shape: Any) -> Any:
        """The lengths in the new order."""
        return (shape[0], *(shape[i] for i in self.dims))


class RepeatVector(Layer):
    """The same vector at n time steps.   (N, D) -> (N, n, D)"""

    input_spec = InputSpec(ndim=2)

    n: int = arg.positive_int("how many times")

    def call(self, x: Any) -> Any:
        """n copies of every row."""
        steps = ops.expand_dims(x, 1)  # (N, D) -> (N, 1, D)
        return ops.broadcast_to(steps, shape=(x.shape[0], self.n, x.shape[1]))

    def compute_output_shape(self, shape: Any) -> Any:
        """(N, n, D)."""
        return (shape[0], self.n, shape[1])


# ---- layers that leave the data alone ----


class ActivityRegularization(Layer):
    """Add l1·Σ|x| + l2·Σx² to the loss; the data passes unchanged.   (N, ...) -> (N, ...)

    The sums run over the batch as well, so the penalty grows with the batch size.
    """

    supports_masking = True
    positional = ("l1", "l2")

    l1: float = arg.number(0.0, "factor of the sum of absolute values", low=0)
    l2: float = arg.number(0.0, "factor of the sum of squares", low=0)

    def configure(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Also make the regularizer that every layer may have."""
        super().configure(args, kwargs)
        penalty = {"class_name": "L1L2", "config": {"l1": self.l1, "l2": self.l2}}
        self.activity_regularizer = regularizers.get(penalty)

    def compute_output_shape(self, shape: Any) -> Any:
        """The shape of the input."""
        return shape


class Masking(Layer):
    """Skip the time steps whose features all equal `mask_value`.   (N, T, D) -> (N, T, D)

    A mask goes along with the output; the layers behind pass over the masked steps, or
    refuse the mask if they cannot. The numbers of masked steps become 0.
    """

    supports_masking = True
    positional = ("mask_value",)

    mask_value: float = arg.number(0.0, "what an empty step is filled with")

    def call(self, x: Any) -> Any:
        """x, with 0 in the masked steps."""
        return x * self._filled(x)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """True where any feature differs from `mask_value`.   -> (N, T)"""
        return self._filled(inputs)[..., 0]

    def _filled(self, x: Any) -> Any:
        return np.any(ops.not_equal(x, self.mask_value), axis=-1, keepdims=True)

    def compute_output_shape(self, shape: Any) -> Any:
        """The shape of the input."""
        return shape


def known_length(layer: Layer, shape: Shape, axis: int) -> int:
    """The length of an axis that weights depend on; ValueError if it is not known yet."""
    length = shape[axis]
    if length is None:
        raise ValueError(
            say(
                "{owner}: axis {axis} of the input {shape} must have a known length, since "
                "the weights depend on it; give it in the input_shape",
                owner=label(layer),
                axis=axis,
                shape=shape,
            )
        )
    return length

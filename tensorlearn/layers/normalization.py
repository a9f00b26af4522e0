"""Normalization: keep activations at mean 0 and variance 1, per channel or per sample."""

from __future__ import annotations

import math
from typing import Any

from tensorlearn import ops
from tensorlearn.autograd import Parameter
from tensorlearn.declare.fields import arg, label
from tensorlearn.declare.kinds import Field
from tensorlearn.engine.layer import Layer
from tensorlearn.engine.shapes import InputSpec
from tensorlearn.layers.core import known_length
from tensorlearn.wording import say

__all__ = ["BatchNormalization", "LayerNormalization"]


class BatchNormalization(Layer):
    """``gamma * (x - mean) / sqrt(variance + epsilon) + beta``, per channel.   shape kept

    While training, mean and variance are those of the batch, and moving averages of them
    are kept; in inference these take their place (Ioffe & Szegedy 2015). A layer with
    trainable=False is in inference mode always, so that fine-tuning cannot disturb it.
    """

    supports_masking = True

    axis: int = arg.integer(-1, "the axis of the channels")
    momentum: float = arg.number(0.99, "share of the old moving average that is kept")
    epsilon: float = arg.number(1e-3, "added to the variance before the root", low=0)
    center: bool = arg.flag(True, "whether beta is added")
    scale: bool = arg.flag(True, "whether gamma is a factor")
    gamma: Parameter = arg.weight("ones")
    beta: Parameter = arg.weight("zeros")
    moving_mean: Parameter = arg.weight("zeros", regularizer=False, constraint=False)
    moving_variance: Parameter = arg.weight("ones", regularizer=False, constraint=False)

    def build(self, shape: Any) -> None:
        """Make gamma, beta and the moving averages, all (C,)."""
        axis = _axis(self, self.axis, len(shape))
        channels = (known_length(self, shape, axis),)
        if self.scale:
            self.add_weight("gamma", channels)
        if self.center:
            self.add_weight("beta", channels)
        self.add_weight("moving_mean", channels, trainable=False)
        self.add_weight("moving_variance", channels, trainable=False)
        self.input_spec = InputSpec(ndim=len(shape), axes={axis: channels[0]})

    def call(self, x: Any, training: bool = False) -> Any:
        """The input, normalized by its own or by the moving statistics."""
        gamma = self.gamma if self.scale else 1.0
        beta = self.beta if self.center else 0.0
        if training and self.trainable:
            return self._by_batch(x, gamma, beta)
        factor = gamma / ops.sqrt(self.moving_variance + self.epsilon)  # (C,)
        shift = beta - self.moving_mean * factor
        behind = x.ndim - 1 - self.axis % x.ndim
        if behind:  # (C,) -> (C, 1, ...)
            factor = ops.reshape(factor, shape=(-1,) + (1,) * behind)
            shift = ops.reshape(shift, shape=(-1,) + (1,) * behind)
        return x * factor + shift

    def _by_batch(self, x: Any, gamma: Any, beta: Any) -> Any:
        axis = self.axis % x.ndim
        before, behind = math.prod(x.shape[:axis]), math.prod(x.shape[axis + 1 :])
        if not x.size:
            raise ValueError(
                say(
                    "{owner}: an empty batch (shape {shape}) has no mean and variance",
                    owner=label(self),
                    shape=x.shape,
                )
            )
        blocks = ops.reshape(x, shape=(before, x.shape[axis], behind))  # -> (A, C, B)
        y, mean, variance = ops.batch_normalize(
            blocks, gamma, beta, epsilon=self.epsilon
        )
        self._move(mean.data, variance.data, before * behind)
        return ops.reshape(y, shape=x.shape)

    def _move(self, mean: Any, variance: Any, count: int) -> None:
        """Update the moving averages; the variance is corrected for the sample's size."""
        if count > 1:
            variance = variance * (count / (count - (1 + self.epsilon)))
        for average, value in (
            (self.moving_mean, mean),
            (self.moving_variance, variance),
        ):
            old = average.data * self.momentum
            average.assign(old + value * (1 - self.momentum))

    def compute_output_shape(self, shape: Any) -> Any:
        """The shape of the input."""
        return shape


class _Axes(Field):
    wanted = "an axis, or a list of different axes, batch excluded"
    bad = ("1", 0, [1, 1], [1.5])

    def check(self, owner: Any, value: Any) -> Any:
        axes = list(value) if isinstance(value, (list, tuple)) else [value]
        whole = all(isinstance(a, int) and not isinstance(a, bool) for a in axes)
        if not whole or 0 in axes or len(set(axes)) != len(axes) or not axes:
            raise self.refuse(owner, value)
        return axes if isinstance(value, (list, tuple)) else value


class LayerNormalization(Layer):
    """``gamma * (x - mean) / sqrt(variance + epsilon) + beta``, per sample.   shape kept

    Mean and variance are taken over `axis` of every sample (and step) for itself, so
    training and inference are the same (Ba et al. 2016).
    """

    supports_masking = True
    positional = ("axis", "epsilon", "center", "scale")

    axis: Any = _Axes(-1, "the axis or axes that are normalized together")
    epsilon: float = arg.number(1e-3, "added to the variance before the root", low=0)
    center: bool = arg.flag(True, "whether beta is added")
    scale: bool = arg.flag(True, "whether gamma is a factor")
    gamma: Parameter = arg.weight("ones")
    beta: Parameter = arg.weight("zeros")

    def build(self, shape: Any) -> None:
        """Make gamma and beta, with the lengths of the normalized axes."""
        axes = self._axes(len(shape))
        lengths = [known_length(self, shape, axis) for axis in axes]
        if self.scale:
            self.add_weight("gamma", lengths)
        if self.center:
            self.add_weight("beta", lengths)
        fixed = dict(zip(axes, lengths, strict=True))
        self.input_spec = InputSpec(ndim=len(shape), axes=fixed)

    def _axes(self, ndim: int) -> list[int]:
        given = self.axis if isinstance(self.axis, list) else [self.axis]
        return sorted(_axis(self, axis, ndim) for axis in given)

    def call(self, x: Any) -> Any:
        """The input, every sample normalized."""
        axes = self._axes(x.ndim)
        last = list(range(x.ndim - len(axes), x.ndim))
        if axes != last:
            x = ops.moveaxis(x, axes, last)  # the normalized axes come last
        rows = ops.reshape(x, shape=(-1, math.prod(x.shape[-len(axes) :])))  # (M, D)
        gamma = ops.reshape(self.gamma, shape=(-1,)) if self.scale else 1.0
        beta = ops.reshape(self.beta, shape=(-1,)) if self.center else 0.0
        y = ops.layer_normalize(rows, gamma, beta, epsilon=self.epsilon)
        y = ops.reshape(y, shape=x.shape)
        return y if axes == last else ops.moveaxis(y, last, axes)

    def compute_output_shape(self, shape: Any) -> Any:
        """The shape of the input."""
        return shape


def _axis(layer: Layer, axis: int, ndim: int) -> int:
    if not -ndim <= axis < ndim or axis % ndim == 0:
        raise ValueError(
            say(
                "{owner}: `axis` must be one of 1..{last} (or negative, from the end) for "
                "an input with {ndim} axes, got {axis}",
                owner=label(layer),
                last=ndim - 1,
                ndim=ndim,
                axis=axis,
            )
        )
    return axis % ndim

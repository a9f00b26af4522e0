"""Advanced activations: those with a parameter, fixed or learnt."""

from __future__ import annotations

from typing import Any

from tensorlearn import activations, ops
from tensorlearn.autograd import Parameter
from tensorlearn.declare.fields import arg, label
from tensorlearn.declare.kinds import Field
from tensorlearn.engine.layer import Layer
from tensorlearn.engine.shapes import InputSpec
from tensorlearn.wording import say

__all__ = ["ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax", "ThresholdedReLU"]


class _Elementwise(Layer):
    supports_masking = True

    def compute_output_shape(self, shape: Any) -> Any:
        """The shape of the input."""
        return shape


class LeakyReLU(_Elementwise):
    """x where x ≥ 0, else alpha·x: a unit that never dies (Maas et al. 2013)."""

    positional = ("alpha",)

    alpha: float = arg.number(0.3, "slope below 0", low=0)

    def call(self, x: Any) -> Any:
        """The function of the input."""
        return activations.relu(x, alpha=self.alpha)


class _Axes(Field):
    wanted = "an axis number from 1, or a list of them"
    bad = ("1", 0, [1.5])

    def check(self, owner: Any, value: Any) -> Any:
        if value is None:
            return None
        axes = list(value) if isinstance(value, (list, tuple)) else [value]
        if not all(isinstance(a, int) and a != 0 for a in axes):
            raise self.refuse(owner, value)
        return axes


class PReLU(_Elementwise):
    """x where x ≥ 0, else alpha·x with a learnt alpha (He et al. 2015).

    There is an alpha for every feature; shared_axes=[1, 2] leaves one per channel of an
    image (N, H, W, C).
    """

    positional = ("alpha_initializer",)

    alpha: Parameter = arg.weight("zeros")
    shared_axes: Any = _Axes(None, "axes along which one alpha serves all")

    def build(self, shape: Any) -> None:
        """Make alpha, with length 1 along the shared axes."""
        shared = [a % len(shape) for a in self.shared_axes or ()]
        lengths = [1 if axis in shared else n for axis, n in enumerate(shape)][1:]
        if None in lengths:
            raise ValueError(
                say(
                    "{owner}: there is an alpha for every feature, but the input {shape} "
                    "has an axis of unknown length; share it: shared_axes=[{axis}]",
                    owner=label(self),
                    shape=shape,
                    axis=lengths.index(None) + 1,
                )
            )
        self.add_weight("alpha", lengths)
        fixed = {i: n for i, n in enumerate(shape) if i and i not in shared}
        self.input_spec = InputSpec(ndim=len(shape), axes=fixed)

    def call(self, x: Any) -> Any:
        """The function of the input."""
        return ops.relu(x) - self.alpha * ops.relu(-x)


class ELU(_Elementwise):
    """x where x > 0, else alpha·(exp(x) - 1) (Clevert et al. 2016)."""

    positional = ("alpha",)

    alpha: float = arg.number(1.0, "minus the limit far below 0")

    def call(self, x: Any) -> Any:
        """The function of the input."""
        return activations.elu(x, self.alpha)


class ThresholdedReLU(_Elementwise):
    """x where x > theta, else 0 (Konda et al. 2015)."""

    positional = ("theta",)

    theta: float = arg.number(1.0, "below and at this the output is 0", low=0)

    def call(self, x: Any) -> Any:
        """The function of the input."""
        return x * ops.greater(x, self.theta)


class Softmax(_Elementwise):
    """exp(x) / Σ exp(x) along `axis`."""

    positional = ("axis",)

    axis: int = arg.integer(-1, "along which the outputs add up to 1")

    def call(self, x: Any) -> Any:
        """The function of the input."""
        return activations.softmax(x, axis=self.axis)


class ReLU(_Elementwise):
    """min(x, max_value) where x ≥ threshold, else negative_slope·(x - threshold)."""

    positional = ("max_value", "negative_slope", "threshold")

    max_value: float = arg.number(None, "the largest output", low=0)
    negative_slope: float = arg.number(0.0, "slope below the threshold", low=0)
    threshold: float = arg.number(0.0, "where the activation begins")

    def call(self, x: Any) -> Any:
        """The function of the input."""
        return activations.relu(
            x,
            alpha=self.negative_slope,
            max_value=self.max_value,
            threshold=self.threshold,
        )

"""Layers that only Keras 1 had, under today's argument names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorlearn.layers.merge as merging
from tensorlearn import ops
from tensorlearn.autograd import Parameter
from tensorlearn.declare.fields import arg, label
from tensorlearn.declare.registry import layers as registry
from tensorlearn.engine.layer import Layer
from tensorlearn.engine.operation import Input
from tensorlearn.engine.shapes import InputSpec
from tensorlearn.layers.core import known_length
from tensorlearn.layers.lambda_ import Lambda
from tensorlearn.layers.merge import Add, Average, Concatenate, Dot, Maximum, Multiply
from tensorlearn.wording import say, suggest

__all__ = ["Highway", "MaxoutDense", "Merge", "merge"]


class MaxoutDense(Layer):
    """The largest of nb_feature affine maps: a learnt activation.   (N, D) -> (N, units)

    Goodfellow et al. 2013.
    """

    input_spec = InputSpec(ndim=2)
    positional = ("units", "nb_feature")

    units: int = arg.positive_int("size of the output")
    nb_feature: int = arg.positive_int("how many maps to choose from", 4)
    use_bias: bool = arg.flag(True, "whether a bias is added")
    kernel: Parameter = arg.weight("glorot_uniform")
    bias: Parameter = arg.weight("zeros")
    activity_regularizer: Any = arg.regularizer()

    def build(self, shape: Any) -> None:
        """Make kernel (F, D, units) and bias (F, units)."""
        width = known_length(self, shape, -1)
        self.add_weight("kernel", (self.nb_feature, width, self.units))
        if self.use_bias:
            self.add_weight("bias", (self.nb_feature, self.units))
        self.input_spec = InputSpec(ndim=2, axes={-1: width})

    def call(self, x: Any) -> Any:
        """The maximum over the maps."""
        y = x @ self.kernel  # (N, D) @ (F, D, U) -> (F, N, U)
        if self.use_bias:
            y = y + ops.expand_dims(self.bias, 1)  # (F, 1, U)
        return y.max(axis=0)

    def compute_output_shape(self, shape: Any) -> Any:
        """(N, units)."""
        return (shape[0], self.units)


class Highway(Layer):
    """``t * activation(x @ kernel + bias) + (1 - t) * x``.   (N, D) -> (N, D)

    The gate t = sigmoid(x @ carry_kernel + carry_bias) chooses, for every number, between
    transforming it and carrying it on (Srivastava et al. 2015).
    """

    input_spec = InputSpec(ndim=2)

    activation: Callable[..., Any] = arg.activation()
    use_bias: bool = arg.flag(True, "whether biases are added")
    kernel: Parameter = arg.weight("glorot_uniform")
    bias: Parameter = arg.weight("zeros")
    activity_regularizer: Any = arg.regularizer()

    def build(self, shape: Any) -> None:
        """Make two kernels (D, D) and two biases (D,)."""
        width = known_length(self, shape, -1)
        self.add_weight("kernel", (width, width))
        self.carry_kernel = self.add_weight(
            "carry_kernel", (width, width), initializer=self.kernel_initializer
        )
        if self.use_bias:
            self.add_weight("bias", (width,))
            self.carry_bias = self.add_weight(
                "carry_bias", (width,), initializer="ones"
            )
        self.input_spec = InputSpec(ndim=2, axes={-1: width})

    def call(self, x: Any) -> Any:
        """The gated mixture."""
        gate, new = x @ self.carry_kernel, x @ self.kernel
        if self.use_bias:
            gate, new = gate + self.carry_bias, new + self.bias
        gate = ops.sigmoid(gate)
        return gate * self.activation(new) + (1.0 - gate) * x

    def compute_output_shape(self, shape: Any) -> Any:
        """The shape of the input."""
        return shape


# ---- Merge ----

MODES = ("sum", "mul", "concat", "ave", "cos", "dot", "max")


class Merge(Layer):
    """Join layers or models: the Keras-1 way to give a Sequential several inputs.

    layers: what is joined, each with a known input shape; the inputs of the model that
    begins with this layer are theirs, in this order. Without `layers` it is called on a
    list, like `Add()([a, b])`. mode: sum, mul, concat, ave, cos, dot, max or a function of
    the list.

    >>> from tensorlearn.layers import Dense
    >>> from tensorlearn.models import Sequential
    >>> left = Sequential([Dense(2, input_shape=(3,))])
    >>> right = Sequential([Dense(2, input_shape=(5,))])
    >>> Sequential([Merge([left, right], mode="concat"), Dense(1)]).input_shape
    [(None, 3), (None, 5)]
    """

    supports_masking = True

    def __init__(
        self,
        layers: Sequence[Layer] | None = None,
        mode: Any = "sum",
        concat_axis: int = -1,
        dot_axes: Any = -1,
        output_shape: Any = None,
        output_mask: Any = None,
        arguments: Mapping[str, Any] | None = None,
        node_indices: Any = None,
        tensor_indices: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        self.mode, self.concat_axis, self.dot_axes = mode, concat_axis, dot_axes
        self.joining = self._joining(output_shape, output_mask, arguments)
        self.layers = list(layers or ())
        if self.layers:
            self._connect()

    def _joining(self, output_shape: Any, output_mask: Any, arguments: Any) -> Layer:
        if callable(self.mode):
            return Lambda(
                self.mode, output_shape, mask=output_mask, arguments=arguments
            )
        simple = {"sum": Add, "mul": Multiply, "ave": Average, "max": Maximum}
        if self.mode in simple:
            return simple[self.mode]()
        if self.mode == "concat":
            return Concatenate(self.concat_axis)
        if self.mode in ("dot", "cos"):
            return Dot(self.dot_axes, normalize=self.mode == "cos")
        raise ValueError(
            say(
                "{owner}: `mode` must be one of {known} or a function, got {value!r}{hint}",
                owner=label(self),
                known=", ".join(MODES),
                value=self.mode,
                hint=suggest(self.mode, MODES),
            )
        )

    def _connect(self) -> None:
        """Record this layer on new inputs, each led through one of the layers."""
        if len(self.layers) < 2:
            raise ValueError(
                say("{owner}: `layers` must be at least 2 layers", owner=label(self))
            )
        entries, outputs = [], []
        for layer in self.layers:
            shape = _entry_shape(layer)
            if shape is None:
                raise ValueError(
                    say(
                        "{owner}: the input shape of {layer} must be known before it is "
                        "joined; give its first layer an input_shape",
                        owner=label(self),
                        layer=label(layer),
                    )
                )
            entries.append(Input(batch_shape=shape, dtype=_entry_dtype(layer)))
            outputs.append(layer(entries[-1]))
        self.entry = (entries, self(outputs))

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """The inputs, joined."""
        return self.joining.run(inputs, mask)

    def build(self, shape: Any) -> None:
        """No weights of its own."""
        self.joining.ensure_built(shape)

    def compute_output_shape(self, shapes: Any) -> Any:
        """As the mode has it."""
        return self.joining.compute_output_shape(shapes)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """As the mode has it."""
        return self.joining.compute_mask(inputs, mask)

    def get_config(self) -> dict[str, Any]:
        """The arguments, with the joined layers inside."""
        config = super().get_config()
        config |= {"concat_axis": self.concat_axis, "dot_axes": self.dot_axes}
        config["mode"] = self.mode
        if isinstance(
            self.joining, Lambda
        ):  # its output's shape is found again by trying
            inner = self.joining.get_config()
            config |= {"mode": inner["function"], "arguments": inner["arguments"]}
        config["layers"] = [registry.serialize(layer) for layer in self.layers]
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Merge:
        """The layer again, and the layers it joins."""
        values = dict(config)
        values.pop("trainable", None)
        values["layers"] = [registry.deserialize(c) for c in values.get("layers") or ()]
        if values.get("mode") not in MODES:
            inner = {"function": values["mode"], "function_type": "function"}
            values["mode"] = Lambda.from_config(inner).function
        return cls(**values)


def merge(inputs: Sequence[Any], mode: Any = "sum", **settings: Any) -> Any:
    """Keras 1's function: `merge([a, b], mode="concat", concat_axis=1)`.

    inputs: Symbols (the result is one), or layers (the result is a `Merge`).
    """
    if all(isinstance(x, Layer) for x in inputs):
        return Merge(inputs, mode, **settings)
    return Merge(None, mode, **settings)(list(inputs))


# `tensorlearn.layers.merge` is this function and a module, whose names it carries along
vars(merge).update({name: getattr(merging, name) for name in merging.__all__})


def _entry_shape(layer: Any) -> Any:
    if getattr(layer, "is_graph", False):
        return layer.inputs[0].shape
    return getattr(layer, "batch_input_shape", None)


def _entry_dtype(layer: Any) -> str:
    return layer.inputs[0].dtype if hasattr(layer, "inputs") else layer._input_dtype()

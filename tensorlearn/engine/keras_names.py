"""Names that old Keras scripts lean on without their being documented, in one place.

Nothing of the library uses them. `KerasLayer` is mixed into Layer, `KerasSymbol` into
Symbol, `KerasCall` into Call.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from tensorlearn.autograd import Parameter, Tensor
from tensorlearn.engine.shapes import Shape


class KerasLayer:
    """Undocumented attributes of Keras's layers."""

    inbound_nodes: list[Any]
    outbound_nodes: list[Any]
    built: bool
    stateful = False
    _parameters: list[Parameter]
    _takes: ClassVar[frozenset[str]]

    @property
    def _inbound_nodes(self) -> list[Any]:
        return self.nodes()  # type: ignore[attr-defined, no-any-return]

    @property
    def _outbound_nodes(self) -> list[Any]:
        return self.outbound_nodes

    @property
    def _built(self) -> bool:
        return self.built

    @property
    def _trainable_weights(self) -> list[Parameter]:
        return _Adopting(self, True)

    @_trainable_weights.setter
    def _trainable_weights(self, weights: Iterable[Any]) -> None:
        adopt(self, weights, True)

    @property
    def _non_trainable_weights(self) -> list[Parameter]:
        return _Adopting(self, False)

    @_non_trainable_weights.setter
    def _non_trainable_weights(self, weights: Iterable[Any]) -> None:
        adopt(self, weights, False)

    @property
    def updates(self) -> list[Any]:
        """Always empty: states are written as soon as they are computed."""
        return []

    def get_updates_for(self, inputs: Any) -> list[Any]:
        """Always empty: states are written as soon as they are computed."""
        return []

    def get_losses_for(self, inputs: Any) -> list[Any]:
        """Penalties on weights for inputs=None, else those on the last activations."""
        if inputs is None:
            return self.penalties()  # type: ignore[attr-defined, no-any-return]
        return list(self._losses)  # type: ignore[attr-defined]

    @property
    def uses_learning_phase(self) -> bool:
        """Whether the layer does something else in training than in inference."""
        inner = self.sublayers()  # type: ignore[attr-defined]
        return "training" in self._takes or any(
            one.uses_learning_phase for one in inner
        )

    def get_output_shape_for(self, input_shape: Any) -> Any:
        """Keras 1's name of `compute_output_shape`."""
        return self.compute_output_shape(input_shape)  # type: ignore[attr-defined]

    def assert_input_compatibility(self, inputs: Any) -> None:
        """Raise ValueError unless the layer accepts inputs of these shapes."""
        listed = isinstance(inputs, (list, tuple))
        shapes = [x.shape for x in inputs] if listed else inputs.shape
        self.check_shape(shapes)  # type: ignore[attr-defined]


def adopt(layer: Any, weights: Iterable[Any], trainable: bool) -> None:
    """Make these the layer's trainable (or its other) weights, as Keras-1 layers do."""
    kept = [p for p in layer._parameters if p.trainable is not trainable]
    new = [_weight(p, trainable) for p in weights]
    layer._parameters = [p for p in kept if all(p is not q for q in new)] + new


def _weight(weight: Any, trainable: bool) -> Parameter:
    if not isinstance(weight, Parameter):
        return Parameter(weight, trainable=trainable)
    if weight.trainable is not trainable:
        Tensor.__init__(weight, weight.data, trainable)
    return weight


class _Adopting(list[Parameter]):
    """The layer's own weights; what is appended here becomes one of them."""

    def __init__(self, layer: Any, trainable: bool) -> None:
        super().__init__(p for p in layer._parameters if p.trainable is trainable)
        self.layer, self.trainable = layer, trainable

    def append(self, weight: Any) -> None:
        self.extend([weight])

    def extend(self, weights: Iterable[Any]) -> None:
        super().extend(weights)
        adopt(self.layer, self, self.trainable)


class KerasSymbol:
    """Undocumented attributes of Keras's symbolic tensors."""

    __slots__ = ()
    shape: Shape
    call: Any
    index: int

    @property
    def _keras_shape(self) -> Shape:
        return self.shape

    @property
    def _keras_history(self) -> tuple[Any, int, int]:
        if self.call is None:
            raise AttributeError("_keras_history")
        return self.call.layer, self.call.node_index, self.index

    @property
    def _uses_learning_phase(self) -> bool:
        """Whether any layer on the way here does something else in training."""
        waiting, seen = [self.call], set()
        while waiting:
            call = waiting.pop()
            if call is None or id(call) in seen:
                continue
            seen.add(id(call))
            if call.layer.uses_learning_phase:
                return True
            waiting += [symbol.call for symbol in call.inputs]
        return False

    def get_shape(self) -> KerasShape:
        """The shape as TensorFlow gives it: a tuple that also has `as_list()`."""
        return KerasShape(self.shape)


class KerasShape(tuple[int | None, ...]):
    """A shape with TensorFlow's `as_list`."""

    __slots__ = ()

    def as_list(self) -> list[int | None]:
        """The lengths as a list."""
        return list(self)


class KerasCall:
    """Undocumented attributes of Keras's nodes."""

    layer: Any
    inputs: list[Any]
    outputs: list[Any]

    @property
    def inbound_layers(self) -> list[Any]:
        """The layers that the inputs came from."""
        return [s.call.layer for s in self.inputs if s.call is not None]

    @property
    def node_indices(self) -> list[int]:
        """Which call of each inbound layer."""
        return [s.call.node_index for s in self.inputs if s.call is not None]

    @property
    def tensor_indices(self) -> list[int]:
        """Which output of each inbound call."""
        return [s.index for s in self.inputs]

    @property
    def outbound_layer(self) -> Any:
        """The layer that was called."""
        return self.layer

    @property
    def input_tensors(self) -> list[Any]:
        """The Symbols that went in; for the entry of a model, what comes out of it."""
        return self.inputs or self.outputs

    @property
    def output_tensors(self) -> list[Any]:
        """The Symbols that came out."""
        return self.outputs

    @property
    def input_shapes(self) -> list[Shape]:
        """Shapes of the inputs."""
        return [s.shape for s in self.input_tensors]

    @property
    def output_shapes(self) -> list[Shape]:
        """Shapes of the outputs."""
        return [s.shape for s in self.outputs]

    def get_config(self) -> dict[str, Any]:
        """Who feeds whom, by name."""
        return {
            "outbound_layer": self.layer.name,
            "inbound_layers": [layer.name for layer in self.inbound_layers],
            "node_indices": self.node_indices,
            "tensor_indices": self.tensor_indices,
        }


class Making(KerasCall):
    """The making of a network, which Keras counts as the network's call number 0."""

    node_index = 0

    def __init__(self, layer: Any, inputs: list[Any], outputs: list[Any]) -> None:
        self.layer, self.inputs, self.outputs = layer, inputs, outputs

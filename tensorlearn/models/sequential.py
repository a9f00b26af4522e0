"""Sequential: a model that is a plain stack of layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tensorlearn.declare.fields import label
from tensorlearn.declare.registry import layers
from tensorlearn.engine.layer import Layer, not_initialized
from tensorlearn.engine.operation import Input, InputLayer
from tensorlearn.engine.shapes import Shape
from tensorlearn.models.classification import ClassPredictions
from tensorlearn.models.model import Model
from tensorlearn.models.network import Network
from tensorlearn.wording import say


class Sequential(ClassPredictions, Model):
    """Layers one after the other.

    layers: a list, or nothing and `add` later. Without an input shape in the first layer
    the weights are made when data first arrives (or by `build`).

    >>> from tensorlearn.layers import Dense
    >>> model = Sequential([Dense(2, input_shape=(3,)), Dense(1)])
    >>> model.output_shape
    (None, 1)
    """

    def __init__(self, layers: Sequence[Layer] | None = None, name: str | None = None):
        super().__init__(name=name)
        self._stack: list[Layer] = []
        self._build_input_shape: Shape | None = None
        if isinstance(layers, Layer):
            raise TypeError(
                say(
                    "{owner}: `layers` must be a list of layers, got the layer {layer}; "
                    "write Sequential([...])",
                    owner=label(self),
                    layer=label(layers),
                )
            )
        for layer in layers or ():
            self.add(layer)

    @property
    def layers(self) -> list[Layer]:
        """The stack, without the entry; a layer that was added twice is listed once."""
        each = list(dict.fromkeys(self._stack))
        return self._stack if len(each) == len(self._stack) else each

    def add(self, layer: Layer) -> None:
        """Put a layer on top; TypeError if it is not a layer."""
        if not isinstance(layer, Layer):
            raise TypeError(
                say(
                    "{owner}: The added layer must be an instance of class Layer. Found: "
                    "{got!r}",
                    owner=label(self),
                    got=layer,
                )
            )
        if "name" not in vars(layer):
            raise RuntimeError(not_initialized(layer))
        if isinstance(layer, InputLayer):
            if self._stack or self.is_graph:
                raise ValueError(
                    say("{owner}: an InputLayer can only come first", owner=label(self))
                )
            self._extend_from(layer.output, [])
            return
        if self.is_graph:
            self._extend_from(self.outputs[0], [layer])
        elif not self._stack:
            entry = getattr(layer, "entry", None)  # Merge brings inputs of its own
            shape = _entry_shape(layer)
            if entry is not None:
                self.connect(*entry)
            elif shape is not None:
                self._enter(shape, layer)
        self._stack.append(layer)

    def _enter(self, shape: Shape, layer: Layer) -> None:
        dtype = layer._input_dtype()
        entry = Input(batch_shape=shape, dtype=dtype, name=f"{layer.name}_input")
        self._extend_from(entry, [layer])

    def _extend_from(self, symbol: Any, layers: Sequence[Layer]) -> None:
        """Call `layers` one after the other, starting at `symbol`."""
        entry = self.inputs if self.is_graph else symbol
        for layer in layers:
            symbol = layer(symbol)
            if isinstance(symbol, list):
                raise TypeError(
                    say(
                        "{owner}: all layers in a Sequential model should have a single "
                        "output; for {layer} use the functional API",
                        owner=label(self),
                        layer=label(layer),
                    )
                )
        self.connect(entry, symbol)

    def pop(self) -> None:
        """Take the last layer away; TypeError if there is none."""
        if not self._stack:
            raise TypeError(say("There are no layers in the model."))
        gone = self._stack.pop()
        if gone.inbound_nodes:
            gone.inbound_nodes.pop()
        if not self.is_graph:
            return
        if self._stack:
            self._stack[-1].outbound_nodes.clear()
            self.connect(self.inputs, self._stack[-1].inbound_nodes[-1].outputs[0])
        else:
            self.is_graph = self.built = False

    def build(self, input_shape: Any = None) -> None:
        """Make all weights for inputs of this shape (batch included)."""
        if self.is_graph or input_shape is None:
            return
        if not self._stack:
            raise ValueError(
                say("{owner} has no layers yet; add some first", owner=label(self))
            )
        self._build_input_shape = tuple(input_shape)
        stack = list(self._stack)
        entry = Input(
            batch_shape=tuple(input_shape),
            dtype=stack[0]._input_dtype(),
            name=f"{self.name}_input",
        )
        self._extend_from(entry, stack)

    def get_config(self) -> dict[str, Any]:
        """{"name", "layers": [{"class_name", "config"}, ...]}, as Keras 2.2.4."""
        config: dict[str, Any] = {
            "name": self.name,
            "layers": [layers.serialize(layer) for layer in self._stack],
        }
        if self._build_input_shape is not None:
            config["build_input_shape"] = self._build_input_shape
        if not self.trainable:
            config["trainable"] = False  # Keras forgets this
        return config

    @classmethod
    def from_config(
        cls, config: Any, custom_objects: Mapping[str, Any] | None = None
    ) -> Sequential:
        """The model that `get_config` described (or Keras 1, with its bare list)."""
        described = config if isinstance(config, list) else config["layers"]
        name = None if isinstance(config, list) else config.get("name")
        model = cls(name=name)
        made: dict[str, Layer] = {}
        for entry in described:
            layer = layers.deserialize(entry, custom_objects)
            model.add(made.setdefault(layer.name, layer))  # one name: one shared layer
        shape = None if isinstance(config, list) else config.get("build_input_shape")
        if shape and not model.is_graph:
            model.build(tuple(shape))
        if not isinstance(config, list):
            model.trainable = bool(config.get("trainable", True))
        return model


def _entry_shape(layer: Layer) -> Shape | None:
    """The batch input shape that a first layer (or first nested model) declares."""
    while isinstance(layer, Network):
        if layer.is_graph:
            return layer.inputs[0].shape
        if not layer.layers:
            return None
        layer = layer.layers[0]
    return getattr(layer, "batch_input_shape", None)

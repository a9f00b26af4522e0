"""What a layer remembers of its calls on Symbols: inputs, outputs and their shapes."""

from __future__ import annotations

from typing import Any

from tensorlearn.declare.fields import label
from tensorlearn.engine.symbol import Call
from tensorlearn.wording import say


class Recorded:
    """The Keras properties `input`, `output_shape`, `get_input_at(i)` and their kin."""

    inbound_nodes: list[Call]
    outbound_nodes: list[Call]

    def get_input_at(self, node_index: int) -> Any:
        """The Symbol(s) that went into call number `node_index`."""
        return _single(self._call_at(node_index, "input").input_tensors)

    def get_output_at(self, node_index: int) -> Any:
        """The Symbol(s) that came out of call number `node_index`."""
        return _single(self._call_at(node_index, "output").outputs)

    def get_input_shape_at(self, node_index: int) -> Any:
        """Shape(s) of the input of call number `node_index`."""
        return _single(self._call_at(node_index, "input shape").input_shapes)

    def get_output_shape_at(self, node_index: int) -> Any:
        """Shape(s) of the output of call number `node_index`."""
        return _single(self._call_at(node_index, "output shape").output_shapes)

    def _call_at(self, index: int, what: str) -> Call:
        count = len(self.inbound_nodes)
        if not count:
            raise RuntimeError(
                say(
                    "The layer has never been called and thus has no defined {what}: "
                    "{owner}",
                    what=say(what),
                    owner=label(self),
                )
            )
        if not -count <= index < count:
            raise ValueError(
                say(
                    "Asked to get {what} at node {index}, but the layer has only {count} "
                    "inbound nodes: {owner}",
                    what=say(what),
                    index=index,
                    count=count,
                    owner=label(self),
                )
            )
        return self.inbound_nodes[index]

    def _only_call(self, what: str, getter: str) -> Call:
        if len(self.inbound_nodes) > 1:
            raise AttributeError(
                say(
                    'Layer {owner} has multiple inbound nodes, hence the notion of "layer '
                    '{what}" is ill-defined. Use `{getter}(node_index)` instead.',
                    owner=label(self),
                    what=say(what),
                    getter=getter,
                )
            )
        if not self.inbound_nodes:
            raise AttributeError(
                say(
                    "Layer {owner} is not connected, no {what} to return.",
                    owner=label(self),
                    what=say(what),
                )
            )
        return self.inbound_nodes[0]

    @property
    def input(self) -> Any:
        """The Symbol(s) of the only recorded call's input."""
        return _single(self._only_call("input", "get_input_at").input_tensors)

    @property
    def output(self) -> Any:
        """The Symbol(s) of the only recorded call's output."""
        return _single(self._only_call("output", "get_output_at").outputs)

    @property
    def input_shape(self) -> Any:
        """Shape(s) of the input, if all recorded calls agree."""
        return self._common_shape("input shape", "input_shapes", "get_input_shape_at")

    @property
    def output_shape(self) -> Any:
        """Shape(s) of the output, if all recorded calls agree."""
        return self._common_shape(
            "output shape", "output_shapes", "get_output_shape_at"
        )

    def _common_shape(self, what: str, attribute: str, getter: str) -> Any:
        found = [getattr(call, attribute) for call in self.inbound_nodes]
        if not found or any(shapes != found[0] for shapes in found):
            self._only_call(what, getter)
        return _single(found[0])


def _single(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values

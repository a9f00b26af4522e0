"""What a layer remembers of its calls on Symbols: inputs, outputs and their shapes."""

from __future__ import annotations

from typing import Any, ClassVar

from tensorlearn.declare.fields import label
from tensorlearn.engine.symbol import Call, Symbol
from tensorlearn.wording import say


class Recorded:
    """The Keras properties `input`, `output_shape`, `get_input_at(i)` and their kin."""

    inbound_nodes: list[Call]
    outbound_nodes: list[Call]
    calls_before: ClassVar[int] = 0
    """Number of the first recorded call; 1 for a model, whose making is its call 0."""

    def nodes(self) -> list[Any]:
        """The recorded calls, by their numbers."""
        return self.inbound_nodes

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

    def get_input_mask_at(self, node_index: int) -> Any:
        """What stands for the mask(s) that went into that call; None without one."""
        return _single(_masks(self._call_at(node_index, "input mask").input_tensors))

    def get_output_mask_at(self, node_index: int) -> Any:
        """What stands for the mask(s) that came out of that call; None without one."""
        return _single(_masks(self._call_at(node_index, "output mask").outputs))

    def _call_at(self, index: int, what: str) -> Call:
        nodes = self.nodes()
        count = len(nodes)
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
        return nodes[index]  # type: ignore[no-any-return]

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
    def input_mask(self) -> Any:
        """What stands for the mask of the only recorded call's input, or None."""
        only = self._only_call("input mask", "get_input_mask_at")
        return _single(_masks(only.input_tensors))

    @property
    def output_mask(self) -> Any:
        """What stands for the mask of the only recorded call's output, or None."""
        only = self._only_call("output mask", "get_output_mask_at")
        return _single(_masks(only.outputs))

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


def _masks(symbols: list[Symbol]) -> list[Symbol | None]:
    return [
        Symbol(s.shape[:2], "bool", f"{s.name}/mask") if s.masked else None
        for s in symbols
    ]


def _single(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values

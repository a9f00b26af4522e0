"""Networks as plain data and back: Keras 2.2.4's dictionaries, key for key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tensorlearn.declare.fields import label, plain
from tensorlearn.declare.registry import custom_object_scope, layers
from tensorlearn.engine.layer import Layer
from tensorlearn.engine.symbol import Call, Symbol
from tensorlearn.wording import say


def graph_config(network: Any) -> dict[str, Any]:
    """{"name", "layers", "input_layers", "output_layers"} of a recorded network."""
    numbers = _numbers(network)
    described = []
    for layer in network.layers:
        calls = [c for c in network.calls if c.layer is layer and c.inputs]
        calls.sort(key=lambda call: call.node_index)  # their numbers in `_numbers`
        described.append(
            {
                "name": layer.name,
                "class_name": type(layer).__name__,
                "config": layer.get_config(),
                "inbound_nodes": [
                    [
                        [*_origin(s, numbers), _arguments(network, call)]
                        for s in call.inputs
                    ]
                    for call in calls
                ],
            }
        )
    frozen = {} if network.trainable else {"trainable": False}  # Keras forgets this
    return {
        "name": network.name,
        "layers": described,
        "input_layers": [_origin(s, numbers) for s in network.inputs],
        "output_layers": [_origin(s, numbers) for s in network.outputs],
        **frozen,
    }


def _is_network(layer: Layer) -> bool:
    return hasattr(layer, "connect")


def _calls_before(layer: Layer) -> int:
    """What to add to a number in a file to find the call of a layer made just now."""
    calls = layer.inbound_nodes
    if calls and not calls[0].inputs:  # made by the constructor: InputLayer
        return 0
    return len(layer.inbound_nodes) - (1 if _is_network(layer) else 0)


def _numbers(network: Any) -> dict[Call, int]:
    """The number of every call among the calls of its layer inside this network.

    Keras counts the making of a nested model as its call 0; so do files.
    """
    count: dict[Layer, int] = {}
    numbers: dict[Call, int] = {}
    for call in sorted(network.calls, key=lambda c: c.node_index):
        numbers[call] = count.setdefault(call.layer, int(_is_network(call.layer)))
        count[call.layer] += 1
    return numbers


def _origin(symbol: Symbol, numbers: Mapping[Call, int]) -> list[Any]:
    assert symbol.call is not None
    return [symbol.call.layer.name, numbers[symbol.call], symbol.index]


def _arguments(network: Any, call: Call) -> dict[str, Any]:
    arguments = plain(call.arguments)
    try:
        json.dumps(arguments)
    except TypeError as error:
        raise ValueError(
            say(
                "{owner}: layer {layer} was called with arguments that cannot be written "
                "to a configuration: {arguments}",
                owner=label(network),
                layer=call.layer.name,
                arguments=sorted(arguments),
            )
        ) from error
    return dict(arguments)


def graph_from_config(
    config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> tuple[list[Symbol], list[Symbol]]:
    """The input and output Symbols of the graph that `graph_config` described."""
    made: dict[str, Layer] = {}
    waiting: list[tuple[Layer, list[Any]]] = []
    with custom_object_scope(custom_objects or {}):
        for entry in config["layers"]:
            layer = layers.deserialize(
                {"class_name": entry["class_name"], "config": entry["config"]}
            )
            made[entry["name"]] = layer
            waiting += [(layer, node) for node in entry["inbound_nodes"]]
        base = {layer: _calls_before(layer) for layer in made.values()}

        def find(origin: Any) -> Symbol | None:
            name, number, index = origin[:3]
            layer = made[name]
            number += base[layer]
            calls = layer.inbound_nodes
            return calls[number].outputs[index] if number < len(calls) else None

        while waiting:
            later = []
            blocked: set[Layer] = set()
            for layer, node in waiting:
                sources = [find(origin) for origin in node]
                if layer in blocked or any(s is None for s in sources):
                    later.append((layer, node))
                    blocked.add(layer)  # calls of one layer keep their order
                    continue
                arguments = node[0][3] if len(node[0]) > 3 else {}
                layer(sources if len(sources) > 1 else sources[0], **arguments)
            if len(later) == len(waiting):
                raise ValueError(
                    say(
                        "the configuration of the model is broken: layer {layer} is fed "
                        "by calls that never happen",
                        layer=later[0][0].name,
                    )
                )
            waiting = later
        ends = [
            [find(origin) for origin in config[key]]
            for key in ("input_layers", "output_layers")
        ]
    return ends[0], ends[1]  # type: ignore[return-value]

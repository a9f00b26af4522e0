"""Network: layers connected into a graph, and the replay of that graph on arrays.

`Model(inputs, outputs)` follows the recorded calls from the outputs back to the inputs
once, and keeps them as a plan: which layer, fed from which slots, into which slots.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tensorlearn.autograd import Parameter
from tensorlearn.config import unused_name
from tensorlearn.declare.fields import label
from tensorlearn.engine.keras_names import Making
from tensorlearn.engine.layer import Layer
from tensorlearn.engine.operation import InputLayer
from tensorlearn.engine.shapes import is_shape, one_each
from tensorlearn.engine.symbol import Call, Symbol
from tensorlearn.models.graph_config import graph_config, graph_from_config
from tensorlearn.models.persistence import Persistent
from tensorlearn.wording import say, suggest


class Step(NamedTuple):
    """One replayed call: `slots[outputs] = layer(slots[inputs])`."""

    layer: Layer
    call: Call
    inputs: list[int]
    outputs: list[int]


class Network(Persistent, Layer):
    """A layer made of layers: either a graph of recorded calls, or a `call` of its own.

    inputs, outputs: a Symbol or a list of them. Raises ValueError if an input is not an
    `Input`, or if an output depends on something that is not among the inputs.
    """

    inputs: list[Symbol]
    outputs: list[Symbol]
    calls_before = 1

    def __init__(
        self,
        inputs: Any = None,
        outputs: Any = None,
        name: str | None = None,
        **kw: Any,
    ) -> None:
        inputs, outputs = kw.pop("input", inputs), kw.pop("output", outputs)  # Keras 1
        super().__init__(name=name, **kw)
        self.is_graph = inputs is not None
        self._plan: list[Step] | None = None
        self._ordered: list[Layer] = []
        self._added_losses: list[Symbol] = []
        if self.is_graph:
            self.connect(inputs, outputs)

    def connect(self, inputs: Any, outputs: Any) -> None:
        """Take the graph between these Symbols as what this network computes."""
        self.inputs = _symbols(self, "inputs", inputs)
        self.outputs = _symbols(self, "outputs", outputs)
        if len(set(map(id, self.inputs))) < len(self.inputs):
            raise ValueError(
                say(
                    "{owner}: every input should be listed once, got {names}",
                    owner=label(self),
                    names=[symbol.name for symbol in self.inputs],
                )
            )
        for symbol in self.inputs:
            if symbol.call is None or not isinstance(symbol.call.layer, InputLayer):
                raise ValueError(
                    say(
                        "{owner}: inputs must come from Input(), got {symbol}; a model can "
                        "only begin where data enters",
                        owner=label(self),
                        symbol=symbol,
                    )
                )
        self.is_graph = True
        self.built = True
        self._single_output = len(self.outputs) == 1
        calls = _calls_between(self, self.inputs, self.outputs)
        self._ordered = _in_depth_order(calls, self.outputs)
        self.calls = calls
        if self._added_losses:
            ends = [*self.outputs, *self._added_losses]
            calls = _calls_between(self, self.inputs, ends)
        self._plan = _plan(calls)
        slots = _slots(calls)
        self._loss_slots = [slots[id(s)] for s in self._added_losses]
        self._input_slots = [slots[id(s)] for s in self.inputs]
        self._output_slots = [slots[id(s)] for s in self.outputs]
        self._slot_count = len(slots)
        names = [layer.name for layer in self._ordered]
        twice = {n for n in names if names.count(n) > 1}
        if twice:
            raise ValueError(
                say(
                    "{owner}: the name {name!r} is used {count} times, but all layer names "
                    "must be unique",
                    owner=label(self),
                    name=sorted(twice)[0],
                    count=names.count(sorted(twice)[0]),
                )
            )

    # ---- parts ----

    @property
    def layers(self) -> list[Layer]:
        """The layers, inputs first, in Keras's order (files of weights depend on it)."""
        return self._ordered if self.is_graph else list(super().sublayers())

    def sublayers(self) -> Iterator[Layer]:
        """The layers, each once."""
        yield from self.layers

    def _saved_weights(self) -> list[Parameter]:
        return [p for layer in self.layers for p in layer._saved_weights()]

    def nodes(self) -> list[Any]:
        """The recorded calls; as Keras counts them, number 0 is the network itself."""
        made = [Making(self, self.inputs, self.outputs)] if self.is_graph else []
        return [*made, *super().nodes()]

    @property
    def input_names(self) -> list[str]:
        """Names of the input layers."""
        return [s.call.layer.name for s in self.inputs if s.call is not None]

    @property
    def output_names(self) -> list[str]:
        """Names of the layers that make the outputs; a repeated one gets _1, _2, ..."""
        names: list[str] = []
        for symbol in self.outputs:
            assert symbol.call is not None
            names.append(unused_name(symbol.call.layer.name, names))
        return names

    @property
    def input(self) -> Any:
        """The input Symbol, or the list of them."""
        return self.inputs[0] if len(self.inputs) == 1 else self.inputs

    @property
    def output(self) -> Any:
        """The output Symbol, or the list of them."""
        return self.outputs[0] if len(self.outputs) == 1 else self.outputs

    @property
    def input_shape(self) -> Any:
        """Shape of the input(s), batch included."""
        shapes = [s.shape for s in self.inputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def output_shape(self) -> Any:
        """Shape of the output(s), batch included."""
        shapes = [s.shape for s in self.outputs]
        return shapes[0] if len(shapes) == 1 else shapes

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of that name, or with that number; the number wins if both are given.

        Raises ValueError if there is none.
        """
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ValueError(
                    say(
                        "Was asked to retrieve layer at index {index} but model only has "
                        "{count} layers.",
                        index=index,
                        count=len(self.layers),
                    )
                )
            return self.layers[index]
        if name is None:
            raise ValueError(say("Provide either a layer name or layer index."))
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ValueError(
            say(
                "No such layer: {name}{hint}",
                name=name,
                hint=suggest(name, [layer.name for layer in self.layers]),
            )
        )

    # ---- configuration ----

    def get_config(self) -> dict[str, Any]:
        """The graph as plain data: layers, how they feed each other, inputs, outputs.

        Raises NotImplementedError for a subclassed model: its graph is Python code.
        """
        if not self.is_graph:
            raise NotImplementedError(
                say(
                    "{owner} is defined by its `call`, which a configuration cannot "
                    "hold; save its weights and make the model by its class",
                    owner=label(self),
                )
            )
        return graph_config(self)

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Any:
        """The model that `get_config` described, with new weights."""
        inputs, outputs = graph_from_config(config, custom_objects)
        made = cls(inputs, outputs, name=config.get("name"))
        made.trainable = bool(config.get("trainable", True))
        return made

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Add penalties to the total loss; Symbols of this graph count in every run."""
        listed = list(losses) if isinstance(losses, (list, tuple)) else [losses]
        symbols = [x for x in listed if isinstance(x, Symbol)]
        if symbols:
            self._added_losses += symbols
            self.connect(self.inputs, self.outputs)
        super().add_loss([x for x in listed if not isinstance(x, Symbol)])

    def reset_states(self) -> None:
        """Start all stateful layers from zero again."""
        for layer in self.layers:
            if getattr(layer, "stateful", False):
                layer.reset_states()  # type: ignore[attr-defined]

    # ---- replay ----

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """The outputs for these inputs (a Tensor or a list, as many as there are)."""
        return self._replay(inputs, mask)[0]

    def run_masked(self, inputs: Any, mask: Any, **kwargs: Any) -> tuple[Any, Any]:
        """Outputs and their masks in one replay."""
        if not self.is_graph:
            return super().run_masked(inputs, mask, **kwargs)
        return self._replay(inputs, mask)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask(s) of the output(s)."""
        return self._replay(inputs, mask)[1] if self.is_graph else None

    def _replay(self, inputs: Any, mask: Any) -> tuple[Any, Any]:
        given = inputs if isinstance(inputs, list) else [inputs]
        if len(given) != len(self.inputs):
            raise ValueError(
                say(
                    "{owner} has {wanted} inputs {names}, got {got}",
                    owner=label(self),
                    wanted=len(self.inputs),
                    names=self.input_names,
                    got=len(given),
                )
            )
        values: list[Any] = [None] * self._slot_count
        masks: list[Any] = [None] * self._slot_count
        given_masks = mask if isinstance(mask, list) else [mask] * len(given)
        for slot, value, m in zip(self._input_slots, given, given_masks, strict=True):
            values[slot], masks[slot] = value, m
        for layer, call, sources, targets in self._plan or ():
            if call.listed:
                x: Any = [values[i] for i in sources]
                m = [masks[i] for i in sources]
                m = m if any(one is not None for one in m) else None
            else:
                x, m = values[sources[0]], masks[sources[0]]
            y, out_mask = layer.run_masked(x, m, **call.arguments)
            if len(targets) == 1 and not isinstance(y, list):
                values[targets[0]], masks[targets[0]] = y, out_mask
                continue
            many = out_mask if isinstance(out_mask, list) else [out_mask] * len(targets)
            for slot, value, one in zip(targets, y, many, strict=True):
                values[slot], masks[slot] = value, one
        if self._loss_slots:
            super().add_loss([values[i] for i in self._loss_slots])
        if self._single_output:
            return values[self._output_slots[0]], masks[self._output_slots[0]]
        return (
            [values[i] for i in self._output_slots],
            [masks[i] for i in self._output_slots],
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape(s) of the output(s), by replaying the shape rules."""
        if not self.is_graph:
            return super().compute_output_shape(input_shape)
        given = [input_shape] if is_shape(input_shape) else list(input_shape)
        shapes: list[Any] = [None] * self._slot_count
        for slot, shape in zip(self._input_slots, given, strict=True):
            shapes[slot] = tuple(shape)
        for layer, call, sources, targets in self._plan or ():
            x = [shapes[i] for i in sources]
            found = layer.compute_output_shape(x if call.listed else x[0])
            for slot, shape in zip(
                targets, [found] if is_shape(found) else found, strict=True
            ):
                shapes[slot] = tuple(shape)
        result = [shapes[i] for i in self._output_slots]
        return result[0] if self._single_output else result

    def output_masked(
        self, masked: list[bool], inputs: list[Symbol], listed: bool
    ) -> list[bool]:
        """Whether each output comes with a mask, by replaying which layers pass masks."""
        if not self.is_graph:
            return super().output_masked(masked, inputs, listed)
        flags = [False] * self._slot_count
        for slot, flag in zip(self._input_slots, masked, strict=True):
            flags[slot] = flag
        for layer, call, sources, targets in self._plan or ():
            found = layer.output_masked(
                [flags[i] for i in sources], call.inputs, call.listed
            )
            for slot, flag in zip(targets, one_each(found, len(targets)), strict=True):
                flags[slot] = flag
        return [flags[i] for i in self._output_slots]


# ---- reading the graph ----


def _symbols(owner: Network, what: str, given: Any) -> list[Symbol]:
    found = list(given) if isinstance(given, (list, tuple)) else [given]
    for symbol in found:
        if not isinstance(symbol, Symbol):
            raise ValueError(
                say(
                    "{owner}: `{what}` must be Symbols (from Input and layers called on "
                    "it), got {got}",
                    owner=label(owner),
                    what=what,
                    got=type(symbol).__name__,
                )
            )
    return found


def _calls_between(
    owner: Network, inputs: Sequence[Symbol], outputs: Sequence[Symbol]
) -> list[Call]:
    """Every call the outputs depend on, each after those that feed it.

    The order is that of Keras's depth-first walk; it decides `model.layers`.
    """
    ends = {id(symbol) for symbol in inputs}
    done: dict[Call, None] = {s.call: None for s in inputs if s.call is not None}
    order: list[Call] = []
    visited: set[Call] = set()
    for output in outputs:
        stack: list[tuple[Symbol, bool]] = [(output, False)]
        while stack:
            symbol, finished = stack.pop()
            call = symbol.call
            entry = call is not None and isinstance(call.layer, InputLayer)
            if call is None or (entry and id(symbol) not in ends):
                raise ValueError(
                    say(
                        "{owner}: Graph disconnected: cannot obtain value for {symbol}, "
                        "which the outputs need; the layers reached without problem are "
                        "{reached}; add it to `inputs`",
                        owner=label(owner),
                        symbol=symbol,
                        reached=[c.layer.name for c in order],
                    )
                )
            if finished:
                if call not in visited:
                    visited.add(call)
                    order.append(call)
            elif call not in visited:
                stack.append((symbol, True))
                if call not in done:
                    stack.extend((s, False) for s in reversed(call.inputs))
    unused = [call for call in done if call not in visited]
    return unused + order


def _in_depth_order(calls: Sequence[Call], outputs: Sequence[Symbol]) -> list[Layer]:
    """Layers sorted by their distance from the outputs, farthest first, as Keras does."""
    position: dict[Layer, int] = {}
    for call in _first_touched(calls, outputs):
        position.setdefault(call.layer, len(position))
    call_depth: dict[Call, int] = {}
    layer_depth: dict[Layer, int] = {}
    for call in reversed(calls):
        depth = max(call_depth.get(call, 0), layer_depth.get(call.layer, 0))
        call_depth[call] = layer_depth[call.layer] = depth
        for symbol in call.inputs:
            if symbol.call is not None:
                call_depth[symbol.call] = max(depth + 1, call_depth.get(symbol.call, 0))
    return sorted(layer_depth, key=lambda layer: (-layer_depth[layer], position[layer]))


def _first_touched(calls: Sequence[Call], outputs: Sequence[Symbol]) -> Iterable[Call]:
    """Calls in the order in which a walk from the outputs first meets them."""
    known = set(calls)
    met: dict[Call, None] = {}
    stack = [s.call for s in reversed(outputs) if s.call is not None]
    while stack:
        call = stack.pop()
        if call in met or call not in known:
            continue
        met[call] = None
        stack.extend(s.call for s in reversed(call.inputs) if s.call is not None)
    return [*met, *(call for call in calls if call not in met)]


def _slots(calls: Sequence[Call]) -> dict[int, int]:
    return {
        id(symbol): i
        for i, symbol in enumerate(s for call in calls for s in call.outputs)
    }


def _plan(calls: Sequence[Call]) -> list[Step]:
    slots = _slots(calls)
    return [
        Step(
            call.layer,
            call,
            [slots[id(s)] for s in call.inputs],
            [slots[id(s)] for s in call.outputs],
        )
        for call in calls
        if not isinstance(call.layer, InputLayer)
    ]

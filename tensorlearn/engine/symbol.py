"""Symbols: values that are still to come, and the record of the calls that make them.

`Input(shape=(32,))` gives a Symbol; a layer called on a Symbol gives another one and notes
a `Call`. A model is the replay of such calls on arrays (`models/network.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tensorlearn.autograd import PRIMITIVES, Primitive
from tensorlearn.config import floatx
from tensorlearn.declare.registry import layers
from tensorlearn.engine.keras_names import KerasCall, KerasSymbol
from tensorlearn.engine.shapes import Shape
from tensorlearn.operators import Operators
from tensorlearn.wording import say


class Symbol(KerasSymbol, Operators):
    """A value to come: its shape (None where unknown), number type, and origin.

    shape includes the batch axis. `call` and `index` say which recorded call makes it, as
    which of its outputs. masked: whether a mask will come with it.
    """

    __slots__ = ("call", "dtype", "index", "masked", "name", "shape")

    def __init__(
        self,
        shape: Sequence[int | None],
        dtype: str | None = None,
        name: str = "",
        masked: bool = False,
    ) -> None:
        self.shape: Shape = tuple(shape)
        self.dtype = dtype or floatx()
        self.name = name
        self.masked = masked
        self.call: Call | None = None
        self.index = 0

    @property
    def ndim(self) -> int:
        """The number of axes, batch included."""
        return len(self.shape)

    @property
    def T(self) -> Any:  # noqa: N802 - NumPy's name
        """All axes in reverse order."""
        return PRIMITIVES["transpose"](self)

    def __apply_primitive__(
        self, primitive: Primitive, inputs: Sequence[Any], params: dict[str, Any]
    ) -> Any:
        """Record a raw operation as a layer of its own, so that it replays and saves."""
        operation = layers.find("Operation")
        return operation(primitive=primitive.name, params=params).apply(inputs)

    def __len__(self) -> int:
        raise TypeError(_not_yet("len"))

    def __bool__(self) -> bool:
        raise TypeError(_not_yet("a truth value"))

    def __iter__(self) -> Any:
        raise TypeError(_not_yet("iteration"))

    def __repr__(self) -> str:
        return f"<Symbol {self.name!r} shape={self.shape} dtype={self.dtype}>"


def _not_yet(what: str) -> str:
    return say(
        "a Symbol has no values yet, so {what} is not possible; compute with it, or wrap "
        "your function in a Lambda layer",
        what=say(what),
    )


class Call(KerasCall):
    """One recorded call of a layer: which Symbols went in, which came out (Keras: Node)."""

    def __init__(
        self,
        layer: Any,
        inputs: list[Symbol],
        outputs: list[Symbol],
        arguments: dict[str, Any] | None = None,
        listed: bool = False,
    ) -> None:
        self.layer = layer
        self.inputs = inputs
        self.outputs = outputs
        self.arguments = arguments or {}
        self.listed = listed  # whether the layer was given a list
        self.node_index = layer.calls_before + len(layer.inbound_nodes)
        layer.inbound_nodes.append(self)
        for symbol in inputs:
            if symbol.call is not None:
                symbol.call.layer.outbound_nodes.append(self)
        for index, symbol in enumerate(outputs):
            symbol.call, symbol.index = self, index

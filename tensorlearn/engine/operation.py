"""Layers that the engine itself makes: the entry of a model, and a raw operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorlearn.autograd import PRIMITIVES, Parameter, Tensor
from tensorlearn.autograd.tensor import wrap
from tensorlearn.declare.fields import arg
from tensorlearn.engine.layer import Layer, automatic_name
from tensorlearn.engine.shapes import infer_shape, is_shape
from tensorlearn.engine.symbol import Call, Symbol
from tensorlearn.wording import say


class InputLayer(Layer):
    """The place where data enters a model; it computes nothing."""

    supports_masking = True

    def __init__(
        self,
        input_shape: Any = None,
        batch_size: int | None = None,
        batch_input_shape: Any = None,
        dtype: str | None = None,
        input_tensor: Any = None,
        sparse: bool = False,
        name: str | None = None,
    ) -> None:
        if (batch_input_shape is None) is (input_shape is None):
            raise ValueError(
                say(
                    "InputLayer: give either `input_shape` (without the batch axis) or "
                    "`batch_input_shape`, got {input_shape!r} and {batch_input_shape!r}",
                    input_shape=input_shape,
                    batch_input_shape=batch_input_shape,
                )
            )
        if batch_input_shape is None:
            batch_input_shape = (batch_size, *input_shape)
        super().__init__(
            batch_input_shape=batch_input_shape,
            dtype=dtype,
            name=name or automatic_name("Input"),
            trainable=False,
        )
        self.sparse = sparse
        self.built = True
        symbol = Symbol(self.batch_input_shape, self.dtype, self.name)
        Call(self, [], [symbol])

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape that was declared."""
        return self.batch_input_shape

    def get_config(self) -> dict[str, Any]:
        """batch_input_shape, dtype, sparse and name."""
        return {
            "batch_input_shape": self.batch_input_shape,
            "dtype": self.dtype,
            "sparse": self.sparse,
            "name": self.name,
        }


def Input(  # noqa: N802 - Keras's name
    shape: Any = None,
    batch_shape: Any = None,
    name: str | None = None,
    dtype: str | None = None,
    sparse: bool = False,
    tensor: Any = None,
) -> Any:
    """A Symbol for data to come.   shape (without batch): (32,) -> Symbol (None, 32)

    batch_shape: the shape with the batch axis, instead of `shape`.
    Raises TypeError if neither is a tuple of integers or None.
    """
    given = batch_shape if batch_shape is not None else shape
    if not is_shape(given):
        raise TypeError(
            say(
                "Input: `shape` must be a tuple of integers or None without the batch "
                "axis, got {value!r}; for vectors of length 32 write shape=(32,)",
                value=given,
            )
        )
    if any(n is not None and n < 0 for n in given):
        raise ValueError(
            say(
                "{owner}: `{argument}` must hold lengths ≥ 0, or None where any will do, "
                "got {value!r}",
                owner="Input",
                argument="shape",
                value=given,
            )
        )
    full = tuple(batch_shape) if batch_shape is not None else (None, *tuple(shape))
    layer = InputLayer(
        batch_input_shape=full, dtype=dtype, name=name or None, sparse=sparse
    )
    return layer.output


class Operation(Layer):
    """One primitive applied to Symbols (`a + b`, `x[:, 0]`), kept as a layer.

    primitive: its registered name. constants: {position: plain operand}. params: keywords.
    """

    supports_masking = True

    primitive: str = arg.anything(doc="registered name of the primitive")
    params: dict[str, Any] = arg.anything({}, doc="keyword parameters")
    constants: dict[int, Any] = arg.anything({}, doc="operands that are not Symbols")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        operation = "op_" + kwargs["primitive"].strip(
            "_"
        )  # add_1 is an Add layer's name
        kwargs["name"] = kwargs.get("name") or automatic_name(operation)
        super().__init__(*args, **kwargs)
        self.params = _decoded(self.params)
        self.constants = {int(k): _decoded(v) for k, v in self.constants.items()}

    def apply(self, operands: Sequence[Any]) -> Any:
        """Record the operation on operands of which at least one is a Symbol.

        A Parameter stays itself: what it holds later counts, and gradients reach it.
        """
        self.constants = {
            i: x.data if isinstance(x, Tensor) and not isinstance(x, Parameter) else x
            for i, x in enumerate(operands)
            if not isinstance(x, Symbol)
        }
        symbols = [x for x in operands if isinstance(x, Symbol)]
        return self(symbols)

    def call(self, inputs: Any) -> Any:
        """The primitive on the inputs, constants in their places."""
        waiting = list(inputs) if isinstance(inputs, list) else [inputs]
        total = len(waiting) + len(self.constants)
        operands = [
            self.constants[i] if i in self.constants else waiting.pop(0)
            for i in range(total)
        ]
        result = PRIMITIVES[self.primitive](*operands, **self.params)
        if isinstance(result, (Tensor, list)):
            return result
        return wrap(np.asarray(result), None)

    def _record(
        self, inputs: list[Any], listed: bool, arguments: dict[str, Any]
    ) -> Any:
        found = infer_shape(
            lambda *xs: self.call(list(xs)),
            [x.shape for x in inputs],
            [x.dtype for x in inputs],
        )
        masked = any(x.masked for x in inputs)
        outputs = [
            Symbol(shape, dtype, f"{self.name}/output:{i}", masked)
            for i, (shape, dtype) in enumerate(found)
        ]
        self.built = True
        Call(self, inputs, outputs, arguments, listed=True)
        return outputs if PRIMITIVES[self.primitive].outputs else outputs[0]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The first mask there is, if the leading axes are kept."""
        masks = [
            m for m in (mask if isinstance(mask, list) else [mask]) if m is not None
        ]
        return masks[0] if masks else None

    def get_config(self) -> dict[str, Any]:
        """The primitive's name, its parameters and constants as plain data."""
        config = super().get_config()
        config["params"] = _encoded(self.params)
        config["constants"] = {str(k): _encoded(v) for k, v in self.constants.items()}
        return config


def _encoded(value: Any) -> Any:
    """Indices, arrays and dictionaries as plain data that `_decoded` reads back."""
    if isinstance(value, slice):
        return {"slice": [value.start, value.stop, value.step]}
    if value is Ellipsis:
        return {"ellipsis": True}
    if isinstance(value, Parameter):
        value = value.data
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "dtype": value.dtype.name}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, tuple):
        return {"tuple": [_encoded(v) for v in value]}
    if isinstance(value, list):
        return [_encoded(v) for v in value]
    if isinstance(value, dict):
        return {"dict": {k: _encoded(v) for k, v in value.items()}}
    return value


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(v) for v in value]
    if not isinstance(value, dict):
        return value
    if "slice" in value:
        return slice(*value["slice"])
    if "ellipsis" in value:
        return Ellipsis
    if "array" in value:
        return np.array(value["array"], value["dtype"])
    if "tuple" in value:
        return tuple(_decoded(v) for v in value["tuple"])
    return {k: _decoded(v) for k, v in value.get("dict", value).items()}

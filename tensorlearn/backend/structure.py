"""Argument lists and results as structures: filled, flattened, merged, written down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorlearn.autograd import Tensor
from tensorlearn.declare.fields import label
from tensorlearn.engine import Layer, Symbol
from tensorlearn.wording import say


class Slot:
    """Stands in a recorded argument list for input number `index`."""

    def __init__(self, index: int) -> None:
        self.index = index


def slotted(value: Any, inputs: list[Symbol]) -> Any:
    """`value` with its Symbols moved to `inputs`, each once, and slots in their places."""
    if isinstance(value, Symbol):
        for index, known in enumerate(inputs):
            if known is value:
                return Slot(index)
        inputs.append(value)
        return Slot(len(inputs) - 1)
    if isinstance(value, (list, tuple)):
        return type(value)([slotted(v, inputs) for v in value])
    return value


def filled(value: Any, inputs: Sequence[Any]) -> Any:
    """`value` with every slot replaced by the input of its number."""
    if isinstance(value, Slot):
        return inputs[value.index]
    if isinstance(value, (list, tuple)):
        return type(value)([filled(v, inputs) for v in value])
    return value


def flatten(value: Any, flat: list[Any]) -> None:
    """Add the leaves of nested lists and tuples to `flat`, in order."""
    if isinstance(value, (list, tuple)):
        for part in value:
            flatten(part, flat)
    else:
        flat.append(value)


class Leaf:
    """What is known of one result before it is computed."""

    def __init__(self, shape: tuple[int | None, ...], dtype: str) -> None:
        self.shape = shape
        self.dtype = dtype


def common(first: Any, second: Any) -> Any:
    """Two results of dry runs, merged: lengths that differ are unknown."""
    if isinstance(first, (list, tuple)):
        return type(first)([common(a, b) for a, b in zip(first, second, strict=True)])
    pairs = zip(first.shape, second.shape, strict=True)
    return Leaf(tuple(a if a == b else None for a, b in pairs), first.dtype.name)


def without(result: Any, n: int) -> Any:
    """The result of a dry run; lengths that may come from the probe are unknown."""
    if isinstance(result, (list, tuple)):
        return type(result)([without(part, n) for part in result])
    lengths = tuple(None if length == n else length for length in result.shape)
    return Leaf(lengths, result.dtype.name)


def factors(values: Any) -> list[int]:
    """The integers beyond 1 in arguments: by no more than their product results grow."""
    if isinstance(values, (list, tuple)):
        return [n for value in values for n in factors(value)]
    return [values] if isinstance(values, int) and values > 1 else []


def sizes_in(values: Any) -> set[int]:
    """Positive integers in arguments, and lengths of the Tensors and arrays among them."""
    if isinstance(values, int):
        return {values} if values > 0 else set()
    if isinstance(values, (list, tuple)):
        return {n for value in values for n in sizes_in(value)}
    return {n for n in getattr(values, "shape", ()) if n}


def symbols_like(found: Any, name: str, symbols: list[Symbol]) -> Any:
    """`found` with a new Symbol in place of every Leaf; they are added to `symbols`."""
    if isinstance(found, (list, tuple)):
        return type(found)([symbols_like(part, name, symbols) for part in found])
    made = Symbol(found.shape, found.dtype, f"{name}/output:{len(symbols)}")
    symbols.append(made)
    return made


def encoded(value: Any, owner: Layer) -> Any:
    """Arguments as plain data that `decoded` reads back."""
    if isinstance(value, Slot):
        return {"slot": value.index}
    if isinstance(value, (Tensor, np.ndarray)):
        data = value.data if isinstance(value, Tensor) else value
        return {"array": data.tolist(), "dtype": data.dtype.name}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.dtype) or (
        isinstance(value, type) and issubclass(value, np.generic)
    ):
        return np.dtype(value).name
    if isinstance(value, tuple):
        return {"tuple": [encoded(v, owner) for v in value]}
    if isinstance(value, list):
        return [encoded(v, owner) for v in value]
    if callable(value):
        raise TypeError(
            say(
                "{owner}: an argument is the function {value!r}, which cannot be written "
                "to a configuration; wrap the whole computation in a Lambda with a named "
                "function",
                owner=label(owner),
                value=value,
            )
        )
    return value


def decoded(value: Any) -> Any:
    """What `encoded` made plain, as it was."""
    if isinstance(value, list):
        return [decoded(v) for v in value]
    if not isinstance(value, dict):
        return value
    if "slot" in value:
        return Slot(int(value["slot"]))
    if "array" in value:
        return np.array(value["array"], value["dtype"])
    return tuple(decoded(v) for v in value.get("tuple", ()))

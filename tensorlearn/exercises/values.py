"""Values as JSON and bytes, and how to see that one has changed. A part of `wire.py`."""

from __future__ import annotations

import builtins
import copy
import inspect
import json
import operator
from collections.abc import Callable
from typing import Any

import numpy as np


class Garbled(Exception):  # noqa: N818 - the other side speaks nonsense
    """A message that makes no sense."""


class Dict(dict[Any, Any]):
    """A dict of the other side: it can be referred to weakly, which a plain one cannot."""

    __slots__ = ("__weakref__",)


class Generator(np.random.Generator):
    """A generator of the other side, which can be referred to weakly, too."""

    def __init__(self) -> None:
        super().__init__(np.random.PCG64(0))


class RandomState(np.random.RandomState):
    """The same for the older kind."""


GENERATORS: dict[str, Callable[[], Any]] = {
    "Generator": Generator,
    "RandomState": RandomState,
}
TYPES: dict[str, type] = {t.__name__: t for t in (bool, int, float, complex, str, list)}
TYPES |= {t.__name__: t for t in (tuple, dict, set, bytes, object)}
TYPES |= {f"np.{t.__name__}": t for t in np.sctypeDict.values()}
TYPES |= {"np.ndarray": np.ndarray, "np.floating": np.floating}
TYPE_NAMES = {t: name for name, t in reversed(TYPES.items())}
CONTAINERS: dict[str, Callable[[Any], Any]] = {
    "t": tuple,
    "l": list,
    "s": set,
    "f": frozenset,
    "slice": lambda parts: slice(*parts),
    "range": lambda parts: range(*parts),
}


def mirrored(value: Any) -> str:
    """What a thing that is mirrored is called; "" for all others."""
    if isinstance(value, np.ndarray):
        return "ndarray" if value.dtype.kind in "biufcSU" else ""
    if type(value) in (dict, Dict):
        return "dict"
    if isinstance(value, np.random.Generator):
        return "Generator"
    return "RandomState" if isinstance(value, np.random.RandomState) else ""


def is_numpys(value: Any, name: str) -> bool:
    """Whether it is a function of NumPy's, to be had by this name."""
    return not isinstance(value, type) and getattr(np, name, None) is value


def dtype_of(text: str) -> np.dtype[Any]:
    """The number type of that name; Garbled for objects and nonsense."""
    dtype = np.dtype(text)
    if dtype.kind not in "biufcSU":
        raise Garbled("a number type")
    return dtype


def array_of(content: Any, body: bytes) -> np.ndarray:
    """The array whose bytes stand in `body`; Garbled if they do not."""
    code, shape, where, writeable = content
    dtype, count = dtype_of(code), 1
    for n in shape:
        if not isinstance(n, int) or n < 0:
            raise Garbled("a shape")
        count *= n
    if where < 0 or where + count * dtype.itemsize > len(body):
        raise Garbled("a place")
    flat = np.frombuffer(body, dtype, count, where) if count else np.empty(0, dtype)
    array = flat.reshape(shape).copy()
    array.flags.writeable = bool(writeable)
    return array


def overwrite(array: np.ndarray, fresh: np.ndarray) -> None:
    """Make an array look like another one, even if it is locked."""
    locked = not array.flags.writeable
    if locked and array.base is None:
        array.flags.writeable = True
    array[...] = fresh
    array.flags.writeable = not locked


# ---- how a mirrored thing looks, to notice that it has changed ----


def look(thing: Any) -> Any:
    """How a mirrored thing looks, to see later whether it has changed."""
    if isinstance(thing, np.ndarray):
        return thing.tobytes()
    if isinstance(thing, dict):
        return list(thing.items())
    return json.dumps(state_of(thing))


def differs(thing: Any, before: Any) -> bool:
    """Whether a mirrored thing looks different from before."""
    if isinstance(thing, dict):
        now = list(thing.items())
        pairs = zip(now, before, strict=False)
        return len(now) != len(before) or any(
            a[0] != b[0] or a[1] is not b[1] for a, b in pairs
        )
    return bool(look(thing) != before)


def state_of(generator: Any) -> Any:
    """The state of a random generator, ready for JSON."""
    if isinstance(generator, np.random.Generator):
        state: Any = generator.bit_generator.state
    else:
        state = generator.get_state(legacy=False)
    return json.loads(json.dumps(state, default=_plain))


def _plain(value: Any) -> Any:
    return [int(v) for v in value] if isinstance(value, np.ndarray) else value.item()


def set_state(generator: Any, state: Any) -> None:
    """Put a random generator into a state; Garbled if that belongs to another kind."""
    if isinstance(generator, np.random.RandomState):
        state["state"]["key"] = np.array(state["state"]["key"], np.uint32)
        generator.set_state(state)
        return
    if state["bit_generator"] != generator.bit_generator.state["bit_generator"]:
        raise Garbled("a random generator")
    generator.bit_generator.state = state


# ---- what can be asked of the student's process ----


def _signature(function: Any) -> list[list[Any]]:
    parameters = inspect.signature(function).parameters.values()
    return [[p.name, int(p.kind), p.default is not p.empty] for p in parameters]


def _swapped(operation: Callable[..., Any]) -> Callable[..., Any]:
    return lambda a, b: operation(b, a)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "call": lambda function, *args, **kwargs: function(*args, **kwargs),
    "get": getattr,
    "set": setattr,
    "isinstance": isinstance,
    "signature": _signature,
    "enter": lambda manager: manager.__enter__(),
    "leave": lambda manager: manager.__exit__(None, None, None),
    "array": lambda thing, *args: thing.__array__(*args),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}
BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")
OTHERS = ("neg", "pos", "abs", "invert", "lt", "le", "gt", "ge", "index")
OTHERS += ("getitem", "setitem", "delitem", "contains")
BUILTIN = (
    "len",
    "iter",
    "next",
    "reversed",
    "float",
    "int",
    "complex",
    "bool",
    "round",
)
BUILTIN += ("repr", "str")
OPERATIONS |= {name: getattr(operator, name) for name in BINARY + OTHERS}
OPERATIONS |= {f"i{name}": getattr(operator, f"i{name}") for name in BINARY}
OPERATIONS |= {name: getattr(builtins, name) for name in BUILTIN}
OPERATIONS |= {f"r{name}": _swapped(getattr(operator, name)) for name in BINARY}

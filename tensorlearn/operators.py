"""How Python's operators and NumPy's functions find the operation they mean: by name.

Shared by everything an operation can be applied to: Tensors, and Symbols further up.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from tensorlearn.wording import say, suggest

PRIMITIVES: dict[str, Any] = {}
"""Every primitive by name."""
UFUNCS: dict[Any, Any] = {}
"""NumPy ufunc -> our operation, for `np.exp(tensor)` and friends."""
FUNCTIONS: dict[Any, Any] = {}
"""NumPy function -> our operation, for `np.concatenate([tensor, array])` and friends."""


def implements(*functions: Callable[..., Any]) -> Callable[[Any], Any]:
    """Decorator: what these functions of NumPy do when a Tensor is among the arguments.

    The decorated function has NumPy's own parameters, as far as they are supported.
    """

    def note(operation: Any) -> Any:
        for function in functions:
            table = UFUNCS if isinstance(function, np.ufunc) else FUNCTIONS
            table[function] = operation
        return operation

    return note


def _unary(name: str) -> Callable[[Any], Any]:
    return lambda self: PRIMITIVES[name](self)


def _binary(name: str) -> Callable[[Any, Any], Any]:
    return lambda self, other: PRIMITIVES[name](self, other)


def _reflected(name: str) -> Callable[[Any, Any], Any]:
    return lambda self, other: PRIMITIVES[name](other, self)


class Operators:
    """Python's operators and NumPy's protocols, looked up in the registry by name.

    `x -= y` rebinds `x` to a new value: there is no in-place operator on purpose.
    """

    __slots__ = ()
    __hash__ = object.__hash__  # comparisons are elementwise, identity is what hashes

    __neg__ = _unary("negative")
    __abs__ = _unary("abs")
    __add__, __radd__ = _binary("add"), _reflected("add")
    __sub__, __rsub__ = _binary("subtract"), _reflected("subtract")
    __mul__, __rmul__ = _binary("multiply"), _reflected("multiply")
    __truediv__, __rtruediv__ = _binary("divide"), _reflected("divide")
    __mod__, __rmod__ = _binary("remainder"), _reflected("remainder")
    __pow__, __rpow__ = _binary("power"), _reflected("power")
    __matmul__, __rmatmul__ = _binary("matmul"), _reflected("matmul")
    __lt__, __le__ = _binary("less"), _binary("less_equal")
    __gt__, __ge__ = _binary("greater"), _binary("greater_equal")
    __eq__, __ne__ = _binary("equal"), _binary("not_equal")

    def __getitem__(self, index: Any) -> Any:
        return PRIMITIVES["getitem"](self, index=index)

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            say(
                "{kind} does not support item assignment: it would change values that "
                "gradients need; build a new one with where, concatenate or scatter_add",
                kind=type(self).__name__,
            )
        )

    def __array_ufunc__(
        self, ufunc: Any, method: str, *args: Any, **kwargs: Any
    ) -> Any:
        name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        if kwargs:
            raise TypeError(
                say(
                    "np.{name}: {what} is not supported with a Tensor: operations give "
                    "new values and choose the number type themselves",
                    name=name,
                    what=", ".join(f"{key}=" for key in kwargs),
                )
            )
        operation = UFUNCS.get(ufunc)
        if operation is None or method != "__call__":
            raise TypeError(_unsupported(name))
        return operation(*args)

    def __array_function__(
        self, function: Any, kinds: Any, args: Any, kwargs: Any
    ) -> Any:
        operation = FUNCTIONS.get(function)
        name = f"{function.__module__}.{function.__name__}".partition(".")[2]
        if operation is None:
            raise TypeError(_unsupported(name))
        try:
            inspect.signature(operation).bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(
                say("np.{name} with a Tensor: {reason}", name=name, reason=error)
            ) from error
        return operation(*args, **kwargs)


def _unsupported(name: str) -> str:
    known = {f.__name__ for f in (*UFUNCS, *FUNCTIONS)}.union(PRIMITIVES)
    return say(
        "np.{name} has no differentiable twin and would cut the graph; use a function "
        "of tensorlearn.ops, or x.numpy() if no gradient is meant to flow{hint}",
        name=name,
        hint=suggest(name.rpartition("linalg.")[2].partition(".")[0], known),
    )

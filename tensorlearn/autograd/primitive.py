"""Primitive: a NumPy function paired with the pullback of each of its inputs.

Applied to arrays a primitive gives an array; to Tensors, a Tensor that remembers. Other
values (a Symbol) may offer `__apply_primitive__`. The table of all primitives is the
whole calculus; `tensorlearn/ops` fills it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensorlearn.autograd.tensor import (
    FUNCTIONS,
    PRIMITIVES,
    UFUNCS,
    Node,
    Port,
    Tensor,
    state,
    wrap,
)
from tensorlearn.config import floatx
from tensorlearn.wording import say

Pullback = Callable[..., Any]
_NUMBERS = (float, int, bool)


class Primitive:
    """`forward(*inputs, **params)` and, per input, `pullback(g, y, *inputs, **params)`.

    A pullback gets the gradient `g` of the output, the output `y` and the inputs, as
    arrays or as Tensors, and returns the gradient of its input. None in place of a
    pullback says: no gradient flows to this input. Parameters whose names begin with an
    underscore are not needed, and if no pullback needs them they are not kept alive.

    outputs: whether `forward` returns a tuple (`split`, `unstack`); `g` and `y` are then
    tuples, `g` with zeros where nobody asked.
    broadcasts: whether inputs broadcast; the sweep then sums gradients back.
    """

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        pullbacks: Sequence[Pullback | None] = (),
        *,
        broadcasts: bool = False,
        outputs: bool = False,
        differentiable: bool = True,
    ) -> None:
        self.name = name
        self.forward = forward
        self.pullbacks = list(pullbacks)
        self.joint: Pullback | None = None
        self.broadcasts = broadcasts
        self.outputs = outputs
        self.differentiable = differentiable
        self.__doc__ = forward.__doc__
        self.__name__ = name
        self.keeps_inputs = self.keeps_output = False
        for rule in self.pullbacks:
            self._note_needs(rule)
        PRIMITIVES[name] = self

    def pullback(self, index: int) -> Callable[[Pullback], Pullback]:
        """Decorator that adds the pullback of input `index` (in order)."""

        def add(rule: Pullback) -> Pullback:
            while len(self.pullbacks) <= index:
                self.pullbacks.append(None)
            self.pullbacks[index] = rule
            self._note_needs(rule)
            return rule

        return add

    def joint_pullback(self, rule: Pullback) -> Pullback:
        """Decorator for one function that returns the gradients of all inputs at once.

        For inputs of any number (`concatenate`) and for shared work (`lstm`).
        """
        self.joint = rule
        self._note_needs(rule)
        return rule

    def _note_needs(self, rule: Pullback | None) -> None:
        """Read off the rule's parameter names what must be kept for it."""
        code = getattr(rule, "__code__", None)
        if code is None:
            self.keeps_inputs |= rule is not None
            self.keeps_output |= rule is not None
            return
        names = code.co_varnames
        y_and_inputs = list(names[1 : code.co_argcount])
        if code.co_flags & inspect.CO_VARARGS:
            star = names[code.co_argcount + code.co_kwonlyargcount]
            y_and_inputs += [star] * 2
        needed = [not name.startswith("_") for name in y_and_inputs]
        self.keeps_output |= any(needed[:1])
        self.keeps_inputs |= any(needed[1:])

    def __call__(self, *inputs: Any, **params: Any) -> Any:
        values: list[Any] = []
        parents: list[Node | None] = []
        tensors = arrays = traced = False
        for x in inputs:
            if isinstance(x, Tensor):
                tensors = True
                node = x.node
                values.append(x.data)
                parents.append(node)
                if node is not None:
                    traced = True
            elif type(x) in _NUMBERS:
                values.append(x)
                parents.append(None)
            elif type(x) is np.ndarray and x.dtype.kind in "fiub":
                arrays = True
                values.append(x)
            else:
                return self._apply_mixed(inputs, params)
        if not tensors:  # the way that pullbacks take: plain arrays, nothing to remember
            return self.forward(*values, **params)
        if arrays:
            return self._apply_mixed(inputs, params)
        y = self.forward(*values, **params)
        if not self.differentiable:
            return y
        return self._finish(y, values, parents, traced, params)

    def _finish(
        self,
        y: Any,
        values: list[Any],
        parents: list[Node | None],
        traced: bool,
        params: dict[str, Any],
    ) -> Any:
        """Wrap the result, and remember how it was made if anything asks for gradients."""
        if self.outputs:
            return self._finish_many(y, values, parents, traced, params)
        if type(y) is not np.ndarray:
            y = np.asarray(y)
        if state.anomaly is not None:
            state.anomaly.forward(self, y, values)
        if not traced or not state.recording:
            return wrap(y, None)
        node = Node(
            self,
            tuple(parents),
            values if self.keeps_inputs else (None,) * len(values),
            y if self.keeps_output else None,
            params,
            y.shape,
        )
        if state.anomaly is not None:
            state.anomaly.made(node)
        return wrap(y, node)

    def _finish_many(
        self,
        ys: Sequence[Any],
        values: list[Any],
        parents: list[Node | None],
        traced: bool,
        params: dict[str, Any],
    ) -> list[Tensor]:
        """One node for the operation, and a port per output that leads to it."""
        if state.anomaly is not None:
            for y in ys:
                state.anomaly.forward(self, y, values)
        if not traced or not state.recording:
            return [wrap(y, None) for y in ys]
        node = Node(
            self,
            tuple(parents),
            values if self.keeps_inputs else (None,) * len(values),
            tuple(ys) if self.keeps_output else None,
            params,
            tuple(y.shape for y in ys),
        )
        if state.anomaly is not None:
            state.anomaly.made(node)
        return [wrap(y, Port(node, i)) for i, y in enumerate(ys)]

    def _apply_mixed(self, inputs: Sequence[Any], params: dict[str, Any]) -> Any:
        """Inputs with constants among them: arrays adopt the Tensors' precision."""
        for x in inputs:
            apply = getattr(x, "__apply_primitive__", None)
            if apply is not None:
                return apply(self, inputs, params)
        dtype = next((x.data.dtype for x in inputs if isinstance(x, Tensor)), None)
        values = [
            x.data if isinstance(x, Tensor) else constant(self.name, x, dtype)
            for x in inputs
        ]
        y = self.forward(*values, **params)
        if dtype is None or not self.differentiable:
            return y
        parents = [x.node if isinstance(x, Tensor) else None for x in inputs]
        return self._finish(
            y, values, parents, any(p is not None for p in parents), params
        )

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


def constant(owner: str, x: Any, dtype: Any) -> Any:
    """A plain operand as NumPy wants it, without widening Tensors of type `dtype`."""
    if x is None or isinstance(x, (float, int, bool)):
        return x
    if isinstance(x, np.generic) and dtype is not None:
        return x.item()
    array = np.asarray(x)
    if array.dtype.kind not in "fiub":
        raise TypeError(
            say(
                "{owner}: operands must be Tensors, arrays or real numbers, got {got}",
                owner=owner,
                got=type(x).__name__,
            )
        )
    if dtype is None or array.dtype.kind != "f" or array.dtype == dtype:
        return array
    return array.astype(dtype if dtype.kind == "f" else floatx())


# ---- ways to declare ----


def elementwise(
    forward: Callable[..., Any], *pullbacks: Pullback | None, name: str = "", doc: str = ""
) -> Primitive:
    """A broadcasting primitive from a ufunc; `np.<forward>` then also dispatches to it."""
    made = Primitive(name or forward.__name__, forward, pullbacks, broadcasts=True)
    if doc:
        made.__doc__ = doc
    if isinstance(forward, np.ufunc):
        UFUNCS.setdefault(forward, made)
    return made


def primitive(
    forward: Callable[..., Any] | None = None, **options: Any
) -> Any:
    """Decorator: make the decorated NumPy function a primitive of the same name."""
    if forward is None:
        return lambda function: primitive(function, **options)
    return Primitive(forward.__name__, forward, **options)


def implements(*functions: Callable[..., Any]) -> Callable[[Any], Any]:
    """Decorator: what `function` of NumPy does when a Tensor is among its arguments."""

    def note(operation: Any) -> Any:
        for function in functions:
            table = UFUNCS if isinstance(function, np.ufunc) else FUNCTIONS
            table[function] = operation
        return operation

    return note

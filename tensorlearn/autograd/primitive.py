"""Primitive: a NumPy function paired with the pullback of each of its inputs.

Applied to arrays a primitive gives an array; to Tensors, a Tensor that remembers. Other
values (a Symbol) may offer `__apply_primitive__`. The table of all primitives is the
whole calculus; `tensorlearn/ops` fills it.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, overload

import numpy as np
from numpy import ndarray

from tensorlearn.autograd.graph import Node, Port, state, watch
from tensorlearn.autograd.tensor import Tensor, wrap
from tensorlearn.config import floatx
from tensorlearn.operators import PRIMITIVES, implements
from tensorlearn.parallel import LARGE, blockwise
from tensorlearn.wording import say

Forward = Callable[..., Any]
Pullback = Callable[..., Any]
_NUMBERS = (float, int, bool, type(None))
_new = Tensor.__new__


class Primitive:
    """`forward(*inputs, **params)` and, per input, `pullback(g, y, *inputs, **params)`.

    A pullback gets the gradient `g` of the output, the output `y` and the inputs, as
    arrays or as Tensors, and returns the gradient of its input. None in place of a
    pullback says: no gradient flows to this input. Parameters whose names begin with an
    underscore are not needed, and if no pullback needs them they are not kept alive.

    outputs: whether `forward` returns a list (`split`, `unstack`); `g` and `y` are then
    lists, `g` with zeros where nobody asked.
    broadcasts: whether inputs broadcast; the sweep then sums gradients back.
    """

    def __init__(
        self,
        name: str,
        forward: Forward,
        pullbacks: Sequence[Pullback | None] = (),
        *,
        broadcasts: bool = False,
        outputs: bool = False,
        differentiable: bool = True,
    ) -> None:
        known = PRIMITIVES.get(name)
        if known is not None and _home(known.forward) != _home(forward):
            raise ValueError(
                say("primitive: the name {name!r} is taken, choose another", name=name)
            )
        self.name = self.__name__ = name
        self.__doc__ = forward.__doc__
        self.forward = forward
        self.most = getattr(
            forward, "nin", sys.maxsize
        )  # a ufunc would write into more
        self.pullbacks = list(pullbacks)
        self.joint: Pullback | None = None
        self.broadcasts = broadcasts
        self.outputs = outputs
        self.differentiable = differentiable
        self.keeps_inputs = self.keeps_output = False
        self.asks = False  # whether the joint pullback is told what is asked for
        self.shares = False  # whether threads share the work on large arrays
        for rule in self.pullbacks:
            self._note_needs(rule)
        PRIMITIVES[name] = self

    def pullback(self, index: int) -> Callable[[Pullback], Pullback]:
        """Decorator that adds the pullback of input `index`."""

        def add(rule: Pullback) -> Pullback:
            missing = index + 1 - len(self.pullbacks)
            self.pullbacks.extend([None] * missing)
            self.pullbacks[index] = rule
            self._note_needs(rule)
            return rule

        return add

    def joint_pullback(self, rule: Pullback) -> Pullback:
        """Decorator for one function that returns the gradients of all inputs at once.

        For inputs of any number (`concatenate`) and for shared work (`lstm`). One with a
        keyword `asked` is told of which inputs the gradient is used, and may give None for
        the others.
        """
        self.joint = rule
        self.asks = "asked" in inspect.signature(rule).parameters
        self._note_needs(rule)
        return rule

    def all_gradients(
        self,
        g: Any,
        y: Any,
        inputs: Sequence[Any],
        params: dict[str, Any],
        asked: Sequence[bool],
    ) -> Any:
        """What the joint pullback gives; `asked`: of which inputs a gradient is used."""
        assert self.joint is not None
        how = params | {"asked": asked} if self.asks else params
        return self.joint(g, y, *inputs, **how)

    def _note_needs(self, rule: Pullback | None) -> None:
        """Read off the rule's parameter names what must be kept for it."""
        if rule is None:
            return
        taken = [
            p
            for p in inspect.signature(rule).parameters.values()
            if p.kind not in (p.KEYWORD_ONLY, p.VAR_KEYWORD)
        ]
        named = taken[1:] + taken[-1:] * (taken[-1].kind is taken[-1].VAR_POSITIONAL)
        needed = [not p.name.startswith("_") for p in named]
        self.keeps_output |= any(needed[:1])
        self.keeps_inputs |= any(needed[1:])

    def __call__(self, *inputs: Any, **params: Any) -> Any:
        if len(inputs) > self.most:
            raise TypeError(
                say(
                    "{name} takes {most} inputs, got {got}",
                    name=self.name,
                    most=self.most,
                    got=len(inputs),
                )
            )
        values: list[Any] = []
        parents: list[Node | None] = []
        tensors = arrays = others = traced = integers = False
        for x in inputs:
            if isinstance(x, Tensor):
                tensors = True
                node = x.node
                values.append(x.data)
                parents.append(node)
                if node is not None:
                    traced = True
                elif x.data.dtype.kind in "iu":
                    integers = True
            else:
                values.append(x)
                parents.append(None)
                if type(x) is ndarray:
                    arrays = True
                elif type(x) not in _NUMBERS:
                    others = True
        if others:
            for x in inputs:
                if hasattr(x, "__apply_primitive__"):
                    return x.__apply_primitive__(self, inputs, params)
        if others or integers or (arrays and tensors):
            values = self._adopted(inputs)
        forward = self.forward
        if self.shares and type(values[0]) is ndarray and values[0].size >= LARGE:
            forward = partial(blockwise, forward)
        try:
            y = forward(*values, **params)
        except ValueError as error:
            if self.broadcasts and error.__cause__ is None:  # not explained already
                self._check_broadcast(values)
            raise
        if not tensors or not self.differentiable:
            return y
        several, anomaly = self.outputs, watch.anomaly
        if several:
            y = [np.asarray(part) for part in y]
        elif type(y) is not ndarray:
            y = np.asarray(y)
        if integers and not several and "dtype" not in params:
            y = _no_wider(y, values)
        if anomaly is not None:
            anomaly.forward(self, y, values)
        node = None
        if traced and state.recording:
            node = Node(
                self,
                parents,
                values if self.keeps_inputs else [None] * len(values),
                y if self.keeps_output else None,
                params,
                [part.shape for part in y] if several else y.shape,
            )
            if anomaly is not None:
                anomaly.made(node)
        if several:
            return [wrap(part, node and Port(node, i)) for i, part in enumerate(y)]
        tensor = _new(Tensor)  # as `wrap` does, without the price of a call
        tensor.data = y
        tensor.node = node
        return tensor

    def _adopted(self, inputs: Sequence[Any]) -> list[Any]:
        """The values of all inputs; constants take the precision of the Tensors."""
        tensors = [x for x in inputs if isinstance(x, Tensor)]
        floats = [x.dtype for x in tensors if x.dtype.kind == "f"]
        mixed = floats or any(_is_real(x) for x in inputs)
        precision = max(floats, key=lambda d: d.itemsize, default=np.dtype(floatx()))
        values = []
        for i, x in enumerate(inputs):
            value = x.data if isinstance(x, Tensor) else x
            if type(x) not in _NUMBERS:
                value = self._checked(value)
                differentiable = self.joint or any(self.pullbacks[i : i + 1])
                if tensors and value.dtype.kind == "f" and not isinstance(x, Tensor):
                    value = value.astype(precision, copy=False)
                elif mixed and value.dtype.kind in "iu" and differentiable:
                    value = value.astype(precision)
            values.append(value)
        return values

    def _check_broadcast(self, values: Sequence[Any]) -> None:
        """Raise ValueError in plain words if shapes that should broadcast do not."""
        shapes = [np.shape(x) for x in values]
        try:
            np.broadcast_shapes(*shapes)
        except ValueError:
            raise ValueError(
                say(
                    "{name}: operands could not be broadcast together with shapes "
                    "{shapes}; read from the right, lengths must be equal or 1",
                    name=self.name,
                    shapes=shapes,
                )
            ) from None

    def _checked(self, x: Any) -> Any:
        array = np.asarray(x)
        if array.dtype.kind not in "fiub":
            raise TypeError(
                say(
                    "{name}: operands must be Tensors, arrays or real numbers, got {got}",
                    name=self.name,
                    got=type(x).__name__,
                )
            )
        return array

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


def _is_real(x: Any) -> bool:
    return type(x) is float or getattr(getattr(x, "dtype", None), "kind", "") == "f"


def _no_wider(y: Any, values: Sequence[Any]) -> Any:
    """`y` as `floatx`, where NumPy would answer integers in float64."""
    if y.dtype != np.float64 or any(
        isinstance(x, ndarray) and x.dtype == np.float64 for x in values
    ):
        return y
    return y.astype(floatx())


def _home(function: Callable[..., Any]) -> Any:
    return getattr(function, "__module__", None)


# ---- ways to declare ----


def elementwise(
    forward: Forward,
    *pullbacks: Pullback | None,
    name: str = "",
    doc: str = "",
) -> Primitive:
    """A broadcasting primitive from a ufunc; `np.<forward>` then also dispatches to it."""
    made = Primitive(name or forward.__name__, forward, pullbacks, broadcasts=True)
    made.__doc__ = doc or forward.__doc__
    if isinstance(forward, np.ufunc):
        implements(forward)(made)
        made.shares = True
    return made


@overload
def primitive(forward: Forward, /) -> Primitive: ...


@overload
def primitive(**options: Any) -> Callable[[Forward], Primitive]: ...


def primitive(forward: Forward | None = None, /, **options: Any) -> Any:
    """Decorator: make the decorated NumPy function a primitive of the same name."""
    if forward is None:
        return lambda f: Primitive(f.__name__.strip("_"), f, **options)
    return Primitive(forward.__name__.strip("_"), forward, **options)

"""Running the graph between any Symbols, and `K.gradients` within it.

`Plan` lists the recorded calls that lead from what is fed to what is wanted. A gradient
is one more layer in the graph, `Gradient`: where the values it needs are computed in the
same run it differentiates those; inside a model it replays the part it differentiates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tensorlearn import ops
from tensorlearn.autograd import Tensor, enable_grad, grad, no_grad
from tensorlearn.autograd.graph import leaf, state
from tensorlearn.autograd.tensor import wrap
from tensorlearn.backend.recording import (
    BackendFunction,
    on_values,
    tensor_of,
)
from tensorlearn.declare.fields import label
from tensorlearn.engine import Call, InputLayer, Layer, Operation, Pass, Symbol
from tensorlearn.wording import say

# ---- running ----


class Plan:
    """The calls between the `fed` Symbols and the `wanted` ones, in an order that works.

    Raises ValueError if a wanted Symbol depends on an input that is not fed.
    """

    def __init__(self, fed: Sequence[Symbol], wanted: Sequence[Symbol]) -> None:
        self.fed = list(fed)
        self.wanted = list(wanted)
        self.calls = _in_order(wanted, {id(symbol) for symbol in fed})
        self.gradients = sum(isinstance(call.layer, Gradient) for call in self.calls)

    def run(
        self,
        given: Sequence[Any],
        masks: Sequence[Any] | None = None,
        create_graph: bool = False,
    ) -> list[Any]:
        """Values of the wanted Symbols, as Tensors, for values of the fed ones.

        create_graph: whether gradients among them will be differentiated again.
        """
        given_masks = masks if masks is not None else [None] * len(given)
        values: dict[int, tuple[Any, Any]] = {
            id(symbol): (_traced(x) if state.recording else x, mask)
            for symbol, x, mask in zip(self.fed, given, given_masks, strict=True)
        }
        for call in self.calls:
            if isinstance(call.layer, Gradient):
                found: Any = call.layer.from_values(
                    values[id(call.layer.loss)][0],
                    [values[id(s)][0] for s in call.layer.symbols],
                    create_graph=create_graph,
                )
                mask = None
            else:
                found, mask = _replay(call, [values[id(s)] for s in call.inputs])
            listed = found if isinstance(found, list) else [found]
            each = mask if isinstance(mask, list) else [mask] * len(listed)
            for symbol, value, one in zip(call.outputs, listed, each, strict=True):
                values.setdefault(id(symbol), (value, one))
        return [values[id(symbol)][0] for symbol in self.wanted]


def _replay(call: Call, inputs: list[tuple[Any, Any]]) -> tuple[Any, Any]:
    xs = [x for x, _ in inputs]
    masks: Any = [mask for _, mask in inputs]
    if not call.listed:
        return call.layer.run_masked(xs[0], masks[0], **call.arguments)
    if all(mask is None for mask in masks):
        masks = None
    return call.layer.run_masked(xs, masks, **call.arguments)


def _traced(x: Tensor) -> Tensor:
    """x with a node, so that a gradient can be asked with respect to it."""
    if x.node is None and x.data.dtype.kind == "f":
        return wrap(x.data, leaf(x.data.shape))
    return x


def _needs(call: Call) -> list[Symbol]:
    """The Symbols that must be known before a call can run."""
    if isinstance(call.layer, Gradient):
        return [call.layer.loss, *call.layer.symbols]
    return call.inputs


def _in_order(wanted: Sequence[Symbol], known: set[int]) -> list[Call]:
    order: list[Call] = []
    finished: set[Call] = set()
    stack = [(symbol, False) for symbol in reversed(wanted)]
    while stack:
        symbol, ready = stack.pop()
        if id(symbol) in known:
            continue
        call = symbol.call
        if call is None or isinstance(call.layer, InputLayer):
            raise ValueError(
                say(
                    "K.function: {symbol} must be fed a value, because an output depends "
                    "on it; add it to `inputs`",
                    symbol=symbol,
                )
            )
        if call in finished:
            continue
        if ready:
            finished.add(call)
            order.append(call)
        else:
            stack.append((symbol, True))
            stack.extend((s, False) for s in reversed(_needs(call)))
    return order


def evaluate(feeds: Mapping[Symbol, Any], wanted: Sequence[Symbol]) -> list[Any]:
    """Values of the wanted Symbols, for values of others; nothing is recorded."""
    return run_plan(Plan(list(feeds), wanted), list(feeds.values()), None)


def run_plan(plan: Plan, given: Sequence[Any], training: bool | None) -> list[Any]:
    """Run a plan in a pass of its own; recorded only as far as gradients need it."""
    mode = enable_grad() if plan.gradients else no_grad()
    with Pass(training) as run, mode:
        run.losses = []
        return plan.run([tensor_of(x) for x in given], create_graph=plan.gradients > 1)


# ---- gradients ----


def gradients(loss: Any, variables: Any) -> list[Any]:
    """d(sum of loss)/d(variable) for each variable, None where loss does not depend on it.

    On Tensors they are computed, on Symbols recorded: the results are Symbols for
    `K.function` or a model, and can be differentiated again. Variables may be Symbols and
    weights.
    """
    listed = list(variables) if isinstance(variables, (list, tuple)) else [variables]
    if isinstance(loss, (list, tuple)):
        loss = _total(loss)
    if isinstance(loss, Symbol):
        return _recorded(loss, listed)
    for v in listed:
        if isinstance(v, Symbol):
            raise TypeError(
                say(
                    "K.gradients: `loss` is a Tensor but a variable is {symbol}, which has "
                    "no value here; pass both as Symbols, or both as Tensors",
                    symbol=v,
                )
            )
    return _computed(loss, listed, create_graph=True)


def _total(losses: Sequence[Any]) -> Any:
    total = ops.reduce_sum(losses[0])
    for one in losses[1:]:
        total = total + ops.reduce_sum(one)
    return total


def _computed(loss: Any, variables: Sequence[Any], create_graph: bool) -> list[Any]:
    known = [v for v in variables if isinstance(v, Tensor) and v.node is not None]
    found: list[Any] = []
    if known and isinstance(loss, Tensor) and loss.node is not None:
        found = grad(
            loss,
            known,
            np.ones(loss.shape, loss.dtype),
            create_graph=create_graph,
            retain_graph=True,
            allow_unused=True,
        )
    by_id = {id(v): g for v, g in zip(known, found, strict=False)}
    results = [by_id.get(id(v)) for v in variables]
    return [None if g is None else tensor_of(g) for g in results]


def _recorded(loss: Symbol, variables: Sequence[Any]) -> list[Any]:
    for v in variables:
        if not isinstance(v, (Symbol, Tensor)):
            raise TypeError(
                say(
                    "K.gradients: variables must be Symbols, weights or Tensors, got {got}",
                    got=type(v).__name__,
                )
            )
    reach = _Ancestry(loss)
    useful = [v for v in variables if reach.holds(v)]
    if not useful:
        return [None] * len(variables)
    layer = Gradient(loss=loss, variables=useful)
    found = iter(layer.symbols_out)
    return [next(found) if reach.holds(v) else None for v in variables]


class _Ancestry:
    """Everything that a Symbol depends on: Symbols, and Tensors inside of layers."""

    def __init__(self, *ends: Symbol) -> None:
        self.symbols: dict[int, Symbol] = {}
        self.tensors: set[int] = set()
        stack = list(ends)
        while stack:
            symbol = stack.pop()
            if id(symbol) in self.symbols:
                continue
            self.symbols[id(symbol)] = symbol
            if symbol.call is not None:
                self._note_tensors(symbol.call.layer)
                stack.extend(_needs(symbol.call))

    def _note_tensors(self, layer: Layer) -> None:
        self.tensors.update(id(p) for p in layer.weights)
        if isinstance(layer, BackendFunction):
            _note([layer.arguments, list(layer.options.values())], self.tensors)
        if isinstance(layer, Operation):
            _note(list(layer.constants.values()), self.tensors)

    def holds(self, value: Any) -> bool:
        return id(value) in (
            self.symbols if isinstance(value, Symbol) else self.tensors
        )


def _note(values: Any, tensors: set[int]) -> None:
    for value in values:
        if isinstance(value, Tensor):
            tensors.add(id(value))
        elif isinstance(value, (list, tuple)):
            _note(value, tensors)


class Gradient(Layer):
    """The gradient of a recorded loss with respect to recorded values and weights."""

    supports_masking = True

    def __init__(self, loss: Symbol, variables: Sequence[Any]) -> None:
        super().__init__()
        self.loss = loss
        self.symbols = [v for v in variables if isinstance(v, Symbol)]
        self.order = list(variables)
        self.built = True
        self.symbols_out = [
            Symbol(v.shape, str(v.dtype), f"{self.name}/output:{i}")
            for i, v in enumerate(variables)
        ]
        self.ends = self._ends()
        self._plan: Plan | None = None
        # with the loss among the inputs, a model knows the layers that lead to it
        Call(self, [*self.ends, loss], self.symbols_out, listed=True)

    def _ends(self) -> list[Symbol]:
        """Where a replay may begin: at variables, but not beyond any of the others."""
        begin = {id(s) for s in self.symbols if self._is_first(s)}
        if any(isinstance(v, Tensor) for v in self.order):
            begin = set()  # a weight may be anywhere: replay from the inputs
        ends: dict[int, Symbol] = {}
        seen: set[int] = set()
        stack = [self.loss]
        while stack:
            symbol = stack.pop()
            if id(symbol) in seen:
                continue
            seen.add(id(symbol))
            call = symbol.call
            if (
                call is None
                or isinstance(call.layer, InputLayer)
                or id(symbol) in begin
            ):
                ends[id(symbol)] = symbol
            else:
                stack.extend(_needs(call))
        return list(ends.values())

    def _is_first(self, symbol: Symbol) -> bool:
        above = _Ancestry(symbol)
        return not any(above.holds(s) for s in self.symbols if s is not symbol)

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Replay what leads to the loss, and differentiate it."""
        if self._plan is None:
            self._plan = Plan(self.ends, [self.loss, *self.symbols])
        create_graph = state.recording
        masks = mask if isinstance(mask, list) else [mask] * len(inputs)
        with enable_grad():
            loss, *values = self._plan.run(inputs[:-1], masks[:-1], create_graph=True)
            return self.from_values(loss, values, create_graph=create_graph)

    def from_values(
        self, loss: Any, values: Sequence[Any], *, create_graph: bool
    ) -> list[Any]:
        """The gradients, from the values of the loss and of the variables behind it."""
        waiting = iter(values)
        variables = [next(waiting) if isinstance(v, Symbol) else v for v in self.order]
        found = _computed(loss, variables, create_graph)
        return [
            wrap(np.zeros(v.shape, v.dtype), None) if g is None else g
            for g, v in zip(found, variables, strict=True)
        ]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shapes of the variables."""
        return [s.shape for s in self.symbols_out]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """None: gradients carry no mask."""
        return None

    def get_config(self) -> dict[str, Any]:
        """Refused with TypeError: a gradient refers to the graph it differentiates."""
        raise TypeError(
            say(
                "{owner}: K.gradients cannot be written to a configuration; build the "
                "model in code and save its weights",
                owner=label(self),
            )
        )


def stop_gradient(variables: Any) -> Any:
    """The same values, through which no gradient flows; also for a list."""
    if isinstance(variables, (list, tuple)):
        return [stop_gradient(v) for v in variables]
    return _stop(variables)


@on_values("x")
def _stop(x: Any) -> Any:
    return x.detach()

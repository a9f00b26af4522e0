"""`K.function`: the graph between any Symbols as a function from arrays to arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tensorlearn.backend.graph import Plan, run_plan
from tensorlearn.backend.recording import array_of
from tensorlearn.backend.settings import is_learning_phase
from tensorlearn.engine import Symbol
from tensorlearn.wording import say


class Function:
    """What `K.function` returns: call it with a list of arrays, get a list of arrays."""

    def __init__(
        self,
        inputs: Sequence[Any],
        outputs: Sequence[Any],
        updates: Sequence[Any] | None = None,
        name: str | None = None,
        feed_dict: Mapping[Symbol, Any] | None = None,
        fetches: Any = (),
    ) -> None:
        for what, value in (
            ("inputs", inputs),
            ("outputs", outputs),
            ("updates", [] if updates is None else updates),
        ):
            if not isinstance(value, (list, tuple)):
                raise TypeError(
                    say(
                        "`{what}` of a backend function should be a list or tuple, got "
                        "{got}",
                        what=what,
                        got=type(value).__name__,
                    )
                )
        self.name = name
        self.inputs, self.outputs = list(inputs), list(outputs)
        self.updates = [u for u in updates or () if isinstance(u, tuple)]
        self.feed_dict = dict(feed_dict or {})
        for symbol in self.inputs:
            if not isinstance(symbol, (Symbol, int)):
                raise TypeError(
                    say(
                        "K.function: `inputs` must be Symbols (from Input, placeholder or "
                        "a layer) or K.learning_phase(), got {got}",
                        got=type(symbol).__name__,
                    )
                )
        also = list(fetches) if isinstance(fetches, (list, tuple)) else [fetches]
        self._results = [*self.outputs, *also, *(value for _, value in self.updates)]
        fed = [s for s in [*self.inputs, *self.feed_dict] if _is_data(s)]
        self._plan = Plan(fed, [r for r in self._results if isinstance(r, Symbol)])

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        """The outputs for these inputs, as NumPy arrays."""
        if not isinstance(inputs, (list, tuple)):
            raise TypeError(
                say(
                    "`inputs` should be a list or tuple, got {got}",
                    got=type(inputs).__name__,
                )
            )
        if len(inputs) != len(self.inputs):
            raise ValueError(
                say(
                    "K.function: this function has {wanted} inputs, got {got}",
                    wanted=len(self.inputs),
                    got=len(inputs),
                )
            )
        training = None
        given = []
        pairs = [*zip(self.inputs, inputs, strict=True), *self.feed_dict.items()]
        for symbol, value in pairs:
            if _is_data(symbol):
                given.append(_as_fed(symbol, value))
            else:
                training = bool(array_of(value))
        found = iter(run_plan(self._plan, given, training))
        values = [next(found) if isinstance(r, Symbol) else r for r in self._results]
        results = [array_of(v).copy()[()] for v in values[: len(self.outputs)]]
        new = values[len(values) - len(self.updates) :]
        for (variable, _), value in zip(self.updates, new, strict=True):
            variable.assign(array_of(value() if callable(value) else value))
        return results


def _is_data(symbol: Any) -> bool:
    return isinstance(symbol, Symbol) and not is_learning_phase(symbol)


def _as_fed(symbol: Symbol, value: Any) -> np.ndarray[Any, Any]:
    data = np.asarray(array_of(value), symbol.dtype)
    fits = data.ndim == symbol.ndim and all(
        wanted in (None, got)
        for wanted, got in zip(symbol.shape, data.shape, strict=True)
    )
    if not fits:
        raise ValueError(
            say(
                "K.function: cannot feed a value of shape {got} for {name}, which has "
                "shape {wanted}",
                got=data.shape,
                name=symbol.name,
                wanted=symbol.shape,
            )
        )
    return data


def function(
    inputs: Sequence[Any], outputs: Sequence[Any], updates: Any = None, **kwargs: Any
) -> Function:
    """A function from arrays to arrays, for the graph between Symbols.

    inputs: Symbols, of inputs or of anything in between; K.learning_phase() may be one.
    outputs: Symbols, or variables, which are read. updates: (variable, new value) pairs,
    carried out after the outputs are known; the new value is a Symbol, or a function
    without arguments that is called each time.
    """
    for key in kwargs:
        if key not in ("name", "feed_dict", "fetches"):
            raise ValueError(
                say('Invalid argument "{key}" passed to K.function', key=key)
            )
    return Function(inputs, outputs, updates, **kwargs)

"""One batch on its way through a model: what each layer makes of it, what comes back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from html import escape
from threading import RLock, get_ident
from typing import Any

import numpy as np

from tensorlearn.autograd import no_grad
from tensorlearn.autograd.graph import Node, sweep
from tensorlearn.autograd.tensor import Tensor, wrap
from tensorlearn.declare.fields import label
from tensorlearn.engine.context import Pass
from tensorlearn.models.summary import cells_of
from tensorlearn.models.trace_notes import notes_of, share_dead, share_saturated
from tensorlearn.saving import resume
from tensorlearn.wording import say, suggest

Array = np.ndarray[Any, Any]


@dataclass(eq=False, repr=False)
class Values:
    """An array, its gradient (None without one), and their numbers."""

    name: str
    value: Array
    gradient: Array | None = None

    @property
    def finite(self) -> Array:
        """The values that are neither NaN nor infinite."""
        return self.value[np.isfinite(self.value)]

    @property
    def bad(self) -> int:
        """How many values are NaN or infinite."""
        return self.value.size - self.finite.size

    @property
    def norm(self) -> float | None:
        """The length of the gradient."""
        return None if self.gradient is None else float(np.linalg.norm(self.gradient))

    def numbers(self) -> list[str]:
        """Smallest, mean, largest, and standard deviation, as they are shown."""
        some = self.finite
        if not some.size or some.dtype == bool:
            return ["", "", "", ""]
        return [f"{float(f(some)):.4g}" for f in (np.min, np.mean, np.max, np.std)]


@dataclass(eq=False, repr=False)
class LayerTrace:
    """One call of a layer: `input`, `output`, `gradient` of the output, and `weights`.

    Arrays, or lists of them where there are several. dead: share of units whose relu gave
    0 for the whole batch; saturated: share of values where sigmoid or tanh is flat; both
    None where that says nothing.
    """

    name: str
    layer: Any
    call: int
    inputs: list[Array]
    outputs: list[Values]
    weights: list[Values] = field(default_factory=list)

    @property
    def input(self) -> Any:
        """What went in."""
        return _single(self.inputs)

    @property
    def output(self) -> Any:
        """What came out."""
        return _single([one.value for one in self.outputs])

    @property
    def gradient(self) -> Any:
        """How the loss changes with the output; None if that is not known."""
        return _single([one.gradient for one in self.outputs])

    @property
    def shape(self) -> Any:
        """Shape(s) of the output."""
        return _single([one.value.shape for one in self.outputs])

    @property
    def dead(self) -> float | None:
        """Share of units that are 0 for every sample, of a layer that ends in relu."""
        return share_dead(self.layer, self.outputs[0].value)

    @property
    def saturated(self) -> float | None:
        """Share of values at the flat ends of sigmoid or tanh."""
        return share_saturated(self.layer, self.outputs[0].value)

    @property
    def bad(self) -> int:
        """How many values of the output are NaN or infinite."""
        return sum(one.bad for one in self.outputs)

    def __repr__(self) -> str:
        return f"<LayerTrace {self.name!r} {self.shape}>"


class Trace(Sequence[LayerTrace]):
    """What `trace` returns: a table with a row for every call of a layer.

    `trace["dense_1"]` is a LayerTrace, of a shared layer the first call; `trace[i]` goes by
    number, and so does iteration. A layer within another one is "outer/inner"; its own name
    is enough if no other layer has it. loss: None without targets. notes: what stands out.
    """

    def __init__(
        self, owner: str, inputs: list[Values], calls: list[LayerTrace], loss: Any
    ) -> None:
        self.owner, self.inputs, self.calls, self.loss = owner, inputs, calls, loss
        self.notes: list[str] = notes_of(inputs, calls)

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, str):
            return self.calls[key]
        exact = [call for call in self.calls if call.name == key]
        inner = [c for c in self.calls if c.name.rpartition("/")[2] == key]
        if exact:
            return exact[0]
        if len({call.name for call in inner}) == 1:
            return inner[0]
        known = dict.fromkeys(call.name for call in self.calls)
        raise KeyError(
            say(
                "{owner}: no traced layer is called {name!r}{hint}",
                owner=self.owner,
                name=key,
                hint=suggest(key, known),
            )
        )

    def __len__(self) -> int:
        return len(self.calls)

    def rows(self) -> Iterator[list[str]]:
        """The cells of the table: inputs, then every call followed by its weights."""
        for one in self.inputs:
            yield _row(f"{one.name} ({say('input')})", one, None)
        for call in self.calls:
            title = f"{call.name} ({type(call.layer).__name__})"
            again = say(", call {number}", number=call.call) if call.call > 1 else ""
            for i, one in enumerate(call.outputs):
                yield _row(title + again if not i else f"  [{i}]", one, call)
            for weight in call.weights:
                yield _row(f"  {weight.name}", weight, None)

    def headings(self) -> list[str]:
        """What stands above the columns."""
        return [
            say("Layer (type)"), say("Shape"), say("dtype"), say("min"), say("mean"),
            say("max"), say("std"), say("dead or saturated"), say("NaN"), say("‖gradient‖"),
        ]  # fmt: skip

    def __str__(self) -> str:
        rows = [self.headings(), *self.rows()]
        wide = [max(_cells(row[i]) for row in rows) for i in range(len(rows[0]))]
        used = [i for i in range(len(wide)) if any(row[i] for row in rows[1:])]
        lines = ["  ".join(_padded(r[i], wide[i], i > 2) for i in used) for r in rows]
        rule = "─" * (sum(wide[i] + 2 for i in used) - 2)
        title = [self.owner]
        if self.loss is not None:
            title.append(say("loss {loss:.6g}", loss=self.loss))
        notes = [f"• {note}" for note in self.notes]
        table = [", ".join(title), rule, lines[0], rule, *lines[1:], rule]
        return "\n".join(line.rstrip() for line in [*table, *notes])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        heads, *rows = [self.headings(), *self.rows()]
        table = "".join(
            "<tr>"
            + "".join(
                f'<td style="text-align:{"right" if i > 2 else "left"}">{_html(cell)}</td>'
                for i, cell in enumerate(row)
            )
            + "</tr>"
            for row in rows
        )
        head = "".join(
            f'<th style="text-align:{"right" if i > 2 else "left"}">{escape(h)}</th>'
            for i, h in enumerate(heads)
        )
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        loss = (
            "" if self.loss is None else ", " + say("loss {loss:.6g}", loss=self.loss)
        )
        return (
            f"<div><b>{escape(self.owner)}</b>{escape(loss)}<table><thead><tr>{head}</tr>"
            f"</thead><tbody>{table}</tbody></table><ul>{notes}</ul></div>"
        )


class Traced:
    """Gives a model `trace`."""

    def trace(self, x: Any, y: Any = None, *, training: bool = False) -> Trace:
        """What every layer makes of the batch `x`: shape, range, dead units, NaN.

        y: targets of a compiled model; then also the loss, and the gradients of all outputs
        and weights. training: as in `fit`, with dropout and the batch's own statistics.
        Weights, states and randomness are left as they were.
        """
        model: Any = self
        if y is None:
            arrays = model._inputs("x", x, True)[0]
            dtypes = model._input_dtypes(arrays)
            given = [
                a.astype(t, copy=False) for a, t in zip(arrays, dtypes, strict=True)
            ]
        else:
            data = model._data("trace", x, y, quick=True)
            given, *targets = data.rows(slice(None))
            stepper = model._compiled("trace")
        calls: list[LayerTrace] = []
        found: dict[Node, Any] = {}
        loss = None
        with _kept(model), _watched(model, calls), np.errstate(all="ignore"):
            if y is None:
                tensors = [wrap(a, None) for a in given]
                with no_grad(), Pass(training):
                    model.run_masked(tensors if len(tensors) > 1 else tensors[0], None)
            else:
                total = stepper._losses(given, *targets, training)[0]
                loss = float(total.data)
                if total.node is not None:
                    found = sweep({total.node: np.ones_like(total.data)}, _nodes(calls))
        inputs = [
            Values(name, array)
            for name, array in zip(model._input_names(x), given, strict=True)
        ]
        return Trace(label(model), inputs, _finished(calls, found), loss)


# ---- watching ----

_one_at_a_time = RLock()


@contextmanager
def _watched(model: Any, calls: list[LayerTrace]) -> Iterator[None]:
    """Note every call of a layer inside `model`, in order of completion.

    For this while each layer's own `run` (of a network also `run_masked`, by which it is
    replayed) is covered by one that notes; training pays nothing for it. What
    other threads compute meanwhile is not noted.
    """
    with ExitStack() as stack:
        for name, layer in _inside(model):
            names = (
                ["run", "run_masked"] if getattr(layer, "is_graph", False) else ["run"]
            )
            for method in names:
                _cover(layer, method, name, calls)
                stack.callback(vars(layer).pop, method)
        yield


def _inside(model: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every layer within, each once, by its path."""
    seen: set[int] = set()
    stack = [(f"{before}{layer.name}", layer) for layer in model.sublayers()]
    while stack:
        path, layer = stack.pop(0)
        if id(layer) in seen or not hasattr(layer, "run"):
            continue
        seen.add(id(layer))
        yield path, layer
        stack += [(f"{path}/{inner.name}", inner) for inner in layer.sublayers()]


def _cover(layer: Any, method: str, name: str, calls: list[LayerTrace]) -> None:
    original = getattr(layer, method)
    thread = get_ident()

    def noting(inputs: Any, mask: Any = None, **kwargs: Any) -> Any:
        result = original(inputs, mask, **kwargs)
        if get_ident() != thread:
            return result
        outputs = result[0] if method == "run_masked" else result
        number = 1 + sum(call.layer is layer for call in calls)
        given = inputs if isinstance(inputs, list) else [inputs]
        made = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        calls.append(LayerTrace(name, layer, number, list(given), list(made)))
        return result

    setattr(layer, method, noting)


@contextmanager
def _kept(model: Any) -> Iterator[None]:
    """Afterwards states, moving averages and random streams are what they were.

    One thread at a time.
    """
    with _one_at_a_time:
        values = [(p, p.data.copy()) for p in model.non_trainable_weights]
        states = [(x, x._states) for _, x in _inside(model) if hasattr(x, "_states")]
        progress = resume.progress(model)
        try:
            yield
        finally:
            resume.restore(model, progress)
            for parameter, value in values:
                if not np.array_equal(parameter.data, value):
                    parameter.assign(value)
            for layer, state in states:
                layer._states = state


def _nodes(calls: Sequence[LayerTrace]) -> set[Node]:
    """Those of all outputs and weights."""
    tensors = [y for call in calls for y in [*call.outputs, *call.layer.weights]]
    return {t.node for t in tensors if isinstance(t, Tensor) and t.node is not None}


def _finished(calls: list[LayerTrace], found: dict[Node, Any]) -> list[LayerTrace]:
    """The calls with arrays in place of Tensors, gradients, and each weight once."""
    told: set[int] = set()
    for call in calls:
        call.inputs = [_data(x) for x in call.inputs]
        call.outputs = [
            Values(call.name, _data(y), found.get(getattr(y, "node", None)))  # type: ignore[arg-type]
            for y in call.outputs
        ]
        weights = [p for p in call.layer.weights if id(p) not in told]
        told.update(map(id, weights))
        call.weights = [
            Values(_weight_name(p.name), p.data.copy(), found.get(p.node))
            for p in weights
        ]
    return calls


def _data(x: Any) -> Array:
    return x.data if isinstance(x, Tensor) else np.asarray(x)


def _weight_name(name: str) -> str:
    return name.removesuffix(":0").partition("/")[2] or name


def _single(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


# ---- the table ----


def _row(title: str, one: Values, call: LayerTrace | None) -> list[str]:
    share = ""
    if call is not None and one is call.outputs[0]:
        if call.dead is not None:
            share = say("{share:.0%} dead", share=call.dead)
        elif call.saturated is not None:
            share = say("{share:.0%} saturated", share=call.saturated)
    norm = "" if one.norm is None else f"{one.norm:.3g}"
    shape = "×".join(map(str, one.value.shape)) or "()"
    bad = str(one.bad) if one.bad else ""
    return [title, shape, str(one.value.dtype), *one.numbers(), share, bad, norm]


def _cells(text: str) -> int:
    return sum(map(cells_of, text))


def _padded(text: str, wide: int, right: bool) -> str:
    """`text` in so many columns; Chinese characters take two."""
    space = " " * (wide - _cells(text))
    return space + text if right else text + space


def _html(cell: str) -> str:
    indent = len(cell) - len(cell.lstrip())
    return "&nbsp;" * indent * 2 + escape(cell.strip())

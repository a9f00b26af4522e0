"""A backward pass told step by step, with formulas and numbers; `telling.py` words it.

>>> from tensorlearn import Tensor
>>> x = Tensor([1.0, 2.0], requires_grad=True)
>>> print((x * 3).sum().explain(x=x))
loss = 9
g(v) is how loss changes with v: the derivative of loss with respect to v.
<BLANKLINE>
 1. loss = reduce_sum(v1)                                    (2,) -> ()
    loss = sum(v1) = 9
    g(loss) = 1
    -> g(v1) = repeat(g(loss)) = [1, 1]
<BLANKLINE>
 2. v1 = multiply(x, 3)                                      (2,), () -> (2,)
    v1 = x · 3 = [3, 6]
    g(v1) = [1, 1]
    -> g(x) = g(v1) · 3 = [3, 3]
<BLANKLINE>
At the leaves
    g(x) (2,) = [3, 3]
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from tensorlearn.autograd.graph import Node, Port
from tensorlearn.operators import PRIMITIVES
from tensorlearn.views import view
from tensorlearn.visual.formulas import filled, formula, latex, letters_of
from tensorlearn.visual.record import (
    Record,
    origin,
    pulled_back,
    shown_params,
    summed_axes,
)
from tensorlearn.visual.telling import Explanation, Flow, Step, latex_name
from tensorlearn.wording import say


@view("explain")
def explain(
    loss: Any,
    *named: Any,
    limit: int = 24,
    gradient: Any = None,
    **names: Any,
) -> Explanation:
    """The backward pass from `loss` to the leaves, step by step, with numbers.

    Each step says what was computed and what becomes of the gradient: which formula, where
    it is summed because of broadcasting, where several paths add up. The graph stays as it
    was, and no `.grad` changes; hooks are called as in `backward`.

    named: layers or models, whose weights then have their names. names: Tensors by name,
    `loss.explain(x=x, hidden=h)`. limit: of more steps the middle is left out. gradient:
    where to start if `loss` is not a single number, as for `backward`.
    """
    record = Record("explain", loss, named, names)
    numbered = list(enumerate(record.operations, 1))
    if len(numbered) > limit:
        first = (limit + 1) // 2
        numbered = numbered[:first] + numbered[len(numbered) - (limit - first) :]
    shown = {node: number for number, node in numbered}
    for node in reversed(shown):
        record.value(node)
    found = record.gradients(_near(record, shown), gradient)
    uses = Counter(p for n in record.operations for p in n.parents if p is not None)
    met: Counter[Node] = Counter()
    steps = []
    for node in record.operations:
        if node in shown:
            steps.append(_step(record, node, shown[node], found, uses, met))
        met.update(p for p in node.parents if p is not None)
    leaves = [
        (record.name(leaf), leaf.shape, found.get(leaf)) for leaf in record.leaves
    ]
    name = record.name(record.root)
    return Explanation(name, loss.data, len(record.operations), steps, leaves)


def _near(record: Record, shown: Iterable[Node]) -> set[Node]:
    """The nodes whose gradients are told: shown ones, what feeds them, and the leaves."""
    near = {*shown, *record.leaves, record.root}
    near |= {p for node in shown for p in node.parents if p is not None}
    ports = (p for n in record.operations for p in n.parents if isinstance(p, Port))
    return near | {port for port in ports if origin(port) in near}


def _step(
    record: Record,
    node: Node,
    number: int,
    found: Mapping[Node, Any],
    uses: Mapping[Node, int],
    met: Mapping[Node, int],
) -> Step:
    """One operation with its names and numbers, and what it hands back."""
    letters = letters_of(len(node.parents))
    operands = [_operand(record, node, i) for i in range(len(letters))]
    row = formula(node.primitive.name, len(letters))
    words = dict(zip(letters, operands, strict=True))
    words |= {"y": record.name(node), "n": str(_ratio(node))}
    signs = {letter: latex_name(word) for letter, word in words.items()}
    words["g"], signs["g"] = f"g({words['y']})", rf"\bar{{{signs['y']}}}"
    whole, told = _gradient_of(node, found)
    flows = []
    for i, value, axes in _contributions(node, whole):
        back = filled(row.back[i], words), latex(row.back[i], signs)
        flows.append(Flow(operands[i], *back, value, axes))
        _count(flows[-1], node, i, found, uses, met)
    return Step(
        number,
        words["y"],
        node.primitive.name,
        [*operands, *shown_params(node.params)],
        filled(row.forward, words),
        latex(row.forward, signs),
        [_shape(node, i) for i in range(len(letters))],
        node.shape,
        record.values.get(node),
        told,
        flows,
    )


def _contributions(node: Node, g: Any) -> Iterator[tuple[int, Any, list[int]]]:
    """For each input: its number, what it receives, and the axes that were summed."""
    for i, raw in enumerate(pulled_back(node, g)):
        if raw is None:
            continue
        shape = node.parents[i].shape  # type: ignore[union-attr]
        if raw.shape == shape:
            yield i, raw, []
        else:
            axes = summed_axes(raw.shape, shape)
            yield i, PRIMITIVES["sum_to"](raw, shape=shape), axes


def _count(
    flow: Flow,
    node: Node,
    i: int,
    found: Mapping[Node, Any],
    uses: Mapping[Node, int],
    met: Mapping[Node, int],
) -> None:
    """Note which of how many contributions this is, and with the last one their sum."""
    parent = node.parents[i]
    assert parent is not None
    flow.count = uses[parent]
    flow.number = met[parent] + node.parents[: i + 1].count(parent)
    if flow.number == flow.count > 1:
        flow.total = found.get(parent)


def _gradient_of(node: Node, found: Mapping[Node, Any]) -> tuple[Any, Any]:
    """The gradient of a node's output as its pullbacks want it, and as it is told."""
    if not node.primitive.outputs:
        return found.get(node), found.get(node)
    parts: list[Any] = [None] * len(node.shape)
    for port, g in found.items():
        if isinstance(port, Port) and origin(port) is node:
            before = parts[port.index]
            parts[port.index] = g if before is None else before + g
    some = next((g for g in parts if g is not None), None)
    if some is None:
        return None, None
    whole = [
        np.zeros(shape, some.dtype) if g is None else g
        for g, shape in zip(parts, node.shape, strict=True)
    ]
    return whole, parts


def _operand(record: Record, node: Node, i: int) -> str:
    """An input by its name, or a constant by its value if that is short."""
    parent = node.parents[i]
    if parent is not None:
        return record.name(parent)
    value = node.inputs[i]
    if value is None or np.size(value) != 1:
        return say("constant")
    return f"{np.asarray(value).item():.6g}"


def _shape(node: Node, i: int) -> Any:
    parent, value = node.parents[i], node.inputs[i]
    if parent is None:
        return "?" if value is None else np.shape(value)
    return parent.shape


def _ratio(node: Node) -> int:
    """How many values of the first input make one of the output."""
    if node.primitive.outputs or not node.parents or node.parents[0] is None:
        return 1
    return math.prod(node.parents[0].shape) // max(math.prod(node.shape), 1)

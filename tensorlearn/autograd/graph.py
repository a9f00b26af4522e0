"""What is remembered, and the walk back: nodes, and the sweep through them.

Read `primitive.py` for how nodes are made, `gradients.py` for what can be asked of them.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from operator import attrgetter
from typing import Any

import numpy as np

from tensorlearn.autograd.rows import RowGradient
from tensorlearn.operators import PRIMITIVES
from tensorlearn.wording import say

Hook = Callable[[Any], Any]
Wrap = Callable[[Any, Any], Any]


class _State(threading.local):
    recording = True


class _Watch:
    anomaly: Any = None  # see `tensorlearn/testing/anomaly.py`


state = _State()
watch = _Watch()
births = itertools.count(1)


@contextmanager
def no_grad(*, recording: bool = False) -> Iterator[None]:
    """Within the block, or a function decorated with `@no_grad()`, nothing is recorded."""
    before, state.recording = state.recording, recording
    try:
        yield
    finally:
        state.recording = before


@contextmanager
def enable_grad() -> Iterator[None]:
    """Within the block recording is on again, even inside `no_grad`."""
    with no_grad(recording=True):
        yield


@dataclass(slots=True, eq=False, repr=False)
class Node:
    """One remembered operation: from which nodes, by which primitive, with what values.

    Nodes point to older nodes and to arrays, never to Tensors, so they form no reference
    cycle. `birth` grows with every node made: a node is younger than all it came from. A
    leaf (primitive None) that is written in place is given a new birth, so *a parent
    younger than its child* is how the sweep notices a stale value, at no cost per step.
    `shape` and `dtype` are the output's; several outputs have a tuple of shapes.
    """

    primitive: Any
    parents: Sequence[Node | None]
    inputs: Any
    output: Any
    params: dict[str, Any]
    shape: Any
    dtype: Any = None
    birth: int = field(default_factory=births.__next__)
    hooks: dict[Any, Hook] | None = None
    grad: Any = field(init=False)  # there only where it is to be kept

    def __reduce__(self) -> Any:
        if self.primitive is None:
            return leaf, (self.shape, self.dtype, self.params.get("name", ""))
        raise TypeError(
            say("only a Tensor without history can be copied or pickled; detach() it")
        )


class Port(Node):
    """One of several outputs of a node; it hands its gradient to slot `index` there."""

    __slots__ = ("index",)

    def __init__(self, node: Node, index: int) -> None:
        super().__init__(node.primitive, (node,), (), None, {}, node.shape[index])
        self.index = index


def leaf(shape: tuple[int, ...], dtype: Any = None, name: str = "") -> Node:
    """The node of a Tensor that was not computed but given; who shows it uses its name."""
    return Node(None, (), (), None, {"name": name} if name else {}, shape, dtype)


def sweep(
    gradients: dict[Node, Any],
    wanted: set[Node] | None = None,
    *,
    retain_graph: bool = False,
    wrap: Wrap | None = None,
    rows: bool = False,
) -> dict[Node, Any]:
    """Carry `gradients` from young nodes to old ones; return those of leaves or `wanted`.

    Each node's pullbacks turn the gradient of its output into that of its inputs; sums
    form where paths meet. With `wrap`, which makes Tensors, the sweep is itself recorded;
    else gradients are arrays, and values are let go as they are passed. With `rows` a leaf
    of which few rows were looked up may be given a `RowGradient` instead.
    """
    useful, reach = _leading_to(wanted, gradients) if wanted is not None else ((), ())
    anomaly = watch.anomaly
    summed: set[Node] = set()  # nodes whose gradient is a sum, in an array of its own
    found: dict[Node, Any] = {}
    queue = [(-node.birth, node) for node in gradients]  # the youngest comes first
    heapify(queue)
    while queue:
        node = heappop(queue)[1]
        g = gradients.pop(node)
        primitive = node.primitive
        if node.hooks is not None:
            g = _run_hooks(node, g)
            if hasattr(node, "grad"):  # retain_grad
                found[node] = g
        if primitive is None:
            found[node] = g
            continue
        if type(g) is RowGradient:
            g = np.asarray(g)
        if wanted is not None:
            if node in wanted:
                found[node] = g
            if node not in useful:
                continue
        inputs, y, params = node.inputs, node.output, node.params
        if inputs is None:
            raise RuntimeError(_freed(primitive))
        if primitive.outputs:
            if isinstance(node, Port):
                _fill_slot(gradients, queue, node, g)
                continue
            g = _without_gaps(g, node.shape, wrap)
        if wrap is not None:
            inputs, y = _as_tensors(node, wrap)
        rules = primitive.pullbacks
        joint = None
        if primitive.joint is not None:
            asked = [
                parent is not None and (wanted is None or parent in reach)
                for parent in node.parents
            ]
            joint = primitive.all_gradients(g, y, inputs, params, asked)
        for i, parent in enumerate(node.parents):
            if parent is None or (wanted is not None and parent not in reach):
                continue
            if joint is not None:
                gi = joint[i]
            elif i < len(rules):
                gi = rules[i] and rules[i](g, y, *inputs, **params)
            else:
                raise NotImplementedError(_missing(primitive, i))
            if gi is None:
                continue
            if anomaly is not None:
                anomaly.backward(node, gi)
            if parent.birth > node.birth:
                raise RuntimeError(_stale(primitive))
            if gi.shape != parent.shape:
                gi = _summed(gi, parent, primitive)
            old = gradients.get(parent)
            if old is None:
                gradients[parent] = gi
                heappush(queue, (-parent.birth, parent))
            elif wrap is not None:
                gradients[parent] = old + gi
            elif parent in summed:
                np.add(old, gi, out=old)
            else:
                gradients[parent] = np.asarray(old + gi)
                summed.add(parent)
        if not retain_graph:
            node.inputs = node.output = None
            node.parents = ()
    return found if wrap is not None else _own(found, rows)


def _leading_to(
    wanted: set[Node], roots: Iterable[Node]
) -> tuple[set[Node], set[Node]]:
    """The nodes with a wanted node among their ancestors; and these with the wanted."""
    seen = set(roots)
    stack = list(seen)
    while stack:
        for parent in stack.pop().parents:
            if parent is not None and parent not in seen:
                seen.add(parent)
                stack.append(parent)
    useful: set[Node] = set()
    reach = set(wanted)
    for node in sorted(seen, key=attrgetter("birth")):
        freed = node.inputs is None and wanted != {node}  # who knows what it led to
        if freed or any(parent in reach for parent in node.parents):
            useful.add(node)
            reach.add(node)
    return useful, reach


def _fill_slot(gradients: dict[Node, Any], queue: Any, port: Port, g: Any) -> None:
    (node,) = port.parents
    assert node is not None
    if node not in gradients:
        gradients[node] = [None] * len(node.shape)
        heappush(queue, (-node.birth, node))
    slots = gradients[node]
    old = slots[port.index]
    slots[port.index] = g if old is None else old + g


def _without_gaps(slots: list[Any], shapes: Any, wrap: Wrap | None) -> list[Any]:
    dtype = next(g.dtype for g in slots if g is not None)

    def zeros(shape: tuple[int, ...]) -> Any:
        """One zero, seen everywhere: to be read only, and no memory however large."""
        y = np.ndarray(shape, dtype, np.zeros((), dtype), strides=(0,) * len(shape))
        y.flags.writeable = False
        return wrap(y, None) if wrap else y

    return [
        zeros(shape) if g is None else g for g, shape in zip(slots, shapes, strict=True)
    ]


def _as_tensors(node: Node, wrap: Wrap) -> tuple[list[Any], Any]:
    """The node's values as recorded Tensors, so that a pullback can be differentiated."""
    inputs = [
        value if parent is None or value is None else wrap(value, parent)
        for value, parent in zip(node.inputs, node.parents, strict=True)
    ]
    y = node.output
    if node.primitive.outputs and y is not None:
        return inputs, [wrap(v, Port(node, i)) for i, v in enumerate(y)]
    return inputs, None if y is None else wrap(y, node)


def _summed(g: Any, parent: Node, primitive: Any) -> Any:
    """The gradient of an input, summed over what was broadcast."""
    if primitive.broadcasts:
        try:
            return PRIMITIVES["sum_to"](g, shape=parent.shape)
        except (ValueError, IndexError):
            pass  # then it was not broadcasting
    raise ValueError(
        say(
            "the pullback of '{name}' gave a gradient of shape {got} for an input of "
            "shape {wanted}; sum over what was broadcast, or declare broadcasts=True",
            name=primitive.name,
            got=g.shape,
            wanted=parent.shape,
        )
    )


def _run_hooks(node: Node, g: Any) -> Any:
    g = g if hasattr(g, "node") else np.array(g)  # theirs to write to
    for hook in tuple((node.hooks or {}).values()):
        changed = hook(g)
        if changed is None:
            continue
        if getattr(changed, "shape", None) != node.shape:
            raise ValueError(
                say(
                    "a hook must return None or a gradient of shape {wanted}, got {got!r}",
                    wanted=node.shape,
                    got=changed,
                )
            )
        g = changed
    return g


def _own(found: dict[Node, Any], rows: bool) -> dict[Node, Any]:
    """Make them arrays of their own: writing into one changes no other value."""
    seen: set[int] = set()
    for node, g in found.items():
        if rows and type(g) is RowGradient and g.dtype == node.dtype:
            continue
        if type(g) is not np.ndarray or g.base is not None or id(g) in seen:
            found[node] = g = np.array(g.data if hasattr(g, "node") else g)
        if g.dtype != node.dtype and node.dtype is not None:
            found[node] = g = g.astype(node.dtype)
        seen.add(id(g))
    return found


def _freed(primitive: Any) -> str:
    return say(
        "backward: the values that '{name}' saved were freed by an earlier backward; call "
        "the first backward with retain_graph=True, or compute the result again",
        name=primitive.name,
    )


def _missing(primitive: Any, index: int) -> str:
    return say(
        "backward: '{name}' has no pullback for input {index}; add one, or None if no "
        "gradient shall flow",
        name=primitive.name,
        index=index,
    )


def _stale(primitive: Any) -> str:
    return say(
        "backward: a Parameter was written in place (assign or an optimizer step) after "
        "'{name}' had used it, so its gradient would be wrong; run the forward pass again",
        name=primitive.name,
    )

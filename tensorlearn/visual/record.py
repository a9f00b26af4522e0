"""What a Tensor remembers, ready to be shown: nodes in order, names, values, gradients.

Nothing here changes the graph: no node is freed, and no `.grad` is touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from tensorlearn.autograd.graph import Node, Port, no_grad, sweep
from tensorlearn.autograd.tensor import Tensor, seed_gradient
from tensorlearn.wording import say


class Record:
    """The operations and leaves behind a Tensor.

    named: Parameters, and layers or models, whose weights are then known by their names.
    names: Tensors under the names they shall have. Raises RuntimeError if there is no
    history, or if a backward has already freed it.
    """

    def __init__(
        self, owner: str, result: Any, named: Iterable[Any], names: Mapping[str, Any]
    ) -> None:
        if not isinstance(result, Tensor) or result.node is None:
            raise RuntimeError(
                say(
                    "{owner}: there is no history to show: the Tensor does not come from "
                    "one with requires_grad=True",
                    owner=owner,
                )
            )
        self.result = result
        self.root: Node = result.node
        self.nodes = _behind(owner, self.root)
        self.operations = [n for n in self.nodes if n.primitive is not None]
        self.leaves = [n for n in reversed(self.nodes) if n.primitive is None]
        self.values: dict[Node, Any] = {}
        self.names = self._named(owner, named, names)
        self._note_values()

    def _named(
        self, owner: str, named: Iterable[Any], names: Mapping[str, Any]
    ) -> dict[Node, str]:
        pairs = [(name, x) for name, x in names.items()]
        for thing in named:
            listed = getattr(thing, "weights", None)
            for one in [thing] if listed is None else listed:
                pairs.append((getattr(one, "name", None), one))
        found: dict[Node, str] = {}
        for name, x in reversed(pairs):
            if not isinstance(x, Tensor) or not name:
                raise TypeError(
                    say(
                        "{owner}: name Tensors by keywords ({owner}(x=x)); by position "
                        "come only Parameters, layers and models, which have names; got "
                        "{got}",
                        owner=owner,
                        got=type(x).__name__,
                    )
                )
            if x.node is not None:
                found[x.node] = shown_name(name)
                self.values[x.node] = x.data
        for i, node in enumerate(self.leaves):
            found.setdefault(node, shown_name(node.params.get("name", f"x{i + 1}")))
        last = "loss" if self.result.size == 1 else "y"
        origin = self.root.parents[0] if isinstance(self.root, Port) else self.root
        if origin is self.root:
            found.setdefault(origin, last)
        for i, node in enumerate(reversed(self.operations)):
            found.setdefault(node, f"v{i + 1}")
        return found

    def name(self, node: Node) -> str:
        """How a value is called."""
        if isinstance(node, Port) and node not in self.names:
            return f"{self.names[origin(node)]}[{node.index}]"
        return self.names[node]

    # ---- values ----

    def _note_values(self) -> None:
        """What the nodes have kept: their outputs, and their inputs, which others made."""
        self.values[self.root] = self.result.data
        for node in self.operations:
            if node.output is not None and not node.primitive.outputs:
                self.values.setdefault(node, node.output)
            for parent, value in zip(node.parents, node.inputs, strict=True):
                if parent is not None and value is not None:
                    self.values.setdefault(parent, value)

    def value(self, node: Node) -> Any:
        """The value of a node, computed again if it was not kept; None if it cannot be."""
        found = self.values.get(node)
        if found is None and node.primitive is not None and not node.primitive.outputs:
            inputs = [
                value if parent is None else self.values.get(parent)
                for parent, value in zip(node.parents, node.inputs, strict=True)
            ]
            if all(value is not None for value in inputs):
                with no_grad(), np.errstate(all="ignore"):
                    found = node.primitive.forward(*inputs, **node.params)
                self.values[node] = np.asarray(found)
        return self.values.get(node)

    # ---- gradients ----

    def gradients(self, nodes: Iterable[Node], gradient: Any = None) -> dict[Node, Any]:
        """d(result)/d(node) for each, as `backward` would find it; hooks are called."""
        wanted = {n for n in nodes if n.primitive is None or not _several(n)}
        seed = seed_gradient(self.result, gradient, False)
        return sweep({self.root: seed}, wanted, retain_graph=True)


def _behind(owner: str, root: Node) -> list[Node]:
    """All nodes, the youngest first: in the order in which a sweep meets them."""
    seen = {origin(root)}
    stack = list(seen)
    while stack:
        node = stack.pop()
        if node.inputs is None:
            raise RuntimeError(
                say(
                    "{owner}: the values that '{name}' saved were freed by an earlier "
                    "backward; ask before it, or call it with retain_graph=True",
                    owner=owner,
                    name=node.primitive.name,
                )
            )
        for parent in node.parents:
            if parent is not None and origin(parent) not in seen:
                seen.add(origin(parent))
                stack.append(origin(parent))
    return sorted(seen, key=attrgetter("birth"), reverse=True)


def origin(node: Node) -> Node:
    """The node itself, or the one of whose outputs it is one."""
    if isinstance(node, Port):
        (made_by,) = node.parents
        assert made_by is not None
        return made_by
    return node


def _several(node: Node) -> bool:
    return node.primitive.outputs and not isinstance(node, Port)


def pulled_back(node: Node, g: Any) -> list[Any]:
    """What the pullbacks of a node make of the gradient of its output, per input."""
    primitive = node.primitive
    if g is None:
        return []
    if primitive.joint is not None:
        asked = [parent is not None for parent in node.parents]
        found = primitive.all_gradients(g, node.output, node.inputs, node.params, asked)
        return [
            gi if parent is not None else None
            for gi, parent in zip(found, node.parents, strict=True)
        ]
    rules = [*primitive.pullbacks, *[None] * len(node.parents)]
    return [
        rule(g, node.output, *node.inputs, **node.params)
        if rule is not None and parent is not None
        else None
        for rule, parent in zip(rules, node.parents, strict=False)
    ]


# ---- in words ----


def shown_name(name: str) -> str:
    """A weight's name as it stands in formulas, where a slash would divide.

    >>> shown_name("dense_1/kernel:0")
    'dense_1.kernel'
    """
    return name.removesuffix(":0").replace("/", ".")


def shown_params(params: Mapping[str, Any]) -> list[str]:
    """The parameters of an operation that say something: axis=0, keepdims=True."""
    return [
        f"{key}={_short(value)}"
        for key, value in params.items()
        if value is not None and value is not False and not key.startswith("_")
    ]


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return say("array of shape {shape}", shape=value.shape)
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


FULL = 8
"""Arrays of so many elements are shown in full."""


def shown_value(value: Any) -> str:
    """A small array in full, of a larger one smallest, mean and largest."""
    array = np.asarray(value)
    if array.size <= FULL and array.ndim <= 2:
        show = {"float_kind": lambda number: f"{number:.4g}"}
        text = np.array2string(array, separator=", ", formatter=show)  # type: ignore[call-overload]
        return " ".join(text.split())
    if not np.isfinite(array).all():
        return say(
            "{bad} of {all} values are NaN or infinite",
            bad=int((~np.isfinite(array)).sum()),
            all=array.size,
        )
    return say(
        "min {low:.4g}, mean {mean:.4g}, max {high:.4g}",
        low=float(array.min()),
        mean=float(array.mean()),
        high=float(array.max()),
    )


def summed_axes(got: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """The axes of `got` that must be summed to reach the shape `wanted`."""
    lead = len(got) - len(wanted)
    pairs = zip(got[lead:], wanted, strict=True)
    return [*range(lead), *(i + lead for i, (n, m) in enumerate(pairs) if m == 1 != n)]

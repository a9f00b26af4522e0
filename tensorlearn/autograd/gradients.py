"""Derivatives as functions: grad, vjp, jvp, jacobian and hvp, all from one sweep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensorlearn.autograd.tensor import (
    Array,
    Node,
    Tensor,
    enable_grad,
    leaf,
    seed_gradient,
    sweep,
    wrap,
)
from tensorlearn.wording import say

Function = Callable[..., Any]


def grad(
    output: Tensor,
    inputs: Tensor | Sequence[Tensor],
    gradient: Any = None,
    *,
    create_graph: bool = False,
    retain_graph: bool | None = None,
    allow_unused: bool = False,
) -> Any:
    """d(output)/d(input) for each input, leaving every `.grad` alone.

    output: a Tensor; a single number unless `gradient` (its weights, same shape) is given.
    inputs: one Tensor or a list, leaves or intermediate results.
    Returns an array per input (a Tensor with create_graph), in the same form as `inputs`.
    Raises RuntimeError if the output does not depend on an input; with allow_unused that
    input gets None.
    """
    single = isinstance(inputs, Tensor)
    wanted: list[Tensor] = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    nodes = [_node_of(t, i) for i, t in enumerate(wanted)]
    found: dict[Node, Any] = {}
    if output.node is not None:
        found = sweep(
            {output.node: seed_gradient(output, gradient, create_graph)},
            set(nodes),
            create_graph=create_graph,
            retain_graph=create_graph if retain_graph is None else retain_graph,
        )
    missing = [i for i, node in enumerate(nodes) if node not in found]
    if missing and not allow_unused:
        raise RuntimeError(
            say(
                "grad: the output does not depend on input {which}; look for detach, "
                "numpy(), no_grad or an operation without gradient on the way, or pass "
                "allow_unused=True to get None",
                which=", ".join(
                    f"{i} ({getattr(wanted[i], 'name', None) or wanted[i].shape})"
                    for i in missing
                ),
            )
        )
    results = [found.get(node) for node in nodes]
    return results[0] if single else results


def _node_of(tensor: Any, index: int) -> Node:
    if not isinstance(tensor, Tensor) or tensor.node is None:
        raise ValueError(
            say(
                "grad: input {index} does not require a gradient; create it with "
                "Tensor(..., requires_grad=True)",
                index=index,
            )
        )
    return tensor.node


def _fresh(value: Any) -> Tensor:
    """A new leaf with the values of an array or Tensor, as floating point."""
    if isinstance(value, Tensor):
        return wrap(value.data, leaf(value.shape))
    made = Tensor(value)
    if made.dtype.kind != "f":
        made = Tensor(made.data, dtype="float32")
    return wrap(made.data, leaf(made.shape))


def vjp(function: Function, *inputs: Any) -> tuple[Tensor, Callable[..., Any]]:
    """`function(*inputs)` and the map from an output weighting u to u·J, per input.

    The returned function takes u (shape of the output) and `create_graph`, and gives one
    gradient for one input, else a list.
    """
    leaves = [_fresh(x) for x in inputs]
    with enable_grad():
        y = function(*leaves)

    def pull(u: Any, create_graph: bool = False) -> Any:
        found = grad(
            y,
            leaves,
            u,
            create_graph=create_graph,
            retain_graph=True,
            allow_unused=True,
        )
        filled = [
            g if g is not None else np.zeros(x.shape, x.dtype)
            for g, x in zip(found, leaves, strict=True)
        ]
        return filled[0] if len(leaves) == 1 else filled

    return y, pull


def jvp(
    function: Function, inputs: Sequence[Any] | Tensor, tangents: Any
) -> tuple[Tensor, Array]:
    """`function(*inputs)` and J·v: how the output moves when the inputs move along v.

    Pullbacks are linear in u, so differentiating u·J once more, along v, transposes it:
    no second set of rules is needed.
    """
    if isinstance(inputs, (Tensor, np.ndarray)):
        inputs, tangents = [inputs], [tangents]
    y, pull = vjp(function, *inputs)
    u = wrap(np.zeros(y.shape, y.dtype), leaf(y.shape))
    with enable_grad():
        rows = pull(u, create_graph=True)
    rows = rows if isinstance(rows, list) else [rows]
    total = np.zeros(y.shape, y.dtype)
    for row, v in zip(rows, tangents, strict=True):
        if isinstance(row, Tensor) and row.node is not None:
            part = grad(row, u, v, allow_unused=True, retain_graph=True)
            total = total if part is None else total + part
    return y, total


def jacobian(function: Function, x: Any) -> Array:
    """d(function(x))/dx.   (*X) -> (*Y, *X), one sweep per output element."""
    y, pull = vjp(function, x)
    rows = []
    for i in range(y.size):
        u = np.zeros(y.size, y.dtype)
        u[i] = 1.0
        rows.append(pull(u.reshape(y.shape)))
    shape = rows[0].shape if rows else np.shape(getattr(x, "data", x))
    return np.array(rows, dtype=y.dtype).reshape(*y.shape, *shape)


def hvp(function: Function, x: Any, v: Any) -> Array:
    """Hessian-vector product of a function with one number as output.   (*X) -> (*X)

    The gradient of (gradient · v): the Hessian itself is never formed.
    """
    point = _fresh(x)
    with enable_grad():
        slope = grad(function(point), point, create_graph=True)
    found = None
    if slope.node is not None:
        found = grad(slope, point, v, allow_unused=True)
    result: Array = np.zeros(point.shape, point.dtype) if found is None else found
    return result

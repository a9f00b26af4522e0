"""Derivatives as functions: grad, vjp, jvp, jacobian and hvp, all from one sweep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensorlearn.autograd.graph import Node, enable_grad, leaf, sweep
from tensorlearn.autograd.tensor import Array, Tensor, seed_gradient, wrap
from tensorlearn.config import floatx
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
    wanted = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    nodes = [_node_of(x, i) for i, x in enumerate(wanted)]
    found: dict[Node, Any] = {}
    seed = seed_gradient(_result("grad", output), gradient, create_graph)
    if output.node is not None:
        found = sweep(
            {output.node: seed},
            set(nodes),
            retain_graph=create_graph if retain_graph is None else retain_graph,
            wrap=wrap if create_graph else None,
        )
    unused = [i for i, node in enumerate(nodes) if node not in found]
    if unused and not allow_unused:
        raise RuntimeError(
            say(
                "grad: the output does not depend on input {which}; look for detach, "
                "numpy(), no_grad or an operation without gradient on the way, or pass "
                "allow_unused=True to get None",
                which=", ".join(
                    f"{i} ({getattr(wanted[i], 'name', None) or wanted[i].shape})"
                    for i in unused
                ),
            )
        )
    results = [found.get(node) for node in nodes]
    return results[0] if isinstance(inputs, Tensor) else results


def _node_of(x: Any, index: int) -> Node:
    if not isinstance(x, Tensor) or x.node is None:
        raise ValueError(
            say(
                "grad: input {index} does not require a gradient; create it with "
                "Tensor(..., requires_grad=True)",
                index=index,
            )
        )
    return x.node


def _result(owner: str, y: Any) -> Tensor:
    if not isinstance(y, Tensor):
        raise TypeError(
            say(
                "{owner}: the output must be a Tensor, got {got}",
                owner=owner,
                got=type(y).__name__,
            )
        )
    return y


def _fresh(value: Any) -> Tensor:
    """A new leaf with the values of an array or Tensor, as floating point."""
    data = (value if isinstance(value, Tensor) else Tensor(value)).data
    if data.dtype.kind != "f":
        data = data.astype(floatx())
    return wrap(data, leaf(data.shape, data.dtype))


def vjp(function: Function, *inputs: Any) -> tuple[Tensor, Callable[..., Any]]:
    """`function(*inputs)` and the map from an output weighting u to u·J, per input.

    The returned function takes u (shape of the output) and `create_graph`, and gives one
    gradient for one input, else a list.
    """
    leaves = [_fresh(x) for x in inputs]
    with enable_grad():
        y = _result("vjp", function(*leaves))

    def pull(u: Any, create_graph: bool = False) -> Any:
        options = {"create_graph": create_graph, "retain_graph": True}
        rows = grad(y, leaves, u, allow_unused=True, **options)
        for i, x in enumerate(leaves):
            if rows[i] is None:
                zeros = np.zeros_like(x.data)
                rows[i] = wrap(zeros, None) if create_graph else zeros
        return rows[0] if len(leaves) == 1 else rows

    return y, pull


def jvp(function: Function, inputs: Any, tangents: Any) -> tuple[Tensor, Array]:
    """`function(*inputs)` and J·v: how the output moves when the inputs move along v.

    inputs, tangents: a list or tuple of them, or one of each. Since u·J is linear in u,
    the slope of (u·J)·v with respect to u is J·v: no second set of rules is needed.
    """
    if not isinstance(inputs, (list, tuple)):
        inputs, tangents = [inputs], [tangents]
    y, pull = vjp(function, *inputs)

    def along_v(u: Tensor) -> Any:
        rows = pull(u, create_graph=True)
        rows = rows if isinstance(rows, list) else [rows]
        products = [(r * v).sum() for r, v in zip(rows, tangents, strict=True)]
        return sum(products[1:], start=products[0])

    return y, vjp(along_v, np.zeros_like(y.data))[1](1.0)


def jacobian(function: Function, x: Any) -> Array:
    """d(function(x))/dx.   (*X) -> (*Y, *X), one sweep per output element."""
    point = _fresh(x)
    y, pull = vjp(function, point)
    units = np.eye(y.size, dtype=y.dtype).reshape(y.size, *y.shape)
    rows = [pull(unit) for unit in units]
    return np.array(rows, y.dtype).reshape(y.shape + point.shape)


def hvp(function: Function, x: Any, v: Any) -> Array:
    """Hessian-vector product of a function with one number as output.   (*X) -> (*X)

    The gradient of (gradient · v): the Hessian itself is never formed.
    """
    slope = vjp(lambda x: grad(function(x), x, create_graph=True), x)[1]
    product: Array = slope(v)
    return product

"""Tensor: an array that remembers how it was made, and the sweep that walks it back.

A `Tensor` is only a handle: `data` (a NumPy array) and `node` (what was done, or None for
a constant). Read `primitive.py` next, which makes the nodes, then `gradients.py`.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from tensorlearn.config import floatx
from tensorlearn.wording import say, suggest

Array = npt.NDArray[Any]
Hook = Callable[[Any], Any]

PRIMITIVES: dict[str, Any] = {}
"""Every primitive by name; `primitive.py` fills it, and operators look themselves up."""
UFUNCS: dict[Any, Any] = {}
"""NumPy ufunc -> our operation, for `np.exp(tensor)` and friends."""
FUNCTIONS: dict[Any, Any] = {}
"""NumPy function -> our operation, for `np.concatenate([tensor, array])` and friends."""


class _State(threading.local):
    recording = True
    anomaly: Any = None


state = _State()
births = itertools.count(1)


class no_grad:  # noqa: N801 - reads as a statement: `with no_grad():`
    """Within the block (or the decorated function) nothing is recorded."""

    def __enter__(self) -> None:
        self.before = state.recording
        state.recording = False

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        state.recording = self.before

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def quiet(*args: Any, **kwargs: Any) -> Any:
            with no_grad():
                return function(*args, **kwargs)

        quiet.__name__ = function.__name__
        quiet.__doc__ = function.__doc__
        return quiet


class enable_grad(no_grad):  # noqa: N801
    """Within the block recording is on again, even inside `no_grad`."""

    def __enter__(self) -> None:
        self.before = state.recording
        state.recording = True


class Node:
    """One remembered operation: from which nodes, by which primitive, with what values.

    Nodes point to older nodes and to arrays, never to Tensors, so they form no reference
    cycle. `birth` grows with every node made: a node is younger than all it came from. A
    leaf (primitive None) that is written in place is given a new birth, so *a parent
    younger than its child* is how the sweep notices a stale value, at no cost per step.
    """

    __slots__ = (
        "birth",
        "grad",
        "hooks",
        "inputs",
        "output",
        "params",
        "parents",
        "primitive",
        "shape",
    )

    birth: int
    primitive: Any
    parents: tuple[Node | None, ...]
    inputs: Any
    output: Any
    params: dict[str, Any]
    shape: Any  # of the output; a tuple of shapes where there are several
    hooks: list[Hook] | None
    grad: Any

    def __init__(
        self,
        primitive: Any,
        parents: tuple[Node | None, ...],
        inputs: Any,
        output: Any,
        params: dict[str, Any],
        shape: Any,
    ) -> None:
        self.birth = next(births)
        self.primitive = primitive
        self.parents = parents
        self.inputs = inputs
        self.output = output
        self.params = params
        self.shape = shape
        self.hooks = None


class Port(Node):
    """One of several outputs of a node; it hands its gradient to slot `index` there."""

    __slots__ = ("index",)
    index: int

    def __init__(self, node: Node, index: int) -> None:
        super().__init__(node.primitive, (node,), (), None, {}, node.shape[index])
        self.index = index


def leaf(shape: tuple[int, ...]) -> Node:
    """The node of a Tensor that was not computed but given."""
    return Node(None, (), (), None, {}, shape)


def keep_gradient(gradient: Any) -> None:
    """The hook that says: store this node's gradient (`Tensor.retain_grad`)."""


def sweep(
    gradients: dict[Node, Any],
    wanted: set[Node] | None = None,
    *,
    retain_graph: bool = False,
    create_graph: bool = False,
) -> dict[Node, Any]:
    """Carry `gradients` from young nodes to old ones; return those of leaves or `wanted`.

    Each node's pullbacks turn the gradient of its output into that of its inputs; sums
    form where paths meet. With `create_graph` gradients are Tensors and the sweep is
    itself recorded; else they are arrays, and values are let go as they are passed.
    """
    nodes = _reachable(gradients)
    useful = _leading_to(wanted, nodes) if wanted is not None else None
    owned: set[Node] = set()  # nodes whose running sum is an array nobody else holds
    found: dict[Node, Any] = {}
    for node in nodes:
        g = gradients.pop(node, None)
        if g is None:
            continue
        if node.hooks is not None:
            g = _run_hooks(node, g)
        primitive = node.primitive
        if primitive is None or (wanted is not None and node in wanted):
            found[node] = g
            if primitive is None:
                continue
        if useful is not None and node not in useful:
            continue
        if type(node) is Port:
            _fill_slot(gradients, node, g)
            continue
        inputs, y, params = node.inputs, node.output, node.params
        if inputs is None:
            raise RuntimeError(_freed(primitive))
        if create_graph:
            inputs, y = _as_tensors(node)
        if primitive.outputs:
            g = _without_gaps(g, node.shape, create_graph)
        joint = primitive.joint and primitive.joint(g, y, *inputs, **params)
        for i, parent in enumerate(node.parents):
            if parent is None or (
                useful is not None and parent not in useful and parent not in wanted
            ):
                continue
            if joint:
                gi = joint[i]
            else:
                rule = primitive.pullbacks[i]
                gi = rule and rule(g, y, *inputs, **params)
            if gi is None:
                continue
            if state.anomaly is not None:
                state.anomaly.backward(node, gi)
            if parent.birth > node.birth:
                raise RuntimeError(_stale(primitive))
            if primitive.broadcasts and gi.shape != parent.shape:
                gi = PRIMITIVES["sum_to"](gi, shape=parent.shape)
            old = gradients.get(parent)
            if old is None:
                gradients[parent] = gi
            elif create_graph:
                gradients[parent] = PRIMITIVES["add"](old, gi)
            elif parent in owned:
                np.add(old, gi, out=old)
            else:
                gradients[parent] = np.asarray(old + gi)
                owned.add(parent)
        if not retain_graph:
            node.inputs = node.output = None
            node.parents = ()
    return found


def _reachable(roots: dict[Node, Any]) -> list[Node]:
    """Every node the roots came from, youngest first (an order in which children lead)."""
    seen = set(roots)
    stack = list(roots)
    while stack:
        for parent in stack.pop().parents:
            if parent is not None and parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return sorted(seen, key=_birth, reverse=True)


def _birth(node: Node) -> int:
    return node.birth


def _leading_to(wanted: set[Node], nodes: list[Node]) -> set[Node]:
    """The nodes with a wanted node among their ancestors."""
    useful: set[Node] = set()
    for node in reversed(nodes):
        if any(p in useful or p in wanted for p in node.parents):
            useful.add(node)
    return useful


def _fill_slot(gradients: dict[Node, Any], port: Port, g: Any) -> None:
    (node,) = port.parents
    assert node is not None
    gradients.setdefault(node, [None] * len(node.shape))[port.index] = g


def _without_gaps(slots: list[Any], shapes: Any, create_graph: bool) -> list[Any]:
    dtype = next(g.dtype for g in slots if g is not None)
    zeros = (np.zeros(shape, dtype) for shape in shapes)
    return [
        g if g is not None else wrap(zero, None) if create_graph else zero
        for g, zero in zip(slots, zeros, strict=True)
    ]


def _as_tensors(node: Node) -> tuple[tuple[Any, ...], Any]:
    """The node's values as recorded Tensors, so that a pullback can be differentiated."""
    inputs = tuple(
        value if parent is None or value is None else wrap(value, parent)
        for value, parent in zip(node.inputs, node.parents, strict=False)
    )
    y = node.output
    if isinstance(y, tuple):
        return inputs, tuple(wrap(v, Port(node, i)) for i, v in enumerate(y))
    return inputs, None if y is None else wrap(y, node)


def _run_hooks(node: Node, g: Any) -> Any:
    for hook in node.hooks or ():
        if hook is keep_gradient:
            node.grad = g
        else:
            changed = hook(g)
            g = g if changed is None else changed
    return g


def _freed(primitive: Any) -> str:
    return say(
        "backward: the values that '{name}' saved were freed by an earlier backward; call "
        "the first backward with retain_graph=True, or compute the result again",
        name=primitive.name,
    )


def _stale(primitive: Any) -> str:
    return say(
        "backward: a Parameter was written in place (assign or an optimizer step) after "
        "'{name}' had used it, so its gradient would be wrong; run the forward pass again",
        name=primitive.name,
    )


class Operators:
    """Python's operators and NumPy's protocols, looked up in the registry by name.

    Shared by everything a primitive can be applied to (Tensor, and Symbol further up).
    `x -= y` rebinds `x` to a new value: there is no in-place operator on purpose.
    """

    __slots__ = ()
    __hash__ = object.__hash__  # comparisons are elementwise, identity is what hashes

    def __add__(self, other: Any) -> Any:
        return PRIMITIVES["add"](self, other)

    def __radd__(self, other: Any) -> Any:
        return PRIMITIVES["add"](other, self)

    def __sub__(self, other: Any) -> Any:
        return PRIMITIVES["subtract"](self, other)

    def __rsub__(self, other: Any) -> Any:
        return PRIMITIVES["subtract"](other, self)

    def __mul__(self, other: Any) -> Any:
        return PRIMITIVES["multiply"](self, other)

    def __rmul__(self, other: Any) -> Any:
        return PRIMITIVES["multiply"](other, self)

    def __truediv__(self, other: Any) -> Any:
        return PRIMITIVES["divide"](self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return PRIMITIVES["divide"](other, self)

    def __pow__(self, other: Any) -> Any:
        return PRIMITIVES["power"](self, other)

    def __rpow__(self, other: Any) -> Any:
        return PRIMITIVES["power"](other, self)

    def __matmul__(self, other: Any) -> Any:
        return PRIMITIVES["matmul"](self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return PRIMITIVES["matmul"](other, self)

    def __neg__(self) -> Any:
        return PRIMITIVES["negative"](self)

    def __abs__(self) -> Any:
        return PRIMITIVES["abs"](self)

    def __lt__(self, other: Any) -> Any:
        return PRIMITIVES["less"](self, other)

    def __le__(self, other: Any) -> Any:
        return PRIMITIVES["less_equal"](self, other)

    def __gt__(self, other: Any) -> Any:
        return PRIMITIVES["greater"](self, other)

    def __ge__(self, other: Any) -> Any:
        return PRIMITIVES["greater_equal"](self, other)

    def __eq__(self, other: object) -> Any:
        return PRIMITIVES["equal"](self, other)

    def __ne__(self, other: object) -> Any:
        return PRIMITIVES["not_equal"](self, other)

    def __getitem__(self, index: Any) -> Any:
        return PRIMITIVES["getitem"](self, index=index)

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            say(
                "{kind} does not support item assignment: it would change values that "
                "gradients need; build a new one with where, concatenate or scatter_add",
                kind=type(self).__name__,
            )
        )

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        operation = UFUNCS.get(ufunc)
        if operation is None or method != "__call__" or kwargs:
            called = ufunc.__name__ + ("" if method == "__call__" else f".{method}")
            raise TypeError(_unsupported(called + (" with out=" * ("out" in kwargs))))
        return operation(*args)

    def __array_function__(self, function: Any, kinds: Any, args: Any, kwargs: Any) -> Any:
        operation = FUNCTIONS.get(function)
        if operation is None:
            raise TypeError(_unsupported(function.__name__))
        return operation(*args, **kwargs)


def _unsupported(name: str) -> str:
    return say(
        "np.{name} has no differentiable twin and would cut the graph{hint}; use a function "
        "of tensorlearn.ops, or x.numpy() if no gradient is meant to flow",
        name=name,
        hint=suggest(name.split(".")[0].split(" ")[0], PRIMITIVES),
    )


class Tensor(Operators):
    """An n-dimensional array that takes part in differentiation.

    data: anything NumPy makes an array of (copied; Python numbers become `floatx`).
    requires_grad: whether `backward` shall leave a gradient in `.grad`; only for floats.
    Raises TypeError for strings and objects, and for a gradient on integers.

    The rule of `.grad`: `backward` *adds* into the `.grad` of every leaf it reaches;
    set it to None (or call `zero_grad`) between independent steps.

    >>> x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    array([2., 4., 6.], dtype=float32)
    """

    __slots__ = ("data", "node")

    data: Array
    node: Node | None

    def __init__(
        self, data: Any, requires_grad: bool = False, *, dtype: npt.DTypeLike = None
    ) -> None:
        self.data = as_array(data, dtype)
        self.node = None
        if requires_grad:
            if self.data.dtype.kind != "f":
                raise TypeError(
                    say(
                        "Tensor: only floating-point data can require a gradient, got "
                        "dtype {dtype}; pass dtype='float32'",
                        dtype=self.data.dtype,
                    )
                )
            self.node = leaf(self.data.shape)

    # ---- looking at it ----

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of every axis."""
        return self.data.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.data.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self.data.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """The number type."""
        return self.data.dtype

    @property
    def T(self) -> Any:  # noqa: N802
        """All axes in reverse order."""
        return PRIMITIVES["transpose"](self)

    def numpy(self) -> Array:
        """The values as a read-only array (no copy)."""
        view = self.data.view()
        view.flags.writeable = False
        return view

    def item(self) -> Any:
        """The only element, as a Python number; ValueError if there are more."""
        if self.data.size != 1:
            raise ValueError(
                say(
                    "Tensor.item: only one element can become a number, got shape {shape}",
                    shape=self.data.shape,
                )
            )
        return self.data.item()

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __bool__(self) -> bool:
        return bool(self.item())

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[Any]:
        if not self.data.ndim:
            raise TypeError(say("a Tensor without axes cannot be iterated over"))
        return iter(PRIMITIVES["unstack"](self, axis=0))

    def __repr__(self) -> str:
        text = np.array2string(self.data, separator=", ", prefix="Tensor(", threshold=60)
        made = "" if self.node is None or not self.node.primitive else (
            f", made_by={self.node.primitive.name!r}"
        )
        grad = ", requires_grad=True" if self.node is not None and not made else made
        return f"Tensor({text}, shape={self.shape}, dtype={self.dtype}{grad})"

    def __array__(self, *args: Any, **kwargs: Any) -> Array:
        raise TypeError(
            say(
                "a Tensor is not silently turned into an array, which would cut the "
                "graph; call .numpy() to say that you mean it"
            )
        )

    # ---- the few methods everybody expects ----

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Sum over `axis` (all axes by default)."""
        return PRIMITIVES["reduce_sum"](self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Mean over `axis` (all axes by default)."""
        return PRIMITIVES["reduce_mean"](self, axis=axis, keepdims=keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Largest element over `axis`; ties share the gradient equally."""
        return PRIMITIVES["reduce_max"](self, axis=axis, keepdims=keepdims)

    def reshape(self, *shape: Any) -> Any:
        """The same elements in another shape; one entry may be -1."""
        target = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
        return PRIMITIVES["reshape"](self, shape=tuple(target))

    def transpose(self, *axes: Any) -> Any:
        """Axes in the given order, or reversed."""
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
        return PRIMITIVES["transpose"](self, axes=tuple(order) or None)

    def astype(self, dtype: npt.DTypeLike) -> Any:
        """The same values in another number type; gradients are cast back."""
        return PRIMITIVES["cast"](self, dtype=np.dtype(dtype).name)

    # ---- gradients ----

    @property
    def requires_grad(self) -> bool:
        """Whether operations on this Tensor are recorded."""
        return self.node is not None

    @property
    def grad(self) -> Any:
        """What `backward` left here: an array of this shape (or None)."""
        return getattr(self.node, "grad", None)

    @grad.setter
    def grad(self, value: Any) -> None:
        if self.node is None:
            raise RuntimeError(say("Tensor.grad: this Tensor does not require a gradient"))
        self.node.grad = value

    def zero_grad(self) -> None:
        """Forget the gradient."""
        if self.node is not None:
            self.node.grad = None

    def retain_grad(self) -> None:
        """Have `backward` keep `.grad` of this intermediate result, too."""
        self.register_hook(keep_gradient)

    def register_hook(self, hook: Hook) -> Callable[[], None]:
        """Call `hook(gradient)` when it is complete; what it returns, if not None, counts.

        Returns a function that removes the hook.
        """
        node = self.node
        if node is None:
            raise RuntimeError(
                say("Tensor.register_hook: this Tensor does not require a gradient")
            )
        node.hooks = [*(node.hooks or ()), hook]

        def remove() -> None:
            node.hooks = [h for h in node.hooks or () if h is not hook] or None

        return remove

    def detach(self) -> Tensor:
        """The same values without history: gradients stop here."""
        return wrap(self.data, None)

    def backward(
        self,
        gradient: Any = None,
        *,
        retain_graph: bool | None = None,
        create_graph: bool = False,
    ) -> None:
        """Add d(self)/d(leaf), weighted by `gradient`, into every leaf's `.grad`.

        gradient: same shape as self; may be omitted for a single number (then 1).
        retain_graph: keep saved values for another backward (default: create_graph).
        create_graph: leave Tensors in `.grad` that can be differentiated again.
        """
        if self.node is None:
            raise RuntimeError(
                say(
                    "backward: nothing here requires a gradient; create the inputs with "
                    "Tensor(..., requires_grad=True) and keep no_grad, detach and numpy "
                    "out of the way"
                )
            )
        g = seed_gradient(self, gradient, create_graph)
        found = sweep(
            {self.node: g},
            retain_graph=create_graph if retain_graph is None else retain_graph,
            create_graph=create_graph,
        )
        for node, total in found.items():
            before = getattr(node, "grad", None)
            node.grad = total if before is None else before + total


class Parameter(Tensor):
    """A Tensor that a model learns or keeps: named, and written only through `assign`.

    trainable: whether gradients flow to it. A trainable Parameter is written in place
    (a backward through an older forward pass then explains itself); another is rebound.
    """

    __slots__ = ("constraint", "name", "regularizer")

    def __init__(
        self,
        data: Any,
        name: str = "parameter",
        *,
        trainable: bool = True,
        dtype: npt.DTypeLike = None,
    ) -> None:
        super().__init__(data, trainable, dtype=dtype)
        self.name = name
        self.regularizer: Any = None
        self.constraint: Any = None

    @property
    def trainable(self) -> bool:
        """Whether an optimizer may change it."""
        return self.node is not None

    def assign(self, value: Any) -> None:
        """Replace the values; the shape must match, the number type is kept."""
        new = np.asarray(value.data if isinstance(value, Tensor) else value)
        if new.shape != self.data.shape:
            raise ValueError(
                say(
                    "{name}.assign: `value` must have shape {wanted}, got {got}",
                    name=self.name,
                    wanted=self.data.shape,
                    got=new.shape,
                )
            )
        if self.node is None:
            self.data = np.array(new, self.data.dtype)
        else:
            self.data[...] = new
            self.written()

    def written(self) -> None:
        """Note that `data` was changed in place (optimizers call this once per step)."""
        if self.node is not None:
            self.node.birth = next(births)

    def __repr__(self) -> str:
        return f"Parameter({self.name!r}, shape={self.shape}, dtype={self.dtype})"


def wrap(data: Array, node: Node | None) -> Tensor:
    """A Tensor around `data` as it is: no copy, no check."""
    tensor = _new(Tensor)
    tensor.data = data
    tensor.node = node
    return tensor


_new = Tensor.__new__


def as_array(data: Any, dtype: npt.DTypeLike = None) -> Array:
    """A numeric array of `data`, copied; Python floats and float lists take `floatx`."""
    if isinstance(data, Tensor):
        data = data.data
    elif isinstance(data, (list, tuple)) and _holds_tensor(data):
        raise TypeError(
            say(
                "Tensor: `data` is a list that contains Tensors; join them with "
                "tensorlearn.ops.stack(...) so that gradients flow"
            )
        )
    try:
        array = np.array(data)
    except ValueError as error:
        raise ValueError(
            say("Tensor: `data` must be rectangular, got rows of different lengths")
        ) from error
    if array.dtype.kind not in "fiub":
        raise TypeError(
            say(
                "Tensor: `data` must be real numbers, got {got} (dtype {dtype})",
                got=type(data).__name__,
                dtype=array.dtype,
            )
        )
    if dtype is not None:
        return array.astype(dtype, copy=False)
    typed = isinstance(data, (np.ndarray, np.generic))
    if array.dtype.kind == "f" and (not typed or array.dtype.itemsize > 8):
        return array.astype(floatx(), copy=False)
    return array


def _holds_tensor(data: Sequence[Any]) -> bool:
    return any(
        isinstance(x, Tensor) or (isinstance(x, (list, tuple)) and _holds_tensor(x))
        for x in data
    )


def seed_gradient(output: Tensor, gradient: Any, create_graph: bool) -> Any:
    """The gradient that a sweep starts with, checked against the output's shape."""
    if gradient is None:
        if output.size != 1:
            raise ValueError(
                say(
                    "backward: the output has shape {shape}, not a single number; reduce "
                    "it (.sum(), .mean()) or pass `gradient` of that shape",
                    shape=output.shape,
                )
            )
        g: Any = np.ones(output.shape, output.dtype)
    else:
        g = gradient if isinstance(gradient, Tensor) else wrap(
            np.asarray(gradient, output.dtype), None
        )
        if g.shape != output.shape:
            raise ValueError(
                say(
                    "backward: `gradient` must have the output's shape {wanted}, got {got}",
                    wanted=output.shape,
                    got=g.shape,
                )
            )
        g = g if create_graph else g.data
    return wrap(g, None) if create_graph and not isinstance(g, Tensor) else g

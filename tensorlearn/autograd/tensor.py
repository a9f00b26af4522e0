"""Tensor: an array that remembers how it was made.

A `Tensor` is only a handle: `data` (a NumPy array) and `node` (what was done, or None for
a constant). Read `graph.py` next: what a node is, and how it is walked back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tensorlearn.autograd.graph import Hook, Node, births, leaf, sweep
from tensorlearn.config import floatx
from tensorlearn.operators import PRIMITIVES, Operators
from tensorlearn.views import Viewed
from tensorlearn.wording import say

Array = npt.NDArray[Any]


class Tensor(Viewed, Operators):
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
        self,
        data: Any,
        requires_grad: bool = False,
        *,
        dtype: npt.DTypeLike | None = None,
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
            self.node = leaf(self.data.shape, self.data.dtype)

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
                    "only a Tensor of one element can become a number, got shape {shape}",
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

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else repr(self)

    def __len__(self) -> int:
        if not self.data.ndim:
            raise TypeError(say("a Tensor without axes has no length"))
        return len(self.data)

    def __iter__(self) -> Iterator[Any]:
        if not self.data.ndim:
            raise TypeError(say("a Tensor without axes cannot be iterated over"))
        return iter(PRIMITIVES["unstack"](self, axis=0))

    def __repr__(self) -> str:
        text = np.array2string(
            self.data, separator=", ", prefix="Tensor(", threshold=60
        )
        origin = ""
        if self.node is not None:
            made_by = self.node.primitive
            origin = (
                f", made_by={made_by.name!r}" if made_by else ", requires_grad=True"
            )
        return f"Tensor({text}, shape={self.shape}, dtype={self.dtype}{origin})"

    def __array__(self, *args: Any, **kwargs: Any) -> Array:
        raise TypeError(
            say(
                "a Tensor is not silently turned into an array, which would cut the "
                "graph; call .numpy() to say that you mean it"
            )
        )

    # ---- the few methods everybody expects ----

    @property
    def T(self) -> Any:  # noqa: N802
        """All axes in reverse order."""
        return PRIMITIVES["transpose"](self)

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
        return PRIMITIVES["reshape"](self, shape=_flat(shape))

    def transpose(self, *axes: Any) -> Any:
        """Axes in the given order, or reversed."""
        return PRIMITIVES["transpose"](self, axes=_flat(axes) or None)

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
        self._own_node("grad").grad = value

    def zero_grad(self) -> None:
        """Forget the gradient."""
        if self.node is not None:
            self.node.grad = None

    def retain_grad(self) -> None:
        """Have `backward` keep `.grad` of this intermediate result, too."""
        node = self._own_node("retain_grad")
        node.hooks, node.grad = node.hooks or {}, self.grad

    def register_hook(self, hook: Hook) -> Callable[[], None]:
        """Call `hook(gradient)` when it is complete; what it returns, if not None, counts.

        Returns a function that removes the hook.
        """
        node = self._own_node("register_hook")
        key = object()
        node.hooks = {**(node.hooks or {}), key: hook}

        def remove() -> None:
            if node.hooks is not None:
                node.hooks.pop(key, None)

        return remove

    def _own_node(self, wanted: str) -> Node:
        if self.node is None:
            raise RuntimeError(
                say(
                    "{wanted}: this Tensor does not require a gradient; create it, or what "
                    "it is computed from, with Tensor(..., requires_grad=True), and keep "
                    "no_grad, detach and numpy out of the way",
                    wanted=wanted,
                )
            )
        return self.node

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
        found = sweep(
            {self._own_node("backward"): seed_gradient(self, gradient, create_graph)},
            retain_graph=create_graph if retain_graph is None else retain_graph,
            wrap=wrap if create_graph else None,
        )
        for node, total in found.items():
            before = getattr(node, "grad", None)
            node.grad = total if before is None else before + total


class Parameter(Tensor):
    """A Tensor that a model learns or keeps: named, and written only through `assign`.

    trainable: whether gradients flow to it. A trainable Parameter is written in place
    (a backward through an older forward pass then explains itself); another is rebound.
    """

    __slots__ = ("_name", "constraint", "regularizer")

    def __init__(
        self,
        data: Any,
        name: str = "parameter",
        *,
        trainable: bool = True,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        super().__init__(data, trainable, dtype=dtype)
        self.name = name
        self.regularizer: Any = None
        self.constraint: Any = None

    @property
    def name(self) -> str:
        """What it is called; its node knows it, too, and so do pictures of a graph."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._name = name
        if self.node is not None:
            self.node.params["name"] = name

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


def as_array(data: Any, dtype: npt.DTypeLike | None = None) -> Array:
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
    typed = isinstance(data, (np.ndarray, np.generic))
    if dtype is None and array.dtype.kind == "f":
        dtype = array.dtype if typed and array.dtype.itemsize <= 8 else floatx()
    if array.dtype.kind not in "fiub" or np.dtype(dtype).kind not in "fiub":
        raise TypeError(
            say(
                "Tensor: `data` must be real numbers, got {got} (dtype {dtype})",
                got=type(data).__name__,
                dtype=array.dtype if dtype is None else np.dtype(dtype),
            )
        )
    return array if dtype is None else array.astype(dtype, copy=False)


def _holds_tensor(data: Sequence[Any]) -> bool:
    return any(
        isinstance(x, Tensor) or (isinstance(x, (list, tuple)) and _holds_tensor(x))
        for x in data
    )


def _flat(entries: tuple[Any, ...]) -> tuple[Any, ...]:
    """(2, 3) of f(2, 3) as of f((2, 3)) and f(None)."""
    if len(entries) == 1 and not isinstance(entries[0], (int, np.integer)):
        return tuple(entries[0] or ())
    return entries


def seed_gradient(output: Tensor, gradient: Any, create_graph: bool) -> Any:
    """The gradient that a sweep starts with, checked against the output's shape."""
    if gradient is None:
        if output.data.size != 1:
            raise ValueError(
                say(
                    "backward: the output has shape {shape}, not a single number; reduce "
                    "it (.sum(), .mean()) or pass `gradient` of that shape",
                    shape=output.shape,
                )
            )
        one = np.ones_like(output.data)
        return wrap(one, None) if create_graph else one
    seed = gradient if isinstance(gradient, Tensor) else wrap(as_array(gradient), None)
    if seed.shape != output.shape:
        raise ValueError(
            say(
                "backward: `gradient` must have the output's shape {wanted}, got {got}",
                wanted=output.shape,
                got=seed.shape,
            )
        )
    if not create_graph:
        return seed.data.astype(output.dtype)
    return seed if seed.dtype == output.dtype else seed.astype(output.dtype)

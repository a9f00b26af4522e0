"""What a recurrent layer asks of a cell, and the base of the cells of this library.

A cell turns (input of this step, states) into (output, new states). `RNN` in `rnn.py`
walks a cell along a sequence; any object with `state_size` and `call(inputs, states)` will
do there. Ours can also project the inputs of all steps at once, which is much faster.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensorlearn import ops
from tensorlearn.autograd import Parameter, Tensor
from tensorlearn.autograd.tensor import wrap
from tensorlearn.config import floatx, random_stream
from tensorlearn.declare.fields import arg
from tensorlearn.declare.registry import activations
from tensorlearn.engine.context import learning_phase
from tensorlearn.engine.layer import Layer
from tensorlearn.engine.shapes import Shape
from tensorlearn.ops.recurrent import scan

_GATES = ("hard_sigmoid", "sigmoid")


class Cell(Layer):
    """The base of the cells of this library: weights, dropout, and the split of the work.

    A subclass says how inputs and states meet their weights (`from_input`, `from_state`),
    what one step does with that (`step`), and perhaps a faster way for all steps (`whole`).
    """

    gates = 1

    activation: Callable[..., Any] = arg.activation(
        "tanh", "applied to the new content"
    )
    use_bias: bool = arg.flag(True, "whether a bias is added")
    kernel: Parameter = arg.weight("glorot_uniform", doc="from the input")
    recurrent_kernel: Parameter = arg.weight(
        "orthogonal", "recurrent", doc="from the state"
    )
    bias: Parameter = arg.weight("zeros")
    dropout: float = arg.rate(
        0.0, "fraction of the inputs that is dropped, the same at every step"
    )
    recurrent_dropout: float = arg.rate(
        0.0, "fraction of the state that is dropped on its way into the next step"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stream = random_stream()
        self._masks: dict[str, Any] = {}

    def state_shapes(self, shape: Any) -> list[Shape]:
        """Shapes of the states without the batch axis, for inputs of this shape."""
        return [(size,) for size in sizes(self)]

    # ---- one step ----

    def __call__(self, inputs: Any, states: Any = None, **kwargs: Any) -> Any:
        """One step by itself.   (N, D), states -> output (N, U), new states"""
        x = inputs if isinstance(inputs, Tensor) else self._as_tensor(inputs)
        self.ensure_built(x.shape)
        if states is None:
            states = zero_states(self.state_shapes(x.shape), x)
        return self.call(x, list(states), **kwargs)

    def call(self, inputs: Any, states: Any, training: bool | None = None) -> Any:
        """One step.   (N, D), states -> output (N, U), new states"""
        self.draw(inputs.shape, learning_phase() if training is None else training)
        return self.step(self.project(inputs), list(states))

    def project(self, x: Any) -> Any:
        """The input's part in all gates, x·W + b.   (..., N, D) -> (..., N, G·U)"""
        z = self._dropped(self.from_input, x, self.kernel, "input")
        return z + self.input_bias if self.use_bias else z

    def recur(self, h: Any) -> Any:
        """The state's part in all gates, h·U.   (N, U) -> (N, G·U)"""
        return self._dropped(self.from_state, h, self.recurrent_kernel, "state")

    def _dropped(self, product: Any, x: Any, weight: Any, kind: str) -> Any:
        """`product` of x and a weight, with what this sequence drops of x."""
        masks = self._masks.get(kind) or [None]
        if len(masks) == 1:
            return product(x if masks[0] is None else x * masks[0], weight)
        parts = ops.split(weight, len(masks))
        return ops.concatenate(
            [product(x * m, w) for m, w in zip(masks, parts, strict=True)]
        )

    def from_input(self, x: Any, weight: Any) -> Any:
        """The product of inputs and (some columns of) `kernel`."""
        return x @ weight

    def from_state(self, h: Any, weight: Any) -> Any:
        """The product of a state and (some columns of) `recurrent_kernel`."""
        return h @ weight

    @property
    def input_bias(self) -> Any:
        """What is added to the input's part."""
        return self.bias

    def step(self, z: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        """One step, from the input's part.   (N, G·U), states -> output, new states"""
        raise NotImplementedError

    # ---- a whole sequence ----

    def sequence(
        self,
        x: Any,
        states: list[Any],
        mask: Any,
        training: bool,
        constants: Any = None,
    ) -> tuple[Any, list[Any]]:
        """All outputs and the last states.   (T, N, D), states -> (T, N, U), states

        mask: (T, N) or None.
        """
        self.reset_masks()
        self.draw(x.shape[1:], training)
        if self.is_fast():
            if mask is None:
                return self.whole(x, states, None)
            hs, last = self.whole(x, states, mask[:, :, None])
            begun = np.logical_or.accumulate(mask)[:, :, None]
            return ops.where(begun, hs, 0.0), last
        z = self.project(x)  # one product for all steps
        ys, last = scan(self.step, ops.unstack(z), states, mask)
        return ops.stack(ys), last

    def _to_gates(self, x: Any) -> tuple[Any, Any, Any]:
        """What a primitive for all steps projects by itself: inputs, kernel, bias.

        With a mask of dropout per gate, or a projection of one's own, that is done here.
        """
        masks, kind = self._masks.get("input") or [None], type(self)
        ours = kind.project is Cell.project and kind.from_input is Cell.from_input
        if len(masks) > 1 or not ours:
            return self.project(x), None, None
        x = x if masks[0] is None else x * masks[0]
        return x, self.kernel, self.input_bias if self.use_bias else None

    def is_fast(self) -> bool:
        """Whether `whole` computes the same as step by step."""
        gate = getattr(self, "recurrent_activation", None)
        return (
            self.activation is activations.find("tanh")
            and (gate is None or any(gate is activations.find(n) for n in _GATES))
            and self._masks.get("state") is None
        )

    def whole(self, x: Any, states: list[Any], mask: Any) -> tuple[Any, list[Any]]:
        """`sequence` by one primitive."""
        raise NotImplementedError

    @property
    def hard(self) -> bool:
        """Whether gates use the hard sigmoid."""
        gate: Any = self.recurrent_activation  # type: ignore[attr-defined]
        return gate is activations.find("hard_sigmoid")

    # ---- dropout: one choice per sequence ----

    def reset_masks(self) -> None:
        """Forget which inputs and states were dropped: a new sequence begins."""
        self._masks = {}

    def draw(self, shape: Any, training: bool) -> None:
        """Choose what is dropped, unless this sequence has already chosen."""
        if self._masks.get("drawn for") == (shape, training):
            return
        self._masks = {
            "drawn for": (shape, training),
            "input": self._choices(self.dropout, shape, training),
            "state": self._choices(
                self.recurrent_dropout,
                (shape[0], *self.state_shapes(shape)[0]),
                training,
            ),
        }

    def _choices(self, rate: float, shape: Any, training: bool) -> list[Any] | None:
        """Masks of one sequence: one per gate with implementation 1, else one for all."""
        if not training or not rate:
            return None
        separate = getattr(self, "implementation", 2) != 2
        ones = np.ones(shape, self._weight_dtype())
        return [
            ops.random.dropout(ones, rate, self._stream)
            for _ in range(self.gates if separate else 1)
        ]


# ---- what may be asked of any cell, ours or not ----


def sizes(cell: Any) -> list[Any]:
    """`state_size` as a list."""
    size = cell.state_size
    return list(size) if isinstance(size, (list, tuple)) else [size]


def output_size(cell: Any) -> Any:
    """Length of the output: `output_size`, or that of the first state."""
    found = getattr(cell, "output_size", None)
    return sizes(cell)[0] if found is None else found


def arguments(cell: Any) -> Sequence[str]:
    """Names of the arguments of `call`."""
    return list(inspect.signature(cell.call).parameters)


def build_cell(cell: Any, shape: Any) -> None:
    """Make the weights of a cell that has any."""
    if isinstance(cell, Layer):
        cell.ensure_built(shape)
    elif hasattr(cell, "build") and not getattr(cell, "built", False):
        cell.build(shape)


def call_cell(
    cell: Any, x: Any, states: list[Any], constants: Any = None, training: Any = None
) -> Any:
    """One step of any cell, with those of the arguments that it takes."""
    names = arguments(cell)
    kwargs: dict[str, Any] = {}
    if constants and "constants" in names:
        kwargs["constants"] = constants
    if "training" in names:
        kwargs["training"] = training
    return cell.call(x, states, **kwargs)


def walk(
    cell: Any,
    xs: Any,
    states: list[Any],
    mask: Any,
    training: bool,
    constants: Any = None,
) -> tuple[Any, list[Any]]:
    """Any cell along a sequence: all outputs and the last states, time first.

    A cell that has a `sequence` of its own is asked for that; another goes step by step.
    """
    if hasattr(cell, "sequence"):
        return cell.sequence(xs, states, mask, training, constants)

    def step(x: Any, states: list[Any]) -> Any:
        return call_cell(cell, x, states, constants, training)

    ys, last = scan(step, ops.unstack(xs), states, mask)
    return ops.stack(ys), last


def zero_states(shapes: Any, x: Any) -> list[Any]:
    """States of zeros for a batch as large as x; shapes: those of one sample."""
    dtype = x.dtype if x.dtype.kind == "f" else floatx()
    return [wrap(np.zeros((len(x), *shape), dtype), None) for shape in shapes]

"""RNN: walks a cell along the time axis of (batch, time, features).

Any cell will do. `SimpleRNN`, `GRU` and `LSTM` in `recurrent.py` bring theirs; what happens
within one step is in `cells.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorlearn import ops
from tensorlearn.autograd import Tensor
from tensorlearn.autograd.tensor import as_array, wrap
from tensorlearn.declare.fields import arg, label
from tensorlearn.engine.layer import Layer
from tensorlearn.engine.shapes import InputSpec, Shape, is_shape
from tensorlearn.engine.symbol import Symbol
from tensorlearn.layers.cell import (
    Cell,
    arguments,
    build_cell,
    output_size,
    sizes,
    walk,
    zero_states,
)
from tensorlearn.layers.cells import CellField
from tensorlearn.wording import say

__all__ = ["RNN", "Recurrent"]


class Recurrent(Layer):
    """What all recurrent layers have in common; abstract, like Keras 1's.

    Use LSTM, GRU, SimpleRNN, or RNN with a cell of your own.
    """

    supports_masking = True
    ndim = 3  # of the input: batch, time, features

    return_sequences: bool = arg.flag(
        False, "return the output of every step, not only of the last"
    )
    return_state: bool = arg.flag(False, "return the last states as well")
    go_backwards: bool = arg.flag(
        False, "read the input from its end; the outputs come in that order, too"
    )
    stateful: bool = arg.flag(
        False, "start sample i of a batch from the last state of sample i before"
    )
    unroll: bool = arg.flag(
        False, "as in Keras, needs a known number of steps; makes no difference here"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if type(self) is Recurrent:
            raise TypeError(
                say(
                    "Recurrent is abstract and cannot be used itself; use LSTM, GRU or "
                    "SimpleRNN, or RNN(cell) with a cell of your own"
                )
            )
        self._num_constants: int | None = kwargs.pop("num_constants", None)
        super().__init__(*args, **kwargs)


class RNN(Recurrent):
    """Walks a cell along a sequence.   (N, T, ...) -> (N, units) or (N, T, units)

    cell: ours, or any object with `state_size` (a number or a tuple) and
    `call(inputs, states)` that returns (output, new states), optionally `build(shape)`,
    `output_size`, and arguments `constants` and `training` of its call. Several cells in a
    list are stacked.

    Call it with `initial_state=` (a state or a list of them) to start elsewhere than at
    zero, and with `constants=` for what every step of the cell is to see.
    """

    positional = (
        "cell",
        "return_sequences",
        "return_state",
        "go_backwards",
        "stateful",
        "unroll",
    )

    cell: Any = CellField(doc="what happens in one step")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._states: list[Any] | None = None
        self._state_shapes: list[Shape] = []
        self._batch: int | None = None

    @property
    def channel_axis(self) -> int:
        """The axis of the input that the weights depend on."""
        return -1

    # ---- building ----

    def build(self, input_shape: Any) -> None:
        """Make the cell's weights, and the states if they outlive a call."""
        shapes = [input_shape] if is_shape(input_shape) else list(input_shape)
        whole = tuple(shapes[0])
        self._check_unroll(whole)
        step: Shape = (whole[0], *whole[2:])  # (N, T, ...) -> (N, ...)
        count = self._num_constants or 0
        constants = [tuple(s) for s in shapes[len(shapes) - count :]] if count else []
        build_cell(self.cell, [step, *constants] if constants else step)
        self._name_weights()
        self._state_shapes = self.state_shapes(whole)
        self._check_state_sizes(shapes)
        self.input_spec = InputSpec(axes={self.channel_axis: whole[self.channel_axis]})
        if self.stateful:
            self._fix_batch(whole[0])

    def _name_weights(self) -> None:
        """Weights are called after the layer, not after its cell: lstm_1/kernel:0."""
        taken: dict[str, int] = {}
        for weight in getattr(self.cell, "weights", ()):
            tail = weight.name.split("/")[-1].split(":")[0]
            count = taken.get(tail, 0)
            taken[tail] = count + 1
            weight.name = f"{self.name}/{tail}{f'_{count}' if count else ''}:0"

    def _check_unroll(self, shape: Shape) -> None:
        if self.unroll and shape[1] is None:
            raise ValueError(
                say(
                    "{owner}: `unroll`=True needs a known number of time steps, got input "
                    "shape {shape}; give it in input_shape=(steps, features), or leave "
                    "unroll=False, which gives the same result",
                    owner=label(self),
                    shape=shape,
                )
            )

    def _fix_batch(self, batch: int | None) -> None:
        if batch is None:
            raise ValueError(
                say(
                    "{owner}: a stateful layer needs a known batch size; give the first "
                    "layer batch_input_shape=(batch, steps, features), or Input a "
                    "batch_shape",
                    owner=label(self),
                )
            )
        self._batch = batch

    # ---- what goes in ----

    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        constants: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Run over sequences, from `initial_state`; see the class for `constants`."""
        if constants is not None:
            self._num_constants = self._count_constants(listed(constants))
        folded = fold_states(self, inputs, initial_state, constants)
        return super().__call__(folded, **kwargs)

    def _count_constants(self, constants: list[Any]) -> int:
        if constants and "constants" not in arguments(self.cell):
            raise ValueError(
                say(
                    "{owner}: its cell {cell} does not take `constants`; give the cell's "
                    "`call` an argument of that name",
                    owner=label(self),
                    cell=type(self.cell).__name__,
                )
            )
        return len(constants)

    def check_shape(self, input_shape: Any) -> None:
        """Refuse what is not (batch, time, ...), and states of a wrong size."""
        shapes = [input_shape] if is_shape(input_shape) else list(input_shape)
        first = tuple(shapes[0])
        if len(first) != self.ndim:
            hint = say("; add an axis for time: (batch, time, features)")
            if len(first) == self.ndim - 1 == 2:
                hint = say(
                    "; if the layer before it is recurrent, give that one "
                    "return_sequences=True, else add an axis for time"
                )
            raise ValueError(
                say(
                    "Input 0 is incompatible with layer {owner}: expected ndim={wanted} "
                    "(batch, time, ...), found ndim={ndim} (shape {shape}){hint}",
                    owner=label(self),
                    wanted=self.ndim,
                    ndim=len(first),
                    shape=first,
                    hint=hint,
                )
            )
        if first[1] == 0:
            raise ValueError(
                say(
                    "{owner}: a sequence needs at least one time step, got shape {shape}",
                    owner=label(self),
                    shape=first,
                )
            )
        if isinstance(self.input_spec, InputSpec):
            self.input_spec.check(label(self), 0, first)
        if self._batch is not None and first[0] not in (None, self._batch):
            raise ValueError(
                say(
                    "{owner}: being stateful, it keeps one state per sample of a batch of "
                    "{wanted}, but this batch has {got}; use a number of samples that is "
                    "a multiple of the batch size, or build a new layer",
                    owner=label(self),
                    wanted=self._batch,
                    got=first[0],
                )
            )
        if self.built:
            self._check_state_sizes(shapes)

    def _check_state_sizes(self, shapes: list[Any]) -> None:
        given = [tuple(s) for s in shapes[1 : len(shapes) - (self._num_constants or 0)]]
        wanted = [(None, *shape) for shape in self._state_shapes]
        fits = len(given) == len(wanted) and all(
            len(g) == len(w)
            and all(None in (a, b) or a == b for a, b in zip(g[1:], w[1:], strict=True))
            for g, w in zip(given, wanted, strict=True)
        )
        if given and not fits:
            raise ValueError(
                say(
                    "{owner}: `initial_state` must be {count} states of shapes {wanted}, "
                    "got {got}",
                    owner=label(self),
                    count=len(wanted),
                    wanted=wanted,
                    got=given,
                )
            )

    # ---- what happens ----

    def call(self, inputs: Any, mask: Any = None, training: bool = False) -> Any:
        """The last output, or all of them, and the last states if wanted."""
        x, initial, constants = self._take_apart(inputs)
        states = initial or self._first_states(x)
        mask = listed(mask)[0] if mask is not None else None
        xs = ops.moveaxis(x, 1, 0)  # (N, T, ...) -> (T, N, ...)
        steps = None if mask is None else np.asarray(mask, bool).T  # (N, T) -> (T, N)
        if self.go_backwards:
            xs = ops.flip(xs, axis=0)
            steps = None if steps is None else steps[::-1]
        ys, states = walk(self.cell, xs, states, steps, training, constants)
        if self.stateful:
            self._states = [state.detach() for state in states]
        y = ops.moveaxis(ys, 0, 1) if self.return_sequences else ys[-1]
        return [y, *states] if self.return_state else y

    def _take_apart(self, inputs: Any) -> tuple[Any, list[Any], list[Any]]:
        """Sequence, initial states, constants."""
        if not isinstance(inputs, list):
            return inputs, [], []
        end = len(inputs) - (self._num_constants or 0)
        return inputs[0], inputs[1:end], inputs[end:]

    def _first_states(self, x: Any) -> list[Any]:
        if self.stateful and self._states is not None:
            return list(self._states)
        return self.get_initial_state(x)

    def get_initial_state(self, inputs: Any) -> list[Any]:
        """States of zeros for these inputs."""
        return zero_states(self.state_shapes(inputs.shape), inputs)

    # ---- shapes and masks ----

    def state_shapes(self, shape: Shape) -> list[Shape]:
        """Shapes of the states without the batch axis, for an input of this shape."""
        if isinstance(self.cell, Cell):
            return self.cell.state_shapes((shape[0], *shape[2:]))
        return [(size,) for size in sizes(self.cell)]

    def _output_step_shape(self, shape: Shape) -> Shape:
        if isinstance(self.cell, Cell):
            return self.state_shapes(shape)[0]
        return (output_size(self.cell),)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(N, units), or (N, T, units) with return_sequences; and those of the states."""
        shape = tuple(input_shape if is_shape(input_shape) else input_shape[0])
        steps = (shape[1],) if self.return_sequences else ()
        output = (shape[0], *steps, *self._output_step_shape(shape))
        if not self.return_state:
            return output
        return [output, *((shape[0], *s) for s in self.state_shapes(shape))]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask goes on with sequences; states and last outputs have none."""
        mask = listed(mask)[0] if mask is not None else None
        own = mask if self.return_sequences else None
        return [own, *[None] * len(sizes(self.cell))] if self.return_state else own

    # ---- states that outlive a call ----

    @property
    def states(self) -> list[Any]:
        """The states that a stateful layer will start from (None: not yet known)."""
        return self._states or [None] * len(sizes(self.cell))

    def reset_states(self, states: Any = None) -> None:
        """Start the next batch from zero, or from the given arrays.

        Raises AttributeError if the layer is not stateful, ValueError for arrays of other
        number or shape.
        """
        if not self.stateful:
            raise AttributeError(
                say(
                    "{owner}: Layer must be stateful; construct it with stateful=True",
                    owner=label(self),
                )
            )
        if states is None:
            self._states = None
            return
        if not self.built:
            raise RuntimeError(
                say(
                    "{owner}: reset_states can take `states` only once the layer is built; "
                    "call it on data, or pass them as initial_state",
                    owner=label(self),
                )
            )
        given = [_array(self, state) for state in listed(states)]
        wanted = [(self._batch, *shape) for shape in self._state_shapes]
        got = [state.shape for state in given]
        if len(got) != len(wanted) or any(
            None not in w and w != g for w, g in zip(wanted, got, strict=True)
        ):
            raise ValueError(
                say(
                    "{owner}: reset_states needs {count} states of shapes {wanted}, got "
                    "{got}",
                    owner=label(self),
                    count=len(wanted),
                    wanted=wanted,
                    got=got,
                )
            )
        self._states = [state.detach() for state in given]

    # ---- configuration ----

    def get_config(self) -> dict[str, Any]:
        """The arguments, and how many constants the calls came with."""
        config = super().get_config()
        if self._num_constants is not None:
            config["num_constants"] = self._num_constants
        return config


def listed(value: Any) -> list[Any]:
    """A list of what may be None, one thing, or a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def fold_states(layer: Layer, inputs: Any, initial_state: Any, constants: Any) -> Any:
    """One list [sequence, states..., constants...], or the sequence if it is alone."""
    parts = [inputs]
    if isinstance(inputs, (list, tuple)) and any(
        isinstance(x, (Symbol, Tensor, np.ndarray)) for x in inputs
    ):
        parts = list(inputs)
    parts += [*listed(initial_state), *listed(constants)]
    return inputs if len(parts) == 1 else [_array(layer, part) for part in parts]


def _array(layer: Layer, value: Any) -> Any:
    """Symbols and Tensors as they are, all else as a Tensor of the layer's number type."""
    if isinstance(value, (Symbol, Tensor)):
        return value
    return wrap(as_array(value, layer._weight_dtype()), None)

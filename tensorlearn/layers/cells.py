"""Cells: what a recurrent layer does in one step of time.

The formulas of SimpleRNN, GRU and LSTM, and several cells stacked into one. What all cells
have in common is in `cell.py`; who walks them along a sequence, in `rnn.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensorlearn import ops
from tensorlearn.declare.fields import Field, arg
from tensorlearn.declare.registry import initializers
from tensorlearn.declare.registry import layers as known_layers
from tensorlearn.engine.layer import Layer
from tensorlearn.engine.shapes import Shape, is_shape
from tensorlearn.layers.cell import (
    Cell,
    arguments,
    build_cell,
    call_cell,
    output_size,
    sizes,
    walk,
)
from tensorlearn.layers.core import known_length
from tensorlearn.ops import sequences
from tensorlearn.ops.recurrent import gru_step, lstm_step

__all__ = ["GRUCell", "LSTMCell", "SimpleRNNCell", "StackedRNNCells"]


class _DenseCell(Cell):
    """A cell on vectors: its products are those of matrices."""

    units: int = arg.positive_int("size of the output and of each state")

    @property
    def state_size(self) -> Any:
        """Length of the state; a tuple if there are several."""
        return self.units

    @property
    def output_size(self) -> int:
        """Length of the output."""
        return self.units

    def build(self, shape: Any) -> None:
        """Make kernel (D, G·U), recurrent_kernel (U, G·U) and bias (G·U,)."""
        shape = shape if is_shape(shape) else shape[0]
        width = self.gates * self.units
        self.add_weight("kernel", (known_length(self, shape, -1), width))
        self.add_weight("recurrent_kernel", (self.units, width))
        if self.use_bias:
            self.build_bias(width)

    def build_bias(self, width: int) -> None:
        """Make the bias."""
        self.add_weight("bias", (width,))


class SimpleRNNCell(_DenseCell):
    """``h' = activation(x·W + h·U + b)``.   (N, D), h: (N, U) -> (N, U)"""

    positional = ("units", "activation", "use_bias")

    def step(self, z: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        """The new output, which is also the state."""
        h = self.activation(z + self.recur(states[0]))
        return h, [h]

    def whole(self, x: Any, states: list[Any], mask: Any) -> tuple[Any, list[Any]]:
        """All steps by one primitive."""
        x, *to_gates = self._to_gates(x)
        hs = sequences.simple_rnn(
            x, self.recurrent_kernel, states[0], *to_gates, mask=mask
        )
        return hs, [hs[-1]]


class _Implementation(Field):
    wanted = "1 or 2"
    bad = (3, "gpu")

    def check(self, owner: Any, value: Any) -> int:
        if isinstance(value, bool) or value not in (0, 1, 2):  # 0: Keras 1's, like 1
            raise self.refuse(owner, value)
        return int(value)


class _GatedCell(_DenseCell):
    """A cell whose gates decide, between 0 and 1, what is kept and what is let in."""

    positional = ("units", "activation", "recurrent_activation", "use_bias")

    recurrent_activation: Callable[..., Any] = arg.activation(
        "hard_sigmoid", "applied to the gates"
    )
    implementation: int = _Implementation(
        1, "1 draws a dropout mask per gate, 2 one for all gates"
    )


class GRUCell(_GatedCell):
    """A gated recurrent unit: it moves its state a part of the way to a candidate.

        u, r = gate(x·W + h·U + b)
        h' = u·h + (1 - u)·activation(x·W + (r·h)·U + b)

    Weights hold the columns of u, r and the candidate, in this order (Cho et al. 2014).
    With `reset_after` the candidate gets r·(h·U + b') instead, as cuDNN computes it.
    """

    gates = 3

    reset_after: bool = arg.flag(False, "apply the reset gate after the product with U")

    def build_bias(self, width: int) -> None:
        """Make the bias (3U,), or (2, 3U) with reset_after: the input's and the state's."""
        self.add_weight("bias", (2, width) if self.reset_after else (width,))

    @property
    def input_bias(self) -> Any:
        """What is added to the input's part."""
        return self.bias[0] if self.reset_after else self.bias

    def step(self, z: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        """The new output, which is also the state."""
        h = gru_step(
            z,
            states[0],
            self.parts_from_state,
            activation=self.activation,
            gate=self.recurrent_activation,
        )
        return h, [h]

    def parts_from_state(self, h: Any) -> Any:
        """What h adds to update gate and reset gate and, given r, to the candidate."""
        if self.reset_after:
            inner = self.recur(h)
            if self.use_bias:
                inner = inner + self.bias[1]
            to_update, to_reset, to_candidate = ops.split(inner, 3)
            return to_update, to_reset, lambda r: r * to_candidate
        drops = self._masks.get("state") or [1.0]
        drop_u, drop_r, drop_c = drops if len(drops) == 3 else drops * 3
        update, reset, candidate = ops.split(self.recurrent_kernel, 3)
        return (
            (h * drop_u) @ update,
            (h * drop_r) @ reset,
            lambda r: (r * (h * drop_c)) @ candidate,
        )

    def whole(self, x: Any, states: list[Any], mask: Any) -> tuple[Any, list[Any]]:
        """All steps by one primitive."""
        x, *to_gates = self._to_gates(x)
        bias = None
        if self.reset_after:
            width = self.gates * self.units
            bias = self.bias[1] if self.use_bias else np.zeros(width, x.dtype)
        weights = (self.recurrent_kernel, states[0], bias, *to_gates)
        hs = sequences.gru(x, *weights, hard=self.hard, mask=mask)
        return hs, [hs[-1]]


class LSTMCell(_GatedCell):
    """Long short-term memory: gates write to, keep and read from a memory c.

        i, f, o = gate(x·W + h·U + b)
        c' = f·c + i·activation(x·W + h·U + b)
        h' = o·activation(c')

    Weights hold the columns of i, f, the candidate and o, in this order (Hochreiter &
    Schmidhuber 1997). The bias of the forget gate starts at 1, so that a new cell
    remembers (Jozefowicz et al. 2015).
    """

    gates = 4

    unit_forget_bias: bool = arg.flag(True, "start the forget gate's bias at 1")
    forget_bias_init: Any = arg.initializer(
        None, "how the forget gate's bias starts, instead of `unit_forget_bias`"
    )

    @property
    def state_size(self) -> Any:
        """Lengths of h and c."""
        return (self.units, self.units)

    def build_bias(self, width: int) -> None:
        """Make the bias (4U,), in which the forget gate's part starts as it is told."""
        self.add_weight("bias", (width,), initializer=forget_bias(self))

    def step(self, z: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        """The new output h and memory c."""
        h, c = states
        h, c = lstm_step(
            z + self.recur(h),
            c,
            activation=self.activation,
            gate=self.recurrent_activation,
        )
        return h, [h, c]

    def whole(self, x: Any, states: list[Any], mask: Any) -> tuple[Any, list[Any]]:
        """All steps by one primitive."""
        x, *to_gates = self._to_gates(x)
        weights = (self.recurrent_kernel, *states, *to_gates)
        hs, cs = sequences.lstm(x, *weights, hard=self.hard, mask=mask)
        return hs, [hs[-1], cs[-1]]

    def get_config(self) -> dict[str, Any]:
        """The arguments, without `forget_bias_init` if it was not given."""
        return without_unset(super().get_config(), "forget_bias_init")


def forget_bias(cell: Any) -> Any:
    """How the bias of an LSTM starts: its second quarter, the forget gate's, on its own."""
    forget, others = cell.forget_bias_init, cell.bias_initializer
    if forget is None and not cell.unit_forget_bias:
        return others
    forget = forget or initializers.get("ones")

    class ForgetBias:
        """Three quarters by one initializer, one by another."""

        def __call__(self, shape: Any, dtype: Any = None) -> Any:
            width = shape[0] // 4
            return np.concatenate(
                [others((width,)), forget((width,)), others((2 * width,))]
            )

    return ForgetBias()


def without_unset(config: dict[str, Any], *names: str) -> dict[str, Any]:
    """`config` without those of the names that hold None."""
    for name in names:
        if config.get(name, 0) is None:
            del config[name]
    return config


# ---- several cells as one ----


class CellField(Field):
    """A cell, its configuration, or a list of cells."""

    wanted = "a cell: an object with `call(inputs, states)` and `state_size`"
    bad = (3, "no such cell")

    def check(self, owner: Any, value: Any) -> Any:
        """The cell; several are stacked."""
        if isinstance(value, (list, tuple)):
            return StackedRNNCells(value)
        return as_cell(self, owner, value)

    def dump(self, value: Any) -> Any:
        """Class name and configuration."""
        return known_layers.serialize(value)


class _CellList(CellField):
    bad = (3, [3])

    def check(self, owner: Any, value: Any) -> Any:
        if not isinstance(value, (list, tuple)) or not value:
            raise self.refuse(owner, value, TypeError)
        return [as_cell(self, owner, cell) for cell in value]

    def dump(self, value: Any) -> Any:
        return [known_layers.serialize(cell) for cell in value]


def as_cell(field: Field, owner: Any, value: Any) -> Any:
    """The cell that a configuration or object stands for; ValueError if it is none."""
    cell = known_layers.get(value) if isinstance(value, (str, dict)) else value
    if not hasattr(cell, "call") or not hasattr(cell, "state_size"):
        raise field.refuse(owner, value)
    return cell


class StackedRNNCells(Layer):
    """Several cells as one: each is fed the output of the one before.

    The states are those of all cells in one flat list, in the order of the cells.
    """

    cells: list[Any] = _CellList(doc="the cells, first to last")

    @property
    def state_size(self) -> tuple[int, ...]:
        """Lengths of all states, cell after cell."""
        return tuple(n for cell in self.cells for n in sizes(cell))

    @property
    def output_size(self) -> int:
        """Length of the last cell's output."""
        return output_size(self.cells[-1])

    def build(self, shape: Any) -> None:
        """Build every cell for the output of the one before."""
        constants = [] if is_shape(shape) else list(shape[1:])
        step: Shape = tuple(shape if is_shape(shape) else shape[0])
        for cell in self.cells:
            takes = constants and "constants" in arguments(cell)
            build_cell(cell, [step, *constants] if takes else step)
            step = (step[0], output_size(cell))

    def call(
        self,
        inputs: Any,
        states: Any,
        constants: Any = None,
        training: bool | None = None,
    ) -> Any:
        """One step of every cell.   (N, D), states -> output of the last, new states"""
        waiting, new = list(states), []
        for cell in self.cells:
            count = len(sizes(cell))
            own, waiting = waiting[:count], waiting[count:]
            inputs, after = call_cell(cell, inputs, own, constants, training)
            new += list(after)
        return inputs, new

    def sequence(
        self,
        x: Any,
        states: list[Any],
        mask: Any,
        training: bool,
        constants: Any = None,
    ) -> tuple[Any, list[Any]]:
        """All outputs of the last cell and the last states: one cell after the other."""
        waiting, last = list(states), []
        for cell in self.cells:
            count = len(sizes(cell))
            own, waiting = waiting[:count], waiting[count:]
            x, after = walk(cell, x, own, mask, training, constants)
            last += after
        return x, last

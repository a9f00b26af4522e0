"""Recurrent layers: SimpleRNN, GRU and LSTM, each an RNN with a cell of its own.

How a cell is walked along a sequence is in `rnn.py`, what happens within one step in
`cells.py`; all their names can be imported from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from tensorlearn.declare.fields import arg
from tensorlearn.layers.cell import Cell
from tensorlearn.layers.cells import (
    GRUCell,
    LSTMCell,
    SimpleRNNCell,
    StackedRNNCells,
    without_unset,
)
from tensorlearn.layers.rnn import RNN, Recurrent

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "GRUCell",
    "LSTMCell",
    "Recurrent",
    "SimpleRNN",
    "SimpleRNNCell",
    "StackedRNNCells",
]


class RecurrentWithCell(RNN):
    """A recurrent layer whose arguments are those of its cell, and more."""

    cell_class: ClassVar[type[Cell]] = Cell
    positional = ("units",)

    def __init_subclass__(cls, **options: Any) -> None:
        own = {name: field for name, field in cls.fields.items() if name != "cell"}
        cls.fields = {**own, **cls.cell_class.fields}
        super().__init_subclass__(**options)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        settings = {name: getattr(self, name) for name in self.cell_class.fields}
        self.cell = self.cell_class(**settings, name=self.name, dtype=self.dtype)

    def build(self, input_shape: Any) -> None:
        """Make the cell's weights; `weights=` may have Keras 1's layout."""
        super().build(input_shape)
        if self._initial_weights is not None:
            self._initial_weights = joined_gates(self._initial_weights, self.cell.gates)

    def get_config(self) -> dict[str, Any]:
        """The arguments, without `forget_bias_init` if it was not given."""
        return without_unset(super().get_config(), "forget_bias_init")


_KERAS1_GATES: dict[int, tuple[int, ...]] = {3: (0, 1, 2), 4: (0, 2, 1, 3)}


def joined_gates(weights: Sequence[Any], gates: int) -> Sequence[Any]:
    """Keras 1's weights, a W, U and b for every gate, as the three arrays of Keras 2.

    12 arrays (LSTM; the order was i, candidate, f, o) or 9 (GRU) become 3; what has another
    number of arrays is returned as it is.
    """
    if gates == 1 or len(weights) != 3 * gates:
        return weights
    return [
        np.concatenate([weights[3 * g + kind] for g in _KERAS1_GATES[gates]], axis=-1)
        for kind in range(3)
    ]


class SimpleRNN(RecurrentWithCell):
    """``h_t = activation(x_t·W + h_(t-1)·U + b)``.   (N, T, D) -> (N, units)

    The plain recurrent layer (Elman 1990). Over many steps its gradients vanish or explode,
    which is what LSTM and GRU were made against.
    """

    cell_class = SimpleRNNCell

    activity_regularizer: Any = arg.regularizer()


class GRU(RecurrentWithCell):
    """Gated recurrent units along a sequence.   (N, T, D) -> (N, units)

    Fewer weights than an LSTM, one state; the formulas are in `GRUCell`.
    """

    cell_class = GRUCell

    activity_regularizer: Any = arg.regularizer()


class LSTM(RecurrentWithCell):
    """Long short-term memory along a sequence.   (N, T, D) -> (N, units)

    Its memory is changed by adding, not by multiplying, so that gradients survive many
    steps; the formulas are in `LSTMCell`. With return_state: output, h, c.
    """

    cell_class = LSTMCell

    activity_regularizer: Any = arg.regularizer()

"""The gradient of a table of which few rows were looked up: those rows alone."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def add_rows(table: Array, rows: Array, values: Array) -> None:
    """table[rows] += values in place; what repeats adds up.   (V, W), (R,), (R, W)"""
    width = table.shape[1]
    # one flat index per number: np.add.at is several times faster in one dimension
    cells = rows[:, None] * width + np.arange(width)
    np.add.at(table.reshape(-1), cells.reshape(-1), values.reshape(-1))


class RowGradient:
    """Rows of a table's gradient; all others are zero.

    rows: (R,), ascending, none twice. values: (R, W). shape: the table's, (V, ...), with W
    numbers in each row. Whoever needs an array gets one: `np.asarray(g)`.
    """

    def __init__(self, indices: Array, g: Array, shape: tuple[int, ...]) -> None:
        """Add up what belongs to the same row.   (*I), (*I, ...) -> (R,), (R, W)"""
        indices = indices.reshape(-1) % shape[0]
        g = g.reshape(len(indices), -1)
        short = indices.astype(np.min_scalar_type(shape[0] - 1))  # sorted much faster
        order = np.argsort(short, kind="stable")
        indices = indices[order]
        is_first = np.diff(indices, prepend=-1) != 0
        self.rows, self.values = indices[is_first], g[order[is_first]]
        if len(self.rows) < len(order):
            row = np.cumsum(is_first)[~is_first] - 1
            add_rows(self.values, row, g[order[~is_first]])
        self.shape, self.dtype = shape, g.dtype

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        table = np.zeros(self.shape, self.dtype if dtype is None else dtype)
        table.reshape(len(table), -1)[self.rows] = self.values
        return table

    def __add__(self, other: Any) -> Array:
        return np.asarray(np.asarray(self) + other)

    __radd__ = __add__

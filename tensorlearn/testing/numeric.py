"""Slopes of a NumPy function by central differences in float64, kinks included.

The measure is (y(x + h) - y(x - h)) / 2h for each element of x. Where it is not to be
trusted (a kink within h, a curve that bends fast, a result that was rounded) other steps
and the two sides are asked, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from tensorlearn.autograd.tensor import Array

Values = Mapping[str, Array]
Forward = Callable[[Values], Array]  # all outputs as one flat array

STEP = float(np.finfo(np.float64).eps) ** (1 / 3)
OTHER_STEPS = (0.1, 0.01, 30.0, 1000.0)
MANY = 600
"""Of inputs with more elements than this, so many are measured."""


@dataclass
class Slopes:
    """A function at a point; what an upstream gradient g makes of its slopes."""

    forward: Forward
    values: Values
    g: Array  # flat
    rtol: float

    def __post_init__(self) -> None:
        self.y = self.forward(self.values)
        self.noise = (
            20 * float(np.finfo(np.float64).eps) * float(np.abs(self.g * self.y).sum())
        )

    # ---- one element ----

    def moved(self, name: str, index: tuple[int, ...], by: float) -> Array:
        """All outputs with one element of one value moved."""
        x = np.array(self.values[name])
        x[index] += by
        return self.forward({**self.values, name: x})

    def step(self, name: str, index: tuple[int, ...]) -> float:
        """h, in proportion to the element."""
        return STEP * max(1.0, abs(float(self.values[name][index])))

    def sides(self, name: str, index: tuple[int, ...], h: float) -> tuple[Array, Array]:
        """dy/dx to the left and to the right, for each output."""
        ahead, behind = self.moved(name, index, h), self.moved(name, index, -h)
        return (self.y - behind) / h, (ahead - self.y) / h

    # ---- all elements ----

    def measure(self, name: str) -> tuple[Array, Array]:
        """The Jacobian (x.size, y.size), NaN where not measured, and where kinks are."""
        x = self.values[name]
        jacobian = np.full((x.size, self.y.size), np.nan)
        kinks = np.zeros(x.shape, bool)
        for flat in self.places(x.size):
            index = _index(int(flat), x.shape)
            left, right = self.sides(name, index, self.step(name, index))
            jacobian[flat] = (left + right) / 2
            kinks[index] = self.is_kink(name, index, left, right)
        return jacobian, kinks

    def places(self, size: int) -> Array:
        """Which elements are measured: all, or a fixed random choice."""
        if size <= MANY:
            return np.arange(size)
        return np.sort(np.random.default_rng(0).permutation(size)[:MANY])

    def is_kink(
        self, name: str, index: tuple[int, ...], left: Array, right: Array
    ) -> bool:
        """Whether the two sides differ as much with a small step as with a large one."""
        h = self.step(name, index)
        size = max(
            float(np.abs(left).max(initial=0)), float(np.abs(right).max(initial=0))
        )
        floor = 1e-3 * size + 100 * float(np.abs(self.y).max(initial=0)) * 1e-15 / h
        gap = np.abs(right - left)
        if not (gap > floor).any():
            return False
        near_left, near_right = self.sides(name, index, h / 8)
        return bool(((gap > floor) & (np.abs(near_right - near_left) > gap / 2)).any())

    # ---- comparing ----

    def tolerance(self, numeric: float, scale: float, h: float) -> float:
        """How far a right value may be from the measured one."""
        return self.rtol * (abs(numeric) + 0.1 * scale) + self.noise / h

    def agrees(
        self, name: str, index: tuple[int, ...], analytic: float, scale: float
    ) -> bool:
        """Whether another step, or the two sides of a kink, make `analytic` right."""
        h = self.step(name, index)
        for factor in OTHER_STEPS:
            left, right = self.sides(name, index, h * factor)
            numeric = float(self.g @ (left + right)) / 2
            if abs(analytic - numeric) <= self.tolerance(numeric, scale, h * factor):
                return True
        left, right = self.sides(name, index, h)
        if not self.is_kink(name, index, left, right):
            return False
        low, high = self.bounds(left, right)
        margin = self.tolerance(max(abs(low), abs(high)), scale, h)
        if low - margin <= analytic <= high + margin:
            return True
        low, high = self.nearby(name, index)
        margin = 1e-2 * max(abs(low), abs(high), scale)
        return low - margin <= analytic <= high + margin

    def bounds(self, left: Array, right: Array) -> tuple[float, float]:
        """Between which slopes a gradient may lie if each output chooses its own side."""
        a, b = self.g * left, self.g * right
        return float(np.minimum(a, b).sum()), float(np.maximum(a, b).sum())

    def nearby(self, name: str, index: tuple[int, ...]) -> tuple[float, float]:
        """The least and the largest slope around the point, e.g. around a tie of three."""
        rng = np.random.default_rng(0)
        h, found = self.step(name, index), []
        for _ in range(16):
            values = {
                k: x + rng.uniform(-1e-3, 1e-3, x.shape) for k, x in self.values.items()
            }
            x = values[name]
            ahead, behind = np.array(x), np.array(x)
            ahead[index] += h
            behind[index] -= h
            difference = self.forward({**values, name: ahead}) - self.forward(
                {**values, name: behind}
            )
            found.append(float(self.g @ difference) / (2 * h))
        return min(found), max(found)

    def coarse(self, name: str) -> Array:
        """The gradient with a step so large that rounding to float32 does not matter."""
        x = self.values[name]
        result = np.full(x.shape, np.nan)
        for flat in self.places(x.size):
            index = _index(int(flat), x.shape)
            left, right = self.sides(name, index, 3e-3 * max(1.0, abs(float(x[index]))))
            result[index] = float(self.g @ (left + right)) / 2
        return result


def _index(flat: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(flat, shape))

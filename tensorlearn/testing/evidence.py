"""What the doctor knows when it judges: two gradients and how they came about.

`Evidence` goes into the causes of `diagnosis.py` and `paths.py`; a `Diagnosis` comes out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tensorlearn.autograd.tensor import Array
from tensorlearn.testing.texts import SENTENCES

TOLERANCE = 1e-3
"""Relative to the largest element: mistakes are larger than this, rounding is smaller."""


@dataclass(frozen=True)
class Diagnosis:
    """A code, what it means (`cause`) and what to do (`remedy`), one sentence each."""

    code: str
    cause: str
    remedy: str


def diagnosis(code: str, **fields: Any) -> Diagnosis:
    """The diagnosis of this code, in the chosen language."""
    return Diagnosis(code, *SENTENCES[code](**fields))


@dataclass(frozen=True)
class Evidence:
    """One gradient at one point.

    analytic: what was computed. numeric: what was measured. jacobian: what was measured,
    for each output apart, (*x.shape, *y.shape). g: the upstream gradient. y: the output.
    values: inputs and parameters by name. others: (analytic, numeric) of the other ones.
    """

    analytic: Array
    numeric: Array
    where: str = ""
    jacobian: Array | None = None
    g: Array | None = None
    y: Array | None = None
    values: Mapping[str, Array] = field(default_factory=dict)
    others: Mapping[str, tuple[Any, Array]] = field(default_factory=dict)
    tolerance: float = TOLERANCE

    def alike(self, a: Array, b: Array) -> bool:
        """Whether two arrays are equal, shape and numbers."""
        return a.shape == b.shape and bool(self.close(a, b).all())

    def close(self, a: Array, b: Array) -> Array:
        """Which elements of `a` are those of `b`, measured by the largest of `b`."""
        scale = max(float(np.max(np.abs(b), initial=0.0)), 1e-300)
        return np.asarray(np.abs(a - b) <= self.tolerance * scale)

    def is_right(self, a: Array) -> bool:
        """Whether this is the gradient that was measured."""
        return self.alike(a, self.numeric)

    @property
    def comparable(self) -> bool:
        """Whether both have the same shape and only finite numbers."""
        return self.analytic.shape == self.numeric.shape and bool(
            np.isfinite(self.analytic).all() and np.isfinite(self.numeric).all()
        )

    @property
    def contributions(self) -> Array | None:
        """What each output adds to the gradient of each input element."""
        if self.jacobian is None or self.g is None or not self.comparable:
            return None
        return np.asarray(self.jacobian * self.g)

    @property
    def own(self) -> Array | None:
        """dy/dx of each element by itself, if x and y have the same shape."""
        if self.jacobian is None or self.y is None:
            return None
        if self.y.shape != self.numeric.shape or not self.comparable:
            return None
        size = self.numeric.size
        square = self.jacobian.reshape(size, size)
        return np.asarray(np.diagonal(square)).reshape(self.numeric.shape)

    @property
    def elementwise(self) -> bool:
        """Whether each output depends on its own input only."""
        own = self.own
        if own is None or self.jacobian is None or own.size < 2:
            return False
        rest = np.abs(self.jacobian).sum() - np.abs(own).sum()
        return bool(rest <= self.tolerance * max(np.abs(own).sum(), 1e-300))


def named(factor: float) -> str:
    """A factor as the number that a formula would contain, if there is one."""
    for q in range(1, 13):
        p = round(factor * q)
        if math.isclose(p / q, factor, rel_tol=1e-5):
            return f"{p}/{q}" if q > 1 else str(p)
    sign = "-" if factor < 0 else ""
    for value, name in ((math.pi, "π"), (math.log(2), "ln 2"), (math.sqrt(2), "√2")):
        for scaled, text in (
            (value, name),
            (2 * value, f"2 {name}"),
            (value / 2, f"{name}/2"),
            (1 / value, f"1/{name}"),
            (2 / value, f"2/{name}"),
        ):
            if math.isclose(abs(factor), scaled, rel_tol=1e-5):
                return sign + text
    return f"{factor:.6g}"

"""gradcheck: the gradient that the engine computes against the slope that can be measured.

The measure is the central difference (f(x + h) - f(x - h)) / 2h in float64. What a
disagreement means is for `diagnosis.py` to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from tensorlearn.autograd import Parameter, Tensor, enable_grad, grad
from tensorlearn.autograd.graph import leaf
from tensorlearn.autograd.tensor import Array, as_array, wrap
from tensorlearn.testing.cuts import cuts
from tensorlearn.testing.diagnosis import explain_arrays
from tensorlearn.testing.errors import GradientError, errors
from tensorlearn.testing.evidence import Diagnosis, diagnosis
from tensorlearn.wording import say

MANY = 500
"""Inputs with more elements than this are judged by random projections."""

PROJECTIONS = 8
OTHER_STEPS = (0.1, 0.01, 30.0, 1000.0)
"""Where the first step disagrees: smaller ones for bends, larger ones for rough results."""


def gradcheck(
    function: Callable[..., Any],
    *inputs: Any,
    order: int = 1,
    eps: float | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    name: str | None = None,
    parameters: Sequence[Parameter] = (),
    exhaustive: bool | None = None,
) -> None:
    """Check the gradients of `function(*inputs)`; GradientError names what is wrong.

    Floating-point inputs and `parameters` are cast to float64 and differentiated, others
    are passed on. The function returns a Tensor or several, the same ones every time;
    what is differentiated is their sum with fixed random weights. At a kink any slope
    between those of its two sides is right.

    order: 2 also checks the gradient of the gradient. eps: the step (default: by the
    precision of the result). rtol, atol: what counts as equal (default: by what can be
    measured). exhaustive: whether to look at every element (default: up to 500).

    >>> gradcheck(lambda x: x * x, [1.0, 2.0], order=2)
    """
    if order not in (1, 2):
        raise ValueError(say("gradcheck: `order` must be 1 or 2, got {got}", got=order))
    name = name or getattr(function, "__name__", None) or type(function).__name__
    quiet = np.errstate(all="ignore")
    with _restored(parameters), enable_grad(), quiet:
        point = _Point(function, name, inputs, parameters)
        for degree in range(1, order + 1):
            _Judge(point, degree, eps, rtol, atol).check(exhaustive)


@contextmanager
def _restored(parameters: Sequence[Parameter]) -> Iterator[None]:
    """After the block the parameters are what they were."""
    before = [(p, p.data, p.node) for p in parameters]
    try:
        yield
    finally:
        for p, data, node in before:
            p.data, p.node = data, node


class _Point:
    """A function, and the place where its gradient is to be checked."""

    def __init__(
        self,
        function: Callable[..., Any],
        name: str,
        inputs: Sequence[Any],
        parameters: Sequence[Parameter],
    ) -> None:
        self.function, self.name = function, name
        self.inputs, self.parameters = list(inputs), list(parameters)
        self.places = [i for i, x in enumerate(inputs) if _is_float(x)]
        given = [as_array(inputs[i], np.float64) for i in self.places]
        self.values = given + [p.data.astype(np.float64) for p in parameters]
        self.names = [say("input {i}", i=i) for i in self.places]
        self.names += [p.name for p in parameters]
        if not self.values:
            raise ValueError(
                say("gradcheck: no input of {name} is floating-point", name=name)
            )

    def call(self, values: Sequence[Array], degree: int) -> tuple[list[Tensor], Any]:
        """The results at `values` (or for degree 2 their gradients), and the leaves."""
        leaves = [wrap(v.copy(), leaf(v.shape, v.dtype)) for v in values]
        inputs = list(self.inputs)
        for i, x in zip(self.places, leaves, strict=False):
            inputs[i] = x
        for p, x in zip(self.parameters, leaves[len(self.places) :], strict=True):
            p.data, p.node = x.data, x.node
        found = self.function(*inputs)
        listed = found if isinstance(found, (list, tuple)) else [found]
        results = [_tensor(y) for y in listed if _is_float(y)]
        if not results:
            raise TypeError(
                say(
                    "gradcheck: {name} must return a Tensor of floating-point numbers, "
                    "got {got}",
                    name=self.name,
                    got=type(found).__name__,
                )
            )
        if degree == 2:
            slopes = self.slopes(results, leaves, 1, create_graph=True)
            results = [g for g in slopes if g is not None]
        return results, leaves

    def slopes(
        self,
        results: list[Tensor],
        leaves: Any,
        degree: int,
        create_graph: bool = False,
    ) -> list[Any]:
        """The gradients of the results' random mix with respect to the leaves."""
        total = _mix(results, degree)
        if not isinstance(total, Tensor) or total.node is None:
            return [None] * len(leaves)
        return list(grad(total, leaves, create_graph=create_graph, allow_unused=True))


def _is_float(x: Any) -> bool:
    return as_array(x).dtype.kind == "f" if _is_numeric(x) else False


def _is_numeric(x: Any) -> bool:
    return isinstance(x, (Tensor, np.ndarray, np.generic, float, int, list, tuple))


def _tensor(y: Any) -> Tensor:
    return y if isinstance(y, Tensor) else wrap(as_array(y), None)


def _mix(results: Sequence[Tensor], degree: int) -> Any:
    """All results in one number, by random weights that are the same every time."""
    if len(results) == 1 and results[0].size == 1:
        return results[0].sum()
    rng = np.random.default_rng(degree)
    parts = [(y * _signed(rng, y.shape)).sum() for y in results]
    return sum(parts[1:], start=parts[0]) if parts else 0.0


def _signed(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    size: Array = rng.uniform(0.5, 1.5, shape)
    return np.asarray(size * rng.choice([-1.0, 1.0], shape))


class _Judge:
    """Compares slopes at a point; degree 2 does so for the gradient of the gradient."""

    def __init__(
        self,
        point: _Point,
        degree: int,
        eps: float | None,
        rtol: float | None,
        atol: float | None,
    ) -> None:
        self.point, self.degree = point, degree
        results, leaves = point.call(point.values, degree)
        coarsest = max((np.finfo(y.dtype).eps for y in results), default=1e-16)
        self.eps = eps or float(coarsest) ** (1 / 3)
        self.rtol = rtol if rtol is not None else 100 * float(coarsest) ** 0.4
        self.atol = atol
        self.middle = float(_mix(results, degree))
        size = sum(float(np.abs(y.data).sum()) for y in results)
        self.noise = float(coarsest) * max(size, 1e-300)  # of one evaluation
        self.expect_repeatable()
        try:
            self.analytic = point.slopes(results, leaves, degree)
        except (ValueError, NotImplementedError) as error:
            found = Diagnosis(
                "missing", str(error), say("give the operation a pullback")
            )
            raise self.error(0, (), None, float("nan"), found) from error

    def expect_repeatable(self) -> None:
        """ValueError if measuring is pointless: random results, NaN or Inf."""
        if not np.isfinite(self.middle):
            raise ValueError(
                say("gradcheck: {name} is not finite here", name=self.point.name)
            )
        if self.at(0, np.zeros(self.point.values[0].shape)) != self.middle:
            raise ValueError(
                say(
                    "gradcheck: {name} gives another result every time; make it draw "
                    "from a generator that starts anew with every call",
                    name=self.point.name,
                )
            )

    def at(self, which: int, step: Array) -> float:
        """The mixed results with one of the values moved by `step`."""
        values = list(self.point.values)
        values[which] = values[which] + step
        results, _ = self.point.call(values, self.degree)
        return float(_mix(results, self.degree))

    # ---- along one direction ----

    def slope(self, which: int, direction: Array, step: float) -> float:
        ahead = self.at(which, direction * step)
        return (ahead - self.at(which, direction * -step)) / (2 * step)

    def tolerance(self, numeric: float, step: float, scale: float) -> float:
        """How far a right value may be from the measured one."""
        floor = self.atol if self.atol is not None else 0.1 * self.rtol * scale
        return floor + self.rtol * abs(numeric) + 20 * self.noise / step

    def agrees(
        self, which: int, direction: Array, a: float, n: float, scale: float
    ) -> bool:
        """Whether `a` is the slope along `direction`; n: as measured with `eps`."""
        if abs(a - n) <= self.tolerance(n, self.eps, scale):
            return True
        for factor in OTHER_STEPS:
            step = self.eps * factor
            n = self.slope(which, direction, step)
            if abs(a - n) <= self.tolerance(n, step, scale):
                return True
        left, right = self.sides(which, direction, self.eps)
        margin = self.tolerance(max(abs(left), abs(right)), self.eps, scale)
        return self.is_kink(which, direction) and (
            min(left, right) - margin <= a <= max(left, right) + margin
        )

    def sides(self, which: int, direction: Array, step: float) -> tuple[float, float]:
        """The slopes to the left and to the right."""
        ahead = self.at(which, direction * step)
        behind = self.at(which, direction * -step)
        return (self.middle - behind) / step, (ahead - self.middle) / step

    def is_kink(self, which: int, direction: Array) -> bool:
        """Whether the two sides differ as much with a small step as with a large one."""
        left, right = self.sides(which, direction, self.eps)
        near_left, near_right = self.sides(which, direction, self.eps / 8)
        gap = abs(right - left)
        noise = 100 * self.noise / self.eps + 1e-3 * max(abs(left), abs(right))
        return gap > noise and abs(near_right - near_left) > gap / 2

    # ---- all directions ----

    def check(self, exhaustive: bool | None) -> None:
        for which, value in enumerate(self.point.values):
            every = value.size <= MANY if exhaustive is None else exhaustive
            (self.check_elements if every else self.check_projections)(which)

    def check_elements(self, which: int, some: Any = None) -> None:
        """Compare element by element; GradientError at the worst."""
        shape = self.point.values[which].shape
        places = list(np.ndindex(*shape)) if some is None else some
        numeric = np.full(shape, np.nan)
        for index in places:
            numeric[index] = self.slope(which, _unit(shape, index), self.eps)
        analytic = self.of(which)
        errors = np.asarray(np.nan_to_num(np.abs(analytic - numeric), nan=-1.0))
        errors[~np.isfinite(analytic)] = np.inf
        scale = float(np.nanmax(np.abs(numeric), initial=0.0))
        for flat in np.argsort(-errors, axis=None):
            index = tuple(int(i) for i in np.unravel_index(flat, shape))
            a, n = float(analytic[index]), float(numeric[index])
            if errors[index] < 0 or abs(a - n) <= self.tolerance(n, self.eps, 0.0):
                return
            if not self.agrees(which, _unit(shape, index), a, n, scale):
                raise self.wrong(which, index, a, n, numeric)
            numeric[index] = a  # a kink, or too steep for the step: not to be diagnosed

    def check_projections(self, which: int) -> None:
        """Compare along random directions; then look for the element that is wrong."""
        shape = self.point.values[which].shape
        rng = np.random.default_rng(which)
        everywhere = np.arange(self.point.values[which].size)
        for _ in range(PROJECTIONS):
            if self.is_right_on(which, everywhere, rng):
                continue
            some = rng.permutation(everywhere)[: MANY // 2]
            places = {self.culprit(which, everywhere, rng), *some.tolist()}
            indices = [tuple(map(int, np.unravel_index(i, shape))) for i in places]
            self.check_elements(which, indices)

    def is_right_on(self, which: int, some: Array, rng: np.random.Generator) -> bool:
        """Whether the slope along a random direction within some elements is right."""
        shape = self.point.values[which].shape
        direction: Array = np.zeros(shape)
        direction.flat[some] = _signed(rng, some.shape)
        a = float(np.sum(self.of(which) * direction))
        n = self.slope(which, direction, self.eps)
        return self.agrees(which, direction, a, n, 0.0)

    def culprit(self, which: int, some: Array, rng: np.random.Generator) -> int:
        """A wrong element, by halving."""
        while some.size > 1:
            half = some[: some.size // 2]
            wrong = not self.is_right_on(which, half, rng)
            some = half if wrong else some[some.size // 2 :]
        return int(some[0])

    # ---- the verdict ----

    def of(self, which: int) -> Array:
        """The computed gradient; zeros if there is none."""
        g = self.analytic[which]
        if g is None:
            return np.zeros(self.point.values[which].shape)
        return np.asarray(getattr(g, "data", g), np.float64)

    def wrong(
        self, which: int, index: tuple[int, ...], a: float, n: float, numeric: Array
    ) -> GradientError:
        direction = _unit(numeric.shape, index)
        recorded = self.analytic[which] is not None
        if recorded and self.is_kink(which, direction):
            left, right = self.sides(which, direction, self.eps)
            found = diagnosis("kink", left=f"{left:.6g}", right=f"{right:.6g}")
        elif recorded:
            found = explain_arrays(self.of(which), numeric) or diagnosis("unknown")
            if found.code in ("half", "part", "unknown"):
                found = replace(found, cause=found.cause + cuts(self.trial))
        else:
            found = diagnosis("detached", place=cuts(self.trial))
        return self.error(which, index, a if recorded else None, n, found)

    def trial(self) -> None:
        """Call the function once more, for those who watch."""
        self.point.call(self.point.values, self.degree)

    def error(
        self, which: int, index: Any, a: float | None, n: float, found: Diagnosis
    ) -> GradientError:
        absolute, relative = errors(a, n)
        text = say(
            "{what} of {name} with respect to {where} is wrong at {index}: analytic "
            "{analytic}, numeric {numeric:.6g} (absolute error {absolute:.2g}, relative "
            "{relative:.2g}); likely cause: {cause}",
            what=say("the gradient")
            if self.degree == 1
            else say("the second derivative"),
            name=self.point.name,
            where=self.point.names[which],
            index=list(index),
            analytic=f"{a:.6g}" if a is not None else say("missing"),
            numeric=n,
            absolute=absolute,
            relative=relative,
            cause=found.cause,
        )
        return GradientError(
            text,
            code=found.code,
            where=self.point.names[which],
            index=index,
            analytic=a,
            numeric=n,
            cause=found.cause,
            remedy=found.remedy,
        )


def _unit(shape: tuple[int, ...], index: tuple[int, ...]) -> Array:
    unit = np.zeros(shape)
    unit[index] = 1.0
    return unit

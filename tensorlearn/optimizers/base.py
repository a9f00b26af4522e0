"""What all update rules share: one step over all parameters, memory, configuration."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from tensorlearn.autograd import Parameter, Tensor
from tensorlearn.autograd.rows import RowGradient
from tensorlearn.declare.fields import Configured, label
from tensorlearn.ops.windows import chunks
from tensorlearn.optimizers.pieces import BLOCK, SMALL, Array, Memory, Piece, cut
from tensorlearn.parallel import each
from tensorlearn.wording import say


class Setting(float):
    """A number of an optimizer that also knows where it belongs.

    It can be written through, as Keras scripts do: `K.set_value(optimizer.lr, 0.01)`.
    """

    owner: Any
    name: str

    def __new__(cls, value: float, owner: Any = None, name: str = "") -> Setting:
        made = super().__new__(cls, value)
        made.owner, made.name = owner, name
        return made

    def assign(self, value: Any) -> None:
        """Set the optimizer's number; a Setting itself never changes."""
        setattr(self.owner, self.name, float(value))

    def __reduce__(self) -> Any:
        return float, (float(self),)


class Optimizer(Configured):
    """The base of every update rule: state, clipping, decay, constraints.

    A rule names its `slots` (memory per parameter, zero at first) and writes `update`.
    clipnorm: limit for the length of all gradients taken together. clipvalue: limit for
    every element. Numbers such as `lr` may be read and set at any time. An `lr` that is a
    schedule, or any function of the step, is asked before every step; `lr` then reads as
    the last rate, and setting it to a number ends the schedule.
    """

    schedule: Any = None
    slots: ClassVar[tuple[str, ...]] = ()
    saves_steps: ClassVar[bool] = True
    iterations: int
    lr: float

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "update" in vars(cls) and "fade" not in vars(cls):
            cls.fade = Optimizer.fade  # an inherited one belongs to another update

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.clipnorm, self.clipvalue = (
            _limit(self, name, kwargs.pop(name, None))
            for name in ("clipnorm", "clipvalue")
        )
        self.iterations = 0
        self._parameters: list[Parameter] = []
        self._memories: list[Memory] = []
        self._lanes: list[list[Piece]] = []
        self._waiting: list[Any] | None = None
        super().__init__(*args, **kwargs)

    def __setattr__(self, name: str, value: Any) -> None:
        field = self.fields.get(name)
        if field is not None:
            value = field.check(self, float(value) if _is_scalar(value) else value)
            if name == "lr":
                object.__setattr__(self, "schedule", value if callable(value) else None)
                value = self._asked() if callable(value) else value
            if isinstance(value, float):
                value = Setting(value, self, name)
        object.__setattr__(self, name, value)

    def _asked(self) -> float:
        """The schedule's rate for the step that comes next."""
        rate = float(self.schedule(self.iterations))
        if not rate >= 0:
            raise ValueError(
                say(
                    "{owner}: the schedule of `lr` must give a number ≥ 0, got {rate} for "
                    "step {step}",
                    owner=label(self),
                    rate=rate,
                    step=self.iterations,
                )
            )
        return rate

    # ---- what a rule says ----

    def begin(self, rate: float, step: int) -> None:
        """Note what is the same for all parameters: `rate` after decay, step ≥ 1."""
        self._rate = rate

    def update(
        self, g: Array, change: Array, spare: Array, states: Sequence[Array]
    ) -> None:
        """Write into `change` what is to be subtracted for the gradient g; all are flat.

        Of a table with a `RowGradient` it is called for the rows alone, in arrays that are
        copies, and `fade` for all rows.
        """
        raise NotImplementedError

    def fade(self, change: Array, spare: Array, states: Sequence[Array]) -> bool:
        """The same for a gradient of zeros; False if nothing is to be subtracted."""
        self.update(np.zeros_like(change), change, spare, states)
        return True

    def shrink(self, weights: Array) -> None:
        """Weight decay, before the change: in place, flat."""

    # ---- one step ----

    def apply(self, gradients: Sequence[Any], parameters: Sequence[Parameter]) -> None:
        """Move the parameters against their gradients (arrays, or None for 0), in place.

        The gradient of a table may be a `RowGradient`. Constraints are applied afterwards,
        and every parameter is marked as written.
        """
        self.prepare(parameters)
        flat = list(map(_flat_gradient, gradients, parameters))
        targets = list(map(_flat_data, parameters))
        factor = self._clip_factor(flat)
        if self.schedule is not None:
            object.__setattr__(self, "lr", Setting(self._asked(), self, "lr"))
        rate = float(self.lr)
        decay = getattr(self, "decay", 0.0)
        if decay:
            rate /= 1.0 + decay * self.iterations
        object.__setattr__(self, "iterations", self.iterations + 1)
        self.begin(rate, self.iterations)

        looked_up = [
            (index, part)
            for index, g in enumerate(flat)
            if _is_rows(g)
            for part in chunks(*g.values.shape, BLOCK)
        ]
        before = each(lambda some: self._rows(flat, *some), looked_up)

        def walk(lane: list[Piece]) -> None:
            for piece in lane:
                self._move(piece, flat, targets, factor)

        each(walk, self._lanes)
        each(lambda rows: self._move_rows(*rows, factor), before)
        for parameter in parameters:
            if parameter.constraint is not None:
                parameter.data[...] = _allowed(parameter)
            parameter.written()

    def _move(
        self, piece: Piece, gradients: list[Any], targets: list[Array], factor: float
    ) -> None:
        parts, states, g, change, spare = piece
        found = gradients[parts[0].index] if parts else None
        for index, place, mine, _ in parts:
            if len(parts) > 1:
                mine[...] = gradients[index]
            elif not _is_rows(found):
                g = found if place is None else found[place]
        weights = [
            targets[i] if place is None else targets[i][place] for i, place, *_ in parts
        ]
        for w in weights:
            self.shrink(w)
        if _is_rows(found):
            changes = self.fade(change, spare, states)
        else:
            self.update(self._clipped(g, factor, piece.gradient), change, spare, states)
            changes = True
        if changes:
            for w, part in zip(weights, parts, strict=True):
                np.subtract(w, part.change, out=w)

    def _rows(self, gradients: list[Any], index: int, part: slice) -> tuple[Any, ...]:
        """Some rows that were looked up, as copies from the table and its memory."""
        found = gradients[index]
        rows, g = found.rows[part], found.values[part]
        tables = [self._parameters[index].data] + [m[index] for m in self._memories]
        return tables, [table[rows] for table in tables], rows, g

    def _move_rows(
        self, tables: Any, copies: Any, rows: Array, g: Array, factor: float
    ) -> None:
        """Move what was looked up; in the tables it only faded, like the other rows."""
        w, *states = (copy.reshape(-1) for copy in copies)
        change, spare = np.empty_like(w), np.empty_like(w)
        g = self._clipped(g.reshape(-1), factor, np.empty_like(w))
        self.shrink(w)
        self.update(g, change, spare, states)
        np.subtract(w, change, out=w)
        for table, copy in zip(tables, copies, strict=True):
            table[rows] = copy

    def _clipped(self, g: Array, factor: float, out: Array) -> Array:
        """The gradient times the factor of `clipnorm`, and within `clipvalue`."""
        if factor != 1.0:
            g = np.multiply(g, factor, out=out)
        if self.clipvalue is not None:
            g = np.minimum(g, self.clipvalue, out=out)
            g = np.maximum(g, -self.clipvalue, out=out)
        return g

    def _clip_factor(self, gradients: Sequence[Any]) -> float:
        """What all gradients are multiplied by so that their joint length is allowed."""
        if self.clipnorm is None:
            return 1.0
        numbers = (g.values if _is_rows(g) else g for g in gradients)
        length = math.sqrt(sum(float(np.vdot(g, g)) for g in numbers))
        return self.clipnorm / length if length >= self.clipnorm else 1.0

    # ---- memory ----

    def prepare(self, parameters: Sequence[Parameter]) -> None:
        """Make the memory for these parameters; what is known of one is kept."""
        known = self._parameters
        if len(known) == len(parameters) and all(map(operator.is_, known, parameters)):
            return
        numbers = {id(p): i for i, p in enumerate(known)}
        old = self._memories
        self._parameters = list(parameters)
        self._memories = [[] for _ in self.slots]
        self._lanes = cut(self._parameters, self._memories)
        for memory, before in zip(self._memories, old, strict=False):
            for array, p in zip(memory, parameters, strict=True):
                if id(p) in numbers:
                    array[...] = before[numbers[id(p)]]
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self.set_weights(waiting)

    @property
    def weights(self) -> list[Array]:
        """The state in Keras's order, memory not copied."""
        steps = [np.asarray(self.iterations, np.int64)] if self.saves_steps else []
        return steps + [array for memory in self._memories for array in memory]

    def get_weights(self) -> list[Array]:
        """Copies of the state: the number of steps (if the rule needs it), then memory."""
        return [array.copy() for array in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Take over a state from `get_weights`, at once or when parameters are known.

        Raises ValueError if the number or a shape of the arrays differs.
        """
        if not self._parameters:
            self._waiting = list(weights)
            return
        current = self.weights
        wanted = [array.shape for array in current]
        given = [np.shape(array) for array in weights]
        if given != wanted:
            raise ValueError(
                say(
                    "{owner}: set_weights needs arrays of the shapes {wanted}, got {got}; "
                    "a state fits only the model it was saved with",
                    owner=label(self),
                    wanted=wanted,
                    got=given,
                )
            )
        if self.saves_steps:
            self.iterations = int(weights[0])
        first = int(self.saves_steps)
        for array, value in zip(current[first:], weights[first:], strict=True):
            array[...] = value

    # ---- configuration ----

    def get_config(self) -> dict[str, Any]:
        """The arguments as plain numbers; clipnorm and clipvalue only if they are set."""
        config = {
            name: float(value) if isinstance(value, float) else value
            for name, value in super().get_config().items()
        }
        for name in ("clipnorm", "clipvalue"):
            if getattr(self, name) is not None:
                config[name] = getattr(self, name)
        return config


def _is_rows(gradient: Any) -> bool:
    return type(gradient) is RowGradient


def _flat_gradient(gradient: Any, parameter: Parameter) -> Any:
    """The gradient in one row, zeros where there is none; some rows of it as they are."""
    if gradient is None:
        return np.zeros(parameter.size, parameter.dtype)
    array: Any = gradient.data if isinstance(gradient, Tensor) else gradient
    if array.shape != parameter.data.shape:
        raise ValueError(
            say(
                "apply: the gradient of {name} must have shape {wanted}, got {got}",
                name=parameter.name,
                wanted=parameter.shape,
                got=array.shape,
            )
        )
    if _is_rows(array) and parameter.size > SMALL:
        return array
    return np.asarray(array).reshape(-1)


def _allowed(parameter: Parameter) -> Array:
    """What its constraint makes of the values, which is as many as they were."""
    found: Any = parameter.constraint(parameter.data)
    found = np.asarray(found.data if isinstance(found, Tensor) else found)
    if found.shape != parameter.data.shape:
        raise ValueError(
            say(
                "the constraint of {name} must return an array of shape {wanted}, got "
                "{got}",
                name=parameter.name,
                wanted=parameter.shape,
                got=found.shape,
            )
        )
    return found


def _flat_data(parameter: Parameter) -> Array:
    """The values in one row, as a view: what is written there is written to them."""
    if not parameter.data.flags.c_contiguous:
        parameter.data = np.ascontiguousarray(parameter.data)
    return parameter.data.reshape(-1)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, (Tensor, np.generic)) or (
        isinstance(value, np.ndarray) and value.ndim == 0
    )


def _limit(owner: Any, name: str, value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        raise ValueError(
            say(
                "{owner}: `{name}` must be a positive number, got {value!r}",
                owner=label(owner),
                name=name,
                value=value,
            )
        )
    return float(value)

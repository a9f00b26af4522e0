"""Learning rates that follow from the number of steps: `SGD(lr=CosineDecay(0.1, 1000))`.

Any function of the step does as well; these can be saved with the model. For plans by
epoch, or by how training goes, there are callbacks.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tensorlearn.declare.fields import Configured, arg, label
from tensorlearn.declare.kinds import Number
from tensorlearn.declare.registry import schedules
from tensorlearn.wording import say

_FIRST = "the rate at step 0"
_STAIRS = "keep the rate between whole multiples of decay_steps"


class Schedule(Configured):
    """The base of every schedule: a function of the step (from 0) with a configuration."""

    def __call__(self, step: float) -> float:
        """The learning rate for this step."""
        raise NotImplementedError


@schedules.register()
class ExponentialDecay(Schedule):
    """initial · decay_rate^(step / decay_steps)

    >>> ExponentialDecay(0.1, decay_steps=100, decay_rate=0.5)(200)
    0.025
    """

    positional = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase")

    initial_learning_rate: float = arg.number(doc=_FIRST, low=0)
    decay_steps: int = arg.positive_int("steps until the rate is decay_rate times it")
    decay_rate: float = arg.number(doc="what the rate is multiplied by", low=0)
    staircase: bool = arg.flag(False, _STAIRS)

    def __call__(self, step: float) -> float:
        return self.initial_learning_rate * self.decay_rate ** _part(self, step)


@schedules.register()
class InverseTimeDecay(Schedule):
    """initial / (1 + decay_rate · step / decay_steps)"""

    positional = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase")

    initial_learning_rate: float = arg.number(doc=_FIRST, low=0)
    decay_steps: int = arg.positive_int("how often the decay is applied")
    decay_rate: float = arg.number(doc="how much is added to the divisor", low=0)
    staircase: bool = arg.flag(False, _STAIRS)

    def __call__(self, step: float) -> float:
        return self.initial_learning_rate / (1.0 + self.decay_rate * _part(self, step))


def _part(schedule: Any, step: float) -> float:
    part = step / schedule.decay_steps
    return math.floor(part) if schedule.staircase else part


@schedules.register()
class PolynomialDecay(Schedule):
    """end + (initial - end) · (1 - step / decay_steps)^power, then end.

    cycle: instead of ending, stretch decay_steps to the next multiple.
    """

    positional = (
        "initial_learning_rate",
        "decay_steps",
        "end_learning_rate",
        "power",
        "cycle",
    )

    initial_learning_rate: float = arg.number(doc=_FIRST, low=0)
    decay_steps: int = arg.positive_int("steps until the end rate is reached")
    end_learning_rate: float = arg.number(1e-4, "the rate in the end", low=0)
    power: float = arg.number(1.0, "1: a straight line", low=0)
    cycle: bool = arg.flag(False, "go up and down again and again")

    def __call__(self, step: float) -> float:
        rounds = max(1, math.ceil(step / self.decay_steps)) if self.cycle else 1
        part = min(step / (self.decay_steps * rounds), 1.0)
        span = self.initial_learning_rate - self.end_learning_rate
        return self.end_learning_rate + span * (1.0 - part) ** self.power


@schedules.register()
class CosineDecay(Schedule):
    """initial · (alpha + (1 - alpha) (1 + cos(π step / decay_steps)) / 2)

    After decay_steps the rate stays at initial · alpha. warmup_steps: before that, rise in
    a straight line to warmup_target  (Loshchilov & Hutter, 2017).
    """

    positional = ("initial_learning_rate", "decay_steps", "alpha")

    initial_learning_rate: float = arg.number(doc=_FIRST, low=0)
    decay_steps: int = arg.positive_int("steps of the half wave")
    alpha: float = arg.number(0.0, "the share of the rate that is left", low=0)
    warmup_target: float | None = arg.number(None, "where the warm-up leads", low=0)
    warmup_steps: int = arg.integer(0, "steps of the warm-up")

    def __call__(self, step: float) -> float:
        top = self.initial_learning_rate
        if self.warmup_target is not None:
            if step < self.warmup_steps:
                return top + (self.warmup_target - top) * step / self.warmup_steps
            top, step = self.warmup_target, step - self.warmup_steps
        return top * _half_wave(step / self.decay_steps, self.alpha)


def _half_wave(part: float, low: float) -> float:
    """From 1 at 0 down to `low` at 1 and later."""
    return low + (1.0 - low) * 0.5 * (1.0 + math.cos(math.pi * min(part, 1.0)))


@schedules.register()
class CosineDecayRestarts(Schedule):
    """Half waves one after another: each t_mul times as long and m_mul times as high.

    SGDR (Loshchilov & Hutter, 2017).
    """

    positional = (
        "initial_learning_rate",
        "first_decay_steps",
        "t_mul",
        "m_mul",
        "alpha",
    )

    initial_learning_rate: float = arg.number(doc=_FIRST, low=0)
    first_decay_steps: int = arg.positive_int("steps of the first half wave")
    t_mul: float = arg.number(2.0, "how much longer the next one is", low=1)
    m_mul: float = arg.number(1.0, "how much higher the next one is", low=0)
    alpha: float = arg.number(0.0, "the share of the rate that is left", low=0)

    def __call__(self, step: float) -> float:
        length, height = float(self.first_decay_steps), self.initial_learning_rate
        if self.t_mul == 1.0:
            rounds = int(step // length)
            step -= rounds * length
            height *= self.m_mul**rounds
        else:
            while step >= length:
                step -= length
                length *= self.t_mul
                height *= self.m_mul
        return height * _half_wave(step / length, self.alpha)


@schedules.register("PiecewiseConstant")
class PiecewiseConstantDecay(Schedule):
    """values[0] up to step boundaries[0], values[1] up to boundaries[1], ...

    >>> [PiecewiseConstantDecay([2, 4], [0.1, 0.01, 0.001])(n) for n in (2, 3, 5)]
    [0.1, 0.01, 0.001]
    """

    positional = ("boundaries", "values")

    boundaries: Sequence[float] = arg.anything(doc="steps after which the rate changes")
    values: Sequence[float] = arg.anything(doc="the rates: one more than boundaries")

    def configure(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Set the fields, and see that they fit together."""
        super().configure(args, kwargs)
        self.boundaries, self.values = list(self.boundaries), list(self.values)
        rising = sorted(set(self.boundaries)) == self.boundaries
        if len(self.values) != len(self.boundaries) + 1 or not rising:
            raise ValueError(
                say(
                    "{owner}: `boundaries` must rise and `values` hold one more, got "
                    "{boundaries} and {values}",
                    owner=label(self),
                    boundaries=self.boundaries,
                    values=self.values,
                )
            )

    def __call__(self, step: float) -> float:
        return float(self.values[bisect_left(self.boundaries, step)])


PiecewiseConstant = PiecewiseConstantDecay


class Rate(Number):
    """A learning rate: a number ≥ 0, or a schedule that gives one for every step."""

    def __init__(self, default: float, doc: str) -> None:
        super().__init__(
            default, doc, "a number ≥ 0", lambda x: x >= 0, float, (-1.0, "1")
        )

    def check(self, owner: Any, value: Any) -> Any:
        """A float or a callable."""
        if isinstance(value, Mapping):
            value = schedules.deserialize(_named_as_here(value))
        if callable(value) and not isinstance(value, type):
            return value
        return super().check(owner, value)

    def read(self, owner: Any) -> Any:
        """The schedule if there is one, else the number."""
        return owner.schedule or super().read(owner)

    def dump(self, value: Any) -> Any:
        """The number, or what `deserialize` makes the schedule of."""
        return schedules.serialize(value) if callable(value) else super().dump(value)


def serialize(schedule: Callable[[float], float]) -> Any:
    """{"class_name", "config"} of a schedule, or the name of a function."""
    return schedules.serialize(schedule)


def deserialize(
    config: Any, custom_objects: Mapping[str, Any] | None = None
) -> Callable[[float], float]:
    """The schedule that `serialize` described; also one that tf.keras described."""
    if isinstance(config, Mapping):
        config = _named_as_here(config)
    return schedules.deserialize(config, custom_objects)  # type: ignore[no-any-return]


def _named_as_here(config: Mapping[str, Any]) -> dict[str, Any]:
    """Without the names of modules and operations that tf.keras adds."""
    settings = dict(config.get("config") or {})
    settings.pop("name", None)
    return {"class_name": config.get("class_name"), "config": settings}

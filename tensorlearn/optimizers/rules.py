"""The update rules of Keras 2.2.4: one formula each, for one flat piece of memory.

A rule is told the gradient `g` and its own memory `states`, and writes into `change` what
is to be subtracted. It works in place: `np.add(a, b, out=a)` is a ← a + b.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorlearn.config import epsilon
from tensorlearn.declare.fields import arg
from tensorlearn.declare.registry import optimizers
from tensorlearn.optimizers.base import Optimizer
from tensorlearn.optimizers.pieces import Array
from tensorlearn.optimizers.schedules import Rate

_LR = "learning rate: how far a step goes"
_DECAY = "step t (from 0) uses lr / (1 + decay t)"


class _Fuzz(type(arg.number(None))):  # type: ignore[misc]
    """A small constant; None means the global epsilon."""

    def __init__(self) -> None:
        super().__init__(
            None,
            "keeps denominators from 0; None: the global epsilon",
            "a number ≥ 0",
            lambda x: x >= 0,
            float,
            (-1.0, "1"),
        )

    def check(self, owner: Any, value: Any) -> Any:
        return epsilon() if value is None else super().check(owner, value)


@optimizers.register("sgd")
class SGD(Optimizer):
    """v ← momentum v - lr g;  w ← w + v.

    nesterov: look ahead, w ← w + momentum v - lr g  (Sutskever et al., 2013).
    """

    positional = ("lr", "momentum", "decay", "nesterov")
    slots = ("moments",)

    lr: float = Rate(0.01, _LR)  # type: ignore[assignment]
    momentum: float = arg.number(0.0, "how much of the last step is kept", low=0)
    decay: float = arg.number(0.0, _DECAY, low=0)
    nesterov: bool = arg.flag(False, "look ahead along the last step")

    def begin(self, rate: float, step: int) -> None:
        self._rate, self._keep = rate, float(self.momentum)

    def update(
        self, g: Array, change: Array, spare: Array, states: Sequence[Array]
    ) -> None:
        np.multiply(g, self._rate, out=change)
        if not self._keep:
            return
        (v,) = states
        np.multiply(v, self._keep, out=v)
        np.subtract(v, change, out=v)
        if self.nesterov:
            np.multiply(v, self._keep, out=spare)
            np.subtract(change, spare, out=change)
        else:
            np.negative(v, out=change)

    def fade(self, change: Array, spare: Array, states: Sequence[Array]) -> bool:
        return bool(self._keep) and super().fade(change, spare, states)


@optimizers.register("rmsprop")
class RMSprop(Optimizer):
    """a ← rho a + (1 - rho) g²;  w ← w - lr g / (√a + epsilon)  (Tieleman & Hinton)."""

    positional = ("lr", "rho", "epsilon", "decay")
    slots = ("accumulators",)
    saves_steps = False

    lr: float = Rate(0.001, _LR)  # type: ignore[assignment]
    rho: float = arg.number(0.9, "how slowly squares are forgotten", low=0)
    epsilon: float = _Fuzz()  # type: ignore[assignment]
    decay: float = arg.number(0.0, _DECAY, low=0)

    def begin(self, rate: float, step: int) -> None:
        self._rate, self._rho, self._fuzz = rate, float(self.rho), float(self.epsilon)

    def update(
        self, g: Array, change: Array, spare: Array, states: Sequence[Array]
    ) -> None:
        (a,) = states
        _blend_square(a, g, self._rho, spare)
        np.multiply(g, self._rate, out=change)
        _divide_by_root(change, a, self._fuzz, spare)

    def fade(self, change: Array, spare: Array, states: Sequence[Array]) -> bool:
        return _fade(states, self._rho)


@optimizers.register("adagrad")
class Adagrad(Optimizer):
    """a ← a + g²;  w ← w - lr g / (√a + epsilon)  (Duchi et al., 2011)."""

    positional = ("lr", "epsilon", "decay")
    slots = ("accumulators",)
    saves_steps = False

    lr: float = Rate(0.01, _LR)  # type: ignore[assignment]
    epsilon: float = _Fuzz()  # type: ignore[assignment]
    decay: float = arg.number(0.0, _DECAY, low=0)

    def begin(self, rate: float, step: int) -> None:
        self._rate, self._fuzz = rate, float(self.epsilon)

    def update(
        self, g: Array, change: Array, spare: Array, states: Sequence[Array]
    ) -> None:
        (a,) = states
        np.multiply(g, g, out=spare)
        np.add(a, spare, out=a)
        np.multiply(g, self._rate, out=change)
        _divide_by_root(change, a, self._fuzz, spare)

    def fade(self, change: Array, spare: Array, states: Sequence[Array]) -> bool:
        return False


@optimizers.register("adadelta")
class Adadelta(Optimizer):
    """a ← rho a + (1 - rho) g²;  u = g √(d + ε) / √(a + ε);  d ← rho d + (1 - rho) u².

    w ← w - lr u  (Zeiler, 2012): the steps already made set the scale of the next one.
    """

    positional = ("lr", "rho", "epsilon", "decay")
    slots = ("accumulators", "deltas")
    saves_steps = False

    lr: float = Rate(1.0, _LR)  # type: ignore[assignment]
    rho: float = arg.number(0.95, "how slowly squares are forgotten", low=0)
    epsilon: float = _Fuzz()  # type: ignore[assignment]
    decay: float = arg.number(0.0, _DECAY, low=0)

    def begin(self, rate: float, step: int) -> None:
        self._rate, self._rho, self._fuzz = rate, float(self.rho), float(self.epsilon)

    def update(
        self, g: Array, change: Array, spare: Array, states: Sequence[Array]
    ) -> None:
        a, d = states
        _blend_square(a, g, self._rho, spare)
        np.add(d, self._fuzz, out=change)
        np.add(a, self._fuzz, out=spare)
        np.divide(change, spare, out=change)
        np.sqrt(change, out=change)
        np.multiply(change, g, out=change)
        _blend_square(d, change, self._rho, spare)
        np.multiply(change, self._rate, out=change)

    def fade(self, change: Array, spare: Array, states: Sequence[Array]) -> bool:
        return _fade(states, self._rho)


@optimizers.register("adam")
class Adam(Optimizer):
    """m ← β₁ m + (1 - β₁) g;  v ← β₂ v + (1 - β₂) g²;  w ← w - r m / (√v + epsilon).

    r = lr √(1 - β₂ᵗ) / (1 - β₁ᵗ) undoes the start from 0 (Kingma & Ba, 2015).
    amsgrad: divide by the largest v so far (Reddi et al., 2018).
    """

    positional = ("lr", "beta_1", "beta_2", "epsilon", "decay", "amsgrad")
    slots = ("m", "v")

    lr: float = Rate(0.001, _LR)  # type: ignore[assignment]
    beta_1: float = arg.rate(0.9, "how slowly gradients are forgotten")
    beta_2: float = arg.rate(0.999, "how slowly squares are forgotten")
    epsilon: float = _Fuzz()  # type: ignore[assignment]
    decay: float = arg.number(0.0, _DECAY, low=0)
    amsgrad: bool = arg.flag(False, "never let the denominator shrink")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.amsgrad:
            self.slots = ("m", "v", "largest")

    @property
    def weights(self) -> list[Array]:
        """The state in Keras's order, which holds a number per parameter for amsgrad."""
        found = super().weights
        if not self.amsgrad:
            found += [np.zeros(1, p.dtype) for p in self._parameters]
        return found

    def begin(self, rate: float, step: int) -> None:
        self._keep, self._keep_squares = float(self.beta_1), float(self.beta_2)
        self._fuzz = float(self.epsilon)
        undo = math.sqrt(1.0 - self._keep_squares**step) / (1.0 - self._keep**step)
        self._rate = rate * undo

    def update(
        self, g: Array, change: Array, spare: Array, states: Sequence[Array]
    ) -> None:
        m, v, *_ = states
        _blend(m, g, self._keep, spare)
        _blend_square(v, g, self._keep_squares, spare)
        self._quotient(change, spare, *states)

    def fade(self, change: Array, spare: Array, states: Sequence[Array]) -> bool:
        _fade(states[:1], self._keep)
        _fade(states[1:2], self._keep_squares)
        self._quotient(change, spare, *states)
        return True

    def _quotient(
        self, change: Array, spare: Array, m: Array, v: Array, top: Any = None
    ) -> None:
        if self.amsgrad:
            v = np.maximum(top, v, out=top)
        np.multiply(m, self._rate, out=change)
        _divide_by_root(change, v, self._fuzz, spare)


@optimizers.register("adamw")
class AdamW(Adam):
    """Adam, and w ← (1 - lr weight_decay) w beside it  (Loshchilov & Hutter, 2019).

    Unlike an L2 penalty the decay does not pass through Adam's division, so it is the same
    for all weights.
    """

    positional = ("lr", "beta_1", "beta_2", "epsilon", "decay", "amsgrad")

    weight_decay: float = arg.number(
        0.004, "share of the weights lost, times lr", low=0
    )

    def begin(self, rate: float, step: int) -> None:
        super().begin(rate, step)
        self._left = 1.0 - rate * float(self.weight_decay)

    def shrink(self, weights: Array) -> None:
        np.multiply(weights, self._left, out=weights)


@optimizers.register("adamax")
class Adamax(Optimizer):
    """m ← β₁ m + (1 - β₁) g;  u ← max(β₂ u, |g|);  w ← w - lr/(1 - β₁ᵗ) m / (u + ε).

    Adam with the largest gradient in place of the squares (Kingma & Ba, 2015, §7).
    """

    positional = ("lr", "beta_1", "beta_2", "epsilon", "decay")
    slots = ("m", "u")

    lr: float = Rate(0.002, _LR)  # type: ignore[assignment]
    beta_1: float = arg.rate(0.9, "how slowly gradients are forgotten")
    beta_2: float = arg.rate(0.999, "how slowly the largest is forgotten")
    epsilon: float = _Fuzz()  # type: ignore[assignment]
    decay: float = arg.number(0.0, _DECAY, low=0)

    def begin(self, rate: float, step: int) -> None:
        self._keep, self._fade = float(self.beta_1), float(self.beta_2)
        self._fuzz = float(self.epsilon)
        self._rate = rate / (1.0 - self._keep**step)

    def update(
        self, g: Array, change: Array, spare: Array, states: Sequence[Array]
    ) -> None:
        m, u = states
        _blend(m, g, self._keep, spare)
        np.multiply(u, self._fade, out=u)
        np.absolute(g, out=spare)
        np.maximum(u, spare, out=u)
        np.multiply(m, self._rate, out=change)
        np.add(u, self._fuzz, out=spare)
        np.divide(change, spare, out=change)


@optimizers.register("nadam")
class Nadam(Optimizer):
    """Adam that looks ahead along m, with a momentum that warms up  (Dozat, 2016).

    μₜ = β₁ (1 - 0.96^(t schedule_decay) / 2); the product of all μ corrects g and m.
    """

    positional = ("lr", "beta_1", "beta_2", "epsilon", "schedule_decay")
    slots = ("m", "v")

    lr: float = Rate(0.002, _LR)  # type: ignore[assignment]
    beta_1: float = arg.rate(0.9, "how slowly gradients are forgotten")
    beta_2: float = arg.rate(0.999, "how slowly squares are forgotten")
    epsilon: float = _Fuzz()  # type: ignore[assignment]
    schedule_decay: float = arg.number(0.004, "how fast the momentum warms up", low=0)

    def begin(self, rate: float, step: int) -> None:
        self._keep, self._keep_squares = float(self.beta_1), float(self.beta_2)
        self._fuzz = float(self.epsilon)
        known, product = getattr(self, "_product", (0, 1.0))
        if known != step - 1:  # the state was set: multiply again from the start
            known, product = 0, 1.0
        for t in range(known + 1, step + 1):
            product *= self._momentum(t)
        self._product = (step, product)
        now, following = self._momentum(step), self._momentum(step + 1)
        undo = math.sqrt(1.0 - self._keep_squares**step)
        # lr ((1 - μₜ) g / (1 - Πμ) + μₜ₊₁ m / (1 - Πμ μₜ₊₁)) / (√v / undo + ε)
        self._of_g = rate * undo * (1.0 - now) / (1.0 - product)
        self._of_m = rate * undo * following / (1.0 - product * following)
        self._fuzz *= undo

    def _momentum(self, step: int) -> float:
        return self._keep * (1.0 - 0.5 * 0.96 ** (step * float(self.schedule_decay)))

    def update(
        self, g: Array, change: Array, spare: Array, states: Sequence[Array]
    ) -> None:
        m, v = states
        _blend(m, g, self._keep, spare)
        _blend_square(v, g, self._keep_squares, spare)
        np.multiply(g, self._of_g, out=change)
        np.multiply(m, self._of_m, out=spare)
        np.add(change, spare, out=change)
        _divide_by_root(change, v, self._fuzz, spare)


# ---- shared arithmetic ----


def _fade(averages: Sequence[Array], keep: float) -> bool:
    """average ← keep average; False, since that alone changes no weight."""
    for average in averages:
        np.multiply(average, keep, out=average)
    return False


def _blend(average: Array, x: Array, keep: float, spare: Array) -> None:
    """average ← keep average + (1 - keep) x"""
    np.multiply(average, keep, out=average)
    np.multiply(x, 1.0 - keep, out=spare)
    np.add(average, spare, out=average)


def _blend_square(average: Array, x: Array, keep: float, spare: Array) -> None:
    """average ← keep average + (1 - keep) x²"""
    np.multiply(average, keep, out=average)
    np.multiply(x, x, out=spare)
    np.multiply(spare, 1.0 - keep, out=spare)
    np.add(average, spare, out=average)


def _divide_by_root(change: Array, square: Array, fuzz: float, spare: Array) -> None:
    """change ← change / (√square + fuzz)"""
    np.sqrt(square, out=spare)
    np.add(spare, fuzz, out=spare)
    np.divide(change, spare, out=change)

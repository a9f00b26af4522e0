"""How gradients move parameters: the update formulas of Keras 2.2.4.

A rule (`SGD`, `Adam`, ...) is written once, for one flat piece of memory, and never sees
what a parameter is. `Optimizer` cuts the work into such pieces: many small parameters
share one, a big one is walked through in blocks that stay in the processor's cache.
Everything is written in place; after the first step nothing is allocated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from tensorlearn.autograd import Parameter, Tensor
from tensorlearn.config import epsilon
from tensorlearn.declare.fields import Configured, arg, label
from tensorlearn.declare.registry import optimizers
from tensorlearn.wording import say

Array = np.ndarray[Any, Any]
BLOCK = 1 << 14
"""Elements worked on at a time: with the rule's states they fit into a core's cache."""
SMALL = 1 << 11
"""Parameters up to this size are gathered and updated together."""


class Setting(float):
    """A number of an optimizer that also knows where it belongs.

    It can be written through, as Keras scripts do: `K.set_value(optimizer.lr, 0.01)`.
    """

    def __new__(cls, value: float, owner: Any = None, name: str = "") -> Setting:
        made = super().__new__(cls, value)
        made.owner, made.name = owner, name
        return made

    owner: Any
    name: str

    def assign(self, value: Any) -> None:
        """Set the optimizer's number; a Setting itself never changes."""
        setattr(self.owner, self.name, float(value))

    def __reduce__(self) -> Any:
        return float, (float(self),)


class Piece(NamedTuple):
    """A flat stretch of one parameter, or several small parameters end to end.

    parts: (number of the parameter, its place in the piece, its place in the parameter).
    states: the rule's memory. gradient, change, spare: scratch of the same length.
    """

    parts: list[tuple[int, slice, slice]]
    states: list[Array]
    gradient: Array
    change: Array
    spare: Array


class Optimizer(Configured):
    """The base of every update rule: state, clipping, decay, constraints.

    A rule names its `slots` (memory per parameter, zero at first) and writes `update`.
    clipnorm: limit for the length of all gradients taken together. clipvalue: limit for
    every element. `apply` takes arrays and Parameters; `iterations` counts its calls.
    """

    slots: ClassVar[tuple[str, ...]] = ()
    counts: ClassVar[bool] = True  # whether `iterations` is among the saved weights
    iterations: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.clipnorm, self.clipvalue = (
            _limit(self, name, kwargs.pop(name, None))
            for name in ("clipnorm", "clipvalue")
        )
        self.iterations = 0
        self._parameters: list[Parameter] = []
        self._states: list[list[Array]] = [[] for _ in self.slots]
        self._pieces: list[Piece] = []
        self._waiting: list[Any] | None = None
        super().__init__(*args, **kwargs)

    def __setattr__(self, name: str, value: Any) -> None:
        field = self.fields.get(name)
        if field is not None:
            value = field.check(self, float(value) if _scalar(value) else value)
            if isinstance(value, float):
                value = Setting(value, self, name)
        object.__setattr__(self, name, value)

    # ---- what a rule says ----

    def begin(self, rate: float, step: int) -> None:
        """Work out what is the same for all parameters: `rate` after decay, step ≥ 1."""
        self._rate = rate

    def update(
        self, g: Array, change: Array, spare: Array, states: Sequence[Array]
    ) -> None:
        """Write into `change` what is to be subtracted for the gradient g; all are flat."""
        raise NotImplementedError

    # ---- one step ----

    def apply(self, gradients: Sequence[Any], parameters: Sequence[Parameter]) -> None:
        """Move the parameters against their gradients (arrays or None), in place.

        Then constraints are applied, and every parameter is marked as written.
        """
        self.prepare(parameters)
        arrays = [_array(g, p) for g, p in zip(gradients, parameters, strict=True)]
        factor = self._clip_factor(arrays)
        step = self.iterations + 1
        rate = float(self.lr)  # type: ignore[attr-defined]
        decay = float(getattr(self, "decay", 0.0))
        if decay:
            rate /= 1.0 + decay * self.iterations
        self.begin(rate, step)
        self.iterations = step
        for piece in self._pieces:
            self._move(piece, arrays, factor)
        for parameter in self._parameters:
            if parameter.constraint is not None:
                allowed = parameter.constraint(parameter.data)
                parameter.data[...] = getattr(allowed, "data", allowed)
            parameter.written()

    def _move(self, piece: Piece, gradients: list[Array], factor: float) -> None:
        parts, states, g, change, spare = piece
        if len(parts) == 1 and factor == 1.0 and self.clipvalue is None:
            index, _, place = parts[0]
            g = gradients[index].reshape(-1)[place]
        else:
            for index, here, place in parts:
                g[here] = gradients[index].reshape(-1)[place]
            if factor != 1.0:
                np.multiply(g, factor, out=g)
            if self.clipvalue is not None:
                np.minimum(g, self.clipvalue, out=g)
                np.maximum(g, -self.clipvalue, out=g)
        self.update(g, change, spare, states)
        for index, here, place in parts:
            flat = self._parameters[index].data.reshape(-1)[place]
            np.subtract(flat, change[here], out=flat)

    def _clip_factor(self, gradients: Sequence[Array]) -> float:
        """What all gradients are multiplied by so that their joint length is allowed."""
        if self.clipnorm is None:
            return 1.0
        length = math.sqrt(sum(float(np.vdot(g, g)) for g in gradients))
        return self.clipnorm / length if length >= self.clipnorm else 1.0

    # ---- memory ----

    def prepare(self, parameters: Sequence[Parameter]) -> None:
        """Make the memory for these parameters; what is known of one is kept."""
        known = self._parameters
        if len(known) == len(parameters) and all(map(_same, known, parameters)):
            return
        before = {id(p): i for i, p in enumerate(known)}
        old = self._states
        self._parameters = list(parameters)
        self._states = [[] for _ in self.slots]
        self._pieces = _pieces(self._parameters, self._states)
        for slot, memory in enumerate(old):
            for i, p in enumerate(parameters):
                if id(p) in before:
                    self._states[slot][i][...] = memory[before[id(p)]]
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self.set_weights(waiting)

    @property
    def weights(self) -> list[Array]:
        """The state as arrays, not copied, in Keras's order."""
        steps = [np.asarray(self.iterations, np.int64)] if self.counts else []
        return steps + [array for memory in self._states for array in memory]

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
        shapes = [array.shape for array in current]
        given = [np.shape(array) for array in weights]
        if given != shapes:
            raise ValueError(
                say(
                    "{owner}: set_weights needs arrays of the shapes {wanted}, got {got}; "
                    "a state only fits the model it was saved with",
                    owner=label(self),
                    wanted=shapes,
                    got=given,
                )
            )
        if self.counts:
            self.iterations = int(weights[0])
        for array, value in list(zip(current, weights, strict=True))[self.counts :]:
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

    def __repr__(self) -> str:
        settings = ", ".join(f"{k}={v!r}" for k, v in self.get_config().items())
        return f"{type(self).__name__}({settings})"


# ---- the rules ----

_LR = "learning rate: how far a step goes"
_DECAY = "step t (from 0) uses lr / (1 + decay t)"


class _Fuzz(type(arg.number(None))):  # type: ignore[misc]
    """A small constant; None means the global epsilon."""

    def __init__(self) -> None:
        super().__init__(
            None, "keeps denominators from 0; None: the global epsilon",
            "a number ≥ 0", lambda x: x >= 0, float, (-1.0, "1"),
        )

    def check(self, owner: Any, value: Any) -> Any:
        return epsilon() if value is None else super().check(owner, value)


@optimizers.register("sgd")
class SGD(Optimizer):
    """v ← momentum v + lr g;  w ← w - v.

    nesterov: look ahead, w ← w - (momentum v + lr g) (Sutskever et al., 2013).
    """

    positional = ("lr", "momentum", "decay", "nesterov")
    slots = ("moments",)

    lr: float = arg.number(0.01, _LR, low=0)
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
        (v,) = states  # the negative of Keras's, so that all rules subtract
        np.multiply(v, self._keep, out=v)
        np.add(v, change, out=v)
        if self.nesterov:
            np.multiply(v, self._keep, out=spare)
            np.add(change, spare, out=change)
        else:
            np.copyto(change, v)


@optimizers.register("rmsprop")
class RMSprop(Optimizer):
    """a ← rho a + (1 - rho) g²;  w ← w - lr g / (√a + epsilon)  (Tieleman & Hinton)."""

    positional = ("lr", "rho", "epsilon", "decay")
    slots = ("accumulators",)
    counts = False

    lr: float = arg.number(0.001, _LR, low=0)
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


@optimizers.register("adagrad")
class Adagrad(Optimizer):
    """a ← a + g²;  w ← w - lr g / (√a + epsilon)  (Duchi et al., 2011)."""

    positional = ("lr", "epsilon", "decay")
    slots = ("accumulators",)
    counts = False

    lr: float = arg.number(0.01, _LR, low=0)
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


@optimizers.register("adadelta")
class Adadelta(Optimizer):
    """a ← rho a + (1 - rho) g²;  u = g √(d + ε) / √(a + ε);  d ← rho d + (1 - rho) u².

    w ← w - lr u  (Zeiler, 2012): the steps already made set the scale of the next one.
    """

    positional = ("lr", "rho", "epsilon", "decay")
    slots = ("accumulators", "deltas")
    counts = False

    lr: float = arg.number(1.0, _LR, low=0)
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


@optimizers.register("adam")
class Adam(Optimizer):
    """m ← β₁ m + (1 - β₁) g;  v ← β₂ v + (1 - β₂) g²;  w ← w - r m / (√v + epsilon).

    r = lr √(1 - β₂ᵗ) / (1 - β₁ᵗ) undoes the start from 0 (Kingma & Ba, 2015).
    amsgrad: divide by the largest v so far (Reddi et al., 2018).
    """

    positional = ("lr", "beta_1", "beta_2", "epsilon", "decay", "amsgrad")
    slots = ("m", "v", "largest")

    lr: float = arg.number(0.001, _LR, low=0)
    beta_1: float = arg.rate(0.9, "how slowly gradients are forgotten")
    beta_2: float = arg.rate(0.999, "how slowly squares are forgotten")
    epsilon: float = _Fuzz()  # type: ignore[assignment]
    decay: float = arg.number(0.0, _DECAY, low=0)
    amsgrad: bool = arg.flag(False, "never let the denominator shrink")

    def begin(self, rate: float, step: int) -> None:
        self._keep, self._keep_squares = float(self.beta_1), float(self.beta_2)
        self._fuzz = float(self.epsilon)
        undo = math.sqrt(1.0 - self._keep_squares**step) / (1.0 - self._keep**step)
        self._rate = rate * undo

    def update(
        self, g: Array, change: Array, spare: Array, states: Sequence[Array]
    ) -> None:
        m, v, *largest = states
        _blend(m, g, self._keep, spare)
        _blend_square(v, g, self._keep_squares, spare)
        if self.amsgrad:
            (top,) = largest
            v = np.maximum(top, v, out=top)
        np.multiply(m, self._rate, out=change)
        _divide_by_root(change, v, self._fuzz, spare)


@optimizers.register("adamax")
class Adamax(Optimizer):
    """m ← β₁ m + (1 - β₁) g;  u ← max(β₂ u, |g|);  w ← w - lr/(1 - β₁ᵗ) m / (u + ε).

    Adam with the largest gradient in place of the squares (Kingma & Ba, 2015, §7).
    """

    positional = ("lr", "beta_1", "beta_2", "epsilon", "decay")
    slots = ("m", "u")

    lr: float = arg.number(0.002, _LR, low=0)
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

    lr: float = arg.number(0.002, _LR, low=0)
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


# ---- by name ----


def get(identifier: Any) -> Any:
    """The optimizer that a name (in any case), configuration or object stands for.

    Raises ValueError for anything else.
    """
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, str) and identifier.lower() in optimizers.known:
        identifier = identifier.lower()
    found = optimizers.get(identifier)
    if not isinstance(found, Optimizer):
        raise ValueError(
            say(
                "Could not interpret optimizer identifier: {got!r}; pass a name such as "
                "'adam' or an object such as SGD(lr=0.01)",
                got=identifier,
            )
        )
    return found


def serialize(optimizer: Optimizer) -> Any:
    """{"class_name", "config"} of an optimizer."""
    return optimizers.serialize(optimizer)


def deserialize(
    config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> Any:
    """The optimizer that `serialize` described; class names in any case."""
    name = config.get("class_name")
    if isinstance(name, str) and name.lower() in optimizers.known:
        config = {**config, "class_name": name.lower()}
    return optimizers.deserialize(config, custom_objects)


# ---- shared arithmetic ----


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


# ---- cutting the work into pieces ----


def _pieces(parameters: Sequence[Parameter], states: list[list[Array]]) -> list[Piece]:
    """Plan the work; `states` gets, per slot, one zero array for every parameter."""
    made: list[Piece] = []
    scratch: dict[np.dtype[Any], list[Array]] = {}
    for memory in states:
        memory.extend(np.zeros(p.shape, p.dtype) for p in parameters)
    groups: dict[np.dtype[Any], list[int]] = {}
    for i, p in enumerate(parameters):
        if p.size <= SMALL:
            groups.setdefault(p.dtype, []).append(i)
        else:
            made += _blocks(i, p, states, scratch)
    for dtype, members in groups.items():
        made.append(_bundle(dtype, members, parameters, states))
    return made


def _blocks(
    index: int,
    parameter: Parameter,
    states: list[list[Array]],
    scratch: dict[np.dtype[Any], list[Array]],
) -> list[Piece]:
    """One big parameter as several pieces that share their scratch memory."""
    dtype, size = parameter.dtype, parameter.size
    shared = scratch.setdefault(dtype, [np.empty(BLOCK, dtype) for _ in range(3)])
    made = []
    for start in range(0, size, BLOCK):
        place = slice(start, min(start + BLOCK, size))
        here = slice(0, place.stop - start)
        flat = [memory[index].reshape(-1)[place] for memory in states]
        made.append(Piece([(index, here, place)], flat, *(a[here] for a in shared)))
    return made


def _bundle(
    dtype: np.dtype[Any],
    members: list[int],
    parameters: Sequence[Parameter],
    states: list[list[Array]],
) -> Piece:
    """Small parameters end to end; their states become views of the joint memory."""
    ends = np.cumsum([parameters[i].size for i in members]).tolist()
    starts = [0, *ends[:-1]]
    joint = [np.zeros(ends[-1], dtype) for _ in states]
    parts = []
    for i, start, end in zip(members, starts, ends, strict=True):
        parts.append((i, slice(start, end), slice(None)))
        for memory, flat in zip(states, joint, strict=True):
            memory[i] = flat[start:end].reshape(parameters[i].shape)
    return Piece(parts, joint, *(np.empty(ends[-1], dtype) for _ in range(3)))


def _same(a: Any, b: Any) -> bool:
    return a is b


def _scalar(value: Any) -> bool:
    return isinstance(value, (Tensor, np.generic)) or (
        isinstance(value, np.ndarray) and value.ndim == 0
    )


def _array(gradient: Any, parameter: Parameter) -> Array:
    """The gradient as an array; where there is none, zeros."""
    if gradient is None:
        return np.zeros(parameter.shape, parameter.dtype)
    array = gradient.data if isinstance(gradient, Tensor) else gradient
    if array.shape != parameter.shape:
        raise ValueError(
            say(
                "apply: the gradient of {name} must have shape {wanted}, got {got}",
                name=parameter.name,
                wanted=parameter.shape,
                got=array.shape,
            )
        )
    return array


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

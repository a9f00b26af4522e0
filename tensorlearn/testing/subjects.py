"""What the doctor can examine: a pair of functions, a layer, an autograd engine.

A `Subject` knows how to run somebody's forward and backward at given values, always in
float64 and always from the same random state. What the numbers mean is not its business.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from tensorlearn.autograd.tensor import Array
from tensorlearn.testing.evidence import Diagnosis, diagnosis

Values = dict[str, Array]


class Complaint(Exception):  # noqa: N818 - not an error of the program
    """Something that can be said without comparing numbers."""

    def __init__(self, found: Diagnosis, where: str = "") -> None:
        super().__init__(found.cause)
        self.found, self.where = found, where


class Subject:
    """Inputs by name, of which `values` are differentiated; see the subclasses.

    `forward(values)` gives the outputs, `gradients(values, g)` the gradients by name.
    """

    plain = False  # whether the gradient is that for g = 1

    def __init__(
        self, call: Callable[..., Any], inputs: Sequence[Any], wrt: Any, seed: int
    ) -> None:
        self.seed = seed
        self.given = list(inputs)
        self.names = _names(call, len(inputs))
        wanted = None if wrt is None else _chosen(wrt, self.names)
        self.places = [
            i
            for i, x in enumerate(inputs)
            if (_is_float(x) if wanted is None else i in wanted)
        ]
        self.values: Values = {
            self.names[i]: np.array(inputs[i], np.float64) for i in self.places
        }

        self.constants: Values = {
            name: np.asarray(x, np.float64)
            for name, x in zip(self.names, inputs, strict=True)
            if name not in self.values and _is_float(x)
        }

    # ---- what subclasses tell ----

    def forward(self, values: Values) -> Any:
        """The outputs, as the code under examination returns them."""
        raise NotImplementedError

    def gradients(self, values: Values, g: Any) -> dict[str, Any]:
        """What the code under examination returns as gradients; may raise Complaint."""
        raise NotImplementedError

    def complaints(self, g: Any) -> None:
        """Further trials with more than one call; raise Complaint."""

    # ---- for all ----

    def arguments(self, values: Values) -> list[Any]:
        """Copies of all inputs, as they are to be passed."""
        copies = [_copied(x) for x in self.given]
        for i in self.places:
            x = np.array(values[self.names[i]])
            copies[i] = float(x) if isinstance(self.given[i], (float, int)) else x
        return copies

    def outputs(self, values: Values) -> list[Array]:
        """The outputs as float64 arrays."""
        with random_state(self.seed), np.errstate(all="ignore"):
            return parts_of(self.forward(values))

    def flat(self, values: Mapping[str, Array]) -> Array:
        """All outputs as one array."""
        return np.concatenate([y.ravel() for y in self.outputs(dict(values))])

    def expect_untouched(
        self, arguments: Sequence[Any], values: Values, who: str
    ) -> None:
        """Complain if an input is not what it was."""
        for i, before in enumerate(self.arguments(values)):
            if isinstance(before, np.ndarray) and not _same(arguments[i], before):
                raise Complaint(diagnosis("input_mutated", who=who), self.names[i])

    def by_name(self, found: Any) -> dict[str, Any]:
        """The gradients that backward returned, by the names of the inputs."""
        if found is None:
            raise Complaint(diagnosis("nothing"))
        wanted = len(self.places)
        listed = list(found) if isinstance(found, (tuple, list)) else [found]
        if isinstance(found, list) and wanted == 1 and len(listed) != 1:
            listed = [np.asarray(found)]
        if len(listed) == len(self.given) != wanted:
            listed = [listed[i] for i in self.places]
        if len(listed) != wanted:
            raise Complaint(diagnosis("count", got=len(listed), wanted=wanted))
        return {self.names[i]: g for i, g in zip(self.places, listed, strict=True)}


class Functions(Subject):
    """forward and backward as two functions; style: "g", "plain" or "cache"."""

    def __init__(
        self,
        forward: Callable[..., Any],
        backward: Callable[..., Any],
        inputs: Sequence[Any],
        style: str,
        wrt: Any,
        seed: int,
    ) -> None:
        super().__init__(forward, inputs, wrt, seed)
        self.function, self.backward, self.style = forward, backward, style
        self.plain = style == "plain"

    def forward(self, values: Values) -> Any:
        y = self.function(*self.arguments(values))
        return y[0] if self.style == "cache" else y

    def gradients(self, values: Values, g: Any) -> dict[str, Any]:
        arguments = self.arguments(values)
        with random_state(self.seed):
            y = self.function(*arguments)
            self.expect_untouched(arguments, values, "forward")
            upstream = _copied(g)
            if self.style == "cache":
                found = self.backward(upstream, y[1])
            elif self.style == "plain":
                found = self.backward(*arguments)
            else:
                found = self.backward(upstream, *arguments)
        if not self.plain and not _same(upstream, g):
            raise Complaint(diagnosis("g_mutated"))
        self.expect_untouched(arguments, values, "backward")
        return self.by_name(found)

    def complaints(self, g: Any) -> None:
        """Whether the result of one call survives the next."""
        first = self.function(*self.arguments(self.values))
        y = first[0] if self.style == "cache" else first
        before = [np.array(part) for part in parts_of(y)]
        other = {name: x * 0.75 for name, x in self.values.items()}
        with np.errstate(all="ignore"):
            self.function(*self.arguments(other))
        if not all(_same(a, b) for a, b in zip(parts_of(y), before, strict=True)):
            raise Complaint(diagnosis("shares_memory", what="y"))


class LayerSubject(Subject):
    """An object with forward, backward, parameters and their gradients."""

    def __init__(
        self,
        make: Any,
        inputs: Sequence[Any],
        params: Mapping[str, str] | None,
        training: bool | None,
        accumulates: bool | None,
        wrt: Any,
        seed: int,
    ) -> None:
        is_factory = inspect.isclass(make) or not hasattr(make, "forward")
        self.make = make if is_factory else None
        self.instance = None if self.make else make
        self.kinds, self.training, self.accumulates = params, training, accumulates
        self.seed = seed
        with random_state(seed):
            layer = self.fresh()
        super().__init__(layer.forward, inputs, wrt, seed)
        self.own = list(self.parameters(layer))
        for name, p in self.parameters(layer).items():
            self.values[name] = np.array(p, np.float64)

    def fresh(self) -> Any:
        """A layer that nobody has used yet."""
        return self.make() if self.make else copy.deepcopy(self.instance)

    def parameters(self, layer: Any) -> dict[str, Any]:
        """Its parameters by name."""
        if self.kinds is not None:
            return {name: getattr(layer, name) for name in self.kinds}
        return dict(getattr(layer, "params", {}))

    def set(self, layer: Any, name: str, value: Array) -> None:
        """Give a parameter another value, wherever the layer holds it."""
        old = self.parameters(layer)[name]
        if isinstance(old, np.ndarray) and old.dtype == np.float64:
            old[...] = value
            return
        new = np.array(value) if np.ndim(old) else float(value)
        for attribute, held in list(vars(layer).items()):
            if held is old:
                setattr(layer, attribute, new)
        if self.kinds is not None:
            setattr(layer, name, new)
        else:
            layer.params[name] = new

    def ready(self, values: Values) -> tuple[Any, list[Any]]:
        """A fresh layer with these parameters, and the inputs."""
        layer = self.fresh()
        for name in self.own:
            self.set(layer, name, values[name])
        return layer, self.arguments(values)

    def call(self, layer: Any, arguments: Sequence[Any]) -> Any:
        """Its forward, in the mode that was asked for."""
        if self.training is None:
            return layer.forward(*arguments)
        return layer.forward(*arguments, training=self.training)

    def forward(self, values: Values) -> Any:
        layer, arguments = self.ready(values)
        return self.call(layer, arguments)

    def gradients(self, values: Values, g: Any) -> dict[str, Any]:
        with random_state(self.seed):
            layer, arguments = self.ready(values)
            self.call(layer, arguments)
            self.expect_untouched(arguments, values, "forward")
            self.expect_parameters(layer, values, "forward")
            upstream = _copied(g)
            found = layer.backward(upstream)
        if not _same(upstream, g):
            raise Complaint(diagnosis("g_mutated"))
        self.expect_untouched(arguments, values, "backward")
        self.expect_parameters(layer, values, "backward")
        own = {name: self.gradient_of(layer, name) for name in self.own}
        if not self.places:
            return own
        return self.by_name(found) | {k: _copied(v) for k, v in own.items()}

    def expect_parameters(self, layer: Any, values: Values, who: str) -> None:
        """Complain if a parameter is not what it was."""
        for name, p in self.parameters(layer).items():
            if not _same(p, values[name]):
                raise Complaint(diagnosis("params_mutated", who=who), name)

    def gradient_of(self, layer: Any, name: str) -> Any:
        """What backward stored for a parameter."""
        if self.kinds is not None:
            found = getattr(layer, self.kinds[name], None)
        else:
            found = getattr(layer, "grads", {}).get(name)
        if found is None:
            raise Complaint(diagnosis("missing", where=name), name)
        return found

    def complaints(self, g: Any) -> None:
        """A second forward and backward of the same layer."""
        with random_state(self.seed), np.errstate(all="ignore"):
            layer, arguments = self.ready(self.values)
            y = self.call(layer, arguments)
            before = [np.array(part) for part in parts_of(y)]
            dx = layer.backward(_copied(g))
            _expect_same(parts_of(y), before, "y")
            own = {name: np.array(self.gradient_of(layer, name)) for name in self.own}
            slopes = [np.array(part) for part in parts_of(dx)]
            other = {name: x * 0.75 for name, x in self.values.items()}
            self.call(layer, self.arguments({**self.values, **other}))
            _expect_same(parts_of(y), before, "y")
        _expect_same(parts_of(dx), slopes, "dx")
        if self.accumulates is not None and self.own:
            self.expect_accumulation(g, own)

    def expect_accumulation(self, g: Any, own: Mapping[str, Array]) -> None:
        """Whether a second backward adds to the gradients, as agreed, or replaces them."""
        with random_state(self.seed):
            layer, arguments = self.ready(self.values)
            for _ in range(2):
                self.call(layer, arguments)
                layer.backward(_copied(g))
        for name, once in own.items():
            twice = np.asarray(self.gradient_of(layer, name))
            if once.any() and self.accumulates and np.allclose(twice, once):
                raise Complaint(diagnosis("overwritten"), name)
            if once.any() and not self.accumulates and np.allclose(twice, 2 * once):
                raise Complaint(diagnosis("accumulated"), name)


class Engine(Subject):
    """A function written with somebody's own autograd: leaf(x), y.backward(), leaf.grad."""

    def __init__(
        self,
        build: Callable[..., Any],
        inputs: Sequence[Any],
        leaf: Callable[[Any], Any],
        data: str,
        grad: str,
        wrt: Any,
        seed: int,
    ) -> None:
        super().__init__(build, inputs, wrt, seed)
        self.build, self.leaf, self.data, self.grad = build, leaf, data, grad

    def leaves(self, values: Values) -> list[Any]:
        """The inputs, those to be differentiated as leaves of the engine."""
        arguments = self.arguments(values)
        for i in self.places:
            arguments[i] = self.leaf(arguments[i])
        return arguments

    def forward(self, values: Values) -> Any:
        return getattr(self.build(*self.leaves(values)), self.data)

    def gradients(self, values: Values, g: Any) -> dict[str, Any]:
        with random_state(self.seed):
            leaves = self.leaves(values)
            y = self.build(*leaves)
            (y * g if np.size(g) == 1 else (y * g).sum()).backward()
        found = {}
        for i in self.places:
            gradient = getattr(leaves[i], self.grad, None)
            if gradient is None:
                raise Complaint(diagnosis("detached"), self.names[i])
            if not _same(getattr(leaves[i], self.data), values[self.names[i]]):
                raise Complaint(diagnosis("input_mutated"), self.names[i])
            found[self.names[i]] = gradient
        return found


_SPARE = np.random.MT19937(0)


@contextmanager
def random_state(seed: int) -> Iterator[None]:
    """Within the block np.random starts from `seed`; afterwards it is as before.

    It draws from another generator meanwhile: copying its state would be much slower.
    """
    before = np.random.get_bit_generator()
    np.random.set_bit_generator(_SPARE)
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_bit_generator(before)


def parts_of(y: Any) -> list[Array]:
    """One output or several as a list of arrays; Complaint if one is float32."""
    listed = list(y) if isinstance(y, tuple) else [y]
    parts = [np.asarray(part) for part in listed if part is not None]
    if any(part.dtype in (np.float32, np.float16) for part in parts):
        raise Complaint(diagnosis("float32"))
    return [part if part.dtype == np.float64 else part.astype(float) for part in parts]


def _expect_same(now: Sequence[Array], before: Sequence[Array], what: str) -> None:
    if not all(_same(a, b) for a, b in zip(now, before, strict=True)):
        raise Complaint(diagnosis("shares_memory", what=what))


def _names(call: Callable[..., Any], count: int) -> list[str]:
    """The names of a function's positional arguments."""
    try:
        parameters = list(inspect.signature(call).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    named = [p.name for p in parameters if p.kind in kinds]
    return [named[i] if i < len(named) else f"input {i}" for i in range(count)]


def _chosen(wrt: Any, names: Sequence[str]) -> set[int]:
    listed = [wrt] if isinstance(wrt, (int, str)) else wrt
    return {names.index(w) if isinstance(w, str) else int(w) for w in listed}


def _is_float(x: Any) -> bool:
    if isinstance(x, (float, np.ndarray, np.floating)):
        return np.asarray(x).dtype.kind == "f"
    return isinstance(x, (list, tuple)) and np.asarray(x).dtype.kind == "f"


def _copied(x: Any) -> Any:
    if isinstance(x, tuple):
        return tuple(_copied(part) for part in x)
    return np.array(x) if isinstance(x, np.ndarray) else copy.deepcopy(x)


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, tuple):
        return all(_same(x, y) for x, y in zip(a, b, strict=True))
    return np.shape(a) == np.shape(b) and bool(np.array_equal(a, b, equal_nan=True))

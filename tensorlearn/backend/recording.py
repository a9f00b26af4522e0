"""What makes a backend function work on arrays, Tensors and Symbols alike.

`@on_values("x", "y")` names the arguments that hold values. Arrays and numbers there
become Tensors; if a Symbol is anywhere among the arguments, nothing is computed: the call
is recorded as a `BackendFunction` layer, which replays the same function on Tensors. So a
function is written once, for Tensors, and cannot differ between the two.
"""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tensorlearn import ops
from tensorlearn.autograd import Parameter, Tensor, no_grad
from tensorlearn.autograd.tensor import wrap
from tensorlearn.backend.structure import (
    common,
    decoded,
    encoded,
    factors,
    filled,
    flatten,
    sizes_in,
    slotted,
    symbols_like,
    without,
)
from tensorlearn.config import random_stream
from tensorlearn.declare.fields import arg
from tensorlearn.engine import Call, Layer, Operation, Pass, Symbol
from tensorlearn.engine.context import check_probe
from tensorlearn.engine.layer import automatic_name
from tensorlearn.wording import say

FUNCTIONS: dict[str, Callable[..., Any]] = {}
"""Every recorded function by name: how a saved `BackendFunction` finds it again."""

_PROBES = ((2, 3), (12, 24))
_NUMBERS = (float, int, bool)
_TENSORS = {Tensor, Parameter}
_ENLARGING = {
    "conv2d_transpose", "conv3d_transpose", "eye", "one_hot", "ones", "random_binomial",
    "random_normal", "random_uniform", "repeat", "repeat_elements", "resize_images",
    "resize_volumes", "spatial_2d_padding", "spatial_3d_padding", "temporal_padding",
    "tile", "truncated_normal", "zeros",
}  # fmt: skip
_PLAIN = {*_TENSORS, *_NUMBERS, str, type(None)}


def on_values(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: the arguments `names` hold values; the first one is always a Tensor.

    A float array next to a Tensor takes the Tensor's number type, a plain number stays.
    Results are Tensors.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        order = list(inspect.signature(function).parameters)
        places = [(order.index(name), name) for name in names]
        first = names[0] if names else None
        at = places[0][0] if places else len(order)

        @functools.wraps(function)
        def apply(*args: Any, **kwargs: Any) -> Any:
            if len(args) > at and type(args[at]) in _TENSORS:
                kinds = {*map(type, args), *map(type, kwargs.values())}
                if kinds <= _PLAIN:  # the common case: nothing to lift or to record
                    y = function(*args, **kwargs)
                    return y if type(y) is Tensor else as_tensors(y)
            if has_symbol(args) or (kwargs and has_symbol(kwargs.values())):
                return record(apply, args, kwargs)
            given = list(args)
            found = [v for i, _ in places for v in given[i : i + 1]]
            found += [kwargs[name] for name in names if name in kwargs]
            dtype = _float_type(found)
            for i, name in places:
                if i < len(given):
                    given[i] = _lifted(given[i], dtype, name == first)
                elif name in kwargs:
                    kwargs[name] = _lifted(kwargs[name], dtype, name == first)
            return as_tensors(function(*given, **kwargs))

        FUNCTIONS[function.__name__] = apply
        return apply

    return decorate


def has_symbol(values: Iterable[Any]) -> bool:
    """Whether a Symbol is among the values, or in a list or tuple among them."""
    for value in values:
        if isinstance(value, Symbol):
            return True
        if isinstance(value, (list, tuple)) and has_symbol(value):
            return True
    return False


def _float_type(values: Sequence[Any]) -> Any:
    for value in values:
        if isinstance(value, Tensor) and value.data.dtype.kind == "f":
            return value.data.dtype
        if isinstance(value, (list, tuple)):
            inner = _float_type(value)
            if inner is not None:
                return inner
    return None


def _lifted(value: Any, dtype: Any, always: bool) -> Any:
    if isinstance(value, Tensor) or value is None:
        return value
    if type(value) in _NUMBERS and not always:
        return value
    return tensor_of(value, dtype)


def tensor_of(value: Any, dtype: Any = None) -> Tensor:
    """`value` as a Tensor; floats take `dtype` if it is given, Python floats `floatx`."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, Symbol):
        raise _outer_symbol()
    if isinstance(value, (list, tuple)) and any(isinstance(v, Tensor) for v in value):
        return ops.stack([tensor_of(v, dtype) for v in value])
    made = Tensor(value)
    if dtype is not None and (made.dtype.kind == "f" or type(value) in _NUMBERS):
        return wrap(made.data.astype(dtype, copy=False), None)
    return made


def _outer_symbol() -> ValueError:
    return ValueError(
        say(
            "a function passed to the backend (K.map_fn, K.rnn, ...) uses a Symbol from "
            "outside, which has no value there; pass it as an argument (K.rnn has "
            "`constants` for that)"
        )
    )


def as_tensors(result: Any) -> Any:
    """A result with its arrays and numbers turned into Tensors."""
    if isinstance(result, (Tensor, Symbol)) or result is None:
        return result
    if isinstance(result, (list, tuple)):
        return type(result)([as_tensors(part) for part in result])
    return wrap(np.asarray(result), None)


def array_of(value: Any) -> np.ndarray[Any, Any]:
    """The plain array behind a Tensor, an array or a number."""
    return value.data if isinstance(value, Tensor) else np.asarray(value)


def integers(values: Any) -> tuple[int, ...]:
    """A shape or list of sizes as plain integers; its entries may be Tensors."""
    if isinstance(values, Tensor):
        values = values.data
    single = not isinstance(values, (list, tuple)) and not np.ndim(values)
    listed = [values] if single else values
    return tuple(-1 if v is None else int(array_of(v)) for v in listed)


# ---- random numbers within a replay ----


class _Drawing(threading.local):
    stream: np.random.Generator | None = None
    trying = False


_drawing = _Drawing()


def is_dry_run() -> bool:
    """Whether a recorded function is only being tried out, to learn its shape."""
    return _drawing.trying


def drawing_stream(seed: int | None) -> np.random.Generator:
    """Where a random function draws from: its recorded node's stream, else a new one."""
    return _drawing.stream or random_stream(seed)


# ---- recording ----


class BackendFunction(Layer):
    """One backend function applied to Symbols (`K.sum(x, axis=1)`), kept as a layer."""

    supports_masking = True

    function: str = arg.anything(doc="name of the backend function")
    arguments: list[Any] = arg.anything([], doc="its arguments; inputs as slots")
    options: dict[str, Any] = arg.anything({}, doc="its keyword arguments, likewise")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        name = kwargs.get("function", args[0] if args else "")
        kwargs["name"] = kwargs.get("name") or automatic_name(f"k_{name}")
        super().__init__(*args, **kwargs)
        self.arguments = decoded(self.arguments)
        self.options = {k: decoded(v) for k, v in self.options.items()}
        self.stream: np.random.Generator | None = None
        seed = self.options.get("seed")
        if "seed" in inspect.signature(FUNCTIONS[self.function]).parameters:
            self.stream = random_stream(seed)

    def call(self, inputs: Any) -> Any:
        """The function on the inputs; nested results as one list."""
        flat: list[Any] = []
        flatten(self._result(inputs), flat)
        return flat if len(flat) > 1 else flat[0]

    def _result(self, inputs: Any) -> Any:
        given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        args = [filled(a, given) for a in self.arguments]
        options = {k: filled(v, given) for k, v in self.options.items()}
        before, _drawing.stream = _drawing.stream, self.stream
        try:
            result = FUNCTIONS[self.function](*args, **options)
        finally:
            _drawing.stream = before
        if has_symbol([result]):
            raise _outer_symbol()
        return result

    def _record(
        self, inputs: list[Any], listed: bool, arguments: dict[str, Any]
    ) -> Any:
        found = self._infer(inputs)
        symbols: list[Symbol] = []
        result = symbols_like(found, self.name, symbols)
        self.built = True
        Call(self, inputs, symbols, arguments, listed=True)
        return result

    def _infer(self, inputs: list[Symbol]) -> Any:
        """The result's structure with (shape, dtype) as leaves, from dry runs.

        Two runs show which lengths depend on the unknown ones. If other arguments force
        the unknown lengths, a size that occurs in them is tried.
        """
        trouble: Exception | None = None
        for pair in _PROBES:
            try:
                first, second = (self._dry_run(inputs, n) for n in pair)
            except (ValueError, IndexError, TypeError) as error:
                trouble = trouble or error
                continue
            return common(first, second)
        for n in sorted(sizes_in([inputs, self.arguments, *self.options.values()])):
            try:
                return without(self._dry_run(inputs, n), n)
            except (ValueError, IndexError, TypeError):
                continue
        assert trouble is not None
        raise trouble

    def _dry_run(self, inputs: list[Symbol], n: int) -> Any:
        probes = [probe(x, n) for x in inputs]
        if self.function in _ENLARGING:
            sizes = factors([self.arguments, list(self.options.values())])
            check_probe([*sizes, *(max(1, x.data.size) for x in probes)])
        before = self.stream
        if before is not None:  # a try must not use up the numbers of the real run
            self.stream = random_stream(0)
        _drawing.trying = True
        try:
            with Pass(training=False) as dry, no_grad(), np.errstate(all="ignore"):
                dry.losses = []
                return self._result(probes)
        finally:
            self.stream, _drawing.trying = before, False

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape(s) of the result, by trying the function on zeros."""
        single = all(n is None or isinstance(n, int) for n in input_shape)
        shapes = [input_shape] if single else list(input_shape)
        flat: list[Any] = []
        flatten(self._infer([Symbol(shape) for shape in shapes]), flat)
        found = [leaf.shape for leaf in flat]
        return found[0] if len(found) == 1 else found

    def output_masked(
        self, masked: list[bool], inputs: list[Symbol], listed: bool
    ) -> list[bool]:
        """Never: as in Keras, a mask ends at a backend function."""
        return [False]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """None: as in Keras, a mask ends at a backend function."""
        return None

    def get_config(self) -> dict[str, Any]:
        """The function's name and its arguments as plain data."""
        config = super().get_config()
        config["arguments"] = [encoded(v, self) for v in self.arguments]
        config["options"] = {k: encoded(v, self) for k, v in self.options.items()}
        return config


def record(
    apply: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
) -> Any:
    """Note a call of a backend function on Symbols, and return the Symbols it makes."""
    inputs: list[Symbol] = []
    layer = BackendFunction(
        function=apply.__name__,
        arguments=[slotted(a, inputs) for a in args],
        options={k: slotted(v, inputs) for k, v in kwargs.items()},
    )
    return layer(inputs)


def probe(symbol: Symbol, n: int) -> Tensor:
    """A stand-in for a dry run: zeros with n for every unknown length.

    Integers computed from shapes (`K.shape(x)[0]`) get the value they have for that n, so
    that shapes built from them come out right.
    """
    call = symbol.call
    if (
        call is not None
        and np.dtype(symbol.dtype).kind in "iu"
        and isinstance(call.layer, (BackendFunction, Operation))
    ):
        result = call.layer.call([probe(x, n) for x in call.inputs])
        return result[symbol.index] if isinstance(result, list) else result
    shape = [n if length is None else length for length in symbol.shape]
    check_probe(shape)
    return wrap(np.zeros(shape, symbol.dtype), None)

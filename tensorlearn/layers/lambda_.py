"""Lambda: any function of Tensors as a layer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tensorlearn.autograd import Tensor
from tensorlearn.autograd.tensor import wrap
from tensorlearn.declare.fields import Field, arg, label, plain
from tensorlearn.declare.registry import activations, get_custom_objects
from tensorlearn.engine.layer import Layer
from tensorlearn.engine.recorded import Recorded
from tensorlearn.engine.shapes import is_shape
from tensorlearn.wording import say, suggest


class _Function(Field):
    wanted = "a function of one Tensor (or of one list of Tensors)"
    bad = ("square", 3)

    def check(self, owner: Any, value: Any) -> Any:
        if not callable(value):
            raise self.refuse(owner, value, TypeError)
        return value


class _OutputShape(Field):
    """The argument `output_shape`, whose name is also that of a property of all layers."""

    wanted = "a list, a tuple, or a function"
    bad = ("same", 3)

    def check(self, owner: Any, value: Any) -> Any:
        if value is None or callable(value):
            return value
        if not is_shape(value):
            raise TypeError(
                say(
                    "{owner}: In Lambda, `output_shape` must be a list, a tuple, or a "
                    "function, got {value!r}",
                    owner=label(owner),
                    value=value,
                )
            )
        return tuple(value)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else Recorded.output_shape.__get__(instance)

    def __set__(self, instance: Any, value: Any) -> None:
        instance._shape_rule = value

    def read(self, owner: Any) -> Any:
        return owner._shape_rule


class _Arguments(Field):
    wanted = "a dictionary of keyword arguments"
    bad = ([1], "alpha")

    def check(self, owner: Any, value: Any) -> Any:
        if not isinstance(value or {}, Mapping):
            raise self.refuse(owner, value, TypeError)
        return dict(value or {})


class Lambda(Layer):
    """`function(x, **arguments)` as a layer, differentiable like everything else.

    The function gets a Tensor (a list if the layer is called on one), and the mask if it
    has a parameter of that name. Where the shape of its output cannot be found by trying
    it on zeros, state `output_shape`: without the batch axis, or as a function of the
    input shape. mask: what goes on as mask, an array or a function (inputs, mask).

    Only a named function can be written to a file, by its name; whoever reads the file
    passes it in custom_objects.

    >>> import numpy as np
    >>> Lambda(lambda x: x ** 2)(np.array([[3.0]])).numpy()
    array([[9.]], dtype=float32)
    """

    positional = ("function", "output_shape")

    function: Callable[..., Any] = _Function(doc="what is computed")
    output_shape: Any = _OutputShape(None, "shape of the result, or how to find it")
    mask: Any = arg.anything(None, "mask of the result, or how to find it")
    arguments: dict[str, Any] = _Arguments(None, "more keyword arguments of function")

    def configure(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Also note what the function wants to know."""
        super().configure(args, kwargs)
        self.supports_masking = self.mask is not None
        self._wants_mask = _has_parameter(self.function, "mask")

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """What the function returns, as Tensors."""
        arguments = self.arguments
        if self._wants_mask:
            arguments = {"mask": mask, **arguments}
        result = self.function(inputs, **arguments)
        if result is None:
            return None
        if isinstance(result, (list, tuple)):
            return [_as_tensor(y) for y in result]
        return _as_tensor(result)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """As `output_shape` says, else by trying the function on zeros."""
        rule = self._shape_rule
        if rule is None:
            return self._try_out(input_shape)
        if callable(rule):
            found = rule(input_shape)
            if not isinstance(found, (list, tuple)):
                raise ValueError(
                    say(
                        "{owner}: the function `output_shape` must return a tuple, got "
                        "{found!r}",
                        owner=label(self),
                        found=found,
                    )
                )
            return tuple(found) if is_shape(found) else [tuple(s) for s in found]
        first = input_shape if is_shape(input_shape) else input_shape[0]
        return (first[0], *rule)

    def _try_out(self, input_shape: Any) -> Any:
        try:
            return super().compute_output_shape(input_shape)
        except Exception as error:
            raise ValueError(
                say(
                    "{owner}: the function failed on zeros of shape {shape}, so the shape "
                    "of its output is unknown: {kind}: {error}. If it works on real data, "
                    "pass output_shape=(...) without the batch axis, or a function of the "
                    "input shape",
                    owner=label(self),
                    shape=input_shape,
                    kind=type(error).__name__,
                    error=error,
                )
            ) from error

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """What `mask` says; without it an incoming mask ends here, as in Keras."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict[str, Any]:
        """Functions are written by name; TypeError for a bare lambda."""
        config = super().get_config()
        config["function"], config["function_type"] = self._name(
            "function", self.function
        )
        rule = self._shape_rule
        config["output_shape"], config["output_shape_type"] = (
            self._name("output_shape", rule) if callable(rule) else (plain(rule), "raw")
        )
        if callable(self.mask):
            config["mask"] = {"function": self._name("mask", self.mask)[0]}
        config["arguments"] = {k: _encoded(v) for k, v in self.arguments.items()}
        return config

    def _name(self, argument: str, function: Any) -> tuple[str, str]:
        name = getattr(function, "__name__", None)
        if name is None or name == "<lambda>":
            raise TypeError(
                say(
                    "{owner}: `{argument}` has no name ({got}) and cannot be written to "
                    "a configuration; define it with `def some_name(x): ...` and pass "
                    "custom_objects={{'some_name': some_name}} when you load",
                    owner=label(self),
                    argument=argument,
                    got=name or type(function).__name__,
                )
            )
        return name, "function"

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Lambda:
        """The layer again; its functions are looked up by name, nothing is executed."""
        values = dict(config)
        for argument in ("function", "output_shape"):
            kind = values.pop(f"{argument}_type", "raw")
            if kind == "lambda":
                raise ValueError(
                    say(
                        "Lambda {name!r}: `{argument}` is stored as bytecode, which is "
                        "never executed here; rebuild the model in code and load its "
                        "weights, or save it with a named function",
                        name=values.get("name"),
                        argument=argument,
                    )
                )
            if kind == "function":
                values[argument] = _find(argument, values[argument])
        if isinstance(values.get("mask"), Mapping):
            values["mask"] = _find("mask", values["mask"]["function"])
        arguments = values.get("arguments") or {}
        values["arguments"] = {k: _decoded(v) for k, v in arguments.items()}
        return cls(**values)


def _find(argument: str, name: Any) -> Any:
    for table in (get_custom_objects(), activations.known):
        if name in table:
            return table[name]
    raise ValueError(
        say(
            "Lambda: `{argument}` is the function {name!r}, which is not known here; pass "
            "custom_objects={{{name!r}: ...}}{hint}",
            argument=argument,
            name=name,
            hint=suggest(name, get_custom_objects()),
        )
    )


def _has_parameter(function: Any, name: str) -> bool:
    try:
        return name in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False


def _as_tensor(value: Any) -> Tensor:
    return value if isinstance(value, Tensor) else wrap(np.asarray(value), None)


def _encoded(value: Any) -> Any:
    """Keras's form of an array inside `arguments`."""
    if isinstance(value, np.ndarray):
        return {"type": "ndarray", "value": value.tolist(), "dtype": value.dtype.name}
    return plain(value)


def _decoded(value: Any) -> Any:
    if isinstance(value, Mapping) and value.get("type") == "ndarray":
        return np.array(value["value"], value.get("dtype"))
    return value

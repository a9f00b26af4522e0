"""Layer: declared arguments, weights made on first use, and a call that says what to do.

Nobody writes a layer's gradient, configuration or legacy names: they follow from what is
declared. Called on arrays or Tensors a layer computes; called on Symbols it is recorded.
"""

from __future__ import annotations

import inspect
import re
from typing import Any, ClassVar

import numpy as np

from tensorlearn.autograd import Parameter, Tensor
from tensorlearn.autograd.tensor import as_array, wrap
from tensorlearn.config import floatx, get_uid
from tensorlearn.declare import keras1
from tensorlearn.declare.fields import Configured, label, plain
from tensorlearn.declare.registry import layers
from tensorlearn.engine.context import Pass, check_probe, current_pass
from tensorlearn.engine.keras_names import KerasLayer
from tensorlearn.engine.recorded import Recorded
from tensorlearn.engine.shapes import (
    InputSpec,
    Shape,
    check_rule,
    infer_shape,
    is_shape,
    one_each,
)
from tensorlearn.engine.symbol import Call, Symbol
from tensorlearn.engine.weighted import Weighted
from tensorlearn.wording import say

_COMMON = (
    "name",
    "trainable",
    "dtype",
    "weights",
    "input_shape",
    "batch_input_shape",
    "batch_size",
    "input_dtype",
)


class Layer(KerasLayer, Recorded, Weighted, Configured):
    """The base of every layer.

    Subclass it, declare fields, and write `call`; `build` if there are weights, and
    `compute_output_shape` if the rule is simple (else it is found by a dry run). A plain
    Keras-style `__init__` that ends in `super().__init__(**kwargs)` works as well.

    Every layer accepts: name, trainable, dtype, weights (initial values), and for the first
    layer of a model input_shape, input_dim, batch_input_shape or batch_size.
    """

    supports_masking = False
    input_spec: Any = None
    _takes: ClassVar[frozenset[str]] = frozenset()
    _makes_mask: ClassVar[bool] = False
    _arguments: tuple[tuple[Any, ...], dict[str, Any]]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = vars(cls)
        if (
            "get_output_shape_for" in own and "compute_output_shape" not in own
        ):  # Keras 1
            setattr(cls, "compute_output_shape", own["get_output_shape_for"])  # noqa: B010
        accepted = inspect.signature(cls.call).parameters
        cls._takes = frozenset({"mask", "training"} & accepted.keys())
        cls._makes_mask = cls.compute_mask is not Layer.compute_mask
        if _is_ours(cls) and not cls.__name__.startswith("_"):
            layers.known.setdefault(cls.__name__, cls)

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        made = super().__new__(cls)
        made._arguments = (
            args,
            kwargs,
        )  # for the configuration of classes without fields
        return made

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        args, kwargs = keras1.translate(type(self), args, kwargs)
        common = {k: kwargs.pop(k) for k in _COMMON if k in kwargs}
        if "input_dim" in kwargs and "input_dim" not in self.fields:
            common["input_shape"] = (kwargs.pop("input_dim"),)
        self.name: str = common.get("name") or automatic_name(type(self).__name__)
        self.trainable: bool = common.get("trainable", True)
        self.dtype: str = common.get("dtype") or common.get("input_dtype") or floatx()
        self.built = False
        self.inbound_nodes = []
        self.outbound_nodes = []
        self._parameters: list[Parameter] = []
        self._losses: list[Any] = []
        self._initial_weights = common.get("weights")
        self._seen_shape: Any = None
        first = _first_shape(self, common)
        if first is not None:
            self.batch_input_shape: Shape = first
        self.configure(args, kwargs)

    # ---- what a subclass may override ----

    def build(self, input_shape: Any) -> None:
        """Make the weights, now that the shape of the input (batch included) is known."""
        self.built = True

    def call(self, inputs: Any) -> Any:
        """What the layer computes; may also take `mask` and `training`."""
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the output for a shape of the input, batch included, None if unknown."""
        shapes = [input_shape] if is_shape(input_shape) else list(input_shape)
        listed = not is_shape(input_shape)

        def compute(*inputs: Any) -> Any:
            with Pass(training=False) as dry:
                dry.losses = []
                return self._compute(list(inputs) if listed else inputs[0], None)

        found = infer_shape(compute, shapes, [self._input_dtype()] * len(shapes))
        return found[0][0] if len(found) == 1 else [shape for shape, _ in found]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the output; refuses one that the layer cannot respect."""
        if self.supports_masking:
            return mask
        if mask is not None and any(
            m is not None for m in (mask if isinstance(mask, list) else [mask])
        ):
            raise TypeError(
                say(
                    "Layer {owner} does not support masking, but was passed an input_mask; "
                    "give the layer before it return_sequences=False or mask_zero=False, "
                    "pool with GlobalAveragePooling1D, or set supports_masking = True in a "
                    "layer of your own that may ignore the mask",
                    owner=label(self),
                )
            )
        return None

    # ---- losses ----

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Add a penalty (a Tensor with one element, or a list) to the total loss."""
        running = current_pass()
        target = self._losses if running is None else running.losses
        target.extend(losses if isinstance(losses, (list, tuple)) else [losses])

    def add_update(self, updates: Any, inputs: Any = None) -> None:
        """Write a state, given as (parameter, new value) or a list of such pairs."""
        pairs = [updates] if isinstance(updates, tuple) else updates
        for parameter, value in pairs:
            parameter.assign(value)

    @property
    def losses(self) -> list[Any]:
        """Weight penalties, and those of the activations of the last direct call."""
        return self.penalties() + self._losses

    # ---- calling ----

    def __call__(self, inputs: Any, **kwargs: Any) -> Any:
        """Compute on arrays or Tensors, or record on Symbols.

        training and mask may be given; what is computed is always a Tensor.
        """
        if "name" not in vars(self):
            raise RuntimeError(not_initialized(self))
        listed = isinstance(inputs, (list, tuple))
        flat = list(inputs) if listed else [inputs]
        if any(isinstance(x, Symbol) for x in flat):
            return self._record(flat, listed, kwargs)
        if listed and not any(isinstance(x, (Tensor, np.ndarray)) for x in flat):
            listed, flat = False, [inputs]  # plain nested numbers
        flat = [x if isinstance(x, Tensor) else self._as_tensor(x) for x in flat]
        given = flat if listed else flat[0]
        outermost = current_pass() is None
        with Pass(kwargs.pop("training", None)) as running:
            self.ensure_built([x.shape for x in flat] if listed else flat[0].shape)
            result = self.run(given, kwargs.pop("mask", None), **kwargs)
        if outermost:
            self._losses = running.losses
        return result

    def _as_tensor(self, x: Any) -> Tensor:
        try:
            array = as_array(x)
        except TypeError as error:
            raise ValueError(
                say(
                    "Layer {owner} was called on {got}, which is neither a Symbol, a "
                    "Tensor nor an array of numbers",
                    owner=label(self),
                    got=type(x).__name__,
                )
            ) from error
        except ValueError as error:
            raise ValueError(f"{label(self)}: {error}") from error
        if array.dtype.kind == "f":
            array = array.astype(self._weight_dtype(), copy=False)
        return wrap(array, None)

    def run_masked(self, inputs: Any, mask: Any, **kwargs: Any) -> tuple[Any, Any]:
        """`run`, and the mask that goes on with the output."""
        outputs = self.run(inputs, mask, **kwargs)
        if mask is None and not self._makes_mask:
            return outputs, None
        return outputs, self.compute_mask(inputs, mask)

    def run(self, inputs: Any, mask: Any = None, **kwargs: Any) -> Any:
        """Check shapes and compute; the path that models take, on Tensors only."""
        shape = [x.shape for x in inputs] if isinstance(inputs, list) else inputs.shape
        if shape == self._seen_shape:
            return self._compute(inputs, mask, **kwargs)
        self.check_shape(shape)
        outputs = self._compute(inputs, mask, **kwargs)
        rule = type(self).compute_output_shape
        if not _is_ours(rule):
            check_rule(label(self), shape, rule(self, shape), outputs)
        self._seen_shape = shape
        return outputs

    def _compute(self, inputs: Any, mask: Any, **kwargs: Any) -> Any:
        if "mask" in self._takes:
            kwargs["mask"] = mask
        running = current_pass()
        if "training" in self._takes:
            kwargs.setdefault("training", bool(running and running.training))
        outputs = self.call(inputs, **kwargs)
        if outputs is None:
            raise ValueError(
                say(
                    "{owner}: `call` returned None; is a return missing?",
                    owner=label(self),
                )
            )
        regularizer = getattr(self, "activity_regularizer", None)
        if regularizer is not None:
            for y in outputs if isinstance(outputs, list) else [outputs]:
                self.add_loss(regularizer(y))
        return outputs

    def ensure_built(self, input_shape: Any) -> None:
        """Make the weights if that has not happened, and give them their initial values."""
        if self.built:
            return
        self.check_shape(input_shape)
        self.build(input_shape)
        self.built = True
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)
            self._initial_weights = None

    def check_shape(self, input_shape: Any) -> None:
        """Raise ValueError unless `input_spec` accepts the shape (or list of shapes)."""
        spec = self.input_spec
        if spec is None:
            return
        specs = [spec] if isinstance(spec, InputSpec) else list(spec)
        shapes = [input_shape] if is_shape(input_shape) else list(input_shape)
        if len(specs) != len(shapes):
            raise ValueError(
                say(
                    "Layer {owner} expects {wanted} inputs, but it received {got}; a "
                    "list means several inputs, so join its parts with ops.stack if they "
                    "are one",
                    owner=label(self),
                    wanted=len(specs),
                    got=len(shapes),
                )
            )
        for index, (one, shape) in enumerate(zip(specs, shapes, strict=True)):
            one.check(label(self), index, shape)

    def _record(
        self, inputs: list[Any], listed: bool, arguments: dict[str, Any]
    ) -> Any:
        """Note a call on Symbols, and return the Symbols of its outputs."""
        for x in inputs:
            if not isinstance(x, Symbol):
                raise ValueError(
                    say(
                        "Layer {owner} was called on a mix of Symbols and {got}; turn "
                        "constants into a layer (Lambda) or an Input",
                        owner=label(self),
                        got=type(x).__name__,
                    )
                )
        shapes = [x.shape for x in inputs]
        self.ensure_built(shapes if listed else shapes[0])
        self.check_shape(shapes if listed else shapes[0])
        found = self.compute_output_shape(shapes if listed else shapes[0])
        several = not is_shape(found)
        found = found if several else [found]
        masks = self.output_masked([x.masked for x in inputs], inputs, listed)
        outputs = [
            Symbol(shape, self.output_dtype(inputs), f"{self.name}/output:{i}", masked)
            for i, (shape, masked) in enumerate(
                zip(found, one_each(masks, len(found)), strict=True)
            )
        ]
        Call(self, inputs, outputs, arguments, listed)
        return outputs if several else outputs[0]

    def output_dtype(self, inputs: list[Symbol]) -> str:
        """Number type of the output for these inputs."""
        return self._weight_dtype()

    def output_masked(
        self, masked: list[bool], inputs: list[Symbol], listed: bool
    ) -> list[bool]:
        """Whether each output will come with a mask, found by asking `compute_mask`."""
        if not self._makes_mask:
            self.compute_mask(None, masked if any(masked) else None)
            return [any(masked) and self.supports_masking]
        probes = [_probe(x) for x in inputs]
        masks = [
            np.ones(p.shape[:2], bool) if m else None
            for p, m in zip(probes, masked, strict=True)
        ]
        result = self.compute_mask(
            probes if listed else probes[0], masks if listed else masks[0]
        )
        found = result if isinstance(result, list) else [result]
        return [m is not None for m in found]

    # ---- configuration ----

    def get_config(self) -> dict[str, Any]:
        """Everything needed to make the layer anew (without weights), as plain data."""
        config: dict[str, Any] = {"name": self.name, "trainable": self.trainable}
        if hasattr(self, "batch_input_shape"):
            config["batch_input_shape"] = self.batch_input_shape
            config["dtype"] = self.dtype
        if type(self).get_config is Layer.get_config and _has_own_init(type(self)):
            config |= self._captured_arguments()
        return _LayerConfig(type(self).__name__, config | super().get_config())

    def _captured_arguments(self) -> dict[str, Any]:
        """The arguments of a hand-written `__init__`, as they were given."""
        args, kwargs = self._arguments
        bound = inspect.signature(type(self).__init__).bind_partial(
            self, *args, **kwargs
        )
        values = dict(list(bound.arguments.items())[1:])
        for parameter in bound.signature.parameters.values():
            if parameter.kind is parameter.VAR_KEYWORD:
                values.update(values.pop(parameter.name, {}))
        return {k: plain(v) for k, v in values.items() if k not in _COMMON}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"


class _LayerConfig(dict[str, Any]):
    """A configuration that remembers its class, so that `layer_from_config` can work."""

    def __init__(self, class_name: str, config: dict[str, Any]) -> None:
        super().__init__(config)
        self.class_name = class_name


def _is_ours(thing: Any) -> bool:
    """Whether a class or function is the library's own."""
    return str(thing.__module__).startswith("tensorlearn.")


def _has_own_init(cls: type[Layer]) -> bool:
    return cls.__init__ is not Layer.__init__ and not cls.fields


def not_initialized(layer: Layer) -> str:
    """What to say of a layer whose own `__init__` forgot that of its base."""
    return say(
        "{owner}: its __init__ did not call super().__init__(**kwargs), so it has neither "
        "a name nor weights; call it before anything else",
        owner=type(layer).__name__,
    )


def automatic_name(class_name: str) -> str:
    """A new name after Keras's fashion: "SimpleRNN" -> "simple_rnn_1"."""
    snake = snake_case(class_name)
    snake = "private" + snake if snake.startswith("_") else snake
    return f"{snake}_{get_uid(snake)}"


def snake_case(class_name: str) -> str:
    """The name in small letters: "SimpleRNN" -> "simple_rnn"."""
    words = re.sub("(.)([A-Z][a-z0-9]+)", r"\1_\2", class_name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", words).lower()


def _first_shape(layer: Layer, common: dict[str, Any]) -> Shape | None:
    """The batch input shape that the constructor's arguments describe, if any."""
    if common.get("batch_input_shape") is not None:
        return _as_shape(layer, "batch_input_shape", common["batch_input_shape"])
    if common.get("input_shape") is not None:
        shape = _as_shape(layer, "input_shape", common["input_shape"])
        return (common.get("batch_size"), *shape)
    return None


def _as_shape(layer: Layer, argument: str, value: Any) -> Shape:
    if not is_shape(value):
        raise TypeError(
            say(
                "{owner}: `{argument}` must be a tuple of integers or None, got {value!r}; "
                "write ({value},) for a single axis",
                owner=label(layer),
                argument=argument,
                value=value,
            )
        )
    if any(n is not None and n < 0 for n in value):
        raise ValueError(
            say(
                "{owner}: `{argument}` must hold lengths ≥ 0, or None where any will do, "
                "got {value!r}",
                owner=label(layer),
                argument=argument,
                value=value,
            )
        )
    return tuple(None if n is None else int(n) for n in value)


def _probe(symbol: Symbol) -> Tensor:
    shape = [2 if n is None else n for n in symbol.shape]
    check_probe(shape)
    return wrap(np.ones(shape, symbol.dtype), None)

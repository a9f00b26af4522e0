"""Wrappers: layers that apply another layer, to every step or in both directions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tensorlearn import ops
from tensorlearn.declare.fields import Field, label
from tensorlearn.declare.registry import custom_object_scope
from tensorlearn.declare.registry import layers as known_layers
from tensorlearn.engine.layer import Layer
from tensorlearn.engine.shapes import InputSpec, Shape, is_shape
from tensorlearn.layers.rnn import fold_states, listed
from tensorlearn.wording import say

__all__ = ["Bidirectional", "TimeDistributed", "Wrapper"]


class _Inner(Field):
    """A layer, or its configuration."""

    wanted = "a layer"
    bad = (3, "no such layer")

    def check(self, owner: Any, value: Any) -> Any:
        found = known_layers.get(value) if isinstance(value, (str, dict)) else value
        if not isinstance(found, Layer):
            raise self.refuse(owner, value)
        return found

    def dump(self, value: Any) -> Any:
        return known_layers.serialize(value)


class Wrapper(Layer):
    """The base of layers that hold another one; its weights and losses are theirs."""

    supports_masking = True

    layer: Any = _Inner(doc="the layer that is wrapped")

    def name_weights(self, layer: Layer, prefix: str) -> None:
        """Call the weights of a layer that was just built after this one."""
        for weight in layer.weights:
            weight.name = f"{self.name}/{prefix}{weight.name.split('/', 1)[-1]}"


class TimeDistributed(Wrapper):
    """Applies a layer to every step of time alike.   (N, T, ...) -> (N, T, ...)

    Time is folded into the batch, so the layer sees (N·T, ...): all steps at once. A layer
    that acts on the last axis only, as Dense does, needs no such wrapper.
    """

    input_spec = InputSpec(min_ndim=3)

    def build(self, input_shape: Any) -> None:
        """Build the layer for one step."""
        if not self.layer.built:
            self.layer.ensure_built(_without_time(input_shape))
            self.name_weights(self.layer, "")

    def call(self, x: Any, mask: Any = None) -> Any:
        """The layer on all steps of all samples."""
        y = self.layer.run(self._folded(x), self._inner_mask(x, mask))
        # (N*T, ...) -> (N, T, ...)
        return ops.reshape(y, shape=(*x.shape[:2], *y.shape[1:]))

    def _folded(self, x: Any) -> Any:
        return ops.reshape(x, shape=(-1, *x.shape[2:]))  # (N, T, ...) -> (N*T, ...)

    def _inner_mask(self, x: Any, mask: Any) -> Any:
        """What a mask says about the inside of each step; nothing if it is (N, T)."""
        if mask is None or np.ndim(mask) < 3:
            return None
        mask = np.asarray(mask)
        return mask.reshape(-1, *mask.shape[2:])  # (N, T, S) -> (N*T, S)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the layer's output, with the axis of time put back."""
        inside = self.layer.compute_output_shape(_without_time(input_shape))
        if not is_shape(inside):
            raise ValueError(
                say(
                    "{owner}: the layer inside must have one output, but {inner} has "
                    "{count}",
                    owner=label(self),
                    inner=label(self.layer),
                    count=len(inside),
                )
            )
        return (input_shape[0], input_shape[1], *inside[1:])

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """What the layer makes of each step's mask, else which steps count."""
        inside = self._inner_mask(inputs, mask)
        if inside is not None or self.layer._makes_mask:
            made = self.layer.compute_mask(self._folded(inputs), inside)
            if made is not None:
                return np.reshape(made, (*inputs.shape[:2], *np.shape(made)[1:]))
        if mask is None or np.ndim(mask) < 3:
            return mask
        return np.any(mask, axis=tuple(range(2, np.ndim(mask))))

    def reset_states(self, states: Any = None) -> None:
        """Forget the states of a recurrent layer inside."""
        self.layer.reset_states(states)


def _without_time(shape: Any) -> Shape:
    return (None, *tuple(shape)[2:])


class _MergeMode(Field):
    wanted = "'sum', 'mul', 'concat', 'ave' or None"
    bad = ("max", 3)

    def check(self, owner: Any, value: Any) -> Any:
        if value not in (*_MERGES, None):
            raise self.refuse(owner, value)
        return value


_MERGES = {
    "sum": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "ave": lambda a, b: (a + b) * 0.5,
    "concat": lambda a, b: ops.concatenate([a, b], axis=-1),
}


class Bidirectional(Wrapper):
    """Reads a sequence in both directions, with two copies of a recurrent layer.

    merge_mode says what becomes of the two outputs (Schuster & Paliwal 1997). With
    return_sequences the second is turned round, so that both speak of the same step; with
    return_state the states follow, forward's first. An `initial_state` has one half for
    each direction.
    """

    positional = ("layer", "merge_mode")

    merge_mode: Any = _MergeMode(
        "concat", "how the two outputs are combined; None gives both"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if len(args) > 2:  # weights may be given third
            args, kwargs["weights"] = args[:2], args[2]
        self._num_constants: int | None = kwargs.pop("num_constants", None)
        super().__init__(*args, **kwargs)
        inner = self.layer
        if not hasattr(inner, "go_backwards") or not hasattr(inner, "return_sequences"):
            raise ValueError(
                say(
                    "{owner}: `layer` must be recurrent (with `go_backwards` and "
                    "`return_sequences`), got {got}",
                    owner=label(self),
                    got=label(inner),
                )
            )
        self.forward_layer = _copy(inner, f"forward_{inner.name}")
        self.backward_layer = _copy(
            inner, f"backward_{inner.name}", go_backwards=not inner.go_backwards
        )
        if inner.built:
            self.forward_layer._initial_weights = inner.get_weights()

    @property
    def return_sequences(self) -> bool:
        """As the layer has it."""
        return bool(self.layer.return_sequences)

    @property
    def return_state(self) -> bool:
        """As the layer has it."""
        return bool(getattr(self.layer, "return_state", False))

    @property
    def stateful(self) -> bool:
        """As the layer has it."""
        return bool(getattr(self.layer, "stateful", False))

    def sublayers(self) -> Iterator[Layer]:
        """The two copies; the layer that was given is only their model."""
        yield from (self.forward_layer, self.backward_layer)

    def build(self, input_shape: Any) -> None:
        """Build both copies."""
        for layer, shapes in zip(
            self.sublayers(), self._halves(self._shapes(input_shape)), strict=True
        ):
            layer._num_constants = self._num_constants
            layer.ensure_built(shapes if len(shapes) > 1 else shapes[0])
            self.name_weights(layer, f"{layer.name}/")

    def _shapes(self, input_shape: Any) -> list[Any]:
        return [input_shape] if is_shape(input_shape) else list(input_shape)

    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        constants: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Run over sequences; see the class for `initial_state`."""
        if initial_state is not None and len(listed(initial_state)) % 2:
            raise ValueError(
                say(
                    "{owner}: `initial_state` must be a list of an even number of states, "
                    "the first half for the forward layer, got {got}",
                    owner=label(self),
                    got=len(listed(initial_state)),
                )
            )
        if constants is not None:
            self._num_constants = len(listed(constants))
        folded = fold_states(self, inputs, initial_state, constants)
        return super().__call__(folded, **kwargs)

    def _halves(self, parts: list[Any]) -> tuple[list[Any], list[Any]]:
        """What each direction gets of [sequence, states..., constants...]."""
        end = len(parts) - (self._num_constants or 0)
        x, states, constants = parts[:1], parts[1:end], parts[end:]
        half = len(states) // 2
        return [*x, *states[:half], *constants], [*x, *states[half:], *constants]

    def check_shape(self, input_shape: Any) -> None:
        """What the layer accepts."""
        for layer, shapes in zip(
            self.sublayers(), self._halves(self._shapes(input_shape)), strict=True
        ):
            layer.check_shape(shapes if len(shapes) > 1 else shapes[0])

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Both outputs combined, and the states if wanted."""
        mask = listed(mask)[0] if mask is not None else None
        outputs, states = [], []
        parts = self._halves(listed(inputs))
        for layer, part in zip(self.sublayers(), parts, strict=True):
            found = listed(layer.run(part if len(part) > 1 else part[0], mask))
            outputs.append(found[0])
            states += found[1:]
        forward, backward = outputs
        if self.return_sequences:
            backward = ops.flip(backward, axis=1)
        if self.merge_mode is None:
            return [forward, backward, *states]
        y = _MERGES[self.merge_mode](forward, backward)
        return [y, *states] if self.return_state else y

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The layer's shape, with the last axis doubled by concat; then the states'."""
        forward = self.forward_layer.compute_output_shape(
            self._halves(self._shapes(input_shape))[0]
        )
        output, *states = [forward] if is_shape(forward) else forward
        if self.merge_mode == "concat":
            output = (*output[:-1], output[-1] * 2)
        if self.merge_mode is None:
            return [output, output, *states, *states]
        return [output, *states, *states] if self.return_state else output

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask goes on with sequences; states and last outputs have none."""
        mask = listed(mask)[0] if mask is not None else None
        own = mask if self.return_sequences else None
        outputs = [own, own] if self.merge_mode is None else [own]
        if self.return_state:
            outputs += [None] * (2 * len(self.forward_layer.states))
        return outputs if len(outputs) > 1 else own

    def reset_states(self, states: Any = None) -> None:
        """Start both directions from zero, or from the two halves of `states`."""
        given = listed(states)
        half = len(given) // 2
        self.forward_layer.reset_states(given[:half] or None)
        self.backward_layer.reset_states(given[half:] or None)

    def get_config(self) -> dict[str, Any]:
        """The arguments, and how many constants the calls came with."""
        config = super().get_config()
        if self._num_constants is not None:
            config["num_constants"] = self._num_constants
        return config


def _copy(layer: Any, name: str, **changes: Any) -> Any:
    """A new layer with this one's configuration, also if its classes are the user's own."""
    cell = getattr(layer, "cell", None)
    mine = [layer, cell, *getattr(cell, "cells", ())]
    with custom_object_scope({type(one).__name__: type(one) for one in mine}):
        return type(layer).from_config({**layer.get_config(), "name": name, **changes})

"""What a layer owns: weights made by `add_weight`, and those of the layers inside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from tensorlearn.autograd import Parameter
from tensorlearn.config import floatx
from tensorlearn.declare.fields import Configured, label
from tensorlearn.declare.registry import constraints, initializers, regularizers
from tensorlearn.engine.context import claim_values
from tensorlearn.engine.keras_names import adopt
from tensorlearn.engine.shapes import is_shape
from tensorlearn.wording import say


class Weighted(Configured):
    """Weights, trainable or not, in Keras's order; sub-layers are found by themselves."""

    name: str
    dtype: str
    trainable: bool
    built: bool
    _parameters: list[Parameter]

    def add_weight(
        self,
        name: Any = None,
        shape: Any = None,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        trainable: bool = True,
        constraint: Any = None,
    ) -> Parameter:
        """Make a weight of the given shape; a declared one takes what its fields say.

        Returns a Parameter; for a declared weight it is also set as the attribute `name`.
        Also understands the Keras-1 order (shape, initializer, name).
        """
        if is_shape(name):
            name, shape, initializer, dtype = dtype, name, shape, None
        name = name or f"weight_{len(self._parameters) + 1}"
        declared = self.weight_fields.get(name)
        if declared is not None:
            roles = (
                getattr(self, f"{declared.prefix}_{role}", None)
                for role in ("initializer", "regularizer", "constraint")
            )
            initializer, regularizer, constraint = (
                given if given is not None else own
                for given, own in zip(
                    (initializer, regularizer, constraint), roles, strict=True
                )
            )
        shape = tuple(int(n) for n in shape or ())
        claim_values(label(self), shape)
        values = self._start(name, shape, initializer, dtype or self._weight_dtype())
        weight = Parameter(values, f"{self.name}/{name}:0", trainable=trainable)
        weight.regularizer = regularizers.get(regularizer)
        weight.constraint = constraints.get(constraint)
        self._parameters.append(weight)
        if declared is not None:
            setattr(self, name, weight)
        return weight

    def _start(
        self, name: str, shape: tuple[int, ...], initializer: Any, dtype: Any
    ) -> Any:
        """What the initializer gives; it must have the shape that it was asked for."""
        make = initializers.get(initializer or "glorot_uniform")
        values = np.asarray(make(shape), dtype)
        if values.shape != shape:
            raise ValueError(
                say(
                    "{owner}: the initializer of {name} must return an array of shape "
                    "{wanted}, got {got}",
                    owner=label(self),
                    name=name,
                    wanted=shape,
                    got=values.shape,
                )
            )
        return values

    def _weight_dtype(self) -> str:
        return self.dtype if np.dtype(self.dtype).kind == "f" else floatx()

    def _input_dtype(self) -> str:
        return self.dtype

    def sublayers(self) -> Iterator[Weighted]:
        """The layers held in attributes, also in lists and dictionaries, each once."""
        attributes = list(vars(self).items())  # another thread may add to them
        held = (value for name, value in attributes if name != "_arguments")
        return iter(dict.fromkeys(_layers_in(held)))

    @property
    def trainable_weights(self) -> list[Parameter]:
        """The weights an optimizer may change; none if `trainable` is False."""
        return self._movable() if self.trainable else []

    @trainable_weights.setter
    def trainable_weights(self, weights: Sequence[Any]) -> None:
        """Name the layer's own weights, as layers written for Keras 1 do."""
        adopt(self, weights, True)

    @property
    def non_trainable_weights(self) -> list[Parameter]:
        """All other weights."""
        fixed = [p for p in self._parameters if not p.trainable]
        fixed += [p for layer in self.sublayers() for p in layer.non_trainable_weights]
        return fixed if self.trainable else self._movable() + fixed

    def _movable(self) -> list[Parameter]:
        """What is trainable as soon as this layer itself is."""
        own = [p for p in self._parameters if p.trainable]
        return own + [p for layer in self.sublayers() for p in layer.trainable_weights]

    @property
    def weights(self) -> list[Parameter]:
        """Trainable weights, then the others."""
        return self.trainable_weights + self.non_trainable_weights

    def get_weights(self) -> list[np.ndarray[Any, Any]]:
        """Copies of all weights, as arrays."""
        return [p.data.copy() for p in self._saved_weights()]

    def _saved_weights(self) -> list[Parameter]:
        """The weights in the order in which they are read and written."""
        return self.weights

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Copy arrays into the weights; ValueError if their number or a shape differs."""
        params = self._saved_weights()
        if len(params) != len(weights):
            raise ValueError(
                say(
                    "{owner}: set_weights needs {wanted} arrays, got {got}; the weights "
                    "are {names}{hint}",
                    owner=label(self),
                    wanted=len(params),
                    got=len(weights),
                    names=[(p.name, p.shape) for p in params],
                    hint="" if self.built else say(" (build the layer first)"),
                )
            )
        for param, value in zip(params, weights, strict=True):
            if np.shape(value) != param.shape:
                raise ValueError(
                    say(
                        "{owner}: weight {name} has shape {wanted}, which is not the "
                        "provided shape {got}",
                        owner=label(self),
                        name=param.name,
                        wanted=param.shape,
                        got=np.shape(value),
                    )
                )
        for param, value in zip(params, weights, strict=True):
            param.assign(value)

    def count_params(self) -> int:
        """The number of scalars in all weights; RuntimeError before they exist."""
        if not self.built:
            raise RuntimeError(
                say(
                    "{owner}: count_params needs the weights, which do not exist yet; "
                    "build it first via: `{name}.build(batch_input_shape)`",
                    owner=label(self),
                    name=self.name,
                )
            )
        return sum(p.size for p in self.weights)

    def penalties(self) -> list[Any]:
        """The regularizers of all weights, applied to them now."""
        return [p.regularizer(p) for p in self.weights if p.regularizer is not None]


def _layers_in(values: Iterable[Any]) -> Iterator[Weighted]:
    for value in values:
        if isinstance(value, Weighted):
            yield value
        elif isinstance(value, (list, tuple)) and value:
            yield from _layers_in(value)
        elif isinstance(value, dict) and value:
            yield from _layers_in(value.values())

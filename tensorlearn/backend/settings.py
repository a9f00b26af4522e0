"""Global settings, names and the learning phase: what `K` knows besides numbers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from tensorlearn import config, ops
from tensorlearn.autograd import Tensor
from tensorlearn.autograd.tensor import wrap
from tensorlearn.config import (
    epsilon,
    floatx,
    get_uid,
    image_data_format,
    reset_uids,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from tensorlearn.engine import Call, Layer, Symbol, context, current_pass
from tensorlearn.wording import say

__all__ = [
    "backend",
    "cast_to_floatx",
    "clear_session",
    "epsilon",
    "floatx",
    "get_uid",
    "image_data_format",
    "image_dim_ordering",
    "learning_phase",
    "manual_variable_initialization",
    "name_scope",
    "normalize_data_format",
    "reset_uids",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_image_dim_ordering",
    "set_learning_phase",
]

_ORDERINGS = {"tf": "channels_last", "th": "channels_first"}


def backend() -> str:
    """The name of what computes: always "tensorlearn"."""
    return "tensorlearn"


def cast_to_floatx(x: Any) -> Any:
    """x as an array (Tensors and Symbols stay such) of the default number type."""
    if isinstance(x, (Tensor, Symbol)):
        return ops.cast(x, dtype=floatx())
    return np.asarray(x, dtype=floatx())


def normalize_data_format(value: str | None) -> str:
    """`value` as "channels_last" or "channels_first"; None means the default.

    Raises ValueError for anything else.
    """
    wanted = image_data_format() if value is None else str(value).lower()
    if wanted not in config.FORMATS:
        raise ValueError(
            say(
                "The `data_format` argument must be one of {known}. Received: {value}",
                known='"channels_first", "channels_last"',
                value=value,
            )
        )
    return wanted


def image_dim_ordering() -> str:
    """Keras 1's name for `image_data_format`: "tf" (channels last) or "th" (first)."""
    return "th" if image_data_format() == "channels_first" else "tf"


def set_image_dim_ordering(dim_ordering: str) -> None:
    """Keras 1's name for `set_image_data_format`: "tf" or "th"."""
    if dim_ordering not in _ORDERINGS:
        raise ValueError(
            say("Unknown dim_ordering: {value}; known: tf, th", value=dim_ordering)
        )
    set_image_data_format(_ORDERINGS[dim_ordering])


def manual_variable_initialization(value: bool) -> None:
    """Accepted and ignored: a variable has its values from the moment it is made."""


# ---- names ----

_scopes: list[str] = []


@contextlib.contextmanager
def name_scope(name: str) -> Iterator[str]:
    """Within the block the names of variables and placeholders begin with "name/"."""
    _scopes.append(f"{name}/")
    try:
        yield "".join(_scopes)
    finally:
        _scopes.pop()


def scoped_name(name: str | None, kind: str) -> str:
    """A TensorFlow-like name: "weights:0", or "Variable_1:0" if none was given."""
    if name is None:
        number = get_uid(kind) - 1
        name = f"{kind}_{number}" if number else kind
    return "".join(_scopes) + f"{name}:0"


# ---- learning phase ----


class LearningPhase(Layer):
    """The mode of the run (1 in training, else 0) as a value inside a graph."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.built = True
        Call(self, [], [Symbol((), "bool", self.name)], listed=True)

    def call(self, inputs: Any) -> Any:
        """1.0 or 0.0; it takes no input."""
        return wrap(np.asarray(context.learning_phase()), None)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """A single value."""
        return ()

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """There is none."""
        return None


_phase: dict[str, Any] = {"set": False, "symbol": None}


def learning_phase() -> Any:
    """The mode of the run: 1 in training, 0 in inference.

    Inside a running layer or model, or after `set_learning_phase`, it is that integer.
    Otherwise it is a Symbol without axes: compute with it, and give it a value by naming
    it among the inputs of `K.function`; unfed it is 0.
    """
    running = current_pass()
    if running is not None or _phase["set"]:
        return int(context.learning_phase())
    if _phase["symbol"] is None:
        _phase["symbol"] = LearningPhase(name="keras_learning_phase").output
    return _phase["symbol"]


def is_learning_phase(value: Any) -> bool:
    """Whether `value` is the Symbol that `learning_phase` returns."""
    return (
        isinstance(value, Symbol)
        and value.call is not None
        and isinstance(value.call.layer, LearningPhase)
    )


def set_learning_phase(value: int) -> None:
    """Fix the mode of everything outside fit, evaluate and predict: 1 training, 0 not.

    Raises ValueError for another value.
    """
    if value not in (0, 1):
        raise ValueError(
            say("Expected learning phase to be 0 or 1, got {value!r}", value=value)
        )
    _phase["set"] = True
    context.set_learning_phase(value)


def clear_session() -> None:
    """Start anew: numbering of names and the learning phase. Layers and models live on."""
    reset_uids()
    _phase.update(set=False, symbol=None)
    context.set_learning_phase(0)

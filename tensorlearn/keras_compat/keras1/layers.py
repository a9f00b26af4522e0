"""Layers that Keras had and that are something else here."""

from __future__ import annotations

from typing import Any, NoReturn

from tensorlearn.layers import Dense, TimeDistributed
from tensorlearn.wording import say


def TimeDistributedDense(units: Any = None, **kwargs: Any) -> TimeDistributed:  # noqa: N802
    """Keras 1's name of TimeDistributed(Dense(...)).   (N, T, D) -> (N, T, units)"""
    units = kwargs.pop("output_dim", units)
    first = ("input_shape", "batch_input_shape", "name")
    outer = {k: kwargs.pop(k) for k in first if k in kwargs}
    if "input_dim" in kwargs:
        outer["input_shape"] = (
            kwargs.pop("input_length", None),
            kwargs.pop("input_dim"),
        )
    return TimeDistributed(Dense(units, **kwargs), **outer)


def CuDNNLSTM(*args: Any, **kwargs: Any) -> NoReturn:  # noqa: N802
    """For graphics cards of one maker; says what to use instead."""
    raise ValueError(_gpu("LSTM"))


def CuDNNGRU(*args: Any, **kwargs: Any) -> NoReturn:  # noqa: N802
    """For graphics cards of one maker; says what to use instead."""
    raise ValueError(_gpu("GRU"))


def _gpu(name: str) -> str:
    return say(
        "CuDNN{name} needs a GPU; {name}(units, recurrent_activation='sigmoid'{more}) "
        "computes the same",
        name=name,
        more=", reset_after=True" if name == "GRU" else "",
    )

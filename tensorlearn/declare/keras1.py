"""Keras-1 spellings, translated to Keras 2 with one warning that shows the new call.

One table of renames serves every class: an old name is replaced by those new names that
the class has. What cannot be said as a rename is an adapter, looked up by class name.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from tensorlearn.wording import say


class Keras1Warning(UserWarning):
    """A call used a Keras-1 spelling; the message shows the Keras-2 one."""


RENAMES: dict[str, tuple[str, ...]] = {
    "output_dim": ("units",),
    "nb_filter": ("filters",),
    "init": (
        "kernel_initializer",
        "embeddings_initializer",
        "alpha_initializer",
        "depthwise_initializer",
        "pointwise_initializer",
    ),
    "inner_init": ("recurrent_initializer",),
    "inner_activation": ("recurrent_activation",),
    "bias": ("use_bias",),
    "W_regularizer": ("kernel_regularizer", "embeddings_regularizer"),
    "U_regularizer": ("recurrent_regularizer",),
    "b_regularizer": ("bias_regularizer",),
    "W_constraint": ("kernel_constraint", "embeddings_constraint"),
    "U_constraint": ("recurrent_constraint",),
    "b_constraint": ("bias_constraint",),
    "dropout_W": ("dropout",),
    "dropout_U": ("recurrent_dropout",),
    "p": ("rate",),
    "sigma": ("stddev",),
    "border_mode": ("padding",),
    "subsample": ("strides",),
    "subsample_length": ("strides",),
    "filter_length": ("kernel_size",),
    "atrous_rate": ("dilation_rate",),
    "dim_ordering": ("data_format",),
    "pool_length": ("pool_size",),
    "stride": ("strides",),
    "length": ("size",),
    "beta_init": ("beta_initializer",),
    "gamma_init": ("gamma_initializer",),
    "consume_less": ("implementation",),
}

VALUES: dict[str, dict[Any, Any]] = {
    "dim_ordering": {"tf": "channels_last", "th": "channels_first", "default": None},
    "consume_less": {"cpu": 0, "mem": 1, "gpu": 2},
}

Adapter = Callable[
    [tuple[Any, ...], dict[str, Any]], tuple[tuple[Any, ...], dict[str, Any]]
]
ADAPTERS: dict[str, Adapter] = {}
"""By class name: arguments in, arguments out, before the renames."""


def adapter(*class_names: str) -> Callable[[Adapter], Adapter]:
    """Decorator: the function rewrites the arguments of these classes."""

    def note(function: Adapter) -> Adapter:
        for name in class_names:
            ADAPTERS[name] = function
        return function

    return note


def translate(
    cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments in today's names; warns once per call if any was in yesterday's.

    Raises TypeError if a setting is given under both its names.
    """
    before = (args, dict(kwargs))
    for ancestor in cls.__mro__:
        if ancestor.__name__ in ADAPTERS:
            args, kwargs = ADAPTERS[ancestor.__name__](args, dict(kwargs))
            break
    result: dict[str, Any] = {}
    for name, value in kwargs.items():
        new = () if name in cls.fields else RENAMES.get(name, ())
        targets = [n for n in new if n in cls.fields]
        if not targets:
            result[name] = value
            continue
        known = VALUES.get(name, {})
        converted = known.get(value, value) if isinstance(value, str) else value
        for target in targets:
            if target in kwargs:
                raise TypeError(
                    say(
                        "{owner}: `{old}` is the Keras-1 name of `{new}`; give only one",
                        owner=cls.__name__,
                        old=name,
                        new=target,
                    )
                )
            result[target] = converted
    if (args, result) != before:
        shown = [repr(a) for a in args] + [f"{k}={v!r}" for k, v in result.items()]
        warnings.warn(
            say(
                "Update your `{owner}` call to the Keras 2 API: `{call}`",
                owner=cls.__name__,
                call=f"{cls.__name__}({', '.join(shown)})",
            ),
            Keras1Warning,
            stacklevel=5,
        )
    return args, result

"""`keras.initializations` of Keras 1: functions that make variables, not arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorlearn import backend as K
from tensorlearn import initializers

Initialization = Callable[..., Any]


def get(identifier: Any, dim_ordering: str = "th", **kwargs: Any) -> Initialization:
    """A function (shape, name=None) that makes a variable, from a name or a function."""
    if callable(identifier) and not hasattr(identifier, "get_config"):
        return identifier  # type: ignore[no-any-return]
    made = initializers.get(identifier)

    def initialization(shape: Any, name: str | None = None, **more: Any) -> Any:
        return K.variable(made(tuple(shape)), name=name)

    initialization.__name__ = str(identifier)
    initialization.__doc__ = f"A variable of that shape, initialized as {identifier!r}."
    return initialization


uniform = get("uniform")
lecun_uniform = get("lecun_uniform")
normal = get("normal")
glorot_normal = get("glorot_normal")
glorot_uniform = get("glorot_uniform")
he_normal = get("he_normal")
he_uniform = get("he_uniform")
orthogonal = get("orthogonal")
identity = get("identity")
zero = get("zero")
one = get("one")

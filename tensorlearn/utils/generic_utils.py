"""Names to objects and back, and other small things that scripts import from Keras."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from tensorlearn.declare.registry import (
    REGISTRIES,
    custom_object_scope,
    get_custom_objects,
    layers,
)
from tensorlearn.progress import Progbar
from tensorlearn.wording import say, suggest

__all__ = [
    "CustomObjectScope",
    "Progbar",
    "custom_object_scope",
    "deserialize_keras_object",
    "func_dump",
    "func_load",
    "get_custom_objects",
    "has_arg",
    "is_all_none",
    "multi_gpu_model",
    "object_list_uid",
    "register_keras_serializable",
    "serialize_keras_object",
    "slice_arrays",
    "to_list",
    "unpack_singleton",
]

CustomObjectScope = custom_object_scope


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Any:
    """Decorator: the class or function is found when a model is loaded, without passing
    custom_objects, under its own name and under `package>name`.

    >>> @register_keras_serializable()
    ... def swish(x):
    ...     return x
    >>> get_custom_objects()["swish"] is swish
    True
    """

    def note(thing: Any) -> Any:
        known = name or thing.__name__
        get_custom_objects().update({known: thing, f"{package}>{known}": thing})
        return thing

    return note


def serialize_keras_object(instance: Any) -> Any:
    """A name, or {"class_name", "config"}, from which the object can be made again."""
    return layers.serialize(instance)


def deserialize_keras_object(
    identifier: Any,
    module_objects: Mapping[str, Any] | None = None,
    custom_objects: Mapping[str, Any] | None = None,
    printable_module_name: str = "object",
) -> Any:
    """The object that `serialize_keras_object` described.

    module_objects: where names are looked up, after custom_objects and the user's own.
    Without it, everything that the library knows by a name is looked through.
    """
    if identifier is None:
        return None
    if isinstance(identifier, str):
        return _find(identifier, module_objects, custom_objects, printable_module_name)
    if not isinstance(identifier, Mapping):
        raise ValueError(
            say("Could not interpret serialized {kind}: {got!r}",
                kind=printable_module_name, got=identifier)
        )  # fmt: skip
    if "class_name" not in identifier or "config" not in identifier:
        raise ValueError(
            say("Improper config format: {got!r}; it needs class_name and config",
                got=identifier)
        )  # fmt: skip
    found = _find(
        identifier["class_name"], module_objects, custom_objects, printable_module_name
    )
    with custom_object_scope(custom_objects or {}):
        if hasattr(found, "from_config"):
            return found.from_config(dict(identifier["config"]))
        return found(**identifier["config"])


def _find(
    name: str,
    module_objects: Mapping[str, Any] | None,
    custom_objects: Mapping[str, Any] | None,
    kind: str,
) -> Any:
    inside = [module_objects] if module_objects is not None else _everything()
    for table in (custom_objects or {}, get_custom_objects(), *inside):
        if table.get(name) is not None:
            return table[name]
    raise ValueError(
        say(
            "Unknown {kind}: {name!r}{hint}; your own must be passed in custom_objects",
            kind=kind,
            name=name,
            hint=suggest(name, {n for table in inside for n in table}),
        )
    )


def _everything() -> list[Mapping[str, Any]]:
    return [registry.known for registry in REGISTRIES.values()]


def has_arg(fn: Any, name: str, accept_all: bool = False) -> bool:
    """Whether `fn` can be called with an argument of that name.

    accept_all: count a function with **kwargs, too.
    """
    parameters = inspect.signature(fn).parameters
    if accept_all and any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return True
    found = parameters.get(name)
    return found is not None and found.kind in (
        found.POSITIONAL_OR_KEYWORD,
        found.KEYWORD_ONLY,
    )


# ---- lists ----


def to_list(x: Any, allow_tuple: bool = False) -> list[Any]:
    """A list of one, unless it is a list."""
    if isinstance(x, list):
        return x
    return list(x) if allow_tuple and isinstance(x, tuple) else [x]


def unpack_singleton(x: Sequence[Any]) -> Any:
    """The only element of a list of one; any other list as it is."""
    return x[0] if len(x) == 1 else x


def is_all_none(iterable_or_element: Any) -> bool:
    """Whether there is nothing but None."""
    listed = isinstance(iterable_or_element, (list, tuple))
    return all(
        x is None for x in (iterable_or_element if listed else [iterable_or_element])
    )


def object_list_uid(object_list: Any) -> str:
    """A text that tells this list of objects from others."""
    return ", ".join(str(abs(id(x))) for x in to_list(object_list, allow_tuple=True))


def slice_arrays(arrays: Any, start: Any = None, stop: int | None = None) -> Any:
    """Rows of one or several arrays: start..stop, or those listed in `start`."""
    if arrays is None:
        return [None]
    rows = np.asarray(start) if hasattr(start, "__len__") else slice(start, stop)
    if isinstance(arrays, list):
        return [None if x is None else x[rows] for x in arrays]
    return arrays[rows] if start is not None or stop is not None else [None]


# ---- what there is not ----


def func_dump(func: Any) -> NoReturn:
    """Keras writes a function's bytecode; here it is refused."""
    raise ValueError(_no_bytecode())


def func_load(
    code: Any, defaults: Any = None, closure: Any = None, globs: Any = None
) -> Any:
    """Keras runs bytecode from a file; here it is refused."""
    raise ValueError(_no_bytecode())


def _no_bytecode() -> str:
    return say(
        "bytecode is neither written to files nor executed from them; give the function a "
        "name, and pass it in custom_objects where it is read"
    )


def multi_gpu_model(model: Any, gpus: Any = None, **_more: Any) -> NoReturn:
    """There are no GPUs here; says what to do instead."""
    raise ValueError(
        say(
            "multi_gpu_model: computations run in NumPy on the processor, so there are no "
            "GPUs to share the work; use the model {name!r} as it is",
            name=getattr(model, "name", model),
        )
    )

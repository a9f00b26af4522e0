"""Kinds of fields: what each accepts, how it puts a value in its normal form, and what it
says to one that will not do. `fields.py` gives them their names (`arg.rate(...)`).
"""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from tensorlearn.config import FORMATS, image_data_format
from tensorlearn.declare import keras1
from tensorlearn.declare.registry import (
    Registry,
    activations,
    constraints,
    initializers,
    regularizers,
)
from tensorlearn.wording import say, suggest

REQUIRED = inspect.Parameter.empty


class Field:
    """One argument.

    default: REQUIRED or the value if omitted. doc: what it means, one clause.
    wanted: what must hold, completing "must be ...". bad: values that must be refused.
    `check` normalises a value or raises; `dump` makes it fit for a configuration.
    """

    wanted = "anything"
    bad: tuple[Any, ...] = ()

    def __init__(self, default: Any = REQUIRED, doc: str = "") -> None:
        self.default = default
        self.doc = doc
        self.name = ""
        self.weight = ""  # whose initializer, regularizer or constraint this is

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def check(self, owner: Any, value: Any) -> Any:
        """`value` in its normal form; raises TypeError or ValueError."""
        return value

    def read(self, owner: Any) -> Any:
        """The value that `owner` holds, for its configuration."""
        return getattr(owner, self.name)

    def dump(self, value: Any) -> Any:
        """`value` as plain Python data."""
        return plain(value)

    def meaning(self) -> str:
        """`doc` in the chosen language."""
        return say(self.doc, weight=self.weight) if self.doc else ""

    def expand(self) -> list[Field]:
        """The constructor arguments that this declaration stands for."""
        return [self]

    def refuse(
        self, owner: Any, value: Any, kind: type[Exception] = ValueError, hint: str = ""
    ) -> Exception:
        """The exception that explains why `value` will not do."""
        return kind(
            say(
                "{owner}: `{argument}` must be {wanted}, got {value!r}{hint}",
                owner=label(owner),
                argument=self.name,
                wanted=say(self.wanted),
                value=value,
                hint=hint,
            )
        )


def label(owner: Any) -> str:
    """How errors call an object: "Dense", or "Dense 'out'" once it has a name."""
    name = getattr(owner, "name", None)
    kind = type(owner).__name__
    return f"{kind} {name!r}" if isinstance(name, str) else kind


def plain(value: Any) -> Any:
    """NumPy numbers and arrays, tuples and sets as what JSON knows (tuples stay tuples)."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple):
        return tuple(plain(v) for v in value)
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, Mapping):
        return {k: plain(v) for k, v in value.items()}
    return value


# ---- kinds of fields ----


class Number(Field):
    """A real number, or an integer, for which a condition holds."""

    def __init__(
        self,
        default: Any,
        doc: str,
        wanted: str,
        holds: Callable[[Any], bool],
        kind: type,
        bad: tuple[Any, ...],
        optional: bool = False,
    ) -> None:
        super().__init__(default, doc)
        self.wanted, self.holds, self.kind, self.bad = wanted, holds, kind, bad
        self.optional = optional or default is None

    def check(self, owner: Any, value: Any) -> Any:
        if value is None and self.optional:
            return None
        if isinstance(value, np.ndarray) and value.ndim == 0:
            value = value.item()
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
            raise self.refuse(owner, value, TypeError)
        if self.kind is int and not float(value).is_integer():
            raise self.refuse(owner, value, TypeError)
        if not self.holds(value):
            raise self.refuse(owner, value)
        return self.kind(value)


class Flag(Field):
    """True or False (0 and 1 will do)."""

    wanted = "True or False"
    bad = ("yes", 2)

    def check(self, owner: Any, value: Any) -> bool:
        if not isinstance(value, (bool, np.bool_)) and value not in (0, 1):
            raise self.refuse(owner, value, TypeError)
        return bool(value)


class Choice(Field):
    """One of some words, in any case."""

    bad = ("no such choice",)

    def __init__(self, options: tuple[str, ...], default: Any, doc: str) -> None:
        super().__init__(default, doc)
        self.options = options
        self.wanted = " | ".join(map(repr, options))

    def check(self, owner: Any, value: Any) -> Any:
        if value is None and self.default is None:
            return None
        word = value.lower() if isinstance(value, str) else value
        if word not in self.options:
            raise self.refuse(owner, value, hint=suggest(word, self.options))
        return word


class DataFormat(Choice):
    """channels_last or channels_first, also as Keras 1 called them."""

    def __init__(self, default: str | None = None) -> None:
        super().__init__(FORMATS, default, "where the channels are")

    def check(self, owner: Any, value: Any) -> Any:
        if isinstance(value, str):
            value = keras1.VALUES["dim_ordering"].get(value, value)
        return image_data_format() if value is None else super().check(owner, value)


class IntTuple(Field):
    """One integer per axis, given as a tuple or once for all axes."""

    def __init__(
        self, default: Any, doc: str, rank: int | None, low: int, optional: bool
    ) -> None:
        super().__init__(default, doc)
        self.rank, self.low, self.optional = rank, low, optional or default is None
        self.wanted = "a positive integer or a tuple of as many as there are axes"
        self.bad = ((1,) * 9, "2", low - 1, 1.5)

    def check(self, owner: Any, value: Any) -> Any:
        if value is None and self.optional:
            return None
        rank = self.rank or owner.rank
        entries = value if isinstance(value, (tuple, list)) else (value,) * rank
        whole = all(
            isinstance(n, (int, np.integer)) and not isinstance(n, bool)
            for n in entries
        )
        if len(entries) != rank or not whole or any(n < self.low for n in entries):
            raise ValueError(
                say(
                    "{owner}: the `{argument}` argument must be an integer ≥ {low} or a "
                    "tuple of {rank} integers, got {value!r}",
                    owner=label(owner),
                    argument=self.name,
                    low=self.low,
                    rank=rank,
                    value=value,
                )
            )
        return tuple(int(n) for n in entries)


class Shape(Field):
    """A shape without the batch axis."""

    wanted = "a tuple of integers"
    bad = ("12", (1.5,))

    def check(self, owner: Any, value: Any) -> Any:
        if value is None and self.default is None:
            return None
        if isinstance(value, (int, np.integer)):
            value = (value,)
        if not isinstance(value, Iterable) or isinstance(value, str):
            raise self.refuse(owner, value, TypeError)
        entries = tuple(value)
        if not all(n is None or isinstance(n, (int, np.integer)) for n in entries):
            raise self.refuse(owner, value, TypeError)
        return tuple(None if n is None else int(n) for n in entries)


class Known(Field):
    """An object of a registry, given by name, dictionary, callable or itself."""

    def __init__(self, table: Registry, default: Any, doc: str) -> None:
        super().__init__(default, doc)
        self.table = table
        self.bad = (f"no such {table.kind}",)

    def check(self, owner: Any, value: Any) -> Any:
        needed = self.table is initializers and self.default is not None
        try:
            if value is None and needed:
                raise self.table.refusal(value)
            found = self.table.get(value)
        except (ValueError, TypeError) as error:
            raise type(error)(f"{label(owner)}: `{self.name}`: {error}") from error
        return (
            self.table.find("linear")
            if found is None and self.table is activations
            else found
        )

    def dump(self, value: Any) -> Any:
        return self.table.serialize(value)


class Weight(Field):
    """A weight, and the arguments that say how it starts and what holds it back."""

    def __init__(
        self,
        initializer: Any,
        prefix: str,
        regularizer: bool,
        constraint: bool,
        doc: str,
    ) -> None:
        super().__init__(None, doc)
        self.initializer, self.prefix = initializer, prefix
        self.regularizer, self.constraint = regularizer, constraint

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.prefix = self.prefix or name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Before it is built a layer has no weights (None); the class shows the field."""
        return self if instance is None else None

    def expand(self) -> list[Field]:
        made = [_named(Known(initializers, self.initializer, ""), self, "initializer")]
        if self.regularizer:
            made.append(_named(Known(regularizers, None, ""), self, "regularizer"))
        if self.constraint:
            made.append(_named(Known(constraints, None, ""), self, "constraint"))
        return made


def _named(field: Field, weight: Weight, role: str) -> Field:
    field.name = f"{weight.prefix}_{role}"
    docs = {
        "initializer": "how `{weight}` starts",
        "regularizer": "penalty on `{weight}`",
        "constraint": "projection of `{weight}` after every update",
    }
    field.doc, field.weight = docs[role], weight.name
    return field

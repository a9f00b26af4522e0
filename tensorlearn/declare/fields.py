"""Arguments declared once: check, default, wording, configuration and help in one line.

    class Dense(Layer):
        units: int = arg.positive_int("size of the last axis of the output")
        kernel: Parameter = arg.weight("glorot_uniform")

`Configured` turns such fields into a constructor, `get_config` and documentation. Old
Keras-1 spellings are translated by `keras1.py` before anything is looked at here.
"""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from tensorlearn.config import FORMATS, image_data_format
from tensorlearn.declare import keras1
from tensorlearn.declare.registry import (
    Registry,
    activations,
    constraints,
    initializers,
    layers,
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


class _Number(Field):
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
        if self.kind is int and value != round(float(value)):
            raise self.refuse(owner, value, TypeError)
        if not self.holds(value):
            raise self.refuse(owner, value)
        return self.kind(value)


class _Flag(Field):
    wanted = "True or False"
    bad = ("yes", 2)

    def check(self, owner: Any, value: Any) -> bool:
        if not isinstance(value, (bool, np.bool_)) and value not in (0, 1):
            raise self.refuse(owner, value, TypeError)
        return bool(value)


class _Choice(Field):
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


class _DataFormat(_Choice):
    def __init__(self, default: str | None = None) -> None:
        super().__init__(FORMATS, default, "where the channels are")

    def check(self, owner: Any, value: Any) -> Any:
        value = {"tf": "channels_last", "th": "channels_first", "default": None}.get(
            value, value
        )
        return image_data_format() if value is None else super().check(owner, value)


class _IntTuple(Field):
    bad = ((1, 2, 3, 4, 5), "2", 0)

    def __init__(
        self, default: Any, doc: str, rank: int | None, low: int, optional: bool
    ) -> None:
        super().__init__(default, doc)
        self.rank, self.low, self.optional = rank, low, optional or default is None
        self.wanted = "a positive integer or a tuple of as many as there are axes"

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


class _Shape(Field):
    wanted = "a tuple of integers (None where the length may vary)"
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


class _Known(Field):
    """An object of a registry, given by name, dictionary, callable or itself."""

    def __init__(self, table: Registry, default: Any, doc: str) -> None:
        super().__init__(default, doc)
        self.table = table
        self.bad = (f"no such {table.kind}",)

    def check(self, owner: Any, value: Any) -> Any:
        try:
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


class _Weight(Field):
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
        made = [_named(_Known(initializers, self.initializer, ""), self, "initializer")]
        if self.regularizer:
            made.append(_named(_Known(regularizers, None, ""), self, "regularizer"))
        if self.constraint:
            made.append(_named(_Known(constraints, None, ""), self, "constraint"))
        return made


def _named(field: Field, weight: _Weight, role: str) -> Field:
    field.name = f"{weight.prefix}_{role}"
    docs = {
        "initializer": "how `{weight}` starts",
        "regularizer": "penalty on `{weight}`",
        "constraint": "projection of `{weight}` after every update",
    }
    field.doc, field.weight = docs[role], weight.name
    return field


class arg:  # noqa: N801 - a namespace that reads as a word
    """The kinds of fields, by name: `units: int = arg.positive_int("...")`."""

    @staticmethod
    def anything(default: Any = REQUIRED, doc: str = "") -> Any:
        """No check."""
        return Field(default, doc)

    @staticmethod
    def positive_int(doc: str = "", default: Any = REQUIRED) -> Any:
        """An integer ≥ 1."""
        return _Number(
            default, doc, "a positive integer", lambda n: n > 0, int, (0, -3, 1.5, "4")
        )

    @staticmethod
    def integer(default: Any = REQUIRED, doc: str = "") -> Any:
        """Any integer (None if that is the default)."""
        return _Number(default, doc, "an integer", lambda n: True, int, (1.5, "4"))

    @staticmethod
    def number(default: Any = REQUIRED, doc: str = "", low: float | None = None) -> Any:
        """A real number, not below `low`."""
        if low is None:
            return _Number(default, doc, "a number", lambda x: True, float, ("1", [1]))
        return _Number(
            default,
            doc,
            f"a number ≥ {low:g}",
            lambda x: x >= low,
            float,
            (low - 1, "1"),
        )

    @staticmethod
    def rate(default: Any = REQUIRED, doc: str = "") -> Any:
        """A fraction in [0, 1)."""
        return _Number(
            default,
            doc,
            "a number in [0, 1)",
            lambda x: 0 <= x < 1,
            float,
            (-0.1, 1.0, "a"),
        )

    @staticmethod
    def flag(default: bool, doc: str = "") -> Any:
        """True or False."""
        return _Flag(default, doc)

    @staticmethod
    def choice(*options: str, default: Any = REQUIRED, doc: str = "") -> Any:
        """One of some words, in any case."""
        return _Choice(options, default, doc)

    @staticmethod
    def data_format(default: str | None = None) -> Any:
        """channels_last or channels_first; None means the global setting."""
        return _DataFormat(default)

    @staticmethod
    def int_tuple(
        default: Any = REQUIRED,
        doc: str = "",
        *,
        rank: int | None = None,
        low: int = 1,
        optional: bool = False,
    ) -> Any:
        """An integer or one per axis (`rank`, else the class attribute `rank`)."""
        return _IntTuple(default, doc, rank, low, optional)

    @staticmethod
    def shape(default: Any = REQUIRED, doc: str = "") -> Any:
        """A tuple of integers or None."""
        return _Shape(default, doc)

    @staticmethod
    def activation(default: Any = None, doc: str = "applied to the output") -> Any:
        """An activation function by name or as a callable; None is the identity."""
        return _Known(activations, default, doc)

    @staticmethod
    def initializer(default: Any, doc: str = "") -> Any:
        """How a weight starts."""
        return _Known(initializers, default, doc)

    @staticmethod
    def regularizer(doc: str = "penalty on the output, added to the loss") -> Any:
        """A penalty, None by default."""
        return _Known(regularizers, None, doc)

    @staticmethod
    def constraint(doc: str = "") -> Any:
        """A projection, None by default."""
        return _Known(constraints, None, doc)

    @staticmethod
    def layer(doc: str = "the layer that is wrapped") -> Any:
        """A layer, or its configuration."""
        return _Known(layers, REQUIRED, doc)

    @staticmethod
    def weight(
        initializer: Any,
        prefix: str = "",
        *,
        regularizer: bool = True,
        constraint: bool = True,
        doc: str = "",
    ) -> Any:
        """A weight: stands for `<prefix>_initializer`, `_regularizer`, `_constraint`."""
        return _Weight(initializer, prefix, regularizer, constraint, doc)


# ---- classes made of fields ----


class Configured:
    """A class whose constructor, configuration and help follow from its fields.

    Required fields may be given by position; a class that allows more says so in
    `positional`. Signature order is Keras's: plain fields, then initializers,
    regularizers, constraints.
    """

    fields: ClassVar[dict[str, Field]] = {}
    weight_fields: ClassVar[dict[str, _Weight]] = {}
    positional: ClassVar[tuple[str, ...] | None] = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = {k: v for k, v in vars(cls).items() if isinstance(v, Field)}
        if not own:
            return
        cls.weight_fields = cls.weight_fields | {
            k: v for k, v in own.items() if isinstance(v, _Weight)
        }
        merged = dict(cls.fields)
        for field in own.values():
            merged.update((part.name, part) for part in field.expand())
        cls.fields = dict(sorted(merged.items(), key=lambda item: _role(item[0])))
        cls.__signature__ = _signature(cls)  # type: ignore[attr-defined]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.configure(*keras1.translate(type(self), args, kwargs))

    def configure(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Set every field from the constructor's arguments; raises for what is wrong."""
        values = self._by_position(args) | kwargs
        doubled = [n for n in self._by_position(args) if n in kwargs]
        if doubled:
            raise TypeError(
                say(
                    "{owner}: `{argument}` was given twice, by position and by name",
                    owner=label(self),
                    argument=doubled[0],
                )
            )
        for name in values:
            if name not in self.fields:
                raise TypeError(
                    say(
                        "{owner}: keyword argument not understood: {name!r}{hint}",
                        owner=label(self),
                        name=name,
                        hint=suggest(name, self.fields),
                    )
                )
        for name, field in self.fields.items():
            value = values.get(name, field.default)
            if value is REQUIRED:
                raise TypeError(
                    say(
                        "{owner}: `{argument}` is missing ({doc})",
                        owner=label(self),
                        argument=name,
                        doc=field.meaning() or say("required"),
                    )
                )
            setattr(self, name, field.check(self, value))

    def _by_position(self, args: tuple[Any, ...]) -> dict[str, Any]:
        names = self.positional
        if names is None:
            names = tuple(n for n, f in self.fields.items() if f.default is REQUIRED)
        if len(args) > len(names):
            following = [n for n in self.fields if n not in names][:1] or ["name"]
            raise TypeError(
                say(
                    "{owner} can accept only {count} positional arguments {names}, got "
                    "{got}; pass the others by name, e.g. {example}={value!r}",
                    owner=label(self),
                    count=len(names),
                    names=names,
                    got=len(args),
                    example=following[0],
                    value=args[len(names)],
                )
            )
        return dict(zip(names, args, strict=False))

    def get_config(self) -> dict[str, Any]:
        """The arguments from which `from_config` makes an equal object, as plain data."""
        return {n: field.dump(field.read(self)) for n, field in self.fields.items()}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """A new object with this configuration."""
        return cls(**config)


_ROLES = ("_initializer", "_regularizer", "_constraint")


def _role(name: str) -> int:
    return next((i for i, role in enumerate(_ROLES, 1) if name.endswith(role)), 0)


def _signature(cls: type[Configured]) -> inspect.Signature:
    names = cls.positional
    by_position: list[inspect.Parameter] = []
    by_name: list[inspect.Parameter] = []
    for name, field in cls.fields.items():
        allowed = field.default is REQUIRED if names is None else name in names
        kind = (
            inspect.Parameter.POSITIONAL_OR_KEYWORD
            if allowed
            else inspect.Parameter.KEYWORD_ONLY
        )
        made = inspect.Parameter(name, kind, default=field.default)
        (by_position if allowed else by_name).append(made)
    if names is not None:
        by_position.sort(key=lambda p: names.index(p.name))
    rest = inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)
    return inspect.Signature([*by_position, *by_name, rest])

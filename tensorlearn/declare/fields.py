"""Arguments declared once: check, default, wording, configuration and help in one line.

    class Dense(Layer):
        units: int = arg.positive_int("size of the last axis of the output")
        kernel: Parameter = arg.weight("glorot_uniform")

`Configured` turns such fields into a constructor, `get_config` and documentation. Old
Keras-1 spellings are translated by `keras1.py` before anything is looked at here.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar

from tensorlearn.declare import keras1
from tensorlearn.declare.kinds import (
    REQUIRED,
    Choice,
    DataFormat,
    Field,
    Flag,
    IntTuple,
    Known,
    Number,
    Shape,
    Weight,
    label,
    plain,
)
from tensorlearn.declare.registry import (
    activations,
    constraints,
    initializers,
    layers,
    regularizers,
)
from tensorlearn.wording import say, suggest

__all__ = ["REQUIRED", "Configured", "Field", "arg", "label", "plain"]


class arg:  # noqa: N801 - a namespace that reads as a word
    """The kinds of fields, by name: `units: int = arg.positive_int("...")`."""

    @staticmethod
    def anything(default: Any = REQUIRED, doc: str = "") -> Any:
        """No check."""
        return Field(default, doc)

    @staticmethod
    def positive_int(doc: str = "", default: Any = REQUIRED) -> Any:
        """An integer ≥ 1."""
        return Number(
            default, doc, "a positive integer", lambda n: n > 0, int, (0, -3, 1.5, "4")
        )

    @staticmethod
    def integer(default: Any = REQUIRED, doc: str = "") -> Any:
        """Any integer (None if that is the default)."""
        return Number(default, doc, "an integer", lambda n: True, int, (1.5, "4"))

    @staticmethod
    def number(default: Any = REQUIRED, doc: str = "", low: float | None = None) -> Any:
        """A real number, not below `low`."""
        if low is None:
            return Number(default, doc, "a number", lambda x: True, float, ("1", [1]))
        return Number(
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
        return Number(
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
        return Flag(default, doc)

    @staticmethod
    def choice(*options: str, default: Any = REQUIRED, doc: str = "") -> Any:
        """One of some words, in any case."""
        return Choice(options, default, doc)

    @staticmethod
    def data_format(default: str | None = None) -> Any:
        """channels_last or channels_first; None means the global setting."""
        return DataFormat(default)

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
        return IntTuple(default, doc, rank, low, optional)

    @staticmethod
    def shape(default: Any = REQUIRED, doc: str = "") -> Any:
        """A tuple of integers or None."""
        return Shape(default, doc)

    @staticmethod
    def activation(default: Any = None, doc: str = "applied to the output") -> Any:
        """An activation function by name or as a callable; None is the identity."""
        return Known(activations, default, doc)

    @staticmethod
    def initializer(default: Any, doc: str = "") -> Any:
        """How a weight starts."""
        return Known(initializers, default, doc)

    @staticmethod
    def regularizer(doc: str = "penalty on the output, added to the loss") -> Any:
        """A penalty, None by default."""
        return Known(regularizers, None, doc)

    @staticmethod
    def constraint(doc: str = "") -> Any:
        """A projection, None by default."""
        return Known(constraints, None, doc)

    @staticmethod
    def layer(doc: str = "the layer that is wrapped") -> Any:
        """A layer, or its configuration."""
        return Known(layers, REQUIRED, doc)

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
        return Weight(initializer, prefix, regularizer, constraint, doc)


# ---- classes made of fields ----


class Configured:
    """A class whose constructor, configuration and help follow from its fields.

    Required fields may be given by position; a class that allows more says so in
    `positional`. Signature order is Keras's: plain fields, then initializers,
    regularizers, constraints.
    """

    fields: ClassVar[dict[str, Field]] = {}
    weight_fields: ClassVar[dict[str, Weight]] = {}
    positional: ClassVar[tuple[str, ...] | None] = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = {k: v for k, v in vars(cls).items() if isinstance(v, Field)}
        if not own:
            return
        cls.weight_fields = cls.weight_fields | {
            k: v for k, v in own.items() if isinstance(v, Weight)
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

    def __repr__(self) -> str:
        settings = ", ".join(f"{k}={v!r}" for k, v in self.get_config().items())
        return f"{type(self).__name__}({settings})"

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

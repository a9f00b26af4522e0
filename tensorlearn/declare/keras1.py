"""Keras-1 spellings, translated to Keras 2 with one warning that shows the new call.

One table of renames serves every class: an old name is replaced by those new names that
the class has. What cannot be said as a rename is an adapter, looked up by class name.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from numbers import Integral
from typing import Any

from tensorlearn.wording import frames_inside, say, suggest


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
    "m": ("max_value",),
}
"""Old name: the new names it stands for, of which a class takes those that it has."""

VALUES: dict[str, dict[Any, Any]] = {
    "dim_ordering": {"tf": "channels_last", "th": "channels_first", "default": None},
    "consume_less": {"cpu": 0, "mem": 1, "gpu": 2},
}
"""Old name: its old values and what they are called now."""

Arguments = tuple[tuple[Any, ...], dict[str, Any]]
Adapter = Callable[[Any, tuple[Any, ...], dict[str, Any]], Arguments]
ADAPTERS: dict[str, list[Adapter]] = {}
"""By class name: (class, args, kwargs) -> (args, kwargs), applied before the renames."""


def adapter(*class_names: str) -> Callable[[Adapter], Adapter]:
    """Decorator: the function rewrites the arguments of these classes."""

    def note(function: Adapter) -> Adapter:
        for name in class_names:
            ADAPTERS.setdefault(name, []).append(function)
        return function

    return note


def translate(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Arguments:
    """Arguments in today's names; warns once per call if any was in yesterday's.

    Raises TypeError if a setting is given under both its names.
    """
    before = (args, kwargs)
    for adapt in _adapters_of(cls):
        args, kwargs = adapt(cls, args, dict(kwargs))
    result: dict[str, Any] = {}
    for name, value in kwargs.items():
        new = () if name in cls.fields else RENAMES.get(name, ())
        targets = [n for n in new if n in cls.fields]
        for target in targets:
            if target in kwargs or target in result:
                raise _both(cls, name, target)
            known = VALUES.get(name, {})
            result[target] = (
                known.get(value, value) if isinstance(value, str) else value
            )
        if not targets:
            result[name] = value
    if args is not before[0] or not _same(result, before[1]):
        _warn(cls, args, result)
    return args, result


def _same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Whether the very same objects go by the same names (== is not for arrays)."""
    return a.keys() == b.keys() and all(a[name] is b[name] for name in a)


def _adapters_of(cls: Any) -> list[Adapter]:
    """Those of the class, or of its nearest ancestor that has any."""
    for ancestor in cls.__mro__:
        if ancestor.__name__ in ADAPTERS:
            return ADAPTERS[ancestor.__name__]
    return []


def _both(cls: Any, old: str, new: str) -> TypeError:
    return TypeError(
        say(
            "{owner}: `{old}` is the Keras-1 name of `{new}`; give only one",
            owner=cls.__name__,
            old=old,
            new=new,
        )
    )


def _warn(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    shown = [_short(a) for a in args] + [f"{k}={_short(v)}" for k, v in kwargs.items()]
    warnings.warn(
        say(
            "Update your `{owner}` call to the Keras 2 API: `{call}`",
            owner=cls.__name__,
            call=f"{cls.__name__}({', '.join(shown)})",
        ),
        Keras1Warning,
        stacklevel=frames_inside(),
    )


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


# ---- convolutions: a kernel size in separate numbers ----


def _joins_kernel_size(*names: str) -> Adapter:
    """The adapter for `Conv2D(64, 3, 3)` and `Conv2D(64, nb_row=3, nb_col=3)`."""

    def adapt(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Arguments:
        numbers = [int(a) for a in args[1:] if isinstance(a, Integral)]
        named = [name for name in names if name in kwargs]
        if len(args) > len(names) + 1:
            raise TypeError(
                say(
                    "{owner} can receive at most {count} positional arguments, got {got}; "
                    "pass the others by name",
                    owner=cls.__name__,
                    count=len(names) + 1,
                    got=len(args),
                )
            )
        if len(numbers) == 2 and not named:
            _refuse_ambiguous(cls, args, kwargs)
        rest = list(names[len(numbers) :])
        if named and (named != rest or len(numbers) < len(args[1:])):
            raise TypeError(
                say(
                    "{owner}: the Keras-1 arguments {names} must be given all together; "
                    "in Keras 2 write kernel_size=(...)",
                    owner=cls.__name__,
                    names=", ".join(names),
                )
            )
        numbers += [kwargs.pop(name) for name in named]
        if len(numbers) < len(names):
            return args, kwargs
        if "kernel_size" in kwargs:
            raise _both(cls, "/".join(names), "kernel_size")
        if args:
            return (args[0], tuple(numbers)), kwargs
        return args, kwargs | {"kernel_size": tuple(numbers)}

    return adapt


def _refuse_ambiguous(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Keras-2 names next to Conv2D(64, 3, 3): the second 3 may well be meant as strides."""
    modern = [n for n in ("padding", "strides", "data_format") if n in kwargs]
    if modern:
        raise ValueError(
            say(
                "{owner}{args}: is {last} meant as `strides`, or as part of the kernel "
                "size? With the Keras-2 argument `{modern}` this is ambiguous; write "
                "kernel_size={kernel}, or strides={last}",
                owner=cls.__name__,
                args=args,
                last=args[2],
                modern=modern[0],
                kernel=args[1:],
            )
        )


@adapter("Conv2DTranspose")
def _drop_output_shape(
    cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Arguments:
    """Deconvolution2D(64, 3, 3, (None, 28, 28, 64)): the shape follows from the rest."""
    if len(args) == 4 and isinstance(args[3], (tuple, list)):
        args = args[:3]
    return args, {k: v for k, v in kwargs.items() if k != "output_shape"}


adapter(
    "Conv2D",
    "Conv2DTranspose",
    "SeparableConv2D",
    "LocallyConnected2D",
    "ConvLSTM2D",
)(_joins_kernel_size("nb_row", "nb_col"))
adapter("Conv3D", "Conv3DTranspose")(
    _joins_kernel_size("kernel_dim1", "kernel_dim2", "kernel_dim3")
)


@adapter("SeparableConv1D", "SeparableConv2D")
def _two_kernels(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Arguments:
    for role in ("initializer", "regularizer", "constraint"):
        if f"kernel_{role}" in kwargs:
            raise TypeError(
                say(
                    "{owner}: there is no `kernel_{role}`, because the layer has two "
                    "kernels; use `depthwise_{role}` and `pointwise_{role}`",
                    owner=cls.__name__,
                    role=role,
                )
            )
    return args, kwargs


# ---- sequences ----


@adapter("Conv1D", "LocallyConnected1D", "Recurrent", "SimpleRNN", "GRU", "LSTM")
def _join_input_shape(
    cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Arguments:
    """input_dim=16, input_length=10 -> input_shape=(10, 16)"""
    if "input_dim" in kwargs:
        if "input_shape" in kwargs:
            raise _both(cls, "input_dim", "input_shape")
        length = kwargs.pop("input_length", None)
        kwargs["input_shape"] = (length, kwargs.pop("input_dim"))
    return args, kwargs


@adapter("LSTM", "ConvLSTM2D")
def _forget_bias(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Arguments:
    """'one' and 'zero' became a flag; the layer honours any other initializer."""
    flag = {"one": True, "ones": True, "zero": False, "zeros": False}
    value = kwargs.get("forget_bias_init")
    if isinstance(value, str) and value in flag:
        if "unit_forget_bias" in kwargs:
            raise _both(cls, "forget_bias_init", "unit_forget_bias")
        del kwargs["forget_bias_init"]
        kwargs["unit_forget_bias"] = flag[value]
    return args, kwargs


@adapter("SimpleRNN")
def _one_way_only(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Arguments:
    """A plain recurrent layer never had more than one way of being computed."""
    gone = ("consume_less", "implementation")
    return args, {k: v for k, v in kwargs.items() if k not in gone}


# ---- others ----


@adapter("BatchNormalization")
def _mode(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Arguments:
    mode = kwargs.pop("mode", 0)
    if mode != 0:
        raise TypeError(
            say(
                "{owner}: only `mode`=0 of Keras 1 still exists, got {mode!r}; instead of "
                "mode=1 use LayerNormalization, instead of mode=2 a layer per input",
                owner=cls.__name__,
                mode=mode,
            )
        )
    return args, kwargs


@adapter(
    "GlobalMaxPooling2D",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling3D",
    "GlobalAveragePooling3D",
)
def _ordering_first(
    cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Arguments:
    """GlobalMaxPooling2D('th') -> GlobalMaxPooling2D('channels_first')"""
    known = VALUES["dim_ordering"]
    if args and isinstance(args[0], str) and args[0] in known:
        args = (known[args[0]], *args[1:])
    return args, kwargs


@adapter("ZeroPadding1D")
def _padding_1d(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Arguments:
    def pairs(padding: Any) -> Any:
        if isinstance(padding, dict):
            return _sides(cls, padding, "left_pad", "right_pad")
        return padding

    return _rewrite_padding(pairs, args, kwargs)


@adapter("ZeroPadding2D")
def _padding_2d(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Arguments:
    """(top, bottom, left, right), flat or as a dictionary, in pairs."""

    def pairs(padding: Any) -> Any:
        if isinstance(padding, dict):
            padding = _sides(
                cls, padding, "top_pad", "bottom_pad", "left_pad", "right_pad"
            )
        if isinstance(padding, (tuple, list)) and len(padding) == 4:
            return (padding[0], padding[1]), (padding[2], padding[3])
        return padding

    return _rewrite_padding(pairs, args, kwargs)


def _rewrite_padding(
    pairs: Callable[[Any], Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Arguments:
    if "padding" in kwargs:
        kwargs["padding"] = pairs(kwargs["padding"])
    elif args and pairs(args[0]) is not args[0]:
        args = (pairs(args[0]), *args[1:])
    return args, kwargs


def _sides(cls: Any, padding: dict[str, Any], *sides: str) -> tuple[Any, ...]:
    unknown = [side for side in padding if side not in sides]
    if unknown:
        raise ValueError(
            say(
                "{owner}: `padding` may hold the keys {wanted}, got {got!r}{hint}",
                owner=cls.__name__,
                wanted=", ".join(sides),
                got=unknown[0],
                hint=suggest(unknown[0], sides),
            )
        )
    return tuple(padding.get(side, 0) for side in sides)

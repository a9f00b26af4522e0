"""`keras.legacy.interfaces`: decorators that let layers of other people accept old names.

Our own layers do that by themselves; these are for layers written against Keras 2.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from tensorlearn.declare.keras1 import RENAMES, VALUES, Keras1Warning
from tensorlearn.wording import say

Function = Callable[..., Any]


def generate_legacy_interface(
    allowed_positional_args: Sequence[str] | None = None,
    conversions: Sequence[tuple[str, str]] | None = None,
    preprocessor: Callable[[Any, Any], Any] | None = None,
    value_conversions: dict[str, dict[Any, Any]] | None = None,
    object_type: str = "class",
) -> Callable[[Function], Function]:
    """A decorator that replaces old keyword names (old, new) and values, with a warning."""

    def decorate(function: Function) -> Function:
        name = getattr(function, "__qualname__", "").split(".")[0]

        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            changed = False
            if preprocessor is not None:
                args, kwargs, old = preprocessor(args, kwargs)
                changed = bool(old)
            for old_name, new_name in conversions or ():
                if old_name in kwargs and new_name not in kwargs:
                    value = kwargs.pop(old_name)
                    known = (value_conversions or {}).get(old_name, {})
                    kwargs[new_name] = (
                        known.get(value, value) if _plain(value) else value
                    )
                    changed = True
            if changed:
                shown = ", ".join(f"{k}={v!r}" for k, v in kwargs.items())
                warnings.warn(
                    say(
                        "Update your `{owner}` call to the Keras 2 API: `{call}`",
                        owner=name,
                        call=f"{name}({shown})",
                    ),
                    Keras1Warning,
                    stacklevel=2,
                )
            return function(*args, **kwargs)

        wrapper._original_function = function  # type: ignore[attr-defined]
        return wrapper

    return decorate


def _plain(value: Any) -> bool:
    return isinstance(value, (str, int, float, type(None)))


def _by_signature(function: Function) -> Function:
    """The decorator for a function whose own signature says which new names it has."""
    known = inspect.signature(function).parameters
    pairs = [
        (old, new)
        for old, targets in RENAMES.items()
        for new in targets
        if new in known and old not in known
    ]
    made = generate_legacy_interface(conversions=pairs, value_conversions=VALUES)
    return made(function)


legacy_dense_support = _by_signature
legacy_dropout_support = _by_signature
legacy_embedding_support = _by_signature
legacy_pooling1d_support = _by_signature
legacy_prelu_support = _by_signature
legacy_gaussiannoise_support = _by_signature
legacy_recurrent_support = _by_signature
legacy_gaussiandropout_support = _by_signature
legacy_lambda_support = _by_signature
legacy_pooling2d_support = _by_signature
legacy_pooling3d_support = _by_signature
legacy_global_pooling_support = _by_signature
legacy_upsampling1d_support = _by_signature
legacy_upsampling2d_support = _by_signature
legacy_upsampling3d_support = _by_signature
legacy_conv1d_support = _by_signature
legacy_conv2d_support = _by_signature
legacy_conv3d_support = _by_signature
legacy_separable_conv2d_support = _by_signature
legacy_deconv2d_support = _by_signature
legacy_batchnorm_support = _by_signature
legacy_zeropadding2d_support = _by_signature
legacy_cropping2d_support = _by_signature
legacy_spatialdropout1d_support = _by_signature
legacy_spatialdropoutNd_support = _by_signature  # noqa: N816 - Keras's name
legacy_convlstm2d_support = _by_signature
legacy_input_support = _by_signature


def _as_it_is(function: Function) -> Function:
    """The decorator for what understands old names by itself."""
    return function


legacy_add_weight_support = _as_it_is
legacy_generator_methods_support = _as_it_is
legacy_get_updates_support = _as_it_is
legacy_model_constructor_support = _as_it_is

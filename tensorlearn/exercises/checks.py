"""What the tests of a chapter are written with: comparisons that explain themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensorlearn.testing import check_engine as engine
from tensorlearn.testing import check_gradient as gradient
from tensorlearn.testing import check_layer as layer
from tensorlearn.wording import language, say

__all__ = [
    "Wrong",
    "close",
    "engine",
    "expect",
    "gradient",
    "layer",
    "numbers",
    "raises",
    "wrong",
]


class Wrong(AssertionError):  # noqa: N818 - it is an answer, not an accident
    """An answer is wrong; the text says how."""


def numbers(*shape: int, seed: int = 0) -> np.ndarray:
    """Normal random numbers of a shape, the same ones every time."""
    return np.random.default_rng(seed).normal(size=shape)


def wrong(*, zh: str, en: str) -> None:
    """Wrong, in the student's language."""
    raise Wrong({"zh": zh, "en": en}[language()])


def expect(condition: Any, *, zh: str, en: str) -> None:
    """Wrong, in the student's language, unless the condition holds."""
    if not condition:
        wrong(zh=zh, en=en)


def raises(error: type[Exception], call: Callable[[], Any], what: str) -> None:
    """Wrong unless `call()` raises `error`; `what` is the call as text."""
    try:
        got = call()
    except error:
        return
    except NotImplementedError:
        raise
    except Exception as other:
        found = type(other).__name__
    else:
        found = say("the result {value}", value=_short(got))
    raise Wrong(
        say(
            "{what} must raise {error}, got {found}",
            what=what,
            error=error.__name__,
            found=found,
        )
    )


def close(
    got: Any, wanted: Any, what: str, rtol: float = 1e-6, atol: float = 1e-8
) -> None:
    """Wrong unless `got` equals `wanted` within tolerances; `what` is the call as text."""
    wanted = np.asarray(wanted)
    found = _array(got, what)
    if found.shape != wanted.shape:
        raise Wrong(
            say(
                "{what} must have the shape {wanted}, got {got}",
                what=what,
                wanted=wanted.shape,
                got=found.shape,
            )
        )
    if "U" in found.dtype.kind + wanted.dtype.kind:
        bad = found != wanted
        gap = bad.astype(float)
    else:
        bad = ~np.isclose(found, wanted, rtol=rtol, atol=atol, equal_nan=True)
        gap = np.where(bad, np.abs(found - 1.0 * wanted), -1.0)
    if not bad.any():
        return
    if found.ndim == 0:
        raise Wrong(_differs(what, wanted, found))
    worst = np.unravel_index(np.argmax(np.nan_to_num(gap, nan=np.inf)), gap.shape)
    raise Wrong(
        say(
            "{what} is wrong at {count} of {size} places, most of all at {index}: "
            "{wanted} is right, got {got}",
            what=what,
            count=int(bad.sum()),
            size=found.size,
            index=[int(i) for i in worst],
            wanted=_short(wanted[worst]),
            got=_short(found[worst]),
        )
    )


def _array(got: Any, what: str) -> np.ndarray:
    """`got` as an array of numbers, or Wrong."""
    if got is None:
        raise Wrong(say("{what} gave None: is a `return` missing?", what=what))
    try:
        found = np.asarray(got)
    except (TypeError, ValueError):
        found = np.asarray(None)
    if found.dtype.kind not in "biufcU":
        raise Wrong(
            say("{what} must be numbers, got {value}", what=what, value=_short(got))
        )
    return found


def _differs(what: str, wanted: Any, got: Any) -> str:
    return say(
        "{what} must be {wanted}, got {got}",
        what=what,
        wanted=_short(wanted),
        got=_short(got),
    )


def _short(value: Any) -> str:
    """On one line, with six digits, and not without end."""
    if isinstance(value, (np.ndarray, np.generic)) and np.ndim(value) == 0:
        value = value.item()
    if isinstance(value, float):
        return f"{value:.6g}"
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else text[:77] + "..."

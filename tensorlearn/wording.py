"""What the library says to people, in their language.

Every message is an English template in the source, passed through `say`; Chinese comes
from one gettext catalogue (`locale/zh`). Nothing here knows what a layer or a Tensor is.
"""

from __future__ import annotations

import difflib
import gettext
import os
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "zh")


def language() -> str:
    """The language of messages: "en" or "zh"."""
    return _chosen[0]


def set_language(code: str) -> None:
    """Choose the language of messages: "en" or "zh" (also `TENSORLEARN_LANG`).

    Raises ValueError for any other code.
    """
    short = str(code).lower().replace("-", "_").split("_")[0]
    if short not in LANGUAGES:
        raise ValueError(
            f"set_language: `code` must be one of {', '.join(LANGUAGES)}, got {code!r}"
        )
    _chosen[0] = short


def say(template: str, **values: object) -> str:
    """`template` in the chosen language, with its {fields} filled in.

    >>> say("{owner}: `{argument}` is missing", owner="Dense", argument="units")
    'Dense: `units` is missing'
    """
    return translate(template).format(**values)


def translate(text: str) -> str:
    """`text` in the chosen language, as it is: for help, where braces mean braces."""
    return _catalogue(_chosen[0]).gettext(text)


def suggest(name: object, known: Iterable[object]) -> str:
    """A trailing hint naming the closest known spelling, or the whole list if short.

    >>> suggest("sam", ["same", "valid"])
    "; did you mean 'same'?"
    """
    options = [str(option) for option in known]
    close = difflib.get_close_matches(str(name), options, n=1, cutoff=0.6)
    if close:
        return say("; did you mean {close!r}?", close=close[0])
    if options and len(options) <= 24:
        return say("; known: {options}", options=", ".join(sorted(options)))
    return ""


def frames_inside() -> int:
    """The `stacklevel` at which a warning blames the user's line."""
    frame, count = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, count = frame.f_back, count + 1
    return count


_PACKAGE = str(Path(__file__).resolve().parent) + os.sep


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    folder = Path(__file__).parent / "locale"
    return gettext.translation("tensorlearn", folder, languages=[code], fallback=True)


_chosen = ["en"]
_wanted = os.environ.get("TENSORLEARN_LANG", "")[:2].lower()
if _wanted in LANGUAGES:
    _chosen[0] = _wanted

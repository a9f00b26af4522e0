"""How matplotlib is used here: loaded when needed, in our colours, never with empty boxes.

No setting of matplotlib outlives a picture, and axes of the reader's own are drawn into as
they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from math import ceil, sqrt
from pathlib import Path
from typing import Any

import numpy as np

from tensorlearn.models.summary import cells_of
from tensorlearn.wording import language, say, set_language

BLUE, ORANGE, RED, GREY = "#2b6cb0", "#dd6b20", "#c53030", "#4a5568"
COLOURS = (BLUE, ORANGE, "#2f855a", "#805ad5", "#b7791f", "#0987a0", RED, GREY)
DIVERGING = "RdBu_r"

CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",  # matplotlib knows a collection by its first face
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Heiti SC",
    "SimHei",
    "Arial Unicode MS",
    "Droid Sans Fallback",
    "Noto Serif CJK SC",
    "Noto Serif CJK JP",
    "SimSun",
)


def pyplot() -> Any:
    """matplotlib.pyplot; ImportError with the remedy if it is not installed."""
    try:
        from matplotlib import pyplot as found
    except ImportError as error:
        raise ImportError(
            say(
                "this picture is drawn with matplotlib, which is not installed: pip "
                "install 'tensorlearn[plot]'"
            )
        ) from error
    return found


def chinese_font() -> str | None:
    """The name of an installed font with Chinese characters, or None."""
    from matplotlib import font_manager

    manager = font_manager.fontManager
    for look_again in (False, True):
        if look_again:
            _learn_new_fonts(manager)
        known = {font.name for font in manager.ttflist}
        found = next((name for name in CHINESE_FONTS if name in known), None)
        if found is not None:
            return found
    return None


@cache
def _learn_new_fonts(manager: Any) -> None:
    """Tell matplotlib of fonts that came after it had written down what there is."""
    from matplotlib import font_manager

    wanted = [name.replace(" ", "").lower() for name in CHINESE_FONTS]
    for path in font_manager.findSystemFonts():
        stem = Path(path).stem.removesuffix("-Regular").lower()
        if len(stem) > 3 and any(name.startswith(stem) for name in wanted):
            manager.addfont(path)


@contextmanager
def drawing() -> Iterator[Any]:
    """Within the block, texts have our style; gives `pyplot`.

    With a Chinese font it stands in for characters that the first font lacks. Without one
    the words of the picture are English, whatever the language.
    """
    plt = pyplot()
    font = chinese_font()
    spoken = language()
    families = list(plt.rcParams["font.family"])
    settings = {
        "font.family": [*families, font] if font else families,
        "axes.titlesize": 10.5,
        "axes.titlelocation": "left",
        "axes.labelsize": 9,
        "axes.labelcolor": GREY,
        "axes.edgecolor": "#a0aec0",
        "xtick.labelsize": 8.5,
        "ytick.labelsize": 8.5,
        "xtick.color": GREY,
        "ytick.color": GREY,
        "legend.fontsize": 8.5,
        "legend.frameon": False,
    }
    if font is None:
        set_language("en")
    try:
        with plt.rc_context(settings):
            yield plt
    finally:
        set_language(spoken)


def drawable(text: Any, otherwise: str) -> str:
    """`text`, or something in its place if it has characters that no font here has."""
    text = str(text)
    wide = any(cells_of(character) == 2 for character in text)
    return otherwise if wide and chinese_font() is None else text


def make_readable(ax: Any) -> None:
    """Let the Chinese font stand in, too, for words of axes made before `drawing`."""
    font = chinese_font()
    for text in ax.findobj(_is_text) if font else ():
        families = text.get_fontfamily()
        if font not in families:
            text.set_fontfamily([*families, font])


def _is_text(artist: Any) -> bool:
    return hasattr(artist, "set_fontfamily")


def letter_ticks(axis: Any, labels: list[str], **options: Any) -> None:
    """A tick for every label, in the fonts of the moment (ticks are made later)."""
    axis.set_ticks(range(len(labels)), labels, **options)
    family = pyplot().rcParams["font.family"]
    for text in axis.get_ticklabels():
        text.set_fontfamily(family)


def mosaic(images: Any, columns: int | None = None) -> Any:
    """Pictures side by side in one, with gaps.   (K, H, W[, 3]) -> (H', W'[, 3])

    A gap is one pixel, of NaN (white in a colour picture).
    """
    images = np.asarray(images, float)
    count, high, wide = images.shape[:3]
    columns = columns or ceil(sqrt(count * high / wide))
    rows = ceil(count / columns)
    empty = 1.0 if images.ndim == 4 else np.nan
    colours = images.shape[3:]
    page = np.full((rows, high + 1, columns, wide + 1, *colours), empty)
    for number, image in enumerate(images):  # pictures, not pixels
        page[number // columns, :high, number % columns, :wide] = image
    return page.reshape(rows * (high + 1), columns * (wide + 1), *colours)[:-1, :-1]

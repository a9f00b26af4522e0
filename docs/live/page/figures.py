"""The matplotlib backend of a page: `show` hands every open figure over as a PNG."""

from __future__ import annotations

import io
import sys
from typing import Any

from matplotlib import pyplot
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

FigureCanvas = FigureCanvasAgg
FigureManager = FigureManagerBase

SHARP = 2  # pixels of the picture for each one of the page

STYLE = {
    "figure.dpi": 100,
    "figure.constrained_layout.use": True,
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "grid.alpha": 0.3,
    "lines.linewidth": 1.6,
    "legend.frameon": False,
    "image.cmap": "viridis",
    "svg.hashsalt": "tensorlearn",
    "svg.fonttype": "path",
}
"""How the figures of the book look, built or drawn in the page."""

pyplot.rcParams.update(STYLE)


def show(*_args: Any, **_kwargs: Any) -> None:
    """Every open figure, in order, where the running block shows its output."""
    display = sys.modules["__main__"].__dict__["display"]
    for number in pyplot.get_fignums():
        display(Picture(pyplot.figure(number)))
    pyplot.close("all")


class Picture:
    """A figure as bytes of PNG."""

    def __init__(self, figure: Any) -> None:
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=figure.dpi * SHARP)
        self.png = file.getvalue()

    def _repr_png_(self) -> bytes:
        return self.png

"""Pictures of models: their layers, and how they feed each other."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

from tensorlearn.declare.fields import label
from tensorlearn.engine.operation import InputLayer
from tensorlearn.visual.picture import FORMATS, Arrow, Box, Picture
from tensorlearn.wording import say


def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
) -> Picture:
    """The layers of a model and how they feed each other, as a Picture.

    show_shapes: input and output shapes, too. rankdir: "TB" downwards, "LR" to the right.
    """
    if rankdir not in ("TB", "LR"):
        raise ValueError(
            say(
                "model_to_dot: `rankdir` must be 'TB' or 'LR', got {value!r}",
                value=rankdir,
            )
        )
    if not getattr(model, "built", False) or not getattr(model, "is_graph", False):
        raise ValueError(
            say(
                "{owner}: only a model whose layers are connected can be drawn; give the "
                "first layer an input_shape, or call build",
                owner=label(model),
            )
        )
    keys = {layer: f"n{i}" for i, layer in enumerate(_layers(model))}
    feeds = {
        (s.call.layer, call.layer): None
        for call in model.calls
        for s in call.inputs
        if s.call is not None and s.call.layer in keys
    }
    kinds = {layer: ("layer", "leaf")[isinstance(layer, InputLayer)] for layer in keys}
    boxes = [
        Box(key, _lines(layer, show_shapes, show_layer_names), kinds[layer])
        for layer, key in keys.items()
    ]
    return Picture(boxes, [Arrow(keys[a], keys[b]) for a, b in feeds], rankdir)


def plot_model(
    model: Any,
    to_file: Any = "model.svg",
    show_shapes: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
) -> Picture:
    """Draw a model into a file: .svg, .dot, or Mermaid in .mmd, .md and .txt.

    For any other ending, such as .png, an SVG of the same name is written, with a warning.
    Returns the picture, which a notebook shows.
    """
    picture = model_to_dot(model, show_shapes, show_layer_names, rankdir)
    path = Path(os.fspath(to_file))
    if path.suffix.lower() not in FORMATS:
        path = path.with_suffix(".svg")
        warnings.warn(
            say(
                "pictures are drawn as SVG here, so {asked} became {path}",
                asked=to_file,
                path=path,
            ),
            stacklevel=2,
        )
    picture.write(path)
    return picture


def _layers(model: Any) -> list[Any]:
    """In the order of the calls; a Sequential does not list its entry, but draws it."""
    return list(dict.fromkeys(call.layer for call in model.calls))


def _lines(layer: Any, shapes: bool, names: bool) -> list[str]:
    kind = type(layer).__name__
    inner = getattr(layer, "layer", None)
    if inner is not None and hasattr(inner, "inbound_nodes"):
        kind = f"{kind}({type(inner).__name__})"
    lines = [f"{layer.name}: {kind}" if names else kind]
    if shapes:
        for word, attribute in (("input", "input_shape"), ("output", "output_shape")):
            try:
                shape = getattr(layer, attribute)
            except AttributeError:
                shape = "multiple"
            lines.append(f"{word}: {shape}")
    return lines

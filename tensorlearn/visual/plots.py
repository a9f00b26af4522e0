"""Curves of a training, weights and feature maps, drawn with matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import numpy as np

from tensorlearn.autograd import Tensor
from tensorlearn.declare.fields import label
from tensorlearn.views import view
from tensorlearn.visual.style import (
    BLUE,
    COLOURS,
    DIVERGING,
    ORANGE,
    drawable,
    drawing,
    make_readable,
    mosaic,
)
from tensorlearn.wording import say

Array = np.ndarray[Any, Any]

# ---- history ----


@view("history")
def plot_history(history: Any, ax: Any = None, *, log: bool = False) -> Any:
    """Losses and metrics over the epochs, training and validation, the best value marked.

    history: what `fit` returns, or its dictionary. ax: Axes to draw into, as many as there
    are panels; a single one gets the loss. log: logarithmic losses. Returns the Axes, an
    array with one for each panel unless a single one was given.
    """
    values = getattr(history, "history", history)
    if not isinstance(values, Mapping) or not values:
        raise ValueError(
            say(
                "history.plot: there is nothing to draw yet; `fit` must have finished an "
                "epoch"
            )
        )
    epochs = [n + 1 for n in getattr(history, "epoch", range(_longest(values)))]
    panels = _panels(values)
    with drawing() as plt:
        if ax is None:
            wide = min(len(panels), 3)
            tall = ceil(len(panels) / wide)
            _, grid = plt.subplots(
                tall, wide, figsize=(4.6 * wide, 3.2 * tall), squeeze=False,
                layout="constrained",
            )  # fmt: skip
            for spare in grid.flat[len(panels) :]:
                spare.set_axis_off()
            axes = grid.ravel()[: len(panels)]
        else:
            axes = np.atleast_1d(np.asarray(ax, object)).ravel()
        for one, (title, names) in zip(axes, panels.items(), strict=False):
            _curves(one, title, names, values, epochs, log)
    return axes if np.ndim(ax) or ax is None else ax


def _longest(values: Mapping[str, Any]) -> int:
    return max(map(len, values.values()))


def _panels(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is drawn together: `loss` with `one_loss`, `one_acc` with `two_acc`."""
    outputs = [n.removesuffix("_loss") for n in values if n.endswith("_loss")]
    outputs = [name for name in outputs if name != "val"]
    panels: dict[str, list[str]] = {}
    for name in values:
        if name.startswith("val_"):
            continue
        of = next((o for o in outputs if name.startswith(f"{o}_")), "")
        panels.setdefault(name.removeprefix(f"{of}_") if of else name, []).append(name)
    return panels


def _curves(
    ax: Any,
    title: str,
    names: Sequence[str],
    values: Mapping[str, Any],
    epochs: Sequence[int],
    log: bool,
) -> None:
    """One panel: a colour for training and one for validation, or one for every output."""
    several = len(names) > 1
    for i, name in enumerate(names):
        colour = COLOURS[i % len(COLOURS)]
        whose = f"{drawable(name, f'#{i}')} " if several else ""
        parts = [(name, say("training"), "--" if several else "-", colour)]
        if f"val_{name}" in values:
            own = colour if several else ORANGE
            parts.append((f"val_{name}", say("validation"), "-", own))
        for key, word, dashes, own in parts:
            text = f"{whose}{word}"
            if key == parts[-1][0]:
                text += _mark_best(ax, title, values[key], epochs, own)
            x = epochs[-len(values[key]) :]
            ax.plot(x, values[key], dashes, color=own, label=text, linewidth=1.6)
    if log and title.endswith("loss"):
        ax.set_yscale("log")
    ax.set_title(drawable(title, "metric"))
    ax.set_xlabel(say("epoch"))
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", alpha=0.25)
    ax.legend()
    make_readable(ax)


def _mark_best(
    ax: Any, title: str, values: Sequence[float], epochs: Sequence[int], colour: str
) -> str:
    """A dot at the best epoch; says which it is. A learning rate has no best value."""
    y = np.asarray(values, float)
    if title == "lr" or not np.isfinite(y).any():
        return ""
    best = int(np.nanargmax(y) if "acc" in title else np.nanargmin(y))
    x = epochs[-len(y) :]
    ax.plot(x[best], y[best], "o", color=colour, markersize=5.5)
    return say(", best {value:.4g} in epoch {epoch}", value=y[best], epoch=x[best])


# ---- weights ----


def plot_weights(thing: Any, ax: Any = None, *, limit: int = 64) -> Any:
    """What weights look like: filters as pictures, matrices in colours, others as bars.

    thing: a model (how the values of every weight are spread), a layer, a Parameter, or an
    array. ax: Axes to draw into; the first weight is then shown. limit: how many filters.
    Returns the Axes, an array of them where there are several.
    """
    if hasattr(thing, "weights"):
        weights = [(p.name.removesuffix(":0"), p.data) for p in thing.weights]
        owner = label(thing)
    else:
        data = np.asarray(thing.data if isinstance(thing, Tensor) else thing)
        owner = str(getattr(thing, "name", say("array"))).removesuffix(":0")
        weights = [(owner, data)]
    if not weights:
        raise ValueError(
            say(
                "plot_weights: {owner} has no weights; are there any, and has the model "
                "been built?",
                owner=owner,
            )
        )
    spread = hasattr(thing, "layers")
    with drawing() as plt:
        if ax is not None:
            first = drawable(weights[0][0], "weight 0")
            _weight(ax, first, weights[0][1], spread, limit)
            return ax
        wide = min(len(weights), 4 if spread else 3)
        tall = ceil(len(weights) / wide)
        size = (2.6 * wide, 2.0 * tall) if spread else (3.8 * wide, 3.4 * tall)
        _, grid = plt.subplots(
            tall, wide, figsize=size, squeeze=False, layout="constrained"
        )
        for one in grid.flat[len(weights) :]:
            one.set_axis_off()
        for i, (one, weight) in enumerate(zip(grid.flat, weights, strict=False)):
            _weight(one, drawable(weight[0], f"weight {i}"), weight[1], spread, limit)
    axes = grid.ravel()[: len(weights)]
    return axes if len(weights) > 1 else axes[0]


def _weight(ax: Any, name: str, values: Array, spread: bool, limit: int) -> None:
    shape = "×".join(map(str, values.shape))
    ax.set_title(f"{name}  {shape}", fontsize=8.5 if spread else 10)
    make_readable(ax)
    if spread:
        bins = int(np.clip(2 * np.sqrt(values.size), 5, 40))
        ax.hist(values.ravel(), bins=bins, color=BLUE, alpha=0.85)
        ax.axvline(0, color="#a0aec0", linewidth=0.8)
        ax.set_yticks([])
        ax.spines[["top", "right", "left"]].set_visible(False)
    elif values.ndim < 2:
        ax.bar(range(values.size), values.ravel(), color=BLUE)
        ax.axhline(0, color="#a0aec0", linewidth=0.8)
        ax.spines[["top", "right"]].set_visible(False)
    elif values.ndim == 2:
        _coloured(ax, values, aspect="auto")
    else:
        _filters(ax, values, limit)


def _filters(ax: Any, kernel: Array, limit: int) -> None:
    """Filters as small pictures: in colour for three channels, else channel by channel."""
    *space, channels, count = kernel.shape  # (*K, C, F)
    flat = kernel.reshape(*space, channels, count)
    if len(space) != 2:  # one row per tap of a 1D kernel, slices of a 3D one
        flat = kernel.reshape(-1, 1, channels, count)
    images = np.moveaxis(flat, -1, 0)[:limit]  # (F, H, W, C)
    if channels == 3 and len(space) == 2:
        low, high = images.min(), images.max()
        ax.imshow(mosaic((images - low) / max(high - low, 1e-12)))
        ax.set_axis_off()
        return
    images = np.moveaxis(images, -1, 1)  # (F, C, H, W)
    columns = channels if channels > 1 else None
    pictures = images.reshape(-1, *images.shape[2:])[: max(limit, channels)]
    _coloured(ax, mosaic(pictures, columns))
    ax.set_axis_off()


def _coloured(ax: Any, values: Array, **options: Any) -> None:
    """Red above 0, blue below, white at 0, and a scale."""
    reach = float(np.nanmax(np.abs(values))) or 1.0
    image = ax.imshow(
        values,
        cmap=DIVERGING,
        vmin=-reach,
        vmax=reach,
        interpolation="nearest",
        **options,
    )
    ax.figure.colorbar(image, ax=ax, shrink=0.8).outline.set_visible(False)


# ---- feature maps ----


def feature_maps(
    model: Any, x: Any, layer: str | None = None, ax: Any = None, *, limit: int = 36
) -> Any:
    """What each channel of a layer makes of one sample, as small pictures.

    x: one sample with its batch axis (of more the first counts), or a list of them. layer:
    a name as `model.trace` has it; by default the first layer that gives pictures.
    Sequences (N, T, C) become one picture of channels over time. limit: of channels.
    """
    call = _call_with_channels(model, x, layer)
    maps = call.outputs[0].value[0]
    if getattr(call.layer, "data_format", "") == "channels_first":
        maps = np.moveaxis(maps, 0, -1)
    name = drawable(call.name, type(call.layer).__name__)
    flat = maps.ndim == 2  # (T, C)
    picture = maps.T if flat else mosaic(np.moveaxis(maps, -1, 0)[:limit])
    with drawing() as plt:
        if ax is None:
            _, ax = plt.subplots(figsize=(6.4, 5.2), layout="constrained")
        image = ax.imshow(
            picture,
            "magma",
            interpolation="nearest",
            aspect="auto" if flat else "equal",
        )
        ax.figure.colorbar(image, ax=ax, shrink=0.8).outline.set_visible(False)
        if flat:
            ax.set_title(f"{name}  {'×'.join(map(str, maps.shape))}")
            ax.set_xlabel(say("time"))
            ax.set_ylabel(say("channel"))
        else:
            ax.set_title(_how_many(name, limit, maps.shape[-1]))
            ax.set_axis_off()
        make_readable(ax)
    return ax


def _call_with_channels(model: Any, x: Any, layer: str | None) -> Any:
    """The traced call of the layer asked for, or of the first that gives pictures."""
    listed = x if isinstance(x, (list, tuple)) else [x]
    one = [np.asarray(part)[:1] for part in listed]
    trace = model.trace(one if len(one) > 1 else one[0])
    calls = trace if layer is None else [trace[layer]]
    found = next((c for c in calls if c.outputs[0].value.ndim in (3, 4)), None)
    if found is None:
        raise ValueError(
            say(
                "feature_maps: {owner} has no channels to be drawn there; choose a layer "
                "whose output is (N, H, W, C) or (N, T, C)",
                owner=label(model) if layer is None else repr(layer),
            )
        )
    return found


def _how_many(name: str, limit: int, channels: int) -> str:
    if channels <= limit:
        return say("{name}: {all} channels", name=name, all=channels)
    return say(
        "{name}: {shown} of {all} channels", name=name, shown=limit, all=channels
    )

"""Rules about inputs: the order of channels, the scale, and what never changes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tensorlearn.layers import convolutional, core, pooling
from tensorlearn.layers.embeddings import Embedding
from tensorlearn.layers.normalization import BatchNormalization, LayerNormalization
from tensorlearn.models.guidance_case import Case, Finding, In
from tensorlearn.wording import say

Found = Iterator[Finding]
_OF_IMAGES = (
    convolutional.Conv2D,
    convolutional.SeparableConv2D,
    convolutional.DepthwiseConv2D,
    pooling.MaxPooling2D,
    pooling.AveragePooling2D,
)
_NORMALIZING = (BatchNormalization, LayerNormalization)
_OF_PIXELS = (*_OF_IMAGES, core.Dense, core.Flatten, core.Reshape)
_COLOURS = (1, 3, 4)


def each(rule: Callable[[Case, In], Found]) -> Callable[[Case], Found]:
    """A rule about one input, as a rule about all of them."""

    def every(case: Case) -> Found:
        for one in case.inputs:
            yield from rule(case, one)

    return every


def channel_order(case: Case, given: In) -> Found:
    """Images whose channels stand where the first layer looks for rows or columns."""
    taker = next((t for t in given.takers if isinstance(t, _OF_IMAGES)), None)
    if taker is None or len(given.shape) != 4:
        return
    a, b, c = (n or 0 for n in given.shape[1:])
    last = taker.data_format == "channels_last"
    if not (_is_first(a, b, c) if last else _is_first(c, a, b)):
        return
    if a == 1 and getattr(taker, "kernel_size", (0,))[0] == 1:
        return  # a sequence in the form of an image one pixel high
    other = "channels_first" if last else "channels_last"
    yield Finding(
        "warning",
        "channel_order",
        given.where,
        say(
            "images of shape {shape} look like {other}, but the layer {layer!r} takes "
            "them as {own}: {channels} channels",
            shape=(a, b, c),
            other=other,
            layer=taker.name,
            own=taker.data_format,
            channels=c if last else a,
        ),
        say(
            "move the axis: {call}, and adapt input_shape",
            call=f"np.moveaxis(x, {'1, -1' if last else '-1, 1'})",
        ),
    )


def _is_first(channels: int, rows: int, columns: int) -> bool:
    """Whether this can hardly be anything but channels before rows and columns."""
    square = rows == columns >= 8
    return (channels in (1, 3) and square) or (
        channels == 3 and min(rows, columns) >= 16
    )


def unscaled_pixels(case: Case, given: In) -> Found:
    """Whole numbers up to 255 in what has the shape of images."""
    if not given.takers or not all(isinstance(t, _OF_PIXELS) for t in given.takers):
        return
    if not _has_image_shape(given.x.shape[1:]) or not _are_pixels(given.x):
        return
    if any(isinstance(layer, _NORMALIZING) for layer in _layers(case.model)):
        return
    yield Finding(
        "warning",
        "unscaled_pixels",
        given.where,
        say(
            "the images hold numbers up to {high:g}; networks learn badly from numbers "
            "that large",
            high=given.x.max(),
        ),
        say("divide them by 255: x.astype('float32') / 255"),
    )


def _has_image_shape(shape: tuple[int, ...]) -> bool:
    if len(shape) == 3:
        return shape[-1] in _COLOURS or shape[0] in _COLOURS
    if len(shape) == 2:
        return shape[0] == shape[1] >= 8
    side = math.isqrt(shape[0]) if len(shape) == 1 else 0
    return 8 <= side <= 64 and side * side == shape[0]  # images laid out in a row


def _are_pixels(x: Any) -> bool:
    if x.max() > 255 or x.max() < 100 or x.min() != 0:
        return False
    bright = np.count_nonzero(x >= 100) / x.size
    return bright > 0.02 and bool((x == np.rint(x)).all())


def _layers(model: Any) -> Iterator[Any]:
    for layer in model.sublayers():
        yield layer
        yield from _layers(layer)


# ---- only when `check` asks ----


def same_inputs(_case: Case, given: In) -> Found:
    """Samples or features that do not differ."""
    x = given.x
    if len(x) < 8 or any(isinstance(taker, Embedding) for taker in given.takers):
        return
    fixed = (x == x[:1]).all(axis=0)
    if fixed.all():
        yield Finding(
            "warning",
            "same_inputs",
            given.where,
            say("all samples are the same"),
            say("look at how x was made"),
        )
    elif x.ndim == 2 and fixed.any() and not _has_image_shape(x.shape[1:]):
        yield Finding(
            "note",
            "constant_features",
            given.where,
            say(
                "{count} of {all} features never change: {which}",
                count=int(fixed.sum()),
                all=fixed.size,
                which=", ".join(map(str, np.flatnonzero(fixed)[:10])),
            ),
            say("nothing can be learnt from them; leave them out"),
        )


def large_inputs(_case: Case, given: In) -> Found:
    """Features on a scale that makes learning hard."""
    x = given.x
    tame = any(isinstance(t, (Embedding, *_NORMALIZING)) for t in given.takers)
    if tame or x.dtype.kind == "b" or _are_pixels(x):
        return
    largest = float(np.abs(x).max())
    if largest > 100:
        yield Finding(
            "note",
            "large_inputs",
            given.where,
            say(
                "numbers as large as {largest:.4g} make learning hard", largest=largest
            ),
            say("standardize each feature: (x - x.mean(axis=0)) / x.std(axis=0)"),
        )


INPUT_RULES = (each(channel_order), each(unscaled_pixels))
"""Cheap and beyond doubt: `fit` asks them, too."""

MORE_INPUT_RULES = (each(same_inputs), each(large_inputs))

"""Crossentropies of probabilities, each in one piece: the losses of most networks.

Probabilities are kept `low` away from 0 and 1, so that no logarithm is infinite; where
that limit holds a probability back, no gradient flows to it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorlearn.autograd.primitive import elementwise, primitive
from tensorlearn.ops.elementwise import clip, log
from tensorlearn.ops.reduce import reduce_sum, row_sums


def _limited(x: Any, low: float, out: Any = None) -> Any:
    return np.minimum(np.maximum(x, low, out=out), 1.0 - low, out=out)


@primitive
def crossentropy(chances: Any, targets: Any, *, low: float = 1e-7) -> Any:
    """-Σ targets · log(chances / Σ chances), over the last axis.   (..., C)x2 -> (...)"""
    share = chances / row_sums(chances)
    logs = np.log(_limited(share, low, out=share), out=share)
    return -row_sums(targets * logs)[..., 0]


@crossentropy.pullback(0)
def _(g: Any, _y: Any, chances: Any, targets: Any, *, low: float = 1e-7) -> Any:
    total = reduce_sum(chances, axis=-1, keepdims=True)
    share = chances / total
    kept = clip(share, low=low, high=1.0 - low)
    inside = share == kept
    counted = targets if np.all(inside) else targets * inside
    gx = counted / kept
    gx -= reduce_sum(counted, axis=-1, keepdims=True)  # which is Σ gx · share
    gx *= g[..., None] / -total
    return gx


@crossentropy.pullback(1)
def _(g: Any, _y: Any, chances: Any, targets: Any, *, low: float = 1e-7) -> Any:
    share = chances / reduce_sum(chances, axis=-1, keepdims=True)
    return log(clip(share, low=low, high=1.0 - low)) * -g[..., None]


def _two_sided(chances: Any, targets: Any, *, low: float = 1e-7) -> Any:
    chances = _limited(chances, low)
    logits = np.log(chances / (1.0 - chances))
    return np.logaddexp(logits, 0.0) - logits * targets


def _to_chances(
    g: Any, _y: Any, chances: Any, targets: Any, *, low: float = 1e-7
) -> Any:
    kept = clip(chances, low=low, high=1.0 - low)
    return g * (kept - targets) / (kept * (1.0 - kept)) * (kept == chances)


def _to_targets(
    g: Any, _y: Any, chances: Any, targets: Any, *, low: float = 1e-7
) -> Any:
    kept = clip(chances, low=low, high=1.0 - low)
    return -g * log(kept / (1.0 - kept))


two_sided_crossentropy = elementwise(
    _two_sided,
    _to_chances,
    _to_targets,
    name="two_sided_crossentropy",
    doc="-targets log(chances) - (1 - targets) log(1 - chances), by way of the logit.",
)

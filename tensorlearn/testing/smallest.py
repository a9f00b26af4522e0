"""The smallest failing example, found by Hypothesis; deterministic, nothing is stored.

Hypothesis belongs to the extra `test`; without it the example that failed first is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from tensorlearn.testing.judge import Finding

Examine = Callable[..., Finding | None]
EXAMPLES = 25
TRIALS = 25
"""So often is a smaller example tried; counted, so that every run finds the same."""


class _Fails(Exception):  # noqa: N818
    """For Hypothesis: this example fails."""


def is_strategy(x: Any) -> bool:
    """Whether this is a Hypothesis strategy (without importing Hypothesis)."""
    return any(cls.__module__.startswith("hypothesis.") for cls in type(x).__mro__)


def drawn(
    examine: Examine, inputs: Sequence[Any]
) -> tuple[Finding | None, dict[str, Any] | None]:
    """Examine inputs drawn from strategies: the most telling finding, and the smallest.

    The diagnosis is made where there are the most numbers: with few a pattern may be
    chance.
    """
    from hypothesis import strategies as st

    everything = st.tuples(*(x if is_strategy(x) else st.just(x) for x in inputs))
    failing: list[tuple[int, Finding]] = []

    def fails(values: Sequence[Any]) -> bool:
        finding = examine(values)
        if finding is not None:
            failing.append((_size(values), finding))
        return finding is not None

    _search(everything, fails)
    if not failing:
        return None, None
    most = max(size for size, _ in failing)
    telling = next(finding for size, finding in failing if size == most)
    return telling, failing[-1][1].inputs


def smallest(
    examine: Examine, inputs: Sequence[Any], finding: Finding
) -> dict[str, Any] | None:
    """A smaller example that fails like `inputs`: shorter axes, rounder numbers."""
    arrays = [x for x in inputs if isinstance(x, np.ndarray)]
    least = {n: min(n, 1) for n in sorted({n for x in arrays for n in x.shape})}
    found: list[Finding] = []
    tried = []

    def fails(plan: Any) -> bool:
        tried.append(plan)
        if len(tried) > TRIALS:
            return False
        try:
            other = examine([_reduced(x, *plan) for x in inputs], brief=True)
        except Exception:  # these shapes do not go together
            return False
        if other is None or other.where != finding.where:
            return False
        found.append(other)
        return True

    if not _is_short(least, fails):
        with suppress(Exception):  # no Hypothesis, or "flaky": the trials are used up
            _search(_plans(least), fails)
    if not found:
        return None
    return min(found, key=lambda other: _size(other.inputs.values())).inputs


def _is_short(least: dict[int, int], fails: Callable[[Any], bool]) -> bool:
    """Whether axes of 1 or 2 suffice; most mistakes show there, without any search."""
    for most in (1, 2):
        lengths = {n: min(n, most) for n in least}
        if not fails((0, lengths)):
            continue
        for n, fewest in least.items():
            shorter = {**lengths, n: fewest}
            if shorter != lengths and fails((0, shorter)):
                lengths = shorter
        return True
    return False


def _plans(least: dict[int, int]) -> Any:
    """Decimals to keep, and for each length of an axis a shorter one."""
    from hypothesis import strategies as st

    shorter = {n: st.integers(fewest, n) for n, fewest in least.items()}
    return st.tuples(st.sampled_from([0, 1, 2, None]), st.fixed_dictionaries(shorter))


def _size(values: Iterable[Any]) -> int:
    return sum(np.size(x) for x in values)


def _reduced(x: Any, decimals: int | None, lengths: dict[int, int]) -> Any:
    """The beginning of an array, rounded; equal lengths stay equal."""
    if isinstance(x, np.ndarray):
        part = x[tuple(slice(lengths[n]) for n in x.shape)]
        rounded = (
            part if decimals is None or x.dtype.kind != "f" else part.round(decimals)
        )
        return np.where(rounded == 0, part, rounded) if x.dtype.kind == "f" else part
    if isinstance(x, float) and decimals is not None:
        return round(x, decimals) or x
    return x


def _search(strategy: Any, fails: Callable[[Any], bool]) -> None:
    """Let Hypothesis look for an example that fails, and shrink it."""
    from hypothesis import HealthCheck, Phase, Verbosity, given, settings

    @settings(
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=EXAMPLES,
        verbosity=Verbosity.quiet,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(strategy)
    def trial(values: Any) -> None:
        if fails(values):
            raise _Fails

    with suppress(_Fails):
        trial()

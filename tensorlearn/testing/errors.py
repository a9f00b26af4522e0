"""GradientError: which gradient is wrong, where, by how much, and probably why."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


class GradientError(AssertionError):
    """A gradient is wrong.

    Attributes: `where` (which input), `index` of the worst element, its `analytic` value
    (None if there is none) and its `numeric` one, the `absolute` and `relative` error, the
    likely `cause` and the `remedy` as sentences, the `code` of the diagnosis, and the
    smallest failing `example` ({name: array}, or None).
    """

    def __init__(self, text: str, **facts: Any) -> None:
        super().__init__(text)
        self.code: str = facts.get("code", "unknown")
        self.where: str = facts.get("where", "")
        self.index: tuple[int, ...] = facts.get("index", ())
        self.analytic: float | None = facts.get("analytic")
        self.numeric: float | None = facts.get("numeric")
        self.absolute, self.relative = errors(self.analytic, self.numeric)
        self.cause: str = facts.get("cause", "")
        self.remedy: str = facts.get("remedy", "")
        self.example: dict[str, Any] | None = facts.get("example")

    def facts(self) -> dict[str, Any]:
        """All attributes, ready for JSON."""
        example = self.example and {
            name: np.asarray(value).tolist() for name, value in self.example.items()
        }
        numbers = {
            name: _finite(getattr(self, name))
            for name in ("analytic", "numeric", "absolute", "relative")
        }
        return {
            "code": self.code,
            "where": self.where,
            "index": list(self.index),
            **numbers,
            "cause": self.cause,
            "remedy": self.remedy,
            "example": example,
        }


def _finite(value: float | None) -> float | str | None:
    """JSON has no NaN."""
    return value if value is None or math.isfinite(value) else str(value)


def errors(
    analytic: float | None, numeric: float | None
) -> tuple[float | None, float | None]:
    """The absolute and the relative error; None where there is nothing to compare."""
    if numeric is None:
        return None, None
    a = analytic or 0.0
    largest = max(abs(numeric), abs(a) if math.isfinite(a) else 0.0, 1e-300)
    return abs(a - numeric), abs(a - numeric) / largest

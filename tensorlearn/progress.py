"""A progress bar after Keras's fashion, which knows where it is printed.

A terminal or notebook sees one line that moves, at most twenty times a second; a file or
pipe gets the finished lines only.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tensorlearn.wording import say


class Progbar:
    """Shows how far a loop has come and what it measures.

    target: the number of units (samples or steps), None if unknown. width: of the bar.
    verbose: 0 silent, 1 a bar, 2 one line at the end. interval: least seconds between two
    redraws. stateful_metrics: names whose last value counts, not their average.
    """

    def __init__(
        self,
        target: int | None,
        width: int = 30,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
    ) -> None:
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.stateful = set(stateful_metrics or ())
        self.seen = 0
        self.start = time.perf_counter()
        self._sums: dict[str, list[float]] = {}
        self._next = 0.0
        self._shown = 0  # length of the line that the next one has to cover

    def update(
        self, current: int, values: Sequence[tuple[str, Any]] | None = None
    ) -> None:
        """`current` units are done; `values` hold for those since the last update."""
        step = current - self.seen
        self.seen = current
        for name, value in values or ():
            if name in self.stateful:
                self._sums[name] = [float(value), 1.0]
            else:
                pair = self._sums.setdefault(name, [0.0, 0.0])
                pair[0] += float(value) * step
                pair[1] += step
        done = self.target is not None and current >= self.target
        if self.verbose == 1:
            self._draw(done)
        elif self.verbose == 2 and done:
            self._write(f" - {self._elapsed():.0f}s{self._measures()}\n")

    def add(self, n: int, values: Sequence[tuple[str, Any]] | None = None) -> None:
        """`n` more units are done."""
        self.update(self.seen + n, values)

    def _draw(self, done: bool) -> None:
        now = time.perf_counter()
        if not done and (now < self._next or not _moves()):
            return
        self._next = now + self.interval
        line = f"{self._bar()} - {self._clock(done)}{self._measures()}"
        blank = " " * (self._shown - len(line))
        self._shown = 0 if done else len(line)
        back = "\r" if _moves() else ""
        self._write(back + line + blank + ("\n" if done else ""))

    def _bar(self) -> str:
        if self.target is None:
            return f"{self.seen:7d}/" + say("unknown")
        digits = len(str(self.target))
        share = min(self.seen / self.target, 1.0) if self.target else 1.0
        full = int(self.width * share)
        bar = "=" * full
        if full < self.width:
            bar = "=" * max(full - 1, 0) + ">" * (full > 0) + "." * (self.width - full)
        return f"{self.seen:{digits}d}/{self.target} [{bar}]"

    def _clock(self, done: bool) -> str:
        spent = self._elapsed()
        each = spent / self.seen if self.seen else 0.0
        if self.target is not None and not done:
            return "ETA: " + _duration(each * (self.target - self.seen))
        per = f"{each:.0f}s" if each >= 1 else f"{each * 1e3:.0f}ms"
        return (
            f"{spent:.0f}s " + (f"{each * 1e6:.0f}us" if each < 1e-3 else per) + "/step"
        )

    def _measures(self) -> str:
        text = ""
        for name, (total, count) in self._sums.items():
            mean = total / max(count, 1)
            text += f" - {name}: " + (
                f"{mean:.4f}" if abs(mean) > 1e-3 else f"{mean:.4e}"
            )
        return text

    def _elapsed(self) -> float:
        return time.perf_counter() - self.start

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def _moves() -> bool:
    """Whether a carriage return goes back to the start of the line."""
    is_terminal = getattr(sys.stdout, "isatty", lambda: False)()
    return is_terminal or "ipykernel" in sys.modules


def _duration(seconds: float) -> str:
    if not np.isfinite(seconds):
        return "?"
    whole = int(seconds)
    if whole >= 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}" if whole >= 60 else f"{whole}s"

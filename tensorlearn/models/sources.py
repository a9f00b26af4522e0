"""Where batches come from when they do not come from arrays: generators and Sequences.

A `Source` hands them out epoch by epoch; threads make the next ones ready meanwhile.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from tensorlearn.config import random_state, set_random_state
from tensorlearn.prefetch import (
    GeneratorEnqueuer,
    OrderedEnqueuer,
    epoch_of,
    item,
    numbered,
)
from tensorlearn.wording import say

_NO_ARRAYS = (list, tuple, dict, str, np.ndarray)


def is_sequence(given: Any) -> bool:
    """Whether it holds numbered batches, as a `utils.Sequence` does."""
    parts = ("__getitem__", "__len__", "on_epoch_end")
    return not isinstance(given, _NO_ARRAYS) and all(hasattr(given, p) for p in parts)


def is_source(given: Any) -> bool:
    """Whether batches come from it: a generator, another iterator, or a Sequence."""
    return is_sequence(given) or (
        hasattr(given, "__next__") and not isinstance(given, _NO_ARRAYS)
    )


class Source:
    """Batches of a generator or Sequence, so many an epoch.

    steps: batches per epoch; None: all of a Sequence. samples: instead, an epoch ends as
    soon as so many samples have come, as in Keras 1. epochs: how many there will be.
    restarts: whether every epoch begins with the first batch of a Sequence. Use it as a
    context: leaving it ends the threads.
    """

    def __init__(
        self,
        method: str,
        given: Any,
        steps: int | None = None,
        samples: int | None = None,
        *,
        epochs: int = 1,
        workers: int = 1,
        max_queue_size: int = 10,
        shuffle: bool = False,
        restarts: bool = False,
    ) -> None:
        self.method = method
        self.given = given
        self.sequence = is_sequence(given)
        if not is_source(given):
            raise TypeError(
                say(
                    "{method}: `generator` must be a generator or a utils.Sequence, got "
                    "{kind}; for arrays use {other}",
                    method=method,
                    kind=type(given).__name__,
                    other=method.replace("_generator", ""),
                )
            )
        self.shuffle, self.restarts = shuffle, restarts
        self.steps, self.samples = self._length(steps, samples)
        self.workers, self.room = int(workers), int(max_queue_size)
        self.ended = False
        if self.steps is not None and not self.sequence:  # fetch no more than is needed
            self.given = islice(given, self.steps * max(epochs, 1))
        self._held: list[Any] = []
        self._came = False  # whether there was any batch at all
        self._enqueuer: Any = None
        self._batches: Iterator[Any] | None = None

    def _length(
        self, steps: int | None, samples: int | None
    ) -> tuple[int | None, int | None]:
        if samples is not None:
            steps = None
        elif steps is None:
            if not self.sequence:
                raise ValueError(
                    say(
                        "{method}: a generator does not say how long an epoch is; pass the "
                        "number of batches ({argument}=...), or use a utils.Sequence",
                        method=self.method,
                        argument=self._steps_argument(),
                    )
                )
            steps = len(self.given)
            if not steps:
                raise ValueError(
                    say("the Sequence has no batches: its length (`__len__`) is 0")
                )
        for count in (steps, samples):
            if count is not None and int(count) < 1:
                raise ValueError(
                    say(
                        "{method}: the length of an epoch must be at least 1, got {count}",
                        method=self.method,
                        count=count,
                    )
                )
        return steps, samples

    def _steps_argument(self) -> str:
        if "fit" not in self.method:
            return "steps"
        return "validation_steps" if self.restarts else "steps_per_epoch"

    def peek(self) -> Any:
        """The first batch, which `epoch` will hand out again."""
        if not self._held:
            batch = next(self._start(), _END)
            if batch is _END:
                self._ran_out(0)
            self._held.append(batch)
        return self._held[0]

    def epoch(self) -> Iterator[tuple[Any, int]]:
        """(batch, number of samples) until the epoch is over or the generator ends."""
        if self.restarts and self.sequence:
            self.close()
        batches = self._start()
        taken = seen = 0
        while not self._over(taken, seen):
            batch = self._held.pop() if self._held else next(batches, _END)
            if batch is _END:
                self._ran_out(taken)
                return
            size = batch_size(batch)
            taken, seen = taken + 1, seen + size
            self._came = True
            yield batch, size
        if self.samples is not None and seen > self.samples:
            warnings.warn(
                say(
                    "{method}: an epoch comprised {seen} samples instead of {wanted}; the "
                    "number of samples should be a multiple of the batch size",
                    method=self.method,
                    seen=seen,
                    wanted=self.samples,
                ),
                UserWarning,
                stacklevel=2,
            )

    def _over(self, taken: int, seen: int) -> bool:
        if self.samples is not None:
            return seen >= self.samples
        return self.steps is not None and taken >= self.steps

    def _ran_out(self, taken: int) -> None:
        self.ended = True
        if not taken and not self._came:
            raise ValueError(
                say(
                    "{method}: the generator ended before its first batch",
                    method=self.method,
                )
            )
        warnings.warn(
            say(
                "{method}: the generator ran out of data after {taken} batches of an epoch "
                "that should have {wanted}, so this is the end; let it repeat itself "
                "(while True: ...), or ask for fewer",
                method=self.method,
                taken=taken,
                wanted=self.steps
                if self.samples is None
                else say("{count} samples", count=self.samples),
            ),
            UserWarning,
            stacklevel=2,
        )

    def skip(self, epochs: int) -> None:
        """Fetch the batches of so many epochs for nothing, without using up randomness."""
        before = random_state()
        for _ in range(epochs):
            for _ in self.epoch():
                pass
        set_random_state(before)

    def _start(self) -> Iterator[Any]:
        if self._batches is None:
            if self.workers < 1:
                self._batches = self._unthreaded()
            else:
                self._enqueuer = (
                    OrderedEnqueuer(self.given, shuffle=self.shuffle)
                    if self.sequence
                    else GeneratorEnqueuer(self.given)
                )
                self._enqueuer.start(self.workers, self.room)
                self._batches = self._enqueuer.get()
        return self._batches

    def _unthreaded(self) -> Iterator[Any]:
        if not self.sequence:
            yield from numbered(self.given)
            return
        while True:
            order, branch = epoch_of(self.given, self.shuffle)
            for index in order:
                yield item(self.given, index, branch)
            self.given.on_epoch_end()

    def close(self) -> None:
        """End the threads."""
        if self._enqueuer is not None:
            self._enqueuer.stop()
        self._enqueuer = self._batches = None

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


_END = object()


def parts_of(method: str, batch: Any) -> tuple[Any, Any, Any]:
    """(x, y, sample_weight) of what a generator has yielded for training."""
    if isinstance(batch, (tuple, list)) and len(batch) in (2, 3):
        return batch[0], batch[1], batch[2] if len(batch) == 3 else None
    got = type(batch).__name__
    if isinstance(batch, (tuple, list)):
        got += say(" of {count}", count=len(batch))
    raise ValueError(
        say(
            "{method}: the output of the generator must be a tuple (x, y) or "
            "(x, y, sample_weight), got {got}",
            method=method,
            got=got,
        )
    )


def batch_size(batch: Any) -> int:
    """The number of samples in what a generator has yielded."""
    while isinstance(batch, (tuple, list, dict)) and len(batch):
        batch = next(iter(batch.values())) if isinstance(batch, dict) else batch[0]
    shape = np.shape(batch)
    return int(shape[0]) if shape else 0

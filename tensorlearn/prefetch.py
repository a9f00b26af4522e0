"""Batches made ready on threads while the last one is still being learnt from.

`Sequence` is data by number, safe to fetch from several threads; a generator only knows
its next batch. The two enqueuers keep a few batches ahead of whoever takes them.
"""

from __future__ import annotations

import sys
import threading
from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from tensorlearn.config import part_of, random_branch, stream_of
from tensorlearn.wording import say


class Sequence:
    """Data in numbered batches: define `__getitem__` and `__len__`.

    Unlike a generator it can be fetched from by several threads without any batch coming
    twice. `on_epoch_end` may reorder the data between epochs.
    """

    @abstractmethod
    def __getitem__(self, index: int) -> Any:
        """Batch number `index`, from 0."""
        raise NotImplementedError

    @abstractmethod
    def __len__(self) -> int:
        """The number of batches in an epoch."""
        raise NotImplementedError

    def on_epoch_end(self) -> None:
        """Called after every epoch."""

    def __iter__(self) -> Iterator[Any]:
        """All batches in order, again and again without end."""
        while True:
            for i in range(len(self)):
                yield self[i]


class SequenceEnqueuer:
    """Keeps batches ready: `start`, take from `get()`, `stop`; also a `with` block.

    use_multiprocessing is accepted for the sake of old scripts: threads do the work.
    """

    def __init__(self, sequence: Any, use_multiprocessing: bool = False) -> None:
        self.sequence = sequence
        self.use_multiprocessing = use_multiprocessing
        self._pool: ThreadPoolExecutor | _SameThread | None = None
        self._ready: deque[Future[Any]] = deque()
        self._room = 10

    def is_running(self) -> bool:
        """Whether it was started and not stopped."""
        return self._pool is not None

    def start(self, workers: int = 1, max_queue_size: int = 10) -> None:
        """Begin to fetch, with so many threads and at most so many batches ahead."""
        self.stop()
        self._room = max(int(max_queue_size), 1)
        if sys.platform == "emscripten":
            self._pool, self._room = _SameThread(), 1
        else:
            self._pool = ThreadPoolExecutor(
                self._threads(workers), "tensorlearn-batches"
            )
        self._fill()

    def stop(self, timeout: float | None = None) -> None:
        """Drop what is waiting; a batch being made is finished first."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=timeout is None, cancel_futures=True)
        self._ready.clear()

    def get(self) -> Iterator[Any]:
        """The batches in order; raises what fetching one raised."""
        while self.is_running():
            if not self._ready:
                self._fill(asked=True)
            if not self._ready:
                return
            try:
                batch = self._ready.popleft().result()
            except Exception:
                self.stop()
                raise
            if batch is _END:
                self.stop()
                return
            self._fill()
            if batch is not None:
                yield batch

    def _threads(self, workers: int) -> int:
        return max(int(workers), 1)

    def _fill(self, asked: bool = False) -> None:
        """Ask for batches until enough are on their way."""
        while self._pool is not None and len(self._ready) < self._room:
            task = self._next_task(asked)
            if task is None:
                return
            self._ready.append(self._pool.submit(task))

    def _next_task(self, asked: bool) -> Callable[[], Any] | None:
        """What fetches the next batch; None if there is none to be fetched now.

        asked: whether somebody is waiting for it.
        """
        raise NotImplementedError

    def __enter__(self) -> SequenceEnqueuer:
        if not self.is_running():
            self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()


class _SameThread:
    """Does each task at once: for a web page, where no thread can be started."""

    def submit(self, task: Callable[[], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(task())
        except Exception as error:
            future.set_exception(error)
        return future

    def shutdown(self, **_options: bool) -> None:
        pass


class OrderedEnqueuer(SequenceEnqueuer):
    """Batches of a `Sequence`, in order, epoch after epoch without end.

    shuffle: another order of batches in every epoch. `on_epoch_end` of the sequence is
    called when all batches of an epoch were taken; the next one begins, and its order is
    drawn, when somebody asks for a batch of it.
    """

    def __init__(
        self, sequence: Any, use_multiprocessing: bool = False, shuffle: bool = False
    ) -> None:
        super().__init__(sequence, use_multiprocessing)
        self.shuffle = shuffle
        self._order: deque[int] = deque()
        self._begun = False

    def start(self, workers: int = 1, max_queue_size: int = 10) -> None:
        """Begin to fetch, with so many threads and at most so many batches ahead."""
        self._begun = False
        self._order.clear()
        super().start(workers, max_queue_size)

    def _next_task(self, asked: bool) -> Callable[[], Any] | None:
        if not self._order:
            if self._begun and not self._ready:  # all of the epoch have been taken
                self._begun = False
                self.sequence.on_epoch_end()
            if self._ready or not asked:
                return None
            self._new_epoch()
        return partial(item, self.sequence, self._order.popleft(), self._branch)

    def _new_epoch(self) -> None:
        """Decide the order, as late as possible: what is drawn belongs to this epoch."""
        self._begun = True
        order, self._branch = epoch_of(self.sequence, self.shuffle)
        self._order.extend(order)


class GeneratorEnqueuer(SequenceEnqueuer):
    """Batches of a generator, in order, until it ends.

    However many workers there are, the generator runs on one thread at a time: Python
    generators cannot do otherwise. wait_time and random_seed are accepted as in Keras.
    """

    def __init__(
        self,
        generator: Iterable[Any],
        use_multiprocessing: bool = False,
        wait_time: float | None = None,
        random_seed: int | None = None,
    ) -> None:
        super().__init__(numbered(iter(generator)), use_multiprocessing)
        self._lock = threading.Lock()

    def _threads(self, workers: int) -> int:
        return 1

    def _next_task(self, asked: bool) -> Callable[[], Any] | None:
        return self._fetch

    def _fetch(self) -> Any:
        with self._lock:
            return next(self.sequence, _END)


# ---- what is drawn by chance belongs to a batch, not to a thread ----


def epoch_of(sequence: Any, shuffle: bool) -> tuple[list[int], Any]:
    """The order of batches in a new epoch, and the branch of randomness they draw from."""
    count = len(sequence)
    if not count:
        raise ValueError(
            say("the Sequence has no batches: its length (`__len__`) is 0")
        )
    branch = random_branch()
    order = stream_of(branch).permutation(count) if shuffle else range(count)
    return list(map(int, order)), branch


def item(sequence: Any, index: int, branch: Any) -> Any:
    """Batch number `index`, drawn from its own part of the branch."""
    with part_of(branch, index):
        return sequence[index]


class numbered:  # noqa: N801 - an iterator like `enumerate`
    """What an iterator gives, each drawn from a part of its own of a branch."""

    def __init__(self, given: Iterator[Any]) -> None:
        self.given = given
        self.branch = random_branch()
        self.count = 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        with part_of(self.branch, self.count):
            self.count += 1
            return next(self.given)


_END = object()

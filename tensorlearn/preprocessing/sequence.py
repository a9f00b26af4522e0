"""Sequences of different lengths as one array, windows of time series, word pairs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tensorlearn import prefetch
from tensorlearn.preprocessing.draws import array_source, list_source
from tensorlearn.wording import say

Array = np.ndarray[Any, Any]


def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> Array:
    """Sequences brought to one length.   N sequences -> (N, maxlen, ...)

    maxlen: by default that of the longest. padding, truncating: "pre" adds or cuts at the
    start, "post" at the end. Embedding(mask_zero=True) skips the value 0.

    >>> pad_sequences([[1, 2, 3], [4]])
    array([[1, 2, 3],
           [0, 0, 4]], dtype=int32)
    """
    for name, side in (("Padding", padding), ("Truncating", truncating)):
        if side not in ("pre", "post"):
            raise ValueError(
                say(
                    '{name} type "{side}" not understood; it must be "pre" or "post"',
                    name=name,
                    side=side,
                )
            )
    if not hasattr(sequences, "__len__"):
        raise ValueError(say("`sequences` must be iterable."))
    for s in sequences:
        if not hasattr(s, "__len__"):
            raise ValueError(
                say(
                    "`sequences` must be a list of iterables. Found non-iterable: {got}",
                    got=s,
                )
            )
    kind = np.dtype(dtype)
    if isinstance(value, str) and kind.kind not in "OUS":
        raise ValueError(
            say(
                "`dtype` {dtype} is not compatible with `value`'s type: {kind}; set "
                "dtype=object for strings of any length",
                dtype=dtype,
                kind=type(value).__name__,
            )
        )
    lengths = [len(s) for s in sequences]
    if maxlen is None:
        maxlen = max(lengths, default=0)
    sample = next((np.asarray(s).shape[1:] for s in sequences if len(s)), ())
    padded = np.full((len(lengths), maxlen, *sample), value, dtype)
    for row, s in zip(padded, sequences, strict=True):
        kept = (s[-maxlen:] if maxlen else s[:0]) if truncating == "pre" else s[:maxlen]
        if not len(kept):
            continue
        kept = np.asarray(kept, dtype)
        if kept.shape[1:] != sample:
            raise ValueError(
                say(
                    "pad_sequences: the steps must have the shape {wanted}, as in the "
                    "first sequence, got {got}",
                    wanted=sample,
                    got=kept.shape[1:],
                )
            )
        if padding == "post":
            row[: len(kept)] = kept
        else:
            row[-len(kept) :] = kept
    return padded


# ---- word pairs ----


def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> Array:
    """How likely the word of each rank is kept by skipgrams: seldom ones always. -> (size,)

    Frequencies are taken from Zipf's law, in the approximation γ + log n + 1/2n - 1/12n²
    of the harmonic numbers (Mikolov et al., 2013).
    """
    rank = np.arange(size)
    rank[:1] = 1
    inverse = rank * (np.log(rank) + 0.577) + 0.5 - 1.0 / (12.0 * rank)
    f = sampling_factor * inverse
    return np.minimum(1.0, f / np.sqrt(f))


def skipgrams(
    sequence: Sequence[int],
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: Any = None,
    seed: int | None = None,
) -> tuple[list[list[int]], list[Any]]:
    """Pairs (word, neighbour) with label 1, and (word, any word) with label 0.

    The word 0 is passed over. negative_samples: how many false pairs per true one.
    sampling_table: from make_sampling_table. Returns the pairs and their labels.
    """
    source = list_source()
    pairs = []
    for i, word in enumerate(sequence):
        if not word:
            continue
        if sampling_table is not None and sampling_table[word] < source.random():
            continue
        near = range(max(0, i - window_size), min(len(sequence), i + window_size + 1))
        pairs += [[word, sequence[j]] for j in near if j != i and sequence[j]]
    true, false = ([0, 1], [1, 0]) if categorical else (1, 0)
    labels: list[Any] = [true] * len(pairs)
    if negative_samples > 0 and pairs:
        count = int(len(labels) * negative_samples)
        words = [word for word, _ in pairs]
        source.shuffle(words)
        pairs += [
            [words[i % len(words)], source.randint(1, vocabulary_size - 1)]
            for i in range(count)
        ]
        labels += [false] * count
    if shuffle:
        seed = source.randint(0, 10_000_000) if seed is None else seed
        for listed in (pairs, labels):
            list_source(seed).shuffle(listed)  # the same order for both
    return pairs, labels


def remove_long_seq(
    maxlen: int, seq: Iterable[Any], label: Iterable[Any]
) -> tuple[list[Any], list[Any]]:
    """Only the sequences shorter than `maxlen`, and their labels."""
    kept = [(x, y) for x, y in zip(seq, label, strict=True) if len(x) < maxlen]
    return [x for x, _ in kept], [y for _, y in kept]


# ---- time series ----


class TimeseriesGenerator(prefetch.Sequence):
    """Windows of a long series with the target that follows each, in batches.

    data, targets: equally long. length: steps per window. sampling_rate: take every so
    manieth step. stride: steps between windows. start_index, end_index: the part to use,
    e.g. to keep some for validation. reverse: newest step first.

    >>> series = np.arange(6)
    >>> x, y = TimeseriesGenerator(series, series, length=3, batch_size=2)[0]
    >>> x.tolist(), y.tolist()
    ([[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]], [3.0, 4.0])
    """

    def __init__(
        self,
        data: Any,
        targets: Any,
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
    ) -> None:
        if len(data) != len(targets):
            raise ValueError(
                say(
                    "Data and targets have to be of same length. Data length is {data} "
                    "while target length is {targets}",
                    data=len(data),
                    targets=len(targets),
                )
            )
        self.data = data
        self.targets = targets
        self.length = length
        self.sampling_rate = sampling_rate
        self.stride = stride
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle = shuffle
        self.reverse = reverse
        self.batch_size = batch_size
        if self.start_index > self.end_index:
            raise ValueError(
                say(
                    "`start_index+length={start} > end_index={end}` is disallowed, as no "
                    "part of the sequence would be left to be used as current step.",
                    start=self.start_index,
                    end=self.end_index,
                )
            )

    def __len__(self) -> int:
        step = self.batch_size * self.stride
        return math.ceil((self.end_index - self.start_index + 1) / step)

    def __getitem__(self, index: int) -> tuple[Array, Array]:
        """Windows and targets of batch number `index`.   -> (B, length', ...), (B, ...)"""
        if self.shuffle:
            rows = array_source().randint(
                self.start_index, self.end_index + 1, size=self.batch_size
            )
        else:
            first = self.start_index + self.batch_size * self.stride * index
            last = min(first + self.batch_size * self.stride, self.end_index + 1)
            rows = np.arange(first, last, self.stride)
        samples = np.array(
            [self.data[row - self.length : row : self.sampling_rate] for row in rows],
            float,
        )
        targets = np.array([self.targets[row] for row in rows], float)
        return (samples[:, ::-1] if self.reverse else samples), targets

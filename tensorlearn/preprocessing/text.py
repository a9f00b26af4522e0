"""Texts as lists of word numbers, or as rows of a matrix.

Chinese has no spaces between words: count characters (`char_level=True`), or give an
`analyzer` such as `jieba.lcut`, which cuts a text into words.
"""

from __future__ import annotations

import hashlib
import json
import math
import warnings
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from tensorlearn.declare.keras1 import Keras1Warning
from tensorlearn.wording import say

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
"""Punctuation that separates words, by default."""
CHINESE_FILTERS = FILTERS + " \r　，。、；：？！…—·“”‘’「」『』《》〈〉（）【】〔〕"
"""The same for Chinese texts, to be passed as `filters`."""

Array = np.ndarray[Any, Any]


def text_to_word_sequence(
    text: str, filters: str = FILTERS, lower: bool = True, split: str = " "
) -> list[str]:
    """The words of a text: what stands between `split` and the characters in `filters`.

    >>> text_to_word_sequence("To be, or not to be!")
    ['to', 'be', 'or', 'not', 'to', 'be']
    """
    if lower:
        text = text.lower()
    cleaned = text.translate({ord(c): split for c in filters})
    return [word for word in cleaned.split(split) if word]


def one_hot(
    text: str, n: int, filters: str = FILTERS, lower: bool = True, split: str = " "
) -> list[int]:
    """Every word as a number in 1..n-1 by its hash; different words may share one.

    Python's hash differs from run to run: use hashing_trick(..., "md5") to store numbers.
    """
    return hashing_trick(text, n, hash, filters, lower, split)


def hashing_trick(
    text: str,
    n: int,
    hash_function: Any = None,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
) -> list[int]:
    """Every word as a number in 1..n-1 by a hash; different words may share one.

    hash_function: None for Python's, which changes from run to run, "md5", which does
    not, or a function from words to integers.

    >>> hashing_trick("the cat", 1000, "md5")
    [132, 759]
    """
    if hash_function is None:
        hash_function = hash
    elif hash_function == "md5":
        hash_function = _md5
    words = text_to_word_sequence(text, filters, lower, split)
    return [hash_function(word) % (n - 1) + 1 for word in words]


def _md5(word: str) -> int:
    return int(hashlib.md5(word.encode()).hexdigest(), 16)


class Tokenizer:
    """Numbers for words, the most frequent word being 1; 0 is kept free for padding.

    num_words: only the num_words - 1 most frequent ones get through. char_level: every
    character is a word. oov_token: the word that stands for all unknown ones, number 1.
    analyzer: a function that cuts a text into words. Texts may also be lists of words.

    >>> tokenizer = Tokenizer()
    >>> tokenizer.fit_on_texts(["the cat", "the dog"])
    >>> tokenizer.texts_to_sequences(["the dog barks"])
    [[1, 3]]
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: str = FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        document_count: int = 0,
        analyzer: Callable[[str], Iterable[str]] | None = None,
        **kwargs: Any,
    ) -> None:
        if "nb_words" in kwargs:
            num_words = kwargs.pop("nb_words")
            warnings.warn(
                say(
                    "The `nb_words` argument in `Tokenizer` has been renamed `num_words`."
                ),
                Keras1Warning,
                stacklevel=2,
            )
        if kwargs:
            raise TypeError(
                say("Unrecognized keyword arguments: {names}", names=sorted(kwargs))
            )
        self.num_words = num_words
        self.filters = filters
        self.lower = lower
        self.split = split
        self.char_level = char_level
        self.oov_token = oov_token
        self.document_count = document_count
        self.analyzer = analyzer
        self.word_counts: OrderedDict[str, int] = OrderedDict()
        self.word_docs: defaultdict[str, int] = defaultdict(int)
        self.index_docs: defaultdict[int, int] = defaultdict(int)
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}

    def fit_on_texts(self, texts: Iterable[Any]) -> None:
        """Count the words of texts, and number them; may be called again with more."""
        for text in texts:
            self.document_count += 1
            words = self._words(text)
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in set(words):
                self.word_docs[word] += 1
        by_count = sorted(self.word_counts.items(), key=lambda item: -item[1])
        first = [] if self.oov_token is None else [self.oov_token]
        vocabulary = first + [word for word, _ in by_count]
        self.word_index = {word: i for i, word in enumerate(vocabulary, 1)}
        self.index_word = {i: word for word, i in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences: Iterable[Iterable[int]]) -> None:
        """Count in how many sequences each number occurs, where there are no texts."""
        for sequence in sequences:
            self.document_count += 1
            for i in set(sequence):
                self.index_docs[i] += 1

    def texts_to_sequences(self, texts: Iterable[Any]) -> list[list[int]]:
        """Every text as the list of its words' numbers; unknown words are left out."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Iterable[Any]) -> Iterator[list[int]]:
        """The same, one text at a time."""
        oov = self.oov_token
        unknown = None if oov is None else self.word_index.get(oov)
        for text in texts:
            numbers = (self._allowed(self.word_index.get(w)) for w in self._words(text))
            found = (unknown if i is None else i for i in numbers)
            yield [i for i in found if i is not None]

    def sequences_to_texts(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Every list of numbers as a text, its words separated by spaces."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(
        self, sequences: Iterable[Iterable[int]]
    ) -> Iterator[str]:
        """The same, one list at a time."""
        for sequence in sequences:
            found = (
                self.index_word.get(self._allowed(i) or 0, self.oov_token)
                for i in sequence
            )
            yield " ".join(word for word in found if word is not None)

    def texts_to_matrix(self, texts: Iterable[Any], mode: str = "binary") -> Array:
        """A row per text, a column per word number.   -> (N, num_words)"""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    def sequences_to_matrix(
        self, sequences: Iterable[list[int]], mode: str = "binary"
    ) -> Array:
        """A row per sequence, a column per number.   -> (N, num_words)

        mode: "binary" whether it occurs, "count" how often, "freq" its share, "tfidf" how
        often, less for what occurs in many of the texts.
        """
        if mode not in ("binary", "count", "freq", "tfidf"):
            raise ValueError(
                say(
                    "Unknown vectorization mode: {mode!r}; known: binary, count, freq, "
                    "tfidf",
                    mode=mode,
                )
            )
        width = self.num_words or (len(self.word_index) + 1 if self.word_index else 0)
        if not width:
            raise ValueError(
                say(
                    "Specify a dimension (`num_words` argument), or fit on some text data "
                    "first."
                )
            )
        if mode == "tfidf" and not self.document_count:
            raise ValueError(
                say("Fit the Tokenizer on some data before using tfidf mode.")
            )
        sequences = list(sequences)
        matrix = np.zeros((len(sequences), width))
        for row, sequence in zip(matrix, sequences, strict=True):
            for i, count in Counter(j for j in sequence if j < width).items():
                row[i] = self._value(mode, i, count, len(sequence))
        return matrix

    def _value(self, mode: str, i: int, count: int, total: int) -> float:
        if mode == "binary":
            return 1.0
        if mode == "count":
            return float(count)
        if mode == "freq":
            return count / total
        idf = math.log(1 + self.document_count / (1 + self.index_docs.get(i, 0)))
        return (1 + math.log(count)) * idf

    def _words(self, text: Any) -> list[str]:
        """A text in words, by whatever means were chosen."""
        if self.analyzer is not None and isinstance(text, str):
            return list(self.analyzer(text.lower() if self.lower else text))
        if self.char_level or not isinstance(text, str):
            if not self.lower:
                return list(text)
            if isinstance(text, str):
                return list(text.lower())
            return [word.lower() if isinstance(word, str) else word for word in text]
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    def _allowed(self, i: int | None) -> int | None:
        """The number if it is below num_words."""
        return i if i is None or not self.num_words or i < self.num_words else None

    # ---- to keep ----

    def get_config(self) -> dict[str, Any]:
        """Settings and counts as plain data; the tables are JSON texts."""
        return {
            "num_words": self.num_words,
            "filters": self.filters,
            "lower": self.lower,
            "split": self.split,
            "char_level": self.char_level,
            "oov_token": self.oov_token,
            "document_count": self.document_count,
            "word_counts": json.dumps(self.word_counts),
            "word_docs": json.dumps(self.word_docs),
            "index_docs": json.dumps(self.index_docs),
            "index_word": json.dumps(self.index_word),
            "word_index": json.dumps(self.word_index),
        }

    def to_json(self, **kwargs: Any) -> str:
        """The tokenizer as text, from which `tokenizer_from_json` makes it again."""
        described = {"class_name": type(self).__name__, "config": self.get_config()}
        return json.dumps(described, **kwargs)


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """The tokenizer that `to_json` wrote; ValueError if the text is none."""
    try:
        config = dict(json.loads(json_string)["config"])
        tables = {name: json.loads(config.pop(name)) for name in _TABLES}
        made = Tokenizer(**config)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            say("this is not a tokenizer as to_json writes it: {error!r}", error=error)
        ) from error
    made.word_counts = OrderedDict(tables["word_counts"])
    made.word_docs = defaultdict(int, tables["word_docs"])
    made.word_index = tables["word_index"]
    made.index_word = {int(i): word for i, word in tables["index_word"].items()}
    made.index_docs = defaultdict(
        int, {int(i): n for i, n in tables["index_docs"].items()}
    )
    return made


_TABLES = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")

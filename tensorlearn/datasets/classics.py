"""The datasets that Keras names, read from files that are on this computer already.

Nothing is downloaded: an error says where a file is to be had and where to put it. The
files are Keras's own; lists inside them are read by a reader that makes nothing else.
"""

from __future__ import annotations

import gzip
import io
import json
import pickle
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from tensorlearn.config import image_data_format
from tensorlearn.utils.data_utils import get_file
from tensorlearn.wording import say

Array = np.ndarray[Any, Any]
Examples = tuple[Array, Array]
_SHELF = "https://s3.amazonaws.com"


def mnist(path: Any = "mnist.npz") -> tuple[Examples, Examples]:
    """Handwritten digits.   x: (60000, 28, 28) and (10000, 28, 28) uint8, y: 0..9"""
    file = _npz(
        path, f"{_SHELF}/img-datasets/mnist.npz", "8a61469f7ea1b51cbae51d4f78837e45"
    )
    return (file["x_train"], file["y_train"]), (file["x_test"], file["y_test"])


def fashion_mnist() -> tuple[Examples, Examples]:
    """Pieces of clothing.   x: (60000, 28, 28) and (10000, 28, 28) uint8, y: 0..9"""
    found = []
    for part in ("train", "t10k"):
        images, labels = (
            gzip.decompress(_bytes(f"{part}-{name}-ubyte.gz", "fashion-mnist"))
            for name in ("images-idx3", "labels-idx1")
        )
        y = np.frombuffer(labels, np.uint8, offset=8)
        found.append(
            (np.frombuffer(images, np.uint8, offset=16).reshape(-1, 28, 28), y)
        )
    return found[0], found[1]


def _bytes(name: str, folder: str) -> bytes:
    origin = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/" + name
    return Path(get_file(name, origin, cache_subdir=f"datasets/{folder}")).read_bytes()


def boston_housing(
    path: Any = "boston_housing.npz", test_split: float = 0.2, seed: int = 113
) -> tuple[Examples, Examples]:
    """Prices of houses and what they might depend on.   x: (N, 13), y: (N,)"""
    if not 0 <= test_split < 1:
        raise ValueError(
            say(
                "`test_split` must be a number in [0, 1), got {value}", value=test_split
            )
        )
    file = _npz(path, f"{_SHELF}/keras-datasets/boston_housing.npz")
    x, y = _shuffled(file["x"], file["y"], np.random.RandomState(seed))
    cut = int(len(x) * (1 - test_split))
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])


# ---- pictures in many files ----


def cifar10() -> tuple[Examples, Examples]:
    """Small colour pictures of ten kinds.   x: (50000, 32, 32, 3) uint8, y: (N, 1)"""
    folder = _cifar("cifar-10-batches-py", "cifar-10-python.tar.gz")
    parts = [_pictures(folder / f"data_batch_{i}", b"labels") for i in range(1, 6)]
    x, y = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return (x, y), _pictures(folder / "test_batch", b"labels")


def cifar100(label_mode: str = "fine") -> tuple[Examples, Examples]:
    """Small colour pictures of a hundred kinds ("fine") in twenty groups ("coarse")."""
    if label_mode not in ("fine", "coarse"):
        raise ValueError(say('`label_mode` must be one of "fine", "coarse".'))
    folder = _cifar("cifar-100-python", "cifar-100-python.tar.gz")
    key = f"{label_mode}_labels".encode()
    return _pictures(folder / "train", key), _pictures(folder / "test", key)


def _cifar(name: str, archive: str) -> Path:
    origin = f"https://www.cs.toronto.edu/~kriz/{archive}"
    return Path(get_file(name, origin, untar=True))


def _pictures(path: Path, key: bytes) -> Examples:
    with open(path, "rb") as file:
        found = _Reader(file, encoding="bytes").load()
    x = np.asarray(found[b"data"], np.uint8).reshape(-1, 3, 32, 32)
    if image_data_format() == "channels_last":
        x = x.transpose(0, 2, 3, 1)  # (N, C, H, W) -> (N, H, W, C)
    return x, np.asarray(found[key], np.uint8).reshape(-1, 1)


# ---- texts as numbers ----


def imdb(
    path: Any = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    **kwargs: Any,
) -> tuple[Examples, Examples]:
    """Film reviews as lists of word numbers, and whether they praise: y is 0 or 1.

    num_words, skip_top: words outside become `oov_char` (None: left out). maxlen: leave
    out reviews of that length or more.
    """
    num_words = kwargs.pop("nb_words", num_words)
    if kwargs:
        raise TypeError(
            say("Unrecognized keyword arguments: {names}", names=sorted(kwargs))
        )
    origin = f"{_SHELF}/text-datasets/imdb.npz"
    file = _npz(path, origin, "599dadb1135973df5b59232a0e9a887c")
    source = np.random.RandomState(seed)
    x, y = _shuffled(file["x_train"], file["y_train"], source)
    x_test, y_test = _shuffled(file["x_test"], file["y_test"], source)
    words = (num_words, skip_top, start_char, oov_char, index_from)
    texts, labels = _words([*x, *x_test], [*y, *y_test], maxlen, *words)
    cut = len(x)
    return (_ragged(texts[:cut]), np.array(labels[:cut])), (
        _ragged(texts[cut:]),
        np.array(labels[cut:]),
    )


def reuters(
    path: Any = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    **kwargs: Any,
) -> tuple[Examples, Examples]:
    """News as lists of word numbers, and their topics: y is 0..45."""
    num_words = kwargs.pop("nb_words", num_words)
    if kwargs:
        raise TypeError(
            say("Unrecognized keyword arguments: {names}", names=sorted(kwargs))
        )
    origin = f"{_SHELF}/text-datasets/reuters.npz"
    file = _npz(path, origin, "87aedbeb0cb229e378797a632c1997b6")
    x, y = _shuffled(file["x"], file["y"], np.random.RandomState(seed))
    words = (num_words, skip_top, start_char, oov_char, index_from)
    texts, labels = _words(list(x), list(y), maxlen, *words)
    cut = int(len(texts) * (1 - test_split))
    return (_ragged(texts[:cut]), np.array(labels[:cut])), (
        _ragged(texts[cut:]),
        np.array(labels[cut:]),
    )


def imdb_word_index(path: Any = "imdb_word_index.json") -> dict[str, int]:
    """The number of every word in the reviews."""
    return _index(path, f"{_SHELF}/text-datasets/imdb_word_index.json")


def reuters_word_index(path: Any = "reuters_word_index.json") -> dict[str, int]:
    """The number of every word in the news."""
    return _index(path, f"{_SHELF}/text-datasets/reuters_word_index.json")


def _index(path: Any, origin: str) -> dict[str, int]:
    text = Path(get_file(path, origin)).read_text("utf-8")
    return dict(json.loads(text))


def _words(
    texts: list[Any],
    labels: list[Any],
    maxlen: int | None,
    num_words: int | None,
    skip_top: int,
    start_char: int | None,
    oov_char: int | None,
    index_from: int,
) -> tuple[list[list[int]], list[Any]]:
    """Texts with their numbers moved up, a start mark, and without what is not wanted."""
    start = [] if start_char is None else [start_char]
    moved = [start + [w + (index_from or 0) for w in text] for text in texts]
    if maxlen:
        kept = [i for i, text in enumerate(moved) if len(text) < maxlen]
        moved, labels = [moved[i] for i in kept], [labels[i] for i in kept]
        if not moved:
            raise ValueError(
                say(
                    "After filtering for sequences shorter than maxlen={maxlen}, no "
                    "sequence was kept. Increase maxlen.",
                    maxlen=maxlen,
                )
            )
    end = num_words or max(max(text, default=0) for text in moved) + 1
    known = range(skip_top, end)
    if oov_char is None:
        return [[w for w in text if w in known] for text in moved], labels
    return [[w if w in known else oov_char for w in text] for text in moved], labels


def _ragged(texts: Iterable[list[int]]) -> Array:
    texts = list(texts)
    made = np.empty(len(texts), object)
    made[:] = texts
    return made


def _shuffled(x: Array, y: Array, source: Any) -> Examples:
    order = np.arange(len(x))
    source.shuffle(order)
    return x[order], y[order]


# ---- files ----


def _npz(path: Any, origin: str, md5: str | None = None) -> dict[str, Array]:
    """The arrays of an archive; the hash is demanded of Keras's own file in the cache."""
    mine = Path(str(path)).is_file()
    found = get_file(path, origin, md5_hash=None if mine else md5)
    with zipfile.ZipFile(found) as archive:
        return {
            name.removesuffix(".npy"): _array(archive.read(name))
            for name in archive.namelist()
        }


def _array(data: bytes) -> Array:
    file = io.BytesIO(data)
    version = np.lib.format.read_magic(file)
    plain = version == (1, 0)
    read = (
        np.lib.format.read_array_header_1_0
        if plain
        else np.lib.format.read_array_header_2_0
    )
    shape, _, dtype = read(file)
    if not dtype.hasobject:
        return np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    found = np.empty(shape, object)
    found[...] = _Reader(file, encoding="bytes").load()
    return found


class _Reader(pickle.Unpickler):
    """Reads lists, dictionaries, numbers, texts and arrays, and makes nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        """Only what an array is made of."""
        known = {
            "_reconstruct": np.zeros(0).__reduce__()[0],
            "ndarray": np.ndarray,
            "dtype": np.dtype,
            "encode": _encode,
        }
        if module.partition(".")[0] in ("numpy", "_codecs") and name in known:
            return known[name]
        raise pickle.UnpicklingError(
            say(
                "the file wants to make {name!r}, which is refused",
                name=f"{module}.{name}",
            )
        )


def _encode(text: str, encoding: str = "latin1") -> bytes:
    return text.encode("latin1")

"""Against numbers recorded from the package inside Keras 2.2.4."""

import json
import random

import numpy as np
import pytest

from tensorlearn import config
from tensorlearn.preprocessing import image, sequence, text
from tests.golden_cases import GOLDEN

WANTED = json.loads((GOLDEN / "preprocessing.json").read_text("utf-8"))
IMAGES = np.array(WANTED["images"], np.float32)


def each(name):
    return pytest.mark.parametrize(
        ("settings", "wanted"),
        [(row[0], row[1:] if len(row) > 2 else row[1]) for row in WANTED[name]],
        ids=lambda value: str(value)[:40] if isinstance(value, dict) else "",
    )


@pytest.fixture(autouse=True)
def unseeded(monkeypatch):
    """Before any `set_seed`, choices come from the global generators, as in Keras."""
    monkeypatch.setattr(config._streams, "seed", None)


@each("pad_sequences")
def test_pad_sequences(settings, wanted):
    sequences = [[], [1], [1, 2, 3], [4, 5, 6, 7, 8, 9, 1], [2, 2]]
    found = sequence.pad_sequences(sequences, **settings)
    assert found.tolist() == wanted
    assert found.dtype == settings.get("dtype", "int32")


def test_make_sampling_table():
    found = sequence.make_sampling_table(12)
    np.testing.assert_allclose(found, WANTED["make_sampling_table"], rtol=1e-12)


@each("skipgrams")
def test_skipgrams(settings, wanted):
    random.seed(5)
    couples, labels = sequence.skipgrams([1, 2, 3, 0, 4], 10, **settings)
    assert [couples, labels] == wanted


@each("TimeseriesGenerator")
def test_timeseries(settings, wanted):
    data = np.arange(24).reshape(12, 2)
    batches = sequence.TimeseriesGenerator(data, data[:, 0], **settings)
    assert len(batches) == len(wanted)
    for i, (x, y) in enumerate(wanted):
        assert batches[i][0].tolist() == x
        assert batches[i][1].tolist() == y


@each("Tokenizer")
def test_tokenizer(settings, wanted):
    tokenizer = text.Tokenizer(**settings)
    tokenizer.fit_on_texts(WANTED["texts"])
    questions = [*WANTED["texts"], "unknown cat words"]
    assert tokenizer.word_index == wanted["word_index"]
    assert tokenizer.texts_to_sequences(questions) == wanted["sequences"]
    assert tokenizer.sequences_to_texts([[1, 2, 3, 99, 5]]) == wanted["texts"]
    for mode in {"binary", "count", "freq", "tfidf"} & wanted.keys():
        found = tokenizer.texts_to_matrix(questions[:2], mode)
        np.testing.assert_allclose(found, wanted[mode], atol=1e-5)


def test_hashing_trick():
    found = [text.hashing_trick(t, 50, "md5") for t in WANTED["texts"]]
    assert found == WANTED["hashing_trick"]


@pytest.mark.parametrize("i", range(len(WANTED["random_transform"])))
def test_random_transform(i):
    settings, wanted = WANTED["random_transform"][i]
    x, seed = (IMAGES[0], 9) if i < 4 else (IMAGES[1], 4)
    before = x.copy()
    found = image.ImageDataGenerator(**settings).random_transform(x, seed=seed)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-3)
    np.testing.assert_array_equal(x, before)


@each("flow")
def test_flow(settings, wanted):
    generator = image.ImageDataGenerator(**settings)
    generator.fit(IMAGES)
    batches = generator.flow(IMAGES, np.arange(3), batch_size=2, seed=2)
    for x, y in wanted:
        found_x, found_y = next(batches)
        assert found_x.dtype == np.float32
        np.testing.assert_allclose(found_x, x, rtol=1e-4, atol=1e-4)
        assert found_y.tolist() == y

"""The digits are the ones that were published, and the split keeps its promises."""

import doctest
import hashlib
import re
from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorlearn.datasets import digits, tang

CLASS_COUNTS = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
IMAGES_SHA256 = "8f26b2bd9d135c256808f68f14fdabddde6d9c7f869ae419704b051f0f14b3b3"
LABELS_SHA256 = "8ba4f891220f5e4c9c819638d1602d74b83618f167043c6da52a2a247841ddf0"


def rows(x, y):
    """Each example as one hashable thing; no two digits are equal."""
    return [(image.tobytes(), int(label)) for image, label in zip(x, y, strict=True)]


@pytest.fixture(scope="module")
def published():
    return digits._read()


def test_the_stored_digits_are_the_published_ones(published):
    images, labels = published
    assert (images.shape, images.dtype) == ((1797, 8, 8), np.uint8)
    assert (labels.shape, labels.dtype) == ((1797,), np.uint8)
    assert hashlib.sha256(images.tobytes()).hexdigest() == IMAGES_SHA256
    assert hashlib.sha256(labels.tobytes()).hexdigest() == LABELS_SHA256


@pytest.mark.parametrize("name", ["digits.md", "digits.zh.md"])
def test_the_datasheet_states_the_class_counts(published, name):
    folder = resources.files("tensorlearn.datasets") / "data"
    assert np.bincount(published[1]).tolist() == CLASS_COUNTS
    row = f"| {' | '.join(map(str, CLASS_COUNTS))} |"
    assert row in (folder / name).read_text(encoding="utf-8")


def test_load_data_gives_float32_images_and_int64_labels():
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    assert x_train.shape == (1438, 8, 8)
    assert x_test.shape == (359, 8, 8)
    assert y_train.shape == (1438,)
    assert y_test.shape == (359,)
    assert x_train.dtype == x_test.dtype == np.float32
    assert y_train.dtype == y_test.dtype == np.int64
    assert (x_train.min(), x_train.max()) == (0, 1)


def test_flatten_gives_rows_of_64():
    (x, _), (x_flat, _) = digits.load_data()[0], digits.load_data(flatten=True)[0]
    assert x_flat.shape == (1438, 64)
    np.testing.assert_array_equal(x_flat, x.reshape(-1, 64))


def test_without_scale_pixels_are_counts():
    (x, _), (counts, _) = digits.load_data()[0], digits.load_data(scale=False)[0]
    assert counts.dtype == np.float32
    np.testing.assert_array_equal(counts, x * 16)


@given(fraction=st.floats(1e-6, 1, exclude_max=True), seed=st.integers(0, 2**64))
def test_every_digit_is_in_one_part_and_classes_keep_their_share(
    published, fraction, seed
):
    train, test = digits.load_data(fraction, seed=seed, scale=False)
    assert len(train[0])
    assert len(test[0])
    images, labels = published
    everything = rows(images.astype(np.float32), labels)
    assert sorted(rows(*train) + rows(*test)) == sorted(everything)
    share = fraction * np.array(CLASS_COUNTS)
    assert np.abs(np.bincount(test[1], minlength=10) - share).max() <= 1.5


def test_the_same_seed_repeats_and_another_does_not():
    first, again, other = (digits.load_data(seed=seed) for seed in (3, 3, 4))
    for part, same in zip(first, again, strict=True):
        assert rows(*part) == rows(*same)
    for part, different in zip(first, other, strict=True):
        assert rows(*part) != rows(*different)


def test_what_is_given_may_be_changed():
    (x, y), _ = digits.load_data()
    x += 1
    y += 1
    (x_again, y_again), _ = digits.load_data()
    np.testing.assert_array_equal(x, x_again + 1)
    np.testing.assert_array_equal(y, y_again + 1)


@pytest.mark.parametrize("value", [0, 1, -0.5, 1.5, 30, float("nan"), float("inf")])
def test_test_fraction_outside_0_and_1_is_refused(value):
    with pytest.raises(
        ValueError,
        match=r"^digits\.load_data: `test_fraction` must lie strictly between 0 and 1, "
        rf"got {value}$",
    ):
        digits.load_data(test_fraction=value)


@pytest.mark.parametrize("value", ["0.2", None, True, [0.2]])
def test_test_fraction_that_is_no_number_is_refused(value):
    with pytest.raises(
        TypeError, match=r"^digits\.load_data: `test_fraction` must be a number, got "
    ):
        digits.load_data(test_fraction=value)


@pytest.mark.parametrize("value", [1.0, None, "7", False])
def test_seed_that_is_no_integer_is_refused(value):
    with pytest.raises(
        TypeError, match=r"^digits\.load_data: `seed` must be an integer, got "
    ):
        digits.load_data(seed=value)


def test_negative_seed_is_refused():
    with pytest.raises(
        ValueError, match=r"^digits\.load_data: `seed` must be ≥ 0, got -1$"
    ):
        digits.load_data(seed=-1)


def test_examples_in_the_docstrings_hold():
    assert doctest.testmod(digits).failed == 0


# ---- Tang poems ----


@pytest.mark.parametrize(
    ("lines", "length", "poems"),
    [(None, None, 175), (4, None, 97), (4, 7, 60), (8, 5, 78)],
)
def test_every_tang_poem_has_the_form_that_was_asked_for(lines, length, poems):
    found = tang.load_data(lines=lines, length=length)

    assert len(found) == len({poem.text for poem in found}) == poems
    for poem in found:
        parts = re.split("[，。]", poem.text)[:-1]
        assert len(parts) in ({lines} if lines else {4, 8})
        assert {len(part) for part in parts} <= ({length} if length else {5, 7})
        assert poem.text[len(parts[0]) :: 2 * len(parts[0]) + 2].strip("，") == ""
        assert poem.title
        assert poem.author


def test_an_unknown_form_of_poem_is_refused():
    with pytest.raises(
        ValueError, match=r"^tang\.load_data: there are poems of 4 lines"
    ):
        tang.load_data(lines=8, length=7)

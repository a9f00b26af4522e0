"""Small helpers around arrays."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tensorlearn import config, utils


@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_to_categorical_makes_one_hot_rows(shape):
    rows = utils.to_categorical(np.array([0, 2, 1]).reshape(shape))
    assert_array_equal(rows, np.eye(3)[[0, 2, 1]])
    assert rows.dtype == np.float32


def test_to_categorical_keeps_leading_axes():
    assert utils.to_categorical(np.zeros((2, 3), int), 4).shape == (2, 3, 4)


def test_to_categorical_follows_floatx():
    config.set_floatx("float64")
    assert utils.to_categorical([1, 0]).dtype == np.float64


def test_to_categorical_takes_whole_floats():
    assert_array_equal(utils.to_categorical([1.0, 0.0]), [[0, 1], [1, 0]])


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([1, 3], r"class numbers from 0 to 2, got 1\.\.3; labels such as 1\.\.10"),
        ([-1, 0], r"got -1\.\.0"),
        ([0.5], "must hold class numbers, got dtype float64"),
        (["a"], "must hold class numbers, got dtype <U1"),
    ],
)
def test_to_categorical_refuses_what_is_no_class(y, message):
    with pytest.raises(ValueError, match=message):
        utils.to_categorical(y, 3)


def test_normalize_gives_length_one():
    assert_allclose(utils.normalize([[3.0, 4.0], [0.0, 0.0]]), [[0.6, 0.8], [0, 0]])

"""The quicker ways through a convolution: the same as the plain one."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tensorlearn import parallel
from tensorlearn.ops import convolution as full
from tensorlearn.ops import depthwise

rng = np.random.default_rng(0)


def numbers(*shape):
    return rng.normal(size=shape).astype("float32")


@pytest.fixture
def threads():
    before = parallel.threads()
    parallel.set_threads(2)
    yield parallel.set_threads
    parallel.set_threads(before)


def all_three(x, kernel, padding):
    y = full.convolve(x, kernel, padding=padding)
    how = {"padding": padding}
    space, size = x.shape[1:-1], kernel.shape[:-2]
    return (
        y,
        full.convolve_transposed(y, kernel, space=space, **how),
        full.convolve_kernel(x, y, size=size, **how),
    )


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("filters", [1, 3, 8, 9, 16, 17])
@pytest.mark.parametrize(
    ("space", "size", "channels"),
    [
        *(((width,), (3,), 2) for width in range(3, 11)),
        *(((width,), (5,), 16) for width in (6, 8, 11)),
        ((4, 12), (3, 3), 2),
        ((4, 12), (1, 3), 64),
        ((4, 12), (3, 1), 3),
        ((4, 12), (3, 3), 65),
        ((3, 4, 8), (2, 2, 3), 3),
    ],
)
def test_neighbours_at_once_are_the_same_as_one_by_one(
    space, size, channels, filters, padding, monkeypatch, threads
):
    x, kernel = numbers(5, *space, channels), numbers(*size, channels, filters)
    found = all_three(x, kernel, padding)
    threads(1)
    for one, other in zip(found, all_three(x, kernel, padding), strict=True):
        assert_array_equal(one, other)
    monkeypatch.setattr(full, "_neighbours", lambda *_: 1)
    for one, other in zip(found, all_three(x, kernel, padding), strict=True):
        assert_allclose(one, other, rtol=1e-4, atol=1e-3)
        assert one.dtype == other.dtype == np.float32


def test_neighbours_are_joined_where_it_pays():
    def joined(filters, channels=8, width=12, size=3, dtype="float32"):
        where = full.geometry((4, width), (3, size))
        return full._neighbours(where, channels, filters, np.dtype(dtype))

    assert [joined(f) for f in (1, 8, 9, 16, 17)] == [2, 2, 2, 2, 1]
    assert [joined(f, width=10) for f in (1, 8, 9, 16)] == [4, 4, 2, 2]
    assert joined(8, width=11) == joined(8, size=2) == joined(8, dtype="float16") == 1
    assert joined(8, channels=1) == joined(8, channels=65) == 1


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_stays_in_the_windows_that_see_it(bad):
    x = np.zeros((2, 8, 2), "float32")
    x[1, 5, 0] = bad
    y = full.convolve(x, np.ones((3, 2, 4), "float32"), padding="causal")
    assert np.isfinite(y[0]).all()
    assert np.isfinite(y[1, :5]).all()
    assert not np.isfinite(y[1, 5:]).any()


# ---- depthwise ----


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("channels", [1, 3, 40, 130])
@pytest.mark.parametrize(
    ("space", "size", "strides"),
    [
        ((9,), (3,), None),
        ((9,), (9,), None),
        ((6, 7), (3, 2), (2, 1)),
        ((6, 7), (3, 3), 0),
    ],
)
def test_rows_are_the_same_as_pixels(
    space, size, strides, channels, padding, monkeypatch
):
    x, kernel = numbers(5, *space, channels), numbers(*size, channels)
    how = {"padding": padding, "strides": strides or None}
    in_rows = depthwise.convolve_depthwise(x, kernel, **how)
    monkeypatch.setattr(depthwise, "CHUNK", 0)
    pixels = depthwise.convolve_depthwise(x, kernel, **how)
    assert_allclose(in_rows, pixels, rtol=1e-5, atol=1e-5)
    back = depthwise.convolve_depthwise_transposed
    found = back(pixels, kernel, space=space, **how)
    monkeypatch.setattr(full.Geometry, "turned", None)
    assert_allclose(
        found, back(pixels, kernel, space=space, **how), rtol=1e-4, atol=1e-4
    )

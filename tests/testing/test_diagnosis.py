"""Every mistake is recognised by its traces, and no right gradient is accused."""

import math

import numpy as np
import pytest

from tensorlearn.testing import diagnose

RIGHT = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -6.0]])
SQUARE = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.5]])


@pytest.mark.parametrize(
    ("analytic", "numeric", "cause"),
    [
        (None, RIGHT, "nothing was recorded"),
        (RIGHT * 0, RIGHT, "zero everywhere"),
        (-RIGHT, RIGHT, "the sign is opposite"),
        (RIGHT * 2, RIGHT, "doubled"),
        (RIGHT / 2, RIGHT, "halved"),
        (RIGHT / 6, RIGHT, "6 times too small: a mean in place of a sum"),
        (RIGHT / 3, RIGHT, "3 times too small"),
        (RIGHT * 6, RIGHT, "6 times too large: a sum in place of a mean"),
        (RIGHT * 7, RIGHT, "times 7: a constant factor"),
        (RIGHT * -1.5, RIGHT, "times -3/2:"),
        (RIGHT * math.pi, RIGHT, "times π:"),
        (RIGHT / math.log(2), RIGHT, "times 1/ln 2:"),
        (RIGHT * -math.pi / 2, RIGHT, "times -π/2:"),
        (RIGHT * 0.123, RIGHT, "times 0.123:"),
        (SQUARE.T, SQUARE, "transposed"),
        (RIGHT.T, RIGHT, "transposed"),
        (RIGHT[:, ::-1], RIGHT, "reversed along axis 1"),
        (np.roll(RIGHT, 2), RIGHT, "in other places"),
        (RIGHT + 0.25, RIGHT, "0.25 too much everywhere"),
        (np.ones((4, 3)), np.full(3, 4.0), "the sum over axis 0 is missing"),
        (np.ones((4, 3)), np.full((4, 1), 3.0), "the sum over axis 1 is missing"),
        (
            np.ones((5, 4, 3)),
            np.full((1, 3), 20.0),
            "the sum over axis 0, 1 is missing",
        ),
        (np.ones(3), np.ones(4), r"shape \(3,\), not that of the input, \(4,\)"),
        (np.ones((2, 3)), np.arange(3.0), "not that of the input"),
        (
            np.array([np.nan, 1.0]),
            np.array([2.0, 1.0]),
            "1 elements are NaN or infinite",
        ),
        (RIGHT + np.eye(2, 3), RIGHT, r"only 2 of 6 .* first at \(0, 0\)"),
        (RIGHT**2, RIGHT, "no pattern that is known"),
    ],
)
def test_mistakes_are_recognised(analytic, numeric, cause):
    with pytest.raises(AssertionError, match=cause):
        raise AssertionError(diagnose(analytic, numeric))


def test_nothing_is_said_about_what_is_right():
    rng = np.random.default_rng(0)
    for shape in [(), (1,), (5,), (3, 3), (2, 0)]:
        right = rng.normal(size=shape)
        assert diagnose(right, right) == ""
        assert diagnose(right * (1 + 1e-9), right) == ""
        assert diagnose(np.zeros(shape), np.zeros(shape)) == ""
        assert diagnose(None, np.zeros(shape)) == ""


def test_what_was_not_measured_counts_for_nothing():
    numeric = RIGHT.copy()
    numeric[0, 1] = np.nan
    assert diagnose(RIGHT, numeric) == ""
    assert "sign" in diagnose(-RIGHT, numeric)
    assert "1 of 5" in diagnose(RIGHT + np.eye(2, 3)[::-1] * [1, 0, 0], numeric)

"""The reader of the recorded numbers reads all of them, and its comparison bites."""

import numpy as np
import pytest

from tests.golden_cases import GOLDEN, assert_close, cases

FILES = sorted(path.stem for path in GOLDEN.glob("*.h5"))


def test_all_485_cases_are_there():
    assert len(FILES) == 18
    assert sum(len(cases(file)) for file in FILES) == 485


def test_a_layer_case_is_complete():
    (case,) = [case for case in cases("convolutional") if case.name == "conv1d_causal"]
    assert case.kind == "layer"
    assert case.rtol == 1e-7
    assert case.attrs["class_name"] == "Conv1D"
    assert case.attrs["config"] == {
        "filters": 3,
        "kernel_size": 3,
        "padding": "causal",
    }
    assert case.weight_names == ["kernel", "bias"]
    assert {n: w.shape for n, w in case.numbered("grad_weight").items()} == {
        0: (3, 2, 3),
        1: (3,),
    }


def test_a_model_case_names_layers_and_class_weights():
    (case,) = [case for case in cases("models") if case.name == "class_weight_adam"]
    assert case.attrs["class_weight"] == {0: 0.5, 1: 1.0, 2: 3.0}
    assert case.attrs["compile"]["optimizer"]["class_name"] == "Adam"
    assert case.attrs["metrics_names"] == ["loss"]
    assert len(case.weight_layers) == len(case.weight_names) == 4


@pytest.mark.parametrize("file", FILES)
def test_every_case_agrees_with_itself(file):
    for case in cases(file):
        assert case.arrays
        for array in case.arrays.values():
            assert_close(array, array, case.rtol)


def test_assert_close_scales_with_the_largest_value():
    assert_close([1e3, 1e-7], [1e3, 0], rtol=1e-9)
    with pytest.raises(AssertionError, match=r"1 of 2 .* at \(1,\): got 1e-05, exp"):
        assert_close([1e3, 1e-5], [1e3, 0], rtol=1e-9)


@pytest.mark.parametrize("got", [[1.0, np.nan], [1.0, np.inf], [1.0, 2.1]])
def test_assert_close_refuses_other_values(got):
    with pytest.raises(AssertionError, match=r"1 of 2 values differ"):
        assert_close(got, [1.0, 2.0], rtol=1e-7)


def test_assert_close_refuses_other_shapes():
    with pytest.raises(AssertionError, match=r"shape \(2, 1\), expected \(2,\)"):
        assert_close(np.ones((2, 1)), np.ones(2), rtol=1e-7)


def test_assert_close_takes_empty_and_unsigned_arrays():
    assert_close(np.ones((0, 3)), np.ones((0, 3)), rtol=1e-7)
    assert_close(np.uint8([0, 1]), np.uint8([0, 1]), rtol=1e-7)

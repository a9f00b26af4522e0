"""Every value function: equal to NumPy on arrays and Tensors, and recorded on Symbols."""

import numpy as np
import pytest

from tensorlearn import backend as K
from tensorlearn.autograd import Tensor
from tensorlearn.engine import Symbol
from tests.backend.cases import CASES, CONVOLUTIONS
from tests.backend.tables import A, P

ALL = [
    pytest.param(name, one, id=f"{name}-{i}")
    for name, cases in CASES.items()
    for i, one in enumerate(cases)
]


def mapped(values, change):
    """`values` with `change` applied to the arrays in it."""
    if isinstance(values, np.ndarray):
        return change(values)
    if isinstance(values, (list, tuple)):
        return type(values)([mapped(v, change) for v in values])
    return values


def flat(result):
    if isinstance(result, (list, tuple)):
        return [leaf for part in result for leaf in flat(part)]
    return [result]


def check(found, one):
    expected = one.expected if isinstance(one.expected, tuple) else (one.expected,)
    found = flat(found)
    assert len(found) == len(expected)
    for got, wanted in zip(found, expected, strict=True):
        assert np.shape(got) == np.shape(wanted)
        np.testing.assert_allclose(got, wanted, rtol=one.rtol, atol=1e-5)


@pytest.mark.parametrize(("name", "one"), ALL)
def test_function_on_arrays_equals_numpy(name, one):
    result = getattr(K, name)(*one.args, **one.kwargs)
    if name not in ("in_train_phase", "in_test_phase", "to_dense"):
        assert all(isinstance(part, Tensor) for part in flat(result))
    check([K.eval(part) for part in flat(result)], one)


@pytest.mark.parametrize(("name", "one"), ALL)
def test_function_on_tensors_equals_numpy(name, one):
    result = getattr(K, name)(*mapped(one.args, Tensor), **one.kwargs)
    check([K.eval(part) for part in flat(result)], one)


def as_placeholder(made, kernels):
    """Symbols with an unknown batch axis; of kernels all lengths are known."""

    def change(array):
        shape = array.shape
        batch = made[0][1].shape[:1] if made else shape[:1]
        if array.ndim and shape[:1] == batch and not (kernels and made):
            shape = (None, *shape[1:])
        symbol = K.placeholder(shape, ndim=0, dtype=array.dtype.name)
        made.append((symbol, array))
        return symbol

    return change


@pytest.mark.parametrize(("name", "one"), ALL)
def test_function_on_symbols_equals_numpy(name, one):
    made = []
    args = mapped(one.args, as_placeholder(made, name in CONVOLUTIONS))
    result = flat(getattr(K, name)(*args, **one.kwargs))
    run = K.function([symbol for symbol, _ in made], result)
    found = run([array for _, array in made])
    check(found, one)
    for symbol, value in zip(result, found, strict=True):
        if isinstance(symbol, Symbol):
            assert symbol.ndim == np.ndim(value)
            assert symbol.dtype == np.asarray(value).dtype.name
            for wanted, got in zip(symbol.shape, np.shape(value), strict=True):
                assert wanted in (None, got)


FLOATS = [
    pytest.param(name, cases[0], id=name)
    for name, cases in CASES.items()
    if isinstance(cases[0].args[0], np.ndarray) and cases[0].args[0].dtype.kind == "f"
]


@pytest.mark.parametrize(("name", "one"), FLOATS)
def test_float32_stays_float32(name, one):
    for part in flat(getattr(K, name)(*one.args, **one.kwargs)):
        assert K.dtype(part) in ("float32", "bool", "int32", "int64")


def test_float64_array_next_to_tensor_takes_its_type():
    assert K.dtype(K.maximum(Tensor(A), P.astype("float64"))) == "float32"
    assert K.dtype(K.dot(P.T.astype("float64"), Tensor(A))) == "float32"


def test_float64_array_alone_stays_float64():
    assert K.dtype(K.sum(A.astype("float64"))) == "float64"


def test_constant_arrays_beside_a_symbol_are_kept():
    x = K.placeholder((None, 3))
    run = K.function([x], [K.maximum(x, P[:1]), K.concatenate([x, P])])
    low, joined = run([A])
    np.testing.assert_allclose(low, np.maximum(A, P[:1]))
    np.testing.assert_allclose(joined, np.concatenate([A, P], -1))

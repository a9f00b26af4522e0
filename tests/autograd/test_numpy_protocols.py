"""What NumPy's own functions do with Tensors: record, or refuse and say what to do."""

import numpy as np
import pytest

from tensorlearn import ops
from tensorlearn.autograd import Tensor
from tensorlearn.operators import FUNCTIONS, UFUNCS

M = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]])
POSITIVE = np.abs(M) + 0.1
MIXED = np.arange(6.0).reshape(2, 3)

CALLS = {
    "np.exp(t)": lambda t: np.exp(t),
    "np.add(t, 1)": lambda t: np.add(t, 1),
    "array * t": lambda t: M * t,
    "t * array": lambda t: t * M,
    "np.float64(2) * t": lambda t: np.float64(2) * t,
    "np.matmul": lambda t: np.matmul(t, MIXED.T),
    "array @ t": lambda t: MIXED.T @ t,
    "np.power": lambda t: np.power(t, 2),
    "np.sum": lambda t: np.sum(t),
    "np.sum(t, 0)": lambda t: np.sum(t, 0),
    "np.sum keepdims": lambda t: np.sum(t, axis=1, keepdims=True),
    "np.mean": lambda t: np.mean(t, -1),
    "np.max": lambda t: np.max(t, axis=(0, 1)),
    "np.min": lambda t: np.min(t, 1),
    "np.prod": lambda t: np.prod(t, 0),
    "np.var": lambda t: np.var(t, 0),
    "np.var ddof": lambda t: np.var(t, axis=1, ddof=1),
    "np.std": lambda t: np.std(t),
    "np.argmax": lambda t: np.argmax(t, 0),
    "np.argmin": lambda t: np.argmin(t),
    "np.any": lambda t: np.any(t > 0, 0),
    "np.cumsum": lambda t: np.cumsum(t),
    "np.cumsum axis": lambda t: np.cumsum(t, 1),
    "np.cumprod": lambda t: np.cumprod(t, axis=0),
    "np.linalg.norm": lambda t: np.linalg.norm(t),
    "np.linalg.norm axis": lambda t: np.linalg.norm(t, 2, 1, True),
    "np.concatenate": lambda t: np.concatenate([t, M]),
    "np.concatenate None": lambda t: np.concatenate((M, t), axis=None),
    "np.concatenate 1": lambda t: np.concatenate([t, t], 1),
    "np.stack": lambda t: np.stack([M, t], axis=1),
    "np.reshape": lambda t: np.reshape(t, (3, 2)),
    "np.ravel": lambda t: np.ravel(t),
    "np.transpose": lambda t: np.transpose(t),
    "np.transpose axes": lambda t: np.transpose(t, (1, 0)),
    "np.moveaxis": lambda t: np.moveaxis(t, 0, 1),
    "np.swapaxes": lambda t: np.swapaxes(t, 0, 1),
    "np.expand_dims": lambda t: np.expand_dims(t, 1),
    "np.squeeze": lambda t: np.squeeze(np.expand_dims(t, 0)),
    "np.broadcast_to": lambda t: np.broadcast_to(t, (2, 2, 3)),
    "np.flip": lambda t: np.flip(t),
    "np.roll": lambda t: np.roll(t, 1),
    "np.roll axis": lambda t: np.roll(t, 1, 0),
    "np.tile": lambda t: np.tile(t, (2, 1)),
    "np.repeat": lambda t: np.repeat(t, 2),
    "np.repeat axis": lambda t: np.repeat(t, [1, 0, 2], axis=1),
    "np.pad": lambda t: np.pad(t, ((1, 0), (0, 2)), "edge"),
    "np.take": lambda t: np.take(t, [0, 5, 5]),
    "np.take axis": lambda t: np.take(t, [0, 2], axis=1),
    "np.take_along_axis": lambda t: np.take_along_axis(t, np.array([[1], [0]]), 1),
    "np.sort": lambda t: np.sort(t),
    "np.sort axis": lambda t: np.sort(t, axis=0),
    "np.tril": lambda t: np.tril(t),
    "np.triu": lambda t: np.triu(t, 1),
    "np.diag": lambda t: np.diag(t),
    "np.where": lambda t: np.where(M > 0, t, 0.0),
    "np.clip": lambda t: np.clip(t, -0.5, 1),
    "np.clip one side": lambda t: np.clip(t, None, 1.0),
    "np.round": lambda t: np.round(t, 1),
    "np.dot": lambda t: np.dot(t, MIXED.T),
    "np.dot number": lambda t: np.dot(t, 2.0),
    "np.outer": lambda t: np.outer(t, MIXED),
    "np.tensordot": lambda t: np.tensordot(t, MIXED, 2),
    "np.einsum": lambda t: np.einsum("ij,kj->ik", t, MIXED),
    "np.einsum optimize": lambda t: np.einsum("ij->j", t, optimize=True),
    "np.isnan": lambda t: np.isnan(t),
    "np.shape": lambda t: np.array(np.shape(t)),
    "np.ndim": lambda t: np.ndim(t),
    "np.size": lambda t: np.size(t),
    "np.zeros_like": lambda t: np.zeros_like(t),
    "np.ones_like": lambda t: np.ones_like(t),
}


@pytest.mark.parametrize("name", CALLS)
def test_numpy_gives_the_same_with_a_tensor(name):
    call = CALLS[name]
    t = Tensor(M, requires_grad=True)
    found = call(t)
    want = call(M)
    if isinstance(found, Tensor):
        assert found.requires_grad
        found = found.numpy()
    assert np.shape(found) == np.shape(want)
    np.testing.assert_allclose(found, want)


def test_every_function_of_numpy_that_is_known_is_tried():
    text = " ".join(CALLS)
    names = {f.__name__ for f in FUNCTIONS} - {"amax", "amin", "around", "all"}
    assert all(name in text for name in names), [n for n in names if n not in text]


@pytest.mark.parametrize("ufunc", UFUNCS, ids=lambda f: f.__name__)
def test_ufuncs_find_their_operation(ufunc):
    inputs = [POSITIVE * 0.4 + (ufunc is np.arccosh)] * ufunc.nin
    if ufunc is np.matmul:
        inputs = [np.eye(3)] * 2
    found = ufunc(*[Tensor(x, requires_grad=True) for x in inputs])
    want = ufunc(*inputs)
    np.testing.assert_allclose(getattr(found, "data", found), want)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("np.median", lambda t: np.median(t)),
        ("np.fft.fft", lambda t: np.fft.fft(t)),
        ("np.linalg.inv", lambda t: np.linalg.inv(t)),
        ("np.add.reduce", lambda t: np.add.reduce(t)),
        ("np.hypot", lambda t: np.hypot(t, t)),
        ("np.split", lambda t: np.split(t, 2)),
    ],
)
def test_what_would_cut_the_graph_is_refused(name, call):
    with pytest.raises(TypeError, match=rf"{name} has no differentiable twin"):
        call(Tensor(M))


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        (lambda t: np.nanmean(t), "did you mean 'mean'"),
        (lambda t: np.logical_xor(t, t), "did you mean 'logical_or'"),
        (lambda t: np.log1p.at(t, 0), "did you mean 'log1p'"),
        (lambda t: np.split(t, 2), "did you mean 'split'"),
    ],
)
def test_the_nearest_operation_is_named(call, hint):
    with pytest.raises(TypeError, match=hint):
        call(Tensor(M))


def test_arguments_that_are_not_supported_are_named():
    t = Tensor(M)
    with pytest.raises(TypeError, match=r"np\.sum with a Tensor: .*'dtype'"):
        np.sum(t, dtype=np.float32)
    with pytest.raises(TypeError, match=r"np\.sum with a Tensor: too many positional"):
        np.sum(t, 0, np.float32)
    with pytest.raises(TypeError, match=r"np\.where with a Tensor: missing"):
        np.where(t)
    with pytest.raises(TypeError, match=r"np\.add: out= is not supported"):
        np.add(t, 1, out=np.zeros((2, 3)))
    with pytest.raises(TypeError, match=r"np\.exp: dtype= is not supported"):
        np.exp(t, dtype=np.float32)


def test_an_array_never_swallows_a_tensor():
    array = np.zeros((2, 3))
    with pytest.raises(TypeError, match=r"np\.add: out= is not supported"):
        array += Tensor(M)
    with pytest.raises(TypeError, match=r"call \.numpy\(\) to say that you mean it"):
        array[0] = Tensor([1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    "convert",
    [
        np.asarray,
        np.array,
        np.float32,
        lambda t: np.array([t, t]),
        np.ascontiguousarray,
    ],
)
def test_tensors_are_not_turned_into_arrays(convert):
    with pytest.raises(TypeError, match="not silently turned into an array"):
        convert(Tensor([1.0]))


def test_only_euclidean_norms_are_known():
    with pytest.raises(ValueError, match="only the Euclidean norm is known, got ord=1"):
        np.linalg.norm(Tensor(M), 1)
    with pytest.raises(ValueError, match="only the Euclidean norm is known, got ord=2"):
        np.linalg.norm(Tensor(M), 2)
    assert float(ops.norm(Tensor([3.0, 4.0]), ord=2)) == 5

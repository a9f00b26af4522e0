"""Tensors and Parameters by themselves: what they hold, refuse, and show."""

import copy
import pickle

import numpy as np
import pytest

from tensorlearn import config, ops
from tensorlearn.autograd import Parameter, Tensor
from tensorlearn.autograd.tensor import wrap

# ---- making one ----


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1.5, "float32"),
        ([1.0, 2.0], "float32"),
        ([np.float64(1.0)], "float32"),
        ([], "float32"),
        (3, "int64"),
        ([[1, 2]], "int64"),
        (True, "bool"),
        (np.float64(1.0), "float64"),
        (np.zeros(2), "float64"),
        (np.zeros(2, np.float16), "float16"),
        (np.zeros(2, np.longdouble), "float32"),
        (range(3), "int64"),
    ],
)
def test_number_type_follows_the_data(data, dtype):
    assert Tensor(data).dtype == dtype


def test_python_floats_take_floatx():
    config.set_floatx("float64")
    assert Tensor([1.0]).dtype == "float64"


def test_dtype_decides():
    assert Tensor([1, 2], dtype="float16").dtype == "float16"
    assert Tensor(np.array([1.7]), dtype=int).numpy().tolist() == [1]


def test_data_are_copied():
    data = np.ones(3)
    x = Tensor(data)
    data[0] = 9
    assert x.numpy().tolist() == [1, 1, 1]


def test_tensor_of_a_tensor_is_a_new_leaf():
    x = Tensor([1.0], requires_grad=True)
    y = Tensor(x * 2, requires_grad=True)
    y.backward()
    assert y.grad.tolist() == [1]
    assert x.grad is None


@pytest.mark.parametrize(
    "data",
    ["abc", ["a"], None, {}, object(), [1j], np.array(["2020"], "M8"), [None, 1.0]],
)
def test_what_is_not_a_number_is_refused(data):
    with pytest.raises(
        TypeError, match=r"`data` must be real numbers, got \w+ \(dtype"
    ):
        Tensor(data)


@pytest.mark.parametrize("dtype", [complex, "U3", object])
def test_dtype_must_be_real(dtype):
    with pytest.raises(TypeError, match="must be real numbers"):
        Tensor([1.0], dtype=dtype)


def test_rows_must_be_equally_long():
    with pytest.raises(ValueError, match="rows of different lengths"):
        Tensor([[1, 2], [3]])


@pytest.mark.parametrize("wrapped", [lambda t: [t, t], lambda t: [[1.0], (t,)]])
def test_lists_of_tensors_are_refused(wrapped):
    with pytest.raises(TypeError, match=r"tensorlearn\.ops\.stack"):
        Tensor(wrapped(Tensor(1.0)))


@pytest.mark.parametrize("data", [1, True, np.arange(3)])
def test_only_floats_can_require_a_gradient(data):
    with pytest.raises(TypeError, match=r"only floating-point data .* got dtype"):
        Tensor(data, requires_grad=True)


# ---- looking at it ----


def test_shape_and_kin():
    x = Tensor(np.zeros((2, 3)))
    assert (x.shape, x.ndim, x.size, len(x)) == ((2, 3), 2, 6, 2)
    assert x.T.shape == x.transpose().shape == x.transpose(1, 0).shape == (3, 2)
    assert x.transpose((-1, -2)).shape == x.transpose(None).shape == (3, 2)
    assert x.reshape(6).shape == x.reshape((6,)).shape == x.reshape(np.int64(6)).shape
    assert x.reshape(3, -1).shape == x.reshape([3, 2]).shape == (3, 2)
    assert Tensor(1.0).reshape(()).shape == ()


def test_methods_are_the_operations():
    x = Tensor([[1.0, 2.0], [3.0, 6.0]])
    assert float(x.sum()) == 12
    assert x.mean(axis=0).numpy().tolist() == [2, 4]
    assert x.max(axis=1, keepdims=True).shape == (2, 1)
    assert x.astype("float64").dtype == "float64"


def test_numpy_is_a_view_that_cannot_be_written():
    x = Tensor([1.0])
    with pytest.raises(ValueError, match="read-only"):
        x.numpy()[0] = 2
    assert np.shares_memory(x.numpy(), x.data)


def test_one_element_becomes_a_number():
    x = Tensor([[2.5]])
    assert (float(x), int(x), bool(x), x.item()) == (2.5, 2, True, 2.5)
    assert f"{x:.2f}" == "2.50"
    assert f"{x}" == repr(x)


@pytest.mark.parametrize("convert", [float, int, bool, lambda x: f"{x:.2f}"])
def test_more_elements_do_not(convert):
    with pytest.raises(ValueError, match=r"only a Tensor of one element .* \(2,\)"):
        convert(Tensor([1.0, 2.0]))


def test_iteration_gives_rows_that_remember():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    first, second = x
    (first * second).sum().backward()
    assert x.grad.tolist() == [[3, 4], [1, 2]]
    assert [v.numpy().tolist() for v in Tensor([1.0, 2.0])] == [1, 2]
    assert list(Tensor(np.zeros((0, 2)))) == []
    assert 2.0 in Tensor([1.0, 2.0])


def test_without_axes_there_is_nothing_to_walk_along():
    with pytest.raises(TypeError, match="cannot be iterated over"):
        iter(Tensor(1.0))
    with pytest.raises(TypeError, match="has no length"):
        len(Tensor(1.0))


def test_repr_says_where_it_comes_from():
    x = Tensor([1.0, 2.0], requires_grad=True)
    assert repr(x) == (
        "Tensor([1., 2.], shape=(2,), dtype=float32, requires_grad=True)"
    )
    assert "made_by='multiply'" in repr(x * x)
    assert repr(Tensor(3)) == "Tensor(3, shape=(), dtype=int64)"
    assert len(repr(Tensor(np.zeros((100, 100))))) < 500
    assert repr(Parameter([0.0], "bias")) == (
        "Parameter('bias', shape=(1,), dtype=float32)"
    )


# ---- operators ----


def test_operators_compute():
    x = Tensor([3.0, 4.0])
    assert (1 - x).numpy().tolist() == [-2, -3]
    assert (12 / x).numpy().tolist() == [4, 3]
    assert (2**x).numpy().tolist() == [8, 16]
    assert (x % 2).numpy().tolist() == [1, 0]
    assert (7 % x).numpy().tolist() == [1, 3]
    assert (abs(-x) + x * 2).numpy().tolist() == [9, 12]
    assert float(x @ [1.0, 2.0]) == 11
    assert ([1.0, 2.0] @ x).shape == ()


def test_comparisons_are_arrays():
    x = Tensor([1.0, 2.0])
    for answer in (x < 2, x <= 1, x != 2.0, x == 1):
        assert isinstance(answer, np.ndarray)
        assert answer.tolist() == [True, False]
    assert (x > 1).tolist() == (x >= 2).tolist() == [False, True]
    assert (np.float64(3) > x).tolist() == [True, True]
    assert {x: "found"}[x] == "found"


def test_in_place_operators_rebind():
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x
    y -= x.mean()
    assert x.numpy().tolist() == [1, 2]
    assert y is not x


def test_items_cannot_be_assigned():
    with pytest.raises(TypeError, match=r"Parameter does not support item assignment"):
        Parameter([1.0])[0] = 2.0


@pytest.mark.parametrize(
    "other", ["a", 1j, np.complex64(1j), np.str_("a"), np.array([None])]
)
def test_operands_must_be_real(other):
    with pytest.raises(
        TypeError, match="multiply: operands must be Tensors, arrays or"
    ):
        Tensor([1.0]) * other


def test_integers_follow_numpy():
    x = Tensor([1, 2])
    assert (x * 2).dtype == (x**2).dtype == "int64"
    assert (x / 2).numpy().tolist() == [0.5, 1]
    assert (x + Tensor([True, False])).numpy().tolist() == [2, 2]


def test_precision_between_tensors_is_numpys_and_gradients_keep_their_own():
    x = Tensor(np.ones(2, np.float32), requires_grad=True)
    y = Tensor(np.ones(2), requires_grad=True)
    z = x * y * Tensor([1, 2])
    z.sum().backward()
    assert (z.dtype, x.grad.dtype, y.grad.dtype) == ("float64", "float32", "float64")


def test_widest_tensor_sets_the_precision_of_constants():
    where = Tensor([True, False])
    x = Tensor(np.zeros(2))
    assert ops.where(where, x, np.array([0.1, 0.2])).numpy().tolist() == [0, 0.2]


# ---- indexing ----


def test_tensors_can_be_indices():
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    (x[Tensor([0, 0, 2])].sum() + x[Tensor([True, False, False])].sum()).backward()
    assert x.grad.tolist() == [3, 0, 1]
    m = Tensor(np.eye(3))
    assert m[:, Tensor([1])].shape == (3, 1)
    assert ops.take(m, Tensor([1, 1]), axis=1).shape == (3, 2)
    assert ops.gather(m, indices=Tensor([1, 1])).shape == (2, 3)


@pytest.mark.parametrize("index", [3, (0, 0), 0.5, "a", [True, False]])
def test_an_index_that_does_not_fit_is_named(index):
    with pytest.raises(IndexError, match=r"index .* does not fit shape \(3,\)"):
        Tensor([1.0, 2.0, 3.0])[index]


# ---- copies ----


def test_copies_of_leaves_are_independent():
    x = Parameter([1.0], "w")
    for y in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        (y * 2).backward()
        assert (y.name, y.grad.tolist(), x.grad) == ("w", [2], None)


def test_a_copied_parameter_is_never_older_than_its_uses():
    for _ in range(100):
        Tensor([1.0], requires_grad=True)
    stored = pickle.dumps(Parameter([1.0]))
    (pickle.loads(stored) * 2).backward()


def test_results_with_history_cannot_be_copied():
    y = Tensor([1.0], requires_grad=True) * 2
    with pytest.raises(TypeError, match="only a Tensor without history"):
        copy.deepcopy(y)
    assert copy.deepcopy(y.detach()).numpy().tolist() == [2]


# ---- Parameter ----


def test_parameter_requires_a_gradient_unless_not_trainable():
    assert Parameter([1.0]).trainable
    frozen = Parameter([1.0], trainable=False)
    assert not frozen.trainable
    assert (frozen * 2).node is None


def test_assign_keeps_the_array_and_the_number_type():
    w = Parameter([1.0, 2.0])
    array = w.data
    w.assign([3, 4])
    assert w.data is array
    assert array.tolist() == [3, 4]
    w.assign(Tensor(np.array([5.0, 6.0])))
    assert w.dtype == "float32"


def test_assign_of_a_frozen_parameter_rebinds():
    w = Parameter([1.0], trainable=False)
    before = w.numpy()
    w.assign([2.0])
    assert (before.tolist(), w.numpy().tolist()) == ([1], [2])


def test_assign_checks_the_shape():
    with pytest.raises(ValueError, match=r"w\.assign: .* shape \(2,\), got \(1, 2\)"):
        Parameter([1.0, 2.0], "w").assign([[1.0, 2.0]])


# ---- odd arrays ----


@pytest.mark.parametrize("order", ["C", "F"])
def test_memory_order_does_not_matter(order):
    a = np.asarray(np.arange(12.0).reshape(3, 4), order=order)
    x = Tensor(a, requires_grad=True)
    (x.T[::-1, ::2] * 2).sum().backward()
    assert x.grad.tolist() == [[2, 2, 2, 2], [0] * 4, [2, 2, 2, 2]]


def test_numpy_scalars_act_as_arrays_without_axes():
    x = wrap(np.float32(2), None)
    assert float(ops.exp(Tensor(np.float64(0)))) == 1
    assert isinstance((Tensor(2.0) * 3).data, np.ndarray)
    assert float(x * 2) == 4


def test_float16_stays_float16():
    x = Tensor(np.ones(3, np.float16), requires_grad=True)
    y = (ops.sigmoid(x) * 2.0 + ops.sqrt(x)).mean()
    y.backward()
    assert y.dtype == x.grad.dtype == "float16"

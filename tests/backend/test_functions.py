"""What tables of values cannot say: settings, variables, randomness, choices, errors."""

import numpy as np
import pytest

from tensorlearn import backend as K
from tensorlearn import config
from tensorlearn.autograd import Parameter, Tensor
from tensorlearn.engine import Input
from tensorlearn.layers import Dense
from tensorlearn.optimizers import SGD
from tests.backend.tables import A, B, P, X

# ---- settings ----


def test_backend_has_a_name():
    assert K.backend() == "tensorlearn"


def test_floatx_decides_the_type_of_variables():
    K.set_floatx("float64")
    assert K.floatx() == "float64"
    assert K.dtype(K.variable([1])) == "float64"
    assert K.cast_to_floatx([1, 2]).dtype == "float64"
    assert K.dtype(K.cast_to_floatx(Tensor(A))) == "float64"


def test_cast_to_floatx_records_on_symbols():
    assert K.dtype(K.cast_to_floatx(Input((2,), dtype="int32"))) == "float32"


def test_dim_ordering_is_the_data_format_of_keras_1():
    assert K.image_dim_ordering() == "tf"
    K.set_image_dim_ordering("th")
    assert K.image_data_format() == "channels_first"
    assert K.image_dim_ordering() == "th"
    with pytest.raises(ValueError, match="Unknown dim_ordering: channels"):
        K.set_image_dim_ordering("channels")


def test_normalize_data_format():
    assert K.normalize_data_format(None) == "channels_last"
    assert K.normalize_data_format("Channels_First") == "channels_first"
    with pytest.raises(ValueError, match="`data_format` argument must be one of"):
        K.normalize_data_format("rgb")


def test_uids_count_by_prefix():
    K.reset_uids()
    assert [K.get_uid("a"), K.get_uid("a"), K.get_uid("b")] == [1, 2, 1]
    K.clear_session()
    assert K.get_uid("a") == 1


def test_variable_names():
    K.reset_uids()
    assert K.variable(1.0).name == "Variable:0"
    assert K.variable(1.0).name == "Variable_1:0"
    with K.name_scope("outer"), K.name_scope("inner"):
        assert K.variable(1.0, name="w").name == "outer/inner/w:0"
    assert K.placeholder((2,), name="x").name == "x:0"
    K.manual_variable_initialization(True)


# ---- variables ----


def test_variable_is_a_parameter_of_floatx():
    v = K.variable(np.eye(2), name="eye", constraint=abs)
    assert isinstance(v, Parameter)
    assert (K.dtype(v), v.name, v.constraint) == ("float32", "eye:0", abs)
    assert K.dtype(K.variable([1, 2], dtype="int32")) == "int32"


def test_variable_does_not_share_its_memory():
    data = np.ones(2, "float32")
    v = K.variable(data)
    K.set_value(v, [5, 6])
    K.get_value(v)[0] = 9
    np.testing.assert_array_equal(data, 1)
    np.testing.assert_array_equal(K.get_value(v), [5, 6])


def test_sparse_matrices_are_refused():
    class Sparse:
        def tocoo(self):
            return self

    with pytest.raises(NotImplementedError, match=r"pass value\.toarray"):
        K.variable(Sparse())
    with pytest.raises(NotImplementedError, match="use sparse=False"):
        K.placeholder((2,), sparse=True)


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (lambda: K.zeros((2, 3)), np.zeros((2, 3))),
        (lambda: K.ones((2,), dtype="int32"), np.ones(2)),
        (lambda: K.eye(3), np.eye(3)),
        (lambda: K.constant(3, shape=(2, 2)), np.full((2, 2), 3)),
        (lambda: K.constant([1, 2, 3, 4], shape=(2, 2)), [[1, 2], [3, 4]]),
        (lambda: K.constant([1, 2]), [1, 2]),
        (lambda: K.arange(3), [0, 1, 2]),
        (lambda: K.arange(-3), []),
        (lambda: K.arange(1, 7, 2, "float32"), [1, 3, 5]),
    ],
)
def test_made_values(made, wanted):
    np.testing.assert_array_equal(K.eval(made()), wanted)


@pytest.mark.parametrize("function", [K.zeros, K.ones])
def test_zeros_and_ones_can_be_written(function):
    v = function((2,))
    K.set_value(v, [1, 2])
    np.testing.assert_array_equal(K.get_value(v), [1, 2])
    assert K.dtype(v) == "float32"


def test_arange_is_of_int32():
    assert K.dtype(K.arange(3)) == "int32"


def test_batch_get_and_set_value():
    a, b = K.zeros((2,)), K.zeros(())
    K.batch_set_value([(a, [1, 2]), (b, 3)])
    first, second = K.batch_get_value([a, b])
    np.testing.assert_array_equal(first, [1, 2])
    assert second == 3


def test_set_value_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"must have shape \(2,\), got \(3,\)"):
        K.set_value(K.zeros((2,)), [1, 2, 3])


def test_updates_write_at_once():
    v = K.variable([1.0, 2.0])
    assert K.update(v, [3.0, 4.0]) is v
    K.update_add(v, 1)
    K.update_sub(v, np.array([2.0, 0.0]))
    np.testing.assert_array_equal(K.get_value(v), [2, 5])
    K.moving_average_update(v, Tensor([0.0, 1.0]), 0.75)
    np.testing.assert_array_equal(K.get_value(v), [1.5, 4])


def test_updates_with_symbols_wait_for_a_function():
    v, x = K.variable([1.0]), K.placeholder((1,))
    updates = [K.update(v, x), K.update_sub(v, x), K.moving_average_update(v, x, 0.5)]
    np.testing.assert_array_equal(K.get_value(v), [1])
    for update, wanted in zip(updates, (8.0, -7.0, 4.5), strict=True):
        K.set_value(v, [1.0])
        K.function([x], [], updates=[update])([[8.0]])
        assert K.get_value(v) == [wanted]


def test_eval_gives_arrays_and_scalars():
    assert type(K.eval(K.variable(A))) is np.ndarray
    assert type(K.eval(K.sum(A))) is np.float32
    assert type(K.eval(A)) is np.ndarray


def test_inspection():
    v, x = K.variable(A), Input((3,), name="x")
    assert [K.int_shape(t) for t in (v, x, A)] == [(2, 3), (None, 3), (2, 3)]
    assert [K.ndim(t) for t in (v, x, A)] == [2, 2, 2]
    assert [K.dtype(t) for t in (v, x, A)] == ["float32"] * 3
    assert K.count_params(v) == 6
    assert K.get_variable_shape(v) == (2, 3)
    assert not K.is_sparse(v)


def test_kinds_of_values():
    v, x, p = K.variable(1.0), Input((3,)), K.placeholder((2,))
    assert [K.is_tensor(t) for t in (v, x, p, A)] == [True, True, True, False]
    assert [K.is_placeholder(t) for t in (v, x, p, x + 1)] == [False, True, True, False]
    assert not K.is_keras_tensor(v)
    assert not K.is_keras_tensor(p)
    assert K.is_keras_tensor(x)
    assert K.is_keras_tensor(Dense(1)(x))
    assert not K.is_keras_tensor(K.learning_phase())
    with pytest.raises(ValueError, match="Unexpectedly found an instance of type"):
        K.is_keras_tensor(A)


def test_placeholder_shapes():
    assert K.placeholder(ndim=2).shape == (None, None)
    assert K.placeholder((2, None), dtype="int32").dtype == "int32"
    assert K.placeholder(()).shape == ()
    with pytest.raises(ValueError, match="give `shape` or `ndim`"):
        K.placeholder()


def test_print_tensor_prints(capsys):
    K.print_tensor(np.array([1.0, 2.0]), "here: ")
    assert capsys.readouterr().out == "here: [1. 2.]\n"


def test_print_tensor_on_a_symbol_prints_when_it_runs(capsys):
    x = Input((2,))
    f = K.function([x], [K.print_tensor(x, "x = ")])
    assert capsys.readouterr().out == ""
    f([[[1.0, 2.0]]])
    assert capsys.readouterr().out == "x = [[1. 2.]]\n"


def test_learning_rate_is_read_and_written_like_a_variable():
    rate = SGD(lr=0.1)
    K.set_value(rate.lr, K.get_value(rate.lr) * 0.5)
    K.update_add(rate.lr, 0.25)
    assert K.get_value(rate.lr) == pytest.approx(0.3)


# ---- random ----


def test_random_numbers_repeat_with_the_seed():
    for draw in (
        lambda: K.random_normal((3, 2)),
        lambda: K.random_uniform((3, 2)),
        lambda: K.random_binomial((30,), 0.5),
        lambda: K.truncated_normal((3, 2)),
        lambda: K.random_normal_variable((3,), 0.0, 1.0),
        lambda: K.random_uniform_variable((3,), 0.0, 1.0),
        lambda: K.dropout(np.ones(30, "float32"), 0.5),
    ):
        config.set_seed(1)
        first, second = K.eval(draw()), K.eval(draw())
        config.set_seed(1)
        np.testing.assert_array_equal(K.eval(draw()), first)
        assert (first != second).any()
        assert first.dtype == "float32"


def test_random_numbers_with_a_seed_of_their_own():
    a, b = (K.eval(K.random_normal((4,), seed=5)) for _ in range(2))
    np.testing.assert_array_equal(a, b)


def test_random_distributions():
    normal = K.eval(K.random_normal((20000,), mean=3.0, stddev=2.0))
    assert abs(normal.mean() - 3) < 0.1
    assert abs(normal.std() - 2) < 0.1
    uniform = K.eval(K.random_uniform((20000,), -1.0, 3.0))
    assert uniform.min() >= -1
    assert uniform.max() < 3
    assert abs(uniform.mean() - 1) < 0.1
    binomial = K.eval(K.random_binomial((20000,), 0.3))
    assert set(np.unique(binomial)) == {0.0, 1.0}
    assert abs(binomial.mean() - 0.3) < 0.02
    truncated = K.eval(K.truncated_normal((20000,), 1.0, 0.5))
    assert abs(truncated - 1).max() <= 1
    assert abs(truncated.mean() - 1) < 0.02


def test_dropout_keeps_the_mean():
    y = K.eval(K.dropout(np.ones((200, 100), "float32"), 0.2))
    assert y.dtype == "float32"
    np.testing.assert_allclose(np.unique(y), [0, 1.25])
    assert abs(y.mean() - 1) < 0.02


def test_dropout_noise_shape_drops_together():
    y = K.eval(K.dropout(np.ones((50, 7), "float32"), 0.5, noise_shape=(50, 1)))
    assert (y == y[:, :1]).all()
    assert set(np.unique(y)) == {0.0, 2.0}
    z = K.eval(K.dropout(np.ones((50, 7), "float32"), 0.5, noise_shape=(None, 1)))
    assert (z == z[:, :1]).all()


# ---- switch ----


def test_switch_calls_only_the_chosen_function():
    def never():
        raise AssertionError

    assert K.eval(K.switch(K.greater(2, 1), lambda: K.constant(5), never)) == 5
    assert K.eval(K.switch(np.array(0), never, lambda: K.constant(6))) == 6


def test_switch_with_functions_by_element():
    y = K.switch(K.greater(A, 0), lambda: Tensor(A), lambda: Tensor(B))
    np.testing.assert_array_equal(K.eval(y), np.where(A > 0, A, B))


def test_switch_with_too_many_axes_is_refused():
    with pytest.raises(ValueError, match=r"ndim\(condition\)=3, ndim\(then_expr.*=2"):
        K.switch(X > 0, A, A)


def test_comparisons_count_and_choose():
    a, b = Tensor([1.0, 2.0, 3.0]), Tensor([1.0, 5.0, 3.0])
    assert K.eval(K.mean(K.equal(a, b))) == pytest.approx(2 / 3)
    np.testing.assert_array_equal(K.eval(K.cast(K.equal(a, b), "float32")), [1, 0, 1])


# ---- errors ----


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: K.dot(A, B), r"last axis of x .* got \(2, 3\) and \(2, 3\)"),
        (lambda: K.batch_dot(X, X), r"axis 2 of \(2, 4, 3\) and axis 1 of \(2, 4, 3\)"),
        (lambda: K.batch_dot(X, X, axes=([1], 2)), "Multiple target dimensions"),
        (lambda: K.batch_dot(X, X, axes=0), "which is the batch axis"),
        (lambda: K.batch_dot(A[0], X), "need a batch axis and one more"),
        (lambda: K.repeat(X, 2), "must be a matrix"),
        (
            lambda: K.resize_images(X, 2, 2, None, "cubic"),
            "interpolation should be one of",
        ),
        (lambda: K.resize_volumes(X, 2, 2, 2, "rgb"), "`data_format` argument"),
        (
            lambda: K.temporal_padding(X, (1, 2, 3)),
            "temporal_padding: `padding` must be",
        ),
        (lambda: K.spatial_2d_padding(X, (1, 1)), "must be 2 pair"),
        (
            lambda: K.categorical_crossentropy(A, P, axis=2),
            "Unexpected channels axis 2",
        ),
        (
            lambda: K.sparse_categorical_crossentropy([0], P, axis=-2),
            "channels axis -2",
        ),
        (lambda: K.bias_add(X, X), "Unexpected bias dimensions 3"),
        (
            lambda: K.conv1d(X, X, padding="sane"),
            "Invalid padding.*did you mean 'same'",
        ),
        (
            lambda: K.conv1d(X, X, padding="causal", data_format="channels_first"),
            "When using causal padding",
        ),
        (
            lambda: K.pool2d(X, (2, 2), pool_mode="median"),
            "Invalid pool_mode: 'median'",
        ),
        (
            lambda: K.depthwise_conv2d(np.ones((1, 4, 4, 2)), np.ones((2, 2, 3, 1))),
            "kernel for 3 channels cannot be used on 2",
        ),
        (lambda: K.reshape(A, (4, 2)), r"do not fit into \(4, 2\)"),
    ],
)
def test_wrong_arguments_are_explained(call, message):
    with pytest.raises(ValueError, match=message):
        call()

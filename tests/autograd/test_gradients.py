"""grad, vjp, jvp, jacobian and hvp against what calculus says."""

import numpy as np
import pytest

from tensorlearn import config, ops
from tensorlearn.autograd import (
    Parameter,
    Tensor,
    grad,
    hvp,
    jacobian,
    jvp,
    no_grad,
    vjp,
)

A = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, -1.0]])
POINT = np.array([0.5, -1.0, 2.0])


def leaf_of(*values):
    return Tensor(np.array(values), requires_grad=True)


# ---- grad ----


def test_grad_leaves_grad_alone():
    x = leaf_of(2.0)
    assert grad(x * x, x).tolist() == [4]
    assert x.grad is None


def test_grad_answers_in_the_form_of_the_question():
    x, y = leaf_of(2.0), leaf_of(3.0)
    z = x * y
    assert isinstance(grad(z, x, retain_graph=True), np.ndarray)
    assert grad(z, [x], retain_graph=True)[0].tolist() == [3]
    gx, gy = grad(z, (x, y))
    assert (gx.tolist(), gy.tolist()) == ([3], [2])


def test_grad_of_results_inside():
    x = leaf_of(2.0)
    a = x * x
    b = a * 3.0
    assert [g.tolist() for g in grad(b * x, [a, b, x])] == [[6], [2], [36]]


def test_grad_with_itself():
    x = leaf_of(2.0)
    y = x * x
    assert grad(y, [y, y])[1].tolist() == [1]


def test_grad_does_not_go_where_nothing_is_wanted():
    x, w = leaf_of(2.0), leaf_of(3.0)
    calls = []
    branch = w * w
    branch.register_hook(calls.append)
    assert grad(branch * x, x).tolist() == [9]
    assert not calls


def test_gradients_are_writable_and_apart():
    x, y = leaf_of(1.0, 2.0), leaf_of(3.0, 4.0)
    gx, gy = grad((x + y).sum(), [x, y])
    gx[0] = 9
    assert gy.tolist() == [1, 1]


def test_third_order():
    x = leaf_of(2.0)
    y = x**4
    wanted = [32.0, 48.0, 48.0]
    for value in wanted:
        y = grad(y, x, create_graph=True)
        assert y.numpy().tolist() == [value]


def test_backward_can_be_differentiated_again():
    x = leaf_of(2.0)
    (x**3).backward(create_graph=True)
    assert isinstance(x.grad, Tensor)
    assert grad(x.grad, x).tolist() == [12]


def test_weights_of_the_output_can_have_a_gradient():
    x, u = leaf_of(2.0, 3.0), leaf_of(1.0, 10.0)
    row = grad(x * x, x, u, create_graph=True)
    assert grad(row.sum(), u).tolist() == [4, 6]


def test_unused_inputs_are_named():
    x, w = leaf_of(1.0), Parameter([1.0], "kernel")
    with pytest.raises(RuntimeError, match=r"does not depend on input 1 \(kernel\)"):
        grad(x * 2, [x, w])
    with pytest.raises(RuntimeError, match=r"does not depend on input 0 \(\(1,\)\)"):
        grad(Tensor([2.0]), x)
    assert grad(x * 2, [w], allow_unused=True) == [None]


@pytest.mark.parametrize("x", [Tensor([1.0]), np.ones(1), 2.0])
def test_constants_have_no_gradient(x):
    with pytest.raises(ValueError, match="input 0 does not require a gradient"):
        grad(leaf_of(1.0) * 2, [x])


def test_the_output_must_be_a_tensor():
    with pytest.raises(
        TypeError, match="grad: the output must be a Tensor, got float64"
    ):
        grad(np.float64(2), leaf_of(1.0))
    with pytest.raises(
        TypeError, match="vjp: the output must be a Tensor, got ndarray"
    ):
        vjp(lambda x: x.numpy(), 1.0)


# ---- vjp and jvp ----


def quadratic(x):
    return (A @ x) ** 2


SLOPE = 2 * (A @ POINT)[:, None] * A


def test_vjp_multiplies_from_the_left():
    y, pull = vjp(quadratic, POINT)
    np.testing.assert_allclose(y.numpy(), (A @ POINT) ** 2)
    for u in (np.array([1.0, 0.0]), np.array([0.3, -2.0])):
        np.testing.assert_allclose(pull(u), u @ SLOPE)


def test_vjp_of_several_inputs():
    _, pull = vjp(lambda a, b, c: a * b, 2.0, 3.0, 4.0)
    assert [float(g) for g in pull(1.0)] == [3, 2, 0]


def test_vjp_can_be_differentiated():
    x = leaf_of(2.0)
    _, pull = vjp(lambda x: x**3, x)
    assert isinstance(pull([1.0], create_graph=True), Tensor)
    _, pull = vjp(lambda x: Tensor([1.0]), x)
    assert pull([1.0], create_graph=True).numpy().tolist() == [0]


def test_jvp_multiplies_from_the_right():
    v = np.array([1.0, 2.0, -0.5])
    y, moved = jvp(quadratic, POINT, v)
    np.testing.assert_allclose(y.numpy(), (A @ POINT) ** 2)
    np.testing.assert_allclose(moved, SLOPE @ v)
    np.testing.assert_allclose(jvp(quadratic, [Tensor(POINT)], [v])[1], SLOPE @ v)


def test_jvp_of_several_inputs_adds_up():
    y, moved = jvp(lambda a, b: a * b, [2.0, 3.0], [1.0, 10.0])
    assert (float(y), float(moved)) == (6, 23)


def test_jvp_of_what_is_constant_is_zero():
    assert jvp(lambda x: Tensor([1.0, 2.0]), 3.0, 1.0)[1].tolist() == [0, 0]


def test_derivatives_record_even_inside_no_grad():
    with no_grad():
        assert vjp(lambda x: x * x, 3.0)[1](1.0) == 6
        assert jvp(lambda x: x * x, 3.0, 1.0)[1] == 6
        assert jacobian(lambda x: x * x, 3.0) == 6
        assert hvp(lambda x: x**3, 3.0, 1.0) == 18


def test_inputs_become_floats():
    assert vjp(lambda x: x * x, 3)[1](1.0).dtype == "float32"
    config.set_floatx("float64")
    assert vjp(lambda x: x * x, [1, 2])[1]([1.0, 1.0]).dtype == "float64"
    assert jacobian(lambda x: x * x, Tensor([1, 2])).tolist() == [[2, 0], [0, 4]]


# ---- jacobian and hvp ----


def test_jacobian_has_one_row_per_output():
    np.testing.assert_allclose(jacobian(quadratic, POINT), SLOPE)


@pytest.mark.parametrize(
    ("function", "x", "shape"),
    [
        (lambda x: x.sum(), np.ones((2, 3)), (2, 3)),
        (lambda x: ops.reshape(x, shape=(3, 2)), np.ones((2, 3)), (3, 2, 2, 3)),
        (lambda x: x * x, 2.0, ()),
        (lambda x: x, np.zeros((0, 2)), (0, 2, 0, 2)),
        (lambda x: Tensor([1.0]), np.ones(3), (1, 3)),
    ],
)
def test_jacobian_has_the_shapes_of_output_and_input(function, x, shape):
    assert jacobian(function, x).shape == shape


def test_hvp_is_the_hessian_times_a_vector():
    hessian = A.T @ A * 2
    v = np.array([1.0, -1.0, 0.5])
    np.testing.assert_allclose(
        hvp(lambda x: ((A @ x) ** 2).sum(), POINT, v), hessian @ v
    )
    assert hvp(lambda x: x.sum(), POINT, v).tolist() == [0, 0, 0]

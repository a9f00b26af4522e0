"""Declaring operations of one's own, and what happens when the declaration is wrong."""

import numpy as np
import pytest

from tensorlearn import ops
from tensorlearn.autograd import (
    PRIMITIVES,
    Primitive,
    Tensor,
    elementwise,
    grad,
    primitive,
)


@pytest.fixture(autouse=True)
def registry():
    """What a test declares lasts as long as the test."""
    before = dict(PRIMITIVES)
    yield
    PRIMITIVES.clear()
    PRIMITIVES.update(before)


def leaf_of(*values):
    return Tensor(np.array(values), requires_grad=True)


def test_a_primitive_has_the_name_and_words_of_its_function():
    @primitive
    def _cube(x):
        """x three times."""
        return x**3

    assert (_cube.name, _cube.__doc__) == ("cube", "x three times.")
    assert repr(_cube) == "<primitive cube>"
    assert PRIMITIVES["cube"] is _cube


def test_arrays_in_array_out():
    assert isinstance(ops.exp(np.ones(2)), np.ndarray)
    assert ops.exp(0.0) == 1
    assert ops.exp([0.0, 0.0]).tolist() == [1, 1]


def test_pullbacks_may_be_added_in_any_order():
    @primitive
    def blend(a, b, *, part):
        return a * part + b * (1 - part)

    @blend.pullback(1)
    def _(g, _y, _a, _b, *, part):
        return g * (1 - part)

    @blend.pullback(0)
    def _(g, *_, part):
        return g * part

    a, b = leaf_of(1.0), leaf_of(2.0)
    ga, gb = grad(blend(a, b, part=0.25), [a, b])
    assert (ga.tolist(), gb.tolist()) == ([0.25], [0.75])


def test_names_say_what_is_kept():
    def kept(rule):
        made = Primitive("made", np.multiply, [rule, rule])
        return made.keeps_output, made.keeps_inputs

    assert kept(lambda g, *_: g) == (False, False)
    assert kept(lambda g, _y, _a, b: g * b) == (False, True)
    assert kept(lambda g, y, *_: g * y) == (True, False)
    assert kept(lambda g, _y, *inputs: g * inputs[1]) == (False, True)
    assert kept(lambda g, *everything: g) == (True, True)
    assert kept(lambda g, _y, _a, _b, **_params: g) == (False, False)


def test_callable_objects_can_be_rules():
    class Doubled:
        def __call__(self, g, _y, _x):
            return g * 2

    double = Primitive("double", lambda x: x * 2, [Doubled()])
    x = leaf_of(1.0)
    assert grad(double(x), x).tolist() == [2]


def test_none_is_a_rule_that_stops():
    x = leaf_of(1.5)
    half = Primitive("half", lambda x: x * 0.5, [None])
    assert grad(half(x) + x, x).tolist() == [1]


def test_a_rule_may_answer_none():
    x = leaf_of(1.5)
    half = Primitive("half", lambda x: x * 0.5, [lambda g, *_: None])
    assert grad(half(x) + x, x).tolist() == [1]


def test_a_missing_rule_is_named():
    half = Primitive("half", lambda x: x * 0.5)
    with pytest.raises(
        NotImplementedError, match=r"'half' has no pullback for input 0"
    ):
        half(leaf_of(1.0)).backward()


def test_a_gradient_of_the_wrong_shape_is_named():
    @primitive
    def total(x):
        return np.sum(x)

    @total.pullback(0)
    def _(g, _y, _x):
        return g

    with pytest.raises(
        ValueError, match=r"'total' gave a gradient of shape \(\) for .* shape \(2,\)"
    ):
        total(leaf_of(1.0, 2.0)).backward()


def test_only_broadcasting_primitives_are_summed():
    shift = elementwise(
        lambda a, b: a + b, lambda g, *_: g, lambda g, *_: g, name="shift"
    )
    x, y = leaf_of(1.0, 2.0), leaf_of(3.0)
    shift(x, y).sum().backward()
    assert y.grad.tolist() == [2]


def test_names_cannot_be_taken():
    with pytest.raises(ValueError, match="the name 'add' is taken"):
        Primitive("add", lambda a, b: a)


def test_a_primitive_may_be_declared_anew_in_the_same_place():
    for factor in (2.0, 3.0):

        @primitive
        def scaled(x, factor=factor):
            return x * factor

    assert float(scaled(Tensor(1.0))) == 3


def test_without_gradient_the_answer_is_an_array():
    same = Primitive("same", np.positive, differentiable=False)
    assert isinstance(same(leaf_of(1.0)), np.ndarray)


def test_other_values_are_asked_first():
    class Recorder:
        def __apply_primitive__(self, made, inputs, params):
            return made.name, len(inputs), params

    assert ops.add(leaf_of(1.0), Recorder()) == ("add", 2, {})
    assert ops.reduce_sum(Recorder(), axis=1) == ("reduce_sum", 1, {"axis": 1})


def test_integers_as_second_input_stay_integers_without_a_rule():
    @primitive
    def pick(x, indices):
        return x[indices]

    @pick.pullback(0)
    def _(g, _y, x, indices):
        return ops.index_add(g, shape=x.shape, index=indices)

    x = leaf_of(1.0, 2.0)
    pick(x, np.array([1, 1])).sum().backward()
    assert x.grad.tolist() == [0, 2]


def test_a_superfluous_input_is_refused_not_written_to():
    x, y = leaf_of(1.0), leaf_of(5.0)
    with pytest.raises(TypeError, match="exp takes 1 inputs, got 2"):
        ops.exp(x, y)
    with pytest.raises(TypeError, match="add takes 2 inputs, got 3"):
        ops.add(np.ones(1), np.ones(1), y.data)
    assert y.numpy().tolist() == [5]

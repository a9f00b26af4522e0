"""K.function and K.gradients: between any Symbols, of any order, inside models."""

import numpy as np
import pytest

from tensorlearn import backend as K
from tensorlearn.autograd import Tensor
from tensorlearn.engine import Input, Layer, Symbol
from tensorlearn.layers import Dense, Dropout, Lambda
from tensorlearn.models.network import Network

A = np.array([[1.0, 2, 3], [4, 5, 6]], "float32")


def run(inputs, outputs, *values):
    return K.function(inputs, outputs)(list(values))


# ---- K.function ----


def test_function_returns_a_list_of_arrays():
    x = Input((3,))
    out = run([x], [x * 2, K.sum(x)], A)
    assert isinstance(out, list)
    assert type(out[0]) is np.ndarray
    np.testing.assert_array_equal(out[0], A * 2)
    assert out[1] == 21.0
    assert out[1].dtype == "float32"


def test_function_runs_between_intermediate_symbols():
    x = Input((3,))
    first, second = Dense(4), Dense(2)
    hidden = first(x)
    y = second(hidden)
    h = run([x], [hidden], A)[0]
    np.testing.assert_allclose(run([hidden], [y], h)[0], run([x], [y], A)[0], rtol=1e-6)


def test_function_uses_the_current_weights():
    x = Input((3,))
    layer = Dense(2)
    f = K.function([x], [layer(x)])
    f([A])
    layer.set_weights([np.ones((3, 2)), np.ones(2)])
    np.testing.assert_array_equal(f([A])[0], [[7, 7], [16, 16]])


def test_function_reads_variables():
    v = K.variable([1.0, 2.0])
    f = K.function([], [v])
    K.set_value(v, [3.0, 4.0])
    np.testing.assert_array_equal(f([])[0], [3, 4])


def test_function_feeds_the_learning_phase():
    x = Input((50,))
    f = K.function([x, K.learning_phase()], [Dropout(0.5)(x)])
    ones = np.ones((4, 50), "float32")
    assert (f([ones, 0])[0] == 1).all()
    assert set(np.unique(f([ones, 1])[0])) == {0.0, 2.0}


def test_function_unfed_learning_phase_is_inference():
    x = Input((3,))
    np.testing.assert_array_equal(run([x], [Dropout(0.5)(x)], A)[0], A)


def test_function_accepts_none_for_nothing_fed():
    x = K.placeholder((None, 3))
    assert run([x], [K.sum(x)], A)[0] == 21


def test_function_updates_happen_after_the_outputs():
    x = K.placeholder((2,))
    v = K.variable([0.0, 0.0])
    f = K.function([x], [v + 0.0 * x, v], updates=[(v, x * 2.0), K.update_add(v, x)])
    out = f([[1.0, 2.0]])
    np.testing.assert_array_equal(out[0], [0, 0])
    np.testing.assert_array_equal(out[1], [0, 0])
    np.testing.assert_array_equal(K.get_value(v), [1, 2])  # the last update counts
    f([[1.0, 2.0]])
    np.testing.assert_array_equal(K.get_value(v), [2, 4])


def test_function_update_may_be_computed_each_time():
    v = K.variable(1.0)
    f = K.function([], [v], updates=[(v, lambda: v + 1.0)])
    assert [f([])[0] for _ in range(3)] == [1, 2, 3]


def test_function_feed_dict_gives_constant_inputs():
    x, y = K.placeholder((2,)), K.placeholder((2,))
    f = K.function([x], [x + y], feed_dict={y: [10, 20]}, name="sum")
    np.testing.assert_array_equal(f([[1, 2]])[0], [11, 22])


@pytest.mark.parametrize("what", ["inputs", "outputs", "updates"])
def test_function_wants_lists(what):
    x = K.placeholder((2,))
    given = {"inputs": [x], "outputs": [x], "updates": []} | {what: x}
    with pytest.raises(
        TypeError, match=f"`{what}` of a backend function should be a list"
    ):
        K.function(**given)


def test_function_call_wants_a_list():
    x = K.placeholder((2,))
    with pytest.raises(
        TypeError, match="`inputs` should be a list or tuple, got ndarray"
    ):
        K.function([x], [x])(np.ones(2))


def test_function_unknown_argument_is_refused():
    with pytest.raises(ValueError, match='Invalid argument "fetch"'):
        K.function([], [], fetch=1)


def test_function_wrong_shape_is_named():
    x = K.placeholder((None, 3), name="data")
    with pytest.raises(
        ValueError, match=r"shape \(2, 4\) for data:0, which has shape \(N"
    ):
        K.function([x], [x])([np.ones((2, 4))])


def test_function_wrong_number_of_inputs_is_named():
    x = K.placeholder((2,))
    with pytest.raises(ValueError, match="has 1 inputs, got 2"):
        K.function([x], [x])([1, 2])


def test_function_missing_input_is_named():
    x = Input((3,), name="picture")
    with pytest.raises(ValueError, match=r"'picture'.* must be fed"):
        K.function([], [x * 2])


def test_function_of_something_else_is_refused():
    with pytest.raises(TypeError, match=r"`inputs` must be Symbols .* got ndarray"):
        K.function([np.ones(2)], [])


def test_eval_of_a_symbol_that_needs_nothing():
    assert K.eval(K.in_train_phase(K.variable(1.0), K.variable(2.0))) == 2.0


def test_eval_of_a_symbol_that_needs_data_is_refused():
    with pytest.raises(ValueError, match="must be fed"):
        K.eval(Input((2,)))


# ---- K.gradients ----


def test_gradients_on_tensors():
    v = K.variable(A)
    (g,) = K.gradients(K.sum(K.square(v)), v)
    np.testing.assert_allclose(K.eval(g), 2 * A)


def test_gradients_on_tensors_can_be_differentiated_again():
    v = K.variable(A)
    (g,) = K.gradients(K.sum(v**3), [v])
    (h,) = K.gradients(g, [v])
    np.testing.assert_allclose(K.eval(h), 6 * A, rtol=1e-6)


def test_gradients_of_many_numbers_are_those_of_their_sum():
    v = K.variable(A)
    np.testing.assert_allclose(K.eval(K.gradients(v * 2.0, v)[0]), np.full_like(A, 2))


def test_gradients_of_several_losses_add_up():
    v, x = K.variable(A), Input((3,))
    np.testing.assert_allclose(K.eval(K.gradients([v, v * v], v)[0]), 1 + 2 * A)
    grads = K.gradients([x, x * x], x)
    np.testing.assert_allclose(run([x], grads, A)[0], 1 + 2 * A)


def test_gradients_without_dependence_are_none():
    v, x = K.variable(A), Input((3,))
    assert K.gradients(K.sum(v), [K.variable(1.0), Tensor(A)]) == [None, None]
    assert K.gradients(K.sum(x), [Input((3,)), v]) == [None, None]


def test_gradients_on_symbols_have_the_shape_of_the_variable():
    x = Input((3,))
    layer = Dense(2)
    grads = K.gradients(layer(x), [x, *layer.weights])
    assert [g.shape for g in grads] == [(None, 3), (3, 2), (2,)]
    assert all(isinstance(g, Symbol) for g in grads)


def test_gradients_of_a_class_score_with_respect_to_the_image():
    image = Input((4,))
    layers = [Dense(5, activation="tanh"), Dense(3)]
    scores = layers[1](layers[0](image))
    saliency = K.function([image], K.gradients(scores[:, 1], image))
    x = np.linspace(-1, 1, 8).reshape(2, 4).astype("float32")
    w1, b1, w2, _ = [w for layer in layers for w in layer.get_weights()]
    h = np.tanh(x @ w1 + b1)
    wanted = ((1 - h**2) * w2[:, 1]) @ w1.T
    np.testing.assert_allclose(saliency([x])[0], wanted, rtol=1e-4, atol=1e-6)


def test_gradients_with_respect_to_a_hidden_symbol():
    x = Input((3,))
    hidden = x * x
    loss = K.sum(hidden * hidden)
    to_hidden, to_x = K.gradients(loss, [hidden, x])
    out = run([x], [to_hidden, to_x], A)
    np.testing.assert_allclose(out[0], 2 * A**2)
    np.testing.assert_allclose(out[1], 4 * A**3)
    fed = run([hidden], [K.gradients(loss, hidden)[0]], A)
    np.testing.assert_allclose(fed[0], 2 * A)


def test_gradients_with_respect_to_weights():
    x = Input((3,))
    layer = Dense(1)
    y = layer(x)
    f = K.function([x], K.gradients(K.sum(y), layer.trainable_weights))
    kernel, bias = f([A])
    np.testing.assert_allclose(kernel[:, 0], A.sum(0))
    np.testing.assert_allclose(bias, [2])


def test_gradients_with_respect_to_a_variable_in_a_raw_operation():
    x, v, w = Input((3,)), K.variable([1.0, 2, 3]), K.variable(A)
    grads = K.gradients(K.sum(x * v) + K.sum(K.dot(x, K.transpose(w))), v)
    np.testing.assert_allclose(run([x], grads, A)[0], A.sum(0))
    np.testing.assert_allclose(
        run([x], K.gradients(K.dot(x, K.reshape(v, (3, 1))), x), A)[0][0], [1, 2, 3]
    )


def test_gradient_penalty_is_of_second_order():
    x = Input((3,))
    critic = Dense(1, use_bias=False)
    score = critic(x * x)
    slope = K.gradients(K.sum(score), x)[0]
    penalty = K.mean(K.square(K.sqrt(K.sum(K.square(slope), axis=1)) - 1.0))
    f = K.function([x], [penalty, *K.gradients(penalty, critic.trainable_weights)])
    kernel = critic.get_weights()[0].astype(float)

    def by_hand(w):
        return np.mean((np.linalg.norm(2 * A * w[:, 0], axis=1) - 1) ** 2)

    value, gradient = f([A])
    np.testing.assert_allclose(value, by_hand(kernel), rtol=1e-5)
    for i in range(3):
        step = np.zeros((3, 1))
        step[i] = 1e-5
        slope = (by_hand(kernel + step) - by_hand(kernel - step)) / 2e-5
        np.testing.assert_allclose(gradient[i, 0], slope, rtol=1e-3)


def test_gradients_of_gradients_of_gradients():
    x = Input((1,))
    y = x**4
    for _ in range(3):
        (y,) = K.gradients(y, x)
    np.testing.assert_allclose(run([x], [y], [[2.0]])[0], [[48]])


def test_gradients_inside_a_model():
    x = Input((3,))
    model = Network(x, K.gradients(K.sum(x**3), x)[0])
    np.testing.assert_allclose(model(A).numpy(), 3 * A**2)
    outer = Input((3,))
    second = K.gradients(K.sum(model(outer)), outer)
    np.testing.assert_allclose(run([outer], second, A)[0], 6 * A, rtol=1e-6)


def test_gradients_inside_a_model_reach_its_weights():
    x = Input((3,))
    layer = Dense(1, use_bias=False)
    model = Network(x, K.gradients(K.sum(layer(x) ** 2), x)[0])
    model(A).sum().backward()  # d/dw Σ 2 (x·w) w
    w = layer.get_weights()[0][:, 0]
    wanted = 2 * (A.sum(0) * w.sum() + (A @ w).sum())
    np.testing.assert_allclose(layer.kernel.grad[:, 0], wanted, rtol=1e-4)


def test_gradients_in_training_see_the_same_dropout():
    x = Input((40,))
    dropped = Dropout(0.5)(x)
    f = K.function(
        [x, K.learning_phase()], [dropped, K.gradients(K.sum(dropped), x)[0]]
    )
    ones = np.ones((2, 40), "float32")
    y, g = f([ones, 1])
    np.testing.assert_array_equal(y, g)


def test_gradients_through_stop_gradient_vanish():
    v = K.variable(A)
    (g,) = K.gradients(K.sum(v * K.stop_gradient(v)), v)
    np.testing.assert_allclose(K.eval(g), A)
    x = Input((3,))
    kept, cut = K.stop_gradient([x, x * 2])
    assert K.gradients(kept + cut, x)[0].shape == (None, 3)
    np.testing.assert_allclose(run([x], K.gradients(cut, x), A)[0], 0 * A)


def test_gradients_mixed_with_symbols_are_refused():
    with pytest.raises(TypeError, match="`loss` is a Tensor but a variable is <Symbol"):
        K.gradients(K.variable(1.0), Input((2,)))
    with pytest.raises(TypeError, match=r"variables must be Symbols.*got int"):
        K.gradients(Input((2,)), 3)


def test_gradient_refuses_to_be_written_to_a_configuration():
    x = Input((2,))
    (g,) = K.gradients(x * x, x)
    with pytest.raises(TypeError, match=r"K\.gradients cannot be written"):
        g.call.layer.get_config()


# ---- learning phase ----


@pytest.fixture(autouse=True)
def fresh_session():
    yield
    K.clear_session()


def test_learning_phase_is_a_symbol_outside_of_a_run():
    phase = K.learning_phase()
    assert isinstance(phase, Symbol)
    assert phase is K.learning_phase()
    assert not K.is_placeholder(phase)
    assert run([phase], [K.cast(phase, "int32") + 1], 1)[0] == 2


def test_learning_phase_is_an_integer_once_it_is_set():
    K.set_learning_phase(1)
    assert K.learning_phase() == 1
    assert type(K.learning_phase()) is int
    K.set_learning_phase(0)
    assert K.learning_phase() == 0
    K.clear_session()
    assert isinstance(K.learning_phase(), Symbol)


def test_learning_phase_set_decides_for_everything():
    ones = np.ones((2, 40), "float32")
    K.set_learning_phase(1)
    assert (Dropout(0.5)(ones).numpy() == 0).any()


def test_learning_phase_other_values_are_refused():
    with pytest.raises(ValueError, match="Expected learning phase to be 0 or 1, got 2"):
        K.set_learning_phase(2)


def test_learning_phase_inside_a_layer_is_its_mode():
    class Mode(Layer):
        def call(self, x):
            return x * K.learning_phase()

        def compute_output_shape(self, shape):
            return shape

    x = Input((3,))
    f = K.function([x, K.learning_phase()], [Mode()(x)])
    np.testing.assert_array_equal(f([A, 1])[0], A)
    np.testing.assert_array_equal(f([A, 0])[0], 0 * A)


@pytest.mark.parametrize("lazy", [False, True])
def test_in_train_phase_follows_the_fed_phase(lazy):
    x = Input((3,))
    give = (lambda v: lambda: v) if lazy else (lambda v: v)
    y = K.in_train_phase(give(x * 2), give(x))
    z = K.in_test_phase(give(x * 2), give(x))
    f = K.function([x, K.learning_phase()], [y, z])
    for phase in (0, 1):
        train, test = f([A, phase])
        np.testing.assert_array_equal(train, A * (1 + phase))
        np.testing.assert_array_equal(test, A * (2 - phase))


def test_in_train_phase_inside_a_model():
    x = Input((3,))
    model = Network(x, K.in_train_phase(x * 2, x))
    np.testing.assert_array_equal(model(A).numpy(), A)
    K.set_learning_phase(1)
    np.testing.assert_array_equal(model(A).numpy(), A * 2)


def test_in_train_phase_in_a_lambda_layer():
    layer = Lambda(lambda x: K.in_train_phase(K.dropout(x, 0.5), x))
    x = Input((40,))
    f = K.function([x, K.learning_phase()], [layer(x)])
    ones = np.ones((2, 40), "float32")
    np.testing.assert_array_equal(f([ones, 0])[0], ones)
    assert set(np.unique(f([ones, 1])[0])) == {0.0, 2.0}

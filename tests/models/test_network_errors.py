"""Mistakes in connecting and stacking layers, each explained with its remedy."""

import numpy as np
import pytest

from tensorlearn import backend as K
from tensorlearn.layers import (
    LSTM,
    Add,
    Dense,
    Flatten,
    Input,
    InputLayer,
    Lambda,
    Masking,
)
from tensorlearn.models import Model, Sequential, model_from_config, model_from_json
from tensorlearn.utils import Sequence

x = np.ones((2, 3), "float32")


def fitted(*layers, loss="mse"):
    model = Sequential(layers, name="net")
    model.compile("sgd", loss)
    return model


# ---- graphs ----


def test_a_graph_with_a_missing_input_says_which():
    a, b = Input((3,), name="a"), Input((3,), name="b")
    with pytest.raises(
        ValueError, match=r"Graph disconnected.*'b'.*add it to `inputs`"
    ):
        Model(a, Add()([a, b]))


def test_an_array_is_no_output():
    with pytest.raises(ValueError, match=r"`outputs` must be Symbols.*got ndarray"):
        Model(Input((3,)), x)


def test_a_model_begins_with_an_input():
    a = Input((3,))
    with pytest.raises(ValueError, match=r"inputs must come from Input\(\)"):
        Model(Dense(2)(a), a)


def test_an_input_is_listed_once():
    a = Input((3,), name="a")
    with pytest.raises(
        ValueError, match=r"every input should be listed once, got \['a"
    ):
        Model([a, a], Add()([a, a]))


def test_a_name_given_twice_is_refused():
    with pytest.raises(ValueError, match=r"the name 'd' is used 2 times"):
        Sequential([Dense(2, input_shape=(3,), name="d"), Dense(2, name="d")])


def test_too_few_arrays_for_a_called_model():
    a, b = Input((3,), name="a"), Input((3,), name="b")
    model = Model([a, b], Add()([a, b]))
    with pytest.raises(ValueError, match=r"has 2 inputs \['a', 'b'\], got 1"):
        model([x])


def test_a_mix_of_symbols_and_values_is_refused():
    with pytest.raises(ValueError, match=r"a mix of Symbols and ndarray"):
        Add()([Input((3,)), x])


def test_get_layer_says_what_there_is():
    model = Sequential([Dense(2, name="alpha")])
    with pytest.raises(ValueError, match=r"No such layer: alfa; did you mean 'alpha'"):
        model.get_layer("alfa")
    with pytest.raises(ValueError, match=r"at index 4 but model only has 1 layers"):
        model.get_layer(index=4)
    with pytest.raises(ValueError, match=r"Provide either a layer name or layer index"):
        model.get_layer()


def test_a_model_that_is_code_has_no_configuration():
    class Mine(Model):
        def __init__(self):
            super().__init__()
            self.dense = Dense(2)

        def call(self, x):
            return self.dense(x)

    with pytest.raises(NotImplementedError, match=r"defined by its `call`"):
        Mine().get_config()


# ---- stacks ----


def test_a_single_layer_is_no_list():
    with pytest.raises(
        TypeError, match=r"must be a list of layers, got the layer Dense"
    ):
        Sequential(Dense(2))


@pytest.mark.parametrize("wrong", [Dense, np.exp, "dense"])
def test_only_layers_are_added(wrong):
    with pytest.raises(TypeError, match=r"must be an instance of class Layer. Found: "):
        Sequential().add(wrong)


def test_an_input_comes_first():
    with pytest.raises(ValueError, match=r"an InputLayer can only come first"):
        Sequential([Dense(2, input_shape=(3,)), InputLayer((2,))])


def test_nothing_to_pop():
    with pytest.raises(TypeError, match=r"There are no layers in the model"):
        Sequential().pop()


def test_an_empty_stack_cannot_be_built():
    with pytest.raises(ValueError, match=r"'net' has no layers yet; add some first"):
        fitted().fit(x, x)


def test_several_outputs_do_not_stack():
    with pytest.raises(TypeError, match=r"single output; for LSTM .* functional API"):
        Sequential([LSTM(2, return_state=True, input_shape=(4, 3))])


@pytest.mark.parametrize("first", [{}, {"input_shape": (3,)}])
def test_a_layer_added_twice_is_applied_twice(first):
    shared = Dense(3, name="shared", **first)
    model = fitted(shared, shared)
    twice = model.predict(x)
    kernel, bias = shared.get_weights()
    np.testing.assert_allclose(twice, (x @ kernel + bias) @ kernel + bias, rtol=1e-5)
    assert model.layers == [shared]
    again = Sequential.from_config(model.get_config())
    again.build((None, 3))
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(again.predict(x), twice)


def test_a_layer_without_its_base_is_told_so():
    class Mine(Dense):
        def __init__(self, units):
            self.size = units

    with pytest.raises(RuntimeError, match=r"Mine: its __init__ did not call super"):
        Sequential([Mine(3)])
    with pytest.raises(RuntimeError, match=r"Mine: its __init__ did not call super"):
        Mine(3)(x)


# ---- data ----


def test_a_generator_belongs_to_fit_generator():
    model = fitted(Dense(1))
    wanted = r"`x` is a generator or Sequence: .*next\(iter\(generator\)\)"
    with pytest.raises(TypeError, match=wanted):
        model.train_on_batch((x for _ in range(2)), x)


def test_a_sequence_is_refused_where_arrays_are_wanted():
    class Endless(Sequence):
        def __len__(self):
            return 2

        def __getitem__(self, i):
            return x, x

    model = fitted(Dense(1))
    for method in (model.train_on_batch, model.explain_fit_vs_evaluate, model.trace):
        with pytest.raises(TypeError, match=r"`x` is a generator or Sequence"):
            method(Endless(), x)


def test_an_output_without_a_second_axis_gets_the_remedy():
    model = fitted(Dense(1), Lambda(lambda x: x[:, 0]))
    with pytest.raises(ValueError, match="a second axis of length 1"):
        model.fit(x, x[:, 0], verbose=0)


def test_targets_with_fewer_axes_than_the_output():
    model = fitted(Dense(1, input_shape=(4, 3)))
    with pytest.raises(ValueError, match=r"Flatten\(\) or return_sequences=False"):
        model.fit(np.ones((2, 4, 3)), np.ones((2, 1)))


def test_a_graph_cut_on_the_way_to_the_loss_is_noticed():
    model = fitted(Dense(2, input_shape=(3,)), Lambda(lambda x: x.detach()))
    with pytest.raises(ValueError, match=r"the loss does not depend on the weights"):
        model.fit(x, x[:, :2], verbose=0)


def test_an_operation_without_gradients_is_noticed():
    model = fitted(Dense(2, input_shape=(3,)), Lambda(K.round))
    with pytest.raises(ValueError, match=r"no gradient reaches any weight.*or round"):
        model.fit(x, x[:, :2], verbose=0)


def test_a_mask_longer_than_the_losses_is_refused():
    model = fitted(
        Masking(input_shape=(4, 3)), Lambda(lambda x: x[:, 0], mask=lambda x, m: m)
    )
    with pytest.raises(
        ValueError, match=r"a mask of shape \(2, 4\) cannot select among"
    ):
        model.evaluate(np.ones((2, 4, 3)), np.ones((2, 3)), verbose=0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"class_name": "Sequential", "config": 3}', r"the model is damaged: "),
        (
            '{"class_name": "Dense", "config": {"units": 2}}',
            r"the configuration describes Dense .*, not a model",
        ),
    ],
)
def test_a_damaged_configuration_is_refused(text, told):
    with pytest.raises(ValueError, match=told):
        model_from_json(text)


def test_a_list_is_no_configuration_of_a_model():
    with pytest.raises(
        TypeError, match=r"must be a dictionary with class_name .* list"
    ):
        model_from_config([])


def test_flatten_needs_known_lengths():
    with pytest.raises(ValueError, match=r'input to "Flatten" is not fully defined'):
        Sequential([Flatten(input_shape=(None, 3)), Dense(2)])

"""Classes made of fields: their constructor, signature, configuration and errors."""

import inspect
import re

import pytest

from tensorlearn import activations
from tensorlearn.declare import Configured, arg


class Pair(Configured):
    """Two fields in front, as Keras has them, the rest by name."""

    filters: int = arg.positive_int("number of outputs")
    size: tuple = arg.int_tuple(doc="length of the window", rank=1)
    padding: str = arg.choice("valid", "same", default="valid")
    kernel = arg.weight("glorot_uniform")
    use_bias: bool = arg.flag(True)
    bias = arg.weight("zeros")


class Wider(Pair):
    """Adds fields and replaces one."""

    padding: str = arg.choice("valid", "same", "causal", default="causal")
    activation = arg.activation("relu")


class Loose(Configured):
    """Lets later fields be given by position, too."""

    rate: float = arg.rate(0.5)
    shape = arg.shape(None)
    seed = arg.integer(None)
    positional = ("rate", "seed")


def test_fields_become_attributes():
    made = Pair(8, 3, padding="same")
    assert (made.filters, made.size, made.padding, made.use_bias) == (
        8,
        (3,),
        "same",
        True,
    )


def test_the_signature_has_keras_order():
    parameters = inspect.signature(Pair).parameters
    assert list(parameters) == [
        "filters",
        "size",
        "padding",
        "use_bias",
        "kernel_initializer",
        "bias_initializer",
        "kernel_regularizer",
        "bias_regularizer",
        "kernel_constraint",
        "bias_constraint",
        "kwargs",
    ]
    assert parameters["size"].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert parameters["padding"].kind is inspect.Parameter.KEYWORD_ONLY
    assert parameters["padding"].default == "valid"


def test_the_signature_puts_positional_fields_first():
    assert list(inspect.signature(Loose).parameters) == [
        "rate",
        "seed",
        "shape",
        "kwargs",
    ]
    assert Loose(0.1, 7).seed == 7


def test_a_subclass_inherits_and_replaces_fields():
    made = Wider(8, 3)
    assert made.padding == "causal"
    assert made.activation is activations.relu
    assert set(Wider.fields) == {*Pair.fields, "activation"}
    with pytest.raises(ValueError, match="got 'causal'"):
        Pair(8, 3, padding="causal")


def test_a_configuration_makes_an_equal_object():
    made = Wider(
        8, 3, use_bias=False, kernel_initializer="he_normal", bias_constraint="nonneg"
    )
    config = made.get_config()
    assert list(config) == list(Wider.fields)
    again = Wider.from_config(config)
    assert again.get_config() == config
    assert again.kernel_initializer.scale == 2


def test_configurations_do_not_share_state():
    config = Pair(8, 3).get_config()
    config["filters"] = 1
    assert Pair(8, 3).get_config()["filters"] == 8


def test_an_unknown_name_is_corrected():
    expected = (
        "Pair: keyword argument not understood: 'paddin'; did you mean 'padding'?"
    )
    with pytest.raises(TypeError, match=re.escape(expected)):
        Pair(8, 3, paddin="same")


def test_a_missing_argument_is_explained():
    with pytest.raises(
        TypeError, match=r"Pair: `size` is missing \(length of the window\)"
    ):
        Pair(8)


def test_too_many_positions_show_the_way_out():
    with pytest.raises(TypeError) as caught:
        Pair(8, 3, "same")
    assert str(caught.value) == (
        "Pair can accept only 2 positional arguments ('filters', 'size'), got 3; pass the "
        "others by name, e.g. padding='same'"
    )


def test_an_argument_given_twice_is_refused():
    with pytest.raises(
        TypeError, match="Pair: `filters` was given twice, by position and"
    ):
        Pair(8, 3, filters=8)


def test_the_arguments_are_not_changed():
    arguments = {"filters": 8, "size": [3]}
    Pair(**arguments)
    assert arguments == {"filters": 8, "size": [3]}


def test_a_class_without_fields_takes_no_arguments():
    class Empty(Configured):
        pass

    assert Empty().get_config() == {}
    with pytest.raises(TypeError, match="keyword argument not understood: 'x'"):
        Empty(x=1)

"""Every kind of field: what it accepts, in which form, and what it says to the rest.

A new kind needs one entry in KINDS; the test of the set comparison says so.
"""

import re

import numpy as np
import pytest

from tensorlearn import activations, config, constraints, initializers, regularizers
from tensorlearn.declare import (
    REQUIRED,
    Configured,
    Field,
    arg,
    custom_object_scope,
    label,
    plain,
)
from tensorlearn.engine import Layer


class Echo(Layer):
    """Stands for any layer."""


def one(x):
    return x


# kind: (a field, [(given, kept), ...])
KINDS = {
    "anything": (arg.anything(), [(1, 1), ("a", "a"), (None, None)]),
    "positive_int": (arg.positive_int(), [(3, 3), (3.0, 3), (np.int64(3), 3)]),
    "integer": (arg.integer(), [(-3, -3), (np.array(2), 2)]),
    "number": (arg.number(low=0), [(0, 0.0), (2, 2.0), (np.float32(0.5), 0.5)]),
    "rate": (arg.rate(), [(0, 0.0), (0.5, 0.5)]),
    "flag": (arg.flag(True), [(False, False), (1, True), (np.True_, True)]),
    "choice": (arg.choice("same", "valid"), [("same", "same"), ("SAME", "same")]),
    "data_format": (
        arg.data_format(),
        [
            ("channels_first", "channels_first"),
            ("Channels_First", "channels_first"),
            ("th", "channels_first"),
            ("tf", "channels_last"),
            ("default", "channels_last"),
            (None, "channels_last"),
        ],
    ),
    "int_tuple": (
        arg.int_tuple(rank=2),
        [(3, (3, 3)), ((1, 2), (1, 2)), ([1, np.int32(2)], (1, 2))],
    ),
    "shape": (arg.shape(), [((None, 3), (None, 3)), ([2], (2,)), (4, (4,)), ((), ())]),
    "activation": (
        arg.activation(),
        [(None, activations.linear), ("relu", activations.relu), (one, one)],
    ),
    "initializer": (
        arg.initializer("zeros"),
        [("ones", initializers.Ones), (one, one)],
    ),
    "regularizer": (arg.regularizer(), [("l2", regularizers.L1L2), (None, None)]),
    "constraint": (arg.constraint(), [("nonneg", constraints.NonNeg), (None, None)]),
    "layer": (arg.layer(), [({"class_name": "Echo", "config": {}}, Echo)]),
    "weight": (arg.weight("zeros"), []),
}


def holder(field):
    """A class with one field, called `thing`."""
    return type("Holder", (Configured,), {"thing": field})


def test_every_kind_is_tested():
    kinds = {name for name in vars(arg) if not name.startswith("_")}
    assert kinds == KINDS.keys()


@pytest.fixture(autouse=True)
def echo_is_known():
    with custom_object_scope({"Echo": Echo}):
        yield


GOOD = [
    (kind, given, kept) for kind, (_, good) in KINDS.items() for given, kept in good
]


@pytest.mark.parametrize(("kind", "given", "kept"), GOOD)
def test_a_good_value_takes_its_normal_form(kind, given, kept):
    made = holder(KINDS[kind][0])(thing=given)
    if isinstance(kept, type):
        assert type(made.thing) is kept
    else:
        assert made.thing == kept
        assert type(made.thing) is type(kept)


BAD = [(kind, value) for kind, (field, _) in KINDS.items() for value in field.bad]


@pytest.mark.parametrize(("kind", "value"), BAD)
def test_a_bad_value_is_refused_with_name_and_value(kind, value):
    with pytest.raises((TypeError, ValueError)) as caught:
        holder(KINDS[kind][0])(thing=value)
    message = str(caught.value)
    assert message.startswith("Holder: ")
    assert "`thing`" in message
    assert repr(value) in message


@pytest.mark.parametrize(
    "field",
    [f for f, _ in KINDS.values() if not isinstance(f, type(arg.weight("zeros")))]
    + [arg.number(), arg.number(low=1.5), arg.int_tuple(rank=3, low=0)],
)
def test_every_kind_but_anything_refuses_something(field):
    assert field.bad or type(field) is Field
    for value in field.bad:
        with pytest.raises((TypeError, ValueError), match="Holder: "):
            holder(field)(thing=value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, None, 2.5, "3"])
def test_an_integer_is_nothing_else(value):
    with pytest.raises(TypeError, match=rf"`thing` must be a pos.*, got {value!r}$"):
        holder(arg.positive_int())(thing=value)


@pytest.mark.parametrize("value", [0, -3])
def test_a_positive_integer_is_positive(value):
    with pytest.raises(ValueError, match=f"must be a positive integer, got {value}$"):
        holder(arg.positive_int())(thing=value)


@pytest.mark.parametrize("value", [1, -0.1, float("nan")])
def test_a_rate_lies_below_one(value):
    with pytest.raises(ValueError, match=r"`thing` must be a number in \[0, 1\), got"):
        holder(arg.rate())(thing=value)


def test_a_choice_suggests():
    wanted = "`thing` must be 'same' | 'valid', got 'smae'; did you mean 'same'?"
    with pytest.raises(ValueError, match=re.escape(wanted)):
        holder(arg.choice("same", "valid"))(thing="smae")


@pytest.mark.parametrize("value", [["channels_last"], "last", 3])
def test_a_data_format_is_a_known_word(value):
    with pytest.raises(
        ValueError, match=r"must be 'channels_last' \| 'channels_first', got"
    ):
        holder(arg.data_format())(thing=value)


def test_a_data_format_follows_the_global_setting():
    config.set_image_data_format("channels_first")
    assert holder(arg.data_format())().thing == "channels_first"


@pytest.mark.parametrize("value", [(1, 2, 3), 0, (1, 0), 1.5, ("1", "2"), True, None])
def test_an_int_tuple_says_how_many(value):
    with pytest.raises(
        ValueError, match=r"`thing` argument must be .* 2 integers, got"
    ):
        holder(arg.int_tuple(rank=2))(thing=value)


def test_an_int_tuple_takes_its_length_from_the_class():
    class Holder(Configured):
        rank = 3
        size = arg.int_tuple(2)

    assert Holder().size == (2, 2, 2)


@pytest.mark.parametrize(
    "field",
    [
        arg.integer(None),
        arg.choice("a", default=None),
        arg.int_tuple(None, rank=2),
        arg.int_tuple(1, rank=2, optional=True),
        arg.shape(None),
    ],
)
def test_none_is_accepted_where_it_means_something(field):
    assert holder(field)(thing=None).thing is None


@pytest.mark.parametrize(
    ("field", "value", "dumped"),
    [
        (arg.number(), np.float32(0.5), 0.5),
        (arg.anything(), np.arange(3), [0, 1, 2]),
        (
            arg.anything(),
            {"a": np.int64(1), "b": (np.float64(2),)},
            {"a": 1, "b": (2.0,)},
        ),
        (arg.activation(), "relu", "relu"),
        (arg.activation(), None, "linear"),
        (arg.initializer("zeros"), "ones", {"class_name": "Ones", "config": {}}),
        (arg.regularizer(), None, None),
    ],
)
def test_a_configuration_is_plain_data(field, value, dumped):
    assert holder(field)(thing=value).get_config() == {"thing": dumped}


def test_a_weight_stands_for_three_arguments():
    class Holder(Configured):
        kernel = arg.weight("glorot_uniform")
        gamma = arg.weight("ones", "scale", regularizer=False, constraint=False)

    names = ["kernel_initializer", "scale_initializer"]
    names += ["kernel_regularizer", "kernel_constraint"]
    assert list(Holder.fields) == names
    assert Holder().kernel is None
    assert Holder.fields["kernel_initializer"].meaning() == "how `kernel` starts"


def test_an_error_names_the_object_once_it_has_a_name():
    layer = Echo(name="first")
    assert label(layer) == "Echo 'first'"
    assert label(holder(arg.flag(True))()) == "Holder"


def test_plain_leaves_other_things_alone():
    thing = object()
    assert plain([thing, (thing,)]) == [thing, (thing,)]


def test_the_default_of_a_required_field_is_a_mark():
    assert arg.positive_int().default is REQUIRED

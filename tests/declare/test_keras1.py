"""Keras-1 spellings: translated, with one warning that shows the new call."""

import re
import warnings

import numpy as np
import pytest

from tensorlearn.declare import Configured, Keras1Warning, arg
from tensorlearn.declare.keras1 import ADAPTERS, RENAMES, VALUES, translate
from tensorlearn.engine import Layer


def stand_in(name, *required, base=Layer, **optional):
    """A layer of that name that keeps whatever it is given."""
    fields = {field: arg.anything() for field in required}
    fields |= {field: arg.anything(default) for field, default in optional.items()}
    return type(name, (base,), fields)


CONV = {
    "strides": 1,
    "padding": "valid",
    "data_format": None,
    "kernel_initializer": None,
    "use_bias": True,
}
Conv1D = stand_in("Conv1D", "filters", "kernel_size", **CONV)
Conv2D = stand_in("Conv2D", "filters", "kernel_size", **CONV)
Conv3D = stand_in("Conv3D", "filters", "kernel_size", **CONV)
Conv2DTranspose = stand_in("Conv2DTranspose", "filters", "kernel_size", **CONV)
LocallyConnected2D = stand_in("LocallyConnected2D", "filters", "kernel_size", **CONV)
SeparableConv2D = stand_in(
    "SeparableConv2D",
    "filters",
    "kernel_size",
    padding="valid",
    depthwise_initializer=None,
    pointwise_initializer=None,
)
RNN = {"implementation": 1, "recurrent_initializer": "orthogonal"}
LSTM = stand_in("LSTM", "units", **RNN, unit_forget_bias=True, forget_bias_init=None)
GRU = stand_in("GRU", "units", **RNN)
SimpleRNN = stand_in("SimpleRNN", "units", recurrent_initializer="orthogonal")
BatchNormalization = stand_in("BatchNormalization", axis=-1, beta_initializer="zeros")
ZeroPadding1D = stand_in("ZeroPadding1D", padding=1)
ZeroPadding1D.positional = ("padding",)
ZeroPadding2D = stand_in("ZeroPadding2D", padding=(1, 1), data_format=None)
ZeroPadding2D.positional = ("padding",)
GlobalMaxPooling2D = stand_in("GlobalMaxPooling2D", data_format=None)
GlobalMaxPooling2D.positional = ("data_format",)


def made_quietly(make):
    """What the call makes, together with the texts of its Keras-1 warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made = make()
    assert all(w.category is Keras1Warning for w in caught)
    return made, [str(w.message) for w in caught]


# ---- renames ----

ENTRIES = [(old, new) for old, targets in RENAMES.items() for new in targets]


@pytest.mark.parametrize(("old", "new"), ENTRIES)
def test_an_old_name_sets_the_new_argument_and_warns_once(old, new):
    holder = stand_in("Holder", base=Configured, **{new: None})
    made, messages = made_quietly(lambda: holder(**{old: 3}))
    assert getattr(made, new) == 3
    assert messages == [
        f"Update your `Holder` call to the Keras 2 API: `Holder({new}=3)`"
    ]


@pytest.mark.parametrize(("old", "new"), ENTRIES)
def test_both_names_at_once_are_refused(old, new):
    holder = stand_in("Holder", base=Configured, **{new: None})
    wanted = f"Holder: `{old}` is the Keras-1 name of `{new}`; give only one"
    with pytest.raises(TypeError, match=re.escape(wanted)):
        holder(**{old: 3, new: 4})


@pytest.mark.parametrize("old", list(RENAMES))
def test_an_argument_that_is_really_called_so_is_left_alone(old):
    holder = stand_in("Holder", base=Configured, **{old: None, RENAMES[old][0]: None})
    made, messages = made_quietly(lambda: holder(**{old: 3}))
    assert getattr(made, old) == 3
    assert messages == []


@pytest.mark.parametrize("old", list(RENAMES))
def test_an_old_name_means_nothing_to_a_class_without_the_new(old):
    with pytest.raises(TypeError, match=f"argument not understood: '{old}'"):
        stand_in("Holder", base=Configured, thing=None)(**{old: 3})


def test_two_old_names_of_one_argument_are_refused():
    with pytest.raises(
        TypeError, match="`subsample_length` is the Keras-1 name of `strid"
    ):
        Conv1D(8, 3, subsample=2, subsample_length=2)


VALUE_ENTRIES = [
    (name, a, b) for name, known in VALUES.items() for a, b in known.items()
]


@pytest.mark.parametrize(("name", "old", "new"), VALUE_ENTRIES)
def test_an_old_value_becomes_a_new_one(name, old, new):
    target = RENAMES[name][0]
    holder = stand_in("Holder", base=Configured, **{target: "unset"})
    made, messages = made_quietly(lambda: holder(**{name: old}))
    assert getattr(made, target) == new
    assert f"{target}={new!r}" in messages[0]


def test_one_old_name_may_set_two_arguments():
    made, messages = made_quietly(lambda: SeparableConv2D(8, 3, init="he_normal"))
    assert made.depthwise_initializer == made.pointwise_initializer == "he_normal"
    assert len(messages) == 1


# ---- the warning ----


def test_many_old_names_give_one_warning_with_the_whole_call():
    made, messages = made_quietly(
        lambda: Conv2D(64, 3, 3, border_mode="same", dim_ordering="th", name="c")
    )
    assert made.kernel_size == (3, 3)
    assert messages == [
        "Update your `Conv2D` call to the Keras 2 API: `Conv2D(64, (3, 3), "
        "padding='same', data_format='channels_first', name='c')`"
    ]


def test_the_warning_points_at_the_users_line():
    with pytest.warns(Keras1Warning) as caught:
        Conv2D(64, 3, 3)
    assert caught[0].filename == __file__


def test_long_values_are_abbreviated():
    holder = stand_in("Holder", base=Configured, kernel_initializer=None, weights=None)
    _, (message,) = made_quietly(
        lambda: holder(init="normal", weights=[np.zeros((50, 50))])
    )
    assert len(message) < 200
    assert "weights=[array(" in message
    assert "..." in message


def test_todays_calls_are_silent():
    _, messages = made_quietly(
        lambda: [
            Conv2D(64, 3),
            Conv2D(64, (3, 3), strides=2, padding="same"),
            Conv3D(64, (3, 3, 3)),
            LSTM(3, implementation=2, unit_forget_bias=False, input_shape=(10, 16)),
            ZeroPadding2D(((1, 1), (2, 2))),
            ZeroPadding2D(padding=1),
            BatchNormalization(axis=1),
            GlobalMaxPooling2D("channels_first"),
            Conv1D(8, 3, weights=[np.zeros(3)]),
        ]
    )
    assert messages == []


def test_the_callers_arguments_are_not_changed():
    arguments = {"nb_row": 3, "nb_col": 5, "border_mode": "same"}
    with pytest.warns(Keras1Warning):
        Conv2D(64, **arguments)
    assert arguments == {"nb_row": 3, "nb_col": 5, "border_mode": "same"}


# ---- adapters: what changed, per class ----

TRANSLATIONS = {
    # Conv2D and its family
    "three numbers": (Conv2D, (64, 3, 5), {}, {"kernel_size": (3, 5)}),
    "number and nb_col": (Conv2D, (64, 3), {"nb_col": 5}, {"kernel_size": (3, 5)}),
    "nb_row and nb_col": (
        Conv2D,
        (64,),
        {"nb_row": 3, "nb_col": 5},
        {"kernel_size": (3, 5)},
    ),
    "all by name": (
        Conv2D,
        (),
        {"nb_filter": 64, "nb_row": 3, "nb_col": 5, "bias": False},
        {"filters": 64, "kernel_size": (3, 5), "use_bias": False},
    ),
    "with subsample": (
        Conv2D,
        (64, 3, 3),
        {"subsample": (2, 2), "border_mode": "same"},
        {"kernel_size": (3, 3), "strides": (2, 2), "padding": "same"},
    ),
    "numpy numbers": (
        Conv2D,
        (64, np.int64(3), np.int64(5)),
        {},
        {"kernel_size": (3, 5)},
    ),
    "separable": (SeparableConv2D, (8, 3, 5), {}, {"kernel_size": (3, 5)}),
    "local": (LocallyConnected2D, (8, 3, 5), {}, {"kernel_size": (3, 5)}),
    "3D": (Conv3D, (8, 3, 4, 5), {}, {"kernel_size": (3, 4, 5)}),
    "3D mixed": (
        Conv3D,
        (8, 3, 4),
        {"kernel_dim3": 5},
        {"kernel_size": (3, 4, 5)},
    ),
    "3D by name": (
        Conv3D,
        (8,),
        {"kernel_dim1": 3, "kernel_dim2": 4, "kernel_dim3": 5},
        {"kernel_size": (3, 4, 5)},
    ),
    "3D with padding": (
        Conv3D,
        (8, 3, 4, 5),
        {"padding": "same"},
        {"kernel_size": (3, 4, 5), "padding": "same"},
    ),
    "transposed": (
        Conv2DTranspose,
        (8, 3, 5, (None, 14, 14, 8)),
        {},
        {"kernel_size": (3, 5)},
    ),
    "transposed by name": (
        Conv2DTranspose,
        (8, 3, 5),
        {"output_shape": (None, 14, 14, 8), "subsample": (2, 2)},
        {"kernel_size": (3, 5), "strides": (2, 2)},
    ),
    "transposed, new size": (
        Conv2DTranspose,
        (8, (3, 5)),
        {"output_shape": (None, 14, 14, 8)},
        {"kernel_size": (3, 5)},
    ),
    "1D": (
        Conv1D,
        (),
        {"nb_filter": 8, "filter_length": 3, "subsample_length": 2},
        {"filters": 8, "kernel_size": 3, "strides": 2},
    ),
    # sequences
    "1D input": (
        Conv1D,
        (8, 3),
        {"input_dim": 16, "input_length": 10},
        {"batch_input_shape": (None, 10, 16)},
    ),
    "LSTM input": (
        LSTM,
        (3,),
        {"input_dim": 16},
        {"batch_input_shape": (None, None, 16)},
    ),
    "GRU input": (
        GRU,
        (),
        {"output_dim": 3, "input_dim": 16, "input_length": 10, "inner_init": "ones"},
        {
            "units": 3,
            "batch_input_shape": (None, 10, 16),
            "recurrent_initializer": "ones",
        },
    ),
    "consume_less": (LSTM, (3,), {"consume_less": "gpu"}, {"implementation": 2}),
    "consume_less, plain": (SimpleRNN, (3,), {"consume_less": "mem"}, {"units": 3}),
    "forget one": (LSTM, (3,), {"forget_bias_init": "one"}, {"unit_forget_bias": True}),
    "forget zero": (
        LSTM,
        (3,),
        {"forget_bias_init": "zero"},
        {"unit_forget_bias": False},
    ),
    # others
    "mode": (BatchNormalization, (), {"mode": 0, "beta_init": "one"}, {"axis": -1}),
    "ordering th": (GlobalMaxPooling2D, ("th",), {}, {"data_format": "channels_first"}),
    "ordering tf": (GlobalMaxPooling2D, ("tf",), {}, {"data_format": "channels_last"}),
    "ordering default": (GlobalMaxPooling2D, ("default",), {}, {"data_format": None}),
    "ordering by name": (
        GlobalMaxPooling2D,
        (),
        {"dim_ordering": "th"},
        {"data_format": "channels_first"},
    ),
    "four sides": (ZeroPadding2D, ((1, 2, 3, 4),), {}, {"padding": ((1, 2), (3, 4))}),
    "four sides by name": (
        ZeroPadding2D,
        (),
        {"padding": [1, 2, 3, 4]},
        {"padding": ((1, 2), (3, 4))},
    ),
    "sides in a dictionary": (
        ZeroPadding2D,
        ({"top_pad": 1, "right_pad": 4},),
        {},
        {"padding": ((1, 0), (0, 4))},
    ),
    "left and right": (
        ZeroPadding1D,
        (),
        {"padding": {"left_pad": 2, "right_pad": 3}},
        {"padding": (2, 3)},
    ),
}


@pytest.mark.parametrize("case", TRANSLATIONS)
def test_an_old_call_means_the_new_one_and_warns_once(case):
    cls, args, kwargs, expected = TRANSLATIONS[case]
    made, messages = made_quietly(lambda: cls(*args, **kwargs))
    assert {name: getattr(made, name) for name in expected} == expected
    assert len(messages) == 1
    assert messages[0].startswith(
        f"Update your `{cls.__name__}` call to the Keras 2 API"
    )


@pytest.mark.parametrize("case", TRANSLATIONS)
def test_the_call_that_is_shown_does_the_same_in_silence(case):
    cls, args, kwargs, expected = TRANSLATIONS[case]
    _, (message,) = made_quietly(lambda: cls(*args, **kwargs))
    shown = message.split("`")[3]
    made, messages = made_quietly(lambda: eval(shown, {cls.__name__: cls}))
    assert {name: getattr(made, name) for name in expected} == expected
    assert messages == []


def test_a_subclass_of_ones_own_translates_like_its_parent():
    class Wide(Conv2D):
        pass

    with pytest.warns(Keras1Warning, match=r"`Wide\(64, \(3, 3\)\)`"):
        assert Wide(64, 3, 3).kernel_size == (3, 3)


def test_any_other_initializer_of_the_forget_bias_is_kept():
    made, messages = made_quietly(lambda: LSTM(3, forget_bias_init="uniform"))
    assert made.forget_bias_init == "uniform"
    assert messages == []


# ---- what cannot be translated ----


@pytest.mark.parametrize("modern", ["padding", "strides", "data_format"])
@pytest.mark.parametrize("cls", [Conv2D, Conv3D, SeparableConv2D, Conv2DTranspose])
def test_three_numbers_with_a_new_name_are_ambiguous(cls, modern):
    wanted = (
        r"\(64, 3, 2\): is 2 meant as `strides`.*`{}`.*kernel_size=\(3, 2\), or str"
    )
    with pytest.raises(ValueError, match=cls.__name__ + wanted.format(modern)):
        cls(64, 3, 2, **{modern: None})


REFUSED = {
    "a fourth position": (
        lambda: Conv2D(64, 3, 3, "glorot_uniform"),
        "Conv2D can receive at most 3 positional arguments, got 4",
    ),
    "a fifth position": (
        lambda: Conv3D(64, 3, 3, 3, "glorot_uniform"),
        "Conv3D can receive at most 4 positional arguments, got 5",
    ),
    "half a kernel": (
        lambda: Conv2D(64, nb_row=3),
        "the Keras-1 arguments nb_row, nb_col must be given all together",
    ),
    "too much kernel": (
        lambda: Conv2D(64, (3, 3), nb_col=3),
        "the Keras-1 arguments nb_row, nb_col must be given all together",
    ),
    "two kernels": (
        lambda: Conv2D(64, nb_row=3, nb_col=3, kernel_size=3),
        "`nb_row/nb_col` is the Keras-1 name of `kernel_size`; give only one",
    ),
    "two shapes": (
        lambda: LSTM(3, input_dim=2, input_shape=(4, 2)),
        "`input_dim` is the Keras-1 name of `input_shape`; give only one",
    ),
    "two flags": (
        lambda: LSTM(3, forget_bias_init="one", unit_forget_bias=True),
        "`forget_bias_init` is the Keras-1 name of `unit_forget_bias`",
    ),
    "a length alone": (
        lambda: LSTM(3, input_length=10),
        "keyword argument not understood: 'input_length'",
    ),
    "gates without bias": (
        lambda: GRU(3, forget_bias_init="one"),
        "keyword argument not understood: 'forget_bias_init'",
    ),
    "another mode": (
        lambda: BatchNormalization(mode=2),
        "BatchNormalization: only `mode`=0 of Keras 1 still exists, got 2; instead of",
    ),
    "one initializer for two kernels": (
        lambda: SeparableConv2D(8, 3, kernel_initializer="ones"),
        "no `kernel_initializer`.*use `depthwise_initializer` and `pointwise_initializer`",
    ),
    "one regularizer for two kernels": (
        lambda: SeparableConv2D(8, 3, kernel_regularizer="l2"),
        "no `kernel_regularizer`.*use `depthwise_regularizer` and `pointwise_regularizer`",
    ),
    "one constraint for two kernels": (
        lambda: SeparableConv2D(8, 3, kernel_constraint="nonneg"),
        "no `kernel_constraint`.*use `depthwise_constraint` and `pointwise_constraint`",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_translation_is_explained(case):
    make, wanted = REFUSED[case]
    with pytest.raises(TypeError, match=wanted):
        make()


def test_an_unknown_side_is_corrected():
    with pytest.raises(ValueError, match=r"got 'top_pda'; did you mean 'top_pad'\?"):
        ZeroPadding2D({"top_pda": 1})


# ---- translate itself ----


def test_translate_returns_what_needs_no_translation_as_it_is():
    args, kwargs = (64, 3), {"padding": "same"}
    assert translate(Conv2D, args, kwargs) == (args, kwargs)


def test_every_adapter_belongs_to_a_tested_class():
    tested = {case[0].__name__ for case in TRANSLATIONS.values()}
    functions = {f for name in tested for f in ADAPTERS.get(name, ())}
    assert functions == {f for several in ADAPTERS.values() for f in several}

"""The layers of the library, called as in Keras 1, are the layers that Keras 2 means."""

import warnings

import pytest

from tensorlearn import layers
from tensorlearn.declare import Keras1Warning

REGULARIZED = {"W_regularizer": "l2", "b_regularizer": "l1"}
REGULARIZED_NOW = {"kernel_regularizer": "l2", "bias_regularizer": "l1"}
CONV = {
    "init": "he_normal",
    "border_mode": "same",
    "W_constraint": "maxnorm",
    "b_constraint": "nonneg",
    "bias": True,
    **REGULARIZED,
}
CONV_NOW = {
    "kernel_initializer": "he_normal",
    "padding": "same",
    "kernel_constraint": "maxnorm",
    "bias_constraint": "nonneg",
    "use_bias": True,
    **REGULARIZED_NOW,
}
RNN = {
    "init": "uniform",
    "inner_init": "identity",
    "activation": "relu",
    "U_regularizer": "l2",
    "dropout_W": 0.1,
    "dropout_U": 0.2,
    "input_dim": 16,
    "input_length": 10,
    **REGULARIZED,
}
RNN_NOW = {
    "kernel_initializer": "uniform",
    "recurrent_initializer": "identity",
    "activation": "relu",
    "recurrent_regularizer": "l2",
    "dropout": 0.1,
    "recurrent_dropout": 0.2,
    "input_shape": (10, 16),
    **REGULARIZED_NOW,
}
GATED = {**RNN, "inner_activation": "sigmoid", "consume_less": "gpu"}
GATED_NOW = {**RNN_NOW, "recurrent_activation": "sigmoid", "implementation": 2}

# layer: ((args, kwargs) of Keras 1, (args, kwargs) of Keras 2), ...
CALLS = {
    "Dense": [
        (
            ((), {"output_dim": 8, "init": "one", "input_dim": 4, **REGULARIZED}),
            (
                (8,),
                {"kernel_initializer": "one", "input_shape": (4,), **REGULARIZED_NOW},
            ),
        ),
        (
            (
                (8,),
                {"W_constraint": "maxnorm", "b_constraint": "nonneg", "bias": False},
            ),
            (
                (8,),
                {
                    "kernel_constraint": "maxnorm",
                    "bias_constraint": "nonneg",
                    "use_bias": False,
                },
            ),
        ),
    ],
    "Dropout": [(((), {"p": 0.25}), ((0.25,), {}))],
    "SpatialDropout1D": [(((), {"p": 0.25}), ((0.25,), {}))],
    "SpatialDropout2D": [
        (
            ((), {"p": 0.25, "dim_ordering": "th"}),
            ((0.25,), {"data_format": "channels_first"}),
        )
    ],
    "SpatialDropout3D": [
        (((0.25,), {"dim_ordering": "tf"}), ((0.25,), {"data_format": "channels_last"}))
    ],
    "GaussianNoise": [(((), {"sigma": 0.1}), ((0.1,), {}))],
    "GaussianDropout": [(((), {"p": 0.1}), ((0.1,), {}))],
    "Conv1D": [
        (
            ((), {"nb_filter": 8, "filter_length": 3, "subsample_length": 2, **CONV}),
            ((8, 3), {"strides": 2, **CONV_NOW}),
        ),
        (
            ((8, 3), {"input_dim": 16, "input_length": 10}),
            ((8, 3), {"input_shape": (10, 16)}),
        ),
    ],
    "Conv2D": [
        (
            ((64, 3, 5), {"subsample": (2, 2), "dim_ordering": "th", **CONV}),
            (
                (64, (3, 5)),
                {"strides": 2, "data_format": "channels_first", **CONV_NOW},
            ),
        ),
        (
            ((), {"nb_filter": 64, "nb_row": 3, "nb_col": 5}),
            ((64, (3, 5)), {}),
        ),
        (
            ((64, 3, 3), {"border_mode": "same", "input_shape": (3, 32, 32)}),
            ((64, 3), {"padding": "same", "input_shape": (3, 32, 32)}),
        ),
        (
            ((64, 3, 3), {"atrous_rate": (2, 2)}),
            ((64, 3), {"dilation_rate": 2}),
        ),
    ],
    "SeparableConv2D": [
        (
            ((8, 3, 5), {"init": "one", "border_mode": "same"}),
            (
                (8, (3, 5)),
                {
                    "depthwise_initializer": "one",
                    "pointwise_initializer": "one",
                    "padding": "same",
                },
            ),
        )
    ],
    "Conv2DTranspose": [
        (
            ((8, 3, 3, (None, 14, 14, 8)), {"subsample": (2, 2), **CONV}),
            ((8, 3), {"strides": 2, **CONV_NOW}),
        ),
        (((8, 3, 3), {"output_shape": (None, 8, 14, 14)}), ((8, 3), {})),
    ],
    "Conv3D": [
        (
            ((8, 3, 4, 5), {"dim_ordering": "tf", **CONV}),
            ((8, (3, 4, 5)), {"data_format": "channels_last", **CONV_NOW}),
        ),
        (
            ((8,), {"kernel_dim1": 3, "kernel_dim2": 4, "kernel_dim3": 5}),
            ((8, (3, 4, 5)), {}),
        ),
    ],
    "LocallyConnected1D": [
        (
            ((), {"nb_filter": 8, "filter_length": 3, "subsample_length": 2}),
            ((8, 3), {"strides": 2}),
        )
    ],
    "LocallyConnected2D": [
        (((8, 3, 5), {"subsample": 2}), ((8, (3, 5)), {"strides": 2}))
    ],
    "Cropping2D": [
        (((2,), {"dim_ordering": "th"}), ((2,), {"data_format": "channels_first"}))
    ],
    "Cropping3D": [
        (((2,), {"dim_ordering": "th"}), ((2,), {"data_format": "channels_first"}))
    ],
    "UpSampling1D": [(((), {"length": 3}), ((3,), {}))],
    "UpSampling2D": [
        (((3,), {"dim_ordering": "th"}), ((3,), {"data_format": "channels_first"}))
    ],
    "UpSampling3D": [
        (((3,), {"dim_ordering": "default"}), ((3,), {"data_format": None}))
    ],
    "ZeroPadding1D": [(((), {"padding": {"left_pad": 2}}), (((2, 0),), {}))],
    "ZeroPadding2D": [
        ((((1, 2, 3, 4),), {}), ((((1, 2), (3, 4)),), {})),
        (
            (({"top_pad": 1, "left_pad": 2},), {"dim_ordering": "th"}),
            ((((1, 0), (2, 0)),), {"data_format": "channels_first"}),
        ),
    ],
    "ZeroPadding3D": [
        (((2,), {"dim_ordering": "th"}), ((2,), {"data_format": "channels_first"}))
    ],
    **{
        f"{kind}Pooling1D": [
            (
                ((), {"pool_length": 3, "stride": 2, "border_mode": "same"}),
                ((3, 2, "same"), {}),
            )
        ]
        for kind in ("Max", "Average")
    },
    **{
        f"{kind}Pooling{rank}D": [
            (
                ((3, 2), {"border_mode": "same", "dim_ordering": "th"}),
                ((3, 2, "same"), {"data_format": "channels_first"}),
            )
        ]
        for kind in ("Max", "Average")
        for rank in (2, 3)
    },
    **{
        f"Global{kind}Pooling{rank}D": [
            (((ordering,), {}), ((), {"data_format": now}))
            for ordering, now in [
                ("th", "channels_first"),
                ("tf", "channels_last"),
                ("default", None),
            ]
        ]
        + [(((), {"dim_ordering": "th"}), (("channels_first",), {}))]
        for kind in ("Max", "Average")
        for rank in (2, 3)
    },
    "SimpleRNN": [
        (((), {"output_dim": 3, **RNN, "consume_less": "cpu"}), ((3,), RNN_NOW))
    ],
    "GRU": [(((), {"output_dim": 3, **GATED}), ((3,), GATED_NOW))],
    "LSTM": [
        (
            ((), {"output_dim": 3, **GATED, "forget_bias_init": "one"}),
            ((3,), {**GATED_NOW, "unit_forget_bias": True}),
        ),
        (((3,), {"forget_bias_init": "zero"}), ((3,), {"unit_forget_bias": False})),
    ],
    "ConvLSTM2D": [
        (
            ((8, 3, 5), {"inner_init": "one", "dim_ordering": "tf", "dropout_U": 0.1}),
            (
                (8, (3, 5)),
                {
                    "recurrent_initializer": "one",
                    "data_format": "channels_last",
                    "recurrent_dropout": 0.1,
                },
            ),
        )
    ],
    "Embedding": [
        (
            (
                (10, 4),
                {"init": "one", "W_regularizer": "l2", "W_constraint": "nonneg"},
            ),
            (
                (10, 4),
                {
                    "embeddings_initializer": "one",
                    "embeddings_regularizer": "l2",
                    "embeddings_constraint": "nonneg",
                },
            ),
        )
    ],
    "BatchNormalization": [
        (
            ((), {"mode": 0, "axis": 1, "beta_init": "one", "gamma_init": "zero"}),
            (
                (),
                {"axis": 1, "beta_initializer": "one", "gamma_initializer": "zero"},
            ),
        )
    ],
    "PReLU": [(((), {"init": "one"}), (("one",), {}))],
}
PAIRS = [(name, *pair) for name, pairs in CALLS.items() for pair in pairs]


def configuration(name, call):
    args, kwargs = call
    return getattr(layers, name)(*args, **kwargs, name="it").get_config()


@pytest.mark.parametrize(
    ("name", "old", "new"), PAIRS, ids=[f"{p[0]}-{i}" for i, p in enumerate(PAIRS)]
)
def test_an_old_call_makes_the_same_layer_and_warns_once(name, old, new):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made = configuration(name, old)
    assert made == configuration(name, new)
    assert [w.category for w in caught] == [Keras1Warning]
    assert f"Update your `{name}` call to the Keras 2 API: `{name}(" in str(
        caught[0].message
    )
    assert caught[0].filename == __file__


def test_embedding_keeps_its_dropout_of_words():
    assert layers.Embedding(10, 4, dropout=0.2).get_config()["dropout"] == 0.2
    assert "dropout" not in layers.Embedding(10, 4).get_config()


def test_lstm_keeps_any_other_initializer_of_the_forget_bias():
    config = layers.LSTM(3, forget_bias_init="uniform").get_config()
    assert config["forget_bias_init"]["class_name"] == "RandomUniform"
    assert "forget_bias_init" not in layers.LSTM(3).get_config()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Dense(32, "relu"), "Dense.* can accept only 1 positional arg"),
        (lambda: layers.LSTM(32, "uniform"), "LSTM.* can accept only 1 positional arg"),
        (lambda: layers.Conv2D(8, (3, 3), (2, 2)), "can accept only 2 positional arg"),
        (
            lambda: layers.Embedding(10, 4, "uniform"),
            "can accept only 2 positional arg",
        ),
        (
            lambda: layers.Dense(8, kernel_constraints="nonneg"),
            "mean 'kernel_constraint'",
        ),
    ],
)
def test_calls_that_are_neither_are_explained(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_an_argument_by_position_and_by_its_old_name_is_refused():
    with (
        pytest.warns(Keras1Warning),
        pytest.raises(
            TypeError, match="`units` was given twice, by position and by name"
        ),
    ):
        layers.Dense(8, output_dim=8)

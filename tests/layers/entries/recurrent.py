"""Entries of the recurrent layers."""

from tests.layers.contract import Entry

X = (2, 4, 3)
OLD = {"output_dim": 2, "init": "normal", "inner_init": "glorot_uniform"}
NEW = {
    "units": 2,
    "kernel_initializer": "normal",
    "recurrent_initializer": "glorot_uniform",
}


def cell(name, **config):
    return {"class_name": name, "config": config}


ENTRIES = [
    Entry("SimpleRNN", NEW, X, free=(1,), mask="uses", keras1=OLD),
    Entry(
        "SimpleRNN",
        {"units": 2, "return_sequences": True, "activation": "sigmoid"},
        X,
        free=(1,),
        mask="passes",
        id="sequences",
    ),
    Entry(
        "SimpleRNN",
        {"units": 2, "dropout": 0.3, "recurrent_dropout": 0.3},
        X,
        free=(1,),
        mask="uses",
        random=True,
        training=True,
        keras1={"output_dim": 2, "dropout_W": 0.3, "dropout_U": 0.3},
        id="dropout",
    ),
    Entry(
        "GRU",
        NEW | {"recurrent_activation": "sigmoid"},
        X,
        free=(1,),
        mask="uses",
        keras1=OLD | {"inner_activation": "sigmoid"},
    ),
    Entry(
        "GRU",
        {"units": 2, "reset_after": True, "return_sequences": True},
        X,
        free=(1,),
        mask="passes",
        id="reset_after",
    ),
    Entry(
        "GRU",
        {"units": 2, "dropout": 0.3, "recurrent_dropout": 0.3, "implementation": 2},
        X,
        free=(1,),
        mask="uses",
        random=True,
        training=True,
        id="dropout",
    ),
    Entry(
        "LSTM",
        NEW | {"unit_forget_bias": False, "implementation": 2},
        X,
        free=(1,),
        mask="uses",
        keras1=OLD | {"forget_bias_init": "zero", "consume_less": "gpu"},
    ),
    Entry(
        "LSTM",
        {"units": 2, "return_sequences": True, "go_backwards": True, "use_bias": False},
        X,
        free=(1,),
        mask="passes",
        id="backwards",
    ),
    Entry(
        "LSTM", {"units": 2, "return_state": True}, X, free=(1,), mask="own", id="state"
    ),
    Entry(
        "LSTM",
        {"units": 2, "dropout": 0.3, "recurrent_dropout": 0.3},
        X,
        free=(1,),
        mask="uses",
        random=True,
        training=True,
        id="dropout",
    ),
    Entry("LSTM", {"units": 2}, [X, (2, 2), (2, 2)], mask="own", id="initial state"),
    Entry("RNN", {"cell": cell("GRUCell", units=2)}, X, free=(1,), mask="uses"),
    Entry(
        "RNN",
        {
            "cell": cell(
                "StackedRNNCells",
                cells=[cell("LSTMCell", units=2), cell("SimpleRNNCell", units=3)],
            ),
            "return_sequences": True,
        },
        X,
        free=(1,),
        mask="passes",
        id="stacked",
    ),
    Entry(
        "ConvLSTM2D",
        {"filters": 2, "kernel_size": 2, "return_sequences": True},
        (2, 3, 4, 3, 2),
        free=(1, 2, 3),
        mask="passes",
        tolerance=1e-4,
        formats_agree=False,  # the channels are not axis 1
        keras1=((2, 2, 2), {"border_mode": "valid", "return_sequences": True}),
    ),
    Entry(
        "ConvLSTM2D",
        {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"},
        (1, 2, 5, 4, 1),
        mask="uses",
        tolerance=1e-4,
        formats_agree=False,  # the channels are not axis 1
        id="strides",
    ),
]

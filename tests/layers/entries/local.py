"""Entries of the locally connected layers."""

from tests.layers.contract import Entry

# With channels_first Keras orders the weights of a window, and of the bias, by channel
# first: the same numbers mean another layer.
ENTRIES = [
    Entry(
        "LocallyConnected1D",
        {"filters": 2, "kernel_size": 2},
        (2, 4, 3),
        formats_agree=False,
        keras1={"nb_filter": 2, "filter_length": 2},
    ),
    Entry(
        "LocallyConnected2D",
        {"filters": 2, "kernel_size": (2, 1), "strides": (1, 2), "activation": "tanh"},
        (2, 3, 4, 2),
        formats_agree=False,
        keras1=((2, 2, 1), {"subsample": (1, 2), "activation": "tanh"}),
    ),
]

"""Entries of the layers that only Keras 1 had."""

from tests.layers.contract import Entry

ENTRIES = [
    Entry(
        "MaxoutDense",
        {"units": 3, "nb_feature": 2},
        (4, 5),
        keras1={"output_dim": 3, "nb_feature": 2, "init": "glorot_uniform"},
    ),
    Entry(
        "Highway",
        {"activation": "tanh"},
        (4, 5),
        keras1={"init": "glorot_uniform", "activation": "tanh"},
    ),
]

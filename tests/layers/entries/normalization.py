"""Entries of the normalization layers."""

from tests.layers.contract import Entry

ENTRIES = [
    Entry(
        "BatchNormalization",
        {},
        (6, 5, 3),
        free=(1,),
        mask="passes",
        training=True,
        keras1={"beta_init": "zero", "gamma_init": "one", "mode": 0},
    ),
    Entry(
        "BatchNormalization",
        {"axis": 1, "scale": False, "momentum": 0.8},
        (6, 3, 4),
        free=(2,),
        mask="passes",
        training=True,
        id="axis",
    ),
    Entry(
        "BatchNormalization",
        {"center": False, "epsilon": 1e-2},
        (6, 3),
        mask="passes",
        id="inference",
    ),
    Entry("LayerNormalization", {}, (3, 4, 5), free=(1,), mask="passes"),
    Entry(
        "LayerNormalization",
        {"axis": [1, 3], "center": False},
        (2, 3, 4, 5),
        free=(2,),
        mask="passes",
        id="axes",
    ),
]

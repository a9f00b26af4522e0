"""Entries of the embedding layer."""

from tests.layers.contract import Entry

ENTRIES = [
    Entry(
        "Embedding",
        {"input_dim": 7, "output_dim": 3},
        (4, 5),
        free=(1,),
        vocabulary=7,
        mask="own",
        keras1=((7, 3), {"init": "uniform"}),
    ),
    Entry(
        "Embedding",
        {"input_dim": 7, "output_dim": 3, "input_length": 4, "mask_zero": True},
        (3, 4),
        vocabulary=7,
        mask="makes",
        id="mask_zero",
    ),
    Entry(
        "Embedding",
        {"input_dim": 30, "output_dim": 3, "dropout": 0.4},
        (4, 5),
        free=(1,),
        vocabulary=30,
        mask="own",
        random=True,
        id="dropout",
    ),
]

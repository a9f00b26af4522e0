"""Entries of the noise layers."""

from tests.layers.contract import Entry

SHAPE = (4, 5, 3)

ENTRIES = [
    Entry(
        "GaussianNoise",
        {"stddev": 0.3},
        SHAPE,
        free=(1, 2),
        mask="passes",
        random=True,
        keras1={"sigma": 0.3},
    ),
    Entry(
        "GaussianDropout",
        {"rate": 0.3},
        SHAPE,
        free=(1, 2),
        mask="passes",
        random=True,
        keras1={"p": 0.3},
    ),
    Entry(
        "AlphaDropout", {"rate": 0.3}, SHAPE, free=(1, 2), mask="passes", random=True
    ),
    Entry(
        "AlphaDropout",
        {"rate": 0.3, "noise_shape": (None, 1, None), "seed": 3},
        SHAPE,
        free=(1, 2),
        mask="passes",
        random=True,
        id="noise_shape",
    ),
]

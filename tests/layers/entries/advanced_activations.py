"""Entries of the advanced activations."""

from tests.layers.contract import Entry

SHAPE = (4, 5, 3)

ENTRIES = [
    Entry("LeakyReLU", {"alpha": 0.1}, SHAPE, free=(1, 2), mask="passes"),
    Entry(
        "PReLU",
        {"alpha_initializer": "ones"},
        SHAPE,
        mask="passes",
        keras1={"init": "one"},
    ),
    Entry("PReLU", {"shared_axes": [1]}, SHAPE, free=(1,), mask="passes", id="shared"),
    Entry("ELU", {"alpha": 0.7}, SHAPE, free=(1, 2), mask="passes"),
    Entry("ThresholdedReLU", {"theta": 0.5}, SHAPE, free=(1, 2), mask="passes"),
    Entry("Softmax", {"axis": 1}, SHAPE, free=(1, 2), mask="passes"),
    Entry(
        "ReLU",
        {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.2},
        SHAPE,
        free=(1, 2),
        mask="passes",
    ),
]

"""Entries of the merge layers."""

from tests.layers.contract import Entry

PAIR = [(4, 3, 2), (4, 3, 2)]

ENTRIES = [
    Entry("Add", {}, [*PAIR, (4, 3, 2)], free=(1,), mask="joins"),
    Entry("Add", {}, [(4, 3, 2), (4, 2)], mask="joins", id="ranks"),
    Entry("Subtract", {}, PAIR, free=(1,), mask="joins"),
    Entry("Multiply", {}, [(4, 3, 2), (4, 1, 2)], mask="joins"),
    Entry("Average", {}, PAIR, free=(1,), mask="joins"),
    Entry("Maximum", {}, PAIR, free=(1,), mask="joins"),
    Entry("Minimum", {}, PAIR, free=(1,), mask="joins"),
    Entry("Concatenate", {}, [(4, 3, 2), (4, 3, 5)], free=(1,), mask="joins"),
    Entry("Concatenate", {"axis": 1}, PAIR, free=(2,), mask="joins", id="steps"),
    Entry("Dot", {"axes": (2, 1)}, [(4, 3, 2), (4, 2, 5)], mask="joins"),
    Entry(
        "Dot",
        {"axes": -1, "normalize": True},
        [(4, 5), (4, 5)],
        mask="joins",
        id="cosine",
    ),
    Entry("Dot", {"axes": (1, 2)}, [(2, 3, 4, 2), (2, 5, 3)], mask="joins", id="ranks"),
]

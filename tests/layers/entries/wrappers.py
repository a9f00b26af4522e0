"""Entries of the wrappers."""

from tests.layers.contract import Entry

X = (2, 4, 3)


def layer(name, **config):
    return {"class_name": name, "config": config}


ENTRIES = [
    Entry(
        "TimeDistributed",
        {"layer": layer("Dense", units=2, activation="tanh")},
        X,
        free=(1,),
        mask="passes",
    ),
    Entry(
        "TimeDistributed",
        {"layer": layer("LSTM", units=2)},
        (2, 3, 4, 2),
        free=(1, 2),
        mask="passes",
        id="sequences of sequences",
    ),
    Entry(
        "Bidirectional", {"layer": layer("LSTM", units=2)}, X, free=(1,), mask="uses"
    ),
    Entry(
        "Bidirectional",
        {"layer": layer("GRU", units=2, return_sequences=True), "merge_mode": "sum"},
        X,
        free=(1,),
        mask="passes",
        id="sequences",
    ),
    Entry(
        "Bidirectional",
        {"layer": layer("SimpleRNN", units=2, return_state=True), "merge_mode": None},
        X,
        free=(1,),
        mask="own",
        id="both",
    ),
]

"""Entries of the pooling layers."""

from tests.layers.contract import Entry

SHAPES = {1: (2, 7, 3), 2: (2, 5, 6, 2), 3: (2, 4, 5, 3, 2)}
AXES = {1: (1,), 2: (1, 2), 3: (1, 2, 3)}

ENTRIES = [
    Entry("GlobalMaxPooling1D", {}, SHAPES[1], free=(1,), mask="uses"),
    Entry("GlobalAveragePooling1D", {}, SHAPES[1], free=(1,), mask="uses"),
    Entry(
        "MaxPooling1D",
        {"pool_size": 3, "strides": 2},
        SHAPES[1],
        free=(1,),
        id="old",
        keras1={"pool_length": 3, "stride": 2, "border_mode": "valid"},
    ),
    Entry(
        "AveragePooling1D",
        {"pool_size": 3},
        SHAPES[1],
        free=(1,),
        id="old",
        keras1={"pool_length": 3},
    ),
]
for kind in ("Max", "Average"):
    for rank, shape in SHAPES.items():
        free = AXES[rank]
        name = f"{kind}Pooling{rank}D"
        old = {"border_mode": "same"} | ({"dim_ordering": "tf"} if rank > 1 else {})
        ENTRIES += [
            Entry(name, {}, shape, free=free),
            Entry(name, {"padding": "same"}, shape, free=free, id="same", keras1=old),
            Entry(
                name,
                {"pool_size": 3, "strides": 2, "padding": "same"},
                shape,
                free=free,
                id="overlapping",
            ),
        ]
        if rank > 1:
            ENTRIES.append(
                Entry(
                    f"Global{kind}Pooling{rank}D",
                    {},
                    shape,
                    free=free,
                    keras1=(("tf",), {}),
                )
            )

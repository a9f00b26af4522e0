"""Entries of the attention layers."""

from tests.layers.contract import Entry

ENTRIES = [
    Entry("Attention", {}, [(2, 3, 4), (2, 5, 4)], mask="joins"),
    Entry(
        "Attention",
        {"use_scale": True, "score_mode": "concat"},
        [(2, 3, 4), (2, 5, 2), (2, 5, 4)],
        mask="own",
        id="concat",
    ),
    Entry(
        "MultiHeadAttention",
        {"num_heads": 2, "key_dim": 3},
        [(2, 3, 4), (2, 5, 6)],
        mask="own",
    ),
    Entry(
        "MultiHeadAttention",
        {
            "num_heads": 2,
            "key_dim": 3,
            "value_dim": 2,
            "use_bias": False,
            "dropout": 0.3,
        },
        [(2, 3, 4), (2, 3, 4), (2, 3, 4)],
        mask="own",
        random=True,
        call={"use_causal_mask": True},
        id="causal",
    ),
]

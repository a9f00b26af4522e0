"""Entries of the core layers."""

from tensorlearn import activations
from tests.layers.contract import Entry

ENTRIES = [
    Entry(
        "Dense",
        {"units": 3, "activation": "tanh"},
        (4, 5),
        mask="passes",
        keras1={"output_dim": 3, "activation": "tanh", "bias": True},
    ),
    Entry("Dense", {"units": 3, "use_bias": False}, (2, 4, 5), free=(1,), mask="passes",
          id="sequence"),
    Entry("Activation", {"activation": "softmax"}, (3, 4), free=(1,), mask="passes"),
    Entry("Dropout", {"rate": 0.4, "seed": 3}, (4, 5), free=(1,), random=True,
          training=True, mask="passes", keras1=((0.4,), {"seed": 3})),
    Entry("Dropout", {"rate": 0.4, "noise_shape": (None, 1, 3)}, (4, 5, 3), free=(1,),
          random=True, training=True, mask="passes", id="noise_shape",
          keras1={"p": 0.4, "noise_shape": (None, 1, 3)}),
    Entry("SpatialDropout1D", {"rate": 0.4}, (4, 5, 3), free=(1,), random=True,
          training=True, mask="passes", keras1={"p": 0.4}),
    Entry("SpatialDropout2D", {"rate": 0.4}, (2, 3, 4, 5), free=(1, 2), random=True,
          training=True, mask="passes", keras1={"p": 0.4, "dim_ordering": "tf"}),
    Entry("SpatialDropout3D", {"rate": 0.4}, (2, 3, 2, 3, 4), free=(1, 2, 3), random=True,
          training=True, mask="passes", keras1={"p": 0.4, "dim_ordering": "tf"}),
    Entry("Flatten", {}, (2, 3, 2, 4)),
    Entry("Flatten", {}, (2, 3), id="already flat"),
    Entry("Reshape", {"target_shape": (3, -1)}, (2, 6)),
    Entry("Permute", {"dims": (3, 1, 2)}, (2, 3, 4, 5), free=(1, 2, 3)),
    Entry("RepeatVector", {"n": 3}, (2, 4), free=(1,)),
    Entry("Lambda", {"function": activations.tanh}, (2, 4), free=(1,)),
    Entry("ActivityRegularization", {"l1": 0.1, "l2": 0.2}, (2, 3), free=(1,),
          mask="passes"),
    Entry("Masking", {"mask_value": 0.0}, (2, 3, 4), free=(1,), mask="makes"),
]

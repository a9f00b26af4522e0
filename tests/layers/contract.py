"""What an entry of the layer contract says. One file per chapter lives in `entries/`.

    # tests/layers/entries/convolutional.py
    from tests.layers.contract import Entry

    ENTRIES = [
        Entry("Conv1D", {"filters": 3, "kernel_size": 2}, (2, 5, 4), free=(1,),
              keras1={"nb_filter": 3, "filter_length": 2}),
        Entry("Add", {}, [(2, 3), (2, 3)], mask="joins"),
        Entry("Embedding", {"input_dim": 5, "output_dim": 3}, (2, 4), vocabulary=5),
    ]

`test_contract.py` runs every check it can derive for every entry, and fails if a public
layer class has no entry. Several entries per class are welcome (other padding, ranks).
"""

import importlib
import pkgutil
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import tensorlearn.layers  # noqa: F401 - registers the layers
from tensorlearn import config as settings
from tensorlearn.autograd import Tensor
from tensorlearn.declare.registry import layers
from tensorlearn.engine.shapes import is_shape
from tests.layers import entries


@dataclass(frozen=True, eq=False)
class Entry:
    """One layer to be tested.

    layer: the class's registered name. config: its constructor arguments, as plain data
    (a layer inside is {"class_name": ..., "config": ...}). shape: of the input, batch
    included; a list of shapes if the layer is called on a list.

    free: input axes besides the batch whose length may be None in a model; the layer must
    then work for other lengths, too.
    mask: "refuses" (TypeError), "passes" (the same mask comes out), "uses" (taken, none
    comes out), "makes" (a mask comes out without one going in), "joins" (several inputs,
    accepted), "own" (anything else; tested by hand).
    vocabulary: for inputs that are integers below this number.
    positive: for inputs that must be > 0.
    random: draws random numbers while training, repeatable with a fixed seed.
    training: whether gradients are checked in training mode.
    formats_agree: whether channels_first gives the same numbers from the same weights.
    second_order: whether second derivatives are checked as well.
    keras1: the same arguments in Keras 1's spelling, a dictionary, or (args, dictionary).
    call: further keyword arguments of the call.
    tolerance: relative error allowed in gradient checks.
    """

    layer: str
    config: dict[str, Any]
    shape: Any
    free: tuple[int, ...] = ()
    mask: str = "refuses"
    vocabulary: int | None = None
    positive: bool = False
    random: bool = False
    training: bool = False
    formats_agree: bool = True
    second_order: bool = True
    keras1: Any = None
    call: dict[str, Any] = field(default_factory=dict)
    tolerance: float = 1e-5
    id: str = ""

    def __str__(self):
        return f"{self.layer}-{self.id}" if self.id else self.layer

    @property
    def cls(self):
        return layers.find(self.layer)

    @property
    def several(self):
        return not is_shape(self.shape)

    def shapes(self):
        """The input shapes as a list, also if there is only one."""
        return list(self.shape) if self.several else [self.shape]

    def make(self, **changes):
        """A fresh layer; the same random streams and weights every time."""
        settings.set_seed(1)
        return self.cls(**{**self.config, **changes})

    def arrays(self, seed, dtype="float64", batch=None, lengths=None):
        """Random inputs, as a list."""
        rng = np.random.default_rng(seed)
        return [self.array(rng, s, dtype, batch, lengths) for s in self.shapes()]

    def array(self, rng, shape, dtype, batch, lengths):
        shape = list(shape)
        if batch is not None:
            shape[0] = batch
        for axis, length in (lengths or {}).items():
            shape[axis] = length
        if self.vocabulary is not None:
            return rng.integers(0, self.vocabulary, shape)
        values = rng.normal(size=shape)
        return (np.abs(values) + 0.1 if self.positive else values).astype(dtype)

    def joined(self, values):
        """What the layer is called with: the list, or its only element."""
        return list(values) if self.several else values[0]

    def run(self, layer, values, **kwargs):
        """Outputs of the layer, as a list."""
        y = layer(self.joined(values), **{**self.call, **kwargs})
        return list(y) if isinstance(y, (list, tuple)) else [y]


def all_entries():
    """The entries of all chapters."""
    found = []
    for info in pkgutil.iter_modules(entries.__path__):
        module = importlib.import_module(f"tests.layers.entries.{info.name}")
        found += module.ENTRIES
    return found


def leaf(x):
    """A Tensor whose gradient is wanted, where it can have one."""
    return Tensor(x, requires_grad=x.dtype.kind == "f")


def perturb_weights(layer, seed):
    """Weights that are not all 0 or 1, so that every term of a gradient shows."""
    rng = np.random.default_rng(seed)
    for weight in layer.weights:
        noise = rng.normal(size=weight.shape) * 0.3
        weight.assign(
            np.abs(noise) + 0.5 if "variance" in weight.name else weight.data + noise
        )

"""Model: a network that can be trained."""

from __future__ import annotations

from tensorlearn.models.keras_names import KerasModel
from tensorlearn.models.network import Network
from tensorlearn.models.trace import Traced
from tensorlearn.models.training import Training


class Model(KerasModel, Traced, Training, Network):
    """Layers connected from `inputs` to `outputs`, with compile, fit, evaluate, predict.

    Model(inputs, outputs, name=None): Symbols or lists of Symbols. Or subclass it: make
    layers in `__init__` (after `super().__init__()`) and use them in `call(self, inputs)`.
    """

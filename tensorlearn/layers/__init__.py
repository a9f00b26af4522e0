"""Floor 5: layers, one file per chapter."""

import importlib
import sys
from importlib.util import find_spec

from tensorlearn.engine import Input, InputLayer, InputSpec, Layer
from tensorlearn.layers.serialization import deserialize, layer_from_config, serialize

__all__ = ["Input", "InputLayer", "InputSpec", "Layer",
           "deserialize", "layer_from_config", "serialize"]

# temporary while the chapters are being written
for _name in ("activations", "initializers", "regularizers", "constraints"):
    if find_spec(f"tensorlearn.{_name}"):
        try:
            importlib.import_module(f"tensorlearn.{_name}")
        except Exception as error:
            print("BROKEN", _name, repr(error), file=sys.stderr)
for _name in ("core", "convolutional", "pooling", "local", "recurrent",
              "convolutional_recurrent", "embeddings", "merge", "advanced_activations",
              "normalization", "noise", "attention", "wrappers", "legacy"):
    if not find_spec(f"tensorlearn.layers.{_name}"):
        continue
    try:
        _module = importlib.import_module(f"tensorlearn.layers.{_name}")
    except Exception as error:
        print("BROKEN", _name, repr(error), file=sys.stderr)
        continue
    for _n in getattr(_module, "__all__", [n for n, v in vars(_module).items() if getattr(v, "__module__", None) == _module.__name__ and not n.startswith("_")]):
        globals()[_n] = getattr(_module, _n)
        __all__.append(_n)

"""Floor 6: models to files and back, in Keras's formats; nothing read is ever executed."""

from tensorlearn.saving.atomic import replacing
from tensorlearn.saving.text import config_from_yaml, config_to_yaml
from tensorlearn.saving.weights import load_weights, save_weights

__all__ = [
    "config_from_yaml",
    "config_to_yaml",
    "load_weights",
    "replacing",
    "save_weights",
]

"""What every model can do with files: text of its structure, weights, the whole of it."""

from __future__ import annotations

from typing import Any

from tensorlearn.models.model_file import described, save_model
from tensorlearn.saving.text import config_to_json, config_to_yaml
from tensorlearn.saving.weights import load_weights, save_weights


class Persistent:
    """to_json, to_yaml, save, save_weights and load_weights; mixed into Network."""

    layers: Any
    name: str

    def to_json(self, **kwargs: Any) -> str:
        """The structure (no weights) as JSON; kwargs go to json.dumps."""
        return config_to_json(described(self), **kwargs)

    def to_yaml(self, **kwargs: Any) -> str:
        """The structure (no weights) as YAML; kwargs go to yaml.safe_dump."""
        return config_to_yaml(described(self), **kwargs)

    def save(
        self, filepath: Any, overwrite: bool = True, include_optimizer: bool = True
    ) -> None:
        """Write structure, weights, compile arguments and optimizer state to one file.

        `tensorlearn.models.load_model` reads it, and so does Keras 2.
        """
        save_model(self, filepath, overwrite, include_optimizer)

    def save_weights(self, filepath: Any, overwrite: bool = True) -> None:
        """Write all weights: HDF5 in Keras's layout, or NumPy if it ends in .npz.

        The file appears whole or not at all; FileExistsError if it exists and overwrite
        is False.
        """
        save_weights(self.layers, filepath, overwrite)

    def load_weights(
        self,
        filepath: Any,
        by_name: bool = False,
        skip_mismatch: bool = False,
        reshape: bool = False,
    ) -> None:
        """Read weights that Keras 1, Keras 2 or `save_weights` wrote.

        by_name: only layers whose names match, in any order. skip_mismatch: warn about
        those that do not fit instead of raising. Raises ValueError before anything is
        changed if the file does not fit or is damaged.
        """
        load_weights(self.layers, filepath, by_name, skip_mismatch, reshape)

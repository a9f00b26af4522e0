"""What every model can do with files: text of its structure, weights, the whole of it."""

from __future__ import annotations

from typing import Any

from tensorlearn.saving.hdf5 import BACKEND, KERAS_VERSION
from tensorlearn.saving.text import config_to_json, config_to_yaml
from tensorlearn.saving.weights import load_weights, save_weights


class Persistent:
    """to_json, to_yaml, save_weights and load_weights; mixed into Network."""

    layers: Any
    name: str

    def _described(self) -> dict[str, Any]:
        return {
            "class_name": type(self).__name__,
            "config": self.get_config(),  # type: ignore[attr-defined]
            "keras_version": KERAS_VERSION,
            "backend": BACKEND,
        }

    def to_json(self, **kwargs: Any) -> str:
        """The structure (no weights) as JSON; kwargs go to json.dumps."""
        return config_to_json(self._described(), **kwargs)

    def to_yaml(self, **kwargs: Any) -> str:
        """The structure (no weights) as YAML; kwargs go to yaml.safe_dump."""
        return config_to_yaml(self._described(), **kwargs)

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

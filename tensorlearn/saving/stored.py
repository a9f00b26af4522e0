"""What a weight file says it holds, before its values are read."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tensorlearn.wording import say


class StoredLayer(NamedTuple):
    """A layer's name and its weights: (name, something with `shape` and values)."""

    name: str
    weights: list[tuple[str, Any]]

    @property
    def size(self) -> int:
        """The number of values that are declared."""
        return sum(int(np.prod(d.shape, dtype=object)) for _, d in self.weights)

    def read(self, limit: int) -> list[Any]:
        """The arrays; ValueError if more than `limit` values are declared."""
        if self.size > limit:
            raise ValueError(
                say(
                    "the file declares {got} values for layer {name!r}, whose weights in "
                    "this model have {limit}; they were not read",
                    got=self.size,
                    name=self.name,
                    limit=limit,
                )
            )
        try:
            return [np.asarray(d[()]) for _, d in self.weights]
        except (OSError, RuntimeError, ValueError) as error:
            raise ValueError(
                say(
                    "the weights of layer {name!r} are damaged in the file: {reason}",
                    name=self.name,
                    reason=error,
                )
            ) from error


class Stored(NamedTuple):
    """All layers of a file, the Keras version that wrote it, and the backend."""

    layers: list[StoredLayer]
    version: str
    backend: str | None

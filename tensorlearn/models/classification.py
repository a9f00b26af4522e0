"""What a stack of layers that classifies can say: probabilities and classes."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tensorlearn.wording import say


class ClassPredictions:
    """The methods of Sequential that read its output as probabilities."""

    def predict_proba(
        self, x: Any, batch_size: int | None = None, verbose: int = 0
    ) -> Any:
        """`predict`, with a warning if the outputs cannot be probabilities."""
        found = self.predict(x, batch_size, verbose)  # type: ignore[attr-defined]
        if found.min() < 0.0 or found.max() > 1.0:
            warnings.warn(
                say(
                    "predict_proba: the outputs are not probabilities (they lie in "
                    "{low:.4g}..{high:.4g}); end the model with a softmax or sigmoid",
                    low=float(found.min()),
                    high=float(found.max()),
                ),
                UserWarning,
                stacklevel=2,
            )
        return found

    def predict_classes(
        self, x: Any, batch_size: int | None = None, verbose: int = 0
    ) -> Any:
        """The class of every sample.   (N, ..., C) -> (N, ...), or (N, 1) with one unit

        The largest of several outputs; of a single one, whether it is above one half.
        """
        found = self.predict(x, batch_size, verbose)  # type: ignore[attr-defined]
        if found.shape[-1] > 1:
            return found.argmax(axis=-1)
        return (found > 0.5).astype(np.int32)

"""`keras.regularizers` of Keras 1: two classes that are one now."""

from __future__ import annotations

from tensorlearn.regularizers import L1L2

__all__ = ["ActivityRegularizer", "WeightRegularizer"]

WeightRegularizer = L1L2
ActivityRegularizer = L1L2

"""Real data that comes with the package: nothing is ever downloaded.

Each dataset is a module with a `load_data` function, as in Keras, and a datasheet
beside its file in `data/`.
"""

from tensorlearn.datasets import digits, tang

__all__ = ["digits", "tang"]

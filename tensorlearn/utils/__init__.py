"""Small helpers around models and data, under their Keras names."""

from tensorlearn.models.summary import print_summary
from tensorlearn.progress import Progbar
from tensorlearn.utils.np_utils import normalize, to_categorical

__all__ = ["Progbar", "normalize", "print_summary", "to_categorical"]

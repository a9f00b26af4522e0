"""Getting sequences, texts and images into arrays, with the results of Keras 2.2.4."""

from tensorlearn.preprocessing import image, sequence, text

__all__ = ["image", "sequence", "text"]

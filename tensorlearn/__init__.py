"""tensorlearn: deep learning to read, in NumPy."""

__version__ = "0.1.0"

"""What only Keras 1 had, one file per module of it."""

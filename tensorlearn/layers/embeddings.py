"""Embedding: integers, such as numbers of words, to vectors that are learnt."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorlearn import ops
from tensorlearn.autograd import Parameter, Tensor
from tensorlearn.config import random_stream
from tensorlearn.declare.fields import arg, label
from tensorlearn.declare.kinds import Field
from tensorlearn.engine.layer import Layer
from tensorlearn.engine.shapes import is_shape
from tensorlearn.wording import say

__all__ = ["Embedding"]


class _Length(Field):
    wanted = "an integer, or a tuple of integers or None for inputs with more axes"
    bad = ("4", 1.5)

    def check(self, owner: Any, value: Any) -> Any:
        if value is None:
            return None
        if not is_shape(_listed(value)):
            raise self.refuse(owner, value, TypeError)
        return tuple(value) if isinstance(value, (list, tuple)) else int(value)


class Embedding(Layer):
    """Row i of a learnt table for every integer i.   (N, *T) -> (N, *T, output_dim)

    With mask_zero the integer 0 is padding: a mask goes along that says where it stands,
    and input_dim counts the 0. While training, dropout removes whole words: the row of a
    word is 0 everywhere in the batch, or divided by (1 - dropout) (Gal & Ghahramani 2016).
    No gradient flows to the integers.
    """

    input_dim: int = arg.positive_int("size of the vocabulary: largest integer + 1")
    output_dim: int = arg.positive_int("size of the vectors")
    embeddings: Parameter = arg.weight("uniform")
    activity_regularizer: Any = arg.regularizer()
    mask_zero: bool = arg.flag(False, "whether 0 is padding that is to be masked")
    input_length: Any = _Length(
        None, "length of the sequences, if all are equally long"
    )
    dropout: float = arg.rate(0.0, "fraction of the vocabulary to drop")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        length = _listed(kwargs.get("input_length"))
        if is_shape(length) and kwargs.get("batch_input_shape") is None:
            kwargs.setdefault("input_shape", tuple(length))
        super().__init__(*args, **kwargs)
        self._stream = random_stream() if self.dropout else None

    def _input_dtype(self) -> str:
        return "int32"

    @property
    def supports_masking(self) -> bool:  # type: ignore[override]
        """Whether a mask may come in; one goes out with mask_zero."""
        return self.mask_zero

    def build(self, shape: Any) -> None:
        """Make the table (input_dim, output_dim)."""
        self.add_weight("embeddings", (self.input_dim, self.output_dim))

    def call(self, x: Any, training: bool = False) -> Any:
        """The rows; ValueError for an integer outside of the table."""
        indices = self._indices(x)
        rows = ops.gather(
            self.embeddings, indices=indices
        )  # (V, D) by (N, T) -> (N, T, D)
        if not training or not self.dropout:
            return rows
        kept = 1 - self.dropout
        words = ops.random.bernoulli(
            self._stream, (self.input_dim,), kept, self.embeddings.dtype
        )
        words *= 1 / kept
        return rows * words[indices][..., None]  # (N, T, D) * (N, T, 1)

    def _indices(self, x: Any) -> Any:
        indices = x.data if isinstance(x, Tensor) else np.asarray(x)
        if indices.dtype.kind not in "iu":
            indices = indices.astype(np.int32)
        if indices.size:
            low, high = int(indices.min()), int(indices.max())
            if low < 0 or high >= self.input_dim:
                raise ValueError(
                    say(
                        "{owner}: the input holds the integer {worst}, but the table has "
                        "rows 0..{last}; {remedy}",
                        owner=label(self),
                        worst=low if low < 0 else high,
                        last=self.input_dim - 1,
                        remedy=say("negative integers have no row")
                        if low < 0
                        else say(
                            "pass input_dim={wanted} (largest integer + 1) or keep the "
                            "vocabulary smaller",
                            wanted=high + 1,
                        ),
                    )
                )
        return indices

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """True where the integer is not 0, if mask_zero; else None."""
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, shape: Any) -> Any:
        """(N, *T, output_dim); ValueError if input_length contradicts the shape."""
        if self.input_length is None:
            return (*shape, self.output_dim)
        lengths = _listed(self.input_length)
        fits = len(lengths) == len(shape) - 1 and all(
            None in (n, wanted) or n == wanted
            for n, wanted in zip(shape[1:], lengths, strict=True)
        )
        if not fits:
            raise ValueError(
                say(
                    '{owner}: "input_length" is {length}, but received input has shape '
                    "{shape}",
                    owner=label(self),
                    length=self.input_length,
                    shape=shape,
                )
            )
        known = [
            n if wanted is None else wanted
            for n, wanted in zip(shape[1:], lengths, strict=True)
        ]
        return (shape[0], *known, self.output_dim)

    def get_config(self) -> dict[str, Any]:
        """The arguments; dropout, which Keras 2 does not know, only where it is used."""
        config = super().get_config()
        if not self.dropout:
            del config["dropout"]
        return config


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, (list, tuple)) else [value]

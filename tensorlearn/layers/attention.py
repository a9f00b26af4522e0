"""Attention: every step looks at all others and takes what it needs.

Younger than Keras 2.2.4; arguments and weights are those of tf.keras.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorlearn import ops
from tensorlearn.autograd import Parameter, Tensor
from tensorlearn.config import random_stream
from tensorlearn.declare.fields import arg, label
from tensorlearn.engine.layer import Layer
from tensorlearn.engine.shapes import is_shape
from tensorlearn.layers.core import known_length
from tensorlearn.ops import attention
from tensorlearn.wording import say

__all__ = ["Attention", "MultiHeadAttention"]


class _Attending(Layer):
    """Inputs [query, value] or [query, value, key], in which T queries look at S values."""

    supports_masking = True

    dropout: float = arg.rate(0.0, "fraction of the attention to drop")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stream = random_stream()

    def check_shape(self, input_shape: Any) -> None:
        """Raise ValueError unless there are two or three sequences."""
        shapes = [] if is_shape(input_shape) else input_shape
        if len(shapes) not in (2, 3) or any(len(s) != 3 for s in shapes):
            raise ValueError(
                say(
                    "{owner}: the inputs must be [query, value] or [query, value, key], "
                    "each (batch, steps, features), got {shapes}",
                    owner=label(self),
                    shapes=input_shape,
                )
            )

    def attend(self, scores: Any, allowed: Any, training: bool) -> Any:
        """Scores to weights that add up to 1 over the last axis, 0 where not allowed."""
        weights = attention.weights_of(scores, allowed)
        if training and self.dropout:
            weights = ops.random.dropout(weights, self.dropout, self._stream)
        return weights

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the queries."""
        return mask[0] if isinstance(mask, list) else None


def _causal(queries: int, steps: int) -> Any:
    """True where the value is not later than the query.   (1, T, S)"""
    return np.tri(queries, steps, dtype=bool)[None]


def _projected(x: Any, kernel: Any, bias: Any = None) -> Any:
    """(N, T, D), (D, U), (U,) -> (N, T, U)"""
    return x @ kernel if bias is None else ops.affine(x, kernel, bias)


class Attention(_Attending):
    """``softmax(query @ key.T) @ value``.   (N, T, D), (N, S, V), (N, S, D) -> (N, T, V)

    Called on [query, value] (the values are their own keys) or [query, value, key].
    score_mode "concat" scores by Σ tanh(query + key) instead. Luong et al. 2015.
    """

    positional = ("use_scale", "score_mode")

    use_scale: bool = arg.flag(
        False, "whether scores are multiplied by a learnt number"
    )
    score_mode: str = arg.choice("dot", "concat", default="dot", doc="how to compare")
    scale: Parameter = arg.weight("ones", regularizer=False, constraint=False)
    concat_score_weight: Parameter = arg.weight(
        "ones", regularizer=False, constraint=False
    )

    def build(self, shape: Any) -> None:
        """Make the numbers that scale the scores, if wanted."""
        if self.use_scale:
            self.add_weight("scale", ())
        if self.score_mode == "concat":
            self.add_weight("concat_score_weight", ())

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: bool = False,
        use_causal_mask: bool = False,
        return_attention_scores: bool = False,
    ) -> Any:
        """What every query finds."""
        query, value = inputs[:2]
        scores = self._scores(query, inputs[-1])  # (N, T, S)
        query_mask, value_mask = mask[:2] if mask is not None else (None, None)
        allowed = None if value_mask is None else value_mask[:, None, :]
        if use_causal_mask:
            earlier = _causal(*scores.shape[1:])
            allowed = earlier if allowed is None else allowed & earlier
        weights = self.attend(scores, allowed, training)
        y = weights @ value  # (N, T, S) @ (N, S, V)
        if query_mask is not None:
            y = y * query_mask[..., None]
        return [y, weights] if return_attention_scores else y

    def _scores(self, query: Any, key: Any) -> Any:
        if self.score_mode == "dot":
            scores = query @ ops.swapaxes(key, 1, 2)
            return scores * self.scale if self.use_scale else scores
        pairs = ops.expand_dims(query, 2) + ops.expand_dims(key, 1)  # (N, T, S, D)
        pairs = pairs * self.scale if self.use_scale else pairs
        return ops.tanh(pairs).sum(axis=-1) * self.concat_score_weight

    def compute_output_shape(self, shapes: Any) -> Any:
        """(N, T, V)."""
        self.check_shape(shapes)
        return (*shapes[0][:-1], shapes[1][-1])

    def get_config(self) -> dict[str, Any]:
        """The arguments that tf.keras knows."""
        config = super().get_config()
        for name in ("scale_initializer", "concat_score_weight_initializer"):
            del config[name]
        return config


class MultiHeadAttention(_Attending):
    """Several attentions side by side, each in a projection of its own.

    layer(query, value[, key]): (N, T, D), (N, S, E) -> (N, T, D)

    Every head scores by ``query @ key.T / sqrt(key_dim)``; what the heads find is mixed by
    a last projection (Vaswani et al. 2017).
    """

    positional = ("num_heads", "key_dim", "value_dim")

    num_heads: int = arg.positive_int("how many attentions")
    key_dim: int = arg.positive_int("size of a query and a key in each head")
    value_dim: int = arg.positive_int("size of a value in each head; as key_dim", None)
    use_bias: bool = arg.flag(True, "whether the projections add a bias")
    kernel_initializer: Any = arg.initializer("glorot_uniform", "how the kernels start")
    bias_initializer: Any = arg.initializer("zeros", "how the biases start")
    kernel_regularizer: Any = arg.regularizer("penalty on the kernels")
    bias_regularizer: Any = arg.regularizer("penalty on the biases")
    activity_regularizer: Any = arg.regularizer()
    kernel_constraint: Any = arg.constraint(
        "projection of the kernels after every update"
    )
    bias_constraint: Any = arg.constraint("projection of the biases after every update")

    def __call__(
        self, query: Any, value: Any = None, key: Any = None, **kwargs: Any
    ) -> Any:
        """Attend; one list [query, value, key] will do as well."""
        if value is None:
            return super().__call__(query, **kwargs)
        inputs = [query, value] if key is None else [query, value, key]
        return super().__call__(inputs, **kwargs)

    def build(self, shape: Any) -> None:
        """Make kernels (D, H, K), biases (H, K) of query, key, value; then (H, V, D)."""
        heads, size = self.num_heads, self.key_dim
        value_size = self.value_dim or size
        width, value_width = (known_length(self, s, -1) for s in shape[:2])
        self._projection("query", (width, heads, size), (heads, size))
        self._projection(
            "key", (known_length(self, shape[-1], -1), heads, size), (heads, size)
        )
        self._projection("value", (value_width, heads, value_size), (heads, value_size))
        self._projection("attention_output", (heads, value_size, width), (width,))

    def _projection(self, name: str, kernel: Any, bias: Any) -> None:
        pair = [
            self.add_weight(
                f"{name}_kernel",
                kernel,
                initializer=self.kernel_initializer,
                regularizer=self.kernel_regularizer,
                constraint=self.kernel_constraint,
            )
        ]
        if self.use_bias:
            pair.append(
                self.add_weight(
                    f"{name}_bias",
                    bias,
                    initializer=self.bias_initializer,
                    regularizer=self.bias_regularizer,
                    constraint=self.bias_constraint,
                )
            )
        setattr(self, f"_{name}", pair)

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: bool = False,
        attention_mask: Any = None,
        use_causal_mask: bool = False,
        return_attention_scores: bool = False,
    ) -> Any:
        """What every query finds, all heads mixed."""
        query = self._heads(inputs[0], self._query)  # (N, H, T, K)
        key = self._heads(inputs[-1], self._key)  # (N, H, S, K)
        value = self._heads(inputs[1], self._value)  # (N, H, S, V)
        scale = 1 / math.sqrt(self.key_dim)
        shape = (query.shape[0], query.shape[2], key.shape[2])  # (N, T, S)
        allowed = self._allowed(shape, mask, attention_mask, use_causal_mask)
        if not (return_attention_scores or (training and self.dropout)):
            found = attention.attend(query, key, value, scale=scale, allowed=allowed)
            return self._mixed(found)
        scores = query * scale @ ops.swapaxes(key, 2, 3)
        weights = self.attend(scores, allowed, training)  # (N, H, T, S)
        y = self._mixed(weights @ value)
        return [y, weights] if return_attention_scores else y

    def _heads(self, x: Any, pair: Any) -> Any:
        """A projection, heads apart.   (N, T, D) -> (N, H, T, K)"""
        kernel, *bias = pair
        size = kernel.shape[1:]
        flat = ops.reshape(kernel, shape=(kernel.shape[0], -1))  # (D, H, K) -> (D, H*K)
        y = _projected(x, flat, *(ops.reshape(b, shape=(-1,)) for b in bias))
        y = ops.reshape(y, shape=(*x.shape[:2], *size))  # (N, T, H, K)
        return ops.transpose(y, axes=(0, 2, 1, 3))

    def _mixed(self, found: Any) -> Any:
        """The last projection, of all heads together.   (N, H, T, V) -> (N, T, D)"""
        kernel, *bias = self._attention_output
        found = ops.transpose(found, axes=(0, 2, 1, 3))  # (N, T, H, V)
        flat = ops.reshape(kernel, shape=(-1, kernel.shape[-1]))  # (H*V, D)
        rows = ops.reshape(found, shape=(*found.shape[:2], flat.shape[0]))
        return _projected(rows, flat, *bias)

    def _allowed(self, shape: Any, mask: Any, given: Any, causal: bool) -> Any:
        """Which query may look at which key, from all that was said.   (N, 1, T, S)"""
        parts = [] if given is None else [self._fitting(given, shape)]
        for position, m in enumerate(mask or ()):
            if m is not None:
                parts.append(m[:, None, :] if position else m[:, :, None])
        if causal:
            parts.append(_causal(*shape[1:]))
        if not parts:
            return None
        return np.expand_dims(np.logical_and.reduce(np.broadcast_arrays(*parts)), 1)

    def _fitting(self, given: Any, shape: Any) -> Any:
        """The `attention_mask` of a call, which must broadcast to (N, T, S)."""
        found = np.asarray(given.data if isinstance(given, Tensor) else given)
        pairs = zip(reversed(found.shape), reversed(shape), strict=False)
        if not 2 <= found.ndim <= 3 or any(n not in (1, wanted) for n, wanted in pairs):
            raise ValueError(
                say(
                    "{owner}: `attention_mask` must have the shape (N, T, S) = {wanted} of "
                    "batch, queries and keys, got {got}",
                    owner=label(self),
                    wanted=tuple(shape),
                    got=found.shape,
                )
            )
        return (found if found.ndim == 3 else found[None]).astype(bool)

    def compute_output_shape(self, shapes: Any) -> Any:
        """The shape of the query."""
        self.check_shape(shapes)
        return tuple(shapes[0])

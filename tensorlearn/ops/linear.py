"""Products of matrices and tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorlearn.autograd.primitive import Primitive, implements, primitive
from tensorlearn.ops.shape import broadcast_to, expand_dims, reshape, swapaxes, transpose
from tensorlearn.wording import say


def _matmul(a: Any, b: Any) -> Any:
    try:
        if a.ndim > 2 and b.ndim == 2:  # one tall product instead of many small ones
            rows = np.matmul(a.reshape(-1, a.shape[-1]), b)
            return rows.reshape(*a.shape[:-1], b.shape[1])
        return np.matmul(a, b)
    except (ValueError, AttributeError) as error:
        raise ValueError(
            say(
                "matmul: the last axis of {a} must match the second-to-last of {b}",
                a=np.shape(a),
                b=np.shape(b),
            )
        ) from error


def _to_left(g: Any, _y: Any, a: Any, b: Any) -> Any:
    if b.ndim == 1:
        return expand_dims(g, -1) * b  # (..., M) by (K) -> (..., M, K)
    if a.ndim == 1:
        return matmul(expand_dims(g, -2), swapaxes(b, -1, -2))[..., 0, :]
    return matmul(g, swapaxes(b, -1, -2))


def _to_right(g: Any, _y: Any, a: Any, b: Any) -> Any:
    if a.ndim == 1:
        return expand_dims(a, -1) * (expand_dims(g, -2) if b.ndim > 1 else g)
    if b.ndim == 1:
        return matmul(swapaxes(a, -1, -2), expand_dims(g, -1))[..., 0]
    if b.ndim == 2 and a.ndim > 2:
        a = reshape(a, shape=(-1, a.shape[-1]))  # (*B, M, K) -> (B*M, K)
        g = reshape(g, shape=(-1, g.shape[-1]))  # (*B, M, N) -> (B*M, N)
    return matmul(swapaxes(a, -1, -2), g)


matmul = implements(np.matmul)(
    Primitive("matmul", _matmul, (_to_left, _to_right), broadcasts=True)
)
matmul.__doc__ = "Matrix product of the last two axes.   (..., M, K) @ (..., K, N) -> (..., M, N)"


@implements(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Sum over the paired `axes` (or the last and first so many).

    (*A, *K) and (*K, *B) -> (*A, *B)
    """
    if isinstance(axes, int):
        axes = (range(a.ndim - axes, a.ndim), range(axes))
    left, right = ([int(i) for i in np.atleast_1d(list_)] for list_ in map(_listed, axes))
    left, right = [i % a.ndim for i in left], [i % b.ndim for i in right]
    keep_a = [i for i in range(a.ndim) if i not in left]
    keep_b = [i for i in range(b.ndim) if i not in right]
    if [a.shape[i] for i in left] != [b.shape[i] for i in right]:
        raise ValueError(
            say(
                "tensordot: axes {left} of {a} and {right} of {b} differ in length",
                left=left,
                a=a.shape,
                right=right,
                b=b.shape,
            )
        )
    depth = int(np.prod([a.shape[i] for i in left]))
    rows = reshape(transpose(a, axes=(*keep_a, *left)), shape=(-1, depth))
    columns = reshape(transpose(b, axes=(*right, *keep_b)), shape=(depth, -1))
    shape = (*(a.shape[i] for i in keep_a), *(b.shape[i] for i in keep_b))
    return reshape(matmul(rows, columns), shape=shape)


def _listed(axis: Any) -> Any:
    return [axis] if isinstance(axis, int) else list(axis)


def dot(a: Any, b: Any) -> Any:
    """Last axis of a with the second-to-last of b (its only one, if it has one)."""
    if not a.ndim or not b.ndim:
        return a * b
    return tensordot(a, b, ([a.ndim - 1], [max(b.ndim - 2, 0)]))


@implements(np.outer)
def outer(a: Any, b: Any) -> Any:
    """Every element of a times every element of b.   (M,), (N,) -> (M, N)"""
    return reshape(a, shape=(-1, 1)) * reshape(b, shape=(1, -1))


implements(np.dot)(dot)


# ---- einsum ----


@primitive
def _einsum(*operands: Any, subscripts: str) -> Any:
    return np.einsum(subscripts, *operands, optimize=len(operands) > 2)


@_einsum.joint_pullback
def _(g: Any, _y: Any, *operands: Any, subscripts: str) -> Any:
    left, out = subscripts.split("->")
    terms = left.split(",")
    result = []
    for i, term in enumerate(terms):
        others = [t for j, t in enumerate(terms) if j != i]
        known = set(out).union(*others)
        found = "".join(letter for letter in term if letter in known)
        part = einsum(
            ",".join([out, *others]) + "->" + found,
            g,
            *(x for j, x in enumerate(operands) if j != i),
        )
        kept = [
            n if letter in known else 1
            for letter, n in zip(term, operands[i].shape, strict=True)
        ]
        part = reshape(part, shape=tuple(kept))  # letters summed in this term alone
        result.append(broadcast_to(part, shape=operands[i].shape))
    return result


def einsum(subscripts: str, *operands: Any) -> Any:
    """Einstein's summation, e.g. "bij,bjk->bik"; no ellipsis, no letter twice in a term."""
    text = subscripts.replace(" ", "")
    terms = text.split("->")[0].split(",")
    if "." in text or any(len(set(term)) != len(term) for term in terms):
        raise ValueError(
            say(
                "einsum: `subscripts` may have no ellipsis and no letter twice in one "
                "term, got {subscripts!r}",
                subscripts=subscripts,
            )
        )
    if len(terms) != len(operands):
        raise ValueError(
            say(
                "einsum: {subscripts!r} describes {wanted} operands, got {got}",
                subscripts=subscripts,
                wanted=len(terms),
                got=len(operands),
            )
        )
    if "->" not in text:
        letters = "".join(terms)
        text += "->" + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    return _einsum(*operands, subscripts=text)


implements(np.einsum)(lambda subscripts, *operands: einsum(subscripts, *operands))

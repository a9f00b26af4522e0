"""Products of matrices and tensors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorlearn.autograd.primitive import Primitive, primitive
from tensorlearn.operators import implements
from tensorlearn.ops.shape import (
    broadcast_to,
    expand_dims,
    reshape,
    size_of,
    sum_to,
    swapaxes,
    transpose,
)
from tensorlearn.parallel import each, one_blas_thread
from tensorlearn.wording import say

# ---- products of arrays, on several threads ----

_TINY = 1 << 17
"""Multiplications below which BLAS starts no threads: nothing needs to be arranged."""
_SHARE = 1 << 23
"""Multiplications worth a thread's while: 0.2 ms, twice what it may need to wake."""
_SHARES = 4
"""Parts at most: each reads one of the factors anew."""


def product(a: Any, b: Any) -> Any:
    """a @ b of matrices, in parts of rows or columns.   (M, K) @ (K, N) -> (M, N)"""
    (m, k), n = a.shape, b.shape[1]
    if m * k * n < _TINY:
        return np.matmul(a, b)
    parts = _parts(max(m, n), m * k * n)
    if len(parts) < 2 or a.shape[1] != b.shape[0]:
        return _in_one(a, b)
    y = np.empty((m, n), np.result_type(a, b))
    if m >= n:
        each(lambda rows: np.matmul(a[rows], b, out=y[rows]), parts)
    else:
        each(lambda some: np.matmul(a, b[:, some], out=y[:, some]), parts)
    return y


def _in_one(a: Any, b: Any) -> Any:
    with one_blas_thread:
        return np.matmul(a, b)


def _parts(length: int, work: int) -> list[slice]:
    """0..length in parts of some sixteens, each with its share of the work."""
    count = min(_SHARES, work // _SHARE) or 1
    step = -(-length // (16 * count)) * 16
    return [slice(i, min(i + step, length)) for i in range(0, length, step)]


def _stacked(a: Any, b: Any) -> Any:
    """np.matmul of stacks of matrices, in parts of the first axis."""
    shape = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    work = math.prod(shape) * a.shape[-2] * a.shape[-1] * b.shape[-1]
    if work < 2 * _SHARE or a.shape[-1] != b.shape[-2]:
        return np.matmul(a, b) if work < _TINY else _in_one(a, b)
    a, b = (np.broadcast_to(v, shape + v.shape[-2:]) for v in (a, b))
    y = np.empty((*shape, a.shape[-2], b.shape[-1]), np.result_type(a, b))
    step = -(-shape[0] // min(_SHARES, work // _SHARE))
    parts = [slice(i, i + step) for i in range(0, shape[0], step)]
    each(lambda some: np.matmul(a[some], b[some], out=y[some]), parts)
    return y


def _matmul(a: Any, b: Any) -> Any:
    try:
        if a.ndim == b.ndim == 2:
            return product(a, b)
        if a.ndim > 2 and b.ndim == 2:  # one tall product instead of many small ones
            tall = a.reshape(
                math.prod(a.shape[:-1]), a.shape[-1]
            )  # (*B, M, K) -> (B*M, K)
            return product(tall, b).reshape(*a.shape[:-1], b.shape[1])
        return np.matmul(a, b) if min(a.ndim, b.ndim) < 2 else _stacked(a, b)
    except (ValueError, AttributeError) as error:
        raise ValueError(
            say(
                "matmul: the last axis of {a} must match the second-to-last of {b}",
                a=np.shape(a),
                b=np.shape(b),
            )
        ) from error


# ---- as an operation ----


def _to_left(g: Any, _y: Any, a: Any, b: Any) -> Any:
    if a.ndim == b.ndim == 2:
        return _times(g, b.T)
    if b.ndim == 1:
        return expand_dims(g, -1) * b  # (..., M) by (K) -> (..., M, K)
    if a.ndim == 1:
        return matmul(expand_dims(g, -2), swapaxes(b, -1, -2))[..., 0, :]
    return matmul(g, swapaxes(b, -1, -2))


def _to_right(g: Any, _y: Any, a: Any, b: Any) -> Any:
    if a.ndim == b.ndim == 2:
        return _times(a.T, g)
    if b.ndim == 1:
        return a * expand_dims(g, -1)  # (..., K) by (...) -> (..., K)
    if a.ndim == 1:
        return expand_dims(a, -1) * expand_dims(g, -2)  # (K) by (..., N) -> (..., K, N)
    if b.ndim == 2 and a.ndim > 2:
        rows = math.prod(a.shape[:-1])
        a = reshape(a, shape=(rows, a.shape[-1]))  # (*B, M, K) -> (B*M, K)
        g = reshape(g, shape=(rows, g.shape[-1]))  # (*B, M, N) -> (B*M, N)
    return matmul(swapaxes(a, -1, -2), g)


def _times(a: Any, b: Any) -> Any:
    """a @ b of two matrices, arrays or Tensors."""
    arrays = type(a) is np.ndarray and type(b) is np.ndarray
    return product(a, b) if arrays else a @ b


matmul = implements(np.matmul)(
    Primitive("matmul", _matmul, (_to_left, _to_right), broadcasts=True)
)
matmul.__doc__ = (
    "Matrix product of the last two axes.   (..., M, K) @ (..., K, N) -> (..., M, N)"
)


@primitive
def affine(x: Any, kernel: Any, bias: Any) -> Any:
    """x @ kernel + bias, in one piece.   (..., M, D), (D, U), (U,) -> (..., M, U)"""
    y = _matmul(x, kernel)
    y += bias
    return y


@affine.pullback(0)
def _(g: Any, _y: Any, x: Any, kernel: Any, _bias: Any) -> Any:
    return _to_left(g, None, x, kernel)


@affine.pullback(1)
def _(g: Any, _y: Any, x: Any, kernel: Any, _bias: Any) -> Any:
    return _to_right(g, None, x, kernel)


@affine.pullback(2)
def _(g: Any, *_: Any) -> Any:
    return sum_to(g, shape=g.shape[-1:])


@implements(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Sum over the paired `axes` (or the last and first so many).

    (*A, *K) and (*K, *B) -> (*A, *B)
    """
    if isinstance(axes, (int, np.integer)):
        axes = (tuple(range(a.ndim - axes, a.ndim)), tuple(range(axes)))
    left = np.lib.array_utils.normalize_axis_tuple(axes[0], a.ndim)
    right = np.lib.array_utils.normalize_axis_tuple(axes[1], b.ndim)
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
    shape_a = tuple(a.shape[i] for i in keep_a)
    shape_b = tuple(b.shape[i] for i in keep_b)
    depth = size_of(tuple(a.shape[i] for i in left))
    a = transpose(a, axes=(*keep_a, *left))  # -> (*A, *K)
    b = transpose(b, axes=(*right, *keep_b))  # -> (*K, *B)
    rows = reshape(a, shape=(size_of(shape_a), depth))
    columns = reshape(b, shape=(depth, size_of(shape_b)))
    return reshape(matmul(rows, columns), shape=shape_a + shape_b)


def dot(a: Any, b: Any) -> Any:
    """Last axis of a with the second-to-last of b (its only one, if it has one)."""
    if not np.ndim(a) or not np.ndim(b):
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
    for i, (term, x) in enumerate(zip(terms, operands, strict=True)):
        others = terms[:i] + terms[i + 1 :]
        known = set(out).union(*others)
        found = "".join(letter for letter in term if letter in known)
        part = einsum(
            ",".join([out, *others]) + "->" + found,
            g,
            *operands[:i],
            *operands[i + 1 :],
        )
        kept = tuple(
            n if letter in known else 1
            for letter, n in zip(term, np.shape(x), strict=True)
        )  # letters that this term alone has were summed
        result.append(broadcast_to(reshape(part, shape=kept), shape=np.shape(x)))
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
    lengths: dict[str, int] = {}
    for term, x in zip(terms, operands, strict=True):
        known = {c: n for c, n in zip(term, np.shape(x), strict=False) if n is not None}
        clash = any(lengths.setdefault(c, n) != n for c, n in known.items())
        if clash or len(term) != np.ndim(x):
            raise ValueError(
                say(
                    "einsum: {term!r} in {subscripts!r} does not fit shape {shape}",
                    term=term,
                    subscripts=subscripts,
                    shape=np.shape(x),
                )
            )
    if "->" not in text:
        letters = "".join(terms)
        text += "->" + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    return _einsum(*operands, subscripts=text)


@implements(np.einsum)
def _(subscripts: str, *operands: Any, optimize: Any = None) -> Any:
    return einsum(subscripts, *operands)

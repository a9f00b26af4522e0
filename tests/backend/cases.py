"""What every value function of the backend must give, by NumPy's account.

`CASES[name]` is a list of `Case`s: positional arguments, keywords, and the expected
result. Arrays among the arguments are what the test turns into Tensors and Symbols.
"""

import numpy as np

from tests.backend.convolution_cases import CONVOLUTIONS
from tests.backend.tables import (
    CLASSES,
    IMAGE,
    ONE_HOT,
    SCORES,
    VOLUME,
    A,
    B,
    Case,
    P,
    X,
    Y,
    case,
)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def reduction(function, **more):
    return [
        case(A, expected=function(A), **more),
        case(A, axis=1, expected=function(A, axis=1), **more),
        case(X, axis=[1, 2], expected=function(X, axis=(1, 2)), **more),
        case(A, 0, True, expected=function(A, axis=0, keepdims=True), **more),
    ]


CASES: dict[str, list[Case]] = {
    # ---- variables ----
    "zeros_like": [case(A, expected=np.zeros_like(A))],
    "ones_like": [case(A, expected=np.ones_like(A))],
    "identity": [case(A, expected=A)],
    "shape": [case(X, expected=np.array([2, 4, 3]))],
    "cast": [case(A, "int32", expected=A.astype("int32"))],
    "to_dense": [case(A, expected=A)],
    "print_tensor": [case(A, "A = ", expected=A)],
    # ---- elementwise ----
    "square": [case(A, expected=A**2), case(3.0, expected=9.0)],
    "abs": [case(A, expected=np.abs(A))],
    "sqrt": [case(P, expected=np.sqrt(P)), case(A, expected=np.sqrt(np.maximum(A, 0)))],
    "exp": [case(A, expected=np.exp(A))],
    "log": [case(P, expected=np.log(P))],
    "round": [case(np.array([0.5, 1.5, -2.6], "f"), expected=[0, 2, -3])],
    "sign": [case(np.array([-2.0, 0, 3], "f"), expected=[-1, 0, 1])],
    "pow": [case(P, 3, expected=P**3), case(P, A, expected=P**A)],
    "clip": [
        case(A, -1, 1, expected=np.clip(A, -1, 1)),
        case(A, 0.5, None, expected=np.maximum(A, 0.5)),
        case(A, 1, -1, expected=np.ones_like(A)),
        case(A, B, 9.0, expected=np.maximum(A, B)),
    ],
    "sin": [case(A, expected=np.sin(A))],
    "cos": [case(A, expected=np.cos(A))],
    "maximum": [case(A, B, expected=np.maximum(A, B)), case(0, A, expected=A.clip(0))],
    "minimum": [
        case(A, B, expected=np.minimum(A, B)),
        case(A, 0.0, expected=A.clip(-9, 0)),
    ],
    "equal": [case(A, A, expected=A == A), case(A, B, expected=A == B)],
    "not_equal": [case(A, B, expected=A != B)],
    "greater": [case(A, B, expected=A > B), case(A, 0.5, expected=A > 0.5)],
    "greater_equal": [case(A, A, expected=A >= A)],
    "less": [case(A, B, expected=A < B)],
    "less_equal": [case(A, A, expected=A <= A)],
    # ---- reductions ----
    "max": reduction(np.max),
    "min": reduction(np.min),
    "sum": reduction(np.sum),
    "prod": reduction(np.prod, rtol=1e-4),
    "mean": [*reduction(np.mean), case(A > 0, expected=(A > 0).mean())],
    "var": reduction(np.var),
    "std": reduction(np.std),
    "logsumexp": [
        case(A, expected=np.log(np.exp(A).sum())),
        case(A, axis=1, expected=np.log(np.exp(A).sum(1))),
        case(A * 1000, axis=-1, expected=(A * 1000).max(-1), rtol=1e-3),
    ],
    "any": [case(A > 0, axis=1, expected=(A > 0).any(1)), case(A, expected=True)],
    "all": [case(A > 0, axis=0, expected=(A > 0).all(0)), case(A * 0, expected=False)],
    "argmax": [case(A, expected=A.argmax(-1)), case(A, axis=0, expected=A.argmax(0))],
    "argmin": [case(A, expected=A.argmin(-1))],
    "cumsum": [case(A, expected=A.cumsum(0)), case(A, axis=1, expected=A.cumsum(1))],
    "cumprod": [
        case(A, expected=A.cumprod(0)),
        case(A, axis=-1, expected=A.cumprod(1)),
    ],
    # ---- products ----
    "dot": [
        case(A, A.T, expected=A @ A.T),
        case(X, Y[0], expected=X @ Y[0]),
        case(X, Y, expected=np.dot(X, Y), rtol=1e-4),
    ],
    "batch_dot": [
        case(X, Y, expected=X @ Y),
        case(X, X, axes=(2, 2), expected=np.einsum("nik,njk->nij", X, X)),
        case(X, Y, axes=[2, 1], expected=X @ Y),
        case(X, A, axes=(2, 1), expected=np.einsum("nik,nk->ni", X, A)),
        case(A, X, axes=(1, 2), expected=np.einsum("nk,nik->ni", A, X)),
        case(A, B, axes=1, expected=(A * B).sum(1, keepdims=True)),
        case(X, X, axes=1, expected=np.einsum("nki,nkj->nij", X, X)),
        case(
            IMAGE,
            np.swapaxes(IMAGE, -1, -2),
            expected=IMAGE @ np.swapaxes(IMAGE, -1, -2),
            rtol=1e-4,
        ),
    ],
    "gather": [
        case(A, np.array([[1, 0], [0, 0]]), expected=A[[[1, 0], [0, 0]]]),
        case(A, [1, 1], expected=A[[1, 1]]),
    ],
    # ---- shape ----
    "concatenate": [
        case([A, B], expected=np.concatenate([A, B], -1)),
        case([A, B], axis=0, expected=np.concatenate([A, B], 0)),
    ],
    "stack": [
        case([A, B], expected=np.stack([A, B])),
        case([A, B], axis=2, expected=np.stack([A, B], 2)),
    ],
    "reshape": [
        case(X, (2, 12), expected=X.reshape(2, 12)),
        case(X, (-1, 6), expected=X.reshape(-1, 6)),
    ],
    "flatten": [case(X, expected=X.ravel())],
    "batch_flatten": [case(X, expected=X.reshape(2, 12))],
    "expand_dims": [case(A, expected=A[..., None]), case(A, 1, expected=A[:, None])],
    "squeeze": [case(A[:, None], 1, expected=A)],
    "transpose": [case(X, expected=X.T)],
    "permute_dimensions": [case(X, (2, 0, 1), expected=X.transpose(2, 0, 1))],
    "reverse": [
        case(A, 1, expected=A[:, ::-1]),
        case(X, [0, 2], expected=X[::-1, :, ::-1]),
    ],
    "tile": [case(A, [2, 3], expected=np.tile(A, (2, 3)))],
    "repeat": [case(A, 4, expected=np.repeat(A[:, None], 4, 1))],
    "repeat_elements": [
        case(X, 2, 1, expected=np.repeat(X, 2, 1)),
        case(A, 3, axis=-1, expected=np.repeat(A, 3, -1)),
    ],
    "resize_images": [
        case(IMAGE, 2, 3, "channels_last", expected=IMAGE.repeat(2, 1).repeat(3, 2)),
        case(IMAGE, 2, 1, "channels_first", expected=IMAGE.repeat(2, 2)),
        case(
            np.array([[[[0.0], [1.0]], [[2.0], [4.0]]]], "f"),
            2,
            2,
            "channels_last",
            "bilinear",
            expected=np.array(
                [
                    [0, 0.5, 1, 1],
                    [1, 1.75, 2.5, 2.5],
                    [2, 3, 4, 4],
                    [2, 3, 4, 4],
                ]
            )[None, :, :, None],
        ),
    ],
    "resize_volumes": [
        case(
            VOLUME,
            1,
            2,
            3,
            "channels_last",
            expected=VOLUME.repeat(2, 2).repeat(3, 3),
        )
    ],
    "temporal_padding": [
        case(X, expected=np.pad(X, ((0, 0), (1, 1), (0, 0)))),
        case(X, (2, 0), expected=np.pad(X, ((0, 0), (2, 0), (0, 0)))),
    ],
    "spatial_2d_padding": [
        case(IMAGE, expected=np.pad(IMAGE, ((0, 0), (1, 1), (1, 1), (0, 0)))),
        case(
            IMAGE,
            ((1, 0), (0, 2)),
            "channels_first",
            expected=np.pad(IMAGE, ((0, 0), (0, 0), (1, 0), (0, 2))),
        ),
    ],
    "spatial_3d_padding": [
        case(VOLUME, expected=np.pad(VOLUME, ((0, 0), *[(1, 1)] * 3, (0, 0))))
    ],
    "slice": [
        case(X, [0, 1, 0], [2, 2, 1], expected=X[:, 1:3, :1]),
        case(X, (1, 0, 1), (1, -1, -1), expected=X[1:, :, 1:]),
    ],
    "one_hot": [
        case(np.array([[0, 2], [1, 1]]), 3, expected=np.eye(3)[[[0, 2], [1, 1]]])
    ],
    # ---- graph ----
    "stop_gradient": [case(A, expected=A)],
    "switch": [
        case(A > 0, A, B, expected=np.where(A > 0, A, B)),
        case(np.array([True, False]), A, B, expected=np.stack([A[0], B[1]])),
        case(np.array([[1.0], [0.0]], "f"), A, 0.0, expected=A * [[1.0], [0.0]]),
        case(np.array(1.0, "f"), A, B, expected=A),
    ],
    "in_train_phase": [
        case(A, B, training=1, expected=A),
        case(A, B, training=False, expected=B),
        case(A, B, expected=B),
    ],
    "in_test_phase": [
        case(A, B, training=True, expected=B),
        case(A, B, expected=A),
    ],
    # ---- networks ----
    "relu": [
        case(A, expected=A.clip(0)),
        case(A, alpha=0.1, expected=np.where(A > 0, A, 0.1 * A)),
        case(A, max_value=0.5, expected=A.clip(0, 0.5)),
        case(
            A,
            0.2,
            1.0,
            0.5,
            expected=np.where(A > 0.5, A.clip(-9, 1), 0.2 * (A - 0.5)),
        ),
    ],
    "elu": [case(A, 0.7, expected=np.where(A > 0, A, 0.7 * np.expm1(A)))],
    "softmax": [case(A, expected=softmax(A)), case(A, axis=0, expected=softmax(A.T).T)],
    "softplus": [case(A, expected=np.log1p(np.exp(A)))],
    "softsign": [case(A, expected=A / (1 + np.abs(A)))],
    "sigmoid": [case(A, expected=sigmoid(A))],
    "hard_sigmoid": [case(A * 2, expected=np.clip(0.4 * A + 0.5, 0, 1))],
    "tanh": [case(A, expected=np.tanh(A))],
    "l2_normalize": [
        case(A, axis=1, expected=A / np.linalg.norm(A, axis=1, keepdims=True)),
        case(A, expected=A / np.linalg.norm(A)),
    ],
    "categorical_crossentropy": [
        case(ONE_HOT, SCORES, expected=-np.log(SCORES[np.arange(4), CLASSES])),
        case(
            ONE_HOT,
            np.log(SCORES),
            from_logits=True,
            expected=-np.log(SCORES[np.arange(4), CLASSES]),
        ),
        case(
            ONE_HOT.T, SCORES.T, axis=0, expected=-np.log(SCORES[np.arange(4), CLASSES])
        ),
    ],
    "sparse_categorical_crossentropy": [
        case(CLASSES, SCORES, expected=-np.log(SCORES[np.arange(4), CLASSES])),
        case(CLASSES[:, None], SCORES, expected=-np.log(SCORES[np.arange(4), CLASSES])),
        case(
            CLASSES.reshape(2, 2),
            np.log(SCORES).reshape(2, 2, 3),
            from_logits=True,
            expected=-np.log(SCORES[np.arange(4), CLASSES]).reshape(2, 2),
        ),
        case(
            CLASSES,
            SCORES.T,
            axis=0,
            expected=-np.log(SCORES[np.arange(4), CLASSES]),
        ),
    ],
    "binary_crossentropy": [
        case(
            ONE_HOT,
            SCORES,
            expected=-(ONE_HOT * np.log(SCORES) + (1 - ONE_HOT) * np.log1p(-SCORES)),
            rtol=1e-4,
        ),
        case(
            (A > 0).astype("f"),
            B,
            from_logits=True,
            expected=-np.log(np.where(A > 0, sigmoid(B), 1 - sigmoid(B))),
        ),
    ],
    "in_top_k": [
        case(SCORES, CLASSES, 1, expected=SCORES.argmax(-1) == CLASSES),
        case(SCORES, CLASSES, 3, expected=[True] * 4),
        case(np.ones((1, 3), "f"), np.array([2]), 1, expected=[True]),
    ],
    "normalize_batch_in_training": [
        case(
            X,
            P[0],
            B[0],
            [0, 1],
            expected=(
                (X - X.mean((0, 1))) / np.sqrt(X.var((0, 1)) + 1e-3) * P[0] + B[0],
                X.mean((0, 1)),
                X.var((0, 1)),
            ),
        ),
        case(
            X,
            None,
            None,
            [0, 2],
            epsilon=0.1,
            expected=(
                (X - X.mean((0, 2), keepdims=True))
                / np.sqrt(X.var((0, 2), keepdims=True) + 0.1),
                X.mean((0, 2)),
                X.var((0, 2)),
            ),
        ),
    ],
    "batch_normalization": [
        case(
            X,
            A[0],
            P[0],
            B[0],
            P[1],
            expected=(X - A[0]) / np.sqrt(P[0] + 1e-3) * P[1] + B[0],
        ),
        case(
            np.moveaxis(X, -1, 1),
            A[0],
            P[0],
            None,
            None,
            axis=1,
            epsilon=0.5,
            expected=np.moveaxis((X - A[0]) / np.sqrt(P[0] + 0.5), -1, 1),
        ),
    ],
    "bias_add": [
        case(X, A[0], expected=X + A[0]),
        case(
            np.moveaxis(IMAGE, -1, 1),
            A[0],
            data_format="channels_first",
            expected=np.moveaxis(IMAGE + A[0], -1, 1),
        ),
        case(
            np.moveaxis(X, -1, 1),
            X[0],
            data_format="channels_first",
            expected=np.moveaxis(X + X[0], -1, 1),
        ),
    ],
    # ---- loops ----
    "map_fn": [
        case(lambda x: x * 2, A, expected=A * 2),
        case(lambda pair: pair[0] + pair[1], (A, B), expected=A + B),
    ],
    "foldl": [
        case(lambda total, x: total - x, X, expected=X[0] - X[1]),
        case(
            lambda total, x: total * 2 + x,
            X,
            B[0],
            expected=(B[0] * 2 + X[0]) * 2 + X[1],
        ),
    ],
    "foldr": [case(lambda total, x: total - x, X, expected=X[1] - X[0])],
}
CASES |= CONVOLUTIONS

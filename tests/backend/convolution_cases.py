"""What convolutions and pooling must give, by loops over places."""

import numpy as np

from tests.backend.tables import IMAGE, VOLUME, Case, X, case, rng


def correlate(x, kernel, stride=1, dilation=1, depthwise=False):
    """A valid convolution over all axes of space, by a loop over places."""
    rank = x.ndim - 2
    size = kernel.shape[:rank]
    spans = [(k - 1) * dilation + 1 for k in size]
    places = [(n - s) // stride + 1 for n, s in zip(x.shape[1:], spans, strict=False)]
    out = []
    for place in np.ndindex(*places):
        cut = [
            slice(o * stride, o * stride + s, dilation)
            for o, s in zip(place, spans, strict=True)
        ]
        seen = x[(slice(None), *cut)]
        if depthwise:
            taps = list(range(1, 1 + rank))
            product = seen[..., None] * kernel
            out.append(product.sum(tuple(taps)).reshape(len(x), -1))
        else:
            out.append(np.tensordot(seen, kernel, rank + 1))
    return np.stack(out, 1).reshape(len(x), *places, -1)


def pooled(x, size, stride, function):
    rank = x.ndim - 2
    places = [(n - size) // stride + 1 for n in x.shape[1:-1]]
    out = [
        function(
            x[(slice(None), *(slice(o * stride, o * stride + size) for o in place))],
            axis=tuple(range(1, 1 + rank)),
        )
        for place in np.ndindex(*places)
    ]
    return np.stack(out, 1).reshape(len(x), *places, -1)


K1 = rng.normal(size=(2, 3, 4)).astype("float32")
K2 = rng.normal(size=(2, 3, 3, 4)).astype("float32")
K3 = rng.normal(size=(2, 2, 2, 2, 3)).astype("float32")
D1 = rng.normal(size=(2, 3, 2)).astype("float32")
D2 = rng.normal(size=(2, 2, 3, 2)).astype("float32")
M1 = rng.normal(size=(1, 6, 5)).astype("float32")
M2 = rng.normal(size=(1, 1, 6, 5)).astype("float32")
L1 = rng.normal(size=(3, 6, 4)).astype("float32")
L2 = rng.normal(size=(4 * 4, 12, 2)).astype("float32")


def first(x):
    """channels_last -> channels_first."""
    return np.moveaxis(x, -1, 1)


def transposed(x, kernel, stride, space):
    y = np.zeros((len(x), *space, kernel.shape[-2]), "float64")
    rank = x.ndim - 2
    for place in np.ndindex(*x.shape[1:-1]):
        cut = tuple(
            slice(o * stride, o * stride + k)
            for o, k in zip(place, kernel.shape, strict=False)
        )
        y[(slice(None), *cut)] += np.tensordot(
            x[(slice(None), *place)], kernel, ([1], [rank + 1])
        )
    return y


def local1d():
    rows = [
        np.stack([X[:, o + k] for k in range(2)], 1).reshape(2, 6) for o in range(3)
    ]
    return np.stack([row @ w for row, w in zip(rows, L1, strict=True)], 1)


def local2d(channels_first):
    x = IMAGE[:, :, :5]
    out = []
    for i, (a, b) in enumerate(np.ndindex(4, 4)):
        seen = x[:, a : a + 2, b : b + 2]
        seen = np.moveaxis(seen, -1, 1) if channels_first else seen
        out.append(seen.reshape(2, 12) @ L2[i])
    return np.stack(out, 1).reshape(2, 4, 4, 2)


CONVOLUTIONS: dict[str, list[Case]] = {
    "conv1d": [
        case(X, K1, expected=correlate(X, K1)),
        case(X, K1, strides=2, expected=correlate(X, K1, 2)),
        case(
            X,
            K1,
            padding="causal",
            dilation_rate=2,
            expected=correlate(np.pad(X, ((0, 0), (2, 0), (0, 0))), K1, dilation=2),
        ),
        case(
            X,
            K1,
            padding="same",
            expected=correlate(np.pad(X, ((0, 0), (0, 1), (0, 0))), K1),
        ),
        case(
            first(X), K1, data_format="channels_first", expected=first(correlate(X, K1))
        ),
    ],
    "conv2d": [
        case(IMAGE, K2, expected=correlate(IMAGE, K2)),
        case(IMAGE, K2, (2, 2), expected=correlate(IMAGE, K2, 2)),
        case(
            first(IMAGE),
            K2,
            data_format="channels_first",
            expected=first(correlate(IMAGE, K2)),
        ),
        case(IMAGE, K2, dilation_rate=(2, 2), expected=correlate(IMAGE, K2, 1, 2)),
    ],
    "conv3d": [case(VOLUME, K3, expected=correlate(VOLUME, K3))],
    "conv2d_transpose": [
        case(
            IMAGE,
            np.swapaxes(K2, -1, -2),
            (2, 6, 8, 4),
            expected=transposed(IMAGE, np.swapaxes(K2, -1, -2), 1, (6, 8)),
        ),
        case(
            IMAGE,
            np.swapaxes(K2, -1, -2),
            (None, 10, 13, 4),
            (2, 2),
            expected=transposed(IMAGE, np.swapaxes(K2, -1, -2), 2, (10, 13)),
        ),
        case(
            first(IMAGE),
            np.swapaxes(K2, -1, -2),
            (2, 4, 6, 8),
            data_format="channels_first",
            expected=first(transposed(IMAGE, np.swapaxes(K2, -1, -2), 1, (6, 8))),
        ),
    ],
    "conv3d_transpose": [
        case(
            VOLUME,
            np.swapaxes(K3, -1, -2),
            (1, 4, 5, 5, 3),
            expected=transposed(VOLUME, np.swapaxes(K3, -1, -2), 1, (4, 5, 5)),
        )
    ],
    "depthwise_conv2d": [
        case(IMAGE, D2, expected=correlate(IMAGE, D2, depthwise=True)),
        case(
            first(IMAGE),
            D2,
            (2, 2),
            data_format="channels_first",
            expected=first(correlate(IMAGE, D2, 2, depthwise=True)),
        ),
    ],
    "separable_conv1d": [
        case(X, D1, M1, expected=correlate(X, D1, depthwise=True) @ M1[0])
    ],
    "separable_conv2d": [
        case(IMAGE, D2, M2, expected=correlate(IMAGE, D2, depthwise=True) @ M2[0, 0])
    ],
    "local_conv1d": [case(X, L1, (2,), (1,), expected=local1d())],
    "local_conv2d": [
        case(IMAGE[:, :, :5], L2, (2, 2), (1, 1), (4, 4), expected=local2d(False)),
        case(
            first(IMAGE[:, :, :5]),
            L2,
            (2, 2),
            (1, 1),
            (4, 4),
            "channels_first",
            expected=first(local2d(True)),
        ),
    ],
    "pool2d": [
        case(IMAGE, (2, 2), expected=pooled(IMAGE, 2, 1, np.max)),
        case(
            IMAGE,
            (2, 2),
            (2, 2),
            pool_mode="avg",
            expected=pooled(IMAGE, 2, 2, np.mean),
        ),
        case(
            first(IMAGE),
            (3, 3),
            data_format="channels_first",
            expected=first(pooled(IMAGE, 3, 1, np.max)),
        ),
    ],
    "pool3d": [
        case(VOLUME, (2, 2, 2), (1, 1, 1), expected=pooled(VOLUME, 2, 1, np.max)),
        case(
            VOLUME, (2, 2, 2), pool_mode="avg", expected=pooled(VOLUME, 2, 1, np.mean)
        ),
    ],
}
for cases in CONVOLUTIONS.values():
    for one in cases:
        one.rtol = 1e-4

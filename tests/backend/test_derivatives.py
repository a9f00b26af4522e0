"""Gradients of the backend's functions, against a difference along a random direction."""

import numpy as np
import pytest

from tensorlearn import backend as K
from tensorlearn.autograd import Tensor
from tests.backend.cases import CASES

SMOOTH = [
    "square", "exp", "log", "sqrt", "pow", "sin", "cos", "maximum", "clip", "max", "sum",
    "prod", "mean", "var", "std", "logsumexp", "cumsum", "cumprod", "dot", "batch_dot",
    "gather", "reshape", "transpose", "permute_dimensions", "reverse", "tile", "repeat",
    "repeat_elements", "resize_images", "resize_volumes", "temporal_padding",
    "spatial_2d_padding", "spatial_3d_padding", "slice", "relu", "elu", "softmax",
    "softplus", "softsign", "sigmoid", "tanh", "l2_normalize", "batch_normalization",
    "bias_add", "conv1d", "conv2d", "conv3d", "conv2d_transpose", "conv3d_transpose",
    "depthwise_conv2d", "separable_conv1d", "separable_conv2d", "local_conv1d",
    "local_conv2d", "pool2d", "pool3d",
]  # fmt: skip


@pytest.mark.parametrize("kind", ["eager", "recorded"])
@pytest.mark.parametrize("name", SMOOTH)
def test_gradient_equals_a_difference(name, kind):
    one = CASES[name][0]
    rng = np.random.default_rng(0)
    point = one.args[0].astype("float64")
    rest = [
        a.astype("float64") if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a
        for a in one.args[1:]
    ]

    def value(x):
        y = getattr(K, name)(x, *rest, **one.kwargs)
        weights = np.random.default_rng(1).normal(size=K.eval(y).shape)
        return K.sum(y * weights)

    if kind == "eager":
        x = Tensor(point, requires_grad=True)
        found = K.eval(K.gradients(value(x), x)[0])
    else:
        x = K.placeholder(point.shape, ndim=0, dtype="float64")
        y = getattr(K, name)(x, *rest, **one.kwargs)
        weights = np.random.default_rng(1).normal(size=y.shape)
        found = K.function([x], K.gradients(K.sum(y * weights), x))([point])[0]
    v = rng.normal(size=point.shape)
    slope = (K.eval(value(point + 1e-6 * v)) - K.eval(value(point - 1e-6 * v))) / 2e-6
    np.testing.assert_allclose((found * v).sum(), slope, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    "loss",
    [
        "categorical_crossentropy",
        "sparse_categorical_crossentropy",
        "binary_crossentropy",
    ],
)
@pytest.mark.parametrize("from_logits", [False, True])
def test_gradient_of_loss_equals_a_difference(loss, from_logits):
    target = np.eye(3)[[0, 2]] if "sparse" not in loss else np.array([0, 2])
    point = np.random.default_rng(0).uniform(0.1, 0.9, (2, 3))
    x = Tensor(point, requires_grad=True)
    function = getattr(K, loss)
    (g,) = K.gradients(function(target, x, from_logits=from_logits), x)
    v = np.random.default_rng(1).normal(size=(2, 3))
    high, low = (
        K.eval(K.sum(function(target, point + h * v, from_logits=from_logits)))
        for h in (1e-6, -1e-6)
    )
    np.testing.assert_allclose((K.eval(g) * v).sum(), (high - low) / 2e-6, rtol=1e-5)


def test_crossentropies_are_finite_at_zero_and_one():
    y = np.array([[0.0, 1.0]], "float32")
    for target in (y, y[:, ::-1]):
        for name in ("categorical_crossentropy", "binary_crossentropy"):
            assert np.isfinite(K.eval(getattr(K, name)(target.copy(), y))).all()

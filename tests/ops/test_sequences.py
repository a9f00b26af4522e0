"""Whole sequences as primitives: equal to their definition, to the second derivative."""

import numpy as np
import pytest

from tensorlearn.autograd import Tensor, grad
from tensorlearn.layers import Dense, Input
from tensorlearn.models import Model
from tensorlearn.ops import gates, recurrent, sequences

T, N, U = 4, 3, 2
LSTM = (
    sequences.lstm,
    recurrent.composed_lstm,
    [(T, N, 4 * U), (U, 4 * U), (N, U), (N, U)],
)
GRU = (sequences.gru, recurrent.composed_gru, [(T, N, 3 * U), (U, 3 * U), (N, U)])
AFTER = (*GRU[:2], [*GRU[2], (3 * U,)])
RNN = (sequences.simple_rnn, recurrent.composed_rnn, [(T, N, U), (U, U), (N, U)])
D = 5


def projecting(fast, composed, shapes, width):
    """The same, projecting inputs of D features by itself."""

    def given_last(run):
        def with_kernel(x, kernel, bias, *others, **params):
            if fast is sequences.gru and len(others) < 3:
                others = (*others, None)
            return run(x, *others, kernel, bias, **params)

        return with_kernel

    inputs = [(T, N, D), (D, width * U), (width * U,)]
    return given_last(fast), given_last(composed), inputs + shapes[1:]


CASES = {"lstm": LSTM, "gru": GRU, "after": AFTER, "rnn": RNN}
for name, width in (("lstm", 4), ("gru", 3), ("after", 3), ("rnn", 1)):
    CASES[f"{name}-projecting"] = projecting(*CASES[name], width)
RNNS = [CASES["rnn"][0], CASES["rnn-projecting"][0]]
KINDS = [
    pytest.param(
        *kind, {"hard": hard} if kind[0] not in RNNS else {}, id=f"{name}-{hard}"
    )
    for name, kind in CASES.items()
    for hard in (False, True)
]


@pytest.mark.parametrize(("fast", "composed", "shapes", "params"), KINDS)
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("in_blocks", [False, True])
def test_fast_sequence_equals_its_definition(
    fast, composed, shapes, params, masked, in_blocks, monkeypatch
):
    if in_blocks:  # products follow the recursion some steps at a time
        monkeypatch.setattr(gates, "_BLOCK", 100)
    rng = np.random.default_rng(0)
    mask = rng.random((T, N, 1)) < 0.6 if masked else None
    xs = [Tensor(rng.normal(size=shape), requires_grad=True) for shape in shapes]
    weights = [rng.normal(size=(T, N, U)) for _ in range(2)]
    directions = [rng.normal(size=shape) for shape in shapes]

    def derivatives(run):
        ys = run(*xs, **params, mask=mask)
        ys = list(ys) if isinstance(ys, (tuple, list)) else [ys]
        total = sum((y * w).sum() for y, w in zip(ys, weights, strict=False))
        first = grad(total, xs, retain_graph=True)
        slopes = grad(total, xs, create_graph=True)
        along = sum((s * d).sum() for s, d in zip(slopes, directions, strict=True))
        return [y.numpy() for y in ys], first, grad(along, xs)

    for found, wanted in zip(derivatives(fast), derivatives(composed), strict=True):
        for a, b in zip(found, wanted, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("fast", "_composed", "shapes", "params"), KINDS)
def test_fast_sequence_keeps_float32(fast, _composed, shapes, params):
    xs = [Tensor(np.ones(s, "float32"), requires_grad=True) for s in shapes]
    y = fast(*xs, **params)
    y = y[0] if isinstance(y, tuple) else y
    assert y.dtype == "float32"
    assert {g.dtype for g in grad(y.sum(), xs)} == {np.dtype("float32")}


def test_a_sequence_makes_one_node():
    z = Tensor(np.zeros((50, 1, 8)), requires_grad=True)
    hs, _ = sequences.lstm(
        z, *(np.zeros(s) for s in [(2, 8), (1, 2), (1, 2)]), hard=True
    )
    (node,) = hs.node.parents
    assert node.parents[0] is z.node


def test_data_get_no_gradient(monkeypatch):
    asked = []
    back = sequences.way_back
    monkeypatch.setattr(
        sequences, "way_back", lambda *a: asked.append(a[-1]) or back(*a)
    )
    weights = [np.ones(s) for s in [(2, 8), (1, 2), (1, 2)]]
    kernel = Tensor(np.ones((3, 8)), requires_grad=True)
    for x in (np.ones((4, 1, 3)), Tensor(np.ones((4, 1, 3)), requires_grad=True)):
        hs, _ = sequences.lstm(x, *weights, kernel, np.ones(8), hard=True)
        grad(hs.sum(), [kernel, x] if isinstance(x, Tensor) else kernel)
    assert asked == [False, True]


@pytest.mark.parametrize("composed", [False, True])
def test_a_gradient_that_has_vanished_is_0_not_a_tiny_number(composed):
    z = Tensor(np.zeros((400, 1, 1), "float32"), requires_grad=True)
    run = recurrent.composed_rnn if composed else sequences.simple_rnn
    half = np.full((1, 1), 0.5, "float32")
    y = run(z, half, np.zeros((1, 1), "float32"), mask=None)
    (slope,) = grad((y[0] if composed else y)[-1].sum(), [z])
    wanted = 0.5 ** np.arange(60.0)[::-1]
    np.testing.assert_allclose(slope[-60:, 0, 0], wanted, rtol=1e-5)
    assert not slope[:200].any()


def test_a_bias_without_a_kernel_is_refused():
    z = np.zeros((2, 1, 8))
    with pytest.raises(ValueError, match="lstm: `bias` needs a `kernel`"):
        sequences.lstm(
            z, np.zeros((2, 8)), *np.zeros((2, 1, 2)), bias=np.zeros(8), hard=True
        )


def test_within_a_model_gradients_pass_through_a_sequence():
    x = Input((3, 2))
    states = np.zeros((4, 1), "float32")
    y = sequences.simple_rnn(Dense(1)(x), np.ones((1, 1), "float32"), states[:3])
    model = Model(x, y)
    model.compile("sgd", "mse")
    before = model.get_weights()[0]
    model.train_on_batch(np.ones((4, 3, 2)), np.ones((4, 3, 1)))
    assert (model.get_weights()[0] != before).all()

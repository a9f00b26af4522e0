"""The same table for what networks need: losses, normalization, windows, recurrence."""

import itertools

import numpy as np
from hypothesis import strategies as st

from tensorlearn import ops
from tensorlearn.autograd import PRIMITIVES
from tensorlearn.ops import attention, sequences
from tests.ops.domains import domain, filled, softmax
from tests.ops.strategies import Case, away, broadcasting, distinct, several, uniform

# ---- losses and normalization ----


def class_scores(draw):
    lead = draw(st.sampled_from([(), (2,), (2, 3), (0,)]))
    return [uniform(), uniform(0.1, 1)], [(*lead, 3), (*lead, 3)], {}


domain(
    "softmax_crossentropy",
    lambda x, t: -np.sum(t * np.log(softmax(x, -1)), axis=-1),
    several(class_scores),
    edges=(
        Case((filled((2, 3)), filled((3,)))),
        Case((filled((3,)), filled((2, 3)))),
    ),
    mixes=True,
)
domain(
    "sigmoid_crossentropy",
    lambda x, t: np.log(1 + np.exp(x)) - x * t,
    broadcasting(uniform(), uniform(0, 1)),
    mixes=True,
)
domain(
    "crossentropy",
    lambda x, t: -np.sum(t * np.log(x / x.sum(-1, keepdims=True)), axis=-1),
    several(
        lambda draw: (
            [uniform(0.2, 1), uniform(0.1, 1)],
            [draw(st.sampled_from([(3,), (2, 3), (2, 2, 3)]))] * 2,
            {},
        )
    ),
    mixes=True,
)
domain(
    "two_sided_crossentropy",
    lambda x, t: -t * np.log(x) - (1 - t) * np.log(1 - x),
    broadcasting(uniform(0.1, 0.9), uniform(0, 1)),
    mixes=True,
    weak=False,
)


def batch_normalize(x, gamma, beta, epsilon):
    mean, variance = x.mean((0, 2)), x.var((0, 2))
    scaled = (x - mean[:, None]) / np.sqrt(variance + epsilon)[:, None]
    return [scaled * gamma[:, None] + beta[:, None], mean, variance]


domain(
    "batch_normalize",
    batch_normalize,
    several(
        lambda draw: (
            [uniform(), away(), uniform()],
            draw(st.sampled_from([[(3, 2, 1), (2,), (2,)], [(2, 3, 4), (3,), (3,)]])),
            {"epsilon": 0.01},
        )
    ),
    edges=(
        Case(
            (np.sin(filled((2**14, 4, 1))), filled((4,)), filled((4,))),
            {"epsilon": 0.01},
        ),
    ),
    rtol=2e-4,
)


def layer_normalize(x, gamma, beta, epsilon):
    mean, variance = x.mean(1, keepdims=True), x.var(1, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon) * gamma + beta


domain(
    "layer_normalize",
    layer_normalize,
    several(
        lambda draw: (
            [uniform(), away(), uniform()],
            draw(st.sampled_from([[(3, 2), (2,), (2,)], [(2, 5), (5,), (5,)]])),
            {"epsilon": 0.01},
        )
    ),
    function=ops.layer_normalize,
    edges=(
        Case(
            (np.sin(filled((2**12, 40))), filled((40,)), filled((40,))),
            {"epsilon": 0.01},
        ),
    ),
    rtol=2e-4,
)

# ---- attention ----


def attended(query, key, value, scale, allowed):
    scores = scale * np.einsum("nhtk,nhsk->nhts", query, key)
    if allowed is not None:
        scores = np.where(allowed, scores, -1e9)
    return softmax(scores, -1) @ value


LOOKS = (None, np.tri(3, 4, dtype=bool), np.arange(8).reshape(2, 1, 1, 4) % 3 > 0)

domain(
    "attend",
    attended,
    several(
        lambda draw: (
            [uniform()] * 3,
            [(2, 2, 3, 2), (2, 2, 4, 2), (2, 2, 4, 3)],
            {"scale": 0.5, "allowed": draw(st.sampled_from(LOOKS))},
        )
    ),
    function=attention.attend,
)

# ---- windows ----

# x.shape, size, strides, dilation, padding
WINDOWS = [
    ((2, 5, 2), (2,), (1,), (1,), "valid"),
    ((2, 5, 1), (3,), (2,), (1,), "same"),
    ((1, 6, 2), (3,), (1,), (2,), "causal"),
    ((2, 4, 5, 2), (2, 3), (1, 2), (1, 1), "same"),
    ((1, 5, 5, 1), (2, 2), (2, 2), (2, 1), "valid"),
    ((2, 3, 3, 2), (1, 1), (1, 1), (1, 1), "valid"),
    ((1, 4, 4, 1), (2, 2), (3, 3), (1, 1), ((1, 0), (0, 2))),
    ((1, 3, 2, 3, 2), (2, 1, 2), (1, 1, 1), (1, 1, 1), "same"),
    # few filters: 4 or 2 places of a row at a time
    ((2, 6, 2), (3,), (1,), (1,), "valid"),
    ((1, 3, 6, 2), (2, 3), (2, 1), (1, 1), "same"),
    ((1, 5, 4, 1), (2, 3), (1, 1), (2, 1), "same"),
]
ALL_WINDOWS = st.sampled_from(WINDOWS)


def settings(window):
    _, _, strides, dilation, padding = window
    return {"strides": strides, "dilation": dilation, "padding": padding}


def pads(length, size, stride, dilation, padding):
    """(before, after), by the rules of TensorFlow."""
    span = (size - 1) * dilation + 1
    if padding == "causal":
        return span - 1, 0
    if padding == "same":
        total = max((-(-length // stride) - 1) * stride + span - length, 0)
        return total // 2, total - total // 2
    return 0, 0


def cut(x, size, strides, dilation, padding, fill=0.0):
    """All windows, by definition: one at a time."""
    space = x.shape[1:-1]
    dilation = dilation or (1,) * len(size)
    if isinstance(padding, str):
        along = zip(space, size, strides, dilation, strict=True)
        padding = [pads(*axis, padding) for axis in along]
    x = np.pad(x, [(0, 0), *padding, (0, 0)], constant_values=fill)
    places = [
        (n - (k - 1) * d - 1) // s + 1
        for n, k, s, d in zip(x.shape[1:-1], size, strides, dilation, strict=True)
    ]
    result = np.empty((len(x), *places, *size, x.shape[-1]))
    for place in itertools.product(*map(range, places)):
        cells = tuple(
            slice(o * s, o * s + (k - 1) * d + 1, d)
            for o, s, k, d in zip(place, strides, size, dilation, strict=True)
        )
        result[(slice(None), *place)] = x[(slice(None), *cells)]
    return result


def places_of(window):
    shape, size, strides, dilation, padding = window
    return cut(np.zeros(shape), size, strides, dilation, padding).shape[
        1 : 1 + len(size)
    ]


def transposed(function, shape, g):
    """The transpose of a linear function of an array of this shape, applied to g."""
    result = np.zeros(shape)
    for place in np.ndindex(*shape):
        unit = np.zeros(shape)
        unit[place] = 1.0
        result[place] = np.sum(function(unit) * g)
    return result


def convolved(x, kernel, bias=None, **params):
    columns = cut(x, kernel.shape[:-2], **params)
    rank = kernel.ndim - 2
    axes = (list(range(1 + rank, columns.ndim)), list(range(rank + 1)))
    y = np.tensordot(columns, kernel, axes)
    return y if bias is None else y + bias


def convolved_depthwise(x, kernel, **params):
    columns = cut(x, kernel.shape[:-1], **params)
    rank = kernel.ndim - 1
    return (columns * kernel).sum(tuple(range(1 + rank, 1 + 2 * rank)))


def over_windows(*shapes_of, **extra):
    """Inputs for one of the windows; shapes_of and extra: functions of it."""

    def choose(draw):
        window = draw(ALL_WINDOWS)
        params = settings(window) | {k: f(window) for k, f in extra.items()}
        return [uniform()] * len(shapes_of), [f(window) for f in shapes_of], params

    return several(choose)


def x_of(window):
    return window[0]


def size_of(window):
    return window[1]


def space_of(window):
    return window[0][1:-1]


def kernel_of(window):
    return (*window[1], window[0][-1], 2)


def depthwise_of(window):
    return (*window[1], window[0][-1])


def bias_of(window):
    return (2,)


def y_of(window):
    return (window[0][0], *places_of(window), 2)


def depthwise_y_of(window):
    return (window[0][0], *places_of(window), window[0][-1])


def patches_of(window):
    return (*depthwise_y_of(window)[:-1], *window[1], window[0][-1])


domain(
    "windows",
    lambda x, size, **params: cut(x, size, **params),
    over_windows(x_of, size=size_of),
)
domain(
    "overlap_add",
    lambda p, space, **params: transposed(
        lambda x: cut(x, p.shape[1 + len(space) : -1], **params),
        (len(p), *space, p.shape[-1]),
        p,
    ),
    over_windows(patches_of, space=space_of),
)
domain("convolve", convolved, over_windows(x_of, kernel_of, bias_of))
domain(
    "convolve_transposed",
    lambda y, kernel, space, **params: transposed(
        lambda x: convolved(x, kernel, **params),
        (len(y), *space, kernel.shape[-2]),
        y,
    ),
    over_windows(y_of, kernel_of, space=space_of),
)
domain(
    "convolve_kernel",
    lambda x, y, size, **params: transposed(
        lambda kernel: convolved(x, kernel, **params),
        (*size, x.shape[-1], y.shape[-1]),
        y,
    ),
    over_windows(x_of, y_of, size=size_of),
)
domain("convolve_depthwise", convolved_depthwise, over_windows(x_of, depthwise_of))
domain(
    "convolve_depthwise_transposed",
    lambda y, kernel, space, **params: transposed(
        lambda x: convolved_depthwise(x, kernel, **params),
        (len(y), *space, kernel.shape[-1]),
        y,
    ),
    over_windows(depthwise_y_of, depthwise_of, space=space_of),
)
domain(
    "convolve_depthwise_kernel",
    lambda x, y, size, **params: transposed(
        lambda kernel: convolved_depthwise(x, kernel, **params), (*size, x.shape[-1]), y
    ),
    over_windows(x_of, depthwise_y_of, size=size_of),
)

# ---- pooling ----

POOLS = [w for w in WINDOWS if set(w[3]) == {1} and w[4] != "causal"]


def pooled(numbers, *shapes_of, with_space=False):
    def choose(draw):
        window = draw(st.sampled_from(POOLS))
        shape, size, strides, _, padding = window
        params = {"size": size, "strides": strides, "padding": padding}
        if with_space:
            params["space"] = shape[1:-1]
        return [numbers] * len(shapes_of), [f(window) for f in shapes_of], params

    return several(choose)


def over_taps(reduce, fill=0.0):
    def reference(x, size, strides, padding):
        rank = len(size)
        columns = cut(x, size, strides, None, padding, fill)
        return reduce(columns, axis=tuple(range(1 + rank, 1 + 2 * rank)))

    return reference


sum_pool = over_taps(np.sum)
max_pool = over_taps(np.max, -np.inf)


def average_pool(x, **params):
    return sum_pool(x, **params) / sum_pool(np.ones(x.shape), **params)


def at_largest(g, x, size, strides, padding):
    """g where max_pool takes its values from x."""
    rank = len(size)

    def taps_last(a, fill):
        columns = np.moveaxis(cut(a, size, strides, None, padding, fill), -1, 1 + rank)
        return columns.reshape(*columns.shape[: 2 + rank], -1)  # (N, *O, C, K)

    taken = taps_last(x, -np.inf).argmax(-1)[..., None]
    return np.take_along_axis(taps_last(g, 0.0), taken, -1)[..., 0]


def to_largest(g, x, **params):
    """The transpose of `at_largest`."""
    return transposed(lambda u: at_largest(u, x, **params), x.shape, g)


def choosing(primitive):
    def function(g, x, **params):
        x = x.astype(g.dtype)
        return PRIMITIVES[primitive](g, x, ops.max_pool(x, **params), **params)

    return function


def with_fixed_x(shape_of):
    def choose(draw):
        window = draw(st.sampled_from(POOLS))
        shape, size, strides, _, padding = window
        x = np.random.default_rng(0).normal(size=shape)
        params = {"size": size, "strides": strides, "padding": padding, "x": x}
        return [uniform()], [shape_of(window)], params

    return several(choose)


for name, reference, shape_of in (
    ("to_largest", to_largest, depthwise_y_of),
    ("at_largest", at_largest, x_of),
):
    domain(name, reference, with_fixed_x(shape_of), function=choosing(name))
domain("max_pool", max_pool, pooled(distinct, x_of))
domain("sum_pool", sum_pool, pooled(uniform(), x_of))
domain("average_pool", average_pool, pooled(uniform(), x_of))
domain(
    "sum_unpool",
    lambda y, space, **params: transposed(
        lambda x: sum_pool(x, **params), (len(y), *space, y.shape[-1]), y
    ),
    pooled(uniform(), depthwise_y_of, with_space=True),
)

# ---- sequences ----


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def hard_sigmoid(x):
    return np.clip(0.2 * x + 0.5, 0, 1)


def walked(step):
    """All states of all steps; a masked step repeats those before."""

    def reference(z, recurrent, *states, hard=False, mask=None, **more):
        gate = hard_sigmoid if hard else sigmoid
        history = []
        for t in range(len(z)):
            new = step(z[t], recurrent, states, gate, **more)
            if mask is not None:
                pairs = zip(new, states, strict=True)
                new = [np.where(mask[t], n, old) for n, old in pairs]
            states = new
            history.append(new)
        found = [np.array(h) for h in zip(*history, strict=True)]
        return found if len(found) > 1 else found[0]

    return reference


def rnn_step(z, recurrent, states, gate):
    return [np.tanh(z + states[0] @ recurrent)]


def lstm_step(z, recurrent, states, gate):
    h, c = states
    i, f, candidate, o = np.split(z + h @ recurrent, 4, axis=-1)
    c = gate(f) * c + gate(i) * np.tanh(candidate)
    return [gate(o) * np.tanh(c), c]


def gru_step(z, recurrent, states, gate):
    (h,) = states
    units = h.shape[-1]
    zu, zr, zc = np.split(z, 3, axis=-1)
    u, r = np.split(h @ recurrent[:, : 2 * units], 2, axis=-1)
    u, r = gate(zu + u), gate(zr + r)
    candidate = np.tanh(zc + (r * h) @ recurrent[:, 2 * units :])
    return [u * h + (1 - u) * candidate]


def gru_after(z, recurrent, h, bias, hard, mask):
    def step(z, recurrent, states, gate):
        (h,) = states
        zu, zr, zc = np.split(z, 3, axis=-1)
        hu, hr, hc = np.split(h @ recurrent + bias, 3, axis=-1)
        u, r = gate(zu + hu), gate(zr + hr)
        return [u * h + (1 - u) * np.tanh(zc + r * hc)]

    return walked(step)(z, recurrent, h, hard=hard, mask=mask)


MASKS = (None, np.array([[1, 1], [1, 0], [0, 1]], bool)[..., None])


def sequence(gates, states=1, bias=False, kinds=(False, True)):
    """T, N, U = 3, 2, 2, with gates kept on the slope of the hard sigmoid."""

    def choose(draw):
        shapes = [(3, 2, 2 * gates), (2, 2 * gates)] + [(2, 2)] * states
        params = {"mask": draw(st.sampled_from(MASKS))}
        if kinds:
            params["hard"] = draw(st.sampled_from(kinds))
        if bias:
            shapes.append((2 * gates,))
        return [uniform(-0.5, 0.5)] * len(shapes), shapes, params

    return several(choose)


domain(
    "simple_rnn",
    walked(rnn_step),
    sequence(1, kinds=()),
    function=sequences.simple_rnn,
)
domain(
    "lstm",
    walked(lstm_step),
    sequence(4, states=2),
    function=lambda *inputs, **params: list(sequences.lstm(*inputs, **params)),
)
domain("gru", walked(gru_step), sequence(3), function=sequences.gru)
domain("gru_after", gru_after, sequence(3, bias=True), function=sequences.gru)

"""The workloads in PyTorch, eager and channels first, as one writes them there."""

from __future__ import annotations

import os

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from workloads import CHAINS, data, loss, optimizer

torch.set_num_threads(
    int(os.environ.get("OMP_NUM_THREADS") or len(os.sched_getaffinity(0)))
)


class Function(nn.Module):
    """A function of x and of modules, as a module."""

    def __init__(self, function, *modules) -> None:
        super().__init__()
        self.function, self.inner = function, nn.ModuleList(modules)

    def forward(self, x):
        return self.function(x, *self.inner)


def _conv(i, o, size, stride=1):
    return [nn.Conv2d(i, o, size, stride, size // 2, bias=False), nn.BatchNorm2d(o)]


def _residual(i, o, stride):
    short = nn.Sequential(*_conv(i, o, 1, stride)) if stride > 1 else nn.Identity()
    way = nn.Sequential(*_conv(i, o, 3, stride), nn.ReLU(), *_conv(o, o, 3))
    return Function(lambda x, a, b: F.relu(a(x) + b(x)), way, short)


def _attend(x, qkv, out, norm1, wide, narrow, norm2, head):
    n, t, d = x.shape
    q, k, v = qkv(x).view(n, t, 3, 4, 16).permute(2, 0, 3, 1, 4)
    seen = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, t, d)
    x = norm1(x + out(seen))
    return head(norm2(x + narrow(F.relu(wide(x)))).mean(1))


def _local(size, channels):
    places = (size - 2) ** 2

    def apply(x):
        cells = F.unfold(x, 3).permute(2, 0, 1)
        y = torch.bmm(cells, made.w) + made.b
        return y.permute(1, 2, 0).reshape(-1, channels, size - 2, size - 2)

    made = Function(apply)
    made.w = nn.Parameter(torch.randn(places, 9 * channels, channels) / 9)
    made.b = nn.Parameter(torch.zeros(places, 1, channels))
    return made


def _last(x, rnn, head):
    return head(rnn(x)[0][:, -1])


def _mlp():
    relu, drop = nn.ReLU, nn.Dropout
    first = [nn.Linear(784, 512), relu(), drop(0.2), nn.Linear(512, 512), relu()]
    return nn.Sequential(*first, drop(0.2), nn.Linear(512, 10))


def _cnn():
    convs = [nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU()]
    pool = [nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten()]
    dense = [nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10)]
    return nn.Sequential(*convs, *pool, *dense)


def _resnet():
    blocks = [_residual(16, 16, 1), _residual(16, 32, 2), _residual(32, 64, 2)]
    end = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)]
    return nn.Sequential(*_conv(3, 16, 3), nn.ReLU(), *blocks, *end)


def _text():
    return nn.Sequential(
        nn.Embedding(5000, 50),
        nn.Dropout(0.2),
        Function(lambda t: t.transpose(1, 2)),
        nn.Conv1d(50, 250, 3),
        nn.ReLU(),
        Function(lambda t: t.amax(2)),
        nn.Linear(250, 250),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(250, 1),
    )


def _transformer():
    widths = [(64, 192), (64, 64), None, (64, 256), (256, 64), None, (64, 2)]
    made = [nn.Linear(*w) if w else nn.LayerNorm(64) for w in widths]
    return Function(_attend, *made)


def _separable():
    return [
        nn.Conv2d(32, 32, 3, padding=1, groups=32, bias=False),
        nn.Conv2d(32, 32, 1),
    ]


S, Lin = nn.Sequential, nn.Linear
MODELS = {
    "W1": lambda: S(Lin(4, 16), nn.ReLU(), Lin(16, 16), nn.ReLU(), Lin(16, 3)),
    "W2": _mlp,
    "W3": _cnn,
    "W4": _resnet,
    "W5": lambda: S(
        nn.Embedding(20000, 128),
        Function(_last, nn.LSTM(128, 128, batch_first=True), Lin(128, 1)),
    ),
    "W6": lambda: Function(
        lambda x, rnn, head: head(rnn(x)[0]),
        nn.GRU(60, 128, batch_first=True),
        Lin(128, 60),
    ),
    "W7": _text,
    "W8": _transformer,
    "W9a": lambda: S(*_separable(), *_separable()),
    "W9b": lambda: S(*(nn.Conv2d(32, 32, 3, padding=1, groups=32) for _ in "ab")),
    "W9c": lambda: S(
        *(nn.ConvTranspose2d(i, 16, 3, 2, 1, output_padding=1) for i in (32, 16))
    ),
    "W9d": lambda: S(_local(16, 8), _local(14, 8)),
    "W9e": lambda: S(nn.Conv3d(8, 16, 3, padding=1), nn.Conv3d(16, 16, 3, padding=1)),
    "W12a": _mlp,
    "W12b": _cnn,
    "W13": lambda: Function(_last, nn.LSTM(32, 64, batch_first=True), Lin(64, 1)),
}


def step_of(name: str):
    """One training step, or one `predict`, as a function."""
    if name in CHAINS:
        return _chain(*CHAINS[name])
    x, y = data(name)
    x = _channels_first(x)
    model = MODELS[name.partition("-")[0]]()
    if y is None:
        return _predict(model.eval(), x)
    kind = loss(name)
    y = torch.from_numpy(y.argmax(-1)) if "categorical" in kind else _channels_first(y)
    judge = {
        "mse": F.mse_loss,
        "binary_crossentropy": F.binary_cross_entropy_with_logits,
        "categorical_crossentropy": lambda p, t: F.cross_entropy(
            p.flatten(0, -2), t.flatten()
        ),
    }[kind]
    rule = {
        "sgd": lambda p: torch.optim.SGD(p, 0.01),
        "rmsprop": lambda p: torch.optim.RMSprop(p, 1e-3, alpha=0.9, eps=1e-7),
        "adam": lambda p: torch.optim.Adam(p, 1e-3, eps=1e-7),
    }[optimizer(name)](model.parameters())

    def step():
        rule.zero_grad(set_to_none=True)
        total = judge(model(x), y)
        total.backward()
        rule.step()
        return total.item()

    return step


def _channels_first(x: np.ndarray):
    return torch.from_numpy(np.moveaxis(x, -1, 1).copy() if x.ndim > 3 else x)


def _predict(model, x):
    def step():
        with torch.inference_mode():
            return torch.cat([F.softmax(model(b), 1) for b in x.split(128)]).numpy()

    return step


def _chain(pairs, shape):
    x, c = torch.full(shape, 0.5, requires_grad=True), torch.full(shape, 1e-6)

    def step():
        x.grad = None
        y = x
        for _ in range(pairs):
            y = y * c + c
        y.sum().backward()

    return step

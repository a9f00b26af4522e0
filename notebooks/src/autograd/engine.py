# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---
# %% [markdown] lang="zh"
# # 从零写一个自动微分引擎
#
# 这一页从一行代码长到大约一百行：先让一个数记住来历，再让它倒着走，再换成数组，最后训练一个小网络。写完它，`tensorlearn` 的引擎里就没有陌生的东西了。
#
# ## 第一步：一个数和它的来历
#
# 每个 `Value` 存三样东西：数值、由谁算来、以及对每个来源的局部导数。局部导数在前向计算时就知道：$ab$ 对 $a$ 的导数是 $b$，对 $b$ 的导数是 $a$。

# %% [markdown] lang="en"
# # An engine from scratch
#
# This page grows from one line to about a hundred: first a number that remembers where it came from, then the way back, then arrays, and at the end a small network that trains. After writing it you will find nothing foreign in the engine of `tensorlearn`.
#
# ## Step one: a number and its past
#
# A `Value` keeps three things: the number, what it was made from, and the local derivative for each source. Local derivatives are known the moment we compute: that of $ab$ is $b$ for $a$, and $a$ for $b$.

# %%
class Value:
    def __init__(self, data, sources=(), slopes=()):
        self.data, self.sources, self.slopes = data, sources, slopes
        self.grad = 0.0

    def __add__(self, other):
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        return Value(self.data * other.data, (self, other), (other.data, self.data))


a, b = Value(2.0), Value(3.0)
y = a * b + a
y.data, y.slopes

# %% [markdown] lang="zh"
# ## 第二步：往回走
#
# 链式法则说：沿一条路把局部导数相乘，几条路的结果相加。最直接的写法是递归，把每一条路都走一遍：

# %% [markdown] lang="en"
# ## Step two: the way back
#
# The chain rule says: multiply the local derivatives along a path, add over all paths. The most direct way to write it is a recursion that walks every path:


# %%
def backward_by_paths(value, slope=1.0):
    value.grad += slope
    sources = zip(value.sources, value.slopes)
    return 1 + sum(backward_by_paths(s, slope * local) for s, local in sources)


visits = backward_by_paths(y)
a.grad, b.grad, visits  # dy/da = b + 1, dy/db = a

# %% [markdown] lang="zh"
# 结果是对的，但路太多了。让 $x$ 自己加自己，反复 $n$ 次，路就有 $2^n$ 条：

# %% [markdown] lang="en"
# The answer is right, but there are too many paths. Add $x$ to itself, $n$ times over, and there are $2^n$ of them:

# %%
for depth in (5, 10, 15):
    v = Value(1.0)
    for _ in range(depth):
        v = v + v
    print(f"{depth} additions, {backward_by_paths(v)} visits")

# %% [markdown] lang="zh"
# ## 第三步：每个节点只走一次
#
# 一个节点的梯度要等所有用到它的结果都走完才齐全；齐全之后，往下传一次就够了。所以只要按“后生的先走”的顺序。谁后生？给每个值一个出生编号：结果总比它的来源年轻，编号从大到小就是正确的顺序，不必做拓扑排序，也不必递归。

# %% [markdown] lang="en"
# ## Step three: every node once
#
# The gradient of a node is complete once everything that used it has been visited; from then on, passing it on once is enough. So we only need to visit the younger first. Who is younger? Give every value a birth number. A result is always younger than its sources, so descending numbers are a correct order: no topological sort, no recursion.

# %%
from itertools import count

birth = count()


class Value(Value):  # the same, with a birth number and a way back
    def __init__(self, data, sources=(), slopes=()):
        super().__init__(data, sources, slopes)
        self.birth = next(birth)

    def backward(self):
        self.grad = 1.0
        for value in sorted(reachable(self), key=lambda v: -v.birth):
            for source, local in zip(value.sources, value.slopes):
                source.grad += value.grad * local


def reachable(value):
    seen, todo = {value}, [value]
    while todo:
        new = set(todo.pop().sources) - seen
        seen |= new
        todo.extend(new)
    return seen


# %% [markdown] lang="zh"
# 一千次自加，图上有 $2^{1000}$ 条路，节点只有一千个：

# %% [markdown] lang="en"
# A thousand doublings: the graph has $2^{1000}$ paths and a thousand nodes:

# %%
v = one = Value(1.0)
for _ in range(1000):
    v = v + v
v.backward()
print(one.grad == 2.0**1000)

# %% [markdown] lang="zh"
# ## 第四步：数组
#
# 换成数组以后，“局部导数”不再是一个数。两个 $(1000,)$ 的向量相加，雅可比矩阵有一百万项，其中只有一千项不是零。没有人需要它：我们只需要它的转置乘上一个向量。于是每个运算带上的不是斜率，而是一个函数，叫**拉回**（pullback）：给它输出的梯度 $g$，它还你输入的梯度。
#
# $$a \odot b:\ (g \odot b,\ g \odot a) \qquad A B:\ (g B^\top,\ A^\top g) \qquad \textstyle\sum_i a_i:\ g\,\mathbf 1$$
#
# 还有一处要当心：前向若发生了广播，拉回得到的梯度就比输入大，要在被撑开的轴上求和，见[广播与反广播](../autograd/broadcasting.md)。

# %% [markdown] lang="en"
# ## Step four: arrays
#
# With arrays a local derivative is no longer a number. Add two vectors of shape $(1000,)$ and the Jacobian has a million entries, all but a thousand of them zero. Nobody needs it; all we ever need is its transpose times a vector. So an operation carries, instead of slopes, a function called its **pullback**: hand it the gradient $g$ of the output, it hands back the gradients of the inputs.
#
# $$a \odot b:\ (g \odot b,\ g \odot a) \qquad A B:\ (g B^\top,\ A^\top g) \qquad \textstyle\sum_i a_i:\ g\,\mathbf 1$$
#
# One more thing to mind: where the forward pass broadcasts, the pullback's gradient is larger than the input and has to be summed over the stretched axes; see [Broadcasting, and back](../autograd/broadcasting.md).

# %%
import numpy as np


class Array:
    def __init__(self, data, sources=(), pullbacks=()):
        self.data = np.asarray(data, float)
        self.sources, self.pullbacks = sources, pullbacks
        self.grad, self.birth = 0.0, next(birth)

    def backward(self):
        self.grad = np.ones_like(self.data)
        for y in sorted(reachable(self), key=lambda v: -v.birth):
            for x, pullback in zip(y.sources, y.pullbacks):
                x.grad = x.grad + unbroadcast(pullback(y.grad), x.data.shape)


def unbroadcast(g, shape):
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and g.shape[i] > 1)
    return g.sum(axis=stretched, keepdims=True)


# %% [markdown] lang="zh"
# 引擎就这么多。下面五个运算，各写一个前向公式和它的拉回：

# %% [markdown] lang="en"
# That is the engine. Now five operations, each a formula forward and its pullbacks:


# %%
def add(a, b):
    return Array(a.data + b.data, (a, b), (lambda g: g, lambda g: g))


def multiply(a, b):
    return Array(a.data * b.data, (a, b), (lambda g: g * b.data, lambda g: g * a.data))


def matmul(a, b):
    return Array(
        a.data @ b.data, (a, b), (lambda g: g @ b.data.T, lambda g: a.data.T @ g)
    )


def tanh(a):
    y = np.tanh(a.data)
    return Array(y, (a,), (lambda g: g * (1 - y * y),))


def mean(a):
    return Array(
        a.data.mean(), (a,), (lambda g: g * np.ones_like(a.data) / a.data.size,)
    )


# %% [markdown] lang="zh"
# 够写一个两层的网络了。
#
# ## 看一看：它真的会学
#
# 用它拟合一段正弦，六十行引擎加十几行训练：

# %% [markdown] lang="en"
# Enough for a network of two layers.
#
# ## A picture: it does learn
#
# Let it fit a piece of a sine: some sixty lines of engine and a dozen of training.

# %%
rng = np.random.default_rng(0)
x = np.linspace(-3, 3, 60)[:, None]
target = np.sin(2 * x)

weights = [
    rng.normal(size=(1, 16)),
    rng.normal(size=16),
    rng.normal(size=(16, 1)) / 4,
    np.zeros(1),
]
losses = []
for _ in range(1500):
    W1, b1, W2, b2 = leaves = [Array(w) for w in weights]
    y = add(matmul(tanh(add(matmul(Array(x), W1), b1)), W2), b2)
    error = add(y, Array(-target))
    loss = mean(multiply(error, error))
    loss.backward()
    weights = [w - 0.1 * leaf.grad for w, leaf in zip(weights, leaves)]
    losses.append(loss.data)
print(f"loss {losses[0]:.2f} -> {losses[-1]:.4f}")

# %%
import matplotlib.pyplot as plt

fig, (left, right) = plt.subplots(1, 2, figsize=(8, 2.6))
left.plot(x, target, "k--", label="sin 2x")
left.plot(x, y.data, label="network")
left.legend()
right.semilogy(losses)
right.set_xlabel("step")
right.grid(alpha=0.3)

# %% [markdown] lang="zh"
# ## 与 tensorlearn 对照
#
# 同样的权重、同样的公式，用 `Tensor` 再算一遍，梯度应当完全一致：

# %% [markdown] lang="en"
# ## Against tensorlearn
#
# The same weights and the same formula once more with `Tensor`; the gradients should agree to the last digit:

# %%
from tensorlearn import Tensor

tensors = [Tensor(leaf.data, dtype="float64", requires_grad=True) for leaf in leaves]
V1, c1, V2, c2 = tensors
prediction = np.tanh(x @ V1 + c1) @ V2 + c2
((prediction - target) ** 2).mean().backward()
[float(np.abs(t.grad - leaf.grad).max()) < 1e-12 for t, leaf in zip(tensors, leaves)]

# %% [markdown] lang="zh"
# 引擎的骨架与上面这一百行相同：出生编号、拉回、在一处统一做反广播。它另外做了四件事：
#
# | 这里 | `tensorlearn` |
# |---|---|
# | 拉回里用 NumPy 写 | 拉回用运算本身写，因此可以再求导：[二阶导数](../autograd/second_derivatives.md) |
# | 每个运算一个函数 | 一张表 `PRIMITIVES`，测试照着表逐个检查 |
# | 结果一直抓着所有中间数组 | 走过一步就放掉，内存不随训练增长 |
# | 广播在 `backward` 里处理 | 同样在引擎里处理，拉回不必知道 |

# %% [markdown] lang="en"
# The skeleton of the engine is that of these hundred lines: birth numbers, pullbacks, un-broadcasting in a single place. It does four things besides:
#
# | here | `tensorlearn` |
# |---|---|
# | pullbacks are written in NumPy | pullbacks are written in the operations themselves, so they can be differentiated again: [second derivatives](../autograd/second_derivatives.md) |
# | one function per operation | a table, `PRIMITIVES`, and tests that go through it |
# | results hold on to every intermediate array | what has been passed is let go; memory does not grow with training |
# | broadcasting is undone in `backward` | so it is there: a pullback need not know |

# %%
from tensorlearn.autograd import PRIMITIVES

print(len(PRIMITIVES), "primitives:", ", ".join(sorted(PRIMITIVES)[:12]), "...")

# %% [markdown] lang="zh"
# ## 常见错误
#
# 自己写引擎时最常犯的三个错，都不会报错，只会让数字悄悄出错：
#
# 1. 用 `=` 而不是 `+=` 存梯度，于是用了两次的值只剩最后一条路；
# 2. 按“宽度优先”往回走，某个节点的梯度还没收齐就传了下去；
# 3. 忘了反广播，偏置的梯度带着整个批的形状。
#
# 所以要有 `gradcheck`。下面故意写错 $x 	anh x$ 的导数，它会说出是哪里错：

# %% [markdown] lang="en"
# ## Common mistakes
#
# The three classic bugs of home-made engines raise nothing, they just give wrong numbers:
#
# 1. storing a gradient with `=` instead of `+=`, so that a value used twice keeps only its last path;
# 2. walking back breadth-first, passing on a gradient before it is complete;
# 3. forgetting to un-broadcast, so that the bias gets a gradient with the shape of the whole batch.
#
# That is what `gradcheck` is for. Here the derivative of $x 	anh x$ is wrong on purpose, and it says in which way:

# %%
from tensorlearn.autograd import primitive
from tensorlearn.testing import gradcheck


@primitive
def x_tanh_x(x):
    return x * np.tanh(x)


@x_tanh_x.pullback(0)
def _(g, y, x):
    return -g * (np.tanh(x) + x * (1.0 - np.tanh(x) ** 2))


# %% tags=["raises-exception"]
gradcheck(x_tanh_x, np.array([0.5, 1.0]))

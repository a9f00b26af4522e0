# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 用数值检验梯度
#
# 自己推导的梯度，怎样知道对不对？不必相信任何人：把输入挪一点点，看输出变多少。读完这一页，你会检验任何函数的梯度，知道步长该取多大，知道在折点上为什么会吵架，也会请“梯度医生”诊断手写的反向传播。
#
# ## 中心差分
#
# 导数的定义就是量法：
#
# $$f'(x) \approx \frac{f(x + h) - f(x - h)}{2h}$$
#
# 两边各走一步，误差是 $h^2$ 级的；只走一边，误差是 $h$ 级的。多个输入，就一个一个地挪。

# %% [markdown] lang="en"
# # Checking gradients by numbers
#
# You have derived a gradient; how do you know that it is right? Trust nobody: move the input a little and see how much the output moves. After this page you can check the gradient of any function, choose the step, know why there is dispute at a kink, and have the "gradient doctor" diagnose a backward pass written by hand.
#
# ## Central differences
#
# The definition of the derivative is also the way to measure it:
#
# $$f'(x) \approx \frac{f(x + h) - f(x - h)}{2h}$$
#
# A step to both sides has an error of order $h^2$; a step to one side only, of order $h$. With several inputs, they are moved one by one.

# %%
import numpy as np
from tensorlearn import Tensor, grad
from tensorlearn.testing import gradcheck


def slope(f, x, h=1e-5):
    g = np.zeros_like(x)
    for i in np.ndindex(*x.shape):
        e = np.zeros_like(x)
        e[i] = h
        g[i] = (f(x + e) - f(x - e)) / (2 * h)
    return g


def f(x):
    return (np.sin(x) * x**2).sum()


x = np.array([0.5, 1.0, 2.0])
t = Tensor(x, dtype="float64", requires_grad=True)
print(slope(f, x), grad(f(t), t))

# %% [markdown] lang="zh"
# `gradcheck` 做的就是这件事，另加许多小心；不出声就是通过：

# %% [markdown] lang="en"
# `gradcheck` does just this, with a good deal of care added; silence means they agree:

# %%
gradcheck(f, x)
gradcheck(lambda a, b: a @ b, np.ones((2, 3)), np.arange(12.0).reshape(3, 4))

# %% [markdown] lang="zh"
# ## 看一看：步长太大不好，太小也不好
#
# 理论说 $h$ 越小越准，机器却不答应。函数值只有十六位有效数字，两个几乎相同的数相减，剩下的全是舍入误差，再除以 $h$ 就放大了：
#
# $$\text{error} \approx \underbrace{c\,h^2}_{\text{curvature}} + \underbrace{\epsilon / h}_{\text{rounding}}$$

# %% [markdown] lang="en"
# ## A picture: too large is bad, too small is worse
#
# In theory, the smaller $h$ the better. The machine disagrees. A function value has sixteen digits; subtract two that are nearly equal, and what is left is rounding error, which dividing by $h$ magnifies:
#
# $$\text{error} \approx \underbrace{c\,h^2}_{\text{curvature}} + \underbrace{\epsilon / h}_{\text{rounding}}$$

# %%
import matplotlib.pyplot as plt

h = np.logspace(-14, 0, 57)
fig, ax = plt.subplots(figsize=(6, 2.8))
for kind in (np.float64, np.float32):
    one, steps = kind(1.0), h.astype(kind)
    central = (np.exp(one + steps) - np.exp(one - steps)) / (2 * steps)
    forward = (np.exp(one + steps) - np.exp(one)) / steps
    name = np.dtype(kind).name
    ax.loglog(h, abs(forward - np.e) + 1e-17, ":", label=f"one side, {name}")
    ax.loglog(h, abs(central - np.e) + 1e-17, label=f"central, {name}")
best = np.finfo(float).eps ** (1 / 3)
ax.axvline(best, color="k", lw=0.6)
ax.set(xlabel="h", ylabel="error", ylim=(1e-13, 100))
ax.legend(fontsize=7)
ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# 最低点在两种误差相等的地方：中心差分是 $h \approx \epsilon^{1/3} \approx 6 \cdot 10^{-6}$（竖线），大约能对上十位；单边差分最多八位。用 `float32` 怎么调也只有三到五位，分不清“舍入”和“小错”，所以 `gradcheck` 会先把输入换成 `float64`。
#
# ## 检验层的权重
#
# 层的权重不是参数列表里的输入，用 `parameters` 交进来；检验时它们临时变成 `float64`，之后恢复原样：

# %% [markdown] lang="en"
# The lowest point is where the two errors are equal: for central differences $h \approx \epsilon^{1/3} \approx 6 \cdot 10^{-6}$ (the vertical line), where about ten digits agree; from one side it is eight at best. In `float32` one never gets beyond three to five, and cannot tell rounding from a small mistake; hence `gradcheck` first turns its inputs into `float64`.
#
# ## The weights of a layer
#
# The weights of a layer are not among the inputs; hand them over as `parameters`. For the check they become `float64`, and afterwards they are what they were:

# %%
import tensorlearn as tl
from tensorlearn.layers import SimpleRNN

tl.set_seed(0)
layer = SimpleRNN(2)
batch = np.random.default_rng(0).normal(size=(2, 4, 3))
layer(batch)
gradcheck(layer, batch, parameters=layer.trainable_weights)
print([w.name for w in layer.trainable_weights], layer.trainable_weights[0].dtype)

# %% [markdown] lang="zh"
# 元素太多时（超过 500 个），逐个挪太慢，`gradcheck` 改为沿随机方向挪：$f(x + h d) - f(x - h d)$ 应等于 $2h\, \nabla f \cdot d$。一次就检查了所有元素，哪里错了再折半去找。
#
# ## 二阶
#
# `order=2` 检验“梯度的梯度”：把一阶梯度当成新的函数，再检验一遍。

# %% [markdown] lang="en"
# With very many elements (above 500) moving them one by one takes too long, and `gradcheck` moves along random directions instead: $f(x + h d) - f(x - h d)$ should equal $2h\, \nabla f \cdot d$. That looks at all elements at once; where something is wrong, halving finds it.
#
# ## Second order
#
# `order=2` checks the gradient of the gradient: the first gradient is taken for a new function and checked in turn.

# %%
gradcheck(lambda x: np.tanh(x) * x, x, order=2)
gradcheck(lambda a, b: (a @ b).sum() ** 2, np.ones((2, 3)), np.ones((3, 2)), order=2)

# %% [markdown] lang="zh"
# ## 折点
#
# `relu` 在 0 处没有导数：左边的斜率是 0，右边是 1，中心差分给出一半，而引擎给出 0。谁对？都对。在折点上，左右斜率之间的任何值都是“次梯度”，`gradcheck` 看出这是折点，就不再追究；可若给出的值在两边之外，照样是错：

# %% [markdown] lang="en"
# ## Kinks
#
# At 0, `relu` has no derivative: the slope to the left is 0, to the right 1, the central difference gives one half, and the engine gives 0. Who is right? All of them. At a kink any value between the two slopes is a "subgradient", and `gradcheck`, seeing that it is a kink, lets it pass. A value outside of the two is wrong all the same:

# %%
from tensorlearn import ops

zero = Tensor([0.0], dtype="float64", requires_grad=True)
print(
    slope(lambda x: np.maximum(x, 0).sum(), np.zeros(1)),
    grad(ops.relu(zero).sum(), zero),
)
gradcheck(ops.relu, np.array([-1.0, 0.0, 1.0]))

# %% [markdown] lang="zh"
# ## 梯度医生：手写的反向传播
#
# 很多课程要求手写 `forward` 与 `backward`。`check_gradient` 只拿你的 `forward` 来量，不藏标准答案；发现不对，它不只说“差多少”，还说像是犯了哪一种错。下面是一个全连接层，`backward` 里有一个错：

# %% [markdown] lang="en"
# ## The gradient doctor: backward passes by hand
#
# Many courses ask you to write `forward` and `backward` by hand. `check_gradient` measures your own `forward` and hides no model answer; when something is off it says not only by how much, but what mistake it looks like. Here is a fully connected layer with one mistake in its `backward`:

# %%
from tensorlearn.testing import GradientError, check_gradient

rng = np.random.default_rng(0)
data, W, b = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)


def forward(x, W, b):
    return x @ W + b


def backward(g, x, W, b):
    return g @ W.T, x.T @ g, g.mean(axis=0)


# %% tags=["raises-exception"]
check_gradient(forward, backward, data, W, b)

# %% [markdown] lang="zh"
# 诊断里的 `code` 是不随语言变的名字，程序可以比较它；`facts()` 给出可以存成 JSON 的全部事实。再看几种常见的错：

# %% [markdown] lang="en"
# The diagnosis has a `code` that is the same in every language, for programs to compare; `facts()` gives all of it, ready for JSON. Some more of the usual mistakes:

# %%
wrong = {
    "one factor too many": lambda g, x, W, b: (2 * g @ W.T, x.T @ g, g.sum(0)),
    "wrong sign": lambda g, x, W, b: (-g @ W.T, x.T @ g, g.sum(0)),
    "bias not summed": lambda g, x, W, b: (g @ W.T, x.T @ g, g),
    "ignores g": lambda g, x, W, b: (
        np.ones_like(g) @ W.T,
        x.T @ np.ones_like(g),
        g.sum(0),
    ),
    "forgot the return": lambda g, x, W, b: None,
}
for mistake, attempt in wrong.items():
    try:
        check_gradient(forward, attempt, data, W, b)
    except GradientError as error:
        print(f"{mistake:20} -> {error.code} {error.where}")
check_gradient(forward, lambda g, x, W, b: (g @ W.T, x.T @ g, g.sum(0)), data, W, b)

# %% [markdown] lang="zh"
# `check_layer` 检验带状态的层（`forward`、`backward`、`params`、`grads`），`check_engine` 检验你自己写的自动微分引擎，例如[从零写一个自动微分引擎](../autograd/engine.md)里的 `Array`。
#
# ## 常见错误
#
# **函数每次给出不同的结果。** 有随机数的函数要先固定种子，否则差分量到的是噪声：

# %% [markdown] lang="en"
# `check_layer` checks layers with state (`forward`, `backward`, `params`, `grads`), and `check_engine` an autograd engine of your own, such as the `Array` in [An engine from scratch](../autograd/engine.md).
#
# ## Common mistakes
#
# **Another result every time.** Fix the seed of anything random, or the differences measure noise:

# %% tags=["raises-exception"]
noise = np.random.default_rng(0)
gradcheck(lambda x: x * noise.normal(size=3), x)

# %% [markdown] lang="zh"
# **整数输入。** 整数没有导数，挪不动：

# %% [markdown] lang="en"
# **Integers.** They have no derivative, and cannot be moved a little:

# %% tags=["raises-exception"]
gradcheck(f, np.array([1, 2, 3]))

# %% [markdown] lang="zh"
# **中途变成了普通数组。** 结果不再是张量，也就没有梯度可比：

# %% [markdown] lang="en"
# **Leaving for plain arrays on the way.** The measured slope is there, the computed one is not:

# %% tags=["raises-exception"]
gradcheck(lambda x: Tensor(np.sin(x.numpy())).sum() + 0.0 * x.sum(), x)

# %% [markdown] lang="zh"
# **在定义域的边上检验。** $\log x$ 在 $x = 10^{-7}$ 处，$x - h$ 已是负数。选离边远一点的点，或给一个更小的 `eps`。

# %% [markdown] lang="en"
# **Checking at the edge of the domain.** For $\log x$ at $x = 10^{-7}$, $x - h$ is negative already. Choose a point further inside, or give a smaller `eps`.

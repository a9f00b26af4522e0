# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 张量：会记住来历的数组
#
# 读完这一页，你会用 `Tensor` 计算任何公式的导数，知道 `backward`、`grad` 与 `no_grad` 各做什么，也知道梯度为什么会累加、什么时候会断。
#
# ## 数组加上记忆
#
# `Tensor` 里装的就是一个 NumPy 数组。不同之处在于：由 `requires_grad=True` 的张量算出来的结果，会记住自己是哪个运算、由哪些输入得来的。有了这份记录，就能倒着走回去，把每一步的导数乘起来。

# %% [markdown] lang="en"
# # Tensors: arrays that remember
#
# After this page you can differentiate any formula with `Tensor`, you know what `backward`, `grad` and `no_grad` do, and you know why gradients add up and where they get lost.
#
# ## An array with a memory
#
# Inside a `Tensor` there is a plain NumPy array. The difference: whatever is computed from a tensor with `requires_grad=True` remembers which operation made it, and from what. With that record one can walk back and multiply the derivatives of the steps.

# %%
import numpy as np
from tensorlearn import Tensor

x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
y = (x * x).sum()
print(y)
y.backward()
x.grad

# %% [markdown] lang="zh"
# $y = \sum x_i^2$，所以 $\partial y / \partial x_i = 2x_i$。`backward` 从 `y` 出发往回走，把结果放进叶子（自己创建、而非算出来的张量）的 `.grad`。
#
# ## 计算图
#
# 每个结果与它的输入连成一张有向图。下面这个式子里 $x$ 用了两次，图上就有两条路通向它：

# %% [markdown] lang="en"
# Since $y = \sum x_i^2$, the derivative is $\partial y / \partial x_i = 2x_i$. `backward` starts at `y`, walks back, and leaves the result in the `.grad` of the leaves: the tensors you made yourself rather than computed.
#
# ## The graph
#
# Results and their inputs form a directed graph. In the next expression $x$ is used twice, so two paths lead to it:

# %% tags=["mermaid"]
x = Tensor(2.0, requires_grad=True)
a = x * 3.0
y = a * x + a
print(y.graph())

# %% [markdown] lang="zh"
# 链式法则的全部内容可以用一句话说完：**一条路上的导数相乘，几条路的结果相加**。这里 $y = 3x^2 + 3x$，导数是 $6x + 3 = 15$：

# %% [markdown] lang="en"
# The whole chain rule in one sentence: **multiply along a path, add over the paths**. Here $y = 3x^2 + 3x$, so the derivative is $6x + 3 = 15$:

# %%
y.backward()
print(x.grad)

# %% [markdown] lang="zh"
# ## 梯度会累加
#
# 每次 `backward` 都把梯度加到 `.grad` 上，而不是覆盖。这是有意的：一个参数可能在几个损失里都出现。代价是每一步之前要自己清零，否则第二步用的就是前两步梯度的和：

# %% [markdown] lang="en"
# ## Gradients add up
#
# Each `backward` adds to `.grad`, it does not overwrite: a parameter may take part in several losses. The price is that you clear it before every step, or the second step uses the sum of the first two gradients:

# %%
w = Tensor(1.0, requires_grad=True)
for step in range(3):
    (w * 2.0).backward()
    print(step, w.grad)

w.grad = None  # start afresh
(w * 2.0).backward()
print("cleared:", w.grad)

# %% [markdown] lang="zh"
# 如果只想要一个导数、不想碰任何 `.grad`，就用 `grad`：它像数学里的 $\partial y/\partial x$ 一样，是一个函数。

# %% [markdown] lang="en"
# If you want one derivative and no `.grad` touched, use `grad`: like $\partial y/\partial x$ on paper, it is a function.

# %%
import tensorlearn as tl

x = Tensor([0.0, 1.0, 2.0], requires_grad=True)
print(tl.grad(np.sin(x).sum(), x), x.grad)

# %% [markdown] lang="zh"
# 上面直接用了 `np.sin`：NumPy 的函数遇到 `Tensor` 会自动记录下来，不会悄悄切断计算图。
#
# ## 看一看
#
# 有了导数，就能看见一个函数的斜率。下面是 `tanh` 与它的一阶、二阶导数，全部由引擎算出：

# %% [markdown] lang="en"
# `np.sin` was used directly: NumPy's functions are recorded when they meet a `Tensor`, they never cut the graph in silence.
#
# ## A picture
#
# With derivatives at hand one can see how a function bends. Here are `tanh` and its first two derivatives, all computed by the engine:

# %%
import matplotlib.pyplot as plt

x = Tensor(np.linspace(-4, 4, 201), requires_grad=True)
y = np.tanh(x)
first = tl.grad(y.sum(), x, create_graph=True)
second = tl.grad(first.sum(), x)

fig, ax = plt.subplots(figsize=(6, 2.6))
for curve, label in [(y.numpy(), "tanh"), (first.numpy(), "tanh'"), (second, "tanh''")]:
    ax.plot(x.numpy(), curve, label=label)
ax.legend()
ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# ## 下山
#
# 导数指向上坡，往反方向走一小步，函数值就变小。这就是训练。下面走两百步，找出最小二乘的直线，与 NumPy 的精确解对照：

# %% [markdown] lang="en"
# ## Downhill
#
# The gradient points uphill; a small step the other way makes the value smaller. That is all training is. Here two hundred steps find the line of least squares, next to NumPy's exact answer:

# %%
rng = np.random.default_rng(0)
t = rng.uniform(-1, 1, 50)
data = 2.0 * t - 0.5 + 0.1 * rng.normal(size=50)

w, b = Tensor(0.0, requires_grad=True), Tensor(0.0, requires_grad=True)
for _ in range(200):
    loss = ((w * t + b - data) ** 2).mean()
    slope_w, slope_b = tl.grad(loss, [w, b])
    w = Tensor(w.data - 0.3 * slope_w, requires_grad=True)
    b = Tensor(b.data - 0.3 * slope_b, requires_grad=True)
print(w.data, b.data)
print(np.polyfit(t, data, 1))

# %% [markdown] lang="zh"
# ## 不要记录
#
# 只求值、不求导的时候，记录是浪费。`no_grad` 里的运算不留痕迹；`detach` 给出同一个数组的一个“没有过去”的张量；`numpy()` 给出数组本身。

# %% [markdown] lang="en"
# ## Not remembering
#
# Where only the value matters the record is a waste. Nothing leaves a trace inside `no_grad`; `detach` gives a tensor of the same array without a past; `numpy()` gives the array itself.

# %%
x = Tensor([1.0, 2.0], requires_grad=True)
with tl.no_grad():
    y = x * 2.0
print(y.requires_grad, x.detach().requires_grad, type(x.numpy()).__name__)

# %% [markdown] lang="zh"
# ## 常见错误
#
# **对一个不是数的结果调用 `backward`。** 一个向量没有“梯度”，只有雅可比矩阵；要么先求和，要么说明每个分量的权重：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **Calling `backward` on something that is not a number.** A vector has a Jacobian, not a gradient; sum it first, or say how its components are weighed:

# %% tags=["raises-exception"]
x = Tensor([1.0, 2.0], requires_grad=True)
(x * x).backward()

# %% [markdown] lang="zh"
# **走两遍同一张图。** `backward` 一边走一边把不再需要的数组放掉；要走第二遍，第一遍就得说 `retain_graph=True`：

# %% [markdown] lang="en"
# **Walking the same graph twice.** `backward` lets go of the arrays it has passed; if you need a second walk, the first one has to be told `retain_graph=True`:

# %% tags=["raises-exception"]
y = (x * x).sum()
y.backward()
y.backward()

# %% [markdown] lang="zh"
# **结果与输入无关。** 路上有 `detach`、`numpy()` 或整数运算，梯度就传不过去：

# %% [markdown] lang="en"
# **A result that does not depend on the input.** A `detach`, a `numpy()` or integer arithmetic on the way, and nothing gets through:

# %% tags=["raises-exception"]
z = Tensor([3.0], requires_grad=True)
tl.grad((x.detach() * z).sum(), x)

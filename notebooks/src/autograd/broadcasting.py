# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---
# %% [markdown] lang="zh"
# # 广播与反广播
#
# 读完这一页，你看到任何一个广播，都能立刻说出它的梯度该在哪些轴上求和，也知道为什么 `(N,)` 与 `(N, 1)` 相减是深度学习里最贵的一个笔误。
#
# ## 三条规则
#
# 两个形状右端对齐；缺的轴在左边补 1；长度为 1 的轴被拉长到与对方一样，其余的长度必须相等。

# %% [markdown] lang="en"
# # Broadcasting, and back
#
# After this page you can look at any broadcast and say at once over which axes its gradient is summed, and you know why subtracting `(N, 1)` from `(N,)` is the most expensive slip in deep learning.
#
# ## Three rules
#
# Align two shapes at their right ends; fill missing axes on the left with 1; stretch axes of length 1 to match the other, all remaining lengths must be equal.

# %%
import numpy as np

for a, b in [((4, 3), (3,)), ((4, 1), (1, 3)), ((2, 4, 3), (4, 1))]:
    print(f"{a!s:10} + {b!s:7} -> {np.broadcast_shapes(a, b)}")

# %% [markdown] lang="zh"
# ## 看一看
#
# 拉长就是复制：深色的格子是数组里真有的，浅色的是广播补出来的。

# %% [markdown] lang="en"
# ## A picture
#
# Stretching is copying: dark cells exist in the array, light ones were filled in by the broadcast.

# %%
import matplotlib.pyplot as plt

row, column = np.array([[1, 2, 3]]), np.array([[10], [20], [30], [40]])
fig, axes = plt.subplots(1, 3, figsize=(8, 2.4))
shape = (4, 3)
for ax, part in zip(axes, (column, row, column + row)):
    real = np.zeros(shape)
    real[: part.shape[0], : part.shape[1]] = 1
    ax.imshow(real, cmap="Blues", vmin=-0.3, vmax=1.6)
    for (i, j), value in np.ndenumerate(np.broadcast_to(part, shape)):
        ax.text(j, i, value, ha="center", va="center")
    ax.set(title=str(part.shape), xticks=[], yticks=[])

# %% [markdown] lang="zh"
# ## 往回：复制的转置是求和
#
# 复制是线性的：$B x$，其中 $B$ 是由 0 和 1 组成的瘦高矩阵。任何线性运算 $y = Bx$ 的拉回都是 $B^\top g$，而 $B$ 的转置做的正是把每一份复制品的梯度加起来：
#
# $$y_{ij} = x_j \;\Longrightarrow\; \frac{\partial L}{\partial x_j} = \sum_i g_{ij}$$
#
# 于是有一条不必思考的规则：**前向在哪些轴上拉长，往回就在哪些轴上求和。** 反过来也成立：求和的拉回是广播。这一对运算互为梯度，所以二阶导数不需要任何新公式。

# %% [markdown] lang="en"
# ## Back: the transpose of copying is adding
#
# Copying is linear: $B x$, with a tall matrix $B$ of zeros and ones. The pullback of any linear operation $y = Bx$ is $B^\top g$, and what the transpose of $B$ does is exactly to add up the gradients of all the copies:
#
# $$y_{ij} = x_j \;\Longrightarrow\; \frac{\partial L}{\partial x_j} = \sum_i g_{ij}$$
#
# Hence a rule that takes no thought: **where the forward pass stretched, the way back sums.** The converse holds too: the pullback of a sum is a broadcast. The two are each other's gradient, which is why second derivatives need no new formula.

# %%
import tensorlearn as tl
from tensorlearn import Tensor

x = Tensor(np.zeros((4, 3)), requires_grad=True)
bias = Tensor(np.zeros(3), requires_grad=True)
scale = Tensor(np.zeros((4, 1)), requires_grad=True)

g = np.arange(12.0).reshape(4, 3)  # the gradient that arrives from above
for name, slope in zip(
    ("x", "bias", "scale"), tl.grad(x + bias + scale, [x, bias, scale], g)
):
    print(name, slope.shape, slope.ravel())

# %% [markdown] lang="zh"
# `bias` 的梯度是 $g$ 按列的和，`scale` 的是按行的和。这就是“偏置的梯度要在批上求和”的全部原因：前向时它被复制了 $N$ 份。
#
# 在引擎里这件事只写一次：凡标有 `broadcasts` 的运算，拉回照“大的形状”写，引擎再把结果加回输入的形状。
#
# ## 伴随检验
#
# 两个线性运算是否互为转置，不用写出矩阵也能检验：对随便两个向量，$\langle Bx,\, g\rangle = \langle x,\, B^\top g\rangle$。

# %% [markdown] lang="en"
# The gradient of `bias` is the column sum of $g$, that of `scale` the row sum. This is the entire reason why "the gradient of a bias is summed over the batch": going forward it was copied $N$ times.
#
# The engine has it written down once: operations marked `broadcasts` state their pullback for the large shape, and the engine adds the result back to the shape of the input.
#
# ## The adjoint test
#
# Whether two linear operations are transposes of each other can be tested without a matrix in sight: for any two vectors, $\langle Bx,\, g\rangle = \langle x,\, B^\top g\rangle$.

# %%
rng = np.random.default_rng(0)
x, g = rng.normal(size=(1, 3)), rng.normal(size=(5, 4, 3))
stretched = np.broadcast_to(x, g.shape)
summed = g.sum(axis=(0, 1), keepdims=True)[0]
print((stretched * g).sum(), (x * summed).sum())

# %% [markdown] lang="zh"
# ## 常见错误
#
# **`(N,)` 减 `(N, 1)`。** 标签是一维的，网络的输出是 $(N, 1)$，相减得到 $(N, N)$：每个预测与每个标签都比了一遍。没有任何报错，损失也会下降，只是网络学会了处处预测平均值：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **`(N,)` minus `(N, 1)`.** The labels have one axis, the output of the network is $(N, 1)$, and the difference is $(N, N)$: every prediction is compared with every label. Nothing raises, the loss even falls, only the network learns to predict the mean everywhere:

# %%
t = np.linspace(-1, 1, 20)
label, w = 3 * t, Tensor(0.0, requires_grad=True)
for shape in [(20, 1), (20,)]:
    w = Tensor(0.0, requires_grad=True)
    for _ in range(100):
        prediction = w * t.reshape(shape)
        loss = ((prediction - label) ** 2).mean()
        w = Tensor(w.data - 0.3 * tl.grad(loss, w), requires_grad=True)
    print(f"{shape!s:8} difference {(prediction - label).shape!s:9} w = {w.data:.3f}")

# %% [markdown] lang="zh"
# 正确的斜率是 3。`fit` 知道这个陷阱，会替你对齐或者拒绝；自己写循环时要靠自己看形状。
#
# **形状根本对不上**，会当场说清楚：

# %% [markdown] lang="en"
# The right slope is 3. `fit` knows this trap and aligns the shapes or refuses; in a loop of your own it is up to you to look.
#
# **Shapes that do not fit at all** are reported on the spot:

# %% tags=["raises-exception"]
Tensor(np.zeros((4, 3))) + Tensor(np.zeros(4))

# %% [markdown] lang="zh"
# **自己写拉回时忘了求和。** 引擎会替标了 `broadcasts` 的运算求和；手写的 NumPy 梯度没有人替你做，形状不对时先想这一条。

# %% [markdown] lang="en"
# **Forgetting the sum in a pullback of your own.** The engine sums for operations marked `broadcasts`; for a gradient written by hand in NumPy nobody does it for you. When a shape is off, think of this first.

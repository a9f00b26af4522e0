# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 1.1 Dense：全连接层
#
# 每个输出都要看一遍所有的输入，各按各的权重相加，再过一个激活函数。神经网络里最老、也最常用的就是它。
#
# ## 它算什么
#
# $$y = \varphi(x\,W + b) \qquad (N, D) \to (N, U)$$
#
# $x$ 的每一行是一个样本，有 $D$ 个特征；$W$（`kernel`）的形状是 $(D, U)$，每一列属于一个输出单元；$b$（`bias`）给每个单元一个起点；$\varphi$ 是 `activation`，不写就是恒等函数。
#
# 一列权重就是一把尺子：它与输入的内积说明“这个输入有多像我要找的东西”，偏置则决定“多像才算像”。$U$ 把尺子并排放着，一次矩阵乘法全部量完。输入多于两个轴时，只有最后一个轴参与计算：$(N, T, D) \to (N, T, U)$，前面的轴都当作样本。
#
# !!! note "更正"
#     原文档说 `activation` 可以是“Theano 函数”。在这里它是内置激活函数的名字，或任何由 `tensorlearn` 运算写成的函数，例如 `lambda x: x * x`。

# %% [markdown] lang="en"
# # 1.1 Dense: the fully connected layer
#
# Every output looks at all the inputs, weighs each its own way, adds up, and passes the sum through an activation. It is the oldest layer there is and still the one used most.
#
# ## What it computes
#
# $$y = \varphi(x\,W + b) \qquad (N, D) \to (N, U)$$
#
# A row of $x$ is one sample with $D$ features; $W$ (`kernel`) has shape $(D, U)$, a column for each output unit; $b$ (`bias`) gives each unit a point to start from; $\varphi$ is the `activation`, the identity if you name none.
#
# Think of a column of weights as a template. Its inner product with the input says how much the input resembles what the unit is looking for, and the bias decides how much resemblance is enough. $U$ templates stand side by side, and one matrix product compares the input with all of them. With more than two axes only the last takes part, $(N, T, D) \to (N, T, U)$: the axes before it merely count samples.
#
# !!! note "Correction"
#     The original document allows a "Theano function" as `activation`. Here it is the name of a built-in one, or any function written in `tensorlearn` operations, such as `lambda x: x * x`.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import Dense

layer = Dense(2, activation="relu")
x = np.array([[1.0, 2.0, 3.0]])
layer(x)  # the first call makes the weights
layer.set_weights([np.array([[1, 0], [0, 1], [1, -1]]), np.array([0.5, 0.5])])
layer(x)

# %% [markdown] lang="zh"
# 用手算一遍：第一个单元 $1 + 3 + 0.5 = 4.5$；第二个 $2 - 3 + 0.5 = -0.5$，被 `relu` 截成 $0$。
#
# ## 看一看
#
# 一个单元把平面用一条直线分成两半，直线的方向由权重决定，位置由偏置决定。三个 `relu` 单元就能围出一个三角形：在三角形里面，三个单元都不作声。

# %% [markdown] lang="en"
# By hand: the first unit gives $1 + 3 + 0.5 = 4.5$; the second $2 - 3 + 0.5 = -0.5$, which `relu` cuts to $0$.
#
# ## A picture
#
# A unit cuts the plane in two along a line; the weights turn the line, the bias moves it. Three `relu` units can fence in a triangle: inside it, all three are silent.

# %%
import matplotlib.pyplot as plt

angles = np.array([90, 210, 330]) * np.pi / 180
fence = Dense(3, activation="relu")
fence(np.zeros((1, 2)))
fence.set_weights([np.stack([np.cos(angles), np.sin(angles)]), np.full(3, -0.5)])

u, v = np.meshgrid(np.linspace(-2, 2, 121), np.linspace(-2, 2, 121))
units = fence(np.stack([u.ravel(), v.ravel()], axis=1)).numpy().reshape(121, 121, 3)

fig, axes = plt.subplots(1, 4, figsize=(8, 2.2), sharey=True)
for k, ax in enumerate(axes):
    values = units[..., k] if k < 3 else units.sum(-1)
    ax.contourf(u, v, values, levels=12, cmap="Blues")
    ax.contour(u, v, values, levels=[1e-6], colors="k", linewidths=1)
    ax.set(title=f"unit {k}" if k < 3 else "sum", aspect="equal", xticks=[], yticks=[])

# %% [markdown] lang="zh"
# ## 参数
#
# 只有 `units` 是必需的；在 `Sequential` 的第一层里，还要用 `input_shape`（或 `input_dim`）说明输入有几个特征。

# %% [markdown] lang="en"
# ## Arguments
#
# Only `units` is required; the first layer of a `Sequential` is also told, by `input_shape` (or `input_dim`), how many features there are.

# %% tags=["both"]
tl.help("Dense")

# %% [markdown] lang="zh"
# ## 形状
#
# | | 形状 |
# |---|---|
# | 输入 | `(N, ..., D)`，最常见的是 `(N, D)` |
# | 输出 | `(N, ..., units)` |
# | `kernel` | `(D, units)` |
# | `bias` | `(units,)` |
#
# 权重有 $D \cdot U + U$ 个，与 $N$ 和中间的轴都无关。

# %% [markdown] lang="en"
# ## Shapes
#
# | | shape |
# |---|---|
# | input | `(N, ..., D)`, most often `(N, D)` |
# | output | `(N, ..., units)` |
# | `kernel` | `(D, units)` |
# | `bias` | `(units,)` |
#
# There are $D \cdot U + U$ weights, however large $N$ and the axes in between may be.

# %%
layer = Dense(5)
print(layer.compute_output_shape((None, 10, 3)))
print(layer(np.zeros((2, 10, 3))).shape, layer.count_params())

# %% [markdown] lang="zh"
# ## 例子
#
# 作为模型的第一层，再接一层；第二层不必再说输入的形状：

# %% [markdown] lang="en"
# ## Example
#
# As the first layer of a model, with another behind it that need not be told its input:

# %%
from tensorlearn import Sequential

model = Sequential()
model.add(Dense(32, input_shape=(16,)))
model.add(Dense(10, activation="softmax"))
print(model.input_shape, model.output_shape)

# %% [markdown] lang="zh"
# 一层解不了异或，两层可以。第一层的八个单元各划一条线，第二层把线围成区域：

# %% [markdown] lang="en"
# One layer cannot solve exclusive-or; two can. The eight units of the first draw lines, the second joins the lines into regions:

# %%
tl.set_seed(0)
x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([[0], [1], [1], [0]])

xor = Sequential(
    [Dense(8, activation="tanh", input_shape=(2,)), Dense(1, activation="sigmoid")]
)
xor.compile(tl.optimizers.Adam(0.1), "binary_crossentropy", ["accuracy"])
history = xor.fit(x, y, epochs=60, verbose=0)
print("loss", round(history.history["loss"][-1], 4))
xor.predict(x).round(2)

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 记 $z = xW + b$，$g$ 为损失对 $z$ 的梯度，那么
#
# $$\frac{\partial L}{\partial W} = x^\top g, \qquad \frac{\partial L}{\partial b} = \sum_n g_n, \qquad \frac{\partial L}{\partial x} = g\,W^\top$$
#
# 记不住哪个该转置？让形状来决定：$(D, U)$ 只能由 $(D, N)$ 乘 $(N, U)$ 得来。`gradcheck` 用中心差分核对这三个公式；不出声就是通过。

# %% [markdown] lang="en"
# ## Gradient check
#
# With $z = xW + b$ and $g$ for the gradient of the loss with respect to $z$,
#
# $$\frac{\partial L}{\partial W} = x^\top g, \qquad \frac{\partial L}{\partial b} = \sum_n g_n, \qquad \frac{\partial L}{\partial x} = g\,W^\top$$
#
# You cannot remember which one is transposed? Let the shapes decide: only $(D, N)$ times $(N, U)$ makes $(D, U)$. `gradcheck` holds all three against central differences; silence means they agree.

# %%
from tensorlearn.testing import gradcheck

rng = np.random.default_rng(0)
layer = Dense(3, activation="tanh")
x = rng.normal(size=(4, 2))
layer(x)
gradcheck(layer, x, parameters=layer.trainable_weights)

W, b = layer.get_weights()
g = 1 - np.tanh(x @ W + b) ** 2  # of sum(tanh(z))
by_engine = tl.grad(layer(x).sum(), layer.kernel)
bool(np.abs(by_engine - x.T @ g).max() < 1e-6)

# %% [markdown] lang="zh"
# ## 常见错误
#
# **输入的特征数变了。** 权重在第一次见到输入时就定了形状：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **Another number of features.** The weights take their shape from the first input they meet:

# %% tags=["raises-exception"]
layer(np.zeros((4, 3)))

# %% [markdown] lang="zh"
# **图像直接送进 `Dense`。** 这不会报错：`Dense` 只看最后一个轴，$(N, 8, 8)$ 会变成 $(N, 8, 10)$。先用 `Flatten` 压平。错误要到损失那里才被发现：

# %% [markdown] lang="en"
# **An image straight into `Dense`.** This raises nothing: `Dense` only looks at the last axis, and $(N, 8, 8)$ becomes $(N, 8, 10)$. Put a `Flatten` before it. Only the loss notices:

# %% tags=["raises-exception"]
model = Sequential([Dense(10, activation="softmax", input_shape=(8, 8))])
model.compile("sgd", "categorical_crossentropy")
model.fit(np.zeros((4, 8, 8)), np.eye(10)[:4], verbose=0)

# %% [markdown] lang="zh"
# **激活函数按位置传。** 与 Keras 一样，第一个参数之后都要写名字：

# %% [markdown] lang="en"
# **The activation by position.** As in Keras, everything after the first argument is given by name:

# %% tags=["raises-exception"]
Dense(32, "relu")

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# 旧名字照样能用，同时会告诉你新的写法：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# The old names still work, and you are told the new ones:

# %% tags=["both"]
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    Dense(output_dim=64, input_dim=20, init="uniform", W_regularizer="l2")
print(caught[0].message)

# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 7.1 合并：从多个输入到一个输出
#
# 八个没有权重的层，把几路张量合成一路。残差连接、多输入模型、注意力里的相似度，都从这里开始。
#
# ## 它算什么
#
# | 层 | 公式 | 输入个数 |
# |---|---|---|
# | `Add` | $\sum_k x_k$ | 两个以上 |
# | `Subtract` | $x_1 - x_2$ | 恰好两个 |
# | `Multiply` | $\prod_k x_k$ | 两个以上 |
# | `Average` | $\frac1K \sum_k x_k$ | 两个以上 |
# | `Maximum` | $\max_k x_k$ | 两个以上 |
# | `Minimum` | $\min_k x_k$ | 两个以上 |
# | `Concatenate(axis)` | 沿一个轴首尾相接 | 两个以上 |
# | `Dot(axes)` | 沿给定的轴求内积 | 恰好两个 |
#
# 前六个逐元素计算，长度为 1 的轴会广播。每个层都有一个同名的小写函数，`add([a, b])` 就是 `Add()([a, b])`。
#
# !!! note "更正"
#     原文档的这一节是空的，只说可以“通过 merge 合并两个 Sequential”，没有代码。Keras 2 已经删去 `Merge`；这里既可以用函数式写法，也保留了 Keras 1 的 `Merge`，见本页末尾。

# %% [markdown] lang="en"
# # 7.1 Merging: several inputs, one output
#
# Eight layers without weights that make one tensor out of several. Residual connections, models with many inputs and the similarities of attention all begin here.
#
# ## What it computes
#
# | layer | formula | inputs |
# |---|---|---|
# | `Add` | $\sum_k x_k$ | two or more |
# | `Subtract` | $x_1 - x_2$ | exactly two |
# | `Multiply` | $\prod_k x_k$ | two or more |
# | `Average` | $\frac1K \sum_k x_k$ | two or more |
# | `Maximum` | $\max_k x_k$ | two or more |
# | `Minimum` | $\min_k x_k$ | two or more |
# | `Concatenate(axis)` | end to end along one axis | two or more |
# | `Dot(axes)` | inner products along given axes | exactly two |
#
# The first six work element by element, and axes of length 1 broadcast. Each has a function of the same name in lower case: `add([a, b])` is `Add()([a, b])`.
#
# !!! note "Correction"
#     The original document leaves this section empty, and says without code that two Sequential models can be joined "through merge". Keras 2 dropped `Merge`. Here you can write it the functional way, and the Keras-1 `Merge` has been kept as well; see the end of the page.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import (
    Add,
    Average,
    Concatenate,
    Dot,
    Maximum,
    Multiply,
    Subtract,
)

a, b = np.array([[1.0, 5.0, 2.0]]), np.array([[4.0, 3.0, 2.0]])
for layer in (
    Add(),
    Subtract(),
    Multiply(),
    Average(),
    Maximum(),
    Concatenate(),
    Dot(-1),
):
    print(f"{type(layer).__name__:12}", layer([a, b]).numpy())

# %% [markdown] lang="zh"
# ## 看一看
#
# 两列波：相加得到拍，相乘是包络，取最大值是轮廓。

# %% [markdown] lang="en"
# ## A picture
#
# Two waves: their sum beats, their product is an envelope, their maximum an outline.

# %%
import matplotlib.pyplot as plt

t = np.linspace(0, 12, 400)
p, q = np.sin(5 * t)[None], np.sin(6 * t)[None]
fig, axes = plt.subplots(1, 3, figsize=(8, 2), sharey=True)
for ax, layer in zip(axes, (Add(), Multiply(), Maximum())):
    ax.plot(t, p[0], color="lightgrey", linewidth=0.7)
    ax.plot(t, q[0], color="lightgrey", linewidth=0.7)
    ax.plot(t, layer([p, q]).numpy()[0])
    ax.set(title=type(layer).__name__, xticks=[])

# %% [markdown] lang="zh"
# ## 参数
#
# 逐元素的六个没有自己的参数。`Concatenate` 有 `axis`：

# %% [markdown] lang="en"
# ## Arguments
#
# The six elementwise layers take none of their own. `Concatenate` has `axis`:

# %% tags=["both"]
tl.help("Concatenate")

# %% [markdown] lang="zh"
# `Dot` 有 `axes` 与 `normalize`；`normalize=True` 先把向量的长度化为 1，内积就成了余弦相似度：

# %% [markdown] lang="en"
# `Dot` has `axes` and `normalize`; with `normalize=True` vectors are first brought to length 1, which makes the product a cosine similarity:

# %% tags=["both"]
tl.help("Dot")

# %% [markdown] lang="zh"
# ## 形状
#
# | 层 | 输入 | 输出 |
# |---|---|---|
# | 逐元素 | `(N, ...)` 若干，可广播 | 广播后的形状 |
# | `Concatenate(axis)` | 除 `axis` 外处处相等 | `axis` 上的长度相加 |
# | `Dot(axes=1)` | `(N, D)` 与 `(N, D)` | `(N, 1)` |
# | `Dot(axes=(2, 2))` | `(N, S, D)` 与 `(N, T, D)` | `(N, S, T)` |

# %% [markdown] lang="en"
# ## Shapes
#
# | layer | inputs | output |
# |---|---|---|
# | elementwise | several `(N, ...)` that broadcast | the broadcast shape |
# | `Concatenate(axis)` | equal but along `axis` | lengths along `axis` add up |
# | `Dot(axes=1)` | `(N, D)` and `(N, D)` | `(N, 1)` |
# | `Dot(axes=(2, 2))` | `(N, S, D)` and `(N, T, D)` | `(N, S, T)` |

# %%
print(Add().compute_output_shape([(None, 4, 8), (None, 1, 8)]))
print(Concatenate(axis=1).compute_output_shape([(None, 4, 8), (None, 6, 8)]))
print(Dot(axes=(2, 2)).compute_output_shape([(None, 4, 8), (None, 6, 8)]))

# %% [markdown] lang="zh"
# ## 例子
#
# 一个残差块。输入原样绕过两层，再与它们的输出相加；层学的只是“还差多少”。

# %% [markdown] lang="en"
# ## Example
#
# A residual block. The input bypasses two layers and is added to what they make of it, so that the layers only learn what is missing.

# %%
from tensorlearn import Input, Model
from tensorlearn.layers import Dense, add

x = Input((16,))
y = Dense(16, activation="relu")(x)
y = Dense(16)(y)
block = Model(x, add([x, y]))
block.output_shape

# %% [markdown] lang="zh"
# 两个输入，各走一段，再连起来：

# %% [markdown] lang="en"
# Two inputs, a way of their own for each, then joined:

# %%
from tensorlearn.layers import concatenate

image, text = Input((64,)), Input((20,))
joined = concatenate(
    [Dense(8, activation="relu")(image), Dense(8, activation="relu")(text)]
)
model = Model([image, text], Dense(1, activation="sigmoid")(joined))
print(model.predict([np.zeros((3, 64)), np.zeros((3, 20))]).shape)

# %% [markdown] lang="zh"
# ## 梯度检查
#
# | 层 | 传给 $x_k$ 的梯度 |
# |---|---|
# | `Add` | $g$ |
# | `Multiply` | $g \prod_{j \ne k} x_j$ |
# | `Average` | $g / K$ |
# | `Maximum` | 赢家得 $g$，其余得 0 |
# | `Concatenate` | $g$ 中属于自己的那一段 |
#
# 相加的梯度原样传给每一路：残差网络能叠几百层，靠的就是这条畅通无阻的旁路。

# %% [markdown] lang="en"
# ## Gradient check
#
# | layer | gradient that $x_k$ receives |
# |---|---|
# | `Add` | $g$ |
# | `Multiply` | $g \prod_{j \ne k} x_j$ |
# | `Average` | $g / K$ |
# | `Maximum` | $g$ for the winner, 0 for the others |
# | `Concatenate` | its own part of $g$ |
#
# A sum hands its gradient unchanged to every branch. This open bypass is what lets residual networks grow hundreds of layers deep.

# %%
from tensorlearn.testing import gradcheck

rng = np.random.default_rng(0)
u, v = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 3, 4))
for layer in (
    Add(),
    Subtract(),
    Multiply(),
    Average(),
    Maximum(),
    Concatenate(1),
    Dot(2),
):
    gradcheck(lambda u, v, layer=layer: layer([u, v]), u, v)

# %% [markdown] lang="zh"
# ## 常见错误
#
# **忘了中间的一对括号。** 先造层，再调用：`Concatenate()([a, b])`：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **One pair of brackets short.** First make the layer, then call it: `Concatenate()([a, b])`:

# %% tags=["raises-exception"]
Concatenate([a, b])

# %% [markdown] lang="zh"
# **形状对不上：**

# %% [markdown] lang="en"
# **Shapes that do not fit:**

# %% tags=["raises-exception"]
Concatenate(axis=1)([np.zeros((2, 4, 8)), np.zeros((2, 4, 9))])

# %% [markdown] lang="zh"
# **只给了一个输入：**

# %% [markdown] lang="en"
# **A single input:**

# %% tags=["raises-exception"]
Add()([np.zeros((2, 4))])

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `Merge` 合并两个 `Sequential`；合并之后的模型吃一个列表：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# `Merge` joins two `Sequential` models; the model that results takes a list:

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Merge

left = Sequential([Dense(4, input_shape=(3,))])
right = Sequential([Dense(4, input_shape=(5,))])
model = Sequential([Merge([left, right], mode="concat"), Dense(1)])
print(model.predict([np.zeros((2, 3)), np.zeros((2, 5))]).shape)

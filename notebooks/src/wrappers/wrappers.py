# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 11.1 包装：层中之层
#
# 包装层自己几乎不算什么，只决定里面的层怎样用：`TimeDistributed` 在每一步上用同一个层，`Bidirectional` 把循环层正反各走一遍。
#
# ## 它算什么
#
# `TimeDistributed(layer)`：
#
# $$y_{n,t} = \text{layer}(x_{n,t}) \qquad (N, T, \ldots) \to (N, T, \ldots')$$
#
# 所有的步共用一套权重。
#
# `Bidirectional(layer)`：一个 `layer` 从头读到尾，一个副本从尾读到头，两个输出按 `merge_mode` 合在一起：
#
# | `merge_mode` | 合并 |
# |---|---|
# | `"concat"`（默认） | 首尾相接，特征加倍 |
# | `"sum"`、`"ave"`、`"mul"` | 相加、平均、相乘 |
# | `None` | 不合并，返回两个输出 |
#
# 反向那一路的输出序列会再翻转回来，与正向的对齐：第 $t$ 步看到的是过去与未来的全部。
#
# !!! note "更正"
#     原文档只提到“包装层”这个名字，内容依 Keras 2.2.4 补全。

# %% [markdown] lang="en"
# # 11.1 Wrappers: a layer around a layer
#
# A wrapper computes next to nothing itself and decides how the layer inside is used: `TimeDistributed` uses it at every step, `Bidirectional` walks a recurrent layer both ways.
#
# ## What it computes
#
# `TimeDistributed(layer)`:
#
# $$y_{n,t} = \text{layer}(x_{n,t}) \qquad (N, T, \ldots) \to (N, T, \ldots')$$
#
# with the same weights at every step.
#
# `Bidirectional(layer)`: the `layer` reads from start to end, a copy of it from end to start, and `merge_mode` says how to put the two outputs together:
#
# | `merge_mode` | how |
# |---|---|
# | `"concat"`, the default | end to end, twice the features |
# | `"sum"`, `"ave"`, `"mul"` | sum, mean, product |
# | `None` | not at all: two outputs |
#
# The sequence from the backward walk is turned round again, so that step $t$ has seen all of the past and all of the future.
#
# !!! note "Correction"
#     The original document only names the family; what is said here follows Keras 2.2.4.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import (
    LSTM,
    Bidirectional,
    Conv2D,
    Dense,
    SimpleRNN,
    TimeDistributed,
)

x = np.random.default_rng(0).normal(size=(2, 5, 3))
print(TimeDistributed(Dense(4))(x).shape)
print(
    Bidirectional(LSTM(4))(x).shape, Bidirectional(LSTM(4), merge_mode="sum")(x).shape
)

# %% [markdown] lang="zh"
# ## 看一看
#
# 一个会“记账”的循环层：权重都取 1，每一步输出到目前为止的总和。正向、反向与两者之和：

# %% [markdown] lang="en"
# ## A picture
#
# A recurrent layer that keeps a running total: all its weights are 1. Here it is forwards, backwards, and as the sum of both:

# %%
import matplotlib.pyplot as plt


def total():
    ones = {"kernel_initializer": "ones", "recurrent_initializer": "ones"}
    return SimpleRNN(1, activation="linear", return_sequences=True, **ones)


steps = np.array([0, 1, 0, 0, 3, 0, 0, 0, 2, 0], "float32").reshape(1, 10, 1)
forward, backward = Bidirectional(total(), merge_mode=None)(steps)
both = Bidirectional(total(), merge_mode="sum")(steps)

fig, axes = plt.subplots(1, 3, figsize=(8, 2.1), sharey=True)
for ax, y, title in zip(
    axes, (forward, backward, both), ("forward", "backward", "sum")
):
    ax.bar(np.arange(10), steps[0, :, 0], color="lightgrey")
    ax.step(np.arange(10), y.numpy()[0, :, 0], where="mid")
    ax.set(title=title, xlabel="t")

# %% [markdown] lang="zh"
# ## 参数
#
# ### TimeDistributed

# %% [markdown] lang="en"
# ## Arguments
#
# ### TimeDistributed

# %% tags=["both"]
tl.help("TimeDistributed")

# %% [markdown] lang="zh"
# ### Bidirectional

# %% [markdown] lang="en"
# ### Bidirectional

# %% tags=["both"]
tl.help("Bidirectional")

# %% [markdown] lang="zh"
# ## 形状
#
# | 包装 | 输入 | 输出 |
# |---|---|---|
# | `TimeDistributed(Dense(u))` | `(N, T, D)` | `(N, T, u)` |
# | `TimeDistributed(Conv2D(f, 3))` | `(N, T, H, W, C)` | `(N, T, H', W', f)` |
# | `Bidirectional(LSTM(u))` | `(N, T, D)` | `(N, 2u)` |
# | `Bidirectional(LSTM(u, return_sequences=True))` | `(N, T, D)` | `(N, T, 2u)` |

# %% [markdown] lang="en"
# ## Shapes
#
# | wrapper | input | output |
# |---|---|---|
# | `TimeDistributed(Dense(u))` | `(N, T, D)` | `(N, T, u)` |
# | `TimeDistributed(Conv2D(f, 3))` | `(N, T, H, W, C)` | `(N, T, H', W', f)` |
# | `Bidirectional(LSTM(u))` | `(N, T, D)` | `(N, 2u)` |
# | `Bidirectional(LSTM(u, return_sequences=True))` | `(N, T, D)` | `(N, T, 2u)` |

# %%
print(TimeDistributed(Conv2D(8, 3)).compute_output_shape((None, 10, 32, 32, 3)))
layer = Bidirectional(LSTM(16, return_sequences=True))
print(layer.compute_output_shape((None, 10, 8)))

# %% [markdown] lang="zh"
# ## 例子
#
# 每一帧都过同一个卷积，再由循环层看完整段视频：

# %% [markdown] lang="en"
# ## Example
#
# The same convolution for every frame, then a recurrent layer for the whole video:

# %%
from tensorlearn import Sequential
from tensorlearn.layers import GlobalAveragePooling2D

model = Sequential()
model.add(TimeDistributed(Conv2D(4, 3, activation="relu"), input_shape=(6, 16, 16, 1)))
model.add(TimeDistributed(GlobalAveragePooling2D()))
model.add(LSTM(8))
model.add(Dense(2, activation="softmax"))
print([layer.output_shape[1:] for layer in model.layers])

# %% [markdown] lang="zh"
# “后面还会不会再出现 1？”单向的循环层无从知道，双向的一看便知：

# %% [markdown] lang="en"
# "Will there be another 1 later on?" A recurrent layer that walks one way cannot know; one that walks both ways can:

# %%
bits = (
    np.random.default_rng(0).integers(0, 2, (300, 12, 1))
    * (np.arange(12) % 3 == 0)[:, None]
)
later = np.flip(np.maximum.accumulate(np.flip(bits, 1), 1), 1)
for wrap in (lambda layer: layer, Bidirectional):
    tl.set_seed(0)
    model = Sequential([wrap(SimpleRNN(8, return_sequences=True, input_shape=(12, 1)))])
    model.add(Dense(1, activation="sigmoid"))
    model.compile(tl.optimizers.Adam(0.02), "binary_crossentropy", ["accuracy"])
    model.fit(bits, later, epochs=10, verbose=0)
    print(f"{model.evaluate(bits, later, verbose=0)[1]:.2f}")

# %% [markdown] lang="zh"
# ## 梯度检查
#
# `TimeDistributed` 的权重被每一步用到，梯度是各步之和；`Bidirectional` 的输入有两条路可走，梯度是两路之和。

# %% [markdown] lang="en"
# ## Gradient check
#
# The weights inside `TimeDistributed` are used at every step and collect the sum of their gradients; the input of `Bidirectional` is reached by two paths, whose gradients add up.

# %%
from tensorlearn.testing import gradcheck

for layer in (TimeDistributed(Dense(2, activation="tanh")), Bidirectional(LSTM(2))):
    layer(x)
    gradcheck(layer, x, parameters=layer.trainable_weights)

# %% [markdown] lang="zh"
# 对三维的输入，`TimeDistributed(Dense(u))` 与 `Dense(u)` 是一回事：`Dense` 本来就只动最后一个轴。

# %% [markdown] lang="en"
# On three axes `TimeDistributed(Dense(u))` and `Dense(u)` are one and the same: `Dense` touches nothing but the last axis anyway.

# %%
inner = Dense(4)
print(np.allclose(TimeDistributed(inner)(x).numpy(), inner(x).numpy()))

# %% [markdown] lang="zh"
# ## 常见错误
#
# **里面不是层：**

# %% [markdown] lang="en"
# ## Common mistakes
#
# **No layer inside:**

# %% tags=["raises-exception"]
TimeDistributed("dense")

# %% [markdown] lang="zh"
# **没有时间轴：**

# %% [markdown] lang="en"
# **No axis of time:**

# %% tags=["raises-exception"]
TimeDistributed(Dense(4))(np.zeros((2, 3)))

# %% [markdown] lang="zh"
# **合并方式写错：**

# %% [markdown] lang="en"
# **An unknown way to merge:**

# %% tags=["raises-exception"]
Bidirectional(LSTM(4), merge_mode="add")

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# 没有变化；Keras 1 的 `TimeDistributedDense` 就是 `TimeDistributed(Dense(...))`。

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# Nothing changed; the `TimeDistributedDense` of Keras 1 is `TimeDistributed(Dense(...))`.

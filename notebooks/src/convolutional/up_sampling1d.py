# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 2.9 UpSampling1D：序列上采样
#
# 把序列的每一步重复几遍，让它变长。它没有权重，常与池化成对出现：池化把序列缩短，上采样把它拉回来。
#
# ## 它算什么
#
# $$y_{n,t} = x_{n,\lfloor t/s \rfloor} \qquad (N, T, D) \to (N, sT, D)$$
#
# $s$ 是 `size`。`[a, b]` 重复两遍得到 `[a, a, b, b]`，而不是 `[a, b, a, b]`：邻居仍然是邻居。
#
# !!! note "更正"
#     原文档在正文里用了 Keras 1 的名字 `length`；参数现在叫 `size`。

# %% [markdown] lang="en"
# # 2.9 UpSampling1D: a longer sequence
#
# Repeat every step of a sequence, and the sequence grows. The layer has no weights and often comes in a pair with pooling: one shortens, the other brings the length back.
#
# ## What it computes
#
# $$y_{n,t} = x_{n,\lfloor t/s \rfloor} \qquad (N, T, D) \to (N, sT, D)$$
#
# Here $s$ is `size`. Repeating `[a, b]` twice gives `[a, a, b, b]`, not `[a, b, a, b]`: neighbours stay neighbours.
#
# !!! note "Correction"
#     The text of the original document uses the Keras-1 name `length`; the argument is called `size`.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import UpSampling1D

x = np.array([1.0, 2.0, 3.0]).reshape(1, 3, 1)
print(UpSampling1D(2)(x).numpy().ravel())

# %% [markdown] lang="zh"
# ## 看一看
#
# 池化之后再上采样，长度回来了，细节回不来：留下的是一条阶梯。

# %% [markdown] lang="en"
# ## A picture
#
# Pool, then upsample: the length comes back, the detail does not. What remains is a staircase.

# %%
import matplotlib.pyplot as plt
from tensorlearn.layers import AveragePooling1D

t = np.arange(48)
wave = np.sin(t / 4).reshape(1, 48, 1)
stairs = UpSampling1D(4)(AveragePooling1D(4)(wave)).numpy()
fig, ax = plt.subplots(figsize=(6, 2.2))
ax.plot(t, wave.ravel(), label="x")
ax.step(t, stairs.ravel(), where="mid", label="down by 4, up by 4")
ax.legend()
ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("UpSampling1D")

# %% [markdown] lang="zh"
# ## 形状
#
# 输入 `(N, T, D)`，输出 `(N, T · size, D)`。

# %% [markdown] lang="en"
# ## Shapes
#
# Input `(N, T, D)`, output `(N, T · size, D)`.

# %%
layer = UpSampling1D(3)
print(layer.compute_output_shape((None, 10, 4)), layer(np.zeros((2, 10, 4))).shape)

# %% [markdown] lang="zh"
# ## 例子
#
# 序列自编码器的骨架：卷积加池化压缩，上采样加卷积复原。

# %% [markdown] lang="en"
# ## Example
#
# The skeleton of an autoencoder for sequences: convolution and pooling compress, upsampling and convolution restore.

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Conv1D, MaxPooling1D

tl.set_seed(0)
model = Sequential(
    [
        Conv1D(8, 5, padding="same", activation="tanh", input_shape=(48, 1)),
        MaxPooling1D(4),
        UpSampling1D(4),
        Conv1D(1, 5, padding="same"),
    ]
)
model.compile("adam", "mse")
waves = np.sin(t / 4 + np.linspace(0, 6, 64)[:, None])[..., None]
losses = model.fit(waves, waves, epochs=30, verbose=0).history["loss"]
print(f"{losses[0]:.3f} -> {losses[-1]:.3f}")

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 一步被抄了 $s$ 份，往回时 $s$ 份的梯度加在一起：重复的转置是求和。

# %% [markdown] lang="en"
# ## Gradient check
#
# A step was copied $s$ times, so on the way back $s$ gradients are added: the transpose of repeating is summing.

# %%
from tensorlearn import Tensor
from tensorlearn.testing import gradcheck

gradcheck(UpSampling1D(3), np.random.default_rng(0).normal(size=(2, 4, 2)))

x = Tensor(np.zeros((1, 3, 1)), requires_grad=True)
g = np.arange(6.0).reshape(1, 6, 1)
print(tl.grad(UpSampling1D(2)(x), x, g).ravel())  # 0+1, 2+3, 4+5

# %% [markdown] lang="zh"
# ## 常见错误
#
# **倍数不是整数。** 这里的上采样只会整份地抄：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **A factor that is not whole.** This layer only makes whole copies:

# %% tags=["raises-exception"]
UpSampling1D(1.5)

# %% [markdown] lang="zh"
# **想让一个向量变成序列。** 那是 [RepeatVector](../core/repeat_vector.md) 的工作；`UpSampling1D` 的输入已经是序列：

# %% [markdown] lang="en"
# **Making a sequence of a single vector.** That is what [RepeatVector](../core/repeat_vector.md) is for; `UpSampling1D` starts from a sequence:

# %% tags=["raises-exception"]
UpSampling1D(3)(np.zeros((2, 4)))

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `length` 改名为 `size`：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# `length` became `size`:

# %% tags=["both"]
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    UpSampling1D(length=2)
print(caught[0].message)

# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 2.14 ZeroPadding3D：体数据补零
#
# 给体数据包上一层零做的壳。
#
# ## 它算什么
#
# $$(N, D_1, D_2, D_3, C) \to (N, a_1+D_1+b_1, a_2+D_2+b_2, a_3+D_3+b_3, C)$$
#
# `padding` 写一个整数、三个整数，或者三对整数，意思与 [Cropping3D](../convolutional/cropping3d.md) 的 `cropping` 相同，只是从切变成补。
#
# 壳有多厚，零有多少？边长 8 的立方体包一层，体积从 512 变成 1000：几乎一半是零。三维网络因此比二维的更在意边界。
#
# !!! note "更正"
#     原文档说它只能在 Theano 后端使用，早已不是这样；输出形状里还抄进了池化层的名字，三个轴也都写成了“第一个轴”。正确的形状见下表。

# %% [markdown] lang="en"
# # 2.14 ZeroPadding3D: zeros around a volume
#
# Wrap a volume into a shell of zeros.
#
# ## What it computes
#
# $$(N, D_1, D_2, D_3, C) \to (N, a_1+D_1+b_1, a_2+D_2+b_2, a_3+D_3+b_3, C)$$
#
# `padding` is one integer, three, or three pairs, with the meaning they have for the `cropping` of [Cropping3D](../convolutional/cropping3d.md), adding instead of cutting.
#
# How many zeros are in a shell? A cube of side 8 grows from 512 cells to 1000, and almost half of them are zeros. That is why the border matters more to networks in three dimensions than in two.
#
# !!! note "Correction"
#     The original document says that the layer works with Theano only, which has long ceased to be true; its output shape contains names copied from a pooling layer, and calls all three axes "the first". The table below has them right.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import ZeroPadding3D

for side in (4, 8, 32):
    padded = ZeroPadding3D(1)(np.ones((1, side, side, side, 1))).numpy()
    print(side, padded.shape, f"{np.mean(padded == 0):.0%} zeros")

# %% [markdown] lang="zh"
# ## 看一看
#
# 一个 $2\times4\times4$ 的体数据，每个轴两头各补一层：从头到尾把四层切片摊开。

# %% [markdown] lang="en"
# ## A picture
#
# A volume of $2\times4\times4$ with one layer added at both ends of each axis, its four slices laid out side by side.

# %%
import matplotlib.pyplot as plt

volume = np.linspace(0.3, 1, 32).reshape(1, 2, 4, 4, 1)
padded = ZeroPadding3D(1)(volume).numpy()[0, ..., 0]
fig, axes = plt.subplots(1, 4, figsize=(7, 2))
for k, ax in enumerate(axes):
    ax.imshow(padded[k], vmin=0, vmax=1, cmap="Blues")
    ax.set(title=f"slice {k}", xticks=[], yticks=[])

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("ZeroPadding3D")

# %% [markdown] lang="zh"
# ## 形状
#
# | `data_format` | 输入 | 输出 |
# |---|---|---|
# | `channels_last` | `(N, D1, D2, D3, C)` | `(N, D1', D2', D3', C)` |
# | `channels_first` | `(N, C, D1, D2, D3)` | `(N, C, D1', D2', D3')` |
#
# 其中每个轴 $D' = D + a + b$。

# %% [markdown] lang="en"
# ## Shapes
#
# | `data_format` | input | output |
# |---|---|---|
# | `channels_last` | `(N, D1, D2, D3, C)` | `(N, D1', D2', D3', C)` |
# | `channels_first` | `(N, C, D1, D2, D3)` | `(N, C, D1', D2', D3')` |
#
# with $D' = D + a + b$ along every axis.

# %%
print(ZeroPadding3D((1, 2, 2)).compute_output_shape((None, 16, 28, 28, 3)))
first = ZeroPadding3D(((1, 0), (2, 2), (2, 2)), data_format="channels_first")
print(first.compute_output_shape((None, 3, 16, 28, 28)))

# %% [markdown] lang="zh"
# ## 例子
#
# 处理视频时只在时间轴的前面补零，之后的三维卷积就不会用到未来的帧：

# %% [markdown] lang="en"
# ## Example
#
# On video, zeros only before the first frame keep the following convolution from using frames of the future:

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Conv3D

model = Sequential()
model.add(ZeroPadding3D(((2, 0), (1, 1), (1, 1)), input_shape=(8, 16, 16, 3)))
model.add(Conv3D(4, (3, 3, 3)))
print(model.output_shape)

x = np.random.default_rng(0).normal(size=(1, 8, 16, 16, 3))
y = model.predict(x)
x[:, 5:] = 0  # another future
print(np.abs(model.predict(x) - y).max(axis=(0, 2, 3, 4)).round(2))

# %% [markdown] lang="zh"
# 第 5 帧以后的输入变了，前五帧的输出纹丝不动。
#
# ## 梯度检查

# %% [markdown] lang="en"
# The input changed from frame 5 on; the first five outputs did not move.
#
# ## Gradient check

# %%
from tensorlearn.testing import gradcheck

layer = ZeroPadding3D(((1, 0), (0, 2), (1, 1)))
gradcheck(layer, np.random.default_rng(0).normal(size=(1, 2, 2, 2, 2)))

# %% [markdown] lang="zh"
# ## 常见错误
#
# **二维的写法用在三维上：**

# %% [markdown] lang="en"
# ## Common mistakes
#
# **Two dimensions' worth of padding:**

# %% tags=["raises-exception"]
ZeroPadding3D((1, 1))

# %% [markdown] lang="zh"
# **少了通道轴：**

# %% [markdown] lang="en"
# **No channel axis:**

# %% tags=["raises-exception"]
ZeroPadding3D(1)(np.zeros((1, 8, 8, 8)))

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `dim_ordering` 改名为 `data_format`：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# `dim_ordering` became `data_format`:

# %% tags=["both"]
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    ZeroPadding3D((1, 1, 1), dim_ordering="tf")
print(caught[0].message)

# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 2.8 Cropping3D：裁剪体数据
#
# 从一个长方体的六个面各削去几层：医学影像、短视频都是这样的数据。
#
# ## 它算什么
#
# $$(N, D_1, D_2, D_3, C) \to (N, D_1-a_1-b_1, D_2-a_2-b_2, D_3-a_3-b_3, C)$$
#
# `cropping` 是三对整数，一对管一个轴；写三个整数表示每个轴两头切得一样多；一个整数则六面相同。默认是 1，也就是削掉最外面的一层壳。
#
# 一层壳有多少？边长 $s$ 的立方体削去一层，剩下 $(s-2)^3/s^3$。$s=16$ 时剩 67%，$s=8$ 时只剩 42%：三维里，边缘比直觉中多得多。
#
# !!! note "更正"
#     原文档把它说成对二维图像的裁剪，形状也只给了 `channels_first` 的。

# %% [markdown] lang="en"
# # 2.8 Cropping3D: trimming a volume
#
# Take layers off the six faces of a box of data: medical scans and short videos come as such boxes.
#
# ## What it computes
#
# $$(N, D_1, D_2, D_3, C) \to (N, D_1-a_1-b_1, D_2-a_2-b_2, D_3-a_3-b_3, C)$$
#
# `cropping` is three pairs, one for each axis. Three integers cut as much from both ends of an axis, one integer the same from all six faces. The default is 1: the outermost shell.
#
# How much is a shell? A cube of side $s$ keeps $(s-2)^3/s^3$ of itself. That is 67% for $s=16$ and only 42% for $s=8$: in three dimensions there is more edge than one would think.
#
# !!! note "Correction"
#     The original document describes it as cropping of two-dimensional images, and gives the shapes of `channels_first` only.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import Cropping3D

for side in (8, 16, 64):
    kept = Cropping3D()(np.ones((1, side, side, side, 1)))
    print(side, kept.shape, f"{kept.numpy().sum() / side**3:.0%}")

# %% [markdown] lang="zh"
# ## 看一看
#
# 一个球，和它切去一侧之后的剖面：第一个轴只从开头切。

# %% [markdown] lang="en"
# ## A picture
#
# A ball, and its face after a cut: along the first axis layers are only taken from the start.

# %%
import matplotlib.pyplot as plt

grid = np.linspace(-1, 1, 24)
z, y, x = np.meshgrid(grid, grid, grid, indexing="ij")
ball = (1 - np.sqrt(x**2 + y**2 + z**2)).clip(0)[None, ..., None]

fig, axes = plt.subplots(1, 4, figsize=(8, 2.2))
for ax, cut in zip(axes, (2, 5, 8, 11)):
    rest = Cropping3D(((cut, 0), (0, 0), (0, 0)))(ball).numpy()
    ax.imshow(rest[0, 0, :, :, 0], vmin=0, vmax=1, cmap="magma")
    ax.set(title=f"cut {cut}")
    ax.set_axis_off()

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("Cropping3D")

# %% [markdown] lang="zh"
# ## 形状
#
# | `data_format` | 输入 | 输出 |
# |---|---|---|
# | `channels_last` | `(N, D1, D2, D3, C)` | `(N, D1', D2', D3', C)` |
# | `channels_first` | `(N, C, D1, D2, D3)` | `(N, C, D1', D2', D3')` |
#
# 其中每个轴 $D' = D - a - b$。

# %% [markdown] lang="en"
# ## Shapes
#
# | `data_format` | input | output |
# |---|---|---|
# | `channels_last` | `(N, D1, D2, D3, C)` | `(N, D1', D2', D3', C)` |
# | `channels_first` | `(N, C, D1, D2, D3)` | `(N, C, D1', D2', D3')` |
#
# with $D' = D - a - b$ along every axis.

# %%
layer = Cropping3D(((2, 4), (2, 4), (2, 2)))
print(layer.compute_output_shape((None, 28, 28, 10, 3)))
first = Cropping3D(((2, 4), (2, 4), (2, 2)), data_format="channels_first")
print(first.compute_output_shape((None, 3, 28, 28, 10)))

# %% [markdown] lang="zh"
# ## 例子
#
# 一段 16 帧的视频，去掉头尾各两帧，画面四边各去 4 个像素：

# %% [markdown] lang="en"
# ## Example
#
# Sixteen frames of video: the first and last two go, and 4 pixels at every edge of the picture:

# %%
video = np.random.default_rng(0).random((2, 16, 32, 32, 3))
print(Cropping3D((2, 4, 4))(video).shape)

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 与一维、二维相同：切掉的得 0，留下的原样通过。

# %% [markdown] lang="en"
# ## Gradient check
#
# As in one and two dimensions: 0 for what was cut, unchanged for what was kept.

# %%
from tensorlearn.testing import gradcheck

layer = Cropping3D(((1, 0), (0, 1), (1, 1)))
gradcheck(layer, np.random.default_rng(0).normal(size=(1, 3, 3, 4, 2)))

# %% [markdown] lang="zh"
# ## 常见错误
#
# **少了一个轴。** 灰度体数据也要有通道的轴，长度为 1：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **One axis short.** A grey volume has a channel axis as well, of length 1:

# %% tags=["raises-exception"]
Cropping3D(1)(np.zeros((1, 8, 8, 8)))

# %% [markdown] lang="zh"
# **削完什么都不剩：**

# %% [markdown] lang="en"
# **Nothing left:**

# %% tags=["raises-exception"]
Cropping3D((1, 1, 4))(np.zeros((1, 8, 8, 8, 1)))

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
    Cropping3D(((1, 1), (1, 1), (1, 1)), dim_ordering="tf")
print(caught[0].message)

# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 3.6 AveragePooling3D：三维平均池化
#
# 体数据或视频里，每个小长方体取平均。
#
# ## 它算什么
#
# $$y_{n,i,j,k,c} = \frac{1}{|W_{ijk}|} \sum_{W_{ijk}} x_{n,u,v,w,c} \qquad (N, D_1, D_2, D_3, C) \to (N, D_1', D_2', D_3', C)$$
#
# 平均还有一个用处：去噪。$m$ 个独立噪声的平均，标准差要除以 $\sqrt m$；$2\times2\times2$ 的窗有 8 个体素，噪声就只剩三分之一强。
#
# !!! note "更正"
#     原文档说它只能在 Theano 后端使用，早已不是这样。

# %% [markdown] lang="en"
# # 3.6 AveragePooling3D: the mean of a block
#
# In a volume or a video, take the mean of every small box.
#
# ## What it computes
#
# $$y_{n,i,j,k,c} = \frac{1}{|W_{ijk}|} \sum_{W_{ijk}} x_{n,u,v,w,c} \qquad (N, D_1, D_2, D_3, C) \to (N, D_1', D_2', D_3', C)$$
#
# A mean also removes noise: averaging $m$ independent disturbances divides their standard deviation by $\sqrt m$. A window of $2\times2\times2$ holds 8 voxels and leaves little more than a third of the noise.
#
# !!! note "Correction"
#     The original document says that the layer works with Theano only; that has long ceased to be true.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import AveragePooling3D

noise = np.random.default_rng(0).normal(size=(1, 32, 32, 32, 1))
for size in (1, 2, 4):
    rest = AveragePooling3D(size)(noise).numpy().std()
    print(size, f"measured {rest:.3f}, expected {size**-1.5:.3f}")

# %% [markdown] lang="zh"
# ## 看一看
#
# 一个淹没在噪声里的球，逐级平均之后显形。

# %% [markdown] lang="en"
# ## A picture
#
# A ball drowned in noise comes to light as one averages.

# %%
import matplotlib.pyplot as plt

grid = np.linspace(-1, 1, 32)
z, y, x = np.meshgrid(grid, grid, grid, indexing="ij")
volume = (x**2 + y**2 + z**2 < 0.3)[None, ..., None] + noise

fig, axes = plt.subplots(1, 3, figsize=(6.5, 2.3))
for ax, size in zip(axes, (1, 2, 4)):
    small = AveragePooling3D(size)(volume).numpy()
    ax.imshow(small[0, small.shape[1] // 2, :, :, 0], cmap="gray", vmin=-1, vmax=2)
    ax.set(title=f"pool_size={size}", xticks=[], yticks=[])

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("AveragePooling3D")

# %% [markdown] lang="zh"
# ## 形状
#
# | `data_format` | 输入 | 输出 |
# |---|---|---|
# | `channels_last` | `(N, D1, D2, D3, C)` | `(N, D1', D2', D3', C)` |
# | `channels_first` | `(N, C, D1, D2, D3)` | `(N, C, D1', D2', D3')` |
#
# 每个轴上，`valid`：$D' = \lfloor (D-p)/s \rfloor + 1$；`same`：$D' = \lceil D/s \rceil$。

# %% [markdown] lang="en"
# ## Shapes
#
# | `data_format` | input | output |
# |---|---|---|
# | `channels_last` | `(N, D1, D2, D3, C)` | `(N, D1', D2', D3', C)` |
# | `channels_first` | `(N, C, D1, D2, D3)` | `(N, C, D1', D2', D3')` |
#
# Along every axis, `valid`: $D' = \lfloor (D-p)/s \rfloor + 1$; `same`: $D' = \lceil D/s \rceil$.

# %%
print(AveragePooling3D((1, 2, 2)).compute_output_shape((None, 16, 64, 64, 3)))
first = AveragePooling3D(2, padding="same", data_format="channels_first")
print(first.compute_output_shape((None, 3, 15, 63, 63)))

# %% [markdown] lang="zh"
# ## 例子
#
# 把视频的帧率减半、画面缩小到四分之一：

# %% [markdown] lang="en"
# ## Example
#
# Half the frames of a video, a quarter of its picture:

# %%
from tensorlearn import Sequential

model = Sequential([AveragePooling3D((2, 4, 4), input_shape=(16, 32, 32, 3))])
video = np.random.default_rng(1).random((2, 16, 32, 32, 3))
small = model.predict(video)
print(small.shape, f"brightness {video.mean():.3f} -> {small.mean():.3f}")

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 梯度平分，每个体素得 $1/(p_1p_2p_3)$：

# %% [markdown] lang="en"
# ## Gradient check
#
# An even split, $1/(p_1p_2p_3)$ for every voxel:

# %%
from tensorlearn import Tensor
from tensorlearn.testing import gradcheck

gradcheck(AveragePooling3D((1, 2, 2), padding="same"), noise[:, :2, :3, :3])

x = Tensor(noise[:, :4, :4, :4], requires_grad=True)
print(np.unique(tl.grad(AveragePooling3D(2)(x).sum(), x)))

# %% [markdown] lang="zh"
# ## 常见错误
#
# **灰度体数据少了通道轴：**

# %% [markdown] lang="en"
# ## Common mistakes
#
# **A grey volume without its channel axis:**

# %% tags=["raises-exception"]
AveragePooling3D(2)(np.zeros((1, 8, 8, 8)))

# %% [markdown] lang="zh"
# **窗只给了两个数：**

# %% [markdown] lang="en"
# **Two numbers for a window:**

# %% tags=["raises-exception"]
AveragePooling3D((2, 2))

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `border_mode` 改名为 `padding`，`dim_ordering` 改名为 `data_format`：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# `border_mode` became `padding`, `dim_ordering` became `data_format`:

# %% tags=["both"]
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    AveragePooling3D((2, 2, 2), border_mode="same", dim_ordering="tf")
print(caught[0].message)

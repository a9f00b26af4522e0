# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 2.11 UpSampling3D：体数据上采样
#
# 把体数据的每个体素复制成一个小长方体。
#
# ## 它算什么
#
# $$y_{n,i,j,k,c} = x_{n,\lfloor i/s_1 \rfloor,\lfloor j/s_2 \rfloor,\lfloor k/s_3 \rfloor,c} \qquad (N, D_1, D_2, D_3, C) \to (N, s_1D_1, s_2D_2, s_3D_3, C)$$
#
# 三个轴可以各有各的倍数。`size=(1, 2, 2)` 用在视频上，就是每一帧放大一倍、帧数不变。
#
# 当心内存：三个轴各放大 2 倍，数据就是原来的 8 倍。
#
# !!! note "更正"
#     原文档说它只能在 Theano 后端使用，那是早已过去的限制。第三个倍数的名字印成了 `ize[2]`，应为 `size[2]`。

# %% [markdown] lang="en"
# # 2.11 UpSampling3D: a larger volume
#
# Turn every voxel of a volume into a small box.
#
# ## What it computes
#
# $$y_{n,i,j,k,c} = x_{n,\lfloor i/s_1 \rfloor,\lfloor j/s_2 \rfloor,\lfloor k/s_3 \rfloor,c} \qquad (N, D_1, D_2, D_3, C) \to (N, s_1D_1, s_2D_2, s_3D_3, C)$$
#
# Every axis may have its own factor. On video, `size=(1, 2, 2)` doubles each frame and leaves their number alone.
#
# Mind the memory: a factor of 2 along three axes is 8 times the data.
#
# !!! note "Correction"
#     The original document says that the layer works with Theano only, a limit long gone. Its third factor is printed as `ize[2]` and should read `size[2]`.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import UpSampling3D

x = np.arange(4.0).reshape(1, 2, 1, 2, 1)
y = UpSampling3D((2, 1, 2))(x).numpy()
print(y[0, :, 0, :, 0])  # the first and third axis

# %% [markdown] lang="zh"
# ## 看一看
#
# 一个粗糙的球，放大一倍之后的中间一层：形状更大，台阶还在。要让它圆滑，后面得接卷积。

# %% [markdown] lang="en"
# ## A picture
#
# A coarse ball and its middle layer at twice the size. It is larger, the steps are still there; smoothing them is the task of a convolution behind it.

# %%
import matplotlib.pyplot as plt

grid = np.linspace(-1, 1, 10)
z, y, x = np.meshgrid(grid, grid, grid, indexing="ij")
ball = (x**2 + y**2 + z**2 < 0.8).astype("float32")[None, ..., None]
large = UpSampling3D(2)(ball).numpy()

fig, axes = plt.subplots(1, 2, figsize=(4.4, 2.2))
for ax, volume in zip(axes, (ball, large)):
    middle = volume[0, volume.shape[1] // 2, :, :, 0]
    ax.imshow(middle, cmap="Greys", extent=(0, len(middle), 0, len(middle)))
    ax.set(
        title=str(volume.shape[1:4]), xlim=(0, 20), ylim=(0, 20), xticks=[], yticks=[]
    )

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("UpSampling3D")

# %% [markdown] lang="zh"
# ## 形状
#
# | `data_format` | 输入 | 输出 |
# |---|---|---|
# | `channels_last` | `(N, D1, D2, D3, C)` | `(N, s1·D1, s2·D2, s3·D3, C)` |
# | `channels_first` | `(N, C, D1, D2, D3)` | `(N, C, s1·D1, s2·D2, s3·D3)` |

# %% [markdown] lang="en"
# ## Shapes
#
# | `data_format` | input | output |
# |---|---|---|
# | `channels_last` | `(N, D1, D2, D3, C)` | `(N, s1·D1, s2·D2, s3·D3, C)` |
# | `channels_first` | `(N, C, D1, D2, D3)` | `(N, C, s1·D1, s2·D2, s3·D3)` |

# %%
print(UpSampling3D((1, 2, 2)).compute_output_shape((None, 16, 32, 32, 3)))
first = UpSampling3D((1, 2, 2), data_format="channels_first")
print(first.compute_output_shape((None, 3, 16, 32, 32)))

# %% [markdown] lang="zh"
# ## 例子
#
# 放大视频的画面，再用三维卷积把台阶抹平：

# %% [markdown] lang="en"
# ## Example
#
# Enlarge the frames of a video, then smooth the steps with a convolution in three dimensions:

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Conv3D

model = Sequential()
model.add(UpSampling3D((1, 2, 2), input_shape=(4, 8, 8, 3)))
model.add(Conv3D(3, 3, padding="same"))
print(model.output_shape, model.predict(np.zeros((1, 4, 8, 8, 3))).shape)

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 每个体素收回它那一块 $s_1 s_2 s_3$ 个梯度的和：

# %% [markdown] lang="en"
# ## Gradient check
#
# A voxel collects the sum of the $s_1 s_2 s_3$ gradients of its block:

# %%
from tensorlearn import Tensor
from tensorlearn.testing import gradcheck

gradcheck(
    UpSampling3D((2, 1, 3)), np.random.default_rng(0).normal(size=(1, 2, 2, 2, 2))
)

x = Tensor(np.zeros((1, 2, 2, 2, 1)), requires_grad=True)
print(np.unique(tl.grad(UpSampling3D((2, 1, 3))(x).sum(), x)))

# %% [markdown] lang="zh"
# ## 常见错误
#
# **倍数的个数不对：**

# %% [markdown] lang="en"
# ## Common mistakes
#
# **The wrong number of factors:**

# %% tags=["raises-exception"]
UpSampling3D((2, 2))

# %% [markdown] lang="zh"
# **一段视频忘了批的轴：**

# %% [markdown] lang="en"
# **One video without the batch axis:**

# %% tags=["raises-exception"]
UpSampling3D(2)(np.zeros((4, 8, 8, 3)))

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
    UpSampling3D((2, 2, 2), dim_ordering="tf")
print(caught[0].message)

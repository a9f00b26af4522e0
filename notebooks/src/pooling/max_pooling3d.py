# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 3.3 MaxPooling3D：三维最大池化
#
# 在体数据或视频里，每个小长方体只留最大值。
#
# ## 它算什么
#
# $$y_{n,i,j,k,c} = \max_{u,v,w} x_{n,\,is_1+u,\,js_2+v,\,ks_3+w,\,c} \qquad (N, D_1, D_2, D_3, C) \to (N, D_1', D_2', D_3', C)$$
#
# 三个轴各有各的窗长和步长。对视频来说，`pool_size=(1, 2, 2)` 只缩小画面、不动时间，前几层常这样用，免得太早丢掉动作的先后。
#
# $2\times2\times2$ 的池化把数据减到八分之一：三维的数据太大，池化在这里不是锦上添花，而是必需。
#
# !!! note "更正"
#     原文档说它只能在 Theano 后端使用，早已不是这样。

# %% [markdown] lang="en"
# # 3.3 MaxPooling3D: the largest of a block
#
# In a volume or a video, keep the largest value of every small box.
#
# ## What it computes
#
# $$y_{n,i,j,k,c} = \max_{u,v,w} x_{n,\,is_1+u,\,js_2+v,\,ks_3+w,\,c} \qquad (N, D_1, D_2, D_3, C) \to (N, D_1', D_2', D_3', C)$$
#
# Each of the three axes has its own window and stride. On video, `pool_size=(1, 2, 2)` shrinks the picture and leaves time alone; early layers often do so, lest the order of movements gets lost too soon.
#
# A $2\times2\times2$ pooling leaves one eighth of the data. Volumes being as large as they are, pooling is no luxury here.
#
# !!! note "Correction"
#     The original document says that the layer works with Theano only; that has long ceased to be true.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import MaxPooling3D

x = np.arange(16.0).reshape(1, 4, 2, 2, 1)
print(MaxPooling3D(2)(x).numpy().ravel())
print(MaxPooling3D((1, 2, 2))(x).numpy().ravel())

# %% [markdown] lang="zh"
# ## 看一看
#
# 一个亮点在画面里走了八帧。沿时间取最大值，等于长时间曝光：八帧叠成一条轨迹。

# %% [markdown] lang="en"
# ## A picture
#
# A bright dot wanders through eight frames. The maximum over time is a long exposure: eight frames become one trail.

# %%
import matplotlib.pyplot as plt

video = np.zeros((1, 8, 16, 16, 1), "float32")
for t in range(8):
    video[0, t, 2 + t, 3 + int(8 * np.sin(t / 3)), 0] = 1
exposed = MaxPooling3D((8, 1, 1))(video).numpy()

fig, axes = plt.subplots(1, 4, figsize=(7, 2))
for ax, t in zip(axes, (0, 3, 7)):
    ax.imshow(video[0, t, :, :, 0], cmap="gray")
    ax.set(title=f"frame {t}")
axes[3].imshow(exposed[0, 0, :, :, 0], cmap="gray")
axes[3].set(title="maximum")
for ax in axes:
    ax.set(xticks=[], yticks=[])

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("MaxPooling3D")

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
layer = MaxPooling3D((1, 2, 2))
print(layer.compute_output_shape((None, 16, 64, 64, 3)))
first = MaxPooling3D(2, strides=(1, 2, 2), padding="same", data_format="channels_first")
print(first.compute_output_shape((None, 3, 15, 63, 63)))

# %% [markdown] lang="zh"
# ## 例子
#
# 视频分类网络的开头：

# %% [markdown] lang="en"
# ## Example
#
# The beginning of a network that classifies videos:

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Conv3D

model = Sequential(
    [
        Conv3D(4, 3, padding="same", activation="relu", input_shape=(8, 16, 16, 1)),
        MaxPooling3D((1, 2, 2)),
        Conv3D(8, 3, padding="same", activation="relu"),
        MaxPooling3D((2, 2, 2)),
    ]
)
print([layer.output_shape[1:] for layer in model.layers])
print(model.predict(video).shape)

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 与一维、二维相同，梯度全归赢家；八个里有七个是 0。

# %% [markdown] lang="en"
# ## Gradient check
#
# As in one and two dimensions the winner takes all; seven out of eight get 0.

# %%
from tensorlearn import Tensor
from tensorlearn.testing import gradcheck

values = np.random.default_rng(0).normal(size=(1, 4, 4, 2, 2))
gradcheck(MaxPooling3D(2), values)

x = Tensor(values, requires_grad=True)
g = tl.grad(MaxPooling3D(2)(x).sum(), x)
print(g.size, int(g.sum()))

# %% [markdown] lang="zh"
# ## 常见错误
#
# **灰度体数据少了通道轴：**

# %% [markdown] lang="en"
# ## Common mistakes
#
# **A grey volume without its channel axis:**

# %% tags=["raises-exception"]
MaxPooling3D(2)(np.zeros((1, 8, 8, 8)))

# %% [markdown] lang="zh"
# **帧数比窗还少：**

# %% [markdown] lang="en"
# **Fewer frames than the window asks for:**

# %% tags=["raises-exception"]
MaxPooling3D((4, 2, 2))(np.zeros((1, 3, 8, 8, 1)))

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
    MaxPooling3D((2, 2, 2), border_mode="same", dim_ordering="tf")
print(caught[0].message)

# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 2.5 Conv3D：三维卷积
#
# 图样成了一个小立方体，在体数据里沿三个方向滑动。对视频来说，第三个方向是时间：它能看见动作。
#
# ## 它算什么
#
# $$y_{n,i,j,k,f} = \varphi\Big(\sum_{u,v,w,c} x_{n,\,i+u,\,j+v,\,k+w,\,c}\; W_{u,v,w,c,f} + b_f\Big)$$
#
# 形状：$(N, D_1, D_2, D_3, C) \to (N, D_1', D_2', D_3', F)$，核是 `(k1, k2, k3, C, F)`。
#
# 单张图里看不出方向，前后几帧放在一起就看得出。但也贵：$3\times3\times3$ 的核有 27 个点，每个输出体素要做 $27\,C$ 次乘加。
#
# !!! note "更正"
#     原文档以 (3, 10, 128, 128) 为例，那是 `channels_first` 的写法；默认的 `channels_last` 应写作 (10, 128, 128, 3)。

# %% [markdown] lang="en"
# # 2.5 Conv3D: convolution over volumes
#
# The template becomes a small cube that slides through a volume in three directions. On video the third is time, and the layer sees movement.
#
# ## What it computes
#
# $$y_{n,i,j,k,f} = \varphi\Big(\sum_{u,v,w,c} x_{n,\,i+u,\,j+v,\,k+w,\,c}\; W_{u,v,w,c,f} + b_f\Big)$$
#
# Shapes: $(N, D_1, D_2, D_3, C) \to (N, D_1', D_2', D_3', F)$ with a kernel `(k1, k2, k3, C, F)`.
#
# A single frame shows no direction; a few in a row do. It is expensive, though: a kernel of $3\times3\times3$ has 27 taps, and every voxel of the output takes $27\,C$ products.
#
# !!! note "Correction"
#     The example of the original document, (3, 10, 128, 128), is written for `channels_first`; under the default, `channels_last`, it is (10, 128, 128, 3).

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import Conv3D

layer = Conv3D(64, 3, padding="same")
print(layer.compute_output_shape((None, 10, 128, 128, 3)))
small = Conv3D(2, (2, 1, 1), use_bias=False)
video = np.arange(8.0).reshape(1, 4, 2, 1, 1)
small(video)
small.set_weights([np.array([[-1, 1], [1, 1]]).reshape(2, 1, 1, 1, 2)])
print(small(video).numpy()[0, :, 0, 0])  # difference and sum of neighbouring frames

# %% [markdown] lang="zh"
# ## 看一看
#
# 一个亮点向右移动。“这一帧减去上一帧左边一格”的核，只对向右的运动有回应；把视频倒放，它就沉默了。

# %% [markdown] lang="en"
# ## A picture
#
# A dot moves to the right. A kernel that asks "is what was one cell to the left a moment ago here now?" responds to movement to the right only; play the video backwards and it is silent.

# %%
import matplotlib.pyplot as plt

frames = np.zeros((1, 8, 9, 12, 1), "float32")
for t in range(8):
    frames[0, t, 4, 2 + t] = 1
to_the_right = np.zeros((2, 1, 2, 1, 1))
to_the_right[0, 0, 0], to_the_right[1, 0, 1] = 1, 1
motion = Conv3D(1, (2, 1, 2), activation="relu")
motion(frames)
motion.set_weights([to_the_right, np.array([-1.5])])

# %%
fig, axes = plt.subplots(1, 3, figsize=(8, 2))
axes[0].imshow(frames[0, :, 4, :, 0], cmap="gray", aspect="auto")
axes[0].set(title="x, one row over time", xlabel="x", ylabel="t")
for ax, clip, title in zip(
    axes[1:], (frames, frames[:, ::-1]), ("forwards", "backwards")
):
    ax.imshow(
        motion(clip).numpy()[0, :, 4, :, 0],
        cmap="gray",
        aspect="auto",
        vmin=0,
        vmax=0.5,
    )
    ax.set(title=title, xlabel="x", yticks=[])

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("Conv3D")

# %% [markdown] lang="zh"
# ## 形状
#
# | `data_format` | 输入 | 输出 |
# |---|---|---|
# | `channels_last` | `(N, D1, D2, D3, C)` | `(N, D1', D2', D3', F)` |
# | `channels_first` | `(N, C, D1, D2, D3)` | `(N, F, D1', D2', D3')` |
#
# 每个轴的长度与 [Conv2D](../convolutional/conv2d.md) 用同一个公式。

# %% [markdown] lang="en"
# ## Shapes
#
# | `data_format` | input | output |
# |---|---|---|
# | `channels_last` | `(N, D1, D2, D3, C)` | `(N, D1', D2', D3', F)` |
# | `channels_first` | `(N, C, D1, D2, D3)` | `(N, F, D1', D2', D3')` |
#
# Along every axis the length follows the formula of [Conv2D](../convolutional/conv2d.md).

# %%
layer = Conv3D(16, (3, 5, 5), strides=(1, 2, 2))
print(layer.compute_output_shape((None, 10, 128, 128, 3)))
first = Conv3D(16, 3, padding="same", data_format="channels_first")
print(first.compute_output_shape((None, 3, 10, 128, 128)))

# %% [markdown] lang="zh"
# ## 例子
#
# 向左还是向右？一个很小的网络，看八帧就能分辨：

# %% [markdown] lang="en"
# ## Example
#
# Left or right? A very small network can tell from eight frames:

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Dense, GlobalMaxPooling3D

rng = np.random.default_rng(0)
clips, right = np.zeros((120, 6, 8, 12, 1), "float32"), np.arange(120) % 2
for clip, direction in zip(clips, right):
    row, start = rng.integers(0, 8), rng.integers(0, 6)
    for t in range(6):
        clip[t, row, start + (t if direction else 5 - t)] = 1

tl.set_seed(0)
model = Sequential([Conv3D(4, (2, 1, 2), activation="relu", input_shape=(6, 8, 12, 1))])
model.add(GlobalMaxPooling3D())
model.add(Dense(1, activation="sigmoid"))
model.compile(tl.optimizers.Adam(0.05), "binary_crossentropy", ["accuracy"])
model.fit(clips[:80], right[:80], epochs=15, verbose=0)
print(f"accuracy {model.evaluate(clips[80:], right[80:], verbose=0)[1]:.2f}")

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 公式与二维相同，只是多一个轴；同一段代码（`windows` 与它的转置 `overlap_add`）用于一切维数。

# %% [markdown] lang="en"
# ## Gradient check
#
# The formulas are those of two dimensions with another axis; one piece of code, `windows` and its transpose `overlap_add`, serves any number of them.

# %%
from tensorlearn.testing import gradcheck

x = rng.normal(size=(1, 3, 4, 4, 2))
layer = Conv3D(2, 2, padding="same", strides=(1, 2, 2))
layer(x)
gradcheck(layer, x, parameters=layer.trainable_weights)

# %% [markdown] lang="zh"
# ## 常见错误
#
# **灰度视频少了通道轴：**

# %% [markdown] lang="en"
# ## Common mistakes
#
# **A grey video without its channel axis:**

# %% tags=["raises-exception"]
Conv3D(4, 3)(np.zeros((2, 8, 16, 16)))

# %% [markdown] lang="zh"
# **帧数比核短：**

# %% [markdown] lang="en"
# **Fewer frames than the kernel asks for:**

# %% tags=["raises-exception"]
Conv3D(4, (5, 3, 3))(np.zeros((1, 3, 16, 16, 1)))

# %% [markdown] lang="zh"
# **核只给了两个数：**

# %% [markdown] lang="en"
# **Two numbers for a kernel:**

# %% tags=["raises-exception"]
Conv3D(4, (3, 3))

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `Convolution3D` 的三个核长 `kernel_dim1`、`kernel_dim2`、`kernel_dim3` 合成了 `kernel_size`：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# The three lengths of `Convolution3D`, `kernel_dim1`, `kernel_dim2` and `kernel_dim3`, became one `kernel_size`:

# %% tags=["both"]
import warnings
from tensorlearn.layers import Convolution3D

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    Convolution3D(8, 3, 3, 3, border_mode="same", subsample=(1, 2, 2))
for warning in caught:
    print(warning.message)

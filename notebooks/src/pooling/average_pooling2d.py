# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 3.5 AveragePooling2D：二维平均池化
#
# 每一小块像素取平均，图像缩小而总体的明暗不变。
#
# ## 它算什么
#
# $$y_{n,i,j,c} = \frac{1}{|W_{ij}|} \sum_{(u,v) \in W_{ij}} x_{n,u,v,c} \qquad (N, H, W, C) \to (N, H', W', C)$$
#
# $W_{ij}$ 是窗里真实存在的像素；`same` 补出来的不算。$2\times2$ 的平均池化就是把图像缩小一半的最朴素的做法，前面若不先平均就隔行取样，细纹会变成假花纹。
#
# !!! note "更正"
#     与 [MaxPooling2D](../pooling/max_pooling2d.md) 一样，原文档正文里的 `border_mode` 现在叫 `padding`。

# %% [markdown] lang="en"
# # 3.5 AveragePooling2D: the mean of a patch
#
# Take the mean of every patch of pixels: the image shrinks, its overall brightness stays.
#
# ## What it computes
#
# $$y_{n,i,j,c} = \frac{1}{|W_{ij}|} \sum_{(u,v) \in W_{ij}} x_{n,u,v,c} \qquad (N, H, W, C) \to (N, H', W', C)$$
#
# $W_{ij}$ are the pixels of the window that exist; what `same` adds does not count. A $2\times2$ average pooling is the plainest way to halve an image. Whoever takes every other row without averaging first turns fine lines into patterns that were never there.
#
# !!! note "Correction"
#     As with [MaxPooling2D](../pooling/max_pooling2d.md), what the text of the original document calls `border_mode` is `padding`.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import AveragePooling2D

x = np.array([[1, 3, 2, 0], [4, 2, 1, 5], [0, 1, 9, 8], [2, 6, 7, 3]], "float32")
print(AveragePooling2D(2)(x.reshape(1, 4, 4, 1)).numpy()[0, :, :, 0])

# %% [markdown] lang="zh"
# ## 看一看
#
# 越来越密的同心圆，隔四行取一行，与先平均再取：左边冒出许多并不存在的圆。

# %% [markdown] lang="en"
# ## A picture
#
# Rings that grow finer and finer. Taking every fourth pixel raises circles that do not exist; averaging first does not.

# %%
import matplotlib.pyplot as plt

u, v = np.meshgrid(np.linspace(0, 1, 240), np.linspace(0, 1, 240))
rings = np.cos(160 * (u**2 + v**2))
averaged = AveragePooling2D(4)(rings.reshape(1, 240, 240, 1)).numpy()[0, :, :, 0]

fig, axes = plt.subplots(1, 3, figsize=(7.5, 2.5))
for ax, picture, title in zip(
    axes,
    (rings, rings[::4, ::4], averaged),
    ("240 x 240", "every 4th pixel", "mean of 4 x 4"),
):
    ax.imshow(picture, cmap="gray", vmin=-1, vmax=1)
    ax.set(title=title, xticks=[], yticks=[])

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("AveragePooling2D")

# %% [markdown] lang="zh"
# ## 形状
#
# | `data_format` | 输入 | 输出 |
# |---|---|---|
# | `channels_last` | `(N, H, W, C)` | `(N, H', W', C)` |
# | `channels_first` | `(N, C, H, W)` | `(N, C, H', W')` |
#
# `valid`：$H' = \lfloor (H-p_1)/s_1 \rfloor + 1$；`same`：$H' = \lceil H/s_1 \rceil$。

# %% [markdown] lang="en"
# ## Shapes
#
# | `data_format` | input | output |
# |---|---|---|
# | `channels_last` | `(N, H, W, C)` | `(N, H', W', C)` |
# | `channels_first` | `(N, C, H, W)` | `(N, C, H', W')` |
#
# `valid`: $H' = \lfloor (H-p_1)/s_1 \rfloor + 1$; `same`: $H' = \lceil H/s_1 \rceil$.

# %%
print(AveragePooling2D(2).compute_output_shape((None, 28, 28, 3)))
first = AveragePooling2D((2, 3), padding="same", data_format="channels_first")
print(first.compute_output_shape((None, 3, 7, 7)), first(np.zeros((1, 3, 7, 7))).shape)

# %% [markdown] lang="zh"
# ## 例子
#
# 1998 年的 LeNet 用的就是平均池化。同样的骨架，今天还能读手写数字：

# %% [markdown] lang="en"
# ## Example
#
# LeNet, in 1998, used average pooling. The same skeleton still reads digits:

# %%
from tensorlearn import Sequential
from tensorlearn.datasets import digits
from tensorlearn.layers import Conv2D, Dense, Flatten

tl.set_seed(0)
(x_train, y_train), (x_test, y_test) = digits.load_data()
x_train, x_test = x_train.reshape(-1, 8, 8, 1), x_test.reshape(-1, 8, 8, 1)

model = Sequential(
    [
        Conv2D(12, 3, padding="same", activation="tanh", input_shape=(8, 8, 1)),
        AveragePooling2D(2),
        Flatten(),
        Dense(10, activation="softmax"),
    ]
)
model.compile(tl.optimizers.Adam(0.01), "sparse_categorical_crossentropy", ["accuracy"])
model.fit(x_train, y_train, epochs=5, verbose=0)
print(f"accuracy {model.evaluate(x_test, y_test, verbose=0)[1]:.2f}")

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 梯度平分给窗里的像素。平均池化的转置，是除以 $p_1p_2$ 的 [UpSampling2D](../convolutional/up_sampling2d.md)：

# %% [markdown] lang="en"
# ## Gradient check
#
# The gradient is split evenly. The transpose of average pooling is [UpSampling2D](../convolutional/up_sampling2d.md), divided by $p_1p_2$:

# %%
from tensorlearn import Tensor
from tensorlearn.layers import UpSampling2D
from tensorlearn.testing import gradcheck

rng = np.random.default_rng(0)
gradcheck(AveragePooling2D(3, strides=2, padding="same"), rng.normal(size=(1, 5, 5, 2)))

pixels = Tensor(rng.normal(size=(1, 4, 4, 1)), requires_grad=True)
g = rng.normal(size=(1, 2, 2, 1)).astype("float32")
back = tl.grad(AveragePooling2D(2)(pixels), pixels, g)
print(np.allclose(back, UpSampling2D(2)(g).numpy() / 4))

# %% [markdown] lang="zh"
# ## 常见错误
#
# **通道在前的数据用了默认格式。** 被平均的是颜色，不会报错：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **Channels-first data under the default.** It averages colours, and nothing raises:

# %%
print(AveragePooling2D(2)(np.zeros((1, 3, 32, 32))).shape)

# %% [markdown] lang="zh"
# **窗比图像大：**

# %% [markdown] lang="en"
# **A window larger than the image:**

# %% tags=["raises-exception"]
AveragePooling2D(8)(np.zeros((1, 4, 4, 1)))

# %% [markdown] lang="zh"
# **没有这种补法：**

# %% [markdown] lang="en"
# **A padding that does not exist:**

# %% tags=["raises-exception"]
AveragePooling2D(2, padding="reflect")

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
    AveragePooling2D((2, 2), border_mode="same", dim_ordering="th")
print(caught[0].message)

# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 2.10 UpSampling2D：图像上采样
#
# 把图像的每个像素复制成一小块，图像就变大了。生成网络、自编码器和分割网络都靠它把小特征图还原成大图。
#
# ## 它算什么
#
# $$y_{n,i,j,c} = x_{n,\lfloor i/s_1 \rfloor,\lfloor j/s_2 \rfloor,c} \qquad (N, H, W, C) \to (N, s_1H, s_2W, C)$$
#
# 行重复 $s_1$ 次，列重复 $s_2$ 次。`interpolation="bilinear"` 不再复制，而是在相邻像素之间线性过渡；这个参数原文档没有提到。
#
# 与 [Conv2DTranspose](../convolutional/conv2d_transpose.md) 相比，它没有可学的权重，也就不会产生棋盘格状的花纹；先上采样再卷积，是一种稳妥的替代。

# %% [markdown] lang="en"
# # 2.10 UpSampling2D: a larger image
#
# Turn every pixel into a small block, and the image grows. Generators, autoencoders and segmentation networks use it to get from small feature maps back to large images.
#
# ## What it computes
#
# $$y_{n,i,j,c} = x_{n,\lfloor i/s_1 \rfloor,\lfloor j/s_2 \rfloor,c} \qquad (N, H, W, C) \to (N, s_1H, s_2W, C)$$
#
# Rows are repeated $s_1$ times and columns $s_2$ times. With `interpolation="bilinear"`, which the original document does not mention, values pass linearly from pixel to pixel instead of being copied.
#
# Unlike [Conv2DTranspose](../convolutional/conv2d_transpose.md) it has nothing to learn, and therefore leaves no chequerboard behind; upsampling followed by a convolution is the safe substitute.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import UpSampling2D

x = np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 2, 2, 1)
print(UpSampling2D((2, 3))(x).numpy()[0, :, :, 0])

# %% [markdown] lang="zh"
# ## 看一看
#
# 一个数字放大四倍：左边是原图，中间复制，右边线性过渡。

# %% [markdown] lang="en"
# ## A picture
#
# A digit, four times as large: the original, copied pixels, and linear interpolation.

# %%
import matplotlib.pyplot as plt
from tensorlearn.datasets import digits

(images, labels), _ = digits.load_data()
image = images[:1].reshape(1, 8, 8, 1)
pictures = {
    "8 x 8": image,
    "nearest": UpSampling2D(4)(image).numpy(),
    "bilinear": UpSampling2D(4, interpolation="bilinear")(image).numpy(),
}
fig, axes = plt.subplots(1, 3, figsize=(6, 2.2))
for ax, (title, picture) in zip(axes, pictures.items()):
    ax.imshow(picture[0, :, :, 0], cmap="Greys")
    ax.set(title=title)
    ax.set_axis_off()

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("UpSampling2D")

# %% [markdown] lang="zh"
# ## 形状
#
# | `data_format` | 输入 | 输出 |
# |---|---|---|
# | `channels_last` | `(N, H, W, C)` | `(N, s1·H, s2·W, C)` |
# | `channels_first` | `(N, C, H, W)` | `(N, C, s1·H, s2·W)` |

# %% [markdown] lang="en"
# ## Shapes
#
# | `data_format` | input | output |
# |---|---|---|
# | `channels_last` | `(N, H, W, C)` | `(N, s1·H, s2·W, C)` |
# | `channels_first` | `(N, C, H, W)` | `(N, C, s1·H, s2·W)` |

# %%
print(UpSampling2D((2, 3)).compute_output_shape((None, 8, 8, 3)))
first = UpSampling2D((2, 3), data_format="channels_first")
print(first.compute_output_shape((None, 3, 8, 8)), first(np.zeros((1, 3, 8, 8))).shape)

# %% [markdown] lang="zh"
# ## 例子
#
# 自编码器的后半截，从 $2\times2$ 的特征图回到 $8\times8$ 的图像：

# %% [markdown] lang="en"
# ## Example
#
# The second half of an autoencoder, from a $2\times2$ feature map back to an $8\times8$ image:

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Conv2D

decoder = Sequential(
    [
        Conv2D(16, 3, padding="same", activation="relu", input_shape=(2, 2, 32)),
        UpSampling2D(2),
        Conv2D(8, 3, padding="same", activation="relu"),
        UpSampling2D(2),
        Conv2D(1, 3, padding="same", activation="sigmoid"),
    ]
)
decoder.output_shape

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 复制的转置是求和：一个像素的梯度，是它那一块里所有梯度之和。于是先上采样、再对 $s \times s$ 的块求平均，恰好回到原图。

# %% [markdown] lang="en"
# ## Gradient check
#
# The transpose of copying is summing: a pixel receives the sum of the gradients in its block. Hence upsampling followed by the mean over $s \times s$ blocks gives back the image exactly.

# %%
from tensorlearn.layers import AveragePooling2D
from tensorlearn.testing import gradcheck

rng = np.random.default_rng(0)
gradcheck(UpSampling2D((2, 3)), rng.normal(size=(2, 3, 2, 2)))
gradcheck(UpSampling2D(2, interpolation="bilinear"), rng.normal(size=(1, 3, 3, 1)))

there_and_back = AveragePooling2D(2)(UpSampling2D(2)(image)).numpy()
print(np.array_equal(there_and_back, image.astype("float32")))

# %% [markdown] lang="zh"
# ## 常见错误
#
# **插值方式写错：**

# %% [markdown] lang="en"
# ## Common mistakes
#
# **An unknown way to interpolate:**

# %% tags=["raises-exception"]
UpSampling2D(2, interpolation="cubic")

# %% [markdown] lang="zh"
# **通道的位置弄反。** 形状都合法，不会报错，放大的却是“颜色”。$(3, 32, 32)$ 的图像在默认的 `channels_last` 下会变成 $(6, 64, 32)$：

# %% [markdown] lang="en"
# **Channels on the wrong side.** The shapes are legal and nothing raises, but it is the colours that get larger. Under the default, `channels_last`, an image of $(3, 32, 32)$ becomes $(6, 64, 32)$:

# %%
print(UpSampling2D(2)(np.zeros((1, 3, 32, 32))).shape)
print(UpSampling2D(2, data_format="channels_first")(np.zeros((1, 3, 32, 32))).shape)

# %% [markdown] lang="zh"
# **少了通道轴：**

# %% [markdown] lang="en"
# **No channel axis:**

# %% tags=["raises-exception"]
UpSampling2D(2)(np.zeros((1, 8, 8)))

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
    UpSampling2D((2, 2), dim_ordering="th")
print(caught[0].message)

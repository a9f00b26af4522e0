# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 2.13 ZeroPadding2D：图像补零
#
# 给图像镶一圈零，好让卷积之后的特征图保持想要的大小。
#
# ## 它算什么
#
# $$(N, H, W, C) \to (N, a+H+b, l+W+r, C)$$
#
# `padding` 有三种写法：一个整数，四边相同；`(h, w)`，上下各 `h` 行、左右各 `w` 列；`((a, b), (l, r))`，上、下、左、右各写各的。
#
# 为什么要补零？$3\times3$ 的卷积每做一次，四边各少一个像素；一张 $8\times8$ 的图做四次就没了。补一圈零，大小不变，想叠几层都行。零也有代价：边上的输出有一部分是对着“虚空”算的，偏暗、偏弱，下面就能看到。
#
# !!! note "更正"
#     原文档说补的是“轴 3 和轴 4”，是从 1 数起的。从 0 数，`channels_last` 补轴 1、2，`channels_first` 补轴 2、3。

# %% [markdown] lang="en"
# # 2.13 ZeroPadding2D: zeros around an image
#
# Frame an image with zeros, so that the feature map after a convolution has the size one wants.
#
# ## What it computes
#
# $$(N, H, W, C) \to (N, a+H+b, l+W+r, C)$$
#
# There are three ways to write `padding`: one integer for all four sides; `(h, w)` for `h` rows above and below and `w` columns left and right; `((a, b), (l, r))` for top, bottom, left and right one by one.
#
# Why pad? Each $3\times3$ convolution costs a pixel on every side, and an $8\times8$ image is used up after four. With a frame of zeros the size stays, and one can stack as many as one likes. The zeros have a price: outputs at the border are partly computed from nothing, and come out fainter, as you will see below.
#
# !!! note "Correction"
#     The original document says that "axes 3 and 4" are padded, counting from 1. Counted from 0 they are axes 1 and 2 with `channels_last`, 2 and 3 with `channels_first`.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import ZeroPadding2D

x = np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 2, 2, 1)
print(ZeroPadding2D(((1, 0), (2, 1)))(x).numpy()[0, :, :, 0])

# %% [markdown] lang="zh"
# ## 看一看
#
# 把一张全白的图反复做“补零、取平均”：边缘的暗影一层层往里爬，网络就这样“知道”了哪里是边。

# %% [markdown] lang="en"
# ## A picture
#
# Pad and average an all-white image again and again: a shadow creeps in from the edges. That is how a convolutional network "knows" where the border is.

# %%
import matplotlib.pyplot as plt
from tensorlearn.layers import Conv2D

mean = Conv2D(1, 3, kernel_initializer="ones", use_bias=False)
image = np.ones((1, 16, 16, 1))
fig, axes = plt.subplots(1, 4, figsize=(8, 2.1))
for k, ax in enumerate(axes):
    ax.imshow(image[0, :, :, 0], vmin=0, vmax=1, cmap="gray")
    ax.set(title=f"{2 * k} times", xticks=[], yticks=[])
    for _ in range(2):
        image = mean(ZeroPadding2D(1)(image)).numpy() / 9

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("ZeroPadding2D")

# %% [markdown] lang="zh"
# ## 形状
#
# | `data_format` | 输入 | 输出 |
# |---|---|---|
# | `channels_last` | `(N, H, W, C)` | `(N, H + a + b, W + l + r, C)` |
# | `channels_first` | `(N, C, H, W)` | `(N, C, H + a + b, W + l + r)` |

# %% [markdown] lang="en"
# ## Shapes
#
# | `data_format` | input | output |
# |---|---|---|
# | `channels_last` | `(N, H, W, C)` | `(N, H + a + b, W + l + r, C)` |
# | `channels_first` | `(N, C, H, W)` | `(N, C, H + a + b, W + l + r)` |

# %%
print(ZeroPadding2D((1, 2)).compute_output_shape((None, 28, 28, 3)))
first = ZeroPadding2D((1, 2), data_format="channels_first")
print(
    first.compute_output_shape((None, 3, 28, 28)), first(np.zeros((1, 3, 28, 28))).shape
)

# %% [markdown] lang="zh"
# ## 例子
#
# 早年的 VGG 网络就是这样写的：每个卷积之前补一圈零。

# %% [markdown] lang="en"
# ## Example
#
# This is how the VGG networks used to be written: a frame of zeros before every convolution.

# %%
from tensorlearn import Sequential
from tensorlearn.layers import MaxPooling2D

model = Sequential()
model.add(ZeroPadding2D((1, 1), input_shape=(32, 32, 3)))
model.add(Conv2D(16, (3, 3), activation="relu"))
model.add(ZeroPadding2D((1, 1)))
model.add(Conv2D(16, (3, 3), activation="relu"))
model.add(MaxPooling2D((2, 2)))
print([layer.output_shape[1:3] for layer in model.layers])

# %% [markdown] lang="zh"
# 步长为 2 时，自己补零与 `padding="same"` 并不一样：`same` 把多出来的一个零放在右边和下边，对称地补一圈则让窗口整体错开一格。移植别处的权重时常在这里出错。

# %% [markdown] lang="en"
# With a stride of 2, padding by hand is not `padding="same"`: `same` puts the odd zero at the right and the bottom, while a symmetric frame moves every window by one. Weights brought over from elsewhere often go wrong here.

# %%
rng = np.random.default_rng(0)
x = rng.normal(size=(1, 6, 6, 1))
same = Conv2D(1, 3, strides=2, padding="same")
y = same(x).numpy()[0, :, :, 0]
valid = Conv2D(1, 3, strides=2)
for padding in (((1, 1), (1, 1)), ((0, 1), (0, 1))):
    padded = ZeroPadding2D(padding)(x)
    valid(padded)
    valid.set_weights(same.get_weights())
    print(padding, np.allclose(valid(padded).numpy()[0, :, :, 0], y))

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 补上的零不产生梯度，图像的梯度原样通过：往回走就是 [Cropping2D](../convolutional/cropping2d.md)。

# %% [markdown] lang="en"
# ## Gradient check
#
# The zeros receive no gradient, the image lets its own through unchanged: the way back is [Cropping2D](../convolutional/cropping2d.md).

# %%
from tensorlearn.testing import gradcheck

gradcheck(ZeroPadding2D(((1, 0), (2, 1))), rng.normal(size=(2, 3, 2, 2)))

# %% [markdown] lang="zh"
# ## 常见错误
#
# **个数不对。** 要么一个，要么两个，要么两对：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **The wrong number of numbers.** It is one, two, or two pairs:

# %% tags=["raises-exception"]
ZeroPadding2D((1, 1, 2))

# %% [markdown] lang="zh"
# **通道的位置弄反。** 不会报错，补的却是通道。看到通道数莫名增加，先检查 `data_format`：

# %% [markdown] lang="en"
# **Channels on the wrong side.** Nothing raises, but channels get padded. If their number grows for no reason, look at `data_format`:

# %%
print(ZeroPadding2D(1)(np.zeros((1, 3, 32, 32))).shape)

# %% [markdown] lang="zh"
# **少了通道轴：**

# %% [markdown] lang="en"
# **No channel axis:**

# %% tags=["raises-exception"]
ZeroPadding2D(1)(np.zeros((1, 28, 28)))

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `dim_ordering` 改名为 `data_format`；把上、下、左、右四个数平铺着写的，改成两对：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# `dim_ordering` became `data_format`, and four numbers in a row (top, bottom, left, right) became two pairs:

# %% tags=["both"]
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    ZeroPadding2D((1, 1, 2, 2), dim_ordering="th")
for warning in caught:
    print(warning.message)

# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 2.7 Cropping2D：裁剪图像
#
# 从图像的上下左右各切掉几行几列。
#
# ## 它算什么
#
# $$y_{n,i,j,c} = x_{n,\,i+a,\,j+l,\,c} \qquad (N, H, W, C) \to (N, H-a-b, W-l-r, C)$$
#
# `cropping=((a, b), (l, r))`：上 $a$ 行、下 $b$ 行、左 $l$ 列、右 $r$ 列。写成 `(h, w)` 表示上下各 `h` 行、左右各 `w` 列；写一个整数则四边相同。
#
# !!! note "更正"
#     原文档说参数依次是“宽和高”，实际的顺序是先高（行）后宽（列）。它给出的形状只适用于 `channels_first`；默认的 `channels_last` 把通道放在最后，见下面的形状一节。

# %% [markdown] lang="en"
# # 2.7 Cropping2D: trimming an image
#
# Cut rows off the top and the bottom of an image, and columns off its left and right.
#
# ## What it computes
#
# $$y_{n,i,j,c} = x_{n,\,i+a,\,j+l,\,c} \qquad (N, H, W, C) \to (N, H-a-b, W-l-r, C)$$
#
# With `cropping=((a, b), (l, r))`, $a$ rows go at the top, $b$ at the bottom, $l$ columns at the left and $r$ at the right. The short form `(h, w)` takes `h` rows from top and bottom and `w` columns from left and right; one integer takes the same from all four sides.
#
# !!! note "Correction"
#     The original document gives the order as width, height; it is height (rows) first, then width (columns). The shapes it prints hold for `channels_first` only; the default, `channels_last`, has the channels at the end, see under Shapes.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import Cropping2D

x = np.arange(20.0).reshape(1, 4, 5, 1)
print(x[0, :, :, 0])
print(Cropping2D(((1, 0), (2, 1)))(x).numpy()[0, :, :, 0])

# %% [markdown] lang="zh"
# ## 看一看
#
# 手写数字的四周多半是空白。切掉边缘的一圈，64 个像素剩 36 个，字还认得出来。

# %% [markdown] lang="en"
# ## A picture
#
# The margins of a handwritten digit are mostly empty. Take one ring off and 36 of the 64 pixels remain; one still reads the digit.

# %%
import matplotlib.pyplot as plt
from tensorlearn.datasets import digits

(images, labels), _ = digits.load_data()
images = images.reshape(-1, 8, 8, 1)[:5]
cropped = Cropping2D(1)(images).numpy()
fig, axes = plt.subplots(2, 5, figsize=(6, 2.6))
for top, bottom, image, small in zip(*axes, images, cropped):
    top.imshow(image[..., 0], cmap="Greys")
    bottom.imshow(small[..., 0], cmap="Greys")
for ax in axes.ravel():
    ax.set_axis_off()

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("Cropping2D")

# %% [markdown] lang="zh"
# ## 形状
#
# | `data_format` | 输入 | 输出 |
# |---|---|---|
# | `channels_last` | `(N, H, W, C)` | `(N, H - a - b, W - l - r, C)` |
# | `channels_first` | `(N, C, H, W)` | `(N, C, H - a - b, W - l - r)` |

# %% [markdown] lang="en"
# ## Shapes
#
# | `data_format` | input | output |
# |---|---|---|
# | `channels_last` | `(N, H, W, C)` | `(N, H - a - b, W - l - r, C)` |
# | `channels_first` | `(N, C, H, W)` | `(N, C, H - a - b, W - l - r)` |

# %%
cropping = ((2, 2), (4, 4))
print(Cropping2D(cropping).compute_output_shape((None, 28, 28, 3)))
first = Cropping2D(cropping, data_format="channels_first")
print(
    first.compute_output_shape((None, 3, 28, 28)), first(np.zeros((1, 3, 28, 28))).shape
)

# %% [markdown] lang="zh"
# ## 例子
#
# 放在模型里，与卷积相接：

# %% [markdown] lang="en"
# ## Example
#
# In a model, next to a convolution:

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Conv2D

model = Sequential()
model.add(Cropping2D(((2, 2), (4, 4)), input_shape=(28, 28, 3)))
print(model.output_shape)
model.add(Conv2D(64, (3, 3), padding="same"))
model.add(Cropping2D(((2, 2), (2, 2))))
print(model.output_shape)

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 被切掉的像素对输出毫无影响，所以它们的梯度是 0；留下的像素梯度原样通过。

# %% [markdown] lang="en"
# ## Gradient check
#
# A pixel that was cut has no say in the output, so its gradient is 0; what was kept lets its gradient through unchanged.

# %%
from tensorlearn import Tensor
from tensorlearn.testing import gradcheck

gradcheck(
    Cropping2D(((1, 0), (2, 1))), np.random.default_rng(0).normal(size=(2, 4, 5, 2))
)

x = Tensor(np.zeros((1, 4, 5, 1)), requires_grad=True)
print(tl.grad(Cropping2D(((1, 0), (2, 1)))(x).sum(), x)[0, :, :, 0])

# %% [markdown] lang="zh"
# ## 常见错误
#
# **按四个数平铺着写。** 要分成两对，一对给行，一对给列：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **Four numbers in a row.** They go in two pairs, one for the rows, one for the columns:

# %% tags=["raises-exception"]
Cropping2D((1, 0, 2, 1))

# %% [markdown] lang="zh"
# **切过了头：**

# %% [markdown] lang="en"
# **Cutting too much:**

# %% tags=["raises-exception"]
Cropping2D(2)(np.zeros((1, 4, 5, 1)))

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `dim_ordering="th"` 现在写作 `data_format="channels_first"`，`"tf"` 写作 `"channels_last"`：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# `dim_ordering="th"` is now `data_format="channels_first"`, and `"tf"` is `"channels_last"`:

# %% tags=["both"]
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    Cropping2D(((1, 1), (1, 1)), dim_ordering="th")
print(caught[0].message)

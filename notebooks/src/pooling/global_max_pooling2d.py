# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 3.9 GlobalMaxPooling2D：全局最大池化（二维）
#
# 每个通道只留整张图上的最大值。
#
# ## 它算什么
#
# $$y_{n,c} = \max_{i,j} x_{n,i,j,c} \qquad (N, H, W, C) \to (N, C)$$
#
# 问的是“这个花样有没有在图里出现过”，不问在哪里，也不问几次。图像多大都行，出来的向量总是 $C$ 个数。
#
# !!! note "更正"
#     原文档的签名写作 `dim_ordering='default'`，正文却解释 `data_format`。现在的名字是 `data_format`；旧写法仍被接受。

# %% [markdown] lang="en"
# # 3.9 GlobalMaxPooling2D: the largest of a channel
#
# Keep the largest value of every channel over the whole image.
#
# ## What it computes
#
# $$y_{n,c} = \max_{i,j} x_{n,i,j,c} \qquad (N, H, W, C) \to (N, C)$$
#
# It asks whether a pattern occurs in the image, and neither where nor how often. Images may have any size, the result always has $C$ numbers.
#
# !!! note "Correction"
#     The signature in the original document says `dim_ordering='default'` while its text explains `data_format`. The name is `data_format`; the old spelling is accepted.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import GlobalMaxPooling2D

x = np.zeros((1, 3, 3, 2), "float32")
x[0, 1, 2, 0], x[0, 0, 0, 1] = 5, 7
print(GlobalMaxPooling2D()(x).numpy())

# %% [markdown] lang="zh"
# ## 看一看
#
# 用一小块图样在大图里找它自己：相关图的最大值就是“找到了几分”。图样移到哪里，这个数都不变。

# %% [markdown] lang="en"
# ## A picture
#
# Search an image for a small template: the maximum of the correlation says how well it was found, and stays the same wherever the template moves.

# %%
import matplotlib.pyplot as plt
from tensorlearn.datasets import digits
from tensorlearn.layers import Conv2D

(images, labels), _ = digits.load_data()
template = images[0] - images[0].mean()
search = Conv2D(1, 8, use_bias=False)
search(np.zeros((1, 24, 24, 1)))
search.set_weights([template.reshape(8, 8, 1, 1)])

fig, axes = plt.subplots(1, 3, figsize=(6.5, 2.4))
for ax, (i, j) in zip(axes, ((1, 2), (14, 9), (8, 15))):
    scene = np.zeros((1, 24, 24, 1))
    scene[0, i : i + 8, j : j + 8, 0] = images[0]
    found = float(GlobalMaxPooling2D()(search(scene)).numpy().item())
    ax.imshow(scene[0, :, :, 0], cmap="Greys")
    ax.set(title=f"maximum {found:.2f}", xticks=[], yticks=[])

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("GlobalMaxPooling2D")

# %% [markdown] lang="zh"
# ## 形状
#
# | `data_format` | 输入 | 输出 |
# |---|---|---|
# | `channels_last` | `(N, H, W, C)` | `(N, C)` |
# | `channels_first` | `(N, C, H, W)` | `(N, C)` |

# %% [markdown] lang="en"
# ## Shapes
#
# | `data_format` | input | output |
# |---|---|---|
# | `channels_last` | `(N, H, W, C)` | `(N, C)` |
# | `channels_first` | `(N, C, H, W)` | `(N, C)` |

# %%
print(GlobalMaxPooling2D().compute_output_shape((None, None, None, 64)))
first = GlobalMaxPooling2D(data_format="channels_first")
print(
    first.compute_output_shape((None, 64, 7, 7)), first(np.zeros((2, 64, 7, 7))).shape
)

# %% [markdown] lang="zh"
# ## 例子
#
# 一个吃任何尺寸图像的网络：

# %% [markdown] lang="en"
# ## Example
#
# A network that takes images of any size:

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Dense

model = Sequential()
model.add(Conv2D(8, 3, activation="relu", input_shape=(None, None, 1)))
model.add(GlobalMaxPooling2D())
model.add(Dense(10, activation="softmax"))
for size in (8, 31):
    print(model.predict(np.zeros((2, size, size, 1))).shape)

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 每个通道只有一个像素得到梯度：

# %% [markdown] lang="en"
# ## Gradient check
#
# One pixel of each channel receives a gradient:

# %%
from tensorlearn import Tensor
from tensorlearn.testing import gradcheck

gradcheck(GlobalMaxPooling2D(), np.random.default_rng(0).normal(size=(2, 3, 3, 2)))

pixels = Tensor(x, requires_grad=True)
print(np.count_nonzero(tl.grad(GlobalMaxPooling2D()(pixels).sum(), pixels)))

# %% [markdown] lang="zh"
# ## 常见错误
#
# **后面又接卷积。** 空间已经没有了：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **A convolution behind it.** There is no space left to convolve:

# %% tags=["raises-exception"]
Sequential([GlobalMaxPooling2D(input_shape=(8, 8, 3)), Conv2D(4, 3)])

# %% [markdown] lang="zh"
# **灰度图少了通道轴：**

# %% [markdown] lang="en"
# **A grey image without its channel axis:**

# %% tags=["raises-exception"]
GlobalMaxPooling2D()(np.zeros((2, 8, 8)))

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
    GlobalMaxPooling2D(dim_ordering="th")
print(caught[0].message)

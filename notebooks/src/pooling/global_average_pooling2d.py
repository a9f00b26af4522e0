# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 3.10 GlobalAveragePooling2D：全局平均池化（二维）
#
# 每个通道求整张图的平均。现代图像网络大多用它收尾，代替庞大的全连接层。
#
# ## 它算什么
#
# $$y_{n,c} = \frac{1}{HW} \sum_{i,j} x_{n,i,j,c} \qquad (N, H, W, C) \to (N, C)$$
#
# 为什么用它代替 `Flatten` 加 `Dense`？$7\times7\times512$ 的特征图压平后接 1000 个单元，要两千五百万个权重；先取平均只要五十万个，而且不再关心物体在图的哪个角落。
#
# 还有一个附赠的好处：求平均与乘权重可以交换次序，所以能画出“网络在看哪里”。见下图。
#
# !!! note "更正"
#     原文档的签名写作 `dim_ordering='default'`，正文却解释 `data_format`。现在的名字是 `data_format`；旧写法仍被接受。

# %% [markdown] lang="en"
# # 3.10 GlobalAveragePooling2D: the mean of a channel
#
# The mean of every channel over the whole image. Most modern image networks end with it, in place of an enormous dense layer.
#
# ## What it computes
#
# $$y_{n,c} = \frac{1}{HW} \sum_{i,j} x_{n,i,j,c} \qquad (N, H, W, C) \to (N, C)$$
#
# Why instead of `Flatten` and `Dense`? A feature map of $7\times7\times512$, flattened and connected to 1000 units, takes twenty-five million weights; averaged first, half a million, and it no longer matters in which corner the object is.
#
# There is a gift on top: averaging and weighing can be exchanged, so one can draw where the network is looking. See the picture.
#
# !!! note "Correction"
#     The signature in the original document says `dim_ordering='default'` while its text explains `data_format`. The name is `data_format`; the old spelling is accepted.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import GlobalAveragePooling2D

x = np.arange(8.0).reshape(1, 2, 2, 2)
print(x[0, :, :, 0], GlobalAveragePooling2D()(x).numpy(), sep="\n")

# %% [markdown] lang="zh"
# ## 看一看
#
# 训练一个以它收尾的小网络，然后不求平均，直接把权重乘在特征图上：亮的地方就是支持“这是这个数字”的证据。

# %% [markdown] lang="en"
# ## A picture
#
# Train a small network that ends with it. Then skip the mean and weigh the feature maps directly: what lights up is the evidence for the digit.

# %%
import matplotlib.pyplot as plt
from tensorlearn import Sequential
from tensorlearn.datasets import digits
from tensorlearn.layers import Conv2D, Dense

tl.set_seed(0)
(images, labels), (x_test, y_test) = digits.load_data()
images, x_test = images.reshape(-1, 8, 8, 1), x_test.reshape(-1, 8, 8, 1)

model = Sequential()
model.add(Conv2D(16, 3, padding="same", activation="relu", input_shape=(8, 8, 1)))
model.add(Conv2D(32, 3, padding="same", activation="relu"))
model.add(GlobalAveragePooling2D())
model.add(Dense(10, activation="softmax"))
model.compile(tl.optimizers.Adam(0.01), "sparse_categorical_crossentropy", ["accuracy"])
model.fit(images, labels, epochs=12, verbose=0)
print(f"accuracy {model.evaluate(x_test, y_test, verbose=0)[1]:.2f}")

# %%
conv1, conv2, _, dense = model.layers
features = conv2(conv1(x_test[:6])).numpy()  # (6, 8, 8, 32)
kernel = dense.get_weights()[0]  # (32, 10)
evidence = features @ kernel  # (6, 8, 8, 10)

fig, axes = plt.subplots(2, 6, figsize=(7, 2.5))
for top, bottom, image, maps, digit in zip(*axes, x_test, evidence, y_test):
    top.imshow(image[..., 0], cmap="Greys")
    bottom.imshow(maps[..., int(digit)], cmap="RdBu_r", vmin=-20, vmax=20)
for ax in axes.ravel():
    ax.set(xticks=[], yticks=[])

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("GlobalAveragePooling2D")

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
print(GlobalAveragePooling2D().compute_output_shape((None, None, None, 64)))
first = GlobalAveragePooling2D(data_format="channels_first")
print(
    first.compute_output_shape((None, 64, 7, 7)), first(np.zeros((2, 64, 7, 7))).shape
)

# %% [markdown] lang="zh"
# ## 例子
#
# 权重少了多少，数一数：

# %% [markdown] lang="en"
# ## Example
#
# Count the weights it saves:

# %%
from tensorlearn.layers import Flatten

for middle in (Flatten, GlobalAveragePooling2D):
    head = Sequential([middle(input_shape=(7, 7, 512)), Dense(1000)])
    print(f"{middle.__name__:22} {head.count_params():>11,}")

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 每个像素得到 $g/(HW)$：

# %% [markdown] lang="en"
# ## Gradient check
#
# Every pixel receives $g/(HW)$:

# %%
from tensorlearn.testing import gradcheck

layer = GlobalAveragePooling2D()
gradcheck(layer, np.random.default_rng(0).normal(size=(2, 3, 3, 2)), order=2)

# %% [markdown] lang="zh"
# ## 常见错误
#
# **通道在前的数据用了默认格式。** 平均的是通道和行，剩下的是列，不会报错：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **Channels-first data under the default.** It averages channels and rows and leaves the columns; nothing raises:

# %%
print(GlobalAveragePooling2D()(np.zeros((2, 64, 7, 9))).shape)

# %% [markdown] lang="zh"
# **`data_format` 写错：**

# %% [markdown] lang="en"
# **A `data_format` that does not exist:**

# %% tags=["raises-exception"]
GlobalAveragePooling2D(data_format="last")

# %% [markdown] lang="zh"
# **灰度图少了通道轴：**

# %% [markdown] lang="en"
# **A grey image without its channel axis:**

# %% tags=["raises-exception"]
GlobalAveragePooling2D()(np.zeros((2, 8, 8)))

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `dim_ordering` 改名为 `data_format`，`"th"` 写作 `"channels_first"`：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# `dim_ordering` became `data_format`, and `"th"` became `"channels_first"`:

# %% tags=["both"]
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    GlobalAveragePooling2D(dim_ordering="th")
print(caught[0].message)

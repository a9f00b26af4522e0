# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 3.2 MaxPooling2D：二维最大池化
#
# 把图像分成小块，每块只留最亮的一点。卷积网络里最常见的搭配就是“卷积、激活、池化”。
#
# ## 它算什么
#
# $$y_{n,i,j,c} = \max_{0 \le u < p_1,\ 0 \le v < p_2} x_{n,\,is_1+u,\,js_2+v,\,c} \qquad (N, H, W, C) \to (N, H', W', C)$$
#
# `pool_size=(p1, p2)` 先高后宽，`strides` 不写就等于 `pool_size`。最常用的 $2\times2$ 池化让高和宽都减半，数据剩四分之一，后面的每一层也跟着便宜四倍，而每个输出单元看到的原图面积却翻了两番。
#
# 图像平移一个像素，卷积的输出也平移一个像素；经过池化，多半看不出来了。这就是常说的“平移不变性”，只是近似成立：物体正好跨过窗的边界时，结果会跳。
#
# !!! note "更正"
#     原文档的正文里写作 `border_mode`，它的签名里写作 `padding`；现在的名字是 `padding`，旧名字仍可用。

# %% [markdown] lang="en"
# # 3.2 MaxPooling2D: the largest of a patch
#
# Divide an image into patches and keep the brightest point of each. "Convolution, activation, pooling" is the standard sentence of convolutional networks.
#
# ## What it computes
#
# $$y_{n,i,j,c} = \max_{0 \le u < p_1,\ 0 \le v < p_2} x_{n,\,is_1+u,\,js_2+v,\,c} \qquad (N, H, W, C) \to (N, H', W', C)$$
#
# `pool_size=(p1, p2)` is height first, then width; `strides` equals `pool_size` unless given. The usual $2\times2$ halves height and width, leaves a quarter of the data, makes every layer behind it four times cheaper, and quadruples the area of the image that a unit sees.
#
# Shift the image by a pixel and the output of a convolution shifts by a pixel; after pooling one mostly cannot tell. This "translation invariance" is only approximate: when something crosses the border of a window, the output jumps.
#
# !!! note "Correction"
#     The text of the original document says `border_mode` where its signature says `padding`. The name is `padding`; the old one is still understood.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import MaxPooling2D

x = np.array([[1, 3, 2, 0], [4, 2, 1, 5], [0, 1, 9, 8], [2, 6, 7, 3]], "float32")
print(MaxPooling2D(2)(x.reshape(1, 4, 4, 1)).numpy()[0, :, :, 0])

# %% [markdown] lang="zh"
# ## 看一看
#
# 一个数字，取边缘，再池化两次：笔画变粗，位置变模糊，“这里有一条横”却一直在。

# %% [markdown] lang="en"
# ## A picture
#
# A digit, its edges, and two poolings. Strokes thicken and positions blur, but "there is a horizontal stroke here" survives.

# %%
import matplotlib.pyplot as plt
from tensorlearn.datasets import digits

(images, labels), _ = digits.load_data()
image = images[3:4].reshape(1, 8, 8, 1)
edges = np.abs(np.diff(image, axis=1, prepend=0))
steps = [image, edges, MaxPooling2D(2)(edges).numpy()]
steps.append(MaxPooling2D(2)(steps[-1]).numpy())

fig, axes = plt.subplots(1, 4, figsize=(7, 2))
for ax, step in zip(axes, steps):
    ax.imshow(step[0, :, :, 0], cmap="Greys")
    ax.set(title=f"{step.shape[1]} x {step.shape[2]}", xticks=[], yticks=[])

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("MaxPooling2D")

# %% [markdown] lang="zh"
# ## 形状
#
# | `data_format` | 输入 | 输出 |
# |---|---|---|
# | `channels_last` | `(N, H, W, C)` | `(N, H', W', C)` |
# | `channels_first` | `(N, C, H, W)` | `(N, C, H', W')` |
#
# `valid`：$H' = \lfloor (H-p_1)/s_1 \rfloor + 1$；`same`：$H' = \lceil H/s_1 \rceil$。宽度同理。

# %% [markdown] lang="en"
# ## Shapes
#
# | `data_format` | input | output |
# |---|---|---|
# | `channels_last` | `(N, H, W, C)` | `(N, H', W', C)` |
# | `channels_first` | `(N, C, H, W)` | `(N, C, H', W')` |
#
# `valid`: $H' = \lfloor (H-p_1)/s_1 \rfloor + 1$; `same`: $H' = \lceil H/s_1 \rceil$. The width likewise.

# %%
for padding in ("valid", "same"):
    layer = MaxPooling2D((2, 3), padding=padding)
    print(padding, layer.compute_output_shape((None, 7, 7, 3)))
first = MaxPooling2D((2, 3), data_format="channels_first")
print(first.compute_output_shape((None, 3, 7, 7)), first(np.zeros((1, 3, 7, 7))).shape)

# %% [markdown] lang="zh"
# ## 例子
#
# “卷积、池化”两轮，再接全连接，看形状怎样一路缩小：

# %% [markdown] lang="en"
# ## Example
#
# Two rounds of convolution and pooling, then a dense layer; watch the shapes shrink:

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Conv2D, Dense, Flatten

model = Sequential(
    [
        Conv2D(16, 3, padding="same", activation="relu", input_shape=(28, 28, 1)),
        MaxPooling2D((2, 2)),
        Conv2D(32, 3, padding="same", activation="relu"),
        MaxPooling2D((2, 2)),
        Flatten(),
        Dense(10, activation="softmax"),
    ]
)
print([layer.output_shape[1:] for layer in model.layers])

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 每块的梯度全归赢家。四个像素里有三个得不到梯度，所以池化层往回传的信号很稀疏：

# %% [markdown] lang="en"
# ## Gradient check
#
# The winner of a patch takes its whole gradient. Three pixels out of four get nothing; what a pooling layer sends back is sparse:

# %%
from tensorlearn import Tensor
from tensorlearn.testing import gradcheck

rng = np.random.default_rng(0)
gradcheck(MaxPooling2D(2), rng.normal(size=(2, 4, 4, 2)))
gradcheck(MaxPooling2D(3, strides=2, padding="same"), rng.normal(size=(1, 5, 5, 1)))

pixels = Tensor(x.reshape(1, 4, 4, 1), requires_grad=True)
print(tl.grad(MaxPooling2D(2)(pixels).sum(), pixels)[0, :, :, 0])

# %% [markdown] lang="zh"
# ## 常见错误
#
# **池化次数太多。** $28 \to 14 \to 7 \to 3 \to 1$，再池化就没有了：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **One pooling too many.** $28 \to 14 \to 7 \to 3 \to 1$, and then there is nothing left to pool:

# %% tags=["raises-exception"]
model = Sequential([MaxPooling2D(2, input_shape=(28, 28, 1))])
for _ in range(4):
    model.add(MaxPooling2D(2))

# %% [markdown] lang="zh"
# **通道在前的数据用了默认格式。** 池化的是通道和行，不会报错：

# %% [markdown] lang="en"
# **Channels-first data under the default.** It pools channels and rows, and nothing raises:

# %%
print(MaxPooling2D(2)(np.zeros((1, 3, 32, 32))).shape)
print(MaxPooling2D(2, data_format="channels_first")(np.zeros((1, 3, 32, 32))).shape)

# %% [markdown] lang="zh"
# **窗的形状给了三个数：**

# %% [markdown] lang="en"
# **Three numbers for a window:**

# %% tags=["raises-exception"]
MaxPooling2D((2, 2, 2))

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
    MaxPooling2D((2, 2), border_mode="same", dim_ordering="th")
print(caught[0].message)

# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 2.2 Conv2D：二维卷积
#
# 拿一块小图样在图像上滑动，每到一处量一次相像的程度。一张图经过 32 块图样，就成了 32 张“哪里像”的地图。
#
# ## 它算什么
#
# $$y_{n,i,j,f} = \varphi\Big(\sum_{u,v,c} x_{n,\,is+ur,\,js+vr,\,c}\; W_{u,v,c,f} + b_f\Big) \qquad (N, H, W, C) \to (N, H', W', F)$$
#
# $W$ 的形状是 `(rows, cols, C, F)`：先高后宽，再是输入通道，最后是输出通道。与全连接相比，它有两条限制：**只看附近**，**处处用同一块图样**。正是这两条让权重少了几千倍：$28\times28$ 的图全连接到同样大小要 61 万个权重，一块 $3\times3$ 的图样只要 9 个。
#
# 输出的大小：
#
# | `padding` | $H'$ |
# |---|---|
# | `"valid"` | $\lfloor (H - (K-1)r - 1)/s \rfloor + 1$ |
# | `"same"` | $\lceil H/s \rceil$ |
#
# !!! note "更正"
#     原文档说 `kernel_size` 是“宽度和长度”，实际的次序是先高（行）后宽（列）。它让读者“参考下面提供的例子”，下面却没有；本页补上。`kernel_constraints` 应为 `kernel_constraint`。

# %% [markdown] lang="en"
# # 2.2 Conv2D: convolution over images
#
# Slide a small template over an image and measure the likeness at every place. Thirty-two templates turn an image into thirty-two maps of "here it looks like this".
#
# ## What it computes
#
# $$y_{n,i,j,f} = \varphi\Big(\sum_{u,v,c} x_{n,\,is+ur,\,js+vr,\,c}\; W_{u,v,c,f} + b_f\Big) \qquad (N, H, W, C) \to (N, H', W', F)$$
#
# $W$ has shape `(rows, cols, C, F)`: height, width, channels in, channels out. Compared with a dense layer it is bound twice: it **looks only nearby**, and it uses **the same template everywhere**. That is what saves weights by the thousand: connecting an image of $28\times28$ densely to one of the same size takes 610,000 of them, a template of $3\times3$ takes 9.
#
# The size of the output:
#
# | `padding` | $H'$ |
# |---|---|
# | `"valid"` | $\lfloor (H - (K-1)r - 1)/s \rfloor + 1$ |
# | `"same"` | $\lceil H/s \rceil$ |
#
# !!! note "Correction"
#     The original document calls `kernel_size` "width and length"; the order is height (rows), then width (columns). It refers to an example below that is not there; this page has one. Its `kernel_constraints` should read `kernel_constraint`.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import Conv2D

image = np.zeros((1, 5, 5, 1), "float32")
image[0, 1:4, 2, 0] = 1  # a vertical stroke
layer = Conv2D(1, 3, use_bias=False)
layer(image)
layer.set_weights([np.array([[1, -2, 1]] * 3).reshape(3, 3, 1, 1)])
print(layer(image).numpy()[0, :, :, 0])

# %% [markdown] lang="zh"
# ## 看一看
#
# 四块手写的图样滑过一个数字：横边、竖边、模糊、锐化。网络里的图样不用手写，是学来的；学出来的第一层往往也就是这些。

# %% [markdown] lang="en"
# ## A picture
#
# Four hand-made templates slide over a digit: horizontal edges, vertical edges, blur, sharpen. In a network templates are learnt, and what the first layer learns often looks just like these.

# %%
import matplotlib.pyplot as plt
from tensorlearn.datasets import digits

(images, labels), _ = digits.load_data()
edge = np.array([[-1, -1, -1], [0, 0, 0], [1, 1, 1]])
blur, sharp = np.ones((3, 3)) / 9, -np.ones((3, 3)) + 10 * np.pad([[1]], 1)
templates = np.stack([edge, edge.T, blur, sharp], axis=-1).reshape(3, 3, 1, 4)

bank = Conv2D(4, 3, padding="same", use_bias=False)
digit = images[7].reshape(1, 8, 8, 1)
bank(digit)
bank.set_weights([templates])
maps = bank(digit).numpy()[0]

# %%
fig, axes = plt.subplots(1, 5, figsize=(8, 1.9))
axes[0].imshow(digit[0, :, :, 0], cmap="Greys")
for k, name in enumerate(("horizontal", "vertical", "blur", "sharpen")):
    most = abs(maps[..., k]).max()
    axes[k + 1].imshow(maps[..., k], cmap="RdBu_r", vmin=-most, vmax=most)
    axes[k + 1].set_title(name, fontsize=9)
for ax in axes:
    ax.set(xticks=[], yticks=[])

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("Conv2D")

# %% [markdown] lang="zh"
# ## 形状
#
# | `data_format` | 输入 | 输出 |
# |---|---|---|
# | `channels_last` | `(N, H, W, C)` | `(N, H', W', F)` |
# | `channels_first` | `(N, C, H, W)` | `(N, F, H', W')` |
#
# 权重的形状与 `data_format` 无关，总是 `(rows, cols, C, F)`，共 $K_1 K_2 C F + F$ 个。

# %% [markdown] lang="en"
# ## Shapes
#
# | `data_format` | input | output |
# |---|---|---|
# | `channels_last` | `(N, H, W, C)` | `(N, H', W', F)` |
# | `channels_first` | `(N, C, H, W)` | `(N, F, H', W')` |
#
# The weights do not depend on `data_format`: their shape is `(rows, cols, C, F)`, and there are $K_1 K_2 C F + F$ of them.

# %%
for options in ({}, {"padding": "same"}, {"strides": 2}, {"dilation_rate": 2}):
    print(options, Conv2D(64, 3, **options).compute_output_shape((None, 128, 128, 3)))
first = Conv2D(64, (3, 5), data_format="channels_first")
print(first.compute_output_shape((None, 3, 128, 128)))

# %% [markdown] lang="zh"
# ## 例子
#
# 原文档少了的那个例子：$128\times128$ 的彩色图像，64 块 $3\times3$ 的图样，再来 32 块：

# %% [markdown] lang="en"
# ## Example
#
# The example that the original is missing: colour images of $128\times128$, 64 templates of $3\times3$, then another 32:

# %%
from tensorlearn import Sequential

model = Sequential()
model.add(
    Conv2D(
        64,
        (3, 3),
        padding="same",
        data_format="channels_last",
        input_shape=(128, 128, 3),
    )
)
print(model.output_shape)
model.add(Conv2D(32, (3, 3), padding="same"))
print(model.output_shape, model.count_params())

# %% [markdown] lang="zh"
# 学出来的图样长什么样？让一层卷积只看结果、去模仿“横边”，几十步就学会了：

# %% [markdown] lang="en"
# What does a learnt template look like? Let a convolution imitate "horizontal edges" from examples alone; a few dozen steps are enough:

# %%
tl.set_seed(0)
x = images[:200].reshape(-1, 8, 8, 1)
target = bank(x).numpy()[..., :1]
student = Sequential(
    [Conv2D(1, 3, padding="same", use_bias=False, input_shape=(8, 8, 1))]
)
student.compile(tl.optimizers.Adam(0.1), "mse")
student.fit(x, target, epochs=40, verbose=0)
print(student.get_weights()[0][:, :, 0, 0].round(2))

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 每个输出像素是一块输入与图样的内积，所以图样的梯度是“上游梯度乘以那一块输入”，对所有位置求和：
#
# $$\frac{\partial L}{\partial W_{u,v,c,f}} = \sum_{n,i,j} g_{n,i,j,f}\; x_{n,\,i+u,\,j+v,\,c}$$
#
# 把所有的块排成一个大矩阵（常叫 im2col），卷积就成了一次矩阵乘法，与 [Dense](../core/dense.md) 的梯度公式一模一样：

# %% [markdown] lang="en"
# ## Gradient check
#
# An output pixel is the inner product of a patch of the input with the template, so the gradient of the template is the gradient from above times the patch, summed over all places:
#
# $$\frac{\partial L}{\partial W_{u,v,c,f}} = \sum_{n,i,j} g_{n,i,j,f}\; x_{n,\,i+u,\,j+v,\,c}$$
#
# Lay all patches out as one large matrix (often called im2col), and a convolution is a single matrix product with the very gradients of [Dense](../core/dense.md):

# %%
from tensorlearn.testing import gradcheck

rng = np.random.default_rng(0)
x = rng.normal(size=(2, 5, 5, 3)).astype("float32")
layer = Conv2D(4, 3)
y = layer(x)
gradcheck(layer, x, parameters=layer.trainable_weights)

patches = np.lib.stride_tricks.sliding_window_view(
    x, (3, 3), axis=(1, 2)
)  # (N, H', W', C, 3, 3)
columns = patches.transpose(0, 1, 2, 4, 5, 3).reshape(-1, 27)  # (N*H'*W', 3*3*C)
kernel, bias = layer.get_weights()
print(
    np.allclose(
        columns @ kernel.reshape(27, 4) + bias, y.numpy().reshape(-1, 4), atol=1e-5
    )
)

g = rng.normal(size=y.shape).astype("float32")
by_hand = (columns.T @ g.reshape(-1, 4)).reshape(3, 3, 3, 4)
print(np.allclose(tl.grad(y, layer.kernel, g), by_hand, atol=1e-4))

# %% [markdown] lang="zh"
# ## 常见错误
#
# **灰度图少了通道轴：**

# %% [markdown] lang="en"
# ## Common mistakes
#
# **A grey image without its channel axis:**

# %% tags=["raises-exception"]
Conv2D(8, 3)(np.zeros((10, 28, 28)))

# %% [markdown] lang="zh"
# **通道在前的数据喂给了通道在后的层：**

# %% [markdown] lang="en"
# **Channels-first data into a channels-last layer:**

# %% tags=["raises-exception"]
model.predict(np.zeros((1, 3, 128, 128)))

# %% [markdown] lang="zh"
# **忘了 `kernel_size`：**

# %% [markdown] lang="en"
# **`kernel_size` forgotten:**

# %% tags=["raises-exception"]
Conv2D(64)

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `Convolution2D(64, 3, 3)` 把行数和列数分开写，现在合成 `kernel_size=(3, 3)`：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# `Convolution2D(64, 3, 3)` had rows and columns apart; now they are `kernel_size=(3, 3)`:

# %% tags=["both"]
import warnings
from tensorlearn.layers import Convolution2D

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    Convolution2D(64, 3, 3, border_mode="same", subsample=(2, 2), dim_ordering="tf")
for warning in caught:
    print(warning.message)

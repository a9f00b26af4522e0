# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 2.4 Conv2DTranspose：转置卷积
#
# 卷积把一块变成一点；转置卷积把一点铺开成一块，重叠的地方相加。它就是卷积的反向传播，单独拿出来做成一层，用来把小图变大。
#
# ## 它算什么
#
# 普通卷积是线性的，可以写成 $y = Mx$。转置卷积算的是 $x = M^\top y$：
#
# $$x_{n,\,is+u,\,js+v,\,c} \mathrel{+}= \sum_f y_{n,i,j,f}\; W_{u,v,c,f}$$
#
# 它不是逆运算（常被误称为“反卷积”）：形状回来了，数值没有。
#
# 输出的大小，取“能产生这个输入的卷积”的那一边：
#
# | `padding` | 输出的高 |
# |---|---|
# | `"valid"` | $Hs + \max(K - s,\ 0)$ |
# | `"same"` | $Hs$ |
#
# 核的形状是 `(rows, cols, F, C)`，输出通道在前，因为它是那个反向的卷积的核。
#
# !!! note "更正"
#     原文档描述了 `dilation_rate`，签名里却没有；它以 (3, 128, 128) 为例，与默认的 `channels_last` 矛盾；让读者参考的例子也不见了。三处都在本页改正。

# %% [markdown] lang="en"
# # 2.4 Conv2DTranspose: convolution turned round
#
# A convolution makes a point of a patch; a transposed convolution spreads a point into a patch and adds where patches overlap. It is the backward pass of a convolution as a layer of its own, used to make small maps large.
#
# ## What it computes
#
# A convolution is linear and can be written $y = Mx$. The transposed one computes $x = M^\top y$:
#
# $$x_{n,\,is+u,\,js+v,\,c} \mathrel{+}= \sum_f y_{n,i,j,f}\; W_{u,v,c,f}$$
#
# It is no inverse, although people call it "deconvolution": the shape comes back, the values do not.
#
# The output is as large as the image from which a convolution would make this input:
#
# | `padding` | height of the output |
# |---|---|
# | `"valid"` | $Hs + \max(K - s,\ 0)$ |
# | `"same"` | $Hs$ |
#
# The kernel has shape `(rows, cols, F, C)` with the channels that come out first, for it is the kernel of the convolution that runs the other way.
#
# !!! note "Correction"
#     The original document explains a `dilation_rate` that its signature lacks, takes (3, 128, 128) as an example against the default `channels_last`, and refers to an example that is missing. This page mends all three.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import Conv2DTranspose

stamp = np.array([[1, 2], [3, 4]], "float32").reshape(2, 2, 1, 1)
points = np.array([[1, 0], [0, 10]], "float32").reshape(1, 2, 2, 1)
for strides in (2, 1):
    layer = Conv2DTranspose(1, 2, strides=strides, use_bias=False)
    layer(points)
    layer.set_weights([stamp])
    print(layer(points).numpy()[0, :, :, 0])

# %% [markdown] lang="zh"
# 步长为 2 时，每个点盖一个章，互不重叠；步长为 1 时，章与章叠在一起，中间那格是 $4 + 10$。
#
# ## 看一看
#
# 步长不能整除核长时，各处被盖到的次数不同，平坦的输入也会印出棋盘格。核长 4 配步长 2 就没有这个问题，先 [UpSampling2D](../convolutional/up_sampling2d.md) 再卷积也没有。

# %% [markdown] lang="en"
# With a stride of 2 every point sets its stamp without overlap; with 1 stamps overlap, and the middle cell is $4 + 10$.
#
# ## A picture
#
# Where the stride does not divide the kernel, some places are stamped more often than others, and even a flat input comes out as a chequerboard. A kernel of 4 with a stride of 2 has no such trouble, nor has [UpSampling2D](../convolutional/up_sampling2d.md) followed by a convolution.

# %%
import matplotlib.pyplot as plt

flat = np.ones((1, 6, 6, 1))
fig, axes = plt.subplots(1, 3, figsize=(7, 2.4))
for ax, (size, strides) in zip(axes, ((3, 2), (4, 2), (5, 3))):
    layer = Conv2DTranspose(1, size, strides=strides, kernel_initializer="ones")
    ax.imshow(layer(flat).numpy()[0, :, :, 0], cmap="viridis")
    ax.set(title=f"kernel {size}, stride {strides}", xticks=[], yticks=[])

# %% [markdown] lang="zh"
# ## 参数
#
# `output_padding` 在输出的末尾多要几行几列：步长为 2 的卷积把 7 和 8 都变成 4，要回去时得说清是哪一个。

# %% [markdown] lang="en"
# ## Arguments
#
# `output_padding` asks for more rows and columns at the end: a convolution with stride 2 turns both 7 and 8 into 4, and on the way back one has to say which it was.

# %% tags=["both"]
tl.help("Conv2DTranspose")

# %% [markdown] lang="zh"
# ## 形状
#
# | `data_format` | 输入 | 输出 |
# |---|---|---|
# | `channels_last` | `(N, H, W, C)` | `(N, H', W', F)` |
# | `channels_first` | `(N, C, H, W)` | `(N, F, H', W')` |

# %% [markdown] lang="en"
# ## Shapes
#
# | `data_format` | input | output |
# |---|---|---|
# | `channels_last` | `(N, H, W, C)` | `(N, H', W', F)` |
# | `channels_first` | `(N, C, H, W)` | `(N, F, H', W')` |

# %%
for options in ({}, {"strides": 2}, {"strides": 2, "padding": "same"}):
    print(
        options,
        Conv2DTranspose(3, 3, **options).compute_output_shape((None, 12, 12, 8)),
    )
exact = Conv2DTranspose(3, 3, strides=2, output_padding=1)
print(exact.compute_output_shape((None, 12, 12, 8)))

# %% [markdown] lang="zh"
# ## 例子
#
# 一步步放大的生成器：从一百个随机数到一张 $28\times28$ 的图：

# %% [markdown] lang="en"
# ## Example
#
# A generator that grows step by step, from a hundred random numbers to an image of $28\times28$:

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Dense, Reshape

generator = Sequential()
generator.add(Dense(7 * 7 * 16, activation="relu", input_shape=(100,)))
generator.add(Reshape((7, 7, 16)))
generator.add(Conv2DTranspose(8, 4, strides=2, padding="same", activation="relu"))
generator.add(Conv2DTranspose(1, 4, strides=2, padding="same", activation="sigmoid"))
print([layer.output_shape[1:] for layer in generator.layers])

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 它是卷积的转置，所以它的梯度就是卷积本身。内积可以当场验证：$\langle \mathrm{conv}(x),\ y\rangle = \langle x,\ \mathrm{conv}^\top(y)\rangle$。

# %% [markdown] lang="en"
# ## Gradient check
#
# It is the transpose of a convolution, so its gradient is the convolution itself. Inner products prove it on the spot: $\langle \mathrm{conv}(x),\ y\rangle = \langle x,\ \mathrm{conv}^\top(y)\rangle$.

# %%
from tensorlearn.layers import Conv2D
from tensorlearn.testing import gradcheck

rng = np.random.default_rng(0)
forward = Conv2D(4, 3, strides=2, use_bias=False)
backward = Conv2DTranspose(3, 3, strides=2, use_bias=False)
x, y = rng.normal(size=(1, 7, 7, 3)), rng.normal(size=(1, 3, 3, 4))
forward(x), backward(y)
backward.set_weights(forward.get_weights())  # the same (3, 3, 3, 4)
print(f"{(forward(x).numpy() * y).sum():.4f} {(x * backward(y).numpy()).sum():.4f}")

gradcheck(backward, y, parameters=backward.trainable_weights)

# %% [markdown] lang="zh"
# ## 常见错误
#
# **`output_padding` 不小于步长。** 多要的部分没有卷积能解释：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **An `output_padding` as large as the stride.** No convolution could explain the excess:

# %% tags=["raises-exception"]
Conv2DTranspose(3, 3, strides=2, output_padding=2)

# %% [markdown] lang="zh"
# **把它当成逆运算。** 先卷积再转置卷积，形状回到原样，数值却不是：

# %% [markdown] lang="en"
# **Taking it for an inverse.** Convolve, then convolve transposed: the shape is back, the numbers are not:

# %%
back = backward(forward(x)).numpy()
print(back.shape == x.shape, np.allclose(back, x))

# %% [markdown] lang="zh"
# **少了通道轴：**

# %% [markdown] lang="en"
# **No channel axis:**

# %% tags=["raises-exception"]
Conv2DTranspose(8, 3)(np.zeros((1, 8, 8)))

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# 旧名字是 `Deconvolution2D`，还要把 `output_shape` 写明；现在由公式算出：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# The old name is `Deconvolution2D`, and its `output_shape` had to be given; now it follows from the formula:

# %% tags=["both"]
import warnings
from tensorlearn.layers import Deconvolution2D

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    Deconvolution2D(3, 3, 3, output_shape=(None, 14, 14, 3), border_mode="valid")
for warning in caught:
    print(warning.message)

# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 2.3 SeparableConv2D：可分离卷积
#
# 普通的卷积同时做两件事：看周围，混合通道。把两件事分开做，权重和计算都少了一大截。
#
# ## 它算什么
#
# 第一步，每个通道各用各的图样（depthwise）；第二步，逐像素地混合通道（pointwise）：
#
# $$z_{n,i,j,cm+q} = \sum_{u,v} x_{n,i+u,j+v,c}\; D_{u,v,c,q}, \qquad y_{n,i,j,f} = \varphi\Big(\sum_{k} z_{n,i,j,k}\; P_{k,f} + b_f\Big)$$
#
# $m$ 是 `depth_multiplier`：第一步里每个通道变出几个。形状：$(N, H, W, C) \to (N, H', W', F)$，中间有 $Cm$ 个通道。
#
# 省了多少？$3\times3$、64 进 64 出：普通卷积 $9 \cdot 64 \cdot 64 = 36864$ 个权重，可分离的 $9 \cdot 64 + 64 \cdot 64 = 4672$ 个，约八分之一。代价是它只能表示“图样与混合可以拆开”的那些卷积。
#
# !!! note "更正"
#     原文档的正文列出 `kernel_initializer`、`kernel_regularizer`、`kernel_constraint`，而这一层并没有单独的 `kernel`；对应的是 `depthwise_…` 与 `pointwise_…` 两组。Keras 2.2.4 收下这些参数却不用；这里会报错并指明。正文提到的 `dilation_rate` 不在它的签名里，这里支持。

# %% [markdown] lang="en"
# # 2.3 SeparableConv2D: depth apart from space
#
# An ordinary convolution does two things at once: it looks around, and it mixes channels. Do them one after the other, and both weights and work shrink a great deal.
#
# ## What it computes
#
# First every channel gets templates of its own (depthwise), then channels are mixed pixel by pixel (pointwise):
#
# $$z_{n,i,j,cm+q} = \sum_{u,v} x_{n,i+u,j+v,c}\; D_{u,v,c,q}, \qquad y_{n,i,j,f} = \varphi\Big(\sum_{k} z_{n,i,j,k}\; P_{k,f} + b_f\Big)$$
#
# $m$ is `depth_multiplier`, how many channels each one turns into in the first step. Shapes: $(N, H, W, C) \to (N, H', W', F)$ with $Cm$ channels in between.
#
# What is saved? For $3\times3$ and 64 channels in and out, an ordinary convolution takes $9 \cdot 64 \cdot 64 = 36864$ weights, the separable one $9 \cdot 64 + 64 \cdot 64 = 4672$, about an eighth. The price: it can only express convolutions whose templates and mixing come apart.
#
# !!! note "Correction"
#     The text of the original document lists `kernel_initializer`, `kernel_regularizer` and `kernel_constraint`, but there is no single `kernel` here; the arguments come in two sets, `depthwise_…` and `pointwise_…`. Keras 2.2.4 swallows the others; here they raise an error that says so. The `dilation_rate` of its text is missing in its signature; it works here.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import Conv2D, SeparableConv2D

x = np.random.default_rng(0).normal(size=(2, 8, 8, 64)).astype("float32")
for kind in (Conv2D, SeparableConv2D):
    layer = kind(64, 3, use_bias=False)
    print(f"{kind.__name__:16}", layer(x).shape, layer.count_params())

# %% [markdown] lang="zh"
# 两步合起来仍是一个卷积，它的核是 $W_{u,v,c,f} = \sum_q D_{u,v,c,q} P_{cm+q,f}$。验证一下：

# %% [markdown] lang="en"
# The two steps together are still a convolution; its kernel is $W_{u,v,c,f} = \sum_q D_{u,v,c,q} P_{cm+q,f}$. A check:

# %%
depthwise, pointwise = layer.get_weights()  # (3, 3, 64, 1), (1, 1, 64, 64)
full = Conv2D(64, 3, use_bias=False)
full(x)
full.set_weights([depthwise * pointwise[0, 0]])  # (3, 3, C, 1) * (C, F)
print(np.allclose(full(x).numpy(), layer(x).numpy(), atol=1e-4))

# %% [markdown] lang="zh"
# ## 看一看
#
# 权重个数随输出通道增长：普通卷积与可分离卷积，$3\times3$，64 个输入通道。

# %% [markdown] lang="en"
# ## A picture
#
# Weights against output channels, for ordinary and separable convolutions of $3\times3$ with 64 channels in.

# %%
import matplotlib.pyplot as plt

filters = np.array([8, 16, 32, 64, 128, 256])
fig, ax = plt.subplots(figsize=(5.5, 2.6))
ax.loglog(filters, 9 * 64 * filters, "o-", label="Conv2D")
for m in (1, 4):
    ax.loglog(filters, 9 * 64 * m + 64 * m * filters, "o-", label=f"separable, m = {m}")
ax.legend()
ax.set_xlabel("filters")
ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("SeparableConv2D")

# %% [markdown] lang="zh"
# ## 形状
#
# | `data_format` | 输入 | 输出 |
# |---|---|---|
# | `channels_last` | `(N, H, W, C)` | `(N, H', W', F)` |
# | `channels_first` | `(N, C, H, W)` | `(N, F, H', W')` |
#
# 两组权重：`(rows, cols, C, depth_multiplier)` 与 `(1, 1, C * depth_multiplier, F)`。

# %% [markdown] lang="en"
# ## Shapes
#
# | `data_format` | input | output |
# |---|---|---|
# | `channels_last` | `(N, H, W, C)` | `(N, H', W', F)` |
# | `channels_first` | `(N, C, H, W)` | `(N, F, H', W')` |
#
# The two kernels are `(rows, cols, C, depth_multiplier)` and `(1, 1, C * depth_multiplier, F)`.

# %%
layer = SeparableConv2D(32, (3, 5), depth_multiplier=2, padding="same")
print(layer(np.zeros((1, 9, 9, 3))).shape)
for weight in layer.weights:
    print(weight.name, weight.shape)

# %% [markdown] lang="zh"
# ## 例子
#
# 把读数字的卷积网络换成可分离的，权重少了，准确率差不多：

# %% [markdown] lang="en"
# ## Example
#
# Replace the convolutions of a network that reads digits by separable ones: fewer weights, about the same accuracy.

# %%
from tensorlearn import Sequential
from tensorlearn.datasets import digits
from tensorlearn.layers import Dense, GlobalMaxPooling2D

(images, labels), (x_test, y_test) = digits.load_data()
images, x_test = images.reshape(-1, 8, 8, 1), x_test.reshape(-1, 8, 8, 1)
for kind in (Conv2D, SeparableConv2D):
    tl.set_seed(0)
    model = Sequential([Conv2D(16, 3, activation="relu", input_shape=(8, 8, 1))])
    model.add(kind(32, 3, activation="relu"))
    model.add(GlobalMaxPooling2D())
    model.add(Dense(10, activation="softmax"))
    model.compile(
        tl.optimizers.Adam(0.01), "sparse_categorical_crossentropy", ["accuracy"]
    )
    model.fit(images, labels, epochs=6, verbose=0)
    accuracy = model.evaluate(x_test, y_test, verbose=0)[1]
    print(
        f"{kind.__name__:16} {model.count_params():6} weights, accuracy {accuracy:.2f}"
    )

# %% [markdown] lang="zh"
# ## 梯度检查

# %% [markdown] lang="en"
# ## Gradient check

# %%
from tensorlearn.testing import gradcheck

layer = SeparableConv2D(2, 3, depth_multiplier=2, activation="tanh")
small = np.random.default_rng(0).normal(size=(1, 5, 5, 2))
layer(small)
gradcheck(layer, small, parameters=layer.trainable_weights)

# %% [markdown] lang="zh"
# 两步是两次线性运算的复合，梯度先经过 `pointwise`，再经过 `depthwise`，各用各的公式。
#
# ## 常见错误
#
# **用了普通卷积的参数名：**

# %% [markdown] lang="en"
# Two linear operations in a row: the gradient passes `pointwise` first, then `depthwise`, each by its own formula.
#
# ## Common mistakes
#
# **Arguments of the ordinary convolution:**

# %% tags=["raises-exception"]
SeparableConv2D(8, 3, kernel_initializer="ones")

# %% [markdown] lang="zh"
# **乘数写成零：**

# %% [markdown] lang="en"
# **A multiplier of zero:**

# %% tags=["raises-exception"]
SeparableConv2D(8, 3, depth_multiplier=0)

# %% [markdown] lang="zh"
# **少了通道轴：**

# %% [markdown] lang="en"
# **No channel axis:**

# %% tags=["raises-exception"]
SeparableConv2D(8, 3)(np.zeros((1, 8, 8)))

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `SeparableConvolution2D(nb_filter, nb_row, nb_col)` 现在写作 `SeparableConv2D(filters, kernel_size)`：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# `SeparableConvolution2D(nb_filter, nb_row, nb_col)` is now `SeparableConv2D(filters, kernel_size)`:

# %% tags=["both"]
import warnings
from tensorlearn.layers import SeparableConvolution2D

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    SeparableConvolution2D(16, 3, 3, border_mode="same", subsample=(2, 2))
print(caught[0].message)

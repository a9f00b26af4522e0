# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 1.4 Flatten：压平
#
# 把每个样本的数排成一行，批的轴不动。它没有权重，一个数也不改，只换坐法。常站在卷积层和全连接层之间。
#
# ## 它算什么
#
# $$(N, H, W, C) \to (N, H \cdot W \cdot C), \qquad x_{n,i,j,c} \mapsto y_{n,\,(i W + j)\,C + c}$$
#
# 最后一个轴走得最快：先走完一个像素的所有通道，再到右边的像素，走完一行再换下一行。NumPy 的 `reshape` 也是这个次序。
#
# `data_format="channels_first"` 时，通道先被挪到最后再压平。这样，同一张图用两种格式存放，压平后得到同一行数，后面的 `Dense` 权重可以通用。

# %% [markdown] lang="en"
# # 1.4 Flatten: one long row
#
# It puts the numbers of each sample in one row and leaves the batch axis alone. It has no weights and changes no number, only where they sit. Its usual place is between convolutions and dense layers.
#
# ## What it computes
#
# $$(N, H, W, C) \to (N, H \cdot W \cdot C), \qquad x_{n,i,j,c} \mapsto y_{n,\,(i W + j)\,C + c}$$
#
# The last axis runs fastest: all channels of a pixel, then the pixel to its right, and at the end of a row the next row. It is the order of NumPy's `reshape`.
#
# With `data_format="channels_first"` the channels are first moved to the end. One image, stored either way, thus becomes the same row, and the weights of a `Dense` layer behind it serve both.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import Flatten

last = np.arange(12.0).reshape(1, 2, 3, 2)  # (N, H, W, C)
first = np.moveaxis(last, -1, 1)  # (N, C, H, W)
print(Flatten(data_format="channels_last")(last).numpy())
print(Flatten(data_format="channels_first")(first).numpy())
print(first.reshape(1, -1), "<- NumPy alone")

# %% [markdown] lang="zh"
# ## 看一看
#
# 一个写得很小的 7，8 行 8 列；下面是它压平后的 64 个数。上下相邻的像素，压平后隔了 8 个位置：**谁和谁是邻居，这一步就忘了**。

# %% [markdown] lang="en"
# ## A picture
#
# A small 7 of 8 rows and 8 columns, and below it the 64 numbers it becomes. Pixels one above the other end up 8 places apart: **who was whose neighbour is forgotten here**.

# %%
import matplotlib.pyplot as plt
from tensorlearn.datasets import digits

(x, y), (x_test, y_test) = digits.load_data()
seven = x[y == 7][0]
fig, (top, bottom) = plt.subplots(2, 1, figsize=(7, 2.6), height_ratios=[4, 1])
top.imshow(seven, cmap="Blues")
bottom.imshow(Flatten()(seven[None]).numpy(), cmap="Blues", aspect="auto")
bottom.set_xlabel("8·i + j")
for ax, ticks in [(top, []), (bottom, range(0, 64, 8))]:
    ax.set(xticks=ticks, yticks=[])
# %% [markdown] lang="zh"
# ## 参数
#
# 只有 `data_format`，不写就按全局设置（`channels_last`）。

# %% [markdown] lang="en"
# ## Arguments
#
# Only `data_format`; left out, the global setting holds (`channels_last`).

# %% tags=["both"]
tl.help("Flatten")

# %% [markdown] lang="zh"
# ## 形状
#
# | | 形状 |
# |---|---|
# | 输入 | `(N, a, b, ...)`，批之外的长度都要已知 |
# | 输出 | `(N, a*b*...)` |
#
# 输入已经是 `(N, D)` 时，原样放行。（Keras 2.2.4 会报错。）

# %% [markdown] lang="en"
# ## Shapes
#
# | | shape |
# |---|---|
# | input | `(N, a, b, ...)`, all lengths but the batch known |
# | output | `(N, a*b*...)` |
#
# An input that is `(N, D)` already passes unchanged. (Keras 2.2.4 raises an error.)

# %%
layer = Flatten()
print(
    layer.compute_output_shape((None, 4, 5, 3)), layer.compute_output_shape((None, 7))
)
print(layer(np.zeros((2, 4, 5, 3))).shape)

# %% [markdown] lang="zh"
# ## 例子
#
# 64 个 3×3 的卷积核看 32×32 的彩色图，再压平：

# %% [markdown] lang="en"
# ## Example
#
# Sixty-four 3×3 kernels look at a colour image of 32×32, and the result is flattened:

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Conv2D

for data_format, shape in {
    "channels_first": (3, 32, 32),
    "channels_last": (32, 32, 3),
}.items():
    model = Sequential()
    model.add(Conv2D(64, 3, padding="same", data_format=data_format, input_shape=shape))
    before = model.output_shape
    model.add(Flatten(data_format=data_format))
    print(f"{data_format:14} {before} -> {model.output_shape}")

# %% [markdown] lang="zh"
# !!! note "更正"
#     原文档的例子写的是 `input_shape=(3, 32, 32)`，并称压平后为 `(None, 65536)`。那只在 `channels_first` 下成立；按默认的 `channels_last`，它是一张高 3、宽 32、有 32 个通道的图，压平后只有 6144 个数（见本页最后）。这里的例子都写明格式。
#
# ### 压平的代价与好处
#
# `Flatten` 之后，每个位置有自己的权重。取平均的 `GlobalAveragePooling2D` 权重少得多，却不知道笔画在**哪里**；认数字，位置要紧：

# %% [markdown] lang="en"
# !!! note "Correction"
#     The original example has `input_shape=(3, 32, 32)` and promises `(None, 65536)`. That holds for `channels_first` only; under the default, `channels_last`, it is an image 3 high and 32 wide with 32 channels, and flattens to just 6144 numbers (see the end of this page). The examples here state their format.
#
# ### What flattening costs, and gives
#
# Behind a `Flatten` every place has weights of its own. `GlobalAveragePooling2D`, which takes the mean, needs far fewer but does not know **where** a stroke was, and in a digit that matters:

# %%
from tensorlearn.layers import Dense, GlobalAveragePooling2D

for bridge in [Flatten(), GlobalAveragePooling2D()]:
    tl.set_seed(0)
    model = Sequential(
        [Conv2D(16, 3, activation="relu", input_shape=(8, 8, 1)), bridge]
    )
    model.add(Dense(10, activation="softmax"))
    model.compile(
        tl.optimizers.Adam(0.01), "sparse_categorical_crossentropy", ["accuracy"]
    )
    model.fit(x[..., None], y, epochs=5, batch_size=64, verbose=0)
    accuracy = model.evaluate(x_test[..., None], y_test, verbose=0)[1]
    print(f"{bridge.name:26} {model.count_params():5} weights, accuracy {accuracy:.2f}")

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 数没有变，梯度也不变，只是坐回原来的位置：$\partial L/\partial x$ 就是把 $g$ 排回 $x$ 的形状。`channels_first` 时通道也要挪回去。

# %% [markdown] lang="en"
# ## Gradient check
#
# The numbers did not change and neither does their gradient; it goes back to the old seats: $\partial L/\partial x$ is $g$ in the shape of $x$. With `channels_first` the channels move back, too.

# %%
from tensorlearn.testing import gradcheck

gradcheck(Flatten(data_format="channels_first"), first)

t = tl.Tensor(last, requires_grad=True)
weights = np.arange(12.0)
np.array_equal(tl.grad((Flatten()(t) * weights).sum(), t), weights.reshape(t.shape))

# %% [markdown] lang="zh"
# ## 常见错误
#
# **长度未知。** 后面的 `Dense` 要知道有多少个数，所以除了批，别的轴不能是 `None`。变长的序列先用 `GlobalMaxPooling1D` 或循环层收成一个向量：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **An unknown length.** A `Dense` layer behind it must know how many numbers there are, so no axis but the batch may be `None`. Sequences of any length become one vector by `GlobalMaxPooling1D` or a recurrent layer:

# %% tags=["raises-exception"]
Sequential([Flatten(input_shape=(None, 16))])

# %% [markdown] lang="zh"
# **只有一张图，忘了批的轴。** 直接调用 `Flatten` 不会报错：它把第一个轴当作批，$(8, 8)$ 还是 $(8, 8)$。模型会发现：

# %% [markdown] lang="en"
# **A single image without a batch axis.** `Flatten` itself says nothing: it takes the first axis for the batch, and $(8, 8)$ stays $(8, 8)$. A model notices:

# %% tags=["raises-exception"]
model.predict(x_test[0][..., None])

# %% [markdown] lang="zh"
# 写 `x_test[:1]` 而不是 `x_test[0]`，批的轴就还在。
#
# **前面有掩码。** 压平之后没有时间步，掩码无处可放：

# %% [markdown] lang="en"
# Write `x_test[:1]` instead of `x_test[0]` and the batch axis stays.
#
# **A mask from before.** Once flattened there are no time steps for it to speak of:

# %% tags=["raises-exception"]
from tensorlearn.layers import Masking

Sequential([Masking(input_shape=(5, 2)), Flatten()])

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `Flatten()` 没有变。原文档的例子里，变了的是卷积层；旧写法照样能跑，并提示新的写法。没有写明格式，按默认的 `channels_last` 理解：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# `Flatten()` did not change. In the original example it is the convolution that did; the old spelling runs and names the new one. No format is given, so the default `channels_last` holds:

# %% tags=["both"]
import warnings
from tensorlearn.layers import Convolution2D

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    layer = Convolution2D(64, 3, 3, border_mode="same", input_shape=(3, 32, 32))
print(caught[0].message)
print(Sequential([layer]).output_shape, Sequential([layer, Flatten()]).output_shape)

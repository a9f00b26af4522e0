# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 2.12 ZeroPadding1D：序列补零
#
# 在序列的首尾各接上几个零。卷积会让序列变短，补零正好补偿。
#
# ## 它算什么
#
# $$(N, T, D) \to (N, a+T+b, D)$$
#
# `padding=(a, b)`：前面补 $a$ 步零，后面补 $b$ 步；一个整数表示两头一样多。
#
# 只在前面补 $k-1$ 个零、再做 `valid` 卷积，每一步就只看得到过去，这就是因果卷积：`Conv1D(..., padding="causal")` 做的正是这件事。
#
# !!! note "更正"
#     补零的轴在原文档的一维部分从 0 数起，在二维、三维部分却从 1 数起。这里一律从 0 数：轴 0 是样本，补的是轴 1。

# %% [markdown] lang="en"
# # 2.12 ZeroPadding1D: zeros around a sequence
#
# Put a few zeros before and after a sequence. Convolutions shorten sequences; padding makes up for it.
#
# ## What it computes
#
# $$(N, T, D) \to (N, a+T+b, D)$$
#
# With `padding=(a, b)`, $a$ steps of zeros come before and $b$ after; one integer puts the same at both ends.
#
# Put $k-1$ zeros before the sequence and none after, convolve with `valid`, and every step sees only the past. That is a causal convolution, and exactly what `Conv1D(..., padding="causal")` does.
#
# !!! note "Correction"
#     The original document counts the padded axis from 0 in one dimension and from 1 in two and three. Here counting always starts at 0: axis 0 holds the samples, axis 1 is padded.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import ZeroPadding1D

x = np.array([1.0, 2.0, 3.0]).reshape(1, 3, 1)
print(ZeroPadding1D((2, 1))(x).numpy().ravel())

# %% [markdown] lang="zh"
# ## 看一看
#
# 同一个滑动平均，三种补零：不补则变短，两头补则居中，只在前面补则滞后，但从不偷看未来。

# %% [markdown] lang="en"
# ## A picture
#
# One moving average under three paddings: none, and the result is shorter; both ends, and it is centred; the start alone, and it lags behind but never peeks into the future.

# %%
import matplotlib.pyplot as plt
from tensorlearn.layers import Conv1D

t = np.arange(40)
step = (t >= 20).astype("float32").reshape(1, 40, 1)
mean = Conv1D(1, 9, kernel_initializer="ones", use_bias=False)

fig, axes = plt.subplots(1, 3, figsize=(8, 2.2), sharex=True, sharey=True)
for ax, padding in zip(axes, (0, (4, 4), (8, 0))):
    y = mean(ZeroPadding1D(padding)(step)).numpy().ravel() / 9
    ax.plot(t, step.ravel(), color="lightgrey")
    ax.plot(np.arange(len(y)) + (4 if padding == 0 else 0), y)
    ax.set(title=f"{padding}: {len(y)} steps")

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("ZeroPadding1D")

# %% [markdown] lang="zh"
# ## 形状
#
# 输入 `(N, T, D)`，输出 `(N, T + a + b, D)`。

# %% [markdown] lang="en"
# ## Shapes
#
# Input `(N, T, D)`, output `(N, T + a + b, D)`.

# %%
layer = ZeroPadding1D((2, 1))
print(layer.compute_output_shape((None, 10, 4)), layer(np.zeros((2, 10, 4))).shape)

# %% [markdown] lang="zh"
# ## 例子
#
# 补零之后做 `valid` 卷积，与直接写 `padding="causal"` 的结果一个数都不差：

# %% [markdown] lang="en"
# ## Example
#
# Padding followed by a `valid` convolution agrees with `padding="causal"` to the last number:

# %%
tl.set_seed(0)
x = np.random.default_rng(0).normal(size=(2, 12, 3))
causal = Conv1D(4, 3, dilation_rate=2, padding="causal")
expected = causal(x).numpy()

plain = Conv1D(4, 3, dilation_rate=2)
padded = ZeroPadding1D((4, 0))(x)  # (3 - 1) * 2 zeros
plain(padded)
plain.set_weights(causal.get_weights())
print(np.array_equal(plain(padded).numpy(), expected))

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 补上的零是常数，没有人要它们的梯度；往回走时把它们切掉，就是 [Cropping1D](../convolutional/cropping1d.md)。这两个层互为转置。

# %% [markdown] lang="en"
# ## Gradient check
#
# The zeros are constants and nobody wants their gradient; the way back cuts them off, which is [Cropping1D](../convolutional/cropping1d.md). The two layers are each other's transpose.

# %%
from tensorlearn.layers import Cropping1D
from tensorlearn.testing import gradcheck

gradcheck(ZeroPadding1D((2, 1)), x)

g = np.random.default_rng(1).normal(size=(2, 15, 3))
there = (ZeroPadding1D((2, 1))(x).numpy() * g).sum()
back = (x * Cropping1D((2, 1))(g).numpy()).sum()
print(f"{there:.5f} {back:.5f}")

# %% [markdown] lang="zh"
# ## 常见错误
#
# **用它来补齐长短不一的序列。** 它给一批里的每个序列补一样多的零。要把句子补到同样长，用 `pad_sequences`，并让网络用 [Masking](../core/masking.md) 忽略补上的部分。
#
# **负数不会变成裁剪：**

# %% [markdown] lang="en"
# ## Common mistakes
#
# **Levelling sequences of different lengths with it.** It adds the same zeros to every sequence of the batch. To bring sentences to one length use `pad_sequences`, and have the network ignore the filling with [Masking](../core/masking.md).
#
# **A negative number does not crop:**

# %% tags=["raises-exception"]
ZeroPadding1D(-1)

# %% [markdown] lang="zh"
# **少了特征轴：**

# %% [markdown] lang="en"
# **No feature axis:**

# %% tags=["raises-exception"]
ZeroPadding1D(1)(np.zeros((2, 10)))

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# 没有变化：`ZeroPadding1D(padding=1)`。

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# Nothing changed: `ZeroPadding1D(padding=1)`.

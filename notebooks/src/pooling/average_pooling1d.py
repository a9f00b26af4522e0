# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 3.4 AveragePooling1D：一维平均池化
#
# 每个窗里取平均：序列变短，也变得平滑。
#
# ## 它算什么
#
# $$y_{n,t,d} = \frac{1}{|W_t|} \sum_{k \in W_t} x_{n,k,d} \qquad (N, T, D) \to (N, T', D)$$
#
# $W_t$ 是第 $t$ 个窗里真正存在的那些步。`padding="same"` 时末尾的窗可能伸到序列外面，伸出去的部分不计入平均：除以的是真实的个数，而不是窗长。
#
# 平均池化就是一个权重全为 $1/p$、不能学习的卷积。它与[最大池化](../pooling/max_pooling1d.md)回答不同的问题：一个问“平均有多少”，一个问“最多有多少”。

# %% [markdown] lang="en"
# # 3.4 AveragePooling1D: the mean of a stretch
#
# Take the mean of every window: the sequence gets shorter, and smoother.
#
# ## What it computes
#
# $$y_{n,t,d} = \frac{1}{|W_t|} \sum_{k \in W_t} x_{n,k,d} \qquad (N, T, D) \to (N, T', D)$$
#
# $W_t$ are the steps of the $t$-th window that exist. With `padding="same"` the last window may reach beyond the end; what lies outside does not count, and the sum is divided by the number of real steps rather than by the length of the window.
#
# Average pooling is a convolution whose weights are all $1/p$ and cannot learn. It answers another question than [maximum pooling](../pooling/max_pooling1d.md): how much on average, instead of how much at most.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import AveragePooling1D

x = np.array([1.0, 3.0, 5.0, 7.0, 9.0]).reshape(1, 5, 1)
print(AveragePooling1D(2)(x).numpy().ravel())
print(AveragePooling1D(2, padding="same")(x).numpy().ravel())

# %% [markdown] lang="zh"
# 第二行末尾的窗里只有一步，它的平均就是 $9$，没有被补上的零拉低到 $4.5$。
#
# ## 看一看
#
# 窗长等于周期时，正弦波被抹得干干净净，只剩缓慢的趋势。

# %% [markdown] lang="en"
# The last window of the second line holds a single step and its mean is $9$; no filling drags it down to $4.5$.
#
# ## A picture
#
# When the window is as long as the period, the oscillation is wiped out and only the slow trend is left.

# %%
import matplotlib.pyplot as plt

t = np.arange(120)
wave = np.sin(2 * np.pi * t / 12) + t / 40
fig, ax = plt.subplots(figsize=(7, 2.4))
ax.plot(t, wave, color="lightgrey")
for size in (4, 12):
    mean = AveragePooling1D(size, strides=1)(wave.reshape(1, -1, 1)).numpy().ravel()
    ax.plot(t[: len(mean)] + (size - 1) / 2, mean, label=f"pool_size={size}")
ax.legend()
ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("AveragePooling1D")

# %% [markdown] lang="zh"
# ## 形状
#
# 输入 `(N, T, D)`，输出 `(N, T', D)`。`valid`：$T' = \lfloor (T-p)/s \rfloor + 1$；`same`：$T' = \lceil T/s \rceil$。

# %% [markdown] lang="en"
# ## Shapes
#
# Input `(N, T, D)`, output `(N, T', D)`. With `valid`, $T' = \lfloor (T-p)/s \rfloor + 1$; with `same`, $T' = \lceil T/s \rceil$.

# %%
for padding in ("valid", "same"):
    layer = AveragePooling1D(3, strides=2, padding=padding)
    print(
        padding,
        layer.compute_output_shape((None, 10, 4)),
        layer(np.zeros((2, 10, 4))).shape,
    )

# %% [markdown] lang="zh"
# ## 例子
#
# 每小时一个读数，变成每天一个平均值；与 NumPy 的写法对照：

# %% [markdown] lang="en"
# ## Example
#
# Hourly readings become daily means, next to the way one would write it in NumPy:

# %%
hours = np.random.default_rng(0).normal(size=(1, 7 * 24, 1)).astype("float32")
days = AveragePooling1D(24)(hours).numpy().ravel()
print(np.allclose(days, hours.reshape(7, 24).mean(axis=1)))

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 平均的每一份都有 $1/p$ 的功劳，所以梯度平分给窗里的每一步，没有赢家。

# %% [markdown] lang="en"
# ## Gradient check
#
# Every step of a window had a share of $1/p$ in the mean, so the gradient is split evenly. There are no winners.

# %%
from tensorlearn import Tensor
from tensorlearn.testing import gradcheck

gradcheck(AveragePooling1D(3, strides=2, padding="same"), hours[:, :8], order=2)

x = Tensor(x, requires_grad=True)
print(tl.grad(AveragePooling1D(2, padding="same")(x).sum(), x).ravel())

# %% [markdown] lang="zh"
# ## 常见错误
#
# **用平均池化对付补零的序列。** 补上的零也是数，会把平均拉低。用 [Masking](../core/masking.md) 标出补零的步，再用会看掩码的 [GlobalAveragePooling1D](../pooling/global_average_pooling1d.md)。
#
# **步长为零：**

# %% [markdown] lang="en"
# ## Common mistakes
#
# **Average pooling of padded sequences.** The zeros of the padding are numbers like any other and pull the mean down. Mark them with [Masking](../core/masking.md) and use [GlobalAveragePooling1D](../pooling/global_average_pooling1d.md), which respects the mask.
#
# **A stride of zero:**

# %% tags=["raises-exception"]
AveragePooling1D(2, strides=0)

# %% [markdown] lang="zh"
# **少了特征轴：**

# %% [markdown] lang="en"
# **No feature axis:**

# %% tags=["raises-exception"]
AveragePooling1D(2)(np.zeros((1, 10)))

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `pool_length`、`stride`、`border_mode` 分别改名为 `pool_size`、`strides`、`padding`：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# `pool_length`, `stride` and `border_mode` became `pool_size`, `strides` and `padding`:

# %% tags=["both"]
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    AveragePooling1D(pool_length=4, stride=2, border_mode="valid")
print(caught[0].message)

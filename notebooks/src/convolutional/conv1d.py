# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 2.1 Conv1D：一维卷积
#
# 拿一把短尺在序列上滑动，每到一处就量一次“这里像不像我要找的花样”。尺子到处用同一把，所以花样出现在哪里都认得。
#
# ## 它算什么
#
# $$y_{n,t,f} = \varphi\Big(\sum_{k=0}^{K-1} \sum_{d=1}^{D} x_{n,\,ts+kr,\,d}\; W_{k,d,f} + b_f\Big) \qquad (N, T, D) \to (N, T', F)$$
#
# $K$ 是核长 `kernel_size`，$s$ 是步长 `strides`，$r$ 是膨胀 `dilation_rate`（核的各点隔几步取一个），$F$ 是 `filters`，也就是同时滑动几把尺。
#
# `padding` 决定两头怎么办：
#
# | `padding` | 补零 | $T'$（$s = 1$） |
# |---|---|---|
# | `"valid"` | 不补 | $T - (K-1)r$ |
# | `"same"` | 两头 | $T$ |
# | `"causal"` | 只在前面 | $T$，且第 $t$ 步看不到将来 |
#
# 深度学习里的“卷积”不翻转核，严格说是互相关。`np.convolve` 会翻转，对照时要把核倒过来。
#
# !!! note "更正"
#     原文档的提示里写的是 (10, 32) 的信号，例子里却是 (10, 128)；这里统一用 (10, 128)。它说步长与膨胀不能同时大于 1，但 Keras 2.2.4 并不检查；这里在构造时就拒绝。

# %% [markdown] lang="en"
# # 2.1 Conv1D: convolution over time
#
# Slide a short template along a sequence and measure at every place how much it looks like what you search for. It is the same template everywhere, so a pattern is recognised wherever it occurs.
#
# ## What it computes
#
# $$y_{n,t,f} = \varphi\Big(\sum_{k=0}^{K-1} \sum_{d=1}^{D} x_{n,\,ts+kr,\,d}\; W_{k,d,f} + b_f\Big) \qquad (N, T, D) \to (N, T', F)$$
#
# $K$ is the length of the kernel, `kernel_size`; $s$ the stride, `strides`; $r$ the dilation, `dilation_rate` (how far apart the taps of the kernel are); and $F$, `filters`, the number of templates that slide at once.
#
# `padding` says what happens at the ends:
#
# | `padding` | zeros | $T'$ with $s = 1$ |
# |---|---|---|
# | `"valid"` | none | $T - (K-1)r$ |
# | `"same"` | both ends | $T$ |
# | `"causal"` | only before | $T$, and step $t$ sees nothing of the future |
#
# What deep learning calls convolution does not flip its kernel and is, strictly, a cross-correlation. `np.convolve` does flip; reverse the kernel to compare.
#
# !!! note "Correction"
#     A hint in the original document speaks of a signal of (10, 32) where its example has (10, 128); here it is (10, 128) throughout. It says that a stride and a dilation above 1 exclude each other, which Keras 2.2.4 never checks; here the constructor refuses.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import Conv1D

layer = Conv1D(1, 3, use_bias=False)
x = np.array([0, 0, 1, 2, 3, 3, 3, 0], "float32").reshape(1, 8, 1)
layer(x)
layer.set_weights([np.array([-1, 0, 1]).reshape(3, 1, 1)])  # the slope
print(layer(x).numpy().ravel())
print(np.convolve(x.ravel(), [1, 0, -1], "valid"))

# %% [markdown] lang="zh"
# ## 看一看
#
# 同一段信号，三把不同的尺：求平均的使它平滑，求差的找出跳变，像某个花样的在花样处响得最大。

# %% [markdown] lang="en"
# ## A picture
#
# One signal, three templates: a mean smooths it, a difference finds the jumps, and a template of a pattern is loudest where the pattern is.

# %%
import matplotlib.pyplot as plt

rng = np.random.default_rng(0)
signal = np.zeros(120)
signal[20:50] = 1
pattern = np.sin(np.linspace(0, 4 * np.pi, 16))
signal[80:96] += pattern
signal += 0.1 * rng.normal(size=120)
templates = np.zeros((16, 1, 3))
templates[:, 0, 0] = 1 / 16
templates[:8, 0, 1], templates[8:, 0, 1] = -1 / 8, 1 / 8
templates[:, 0, 2] = pattern / 8

bank = Conv1D(3, 16, padding="same", use_bias=False)
bank(signal.reshape(1, 120, 1))
bank.set_weights([templates])
responses = bank(signal.reshape(1, 120, 1)).numpy()[0]

# %%
fig, axes = plt.subplots(1, 3, figsize=(8, 2.2), sharey=True)
for k, (ax, title) in enumerate(zip(axes, ("mean", "difference", "pattern"))):
    ax.plot(signal, color="lightgrey", linewidth=0.8)
    ax.plot(responses[:, k])
    ax.set(title=title, xlabel="t")

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("Conv1D")

# %% [markdown] lang="zh"
# ## 形状
#
# 输入 `(N, T, D)`，输出 `(N, T', filters)`。核的形状是 `(kernel_size, D, filters)`，权重与 $T$ 无关；`input_shape=(None, 128)` 表示长度不定。

# %% [markdown] lang="en"
# ## Shapes
#
# Input `(N, T, D)`, output `(N, T', filters)`. The kernel has shape `(kernel_size, D, filters)`, whatever $T$ is; `input_shape=(None, 128)` says that the length may vary.

# %%
for padding in ("valid", "same", "causal"):
    layer = Conv1D(64, 3, padding=padding)
    print(f"{padding:7}", layer.compute_output_shape((None, 10, 128)))
print(Conv1D(64, 3, strides=2).compute_output_shape((None, 10, 128)))
print(Conv1D(64, 3, dilation_rate=2).compute_output_shape((None, 10, 128)))

# %% [markdown] lang="zh"
# ## 例子
#
# 作为第一层，长 10、每步 128 个数的序列；再接一层：

# %% [markdown] lang="en"
# ## Example
#
# As a first layer, for sequences of 10 steps with 128 numbers each, and another behind it:

# %%
from tensorlearn import Sequential

model = Sequential()
model.add(Conv1D(64, 3, padding="same", input_shape=(10, 128)))
print(model.output_shape)
model.add(Conv1D(32, 3, padding="same"))
print(model.output_shape, model.count_params())

# %% [markdown] lang="zh"
# 因果卷积一层层加大膨胀，就是 WaveNet 的骨架：四层 $r = 1, 2, 4, 8$，看到的过去有 16 步。改动一个输入，只有之后的 16 步受影响：

# %% [markdown] lang="en"
# Causal convolutions with growing dilation are the skeleton of WaveNet: four layers with $r = 1, 2, 4, 8$ look 16 steps back. Touch one input, and only the 16 steps from there on change:

# %%
tl.set_seed(0)
wavenet = Sequential()
for rate in (1, 2, 4, 8):
    shape = {"input_shape": (40, 1)} if rate == 1 else {}
    wavenet.add(Conv1D(4, 2, padding="causal", dilation_rate=rate, **shape))
before = rng.normal(size=(1, 40, 1))
after = before.copy()
after[0, 12] += 1
changed = (
    np.abs(wavenet.predict(after) - wavenet.predict(before)).max(axis=-1)[0] > 1e-6
)
print(np.flatnonzero(changed))

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 对核的梯度，是输入与上游梯度的互相关；对输入的梯度，是上游梯度与翻转的核的完整卷积。卷积的转置又是卷积，见 [Conv2DTranspose](../convolutional/conv2d_transpose.md)。

# %% [markdown] lang="en"
# ## Gradient check
#
# The gradient of the kernel is the cross-correlation of the input with the gradient from above; that of the input is the full convolution of the latter with the flipped kernel. The transpose of a convolution is a convolution again, see [Conv2DTranspose](../convolutional/conv2d_transpose.md).

# %%
from tensorlearn.testing import gradcheck

x = rng.normal(size=(2, 7, 3))
for options in (
    {"padding": "causal", "dilation_rate": 2},
    {"padding": "same", "strides": 2},
):
    layer = Conv1D(2, 3, activation="tanh", **options)
    layer(x)
    gradcheck(layer, x, parameters=layer.trainable_weights)

layer = Conv1D(1, 3, use_bias=False)
kernel_slope = tl.grad(layer(x[:1, :, :1]).sum(), layer.kernel).ravel()
print(kernel_slope, np.correlate(x[0, :, 0], np.ones(5), "valid"))

# %% [markdown] lang="zh"
# ## 常见错误
#
# **序列少了特征轴。** 单变量的序列也要写成 `(N, T, 1)`：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **No feature axis.** A sequence of plain numbers is `(N, T, 1)`:

# %% tags=["raises-exception"]
Conv1D(4, 3)(np.zeros((8, 20)))

# %% [markdown] lang="zh"
# **步长与膨胀同时大于 1：**

# %% [markdown] lang="en"
# **A stride together with a dilation:**

# %% tags=["raises-exception"]
Conv1D(4, 3, strides=2, dilation_rate=2)

# %% [markdown] lang="zh"
# **核比序列长：**

# %% [markdown] lang="en"
# **A kernel longer than the sequence:**

# %% tags=["raises-exception"]
Conv1D(4, 9)(np.zeros((1, 5, 2)))

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `Convolution1D` 的 `nb_filter`、`filter_length`、`subsample_length`、`border_mode` 分别是现在的 `filters`、`kernel_size`、`strides`、`padding`：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# The `nb_filter`, `filter_length`, `subsample_length` and `border_mode` of `Convolution1D` are now `filters`, `kernel_size`, `strides` and `padding`:

# %% tags=["both"]
import warnings
from tensorlearn.layers import Convolution1D

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    Convolution1D(nb_filter=64, filter_length=3, border_mode="same", input_dim=128)
print(caught[0].message)

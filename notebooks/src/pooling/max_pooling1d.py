# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 3.1 MaxPooling1D：一维最大池化
#
# 在序列上开一个小窗，每个窗里只留最大的那个数：信号出现过没有，比它出现在哪一步更要紧时，就用它。
#
# ## 它算什么
#
# $$y_{n,t,d} = \max_{0 \le k < p} x_{n,\,ts+k,\,d} \qquad (N, T, D) \to (N, T', D)$$
#
# $p$ 是窗长 `pool_size`，$s$ 是步长 `strides`（不写就等于 $p$，窗与窗紧挨着）。每个特征各算各的，互不相干。
#
# 窗口有几个？`padding="valid"` 只要完整的窗：$T' = \lfloor (T-p)/s \rfloor + 1$；`"same"` 保证 $T' = \lceil T/s \rceil$，不够的地方补上永远赢不了的空格。

# %% [markdown] lang="en"
# # 3.1 MaxPooling1D: the largest of a stretch
#
# Slide a small window along a sequence and keep the largest number in each. Use it when it matters that a signal occurred, and less at which step.
#
# ## What it computes
#
# $$y_{n,t,d} = \max_{0 \le k < p} x_{n,\,ts+k,\,d} \qquad (N, T, D) \to (N, T', D)$$
#
# Here $p$ is the length of the window, `pool_size`, and $s$ the stride, `strides` (equal to $p$ unless you say otherwise: windows side by side). Every feature is pooled by itself.
#
# How many windows are there? With `padding="valid"` only whole ones, $T' = \lfloor (T-p)/s \rfloor + 1$; with `"same"` there are $T' = \lceil T/s \rceil$, and what is missing is filled with blanks that never win.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import MaxPooling1D

x = np.array([3.0, 1.0, 4.0, 1.0, 5.0, -9.0, -2.0]).reshape(1, 7, 1)
for layer in (
    MaxPooling1D(2),
    MaxPooling1D(2, padding="same"),
    MaxPooling1D(3, strides=1),
):
    print(layer(x).numpy().ravel())

# %% [markdown] lang="zh"
# 注意第二行的末尾是 $-2$ 而不是 $0$：补的空格不是零。若补零，负数的最大值就被悄悄换成了 $0$。
#
# ## 看一看
#
# 窗越长，曲线越像信号的“天花板”。

# %% [markdown] lang="en"
# Note the $-2$ at the end of the second line. The filling is not zero; if it were, a maximum below zero would silently become $0$.
#
# ## A picture
#
# The longer the window, the more the curve looks like a ceiling over the signal.

# %%
import matplotlib.pyplot as plt

t = np.arange(120)
wave = np.sin(t / 3) * np.sin(t / 20)
fig, ax = plt.subplots(figsize=(7, 2.4))
ax.plot(t, wave, color="lightgrey")
for size in (5, 15):
    ceiling = MaxPooling1D(size, strides=1, padding="same")(wave.reshape(1, -1, 1))
    ax.plot(t, ceiling.numpy().ravel(), label=f"pool_size={size}")
ax.legend()
ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("MaxPooling1D")

# %% [markdown] lang="zh"
# ## 形状
#
# 输入 `(N, T, D)`，输出 `(N, T', D)`，$T'$ 由上面的公式给出。
#
# !!! note "更正"
#     原文档说步长为 2 时“输出是输入的一半”。那只在 $T$ 是偶数、窗长也是 2 时成立；一般的情形请用公式。

# %% [markdown] lang="en"
# ## Shapes
#
# Input `(N, T, D)`, output `(N, T', D)`, with $T'$ as above.
#
# !!! note "Correction"
#     The original document says that a stride of 2 halves the length. That holds for even $T$ and windows of 2; in general use the formula.

# %%
for T in (6, 7):
    for padding in ("valid", "same"):
        layer = MaxPooling1D(2, padding=padding)
        print(T, padding, layer.compute_output_shape((None, T, 4)))

# %% [markdown] lang="zh"
# ## 例子
#
# 一段随机的序列里藏着一个尖峰，问有没有；位置是随机的。卷积负责认出尖峰，池化负责“不管在哪里”：

# %% [markdown] lang="en"
# ## Example
#
# A spike hides somewhere in a noisy sequence; is there one? The convolution recognises a spike, the pooling says "anywhere":

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Conv1D, Dense, Flatten

tl.set_seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=(400, 32, 1))
y = np.arange(400) % 2
x[np.arange(1, 400, 2), rng.integers(4, 28, 200), 0] += 5

model = Sequential([Conv1D(4, 3, activation="relu", input_shape=(32, 1))])
model.add(MaxPooling1D(30))
model.add(Flatten())
model.add(Dense(1, activation="sigmoid"))
model.compile(tl.optimizers.Adam(0.05), "binary_crossentropy", ["accuracy"])
model.fit(x[:300], y[:300], epochs=15, verbose=0)
print(f"accuracy {model.evaluate(x[300:], y[300:], verbose=0)[1]:.2f}")

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 往回走时，梯度只给每个窗里的赢家，其余得 0。窗口重叠时，一个赢家可能赢好几次，梯度相加。并列第一怎么办？约定给最先出现的那个。

# %% [markdown] lang="en"
# ## Gradient check
#
# On the way back the winner of each window takes all, the others get 0. Where windows overlap one cell may win several times, and its gradients add up. A tie? By convention the first of the equals wins.

# %%
from tensorlearn import Tensor
from tensorlearn.testing import gradcheck

gradcheck(MaxPooling1D(3, strides=1), rng.normal(size=(2, 7, 2)))

x = Tensor([[[1.0], [7.0], [2.0], [7.0], [7.0]]], requires_grad=True)
print(tl.grad(MaxPooling1D(3, strides=1)(x).sum(), x).ravel())

# %% [markdown] lang="zh"
# 三个窗是 `[1 7 2]`、`[7 2 7]`、`[2 7 7]`，赢家依次是第 1、1、3 步。
#
# ## 常见错误
#
# **窗比序列还长**（`valid` 时一个窗也放不下）：

# %% [markdown] lang="en"
# The three windows are `[1 7 2]`, `[7 2 7]` and `[2 7 7]`; steps 1, 1 and 3 win.
#
# ## Common mistakes
#
# **A window longer than the sequence** (with `valid` not one fits):

# %% tags=["raises-exception"]
MaxPooling1D(10)(np.zeros((1, 7, 1)))

# %% [markdown] lang="zh"
# **把窗长写成零：**

# %% [markdown] lang="en"
# **A window of nothing:**

# %% tags=["raises-exception"]
MaxPooling1D(0)

# %% [markdown] lang="zh"
# **没有这种补法：**

# %% [markdown] lang="en"
# **A padding that does not exist:**

# %% tags=["raises-exception"]
MaxPooling1D(2, padding="full")

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
    MaxPooling1D(pool_length=2, stride=1, border_mode="same")
print(caught[0].message)

# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 2.6 Cropping1D：裁剪序列
#
# 把序列首尾各切掉几步。它没有权重，常用来让两路长短不一的特征对齐。
#
# ## 它算什么
#
# $$y_{n,t} = x_{n,\,t+a}, \quad 0 \le t < T-a-b \qquad (N, T, D) \to (N, T-a-b, D)$$
#
# `cropping=(a, b)`：开头切 $a$ 步，结尾切 $b$ 步。只写一个整数就是两头各切这么多。
#
# 什么时候用得上？`padding="valid"` 的卷积会让序列变短：核长 $k$，少掉 $k-1$ 步。要把卷积前后的特征加在一起（残差），就得把没有卷积的那一路也切短同样多。

# %% [markdown] lang="en"
# # 2.6 Cropping1D: trimming a sequence
#
# Cut a few steps off both ends of a sequence. It has no weights; its usual job is to bring two branches of different length into line.
#
# ## What it computes
#
# $$y_{n,t} = x_{n,\,t+a}, \quad 0 \le t < T-a-b \qquad (N, T, D) \to (N, T-a-b, D)$$
#
# With `cropping=(a, b)`, $a$ steps go at the start and $b$ at the end. A single integer takes that many from each.
#
# Where is it needed? A convolution with `padding="valid"` shortens its sequence: a kernel of length $k$ costs $k-1$ steps. To add what went in to what came out (a residual), the branch without the convolution must be shortened by as much.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import Cropping1D

x = np.arange(6.0).reshape(1, 6, 1)
print(Cropping1D((1, 2))(x).numpy().ravel())

# %% [markdown] lang="zh"
# ## 看一看
#
# 灰色的步被切掉；`a` 与 `b` 不必相等。

# %% [markdown] lang="en"
# ## A picture
#
# Grey steps are cut away; `a` and `b` need not be equal.

# %%
import matplotlib.pyplot as plt

t = np.arange(30)
wave = np.sin(t / 3)
fig, ax = plt.subplots(figsize=(6, 2.2))
ax.plot(t, wave, "o-", color="lightgrey")
kept = Cropping1D((4, 9))(wave.reshape(1, 30, 1)).numpy().ravel()
ax.plot(t[4:-9], kept, "o-")
ax.set(xlabel="t")

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("Cropping1D")

# %% [markdown] lang="zh"
# ## 形状
#
# 输入 `(N, T, D)`，输出 `(N, T - a - b, D)`。长度未知（`None`）时，输出的长度也未知。

# %% [markdown] lang="en"
# ## Shapes
#
# Input `(N, T, D)`, output `(N, T - a - b, D)`. Where the length is unknown (`None`) it stays unknown.

# %%
layer = Cropping1D((1, 2))
print(
    layer.compute_output_shape((None, 10, 3)),
    layer.compute_output_shape((None, None, 3)),
)
print(layer(np.zeros((4, 10, 3))).shape)

# %% [markdown] lang="zh"
# ## 例子
#
# 一个残差块：卷积用 `valid`，短了两步，旁路也切掉两步，才能相加。

# %% [markdown] lang="en"
# ## Example
#
# A residual block: the `valid` convolution loses two steps, so the bypass gives up two as well before they are added.

# %%
from tensorlearn import Input, Model
from tensorlearn.layers import Add, Conv1D

sequence = Input((20, 4))
convolved = Conv1D(4, 3, activation="relu")(sequence)
bypass = Cropping1D(1)(sequence)
model = Model(sequence, Add()([convolved, bypass]))
model.output_shape

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 裁剪是“取出一部分”，它的转置是“放回原处，其余填零”：往回走时，被切掉的步得到的梯度是 0。这正是 [ZeroPadding1D](../convolutional/zero_padding1d.md)。

# %% [markdown] lang="en"
# ## Gradient check
#
# Cropping takes a part out; its transpose puts the part back and fills the rest with zeros. On the way back the steps that were cut receive the gradient 0, which is precisely [ZeroPadding1D](../convolutional/zero_padding1d.md).

# %%
from tensorlearn import Tensor
from tensorlearn.testing import gradcheck

gradcheck(Cropping1D((1, 2)), np.random.default_rng(0).normal(size=(2, 6, 3)))

x = Tensor(np.zeros((1, 6, 1)), requires_grad=True)
print(tl.grad(Cropping1D((1, 2))(x).sum(), x).ravel())

# %% [markdown] lang="zh"
# ## 常见错误
#
# **切得比序列还长：**

# %% [markdown] lang="en"
# ## Common mistakes
#
# **Cutting more than there is:**

# %% tags=["raises-exception"]
Cropping1D((3, 4))(np.zeros((1, 6, 1)))

# %% [markdown] lang="zh"
# **忘了批的轴。** 层的输入总带着样本轴，单个序列也要写成 `(1, T, D)`：

# %% [markdown] lang="en"
# **The batch axis left out.** What a layer receives always has an axis of samples; a single sequence is `(1, T, D)`:

# %% tags=["raises-exception"]
Cropping1D(1)(np.zeros((6, 1)))

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# 没有变化：`Cropping1D(cropping=(1, 1))`。

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# Nothing changed: `Cropping1D(cropping=(1, 1))`.

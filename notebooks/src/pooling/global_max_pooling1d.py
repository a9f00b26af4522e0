# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 3.7 GlobalMaxPooling1D：全局最大池化（一维）
#
# 整个序列只留一个数：每个特征在全程中的最大值。句子长短不一，出来的却都是同样长的一个向量。
#
# ## 它算什么
#
# $$y_{n,d} = \max_{t} x_{n,t,d} \qquad (N, T, D) \to (N, D)$$
#
# 卷积的每个通道都是一个探测器，全局最大值回答“整句话里，它最强的一次响应有多强”。文本分类里这一招几乎是标准做法。
#
# 它认得掩码：被[掩码](../core/masking.md)标记为填充的步不参加比较。Keras 2.2.4 在这里会报错；这里直接算对。

# %% [markdown] lang="en"
# # 3.7 GlobalMaxPooling1D: the largest over time
#
# One number is left of a whole sequence: the largest value each feature ever takes. Sentences come in all lengths; what comes out is a vector of one length.
#
# ## What it computes
#
# $$y_{n,d} = \max_{t} x_{n,t,d} \qquad (N, T, D) \to (N, D)$$
#
# Every channel of a convolution is a detector, and the global maximum says how strongly it responded at its best in the whole sentence. For classifying text this is next to standard.
#
# The layer knows about masks: steps that a [mask](../core/masking.md) declares to be padding do not compete. Keras 2.2.4 raises an error here; we compute what was meant.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import GlobalMaxPooling1D

x = np.array([[[1, -5], [7, -2], [3, -9]]], "float32")
print(GlobalMaxPooling1D()(x).numpy())

# %% [markdown] lang="zh"
# ## 看一看
#
# 三个探测器在一段信号上的响应，圆点是全局最大值：出来的向量只有三个数，但说出了“有没有”。

# %% [markdown] lang="en"
# ## A picture
#
# Three detectors along a signal, with their global maxima as dots. The result has only three numbers, but they say what occurred.

# %%
import matplotlib.pyplot as plt

rng = np.random.default_rng(0)
t = np.arange(80)
centres, widths = np.array([15, 40, 62]), np.array([3, 8, 2])
responses = np.exp(-(((t[:, None] - centres) / widths) ** 2)) * [1, 0.4, 0.8]
responses += 0.05 * rng.normal(size=responses.shape)
largest = GlobalMaxPooling1D()(responses[None]).numpy()[0]

fig, ax = plt.subplots(figsize=(7, 2.4))
ax.plot(t, responses)
ax.plot(responses.argmax(axis=0), largest, "ko")
ax.set_xlabel("t")
ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("GlobalMaxPooling1D")

# %% [markdown] lang="zh"
# ## 形状
#
# 输入 `(N, T, D)`，输出 `(N, D)`。$T$ 可以是未知的 `None`：这正是它的用处。

# %% [markdown] lang="en"
# ## Shapes
#
# Input `(N, T, D)`, output `(N, D)`. $T$ may be unknown, `None`; that is what the layer is for.

# %%
layer = GlobalMaxPooling1D()
print(layer.compute_output_shape((None, None, 8)))
for T in (3, 300):
    print(layer(np.zeros((2, T, 8))).shape)

# %% [markdown] lang="zh"
# ## 例子
#
# 文本分类的骨架，输入长度不定：

# %% [markdown] lang="en"
# ## Example
#
# The skeleton of a text classifier for sentences of any length:

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Conv1D, Dense, Embedding

model = Sequential()
model.add(Embedding(1000, 16, input_shape=(None,)))
model.add(Conv1D(32, 3, activation="relu"))
model.add(GlobalMaxPooling1D())
model.add(Dense(1, activation="sigmoid"))
for length in (5, 50):
    print(model.predict(np.ones((2, length), int)).shape)

# %% [markdown] lang="zh"
# 掩码：补了零的短句，与不补的结果相同，哪怕所有特征都是负的：

# %% [markdown] lang="en"
# With a mask, a padded sentence gives what it gives without padding, even where every feature is negative:

# %%
from tensorlearn.layers import Masking

masked = Sequential([Masking(input_shape=(None, 2)), GlobalMaxPooling1D()])
short = -np.ones((1, 3, 2))
padded = np.concatenate([short, np.zeros((1, 2, 2))], axis=1)
print(masked.predict(padded), GlobalMaxPooling1D()(padded).numpy())

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 每个特征只有一步得到梯度：全程的冠军。

# %% [markdown] lang="en"
# ## Gradient check
#
# Each feature has one step that receives its gradient, the champion of the whole sequence.

# %%
from tensorlearn import Tensor
from tensorlearn.testing import gradcheck

gradcheck(GlobalMaxPooling1D(), rng.normal(size=(2, 5, 3)))

x = Tensor(x, requires_grad=True)
print(tl.grad(GlobalMaxPooling1D()(x).sum(), x)[0])

# %% [markdown] lang="zh"
# ## 常见错误
#
# **后面再接循环层或卷积。** 时间轴已经没有了：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **A recurrent layer or a convolution behind it.** The axis of time is gone:

# %% tags=["raises-exception"]
Sequential([GlobalMaxPooling1D(input_shape=(10, 4)), Conv1D(8, 3)])

# %% [markdown] lang="zh"
# **用在没有时间轴的输入上：**

# %% [markdown] lang="en"
# **An input without an axis of time:**

# %% tags=["raises-exception"]
GlobalMaxPooling1D()(np.zeros((2, 4)))

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# 没有变化：`GlobalMaxPooling1D()`。

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# Nothing changed: `GlobalMaxPooling1D()`.

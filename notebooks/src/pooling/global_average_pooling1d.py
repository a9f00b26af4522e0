# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 3.8 GlobalAveragePooling1D：全局平均池化（一维）
#
# 对整个序列求平均，每个特征得一个数。
#
# ## 它算什么
#
# $$y_{n,d} = \frac{1}{T} \sum_{t} x_{n,t,d} \qquad (N, T, D) \to (N, D)$$
#
# 有掩码时，分母是真实的步数，分子里也只有真实的步：
#
# $$y_{n,d} = \frac{\sum_t m_{n,t}\, x_{n,t,d}}{\sum_t m_{n,t}}$$
#
# 词向量取平均，就得到最简单的句向量，俗称“词袋”：词的先后不起作用。它简单得惊人，也有效得惊人。

# %% [markdown] lang="en"
# # 3.8 GlobalAveragePooling1D: the mean over time
#
# The mean of a whole sequence, a number for every feature.
#
# ## What it computes
#
# $$y_{n,d} = \frac{1}{T} \sum_{t} x_{n,t,d} \qquad (N, T, D) \to (N, D)$$
#
# Under a mask only real steps are added, and their number is what one divides by:
#
# $$y_{n,d} = \frac{\sum_t m_{n,t}\, x_{n,t,d}}{\sum_t m_{n,t}}$$
#
# The mean of word vectors is the simplest vector of a sentence, a "bag of words" in which order plays no part. It is surprisingly simple, and works surprisingly well.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import GlobalAveragePooling1D

x = np.array([[[1, 10], [2, 20], [6, 30]]], "float32")
print(GlobalAveragePooling1D()(x).numpy())

# %% [markdown] lang="zh"
# ## 看一看
#
# 序列越长，平均越稳：一百条随机游走的均值，长度从 1 到 400，散布按 $1/\sqrt T$ 收拢。

# %% [markdown] lang="en"
# ## A picture
#
# The longer the sequence, the steadier its mean: a hundred noisy sequences, cut at lengths from 1 to 400, gather like $1/\sqrt T$.

# %%
import matplotlib.pyplot as plt

noise = np.random.default_rng(0).normal(size=(100, 400, 1))
lengths = np.unique(np.geomspace(1, 400, 30).astype(int))
means = [GlobalAveragePooling1D()(noise[:, :T]).numpy().ravel() for T in lengths]

fig, ax = plt.subplots(figsize=(6, 2.6))
ax.semilogx(lengths, means, ".", color="C0", alpha=0.15)
for sign in (-1, 1):
    ax.plot(lengths, sign / np.sqrt(lengths), "k--")
ax.set_xlabel("T")
ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("GlobalAveragePooling1D")

# %% [markdown] lang="zh"
# ## 形状
#
# 输入 `(N, T, D)`，输出 `(N, D)`，$T$ 可以是 `None`。

# %% [markdown] lang="en"
# ## Shapes
#
# Input `(N, T, D)`, output `(N, D)`; $T$ may be `None`.

# %%
layer = GlobalAveragePooling1D()
print(layer.compute_output_shape((None, None, 8)), layer(np.zeros((2, 7, 8))).shape)

# %% [markdown] lang="zh"
# ## 例子
#
# 词袋分类器。`mask_zero=True` 让填充的 0 号词不算数，于是短句补多少零都一样：

# %% [markdown] lang="en"
# ## Example
#
# A bag-of-words classifier. With `mask_zero=True` the padding word 0 does not count, however much of it a short sentence is given:

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Dense, Embedding

tl.set_seed(0)
model = Sequential()
model.add(Embedding(50, 8, mask_zero=True, input_shape=(None,)))
model.add(GlobalAveragePooling1D())
model.add(Dense(1, activation="sigmoid"))

for sentence in ([3, 7, 9], [3, 7, 9, 0, 0, 0]):
    print(model.predict(np.array([sentence])).round(6))

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 每一步都得到 $g/T$，人人有份。

# %% [markdown] lang="en"
# ## Gradient check
#
# Every step receives $g/T$; nobody goes without.

# %%
from tensorlearn import Tensor
from tensorlearn.testing import gradcheck

gradcheck(
    GlobalAveragePooling1D(), np.random.default_rng(1).normal(size=(2, 5, 3)), order=2
)

x = Tensor(np.zeros((1, 4, 1)), requires_grad=True)
print(tl.grad(GlobalAveragePooling1D()(x).sum(), x).ravel())

# %% [markdown] lang="zh"
# ## 常见错误
#
# **忘了掩码。** 同一句话，补的零越多，平均就越小，不会报错：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **No mask.** The more zeros a sentence is padded with, the smaller its mean, and nothing raises:

# %%
sentence = np.ones((1, 4, 1))
for zeros in (0, 4, 12):
    padded = np.concatenate([sentence, np.zeros((1, zeros, 1))], axis=1)
    print(zeros, GlobalAveragePooling1D()(padded).numpy().ravel())

# %% [markdown] lang="zh"
# **图像要用二维的那一个：**

# %% [markdown] lang="en"
# **An image wants its two-dimensional sister:**

# %% tags=["raises-exception"]
GlobalAveragePooling1D()(np.zeros((1, 8, 8, 3)))

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# 没有变化：`GlobalAveragePooling1D()`。

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# Nothing changed: `GlobalAveragePooling1D()`.

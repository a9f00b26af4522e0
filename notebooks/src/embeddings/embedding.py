# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 6.1 Embedding：从编号到向量
#
# 词、用户、商品都只有编号，而网络要的是数。`Embedding` 是一张可以学习的表：给它编号，它还你那一行。
#
# ## 它算什么
#
# $$y_{n,t} = E_{x_{n,t}} \qquad (N, T) \to (N, T, D)$$
#
# $E$ 的形状是 `(input_dim, output_dim)`：一个词一行。它等价于把编号写成独热向量再乘以 $E$，只是没有人真的去做那次乘法。
#
# 编号从 0 到 `input_dim - 1`。`mask_zero=True` 时 0 号表示“这里是补的”，后面认得[掩码](../core/masking.md)的层会跳过它；于是真正的词从 1 开始编号，`input_dim` 要取词数加 1。
#
# !!! note "更正"
#     原文档说它只能作为模型的第一层。输入只要是整数，放在哪里都可以；只是梯度到它为止，编号没有导数。原文档的 `dropout` 参数在 Keras 2 中被取消了，这里照 Keras 1 的意思保留：训练时整行地丢掉一部分词。

# %% [markdown] lang="en"
# # 6.1 Embedding: from index to vector
#
# Words, users and goods come as indices, and a network wants numbers. `Embedding` is a table that can learn: give it an index and it gives you the row.
#
# ## What it computes
#
# $$y_{n,t} = E_{x_{n,t}} \qquad (N, T) \to (N, T, D)$$
#
# $E$ has shape `(input_dim, output_dim)`, a row for each word. It amounts to a product of one-hot vectors with $E$, only nobody carries that product out.
#
# Indices run from 0 to `input_dim - 1`. With `mask_zero=True` the index 0 means "padding", and layers that know [masks](../core/masking.md) skip it; real words then start at 1, and `input_dim` is their number plus 1.
#
# !!! note "Correction"
#     According to the original document it can only be the first layer of a model. It can be anywhere, as long as its input is integers; only the gradient ends there, for an index has no derivative. The original's `dropout` was removed from Keras 2; here it has kept its Keras-1 meaning, leaving out whole words during training.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import Embedding

layer = Embedding(4, 2)
layer(np.array([[0]]))
layer.set_weights([np.array([[0, 0], [1, 10], [2, 20], [3, 30]])])
sentence = np.array([[3, 1, 1]])
print(layer(sentence).numpy()[0])

one_hot = np.eye(4)[sentence]
print(one_hot[0] @ layer.get_weights()[0])

# %% [markdown] lang="zh"
# ## 看一看
#
# 给网络看四千个加法题，只告诉它对错，从不告诉它哪个数更大。训练之后，十个数字的二维向量自己排成了队：

# %% [markdown] lang="en"
# ## A picture
#
# Show a network four thousand comparisons, and tell it which of two digits won, never that digits have an order. After training, the ten two-dimensional vectors have lined up by themselves:

# %%
import matplotlib.pyplot as plt
from tensorlearn import Sequential
from tensorlearn.layers import Dense, Flatten

tl.set_seed(1)
pairs = np.random.default_rng(0).integers(0, 10, (4000, 2))
larger = (pairs[:, 0] > pairs[:, 1]).astype(int)

model = Sequential([Embedding(10, 2, input_length=2), Flatten()])
model.add(Dense(8, activation="tanh"))
model.add(Dense(1, activation="sigmoid"))
model.compile(tl.optimizers.Adam(0.02), "binary_crossentropy", ["accuracy"])
model.fit(pairs, larger, batch_size=100, epochs=12, verbose=0)

table = model.layers[0].get_weights()[0]
fig, ax = plt.subplots(figsize=(5, 2.8))
ax.plot(*table.T, color="lightgrey")
for digit, (u, v) in enumerate(table):
    ax.text(u, v, str(digit), ha="center", va="center", fontsize=13)
ax.margins(0.1)

# %% [markdown] lang="zh"
# ## 参数
#
# 必需的是词表大小 `input_dim` 和向量长度 `output_dim`；后面要接 `Flatten` 时还需要 `input_length`。

# %% [markdown] lang="en"
# ## Arguments
#
# The size of the vocabulary, `input_dim`, and the length of the vectors, `output_dim`, are required; so is `input_length` if a `Flatten` follows.

# %% tags=["both"]
tl.help("Embedding")

# %% [markdown] lang="zh"
# ## 形状
#
# 输入 `(N, T)` 的整数，输出 `(N, T, output_dim)`。输入有更多的轴也可以，每个编号换成一个向量。

# %% [markdown] lang="en"
# ## Shapes
#
# Integers `(N, T)` in, `(N, T, output_dim)` out. More axes are welcome; each index turns into a vector.

# %%
layer = Embedding(1000, 64)
print(layer.compute_output_shape((None, 10)), layer(np.zeros((2, 3, 10), int)).shape)
print(layer.count_params())

# %% [markdown] lang="zh"
# ## 例子
#
# 文本分类的开头，短句用 0 补齐，掩码一路传到 `LSTM`：

# %% [markdown] lang="en"
# ## Example
#
# The start of a text classifier; short sentences are filled with 0, and the mask travels on to the `LSTM`:

# %%
from tensorlearn.layers import LSTM
from tensorlearn.preprocessing.sequence import pad_sequences

sentences = [[5, 8, 2], [7], [4, 4, 9, 1, 3]]
x = pad_sequences(sentences, maxlen=5, padding="post")
print(x)

model = Sequential([Embedding(10, 8, mask_zero=True, input_shape=(None,))])
model.add(LSTM(4))
padded = model.predict(x)[1]
alone = model.predict(np.array([[7]]))[0]
print(np.abs(padded - alone).max() < 1e-6)

# %% [markdown] lang="zh"
# 已有词向量时，用 `weights` 放进去，再用 `trainable=False` 冻住：

# %% [markdown] lang="en"
# Vectors you already have go in through `weights`, and `trainable=False` freezes them:

# %%
vectors = np.random.default_rng(0).normal(size=(10, 3)).astype("float32")
frozen = Embedding(10, 3, weights=[vectors], trainable=False, input_shape=(None,))
model = Sequential([frozen])
print(np.array_equal(model.predict(np.array([[2, 7]]))[0], vectors[[2, 7]]))

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 取行的转置是“加到那一行”：一个词出现几次，它那一行就收到几份梯度之和；没有出现的词一点也收不到。

# %% [markdown] lang="en"
# ## Gradient check
#
# The transpose of taking a row is adding to that row: a word that occurs several times collects as many gradients, a word that does not occur gets none.

# %%
from tensorlearn.testing import gradcheck

layer = Embedding(5, 2)
x = np.array([[3, 1, 1], [1, 4, 3]])
layer(x)
gradcheck(layer, x, parameters=layer.trainable_weights)

print(tl.grad(layer(x).sum(), layer.embeddings)[:, 0])  # how often each word occurred

# %% [markdown] lang="zh"
# ## 常见错误
#
# **编号超出词表。** 最常见的原因是忘了加 1：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **An index beyond the table.** Most often the plus 1 was forgotten:

# %% tags=["raises-exception"]
Embedding(5, 2)(np.array([[1, 5]]))

# %% [markdown] lang="zh"
# **没有 `input_length` 就接 `Flatten` 和 `Dense`。** 长度未知，`Dense` 不知道要多少权重：

# %% [markdown] lang="en"
# **`Flatten` and `Dense` without `input_length`.** The length is unknown, so `Dense` cannot know how many weights it needs:

# %% tags=["raises-exception"]
Sequential([Embedding(5, 2), Flatten(), Dense(1)])

# %% [markdown] lang="zh"
# **喂进去的是向量。** 它要的是编号；独热向量会被读成一行 0 和 1 的编号，结果多出一个轴：

# %% [markdown] lang="en"
# **Feeding it vectors.** It wants indices; a one-hot vector is read as a row of indices 0 and 1, and the result has an axis too many:

# %%
print(Embedding(4, 2)(np.eye(4)[[2]]).shape, Embedding(4, 2)(np.array([2])).shape)

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `init`、`W_regularizer`、`W_constraint` 分别改名为 `embeddings_initializer`、`embeddings_regularizer`、`embeddings_constraint`：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# `init`, `W_regularizer` and `W_constraint` became `embeddings_initializer`, `embeddings_regularizer` and `embeddings_constraint`:

# %% tags=["both"]
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    Embedding(1000, 64, init="uniform", W_regularizer="l2", input_length=10)
print(caught[0].message)

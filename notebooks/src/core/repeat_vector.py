# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 1.7 RepeatVector：重复向量
#
# 把一个向量抄 $n$ 份，排成 $n$ 个时间步。有些网络先把整条序列读成一个向量，再从这个向量写出另一条序列，中间的桥就是它。
#
# ## 它算什么
#
# $$y_{n,t,d} = x_{n,d} \qquad (N, D) \to (N, T, D)$$
#
# $T$ 就是参数 `n`。每一步都一样，所以后面要接一个**有记忆**的层（循环层），各步才写得出不同的东西。

# %% [markdown] lang="en"
# # 1.7 RepeatVector: one vector, n times
#
# It copies a vector $n$ times and lines the copies up as $n$ time steps. Some networks read a whole sequence into one vector and then write another sequence from it; this is the bridge between the two halves.
#
# ## What it computes
#
# $$y_{n,t,d} = x_{n,d} \qquad (N, D) \to (N, T, D)$$
#
# $T$ is the argument `n`. All steps are alike; it takes a layer **with a memory** behind it, a recurrent one, to make something different of each.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import RepeatVector

RepeatVector(3)(np.array([[1.0, 2.0], [5.0, 6.0]]))

# %% [markdown] lang="zh"
# ## 看一看
#
# 上排：一个向量抄成 12 步，每步都一样。下排：随便一个没有训练过的 GRU 接在后面，每步就不同了，因为它记得自己走到了哪里。

# %% [markdown] lang="en"
# ## A picture
#
# On top a vector as 12 steps, all the same. Below, what any untrained GRU makes of them: every step differs, because it remembers how far it has come.

# %%
import matplotlib.pyplot as plt
from tensorlearn.layers import GRU

tl.set_seed(3)
steps = RepeatVector(12)(np.array([[0.9, -0.6, 0.3, -0.9]]))
states = GRU(4, return_sequences=True)(steps)
fig, axes = plt.subplots(2, 1, figsize=(6, 2.6), sharex=True)
for ax, values, title in zip(axes, [steps, states], ["RepeatVector(12)", "GRU"]):
    ax.imshow(values.numpy()[0].T, cmap="RdBu", vmin=-1, vmax=1, aspect="auto")
    ax.set(ylabel=title, yticks=[], xlabel="time" if ax is axes[1] else "")

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("RepeatVector")

# %% [markdown] lang="zh"
# ## 形状
#
# | | 形状 |
# |---|---|
# | 输入 | `(N, D)`，必须是两个轴 |
# | 输出 | `(N, n, D)` |
#
# 原文档把 $N$ 写作 `nb_samples`，把 $D$ 写作 `features`，是同一回事。

# %% [markdown] lang="en"
# ## Shapes
#
# | | shape |
# |---|---|
# | input | `(N, D)`, two axes, no more |
# | output | `(N, n, D)` |
#
# The original document calls $N$ `nb_samples` and $D$ `features`, which is the same.

# %%
layer = RepeatVector(5)
print(layer.compute_output_shape((None, 8)), layer(np.zeros((2, 8))).shape)

# %% [markdown] lang="zh"
# ## 例子
#
# 32 个数经过一个全连接层，再抄三份：

# %% [markdown] lang="en"
# ## Example
#
# Thirty-two numbers through a dense layer, then three copies:

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Dense

model = Sequential([Dense(32, input_dim=32)])
print(model.output_shape)
model.add(RepeatVector(3))
print(model.output_shape)

# %% [markdown] lang="zh"
# ### 倒着念
#
# 读四个字母，记成一个 32 维的向量，再从后往前念出来。左半边（编码器）把序列收成一个向量，`RepeatVector` 把它交给每一步，右半边（解码器）一步一步地写：

# %% [markdown] lang="en"
# ### Saying it backwards
#
# Read four letters, keep them in a vector of 32 numbers, and say them in reverse. The left half, the encoder, turns the sequence into a vector; `RepeatVector` hands it to every step; the right half, the decoder, writes step by step:

# %%
from tensorlearn.layers import TimeDistributed

tl.set_seed(0)
rng = np.random.default_rng(0)
letters = rng.integers(0, 4, (1000, 4))
x, y = np.eye(4)[letters], letters[:, ::-1, None]

model = Sequential()
model.add(GRU(32, input_shape=(4, 4)))  # (N, 4, 4) -> (N, 32)
model.add(RepeatVector(4))  # (N, 32) -> (N, 4, 32)
model.add(GRU(32, return_sequences=True))
model.add(TimeDistributed(Dense(4, activation="softmax")))
model.compile(tl.optimizers.Adam(0.02), "sparse_categorical_crossentropy", ["accuracy"])
model.fit(x[:800], y[:800], epochs=20, batch_size=64, verbose=0)
print("accuracy", round(model.evaluate(x[800:], y[800:], verbose=0)[1], 3))

for word, said in zip(letters[800:803], model.predict(x[800:803]).argmax(-1)):
    print("".join("ABCD"[k] for k in word), "->", "".join("ABCD"[k] for k in said))

# %% [markdown] lang="zh"
# ## 梯度检查
#
# $$\frac{\partial L}{\partial x_{n,d}} = \sum_t g_{n,t,d}$$
#
# 一个数用在 $T$ 处，就收回 $T$ 份梯度，加在一起。**重复的反面是求和**，这是广播的普遍规律，见[广播与反广播](../autograd/broadcasting.md)：

# %% [markdown] lang="en"
# ## Gradient check
#
# $$\frac{\partial L}{\partial x_{n,d}} = \sum_t g_{n,t,d}$$
#
# A number that is used in $T$ places gets $T$ gradients back, added up. **To repeat and to sum are each other's reverse**: a rule of all broadcasting, see [Broadcasting, and back](../autograd/broadcasting.md):

# %%
from tensorlearn.testing import gradcheck

gradcheck(RepeatVector(3), rng.normal(size=(2, 4)))

t = tl.Tensor([[1.0, 2.0]], requires_grad=True)
g = np.array([[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]])
tl.grad((RepeatVector(3)(t) * g).sum(), t)

# %% [markdown] lang="zh"
# ## 常见错误
#
# **输入已经是序列。** 要抄的是一个向量，不是一串；前面的循环层不要写 `return_sequences=True`：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **The input is a sequence already.** What is copied is one vector; do not set `return_sequences=True` in the recurrent layer before it:

# %% tags=["raises-exception"]
Sequential([GRU(8, return_sequences=True, input_shape=(4, 4)), RepeatVector(4)])

# %% [markdown] lang="zh"
# **次数不是正整数。** Keras 2.2.4 不检查，这里当场就说：

# %% [markdown] lang="en"
# **The count is no positive integer.** Keras 2.2.4 does not check; here you are told at once:

# %% tags=["raises-exception"]
RepeatVector(0)

# %% [markdown] lang="zh"
# **后面接的层没有记忆。** 这不会报错：`TimeDistributed(Dense(...))` 直接接在 `RepeatVector` 后面，每一步的输入相同，输出也必然相同。
#
# ## Keras 1 写法
#
# 没有变化，参数一直叫 `n`。

# %% [markdown] lang="en"
# **The layer behind it has no memory.** This raises nothing: put `TimeDistributed(Dense(...))` straight behind `RepeatVector`, and since all steps get the same they all give the same.
#
# ## Keras 1 spelling
#
# Nothing changed: the argument has always been `n`.

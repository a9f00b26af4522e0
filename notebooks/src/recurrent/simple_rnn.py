# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 5.2 SimpleRNN：最简单的循环
#
# 把新输入与旧状态各乘一个矩阵，相加，过 `tanh`，就是新状态。它短小得可以手算，也短小得记不住太久以前的事。
#
# ## 它算什么
#
# $$h_t = \tanh(x_t\,W + h_{t-1}\,U + b) \qquad (N, T, D) \to (N, U)$$
#
# | 权重 | 形状 | 初始化 |
# |---|---|---|
# | $W$，`kernel` | $(D, U)$ | `glorot_uniform` |
# | $U$，`recurrent_kernel` | $(U, U)$ | `orthogonal` |
# | $b$，`bias` | $(U,)$ | `zeros` |
#
# 为什么状态的矩阵用正交初始化？正交矩阵不改变向量的长度，乘一百次也不改变；随机的矩阵乘一百次，不是爆炸就是消失。
#
# !!! note "更正"
#     原文档说 `dropout_W` 断开的是“到输入门的连接”，但这一层没有门，那是从 LSTM 抄来的说法。它丢弃的是输入，同一个序列的每一步丢同样的位置。

# %% [markdown] lang="en"
# # 5.2 SimpleRNN: the simplest loop
#
# Multiply the new input and the old state by a matrix each, add, apply `tanh`, and there is the new state. It is short enough to work out by hand, and too short to remember things from long ago.
#
# ## What it computes
#
# $$h_t = \tanh(x_t\,W + h_{t-1}\,U + b) \qquad (N, T, D) \to (N, U)$$
#
# | weight | shape | starts as |
# |---|---|---|
# | $W$, `kernel` | $(D, U)$ | `glorot_uniform` |
# | $U$, `recurrent_kernel` | $(U, U)$ | `orthogonal` |
# | $b$, `bias` | $(U,)$ | `zeros` |
#
# Why does the matrix of the state start orthogonal? Such a matrix leaves the length of a vector alone, even after a hundred products; a random one makes it explode or vanish.
#
# !!! note "Correction"
#     The original document says that `dropout_W` cuts connections "to the input gate". This layer has no gates; the phrase was copied from the LSTM. What is dropped is inputs, the same ones at every step of a sequence.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import SimpleRNN

layer = SimpleRNN(1, return_sequences=True)
x = np.array([[[1.0], [0.0], [0.0]]])
layer(x)
layer.set_weights([np.array([[2.0]]), np.array([[0.5]]), np.array([0.1])])
print(layer(x).numpy().ravel())

h = 0.0
for step in (1.0, 0.0, 0.0):
    h = np.tanh(2.0 * step + 0.5 * h + 0.1)
    print(h.round(7), end=" ")

# %% [markdown] lang="zh"
# ## 看一看
#
# 最后一步对第 $t$ 步输入的梯度有多大？从后往前，每退一步就乘一次 $U$ 和 `tanh` 的斜率。状态矩阵稍小，远处的梯度就消失；稍大，又会爆炸或被 `tanh` 压平。

# %% [markdown] lang="en"
# ## A picture
#
# How large is the gradient of the last step with respect to the input at step $t$? Going back, every step multiplies it by $U$ and by the slope of `tanh`. A state matrix a little too small, and distant gradients vanish; a little too large, and they explode or are flattened by `tanh`.

# %%
import matplotlib.pyplot as plt
from tensorlearn import Tensor

tl.set_seed(0)
layer = SimpleRNN(32)
inputs = Tensor(
    0.1 * np.random.default_rng(0).normal(size=(1, 60, 4)), requires_grad=True
)
layer(inputs)
kernel, recurrent, bias = layer.get_weights()

fig, ax = plt.subplots(figsize=(6.5, 2.4))
for scale in (0.7, 1.0, 1.3):
    layer.set_weights([kernel, scale * recurrent, bias])
    slope = tl.grad((layer(inputs) ** 2).sum(), inputs)
    ax.semilogy(np.linalg.norm(slope[0], axis=-1), label=f"{scale} U")
ax.legend()
ax.set_xlabel("t")
ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("SimpleRNN")

# %% [markdown] lang="zh"
# ## 形状
#
# 输入 `(N, T, D)`；输出 `(N, units)`，或 `return_sequences=True` 时的 `(N, T, units)`。权重共 $(D + U + 1) \cdot U$ 个。

# %% [markdown] lang="en"
# ## Shapes
#
# Input `(N, T, D)`; output `(N, units)`, or `(N, T, units)` with `return_sequences=True`. There are $(D + U + 1) \cdot U$ weights.

# %%
layer = SimpleRNN(16, return_sequences=True)
print(layer.compute_output_shape((None, None, 8)), layer(np.zeros((2, 5, 8))).shape)
print(layer.count_params(), (8 + 16 + 1) * 16)

# %% [markdown] lang="zh"
# ## 例子
#
# 给一串 0 和 1，问 1 的个数是奇是偶。这件事不能只看最后几位，必须一步步记着：

# %% [markdown] lang="en"
# ## Example
#
# Given a row of bits, is the number of ones odd? Looking at the last few is no help, one has to keep count:

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Dense

tl.set_seed(1)
bits = np.random.default_rng(0).integers(0, 2, (1000, 6, 1))
odd = bits.sum(axis=1) % 2
model = Sequential([SimpleRNN(12, input_shape=(6, 1)), Dense(1, activation="sigmoid")])
model.compile(tl.optimizers.Adam(0.02), "binary_crossentropy", ["accuracy"])
model.fit(bits[:800], odd[:800], batch_size=40, epochs=25, verbose=0)
print(f"accuracy {model.evaluate(bits[800:], odd[800:], verbose=0)[1]:.2f}")

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 沿时间往回走：$\delta_t = (g_t + \delta_{t+1} U^\top) \odot (1 - h_t^2)$，于是 $\partial L/\partial W = \sum_t x_t^\top \delta_t$，$\partial L/\partial U = \sum_t h_{t-1}^\top \delta_t$。用 NumPy 写出来与引擎对照：

# %% [markdown] lang="en"
# ## Gradient check
#
# Back along time, $\delta_t = (g_t + \delta_{t+1} U^\top) \odot (1 - h_t^2)$, and so $\partial L/\partial W = \sum_t x_t^\top \delta_t$ and $\partial L/\partial U = \sum_t h_{t-1}^\top \delta_t$. Here it is in NumPy, held against the engine:

# %%
from tensorlearn.testing import gradcheck

rng = np.random.default_rng(0)
layer = SimpleRNN(3, return_sequences=True)
x = rng.normal(size=(2, 4, 2)).astype("float32")
h = layer(x).numpy()
gradcheck(layer, x, parameters=layer.trainable_weights)

W, U, b = layer.get_weights()
delta, slope = np.zeros((2, 3)), np.zeros((3, 3))
for t in (3, 2, 1, 0):
    delta = (1.0 + delta @ U.T) * (1 - h[:, t] ** 2)
    slope += (h[:, t - 1] if t else np.zeros((2, 3))).T @ delta
print(
    np.allclose(tl.grad(layer(x).sum(), layer.cell.recurrent_kernel), slope, atol=1e-5)
)

# %% [markdown] lang="zh"
# ## 常见错误
#
# **输入少了时间轴：**

# %% [markdown] lang="en"
# ## Common mistakes
#
# **An input without an axis of time:**

# %% tags=["raises-exception"]
SimpleRNN(4)(np.zeros((2, 8)))

# %% [markdown] lang="zh"
# **特征数变了：**

# %% [markdown] lang="en"
# **Another number of features:**

# %% tags=["raises-exception"]
layer(np.zeros((2, 4, 5)))

# %% [markdown] lang="zh"
# **丢弃的比例写成 1。** 那就什么也不剩：

# %% [markdown] lang="en"
# **Dropping everything:**

# %% tags=["raises-exception"]
SimpleRNN(4, dropout=1.0)

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# 一张对照表：`output_dim` 是 `units`，`init` 是 `kernel_initializer`，`inner_init` 是 `recurrent_initializer`，`dropout_W` 是 `dropout`，`dropout_U` 是 `recurrent_dropout`。

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# In short: `output_dim` is `units`, `init` is `kernel_initializer`, `inner_init` is `recurrent_initializer`, `dropout_W` is `dropout` and `dropout_U` is `recurrent_dropout`.

# %% tags=["both"]
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    SimpleRNN(output_dim=8, inner_init="orthogonal", dropout_W=0.2, dropout_U=0.1)
print(caught[0].message)

# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 5.3 LSTM：长短期记忆
#
# `LSTM` 在状态旁边另开一条通道：记忆 $c$ 沿时间直着走，只被三道门轻轻改动。记得久，靠的就是这条直路。
#
# ## 它算什么
#
# $$
# \begin{aligned}
# i_t &= \sigma(x_t W_i + h_{t-1} U_i + b_i) \\
# f_t &= \sigma(x_t W_f + h_{t-1} U_f + b_f) \\
# \tilde c_t &= \tanh(x_t W_c + h_{t-1} U_c + b_c) \\
# o_t &= \sigma(x_t W_o + h_{t-1} U_o + b_o) \\
# c_t &= f_t \odot c_{t-1} + i_t \odot \tilde c_t \\
# h_t &= o_t \odot \tanh(c_t)
# \end{aligned}
# $$
#
# 输入门 $i$ 说“写多少”，遗忘门 $f$ 说“留多少”，输出门 $o$ 说“露多少”。门的 $\sigma$ 默认是 `hard_sigmoid`，即 $\mathrm{clip}(0.2x + 0.5,\ 0,\ 1)$，与 Keras 2.2.4 相同。形状：$(N, T, D) \to (N, U)$。
#
# 四组权重并排存放，次序是 $i, f, c, o$：`kernel` 是 $(D, 4U)$，`recurrent_kernel` 是 $(U, 4U)$，`bias` 是 $(4U,)$。
#
# 遗忘门的偏置从 1 开始：一开始先记住，要忘的以后再学（Jozefowicz 等，2015）。
#
# !!! note "更正"
#     原文档的 `forget_bias_init` 是一个初始化器。Keras 2.2.4 只认 `'one'`，别的写法一律不理；这里照原文档的意思办：给什么初始化器，遗忘门的偏置就用什么。

# %% [markdown] lang="en"
# # 5.3 LSTM: long short-term memory
#
# An `LSTM` opens a second channel next to its state: the memory $c$ runs straight through time and is only touched by three gates. That straight line is why it remembers.
#
# ## What it computes
#
# $$
# \begin{aligned}
# i_t &= \sigma(x_t W_i + h_{t-1} U_i + b_i) \\
# f_t &= \sigma(x_t W_f + h_{t-1} U_f + b_f) \\
# \tilde c_t &= \tanh(x_t W_c + h_{t-1} U_c + b_c) \\
# o_t &= \sigma(x_t W_o + h_{t-1} U_o + b_o) \\
# c_t &= f_t \odot c_{t-1} + i_t \odot \tilde c_t \\
# h_t &= o_t \odot \tanh(c_t)
# \end{aligned}
# $$
#
# The input gate $i$ says how much is written, the forget gate $f$ how much is kept, the output gate $o$ how much is shown. By default the $\sigma$ of the gates is `hard_sigmoid`, that is $\mathrm{clip}(0.2x + 0.5,\ 0,\ 1)$, as in Keras 2.2.4. Shapes: $(N, T, D) \to (N, U)$.
#
# The four sets of weights lie side by side in the order $i, f, c, o$: `kernel` is $(D, 4U)$, `recurrent_kernel` is $(U, 4U)$ and `bias` is $(4U,)$.
#
# The bias of the forget gate starts at 1: remember first, learn later what to forget (Jozefowicz et al. 2015).
#
# !!! note "Correction"
#     In the original document `forget_bias_init` is an initializer. Keras 2.2.4 understands `'one'` and ignores everything else; here it means what the original says: whatever initializer you give starts the bias of the forget gate.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import LSTM

tl.set_seed(0)
layer = LSTM(3)
print(layer(np.zeros((1, 5, 2))).shape)
for weight in layer.weights:
    print(weight.name, weight.shape)
print(layer.get_weights()[2])

# %% [markdown] lang="zh"
# ## 看一看
#
# 把门固定在不同的位置，看记忆 $c$ 怎样保留一次脉冲。遗忘门全开，一百步之后还在；开到 0.9，二十步就没了。

# %% [markdown] lang="en"
# ## A picture
#
# Hold the forget gate at a fixed opening and watch what the memory $c$ keeps of a pulse. Fully open, it is still there after a hundred steps; at 0.9 it is gone after twenty.

# %%
import matplotlib.pyplot as plt

pulse = np.zeros((1, 100, 1), "float32")
pulse[0, 5] = 1
cell = LSTM(1, return_sequences=True)
cell(pulse)
fig, ax = plt.subplots(figsize=(7, 2.3))
for opening in (0.9, 0.97, 1.0):
    gate = (opening - 0.5) / 0.2  # the hard sigmoid, inverted
    kernel = np.array([[10.0, 0.0, 2.0, 0.0]])  # i, f, c, o
    cell.set_weights([kernel, np.zeros((1, 4)), np.array([-5.0, gate, 0.0, 5.0])])
    ax.plot(cell(pulse).numpy().ravel(), label=f"f = {opening}")
ax.legend()
ax.set_xlabel("t")
ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("LSTM")

# %% [markdown] lang="zh"
# ## 形状
#
# | 设置 | 输出 |
# |---|---|
# | 默认 | `(N, units)` |
# | `return_sequences=True` | `(N, T, units)` |
# | `return_state=True` | `[y, h, c]`，两个状态都是 `(N, units)` |
#
# 权重共 $4(D + U + 1)U$ 个，正好是 `SimpleRNN` 的四倍。

# %% [markdown] lang="en"
# ## Shapes
#
# | setting | output |
# |---|---|
# | default | `(N, units)` |
# | `return_sequences=True` | `(N, T, units)` |
# | `return_state=True` | `[y, h, c]`, both states `(N, units)` |
#
# There are $4(D + U + 1)U$ weights, exactly four times those of `SimpleRNN`.

# %%
layer = LSTM(16, return_state=True)
print([part.shape for part in layer(np.zeros((2, 5, 8)))])
print(layer.count_params(), 4 * (8 + 16 + 1) * 16)

# %% [markdown] lang="zh"
# ## 例子
#
# 记住开头、忽略中间的三十步噪声，最后再说出来。`SimpleRNN` 与 `LSTM` 各试一次：

# %% [markdown] lang="en"
# ## Example
#
# Remember the first number through thirty steps of noise and report it at the end. `SimpleRNN` and `LSTM` have a go each:

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Dense, SimpleRNN

rng = np.random.default_rng(0)
x = 0.5 * rng.normal(size=(600, 30, 1))
y = rng.integers(0, 2, (600, 1))
x[:, 0] = 2 * y - 1
for kind in (SimpleRNN, LSTM):
    tl.set_seed(0)
    model = Sequential([kind(16, input_shape=(30, 1)), Dense(1, activation="sigmoid")])
    model.compile(tl.optimizers.Adam(0.01), "binary_crossentropy", ["accuracy"])
    model.fit(x[:500], y[:500], batch_size=50, epochs=12, verbose=0)
    print(f"{kind.__name__:10} {model.evaluate(x[500:], y[500:], verbose=0)[1]:.2f}")

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 记忆的梯度沿时间只乘遗忘门：$\partial c_t / \partial c_{t-1} = f_t$（再加上经过 $h$ 的部分）。$f \approx 1$ 时梯度几乎原样通过，这正是 `SimpleRNN` 做不到的。

# %% [markdown] lang="en"
# ## Gradient check
#
# Along time the gradient of the memory is only multiplied by the forget gate, $\partial c_t / \partial c_{t-1} = f_t$ (plus what goes through $h$). With $f \approx 1$ it passes almost unchanged, which is what `SimpleRNN` cannot offer.

# %%
from tensorlearn.testing import gradcheck

layer = LSTM(2, return_sequences=True)
sample = rng.normal(size=(2, 4, 3))
layer(sample)
gradcheck(layer, sample, parameters=layer.trainable_weights)

# %% [markdown] lang="zh"
# 这里的 `LSTM` 是整段序列一次算完的快写法，它的往回公式与逐步的写法应当一致：

# %% [markdown] lang="en"
# Behind this `LSTM` is a fast form that takes the whole sequence at once; walking the cell step by step must give the same:

# %%
from tensorlearn.layers import RNN, LSTMCell

slow = RNN(LSTMCell(2), return_sequences=True)
slow(sample)
slow.set_weights(layer.get_weights())
print(np.allclose(slow(sample).numpy(), layer(sample).numpy(), atol=1e-6))

# %% [markdown] lang="zh"
# ## 常见错误
#
# **从别处搬来的权重次序不同。** PyTorch 的次序是 $i, f, g, o$，名字不同而次序恰好一样，但它的矩阵是转置的，偏置有两个。形状一看便知：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **Weights from elsewhere in another layout.** PyTorch has the gates in the order $i, f, g, o$, which happens to agree, but its matrices are transposed and it has two biases. The shapes tell:

# %% tags=["raises-exception"]
layer.set_weights([np.zeros((8, 3)), np.zeros((8, 2)), np.zeros(8)])

# %% [markdown] lang="zh"
# **每一步都要预测，却忘了 `return_sequences=True`：**

# %% [markdown] lang="en"
# **A prediction for every step, without `return_sequences=True`:**

# %% tags=["raises-exception"]
model = Sequential([LSTM(4, input_shape=(10, 3)), Dense(1)])
model.compile("adam", "mse")
model.fit(np.zeros((8, 10, 3)), np.zeros((8, 10, 1)), verbose=0)

# %% [markdown] lang="zh"
# **初始状态只给了一个。** `LSTM` 有两个，$h$ 和 $c$：

# %% [markdown] lang="en"
# **One initial state.** An `LSTM` has two, $h$ and $c$:

# %% tags=["raises-exception"]
layer(sample, initial_state=[np.zeros((2, 2))])

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `inner_activation` 改名为 `recurrent_activation`，`forget_bias_init="one"` 改成了 `unit_forget_bias=True`：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# `inner_activation` became `recurrent_activation`, and `forget_bias_init="one"` became `unit_forget_bias=True`:

# %% tags=["both"]
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    LSTM(output_dim=8, inner_activation="hard_sigmoid", forget_bias_init="one")
print(caught[0].message)

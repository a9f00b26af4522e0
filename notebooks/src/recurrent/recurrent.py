# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 5.1 Recurrent：循环层的共同之处
#
# 循环层一步一步读序列，每读一步就更新自己的状态。三种循环层只在“怎样更新”上不同；这一页讲它们共有的部分：返回什么、状态从哪里来到哪里去。
#
# ## 它算什么
#
# $$h_t = \text{cell}(x_t,\ h_{t-1}), \qquad h_{-1} = 0 \qquad (N, T, D) \to (N, U)$$
#
# 一步里发生什么，由**单元**（cell）决定；`RNN` 只负责沿时间走。`SimpleRNN(8)` 就是 `RNN(SimpleRNNCell(8))`，[LSTM](../recurrent/lstm.md) 和 [GRU](../recurrent/gru.md) 同理。
#
# 所有的步共用同一套权重，所以权重的个数与序列的长度无关，同一个层既能读 5 步，也能读 500 步。
#
# !!! note "更正"
#     原文档把 `Recurrent` 叫作抽象层。在 Keras 2 里，`SimpleRNN`、`LSTM`、`GRU` 继承的是可以直接使用的 `RNN`；这里的 `Recurrent` 只作为旧名字保留，单独使用会说明原因。

# %% [markdown] lang="en"
# # 5.1 Recurrent: what recurrent layers share
#
# A recurrent layer reads a sequence step by step and updates its state at each. The three kinds differ in the update alone; this page is about everything else: what they return, and where the state comes from and goes to.
#
# ## What it computes
#
# $$h_t = \text{cell}(x_t,\ h_{t-1}), \qquad h_{-1} = 0 \qquad (N, T, D) \to (N, U)$$
#
# What happens in a step is up to the **cell**; all `RNN` does is walk along time. `SimpleRNN(8)` is `RNN(SimpleRNNCell(8))`, and so on for [LSTM](../recurrent/lstm.md) and [GRU](../recurrent/gru.md).
#
# All steps use the same weights. Their number therefore has nothing to do with the length of the sequence, and one layer reads 5 steps as well as 500.
#
# !!! note "Correction"
#     The original document calls `Recurrent` an abstract layer. In Keras 2 `SimpleRNN`, `LSTM` and `GRU` descend from `RNN`, which can be used as it is; here `Recurrent` is kept as an old name only, and says so when it is used alone.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import RNN, SimpleRNN, SimpleRNNCell

x = np.random.default_rng(0).normal(size=(2, 5, 3))
for layer in (SimpleRNN(4), SimpleRNN(4, return_sequences=True), RNN(SimpleRNNCell(4))):
    print(layer(x).shape)

# %% [markdown] lang="zh"
# 自己写一个单元也很容易，只要说出状态有多大、一步做什么。下面这个单元数出到目前为止有几个正数：

# %% [markdown] lang="en"
# Writing a cell of one's own is easy: say how large the state is and what one step does. This one counts the positive numbers so far:

# %%
from tensorlearn.layers import Layer


class Counter(Layer):
    state_size = 1

    def call(self, inputs, states):
        count = states[0] + tl.backend.cast(inputs > 0, "float32")
        return count, [count]


signal = np.array([1, -2, 3, 4, -5], "float32").reshape(1, 5, 1)
print(RNN(Counter(), return_sequences=True)(signal).numpy().ravel())

# %% [markdown] lang="zh"
# ## 看一看
#
# 同一个循环层读一段脉冲：状态在脉冲处跳起，然后慢慢忘记。圆点是不写 `return_sequences` 时得到的那一个数。

# %% [markdown] lang="en"
# ## A picture
#
# A recurrent layer reads two pulses: the state jumps, then slowly forgets. The dot is the one number that is left without `return_sequences`.

# %%
import matplotlib.pyplot as plt

pulses = np.zeros((1, 40, 1), "float32")
pulses[0, [5, 20], 0] = 1
memory = SimpleRNN(1, return_sequences=True)
memory(pulses)
fig, ax = plt.subplots(figsize=(7, 2.2))
for decay in (0.5, 0.8, 0.95):
    memory.set_weights([np.ones((1, 1)), np.full((1, 1), decay), np.zeros(1)])
    h = memory(pulses).numpy().ravel()
    ax.plot(h, label=f"U = {decay}")
    ax.plot(39, h[-1], "ko", markersize=4)
ax.bar(np.arange(40), pulses.ravel() * 0.3, color="lightgrey")
ax.legend()
ax.set_xlabel("t")
ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# ## 参数
#
# `return_sequences` 与 `return_state` 决定返回什么；`go_backwards` 从后往前读；`stateful` 让状态跨批延续。

# %% [markdown] lang="en"
# ## Arguments
#
# `return_sequences` and `return_state` decide what is returned, `go_backwards` reads from the end, and `stateful` carries the state from batch to batch.

# %% tags=["both"]
tl.help("RNN")

# %% [markdown] lang="zh"
# ## 形状
#
# | 设置 | 输出 |
# |---|---|
# | 默认 | `(N, units)`，最后一步的输出 |
# | `return_sequences=True` | `(N, T, units)`，每一步的输出 |
# | `return_state=True` | 一个列表：输出，再加上各个状态 `(N, units)` |
#
# 输入总是 `(N, T, D)`，$T$ 可以是 `None`。

# %% [markdown] lang="en"
# ## Shapes
#
# | setting | output |
# |---|---|
# | default | `(N, units)`, the output of the last step |
# | `return_sequences=True` | `(N, T, units)`, the output of every step |
# | `return_state=True` | a list: the output, then each state `(N, units)` |
#
# The input is always `(N, T, D)`, and $T$ may be `None`.

# %%
layer = SimpleRNN(4, return_sequences=True, return_state=True)
sequence, state = layer(x)
print(
    sequence.shape, state.shape, np.array_equal(sequence.numpy()[:, -1], state.numpy())
)

# %% [markdown] lang="zh"
# ## 例子
#
# 叠起来时，除最后一层外都要 `return_sequences=True`：

# %% [markdown] lang="en"
# ## Example
#
# In a stack all but the last layer need `return_sequences=True`:

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Dense

model = Sequential()
model.add(SimpleRNN(16, return_sequences=True, input_shape=(None, 3)))
model.add(SimpleRNN(16))
model.add(Dense(1))
for steps in (5, 50):
    print(model.predict(np.zeros((2, steps, 3))).shape)

# %% [markdown] lang="zh"
# `go_backwards=True` 从后往前读，输出的次序也是反的：

# %% [markdown] lang="en"
# `go_backwards=True` reads from the end, and the outputs come in that order, too:

# %%
back = RNN(Counter(), return_sequences=True, go_backwards=True)
print(back(signal).numpy().ravel())

# %% [markdown] lang="zh"
# `stateful=True` 把长序列切成几批来读：上一批第 $i$ 个样本的末状态，是下一批第 $i$ 个样本的初状态。批的大小因此要固定，`fit` 时要 `shuffle=False`，读新的序列之前要 `reset_states()`。

# %% [markdown] lang="en"
# `stateful=True` lets a long sequence be read in pieces: the last state of sample $i$ is the first state of sample $i$ in the next batch. The batch size must be fixed, `fit` wants `shuffle=False`, and `reset_states()` starts a new sequence.

# %%
whole = np.random.default_rng(1).normal(size=(1, 6, 3))
stateful = Sequential([SimpleRNN(4, stateful=True, batch_input_shape=(1, 3, 3))])
plain = Sequential([SimpleRNN(4, input_shape=(6, 3))])
plain.set_weights(stateful.get_weights())

stateful.predict(whole[:, :3])
in_two = stateful.predict(whole[:, 3:])
print(np.allclose(in_two, plain.predict(whole)))
stateful.reset_states()

# %% [markdown] lang="zh"
# 状态也可以从外面给，编码器把句子读成一个状态、解码器由它开始，就是这样做的：

# %% [markdown] lang="en"
# The state can also come from outside. That is how a decoder starts from the state to which an encoder has reduced a sentence:

# %%
encoder = SimpleRNN(4, return_state=True)
decoder = SimpleRNN(4, return_sequences=True)
_, state = encoder(x)
print(decoder(np.zeros((2, 7, 3)), initial_state=[state]).shape)

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 权重在每一步都用到，梯度是各步之和；第 $t$ 步的梯度要穿过之后的所有步，这叫**沿时间的反向传播**：
#
# $$\frac{\partial L}{\partial h_t} = g_t + \left(\frac{\partial h_{t+1}}{\partial h_t}\right)^{\!\top} \frac{\partial L}{\partial h_{t+1}}$$

# %% [markdown] lang="en"
# ## Gradient check
#
# The weights are used at every step and collect the sum of the gradients. That of step $t$ has to pass through all the steps behind it; this is **backpropagation through time**:
#
# $$\frac{\partial L}{\partial h_t} = g_t + \left(\frac{\partial h_{t+1}}{\partial h_t}\right)^{\!\top} \frac{\partial L}{\partial h_{t+1}}$$

# %%
from tensorlearn.testing import gradcheck

layer = SimpleRNN(2, return_sequences=True)
layer(x)
gradcheck(layer, x, parameters=layer.trainable_weights)

# %% [markdown] lang="zh"
# ## 常见错误
#
# **叠层时忘了 `return_sequences=True`。** 第二层等着一个序列，来的却是一个向量：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **A stack without `return_sequences=True`.** The second layer waits for a sequence and gets a vector:

# %% tags=["raises-exception"]
Sequential([SimpleRNN(16, input_shape=(10, 3)), SimpleRNN(16)])

# %% [markdown] lang="zh"
# **`stateful=True` 却没有说批有多大：**

# %% [markdown] lang="en"
# **`stateful=True` without a batch size:**

# %% tags=["raises-exception"]
Sequential([SimpleRNN(4, stateful=True, input_shape=(10, 3))])

# %% [markdown] lang="zh"
# **没有状态却要清除：**

# %% [markdown] lang="en"
# **Resetting a layer that keeps nothing:**

# %% tags=["raises-exception"]
SimpleRNN(4).reset_states()

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `consume_less="cpu"`、`"mem"`、`"gpu"` 改成了 `implementation` 的数字，结果处处相同；`input_dim` 和 `input_length` 合成 `input_shape`：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# `consume_less="cpu"`, `"mem"` or `"gpu"` became a number, `implementation`, and they all give the same results; `input_dim` and `input_length` became `input_shape`:

# %% tags=["both"]
import warnings
from tensorlearn.layers import LSTM

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    LSTM(output_dim=8, consume_less="mem", input_dim=3, input_length=10)
for warning in caught:
    print(warning.message)

# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 5.4 GRU：门控循环单元
#
# `GRU` 把 LSTM 的三道门减成两道，把两个状态并成一个：权重少四分之一，多数时候一样好用。
#
# ## 它算什么
#
# $$
# \begin{aligned}
# z_t &= \sigma(x_t W_z + h_{t-1} U_z + b_z) \\
# r_t &= \sigma(x_t W_r + h_{t-1} U_r + b_r) \\
# \tilde h_t &= \tanh(x_t W_h + (r_t \odot h_{t-1})\, U_h + b_h) \\
# h_t &= z_t \odot h_{t-1} + (1 - z_t) \odot \tilde h_t
# \end{aligned}
# $$
#
# 更新门 $z$ 在旧状态与新内容之间调配：$z = 1$ 时原样保留，$z = 0$ 时全部换新。重置门 $r$ 决定新内容要不要参考过去。形状：$(N, T, D) \to (N, U)$。
#
# 三组权重并排存放，次序是 $z, r, h$。`reset_after=True` 先乘 $U_h$ 再乘 $r$，那是另一些库的做法；默认与 Keras 2.2.4 相同，先乘 $r$。
#
# !!! note "更正"
#     原文档提到循环层有三种，却没有给出 `GRU` 的签名；内容依 Keras 2.2.4 补全。

# %% [markdown] lang="en"
# # 5.4 GRU: the gated recurrent unit
#
# A `GRU` makes two gates of the LSTM's three and one state of its two: a quarter fewer weights, and mostly just as good.
#
# ## What it computes
#
# $$
# \begin{aligned}
# z_t &= \sigma(x_t W_z + h_{t-1} U_z + b_z) \\
# r_t &= \sigma(x_t W_r + h_{t-1} U_r + b_r) \\
# \tilde h_t &= \tanh(x_t W_h + (r_t \odot h_{t-1})\, U_h + b_h) \\
# h_t &= z_t \odot h_{t-1} + (1 - z_t) \odot \tilde h_t
# \end{aligned}
# $$
#
# The update gate $z$ mixes old and new: $z = 1$ keeps everything, $z = 0$ replaces everything. The reset gate $r$ says whether the new content takes the past into account. Shapes: $(N, T, D) \to (N, U)$.
#
# The three sets of weights lie side by side in the order $z, r, h$. `reset_after=True` multiplies by $U_h$ before $r$, as some libraries do; the default is that of Keras 2.2.4, $r$ first.
#
# !!! note "Correction"
#     The original document speaks of three recurrent layers and gives no signature for `GRU`; what is said here follows Keras 2.2.4.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import GRU, LSTM, SimpleRNN

x = np.zeros((1, 5, 8))
for kind in (SimpleRNN, GRU, LSTM):
    layer = kind(16)
    layer(x)
    print(f"{kind.__name__:10} {layer.count_params():5} weights")

# %% [markdown] lang="zh"
# ## 看一看
#
# 更新门就是“惯性”。同一串忽高忽低的输入，$z$ 越大，状态走得越慢、越平：它成了一个会自己决定窗长的移动平均。

# %% [markdown] lang="en"
# ## A picture
#
# The update gate is inertia. Under the same jumpy input, a larger $z$ makes the state slower and smoother: a moving average that decides on its own window.

# %%
import matplotlib.pyplot as plt

rng = np.random.default_rng(0)
target = np.repeat([0.8, -0.6, 0.5], 40)
signal = (np.arctanh(target) + 0.4 * rng.normal(size=120)).reshape(1, 120, 1)
layer = GRU(1, return_sequences=True)
layer(signal)
fig, ax = plt.subplots(figsize=(7, 2.3))
ax.plot(np.tanh(signal.ravel()), color="lightgrey", linewidth=0.8)
for z in (0.5, 0.9):
    bias = np.array([(z - 0.5) / 0.2, 5.0, 0.0])  # z, r, h
    layer.set_weights([np.array([[0.0, 0.0, 1.0]]), np.zeros((1, 3)), bias])
    ax.plot(layer(signal).numpy().ravel(), label=f"z = {z}")
ax.legend()
ax.set_xlabel("t")
ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("GRU")

# %% [markdown] lang="zh"
# ## 形状
#
# 输入 `(N, T, D)`；输出 `(N, units)`，或 `return_sequences=True` 时的 `(N, T, units)`。状态只有一个，`(N, units)`。权重共 $3(D + U + 1)U$ 个；`reset_after=True` 时偏置有两行。

# %% [markdown] lang="en"
# ## Shapes
#
# Input `(N, T, D)`; output `(N, units)`, or `(N, T, units)` with `return_sequences=True`. There is one state, `(N, units)`, and $3(D + U + 1)U$ weights; with `reset_after=True` the bias has two rows.

# %%
for after in (False, True):
    layer = GRU(16, reset_after=after)
    layer(np.zeros((2, 5, 8)))
    print(after, [weight.shape for weight in layer.weights])

# %% [markdown] lang="zh"
# ## 例子
#
# 预测波形的下一个值，然后让它自己接着唱：

# %% [markdown] lang="en"
# ## Example
#
# Predict the next value of a wave, then let the network go on singing by itself:

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Dense

tl.set_seed(0)
t = np.arange(600)
wave = np.sin(t / 4) * (1 + 0.5 * np.sin(t / 23))
windows = np.lib.stride_tricks.sliding_window_view(wave, 25)
x, y = windows[:, :24, None], windows[:, 24:]
model = Sequential([GRU(24, input_shape=(None, 1)), Dense(1)])
model.compile(tl.optimizers.Adam(0.01), "mse")
model.fit(x[:400], y[:400], epochs=15, verbose=0)

song = list(wave[400:424])
for _ in range(60):
    song.append(model.predict(np.reshape(song[-24:], (1, 24, 1)))[0, 0])
error = np.abs(np.array(song[24:]) - wave[424:484]).mean()
print(f"mean error over 60 steps of its own: {error:.2f}")

# %% [markdown] lang="zh"
# ## 梯度检查
#
# $h_t$ 对 $h_{t-1}$ 的导数里有一项就是 $z_t$：更新门开着，梯度就能直着走回去。

# %% [markdown] lang="en"
# ## Gradient check
#
# One term of the derivative of $h_t$ with respect to $h_{t-1}$ is $z_t$: where the update gate keeps, the gradient walks straight back.

# %%
from tensorlearn.testing import gradcheck

sample = rng.normal(size=(2, 4, 3))
for after in (False, True):
    layer = GRU(2, reset_after=after, recurrent_activation="sigmoid")
    layer(sample)
    gradcheck(layer, sample, parameters=layer.trainable_weights)

# %% [markdown] lang="zh"
# ## 常见错误
#
# **把 $z$ 的意思记反。** 有的书写作 $h_t = (1-z)h_{t-1} + z\tilde h_t$。两种写法的表达能力相同，权重却不能互换；搬运别处的权重时要看清是哪一种。
#
# **`reset_after` 不同的权重：**

# %% [markdown] lang="en"
# ## Common mistakes
#
# **The other meaning of $z$.** Some books write $h_t = (1-z)h_{t-1} + z\tilde h_t$. Both can express the same, but their weights cannot be exchanged; when you bring weights along, find out which it is.
#
# **Weights of the other `reset_after`:**

# %% tags=["raises-exception"]
GRU(2, weights=[np.zeros((3, 6)), np.zeros((2, 6)), np.zeros((2, 6))])(sample)

# %% [markdown] lang="zh"
# **少了时间轴：**

# %% [markdown] lang="en"
# **No axis of time:**

# %% tags=["raises-exception"]
GRU(4)(np.zeros((2, 8)))

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `output_dim` 改名为 `units`，`inner_activation` 改名为 `recurrent_activation`：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# `output_dim` became `units`, `inner_activation` became `recurrent_activation`:

# %% tags=["both"]
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    GRU(output_dim=8, inner_activation="sigmoid", U_regularizer="l2")
print(caught[0].message)

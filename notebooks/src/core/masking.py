# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 1.10 Masking：跳过填充的时间步
#
# 一批序列有长有短，只好用零把短的补齐。`Masking` 在后面的层耳边说一句：这些步是凑数的，别当真。
#
# ## 它算什么
#
# $$m_{n,t} = \big[\,\exists\, d:\ x_{n,t,d} \neq v\,\big], \qquad y_{n,t,d} = m_{n,t}\,x_{n,t,d} \qquad (N, T, D) \to (N, T, D)$$
#
# 一个时间步的**全部**特征都等于 $v$（`mask_value`，默认 0），这一步才算填充；有一个不等就算真的。填充的步，输出写成零。
#
# 除了输出，还有一样看不见的东西跟着走：形状 $(N, T)$ 的掩码 $m$。支持掩码的层照它办事：循环层在 $m = 0$ 的步上站着不动，把上一步的状态原样往下传；`TimeDistributed` 和激活这样的层把它再往后传；平均池化不把这些步算进平均；损失也跳过它们。
#
# !!! note "更正"
#     原文档把这一节编号为 2.0，放在常用层的末尾，而且只有签名，没有正文。正文都在这里了。

# %% [markdown] lang="en"
# # 1.10 Masking: skipping padded steps
#
# The sequences of a batch are long and short, and the short ones are filled up with zeros. `Masking` whispers to the layers behind it: these steps are padding, do not take them seriously.
#
# ## What it computes
#
# $$m_{n,t} = \big[\,\exists\, d:\ x_{n,t,d} \neq v\,\big], \qquad y_{n,t,d} = m_{n,t}\,x_{n,t,d} \qquad (N, T, D) \to (N, T, D)$$
#
# A time step is padding if **all** its features equal $v$ (`mask_value`, 0 by default); one that differs makes it real. What is padding becomes zero in the output.
#
# Something unseen travels with the output: the mask $m$ of shape $(N, T)$. Layers that know about masks obey it. A recurrent layer stands still where $m = 0$ and hands on the state it had; layers such as `TimeDistributed` or activations pass the mask along; average pooling leaves these steps out of the mean; the loss skips them, too.
#
# !!! note "Correction"
#     In the original document this section has the number 2.0 although it belongs to the core layers, and it consists of a signature without a text. Here is the text.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import Masking

x = np.array([[[0.0, 0.0], [0.0, 3.0], [1.0, 2.0], [0.0, 0.0]]])
layer = Masking()
print(layer(x).numpy())
print(layer.compute_mask(x))

# %% [markdown] lang="zh"
# 第二步 $(0, 3)$ 里有零，但不全是零，所以是真的一步。
#
# ## 看一看
#
# 左：五条长短不一的序列，补到 12 步。中：它们的掩码，深色是真的。右：一个循环层读这一批时，其中一个状态怎样走；掩码为零之后，曲线就平了，**最后一步的值就是最后一个真的步的值**。

# %% [markdown] lang="en"
# Step two, $(0, 3)$, contains a zero but not only zeros, and so it is real.
#
# ## A picture
#
# Left: five sequences of different lengths, padded to 12 steps. Middle: their mask, dark where a step is real. Right: how one state of a recurrent layer moves while it reads this batch. Once the mask is zero the curve is flat, so that **its value at the last step is that of the last real one**.

# %%
import matplotlib.pyplot as plt
from tensorlearn import Sequential
from tensorlearn.layers import LSTM

tl.set_seed(1)
rng = np.random.default_rng(0)
lengths = np.array([12, 9, 7, 4, 2])
batch = rng.uniform(0.3, 1.0, (5, 12, 1))
batch[np.arange(12) >= lengths[:, None]] = 0.0

states = Sequential([Masking(input_shape=(12, 1)), LSTM(1, return_sequences=True)])
fig, axes = plt.subplots(1, 3, figsize=(8, 2.2))
axes[0].imshow(batch[..., 0], cmap="Greens", aspect="auto", vmin=0)
axes[1].imshow(Masking().compute_mask(batch), cmap="Blues", aspect="auto")
axes[2].plot(states.predict(batch)[..., 0].T)
for ax, title in zip(axes, ["x", "mask", "state"]):
    ax.set(title=title, xlabel="time", yticks=[])

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("Masking")

# %% [markdown] lang="zh"
# ## 形状
#
# | | 形状 |
# |---|---|
# | 输入 | `(N, T, D)` |
# | 输出 | 与输入相同 |
# | 掩码 | `(N, T)`，布尔值 |
#
# 时间步数 $T$ 可以不定，写 `None`。

# %% [markdown] lang="en"
# ## Shapes
#
# | | shape |
# |---|---|
# | input | `(N, T, D)` |
# | output | that of the input |
# | mask | `(N, T)`, booleans |
#
# The number of steps $T$ may be left open as `None`.

# %%
layer = Masking(input_shape=(None, 2))
model = Sequential([layer])
print(layer.output_shape, layer.output_mask.shape)
print(layer(x).shape, layer.compute_mask(x).shape)

# %% [markdown] lang="zh"
# ## 例子
#
# 最要紧的性质：**补多少、补在哪里，结果都一样**。同一条序列，不补、后面补三步、中间插三步，LSTM 的输出分毫不差；没有 `Masking`，零也被当作数据读进去了：

# %% [markdown] lang="en"
# ## Example
#
# The property that matters: **however much is padded, and wherever, the result is the same**. One sequence as it is, with three steps behind, with three steps in the middle: the LSTM says the same to the last digit. Without `Masking` the zeros are read as data:

# %%
masked = Sequential([Masking(input_shape=(None, 2)), LSTM(2)])
plain = Sequential([LSTM(2, input_shape=(None, 2))])
plain.set_weights(masked.get_weights())

a = rng.normal(size=(1, 4, 2))
zeros = np.zeros((1, 3, 2))
for padded in [[a], [a, zeros], [a[:, :2], zeros, a[:, 2:]]]:
    sequence = np.concatenate(padded, axis=1)
    print(masked.predict(sequence), plain.predict(sequence))

# %% [markdown] lang="zh"
# ### 最后两枚硬币
#
# 抛 2 到 8 次硬币，问：最后两次一样吗？序列全补到 40 步。没有掩码的网络要隔着三十多个零回想最后两次，等于在猜；有掩码的，最后两步就在眼前：

# %% [markdown] lang="en"
# ### The last two coins
#
# Toss a coin 2 to 8 times: were the last two tosses alike? All sequences are padded to 40 steps. Without a mask the network must remember the last two across more than thirty zeros, and it guesses; with one, the last two steps lie before its eyes:

# %%
from tensorlearn.layers import Activation, Dense, SimpleRNN

length = rng.integers(2, 9, 600)
tosses = rng.choice([-1.0, 1.0], (600, 40, 1))
tosses[np.arange(40) >= length[:, None]] = 0.0
n = np.arange(600)
alike = (tosses[n, length - 1] == tosses[n, length - 2]).astype(int)

for first in [Activation("linear", input_shape=(40, 1)), Masking(input_shape=(40, 1))]:
    tl.set_seed(0)
    model = Sequential([first, SimpleRNN(16), Dense(1, activation="sigmoid")])
    model.compile(tl.optimizers.Adam(0.02), "binary_crossentropy", ["accuracy"])
    model.fit(tosses[:400], alike[:400], epochs=8, verbose=0)
    print(first.name, model.evaluate(tosses[400:], alike[400:], verbose=0)[1])

# %% [markdown] lang="zh"
# 词的编号也常常补零；那时不用 `Masking`，写 `Embedding(..., mask_zero=True)`。掩码一路上还会遇到什么，见[掩码的一生](../training/masks.md)。
#
# ## 梯度检查
#
# $$\frac{\partial L}{\partial x_{n,t,d}} = m_{n,t}\,g_{n,t,d}$$
#
# 填充的步没有梯度，真的步原样通过：

# %% [markdown] lang="en"
# Word indices are often padded with zeros, too; instead of `Masking` write `Embedding(..., mask_zero=True)` then. What else a mask meets on its way is told in [the life of a mask](../training/masks.md).
#
# ## Gradient check
#
# $$\frac{\partial L}{\partial x_{n,t,d}} = m_{n,t}\,g_{n,t,d}$$
#
# Padding gets no gradient; what is real lets it pass:

# %%
from tensorlearn.testing import gradcheck

gradcheck(Masking(), rng.normal(size=(2, 3, 2)))  # nothing is padding here

t = tl.Tensor(x, requires_grad=True)
tl.grad((Masking()(t) * 5).sum(), t)

# %% [markdown] lang="zh"
# 正好在填充的步上，数值检验却会不服。$v = 0$ 时乘以掩码其实一个数也没改，$y$ 处处等于 $x$，量出来的斜率是 1；而求导时掩码当作常数，$m = 0$，得到 0。两边都没算错，问的不是同一件事。我们要的是 0：填充不该影响任何东西。

# %% [markdown] lang="en"
# Exactly at a padded step a numerical check objects. With $v = 0$, multiplying by the mask changes no number at all: $y$ is $x$ everywhere, and the slope that can be measured is 1. To the derivative, however, the mask is a constant, $m = 0$, and the answer is 0. Neither is miscalculated; they answer different questions. We want the 0: padding shall influence nothing.

# %% tags=["raises-exception"]
gradcheck(Masking(), np.zeros((1, 1, 1)))

# %% [markdown] lang="zh"
# ## 常见错误
#
# **后面的层不认掩码。** 卷积要看相邻的步，`Flatten` 抹掉了时间轴，都不知道拿掩码怎么办。与其悄悄丢掉，不如报错：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **A layer behind that knows no masks.** A convolution looks at neighbouring steps, `Flatten` wipes out the axis of time; neither knows what to do with a mask. Rather than lose it silently, they refuse:

# %% tags=["raises-exception"]
from tensorlearn.layers import Conv1D

Sequential([Masking(input_shape=(12, 1)), Conv1D(4, 3)])

# %% [markdown] lang="zh"
# **真的数据碰巧全是零。** 这不会报错，那一步就被跳过了。补一个数据里不会出现的值，例如 `-1`：

# %% [markdown] lang="en"
# **Real data that happen to be all zeros.** Nothing is raised, and the step is skipped. Pad with a value that no data have, such as `-1`:

# %%
coins = np.array([[[1.0], [0.0], [1.0], [-1.0]]])
print(Masking().compute_mask(coins), Masking(mask_value=-1).compute_mask(coins))

# %% [markdown] lang="zh"
# **用 NaN 作填充。** `NaN` 不等于任何东西，连自己都不等，所以一步也认不出来。先用 `np.nan_to_num` 换成别的数：

# %% [markdown] lang="en"
# **NaN as padding.** `NaN` equals nothing, not even itself, so not one step is recognized. Replace it first, with `np.nan_to_num`:

# %%
gaps = np.array([[[1.0], [np.nan]]])
print(Masking(np.nan).compute_mask(gaps))
print(Masking(-9).compute_mask(np.nan_to_num(gaps, nan=-9)))

# %% [markdown] lang="zh"
# **少了一个轴。** 每步只有一个数，也要写成 $(N, T, 1)$；写成 $(N, T)$，`Masking` 会把 $T$ 当作特征，到循环层才发现：

# %% [markdown] lang="en"
# **An axis is missing.** Even with one number per step it is $(N, T, 1)$. Given $(N, T)$, `Masking` takes $T$ for features, and only the recurrent layer notices:

# %% tags=["raises-exception"]
Sequential([Masking(input_shape=(12,)), LSTM(4)])

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `Masking(mask_value=0.0)` 没有变。

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# `Masking(mask_value=0.0)` did not change.

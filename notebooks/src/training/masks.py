# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 掩码的一生
#
# 句子有长有短，数组却要一样长，只好补零。掩码跟着数据走，记住哪些时间步是真的。读完这一页，你知道掩码在哪里出生、怎样被传递、谁消费它、死在哪里，还会写一个懂掩码的层。
#
# ## 出生
#
# 掩码是一个布尔数组，形状 $(N, T)$：真的一步是 `True`。它有两个出生地：`Masking`，给实数序列；`Embedding(mask_zero=True)`，给编号序列，编号 0 表示填充。

# %% [markdown] lang="en"
# # The life of a mask
#
# Sentences differ in length, arrays do not, and so the short ones are padded with zeros. A mask travels with the data and remembers which time steps are real. After this page you know where masks are born, how they are handed on, who consumes them and where they die; and you can write a layer that understands them.
#
# ## Birth
#
# A mask is an array of booleans, of shape $(N, T)$, `True` where a step is real. It is born in one of two places: `Masking`, for sequences of numbers, and `Embedding(mask_zero=True)`, for sequences of indices of which 0 means padding.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn import Input, Sequential
from tensorlearn.layers import LSTM, Dense, Embedding, Lambda, Layer, Masking
from tensorlearn.layers import GlobalAveragePooling1D, SimpleRNN, TimeDistributed
from tensorlearn.preprocessing.sequence import pad_sequences

ids = pad_sequences([[3, 1, 2], [4], [5, 6]], padding="post")
print(ids)
print(Embedding(7, 2, mask_zero=True).compute_mask(ids))

# %% [markdown] lang="zh"
# ## 一生的五种遭遇
#
# | 层怎样对待它 | 例子 |
# |---|---|
# | 使用，再传下去 | `LSTM(return_sequences=True)`、`Bidirectional`、`TimeDistributed`、`Attention` |
# | 使用，然后结束 | `LSTM`（只给最后的状态）、`GlobalAveragePooling1D`、`GlobalMaxPooling1D` |
# | 不看，原样传下去 | `Dense`、`Activation`、`Dropout`、`BatchNormalization`、各种合并层 |
# | 不声不响地丢掉 | `Lambda`（没有给 `mask=` 时） |
# | 拒绝 | `Conv1D`、`Flatten`、`Reshape`、没有说明的自定义层 |
#
# 函数式模型里的符号知道自己会不会带着掩码：

# %% [markdown] lang="en"
# ## Five things that can happen to it
#
# | what the layer does with it | examples |
# |---|---|
# | uses it and hands it on | `LSTM(return_sequences=True)`, `Bidirectional`, `TimeDistributed`, `Attention` |
# | uses it, and there it ends | `LSTM` (giving the last state only), `GlobalAveragePooling1D`, `GlobalMaxPooling1D` |
# | hands it on without looking | `Dense`, `Activation`, `Dropout`, `BatchNormalization`, the merging layers |
# | drops it without a word | `Lambda` (unless given `mask=`) |
# | refuses it | `Conv1D`, `Flatten`, `Reshape`, a layer of your own that did not say |
#
# In a functional model a symbol knows whether a mask will come with it:

# %%
h = Input((None,), name="words")
for layer in (
    Embedding(7, 2, mask_zero=True),
    LSTM(4, return_sequences=True),
    Dense(4, activation="relu"),
    SimpleRNN(3),
    Dense(1),
):
    h = layer(h)
    print(f"{layer.name:14} {h.shape!s:16} masked: {h.masked}")

# %% [markdown] lang="zh"
# ## 看一看
#
# 同一批五个句子，走过“嵌入、`LSTM`、平均”三层。左：掩码。中：`LSTM` 的一个输出，填充处停在最后的值上。右：平均时每一步的权重，每个句子各自除以真实的长度。

# %% [markdown] lang="en"
# ## A picture
#
# A batch of five sentences on its way through embedding, `LSTM` and average. Left, the mask. In the middle one output of the `LSTM`, standing still at its last value where there is padding. Right, the weight of every step in the average: each sentence is divided by its real length.

# %%
import matplotlib.pyplot as plt

tl.set_seed(0)
rng = np.random.default_rng(0)
lengths = [12, 9, 7, 4, 2]
words = pad_sequences([rng.integers(1, 20, n) for n in lengths], padding="post")
embed, recur = Embedding(20, 8, mask_zero=True), LSTM(4, return_sequences=True)
model = Sequential([embed, recur])
states = model.predict(words)
mask = embed.compute_mask(words)
share = mask / mask.sum(axis=1, keepdims=True)

fig, axes = plt.subplots(1, 3, figsize=(8, 2), sharey=True)
titles = ["mask", "one LSTM unit", "weight in the average"]
for ax, values, title in zip(axes, [mask, states[..., 0], share], titles):
    ax.imshow(values, cmap="Blues" if title != titles[1] else "RdBu_r", aspect="auto")
    ax.set(title=title, xlabel="step")

# %%
average = Sequential([embed, recur, GlobalAveragePooling1D()]).predict(words)
by_hand = (states * share[..., None]).sum(axis=1)
print(np.allclose(average, by_hand, atol=1e-6))

# %% [markdown] lang="zh"
# ## 掩码与损失
#
# 掩码一直活到模型的输出时，损失也要听它的：被遮住的步不算，平均只除以剩下的。手算下面的例子：输入 $(1, 1, 0)$ 与 $(1, 0, 0)$，权重为 1，目标全是 0，真实的三步误差都是 1，所以损失是 $3 / 3 = 1$，而不是 $3 / 6$：

# %% [markdown] lang="en"
# ## Mask and loss
#
# A mask that lives until the output is obeyed by the loss: what is masked does not count, and the mean is over what is left. By hand: the inputs are $(1, 1, 0)$ and $(1, 0, 0)$, the weight is 1, the targets are 0; three real steps are each wrong by 1, so the loss is $3 / 3 = 1$ and not $3 / 6$:

# %%
steps = Sequential([Masking(0.0, input_shape=(3, 1))])
steps.add(TimeDistributed(Dense(1, kernel_initializer="ones")))
steps.compile("sgd", "mse")
x = np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]])[..., None]
steps.evaluate(x, np.zeros((2, 3, 1)), verbose=0)

# %% [markdown] lang="zh"
# 这里有一个容易忽略的后果：一个句子不论长短，它的每一步在损失里都一样重，所以长句子的发言权更大。若要每个句子一样重，给它 `sample_weight`。
#
# ## 填充放前还是放后
#
# 没有掩码时，循环层会把填充也读进去。放在后面，最后的状态已经被零冲淡；放在前面，状态从零开始，影响小得多，这就是 `pad_sequences` 默认 `padding="pre"` 的来历。有了掩码，前后完全一样：

# %% [markdown] lang="en"
# It has a consequence that is easily overlooked: every step counts the same, whatever its sentence, and long sentences have more of a say. If sentences shall count alike, give them a `sample_weight`.
#
# ## Padding in front or behind
#
# Without a mask a recurrent layer reads the padding, too. Behind, it washes out the last state; in front, the state is still zero when the words begin, and little harm is done, which is why `pad_sequences` has `padding="pre"` for a default. With a mask there is no difference at all:

# %%
tl.set_seed(0)
plain, masked = Embedding(20, 8), Embedding(20, 8, mask_zero=True)
reader = LSTM(4)
short = [[3, 7, 11]]
for embedding in (plain, masked):
    model = Sequential([embedding, reader])
    states = []
    for side in ("pre", "post"):
        padded = pad_sequences(short, maxlen=20, padding=side)
        states.append(model.predict(padded)[0].round(3))
    print("mask_zero:", embedding.mask_zero, *states)

# %% [markdown] lang="zh"
# ## 写一个懂掩码的层
#
# 三件事：声明 `supports_masking = True`；在 `call` 里接受 `mask`；若输出不再有时间轴，让 `compute_mask` 返回 `None`。下面的层取每个句子**最后一个真实的步**：

# %% [markdown] lang="en"
# ## A layer that understands masks
#
# Three things: say `supports_masking = True`; take `mask` in `call`; and if the output has no time axis any more, let `compute_mask` return `None`. This layer takes the **last real step** of every sentence:


# %%
class LastStep(Layer):
    supports_masking = True

    def call(self, x, mask=None):
        if mask is None:
            return x[:, -1]
        steps = np.arange(x.shape[1])
        last = (np.asarray(mask) * (steps + 1)).argmax(axis=1)
        chosen = (steps == last[:, None])[..., None]  # (N, T) -> (N, T, 1)
        return (x * chosen.astype(x.dtype)).sum(axis=1)  # (N, T, D) -> (N, D)

    def compute_mask(self, inputs, mask=None):
        return None

    def compute_output_shape(self, shape):
        return (shape[0], shape[2])


last = Sequential([embed, recur, LastStep()]).predict(words)
whole = Sequential([embed, recur]).predict(words)
print(np.allclose(last, [row[n - 1] for row, n in zip(whole, lengths)]))

# %% [markdown] lang="zh"
# 写成“乘上 0 或 1 再求和”而不是逐个取，梯度就自动是对的：只有那一步收到梯度。
#
# ## 常见错误
#
# **卷积不懂掩码。** 它看相邻的几步，真假混在一起，没有一种做法总是对的，所以拒绝：

# %% [markdown] lang="en"
# Written as "times 0 or 1, then add up" instead of picking one by one, its gradient is right by itself: that step receives it, and no other.
#
# ## Common mistakes
#
# **A convolution knows no masks.** It looks at neighbouring steps, real ones mixed with padding; no treatment is always right, and so it refuses:

# %% tags=["raises-exception"]
from tensorlearn.layers import Conv1D

Sequential([Embedding(20, 8, mask_zero=True, input_length=12), Conv1D(4, 3)])

# %% [markdown] lang="zh"
# **`Lambda` 悄悄丢掉掩码。** 它不知道你的函数在做什么，与 Keras 一样不再往下传，也不报错；要传就写 `mask=`：

# %% [markdown] lang="en"
# **`Lambda` drops the mask in silence.** It cannot know what your function does; as in Keras it hands nothing on, and raises nothing. If it shall go on, say so with `mask=`:

# %%
h = Embedding(20, 8, mask_zero=True)(Input((9,)))
keep = Lambda(lambda x: x * 2, mask=lambda x, mask: mask)
print(Lambda(lambda x: x * 2)(h).masked, keep(h).masked)

# %% [markdown] lang="zh"
# **忘了给编号 0 留位置。** 用了 `mask_zero=True`，真正的词从 1 数起，`input_dim` 要比词数多一：

# %% [markdown] lang="en"
# **No room for index 0.** With `mask_zero=True` real words count from 1, and `input_dim` is one more than there are words:

# %% tags=["raises-exception"]
Sequential([Embedding(20, 8, mask_zero=True)]).predict(np.array([[1, 2, 20]]))

# %% [markdown] lang="zh"
# **填充值与数据撞车。** `Masking(0.0)` 把每一个全零的步都当成填充，包括真实的零；换一个数据里不会出现的值，例如 `Masking(-1.0)`，并用它来填充。

# %% [markdown] lang="en"
# **A padding value that also occurs as data.** `Masking(0.0)` takes every step of zeros for padding, real ones included; choose a value that cannot occur, such as `Masking(-1.0)`, and pad with it.

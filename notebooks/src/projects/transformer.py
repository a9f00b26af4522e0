# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 一个小 Transformer
#
# 这个项目搭一个只有一块的 Transformer，教它把八个数字倒过来念。任务小到可以把注意力整个画出来：训练之后，你会亲眼看到每个位置在看哪里，也会看到拿掉“位置”以后它怎样束手无策。
#
# ## 任务
#
# 输入八个数字，输出是它们的倒序。逐位分类：每个位置给出十个数字的概率。

# %% [markdown] lang="en"
# # A small Transformer
#
# This project builds a Transformer of a single block and teaches it to say eight digits backwards. The task is small enough to draw the whole of its attention: after training you will see where every position looks, and how helpless the network is without positions.
#
# ## The task
#
# Eight digits go in and come out in reverse. It is classification at every position, with probabilities for ten digits.

# %%
import matplotlib.pyplot as plt
import numpy as np
import tensorlearn as tl

T, V, D = 8, 10, 32  # steps, vocabulary, features
rng = np.random.default_rng(0)
x = rng.integers(0, V, (3000, T))
y = x[:, ::-1, None]
x_test, y_test = x[2500:], y[2500:]
x, y = x[:2500], y[:2500]
print(x[0], "->", y[0, :, 0])

# %% [markdown] lang="zh"
# ## 注意力是什么
#
# 每个位置发出一个**询问** $q$，亮出一个**标签** $k$，带着一份**内容** $v$，三者都由自己的特征线性变换而来。询问与所有标签作内积，过 `softmax`，就是“各看几分”；按这些分量把内容加起来，就是得到的回答：
#
# $$A = \operatorname{softmax}\!\Big(\frac{Q K^\top}{\sqrt{d}}\Big), \qquad Y = A V \qquad (N, T, D) \to (N, T, D)$$
#
# $A$ 的形状是 $(N, T, T)$，每一行的和是 1。除以 $\sqrt d$ 是为了让内积的大小不随维数增长，否则 `softmax` 一开始就饱和，没有梯度。
#
# 循环层要走 $T$ 步才能把开头的消息带到结尾，注意力一步就到。代价是 $T^2$ 个分量。
#
# ## 模型
#
# 一块 Transformer：注意力，加上绕过它的旁路；两层 `Dense`，再加一条旁路。`LayerNormalization` 让每个位置的特征均值为 0、方差为 1。
#
# 注意力本身不知道先后：打乱输入，输出只是跟着打乱。位置要另外告诉它，最简单的办法是给每个位置学一个向量，加到特征上。这一层自己写：

# %% [markdown] lang="en"
# ## What attention is
#
# Every position sends out a **query** $q$, holds up a **key** $k$ and carries a **value** $v$, all three linear functions of its features. The inner products of the query with all keys, passed through `softmax`, say how much to look at each; the values, added up in these proportions, are the answer:
#
# $$A = \operatorname{softmax}\!\Big(\frac{Q K^\top}{\sqrt{d}}\Big), \qquad Y = A V \qquad (N, T, D) \to (N, T, D)$$
#
# $A$ has shape $(N, T, T)$ and its rows add up to 1. Dividing by $\sqrt d$ keeps the inner products from growing with the dimension, which would saturate the `softmax` from the start and leave no gradient.
#
# A recurrent layer needs $T$ steps to carry a message from the beginning to the end, attention needs one. The price is $T^2$ numbers.
#
# ## The model
#
# A block of a Transformer is attention with a bypass around it, then two layers of `Dense` with another. `LayerNormalization` gives the features of every position mean 0 and variance 1.
#
# Attention itself knows nothing of order: shuffle its input, and the output is shuffled likewise. Positions have to be told, most simply by learning a vector for each and adding it to the features. That layer we write ourselves:

# %%
from tensorlearn import Input, Model
from tensorlearn.layers import Add, Dense, Embedding, Layer
from tensorlearn.layers import LayerNormalization, MultiHeadAttention


class Positions(Layer):
    """x + a learnt vector for every step.   (N, T, D) -> (N, T, D)"""

    def build(self, input_shape):
        self.table = self.add_weight(
            "table", shape=input_shape[1:], initializer="uniform"
        )
        super().build(input_shape)

    def call(self, x):
        return x + self.table


def block(x, heads):
    attention = MultiHeadAttention(heads, D // heads)
    x = LayerNormalization()(Add()([x, attention([x, x])]))
    y = Dense(D)(Dense(2 * D, activation="relu")(x))
    return LayerNormalization()(Add()([x, y])), attention


# %%
def transformer(positions=True, heads=1):
    tl.set_seed(0)
    tokens = Input((T,))
    features = Embedding(V, D)(tokens)
    if positions:
        features = Positions()(features)
    answer, attention = block(features, heads)
    model = Model(tokens, Dense(V, activation="softmax")(answer))
    adam = tl.optimizers.Adam(0.003)
    model.compile(adam, "sparse_categorical_crossentropy", ["accuracy"])
    return model, features, attention


model, features, attention = transformer()
print([(layer.name, layer.output_shape[1:]) for layer in model.layers[1:4]])
print(model.count_params(), "weights")

# %% [markdown] lang="zh"
# ## 训练

# %% [markdown] lang="en"
# ## Training

# %%
history = model.fit(x, y, batch_size=50, epochs=6, verbose=0)
for epoch, accuracy in enumerate(history.history["acc"], 1):
    print(epoch, f"{accuracy:.2f}")
print(f"test accuracy {model.evaluate(x_test, y_test, verbose=0)[1]:.2f}")
print(x_test[0], "->", model.predict(x_test[:1]).argmax(-1)[0])

# %% [markdown] lang="zh"
# 前两轮几乎没有进展，然后在一轮之内突然学会。一旦某个位置碰巧看对了地方，梯度就会立刻奖励它，一通百通。
#
# ## 看一看：它在看哪里
#
# `return_attention_scores=True` 让这一层把 $A$ 也交出来。先照公式自己算一遍，确认没有误解：

# %% [markdown] lang="en"
# Hardly any progress for two epochs, and then it gets it within one. As soon as a position happens to look at the right place the gradient rewards it, and the rest follows.
#
# ## A picture: where it looks
#
# With `return_attention_scores=True` the layer hands over its $A$. First compute it from the formula, to be sure that we have not misunderstood:


# %%
def gaze(model, features, attention, tokens):
    h = Model(model.inputs, features).predict(tokens)  # (N, T, D)
    _, A = attention([h, h], return_attention_scores=True)
    return h, A.numpy()  # (N, heads, T, T)


h, A = gaze(model, features, attention, x_test[:100])
Wq, bq, Wk, bk = (w[..., 0, :] for w in attention.get_weights()[:4])  # one head
scores = (h @ Wq + bq) @ np.swapaxes(h @ Wk + bk, 1, 2) / np.sqrt(D)
by_hand = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
print(A.shape, np.allclose(A[:, 0], by_hand, atol=1e-4))

# %%
fig, axes = plt.subplots(1, 3, figsize=(8, 2.7))
for ax, n in zip(axes, (0, 1)):
    ax.imshow(A[n, 0], cmap="Blues", vmin=0, vmax=1)
    ax.set_xticks(range(T), x_test[n])
    ax.set_yticks(range(T), y_test[n, :, 0])
axes[2].imshow(A[:, 0].mean(axis=0), cmap="Blues", vmin=0, vmax=1)
axes[2].set_title("mean of 100")
axes[2].set_xlabel("looked at")
axes[2].set_ylabel("position")
axes[2].grid(False)

# %% [markdown] lang="zh"
# 左边两格是两个样本，横的是读到的数字，竖的是要说的数字；右边是一百个样本的平均。目光落在反对角线上：第一个位置看最后一个，第二个看倒数第二个。没有人告诉过它“倒序”二字。
#
# ## 没有位置会怎样
#
# 去掉 `Positions`，八个位置用的是同一套权重、同一批可看的东西，除了自己是哪个数字以外毫无分别。它只能猜：

# %% [markdown] lang="en"
# The two panels on the left are two samples, with the digits read along the bottom and those to be said up the side; on the right is the mean over a hundred samples. The gaze lies on the antidiagonal: the first position looks at the last, the second at the last but one. Nobody ever told it "backwards".
#
# ## Without positions
#
# Take `Positions` away, and all eight positions have the same weights and the same things to look at; they differ in nothing but the digit they hold. All that is left is guessing:

# %%
lost, *inside = transformer(positions=False)
lost.fit(x, y, batch_size=50, epochs=5, verbose=0)
print(
    f"accuracy {lost.evaluate(x_test, y_test, verbose=0)[1]:.2f}, by chance {1 / V:.2f}"
)

shuffled = x_test[:1][:, ::-1]
difference = lost.predict(x_test[:1])[0, ::-1] - lost.predict(shuffled)[0]
print("shuffled in, shuffled out:", bool(np.abs(difference).max() < 1e-5))

# %% [markdown] lang="zh"
# 比瞎猜略好：它至少能看到这八个数字里有哪些，倒序以后还是这些。
#
# ## 一个头，两个头
#
# `heads=2` 有两份注意力，各看各的，再合起来。任务换成“倒过来，再与下一个数字相加取个位”，一个位置要同时看两处：

# %% [markdown] lang="en"
# A little better than chance: it does see which eight digits there are, and they are the same eight in reverse.
#
# ## One head, two heads
#
# With `heads=2` there are two attentions that look in different places, and their findings are joined. Make the task "reverse, then add the neighbour and keep the last digit", and every position has to look at two places at once:


# %%
def sums(x):
    backwards = x[:, ::-1]
    return ((backwards + np.roll(backwards, -1, axis=1)) % V)[..., None]


pair, features, attention = transformer(heads=2)
pair.fit(x, sums(x), batch_size=50, epochs=15, verbose=0)
print(f"test accuracy {pair.evaluate(x_test, sums(x_test), verbose=0)[1]:.2f}")

# %%
_, A = gaze(pair, features, attention, x_test[:100])
fig, axes = plt.subplots(1, 2, figsize=(5, 2.6))
for head, ax in enumerate(axes):
    ax.imshow(A[:, head].mean(axis=0), cmap="Blues", vmin=0, vmax=1)
    ax.set_title(f"head {head}")
    ax.set_axis_off()

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 注意力里的每一步都是已有的运算，梯度自然就有了；照例核对一遍：

# %% [markdown] lang="en"
# ## Gradient check
#
# Every step of attention is an operation we had already, so its gradient comes by itself. A check all the same:

# %%
from tensorlearn.testing import gradcheck

small = MultiHeadAttention(2, 3)
z = rng.normal(size=(1, 3, 4))
small([z, z])
gradcheck(lambda z: small([z, z]), z, parameters=small.trainable_weights)

# %% [markdown] lang="zh"
# ## 常见错误
#
# **只给了一个输入。** 注意力要一个问的、一个被看的；自己看自己，就把同一个给两遍：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **A single input.** Attention wants one that asks and one that is looked at; to look at oneself, give the same twice:

# %% tags=["raises-exception"]
MultiHeadAttention(2, 3)(z)

# %% [markdown] lang="zh"
# **生成的时候偷看了后面。** 逐字生成的模型，训练时不能看到后面的字，要用 `use_causal_mask=True`：每一行只剩下三角的左边。

# %% [markdown] lang="en"
# **Peeking ahead.** A model that writes word by word must not see later words in training. `use_causal_mask=True` leaves each row only what came before:

# %%
_, A = small([z, z], use_causal_mask=True, return_attention_scores=True)
print(A.numpy()[0, 0].round(2))

# %% [markdown] lang="zh"
# ## 接下来
#
# 1. 把任务换成“从小到大排序”。目光还会在固定的位置上吗？
# 2. 去掉 `LayerNormalization`，或者去掉旁路，看看要多训练几轮。
# 3. 用 `use_causal_mask=True` 和[唐诗](../projects/tang_poems.md)的数据，做一个会写诗的 Transformer。

# %% [markdown] lang="en"
# ## What to try next
#
# 1. Make the task "sort from small to large". Does the gaze still keep to fixed places?
# 2. Take away `LayerNormalization`, or the bypasses, and see how many more epochs it takes.
# 3. With `use_causal_mask=True` and the data of [Tang poems](../projects/tang_poems.md), build a Transformer that writes verse.

# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 一个小 Transformer
#
# Transformer 不按次序一步一步地读：每个位置直接去看所有的位置，自己决定看谁。这种“看”是一张表，可以**画出来**。这个项目用 `MultiHeadAttention` 搭一个只有一块的 Transformer，教它两件事：把八个数字倒过来，以及给它们排序；然后看它的注意力落在哪里，是不是说得通。
#
# ## 注意力
#
# 每个位置 $t$ 提一个问题 $q_t$，每个位置 $s$ 挂一块牌子 $k_s$，带一份内容 $v_s$。问题与牌子越合，看得越多：
#
# $$a_{ts} = \frac{\exp(q_t \cdot k_s / \sqrt{K})}{\sum_{s'} \exp(q_t \cdot k_{s'} / \sqrt{K})}, \qquad y_t = \sum_s a_{ts}\, v_s \qquad (N, T, D) \to (N, T, D)$$
#
# $a$ 的每一行加起来是 1，这就是要画的图。$q$、$k$、$v$ 都由输入各乘一个矩阵得来。
#
# 先用手算一遍，三个位置，问题与牌子相同：

# %% [markdown] lang="en"
# # A small Transformer
#
# A Transformer does not read step by step: every position looks straight at all positions and decides for itself whom to look at. That looking is a table, and it **can be drawn**. In this project `MultiHeadAttention` becomes a Transformer of a single block, which learns two things: to turn eight digits round, and to sort them. Then we look where its attention goes, and whether that makes sense.
#
# ## Attention
#
# Every position $t$ asks a question $q_t$; every position $s$ wears a label $k_s$ and carries some contents $v_s$. The better the question fits the label, the more is looked at:
#
# $$a_{ts} = \frac{\exp(q_t \cdot k_s / \sqrt{K})}{\sum_{s'} \exp(q_t \cdot k_{s'} / \sqrt{K})}, \qquad y_t = \sum_s a_{ts}\, v_s \qquad (N, T, D) \to (N, T, D)$$
#
# Each row of $a$ adds up to 1; this is the picture to draw. $q$, $k$ and $v$ come from the input, by a matrix each.
#
# Once by hand, with three positions whose questions are their labels:

# %%
import matplotlib.pyplot as plt
import numpy as np
import tensorlearn as tl
from tensorlearn import Input, Model
from tensorlearn.layers import (
    Dense,
    Embedding,
    LayerNormalization,
    MultiHeadAttention,
    add,
)

q = np.array([[3.0, 0.0], [0.0, 3.0], [2.0, 2.0]])
scores = q @ q.T / np.sqrt(2)
a = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
print(a.round(2))

# %% [markdown] lang="zh"
# 第一行最像自己，也有点像第三行，与第二行几乎无关。
#
# ## 数据
#
# 随机的八个数字，要多少有多少；测试用的另抽一批。一共有 $10^8$ 种，两批几乎不可能重复。

# %% [markdown] lang="en"
# The first is most like itself, somewhat like the third, and has little to do with the second.
#
# ## The data
#
# Eight random digits, as many as we want; others are drawn for testing. There are $10^8$ of them, so the two hardly ever share one.

# %%
T, V = 8, 10
rng = np.random.default_rng(0)
x, x_test = rng.integers(0, V, (4000, T)), rng.integers(0, V, (1000, T))


def reverse(rows):
    return rows[:, ::-1]


def ordered(rows):
    return np.sort(rows, axis=1)


print(x_test[0], reverse(x_test)[0], ordered(x_test)[0])
both = [set(map(tuple, rows)) for rows in (x, x_test)]
print("in both:", len(both[0] & both[1]))

# %% [markdown] lang="zh"
# ## 模型
#
# $$(N, 8),\ (N, 8) \to (N, 8, 32) \xrightarrow{\text{attention, add, normalize}} (N, 8, 32) \xrightarrow{\text{Dense, Dense, add}} (N, 8, 32) \to (N, 8, 10)$$
#
# 一块由两部分组成：注意力让位置之间交换消息，两层 `Dense` 让每个位置自己消化；每部分的结果都**加**到原来的上面（残差）。另有一件要紧的事：注意力不知道谁在前谁在后，所以除了“是什么数字”，还要加上“在第几位”。

# %% [markdown] lang="en"
# ## The model
#
# $$(N, 8),\ (N, 8) \to (N, 8, 32) \xrightarrow{\text{attention, add, normalize}} (N, 8, 32) \xrightarrow{\text{Dense, Dense, add}} (N, 8, 32) \to (N, 8, 10)$$
#
# A block has two parts. Attention lets positions exchange messages; two `Dense` layers let each position think them over. What either finds is **added** to what was there (a residual). And one thing matters: attention does not know who stands before whom, so to "which digit" we add "in which place".


# %%
def build(places=True):
    tl.set_seed(0)
    digit, place = Input((T,), name="digit"), Input((T,), name="place")
    z = Embedding(V, 32)(digit)
    z = add([z, Embedding(T, 32)(place)]) if places else z
    found = MultiHeadAttention(1, 16, name="attention")(z, z)
    z = LayerNormalization(name="after")(add([z, found]))
    thought = Dense(32)(Dense(64, activation="relu")(z))
    z = add([z, thought])
    model = Model([digit, place], Dense(V, activation="softmax")(z))
    adam = tl.optimizers.Adam(0.005)
    model.compile(adam, "sparse_categorical_crossentropy", ["accuracy"])
    return model


def inputs(rows):
    return [rows, np.broadcast_to(np.arange(T), rows.shape)]


model = build()
print(model.output_shape, model.count_params())

# %% [markdown] lang="zh"
# ## 第一件事：倒过来

# %% [markdown] lang="en"
# ## First task: turn them round


# %%
def learn(model, task, epochs):
    target = task(x)[..., None]
    return model.fit(inputs(x), target, batch_size=50, epochs=epochs, verbose=0)


def whole(model, task, rows):
    """Share of the rows that are right in every place."""
    answer = model.predict(inputs(rows), batch_size=500).argmax(axis=-1)
    return (answer == task(rows)).all(axis=1)


learn(model, reverse, epochs=3)
print(f"right from end to end: {whole(model, reverse, x_test).mean():.2f}")

# %% [markdown] lang="zh"
# 三轮，全对。它是怎么做的？取出注意力那一层的输入，再请那一层把表也交出来：

# %% [markdown] lang="en"
# Three epochs, and all is right. How does it do it? Take what goes into the attention layer, and ask that layer to hand over its table as well:


# %%
def attention(model, rows):
    """The table of every row.   (N, T) -> (N, T, T)"""
    layer = model.get_layer("attention")
    z = layer.input[0] if isinstance(layer.input, list) else layer.input
    z = Model(model.inputs, z).predict(inputs(rows))
    _, table = layer(z, z, return_attention_scores=True)  # (N, heads, T, T)
    return table.numpy()[:, 0]


table = attention(model, x_test)
fig, axes = plt.subplots(1, 2, figsize=(6.4, 2.9))
titles = "one row of digits", "mean of all"
for ax, picture, title in zip(axes, (table[0], table.mean(axis=0)), titles):
    ax.imshow(picture, cmap="Blues", vmin=0, vmax=1)
    ax.set(title=title, xlabel="looks at", ylabel="place", yticks=range(T))
axes[0].set_xticks(range(T), x_test[0])
axes[1].set_xticks(range(T), range(T))
ax.grid(alpha=0.1)

# %% [markdown] lang="zh"
# 一条反对角线：第 0 位看第 7 位，第 1 位看第 6 位……没有人告诉过它这条规则，它全由损失一步步推出来。单独一行与平均几乎一样，因为该看谁只由**位置**决定，与写的是什么数字无关。
#
# **检验：这张图是真的原因吗？** 好看的图不一定说明问题。动手改一改：把第 7 位的数字换掉，输出里应当只有第 0 位跟着变。

# %% [markdown] lang="en"
# The other diagonal: place 0 looks at 7, place 1 at 6, and so on. Nobody told it this rule; the loss brought it about step by step. A single row of digits hardly differs from the mean, because whom to look at depends on the **place** alone, not on what is written there.
#
# **The test: is the picture the real reason?** A nice picture need not explain anything. So interfere: replace the digit in place 7, and in the output only place 0 should change.

# %%
changed = x_test.copy()
changed[:, 7] = (changed[:, 7] + 5) % V
before = model.predict(inputs(x_test)).argmax(axis=-1)
after = model.predict(inputs(changed)).argmax(axis=-1)
print("share that changed, by place:", (before != after).mean(axis=0).round(2))

# %% [markdown] lang="zh"
# ## 第二件事：排序
#
# 排序就难在“该看谁”不再由位置决定，而要看数字本身。基线：每一位永远答训练集里这一位上最常见的数字。

# %% [markdown] lang="en"
# ## Second task: sort them
#
# With sorting, whom to look at no longer depends on the place but on the digits themselves. The baseline gives in each place the digit most frequent there in the training part.

# %%
sorter = build()
history = learn(sorter, ordered, epochs=8).history
usual = [np.bincount(column).argmax() for column in ordered(x).T]
right = ordered(x_test) == usual
print("always", *usual)
print(f"  digits {right.mean():.2f}, whole rows {right.all(axis=1).mean():.2f}")
digits_right = sorter.evaluate(inputs(x_test), ordered(x_test)[..., None], verbose=0)[1]
rows_right = whole(sorter, ordered, x_test)
print(f"Transformer\n  digits {digits_right:.2f}, whole rows {rows_right.mean():.2f}")

# %% [markdown] lang="zh"
# 这一回按**位置**画没有意思，因为每一行看的地方都不同。改成按**数字**画：输出的第 $t$ 位，对数字 $d$ 一共看了多少？

# %% [markdown] lang="en"
# This time drawing by **place** tells nothing, since each row of digits is looked at differently. Draw by **digit** instead: how much does place $t$ of the output look at digit $d$?

# %%
table = attention(sorter, x_test)
looks = [(table * (x_test == d)[:, None, :]).sum(axis=(0, 2)) for d in range(V)]
looks = np.transpose(looks) / len(x_test)  # (T, V)

fig, axes = plt.subplots(1, 2, figsize=(6.8, 2.8))
for ax, picture, label in (
    (axes[0], table.mean(axis=0), "looks at place"),
    (axes[1], looks, "looks at digit"),
):
    ax.imshow(picture, cmap="Blues", vmin=0)
    ax.set(xlabel=label, ylabel="place", yticks=range(T))
    ax.set_xticks(range(picture.shape[1]))
ax.grid(alpha=0.1)

# %%
centre = looks @ np.arange(V) / looks.sum(axis=1)
print("mean digit looked at:", centre.round(1))

# %% [markdown] lang="zh"
# 右图的意思很清楚：输出的头几位盯着小数字，末几位盯着大数字，中间的雨露均沾，好比点数：“比我小的有几个？”左图几乎看不出什么。同一张注意力表，换一种问法才看得懂。
#
# ## 错在哪里
#
# 测试数据与训练数据来自同一个分布，差不多全对。换一批**少见的**：只用很少几种数字写成的行，重复就多了。

# %% [markdown] lang="en"
# The right-hand picture is plain: the first places of the output watch the small digits, the last the large ones, and those in between give all a share, as if counting how many are smaller. The left one shows next to nothing. It is the same table of attention; one has to ask it the right way.
#
# ## Where it goes wrong
#
# Test data from the same distribution as the training data are almost all right. Take **rare** ones: rows made of few different digits, so that there are many repetitions.

# %%
for kinds in (8, 4, 3, 2):
    few = np.stack([rng.choice(rng.permutation(V)[:kinds], T) for _ in range(500)])
    seen = np.mean([len(set(row)) <= kinds for row in x])
    share = whole(sorter, ordered, few).mean()
    print(f"at most {kinds} kinds: right {share:.2f}, share of training {seen:.2f}")

# %% [markdown] lang="zh"
# 训练里越少见，错得越多：它没有学会“排序”这个概念，而是学会了在**常见的行**上数得准。要它在别处也行，训练数据里就得有。
#
# ## 常见错误
#
# **忘了位置。** 不报错。没有位置，注意力就把输入当成一**袋**数字：输入怎样打乱，输出只跟着打乱，“倒过来”根本无从谈起。

# %% [markdown] lang="en"
# The rarer in training, the more mistakes: it has not learnt the idea of sorting, but to count accurately in **common rows**. If it is to do well elsewhere, elsewhere has to be in the training data.
#
# ## Common mistakes
#
# **No places.** Nothing is raised. Without places attention takes the input for a **bag** of digits: shuffle the input, and the output is shuffled along with it; there is no telling what "the other way round" would be.

# %%
lost = build(places=False)
learn(lost, reverse, epochs=3)
print(f"right from end to end: {whole(lost, reverse, x_test).mean():.2f}")

mixed = rng.permutation(T)
p, q = (lost.predict(inputs(rows)) for rows in (x_test, x_test[:, mixed]))
print("shuffled along:", np.allclose(p[:, mixed], q, atol=1e-4))

# %% [markdown] lang="zh"
# **序列长于位置表。** 位置只学过八个：

# %% [markdown] lang="en"
# **A sequence longer than the table of places.** Only eight places were learnt:

# %% tags=["raises-exception"]
table_of_places = [layer for layer in model.layers if layer.name.startswith("embed")][1]
table_of_places(np.arange(9)[None])

# %% [markdown] lang="zh"
# **值只有一个轴太少。** 注意力的输入要有时间轴，$(N, T, D)$：

# %% [markdown] lang="en"
# **An axis too few.** Attention wants its input with an axis for time, $(N, T, D)$:

# %% tags=["raises-exception"]
MultiHeadAttention(1, 16)(np.zeros((4, 32)), np.zeros((4, 32)))

# %% [markdown] lang="zh"
# ## 接下来
#
# - 换成两个头（`MultiHeadAttention(2, 16)`），各画一张图。它们分工了吗？
# - 用正弦和余弦代替学出来的位置表，八位训练，九位测试。
# - 加上 `use_causal_mask=True`（每一位只许看它前面的），哪一件事还能学会？为什么？
# - 用它做[加法](addition.md)：注意力会落在要相加的两个位上吗？
# - 注意力本身怎样一步步写出来，练习 `attention` 会带你走一遍。

# %% [markdown] lang="en"
# ## What to try next
#
# - Take two heads (`MultiHeadAttention(2, 16)`) and draw a picture for each. Do they divide the work?
# - Replace the learnt table of places by sines and cosines; train on eight places and test on nine.
# - With `use_causal_mask=True` every place may only look at those before it. Which of the tasks can still be learnt, and why?
# - Have it do [addition](addition.md). Does attention go to the two digits that are to be added?
# - The exercise `attention` takes you through writing attention itself, step by step.

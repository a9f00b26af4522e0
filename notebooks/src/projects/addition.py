# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 用 LSTM 做加法
#
# 给网络看五个字符 `27+15`，让它写出 `42`。它不知道什么是数，什么是加号，只见过几千道写好答案的题。这里用“编码器–解码器”：一个 `LSTM` 读题，一个 `LSTM` 写答案。学会之后，我们再看看它学到的**是不是加法**。
#
# ## 数据
#
# 两位数以内的加法一共一万道，全部写得出来。题目写成五个字符，短的在后面补空格；答案写成三个字符，**个位在前**，与笔算的次序一样。

# %% [markdown] lang="en"
# # Addition with an LSTM
#
# Show a network the five characters `27+15` and have it write `42`. It knows neither what a number is nor what the plus means; it has only seen some thousand questions with their answers. The design is an encoder and a decoder: one `LSTM` reads the question, another writes the answer. When it has learnt, we ask whether what it has learnt **is addition**.
#
# ## The data
#
# There are ten thousand sums of numbers below a hundred, few enough to write them all down. A question is five characters, filled up with spaces; an answer is three, **the units first**, in the order in which one adds by hand.

# %%
import matplotlib.pyplot as plt
import numpy as np
import tensorlearn as tl
from tensorlearn import Sequential
from tensorlearn.layers import LSTM, Dense, RepeatVector

signs = "0123456789+ "
a, b = np.indices((100, 100)).reshape(2, -1)


def numbers(texts):
    return np.array([[signs.index(c) for c in text] for text in texts])


def texts(rows):
    return ["".join(signs[k] for k in row) for row in rows]


questions = numbers(f"{p}+{q}".ljust(5) for p, q in zip(a, b))
answers = numbers(f"{p + q}"[::-1].ljust(3) for p, q in zip(a, b))
for k in (2715, 907, 9999):
    print(repr(texts(questions[k : k + 1])[0]), repr(texts(answers[k : k + 1])[0]))

# %% [markdown] lang="zh"
# ## 划分：小心镜像
#
# 随机留出五分之一作测试？那么 `27+15` 在测试里时，`15+27` 多半就在训练里，答案一模一样。数一数就知道有多少：

# %% [markdown] lang="en"
# ## Dividing: beware of mirrors
#
# Keep a random fifth for testing? Then with `27+15` in the test part, `15+27`, with the very same answer, is most likely in the training part. Let us count:

# %%
rng = np.random.default_rng(0)
naive = rng.random((100, 100)) < 0.2
mirrored = naive & ~naive.T
print(
    f"answered by its mirror image: {mirrored.sum() / naive.sum():.0%} of the test part"
)

draw = rng.random((100, 100)) < 0.2
test = np.where(np.tri(100, dtype=bool), draw, draw.T).ravel()  # (p, q) as (q, p)
print("train", (~test).sum(), "test", test.sum())

# %% [markdown] lang="zh"
# 所以把每一对镜像放在同一边。下图是全部的一万道题：黑点是测试，左右对折恰好重合。颜色是答案，斜线是等和线。

# %% [markdown] lang="en"
# So mirror images are kept on the same side. Here are all ten thousand questions: the black dots are for testing and fold onto themselves along the diagonal. The colour is the answer, equal along the slanting lines.

# %%
fig, ax = plt.subplots(figsize=(4, 3.2))
image = ax.imshow((a + b).reshape(100, 100), origin="lower", cmap="viridis")
ax.plot(a[test], b[test], "k,")
bar = fig.colorbar(image)
ax.set(xlabel="p", ylabel="q", title="p + q")
ax.grid(alpha=0.1)

# %% [markdown] lang="zh"
# ## 模型
#
# $$(N, 5, 12) \xrightarrow{\text{LSTM}} (N, 64) \xrightarrow{\text{RepeatVector}} (N, 3, 64) \xrightarrow{\text{LSTM}} (N, 3, 64) \xrightarrow{\text{Dense}} (N, 3, 12)$$
#
# 字符先变成独热向量。编码器把整道题压缩成 64 个数；`RepeatVector(3)` 把它们递给解码器三次，每写一个字符用一次；`Dense` 在每一步上给出 12 个字符的概率。

# %% [markdown] lang="en"
# ## The model
#
# $$(N, 5, 12) \xrightarrow{\text{LSTM}} (N, 64) \xrightarrow{\text{RepeatVector}} (N, 3, 64) \xrightarrow{\text{LSTM}} (N, 3, 64) \xrightarrow{\text{Dense}} (N, 3, 12)$$
#
# Characters become one-hot vectors. The encoder squeezes the whole question into 64 numbers; `RepeatVector(3)` hands them to the decoder three times, once for every character to write; at each step `Dense` gives the probabilities of the 12 characters.


# %%
def build():
    tl.set_seed(0)
    model = Sequential()
    model.add(LSTM(64, input_shape=(5, 12)))
    model.add(RepeatVector(3))
    model.add(LSTM(64, return_sequences=True))
    model.add(Dense(12, activation="softmax"))
    adam = tl.optimizers.Adam(0.01)
    model.compile(adam, "sparse_categorical_crossentropy", ["accuracy"])
    return model


one_hot = np.eye(12, dtype="float32")


def answer(model, questions):
    return model.predict(one_hot[questions], batch_size=1000).argmax(axis=-1)


model = build()
print([layer.output_shape for layer in model.layers], model.count_params())

# %% [markdown] lang="zh"
# ## 训练
#
# 最后三轮把学习率降到五分之一，免得在谷底跳来跳去。每轮之后数一数，测试题有几成**整个答案**都对，再按进位的次数分开数。

# %% [markdown] lang="en"
# ## Training
#
# For the last three epochs the learning rate is cut to a fifth, to stop the jumping about at the bottom. After every epoch we count for how many test questions the **whole answer** is right, and count again by the number of carries.

# %%
carry = (a % 10 + b % 10 > 9).astype(int)
carries = (carry + (a // 10 + b // 10 + carry > 9))[test]

x, y = one_hot[questions], answers[..., None]
log = []
for epoch in range(11):
    if epoch == 8:
        tl.backend.set_value(model.optimizer.lr, 0.002)
    model.fit(x[~test], y[~test], batch_size=128, verbose=0)
    right = answer(model, questions[test]) == answers[test]
    whole = right.all(axis=1)
    log.append([right.mean(), *(whole[carries == n].mean() for n in range(3))])

names = ("characters", "whole, no carry", "whole, one carry", "whole, two carries")
fig, ax = plt.subplots(figsize=(6, 2.8))
for values, name in zip(np.transpose(log), names):
    ax.plot(range(1, 12), values, "o-", label=name)
ax.set(xlabel="epoch", ylabel="right", ylim=(0, 1.05))
ax.legend()
ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# 前几轮看似毫无进展：字符对了不少，整个答案却几乎没有对的。“字符准确率”很会骗人，三个字符各对六成，整个答案对的可能只有两成。然后三条曲线一同陡然升起：网络找到了办法。让人意外的是，有进位的题并不比没有进位的学得晚；对人难的，对它未必难。
#
# ## 基线
#
# - 永远写每一位上最常见的字符；
# - 找最像的已知题（只差一个字符）抄答案；
# - 把数字当数：对 $p$、$q$ 作最小二乘。

# %% [markdown] lang="en"
# For some epochs nothing seems to happen: many characters are right and hardly any whole answer. Accuracy per character is misleading, for with 60 % of each of three characters only some 20 % of the answers may be right. Then all three curves shoot up together: the network has found a way. Surprisingly, sums with carries are not learnt later than those without; what is hard for us need not be hard for it.
#
# ## Baselines
#
# - always write the most frequent character of each place;
# - find the most similar known question (one character different) and copy its answer;
# - treat numbers as numbers: least squares on $p$ and $q$.

# %%
known, asked = questions[~test], questions[test]
common = [np.bincount(column).argmax() for column in answers[~test].T]
print(f"most frequent: {(answers[test] == common).all(axis=1).mean():.2f}")

same = (asked[:, None] == known[None]).sum(axis=2)  # characters in common
copied = answers[~test][same.argmax(axis=1)]
print(f"most similar:  {(answers[test] == copied).all(axis=1).mean():.2f}")

table = np.column_stack([a, b])
solution = np.linalg.lstsq(table[~test], (a + b)[~test], rcond=None)[0]
guess = np.rint(table[test] @ solution).astype(int)
print(f"least squares: {(guess == (a + b)[test]).mean():.2f}")

written = answer(model, questions)
wrong = (written != answers).any(axis=1)
print(
    f"network, test: {1 - wrong[test].mean():.2f}, train: {1 - wrong[~test].mean():.2f}"
)

# %% [markdown] lang="zh"
# 抄相似的题不行：差一个字符，答案就不同。所以网络在没见过的题上的成绩不是背出来的。但也要诚实：**知道那是数的人，两个系数就解决了。** 这个项目的意义不在加法，而在于从字符里自己找出规则；翻译、语音识别用的是同样的结构。
#
# ## 错在哪里
#
# 把答错的题画在同一张图上，红点是训练题，黑叉是测试题：

# %% [markdown] lang="en"
# Copying a similar question does not work: with one character changed the answer is another. What the network achieves on unseen questions is therefore not memory. But let us be honest: **anybody who knows that these are numbers needs two coefficients.** The point of the project is not addition; it is finding a rule in characters by oneself, and translation and speech recognition use the same design.
#
# ## Where it goes wrong
#
# The questions it gets wrong, on the same map: red dots from the training part, black crosses from the test part.

# %%
fig, ax = plt.subplots(figsize=(3.4, 3.2))
ax.plot(a[wrong & ~test], b[wrong & ~test], "r.", ms=4)
ax.plot(a[wrong & test], b[wrong & test], "kx", ms=5)
ax.set(xlim=(-3, 102), ylim=(-3, 102), xlabel="p", ylabel="q", aspect="equal")
ax.grid(alpha=0.3)

# %%
by_hand = texts(written)
for k in np.flatnonzero(wrong)[:: max(1, wrong.sum() // 6)][:6]:
    print(f"{a[k]:2} + {b[k]:2} = {a[k] + b[k]:3}, written: {by_hand[k][::-1]}")
slips = (written != answers)[wrong].sum(axis=1)
print(
    f"{wrong.sum()} wrong answers, {(slips == 1).sum()} of them in one character only"
)

# %% [markdown] lang="zh"
# 剩下的错误很少，大多只错一个字符，而且并非满地乱撒，多半聚在图的边角上：那里的题或者含有一位数，后面的字符全都挪了位置，或者和特别小、特别大，而这样的题都少。它有一套办法，只是没有处处做到分毫不差。
#
# ## 它会加法吗？
#
# 换一种写法：`7+15` 写成 `07+15`。人一看便知是同一道题。

# %% [markdown] lang="en"
# Few mistakes remain, most of them in one character only, and they are not strewn all over the map: most lie near its edges and corners, where a number has a single digit and everything behind it has moved, or where the sum is unusually small or large, and there are few such questions to learn from. It has a method, which is not exact everywhere.
#
# ## Can it add?
#
# Write the question another way: `07+15` instead of `7+15`. Anybody sees that it is the same.

# %%
short = a < 10
for name, form in (("7+15", "{}+{}"), ("07+15", "{:02}+{}"), (" 7+15", "{:>2}+{}")):
    asked = numbers(form.format(p, q).ljust(5) for p, q in zip(a[short], b[short]))
    right = (answer(model, asked) == answers[short]).all(axis=1)
    print(f"{name!r:8} {right.mean():.2f}")

# %% [markdown] lang="zh"
# 第一行是它学过的写法，另外两行没学过，成绩便大大下降。它学到的是**这一种写法的题**的规则，并没有“数”的概念。想让它认得别的写法，就得让它见过。
#
# ## 常见错误
#
# **漏了 `RepeatVector`。** 编码器交出的是 $(N, 64)$，没有时间轴，解码器读不了：

# %% [markdown] lang="en"
# The first line is the spelling it has learnt. It has never seen the other two, and does far worse. What it knows is a rule for **questions spelt in this one way**; it has no notion of number. If it is to know other spellings, it has to meet them.
#
# ## Common mistakes
#
# **Without `RepeatVector`.** The encoder gives $(N, 64)$, which has no time axis, and the decoder cannot read it:

# %% tags=["raises-exception"]
model = Sequential([LSTM(64, input_shape=(5, 12)), LSTM(64, return_sequences=True)])

# %% [markdown] lang="zh"
# **`RepeatVector` 的次数与答案的长度不符：**

# %% [markdown] lang="en"
# **A `RepeatVector` that repeats more often than the answer is long:**

# %% tags=["raises-exception"]
model = Sequential([LSTM(64, input_shape=(5, 12)), RepeatVector(4)])
model.add(LSTM(64, return_sequences=True))
model.add(Dense(12, activation="softmax"))
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, verbose=0)

# %% [markdown] lang="zh"
# **把编号直接送进 `LSTM`，没有变成独热向量：**

# %% [markdown] lang="en"
# **The numbers of the characters into the `LSTM`, not one-hot vectors:**

# %% tags=["raises-exception"]
build().predict(questions)

# %% [markdown] lang="zh"
# ## 接下来
#
# - 把答案改成十位在前（去掉 `[::-1]`）。学得更慢吗？为什么个位在前要容易些？
# - 只用一半、四分之一的题训练，画出测试成绩。从哪里开始，它只是在背？
# - 训练时掺进 `07+15` 这样的写法。掺多少才够？
# - 加法换成减法、乘法。哪一个难得多，为什么？
# - 用[小 Transformer](transformer.md) 做同一件事，再看看它的注意力落在哪些位上。

# %% [markdown] lang="en"
# ## What to try next
#
# - Write answers with the tens first (leave out `[::-1]`). Is it slower to learn? Why is it easier with the units first?
# - Train on a half, on a quarter of the questions and draw the test result. Where does it begin to merely remember?
# - Mix spellings like `07+15` into the training part. How many are enough?
# - Replace addition by subtraction, by multiplication. Which is much harder, and why?
# - Do the same with the [small Transformer](transformer.md), and see which digits it attends to.

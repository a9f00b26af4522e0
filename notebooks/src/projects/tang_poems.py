# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 唐诗：逐字的语言模型
#
# 读一首诗的前几个字，猜下一个字；猜出来的接在后面，再猜下一个。这样的网络叫语言模型。这里用一层 `GRU` 学一百多首五言诗，几秒钟就能“写”出像模像样的句子。然后我们要做一件大多数教程不做的事：**逐句查对，看哪些是它写的，哪些是它背的。**
#
# ## 数据
#
# `tensorlearn.datasets.tang` 收有唐诗 175 首。取五言的（绝句四句，律诗八句），律诗从中间分成两半，于是每段都是四句二十四个字符，标点算在内。

# %% [markdown] lang="en"
# # Tang poems, one character at a time
#
# Read the first characters of a poem and guess the next one; append the guess and guess again. A network that does this is a language model. Here one `GRU` layer learns a hundred-odd Chinese poems from the Tang dynasty (seventh to tenth century), and within seconds it "writes" lines that look the part. Then we do what most tutorials leave out: **check every line, to see which ones it wrote and which ones it remembers.** You need not read Chinese to follow.
#
# ## The data
#
# `tensorlearn.datasets.tang` holds 175 poems. We take those with five characters to a line (quatrains of four lines, octaves of eight) and cut the octaves in the middle, so that every piece is four lines, twenty-four characters with the punctuation.

# %%
import matplotlib.pyplot as plt
import numpy as np
import tensorlearn as tl
from tensorlearn import Input, Model
from tensorlearn.datasets import tang
from tensorlearn.layers import GRU, Dense, Embedding, add

poems = tang.load_data(length=5)
pieces = [(n, p.text[i : i + 24]) for n, p in enumerate(poems) for i in (0, 24)]
pieces = [(n, text) for n, text in pieces if text]  # a quatrain has no second half
print(len(poems), "poems,", len(pieces), "pieces")
print(poems[1].title, poems[1].author)
print(pieces[1][1])

# %% [markdown] lang="zh"
# 网络只认数，所以给每个字编号；0 留给“开头”，它没有字。数一数每个字出现几次：

# %% [markdown] lang="en"
# A network only knows numbers, so every character gets one; 0 is kept for "start", which is no character. How often does each occur?

# %%
signs = sorted({c for _, text in pieces for c in text})
number = {c: k for k, c in enumerate(signs, start=1)}
V = len(signs) + 1

written = "".join(text for _, text in pieces)
often = np.sort(np.bincount([number[c] for c in written]))[::-1]
print(len(written), "characters,", len(signs), "different")
print("occurring once:", (often == 1).sum())

fig, ax = plt.subplots(figsize=(6, 2.5))
ax.loglog(range(1, V), often[: V - 1], ".")
ax.set(xlabel="rank", ylabel="occurrences")
ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# 最左边的两点是逗号和句号。右边那条长尾才是难处：几百个字总共只出现一次，谁也没法从一次里学会怎样用一个字。一千来个不同的字，四千多字的语料，先把期望放低。
#
# ## 输入与目标
#
# 网络在第 $t$ 步看到前一个字，要猜这个字：输入就是往后错开一位的目标。另给一个输入，告诉它这是第几个字，这样什么时候该有标点，它一看便知。
#
# 留出八分之一的**诗**作验证。要整首整首地留：若把一首律诗的上半篇拿去训练，下半篇拿来验证，两边就不算互不相识。

# %% [markdown] lang="en"
# The two dots at the far left are the comma and the full stop. The difficulty is the long tail on the right: hundreds of characters occur just once, and nobody learns from one example how a character is used. Four thousand characters of text with a thousand different ones: keep your hopes low.
#
# ## Inputs and targets
#
# At step $t$ the network sees the character before and has to guess this one: the input is the target, moved by one place. A second input tells it the place in the piece, so that it can know where punctuation is due.
#
# An eighth of the **poems** is kept back for validation. Whole poems it must be: with one half of an octave in training and the other in validation, the two parts would not be strangers.

# %%
data = np.array([[0, *(number[c] for c in text)] for _, text in pieces])
owner = np.array([n for n, _ in pieces])
held_out = owner % 8 == 7


def inputs(rows):
    """The characters before, and the place of each."""
    return [rows, np.broadcast_to(np.arange(rows.shape[1]), rows.shape)]


x, y = inputs(data[~held_out, :-1]), data[~held_out, 1:, None]
x_val, y_val = inputs(data[held_out, :-1]), data[held_out, 1:, None]
print(x[0].shape, x[1].shape, y.shape, "and", y_val.shape)
print(x[0][1, :6], y[1, :6, 0])

# %% [markdown] lang="zh"
# ## 模型
#
# $$(N, 24),\ (N, 24) \;\to\; (N, 24, 32) \;\to\; (N, 24, 96) \;\to\; (N, 24, V)$$
#
# 字和位置各查一张表，加起来，交给 `GRU`；`return_sequences=True` 使它每一步都交出状态；最后的 `Dense` 作用在每一步上，给出 $V$ 个字的概率。损失是每个字的 $-\log p$；它的指数叫困惑度：“相当于在多少个字里瞎猜”。

# %% [markdown] lang="en"
# ## The model
#
# $$(N, 24),\ (N, 24) \;\to\; (N, 24, 32) \;\to\; (N, 24, 96) \;\to\; (N, 24, V)$$
#
# Character and place are each looked up in a table, added, and handed to the `GRU`, which with `return_sequences=True` gives its state at every step; the last `Dense` works on each step and gives the probabilities of $V$ characters. The loss is $-\log p$ per character. Its exponential is the perplexity: "as good as guessing blindly among so many".


# %%
def build():
    tl.set_seed(0)
    before, place = Input((None,), name="before"), Input((None,), name="place")
    z = add([Embedding(V, 32)(before), Embedding(24, 32)(place)])
    z = GRU(96, return_sequences=True)(z)
    model = Model([before, place], Dense(V, activation="softmax")(z))
    adam = tl.optimizers.Adam(0.01)
    model.compile(adam, "sparse_categorical_crossentropy")
    return model


model = build()
model.predict(x).shape

# %% [markdown] lang="zh"
# ## 基线：只会数字数
#
# 最笨的模型：标点处填标点，其余的地方按各字在训练诗里出现的多少来猜，谁也不看上文。（每个字多算一次，免得没见过的字概率为 0。）网络若胜不过它，就没有学到上文与下文的关系。

# %% [markdown] lang="en"
# ## A baseline that only counts
#
# The simplest model puts punctuation where punctuation belongs and elsewhere guesses by how often each character occurs in the training poems, without a look at the context. (Every count is raised by one, lest an unseen character have probability 0.) A network that does not beat it has learnt nothing about how characters follow each other.

# %%
words = np.arange(24) % 6 != 5  # the places that are not punctuation
counts = np.bincount(y[:, words].ravel(), minlength=V) + 1
log_p = np.log(counts / counts.sum())
baseline = -log_p[y_val[:, words]].mean() * words.mean()  # punctuation costs nothing
print(f"baseline: loss {baseline:.1f}, perplexity {np.exp(baseline):.0f}")

# %% [markdown] lang="zh"
# ## 训练

# %% [markdown] lang="en"
# ## Training

# %%
history = model.fit(
    x, y, batch_size=32, epochs=30, validation_data=(x_val, y_val), verbose=0
).history

fig, ax = plt.subplots(figsize=(6, 2.8))
ax.plot(range(1, 31), history["loss"], label="training poems")
ax.plot(range(1, 31), history["val_loss"], label="unseen poems")
ax.axhline(baseline, color="k", ls=":", label="baseline")
ax.axhline(np.log(V), color="0.6", ls=":", label="log V")
ax.set(xlabel="epoch", ylabel="loss", ylim=(0, 9))
ax.legend(ncol=2)
ax.grid(alpha=0.3)

# %%
best = int(np.argmin(history["val_loss"]))
for name, k in (("best", best), ("last", 29)):
    train, unseen = history["loss"][k], history["val_loss"][k]
    print(f"{name}: perplexity {np.exp(train):.0f} seen, {np.exp(unseen):.0f} unseen")

# %% [markdown] lang="zh"
# 这张图值得多看一会儿。对训练诗，损失一路下降；对没见过的诗，几轮之后便掉头向上，最后比在全部的字里瞎猜（$\log V$）还糟：它对自己背下的下文深信不疑，而新诗偏偏不那样写。**哪怕在最好的一刻，它也没有胜过只会数字数的基线。** 四千字教不会一种语言。那它学到了什么？让它写，就知道了。
#
# ## 写诗
#
# 每一步按概率抽一个字。温度 $\tau$ 调节胆量：
#
# $$q_k \propto p_k^{1/\tau}$$
#
# $\tau < 1$ 时偏向最有把握的字，$\tau > 1$ 时雨露均沾。抽样用一个小技巧：给 $\log p / \tau$ 加上 Gumbel 噪声再取最大的，与按 $q$ 抽样完全等价，而且一次能抽一批。

# %% [markdown] lang="en"
# Spend a moment on this picture. For the training poems the loss falls all the way. For unseen poems it turns round after a few epochs and ends worse than a blind guess among all characters ($\log V$): the network is convinced of the continuations it knows by heart, and a new poem does not oblige. **Even at its best it does not beat the baseline that only counts.** Four thousand characters do not teach a language. What has it learnt, then? Let it write, and we shall see.
#
# ## Writing poems
#
# At every step a character is drawn according to its probability. The temperature $\tau$ sets how daring to be:
#
# $$q_k \propto p_k^{1/\tau}$$
#
# $\tau < 1$ favours the surest characters, $\tau > 1$ gives the others a chance. A small trick does the drawing: add Gumbel noise to $\log p / \tau$ and take the largest; that is exactly drawing from $q$, and it works for a whole batch at once.


# %%
def write(model, temperature, count=40, seed=0):
    rng = np.random.default_rng(seed)
    rows = np.zeros((count, 1), int)  # start
    for _ in range(24):
        p = model.predict(inputs(rows), batch_size=count)[:, -1]
        score = np.log(p + 1e-9) / temperature + rng.gumbel(size=p.shape)
        score[:, 0] = -np.inf  # "start" is no character
        rows = np.concatenate([rows, score.argmax(axis=1)[:, None]], axis=1)
    return ["".join(signs[k - 1] for k in row[1:]) for row in rows]


for temperature in (0.3, 0.8, 1.3):
    print(temperature, *write(model, temperature, count=3))

# %% [markdown] lang="zh"
# ## 是记忆，还是创作？
#
# 把写出的每一句都拿去查：整句见于哪一首？若查不到，最长的一段见于原诗的字有几个？

# %% [markdown] lang="en"
# ## Memory or invention?
#
# Look up every line: in which poem does it stand? If in none, how long is its longest piece that stands in some poem?


# %%
def source(line):
    """Author and title of the poem with this line, or the longest piece known."""
    for poem in poems:
        if line in poem.text:
            return f"= {poem.author} {poem.title}"
    cuts = [line[i:j] for i in range(5) for j in range(i + 1, 6)]
    return "  " + max((c for c in cuts if c in written), key=len, default="")


for temperature in (0.3, 0.8):
    print("temperature", temperature)
    for text in write(model, temperature, count=2, seed=1):
        for line in text.replace("。", "，").split("，")[:4]:
            print("  ", line, source(line))

# %% [markdown] lang="zh"
# 等号后面是出处：那一句一字不差地出自那首诗。没有等号的，后面是它与原诗相同的最长一段。
#
# 单看几首会被运气左右，还是数一数。对每个温度写四十首，量三件事：整句见于原诗的占几成，相邻两字见于原诗的占几成，以及格式（每五个字一个标点）守住了几成。

# %% [markdown] lang="en"
# After an equals sign stands the source: that line is taken word for word from that poem. Without one, what follows is the longest piece it shares with any poem.
#
# A few poems are a matter of luck, so let us count. For each temperature forty poems are written and three things measured: the share of lines that stand in the poems, the share of pairs of neighbouring characters that do, and the share of texts that keep the form (punctuation after every five characters).


# %%
def measure(texts):
    lines = [text[i : i + 5] for text in texts for i in range(0, 24, 6)]
    pairs = [line[i : i + 2] for line in lines for i in range(4)]
    form = [[c in "，。" for c in text] == list(~words) for text in texts]
    return [
        np.mean([line in written for line in lines]),
        np.mean([pair in written for pair in pairs]),
        np.mean(form),
    ]


temperatures = np.array([0.1, 0.3, 0.5, 0.7, 0.9, 1.1, 1.3])
shares = np.array([measure(write(model, t)) for t in temperatures])
fig, ax = plt.subplots(figsize=(6, 2.6))
for share, name in zip(shares.T, ("lines known", "pairs known", "form kept")):
    ax.plot(temperatures, share, "o-", label=name)
ax.set(xlabel="temperature", ylabel="share", ylim=(0, 1.05))
ax.legend()
ax.grid(alpha=0.3)

# %%
for t, (lines, pairs, form) in zip(temperatures[1::2], shares[1::2]):
    print(
        f"{t}: lines known {lines:.1f}, pairs known {pairs:.1f}, form kept {form:.1f}"
    )

# %% [markdown] lang="zh"
# 温度低的时候，写出来的句子多半另有作者；温度高的时候，句子是它自己的，也就不大通了。两头之间并没有一个“既通顺又是自己写的”的地方。格式倒是真学会了，哪怕诗全是新的。所以，看到机器写出佳句，先查原文，再赞叹。
#
# ## 常见错误
#
# **目标没有错开一位。** 输入第 $t$ 个字，目标也是第 $t$ 个字：不报错，损失降得飞快，看上去好极了。

# %% [markdown] lang="en"
# At a low temperature most of its lines belong to somebody else; at a high one they are its own, and make little sense. There is no place in between where they are both sound and new. The form, on the other hand, is really learnt, and is kept in texts that are entirely new. So when a machine writes a beautiful line, look it up before you marvel.
#
# ## Common mistakes
#
# **Targets that are not moved.** The input at step $t$ is character $t$, and so is the target: no error, a loss that plunges, and everything looks splendid.

# %%
copier = build()
rows = data[~held_out, 1:]
losses = copier.fit(inputs(rows), rows[..., None], epochs=12, verbose=0).history["loss"]
print(f"loss {losses[-1]:.1f}, of the real task {history['loss'][11]:.1f}")
line = np.array([[number[c] for c in "床前明月光"]])
print("".join(signs[max(k, 1) - 1] for k in copier.predict(inputs(line)).argmax(-1)[0]))

# %% [markdown] lang="zh"
# 它学会的是照抄眼前的字。损失好得出奇的时候，先疑心答案漏进了输入。
#
# **忘了 `return_sequences=True`。** 只有最后一步有输出，与每步一个的目标对不上：

# %% [markdown] lang="en"
# It has learnt to copy what is in front of it. When a loss is too good to be true, suspect first that the answer has leaked into the input.
#
# **Without `return_sequences=True`.** Only the last step has an output, and there is a target for every step:

# %% tags=["raises-exception"]
z = GRU(96)(Embedding(V, 32)(before := Input((24,))))
final = Model(before, Dense(V, activation="softmax")(z))
final.compile("adam", "sparse_categorical_crossentropy")
final.fit(x[0], y, verbose=0)

# %% [markdown] lang="zh"
# **用了编号表以外的字。** 表只有 $V$ 行：

# %% [markdown] lang="en"
# **A character beyond the table.** It has only $V$ rows:

# %% tags=["raises-exception"]
model.predict(inputs(np.array([[0, V]])))

# %% [markdown] lang="zh"
# ## 接下来
#
# - 在验证损失最低的那一轮停下（见[回调](../training/callbacks.md)里的 `EarlyStopping`），再画一遍“记忆还是创作”。它还背得出整句吗？
# - 改用七言：`tang.load_data(length=7)`。
# - 把 `GRU` 换成 [LSTM](../recurrent/lstm.md)，或在前后各加一个 [Dropout](../core/dropout.md)：没见过的诗上，损失能低过基线吗？
# - 去掉“位置”这个输入。要训练多久，它才自己学会数到五？
# - 从一个给定的字开头写：把 `rows` 的开头换成它。

# %% [markdown] lang="en"
# ## What to try next
#
# - Stop at the epoch with the lowest validation loss (`EarlyStopping` in [Callbacks](../training/callbacks.md)) and draw "memory or invention" again. Does it still know whole lines?
# - Take the lines of seven characters: `tang.load_data(length=7)`.
# - Replace the `GRU` by an [LSTM](../recurrent/lstm.md), or put a [Dropout](../core/dropout.md) before and after it. Can the loss on unseen poems get below the baseline?
# - Leave out the place. How long must it train to learn by itself to count to five?
# - Have a poem begin with a character of your choice: put it at the start of `rows`.

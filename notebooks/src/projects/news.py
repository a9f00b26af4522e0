# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 新闻：两个输入，两个输出
#
# 一条新闻会被转发多少次？正文说了算一部分，发布时间、是不是周末、作者有多少读者，也各占一份。原文档提到过这个例子，却只给了一个链接。这里把它做完整：一个读文字的 `LSTM`，一路附加信息，汇合后给出最终的预测；文字那一路另给一个自己的预测。
#
# 数据由我们自己编造，好处是**真相已知**：模型学到了什么、没学到什么、最好能好到什么程度，都可以当面对质。
#
# ## 编造数据
#
# 词表分四类：引人的词，催眠的词，平淡的词，外加一个 `not`，它把紧跟着的那个词的作用颠倒过来。于是光数词是不够的，必须读次序。
#
# $$\log s = \underbrace{\sum_t \pm\, a_{w_t}}_{\text{text}} + \underbrace{0.8\,f + 0.7 \cos\tfrac{2\pi (h - 20)}{24} \cdot (0.2 \text{ on weekends})}_{\text{extra}} + \varepsilon, \qquad \varepsilon \sim \mathcal N(0,\ 0.5^2)$$
#
# $s$ 是转发次数与平均水平之比，$a_w$ 是词的引力，$f$ 是读者多少，$h$ 是钟点：平日晚上八点最好，周末则几乎无所谓。$\varepsilon$ 是运气，谁也预测不了。

# %% [markdown] lang="en"
# # News: two inputs, two outputs
#
# How often will a story be shared? The text decides part of it; so do the hour of publication, whether it is a weekend, and how many readers the author has. The original document mentions this example and only gives a link. Here it is in full: an `LSTM` reads the text, a second branch brings the extra facts, and where they meet the final prediction is made; the text branch makes a prediction of its own as well.
#
# We make up the data ourselves, which has one great advantage: **the truth is known.** What the model has learnt, what it has missed, and how good anyone could possibly be: all of it can be checked.
#
# ## Making the data
#
# The vocabulary has words that attract, words that send to sleep, plain words, and `not`, which turns the effect of the next word round. Counting words is therefore not enough; one must read them in order.
#
# $$\log s = \underbrace{\sum_t \pm\, a_{w_t}}_{\text{text}} + \underbrace{0.8\,f + 0.7 \cos\tfrac{2\pi (h - 20)}{24} \cdot (0.2 \text{ on weekends})}_{\text{extra}} + \varepsilon, \qquad \varepsilon \sim \mathcal N(0,\ 0.5^2)$$
#
# $s$ is the number of shares compared to the average, $a_w$ the appeal of a word, $f$ the readership and $h$ the hour: eight in the evening is best on weekdays, and it hardly matters on weekends. $\varepsilon$ is luck, which nobody can predict.

# %%
import matplotlib.pyplot as plt
import numpy as np
import tensorlearn as tl
from tensorlearn import Input, Model
from tensorlearn.layers import LSTM, Dense, Embedding, concatenate

loud = "rescued record secret free kitten champion discovery love".split()
dull = "committee agenda tax minutes quarterly procedure draft statistics".split()
plain = "the a city river plan report school street house day new old people".split()
words = ["not", *loud, *dull, *plain]

rng = np.random.default_rng(0)
appeal = np.zeros(len(words))
appeal[1:9], appeal[9:17] = rng.uniform(0.3, 0.9, 8), -rng.uniform(0.3, 0.9, 8)

N, T = 4000, 12
text = rng.integers(17, len(words), (N, T))
loaded = rng.random((N, T)) < 0.3
text[loaded] = rng.integers(1, 17, loaded.sum())
text[:, :-1][loaded[:, 1:] & (rng.random((N, T - 1)) < 0.4)] = 0  # "not"
print(" ".join(words[w] for w in text[0]))


# %%
def text_part(text):
    sign = np.where(text[:, :-1] == 0, -1, 1)  # after "not"
    return appeal[text[:, 0]] + (sign * appeal[text[:, 1:]]).sum(axis=1)


def extra_part(hour, weekend, readers):
    evening = np.cos(2 * np.pi * (hour - 20) / 24)
    return 0.8 * readers + 0.7 * evening * np.where(weekend, 0.2, 1.0)


hour, weekend = rng.uniform(0, 24, N), rng.random(N) < 2 / 7
readers = rng.normal(size=N)
luck = rng.normal(0, 0.5, N)
y = text_part(text) + extra_part(hour, weekend, readers) + luck
print("share of the variance:")
for name, part in (
    ("text", text_part(text)),
    ("extra", extra_part(hour, weekend, readers)),
    ("luck", luck),
):
    print(f"  {name:5} {part.var() / y.var():.2f}")

# %% [markdown] lang="zh"
# ## 看一看
#
# 把编造的数据当成真数据来看：画三样附加信息与 $\log s$ 的关系。规律都在，只是淹没在别的原因造成的起伏里。

# %% [markdown] lang="en"
# ## A picture
#
# Look at the invented data as one would at real data: each extra fact against $\log s$. The laws are there, drowned in the variation that has other causes.

# %%
fig, axes = plt.subplots(1, 3, figsize=(8, 2.4), sharey=True)
axes[0].scatter(hour, y, s=2, alpha=0.4)
axes[1].scatter(readers, y, s=2, alpha=0.4)
axes[2].hist([y[~weekend], y[weekend]], 30, density=True, orientation="horizontal")
axes[2].legend(["weekday", "weekend"])
for ax, name in zip(axes, ("hour", "readers", "density")):
    ax.set_xlabel(name)
axes[0].set_ylabel("log s")
axes[1].grid(alpha=0.3)

# %% [markdown] lang="zh"
# ## 准备输入
#
# 钟点是一个**圆**：23 点与 1 点只差两小时。直接给数字 23 与 1，网络会以为它们相距最远；给正弦和余弦，圆就还是圆。

# %% [markdown] lang="en"
# ## Preparing the input
#
# The hour is a **circle**: eleven at night and one in the morning are two hours apart. As the numbers 23 and 1 they would be as far apart as can be; as sine and cosine the circle remains a circle.


# %%
def facts(hour, weekend, readers):
    angle = 2 * np.pi * hour / 24
    columns = np.broadcast_arrays(np.sin(angle), np.cos(angle), weekend, readers)
    return np.stack(columns, axis=1).astype("float32")


extra = facts(hour, weekend, readers)
train, test = slice(0, 3000), slice(3000, None)


def pick(part):
    return {"text": text[part], "extra": extra[part]}


print(text[train].shape, extra[train].shape, y[test].shape)

# %% [markdown] lang="zh"
# ## 模型
#
# $$
# \begin{aligned}
# r &= \mathrm{LSTM}(\mathrm{Embedding}(w)) & (N, 12) &\to (N, 12, 16) \to (N, 32) \\
# \hat y_{\text{early}} &= r\,v + c & (N, 32) &\to (N, 1) \\
# \hat y_{\text{final}} &= \mathrm{Dense}(\mathrm{relu}(\mathrm{Dense}([r, e]))) & (N, 32 + 4) &\to (N, 32) \to (N, 1)
# \end{aligned}
# $$
#
# 两个输出有同一个目标，总损失是 $L = L_{\text{final}} + 0.3\, L_{\text{early}}$。层名就是字典的键：数据、目标、损失的权重都按名字给。

# %% [markdown] lang="en"
# ## The model
#
# $$
# \begin{aligned}
# r &= \mathrm{LSTM}(\mathrm{Embedding}(w)) & (N, 12) &\to (N, 12, 16) \to (N, 32) \\
# \hat y_{\text{early}} &= r\,v + c & (N, 32) &\to (N, 1) \\
# \hat y_{\text{final}} &= \mathrm{Dense}(\mathrm{relu}(\mathrm{Dense}([r, e]))) & (N, 32 + 4) &\to (N, 32) \to (N, 1)
# \end{aligned}
# $$
#
# Both outputs have the same target, and the total loss is $L = L_{\text{final}} + 0.3\, L_{\text{early}}$. The names of the layers are the keys: data, targets and weights of the losses are all given by name.


# %%
def build(early_weight=0.3):
    tl.set_seed(0)
    text, extra = Input((T,), name="text"), Input((4,), name="extra")
    read = LSTM(32)(Embedding(len(words), 16)(text))
    early = Dense(1, name="early")(read)
    joined = Dense(32, activation="relu")(concatenate([read, extra]))
    final = Dense(1, name="final")(joined)
    model = Model(inputs=[text, extra], outputs=[final, early])
    weights = {"final": 1.0, "early": early_weight}
    model.compile(tl.optimizers.Adam(0.01), "mse", loss_weights=weights)
    return model


def learn(model, part=train, epochs=8):
    target = {"final": y[part], "early": y[part]}
    return model.fit(pick(part), target, batch_size=50, epochs=epochs, verbose=0)


model = build()
history = learn(model).history
print(sorted(history))

# %% tags=["mermaid"]
print("graph LR")
for layer in model.layers:
    for node in layer._inbound_nodes:
        for origin in node.inbound_layers:
            print(f"  {origin.name}[{origin.name}] --> {layer.name}[{layer.name}]")

# %% [markdown] lang="zh"
# ## 与基线、与真相比较
#
# 误差用均方根。下限是运气的大小：知道全部真相的人也只能做到这样。上限是什么都不看，永远报平均数。中间放两个不用网络的办法：只用附加信息的最小二乘，以及再加上“每个词出现几次”的最小二乘。

# %% [markdown] lang="en"
# ## Against the baselines and the truth
#
# The error is the root of the mean square. Its lower bound is the size of luck: somebody who knew the whole truth could do no better. The upper bound is to look at nothing and always report the mean. In between stand two ways without a network: least squares on the extra facts, and least squares on the facts and on how often each word occurs.


# %%
def error(guess, part=test):
    return np.sqrt(np.mean((np.ravel(guess) - y[part]) ** 2))


def least_squares(*columns):
    table = np.column_stack([*columns, np.ones(N)])
    solution = np.linalg.lstsq(table[train], y[train], rcond=None)[0]
    return table[test] @ solution


counts = np.stack([(text == w).sum(axis=1) for w in range(1, len(words))], axis=1)
final, early = model.predict(pick(test))
for name, guess in (
    ("always the mean", y[train].mean()),
    ("extra, least squares", least_squares(extra)),
    ("extra and word counts", least_squares(extra, counts)),
    ("network, text only", early),
    ("truth, text only", text_part(text)[test]),
    ("network, everything", final),
    ("truth", (y - luck)[test]),
):
    print(f"{name:22} {error(guess):.1f}")

# %% [markdown] lang="zh"
# 数词几乎没有用，因为 `not` 使同一个词有时加分、有时减分；`LSTM` 读出了次序。文字那一路离“只看文字的人能做到的最好”很近，最终的预测也接近运气划下的界线。剩下的一点差距，是 3000 条新闻不够多的代价。
#
# ## 它学到的是真的规律吗？
#
# 误差小，不等于学对了。真相已知，就可以逐条核对。左图：同一条新闻，只改发布时间，预测怎样变（虚线是真相）。右图：往一条平淡的新闻里放进一个词，预测变化多少（横轴是真实的引力）；橙色的点在前面加了 `not`，应当落在反方向的虚线上。

# %% [markdown] lang="en"
# Counting words is of hardly any use, since `not` makes the same word count now for and now against a story; the `LSTM` has read them in order. The text branch is close to the best that anyone could do from the text alone, and the final prediction is close to the line drawn by luck. What gap remains is the price of having only 3000 stories.
#
# ## Has it learnt the true laws?
#
# A small error does not mean that the right thing was learnt. With the truth known, each law can be checked. On the left one story is published at different hours: how does the prediction move (the truth is dashed)? On the right one word is put into a plain story: how much does the prediction change (the horizontal axis is the word's true appeal)? For the orange dots `not` stands before it; they should lie on the dashed line the other way.

# %%
hours = np.linspace(0, 24, 49)
story = np.full((1, T), words.index("city"))
fig, axes = plt.subplots(1, 2, figsize=(8, 2.8))
for day, name in ((0, "weekday"), (1, "weekend")):
    data = {"text": np.repeat(story, 49, 0), "extra": facts(hours, day, 0.0)}
    learnt, truth = model.predict(data)[0].ravel(), extra_part(hours, day, 0.0)
    (line,) = axes[0].plot(hours, learnt - learnt.mean(), label=name)
    axes[0].plot(hours, truth - truth.mean(), "--", color=line.get_color())
axes[0].set(xlabel="hour", ylabel="effect on log s", xticks=range(0, 25, 6))
axes[0].legend()

stories = np.repeat(story, 33, axis=0)
stories[:32, 6] = np.tile(np.arange(1, 17), 2)
stories[16:32, 5] = 0  # "not"
data = {"text": stories, "extra": facts(np.full(33, 12.0), 0, 0.0)}
effect = model.predict(data)[0].ravel()
effect = effect[:32].reshape(2, 16) - effect[32]
axes[1].scatter(appeal[1:17], effect[0], label="word")
axes[1].scatter(appeal[1:17], effect[1], label="not + word")
axes[1].plot([-1, 1], [-1, 1], "k--", [-1, 1], [1, -1], "k--", lw=0.7)
axes[1].legend(fontsize=7)
axes[1].set(xlabel="true appeal", xticks=[-1, 0, 1])
axes[1].grid(alpha=0.3)

# %%
for name, truth, learnt in (("word", 1, effect[0]), ("not + word", -1, effect[1])):
    r = np.corrcoef(truth * appeal[1:17], learnt)[0, 1]
    print(f"{name}: correlation with the truth {r:.1f}")

# %% [markdown] lang="zh"
# ## 错误分析
#
# 错得最多的是哪些新闻？误差减去运气，剩下的才是模型自己的错。按 `not` 的个数分开看：

# %% [markdown] lang="en"
# ## Where it goes wrong
#
# Which stories does it get most wrong? Take luck away from the error, and what is left is the model's own fault. Sorted by how many `not` there are:

# %%
fault = np.ravel(final) - (y - luck)[test]
nots = np.minimum((text[test] == 0).sum(axis=1), 4)
for n in range(5):
    size = np.sqrt(np.mean(fault[nots == n] ** 2))
    print(f"{n}{'+' if n == 4 else ' '} not: {(nots == n).sum():3} stories, {size:.2f}")

# %% [markdown] lang="zh"
# `not` 多的新闻错得略多：颠倒是最难学的一条，而这样的新闻也最少见。与运气的 0.5 相比，每一行都小。
#
# ## 辅助输出有用吗？
#
# 常说辅助输出“逼文字那一路学好”。说法要检验，把它的权重设为 0，再训练一次：

# %% [markdown] lang="en"
# Stories with many `not` are a little harder: turning round is the most difficult of the laws, and such stories are the rarest. Compared to the 0.5 of luck every line is small.
#
# ## Is the auxiliary output of use?
#
# It is often said to "force the text branch to learn". Sayings should be tested: give it weight 0 and train again.

# %%
alone = build(early_weight=0.0)
learn(alone)
print(f"with:    {error(final):.2f}")
print(f"without: {error(alone.predict(pick(test))[0]):.2f}")

# %% [markdown] lang="zh"
# 在这批数据上，最终的误差看不出值得一提的差别：文字本来就占了一半以上的起伏，用不着谁来逼。辅助输出在这里真正的好处是另一样：它让我们能单独检查文字那一路，上面的表里就用上了。
#
# ## 常见错误
#
# **目标没有减去平均数。** 真实的 $\log s$ 不会以 0 为中心。目标整体抬高 4，道理上没有任何变化：

# %% [markdown] lang="en"
# On these data the final error shows no difference worth speaking of: the text causes more than half of the variation and needs nobody to force it. The true merit of the auxiliary output is another one here: it lets us examine the text branch by itself, as the table above did.
#
# ## Common mistakes
#
# **Targets with the mean left in.** Real values of $\log s$ are not centred at 0. Raise all targets by 4, and in principle nothing has changed:

# %%
lifted = build()
target = {"final": y[train] + 4, "early": y[train] + 4}
lifted.fit(pick(train), target, batch_size=50, epochs=8, verbose=0)
print(
    f"error {error(lifted.predict(pick(test))[0] - 4):.1f}, before {error(final):.1f}"
)

for net in (model, lifted):
    state = Model(net.inputs, net.get_layer("early").input).predict(pick(test))
    size, change = np.abs(state).mean(), state.std(axis=0).mean()
    print(f"state of the LSTM: size {size:.1f}, change from text to text {change:.2f}")

# %% [markdown] lang="zh"
# 轮数相同，文字却几乎没有学到。开头几百步里，最省力的办法是让 `LSTM` 的状态去凑那个常数 4：状态变得很大，而且不管读到什么都差不多。**回归的目标先减去训练部分的平均数**，用时再加回来。
#
# **名字拼错：**

# %% [markdown] lang="en"
# After as many epochs next to nothing of the text has been learnt. In the first few hundred steps the cheapest way to lower the loss is to have the state of the `LSTM` make up that constant 4: it has become large, and much the same whatever the text. **Take the mean of the training part from the targets of a regression**, and add it again in use.
#
# **A misspelt name:**

# %% tags=["raises-exception"]
model.fit(pick(train), {"final": y[train], "earlier": y[train]}, verbose=0)

# %% [markdown] lang="zh"
# **两个输出，只给一个目标：**

# %% [markdown] lang="en"
# **Two outputs and one target:**

# %% tags=["raises-exception"]
model.fit(pick(train), y[train], verbose=0)

# %% [markdown] lang="zh"
# ## 接下来
#
# - 只用 500 条新闻训练，换十个种子，把有无辅助输出的误差各画十个点。差别大过种子造成的起伏吗？
# - 把 `LSTM` 换成 [GlobalAveragePooling1D](../pooling/global_average_pooling1d.md)。错误会集中在哪些新闻上？先猜，再看错误分析。
# - 把钟点直接当一个数送进去，左图的曲线会在午夜断开吗？
# - 让真相里有“文字与时间的配合”（比如周末才爱看 kitten），看最终的预测能不能学到。
# - 模型的骨架见[函数式模型](../models/functional.md)。

# %% [markdown] lang="en"
# ## What to try next
#
# - Train on 500 stories with ten seeds, and draw ten dots each for the error with and without the auxiliary output. Is the difference larger than what the seeds make?
# - Replace the `LSTM` by [GlobalAveragePooling1D](../pooling/global_average_pooling1d.md). Which stories will the errors gather in? Guess first, then look at the analysis.
# - Feed the hour as a plain number. Does the curve on the left break at midnight?
# - Let text and time interact in the truth (kittens are for weekends), and see whether the final prediction learns it.
# - The skeleton of the model is in [Functional models](../models/functional.md).

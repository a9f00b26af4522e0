# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 手写数字：多层感知机
#
# 两层 `Dense`，不到一秒的训练，就能认出十个手写数字里的九个多。这个项目从头到尾做一遍：看数据，定基线，建模型，训练，然后把大半篇幅留给最容易草草了事的那一步：**弄清楚测得的准确率究竟说明了什么。**
#
# ## 数据
#
# 随 `tensorlearn` 附带的 1797 张 8×8 灰度图，出自 13 个人的手。`load_data` 把它随机分成两份，训练与测试；`flatten=True` 把每张图压成 64 个数。

# %% [markdown] lang="en"
# # Digits with a perceptron
#
# Two `Dense` layers and less than a second of training recognise more than nine handwritten digits in ten. This project goes the whole way, from looking at the data through baselines, model and training, and spends most of its time on the step that is easiest to skimp: **finding out what the measured accuracy really says.**
#
# ## The data
#
# `tensorlearn` comes with 1797 grey images of 8×8 pixels, written by 13 people. `load_data` divides them at random into a part for training and one for testing; with `flatten=True` every image is a row of 64 numbers.

# %%
import matplotlib.pyplot as plt
import numpy as np
import tensorlearn as tl
from tensorlearn import Sequential
from tensorlearn.datasets import digits
from tensorlearn.layers import Dense

(x, y), (x_test, y_test) = digits.load_data(flatten=True)
print(x.shape, x.dtype, x.min(), x.max(), x_test.shape)
print("of each digit:", np.bincount(y))

# %% [markdown] lang="zh"
# 动手之前先看。每一列是同一个数字的五种写法，最下面一行是它们的平均：

# %% [markdown] lang="en"
# Look before you build. Every column shows five ways to write a digit, and at the bottom the mean of them all:

# %%
fig, axes = plt.subplots(6, 10, figsize=(7, 4.2))
for k, column in enumerate(axes.T):
    pictures = [*x[y == k][:5], x[y == k].mean(axis=0)]
    for ax, picture in zip(column, pictures):
        ax.imshow(picture.reshape(8, 8), cmap="Greys", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    column[0].set_title(k)
label = axes[5, 0].set_ylabel("mean")

# %% [markdown] lang="zh"
# 有的 1 只是粗粗的一竖，有的 7 腰上多一横，有的 9 像 3。平均图则清清楚楚，这说明同一个数字的写法大体一致，也暗示了一个很简单的办法。
#
# ## 先定基线
#
# 说一个网络“好”，总得有个比较。三条基线，没有一条需要训练：
#
# - 什么都不看，永远答训练集里最多的那个数字；
# - 与十张平均图比，哪张最近就答哪个；
# - 与每一张训练图比，最近的那张是几就答几（最近邻）。

# %% [markdown] lang="en"
# Some ones are just a thick stroke, some sevens have a bar across, some nines look like threes. Yet the means are clear: people agree by and large on how to write a digit, and that suggests something very simple to try.
#
# ## Baselines first
#
# A network is good only compared to something. Here are three baselines, and none of them is trained:
#
# - look at nothing and always answer the most frequent digit of the training part;
# - compare with the ten means and answer the nearest;
# - compare with every training image and answer whatever the nearest one shows (nearest neighbour).


# %%
def nearest(rows, known):
    """Which row of `known` is nearest to each of `rows`."""
    squares = (known**2).sum(axis=1) - 2 * rows @ known.T  # |a - b|² without |a|²
    return squares.argmin(axis=1)


means = np.stack([x[y == k].mean(axis=0) for k in range(10)])
constant = np.bincount(y).argmax()
print(f"always {constant}:          {(constant == y_test).mean():.2f}")
print(f"nearest mean:      {(nearest(x_test, means) == y_test).mean():.2f}")
print(f"nearest neighbour: {(y[nearest(x_test, x)] == y_test).mean():.2f}")

# %% [markdown] lang="zh"
# 最近邻已经很高了。记住这个数字：网络要么胜过它，要么得用别的好处来交代。
#
# ## 模型
#
# $$h = \mathrm{relu}(x\,W_1 + b_1), \qquad p = \mathrm{softmax}(h\,W_2 + b_2) \qquad (N, 64) \to (N, 32) \to (N, 10)$$
#
# $p$ 的每一行是十个概率，加起来是 1。标签是 0 到 9 的整数，所以损失用 `sparse_categorical_crossentropy`：真实答案的概率取对数，再变号，$-\log p_{y}$。

# %% [markdown] lang="en"
# The nearest neighbour is high already. Keep the figure in mind: either the network beats it, or it has to have other merits.
#
# ## The model
#
# $$h = \mathrm{relu}(x\,W_1 + b_1), \qquad p = \mathrm{softmax}(h\,W_2 + b_2) \qquad (N, 64) \to (N, 32) \to (N, 10)$$
#
# A row of $p$ holds ten probabilities that add up to 1. The labels are integers from 0 to 9, so the loss is `sparse_categorical_crossentropy`: minus the logarithm of the probability given to the true answer, $-\log p_{y}$.


# %%
def build():
    tl.set_seed(0)
    model = Sequential()
    model.add(Dense(32, activation="relu", input_shape=(64,)))
    model.add(Dense(10, activation="softmax"))
    adam = tl.optimizers.Adam(0.01)
    model.compile(adam, "sparse_categorical_crossentropy", ["accuracy"])
    return model


model = build()
print(model.count_params(), 64 * 32 + 32 + 32 * 10 + 10, 1438 * 64)

# %% [markdown] lang="zh"
# 三个数：参数个数，手算的参数个数，最近邻要记住的数字个数。网络把训练集压缩成了四十分之一，这就是它的第一样好处。
#
# ## 训练
#
# 训练部分再留出五分之一作**验证**：训练多少轮、用几个单元，都看它来定。测试部分只在最后用一次；若拿它来挑模型，它就不再是没见过的数据了。

# %% [markdown] lang="en"
# Three figures: the parameters, the parameters counted by hand, and the numbers that the nearest neighbour has to remember. The network has squeezed the training part to a fortieth; that is its first merit.
#
# ## Training
#
# A fifth of the training part is kept back for **validation**: how many epochs, how many units, such things are decided by looking at it. The test part is used once, at the end; choose a model by it, and it is no longer data nobody has seen.

# %%
history = model.fit(
    x, y, batch_size=32, epochs=20, validation_split=0.2, verbose=0
).history

fig, axes = plt.subplots(1, 2, figsize=(7, 2.5))
for ax, name in zip(axes, ("loss", "acc")):
    ax.plot(range(1, 21), history[name], label="training")
    ax.plot(range(1, 21), history["val_" + name], label="validation")
    ax.set(xlabel="epoch", title=name)
    ax.legend()
    ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# 十轮左右，验证损失就不再下降，训练损失却还在降：再训练下去，学到的就只是这些训练图自己的特点了。二十轮差不多正好。
#
# ## 测试，以及误差范围

# %% [markdown] lang="en"
# After some ten epochs the validation loss stops falling while the training loss goes on: from there on, what is learnt is peculiar to these training images. Twenty epochs are about right.
#
# ## The test, and its margin of error

# %%
p = model.predict(x_test)
answer = p.argmax(axis=1)
accuracy = (answer == y_test).mean()
margin = 2 * np.sqrt(accuracy * (1 - accuracy) / len(y_test))
print(f"test accuracy {accuracy:.2f} ± {margin:.2f}")

# %% [markdown] lang="zh"
# 359 张图的准确率好比抛 359 次硬币：$\pm 2\sqrt{p(1-p)/n}$ 约有 95 % 的把握。两个模型若只差一个百分点，这份测试集根本分不出高下。但与最近邻的差距确实存在：**这个小网络不如最近邻。** 许多教程不画基线，也就看不见这一点。网络的好处在别处：小四十倍，快得多，而且给出概率。
#
# ## 同样的手，还是别人的手？
#
# 更要紧的是下面这个问题。文件里相邻的图往往出自同一个人（见数据说明 `digits.md`），随机划分把每个人的字都分到了两边，所以上面测的是“认得**见过的笔迹**”。文件没有记录谁写了哪一张，但可以把原来的次序切成五段，轮流拿一段来测试：这样，测试部分的多数人就没有在训练中出现过。

# %% [markdown] lang="en"
# The accuracy over 359 images is like tossing a coin 359 times: $\pm 2\sqrt{p(1-p)/n}$ holds with a confidence of about 95 %. Two models that differ by one percent cannot be told apart by this test part. But the gap to the nearest neighbour is real: **this small network is worse than the nearest neighbour.** Many a tutorial shows no baseline and so never sees it. The network's merits lie elsewhere: it is forty times smaller, much faster, and it gives probabilities.
#
# ## The same hands, or other people's?
#
# The next question matters more. Neighbouring images in the file are often by the same person (see the datasheet, `digits.md`). A random division puts everybody's writing on both sides, so what we measured is how well **hands seen before** are read. The file does not say who wrote what, but its original order can be cut into five blocks, each of which serves as the test part in turn: now most writers of the test part were never met in training.

# %%
from importlib import resources

file = resources.files("tensorlearn.datasets") / "data" / "digits.npz"
with file.open("rb") as stream, np.load(stream) as arrays:
    images = arrays["images"].reshape(-1, 64).astype("float32") / 16
    labels = arrays["labels"].astype("int64")

block = np.arange(len(labels)) * 5 // len(labels)  # 0 0 … 1 1 … 4
mixed = np.random.default_rng(0).permutation(block)
for name, part in (("random", mixed), ("blocks", block)):
    scores = []
    for k in range(5):
        model_k, train, test = build(), part != k, part == k
        model_k.fit(images[train], labels[train], epochs=10, verbose=0)
        scores.append(model_k.evaluate(images[test], labels[test], verbose=0)[1])
    print(f"{name}: mean {np.mean(scores):.2f}, worst {min(scores):.2f}")

# %% [markdown] lang="zh"
# 换了人，错误多了一倍不止，而且各段相差很大：有的人字写得好认，有的人不。**要说“这个网络能读手写数字”，该报的是第二行。** 第一行回答的是另一个问题。
#
# ## 错在哪里
#
# 回到随机划分的那个模型。混淆矩阵的行是真实的数字，列是网络的回答，对角线之外都是错误：

# %% [markdown] lang="en"
# With other people's writing there are more than twice as many mistakes, and the blocks differ widely: some hands are easy to read and some are not. **Who claims that the network reads handwritten digits should report the second line.** The first answers another question.
#
# ## Where it goes wrong
#
# Back to the model of the random division. The rows of the confusion matrix are the true digits, the columns the answers; whatever is off the diagonal is a mistake:

# %%
matrix = tl.visual.confusion_matrix(y_test, answer)
counts = np.asarray(matrix)

fig, ax = plt.subplots(figsize=(3.6, 3.2))
ax.set(xlabel="answer", ylabel="true", xticks=range(10), yticks=range(10))
ax.imshow(counts * (1 - np.eye(10)), cmap="Reds", vmax=6)
for (i, j), n in np.ndenumerate(counts):
    if n:
        ax.text(j, i, n, ha="center", va="center", color="0.6" if i == j else "k")

# %% [markdown] lang="zh"
# 再看看错得最理直气壮的十张：标题是“真实 → 回答”，下面是它给自己的回答多大的概率。

# %% [markdown] lang="en"
# And here are the ten mistakes it was surest of: the title gives the truth and the answer, the number below the probability that it gave its answer.

# %%
confidence = p.max(axis=1)
wrong = np.flatnonzero(answer != y_test)
wrong = wrong[np.argsort(-confidence[wrong])][:10]

fig, axes = plt.subplots(1, 10, figsize=(8, 1.5))
for ax, k in zip(axes, wrong):
    ax.imshow(x_test[k].reshape(8, 8), cmap="Greys", vmin=0, vmax=1)
    ax.set(title=f"{y_test[k]} → {answer[k]}", xticks=[], yticks=[])
    ax.set_xlabel(f"{confidence[k]:.2f}")

# %% [markdown] lang="zh"
# 有几张人也要犹豫，另一些则一望而知，网络却十拿九稳地认错。概率高并不等于可靠。不过，概率毕竟有用：让网络放弃最没有把握的一成，交给人去看，其余的就准得多。

# %% [markdown] lang="en"
# Some of them would make you hesitate too; others are plain, and the network is wrong with great assurance. A high probability is not a promise. Still, probabilities are useful: let the network pass the least certain tenth to a person, and it is much more accurate on the rest.

# %%
sure = confidence >= np.quantile(confidence, 0.1)
print(f"surest nine tenths: {(answer == y_test)[sure].mean():.2f}")
print(f"the other tenth:    {(answer == y_test)[~sure].mean():.2f}")

# %% [markdown] lang="zh"
# ## 常见错误
#
# **整数标签配了 `categorical_crossentropy`。** 它要的是每行十个数的独热标签：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **Integer labels with `categorical_crossentropy`.** That loss wants one-hot labels, rows of ten:

# %% tags=["raises-exception"]
model.compile("adam", "categorical_crossentropy")
model.fit(x, y, verbose=0)

# %% [markdown] lang="zh"
# **测试时忘了压平：**

# %% [markdown] lang="en"
# **Not flattened when it comes to testing:**

# %% tags=["raises-exception"]
_, (pictures, _) = digits.load_data()
model.predict(pictures)

# %% [markdown] lang="zh"
# **缩放前后不一致。** 这不报错。训练时像素在 0 到 1 之间，使用时却送进 0 到 16 的原始数据：

# %% [markdown] lang="en"
# **Scaled in training and not in use.** This raises nothing. The pixels were between 0 and 1 in training, and now the raw ones arrive, from 0 to 16:

# %%
for scale in (1, 16):
    p = model.predict(scale * x_test)
    right = p.argmax(axis=1) == y_test
    mistaken = p.max(axis=1)[~right].mean()
    print(
        f"× {scale:2}: accuracy {right.mean():.2f}, sure of its mistakes {mistaken:.2f}"
    )

# %% [markdown] lang="zh"
# 准确率几乎看不出变化：`relu` 网络里只有偏置不随输入一起放大。但 `softmax` 看到的数大了十几倍，于是连错误的回答也有了十足的把握，上面“放弃一成”的办法就此失效。这种错误最难发现，因为一切看上去都还在工作。
#
# **用训练数据来报告成绩。** 样本越少，自欺越甚：

# %% [markdown] lang="en"
# The accuracy hardly shows it: in a `relu` network only the biases do not grow with the input. But `softmax` sees numbers more than ten times as large and becomes quite certain, of its mistakes too; passing the doubtful tenth to a person no longer works. Such a fault is hard to find because everything still seems to be in order.
#
# **Reporting on the training data.** The fewer the samples, the greater the self-deception:

# %%
few = build()
few.fit(x[:100], y[:100], epochs=60, verbose=0)
for name, a, b in (("training", x[:100], y[:100]), ("test", x_test, y_test)):
    print(f"{name}: {few.evaluate(a, b, verbose=0)[1]:.2f}")

# %% [markdown] lang="zh"
# ## 接下来
#
# - 单元从 8 个到 256 个各试一次，画出两种划分下的准确率。更大的网络能追上最近邻吗？
# - 加一层 `Dropout(0.3)`（见 [Dropout](../core/dropout.md)），它对“别人的手”有帮助吗？
# - 把训练图上下左右各移一个像素，一并拿来训练；再看下一个项目[卷积网络](digits_cnn.md)，它怎样把“移动”直接造进结构里。
# - 把第一层的 32 列权重画成 8×8 的图。你看得懂它们吗？[滤波器看见什么](filters.md)会告诉你怎样追问。

# %% [markdown] lang="en"
# ## What to try next
#
# - Try 8 to 256 units and draw the accuracy under both divisions. Does a larger network catch up with the nearest neighbour?
# - Add a `Dropout(0.3)` (see [Dropout](../core/dropout.md)). Does it help with other people's hands?
# - Add copies of the training images moved by a pixel in each direction. Then see how the next project, the [convolutional network](digits_cnn.md), builds moving into its structure.
# - Draw the 32 columns of the first kernel as 8×8 pictures. Do they make sense to you? [What a filter sees](filters.md) shows how to ask.

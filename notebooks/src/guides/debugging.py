# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 调试：看见训练的内部
#
# 神经网络出了错，往往不报错，只是学不好。这一页介绍六件工具，读完以后，你能在训练之前、之中、之后，各用一行代码看见里面发生了什么。
#
# | 你遇到的事 | 工具 |
# |---|---|
# | 还没训练，想先检查一遍 | `model.check(x, y)` |
# | 学不动，不知道卡在哪一层 | `model.trace(x, y)` |
# | 想看清每一步反向传播 | `loss.explain()`，`loss.graph()` |
# | 损失变成 NaN | `with detect_anomaly():` |
# | `fit` 与 `evaluate` 的数字对不上 | `model.explain_fit_vs_evaluate(x, y)` |
# | 自己写的梯度对不对 | `gradcheck`，见[用数值检验梯度](../guides/gradcheck.md) |
#
# ## 训练之前：`check`
#
# 下面这个模型有三处毛病：像素没有缩放，最后一层没有 `softmax`，学习率大了几百倍。它能编译，也能训练，只是永远学不好。

# %% [markdown] lang="en"
# # Debugging: seeing inside
#
# When a neural network is wrong it seldom says so; it just learns badly. This page shows six tools. After it, one line will let you see what goes on inside: before training, during it, and afterwards.
#
# | what you are facing | the tool |
# |---|---|
# | nothing trained yet, and you want it looked over | `model.check(x, y)` |
# | it will not learn, and you do not know which layer is to blame | `model.trace(x, y)` |
# | you want to see every step of the way back | `loss.explain()`, `loss.graph()` |
# | the loss has become NaN | `with detect_anomaly():` |
# | `fit` and `evaluate` give different figures | `model.explain_fit_vs_evaluate(x, y)` |
# | is a gradient of your own right? | `gradcheck`, see [Checking gradients by numbers](../guides/gradcheck.md) |
#
# ## Before training: `check`
#
# There are three things wrong with this model: the pixels are not scaled, the last layer has no `softmax`, and the learning rate is hundreds of times too large. It compiles and it trains; it will just never be any good.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn import Sequential
from tensorlearn.datasets import digits
from tensorlearn.layers import BatchNormalization, Dense, Dropout, Lambda

tl.set_seed(0)
(x, y), (x_test, y_test) = digits.load_data(flatten=True)
pixels = np.rint(x * 255)  # as an image file would hold them

model = Sequential([Dense(32, activation="relu", input_shape=(64,)), Dense(10)])
model.compile(tl.optimizers.Adam(0.5), "sparse_categorical_crossentropy", ["accuracy"])

# %% tags=["both"]
report = model.check(pixels, y)
print(report)

# %% [markdown] lang="zh"
# 每一条说三件事：在哪里、哪里不对、怎么改。等级有三种：错误（`fit` 会拒绝）、警告（几乎肯定是疏忽）、提示（值得看一眼）。`check` 什么也不训练，什么也不改变；报告可以当条件用，也可以逐条遍历，`code` 是不随语言变的名字：

# %% [markdown] lang="en"
# Every entry says where, what is wrong, and what to do. There are three grades: an error (`fit` would refuse), a warning (almost certainly an oversight), a note (worth a look). `check` trains nothing and changes nothing. The report can serve as a condition and be gone through, and `code` is a name that is the same in both languages:

# %%
print(bool(report), [(one.severity, one.code) for one in report])

model = Sequential([Dense(32, activation="relu", input_shape=(64,))])
model.add(Dense(10, activation="softmax"))
model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
print(bool(model.check(x, y)))

# %% [markdown] lang="zh"
# 忘了问也不要紧：编译之后的第一批数据，`fit` 会自动检查其中最便宜、最有把握的那些，有毛病就给出 `GuidanceWarning`。若是有意为之，写 `warnings.simplefilter("ignore", tl.models.GuidanceWarning)` 就能关掉：

# %% [markdown] lang="en"
# Nothing is lost if you forget to ask: after compiling, `fit` puts its first batch through those rules that are cheap and beyond doubt, and gives a `GuidanceWarning` if one applies. If you meant it so, `warnings.simplefilter("ignore", tl.models.GuidanceWarning)` turns it off:

# %% tags=["both"]
import warnings

hasty = Sequential([Dense(10, input_shape=(64,))])
hasty.compile("adam", "sparse_categorical_crossentropy")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    hasty.fit(x[:64], y[:64], verbose=0)
print(caught[0].category.__name__, "-", caught[0].message)

# %% [markdown] lang="zh"
# ## 一批数据走过每一层：`trace`
#
# `trace` 送一批数据走完全程，列出每一层输出的形状、范围，以及权重；给了目标，就连损失和梯度的长度也列出来。下面故意让偏置从 $-3$ 出发：

# %% [markdown] lang="en"
# ## One batch through every layer: `trace`
#
# `trace` sends a batch all the way through and lists the shape and range of what every layer gives, and of its weights; with targets, the loss and the length of each gradient as well. Here the biases start at $-3$, on purpose:

# %% tags=["both"]
tl.set_seed(0)
low = tl.initializers.Constant(-3.0)
sleepy = Sequential(name="sleepy")
first = {"activation": "relu", "bias_initializer": low, "input_shape": (64,)}
sleepy.add(Dense(16, name="asleep", **first))
sleepy.add(Dense(10, activation="softmax", name="answer"))
sleepy.compile("adam", "sparse_categorical_crossentropy")
trace = sleepy.trace(x[:64], y[:64])
print(trace)

# %% [markdown] lang="zh"
# 表格下面的几句话就是诊断：`relu` 单元对每个样本都是 0，前面的权重收不到梯度，再训练多久也不会醒。表里的每个数字都能取出来用：

# %% [markdown] lang="en"
# The sentences below the table are the diagnosis: the `relu` units are 0 for every sample, no gradient gets past them, and no amount of training will wake them. Each figure in the table can be had as a value:

# %%
asleep = trace["asleep"]
print(asleep.dead, asleep.output.shape, asleep.weights[0].norm, trace.loss)

# %% [markdown] lang="zh"
# ## 看一看：梯度消失
#
# 有了 `trace`，教科书里的“梯度消失”就成了可以量的东西。十个隐藏层，换三种激活函数，量每一层权重的梯度有多长（纵轴是对数）：

# %% [markdown] lang="en"
# ## A picture: gradients that vanish
#
# With `trace` the "vanishing gradient" of the textbooks becomes something one can measure. Ten hidden layers, three activations, and the length of the gradient of every kernel (on a logarithmic axis):

# %%
import matplotlib.pyplot as plt


def lengths(activation, init):
    tl.set_seed(0)
    deep = Sequential()
    for shape in [(64,)] + [(32,)] * 9:
        options = {"activation": activation, "kernel_initializer": init}
        deep.add(Dense(32, input_shape=shape, **options))
    deep.add(Dense(10, activation="softmax"))
    deep.compile("adam", "sparse_categorical_crossentropy")
    return [call.weights[0].norm for call in deep.trace(x[:256], y[:256])]


fig, ax = plt.subplots(figsize=(6, 2.6))
for activation in ("sigmoid", "tanh", "relu"):
    init = "he_normal" if activation == "relu" else "glorot_uniform"
    ax.semilogy(range(1, 12), lengths(activation, init), "o-", label=activation)
ax.set(xlabel="layer", ylabel="length of gradient", ylim=(1e-8, 10))
ax.legend()
ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# `sigmoid` 的斜率最大只有 $1/4$，往回每走一层，梯度就缩小好几倍；走到第一层，只剩百万分之一。`tanh` 与 `relu` 配上合适的[初始化](../training/initializers.md)，十层走下来，长度几乎不变。
#
# ## 一步一步地往回走：`explain`
#
# 任何一个由 `Tensor` 算出的数，都可以请它讲一遍自己的反向传播：公式、形状、数字，一步不少。

# %% [markdown] lang="en"
# The slope of `sigmoid` is $1/4$ at best, so every layer on the way back makes the gradient several times shorter; at the first layer a millionth is left. `tanh` and `relu`, with [initializers](../training/initializers.md) to match, keep its length almost unchanged through all ten.
#
# ## The way back, step by step: `explain`
#
# Any number computed from `Tensor`s can be asked to tell its own backward pass: formulas, shapes and figures, with no step left out.

# %% tags=["both"]
from tensorlearn import Tensor

v = Tensor([1.0, 2.0])
w = Tensor([0.5, -1.0], requires_grad=True)
b = Tensor(0.25, requires_grad=True)
loss = (np.tanh((v * w).sum() + b) - 1.0) ** 2
print(loss.explain(w=w, b=b))

# %% [markdown] lang="zh"
# 在笔记本里，`loss.explain(...)` 会显示成排好版的公式；`explain(...).latex()` 与 `.markdown()` 给出可以抄进作业的文本。图呢？`graph` 画出它的来历，也是一行：

# %% [markdown] lang="en"
# In a notebook `loss.explain(...)` shows typeset formulas, and `explain(...).latex()` and `.markdown()` give text to put into your homework. And the picture: `graph` draws where the number came from, in one line as well:

# %%
loss.graph(w=w, b=b)

# %% [markdown] lang="zh"
# ## NaN 从哪里来：`detect_anomaly`
#
# 等你看到 `loss: nan`，NaN 往往已经走了很远。在 `detect_anomaly` 里再跑一次，**第一个**产生 NaN 或 Inf 的运算就会当场报错，说出是哪个运算、哪一层、你的哪一行，还把闯祸的那一批数据留了下来：

# %% [markdown] lang="en"
# ## Where NaN comes from: `detect_anomaly`
#
# By the time you see `loss: nan`, the NaN has usually travelled far. Run it again inside `detect_anomaly`, and the **first** operation to make a NaN or Inf raises on the spot: which operation, which layer, which line of yours; and it keeps the batch that did it:

# %% tags=["both"]
from tensorlearn.testing import AnomalyError, detect_anomaly

tl.set_seed(0)
risky = Sequential([Dense(4, activation="relu", input_shape=(64,))])
risky.add(Lambda(lambda z: tl.ops.log(z), name="logarithm"))
risky.add(Dense(10, activation="softmax"))
risky.compile("adam", "sparse_categorical_crossentropy")
try:
    with detect_anomaly():
        risky.fit(x, y, verbose=0)
except AnomalyError as error:
    culprit = error
    print(error.primitive, error.layer, error.direction)

# %% [markdown] lang="zh"
# `relu` 会给出 0，而 $\log 0 = -\infty$。`error.batch` 就是那一批，可以直接送回去重现，再找出是哪些样本：

# %% [markdown] lang="en"
# `relu` gives zeros, and $\log 0 = -\infty$. `error.batch` is that very batch. Feed it back to see it happen again, or find out which samples it was:

# %%
x_bad, y_bad = culprit.batch
z = risky.layers[0](x_bad).numpy()
print(x_bad.shape, "samples with a zero:", int((z == 0).any(axis=1).sum()))

# %% [markdown] lang="zh"
# `detect_anomaly` 要检查每个结果，所以比较慢，只在查找时用。平时训练用回调 `TerminateOnNaN`，见[回调](../training/callbacks.md)。
#
# ## `fit` 与 `evaluate` 为什么不一样
#
# 同样的数据，`fit` 报告一个损失，`evaluate` 却给出另一个。原因只有三种：`fit` 边走边平均，算进了较旧的权重；批归一化在训练时用本批的统计；`Dropout` 在训练时捣乱。`explain_fit_vs_evaluate` 真的训练一轮，逐一关掉这三样，量出各占多少，然后把一切恢复原状：

# %% [markdown] lang="en"
# `detect_anomaly` inspects every result and is therefore slow: for hunting only. In everyday training use the callback `TerminateOnNaN`, see [Callbacks](../training/callbacks.md).
#
# ## Why `fit` and `evaluate` disagree
#
# On the same data `fit` reports one loss and `evaluate` another. There are just three reasons: `fit` averages while it goes, so older weights are counted in; batch normalization uses the batch's own statistics in training; and `Dropout` interferes in training. `explain_fit_vs_evaluate` really trains an epoch, switches the three off one by one, measures the share of each, and puts everything back as it was:

# %% tags=["both"]
tl.set_seed(0)
mixed = Sequential([Dense(64, activation="relu", input_shape=(64,))])
for layer in (BatchNormalization(), Dropout(0.5), Dense(10, activation="softmax")):
    mixed.add(layer)
mixed.compile("adam", "sparse_categorical_crossentropy")
mixed.fit(x, y, epochs=2, verbose=0)
print(mixed.explain_fit_vs_evaluate(x, y))

# %% [markdown] lang="zh"
# ## 最老的一招：先让它背下一批
#
# 训练循环的对错，有一个不会骗人的检验：随便取十个样本，让网络把它们背下来。损失应当降到几乎为 0；降不下去，错误就在模型、损失或标签里，而不在数据量或正则化上。这十秒钟值得每次都花：

# %% [markdown] lang="en"
# ## The oldest trick: have it learn one batch by heart
#
# There is one test of a training set-up that does not lie: take any ten samples and let the network memorise them. The loss should go to almost 0. If it does not, the mistake is in the model, the loss or the labels, and more data or another regularizer will not help. It takes ten seconds, and they are well spent every time:

# %%
tl.set_seed(0)
small = Sequential([Dense(32, activation="relu", input_shape=(64,))])
small.add(Dense(10, activation="softmax"))
small.compile(tl.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
losses = [small.train_on_batch(x[:10], y[:10]) for _ in range(100)]
print([round(losses[i], 4) for i in (0, 10, 30, 99)])

# %% [markdown] lang="zh"
# ## 常见错误
#
# **只有一个单元的 `softmax`。** 它永远等于 1，所以 `fit` 一开始就拒绝：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **A `softmax` over a single unit.** It is always 1, so `fit` refuses at the start:

# %% tags=["raises-exception"]
one = Sequential([Dense(1, activation="softmax", input_shape=(64,))])
one.compile("adam", "binary_crossentropy")
one.fit(x, y > 4, verbose=0)

# %% [markdown] lang="zh"
# **在损失里离开了图。** `numpy()` 取出的是普通数组，不再记得来历，权重就收不到梯度：

# %% [markdown] lang="en"
# **A loss that leaves the graph.** What `numpy()` takes out is a plain array without a past, and no gradient gets to the weights:


# %% tags=["raises-exception"]
def my_loss(y_true, y_pred):
    return np.mean((y_pred.numpy() - y_true.numpy()) ** 2, axis=-1)


lost = Sequential([Dense(1, input_shape=(64,))])
lost.compile("sgd", my_loss)
lost.fit(x, y, verbose=0)

# %% [markdown] lang="zh"
# **数据里本来就有 NaN。** 这不怪网络，`fit` 在第一步之前就会说：

# %% [markdown] lang="en"
# **The data had the NaN all along.** The network is not to blame, and `fit` says so before the first step:

# %% tags=["raises-exception"]
holes = x.copy()
holes[7, 3] = np.nan
model.fit(holes, y, verbose=0)

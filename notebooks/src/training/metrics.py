# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 评价指标
#
# 损失是给优化器看的，指标是给人看的。读完这一页，你知道 `"accuracy"` 在你的模型里到底指哪一种准确率，会写自己的指标，也知道哪些指标不能按批平均。
#
# ## 它算什么
#
# 指标与损失一样，是 `metric(y_true, y_pred)`，给出每个样本一个数；不同的是，没有梯度流过它，所以可以用 NumPy 写，也可以用 `argmax`。每个损失都可以当指标用。

# %% [markdown] lang="en"
# # Metrics
#
# The loss is for the optimizer, metrics are for people. After this page you know which accuracy `"accuracy"` means in your model, can write metrics of your own, and know which ones must not be averaged over batches.
#
# ## What it computes
#
# Like a loss, a metric is `metric(y_true, y_pred)` and gives a number per sample. Unlike a loss it has no gradient, so it may be written in NumPy and use `argmax`. Every loss can serve as a metric.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn import Sequential, metrics
from tensorlearn.layers import Dense

y_true = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]])
y_pred = np.array([[0.2, 0.7, 0.1], [0.4, 0.5, 0.1], [0.3, 0.3, 0.4]])
print(metrics.categorical_accuracy(y_true, y_pred))
print(metrics.sparse_categorical_accuracy(y_true.argmax(1), y_pred))
print(metrics.binary_accuracy(y_true, y_pred))
print(metrics.top_k_categorical_accuracy(y_true, y_pred, k=2))

# %% [markdown] lang="zh"
# 手算第二个样本：最大的是 0.5，不是正确的 0.4，所以 `categorical_accuracy` 记 0；可若把三个输出当作三道是非题，四舍五入后只有第一题错（第二题 0.5 按偶数舍入成 0，恰好对了），`binary_accuracy` 就记 2/3。同样的数字，两种说法。
#
# ## `"accuracy"` 是哪一个
#
# | 损失与输出 | `"accuracy"` 的意思 |
# |---|---|
# | 输出只有一个单元，或损失是 `binary_crossentropy` | `binary_accuracy` |
# | 损失是 `sparse_categorical_crossentropy` | `sparse_categorical_accuracy` |
# | 其他 | `categorical_accuracy` |
#
# `check` 会说出它选了哪一个：

# %% [markdown] lang="en"
# The second sample by hand: the largest is 0.5, not the 0.4 that is right, so `categorical_accuracy` counts 0. Take the three outputs as three yes-or-no questions instead, and after rounding only the first is wrong (0.5 is rounded to the even 0, which happens to be right): `binary_accuracy` counts 2/3. The same figures, two stories.
#
# ## Which one is `"accuracy"`?
#
# | loss and output | what `"accuracy"` means |
# |---|---|
# | the output has one unit, or the loss is `binary_crossentropy` | `binary_accuracy` |
# | the loss is `sparse_categorical_crossentropy` | `sparse_categorical_accuracy` |
# | otherwise | `categorical_accuracy` |
#
# `check` tells which one was chosen:

# %% tags=["both"]
from tensorlearn.datasets import digits

(x, y), (x_test, y_test) = digits.load_data(flatten=True)
one_hot = np.eye(10)[y]
model = Sequential([Dense(10, activation="sigmoid", input_shape=(64,))])
model.compile("adam", "binary_crossentropy", ["accuracy", "categorical_accuracy"])
print(model.check(x, one_hot))

# %% [markdown] lang="zh"
# 最有名的误会就在这里：十个类别配 `binary_crossentropy`，什么也没学到的模型也有九成“准确率”，因为每个样本的十个答案里，九个是 0：

# %% [markdown] lang="en"
# Here lies the most famous misunderstanding: ten classes with `binary_crossentropy`, and a model that has learnt nothing boasts an "accuracy" of nine in ten, since of the ten answers for a sample nine are 0:

# %%
tl.set_seed(0)
zero = {"kernel_initializer": "zeros", "bias_initializer": tl.initializers.Constant(-1)}
guess = Sequential([Dense(10, activation="sigmoid", input_shape=(64,), **zero)])
guess.compile("adam", "binary_crossentropy", ["accuracy", "categorical_accuracy"])
found = guess.evaluate(x_test, np.eye(10)[y_test], verbose=0)
{name: round(value, 3) for name, value in zip(guess.metrics_names, found)}

# %% [markdown] lang="zh"
# ## 在训练中
#
# 名字、函数都可以；几个输出各有指标时用字典。`weighted_metrics` 里的指标会乘上 `sample_weight`，`metrics` 里的不会。报告里的名字：`"accuracy"` 叫 `acc`，其余照写，验证数据的前面加 `val_`。

# %% [markdown] lang="en"
# ## In training
#
# Names and functions are accepted; a dictionary if several outputs have their own. Those in `weighted_metrics` count `sample_weight`, those in `metrics` do not. In reports `"accuracy"` is called `acc`, others by their names, and those of validation begin with `val_`.

# %%
tl.set_seed(0)
model = Sequential([Dense(32, activation="relu", input_shape=(64,))])
model.add(Dense(10, activation="softmax"))


def sure(y_true, y_pred):
    return y_pred.max(axis=-1) > 0.9


watched = ["accuracy", "sparse_top_k_categorical_accuracy", sure]
model.compile("adam", "sparse_categorical_crossentropy", watched)
history = model.fit(x, y, epochs=15, verbose=0, validation_split=0.2)
print(model.metrics_names)

# %% [markdown] lang="zh"
# ## 看一看
#
# 一个数字说不清的，矩阵说得清：哪个数字被认成了哪个。`confusion_matrix` 一步画出来：

# %% [markdown] lang="en"
# ## A picture
#
# What a number cannot tell, a matrix can: which digit was taken for which. `confusion_matrix` draws it in one step:

# %%
import matplotlib.pyplot as plt
from tensorlearn.visual import confusion_matrix

fig, (left, right) = plt.subplots(1, 2, figsize=(8, 3))
for name in ("acc", "sparse_top_k_categorical_accuracy", "sure"):
    left.plot(history.history["val_" + name], label=name)
left.set(xlabel="epoch", ylim=(0, 1.02))
left.legend(fontsize=7)
matrix = confusion_matrix(y_test, model.predict(x_test))
shown = matrix.plot(ax=right)

# %% [markdown] lang="zh"
# ## 不能平均的指标
#
# `fit` 报告的指标是各批的平均。准确率可以这样平均，精确率、召回率、$F_1$、AUC 都不行：它们是比值，比值的平均不是平均的比值。要算这些，训练完再用全部预测一次算出：

# %% [markdown] lang="en"
# ## Metrics that must not be averaged
#
# The metrics that `fit` reports are means over batches. Accuracy may be averaged like that; precision, recall, $F_1$ and AUC may not, for they are ratios, and a mean of ratios is not the ratio of the means. Compute them once, from all predictions:


# %%
def f1(truth, guessed):
    hits = (truth & guessed).sum()
    return 2 * hits / (truth.sum() + guessed.sum())


rare, guessed = y_test == 8, model.predict_classes(x_test) == 8
batches = [slice(i, i + 30) for i in range(0, 359, 30)]
per_batch = [f1(rare[b], guessed[b]) for b in batches]
print(
    f"all at once {f1(rare, guessed):.4f}, mean over batches {np.mean(per_batch):.4f}"
)

# %% [markdown] lang="zh"
# 也可以放进一个回调的 `on_epoch_end` 里，见[回调](../training/callbacks.md)。
#
# ## 常见错误
#
# **名字写错。**

# %% [markdown] lang="en"
# Or put it into the `on_epoch_end` of a callback, see [Callbacks](../training/callbacks.md).
#
# ## Common mistakes
#
# **A name spelt wrong.**

# %% tags=["raises-exception"]
model.compile("adam", "sparse_categorical_crossentropy", ["acuracy"])

# %% [markdown] lang="zh"
# **指标忘了返回。**

# %% [markdown] lang="en"
# **A metric that returns nothing.**


# %% tags=["raises-exception"]
def nothing(y_true, y_pred):
    y_pred.max()


model.compile("adam", "sparse_categorical_crossentropy", [nothing])
model.fit(x, y, verbose=0)

# %% [markdown] lang="zh"
# **回归用 `accuracy`。** 不报错，但“恰好相等”的比例没有意义。`check` 会提醒：

# %% [markdown] lang="en"
# **`accuracy` for regression.** Nothing is raised, but the share of exact hits means nothing. `check` says so:

# %% tags=["both"]
line = Sequential([Dense(1, input_shape=(64,))])
line.compile("adam", "mse", ["accuracy"])
print(line.check(x, y / 9.0))

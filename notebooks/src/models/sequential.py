# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 13.1 Sequential：一层接一层
#
# 最简单的模型：数据从第一层进，从最后一层出。读完这一页，你会搭一个 `Sequential`、编译它、训练它、评价它，并且知道 `fit` 的每个参数在做什么。
#
# ## 搭起来
#
# 可以一次给出各层的列表，也可以一层一层地 `add`。只有第一层需要知道输入的形状，后面的都能自己推出来。

# %% [markdown] lang="en"
# # 13.1 Sequential: one layer after another
#
# The simplest model there is: data enter the first layer and leave the last. After this page you can build a `Sequential`, compile, train and evaluate it, and you know what every argument of `fit` is for.
#
# ## Putting it together
#
# Give the layers as a list, or `add` them one by one. Only the first needs to be told the shape of its input; the others work theirs out.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn import Sequential
from tensorlearn.layers import Activation, Dense

tl.set_seed(0)
model = Sequential(
    [Dense(32, input_shape=(64,)), Activation("relu"), Dense(10), Activation("softmax")]
)
model.add(Activation("linear"))
model.pop()
print([layer.name for layer in model.layers], model.output_shape)

# %% [markdown] lang="zh"
# `input_shape` 不含样本数；`input_dim=64` 是 `input_shape=(64,)` 的简写；`batch_input_shape=(32, 64)` 连批的大小也固定下来。都不写也行，模型会等到第一次见到数据再确定形状。
#
# ## 编译
#
# `compile` 选定三样东西：怎样更新（`optimizer`）、拿什么衡量（`loss`）、顺便报告什么（`metrics`）。

# %% [markdown] lang="en"
# `input_shape` does not count samples; `input_dim=64` is short for `input_shape=(64,)`; `batch_input_shape=(32, 64)` fixes the batch size as well. Without any of them the model takes its shapes from the first data it sees.
#
# ## Compiling
#
# `compile` settles three things: how to update (`optimizer`), what to measure by (`loss`), and what to report besides (`metrics`).

# %%
from tensorlearn.datasets import digits

(x, y), (x_test, y_test) = digits.load_data(flatten=True)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])

# %% [markdown] lang="zh"
# | 任务 | 最后一层 | 损失 | 标签 |
# |---|---|---|---|
# | 二分类 | `Dense(1)`，`sigmoid` | `binary_crossentropy` | 0 或 1 |
# | 多分类 | `Dense(K)`，`softmax` | `sparse_categorical_crossentropy` | 类别编号 |
# | 多分类 | `Dense(K)`，`softmax` | `categorical_crossentropy` | 独热向量 |
# | 回归 | `Dense(1)` | `mse` | 实数 |
#
# 配错了也能算，只是学不好；`fit` 的第一批会检查，见[调试](../guides/debugging.md)。
#
# ## 训练
#
# `fit` 把数据打乱、分批，一轮一轮地走，返回的 `History` 里记着每一轮的数字。

# %% [markdown] lang="en"
# | task | last layer | loss | labels |
# |---|---|---|---|
# | two classes | `Dense(1)`, `sigmoid` | `binary_crossentropy` | 0 or 1 |
# | several classes | `Dense(K)`, `softmax` | `sparse_categorical_crossentropy` | class indices |
# | several classes | `Dense(K)`, `softmax` | `categorical_crossentropy` | one-hot vectors |
# | regression | `Dense(1)` | `mse` | real numbers |
#
# A wrong combination may still compute, it just learns badly; the first batch of `fit` is checked for that, see [Debugging](../guides/debugging.md).
#
# ## Training
#
# `fit` shuffles the data, cuts them into batches and goes through them epoch by epoch; the `History` it returns has the figures of every epoch.

# %%
history = model.fit(x, y, batch_size=64, epochs=20, validation_split=0.2, verbose=0)
for name, values in history.history.items():
    print(f"{name:8} {values[0]:.3f} -> {values[-1]:.3f}")

# %% [markdown] lang="zh"
# ## 看一看
#
# 训练损失一路下降，验证损失先降后平。两条曲线分开的地方，就是开始背题的地方。

# %% [markdown] lang="en"
# ## A picture
#
# The loss in training keeps falling, that in validation levels off. Where the curves part, the network begins to learn by heart.

# %%
import matplotlib.pyplot as plt

fig, axes = plt.subplots(1, 2, figsize=(7, 2.4))
for ax, name in zip(axes, ("loss", "acc")):
    ax.plot(history.history[name], label="training")
    ax.plot(history.history["val_" + name], label="validation")
    ax.set(title=name, xlabel="epoch")
    ax.legend()
    ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# `fit` 的参数：
#
# | 参数 | 作用 |
# |---|---|
# | `batch_size=32` | 每一步用几个样本 |
# | `epochs=1` | 全部数据走几遍 |
# | `verbose=1` | 0 不出声，1 进度条，2 每轮一行 |
# | `callbacks` | 每轮前后要做的事，见[回调](../training/callbacks.md) |
# | `validation_split=0.2` | 留出**末尾**的两成来验证，打乱之前就切下 |
# | `validation_data=(x, y)` | 另给验证数据 |
# | `shuffle=True` | 每轮打乱样本 |
# | `class_weight={0: 1, 1: 5}` | 某一类的样本算几份 |
# | `sample_weight` | 每个样本算几份 |
# | `initial_epoch` | 从第几轮接着走 |
#
# !!! note "更正"
#     原文档的签名属于 Keras 1：`nb_epoch=10` 现在是 `epochs=1`，名字和默认值都变了；旧名字仍可用。`train_on_batch` 的 `class_weight` 与 `sample_weight` 在两代 Keras 里次序相反，所以这里只能按名字传。
#
# ## 评价与预测

# %% [markdown] lang="en"
# The arguments of `fit`:
#
# | argument | what it does |
# |---|---|
# | `batch_size=32` | samples in a step |
# | `epochs=1` | how often to go through all data |
# | `verbose=1` | 0 silent, 1 a progress bar, 2 a line per epoch |
# | `callbacks` | what to do before and after epochs, see [Callbacks](../training/callbacks.md) |
# | `validation_split=0.2` | keep the **last** fifth for validation, cut off before shuffling |
# | `validation_data=(x, y)` | validation data of your own |
# | `shuffle=True` | shuffle samples every epoch |
# | `class_weight={0: 1, 1: 5}` | how much the samples of a class count |
# | `sample_weight` | how much each sample counts |
# | `initial_epoch` | the epoch to go on from |
#
# !!! note "Correction"
#     The signatures in the original document are those of Keras 1: `nb_epoch=10` is now `epochs=1`, with another name and another default; the old name still works. `class_weight` and `sample_weight` of `train_on_batch` come in opposite order in the two generations of Keras, so here they are given by name.
#
# ## Evaluating and predicting

# %%
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"loss {loss:.3f}, accuracy {accuracy:.3f}")
print(model.predict(x_test[:2]).round(2))
print(model.predict_classes(x_test[:10]), y_test[:10])

# %% [markdown] lang="zh"
# `predict` 给出概率，`predict_classes` 给出最可能的类别，`predict_proba` 与 `predict` 相同。数据太大、放不进内存时，用 `fit_generator` 等方法，见[生成器](../training/generators.md)。
#
# ## 一批一批地来
#
# `fit` 不合用的时候，可以自己写循环：

# %% [markdown] lang="en"
# `predict` gives probabilities, `predict_classes` the likeliest class, and `predict_proba` is the same as `predict`. Data too large for memory go through `fit_generator` and its like, see [Generators](../training/generators.md).
#
# ## Batch by batch
#
# Where `fit` does not suit you, write the loop yourself:

# %%
order = np.random.default_rng(0).permutation(len(x))
for start in range(0, 640, 64):
    batch = order[start : start + 64]
    loss, accuracy = model.train_on_batch(x[batch], y[batch])
print(f"{loss:.3f}", [round(float(v), 3) for v in model.test_on_batch(x_test, y_test)])
print(model.predict_on_batch(x_test[:3]).shape)

# %% [markdown] lang="zh"
# ## 常见错误
#
# **没有编译就训练：**

# %% [markdown] lang="en"
# ## Common mistakes
#
# **Training before compiling:**

# %% tags=["raises-exception"]
Sequential([Dense(1, input_shape=(64,))]).fit(x, y, verbose=0)

# %% [markdown] lang="zh"
# **标签是编号，损失却要独热向量：**

# %% [markdown] lang="en"
# **Class indices for a loss that wants one-hot vectors:**

# %% tags=["raises-exception"]
wrong = Sequential([Dense(10, activation="softmax", input_shape=(64,))])
wrong.compile("sgd", "categorical_crossentropy")
wrong.fit(x, y, verbose=0)

# %% [markdown] lang="zh"
# **样本数不一致：**

# %% [markdown] lang="en"
# **Different numbers of samples:**

# %% tags=["raises-exception"]
model.fit(x, y[:-1], verbose=0)

# %% [markdown] lang="zh"
# **单个样本忘了批的轴：**

# %% [markdown] lang="en"
# **One sample without the batch axis:**

# %% tags=["raises-exception"]
model.predict(x_test[0])

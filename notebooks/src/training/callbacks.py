# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 回调
#
# `fit` 的循环是封闭的，回调就是开在上面的窗口：每一轮、每一批的前后，你都可以看一眼、记一笔，或者喊停。读完这一页，你会用内置的回调早停、存盘、调学习率，也会写自己的回调。
#
# ## 六个时刻
#
# 一个回调就是一个对象，有六个方法，`fit` 在六个时刻调用它们。用 `LambdaCallback` 把次序打印出来：

# %% [markdown] lang="en"
# # Callbacks
#
# The loop of `fit` is closed; callbacks are windows in it. Before and after every epoch and every batch you may look, take a note, or call a halt. After this page you can stop early, keep the best model and change the learning rate with the built-in ones, and write your own.
#
# ## Six moments
#
# A callback is an object with six methods, which `fit` calls at six moments. `LambdaCallback` can print their order:

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn import Sequential
from tensorlearn.callbacks import Callback, LambdaCallback
from tensorlearn.layers import Dense

moments = ["train_begin", "epoch_begin", "batch_begin"]
moments += ["batch_end", "epoch_end", "train_end"]
happened = []
tell = LambdaCallback(
    **{
        f"on_{m}": lambda *at, m=m: happened.append((m, *at[:-1], dict(at[-1])))
        for m in moments
    }
)
tiny = Sequential([Dense(1, kernel_initializer="zeros", input_shape=(1,))])
tiny.compile("sgd", "mse")
tiny.fit(np.ones((4, 1)), np.ones(4), batch_size=2, verbose=0, callbacks=[tell])
for one in happened:
    print(*one)

# %% [markdown] lang="zh"
# 批的 `logs` 里是这一批的数字，轮的 `logs` 里是按样本平均的数字；有验证数据时，还多出以 `val_` 开头的。
#
# ## 内置的回调
#
# | 回调 | 做什么 |
# |---|---|
# | `History` | 记下每一轮的数字；`fit` 返回的就是它 |
# | `EarlyStopping` | 不再进步就停 |
# | `ModelCheckpoint` | 每一轮（或只在更好时）存盘 |
# | `BackupAndRestore` | 进程被杀后，同一个脚本接着跑，结果一个比特不差 |
# | `LearningRateScheduler` | 按轮数定学习率 |
# | `ReduceLROnPlateau` | 停滞不前就把学习率乘以 `factor` |
# | `TerminateOnNaN` | 损失成了 NaN 就停 |
# | `CSVLogger` | 每一轮写一行 CSV |
# | `TensorBoard` | 写 TensorBoard 的日志（要装那个包） |
# | `RemoteMonitor` | 把数字发给一个网页服务 |
# | `LambdaCallback` | 临时的小函数 |
# | `ProgbarLogger`，`BaseLogger` | 进度条与平均，`fit` 自己会加 |
#
# 下面三个一起用，是最常见的搭配：

# %% [markdown] lang="en"
# The `logs` of a batch hold the figures of that batch, those of an epoch the averages over its samples; with validation data there are more, whose names begin with `val_`.
#
# ## The built-in ones
#
# | callback | what it does |
# |---|---|
# | `History` | notes the figures of every epoch; it is what `fit` returns |
# | `EarlyStopping` | stops when there is no more progress |
# | `ModelCheckpoint` | saves after every epoch, or only if it was better |
# | `BackupAndRestore` | lets the same script go on after being killed, to the last bit |
# | `LearningRateScheduler` | sets the learning rate by the epoch |
# | `ReduceLROnPlateau` | multiplies the learning rate by `factor` when progress stalls |
# | `TerminateOnNaN` | stops when the loss has become NaN |
# | `CSVLogger` | writes a line of CSV per epoch |
# | `TensorBoard` | writes logs for TensorBoard (whose package it needs) |
# | `RemoteMonitor` | sends the figures to a web server |
# | `LambdaCallback` | small functions for the occasion |
# | `ProgbarLogger`, `BaseLogger` | progress bar and averages, which `fit` adds by itself |
#
# The usual combination is these three:

# %% tags=["both"]
from tensorlearn.callbacks import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau
from tensorlearn.datasets import digits

(x, y), (x_test, y_test) = digits.load_data(flatten=True)


def make():
    tl.set_seed(0)
    model = Sequential([Dense(64, activation="relu", input_shape=(64,))])
    model.add(Dense(10, activation="softmax"))
    model.compile(
        tl.optimizers.Adam(0.01), "sparse_categorical_crossentropy", ["accuracy"]
    )
    return model


model = make()
callbacks = [
    EarlyStopping("val_loss", patience=6, restore_best_weights=True, verbose=1),
    ReduceLROnPlateau("val_loss", factor=0.3, patience=2, verbose=1),
    ModelCheckpoint("best.h5", "val_loss", save_best_only=True),
]
history = model.fit(x, y, 64, 60, verbose=0, validation_split=0.2, callbacks=callbacks)

# %% [markdown] lang="zh"
# - `patience` 是愿意等几轮没有进步；`ReduceLROnPlateau` 的耐心应比 `EarlyStopping` 短，否则还没来得及减小学习率就停了。
# - `restore_best_weights=True` 回到最好的那一轮；不写的话，留下的是停下来那一刻的权重。
# - `monitor` 的名字里含 `acc` 时，越大越好；其余的越小越好。自己的指标用 `mode="max"` 或 `mode="min"` 说清楚。
#
# ## 看一看
#
# `History` 可以直接画图。学习率也在里面，因为 `ReduceLROnPlateau` 把它写进了 `logs`：

# %% [markdown] lang="en"
# - `patience` is how many epochs without progress to wait through. That of `ReduceLROnPlateau` should be shorter than that of `EarlyStopping`, or training stops before the rate was ever reduced.
# - `restore_best_weights=True` goes back to the best epoch; without it the weights stay those of the moment it stopped.
# - For a `monitor` whose name contains `acc` more is better, for others less. For metrics of your own, say `mode="max"` or `mode="min"`.
#
# ## A picture
#
# A `History` can draw itself. The learning rate is in it, since `ReduceLROnPlateau` puts it into `logs`:

# %%
import matplotlib.pyplot as plt

fig, (left, right) = plt.subplots(1, 2, figsize=(8, 2.6))
for name in ("loss", "val_loss"):
    left.semilogy(history.history[name], label=name)
left.set(xlabel="epoch")
left.legend()
left.grid(alpha=0.3)
right.semilogy(history.history["lr"], drawstyle="steps-mid", color="C2")
right.set(xlabel="epoch", ylabel="lr")
right.grid(alpha=0.3)

# %% [markdown] lang="zh"
# 只要 `history.plot()` 一行，也能得到带最优点标记的曲线。
#
# ## 写一个自己的：找学习率
#
# 继承 `Callback`，写出你关心的时刻。`self.model` 是正在训练的模型，`self.params` 是 `fit` 得到的设定，把 `self.model.stop_training` 设为真就会停。
#
# 下面的回调每一批都把学习率乘以一个数，从极小走到极大，同时记下损失：一轮之内，就看出哪里学得最快、哪里开始发散。好的 `lr` 在最低点往左一个数量级左右。

# %% [markdown] lang="en"
# The single line `history.plot()` gives curves as well, with the best points marked.
#
# ## Write your own: looking for a learning rate
#
# Subclass `Callback` and define the moments you care about. `self.model` is the model in training, `self.params` what `fit` was told, and `self.model.stop_training` set to true ends it.
#
# This one multiplies the learning rate by a constant at every batch, from very small to very large, and notes the loss: within an epoch or two you see where learning is fastest and where it breaks down. A good `lr` lies about a factor of ten to the left of the lowest point.


# %%
class Finder(Callback):
    def __init__(self, low=1e-5, high=3.0, steps=90):
        super().__init__()
        self.rates = np.geomspace(low, high, steps)

    def on_train_begin(self, logs=None):
        self.losses = []

    def on_batch_begin(self, batch, logs=None):
        self.model.optimizer.lr = self.rates[len(self.losses)]

    def on_batch_end(self, batch, logs=None):
        self.losses.append(logs["loss"])
        if len(self.losses) == len(self.rates):
            self.model.stop_training = True


finder = Finder()
make().fit(x, y, epochs=10, verbose=0, callbacks=[finder])
fig, ax = plt.subplots(figsize=(6, 2.4))
ax.loglog(finder.rates, finder.losses)
ax.set(xlabel="lr", ylabel="loss")
ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# ## 按轮数定学习率
#
# 函数可以只要轮数，也可以再要当前的学习率：

# %% [markdown] lang="en"
# ## A learning rate by the epoch
#
# The function may take the epoch alone, or the present rate as well:

# %%
from pathlib import Path

from tensorlearn.callbacks import CSVLogger, LearningRateScheduler

halving = LearningRateScheduler(lambda epoch, lr: lr / 2 if epoch % 2 else lr)
make().fit(x, y, epochs=4, verbose=0, callbacks=[halving, CSVLogger("log.csv")])
print(Path("log.csv").read_text())

# %% [markdown] lang="zh"
# 要按步数而不是轮数变化，把计划直接交给优化器更好，见[优化器](../training/optimizers.md)。
#
# ## 被杀了也不怕
#
# `BackupAndRestore` 每一轮之后，把权重、优化器、每条随机数流、`History` 和其他回调的记忆都写进一个文件。下面让训练在第三轮中途崩溃，再原样运行一次：

# %% [markdown] lang="en"
# For rates by the step, give a schedule to the optimizer instead, see [Optimizers](../training/optimizers.md).
#
# ## Being killed is no tragedy
#
# After every epoch `BackupAndRestore` writes weights, optimizer, every stream of random numbers, `History`, and what other callbacks remember into a file. Here training crashes in the third epoch, and then the same lines run again:

# %%
from tensorlearn.callbacks import BackupAndRestore


def crash(epoch, logs):
    if epoch == 2:
        raise SystemError("power cut")


def run(*more):
    model = make()
    found = model.fit(x, y, epochs=5, verbose=0, callbacks=[*more])
    return [round(loss, 5) for loss in found.history["loss"]]


try:
    run(BackupAndRestore("backup"), LambdaCallback(on_epoch_begin=crash))
except SystemError as error:
    print(error)
print(run(BackupAndRestore("backup")))
print(run(), "without the crash")

# %% [markdown] lang="zh"
# ## 常见错误
#
# **忘了括号。** 列表里要的是对象，不是类：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **Parentheses forgotten.** The list wants objects, not classes:

# %% tags=["raises-exception"]
model.fit(x, y, verbose=0, callbacks=[EarlyStopping])

# %% [markdown] lang="zh"
# **文件名里的名字不存在。** 指标叫 `val_acc`，还要有验证数据才会有：

# %% [markdown] lang="en"
# **A name in the file name that does not exist.** The metric is `val_acc`, and it takes validation data to have it:

# %% tags=["raises-exception"]
keeper = ModelCheckpoint("m.{epoch:02d}-{val_accuracy:.2f}.h5")
model.fit(x, y, verbose=0, validation_split=0.2, callbacks=[keeper])

# %% [markdown] lang="zh"
# **监视一个没有的数字。** 这只是警告，训练照常进行，也就永远不会停：

# %% [markdown] lang="en"
# **Watching a number that is not there.** That is only a warning; training goes on and will never stop:

# %% tags=["both"]
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    model.fit(x, y, verbose=0, callbacks=[EarlyStopping("val_loss")])
print(caught[0].message)

# %% [markdown] lang="zh"
# **计划没有返回数字。**

# %% [markdown] lang="en"
# **A plan that returns no number.**


# %% tags=["raises-exception"]
def plan(epoch):
    if epoch > 3:
        return 0.001


model.fit(x, y, verbose=0, callbacks=[LearningRateScheduler(plan)])

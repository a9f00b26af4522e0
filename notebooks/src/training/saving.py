# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 保存与加载
#
# 训练一夜的成果，应当一个字节也不丢。读完这一页，你知道文件里到底有什么，能让中断的训练接着走而且分毫不差，能把一部分权重搬到另一个模型，也知道为什么打开陌生人的模型文件是安全的。
#
# | 想要什么 | 怎么写 | 文件里有 |
# |---|---|---|
# | 整个模型，以后接着训练 | `model.save("m.h5")`，`load_model("m.h5")` | 结构、权重、编译设置、优化器的记忆 |
# | 只要权重 | `model.save_weights("w.h5")`，`model.load_weights("w.h5")` | 权重 |
# | 没有 h5py 的地方 | `model.save_weights("w.npz")` | 权重，NumPy 格式 |
# | 只要结构 | `model.to_json()`，`model_from_json(text)` | 结构 |
#
# ## 打开文件看看
#
# `.h5` 是 HDF5 格式，布局与 Keras 2.2.4 相同，两边的文件可以互相读。它像一个小小的文件系统：

# %% [markdown] lang="en"
# # Saving and loading
#
# What took a night to train should not lose a byte. After this page you know what is in the file, can take up an interrupted training where it stopped, to the last bit, move some of the weights into another model, and know why a model file from a stranger is safe to open.
#
# | what you want | how to write it | what is in the file |
# |---|---|---|
# | all of it, to train on later | `model.save("m.h5")`, `load_model("m.h5")` | structure, weights, compile settings, the optimizer's memory |
# | just the weights | `model.save_weights("w.h5")`, `model.load_weights("w.h5")` | weights |
# | a place without h5py | `model.save_weights("w.npz")` | weights, in NumPy's format |
# | just the structure | `model.to_json()`, `model_from_json(text)` | structure |
#
# ## A look inside
#
# `.h5` is HDF5, in the layout of Keras 2.2.4, and files go both ways. It resembles a small file system:

# %%
import h5py
import numpy as np
import tensorlearn as tl
from tensorlearn import Sequential
from tensorlearn.datasets import digits
from tensorlearn.layers import Dense, Dropout
from tensorlearn.models import load_model


def make():
    tl.set_seed(0)
    model = Sequential([Dense(32, activation="relu", input_shape=(64,), name="hidden")])
    model.add(Dropout(0.3))
    model.add(Dense(10, activation="softmax", name="answer"))
    model.compile(tl.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model


(x, y), (x_test, y_test) = digits.load_data(flatten=True)

# %%
model = make()
model.fit(x, y, epochs=2, verbose=0)
model.save("m.h5")
with h5py.File("m.h5") as file:
    names = []
    file.visit(names.append)
    for name in [n for n in names if isinstance(file[n], h5py.Dataset)][:8]:
        print(name, file[name].shape)
    print(list(file.attrs), file.attrs["keras_version"])

# %% [markdown] lang="zh"
# `optimizer_weights` 是优化器的记忆：步数，以及 Adam 给每个权重记的两个数。`training_config` 是编译时说过的话。这两样正是“接着训练”所需要的。
#
# ## 看一看：接着走，还是从头来
#
# 训练十二轮，中途在第六轮存盘。装回来再走六轮，应当与没有中断过完全一样；如果只存了权重，优化器就得从零开始积累，曲线会岔开。

# %% [markdown] lang="en"
# `optimizer_weights` is the optimizer's memory: the number of steps, and the two figures that Adam keeps for every weight. `training_config` is what you said when compiling. To go on training you need exactly these two.
#
# ## A picture: going on, or starting over
#
# Train for twelve epochs, saving after the sixth. Loaded and trained for six more, the model should be just what it would have been without the break. With only the weights saved, the optimizer has to gather its memory anew, and the curves part.

# %%
from tensorlearn.callbacks import LambdaCallback


def save_at_six(epoch, logs):
    if epoch == 5:
        straight.save("half.h5")
        straight.save_weights("half_weights.h5")


straight = make()
keeper = LambdaCallback(on_epoch_end=save_at_six)
whole = straight.fit(x, y, epochs=12, verbose=0, callbacks=[keeper]).history["loss"]

resumed = load_model("half.h5")
second = resumed.fit(x, y, epochs=12, initial_epoch=6, verbose=0).history["loss"]
half = make()
half.load_weights("half_weights.h5")
third = half.fit(x, y, epochs=12, initial_epoch=6, verbose=0).history["loss"]

same = [np.array_equal(*w) for w in zip(straight.get_weights(), resumed.get_weights())]
print("to the last bit:", all(same), second == whole[6:])

# %%
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6, 2.6))
for losses, label in ((second, "load_model"), (third, "weights only")):
    ax.plot(range(7, 13), np.subtract(losses, whole[6:]), "o-", ms=4, label=label)
ax.set(xlabel="epoch", ylabel="loss - loss without a break")
ax.legend()
ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# “分毫不差”还包括 `Dropout` 的随机数和打乱样本的次序：文件的一个附加属性记下了每条随机数流走到了哪里。Keras 读这个文件时，会忽略这个属性。
#
# 存盘的那一刻断电怎么办？新内容先写进临时文件，写完、落盘，再改名换掉旧的；所以任何时刻，硬盘上都有一个完整的文件。要每一轮自动存盘，用[回调](../training/callbacks.md) `ModelCheckpoint`；要让同一个脚本重启后自己接着走，用 `BackupAndRestore`。
#
# ## 只搬一部分权重
#
# 迁移学习：名字相同的层装权重，其余的不动。形状对不上的层，用 `skip_mismatch=True` 跳过，并得到一条警告：

# %% [markdown] lang="en"
# "To the last bit" includes the random numbers of `Dropout` and the order in which samples are shuffled: one more attribute of the file notes how far every stream of random numbers has come. Keras, reading the file, ignores it.
#
# What if the power fails while saving? The new contents go to a temporary file, which is completed, brought to disk, and then takes over the name; there is a whole file on the disk at every moment. To save after every epoch use the [callback](../training/callbacks.md) `ModelCheckpoint`; for a script that goes on by itself when started again, `BackupAndRestore`.
#
# ## Only some of the weights
#
# For transfer learning, layers of the same name get the weights and the others are left alone. A layer whose shape does not fit is left out by `skip_mismatch=True`, with a warning:

# %% tags=["both"]
import warnings

tl.set_seed(1)
letters = Sequential([Dense(32, activation="relu", input_shape=(64,), name="hidden")])
letters.add(Dense(26, activation="softmax", name="answer"))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    letters.load_weights("m.h5", by_name=True, skip_mismatch=True)
print(caught[0].message)
hidden = letters.get_layer("hidden").get_weights()[0]
print(np.array_equal(hidden, model.get_layer("hidden").get_weights()[0]))

# %% [markdown] lang="zh"
# 顺带看到：`load_weights` 也能从整个模型的文件里取权重。
#
# ## 自己写的函数和层
#
# 文件里只有名字，没有程序。装载时，你要说出这个名字指的是什么：

# %% [markdown] lang="en"
# Note in passing that `load_weights` also takes weights out of the file of a whole model.
#
# ## Functions and layers of your own
#
# A file holds names, not programs. When loading, you say what a name stands for:


# %%
def swish(z):
    return z * tl.activations.sigmoid(z)


modern = Sequential([Dense(4, activation=swish, input_shape=(3,))])
modern.compile("sgd", "mse")
modern.save("modern.h5")
again = load_model("modern.h5", custom_objects={"swish": swish})
v = np.ones((1, 3))
print(np.array_equal(modern.predict(v), again.predict(v)))

# %% [markdown] lang="zh"
# 自己写的层同样处理，或者一次登记、处处可用，见[编写自己的层](../custom/custom_layers.md)。
#
# ## 安全
#
# 很多模型格式用 pickle，而 pickle 文件可以在打开时执行任意程序。这里的格式只有数组和 JSON 文本，装载时不执行其中的任何东西；`Lambda` 里的匿名函数，因此根本不写进文件。文件坏了、被截断了、声称自己有一万亿个权重，都会得到一句说明，而不会拖垮程序。
#
# ## 常见错误
#
# **权重文件不是模型文件。**

# %% [markdown] lang="en"
# Layers of your own are treated the same way, or registered once and for all, see [Writing a layer](../custom/custom_layers.md).
#
# ## Safety
#
# Many formats for models use pickle, and a pickle file can run any program the moment it is opened. The format here knows arrays and JSON text only, and nothing in it is ever executed; which is why a nameless function in a `Lambda` is not written at all. A file that is damaged, cut short, or claims to hold a trillion weights gets you a sentence, and does not bring your program down.
#
# ## Common mistakes
#
# **A file of weights is not a file of a model.**

# %% tags=["raises-exception"]
model.save_weights("w.h5")
load_model("w.h5")

# %% [markdown] lang="zh"
# **没有告诉它自定义的名字。**

# %% [markdown] lang="en"
# **A name of your own that was not explained.**

# %% tags=["raises-exception"]
load_model("modern.h5")

# %% [markdown] lang="zh"
# **匿名函数。**

# %% [markdown] lang="en"
# **A nameless function.**

# %% tags=["raises-exception"]
from tensorlearn.layers import Lambda

Sequential([Lambda(lambda z: z * 2, input_shape=(3,))]).save("nameless.h5")

# %% [markdown] lang="zh"
# **结构变了。** 多了一层或少了一层，按次序就装不进去：

# %% [markdown] lang="en"
# **Another structure.** With a layer more or less, weights cannot go in by order:

# %% tags=["raises-exception"]
Sequential([Dense(32, input_shape=(64,))]).load_weights("m.h5")

# %% [markdown] lang="zh"
# **还没有权重就存盘。** 没有 `input_shape`，也没见过数据，就还没有权重可存：

# %% [markdown] lang="en"
# **Saving before there are weights.** Without an `input_shape`, and without having seen data, there is nothing to save:

# %% tags=["raises-exception"]
Sequential([Dense(3)]).save("empty.h5")

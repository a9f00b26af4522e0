# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 生成器与数据增强
#
# 数据放不进内存，或者想让每一轮都略有不同，就一批一批地现做现用。读完这一页，你会写生成器和 `Sequence`，知道一“轮”有多长，会用 `ImageDataGenerator` 让一千张图变出无数张。
#
# ## 生成器：不断交出批的函数
#
# 生成器每次交出 `(x, y)`，或 `(x, y, sample_weight)`，永不停止；它没有长度，所以要用 `steps_per_epoch` 说明几批算一轮。

# %% [markdown] lang="en"
# # Generators and augmentation
#
# If the data do not fit into memory, or are to be a little different every epoch, make each batch when it is needed. After this page you can write generators and `Sequence`s, know how long an "epoch" is, and can turn a thousand images into endlessly many with `ImageDataGenerator`.
#
# ## A generator: a function that hands out batches
#
# A generator yields `(x, y)`, or `(x, y, sample_weight)`, again and again without end. It has no length, so `steps_per_epoch` says how many batches make an epoch.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn import Sequential
from tensorlearn.layers import Dense


def votes(batch_size, seed):
    rng = np.random.default_rng(seed)
    while True:
        bits = rng.integers(0, 2, (batch_size, 7))
        yield bits.astype("float32"), bits.sum(axis=1) > 3


tl.set_seed(0)
model = Sequential([Dense(32, activation="tanh", input_shape=(7,))])
model.add(Dense(1, activation="sigmoid"))
model.compile(tl.optimizers.Adam(0.02), "binary_crossentropy", ["accuracy"])
history = model.fit_generator(
    votes(64, seed=1), steps_per_epoch=50, epochs=8, verbose=0
)
print([round(v, 2) for v in history.history["acc"]])

# %% [markdown] lang="zh"
# 这些样本从未存在过一个数组里，每一批都是新的，所以这里没有“背题”可言。
#
# 评价和预测也有对应的方法，用 `steps` 说明取几批：

# %% [markdown] lang="en"
# These samples never were in an array; every batch is new, and there is nothing to learn by heart.
#
# Judging and predicting have their counterparts, where `steps` says how many batches to take:

# %%
print([round(v, 2) for v in model.evaluate_generator(votes(100, seed=2), steps=3)])
print(model.predict_generator(votes(5, seed=3), steps=2).shape)

# %% [markdown] lang="zh"
# `fit` 的回调、`class_weight`、验证都照常；`validation_data` 可以是数组，也可以是另一个生成器（加上 `validation_steps`）。
#
# ## `Sequence`：有长度、可以按编号取
#
# `Sequence` 说得出有几批（`__len__`），也能直接拿第 $i$ 批（`__getitem__`），于是可以打乱次序、由几个线程同时准备，而且结果与线程数无关：

# %% [markdown] lang="en"
# Callbacks, `class_weight` and validation work as in `fit`; `validation_data` may be arrays, or another generator (with `validation_steps`).
#
# ## `Sequence`: with a length, and by number
#
# A `Sequence` knows how many batches it has (`__len__`) and can give batch $i$ at once (`__getitem__`). So it can be shuffled and prepared by several threads, and the result does not depend on how many:

# %%
from tensorlearn.datasets import digits
from tensorlearn.utils import Sequence

(x, y), (x_test, y_test) = digits.load_data()


class Batches(Sequence):
    def __init__(self, x, y, size):
        self.x, self.y, self.size = x, y, size

    def __len__(self):
        return -(-len(self.x) // self.size)  # rounded up: the last batch is smaller

    def __getitem__(self, i):
        rows = slice(i * self.size, (i + 1) * self.size)
        return self.x[rows].reshape(-1, 64), self.y[rows]


# %%
found = []
for workers in (0, 1, 4):
    tl.set_seed(0)
    net = Sequential([Dense(10, activation="softmax", input_shape=(64,))])
    net.compile("adam", "sparse_categorical_crossentropy")
    net.fit_generator(Batches(x, y, 64), epochs=2, verbose=0, workers=workers)
    found.append(net.get_weights()[0])
print(len(Batches(x, y, 64)), all(np.array_equal(found[0], w) for w in found))

# %% [markdown] lang="zh"
# `workers=0` 在主线程里准备；大于 0 时另开线程，最多提前备好 `max_queue_size` 批。准备数据要读文件时，这能让计算与读取同时进行。
#
# ## 数据增强
#
# 一个数字挪一格、转几度，还是那个数字。`ImageDataGenerator` 在每次取图时随机变动它：

# %% [markdown] lang="en"
# `workers=0` prepares batches in the main thread; above 0 other threads do it, up to `max_queue_size` batches ahead. If that means reading files, computing and reading go on at the same time.
#
# ## Augmentation
#
# A digit moved by a pixel or turned by a few degrees is still that digit. `ImageDataGenerator` changes each image at random whenever it is taken:

# %%
import matplotlib.pyplot as plt
from tensorlearn.preprocessing.image import ImageDataGenerator

images, test_images = x[..., None], x_test[..., None]  # (N, 8, 8) -> (N, 8, 8, 1)
settings = {
    "rotation_range": 25,
    "width_shift_range": 0.2,
    "zoom_range": 0.3,
    "shear_range": 25,
}
fig, axes = plt.subplots(5, 8, figsize=(6, 3.9))
for row, (name, value) in zip(axes, [*settings.items(), ("all", None)]):
    options = settings if value is None else {name: value}
    source = ImageDataGenerator(fill_mode="constant", **options)
    taken = source.flow(images[:1], batch_size=1, seed=4)
    row[0].set_title(name, fontsize=8, loc="left")
    for ax, shown in zip(row, [images[:1], *(next(taken) for _ in range(7))]):
        ax.imshow(shown[0, ..., 0], cmap="gray_r", vmin=0, vmax=1)
        ax.axis("off")

# %% [markdown] lang="zh"
# 每行最左边是原图。有用吗？只给网络三百张图，训练两次，一次原样，一次随机左右移动一格；再用两份测试数据来考：一份原样，一份整个右移了一格。

# %% [markdown] lang="en"
# Leftmost in each row is the original. Does it help? The network gets three hundred images and trains twice, once on them as they are, once with random moves by a pixel to the left or right. Then there are two exams: the test images as they are, and moved to the right by one pixel.

# %%
from tensorlearn.layers import Flatten

moved = np.roll(test_images, 1, axis=2)


def accuracies(**options):
    tl.set_seed(0)
    net = Sequential([Flatten(input_shape=(8, 8, 1)), Dense(64, activation="relu")])
    net.add(Dense(10, activation="softmax"))
    net.compile(
        tl.optimizers.Adam(0.005), "sparse_categorical_crossentropy", ["accuracy"]
    )
    source = ImageDataGenerator(fill_mode="constant", **options)
    batches = source.flow(images[:300], y[:300], batch_size=50, seed=0)
    net.fit_generator(batches, epochs=20, verbose=0, workers=0)
    return [
        round(net.evaluate(x, y_test, verbose=0)[1], 2) for x in (test_images, moved)
    ]


print("plain    ", accuracies())
print("augmented", accuracies(width_shift_range=[-1, 0, 1]))

# %% [markdown] lang="zh"
# 原样的考试，两个网络差不多；移动一格，没见过移动的那个就几乎瞎了。全连接网络不知道相邻的像素相邻，增强把这件事教给了它。
#
# 增强要符合常识：数字不能左右翻转（`horizontal_flip`），也不能转 180 度，6 会变成 9。
#
# 其他设置：`rescale=1/255` 缩放像素；`featurewise_center` 等先要用 `source.fit(images)` 算一遍统计量；`validation_split=0.2` 之后，`flow(..., subset="training")` 与 `subset="validation"` 各取一份；`flow_from_directory` 从每类一个文件夹的目录里读。
#
# ## 常见错误
#
# **没有说一轮有几批。**

# %% [markdown] lang="en"
# On the plain exam they are about equal; moved by one pixel, the one that never saw a move is almost blind. A fully connected network does not know that neighbouring pixels are neighbours, and augmentation has taught it.
#
# Augment with common sense: digits must not be mirrored (`horizontal_flip`), nor turned by 180 degrees, or 6 becomes 9.
#
# Other settings: `rescale=1/255` scales pixels; `featurewise_center` and its like first want `source.fit(images)` for the statistics; after `validation_split=0.2`, `flow(..., subset="training")` and `subset="validation"` take a part each; `flow_from_directory` reads a folder with one folder per class.
#
# ## Common mistakes
#
# **Not saying how many batches make an epoch.**

# %% tags=["raises-exception"]
model.fit_generator(votes(64, seed=1), epochs=2, verbose=0)

# %% [markdown] lang="zh"
# **传了函数，没有调用它。** 要的是 `votes(64, seed=1)`，不是 `votes`：

# %% [markdown] lang="en"
# **The function, not called.** What is wanted is `votes(64, seed=1)` and not `votes`:

# %% tags=["raises-exception"]
model.fit_generator(votes, steps_per_epoch=10, verbose=0)

# %% [markdown] lang="zh"
# **交出的不是一对。**

# %% [markdown] lang="en"
# **Yielding something that is no pair.**


# %% tags=["raises-exception"]
def only_x():
    while True:
        yield np.zeros((8, 7))


model.fit_generator(only_x(), steps_per_epoch=10, verbose=0)

# %% [markdown] lang="zh"
# **按样本数数步数。** Keras 1 的 `samples_per_epoch` 数的是样本，Keras 2 的 `steps_per_epoch` 数的是批。旧名字仍可用，仍按样本数算；但把旧的数字写进新的名字，一轮就会长几十倍，而且没有任何报错。

# %% [markdown] lang="en"
# **Counting steps as samples.** `samples_per_epoch` of Keras 1 counts samples, `steps_per_epoch` of Keras 2 counts batches. The old name still works, and still counts samples; but an old number under the new name makes an epoch dozens of times as long, and nothing will complain.

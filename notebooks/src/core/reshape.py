# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 1.5 Reshape：改变形状
#
# 同样的数，换一种分行的办法。数的先后次序不变，只是在别处断行；批的轴不参加。
#
# ## 它算什么
#
# $$(N, a, b, \dots) \to (N, t_1, t_2, \dots), \qquad a \cdot b \cdots = t_1 \cdot t_2 \cdots$$
#
# 把每个样本的数按先行后列的次序排成一长行，再按 `target_shape` 重新断开。`target_shape` **不含**批的轴。其中可以有一项写 `-1`，意思是“剩下多少就是多少”：12 个数排成 `(-1, 2, 2)`，第一项只能是 3。

# %% [markdown] lang="en"
# # 1.5 Reshape: the same numbers, another shape
#
# The same numbers with the line breaks elsewhere. Their order stays, and the batch axis takes no part.
#
# ## What it computes
#
# $$(N, a, b, \dots) \to (N, t_1, t_2, \dots), \qquad a \cdot b \cdots = t_1 \cdot t_2 \cdots$$
#
# Read the numbers of a sample row by row into one line, then break the line anew as `target_shape` says, which does **not** contain the batch axis. One of its entries may be `-1`, "whatever is left": 12 numbers as `(-1, 2, 2)` can only mean a 3.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import Permute, Reshape

x = np.arange(1.0, 7.0).reshape(1, 2, 3)
print(x[0])
print(Reshape((3, 2))(x).numpy()[0])

# %% [markdown] lang="zh"
# ## 看一看
#
# `Reshape((3, 2))` 与转置 [`Permute((2, 1))`](permute.md) 给出同样的形状，却不是一回事。颜色跟着数走：`Reshape` 的颜色仍从左到右、从上到下依次加深，次序没变；`Permute` 的颜色换了方向。形状对了而数乱了，程序不会报错，网络也照样训练，只是学不好。

# %% [markdown] lang="en"
# ## A picture
#
# `Reshape((3, 2))` and the transposition [`Permute((2, 1))`](permute.md) give the same shape but not the same thing. Colours travel with the numbers: after `Reshape` they still darken from left to right and top to bottom, the order being the same; after `Permute` they run the other way. The right shape with the numbers in disarray raises no error, and the network trains on, only badly.

# %%
import matplotlib.pyplot as plt

results = {
    "x": x[0],
    "Reshape((3, 2))": Reshape((3, 2))(x).numpy()[0],
    "Permute((2, 1))": Permute((2, 1))(x).numpy()[0],
}
fig, axes = plt.subplots(1, 3, figsize=(6, 1.9))
for ax, (title, values) in zip(axes, results.items()):
    ax.imshow(values, cmap="Blues", vmin=0, vmax=9)
    for (i, j), value in np.ndenumerate(values):
        ax.text(j, i, f"{value:g}", ha="center", va="center")
    ax.set(title=title, xticks=[], yticks=[])

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("Reshape")

# %% [markdown] lang="zh"
# ## 形状
#
# | | 形状 |
# |---|---|
# | 输入 | `(N, ...)`，任意 |
# | 输出 | `(N, *target_shape)` |
#
# !!! note "更正"
#     原文档说输入的形状必须固定。与 Keras 2.2.4 一样，这里输入可以有 `None`；那时 `-1` 处的长度也要到真的有数据时才知道。

# %% [markdown] lang="en"
# ## Shapes
#
# | | shape |
# |---|---|
# | input | `(N, ...)`, any |
# | output | `(N, *target_shape)` |
#
# !!! note "Correction"
#     The original document wants the shape of the input to be fixed. As in Keras 2.2.4, it may contain `None` here; what the `-1` stands for is then known when there are data.

# %%
layer = Reshape((-1, 4))
print(
    layer.compute_output_shape((None, 6, 2)),
    layer.compute_output_shape((None, None, 2)),
)
print(layer(np.zeros((5, 6, 2))).shape, layer(np.zeros((5, 10, 2))).shape)

# %% [markdown] lang="zh"
# ## 例子
#
# 12 个数，换三种排法；作为第一层时要给 `input_shape`：

# %% [markdown] lang="en"
# ## Example
#
# Twelve numbers in three arrangements; as the first layer it is told the `input_shape`:

# %%
from tensorlearn import Sequential

model = Sequential()
for target in [(3, 4), (6, 2), (-1, 2, 2)]:
    first = {} if model.layers else {"input_shape": (12,)}
    model.add(Reshape(target, **first))
    print(f"{target!s:12} -> {model.output_shape}")

# %% [markdown] lang="zh"
# ### 把图像读成序列
#
# 手写数字存成 64 个数。`Reshape((8, 8))` 把它还原成 8 行，循环层就能像读书一样一行一行地读：

# %% [markdown] lang="en"
# ### An image read as a sequence
#
# Handwritten digits come as 64 numbers. `Reshape((8, 8))` makes 8 rows of them, and a recurrent layer reads row by row, like a page of a book:

# %%
from tensorlearn.datasets import digits
from tensorlearn.layers import GRU, Dense

tl.set_seed(0)
(x_train, y_train), (x_test, y_test) = digits.load_data(flatten=True)
model = Sequential([Reshape((8, 8), input_shape=(64,)), GRU(32)])
model.add(Dense(10, activation="softmax"))
model.compile(tl.optimizers.Adam(0.01), "sparse_categorical_crossentropy", ["accuracy"])
model.fit(x_train, y_train, epochs=5, batch_size=64, verbose=0)
print("accuracy", round(model.evaluate(x_test, y_test, verbose=0)[1], 2))

# %% [markdown] lang="zh"
# ### 把图像切成小块
#
# 单靠 `Reshape` 切不出方块：相邻两行的数离得太远。先分、再换轴、再合，三步就行。下面把 4×4 的图切成四个 2×2 的块，每块一行：

# %% [markdown] lang="en"
# ### An image cut into patches
#
# `Reshape` alone cannot cut squares, for the rows lie too far apart. Split, swap axes, join: three steps do it. Here an image of 4×4 becomes four patches of 2×2, one per row:

# %%
patches = Sequential()
patches.add(
    Reshape((2, 2, 2, 2), input_shape=(4, 4))
)  # (block row, i, block column, j)
patches.add(Permute((1, 3, 2, 4)))  # (block row, block column, i, j)
patches.add(Reshape((4, 4)))  # (block, cell)

image = np.arange(16.0).reshape(1, 4, 4)
print(image[0])
print(patches.predict(image)[0])

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 梯度按原来的形状断回去：$\partial L/\partial x$ 就是 `Reshape` 的反方向，还是一次 `Reshape`。没有一个数要算。

# %% [markdown] lang="en"
# ## Gradient check
#
# The gradient is broken into the old lines again: $\partial L/\partial x$ is `Reshape` the other way round, which is a `Reshape`. There is nothing to compute.

# %%
from tensorlearn.testing import gradcheck

gradcheck(Reshape((3, -1)), np.random.default_rng(0).normal(size=(2, 6, 2)))

t = tl.Tensor(x, requires_grad=True)
g = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
tl.grad((Reshape((3, 2))(t) * g).sum(), t)

# %% [markdown] lang="zh"
# ## 常见错误
#
# **数目对不上。** 两边的数必须一样多：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **The counts differ.** Both sides must hold equally many numbers:

# %% tags=["raises-exception"]
Sequential([Reshape((3, 5), input_shape=(12,))])

# %% [markdown] lang="zh"
# **把批的轴也写进去。** 与 NumPy 的 `reshape` 不同，这里只写一个样本的形状：

# %% [markdown] lang="en"
# **The batch axis included.** Unlike NumPy's `reshape`, it is told the shape of one sample:

# %% tags=["raises-exception"]
Reshape((32, 3, 4))(np.zeros((32, 12)))

# %% [markdown] lang="zh"
# **写了 `None`。** 在 `input_shape` 里 `None` 表示“不定”，在 `target_shape` 里要写 `-1`，而且只能有一个：

# %% [markdown] lang="en"
# **Writing `None`.** What is `None` in an `input_shape` is `-1` in a `target_shape`, and there can be only one:

# %% tags=["raises-exception"]
Reshape((None, 4))

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# 没有变化，`target_shape` 在两代 Keras 里同名。

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# Nothing changed: it is `target_shape` in both generations.

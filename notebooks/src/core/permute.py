# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 1.6 Permute：重排各轴
#
# 把批以外的轴换个次序。循环层和卷积层对“哪个轴是时间、哪个轴是通道”各有各的看法，要把它们接起来，常常得先换轴。
#
# ## 它算什么
#
# $$y_{n,\,i_{d_1}, i_{d_2}, \dots} = x_{n,\,i_1, i_2, \dots} \qquad \text{dims} = (d_1, d_2, \dots)$$
#
# `dims` 的第 $k$ 项说的是：**输出的第 $k$ 个轴，取自输入的第 $d_k$ 个轴**。从 1 数起，批的轴不算在内，也不会动。`(2, 1)` 就是转置，$(N, a, b) \to (N, b, a)$；`(2, 3, 1)` 把第一个轴挪到最后，$(N, a, b, c) \to (N, b, c, a)$。
#
# !!! note "更正"
#     原文档说，重排就是“交换两行”。换的不是行，是轴：`(2, 1)` 把每个样本转置，行变成列，列变成行。

# %% [markdown] lang="en"
# # 1.6 Permute: axes in another order
#
# It puts the axes behind the batch in another order. Recurrent layers and convolutions disagree about which axis is time and which is channels, and often the axes must be swapped before one can follow the other.
#
# ## What it computes
#
# $$y_{n,\,i_{d_1}, i_{d_2}, \dots} = x_{n,\,i_1, i_2, \dots} \qquad \text{dims} = (d_1, d_2, \dots)$$
#
# Entry $k$ of `dims` says: **axis $k$ of the output is axis $d_k$ of the input**. Counting starts at 1, and the batch axis is neither counted nor moved. `(2, 1)` is a transposition, $(N, a, b) \to (N, b, a)$; `(2, 3, 1)` moves the first axis to the end, $(N, a, b, c) \to (N, b, c, a)$.
#
# !!! note "Correction"
#     The original document says that to permute is "to swap two rows". What is swapped are axes, not rows: `(2, 1)` transposes every sample, rows becoming columns and columns rows.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import Permute

x = np.arange(1.0, 7.0).reshape(1, 2, 3)
print(x[0])
print(Permute((2, 1))(x).numpy()[0])

# %% [markdown] lang="zh"
# ## 看一看
#
# 一个 2×3×4 的小方块，每个数的百位、十位、个位就是它在三个轴上的位置。换轴之后，数一个没变，只是位置的三个数字换了次序：看右图最左上角往右走，变的是哪一位。

# %% [markdown] lang="en"
# ## A picture
#
# A block of 2×3×4 in which the hundreds, tens and ones of every number are its places along the three axes. Permuting changes no number, only which digit runs where: on the right, walk from the upper left corner to the right and see which digit changes.

# %%
import matplotlib.pyplot as plt

a, b, c = np.ogrid[0:2, 0:3, 0:4]
block = (100 * a + 10 * b + c + 111.0)[None]  # places from 1
results = {
    "x: (2, 3, 4)": block,
    "Permute((3, 1, 2)): (4, 2, 3)": Permute((3, 1, 2))(block).numpy(),
}
fig, axes = plt.subplots(1, 2, figsize=(8, 2.2), width_ratios=[8, 12])
for ax, (title, values) in zip(axes, results.items()):
    planes = np.concatenate(list(values[0]), axis=1)  # the first axis side by side
    ax.imshow(planes // 100, cmap="Blues", vmin=0, vmax=4)
    for (i, j), value in np.ndenumerate(planes):
        ax.text(j, i, f"{value:.0f}", ha="center", va="center", fontsize=8)
    for edge in range(1, len(values[0])):
        ax.axvline(edge * values.shape[3] - 0.5, color="k")
    ax.set(title=title, xticks=[], yticks=[])

# %% [markdown] lang="zh"
# ## 参数

# %% [markdown] lang="en"
# ## Arguments

# %% tags=["both"]
tl.help("Permute")

# %% [markdown] lang="zh"
# ## 形状
#
# | | 形状 |
# |---|---|
# | 输入 | `(N, ...)`，批之外的轴数等于 `dims` 的项数 |
# | 输出 | 同样的长度，按 `dims` 的次序 |
#
# 作为第一层时要给 `input_shape`。

# %% [markdown] lang="en"
# ## Shapes
#
# | | shape |
# |---|---|
# | input | `(N, ...)`, with as many axes behind the batch as `dims` has entries |
# | output | the same lengths in the order of `dims` |
#
# As the first layer it is told the `input_shape`.

# %%
for dims in [(1, 2, 3), (2, 3, 1), (3, 1, 2), (3, 2, 1)]:
    layer = Permute(dims)
    print(
        dims,
        layer.compute_output_shape((None, 5, 6, 7)),
        layer(np.zeros((2, 5, 6, 7))).shape,
    )

# %% [markdown] lang="zh"
# ## 例子
#
# 长 10、每步 64 个特征的序列，换成 64 行 10 列：

# %% [markdown] lang="en"
# ## Example
#
# A sequence of 10 steps with 64 features becomes 64 rows of 10:

# %%
from tensorlearn import Sequential

Sequential([Permute((2, 1), input_shape=(10, 64))]).output_shape

# %% [markdown] lang="zh"
# ### 卷积接循环
#
# 读一行手写文字要从左到右，也就是一列一列地读。卷积层给出 $(N, H, W, C)$；把宽换到前面当作时间，$(N, W, H, C)$，再把每一列的 $H \cdot C$ 个数排成一个向量，循环层就接得上了：

# %% [markdown] lang="en"
# ### A convolution, then a recurrent layer
#
# A line of handwriting is read from left to right, that is, column by column. A convolution yields $(N, H, W, C)$; move the width to the front to be the time, $(N, W, H, C)$, make one vector of the $H \cdot C$ numbers of a column, and a recurrent layer fits on:

# %%
from tensorlearn.datasets import digits
from tensorlearn.layers import GRU, Conv2D, Dense, Reshape

tl.set_seed(0)
(x_train, y_train), (x_test, y_test) = digits.load_data()
model = Sequential()
model.add(Conv2D(8, 3, padding="same", activation="relu", input_shape=(8, 8, 1)))
model.add(Permute((2, 1, 3)))  # (N, H, W, C) -> (N, W, H, C)
model.add(Reshape((8, 64)))  # (N, W, H, C) -> (N, W, H*C)
model.add(GRU(32))
model.add(Dense(10, activation="softmax"))
model.compile(tl.optimizers.Adam(0.01), "sparse_categorical_crossentropy", ["accuracy"])
model.fit(x_train[..., None], y_train, epochs=4, batch_size=64, verbose=0)
print("accuracy", round(model.evaluate(x_test[..., None], y_test, verbose=0)[1], 2))

# %% [markdown] lang="zh"
# 这里换轴不能省：直接 `Reshape((8, 64))`，每个“时间步”会是一行而不是一列，读的方向就错了，而形状一模一样。两者的差别见 [Reshape](reshape.md) 一页的图。
#
# ## 梯度检查
#
# 怎么换过去的，梯度就怎么换回来：往回走的是**逆排列**。`(2, 3, 1)` 的逆不是它自己，而是 `(3, 1, 2)`；求法是“第几位是 1，第几位是 2……”，也就是 `argsort`：

# %% [markdown] lang="en"
# Permuting cannot be left out: `Reshape((8, 64))` alone would make every "time step" a row instead of a column and read in the wrong direction, with the very same shape. The picture on the page of [Reshape](reshape.md) shows the difference.
#
# ## Gradient check
#
# The gradient is carried back the way it came: by the **inverse permutation**. That of `(2, 3, 1)` is not itself but `(3, 1, 2)`. To find it ask where the 1 stands, where the 2, and so on, which is what `argsort` answers:

# %%
from tensorlearn.testing import gradcheck

dims = (2, 3, 1)
inverse = tuple(int(i) + 1 for i in np.argsort(dims))
there_and_back = Permute(inverse)(Permute(dims)(block)).numpy()
print(inverse, np.array_equal(there_and_back, block))

gradcheck(Permute(dims), np.random.default_rng(0).normal(size=(2, 3, 4, 5)))

t = tl.Tensor(block, requires_grad=True)
g = np.random.default_rng(1).normal(size=(1, 3, 4, 2))
np.array_equal(tl.grad((Permute(dims)(t) * g).sum(), t), g.transpose(0, *inverse))

# %% [markdown] lang="zh"
# ## 常见错误
#
# **从 0 数起。** NumPy 从 0 数，这里从 1 数，批的轴不列出来。Keras 2.2.4 不检查，`(0, 1)` 会得出荒唐的形状：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **Counting from 0.** NumPy does; here it is from 1, and the batch is not listed. Keras 2.2.4 does not check, and `(0, 1)` leads to absurd shapes:

# %% tags=["raises-exception"]
Permute((0, 1))

# %% [markdown] lang="zh"
# **轴数不对。** `dims` 要说到批以外的每一个轴：

# %% [markdown] lang="en"
# **Another number of axes.** `dims` must mention every axis behind the batch:

# %% tags=["raises-exception"]
Permute((2, 1))(np.zeros((2, 8, 8, 3)))

# %% [markdown] lang="zh"
# **没有写成元组。** 只有一个参数，几个数要放在一对括号里：

# %% [markdown] lang="en"
# **Not a tuple.** There is one argument, so the numbers go into parentheses of their own:

# %% tags=["raises-exception"]
Permute(2, 1)

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# 没有变化，`dims` 在两代 Keras 里同名、同义。

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# Nothing changed: `dims` has the same name and meaning in both generations.

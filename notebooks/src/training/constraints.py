# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 约束
#
# 正则化是劝，约束是令：每次更新之后，把权重拉回到允许的范围里。读完这一页，你会限制一个单元的权重有多长，让权重不为负，也会写自己的约束。
#
# ## 它算什么
#
# 约束是一个函数：给它权重，它还你同样形状的数组。优化器先照常走一步，再用约束的结果替换权重：
#
# $$w \leftarrow P\bigl(w - \eta\, g\bigr)$$
#
# $P$ 通常是**投影**：移到允许范围里最近的一点。这就是“投影梯度下降”。
#
# | 名字 | 允许的范围 |
# |---|---|
# | `max_norm(2)` | 每个单元的权重长度不超过 2 |
# | `unit_norm()` | 长度恰好为 1 |
# | `min_max_norm(0, 1, rate=1)` | 长度在两个界限之间；`rate` 小于 1 时每次只走一部分 |
# | `non_neg()` | 不为负 |

# %% [markdown] lang="en"
# # Constraints
#
# Regularization persuades, a constraint commands: after every update it brings the weights back to where they are allowed to be. After this page you can limit the length of a unit's weights, keep weights from being negative, and write a constraint of your own.
#
# ## What it computes
#
# A constraint is a function: you give it a weight, it gives you an array of the same shape. The optimizer takes its step as usual, and then the weight is replaced:
#
# $$w \leftarrow P\bigl(w - \eta\, g\bigr)$$
#
# $P$ is usually a **projection**, the move to the nearest point that is allowed, and the whole is known as projected gradient descent.
#
# | name | what is allowed |
# |---|---|
# | `max_norm(2)` | each unit's weights are no longer than 2 |
# | `unit_norm()` | their length is exactly 1 |
# | `min_max_norm(0, 1, rate=1)` | their length lies between two limits; with `rate` below 1 only a part of the way is gone each time |
# | `non_neg()` | not negative |

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn import Sequential, constraints
from tensorlearn.layers import Dense

w = np.array([[3.0, 0.3], [4.0, -0.4]])  # columns of length 5 and 0.5
for constraint in (
    constraints.max_norm(2),
    constraints.unit_norm(),
    constraints.non_neg(),
):
    print(type(constraint).__name__, constraint(w).round(3).tolist())

# %% [markdown] lang="zh"
# 手算第一列：长度 $\sqrt{9 + 16} = 5$，超过 2，所以乘上 $2/5$，得 $(1.2, 1.6)$；第二列长度 0.5，原样不动。
#
# `axis=0` 说的是“沿着哪个轴量长度”。`Dense` 的一列属于一个单元，所以是 0；`Conv2D` 的核是 `(rows, columns, channels, filters)`，一个滤波器的权重在前三个轴上，要写 `axis=(0, 1, 2)`。
#
# ## 看一看
#
# 两个权重，损失的最低点在圆外。没有约束时直奔最低点；`max_norm(1)` 走到圆边，然后贴着圆滑到圆上损失最小的地方：

# %% [markdown] lang="en"
# The first column by hand: its length is $\sqrt{9 + 16} = 5$, above 2, so it is multiplied by $2/5$, which makes $(1.2, 1.6)$; the second has length 0.5 and stays.
#
# `axis=0` is the axis along which lengths are measured. A column of a `Dense` kernel belongs to one unit, hence 0; the kernel of `Conv2D` is `(rows, columns, channels, filters)`, a filter has its weights along the first three axes, and you write `axis=(0, 1, 2)`.
#
# ## A picture
#
# Two weights, and a loss whose lowest point is outside the circle. Without a constraint the path leads straight there; with `max_norm(1)` it goes to the edge and slides along it to the best allowed point:

# %%
import matplotlib.pyplot as plt

x = np.random.default_rng(0).normal(size=(64, 2)) * [1.0, 2.0]
y = x @ np.array([[1.5], [1.0]])


def path(constraint):
    start = {
        "kernel_initializer": "zeros",
        "use_bias": False,
        "kernel_constraint": constraint,
    }
    net = Sequential([Dense(1, input_shape=(2,), **start)])
    net.compile(tl.optimizers.SGD(0.04), "mse")
    steps = [net.get_weights()[0].ravel()]
    for _ in range(60):
        net.train_on_batch(x, y)
        steps.append(net.get_weights()[0].ravel())
    return np.array(steps).T


# %%
u, v = np.meshgrid(np.linspace(-0.5, 2, 80), np.linspace(-0.2, 1.4, 60))
errors = x @ np.stack([u.ravel() - 1.5, v.ravel() - 1.0])
fig, ax = plt.subplots(figsize=(5, 3))
ax.contour(u, v, (errors**2).mean(axis=0).reshape(u.shape), levels=12, colors="0.8")
angle = np.linspace(-0.4, 2, 100)
ax.plot(np.cos(angle), np.sin(angle), "k--", lw=0.8)
for name, constraint in (
    ("none", None),
    ("max_norm", constraints.max_norm(1)),
    ("unit_norm", "unit_norm"),
):
    ax.plot(*path(constraint), ".-", ms=4, label=name)
ax.set(xlim=(-0.1, 1.9), ylim=(-0.1, 1.3), aspect="equal")
ax.legend(fontsize=7)
ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# 圆上最后停住的点，损失的梯度恰好指向圆心外，沿着圆已经没有下坡可走：这就是拉格朗日乘子法的条件，投影梯度不用解方程就走到了那里。`unit_norm` 从零点出发，第一步就被甩到了圆上。
#
# ## 用在哪里
#
# 与正则化同样的命名规则：`kernel_constraint`、`bias_constraint`、`recurrent_constraint`、`embeddings_constraint`……最常见的用法是和 `Dropout` 搭配，论文里的建议是 `max_norm` 取 2 到 4：

# %% [markdown] lang="en"
# At the point where it stops, the gradient of the loss points straight out of the circle, and there is no way down along it: that is the condition of Lagrange's multipliers, and the projected gradient has got there without solving an equation. `unit_norm`, starting from zero, is thrown onto the circle by its first step.
#
# ## Where it goes
#
# Names follow the rule of regularizers: `kernel_constraint`, `bias_constraint`, `recurrent_constraint`, `embeddings_constraint` and so on. Most often one sees them together with `Dropout`, for which the paper recommends a `max_norm` of 2 to 4:

# %%
from tensorlearn.datasets import digits
from tensorlearn.layers import Dropout

(x, y), (x_test, y_test) = digits.load_data(flatten=True)
tl.set_seed(0)
net = Sequential([Dropout(0.2, input_shape=(64,))])
net.add(Dense(64, activation="relu", kernel_constraint=constraints.max_norm(2)))
net.add(Dense(10, activation="softmax"))
net.compile(tl.optimizers.Adam(0.01), "sparse_categorical_crossentropy", ["accuracy"])
net.fit(x, y, epochs=10, verbose=0)
lengths = np.linalg.norm(net.get_weights()[0], axis=0)
print("longest", lengths.max().round(4), "at the limit", int((lengths > 1.999).sum()))
print("accuracy", round(net.evaluate(x_test, y_test, verbose=0)[1], 2))

# %% [markdown] lang="zh"
# ## 写一个自己的
#
# 任何由数组得到同样形状数组的函数都行；没有梯度流过它，可以放心用 NumPy。下面要求每一列是一个概率分布：不为负，加起来等于 1。
#
# **例子：分解出话题。** `non_neg` 的用处在于“只加不减”：把图像写成若干部件之和，部件才看得懂。

# %% [markdown] lang="en"
# ## One of your own
#
# Any function from an array to an array of the same shape will do; no gradient flows through it, so NumPy is fine. This one asks each column to be a distribution: nothing negative, and a sum of 1.
#
# **An example: parts.** What `non_neg` is good for is "adding without taking away": if images are sums of parts, and nothing may cancel, the parts can be recognised.


# %%
def distribution(w):
    w = np.maximum(w, 1e-7)
    return w / w.sum(axis=0)


layer = Dense(2, use_bias=False, kernel_constraint=distribution, input_shape=(3,))
model = Sequential([layer])
model.compile(tl.optimizers.SGD(0.5), "mse")
model.fit(np.eye(3), np.array([[1.0, 0], [1, 0], [0, 2]]), epochs=300, verbose=0)
print(layer.get_weights()[0].round(3))


# %%
def parts(constraint):
    tl.set_seed(0)
    options = {"use_bias": False, "kernel_constraint": constraint}
    auto = Sequential([Dense(12, input_shape=(64,), **options)])
    auto.add(Dense(64, **options))
    auto.compile(tl.optimizers.Adam(0.01), "mse")
    auto.fit(x, x, epochs=20, verbose=0)
    return auto.get_weights()[1].reshape(12, 8, 8)


fig, axes = plt.subplots(2, 12, figsize=(8, 1.6))
for row, constraint in zip(axes, (None, "non_neg")):
    for ax, part in zip(row, parts(constraint)):
        limit = abs(part).max()
        ax.imshow(part, cmap="RdBu_r", vmin=-limit, vmax=limit)
        ax.set(xticks=[], yticks=[])

# %% [markdown] lang="zh"
# 上排没有约束，部件里红（正）蓝（负）相抵，看不出名堂；下排不为负，部件是笔画的一段。
#
# ## 常见错误
#
# **给了一个数。**

# %% [markdown] lang="en"
# The upper row has no constraint: red (positive) and blue (negative) cancel, and one recognises nothing. In the lower row nothing is negative, and the parts are pieces of strokes.
#
# ## Common mistakes
#
# **A bare number.**

# %% tags=["raises-exception"]
Dense(3, kernel_constraint=2.0)

# %% [markdown] lang="zh"
# **轴不存在。** 这里的核只有两个轴：

# %% [markdown] lang="en"
# **An axis that is not there.** This kernel has two:

# %% tags=["raises-exception"]
net = Sequential(
    [Dense(3, kernel_constraint=constraints.max_norm(2, axis=2), input_shape=(4,))]
)
net.compile("sgd", "mse")
net.fit(np.ones((4, 4)), np.ones((4, 3)), verbose=0)

# %% [markdown] lang="zh"
# **约束改了形状。**

# %% [markdown] lang="en"
# **A constraint that changes the shape.**

# %% tags=["raises-exception"]
net = Sequential(
    [Dense(3, kernel_constraint=lambda w: w.sum(axis=0), input_shape=(4,))]
)
net.compile("sgd", "mse")
net.fit(np.ones((4, 4)), np.ones((4, 3)), verbose=0)

# %% [markdown] lang="zh"
# **以为初始值也受约束。** 约束只在更新之后起作用；刚建好的权重可能还在范围之外。

# %% [markdown] lang="en"
# **Taking the initial values to be constrained.** A constraint acts after updates; fresh weights may well lie outside.

# %%
fresh = Dense(3, kernel_initializer="ones", kernel_constraint="unit_norm")
fresh(np.zeros((1, 4)))
np.linalg.norm(fresh.get_weights()[0], axis=0)

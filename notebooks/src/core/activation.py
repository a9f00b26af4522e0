# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 1.2 Activation：激活层
#
# 把一个函数逐个作用在输入的每个数上，形状不变，没有权重。没有它，再深的网络也只是一层。
#
# ## 它算什么
#
# $$y = \varphi(x) \qquad (N, \dots) \to (N, \dots)$$
#
# $\varphi$ 可以用名字指定，也可以是任何用 `tensorlearn` 运算（或 NumPy 函数）写成的函数。
#
# 为什么非要一个弯的函数不可？因为直的叠不出花样。两层线性层叠在一起，$(x W_1) W_2 = x\,(W_1 W_2)$，仍是一层；中间夹一个弯的 $\varphi$，这个合并就做不成了。下面用数字看：左边两层等于一层，右边加了 `relu` 就不等。

# %% [markdown] lang="en"
# # 1.2 Activation: a function as a layer
#
# It applies a function to every number of its input, keeps the shape and has no weights. Without it the deepest network is a single layer.
#
# ## What it computes
#
# $$y = \varphi(x) \qquad (N, \dots) \to (N, \dots)$$
#
# $\varphi$ is given by name, or as any function written in `tensorlearn` operations (NumPy functions will do).
#
# Why must it be bent? Because straight things stacked stay straight. Two linear layers, $(x W_1) W_2 = x\,(W_1 W_2)$, are still one; put a bent $\varphi$ in between and they no longer merge. In numbers: the two layers equal one layer, and with `relu` between them they do not.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn import Sequential
from tensorlearn.layers import Activation, Dense

rng = np.random.default_rng(0)
W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
x = rng.normal(size=(5, 3))
for name in ["linear", "relu"]:
    two = np.asarray(Activation(name)(x @ W1).numpy() @ W2)
    print(name, np.allclose(two, x @ (W1 @ W2), atol=1e-5))

# %% [markdown] lang="zh"
# ## 看一看
#
# 实线是函数，虚线是它的斜率。训练时往回传的每一个梯度都要乘上虚线的高度：`sigmoid` 的虚线最高只有 $1/4$，两头几乎为零；`relu` 的虚线不是 $0$ 就是 $1$。

# %% [markdown] lang="en"
# ## A picture
#
# The solid line is the function, the dashed one its slope. Every gradient on its way back is multiplied by the height of the dashed line: for `sigmoid` that is at most $1/4$ and next to nothing at both ends; for `relu` it is $0$ or $1$.

# %%
import matplotlib.pyplot as plt

names = ["sigmoid", "tanh", "relu", "elu", "softsign", "hard_sigmoid"]
z = np.linspace(-4, 4, 200)[:, None]
fig, axes = plt.subplots(1, 6, figsize=(8, 1.9), sharey=True)
for ax, name in zip(axes, names):
    t = tl.Tensor(z, requires_grad=True)
    y = Activation(name)(t)
    ax.plot(z, y.numpy(), "C0", z, tl.grad(y.sum(), t), "C1--", lw=1.5)
    ax.axhline(0, color="0.8", lw=0.5, zorder=0)
    ax.set(title=name, ylim=(-1.3, 2.2), xticks=[-4, 0, 4])

# %% [markdown] lang="zh"
# ## 参数
#
# 只有一个，必须给：`activation`。
#
# !!! note "更正"
#     原文档说它可以是“Tensorflow/Theano 的函数”。这里没有那两个后端：写一个接受张量、返回张量的函数就行。

# %% [markdown] lang="en"
# ## Arguments
#
# There is one, and it is required: `activation`.
#
# !!! note "Correction"
#     The original document allows "a TensorFlow or Theano function". There are no such backends here: any function that takes a Tensor and returns one will do.

# %% tags=["both"]
tl.help("Activation")

# %% [markdown] lang="zh"
# 认识的名字有这些：

# %% [markdown] lang="en"
# The names it knows:

# %%
from tensorlearn.declare import registry

print(*registry.activations.known, sep=", ")

# %% [markdown] lang="zh"
# ## 形状
#
# | | 形状 |
# |---|---|
# | 输入 | 任意，`(N, ...)` |
# | 输出 | 与输入相同 |
#
# 作为 `Sequential` 的第一层时，和别的层一样要给 `input_shape`。

# %% [markdown] lang="en"
# ## Shapes
#
# | | shape |
# |---|---|
# | input | any, `(N, ...)` |
# | output | that of the input |
#
# As the first layer of a `Sequential` it is given an `input_shape`, like every other layer.

# %%
layer = Activation("tanh", input_shape=(10, 64))
print(layer.compute_output_shape((None, 10, 64)))
print(layer(np.zeros((2, 10, 64))).shape, layer.count_params())

# %% [markdown] lang="zh"
# ## 例子
#
# `Dense(4, activation="relu")` 与 `Dense(4)` 后面接 `Activation("relu")` 算的是同一件事。分开写的好处是中间还能插进别的层，例如 [BatchNormalization](../normalization/batch_normalization.md)：

# %% [markdown] lang="en"
# ## Example
#
# `Dense(4, activation="relu")` computes the same as `Dense(4)` followed by `Activation("relu")`. Written apart, there is room for another layer between them, such as [BatchNormalization](../normalization/batch_normalization.md):

# %%
joined = Sequential([Dense(4, activation="relu", input_shape=(3,))])
apart = Sequential([Dense(4, input_shape=(3,)), Activation("relu")])
apart.set_weights(joined.get_weights())
np.array_equal(joined.predict(x), apart.predict(x))

# %% [markdown] lang="zh"
# `softmax` 是唯一不逐个看的：它把最后一个轴上的数变成加起来为 $1$ 的正数，每个输出都与整行有关。整行同加一个常数，结果不变：

# %% [markdown] lang="en"
# Only `softmax` does not look at one number at a time: it turns the last axis into positive numbers that add up to $1$, so every output depends on the whole row. Adding a constant to the row changes nothing:

# %%
scores = np.array([[1.0, 2.0, 3.0], [1001.0, 1002.0, 1003.0]])
Activation("softmax")(scores).numpy().round(3)

# %% [markdown] lang="zh"
# ### 选哪一个
#
# 圆盘里的点是一类，外面是另一类。网络一样，起点一样，只换激活函数：

# %% [markdown] lang="en"
# ### Which one to take
#
# Points within a disc are one class, those outside the other. Same network, same start, another activation:

# %%
points = rng.uniform(-1, 1, (256, 2))
inside = (np.hypot(*points.T) < 0.7).astype(int)

for name in ["linear", "sigmoid", "tanh", "relu"]:
    tl.set_seed(0)
    model = Sequential(
        [
            Dense(16, activation=name, input_shape=(2,)),
            Dense(16, activation=name),
            Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(tl.optimizers.Adam(0.02), "binary_crossentropy", ["accuracy"])
    history = model.fit(points, inside, epochs=30, verbose=0).history
    print(f"{name:8} loss {history['loss'][-1]:.3f}  accuracy {history['acc'][-1]:.2f}")

# %% [markdown] lang="zh"
# `linear` 只有一条直线可画，永远学不会圆；`sigmoid` 学得会，只是要五倍的轮数才赶上 `relu`，原因就在下一节。隐藏层先试 `relu`；输出层看任务：二分类用 `sigmoid`，多分类用 `softmax`，回归不用激活。
#
# ### 自己的函数
#
# 写成运算就行，梯度会自己跟上。`swish` 是 $x\,\sigma(x)$：

# %% [markdown] lang="en"
# `linear` can only draw one straight line and will never learn a circle. `sigmoid` can, but takes five times as many epochs to catch up with `relu`; the next section says why. Try `relu` in hidden layers; at the output the task decides: `sigmoid` for two classes, `softmax` for many, none for regression.
#
# ### A function of your own
#
# Write it in operations and the gradient follows. `swish` is $x\,\sigma(x)$:

# %%
from tensorlearn import activations


def swish(x):
    return x * activations.sigmoid(x)


Activation(swish)(np.array([[-2.0, 0.0, 2.0]]))

# %% [markdown] lang="zh"
# ## 梯度检查
#
# $$\frac{\partial L}{\partial x} = g \odot \varphi'(x)$$
#
# 逐元素的激活只是把回来的梯度逐个乘上斜率。（`softmax` 例外：它的斜率是一整个矩阵。）

# %% [markdown] lang="en"
# ## Gradient check
#
# $$\frac{\partial L}{\partial x} = g \odot \varphi'(x)$$
#
# An elementwise activation multiplies each returning gradient by a slope. (`softmax` is different: its slope is a whole matrix.)

# %%
from tensorlearn.testing import gradcheck

z = rng.normal(size=(4, 3))
for function in [*names, "softmax", "selu", "softplus", swish]:
    gradcheck(Activation(function), z)

# %% [markdown] lang="zh"
# 把 `sigmoid` 一层层叠起来，梯度每过一层至少缩到四分之一。这就是“梯度消失”，也是上面 `sigmoid` 学得慢的原因；`relu` 在正半轴上原样放行：

# %% [markdown] lang="en"
# Stack `sigmoid` upon `sigmoid`, and every layer shrinks the gradient to a quarter or less. This is the vanishing gradient, and why `sigmoid` was slow above; where its input is positive, `relu` lets the gradient through unchanged:

# %%
for name in ["sigmoid", "relu"]:
    slopes = []
    for depth in [1, 2, 4, 8]:
        start = tl.Tensor([[1.0]], requires_grad=True)
        y = start
        for _ in range(depth):
            y = Activation(name)(y)
        slopes.append(float(tl.grad(y.sum(), start)[0, 0]))
    print(f"{name:8}", *(f"{s:.2g}" for s in slopes))

# %% [markdown] lang="zh"
# ## 常见错误
#
# **名字拼错。** 错误会猜你想写什么：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **A misspelt name.** The error guesses what you meant:

# %% tags=["raises-exception"]
Activation("rellu")

# %% [markdown] lang="zh"
# **把结果取出来再算。** `numpy()` 给出的是纯数字，来历断了，往回的路也就断了；训练时会被发现：

# %% [markdown] lang="en"
# **Taking the numbers out in between.** What `numpy()` returns are bare numbers without a history, and so there is no way back. Training notices:

# %% tags=["raises-exception"]
bare = Activation(lambda x: np.tanh(x.numpy()))
model = Sequential([Dense(1, input_shape=(2,)), bare])
model.compile("sgd", "mse")
model.fit(points, inside, verbose=0)

# %% [markdown] lang="zh"
# 去掉 `.numpy()`，直接写 `np.tanh(x)` 就对了：张量认得 NumPy 的函数。
#
# **对单个向量用 `softmax`。** 它需要一个批的轴：

# %% [markdown] lang="en"
# Drop the `.numpy()` and write `np.tanh(x)`: Tensors understand NumPy's functions.
#
# **`softmax` of a single vector.** It wants a batch axis:

# %% tags=["raises-exception"]
Activation("softmax")(np.array([1.0, 2.0, 3.0]))

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# 没有变化：`Activation("relu")` 在两代 Keras 里都这样写。

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# Nothing changed: `Activation("relu")` is written like this in both generations.

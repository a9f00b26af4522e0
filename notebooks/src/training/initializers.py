# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 初始化
#
# 权重从哪里出发，决定了网络学不学得动。读完这一页，你能说出为什么默认是 `glorot_uniform`、`relu` 为什么要配 `he_normal`，也能用自己的数组或函数来初始化。
#
# ## 它算什么
#
# 初始化器是一个函数：给它形状，它还你一个数组。层在第一次见到输入时才调用它，因为那时才知道形状。

# %% [markdown] lang="en"
# # Initializers
#
# Where the weights start decides whether a network can learn at all. After this page you can say why `glorot_uniform` is the default, why `relu` wants `he_normal`, and start weights from arrays or functions of your own.
#
# ## What it computes
#
# An initializer is a function: you give it a shape, it gives you an array. Layers call theirs when they first meet an input, for only then is the shape known.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn import Sequential, initializers
from tensorlearn.layers import Dense

start = initializers.RandomUniform(-0.1, 0.1, seed=0)
print(start((2, 3)).round(3))
layer = Dense(3, kernel_initializer="he_normal", bias_initializer="ones")
layer(np.zeros((1, 2)))
print(layer.get_weights()[1])

# %% [markdown] lang="zh"
# 名字、对象、函数都可以。带 `seed` 的初始化器每次给出同样的数组；不带的由 `set_seed` 统一管理。
#
# ## 为什么不能随便取
#
# 一个单元把 $n$ 个输入乘上权重再相加。若输入与权重互相独立、均值为 0，那么
#
# $$\operatorname{Var}(z) = n \cdot \operatorname{Var}(w) \cdot \operatorname{Var}(x)$$
#
# 要让信号走过一层而不变大变小，就要 $\operatorname{Var}(w) = 1/n$。差一点会怎样？每层的标准差乘以 $c$，五十层就是 $c^{50}$：$c = 1.5$ 时约六亿倍，$c = 0.7$ 时只剩五千万分之一。
#
# 往回走的梯度，同样的道理，只是 $n$ 换成输出的个数。前向要 $1/n_{\text{in}}$，反向要 $1/n_{\text{out}}$，Glorot 取两者的折中 $2 / (n_{\text{in}} + n_{\text{out}})$。`relu` 砍掉一半的信号，所以 He 把方差加倍：$2 / n_{\text{in}}$。
#
# ## 看一看
#
# 五十层，宽 128，三种激活函数，各配几种初始化，量每一层输出的标准差：

# %% [markdown] lang="en"
# Names, objects and functions are all accepted. With a `seed` an initializer gives the same array every time; without one it is under the rule of `set_seed`.
#
# ## Why not just any numbers
#
# A unit multiplies $n$ inputs by weights and adds up. If inputs and weights are independent, with mean 0,
#
# $$\operatorname{Var}(z) = n \cdot \operatorname{Var}(w) \cdot \operatorname{Var}(x)$$
#
# For a signal to pass a layer neither grown nor shrunk, $\operatorname{Var}(w) = 1/n$. And if that is a little off? Every layer multiplies the deviation by $c$, fifty layers by $c^{50}$: for $c = 1.5$ some six hundred million times, for $c = 0.7$ a fifty-millionth.
#
# The same holds for gradients on the way back, where $n$ counts outputs. Forward wants $1/n_{\text{in}}$, backward $1/n_{\text{out}}$, and Glorot's compromise is $2 / (n_{\text{in}} + n_{\text{out}})$. `relu` cuts away half of the signal, so He doubles the variance: $2 / n_{\text{in}}$.
#
# ## A picture
#
# Fifty layers of width 128, three activations with several initializers each, and the deviation of what every layer gives:

# %%
import matplotlib.pyplot as plt

tries = {
    "linear": {"stddev 0.13": 0.13, "lecun_normal": None, "stddev 0.06": 0.06},
    "tanh": {"stddev 0.02": 0.02, "glorot_normal": None, "stddev 0.3": 0.3},
    "relu": {"stddev 0.09": 0.09, "glorot_normal": None, "he_normal": None},
}
x = np.random.default_rng(0).normal(size=(100, 128))
fig, axes = plt.subplots(1, 3, figsize=(8, 2.6), sharey=True)
for ax, (activation, starts) in zip(axes, tries.items()):
    for label, sigma in starts.items():
        tl.set_seed(0)
        start = initializers.RandomNormal(0, sigma) if sigma else label
        h, sizes = x, []
        for _ in range(50):
            h = Dense(128, activation=activation, kernel_initializer=start)(h)
            sizes.append(float(h.numpy().std()))
        ax.semilogy(sizes, label=label)
    ax.set(title=activation, xlabel="layer", ylim=(1e-10, 1e10))
    ax.legend(fontsize=7)

# %% [markdown] lang="zh"
# 中间的平线就是目标。`tanh` 配 `stddev 0.3` 看起来也平，却是另一种病：单元全部饱和在 $\pm 1$，斜率几乎为 0。用 [trace](../guides/debugging.md) 能看到饱和的比例。
#
# ## 一览
#
# | 名字 | 分布 | 方差 |
# |---|---|---|
# | `zeros`，`ones`，`constant` | 全部相同 | 0 |
# | `random_normal`，`truncated_normal` | 正态；后者去掉两个标准差以外的 | 默认 $0.05^2$（截断前） |
# | `random_uniform` | 均匀 | 默认 $0.1^2/12$ |
# | `lecun_normal`，`lecun_uniform` | 截断正态，均匀 | $1 / n_{\text{in}}$ |
# | `glorot_normal`，`glorot_uniform` | 截断正态，均匀 | $2 / (n_{\text{in}} + n_{\text{out}})$ |
# | `he_normal`，`he_uniform` | 截断正态，均匀 | $2 / n_{\text{in}}$ |
# | `orthogonal` | 随机的正交矩阵 | 列与列正交，长度为 1 |
# | `identity` | 单位矩阵 | |
#
# 它们都是 `VarianceScaling(scale, mode, distribution)` 的特例（后两行除外）。卷积核的 $n_{\text{in}}$ 是核的格子数乘输入通道数：

# %% [markdown] lang="en"
# The flat line in the middle is the goal. `tanh` with `stddev 0.3` looks flat as well, but that is another disease: all units sit at $\pm 1$, where the slope is almost 0. [trace](../guides/debugging.md) shows what share is saturated.
#
# ## All of them
#
# | name | distribution | variance |
# |---|---|---|
# | `zeros`, `ones`, `constant` | all the same | 0 |
# | `random_normal`, `truncated_normal` | normal; the second without what lies beyond two deviations | $0.05^2$ by default (before truncation) |
# | `random_uniform` | uniform | $0.1^2/12$ by default |
# | `lecun_normal`, `lecun_uniform` | truncated normal, uniform | $1 / n_{\text{in}}$ |
# | `glorot_normal`, `glorot_uniform` | truncated normal, uniform | $2 / (n_{\text{in}} + n_{\text{out}})$ |
# | `he_normal`, `he_uniform` | truncated normal, uniform | $2 / n_{\text{in}}$ |
# | `orthogonal` | a random orthogonal matrix | columns of length 1 at right angles |
# | `identity` | the identity matrix | |
#
# The three middle rows are special cases of `VarianceScaling(scale, mode, distribution)`. For a convolution kernel, $n_{\text{in}}$ is its number of cells times the channels that come in:

# %%
print(initializers.fans((300, 100)), initializers.fans((3, 3, 16, 32)))
w = initializers.glorot_uniform(seed=0)((300, 100))
print(w.var(), 2 / 400, abs(w).max() <= np.sqrt(6 / 400))

# %% [markdown] lang="zh"
# `orthogonal` 用于循环网络的 `recurrent_kernel`：乘上它，向量的长度不变，乘一千次也不变。同样大小的随机矩阵要看运气，四个种子四种下场：

# %% [markdown] lang="en"
# `orthogonal` is for the `recurrent_kernel` of recurrent networks. Multiplying by it leaves the length of a vector as it is, a thousand times over. With a random matrix of the same size it is a matter of luck, and four seeds have four fates:

# %%
for make in (initializers.orthogonal, initializers.glorot_normal):
    lengths = []
    for seed in range(4):
        h = np.ones(64) / 8  # of length 1
        matrix = make(seed=seed)((64, 64)).astype(float)
        for _ in range(1000):
            h = h @ matrix
        lengths.append(f"{np.linalg.norm(h):.2g}")
    print(make.__name__, *lengths)

# %% [markdown] lang="zh"
# ## 对称性：为什么不能全是零
#
# 权重全为 0（或全都相同）时，同一层的单元算出同样的数，收到同样的梯度，永远一模一样：八个单元等于一个。

# %% [markdown] lang="en"
# ## Symmetry: why not zeros
#
# If all weights are 0, or all the same, the units of a layer compute the same numbers, get the same gradients, and stay alike for ever: eight units are as good as one.

# %%
x = np.random.default_rng(0).normal(size=(200, 2))
y = (x[:, :1] * x[:, 1:] > 0).astype(float)
for start in (initializers.Constant(0.1), "glorot_uniform"):
    tl.set_seed(0)
    net = Sequential(
        [Dense(8, activation="tanh", kernel_initializer=start, input_shape=(2,))]
    )
    net.add(Dense(1, activation="sigmoid", kernel_initializer=start))
    net.compile(tl.optimizers.Adam(0.05), "binary_crossentropy", ["accuracy"])
    net.fit(x, y, epochs=40, verbose=0)
    kernel = net.get_weights()[0]
    print(
        len(np.unique(kernel.round(6), axis=1).T),
        "different units",
        net.evaluate(x, y, verbose=0)[1],
    )

# %% [markdown] lang="zh"
# 偏置可以是 0，因为权重已经打破了对称。
#
# ## 自己的初始化
#
# 任何接受形状、返回数组的函数都行；已有的数组用 `weights` 直接给。

# %% [markdown] lang="en"
# Biases may well be 0: the weights have broken the symmetry already.
#
# ## One of your own
#
# Any function that takes a shape and returns an array will do; arrays that you have already go into `weights`.


# %%
def checkerboard(shape):
    return np.indices(shape).sum(axis=0) % 2 * 2.0 - 1.0


layer = Dense(3, kernel_initializer=checkerboard)
layer(np.zeros((1, 2)))
given = Dense(3, weights=[np.eye(2, 3), np.zeros(3)])
given(np.zeros((1, 2)))
print(layer.get_weights()[0], given.get_weights()[0], sep="\n")

# %% [markdown] lang="zh"
# ## 常见错误
#
# **名字写错。**

# %% [markdown] lang="en"
# ## Common mistakes
#
# **A name spelt wrong.**

# %% tags=["raises-exception"]
Dense(3, kernel_initializer="glorot_unifrom")

# %% [markdown] lang="zh"
# **正交矩阵至少要两个轴，偏置没有。**

# %% [markdown] lang="en"
# **An orthogonal matrix has two axes at least; a bias has not.**

# %% tags=["raises-exception"]
Dense(3, bias_initializer="orthogonal")(np.zeros((1, 2)))

# %% [markdown] lang="zh"
# **函数返回的形状不对。**

# %% [markdown] lang="en"
# **A function that returns another shape.**

# %% tags=["raises-exception"]
Dense(3, kernel_initializer=lambda shape: np.zeros(5))(np.zeros((1, 2)))

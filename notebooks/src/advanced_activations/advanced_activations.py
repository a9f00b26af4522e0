# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 8.1 高级激活：带参数的非线性
#
# 六个自成一层的激活函数：有的带着要学的权重，有的带着要选的参数。`relu` 的毛病是左边一片死寂，它们大多是来治这个毛病的。
#
# ## 它算什么
#
# | 层 | $x > 0$ | $x \le 0$ | 要学的 |
# |---|---|---|---|
# | `LeakyReLU(alpha)` | $x$ | $\alpha x$ | 无 |
# | `PReLU()` | $x$ | $\alpha_d\, x$ | $\alpha_d$ |
# | `ELU(alpha)` | $x$ | $\alpha(e^x - 1)$ | 无 |
#
# | 层 | 公式 |
# |---|---|
# | `ThresholdedReLU(theta)` | $x$ 若 $x > \theta$，否则 $0$ |
# | `Softmax(axis)` | $e^{x_i} / \sum_j e^{x_j}$，沿 `axis` |
# | `ReLU(max_value, negative_slope, threshold)` | 以上各种折线的总和 |
#
# 形状都不变：$(N, \ldots) \to (N, \ldots)$。
#
# `relu` 单元若对所有样本都输出 0，梯度也处处为 0，就再也活不过来了。给左边一点点坡度，它就总有机会回头。
#
# !!! note "更正"
#     原文档只提到“高级激活层”这个名字，内容依 Keras 2.2.4 补全。

# %% [markdown] lang="en"
# # 8.1 Advanced activations: bends with parameters
#
# Six activations that are layers of their own, some with weights to learn, others with a number to choose. The trouble with `relu` is the silence on its left side, and most of these were made against it.
#
# ## What it computes
#
# | layer | $x > 0$ | $x \le 0$ | learnt |
# |---|---|---|---|
# | `LeakyReLU(alpha)` | $x$ | $\alpha x$ | nothing |
# | `PReLU()` | $x$ | $\alpha_d\, x$ | $\alpha_d$ |
# | `ELU(alpha)` | $x$ | $\alpha(e^x - 1)$ | nothing |
#
# | layer | formula |
# |---|---|
# | `ThresholdedReLU(theta)` | $x$ where $x > \theta$, otherwise $0$ |
# | `Softmax(axis)` | $e^{x_i} / \sum_j e^{x_j}$ along `axis` |
# | `ReLU(max_value, negative_slope, threshold)` | all these bends in one |
#
# All keep the shape, $(N, \ldots) \to (N, \ldots)$.
#
# Once a unit with `relu` gives 0 for every sample its gradient is 0 everywhere, and it never comes back. A little slope on the left, and there is always a way to return.
#
# !!! note "Correction"
#     The original document only names the family; what is said here follows Keras 2.2.4.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import ELU, LeakyReLU, PReLU, ReLU, Softmax, ThresholdedReLU

x = np.array([[-2.0, -0.5, 0.5, 2.0]])
for layer in (LeakyReLU(0.3), PReLU(), ELU(), ThresholdedReLU(1.0), Softmax()):
    print(f"{type(layer).__name__:16}", layer(x).numpy().round(3))

# %% [markdown] lang="zh"
# ## 看一看

# %% [markdown] lang="en"
# ## A picture

# %%
import matplotlib.pyplot as plt

t = np.linspace(-3, 3, 301)[None]
layers = {
    "LeakyReLU(0.3)": LeakyReLU(0.3),
    "ELU(1.0)": ELU(1.0),
    "ThresholdedReLU(1.0)": ThresholdedReLU(1.0),
    "ReLU(2.0)": ReLU(2.0),
}
fig, axes = plt.subplots(1, 4, figsize=(8, 2), sharey=True)
for ax, (title, layer) in zip(axes, layers.items()):
    ax.axhline(0, color="lightgrey", linewidth=0.7)
    ax.axvline(0, color="lightgrey", linewidth=0.7)
    ax.plot(t[0], layer(t).numpy()[0])
    ax.set_title(title, fontsize=8)

# %% [markdown] lang="zh"
# ## 参数
#
# ### LeakyReLU

# %% [markdown] lang="en"
# ## Arguments
#
# ### LeakyReLU

# %% tags=["both"]
tl.help("LeakyReLU")

# %% [markdown] lang="zh"
# ### PReLU
#
# `shared_axes` 让一些轴共用同一个 $\alpha$；卷积之后用 `[1, 2]`，每个通道只学一个。

# %% [markdown] lang="en"
# ### PReLU
#
# `shared_axes` makes axes share one $\alpha$; use `[1, 2]` after a convolution, to learn one per channel.

# %% tags=["both"]
tl.help("PReLU")

# %% [markdown] lang="zh"
# ### ReLU
#
# `max_value` 是封顶的高度，`negative_slope` 是左边的坡度，`threshold` 是开始导通的位置。

# %% [markdown] lang="en"
# ### ReLU
#
# `max_value` is the ceiling, `negative_slope` the slope on the left, `threshold` where it begins to conduct.

# %% tags=["both"]
tl.help("ReLU")

# %% [markdown] lang="zh"
# ## 形状
#
# 原样进出。只有 `PReLU` 有权重，形状是一个样本的形状，`shared_axes` 上为 1：

# %% [markdown] lang="en"
# ## Shapes
#
# What goes in comes out. Only `PReLU` has weights, of the shape of one sample, with 1 along `shared_axes`:

# %%
for shared in (None, [1, 2]):
    layer = PReLU(shared_axes=shared)
    print(layer(np.zeros((2, 8, 8, 16))).shape, layer.alpha.shape)

# %% [markdown] lang="zh"
# ## 例子
#
# 把单元的偏置都推到很负的地方，让 `relu` 一开始就全死，看谁能自己爬出来：

# %% [markdown] lang="en"
# ## Example
#
# Push the biases far below zero, so that every `relu` starts out dead, and see who climbs out:

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Dense

x = np.random.default_rng(0).uniform(-1, 1, (200, 2))
y = (x[:, :1] * x[:, 1:] > 0).astype("float32")
for make in (ReLU, LeakyReLU, PReLU, ELU):
    tl.set_seed(0)
    start = tl.initializers.Constant(-4.0)
    model = Sequential([Dense(16, bias_initializer=start, input_shape=(2,))])
    model.add(make())
    model.add(Dense(1, activation="sigmoid"))
    model.compile(tl.optimizers.Adam(0.05), "binary_crossentropy", ["accuracy"])
    model.fit(x, y, epochs=60, verbose=0)
    print(f"{make.__name__:10} {model.evaluate(x, y, verbose=0)[1]:.2f}")

# %% [markdown] lang="zh"
# `Softmax` 也可以单独成层，比如想在它之前取出分数：

# %% [markdown] lang="en"
# `Softmax` as a layer of its own helps where one wants the scores before it:

# %%
scores = Sequential([Dense(3, input_shape=(4,))])
model = Sequential([scores, Softmax()])
print(model.predict(np.ones((2, 4))).sum(axis=1))

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 折线的导数就是各段的斜率；`PReLU` 的 $\alpha$ 也有梯度：左边的 $x$ 乘以 $g$，在批上求和。

# %% [markdown] lang="en"
# ## Gradient check
#
# The derivative of a bent line is the slope of its pieces; the $\alpha$ of `PReLU` has a gradient too, $x$ on the left side times $g$, summed over the batch.

# %%
from tensorlearn.testing import gradcheck

values = np.random.default_rng(0).normal(size=(4, 3))
for layer in (LeakyReLU(), ELU(), ReLU(1.5, 0.1), Softmax()):
    gradcheck(layer, values)

layer = PReLU(alpha_initializer="ones")
layer(values)
gradcheck(layer, values, parameters=layer.trainable_weights)
print(tl.grad(layer(values).sum(), layer.alpha), np.minimum(values, 0).sum(axis=0))

# %% [markdown] lang="zh"
# ## 常见错误
#
# **当成激活函数的名字来用。** 它们是层，要另占一行：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **Used as the name of an activation.** They are layers and go on a line of their own:

# %% tags=["raises-exception"]
Dense(8, activation="LeakyReLU")

# %% [markdown] lang="zh"
# **`PReLU` 接在长度未知的轴后面。** 权重的形状定不下来，除非共用这个轴：

# %% [markdown] lang="en"
# **`PReLU` behind an axis of unknown length.** Its weights have no shape, unless that axis is shared:

# %% tags=["raises-exception"]
Sequential([PReLU(input_shape=(None, 8))])

# %% [markdown] lang="zh"
# **封顶低于零：**

# %% [markdown] lang="en"
# **A ceiling below zero:**

# %% tags=["raises-exception"]
ReLU(max_value=-1.0)

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `PReLU` 的 `init` 改名为 `alpha_initializer`：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# The `init` of `PReLU` became `alpha_initializer`:

# %% tags=["both"]
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    PReLU(init="zero")
print(caught[0].message)

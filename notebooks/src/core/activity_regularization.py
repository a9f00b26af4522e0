# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 1.9 ActivityRegularization：惩罚输出
#
# 数据经过它，一个也不变；变的是损失：前一层的输出越大，要付的代价越高。想让网络用尽量少的单元说话，就放上它。
#
# ## 它算什么
#
# $$y = x, \qquad L' = L + \lambda_1 \sum |x| + \lambda_2 \sum x^2 \qquad (N, \dots) \to (N, \dots)$$
#
# $\lambda_1$ 是 `l1`，$\lambda_2$ 是 `l2`，两个和都把整批的每一个数算进去。
#
# 两种代价的脾气不同。`l1` 对大数小数一视同仁，每一步都往零拉同样的一点，于是许多输出干脆变成零；`l2` 对大数毫不客气，对小数几乎不管，于是输出都变小，却很少是零。
#
# !!! note "更正"
#     原文档的标题写作 ActivityRegularizer，类名其实是 `ActivityRegularization`。它说 `l2` 是“2 范数”的系数，其实是 2 范数的**平方**，即 $\sum x^2$。

# %% [markdown] lang="en"
# # 1.9 ActivityRegularization: a price on outputs
#
# The data pass through unchanged. What changes is the loss: the larger the outputs of the layer before, the more they cost. Put it in to make a network speak with as few units as possible.
#
# ## What it computes
#
# $$y = x, \qquad L' = L + \lambda_1 \sum |x| + \lambda_2 \sum x^2 \qquad (N, \dots) \to (N, \dots)$$
#
# $\lambda_1$ is `l1`, $\lambda_2$ is `l2`, and both sums run over every number of the whole batch.
#
# The two have different tempers. `l1` treats large and small alike, pulling each a fixed bit towards zero at every step, until many outputs are just zero. `l2` is severe with the large and hardly minds the small: everything shrinks, little vanishes.
#
# !!! note "Correction"
#     The heading of the original document says ActivityRegularizer; the class is called `ActivityRegularization`. Of `l2` it says that it weighs the "2-norm"; it is the **square** of that, $\sum x^2$.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import ActivityRegularization

layer = ActivityRegularization(l1=0.1, l2=0.01)
x = np.array([[1.0, -2.0], [3.0, 0.0]])
print(layer(x).numpy())
print(float(layer.losses[0]))  # 0.1·(1 + 2 + 3) + 0.01·(1 + 4 + 9)

# %% [markdown] lang="zh"
# 用手算一遍：$0.1 \times 6 + 0.01 \times 14 = 0.74$。
#
# ## 看一看
#
# 三个自编码器，各用 64 个单元记住手写数字，再画回来。图上是这些单元在没见过的数字上的输出（纵轴取对数）。没有代价时，四分之三的单元都在说话；有了 `l1`，大半恰好是零，却还有几个敢大声；`l2` 不许谁大声，小声说话的仍然不少。

# %% [markdown] lang="en"
# By hand: $0.1 \times 6 + 0.01 \times 14 = 0.74$.
#
# ## A picture
#
# Three autoencoders, each with 64 units to remember handwritten digits and draw them again. Shown are the outputs of these units for digits never seen (on a logarithmic scale). Without a price three quarters of them speak. With `l1` most are exactly zero, though a few still dare to be loud; `l2` lets nobody be loud, and many whisper on.

# %%
import matplotlib.pyplot as plt
from tensorlearn import Model, Sequential
from tensorlearn.datasets import digits
from tensorlearn.layers import Dense

(x_train, _), (x_test, _) = digits.load_data(flatten=True)


def autoencoder(**price):
    tl.set_seed(0)
    model = Sequential()
    model.add(Dense(64, activation="relu", input_shape=(64,)))
    model.add(ActivityRegularization(**price))
    model.add(Dense(64, activation="sigmoid"))
    model.compile(tl.optimizers.Adam(0.005), "mse")
    model.fit(x_train[:800], x_train[:800], epochs=12, verbose=0)
    return model


# %%
prices = [{}, {"l1": 2e-5}, {"l2": 2e-5}]
fig, axes = plt.subplots(1, 3, figsize=(8, 2.2), sharex=True, sharey=True)
for ax, price in zip(axes, prices):
    model = autoencoder(**price)
    code = Model(model.input, model.layers[1].output).predict(x_test)
    error = np.mean((model.predict(x_test) - x_test) ** 2)
    ax.hist(code.ravel(), bins=np.linspace(0, 4, 41), log=True)
    ax.set(
        title=f"{price or 'no price'}",
        xlabel=f"active {(code > 0).mean():.0%}, mse {error:.3f}",
    )

# %% [markdown] lang="zh"
# ## 参数
#
# 两个系数都可以按位置给，都不能为负，不写就是 0。

# %% [markdown] lang="en"
# ## Arguments
#
# Both factors may be given by position; neither may be negative, and both are 0 if left out.

# %% tags=["both"]
tl.help("ActivityRegularization")

# %% [markdown] lang="zh"
# ## 形状
#
# | | 形状 |
# |---|---|
# | 输入 | 任意，`(N, ...)` |
# | 输出 | 与输入相同 |
#
# 作为第一层时要给 `input_shape`。

# %% [markdown] lang="en"
# ## Shapes
#
# | | shape |
# |---|---|
# | input | any, `(N, ...)` |
# | output | that of the input |
#
# As the first layer it is told the `input_shape`.

# %%
layer = ActivityRegularization(l1=0.1)
print(layer.compute_output_shape((None, 10, 64)), layer(np.zeros((2, 10, 64))).shape)

# %% [markdown] lang="zh"
# ## 例子
#
# 放在一层后面，与写在那一层的 `activity_regularizer` 里是一回事：

# %% [markdown] lang="en"
# ## Example
#
# Put behind a layer, or named as that layer's `activity_regularizer`, it is the same thing:

# %%
behind = Sequential([Dense(3, input_shape=(2,)), ActivityRegularization(l2=0.1)])
inside = Sequential(
    [Dense(3, input_shape=(2,), activity_regularizer=tl.regularizers.l2(0.1))]
)
inside.set_weights(behind.get_weights())
for one in [behind, inside]:
    one.compile("sgd", "mse")
    print(one.evaluate(x, np.zeros((2, 3)), verbose=0))

# %% [markdown] lang="zh"
# ### 批越大，代价越重
#
# 损失对一批取**平均**，这里的代价对一批取**和**。于是同样的系数，批大十倍，代价在总损失里的分量也重十倍。（Keras 2.2.4 就是如此，这里照办。）换批的大小时，系数要跟着改。下面用的是图中最后一个模型：

# %% [markdown] lang="en"
# ### Larger batches cost more
#
# Losses are **averaged** over a batch, this price is **summed**. With the same factor and a batch ten times as large, the price weighs ten times as much in the total. (Keras 2.2.4 has it so, and so it is here.) When you change the batch size, change the factor. Here it is the last model of the picture:

# %%
mse = np.mean((model.predict(x_test) - x_test) ** 2)
for size in [1, 10, 100]:
    total = model.evaluate(x_test, x_test, batch_size=size, verbose=0)
    print(f"batch {size:3}: price {total - mse:.4f}")

# %% [markdown] lang="zh"
# 代价也算进 `evaluate` 的损失里，所以要看真正的误差，得像上面那样减去，或者用 `metrics=["mse"]`。
#
# ## 梯度检查
#
# $$\frac{\partial L'}{\partial x} = g + \lambda_1 \operatorname{sign}(x) + 2 \lambda_2 x$$
#
# $g$ 原样通过，再加上代价自己的斜率。`l1` 的斜率与 $x$ 的大小无关，这就是它能把输出一直拉到零的原因：

# %% [markdown] lang="en"
# The price is part of the loss that `evaluate` gives; for the true error subtract it as above, or ask for `metrics=["mse"]`.
#
# ## Gradient check
#
# $$\frac{\partial L'}{\partial x} = g + \lambda_1 \operatorname{sign}(x) + 2 \lambda_2 x$$
#
# $g$ passes unchanged, and the price adds a slope of its own. That of `l1` does not depend on how large $x$ is, which is why it can pull an output all the way to zero:

# %%
from tensorlearn.testing import gradcheck


def total(x):
    layer = ActivityRegularization(l1=0.1, l2=0.01)
    return layer(x).sum() + layer.losses[0]


gradcheck(total, x + 0.5)  # away from 0, where |x| has a corner

t = tl.Tensor(x, requires_grad=True)
tl.grad(total(t), t) - 1  # without g = 1: 0.1·sign(x) + 0.02·x

# %% [markdown] lang="zh"
# ## 常见错误
#
# **系数写成负的。** 那就成了奖赏，损失会一路降到负无穷：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **A negative factor.** That would be a reward, and the loss would fall without end:

# %% tags=["raises-exception"]
ActivityRegularization(l1=-0.01)

# %% [markdown] lang="zh"
# **把它当成权重的正则化。** 它罚的是**输出**，不是权重；要罚权重，用 `kernel_regularizer`，见[正则化](../training/regularizers.md)。它也不接受正则化器的名字：

# %% [markdown] lang="en"
# **Taking it for a penalty on weights.** What it prices are **outputs**; for weights there is `kernel_regularizer`, see [Regularizers](../training/regularizers.md). Nor does it take the name of a regularizer:

# %% tags=["raises-exception"]
ActivityRegularization("l1")

# %% [markdown] lang="zh"
# **系数太大。** 不会报错：网络发现最省钱的办法是全部闭嘴。上面的自编码器，`l1` 大五十倍就一个单元也不说话了，画出来的只是平均的数字：

# %% [markdown] lang="en"
# **Too large a factor.** Nothing is raised: the network finds that silence is cheapest. In the autoencoder above, fifty times the `l1` leaves not one unit speaking, and what it draws is the average digit:

# %%
model = autoencoder(l1=1e-3)
code = Model(model.input, model.layers[1].output).predict(x_test)
print(
    "active:",
    (code > 0).mean(),
    " different drawings:",
    np.ptp(model.predict(x_test), axis=0).max(),
)

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `ActivityRegularization(l1=..., l2=...)` 没有变。

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# `ActivityRegularization(l1=..., l2=...)` did not change.

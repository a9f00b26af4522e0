# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 10.1 噪声：训练时的扰动
#
# 三个只在训练时起作用的层：往信号里加噪声、乘噪声，或者丢掉一部分又不改变统计量。它们让网络不敢依赖任何一个数的精确值。
#
# ## 它算什么
#
# | 层 | 训练时 | 推断时 |
# |---|---|---|
# | `GaussianNoise(s)` | $y = x + \varepsilon,\quad \varepsilon \sim \mathcal N(0, s^2)$ | $y = x$ |
# | `GaussianDropout(p)` | $y = x \cdot \varepsilon,\quad \varepsilon \sim \mathcal N(1, \tfrac{p}{1-p})$ | $y = x$ |
# | `AlphaDropout(p)` | $y = a\,(m x + (1-m)\,\alpha') + b$ | $y = x$ |
#
# 形状都不变：$(N, \ldots) \to (N, \ldots)$。
#
# `GaussianDropout` 的方差 $p/(1-p)$ 与同样 `rate` 的 [Dropout](../core/dropout.md) 相同：一个是“在或不在”，一个是“多一点或少一点”。`AlphaDropout` 专与 `selu` 配对：$m$ 以概率 $1-p$ 为 1，被丢掉的不是变成 0，而是变成 `selu` 的下限 $\alpha' \approx -1.758$，再用 $a$、$b$ 调回原来的均值和方差。
#
# !!! note "更正"
#     原文档只提到“噪声层”这个名字，内容依 Keras 2.2.4 补全。

# %% [markdown] lang="en"
# # 10.1 Noise: disturbing on purpose
#
# Three layers that act in training only: they add noise, multiply by noise, or drop a part of the signal without changing its statistics. A network that lives with them dares not rely on the exact value of any number.
#
# ## What it computes
#
# | layer | in training | in inference |
# |---|---|---|
# | `GaussianNoise(s)` | $y = x + \varepsilon,\quad \varepsilon \sim \mathcal N(0, s^2)$ | $y = x$ |
# | `GaussianDropout(p)` | $y = x \cdot \varepsilon,\quad \varepsilon \sim \mathcal N(1, \tfrac{p}{1-p})$ | $y = x$ |
# | `AlphaDropout(p)` | $y = a\,(m x + (1-m)\,\alpha') + b$ | $y = x$ |
#
# All keep the shape, $(N, \ldots) \to (N, \ldots)$.
#
# The variance $p/(1-p)$ of `GaussianDropout` is that of [Dropout](../core/dropout.md) with the same `rate`: one says "here or gone", the other "a little more or less". `AlphaDropout` belongs to `selu`: $m$ is 1 with probability $1-p$, and what is dropped becomes not 0 but $\alpha' \approx -1.758$, the floor of `selu`; $a$ and $b$ then restore mean and variance.
#
# !!! note "Correction"
#     The original document only names the family; what is said here follows Keras 2.2.4.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import AlphaDropout, Dropout, GaussianDropout, GaussianNoise

tl.set_seed(0)
x = np.ones((1, 5))
for layer in (GaussianNoise(0.1), GaussianDropout(0.2)):
    print(layer(x, training=True).numpy().round(2), layer(x).numpy())

# %% [markdown] lang="zh"
# ## 看一看
#
# 标准正态的信号经过四种扰动之后的分布。`Dropout` 在 0 处堆起一座塔，方差变大；`AlphaDropout` 的塔在左边，均值和方差却没有变。

# %% [markdown] lang="en"
# ## A picture
#
# What becomes of a standard normal signal. `Dropout` piles up a tower at 0 and widens the rest; `AlphaDropout` has its tower on the left, yet mean and variance are what they were.

# %%
import matplotlib.pyplot as plt

signal = np.random.default_rng(0).normal(size=(1, 200_000))
layers = [GaussianNoise(0.5), GaussianDropout(0.2), Dropout(0.2), AlphaDropout(0.2)]
fig, axes = plt.subplots(1, 4, figsize=(8, 2.2), sharex=True)
for ax, layer in zip(axes, layers):
    y = layer(signal, training=True).numpy()
    ax.hist(y.ravel(), bins=np.linspace(-4, 4, 81))
    title = f"{type(layer).__name__}\nmean {y.mean():.2f}, var {y.var():.2f}"
    ax.set_title(title, fontsize=8)
    ax.set_yticks([])

# %% [markdown] lang="zh"
# ## 参数
#
# ### GaussianNoise

# %% [markdown] lang="en"
# ## Arguments
#
# ### GaussianNoise

# %% tags=["both"]
tl.help("GaussianNoise")

# %% [markdown] lang="zh"
# ### GaussianDropout

# %% [markdown] lang="en"
# ### GaussianDropout

# %% tags=["both"]
tl.help("GaussianDropout")

# %% [markdown] lang="zh"
# ### AlphaDropout

# %% [markdown] lang="en"
# ### AlphaDropout

# %% tags=["both"]
tl.help("AlphaDropout")

# %% [markdown] lang="zh"
# ## 形状
#
# 任意形状，原样输出。用作模型的第一层时，用 `input_shape` 说明样本的形状。

# %% [markdown] lang="en"
# ## Shapes
#
# Any shape, and the same comes out. As the first layer of a model it needs `input_shape`.

# %%
for layer in (GaussianNoise(0.1), GaussianDropout(0.5), AlphaDropout(0.5)):
    print(layer.compute_output_shape((None, 8, 8, 3)))

# %% [markdown] lang="zh"
# ## 例子
#
# 去噪自编码器：输入加了噪声，要求还原的却是干净的图像。

# %% [markdown] lang="en"
# ## Example
#
# A denoising autoencoder: noise goes on the input, the clean image is what it must give back.

# %%
from tensorlearn import Sequential
from tensorlearn.datasets import digits
from tensorlearn.layers import Dense

(clean, _), (unseen, _) = digits.load_data(flatten=True)
model = Sequential([GaussianNoise(0.3, input_shape=(64,))])
model.add(Dense(32, activation="relu"))
model.add(Dense(64, activation="sigmoid"))
model.compile(tl.optimizers.Adam(0.01), "mse")
model.fit(clean, clean, epochs=15, verbose=0)

noisy = unseen + np.random.default_rng(1).normal(0, 0.3, unseen.shape)
repaired = model.predict(noisy)
for name, picture in (("noisy", noisy), ("repaired", repaired)):
    print(name, f"{np.mean((picture - unseen) ** 2):.3f}")

# %% [markdown] lang="zh"
# `selu` 网络里要用 `AlphaDropout`。八层之后，信号仍是均值 0、方差 1 左右；换成普通的 `Dropout`，统计量就跑掉了：

# %% [markdown] lang="en"
# In a network of `selu` use `AlphaDropout`. After eight layers the signal still has mean 0 and variance 1 or so; with plain `Dropout` the statistics run away:

# %%
tl.set_seed(0)
for kind in (AlphaDropout, Dropout):
    y = np.random.default_rng(0).normal(size=(1000, 100))
    for _ in range(8):
        y = Dense(100, activation="selu", kernel_initializer="lecun_normal")(y).numpy()
        y = kind(0.1)(y, training=True).numpy()
    print(kind.__name__, f"mean {y.mean():.2f}, variance {y.var():.2f}")

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 抽好的噪声是常数：加法的导数是 1，乘法的导数就是噪声本身。检查时要固定种子，让每次前向抽到同样的噪声。

# %% [markdown] lang="en"
# ## Gradient check
#
# Once drawn, noise is a constant: the derivative is 1 for what was added, and the noise itself for what was multiplied. To check it, fix the seed so that every forward pass draws the same.

# %%
from tensorlearn.testing import gradcheck


def disturbed(x):
    return GaussianDropout(0.5, name="check")(x, training=True)


def repeatable(x):
    tl.set_seed(3)
    return disturbed(x)


gradcheck(repeatable, np.random.default_rng(0).normal(size=(3, 4)))

# %% [markdown] lang="zh"
# ## 常见错误
#
# **概率写成百分数：**

# %% [markdown] lang="en"
# ## Common mistakes
#
# **A percentage for a probability:**

# %% tags=["raises-exception"]
GaussianDropout(20)

# %% [markdown] lang="zh"
# **负的标准差：**

# %% [markdown] lang="en"
# **A negative standard deviation:**

# %% tags=["raises-exception"]
GaussianNoise(-0.1)

# %% [markdown] lang="zh"
# **奇怪为什么预测时没有噪声。** 本该如此：推断时三个层都什么也不做。要看它们的作用，调用时写 `training=True`：

# %% [markdown] lang="en"
# **Wondering where the noise went in prediction.** That is as it should be: in inference all three do nothing. Call with `training=True` to see them work:

# %%
layer = GaussianNoise(1.0)
print(
    layer(np.zeros((1, 3))).numpy(),
    layer(np.zeros((1, 3)), training=True).numpy().round(2),
)

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `GaussianNoise` 的 `sigma` 改名为 `stddev`，`GaussianDropout` 的 `p` 改名为 `rate`：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# The `sigma` of `GaussianNoise` became `stddev`, the `p` of `GaussianDropout` became `rate`:

# %% tags=["both"]
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    GaussianNoise(sigma=0.1)
    GaussianDropout(p=0.5)
for warning in caught:
    print(warning.message)

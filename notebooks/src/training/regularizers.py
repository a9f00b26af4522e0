# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 正则化
#
# 样本少、参数多，网络就会背题。正则化在损失上加一笔“权重税”，让它只在值得的时候才用大的权重。读完这一页，你会用 $L_1$ 和 $L_2$，知道它们各把权重推向哪里，也能写自己的惩罚。
#
# ## 它算什么
#
# $$L = \text{loss} + \lambda_1 \sum_i \lvert w_i \rvert + \lambda_2 \sum_i w_i^2$$
#
# 注意是平方和，不取根号，也不除以个数；所以 $L_2$ 的梯度是 $2 \lambda_2 w$，每一步都把权重按比例缩小一点，这就是“权重衰减”。$L_1$ 的梯度是 $\pm\lambda_1$，不管权重多小，拉力都一样，所以能把它们拉到 0。

# %% [markdown] lang="en"
# # Regularizers
#
# With few samples and many parameters a network learns by heart. Regularization adds a tax on weights to the loss, so that large ones are used only where they are worth it. After this page you can use $L_1$ and $L_2$, know where each pushes the weights, and write a penalty of your own.
#
# ## What it computes
#
# $$L = \text{loss} + \lambda_1 \sum_i \lvert w_i \rvert + \lambda_2 \sum_i w_i^2$$
#
# Mind that these are sums of squares, with no root and no mean. The gradient of $L_2$ is $2 \lambda_2 w$: every step shrinks a weight in proportion, hence "weight decay". That of $L_1$ is $\pm\lambda_1$, a pull that does not weaken as the weight gets smaller, and so it can pull it to 0.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn import Sequential, Tensor, grad, regularizers
from tensorlearn.layers import Dense

w = Tensor([3.0, -1.0, 0.1], requires_grad=True)
for penalty in (
    regularizers.l1(0.1),
    regularizers.l2(0.1),
    regularizers.l1_l2(0.1, 0.1),
):
    value = penalty(w)
    print(penalty.get_config(), round(float(value), 4), grad(value, w).round(3))

# %% [markdown] lang="zh"
# 手算：$0.1 \cdot (3 + 1 + 0.1) = 0.41$；$0.1 \cdot (9 + 1 + 0.01) = 1.001$。
#
# ## 用在哪里
#
# | 参数 | 罚什么 |
# |---|---|
# | `kernel_regularizer` | 权重；最常用 |
# | `bias_regularizer` | 偏置；通常不罚 |
# | `activity_regularizer` | 层的输出，见 [ActivityRegularization](../core/activity_regularization.md) |
# | `recurrent_regularizer`，`embeddings_regularizer`，…… | 其他权重，同样的名字规则 |
#
# 写名字 `"l2"` 就是系数 0.01。惩罚算进 `fit` 与 `evaluate` 的损失里，但不算进指标：

# %% [markdown] lang="en"
# By hand: $0.1 \cdot (3 + 1 + 0.1) = 0.41$ and $0.1 \cdot (9 + 1 + 0.01) = 1.001$.
#
# ## Where it goes
#
# | argument | what it taxes |
# |---|---|
# | `kernel_regularizer` | weights; the one used most |
# | `bias_regularizer` | biases; usually left alone |
# | `activity_regularizer` | what the layer gives, see [ActivityRegularization](../core/activity_regularization.md) |
# | `recurrent_regularizer`, `embeddings_regularizer`, … | other weights, named in the same way |
#
# The name `"l2"` alone means a factor of 0.01. Penalties count in the loss of `fit` and `evaluate`, and do not count in metrics:

# %%
ones = {"kernel_initializer": "ones", "kernel_regularizer": "l2", "input_shape": (2,)}
model = Sequential([Dense(1, **ones)])
model.compile("sgd", "mse", ["mse"])
model.evaluate(np.ones((4, 2)), np.full(4, 2.0), verbose=0)  # 0 + 0.01 (1 + 1)

# %% [markdown] lang="zh"
# ## 看一看
#
# 二十个样本，一条带噪声的正弦（虚线），网络却有六十四个单元。不罚，它就跟着噪声跑；罚得太重，又被压平了：

# %% [markdown] lang="en"
# ## A picture
#
# Twenty samples of a noisy sine (dashed), and a network of sixty-four units. Untaxed it follows the noise; taxed too heavily it is pressed flat:

# %%
import matplotlib.pyplot as plt

rng = np.random.default_rng(0)
x = np.sort(rng.uniform(-3, 3, (20, 1)), axis=0)
y = np.sin(2 * x) + rng.normal(0, 0.4, x.shape)
grid = np.linspace(-3, 3, 200)[:, None]
tl.set_seed(0)
bumps = Dense(64, activation="tanh", input_shape=(1,))  # random features, kept fixed
bumps(x)
bumps.set_weights([rng.uniform(-6, 6, (1, 64)), rng.uniform(-15, 15, 64)])
bumps.trainable = False

fig, axes = plt.subplots(1, 3, figsize=(8, 2.4), sharey=True)
for ax, amount in zip(axes, (0.0, 0.01, 1.0)):
    net = Sequential([bumps, Dense(1, kernel_regularizer=regularizers.l2(amount))])
    net.compile(tl.optimizers.Adam(0.05), "mse")
    net.fit(x, y, batch_size=20, epochs=1000, verbose=0)
    ax.plot(grid, np.sin(2 * grid), "k--", lw=0.8)
    ax.plot(x, y, "o", ms=3)
    ax.plot(grid, net.predict(grid))
    ax.set(title=f"l2 = {amount}", ylim=(-2.5, 2.5))

# %% [markdown] lang="zh"
# ## $L_1$ 会挑选，$L_2$ 只是摊薄
#
# 三十个特征，只有三个有用。把两种惩罚学出的权重排在一起：

# %% [markdown] lang="en"
# ## $L_1$ chooses, $L_2$ spreads
#
# Thirty features, of which three matter. The weights that the two penalties lead to, side by side:

# %%
rng = np.random.default_rng(1)
x = rng.normal(size=(60, 30))
y = x[:, :3] @ np.array([[2.0], [-1.5], [1.0]]) + rng.normal(0, 0.5, (60, 1))

fig, axes = plt.subplots(1, 3, figsize=(8, 2.2), sharey=True)
for ax, penalty in zip(axes, (None, regularizers.l2(0.1), regularizers.l1(0.1))):
    tl.set_seed(0)
    net = Sequential([Dense(1, kernel_regularizer=penalty, input_shape=(30,))])
    net.compile(tl.optimizers.Adam(0.01), "mse")
    net.fit(x, y, batch_size=60, epochs=800, verbose=0)
    weights = net.get_weights()[0].ravel()
    ax.bar(range(30), weights)
    ax.set(
        title=f"{int((abs(weights) < 0.02).sum())} of 30 below 0.02", xlabel="feature"
    )

# %% [markdown] lang="zh"
# “拉到 0”有个讲究：`abs` 在 0 处的斜率取 0，梯度下降会在 0 附近来回跳一个学习率那么远，所以看到的是很小的数，不是精确的 0。
#
# ## 权重衰减与 $L_2$ 不是一回事
#
# 用 SGD 时，两者相同。用 Adam 时不同：$L_2$ 的梯度要先除以 $\sqrt v$，梯度大的权重就衰减得少。`AdamW` 把衰减放到除法之外，人人一样，见[优化器](../training/optimizers.md)。
#
# ## 写一个自己的
#
# 接受张量、返回一个数的函数就行。下面的惩罚希望各单元的权重互相垂直：

# %% [markdown] lang="en"
# "To 0" has a catch: the slope of `abs` at 0 is taken as 0, and gradient descent jumps around 0 by about a learning rate, so what you see are very small numbers and not exact zeros.
#
# ## Weight decay is not always $L_2$
#
# With SGD they are the same. With Adam they are not: the gradient of $L_2$ is divided by $\sqrt v$ first, and weights with large gradients decay less. `AdamW` puts the decay outside of the division, alike for all, see [Optimizers](../training/optimizers.md).
#
# ## One of your own
#
# A function that takes a tensor and returns one number will do. This one wants the weights of different units to be at right angles:

# %%
from tensorlearn import ops


def upright(kernel):
    gram = ops.transpose(kernel, axes=(1, 0)) @ kernel
    return 0.1 * ops.reduce_sum(ops.square(gram - np.eye(gram.shape[0])))


tl.set_seed(0)
net = Sequential([Dense(3, kernel_regularizer=upright, input_shape=(5,))])
net.compile(tl.optimizers.Adam(0.05), "mse")
net.fit(np.zeros((8, 5)), np.zeros((8, 3)), epochs=200, verbose=0)
kernel = net.get_weights()[0]
(kernel.T @ kernel).round(2) + 0.0

# %% [markdown] lang="zh"
# ## 常见错误
#
# **给了一个数。** 系数要包在正则化器里：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **A bare number.** The factor goes into a regularizer:

# %% tags=["raises-exception"]
Dense(3, kernel_regularizer=0.01)

# %% [markdown] lang="zh"
# **惩罚返回了一个数组。** 它要能加进损失，只能是一个数：

# %% [markdown] lang="en"
# **A penalty that returns an array.** To be added to the loss it has to be one number:

# %% tags=["raises-exception"]
net = Sequential([Dense(3, kernel_regularizer=lambda w: w * w, input_shape=(5,))])
net.compile("sgd", "mse")
net.fit(np.zeros((8, 5)), np.zeros((8, 3)), verbose=0)

# %% [markdown] lang="zh"
# **拿带惩罚的损失去比。** 这不报错：两个模型的 `loss` 里含有不同的惩罚，不能直接比较。要比，就比指标；[`explain_fit_vs_evaluate`](../guides/debugging.md) 会把惩罚单列出来。

# %% [markdown] lang="en"
# **Comparing losses that contain penalties.** Nothing is raised, but the `loss` of two models may contain different penalties and cannot be compared. Compare metrics; [`explain_fit_vs_evaluate`](../guides/debugging.md) lists the penalties apart.

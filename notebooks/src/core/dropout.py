# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 1.3 Dropout：随机断开
#
# 训练时，每一步都随机扔掉一部分输入，剩下的照常学习。谁都不能指望旁边的单元一定在场，于是每个单元都得学点靠得住的东西。这是对付过拟合最省事的办法。
#
# ## 它算什么
#
# $$y_i = \frac{m_i\,x_i}{1 - r}, \qquad m_i = \begin{cases}0 & \text{with probability } r\\ 1 & \text{with probability } 1 - r\end{cases} \qquad (N, \dots) \to (N, \dots)$$
#
# $r$（`rate`）是**扔掉**的比例，不是留下的比例。留下的数要除以 $1 - r$，这样 $y_i$ 的平均值正好是 $x_i$，后面的层在训练和预测时看到同样大小的输入。
#
# 只有训练时才扔；`predict` 和 `evaluate` 里，它原样放行。每个批次都重新抽签。

# %% [markdown] lang="en"
# # 1.3 Dropout: forgetting at random
#
# At every training step a random part of the input is thrown away and the rest goes on learning. No unit can rely on its neighbours being there, so each must learn something that holds by itself. It is the least laborious remedy against overfitting.
#
# ## What it computes
#
# $$y_i = \frac{m_i\,x_i}{1 - r}, \qquad m_i = \begin{cases}0 & \text{with probability } r\\ 1 & \text{with probability } 1 - r\end{cases} \qquad (N, \dots) \to (N, \dots)$$
#
# $r$ (`rate`) is the fraction that is **dropped**, not the one that is kept. What is kept is divided by $1 - r$: the mean of $y_i$ is then exactly $x_i$, and the layers behind see inputs of the same size in training and in prediction.
#
# It drops while training only; in `predict` and `evaluate` everything passes. Every batch draws anew.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import Dropout

layer = Dropout(0.5, seed=1)
x = np.arange(1.0, 9.0).reshape(1, 8)
print(layer(x).numpy())
print(layer(x, training=True).numpy())
print(layer(x, training=True).numpy())

# %% [markdown] lang="zh"
# 第一行是预测时的样子；后两行是训练时的两次抽签，留下的数翻了一倍，因为 $1/(1 - 0.5) = 2$。
#
# ## 看一看
#
# 一条序列，12 步，每步 8 个特征，全是 1。白色是扔掉的，深色是留下并放大的。`noise_shape` 决定哪些位置共用一次抽签：写 `1` 的轴共用，写 `None` 的轴各抽各的。

# %% [markdown] lang="en"
# The first row is what happens in prediction. The other two are two draws while training: what is kept is doubled, since $1/(1 - 0.5) = 2$.
#
# ## A picture
#
# A sequence of 12 steps with 8 features, all of them 1. White is dropped; dark is kept and scaled up. `noise_shape` says which places share a draw: along an axis marked `1` they share it, along one marked `None` each has its own.

# %%
import matplotlib.pyplot as plt

ones = np.ones((1, 12, 8))
shapes = {
    "predict": None,
    "noise_shape=None": None,
    "(None, 1, None)": (None, 1, None),
    "(None, None, 1)": (None, None, 1),
}
fig, axes = plt.subplots(1, 4, figsize=(8, 2.0), sharey=True)
for ax, (title, noise_shape) in zip(axes, shapes.items()):
    one = Dropout(0.5, noise_shape=noise_shape, seed=3)
    y = one(ones, training=title != "predict").numpy()[0]
    ax.imshow(y.T, cmap="Blues", vmin=0, vmax=2.5, aspect="auto")
    ylabel = "feature" if ax is axes[0] else ""
    ax.set(title=title, xlabel="time", ylabel=ylabel, xticks=[], yticks=[])

# %% [markdown] lang="zh"
# ## 参数
#
# 三个参数都可以按位置给。

# %% [markdown] lang="en"
# ## Arguments
#
# All three may be given by position.

# %% tags=["both"]
tl.help("Dropout")

# %% [markdown] lang="zh"
# ## 形状
#
# | | 形状 |
# |---|---|
# | 输入 | 任意，`(N, ...)` |
# | 输出 | 与输入相同 |
# | `noise_shape` | 每个轴一项：`1`、`None` 或该轴的长度 |

# %% [markdown] lang="en"
# ## Shapes
#
# | | shape |
# |---|---|
# | input | any, `(N, ...)` |
# | output | that of the input |
# | `noise_shape` | one entry per axis: `1`, `None` or the length of the axis |

# %%
layer = Dropout(0.25)
print(layer.compute_output_shape((None, 10, 64)))
print(layer(np.ones((2, 10, 64)), training=True).shape, layer.count_params())

# %% [markdown] lang="zh"
# ## 例子
#
# 原文档的情形：输入是 `(batch_size, timesteps, features)`，希望每个时间步扔掉的是同样的特征。中间写 `1` 即可。批的大小写 `None`，这样最后一个不满的批也不会出错：

# %% [markdown] lang="en"
# ## Example
#
# The case of the original document: the input is `(batch_size, timesteps, features)`, and the same features are to be dropped at all time steps. A `1` in the middle does it; with `None` for the batch size a last batch that is smaller does no harm:

# %%
layer = Dropout(0.5, noise_shape=(None, 1, 4), seed=0)
y = layer(np.ones((2, 3, 4)), training=True).numpy()
print(y)

# %% [markdown] lang="zh"
# ### 有人教错了怎么办
#
# 四百个手写数字，三成的标签被换成随便一个。没有 `Dropout` 的网络把错的也背下来了；有 `Dropout` 的背不下来，反而在没见过的数字上更准：

# %% [markdown] lang="en"
# ### When the teacher is wrong
#
# Four hundred handwritten digits, three in ten of them with a random label. Without `Dropout` the network learns even the wrong ones by heart. With it, it cannot, and does better on digits it has never seen:

# %%
from tensorlearn import Sequential
from tensorlearn.datasets import digits
from tensorlearn.layers import Dense

(x, y), (x_test, y_test) = digits.load_data(flatten=True)
rng = np.random.default_rng(0)
x, y = x[:400], np.where(rng.random(400) < 0.3, rng.integers(0, 10, 400), y[:400])

for rate in [0.0, 0.5]:
    tl.set_seed(0)
    model = Sequential(
        [
            Dense(256, activation="relu", input_shape=(64,)),
            Dropout(rate),
            Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        tl.optimizers.Adam(0.003), "sparse_categorical_crossentropy", ["accuracy"]
    )
    model.fit(x, y, epochs=40, verbose=0)
    scores = [
        model.evaluate(*data, verbose=0)[1] for data in [(x, y), (x_test, y_test)]
    ]
    print(f"rate {rate}: with false labels {scores[0]:.2f}, unseen {scores[1]:.2f}")

# %% [markdown] lang="zh"
# ### 问它有几分把握
#
# 预测时也可以断开：写 `training=True`。让同一个网络在不同的断法下答一百遍，答案散得越开，越没有把握。先问一个真的数字，再问两个数字叠在一起的图：

# %% [markdown] lang="en"
# ### Ask it how sure it is
#
# You can drop while predicting as well, by `training=True`. Let the network answer a hundred times, each time with other holes: the more the answers scatter, the less it knows. First a real digit, then two of them laid over each other:

# %%
images = np.stack([x_test[0], (x_test[0] + x_test[7]) / 2])
print(y_test[[0, 7]])
answers = np.stack([model(images, training=True).numpy() for _ in range(100)])
for votes in np.moveaxis(answers.argmax(-1), 1, 0):
    print(np.bincount(votes, minlength=10))

# %% [markdown] lang="zh"
# ## 梯度检查
#
# $$\frac{\partial L}{\partial x_i} = \frac{m_i}{1 - r}\,g_i$$
#
# 扔掉的没有梯度，留下的梯度放大同样的倍数。数值检查要求每次算出同样的结果，所以每次调用都用同一个种子新建一层：

# %% [markdown] lang="en"
# ## Gradient check
#
# $$\frac{\partial L}{\partial x_i} = \frac{m_i}{1 - r}\,g_i$$
#
# What is dropped has no gradient; that of what is kept grows by the same factor. A numerical check needs the same result every time, so each call makes the layer anew from one seed:

# %%
from tensorlearn.testing import gradcheck

gradcheck(lambda x: Dropout(0.5, seed=1)(x, training=True), rng.normal(size=(3, 4)))

# %% [markdown] lang="zh"
# ### 它其实是一种正则化
#
# 线性输出 $z = \sum_i w_i x_i$，输入上加 `Dropout`，平均值不变，方差是
#
# $$\operatorname{Var}(z) = \frac{r}{1 - r} \sum_i w_i^2 x_i^2$$
#
# 用平方误差训练，等于在损失上加了这一项：权重越大，罚得越多，这正是 [L2 正则化](../training/regularizers.md)的样子。手算 $w = (1, -2, 0.5)$、$x = (1, 2, 3)$、$r = 0.4$：平均值 $1 - 4 + 1.5 = -1.5$，方差 $\tfrac{2}{3}(1 + 16 + 2.25) \approx 12.83$。抽十万次看看：

# %% [markdown] lang="en"
# ### It is a regularizer in disguise
#
# Take a linear output $z = \sum_i w_i x_i$ with `Dropout` on its inputs. The mean stays, and the variance is
#
# $$\operatorname{Var}(z) = \frac{r}{1 - r} \sum_i w_i^2 x_i^2$$
#
# Trained on squared errors, this term is added to the loss: the larger a weight, the more it costs, which is the shape of [L2 regularization](../training/regularizers.md). By hand, for $w = (1, -2, 0.5)$, $x = (1, 2, 3)$, $r = 0.4$: the mean is $1 - 4 + 1.5 = -1.5$, the variance $\tfrac{2}{3}(1 + 16 + 2.25) \approx 12.83$. A hundred thousand draws agree:

# %%
many = np.tile([1.0, 2.0, 3.0], (100_000, 1))
z = Dropout(0.4, seed=0)(many, training=True).numpy() @ [1, -2, 0.5]
z.mean().round(2), z.var().round(2)

# %% [markdown] lang="zh"
# ## 常见错误
#
# **把比例写成百分数，或者写 1。** 全部扔掉就什么也学不到。Keras 2.2.4 碰到 `rate=1` 会悄悄什么也不做，这里会报错：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **A percentage, or a rate of 1.** Drop everything and there is nothing to learn from. At `rate=1` Keras 2.2.4 quietly does nothing at all; here it is an error:

# %% tags=["raises-exception"]
Dropout(50)

# %% [markdown] lang="zh"
# **`noise_shape` 漏了批的轴。** 它的项数与输入的轴数相同，批也算一个：

# %% [markdown] lang="en"
# **`noise_shape` without the batch.** It has as many entries as the input has axes, the batch included:

# %% tags=["raises-exception"]
Dropout(0.5, noise_shape=(1, 64))(np.ones((2, 10, 64)), training=True)

# %% [markdown] lang="zh"
# **以为训练损失比验证损失大就是坏了。** 训练损失是带着洞算的，验证损失不带；有 `Dropout` 时前者常常更大。要比较，就用 `evaluate` 在训练数据上再算一次，像上面那样。
#
# ## Keras 1 写法
#
# `rate` 从前叫 `p`，意思相同，也是扔掉的比例：

# %% [markdown] lang="en"
# **Thinking that something is broken when the training loss exceeds the validation loss.** The former is computed with holes, the latter without, and with `Dropout` it is often the larger. To compare them, `evaluate` once more on the training data, as above.
#
# ## Keras 1 spelling
#
# `rate` used to be called `p` and meant the same, the fraction to drop:

# %% tags=["both"]
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    Dropout(p=0.5)
print(caught[0].message)

# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 9.1 BatchNormalization：批规范化
#
# 让每个通道在一批里的均值为 0、方差为 1，再交给网络自己决定要多大、偏多少。网络因此训练得更快，也更不挑学习率。
#
# ## 它算什么
#
# $$\hat x = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}, \qquad y = \gamma\,\hat x + \beta$$
#
# 训练时 $\mu$、$\sigma^2$ 是**这一批**里每个通道的均值与方差；推断时是训练中积累下来的移动平均：
#
# $$\mu_{\text{moving}} \leftarrow m\,\mu_{\text{moving}} + (1-m)\,\mu$$
#
# $\gamma$、$\beta$ 由训练得到，初值为 1 和 0；$m$ 是 `momentum`，默认 0.99。形状不变：$(N, \ldots, C) \to (N, \ldots, C)$，每个通道四个数，其中两个参加训练。
#
# 同一个样本在训练与推断时结果不同，因为训练时它的同伴也参与了计算。许多“训练时好好的，预测就不行”的疑案，根子都在这里。
#
# !!! note "更正"
#     原文档只提到“规范层”这个名字。把 `trainable` 设为 `False` 时，Keras 2.2.4 冻住移动平均，却仍用批统计量计算；这里采用后来的规则：冻住的层一律按推断方式计算。

# %% [markdown] lang="en"
# # 9.1 BatchNormalization
#
# Give every channel mean 0 and variance 1 within a batch, then let the network decide how large and how far off centre it wants them. Networks train faster with it and mind the learning rate less.
#
# ## What it computes
#
# $$\hat x = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}, \qquad y = \gamma\,\hat x + \beta$$
#
# In training $\mu$ and $\sigma^2$ are mean and variance of each channel in **this batch**; in inference they are moving averages gathered during training:
#
# $$\mu_{\text{moving}} \leftarrow m\,\mu_{\text{moving}} + (1-m)\,\mu$$
#
# $\gamma$ and $\beta$ are learnt and start at 1 and 0; $m$ is `momentum`, 0.99 by default. The shape stays, $(N, \ldots, C) \to (N, \ldots, C)$; there are four numbers per channel, two of them trained.
#
# The same sample gives different results in training and in inference, because in training its companions take part. Many a mystery of the kind "trains well, predicts badly" has its root here.
#
# !!! note "Correction"
#     The original document only names the family. With `trainable` set to `False`, Keras 2.2.4 stops updating the averages but still uses the statistics of the batch; here the later rule holds: a frozen layer always works as in inference.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import BatchNormalization

x = np.array([[1.0, 100.0], [2.0, 200.0], [3.0, 300.0]])
layer = BatchNormalization()
print(layer(x, training=True).numpy().round(2))
print(layer(x).numpy().round(2))  # inference: the averages have hardly moved yet

# %% [markdown] lang="zh"
# ## 看一看
#
# 十层 `tanh`，初始权重取得太大。没有规范化，信号一路被推到 $\pm1$ 的墙上，梯度也就没了；有了它，每一层都站在坡上：

# %% [markdown] lang="en"
# ## A picture
#
# Ten layers of `tanh` whose weights start too large. Without normalization the signal is pushed against the walls at $\pm1$, where there is no gradient; with it, every layer stands on the slope.

# %%
import matplotlib.pyplot as plt
from tensorlearn.layers import Dense

tl.set_seed(0)
start = np.random.default_rng(0).normal(size=(500, 64))
fig, axes = plt.subplots(2, 4, figsize=(7.5, 2.8), sharex=True)
for row, normalize in zip(axes, (False, True)):
    y = start
    for depth in range(1, 11):
        y = Dense(64, kernel_initializer="random_normal")(y).numpy() * 8
        y = BatchNormalization()(y, training=True).numpy() if normalize else y
        y = np.tanh(y)
        if depth in (1, 4, 7, 10):
            ax = row[(1, 4, 7, 10).index(depth)]
            ax.hist(y.ravel(), bins=40, color="C1" if normalize else "C0")
            ax.set(yticks=[], title=f"layer {depth}" if not normalize else "")

# %% [markdown] lang="zh"
# ## 参数
#
# `axis` 是通道所在的轴：全连接与 `channels_last` 用默认的 `-1`，`channels_first` 的图像用 `1`。

# %% [markdown] lang="en"
# ## Arguments
#
# `axis` is where the channels are: the default, `-1`, for dense layers and `channels_last`, `1` for images with `channels_first`.

# %% tags=["both"]
tl.help("BatchNormalization")

# %% [markdown] lang="zh"
# ## 形状
#
# 输入与输出形状相同。统计量在除 `axis` 以外的所有轴上计算，图像的每个通道因此有 $N \cdot H \cdot W$ 个数可用。

# %% [markdown] lang="en"
# ## Shapes
#
# Output and input have the same shape. Statistics are taken over all axes but `axis`, so that a channel of an image has $N \cdot H \cdot W$ numbers to offer.

# %%
layer = BatchNormalization(axis=1)
print(layer(np.zeros((2, 3, 8, 8))).shape)
print([(w.name.split("/")[-1], w.shape) for w in layer.weights])
print(layer.count_params(), sum(w.size for w in layer.trainable_weights))

# %% [markdown] lang="zh"
# ## 例子
#
# 同一个网络，同样大得离谱的学习率，有没有规范化：

# %% [markdown] lang="en"
# ## Example
#
# One network, one outrageous learning rate, with and without normalization:

# %%
from tensorlearn import Sequential
from tensorlearn.datasets import digits
from tensorlearn.layers import Activation

(x, y), (x_test, y_test) = digits.load_data(flatten=True)
for normalize in (False, True):
    tl.set_seed(0)
    model = Sequential()
    for _ in range(3):
        model.add(Dense(32, input_shape=(64,)))
        if normalize:
            model.add(BatchNormalization())
        model.add(Activation("relu"))
    model.add(Dense(10, activation="softmax"))
    model.compile(
        tl.optimizers.SGD(1.0), "sparse_categorical_crossentropy", ["accuracy"]
    )
    model.fit(x, y, epochs=5, verbose=0)
    accuracy = model.evaluate(x_test, y_test, verbose=0)[1]
    print(f"normalize={normalize}: accuracy {accuracy:.2f}")

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 训练时 $\mu$ 和 $\sigma^2$ 也是 $x$ 的函数，梯度要经过它们。求出来是
#
# $$\frac{\partial L}{\partial x} = \frac{\gamma}{\sqrt{\sigma^2+\epsilon}} \left( g - \overline{g} - \hat x\; \overline{g\,\hat x} \right)$$
#
# 横线是对批求平均。后两项说：梯度里“全体一起平移”和“全体一起放大”的成分被去掉了，因为规范化使它们不起作用。忘记这两项，是手写这一层时最常见的错。

# %% [markdown] lang="en"
# ## Gradient check
#
# In training $\mu$ and $\sigma^2$ depend on $x$ as well, and the gradient passes through them. It works out as
#
# $$\frac{\partial L}{\partial x} = \frac{\gamma}{\sqrt{\sigma^2+\epsilon}} \left( g - \overline{g} - \hat x\; \overline{g\,\hat x} \right)$$
#
# with bars for means over the batch. The last two terms take out of the gradient what would shift everything together or stretch everything together; normalization makes both without effect. Forgetting these terms is the classic bug of a hand-written layer.

# %%
from tensorlearn import Tensor
from tensorlearn.testing import gradcheck

rng = np.random.default_rng(0)
layer = BatchNormalization()
x = rng.normal(size=(6, 3))
layer(x)
gradcheck(lambda x: layer(x, training=True), x, parameters=layer.trainable_weights)

t = Tensor(x, requires_grad=True)
slope = tl.grad(layer(t, training=True), t, rng.normal(size=(6, 3)).astype("float32"))
print(np.abs(slope.sum(axis=0)).max() < 1e-5)

# %% [markdown] lang="zh"
# ## 常见错误
#
# **通道轴弄错。** 不会报错，只是每一列像素各有一套统计量，权重个数泄露了秘密：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **The wrong axis.** Nothing raises; every column of pixels gets statistics of its own, and the number of weights gives it away:

# %%
for axis in (1, -1):
    layer = BatchNormalization(axis=axis)
    layer(np.zeros((2, 3, 8, 100)))
    print(axis, layer.count_params())

# %% [markdown] lang="zh"
# **批里只有一个样本。** 它减去自己等于零，训练时什么都学不到：

# %% [markdown] lang="en"
# **A batch of one.** A sample minus itself is zero, and nothing can be learnt in training:

# %%
print(BatchNormalization()(np.array([[3.0, -8.0]]), training=True).numpy())

# %% [markdown] lang="zh"
# **参数按位置传。** 这一层的参数全部要写名字：

# %% [markdown] lang="en"
# **An argument by position.** This layer takes all of them by name:

# %% tags=["raises-exception"]
BatchNormalization(0.9)

# %% [markdown] lang="zh"
# **加载权重后忘了移动平均。** 权重有四组：`gamma`、`beta`、均值、方差，少一组就装不进去：

# %% [markdown] lang="en"
# **Weights without the moving averages.** There are four arrays, `gamma`, `beta`, mean and variance, and fewer do not fit:

# %% tags=["raises-exception"]
layer.set_weights([np.ones(100), np.zeros(100)])

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `mode=0` 是现在唯一的方式，`beta_init`、`gamma_init` 改名为 `beta_initializer`、`gamma_initializer`：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# `mode=0` is the only mode left; `beta_init` and `gamma_init` became `beta_initializer` and `gamma_initializer`:

# %% tags=["both"]
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    BatchNormalization(mode=0, beta_init="zero", gamma_init="one")
for warning in caught:
    print(warning.message)

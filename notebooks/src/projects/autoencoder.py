# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 变分自编码器
#
# 这个项目把一张 $8\times8$ 的数字压成两个数，再还原出来；然后在这两个数的平面上随便点一点，画出从没有人写过的数字。普通的自编码器做不到后一半，本页会看到为什么。
#
# ## 先看普通的自编码器
#
# 编码器把 64 个数变成 2 个，解码器再变回 64 个，损失是还原的误差。没有标签，答案就是输入自己。

# %% [markdown] lang="en"
# # A variational autoencoder
#
# This project squeezes a digit of $8\times8$ pixels into two numbers and restores it; then you put your finger anywhere on the plane of these two numbers and get a digit nobody has written. A plain autoencoder cannot do the second half, and this page shows why.
#
# ## A plain autoencoder first
#
# An encoder makes 2 numbers of 64, a decoder makes 64 of 2, and the loss is the error of the restoration. There are no labels; the input is its own answer.

# %%
import matplotlib.pyplot as plt
import numpy as np
import tensorlearn as tl
from tensorlearn import Input, Model, Sequential
from tensorlearn.datasets import digits
from tensorlearn.layers import Dense

(x, y), (x_test, y_test) = digits.load_data(flatten=True)


def encoder():
    tl.set_seed(0)
    image = Input((64,))
    return image, Dense(64, activation="relu")(Dense(128, activation="relu")(image))


def decoder():
    return Sequential(
        [
            Dense(64, activation="relu", input_shape=(2,)),
            Dense(128, activation="relu"),
            Dense(64, activation="sigmoid"),
        ]
    )


# %%
image, features = encoder()
plain_code, plain_decoder = Dense(2)(features), decoder()
plain = Model(image, plain_decoder(plain_code))
plain.compile(tl.optimizers.Adam(0.002), "mse")
plain.fit(x, x, epochs=40, verbose=0)
error = np.mean((plain.predict(x_test) - x_test) ** 2)
baseline = np.mean((x.mean(axis=0) - x_test) ** 2)
print(f"error {error:.3f}; always the mean image: {baseline:.3f}")

# %% [markdown] lang="zh"
# ## 变分：编码成一团，而不是一点
#
# 普通自编码器的编码平面上，点与点之间的空白没有人管：解码器从没见过那里，画出来什么都可能。变分自编码器（Kingma 与 Welling，2013）改了两处。
#
# **编码成一团。** 编码器给出一团云的中心 $\mu$ 和大小 $\sigma$，解码器收到的是从云里随机取的一点。相邻的点于是必须解码成相像的图。为了让梯度能通过随机，把随机放到外面：
#
# $$z = \mu + \sigma \odot \varepsilon, \qquad \varepsilon \sim \mathcal N(0, 1)$$
#
# **云要挤在原点周围。** 否则它会把各团云推得远远的、缩得小小的，又变回点。加一项惩罚，量这团云与标准正态差多少：
#
# $$\mathrm{KL} = \tfrac12 \sum_j \big(\mu_j^2 + \sigma_j^2 - 1 - \ln \sigma_j^2\big)$$
#
# 总损失是还原误差加 KL。两项拉锯：前者要各团分开，后者要都挤到中间。
#
# ## 模型
#
# 取样和惩罚都放在一个自己写的层里：惩罚用 `add_loss` 交出去，`fit` 会把它加到总损失上。网络输出 $\ln\sigma^2$ 而不是 $\sigma$，这样它可以是任何实数。

# %% [markdown] lang="en"
# ## Variational: a cloud instead of a point
#
# Nobody looks after the empty space between the points of a plain autoencoder: the decoder never saw it and may draw anything. The variational autoencoder (Kingma and Welling 2013) changes two things.
#
# **Encode a cloud.** The encoder gives the centre $\mu$ and the size $\sigma$ of a cloud, and the decoder receives a random point of it. Neighbouring points then have to decode to similar images. So that gradients can pass the randomness, it is moved outside:
#
# $$z = \mu + \sigma \odot \varepsilon, \qquad \varepsilon \sim \mathcal N(0, 1)$$
#
# **Keep clouds around the origin.** Otherwise they would be pushed far apart and shrunk until they were points again. A penalty measures how far a cloud is from the standard normal:
#
# $$\mathrm{KL} = \tfrac12 \sum_j \big(\mu_j^2 + \sigma_j^2 - 1 - \ln \sigma_j^2\big)$$
#
# The loss is the error of the restoration plus KL. They pull against each other: the first wants clouds apart, the second wants them all in the middle.
#
# ## The model
#
# Sampling and penalty go into one layer of our own: the penalty is handed over by `add_loss`, and `fit` adds it to the total. The network gives $\ln\sigma^2$ rather than $\sigma$, so that any real number will do.

# %%
from tensorlearn import backend as K
from tensorlearn.layers import Layer


class Cloud(Layer):
    """A point of the cloud (mean, log variance).   (N, D), (N, D) -> (N, D)"""

    def __init__(self, weight, **kwargs):
        super().__init__(**kwargs)
        self.weight = weight

    def call(self, inputs, training=False):
        mean, log_variance = inputs
        spread = mean**2 + K.exp(log_variance) - 1.0 - log_variance
        self.add_loss(self.weight * K.mean(0.5 * K.sum(spread, axis=-1)))
        if not training:
            return mean
        return mean + K.exp(log_variance / 2) * K.random_normal(K.shape(mean))

    def compute_output_shape(self, shapes):
        return shapes[0]


# %%
image, features = encoder()
mean, log_variance = Dense(2)(features), Dense(2)(features)
draw = decoder()
vae = Model(image, draw(Cloud(weight=1 / 64)([mean, log_variance])))
vae.compile(tl.optimizers.Adam(0.002), "binary_crossentropy")
history = vae.fit(x, x, epochs=60, verbose=0)
print(f"loss {history.history['loss'][0]:.2f} -> {history.history['loss'][-1]:.2f}")
print(f"error {np.mean((vae.predict(x_test) - x_test) ** 2):.3f}")

# %% [markdown] lang="zh"
# `binary_crossentropy` 对 64 个像素取平均，所以 KL 也除以 64，两项的分量才对得上。还原误差比普通自编码器大一些：这是把平面填满的代价。
#
# ## 看一看：编码的平面
#
# 网络从没见过标签，颜色是我们事后涂的。

# %% [markdown] lang="en"
# `binary_crossentropy` is a mean over 64 pixels, so KL is divided by 64 too, which puts the two on one scale. The restoration is somewhat worse than that of the plain autoencoder: that is the price of filling the plane.
#
# ## A picture: the plane of codes
#
# The network never saw a label; the colours were put in afterwards.

# %%
codes = {"plain": Model(plain.inputs, plain_code), "variational": Model(image, mean)}
fig, axes = plt.subplots(1, 2, figsize=(8, 3.4))
for ax, (title, model) in zip(axes, codes.items()):
    points = model.predict(x)
    for digit in range(10):
        ax.scatter(*points[y == digit].T, s=4, color=plt.cm.tab10(digit))
        ax.text(*np.median(points[y == digit], axis=0), str(digit), fontsize=12)
    ax.set_title(title)

# %% [markdown] lang="zh"
# ## 看一看：没有人写过的数字
#
# 在平面上取一张网，逐点解码。变分的平面处处都画得出像样的数字，从一个慢慢变成另一个；普通的那张，离开有数据的地方就糊成一片。

# %% [markdown] lang="en"
# ## A picture: digits nobody wrote
#
# Take a grid on the plane and decode it point by point. Everywhere on the variational plane there is something like a digit, one turning slowly into another; on the plain one, things fall apart where there were no data.


# %%
def sheet(model, low, high, n=12):
    u, v = np.linspace(low[0], high[0], n), np.linspace(high[1], low[1], n)
    grid = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2)
    tiles = model.predict(grid).reshape(n, n, 8, 8)
    return tiles.transpose(0, 2, 1, 3).reshape(8 * n, 8 * n)


fig, axes = plt.subplots(1, 2, figsize=(7, 3.4))
spots = codes["plain"].predict(x)
axes[0].imshow(sheet(plain_decoder, spots.min(axis=0), spots.max(axis=0)), cmap="Greys")
axes[1].imshow(sheet(draw, (-2.5, -2.5), (2.5, 2.5)), cmap="Greys")
for ax, title in zip(axes, codes):
    ax.set(title=title, xticks=[], yticks=[])

# %% [markdown] lang="zh"
# ## 检查
#
# 随机的层怎样检查梯度？把 $\varepsilon$ 固定住。KL 一项没有随机，可以与已知的结果对照：$\mu = (1, 0)$、$\sigma = 1$ 的云，KL 是 $\tfrac12$。

# %% [markdown] lang="en"
# ## A check
#
# How does one check the gradient of a layer that draws at random? Hold $\varepsilon$ fixed. The KL term has no randomness and can be compared with what is known: for a cloud with $\mu = (1, 0)$ and $\sigma = 1$ it is $\tfrac12$.

# %%
from tensorlearn.testing import gradcheck

cloud = Cloud(weight=1.0)
cloud([np.array([[1.0, 0.0]]), np.zeros((1, 2))])
print([float(loss) for loss in cloud.losses])


def sampled(mean, log_variance):
    tl.set_seed(0)
    return Cloud(weight=1.0)([mean, log_variance], training=True)


rng = np.random.default_rng(0)
gradcheck(sampled, rng.normal(size=(3, 2)), rng.normal(size=(3, 2)))

# %% [markdown] lang="zh"
# ## 常见错误
#
# **KL 太重。** 最省事的办法是让所有的云都等于标准正态，编码里一点信息也不剩，解码器只会画平均图：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **Too much KL.** The easiest way out is to make every cloud the standard normal. The code then says nothing, and the decoder can only draw the mean image:

# %%
image, features = encoder()
mean, log_variance = Dense(2)(features), Dense(2)(features)
heavy = Model(image, decoder()(Cloud(weight=1.0)([mean, log_variance])))
heavy.compile(tl.optimizers.Adam(0.002), "binary_crossentropy")
heavy.fit(x, x, epochs=15, verbose=0)
print(
    f"error {np.mean((heavy.predict(x_test) - x_test) ** 2):.3f}, mean image {baseline:.3f}"
)

# %% [markdown] lang="zh"
# **从平面上取点时多给了一维：**

# %% [markdown] lang="en"
# **A code of the wrong length:**

# %% tags=["raises-exception"]
draw.predict(np.zeros((1, 3)))

# %% [markdown] lang="zh"
# ## 接下来
#
# 1. 编码改成 8 维，还原误差降到多少？这时怎样“看”编码的空间？
# 2. 在两张真实图像的编码之间走一条直线，把沿途解码出来。
# 3. 把全连接换成 [Conv2D](../convolutional/conv2d.md) 和 [Conv2DTranspose](../convolutional/conv2d_transpose.md)。

# %% [markdown] lang="en"
# ## What to try next
#
# 1. With 8 numbers for a code, how far does the error fall? And how would you look at their space?
# 2. Walk straight from the code of one real image to that of another and decode what lies on the way.
# 3. Replace the dense layers by [Conv2D](../convolutional/conv2d.md) and [Conv2DTranspose](../convolutional/conv2d_transpose.md).

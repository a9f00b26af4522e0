# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 变分自编码器
#
# 把 64 个像素压缩成**两个数**，再从两个数还原成图。压缩得好，这两个数就成了一张地图：相近的数字住在一起，地图上没有去过的地方也能画出新的数字。这个项目用自己写的一层来抽样，用 `add_loss` 加上 KL 散度，最后看地图，并且检验：画出来的是新的，还是背下来的？
#
# ## 想法
#
# 普通自编码器给每张图一个点 $z$。变分自编码器给每张图**一团云**：正态分布 $\mathcal N(\mu, \sigma^2)$，从中抽一个 $z$ 再还原。损失有两部分：
#
# $$L = \underbrace{-\sum_{i=1}^{64} \big[x_i \log \hat x_i + (1 - x_i) \log(1 - \hat x_i)\big]}_{\text{reconstruction}} + \underbrace{\tfrac12 \sum_{j=1}^{2} \big(\mu_j^2 + \sigma_j^2 - \log \sigma_j^2 - 1\big)}_{\text{KL}}$$
#
# 第一部分要还原得像；第二部分是这团云与标准正态 $\mathcal N(0, 1)$ 的距离，它把所有的云拢到原点周围，不许缩成一个点，也不许各跑各的。于是云与云相接，地图上没有空白。
#
# 抽样这一步没法求导，除非换个写法：$z = \mu + \sigma \varepsilon$，$\varepsilon \sim \mathcal N(0, 1)$。随机的东西挪到了旁边，梯度可以从 $z$ 走到 $\mu$ 和 $\sigma$。这叫重参数化。

# %% [markdown] lang="en"
# # A variational autoencoder
#
# Squeeze 64 pixels into **two numbers** and make an image of the two again. If the squeezing is done well, the two numbers become a map: similar digits live side by side, and places where nobody has been give new digits. In this project a layer of our own does the sampling, `add_loss` adds the KL divergence, and at the end we look at the map and ask: are the digits it draws new, or learnt by heart?
#
# ## The idea
#
# An ordinary autoencoder gives each image a point $z$. A variational one gives it **a cloud**, a normal distribution $\mathcal N(\mu, \sigma^2)$, from which a $z$ is drawn and turned into an image. The loss has two parts:
#
# $$L = \underbrace{-\sum_{i=1}^{64} \big[x_i \log \hat x_i + (1 - x_i) \log(1 - \hat x_i)\big]}_{\text{reconstruction}} + \underbrace{\tfrac12 \sum_{j=1}^{2} \big(\mu_j^2 + \sigma_j^2 - \log \sigma_j^2 - 1\big)}_{\text{KL}}$$
#
# The first wants a good likeness. The second is how far the cloud is from the standard normal $\mathcal N(0, 1)$; it gathers all clouds around the origin and lets them neither shrink to points nor wander off. So the clouds touch, and there are no blank places on the map.
#
# There is no derivative through drawing a number, unless one writes it differently: $z = \mu + \sigma \varepsilon$ with $\varepsilon \sim \mathcal N(0, 1)$. What is random now stands aside, and the gradient can walk from $z$ to $\mu$ and $\sigma$. This is called reparametrisation.

# %%
import matplotlib.pyplot as plt
import numpy as np
import tensorlearn as tl
from tensorlearn import Input, Model
from tensorlearn import backend as K
from tensorlearn.datasets import digits
from tensorlearn.layers import Dense, Layer

(x, y), (x_test, y_test) = digits.load_data(flatten=True)
print(x.shape, x_test.shape)


# %%
class Sample(Layer):
    """Draw z from the cloud, and add its KL divergence to the loss.   2 × (N, D) -> (N, D)"""

    def __init__(self, weight=1.0, **kwargs):
        super().__init__(**kwargs)
        self.weight = weight

    def call(self, inputs):
        mean, log_var = inputs
        kl = 0.5 * K.sum(K.square(mean) + K.exp(log_var) - log_var - 1, axis=-1)
        self.add_loss(self.weight * K.mean(kl))
        return mean + K.exp(log_var / 2) * K.random_normal(K.shape(mean))

    def compute_output_shape(self, shapes):
        return shapes[0]


# %% [markdown] lang="zh"
# ## 看一看数据
#
# 地图要放得下十种数字，而且每种的写法都不止一个：

# %% [markdown] lang="en"
# ## A look at the data
#
# The map must have room for ten digits, each in more than one form:

# %%
fig, axes = plt.subplots(2, 12, figsize=(8, 1.5))
for ax, picture in zip(axes.flat, x):
    ax.imshow(picture.reshape(8, 8), cmap="Greys")
    ax.set(xticks=[], yticks=[])

# %% [markdown] lang="zh"
# ## 模型
#
# $$(N, 64) \to (N, 64) \to 2 \times (N, 2) \xrightarrow{\text{Sample}} (N, 2) \to (N, 64) \to (N, 64) \to (N, 64)$$
#
# 网络直接给出 $\log \sigma^2$ 而不是 $\sigma$：它可正可负，不必担心 $\sigma$ 变成负数。解码器单独做成一个模型，以后可以拿它画任何一点。

# %% [markdown] lang="en"
# ## The model
#
# $$(N, 64) \to (N, 64) \to 2 \times (N, 2) \xrightarrow{\text{Sample}} (N, 2) \to (N, 64) \to (N, 64) \to (N, 64)$$
#
# The network gives $\log \sigma^2$ rather than $\sigma$: that may be positive or negative, and $\sigma$ cannot come out below zero. The decoder is a model of its own, so that later it can draw any point.


# %%
def reconstruction(x, y):
    return 64 * K.mean(K.binary_crossentropy(x, y), axis=-1)


def build(weight=1.0):
    tl.set_seed(0)
    image, code = Input((64,), name="image"), Input((2,), name="code")
    h = Dense(64, activation="relu")(image)
    mean, log_var = Dense(2, name="mean")(h), Dense(2, name="log_var")(h)
    z = Sample(weight)([mean, log_var])

    g = Dense(64, activation="relu")(code)
    g = Dense(64, activation="relu")(g)
    decoder = Model(code, Dense(64, activation="sigmoid")(g), name="decoder")

    model = Model(image, decoder(z))
    model.compile(tl.optimizers.Adam(0.005), reconstruction, [reconstruction])
    return model, Model(image, mean), decoder


model, encoder, decoder = build()
print(model.count_params(), encoder.output_shape, decoder.output_shape)

# %% [markdown] lang="zh"
# ## 训练
#
# 目标就是输入自己。总损失减去还原的部分，剩下的是 KL。

# %% [markdown] lang="en"
# ## Training
#
# The target is the input itself. The total loss without the reconstruction is the KL divergence.

# %%
history = model.fit(x, x, batch_size=64, epochs=50, verbose=0).history
likeness = np.array(history["reconstruction"])
kl = np.array(history["loss"]) - likeness

fig, axes = plt.subplots(1, 2, figsize=(7, 2.3))
for ax, values, name in zip(axes, (likeness, kl), ("reconstruction", "KL")):
    ax.plot(range(1, 51), values)
    ax.set(xlabel="epoch", title=name)
    ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# 还原误差下降的同时，KL 在上升：云越小、离得越开，还原得越好，而代价正是 KL。训练就是两者讨价还价。（还原误差到不了 0：像素有灰的，连它自己对自己的交叉熵都是正的。）
#
# ## 地图
#
# 左：每张训练图的 $\mu$，按数字着色，训练时网络可从未见过标签。右：在平面上均匀取点，让解码器画出来。

# %% [markdown] lang="en"
# While the reconstruction gets better, the KL divergence rises: the smaller the clouds and the farther apart, the better the likeness, and KL is the price. Training is a bargain between the two. (The reconstruction cannot get to 0, since there are grey pixels, whose cross-entropy even with themselves is positive.)
#
# ## The map
#
# On the left the $\mu$ of every training image, coloured by digit, although the network never saw a label. On the right the decoder draws points taken evenly from the plane.

# %%
mean = encoder.predict(x)
side = np.linspace(-2.2, 2.2, 12)
grid = np.stack(np.meshgrid(side, side[::-1]), axis=-1).reshape(-1, 2)
drawn = decoder.predict(grid).reshape(12, 12, 8, 8)
drawn = np.pad(drawn, ((0, 0), (0, 0), (1, 1), (1, 1)))  # paper in between
sheet = drawn.transpose(0, 2, 1, 3).reshape(120, 120)  # rows, columns of pixels

fig, axes = plt.subplots(1, 2, figsize=(8, 3.9))
axes[0].scatter(*mean.T, c=y, s=6, cmap="tab10", alpha=0.7)
for k in range(10):
    place = np.median(mean[y == k], axis=0)
    axes[0].text(*place, k, fontsize=13, weight="bold", ha="center", va="center")
axes[0].set(xlim=(-3, 3), ylim=(-3, 3), xlabel="z1", ylabel="z2", aspect="equal")
axes[1].imshow(sheet, cmap="Greys", extent=(-2.4, 2.4, -2.4, 2.4))
axes[1].set(xlabel="z1", ylabel="z2")
axes[0].grid(alpha=0.3)

# %% [markdown] lang="zh"
# 沿着任何一条线走，一个数字渐渐变成另一个，中间没有断裂。有的数字占着一整块，有的挤在别人中间：两个数装不下所有的区别。
#
# ## 与基线比较
#
# 只用两个数的最好的**线性**办法是主成分分析（PCA），一次奇异值分解就够了。比两件事，都用测试图：还原的误差（64 个像素的平方和）；以及在平面上看最近的五个训练点，能不能猜出是几。

# %% [markdown] lang="en"
# Walk along any line and one digit turns into another gradually, without a break. Some have a district to themselves, others are squeezed in between: two numbers have not room for every difference.
#
# ## Against a baseline
#
# The best **linear** way with two numbers is principal component analysis (PCA), one singular value decomposition. Two things are compared, both on test images: the error of reconstruction (squares summed over 64 pixels), and whether the five nearest training points in the plane tell which digit it is.


# %%
def vote(known, asked):
    """Share of the test digits named by a vote of the five nearest."""
    distance = ((asked[:, None] - known) ** 2).sum(axis=2)
    nearest = y[np.argsort(distance, axis=1)[:, :5]]
    guess = [np.bincount(row).argmax() for row in nearest]
    return (guess == y_test).mean()


centre = x.mean(axis=0)
axes_ = np.linalg.svd(x - centre, full_matrices=False)[2][:2]  # (2, 64)
flat, flat_test = (x - centre) @ axes_.T, (x_test - centre) @ axes_.T
mean_test = encoder.predict(x_test)
back = decoder.predict(mean_test)
for name, rebuilt, a, b in (
    ("PCA", flat_test @ axes_ + centre, flat, flat_test),
    ("VAE", back, mean, mean_test),
):
    error = ((rebuilt - x_test) ** 2).sum(axis=1).mean()
    print(f"{name}: error {error:.1f}, named by neighbours {vote(a, b):.2f}")
print(f"always the mean image: error {((x_test - centre) ** 2).sum(axis=1).mean():.1f}")

# %% [markdown] lang="zh"
# 同样是两个数，弯曲的地图比平的好。但别忘了：用全部 64 个像素，最近邻能认出 98 % 左右的数字（见[多层感知机](digits_mlp.md)）；压缩是要付出代价的。
#
# ## 错在哪里
#
# 还原得最差的几张：上面是原图，下面是网络画的。

# %% [markdown] lang="en"
# With the same two numbers, a curved map is better than a flat one. But do not forget that from all 64 pixels a nearest neighbour names some 98 % of the digits (see [the perceptron](digits_mlp.md)); squeezing has its price.
#
# ## Where it goes wrong
#
# The worst reconstructions, with the original above and what the network makes of it below:

# %%
worst = np.argsort(-((back - x_test) ** 2).sum(axis=1))[:10]
fig, axes = plt.subplots(2, 10, figsize=(8, 1.8))
for column, k in zip(axes.T, worst):
    for ax, picture in zip(column, (x_test[k], back[k])):
        ax.imshow(picture.reshape(8, 8), cmap="Greys", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])

# %% [markdown] lang="zh"
# 不常见的写法被画成了邻居家常见的数字。所有的还原都有些模糊，因为一个 $z$ 周围住着好几张图，画出来的是它们的折中。
#
# ## 画新的数字
#
# 从 $\mathcal N(0, 1)$ 抽 $z$，就能画出没有人写过的数字。是不是新的？量一量它离最近的训练图有多远，再与测试图比较：测试图确实是新的。

# %% [markdown] lang="en"
# Rare forms are drawn as the neighbours' common digits. All reconstructions are somewhat blurred, because several images live around one $z$ and what is drawn is a compromise.
#
# ## Drawing new digits
#
# Draw $z$ from $\mathcal N(0, 1)$ and get digits that nobody has written. Are they new? Measure how far each is from the nearest training image, and compare with the test images, which certainly are new.

# %%
rng = np.random.default_rng(0)
fresh = decoder.predict(rng.normal(size=(359, 2)))


def to_nearest(images):
    squares = ((images[:, None] - x) ** 2).sum(axis=2)
    return squares.min(axis=1), x[squares.argmin(axis=1)]


gap, model_of = to_nearest(fresh)
print(f"drawn: {np.median(gap):.1f}, test: {np.median(to_nearest(x_test)[0]):.1f}")

fig, axes = plt.subplots(2, 12, figsize=(8, 1.5))
for k, column in enumerate(axes.T):
    for ax, picture in zip(column, (fresh[k], model_of[k])):
        ax.imshow(picture.reshape(8, 8), cmap="Greys", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])

# %% [markdown] lang="zh"
# 上面是画出来的，下面是与它最近的训练图。它们不是照抄，到最近一张训练图的距离与真正的新图差不多。不过这段距离有一部分只是模糊：它画的多是邻居们的折中，并没有谁都没写过的花样。说“它创造了数字”之前，先看看这两行。
#
# ## 常见错误
#
# **KL 的分量太重。** 例如忘了它该与 64 个像素之**和**相配，却用了像素的平均；这等于把 KL 放大许多倍。下面放大十倍：

# %% [markdown] lang="en"
# Above what it drew, below the nearest training image. They are not copies; they are about as far from the nearest training image as truly new ones. But part of that distance is mere blur: most are compromises between neighbours, with no turn of the pen that nobody had made before. Look at the two rows before saying that it creates digits.
#
# ## Common mistakes
#
# **Too much weight on KL.** It happens, for instance, when the mean over the pixels is used, although the divergence goes with their **sum**; this magnifies KL many times. Here it is ten times too large:

# %%
heavy, heavy_encoder, heavy_decoder = build(weight=10.0)
heavy.fit(x, x, batch_size=64, epochs=15, verbose=0)
for name, one, other in (
    ("weight  1", encoder, decoder),
    ("weight 10", heavy_encoder, heavy_decoder),
):
    z = one.predict(x_test)
    images = other.predict(z).std(axis=0).mean()
    print(f"{name}: spread of the means {z.std():.2f}, of the images {images:.2f}")

# %% [markdown] lang="zh"
# 所有的 $\mu$ 都缩到原点，解码器不再看 $z$，永远画平均图。这叫后验塌缩；损失看上去照样在下降。
#
# **用 NumPy 抽随机数。** 噪声在**建模时**就抽好了，从此每一批都是同样的那些数，形状也是固定的：

# %% [markdown] lang="en"
# All $\mu$ have shrunk to the origin; the decoder no longer looks at $z$ and always draws the mean image. This is called posterior collapse, and the loss still goes down nicely.
#
# **Drawing with NumPy.** The noise is drawn **when the model is built**; from then on every batch gets the same numbers, in a fixed shape:

# %% tags=["raises-exception"]
from tensorlearn.layers import Lambda

noise = np.random.normal(size=(64, 2))
image = Input((64,))
z = Lambda(lambda mean: mean + noise)(Dense(2)(image))
frozen = Model(image, decoder(z))
frozen.compile("adam", reconstruction)
frozen.fit(x, x, batch_size=64, verbose=0)

# %% [markdown] lang="zh"
# **在抽样时用 `predict`。** 编码器要给出 $\mu$；若让整个 `model` 来还原，每次的结果都不同，因为 `Sample` 每次都在抽：

# %% [markdown] lang="en"
# **`predict` with the sampling in it.** The encoder should give $\mu$. Let the whole `model` do the reconstruction and each time there is another result, since `Sample` draws every time:

# %%
twice = model.predict(x_test[:1]), model.predict(x_test[:1])
print(
    np.allclose(*twice), np.allclose(*(encoder.predict(x_test[:1]) for _ in range(2)))
)

# %% [markdown] lang="zh"
# ## 接下来
#
# - 把 2 换成 8：还原误差降到多少？（地图就画不出来了。）
# - KL 的分量从 0 开始慢慢升到 1（用一个 `K.variable` 与[回调](../training/callbacks.md)），地图会更好吗？
# - 分量设为 0，就是普通自编码器。再画一遍右边那张图，空白处会出现什么？
# - 给编码器和解码器都加上“这是几”作为第二个输入，就能点名画数字。
# - `Sample` 是一层自己写的层；写法见[自定义层](../custom/custom_layers.md)。

# %% [markdown] lang="en"
# ## What to try next
#
# - Take 8 numbers instead of 2. How low does the reconstruction get? (There is no map to draw then.)
# - Let the weight of KL rise slowly from 0 to 1 (a `K.variable` and a [callback](../training/callbacks.md)). Is the map better?
# - With weight 0 it is an ordinary autoencoder. Draw the picture on the right again: what appears in the blank places?
# - Give encoder and decoder a second input that tells which digit it is, and digits can be ordered by name.
# - `Sample` is a layer of our own; how to write one is told in [Custom layers](../custom/custom_layers.md).

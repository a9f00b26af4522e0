# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 4.1 LocallyConnected：不共享权重的卷积
#
# 像卷积一样，一个小窗口滑过输入；不像卷积的是，窗口每到一处，就换一副权重。哪里该看什么，各处自己说了算。
#
# ## 它算什么
#
# $$y_{n,o,f} = \varphi\Big(\sum_{k,c} x_{n,\,s\,o + k,\,c}\; W_{o,\,(k,c),\,f} + b_{o,f}\Big) \qquad (N, T, C) \to (N, T', F)$$
#
# 与 [Conv1D](../convolutional/conv1d.md) 只差一个下标：$W$ 和 $b$ 都带着位置 $o$。$s$ 是步长，$k$ 数窗口里的格子。换句话说，每个位置都有一个小小的 `Dense`，只看得见眼前的窗口。`LocallyConnected2D` 是同一回事，位置和窗口都是二维的。
#
# 卷积相信“同样的图案出现在哪里都是同一回事”，于是一副权重走天下。要是这话不对，比如证件照上眼睛总在上面、嘴总在下面，就让每处各学各的。代价是权重多出许多倍，而且输入的大小从此定死。
#
# !!! note "更正"
#     原文档的这一节只有标题（写作 LocallyConnceted），没有正文。两个类的名字是 `LocallyConnected1D` 和 `LocallyConnected2D`。

# %% [markdown] lang="en"
# # 4.1 LocallyConnected: convolution without sharing
#
# As in a convolution, a small window slides over the input. Unlike in a convolution, the window takes up other weights at every stop: what to look for is decided place by place.
#
# ## What it computes
#
# $$y_{n,o,f} = \varphi\Big(\sum_{k,c} x_{n,\,s\,o + k,\,c}\; W_{o,\,(k,c),\,f} + b_{o,f}\Big) \qquad (N, T, C) \to (N, T', F)$$
#
# One index sets it apart from [Conv1D](../convolutional/conv1d.md): $W$ and $b$ carry the place $o$. $s$ is the stride, $k$ counts the cells of the window. In other words, there is a little `Dense` at every place that sees only the window before it. `LocallyConnected2D` is the same with places and windows in two dimensions.
#
# A convolution believes that a pattern means the same wherever it appears, so one set of weights will do. Where that is not so, as in passport photos with the eyes always above and the mouth always below, let each place learn for itself. The price is many times the weights, and an input whose size is fixed for good.
#
# !!! note "Correction"
#     In the original document this section is a heading (spelt LocallyConnceted) without a text. The two classes are called `LocallyConnected1D` and `LocallyConnected2D`.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import Conv1D, LocallyConnected1D

layer = LocallyConnected1D(1, 2, use_bias=False)
x = np.array([[[1.0], [2.0], [3.0], [4.0]]])
layer(x)
layer.set_weights([np.array([[[1.0], [1]], [[1], [0]], [[0], [-1]]])])
layer(x).numpy().ravel()

# %% [markdown] lang="zh"
# 用手算一遍：第一处的权重 $(1, 1)$，$1 + 2 = 3$；第二处 $(1, 0)$，$2$；第三处 $(0, -1)$，$-4$。
#
# ## 看一看
#
# 造一道题：输出的第 $o$ 个数是 $x_o \cos\alpha_o + x_{o+1} \sin\alpha_o$，$\alpha_o$ 从 $0$ 走到 $\pi$，**每处的规则都不一样**。局部连接层学到的权重（圆点）与真的规则（线）重合；卷积（叉）到处只有同样的两个权重，只好折中，误差怎么也下不去：

# %% [markdown] lang="en"
# By hand: with the weights $(1, 1)$ at the first place, $1 + 2 = 3$; with $(1, 0)$ at the second, $2$; with $(0, -1)$ at the third, $-4$.
#
# ## A picture
#
# Here is a task with **another rule at every place**: output $o$ is $x_o \cos\alpha_o + x_{o+1} \sin\alpha_o$, and $\alpha_o$ goes from $0$ to $\pi$. The weights that the locally connected layer learns (dots) lie on the true rule (lines). The convolution (crosses) has the same two weights everywhere, must compromise, and keeps a large error:

# %%
import matplotlib.pyplot as plt
from tensorlearn import Sequential

rng = np.random.default_rng(0)
alpha = np.linspace(0, np.pi, 19)
rule = np.stack([np.cos(alpha), np.sin(alpha)], axis=1)  # (place, cell)
x = rng.normal(size=(800, 20, 1))
y = x[:, :-1] * rule[:, :1] + x[:, 1:] * rule[:, 1:]

learnt = {}
for kind in [Conv1D, LocallyConnected1D]:
    tl.set_seed(0)
    model = Sequential([kind(1, 2, input_shape=(20, 1))])
    model.compile(tl.optimizers.Adam(0.03), "mse")
    loss = model.fit(x, y, epochs=12, verbose=0).history["loss"][-1]
    learnt[kind] = model.get_weights()[0]
    print(f"{kind.__name__:18} {model.count_params():2} weights, error {loss:.4f}")

# %%
fig, ax = plt.subplots(figsize=(6, 2.4))
ax.set(xlabel="place o", ylabel="weight", title="line: rule   o: local   x: Conv1D")
shared = np.tile(learnt[Conv1D].ravel(), (19, 1))
for values, style in [
    (rule, "-"),
    (learnt[LocallyConnected1D][..., 0], "o"),
    (shared, "x"),
]:
    ax.set_prop_cycle(None)  # the same two colours again
    ax.plot(values, style, ms=4)

# %% [markdown] lang="zh"
# ## 参数
#
# 前两个可以按位置给。与卷积层相比，少了 `dilation_rate`，`padding` 也只能是 `"valid"`。
#
# ### LocallyConnected1D

# %% [markdown] lang="en"
# ## Arguments
#
# The first two may be given by position. Compared with the convolutions there is no `dilation_rate`, and `padding` can only be `"valid"`.
#
# ### LocallyConnected1D

# %% tags=["both"]
tl.help("LocallyConnected1D")

# %% [markdown] lang="zh"
# ### LocallyConnected2D
#
# 参数相同，`kernel_size` 和 `strides` 是一对数（先高后宽），或一个数代表两个。

# %% [markdown] lang="en"
# ### LocallyConnected2D
#
# The same arguments, with a pair of numbers, height first, for `kernel_size` and `strides`, or one number for both.

# %%
from tensorlearn.layers import LocallyConnected2D

two = LocallyConnected2D(8, 3, strides=(2, 1))
two.kernel_size, two.strides, two.data_format

# %% [markdown] lang="zh"
# ## 形状
#
# | | 一维 | 二维，`channels_last` |
# |---|---|---|
# | 输入 | `(N, T, C)` | `(N, H, W, C)` |
# | 输出 | `(N, T', F)` | `(N, H', W', F)` |
# | `kernel` | `(T', k*C, F)` | `(H'*W', kh*kw*C, F)` |
# | `bias` | `(T', F)` | `(H', W', F)` |
#
# $T' = \lfloor (T - k)/s \rfloor + 1$，高和宽也一样。二维的 `channels_first` 输入是 `(N, C, H, W)`，输出是 `(N, F, H', W')`。

# %% [markdown] lang="en"
# ## Shapes
#
# | | one axis | two axes, `channels_last` |
# |---|---|---|
# | input | `(N, T, C)` | `(N, H, W, C)` |
# | output | `(N, T', F)` | `(N, H', W', F)` |
# | `kernel` | `(T', k*C, F)` | `(H'*W', kh*kw*C, F)` |
# | `bias` | `(T', F)` | `(H', W', F)` |
#
# $T' = \lfloor (T - k)/s \rfloor + 1$, and likewise for height and width. With `channels_first` the input is `(N, C, H, W)` and the output `(N, F, H', W')`.

# %%
one = LocallyConnected1D(8, 3, strides=2)
print(one.compute_output_shape((None, 11, 4)), one(np.zeros((2, 11, 4))).shape)
print([w.shape for w in one.weights])

two = LocallyConnected2D(8, (3, 2))
print(two.compute_output_shape((None, 6, 5, 4)), two(np.zeros((2, 6, 5, 4))).shape)
print([w.shape for w in two.weights])

# %% [markdown] lang="zh"
# ## 例子
#
# 一段长 10、每步 32 个特征的序列，64 个窗口宽 3 的滤波器：

# %% [markdown] lang="en"
# ## Example
#
# A sequence of 10 steps with 32 features, 64 filters and a window of 3:

# %%
model = Sequential([LocallyConnected1D(64, 3, input_shape=(10, 32))])
print(model.output_shape, model.count_params(), "=", 8 * (3 * 32 * 64 + 64))

# %% [markdown] lang="zh"
# ### 值不值得
#
# 手写数字都摆在正中，局部连接总该占便宜了吧？比比看：

# %% [markdown] lang="en"
# ### Is it worth it
#
# Handwritten digits all sit in the middle, so local connections should gain. Compare:

# %%
from tensorlearn.datasets import digits
from tensorlearn.layers import Conv2D, Dense, Flatten

(x_train, y_train), (x_test, y_test) = digits.load_data()
for kind in [Conv2D, LocallyConnected2D]:
    tl.set_seed(0)
    model = Sequential(
        [kind(4, 3, activation="relu", input_shape=(8, 8, 1)), Flatten()]
    )
    model.add(Dense(10, activation="softmax"))
    model.compile(
        tl.optimizers.Adam(0.005), "sparse_categorical_crossentropy", ["accuracy"]
    )
    model.fit(x_train[..., None], y_train, epochs=5, verbose=0)
    accuracy = model.evaluate(x_test[..., None], y_test, verbose=0)[1]
    weights = model.layers[0].count_params()
    print(f"{kind.__name__:18} {weights:4} weights, accuracy {accuracy:.2f}")

# %% [markdown] lang="zh"
# 三十六倍的权重，换来几乎一样的准确率：笔画到处都是笔画，共享权重在这里没有损失什么。先试卷积；确实知道各处规则不同，再用局部连接。
#
# ## 梯度检查
#
# 每处的权重只收到自己那一处的梯度：
#
# $$\frac{\partial L}{\partial W_{o,(k,c),f}} = \sum_n x_{n,\,s\,o+k,\,c}\; g_{n,o,f}$$

# %% [markdown] lang="en"
# Thirty-six times the weights buy about the same accuracy: a stroke is a stroke everywhere, and sharing loses nothing here. Try a convolution first, and local connections when you know that places follow different rules.
#
# ## Gradient check
#
# The weights of a place receive the gradient of that place alone:
#
# $$\frac{\partial L}{\partial W_{o,(k,c),f}} = \sum_n x_{n,\,s\,o+k,\,c}\; g_{n,o,f}$$

# %%
from tensorlearn.testing import gradcheck

sequence = rng.normal(size=(2, 7, 2))
one = LocallyConnected1D(3, 3, strides=2, activation="tanh")
one(sequence)
gradcheck(one, sequence, parameters=one.weights)

image = rng.normal(size=(2, 4, 5, 2))
two = LocallyConnected2D(3, 2)
two(image)
gradcheck(two, image, parameters=two.weights)

# %% [markdown] lang="zh"
# ### 共享权重，就是梯度相加
#
# 把一个卷积的核抄到每一处，局部连接层就算出与卷积一样的结果。再看梯度：卷积核的梯度，正好是各处梯度的**和**。卷积不过是一条约定：“大家用同一副权重，得到的教训也合在一起。”

# %% [markdown] lang="en"
# ### To share weights is to add gradients
#
# Copy the kernel of a convolution to every place, and the locally connected layer computes what the convolution does. Now the gradients: that of the convolution is exactly the **sum** of those of all places. A convolution is nothing but an agreement to use the same weights and to pool what is learnt.

# %%
conv = Conv2D(3, 2)
conv(image)
kernel, bias = conv.get_weights()
copies = np.broadcast_to(kernel.reshape(1, 8, 3), (12, 8, 3))
two.set_weights([copies, np.broadcast_to(bias, (3, 4, 3))])
print(np.allclose(conv(image).numpy(), two(image).numpy(), atol=1e-6))

g = rng.normal(size=(2, 3, 4, 3))
shared = tl.grad((conv(image) * g).sum(), conv.kernel).reshape(8, 3)
each = tl.grad((two(image) * g).sum(), two.kernel)
print(each.shape, np.allclose(each.sum(axis=0), shared, atol=1e-5))

# %% [markdown] lang="zh"
# ## 常见错误
#
# **想补零。** 只有完整的窗口才有位置，所以没有 `"same"`；要保持大小，先用 [ZeroPadding1D](../convolutional/zero_padding1d.md) 或 [ZeroPadding2D](../convolutional/zero_padding2d.md)：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **Wanting padding.** Only whole windows count as places, so there is no `"same"`; to keep the size, put [ZeroPadding1D](../convolutional/zero_padding1d.md) or [ZeroPadding2D](../convolutional/zero_padding2d.md) before it:

# %% tags=["raises-exception"]
LocallyConnected1D(8, 3, padding="same")

# %% [markdown] lang="zh"
# **长度不定。** 每处都有权重，就得知道有几处：

# %% [markdown] lang="en"
# **An open length.** With weights for every place, the number of places must be known:

# %% tags=["raises-exception"]
Sequential([LocallyConnected1D(8, 3, input_shape=(None, 32))])

# %% [markdown] lang="zh"
# **换了大小的输入。** 卷积不在乎，这一层不行：

# %% [markdown] lang="en"
# **An input of another size.** A convolution would not mind; this layer does:

# %% tags=["raises-exception"]
one(np.zeros((2, 9, 2)))

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# 与卷积层一样，旧名字照样能用：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# As with the convolutions, the old names still work:

# %% tags=["both"]
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    LocallyConnected1D(nb_filter=8, filter_length=3, input_dim=32, input_length=10)
    LocallyConnected2D(8, 3, 3, subsample=(2, 2), dim_ordering="tf")
print(*(w.message for w in caught), sep="\n")

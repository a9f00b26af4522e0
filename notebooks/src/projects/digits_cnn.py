# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 手写数字：卷积网络
#
# [上一个项目](digits_mlp.md)的多层感知机，换个位置就不认得数字了：每个像素各有各的权重，移动一格，一切都要重新学。卷积网络把同一组小权重用在每一处。这个项目把数字放到更大的画布上，训练两种网络，**量一量移动到底有什么影响**，并且弄清卷积能保证什么、不能保证什么。
#
# ## 数据
#
# 8×8 的数字放进 14×14 的画布，四周各留三格，好让它有地方可移。

# %% [markdown] lang="en"
# # Digits with a convolutional network
#
# The perceptron of [the project before](digits_mlp.md) is lost when a digit is moved: every pixel has weights of its own, and one step to the side, all has to be learnt anew. A convolutional network uses one small set of weights everywhere. In this project we put the digits on a larger canvas, train both kinds, **measure what moving does**, and find out what convolution promises and what it does not.
#
# ## The data
#
# The 8×8 digits go onto a canvas of 14×14, with three pixels around, so that there is room to move.

# %%
import matplotlib.pyplot as plt
import numpy as np
import tensorlearn as tl
from tensorlearn import Sequential
from tensorlearn.datasets import digits
from tensorlearn.layers import Conv2D, Dense, Flatten, GlobalMaxPooling2D, MaxPooling2D

(x, y), (x_test, y_test) = digits.load_data()


def place(images, down=0, right=0):
    """On a canvas, moved.   (N, 8, 8) -> (N, 14, 14, 1)"""
    canvas = np.zeros((len(images), 14, 14, 1), "float32")
    canvas[:, 3 + down : 11 + down, 3 + right : 11 + right, 0] = images
    return canvas


fig, axes = plt.subplots(1, 7, figsize=(8, 1.4))
for k, ax in enumerate(axes):
    moved = place(x_test[k : k + 1], down=k % 3 - 1, right=k - 3 if k else 0)
    ax.imshow(moved[0, ..., 0], cmap="Greys")
    ax.set(xticks=[], yticks=[])

# %% [markdown] lang="zh"
# ## 两个模型
#
# 多层感知机把画布压平；卷积网络先用 12 把 3×3 的小尺到处量，每 2×2 取最大，再用 32 把尺量第二遍，最后**每把尺只留全图的最大值**：某个花样在不在，与在哪里无关。
#
# $$(14, 14, 1) \xrightarrow{\text{Conv}} (14, 14, 12) \xrightarrow{\text{MaxPool}} (7, 7, 12) \xrightarrow{\text{Conv}} (7, 7, 32) \xrightarrow{\text{GlobalMax}} (32) \xrightarrow{\text{Dense}} (10)$$

# %% [markdown] lang="en"
# ## Two models
#
# The perceptron flattens the canvas. The convolutional network measures everywhere with 12 templates of 3×3, takes the largest value of every 2×2, measures again with 32 templates, and finally **keeps for each template only the largest value in the whole image**: whether a pattern occurs, no matter where.
#
# $$(14, 14, 1) \xrightarrow{\text{Conv}} (14, 14, 12) \xrightarrow{\text{MaxPool}} (7, 7, 12) \xrightarrow{\text{Conv}} (7, 7, 32) \xrightarrow{\text{GlobalMax}} (32) \xrightarrow{\text{Dense}} (10)$$


# %%
def finish(*layers):
    model = Sequential([*layers, Dense(10, activation="softmax")])
    adam = tl.optimizers.Adam(0.01)
    model.compile(adam, "sparse_categorical_crossentropy", ["accuracy"])
    return model


def perceptron():
    tl.set_seed(0)
    return finish(Flatten(input_shape=(14, 14, 1)), Dense(20, activation="relu"))


def convolutional():
    tl.set_seed(0)
    return finish(
        Conv2D(12, 3, padding="same", activation="relu", input_shape=(14, 14, 1)),
        MaxPooling2D(2),
        Conv2D(32, 3, padding="same", activation="relu"),
        GlobalMaxPooling2D(),
    )


mlp, cnn = perceptron(), convolutional()
print(mlp.count_params(), cnn.count_params())

# %% [markdown] lang="zh"
# 参数个数相近，比较才公平。手算卷积网络：$(3 \cdot 3 \cdot 1 + 1) \cdot 12 + (3 \cdot 3 \cdot 12 + 1) \cdot 32 + 33 \cdot 10 = 120 + 3488 + 330 = 3938$。
#
# ## 训练：都只看放在正中的数字

# %% [markdown] lang="en"
# They have similar numbers of parameters, for fairness. The convolutional one by hand: $(3 \cdot 3 \cdot 1 + 1) \cdot 12 + (3 \cdot 3 \cdot 12 + 1) \cdot 32 + 33 \cdot 10 = 120 + 3488 + 330 = 3938$.
#
# ## Training, on digits in the middle only

# %%
mlp.fit(place(x), y, batch_size=32, epochs=15, verbose=0)
cnn.fit(place(x), y, batch_size=32, epochs=8, verbose=0)

flat, flat_test = x.reshape(-1, 64), x_test.reshape(-1, 64)
distance = (flat**2).sum(axis=1) - 2 * flat_test @ flat.T
print(f"nearest neighbour {(y[distance.argmin(axis=1)] == y_test).mean():.2f}")
for name, model in (("perceptron", mlp), ("convolutional", cnn)):
    accuracy = model.evaluate(place(x_test), y_test, verbose=0)[1]
    print(f"{name:17} {accuracy:.2f}")

# %% [markdown] lang="zh"
# 放在正中时，卷积网络与“抄最近的一张”（最近邻）差不多，测试部分只有 359 张，一个百分点的差别说明不了什么。好处要移动了才看得见。
#
# ## 移动
#
# 把测试图上下左右各移至多两格，一共 25 个位置，各测一次。再训练第三个模型：结构与卷积网络一样，但训练图也随机移动。

# %% [markdown] lang="en"
# In the middle, the convolutional network is about as good as copying from the nearest image (nearest neighbour); with 359 test images a difference of one percent means nothing. Its merit shows when things move.
#
# ## Moving
#
# Move the test images by up to two pixels in each direction, 25 places in all, and test at each. A third model joins in: built like the convolutional one, but its training images are moved at random too.

# %%
rng = np.random.default_rng(0)
moved = convolutional()
for _ in range(8):
    steps = rng.integers(-2, 3, (len(x), 2))
    canvas = np.concatenate([place(x[i : i + 1], *s) for i, s in enumerate(steps)])
    moved.fit(canvas, y, batch_size=32, verbose=0)


def everywhere(model):
    places = [[place(x_test, d, r) for r in range(-2, 3)] for d in range(-2, 3)]
    return np.array(
        [[model.evaluate(p, y_test, verbose=0)[1] for p in row] for row in places]
    )


maps = {"perceptron": everywhere(mlp), "convolutional": everywhere(cnn)}
maps["convolutional, moved"] = everywhere(moved)

# %%
fig, axes = plt.subplots(1, 3, figsize=(8, 2.7))
for ax, (name, accuracy) in zip(axes, maps.items()):
    ax.imshow(accuracy, cmap="Blues", vmin=0, vmax=1, extent=(-2.5, 2.5, 2.5, -2.5))
    for (i, j), value in np.ndenumerate(accuracy):
        colour = "w" if value > 0.6 else "k"
        ax.text(j - 2, i - 2, f"{value:.2f}", ha="center", va="center", color=colour)
    ax.set(title=name, xlabel="right", ylabel="down")

# %% [markdown] lang="zh"
# 左：移一格，多层感知机就垮了一半；移两格，与瞎猜相差无几。它学的不是“数字的样子”，而是“这些位置上有没有墨”。
#
# 中：卷积网络好得多，但图案很奇怪，**移两格比移一格强**。卷积本身与移动可以交换次序（先移后卷等于先卷后移），池化却只在步长的整数倍上才行：步长是 2，移两格，池化后正好移一格；移一格，每个 2×2 的窗都换了一批像素。
#
# $$\mathrm{pool}(\text{shift}_2\,x) = \text{shift}_1\,\mathrm{pool}(x), \qquad \mathrm{pool}(\text{shift}_1\,x) \ne \text{shift}\,\mathrm{pool}(x)$$
#
# 右：训练时见过移动，各处就都好了。结构给了一半，数据补上另一半。

# %% [markdown] lang="en"
# Left: move by one pixel and the perceptron is half ruined; move by two and it is little better than guessing. It has not learnt what digits look like, but whether there is ink at certain places.
#
# Middle: the convolutional network is far better, with a strange pattern, though: **two pixels do less harm than one.** A convolution commutes with moving (move then convolve, or convolve then move), but pooling does so only for multiples of its stride. With a stride of 2, moving by two pixels moves the pooled image by one; moving by one pixel puts other pixels together in every 2×2 window.
#
# $$\mathrm{pool}(\text{shift}_2\,x) = \text{shift}_1\,\mathrm{pool}(x), \qquad \mathrm{pool}(\text{shift}_1\,x) \ne \text{shift}\,\mathrm{pool}(x)$$
#
# Right: having met moved images in training, it is good everywhere. The structure gave one half, the data the other.

# %%
inner = tl.Model(cnn.inputs, cnn.layers[1].output)  # after the pooling
still = inner.predict(place(x_test))
for step in (1, 2):
    shifted = inner.predict(place(x_test, right=step))
    gaps = [np.abs(np.roll(still, k, axis=2) - shifted).max() for k in (0, 1)]
    print(f"moved by {step}: at best off by {min(gaps):.1f}")

# %% [markdown] lang="zh"
# ## 错在哪里
#
# 训练过移动的模型，在正中的测试图上认错了哪些？

# %% [markdown] lang="en"
# ## Where it goes wrong
#
# Which test images, placed in the middle, does the model trained on moved ones get wrong?

# %%
p = moved.predict(place(x_test))
answer, sure = p.argmax(axis=1), p.max(axis=1)
wrong = np.flatnonzero(answer != y_test)
print(len(wrong), "of", len(y_test), "wrong")
fig, axes = plt.subplots(1, 10, figsize=(8, 1.5))
for ax, k in zip(axes, wrong[np.argsort(-sure[wrong])]):
    ax.imshow(x_test[k], cmap="Greys", vmin=0, vmax=1)
    ax.set(title=f"{y_test[k]} → {answer[k]}", xticks=[], yticks=[])
    ax.set_xlabel(f"{sure[k]:.2f}")

# %% [markdown] lang="zh"
# ## 别人的手
#
# 随机划分让每个人的字都出现在两边，见[上一个项目](digits_mlp.md)。照文件原来的次序，前五分之四训练，后五分之一测试，多数书写者就是新的：

# %% [markdown] lang="en"
# ## Other people's hands
#
# A random division puts everyone's writing on both sides, see [the project before](digits_mlp.md). In the original order of the file, with the first four fifths for training and the last for testing, most of the writers are new:

# %%
from importlib import resources

file = resources.files("tensorlearn.datasets") / "data" / "digits.npz"
with file.open("rb") as stream, np.load(stream) as arrays:
    images, labels = arrays["images"] / np.float32(16), arrays["labels"].astype(int)

cut = len(labels) * 4 // 5
for name, build in (("perceptron", perceptron), ("convolutional", convolutional)):
    model = build()
    model.fit(place(images[:cut]), labels[:cut], batch_size=32, epochs=8, verbose=0)
    accuracy = model.evaluate(place(images[cut:]), labels[cut:], verbose=0)[1]
    print(f"{name:17} {accuracy:.2f}")
rows = images.reshape(-1, 64)
distance = (rows[:cut] ** 2).sum(axis=1) - 2 * rows[cut:] @ rows[:cut].T
guess = labels[:cut][distance.argmin(axis=1)]
print(f"nearest neighbour {(guess == labels[cut:]).mean():.2f}")

# %% [markdown] lang="zh"
# 三个都降了。该向别人报告的是这些数字，而不是前面的。
#
# ## 常见错误
#
# **少了通道轴。** 灰度图也有一个通道，`Conv2D` 要四个轴：

# %% [markdown] lang="en"
# All three are lower. These are the figures to report to others, not the ones before.
#
# ## Common mistakes
#
# **No axis for the channels.** A grey image has one channel too; `Conv2D` wants four axes:

# %% tags=["raises-exception"]
cnn.predict(place(x_test)[..., 0])

# %% [markdown] lang="zh"
# **通道放在了前面。** 形状对不上，错误立刻就说：

# %% [markdown] lang="en"
# **Channels first.** The shapes do not fit, and the error says so at once:

# %% tags=["raises-exception"]
cnn.predict(place(x_test).transpose(0, 3, 1, 2))

# %% [markdown] lang="zh"
# **把颜色反过来。** 不报错：训练时纸是 0、墨是 1，别处来的图却常常相反。

# %% [markdown] lang="en"
# **Black and white exchanged.** No error here. In training paper was 0 and ink 1; images from elsewhere often have it the other way.

# %%
accuracy = moved.evaluate(1 - place(x_test), y_test, verbose=0)[1]
print(f"inverted: {accuracy:.2f}")

# %% [markdown] lang="zh"
# ## 接下来
#
# - 把 `GlobalMaxPooling2D` 换成 `Flatten`，中间那幅图会变成什么样？先猜。
# - 去掉 [MaxPooling2D](../pooling/max_pooling2d.md)，“一格不如两格”的图案还在吗？
# - 用 `strides=2` 的卷积代替池化，再看一遍。
# - 转动呢？训练时把图转几度（见[数据生成器](../training/generators.md)），量一量准确率随角度的变化。
# - 想知道这些滤波器在找什么，见[滤波器看见什么](filters.md)。

# %% [markdown] lang="en"
# ## What to try next
#
# - Replace `GlobalMaxPooling2D` by `Flatten`. What will become of the map in the middle? Guess first.
# - Leave out [MaxPooling2D](../pooling/max_pooling2d.md). Is "one is worse than two" still there?
# - Let a convolution with `strides=2` stand in for the pooling, and look again.
# - And turning? Turn the training images by a few degrees (see [Generators](../training/generators.md)) and measure the accuracy against the angle.
# - What the filters look for is shown in [What a filter sees](filters.md).

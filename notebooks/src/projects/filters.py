# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 滤波器看见什么
#
# 训练好的卷积网络像一只黑箱：答案对，可是它凭什么？梯度可以倒过来用：权重不动，去改**输入**。这个项目先训练一个小网络认数字，再用三种办法往里看：滤波器最想看到的图案，一个类别最想看到的图，以及一张图里哪些像素左右了答案。每种办法都配一个检验，因为这类图片特别容易让人看见自己想看的东西。
#
# ## 网络

# %% [markdown] lang="en"
# # What a filter sees
#
# A trained convolutional network is a black box: the answer is right, but on what grounds? Gradients can be used the other way round: leave the weights alone and change the **input**. We train a small network to read digits and look into it in three ways: the pattern a filter would most like to see, the image a class would most like to see, and the pixels of a given image that decide its answer. Each comes with a test, for with such pictures it is particularly easy to see what one wishes to see.
#
# ## The network

# %%
import matplotlib.pyplot as plt
import numpy as np
import tensorlearn as tl
from tensorlearn import Model, Sequential, Tensor
from tensorlearn.datasets import digits
from tensorlearn.layers import Activation, Conv2D, Dense, Flatten, MaxPooling2D

(x, y), (x_test, y_test) = digits.load_data()
x, x_test = x[..., None], x_test[..., None]  # (N, 8, 8) -> (N, 8, 8, 1)
print(x.shape, x_test.shape)


# %%
def build():
    tl.set_seed(0)
    model = Sequential()
    model.add(Conv2D(8, 3, padding="same", activation="relu", input_shape=(8, 8, 1)))
    model.add(Conv2D(16, 3, padding="same"))
    model.add(Activation("relu"))
    model.add(MaxPooling2D(2))
    model.add(Flatten())
    model.add(Dense(10))
    model.add(Activation("softmax"))
    adam = tl.optimizers.Adam(0.01)
    model.compile(adam, "sparse_categorical_crossentropy", ["accuracy"])
    return model


model = build()
model.fit(x, y, batch_size=32, epochs=6, verbose=0)
print(f"test accuracy {model.evaluate(x_test, y_test, verbose=0)[1]:.2f}")

# %% [markdown] lang="zh"
# 中间各层的输出，可以各做成一个模型，权重是共用的。第二层的 `relu` 单独成层，这样可以取到它之前的数；`softmax` 之前的十个数叫 logits。两样后面都要用。
#
# ## 第一层：直接看
#
# 第一层的核只有 3×3，直接画出来就行；旁边是它在一个数字上的响应。红是正，蓝是负。

# %% [markdown] lang="en"
# The outputs of the layers inside can be made into models of their own, which share the weights. The `relu` of the second layer is a layer of its own, so that the numbers before it can be had; the ten numbers before `softmax` are called logits. We shall need both.
#
# ## The first layer: just look
#
# The kernels of the first layer are 3×3 and can simply be drawn, with their response to a digit below. Red is positive, blue negative.

# %%
first, second, logits = (Model(model.inputs, model.layers[k].output) for k in (0, 1, 5))
kernels = model.layers[0].get_weights()[0]  # (3, 3, 1, 8)
sample = x_test[y_test == 3][:1]
maps = first.predict(sample)[0]  # (8, 8, 8)

fig, axes = plt.subplots(2, 9, figsize=(8, 2.1))
axes[0, 0].axis("off")
axes[1, 0].imshow(sample[0, ..., 0], cmap="Greys")
for k in range(8):
    limit = np.abs(kernels).max()
    kernel = kernels[:, :, 0, k]
    axes[0, k + 1].imshow(kernel, cmap="RdBu_r", vmin=-limit, vmax=limit)
    axes[1, k + 1].imshow(maps[..., k], cmap="Greys", vmin=0, vmax=maps.max())
for ax in axes.flat:
    ax.set(xticks=[], yticks=[])

# %% [markdown] lang="zh"
# 有的核一侧红一侧蓝，找的是某个方向的边；有的响应遍布整个笔画，有的只在横着或斜着的地方亮。
#
# ## 第二层：对输入做梯度上升
#
# 第二层的核是 3×3×8，看不出名堂。换个问法：**什么样的输入使它最兴奋？** 取它在图中央的那个单元 $a_k(x)$（`relu` 之前的值），从灰色出发，沿梯度改输入：
#
# $$x \leftarrow \mathrm{clip}\!\left(x + \eta\, \frac{\partial a_k / \partial x}{\lVert \partial a_k / \partial x \rVert},\ 0,\ 1\right)$$
#
# `clip` 让它保持为一张图：像素在 0 与 1 之间。十六个滤波器各有一张图，正好凑成一批，一次梯度全部算完：第 $k$ 张图只管第 $k$ 个滤波器。

# %% [markdown] lang="en"
# Some kernels are red on one side and blue on the other and look for an edge in some direction; some responses cover the whole stroke, others light up only where it runs across or aslant.
#
# ## The second layer: climbing along the gradient
#
# The kernels of the second layer are 3×3×8, and looking at them tells nothing. Ask differently: **which input excites the filter most?** Take its unit $a_k(x)$ in the middle of the image (before the `relu`), start from grey, and change the input along the gradient:
#
# $$x \leftarrow \mathrm{clip}\!\left(x + \eta\, \frac{\partial a_k / \partial x}{\lVert \partial a_k / \partial x \rVert},\ 0,\ 1\right)$$
#
# `clip` keeps it an image, with pixels from 0 to 1. There are sixteen filters and an image for each, which makes a batch; one gradient serves them all, since image $k$ matters to filter $k$ only.


# %%
def climb(score, images, steps=40, rate=0.3):
    """Change the images so that the sum of score(images) grows."""
    for _ in range(steps):
        leaf = Tensor(images, requires_grad=True)
        gradient = tl.grad(score(leaf).sum(), leaf)
        length = np.sqrt((gradient**2).sum(axis=(1, 2, 3), keepdims=True))
        images = np.clip(images + rate * gradient / (length + 1e-8), 0, 1)
    return images


grey = np.random.default_rng(0).uniform(0.4, 0.6, (16, 8, 8, 1)).astype("float32")
each = np.arange(16)


def excitement(images):
    return second(images)[each, 4, 4, each]


wanted = climb(excitement, grey)
before, after = excitement(grey).numpy(), excitement(wanted).numpy()
print(f"mean excitement: {before.mean():.1f} before, {after.mean():.1f} after")

# %% [markdown] lang="zh"
# **检验：数据里真有这样的图案吗？** 中央单元只看得见 5×5 的一块（两个 3×3 叠起来）。在训练图里找出使同一个滤波器最兴奋的那一块，放在下面一行对照。

# %% [markdown] lang="en"
# **The test: does the data have such patterns?** The unit in the middle sees a patch of 5×5 (two 3×3 on top of each other). From the training images take the patch that excites the same filter most and put it below for comparison.

# %%
maps = second.predict(x)[:, 2:6, 2:6]  # units whose patch is inside
best = maps.reshape(-1, 16).argmax(axis=0)
image, row, column = np.unravel_index(best, maps.shape[:3])
patches = [x[i, r : r + 5, c : c + 5, 0] for i, r, c in zip(image, row, column)]

fig, axes = plt.subplots(2, 16, figsize=(8, 1.4))
for k in range(16):
    axes[0, k].imshow(wanted[k, 2:7, 2:7, 0], cmap="Greys", vmin=0, vmax=1)
    axes[1, k].imshow(patches[k], cmap="Greys", vmin=0, vmax=1)
    for ax in axes[:, k]:
        ax.set(xticks=[], yticks=[])
axes[0, 0].set_ylabel("climb")
ylabel = axes[1, 0].set_ylabel("data")

# %%
pairs = [(wanted[k, 2:7, 2:7, 0].ravel(), patches[k].ravel()) for k in each]
alike = [np.corrcoef(climbed, found)[0, 1] for climbed, found in pairs]
chance = [np.corrcoef(pairs[k][0], pairs[k - 1][1])[0, 1] for k in each]
print(f"correlation with its own best patch: {np.mean(alike):.1f}")
print(f"with that of another filter:         {np.mean(chance):.1f}")
top = maps.reshape(-1, 16).max(axis=0)
print(f"excitement, climbed over data:       {np.median(after / top):.1f}")

# %% [markdown] lang="zh"
# 上下两行大体相像：一段竖，一个拐角，一条斜线的端点；与别的滤波器的那一块就不相干。梯度上升得到的总比数据里的更极端，这正是“想看到的”与“看到过的”之间的差别。若两行毫不相干，上面那行就不可信。
#
# ## 一个类别想看到什么？
#
# 同样的办法用到最后：让某一类的 logit 尽量大。起点是空白的灰图。

# %% [markdown] lang="en"
# By and large the rows agree: a bit of a vertical, a corner, the end of a slanting stroke; with the patch of another filter there is no agreement. What climbing finds is always more extreme than anything in the data, and that is precisely the difference between wishing to see and having seen. Were the rows unrelated, the upper one could not be trusted.
#
# ## What would a class like to see?
#
# The same method at the very end: make the logit of a class as large as possible, starting from grey.

# %%
ten = np.arange(10)
dream = climb(lambda images: logits(images)[ten, ten], grey[:10], steps=60)
start = np.stack([x[y == k].mean(axis=0) for k in ten])
gentle = climb(lambda images: logits(images)[ten, ten], start, steps=20, rate=0.1)

fig, axes = plt.subplots(2, 10, figsize=(8, 1.9))
for k in ten:
    for ax, picture in zip(axes[:, k], (dream[k], gentle[k])):
        p = model.predict(picture[None])[0, k]
        ax.imshow(picture[..., 0], cmap="Greys", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
        ax.set_xlabel(f"{p:.2f}", fontsize=7)
    axes[0, k].set_title(k)

# %% [markdown] lang="zh"
# 图下的数是网络给这个类别的概率。上面一行从灰图出发，概率差不多都是 1；有的还留着一点影子，有的谁也认不出来，网络却一样有把握。下面一行从各类的平均图出发，只走几小步，还看得出是什么。
#
# **所以，网络的十足把握不说明图里真有那个数字。** 它学的是“怎样把十类分开”，不是“数字长什么样”；离数据很远的地方，它的回答没有依据。
#
# ## 哪些像素左右了答案？
#
# 显著图：答案那一类的 logit 对每个像素的导数，取绝对值，$\left|\partial z_c / \partial x\right|$。它说的是：这个像素动一点点，答案的得分变多少。

# %% [markdown] lang="en"
# Below each image is the probability that the network gives it. In the upper row, which started from grey, that is about 1 throughout; some keep a shadow of the digit and some nobody would recognise, and the network is equally sure of them all. The lower row starts from the mean of each class and takes a few small steps; one can still see what it is.
#
# **The network's certainty does not tell us that the digit is there.** It has learnt how to keep ten classes apart, not what digits look like; far away from the data its answers are unfounded.
#
# ## Which pixels decide?
#
# Saliency: the derivative of the answer's logit with respect to every pixel, without its sign, $\left|\partial z_c / \partial x\right|$. It says how much the score of the answer changes if the pixel changes a little.


# %%
def saliency(logits, images, classes):
    leaf = Tensor(images, requires_grad=True)
    chosen = logits(leaf)[np.arange(len(images)), classes]
    return np.abs(tl.grad(chosen.sum(), leaf))[..., 0]


def occlusion(logits, images, classes):
    """How much the score falls when a pixel is wiped out."""
    rows = np.arange(len(images))
    scores = logits.predict(images)[rows, classes]
    drop = np.zeros(images.shape[:3])
    for i, j in np.ndindex(8, 8):
        wiped = images.copy()
        wiped[:, i, j] = 0
        drop[:, i, j] = scores - logits.predict(wiped)[rows, classes]
    return drop


shown = x_test[:8]
classes = model.predict(shown).argmax(axis=1)
salient, dropped = saliency(logits, shown, classes), occlusion(logits, shown, classes)

# %% [markdown] lang="zh"
# 导数只说“一点点”。另一种问法更实在：把这个像素**擦掉**，得分跌多少（遮挡图）？两种都画，再加一行对照：一个**没有训练过**的网络的显著图。

# %% [markdown] lang="en"
# A derivative speaks of "a little" only. There is a more tangible question: **wipe the pixel out**, and how far does the score fall (occlusion)? Both are drawn, and a control below: the saliency of a network that was **never trained**.

# %%
blank = build()
untrained = saliency(Model(blank.inputs, blank.layers[5].output), shown, classes)

fig, axes = plt.subplots(4, 8, figsize=(7, 3.6))
for k in range(8):
    limit = np.abs(dropped[k]).max()
    axes[0, k].imshow(shown[k, ..., 0], cmap="Greys")
    axes[1, k].imshow(salient[k], cmap="magma")
    axes[2, k].imshow(dropped[k], cmap="RdBu_r", vmin=-limit, vmax=limit)
    axes[3, k].imshow(untrained[k], cmap="magma")
    for ax, name in zip(axes[:, k], ("image", "saliency", "occlusion", "untrained")):
        ax.set(xticks=[], yticks=[])
        ax.set_ylabel(name if k == 0 else "", fontsize=7)


# %%
def agree(a, b):
    """Mean over the images of the correlation of two maps."""
    return np.mean([np.corrcoef(p.ravel(), q.ravel())[0, 1] for p, q in zip(a, b)])


many, answers = x_test[:200], model.predict(x_test[:200]).argmax(axis=1)
maps = saliency(logits, many, answers)
print(
    f"saliency and occlusion: {agree(maps, np.abs(occlusion(logits, many, answers))):.1f}"
)
control = saliency(Model(blank.inputs, blank.layers[5].output), many, answers)
print(f"saliency and untrained: {agree(maps, control):.1f}")

# %% [markdown] lang="zh"
# 显著图与遮挡图有关，但远不是一回事：空白处的像素擦不掉什么，导数却可以很大（“这里若有墨，就不是 7 了”）。未经训练的网络也能画出像模像样的显著图，光看“图案好看、落在笔画附近”不能证明任何事。这里与它几乎无关，说明我们看到的确实来自训练。
#
# ## 常见错误
#
# **对普通数组求导。** 要的是会记录来历的 `Tensor`：

# %% [markdown] lang="en"
# Saliency and occlusion are related but far from the same thing: nothing can be wiped out where there is no ink, and still the derivative may be large there ("with ink here it would not be a 7"). A network without training draws respectable saliency maps too, so a pretty pattern near the strokes proves nothing by itself. Ours has next to nothing to do with that control; what we see does come from training.
#
# ## Common mistakes
#
# **The derivative with respect to a plain array.** It takes a `Tensor`, which keeps record:

# %% tags=["raises-exception"]
tl.grad(logits(shown).sum(), shown)

# %% [markdown] lang="zh"
# **用 `predict` 算得分。** 它给出普通数组，没有来历可追：

# %% [markdown] lang="en"
# **The score from `predict`.** That is a plain array, without a past:

# %% tags=["raises-exception"]
leaf = Tensor(shown, requires_grad=True)
tl.grad(model.predict(shown).sum(), leaf)

# %% [markdown] lang="zh"
# **对 `softmax` 之后的概率求导。** 这不报错。可是概率接近 1 时，`softmax` 是平的：答案越有把握，导数越小，图上剩下的往往只是噪声。所以上面用的是 logits。

# %% [markdown] lang="en"
# **The derivative of the probability behind the `softmax`.** Nothing is raised. But where the probability is close to 1, `softmax` is flat: the surer the answer the smaller the derivative, and what remains in the picture is often noise. That is why we used the logits.

# %%
sure = model.predict(many).max(axis=1)
behind = saliency(model, many, answers).max(axis=(1, 2))
for k in np.argsort(sure)[[0, -1]]:
    print(f"p = {sure[k]:.2f}: logit {maps[k].max():.0f}, probability {behind[k]:.0e}")

# %% [markdown] lang="zh"
# **从 `relu` 的死区出发。** 也不报错。`relu` 之后的值若起点就是 0，那里的梯度也是 0，爬多少步都在原地。数一数有几个滤波器动弹不得：

# %% [markdown] lang="en"
# **Starting where the `relu` is dead.** No error here either. If the value behind the `relu` is 0 at the start, so is the gradient, and no number of steps will take you anywhere. How many filters cannot move?

# %%
rectified = Model(model.inputs, model.layers[2].output)
stuck = climb(lambda images: rectified(images)[each, 4, 4, each], grey)
unmoved = np.abs(stuck - grey).max(axis=(1, 2, 3)) == 0
print(unmoved.sum(), "of 16 filters")

# %% [markdown] lang="zh"
# ## 接下来
#
# - 从同一张测试图出发，一边朝别的类别爬，一边尽量少改像素：改动多小就能骗过它？（这叫对抗样本。）
# - 对有噪声的同一张图求二十次显著图再平均（SmoothGrad），它与遮挡图更接近吗？
# - 把第二层换成 [MaxPooling2D](../pooling/max_pooling2d.md) 之后的卷积，感受野变成多大？改写“检验”那一格。
# - 用[卷积网络](digits_cnn.md)那个项目里移动过的图来训练，滤波器会不同吗？

# %% [markdown] lang="en"
# ## What to try next
#
# - Start from a test image and climb towards another class while changing as little as possible. How small a change will fool it? (This is called an adversarial example.)
# - Take the saliency of one image with twenty different noises and average (SmoothGrad). Does it come closer to occlusion?
# - Put the second convolution behind a [MaxPooling2D](../pooling/max_pooling2d.md). How large is its receptive field now? Rewrite the cell with the test.
# - Train on the moved images of the project [with a convolutional network](digits_cnn.md). Are the filters different?

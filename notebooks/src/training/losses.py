# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 损失函数
#
# 损失把“错得有多离谱”变成一个数，训练就是让它变小。读完这一页，你能为一个任务选对损失，看懂每个公式的梯度在推什么，也能写自己的损失。
#
# ## 一个样本一个数
#
# 损失是两个参数的函数：`loss(y_true, y_pred)`，最后一个轴消失，每个样本留下一个数：
#
# $$(N, D),\ (N, D) \to (N,)$$

# %% [markdown] lang="en"
# # Losses
#
# A loss turns "how wrong is it?" into a number, and training makes that number smaller. After this page you can pick the right loss for a task, see from its gradient what each formula pushes at, and write losses of your own.
#
# ## One number per sample
#
# A loss is a function of two arguments, `loss(y_true, y_pred)`; the last axis disappears and a number per sample is left:
#
# $$(N, D),\ (N, D) \to (N,)$$

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn import Tensor, grad, losses

y_true = np.array([[0.0, 1.0], [1.0, 3.0]])
y_pred = np.array([[0.5, 1.0], [2.0, 1.0]])
print(losses.mean_squared_error(y_true, y_pred))  # (0.25 + 0) / 2, (1 + 4) / 2
print(losses.get("mae")(y_true, y_pred))

# %% [markdown] lang="zh"
# 对样本求平均，是训练循环的事，因为那里还有样本权重和掩码要算进去。最后的总损失是
#
# $$L = \sum_{\text{out}} c_{\text{out}} \cdot \operatorname{mean}_n\, w_n\, \ell(y_n, \hat y_n) \;+\; \text{penalties}$$
#
# $c$ 是 `loss_weights`，$w_n$ 是 `sample_weight`（或由 `class_weight` 而来），最后一项来自[正则化](../training/regularizers.md)。
#
# ## 看一看
#
# 左边是回归：横轴是误差。中间是二分类：真实标签为 1，横轴是预测的概率。右边是间隔类损失：横轴是 $y\hat y$，标签为 $\pm 1$。

# %% [markdown] lang="en"
# The mean over samples is left to the training loop, since that is where sample weights and masks come in. The total in the end is
#
# $$L = \sum_{\text{out}} c_{\text{out}} \cdot \operatorname{mean}_n\, w_n\, \ell(y_n, \hat y_n) \;+\; \text{penalties}$$
#
# with `loss_weights` for $c$, `sample_weight` (or what follows from `class_weight`) for $w_n$, and [regularizers](../training/regularizers.md) for the last term.
#
# ## A picture
#
# Left, regression, over the error. In the middle two classes, over the predicted probability, where the right answer is 1. Right the margin losses, over $y\hat y$ for labels $\pm 1$.

# %%
import matplotlib.pyplot as plt

e, p = np.linspace(-3, 3, 121)[:, None], np.linspace(0.001, 1, 200)[:, None]
panels = [
    ("error", e, np.zeros_like(e), ["mse", "mae", "logcosh"]),
    (
        "probability of the right class",
        p,
        np.ones_like(p),
        ["binary_crossentropy", "mse"],
    ),
    ("margin", e, np.ones_like(e), ["hinge", "squared_hinge"]),
]
fig, axes = plt.subplots(1, 3, figsize=(8, 2.6))
for ax, (title, at, wanted, names) in zip(axes, panels):
    for name in names:
        ax.plot(at, losses.get(name)(wanted, at), label=name)
    ax.set(xlabel=title, ylim=(0, 5))
    ax.legend(fontsize=7)
    ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# 看斜率，那才是训练感觉到的东西。`mse` 的斜率与误差成正比，一个离群点就能拖走整条直线；`mae` 的斜率处处为 $\pm 1$，不怕离群点，但在谷底也不减速；`logcosh` 近处像前者，远处像后者。`hinge` 在间隔超过 1 以后完全不再推。
#
# ## 十四个公式
#
# | 名字 | 每个样本的值 | 目标 |
# |---|---|---|
# | `mean_squared_error`，`mse` | $\operatorname{mean}\,(\hat y - y)^2$ | 实数 |
# | `mean_absolute_error`，`mae` | $\operatorname{mean}\,\lvert \hat y - y \rvert$ | 实数 |
# | `mean_absolute_percentage_error`，`mape` | $100 \operatorname{mean}\,\lvert \hat y - y \rvert / \lvert y \rvert$ | 远离 0 的实数 |
# | `mean_squared_logarithmic_error`，`msle` | $\operatorname{mean}\,(\log(1 + \hat y) - \log(1 + y))^2$ | 非负数 |
# | `logcosh` | $\operatorname{mean} \log\cosh(\hat y - y)$ | 实数 |
# | `cosine_proximity` | $-\cos\angle(y, \hat y)$ | 方向 |
# | `poisson` | $\operatorname{mean}\,(\hat y - y \log \hat y)$ | 计数 |
# | `hinge` | $\operatorname{mean} \max(1 - y\hat y, 0)$ | $\pm 1$ |
# | `squared_hinge` | $\operatorname{mean} \max(1 - y\hat y, 0)^2$ | $\pm 1$ |
# | `categorical_hinge` | $\max(\max_{\text{wrong}} \hat y - \hat y_{\text{right}} + 1,\ 0)$ | 独热 |
# | `binary_crossentropy` | $-\operatorname{mean}\,[y \log \hat y + (1 - y) \log (1 - \hat y)]$ | 0 到 1 |
# | `categorical_crossentropy` | $-\sum_c y_c \log \hat y_c$ | 独热 |
# | `sparse_categorical_crossentropy` | $-\log \hat y_y$ | 类别编号 |
# | `kullback_leibler_divergence`，`kld` | $\sum_c y_c \log (y_c / \hat y_c)$ | 概率分布 |
#
# ## 为什么分类用交叉熵
#
# 设 $\hat y = \sigma(z)$，真实标签 $y = 1$，而网络错得很有把握，$z = -8$。两个损失往回传给 $z$ 的梯度分别是
#
# $$\text{mse}:\ 2(\hat y - y)\,\hat y (1 - \hat y) \qquad \text{crossentropy}:\ \hat y - y$$
#
# 前者多出一个因子 $\hat y (1 - \hat y)$，在 $z = -8$ 处只有万分之三：网络明知错了，却几乎不改。

# %% [markdown] lang="en"
# Look at the slopes: they are what training feels. That of `mse` grows with the error, and a single outlier can pull a whole line its way; that of `mae` is $\pm 1$ everywhere, unmoved by outliers but no slower near the bottom; `logcosh` is like the first close by and like the second far out. `hinge` stops pushing altogether once the margin is above 1.
#
# ## Fourteen formulas
#
# | name | value for a sample | targets |
# |---|---|---|
# | `mean_squared_error`, `mse` | $\operatorname{mean}\,(\hat y - y)^2$ | real numbers |
# | `mean_absolute_error`, `mae` | $\operatorname{mean}\,\lvert \hat y - y \rvert$ | real numbers |
# | `mean_absolute_percentage_error`, `mape` | $100 \operatorname{mean}\,\lvert \hat y - y \rvert / \lvert y \rvert$ | numbers well away from 0 |
# | `mean_squared_logarithmic_error`, `msle` | $\operatorname{mean}\,(\log(1 + \hat y) - \log(1 + y))^2$ | numbers from 0 up |
# | `logcosh` | $\operatorname{mean} \log\cosh(\hat y - y)$ | real numbers |
# | `cosine_proximity` | $-\cos\angle(y, \hat y)$ | directions |
# | `poisson` | $\operatorname{mean}\,(\hat y - y \log \hat y)$ | counts |
# | `hinge` | $\operatorname{mean} \max(1 - y\hat y, 0)$ | $\pm 1$ |
# | `squared_hinge` | $\operatorname{mean} \max(1 - y\hat y, 0)^2$ | $\pm 1$ |
# | `categorical_hinge` | $\max(\max_{\text{wrong}} \hat y - \hat y_{\text{right}} + 1,\ 0)$ | one-hot |
# | `binary_crossentropy` | $-\operatorname{mean}\,[y \log \hat y + (1 - y) \log (1 - \hat y)]$ | 0 to 1 |
# | `categorical_crossentropy` | $-\sum_c y_c \log \hat y_c$ | one-hot |
# | `sparse_categorical_crossentropy` | $-\log \hat y_y$ | class numbers |
# | `kullback_leibler_divergence`, `kld` | $\sum_c y_c \log (y_c / \hat y_c)$ | distributions |
#
# ## Why classes want crossentropy
#
# Let $\hat y = \sigma(z)$, the label $y = 1$, and the network be wrong and sure of it, $z = -8$. The gradients that reach $z$ are
#
# $$\text{mse}:\ 2(\hat y - y)\,\hat y (1 - \hat y) \qquad \text{crossentropy}:\ \hat y - y$$
#
# The first has an extra factor $\hat y (1 - \hat y)$, which at $z = -8$ is three ten-thousandths: the network is as wrong as can be and hardly moves.

# %%
for z in (-2.0, -8.0, -15.0, -20.0):
    slopes = []
    for name in ("mse", "binary_crossentropy"):
        logit = Tensor([[z]], requires_grad=True)
        loss = losses.get(name)(np.array([[1.0]]), tl.activations.sigmoid(logit))
        slopes.append(float(grad(loss.sum(), logit)[0, 0]))
    print(
        f"z = {z:5}: slopes {slopes[0]:.2e} {slopes[1]:.6f}, loss {float(loss.sum()):.3f}"
    )

# %% [markdown] lang="zh"
# 最后一行又给人一个意外：在 $z = -20$ 处，交叉熵的梯度也成了 0。概率在取对数之前被限制在 $[10^{-7}, 1 - 10^{-7}]$ 里，这是 Keras 的规定，所以一个样本的损失不会超过 $-\log 10^{-7} \approx 16.118$，越过这条线，就再也推不动了。看到损失恰好停在 16.118，就是所有样本都走到了线外：学习率太大，或标签错了。
#
# `softmax` 与 `categorical_crossentropy` 配在一起，往回的梯度同样干净，就是 $\hat y - y$：

# %% [markdown] lang="en"
# The last line holds another surprise: at $z = -20$ the gradient of the crossentropy is 0 as well. Before the logarithm is taken, probabilities are kept within $[10^{-7}, 1 - 10^{-7}]$; that is Keras's rule, and so the loss of a sample never exceeds $-\log 10^{-7} \approx 16.118$, and beyond that line nothing pushes any more. If you see a loss that sits at exactly 16.118, all samples have crossed it: the learning rate is too large, or the labels are wrong.
#
# `softmax` together with `categorical_crossentropy` gives just as clean a gradient, $\hat y - y$:

# %%
logits = Tensor([[2.0, 1.0, -1.0]], requires_grad=True)
chances = tl.activations.softmax(logits)
target = np.array([[0.0, 1.0, 0.0]])
g = grad(losses.categorical_crossentropy(target, chances).sum(), logits)
print(g.round(4), (chances.numpy() - target).round(4))

# %% [markdown] lang="zh"
# ## 权重：哪些样本更要紧
#
# `sample_weight` 让某些样本多算几份。平均时除以**权重不为零的样本数**，而不是权重之和，这也是 Keras 的规矩。手算：误差的平方是 $1, 4, 9, 16$，权重是 $2, 1, 0, 0$，得 $(2 \cdot 1 + 1 \cdot 4) / 2 = 3$。

# %% [markdown] lang="en"
# ## Weights: which samples matter more
#
# `sample_weight` makes some samples count more than once. The mean divides by the **number of samples whose weight is not zero**, not by the sum of the weights; that, too, is Keras's way. By hand: squared errors $1, 4, 9, 16$ with weights $2, 1, 0, 0$ give $(2 \cdot 1 + 1 \cdot 4) / 2 = 3$.

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Dense

model = Sequential([Dense(1, kernel_initializer="zeros", input_shape=(2,))])
model.compile("sgd", "mse")
x, y = np.zeros((4, 2)), np.array([1.0, 2.0, 3.0, 4.0])
model.test_on_batch(x, y, sample_weight=np.array([2.0, 1.0, 0.0, 0.0]))

# %% [markdown] lang="zh"
# 类别不均衡时，用 `fit(class_weight={0: 1.0, 1: 5.0})`：它只是按类别查表得到 `sample_weight`。几个输出各有损失时，`compile(loss={"a": "mse", "b": "mae"}, loss_weights={"a": 1.0, "b": 0.2})`。
#
# ## 写一个自己的损失
#
# 用 `tensorlearn.ops` 写的任何函数都行，梯度自动就有。分位数损失：低估与高估的代价不同，预测的就不再是平均，而是分位数。

# %% [markdown] lang="en"
# For classes out of balance there is `fit(class_weight={0: 1.0, 1: 5.0})`, which just looks up `sample_weight` by class. If there are several outputs with losses of their own, `compile(loss={"a": "mse", "b": "mae"}, loss_weights={"a": 1.0, "b": 0.2})`.
#
# ## A loss of your own
#
# Any function written with `tensorlearn.ops` will do; its gradient comes by itself. The quantile loss charges different prices for too little and too much, and what is predicted is no longer the mean but a quantile.

# %%
from tensorlearn import ops


def quantile(q):
    def loss(y_true, y_pred):
        e = y_true - y_pred
        return ops.reduce_mean(ops.maximum(q * e, (q - 1) * e), axis=-1)

    return loss


# %%
rng = np.random.default_rng(0)
x = rng.uniform(0, 3, (400, 1))
y = np.sin(2 * x) + rng.normal(size=x.shape) * (0.1 + 0.3 * x)
grid = np.linspace(0, 3, 50)[:, None]
fig, ax = plt.subplots(figsize=(6, 2.6))
ax.plot(x, y, ".", ms=2, color="0.6")
for q in (0.1, 0.5, 0.9):
    tl.set_seed(0)
    net = Sequential([Dense(16, activation="tanh", input_shape=(1,)), Dense(1)])
    net.compile(tl.optimizers.Adam(0.05), quantile(q))
    net.fit(x, y, batch_size=80, epochs=100, verbose=0)
    ax.plot(grid, net.predict(grid), label=f"q = {q}")
ax.legend(loc="lower left")
ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# ## 常见错误
#
# **名字差一个字。**

# %% [markdown] lang="en"
# ## Common mistakes
#
# **Almost the right name.**

# %% tags=["raises-exception"]
model.compile("sgd", "mean_square_error")

# %% [markdown] lang="zh"
# **类别编号超出范围。** 十个单元只认 0 到 9：

# %% [markdown] lang="en"
# **A class number out of range.** Ten units know 0 to 9:

# %% tags=["raises-exception"]
net = Sequential([Dense(10, activation="softmax", input_shape=(2,))])
net.compile("sgd", "sparse_categorical_crossentropy")
net.fit(np.zeros((4, 2)), np.array([1, 2, 9, 10]), verbose=0)

# %% [markdown] lang="zh"
# **自己的损失忘了返回值。**

# %% [markdown] lang="en"
# **A loss of your own that returns nothing.**


# %% tags=["raises-exception"]
def squares(y_true, y_pred):
    ops.reduce_mean(ops.square(y_true - y_pred), axis=-1)


net.compile("sgd", squares)
net.fit(np.zeros((4, 2)), np.zeros((4, 10)), verbose=0)

# %% [markdown] lang="zh"
# **目标为 0 时用 `mape`。** 这不报错，但分母最小只取 $10^{-7}$，一个零就能让损失上亿：

# %% [markdown] lang="en"
# **`mape` where targets are 0.** Nothing is raised, but the denominator is no smaller than $10^{-7}$, and a single zero makes a loss in the hundreds of millions:

# %%
float(losses.mape(np.array([0.0, 2.0]), np.array([1.0, 2.0])))

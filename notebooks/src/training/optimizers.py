# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 优化器
#
# 反向传播只回答“往哪边走”，优化器回答“走多远”。读完这一页，你会看懂每一种优化器的公式和轨迹，会选学习率、让它随步数变化，也会用十行代码写一个自己的优化器。
#
# ## 一步
#
# 最简单的规则是**梯度下降**：每个权重都朝着梯度的反方向走一小步，
#
# $$w \leftarrow w - \eta\, g$$
#
# 其中 $\eta$ 是学习率，参数名叫 `lr`。优化器只需要参数和梯度，不需要模型：

# %% [markdown] lang="en"
# # Optimizers
#
# Backpropagation only says which way to go; how far is the optimizer's business. After this page you can read the formula and the trajectory of each of them, choose a learning rate and let it change with the steps, and write an optimizer of your own in ten lines.
#
# ## One step
#
# The simplest rule is **gradient descent**: every weight takes a small step against its gradient,
#
# $$w \leftarrow w - \eta\, g$$
#
# where $\eta$ is the learning rate, an argument called `lr`. An optimizer needs parameters and gradients; it needs no model:

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn import Parameter, grad
from tensorlearn.optimizers import SGD, Adagrad, Adadelta, Adam, Nadam, RMSprop


def valley(p):
    return 0.5 * (p[0] ** 2 + 25 * p[1] ** 2)


p = Parameter(np.array([-4.0, 1.0]))
sgd = SGD(lr=0.07)
for _ in range(3):
    g = grad(valley(p), p)
    sgd.apply([g], [p])
    print("gradient", g, "-> p", p.data.round(4))

# %% [markdown] lang="zh"
# 手算第一步：梯度是 $(x, 25y) = (-4, 25)$，于是 $x = -4 + 0.07 \cdot 4 = -3.72$，$y = 1 - 0.07 \cdot 25 = -0.75$。注意 $y$ 一步就跨到了山谷的另一边。
#
# 在模型里，优化器交给 `compile`。写名字就用默认的参数，写对象就可以自己定：

# %% [markdown] lang="en"
# The first step by hand: the gradient is $(x, 25y) = (-4, 25)$, so $x = -4 + 0.07 \cdot 4 = -3.72$ and $y = 1 - 0.07 \cdot 25 = -0.75$. Note that $y$ went across to the other side of the valley.
#
# In a model the optimizer is given to `compile`: by name with its defaults, or as an object with values of your own:

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Dense

model = Sequential([Dense(10, activation="softmax", input_shape=(64,))])
model.compile("sgd", "categorical_crossentropy")
model.compile(SGD(lr=0.1, momentum=0.9, nesterov=True), "categorical_crossentropy")
print(model.optimizer)

# %% [markdown] lang="zh"
# ## 看一看：八条路
#
# 上面的 $f(x, y) = \tfrac12 (x^2 + 25 y^2)$ 是一道狭长的山谷，横着陡，竖着缓；神经网络的损失几乎处处都是这样。八种优化器从同一点出发，各走四十步：

# %% [markdown] lang="en"
# ## A picture: eight paths
#
# The function above, $f(x, y) = \tfrac12 (x^2 + 25 y^2)$, is a narrow valley, steep across and flat along; the loss of a neural network looks like that nearly everywhere. Eight optimizers start from the same point and take forty steps each:

# %%
import matplotlib.pyplot as plt


def walk(optimizer, steps=40):
    p = Parameter(np.array([-4.0, 1.0]))
    path = [p.data.copy()]
    for _ in range(steps):
        optimizer.apply([grad(valley(p), p)], [p])
        path.append(p.data.copy())
    return np.array(path).T


# %%
momentum, nesterov = SGD(0.02, momentum=0.8), SGD(0.02, momentum=0.8, nesterov=True)
walkers = [SGD(0.07), momentum, nesterov, Adagrad(0.5)]
walkers += [RMSprop(0.15), Adadelta(), Adam(0.3), Nadam(0.3)]
titles = [
    "SGD",
    "momentum",
    "nesterov",
    "Adagrad",
    "RMSprop",
    "Adadelta",
    "Adam",
    "Nadam",
]
X, Y = np.meshgrid(np.linspace(-4.5, 1.5, 80), np.linspace(-1.3, 1.3, 80))
fig, axes = plt.subplots(2, 4, figsize=(8, 3.6), sharex=True, sharey=True)
for ax, optimizer, title in zip(axes.flat, walkers, titles):
    ax.contour(X, Y, valley((X, Y)), levels=8, colors="0.8", linewidths=0.6)
    ax.plot(*walk(optimizer), ".-", ms=3, lw=0.8, color="C3")
    ax.plot(0, 0, "k+")
    ax.set_title(title)

# %% [markdown] lang="zh"
# - **SGD** 横向来回弹跳，纵向慢慢挪。
# - **momentum**（动量）像滚下去的球：来回的部分互相抵消，一致的部分越积越快，有时会冲过头。**nesterov** 先按惯性看一眼前方，刹车更早。
# - **Adagrad**、**RMSprop**、**Adam**、**Nadam** 给每个权重一个自己的步长：出发时横竖两个方向走得一样快，路是一条 45 度的斜线，不再来回弹跳。Adam 还带着惯性，会绕一个小圈再回来。
# - **Adadelta** 的步长来自它自己走过的路，出发时几乎为零：四十步还没离开起点。
#
# ## 公式
#
# 记 $g$ 为梯度，以下各式对每个权重分别计算：
#
# | 名字 | 默认 `lr` | 规则 |
# |---|---|---|
# | `SGD` | 0.01 | $v \leftarrow \mu v - \eta g,\quad w \leftarrow w + v$ |
# | `SGD(nesterov=True)` | 0.01 | $v \leftarrow \mu v - \eta g,\quad w \leftarrow w + \mu v - \eta g$ |
# | `Adagrad` | 0.01 | $a \leftarrow a + g^2,\quad w \leftarrow w - \eta g / (\sqrt a + \epsilon)$ |
# | `RMSprop` | 0.001 | $a \leftarrow \rho a + (1 - \rho) g^2,\quad w \leftarrow w - \eta g / (\sqrt a + \epsilon)$ |
# | `Adadelta` | 1.0 | $u = g \sqrt{d + \epsilon} / \sqrt{a + \epsilon},\quad d \leftarrow \rho d + (1 - \rho) u^2,\quad w \leftarrow w - \eta u$ |
# | `Adam` | 0.001 | $m \leftarrow \beta_1 m + (1 - \beta_1) g,\quad v \leftarrow \beta_2 v + (1 - \beta_2) g^2,\quad w \leftarrow w - \eta_t m / (\sqrt v + \epsilon)$ |
# | `Adamax` | 0.002 | $u \leftarrow \max(\beta_2 u, \lvert g \rvert),\quad w \leftarrow w - \frac{\eta}{1 - \beta_1^t}\, m / (u + \epsilon)$ |
# | `Nadam` | 0.002 | Adam，再像 `nesterov` 那样往前看一步 |
# | `AdamW` | 0.001 | Adam，另外 $w \leftarrow (1 - \eta \lambda) w$ |
#
# Adam 里的 $\eta_t = \eta \sqrt{1 - \beta_2^t} / (1 - \beta_1^t)$ 是为了抵消 $m$、$v$ 从 0 开始造成的偏差。它带来一个出人意料的结果：第一步的长度几乎恰好是 `lr`，梯度是千分之一还是一千都一样：

# %% [markdown] lang="en"
# - **SGD** bounces from side to side and creeps along.
# - **momentum** is a ball rolling down: what goes back and forth cancels, what keeps its direction adds up, sometimes beyond the goal. **nesterov** first looks where the swing would lead and brakes earlier.
# - **Adagrad**, **RMSprop**, **Adam** and **Nadam** give every weight a step of its own: at first both directions go equally fast, the path leaves at 45 degrees, and there is no bouncing. Adam has momentum besides, and comes back in a small loop.
# - **Adadelta** takes the length of its steps from the way it has already come, which is almost nothing at first: after forty steps it has hardly left.
#
# ## Formulas
#
# With $g$ for the gradient, and everything computed for each weight on its own:
#
# | name | default `lr` | rule |
# |---|---|---|
# | `SGD` | 0.01 | $v \leftarrow \mu v - \eta g,\quad w \leftarrow w + v$ |
# | `SGD(nesterov=True)` | 0.01 | $v \leftarrow \mu v - \eta g,\quad w \leftarrow w + \mu v - \eta g$ |
# | `Adagrad` | 0.01 | $a \leftarrow a + g^2,\quad w \leftarrow w - \eta g / (\sqrt a + \epsilon)$ |
# | `RMSprop` | 0.001 | $a \leftarrow \rho a + (1 - \rho) g^2,\quad w \leftarrow w - \eta g / (\sqrt a + \epsilon)$ |
# | `Adadelta` | 1.0 | $u = g \sqrt{d + \epsilon} / \sqrt{a + \epsilon},\quad d \leftarrow \rho d + (1 - \rho) u^2,\quad w \leftarrow w - \eta u$ |
# | `Adam` | 0.001 | $m \leftarrow \beta_1 m + (1 - \beta_1) g,\quad v \leftarrow \beta_2 v + (1 - \beta_2) g^2,\quad w \leftarrow w - \eta_t m / (\sqrt v + \epsilon)$ |
# | `Adamax` | 0.002 | $u \leftarrow \max(\beta_2 u, \lvert g \rvert),\quad w \leftarrow w - \frac{\eta}{1 - \beta_1^t}\, m / (u + \epsilon)$ |
# | `Nadam` | 0.002 | Adam, looking one step ahead as `nesterov` does |
# | `AdamW` | 0.001 | Adam, and besides $w \leftarrow (1 - \eta \lambda) w$ |
#
# In Adam, $\eta_t = \eta \sqrt{1 - \beta_2^t} / (1 - \beta_1^t)$ makes up for $m$ and $v$ having started from 0. It has a surprising consequence: the first step is almost exactly as long as `lr`, whether the gradient is a thousandth or a thousand:

# %%
for size in (1e-3, 1.0, 1e3):
    p = Parameter(np.array([0.0]))
    Adam(lr=0.01).apply([np.array([size])], [p])
    print(f"gradient {size:g}: step {p.data[0]:.5f}")

# %% [markdown] lang="zh"
# 所以 Adam 的 `lr` 可以读作“一步最多走多远”；SGD 的 `lr` 却要看梯度的尺度，换一个损失就得重调。
#
# ## 学习率的上限
#
# 对二次函数，SGD 的极限能精确算出来。沿曲率为 $\lambda$ 的方向，每一步 $w \leftarrow (1 - \eta \lambda) w$，只有 $\lvert 1 - \eta\lambda \rvert < 1$ 才会收敛，即 $\eta < 2/\lambda$。山谷里最陡的方向 $\lambda = 25$，上限就是 $0.08$：

# %% [markdown] lang="en"
# So the `lr` of Adam reads as "how far to go at most", while that of SGD depends on the scale of the gradients and has to be tuned anew for every loss.
#
# ## How large may the learning rate be?
#
# For a quadratic function the limit of SGD can be told exactly. In a direction of curvature $\lambda$ every step is $w \leftarrow (1 - \eta \lambda) w$, which converges only if $\lvert 1 - \eta\lambda \rvert < 1$, that is $\eta < 2/\lambda$. The steepest direction of the valley has $\lambda = 25$, so the limit is $0.08$:

# %%
for lr in (0.07, 0.079, 0.08, 0.081):
    x, y = walk(SGD(lr), steps=200)[:, -1]
    print(f"lr {lr}: y = {y:.3g}")

# %% [markdown] lang="zh"
# 恰好在 $0.08$ 上，$y$ 永远在 $\pm 1$ 之间跳，一步也不缩短。可这时平缓的方向每步只前进百分之八：上限由最陡的方向定，快慢由最缓的方向定，这就是为什么要有动量和各自的步长。
#
# ## 让学习率随步数变化
#
# 开始时步子大，走得快；最后步子小，停得稳。三种办法：
#
# - `lr` 可以是一个**计划**（或任何以步数为参数的函数），每一步之前问它一次；
# - `decay` 是 Keras 自带的一种：第 $t$ 步用 $\eta / (1 + \text{decay} \cdot t)$；
# - 按轮数，或看验证损失来调，用[回调](../training/callbacks.md) `LearningRateScheduler` 与 `ReduceLROnPlateau`。

# %% [markdown] lang="en"
# Exactly at $0.08$, $y$ jumps between $\pm 1$ for ever. And all the while the flat direction advances by eight per cent a step: the steepest direction sets the limit, the flattest sets the pace, and this is what momentum and steps of one's own are for.
#
# ## A learning rate that changes
#
# Large steps to get there, small ones to settle. There are three ways:
#
# - `lr` may be a **schedule** (or any function of the step), which is asked before every step;
# - `decay` is the one that Keras has built in: step $t$ uses $\eta / (1 + \text{decay} \cdot t)$;
# - by the epoch, or by watching the validation loss, with the [callbacks](../training/callbacks.md) `LearningRateScheduler` and `ReduceLROnPlateau`.

# %%
from tensorlearn.optimizers import schedules

plans = {
    "exponential": schedules.ExponentialDecay(0.1, decay_steps=100, decay_rate=0.5),
    "cosine": schedules.CosineDecay(0.1, decay_steps=400),
    "warm-up": schedules.CosineDecay(0.0, 300, warmup_target=0.1, warmup_steps=100),
    "restarts": schedules.CosineDecayRestarts(0.1, first_decay_steps=100),
    "piecewise": schedules.PiecewiseConstant([150, 300], [0.1, 0.03, 0.01]),
    "decay=0.01": lambda step: 0.1 / (1 + 0.01 * step),
}
fig, axes = plt.subplots(2, 3, figsize=(8, 2.8), sharex=True, sharey=True)
for ax, (title, plan) in zip(axes.flat, plans.items()):
    ax.plot([plan(step) for step in range(400)])
    ax.set_title(title)
    ax.grid(alpha=0.3)

# %%
adam = Adam(lr=schedules.CosineDecay(0.01, decay_steps=200))
adam.get_config()["lr"]

# %% [markdown] lang="zh"
# 计划写在配置里，会随模型一起[保存](../training/saving.md)；普通函数则不能保存。任何时候都可以读 `optimizer.lr`，也可以直接赋值。
#
# ## 一样的网络，一样的起点
#
# 在真实数据上比一比。每次都从同样的权重开始，各训练十五轮：

# %% [markdown] lang="en"
# A schedule is part of the configuration and [saved](../training/saving.md) with the model; a plain function is not. `optimizer.lr` may be read, and set, at any time.
#
# ## The same network from the same start
#
# Now on real data. Each starts from the same weights and trains for fifteen epochs:

# %%
from tensorlearn.datasets import digits

(x, y), _ = digits.load_data(flatten=True)
races = {"sgd": 0.1, "adagrad": 0.05, "rmsprop": 0.003, "adam": 0.003, "adadelta": 1.0}
fig, ax = plt.subplots(figsize=(6, 2.8))
for name, lr in races.items():
    tl.set_seed(0)
    net = Sequential([Dense(32, activation="relu", input_shape=(64,))])
    net.add(Dense(10, activation="softmax"))
    net.compile(name, "sparse_categorical_crossentropy")
    net.optimizer.lr = lr
    losses = net.fit(x, y, epochs=15, verbose=0).history["loss"]
    ax.semilogy(losses, label=f"{name}, lr={lr}")
ax.set(xlabel="epoch", ylabel="loss")
ax.legend()
ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# 没有总是最好的一个。常用的起点：先用 `adam`，`lr` 取 0.001；若追求最后一点精度，换成带动量 0.9 的 `SGD` 和余弦计划。
#
# ## 梯度太大时：裁剪
#
# `clipnorm` 限制**所有**梯度合在一起的长度，方向不变；`clipvalue` 逐个元素截断，方向会变。循环网络常用前者。

# %% [markdown] lang="en"
# None of them is always the best. A good start is `adam` with `lr` 0.001; for the last bit of accuracy, `SGD` with momentum 0.9 and a cosine schedule.
#
# ## Gradients that are too large: clipping
#
# `clipnorm` limits the length of **all** gradients taken together and keeps their direction; `clipvalue` cuts element by element, which turns it. Recurrent networks are usually given the first.

# %%
for options in ({"clipnorm": 1.0}, {"clipvalue": 1.0}):
    p = Parameter(np.array([0.0, 0.0]))
    SGD(lr=1.0, **options).apply([np.array([3.0, 0.4])], [p])
    print(options, -p.data.round(3))

# %% [markdown] lang="zh"
# ## 写一个自己的
#
# 一条规则只要声明参数、说明每个权重要记住几个数（`slots`），再写 `update`：把要减去的量写进 `change`。裁剪、衰减、计划、保存都不用管。这是 Lion，只看平均梯度的正负号：

# %% [markdown] lang="en"
# ## Write your own
#
# A rule declares its arguments, says how many numbers to remember for each weight (`slots`), and defines `update`, which writes into `change` what is to be subtracted. Clipping, decay, schedules and saving are taken care of. This is Lion, which goes by nothing but the sign of an averaged gradient:

# %%
from tensorlearn.declare.fields import arg
from tensorlearn.optimizers import Optimizer


class Lion(Optimizer):
    slots = ("m",)
    lr = arg.number(0.001, "how far a step goes", low=0)
    beta_1 = arg.rate(0.9, "how slowly gradients are forgotten, for the step")
    beta_2 = arg.rate(0.99, "how slowly gradients are forgotten, in memory")

    def update(self, g, change, spare, states):
        (m,) = states
        change[...] = self._rate * np.sign(self.beta_1 * m + (1 - self.beta_1) * g)
        m[...] = self.beta_2 * m + (1 - self.beta_2) * g


tl.set_seed(0)
net.set_weights(
    [np.random.default_rng(0).normal(0, 0.1, w.shape) for w in net.get_weights()]
)
net.compile(Lion(lr=0.002), "sparse_categorical_crossentropy", ["accuracy"])
print(net.fit(x, y, epochs=10, verbose=0).history["acc"][-1] > 0.97)

# %% [markdown] lang="zh"
# ## 常见错误
#
# **参数叫 `lr`。** 在 Keras 2.2.4 里它还不叫 `learning_rate`：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **It is called `lr`.** In Keras 2.2.4 it had not become `learning_rate` yet:

# %% tags=["raises-exception"]
SGD(learning_rate=0.1)

# %% [markdown] lang="zh"
# **名字拼错。**

# %% [markdown] lang="en"
# **A name spelt wrong.**

# %% tags=["raises-exception"]
model.compile("rmspropp", "mse")

# %% [markdown] lang="zh"
# **把一个模型的优化器状态交给另一个模型。** 动量是按权重的形状存的：

# %% [markdown] lang="en"
# **The optimizer's state of one model, given to another.** Momentum has the shapes of the weights:

# %% tags=["raises-exception"]
state = net.optimizer.get_weights()
other = Sequential([Dense(3, input_shape=(64,))])
other.compile(Lion(), "mse")
other.fit(x[:32], np.zeros((32, 3)), verbose=0)
other.optimizer.set_weights(state)

# %% [markdown] lang="zh"
# **再 `compile` 一次，状态就没了。** 这不报错：`compile` 里写名字会得到一个全新的优化器，动量和步数都从 0 开始。只想改学习率时，给 `model.optimizer.lr` 赋值就够了。

# %% [markdown] lang="en"
# **Compiling again forgets.** This raises nothing: a name given to `compile` makes a new optimizer, whose momentum and step count start from 0. If all you want is another learning rate, set `model.optimizer.lr`.

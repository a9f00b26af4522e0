# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 12.1 编写自己的层
#
# 现成的层总有不够用的时候。读完这一页，你能写出带权重、带正则项、懂掩码、分得清训练与预测、能保存也能载入的层，并且证明它的梯度没有错。有一样东西不用写：梯度。
#
# !!! note "更正"
#     原文档只说“也可以编写自己的层”，没有讲怎么写。
#
# ## 最小的层
#
# 继承 `Layer`，写一个 `call`，就够了。`call` 收到张量，用张量的运算返回张量：

# %% [markdown] lang="en"
# # 12.1 Writing a layer
#
# Some day no ready-made layer will do. After this page you can write layers that have weights and penalties, respect masks, tell training from prediction, can be saved and loaded, and you can prove their gradients right. One thing you need not write: gradients.
#
# !!! note "Correction"
#     The original document says that one "can write layers of one's own", and does not say how.
#
# ## The smallest layer
#
# Inherit from `Layer`, write `call`, and that is all. `call` gets Tensors and returns Tensors, by operations on Tensors:

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn import Sequential, ops
from tensorlearn.layers import Dense, Layer


class Squash(Layer):
    """x / (1 + |x|), between -1 and 1.   (N, ...) -> (N, ...)"""

    def call(self, x):
        return x / (1 + abs(x))


Squash()(np.array([[-3.0, 0.0, 1.0]]))

# %% [markdown] lang="zh"
# ## 带权重的层
#
# 三个方法各管一件事：
#
# | 方法 | 什么时候调用 | 做什么 |
# |---|---|---|
# | `__init__` | 你写下这一层时 | 记住设定；此时还不知道输入的形状 |
# | `build(input_shape)` | 第一次见到输入时，只一次 | 用 `add_weight` 建立权重 |
# | `call(x)` | 每一次 | 计算 |
#
# 例子：`Dense` 用直线切分平面，我们来写一个用**圆包**的。每个单元有一个中心 $c_u$ 和一个锐度 $s_u$，离中心越近，声音越大：
#
# $$y_{n,u} = \exp\big(-s_u\,\lVert x_n - c_u \rVert^2\big) \qquad (N, D) \to (N, U)$$

# %% [markdown] lang="en"
# ## A layer with weights
#
# Three methods, each with one task:
#
# | method | called | task |
# |---|---|---|
# | `__init__` | when you write the layer down | remember the settings; the input is not known yet |
# | `build(input_shape)` | when it meets its first input, once | make the weights with `add_weight` |
# | `call(x)` | every time | compute |
#
# `Dense` cuts the plane with straight lines. Let us write a layer that puts **round bumps** on it. Every unit has a center $c_u$ and a sharpness $s_u$, and is the louder the nearer the input comes:
#
# $$y_{n,u} = \exp\big(-s_u\,\lVert x_n - c_u \rVert^2\big) \qquad (N, D) \to (N, U)$$


# %%
class Bumps(Layer):
    """exp(-sharpness · |x - center|²).   (N, D) -> (N, units)"""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)  # name, input_shape, ... are Layer's business
        self.units = units

    def build(self, input_shape):
        spread = tl.initializers.RandomUniform(-1, 1)
        shape = (self.units, input_shape[-1])
        self.centers = self.add_weight("centers", shape, initializer=spread)
        self.sharpness = self.add_weight("sharpness", (self.units,), initializer="ones")
        super().build(input_shape)

    def call(self, x):
        away = x[:, None, :] - self.centers  # (N, 1, D) - (U, D) -> (N, U, D)
        return ops.exp(-self.sharpness * (away**2).sum(axis=-1))  # -> (N, U)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.units)


layer = Bumps(3)
print(layer(np.zeros((2, 2))).shape, [w.name for w in layer.weights])

# %% [markdown] lang="zh"
# `add_weight` 除了名字、形状和 `initializer`，还接受 `regularizer`、`constraint` 和 `trainable`。
#
# `compute_output_shape` 可写可不写。不写，模型就用全零的数据试算一次，看看出来什么形状；写了，模型第一次运行时会拿它与真的形状对一对。
#
# ## 检查梯度
#
# 一行就够。第一个参数是层，接着是输入，`parameters` 是要检查的权重：

# %% [markdown] lang="en"
# Besides a name, a shape and an `initializer`, `add_weight` takes a `regularizer`, a `constraint`, and `trainable`.
#
# `compute_output_shape` is optional. Without it a model tries the layer on zeros to see what shape comes out; with it, the rule is held against the real shape when the model first runs.
#
# ## Check the gradient
#
# One line will do: the layer, its input, and as `parameters` the weights to check:

# %%
from tensorlearn.testing import gradcheck

rng = np.random.default_rng(0)
gradcheck(layer, rng.normal(size=(4, 2)), parameters=layer.weights, order=2)

# %% [markdown] lang="zh"
# 不出声就是通过；`order=2` 连二阶导数也查过了。我们一行求导也没写：`call` 里的每个运算都知道自己的导数，合起来就是这一层的导数。
#
# ## 看一看
#
# 圆盘里外各是一类。三个圆包对三条直线，权重一样多：

# %% [markdown] lang="en"
# Silence means that all is well; `order=2` has looked at the second derivatives, too. We did not write a line of calculus: every operation in `call` knows its derivative, and together they make that of the layer.
#
# ## A picture
#
# Inside the disc is one class, outside the other. Three bumps against three lines, with equally many weights:

# %%
import matplotlib.pyplot as plt

points = rng.uniform(-1, 1, (256, 2))
inside = (np.hypot(*points.T) < 0.7).astype(int)
u, v = np.meshgrid(np.linspace(-1, 1, 61), np.linspace(-1, 1, 61))
grid = np.stack([u.ravel(), v.ravel()], axis=1)

fig, axes = plt.subplots(1, 2, figsize=(5.5, 2.5))
for ax, first in zip(axes, [Dense(3, activation="tanh"), Bumps(3)]):
    tl.set_seed(1)
    model = Sequential([first, Dense(1, activation="sigmoid")])
    model.compile(tl.optimizers.Adam(0.05), "binary_crossentropy", ["accuracy"])
    model.fit(points, inside, epochs=30, verbose=0)
    ax.contourf(
        u, v, model.predict(grid).reshape(u.shape), levels=10, cmap="Blues", vmin=0
    )
    ax.scatter(*points.T, s=3, c=inside, cmap="Reds", vmin=-0.5)
    accuracy = model.evaluate(points, inside, verbose=0)[1]
    title = f"{type(first).__name__}: {model.count_params()} weights, {accuracy:.0%}"
    ax.set(title=title, aspect="equal", xticks=[], yticks=[])

# %% [markdown] lang="zh"
# ## 更短的写法：把设定声明成字段
#
# 这个库自己的层不写 `__init__`。设定写成字段，检查、默认值、帮助、`get_config`、各种 `_initializer`、`_regularizer`、`_constraint` 参数就都有了：

# %% [markdown] lang="en"
# ## Shorter: settings as fields
#
# The layers of this library have no `__init__`. Declare the settings as fields, and checks, defaults, help, `get_config` and all the `_initializer`, `_regularizer` and `_constraint` arguments follow:

# %%
from tensorlearn.declare.fields import arg


class Bumps2(Layer):
    """exp(-sharpness · |x - center|²).   (N, D) -> (N, units)"""

    units: int = arg.positive_int("how many bumps")
    centers: tl.Parameter = arg.weight("random_normal")
    sharpness: tl.Parameter = arg.weight("ones")

    def build(self, input_shape):
        self.add_weight("centers", (self.units, input_shape[-1]))
        self.add_weight("sharpness", (self.units,))

    call = Bumps.call
    compute_output_shape = Bumps.compute_output_shape


print(Bumps2(4, sharpness_constraint="non_neg").get_config()["sharpness_constraint"])

# %% tags=["raises-exception"]
Bumps2(0)

# %% [markdown] lang="zh"
# ## 正则项
#
# 对权重的，交给 `add_weight`；对输出的，在 `call` 里用 `add_loss`。两种都会加进总损失：

# %% [markdown] lang="en"
# ## Penalties
#
# Those on weights are named in `add_weight`; those on outputs are added in `call` by `add_loss`. Both become part of the total loss:


# %%
class Scale(Layer):
    """x · scale, at a price for large scales and large outputs.   (N, D) -> (N, D)"""

    def build(self, input_shape):
        shape = input_shape[-1:]
        self.scale = self.add_weight(
            "scale", shape, initializer="ones", regularizer="l2"
        )
        super().build(input_shape)

    def call(self, x):
        y = x * self.scale
        self.add_loss(0.1 * (y**2).mean())
        return y


layer = Scale()
layer(np.array([[1.0, 2.0]]))
[float(loss) for loss in layer.losses]  # 0.01·(1 + 1), 0.1·(1 + 4)/2

# %% [markdown] lang="zh"
# ## 训练与预测不一样的层
#
# `call` 若有参数 `training`，就会得知现在是不是在训练。不用梯度去学的状态（例如滑动平均），用 `trainable=False` 的权重存放，用 `add_update` 改写：

# %% [markdown] lang="en"
# ## Otherwise in training than in prediction
#
# If `call` has an argument `training`, it is told whether this is training. A state that is not learnt by gradients, such as a running average, lives in a weight with `trainable=False` and is rewritten by `add_update`:


# %%
class Center(Layer):
    """x minus its mean: the batch's while training, the running one later."""

    def build(self, input_shape):
        shape = input_shape[-1:]
        self.mean = self.add_weight("mean", shape, initializer="zeros", trainable=False)
        super().build(input_shape)

    def call(self, x, training=False):
        if not training:
            return x - self.mean
        now = x.mean(axis=0)
        self.add_update((self.mean, 0.5 * self.mean + 0.5 * now))
        return x - now


layer = Center()
x = np.array([[1.0, 10.0], [3.0, 30.0]])
for _ in range(4):
    layer(x, training=True)
    print(layer.get_weights()[0], end=" ")
print(layer.trainable_weights)

# %% [markdown] lang="zh"
# ## 懂掩码的层
#
# `call` 若有参数 `mask`，就会收到前面传来的掩码；`supports_masking = True` 表示“我知道该怎么办”，少了它，遇到掩码会报错；`compute_mask` 决定往后传什么。下面这一层对时间取平均，只算真的步；平均之后没有时间轴了，掩码到此为止：

# %% [markdown] lang="en"
# ## A layer that knows about masks
#
# If `call` has an argument `mask`, it gets the one that comes in. `supports_masking = True` says "I know what to do with it"; without it a mask raises an error. `compute_mask` decides what is passed on. This layer takes the mean over the real time steps; there is no time afterwards, so the mask ends here:

# %%
from tensorlearn.layers import Masking


class MeanOfSteps(Layer):
    """Mean over the steps that are not masked.   (N, T, D) -> (N, D)"""

    supports_masking = True

    def call(self, x, mask=None):
        if mask is None:
            return x.mean(axis=1)
        real = ops.cast(mask, dtype=x.dtype)[:, :, None]  # (N, T) -> (N, T, 1)
        return (x * real).sum(axis=1) / real.sum(axis=1)

    def compute_mask(self, inputs, mask=None):
        return None


model = Sequential([Masking(input_shape=(3, 2)), MeanOfSteps()])
model.predict(np.array([[[1.0, 2.0], [3.0, 4.0], [0.0, 0.0]]]))

# %% [markdown] lang="zh"
# ## 层里的层
#
# 存在属性里的层（也可以放在列表或字典里）会被自动找到，权重、冻结、保存都照管：

# %% [markdown] lang="en"
# ## Layers inside a layer
#
# Layers kept in attributes, also in lists and dictionaries, are found by themselves; their weights are trained, frozen and saved along:


# %%
class Residual(Layer):
    """x + dense(relu(dense(x))).   (N, D) -> (N, D)"""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.steps = [Dense(units, activation="relu"), Dense(units)]

    def call(self, x):
        first, second = self.steps
        return x + second(first(x))


model = Sequential([Residual(4, input_shape=(4,)), Residual(4), Dense(1)])
print(model.output_shape, model.count_params(), len(model.trainable_weights))

# %% [markdown] lang="zh"
# ## 保存与载入
#
# `Residual` 没有写 `get_config`，也能保存：`__init__` 收到的参数会自动记下来。只有参数不是普通的数据时（例如函数或对象），才要自己写 `get_config`。载入时，要告诉它这个名字是哪个类：

# %% [markdown] lang="en"
# ## Saving and loading
#
# `Residual` has no `get_config` and can be saved all the same: what its `__init__` was given is noted. Only if that is not plain data, but a function or an object, must you write `get_config` yourself. When loading, say which class the name means:

# %%
from tensorlearn.models import load_model

model.compile("sgd", "mse")
model.save("residual.h5")
again = load_model("residual.h5", custom_objects={"Residual": Residual})

x = rng.normal(size=(2, 4))
print(model.layers[0].get_config())
print(np.array_equal(model.predict(x), again.predict(x)))

# %% [markdown] lang="zh"
# 不想每次都说，可以登记一次，写在类的定义后面：

# %% [markdown] lang="en"
# To say it once and for all, register the class right after its definition:

# %%
from tensorlearn.utils import get_custom_objects

get_custom_objects()["Residual"] = Residual
load_model("residual.h5").count_params()

# %% [markdown] lang="zh"
# ## 常见错误
#
# **忘了 `super().__init__`。** 这一层就没有名字，也装不下权重：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **No `super().__init__`.** Then the layer has no name, and no place for weights:


# %% tags=["raises-exception"]
class Forgetful(Layer):
    def __init__(self, units):
        self.units = units


Forgetful(3)(np.ones((2, 4)))

# %% [markdown] lang="zh"
# **`call` 没有 `return`。**

# %% [markdown] lang="en"
# **A `call` without `return`.**


# %% tags=["raises-exception"]
class Silent(Layer):
    def call(self, x):
        x * 2


Silent()(np.ones((2, 4)))

# %% [markdown] lang="zh"
# **形状规则写错了。** 后面的层会照错的形状建立权重，所以一对不上就报错：

# %% [markdown] lang="en"
# **A wrong shape rule.** The layers behind would make their weights for the wrong shape; so the first mismatch is an error:


# %% tags=["raises-exception"]
class Doubled(Layer):
    def call(self, x):
        return ops.concatenate([x, x], axis=-1)

    def compute_output_shape(self, input_shape):
        return input_shape


Sequential([Doubled(input_shape=(3,))]).predict(np.ones((2, 3)))

# %% [markdown] lang="zh"
# **不用 `add_weight`，自己造 `Parameter`。** 算得出来，也不报错，但它不在 `weights` 里，所以不会被训练，也不会被保存：

# %% [markdown] lang="en"
# **A `Parameter` made without `add_weight`.** It computes and raises nothing, but it is not among the `weights`, and so is neither trained nor saved:


# %%
class Loose(Layer):
    def build(self, input_shape):
        self.scale = tl.Parameter(np.ones(input_shape[-1]))
        super().build(input_shape)

    def call(self, x):
        return x * self.scale


layer = Loose()
layer(np.ones((2, 3)))
layer.weights

# %% [markdown] lang="zh"
# **载入时没说是哪个类。** 文件里只有名字，没有代码：

# %% [markdown] lang="en"
# **Loading without the class.** The file holds its name, not its code:

# %% tags=["raises-exception"]
Sequential.from_config(Sequential([Bumps(3, input_shape=(2,))]).get_config())

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# Keras 1 的层把形状规则叫做 `get_output_shape_for`，常用 `K.variable` 造权重，再列进 `trainable_weights`。这样写的层不用改就能跑，也不会有警告：

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# Layers written for Keras 1 call their shape rule `get_output_shape_for`, and often make weights with `K.variable` and list them in `trainable_weights`. They run as they are, without a warning:

# %%
from tensorlearn import backend as K


class OldDense(Layer):
    def __init__(self, output_dim, **kwargs):
        self.output_dim = output_dim
        super().__init__(**kwargs)

    def build(self, input_shape):
        start = rng.normal(size=(input_shape[1], self.output_dim))
        self.W = K.variable(start)
        self.trainable_weights = [self.W]

    def call(self, x, mask=None):
        return K.dot(x, self.W)

    def get_output_shape_for(self, input_shape):
        return (input_shape[0], self.output_dim)


model = Sequential([OldDense(3, input_shape=(4,))])
print(model.output_shape, model.count_params())
gradcheck(model.layers[0], rng.normal(size=(2, 4)), parameters=model.weights)

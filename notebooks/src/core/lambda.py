# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 1.8 Lambda：把函数变成层
#
# 想在模型中间插一步计算，又不值得为它写一个类？把函数交给 `Lambda`。只要函数是用张量的运算写的，梯度就会自己算好。
#
# ## 它算什么
#
# $$y = f(x) \qquad (N, \dots) \to f \text{ 说了算}$$
#
# $f$ 收到一个张量；如果在一个列表上调用这一层，它收到的就是列表。它没有自己的权重：要学的东西，请写成[自己的层](../custom/custom_layers.md)。
#
# !!! note "更正"
#     原文档说这里可以放“任何 Theano/TensorFlow 表达式”。这里没有那两个后端：用张量的运算符、`tensorlearn.ops`、`tensorlearn.backend`（通常写作 `K`）或 NumPy 函数都行。

# %% [markdown] lang="en"
# # 1.8 Lambda: any function as a layer
#
# A step of computation in the middle of a model, too small to deserve a class? Hand the function to `Lambda`. If it is written in operations on Tensors, its gradient comes by itself.
#
# ## What it computes
#
# $$y = f(x) \qquad (N, \dots) \to \text{as } f \text{ likes}$$
#
# $f$ gets a Tensor, or a list of them if the layer is called on a list. It has no weights: what is to be learnt belongs in [a layer of your own](../custom/custom_layers.md).
#
# !!! note "Correction"
#     The original document speaks of "any Theano/TensorFlow expression". There are no such backends here: use the operators of Tensors, `tensorlearn.ops`, `tensorlearn.backend` (customarily `K`), or NumPy's functions.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import Lambda

square = Lambda(lambda x: x**2)
x = tl.Tensor([[1.0, -2.0, 3.0]], requires_grad=True)
print(square(x).numpy(), tl.grad(square(x).sum(), x))  # x², 2x

# %% [markdown] lang="zh"
# ## 看一看
#
# `relu` 把负的一半扔掉。“反整流”（antirectifier）两半都留着，只是分开放：先减去平均值，再除以长度，然后把正的部分和负的部分并排。四个数变成八个：

# %% [markdown] lang="en"
# ## A picture
#
# `relu` throws the negative half away. The antirectifier keeps both halves, in separate places: it subtracts the mean, divides by the length, and puts the positive part beside the negative part. Four numbers become eight:

# %%
import matplotlib.pyplot as plt
from tensorlearn import backend as K


def antirectifier(x):
    x -= K.mean(x, axis=1, keepdims=True)
    x = K.l2_normalize(x, axis=1)
    return K.concatenate([K.relu(x), K.relu(-x)], axis=1)


x = np.array([[1.0, 2.0, 3.0, 4.0]])
y = Lambda(antirectifier)(x).numpy()
fig, (left, right) = plt.subplots(1, 2, figsize=(7, 2.2), width_ratios=[1, 2])
left.bar(range(4), x[0], color="C0")
right.bar(range(8), y[0], color=["C0"] * 4 + ["C1"] * 4)
left.set_title("x")
right.set_title("relu(z),  relu(−z)")
y.round(3)

# %% [markdown] lang="zh"
# 用手算一遍：平均值是 $2.5$，减去后得 $(-1.5, -0.5, 0.5, 1.5)$，长度 $\sqrt{2.25 + 0.25 + 0.25 + 2.25} = \sqrt 5$，所以 $1.5/\sqrt 5 \approx 0.671$，$0.5/\sqrt 5 \approx 0.224$。
#
# 函数里的 `x -= ...` 会不会改坏前一层的输出？不会：它让名字 `x` 指向一个新的张量，原来的不动。

# %% [markdown] lang="en"
# By hand: the mean is $2.5$, which leaves $(-1.5, -0.5, 0.5, 1.5)$ of length $\sqrt{2.25 + 0.25 + 0.25 + 2.25} = \sqrt 5$; so $1.5/\sqrt 5 \approx 0.671$ and $0.5/\sqrt 5 \approx 0.224$.
#
# Does the `x -= ...` in the function spoil what the layer before put out? No: it makes the name `x` mean a new Tensor, and the old one stays as it is.

# %%
output_before = tl.Tensor([[1.0, 2.0, 3.0, 4.0]])
Lambda(antirectifier)(output_before)
output_before.numpy()

# %% [markdown] lang="zh"
# ## 参数
#
# `function` 和 `output_shape` 可以按位置给，`mask` 和 `arguments` 要写名字。

# %% [markdown] lang="en"
# ## Arguments
#
# `function` and `output_shape` may be given by position, `mask` and `arguments` by name.

# %% tags=["both"]
tl.help("Lambda")

# %% [markdown] lang="zh"
# - `arguments`：函数的其他参数，和层一起保存。
# - `mask`：不写时，前面传来的[掩码](masking.md)到此为止；写了，就把它（或 `mask(inputs, mask)` 的结果）往后传。函数若有名为 `mask` 的参数，就会收到前面的掩码。

# %% [markdown] lang="en"
# - `arguments`: the other arguments of the function, saved with the layer.
# - `mask`: without it a [mask](masking.md) that comes in ends here; with it, it (or what `mask(inputs, mask)` returns) is passed on. A function with an argument called `mask` is given the one that came in.


# %%
def power(x, exponent):
    return x**exponent


Lambda(power, arguments={"exponent": 3})(np.array([[1.0, 2.0, 3.0]]))

# %% [markdown] lang="zh"
# ## 形状
#
# | | 形状 |
# |---|---|
# | 输入 | 任意，也可以是几个输入的列表 |
# | 输出 | 函数返回什么就是什么 |
#
# 在模型里要预先知道输出的形状。不写 `output_shape` 时，层会用两批全零的数据试算一次，样本数取 2 和 3，跟着变的那个轴就是批。也可以自己说：写一个**不含**批轴的元组，或者一个函数，由完整的输入形状得出完整的输出形状。

# %% [markdown] lang="en"
# ## Shapes
#
# | | shape |
# |---|---|
# | input | any, or a list of several inputs |
# | output | whatever the function returns |
#
# In a model the shape must be known beforehand. Without `output_shape` the layer tries the function on zeros, once with 2 samples and once with 3; the axis that changes along is the batch. Or say it yourself: with a tuple **without** the batch axis, or a function from the whole input shape to the whole output shape.


# %%
def doubled(shape):
    batch, width = shape
    return (batch, 2 * width)


for output_shape in [None, (8,), doubled]:
    layer = Lambda(antirectifier, output_shape=output_shape)
    print(layer.compute_output_shape((None, 4)), layer(x).shape)

# %% [markdown] lang="zh"
# ## 例子
#
# 在模型里：全连接层之后接反整流，宽度加倍。（它要求输入是两个轴，`doubled` 拆包时就会发现。）

# %% [markdown] lang="en"
# ## Example
#
# In a model: a dense layer, then the antirectifier, which doubles the width. (It wants an input of two axes; `doubled` would notice when it unpacks the shape.)

# %%
from tensorlearn import Sequential
from tensorlearn.layers import Dense

model = Sequential()
model.add(Dense(32, input_shape=(10,)))
model.add(Lambda(antirectifier, output_shape=doubled))
model.add(Dense(1))
print([layer.output_shape for layer in model.layers])

# %% [markdown] lang="zh"
# ### 钟面上的时间
#
# 23 点与 1 点只差两个钟头，数字上却差 22。先把钟点变成钟面上的一点 $(\cos, \sin)$，一层 `Dense` 就能学会一天的气温；直接喂数字，同样的一层只画得出一条直线：

# %% [markdown] lang="en"
# ### Time on a dial
#
# From 23 o'clock to 1 it is two hours, but the numbers differ by 22. Turn the hour into a point on the dial, $(\cos, \sin)$, and a single `Dense` layer learns the temperature of a day; fed the bare number, the same layer can draw only a straight line:

# %%
from tensorlearn.layers import Activation


def dial(hour):
    angle = hour * (2 * np.pi / 24)
    return K.concatenate([K.cos(angle), K.sin(angle)], axis=-1)


rng = np.random.default_rng(0)
hour = rng.uniform(0, 24, (200, 1))
celsius = 15 + 6 * np.cos((hour - 15) * 2 * np.pi / 24) + rng.normal(size=(200, 1))

for first in [Activation("linear", input_shape=(1,)), Lambda(dial, input_shape=(1,))]:
    model = Sequential([first, Dense(1)])
    model.compile(tl.optimizers.Adam(0.3), "mse")
    loss = model.fit(hour, celsius, epochs=40, verbose=0).history["loss"][-1]
    print(
        f"{first.name:13} error {loss:5.2f}, midnight {model.predict([[0], [24]]).ravel()}"
    )

# %% [markdown] lang="zh"
# ### 保存
#
# 写进文件的只是函数的**名字**，从不保存或执行字节码：那样的文件换一个 Python 版本就读不了，还可能藏着恶意代码。所以请用 `def` 起个名字，读的时候把函数交还：

# %% [markdown] lang="en"
# ### Saving
#
# Only the **name** of the function goes into a file; bytecode is never written or executed, for such files fail with another version of Python, and may hide malicious code. So name it with `def`, and hand the function back when you read:

# %%
from tensorlearn.models import model_from_json

text = model.to_json()
again = model_from_json(text, custom_objects={"dial": dial})
again.set_weights(model.get_weights())
np.array_equal(again.predict(hour), model.predict(hour))

# %% [markdown] lang="zh"
# ## 梯度检查
#
# 函数由哪些运算组成，梯度就由哪些运算的梯度连乘而成，不用你写：

# %% [markdown] lang="en"
# ## Gradient check
#
# The gradient is the chain of the gradients of the operations that make up the function; you write nothing:

# %%
from tensorlearn.testing import gradcheck

gradcheck(Lambda(antirectifier), rng.normal(size=(3, 5)))
gradcheck(Lambda(dial), hour[:4])

# %% [markdown] lang="zh"
# 反整流的输出不怕平移，也不怕缩放：给 $x$ 加上一个常数，或乘以一个正数，结果都一样。所以它的梯度在这两个方向上一定是零，$\sum_i g_i = 0$，$\sum_i g_i x_i = 0$。这是不靠数值差分的检查，几乎精确到最后一位：

# %% [markdown] lang="en"
# Shift $x$ by a constant or stretch it by a positive factor, and the antirectifier puts out the same. In these two directions its gradient must therefore vanish: $\sum_i g_i = 0$ and $\sum_i g_i x_i = 0$. Here is a check without differences, good to nearly the last digit:

# %%
t = tl.Tensor(np.array([[1.0, 2.0, 4.0, 9.0]]), requires_grad=True)
g = tl.grad((Lambda(antirectifier)(t) * rng.normal(size=8)).sum(), t)
print(g.round(4), np.allclose([g.sum(), (g * t.numpy()).sum()], 0, atol=1e-12))

# %% [markdown] lang="zh"
# ## 常见错误
#
# **忘了 `return`。** 用 `def` 写的函数，没有 `return` 就什么也不给：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **No `return`.** A function written with `def` gives nothing without one:


# %% tags=["raises-exception"]
def halve(x):
    x / 2


Lambda(halve)(np.ones((2, 3)))

# %% [markdown] lang="zh"
# **保存没有名字的函数。** 运行没有问题，写进文件时才发现：

# %% [markdown] lang="en"
# **Saving a function without a name.** It runs well, until it is to be written to a file:

# %% tags=["raises-exception"]
Sequential([Lambda(lambda x: x**2, input_shape=(3,))]).to_json()

# %% [markdown] lang="zh"
# **在函数里藏了权重。** `Lambda` 不知道函数里用到的 `Parameter`，它不会出现在 `weights` 里，也就不会被训练。这不会报错，所以更要小心：

# %% [markdown] lang="en"
# **Hiding a weight inside.** `Lambda` knows nothing of a `Parameter` that the function uses: it is not among the `weights` and will not be trained. As nothing is raised, beware:

# %%
scale = tl.Parameter(np.ones(3))
scaled = Lambda(lambda x: x * scale)
scaled(np.ones((1, 3)))
print(scaled.weights)

# %% [markdown] lang="zh"
# **函数在全零的数据上出错。** 试算失败，形状就无从知道。错误里有原来的原因和出路：

# %% [markdown] lang="en"
# **A function that fails on zeros.** Then the trial fails and the shape is unknown. The error names the cause and the way out:


# %% tags=["raises-exception"]
def positive_only(x):
    if not (x.numpy() > 0).all():
        raise ValueError("log needs positive numbers")
    return K.log(x)


Sequential([Lambda(positive_only, input_shape=(3,))])

# %% [markdown] lang="zh"
# ## Keras 1 写法
#
# `Lambda(function, output_shape, arguments)` 没有变；`mask` 是 Keras 2 新加的。

# %% [markdown] lang="en"
# ## Keras 1 spelling
#
# `Lambda(function, output_shape, arguments)` did not change; `mask` came with Keras 2.

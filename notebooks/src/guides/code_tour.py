# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 逐层参观代码
#
# tensorlearn 的代码是给人读的。这一页带你从一楼走到七楼，再跟着一步训练坐电梯走个来回；读完以后，任何一个现象，你都知道该去哪个文件找答案。
#
# 这里的代码都是从包里现取的（`inspect.getsource`），你读到的就是正在运行的。
#
# ## 楼层
#
# 每一层只认识它下面的楼层，`import` 只能往下，有一个测试盯着这件事：
#
# | 楼层 | 包 | 知道什么 |
# |---|---|---|
# | 屋顶 | `tensorlearn`，`__main__` | 一切 |
# | 8 | `datasets`，`testing`，`visual` 等 | 完整的模型、真实的数据 |
# | 7 | `models` | 训练与预测 |
# | 6 | `saving`，`callbacks` | 文件；两轮之间发生的事 |
# | 5 | `layers` | Keras 的一章是一个文件 |
# | 4 | `engine` | 什么是层；形状；符号 |
# | 3 | `activations`，……，`optimizers`，`backend` | 有名字的公式 |
# | 2 | `declare` | 参数即字段；名字；旧写法 |
# | 1 | `ops` | 运算的表 |
# | 0 | `autograd` | 张量、原语、梯度 |
# | 地面 | `config`，`wording` | 设置与语言 |
#
# ## 0 楼：会记住的数组
#
# 一切从一个 `Node` 开始：一次运算，由谁算来，用了哪些数。它指向更老的节点，不指向张量，所以没有循环引用。

# %% [markdown] lang="en"
# # A tour of the code, floor by floor
#
# The code of tensorlearn is meant to be read. This page leads you from the ground floor to the seventh, and then follows one training step down and up again; after it, whatever you see happening, you know which file to look in.
#
# All code shown here is taken from the package as it runs (`inspect.getsource`): what you read is what computes.
#
# ## The floors
#
# Each floor knows only those below it. An `import` may only go down, and a test sees to that:
#
# | floor | packages | knows about |
# |---|---|---|
# | roof | `tensorlearn`, `__main__` | everything |
# | 8 | `datasets`, `testing`, `visual` and others | whole models, real data |
# | 7 | `models` | training and prediction |
# | 6 | `saving`, `callbacks` | files; what happens between epochs |
# | 5 | `layers` | one chapter of Keras per file |
# | 4 | `engine` | what a layer is; shapes; symbols |
# | 3 | `activations`, …, `optimizers`, `backend` | named formulas |
# | 2 | `declare` | arguments as fields; names; old spellings |
# | 1 | `ops` | the table of operations |
# | 0 | `autograd` | tensors, primitives, gradients |
# | ground | `config`, `wording` | settings and languages |
#
# ## Floor 0: arrays that remember
#
# It all begins with a `Node`: one operation, from which others it came, and with what values. It points to older nodes and never to tensors, so there are no reference cycles.

# %%
import inspect

import numpy as np
import tensorlearn as tl


def show(thing, first=0, last=None):
    lines = inspect.getsource(thing).splitlines()
    print("\n".join(lines[first:last]))


show(tl.autograd.graph.Port)
a = tl.Tensor([1.0, 2.0], requires_grad=True)
y = (a * 3.0).sum()
node = y.node
while node.primitive is not None:
    print(node.birth > node.parents[0].birth, node.primitive.name, node.shape)
    node = node.parents[0]

# %% [markdown] lang="zh"
# `birth` 是出生编号：结果总比来源年轻。往回走的 `sweep` 只做一件事：总是取最年轻的那个，把梯度交给它的来源。
#
# ## 1 楼：一张表
#
# 一个运算加上它的梯度，就是一行。下面是整个 `tanh`、`exp` 与 `log`：

# %% [markdown] lang="en"
# `birth` numbers them: a result is younger than what it came from. The way back, `sweep`, does one thing only: take the youngest, and hand its gradient to its sources.
#
# ## Floor 1: a table
#
# An operation with its gradient is one line. Here are the whole of `tanh`, `exp` and `log`:

# %%
from tensorlearn.ops import elementwise

for line in inspect.getsource(elementwise).splitlines():
    if line.startswith(("tanh =", "exp =", "log:")):
        print(line)

# %% [markdown] lang="zh"
# `g` 是输出的梯度，`y` 是输出，`x` 是输入；返回的是输入的梯度。用的都是运算符，所以梯度本身又能求导，二阶导数不用另写。名字前有下划线的参数表示“用不着”，引擎就不为它留着那个数组。

# %% [markdown] lang="en"
# `g` is the gradient of the output, `y` the output, `x` the input, and what comes back is the gradient of the input. Only operators are used, so the gradient can be differentiated in turn, and second derivatives need no code of their own. A leading underscore says "not needed", and the engine does not keep that array alive.

# %%
from tensorlearn.operators import PRIMITIVES

print(len(PRIMITIVES), "primitives")
print(tl.ops.tanh.keeps_output, tl.ops.tanh.keeps_inputs)  # needs y, not x

# %% [markdown] lang="zh"
# ## 2 楼：参数就是声明
#
# 层、优化器、初始化器的参数，写成类里的字段。签名、检查、错误信息、配置、帮助、旧名字，全从这里来：

# %% [markdown] lang="en"
# ## Floor 2: arguments are declarations
#
# The arguments of layers, optimizers and initializers are written as fields of a class. Signature, checks, errors, configuration, help and old names all follow from them:

# %%
from tensorlearn.layers import Dense

print(inspect.signature(Dense))
for name in ("units", "kernel_initializer"):
    print(name, type(Dense.fields[name]).__name__, "-", Dense.fields[name].doc)

# %% [markdown] lang="zh"
# ## 3 楼：有名字的公式
#
# 损失是运算的组合，不必再写梯度；优化器是一行公式，就地写进内存：

# %% [markdown] lang="en"
# ## Floor 3: named formulas
#
# A loss is a composition of operations and needs no gradient; an optimizer is a formula that writes into memory it already has:

# %%
show(tl.losses.mean_squared_error)
show(tl.optimizers.Adam.update)

# %% [markdown] lang="zh"
# ## 4 楼与 5 楼：层
#
# `engine` 说明什么是层：第一次见到输入时造权重，检查形状，再调用 `call`。`layers` 里的每个层只写自己的公式：

# %% [markdown] lang="en"
# ## Floors 4 and 5: layers
#
# `engine` says what a layer is: weights are made when the first input comes, shapes are checked, and then `call` is called. Each layer in `layers` writes down nothing but its formula:

# %%
from tensorlearn.engine import Layer

show(Layer.ensure_built)
print()
show(Dense)

# %% [markdown] lang="zh"
# `Dense` 就这么多：没有 `__init__`，没有 `get_config`，没有梯度。
#
# ## 7 楼：一步训练
#
# 前向、求梯度、更新。前向算出总损失 `total`，后两件事就是 `Stepper.train` 的最后几行：

# %% [markdown] lang="en"
# That is all of `Dense`: no `__init__`, no `get_config`, no gradient.
#
# ## Floor 7: a training step
#
# Forward, gradients, update. Forward makes the loss, `total`; the other two are the last lines of `Stepper.train`:

# %%
from tensorlearn.models.steps import Stepper

show(Stepper.train, -6)

# %% [markdown] lang="zh"
# 循环本身更短，一轮就是：

# %% [markdown] lang="en"
# The loop is shorter still. This is an epoch:

# %%
from tensorlearn.models import loop

show(loop._one_epoch)

# %% [markdown] lang="zh"
# ## 看一看：一步训练走过哪些楼层
#
# 光读不够，让它跑一步，把每一次函数调用都记下来（`sys.setprofile`），横轴是第几次调用，纵轴是楼层：

# %% [markdown] lang="en"
# ## A picture: the floors that one step visits
#
# Reading is not enough. Let it take one step and note every function call (`sys.setprofile`); along the axis the number of the call, upwards the floor:

# %%
import sys

floors = """config wording views operators memory parallel, autograd, ops, declare,
activations losses metrics initializers regularizers optimizers, engine, layers,
saving callbacks, models""".split(",")
floor_of = {name: i for i, names in enumerate(floors) for name in names.split()}

tl.set_seed(0)
model = tl.Sequential([Dense(8, activation="tanh", input_shape=(2,))])
model.add(Dense(1, activation="sigmoid"))
model.compile("adam", "binary_crossentropy")
x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
model.train_on_batch(x, y)  # the first step makes things ready

calls = []


def note(frame, event, _):
    parts = frame.f_globals.get("__name__", "").split(".")
    if event == "call" and parts[0] == "tensorlearn" and len(parts) > 1:
        calls.append((parts[1], frame.f_code.co_name))


# %%
import matplotlib.pyplot as plt

sys.setprofile(note)
model.train_on_batch(x, y)
sys.setprofile(None)

levels = [floor_of[package] for package, _ in calls]
fig, ax = plt.subplots(figsize=(8, 3))
ax.step(range(len(levels)), levels, lw=0.8, where="mid")
ax.plot(levels, ".", ms=4)
for name in ("_losses", "sweep", "apply"):
    at = next(n for n, (_, function) in enumerate(calls) if function == name)
    ax.axvline(at, color="C3", lw=0.8)
    ax.text(at + 1, 8.4, name, color="C3", fontsize=8)
labels = ["config", "autograd", "ops", "declare", "losses ...", "engine", "layers"]
ax.set(xlabel="call", yticks=range(9), yticklabels=[*labels, "callbacks", "models"])
ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# 左边一段在七楼，检查数据；`_losses` 开始前向：从模型下到层，从层下到运算，两个 `Dense` 就是两次相同的下楼；`sweep` 是反向，只在 0 楼和 1 楼之间来回，**完全不经过层**，因为梯度属于运算，不属于层；`apply` 是优化器。整整一步，不到两百次调用：

# %% [markdown] lang="en"
# The first stretch stays on the seventh floor and checks the data. With `_losses` the forward pass begins: from the model down to a layer, from the layer down to operations, and the two `Dense` are two descents alike. `sweep` is the way back; it moves between floors 0 and 1 and **never sees a layer**, for gradients belong to operations and not to layers. `apply` is the optimizer. The whole step takes fewer than two hundred calls:

# %%
from collections import Counter

counted = Counter(package for package, _ in calls)
print(len(calls), "calls:", dict(counted.most_common(6)))
order = [function for _, function in calls]
print("a layer after sweep:", "call" in order[order.index("sweep") :])

# %% [markdown] lang="zh"
# ## 去哪里找答案
#
# | 问题 | 文件 |
# |---|---|
# | 这个导数为什么是这样 | `ops/` 里那一行 |
# | 这个层算什么 | `layers/`，按 Keras 的章节 |
# | 错误信息是谁说的 | 信息的开头就是它的名字 |
# | 旧参数名怎么变的 | `declare/keras1.py` |
# | 文件里写了什么 | `saving/hdf5.py`，`models/model_file.py` |
# | 学习率是怎样变的 | `optimizers/schedules.py`，`callbacks/rates.py` |
# | 训练前的提醒从哪里来 | `models/guidance_outputs.py`，`models/guidance_inputs.py` |
#
# 想加东西？加一个运算，是表里的一行；加一个层，是一个类，见[编写自己的层](../custom/custom_layers.md)；加一个优化器，见[优化器](../training/optimizers.md)。
#
# ## 常见错误
#
# **绕过表，直接用 NumPy 写公式。** 得到的是数组，历史断了：

# %% [markdown] lang="en"
# ## Where to look
#
# | question | file |
# |---|---|
# | why is this derivative as it is? | its line in `ops/` |
# | what does this layer compute? | `layers/`, by Keras's chapters |
# | who said this error? | its first word |
# | how did an old argument change? | `declare/keras1.py` |
# | what is in a file? | `saving/hdf5.py`, `models/model_file.py` |
# | how does the learning rate change? | `optimizers/schedules.py`, `callbacks/rates.py` |
# | where does the advice before training come from? | `models/guidance_outputs.py`, `models/guidance_inputs.py` |
#
# Would you add something? An operation is a line in the table; a layer is a class, see [Writing a layer](../custom/custom_layers.md); for an optimizer see [Optimizers](../training/optimizers.md).
#
# ## Common mistakes
#
# **Going past the table, with NumPy on the data.** What you get is an array, and history ends there:

# %% tags=["raises-exception"]
a = tl.Tensor([1.0, 2.0], requires_grad=True)
tl.grad(tl.Tensor(np.tanh(a.data)).sum(), a)

# %% [markdown] lang="zh"
# **在 `call` 里造权重。** 每次调用都会造新的；权重应当在 `build` 里造，一次就够：

# %% [markdown] lang="en"
# **Making weights in `call`.** They would be new with every call; weights are made in `build`, once:


# %%
class Restless(Layer):
    def call(self, x):
        return x @ self.add_weight("w", (2, 1))


layer = Restless()
for _ in range(3):
    layer(np.ones((1, 2)))
print(len(layer.weights), "weights after three calls")

# %% [markdown] lang="zh"
# **把写过的权重拿去求导。** 前向之后，参数被就地改写，旧的梯度就不对了；引擎靠出生编号发现它：

# %% [markdown] lang="en"
# **Differentiating with weights that were overwritten.** If a parameter is written in place after the forward pass, the gradient would be wrong; birth numbers give it away:

# %% tags=["raises-exception"]
w = tl.Parameter(np.array([3.0]))
loss = (w * w).sum()
w.assign(np.array([5.0]))
loss.backward()

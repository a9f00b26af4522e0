# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 13.0 模型的共同方法
#
# 无论用哪种方式搭起来，模型都会做同样几件事：介绍自己、交出配置和权重、存盘、再装回来。读完这一页，你能把一个训练好的模型完整地交给别人。
#
# ## 两种模型，一套方法
#
# [Sequential](../models/sequential.md) 是一层接一层的一条链；[函数式模型](../models/functional.md) 是任意的有向图，链只是它的特例。两者共有的方法：
#
# | 方法 | 做什么 |
# |---|---|
# | `summary()` | 打印各层、形状、权重个数 |
# | `get_config()`，`from_config(config)` | 结构，作为字典 |
# | `to_json()`，`to_yaml()` | 结构，作为文本 |
# | `get_weights()`，`set_weights(weights)` | 权重，作为数组的列表 |
# | `save_weights(path)`，`load_weights(path)` | 权重，作为文件 |
# | `save(path)`，`load_model(path)` | 结构、权重、优化器的状态，全部 |
#
# !!! note "更正"
#     原文档写作 `from models import model_from_json`，那不是一个可用的路径；应从 `tensorlearn.models` 导入（在 Keras 里是 `keras.models`）。

# %% [markdown] lang="en"
# # 13.0 What every model can do
#
# However a model was built, it can do the same few things: introduce itself, hand over its configuration and its weights, be written to a file and come back. After this page you can pass on a trained model in one piece.
#
# ## Two kinds of model, one set of methods
#
# A [Sequential](../models/sequential.md) is a chain of layers; a [functional model](../models/functional.md) is any directed graph, of which a chain is a special case. Both can do the following:
#
# | method | what it does |
# |---|---|
# | `summary()` | prints layers, shapes, numbers of weights |
# | `get_config()`, `from_config(config)` | the structure, as a dictionary |
# | `to_json()`, `to_yaml()` | the structure, as text |
# | `get_weights()`, `set_weights(weights)` | the weights, as a list of arrays |
# | `save_weights(path)`, `load_weights(path)` | the weights, as a file |
# | `save(path)`, `load_model(path)` | structure, weights, state of the optimizer: all of it |
#
# !!! note "Correction"
#     The original document says `from models import model_from_json`, which is no path that exists; import it from `tensorlearn.models` (`keras.models` in Keras).

# %% tags=["both"]
import numpy as np
import tensorlearn as tl
from tensorlearn import Sequential
from tensorlearn.layers import Dense, Dropout

tl.set_seed(0)
model = Sequential(name="reader")
model.add(Dense(16, activation="relu", input_shape=(8,), name="first"))
model.add(Dropout(0.2))
model.add(Dense(3, activation="softmax", name="last"))
model.summary()

# %% [markdown] lang="zh"
# ## 看一看
#
# `model.get_weights()` 是普通的数组，想怎么看都行：

# %% [markdown] lang="en"
# ## A picture
#
# What `model.get_weights()` returns are plain arrays; look at them any way you like:

# %%
import matplotlib.pyplot as plt

fig, axes = plt.subplots(1, 2, figsize=(6, 2.4), width_ratios=(16, 6))
for ax, layer in zip(axes, (model.get_layer("first"), model.get_layer("last"))):
    kernel = layer.get_weights()[0]
    ax.imshow(kernel, cmap="RdBu_r", vmin=-0.8, vmax=0.8)
    ax.set(title=f"{layer.name} {kernel.shape}", xticks=[], yticks=[])

# %% [markdown] lang="zh"
# ## 结构：字典、JSON、YAML
#
# 结构里没有权重，只有“怎么搭”。从它可以搭出一个一模一样、但重新初始化的模型。

# %% [markdown] lang="en"
# ## Structure: a dictionary, JSON, YAML
#
# The structure holds no weights, only how things are put together. From it one gets the same model, freshly initialised.

# %%
config = model.get_config()
twin = Sequential.from_config(config)
print(config["layers"][0]["config"]["units"], [layer.name for layer in twin.layers])

# %%
from tensorlearn.models import model_from_json, model_from_yaml

text = model.to_json()
print(text[:76], "...")
again = model_from_json(text)
print(model.to_yaml()[:54], "...")
print(again.count_params(), model_from_yaml(model.to_yaml()).count_params())

# %% [markdown] lang="zh"
# ## 权重：数组与文件
#
# `get_weights()` 按层的次序给出所有数组；`set_weights` 把它们装进结构相同的模型。

# %% [markdown] lang="en"
# ## Weights: arrays and files
#
# `get_weights()` gives all arrays in the order of the layers, and `set_weights` puts them into a model of the same structure.

# %%
x = np.random.default_rng(0).normal(size=(5, 8))
again.set_weights(model.get_weights())
print([w.shape for w in model.get_weights()])
print(np.array_equal(again.predict(x), model.predict(x)))

# %% [markdown] lang="zh"
# 存成文件用 `save_weights`，后缀 `.h5` 是 Keras 的 HDF5 布局。`by_name=True` 只装名字相同的层，别的层不动：这就是迁移学习的第一步。

# %% [markdown] lang="en"
# `save_weights` writes a file; with the ending `.h5` it has Keras's HDF5 layout. `by_name=True` loads only layers whose names agree and leaves the others alone: the first step of transfer learning.

# %%
model.save_weights("reader.h5")

other = Sequential()
other.add(Dense(16, activation="relu", input_shape=(8,), name="first"))
other.add(Dense(5, activation="softmax", name="new_task"))
other.load_weights("reader.h5", by_name=True)
same = (
    other.get_layer("first").get_weights()[0]
    == model.get_layer("first").get_weights()[0]
)
print(bool(same.all()))

# %% [markdown] lang="zh"
# ## 整个模型
#
# `save` 还带上编译的设置和优化器的状态，装回来可以接着训练，与没有中断过一样，一个比特都不差：

# %% [markdown] lang="en"
# ## The whole model
#
# `save` adds the compile settings and the state of the optimizer. What comes back trains on as if nothing had happened, to the last bit:

# %%
from tensorlearn.models import load_model

plain = Sequential([Dense(4, activation="tanh", input_shape=(8,)), Dense(1)])
plain.compile("adam", "mse")
y = x.sum(axis=1, keepdims=True)
plain.fit(x, y, epochs=3, verbose=0)
plain.save("whole.h5")

restored = load_model("whole.h5")
plain.fit(x, y, epochs=3, shuffle=False, verbose=0)
restored.fit(x, y, epochs=3, shuffle=False, verbose=0)
print(
    all(
        np.array_equal(*pair)
        for pair in zip(plain.get_weights(), restored.get_weights())
    )
)

# %% [markdown] lang="zh"
# 文件里只有数据，没有程序：装载时不会执行任何代码，所以自定义的层要由你告诉它是哪一个（见[编写自己的层](../custom/custom_layers.md)）。写文件先写到临时的名字再改名，中途断电，旧文件也完好无损。
#
# ## 常见错误
#
# **权重与结构对不上：**

# %% [markdown] lang="en"
# A file holds data and no program. Loading it runs no code, which is why you have to say which class a layer of your own belongs to (see [Writing a layer](../custom/custom_layers.md)). Files are written under a temporary name and then renamed: should the power fail half-way, the old file is whole.
#
# ## Common mistakes
#
# **Weights that do not fit the structure:**

# %% tags=["raises-exception"]
other.set_weights(model.get_weights())

# %% [markdown] lang="zh"
# **装载权重时忘了 `by_name`：**

# %% [markdown] lang="en"
# **Loading without `by_name`:**

# %% tags=["raises-exception"]
other.load_weights("reader.h5")

# %% [markdown] lang="zh"
# **模型还没有形状，就要它的权重：** 没有 `input_shape`，要先喂一次数据。

# %% [markdown] lang="en"
# **Weights of a model that has no shape yet:** without `input_shape` it needs to see data first.

# %% tags=["raises-exception"]
Sequential([Dense(4)]).summary()

# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 1.0 层与层的操作
#
# 层是搭网络的积木。不管哪一种层，里面都是三样东西：**设定**（你写在括号里的）、**权重**（它自己学来的）、**连接**（它在哪里被用过）。读完这一页，你能从任何一层里把这三样东西取出来、放回去、问清楚。
#
# ## 层的家族
#
# | 家族 | 做什么 | 从哪里读起 |
# |---|---|---|
# | 常用层 | 加权求和、激活、随机断开、改变形状 | [Dense](dense.md) |
# | 卷积层 | 同一个小窗口滑过序列、图像或体数据 | [Conv2D](../convolutional/conv2d.md) |
# | 池化层 | 把一小片缩成一个数 | [MaxPooling2D](../pooling/max_pooling2d.md) |
# | 局部连接层 | 像卷积，但每个位置有自己的权重 | [LocallyConnected](../local/locally_connected.md) |
# | 循环层 | 一步一步地读序列，边读边记 | [Recurrent](../recurrent/recurrent.md) |
# | 嵌入层 | 从编号查出向量 | [Embedding](../embeddings/embedding.md) |
# | 合并层 | 几个输入变成一个 | [Merge](../merge/merge.md) |
# | 高级激活层 | 自带参数的非线性 | [PReLU](../advanced_activations/advanced_activations.md) |
# | 规范层 | 把数值拉回合适的范围 | [BatchNormalization](../normalization/batch_normalization.md) |
# | 噪声层 | 训练时故意捣乱 | [GaussianNoise](../noise/noise.md) |
# | 包装层 | 层外再包一层 | [TimeDistributed](../wrappers/wrappers.md) |
# | 自己写的层 | 以上都没有的 | [Layer](../custom/custom_layers.md) |
#
# !!! note "更正"
#     原文档只列出了局部连接、合并、高级激活、规范、噪声、包装和自定义层的名字，没有正文。这本书里每一族都有自己的一页。
#
# ## 看一看
#
# 下面的小网络用到三个家族。左图是每层输出多少个数，右图是每层有多少个权重：**数在前面，权重在后面**。卷积层要处理的数最多，权重却很少，因为一个窗口到处共用；全连接层正好相反。

# %% [markdown] lang="en"
# # 1.0 Layers and what one does with them
#
# Layers are what networks are built from. Whatever its kind, a layer holds three things: its **settings** (what you wrote in the parentheses), its **weights** (what it has learnt), and its **connections** (where it has been used). After this page you can take these three out of any layer, put them back, and ask about them.
#
# ## The families
#
# | family | what it does | where to begin |
# |---|---|---|
# | core | weighted sums, activations, forgetting at random, other shapes | [Dense](dense.md) |
# | convolutional | one small window slides over a sequence, an image or a volume | [Conv2D](../convolutional/conv2d.md) |
# | pooling | a small patch becomes one number | [MaxPooling2D](../pooling/max_pooling2d.md) |
# | locally connected | like convolution, but every place has weights of its own | [LocallyConnected](../local/locally_connected.md) |
# | recurrent | reads a sequence step by step and remembers | [Recurrent](../recurrent/recurrent.md) |
# | embedding | looks up the vector of an index | [Embedding](../embeddings/embedding.md) |
# | merge | several inputs become one | [Merge](../merge/merge.md) |
# | advanced activations | bends that have parameters | [PReLU](../advanced_activations/advanced_activations.md) |
# | normalization | brings numbers back into a sensible range | [BatchNormalization](../normalization/batch_normalization.md) |
# | noise | disturbs on purpose while training | [GaussianNoise](../noise/noise.md) |
# | wrappers | a layer around a layer | [TimeDistributed](../wrappers/wrappers.md) |
# | your own | what none of these is | [Layer](../custom/custom_layers.md) |
#
# !!! note "Correction"
#     Of the locally connected, merge, advanced activation, normalization, noise, wrapper and custom layers the original document gives the names and nothing else. Here every family has its page.
#
# ## A picture
#
# The small network below draws on three families. On the left, how many numbers each layer puts out; on the right, how many weights it has: **the numbers are in front, the weights at the back**. A convolution handles the most numbers with few weights, since one window serves everywhere; with a dense layer it is the other way round.

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn import Input, Model, Sequential
from tensorlearn.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D

tl.set_seed(0)
model = Sequential(
    [
        Conv2D(16, 3, activation="relu", input_shape=(28, 28, 1)),
        MaxPooling2D(2),
        Conv2D(32, 3, activation="relu"),
        MaxPooling2D(2),
        Flatten(),
        Dense(64, activation="relu"),
        Dropout(0.5),
        Dense(10, activation="softmax"),
    ]
)
for layer in model.layers:
    print(f"{layer.name:16} {layer.output_shape!s:20} {layer.count_params():7,}")

# %%
import matplotlib.pyplot as plt

names = [layer.name for layer in model.layers]
numbers = [np.prod(layer.output_shape[1:]) for layer in model.layers]
weights = [layer.count_params() for layer in model.layers]

fig, axes = plt.subplots(1, 2, figsize=(7.5, 2.6), sharey=True)
for ax, values, title in zip(axes, [numbers, weights], ["numbers out", "weights"]):
    bars = ax.barh(names, values, color="tab:blue")
    ax.bar_label(bars, fmt="{:,.0f}", padding=3, fontsize=8)
    ax.set(title=title, xlim=(0, 1.2 * max(values)), xticks=[])
axes[0].invert_yaxis()

# %% [markdown] lang="zh"
# ## 权重：取出与放回
#
# `get_weights()` 返回一个**列表**，里面是 NumPy 数组；`set_weights()` 接受同样形状的列表。取出来的是副本，改它不会动到层；要改，必须放回去。

# %% [markdown] lang="en"
# ## Weights, out and in again
#
# `get_weights()` returns a **list** of NumPy arrays, and `set_weights()` takes a list of the same shapes. What you get are copies: to change the layer, put them back.

# %%
layer = Dense(2)
layer(np.zeros((1, 3)))  # the first call makes the weights
kernel, bias = layer.get_weights()
kernel[:] = 7
print("still the old one:", (layer.get_weights()[0] == 7).any())

layer.set_weights([kernel, bias + 1])
layer(np.array([[1.0, 0.0, 0.0]]))

# %% [markdown] lang="zh"
# 列表的顺序是：可训练的在前，其余在后。大多数层只有前一种；[BatchNormalization](../normalization/batch_normalization.md) 有两个可训练的，还有两个只记录、不训练的滑动平均。把 `trainable` 设为 `False`，一层就冻结了，权重还在，只是优化器不再碰它。

# %% [markdown] lang="en"
# The order is: trainable weights first, then the others. Most layers have none of the second kind; [BatchNormalization](../normalization/batch_normalization.md) trains two and keeps two running averages that are recorded, not trained. Set `trainable` to `False` and a layer is frozen: the weights are still there, but the optimizer leaves them alone.

# %%
from tensorlearn.layers import BatchNormalization

norm = BatchNormalization()
norm(np.zeros((4, 3)))
print([p.name for p in norm.weights])
print(len(norm.trainable_weights), "trainable,", len(norm.non_trainable_weights), "not")
norm.trainable = False
print(len(norm.trainable_weights), "trainable,", len(norm.non_trainable_weights), "not")

# %% [markdown] lang="zh"
# ## 设定：写下来与重建
#
# `get_config()` 把设定写成一个普通字典；`layer_from_config()` 照着它做一个新层。新层设定相同，**权重却是新的**：设定里没有权重。

# %% [markdown] lang="en"
# ## Settings, written down and rebuilt
#
# `get_config()` writes the settings as a plain dictionary, and `layer_from_config()` makes a new layer from it. The new one has the same settings but **weights of its own**, for a configuration holds none.

# %%
from tensorlearn.layers import layer_from_config

config = layer.get_config()
print({key: config[key] for key in ("name", "units", "activation", "use_bias")})

twin = layer_from_config(config)
print(twin, twin.units, "built:", twin.built)
twin(np.zeros((1, 3)))
np.array_equal(twin.get_weights()[0], kernel)

# %% [markdown] lang="zh"
# !!! note "更正"
#     原文档的 `layer_from_config(layer.get_config())` 在任何一版 Keras 里都跑不通：字典里没有类名，不知道该造哪一种层。这里的字典会记住自己来自哪个类，所以这一行真的能用；它的内容和写成的 JSON 仍与 Keras 一样。
#
# 字典一旦写进文件，再读回来就是普通字典，类名也就忘了。要存到文件里，用 `serialize`，它把类名放在外面一层：

# %% [markdown] lang="en"
# !!! note "Correction"
#     `layer_from_config(layer.get_config())`, as the original document has it, works in no version of Keras: the dictionary lacks the name of the class, so nobody knows what to build. Here the dictionary remembers where it came from and the line does work; its contents, and the JSON it becomes, are still those of Keras.
#
# Once it went through a file it is a plain dictionary again and has forgotten its class. For files use `serialize`, which puts the name around it:

# %%
import json

from tensorlearn.layers import deserialize, serialize

text = json.dumps(serialize(Dropout(0.25, name="rest")))
print(text)
deserialize(json.loads(text)).rate

# %% [markdown] lang="zh"
# ## 连接：这一层在哪里被用过
#
# 层有两种用法。给它数组，它马上算；给它 `Input` 返回的**符号**，它只记下一笔：输入是谁、输出是谁、形状如何。这一笔就是一个**计算节点**。计算总是立即进行的，符号只负责记录图的样子。
#
# 只被记过一次的层，可以直接问：

# %% [markdown] lang="en"
# ## Connections: where the layer has been used
#
# There are two ways to call a layer. Given an array, it computes at once. Given a **Symbol**, which is what `Input` returns, it notes down what came in, what goes out, and the shapes. Such a note is a **node**. Computing is always immediate here; Symbols only record what the graph looks like.
#
# A layer with a single note can be asked directly:

# %%
layer = Dense(4, name="score")
a = Input((3,), name="a")
layer(a)
print(layer.input, layer.output, sep="\n")
print(layer.input_shape, layer.output_shape)

# %% [markdown] lang="zh"
# ## 共享的层：一个节点不够
#
# 同一层用在两处，就有两个节点、一份权重。这时“输入”指哪一个说不清，要说出第几次，从 0 数起：

# %% [markdown] lang="en"
# ## Shared layers: more than one node
#
# Used in two places, a layer has two nodes and one set of weights. "The input" is then ambiguous, and you say which call you mean, counting from 0:

# %%
b = Input((5, 3), name="b")
layer(b)
print(layer.get_input_at(0).name, layer.get_output_shape_at(0))
print(layer.get_input_at(1).name, layer.get_output_shape_at(1))

# %% [markdown] lang="zh"
# !!! note "更正"
#     原文档说 `input_shape` 和 `output_shape` 只能用于单节点的层。与 Keras 2.2.4 一样，这里只要各节点的形状**相同**就可以用；形状不同，才必须用 `get_input_shape_at`。
#
# 掩码也有同样的一套：`input_mask`、`output_mask`、`get_input_mask_at`、`get_output_mask_at`，见[掩码的一生](../training/masks.md)。
#
# ### 共享的层怎样学习
#
# 每个节点各送回一份梯度，共享的权重得到它们的**和**。让同一把“尺子” $w$ 量两个东西再相减，$y = x_a w - x_b w$，那么 $\partial y/\partial w = x_a - x_b$：

# %% [markdown] lang="en"
# !!! note "Correction"
#     The original document allows `input_shape` and `output_shape` for layers with a single node only. As in Keras 2.2.4, they work here whenever all nodes have the **same** shape; only where shapes differ must you use `get_input_shape_at`.
#
# Masks have the same set: `input_mask`, `output_mask`, `get_input_mask_at`, `get_output_mask_at`; see [the life of a mask](../training/masks.md).
#
# ### How a shared layer learns
#
# Every node sends back a gradient, and the shared weights receive their **sum**. Let one ruler $w$ measure two things and subtract, $y = x_a w - x_b w$; then $\partial y/\partial w = x_a - x_b$:

# %%
from tensorlearn.layers import subtract

ruler = Dense(1, use_bias=False)
a, b = Input((3,)), Input((3,))
compare = Model([a, b], subtract([ruler(a), ruler(b)]))

x_a, x_b = np.array([[1.0, 2.0, 3.0]]), np.array([[1.0, 0.0, 5.0]])
tl.grad(compare([x_a, x_b]).sum(), ruler.kernel).T

# %% [markdown] lang="zh"
# 这正是“比较两样东西”的网络的做法：两边用同一把尺子，换个次序，结果只变号。
#
# ## 常见错误
#
# **还没有权重就去问。** 多数层要看见输入的形状才知道权重该多大：

# %% [markdown] lang="en"
# This is how networks compare two things: one ruler for both sides, so that swapping them only changes the sign.
#
# ## Common mistakes
#
# **Asking for weights that do not exist yet.** Most layers must see the shape of their input to know how many they need:

# %% tags=["raises-exception"]
Dense(3).count_params()

# %% [markdown] lang="zh"
# **忘了偏置。** `Dense` 有两个数组，只给一个不行；错误里写着缺的是什么：

# %% [markdown] lang="en"
# **Forgetting the bias.** A `Dense` layer has two arrays; the error lists them:

# %% tags=["raises-exception"]
twin.set_weights([np.ones((3, 2))])

# %% [markdown] lang="zh"
# **对共享的层问“输入”。** 它有不止一个：

# %% [markdown] lang="en"
# **Asking a shared layer for "the input".** It has more than one:

# %% tags=["raises-exception"]
ruler.input

# %% [markdown] lang="zh"
# **把重建的层放进同一个模型。** 名字也写在设定里，于是撞了名。给其中一个换名字：`config["name"] = "other"`，或者 `Dense.from_config` 之前删掉它。

# %% [markdown] lang="en"
# **The rebuilt layer in the same model.** The name is one of the settings, and now two layers share it. Rename one: `config["name"] = "other"`, or delete the key before `Dense.from_config`.

# %% tags=["raises-exception"]
x = Input((3,))
first = Dense(3, name="hidden")
Model(x, layer_from_config(first.get_config())(first(x)))

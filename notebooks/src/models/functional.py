# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 13.2 函数式模型：任意的图
#
# 层可以像函数一样调用。把一个占位的输入交给它，得到一个占位的输出；再交给下一层……最后说明从哪里到哪里，就是一个模型。分叉、汇合、共享、多输入多输出，都只是函数调用。
#
# ## 从 Input 到 Model
#
# `Input(shape)` 给出一个**符号**：它没有数值，只记着形状，以及将要对它做什么。

# %% [markdown] lang="en"
# # 13.2 Functional models: any graph
#
# A layer can be called like a function. Hand it a placeholder and you get a placeholder back; hand that to the next layer, and so on; finally say from where to where, and you have a model. Branches, junctions, sharing, several inputs or outputs: all of it is calling functions.
#
# ## From Input to Model
#
# `Input(shape)` makes a **symbol**. It has no values, it only knows its shape and what is going to be done to it.

# %% tags=["both"]
import numpy as np
from tensorlearn import Input, Model
from tensorlearn.layers import Dense

a = Input(shape=(32,))
b = Dense(16, activation="relu")(a)
c = Dense(4)(b)
model = Model(inputs=a, outputs=c)
model.summary()

# %% [markdown] lang="zh"
# 符号之间可以直接做运算，`tensorlearn` 会替你记下来：

# %% [markdown] lang="en"
# Symbols can be used in plain arithmetic; `tensorlearn` records it for you:

# %%
x = Input((3,))
y = np.tanh(x) * 2.0 + x[:, :1]
raw = Model(x, y)
print(raw.predict(np.array([[0.0, 1.0, 2.0]])))

# %% [markdown] lang="zh"
# ## 属性
#
# | 属性 | 内容 |
# |---|---|
# | `model.layers` | 各层，自底向上 |
# | `model.inputs`，`model.outputs` | 输入、输出符号的列表 |
# | `model.get_layer(name=None, index=None)` | 按名字或下标取一层 |
#
# 中间任何一层的输出都可以另做一个模型，用来看里面发生了什么；权重是共用的，不会重复训练：

# %% [markdown] lang="en"
# ## Attributes
#
# | attribute | what it holds |
# |---|---|
# | `model.layers` | the layers, from the bottom up |
# | `model.inputs`, `model.outputs` | lists of symbols |
# | `model.get_layer(name=None, index=None)` | a layer by name or by index |
#
# The output of any layer can become a model of its own, to see what goes on inside; the weights are shared, nothing is trained twice:

# %%
inside = Model(model.inputs, model.get_layer(index=1).output)
print([layer.name for layer in model.layers], inside.predict(np.ones((2, 32))).shape)

# %% [markdown] lang="zh"
# ## 共享一层
#
# 同一个层调用两次，就是两处共用一套权重。下面的模型问“两句话像不像”，两句都由同一个编码器来读：

# %% [markdown] lang="en"
# ## Sharing a layer
#
# Call a layer twice and both places use the same weights. This model asks how alike two sentences are, and one encoder reads both:

# %%
from tensorlearn.layers import LSTM, Dot, Embedding

first, second = Input((10,)), Input((10,))
words, reader = Embedding(100, 8), LSTM(16)
likeness = Dot(1, normalize=True)([reader(words(first)), reader(words(second))])
siamese = Model([first, second], likeness)

sentence = np.random.default_rng(0).integers(1, 100, (1, 10))
print(siamese.predict([sentence, sentence]))
print(
    reader.get_output_shape_at(0),
    reader.get_output_shape_at(1),
    len(reader._inbound_nodes),
)

# %% [markdown] lang="zh"
# ## 两个输入，两个输出
#
# 原文档提到的新闻例子：根据正文与附加信息，预测会被转发多少次，同时让正文那一路也单独给出预测，逼它学好。完整的项目见[新闻](../projects/news.md)，这里只看骨架：

# %% [markdown] lang="en"
# ## Two inputs, two outputs
#
# The news example that the original document mentions: from the text and some extra facts predict how often it will be shared, and make the text branch give a prediction of its own, which forces it to learn properly. The whole project is in [News](../projects/news.md); here is its skeleton:

# %%
from tensorlearn.layers import concatenate

text, extra = Input((20,), name="text"), Input((3,), name="extra")
read = LSTM(16)(Embedding(200, 8)(text))
early = Dense(1, activation="sigmoid", name="early")(read)
joined = Dense(16, activation="relu")(concatenate([read, extra]))
final = Dense(1, activation="sigmoid", name="final")(joined)

news = Model(inputs=[text, extra], outputs=[final, early])
news.compile("adam", "binary_crossentropy", loss_weights={"final": 1.0, "early": 0.2})

rng = np.random.default_rng(0)
data = {"text": rng.integers(0, 200, (64, 20)), "extra": rng.normal(size=(64, 3))}
target = (data["extra"][:, :1] > 0).astype("float32")
history = news.fit(data, {"final": target, "early": target}, epochs=2, verbose=0)
print(sorted(history.history))

# %% [markdown] lang="zh"
# 输入、输出、损失、权重都可以按名字给，不必记次序。
#
# ## 看一看
#
# 模型就是一张图。下面是新闻模型的各层，以及谁把输出交给谁，照模型自己知道的画出来：

# %% [markdown] lang="en"
# Inputs, outputs, losses and weights can all be given by name; there is no order to remember.
#
# ## A picture
#
# A model is a graph. Here are the layers of the news model and who feeds whom, drawn from what the model itself knows:

# %% tags=["mermaid"]
print("graph LR")
for layer in news.layers:
    for node in layer._inbound_nodes:
        for source in node.inbound_layers:
            print(f"  {source.name}[{source.name}] --> {layer.name}[{layer.name}]")

# %% [markdown] lang="zh"
# ## 模型也是层
#
# 模型可以像层一样调用，连同它的权重：

# %% [markdown] lang="en"
# ## A model is a layer
#
# A model can be called like a layer, weights and all:

# %%
from tensorlearn.layers import TimeDistributed

frame = Input((32,))
per_frame = Model(frame, Dense(8, activation="relu")(frame))
video = Input((None, 32))
whole = Model(video, LSTM(4)(TimeDistributed(per_frame)(video)))
print(whole.predict(np.zeros((2, 7, 32))).shape)

# %% [markdown] lang="zh"
# ## 常见错误
#
# **输出与输入之间没有路：**

# %% [markdown] lang="en"
# ## Common mistakes
#
# **No path from the input to the output:**

# %% tags=["raises-exception"]
Model(Input((32,)), c)

# %% [markdown] lang="zh"
# **把数据当成符号：**

# %% [markdown] lang="en"
# **Data where a symbol is wanted:**

# %% tags=["raises-exception"]
Model(np.zeros((4, 32)), c)

# %% [markdown] lang="zh"
# **忘了调用层。** `Dense(4)` 是层，`Dense(4)(b)` 才是它的输出：

# %% [markdown] lang="en"
# **A layer that was not called.** `Dense(4)` is a layer, `Dense(4)(b)` its output:

# %% tags=["raises-exception"]
Model(a, Dense(4))

# %% [markdown] lang="zh"
# **层名拼错：**

# %% [markdown] lang="en"
# **A misspelt name:**

# %% tags=["raises-exception"]
news.get_layer("finale")

# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] lang="zh"
# # 让 Keras 1 的代码重新运行
#
# 网上的教程、旧论文附的脚本，还有许多中文博客，写的都是 Keras 1。读完这一页，你能一行不改地运行它们，看懂警告在说什么，也能把它们改写成 Keras 2。
#
# ## 一行不改地运行
#
# 假设有一个多年前的脚本 `old.py`：

# %% [markdown] lang="en"
# # Keras 1 code, running again
#
# Tutorials on the web, scripts that came with old papers, and many a blog are written for Keras 1. After this page you can run them without changing a line, understand what the warnings say, and rewrite them for Keras 2.
#
# ## Without changing a line
#
# Say there is a script from years ago, `old.py`:

# %%
from pathlib import Path

Path("old.py").write_text("""
import numpy as np
from keras.models import Sequential
from keras.layers.core import Dense, Dropout, Activation
from keras.utils import np_utils
from keras.regularizers import l2

np.random.seed(0)
X = np.random.rand(200, 8)
Y = np_utils.to_categorical(X.sum(axis=1) > 4, 2)

model = Sequential()
model.add(Dense(output_dim=16, input_dim=8, init='glorot_uniform', W_regularizer=l2(0.001)))
model.add(Activation('relu'))
model.add(Dropout(p=0.1))
model.add(Dense(output_dim=2, bias=True))
model.add(Activation('softmax'))
model.compile(loss='categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(X, Y, batch_size=20, nb_epoch=30, verbose=0)
print(model.evaluate(X, Y, verbose=0)[1] > 0.8)
print(model.predict_classes(X[:5], verbose=0))
""")
print("written")

# %% [markdown] lang="zh"
# 在终端里写 `tensorlearn run old.py`（其后的参数交给脚本），它就照常运行：脚本里的 `import keras` 得到的是 tensorlearn。在笔记本里，同一件事是 `run_script`：

# %% [markdown] lang="en"
# In a terminal, `tensorlearn run old.py` runs it (arguments behind it go to the script): its `import keras` gets tensorlearn. In a notebook the same thing is `run_script`:

# %% tags=["both"]
import warnings

from tensorlearn.keras_compat import run_script

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    code = run_script("old.py")
print("exit code", code)
for one in caught:
    print("-", one.message)

# %% [markdown] lang="zh"
# 每条警告都写出了这一行的新写法，照抄即可。不想看时：`warnings.simplefilter("ignore", tl.declare.Keras1Warning)`。
#
# 不必是脚本。在自己的程序里，调用一次 `install_as_keras()`，此后的 `import keras` 都指 tensorlearn；`uninstall()` 撤销：

# %% [markdown] lang="en"
# Each warning spells out the new form of the line, ready to be copied. If you do not want to see them: `warnings.simplefilter("ignore", tl.declare.Keras1Warning)`.
#
# It need not be a script. In a program of your own, call `install_as_keras()` once, and from then on `import keras` means tensorlearn; `uninstall()` undoes it:

# %%
import tensorlearn as tl
from tensorlearn.keras_compat import install_as_keras, uninstall

install_as_keras()
import keras
from keras.layers import Convolution2D

print(keras.__version__, keras.layers.Dense is tl.layers.Dense, Convolution2D.__name__)

# %% [markdown] lang="zh"
# ## 改名对照表
#
# | Keras 1 | Keras 2 | 说明 |
# |---|---|---|
# | `output_dim` | `units` | `Dense`、循环层 |
# | `nb_filter`，`nb_row`，`nb_col` | `filters`，`kernel_size` | `Convolution2D(32, 3, 3)` 即 `Conv2D(32, (3, 3))` |
# | `filter_length` | `kernel_size` | 一维卷积 |
# | `subsample`，`subsample_length`，`stride` | `strides` | |
# | `border_mode` | `padding` | |
# | `dim_ordering="th"`，`"tf"` | `data_format="channels_first"`，`"channels_last"` | |
# | `atrous_rate` | `dilation_rate` | |
# | `init`，`inner_init` | `kernel_initializer`，`recurrent_initializer` | |
# | `W_regularizer`，`U_regularizer`，`b_regularizer` | `kernel_regularizer`，`recurrent_regularizer`，`bias_regularizer` | 约束同理 |
# | `bias` | `use_bias` | |
# | `p`，`sigma` | `rate`，`stddev` | `Dropout`、噪声层 |
# | `pool_length`，`length` | `pool_size`，`size` | |
# | `dropout_W`，`dropout_U` | `dropout`，`recurrent_dropout` | |
# | `inner_activation` | `recurrent_activation` | |
# | `consume_less="cpu"`，`"mem"`，`"gpu"` | `implementation=0`，`1`，`2` | |
# | `nb_epoch` | `epochs` | `fit` |
# | `samples_per_epoch`，`nb_val_samples`，`val_samples` | `steps_per_epoch`，`validation_steps`，`steps` | 旧的数样本，新的数批 |
# | `merge([a, b], mode="sum")` | `add([a, b])` | 其他方式见[融合层](../merge/merge.md) |
# | `Model(input=a, output=b)` | `Model(inputs=a, outputs=b)` | |
# | `keras.objectives`，`keras.initializations` | `keras.losses`，`keras.initializers` | |
#
# 这张表就是程序里的 `RENAMES`，层在接收参数时查它：

# %% [markdown] lang="en"
# ## The table of renames
#
# | Keras 1 | Keras 2 | remark |
# |---|---|---|
# | `output_dim` | `units` | `Dense`, recurrent layers |
# | `nb_filter`, `nb_row`, `nb_col` | `filters`, `kernel_size` | `Convolution2D(32, 3, 3)` is `Conv2D(32, (3, 3))` |
# | `filter_length` | `kernel_size` | convolution in one dimension |
# | `subsample`, `subsample_length`, `stride` | `strides` | |
# | `border_mode` | `padding` | |
# | `dim_ordering="th"`, `"tf"` | `data_format="channels_first"`, `"channels_last"` | |
# | `atrous_rate` | `dilation_rate` | |
# | `init`, `inner_init` | `kernel_initializer`, `recurrent_initializer` | |
# | `W_regularizer`, `U_regularizer`, `b_regularizer` | `kernel_regularizer`, `recurrent_regularizer`, `bias_regularizer` | the same for constraints |
# | `bias` | `use_bias` | |
# | `p`, `sigma` | `rate`, `stddev` | `Dropout`, noise layers |
# | `pool_length`, `length` | `pool_size`, `size` | |
# | `dropout_W`, `dropout_U` | `dropout`, `recurrent_dropout` | |
# | `inner_activation` | `recurrent_activation` | |
# | `consume_less="cpu"`, `"mem"`, `"gpu"` | `implementation=0`, `1`, `2` | |
# | `nb_epoch` | `epochs` | `fit` |
# | `samples_per_epoch`, `nb_val_samples`, `val_samples` | `steps_per_epoch`, `validation_steps`, `steps` | the old ones count samples, the new ones batches |
# | `merge([a, b], mode="sum")` | `add([a, b])` | for other modes see [Merging](../merge/merge.md) |
# | `Model(input=a, output=b)` | `Model(inputs=a, outputs=b)` | |
# | `keras.objectives`, `keras.initializations` | `keras.losses`, `keras.initializers` | |
#
# The program has this table as `RENAMES`, and looks there when a layer is given its arguments:

# %%
from tensorlearn.declare.keras1 import RENAMES

print(len(RENAMES), {old: RENAMES[old] for old in ("output_dim", "border_mode", "p")})

# %% [markdown] lang="zh"
# ## 看一看：通道在前还是在后
#
# 最容易出错的不是名字，是数据的次序。Keras 1 配 Theano 时，图像是 `(通道, 行, 列)`，即 `dim_ordering="th"`；如今默认通道在最后。次序要用 `moveaxis` 换；用 `reshape` 也能得到正确的形状，得到的却是一堆碎片：

# %% [markdown] lang="en"
# ## A picture: channels first or last
#
# What goes wrong most easily is not a name but the order of the data. With Theano under Keras 1, images were channels, rows, columns, `dim_ordering="th"`; today channels come last by default. Use `moveaxis` to change the order. `reshape` gives the right shape as well, and shreds the image:

# %%
import matplotlib.pyplot as plt
import numpy as np

rows, columns = np.mgrid[0:24, 0:24] / 23
disc = (rows - 0.5) ** 2 + (columns - 0.5) ** 2 < 0.15
image = np.stack([rows, columns, disc * 1.0])  # channels first: (3, 24, 24)

fig, axes = plt.subplots(1, 2, figsize=(5, 2.4))
axes[0].imshow(np.moveaxis(image, 0, -1))
axes[0].set_title("moveaxis(x, 0, -1)", fontsize=8)
axes[1].imshow(image.reshape(24, 24, 3))
axes[1].set_title("reshape(24, 24, 3)", fontsize=8)
for ax in axes:
    ax.axis("off")

# %% [markdown] lang="zh"
# 也可以不动数据，让层按旧次序理解：每层写 `data_format="channels_first"`，或者一次设定全局的 `image_dim_ordering`：

# %% [markdown] lang="en"
# Or leave the data alone and let the layers read them in the old order: write `data_format="channels_first"` for each, or set `image_dim_ordering` once for all:

# %%
from tensorlearn import backend as K
from tensorlearn.layers import Conv2D

before = K.image_dim_ordering()
K.set_image_dim_ordering("th")
print(Conv2D(8, 3)(image[None]).shape)  # channels first now
K.set_image_dim_ordering(before)
uninstall()

# %% [markdown] lang="zh"
# ## 旧的权重文件
#
# `load_weights` 认得 Keras 1 存的 `.h5`：门的次序、偏置的形状、Theano 翻转过的卷积核，都会换成今天的布局。
#
# ## 有意不同的地方
#
# - `keras.applications` 里带权重的模型不提供，错误信息会说怎么办；
# - `BatchNormalization(mode=1)` 与 `mode=2` 在 Keras 2 里已经取消，这里也不接受；
# - `train_on_batch` 的 `class_weight` 与 `sample_weight` 在两代里次序相反，所以只能按名字传。
#
# ## 常见错误
#
# **新旧名字同时给。**

# %% [markdown] lang="en"
# ## Old weight files
#
# `load_weights` knows the `.h5` files of Keras 1. The order of gates, the shape of biases, and the kernels that Theano had flipped are brought into today's layout.
#
# ## Different on purpose
#
# - models with weights in `keras.applications` are not supplied; the error says what to do instead;
# - `BatchNormalization(mode=1)` and `mode=2` were gone in Keras 2, and are not accepted here;
# - `class_weight` and `sample_weight` of `train_on_batch` come in opposite order in the two generations, and are therefore given by name.
#
# ## Common mistakes
#
# **The old name and the new one together.**

# %% tags=["raises-exception"]
from tensorlearn.layers import Dropout

Dropout(p=0.5, rate=0.5)

# %% [markdown] lang="zh"
# **新旧混写的卷积。** `Conv2D(64, 3, 3, padding="same")` 里的第二个 3 是核的一边，还是步幅？两种读法都说得通，所以请你说清楚：

# %% [markdown] lang="en"
# **A convolution half old, half new.** In `Conv2D(64, 3, 3, padding="same")`, is the second 3 a side of the kernel, or the stride? Both readings make sense, so you are asked:

# %% tags=["raises-exception"]
Conv2D(64, 3, 3, padding="same")

# %% [markdown] lang="zh"
# **已经取消的方式。**

# %% [markdown] lang="en"
# **A mode that is gone.**

# %% tags=["raises-exception"]
from tensorlearn.layers import BatchNormalization

BatchNormalization(mode=1)

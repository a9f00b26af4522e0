"""Write docs/backend.md and docs/backend.zh.md: every function of Keras's backend.

    python scripts/backend_table.py

Names, signatures and descriptions come from the code; the Chinese descriptions are here.
"""

from __future__ import annotations

import inspect
from pathlib import Path

from tensorlearn import backend as K
from tensorlearn.backend.table import DIFFERENT, LEFT_OUT, SUBJECTS

DOCS = Path(__file__).parents[1] / "docs"

INTRODUCTION = {
    "en": """# backend: the functions of `K`

```python
from tensorlearn import backend as K
```

Every function of Keras 2.2.4's backend is listed below, with its status.

- **They take arrays, Tensors and Symbols alike.** Arrays and numbers become Tensors, so
  results always have `.shape`, take part in differentiation, and `K.eval` makes a NumPy
  array of them. If a Symbol (from `Input`, a layer, or `K.placeholder`) is among the
  arguments, the call is recorded and the result is a Symbol: give it to `K.function`, or
  make it an output of a model.
- **There is no session and no static graph.** `K.variable` has its values at once, and
  `K.update` writes at once.
- **`K.learning_phase()`** is 1 or 0 inside a running layer or model, and after
  `K.set_learning_phase`. Elsewhere it is a Symbol: name it among the inputs of
  `K.function` to say whether dropout and batch normalisation train; unfed it means 0.
- **`K.gradients`** works on Tensors and on Symbols. Its results are Symbols again, so
  gradients of gradients work, and so do gradients inside of models.

```python
import numpy as np
from tensorlearn.layers import Input, Dense

x = Input(shape=(3,))
score = Dense(2)(x)
slope = K.gradients(score[:, 0], x)[0]  # of a score, with respect to the input
saliency = K.function([x], [K.abs(slope)])
saliency([np.ones((4, 3))])[0].shape  # (4, 3)
```

Status: **done**, **differs** (done, with a difference that is named), **left out**.
""",
    "zh": """# backend：`K` 的函数

```python
from tensorlearn import backend as K
```

下面列出 Keras 2.2.4 后端的每一个函数及其状态。

- **数组、Tensor 和 Symbol 都可以作参数。** 数组和数会变成 Tensor，因此结果总有
  `.shape`，可以求导，`K.eval` 把它变成 NumPy 数组。参数中只要有 Symbol（来自 `Input`、
  某一层或 `K.placeholder`），这次调用就被记录下来，结果也是 Symbol：可以交给
  `K.function`，也可以作为模型的输出。
- **没有会话，也没有静态图。** `K.variable` 立刻有值，`K.update` 立刻写入。
- **`K.learning_phase()`** 在正在运行的层或模型内部、以及调用过 `K.set_learning_phase`
  之后，是 1 或 0；在别处它是一个 Symbol：把它放进 `K.function` 的输入，就可以指定
  Dropout 和批规范化是否处于训练状态；不给值时为 0。
- **`K.gradients`** 对 Tensor 和 Symbol 都有效。结果仍是 Symbol，因此可以对梯度再求梯度，
  也可以在模型内部使用梯度。

```python
import numpy as np
from tensorlearn.layers import Input, Dense

x = Input(shape=(3,))
score = Dense(2)(x)
slope = K.gradients(score[:, 0], x)[0]  # 得分对输入的梯度
saliency = K.function([x], [K.abs(slope)])
saliency([np.ones((4, 3))])[0].shape  # (4, 3)
```

状态：**完成**、**有别**（已完成，差别写在说明里）、**未收录**。
""",
}

WORDS = {
    "en": {"head": "| function | status | what it does |", "done": "done",
           "differs": "differs", "out": "left out", "count": "{done} of {all} done."},
    "zh": {"head": "| 函数 | 状态 | 作用 |", "done": "完成",
           "differs": "有别", "out": "未收录", "count": "共 {all} 个，已完成 {done} 个。"},
}  # fmt: skip

CHINESE = {
    # subjects
    "Settings and names": "设置与名称",
    "Variables and placeholders": "变量与占位符",
    "Elementwise": "逐元素运算",
    "Reductions": "归约",
    "Products and lookup": "乘积与查表",
    "Shape": "形状",
    "Graph": "计算图",
    "Loops": "循环",
    "Networks": "网络",
    "Convolution and pooling": "卷积与池化",
    "Random numbers": "随机数",
    # settings
    "backend": "做计算的后端的名字：总是 \"tensorlearn\"。",
    "floatx": "默认的数值类型，如 \"float32\"。",
    "set_floatx": "设置默认的数值类型。",
    "cast_to_floatx": "把 x 变成默认数值类型的数组。",
    "epsilon": "加在分母和对数里的小常数。",
    "set_epsilon": "设置这个小常数。",
    "image_data_format": "图像的通道轴在哪里：channels_last 或 channels_first。",
    "set_image_data_format": "设置默认的图像布局。",
    "normalize_data_format": "检查布局名称；None 表示默认值。",
    "image_dim_ordering": "`image_data_format` 在 Keras 1 中的名字：\"tf\" 或 \"th\"。",
    "set_image_dim_ordering": "`set_image_data_format` 在 Keras 1 中的名字。",
    "get_uid": "每个前缀各自从 1 开始编号。",
    "reset_uids": "重新开始编号。",
    "name_scope": "块内变量和占位符的名字以 \"名字/\" 开头。",
    "clear_session": "重新开始：名称编号和学习阶段。",
    "manual_variable_initialization": "接受但不起作用：变量一建立就有值。",
    "get_session": "会话。",
    "set_session": "会话。",
    # variables
    "variable": "可以写入的值。",
    "constant": "由给定的值构成的 Tensor。",
    "placeholder": "由 `K.function` 给值的 Symbol。",
    "zeros": "全 0 的变量。",
    "ones": "全 1 的变量。",
    "eye": "单位矩阵变量。",
    "zeros_like": "与 x 同形状的 0。",
    "ones_like": "与 x 同形状的 1。",
    "identity": "x 本身，作为一个新的值。",
    "random_uniform_variable": "均匀分布随机数的变量。",
    "random_normal_variable": "正态分布随机数的变量。",
    "is_tensor": "x 是不是 Tensor、变量或 Symbol。",
    "is_keras_tensor": "x 是否来自 `Input`、层或对它们的运算。",
    "is_placeholder": "x 是不是等待给值的 Symbol。",
    "is_sparse": "总是 False：没有稀疏的 Tensor。",
    "to_dense": "返回参数本身，它从不稀疏。",
    "shape": "各轴的长度，作为整数 Tensor。",
    "int_shape": "各轴的长度，作为元组；未知处为 None。",
    "get_variable_shape": "各轴的长度，作为元组；未知处为 None。",
    "ndim": "轴的个数。",
    "dtype": "数值类型的名字。",
    "count_params": "元素的个数。",
    "cast": "换一种数值类型。",
    "eval": "值，作为 NumPy 数组。",
    "get_value": "变量的值。",
    "batch_get_value": "若干变量的值。",
    "set_value": "写入变量。",
    "batch_set_value": "写入若干变量。",
    "update": "把新值写入变量。",
    "update_add": "x += 增量，就地写入。",
    "update_sub": "x -= 减量，就地写入。",
    "moving_average_update": "x = momentum·x + (1 - momentum)·value，就地写入。",
    "print_tensor": "计算到 x 时打印它的值。",
    # elementwise
    "square": "x²。",
    "abs": "|x|。",
    "sqrt": "√x；负数当作 0。",
    "exp": "eˣ。",
    "log": "自然对数。",
    "round": "最近的整数；一半时取偶数。",
    "sign": "-1、0 或 1。",
    "pow": "x 的 a 次方。",
    "clip": "限制在 [min_value, max_value] 内。",
    "sin": "正弦。",
    "cos": "余弦。",
    "maximum": "逐元素取较大者。",
    "minimum": "逐元素取较小者。",
    "equal": "x = y？逐元素。",
    "not_equal": "x ≠ y？逐元素。",
    "greater": "x > y？逐元素。",
    "greater_equal": "x ≥ y？逐元素。",
    "less": "x < y？逐元素。",
    "less_equal": "x ≤ y？逐元素。",
    "arange": "等差整数序列。",
    # reductions
    "max": "沿 `axis` 的最大值。",
    "min": "沿 `axis` 的最小值。",
    "sum": "沿 `axis` 的和。",
    "prod": "沿 `axis` 的积。",
    "mean": "沿 `axis` 的平均值；布尔值按 0 和 1 计。",
    "var": "沿 `axis` 的方差。",
    "std": "沿 `axis` 的标准差。",
    "logsumexp": "log Σ exp(x)，不会溢出。",
    "any": "沿 `axis` 是否有不为 0 的元素。",
    "all": "沿 `axis` 是否没有为 0 的元素。",
    "argmax": "沿 `axis` 最大元素的位置。",
    "argmin": "沿 `axis` 最小元素的位置。",
    "cumsum": "沿 `axis` 的累加。",
    "cumprod": "沿 `axis` 的累乘。",
    # products
    "dot": "x 的最后一轴乘 y 的倒数第二轴。",
    "batch_dot": "对每个样本，沿各一条轴求和的乘积。",
    "gather": "按整数取表中的行。",
    # shape
    "concatenate": "沿已有的轴连接。",
    "stack": "沿新的轴堆叠。",
    "reshape": "同样的元素，另一种形状；可以有一个 -1。",
    "flatten": "所有元素排成一条轴。",
    "batch_flatten": "除第一轴外合并成一条轴。",
    "expand_dims": "插入长度为 1 的轴。",
    "squeeze": "去掉长度为 1 的轴。",
    "transpose": "所有轴倒序。",
    "permute_dimensions": "按给定次序排列各轴。",
    "reverse": "沿 `axes` 倒转次序。",
    "tile": "沿各轴重复若干份。",
    "repeat": "把矩阵重复 n 次，作为新的第二轴。",
    "repeat_elements": "沿 `axis` 把每个元素重复 `rep` 次。",
    "resize_images": "按整数倍放大图像：最近邻或双线性。",
    "resize_volumes": "按整数倍放大三维数据。",
    "temporal_padding": "在时间轴前后补 0。",
    "spatial_2d_padding": "在图像四周补 0。",
    "spatial_3d_padding": "在三维数据四周补 0。",
    "slice": "从 `start` 开始、长度为 `size` 的部分。",
    "one_hot": "给定位置为 1，其余为 0。",
    # graph
    "function": "把 Symbol 之间的图变成从数组到数组的函数。",
    "gradients": "损失对每个变量的梯度；无关时为 None。",
    "stop_gradient": "值不变，但梯度不再通过。",
    "learning_phase": "运行的方式：训练为 1，推断为 0。",
    "set_learning_phase": "固定学习阶段：1 训练，0 推断。",
    "in_train_phase": "训练时为 x，否则为 alt。",
    "in_test_phase": "推断时为 x，否则为 alt。",
    "switch": "条件成立处取前者，否则取后者。",
    # loops
    "rnn": "沿时间轴逐步运行一个函数，支持掩码。",
    "map_fn": "对第一轴的每个元素应用函数，再堆叠。",
    "foldl": "从左到右折叠。",
    "foldr": "从右到左折叠。",
    # networks
    "relu": "max(x, 0)，可带斜率、上限和阈值。",
    "elu": "x ≥ 0 时为 x，否则为 alpha·(eˣ - 1)。",
    "softmax": "exp(x) / Σ exp(x)。",
    "softplus": "log(1 + eˣ)。",
    "softsign": "x / (1 + |x|)。",
    "sigmoid": "1 / (1 + e⁻ˣ)。",
    "hard_sigmoid": "0.2·x + 0.5，限制在 [0, 1]。",
    "tanh": "双曲正切。",
    "dropout": "随机把一部分元素置 0，其余相应放大。",
    "l2_normalize": "除以沿 `axis` 的欧几里得长度。",
    "categorical_crossentropy": "-Σ target·log(output)。",
    "sparse_categorical_crossentropy": "目标是类别编号的交叉熵。",
    "binary_crossentropy": "逐元素的二元交叉熵。",
    "in_top_k": "目标类别是否在前 k 个得分之中。",
    "normalize_batch_in_training": "用批次自身的均值和方差规范化。",
    "batch_normalization": "用给定的均值和方差规范化。",
    "bias_add": "沿通道加偏置。",
    "ctc_label_dense_to_sparse": "CTC 标签。",
    "ctc_batch_cost": "CTC 损失。",
    "ctc_decode": "CTC 解码。",
    # convolution
    "conv1d": "时间上的卷积；也可以是 \"causal\"。",
    "conv2d": "图像上的卷积。",
    "conv3d": "三维卷积。",
    "conv2d_transpose": "`conv2d` 的转置。",
    "conv3d_transpose": "`conv3d` 的转置。",
    "depthwise_conv2d": "每个通道各自的卷积。",
    "separable_conv1d": "先逐通道卷积，再混合通道（时间）。",
    "separable_conv2d": "先逐通道卷积，再混合通道（图像）。",
    "local_conv1d": "每个位置有自己的核的一维卷积。",
    "local_conv2d": "每个位置有自己的核的二维卷积。",
    "pool2d": "图像窗口的最大值或平均值。",
    "pool3d": "三维窗口的最大值或平均值。",
    # random
    "random_normal": "正态分布的随机数。",
    "random_uniform": "[minval, maxval) 内均匀分布的随机数。",
    "random_binomial": "以概率 p 为 1，否则为 0。",
    "truncated_normal": "正态分布，超出两个标准差的重新抽取。",
    # reasons and differences
    "there is no session: values are computed at once; use K.eval or K.function":
        "没有会话，值立刻算出；用 K.eval 或 K.function",
    "alignment losses are not provided; use a sequence-to-sequence model instead":
        "不提供对齐损失；请用序列到序列模型",
    "sparse=True is refused": "拒绝 sparse=True",
    "a sparse matrix is refused": "拒绝稀疏矩阵",
    "an integer inside a running layer, else a Symbol": "在运行的层内是整数，否则是 Symbol",
    "writes at once, unless the value is a Symbol": "立刻写入，除非值是 Symbol",
    "without the bias correction of TensorFlow": "没有 TensorFlow 的偏差修正",
    "0 instead of an error where a path is not differentiable":
        "路径不可导时为 0，而不是报错",
    "a function that uses Symbols from outside is refused": "函数不能使用外面的 Symbol",
}  # fmt: skip


def page(language: str) -> str:
    """The whole page, in "en" or "zh"."""
    words = WORDS[language]
    names = [name for group in SUBJECTS.values() for name in group]
    count = words["count"].format(done=len(names) - len(LEFT_OUT), all=len(names))
    parts = [INTRODUCTION[language], count + "\n"]
    for subject, group in SUBJECTS.items():
        parts.append(f"## {_said(subject, language)}\n")
        rows = [words["head"], "|---|---|---|", *(_row(n, language) for n in group)]
        parts.append("\n".join(rows) + "\n")
    return "\n".join(parts)


def _row(name: str, language: str) -> str:
    status, note = "done", ""
    if name in LEFT_OUT:
        status, note = "out", LEFT_OUT[name]
    elif name in DIFFERENT:
        status, note = "differs", DIFFERENT[name]
    text = CHINESE[name] if language == "zh" else _first_line(name)
    if note and language == "zh":
        text += f"（{_said(note, language)}）"
    elif note and status == "differs":
        text += f" ({note})"
    call = f"`{name}{_signature(name)}`" if status != "out" else f"`{name}`"
    return f"| {call} | {WORDS[language][status]} | {text.replace('|', '&#124;')} |"


def _said(text: str, language: str) -> str:
    return CHINESE[text] if language == "zh" else text


def _first_line(name: str) -> str:
    return inspect.getdoc(getattr(K, name)).split("\n")[0]


def _signature(name: str) -> str:
    parts = []
    for parameter in inspect.signature(getattr(K, name)).parameters.values():
        text = parameter.name
        if parameter.kind is parameter.VAR_KEYWORD:
            text = f"**{text}"
        elif parameter.default is not parameter.empty:
            text += f"={parameter.default!r}"
        parts.append(text)
    return f"({', '.join(parts)})"


def main() -> None:
    """Write both pages."""
    DOCS.mkdir(exist_ok=True)
    for language, name in (("en", "backend.md"), ("zh", "backend.zh.md")):
        (DOCS / name).write_text(page(language), encoding="utf-8")


if __name__ == "__main__":
    main()

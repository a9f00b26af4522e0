"""
zh: 第 18 章　保存与恢复
en: Chapter 18: saving and restoring

zh: 模型 = 结构（几个名字与数字，写成 JSON）+ 权重（数组，写成字节）。训练要能接着做，
zh: 还得加上优化器的状态。
en: A model is its structure, a few names and numbers to be written as JSON, and its
en: weights, arrays to be written as bytes. To go on with training it takes the state of the
en: optimizer, too.
"""

import json

import numpy as np


class Layer:
    arguments = ()
    """
    zh: __init__ 的参数名；同名的属性里存着它们的值。
    en: The names of the arguments of __init__; attributes of these names hold the values.
    """

    def config(self):
        """
        zh: {"class": 类名, 参数名: 值, …}，里面只有 JSON 认得的东西：NumPy 的数要变成普通的
        zh: int 或 float。
        en: {"class": name of the class, argument: value, …}, of things that JSON knows:
        en: numbers of NumPy must become plain int or float.
        """
        # >>> 18.1
        values = {name: getattr(self, name) for name in self.arguments}
        plain = {k: v.item() if hasattr(v, "item") else v for k, v in values.items()}
        return {"class": type(self).__name__} | plain
        # <<<


class Dense(Layer):
    arguments = ("inputs", "units", "use_bias")

    def __init__(self, inputs, units, use_bias=True):
        self.inputs, self.units, self.use_bias = inputs, units, use_bias
        self.params = {"W": np.random.normal(size=(inputs, units))}
        if use_bias:
            self.params["b"] = np.random.normal(size=units)

    def forward(self, x):
        return x @ self.params["W"] + self.params.get("b", 0.0)


class Leaky(Layer):
    """
    zh: x > 0 时是 x，否则是 slope·x。
    en: x where x > 0, and else slope·x.
    """

    arguments = ("slope",)

    def __init__(self, slope=0.1):
        self.slope = slope
        self.params = {}

    def forward(self, x):
        return np.where(x > 0, x, self.slope * x)


class Model:
    def __init__(self, layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x


KINDS = {"Dense": Dense, "Leaky": Leaky}

# ---- 18.1 ----


def from_config(config):
    """
    zh: 由 config 造一个新的层；不要改动 config。不认识的类：ValueError，写明它的名字。
    en: Make a new layer of a config, and leave the config alone. An unknown class:
    en: ValueError, with its name.
    """
    # >>> 18.1
    arguments = dict(config)
    name = arguments.pop("class")
    if name not in KINDS:
        raise ValueError(f"unknown layer {name!r}")
    return KINDS[name](**arguments)
    # <<<


# ---- 18.2 ----


def pack(array):
    """
    zh: 数组变字节：一行 JSON，{"dtype": array.dtype.str, "shape": [...]}，一个换行，
    zh: 然后是按行（C 次序）排列的全部数据。
    en: An array as bytes: a line of JSON, {"dtype": array.dtype.str, "shape": [...]}, a
    en: newline, and then all of the data, row by row (in C order).
    """
    # >>> 18.2
    header = {"dtype": array.dtype.str, "shape": list(array.shape)}
    return json.dumps(header).encode() + b"\n" + array.tobytes()
    # <<<


def unpack(data):
    """
    zh: pack 的逆：一个新的、可写的数组。数据少了或多了：ValueError。
    en: The inverse of pack: a new array that can be written to. Data missing or left over:
    en: ValueError.
    """
    # >>> 18.2
    line, _, body = data.partition(b"\n")
    header = json.loads(line)
    flat = np.frombuffer(body, header["dtype"])
    return flat.reshape(header["shape"]).copy()
    # <<<


def transposed(data):
    """
    zh: 一个 pack 过的矩阵，转置之后再 pack。
    en: A packed matrix, transposed and packed again.
    """
    return pack(unpack(data).T)


# ---- 18.3 ----


def save(model):
    """
    zh: 模型变字节：一行 JSON，一个换行，然后一个接一个地排列 pack 过的权重。那一行写着
    zh: 每层的 config 与权重的 [名字, 字节数]。
    en: A model as bytes: a line of JSON, a newline, and the packed weights one after the
    en: other. The line holds each layer's config and the [name, number of bytes] of its
    en: weights.
    """
    # >>> 18.3
    header, body = [], b""
    for layer in model.layers:
        packed = {name: pack(p) for name, p in layer.params.items()}
        sizes = [[name, len(data)] for name, data in packed.items()]
        header.append({"config": layer.config(), "weights": sizes})
        body += b"".join(packed.values())
    return json.dumps(header).encode() + b"\n" + body
    # <<<


def load(data):
    """
    zh: save 的逆：一个新模型。权重的名字或形状与层对不上、或者数据不全：ValueError。
    en: The inverse of save: a new model. ValueError if the names or shapes of the weights
    en: do not fit the layers, or if data are missing.
    """
    # >>> 18.3
    line, _, body = data.partition(b"\n")
    layers = []
    for entry in json.loads(line):
        layer = from_config(entry["config"])
        weights = {}
        for name, size in entry["weights"]:
            weights[name], body = unpack(body[:size]), body[size:]
        wanted = {name: p.shape for name, p in layer.params.items()}
        if {name: p.shape for name, p in weights.items()} != wanted:
            raise ValueError(f"the weights of {entry['config']} do not fit")
        layer.params = weights
        layers.append(layer)
    return Model(layers)
    # <<<


# ---- 18.4 ----


class Adam:
    def __init__(self, rate=0.01):
        self.rate, self.steps, self.m, self.v = rate, 0, {}, {}

    def step(self, params, grads):
        """
        zh: 就地更新 params（名字 -> 数组）。
        en: Update params, name -> array, in place.
        """
        self.steps += 1
        for name, g in grads.items():
            m = self.m.setdefault(name, np.zeros_like(g))
            v = self.v.setdefault(name, np.zeros_like(g))
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            mean, square = m / (1 - 0.9**self.steps), v / (1 - 0.999**self.steps)
            params[name] -= self.rate * mean / (np.sqrt(square) + 1e-8)

    def state(self):
        """
        zh: 接着训练所需的一切，装在一个字典里。以后的 step 不得改动它。
        en: All it takes to go on, in a dictionary. Later steps must not change it.
        """
        # >>> 18.4
        return {
            "rate": self.rate,
            "steps": self.steps,
            "m": {name: m.copy() for name, m in self.m.items()},
            "v": {name: v.copy() for name, v in self.v.items()},
        }
        # <<<

    def restore(self, state):
        """
        zh: 回到 state 记下的样子。同一个 state 可以恢复几次。
        en: Return to what state has noted. One state may be restored several times.
        """
        # >>> 18.4
        self.rate, self.steps = state["rate"], state["steps"]
        self.m = {name: m.copy() for name, m in state["m"].items()}
        self.v = {name: v.copy() for name, v in state["v"].items()}
        # <<<

"""Every code example of the source document, typed as it stands there.

Where the document leaves out the imports they come before; where it is contradictory the
test says how that was resolved.
"""

import numpy as np
import pytest

from tensorlearn import config
from tensorlearn.autograd import Parameter
from tensorlearn.declare.keras1 import Keras1Warning

IMPORTS = """
import keras
from keras import backend as K
from keras.models import Sequential, Model
from keras.layers import *
from keras.utils.layer_utils import layer_from_config
"""


def run(code, **names):
    """The names that the code leaves behind."""
    exec(IMPORTS, names)
    exec(code, names)
    return names


def test_operations_on_a_layer():
    code = """
layer.get_weights() #返回该层的权重（numpy array）
layer.set_weights(weights)#将权重加载到该层
config = layer.get_config()#保存该层的配置
layer = layer_from_config(config)#加载一个配置到该层
"""
    once = """
#如果层仅有一个计算节点（即该层不是共享层），则可以通过下列方法获得输入张量、输出张量、输入数据的形状和输出数据的形状：
found = [
layer.input,
layer.output,
layer.input_shape,
layer.output_shape,
]
"""
    often = """
#如果该层有多个计算节点。可以使用下面的方法
found = [
layer.get_input_at(node_index),
layer.get_output_at(node_index),
layer.get_input_shape_at(node_index),
layer.get_output_shape_at(node_index),
]
"""
    names = run("layer = Dense(3)\na = Input((4,))\nb = Input((4,))\ny = layer(a)")
    layer, weights = names["layer"], [np.ones((4, 3)), np.zeros(3)]
    found = run(once, layer=layer)["found"]
    assert found == [names["a"], names["y"], (None, 4), (None, 3)]
    again = run(code, layer=layer, weights=weights)["layer"]
    assert again is not layer
    assert again.get_config() == layer.get_config()
    np.testing.assert_array_equal(layer.get_weights()[0], weights[0])
    second = layer(names["b"])
    found = run(often, layer=layer, node_index=1)["found"]
    assert found == [names["b"], second, (None, 4), (None, 3)]


FLATTEN = """
model = Sequential()
model.add(Convolution2D(64, 3, 3,
            border_mode='same',
            input_shape=(3, 32, 32)))
# now: model.output_shape == (None, 64, 32, 32)
first = model.output_shape

model.add(Flatten())
# now: model.output_shape == (None, 65536)
"""


@pytest.mark.parametrize(
    ("layout", "convolved", "flat"),
    [
        ("channels_first", (None, 64, 32, 32), (None, 65536)),
        ("channels_last", (None, 3, 32, 64), (None, 6144)),
    ],
)
@pytest.mark.filterwarnings("default")
def test_flatten_demo(layout, convolved, flat):
    """The document's shapes are those of channels_first, its default is channels_last."""
    config.set_image_data_format(layout)
    with pytest.warns(Keras1Warning, match=r"Conv2D\(64, \(3, 3\), .*padding='same'"):
        names = run(FLATTEN)
    assert names["first"] == convolved
    assert names["model"].output_shape == flat


def test_reshape_demo():
    names = run("""
shapes = []
# as first layer in a Sequential model
model = Sequential()
model.add(Reshape((3, 4), input_shape=(12,)))
# now: model.output_shape == (None, 3, 4)
# note: `None` is the batch dimension
shapes.append(model.output_shape)

# as intermediate layer in a Sequential model
model.add(Reshape((6, 2)))
# now: model.output_shape == (None, 6, 2)
shapes.append(model.output_shape)

# also supports shape inference using `-1` as dimension
model.add(Reshape((-1, 2, 2)))
# now: model.output_shape == (None, 3, 2, 2)
shapes.append(model.output_shape)
""")
    assert names["shapes"] == [(None, 3, 4), (None, 6, 2), (None, 3, 2, 2)]


def test_permute_demo():
    names = run("""
model = Sequential()
model.add(Permute((2, 1), input_shape=(10, 64)))
# now: model.output_shape == (None, 64, 10)
# note: `None` is the batch dimension
""")
    assert names["model"].output_shape == (None, 64, 10)


def test_repeat_vector_demo():
    names = run("""
model = Sequential()
model.add(Dense(32, input_dim=32))
# now: model.output_shape == (None, 32)
# note: `None` is the batch dimension
first = model.output_shape

model.add(RepeatVector(3))
# now: model.output_shape == (None, 3, 32)
""")
    assert names["first"] == (None, 32)
    assert names["model"].output_shape == (None, 3, 32)


def test_lambda_squares():
    names = run("""
model = Sequential()
model.add(Dense(3, input_dim=3))
# add a x -> x^2 layer
model.add(Lambda(lambda x: x ** 2))
""")
    model = names["model"]
    model.set_weights([np.eye(3), np.zeros(3)])
    x = np.array([[1.0, -2.0, 3.0]])
    np.testing.assert_allclose(model.predict(x), x**2)
    given = Parameter(x)
    model(given).sum().backward()
    np.testing.assert_allclose(given.grad, 2 * x, rtol=1e-6)


def test_antirectifier_lambda():
    names = run("""
model = Sequential()
model.add(Dense(4, input_dim=4, name='before'))

# add a layer that returns the concatenation
# of the positive part of the input and
# the opposite of the negative part

def antirectifier(x):
    x -= K.mean(x, axis=1, keepdims=True)
    x = K.l2_normalize(x, axis=1)
    pos = K.relu(x)
    neg = K.relu(-x)
    return K.concatenate([pos, neg], axis=1)

def antirectifier_output_shape(input_shape):
    shape = list(input_shape)
    assert len(shape) == 2  # only valid for 2D tensors
    shape[-1] *= 2
    return tuple(shape)

model.add(Lambda(antirectifier,
         output_shape=antirectifier_output_shape))
""")
    model = names["model"]
    assert model.output_shape == (None, 8)
    model.set_weights([np.eye(4), np.zeros(4)])
    x = np.array([[1.0, 2.0, 3.0, -4.0]], np.float32)
    both = names["Model"](
        model.inputs, [model.get_layer("before").output, model.output]
    )
    before, after = both.predict(x)
    np.testing.assert_array_equal(before, x)  # `x -=` did not reach back
    centred = x - x.mean()
    centred /= np.sqrt((centred**2).sum())
    wanted = np.concatenate([np.maximum(centred, 0), np.maximum(-centred, 0)], 1)
    np.testing.assert_allclose(after, wanted, rtol=1e-5)


def test_sequential_from_a_list():
    names = {}
    exec(
        """
from keras.models import Sequential
from keras.layers import Dense, Activation

model = Sequential([
Dense(32, input_dim=784),
Activation('relu'),
Dense(10),
Activation('softmax'),
])
""",
        names,
    )
    assert names["model"].output_shape == (None, 10)
    assert names["model"].count_params() == 25450


def test_sequential_by_adding():
    names = run("""
model = Sequential()
model.add(Dense(32, input_dim=784))
model.add(Activation('relu'))
added = model.add(Activation('linear'))
""")
    assert names["model"].output_shape == (None, 32)
    assert names["added"] is None


def test_model_of_inputs_and_outputs():
    names = {}
    exec(
        """
from keras.models import Model
from keras.layers import Input, Dense

a = Input(shape=(32,))
b = Dense(32)(a)
model = Model(inputs=a, outputs=b)
""",
        names,
    )
    model = names["model"]
    assert model.count_params() == 1056
    assert model.inputs == [names["a"]]
    assert model.outputs == [names["b"]]
    assert [type(layer).__name__ for layer in model.layers] == ["InputLayer", "Dense"]
    assert model.get_layer(index=1) is model.get_layer(model.layers[1].name)


@pytest.fixture
def model():
    return run("model = Sequential([Dense(3, input_dim=2), Dense(1)])")["model"]


@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_text_round_trip(model, kind):
    """`from models import …` is no path of Keras's: `from keras.models import …`."""
    code = f"""
from keras.models import model_from_{kind}

{kind}_string = model.to_{kind}()
model = model_from_{kind}({kind}_string)
"""
    again = run(code, model=model)["model"]
    assert again is not model
    assert again.get_config() == model.get_config()
    assert again.output_shape == model.output_shape
    assert not np.array_equal(again.get_weights()[0], model.get_weights()[0])


def test_configuration_round_trip(model):
    names = run("model = Sequential.from_config(model.get_config())", model=model)
    assert names["model"].get_config() == model.get_config()
    names = run("""
a = Input(shape=(32,))
first = Model(inputs=a, outputs=Dense(32)(a))
model = Model.from_config(first.get_config())
""")
    assert names["model"].get_config() == names["first"].get_config()


def test_weight_files(model, tmp_path):
    names = run(
        """
model.save_weights(filepath)
again = Sequential.from_config(model.get_config())
again.load_weights(filepath, by_name=False)
named = Sequential.from_config(model.get_config())
named.load_weights(filepath, by_name=True)
""",
        model=model,
        filepath=str(tmp_path / "weights.h5"),
    )
    for other in (names["again"], names["named"]):
        for a, b in zip(other.get_weights(), model.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

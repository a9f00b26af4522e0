"""Names, arithmetic of convolutions, and pictures of models."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from tensorlearn import layers, utils
from tensorlearn.layers import Conv2D, Dense, Flatten, Input, add
from tensorlearn.models import Model, Sequential
from tensorlearn.utils import conv_utils, generic_utils, layer_utils

# ---- names and objects ----


class Mine(layers.Layer):
    def call(self, x):
        return x


def twice(x):
    return x * 2


def test_objects_become_configurations_and_back():
    config = utils.serialize_keras_object(Dense(3, name="d"))
    assert config["class_name"] == "Dense"
    assert utils.deserialize_keras_object(config).units == 3
    assert utils.serialize_keras_object(twice) == "twice"
    assert utils.serialize_keras_object(None) is None
    assert utils.deserialize_keras_object(None) is None
    assert utils.deserialize_keras_object("f", {"f": twice}) is twice
    assert utils.deserialize_keras_object("f", {}, {"f": twice}) is twice


@pytest.mark.parametrize(
    ("identifier", "match"),
    [
        ("dens", r"Unknown thing: 'dens'.*did you mean 'dense'"),
        ({"class_name": "dense"}, "Improper config format"),
        (3, "Could not interpret serialized thing: 3"),
    ],
)
def test_what_is_no_description_is_refused(identifier, match):
    with pytest.raises(ValueError, match=match):
        utils.deserialize_keras_object(identifier, {"dense": Dense}, None, "thing")


@pytest.mark.parametrize("scope", [utils.custom_object_scope, utils.CustomObjectScope])
def test_names_are_known_within_a_scope(scope):
    config = {"class_name": "Mine", "config": {}}
    with scope({"Mine": Mine}):
        assert isinstance(layers.deserialize(config), Mine)
    with pytest.raises(ValueError, match="Unknown layer: 'Mine'"):
        layers.deserialize(config)


def test_registered_objects_are_known_for_good():
    try:
        utils.register_keras_serializable("Course", "Own")(Mine)
        for name in ("Own", "Course>Own"):
            assert isinstance(
                layers.deserialize({"class_name": name, "config": {}}), Mine
            )
    finally:
        utils.get_custom_objects().clear()


def test_arguments_of_functions_are_found():
    def function(a, *, b=1, **rest):
        """Does nothing."""

    assert utils.has_arg(function, "a")
    assert utils.has_arg(function, "b")
    assert not utils.has_arg(function, "rest")
    assert not utils.has_arg(function, "c")
    assert utils.has_arg(function, "c", accept_all=True)


def test_lists():
    assert generic_utils.to_list(1) == [1]
    assert generic_utils.to_list((1, 2), allow_tuple=True) == [1, 2]
    assert generic_utils.unpack_singleton([1]) == 1
    assert generic_utils.unpack_singleton([1, 2]) == [1, 2]
    assert generic_utils.is_all_none([None, None])
    assert not generic_utils.is_all_none([None, 1])
    x = np.arange(6)
    assert generic_utils.slice_arrays([x, None], 1, 3)[0].tolist() == [1, 2]
    assert generic_utils.slice_arrays(x, [4, 0]).tolist() == [4, 0]
    assert generic_utils.object_list_uid([x]) == str(id(x))


def test_what_there_is_not_says_so():
    with pytest.raises(ValueError, match="bytecode is neither written"):
        generic_utils.func_dump(twice)
    with pytest.raises(ValueError, match="neither written to files nor executed"):
        generic_utils.func_load("code")
    with pytest.raises(ValueError, match=r"there are no GPUs.*'s'"):
        utils.multi_gpu_model(Sequential(name="s"), gpus=2)


# ---- arrays ----


def test_kernels_are_turned_around():
    kernel = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    found = utils.convert_kernel(kernel)
    np.testing.assert_array_equal(found, kernel[::-1, ::-1])
    with pytest.raises(ValueError, match="Invalid kernel shape"):
        utils.convert_kernel(np.ones((2, 2)))


@pytest.mark.parametrize("padding", ["valid", "same", "causal", "full"])
@pytest.mark.parametrize("dilation", [1, 2])
def test_lengths_of_convolutions(padding, dilation):
    found = conv_utils.conv_output_length(10, 3, padding, 2, dilation)
    reach = 3 + 2 * (dilation - 1)
    places = {"valid": 10 - reach + 1, "full": 10 + reach - 1}.get(padding, 10)
    assert found == -(-places // 2)
    assert conv_utils.conv_output_length(None, 3, padding, 2) is None


def test_lengths_of_transposed_convolutions():
    for padding in ("valid", "same"):
        made = conv_utils.deconv_length(5, 2, 3, padding)
        assert conv_utils.conv_output_length(made, 3, padding, 2) == 5
    assert conv_utils.conv_input_length(5, 3, "valid", 2) == 11


def test_arguments_of_convolutions_are_normalized():
    assert conv_utils.normalize_tuple(3, 2, "size") == (3, 3)
    assert conv_utils.normalize_padding("SAME") == "same"
    assert conv_utils.normalize_data_format(None) == "channels_last"
    with pytest.raises(ValueError, match="`size` argument must be a tuple of 2"):
        conv_utils.normalize_tuple((1, 2, 3), 2, "size")
    with pytest.raises(ValueError, match="`padding` argument must be one of"):
        conv_utils.normalize_padding("both")


def test_dense_kernels_follow_the_layout_of_images():
    def build(layout):
        model = Sequential()
        shape = (2, 3, 4) if layout == "channels_last" else (4, 2, 3)
        model.add(Conv2D(4, 1, data_format=layout, input_shape=shape))
        model.add(Flatten())
        model.add(Dense(5))
        return model

    last, first = build("channels_last"), build("channels_first")
    first.set_weights(last.get_weights())
    x = np.random.default_rng(0).normal(size=(2, 2, 3, 4)).astype("float32")
    plain = next(layer for layer in first.layers if isinstance(layer, Dense))
    before = plain.get_weights()[0]
    layer_utils.convert_dense_weights_data_format(plain, (4, 2, 3), "channels_first")
    maps = before.reshape(2, 3, 4, 5).transpose(2, 0, 1, 3)
    np.testing.assert_array_equal(plain.get_weights()[0], maps.reshape(24, 5))
    conv = last.layers[0].get_weights()[0]
    utils.convert_all_kernels_in_model(last)
    np.testing.assert_array_equal(last.layers[0].get_weights()[0], conv[::-1, ::-1])
    assert last.predict(x).shape == (2, 5)


def test_parameters_are_counted_once():
    model = Sequential([Dense(3, input_dim=2)])
    assert utils.count_params([*model.weights, *model.weights]) == 9


def test_sources_are_found():
    a, b = Input((3,)), Input((3,))
    y = Dense(2)(add([a, b]))
    assert utils.get_source_inputs(y) == [a, b]


@pytest.mark.parametrize("axis", [0, -1])
def test_normalize_makes_unit_vectors(axis):
    found = utils.normalize(np.array([[3.0, 4.0], [0.0, 0.0]]), axis=axis)
    assert np.isfinite(found).all()
    assert found[0, 0] == (1.0 if axis == 0 else 0.6)


# ---- pictures ----


@pytest.fixture
def model():
    a = Input((3,), name="入口")
    h = Dense(3, name='h"<&>')(a)
    return Model(a, add([a, h], name="sum"))


@pytest.mark.parametrize("rankdir", ["TB", "LR"])
def test_svg_is_well_formed_and_complete(model, rankdir, tmp_path):
    utils.plot_model(model, tmp_path / "m.svg", show_shapes=True, rankdir=rankdir)
    root = ElementTree.fromstring((tmp_path / "m.svg").read_text("utf-8"))
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "入口: InputLayer" in texts
    assert 'h"<&>: Dense' in texts
    assert "output: (None, 3)" in texts
    wide, high = float(root.get("width")), float(root.get("height"))
    for box in root.iter("{http://www.w3.org/2000/svg}rect"):
        x, y, w, h = (float(box.get(k)) for k in ("x", "y", "width", "height"))
        assert x >= 0
        assert y >= 0
        assert x + w <= wide + 1
        assert y + h <= high + 1


def test_mermaid_and_dot_name_boxes_and_arrows(model, tmp_path):
    picture = utils.model_to_dot(model)
    assert picture.mermaid().startswith("flowchart TD\n    n0([")
    assert picture.mermaid().count("-->") == picture.to_string().count("->") == 3
    utils.plot_model(model, tmp_path / "m.md")
    assert (tmp_path / "m.md").read_text("utf-8").startswith("```mermaid\n")
    assert picture.create(prog="dot", format="svg").startswith(b"<svg")
    assert picture._repr_svg_().startswith("<svg")


def test_other_endings_become_svg(model, tmp_path):
    with pytest.warns(UserWarning, match="drawn as SVG"):
        utils.plot_model(model, to_file=str(tmp_path / "model.png"))
    assert (tmp_path / "model.svg").is_file()


def test_names_can_be_left_out():
    model = Sequential([Dense(2, input_dim=3, name="x")])
    text = utils.model_to_dot(model, show_layer_names=False).to_string()
    assert '"Dense"' in text
    assert "x: " not in text


def test_what_cannot_be_drawn_is_refused(model):
    with pytest.raises(ValueError, match="only a model whose layers are connected"):
        utils.model_to_dot(Sequential([Dense(2)]))
    with pytest.raises(ValueError, match="`rankdir` must be 'TB' or 'LR'"):
        utils.model_to_dot(model, rankdir="UP")
    with pytest.raises(ValueError, match="a picture can be made as"):
        utils.model_to_dot(model).create(format="png")

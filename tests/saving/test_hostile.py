"""Damaged and hostile files: a clear error, nothing executed, no huge memory, no hang."""

import base64
import contextlib
import io
import json
import pickle
import warnings
import zipfile

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorlearn import config, models
from tensorlearn.layers import LSTM, Dense, Input
from tensorlearn.models import Model, Sequential
from tests.golden_cases import GOLDEN


def small():
    return Sequential([Dense(2, input_shape=(3,), name="a"), Dense(1, name="b")])


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """{ending: bytes} of every kind of file, of a model that was trained a little."""
    folder = tmp_path_factory.mktemp("saved")
    config.set_seed(0)
    model = small()
    model.compile("adam", "mse", metrics=["mae"])
    model.train_on_batch(np.ones((2, 3)), np.ones((2, 1)))
    model.save(folder / "m.h5")
    model.save_weights(folder / "w.h5")
    model.save_weights(folder / "w.npz")
    found = {name: (folder / name).read_bytes() for name in ("m.h5", "w.h5", "w.npz")}
    a = Input((3,))
    graph = Model(a, Dense(2)(a * 2.0)[:, 0:1])
    return found | {"json": graph.to_json().encode(), "yaml": graph.to_yaml().encode()}


def expect_a_clear_error(read, *arguments, **named):
    """Reading works, or fails in one of the few documented ways."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.suppress(ValueError, OSError):
            read(*arguments, **named)


# ---- any bytes changed ----

EDITS = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.sampled_from(["set", "cut", "insert", "flip"]),
        st.binary(min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=6,
)


def mutated(data, edits):
    data = bytearray(data)
    for where, what, replacement in edits:
        at = int(where * len(data))
        if what == "set":
            data[at : at + len(replacement)] = replacement
        elif what == "insert":
            data[at:at] = replacement
        elif what == "flip":
            data[at] ^= replacement[0] or 1
        else:
            del data[at:]
        if not data:
            return b""
    return bytes(data)


@given(edits=EDITS)
def test_mutated_model_files_never_surprise(saved, tmp_path_factory, edits):
    path = tmp_path_factory.getbasetemp() / "mutated.h5"
    path.write_bytes(mutated(saved["m.h5"], edits))
    expect_a_clear_error(models.load_model, path)


@given(edits=EDITS, by_name=st.booleans())
def test_mutated_weight_files_never_surprise(saved, tmp_path_factory, edits, by_name):
    path = tmp_path_factory.getbasetemp() / "mutated.h5"
    path.write_bytes(mutated(saved["w.h5"], edits))
    expect_a_clear_error(small().load_weights, path, by_name=by_name)


@given(edits=EDITS)
def test_mutated_archives_never_surprise(saved, tmp_path_factory, edits):
    path = tmp_path_factory.getbasetemp() / "mutated.npz"
    path.write_bytes(mutated(saved["w.npz"], edits))
    expect_a_clear_error(small().load_weights, path)


@given(edits=EDITS)
def test_mutated_json_never_surprises(saved, edits):
    expect_a_clear_error(models.model_from_json, mutated(saved["json"], edits))


@given(edits=EDITS)
def test_mutated_yaml_never_surprises(saved, edits):
    expect_a_clear_error(models.model_from_yaml, mutated(saved["yaml"], edits))


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(value, path=()):
    """The path of every value in nested data."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for key, inner in enumerate(value):
            yield from places(inner, (*path, key))


CONFIGS = [
    json.loads(path.read_text("utf-8"))
    for path in sorted((GOLDEN / "interop").glob("*.json"))
    if "manifest" not in path.name
]


@given(data=st.data(), config=st.sampled_from(CONFIGS), junk=JUNK, remove=st.booleans())
def test_junk_anywhere_in_a_configuration_never_surprises(data, config, junk, remove):
    config = json.loads(json.dumps(config))
    *way, last = data.draw(st.sampled_from(list(places(config))[1:]))
    inside = config
    for key in way:
        inside = inside[key]
    if remove:
        del inside[last]
    else:
        inside[last] = junk
    expect_a_clear_error(models.model_from_json, json.dumps(config))


# ---- nothing is executed ----


class Bomb:
    def __reduce__(self):
        return (exec, ("raise SystemExit('executed')",))


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system ['true']",
        "!!python/object/new:os.system ['true']",
        "!!python/name:os.system",
        "!!python/module:os",
        "!!python/object:tensorlearn.layers.Dense {}",
    ],
)
def test_yaml_tags_are_refused(tag):
    text = f"class_name: Sequential\nconfig: {tag}\n"
    with pytest.raises(ValueError, match="not a YAML configuration that may be read"):
        models.model_from_yaml(text)


@pytest.mark.parametrize("value", ["2020-01-01", "!!binary aGk=", "!!set {a, b}"])
def test_yaml_values_that_json_lacks_are_refused(value):
    with pytest.raises(ValueError, match=r"holds a value of type|plain"):
        models.model_from_yaml(f"class_name: Sequential\nconfig: {{name: {value}}}\n")


def test_yaml_that_contains_itself_is_refused():
    text = "class_name: Sequential\nconfig: &a {layers: [*a]}\n"
    with pytest.raises(ValueError, match="nested too deeply"):
        models.model_from_yaml(text)


def test_yaml_that_multiplies_itself_is_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    text = "class_name: Sequential\nconfig: {}\n" + "\n".join(lines)
    with pytest.raises(ValueError, match="too large"):
        models.model_from_yaml(text)


@pytest.mark.parametrize("depth", [1000, 200_000])
def test_deep_nesting_is_refused(depth):
    deep = "[" * depth + "]" * depth
    text = f'{{"class_name": "Sequential", "config": {deep}}}'
    with pytest.raises(ValueError, match=r"not a JSON configuration|nested too deeply"):
        models.model_from_json(text)


def test_nested_models_beyond_reason_are_refused():
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": []}}
    for i in range(120):
        config = {
            "class_name": "Sequential",
            "config": {"name": f"s{i}", "layers": [config]},
        }
    with pytest.raises(ValueError, match="nested too deeply"):
        models.model_from_json(json.dumps(config))


def bytecode(function):
    """A Lambda as Keras writes it: marshalled code, defaults, closure."""
    return {
        "class_name": "Sequential",
        "config": {
            "name": "s",
            "layers": [
                {
                    "class_name": "Lambda",
                    "config": {
                        "name": "l",
                        "trainable": True,
                        "batch_input_shape": [None, 3],
                        "function": function,
                        "function_type": "lambda",
                        "output_shape": None,
                        "output_shape_type": "raw",
                        "arguments": {},
                    },
                }
            ],
        },
    }


def test_bytecode_is_refused_with_the_ways_out():
    code = base64.b64encode(pickle.dumps(Bomb())).decode()
    with pytest.raises(
        ValueError, match=r"bytecode, which is never executed.*named function"
    ):
        models.model_from_json(json.dumps(bytecode([code, None, None])))


def test_a_function_that_is_not_known_is_not_imported():
    config = bytecode("os.system")
    config["config"]["layers"][0]["config"]["function_type"] = "function"
    with pytest.raises(
        ValueError, match=r"'os.system', which is not known.*custom_objects"
    ):
        models.model_from_json(json.dumps(config))


def test_pickled_arrays_are_refused(saved, tmp_path):
    changed = tmp_path / "w.npz"
    pickled = io.BytesIO()
    np.lib.format.write_array(pickled, np.array([Bomb()], object), allow_pickle=True)
    with (
        zipfile.ZipFile(io.BytesIO(saved["w.npz"])) as old,
        zipfile.ZipFile(changed, "w") as new,
    ):
        for name in old.namelist():
            is_kernel = name.endswith("kernel%3A0.npy")
            new.writestr(name, pickled.getvalue() if is_kernel else old.read(name))
    with pytest.raises(ValueError, match="is not numeric"):
        small().load_weights(changed)


# ---- nothing lies about its size ----


def test_models_beyond_reason_are_refused():
    dense = small().get_config()
    dense["layers"][0]["config"]["units"] = 10**12
    with pytest.raises(ValueError, match=r"leaves room for .* values"):
        models.model_from_json(
            json.dumps({"class_name": "Sequential", "config": dense})
        )


def test_a_model_larger_than_its_file_is_refused(saved, tmp_path):
    (tmp_path / "m.h5").write_bytes(saved["m.h5"])
    with h5py.File(tmp_path / "m.h5", "r+") as file:
        config = json.loads(file.attrs["model_config"])
        config["config"]["layers"][0]["config"]["units"] = 10**6
        file.attrs["model_config"] = json.dumps(config)
    with pytest.raises(ValueError, match=r"leaves room for .* values"):
        models.load_model(tmp_path / "m.h5")


def changed_weights(saved, tmp_path, change):
    path = tmp_path / "w.h5"
    path.write_bytes(saved["w.h5"])
    with h5py.File(path, "r+") as file:
        del file["a/a/kernel:0"]
        change(file["a/a"], "kernel:0")
    return path


def test_declared_but_empty_data_is_refused(saved, tmp_path):
    path = changed_weights(
        saved,
        tmp_path,
        lambda g, n: g.create_dataset(n, (10**6, 10**6), "f4", chunks=(100, 100)),
    )
    with pytest.raises(ValueError, match="declares 4000000000000 bytes and holds 0"):
        small().load_weights(path)


def test_more_values_than_the_layer_has_are_not_read(saved, tmp_path):
    path = changed_weights(
        saved, tmp_path, lambda g, n: g.create_dataset(n, data=np.ones((300, 300)))
    )
    with pytest.raises(ValueError, match="declares 90002 values for layer 'a'"):
        small().load_weights(path)


def test_archives_that_expand_are_refused(saved, tmp_path):
    path = tmp_path / "w.npz"
    array = io.BytesIO()
    np.save(array, np.zeros((3000, 3000)))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("0|a|0|kernel.npy", array.getvalue())
    with pytest.raises(ValueError, match="declares 72000000 bytes"):
        small().load_weights(path)


def test_archives_that_lie_about_a_shape_are_refused(tmp_path):
    path = tmp_path / "w.npz"
    array = io.BytesIO()
    header = {"descr": "<f4", "fortran_order": False, "shape": (10**9, 10**3)}
    np.lib.format.write_array_header_1_0(array, header)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("0|a|0|kernel.npy", array.getvalue())
    with pytest.raises(ValueError, match="declares 4000000000000 bytes"):
        small().load_weights(path)


# ---- nothing leads out of the file ----


def test_links_are_not_followed(saved, tmp_path):
    for link in (
        h5py.ExternalLink("/etc/passwd", "/x"),
        h5py.ExternalLink("w.h5", "/b/b/kernel:0"),
        h5py.SoftLink("/b/b/kernel:0"),
    ):
        path = changed_weights(
            saved, tmp_path, lambda g, n, to=link: g.__setitem__(n, to)
        )
        with pytest.raises(ValueError, match="it is a link, which is not followed"):
            small().load_weights(path)


def test_linked_groups_are_not_followed(saved, tmp_path):
    (tmp_path / "m.h5").write_bytes(saved["m.h5"])
    with h5py.File(tmp_path / "m.h5", "r+") as file:
        del file["optimizer_weights"], file["model_weights"]
        file["optimizer_weights"] = h5py.ExternalLink("other.h5", "/")
        file["model_weights"] = h5py.ExternalLink("other.h5", "/")
    with pytest.raises(ValueError, match="it is a link, which is not followed"):
        models.load_model(tmp_path / "m.h5")


def test_values_in_other_files_are_refused(saved, tmp_path):
    (tmp_path / "raw").write_bytes(b"\0" * 24)
    path = changed_weights(
        saved,
        tmp_path,
        lambda g, n: g.create_dataset(
            n, (3, 2), "f4", external=[(str(tmp_path / "raw"), 0, 24)]
        ),
    )
    with pytest.raises(ValueError, match="not a plain numeric data set"):
        small().load_weights(path)


def test_virtual_data_is_refused(saved, tmp_path):
    layout = h5py.VirtualLayout((3, 2), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", (3, 2))
    path = changed_weights(
        saved, tmp_path, lambda g, n: g.create_virtual_dataset(n, layout)
    )
    with pytest.raises(ValueError, match="not a plain numeric data set"):
        small().load_weights(path)


@pytest.mark.parametrize("size", [0, 1 << 63, (1 << 64) - 16, 10**6])
def test_text_storage_that_leads_nowhere_is_refused(saved, tmp_path, size):
    """The HDF5 library would follow such a chain for ever, or out of its memory."""
    data = bytearray(saved["w.h5"])
    record = data.index(b"GCOL") + 16
    data[record + 8 : record + 16] = size.to_bytes(8, "little")
    (tmp_path / "w.h5").write_bytes(data)
    with pytest.raises(ValueError, match="text storage of the HDF5 file is damaged"):
        small().load_weights(tmp_path / "w.h5")


def test_unusual_layouts_are_refused(tmp_path):
    with h5py.File(tmp_path / "w.h5", "w", userblock_size=512) as file:
        file.attrs["layer_names"] = [b"a"]
    with pytest.raises(ValueError, match="laid out in an unusual way"):
        small().load_weights(tmp_path / "w.h5")


def test_text_where_numbers_should_be_is_refused(saved, tmp_path):
    path = changed_weights(
        saved, tmp_path, lambda g, n: g.create_dataset(n, data=[[b"x", b"y"]] * 3)
    )
    with pytest.raises(ValueError, match="not a plain numeric data set"):
        small().load_weights(path)


@pytest.mark.parametrize("name", ["../w", "/b/b/kernel:0/x", ".", ""])
def test_names_of_weights_stay_inside(saved, tmp_path, name):
    (tmp_path / "w.h5").write_bytes(saved["w.h5"])
    with h5py.File(tmp_path / "w.h5", "r+") as file:
        file["a"].attrs["weight_names"] = [name.encode(), b"a/bias:0"]
    with pytest.raises(ValueError, match=r"has no|not a plain"):
        small().load_weights(tmp_path / "w.h5")


# ---- other files ----


@pytest.mark.parametrize(
    "content", [b"", b"no file at all", b"\x89HDF\r\n\x1a\n" + b"\0" * 99]
)
def test_what_is_no_hdf5_file_is_called_so(tmp_path, content):
    (tmp_path / "m.h5").write_bytes(content)
    for read in (models.load_model, small().load_weights):
        with pytest.raises(ValueError, match="not a readable HDF5 file"):
            read(tmp_path / "m.h5")


def test_hdf5_of_something_else_is_called_so(tmp_path):
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file["x"] = 3
    with pytest.raises(ValueError, match="not a Keras weight file"):
        small().load_weights(tmp_path / "m.h5")
    with pytest.raises(ValueError, match="No model found"):
        models.load_model(tmp_path / "m.h5")


def test_archives_of_something_else_are_called_so(tmp_path):
    np.savez(tmp_path / "w.npz", x=3)
    with pytest.raises(ValueError, match="not an array of a weight archive"):
        small().load_weights(tmp_path / "w.npz")


@pytest.mark.parametrize(
    "text", ["", "3", "[]", "{}", '{"class_name": 3}', "null", "{"]
)
def test_text_of_something_else_is_called_so(text):
    with pytest.raises(ValueError, match="configuration"):
        models.model_from_json(text)
    with pytest.raises(ValueError, match="configuration"):
        models.model_from_yaml(text)


def test_a_layer_is_no_model():
    text = json.dumps({"class_name": "Dense", "config": {"units": 3}})
    with pytest.raises(ValueError, match="not a model"):
        models.model_from_json(text)


def test_a_configuration_that_feeds_itself_is_refused():
    a = Input((3,), name="in")
    model = Model(a, Dense(3, name="b")(Dense(3, name="c")(a)))
    config = json.loads(model.to_json())
    for entry in config["config"]["layers"]:
        if entry["name"] == "c":
            entry["inbound_nodes"] = [[["b", 0, 0, {}]]]
    with pytest.raises(ValueError, match="fed by calls that never happen"):
        models.model_from_json(json.dumps(config))


def test_damaged_compile_arguments_are_called_so(saved, tmp_path):
    (tmp_path / "m.h5").write_bytes(saved["m.h5"])
    with h5py.File(tmp_path / "m.h5", "r+") as file:
        file.attrs["training_config"] = "{}"
    with pytest.raises(ValueError, match=r"cannot be used.*compile=False"):
        models.load_model(tmp_path / "m.h5")
    assert models.load_model(tmp_path / "m.h5", compile=False).layers


def test_a_state_that_does_not_fit_is_left_out(saved, tmp_path):
    (tmp_path / "m.h5").write_bytes(saved["m.h5"])
    with h5py.File(tmp_path / "m.h5", "r+") as file:
        told = json.loads(file.attrs["training_config"])
        told["optimizer_config"] = {"class_name": "SGD", "config": {"lr": 0.1}}
        file.attrs["training_config"] = json.dumps(told)
    with pytest.warns(UserWarning, match="freshly initialized optimizer"):
        assert models.load_model(tmp_path / "m.h5").optimizer.iterations == 0


# ---- settings of later versions ----


@pytest.mark.parametrize(
    ("key", "value"), [("groups", 2), ("time_major", True), ("keepdims", True)]
)
def test_newer_settings_that_matter_are_refused(key, value):
    layer = LSTM(3, input_shape=(4, 2)).get_config() | {key: value}
    text = json.dumps(
        {
            "class_name": "Sequential",
            "config": {
                "name": "s",
                "layers": [
                    {"class_name": "LSTM", "config": layer, "module": "keras.layers"}
                ],
            },
        }
    )
    with pytest.raises(ValueError, match=f"asks for {key}={value}.*change the results"):
        models.model_from_json(text)

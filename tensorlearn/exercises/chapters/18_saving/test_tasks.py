"""The tests of chapter 18."""

import json

import numpy as np
import pytest

from tensorlearn.exercises.checks import close, expect, numbers, raises


def expect_equal(got, wanted, what):
    expect(
        got == wanted,
        zh=f"{what} 应是 {wanted}，得到 {got}",
        en=f"{what} must be {wanted}, got {got}",
    )


# ---- 18.1 ----


@pytest.mark.task("18.1")
def test_config(student):
    got = student.Dense(3, 2, use_bias=False).config()
    wanted = {"class": "Dense", "inputs": 3, "units": 2, "use_bias": False}
    expect_equal(dict(got), wanted, "Dense(3, 2, use_bias=False).config()")
    got = student.Leaky(0.25).config()
    expect_equal(dict(got), {"class": "Leaky", "slope": 0.25}, "Leaky(0.25).config()")


@pytest.mark.task("18.1")
def test_config_is_plain(student):
    """A number of NumPy's, as one gets it from an array's shape or maximum."""
    config = dict(student.Leaky(np.float32(0.5)).config())
    config |= dict(student.Dense(np.int64(3), 2).config())
    kinds = {name: type(value).__name__ for name, value in config.items()}
    kinds.pop("class")
    wanted = {"slope": "float", "inputs": "int", "units": "int", "use_bias": "bool"}
    expect_equal(kinds, wanted, "the types in config() of NumPy's numbers")


@pytest.mark.task("18.1")
def test_layer_from_config(student):
    config = {"class": "Dense", "inputs": 3, "units": 2, "use_bias": False}
    before = dict(config)
    for _ in range(2):
        made = student.from_config(config)
        expect_equal(dict(config), before, "the config after from_config(config)")
    expect_equal(sorted(made.params), ["W"], "the weights of a Dense without bias")
    close(np.shape(made.params["W"]), (3, 2), "the shape of its W")
    made = student.from_config({"class": "Leaky", "slope": 0.25})
    close(made.forward(np.array([-4.0])), [-1.0], "Leaky of the config, forward([-4])")


@pytest.mark.task("18.1")
def test_unknown_layer(student):
    config = {"class": "Dance", "steps": 3}
    raises(ValueError, lambda: student.from_config(config), "from_config of a Dance")


# ---- 18.2 ----

ARRAYS = {
    "float64": numbers(2, 3),
    "float32": numbers(4).astype("float32"),
    "int8": np.arange(-3, 3, dtype="int8").reshape(3, 2),
    "a number without axes": np.array(2.5),
    "empty": np.zeros((0, 3)),
    "newlines": np.full(5, 10, dtype="uint8"),
}


@pytest.mark.task("18.2")
def test_format(student):
    data = student.pack(np.array([[1, 2]], dtype="uint8"))
    line, _, body = bytes(data).partition(b"\n")
    expect_equal(body, b"\x01\x02", "the data of pack([[1, 2]] as uint8)")
    wanted = {"dtype": "|u1", "shape": [1, 2]}
    expect_equal(json.loads(line), wanted, "the first line of pack([[1, 2]])")


@pytest.mark.task("18.2")
@pytest.mark.parametrize("name", ARRAYS)
def test_there_and_back(student, name):
    array = ARRAYS[name]
    got = student.unpack(student.pack(array))
    close(got, array, f"unpack(pack(array)), {name},")
    expect_equal(str(got.dtype), str(array.dtype), "the dtype of unpack(pack(array))")


@pytest.mark.task("18.2")
def test_transposed_array(student):
    """Its numbers lie in memory in another order."""
    array = numbers(2, 3)
    got = student.unpack(student.transposed(student.pack(array)))
    close(got, array.T, "unpack(pack(array.T))")


@pytest.mark.task("18.2")
def test_unpacked_array_is_writable(student):
    got = student.unpack(student.pack(np.zeros(3)))
    expect(
        got.flags.writeable,
        zh="unpack 得到的数组应可写",
        en="the array that unpack gives must be writable",
    )


@pytest.mark.task("18.2")
@pytest.mark.parametrize("change", ["shorter", "longer"])
def test_damaged_array(student, change):
    data = student.pack(np.zeros(3))
    data = data[:-8] if change == "shorter" else data + bytes(8)
    raises(ValueError, lambda: student.unpack(data), f"unpack, 8 bytes {change},")


# ---- 18.3 ----


def network(student):
    layers = (
        student.Dense(3, 4),
        student.Leaky(0.25),
        student.Dense(4, 2, use_bias=False),
    )
    return student.Model(list(layers))


@pytest.mark.task("18.3")
def test_model_there_and_back(student):
    model, x = network(student), numbers(5, 3)
    data = student.save(model)
    wanted = np.array(model.forward(x))
    model.layers[0].params["W"][:] = 0
    got = student.load(data)
    close(got.forward(x), wanted, "load(save(model)).forward(x)")
    kinds = [isinstance(made, student.Dense) for made in got.layers]
    wanted = [True, False, True]
    expect_equal(kinds, wanted, "which layers of load(save(model)) are Dense,")


@pytest.mark.task("18.3")
def test_model_saved_as_bytes(student):
    data = student.save(network(student))
    expect_equal(type(data).__name__, "bytes", "the type of save(model)")
    entries = json.loads(data.partition(b"\n")[0])
    expect_equal(
        len(entries), 3, "the number of layers in the first line of save(model)"
    )


@pytest.mark.task("18.3")
def test_types_of_weights_stay(student):
    model = network(student)
    for made in model.layers:
        for name in list(made.params):
            made.params[name] = made.params[name].astype("float32")
    got = student.load(student.save(model)).layers[0].params["W"]
    expect_equal(str(got.dtype), "float32", "the dtype of W after load(save(model))")


@pytest.mark.task("18.3")
def test_weights_that_do_not_fit(student):
    model = network(student)
    model.layers[0].params["W"] = np.zeros((5, 4))
    data = student.save(model)
    raises(ValueError, lambda: student.load(data), "load, W (5, 4) in Dense(3, 4),")


@pytest.mark.task("18.3")
def test_truncated_model(student):
    data = student.save(network(student))
    raises(ValueError, lambda: student.load(data[:-8]), "load without the last 8 bytes")


# ---- 18.4 ----


def walk(optimizer, params, steps, first=0):
    """Steps along fixed gradients, numbered from `first`."""
    for i in range(first, first + steps):
        optimizer.step(params, {"w": numbers(4, seed=i), "b": numbers(2, seed=50 + i)})


def start():
    return {"w": np.ones(4), "b": np.zeros(2)}


def straight(student):
    params, optimizer = start(), student.Adam(0.05)
    walk(optimizer, params, 6)
    return params


@pytest.mark.task("18.4")
def test_training_goes_on(student):
    params, optimizer = start(), student.Adam(0.05)
    walk(optimizer, params, 3)
    again = student.Adam()
    again.restore(optimizer.state())
    walk(again, params, 3, first=3)
    for name, wanted in straight(student).items():
        close(params[name], wanted, f"{name} after 3 steps, restore, and 3 more,")


@pytest.mark.task("18.4")
def test_state_is_a_snapshot(student):
    """Take the state, walk on, and return to it."""
    params, optimizer = start(), student.Adam(0.05)
    walk(optimizer, params, 3)
    state, here = optimizer.state(), {name: p.copy() for name, p in params.items()}
    walk(optimizer, params, 2, first=20)
    optimizer.restore(state)
    walk(optimizer, here, 3, first=3)
    for name, wanted in straight(student).items():
        close(here[name], wanted, f"{name} after returning to an earlier state,")


@pytest.mark.task("18.4")
def test_state_can_be_restored_twice(student):
    params, optimizer = start(), student.Adam(0.05)
    walk(optimizer, params, 3)
    state = optimizer.state()
    for _ in range(2):
        here, again = {name: p.copy() for name, p in params.items()}, student.Adam()
        again.restore(state)
        walk(again, here, 3, first=3)
    for name, wanted in straight(student).items():
        close(here[name], wanted, f"{name} after restoring one state twice,")

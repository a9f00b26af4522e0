"""What later versions of Keras write, put into the words of Keras 2.2.4."""

import json
import warnings

import h5py
import numpy as np
import pytest

from tensorlearn import models, optimizers
from tensorlearn.layers import Dense
from tensorlearn.models import Sequential
from tensorlearn.saving import foreign


def layer(class_name, **config):
    return {
        "module": "keras.layers",
        "class_name": class_name,
        "config": config,
        "registered_name": None,
        "build_config": {"input_shape": [None, 3]},
    }


def test_wrappings_are_taken_off():
    found = foreign.adapt(layer("Functional", layers=[layer("GRUV2", units=3)]))
    assert found == {
        "class_name": "Model",
        "config": {"layers": [{"class_name": "GRU", "config": {"units": 3}}]},
    }


@pytest.mark.parametrize(
    ("class_name", "before", "after"),
    [
        ("InputLayer", {"ragged": False, "name": "x"}, {"name": "x"}),
        ("Conv2D", {"groups": 1}, {}),
        ("LSTM", {"time_major": False, "units": 3}, {"units": 3}),
        ("GaussianNoise", {"stddev": 1.0, "seed": 5}, {"stddev": 1.0}),
        ("Dropout", {"rate": 0.5, "seed": 5}, {"rate": 0.5, "seed": 5}),
        ("BatchNormalization", {"axis": [3]}, {"axis": 3}),
        ("Mine", {"groups": 2, "ragged": True}, {"groups": 2, "ragged": True}),
        (
            "Dense",
            {"dtype": {"class_name": "Policy", "config": {"name": "float32"}}},
            {"dtype": "float32"},
        ),
        (
            "Dense",
            {"activation": {"class_name": "function", "config": "mine"}},
            {"activation": "mine"},
        ),
    ],
)
def test_newer_settings_that_change_nothing_go(class_name, before, after):
    assert foreign.adapt(layer(class_name, **before))["config"] == after


@pytest.mark.parametrize(
    ("class_name", "config", "match"),
    [
        ("Conv2D", {"groups": 2}, "asks for groups=2, which does not exist here"),
        (
            "Dense",
            {"dtype": {"class_name": "Policy", "config": {"name": "mixed_float16"}}},
            "number type 'mixed_float16' of the file does not exist",
        ),
        ("TFOpLambda", {}, "an operation of TensorFlow outside of any layer"),
    ],
)
def test_newer_settings_that_matter_are_refused(class_name, config, match):
    with pytest.raises(ValueError, match=match):
        foreign.adapt(layer(class_name, **config))


def test_optimizers_lose_what_is_newer():
    config = {
        "class_name": "Custom>RMSprop",
        "config": {
            "name": "RMSprop",
            "learning_rate": 0.5,
            "ema_overwrite_frequency": 100,
            "use_ema": False,
            "clipnorm": None,
            "clipvalue": 2.0,
            "centered": False,
        },
    }
    found = foreign.adapt_optimizer(config)
    assert found == {"class_name": "RMSprop", "config": {"lr": 0.5, "clipvalue": 2.0}}
    config["config"]["centered"] = True
    with pytest.raises(ValueError, match="RMSprop: the file asks for centered=True"):
        foreign.adapt_optimizer(config)


def test_losses_and_metrics_become_names():
    mse = {"class_name": "MeanSquaredError", "config": {"reduction": "auto"}}
    assert foreign.adapt_loss([mse, {"out": mse}, "mae", None]) == [
        "mean_squared_error",
        {"out": "mean_squared_error"},
        "mae",
        None,
    ]
    wrapped = {
        "class_name": "MeanMetricWrapper",
        "config": {"fn": "mean_absolute_error"},
    }
    accuracy = {
        "class_name": "MeanMetricWrapper",
        "config": {"name": "acc", "fn": "categorical_accuracy"},
    }
    assert foreign.adapt_metrics([[wrapped, accuracy]]) == [
        ["mean_absolute_error", "categorical_accuracy"]
    ]
    logits = {"class_name": "BinaryCrossentropy", "config": {"from_logits": True}}
    with pytest.raises(
        ValueError, match="does not exist here; load with compile=False"
    ):
        foreign.adapt_loss(logits)


ORDERS = {
    "weight by weight": [
        "iteration:0",
        "Adam/m/d/kernel:0",
        "Adam/v/d/kernel:0",
        "Adam/m/d/bias:0",
        "Adam/v/d/bias:0",
    ],
    "slot by slot": [
        "Adam/iter:0",
        "Adam/d/kernel/m:0",
        "Adam/d/bias/m:0",
        "Adam/d/kernel/v:0",
        "Adam/d/bias/v:0",
    ],
}


@pytest.mark.parametrize("order", ORDERS)
def test_the_state_of_adam_is_sorted(order, tmp_path):
    model = Sequential([Dense(2, input_dim=3, name="d")])
    model.compile("adam", "mse")
    model.save(tmp_path / "m.h5")
    names = ORDERS[order]
    values = {"m": 1.0, "v": 2.0}
    with h5py.File(tmp_path / "m.h5", "r+") as file:
        group = file.create_group("optimizer_weights")
        group.attrs["weight_names"] = [name.encode() for name in names]
        group[names[0]] = 7
        for name in names[1:]:
            slot = next(
                part for part in name.replace(":", "/").split("/") if part in values
            )
            shape = (3, 2) if "kernel" in name else (2,)
            group[name] = np.full(shape, values[slot])
        del file.attrs["tensorlearn_resume"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        optimizer = models.load_model(tmp_path / "m.h5").optimizer
    assert isinstance(optimizer, optimizers.Adam)
    assert optimizer.iterations == 7
    found = [float(np.mean(w)) for w in optimizer.get_weights()]
    assert found[:5] == [7.0, 1.0, 1.0, 2.0, 2.0]


def test_a_rule_without_a_step_count_takes_it_over(tmp_path):
    model = Sequential([Dense(2, input_dim=3, name="d")])
    model.compile("rmsprop", "mse")
    model.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5", "r+") as file:
        group = file.create_group("optimizer_weights")
        names = [
            "iteration:0",
            "RMSprop/velocity/d/kernel:0",
            "RMSprop/velocity/d/bias:0",
        ]
        group.attrs["weight_names"] = names
        for name, value in zip(names, (9, np.ones((3, 2)), np.ones(2)), strict=True):
            group[name] = value
        del file.attrs["tensorlearn_resume"]
    optimizer = models.load_model(tmp_path / "m.h5").optimizer
    assert optimizer.iterations == 9
    assert all((w == 1).all() for w in optimizer.get_weights())


def test_our_own_words_stay_as_they_are():
    config = json.loads(Sequential([Dense(2, input_dim=3)]).to_json())
    assert foreign.adapt(config)["config"] == config["config"]

"""Files that Keras 2.2.4 and tf.keras 2.15 wrote, read by us; our text equals theirs."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import yaml

from tensorlearn import config, constraints, layers, models, regularizers
from tests.golden_cases import GOLDEN

FOLDER = GOLDEN / "interop"
KERAS = SimpleNamespace(
    layers=layers, models=models, regularizers=regularizers, constraints=constraints
)
SAVED = [
    entry
    for library in ("keras224", "tfkeras")
    for entry in json.loads((FOLDER / f"manifest_{library}.json").read_text("utf-8"))
]
ORIGINAL = [entry for entry in SAVED if entry["written_by"] == "Keras 2.2.4"]


def each(entries):
    return pytest.mark.parametrize("entry", entries, ids=lambda entry: entry["name"])


def arrays(entry, prefix):
    with np.load(FOLDER / entry["npz"]) as file:
        return [file[k] for k in sorted(file) if k.rpartition("_")[0] == prefix]


def built(entry):
    config.reset_uids()  # for layers whose names count: lstm_1
    scope = {}
    exec(entry["source"], scope)
    return scope["build"](KERAS)


def assert_outputs(entry, model):
    inputs = arrays(entry, "input")
    got = model.predict(inputs if len(inputs) > 1 else inputs[0])
    for one, wanted in zip(
        got if isinstance(got, list) else [got], arrays(entry, "output"), strict=True
    ):
        np.testing.assert_allclose(one, wanted, rtol=entry["rtol"], atol=1e-6)


@each(SAVED)
def test_a_whole_model_file_computes_the_same(entry):
    assert_outputs(entry, models.load_model(FOLDER / entry["model"], compile=False))


@each(SAVED)
def test_json_and_weights_compute_the_same(entry):
    model = models.model_from_json((FOLDER / entry["json"]).read_text("utf-8"))
    model.load_weights(FOLDER / entry["weights"])
    assert_outputs(entry, model)


@each(ORIGINAL)
def test_yaml_and_weights_compute_the_same(entry):
    model = models.model_from_yaml((FOLDER / entry["yaml"]).read_text("utf-8"))
    model.load_weights(FOLDER / entry["weights"])
    assert_outputs(entry, model)


@each(SAVED)
def test_weights_fit_the_model_made_by_code(entry):
    model = built(entry)
    model.load_weights(FOLDER / entry["weights"])
    assert_outputs(entry, model)


@each(SAVED)
def test_weights_by_name_fit_the_model_made_by_code(entry):
    model = built(entry)
    model.load_weights(FOLDER / entry["weights"], by_name=True)
    assert_outputs(entry, model)


@each([entry for entry in SAVED if entry.get("resume")])
def test_training_goes_on_where_keras_stopped(entry):
    model = models.load_model(FOLDER / entry["model"])
    with np.load(FOLDER / entry["npz"]) as file:
        losses = [
            model.train_on_batch(x, y)
            for x, y in zip(file["resume_x"], file["resume_y"], strict=True)
        ]
        np.testing.assert_allclose(losses, file["resume_losses"], rtol=1e-4)


def in_float32(value):
    """Keras passed some numbers through float32 before it wrote them."""
    if isinstance(value, dict):
        return {k: in_float32(v) for k, v in value.items()}
    if isinstance(value, list):
        return [in_float32(v) for v in value]
    return float(np.float32(value)) if isinstance(value, float) else value


@each(ORIGINAL)
def test_our_json_is_key_for_key_that_of_keras(entry):
    wanted = json.loads((FOLDER / entry["json"]).read_text("utf-8"))
    assert in_float32(json.loads(built(entry).to_json())) == in_float32(wanted)


@each(ORIGINAL)
def test_our_yaml_says_the_same_as_the_json_of_keras(entry):
    wanted = json.loads((FOLDER / entry["json"]).read_text("utf-8"))
    assert in_float32(yaml.safe_load(built(entry).to_yaml())) == in_float32(wanted)


@each(SAVED)
def test_the_state_of_the_optimizer_is_taken_over(entry, recwarn):
    model = models.load_model(FOLDER / entry["model"])
    if model.optimizer is None:
        assert "No training configuration" in str(recwarn.pop(UserWarning).message)
    else:
        assert model.optimizer.iterations > 0
        assert any(array.any() for array in model.optimizer.get_weights()[1:])
    assert not recwarn

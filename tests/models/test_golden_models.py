"""Whole models, trained step by step, against the recorded losses and weights of Keras."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tensorlearn import config, constraints, layers, optimizers, regularizers
from tensorlearn.models.model import Model
from tensorlearn.models.sequential import Sequential
from tests.golden_cases import Case, assert_close, cases

KERAS = SimpleNamespace(
    layers=layers,
    models=SimpleNamespace(Sequential=Sequential, Model=Model),
    regularizers=regularizers,
    constraints=constraints,
)
TRAINED = [
    case for case in [*cases("models"), *cases("losses")] if case.kind == "model"
]


def build(case: Case) -> Any:
    """The case's model with its initial weights, compiled as it says."""
    scope: dict[str, Any] = {}
    exec(case.attrs["source"], scope)
    model = scope["build"](KERAS)
    model.set_weights(in_our_order(case, model, case.numbered("weight")))
    told = dict(case.attrs["compile"])
    told["optimizer"] = optimizers.deserialize(told["optimizer"])
    model.compile(**told)
    return model


def in_our_order(
    case: Case, model: Any, arrays: dict[int, np.ndarray]
) -> list[np.ndarray]:
    """The recorded weights, grouped by layer, in the order of the model's layers."""
    found = []
    for layer in model.layers:
        found += [a for i, a in arrays.items() if case.weight_layers[i] == layer.name]
    return found


def batch(case: Case, prefix: str, step: int) -> Any:
    """The arrays of one step: one, a list of them, or None."""
    found = [a[step % len(a)] for a in case.numbered(prefix).values()]
    return found[0] if len(found) == 1 else found or None


@pytest.mark.parametrize("case", TRAINED, ids=str)
def test_training_follows_the_recorded_trajectory(case):
    config.set_floatx("float64")
    model = build(case)
    for step, expected in enumerate(case.arrays["losses"]):
        got = model.train_on_batch(
            batch(case, "x", step),
            batch(case, "y", step),
            sample_weight=batch(case, "sample_weight", step),
            class_weight=case.attrs.get("class_weight"),
        )
        assert_close(np.atleast_1d(got), expected, case.rtol)
    final = in_our_order(case, model, case.numbered("final_weight"))
    for weight, expected in zip(model.get_weights(), final, strict=True):
        assert_close(weight, expected, case.rtol)
    predicted = model.predict(batch(case, "x", 0))
    predicted = predicted if isinstance(predicted, list) else [predicted]
    for y, expected in zip(
        predicted, case.numbered("prediction").values(), strict=True
    ):
        assert_close(y, expected, case.rtol)


@pytest.mark.parametrize("case", cases("models"), ids=str)
def test_metrics_names_are_those_of_keras(case):
    model = build(case)
    expected = [
        name.replace("output_0", model.output_names[0]).replace("output_1", "out2")
        for name in case.attrs["metrics_names"]
    ]
    assert model.metrics_names == expected

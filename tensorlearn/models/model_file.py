"""A whole model in one HDF5 file: structure, weights, how it was compiled, and the
optimizer's memory, so that training goes on as if it had never stopped.

The layout is Keras 2.2.4's; files go both ways. Nothing in a file is ever executed.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from tensorlearn import losses, metrics, optimizers
from tensorlearn.declare.registry import custom_object_scope, layers
from tensorlearn.saving import hdf5
from tensorlearn.saving.atomic import replacing
from tensorlearn.saving.text import config_from_json, config_from_yaml, config_to_json
from tensorlearn.saving.weights import apply_stored
from tensorlearn.wording import say


def save_model(
    model: Any, filepath: Any, overwrite: bool = True, include_optimizer: bool = True
) -> None:
    """Write the model to `filepath` (HDF5); the file appears whole or not at all.

    include_optimizer: also the compile arguments and the optimizer's memory.
    Raises FileExistsError if the file exists and overwrite is False.
    """
    config = config_to_json(model._described())
    with replacing(filepath, overwrite) as temporary:
        with hdf5.h5py_module().File(temporary, "w") as file:
            file.attrs["keras_version"] = hdf5.KERAS_VERSION.encode()
            file.attrs["backend"] = hdf5.BACKEND.encode()
            file.attrs["model_config"] = config.encode()
            hdf5.write_layers(file.create_group("model_weights"), model.layers)
            if include_optimizer and getattr(model, "optimizer", None) is not None:
                told = config_to_json(_training_config(model))
                file.attrs["training_config"] = told.encode()
                _write_optimizer(file, model.optimizer)


def _training_config(model: Any) -> dict[str, Any]:
    return {
        "optimizer_config": optimizers.serialize(model.optimizer),
        "loss": _named(losses.serialize, model.loss),
        "metrics": _named(metrics.serialize, model.metrics),
        "sample_weight_mode": model.sample_weight_mode,
        "loss_weights": model.loss_weights,
    }


def _named(serialize: Any, value: Any) -> Any:
    """Functions replaced by their names, in whatever lists and dictionaries they sit."""
    if isinstance(value, Mapping):
        return {k: _named(serialize, v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_named(serialize, v) for v in value]
    return value if value is None or isinstance(value, str) else serialize(value)


def _write_optimizer(file: Any, optimizer: Any) -> None:
    arrays = optimizer.get_weights()
    if not arrays:
        return
    group = file.create_group("optimizer_weights")
    kind = type(optimizer).__name__
    names = [f"{kind}/iterations:0"] + [
        f"training/{kind}/Variable{'' if i == 0 else f'_{i}'}:0"
        for i in range(len(arrays) - 1)
    ]
    hdf5.write_names(group, "weight_names", names)
    for name, array in zip(names, arrays, strict=True):
        group.create_dataset(name, data=array)


def load_model(
    filepath: Any, custom_objects: Mapping[str, Any] | None = None, compile: bool = True
) -> Any:
    """The model that `save_model` (or Keras 2) wrote.

    custom_objects: your own classes and functions by name. compile: also compile it as it
    was, with the optimizer's memory. Raises ValueError if the file is damaged, is no model
    file, or names something unknown.
    """
    with custom_object_scope(custom_objects or {}):
        with hdf5.open_for_reading(filepath) as file:
            if "model_config" not in file.attrs:
                raise ValueError(
                    say(
                        "No model found in {path}: there is no model_config; if it holds "
                        "only weights, make the model and call load_weights",
                        path=filepath,
                    )
                )
            model = model_from_json(hdf5.text(file.attrs["model_config"]))
            stored = hdf5.read_layers(hdf5.member(file, "model_weights"))
            apply_stored(model.layers, stored)
            if not compile:
                return model
            if "training_config" not in file.attrs:
                warnings.warn(
                    say(
                        "No training configuration found in {path}: the model was not "
                        "compiled; call compile before fit",
                        path=filepath,
                    ),
                    stacklevel=2,
                )
                return model
            _compile(model, hdf5.text(file.attrs["training_config"]))
            if "optimizer_weights" in file:
                _read_optimizer(model, hdf5.member(file, "optimizer_weights"))
    return model


def _compile(model: Any, told: str) -> None:
    try:
        config = json.loads(told)
        optimizer = optimizers.deserialize(config["optimizer_config"])
        rest = {
            "loss": config["loss"],
            "metrics": config.get("metrics") or [],
            "loss_weights": config.get("loss_weights"),
            "sample_weight_mode": config.get("sample_weight_mode"),
        }
    except (KeyError, TypeError, RecursionError, json.JSONDecodeError) as error:
        raise ValueError(
            say(
                "the training configuration in the file is damaged: {error!r}",
                error=error,
            )
        ) from error
    model.compile(optimizer, **rest)


def _read_optimizer(model: Any, group: Any) -> None:
    sets = [hdf5.dataset(group, n) for n in hdf5.read_names(group, "weight_names")]
    limit = 8 * sum(p.size for p in model.weights) + 1024
    if sum(int(np.prod(d.shape, dtype=object)) for d in sets) > limit:
        raise ValueError(
            say("the file declares more optimizer state than this model can have")
        )
    try:
        model.optimizer.prepare(model.trainable_weights)
        model.optimizer.set_weights([np.asarray(d[()]) for d in sets])
    except ValueError as error:
        warnings.warn(
            say(
                "Error in loading the saved optimizer state ({reason}); the model starts "
                "with a freshly initialized optimizer",
                reason=error,
            ),
            stacklevel=3,
        )


# ---- structure alone ----


def model_from_config(
    config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> Any:
    """The model described by {"class_name", "config"}, with new weights."""
    if not isinstance(config, Mapping):
        raise TypeError(
            say(
                "model_from_config: `config` must be a dictionary with class_name and "
                "config, got {got}; for the result of get_config use "
                "Sequential.from_config or Model.from_config",
                got=type(config).__name__,
            )
        )
    try:
        return layers.deserialize(config, custom_objects)
    except (KeyError, IndexError, AttributeError) as error:
        raise ValueError(
            say("the configuration of the model is damaged: {error!r}", error=error)
        ) from error


def model_from_json(
    json_string: str | bytes, custom_objects: Mapping[str, Any] | None = None
) -> Any:
    """The model that `to_json` (or Keras) described, with new weights."""
    return model_from_config(config_from_json(json_string), custom_objects)


def model_from_yaml(
    yaml_string: str | bytes, custom_objects: Mapping[str, Any] | None = None
) -> Any:
    """The model that `to_yaml` (or Keras) described, with new weights; never runs code."""
    return model_from_config(config_from_yaml(yaml_string), custom_objects)


def clone_model(model: Any, input_tensors: Any = None) -> Any:
    """A model of the same structure and names with weights of its own."""
    return type(model).from_config(model.get_config())

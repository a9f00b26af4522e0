"""A whole model in one HDF5 file: structure, weights, how it was compiled, and the
optimizer's memory, so that training goes on as if it had never stopped.

The layout is Keras 2.2.4's; files go both ways. Nothing in a file is ever executed.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from tensorlearn import losses, metrics, optimizers
from tensorlearn.declare.fields import label
from tensorlearn.declare.registry import custom_object_scope, layers
from tensorlearn.engine.context import at_most
from tensorlearn.saving import hdf5, resume
from tensorlearn.saving.atomic import replacing
from tensorlearn.saving.foreign import (
    adapt,
    adapt_loss,
    adapt_metrics,
    adapt_optimizer,
)
from tensorlearn.saving.stored import StoredLayer
from tensorlearn.saving.text import config_from_json, config_from_yaml, config_to_json
from tensorlearn.saving.weights import apply_stored
from tensorlearn.wording import say

LARGEST_MODEL = 1 << 30
"""How many values the weights of a model made from text alone may have."""


def save_model(
    model: Any, filepath: Any, overwrite: bool = True, include_optimizer: bool = True
) -> None:
    """Write the model to `filepath` (HDF5); the file appears whole or not at all.

    include_optimizer: also the compile arguments and the optimizer's memory.
    Raises FileExistsError if the file exists and overwrite is False.
    """
    if not model.built:
        raise ValueError(
            say(
                "{owner}: cannot be saved before it has weights; give the first layer an "
                "input_shape, call build, or fit the model first",
                owner=label(model),
            )
        )
    config = config_to_json(described(model))
    compiled = include_optimizer and getattr(model, "optimizer", None) is not None
    told = config_to_json(_training_config(model)) if compiled else ""
    with (
        replacing(filepath, overwrite) as temporary,
        hdf5.writing(temporary) as file,
    ):
        file.attrs["keras_version"] = hdf5.KERAS_VERSION.encode()
        file.attrs["backend"] = hdf5.BACKEND.encode()
        file.attrs["model_config"] = config.encode()
        hdf5.write_layers(file.create_group("model_weights"), model.layers)
        if compiled:
            file.attrs["training_config"] = told.encode()
            file.attrs[resume.ATTRIBUTE] = resume.progress(model).encode()
            _write_optimizer(file, model.optimizer)


def described(model: Any) -> dict[str, Any]:
    """Class, configuration, and the version of Keras whose words they are in."""
    return {
        "class_name": type(model).__name__,
        "config": model.get_config(),
        "keras_version": hdf5.KERAS_VERSION,
        "backend": hdf5.BACKEND,
    }


def _training_config(model: Any) -> dict[str, Any]:
    told = {
        "optimizer_config": optimizers.serialize(model.optimizer),
        "loss": _named(losses.serialize, model.loss),
        "metrics": _named(metrics.serialize, model.metrics),
        "sample_weight_mode": model.sample_weight_mode,
        "loss_weights": model.loss_weights,
    }
    if getattr(model, "weighted_metrics", None):
        told["weighted_metrics"] = _named(metrics.serialize, model.weighted_metrics)
    return told


def _named(serialize: Any, value: Any) -> Any:
    """Functions replaced by their names, in whatever lists and dictionaries they sit."""
    if isinstance(value, Mapping):
        return {k: _named(serialize, v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_named(serialize, v) for v in value]
    return value if value is None or isinstance(value, str) else serialize(value)


def _write_optimizer(file: Any, optimizer: Any) -> None:
    arrays = optimizer.get_weights()
    if not optimizer.iterations and not any(array.any() for array in arrays):
        return  # it has not moved anything yet
    group = file.create_group("optimizer_weights")
    kind = type(optimizer).__name__
    steps = [f"{kind}/iterations:0"] if getattr(optimizer, "saves_steps", True) else []
    names = steps + [
        f"training/{kind}/Variable{'' if i == 0 else f'_{i}'}:0"
        for i in range(len(arrays) - len(steps))
    ]
    hdf5.write_names(group, "weight_names", names)
    for name, array in zip(names, arrays, strict=True):
        group.create_dataset(name, data=array)


# ---- reading ----


class _Notes(NamedTuple):
    """What a file says apart from the structure: everything that is not weights."""

    training: str
    optimizer: list[tuple[str, np.ndarray[Any, Any]]]
    progress: str


def load_model(
    filepath: Any, custom_objects: Mapping[str, Any] | None = None, compile: bool = True
) -> Any:
    """The model that `save_model` (or Keras 2) wrote.

    custom_objects: your own classes and functions by name. compile: also compile it as it
    was, with the optimizer's memory. Raises ValueError if the file is damaged, is no model
    file, or names something unknown.
    """
    with custom_object_scope(custom_objects or {}):
        with hdf5.reading(filepath) as file:
            config = hdf5.text(hdf5.attribute(file, "model_config"))
            if not config:
                raise ValueError(
                    say(
                        "No model found in {path}: there is no model_config; if it holds "
                        "only weights, make the model and call load_weights",
                        path=filepath,
                    )
                )
            stored = hdf5.read_layers(hdf5.weight_group(file))
            held = sum(layer.size for layer in stored.layers)
            model = _from_text(config_from_json(config), 2 * held + 1024)
            apply_stored(model.layers, stored)
            notes = _notes(file, model) if compile else None
        if notes is None:
            return model
        if not notes.training:
            warnings.warn(
                say(
                    "No training configuration found in {path}: the model was not "
                    "compiled; call compile before fit",
                    path=filepath,
                ),
                stacklevel=2,
            )
            return model
        _compile(model, notes.training)
        _restore(model, notes)
    return model


def _notes(file: Any, model: Any) -> _Notes:
    sets = []
    if hdf5.has(file, "optimizer_weights"):
        group = hdf5.member(file, "optimizer_weights")
        names = hdf5.read_names(group, "weight_names")
        sets = [(name, hdf5.dataset(group, name)) for name in names]
    state = StoredLayer("optimizer_weights", sets)
    arrays = state.read(8 * sum(p.size for p in model.weights) + 1024)
    return _Notes(
        hdf5.text(hdf5.attribute(file, "training_config")),
        [(name, array) for (name, _), array in zip(sets, arrays, strict=True)],
        hdf5.text(hdf5.attribute(file, resume.ATTRIBUTE)),
    )


def _compile(model: Any, told: str) -> None:
    try:
        config = json.loads(told)
        optimizer = optimizers.deserialize(adapt_optimizer(config["optimizer_config"]))
        model.compile(
            optimizer,
            loss=adapt_loss(config.get("loss")),
            metrics=adapt_metrics(config.get("metrics")) or [],
            loss_weights=config.get("loss_weights"),
            sample_weight_mode=config.get("sample_weight_mode"),
            weighted_metrics=adapt_metrics(config.get("weighted_metrics")),
        )
    except (*_BROKEN, TypeError) as error:
        raise ValueError(
            say(
                "the training configuration in the file cannot be used ({error!r}); load "
                "with compile=False, and compile the model yourself",
                error=error,
            )
        ) from error


_BROKEN = (
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,  # among them RecursionError
    AssertionError,
    MemoryError,
    json.JSONDecodeError,
)
"""What nonsense in a configuration may lead to, deep inside of what is made from it."""


def _restore(model: Any, notes: _Notes) -> None:
    """Give the optimizer its memory back; a warning if it does not fit."""
    weights = model.trainable_weights
    arrays = _in_our_order(notes.optimizer, model.optimizer, len(weights))
    try:
        if arrays:
            model.optimizer.prepare(weights)
            model.optimizer.set_weights(arrays)
        if notes.progress:
            model._shuffler()  # makes the stream whose position is in the file
            resume.restore(model, notes.progress)
    except (ValueError, TypeError, OverflowError) as error:
        warnings.warn(
            say(
                "Error in loading the saved optimizer state ({reason}); the model starts "
                "with a freshly initialized optimizer",
                reason=error,
            ),
            stacklevel=3,
        )


def _in_our_order(
    state: list[tuple[str, np.ndarray[Any, Any]]], optimizer: Any, count: int
) -> list[np.ndarray[Any, Any]]:
    """The step count, then slot after slot: tf.keras counts steps always, and from 2.11 on
    goes weight by weight ("Adam/m/dense/kernel:0", before "Adam/dense/kernel/m:0").
    """
    arrays = [array for _, array in state]
    first = state[0][0] if state else ""
    if not first.endswith(("iteration:0", "iter:0")):
        return arrays
    slots: dict[str, list[np.ndarray[Any, Any]]] = {}
    for name, array in state[1:]:
        parts = name.removesuffix(":0").split("/")
        slots.setdefault(parts[1 if first == "iteration:0" else -1], []).append(array)
    if any(len(found) != count for found in slots.values()):
        return arrays
    if list(slots) == ["m", "v"] and type(optimizer).__name__ == "Adam":
        slots["largest"] = [np.zeros(1, np.float32)] * count  # as Keras 2.2.4 has it
    steps = [arrays[0]] if optimizer.saves_steps else []
    optimizer.iterations = int(arrays[0])
    return steps + [array for found in slots.values() for array in found]


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
    return layers.deserialize(config, custom_objects)


def model_from_json(
    json_string: str | bytes, custom_objects: Mapping[str, Any] | None = None
) -> Any:
    """The model that `to_json` (or Keras) described, with new weights.

    Raises ValueError if the text is damaged or names something unknown.
    """
    with custom_object_scope(custom_objects or {}):
        return _from_text(config_from_json(json_string), LARGEST_MODEL)


def model_from_yaml(
    yaml_string: str | bytes, custom_objects: Mapping[str, Any] | None = None
) -> Any:
    """The model that `to_yaml` (or Keras) described, with new weights; never runs code."""
    with custom_object_scope(custom_objects or {}):
        return _from_text(config_from_yaml(yaml_string), LARGEST_MODEL)


def _from_text(config: dict[str, Any], largest: int) -> Any:
    """The model that a file describes; nonsense in it becomes a ValueError."""
    try:
        with at_most(largest):
            model = layers.deserialize(adapt(config))
    except (*_BROKEN, TypeError) as error:
        raise ValueError(
            say("the configuration of the model is damaged: {error!r}", error=error)
        ) from error
    if not hasattr(model, "connect"):
        raise ValueError(
            say(
                "the configuration describes {owner}, not a model; use "
                "tensorlearn.layers.deserialize",
                owner=label(model),
            )
        )
    return model


def clone_model(model: Any, input_tensors: Any = None) -> Any:
    """A model of the same structure and names with weights of its own.

    input_tensors: Symbols on which the new model is to be built, instead of new Inputs.
    Raises ValueError for what is no model.
    """
    if not hasattr(model, "connect"):
        raise ValueError(
            say("clone_model: `model` must be a model, got {got!r}", got=model)
        )
    if input_tensors is None:
        return type(model).from_config(model.get_config())
    several = isinstance(input_tensors, (list, tuple))
    given = list(input_tensors) if several else [input_tensors]
    if len(given) != len(model.inputs):
        raise ValueError(
            say(
                "clone_model: {owner} has {wanted} inputs, got {got} `input_tensors`",
                owner=label(model),
                wanted=len(model.inputs),
                got=len(given),
            )
        )
    return _clone_on(model, given)


def _clone_on(model: Any, given: list[Any]) -> Any:
    """The calls of `model` once more, by new layers, starting from other Symbols."""
    clones = {
        layer: type(layer).from_config(layer.get_config()) for layer in model.layers
    }
    if hasattr(model, "_stack"):
        made = type(model)(name=model.name)
        made._stack = [clones[layer] for layer in model._stack]
        made._extend_from(given[0], made._stack)
        return made
    values = {id(old): new for old, new in zip(model.inputs, given, strict=True)}
    for call in model.calls:
        if not call.inputs:
            continue
        inputs = [values[id(symbol)] for symbol in call.inputs]
        found = clones[call.layer](
            inputs if call.listed else inputs[0], **call.arguments
        )
        outputs = found if isinstance(found, list) else [found]
        values |= {id(o): n for o, n in zip(call.outputs, outputs, strict=True)}
    outputs = [values[id(symbol)] for symbol in model.outputs]
    return layers.find("Model")(given, outputs, name=model.name)

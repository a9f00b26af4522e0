"""Configurations that later versions of Keras wrote, in the words of Keras 2.2.4.

tf.keras 2.x added keys, renamed classes, and wrote functions and number types as
dictionaries. `adapt` undoes that by the tables below; what it does not know stays, and
the layer in question refuses it by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tensorlearn.declare.registry import layers, losses, metrics, optimizers
from tensorlearn.engine.layer import snake_case
from tensorlearn.wording import say

CLASSES = {
    "Functional": "Model",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "LSTMV2": "LSTM",
    "GRUV2": "GRU",
    "GRUCellV2": "GRUCell",
    "LSTMCellV2": "LSTMCell",
}
"""Class names of today: those of Keras 2.2.4."""

RAW_OPERATIONS = {"TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer"}
"""How tf.keras writes `x * 2` in a functional model."""

ANYTHING = (...,)

HARMLESS: dict[str, tuple[Any, ...]] = {
    "autocast": ANYTHING,
    "experimental_run_tf_function": ANYTHING,
    "groups": (1,),
    "jit_compile": ANYTHING,
    "keepdims": (False,),
    "output_shape": (None,),
    "ragged": (False,),
    "renorm": (False,),
    "seed": ANYTHING,
    "synchronized": (False,),
    "time_major": (False,),
    "use_legacy_config": ANYTHING,
    "virtual_batch_size": (None,),
    "zero_output_for_mask": (False,),
}
"""Newer arguments of layers: the values under which they change nothing (or any)."""

OPTIMIZER_HARMLESS: dict[str, tuple[Any, ...]] = {
    "centered": (False,),
    "ema_momentum": ANYTHING,
    "ema_overwrite_frequency": ANYTHING,
    "global_clipnorm": (None,),
    "clipnorm": (None,),
    "clipvalue": (None,),
    "is_legacy_optimizer": ANYTHING,
    "jit_compile": ANYTHING,
    "use_ema": (False,),
    "weight_decay": (None, 0, 0.0),
    "momentum": (0, 0.0),
    "initial_accumulator_value": (0, 0.0, 0.1),
}
"""The same for optimizers; `name` goes always."""

_NODE_KEYS = ("class_name", "config", "name", "inbound_nodes")


def adapt(config: Any) -> Any:
    """`config` (nested plain data) as Keras 2.2.4 would have written it.

    Raises ValueError for a setting that changes results and does not exist here.
    """
    if isinstance(config, list):
        return [adapt(value) for value in config]
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "function":  # a function of the user's, in tf.keras
        return config.get("config")
    if isinstance(config.get("class_name"), str) and "config" in config:
        return _described(config)
    return {key: adapt(value) for key, value in config.items()}


def _described(entry: dict[str, Any]) -> dict[str, Any]:
    """One {"class_name", "config", ...}."""
    name = CLASSES.get(entry["class_name"], entry["class_name"])
    if name in RAW_OPERATIONS:
        raise ValueError(
            say(
                "the file holds an operation of TensorFlow outside of any layer ({name}), "
                "which cannot be made here; rebuild the model in code and load weights",
                name=name,
            )
        )
    if "registered_name" in entry or "module" in entry:  # written by tf.keras 2.12+
        entry = {k: v for k, v in entry.items() if k in _NODE_KEYS}
    entry = {k: v for k, v in entry.items() if k != "shared_object_id"}
    made = {**{k: adapt(v) for k, v in entry.items()}, "class_name": name}
    if isinstance(made["config"], dict):
        made["config"] = _settings(name, made["config"])
    return made


def _settings(class_name: str, config: dict[str, Any]) -> dict[str, Any]:
    cls = layers.known.get(class_name)
    if cls is None:
        return config
    kept = _without(class_name, config, HARMLESS, getattr(cls, "fields", {}))
    if isinstance(kept.get("dtype"), Mapping):
        kept["dtype"] = _dtype(class_name, kept["dtype"])
    axis = kept.get("axis")
    if class_name == "BatchNormalization" and isinstance(axis, list) and len(axis) == 1:
        kept["axis"] = axis[0]
    return kept


def _dtype(class_name: str, policy: Mapping[str, Any]) -> str:
    """The number type that a policy stands for."""
    settings = policy.get("config")
    name = settings.get("name") if isinstance(settings, Mapping) else None
    if name not in ("float16", "float32", "float64"):
        raise ValueError(
            say(
                "{owner}: the number type {got!r} of the file does not exist here",
                owner=class_name,
                got=name,
            )
        )
    return str(name)


def _without(
    owner: str,
    config: Mapping[str, Any],
    harmless: Mapping[str, tuple[Any, ...]],
    known: Any,
) -> dict[str, Any]:
    """`config` without the keys of the table; ValueError if one of them matters."""
    kept = {}
    for key, value in config.items():
        if key in known or key not in harmless:
            kept[key] = value
        elif harmless[key] is not ANYTHING and value not in harmless[key]:
            raise ValueError(
                say(
                    "{owner}: the file asks for {key}={value!r}, which does not exist "
                    "here and would change the results",
                    owner=owner,
                    key=key,
                    value=value,
                )
            )
    return kept


# ---- how a model was compiled ----


def adapt_optimizer(config: Any) -> Any:
    """{"class_name", "config"} of an optimizer, whichever Keras wrote it."""
    if not isinstance(config, Mapping) or not isinstance(config.get("config"), Mapping):
        return config
    name = str(config.get("class_name")).rpartition(">")[2]  # "Custom>Adam"
    cls = optimizers.known.get(name) or optimizers.known.get(name.lower())
    if cls is None:
        return {**config, "class_name": name}
    settings = dict(config["config"])
    if "learning_rate" in settings:
        settings["lr"] = settings.pop("learning_rate")
        settings.pop("name", None)
    settings = {k: v for k, v in settings.items() if not (k in _LIMITS and v is None)}
    known = {*cls.fields, *_LIMITS}
    return {
        "class_name": name,
        "config": _without(name, settings, OPTIMIZER_HARMLESS, known),
    }


_LIMITS = ("clipnorm", "clipvalue")


def adapt_loss(value: Any) -> Any:
    """A loss as a name, also where tf.keras wrote an object (in lists, too)."""
    return _functions(value, _loss_name)


def adapt_metrics(value: Any) -> Any:
    """Metrics as names, also where tf.keras wrote objects (in lists, too)."""
    return _functions(value, _metric_name)


def _functions(value: Any, name_of: Callable[[Mapping[str, Any]], Any]) -> Any:
    if isinstance(value, list):
        return [_functions(v, name_of) for v in value]
    if not isinstance(value, Mapping):
        return value
    if isinstance(value.get("class_name"), str) and "config" in value:
        return name_of(value)
    return {k: _functions(v, name_of) for k, v in value.items()}


def _loss_name(described: Mapping[str, Any]) -> Any:
    settings = described["config"]
    name = described["class_name"]
    if name == "function":
        return settings
    short = snake_case(name.rpartition(">")[2])
    plain = isinstance(settings, Mapping) and not any(
        settings.get(key) for key in ("from_logits", "label_smoothing")
    )
    if short in losses.known and plain:
        return short
    if name in losses.known:
        return dict(described)
    raise ValueError(
        say(
            "the model was compiled with the loss {name} and {settings}, which does not "
            "exist here; load with compile=False and compile it anew",
            name=name,
            settings=settings,
        )
    )


def _metric_name(described: Mapping[str, Any]) -> Any:
    settings = described["config"]
    if described["class_name"] == "function" or not isinstance(settings, Mapping):
        return settings
    asked = (
        settings.get("fn"),
        settings.get("name"),
        snake_case(described["class_name"]),
    )
    for name in asked:
        if name in metrics.known or name in ("accuracy", "acc"):
            return name
    return dict(described)

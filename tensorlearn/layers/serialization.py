"""Layers to configurations and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tensorlearn.declare.registry import layers
from tensorlearn.wording import say


def serialize(layer: Any) -> dict[str, Any]:
    """The configuration of a layer together with its class name, as plain data."""
    return {"class_name": type(layer).__name__, "config": layer.get_config()}


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The layer that `serialize` described; custom_objects: your own classes, by name."""
    return layers.deserialize(config, custom_objects)


def layer_from_config(
    config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> Any:
    """A new layer (with new weights) from what `layer.get_config()` returned.

    Such a configuration remembers its class. One that went through a file has forgotten
    it: pass {"class_name": ..., "config": ...} then. Raises ValueError otherwise.

    >>> from tensorlearn.layers import Dense
    >>> layer_from_config(Dense(3).get_config()).units
    3
    """
    remembered = getattr(config, "class_name", None)
    if remembered is not None:
        config = {"class_name": remembered, "config": config}
    elif not isinstance(config, Mapping) or "class_name" not in config:
        raise ValueError(
            say(
                "layer_from_config: the configuration does not say of which class it is; "
                "pass what layer.get_config() returned as it is, or {form}, got the keys "
                "{keys}",
                form={"class_name": "Dense", "config": "..."},
                keys=sorted(map(str, config))
                if isinstance(config, Mapping)
                else config,
            )
        )
    return deserialize(config, custom_objects)

"""Floor 2: how things are declared, named, checked and worded."""

from tensorlearn.declare.fields import REQUIRED, Configured, Field, arg, label, plain
from tensorlearn.declare.keras1 import Keras1Warning
from tensorlearn.declare.registry import (
    Registry,
    custom_object_scope,
    get_custom_objects,
)

__all__ = [
    "REQUIRED",
    "Configured",
    "Field",
    "Keras1Warning",
    "Registry",
    "arg",
    "custom_object_scope",
    "get_custom_objects",
    "label",
    "plain",
]

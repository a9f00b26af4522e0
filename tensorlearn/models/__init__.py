"""Floor 7: layers put together, trained, and saved."""

from tensorlearn.engine.operation import Input, InputLayer
from tensorlearn.models.guidance_case import GuidanceWarning
from tensorlearn.models.model import Model
from tensorlearn.models.model_file import (
    clone_model,
    load_model,
    model_from_config,
    model_from_json,
    model_from_yaml,
    save_model,
)
from tensorlearn.models.sequential import Sequential

__all__ = [
    "GuidanceWarning",
    "Input",
    "InputLayer",
    "Model",
    "Sequential",
    "clone_model",
    "load_model",
    "model_from_config",
    "model_from_json",
    "model_from_yaml",
    "save_model",
]

"""Floor 4: Symbols, layers, and what one forward run shares."""

from tensorlearn.engine.context import Pass, current_pass, learning_phase
from tensorlearn.engine.layer import Layer
from tensorlearn.engine.operation import Input, InputLayer, Operation
from tensorlearn.engine.shapes import InputSpec
from tensorlearn.engine.symbol import Call, Symbol

__all__ = [
    "Call",
    "Input",
    "InputLayer",
    "InputSpec",
    "Layer",
    "Operation",
    "Pass",
    "Symbol",
    "current_pass",
    "learning_phase",
]

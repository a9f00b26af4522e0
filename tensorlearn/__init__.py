"""tensorlearn: deep learning to read, in NumPy.

    from tensorlearn import Sequential
    from tensorlearn.layers import Dense

The floors, from the ground up: `autograd`, `ops`, `declare`, the named formulas
(`activations` … `optimizers`), `engine`, `layers`, `models`.
"""

from tensorlearn import (
    activations,
    backend,
    callbacks,
    constraints,
    datasets,
    initializers,
    layers,
    losses,
    metrics,
    models,
    ops,
    optimizers,
    regularizers,
    utils,
    visual,
)
from tensorlearn.autograd import (
    Parameter,
    Tensor,
    enable_grad,
    grad,
    hvp,
    jacobian,
    jvp,
    no_grad,
    vjp,
)
from tensorlearn.config import VERSION, set_seed
from tensorlearn.describe import help
from tensorlearn.memory import keep_freed
from tensorlearn.models import Input, Model, Sequential
from tensorlearn.testing import detect_anomaly
from tensorlearn.wording import language, set_language

__version__ = VERSION

keep_freed()

__all__ = [
    "Input",
    "Model",
    "Parameter",
    "Sequential",
    "Tensor",
    "activations",
    "backend",
    "callbacks",
    "constraints",
    "datasets",
    "detect_anomaly",
    "enable_grad",
    "grad",
    "help",
    "hvp",
    "initializers",
    "jacobian",
    "jvp",
    "language",
    "layers",
    "losses",
    "metrics",
    "models",
    "no_grad",
    "ops",
    "optimizers",
    "regularizers",
    "set_language",
    "set_seed",
    "utils",
    "visual",
    "vjp",
]

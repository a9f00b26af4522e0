"""Floor 0: reverse-mode automatic differentiation over NumPy arrays.

Read `tensor.py` (what is remembered and how it is walked back), `primitive.py` (how it
is remembered), `gradients.py` (what can be asked of it).
"""

from tensorlearn.autograd.anomaly import AnomalyError, detect_anomaly
from tensorlearn.autograd.gradients import grad, hvp, jacobian, jvp, vjp
from tensorlearn.autograd.primitive import (
    Primitive,
    elementwise,
    implements,
    primitive,
)
from tensorlearn.autograd.tensor import (
    PRIMITIVES,
    Parameter,
    Tensor,
    enable_grad,
    no_grad,
)

__all__ = [
    "PRIMITIVES",
    "AnomalyError",
    "Parameter",
    "Primitive",
    "Tensor",
    "detect_anomaly",
    "elementwise",
    "enable_grad",
    "grad",
    "hvp",
    "implements",
    "jacobian",
    "jvp",
    "no_grad",
    "primitive",
    "vjp",
]

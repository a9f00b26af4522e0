"""Floor 0: reverse-mode automatic differentiation over NumPy arrays.

Read `tensor.py` (the handle), `graph.py` (what is remembered, and how it is walked back),
`primitive.py` (how it is remembered), `gradients.py` (what can be asked of it).
"""

from tensorlearn.autograd.gradients import grad, hvp, jacobian, jvp, vjp
from tensorlearn.autograd.graph import enable_grad, no_grad
from tensorlearn.autograd.primitive import Primitive, elementwise, primitive
from tensorlearn.autograd.tensor import Parameter, Tensor
from tensorlearn.operators import PRIMITIVES, implements

__all__ = [
    "PRIMITIVES",
    "Parameter",
    "Primitive",
    "Tensor",
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

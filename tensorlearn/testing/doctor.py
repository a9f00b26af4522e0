"""The gradient doctor: hand-written gradients against slopes of the same code's forward.

`check_gradient` judges a pair of functions, `check_layer` an object with forward and
backward, `check_engine` somebody's own autograd. No right answer is stored anywhere: the
judge is numeric differentiation of the forward that is examined.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tensorlearn.testing.judge import judge, verdict
from tensorlearn.testing.smallest import drawn, is_strategy, smallest
from tensorlearn.testing.subjects import Engine, Functions, LayerSubject, Subject
from tensorlearn.wording import say

STYLES = ("g", "plain", "cache")
Suspects = Mapping[str, Callable[..., Any]]


def check_gradient(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    *inputs: Any,
    style: str = "g",
    wrt: Any = None,
    suspects: Suspects | None = None,
    name: str | None = None,
    rtol: float = 1e-5,
    seed: int = 0,
    shrink: bool = True,
) -> None:
    """Check a gradient written by hand; GradientError says what is wrong with it.

    style: "g": backward(g, *inputs); "plain": backward(*inputs), the derivative itself;
    "cache": forward gives (y, cache) and backward takes (g, cache). Floating-point inputs
    are differentiated, or those that `wrt` lists; an input may also be a Hypothesis
    strategy. suspects: {code: another forward}; a gradient that is right for one of
    these gets this diagnosis. shrink: look for the smallest failing example.

    >>> check_gradient(lambda x: x**2, lambda g, x: g * 2 * x, 3.0)
    """
    if style not in STYLES:
        raise ValueError(
            say(
                "check_gradient: `style` must be one of {styles}, got {got!r}",
                styles=", ".join(STYLES),
                got=style,
            )
        )

    def subject(values: Sequence[Any]) -> Subject:
        return Functions(forward, backward, values, style, wrt, seed)

    _check(subject, inputs, name or _name(forward), suspects, rtol, shrink)


def check_layer(
    make: Any,
    *inputs: Any,
    params: Mapping[str, str] | None = None,
    training: bool | None = None,
    accumulates: bool | None = None,
    wrt: Any = None,
    suspects: Suspects | None = None,
    name: str | None = None,
    rtol: float = 1e-5,
    seed: int = 0,
    shrink: bool = True,
) -> None:
    """Check a layer with forward(x) and backward(g), and the gradients of its parameters.

    make: gives a fresh layer, or is one (which is then copied). params: {"W": "dW"}, names
    of attributes; by default the dictionaries `params` and `grads`. training: passed on to
    forward unless None. accumulates: whether a second backward adds to the gradients
    (True), replaces them (False), or may do either (None). Others: as `check_gradient`;
    a suspect is called with a layer and the inputs.
    """

    def subject(values: Sequence[Any]) -> Subject:
        return LayerSubject(make, values, params, training, accumulates, wrt, seed)

    _check(subject, inputs, name or _name(make), suspects, rtol, shrink)


def check_engine(
    build: Callable[..., Any],
    *inputs: Any,
    leaf: Callable[[Any], Any],
    data: str = "data",
    grad: str = "grad",
    wrt: Any = None,
    suspects: Suspects | None = None,
    name: str | None = None,
    rtol: float = 1e-5,
    seed: int = 0,
    shrink: bool = True,
) -> None:
    """Check an autograd engine: y = build(*leaves), y.backward(), leaf.grad.

    leaf: wraps a number or an array. data, grad: the attributes with value and gradient.
    If y is not a single number, the engine must be able to compute `(y * weights).sum()`.
    """

    def subject(values: Sequence[Any]) -> Subject:
        return Engine(build, values, leaf, data, grad, wrt, seed)

    _check(subject, inputs, name or _name(build), suspects, rtol, shrink)


def _name(thing: Any) -> str:
    return getattr(thing, "__name__", None) or type(thing).__name__


def _check(
    subject: Callable[[Sequence[Any]], Subject],
    inputs: Sequence[Any],
    name: str,
    suspects: Suspects | None,
    rtol: float,
    shrink: bool,
) -> None:
    def examine(values: Sequence[Any], brief: bool = False) -> Any:
        return judge(subject(values), suspects or {}, rtol, brief)

    if any(is_strategy(x) for x in inputs):
        finding, example = drawn(examine, inputs)
    else:
        finding = examine(inputs)
        example = smallest(examine, inputs, finding) if finding and shrink else None
    if finding is not None:
        raise verdict(finding, name, example)

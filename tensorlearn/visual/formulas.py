"""What every primitive computes, and how its gradient goes back, as formulas to read.

The row of a primitive is its formula, then one per input. `x` is a single input; `a`, `b`,
`c` are several; `y` is the output, `g` its gradient; `n` is how many values became one;
`[...]` is 1 where it holds, else 0. A test computes what can be computed and compares it
with the pullbacks. A primitive without a row is shown by its name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple


class Formula(NamedTuple):
    """A formula, and per input that of its gradient ("" if none flows)."""

    forward: str
    back: tuple[str, ...]


def _rows(text: str) -> dict[str, Formula]:
    """Lines of `name: formula | gradient | ...`; "-" where none flows."""
    found = {}
    for line in text.strip().splitlines():
        name, formulas = line.split(":", 1)
        forward, *back = (part.strip() for part in formulas.split(" | "))
        found[name.strip()] = Formula(
            forward, tuple("" if b == "-" else b for b in back)
        )
    return found


ELEMENTWISE = _rows("""
add: a + b | g | g
subtract: a - b | g | -g
multiply: a · b | g · b | g · a
divide: a / b | g / b | -g · y / b
negative: -x | -g
reciprocal: 1 / x | -g · y²
square: x² | 2 · g · x
sqrt: √(x) | g / (2 · y)
remainder: a mod b | g | -g · floor(a / b)
power: a^b | g · b · a^(b - 1) | g · y · log(a)
exp: exp(x) | g · y
expm1: exp(x) - 1 | g · (y + 1)
log: log(x) | g / x
log1p: log(1 + x) | g / (1 + x)
log2: log2(x) | g / (x · log(2))
log10: log10(x) | g / (x · log(10))
logaddexp: log(exp(a) + exp(b)) | g · exp(a - y) | g · exp(b - y)
sin: sin(x) | g · cos(x)
cos: cos(x) | -g · sin(x)
tan: tan(x) | g · (1 + y²)
arcsin: arcsin(x) | g / √(1 - x²)
arccos: arccos(x) | -g / √(1 - x²)
arctan: arctan(x) | g / (1 + x²)
arctan2: arctan2(a, b) | g · b / (a² + b²) | -g · a / (a² + b²)
sinh: sinh(x) | g · cosh(x)
cosh: cosh(x) | g · sinh(x)
tanh: tanh(x) | g · (1 - y²)
arcsinh: arcsinh(x) | g / √(x² + 1)
arccosh: arccosh(x) | g / √(x² - 1)
arctanh: arctanh(x) | g / (1 - x²)
abs: abs(x) | g · sign(x)
sign: sign(x) | -
floor: floor(x) | -
ceil: ceil(x) | -
round: round(x) | -
maximum: max(a, b) | g · ([a > b] + [a ≥ b]) / 2 | g · ([b > a] + [b ≥ a]) / 2
minimum: min(a, b) | g · ([a < b] + [a ≤ b]) / 2 | g · ([b < a] + [b ≤ a]) / 2
relu: max(x, 0) | g · [x > 0]
where: where(a, b, c) | - | g · [a] | g · (1 - [a])
clip: min(max(a, b), c) | g · [b ≤ a] · [a ≤ c] | g · [a < b] | g · [a > c]
sigmoid: 1 / (1 + exp(-x)) | g · y · (1 - y)
softplus: log(1 + exp(x)) | g · sigmoid(x)
erf: erf(x) | g · exp(-x²) · 2 / √(π)
cast: cast(x) | cast(g)
""")
"""Those that can be computed as they stand."""

OTHERS = _rows("""
reduce_sum: sum(x) | repeat(g)
reduce_mean: sum(x) / n | repeat(g) / n
reduce_max: max(x) | repeat(g) · [x = y] / ties
reduce_min: min(x) | repeat(g) · [x = y] / ties
logsumexp: log(sum(exp(x))) | g · exp(x - y)
cumsum: cumsum(x) | flip(cumsum(flip(g)))
softmax: exp(x) / sum(exp(x)) | y · (g - sum(g · y))
log_softmax: x - log(sum(exp(x))) | g - exp(y) · sum(g)
softmax_crossentropy: -sum(b · log(softmax(a))) | g · (softmax(a) · sum(b) - b) | -g · log(softmax(a))
crossentropy: -sum(b · log(a / sum(a))) | g · (sum(b) / sum(a) - b / a) | -g · log(a / sum(a))
two_sided_crossentropy: -b · log(a) - (1 - b) · log(1 - a) | g · (a - b) / (a · (1 - a)) | -g · log(a / (1 - a))
matmul: a @ b | g @ bᵀ | aᵀ @ g
affine: a @ b + c | g @ bᵀ | aᵀ @ g | sum(g)
gated: a · [b > 0] | g · [b > 0] | -
reshape: reshape(x) | reshape(g)
transpose: transpose(x) | transpose(g)
broadcast_to: repeat(x) | sum(g)
sum_to: sum(x) | repeat(g)
flip: flip(x) | flip(g)
roll: roll(x) | roll(g)
pad: pad(x) | crop(g)
crop: crop(x) | pad(g)
concatenate: concatenate(...) | split(g)
split: split(x) | concatenate(g)
stack: stack(...) | unstack(g)
unstack: unstack(x) | stack(g)
getitem: x[index] | index_add(g)
index_add: index_add(x) | g[index]
gather: x[rows] | scatter_rows(g)
scatter_rows: scatter_rows(x) | g[rows]
take_along_axis: take_along_axis(x) | index_add(g)
windows: windows(x) | overlap_add(g)
overlap_add: overlap_add(x) | windows(g)
convolve: convolve(a, b) + c | convolve_transposed(g, b) | convolve_kernel(a, g) | sum(g)
convolve_transposed: convolve_transposed(a, b) | convolve(g, b) | convolve_kernel(g, a)
convolve_kernel: convolve_kernel(a, b) | convolve_transposed(b, g) | convolve(a, g)
convolve_depthwise: convolve_depthwise(a, b) | convolve_depthwise_transposed(g, b) | convolve_depthwise_kernel(a, g)
convolve_depthwise_transposed: convolve_depthwise_transposed(a, b) | convolve_depthwise(g, b) | convolve_depthwise_kernel(g, a)
convolve_depthwise_kernel: convolve_depthwise_kernel(a, b) | convolve_depthwise_transposed(b, g) | convolve_depthwise(a, g)
max_pool: max_pool(x) | to_largest(g)
to_largest: to_largest(a) | at_largest(g) | - | -
at_largest: at_largest(a) | to_largest(g) | - | -
sum_pool: sum_pool(x) | sum_unpool(g)
sum_unpool: sum_unpool(x) | sum_pool(g)
attend: attend(a, b, c) | attend'(g) | attend'(g) | attend'(g)
layer_normalize: b · (a - mean(a)) / √(var(a) + ε) + c | layer_normalize'(g) | sum(g · (a - mean(a)) / √(var(a) + ε)) | sum(g)
batch_normalize: b · (a - mean(a)) / √(var(a) + ε) + c | batch_normalize'(g) | sum(g · (a - mean(a))) / √(var(a) + ε) | sum(g)
""")  # noqa: E501

FORMULAS: Mapping[str, Formula] = {**ELEMENTWISE, **OTHERS}
"""Those of all primitives that have one."""

_LETTER = re.compile(r"(?<![A-Za-z0-9_])[abcgnxy]\d*(?![A-Za-z0-9_'])")


def formula(name: str, inputs: int) -> Formula:
    """The row of a primitive, or one that only names it."""
    found = FORMULAS.get(name)
    if found is None:
        letters = ", ".join(letters_of(inputs))
        return Formula(f"{name}({letters})", (f"{name}'(g)",) * inputs)
    missing = inputs - len(found.back)
    forward = found.forward
    if name == "convolve" and inputs == 2:
        forward = forward.removesuffix(" + c")
    return Formula(forward, found.back + found.back[-1:] * missing)


def letters_of(inputs: int) -> list[str]:
    """How a formula calls the inputs of a primitive that has so many."""
    if inputs == 1:
        return ["x"]
    return list("abc")[:inputs] if inputs <= 3 else [f"x{i + 1}" for i in range(inputs)]


def filled(text: str, names: Mapping[str, str]) -> str:
    """The formula with names in place of letters.

    >>> filled("g · a", {"g": "g(v2)", "a": "w"})
    'g(v2) · w'
    """
    return _LETTER.sub(lambda found: names.get(found[0], found[0]), text)


# ---- LaTeX ----

_SIGNS = {
    "·": r"\cdot ",
    "²": "^2",
    "ᵀ": r"^\top ",
    "≥": r"\ge ",
    "≤": r"\le ",
    "π": r"\pi ",
    "ε": r"\varepsilon ",
    "@": r"\,",
    "√(": r"\sqrt(",
    " mod ": r" \bmod ",
    "...": r"\ldots ",
}
_KNOWN = {"exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min"}
_KNOWN |= {"arcsin", "arccos", "arctan"}


def latex(text: str, names: Mapping[str, str]) -> str:
    r"""The formula in LaTeX, with names (LaTeX themselves) in place of letters.

    >>> latex("g · exp(a)", {"g": r"\bar{y}", "a": "w"})
    '\\bar{y} \\cdot  \\exp(w)'
    """
    text = re.sub(r"\^\((.*?)\)", r"^{\1}", text)
    text = re.sub(r"[a-z_]{2,}\d*'?", _function, text)
    for sign, meaning in _SIGNS.items():
        text = text.replace(sign, meaning)
    text = _with_roots(text.replace("sum(", r"\sum("))
    return re.sub(
        r"(?<![\\A-Za-z_])[abcgnxy]\d*(?![A-Za-z_])",
        lambda found: names.get(found[0], found[0]),
        text,
    )


def _function(found: re.Match[str]) -> str:
    word = found[0]
    if word in ("sum", "mod"):
        return word
    if word in _KNOWN:
        return "\\" + word
    return rf"\operatorname{{{word.replace('_', chr(92) + '_')}}}"


def _with_roots(text: str) -> str:
    r"""\sqrt(...) -> \sqrt{...}, by counting brackets."""
    start = text.find(r"\sqrt(")
    if start < 0:
        return text
    open_at = start + len(r"\sqrt")
    depth = 0
    for end in range(open_at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if not depth:
            inside = text[open_at + 1 : end]
            return f"{text[:open_at]}{{{inside}}}{_with_roots(text[end + 1 :])}"
    return text

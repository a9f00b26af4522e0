"""What the doctor says: for each code a diagnosis and a remedy, one sentence each.

The codes are the same in every language, so that programs can compare them; the sentences
are looked up when they are needed. Who adds a cause adds its sentences here.
"""

from __future__ import annotations

from collections.abc import Callable

from tensorlearn.wording import say

Sentences = Callable[..., tuple[str, str]]

BEHAVIOUR: dict[str, Sentences] = {
    "input_mutated": lambda who="forward": (
        say("{who} changes its input in place", who=who),
        say("work on a copy: x = x.copy(), or write y = x * m in place of x *= m"),
    ),
    "g_mutated": lambda: (
        say("backward changes the upstream gradient g in place"),
        say("other paths still need g: write dx = g * m in place of g *= m"),
    ),
    "params_mutated": lambda who="backward": (
        say("{who} changes the parameters", who=who),
        say(
            "only the optimizer may move parameters; store the gradient and leave W "
            "alone"
        ),
    ),
    "shares_memory": lambda what="y": (
        say(
            "{what} changes when the function is called again: an array is reused",
            what=what,
        ),
        say("return a new array each time, or a copy of the buffer"),
    ),
    "random": lambda: (
        say("forward gives another result every time"),
        say(
            "draw from a generator with a fixed seed, or from np.random, which is "
            "seeded here"
        ),
    ),
    "forward_nan": lambda count="?": (
        say("forward itself gives NaN or Inf ({count} elements)", count=count),
        say(
            "look for a division by 0, log(0), or exp of a large number; subtract "
            "the maximum"
        ),
    ),
    "float32": lambda: (
        say(
            "forward rounds to float32 on the way, so small changes disappear in noise"
        ),
        say(
            "keep the precision of the input: no .astype('float32'), and buffers of "
            "x.dtype"
        ),
    ),
    "nothing": lambda: (
        say("backward returns None"),
        say("is there a `return` at its end?"),
    ),
    "count": lambda got="?", wanted="?": (
        say(
            "backward returns {got} gradients for {wanted} inputs",
            got=got,
            wanted=wanted,
        ),
        say("return one gradient for each input, in the order of the inputs"),
    ),
    "missing": lambda where="?": (
        say("there is no gradient for the parameter {where}", where=where),
        say("compute it in backward and store it under the same name"),
    ),
    "overwritten": lambda part="": (
        say(
            "only one of several contributions is there{part}: it overwrote the others",
            part=part,
        ),
        say("begin with zeros and add every contribution: += in place of ="),
    ),
    "accumulated": lambda: (
        say("a second backward adds to the old gradient, which should be replaced"),
        say("assign with =, or set the gradients to zero at the start of backward"),
    ),
    "detached": lambda place="": (
        say(
            "nothing was recorded: the path goes through numpy(), detach, no_grad or "
            "an "
            "operation without gradient{place}",
            place=place,
        ),
        say("stay with Tensors and their operations from the input to the result"),
    ),
}

SHAPES: dict[str, Sentences] = {
    "swapped": lambda other="": (
        say("the gradients of two inputs are swapped{other}", other=other),
        say("return them in the order in which forward takes its inputs"),
    ),
    "unsummed": lambda axes="": (
        say(
            "the sum over axis {axes} is missing, along which the input was broadcast",
            axes=axes,
        ),
        say("what forward copies, backward sums: g.sum(axis={axes})", axes=axes),
    ),
    "transposed": lambda: (
        say("the gradient is transposed"),
        say("write down the shapes: for y = x @ W, dx = g @ W.T and dW = x.T @ g"),
    ),
    "axis": lambda: (
        say("the wrong axis: along another one the numbers would be right"),
        say(
            "name the axes of each array, e.g. (N, D), and check which one forward "
            "works along"
        ),
    ),
    "keepdims": lambda got="", wanted="": (
        say(
            "the numbers are right but the shape is {got} and not {wanted}",
            got=got,
            wanted=wanted,
        ),
        say("use keepdims=True, or reshape the gradient to the shape of the input"),
    ),
    "padding": lambda: (
        say("the gradient still contains the padding, or too much of it was cut off"),
        say("cut off exactly what forward added: dx = padded[:, p:-p, p:-p]"),
    ),
    "shape": lambda got="", wanted="": (
        say(
            "the gradient has the shape {got}, not that of the input, {wanted}",
            got=got,
            wanted=wanted,
        ),
        say("a gradient always has the shape of what it belongs to"),
    ),
}

NUMBERS: dict[str, Sentences] = {
    "nan": lambda count="?": (
        say(
            "{count} elements are NaN or infinite: a division by 0, or a logarithm "
            "or root of "
            "0, on the way back",
            count=count,
        ),
        say(
            "find the division and give the case 0 its own value, or use the stable "
            "formula"
        ),
    ),
    "zero": lambda: (
        say("the gradient is zero everywhere: a pullback that ignores g?"),
        say(
            "is the result of the calculation stored and returned, or only the "
            "initial zeros?"
        ),
    ),
    "sign": lambda: (
        say("the sign is opposite"),
        say(
            "look for a minus that is missing or too many: (1/x)' = -1/x², (a - b)' "
            "by b = -1"
        ),
    ),
    "twice": lambda: (
        say("the gradient is doubled: is something added twice?"),
        say("is one path counted twice, or backward run twice without zeroing?"),
    ),
    "half": lambda: (
        say(
            "the gradient is halved: does one of two paths go through detach, or is a "
            "factor 2 missing?"
        ),
        say(
            "(x²)' = 2x; and where a value is used twice, both contributions are added"
        ),
    ),
    "mean": lambda n="?", axis="": (
        say(
            "it is {n} times too small: a mean in place of a sum?{axis}", n=n, axis=axis
        ),
        say(
            "forward adds up (or g is already averaged), so backward must not divide "
            "by {n}",
            n=n,
        ),
    ),
    "sum": lambda n="?", axis="": (
        say(
            "it is {n} times too large: a sum in place of a mean?{axis}", n=n, axis=axis
        ),
        say(
            "forward takes a mean over {n} numbers, so each of them gets only g / {n}",
            n=n,
        ),
    ),
    "factor": lambda factor="?": (
        say(
            "it is the right gradient times {factor}: a constant factor is missing "
            "or too many",
            factor=factor,
        ),
        say("compare the constants in forward with those in backward"),
    ),
    "scale": lambda factor="?": (
        say(
            "the right elements are kept but not scaled by {factor} = 1/(1 - rate)",
            factor=factor,
        ),
        say(
            "what forward multiplies by mask / (1 - rate), backward multiplies by "
            "the same"
        ),
    ),
    "upstream": lambda: (
        say("the upstream gradient g is ignored"),
        say(
            "chain rule: multiply the own derivative by g, element by element, "
            "before summing"
        ),
    ),
    "chain": lambda factor="?": (
        say("the factor {factor} of the chain rule is missing", factor=factor),
        say(
            "outer derivative times inner derivative: multiply by {factor}",
            factor=factor,
        ),
    ),
    "surplus": lambda factor="?": (
        say("the factor {factor} is one too many", factor=factor),
        say("derive on paper: where does {factor} come from?", factor=factor),
    ),
    "term": lambda term="?": (
        say("a summand is missing or too many: {term}", term=term),
        say(
            "derive each summand of forward and each path from x to y; then add them "
            "all"
        ),
    ),
}

PATTERNS: dict[str, Sentences] = {
    "mask": lambda: (
        say("forward kept other elements than backward: the mask is not the same"),
        say(
            "draw the mask once in forward, store it, and multiply by it again in "
            "backward"
        ),
    ),
    "mode": lambda: (
        say(
            "backward does in one mode (training or test) what forward does in the "
            "other"
        ),
        say("store in forward which mode it was, and let backward follow it"),
    ),
    "diagonal": lambda: (
        say(
            "only the derivative of each y by its own x is there, but x acts on the "
            "others, too"
        ),
        say("sum over all outputs: dx_i = sum over j of g_j · dy_j/dx_i"),
    ),
    "statistics": lambda axis="": (
        say(
            "what is computed from a whole axis (mean, variance, maximum, sum) is "
            "treated as a "
            "constant{axis}",
            axis=axis,
        ),
        say(
            "these numbers depend on x as well: add the gradient that flows through "
            "them"
        ),
    ),
    "time": lambda steps="": (
        say(
            "the gradient does not flow far enough back through time{steps}",
            steps=steps,
        ),
        say("add to each step's gradient what comes back from the step after it"),
    ),
    "shift": lambda by="": (
        say("the numbers are right but off by one place{by}", by=by),
        say(
            "check the first and the last index, and how much padding stands on "
            "which side"
        ),
    ),
    "reversed": lambda axis="?": (
        say("the gradient is reversed along axis {axis}", axis=axis),
        say("who reverses on the way there must reverse on the way back"),
    ),
    "order": lambda: (
        say("the values are right but in other places: wrong indices or order?"),
        say("undo the permutation of forward with its inverse, not with itself"),
    ),
    "offset": lambda offset="?": (
        say("{offset} too much everywhere: is a term added?", offset=offset),
        say("look for a constant that is added to the gradient"),
    ),
    "border": lambda axis="?", count="?": (
        say(
            "only the border along axis {axis} is wrong ({count} elements)",
            axis=axis,
            count=count,
        ),
        say("check the first and the last step of the loop, and the padding"),
    ),
    "part": lambda wrong="?", size="?", first="?": (
        say(
            "only {wrong} of {size} elements are wrong, the first at {first}: an "
            "index, a "
            "border or a case that is left out?",
            wrong=wrong,
            size=size,
            first=first,
        ),
        say("follow this one element by hand through forward and back"),
    ),
    "kink": lambda left="?", right="?": (
        say(
            "a kink: the slopes are {left} to the left and {right} to the "
            "right, and the gradient is not between them",
            left=left,
            right=right,
        ),
        say("at a kink any slope between the two sides is right; choose one of them"),
    ),
    "unknown": lambda wrong="?", size="?": (
        say(
            "{wrong} of {size} elements are wrong, in no pattern that is known",
            wrong=wrong,
            size=size,
        ),
        say("take an input with a single element and go through backward line by line"),
    ),
}

SENTENCES = BEHAVIOUR | SHAPES | NUMBERS | PATTERNS

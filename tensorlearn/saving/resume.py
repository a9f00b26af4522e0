"""What Keras's files leave out, and exact resumption needs: a few numbers as JSON.

The step count of optimizers whose state Keras writes without it, and the position of
every random stream (dropout, noise, shuffling). Keras ignores the attribute it is in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from tensorlearn.wording import say

ATTRIBUTE = "tensorlearn_resume"


def progress(model: Any) -> str:
    """Step count and random streams of a model, as JSON text."""
    optimizer = getattr(model, "optimizer", None)
    return json.dumps(
        {
            "iterations": int(getattr(optimizer, "iterations", 0)),
            "streams": {name: _state(stream) for name, stream in _streams(model)},
        }
    )


def restore(model: Any, text: str) -> None:
    """Set step count and random streams as `progress` noted them.

    Raises ValueError, with nothing changed, if the text is damaged. Streams that the
    model does not have are passed over.
    """
    try:
        found = json.loads(text)
        steps = int(found["iterations"])
        states = {name: _checked(state) for name, state in found["streams"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(
            say(
                "the notes for resuming in the file are damaged: {error!r}", error=error
            )
        ) from error
    for name, stream in _streams(model):
        if name in states:
            stream.bit_generator.state = states[name]
    if getattr(model, "optimizer", None) is not None and 0 <= steps < 1 << 62:
        model.optimizer.iterations = steps


def _streams(owner: Any, path: str = "") -> Iterator[tuple[str, np.random.Generator]]:
    """Every generator that the model or a layer inside keeps, by where it was found."""
    for name, value in vars(owner).items():
        if isinstance(value, np.random.Generator):
            yield f"{path}{name}", value
    for number, layer in enumerate(owner.sublayers()):
        yield from _streams(
            layer, f"{path}{number}/"
        )  # names may be counted differently


def _state(stream: np.random.Generator) -> list[int]:
    state: Any = stream.bit_generator.state
    if state["bit_generator"] != "SFC64":
        return []
    numbers = [int(n) for n in state["state"]["state"]]
    return [*numbers, int(state["has_uint32"]), int(state["uinteger"])]


def _checked(numbers: Any) -> dict[str, Any]:
    *words, has_rest, rest = (int(n) for n in numbers)
    if len(words) != 4 or not all(0 <= n < 1 << 64 for n in words):
        raise ValueError("stream")
    if has_rest not in (0, 1) or not 0 <= rest < 1 << 32:
        raise ValueError("stream")
    return {
        "bit_generator": "SFC64",
        "state": {"state": np.array(words, np.uint64)},
        "has_uint32": has_rest,
        "uinteger": rest,
    }

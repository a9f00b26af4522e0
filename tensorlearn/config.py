"""The few global settings: number type, epsilon, image layout, and the random seed.

Reads `~/.keras/keras.json` (or `$KERAS_HOME/keras.json`) once, in both the Keras-1 and
the Keras-2 spelling, and never writes it.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from tensorlearn.wording import say, suggest

VERSION = "0.1.0"
FLOATS = ("float16", "float32", "float64")
FORMATS = ("channels_last", "channels_first")

_settings: dict[str, Any] = {
    "floatx": "float32",
    "epsilon": 1e-7,
    "image_data_format": "channels_last",
}


def floatx() -> str:
    """The default number type: "float32" unless changed."""
    return str(_settings["floatx"])


def set_floatx(floatx: str) -> None:
    """Set the default number type: "float16", "float32" or "float64"."""
    _settings["floatx"] = _one_of("set_floatx", "floatx", floatx, FLOATS)


def epsilon() -> float:
    """The fuzz added to denominators and logarithms: 1e-7 unless changed."""
    return float(_settings["epsilon"])


def set_epsilon(e: float) -> None:
    """Set the fuzz constant, a positive number."""
    if not float(e) > 0:
        raise ValueError(
            say("set_epsilon: `e` must be positive, got {value!r}", value=e)
        )
    _settings["epsilon"] = float(e)


def image_data_format() -> str:
    """Where images keep their channels: "channels_last" or "channels_first"."""
    return str(_settings["image_data_format"])


def set_image_data_format(data_format: str) -> None:
    """Set the default image layout: "channels_last" or "channels_first"."""
    _settings["image_data_format"] = _one_of(
        "set_image_data_format", "data_format", data_format, FORMATS
    )


def _one_of(owner: str, argument: str, value: object, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ValueError(
            say(
                "{owner}: `{argument}` must be one of {known}, got {value!r}{hint}",
                owner=owner,
                argument=argument,
                known=", ".join(known),
                value=value,
                hint=suggest(value, known),
            )
        )
    return str(value)


# ---- randomness ----


class _Streams:
    """Hands out independent random generators, in an order that a seed repeats."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.reset(None)

    def reset(self, seed: int | None) -> None:
        with self.lock:
            self.seed = seed
            self.root = np.random.SeedSequence(seed)

    def next(self) -> np.random.SeedSequence:
        with self.lock:
            (child,) = (_here.branch or self.root).spawn(1)
        return child


class _Here(threading.local):
    branch: np.random.SeedSequence | None = None  # set while a part of a branch is made


_here = _Here()
_streams = _Streams()


def set_seed(seed: int) -> None:
    """Make what follows repeat bit for bit: initial weights, dropout, shuffling.

    seed: a non-negative integer. Every consumer draws from a stream of its own, numbered
    in the order of creation since this call, so no draw disturbs another.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ValueError(
            say("set_seed: `seed` must be an integer ≥ 0, got {value!r}", value=seed)
        )
    _streams.reset(int(seed))


def current_seed() -> int | None:
    """The seed of the last `set_seed`, or None when randomness is fresh."""
    return _streams.seed


def seeding() -> object:
    """A token that changes with every `set_seed`."""
    return _streams.root


def random_state() -> dict[str, Any]:
    """Where the common source of all streams stands, as plain numbers."""
    root = _streams.root
    return {
        "seed": _streams.seed,
        "entropy": root.entropy,
        "spawned": root.n_children_spawned,
    }


def set_random_state(state: dict[str, Any]) -> None:
    """Go back to a `random_state`: the same streams will be handed out from there on."""
    root = np.random.SeedSequence(
        state["entropy"], n_children_spawned=int(state["spawned"])
    )
    with _streams.lock:
        _streams.seed, _streams.root = state["seed"], root


def random_stream(seed: int | None = None) -> np.random.Generator:
    """A generator of its own: from `seed` if given, else the next one of `set_seed`."""
    return stream_of(random_branch() if seed is None else int(seed))


def stream_of(branch: Any) -> np.random.Generator:
    """The generator that a branch, or a number, stands for."""
    return np.random.Generator(np.random.SFC64(branch))


def random_branch() -> np.random.SeedSequence:
    """The next stream of `set_seed`, as something that itself has numbered parts."""
    return _streams.next()


@contextmanager
def part_of(branch: np.random.SeedSequence, number: int) -> Iterator[None]:
    """Within the block all streams that this thread asks for come from a part of a branch.

    So what is drawn for batch `number` depends on neither the order in which threads make
    batches nor how many threads there are.
    """
    key = (*branch.spawn_key, number)
    before = _here.branch
    _here.branch = np.random.SeedSequence(branch.entropy, spawn_key=key)
    try:
        yield
    finally:
        _here.branch = before


# ---- names ----

_uids: dict[str, int] = {}


def get_uid(prefix: str = "") -> int:
    """1, 2, 3, ... for every prefix: the number in automatic names such as dense_1."""
    _uids[prefix] = _uids.get(prefix, 0) + 1
    return _uids[prefix]


def unused_name(name: str, taken: Container[str]) -> str:
    """`name`, or the first of name_1, name_2, ... that is not taken.

    >>> unused_name("acc", ["loss", "acc"])
    'acc_1'
    """
    found, count = name, 0
    while found in taken:
        count += 1
        found = f"{name}_{count}"
    return found


def reset_uids() -> None:
    """Start the numbering of automatic names anew."""
    _uids.clear()


# ---- the Keras settings file ----


def _read_keras_json() -> None:
    home = os.environ.get("KERAS_HOME") or os.path.join(
        os.path.expanduser("~"), ".keras"
    )
    try:
        found = json.loads(Path(home, "keras.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    if not isinstance(found, dict):
        return
    ordering = {"tf": "channels_last", "th": "channels_first"}
    layout = found.get("image_data_format") or ordering.get(
        str(found.get("image_dim_ordering"))
    )
    if layout in FORMATS:
        _settings["image_data_format"] = layout
    if found.get("floatx") in FLOATS:
        _settings["floatx"] = found["floatx"]
    fuzz = found.get("epsilon")
    if isinstance(fuzz, (int, float)) and fuzz > 0:
        _settings["epsilon"] = float(fuzz)


_read_keras_json()

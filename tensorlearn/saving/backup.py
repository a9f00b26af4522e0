"""All that training depends on, in one file: weights, optimizer, every random stream.

Unlike a model file it holds no structure: it brings a process that has made the same model
again to exactly the point where another one was killed.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from tensorlearn.config import random_state, seeding, set_random_state
from tensorlearn.declare.fields import label
from tensorlearn.declare.kinds import plain
from tensorlearn.saving import resume
from tensorlearn.saving.atomic import replacing
from tensorlearn.wording import say

Array = np.ndarray[Any, Any]


def write(path: Any, model: Any, notes: Mapping[str, Any]) -> None:
    """Write the state of `model` and these notes (plain data and arrays).

    The file appears whole or not at all.
    """
    model.optimizer.prepare(model._to_train())
    arrays = dict(_state(model))
    told = {"notes": _without_arrays(notes, arrays), **_told(model)}
    arrays["told"] = np.array(json.dumps(told))
    with replacing(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def snapshot(model: Any) -> tuple[dict[str, Array], dict[str, Any]]:
    """Copies of all that training changes, for `put_back`."""
    model.optimizer.prepare(model._to_train())
    arrays = {name: array.copy() for name, array in _state(model)}
    return arrays, _told(model)


def put_back(model: Any, held: tuple[dict[str, Array], dict[str, Any]]) -> None:
    """Bring `model` back to its `snapshot`."""
    arrays, told = held
    if told["randomness"] == random_state():
        told = {**told, "randomness": None}  # nobody has drawn: leave it alone
    for _, layer in _stateful(model):
        layer.reset_states()
    _restore(model, arrays, told)


def read(path: Any, model: Any) -> dict[str, Any]:
    """Bring `model` and all randomness back to what is in the file; returns the notes.

    Raises ValueError, with nothing changed, if the file is damaged or another model's.
    """
    try:
        with (
            open(path, "rb") as opened,
            np.load(opened, allow_pickle=False) as file,
        ):
            arrays = {name: file[name] for name in file.files}
        told = json.loads(str(arrays.pop("told")))
        notes = _with_arrays(told["notes"], arrays)
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(
            say(
                "{path} is no state of training ({error!r}); delete it to start anew",
                path=path,
                error=error,
            )
        ) from error
    optimizer = model.optimizer
    optimizer.prepare(model._to_train())
    for name, held in _state(model):
        if name.startswith("state/"):
            continue
        if name not in arrays or arrays[name].shape != held.shape:
            raise ValueError(
                say(
                    "{path} belongs to another model than {owner} ({name} must have "
                    "shape {wanted}, got {got}); delete it, or give every model a folder "
                    "of its own",
                    path=path,
                    owner=label(model),
                    name=name,
                    wanted=held.shape,
                    got=arrays[name].shape if name in arrays else None,
                )
            )
    _restore(model, arrays, told)
    return notes


def _told(model: Any) -> dict[str, Any]:
    return {
        "progress": resume.progress(model),
        "randomness": random_state(),
        "settings": _settings(model.optimizer),
    }


def _restore(model: Any, arrays: Mapping[str, Array], told: Any) -> None:
    for number, weight in enumerate(model.weights):
        weight.assign(arrays[f"weight/{number}"])
    optimizer = model.optimizer
    optimizer.set_weights(
        [arrays[f"optimizer/{i}"] for i in range(len(optimizer.weights))]
    )
    for name, value in told["settings"].items():
        setattr(optimizer, name, value)
    for path, layer in _stateful(model):
        names = sorted(n for n in arrays if n.startswith(f"state/{path}/"))
        if names:
            layer.reset_states([arrays[name] for name in names])
    if told["randomness"] is not None:
        set_random_state(told["randomness"])
        model._seeding = seeding()  # its shuffling goes on; the seed has not changed
    resume.restore(model, told["progress"])


def _state(model: Any) -> Iterator[tuple[str, Array]]:
    """Everything that training changes and that is an array, by name."""
    for number, weight in enumerate(model.weights):
        yield f"weight/{number}", weight.data
    for number, array in enumerate(model.optimizer.weights):
        yield f"optimizer/{number}", array
    for path, layer in _stateful(model):
        for number, state in enumerate(layer.states):
            if state is not None:
                yield (
                    f"state/{path}/{number:03d}",
                    np.asarray(getattr(state, "data", state)),
                )


def _stateful(owner: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Recurrent layers whose state outlives a batch."""
    for number, layer in enumerate(owner.sublayers()):
        here = f"{path}{number}"
        if getattr(layer, "stateful", False) and hasattr(layer, "reset_states"):
            yield here, layer
        yield from _stateful(layer, f"{here}.")


def _settings(optimizer: Any) -> dict[str, float]:
    """The optimizer's numbers, which callbacks may have changed."""
    config = optimizer.get_config()
    return {
        k: v
        for k, v in config.items()
        if isinstance(v, float) and k in optimizer.fields
    }


# ---- arrays among plain data ----


def _without_arrays(value: Any, arrays: dict[str, Array]) -> Any:
    """`value` with every array put into `arrays` and its name left in its place."""
    if isinstance(value, Mapping):
        return {k: _without_arrays(v, arrays) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_arrays(v, arrays) for v in value]
    if isinstance(value, np.ndarray):
        name = f"array/{len(arrays)}"
        arrays[name] = value
        return {"__array__": name}
    return plain(value)


def _with_arrays(value: Any, arrays: Mapping[str, Array]) -> Any:
    if isinstance(value, dict):
        if "__array__" in value:
            return arrays[value["__array__"]]
        return {k: _with_arrays(v, arrays) for k, v in value.items()}
    if isinstance(value, list):
        return [_with_arrays(v, arrays) for v in value]
    return value

"""Read the recorded numbers in `golden/`, and compare with them.

The format is described in `golden/README.md`. A test asks for the cases of one file and
runs once for each: `@pytest.mark.parametrize("case", cases("core"), ids=str)`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np

GOLDEN = Path(__file__).parent / "golden"
JSON_ATTRIBUTES = ("config", "call", "compile", "class_weight")


@dataclass(frozen=True, eq=False)
class Case:
    """One experiment: what was built, what went in, what came out."""

    file: str
    name: str
    kind: str
    rtol: float
    attrs: dict[str, Any]
    arrays: dict[str, np.ndarray]
    weight_names: list[str]
    weight_layers: list[str]

    def __str__(self) -> str:
        return self.name

    def numbered(self, prefix: str) -> dict[int, np.ndarray]:
        """The arrays `prefix_0`, `prefix_1`, … by number; gaps are possible."""
        found = {}
        for name, array in self.arrays.items():
            head, _, number = name.rpartition("_")
            if head == prefix and number.isdigit():
                found[int(number)] = array
        return dict(sorted(found.items()))


@cache
def cases(file: str) -> list[Case]:
    """All cases of `golden/<file>.h5`, in alphabetical order."""
    with h5py.File(GOLDEN / f"{file}.h5") as h5:
        return [_case(file, name, group) for name, group in sorted(h5.items())]


def assert_close(got: object, expected: object, rtol: float) -> None:
    """Hold `|got - expected| <= rtol * (|expected| + max|expected|) + 1e-12`.

    The shapes must be equal too, and NaN is close to nothing.
    """
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.shape == expected.shape, f"shape {got.shape}, expected {expected.shape}"
    got, expected = got.astype(float), expected.astype(float)  # uint8 has no minus
    size = np.abs(expected)
    excess = np.abs(got - expected) - rtol * (size + size.max(initial=0)) - 1e-12
    wrong = ~(excess <= 0)  # not `excess > 0`: NaN is wrong
    if wrong.any():
        worst = np.unravel_index(np.argmax(np.where(wrong, excess, -1)), got.shape)
        raise AssertionError(
            f"{wrong.sum()} of {wrong.size} values differ at rtol {rtol:g},"
            f" the worst at {tuple(map(int, worst))}:"
            f" got {got[worst]}, expected {expected[worst]}"
        )


def _case(file: str, name: str, group: h5py.Group) -> Case:
    attrs = {key: _plain(key, value) for key, value in group.attrs.items()}
    case = Case(
        file=file,
        name=name,
        kind=attrs.pop("kind"),
        rtol=attrs.pop("rtol"),
        attrs=attrs,
        arrays={key: dataset[()] for key, dataset in group.items()},
        weight_names=[],
        weight_layers=[],
    )
    for number in case.numbered("weight"):
        labels = group[f"weight_{number}"].attrs
        case.weight_names.append(labels.get("name", ""))
        case.weight_layers.append(labels.get("layer", ""))
    return case


def _plain(key: str, value: Any) -> Any:
    """An attribute as plain Python values."""
    if key == "class_weight":
        return {int(label): weight for label, weight in json.loads(value).items()}
    if key in JSON_ATTRIBUTES:
        return json.loads(value)
    return value.tolist() if isinstance(value, np.generic | np.ndarray) else value

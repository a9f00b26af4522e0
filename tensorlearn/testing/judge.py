"""From a subject to a finding: probes first, then numbers, then what they mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tensorlearn.autograd.tensor import Array
from tensorlearn.testing.diagnosis import explain, explain_arrays
from tensorlearn.testing.errors import GradientError, errors
from tensorlearn.testing.evidence import Diagnosis, Evidence, diagnosis
from tensorlearn.testing.numeric import Slopes
from tensorlearn.testing.subjects import Complaint, LayerSubject, Subject, Values
from tensorlearn.wording import say

Suspects = Mapping[str, Callable[..., Any]]

VAGUE = {"unknown", "part", "shape", "term", "offset"}
FEW = 4
"""With fewer elements a pattern may be chance: then it must show at further points."""


@dataclass
class Finding:
    """What is wrong: the diagnosis, and the worst element if numbers were compared."""

    found: Diagnosis
    where: str = ""
    index: tuple[int, ...] = ()
    analytic: float | None = None
    numeric: float | None = None
    inputs: dict[str, Any] = field(default_factory=dict)


@dataclass
class Wrong:
    """A gradient that is wrong at a point."""

    evidence: Evidence
    index: tuple[int, ...]
    values: Values
    g: Array  # flat
    at_kink: bool = False
    found: Diagnosis | None = None

    @property
    def finite(self) -> bool:
        """Whether the gradient is a number there."""
        return bool(np.isfinite(self.evidence.analytic[self.index]).all())


def judge(
    subject: Subject, suspects: Suspects, rtol: float, brief: bool = False
) -> Finding | None:
    """The finding, or None if all is right; brief: without looking for the cause."""
    inputs = dict(zip(subject.names, subject.arguments(subject.values), strict=True))
    try:
        with np.errstate(all="ignore"):
            _probe(subject)
        wrong = _compare_everywhere(subject, rtol)
    except Complaint as complaint:
        return Finding(complaint.found, complaint.where, inputs=inputs)
    if not wrong:
        return None
    if brief:
        return Finding(diagnosis("unknown"), next(iter(wrong)), inputs=inputs)
    choices = [_explained(subject, points, suspects) for points in wrong.values()]
    clear = [c for c in choices if c.found and c.found.code not in VAGUE]
    chosen = (clear or choices)[0]
    e, index = chosen.evidence, chosen.index
    assert chosen.found is not None
    comparable = e.analytic.shape == e.numeric.shape
    return Finding(
        chosen.found,
        e.where,
        index if comparable else (),
        float(e.analytic[index]) if comparable else None,
        float(e.numeric[index]) if comparable else None,
        inputs,
    )


# ---- what can be seen without comparing numbers ----


def _probe(subject: Subject) -> None:
    arguments = subject.outputs(subject.values)
    bad = sum(int((~np.isfinite(y)).sum()) for y in arguments)
    if bad:
        raise Complaint(diagnosis("forward_nan", count=bad))
    again = subject.outputs(subject.values)
    if not all(np.array_equal(a, b) for a, b in zip(arguments, again, strict=True)):
        raise Complaint(diagnosis("random"))
    g = _shaped(_upstream(subject, arguments), arguments)
    subject.gradients(subject.values, g)
    subject.complaints(g)


def _upstream(subject: Subject, outputs: list[Array]) -> Array:
    """Weights of the outputs: 1, or random ones of either sign, none of them small."""
    size = sum(y.size for y in outputs)
    if subject.plain:
        return np.ones(size)
    rng = np.random.default_rng(subject.seed + 1)
    weights: Array = rng.uniform(0.5, 1.5, size)
    return np.asarray(weights * rng.choice([-1.0, 1.0], size))


def _shaped(g: Array, outputs: list[Array]) -> Any:
    """The flat g in the form of the outputs."""
    cuts = np.cumsum([y.size for y in outputs])[:-1]
    parts = np.split(g, cuts)
    shaped = tuple(p.reshape(y.shape) for p, y in zip(parts, outputs, strict=True))
    if len(shaped) > 1:
        return shaped
    return shaped[0] if shaped[0].shape else float(shaped[0])


# ---- numbers ----


def _compare_everywhere(subject: Subject, rtol: float) -> dict[str, list[Wrong]]:
    """name -> where it is wrong; at the given point and, if need be, at others."""
    wrong: dict[str, list[Wrong]] = {}
    kinks = _compare(subject, subject.values, rtol, wrong)
    if kinks:
        for values in _moved(subject, 0.01, 0.1):
            trial: dict[str, list[Wrong]] = {}
            if not _compare(subject, values, rtol, trial):
                for name, found in trial.items():
                    wrong[name] = found
                break
    if any(subject.values[name].size < FEW for name in wrong):
        for values in list(_moved(subject, 0.05, 0.3))[:2]:
            _compare(subject, values, rtol, wrong)
    return wrong


def _moved(subject: Subject, least: float, most: float) -> Iterator[Values]:
    """Points near by, at which forward still works."""
    rng = np.random.default_rng(subject.seed)
    for _ in range(6):
        values = {}
        for name, x in subject.values.items():
            by = rng.uniform(least, most, x.shape) * rng.choice([-1.0, 1.0], x.shape)
            values[name] = np.where(x == 0, by, x * (1 + by))
        try:
            finite = all(np.isfinite(y).all() for y in subject.outputs(values))
        except Exception:  # not a point of its domain
            continue
        if finite:
            yield values


def _compare(
    subject: Subject, values: Values, rtol: float, wrong: dict[str, list[Wrong]]
) -> bool:
    """Add what is wrong at a point; whether there are kinks."""
    outputs = subject.outputs(values)
    g = _upstream(subject, outputs)
    with np.errstate(all="ignore"):
        analytic = subject.gradients(values, _shaped(g, outputs))
        slopes = Slopes(subject.flat, values, g, rtol)
        measured = {name: slopes.measure(name) for name in values}
    single = outputs[0] if len(outputs) == 1 else None
    numeric = {
        name: np.asarray(jacobian @ g).reshape(values[name].shape)
        for name, (jacobian, _) in measured.items()
    }
    for name, (jacobian, kinks) in measured.items():
        x, a = values[name], np.asarray(analytic[name], np.float64)
        index = _worst(slopes, name, a, numeric[name])
        if index is None:
            continue
        evidence = Evidence(
            analytic=a,
            numeric=numeric[name],
            where=name,
            jacobian=jacobian.reshape(x.shape + single.shape)
            if single is not None
            else None,
            g=g.reshape(single.shape) if single is not None else None,
            y=single,
            values=subject.constants | values,
            others={n: (analytic[n], numeric[n]) for n in values if n != name},
            tolerance=max(10 * rtol, 1e-5),
        )
        at_kink = a.shape == kinks.shape and bool(kinks[index])
        wrong.setdefault(name, []).append(Wrong(evidence, index, values, g, at_kink))
    return any(kinks.any() for _, kinks in measured.values())


def _worst(
    slopes: Slopes, name: str, analytic: Array, numeric: Array
) -> tuple[int, ...] | None:
    """The worst wrong element; None if all are right. Right ones are set to be equal."""
    if analytic.shape != numeric.shape:
        return ()
    gaps = np.asarray(np.nan_to_num(np.abs(analytic - numeric), nan=-1.0))
    gaps[~np.isfinite(analytic)] = np.inf
    scale = float(np.nanmax(np.abs(numeric), initial=0.0))
    for flat in np.argsort(-gaps, axis=None, kind="stable"):
        index = tuple(int(i) for i in np.unravel_index(flat, numeric.shape))
        a, n = float(analytic[index]), float(numeric[index])
        if gaps[index] < 0 or abs(a - n) <= slopes.tolerance(
            n, scale, slopes.step(name, index)
        ):
            return None
        if not slopes.agrees(name, index, a, scale):
            return index
        numeric[index] = a  # a kink, or too steep for the step
    return None


# ---- what they mean ----


def _explained(subject: Subject, points: list[Wrong], suspects: Suspects) -> Wrong:
    """The first point, with the diagnosis for all of them."""
    smooth = [w for w in points if not w.at_kink or not w.finite]
    points = smooth or points
    first = points[0]
    first.found = (
        _suspected(subject, points, suspects)
        or _rounded(subject, first)
        or (None if smooth else _at_kink(subject, first))
    )
    if first.found is None and np.isnan(first.evidence.numeric).any():
        e = first.evidence
        first.found = explain_arrays(e.analytic, e.numeric)
    first.found = first.found or explain([w.evidence for w in points])
    return first


def _suspected(
    subject: Subject, points: list[Wrong], suspects: Suspects
) -> Diagnosis | None:
    """The gradient is the right one of another function."""
    for code, function in suspects.items():
        if all(_is_gradient_of(subject, function, w) for w in points):
            return diagnosis(code)
    return None


def _is_gradient_of(
    subject: Subject, function: Callable[..., Any], wrong: Wrong
) -> bool:
    def forward(values: Mapping[str, Array]) -> Array:
        if isinstance(subject, LayerSubject):
            y = function(*_flattened(subject.ready(dict(values))))
        else:
            y = function(*subject.arguments(dict(values)))
        listed = y if isinstance(y, tuple) else (y,)
        return np.concatenate([np.ravel(np.asarray(part, float)) for part in listed])

    e = wrong.evidence
    slopes = Slopes(forward, wrong.values, wrong.g, 1e-5)
    if slopes.y.size != wrong.g.size:
        return False
    jacobian, _ = slopes.measure(e.where)
    return e.alike(e.analytic, (jacobian @ wrong.g).reshape(e.numeric.shape))


def _flattened(ready: tuple[Any, list[Any]]) -> list[Any]:
    layer, arguments = ready
    return [layer, *arguments]


def _rounded(subject: Subject, wrong: Wrong) -> Diagnosis | None:
    """Right but for noise: forward rounds."""
    e = wrong.evidence
    if e.analytic.shape != e.numeric.shape or wrong.index == () != e.numeric.shape:
        return None
    slopes = Slopes(subject.flat, wrong.values, wrong.g, 1e-5)
    h = slopes.step(e.where, wrong.index)
    once, twice = (
        sum(slopes.sides(e.where, wrong.index, h * k)) @ wrong.g for k in (1.0, 1.37)
    )
    size = max(abs(float(once)), abs(float(twice)), 1e-300)
    if abs(float(once - twice)) < 1e-4 * size:
        return None
    coarse = slopes.coarse(e.where)
    right = np.abs(coarse - e.analytic) <= 1e-2 * np.nanmax(np.abs(coarse))
    return diagnosis("float32") if right[~np.isnan(coarse)].all() else None


def _at_kink(subject: Subject, wrong: Wrong) -> Diagnosis:
    slopes = Slopes(subject.flat, wrong.values, wrong.g, 1e-5)
    where, index = wrong.evidence.where, wrong.index
    left, right = slopes.sides(where, index, slopes.step(where, index))
    low, high = slopes.bounds(left, right)
    return diagnosis("kink", left=f"{low:.6g}", right=f"{high:.6g}")


# ---- what is said ----


def verdict(finding: Finding, name: str, example: Any) -> GradientError:
    """The finding as an error, with a message for people."""
    lines = [_headline(finding, name)]
    if finding.numeric is not None:
        lines.append(_comparison(finding))
    lines.append(say("diagnosis: {cause}", cause=finding.found.cause))
    lines.append(say("remedy: {remedy}", remedy=finding.found.remedy))
    shown = example if example is not None else finding.inputs
    if sum(np.size(x) for x in shown.values()) <= 24:
        text = ", ".join(f"{key} = {_shown(x)}" for key, x in shown.items())
        lines.append(say("smallest failing example: {text}", text=text))
    return GradientError(
        "\n".join(lines),
        code=finding.found.code,
        where=finding.where,
        index=finding.index,
        analytic=finding.analytic,
        numeric=finding.numeric,
        cause=finding.found.cause,
        remedy=finding.found.remedy,
        example=dict(shown),
    )


def _headline(finding: Finding, name: str) -> str:
    if finding.where:
        return say(
            "{name}: the gradient with respect to {where} is wrong",
            name=name,
            where=finding.where,
        )
    return say("{name}: something is wrong", name=name)


def _comparison(finding: Finding) -> str:
    absolute, relative = errors(finding.analytic, finding.numeric)
    return say(
        "worst element {index}: yours {analytic:.6g}, measured {numeric:.6g} (absolute "
        "error {absolute:.2g}, relative {relative:.2g})",
        index=list(finding.index),
        analytic=finding.analytic,
        numeric=finding.numeric,
        absolute=absolute,
        relative=relative,
    )


def _shown(x: Any) -> str:
    if isinstance(x, np.ndarray):
        return np.array2string(x, separator=", ", precision=4).replace("\n", "")
    return f"{x:.4g}" if isinstance(x, float) else repr(x)

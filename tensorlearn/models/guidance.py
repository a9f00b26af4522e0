"""Guidance: what is probably wrong with a model and its data, said before training.

`Model.check` asks every rule; `fit` asks, of its first batch, those that are cheap and
beyond doubt. The rules are in `guidance_outputs.py` and `guidance_inputs.py`.
"""

from __future__ import annotations

import html
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tensorlearn.declare.fields import label
from tensorlearn.models.batches import Data
from tensorlearn.models.checks import check_finite, check_lengths
from tensorlearn.models.guidance_case import (
    Case,
    Finding,
    GuidanceWarning,
    case_of,
    severities,
)
from tensorlearn.models.guidance_epoch import Comparison, compare
from tensorlearn.models.guidance_inputs import INPUT_RULES, MORE_INPUT_RULES
from tensorlearn.models.guidance_outputs import MORE_OUTPUT_RULES, OUTPUT_RULES
from tensorlearn.models.guidance_run import RUN_RULES
from tensorlearn.models.sources import is_sequence, is_source, parts_of
from tensorlearn.wording import frames_inside, say

QUICK_RULES = (*OUTPUT_RULES, *INPUT_RULES)
ALL_RULES = (*QUICK_RULES, *MORE_OUTPUT_RULES, *MORE_INPUT_RULES, *RUN_RULES)


@dataclass
class Report:
    """What `check` has found. True if there is nothing to mend (notes are allowed).

    findings: the worst first; also what iteration gives. facts: what has been decided
    for you, such as the meaning of "accuracy".
    """

    owner: str
    findings: list[Finding]
    facts: list[str]

    def __post_init__(self) -> None:
        order = list(severities())
        self.findings.sort(key=lambda one: order.index(one.severity))

    @property
    def ok(self) -> bool:
        """Whether there is neither an error nor a warning."""
        return all(one.severity == "note" for one in self.findings)

    def raise_errors(self) -> Report:
        """Raise ValueError for the first error; the report itself if there is none."""
        for one in self.findings:
            if one.severity == "error":
                raise ValueError(one.text)
        return self

    def __bool__(self) -> bool:
        return self.ok

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __str__(self) -> str:
        lines = [self._title()]
        for one in self.findings:
            lines += ["", f"[{one.kind}] {one.code} · {one.where}"]
            lines += [f"    {part}" for part in (one.sentence, one.remedy) if part]
        return "\n".join([*lines, *(["", *self.facts] if self.facts else [])])

    def _title(self) -> str:
        if not self.findings:
            return say("{owner}: nothing to complain of", owner=self.owner)
        found = [one.severity for one in self.findings]
        counts = [
            f"{kind} {found.count(severity)}"
            for severity, kind in severities().items()
            if severity in found
        ]
        return f"{self.owner}: {', '.join(counts)}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            "<tr>"
            + "".join(
                f'<td style="text-align:left">{html.escape(cell)}</td>'
                for cell in (one.kind, one.where, one.sentence, one.remedy)
            )
            + "</tr>"
            for one in self.findings
        )
        facts = "".join(f"<p>{html.escape(fact)}</p>" for fact in self.facts)
        return f"<p><b>{html.escape(self._title())}</b></p><table>{rows}</table>{facts}"


class Guided:
    """The methods of a model that explain; mixed into Training."""

    _guided: Any = None

    def check(self, x: Any, y: Any = None, sample_weight: Any = None) -> Report:
        """Everything that looks wrong with the model, these data, or both together.

        x, y, sample_weight: as for `fit`, or a Sequence. Nothing is trained or changed,
        and nothing is raised: a mistake for which `fit` would raise is in the report.
        """
        findings: list[Finding] = []
        facts: list[str] = []
        data = _gathered(self, x, y, sample_weight, findings)
        if data is not None:
            case = case_of(self, data, thorough=True)
            findings += found(case, ALL_RULES)
            facts = case.facts()
        return Report(label(self), findings, facts)

    def explain_fit_vs_evaluate(
        self, x: Any, y: Any, batch_size: int = 32, sample_weight: Any = None
    ) -> Comparison:
        """Why `fit` reports another loss than `evaluate`, in numbers, on these data.

        One epoch is trained to see it; then everything is put back as it was.
        """
        data = self._data("fit", x, y, sample_weight)  # type: ignore[attr-defined]
        return compare(self, self._compiled("fit"), data, batch_size)  # type: ignore[attr-defined]

    def _guide(self, stepper: Any, data: Data) -> None:
        """Before the first batch after `compile`: raise for errors, warn of the rest."""
        if self._guided is stepper:
            return
        for one in found(case_of(self, data), QUICK_RULES):
            if one.severity == "error":
                raise ValueError(one.text)
            if one.severity == "warning":
                warnings.warn(one.text, GuidanceWarning, stacklevel=frames_inside())
        self._guided = stepper  # an error is raised again, until it is mended


def found(case: Case, rules: tuple[Callable[[Case], Any], ...]) -> list[Finding]:
    """What these rules have to say."""
    return [finding for rule in rules for finding in rule(case)]


def _gathered(
    model: Any, x: Any, y: Any, sample_weight: Any, findings: list[Finding]
) -> Data | None:
    """The data as `fit` would take them; what it would refuse becomes a finding."""

    def attempt(code: str, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except (ValueError, TypeError, RuntimeError) as error:
            findings.append(Finding("error", code, label(model), str(error)))
            return None

    def batch() -> Any:
        if is_sequence(x):
            return parts_of("check", x[0])
        if is_source(x):
            raise TypeError(
                say(
                    "check: a generator would lose the batch that is looked at; pass one: "
                    "x, y = next(generator)"
                )
            )
        return x, y, sample_weight

    parts = attempt("generator", batch)
    if parts is None:
        return None
    attempt("compile", lambda: model._check_compiled("check"))
    taken = attempt("inputs", lambda: model._inputs("x", parts[0], quick=True))
    if taken is None or findings:
        return None
    inputs, size = taken
    targets: Any = [None] * len(model._judges())
    if parts[1] is not None:
        targets = attempt("targets", lambda: model._target_arrays("y", parts[1], True))
        if targets is None:
            return None
    named = [
        (f"x '{n}'", a) for n, a in zip(model._input_names(x), inputs, strict=True)
    ]
    named += [
        (f"y '{t.name}'", a) for t, a in zip(model._judges(), targets, strict=True)
    ]
    attempt("lengths", lambda: check_lengths(named))
    weights = attempt("weights", lambda: model._weight_arrays(targets, parts[2], None))
    for where, array in named:
        attempt("not_finite", lambda w=where, a=array: check_finite(w, a))  # type: ignore[misc]
    if findings:
        return None
    return Data(inputs, targets, weights, model._input_dtypes(inputs), size)

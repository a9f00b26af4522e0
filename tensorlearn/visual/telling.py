"""What an explanation of a backward pass looks like: text, Markdown, LaTeX, HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from tensorlearn.visual.record import shown_value
from tensorlearn.wording import say


@dataclass
class Flow:
    """What a step hands to one of its inputs.

    formula, latex: of the gradient. value: the contribution, already summed over `axes`
    along which the input had been broadcast. number of count: which of the several
    contributions to this input it is; total: what they add up to, known with the last.
    """

    name: str
    formula: str
    latex: str
    value: Any
    axes: list[int]
    number: int = 1
    count: int = 1
    total: Any = None

    def __post_init__(self) -> None:
        if self.axes:
            axes = ", ".join(map(str, self.axes))
            self.formula = f"sum[{axes}] {_in_brackets(self.formula)}"
            self.latex = rf"\sum_{{{axes}}} {_in_brackets(self.latex)}"

    def notes(self) -> list[str]:
        """What is to be said besides: sums over broadcast axes, and over paths."""
        told = []
        if self.axes:
            told.append(
                say(
                    "{name} was broadcast, so its gradient is summed over axis {axes}",
                    name=self.name,
                    axes=", ".join(map(str, self.axes)),
                )
            )
        if self.count > 1:
            told.append(
                say(
                    "part {number} of {count}: {name} is used {count} times, its "
                    "gradients add up",
                    number=self.number,
                    count=self.count,
                    name=self.name,
                )
            )
        if self.total is not None:
            total = shown_value(self.total)
            told.append(f"g({self.name}) = {total}")
        return told


@dataclass
class Step:
    """One operation on the way back: what it computed, and what its inputs receive."""

    number: int
    name: str
    primitive: str
    arguments: list[str]
    formula: str
    latex: str
    shapes: list[Any]
    shape: Any
    value: Any
    gradient: Any
    flows: list[Flow]


@dataclass(repr=False)
class Explanation:
    """What `explain` returns: `str()`, `.markdown()`, `.latex()`; a notebook shows HTML.

    steps: those that are shown. total: how many there are. leaves: name, shape and
    gradient (None if none arrives) of each leaf.
    """

    result: str
    value: Any
    total: int
    steps: list[Step]
    leaves: list[tuple[str, tuple[int, ...], Any]]

    def __str__(self) -> str:
        lines = [f"{self.result} = {shown_value(self.value)}", _legend(self.result), ""]
        for step in self._with_gap():
            lines += [_gap(self.total, self.steps)] if step is None else _lines(step)
            lines.append("")
        lines.append(say("At the leaves"))
        for name, shape, gradient in self.leaves:
            shown = say("no gradient arrives") if gradient is None else ""
            lines.append(f"    g({name}) {shape} = {shown or shown_value(gradient)}")
        return "\n".join(lines)

    __repr__ = __str__

    def markdown(self) -> str:
        """The same for a document, formulas as LaTeX between dollar signs."""
        parts = [
            f"**{self.result} = {shown_value(self.value)}**\n\n{_legend(self.result)}"
        ]
        for step in self._with_gap():
            if step is None:
                parts.append(f"*{_gap(self.total, self.steps)}*")
            else:
                parts.append(_markdown(step))
        rows = [
            f"| {say('leaf')} | {say('shape')} | {say('gradient')} |",
            "|---|---|---|",
        ]
        for name, shape, gradient in self.leaves:
            text = "–" if gradient is None else f"`{shown_value(gradient)}`"
            rows.append(f"| `{name}` | {shape} | {text} |")
        return "\n\n".join([*parts, "\n".join(rows)]) + "\n"

    def latex(self) -> str:
        """The formulas alone, as an `aligned` block: each step and what it hands back."""
        rows = []
        for step in self._with_gap():
            if step is None:
                rows.append(r"& \;\;\vdots")
                continue
            name = latex_name(step.name)
            rows.append(f"{name} &= {step.latex}")
            for flow in step.flows:
                target = rf"\bar{{{latex_name(flow.name)}}}"
                sign = r"\mathrel{+}=" if flow.count > 1 else "="
                rows.append(rf"{target} &{sign} {flow.latex}")
        joined = " \\\\\n".join(rows)
        return "\\begin{aligned}\n" + joined + "\n\\end{aligned}\n"

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><td colspan="5"><em>{escape(_gap(self.total, self.steps))}</em></td></tr>'
            if step is None
            else _html(step)
            for step in self._with_gap()
        )
        heads = ["", say("forward"), say("value"), say("backward"), say("gradient")]
        head = "".join(f'<th style="text-align:left">{escape(h)}</th>' for h in heads)
        leaves = "".join(
            f"<tr><td></td><td><code>{escape(name)}</code> {shape}</td><td></td>"
            f"<td><code>g({escape(name)})</code></td>"
            f"<td><code>{'–' if g is None else escape(shown_value(g))}</code></td></tr>"
            for name, shape, g in self.leaves
        )
        return (
            f"<div><p><b>{escape(self.result)} = {escape(shown_value(self.value))}</b><br/>"
            f"{escape(_legend(self.result))}</p><table><thead><tr>{head}</tr></thead>"
            f'<tbody style="text-align:left;vertical-align:top">{rows}'
            f'<tr><th colspan="5" style="text-align:left">'
            f"{escape(say('At the leaves'))}</th></tr>{leaves}</tbody></table></div>"
        )

    def _with_gap(self) -> Iterator[Step | None]:
        """The steps, and None where some are left out."""
        before = 0
        for step in self.steps:
            if step.number != before + 1:
                yield None
            before = step.number
            yield step


# ---- text ----


def _legend(result: str) -> str:
    return say(
        "g(v) is how {result} changes with v: the derivative of {result} with respect to "
        "v.",
        result=result,
    )


def _gap(total: int, steps: Sequence[Step]) -> str:
    return say("… {count} steps are left out …", count=total - len(steps))


def _shapes(step: Step) -> str:
    return f"{', '.join(map(str, step.shapes))} -> {step.shape}"


def _gradient_text(step: Step) -> str:
    if step.gradient is None:
        return say("no gradient arrives")
    if isinstance(step.gradient, list):
        parts = ("0" if g is None else shown_value(g) for g in step.gradient)
        return "; ".join(parts)
    return shown_value(step.gradient)


def _call(step: Step) -> str:
    return f"{step.primitive}({', '.join(step.arguments)})"


def _lines(step: Step) -> list[str]:
    head = f"{step.number:2}. {step.name} = {_call(step)}"
    lines = [f"{head:<58}  {_shapes(step)}"]
    shown = "" if step.value is None else f" = {shown_value(step.value)}"
    lines.append(f"    {step.name} = {step.formula}{shown}")
    lines.append(f"    g({step.name}) = {_gradient_text(step)}")
    for flow in step.flows:
        sign = "+=" if flow.count > 1 else "="
        text = f"g({flow.name}) {sign} {flow.formula}"
        lines.append(f"    -> {text} = {shown_value(flow.value)}")
        lines += [f"       {note}" for note in flow.notes()]
    return lines


def _markdown(step: Step) -> str:
    name = latex_name(step.name)
    lines = [
        f"{step.number}. `{step.name} = {_call(step)}`, {_shapes(step)}",
        f"    - {say('forward')}: ${name} = {step.latex}$"
        + ("" if step.value is None else f" = `{shown_value(step.value)}`"),
        rf"    - {say('gradient')}: $\bar{{{name}}}$ = `{_gradient_text(step)}`",
    ]
    for flow in step.flows:
        sign = r"\mathrel{+}=" if flow.count > 1 else "="
        lines.append(
            rf"    - {say('backward')}: $\bar{{{latex_name(flow.name)}}} {sign} "
            rf"{flow.latex}$ = `{shown_value(flow.value)}`"
        )
        lines += [f"        - {note}" for note in flow.notes()]
    return "\n".join(lines)


def _html(step: Step) -> str:
    """A row of the table, and one for each input after the first."""
    value = (
        "" if step.value is None else f"<code>{escape(shown_value(step.value))}</code>"
    )
    rows = []
    for i, flow in enumerate(step.flows or [None]):  # type: ignore[list-item]
        first = [""] * 3
        if i == 0:
            first = [
                f"{step.number}",
                f"<code>{escape(step.name)} = {escape(step.formula)}</code><br/>"
                f"<small>{escape(_call(step))}, {escape(_shapes(step))}</small>",
                value,
            ]
        back, arrives = "", escape(_gradient_text(step))
        if flow is not None:
            sign = "+=" if flow.count > 1 else "="
            notes = "".join(f"<br/><small>{escape(n)}</small>" for n in flow.notes())
            back = f"<code>g({escape(flow.name)}) {sign} {escape(flow.formula)}</code>"
            back += notes
            arrives = escape(shown_value(flow.value))
        cells = [*first, back, f"<code>{arrives}</code>"]
        rows.append("".join(f'<td style="text-align:left">{c}</td>' for c in cells))
    return "".join(f"<tr>{row}</tr>" for row in rows)


def latex_name(name: str) -> str:
    r"""A name in LaTeX: v3 with a subscript, numbers as they are, words upright.

    >>> latex_name("v12"), latex_name("loss")
    ('v_{12}', '\\mathrm{loss}')
    """
    name, bracket, index = name.partition("[")
    if re.fullmatch(r"[A-Za-z]\d*", name):
        made = f"{name[0]}_{{{name[1:]}}}" if name[1:] else name
    elif re.fullmatch(r"[-+.e\d]+", name):
        made = name
    else:
        made = rf"\mathrm{{{name.replace('_', chr(92) + '_')}}}"
    return made + bracket + index


def _in_brackets(formula: str) -> str:
    """The formula, in brackets if it is a sum or product."""
    return f"({formula})" if " " in formula else formula

"""Explanations and derivations as fragments of LaTeX documents that load amsmath."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from chainrule.explore.derive.derivation_data import DerivationData, Line
from chainrule.explore.explain.explanation_data import ExplanationData, Paragraph
from chainrule.explore.render.tex_text import math, prose

_HEAD = r"% needs \usepackage{amsmath}; names beyond ASCII need XeLaTeX or LuaLaTeX"


def derivation_latex(derivation: DerivationData) -> str:
    """Return the lines, with shapes and checks, in two align environments."""
    return "\n".join(
        [
            _HEAD,
            r"\paragraph{Forward}",
            *_aligned(map(_line, derivation.forward)),
            *_elements(derivation),
            rf"\paragraph{{Backward}} ${math(derivation.heading.partition(', ')[2])}$",
            *_aligned(map(_line, derivation.backward)),
            *(rf"\noindent {prose(each)}\\" for each in derivation.notes),
            rf"\noindent {prose(derivation.verdict)}.",
            "",
        ]
    )


def _elements(derivation: DerivationData) -> Iterator[str]:
    """Give an align environment per group of lines for elements, and the reasons below it."""
    if derivation.elements:
        heading = math(derivation.element_heading.partition(", ")[2])
        yield rf"\paragraph{{Element by element}} ${heading}$"
    for group in derivation.elements:
        yield rf"\subparagraph{{${math(group.title)}${group.suffix}}}"
        yield from _aligned(map(_element, group.lines))
        for line in group.lines:
            if line.shape and line.note:
                yield rf"\noindent ${math(line.left)}$: {prose(line.note)}\\"


def _element(line: Line) -> str:
    beside = math(line.shape) if line.shape else _condition(line.note)
    check = math(str(line.check))
    return f"{math(line.left)} &= {math(line.right)} && {beside} && {check}"


def _condition(note: str) -> str:
    """Return a condition such as "for j ≠ i"; only its first word is text if it has a sign."""
    first, _, rest = note.partition(" ")
    if "≠" in note:
        return rf"\text{{{first} }}{math(rest)}"
    return rf"\text{{{prose(note)}}}" if note else ""


def explanation_latex(explanation: ExplanationData) -> str:
    """Return the values in align environments, sentences below them, and a table of receipts."""
    lines = [_HEAD]
    groups = explanation.groups
    for title, paragraphs in groups:
        if title or len(groups) > 1:
            lines.append(rf"\paragraph{{{prose(title or 'Outside of modules')}}}")
        for each in paragraphs:
            lines += _paragraph(each)
    lines += [r"\paragraph{Gradients}", *_aligned(map(_gradient, _found(explanation)))]
    if explanation.is_large:
        lines += _receipts(explanation)
    return "\n".join([*lines, ""])


def _found(explanation: ExplanationData) -> list[tuple[str, str]]:
    return [(each.left, each.right) for each in explanation.gradients]


def _gradient(pair: tuple[str, str]) -> str:
    left, right = pair
    if right.startswith(" = "):
        return f"{math(left)} &= {_numbers(right[3:])}"
    return rf"{math(left)} &\text{{{prose(right)}}}"


def _line(line: Line) -> str:
    if not line.is_equation:
        return rf"{math(line.left)} &\text{{: {prose(line.right)}}}"
    check = "" if line.check is None else rf" && {math(str(line.check))}"
    shape = r"\text{scalar}" if line.shape == "scalar" else math(line.shape)
    return f"{math(line.left)} &= {math(line.right)} && {shape}{check}"


def _aligned(lines: Iterable[str]) -> Iterator[str]:
    """Give an align environment that may break across pages; nothing for no lines."""
    rows = list(lines)
    if rows:
        yield r"{\allowdisplaybreaks\begin{align*}"
        yield " \\\\\n".join(f"  {each}" for each in rows)
        yield r"\end{align*}}"


def _paragraph(paragraph: Paragraph) -> Iterator[str]:
    value = " = ".join([*map(math, paragraph.formulas), _numbers(paragraph.figure)])
    yield from _aligned([f"{math(paragraph.name)} &= {value}"])
    yield r"\begin{itemize}"
    yield from (rf"  \item {prose(each)}" for each in paragraph.sentences)
    for each in paragraph.sent:
        formulas = " = ".join([*map(math, each.formulas), _numbers(each.figure)])
        yield rf"  \item ${math(each.to)}$ receives ${formulas}$"
    yield r"\end{itemize}"


def _numbers(figure: str) -> str:
    """Return a number for math mode, or statistics as text in math mode."""
    is_text = any(each.isalpha() and each != "e" for each in figure)
    return rf"\text{{{prose(figure)}}}" if is_text else math(figure)


def _receipts(explanation: ExplanationData) -> Iterator[str]:
    yield r"\paragraph{Receipts}"
    yield r"\begin{center}\begin{tabular}{llrrrr}"
    yield _row(explanation.receipt_head) + r" \hline"
    yield from map(_row, explanation.receipt_rows)
    yield r"\end{tabular}\end{center}"
    yield rf"\noindent {prose(explanation.ratio)}"


def _row(cells: Sequence[str]) -> str:
    return "  " + " & ".join(map(prose, cells)) + r" \\"

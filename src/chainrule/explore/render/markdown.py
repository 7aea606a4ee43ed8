"""Explanations and derivations in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from chainrule.explore.derive.derivation_data import DerivationData, Line
from chainrule.explore.explain.explanation_data import ExplanationData, Paragraph


def derivation_markdown(derivation: DerivationData) -> str:
    """Return two tables: the lines forward with their shapes, those backward with their checks."""
    return "\n".join(
        [
            "**forward**",
            "",
            *_table(("", "shape"), map(_forward, derivation.forward)),
            "",
            *_elements(derivation),
            f"**backward**, {_code(derivation.heading.partition(', ')[2])}",
            "",
            *_table(("", "shape", "check"), map(_backward, derivation.backward)),
            "",
            *(f"{each.replace('*', chr(92) + '*')}  " for each in derivation.notes),
            derivation.verdict,
            "",
        ]
    )


def _elements(derivation: DerivationData) -> Iterator[str]:
    """Give a table per group of lines for elements, and the reasons below it."""
    if derivation.elements:
        yield f"**element by element**, {_code(derivation.element_heading.partition(', ')[2])}"
        yield ""
    for group in derivation.elements:
        yield f"{_code(group.title)}{group.suffix}"
        yield ""
        yield from _table(("", "", "check"), map(_element, group.lines))
        yield ""
        reasons = [line for line in group.lines if line.shape and line.note]
        yield from (f"- {_code(each.left)}: {_escaped(each.note)}" for each in reasons)
        if reasons:
            yield ""


def _element(line: Line) -> tuple[str, str, str]:
    equation, _, check = _backward(line)
    return equation, line.shape or _escaped(line.note), check


def explanation_markdown(explanation: ExplanationData) -> str:
    """Return a heading per open call, a list per gate, and tables of gradients and receipts."""
    lines: list[str] = []
    groups = explanation.groups
    for title, paragraphs in groups:
        if title or len(groups) > 1:
            lines += [f"### {title or 'outside of modules'}", ""]
        for each in paragraphs:
            lines += [*_paragraph(each), ""]
    gradients = [
        (_code(each.left), each.right.removeprefix(" = ")) for each in explanation.gradients
    ]
    lines += ["### gradients", "", *_table(("", ""), gradients), ""]
    if explanation.is_large:
        rows = [(_code(name), title, *cells) for name, title, *cells in explanation.receipt_rows]
        lines += [
            "### receipts",
            "",
            *_table(explanation.receipt_head, rows, right=4),
            "",
            explanation.ratio,
            "",
        ]
    return "\n".join(lines)


def _paragraph(paragraph: Paragraph) -> Iterator[str]:
    yield f"**{_code(paragraph.name)}** = {_equation(paragraph.formulas, paragraph.figure)}"
    yield ""
    yield from (f"- {_escaped(each)}" for each in paragraph.sentences)
    for each in paragraph.sent:
        yield f"- {_code(each.to)} receives {_equation(each.formulas, each.figure)}"


def _equation(formulas: Sequence[str], value: str) -> str:
    return " = ".join([*map(_code, formulas), _escaped(value)])


def _forward(line: Line) -> tuple[str, str]:
    return _code(line.equation), line.shape


def _backward(line: Line) -> tuple[str, str, str]:
    check = "" if line.check is None else _escaped(str(line.check))
    return _code(line.equation) if line.is_equation else line.equation, line.shape, check


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], right: int = 0) -> Iterator[str]:
    """Give a table whose last `right` columns are right-aligned."""
    rules = ["---"] * (len(head) - right) + ["--:"] * right
    for cells in (head, rules, *rows):
        yield f"| {' | '.join(each.replace('|', chr(92) + '|') for each in cells)} |"


def _code(formula: str) -> str:
    return f"`{formula}`" if formula else ""


def _escaped(text: str) -> str:
    """Return prose with the special characters of Markdown escaped."""
    for mark in "\\\\*_[]<>":
        text = text.replace(mark, chr(92) + mark)
    return text

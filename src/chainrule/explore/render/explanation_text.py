"""Explanations as text."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.explore.explain.explanation_data import ExplanationData
from chainrule.explore.render.columns import broken, columns


def explanation_text(explanation: ExplanationData) -> str:
    """Return the paragraphs, the gradients of leaves and the receipts, at most 110 columns wide."""
    lines = [*_body(explanation), *_gradients(explanation), *_receipts(explanation)]
    return "\n".join(each for line in lines for each in broken(line))


def _body(explanation: ExplanationData) -> Iterator[str]:
    groups = explanation.groups
    for title, paragraphs in groups:
        if len(groups) > 1 or title:
            yield f"in {title}:" if title else "outside of modules:"
        for each in paragraphs:
            yield f"{each.equation}   ({each.place})"
            yield from (f"    {line}" for line in [*each.sentences, *each.receives])


def _gradients(explanation: ExplanationData) -> Iterator[str]:
    yield "gradients"
    yield from (f"    {each.left}{each.right}" for each in explanation.gradients)


def _receipts(explanation: ExplanationData) -> Iterator[str]:
    if explanation.is_large:
        rows = [explanation.receipt_head, *explanation.receipt_rows]
        yield "receipts"
        yield from (f"    {line}" for line in columns(rows, 2))
        yield f"    {explanation.ratio}"

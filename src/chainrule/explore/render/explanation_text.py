"""Explanations as text."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.explore.explain.explanation_data import ExplanationData, Paragraph
from chainrule.explore.render.columns import broken, columns
from chainrule.explore.render.equal_layers import own_gradients, runs, tables


def explanation_text(explanation: ExplanationData) -> str:
    """Return the paragraphs, the gradients of leaves and the receipts, at most 110 columns wide."""
    lines = [*_body(explanation), *_gradients(explanation), *_receipts(explanation)]
    return "\n".join(each for line in lines for each in broken(line))


def _body(explanation: ExplanationData) -> Iterator[str]:
    groups = explanation.groups
    for title, paragraphs in groups:
        if len(groups) > 1 or title:
            yield f"in {title}:" if title else "outside of modules:"
        for layers in runs(paragraphs):
            yield from _paragraph(layers[0])
            yield from tables(layers) if len(layers) > 1 else ()


def _paragraph(each: Paragraph) -> Iterator[str]:
    yield f"{each.equation}   ({each.place})"
    yield from (f"    {line}" for line in [*each.sentences, *each.receives])


def _gradients(explanation: ExplanationData) -> Iterator[str]:
    """Yield the gradients of leaves, without those of equal layers, which are in their tables."""
    groups = [layers for _, some in explanation.groups for layers in runs(some) if len(layers) > 1]
    shown = {name for layers in groups for name in own_gradients(layers)}
    yield "gradients"
    yield from (
        f"    {each.left}{each.right}" for each in explanation.gradients if each.name not in shown
    )
    for layers in groups:
        first, last = layers[0], layers[-1]
        yield f"    those of the parameters of {first.title} to {last.path!r} are above"


def _receipts(explanation: ExplanationData) -> Iterator[str]:
    if explanation.is_large:
        rows = [explanation.receipt_head, *explanation.receipt_rows]
        yield "receipts"
        yield from (f"    {line}" for line in columns(rows, 2))
        yield f"    {explanation.ratio}"

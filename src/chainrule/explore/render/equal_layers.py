"""Paragraphs about equal layers of a stack: the first in full, the others as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from chainrule.explore.explain.explanation_data import Paragraph
from chainrule.explore.number_text import norm, number
from chainrule.explore.render.columns import columns
from chainrule.graph import Array

_LEAST = 3
_COLUMNS = 8


def runs(paragraphs: Sequence[Paragraph]) -> Iterator[list[Paragraph]]:
    """Yield paragraphs one by one, and those of three or more equal layers together."""
    for form, group in groupby(paragraphs, _form):
        found = list(group)
        if form is not None and len(found) >= _LEAST:
            yield found
        else:
            yield from ([each] for each in found)


def tables(layers: Sequence[Paragraph]) -> Iterator[str]:
    """Yield tables of norms: a column per layer, of which the first was explained in full."""
    first, *others = layers
    yield f"{_span(others)}: like {first.name}; the norms are"
    for start in range(0, len(others), _COLUMNS):
        some = others[start : start + _COLUMNS]
        rows = [["", *(each.name for each in some)], *_rows(some)]
        yield from (f"    {line}" for line in columns(rows, 1))


def own_gradients(layers: Sequence[Paragraph]) -> set[str]:
    """Return the names of the parameters of these layers, whose gradients their tables have."""
    return {each.to for layer in layers for each in layer.sent if _is_own(layer, each.to)}


def _form(paragraph: Paragraph) -> Any:
    """Return what equal layers have in common; None for gates, which are no layers."""
    around, _, name = paragraph.path.rpartition(".")
    if not name.isdecimal() or len(paragraph.gates) < 2 or paragraph.upstream is None:
        return None
    sent = tuple((_label(paragraph, each.to), each.gradient.shape) for each in paragraph.sent)
    return around, paragraph.kind, paragraph.gates, paragraph.value.shape, sent


def _rows(layers: Sequence[Paragraph]) -> Iterator[list[str]]:
    yield ["value", *(_norm(each.value) for each in layers)]
    yield ["upstream", *(_norm(each.upstream) for each in layers)]
    for place, sent in enumerate(layers[0].sent):
        label = _label(layers[0], sent.to)
        yield [f"{label} receives", *(_norm(each.sent[place].gradient) for each in layers)]


def _norm(value: Array | None) -> str:
    return "-" if value is None else number(norm(value))


def _span(layers: Sequence[Paragraph]) -> str:
    first, last = layers[0], layers[-1]
    return f"{first.name} to {last.name} = {first.kind} {first.path!r} to {last.path!r}"


def _label(layer: Paragraph, name: str) -> str:
    if _is_own(layer, name):
        return name.removeprefix(f"{layer.path}.")
    return "its input" if name in layer.inputs[:1] else name


def _is_own(layer: Paragraph, name: str) -> bool:
    return name.startswith(f"{layer.path}.")

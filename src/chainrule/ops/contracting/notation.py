"""The notation of einsum: one label per axis of every operand and of the result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from chainrule.graph import Shape, ShapeError, Tensor

Labels = tuple[Hashable, ...]


@dataclass(frozen=True)
class Contraction:
    """The labels of the axes of all operands, and of the result."""

    operands: tuple[Labels, ...]
    output: Labels


def labelled(
    spec: str, terms: Sequence[Labels], output: Labels | None, tensors: Sequence[Tensor]
) -> Contraction:
    """Return the labels of operands and result, with every '...' replaced by labels of its axes.

    spec    the notation, for messages
    terms   the labels of each operand, Ellipsis for '...'
    output  the labels of the result, None if they are implicit

    Raises ShapeError for labels that do not fit the operands.
    """
    if len(terms) != len(tensors):
        raise ShapeError(
            f"einsum was given {spec!r} for {_count(len(terms))}, but "
            f"{_count(len(tensors))} followed. Separate the labels of operands by commas."
        )
    operands = tuple(_expanded(spec, term, each) for term, each in zip(terms, tensors, strict=True))
    found = [each for labels in operands for each in labels]
    shared = sorted({each for each in found if _is_of_ellipsis(each)}, key=_place)
    if output is None:
        counts = Counter(each for each in found if not _is_of_ellipsis(each))
        once = sorted((each for each, n in counts.items() if n == 1), key=_rank)
        return Contraction(operands, (*shared, *once))
    _require_fitting_output(spec, output, found, bool(shared))
    return Contraction(operands, _replaced(output, shared))


def _count(operands: int) -> str:
    return "1 operand" if operands == 1 else f"{operands} operands"


def _expanded(spec: str, term: Labels, x: Tensor) -> Labels:
    """Return the labels of an operand, with '...' as labels numbered from the last axis of it."""
    covered = x.ndim - (len(term) - term.count(Ellipsis))
    if covered < 0 or (covered and Ellipsis not in term):
        raise ShapeError(
            f"einsum was given {spec!r}, which labels {len(term) - term.count(Ellipsis)} axes of "
            f"{x.label}, but it has the shape {x.shape} with {x.ndim} axes. "
            "Label every axis once, or write '...' for the others."
        )
    return _replaced(term, [("...", place) for place in range(-covered, 0)])


def _replaced(labels: Labels, ellipsis: Sequence[Hashable]) -> Labels:
    return tuple(each for label in labels for each in (ellipsis if label is Ellipsis else (label,)))


def _is_of_ellipsis(label: Hashable) -> bool:
    return isinstance(label, tuple)


def _rank(label: Any) -> tuple[int, str]:
    return (label, "") if isinstance(label, int) else (0, str(label))


def _place(label: Any) -> int:
    return int(label[1])


def _require_fitting_output(
    spec: str, output: Labels, found: Sequence[Hashable], has_ellipsis: bool
) -> None:
    """Raise ShapeError for a result with a label that is repeated or that no operand has."""
    for label in output:
        if output.count(label) > 1:
            raise ShapeError(
                f"einsum was given {spec!r}, whose result has the label {_shown(label)} twice. "
                "Name each axis of the result once; cr.diag_embed makes diagonals."
            )
        if label is not Ellipsis and label not in found:
            raise ShapeError(
                f"einsum was given {spec!r}, whose result has the label {_shown(label)}, which no "
                "operand has. Use labels of the operands."
            )
    if has_ellipsis and Ellipsis not in output:
        raise ShapeError(
            f"einsum was given {spec!r}, whose operands have axes under '...', but whose result "
            "has no '...'. Write '...' in the result too, or label the axes to sum over."
        )


def _shown(label: Hashable) -> str:
    return "'...'" if label is Ellipsis else repr(label)


@lru_cache(256)
def terms_of_text(spec: str) -> tuple[tuple[Labels, ...], Labels | None]:
    """Return the labels of the operands and of the result, None if it has no '->'.

    Raises ShapeError for other characters than letters, ',', '->', '...' and spaces.
    """
    sides = spec.replace(" ", "").split("->")
    if len(sides) > 2:
        raise ShapeError(f"einsum was given {spec!r}, which has '->' twice. Write it once.")
    terms = tuple(_labels(spec, each) for each in sides[0].split(","))
    return terms, _labels(spec, sides[1]) if len(sides) == 2 else None


def _labels(spec: str, term: str) -> Labels:
    labels: list[Hashable] = []
    for part in term.replace("...", "\0"):
        if part != "\0" and not part.isalpha():
            raise ShapeError(
                f"einsum was given {spec!r}, where {part!r} is no label. Labels are letters; "
                "',' separates operands, '->' comes before the result, '...' is for other axes."
            )
        labels.append(Ellipsis if part == "\0" else part)
    return _one_ellipsis(spec, labels)


def labels_of_list(spec: str, labels: Sequence[Any]) -> Labels:
    """Return labels that are given as a list of integers and Ellipsis.

    Raises ShapeError for labels of another kind.
    """
    for each in labels:
        if each is not Ellipsis and (isinstance(each, bool) or not isinstance(each, int)):
            raise ShapeError(
                f"einsum was given the labels {list(labels)}, where {each!r} is no label. In lists "
                "labels are integers, and ... for other axes."
            )
    return _one_ellipsis(spec, labels)


def _one_ellipsis(spec: str, labels: Sequence[Hashable]) -> Labels:
    if labels.count(Ellipsis) > 1:
        raise ShapeError(
            f"einsum was given {spec!r}, where one operand has '...' twice. Write it once."
        )
    return tuple(labels)


def extents_of(spec: str, contraction: Contraction, shapes: Sequence[Shape]) -> dict[Hashable, int]:
    """Return the extent of every label: 1 broadcasts.

    Raises ShapeError for a label with two other extents.
    """
    extents: dict[Hashable, int] = {}
    for labels, shape in zip(contraction.operands, shapes, strict=True):
        for label, extent in zip(labels, shape, strict=True):
            known = extents.setdefault(label, extent)
            if 1 not in (known, extent) and known != extent:
                raise ShapeError(
                    f"einsum was given {spec!r} for operands of the shapes "
                    f"{', '.join(map(str, shapes))}: an axis {_name(label)} has size {known} in "
                    f"one and {extent} in another. They must be equal, or 1."
                )
            extents[label] = extent if known == 1 else known
    return extents


def _name(label: Any) -> str:
    return "under '...'" if _is_of_ellipsis(label) else f"labelled {label!r}"

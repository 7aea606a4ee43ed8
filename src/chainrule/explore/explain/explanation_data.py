"""The content of an explanation: paragraphs, gradients and receipts, without any rendering."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from chainrule.explore.explain.receipts import Receipt, ratio
from chainrule.explore.notation.statistics import statistics
from chainrule.explore.number_text import figure, is_small, number
from chainrule.graph import Array


@dataclass(frozen=True, eq=False)
class SentGradient:
    """The gradient that a unit sends to one of its inputs, with short formulas."""

    to: str
    formulas: tuple[str, ...]
    gradient: Array

    @property
    def figure(self) -> str:
        """The gradient as text."""
        return figure(self.gradient)

    @property
    def equation(self) -> str:
        """The formulas and the numbers, joined by equals signs."""
        return " = ".join([*self.formulas, self.figure])


@dataclass(frozen=True, eq=False)
class Paragraph:
    """What one gate or folded call does to the gradient.

    name      the name of its result
    title     the title of the gate or call
    group     the title of the open call around it
    path      its path in the module tree
    kind      the class of the module, or the gate
    gates     the kinds of its gates
    inputs    the names of its operands
    formulas  formulas of its value: in names, and for scalars in numbers
    says      the sentence about what it does to the gradient
    routed    sentences that count what its gates routed where
    upstream  the gradient that arrives; None without a path
    why_none  the reason why no gradient arrives
    arriving  the gradient that arrives from each branch that uses the result
    sent      the gradients that it sends to its inputs
    place     the user's file and line
    receipt   its cost
    """

    name: str
    title: str
    group: str
    path: str
    kind: str
    gates: tuple[str, ...]
    inputs: tuple[str, ...]
    formulas: tuple[str, ...]
    value: Array
    says: str
    routed: tuple[str, ...]
    upstream: Array | None
    why_none: str
    arriving: tuple[Array, ...]
    sent: tuple[SentGradient, ...]
    place: str
    receipt: Receipt

    @property
    def figure(self) -> str:
        """The value as text."""
        return figure(self.value)

    @property
    def equation(self) -> str:
        """The name, the formulas and the value, joined by equals signs."""
        return " = ".join([self.name, *self.formulas, self.figure])

    @property
    def sentences(self) -> list[str]:
        """Sentences: what it does, what it routed, and the gradient that arrives."""
        arrives = (
            f"no gradient arrives: {self.why_none}"
            if self.upstream is None
            else f"upstream {summed(self.arriving, figure(self.upstream))}"
        )
        return [f"{self.title} {self.says}", *self.routed, arrives]

    @property
    def receives(self) -> list[str]:
        """Sentences: the gradient that each input receives."""
        return [f"{each.to} receives {each.equation}" for each in self.sent]

    def to_dict(self) -> dict[str, Any]:
        """Return the paragraph as plain numbers and strings."""
        return {
            "name": self.name,
            "title": self.title,
            "group": self.group,
            "path": self.path,
            "kind": self.kind,
            "gates": list(self.gates),
            "inputs": list(self.inputs),
            "formulas": list(self.formulas),
            "value": statistics(self.value),
            "says": self.says,
            "routed": list(self.routed),
            "upstream": None if self.upstream is None else statistics(self.upstream),
            "why_none": self.why_none,
            "branches": len(self.arriving),
            "sent": [
                {
                    "to": each.to,
                    "formulas": list(each.formulas),
                    "gradient": statistics(each.gradient),
                }
                for each in self.sent
            ],
            "place": self.place,
            "receipt": self.receipt.to_dict(),
        }


@dataclass(frozen=True, eq=False)
class LeafGradient:
    """The gradient of an input or parameter, None without a path to the objective."""

    name: str
    objective: str
    gradient: Array | None
    arriving: tuple[Array, ...]

    @property
    def left(self) -> str:
        """The derivative as text."""
        return f"∂{self.objective}/∂{self.name}"

    @property
    def right(self) -> str:
        """The value of the derivative, or the sentence that there is no path."""
        if self.gradient is None:
            return f": no path leads from {self.name} to {self.objective}"
        return " = " + summed(self.arriving, figure(self.gradient))


@dataclass(frozen=True, eq=False)
class ExplanationData:
    """What every gate of a graph does to the gradient, in numbers and sentences.

    objective   the name of the differentiated scalar
    paragraphs  one per gate or folded call, in topological order
    gradients   of inputs and parameters
    leaves      the cost of adding up the gradients of leaves that are used several times
    """

    objective: str
    paragraphs: tuple[Paragraph, ...]
    gradients: tuple[LeafGradient, ...]
    leaves: Receipt

    @property
    def receipt(self) -> Receipt:
        """The total cost."""
        return sum((each.receipt for each in self.paragraphs), self.leaves)

    @property
    def is_large(self) -> bool:
        """Whether a value is shown by statistics; only then receipts are printed."""
        return any(not is_small(each.value) for each in self.paragraphs)

    @property
    def groups(self) -> list[tuple[str, list[Paragraph]]]:
        """Consecutive paragraphs of the same open call, with the title of that call."""
        return [(title, list(run)) for title, run in groupby(self.paragraphs, _group)]

    @property
    def receipt_head(self) -> tuple[str, ...]:
        """The column titles of the receipts."""
        return ("", "unit", "FLOP forward", "backward", "bytes forward", "backward")

    @property
    def receipt_rows(self) -> list[tuple[str, ...]]:
        """The rows of the receipts: name, title, FLOP and bytes, each forward and backward."""
        rows = [(each.name, each.title, *_cells(each.receipt)) for each in self.paragraphs]
        if self.leaves != Receipt():
            rows.append(("", "sums at leaves", *_cells(self.leaves)))
        return [*rows, ("", "total", *_cells(self.receipt))]

    @property
    def ratio(self) -> str:
        """A sentence with the cost of the backward pass relative to the forward pass."""
        found = ratio(self.receipt)
        pairs = (("FLOP", found.flops), ("bytes", found.bytes))
        texts = [f"{number(round(each, 2))} for {unit}" for unit, each in pairs if each is not None]
        return f"backward / forward: {', '.join(texts) or 'nothing is counted'}"

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as plain numbers and strings, under the names of the fields.

        An array is a dict of its shape, dtype, norm, share of zeros, and elements if it is small;
        numbers that are not finite are the strings "nan", "inf" and "-inf".
        """
        return {
            "objective": self.objective,
            "units": [each.to_dict() for each in self.paragraphs],
            "gradients": {
                each.name: None if each.gradient is None else statistics(each.gradient)
                for each in self.gradients
            },
            "receipt": self.receipt.to_dict(),
        }

    def json(self, indent: int | None = None) -> str:
        """Return `to_dict()` as JSON text."""
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False, allow_nan=False)


def summed(shares: Sequence[Array], total: str) -> str:
    """Return the total, and where several branches meet the sum that makes it."""
    if len(shares) < 2:
        return total
    if shares[0].size > 1:
        return f"{total}, the sum of {len(shares)} branches"
    terms = [figure(each) for each in shares]
    rest = [f"({each})" if each.startswith("-") else each for each in terms[1:]]
    return f"{' + '.join([terms[0], *rest])} = {total}"


def _group(paragraph: Paragraph) -> str:
    return paragraph.group


def _cells(receipt: Receipt) -> tuple[str, ...]:
    forward, backward = receipt.forward, receipt.backward
    counts = (forward.flops, backward.flops, forward.bytes, backward.bytes)
    return tuple(f"{each:,}" for each in counts)

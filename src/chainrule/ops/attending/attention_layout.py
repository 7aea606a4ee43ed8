"""The inputs of a gate of attention, and where queries, keys and values are in its operands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import prod
from typing import Any, NamedTuple

from chainrule.graph import Tensor


@dataclass(frozen=True)
class Part:
    """Queries, keys or values in an operand (batch, tokens, parts, heads, width).

    operand  the position of the operand
    start    the first element
    batch    elements from one sequence to the next
    token    elements from one token to the next
    """

    operand: int
    start: int
    batch: int
    token: int


@dataclass(frozen=True)
class AttentionLayout:
    """The extents of attention, and its parts: queries, keys, values.

    starts  the first element of each operand in the concatenation of all
    size    the elements of all operands
    """

    batch: int
    heads: int
    queries: int
    keys: int
    width: int
    parts: tuple[Part, ...]
    starts: tuple[int, ...]
    size: int

    @property
    def output(self) -> tuple[int, int, int, int]:
        """The shape of the output."""
        return (self.batch, self.queries, self.heads, self.width)

    @property
    def rows(self) -> tuple[int, int, int]:
        """The shape of what is kept per query and head."""
        return (self.batch, self.heads, self.queries)


def layout_of(operands: Sequence[Tensor]) -> AttentionLayout:
    """Return the layout of operands whose parts are queries, keys and values."""
    parts = tuple(
        Part(number, i * prod(each.shape[3:]), prod(each.shape[1:]), prod(each.shape[2:]))
        for number, each in enumerate(operands)
        for i in range(each.shape[2])
    )
    batch, queries, _, heads, width = operands[0].shape
    starts = tuple(accumulate((each.size for each in operands[:-1]), initial=0))
    keys = operands[parts[1].operand].shape[1]
    size = sum(each.size for each in operands)
    return AttentionLayout(batch, heads, queries, keys, width, parts, starts, size)


class AttentionGate(NamedTuple):
    """The inputs of a gate of attention.

    before    the inputs before the operands: none, or the upstream gradient and what was kept
    operands  (batch, tokens, parts, heads, width)
    masks     bools or floats that broadcast to (batch, heads, queries, keys)
    keys      int64 (n, 2): the keys of dropout, each for as many sequences; nothing without it
    """

    before: tuple[Any, ...]
    operands: tuple[Any, ...]
    masks: tuple[Any, ...]
    keys: tuple[Any, ...]


def inputs_of(inputs: Sequence[Any], count: int, before: int, share: float | None) -> AttentionGate:
    """Return the inputs of a gate with `count` operands, and dropout unless `share` is None."""
    parts = (0, before, before + count, len(inputs) - (share is not None), len(inputs))
    return AttentionGate(*(tuple(inputs[slice(*each)]) for each in pairwise(parts)))

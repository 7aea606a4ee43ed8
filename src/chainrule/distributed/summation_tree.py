"""The summation tree: in which order the terms of the blocks of a batch are added.

The tree is a function of the number of blocks alone. Its leaves are the blocks, and a node is the
range of blocks below it. Blocks that a small batch does not have are absent: a node with one child
is that child. So a sum has the same bits wherever its parts are computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """A range of blocks, such as those below a node of the tree."""

    first: int
    end: int


def children(node: Span) -> tuple[Span, Span]:
    """Return the two children of a node of at least two blocks.

    The left one has the larger half, rounded up to an even number, so that 1, 2, 3, 4 or 6 ranks
    own at most two nodes each of the tree of 12 blocks.
    """
    count = node.end - node.first
    half = (count + 1) // 2
    middle = node.first + (half + half % 2 if count > 2 else half)
    return Span(node.first, middle), Span(middle, node.end)


def nodes_within(part: Span, root: Span) -> list[Span]:
    """Return the largest nodes below `root` that lie in a range of blocks, in order."""
    if part.first >= root.end or part.end <= root.first:
        return []
    if part.first <= root.first and root.end <= part.end:
        return [root]
    left, right = children(root)
    return nodes_within(part, left) + nodes_within(part, right)


def additions(terms: Sequence[Span], roots: Sequence[Span]) -> list[int]:
    """Return how many additions follow each term, if terms are pushed on a stack in order.

    An addition replaces the two topmost sums by their sum. At the end the stack holds one sum for
    each root that has terms.

    terms  nodes of the tree, in order, none inside another
    roots  the nodes whose sums are wanted, in order
    """
    found = [0] * len(terms)
    seen = 0

    def visit(node: Span) -> bool:
        nonlocal seen
        if seen == len(terms) or terms[seen].first >= node.end:
            return False
        if terms[seen] == node:
            seen += 1
            return True
        left, right = children(node)
        has_left = visit(left)
        has_right = visit(right)
        if has_left and has_right:
            found[seen - 1] += 1
        return has_left or has_right

    for root in roots:
        visit(root)
    return found

"""The order in which the operands of einsum are multiplied, two at a time."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import lru_cache, reduce
from itertools import combinations
from operator import or_

Pair = tuple[int, int]
MOST_OPTIMAL = 8  # the number of subsets grows as 2^n, that of their divisions as 3^n


@lru_cache(256)
def contraction_order(
    operands: tuple[frozenset[Hashable], ...],
    output: frozenset[Hashable],
    sizes: frozenset[tuple[Hashable, int]],
) -> list[Pair]:
    """Return the pairs to multiply, as positions in the list of what is left.

    operands, output  the labels of every operand and of the result
    sizes             pairs of a label and its extent

    Both operands of a pair leave the list, and their product enters at its end. Up to 8 operands
    the order has the fewest multiplications of all; with more, the pair that makes the least
    memory is next.
    """
    extents = dict(sizes)
    if len(operands) <= MOST_OPTIMAL:
        return _optimal(operands, output, extents)
    return _greedy(list(operands), output, extents)


def kept(
    labels: frozenset[Hashable], others: Sequence[frozenset[Hashable]], output: frozenset[Hashable]
) -> frozenset[Hashable]:
    """Return the labels that the result or other operands need; the others are summed over."""
    return labels & reduce(or_, others, output)


def _size(labels: frozenset[Hashable], extents: Mapping[Hashable, int]) -> int:
    return math.prod(extents[each] for each in labels)


def _optimal(
    operands: Sequence[frozenset[Hashable]],
    output: frozenset[Hashable],
    extents: Mapping[Hashable, int],
) -> list[Pair]:
    """Return the cheapest order, by dynamic programming over all subsets of the operands."""
    count = len(operands)
    left: dict[int, frozenset[Hashable]] = {}
    best: dict[int, tuple[int, int]] = {}
    for subset in sorted(range(1, 1 << count), key=int.bit_count):
        inside = [each for i, each in enumerate(operands) if subset >> i & 1]
        outside = [each for i, each in enumerate(operands) if not subset >> i & 1]
        left[subset] = kept(reduce(or_, inside), outside, output)
        costs = (
            (best[a][0] + best[b][0] + _size(left[a] | left[b], extents), a)
            for a, b in _divisions(subset)
        )
        best[subset] = min(costs, default=(0, 0))
    return list(_pairs_of(best, count))


def _divisions(subset: int) -> Iterator[Pair]:
    """Yield every division of a subset into two parts, the larger number first."""
    part = (subset - 1) & subset
    while part > subset ^ part:
        yield part, subset ^ part
        part = (part - 1) & subset


def _pairs_of(best: Mapping[int, tuple[int, int]], count: int) -> Iterator[Pair]:
    """Yield the pairs of the best divisions, the innermost first."""
    remaining = [1 << i for i in range(count)]
    pending = [(1 << count) - 1]
    divisions = []
    while pending:
        subset = pending.pop()
        part = best[subset][1]
        if part:
            divisions.append((part, subset ^ part))
            pending += (part, subset ^ part)
    for a, b in reversed(divisions):
        first, second = sorted((remaining.index(a), remaining.index(b)))
        yield first, second
        remaining = [each for each in remaining if each not in (a, b)] + [a | b]


def _greedy(
    remaining: list[frozenset[Hashable]],
    output: frozenset[Hashable],
    extents: Mapping[Hashable, int],
) -> list[Pair]:
    pairs = []
    while len(remaining) > 1:
        pair = min(
            combinations(range(len(remaining)), 2),
            key=lambda each: _growth(remaining, each, output, extents),
        )
        pairs.append(pair)
        product = _product(remaining, pair, output)
        remaining = [each for i, each in enumerate(remaining) if i not in pair] + [product]
    return pairs


def _product(
    remaining: Sequence[frozenset[Hashable]], pair: Pair, output: frozenset[Hashable]
) -> frozenset[Hashable]:
    others = [each for i, each in enumerate(remaining) if i not in pair]
    return kept(remaining[pair[0]] | remaining[pair[1]], others, output)


def _growth(
    remaining: Sequence[frozenset[Hashable]],
    pair: Pair,
    output: frozenset[Hashable],
    extents: Mapping[Hashable, int],
) -> tuple[int, int]:
    """Return by how much a product grows what is in memory, and its multiplications."""
    a, b = (remaining[i] for i in pair)
    made = _size(_product(remaining, pair, output), extents)
    return made - _size(a, extents) - _size(b, extents), _size(a | b, extents)

"""Blocks: a batch is cut into a fixed number of parts, of which each rank computes some."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.distributed.summation_tree import Span, additions, nodes_within


@dataclass(frozen=True)
class Blocks:
    """The blocks of a batch, and which rank computes which.

    examples  the examples of the batch
    most      the number of blocks that a batch is cut into if it has enough examples; the number of
              leaves of the summation tree
    ranks     the number of ranks
    """

    examples: int
    most: int
    ranks: int

    @property
    def extent(self) -> int:
        """The examples of a block; the last block may have fewer."""
        return -(-self.examples // self.most)

    @property
    def count(self) -> int:
        """The number of blocks that have examples."""
        return -(-self.examples // self.extent)

    def rows(self, block: int) -> slice:
        """Return the examples of a block, as positions in the batch."""
        return slice(block * self.extent, min((block + 1) * self.extent, self.examples))

    def share(self, block: int) -> float:
        """Return the examples of a block, divided by those of the batch."""
        first = block * self.extent
        return (min(first + self.extent, self.examples) - first) / self.examples

    def owned(self, rank: int) -> range:
        """Return the blocks of a rank; the first ranks have one more if they do not divide."""
        each, left = divmod(self.count, self.ranks)
        first = rank * each + min(rank, left)
        return range(first, first + each + (rank < left))

    @property
    def root(self) -> Span:
        """The root of the summation tree."""
        return Span(0, self.most)

    def nodes(self, rank: int) -> list[Span]:
        """Return the nodes of the summation tree that a rank adds up; none without blocks."""
        own = self.owned(rank)
        if not own:
            return []
        end = self.most if own.stop == self.count else own.stop  # absent blocks change no sum
        found = nodes_within(Span(own.start, end), self.root)
        return [each for each in found if each.first < own.stop]

    def additions(self, rank: int) -> list[int]:
        """Return how many additions follow each block of a rank; see `summation_tree`."""
        return additions([Span(each, each + 1) for each in self.owned(rank)], self.nodes(rank))

    def last_additions(self) -> list[int]:
        """Return how many additions follow each node of all ranks, in the order of ranks."""
        every = [each for rank in range(self.ranks) for each in self.nodes(rank)]
        return additions(every, [self.root])

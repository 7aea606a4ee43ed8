"""Groups: which gates share a nest, found gate by gate in topological order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import count

from chainrule.compile.nest import (
    fits,
    is_reduction,
    own_shape,
    own_split,
    role_of,
    trailing_split,
)
from chainrule.compile.products import is_product, is_transpose
from chainrule.graph import Tensor


class Group:
    """Gates that one nest can compute, or a single gate of another kind.

    shape   the points of the nest; None for a single gate
    split   where its rows end; None while that is open
    feeds   the gates outside that it reads
    last    the place of its last gate in the order of the graph
    turn    larger than that of every group that must run before
    """

    def __init__(self, node: Tensor, place: int) -> None:
        self.nodes = [node]
        self.shape = own_shape(node)
        self.split = own_split(node)
        self.feeds = set(sources(node))
        self.last = self.turn = place

    @property
    def rows_end(self) -> int:
        """Where the rows end, as far as that is known."""
        shape = self.shape or ()
        return len(shape) if self.split is None else self.split

    def takes_in(self, other: Group) -> None:
        """Become both groups."""
        self.nodes += other.nodes
        self.split = other.split if self.split is None else self.split
        self.feeds |= other.feeds
        self.last = max(self.last, other.last)


class Grouping:
    """The groups of a graph."""

    def __init__(self, order: Sequence[Tensor]) -> None:
        self.of: dict[Tensor, Group] = {}
        self._order = {node: place for place, node in enumerate(order)}
        self._turns = count()
        self._users: dict[Tensor, list[Tensor]] = {}
        for node in order:
            self._place(node)
        for node in order:
            if is_total(node):
                self._join_total(node)

    def _place(self, node: Tensor) -> None:
        """Put `node` into one group with the nests that feed it, as far as they go together."""
        mine = self.of[node] = Group(node, self._order[node])
        mine.turn = next(self._turns)
        for each in mine.feeds:
            self._users.setdefault(each, []).append(node)
        if is_total(node):
            return
        feeding = {self.of[each] for each in node.inputs if each in self.of}
        for other in sorted(feeding, key=lambda each: each.last, reverse=True):
            if self._go_together(other, mine, node):
                self._merge(other, mine)
                mine = other

    def _join_total(self, node: Tensor) -> None:
        """Let the nest that computes the terms of a total add them up too."""
        source = self.of.get(node.inputs[0])
        mine = self.of[node]
        if source is None or source.shape is None or source.shape != mine.shape:
            return
        if role_of(node, source.shape, source.rows_end) != "total":
            return
        if fits(node, node.inputs[0], source.shape, source.rows_end) and self._are_next(
            source, mine
        ):
            self._merge(source, mine)

    def _merge(self, group: Group, other: Group) -> None:
        later = self._later(group, other)
        group.takes_in(other)
        for node in other.nodes:
            self.of[node] = group
        for each in (group, *later):
            each.turn = next(self._turns)

    def _later(self, a: Group, b: Group) -> list[Group]:
        """Return the groups that must run after one of the two, in order."""
        found: set[Group] = {a, b}
        waiting = [a, b]
        while waiting:
            nodes = waiting.pop().nodes
            readers = {self.of[user] for node in nodes for user in self._users.get(node, ())}
            waiting += readers - found
            found |= readers
        return sorted(found - {a, b}, key=lambda each: each.turn)

    def _go_together(self, other: Group, mine: Group, node: Tensor) -> bool:
        """Say whether two groups, one of which holds `node` and reads the other, make one nest."""
        if other.shape is None or is_total(other.nodes[0]):
            return False
        split = _common_split(other, mine)
        if split is None:
            return False
        rows_end = len(other.shape) if split < 0 else split
        if role_of(node, other.shape, rows_end) is None:
            return False
        alone = len(mine.nodes) == 1
        if not alone and mine.shape != other.shape:
            return False
        members = set(other.nodes) | set(mine.nodes)
        crossing = (
            (each, source)
            for group, theirs in ((mine, other), (other, mine))
            for each in group.nodes
            for source in each.inputs
            if source in members and self.of[source] is theirs
        )
        legal = all(fits(each, source, other.shape, rows_end) for each, source in crossing)
        return legal and self._are_next(other, mine)

    def _are_next(self, a: Group, b: Group) -> bool:
        """Say whether no third group must run after one of the two and before the other."""
        earlier, later = sorted((a, b), key=lambda each: each.turn)
        waiting = [group for group in self._before(later) if group is not earlier]
        seen: set[Group] = set()
        while waiting:
            group = waiting.pop()
            if group is earlier:
                return False
            if group not in seen and group.turn > earlier.turn:
                seen.add(group)
                waiting += self._before(group)
        return True

    def _before(self, group: Group) -> set[Group]:
        """Return the groups that one reads."""
        return {self.of[each] for each in group.feeds} - {group}

    def scheduled(self) -> Iterator[Group]:
        """Yield the groups, their gates in order, in an order in which each can be computed."""
        groups = dict.fromkeys(self.of.values())
        before = {group: self._before(group) for group in groups}
        after: dict[Group, list[Group]] = {group: [] for group in groups}
        for group, needed in before.items():
            for each in needed:
                after[each].append(group)
        number = {group: i for i, group in enumerate(groups)}
        by_number = list(groups)
        ready = [(group.last, number[group]) for group in groups if not before[group]]
        heapify(ready)
        while ready:
            group = by_number[heappop(ready)[1]]
            group.nodes.sort(key=self._order.__getitem__)
            yield group
            for each in after[group]:
                before[each].discard(group)
                if not before[each]:
                    heappush(ready, (each.last, number[each]))
        assert not any(before.values()), "groups wait for each other"


def sources(node: Tensor) -> list[Tensor]:
    """Return the gates that `node` reads, the inputs of folded transposes in their place."""
    inputs = node.inputs
    if is_product(node):
        inputs = tuple(each.inputs[0] if is_transpose(each) else each for each in inputs)
    return [each for each in inputs if each.primitive is not None]


def is_total(node: Tensor) -> bool:
    """Say whether a sum adds up several rows, so that it is known at the end of a nest only."""
    return is_reduction(node) and trailing_split(node) is None


def _common_split(a: Group, b: Group) -> int | None:
    """Return where the rows of both end, -1 if that is open, None if they disagree."""
    known = {each.split for each in (a, b) if each.split is not None}
    if len(known) > 1:
        return None
    return known.pop() if known else -1

"""Group gates for fusion, one by one in topological order.

The time to compile must grow in proportion to the graph, so two sizes are bounded. A fused kernel
holds at most `MOST_PER_KERNEL` gates, since LLVM takes more than twice as long for a function twice
as long. A graph is grouped in parts of `MOST_AT_ONCE` gates, since each group of a part stores
which others must run before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush

from chainrule.compile.fuse.gate_roles import (
    fits,
    is_elementwise,
    is_reduction,
    is_viewed,
    own_shape,
    own_split,
    role_of,
    trailing_split,
)
from chainrule.compile.gates.lowerings import template_of
from chainrule.compile.gates.matrix_products import is_matrix_product, is_transpose
from chainrule.compile.gates.strided_copies import is_slice, reads_slices_in_place
from chainrule.graph import Tensor

MOST_PER_KERNEL = 128
MOST_AT_ONCE = 4096
_FOLDED = ("permute", "slice")  # templates of gates whose input may be read instead of them

Sources = dict[Tensor, list[Tensor]]


class FusionGroup:
    """Gates that one fused kernel can compute, or a single gate of another kind.

    shape    the points of the kernel's loop nest; None for a single gate
    split    where its rows end; None while any split fits
    is_plain whether every gate has one element per point, and reads elements at the same point
    is_total whether it began with a sum over several rows
    feeds    the gates outside the group that it reads
    after    the groups that read it
    last     the position of its last gate in the order of the graph
    bits     a number with one bit set for every gate in the group
    earlier  a number with at least one bit set of every group that must run before
    """

    def __init__(
        self, node: Tensor, feeds: set[Tensor], place: int, earlier: int, *, is_plain: bool
    ) -> None:
        self.nodes = [node]
        self.is_plain = is_plain
        self.is_total = not is_plain and is_total(node)
        self.shape = node.shape if self.is_plain else own_shape(node)
        self.split = None if self.is_plain else own_split(node)
        self.feeds = feeds
        self.after: set[FusionGroup] = set()
        self.last = place
        self.bits, self.earlier = 1 << place, earlier

    @property
    def rows_end(self) -> int:
        """The split, or the number of axes while any split fits."""
        shape = self.shape or ()
        return len(shape) if self.split is None else self.split

    def absorb(self, other: FusionGroup) -> None:
        """Add the gates of another group to this one."""
        self.nodes += other.nodes
        self.is_plain = self.is_plain and other.is_plain
        self.split = other.split if self.split is None else self.split
        self.feeds |= other.feeds
        self.after = (self.after | other.after) - {self, other}
        self.last = max(self.last, other.last)
        self.bits |= other.bits
        self.earlier = (self.earlier | other.earlier) & ~self.bits


def fusion_groups(order: Sequence[Tensor], read: Sources) -> Iterator[FusionGroup]:
    """Yield the groups of a graph in an order that can be run, the gates of each in order.

    read  the gates that each gate reads: its `sources`
    """
    for start in range(0, len(order), MOST_AT_ONCE):
        yield from Grouping(order[start : start + MOST_AT_ONCE], read).scheduled()


class Grouping:
    """The groups of a part of a graph, whose earlier parts are computed before."""

    def __init__(self, order: Sequence[Tensor], read: Sources) -> None:
        self.of: dict[Tensor, FusionGroup] = {}
        self._read = read
        self._order = {node: place for place, node in enumerate(order)}
        for node in order:
            self._place(node)
        for group in [each for each in dict.fromkeys(self.of.values()) if each.is_total]:
            self._join_total(group.nodes[0])

    def _place(self, node: Tensor) -> None:
        """Put `node` into one group with those that feed it, where one kernel can hold both."""
        feeds = {each for each in self._read[node] if each in self._order}
        feeding = {self.of[each] for each in feeds}
        is_plain = _is_plain(node)
        if len(feeding) == 1 and is_plain:
            (only,) = feeding
            if only.is_plain and only.shape == node.shape and len(only.nodes) < MOST_PER_KERNEL:
                self._append(node, only)
                return
        earlier = 0
        for group in feeding:
            earlier |= group.bits | group.earlier
        place = self._order[node]
        mine = self.of[node] = FusionGroup(node, feeds, place, earlier, is_plain=is_plain)
        for group in feeding:
            group.after.add(mine)
        if mine.is_total:
            return
        feeding = {self.of[each] for each in node.inputs if each in self.of}
        for other in sorted(feeding, key=lambda each: each.last, reverse=True):
            if self._go_together(other, mine, node):
                self._merge(other, mine)
                mine = other

    def _append(self, node: Tensor, group: FusionGroup) -> None:
        """Put a gate that nothing but a group feeds into the group, which stays plain."""
        place = self._order[node]
        group.nodes.append(node)
        group.last = place
        group.bits |= 1 << place
        self.of[node] = group

    def _join_total(self, node: Tensor) -> None:
        """Put a total into the group that computes its terms, where one kernel can hold both."""
        source = self.of.get(node.inputs[0])
        mine = self.of[node]
        if source is None or source.shape is None or source.shape != mine.shape:
            return
        if not _have_room(source, mine):
            return
        if role_of(node, source.shape, source.rows_end) != "total":
            return
        if fits(node, node.inputs[0], source.shape, source.rows_end) and self._are_next(
            source, mine
        ):
            self._merge(source, mine)

    def _merge(self, group: FusionGroup, other: FusionGroup) -> None:
        """Make one group of two, and update which groups must run before others."""
        for each in self._before(other):
            each.after.discard(other)
            each.after.add(group)
        for node in other.nodes:
            self.of[node] = group
        group.absorb(other)
        both = group.bits | group.earlier
        waiting = list(group.after)
        while waiting:
            each = waiting.pop()
            if each.earlier | both != each.earlier:
                each.earlier |= both
                waiting += each.after

    def _go_together(self, other: FusionGroup, mine: FusionGroup, node: Tensor) -> bool:
        """Return whether one kernel can hold both groups; `node` of `mine` reads `other`."""
        if other.shape is None or not _have_room(other, mine):
            return False
        if other.is_plain and mine.is_plain and other.shape == mine.shape:
            return self._are_next(other, mine)
        if other.is_total:
            return False
        if other.split is not None and mine.split is not None and other.split != mine.split:
            return False
        rows_end = (
            mine.rows_end if other.split is None and mine.split is not None else other.rows_end
        )
        if role_of(node, other.shape, rows_end) is None:
            return False
        crossing = list(self._reads(mine, other))
        if len(mine.nodes) > 1:
            if mine.shape != other.shape:
                return False
            crossing += self._reads(other, mine)
        legal = all(fits(each, source, other.shape, rows_end) for each, source in crossing)
        return legal and self._are_next(other, mine)

    def _reads(self, reading: FusionGroup, read: FusionGroup) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the gates of a group that read gates of another, each with what it reads.

        A view of another group's gate is read at other points.
        """
        for each in reading.nodes:
            for source in each.inputs:
                if source.primitive is not None and self._is_in(read, source, each):
                    yield each, source

    def _is_in(self, group: FusionGroup, source: Tensor, reader: Tensor) -> bool:
        """Return whether a group computes `source`, or what `reader` reads in its place."""
        if self.of.get(source) is group:
            return True
        return is_folded(source, reader) and self.of.get(source.inputs[0]) is group

    def _are_next(self, a: FusionGroup, b: FusionGroup) -> bool:
        """Return whether no third group must run after one of the two and before the other."""
        both = a.bits | b.bits
        for each in {self.of[each] for each in a.feeds | b.feeds}:
            if each.earlier & both and each is not a and each is not b:
                return False
        return True

    def _before(self, group: FusionGroup) -> set[FusionGroup]:
        """Return the groups that a group reads."""
        return {self.of[each] for each in group.feeds} - {group}

    def scheduled(self) -> Iterator[FusionGroup]:
        """Yield the groups in an order that can be run, the gates of each in order."""
        groups = dict.fromkeys(self.of.values())
        before = {group: self._before(group) for group in groups}
        after: dict[FusionGroup, list[FusionGroup]] = {group: [] for group in groups}
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


def _have_room(a: FusionGroup, b: FusionGroup) -> bool:
    """Return whether the gates of both groups are few enough for one kernel."""
    return len(a.nodes) + len(b.nodes) <= MOST_PER_KERNEL


def sources(node: Tensor) -> list[Tensor]:
    """Return the gates that `node` reads; of an input that is folded in, the input's own input."""
    found = []
    for each in node.inputs:
        if each.primitive is not None:
            source = each.inputs[0] if is_folded(each, node) else each
            if source.primitive is not None:
                found.append(source)
    return found


def is_folded(node: Tensor, reader: Tensor) -> bool:
    """Return whether `reader` reads the input of `node`, a transpose or a slice, instead of it."""
    template = template_of(node)
    if template == "permute":
        return is_transpose(node) and is_matrix_product(reader)
    if template != "slice":
        return False
    return is_viewed(node, reader) or (is_slice(node) and reads_slices_in_place(reader))


def _is_plain(node: Tensor) -> bool:
    """Return whether a gate has one element per point, and reads elements at the same point."""
    if not is_elementwise(node):
        return False
    return all(template_of(each) not in _FOLDED for each in node.inputs)


def is_total(node: Tensor) -> bool:
    """Return whether a sum adds several rows, so that it is complete only after the last row."""
    return is_reduction(node) and trailing_split(node) is None

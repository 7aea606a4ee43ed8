"""Equal layers of a stack that stay closed: the first is written out, the others are like it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from chainrule.graph import Scope, StackedLayer, Tensor, equal_layers


@dataclass(frozen=True, eq=False)
class FoldedLayers:
    """The layers of a stack that are equal to `first`, without those opened by name."""

    first: StackedLayer
    others: tuple[StackedLayer, ...]

    @property
    def serials(self) -> set[int]:
        """The serial numbers of the calls of the folded layers."""
        return {each.scope.serial for each in self.others}

    @property
    def sentence(self) -> str:
        """Which layers are not written out, and how they are checked."""
        first, last = self.others[0].path, self.others[-1].path
        if len(self.others) == 1:
            return f"{first} is like {self.first.path}; it is checked as a whole"
        return f"{first} to {last} are like {self.first.path}; each is checked as a whole"


def folded_layers(order: Sequence[Tensor], opened: Collection[int]) -> list[FoldedLayers]:
    """Return the equal layers of a graph that are not written out, stack by stack.

    opened  the serial numbers of the calls that are opened by name
    """
    found = []
    for first, *others in equal_layers(order):
        closed = tuple(each for each in others if each.scope.serial not in opened)
        if closed:
            found.append(FoldedLayers(first, closed))
    return found


def closing(
    closed: Callable[[Scope], bool], stacks: Sequence[FoldedLayers]
) -> Callable[[Scope], bool]:
    """Return a function that says whether a call is folded: as `closed`, and layers of `stacks`."""
    serials = {serial for stack in stacks for serial in stack.serials}
    return lambda scope: scope.serial in serials or closed(scope)

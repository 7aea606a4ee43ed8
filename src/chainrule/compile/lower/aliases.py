"""Maps each alias to the tensor that owns its memory, and to an element offset there."""

from __future__ import annotations

from collections.abc import Iterable

from chainrule.compile.fuse.fusion import Alias, Step
from chainrule.compile.lower.kernel_calls import Address
from chainrule.graph import Tensor


class Aliases:
    """The owner of every tensor's memory, given the aliases among steps in the order they run."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._owners: dict[Tensor, tuple[Tensor, int]] = {}
        for step in steps:
            if isinstance(step, Alias):
                owner, start = self.owner_and_start(step.node.inputs[0])
                self._owners[step.node] = (owner, start + step.start)

    def owner_and_start(self, node: Tensor) -> tuple[Tensor, int]:
        """Return the owner of the memory of `node`, and the first element of `node` there."""
        return self._owners.get(node, (node, 0))

    def owner(self, node: Tensor) -> Tensor:
        """Return the tensor that owns the memory of `node`."""
        return self.owner_and_start(node)[0]

    def resolved(self, address: Address) -> Address:
        """Return an address of an alias as one in the memory of its owner."""
        found = self._owners.get(address.of) if isinstance(address.of, Tensor) else None
        if found is None:
            return address
        owner, start = found
        return address.moved_to(owner, start * owner.dtype.itemsize)

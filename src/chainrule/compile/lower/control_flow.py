"""Lower branches and while loops: lists of calls of which a bool in memory chooses."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from chainrule.compile.fuse.fusion import Control, Part, ReferenceGate, Step
from chainrule.compile.lower.aliases import Aliases
from chainrule.compile.lower.kernel_calls import (
    Address,
    Guarded,
    Item,
    RangeFlag,
    Scratch,
    addresses_in,
    block_nbytes,
    is_computed,
    with_addresses,
)
from chainrule.compile.lower.step_calls import copy_call
from chainrule.graph import Tensor

ItemsOf = Callable[[Iterable[Step]], Iterator[Item | ReferenceGate]]


def control_items(step: Control, items_of: ItemsOf) -> Iterator[Item]:
    """Yield the items of a branch or a while loop.

    items_of  returns the items of steps
    """
    lowered = _while_items if step.is_while else _branch_items
    yield from lowered(step, items_of)


def _branch_items(step: Control, items_of: ItemsOf) -> Iterator[Item]:
    """Yield a branch whose sides write the result."""
    predicate, *operands = step.node.inputs
    true, false = (_LoweredPart(part, operands, step.node, items_of) for part in step.parts)
    for each in (true, false):
        each.write_results()
    inner = frozenset((*true.inner(), *false.inner()))
    yield Guarded(False, Address(predicate), tuple(true.items), tuple(false.items), inner)


def _while_items(step: Control, items_of: ItemsOf) -> Iterator[Item]:
    """Yield the copies of the first state, the loop, and what computes the result at its end."""
    node, (condition, body, end) = step.node, step.parts
    count = len(body.results)
    state = [Scratch(each.nbytes) for each in body.results]
    operands: list[Tensor | Scratch] = [*state, *node.inputs[count:]]
    for initial, block in zip(node.inputs, state, strict=False):
        yield copy_call(initial, Address(block))
    tested, moved, ended = (
        _LoweredPart(part, operands, node, items_of) for part in (condition, body, end)
    )
    moved.write_state(state)
    ended.write_results()
    inner = frozenset((*tested.inner(), *moved.inner()))
    flag = tested.place_of(condition.results[0])
    yield Guarded(True, flag, tuple(tested.items), tuple(moved.items), inner)
    yield from ended.items


class _LoweredPart:
    """The items of one part, with operands in place of its placeholders.

    items  the items
    """

    def __init__(
        self, part: Part, operands: Sequence[Tensor | Scratch], node: Tensor, items_of: ItemsOf
    ) -> None:
        self._part, self._node = part, node
        self._aliases = Aliases(part.steps)
        self._blocks: Mapping[Hashable, Tensor | Scratch] = dict(
            zip(part.placeholders, operands, strict=True)
        )
        self._operands = set(operands)
        found = (each for each in items_of(part.steps) if not isinstance(each, ReferenceGate))
        self.items: list[Item] = [with_addresses(each, self._outer) for each in found]

    def _outer(self, address: Address) -> Address:
        """Return an address outside the part: operands in place of placeholders."""
        if isinstance(address.of, RangeFlag):
            return Address(replace(address.of, within=self._node))
        address = self._aliases.resolved(address)
        if address.of not in self._blocks:
            return address
        return address.moved_to(self._blocks[address.of], 0)

    def place_of(self, tensor: Tensor) -> Address:
        """Return the address of a tensor of the part."""
        return self._outer(Address(tensor, 0, tensor.nbytes))

    def inner(self) -> Iterator[Hashable]:
        """Yield the blocks that only the part uses."""
        outer = {*self._operands, self._node}
        for item in self.items:
            for each in addresses_in(item):
                if is_computed(each.of) and each.of not in outer:
                    yield each.of

    def write_results(self) -> None:
        """Let results be computed at their place in the result of the node, or copy them."""
        start = 0
        for result in self._part.results:
            target = Address(self._node, start * self._node.dtype.itemsize, result.nbytes)
            start += result.size
            if not result.size:
                continue
            if self._is_own(result):
                self._compute_at(result, target)
            else:
                self.items.append(self._copied(self.place_of(result), target))

    def write_state(self, state: Sequence[Scratch]) -> None:
        """Copy the new state to the memory of the state, after all of it is computed."""
        staged: list[tuple[Address, Address]] = []
        for new, block in zip(self._part.results, state, strict=True):
            source, target = self.place_of(new), Address(block, 0, block.nbytes)
            if source.of is block:
                continue
            if source.of in self._operands:
                kept = Address(Scratch(block.nbytes), 0, block.nbytes)
                self.items.append(self._copied(source, kept))
                source = kept
            staged.append((source, target))
        self.items += [self._copied(source, target) for source, target in staged]

    def _copied(self, source: Address, target: Address) -> Item:
        """Return the call that copies one block to another."""
        call = copy_call(self._node, target)
        return replace(call, arguments=(target, source, target.extent))

    def _is_own(self, result: Tensor) -> bool:
        """Return whether a result has memory of its own in the part, of its own size."""
        computed = {each.of for item in self.items for each in addresses_in(item)}
        is_whole = result.primitive is not None and self._aliases.owner(result) is result
        return is_whole and result in computed and block_nbytes(result) == result.nbytes

    def _compute_at(self, result: Tensor, target: Address) -> None:
        """Let a result be computed at its place in the result of the node."""
        assert not isinstance(target.of, RangeFlag)
        block, start = target.of, target.offset

        def moved(address: Address) -> Address:
            return address.moved_to(block, start) if address.of is result else address

        self.items = [with_addresses(each, moved) for each in self.items]

"""Lower scans: the calls of the body once, with operands whose address moves from step to step."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace

from chainrule.compile.fuse.fusion import Control, ReferenceGate, Scan, Step
from chainrule.compile.lower.aliases import Aliases
from chainrule.compile.lower.chunk_loops import with_chunk_loops
from chainrule.compile.lower.control_flow import control_items
from chainrule.compile.lower.kernel_calls import (
    Address,
    Item,
    KernelCall,
    MovingOperand,
    RangeFlag,
    ScanLoop,
    Scratch,
    addresses_in,
    block_nbytes,
    is_computed,
    with_addresses,
)
from chainrule.compile.lower.step_calls import calls_of, copy_call, row_copy_call
from chainrule.graph import Field, Tensor


def items_of(steps: Iterable[Step]) -> Iterator[Item | ReferenceGate]:
    """Yield the items of steps in order; gates for the reference evaluator as they are."""
    for step in steps:
        if isinstance(step, ReferenceGate):
            yield step
        elif isinstance(step, Scan):
            yield from _scan_items(step)
        elif isinstance(step, Control):
            yield from control_items(step, items_of)
        else:
            yield from calls_of(step)


def _scan_items(step: Scan) -> Iterator[Item]:
    """Yield the copies of the initial states, what is made once before the loop, and the loop."""
    node, body, length = step.node, step.body, step.node.attributes["length"]
    for initial, field in zip(node.inputs, body.fields(length)[: len(body.states)], strict=False):
        if initial.size:
            yield copy_call(initial, Address(node, field.start * node.dtype.itemsize))
    if length:
        yield from _ScanLowering(step).items_once_and_loop()


class _ScanLowering:
    """The loop of one scan while it is made.

    captured  the outer operand behind each placeholder of a captured tensor
    moving    blocks with another address at every step: states, inputs of the step, results
    once      scratch memory that holds prepared copies of captured operands
    copies    the calls that copy results to a place that no call of the step reads
    totals    the calls that copy totals to their place, after all others
    """

    def __init__(self, step: Scan) -> None:
        self.node, self.body = step.node, step.body
        self.length: int = step.node.attributes["length"]
        self.backwards: bool = step.node.attributes["reverse"]
        self.aliases = Aliases(step.steps)
        items = [each for each in items_of(step.steps) if not isinstance(each, ReferenceGate)]
        self.items = [with_addresses(each, self.aliases.resolved) for each in items]
        self.captured = self._captured()
        self.once = self._prepared_once()
        self.moving = self._operands()
        self.copies: list[Item] = []
        self.totals: list[Item] = []
        self._place_results()

    def items_once_and_loop(self) -> Iterator[Item]:
        """Yield the calls that prepare captured operands, and the loop."""
        inner = frozenset(self._inner())
        loop: list[Item] = []
        for each in (*self.items, *self.copies):
            if isinstance(each, KernelCall) and each.prepares and self._writes_once(each):
                yield with_addresses(each, self._outer)
            else:
                loop.append(with_addresses(each, self._outer))
        totals = [with_addresses(each, self._outer) for each in self.totals]
        moving = tuple(MovingOperand(of, *where) for of, where in self.moving.items())
        yield ScanLoop((*_chunked(loop), *totals), moving, self.length, inner)

    def _inner(self) -> Iterator[Hashable]:
        """Yield the blocks that only the body uses: values in between, and scratch memory."""
        for item in (*self.items, *self.copies, *self.totals):
            for each in addresses_in(item):
                is_outer = each.of in self.captured or each.of in self.once
                if is_computed(each.of) and each.of not in self.moving and not is_outer:
                    yield each.of

    def _prepared_once(self) -> set[Hashable]:
        """Return the scratch memory of copies that are prepared of captured operands."""
        found: set[Hashable] = set()
        for item in self.items:
            used = {each.of for each in addresses_in(item)}
            if isinstance(item, KernelCall) and item.prepares and used & set(self.captured):
                found |= {each for each in used if isinstance(each, Scratch)}
        return found

    def _writes_once(self, call: KernelCall) -> bool:
        """Return whether a call prepares a copy of a captured operand."""
        return any(each.of in self.once for each in addresses_in(call))

    def _outer(self, address: Address) -> Address:
        """Return the address outside the body: captured tensors in place of their placeholders."""
        if isinstance(address.of, RangeFlag):
            return Address(replace(address.of, within=self.node))
        if address.of not in self.captured:
            return address
        return address.moved_to(self.captured[address.of], 0)

    def _captured(self) -> dict[Hashable, Tensor]:
        """Return the outer operand behind each captured placeholder."""
        count = len(self.body.states) + len(self.body.inputs)
        return dict(zip(self.body.captured, self.node.inputs[count:], strict=True))

    def _operands(self) -> dict[Tensor | Scratch, tuple[Address, int]]:
        """Return the first address of states and inputs, and their stride in bytes per step."""
        fields = self._fields()
        moving: dict[Tensor | Scratch, tuple[Address, int]] = {}
        for number, (placeholder, field) in enumerate(zip(self.body.states, fields, strict=False)):
            step = field.step if number < self.body.kept_states else 0
            moving[placeholder] = self._along(self.node, field.start, step, False)
        first = len(self.body.states)
        for placeholder, operand in zip(self.body.inputs, self.node.inputs[first:], strict=False):
            moving[placeholder] = self._along(operand, 0, placeholder.size, self.backwards)
        return moving

    def _along(self, tensor: Tensor, start: int, step: int, backwards: bool) -> tuple[Address, int]:
        """Return the address at the first step, and the stride in bytes per step."""
        size = tensor.dtype.itemsize
        if backwards:
            return Address(tensor, (start + (self.length - 1) * step) * size), -step * size
        return Address(tensor, start * size), step * size

    def _place_results(self) -> None:
        """Let results be computed at their place in the output, or add calls that copy them."""
        computed = {each.of for item in self.items for each in addresses_in(item)}
        for number, (result, field) in enumerate(
            zip(self.body.results, self._fields(), strict=True)
        ):
            if not result.size:
                continue
            is_state = number < len(self.body.states)
            is_total = is_state and number >= self.body.kept_states
            step = 0 if is_total else field.step
            start = field.start + step if is_state else field.start
            where = self._along(self.node, start, step, self.backwards and not is_state)
            is_own = result.primitive is not None and self.aliases.owner(result) is result
            fits = is_own and not is_total and block_nbytes(result) == result.nbytes
            if fits and result in computed and result not in self.moving:
                self.moving[result] = where
            else:
                target = Scratch(result.nbytes)
                self.moving[target] = where
                copy = row_copy_call(result, Address(target))
                calls = self.totals if is_total else self.copies
                calls.append(with_addresses(copy, self.aliases.resolved))

    def _fields(self) -> Sequence[Field]:
        """Return where states and outputs are in the result of the scan."""
        return self.body.fields(self.length)


def _chunked(items: Sequence[Item]) -> Iterator[Item]:
    """Yield the items of a body with loops over chunks of its rows."""
    yield from (each for each in with_chunk_loops(items) if not isinstance(each, ReferenceGate))

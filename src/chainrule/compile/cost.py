"""Cost: what a step, and each of its gates, computes, reads, writes and works."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.compile.fuse.fusion import Alias, Rows, Scan, Step
from chainrule.compile.fuse.nest import Nest, has_ids, is_reduction
from chainrule.compile.gates.lowerings import template_of
from chainrule.compile.gates.matrix_products import Product
from chainrule.graph import Tensor


def gates(step: Step) -> tuple[Tensor, ...]:
    """Return the gates that a step computes."""
    return step.nodes if isinstance(step, Nest) else (step.node,)


def reads(step: Step) -> tuple[Tensor, ...]:
    """Return the tensors that a step reads from memory, those known to its text left out."""
    if isinstance(step, Nest):
        update = () if step.update is None else (step.update.ids, step.update.keep)
        more = (each for each in update if each not in step.roles)
        return tuple(dict.fromkeys((*step.inputs, *more)))
    return (step.left, step.right) if isinstance(step, Product) else step.node.inputs


def writes(step: Step) -> tuple[Tensor, ...]:
    """Return the tensors that a step writes to memory."""
    if isinstance(step, Alias):
        return ()
    return step.outputs if isinstance(step, Nest) else (step.node,)


@dataclass(frozen=True)
class Cost:
    """Arithmetic in FLOP, and bytes read from memory and written to it."""

    flops: int = 0
    bytes: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.flops + other.flops, self.bytes + other.bytes)


@dataclass(frozen=True)
class Share:
    """What one gate contributes to the cost of its step: arithmetic, bytes read and written."""

    gate: Tensor
    flops: int
    bytes: int

    @property
    def cost(self) -> Cost:
        """The two figures."""
        return Cost(self.flops, self.bytes)


def flops(step: Step) -> int:
    """Return the arithmetic of a step: 2mnk of a product, one per element of a gate or sum."""
    return sum(each.flops for each in shares(step))


def moved_bytes(step: Step) -> int:
    """Return the bytes that a step reads and writes; of a table, the rows that are looked up."""
    return sum(each.bytes for each in shares(step))


def shares(step: Step) -> list[Share]:
    """Return the cost of a step gate by gate; what several gates read is the first one's.

    A gate in the body of a loop is counted once per step of the sequence.
    """
    if isinstance(step, Scan):
        length = _length(step)
        inner = (share for each in step.steps for share in shares(each))
        return [Share(each.gate, length * each.flops, length * each.bytes) for each in inner]
    moved = _moved(step)
    return [Share(each, _work(step, each), moved.get(each, 0)) for each in gates(step)]


def _length(step: Scan) -> int:
    return int(step.node.attributes["length"])


def _work(step: Step, node: Tensor) -> int:
    if isinstance(step, Product):
        return 2 * step.batch * step.rows * step.columns * step.inner
    if isinstance(step, Rows):
        return step.kernel.flops
    if not isinstance(step, Nest) or has_ids(node):
        return 0
    return node.inputs[0].size if is_reduction(node) else node.size


def _moved(step: Step) -> dict[Tensor, int]:
    """Return the bytes that each gate reads first, or writes."""
    if isinstance(step, Alias):
        return {}
    made = gates(step)
    looked_up = {each.inputs[0]: each for each in made if _is_lookup(each)}
    readers: dict[Tensor, Tensor] = {}
    for node in made:
        for each in node.inputs:
            readers.setdefault(each, node)
    moved = dict.fromkeys(made, 0)
    for each in reads(step):
        moved[readers.get(each, made[0])] += looked_up.get(each, each).nbytes
    for each in writes(step):
        moved[each] += each.nbytes
    return moved


def _is_lookup(node: Tensor) -> bool:
    return template_of(node) in ("gather", "gather along") and node.size < node.inputs[0].size

"""The cost of steps and of their gates: arithmetic, and bytes read and written."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.compile.fuse.fused_kernel import FusedKernel
from chainrule.compile.fuse.fusion import Alias, Control, Scan, SingleGate, Step
from chainrule.compile.fuse.gate_roles import has_ids, is_reduction, memory_of
from chainrule.compile.gates.lowerings import template_of
from chainrule.compile.gates.matrix_products import MatrixProduct
from chainrule.compile.gates.strided_copies import StridedCopy
from chainrule.compile.kernels.templates import kernel_flops
from chainrule.graph import Tensor


def gates(step: Step) -> tuple[Tensor, ...]:
    """Return the gates that a step computes."""
    return step.nodes if isinstance(step, FusedKernel) else (step.node,)


def reads(step: Step) -> tuple[Tensor, ...]:
    """Return the tensors that a step reads from memory; literals of its text are left out."""
    if isinstance(step, FusedKernel):
        update = () if step.update is None else (step.update.ids, step.update.keep)
        more = (each for each in update if each not in step.roles)
        return tuple(dict.fromkeys((*step.inputs, *more)))
    if isinstance(step, StridedCopy):
        return tuple(dict.fromkeys(each.source for each in step.parts))
    return (step.left, step.right) if isinstance(step, MatrixProduct) else step.node.inputs


def writes(step: Step) -> tuple[Tensor, ...]:
    """Return the tensors that a step writes to memory."""
    if isinstance(step, Alias):
        return ()
    return step.outputs if isinstance(step, FusedKernel) else (step.node,)


@dataclass(frozen=True)
class ComputeCost:
    """Arithmetic in FLOP, and bytes read and written."""

    flops: int = 0
    bytes: int = 0

    def __add__(self, other: ComputeCost) -> ComputeCost:
        return ComputeCost(self.flops + other.flops, self.bytes + other.bytes)


@dataclass(frozen=True)
class GateCost:
    """The part of a step's cost that one gate has: arithmetic in FLOP, bytes read and written."""

    gate: Tensor
    flops: int
    bytes: int

    @property
    def cost(self) -> ComputeCost:
        """The cost without the gate."""
        return ComputeCost(self.flops, self.bytes)


def flops(step: Step) -> int:
    """Return the arithmetic of a step: 2mnk of a product, one per element of a gate or sum."""
    return sum(each.flops for each in gate_costs(step))


def moved_bytes(step: Step) -> int:
    """Return the bytes that a step reads and writes; of a table, the rows that are gathered."""
    return sum(each.bytes for each in gate_costs(step))


def gate_costs(step: Step) -> list[GateCost]:
    """Return the cost of a step gate by gate; of several readers, the first has the bytes.

    A gate in the body of a scan is counted once per step of the sequence; those of both sides of a
    branch, and of a while loop, are counted once.
    """
    if isinstance(step, Scan):
        length = _length(step)
        inner = (share for each in step.steps for share in gate_costs(each))
        return [GateCost(each.gate, length * each.flops, length * each.bytes) for each in inner]
    if isinstance(step, Control):
        return [share for part in step.parts for each in part.steps for share in gate_costs(each)]
    moved = _bytes_by_gate(step)
    return [GateCost(each, _work(step, each), moved.get(each, 0)) for each in gates(step)]


def _length(step: Scan) -> int:
    """Return the number of steps of a scan."""
    return int(step.node.attributes["length"])


def _work(step: Step, node: Tensor) -> int:
    """Return the arithmetic of one gate."""
    if isinstance(step, MatrixProduct):
        return 2 * step.batch * step.rows * step.columns * step.inner
    if isinstance(step, SingleGate):
        return node.inputs[0].size if is_reduction(node) else kernel_flops(node)
    if not isinstance(step, FusedKernel) or has_ids(node):
        return 0
    return node.inputs[0].size if is_reduction(node) else node.size


def _bytes_by_gate(step: Step) -> dict[Tensor, int]:
    """Return the bytes that each gate is the first to read, or that it writes."""
    if isinstance(step, Alias):
        return {}
    made = gates(step)
    looked_up = {each.inputs[0]: each for each in made if _is_lookup(each)}
    readers: dict[Tensor, Tensor] = {}
    for node in made:
        for each in node.inputs:
            readers.setdefault(memory_of(node, each), node)
    moved = dict.fromkeys(made, 0)
    for each in reads(step):
        moved[readers.get(each, made[0])] += looked_up.get(each, each).nbytes
    for each in writes(step):
        moved[each] += each.nbytes
    return moved


def _is_lookup(node: Tensor) -> bool:
    """Return whether a gate gathers a part of a table."""
    return template_of(node) in ("gather", "gather along") and node.size < node.inputs[0].size

"""Cost: what a step computes, reads, writes and works."""

from __future__ import annotations

from chainrule.compile.declared import template_of
from chainrule.compile.fuse import Alias, Rows, Scan, Step
from chainrule.compile.nest import Nest, has_ids, is_reduction
from chainrule.compile.products import Product
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


def flops(step: Step) -> int:
    """Return the arithmetic of a step: 2mnk of a product, one per element of a gate or sum."""
    if isinstance(step, Scan):
        return _length(step) * sum(map(flops, step.steps))
    if isinstance(step, Product):
        return 2 * step.batch * step.rows * step.columns * step.inner
    if isinstance(step, Rows):
        return step.kernel.flops
    return sum(map(_work, step.nodes)) if isinstance(step, Nest) else 0


def _length(step: Scan) -> int:
    return int(step.node.attributes["length"])


def _work(node: Tensor) -> int:
    if has_ids(node):
        return 0
    return node.inputs[0].size if is_reduction(node) else node.size


def moved_bytes(step: Step) -> int:
    """Return the bytes that a step reads and writes; of a table, the rows that are looked up."""
    if isinstance(step, Alias):
        return 0
    if isinstance(step, Scan):
        return _length(step) * sum(map(moved_bytes, step.steps))
    looked_up = {each.inputs[0]: each for each in gates(step) if _is_lookup(each)}
    read = (looked_up.get(each, each).nbytes for each in reads(step))
    return sum(read) + sum(each.nbytes for each in writes(step))


def _is_lookup(node: Tensor) -> bool:
    return template_of(node) in ("gather", "gather along") and node.size < node.inputs[0].size

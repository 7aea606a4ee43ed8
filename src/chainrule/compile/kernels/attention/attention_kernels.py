"""The kernels of attention and of its gradients, with their numbers."""

from __future__ import annotations

import math

from chainrule.compile.kernels.attention.backward import backward_areas, backward_text
from chainrule.compile.kernels.attention.block_form import (
    area_starts,
    drawn_numbers,
    form_of,
    mask_strides,
    numbers_of,
)
from chainrule.compile.kernels.attention.forward import forward_areas, forward_text
from chainrule.compile.kernels.gate_kernel import GateKernel
from chainrule.graph import Tensor
from chainrule.ops.attending.attention_layout import (
    AttentionGate,
    AttentionLayout,
    inputs_of,
    layout_of,
)


def attention(node: Tensor) -> GateKernel:
    """The output of attention, and the logarithms of the sums of its rows."""
    gate = _gate_of(node, 0)
    layout = layout_of(gate.operands)
    form = form_of(gate, layout, node.attributes["causal"])
    numbers = numbers_of(form, layout, node.attributes["scale"])
    starts, size = area_starts(forward_areas(form, numbers))
    units = layout.batch * layout.heads * numbers["blocks"]
    drawn = drawn_numbers(gate, layout.batch, node.attributes["share"])
    rest = (*numbers.values(), *mask_strides(gate.masks).values(), *drawn, *starts.values())
    return GateKernel(
        forward_text(form),
        (0, units, math.prod(layout.output), *rest),
        scratch_bytes=size * form.dtype.itemsize,
        per_unit=_per_sequence(node, layout, math.prod(layout.output)),
        range_step=layout.heads * numbers["blocks"],
    )


def attention_gradients(node: Tensor) -> GateKernel:
    """The gradients of queries, keys and values, in the form of the operands."""
    gate = _gate_of(node, 2)
    layout = layout_of(gate.operands)
    form = form_of(gate, layout, node.attributes["causal"])
    numbers = numbers_of(form, layout, node.attributes["scale"])
    starts, size = area_starts(backward_areas(form, numbers))
    drawn = drawn_numbers(gate, layout.batch, node.attributes["share"])
    rest = (*numbers.values(), *mask_strides(gate.masks).values(), *drawn, *starts.values())
    return GateKernel(
        backward_text(form),
        (0, layout.batch * layout.heads, math.prod(layout.output), *layout.starts, *rest),
        scratch_bytes=size * form.dtype.itemsize,
        per_unit=_per_sequence(node, layout, node.size if len(gate.operands) == 1 else 0),
        range_step=layout.heads,
    )


def _gate_of(node: Tensor, before: int) -> AttentionGate:
    """Return the inputs of a gate of attention, of which `before` come before the operands."""
    return inputs_of(node.inputs, node.attributes["count"], before, node.attributes["share"])


def _per_sequence(node: Tensor, layout: AttentionLayout, written: int) -> tuple[int, ...]:
    """Return the elements of inputs and output per sequence, 0 for what all sequences share.

    written  the elements at the start of the output that belong to the sequences, one after the
             other
    """
    shared = (each.ndim < 4 or each.shape[0] != layout.batch for each in node.inputs)
    read = (
        0 if is_shared else each.size // layout.batch
        for each, is_shared in zip(node.inputs, shared, strict=True)
    )
    return (*read, written // layout.batch)


def attention_flops(node: Tensor) -> int:
    """Return 2mnk of both products."""
    return 2 * _pairs(node, 0)


def attention_gradients_flops(node: Tensor) -> int:
    """Return 2mnk of the five products."""
    return 5 * _pairs(node, 2)


def _pairs(node: Tensor, before: int) -> int:
    """Return the arithmetic of one product of all queries with all keys."""
    layout = layout_of(_gate_of(node, before).operands)
    pairs = layout.batch * layout.heads * layout.queries * layout.keys
    return 2 * pairs * layout.width

"""Cache of the texts of fused kernels: kernels that differ only in their tensors share one text."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

from chainrule.compile.fuse.fused_kernel import FusedKernel
from chainrule.compile.fuse.gate_roles import is_literal, is_viewed, memory_of
from chainrule.compile.fuse.operands import AxisFlags, KernelOperand, OperandKind, SliceView
from chainrule.compile.gates.lowerings import attributes_of
from chainrule.compile.gates.strided_copies import slice_strides
from chainrule.compile.lower.fused_loops import FusedKernelText, fused_kernel_text
from chainrule.graph import Constant, Tensor
from chainrule.graph.lowering import Partly

_MOST = 1024


@dataclass(frozen=True)
class _Form:
    """A kernel text without tensors, and the number of the tensor behind each of its operands."""

    kernel: FusedKernelText
    operands: tuple[tuple[int, AxisFlags, OperandKind, SliceView | None], ...]


_known: dict[Hashable, _Form] = {}


def kernel_of(fused: FusedKernel) -> FusedKernelText:
    """Return the text of a fused kernel, from the cache if an equal kernel was written before."""
    numbers = _numbers(fused)
    key = _key(fused, numbers)
    form = _known.get(key)
    if form is None:
        if len(_known) >= _MOST:
            _known.clear()
        kernel = fused_kernel_text(fused)
        pointed = tuple(
            (numbers[each.tensor], each.advances, each.kind, each.view) for each in kernel.operands
        )
        form = _known[key] = _Form(replace(kernel, operands=()), pointed)
    tensors = list(numbers)
    operands = (
        KernelOperand(tensors[number], advances, kind, view)
        for number, advances, kind, view in form.operands
    )
    return replace(form.kernel, operands=tuple(operands))


def _numbers(fused: FusedKernel) -> dict[Tensor, int]:
    """Return a number for every tensor that a kernel reads, computes or writes."""
    met = dict.fromkeys(each for node in fused.nodes for each in (*node.inputs, node))
    met |= dict.fromkeys(memory_of(node, each) for node in fused.nodes for each in node.inputs)
    met |= dict.fromkeys(fused.in_place.values())
    met |= dict.fromkeys(each.whole for each in fused.joined.values())
    if fused.update is not None:
        met |= dict.fromkeys((fused.update.ids, fused.update.keep))
    return {each: number for number, each in enumerate(met)}


def _key(fused: FusedKernel, numbers: dict[Tensor, int]) -> Hashable:
    """Return everything that the text of a kernel depends on."""
    inside = fused.roles
    return (
        fused.shape,
        fused.split,
        tuple(_leaf(each) for each in numbers if each not in inside),
        tuple(
            (
                numbers[node],
                node.primitive,
                node.shape,
                node.dtype,
                attributes_of(node),
                _numbers_that_decide(node),
                _views(node, numbers),
                *map(numbers.__getitem__, node.inputs),
            )
            for node in fused.nodes
        ),
        tuple(map(numbers.__getitem__, fused.outputs)),
        tuple((numbers[node], numbers[held]) for node, held in fused.in_place.items()),
        fused.update and (numbers[fused.update.ids], numbers[fused.update.keep]),
        tuple(
            (numbers[node], numbers[part.whole], part.strides, part.start)
            for node, part in fused.joined.items()
        ),
    )


def _views(node: Tensor, numbers: dict[Tensor, int]) -> Hashable:
    """Return the slices that a gate reads in place: the number of their input, their strides."""
    return tuple(
        (numbers[each.inputs[0]], *slice_strides(each))
        for each in node.inputs
        if is_viewed(each, node)
    )


def _numbers_that_decide(node: Tensor) -> Hashable:
    """Return the constants by which a gate's element function may choose its instructions."""
    assert node.primitive is not None
    if not isinstance(node.primitive.lowering, Partly):
        return ()
    return tuple(
        each.read().tobytes()
        for each in node.inputs
        if isinstance(each, Constant) and each.size == 1
    )


def _leaf(tensor: Tensor) -> Hashable:
    """Return what the text depends on for a tensor from outside the kernel."""
    return tensor.shape, tensor.dtype, tensor.read().tobytes() if is_literal(tensor) else None

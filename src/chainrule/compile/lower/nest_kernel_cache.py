"""Alike: nests that differ in nothing but their tensors, so that one kernel is written for all."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

from chainrule.compile.fuse.nest import Nest, is_literal
from chainrule.compile.fuse.operands import Kind, Moves, Operand
from chainrule.compile.gates.lowerings import attributes_of
from chainrule.compile.kernels.nest_loops import Kernel, nest_kernel
from chainrule.graph import Tensor

_MOST = 1024


@dataclass(frozen=True)
class _Form:
    """A kernel without its tensors, and which of a nest's tensors its operands point to."""

    kernel: Kernel
    operands: tuple[tuple[int, Moves, Kind], ...]


_known: dict[Hashable, _Form] = {}


def kernel_of(nest: Nest) -> Kernel:
    """Return the kernel of a nest, written now if no nest like it was met."""
    numbers = _numbers(nest)
    key = _key(nest, numbers)
    form = _known.get(key)
    if form is None:
        if len(_known) >= _MOST:
            _known.clear()
        kernel = nest_kernel(nest)
        pointed = tuple((numbers[each.tensor], each.moves, each.kind) for each in kernel.operands)
        form = _known[key] = _Form(replace(kernel, operands=()), pointed)
    tensors = list(numbers)
    operands = (Operand(tensors[number], moves, kind) for number, moves, kind in form.operands)
    return replace(form.kernel, operands=tuple(operands))


def _numbers(nest: Nest) -> dict[Tensor, int]:
    """Return a number for every tensor that a nest reads, computes or writes over."""
    met = dict.fromkeys(each for node in nest.nodes for each in (*node.inputs, node))
    met |= dict.fromkeys(nest.in_place.values())
    if nest.update is not None:
        met |= dict.fromkeys((nest.update.ids, nest.update.keep))
    return {each: number for number, each in enumerate(met)}


def _key(nest: Nest, numbers: dict[Tensor, int]) -> Hashable:
    """Return what the kernel of a nest depends on."""
    inside = nest.roles
    return (
        nest.shape,
        nest.split,
        tuple(_leaf(each) for each in numbers if each not in inside),
        tuple(
            (
                numbers[node],
                node.primitive,
                node.shape,
                node.dtype,
                attributes_of(node),
                *map(numbers.__getitem__, node.inputs),
            )
            for node in nest.nodes
        ),
        tuple(map(numbers.__getitem__, nest.outputs)),
        tuple((numbers[node], numbers[held]) for node, held in nest.in_place.items()),
        nest.update and (numbers[nest.update.ids], numbers[nest.update.keep]),
    )


def _leaf(tensor: Tensor) -> Hashable:
    return tensor.shape, tensor.dtype, tensor.read().tobytes() if is_literal(tensor) else None

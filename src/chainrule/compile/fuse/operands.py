"""Operands of a fused kernel: its pointers, and the axes along which each pointer advances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from chainrule.compile.fuse.fused_kernel import FusedKernel
from chainrule.compile.fuse.gate_roles import (
    has_ids,
    is_gather,
    is_pick,
    is_read,
    is_reduction,
    is_viewed,
)
from chainrule.compile.gates.strided_copies import slice_strides
from chainrule.graph import DType, Shape, Tensor, float32, float64

AxisFlags = tuple[bool, ...]
OperandKind = Literal["value", "total", "wide", "buffer", "flag"]


@dataclass(frozen=True)
class SliceView:
    """Where the elements of a slice are in the memory of its input, or of the gate that joins it.

    strides  elements per step along every axis of the loop nest, 0 where it does not advance
    start    the first element
    """

    strides: Shape
    start: int


@dataclass(frozen=True)
class KernelOperand:
    """A pointer of a fused kernel.

    tensor    the tensor it points to; of a buffer or a flag, the gate that uses it
    advances  for every axis of the loop nest, whether it advances along the axis; a table whose
              rows are gathered or written advances along the axes within a row
    kind      "value": elements that are read or written; "total": sums, zero before the kernel;
              "wide": float64 scratch memory, zero before the kernel, to which blocks of a total are
              added, or the total's memory if no block can be full; "buffer": scratch memory of one
              row; "flag": a cell for an id out of range
    view      which elements of the tensor are accessed, None if they are consecutive
    """

    tensor: Tensor
    advances: AxisFlags
    kind: OperandKind = "value"
    view: SliceView | None = None

    @property
    def dtype(self) -> DType:
        """The dtype of the elements that it points to."""
        return float64 if self.kind == "wide" else self.tensor.dtype


def operands_of(fused: FusedKernel) -> list[KernelOperand]:
    """Return the operands of a kernel: inputs, outputs that are not in place, buffers, flags."""
    found: dict[KernelOperand, None] = {}
    for node in fused.nodes:
        outside = (each for each in node.inputs if each not in fused.roles)
        found |= {read_by(fused, node, each): None for each in outside if is_read(node, each)}
    if fused.update is not None:
        rows = (fused.update.ids, fused.update.keep)
        found |= {per_row(fused, each): None for each in rows if each not in fused.roles}
    found |= {written_by(fused, each): None for each in fused.outputs}
    found |= {buffer_of(fused, each): None for each in fused.buffers}
    found |= {KernelOperand(each, (), "flag"): None for each in checked(fused)}
    *around, _ = axes_of(fused, list(found)).advances
    blocked = [
        blocks_of(each)
        for number, each in enumerate(found)
        if each.kind == "total"
        and each.dtype == float32
        and not all(advances[number] for advances in around)
    ]
    return [*found, *blocked]


def checked(fused: FusedKernel) -> list[Tensor]:
    """Return the gates whose ids the kernel checks; ids of row updates were checked before."""
    return [each for each in fused.nodes if has_ids(each)] if fused.update is None else []


def read_by(fused: FusedKernel, node: Tensor, source: Tensor) -> KernelOperand:
    """Return the operand through which `node` reads a tensor from outside the kernel."""
    if has_ids(node) and source is node.inputs[1]:
        return per_row(fused, source)
    if is_gather(node):
        return KernelOperand(source, _within(fused))
    if is_pick(node):
        return KernelOperand(source, (True,) * len(fused.shape))
    if fused.roles[node] == "row" and not is_reduction(node):
        along = _broadcast(source.shape, node.shape)[: fused.split]
        return _read_at(node, source, (*along, *(False,) * (len(fused.shape) - fused.split)))
    return _read_at(node, source, _broadcast(source.shape, fused.shape))


def _read_at(node: Tensor, source: Tensor, advances: AxisFlags) -> KernelOperand:
    """Return the operand through which `node` reads a tensor, or a slice in place."""
    if not is_viewed(source, node):
        return KernelOperand(source, advances)
    strides, start = slice_strides(source)
    missing = (0,) * (len(advances) - len(strides))
    moved = tuple(
        stride if each else 0 for stride, each in zip(missing + strides, advances, strict=True)
    )
    return KernelOperand(source.inputs[0], advances, view=SliceView(moved, start))


def written_by(fused: FusedKernel, node: Tensor) -> KernelOperand:
    """Return the operand through which an output is written; in place, that of an input."""
    if node in fused.in_place:
        advances = (True,) * len(fused.shape) if fused.update is None else _within(fused)
        return KernelOperand(fused.in_place[node], advances)
    if node in fused.joined:
        part = fused.joined[node]
        view = SliceView(part.strides, part.start)
        return KernelOperand(part.whole, (True,) * len(fused.shape), view=view)
    role = fused.roles[node]
    if role == "total":
        axes = node.attributes["axis"]
        advances = tuple(axis not in axes for axis in range(len(fused.shape)))
        return KernelOperand(node, advances, "total")
    return (
        per_row(fused, node) if role == "row" else KernelOperand(node, (True,) * len(fused.shape))
    )


def wide_of(fused: FusedKernel, node: Tensor) -> KernelOperand:
    """Return the operand in which the blocks of a total are added, if the kernel has it."""
    return blocks_of(written_by(fused, node))


def blocks_of(total: KernelOperand) -> KernelOperand:
    """Return the operand in which the blocks of the operand `total` are added."""
    return replace(total, kind="wide")


def total_of(wide: KernelOperand) -> KernelOperand:
    """Return the total whose blocks are added in the operand `wide`."""
    return replace(wide, kind="total")


def buffer_of(fused: FusedKernel, node: Tensor) -> KernelOperand:
    """Return the operand of the buffer that keeps a gate's value within a row."""
    return KernelOperand(node, _within(fused), "buffer")


def per_row(fused: FusedKernel, tensor: Tensor) -> KernelOperand:
    """Return the operand of a tensor with one element per row."""
    return KernelOperand(tensor, tuple(not each for each in _within(fused)))


def _within(fused: FusedKernel) -> AxisFlags:
    """Return the flags of the axes within a row."""
    return tuple(axis >= fused.split for axis in range(len(fused.shape)))


def _broadcast(shape: Shape, onto: Shape) -> AxisFlags:
    """Return along which axes of `onto` an operand of `shape` advances, not repeats."""
    missing = len(onto) - len(shape)
    return tuple(
        axis >= missing and shape[axis - missing] == extent for axis, extent in enumerate(onto)
    )


@dataclass(frozen=True)
class LoopAxes:
    """The axes of a kernel's loop nest, with adjacent axes merged where all operands allow it.

    advances  for every axis, which operands advance along it
    split     the number of axes that index rows; the last axis is always within a row
    views     the strides of operands that are views, by their number
    """

    extents: tuple[int, ...]
    advances: tuple[AxisFlags, ...]
    split: int
    views: dict[int, Shape]


def axes_of(fused: FusedKernel, operands: Sequence[KernelOperand]) -> LoopAxes:
    """Return the axes of a kernel's loop nest."""
    extents: list[int] = []
    advances: list[AxisFlags] = []
    strides: list[Shape] = []
    views = {number: each.view for number, each in enumerate(operands) if each.view is not None}
    split = 0
    for axis, extent in enumerate(fused.shape):
        along = tuple(axis < len(each.advances) and each.advances[axis] for each in operands)
        steps = tuple(each.strides[axis] for each in views.values())
        is_same = advances and advances[-1] == along and axis != fused.split
        if is_same and _are_joined(extents[-1], strides[-1], extent, steps):
            extents[-1] *= extent
            strides[-1] = steps if extent > 1 else strides[-1]
        else:
            extents.append(extent)
            advances.append(along)
            strides.append(steps)
        if axis < fused.split:
            split = len(extents)
    has_rows = fused.update is not None or any(map(has_ids, fused.nodes))
    if split == len(extents) and extents and not has_rows:
        split -= 1
    if split == len(extents):
        extents.append(1)
        advances.append((False,) * len(operands))
        strides.append((0,) * len(views))
    moved = dict(zip(views, zip(*strides, strict=True), strict=True))
    return LoopAxes(tuple(extents), tuple(advances), split, moved)


def _are_joined(before: int, strides: Shape, extent: int, steps: Shape) -> bool:
    """Return whether two adjacent axes are one axis of all views, by their extents and strides."""
    return 1 in (before, extent) or strides == tuple(each * extent for each in steps)

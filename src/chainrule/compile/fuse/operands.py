"""Operands: what a nest's kernel points to, and along which axes each operand moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from chainrule.compile.fuse.fused_kernel import (
    FusedKernel,
    has_ids,
    is_gather,
    is_pick,
    is_read,
    is_reduction,
)
from chainrule.graph import DType, Shape, Tensor, float32, float64

AxisFlags = tuple[bool, ...]
OperandKind = Literal["value", "total", "wide", "buffer", "note"]


@dataclass(frozen=True)
class KernelOperand:
    """A pointer of a kernel.

    tensor  whose memory it points to; of a buffer or a note, the gate it serves
    moves   along which axes of the nest it moves; of a table whose rows are gathered or written,
            along those within a row
    kind    "total": zero before the kernel adds to it; "wide": float64 scratch memory, zero before,
            to which blocks of a total are added; "buffer": one row of scratch memory; "note": a
            cell that says whether an id was outside the table
    """

    tensor: Tensor
    advances: AxisFlags
    kind: OperandKind = "value"

    @property
    def dtype(self) -> DType:
        """The dtype of the elements that it points to."""
        return float64 if self.kind == "wide" else self.tensor.dtype


def operands_of(fused: FusedKernel) -> list[KernelOperand]:
    """Return the operands: inputs, outputs with memory of their own, buffers, notes."""
    found: dict[KernelOperand, None] = {}
    for node in fused.nodes:
        outside = (each for each in node.inputs if each not in fused.roles)
        found |= {read_by(fused, node, each): None for each in outside if is_read(node, each)}
    if fused.update is not None:
        rows = (fused.update.ids, fused.update.keep)
        found |= {per_row(fused, each): None for each in rows if each not in fused.roles}
    found |= {written_by(fused, each): None for each in fused.outputs}
    found |= {buffer_of(fused, each): None for each in fused.buffers}
    found |= {KernelOperand(each, (), "note"): None for each in checked(fused)}
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
    """Return the gates whose ids are checked; those of updates were checked before."""
    return [each for each in fused.nodes if has_ids(each)] if fused.update is None else []


def read_by(fused: FusedKernel, node: Tensor, source: Tensor) -> KernelOperand:
    """Return the operand through which `node` reads a tensor from outside the nest."""
    if has_ids(node) and source is node.inputs[1]:
        return per_row(fused, source)
    if is_gather(node):
        return KernelOperand(source, _within(fused))
    if is_pick(node):
        return KernelOperand(source, (True,) * len(fused.shape))
    if fused.roles[node] == "row" and not is_reduction(node):
        along = _broadcast(source.shape, node.shape)[: fused.split]
        return KernelOperand(source, (*along, *(False,) * (len(fused.shape) - fused.split)))
    return KernelOperand(source, _broadcast(source.shape, fused.shape))


def written_by(fused: FusedKernel, node: Tensor) -> KernelOperand:
    """Return the operand through which an output is written, which may be that of an input."""
    if node in fused.in_place:
        advances = (True,) * len(fused.shape) if fused.update is None else _within(fused)
        return KernelOperand(fused.in_place[node], advances)
    role = fused.roles[node]
    if role == "total":
        axes = node.attributes["axis"]
        advances = tuple(axis not in axes for axis in range(len(fused.shape)))
        return KernelOperand(node, advances, "total")
    return (
        per_row(fused, node) if role == "row" else KernelOperand(node, (True,) * len(fused.shape))
    )


def wide_of(fused: FusedKernel, node: Tensor) -> KernelOperand:
    """Return the operand in which the blocks of a total are added, if it has one."""
    return blocks_of(written_by(fused, node))


def blocks_of(total: KernelOperand) -> KernelOperand:
    """Return the operand in which the blocks of another one are added."""
    return replace(total, kind="wide")


def buffer_of(fused: FusedKernel, node: Tensor) -> KernelOperand:
    return KernelOperand(node, _within(fused), "buffer")


def per_row(fused: FusedKernel, tensor: Tensor) -> KernelOperand:
    return KernelOperand(tensor, tuple(not each for each in _within(fused)))


def _within(fused: FusedKernel) -> AxisFlags:
    return tuple(axis >= fused.split for axis in range(len(fused.shape)))


def _broadcast(shape: Shape, onto: Shape) -> AxisFlags:
    """Return along which axes of `onto` an operand of `shape` moves, rather than being repeated."""
    missing = len(onto) - len(shape)
    return tuple(
        axis >= missing and shape[axis - missing] == extent for axis, extent in enumerate(onto)
    )


@dataclass(frozen=True)
class LoopAxes:
    """The fewest axes that a kernel needs: neighbours along which the same operands move are one.

    split  the number of those that number the rows; the last is always within
    """

    extents: tuple[int, ...]
    advances: tuple[AxisFlags, ...]
    split: int


def axes_of(fused: FusedKernel, operands: Sequence[KernelOperand]) -> LoopAxes:
    """Return the axes of a nest's kernel."""
    extents: list[int] = []
    advances: list[AxisFlags] = []
    split = 0
    for axis, extent in enumerate(fused.shape):
        along = tuple(axis < len(each.advances) and each.advances[axis] for each in operands)
        if advances and advances[-1] == along and axis != fused.split:
            extents[-1] *= extent
        else:
            extents.append(extent)
            advances.append(along)
        if axis < fused.split:
            split = len(extents)
    has_rows = fused.update is not None or any(map(has_ids, fused.nodes))
    if split == len(extents) and extents and not has_rows:
        split -= 1
    if split == len(extents):
        extents.append(1)
        advances.append((False,) * len(operands))
    return LoopAxes(tuple(extents), tuple(advances), split)

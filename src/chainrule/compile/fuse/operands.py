"""Operands: what a nest's kernel points to, and along which axes each operand moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from chainrule.compile.fuse.nest import Nest, has_ids, is_gather, is_pick, is_read, is_reduction
from chainrule.graph import DType, Shape, Tensor, float32, float64

Moves = tuple[bool, ...]
Kind = Literal["value", "total", "wide", "buffer", "note"]


@dataclass(frozen=True)
class Operand:
    """A pointer of a kernel.

    tensor  whose memory it points to; of a buffer or a note, the gate it serves
    moves   along which axes of the nest it moves; of a table whose rows are gathered or written,
            along those within a row
    kind    "total": zero before the kernel adds to it; "wide": float64 scratch memory, zero before,
            to which blocks of a total are added; "buffer": one row of scratch memory; "note": a
            cell that says whether an id was outside the table
    """

    tensor: Tensor
    moves: Moves
    kind: Kind = "value"

    @property
    def dtype(self) -> DType:
        """The dtype of the elements that it points to."""
        return float64 if self.kind == "wide" else self.tensor.dtype


def operands_of(nest: Nest) -> list[Operand]:
    """Return the operands: inputs, outputs with memory of their own, buffers, notes."""
    found: dict[Operand, None] = {}
    for node in nest.nodes:
        outside = (each for each in node.inputs if each not in nest.roles)
        found |= {read_by(nest, node, each): None for each in outside if is_read(node, each)}
    if nest.update is not None:
        rows = (nest.update.ids, nest.update.keep)
        found |= {per_row(nest, each): None for each in rows if each not in nest.roles}
    found |= {written_by(nest, each): None for each in nest.outputs}
    found |= {buffer_of(nest, each): None for each in nest.buffers}
    found |= {Operand(each, (), "note"): None for each in checked(nest)}
    *around, _ = axes_of(nest, list(found)).moves
    blocked = [
        blocks_of(each)
        for number, each in enumerate(found)
        if each.kind == "total"
        and each.dtype == float32
        and not all(moves[number] for moves in around)
    ]
    return [*found, *blocked]


def checked(nest: Nest) -> list[Tensor]:
    """Return the gates whose ids are checked; those of updates were checked before."""
    return [each for each in nest.nodes if has_ids(each)] if nest.update is None else []


def read_by(nest: Nest, node: Tensor, source: Tensor) -> Operand:
    """Return the operand through which `node` reads a tensor from outside the nest."""
    if has_ids(node) and source is node.inputs[1]:
        return per_row(nest, source)
    if is_gather(node):
        return Operand(source, _within(nest))
    if is_pick(node):
        return Operand(source, (True,) * len(nest.shape))
    if nest.roles[node] == "row" and not is_reduction(node):
        along = _broadcast(source.shape, node.shape)[: nest.split]
        return Operand(source, (*along, *(False,) * (len(nest.shape) - nest.split)))
    return Operand(source, _broadcast(source.shape, nest.shape))


def written_by(nest: Nest, node: Tensor) -> Operand:
    """Return the operand through which an output is written, which may be that of an input."""
    if node in nest.in_place:
        moves = (True,) * len(nest.shape) if nest.update is None else _within(nest)
        return Operand(nest.in_place[node], moves)
    role = nest.roles[node]
    if role == "total":
        axes = node.attributes["axis"]
        moves = tuple(axis not in axes for axis in range(len(nest.shape)))
        return Operand(node, moves, "total")
    return per_row(nest, node) if role == "row" else Operand(node, (True,) * len(nest.shape))


def wide_of(nest: Nest, node: Tensor) -> Operand:
    """Return the operand in which the blocks of a total are added, if it has one."""
    return blocks_of(written_by(nest, node))


def blocks_of(total: Operand) -> Operand:
    """Return the operand in which the blocks of another one are added."""
    return replace(total, kind="wide")


def buffer_of(nest: Nest, node: Tensor) -> Operand:
    return Operand(node, _within(nest), "buffer")


def per_row(nest: Nest, tensor: Tensor) -> Operand:
    return Operand(tensor, tuple(not each for each in _within(nest)))


def _within(nest: Nest) -> Moves:
    return tuple(axis >= nest.split for axis in range(len(nest.shape)))


def _broadcast(shape: Shape, onto: Shape) -> Moves:
    """Return along which axes of `onto` an operand of `shape` moves, rather than being repeated."""
    missing = len(onto) - len(shape)
    return tuple(
        axis >= missing and shape[axis - missing] == extent for axis, extent in enumerate(onto)
    )


@dataclass(frozen=True)
class Axes:
    """The fewest axes that a kernel needs: neighbours along which the same operands move are one.

    split  the number of those that number the rows; the last is always within
    """

    extents: tuple[int, ...]
    moves: tuple[Moves, ...]
    split: int


def axes_of(nest: Nest, operands: Sequence[Operand]) -> Axes:
    """Return the axes of a nest's kernel."""
    extents: list[int] = []
    moves: list[Moves] = []
    split = 0
    for axis, extent in enumerate(nest.shape):
        along = tuple(axis < len(each.moves) and each.moves[axis] for each in operands)
        if moves and moves[-1] == along and axis != nest.split:
            extents[-1] *= extent
        else:
            extents.append(extent)
            moves.append(along)
        if axis < nest.split:
            split = len(extents)
    has_rows = nest.update is not None or any(map(has_ids, nest.nodes))
    if split == len(extents) and extents and not has_rows:
        split -= 1
    if split == len(extents):
        extents.append(1)
        moves.append((False,) * len(operands))
    return Axes(tuple(extents), tuple(moves), split)

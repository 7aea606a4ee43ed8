"""Fused kernels: gates that one pass over memory computes together.

A fused kernel is a loop nest over the points of `shape`. Its leading axes, up to `split`, index the
rows; the other axes index the elements of a row. A gate has one of three roles:

    full    one element per point: elementwise gates, gathered rows
    row     one element per row: sums and extrema of a row, and gates on them
    total   one element per several rows: sums that are accumulated in memory from row to row

The kernel passes over a row in phases: a gate that reads the sum of a row is in the phase after the
one that computes the sum. Full values that a later phase reads are kept in a buffer of one row.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from chainrule.compile.gates.lowerings import scalar_of
from chainrule.compile.kernels.templates import fusable_template
from chainrule.graph import Constant, Shape, Tensor, computed_once

Role = Literal["full", "row", "total"]

_LITERALS = frozenset({-1, 0, 0.5, 1, 2})
_LONGEST_ROW = 1 << 16


@dataclass(frozen=True)
class RowUpdate:
    """The rows of tables that a fused kernel writes: row ids[i], where keep[i] is true."""

    ids: Tensor
    keep: Tensor


@dataclass(frozen=True, eq=False)
class FusedKernel:
    """Gates computed in one pass over memory; only `outputs` are written to memory.

    shape      the points of the loop nest
    split      the number of axes that index rows
    inputs     the tensors that the gates read from memory
    in_place   outputs that are written to the memory of an input, with that input, a parameter
    update     the rows that are written, if the outputs are rows of tables
    """

    shape: Shape
    split: int
    nodes: tuple[Tensor, ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    in_place: dict[Tensor, Tensor] = field(default_factory=dict)
    update: RowUpdate | None = None

    @computed_once
    def roles(self) -> dict[Tensor, Role]:
        """The role of every gate."""
        found = {node: role_of(node, self.shape, self.split) for node in self.nodes}
        return {node: role for node, role in found.items() if role is not None}

    @computed_once
    def written(self) -> frozenset[Tensor]:
        """The set of the outputs."""
        return frozenset(self.outputs)

    @computed_once
    def readers(self) -> dict[Tensor, list[Tensor]]:
        """The gates of the kernel that read each tensor."""
        found: dict[Tensor, list[Tensor]] = {}
        for node in self.nodes:
            for each in node.inputs:
                found.setdefault(each, []).append(node)
        return found

    @computed_once
    def phases(self) -> dict[Tensor, int]:
        """The phase in which each gate is computed.

        A row value can be read after its phase. Phase -1 needs no element of the row.
        """
        return _late(self, _early(self))

    @property
    def phase_count(self) -> int:
        """The number of passes over a row."""
        return 1 + max((self.phases[each] for each in self.nodes), default=-1)

    @computed_once
    def buffers(self) -> tuple[Tensor, ...]:
        """Full values that a later phase reads and that are no output."""
        return tuple(
            node
            for node in self.nodes
            if self.roles[node] == "full"
            and node not in self.written
            and not is_gather(node)
            and self._is_read_later(node)
        )

    def _is_read_later(self, node: Tensor) -> bool:
        """Return whether a later phase, or a pick, reads the gate."""
        readers = self.readers.get(node, ())
        return any(is_pick(each) or self.phases[each] > self.phases[node] for each in readers)


# -- roles -----------------------------------------------------------------------------------------


def role_of(node: Tensor, shape: Shape, split: int) -> Role | None:
    """Return the role of `node` in a loop nest over `shape` whose rows end at `split`.

    Returns None if the loop nest cannot compute it. While rows are unknown, `split` is the number
    of axes.
    """
    if is_elementwise(node):
        return "full" if node.shape == shape else _role_by_shape(node, shape, split)
    if fusable_template(node) == "view":
        return _role_by_shape(node, shape, split)
    if is_reduction(node):
        return _role_of_reduction(node, shape, split)
    if has_ids(node) and own_shape(node) == shape and own_split(node) == split:
        return "row" if is_pick(node) else "full"
    return None


def _role_by_shape(node: Tensor, shape: Shape, split: int) -> Role | None:
    """Return "row" if the gate has one element per row, else None."""
    is_row = split < len(shape) and node.shape in row_shapes(shape, split)
    return "row" if is_row else None


def _role_of_reduction(node: Tensor, shape: Shape, split: int) -> Role | None:
    """Return the role of a reduction over elements of a row, or over rows."""
    if node.inputs[0].shape != shape:
        return None
    if trailing_split(node) == split:
        return "row"
    return "total" if fusable_template(node) == "sum" else None


def row_shapes(shape: Shape, split: int) -> tuple[Shape, Shape]:
    """Return the shapes of one element per row: with the axes of the row as 1, and without."""
    return (*shape[:split], *(1,) * (len(shape) - split)), shape[:split]


def fits(node: Tensor, source: Tensor, shape: Shape, split: int) -> bool:
    """Return whether `node` may read `source` in one loop nest: at the same point or row only."""
    roles = role_of(node, shape, split), role_of(source, shape, split)
    if roles == ("full", "full"):
        return not is_pointed_to(node, source)
    if None in roles or roles[1] == "total" or is_pointed_to(node, source):
        return False
    kept, _ = row_shapes(shape, split)
    if roles[0] == "full" and roles[1] == "row":
        return source.shape == kept
    if is_reduction(node) or (is_pick(node) and source is node.inputs[0]):
        return roles[1] == "full"
    if roles[0] == "row":
        reshapes = fusable_template(node) == "view"
        return roles[1] == "row" and (reshapes or source.shape == node.shape)
    return True


def is_elementwise(node: Tensor) -> bool:
    """Return whether native code computes an element of the gate from one of each input."""
    return node.size > 0 and scalar_of(node) is not None


def is_reduction(node: Tensor) -> bool:
    """Return whether a fused kernel can compute the gate as a sum or as extrema of rows."""
    template = fusable_template(node)
    if template not in ("sum", "max", "min") or node.dtype.kind != "f":
        return False
    if node.inputs[0].size == 0 or not node.attributes["axis"]:
        return False
    return template == "sum" or trailing_split(node) is not None


def trailing_split(node: Tensor) -> int | None:
    """Return where the rows end that a reduction reduces, None if it reduces no rows."""
    x, axes = node.inputs[0], node.attributes["axis"]
    split = x.ndim - len(axes)
    is_trailing = axes == tuple(range(split, x.ndim))
    return split if is_trailing and _is_row(x.shape[split:]) and split > 0 else None


def _is_row(extents: Shape) -> bool:
    """Return whether elements of these extents form a row that a fused kernel passes over."""
    return 1 < math.prod(extents) <= _LONGEST_ROW


def is_gather(node: Tensor) -> bool:
    """Return whether the gate gathers rows of a table by ids."""
    return fusable_template(node) == "gather" and is_row_gate(node)


def is_pick(node: Tensor) -> bool:
    """Return whether the gate picks one element of every row by ids."""
    return fusable_template(node) == "gather along" and is_row_gate(node)


def has_ids(node: Tensor) -> bool:
    """Return whether the gate reads one id per row, its second input."""
    return fusable_template(node) in ("gather", "gather along", "scatter along") and is_row_gate(
        node
    )


def is_row_gate(node: Tensor) -> bool:
    """Return whether a gate with ids has one id for each row."""
    if node.size == 0 or any(each.size == 0 for each in node.inputs):
        return False
    if fusable_template(node) == "gather":
        return bool(node.attributes["axis"] == 0) and node.inputs[1].ndim > 0
    x, ids = (node if fusable_template(node) == "scatter along" else node.inputs[0]), node.inputs[1]
    is_last = node.attributes["axis"] == ids.ndim - 1
    is_number = x.dtype.kind == "f" or fusable_template(node) == "gather along"
    return is_last and is_number and ids.shape[-1] == 1 and x.ndim > 1 and _is_row(x.shape[-1:])


def table_of(node: Tensor) -> Tensor:
    """Return the tensor that the ids of a gate index: the one it gathers from or scatters to."""
    return node if fusable_template(node) == "scatter along" else node.inputs[0]


def own_split(node: Tensor) -> int | None:
    """Return where the rows must end in a kernel that holds `node`, None if any split fits."""
    if is_reduction(node):
        return trailing_split(node)
    if has_ids(node):
        return node.inputs[1].ndim if is_gather(node) else node.ndim - 1
    return None


def own_shape(node: Tensor) -> Shape | None:
    """Return the points of a kernel that starts with `node`, None if no kernel can."""
    if is_elementwise(node):
        return node.shape
    if is_reduction(node):
        return node.inputs[0].shape
    if has_ids(node):
        return node.inputs[0].shape if is_pick(node) else node.shape
    return None


def is_literal(node: Tensor) -> bool:
    """Return whether a constant is written into the text of a kernel.

    Other constants are read at run time, so that a count which depends on the batch size needs no
    other kernel.
    """
    return isinstance(node, Constant) and node.size == 1 and node.item() in _LITERALS


def is_pointed_to(node: Tensor, source: Tensor) -> bool:
    """Return whether a gate needs `source` in memory: its ids, or the table it gathers from."""
    return has_ids(node) and (source is node.inputs[1] or is_gather(node))


def is_read(node: Tensor, source: Tensor) -> bool:
    """Return whether a gate reads `source` at run time, not from the text of its kernel."""
    return is_pointed_to(node, source) or not is_literal(source)


# -- phases ----------------------------------------------------------------------------------------


def _early(fused: FusedKernel) -> dict[Tensor, int]:
    """Return the first phase in which each gate can be computed."""
    phases: dict[Tensor, int] = {}
    for node in fused.nodes:
        inside = [each for each in node.inputs if each in phases]
        if fused.roles[node] == "row" and not is_reduction(node):
            phases[node] = max((phases[each] for each in inside), default=-1)
        else:
            phases[node] = max((_known(fused, each, phases) for each in inside), default=0)
    return phases


def _known(fused: FusedKernel, source: Tensor, phases: dict[Tensor, int]) -> int:
    """Return the first phase that can read a value: for a row value, the phase after its own."""
    return phases[source] + (fused.roles[source] == "row")


def _late(fused: FusedKernel, early: dict[Tensor, int]) -> dict[Tensor, int]:
    """Return the phases, with full values moved to the first phase that reads them."""
    phases = dict(early)
    for node in reversed(fused.nodes):
        if fused.roles[node] == "full":
            readers = fused.readers.get(node, ())
            phases[node] = min((phases[each] for each in readers), default=phases[node])
    return phases


def entering(nodes: Sequence[Tensor]) -> Iterable[Tensor]:
    """Return what the gates read from memory, each tensor once."""
    inside = set(nodes)
    return dict.fromkeys(
        each for node in nodes for each in node.inputs if each not in inside and is_read(node, each)
    )

"""The role that a gate has in a fused kernel, and the gates that a fused kernel can compute.

A gate has one of three roles:

    full    one element per point: elementwise gates, gathered rows
    row     one element per row: sums and extrema of a row, and gates on them
    total   one element per several rows: sums that are accumulated in memory from row to row
"""

from __future__ import annotations

import math
from typing import Literal

from chainrule.compile.gates.lowerings import scalar_of
from chainrule.compile.gates.strided_copies import is_near_slice
from chainrule.compile.kernels.templates import fusable_template
from chainrule.graph import Constant, Shape, Tensor

Role = Literal["full", "row", "total"]

_LITERALS = frozenset({-1, 0, 0.5, 1, 2})
_LONGEST_ROW = 1 << 16


def role_of(node: Tensor, shape: Shape, split: int) -> Role | None:
    """Return the role of `node` in a loop nest over `shape` whose rows end at `split`.

    Returns None if the loop nest cannot compute it. While rows are unknown, `split` is the number
    of axes.
    """
    if is_elementwise(node):
        return "full" if node.shape == shape else _role_by_shape(node, shape, split)
    template = fusable_template(node)
    if template is None:
        return None
    if template == "view":
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
    return scalar_of(node) is not None and 0 not in node.shape


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


def is_viewed(node: Tensor, reader: Tensor) -> bool:
    """Return whether a fused kernel that computes `reader` reads the slice `node` in place."""
    if not is_near_slice(node):
        return False
    return is_elementwise(reader) or is_reduction(reader)


def memory_of(node: Tensor, source: Tensor) -> Tensor:
    """Return the tensor whose memory a gate reads for its input `source`: of a view, its input."""
    return source.inputs[0] if is_viewed(source, node) else source


def is_read(node: Tensor, source: Tensor) -> bool:
    """Return whether a gate reads `source` at run time, not from the text of its kernel."""
    return is_pointed_to(node, source) or not is_literal(source)

"""The kernel of a single gate, such as a scatter: one without fused, copied or product form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chainrule.graph import Array, Tensor


@dataclass(frozen=True, eq=False)
class GateKernel:
    """The kernel of one gate: its text, its extents, and what its call needs.

    The pointers of the kernel are, in this order: the cell for a refused element, the inputs and
    the output of the gate, the table, the cells, the scratch memory. Pointers that no field below
    asks for are left out.

    text           the function @kernel
    extents        the numbers after the pointers
    checked        the position of the input whose elements the kernel checks; it writes a number of
                   0 or more to its cell if it refuses an element; None if it checks no input
    cleared        whether the output is set to zero before the call
    cell_bytes     the bytes of scratch memory in which all bits are set before the call
    scratch_bytes  the bytes of scratch memory of any content
    table          numbers in memory that the kernel reads, such as the positions of elements
    per_unit       elements of each operand per unit of the first extent, if the units write
                   different elements, so that two threads may take half of them each; empty
                   otherwise
    elements       the elements that all units read, if they are more than `per_unit` says, as where
                   a unit is a column
    range_step     for a kernel whose first two extents are a range, of which two threads may take
                   half each while pointers stay the same: the length of the range per unit of
                   `per_unit`; 0 otherwise
    """

    text: str
    extents: tuple[int, ...]
    checked: int | None = None
    cleared: bool = False
    cell_bytes: int = 0
    scratch_bytes: int = 0
    table: Array | None = None
    per_unit: tuple[int, ...] = ()
    elements: int = 0
    range_step: int = 0


KernelMaker = Callable[[Tensor], GateKernel]

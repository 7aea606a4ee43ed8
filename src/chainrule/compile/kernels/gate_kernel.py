"""The kernel of a single gate, such as a scatter: one without fused, copied or product form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chainrule.graph import DType, Tensor


@dataclass(frozen=True)
class GateKernel:
    """The kernel of one gate: its text, its extents, and what its call needs.

    text           the function @kernel, whose last pointers before `cells` and `scratch_bytes` are
                   the inputs and the output of the gate
    extents        the numbers after the pointers
    checked        the position of the input whose elements the kernel checks, None if it checks
                   none; its first pointer is then the cell for the flat position of a refused
                   element
    cleared        whether the output is set to zero before the call
    cells          the number of int64 cells of scratch memory, all -1; a pointer after the output
    blas_dtype     the dtype of the BLAS products in the kernel; the first pointer is then the
                   function
    scratch_bytes  the bytes of scratch memory of any content; the last pointer
    per_unit       elements of each operand per unit of the first extent, if the units write
                   different elements, so that two threads may take half of them each
    """

    text: str
    extents: tuple[int, ...]
    checked: int | None = None
    cleared: bool = False
    cells: int = 0
    blas_dtype: DType | None = None
    scratch_bytes: int = 0
    per_unit: tuple[int, ...] = ()


KernelMaker = Callable[[Tensor], GateKernel]

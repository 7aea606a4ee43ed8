"""A kernel for one gate that is neither a loop over elements, nor a move, nor a product by BLAS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chainrule.graph import DType, Tensor


@dataclass(frozen=True)
class GateKernel:
    """A kernel for one gate: its text, its extents, and what surrounds the call.

    checked  the position among the inputs of what the kernel checks, if it does: its first pointer
             is then the place where it notes the flat position of an element that is refused
    cleared  whether the output must be zero before
    scratch  int64 cells, all -1, that it works in: its last pointer
    library  the dtype of the products by BLAS in it, whose address is then its first pointer
    room     bytes that it may write to as it likes: its last pointer
    parted   elements of each operand per unit of the first extent, if its units touch different
             parts of the output, so that two threads may take half of them each
    """

    text: str
    extents: tuple[int, ...]
    checked: int | None = None
    cleared: bool = False
    scratch: int = 0
    library: DType | None = None
    room: int = 0
    parted: tuple[int, ...] = ()


KernelMaker = Callable[[Tensor], GateKernel]

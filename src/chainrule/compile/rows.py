"""Rows: the table of gates that have a kernel of their own."""

from __future__ import annotations

from chainrule.compile.chance import random_bits
from chainrule.compile.extremes import positions
from chainrule.compile.gathering import (
    add_along,
    add_rows,
    first_occurrence,
    take,
    take_along,
)
from chainrule.compile.idling import idle_adam
from chainrule.compile.integers import integer_power, integer_product
from chainrule.compile.reductions import integer_total, largest
from chainrule.compile.rowkernel import Maker
from chainrule.compile.rowkernel import RowKernel as RowKernel
from chainrule.compile.running import running_total
from chainrule.compile.unfolding import (
    add_windows_product,
    product_by_windows,
    windows_product,
)
from chainrule.compile.window_extremes import extreme_of_windows, to_winners
from chainrule.graph import Tensor

_KERNELS: dict[str, Maker] = {
    "take": take,
    "idle_adam": idle_adam,
    "add_rows": add_rows,
    "take_along_axis": take_along,
    "add_along_axis": add_along,
    "max": largest("gt"),
    "min": largest("lt"),
    "argmax": positions("gt"),
    "argmin": positions("lt"),
    "sum": integer_total,
    "cumulative_sum": running_total,
    "matmul": integer_product,
    "pow": integer_power,
    "windows_product": windows_product,
    "product_by_windows": product_by_windows,
    "add_windows_product": add_windows_product,
    "extreme_of_windows": extreme_of_windows,
    "to_winners": to_winners,
    "random_bits": random_bits,
    "first_occurrence": first_occurrence,
}


def row_kernel(node: Tensor) -> RowKernel | None:
    """Return the kernel of `node`, None if there is none for its form."""
    assert node.primitive is not None
    make = _KERNELS.get(node.primitive.name)
    if make is None or node.size == 0 or any(each.size == 0 for each in node.inputs):
        return None
    return make(node)

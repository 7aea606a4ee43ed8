"""Rows: the table of templates that are a kernel of their own, written for one gate."""

from __future__ import annotations

from chainrule.compile.gates.lowerings import template_of
from chainrule.compile.kernels.extremes import positions
from chainrule.compile.kernels.gathering import (
    first_occurrence,
    take,
    take_along,
)
from chainrule.compile.kernels.idle_adam_kernel import idle_adam
from chainrule.compile.kernels.integers import integer_power, integer_product
from chainrule.compile.kernels.position_kernels import count_from_front, true_positions
from chainrule.compile.kernels.random_bits import random_bits
from chainrule.compile.kernels.reductions import integer_total, largest
from chainrule.compile.kernels.row_kernel import Maker
from chainrule.compile.kernels.row_kernel import RowKernel as RowKernel
from chainrule.compile.kernels.running_totals import running_total
from chainrule.compile.kernels.scattering import add_along, add_rows
from chainrule.compile.kernels.window_extremes import extreme_of_windows, to_winners
from chainrule.compile.kernels.window_products import (
    add_windows_product,
    product_by_windows,
    windows_product,
)
from chainrule.graph import Tensor
from chainrule.graph.lowering import Template

ROW_KERNELS: dict[Template, Maker] = {
    "gather": take,
    "idle adam": idle_adam,
    "scatter": add_rows,
    "gather along": take_along,
    "scatter along": add_along,
    "max": largest("gt"),
    "min": largest("lt"),
    "argmax": positions("gt"),
    "argmin": positions("lt"),
    "sum": integer_total,
    "running sum": running_total,
    "product": integer_product,
    "integer power": integer_power,
    "windows product": windows_product,
    "product by windows": product_by_windows,
    "add windows product": add_windows_product,
    "extreme of windows": extreme_of_windows,
    "to winners": to_winners,
    "random bits": random_bits,
    "first occurrence": first_occurrence,
    "count from front": count_from_front,
    "true positions": true_positions,
}


def row_kernel(node: Tensor) -> RowKernel | None:
    """Return the kernel of `node`, None if there is none for its form."""
    template = template_of(node)
    if template not in ROW_KERNELS or node.size == 0 or any(x.size == 0 for x in node.inputs):
        return None
    return ROW_KERNELS[template](node)

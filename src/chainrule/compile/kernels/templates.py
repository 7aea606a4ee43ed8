"""The table of templates: how the compiler computes the gates of each template.

A primitive names its template in `lowering` (`chainrule.graph.lowering`). A new template needs its
name there, a row here, and what the row refers to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from chainrule.compile.gates.aliases_of_inputs import start_of_slice, start_of_sum, start_of_view
from chainrule.compile.gates.lowerings import template_of
from chainrule.compile.gates.strided_copies import (
    StridedCopy,
    add_windows_copy,
    concat_copy,
    pad_copy,
    permute_copy,
    slice_copy,
    windows_copy,
)
from chainrule.compile.kernels.attention.attention_kernels import (
    attention,
    attention_flops,
    attention_gradients,
    attention_gradients_flops,
)
from chainrule.compile.kernels.extremes import positions
from chainrule.compile.kernels.gate_kernel import GateKernel, KernelMaker
from chainrule.compile.kernels.gathering import first_occurrence, take, take_along
from chainrule.compile.kernels.idle_adam_kernel import idle_adam
from chainrule.compile.kernels.integers import (
    integer_power,
    integer_product,
    is_integer_power,
    is_integer_product,
)
from chainrule.compile.kernels.position_kernels import count_from_front, true_positions
from chainrule.compile.kernels.random_bits import padded_size, random_bits
from chainrule.compile.kernels.recurrences import (
    linear_recurrence,
    running_positions,
    running_product,
)
from chainrule.compile.kernels.reductions import (
    integer_total,
    is_integer_total,
    largest,
    largest_number,
)
from chainrule.compile.kernels.running_totals import running_total
from chainrule.compile.kernels.scatter_reductions import scatter_extreme, scatter_product
from chainrule.compile.kernels.scattering import add_along, add_rows
from chainrule.compile.kernels.searching import search_sorted
from chainrule.compile.kernels.shuffling import shuffled
from chainrule.compile.kernels.window_extremes import extreme_of_windows, to_winners
from chainrule.compile.kernels.window_gradients import (
    product_by_windows,
    product_by_windows_flops,
)
from chainrule.compile.kernels.window_products import (
    add_windows_product,
    add_windows_product_flops,
    windows_product,
    windows_product_flops,
)
from chainrule.graph import Tensor
from chainrule.graph.lowering import Template


@dataclass(frozen=True)
class TemplateLowering:
    """The ways in which gates of one template are computed.

    is_removed  a rewrite rule removes every such gate
    is_scan     the gate is a scan, whose body is compiled
    is_branch   the gate is a branch, whose sides are compiled
    is_while    the gate is a while loop, whose condition and body are compiled
    is_product  BLAS, or a kernel of panels, computes products of floats
    is_fused    fused kernels compute such gates (`fuse/gate_roles.py` says which)
    alias       returns the first element of the gate's value in the memory of its input, None if
                the value has to be copied
    copies      returns the strided copies that compute the gate
    kernel      writes the kernel of a single gate
    accepts     whether `kernel` computes a gate that has elements
    padded      the number of elements that the kernel writes, if that is more than the gate has
    flops       the arithmetic of the kernel, if it is counted
    """

    is_removed: bool = False
    is_scan: bool = False
    is_branch: bool = False
    is_while: bool = False
    is_product: bool = False
    is_fused: bool = False
    alias: Callable[[Tensor], int | None] | None = None
    copies: Callable[[Tensor], StridedCopy] | None = None
    kernel: KernelMaker | None = None
    accepts: Callable[[Tensor], bool] = lambda node: True
    padded: Callable[[Tensor], int] | None = None
    flops: Callable[[Tensor], int] | None = None


_Row = TemplateLowering

TEMPLATES: dict[Template, TemplateLowering] = {
    "pass through": _Row(is_removed=True),
    "view": _Row(alias=start_of_view, is_fused=True),
    "permute": _Row(copies=permute_copy),
    "slice": _Row(alias=start_of_slice, copies=slice_copy),
    "pad": _Row(copies=pad_copy),
    "concat": _Row(copies=concat_copy),
    "windows": _Row(copies=windows_copy),
    "add windows": _Row(copies=add_windows_copy),
    "sum": _Row(alias=start_of_sum, is_fused=True, kernel=integer_total, accepts=is_integer_total),
    "max": _Row(is_fused=True, kernel=largest("gt")),
    "min": _Row(is_fused=True, kernel=largest("lt")),
    "nanmax": _Row(kernel=largest_number("gt")),
    "nanmin": _Row(kernel=largest_number("lt")),
    "argmax": _Row(kernel=positions("gt")),
    "argmin": _Row(kernel=positions("lt")),
    "running sum": _Row(kernel=running_total),
    "running product": _Row(kernel=running_product),
    "linear recurrence": _Row(kernel=linear_recurrence),
    "cumulative argmax": _Row(kernel=running_positions("ge")),
    "cumulative argmin": _Row(kernel=running_positions("le")),
    "integer power": _Row(kernel=integer_power, accepts=is_integer_power),
    "product": _Row(is_product=True, kernel=integer_product, accepts=is_integer_product),
    "gather": _Row(is_fused=True, kernel=take),
    "gather along": _Row(is_fused=True, kernel=take_along),
    "scatter": _Row(kernel=add_rows),
    "scatter along": _Row(is_fused=True, kernel=add_along),
    "scatter max": _Row(kernel=scatter_extreme("gt")),
    "scatter min": _Row(kernel=scatter_extreme("lt")),
    "scatter prod": _Row(kernel=scatter_product),
    "search sorted": _Row(kernel=search_sorted),
    "first occurrence": _Row(kernel=first_occurrence),
    "count from front": _Row(kernel=count_from_front),
    "true positions": _Row(kernel=true_positions),
    "random bits": _Row(kernel=random_bits, padded=padded_size),
    "shuffled": _Row(kernel=shuffled),
    "idle adam": _Row(kernel=idle_adam),
    "attention": _Row(kernel=attention, flops=attention_flops),
    "attention gradients": _Row(kernel=attention_gradients, flops=attention_gradients_flops),
    "scan": _Row(is_scan=True),
    "branch": _Row(is_branch=True),
    "while": _Row(is_while=True),
    "windows product": _Row(kernel=windows_product, flops=windows_product_flops),
    "product by windows": _Row(kernel=product_by_windows, flops=product_by_windows_flops),
    "add windows product": _Row(kernel=add_windows_product, flops=add_windows_product_flops),
    "extreme of windows": _Row(kernel=extreme_of_windows),
    "to winners": _Row(kernel=to_winners),
}

_NONE = TemplateLowering()
_FUSED = frozenset(name for name, row in TEMPLATES.items() if row.is_fused)


def lowering_of(node: Tensor) -> TemplateLowering:
    """Return the row of the gate's template; an empty row for a gate without a template."""
    template = template_of(node)
    return _NONE if template is None else TEMPLATES[template]


def fusable_template(node: Tensor) -> Template | None:
    """Return the template of a gate that fused kernels can compute, None for every other gate."""
    template = template_of(node)
    return template if template in _FUSED else None


def alias_start(node: Tensor) -> int | None:
    """Return the first element of the gate's value in the memory of its input, None if it moves."""
    alias = lowering_of(node).alias
    return None if alias is None else alias(node)


def strided_copy_of(node: Tensor) -> StridedCopy | None:
    """Return the gate as strided copies, None if its template has none or it has no elements."""
    copies = lowering_of(node).copies
    if copies is None or node.size == 0:
        return None
    found = copies(node)
    return replace(found, parts=tuple(each for each in found.parts if each.source.size))


def has_kernel(node: Tensor) -> bool:
    """Return whether the gate has a kernel of its own; a gate without elements has none."""
    lowering = lowering_of(node)
    has_elements = node.size > 0 and all(each.size for each in node.inputs)
    return lowering.kernel is not None and has_elements and lowering.accepts(node)


def kernel_of_gate(node: Tensor) -> GateKernel:
    """Return the kernel of a gate that has one of its own."""
    kernel = lowering_of(node).kernel
    assert kernel is not None
    return kernel(node)


def output_nbytes(node: Tensor) -> int:
    """Return the bytes of memory that a gate's value needs; some kernels round its extents up."""
    padded = lowering_of(node).padded
    return node.nbytes if padded is None else padded(node) * node.dtype.itemsize


def kernel_flops(node: Tensor) -> int:
    """Return the arithmetic of the gate's own kernel, 0 where it is not counted."""
    flops = lowering_of(node).flops
    return 0 if flops is None else flops(node)

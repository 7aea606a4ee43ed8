"""Cache of the texts of fused kernels: kernels that differ only in tensors and extents share one.

A text follows from which extents are equal and which are 1, not from their values. Extents are
therefore numbered in the key, in the order in which they are met. Texts that hold strides of views,
or the bytes of gathered rows, have the extents themselves in their key.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from chainrule.compile.fuse.fused_kernel import FusedKernel
from chainrule.compile.fuse.gate_roles import is_gather, is_literal, is_viewed, memory_of
from chainrule.compile.fuse.operands import (
    AxisFlags,
    KernelOperand,
    LoopAxes,
    OperandKind,
    SliceView,
    axes_of,
)
from chainrule.compile.gates.lowerings import attributes_of
from chainrule.compile.gates.strided_copies import slice_strides
from chainrule.compile.lower.fused_loops import (
    FusedKernelText,
    RowWidth,
    fused_kernel_text,
    limits_of,
    row_width,
)
from chainrule.graph import Constant, Shape, Tensor
from chainrule.graph.lowering import Partly

_MOST = 1024
_MOST_EXTENTS = 16


@dataclass(frozen=True)
class _Form:
    """What kernels of one key have in common.

    operands  the number of the tensor behind each operand, and how the operand advances
    texts     the texts by the width of their rows
    axes      the axes of the latest kernels, by their extents
    """

    operands: tuple[tuple[int, AxisFlags, OperandKind, SliceView | None], ...]
    texts: dict[RowWidth, str] = field(default_factory=dict)
    axes: dict[Shape, LoopAxes] = field(default_factory=dict)

    def axes_at(self, fused: FusedKernel, operands: Sequence[KernelOperand]) -> LoopAxes:
        """Return the axes of a kernel of this form."""
        found = self.axes.get(fused.shape)
        if found is None:
            if len(self.axes) >= _MOST_EXTENTS:
                self.axes.clear()
            found = self.axes[fused.shape] = axes_of(fused, operands)
        return found


_known: dict[Hashable, _Form] = {}


def kernel_of(fused: FusedKernel, numbers: dict[Tensor, int]) -> FusedKernelText:
    """Return the text of a fused kernel, from the cache if an equal kernel was written before.

    numbers  those of `numbers_of`
    """
    key = _key(fused, numbers)
    form = _known.get(key)
    if form is None:
        if len(_known) >= _MOST:
            _known.clear()
        kernel = fused_kernel_text(fused)
        form = _known[key] = _Form(
            tuple((numbers[e.tensor], e.advances, e.kind, e.view) for e in kernel.operands)
        )
        form.texts[row_width(kernel.extents)] = kernel.text
        return kernel
    tensors = list(numbers)
    operands = tuple(
        KernelOperand(tensors[number], advances, kind, view)
        for number, advances, kind, view in form.operands
    )
    axes = form.axes_at(fused, operands)
    width = row_width(axes.extents)
    if width not in form.texts:
        form.texts[width] = fused_kernel_text(fused).text
    return FusedKernelText(
        form.texts[width], operands, axes.extents, limits_of(fused), axes.advances, axes.views
    )


def numbers_of(fused: FusedKernel) -> dict[Tensor, int]:
    """Return a number for every tensor that a kernel reads, computes or writes."""
    met = dict.fromkeys([each for node in fused.nodes for each in (*node.inputs, node)])
    if not fused.is_plain:
        met |= dict.fromkeys(memory_of(node, each) for node in fused.nodes for each in node.inputs)
    met |= dict.fromkeys(fused.in_place.values())
    met |= dict.fromkeys(each.whole for each in fused.joined.values())
    if fused.update is not None:
        met |= dict.fromkeys((fused.update.ids, fused.update.keep))
    return {each: number for number, each in enumerate(met)}


def _key(fused: FusedKernel, numbers: dict[Tensor, int]) -> Hashable:
    """Return everything that the text of a kernel depends on, but for the width of its rows."""
    inside = fused.roles
    views = tuple(_views(node, numbers) for node in fused.nodes)
    has_extents = any(views) or any(map(is_gather, fused.nodes))
    pattern = _as_they_are if has_extents else _pattern()
    return (
        has_extents,
        pattern(fused.shape),
        fused.split,
        tuple(_leaf(each, pattern) for each in numbers if each not in inside),
        tuple(
            (
                numbers[node],
                node.primitive,
                pattern(node.shape),
                node.dtype,
                inside[node],
                _attributes(node, pattern),
                _numbers_that_decide(node),
                *map(numbers.__getitem__, node.inputs),
            )
            for node in fused.nodes
        ),
        views,
        tuple(map(numbers.__getitem__, fused.outputs)),
        tuple((numbers[node], numbers[held]) for node, held in fused.in_place.items()),
        fused.update and (numbers[fused.update.ids], numbers[fused.update.keep]),
        tuple(
            (numbers[node], numbers[part.whole], part.strides, part.start)
            for node, part in fused.joined.items()
        ),
    )


_Pattern = Callable[[Shape], Shape]


def _pattern() -> _Pattern:
    """Return a function from shapes to shapes of numbers: equal ones for equal extents.

    0 and 1 stay, since an axis of extent 1 is repeated and one of extent 0 has no elements.
    """
    known = {0: 0, 1: 1}
    shapes: dict[Shape, Shape] = {}

    def pattern(shape: Shape) -> Shape:
        found = shapes.get(shape)
        if found is None:
            numbers = [known.setdefault(each, len(known)) for each in shape]
            found = shapes[shape] = tuple(numbers)
        return found

    return pattern


def _as_they_are(shape: Shape) -> Shape:
    return shape


def _attributes(node: Tensor, pattern: _Pattern) -> Hashable:
    """Return the attributes of a gate as a key, the extents of its shape as a pattern."""
    if not node.attributes:
        return ()
    return tuple(
        (name, pattern(value)) if name == "shape" and isinstance(value, tuple) else (name, value)
        for name, value in attributes_of(node)
    )


def _views(node: Tensor, numbers: dict[Tensor, int]) -> tuple[Hashable, ...]:
    """Return the slices that a gate reads in place: the number of their input, their strides."""
    return tuple(
        (numbers[each], numbers[each.inputs[0]], *slice_strides(each))
        for each in node.inputs
        if is_viewed(each, node)
    )


def _numbers_that_decide(node: Tensor) -> Hashable:
    """Return the constants by which a gate's element function may choose its instructions."""
    assert node.primitive is not None
    if not isinstance(node.primitive.lowering, Partly):
        return ()
    return tuple(
        each.read().tobytes()
        for each in node.inputs
        if isinstance(each, Constant) and each.size == 1
    )


def _leaf(tensor: Tensor, pattern: _Pattern) -> Hashable:
    """Return what the text depends on for a tensor from outside the kernel."""
    literal = tensor.read().tobytes() if is_literal(tensor) else None
    return pattern(tensor.shape), tensor.dtype, literal

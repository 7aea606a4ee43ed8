"""Kernels that unfold the windows of one image, or a group of its channels, for a product."""

from __future__ import annotations

import math
from dataclasses import dataclass

from chainrule.compile.gates.strided_copies import StridedPart, simplified, strides_of
from chainrule.compile.gates.window_gates import Unfolding
from chainrule.compile.kernels.gate_kernel import GateKernel
from chainrule.compile.kernels.gathering import flat
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.strided_loops import StridedLoops
from chainrule.compile.native import blas
from chainrule.graph import Tensor
from chainrule.ops.scalars import type_of

_FIRST = 14  # the number of extents before those of the copy
_KNOWN = 64  # the widest image whose rows are copied without a loop


@dataclass(frozen=True)
class _BlasProduct:
    """C = A B with the arguments of BLAS: m, n, k, transposes, leading dimensions."""

    shape: tuple[int, int, int]
    transposed: tuple[bool, bool]
    leading: tuple[int, int, int]


@dataclass(frozen=True)
class _Walk:
    """The products of a kernel: `parts`, which two threads may share, of `turns` products each.

    step  elements from one part to the next: of left factor, image, output
    turn  elements from one turn to the next, of the same
    """

    parts: int
    turns: int
    step: tuple[int, int, int]
    turn: tuple[int, int, int]


def windows_product(node: Tensor) -> GateKernel:
    """out[i] = A columns(image i); with groups, for each group of channels."""
    a, x = node.inputs
    k, places, groups = a.shape[1], node.shape[2], node.attributes["groups"]
    m, image = a.shape[0] // groups, math.prod(x.shape[1:])
    product = _BlasProduct((m, places, k), (False, False), (k, places, places))
    turn = (m * k, image // groups, m * places)
    return _reading(node, product, _Walk(len(x), groups, (0, image, groups * turn[2]), turn))


def product_by_windows(node: Tensor) -> GateKernel:
    """out[p] = the sum of G[i] columns(image i)ᵀ over the images of part p.

    A part is a range of images, or one group of the channels of all images.
    """
    g, x = node.inputs
    (parts, m, rows), places = node.shape, g.shape[2]
    product = _BlasProduct((m, rows, places), (False, True), (places, places, rows))
    left, image = math.prod(g.shape[1:]), math.prod(x.shape[1:])
    images = len(x) // parts
    walk = _Walk(parts, images, (images * left, images * image, m * rows), (left, image, 0))
    if node.attributes["groups"] > 1:
        walk = _Walk(parts, len(x), (m * places, image // parts, m * rows), (left, image, 0))
    return _reading(node, product, walk)


def add_windows_product(node: Tensor) -> GateKernel:
    """Image i = the windows Aᵀ G[i], added; with groups, for each group of channels."""
    a, g = node.inputs
    k, places, groups = a.shape[1], g.shape[2], node.attributes["groups"]
    m = a.shape[0] // groups
    product = _BlasProduct((k, places, m), (True, False), (k, places, places))
    part = _reversed(_part(node, node))
    f, kind = _function(part), type_of(node.dtype)
    with f.loop("%n0") as p, f.loop("%n13") as i:
        left, right, out = _operands(f, kind, p, i)
        _call(f, kind, product, left, right, "%p4")
        with f.loop("%n12") as j:
            f.store(kind, "0.0", out, j)
        StridedLoops(f, node.dtype, part, True, "%p4", out, _FIRST, _KNOWN).write()
    turn = (m * k, m * places, math.prod(node.shape[1:]) // groups)
    walk = _Walk(len(g), groups, (0, groups * turn[1], groups * turn[2]), turn)
    return _kernel(f, node, product, walk, part)


def windows_product_flops(node: Tensor) -> int:
    """Return 2mnk, summed over images and groups."""
    return 2 * node.size * node.inputs[0].shape[1]


def product_by_windows_flops(node: Tensor) -> int:
    """Return 2mnk, summed over images and groups."""
    return 2 * node.inputs[0].size * node.shape[2]


def add_windows_product_flops(node: Tensor) -> int:
    """Return 2mnk, summed over images and groups."""
    a, g = node.inputs
    return 2 * g.size * a.shape[1]


def _reading(node: Tensor, product: _BlasProduct, walk: _Walk) -> GateKernel:
    """Return the kernel of products whose right factor is unfolded.

    Turns that write the same output are added.
    """
    part = _part(node, node.inputs[1])
    f, kind = _function(part), type_of(node.dtype)
    with f.loop("%n0") as p, f.loop("%n13") as i:
        left, image, out = _operands(f, kind, p, i)
        StridedLoops(f, node.dtype, part, False, image, "%p4", _FIRST, _KNOWN).write()
        stays = f.put("icmp eq i64 %n12, 0")
        is_later = f.put(f"icmp ne i64 {i}, 0")
        is_added = f.put(f"and i1 {stays}, {is_later}")
        keep = f.put(f"select i1 {is_added}, {kind} 1.0, {kind} 0.0")
        _call(f, kind, product, left, "%p4", out, keep)
    return _kernel(f, node, product, walk, part)


def _part(node: Tensor, images: Tensor) -> StridedPart:
    """Return the strided copy from one image, or a group of its channels, to its columns."""
    unfolding: Unfolding = node.attributes["unfolding"]
    channels, extents = images.shape[1] // node.attributes["groups"], unfolding.extents
    first, *last = strides_of((channels, *extents))
    positions = (s * n for s, n in zip(last, unfolding.stride, strict=True))
    places = (s * n for s, n in zip(last, unfolding.dilation, strict=True))
    shape = (channels, *unfolding.positions, *unfolding.size)
    return simplified(StridedPart(images, shape, (first, *positions, *places), strides_of(shape)))


def _reversed(part: StridedPart) -> StridedPart:
    """Return the copy in the other direction."""
    return StridedPart(part.source, part.extents, part.write, part.read)


def _function(part: StridedPart) -> IRFunction:
    """Pointers: BLAS, two inputs, the output, scratch for columns. Extents: see `_kernel`."""
    return IRFunction(5, _FIRST + 3 * len(part.extents))


def _operands(f: IRFunction, kind: str, part: str, turn: str) -> list[str]:
    """Return the addresses of left factor, image and output, for a turn of a part."""
    return [
        f.at(kind, f"%p{n}", flat(f, part, f"%n{6 + n}", f.put(f"mul i64 {turn}, %n{9 + n}")))
        for n in (1, 2, 3)
    ]


def _call(
    f: IRFunction, kind: str, product: _BlasProduct, a: str, b: str, c: str, keep: str = "0.0"
) -> None:
    """Write the call C = A B + keep C."""
    m, n, k, lda, ldb, ldc = (f"i32 {f.put(f'trunc i64 %n{i} to i32')}" for i in range(1, 7))
    left, right = (blas.TRANSPOSE if each else blas.NO_TRANSPOSE for each in product.transposed)
    extents = f"i32 {blas.ROW_MAJOR}, i32 {left}, i32 {right}, {m}, {n}, {k}"
    matrices = f"{kind} 1.0, ptr {a}, {lda}, ptr {b}, {ldb}, {kind} {keep}, ptr {c}, {ldc}"
    f.do(f"call void %p0({extents}, {matrices})")


def _kernel(
    f: IRFunction, node: Tensor, product: _BlasProduct, walk: _Walk, part: StridedPart
) -> GateKernel:
    """Return the kernel with its extents.

    Extents: parts; m, n, k; leading dimensions; steps of a part; steps of a turn; turns; extents
    and strides of the copy.
    """
    numbers = (walk.parts, *product.shape, *product.leading, *walk.step, *walk.turn, walk.turns)
    room = math.prod(part.extents) * node.dtype.itemsize
    return GateKernel(
        f.text(),
        (*numbers, *part.extents, *part.read, *part.write),
        blas_dtype=node.dtype,
        scratch_bytes=-(-room // 64) * 64,
        per_unit=walk.step,
    )

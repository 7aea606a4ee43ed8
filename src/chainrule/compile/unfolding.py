"""Kernels that unfold the windows of one image at a time, beside a product by BLAS."""

from __future__ import annotations

import math
from dataclasses import dataclass

from chainrule.compile import blas
from chainrule.compile.function import Function
from chainrule.compile.gathering import flat
from chainrule.compile.moves import Part, simplified, strides_of
from chainrule.compile.rowkernel import RowKernel
from chainrule.compile.strided import Strided
from chainrule.compile.window_gates import Unfolding
from chainrule.graph import Tensor
from chainrule.ops.scalars import type_of

_FIRST = 11  # the extents of the copy come after those of the product
_KNOWN = 64  # so wide an image, or narrower, is copied row by row without a loop


@dataclass(frozen=True)
class _Product:
    """C = A B with the arguments of BLAS: m, n, k, transposes, leading dimensions."""

    shape: tuple[int, int, int]
    turned: tuple[bool, bool]
    leading: tuple[int, int, int]


def windows_product(node: Tensor) -> RowKernel:
    """out[i] = A columns, the columns of image i unfolded before."""
    a, x = node.inputs
    (m, k), places = a.shape, node.shape[-1]
    product = _Product((m, places, k), (False, False), (k, places, places))
    return _reading(node, product, (0, x.size // x.shape[0]))


def product_by_windows(node: Tensor) -> RowKernel:
    """out[p] = the sum of G[i] columnsᵀ over the images i of a part, unfolded one by one."""
    g, x = node.inputs
    count, m, places = g.shape
    rows = node.shape[-1]
    product = _Product((m, rows, places), (False, True), (places, places, rows))
    images = count // node.attributes["parts"]
    return _reading(node, product, (m * places, x.size // count), images)


def add_windows_product(node: Tensor) -> RowKernel:
    """columns = Aᵀ G[i], which are then added up to image i."""
    a, g = node.inputs
    (m, k), places = a.shape, g.shape[-1]
    product = _Product((k, places, m), (True, False), (k, places, places))
    part = _turned(_part(node, node.attributes["unfolding"]))
    f, kind = _function(part), type_of(node.dtype)
    with f.loop("%n0") as i:
        left, right, out = _operands(f, kind, i, i)
        _call(f, kind, product, left, right, "%p4")
        with f.loop("%n9") as j:
            f.store(kind, "0.0", out, j)
        Strided(f, node.dtype, part, True, "%p4", out, _FIRST, _KNOWN).write()
    return _kernel(f, node, product, (0, m * places), part)


def _reading(node: Tensor, product: _Product, steps: tuple[int, int], images: int = 1) -> RowKernel:
    """Return the kernel of products whose right factor is unfolded, so many added up to one."""
    part = _part(node.inputs[1], node.attributes["unfolding"])
    f, kind = _function(part), type_of(node.dtype)
    with f.loop("%n0") as p, f.loop("%n10") as i:
        left, image, out = _operands(f, kind, flat(f, p, "%n10", i), p)
        Strided(f, node.dtype, part, False, image, "%p4", _FIRST, _KNOWN).write()
        is_first = f.put(f"icmp eq i64 {i}, 0")
        keep = f.put(f"select i1 {is_first}, {kind} 0.0, {kind} 1.0")
        _call(f, kind, product, left, "%p4", out, keep)
    return _kernel(f, node, product, steps, part, images)


def _part(images: Tensor, unfolding: Unfolding) -> Part:
    """Return the strided copy from one image to its columns."""
    channels, extents = images.shape[1], unfolding.extents
    first, *last = strides_of((channels, *extents))
    positions = (s * n for s, n in zip(last, unfolding.stride, strict=True))
    places = (s * n for s, n in zip(last, unfolding.dilation, strict=True))
    shape = (channels, *unfolding.positions, *unfolding.size)
    return simplified(Part(images, shape, (first, *positions, *places), strides_of(shape)))


def _turned(part: Part) -> Part:
    return Part(part.source, part.extents, part.write, part.read)


def _function(part: Part) -> Function:
    """Pointers: BLAS, two inputs, the output, room for columns; extents as in `_kernel`."""
    return Function(5, _FIRST + 3 * len(part.extents))


def _operands(f: Function, kind: str, image: str, part: str) -> list[str]:
    """Return the addresses of the inputs for an image and of the output for a part of them."""
    numbers = ((1, image), (2, image), (3, part))
    return [f.at(kind, f"%p{n}", f.put(f"mul i64 {i}, %n{6 + n}")) for n, i in numbers]


def _call(
    f: Function, kind: str, product: _Product, a: str, b: str, c: str, keep: str = "0.0"
) -> None:
    """Write the call C = A B + keep C."""
    m, n, k, lda, ldb, ldc = (f"i32 {f.put(f'trunc i64 %n{i} to i32')}" for i in range(1, 7))
    left, right = (blas.TRANSPOSE if each else blas.NO_TRANSPOSE for each in product.turned)
    extents = f"i32 {blas.ROW_MAJOR}, i32 {left}, i32 {right}, {m}, {n}, {k}"
    matrices = f"{kind} 1.0, ptr {a}, {lda}, ptr {b}, {ldb}, {kind} {keep}, ptr {c}, {ldc}"
    f.do(f"call void %p0({extents}, {matrices})")


def _kernel(
    f: Function,
    node: Tensor,
    product: _Product,
    steps: tuple[int, int],
    part: Part,
    images: int = 1,
) -> RowKernel:
    """Return the kernel with its extents.

    They are: parts; m, n, k; leading dimensions; steps from an image to the next, of the output
    from a part to the next; images of a part; then those of the copy.
    """
    parts = node.shape[0]
    each = node.size // parts
    numbers = (parts, *product.shape, *product.leading, *steps, each, images)
    room = math.prod(part.extents) * node.dtype.itemsize
    return RowKernel(
        f.text(),
        (*numbers, *part.extents, *part.read, *part.write),
        flops=2 * parts * images * math.prod(product.shape),
        library=node.dtype,
        room=-(-room // 64) * 64,
        parted=(images * steps[0], images * steps[1], each),
    )

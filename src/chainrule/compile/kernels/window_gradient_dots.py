"""The gradient of the weights of few kernels: sums over vectors of places.

The upstream gradient is copied to the rows of the padded image, with zeros between them. Every
weight has a vector of sums, whose lanes are added at the end.
"""

from __future__ import annotations

import math

import numpy as np

from chainrule.compile.gates.window_gates import Unfolding
from chainrule.compile.kernels.gate_kernel import GateKernel
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.padded_images import PaddedImage
from chainrule.compile.kernels.place_vectors import NUMBERS, lane_mask, place_vectors
from chainrule.compile.kernels.tile_sums import TileSums, best_rows, lanes_of
from chainrule.compile.kernels.vectors import masked_load
from chainrule.graph import Tensor
from chainrule.ops.scalars import literal, type_of

MOST_KERNELS = 8
_FIRST = 12  # the number of extents before those of the copies


def gradient_by_dots(
    node: Tensor, image: PaddedImage, turns: int, steps: tuple[int, int, int, int]
) -> GateKernel:
    """Return the kernel of a product with transposed windows.

    turns  the images of a part
    steps  elements of G and of images from one part to the next, and from one image to the next
    """
    (parts, m, k), size, lanes = node.shape, node.dtype.itemsize, lanes_of(node.dtype)
    spread = _spread(node.inputs[0], image)
    rows = best_rows(k, m, lambda r, v: 2 * r + v)
    deep = -(-k // rows) * rows
    offsets = np.pad(image.offsets(), (0, deep - k), mode="edge")
    vectors = place_vectors(image.places(), lanes)
    rooms = (image.room * size, spread.room * size)
    numbers = (turns, k, len(vectors), deep, math.prod(spread.extents), *steps, *rooms)
    return GateKernel(
        _Writer(image, spread, (rows, m)).text(),
        (parts, *numbers, *image.numbers, *spread.numbers),
        scratch_bytes=sum(rooms) + deep * m * lanes * size,
        per_unit=(*steps[:2], m * k),
        table=np.concatenate([offsets, vectors.ravel()]),
    )


def _spread(g: Tensor, image: PaddedImage) -> PaddedImage:
    """Return the upstream gradient in the rows of the padded image."""
    places, one = image.unfolding.size, (1,) * len(image.extents)
    after = tuple((0, whole - n) for whole, n in zip(image.extents, places, strict=True))
    return PaddedImage(g, Unfolding(places, one, image.extents, one, one, after), image.groups)


class _Writer:
    """Writes the kernel.

    Pointers: G, images, output, table, scratch memory. Numbers: parts; images of a part, elements
    of a window, vectors of places, elements of a window in whole tiles, elements of a row of G in
    scratch memory; elements of G and of images from one part to the next, and from one image to the
    next; bytes of a padded image and of G in scratch memory; the copies. The table has the offsets
    of the elements of a window, for whole tiles, then the vectors of places.
    """

    def __init__(self, image: PaddedImage, spread: PaddedImage, tile: tuple[int, int]) -> None:
        self.image, self.spread = image, spread
        self.rows, self.kernels = tile
        self.dtype = image.images.dtype
        self.kind, self.lanes = type_of(self.dtype), lanes_of(self.dtype)
        self.f = f = IRFunction(5, _FIRST + len(image.numbers) + len(spread.numbers))
        self.sums = TileSums(f, self.dtype, tile)
        self.upstream = f.put("getelementptr i8, ptr %p4, i64 %n10")
        self.totals = f.put(f"getelementptr i8, ptr {self.upstream}, i64 %n11")

    def text(self) -> str:
        """Write the loops over parts, their images, and tiles."""
        f, kind = self.f, self.kind
        self._clear("%p4", f.put("add i64 %n10, %n11"))
        nbytes = self.kernels * self.lanes * self.dtype.itemsize
        with f.loop("%n0") as part:
            self._clear(self.totals, f.put(f"mul i64 %n4, {nbytes}"))
            with f.loop("%n1") as i:
                g, source = (self._operand(n, part, i) for n in (0, 1))
                self.image.write_copies(f, source, "%p4", _FIRST)
                self.spread.write_copies(f, g, self.upstream, _FIRST + len(self.image.numbers))
                with f.loop(f.put(f"udiv i64 %n4, {self.rows}")) as block:
                    self._multiply(f.put(f"mul i64 {block}, {self.rows}"))
            out = f.put(f"mul i64 {part}, {f.put(f'mul i64 %n2, {self.kernels}')}")
            self._store(f.at(kind, "%p2", out))
        return f.text()

    def _clear(self, at: str, nbytes: str) -> None:
        """Set memory to zero."""
        self.f.do(f"call void @llvm.memset.p0.i64(ptr {at}, i8 0, i64 {nbytes}, i1 false)")

    def _operand(self, number: int, part: str, i: str) -> str:
        """Return the address of G (0) or of the image (1) with number `i` of a part."""
        f = self.f
        first = f.put(f"mul i64 {part}, %n{6 + number}")
        at = f.put(f"add i64 {first}, {f.put(f'mul i64 {i}, %n{8 + number}')}")
        return f.at(self.kind, f"%p{number}", at)

    def _multiply(self, first: str) -> None:
        """Add the products of all places to the totals of some elements of the window."""
        f, kind = self.f, self.kind
        numbers = [f.put(f"add i64 {first}, {r}") for r in range(self.rows)]
        lefts = [f.at(kind, "%p4", f.load("i64", "%p3", each)) for each in numbers]
        rights = [
            f.at(kind, self.upstream, f.put(f"mul i64 %n5, {row}")) for row in range(self.kernels)
        ]
        self.sums.begin()
        vectors = f.at("i64", "%p3", "%n4")
        with f.loop("%n3") as number:
            vector = f.at("i64", vectors, f.put(f"mul i64 {number}, {NUMBERS}"))
            start, mask = f.load("i64", vector, "0"), f.load("i64", vector, "2")
            lanes = lane_mask(f, self.lanes, mask)
            factors = [self._factor(f.at(kind, each, start)) for each in rights]
            for row, left in enumerate(lefts):
                value = masked_load(f, self.dtype, f.at(kind, left, start), lanes, self.lanes)
                self.sums.add_products(row, value, factors)
        size = self.kernels * self.lanes
        self.sums.add_to(f.at(kind, self.totals, f.put(f"mul i64 {first}, {size}")))

    def _factor(self, at: str) -> str:
        """Load a vector of the upstream gradient."""
        return self.f.put(f"load {self.sums.vector}, ptr {at}, align {self.dtype.itemsize}")

    def _store(self, out: str) -> None:
        """Write the sums of the lanes of all totals to the output."""
        f, kind = self.f, self.kind
        with f.loop(str(self.kernels)) as row, f.loop("%n2") as k:
            number = f.put(f"add i64 {f.put(f'mul i64 {k}, {self.kernels}')}, {row}")
            lanes = f.at(kind, self.totals, f.put(f"mul i64 {number}, {self.lanes}"))

            def total(lane: str, so_far: str, lanes: str = lanes) -> list[str]:
                return [f.put(f"fadd {kind} {so_far}, {f.load(kind, lanes, lane)}")]

            (found,) = f.fold(str(self.lanes), [(kind, literal(0, self.dtype))], total)
            f.store(kind, found, out, f.put(f"add i64 {f.put(f'mul i64 {row}, %n2')}, {k}"))

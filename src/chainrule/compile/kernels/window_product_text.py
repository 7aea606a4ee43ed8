"""The kernel of products of a matrix with the windows of images.

The windows are read in place from the padded image in scratch memory. A tile of the product, some
rows by some vectors of places, stays in registers while the elements of a window are read one after
the other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate

import numpy as np

from chainrule.compile.gates.strided_copies import StridedPart
from chainrule.compile.kernels.gate_kernel import GateKernel
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.padded_images import PaddedImage, copy_numbers, write_copies
from chainrule.compile.kernels.place_vectors import NUMBERS
from chainrule.compile.kernels.product_sums import Span, SumsOfKernels, SumsOfPlaces
from chainrule.compile.kernels.product_tiles import ProductTiles, product_tiles
from chainrule.compile.kernels.tile_sums import lanes_of
from chainrule.compile.kernels.vectors import block_count
from chainrule.compile.kernels.window_sums import WindowSums
from chainrule.graph import Array, Shape, Tensor
from chainrule.ops.scalars import type_of

_FIRST = 11  # the number of extents before those of the copies
_INNER = 256  # terms that are added one by one
_HEAD = 7  # numbers of the table per sums


@dataclass(frozen=True, eq=False)
class WindowsProduct:
    """Products of a matrix with the windows of images.

    image  the image whose windows are read
    sums   the parts of the product
    rows   the rows of the matrix that are multiplied with a group of channels
    out    the shape of the product of a group
    """

    image: PaddedImage
    sums: Sequence[WindowSums]
    rows: int
    out: Shape

    def of(self, a: Tensor, step: int) -> GateKernel:
        """Return the kernel for a matrix; `step` is the distance of the weights of two rows."""
        x, groups, size = self.image.images, self.image.groups, a.dtype.itemsize
        elements = math.prod(self.out)
        numbers = (
            groups,
            len(self.sums),
            self.rows,
            step,
            a.size // groups,
            self.image.elements,
            elements,
            self.image.room * size,
            (self.image.room + self._bands) * size,
            0 if self._is_covered else elements * size,
        )
        return GateKernel(
            _Writer(self).text(),
            (len(x), *numbers, *self.image.numbers, *copy_numbers(self.targets)),
            scratch_bytes=-(-(self.image.room + self._bands + self._apart) * size // 64) * 64,
            per_unit=(0, groups * self.image.elements, groups * elements),
            table=self._table,
        )

    @property
    def targets(self) -> list[StridedPart]:
        """The copies of the parts to the output; none if the only part is the output."""
        found = [each.target for each in self.sums if each.target is not None]
        starts = accumulate((math.prod(each.extents) for each in found), initial=0)
        return [replace(each, read_from=start) for each, start in zip(found, starts, strict=False)]

    @property
    def is_long(self) -> bool:
        """Whether sums have more terms than are added one by one."""
        return any(len(each.offsets) > _INNER for each in self.sums)

    @cached_property
    def tiles(self) -> ProductTiles:
        """The tiles of the product."""
        deep = max((len(each.offsets) for each in self.sums), default=1)
        lanes = lanes_of(self.image.images.dtype)
        return product_tiles(self.rows, deep, [each.places for each in self.sums], lanes)

    @property
    def _whole(self) -> int:
        """The rows of whole bands."""
        return -(-self.rows // self.tiles.band) * self.tiles.band

    @property
    def _bands(self) -> int:
        """The elements of the bands of all weights."""
        return self.image.groups * self._whole * sum(len(each.offsets) for each in self.sums)

    @property
    def _apart(self) -> int:
        """The elements of the parts that are copied to the output."""
        return sum(math.prod(each.extents) for each in self.targets)

    @property
    def _is_covered(self) -> bool:
        """Whether the parts are the whole output."""
        return self.rows * sum(len(each.places) for each in self.sums) == math.prod(self.out)

    @property
    def _table(self) -> Array:
        """The numbers in memory.

        Per part: the number of weights; where their positions begin in the table, followed by the
        offsets of elements; where its bands begin; where the vectors begin in the table, and blocks
        of vectors; where its sums begin; the number of places. Then the positions, offsets and
        vectors of all parts.
        """
        heads, lists = [], []
        at, band, before = _HEAD * len(self.sums), 0, 0
        for each, spans in zip(self.sums, self.tiles.spans, strict=True):
            k, blocks = len(each.offsets), len(spans) // self.tiles.block
            heads.append((k, at, band, at + 2 * k, blocks, before, len(each.places)))
            lists += [each.weights, each.offsets, spans.ravel()]
            at += 2 * k + spans.size
            band += self.image.groups * self._whole * k
            before += 0 if each.target is None else self.rows * len(each.places)
        return np.concatenate([np.array(heads, np.int64).ravel(), *lists])


class _Writer:
    """Writes the kernel.

    Pointers: matrix, images, output, table, scratch memory. Numbers: images; groups; parts; rows of
    a group, the distance of the weights of two rows, weights of a group; elements of a group in an
    image and in the output; bytes of a padded image, bytes before the sums of parts, bytes of the
    output that are set to zero; the copies.
    """

    def __init__(self, made: WindowsProduct) -> None:
        self.made, self.image = made, made.image
        self.band, self.block = made.tiles.band, made.tiles.block
        self.dtype = made.image.images.dtype
        self.kind = type_of(self.dtype)
        targets = copy_numbers(made.targets)
        self.f = f = IRFunction(5, _FIRST + len(self.image.numbers) + len(targets))
        sums = SumsOfKernels if made.tiles.of_kernels else SumsOfPlaces
        self.sums = sums(f, self.dtype, made.tiles.tile, made.tiles.has_gaps)
        self.packed = f.put("getelementptr i8, ptr %p4, i64 %n8")
        self.apart = f.put("getelementptr i8, ptr %p4, i64 %n9")
        self.bands = block_count(f, "%n3", self.band)

    def text(self) -> str:
        """Write the loops over images, groups and parts."""
        f, kind = self.f, self.kind
        f.do("call void @llvm.memset.p0.i64(ptr %p4, i8 0, i64 %n8, i1 false)")
        with f.loop("%n2") as part:
            self._pack(self._head(part))
        with f.loop("%n0") as i, f.loop("%n1") as group:
            number = f.put(f"add i64 {f.put(f'mul i64 {i}, %n1')}, {group}")
            source = f.at(kind, "%p1", f.put(f"mul i64 {number}, %n6"))
            out = f.at(kind, "%p2", f.put(f"mul i64 {number}, %n7"))
            self.image.write_copies(f, source, "%p4", _FIRST)
            f.do(f"call void @llvm.memset.p0.i64(ptr {out}, i8 0, i64 %n10, i1 false)")
            with f.loop("%n2") as part:
                head = self._head(part)
                self._multiply(
                    head, group, f.at(kind, self.apart if self.made.targets else out, head[5])
                )
            first = _FIRST + len(self.image.numbers)
            write_copies(f, self.dtype, self.made.targets, (self.apart, out), first)
        return f.text()

    def _head(self, part: str) -> list[str]:
        """Return the numbers of a part."""
        head = self.f.at("i64", "%p3", self.f.put(f"mul i64 {part}, {_HEAD}"))
        return [self.f.load("i64", head, str(n)) for n in range(_HEAD)]

    def _pack(self, head: Sequence[str]) -> None:
        """Copy the weights of a part into bands of rows, one element of windows after the other.

        The last row is repeated up to the end of its band.
        """
        f, kind = self.f, self.kind
        last = f.put("sub i64 %n3, 1")
        positions = f.at("i64", "%p3", head[1])
        with f.loop("%n1") as group:
            bands = self._bands(head, group)
            weights = f.at(kind, "%p0", f.put(f"mul i64 {group}, %n5"))
            with f.loop(self.bands) as band:
                first = f.put(f"mul i64 {band}, {self.band}")
                target = f.at(kind, bands, f.put(f"mul i64 {first}, {head[0]}"))
                with f.loop(head[0]) as k:
                    source = f.at(kind, weights, f.load("i64", positions, k))
                    out = f.at(kind, target, f.put(f"mul i64 {k}, {self.band}"))
                    with f.loop(str(self.band)) as i:
                        number = f.put(f"add i64 {first}, {i}")
                        row = f.put(f"call i64 @llvm.smin.i64(i64 {number}, i64 {last})")
                        f.store(kind, f.load(kind, source, f.put(f"mul i64 {row}, %n4")), out, i)

    def _bands(self, head: Sequence[str], group: str) -> str:
        """Return the address of the bands of a part, for a group of channels."""
        f = self.f
        rows = f.put(f"mul i64 {self.bands}, {self.band}")
        before = f.put(f"mul i64 {f.put(f'mul i64 {group}, {rows}')}, {head[0]}")
        return f.at(self.kind, self.packed, f.put(f"add i64 {head[2]}, {before}"))

    def _multiply(self, head: Sequence[str], group: str, out: str) -> None:
        """Write the loops over blocks of vectors and bands of rows."""
        f, kind = self.f, self.kind
        bands = self._bands(head, group)
        offsets = f.at("i64", "%p3", f.put(f"add i64 {head[1]}, {head[0]}"))
        size = f.put(f"mul i64 {head[0]}, {self.band}")
        with f.loop(head[4]) as block:
            first = f.put(f"mul i64 {block}, {NUMBERS * self.block}")
            spans = self._spans(f.at("i64", "%p3", f.put(f"add i64 {head[3]}, {first}")))
            with f.loop(self.bands) as band:
                at = f.at(kind, bands, f.put(f"mul i64 {band}, {size}"))
                self._sum(at, offsets, head[0], spans)
                row = f.put(f"mul i64 {band}, {self.band}")
                self.sums.store(out, row, "%n3", head[6], spans)

    def _spans(self, table: str) -> list[Span]:
        """Return the spans of a block."""
        f, found = self.f, []
        for number in range(self.block):
            start, place, mask = (f.load("i64", table, str(NUMBERS * number + n)) for n in range(3))
            found.append(Span(f.at(self.kind, "%p4", start), place, mask))
        return found

    def _sum(self, band: str, offsets: str, deep: str, spans: Sequence[Span]) -> None:
        """Sum a tile over the elements of a window, in parts if they are many."""
        f = self.f
        self.sums.begin()
        if not self.made.is_long:
            self._add(band, offsets, deep, spans)
            return
        with f.loop(block_count(f, deep, _INNER)) as part:
            k = f.put(f"mul i64 {part}, {_INNER}")
            left = f.put(f"sub i64 {deep}, {k}")
            count = f.put(f"call i64 @llvm.umin.i64(i64 {left}, i64 {_INNER})")
            at = f.at(self.kind, band, f.put(f"mul i64 {k}, {self.band}"))
            with self.sums.apart():
                self._add(at, f.at("i64", offsets, k), count, spans)

    def _add(self, band: str, offsets: str, count: str, spans: Sequence[Span]) -> None:
        """Add the products of some elements of windows."""
        f = self.f
        with f.loop(count) as k:
            weights = f.at(self.kind, band, f.put(f"mul i64 {k}, {self.band}"))
            self.sums.add_term(weights, spans, f.load("i64", offsets, k))

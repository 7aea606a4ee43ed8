"""The kernel of products of a matrix with the windows of images.

The windows are read in place from the padded image in scratch memory. A tile of the product, some
rows by some vectors of places, stays in registers while the elements of a window are read one after
the other.
"""

from __future__ import annotations

import numpy as np

from chainrule.compile.kernels.gate_kernel import GateKernel
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.padded_images import PaddedImage
from chainrule.compile.kernels.tile_sums import TileSums, best_tile, lanes_of
from chainrule.compile.kernels.vectors import block_count, broadcast_vector
from chainrule.graph import Array, Tensor
from chainrule.ops.scalars import type_of

_FIRST = 8  # the number of extents before those of the copies
_INNER = 256  # terms that are added one by one


def windows_product(node: Tensor) -> GateKernel:
    """out[i] = A columns(image i); with groups, for each group of channels."""
    a, x = node.inputs
    groups, (_, m, places) = node.attributes["groups"], node.shape
    image = PaddedImage(x, node.attributes["unfolding"], groups)
    covers = _covers(image.places(), lanes_of(node.dtype))
    rows, k = m // groups, a.shape[1]
    tile = best_tile((rows, len(covers)), lambda r, v: 2 * v + r)
    writer = _WindowsProduct(image, tile, k > _INNER)
    bands = groups * -(-rows // tile[0]) * tile[0] * k
    blocks = -(-len(covers) // tile[1])
    covers = np.pad(covers, ((0, blocks * tile[1] - len(covers)), (0, 0)))
    size = node.dtype.itemsize
    sizes = (groups, rows, k, places, blocks, image.elements, image.room * size)
    return GateKernel(
        writer.text(),
        (len(x), *sizes, *image.numbers),
        scratch_bytes=-(-(image.room + bands) * size // 64) * 64,
        per_unit=(0, groups * image.elements, m * places),
        table=np.concatenate([image.offsets(), covers.ravel()]),
    )


def windows_product_flops(node: Tensor) -> int:
    """Return 2mnk, summed over images and groups."""
    return 2 * node.size * node.inputs[0].shape[1]


def _covers(places: Array, lanes: int) -> Array:
    """Return vectors that cover all places: the place of the first lane, its number, and a mask.

    Lanes outside the mask are between rows, where there are no places.
    """
    covers, number = [], 0
    while number < len(places):
        first = int(places[number])
        end = int(np.searchsorted(places, first + lanes))
        mask = sum(1 << int(each - first) for each in places[number:end])
        covers.append((first, number, mask))
        number = end
    return np.array(covers, np.int64)


class _WindowsProduct:
    """Writes the kernel.

    Pointers: A, images, output, table, scratch memory. Numbers: images; groups; rows of A, inner
    extent, places, blocks of vectors, elements of an image, bytes of a padded image; the copies.
    The table has the offsets of the elements of a window, then the vectors that cover the places.
    """

    def __init__(self, image: PaddedImage, tile: tuple[int, int], long: bool) -> None:
        self.image, self.long = image, long
        self.rows, self.vectors = tile
        self.dtype = image.images.dtype
        self.kind, self.lanes = type_of(self.dtype), lanes_of(self.dtype)
        self.f = IRFunction(5, _FIRST + len(image.numbers))
        self.sums = TileSums(self.f, self.dtype, tile)

    def text(self) -> str:
        """Write the loops over images, groups, blocks of vectors and bands of rows."""
        f, kind = self.f, self.kind
        f.do("call void @llvm.memset.p0.i64(ptr %p4, i8 0, i64 %n7, i1 false)")
        packed = f.put("getelementptr i8, ptr %p4, i64 %n7")
        bands = block_count(f, "%n2", self.rows)
        size = f.put(f"mul i64 %n3, {self.rows}")
        self._pack(packed, bands, size)
        all_rows = f.put("mul i64 %n2, %n4")
        with f.loop("%n0") as i, f.loop("%n1") as group:
            number = f.put(f"add i64 {f.put(f'mul i64 {i}, %n1')}, {group}")
            source = f.at(kind, "%p1", f.put(f"mul i64 {number}, %n6"))
            self.image.write_copies(f, source, "%p4", _FIRST)
            out = f.at(kind, "%p2", f.put(f"mul i64 {number}, {all_rows}"))
            first = f.put(f"mul i64 {group}, {bands}")
            with f.loop("%n5") as block:
                covers = self._covers(block)
                with f.loop(bands) as band:
                    at = f.put(f"mul i64 {f.put(f'add i64 {first}, {band}')}, {size}")
                    self._multiply(f.at(kind, packed, at), [each[0] for each in covers])
                    self._store(out, f.put(f"mul i64 {band}, {self.rows}"), covers)
        return f.text()

    def _pack(self, packed: str, bands: str, size: str) -> None:
        """Copy A into bands of rows, one inner index after the other; the last row is repeated."""
        f, kind = self.f, self.kind
        last = f.put("sub i64 %n2, 1")
        with f.loop("%n1") as group, f.loop(bands) as band, f.loop(str(self.rows)) as i:
            row = f.put(f"add i64 {f.put(f'mul i64 {band}, {self.rows}')}, {i}")
            inside = f.put(f"call i64 @llvm.smin.i64(i64 {row}, i64 {last})")
            number = f.put(f"add i64 {f.put(f'mul i64 {group}, %n2')}, {inside}")
            source = f.at(kind, "%p0", f.put(f"mul i64 {number}, %n3"))
            place = f.put(f"add i64 {f.put(f'mul i64 {group}, {bands}')}, {band}")
            target = f.at(kind, packed, f.put(f"add i64 {f.put(f'mul i64 {place}, {size}')}, {i}"))
            with f.loop("%n3") as k:
                f.store(kind, f.load(kind, source, k), target, f.put(f"mul i64 {k}, {self.rows}"))

    def _covers(self, block: str) -> list[tuple[str, str, str]]:
        """Return the address in the image, the number of the place and the mask of vectors."""
        f, found = self.f, []
        for v in range(self.vectors):
            number = f.put(f"add i64 {f.put(f'mul i64 {block}, {self.vectors}')}, {v}")
            at = f.put(f"add i64 %n3, {f.put(f'mul i64 {number}, 3')}")
            cover = f.at("i64", "%p3", at)
            start, place, mask = (f.load("i64", cover, str(n)) for n in range(3))
            bits = f.put(f"trunc i64 {mask} to i{self.lanes}")
            lanes = f.put(f"bitcast i{self.lanes} {bits} to <{self.lanes} x i1>")
            found.append((f.at(self.kind, "%p4", start), place, lanes))
        return found

    def _multiply(self, band: str, starts: list[str]) -> None:
        """Sum a tile over the elements of a window, in parts if they are many."""
        f = self.f
        self.sums.begin()
        if not self.long:
            self._add_part(band, starts, "0", "%n3")
            return
        with f.loop(block_count(f, "%n3", _INNER)) as part:
            k = f.put(f"mul i64 {part}, {_INNER}")
            left = f.put(f"sub i64 %n3, {k}")
            deep = f.put(f"call i64 @llvm.umin.i64(i64 {left}, i64 {_INNER})")
            with self.sums.apart():
                self._add_part(band, starts, k, deep)

    def _add_part(self, band: str, starts: list[str], first: str, deep: str) -> None:
        """Add the products of `deep` elements of a window, from `first` on."""
        f, kind = self.f, self.kind
        with f.loop(deep) as i:
            k = f.put(f"add i64 {i}, {first}")
            offset = f.load("i64", "%p3", k)
            factors = [self._factor(f.at(kind, each, offset)) for each in starts]
            left = f.at(kind, band, f.put(f"mul i64 {k}, {self.rows}"))
            for row in range(self.rows):
                value = broadcast_vector(f, self.lanes, kind, f.load(kind, left, str(row)))
                self.sums.add_products(row, value, factors)

    def _factor(self, at: str) -> str:
        """Load a vector of elements of windows."""
        return self.f.put(f"load {self.sums.vector}, ptr {at}, align {self.dtype.itemsize}")

    def _store(self, out: str, first: str, covers: list[tuple[str, str, str]]) -> None:
        """Store a tile without the lanes between rows."""
        f, kind, vector = self.f, self.kind, self.sums.vector
        name = f"llvm.masked.compressstore.v{self.lanes}f{8 * self.dtype.itemsize}"
        for row in range(self.rows):
            number = f.put(f"add i64 {first}, {row}")
            with f.when(f.put(f"icmp slt i64 {number}, %n2")):
                start = f.at(kind, out, f.put(f"mul i64 {number}, %n4"))
                for v, (_, place, mask) in enumerate(covers):
                    value, at = self.sums.value(row, v), f.at(kind, start, place)
                    f.do(
                        f"call void @{name}({vector} {value}, ptr {at}, <{self.lanes} x i1> {mask})"
                    )

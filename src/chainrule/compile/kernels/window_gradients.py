"""The kernel of products with transposed windows of images: the gradient of weights.

The windows are read in place from the padded image in scratch memory. A tile of the transposed
product, some elements of the window by some vectors of kernels, stays in registers while a number
of places are read one after the other.
"""

from __future__ import annotations

import numpy as np

from chainrule.compile.kernels.gate_kernel import GateKernel
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.padded_images import PaddedImage
from chainrule.compile.kernels.tile_sums import TileSums, best_tile, lanes_of
from chainrule.compile.kernels.tiles import transposed_tile
from chainrule.compile.kernels.vectors import block_count, broadcast_vector
from chainrule.compile.kernels.window_gradient_dots import MOST_KERNELS, gradient_by_dots
from chainrule.graph import Tensor
from chainrule.ops.scalars import literal, type_of

_FIRST = 11  # the number of extents before those of the copies
_MOST = (9, 2)  # rows whose addresses stay in registers, vectors whose panels stay in the L1 cache
_INNER = 256  # places that are added one by one


def product_by_windows(node: Tensor) -> GateKernel:
    """out[p] = the sum of G[i] columns(image i)ᵀ over the images of part p.

    A part is a range of images, or one group of the channels of all images.
    """
    g, x = node.inputs
    (parts, m, k), places, groups = node.shape, g.shape[2], node.attributes["groups"]
    image = PaddedImage(x, node.attributes["unfolding"], groups)
    turns = len(x) if groups > 1 else len(x) // parts
    turn = (groups * m * places, groups * image.elements)
    step = (m * places, image.elements) if groups > 1 else (turns * turn[0], turns * turn[1])
    if m <= MOST_KERNELS:
        return gradient_by_dots(node, image, turns, (*step, *turn))
    size = node.dtype.itemsize
    lanes = lanes_of(node.dtype)
    rows, vectors = tile = best_tile((k, -(-m // lanes)), lambda r, v: r + v + 1, _MOST)
    wide = -(-m // (lanes * vectors)) * lanes * vectors
    deep = -(-k // rows) * rows
    offsets = np.pad(image.offsets(), (0, deep - k), mode="edge")
    numbers = (turns, m, k, places, *step, *turn, image.room * size, places * wide)
    return GateKernel(
        _ProductByWindows(image, tile).text(),
        (parts, *numbers, *image.numbers),
        scratch_bytes=(image.room + (places + deep) * wide) * size,
        per_unit=(*step, m * k),
        table=np.concatenate([offsets, image.places()]),
    )


def product_by_windows_flops(node: Tensor) -> int:
    """Return 2mnk, summed over images and groups."""
    return 2 * node.inputs[0].size * node.shape[2]


class _ProductByWindows:
    """Writes the kernel.

    Pointers: G, images, output, table, scratch memory. Numbers: parts; images of a part, rows of G,
    elements of a window, places; elements of G and of images from one part to the next, and from
    one image to the next; bytes of a padded image, elements of the panels of G; the copies. The
    table has the offsets of the elements of a window, for whole tiles, then the places.
    """

    def __init__(self, image: PaddedImage, tile: tuple[int, int]) -> None:
        self.image = image
        self.rows, self.vectors = tile
        self.dtype = image.images.dtype
        self.kind, self.lanes = type_of(self.dtype), lanes_of(self.dtype)
        self.width = self.vectors * self.lanes
        self.f = f = IRFunction(5, _FIRST + len(image.numbers))
        self.sums = TileSums(f, self.dtype, tile)
        self.panels = block_count(f, "%n2", self.width)
        self.blocks = block_count(f, "%n3", self.rows)
        self.deep = f.put(f"mul i64 {self.blocks}, {self.rows}")
        self.turned = f.put("getelementptr i8, ptr %p4, i64 %n9")
        self.totals = f.at(self.kind, self.turned, "%n10")

    def text(self) -> str:
        """Write the loops over parts and their images."""
        f, kind = self.f, self.kind
        self._clear("%p4", "%n9")
        count = f.put(f"mul i64 {self.panels}, {f.put(f'mul i64 {self.deep}, {self.width}')}")
        nbytes = f.put(f"mul i64 {count}, {self.dtype.itemsize}")
        with f.loop("%n0") as part:
            self._clear(self.totals, nbytes)
            with f.loop("%n1") as i:
                g, source = (
                    f.at(
                        kind,
                        f"%p{n}",
                        f.put(f"add i64 {self._by(part, 5 + n)}, {self._by(i, 7 + n)}"),
                    )
                    for n in (0, 1)
                )
                self.image.write_copies(f, source, "%p4", _FIRST)
                self._turn(g)
                with f.loop(self.panels) as panel:
                    self._multiply(panel)
            self._store(f.at(kind, "%p2", f.put(f"mul i64 {part}, {f.put('mul i64 %n2, %n3')}")))
        return f.text()

    def _by(self, index: str, number: int) -> str:
        """Return an index times an extent."""
        return self.f.put(f"mul i64 {index}, %n{number}")

    def _clear(self, at: str, nbytes: str) -> None:
        """Set memory to zero."""
        self.f.do(f"call void @llvm.memset.p0.i64(ptr {at}, i8 0, i64 {nbytes}, i1 false)")

    def _turn(self, g: str) -> None:
        """Transpose G into panels of columns, one place after the other, in tiles."""
        f, kind, side = self.f, self.kind, self.lanes
        with f.loop(self.panels) as panel, f.loop(str(self.vectors)) as v:
            before = f.put(f"mul i64 {v}, {side}")
            column = f.put(f"add i64 {f.put(f'mul i64 {panel}, {self.width}')}, {before}")
            there = f.put(f"sub i64 %n2, {column}")
            wide = f.put(f"icmp sge i64 {there}, {side}")
            start = f.put(f"mul i64 {f.put(f'mul i64 {panel}, {self.width}')}, %n4")
            target = f.at(kind, self.turned, f.put(f"add i64 {start}, {before}"))
            source = f.at(kind, g, f.put(f"mul i64 {column}, %n4"))
            with f.loop(block_count(f, "%n4", side)) as block:
                place = f.put(f"mul i64 {block}, {side}")
                left = f.put(f"sub i64 %n4, {place}")
                whole = f.put(f"and i1 {wide}, {f.put(f'icmp sge i64 {left}, {side}')}")
                read = f.at(kind, source, place)
                write = f.at(kind, target, f.put(f"mul i64 {place}, {self.width}"))
                with f.when(whole):
                    steps = ("%n4", str(self.width))
                    transposed_tile(f, self.dtype, (read, write), steps, side)
                with f.when(f.put(f"xor i1 {whole}, 1")):
                    high = f.put(f"call i64 @llvm.umin.i64(i64 {left}, i64 {side})")
                    self._turn_edge(read, write, there, high)

    def _turn_edge(self, read: str, write: str, there: str, high: str) -> None:
        """Transpose a tile at the edge element by element; columns beyond the last are zero."""
        f, kind = self.f, self.kind
        with f.loop(high) as i, f.loop(str(self.lanes)) as j:
            out = f.at(kind, write, f.put(f"add i64 {f.put(f'mul i64 {i}, {self.width}')}, {j}"))
            f.do(f"store {kind} {literal(0, self.dtype)}, ptr {out}")
            with f.when(f.put(f"icmp slt i64 {j}, {there}")):
                at = f.put(f"add i64 {f.put(f'mul i64 {j}, %n4')}, {i}")
                f.do(f"store {kind} {f.load(kind, read, at)}, ptr {out}")

    def _multiply(self, panel: str) -> None:
        """Add the products of a panel, some places at a time, so that they stay in the cache."""
        f, kind = self.f, self.kind
        with f.loop(block_count(f, "%n4", _INNER)) as chunk:
            first = f.put(f"mul i64 {chunk}, {_INNER}")
            left = f.put(f"sub i64 %n4, {first}")
            count = f.put(f"call i64 @llvm.umin.i64(i64 {left}, i64 {_INNER})")
            row = f.put(f"add i64 {f.put(f'mul i64 {panel}, %n4')}, {first}")
            factors = f.at(kind, self.turned, f.put(f"mul i64 {row}, {self.width}"))
            places = f.at("i64", "%p3", f.put(f"add i64 {self.deep}, {first}"))
            with f.loop(self.blocks) as block:
                k = f.put(f"mul i64 {block}, {self.rows}")
                lefts = self._elements(k)
                self.sums.begin()
                with f.loop(count) as p:
                    self._add_place(lefts, f.load("i64", places, p), factors, p)
                at = f.put(f"add i64 {f.put(f'mul i64 {panel}, {self.deep}')}, {k}")
                self.sums.add_to(f.at(kind, self.totals, f.put(f"mul i64 {at}, {self.width}")))

    def _elements(self, first: str) -> list[str]:
        """Return the addresses of elements of the window at the first place."""
        f = self.f
        numbers = [f.put(f"add i64 {first}, {r}") for r in range(self.rows)]
        return [f.at(self.kind, "%p4", f.load("i64", "%p3", each)) for each in numbers]

    def _add_place(self, lefts: list[str], place: str, factors: str, p: str) -> None:
        """Add the products of the elements of one window and one column of G."""
        f, kind = self.f, self.kind
        at = f.at(kind, factors, f.put(f"mul i64 {p}, {self.width}"))
        rights = [
            f.put(f"load {self.sums.vector}, ptr {f.at(kind, at, str(v * self.lanes))}")
            for v in range(self.vectors)
        ]
        for row, left in enumerate(lefts):
            value = broadcast_vector(f, self.lanes, kind, f.load(kind, left, place))
            self.sums.add_products(row, value, rights)

    def _store(self, out: str) -> None:
        """Write the totals to the output, transposed."""
        f, kind = self.f, self.kind
        with f.loop("%n2") as row:
            panel = f.put(f"udiv i64 {row}, {self.width}")
            column = f.put(f"urem i64 {row}, {self.width}")
            before = f.put(f"mul i64 {f.put(f'mul i64 {panel}, {self.deep}')}, {self.width}")
            source = f.at(kind, self.totals, f.put(f"add i64 {before}, {column}"))
            target = f.at(kind, out, f.put(f"mul i64 {row}, %n3"))
            with f.loop("%n3") as k:
                f.store(kind, f.load(kind, source, f.put(f"mul i64 {k}, {self.width}")), target, k)
